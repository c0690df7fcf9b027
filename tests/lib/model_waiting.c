/* Changes that wait in the model: where they are, and what became of them. Their content stays in the entry that brought it. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/wire/payload.h"
#include "tests/lib/model_internal.h"

static struct bytes content_of(const struct store *store, const struct store_waiting *waiting,
                               struct arena *arena);
static bool is_neighbour(const struct store *store, const struct store_waiting *waiting,
                         const struct id *version);

void model_apply_waiting(struct store *store, const struct store_waiting *waiting)
{
    if (store->waiting_change_count == store->waiting_change_room) {
        store->waiting_change_room = store->waiting_change_room * 2 + 64;
        store->waiting_changes =
            realloc(store->waiting_changes, store->waiting_change_room * sizeof *store->waiting_changes);
        REQUIRE(store->waiting_changes != NULL);
    }
    REQUIRE(waiting->position < store->entry_count && !waiting->is_decided);
    store->waiting_changes[store->waiting_change_count++] = (struct model_waiting){.waiting = *waiting};
}

void model_apply_outcome(struct store *store, const struct store_outcome *outcome)
{
    struct model_waiting *of = NULL;
    for (size_t i = 0; i < store->waiting_change_count; i++) {
        if (id_equal(&store->waiting_changes[i].waiting.version, &outcome->version)) {
            of = &store->waiting_changes[i];
        }
    }
    REQUIRE(of != NULL && !of->waiting.is_decided); /* it waited, and is decided once */
    of->waiting.is_decided = true;
    of->outcome = *outcome;
}

size_t model_store_decided(const struct store *store, enum verdict_code code, const char *rule)
{
    size_t count = 0;
    for (size_t i = 0; i < store->waiting_change_count; i++) {
        const struct model_waiting *of = &store->waiting_changes[i];
        enum verdict_code is = of->waiting.is_decided ? of->outcome.verdict.code : VERDICT_WAITING;
        count += is == code && (rule == NULL || strcmp(of->outcome.verdict.rule, rule) == 0);
    }
    return count;
}

void model_waiting(const struct store *store, const struct id *versions, size_t version_count,
                   struct arena *arena, const struct store_waiting **ret_waiting, size_t *ret_count)
{
    struct store_waiting *found = arena_zalloc(arena, store->waiting_change_count, sizeof *found);
    size_t count = 0;
    REQUIRE(found != NULL);
    for (size_t i = 0; i < store->waiting_change_count; i++) {
        const struct store_waiting *waiting = &store->waiting_changes[i].waiting;
        bool is_asked = false;
        bool is_beside = false;
        for (size_t j = 0; j < version_count; j++) {
            is_asked = is_asked || id_equal(&waiting->version, &versions[j]);
            is_beside = is_beside || is_neighbour(store, waiting, &versions[j]);
        }
        if (is_asked || (is_beside && !waiting->is_decided)) {
            found[count] = *waiting;
            if (is_asked && !waiting->is_decided) {
                found[count].change = content_of(store, waiting, arena);
            }
            count++;
        }
    }
    *ret_waiting = found;
    *ret_count = count;
}

/* What the base came to that waited, or that it waits. */
void model_waiting_base(const struct store *store, const struct store_record_key *key,
                        struct store_record_fact *fact)
{
    for (size_t i = 0; i < store->waiting_change_count; i++) {
        const struct model_waiting *of = &store->waiting_changes[i];
        bool is_own = of->waiting.key.kind == key->kind && id_equal(&of->waiting.key.record, &key->record);
        if (!id_equal(&of->waiting.version, &key->base) ||
            (of->waiting.is_decided && of->outcome.verdict.code == VERDICT_APPLIED)) {
            continue;
        }
        fact->base_state = STORE_BASE_REFUSED;
        fact->base_code = of->waiting.is_decided ? of->outcome.verdict.code
                          : is_own               ? VERDICT_WAITING
                                                 : VERDICT_CONFLICT;
        if (of->waiting.is_decided) {
            memcpy(fact->base_rule, of->outcome.verdict.rule, sizeof fact->base_rule);
        }
    }
}

static struct bytes content_of(const struct store *store, const struct store_waiting *waiting,
                               struct arena *arena)
{
    struct arena scratch;
    struct payload payload = {0};
    arena_init(&scratch, 8 << 20);
    REQUIRE(payload_decode(store->entries[waiting->position].entry.payload_zstd, &scratch, &payload) ==
            ERR_OK);
    REQUIRE(waiting->index < payload.change_count);
    struct bytes change = arena_copy(arena, payload.changes[waiting->index]);
    REQUIRE(change.at != NULL);
    arena_release(&scratch);
    return change;
}

/* Is it of the same record as the change of that name? */
static bool is_neighbour(const struct store *store, const struct store_waiting *waiting,
                         const struct id *version)
{
    for (size_t i = 0; i < store->waiting_change_count; i++) {
        const struct store_waiting *other = &store->waiting_changes[i].waiting;
        if (id_equal(&other->version, version) && other->key.kind == waiting->key.kind &&
            id_equal(&other->key.record, &waiting->key.record)) {
            return true;
        }
    }
    return false;
}

enum err model_waiting_entry(struct store *store, const struct id *sender, uint64_t from_position,
                             struct arena *arena, struct store_waiting_entry *ret_entry)
{
    uint32_t *indexes = arena_zalloc(arena, store->waiting_change_count, sizeof *indexes);
    REQUIRE(indexes != NULL);
    struct store_waiting_entry entry = {.position = UINT64_MAX, .indexes = indexes};
    for (size_t i = 0; i < store->waiting_change_count; i++) { /* by position and index */
        const struct store_waiting *waiting = &store->waiting_changes[i].waiting;
        if (waiting->is_decided || !id_equal(&waiting->sender, sender) || waiting->position < from_position ||
            waiting->position > entry.position) {
            continue;
        }
        entry.position = waiting->position;
        indexes[entry.count++] = waiting->index;
    }
    if (entry.count == 0) {
        return ERR_NOT_FOUND;
    }
    const struct model_entry *of = &store->entries[entry.position];
    memcpy(entry.public_key, model_store_device(store, &of->entry.device)->public_key,
           sizeof entry.public_key);
    entry.server_time_ms = of->server_time_ms;
    entry.envelope = arena_copy(arena, of->entry.envelope);
    entry.signature = arena_copy(arena, of->entry.signature);
    entry.payload_zstd = arena_copy(arena, of->entry.payload_zstd);
    REQUIRE(entry.envelope.at != NULL && entry.signature.at != NULL && entry.payload_zstd.at != NULL);
    *ret_entry = entry;
    return ERR_OK;
}

void model_decided(const struct store *store, const struct id *sender, const struct id *versions,
                   size_t version_count, struct arena *arena, const struct store_decided **ret_decided,
                   size_t *ret_count)
{
    struct store_decided *decided = arena_zalloc(arena, version_count, sizeof *decided);
    size_t count = 0;
    REQUIRE(decided != NULL);
    for (size_t i = 0; i < version_count; i++) {
        for (size_t j = 0; j < store->waiting_change_count; j++) {
            const struct model_waiting *of = &store->waiting_changes[j];
            if (!of->waiting.is_decided || !id_equal(&of->waiting.version, &versions[i]) ||
                !id_equal(&of->waiting.sender, sender)) {
                continue;
            }
            const struct model_entry *by = &store->entries[of->outcome.position];
            bool is_rejection = strcmp(of->outcome.verdict.rule, "approval.rejected") == 0;
            decided[count] = (struct store_decided){.version = versions[i],
                                                    .verdict = of->outcome.verdict,
                                                    .position = of->outcome.position,
                                                    .index = of->outcome.index,
                                                    .server_time_ms = by->server_time_ms,
                                                    .device = by->entry.device};
            if (is_rejection) {
                decided[count].payload_zstd = arena_copy(arena, by->entry.payload_zstd);
            }
            count++;
        }
    }
    *ret_decided = decided;
    *ret_count = count;
}
