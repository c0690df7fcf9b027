/* From either form to the part form. Through protobuf-c: an erasure is rare. */
#include "common/base/check.h"
#include "common/wire/compress.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/submission.pb-c.h"

static enum err unpack(struct bytes payload_zstd, struct arena *arena, struct payload *ret_payload,
                       Dantin__Payload **ret_message);
static enum err fill_part(const struct payload *payload, const Dantin__Payload *message, size_t index,
                          bool is_erased, struct arena *arena, Dantin__Part *part);

enum err payload_erase(struct bytes payload_zstd, const bool *is_erased, size_t change_count, struct buf *out)
{
    struct arena arena;
    struct buf plain;
    struct payload payload;
    Dantin__Payload *message = NULL;
    arena_init(&arena, 8 * (size_t)PAYLOAD_PARTS_BYTES_MAX);
    buf_init(&plain, PAYLOAD_PARTS_BYTES_MAX);
    enum err err = unpack(payload_zstd, &arena, &payload, &message);
    if (err == ERR_OK && payload.change_count != change_count) {
        err = ERR_MALFORMED;
    }
    Dantin__Payload erased = DANTIN__PAYLOAD__INIT;
    Dantin__Part *parts = NULL;
    if (err == ERR_OK) {
        parts = arena_zalloc(&arena, change_count, sizeof *parts);
        erased.part = arena_zalloc(&arena, change_count, sizeof(Dantin__Part *));
        err = parts == NULL || erased.part == NULL ? ERR_TOO_BIG : ERR_OK;
    }
    for (size_t i = 0; err == ERR_OK && i < change_count; i++) {
        err = fill_part(&payload, message, i, is_erased[i], &arena, &parts[i]);
        erased.part[erased.n_part++] = &parts[i];
    }
    if (err == ERR_OK) {
        err = message_pack(&erased, &plain);
    }
    if (err == ERR_OK) {
        err = compress_append(out, buf_content(&plain), PAYLOAD_ZSTD_LEVEL);
    }
    buf_release(&plain);
    arena_release(&arena);
    return err;
}

/* Checked once by the strict reader, then read again for the salts, which it keeps to itself. */
static enum err unpack(struct bytes payload_zstd, struct arena *arena, struct payload *ret_payload,
                       Dantin__Payload **ret_message)
{
    struct bytes plain;
    enum err err = payload_decode(payload_zstd, arena, ret_payload);
    if (err == ERR_OK) {
        err = compress_unpack(payload_zstd, PAYLOAD_PARTS_BYTES_MAX, arena, &plain);
    }
    return err == ERR_OK ? message_unpack(&dantin__payload__descriptor, plain, false, arena, ret_message)
                         : err;
}

static enum err fill_part(const struct payload *payload, const Dantin__Payload *message, size_t index,
                          bool is_erased, struct arena *arena, Dantin__Part *part)
{
    dantin__part__init(part);
    if (is_erased || payload->changes[index].at == NULL) {
        part->has_hash = true;
        part->hash = (ProtobufCBinaryData){HASH_BYTES,
                                           (uint8_t *)(uintptr_t)payload->hashes[index].at}; /* only read */
        return ERR_OK;
    }
    if (!payload->is_seed_form) {
        *part = *message->part[index];
        return ERR_OK;
    }
    struct hash *salt = arena_zalloc(arena, 1, sizeof *salt);
    if (salt == NULL) {
        return ERR_TOO_BIG;
    }
    *salt = payload_salt(message->seed.data, (uint32_t)index);
    part->has_salt = part->has_change = true;
    part->salt = (ProtobufCBinaryData){HASH_BYTES, salt->at};
    part->change = message->change[index];
    return ERR_OK;
}
