/* Views, integers, hexadecimal. */
#include "common/base/bytes.h"

#include "tests/lib/test.h"

/* Order must be that of memcmp, then of length, whatever lies behind the shorter one. */
static void bytes_compare__prefix_and_difference__ordered(void **state)
{
    (void)state;
    assert_true(bytes_compare(bytes_of_text("ab"), bytes_of_text("abc")) < 0);
    assert_true(bytes_compare(bytes_of_text("abd"), bytes_of_text("abc")) > 0);
    assert_int_equal(bytes_compare(bytes_of_text("abc"), bytes_of_text("abc")), 0);
    assert_int_equal(bytes_compare(bytes_of(NULL, 0), bytes_of(NULL, 0)), 0);
    assert_true(bytes_compare(bytes_of("\x80", 1), bytes_of("\x7f", 1)) > 0);
}

/* Empty views with and without an address are the same content. */
static void bytes_equal__empty_views__equal(void **state)
{
    (void)state;
    assert_true(bytes_equal(bytes_of(NULL, 0), bytes_of("x", 0)));
    assert_false(bytes_equal(bytes_of("x", 1), bytes_of("x", 0)));
    assert_false(bytes_equal(bytes_of("x", 1), bytes_of("y", 1)));
}

/* "None" is all zero, and one bit anywhere is not none. */
static void id_is_none__one_bit_set__false(void **state)
{
    (void)state;
    struct id id = {{0}};
    struct hash hash = {{0}};
    assert_true(id_is_none(&id));
    assert_true(hash_is_none(&hash));

    id.at[ID_BYTES - 1] = 1;
    hash.at[HASH_BYTES - 1] = 0x80;

    assert_false(id_is_none(&id));
    assert_false(hash_is_none(&hash));
    struct id same = id;
    struct hash other = {{0}};
    assert_true(id_equal(&id, &same));
    assert_false(hash_equal(&hash, &other));
}

/* A name of another length never becomes a name, and the output keeps what it held. */
static void id_from_bytes__other_length__malformed_and_untouched(void **state)
{
    (void)state;
    uint8_t in[HASH_BYTES + 1];
    memset(in, 0xAB, sizeof in);
    struct id id = {{7}};
    struct hash hash = {{7}};

    assert_int_equal(id_from_bytes(bytes_of(in, ID_BYTES - 1), &id), ERR_MALFORMED);
    assert_int_equal(id_from_bytes(bytes_of(in, ID_BYTES + 1), &id), ERR_MALFORMED);
    assert_int_equal(hash_from_bytes(bytes_of(in, HASH_BYTES - 1), &hash), ERR_MALFORMED);
    assert_int_equal(id.at[0], 7);
    assert_int_equal(hash.at[0], 7);

    assert_int_equal(id_from_bytes(bytes_of(in, ID_BYTES), &id), ERR_OK);
    assert_int_equal(hash_from_bytes(bytes_of(in, HASH_BYTES), &hash), ERR_OK);
    assert_int_equal(id.at[ID_BYTES - 1], 0xAB);
    assert_int_equal(hash.at[HASH_BYTES - 1], 0xAB);
}

/* The wire is big-endian on every machine. */
static void integers__written__big_endian_and_read_back(void **state)
{
    (void)state;
    uint8_t at[8];
    u64_write(at, 0x0102030405060708U);
    for (unsigned i = 0; i < sizeof at; i++) {
        assert_int_equal(at[i], i + 1);
    }
    assert_true(u64_read(at) == 0x0102030405060708U);
    assert_int_equal(u32_read(at), 0x01020304);
    assert_int_equal(u16_read(at), 0x0102);
    u32_write(at, 0xFFFEFDFCU);
    assert_int_equal(at[0], 0xFF);
    assert_int_equal(at[3], 0xFC);
    u16_write(at, 0xABCD);
    assert_int_equal(u16_read(at), 0xABCD);
}

/* Hex goes there and back; upper case is read too. */
static void hex__round_trip__same_bytes(void **state)
{
    (void)state;
    const uint8_t in[] = {0x00, 0x1F, 0xA0, 0xFF};
    char text[2 * sizeof in + 1];
    uint8_t out[sizeof in];

    hex_encode(bytes_of(in, sizeof in), text);
    assert_string_equal(text, "001fa0ff");
    assert_int_equal(hex_decode(text, out, sizeof out), ERR_OK);
    assert_memory_equal(in, out, sizeof in);
    assert_int_equal(hex_decode("001FA0FF", out, sizeof out), ERR_OK);
    assert_memory_equal(in, out, sizeof in);
}

/* Text that is not exactly hex of that length is refused and the output keeps what it held. */
static void hex_decode__bad_text__malformed_and_untouched(void **state)
{
    (void)state;
    uint8_t out[2] = {1, 2};
    static const char *const texts[] = {"", "00", "00000", "000000", "00g0", "0x00", " 000", "00:0"};
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(hex_decode(texts[i], out, sizeof out), ERR_MALFORMED);
        assert_int_equal(out[0], 1);
        assert_int_equal(out[1], 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_compare__prefix_and_difference__ordered),
        cmocka_unit_test(bytes_equal__empty_views__equal),
        cmocka_unit_test(id_is_none__one_bit_set__false),
        cmocka_unit_test(id_from_bytes__other_length__malformed_and_untouched),
        cmocka_unit_test(integers__written__big_endian_and_read_back),
        cmocka_unit_test(hex__round_trip__same_bytes),
        cmocka_unit_test(hex_decode__bad_text__malformed_and_untouched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
