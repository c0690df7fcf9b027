/* Frames: any bytes give a frame, "more" or an error, and a frame that is taken can be written again as it
 * was. Input: one byte that chooses the rules, then the stream. */
#include "common/base/check.h"
#include "common/wire/frame.h"
#include "common/wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum { ARENA_BYTES_MAX = 2 << 20, FRAMES_MAX = 64 };

/* Uncompressed frames come out of frame_append as they went in. */
static void check_written_again(const struct frame *frame, struct bytes in)
{
    struct buf out;
    buf_init(&out, FRAME_HEADER_BYTES + frame->body.len);
    if (frame->header.flags == 0) {
        enum err err = frame_append(&out, frame->header.type, frame->header.request_id, frame->body, false);
        ENSURE(err == ERR_OK);
        ENSURE(bytes_equal(buf_content(&out), bytes_of(in.at, FRAME_HEADER_BYTES + frame->body.len)));
    }
    buf_release(&out);
}

static void check_body(const struct frame *frame)
{
    struct arena arena;
    struct bytes body;
    arena_init(&arena, ARENA_BYTES_MAX);
    const struct message_info *info = message_info_of(frame->header.type);
    if (frame_body(frame, &arena, &body) == ERR_OK) {
        ENSURE(body.len >= info->bytes_min && body.len <= info->bytes_max);
        void *message = NULL;
        (void)!message_unpack(info->descriptor, body, true, &arena, &message);
    }
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    if (len == 0) {
        return 0;
    }
    struct frame_rules rules = {.is_server = (at[0] & 1) != 0, .is_greeted = (at[0] & 2) != 0};
    struct bytes in = bytes_of(at + 1, len - 1);
    for (unsigned i = 0; i < FRAMES_MAX; i++) {
        struct frame frame;
        enum err err = frame_decode(in, rules, &frame);
        if (err != ERR_OK && err != ERR_UNSUPPORTED) {
            return 0;
        }
        ENSURE(frame.body.len <= in.len - FRAME_HEADER_BYTES);
        check_written_again(&frame, in);
        if (err == ERR_OK) {
            check_body(&frame);
        }
        in = bytes_of(in.at + FRAME_HEADER_BYTES + frame.body.len,
                      in.len - FRAME_HEADER_BYTES - frame.body.len);
    }
    return 0;
}
