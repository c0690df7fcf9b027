/* Frames from a stream cut anywhere are the frames that were sent. */
#include "common/wire/frame.h"

#include <stdlib.h>

#include "common/base/random.h"
#include "common/wire/message.h"
#include "tests/lib/seed.h"
#include "tests/lib/test.h"

enum { FRAMES_MAX = 12, BODY_BYTES_MAX = 900 };

static const struct frame_rules server_ready = {.is_server = true, .is_greeted = true};

struct sent {
    struct buf stream;
    uint16_t types[FRAMES_MAX];
    uint64_t request_ids[FRAMES_MAX];
    size_t body_starts[FRAMES_MAX]; /* into bodies */
    size_t body_lens[FRAMES_MAX];
    uint8_t bodies[FRAMES_MAX * BODY_BYTES_MAX];
    size_t count;
};

/* Random frames a client may send, an unknown type now and then, compressed where that pays. */
static void send_frames(struct sent *sent, struct prng *prng)
{
    static const uint16_t types[] = {MESSAGE_SUBMIT, MESSAGE_QUERY, MESSAGE_PING, 4000};
    size_t bodies_len = 0;
    buf_init(&sent->stream, 1 << 20);
    sent->count = 1 + prng_below(prng, FRAMES_MAX);
    for (size_t i = 0; i < sent->count; i++) {
        sent->types[i] = types[prng_below(prng, sizeof types / sizeof types[0])];
        const struct message_info *info = message_info_of(sent->types[i]);
        size_t bytes_min = info == NULL ? 0 : info->bytes_min;
        size_t bytes_max =
            info == NULL || info->bytes_max > BODY_BYTES_MAX ? BODY_BYTES_MAX : info->bytes_max;
        size_t len = bytes_min + prng_below(prng, bytes_max - bytes_min + 1);
        uint8_t *body = sent->bodies + bodies_len;
        uint64_t variety = 1 + prng_below(prng, 256);
        for (size_t at = 0; at < len; at++) {
            body[at] = (uint8_t)prng_below(prng, variety);
        }
        sent->request_ids[i] = prng_next(prng);
        sent->body_starts[i] = bodies_len;
        sent->body_lens[i] = len;
        bodies_len += len;
        enum err err = frame_append(&sent->stream, sent->types[i], sent->request_ids[i], bytes_of(body, len),
                                    info != NULL && prng_below(prng, 2) == 0);
        assert_int_equal(err, ERR_OK);
    }
}

/* Take every whole frame off the front of `in` and compare it with what was sent. */
static void take_frames(struct buf *in, const struct sent *sent, size_t *next)
{
    for (;;) {
        struct frame frame;
        enum err err = frame_decode(buf_content(in), server_ready, &frame);
        if (err == ERR_AGAIN) {
            return;
        }
        assert_true(*next < sent->count);
        bool is_known = message_info_of(sent->types[*next]) != NULL;
        assert_int_equal(err, is_known ? ERR_OK : ERR_UNSUPPORTED);
        assert_int_equal(frame.header.type, sent->types[*next]);
        assert_true(frame.header.request_id == sent->request_ids[*next]);
        struct arena arena;
        struct bytes body = frame.body;
        arena_init(&arena, 1 << 20);
        if (is_known) {
            assert_int_equal(frame_body(&frame, &arena, &body), ERR_OK);
        }
        const uint8_t *expected = sent->bodies + sent->body_starts[*next];
        assert_true(bytes_equal(body, bytes_of(expected, sent->body_lens[*next])));
        arena_release(&arena);
        buf_consume(in, FRAME_HEADER_BYTES + frame.header.body_bytes);
        (*next)++;
    }
}

/* The stream in two pieces, cut at every byte: same frames. */
static void frame_decode__split_at_every_byte__same_frames(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, seed_of_test());
    struct sent *sent = calloc(1, sizeof *sent);
    send_frames(sent, &prng);
    struct bytes stream = buf_content(&sent->stream);
    for (size_t cut = 0; cut <= stream.len; cut++) {
        struct buf in;
        size_t next = 0;
        buf_init(&in, 1 << 20);
        assert_int_equal(buf_append(&in, bytes_of(stream.at, cut)), ERR_OK);
        take_frames(&in, sent, &next);
        assert_int_equal(buf_append(&in, bytes_of(stream.at + cut, stream.len - cut)), ERR_OK);
        take_frames(&in, sent, &next);
        assert_int_equal(next, sent->count);
        assert_int_equal(in.len, 0);
        buf_release(&in);
    }
    buf_release(&sent->stream);
    free(sent);
}

/* Many streams in random pieces, down to one byte at a time: same frames. */
static void frame_decode__random_pieces__same_frames(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, seed_of_test() + 1);
    struct sent *sent = calloc(1, sizeof *sent);
    for (unsigned round = 0; round < 200; round++) {
        send_frames(sent, &prng);
        struct bytes stream = buf_content(&sent->stream);
        size_t piece_max = 1 + prng_below(&prng, round % 4 == 0 ? 1 : 2000);
        struct buf in;
        size_t next = 0;
        buf_init(&in, 1 << 20);
        for (size_t at = 0; at < stream.len;) {
            size_t len = 1 + prng_below(&prng, piece_max);
            len = len < stream.len - at ? len : stream.len - at;
            assert_int_equal(buf_append(&in, bytes_of(stream.at + at, len)), ERR_OK);
            at += len;
            take_frames(&in, sent, &next);
        }
        assert_int_equal(next, sent->count);
        buf_release(&in);
        buf_release(&sent->stream);
    }
    free(sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_decode__split_at_every_byte__same_frames),
        cmocka_unit_test(frame_decode__random_pieces__same_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
