/* PostgreSQL's binary arrays, byte by byte: what is wrong here is refused, or worse, misread by the
 * database. */
#include "server/store/wire_array.h"
#include "tests/lib/test.h"

enum { BYTES_MAX = 4096 };

static struct buf out;

static int begin(void **state)
{
    (void)state;
    buf_init(&out, BYTES_MAX);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_release(&out);
    return 0;
}

static void assert_encoded(struct wire_range range, const char *hex)
{
    char text[2 * BYTES_MAX + 1];
    hex_encode(wire_range_bytes(&out, range), text);
    assert_string_equal(text, hex);
}

/* One dimension, no null flag needed by the reader, element type, count, lower bound 1; null has length
 * -1. */
static void wire_array__values_and_null__exact_bytes(void **state)
{
    (void)state;
    struct wire_array array;
    struct wire_range range;

    wire_array_begin(&array, &out, WIRE_TEXT);
    wire_array_put(&array, bytes_of_text("ab"));
    wire_array_put(&array, (struct bytes){0});
    wire_array_put(&array, bytes_of_text(""));
    assert_int_equal(wire_array_end(&array, &range), ERR_OK);

    assert_encoded(range, "00000001"
                          "00000001"
                          "00000019"
                          "00000003"
                          "00000001"
                          "00000002"
                          "6162"
                          "ffffffff"
                          "00000000");
}

/* A composite: column count, then type, length and value of each column. */
static void wire_array__row_of_every_type__exact_bytes(void **state)
{
    (void)state;
    struct wire_array array;
    struct wire_range range;
    struct id none = {0};

    wire_array_begin(&array, &out, 70000);
    wire_row_begin(&array, 7);
    wire_row_put_int64(&array, -2);
    wire_row_put_int32(&array, 5);
    wire_row_put_int16(&array, 6);
    wire_row_put_boolean(&array, true);
    wire_row_put_date(&array, 10958);
    wire_row_put_id(&array, &none);
    wire_row_put(&array, WIRE_BYTEA, bytes_of("\x7f", 1));
    wire_row_end(&array);
    assert_int_equal(wire_array_end(&array, &range), ERR_OK);

    assert_encoded(range, "00000001"
                          "00000001"
                          "00011170"
                          "00000001"
                          "00000001"
                          "00000050"
                          "00000007"
                          "00000014"
                          "00000008"
                          "fffffffffffffffe"
                          "00000017"
                          "00000004"
                          "00000005"
                          "00000015"
                          "00000002"
                          "0006"
                          "00000010"
                          "00000001"
                          "01"
                          "0000043a"
                          "00000004"
                          "00000001"
                          "00000b86"
                          "ffffffff"
                          "00000011"
                          "00000001"
                          "7f");
}

/* Arrays share a buffer that moves while it grows: ranges must stay true. */
static void wire_array__two_in_one_buffer__each_range_its_own(void **state)
{
    (void)state;
    struct wire_array array;
    struct wire_range first;
    struct wire_range second;

    wire_array_begin(&array, &out, WIRE_INT64);
    wire_array_put_int64(&array, 1);
    assert_int_equal(wire_array_end(&array, &first), ERR_OK);
    wire_array_begin(&array, &out, WIRE_INT64);
    assert_int_equal(wire_array_end(&array, &second), ERR_OK);

    assert_encoded(first, "00000001"
                          "00000001"
                          "00000014"
                          "00000001"
                          "00000001"
                          "00000008"
                          "0000000000000001");
    assert_encoded(second, "00000001"
                           "00000001"
                           "00000014"
                           "00000000"
                           "00000001");
}

/* Dates come from the network: one outside PostgreSQL's range is an error of the data, not an overflow. */
static void wire_row_put_date__out_of_range__err_malformed(void **state)
{
    (void)state;
    const int64_t days[] = {INT32_MIN, INT32_MIN + 10957, INT64_MAX, (int64_t)INT32_MAX + 1};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct wire_array array;
        struct wire_range range;
        wire_array_begin(&array, &out, 70000);
        wire_row_begin(&array, 1);
        wire_row_put_date(&array, days[i]);
        wire_row_end(&array);
        assert_int_equal(wire_array_end(&array, &range), ERR_MALFORMED);
    }
}

/* Past the buffer's cap the error is remembered and nothing is written out of bounds. */
static void wire_array__past_the_cap__err_too_big(void **state)
{
    (void)state;
    static const uint8_t zeros[BYTES_MAX];
    struct wire_array array;
    struct wire_range range;

    wire_array_begin(&array, &out, WIRE_BYTEA);
    wire_array_put(&array, bytes_of(zeros, sizeof zeros));
    wire_array_put_int64(&array, 1);

    assert_int_equal(wire_array_end(&array, &range), ERR_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wire_array__values_and_null__exact_bytes, begin, end),
        cmocka_unit_test_setup_teardown(wire_array__row_of_every_type__exact_bytes, begin, end),
        cmocka_unit_test_setup_teardown(wire_array__two_in_one_buffer__each_range_its_own, begin, end),
        cmocka_unit_test_setup_teardown(wire_row_put_date__out_of_range__err_malformed, begin, end),
        cmocka_unit_test_setup_teardown(wire_array__past_the_cap__err_too_big, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
