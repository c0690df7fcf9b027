/* NOTICES: whose data were erased, told to the senders whose devices hold copies.
 *
 *   START ──► acts of erasure, page by page ──► paths ──► NOTICED
 *
 * Suspended in: as prove.c. An act keeps coded fields of a person: it is told to those alone who submitted them. */
#include <string.h>

#include "proto/journal.pb-c.h"
#include "server/handlers/handlers.h"
#include "server/handlers/prove.h"

static struct outcome start(struct request *request, const void *message);
static struct outcome step(struct request *request);
static bool is_for_asker(const Dantin__Act *act, const struct id *asker);

const struct route notices_route = {
    .type = MESSAGE_NOTICES,
    .deadline_ms = QUERY_DEADLINE_MS,
    .latency = METRIC_COUNT,
    .start = start,
    .step = step,
    .release = prove_release,
};

static struct outcome start(struct request *request, const void *message)
{
    const Dantin__Notices *asked = message;
    struct prove *prove = arena_zalloc(request_arena(request), 1, sizeof *prove);

    if (prove == NULL) {
        return request_reject(request, ERR_NO_MEMORY, NULL);
    }
    if (asked->tree_size == 0 || asked->after > asked->tree_size) {
        return request_reject(request, ERR_MALFORMED, NULL);
    }
    request_set_state(request, prove);
    prove_init(prove, asked->tree_size, asked->after);
    prove->is_wanted = is_for_asker;
    prove->asker = request_device(request)->sender;
    prove_start(request, prove);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome step(struct request *request)
{
    struct prove *prove = request_state(request);
    Dantin__Noticed noticed = DANTIN__NOTICED__INIT;
    enum err err = prove_step(request, prove);

    if (err == ERR_AGAIN) {
        return request_wait(request, REQUEST_WAIT_EVENT);
    }
    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    noticed.n_entry = prove->entry_count;
    noticed.entry = prove->entries;
    noticed.has_after = true;
    noticed.after = prove->next;
    return request_reply(request, MESSAGE_NOTICED, &noticed);
}

static bool is_for_asker(const Dantin__Act *act, const struct id *asker)
{
    for (size_t i = 0; act->erasure != NULL && i < act->erasure->n_sender; i++) {
        const ProtobufCBinaryData *sender = &act->erasure->sender[i];
        if (sender->len == ID_BYTES && memcmp(sender->data, asker->at, ID_BYTES) == 0) {
            return true;
        }
    }
    return false;
}
