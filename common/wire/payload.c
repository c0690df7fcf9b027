/* Read and written by hand rather than through protobuf-c: a payload is the bulk of all traffic, and its
 * changes are hashed and handed on as views of the decompressed bytes. */
#include "common/wire/payload.h"

#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"
#include "common/record/schema.h"
#include "common/wire/compress.h"
#include "common/wire/field_reader.h"
#include "common/wire/prescan.h"
#include "proto/submission.pb-c.h"

/* Field numbers of Payload, Part and Change in proto/submission.proto. */
enum {
    PAYLOAD_SEED = 1,
    PAYLOAD_CHANGE = 2,
    PAYLOAD_PART = 3,
    PART_SALT = 1,
    PART_CHANGE = 2,
    PART_HASH = 3,
    CHANGE_KIND = 1,
    CHANGE_BODY = 4,
};

/* What a first walk found. */
struct shape {
    struct bytes seed; /* at NULL: none */
    size_t change_count;
    size_t part_count;
};

static enum err find_shape(struct bytes plain, struct shape *ret_shape);
static enum err read_seed_form(struct bytes plain, struct bytes seed, struct bytes *changes,
                               struct hash *hashes, struct hash *salts);
static enum err read_part_form(struct bytes plain, struct bytes *changes, struct hash *hashes,
                               struct hash *salts);
static enum err read_part(struct bytes in, struct bytes *ret_change, struct hash *ret_hash,
                          struct hash *ret_salt);

struct hash payload_salt(const uint8_t seed[PAYLOAD_SEED_BYTES], uint32_t index)
{
    uint8_t index_bytes[4];
    u32_write(index_bytes, index);
    return hash_hmac(bytes_of(seed, PAYLOAD_SEED_BYTES), bytes_of(index_bytes, sizeof index_bytes));
}

struct hash payload_change_hash(const struct hash *salt, struct bytes change)
{
    struct bytes parts[] = {bytes_of(salt->at, HASH_BYTES), change};
    return hash_of(parts, 2);
}

enum err payload_decode(struct bytes payload_zstd, struct arena *arena, struct payload *ret_payload)
{
    if (payload_zstd.len > PAYLOAD_PARTS_COMPRESSED_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    struct bytes plain;
    enum err err = compress_unpack(payload_zstd, PAYLOAD_PARTS_BYTES_MAX, arena, &plain);
    if (err != ERR_OK) {
        return err;
    }
    struct shape shape;
    err = find_shape(plain, &shape);
    if (err != ERR_OK) {
        return err;
    }
    bool is_seed_form = shape.seed.at != NULL;
    if (is_seed_form && (payload_zstd.len > PAYLOAD_COMPRESSED_BYTES_MAX || plain.len > PAYLOAD_BYTES_MAX)) {
        return ERR_TOO_BIG;
    }
    size_t count = is_seed_form ? shape.change_count : shape.part_count;
    struct bytes *changes = arena_zalloc(arena, count, sizeof *changes);
    struct hash *hashes = arena_alloc(arena, count * sizeof *hashes);
    struct hash *salts = arena_zalloc(arena, count, sizeof *salts);
    if (changes == NULL || hashes == NULL || salts == NULL) {
        return ERR_TOO_BIG;
    }
    err = is_seed_form ? read_seed_form(plain, shape.seed, changes, hashes, salts)
                       : read_part_form(plain, changes, hashes, salts);
    if (err != ERR_OK) {
        return err;
    }
    *ret_payload = (struct payload){
        .change_count = count,
        .changes = changes,
        .hashes = hashes,
        .salts = salts,
        .hash = hash_of_one(bytes_of(hashes, count * sizeof *hashes)),
        .plain_bytes = plain.len,
        .is_seed_form = is_seed_form,
    };
    return ERR_OK;
}

/* Count and check the outermost fields: one form only, numbers within the limits. */
static enum err find_shape(struct bytes plain, struct shape *ret_shape)
{
    struct shape shape = {0};
    while (plain.len > 0) {
        struct field field;
        if (field_read(&plain, &field) != ERR_OK || field.wire_type != FIELD_WIRE_BYTES) {
            return ERR_MALFORMED;
        }
        switch (field.number) {
        case PAYLOAD_SEED:
            if (shape.seed.at != NULL || field.bytes.len != PAYLOAD_SEED_BYTES) {
                return ERR_MALFORMED;
            }
            shape.seed = field.bytes;
            break;
        case PAYLOAD_CHANGE:
            shape.change_count++;
            break;
        case PAYLOAD_PART:
            shape.part_count++;
            break;
        default:
            return ERR_MALFORMED;
        }
    }
    bool has_seed = shape.seed.at != NULL;
    bool is_seed_form = has_seed && shape.change_count > 0 && shape.part_count == 0;
    bool is_part_form = !has_seed && shape.change_count == 0 && shape.part_count > 0;
    if (!is_seed_form && !is_part_form) {
        return ERR_MALFORMED;
    }
    if (shape.change_count > PAYLOAD_CHANGES_MAX || shape.part_count > PAYLOAD_CHANGES_MAX) {
        return ERR_TOO_BIG;
    }
    *ret_shape = shape;
    return ERR_OK;
}

static enum err read_seed_form(struct bytes plain, struct bytes seed, struct bytes *changes,
                               struct hash *hashes, struct hash *salts)
{
    uint32_t index = 0;
    while (plain.len > 0) {
        struct field field;
        enum err err = field_read(&plain, &field);
        if (err != ERR_OK) {
            return err;
        }
        if (field.number == PAYLOAD_CHANGE) {
            salts[index] = payload_salt(seed.at, index);
            changes[index] = field.bytes;
            hashes[index] = payload_change_hash(&salts[index], field.bytes);
            index++;
        }
    }
    return ERR_OK;
}

static enum err read_part_form(struct bytes plain, struct bytes *changes, struct hash *hashes,
                               struct hash *salts)
{
    for (size_t index = 0; plain.len > 0; index++) {
        struct field field;
        enum err err = field_read(&plain, &field);
        if (err == ERR_OK) {
            err = read_part(field.bytes, &changes[index], &hashes[index], &salts[index]);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* salt and change, or hash alone; each at most once. */
static enum err read_part(struct bytes in, struct bytes *ret_change, struct hash *ret_hash,
                          struct hash *ret_salt)
{
    struct bytes found[PART_HASH + 1] = {{0}};
    while (in.len > 0) {
        struct field field;
        if (field_read(&in, &field) != ERR_OK || field.wire_type != FIELD_WIRE_BYTES ||
            field.number > PART_HASH || found[field.number].at != NULL) {
            return ERR_MALFORMED;
        }
        found[field.number] = field.bytes;
    }
    struct bytes salt_bytes = found[PART_SALT];
    struct bytes change = found[PART_CHANGE];
    struct hash salt;
    if (found[PART_HASH].at != NULL) {
        bool is_alone = salt_bytes.at == NULL && change.at == NULL;
        return is_alone ? hash_from_bytes(found[PART_HASH], ret_hash) : ERR_MALFORMED;
    }
    if (change.at == NULL || hash_from_bytes(salt_bytes, &salt) != ERR_OK) {
        return ERR_MALFORMED;
    }
    *ret_hash = payload_change_hash(&salt, change);
    *ret_salt = salt;
    *ret_change = change;
    return ERR_OK;
}

size_t payload_change_elements(struct bytes change)
{
    const struct kind_schema *schema = NULL;
    struct bytes body = {0};
    struct field field;
    for (struct bytes rest = change; rest.len > 0 && field_read(&rest, &field) == ERR_OK;) {
        if (field.number == CHANGE_KIND && field.wire_type == FIELD_WIRE_VARINT &&
            field.value <= UINT32_MAX) {
            schema = schema_of((uint32_t)field.value);
        } else if (field.number == CHANGE_BODY && field.wire_type == FIELD_WIRE_BYTES) {
            body = field.bytes;
        }
    }
    size_t count = prescan_count(&dantin__change__descriptor, change, PAYLOAD_ELEMENTS_MAX);
    return schema == NULL ? count : count + prescan_count(schema->descriptor, body, PAYLOAD_ELEMENTS_MAX);
}

static struct hash hash_changes(const uint8_t seed[PAYLOAD_SEED_BYTES], const struct bytes *changes,
                                size_t count, struct hash *hashes)
{
    for (size_t i = 0; i < count; i++) {
        struct hash salt = payload_salt(seed, (uint32_t)i);
        hashes[i] = payload_change_hash(&salt, changes[i]);
    }
    return hash_of_one(bytes_of(hashes, count * sizeof *hashes));
}

/* The Payload message in its seed form. Views only; the arrays are the arena's. */
static enum err pack_seed_form(const uint8_t seed[PAYLOAD_SEED_BYTES], const struct bytes *changes,
                               size_t count, struct arena *arena, struct buf *plain)
{
    ProtobufCBinaryData *items = arena_zalloc(arena, count, sizeof *items);
    if (items == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        /* protobuf-c takes no const bytes, though packing only reads them. */
        items[i] = (ProtobufCBinaryData){.len = changes[i].len, .data = (uint8_t *)(uintptr_t)changes[i].at};
    }
    Dantin__Payload message = DANTIN__PAYLOAD__INIT;
    message.has_seed = 1;
    message.seed = (ProtobufCBinaryData){.len = PAYLOAD_SEED_BYTES, .data = (uint8_t *)(uintptr_t)seed};
    message.n_change = count;
    message.change = items;
    size_t len = protobuf_c_message_get_packed_size(&message.base);
    uint8_t *at = NULL;
    enum err err = buf_reserve(plain, len, &at);
    if (err == ERR_OK) {
        (void)protobuf_c_message_pack(&message.base, at);
        buf_commit(plain, len);
    }
    return err;
}

enum err payload_encode(const uint8_t seed[PAYLOAD_SEED_BYTES], const struct bytes *changes,
                        size_t change_count, struct buf *out, struct payload_sealed *ret_sealed)
{
    REQUIRE(change_count > 0);
    if (change_count > PAYLOAD_CHANGES_MAX) {
        return ERR_TOO_BIG;
    }
    struct arena arena;
    struct buf plain;
    struct buf compressed;
    arena_init(&arena, PAYLOAD_CHANGES_MAX * (sizeof(ProtobufCBinaryData) + sizeof(struct hash)) + 64);
    buf_init(&plain, PAYLOAD_BYTES_MAX);
    buf_init(&compressed, 2 * PAYLOAD_BYTES_MAX);
    struct hash *hashes = arena_alloc(&arena, change_count * sizeof *hashes);
    enum err err =
        hashes == NULL ? ERR_NO_MEMORY : pack_seed_form(seed, changes, change_count, &arena, &plain);
    if (err != ERR_OK) {
        goto done;
    }
    err = compress_append(&compressed, buf_content(&plain), PAYLOAD_ZSTD_LEVEL);
    if (err == ERR_OK && compressed.len > PAYLOAD_COMPRESSED_BYTES_MAX) {
        err = ERR_TOO_BIG;
    }
    if (err == ERR_OK) {
        err = buf_append(out, buf_content(&compressed));
    }
    if (err == ERR_OK) {
        ret_sealed->hash = hash_changes(seed, changes, change_count, hashes);
        ret_sealed->plain_bytes = (uint32_t)plain.len;
    }
done:
    buf_release(&compressed);
    buf_release(&plain);
    arena_release(&arena);
    return err;
}
