/* The pre-scan: what protobuf-c may see. */
#include "common/wire/prescan.h"

#include <stdlib.h>

#include "proto/journal.pb-c.h"
#include "proto/query.pb-c.h"
#include "proto/records.pb-c.h"
#include "proto/session.pb-c.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/test.h"

static enum err check(const ProtobufCMessageDescriptor *descriptor, const char *in, size_t len)
{
    return prescan_check(descriptor, bytes_of(in, len), false);
}

/* A message packed by protobuf-c itself always passes. */
static void prescan_check__packed_by_protobuf__ok(void **state)
{
    (void)state;
    Dantin__MemberBranch edge = DANTIN__MEMBER_BRANCH__INIT;
    Dantin__MemberBranch *edges[] = {&edge, &edge};
    uint8_t id[16] = {1};
    edge.has_branch = 1;
    edge.branch = (ProtobufCBinaryData){.len = sizeof id, .data = id};
    edge.has_from = 1;
    edge.from = -20000;
    char name[] = "Đinh Thị Hrê";
    Dantin__Member member = DANTIN__MEMBER__INIT;
    member.name = name;
    member.has_birth_date = 1;
    member.birth_date = INT32_MIN;
    member.n_branch = 2;
    member.branch = edges;
    uint8_t packed[512];
    size_t len = dantin__member__pack(&member, packed);
    assert_int_equal(prescan_check(&dantin__member__descriptor, bytes_of(packed, len), false), ERR_OK);
    assert_int_equal(prescan_check(&dantin__member__descriptor, bytes_of(NULL, 0), false), ERR_OK);
}

/* Unknown fields: skipped in session messages, "update the server" in records, at any depth. */
static void prescan_check__unknown_field__by_request(void **state)
{
    (void)state;
    static const char unknown[] = "\xF8\x07\x01";
    struct bytes in = bytes_of(unknown, 3);
    assert_int_equal(prescan_check(&dantin__hello__descriptor, in, true), ERR_OK);
    assert_int_equal(prescan_check(&dantin__hello__descriptor, in, false), ERR_NEWER_SCHEMA);
    static const char nested[] = "\xBA\x01\x03\xF8\x07\x01"; /* Member.branch { unknown } */
    in = bytes_of(nested, 6);
    assert_int_equal(prescan_check(&dantin__member__descriptor, in, false), ERR_NEWER_SCHEMA);
    assert_int_equal(prescan_check(&dantin__member__descriptor, in, true), ERR_OK);
}

/* A singular field twice has two readings; a repeated one may come often. */
static void prescan_check__field_twice__only_repeated(void **state)
{
    (void)state;
    assert_int_equal(check(&dantin__hello__descriptor, "\x08\x01\x08\x01", 4), ERR_MALFORMED);
    assert_int_equal(check(&dantin__query__descriptor,
                           "\x2A\x01"
                           "a\x2A\x01"
                           "b",
                           6),
                     ERR_OK);
    /* a message field twice would be merged by protobuf-c */
    assert_int_equal(check(&dantin__act__descriptor, "\x0A\x00\x0A\x00", 4), ERR_MALFORMED);
}

/* Each field has its wire type. */
static void prescan_check__wrong_wire_type__malformed(void **state)
{
    (void)state;
    assert_int_equal(check(&dantin__hello__descriptor, "\x0A\x01\x01", 3),
                     ERR_MALFORMED);                                                   /* number as bytes */
    assert_int_equal(check(&dantin__hello__descriptor, "\x18\x01", 2), ERR_MALFORMED); /* text as number */
    assert_int_equal(check(&dantin__hello__descriptor, "\x0D\x01\x00\x00\x00", 5),
                     ERR_MALFORMED);                                                    /* fixed32 */
    assert_int_equal(check(&dantin__change__descriptor, "\x10\x01", 2), ERR_MALFORMED); /* bytes as number */
    assert_int_equal(check(&dantin__act__descriptor, "\x08\x01", 2), ERR_MALFORMED); /* message as number */
}

/* Numbers that do not fit their field would be cut silently. */
static void prescan_check__number_out_of_range__malformed(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *hello = &dantin__hello__descriptor;
    assert_int_equal(check(hello, "\x08\xFF\xFF\xFF\xFF\x0F", 6), ERR_OK);
    assert_int_equal(check(hello, "\x08\x80\x80\x80\x80\x10", 6), ERR_MALFORMED);
    const ProtobufCMessageDescriptor *change = &dantin__change__descriptor;
    assert_int_equal(check(change, "\x28\x01", 2), ERR_OK);
    assert_int_equal(check(change, "\x28\x02", 2), ERR_MALFORMED); /* a boolean of 2 */
    const ProtobufCMessageDescriptor *query = &dantin__query__descriptor;
    assert_int_equal(check(query, "\x18\xFF\xFF\xFF\xFF\x0F", 6), ERR_OK);
    assert_int_equal(check(query, "\x18\xFF\xFF\xFF\xFF\x1F", 6), ERR_MALFORMED); /* sint32 of 33 bits */
    const ProtobufCMessageDescriptor *welcome = &dantin__welcome__descriptor;
    assert_int_equal(check(welcome, "\x30\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11),
                     ERR_OK); /* int64 of -1 */
}

/* Text is clean UTF-8 or nothing: a NUL would end a C string early, a bidirectional control would lie to the
 * eye. */
static void prescan_check__text__clean_utf8_only(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *hello = &dantin__hello__descriptor;
    assert_int_equal(check(hello, "\x1A\x03\xE1\xBB\x87", 5), ERR_OK);
    assert_int_equal(check(hello, "\x1A\x02\xE1\xBB", 4), ERR_MALFORMED);
    assert_int_equal(check(hello,
                           "\x1A\x03"
                           "a\0b",
                           5),
                     ERR_MALFORMED);
    assert_int_equal(check(hello, "\x1A\x01\x07", 3), ERR_MALFORMED);
    assert_int_equal(check(hello, "\x1A\x03\xE2\x80\xAE", 5), ERR_MALFORMED);
    assert_int_equal(check(hello, "\x1A\x01\n", 3), ERR_OK);
}

/* What the field reader refuses, the pre-scan refuses, nested too. */
static void prescan_check__broken_bytes__malformed(void **state)
{
    (void)state;
    assert_int_equal(check(&dantin__hello__descriptor, "\x08", 1), ERR_MALFORMED);
    assert_int_equal(check(&dantin__act__descriptor, "\x0A\x01\x08", 3), ERR_MALFORMED);
    assert_int_equal(check(&dantin__act__descriptor, "\x0A\x05\x08\x01", 4), ERR_MALFORMED);
}

/* A flood of empty elements ends at the limit, however few bytes each one takes: they would grow a
 * hundredfold. */
static void prescan_check__too_many_elements__too_big(void **state)
{
    (void)state;
    size_t len = 2 * (PRESCAN_ELEMENTS_MAX + 1);
    uint8_t *in = calloc(len, 1);
    assert_non_null(in);
    for (size_t i = 0; i < len; i += 2) {
        in[i] = 0x12; /* Rows.row {} */
    }
    assert_int_equal(prescan_check(&dantin__rows__descriptor, bytes_of(in, len - 2), false), ERR_OK);
    assert_int_equal(prescan_check(&dantin__rows__descriptor, bytes_of(in, len), false), ERR_TOO_BIG);
    free(in);
}

/* None of our messages nests without end; one that does, made here, is stopped at the depth limit. */
static void prescan_check__too_deep__too_big(void **state)
{
    (void)state;
    static const ProtobufCIntRange ranges[] = {{1, 0}, {0, 1}};
    static ProtobufCMessageDescriptor recursive;
    static ProtobufCFieldDescriptor field = {
        .name = "inner",
        .id = 1,
        .label = PROTOBUF_C_LABEL_OPTIONAL,
        .type = PROTOBUF_C_TYPE_MESSAGE,
        .descriptor = &recursive,
    };
    recursive = (ProtobufCMessageDescriptor){
        .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
        .n_fields = 1,
        .fields = &field,
        .n_field_ranges = 1,
        .field_ranges = ranges,
    };
    uint8_t in[2 * (PRESCAN_DEPTH_MAX + 1)];
    for (unsigned levels = 1; levels <= PRESCAN_DEPTH_MAX; levels++) {
        size_t len = 2 * (size_t)levels;
        for (size_t i = 0; i < len; i += 2) {
            in[i] = 0x0A;
            in[i + 1] = (uint8_t)(len - i - 2);
        }
        enum err expected = levels < PRESCAN_DEPTH_MAX ? ERR_OK : ERR_TOO_BIG;
        assert_int_equal(prescan_check(&recursive, bytes_of(in, len), false), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prescan_check__packed_by_protobuf__ok),
        cmocka_unit_test(prescan_check__unknown_field__by_request),
        cmocka_unit_test(prescan_check__field_twice__only_repeated),
        cmocka_unit_test(prescan_check__wrong_wire_type__malformed),
        cmocka_unit_test(prescan_check__number_out_of_range__malformed),
        cmocka_unit_test(prescan_check__text__clean_utf8_only),
        cmocka_unit_test(prescan_check__broken_bytes__malformed),
        cmocka_unit_test(prescan_check__too_many_elements__too_big),
        cmocka_unit_test(prescan_check__too_deep__too_big),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
