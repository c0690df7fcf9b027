/* State machines and the checks on ourselves. */
#include "common/base/sm.h"

#include "common/base/check.h"
#include "tests/lib/aborts.h"
#include "tests/lib/test.h"

enum { DOOR_OPEN, DOOR_SHUT, DOOR_BRICKED };

static unsigned moves_seen;

static void count_move(const struct sm_table *table, unsigned from, unsigned to)
{
    assert_string_equal(table->name, "door");
    assert_int_not_equal(from, to);
    moves_seen++;
}

static const struct sm_state states[] = {
    [DOOR_OPEN] = {.name = "open", .may_move = SM_BIT(DOOR_SHUT)},
    [DOOR_SHUT] = {.name = "shut", .may_move = SM_BIT(DOOR_OPEN) | SM_BIT(DOOR_BRICKED)},
    [DOOR_BRICKED] = {.name = "bricked", .is_final = true},
};

static const struct sm_table table = {"door", states, 3, count_move};

/* Allowed moves move, and each is reported once. */
static void sm_move__allowed__moved_and_reported(void **state)
{
    (void)state;
    struct sm sm;
    moves_seen = 0;
    sm_init(&sm, &table, DOOR_OPEN);
    assert_string_equal(sm_state_name(&sm), "open");
    sm_move(&sm, DOOR_SHUT);
    sm_move(&sm, DOOR_BRICKED);
    assert_string_equal(sm_state_name(&sm), "bricked");
    assert_int_equal(moves_seen, 2);
}

static void brick_an_open_door(void *context)
{
    (void)context;
    struct sm sm;
    sm_init(&sm, &table, DOOR_OPEN);
    sm_move(&sm, DOOR_BRICKED);
}

static void move_past_the_table(void *context)
{
    (void)context;
    struct sm sm;
    sm_init(&sm, &table, DOOR_OPEN);
    sm_move(&sm, 3);
}

static void leave_a_final_state(void *context)
{
    (void)context;
    struct sm sm;
    sm_init(&sm, &table, DOOR_BRICKED);
    sm_move(&sm, DOOR_OPEN);
}

/* A move the table does not allow is our bug and must not pass silently. */
static void sm_move__not_allowed__aborts(void **state)
{
    (void)state;
    assert_true(aborts(brick_an_open_door, NULL));
    assert_true(aborts(move_past_the_table, NULL));
    assert_true(aborts(leave_a_final_state, NULL));
}

static void check_truth(void *context)
{
    REQUIRE(context == NULL);
    ENSURE(context == NULL);
    INVARIANT(context == NULL);
}

/* Checks end the program when false, and only then. */
static void check__true_and_false__only_false_aborts(void **state)
{
    (void)state;
    int something = 0;
    assert_false(aborts(check_truth, NULL));
    assert_true(aborts(check_truth, &something));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sm_move__allowed__moved_and_reported),
        cmocka_unit_test(sm_move__not_allowed__aborts),
        cmocka_unit_test(check__true_and_false__only_false_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
