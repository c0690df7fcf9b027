/* Tickets of the model, by the rules of dantin.enrol (sql/migrations/0014_enrolment.sql). */
#include <string.h>

#include "common/base/check.h"
#include "common/crypto/sign.h"
#include "tests/lib/model_internal.h"

enum { WRONG_CODES_MAX = 5 };

static struct model_ticket *find(struct store *store, uint32_t number);
static bool is_known(struct store *store, const struct store_enrolment_request *request);

void model_store_add_ticket(struct store *store, uint32_t number, const struct hash *code_hash)
{
    REQUIRE(store->ticket_count < MODEL_TICKETS_MAX);
    store->tickets[store->ticket_count++] = (struct model_ticket){.number = number, .code_hash = *code_hash};
}

void model_store_decide_ticket(struct store *store, uint32_t number, enum store_enrolment state)
{
    struct model_ticket *ticket = find(store, number);
    REQUIRE(ticket != NULL);
    ticket->state = state;
}

enum store_enrolment model_enrol(struct store *store, const struct store_enrolment_request *request)
{
    struct model_ticket *ticket = find(store, request->ticket);
    if (ticket == NULL) {
        return STORE_ENROLMENT_UNKNOWN;
    }
    if (ticket->wrong_codes >= WRONG_CODES_MAX) {
        return STORE_ENROLMENT_LOCKED;
    }
    if (!hash_equal(&ticket->code_hash, &request->code_hash)) {
        ticket->wrong_codes++;
        return STORE_ENROLMENT_UNKNOWN;
    }
    if (ticket->is_used) {
        return memcmp(ticket->public_key, request->public_key, sizeof ticket->public_key) == 0
                   ? ticket->state
                   : STORE_ENROLMENT_USED;
    }
    if (ticket->state == STORE_ENROLMENT_EXPIRED) {
        return STORE_ENROLMENT_EXPIRED;
    }
    if (request->is_known || is_known(store, request)) {
        return STORE_ENROLMENT_KNOWN;
    }
    ticket->is_used = true;
    memcpy(ticket->public_key, request->public_key, sizeof ticket->public_key);
    return ticket->state;
}

static struct model_ticket *find(struct store *store, uint32_t number)
{
    for (size_t i = 0; i < store->ticket_count; i++) {
        if (store->tickets[i].number == number) {
            return &store->tickets[i];
        }
    }
    return NULL;
}

static bool is_known(struct store *store, const struct store_enrolment_request *request)
{
    struct hash spki_hash = sign_spki_hash(request->public_key);
    for (size_t i = 0; i < store->device_count; i++) {
        if (hash_equal(&store->devices[i].spki_hash, &spki_hash)) {
            return true;
        }
    }
    return false;
}
