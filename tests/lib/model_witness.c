/* The model's witnesses: the senders that have a device. No set of witnesses is kept: all of them count. */
#include "common/base/check.h"
#include "common/wire/envelope.h"
#include "common/wire/receipt.h"
#include "tests/lib/model_internal.h"

enum { SENDERS_MAX = 64 };

static bool is_applied_act(const struct store_entry *entry);
static size_t senders_of(const struct store *store, uint64_t size, struct id *senders);
static bool is_sealed(const struct store *store, uint64_t size);
static const struct model_checkpoint *find(const struct store *store, uint64_t size);
static bool has_signed(const struct store *store, const struct hash *device, uint64_t size);
static const struct store_device *witness(const struct store *store, const struct hash *device);

void model_find_acts(const struct store *store, uint64_t from, uint64_t below, struct arena *arena,
                     const struct store_act_entry **ret_acts, size_t *ret_count)
{
    struct store_act_entry *acts = arena_zalloc(arena, STORE_ACT_ENTRIES_MAX, sizeof *acts);
    size_t count = 0;
    REQUIRE(acts != NULL);
    for (size_t i = 0; i < store->entry_count && count < STORE_ACT_ENTRIES_MAX; i++) {
        const struct store_entry *entry = &store->entries[i].entry;
        if (is_applied_act(entry) && entry->position >= from && entry->position < below) {
            struct verdict *applied = arena_zalloc(arena, entry->change_count + 1, sizeof *applied);
            REQUIRE(applied != NULL);
            acts[count++] = (struct store_act_entry){
                .position = entry->position,
                .envelope = entry->envelope,
                .signature = entry->signature,
                .payload_zstd = entry->payload_zstd,
                .server_time_ms = store->entries[i].server_time_ms,
                .verdict_hash = receipt_verdict_hash(applied, entry->change_count),
            };
        }
    }
    *ret_acts = acts;
    *ret_count = count;
}

void model_put_cosignature(struct store *store, const struct store_cosignature *cosignature,
                           struct store_told_checkpoint *ret_told)
{
    struct id senders[SENDERS_MAX];
    uint64_t best = 0;
    size_t best_count = 0;
    for (size_t i = 0; i < store->checkpoint_count; i++) {
        uint64_t size = store->checkpoints[i].size;
        size_t count = senders_of(store, size, senders);
        if (is_sealed(store, size)) {
            best_count = 0; /* older ones do not matter any more */
        } else if (count >= best_count && count > 0) {
            best = size;
            best_count = count;
        }
    }
    /* As the database sees it: what is told does not know of what is kept with it. */
    if (!has_signed(store, &cosignature->device, cosignature->size)) {
        REQUIRE(store->cosignature_count < MODEL_COSIGNATURES_MAX);
        struct store_cosignature *kept = &store->cosignatures[store->cosignature_count++];
        *kept = *cosignature;
        kept->line = arena_copy(&store->arena, cosignature->line);
    }
    if (best_count > 0 && best < cosignature->size && !has_signed(store, &cosignature->device, best)) {
        *ret_told = (struct store_told_checkpoint){best, find(store, best)->note};
    }
}

void model_find_seal(struct store *store, uint64_t above, uint64_t up_to,
                     struct store_told_checkpoint *ret_told)
{
    struct id told[SENDERS_MAX];
    const struct model_checkpoint *newest = NULL;
    size_t told_count = 0;
    struct buf note;
    for (size_t i = 0; i < store->checkpoint_count; i++) {
        uint64_t size = store->checkpoints[i].size;
        newest = size > above && size <= up_to && is_sealed(store, size) ? &store->checkpoints[i] : newest;
    }
    if (newest == NULL) {
        return;
    }
    buf_init(&note, 1 << 20);
    REQUIRE(buf_append(&note, newest->note) == ERR_OK);
    for (size_t i = 0; i < store->cosignature_count; i++) {
        const struct store_cosignature *one = &store->cosignatures[i];
        const struct store_device *device = witness(store, &one->device);
        bool is_first = one->size == newest->size && device != NULL;
        for (size_t j = 0; is_first && j < told_count; j++) {
            is_first = !id_equal(&told[j], &device->sender);
        }
        if (is_first) {
            told[told_count++] = device->sender;
            REQUIRE(buf_append(&note, one->line) == ERR_OK);
        }
    }
    *ret_told = (struct store_told_checkpoint){newest->size, arena_copy(&store->arena, buf_content(&note))};
    buf_release(&note);
}

static bool is_applied_act(const struct store_entry *entry)
{
    bool is_act = entry->content == ENVELOPE_CONTENT_KEY || entry->content == ENVELOPE_CONTENT_ACTS;
    return is_act && entry->verdict_count == 0 && !entry->is_unreadable;
}

/* Who has a device; with a size: who cosigned that checkpoint. Each once. */
static size_t senders_of(const struct store *store, uint64_t size, struct id *senders)
{
    size_t count = 0;
    for (size_t i = 0; i < store->device_count; i++) {
        const struct store_device *device = &store->devices[i].device;
        bool is_new = witness(store, &device->device) != NULL &&
                      (size == 0 || has_signed(store, &device->device, size));
        for (size_t j = 0; is_new && j < count; j++) {
            is_new = !id_equal(&senders[j], &device->sender);
        }
        if (is_new) {
            REQUIRE(count < SENDERS_MAX);
            senders[count++] = device->sender;
        }
    }
    return count;
}

static bool is_sealed(const struct store *store, uint64_t size)
{
    struct id senders[SENDERS_MAX];
    return senders_of(store, size, senders) * 2 > senders_of(store, 0, senders);
}

static const struct model_checkpoint *find(const struct store *store, uint64_t size)
{
    for (size_t i = 0; i < store->checkpoint_count; i++) {
        if (store->checkpoints[i].size == size) {
            return &store->checkpoints[i];
        }
    }
    return NULL;
}

static bool has_signed(const struct store *store, const struct hash *device, uint64_t size)
{
    for (size_t i = 0; i < store->cosignature_count; i++) {
        const struct store_cosignature *one = &store->cosignatures[i];
        if (one->size == size && hash_equal(&one->device, device)) {
            return true;
        }
    }
    return false;
}

/* NULL: its word does not count. */
static const struct store_device *witness(const struct store *store, const struct hash *device)
{
    for (size_t i = 0; i < store->device_count; i++) {
        const struct store_device *one = &store->devices[i].device;
        if (hash_equal(&one->device, device)) {
            return one->is_revoked || one->role == ROLE_LOG ? NULL : one;
        }
    }
    return NULL;
}
