/* WAITING: what waits for a second person at the asker's sender, entry by entry, and what became of changes that waited.
 *
 *   START ──listing──► ENTRY ──found──► SENDING ──all its changes──► ENTRY … ──none left──┐
 *     └─no listing──────────────────────────────────────────────────────────────────────► OUTCOMES … ──► done
 *
 * Suspended in: ENTRY and OUTCOMES (the store reports), SENDING (output is long). */
#include "server/handlers/handlers.h"

#include <string.h>

#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/journal.pb-c.h"
#include "proto/waiting.pb-c.h"
#include "server/session/session.h"
#include "server/store/store_waiting.h"

enum {
    WAITS_PART_BYTES = 98304,               /* of changes in one part */
    WAITS_CHANGES_MAX = 1024,               /* in one part */
    WAITS_VERSIONS_MAX = 2048,              /* asked for at once */
    WAITS_ARENA_BYTES_MAX = 16 << 20,       /* one entry or one set of outcomes, unpacked */
    WAITS_APPROVAL_ARENA_BYTES_MAX = 65536, /* one approval, unpacked */
};

enum waiting_state { WAITING_ENTRY, WAITING_SENDING, WAITING_OUTCOMES };

struct waiting {
    enum waiting_state state;
    enum err err; /* of the wait that ended */
    struct arena part;
    uint64_t next_position;
    struct store_waiting_entry entry;
    struct payload payload; /* of the entry */
    size_t next_change;     /* of the entry's */
    const struct id *versions;
    size_t version_count;
    size_t next_version;
    const struct store_decided *decided;
    size_t decided_count;
};

static struct outcome waiting_start(struct request *request, const void *message);
static struct outcome waiting_step(struct request *request);
static void waiting_release(struct request *request);
static enum err read_versions(struct request *request, const Dantin__Waiting *message,
                              struct waiting *waiting);
static struct outcome find_entry(struct request *request, struct waiting *waiting);
static struct outcome find_outcomes(struct request *request, struct waiting *waiting);
static enum err open_entry(struct waiting *waiting);
static struct outcome send_entry(struct request *request, struct waiting *waiting);
static enum err make_entry(struct waiting *waiting, Dantin__Waits *waits);
static bool make_change(struct waiting *waiting, uint32_t index, Dantin__WaitingChange **ret_change);
static struct outcome send_outcomes(struct request *request, struct waiting *waiting);
static Dantin__Outcome *make_outcome(struct waiting *waiting, const struct store_decided *decided);
static char *reason_of(struct waiting *waiting, const struct store_decided *decided);
static void on_entry(void *target, enum err err, const struct store_waiting_entry *entry);
static void on_outcomes(void *target, enum err err, const struct store_decided *decided, size_t count);
static ProtobufCBinaryData view(const void *at, size_t len);

const struct route waiting_route = {
    .type = MESSAGE_WAITING,
    .deadline_ms = WAITING_DEADLINE_MS,
    .latency = METRIC_COUNT,
    .start = waiting_start,
    .step = waiting_step,
    .release = waiting_release,
};

static struct outcome waiting_start(struct request *request, const void *message)
{
    const Dantin__Waiting *asked = message;
    struct waiting *waiting = arena_zalloc(request_arena(request), 1, sizeof *waiting);
    if (waiting == NULL) {
        return request_reject(request, ERR_NO_MEMORY, NULL);
    }
    arena_init(&waiting->part, WAITS_ARENA_BYTES_MAX);
    request_set_state(request, waiting);
    enum err err = read_versions(request, asked, waiting);
    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    return asked->is_listing ? find_entry(request, waiting) : find_outcomes(request, waiting);
}

static struct outcome waiting_step(struct request *request)
{
    struct waiting *waiting = request_state(request);
    if (waiting->err == ERR_NOT_FOUND && waiting->state == WAITING_ENTRY) {
        return find_outcomes(request, waiting);
    }
    if (waiting->err == ERR_OK && waiting->state == WAITING_ENTRY) {
        waiting->err = open_entry(waiting);
    }
    if (waiting->err != ERR_OK) {
        return request_reject(request, waiting->err, NULL);
    }
    return waiting->state == WAITING_OUTCOMES ? send_outcomes(request, waiting)
                                              : send_entry(request, waiting);
}

static void waiting_release(struct request *request)
{
    struct waiting *waiting = request_state(request);
    if (waiting != NULL) {
        arena_release(&waiting->part);
    }
}

static enum err read_versions(struct request *request, const Dantin__Waiting *message,
                              struct waiting *waiting)
{
    if (message->n_version > WAITS_VERSIONS_MAX) {
        return ERR_TOO_BIG;
    }
    struct id *versions = arena_zalloc(request_arena(request), message->n_version, sizeof *versions);
    if (versions == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < message->n_version; i++) {
        if (id_from_bytes(bytes_of(message->version[i].data, message->version[i].len), &versions[i]) !=
            ERR_OK) {
            return ERR_MALFORMED;
        }
    }
    waiting->versions = versions;
    waiting->version_count = message->n_version;
    return ERR_OK;
}

/* ---- what waits ---- */

static struct outcome find_entry(struct request *request, struct waiting *waiting)
{
    const struct handlers_context *context = request_context(request);
    arena_clear(&waiting->part);
    waiting->state = WAITING_ENTRY;
    store_find_waiting(context->store, &request_device(request)->device, &request_device(request)->sender,
                       waiting->next_position, &waiting->part, on_entry, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static enum err open_entry(struct waiting *waiting)
{
    enum err err = payload_decode(waiting->entry.payload_zstd, &waiting->part, &waiting->payload);
    waiting->state = WAITING_SENDING;
    waiting->next_change = 0;
    waiting->next_position = waiting->entry.position + 1;
    return err == ERR_OK || err == ERR_NO_MEMORY ? err : ERR_INTERNAL; /* it could be read when it came */
}

static struct outcome send_entry(struct request *request, struct waiting *waiting)
{
    while (waiting->next_change < waiting->entry.count) {
        Dantin__Waits waits = DANTIN__WAITS__INIT;
        if (!request_has_room(request)) {
            return request_wait(request, REQUEST_WAIT_OUTPUT);
        }
        enum err err = make_entry(waiting, &waits);
        if (err == ERR_OK) {
            err = request_part(request, MESSAGE_WAITS, &waits);
        }
        if (err != ERR_OK) {
            return request_reject(request, err, NULL);
        }
    }
    return find_entry(request, waiting);
}

static enum err make_entry(struct waiting *waiting, Dantin__Waits *waits)
{
    Dantin__WaitingEntry *entry = arena_zalloc(&waiting->part, 1, sizeof *entry);
    Dantin__WaitingChange **changes = arena_zalloc(&waiting->part, WAITS_CHANGES_MAX, sizeof(void *));
    if (entry == NULL || changes == NULL) {
        return ERR_NO_MEMORY;
    }
    dantin__waiting_entry__init(entry);
    entry->has_position = entry->has_server_time_ms = entry->has_public_key = true;
    entry->has_envelope = entry->has_signature = true;
    entry->position = waiting->entry.position;
    entry->server_time_ms = waiting->entry.server_time_ms;
    entry->public_key = view(waiting->entry.public_key, sizeof waiting->entry.public_key);
    entry->envelope = view(waiting->entry.envelope.at, waiting->entry.envelope.len);
    entry->signature = view(waiting->entry.signature.at, waiting->entry.signature.len);
    entry->has_hashes = waiting->next_change == 0;
    if (entry->has_hashes) {
        entry->hashes = view(waiting->payload.hashes, waiting->payload.change_count * HASH_BYTES);
    }
    entry->change = changes;
    for (size_t bytes = 0; waiting->next_change < waiting->entry.count && bytes < WAITS_PART_BYTES &&
                           entry->n_change < WAITS_CHANGES_MAX;
         waiting->next_change++) {
        Dantin__WaitingChange *change = NULL;
        if (!make_change(waiting, waiting->entry.indexes[waiting->next_change], &change)) {
            return ERR_INTERNAL;
        }
        bytes += change->change.len;
        changes[entry->n_change++] = change;
    }
    waits->entry = entry;
    return ERR_OK;
}

static bool make_change(struct waiting *waiting, uint32_t index, Dantin__WaitingChange **ret_change)
{
    Dantin__WaitingChange *change = arena_zalloc(&waiting->part, 1, sizeof *change);
    if (change == NULL || index >= waiting->payload.change_count) {
        return false;
    }
    dantin__waiting_change__init(change);
    change->has_index = true;
    change->index = index;
    struct bytes item = waiting->payload.changes[index];
    change->has_change = change->has_salt = item.at != NULL;
    if (item.at != NULL) {
        change->change = view(item.at, item.len);
        change->salt = view(waiting->payload.salts[index].at, HASH_BYTES);
    }
    *ret_change = change;
    return true;
}

/* ---- what became of it ---- */

static struct outcome find_outcomes(struct request *request, struct waiting *waiting)
{
    const struct handlers_context *context = request_context(request);
    size_t count = waiting->version_count - waiting->next_version;
    count = count < STORE_OUTCOMES_MAX ? count : STORE_OUTCOMES_MAX;
    arena_clear(&waiting->part);
    waiting->state = WAITING_OUTCOMES;
    if (count == 0) {
        Dantin__Waits waits = DANTIN__WAITS__INIT;
        waits.has_is_last = waits.is_last = true;
        return request_reply(request, MESSAGE_WAITS, &waits);
    }
    store_find_outcomes(context->store, &request_device(request)->sender,
                        waiting->versions + waiting->next_version, count, &waiting->part, on_outcomes,
                        request);
    waiting->next_version += count;
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome send_outcomes(struct request *request, struct waiting *waiting)
{
    Dantin__Waits waits = DANTIN__WAITS__INIT;
    if (!request_has_room(request)) {
        return request_wait(request, REQUEST_WAIT_OUTPUT);
    }
    waits.outcome = arena_zalloc(&waiting->part, waiting->decided_count, sizeof(Dantin__Outcome *));
    for (size_t i = 0; waits.outcome != NULL && i < waiting->decided_count; i++) {
        waits.outcome[i] = make_outcome(waiting, &waiting->decided[i]);
        if (waits.outcome[i] == NULL) {
            return request_reject(request, ERR_NO_MEMORY, NULL);
        }
        waits.n_outcome++;
    }
    enum err err = waits.outcome == NULL ? ERR_NO_MEMORY : request_part(request, MESSAGE_WAITS, &waits);
    return err == ERR_OK ? find_outcomes(request, waiting) : request_reject(request, err, NULL);
}

static Dantin__Outcome *make_outcome(struct waiting *waiting, const struct store_decided *decided)
{
    Dantin__Outcome *outcome = arena_zalloc(&waiting->part, 1, sizeof *outcome);
    if (outcome == NULL) {
        return NULL;
    }
    dantin__outcome__init(outcome);
    outcome->has_version = outcome->has_code = outcome->has_position = outcome->has_server_time_ms =
        outcome->has_device = true;
    outcome->version = view(decided->version.at, ID_BYTES);
    outcome->code = (uint32_t)decided->verdict.code;
    outcome->rule = decided->verdict.rule[0] == '\0' ? NULL : (char *)(uintptr_t)decided->verdict.rule;
    outcome->has_current = !id_is_none(&decided->verdict.current);
    outcome->current = view(decided->verdict.current.at, ID_BYTES);
    outcome->position = decided->position;
    outcome->server_time_ms = decided->server_time_ms;
    outcome->device = view(decided->device.at, HASH_BYTES);
    outcome->reason = decided->payload_zstd.at == NULL ? NULL : reason_of(waiting, decided);
    return outcome;
}

/* NULL: none was given, or it was erased. Only of the approval that turned the change down, or that one which it was made from. */
static char *reason_of(struct waiting *waiting, const struct store_decided *decided)
{
    struct arena scratch;
    struct payload payload = {0};
    Dantin__Approval *approval = NULL;
    char *reason = NULL;
    arena_init(&scratch, WAITS_ARENA_BYTES_MAX);
    if (payload_decode(decided->payload_zstd, &scratch, &payload) == ERR_OK &&
        decided->index < payload.change_count && payload.changes[decided->index].at != NULL &&
        message_unpack(&dantin__approval__descriptor, payload.changes[decided->index], true, &scratch,
                       &approval) == ERR_OK &&
        approval->reason != NULL) {
        reason = arena_text(&waiting->part, bytes_of_text(approval->reason));
    }
    arena_release(&scratch);
    return reason;
}

static void on_entry(void *target, enum err err, const struct store_waiting_entry *entry)
{
    struct request *request = target;
    struct waiting *waiting = request_state(request);
    waiting->err = err;
    if (err == ERR_OK) {
        waiting->entry = *entry;
    }
    request_resume(request);
}

static void on_outcomes(void *target, enum err err, const struct store_decided *decided, size_t count)
{
    struct request *request = target;
    struct waiting *waiting = request_state(request);
    waiting->err = err;
    waiting->decided = decided;
    waiting->decided_count = count;
    request_resume(request);
}

/* protobuf-c takes no const bytes, though packing only reads them. */
static ProtobufCBinaryData view(const void *at, size_t len)
{
    return (ProtobufCBinaryData){.len = len, .data = (uint8_t *)(uintptr_t)at};
}
