/* SEAL: the newest checkpoint a quorum cosigned, and whose keys those are.
 *
 *   START ──► FIND_SEAL ──► entries about devices ──► paths ──► SEALED
 *
 * Suspended in: FIND_SEAL, and as prove.c. */
#include "proto/journal.pb-c.h"
#include "server/handlers/handlers.h"
#include "server/handlers/prove.h"

struct seal_request {
    struct prove prove; /* first: prove.c finds it there */
    bool is_proving;
    enum err err;
    struct bytes note; /* at == NULL: nothing newer is sealed */
    uint64_t size;
    ProtobufCBinaryData consistency;
};

static struct outcome start(struct request *request, const void *message);
static struct outcome step(struct request *request);
static bool is_about_devices(const Dantin__Act *act, const struct id *asker);
static void on_told(void *target, enum err err, const struct store_told_checkpoint *told);

const struct route seal_route = {
    .type = MESSAGE_SEAL,
    .deadline_ms = QUERY_DEADLINE_MS,
    .latency = METRIC_COUNT,
    .start = start,
    .step = step,
    .release = prove_release,
};

static struct outcome start(struct request *request, const void *message)
{
    const Dantin__Seal *asked = message;
    const struct handlers_context *context = request_context(request);
    struct seal_request *own = arena_zalloc(request_arena(request), 1, sizeof *own);

    if (own == NULL) {
        return request_reject(request, ERR_NO_MEMORY, NULL);
    }
    if (asked->tree_size == 0 || asked->after > asked->tree_size) {
        return request_reject(request, ERR_MALFORMED, NULL);
    }
    request_set_state(request, own);
    prove_init(&own->prove, asked->tree_size, asked->after);
    own->prove.is_wanted = is_about_devices;
    own->prove.has_keys = true;
    store_find_seal(context->store, asked->sealed_size, asked->tree_size, on_told, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome step(struct request *request)
{
    struct seal_request *own = request_state(request);
    Dantin__Sealed sealed = DANTIN__SEALED__INIT;
    enum err err = own->err;

    if (err == ERR_OK && !own->is_proving) {
        own->is_proving = true;
        if (own->note.at != NULL) {
            prove_add_path(&own->prove, STORE_PROOF_GROWTH, own->size, &own->consistency);
        }
        prove_start(request, &own->prove);
        return request_wait(request, REQUEST_WAIT_EVENT);
    }
    err = err == ERR_OK ? prove_step(request, &own->prove) : err;
    if (err == ERR_AGAIN) {
        return request_wait(request, REQUEST_WAIT_EVENT);
    }
    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    sealed.has_checkpoint = sealed.has_consistency = own->note.at != NULL;
    sealed.checkpoint = (ProtobufCBinaryData){own->note.len, (uint8_t *)(uintptr_t)own->note.at};
    sealed.consistency = own->consistency;
    sealed.n_entry = own->prove.entry_count;
    sealed.entry = own->prove.entries;
    sealed.has_after = true;
    sealed.after = own->prove.next;
    return request_reply(request, MESSAGE_SEALED, &sealed);
}

static bool is_about_devices(const Dantin__Act *act, const struct id *asker)
{
    (void)asker;
    return act->device != NULL || act->revoke != NULL || act->role != NULL || act->witnesses != NULL;
}

static void on_told(void *target, enum err err, const struct store_told_checkpoint *told)
{
    struct request *request = target;
    struct seal_request *own = request_state(request);

    own->err = err;
    if (err == ERR_OK && told->note.at != NULL) {
        own->size = told->size;
        own->note = arena_copy(request_arena(request), told->note);
        own->err = own->note.at != NULL ? ERR_OK : ERR_NO_MEMORY;
    }
    request_resume(request);
}
