/* A long stream of bytes sealed to recipients, in bounded memory. Rank 1. Pure but for random keys and nonces.
 *
 *   "dantin/sealed" NUL NUL NUL ‖ version (1) ‖ number of recipients n (1)
 *   n times: public key made for this recipient (32) ‖ file key sealed (61)
 *   chunks: SEAL_STREAM_CHUNK_BYTES of plain bytes sealed each, the last one of 0 to as many
 *
 * File key: 32 random bytes. It is sealed under HKDF-SHA-256(X25519 secret; salt = public key made ‖ recipient's public key;
 * info "dantin/recipient"); place "dantin/file-key". Chunks are sealed under HKDF-SHA-256(file key; salt = SHA-256 of all before
 * the chunks; info "dantin/stream"); place = number of the chunk from 0 (u64) ‖ 1 for the last, 0 for others. So a stream cut, even
 * between chunks, or put together from others does not open; but anybody may make one for a recipient. */
#ifndef COMMON_CRYPTO_SEAL_STREAM_H
#define COMMON_CRYPTO_SEAL_STREAM_H

#include "common/crypto/recipient.h"
#include "common/crypto/seal.h"

enum {
    SEAL_STREAM_VERSION = 1,
    SEAL_STREAM_RECIPIENTS_MAX = 16,
    SEAL_STREAM_CHUNK_BYTES = 1 << 16,
    SEAL_STREAM_PREFIX_BYTES = 18,
    SEAL_STREAM_ENTRY_BYTES = RECIPIENT_KEY_BYTES + SEAL_KEY_BYTES + SEAL_OVERHEAD_BYTES,
    SEAL_STREAM_HEADER_BYTES_MAX =
        SEAL_STREAM_PREFIX_BYTES + SEAL_STREAM_RECIPIENTS_MAX * SEAL_STREAM_ENTRY_BYTES
};

/* Where sealed bytes go. An error of its own ends the writing. */
typedef enum err seal_stream_sink(void *context, struct bytes out);
/* Where they come from: as many as there are, at most max; 0 at the end. */
typedef enum err seal_stream_source(void *context, uint8_t *at, size_t max, size_t *ret_len);

struct seal_writer;
/* recipients: public keys, 1 to SEAL_STREAM_RECIPIENTS_MAX. ERR_MALFORMED: one is a point of small order. ERR_NO_MEMORY; errors of
 * the sink, which gets the header. */
MUST_CHECK enum err seal_writer_new(const uint8_t (*recipients)[RECIPIENT_KEY_BYTES], size_t recipient_count,
                                    seal_stream_sink *sink, void *context, struct seal_writer **ret_writer);
MUST_CHECK enum err seal_writer_add(struct seal_writer *writer, struct bytes plain);
/* The last chunk. Nothing may be added after it. */
MUST_CHECK enum err seal_writer_finish(struct seal_writer *writer);
void seal_writer_free(struct seal_writer *writer);

struct seal_reader;
/* ERR_MALFORMED: no such stream, or of another version. ERR_FORBIDDEN: not sealed to this key. ERR_NO_MEMORY; errors of the
 * source. */
MUST_CHECK enum err seal_reader_new(const struct recipient_key *key, seal_stream_source *source,
                                    void *context, struct seal_reader **ret_reader);
/* The next plain bytes, valid until the next call; an empty view at the end. ERR_SEALED: cut or changed. */
MUST_CHECK enum err seal_reader_next(struct seal_reader *reader, struct bytes *ret_plain);
void seal_reader_free(struct seal_reader *reader);

#endif
