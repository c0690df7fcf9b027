/* Places that strangers come from. */
#include "server/session/origins.h"

#include <string.h>

#include "tests/lib/test.h"

static struct origins origins;

static int setup(void **state)
{
    (void)state;
    memset(&origins, 0, sizeof origins);
    return 0;
}

static struct origin place(uint32_t number)
{
    uint8_t address[ORIGIN_BYTES] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    for (size_t i = 0; i < 4; i++) {
        address[12 + i] = (uint8_t)(number >> (24 - 8 * i));
    }
    return origin_of_address(address);
}

/* A line has 2^8 to 2^16 IPv6 networks of 2^64 addresses each (RFC 6177): they are one place. Of IPv4 every address is one. */
static void origin_of_address__networks__48_bits_of_ipv6_all_of_ipv4(void **state)
{
    (void)state;
    uint8_t first[ORIGIN_BYTES] = {0x20, 0x01, 0x0d, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    uint8_t second[ORIGIN_BYTES];
    memcpy(second, first, sizeof second);
    second[15] ^= 0xff;
    second[6] ^= 0xff;
    struct origin a = origin_of_address(first);
    struct origin b = origin_of_address(second);
    assert_memory_equal(a.at, b.at, ORIGIN_BYTES);
    second[5] ^= 1;
    b = origin_of_address(second);
    assert_memory_not_equal(a.at, b.at, ORIGIN_BYTES);
    a = place(1);
    b = place(2);
    assert_memory_not_equal(a.at, b.at, ORIGIN_BYTES);
}

/* Each has its share, all together have theirs; what is given back can be had again. */
static void origins_add__each_and_all__limited(void **state)
{
    (void)state;
    struct origin a = place(1);
    struct origin b = place(2);
    assert_true(origins_add(&origins, &a, 2, 3));
    assert_true(origins_add(&origins, &a, 2, 3));
    assert_false(origins_add(&origins, &a, 2, 3));
    assert_true(origins_add(&origins, &b, 2, 3));
    assert_false(origins_add(&origins, &b, 2, 3));
    origins_remove(&origins, &a);
    assert_true(origins_add(&origins, &b, 2, 3));
    assert_false(origins_add(&origins, &a, 2, 3));
    assert_int_equal(origins.count, 3);
    origins_clear(&origins);
    assert_true(origins_add(&origins, &a, 1, 1));
}

/* More places than can be counted: those that are known go on, new ones wait, and room comes back. */
static void origins_add__more_places_than_fit__known_ones_go_on(void **state)
{
    (void)state;
    struct origin known = place(1);
    struct origin stranger = place(ORIGINS_MAX + 1);
    for (uint32_t i = 1; i <= ORIGINS_MAX; i++) {
        struct origin origin = place(i);
        assert_true(origins_add(&origins, &origin, 5, 100000));
    }
    assert_false(origins_add(&origins, &stranger, 5, 100000));
    assert_true(origins_add(&origins, &known, 5, 100000));
    struct origin leaving = place(7);
    origins_remove(&origins, &leaving);
    assert_true(origins_add(&origins, &stranger, 5, 100000));
    assert_int_equal(origins.origin_count, ORIGINS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(origin_of_address__networks__48_bits_of_ipv6_all_of_ipv4, setup),
        cmocka_unit_test_setup(origins_add__each_and_all__limited, setup),
        cmocka_unit_test_setup(origins_add__more_places_than_fit__known_ones_go_on, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
