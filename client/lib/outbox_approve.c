/* Sealing what a second person decided. */
#include "client/lib/outbox_items.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "proto/journal.pb-c.h"

enum { APPROVALS_ARENA_BYTES_MAX = 4 << 20, APPROVAL_BYTES_MAX = 1024 };

static enum err seal_one(struct store *store, const struct outbox_signer *signer,
                         const struct outbox_approval *approvals, size_t count, const char *reason,
                         struct arena *arena);
static enum err pack_approvals(const struct outbox_approval *approvals, size_t count, const char *reason,
                               struct arena *arena, struct bytes *items);

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
    uint64_t sequence = 0;
    struct bytes *items = arena_zalloc(arena, count, sizeof *items);
    if (items == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = pack_approvals(approvals, count, reason, arena, items);
    return err == ERR_OK
               ? outbox_seal_items(store, signer, ENVELOPE_CONTENT_APPROVALS, items, count, &sequence)
               : err;
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
