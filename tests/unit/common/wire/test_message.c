/* The table of messages, packing and unpacking. */
#include "common/wire/message.h"

#include "proto/session.pb-c.h"
#include "proto/witness.pb-c.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

/* Every message of the table is found under its number, with sane limits, and no other number is. */
static void message_info_of__every_number__only_the_table(void **state)
{
    (void)state;
    unsigned count = 0;
    for (unsigned type = 0; type <= UINT16_MAX; type++) {
        const struct message_info *info = message_info_of((uint16_t)type);
        if (info == NULL) {
            continue;
        }
        count++;
        assert_int_equal(info->type, type);
        assert_true(info->bytes_min <= info->bytes_max);
        assert_non_null(info->descriptor);
        assert_true(strlen(info->name) > 0);
    }
    unsigned expected = 0;
#define MESSAGE(symbol, number, body, direction, state, roles, bytes_min, bytes_max) expected++;
#include "proto/messages.def"
#undef MESSAGE
    assert_int_equal(count, expected);
    assert_string_equal(message_info_of(MESSAGE_SUBMIT)->name, "SUBMIT");
    assert_ptr_equal(message_info_of(MESSAGE_SUBMIT)->descriptor, &dantin__submit__descriptor);
}

/* What is packed unpacks the same. */
static void message_pack__unpacked__same(void **state)
{
    (void)state;
    char text[] = "hết giờ";
    Dantin__Goodbye goodbye = DANTIN__GOODBYE__INIT;
    goodbye.has_reason = 1;
    goodbye.reason = ERR_TIMED_OUT;
    goodbye.text = text;
    struct buf out;
    struct arena arena;
    buf_init(&out, 100);
    arena_init(&arena, 4096);
    assert_int_equal(message_pack(&goodbye, &out), ERR_OK);

    Dantin__Goodbye *again = NULL;
    assert_int_equal(message_unpack(&dantin__goodbye__descriptor, buf_content(&out), false, &arena, &again),
                     ERR_OK);

    assert_int_equal(again->reason, ERR_TIMED_OUT);
    assert_string_equal(again->text, "hết giờ");
    buf_release(&out);
    arena_release(&arena);
}

/* The pre-scan stands before protobuf-c, and the arena's cap behind it; the output keeps what it held. */
static void message_unpack__refused__error_and_untouched(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 4096);
    Dantin__Hello *hello = NULL;
    const ProtobufCMessageDescriptor *descriptor = &dantin__hello__descriptor;
    assert_int_equal(message_unpack(descriptor, bytes_of("\x08", 1), true, &arena, &hello), ERR_MALFORMED);
    assert_int_equal(message_unpack(descriptor, bytes_of("\xF8\x07\x01", 3), false, &arena, &hello),
                     ERR_NEWER_SCHEMA);
    arena_release(&arena);
    arena_init(&arena, 16);
    assert_int_equal(message_unpack(descriptor, bytes_of("\x08\x01", 2), true, &arena, &hello), ERR_TOO_BIG);
    assert_null(hello);
    arena_release(&arena);
}

/* Unpacking that runs out of the arena anywhere on the way says so and never crashes: every cap is tried. */
static void message_unpack__every_cap__too_big_until_it_fits(void **state)
{
    (void)state;
    uint8_t bytes[32] = {1};
    Dantin__ProvenEntry entry = DANTIN__PROVEN_ENTRY__INIT;
    Dantin__ProvenEntry *entries[] = {&entry};
    Dantin__Proved proved = DANTIN__PROVED__INIT;
    entry.has_salt = 1;
    entry.salt = (ProtobufCBinaryData){.len = sizeof bytes, .data = bytes};
    proved.n_entry = 1;
    proved.entry = entries;
    struct buf out;
    buf_init(&out, 200);
    assert_int_equal(message_pack(&proved, &out), ERR_OK);
    bool has_fitted = false;
    for (size_t cap = 0; cap < 2048; cap += 16) {
        struct arena arena;
        Dantin__Proved *again = NULL;
        arena_init(&arena, cap);
        enum err err = message_unpack(&dantin__proved__descriptor, buf_content(&out), true, &arena, &again);
        assert_true(err == (has_fitted ? ERR_OK : ERR_TOO_BIG) || (!has_fitted && err == ERR_OK));
        has_fitted = err == ERR_OK;
        arena_release(&arena);
    }
    assert_true(has_fitted);
    buf_release(&out);
}

/* A message that does not fit leaves the buffer as it was. */
static void message_pack__no_room_or_memory__unchanged(void **state)
{
    (void)state;
    Dantin__Ping ping = DANTIN__PING__INIT;
    ping.has_token = 1;
    ping.token = UINT64_MAX;
    struct buf out;
    buf_init(&out, 10);
    assert_int_equal(message_pack(&ping, &out), ERR_TOO_BIG);
    assert_int_equal(out.len, 0);
    buf_release(&out);
    buf_init(&out, 100);
    fault_memory_fail_at(0);
    assert_int_equal(message_pack(&ping, &out), ERR_NO_MEMORY);
    assert_true(fault_memory_stop());
    assert_int_equal(out.len, 0);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_info_of__every_number__only_the_table),
        cmocka_unit_test(message_pack__unpacked__same),
        cmocka_unit_test(message_unpack__refused__error_and_untouched),
        cmocka_unit_test(message_unpack__every_cap__too_big_until_it_fits),
        cmocka_unit_test(message_pack__no_room_or_memory__unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
