/* Walks through the tree stay bounded whatever the data, and judge by date. */
#include "tests/lib/test.h"

#include "server/ingest/tree.h"
#include "tests/lib/builder.h"
#include "tests/lib/scope_cases.h"

static struct arena arena;
static struct tree tree;

static int fixture_open(void **state)
{
    (void)state;
    arena_init(&arena, 64 << 20);
    tree_init(&tree, &arena);
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    tree_release(&tree);
    arena_release(&arena);
    return 0;
}

static void put(uint64_t branch, bool is_sender, const struct store_edge *edges, size_t count)
{
    struct store_branch_fact fact = {
        .branch = builder_id(branch), .is_sender = is_sender, .parents = edges, .parent_count = count};
    assert_int_equal(tree_put(&tree, &fact), ERR_OK);
}

/* Move a cell from one sender to another on a day: it belongs to the one of the day asked. */
static void tree__moved_on_a_day__belongs_by_date(void **state)
{
    (void)state;
    struct id cell = builder_id(3);
    struct id first = builder_id(1);
    struct id second = builder_id(2);
    struct store_edge edges[] = {{.to_branch = second, .from = 100, .to = INT32_MAX},
                                 {.to_branch = first, .from = INT32_MIN, .to = 100}};
    put(1, true, NULL, 0);
    put(2, true, NULL, 0);
    put(3, false, edges, 2);

    assert_true(tree_is_within(&tree, &cell, &first, 99));
    assert_false(tree_is_within(&tree, &cell, &first, 100));
    assert_true(tree_is_within(&tree, &cell, &second, 100));
    struct id sender = tree_sender_of(&tree, &cell, 100);
    assert_true(id_equal(&sender, &second));
}

/* Whose a branch is on a day, case by case; the database is held to the same table. */
static void tree__scope_cases__as_the_table_says(void **state)
{
    (void)state;
    enum { today = 20000 };
    struct store_edge edges[SCOPE_BRANCHES][SCOPE_EDGES_MAX];
    for (size_t i = 0; i < SCOPE_BRANCHES; i++) {
        size_t count = 0;
        for (; count < SCOPE_EDGES_MAX && scope_cases[i].edges[count].parent != 0; count++) {
            const struct scope_edge *edge = &scope_cases[i].edges[count];
            edges[i][count] = (struct store_edge){
                .to_branch = builder_id(edge->parent),
                .from = edge->from == SCOPE_ALWAYS ? INT32_MIN : today + edge->from,
                .to = edge->to == SCOPE_FOR_EVER ? INT32_MAX : today + edge->to,
            };
        }
        put(scope_cases[i].branch, scope_cases[i].is_sender, edges[i], count);
    }

    for (size_t i = 0; i < SCOPE_BRANCHES; i++) {
        struct id branch = builder_id(scope_cases[i].branch);
        struct id none = {{0}};
        struct id sender = tree_sender_of(&tree, &branch, today);
        struct id expected = scope_cases[i].sender == 0 ? none : builder_id(scope_cases[i].sender);
        print_message("%s\n", scope_cases[i].what);
        assert_true(id_equal(&sender, &expected));
        for (size_t j = 0; j < SCOPE_BRANCHES; j++) {
            struct id above = builder_id(scope_cases[j].branch);
            if (scope_cases[j].is_sender) {
                assert_int_equal(tree_is_within(&tree, &branch, &above, today),
                                 scope_case_is_within(&scope_cases[i], scope_cases[j].branch));
            }
        }
    }
}

/* A cycle that is in the data already (no judge let it in) ends the walk instead of the server. */
static void tree__cycle_in_the_data__walk_ends(void **state)
{
    (void)state;
    struct id one = builder_id(1);
    struct id elsewhere = builder_id(9);
    struct store_edge up = {.to_branch = builder_id(2), .from = INT32_MIN, .to = INT32_MAX};
    struct store_edge down = {.to_branch = builder_id(1), .from = INT32_MIN, .to = INT32_MAX};
    put(1, false, &up, 1);
    put(2, false, &down, 1);

    assert_false(tree_is_within(&tree, &one, &elsewhere, 0));
    struct id sender = tree_sender_of(&tree, &one, 0);
    assert_true(id_is_none(&sender));
    assert_true(tree_makes_cycle(&tree, &elsewhere, &up, 1)); /* too deep counts as a cycle */
}

/* Edges that meet on no day make no cycle; on one common day they do. */
static void tree_makes_cycle__edges_of_other_days__none(void **state)
{
    (void)state;
    struct id one = builder_id(1);
    struct store_edge up = {.to_branch = one, .from = 0, .to = 100};
    struct store_edge meets = {.to_branch = builder_id(2), .from = 99, .to = 200};
    struct store_edge later = {.to_branch = builder_id(2), .from = 100, .to = 200};
    struct store_edge empty = {.to_branch = one, .from = 5, .to = 5};
    put(1, false, NULL, 0);
    put(2, false, &up, 1);

    assert_true(tree_makes_cycle(&tree, &one, &meets, 1));
    assert_false(tree_makes_cycle(&tree, &one, &later, 1));
    assert_false(tree_makes_cycle(&tree, &one, &empty, 1));
}

/* What was only asked for is not there; what was removed is not there any more. */
static void tree_has__asked_or_removed__no(void **state)
{
    (void)state;
    struct id asked = builder_id(1);
    struct id removed = builder_id(2);
    bool is_new = false;
    put(2, false, NULL, 0);

    assert_int_equal(tree_ask(&tree, &asked, &is_new), ERR_OK);
    assert_true(is_new);
    assert_int_equal(tree_ask(&tree, &asked, &is_new), ERR_OK);
    assert_false(is_new);
    assert_false(tree_has(&tree, &asked));
    assert_true(tree_has(&tree, &removed));
    tree_remove(&tree, &removed);
    assert_false(tree_has(&tree, &removed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tree__moved_on_a_day__belongs_by_date, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(tree__scope_cases__as_the_table_says, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(tree__cycle_in_the_data__walk_ends, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(tree_makes_cycle__edges_of_other_days__none, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(tree_has__asked_or_removed__no, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
