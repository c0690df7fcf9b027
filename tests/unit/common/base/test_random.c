/* Random numbers, clocks. */
#include "common/base/random.h"

#include "common/base/clock.h"
#include "tests/lib/aborts.h"
#include "tests/lib/test.h"

/* Same seed, same numbers, on every machine: samples and failures must repeat. Values computed apart, in
 * Python. */
static void prng_next__seed_one__known_numbers(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    assert_true(prng_next(&prng) == UINT64_C(0xB3F2AF6D0FC710C5));
    assert_true(prng_next(&prng) == UINT64_C(0x853B559647364CEA));
    assert_true(prng_next(&prng) == UINT64_C(0x92F89756082A4514));
}

/* Every value below the limit comes up about equally often, none at or past it. */
static void prng_below__many_draws__in_range_and_even(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 7);
    unsigned counts[10] = {0};
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t drawn = prng_below(&prng, 10);
        assert_true(drawn < 10);
        counts[drawn]++;
    }
    for (unsigned i = 0; i < 10; i++) {
        assert_in_range(counts[i], 9500, 10500);
    }
    assert_int_equal(prng_below(&prng, 1), 0);
    for (unsigned i = 0; i < 1000; i++) {
        double unit = prng_unit(&prng);
        assert_true(unit >= 0.0 && unit < 1.0);
    }
}

static void draw_below_zero(void *context)
{
    struct prng *prng = context;
    (void)prng_below(prng, 0);
}

/* A limit of zero is the caller's bug. */
static void prng_below__zero__aborts(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 7);
    assert_true(aborts(draw_below_zero, &prng));
}

/* The system's numbers fill the whole request and differ from call to call. */
static void random_bytes__two_draws__differ(void **state)
{
    (void)state;
    uint8_t first[64] = {0};
    uint8_t second[64] = {0};
    random_bytes(first, sizeof first);
    random_bytes(second, sizeof second);
    assert_memory_not_equal(first, second, 32);
    assert_memory_not_equal(first + 32, second + 32, 32);
    random_bytes(first, 0);
}

/* The wall clock is in milliseconds since 1970, the other one never runs back. */
static void clock__read_twice__forward_and_in_unit(void **state)
{
    (void)state;
    int64_t year_2020_ms = INT64_C(1577836800000);
    int64_t year_2200_ms = INT64_C(7258118400000);
    assert_true(clock_now_ms() > year_2020_ms && clock_now_ms() < year_2200_ms);
    int64_t before_us = clock_monotonic_us();
    int64_t middle_ms = clock_monotonic_ms();
    int64_t after_us = clock_monotonic_us();
    assert_true(before_us / 1000 <= middle_ms && middle_ms <= after_us / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prng_next__seed_one__known_numbers),
        cmocka_unit_test(prng_below__many_draws__in_range_and_even),
        cmocka_unit_test(prng_below__zero__aborts),
        cmocka_unit_test(random_bytes__two_draws__differ),
        cmocka_unit_test(clock__read_twice__forward_and_in_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
