/* Sealing what a second person decided. */
#include "client/lib/outbox.h"

#include "client/lib/store_setting.h"
#include "common/base/random.h"
#include "common/record/schema.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/journal.pb-c.h"

enum { APPROVALS_ARENA_BYTES_MAX = 4 << 20, APPROVAL_BYTES_MAX = 1024 };

static enum err seal_one(struct store *store, const struct outbox_signer *signer,
                         const struct outbox_approval *approvals, size_t count, const char *reason,
                         struct arena *arena);
static enum err pack_approvals(const struct outbox_approval *approvals, size_t count, const char *reason,
                               struct arena *arena, struct bytes *items);
static enum err put_sealed(struct store *store, const struct outbox_signer *signer, struct bytes payload_zstd,
                           const struct payload_sealed *payload, size_t count);

enum err outbox_seal_approvals(struct store *store, const struct outbox_signer *signer,
                               const struct outbox_approval *approvals, size_t approval_count,
                               const char *reason)
{
    struct arena arena;
    arena_init(&arena, APPROVALS_ARENA_BYTES_MAX);
    enum err err = store_begin(store);
    for (size_t i = 0; err == ERR_OK && i < approval_count; i += OUTBOX_APPROVALS_MAX) {
        size_t left = approval_count - i;
        arena_clear(&arena);
        err = seal_one(store, signer, approvals + i,
                       left < OUTBOX_APPROVALS_MAX ? left : OUTBOX_APPROVALS_MAX, reason, &arena);
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    arena_release(&arena);
    return err;
}

static enum err seal_one(struct store *store, const struct outbox_signer *signer,
                         const struct outbox_approval *approvals, size_t count, const char *reason,
                         struct arena *arena)
{
    uint8_t seed[PAYLOAD_SEED_BYTES];
    struct buf payload;
    struct payload_sealed sealed = {0};
    struct bytes *items = arena_zalloc(arena, count, sizeof *items);
    if (items == NULL) {
        return ERR_NO_MEMORY;
    }
    random_bytes(seed, sizeof seed);
    buf_init(&payload, PAYLOAD_COMPRESSED_BYTES_MAX);
    enum err err = pack_approvals(approvals, count, reason, arena, items);
    if (err == ERR_OK) {
        err = payload_encode(seed, items, count, &payload, &sealed);
    }
    if (err == ERR_OK) {
        err = put_sealed(store, signer, buf_content(&payload), &sealed, count);
    }
    buf_release(&payload);
    return err;
}

static enum err pack_approvals(const struct outbox_approval *approvals, size_t count, const char *reason,
                               struct arena *arena, struct bytes *items)
{
    struct buf packed;
    enum err err = ERR_OK;
    buf_init(&packed, APPROVAL_BYTES_MAX);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        Dantin__Approval approval = DANTIN__APPROVAL__INIT;
        approval.has_version = approval.has_change_hash = true;
        /* protobuf-c takes no const bytes, though packing only reads them. */
        approval.version =
            (ProtobufCBinaryData){.len = ID_BYTES, .data = (uint8_t *)(uintptr_t)approvals[i].version.at};
        approval.change_hash = (ProtobufCBinaryData){
            .len = HASH_BYTES, .data = (uint8_t *)(uintptr_t)approvals[i].change_hash.at};
        approval.has_is_rejection = reason != NULL;
        approval.is_rejection = reason != NULL;
        approval.reason = (char *)(uintptr_t)reason;
        buf_clear(&packed);
        err = message_pack(&approval, &packed);
        if (err == ERR_OK) {
            items[i] = arena_copy(arena, buf_content(&packed));
            err = items[i].at == NULL ? ERR_NO_MEMORY : ERR_OK;
        }
    }
    buf_release(&packed);
    return err;
}

static enum err put_sealed(struct store *store, const struct outbox_signer *signer, struct bytes payload_zstd,
                           const struct payload_sealed *payload, size_t count)
{
    uint8_t envelope_bytes[ENVELOPE_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    struct envelope envelope = {
        .device = signer->device,
        .content = ENVELOPE_CONTENT_APPROVALS,
        .schema_version = SCHEMA_VERSION,
        .payload_bytes = payload->plain_bytes,
        .payload_hash = payload->hash,
    };
    enum err err = store_sealed_last(store, &envelope.sequence, &envelope.previous);
    if (err != ERR_OK) {
        return err;
    }
    envelope.sequence++;
    envelope_encode(&envelope, envelope_bytes);
    signing_key_sign(signer->key, bytes_of(envelope_bytes, sizeof envelope_bytes), signature);
    const struct store_sealed sealed = {
        .sequence = envelope.sequence,
        .envelope = bytes_of(envelope_bytes, sizeof envelope_bytes),
        .signature = bytes_of(signature, sizeof signature),
        .payload_zstd = payload_zstd,
        .envelope_hash = envelope_hash(bytes_of(envelope_bytes, sizeof envelope_bytes)),
        .item_count = (uint32_t)count,
    };
    return store_sealed_put(store, &sealed);
}
