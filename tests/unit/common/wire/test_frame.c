/* Frames: header checks against messages.def, compression, appending. */
#include "common/wire/frame.h"

#include "common/wire/compress.h"
#include "common/wire/message.h"
#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

enum { HEADER_TYPE = 4, HEADER_FLAGS = 6 };

static const struct frame_rules server_open = {.is_server = true, .is_greeted = false};
static const struct frame_rules server_ready = {.is_server = true, .is_greeted = true};
static const struct frame_rules client_open = {.is_server = false, .is_greeted = false};
static const struct frame_rules client_ready = {.is_server = false, .is_greeted = true};

/* Decode a header made of these parts; the body is not there. */
static enum err decode_header(struct frame_rules rules, unsigned type, unsigned flags, uint32_t body_bytes,
                              struct frame_header *ret_header)
{
    uint8_t header[FRAME_HEADER_BYTES] = {0};
    u32_write(header, body_bytes);
    u16_write(header + HEADER_TYPE, (uint16_t)type);
    u16_write(header + HEADER_FLAGS, (uint16_t)flags);
    u64_write(header + 8, 77);
    return frame_decode_header(bytes_of(header, sizeof header), rules, ret_header);
}

static enum err check_header(struct frame_rules rules, unsigned type, unsigned flags, uint32_t body_bytes)
{
    struct frame_header header;
    return decode_header(rules, type, flags, body_bytes, &header);
}

/* The layout is fixed: a header written by hand reads as documented. */
static void frame_decode_header__by_hand__fields(void **state)
{
    (void)state;
    static const uint8_t in[] = {0, 0, 0x01, 0x02, 0, 16, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8};
    struct frame_header header;
    assert_int_equal(frame_decode_header(bytes_of(in, sizeof in), server_ready, &header), ERR_OK);
    assert_int_equal(header.body_bytes, 0x102);
    assert_int_equal(header.type, MESSAGE_SUBMIT);
    assert_int_equal(header.flags, FRAME_FLAG_ZSTD);
    assert_true(header.request_id == 0x0102030405060708U);
    for (size_t len = 0; len < sizeof in; len++) {
        assert_int_equal(frame_decode_header(bytes_of(in, len), server_ready, &header), ERR_AGAIN);
    }
}

/* Each message passes only in its direction, and only in its state. */
static void frame_decode_header__direction_and_state__as_in_the_table(void **state)
{
    (void)state;
    assert_int_equal(check_header(server_open, MESSAGE_HELLO, 0, 100), ERR_OK);
    assert_int_equal(check_header(client_open, MESSAGE_HELLO, 0, 100), ERR_PROTOCOL);
    assert_int_equal(check_header(server_ready, MESSAGE_HELLO, 0, 100), ERR_PROTOCOL);
    assert_int_equal(check_header(client_open, MESSAGE_WELCOME, 0, 100), ERR_OK);
    assert_int_equal(check_header(server_open, MESSAGE_WELCOME, 0, 100), ERR_PROTOCOL);
    assert_int_equal(check_header(server_ready, MESSAGE_SUBMIT, 0, 300), ERR_OK);
    assert_int_equal(check_header(server_open, MESSAGE_SUBMIT, 0, 300), ERR_PROTOCOL);
    assert_int_equal(check_header(client_ready, MESSAGE_SUBMIT, 0, 300), ERR_PROTOCOL);
    assert_int_equal(check_header(client_ready, MESSAGE_RECEIPT, 0, 300), ERR_OK);
    assert_int_equal(check_header(client_open, MESSAGE_RECEIPT, 0, 300), ERR_PROTOCOL);
    const struct frame_rules all[] = {server_open, server_ready, client_open, client_ready};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(check_header(all[i], MESSAGE_PING, 0, 0), ERR_OK);
        assert_int_equal(check_header(all[i], MESSAGE_GOODBYE, 0, 0), ERR_OK);
    }
}

/* Lengths are judged from the header alone, before anything is allocated: to the byte, for every message. */
static void frame_decode_header__lengths__exact_limits_of_every_message(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 64; type++) {
        const struct message_info *info = message_info_of((uint16_t)type);
        if (info == NULL) {
            continue;
        }
        bool is_server = (info->direction & MESSAGE_FROM_CLIENT) != 0;
        bool is_greeted = (info->state & MESSAGE_STATE_READY) != 0;
        struct frame_rules rules = {.is_server = is_server, .is_greeted = is_greeted};
        assert_int_equal(check_header(rules, type, 0, info->bytes_max), ERR_OK);
        assert_int_equal(check_header(rules, type, 0, info->bytes_max + 1), ERR_TOO_BIG);
        assert_int_equal(check_header(rules, type, FRAME_FLAG_ZSTD, info->bytes_max + 1), ERR_TOO_BIG);
        assert_int_equal(check_header(rules, type, 0, UINT32_MAX), ERR_TOO_BIG);
        assert_int_equal(check_header(rules, type, 0, info->bytes_min), ERR_OK);
        if (info->bytes_min > 0) {
            assert_int_equal(check_header(rules, type, 0, info->bytes_min - 1), ERR_MALFORMED);
            assert_int_equal(check_header(rules, type, FRAME_FLAG_ZSTD, info->bytes_min - 1), ERR_OK);
        }
    }
}

/* Before HELLO is answered no stranger can make us hold more than 4 KiB. */
static void frame_decode_header__not_greeted__four_kibibytes(void **state)
{
    (void)state;
    assert_int_equal(check_header(server_open, MESSAGE_HELLO, 0, FRAME_BODY_OPEN_BYTES_MAX + 1), ERR_TOO_BIG);
    assert_int_equal(check_header(server_open, 999, 0, FRAME_BODY_OPEN_BYTES_MAX + 1), ERR_TOO_BIG);
    assert_int_equal(check_header(server_open, 999, 0, FRAME_BODY_OPEN_BYTES_MAX), ERR_UNSUPPORTED);
}

/* Flags we do not know mean a body we cannot read. */
static void frame_decode_header__unknown_flags__protocol(void **state)
{
    (void)state;
    for (unsigned bit = 1; bit < 16; bit++) {
        assert_int_equal(check_header(server_ready, MESSAGE_PING, 1U << bit, 0), ERR_PROTOCOL);
    }
}

/* A message of a newer peer can be answered and skipped: the header is there, the length is capped. */
static void frame_decode__unknown_type__unsupported_with_frame(void **state)
{
    (void)state;
    struct frame_header header = {0};
    assert_int_equal(decode_header(server_ready, 500, 0, FRAME_UNKNOWN_BYTES_MAX, &header), ERR_UNSUPPORTED);
    assert_int_equal(header.type, 500);
    assert_int_equal(header.request_id, 77);
    assert_int_equal(check_header(server_ready, 500, 0, FRAME_UNKNOWN_BYTES_MAX + 1), ERR_TOO_BIG);

    struct buf out;
    buf_init(&out, 1000);
    assert_int_equal(frame_append(&out, 500, 9, bytes_of_text("abc"), false), ERR_OK);
    struct frame frame;
    struct bytes in = buf_content(&out);
    assert_int_equal(frame_decode(bytes_of(in.at, in.len - 1), server_ready, &frame), ERR_AGAIN);
    assert_int_equal(frame_decode(in, server_ready, &frame), ERR_UNSUPPORTED);
    assert_int_equal(frame.header.request_id, 9);
    assert_true(bytes_equal(frame.body, bytes_of_text("abc")));
    buf_release(&out);
}

/* Compressed or not, the same body comes out; what shrinks is sent small, what does not is sent as it is. */
static void frame_append__compressible_and_not__same_body(void **state)
{
    (void)state;
    uint8_t body[4000];
    memset(body, 'a', sizeof body);
    struct buf out;
    struct arena arena;
    struct frame frame;
    struct bytes plain;
    buf_init(&out, 100000);
    arena_init(&arena, 100000);

    assert_int_equal(frame_append(&out, MESSAGE_ROWS, 1, bytes_of(body, sizeof body), true), ERR_OK);
    assert_int_equal(frame_decode(buf_content(&out), client_ready, &frame), ERR_OK);
    assert_int_equal(frame.header.flags, FRAME_FLAG_ZSTD);
    assert_true(frame.header.body_bytes < 200);
    assert_int_equal(frame_body(&frame, &arena, &plain), ERR_OK);
    assert_true(bytes_equal(plain, bytes_of(body, sizeof body)));

    for (size_t i = 0; i < sizeof body; i++) {
        body[i] = (uint8_t)((i * 2654435761U) >> 13);
    }
    buf_clear(&out);
    assert_int_equal(frame_append(&out, MESSAGE_ROWS, 1, bytes_of(body, FRAME_COMPRESS_BYTES_MIN), true),
                     ERR_OK);
    assert_int_equal(frame_decode(buf_content(&out), client_ready, &frame), ERR_OK);
    assert_int_equal(frame_body(&frame, &arena, &plain), ERR_OK);
    assert_true(bytes_equal(plain, bytes_of(body, FRAME_COMPRESS_BYTES_MIN)));

    memset(body, 'a', sizeof body);
    buf_clear(&out);
    assert_int_equal(frame_append(&out, MESSAGE_ROWS, 1, bytes_of(body, FRAME_COMPRESS_BYTES_MIN - 1), true),
                     ERR_OK);
    assert_int_equal(frame_append(&out, MESSAGE_ROWS, 2, bytes_of(body, sizeof body), false), ERR_OK);
    assert_int_equal(frame_decode(buf_content(&out), client_ready, &frame), ERR_OK);
    assert_int_equal(frame.header.flags, 0);
    assert_int_equal(out.len, 2 * FRAME_HEADER_BYTES + FRAME_COMPRESS_BYTES_MIN - 1 + sizeof body);
    buf_release(&out);
    arena_release(&arena);
}

/* A frame that does not fit leaves the buffer as it was. */
static void frame_append__no_room_or_memory__unchanged(void **state)
{
    (void)state;
    static const uint8_t body[2000];
    struct buf out;
    buf_init(&out, FRAME_HEADER_BYTES + 100);
    assert_int_equal(frame_append(&out, MESSAGE_PING, 1, bytes_of(NULL, 0), false), ERR_OK);
    assert_int_equal(frame_append(&out, MESSAGE_PING, 2, bytes_of(body, 100), false), ERR_TOO_BIG);
    assert_int_equal(frame_append(&out, MESSAGE_ROWS, 2, bytes_of(body, sizeof body), true), ERR_TOO_BIG);
    assert_int_equal(out.len, FRAME_HEADER_BYTES);
    buf_release(&out);
    buf_init(&out, 10000);
    fault_memory_fail_at(0);
    assert_int_equal(frame_append(&out, MESSAGE_PING, 1, bytes_of(NULL, 0), false), ERR_NO_MEMORY);
    assert_true(fault_memory_stop());
    buf_release(&out);
}

/* A frame whose body is these bytes under the compression flag. */
static struct frame compressed_frame(uint16_t type, struct bytes body)
{
    struct frame frame = {
        .header = {.body_bytes = (uint32_t)body.len, .type = type, .flags = FRAME_FLAG_ZSTD},
        .body = body,
    };
    return frame;
}

/* A compressed body is judged by the size it declares, before memory is taken: too large or too small, cut,
 * followed by something, or no zstd at all. */
static void frame_body__bad_compression__refused(void **state)
{
    (void)state;
    uint8_t zeros[8192] = {0};
    struct buf zstd;
    struct arena arena;
    struct bytes plain = {0};
    buf_init(&zstd, 100000);
    arena_init(&arena, 100000);
    assert_int_equal(compress_append(&zstd, bytes_of(zeros, 4097), 3), ERR_OK);
    struct frame frame = compressed_frame(MESSAGE_QUERY, buf_content(&zstd));
    assert_int_equal(frame_body(&frame, &arena, &plain), ERR_TOO_BIG);
    assert_int_equal(arena.used_bytes, 0);
    buf_clear(&zstd);
    assert_int_equal(compress_append(&zstd, bytes_of(zeros, 1), 3), ERR_OK);
    frame = compressed_frame(MESSAGE_QUERY, buf_content(&zstd));
    assert_int_equal(frame_body(&frame, &arena, &plain), ERR_MALFORMED);
    buf_clear(&zstd);
    assert_int_equal(compress_append(&zstd, bytes_of(zeros, 100), 3), ERR_OK);
    struct bytes good = buf_content(&zstd);
    frame = compressed_frame(MESSAGE_QUERY, good);
    assert_int_equal(frame_body(&frame, &arena, &plain), ERR_OK);
    plain = bytes_of(NULL, 0);
    for (size_t len = 0; len < good.len; len++) {
        frame = compressed_frame(MESSAGE_QUERY, bytes_of(good.at, len));
        assert_int_equal(frame_body(&frame, &arena, &plain), ERR_MALFORMED);
    }
    assert_int_equal(buf_append_text(&zstd, "x"), ERR_OK);
    frame = compressed_frame(MESSAGE_QUERY, buf_content(&zstd));
    assert_int_equal(frame_body(&frame, &arena, &plain), ERR_MALFORMED);
    static const uint8_t skippable[] = {0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 1, 2};
    frame = compressed_frame(MESSAGE_PING, bytes_of(skippable, sizeof skippable));
    assert_int_equal(frame_body(&frame, &arena, &plain), ERR_MALFORMED);
    assert_null(plain.at);
    buf_release(&zstd);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_decode_header__by_hand__fields),
        cmocka_unit_test(frame_decode_header__direction_and_state__as_in_the_table),
        cmocka_unit_test(frame_decode_header__lengths__exact_limits_of_every_message),
        cmocka_unit_test(frame_decode_header__not_greeted__four_kibibytes),
        cmocka_unit_test(frame_decode_header__unknown_flags__protocol),
        cmocka_unit_test(frame_decode__unknown_type__unsupported_with_frame),
        cmocka_unit_test(frame_append__compressible_and_not__same_body),
        cmocka_unit_test(frame_append__no_room_or_memory__unchanged),
        cmocka_unit_test(frame_body__bad_compression__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
