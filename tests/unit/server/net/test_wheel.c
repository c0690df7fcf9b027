/* The timer wheel. */
#include "server/net/wheel.h"

#include "common/base/random.h"
#include "tests/lib/seed.h"
#include "tests/lib/test.h"

enum { NODES = 300, START_MS = 1000000 };

static struct fixture {
    struct wheel wheel;
    struct wheel_node nodes[NODES];
    unsigned fired_count[NODES];
    int64_t now_ms;
    bool sets_again;
} fixture;

static void fixture_open(void)
{
    memset(&fixture, 0, sizeof fixture);
    fixture.now_ms = START_MS;
    wheel_init(&fixture.wheel, START_MS);
    for (unsigned i = 0; i < NODES; i++) {
        wheel_node_init(&fixture.nodes[i]);
    }
}

static void on_due(struct wheel_node *node)
{
    size_t index = (size_t)(node - fixture.nodes);

    assert_true(node->deadline_ms <= fixture.now_ms);
    assert_false(list_is_linked(&node->node));
    fixture.fired_count[index]++;
    if (fixture.sets_again) {
        wheel_set(&fixture.wheel, node, fixture.now_ms);
    }
}

static void turn_to(int64_t now_ms)
{
    fixture.now_ms = now_ms;
    wheel_turn(&fixture.wheel, now_ms, on_due);
}

/* Every deadline fires once, never early, and at most one tick late, near or beyond one rotation. */
static void wheel_turn__random_deadlines__each_once_and_in_time(void **state)
{
    enum { SPAN_MS = 3 * WHEEL_SLOTS * WHEEL_TICK_MS };
    struct prng prng;

    (void)state;
    fixture_open();
    prng_init(&prng, seed_of_test());
    for (unsigned i = 0; i < NODES; i++) {
        wheel_set(&fixture.wheel, &fixture.nodes[i], START_MS + (int64_t)prng_below(&prng, SPAN_MS));
    }

    for (int64_t now_ms = START_MS; now_ms <= START_MS + SPAN_MS + 2 * WHEEL_TICK_MS;
         now_ms += 1 + (int64_t)prng_below(&prng, WHEEL_TICK_MS)) {
        turn_to(now_ms);
        for (unsigned i = 0; i < NODES; i++) {
            if (fixture.nodes[i].deadline_ms + 2 * WHEEL_TICK_MS <= now_ms) {
                assert_int_equal(fixture.fired_count[i], 1);
            }
        }
    }

    for (unsigned i = 0; i < NODES; i++) {
        assert_int_equal(fixture.fired_count[i], 1);
    }
}

/* A deadline set while its own callback runs fires at the next turn, not for ever in this one. */
static void wheel_turn__set_again_in_the_callback__fires_once_per_turn(void **state)
{
    (void)state;
    fixture_open();
    fixture.sets_again = true;
    wheel_set(&fixture.wheel, &fixture.nodes[0], START_MS + 10);

    turn_to(START_MS + 2 * WHEEL_TICK_MS);
    assert_int_equal(fixture.fired_count[0], 1);
    turn_to(START_MS + 4 * WHEEL_TICK_MS);
    assert_true(fixture.fired_count[0] >= 2 && fixture.fired_count[0] <= 3);
}

/* After the machine slept for hours everything due fires once. */
static void wheel_turn__after_a_long_silence__all_due_fire(void **state)
{
    (void)state;
    fixture_open();
    for (unsigned i = 0; i < NODES; i++) {
        wheel_set(&fixture.wheel, &fixture.nodes[i], START_MS + 1000 * (int64_t)i);
    }

    turn_to(START_MS + 100LL * 3600 * 1000);

    for (unsigned i = 0; i < NODES; i++) {
        assert_int_equal(fixture.fired_count[i], 1);
    }
}

/* A moved deadline fires at its new time only, a cancelled one never. */
static void wheel_set__moved_and_cancelled__only_the_last_word_counts(void **state)
{
    (void)state;
    fixture_open();
    wheel_set(&fixture.wheel, &fixture.nodes[0], START_MS + 500);
    wheel_set(&fixture.wheel, &fixture.nodes[0], START_MS + 5000);
    wheel_set(&fixture.wheel, &fixture.nodes[1], START_MS + 500);
    wheel_cancel(&fixture.nodes[1]);
    wheel_set(&fixture.wheel, &fixture.nodes[2], START_MS + 500);
    wheel_set(&fixture.wheel, &fixture.nodes[2], INT64_MAX);

    turn_to(START_MS + 2000);
    assert_int_equal(fixture.fired_count[0], 0);
    turn_to(START_MS + 600000);

    assert_int_equal(fixture.fired_count[0], 1);
    assert_int_equal(fixture.fired_count[1], 0);
    assert_int_equal(fixture.fired_count[2], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wheel_turn__random_deadlines__each_once_and_in_time),
        cmocka_unit_test(wheel_turn__set_again_in_the_callback__fires_once_per_turn),
        cmocka_unit_test(wheel_turn__after_a_long_silence__all_due_fire),
        cmocka_unit_test(wheel_set__moved_and_cancelled__only_the_last_word_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
