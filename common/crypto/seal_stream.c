/* Header and chunks. */
#include "common/crypto/seal_stream.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/crypto/hash.h"

enum {
    MAGIC_BYTES = 16,
    PLACE_BYTES = 9,
    SEALED_CHUNK_BYTES = SEAL_STREAM_CHUNK_BYTES + SEAL_OVERHEAD_BYTES
};

static const uint8_t magic[MAGIC_BYTES] = "dantin/sealed\0\0";

struct seal_writer {
    seal_stream_sink *sink;
    void *context;
    struct seal_key *key;
    uint64_t number;
    size_t len; /* of `plain` */
    uint8_t plain[SEAL_STREAM_CHUNK_BYTES];
    uint8_t sealed[SEALED_CHUNK_BYTES];
};

struct seal_reader {
    seal_stream_source *source;
    void *context;
    struct seal_key *key;
    uint64_t number;
    bool is_ended;
    size_t len; /* of `sealed`, which holds one byte more than a chunk when another follows */
    uint8_t sealed[SEALED_CHUNK_BYTES + 1];
    uint8_t plain[SEAL_STREAM_CHUNK_BYTES];
};

static enum err seal_entry(const uint8_t recipient[RECIPIENT_KEY_BYTES],
                           const uint8_t file_key[SEAL_KEY_BYTES], uint8_t *out);
static enum err open_entry(const struct recipient_key *key, const uint8_t *entry,
                           uint8_t ret_file_key[SEAL_KEY_BYTES]);
static enum err entry_key(const struct recipient_key *key, const uint8_t other[RECIPIENT_KEY_BYTES],
                          const uint8_t made[RECIPIENT_KEY_BYTES],
                          const uint8_t recipient[RECIPIENT_KEY_BYTES], struct seal_key **ret_key);
static enum err stream_key(const uint8_t file_key[SEAL_KEY_BYTES], struct bytes header,
                           struct seal_key **ret_key);
static void put_place(uint8_t place[PLACE_BYTES], uint64_t number, bool is_last);
static enum err put_chunk(struct seal_writer *writer, bool is_last);
static enum err fill(const struct seal_reader *reader, uint8_t *at, size_t want, size_t *len);

enum err seal_writer_new(const uint8_t (*recipients)[RECIPIENT_KEY_BYTES], size_t recipient_count,
                         seal_stream_sink *sink, void *context, struct seal_writer **ret_writer)
{
    REQUIRE(recipient_count > 0 && recipient_count <= SEAL_STREAM_RECIPIENTS_MAX);
    uint8_t header[SEAL_STREAM_HEADER_BYTES_MAX];
    uint8_t file_key[SEAL_KEY_BYTES];
    size_t len = SEAL_STREAM_PREFIX_BYTES;
    struct seal_writer *writer = calloc(1, sizeof *writer);
    enum err err = writer == NULL ? ERR_NO_MEMORY : ERR_OK;
    memcpy(header, magic, sizeof magic);
    header[MAGIC_BYTES] = SEAL_STREAM_VERSION;
    header[MAGIC_BYTES + 1] = (uint8_t)recipient_count;
    random_bytes(file_key, sizeof file_key);
    for (size_t i = 0; i < recipient_count && err == ERR_OK; i++, len += SEAL_STREAM_ENTRY_BYTES) {
        err = seal_entry(recipients[i], file_key, header + len);
    }
    err = err == ERR_OK ? stream_key(file_key, bytes_of(header, len), &writer->key) : err;
    seal_wipe(file_key, sizeof file_key);
    err = err == ERR_OK ? sink(context, bytes_of(header, len)) : err;
    if (err != ERR_OK) {
        seal_writer_free(writer);
        return err;
    }
    writer->sink = sink;
    writer->context = context;
    *ret_writer = writer;
    return ERR_OK;
}

/* A full chunk waits for the next byte: it may be the last one. */
enum err seal_writer_add(struct seal_writer *writer, struct bytes plain)
{
    enum err err = ERR_OK;
    while (plain.len > 0 && err == ERR_OK) {
        if (writer->len == SEAL_STREAM_CHUNK_BYTES) {
            err = put_chunk(writer, false);
        }
        size_t room = SEAL_STREAM_CHUNK_BYTES - writer->len;
        size_t len = plain.len < room ? plain.len : room;
        memcpy(writer->plain + writer->len, plain.at, len);
        writer->len += len;
        plain = bytes_of(plain.at + len, plain.len - len);
    }
    return err;
}

enum err seal_writer_finish(struct seal_writer *writer)
{
    return put_chunk(writer, true);
}

void seal_writer_free(struct seal_writer *writer)
{
    if (writer != NULL) {
        seal_key_free(writer->key);
        seal_wipe(writer->plain, sizeof writer->plain);
        free(writer);
    }
}

enum err seal_reader_new(const struct recipient_key *key, seal_stream_source *source, void *context,
                         struct seal_reader **ret_reader)
{
    uint8_t header[SEAL_STREAM_HEADER_BYTES_MAX] = {0};
    uint8_t file_key[SEAL_KEY_BYTES];
    size_t len = 0;
    struct seal_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        return ERR_NO_MEMORY;
    }
    reader->source = source;
    reader->context = context;
    enum err err = fill(reader, header, SEAL_STREAM_PREFIX_BYTES, &len);
    size_t count = header[MAGIC_BYTES + 1];
    bool is_known = err == ERR_OK && len == SEAL_STREAM_PREFIX_BYTES &&
                    memcmp(header, magic, sizeof magic) == 0 && header[MAGIC_BYTES] == SEAL_STREAM_VERSION &&
                    count > 0 && count <= SEAL_STREAM_RECIPIENTS_MAX;
    if (err == ERR_OK && is_known) {
        size_t whole = SEAL_STREAM_PREFIX_BYTES + count * SEAL_STREAM_ENTRY_BYTES;
        err = fill(reader, header, whole, &len);
        is_known = len == whole;
    }
    err = err == ERR_OK && !is_known ? ERR_MALFORMED : err;
    bool is_opened = false;
    for (size_t i = 0; i < count && err == ERR_OK && !is_opened; i++) {
        enum err opened =
            open_entry(key, header + SEAL_STREAM_PREFIX_BYTES + i * SEAL_STREAM_ENTRY_BYTES, file_key);
        is_opened = opened == ERR_OK;
        err = opened == ERR_NO_MEMORY ? opened : ERR_OK;
    }
    err = err == ERR_OK && !is_opened ? ERR_FORBIDDEN : err;
    err = err == ERR_OK ? stream_key(file_key, bytes_of(header, len), &reader->key) : err;
    seal_wipe(file_key, sizeof file_key);
    if (err != ERR_OK) {
        seal_reader_free(reader);
        return err;
    }
    *ret_reader = reader;
    return ERR_OK;
}

enum err seal_reader_next(struct seal_reader *reader, struct bytes *ret_plain)
{
    uint8_t place[PLACE_BYTES];
    if (reader->is_ended) {
        *ret_plain = bytes_of(reader->plain, 0);
        return ERR_OK;
    }
    enum err err = fill(reader, reader->sealed, sizeof reader->sealed, &reader->len);
    if (err != ERR_OK) {
        return err;
    }
    bool is_last = reader->len <= SEALED_CHUNK_BYTES;
    size_t len = is_last ? reader->len : SEALED_CHUNK_BYTES;
    put_place(place, reader->number++, is_last);
    err = seal_open(reader->key, bytes_of(place, sizeof place), bytes_of(reader->sealed, len), reader->plain);
    if (err != ERR_OK) {
        return ERR_SEALED;
    }
    reader->is_ended = is_last;
    reader->len -= len;
    reader->sealed[0] = reader->sealed[SEALED_CHUNK_BYTES]; /* the byte that told of another chunk */
    *ret_plain = bytes_of(reader->plain, len - SEAL_OVERHEAD_BYTES);
    return ERR_OK;
}

void seal_reader_free(struct seal_reader *reader)
{
    if (reader != NULL) {
        seal_key_free(reader->key);
        seal_wipe(reader->plain, sizeof reader->plain);
        free(reader);
    }
}

/* A key pair made for one recipient and one stream. */
static enum err seal_entry(const uint8_t recipient[RECIPIENT_KEY_BYTES],
                           const uint8_t file_key[SEAL_KEY_BYTES], uint8_t *out)
{
    struct recipient_key *made = NULL;
    struct seal_key *key = NULL;
    enum err err = recipient_key_generate(&made);
    if (err == ERR_OK) {
        recipient_key_public(made, out);
        err = entry_key(made, recipient, out, recipient, &key);
    }
    if (err == ERR_OK) {
        seal(key, bytes_of_text("dantin/file-key"), bytes_of(file_key, SEAL_KEY_BYTES),
             out + RECIPIENT_KEY_BYTES);
    }
    seal_key_free(key);
    recipient_key_free(made);
    return err;
}

static enum err open_entry(const struct recipient_key *key, const uint8_t *entry,
                           uint8_t ret_file_key[SEAL_KEY_BYTES])
{
    uint8_t recipient[RECIPIENT_KEY_BYTES];
    struct seal_key *opener = NULL;
    recipient_key_public(key, recipient);
    enum err err = entry_key(key, entry, entry, recipient, &opener);
    if (err == ERR_OK) {
        struct bytes sealed = bytes_of(entry + RECIPIENT_KEY_BYTES, SEAL_KEY_BYTES + SEAL_OVERHEAD_BYTES);
        err = seal_open(opener, bytes_of_text("dantin/file-key"), sealed, ret_file_key);
    }
    seal_key_free(opener);
    return err;
}

static enum err entry_key(const struct recipient_key *key, const uint8_t other[RECIPIENT_KEY_BYTES],
                          const uint8_t made[RECIPIENT_KEY_BYTES],
                          const uint8_t recipient[RECIPIENT_KEY_BYTES], struct seal_key **ret_key)
{
    uint8_t shared[RECIPIENT_KEY_BYTES];
    uint8_t salt[2 * RECIPIENT_KEY_BYTES];
    uint8_t derived[SEAL_KEY_BYTES];
    enum err err = recipient_share(key, other, shared);
    if (err == ERR_OK) {
        memcpy(salt, made, RECIPIENT_KEY_BYTES);
        memcpy(salt + RECIPIENT_KEY_BYTES, recipient, RECIPIENT_KEY_BYTES);
        seal_derive(bytes_of(shared, sizeof shared), bytes_of(salt, sizeof salt),
                    bytes_of_text("dantin/recipient"), derived, sizeof derived);
        err = seal_key_new(derived, ret_key);
    }
    seal_wipe(shared, sizeof shared);
    seal_wipe(derived, sizeof derived);
    return err;
}

static enum err stream_key(const uint8_t file_key[SEAL_KEY_BYTES], struct bytes header,
                           struct seal_key **ret_key)
{
    uint8_t derived[SEAL_KEY_BYTES];
    struct hash hash = hash_of_one(header);
    seal_derive(bytes_of(file_key, SEAL_KEY_BYTES), bytes_of(hash.at, HASH_BYTES),
                bytes_of_text("dantin/stream"), derived, sizeof derived);
    enum err err = seal_key_new(derived, ret_key);
    seal_wipe(derived, sizeof derived);
    return err;
}

static void put_place(uint8_t place[PLACE_BYTES], uint64_t number, bool is_last)
{
    u64_write(place, number);
    place[PLACE_BYTES - 1] = is_last ? 1 : 0;
}

static enum err put_chunk(struct seal_writer *writer, bool is_last)
{
    uint8_t place[PLACE_BYTES];
    put_place(place, writer->number++, is_last);
    seal(writer->key, bytes_of(place, sizeof place), bytes_of(writer->plain, writer->len), writer->sealed);
    size_t len = writer->len + SEAL_OVERHEAD_BYTES;
    writer->len = 0;
    return writer->sink(writer->context, bytes_of(writer->sealed, len));
}

/* Until there are `want` bytes at `at`, or no more come. */
static enum err fill(const struct seal_reader *reader, uint8_t *at, size_t want, size_t *len)
{
    enum err err = ERR_OK;
    size_t got = 1;
    while (err == ERR_OK && got > 0 && *len < want) {
        err = reader->source(reader->context, at + *len, want - *len, &got);
        *len += err == ERR_OK ? got : 0;
    }
    return err;
}
