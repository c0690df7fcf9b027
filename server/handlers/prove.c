/* PROVE: how the present epoch and log key came to be, and that older trees are parts of the present one.
 *
 *   START ──► entries, page by page ──► paths, a batch at a time ──► PROVED
 *
 * Suspended in: each page, each batch (the store reports). */
#include "server/handlers/prove.h"

#include <string.h>

#include "common/base/check.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "common/wire/receipt.h"
#include "proto/journal.pb-c.h"
#include "server/handlers/handlers.h"

struct prove_request {
    struct prove prove;
    ProtobufCBinaryData consistency[PROVE_SIZES_MAX];
    size_t size_count;
};

enum { ENTRY_FRAMING_BYTES = 192 }; /* tags, lengths, numbers and hashes of a ProvenEntry */

static struct outcome start(struct request *request, const void *message);
static struct outcome step(struct request *request);
static bool is_succession(const Dantin__Act *act, const struct id *asker);
static enum err take_page(struct request *request, struct prove *prove);
static enum err take_entry(struct request *request, struct prove *prove, const struct store_act_entry *entry);
static bool is_applied(const struct store_act_entry *entry, size_t change_count);
static enum err is_told(const struct prove *prove, uint16_t content, struct bytes item, struct arena *scratch,
                        bool *ret_is_told);
static enum err add_entry(struct request *request, struct prove *prove, const struct store_act_entry *entry,
                          const struct payload *payload, size_t index);
static void ask_page(struct request *request, struct prove *prove);
static void ask_paths(struct request *request, struct prove *prove);
static enum err take_paths(struct prove *prove);
static void on_acts(void *target, enum err err, const struct store_act_entry *acts, size_t act_count);
static void on_proofs(void *target, enum err err, const struct store_proof *proofs);
static bool copy(struct arena *arena, struct bytes in, ProtobufCBinaryData *ret_copy);

const struct route prove_route = {
    .type = MESSAGE_PROVE,
    .deadline_ms = QUERY_DEADLINE_MS,
    .latency = METRIC_COUNT,
    .start = start,
    .step = step,
    .release = prove_release,
};

static struct outcome start(struct request *request, const void *message)
{
    const Dantin__Prove *asked = message;
    struct prove_request *own = arena_zalloc(request_arena(request), 1, sizeof *own);

    if (own == NULL) {
        return request_reject(request, ERR_NO_MEMORY, NULL);
    }
    if (asked->n_size > PROVE_SIZES_MAX || asked->tree_size == 0) {
        return request_reject(request, ERR_MALFORMED, NULL);
    }
    request_set_state(request, own);
    prove_init(&own->prove, asked->tree_size, 0);
    own->prove.is_wanted = is_succession;
    own->size_count = asked->n_size;
    for (size_t i = 0; i < asked->n_size; i++) {
        prove_add_path(&own->prove, STORE_PROOF_GROWTH, asked->size[i], &own->consistency[i]);
    }
    prove_start(request, &own->prove);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome step(struct request *request)
{
    struct prove_request *own = request_state(request);
    Dantin__Proved proved = DANTIN__PROVED__INIT;
    enum err err = prove_step(request, &own->prove);

    if (err == ERR_AGAIN) {
        return request_wait(request, REQUEST_WAIT_EVENT);
    }
    if (err == ERR_OK && own->prove.next < own->prove.tree_size) {
        err = ERR_TOO_BIG; /* more epochs and keys than one answer holds */
    }
    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    proved.n_consistency = own->size_count;
    proved.consistency = own->consistency;
    proved.n_entry = own->prove.entry_count;
    proved.entry = own->prove.entries;
    return request_reply(request, MESSAGE_PROVED, &proved);
}

static bool is_succession(const Dantin__Act *act, const struct id *asker)
{
    (void)asker;
    return act->epoch != NULL || act->log_key != NULL;
}

/* ---- shared with SEAL ---- */

void prove_init(struct prove *prove, uint64_t tree_size, uint64_t from)
{
    prove->tree_size = tree_size;
    prove->next = from;
    prove->is_reading = true;
    arena_init(&prove->page_arena, PROVE_PAGE_BYTES_MAX);
    arena_init(&prove->scratch, PROVE_SCRATCH_BYTES_MAX);
}

void prove_release(struct request *request)
{
    struct prove *prove = request_state(request); /* the first member of the state, here and in SEAL */

    if (prove != NULL) {
        arena_release(&prove->page_arena);
        arena_release(&prove->scratch);
    }
}

void prove_add_path(struct prove *prove, enum store_proof_kind kind, uint64_t place, ProtobufCBinaryData *to)
{
    REQUIRE(prove->path_count < PROVE_PATHS_MAX);
    prove->paths[prove->path_count++] =
        (struct prove_path){.wanted = {.kind = kind, .place = place, .size = prove->tree_size}, .to = to};
}

void prove_start(struct request *request, struct prove *prove)
{
    ask_page(request, prove);
}

enum err prove_step(struct request *request, struct prove *prove)
{
    if (prove->err != ERR_OK) {
        return prove->err;
    }
    if (prove->is_reading) {
        enum err err = take_page(request, prove);
        if (err != ERR_OK) {
            return err;
        }
        if (prove->is_reading) {
            ask_page(request, prove);
            return ERR_AGAIN;
        }
    } else {
        enum err err = take_paths(prove);
        if (err != ERR_OK) {
            return err;
        }
    }
    if (prove->path_done == prove->path_count) {
        return ERR_OK;
    }
    ask_paths(request, prove);
    return ERR_AGAIN;
}

/* Keep what is wanted of a page; the last one is short. */
static enum err take_page(struct request *request, struct prove *prove)
{
    for (size_t i = 0; i < prove->page_count; i++) {
        size_t before = prove->entry_count;
        size_t paths = prove->path_count;
        arena_clear(&prove->scratch);
        enum err err = take_entry(request, prove, &prove->page[i]);
        if (err == ERR_BUSY) { /* no room for all of its items: it is told next time */
            prove->entry_count = before;
            prove->path_count = paths;
            prove->is_reading = false;
            return ERR_OK;
        }
        if (err != ERR_OK) {
            return err;
        }
        prove->next = prove->page[i].position + 1;
    }
    if (prove->page_count < STORE_ACT_ENTRIES_MAX) {
        prove->is_reading = false;
        prove->next = prove->tree_size;
    }
    return ERR_OK;
}

static enum err take_entry(struct request *request, struct prove *prove, const struct store_act_entry *entry)
{
    struct payload payload = {0};
    struct envelope envelope = {0};
    enum err err = envelope_decode(entry->envelope, &envelope);
    if (err == ERR_OK) {
        err = payload_decode(entry->payload_zstd, &prove->scratch, &payload);
    }
    if (err == ERR_MALFORMED || payload.change_count > PROVE_ITEMS_MAX) {
        return ERR_OK; /* journalled though nobody could read it: nothing of it was applied */
    }
    if (err == ERR_OK && !is_applied(entry, payload.change_count)) {
        return ERR_OK; /* anybody may offer an act, to be refused */
    }
    for (size_t i = 0; err == ERR_OK && i < payload.change_count; i++) {
        bool is_wanted = false;
        err = is_told(prove, envelope.content, payload.changes[i], &prove->scratch, &is_wanted);
        if (err == ERR_OK && is_wanted) {
            err = add_entry(request, prove, entry, &payload, i);
        }
    }
    return err;
}

/* As who is told it will check it: every item of it, without a warning. */
static bool is_applied(const struct store_act_entry *entry, size_t change_count)
{
    static const struct verdict applied[PROVE_ITEMS_MAX];
    struct hash expected = receipt_verdict_hash(applied, change_count);
    return hash_equal(&expected, &entry->verdict_hash);
}

static enum err is_told(const struct prove *prove, uint16_t content, struct bytes item, struct arena *scratch,
                        bool *ret_is_told)
{
    Dantin__Act *act = NULL;
    if (content == ENVELOPE_CONTENT_KEY || item.at == NULL) {
        *ret_is_told = prove->has_keys && item.at != NULL;
        return ERR_OK;
    }
    enum err err = message_unpack(&dantin__act__descriptor, item, true, scratch, &act);
    if (err == ERR_OK) {
        *ret_is_told = prove->is_wanted(act, &prove->asker);
    }
    return err == ERR_MALFORMED ? ERR_OK : err;
}

/* ERR_BUSY: the answer is full. */
static enum err add_entry(struct request *request, struct prove *prove, const struct store_act_entry *entry,
                          const struct payload *payload, size_t index)
{
    struct arena *arena = request_arena(request);
    size_t bytes = entry->envelope.len + entry->signature.len + payload->changes[index].len +
                   payload->change_count * HASH_BYTES + ENTRY_FRAMING_BYTES + MERKLE_PATH_BYTES_MAX;
    if (prove->entry_count == PROVE_ENTRIES_MAX || prove->told_bytes + bytes > PROVE_TOLD_BYTES_MAX) {
        return ERR_BUSY;
    }
    Dantin__ProvenEntry *told = arena_zalloc(arena, 1, sizeof *told);
    if (told == NULL) {
        return ERR_TOO_BIG;
    }
    dantin__proven_entry__init(told);
    told->has_position = told->has_envelope = told->has_signature = told->has_server_time_ms = true;
    told->has_verdict_hash = told->has_index = told->has_salt = told->has_item = told->has_hashes =
        told->has_proof = true;
    told->position = entry->position;
    told->server_time_ms = entry->server_time_ms;
    told->index = (uint32_t)index;
    bool is_copied =
        copy(arena, entry->envelope, &told->envelope) && copy(arena, entry->signature, &told->signature) &&
        copy(arena, bytes_of(entry->verdict_hash.at, HASH_BYTES), &told->verdict_hash) &&
        copy(arena, bytes_of(payload->salts[index].at, HASH_BYTES), &told->salt) &&
        copy(arena, payload->changes[index], &told->item) &&
        copy(arena, bytes_of(payload->hashes, payload->change_count * HASH_BYTES), &told->hashes);
    if (!is_copied) {
        return ERR_TOO_BIG;
    }
    prove->told_bytes += bytes;
    prove->entries[prove->entry_count++] = told;
    prove_add_path(prove, STORE_PROOF_ENTRY, entry->position, &told->proof);
    return ERR_OK;
}

static void ask_page(struct request *request, struct prove *prove)
{
    const struct handlers_context *context = request_context(request);

    arena_clear(&prove->page_arena);
    store_find_acts(context->store, prove->next, prove->tree_size, &prove->page_arena, on_acts, request);
}

static void ask_paths(struct request *request, struct prove *prove)
{
    const struct handlers_context *context = request_context(request);
    size_t left = prove->path_count - prove->path_done;

    prove->asked_count = left < STORE_PROOFS_MAX ? left : STORE_PROOFS_MAX;
    for (size_t i = 0; i < prove->asked_count; i++) {
        prove->asked[i] = prove->paths[prove->path_done + i].wanted;
    }
    store_find_proofs(context->store, prove->asked, prove->asked_count, request_arena(request), on_proofs,
                      request);
}

static enum err take_paths(struct prove *prove)
{
    for (size_t i = 0; i < prove->asked_count; i++) {
        const struct store_proof *proof = &prove->proofs[i];
        if (proof->err != ERR_OK) {
            return proof->err;
        }
        struct bytes path = merkle_path_encode(&proof->path);
        *prove->paths[prove->path_done++].to = (ProtobufCBinaryData){path.len, (uint8_t *)(uintptr_t)path.at};
    }
    return ERR_OK;
}

static void on_acts(void *target, enum err err, const struct store_act_entry *acts, size_t act_count)
{
    struct request *request = target;
    struct prove *prove = request_state(request); /* the first member of the state, here and in the others */

    prove->err = err;
    prove->page = acts;
    prove->page_count = act_count;
    request_resume(request);
}

static void on_proofs(void *target, enum err err, const struct store_proof *proofs)
{
    struct request *request = target;
    struct prove *prove = request_state(request);

    prove->err = err;
    prove->proofs = proofs;
    request_resume(request);
}

static bool copy(struct arena *arena, struct bytes in, ProtobufCBinaryData *ret_copy)
{
    struct bytes kept = arena_copy(arena, in);
    *ret_copy = (ProtobufCBinaryData){kept.len, (uint8_t *)(uintptr_t)kept.at};
    return kept.at != NULL;
}
