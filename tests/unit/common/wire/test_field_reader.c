/* Reading protobuf fields strictly. */
#include "common/wire/field_reader.h"

#include "tests/lib/test.h"

static enum err read_one(const char *in, size_t len, struct field *ret_field, size_t *ret_left)
{
    struct bytes rest = bytes_of(in, len);
    enum err err = field_read(&rest, ret_field);
    *ret_left = rest.len;
    return err;
}

/* Every wire type we take, with what it carries. */
static void field_read__each_wire_type__value_and_rest(void **state)
{
    (void)state;
    struct field field;
    size_t left = 0;
    assert_int_equal(read_one("\x08\xAC\x02\xFF", 4, &field, &left), ERR_OK);
    assert_int_equal(field.number, 1);
    assert_int_equal(field.wire_type, FIELD_WIRE_VARINT);
    assert_int_equal(field.value, 300);
    assert_int_equal(left, 1);
    assert_int_equal(read_one("\x12\x03xyz", 5, &field, &left), ERR_OK);
    assert_int_equal(field.number, 2);
    assert_true(bytes_equal(field.bytes, bytes_of_text("xyz")));
    assert_int_equal(read_one("\x12\x00", 2, &field, &left), ERR_OK);
    assert_int_equal(field.bytes.len, 0);
    assert_non_null(field.bytes.at);
    assert_int_equal(read_one("\x0D\x01\x02\x03\x04\x05", 6, &field, &left), ERR_OK);
    assert_int_equal(field.wire_type, FIELD_WIRE_FIXED32);
    assert_int_equal(left, 1);
    assert_int_equal(read_one("\x09\x01\x02\x03\x04\x05\x06\x07\x08", 9, &field, &left), ERR_OK);
    assert_int_equal(field.wire_type, FIELD_WIRE_FIXED64);
    assert_int_equal(left, 0);
    assert_int_equal(read_one("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11, &field, &left), ERR_OK);
    assert_true(field.value == UINT64_MAX);
}

/* One message has one reading: padded varints, groups, number 0 and everything cut is refused and takes
 * nothing. */
static void field_read__not_strict__malformed_and_nothing_taken(void **state)
{
    (void)state;
    static const struct {
        const char *at;
        size_t len;
    } cases[] = {
        {"\x00\x01", 2},                                          /* field number 0 */
        {"\x88\x00\x01", 3},                                      /* padded tag */
        {"\x08\x80\x00", 3},                                      /* padded value */
        {"\x12\x83\x00xyz", 6},                                   /* padded length */
        {"\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 11},     /* more than 64 bits */
        {"\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 12}, /* eleven bytes */
        {"\x0B\x0C", 2},                                          /* a group */
        {"\x0C", 1},                                              /* end of a group */
        {"\x0E\x01", 2},                                          /* wire types 6 and 7 do not exist */
        {"\x0F\x01", 2},                                          /* */
        {"\x08", 1},                                              /* value missing */
        {"\x80", 1},                                              /* tag cut */
        {"\x08\x80", 2},                                          /* value cut */
        {"\x12\x04xyz", 5},                                       /* content cut */
        {"\x12\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01x", 12},    /* a length near 2^64 */
        {"\x0D\x01\x02\x03", 4},                                  /* four bytes cut */
        {"\x09\x01\x02\x03\x04\x05\x06\x07", 8},                  /* eight bytes cut */
        {"\x80\x80\x80\x80\x10\x01", 6},                          /* number past 2^29 - 1 */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct field field = {.number = 99};
        size_t left = 0;
        assert_int_equal(read_one(cases[i].at, cases[i].len, &field, &left), ERR_MALFORMED);
        assert_int_equal(left, cases[i].len);
        assert_int_equal(field.number, 99);
    }
    struct field field;
    size_t left = 0;
    assert_int_equal(read_one("\xF8\xFF\xFF\xFF\x0F\x01", 6, &field, &left), ERR_OK);
    assert_int_equal(field.number, FIELD_NUMBER_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field_read__each_wire_type__value_and_rest),
        cmocka_unit_test(field_read__not_strict__malformed_and_nothing_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
