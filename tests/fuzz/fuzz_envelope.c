/* A submission as the server first sees it: envelope, then payload.
 * Input: the first 132 bytes are the envelope; the rest is a Payload message, both as it is (compressed here,
 * so that the fuzzer need not find its way through zstd) and as a zstd frame. */
#include "common/base/check.h"
#include "common/wire/compress.h"
#include "common/wire/envelope.h"
#include "common/wire/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum { ARENA_BYTES_MAX = 4 << 20 };

static void check_envelope(struct bytes in)
{
    struct envelope envelope;
    if (envelope_decode(in, &envelope) == ERR_OK) {
        uint8_t again[ENVELOPE_BYTES];
        envelope_encode(&envelope, again);
        ENSURE(bytes_equal(in, bytes_of(again, sizeof again)));
    }
}

/* A payload in its seed form, sealed again with the same seed, has the same hash. */
static void check_sealed_again(const struct payload *payload, struct bytes plain)
{
    /* The seed may stand anywhere among the changes; only where it stands first is its place known here. */
    static const uint8_t seed_tag[] = {0x0A, PAYLOAD_SEED_BYTES};
    bool is_first =
        plain.len > 2 + PAYLOAD_SEED_BYTES && bytes_equal(bytes_of(plain.at, 2), bytes_of(seed_tag, 2));
    if (!payload->is_seed_form || !is_first) {
        return;
    }
    struct buf out;
    struct payload_sealed sealed;
    buf_init(&out, 2 * PAYLOAD_BYTES_MAX);
    if (payload_encode(plain.at + 2, payload->changes, payload->change_count, &out, &sealed) == ERR_OK) {
        ENSURE(hash_equal(&sealed.hash, &payload->hash));
        ENSURE(sealed.plain_bytes == payload->plain_bytes);
    }
    buf_release(&out);
}

static void check_payload(struct bytes zstd, struct bytes plain)
{
    struct arena arena;
    struct payload payload;
    arena_init(&arena, ARENA_BYTES_MAX);
    if (payload_decode(zstd, &arena, &payload) == ERR_OK) {
        ENSURE(payload.change_count > 0 && payload.change_count <= PAYLOAD_CHANGES_MAX);
        ENSURE(payload.plain_bytes <= PAYLOAD_BYTES_MAX);
        check_sealed_again(&payload, plain);
    }
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    size_t envelope_len = len < ENVELOPE_BYTES ? len : ENVELOPE_BYTES;
    struct bytes rest = bytes_of(at + envelope_len, len - envelope_len);
    check_envelope(bytes_of(at, envelope_len));
    check_payload(rest, bytes_of(NULL, 0));
    struct buf zstd;
    buf_init(&zstd, 4 << 20);
    if (compress_append(&zstd, rest, 1) == ERR_OK) {
        check_payload(buf_content(&zstd), rest);
    }
    buf_release(&zstd);
    return 0;
}
