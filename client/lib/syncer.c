/* One session: what comes in, what goes out. WELCOME: syncer_welcome.c. The loop around it: syncer_run.c. */
#include "client/lib/syncer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/store_witness.h"
#include "common/base/check.h"
#include "common/wire/message.h"
#include "proto/query.pb-c.h"
#include "proto/submission.pb-c.h"
#include "proto/waiting.pb-c.h"

static const struct sm_state states[] = {
    [SYNCER_GREETING] = {"greeting",
                         SM_BIT(SYNCER_PROVING) | SM_BIT(SYNCER_NOTICING) | SM_BIT(SYNCER_OFFERING) |
                             SM_BIT(SYNCER_ASKING) | SM_BIT(SYNCER_DONE) | SM_BIT(SYNCER_FAILED),
                         false},
    [SYNCER_PROVING] = {"proving",
                        SM_BIT(SYNCER_NOTICING) | SM_BIT(SYNCER_OFFERING) | SM_BIT(SYNCER_ASKING) |
                            SM_BIT(SYNCER_DONE) | SM_BIT(SYNCER_FAILED),
                        false},
    [SYNCER_NOTICING] = {"noticing", SM_BIT(SYNCER_OFFERING) | SM_BIT(SYNCER_FAILED), false},
    [SYNCER_OFFERING] = {"offering", SM_BIT(SYNCER_WITNESSING) | SM_BIT(SYNCER_FAILED), false},
    [SYNCER_ASKING] = {"asking", SM_BIT(SYNCER_DONE) | SM_BIT(SYNCER_FAILED), false},
    [SYNCER_WITNESSING] = {"witnessing", SM_BIT(SYNCER_DONE) | SM_BIT(SYNCER_FAILED), false},
    [SYNCER_DONE] = {"done", 0, true},
    [SYNCER_FAILED] = {"failed", 0, true},
};

static const struct sm_table table = {
    .name = "syncer", .states = states, .state_count = sizeof states / sizeof states[0]};

static enum err on_welcome(struct syncer *syncer, struct bytes body, struct arena *arena, struct buf *out);
static enum err start_asking(struct syncer *syncer, struct buf *out);
static enum err fill(struct syncer *syncer, struct buf *out);
static enum err offer(struct syncer *syncer, struct syncer_offer *slot, const struct store_sealed *sealed,
                      struct buf *out);
static enum err on_receipt(struct syncer *syncer, const struct frame *frame, struct bytes body,
                           struct buf *out);
static void on_rows(struct syncer *syncer, struct bytes body, struct arena *arena);
static void on_waits(struct syncer *syncer, struct bytes body, struct arena *arena);
static enum err on_error(struct syncer *syncer, const struct frame *frame, struct bytes body,
                         struct arena *arena, struct buf *out);
static void on_goodbye(struct syncer *syncer, struct bytes body, struct arena *arena);
static enum err answer_ping(const struct frame *frame, struct bytes body, struct arena *arena,
                            struct buf *out);
static enum err settle(struct syncer *syncer, struct buf *out);
static struct syncer_offer *find_offer(struct syncer *syncer, uint64_t request_id);
static struct syncer_offer *free_offer(struct syncer *syncer);
static bool has_offer_below(const struct syncer *syncer, uint64_t sequence);

void syncer_init(struct syncer *syncer, const struct syncer_job *job)
{
    *syncer = (struct syncer){.job = job, .next_request_id = 1};
    sm_init(&syncer->sm, &table, SYNCER_GREETING);
    buf_init(&syncer->witness.welcome, SYNCER_OUT_BYTES_MAX);
}

void syncer_release(struct syncer *syncer)
{
    verify_key_free(syncer->receipt_key);
    syncer->receipt_key = NULL;
    buf_release(&syncer->witness.welcome);
    free(syncer->witness.lineage);
    syncer->witness.lineage = NULL;
}

bool syncer_is_greeted(const struct syncer *syncer)
{
    return syncer->sm.state != SYNCER_GREETING;
}

bool syncer_is_over(const struct syncer *syncer)
{
    return syncer->sm.state == SYNCER_DONE || syncer->sm.state == SYNCER_FAILED;
}

enum syncer_state syncer_state(const struct syncer *syncer)
{
    return (enum syncer_state)syncer->sm.state;
}

enum err syncer_start(struct syncer *syncer, struct buf *out)
{
    struct arena arena;
    struct store *store = NULL;
    struct store_checkpoint newest = {0};
    arena_init(&arena, SYNCER_FRAME_ARENA_BYTES_MAX);
    enum err err = store_lease_take(syncer->job->lease, &store);
    if (err == ERR_OK) {
        err = store_checkpoint_newest(store, &arena, &newest);
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        arena_release(&arena);
        return err;
    }
    Dantin__Hello hello = DANTIN__HELLO__INIT;
    char software[] = "dantin " DANTIN_VERSION;
    char language[] = "vi";
    if (syncer->job->language == LANGUAGE_EN) {
        memcpy(language, "en", sizeof language);
    }
    hello.has_version_min = true;
    hello.version_min = SYNCER_PROTOCOL_VERSION;
    hello.has_version_max = true;
    hello.version_max = SYNCER_PROTOCOL_VERSION;
    hello.software = software;
    hello.has_schema_version = true;
    hello.schema_version = SCHEMA_VERSION;
    hello.language = language;
    hello.has_checkpoint = err == ERR_OK;
    hello.checkpoint = syncer_field(newest.note.at, newest.note.len);
    err = syncer_append(out, MESSAGE_HELLO, syncer->next_request_id++, &hello);
    arena_release(&arena);
    return err;
}

enum err syncer_on_frame(struct syncer *syncer, const struct frame *frame, struct buf *out)
{
    struct arena arena;
    struct bytes body = {0};
    if (syncer_is_over(syncer)) {
        return ERR_OK; /* late answers of a session that is over */
    }
    arena_init(&arena, SYNCER_FRAME_ARENA_BYTES_MAX);
    enum err err = frame_body(frame, &arena, &body);
    if (err != ERR_OK) {
        syncer_fail(syncer, ERR_PROTOCOL, false, "");
        arena_release(&arena);
        return ERR_OK;
    }
    bool is_greeted = syncer_is_greeted(syncer);
    switch (frame->header.type) {
    case MESSAGE_WELCOME:
        err = is_greeted ? ERR_PROTOCOL : on_welcome(syncer, body, &arena, out);
        break;
    case MESSAGE_RECEIPT:
        err = on_receipt(syncer, frame, body, out);
        break;
    case MESSAGE_ROWS:
        on_rows(syncer, body, &arena);
        break;
    case MESSAGE_WAITS:
        on_waits(syncer, body, &arena);
        break;
    case MESSAGE_PROVED:
    case MESSAGE_COSIGNED:
    case MESSAGE_SEALED:
    case MESSAGE_NOTICED:
        err = syncer_on_witness(syncer, frame, body, &arena, out);
        break;
    case MESSAGE_ERROR:
        err = on_error(syncer, frame, body, &arena, out);
        break;
    case MESSAGE_GOODBYE:
        on_goodbye(syncer, body, &arena);
        break;
    case MESSAGE_PING:
        err = answer_ping(frame, body, &arena, out);
        break;
    case MESSAGE_PONG:
        break;
    default:
        err = ERR_PROTOCOL;
        break;
    }
    arena_release(&arena);
    if (err == ERR_PROTOCOL || err == ERR_MALFORMED) {
        syncer_fail(syncer, ERR_PROTOCOL, false, "");
        err = ERR_OK;
    }
    return err;
}

enum err syncer_ping(struct syncer *syncer, struct buf *out)
{
    Dantin__Ping ping = DANTIN__PING__INIT;
    ping.has_token = true;
    ping.token = syncer->next_request_id;
    return syncer_append(out, MESSAGE_PING, syncer->next_request_id++, &ping);
}

/* ---- WELCOME ---- */

static enum err on_welcome(struct syncer *syncer, struct bytes body, struct arena *arena, struct buf *out)
{
    Dantin__Welcome *welcome = NULL;
    struct store *store = NULL;
    enum err err = message_unpack(&dantin__welcome__descriptor, body, true, arena, &welcome);
    if (err == ERR_OK) {
        err = store_lease_take(syncer->job->lease, &store);
    }
    if (err == ERR_OK) {
        err = syncer_check_welcome(syncer, welcome, store);
    }
    if (err != ERR_OK || syncer_is_over(syncer)) {
        return err;
    }
    return syncer_judge_welcome(syncer, welcome, body, store, arena, out);
}

enum err syncer_begin(struct syncer *syncer, const Dantin__Welcome *welcome, struct store *store,
                      struct buf *out)
{
    enum err err = verify_key_new(syncer_bytes(&welcome->receipt_key), &syncer->receipt_key);
    if (err != ERR_OK) {
        return err == ERR_NO_MEMORY ? err : ERR_PROTOCOL;
    }
    if (syncer->job->on_welcome != NULL) {
        syncer->job->on_welcome(syncer->job->context, welcome);
    }
    size_t credits = welcome->credits > 0 ? welcome->credits : 1;
    syncer->in_flight_max = credits < SYNCER_IN_FLIGHT_MAX ? credits : SYNCER_IN_FLIGHT_MAX;
    syncer->server_last_sequence = welcome->last_sequence;
    switch (syncer->job->purpose) {
    case SYNCER_SUBMIT:
        return syncer_ask_notices(syncer, store, out);
    case SYNCER_QUERY:
    case SYNCER_WAITING:
        return start_asking(syncer, out);
    case SYNCER_GREET:
        break;
    }
    sm_move(&syncer->sm, SYNCER_DONE);
    return ERR_OK;
}

enum err syncer_start_offering(struct syncer *syncer, struct store *store, struct buf *out)
{
    struct store_counts counts = {0};
    enum err err = store_counts(store, &counts);
    if (err != ERR_OK) {
        return err;
    }
    syncer->total = counts.sealed_waiting;
    sm_move(&syncer->sm, SYNCER_OFFERING);
    return fill(syncer, out);
}

static enum err start_asking(struct syncer *syncer, struct buf *out)
{
    sm_move(&syncer->sm, SYNCER_ASKING);
    uint16_t type = syncer->job->purpose == SYNCER_QUERY ? MESSAGE_QUERY : MESSAGE_WAITING;
    return frame_append(out, type, syncer->next_request_id++, syncer->job->query, false);
}

/* ---- submitting ---- */

/* Offer as many submissions as there is room for; when nothing is left and everything is answered, the
 * session is done. */
static enum err fill(struct syncer *syncer, struct buf *out)
{
    struct arena arena;
    enum err err = ERR_OK;
    struct syncer_offer *slot = NULL;
    arena_init(&arena, OUTBOX_SUBMISSION_ARENA_BYTES_MAX);
    while (!syncer->has_offered_all && syncer->failed_sequence == 0 && (slot = free_offer(syncer)) != NULL) {
        struct store *store = NULL;
        struct store_sealed sealed = {0};
        arena_clear(&arena);
        err = store_lease_take(syncer->job->lease, &store);
        if (err == ERR_OK) {
            err = outbox_next(store, syncer->offered_sequence, syncer->server_last_sequence, &arena, &sealed);
        }
        if (err == ERR_NOT_FOUND) {
            syncer->has_offered_all = true;
            err = ERR_OK;
            break;
        }
        if (err == ERR_OK && syncer->is_viewer && sealed.sequence > syncer->server_last_sequence) {
            syncer->has_offered_all = syncer->is_forbidden = true;
            break;
        }
        if (err == ERR_OK) {
            err = offer(syncer, slot, &sealed, out);
        }
        if (err != ERR_OK) {
            break;
        }
        syncer->has_offered_all = syncer->is_copy;
    }
    arena_release(&arena);
    return err == ERR_OK ? settle(syncer, out) : err;
}

static enum err offer(struct syncer *syncer, struct syncer_offer *slot, const struct store_sealed *sealed,
                      struct buf *out)
{
    Dantin__Submit submit = DANTIN__SUBMIT__INIT;
    submit.has_envelope = true;
    submit.envelope = syncer_field(sealed->envelope.at, sealed->envelope.len);
    submit.has_signature = true;
    submit.signature = syncer_field(sealed->signature.at, sealed->signature.len);
    submit.has_payload_zstd = true;
    submit.payload_zstd = syncer_field(sealed->payload_zstd.at, sealed->payload_zstd.len);
    enum err err = syncer_append(out, MESSAGE_SUBMIT, syncer->next_request_id, &submit);
    if (err == ERR_OK) {
        *slot = (struct syncer_offer){.sequence = sealed->sequence, .request_id = syncer->next_request_id};
        syncer->next_request_id++;
        syncer->offered_sequence = sealed->sequence;
        if (syncer->total < syncer->received + 1) {
            syncer->total = syncer->received + 1;
        }
    }
    return err;
}

static enum err on_receipt(struct syncer *syncer, const struct frame *frame, struct bytes body,
                           struct buf *out)
{
    struct syncer_offer *slot = find_offer(syncer, frame->header.request_id);
    struct outbox_outcome outcome = {0};
    struct store *store = NULL;
    if (slot == NULL) {
        return ERR_OK; /* an answer given twice: the first one counted */
    }
    if (syncer->is_copy) { /* of this WELCOME nothing was proved, the log key it names the least */
        *slot = (struct syncer_offer){0};
        return settle(syncer, out);
    }
    enum err err = store_lease_take(syncer->job->lease, &store);
    if (err == ERR_OK) {
        err = outbox_on_receipt(store, body, syncer->receipt_key, &outcome);
    }
    if (err == ERR_FORKED) {
        return syncer_contradicted(syncer, body, store);
    }
    bool is_false = err == ERR_BAD_SIGNATURE || err == ERR_PROTOCOL || err == ERR_MALFORMED;
    if (is_false || (err == ERR_OK && outcome.sequence != slot->sequence)) {
        syncer_fail_text(syncer, ERR_BAD_SIGNATURE, TEXT_SYNC_RECEIPT_FALSE);
        return ERR_OK;
    }
    if (err != ERR_OK) {
        return err;
    }
    *slot = (struct syncer_offer){0};
    syncer->received++;
    if (syncer->job->on_receipt != NULL) {
        syncer->job->on_receipt(syncer->job->context, &outcome);
    }
    return fill(syncer, out);
}

/* Is the session over? A failed submission makes the server refuse the ones after it, so the lowest failed
 * sequence says why, once everything before it is answered. A copy shows one submission that the server has under
 * other bytes, whatever it answers: so the device is quarantined and the operator learns of it, not the clerk
 * alone. A viewer's device is told last that what is new stays here: receipts of what the journal holds come first. */
static enum err settle(struct syncer *syncer, struct buf *out)
{
    if (syncer->sm.state != SYNCER_OFFERING) {
        return ERR_OK;
    }
    if (syncer->is_copy) {
        if (!has_offer_below(syncer, UINT64_MAX)) {
            syncer_fail_text(syncer, ERR_CLONED, TEXT_SYNC_CLONED);
        }
        return ERR_OK;
    }
    if (syncer->failed_sequence != 0) {
        if (!has_offer_below(syncer, syncer->failed_sequence)) {
            sm_move(&syncer->sm, SYNCER_FAILED);
        }
        return ERR_OK;
    }
    if (syncer->is_forbidden && !has_offer_below(syncer, UINT64_MAX)) {
        syncer_fail_text(syncer, ERR_FORBIDDEN, TEXT_SYNC_VIEWER);
    } else if (syncer->has_offered_all && !has_offer_below(syncer, UINT64_MAX)) {
        sm_move(&syncer->sm, SYNCER_WITNESSING);
        return syncer_witness_next(syncer, out);
    }
    return ERR_OK;
}

/* ---- other messages ---- */

static void on_rows(struct syncer *syncer, struct bytes body, struct arena *arena)
{
    Dantin__Rows *rows = NULL;
    if (syncer->sm.state != SYNCER_ASKING || syncer->job->purpose != SYNCER_QUERY ||
        message_unpack(&dantin__rows__descriptor, body, true, arena, &rows) != ERR_OK) {
        syncer_fail(syncer, ERR_PROTOCOL, false, "");
        return;
    }
    bool goes_on = syncer->job->on_rows(syncer->job->context, rows);
    if (!goes_on || rows->is_last) {
        sm_move(&syncer->sm, SYNCER_DONE);
    }
}

static void on_waits(struct syncer *syncer, struct bytes body, struct arena *arena)
{
    Dantin__Waits *waits = NULL;
    if (syncer->sm.state != SYNCER_ASKING || syncer->job->purpose != SYNCER_WAITING ||
        message_unpack(&dantin__waits__descriptor, body, true, arena, &waits) != ERR_OK) {
        syncer_fail(syncer, ERR_PROTOCOL, false, "");
        return;
    }
    bool goes_on = syncer->job->on_waits(syncer->job->context, waits);
    if (!goes_on || waits->is_last) {
        sm_move(&syncer->sm, SYNCER_DONE);
    }
}

static enum err on_error(struct syncer *syncer, const struct frame *frame, struct bytes body,
                         struct arena *arena, struct buf *out)
{
    Dantin__Error *message = NULL;
    if (message_unpack(&dantin__error__descriptor, body, true, arena, &message) != ERR_OK) {
        syncer_fail(syncer, ERR_PROTOCOL, false, "");
        return ERR_OK;
    }
    struct syncer_failure failure = {
        .code =
            err_is_known(message->code) && message->code != ERR_OK ? (enum err)message->code : ERR_INTERNAL,
        .retry_after_ms = message->retry_after_ms,
    };
    /* A gap only says that the server's last sequence is another one by now: WELCOME tells it again. */
    failure.may_retry = message->may_retry || failure.code == ERR_BAD_SEQUENCE;
    const char *text = message->text != NULL ? message->text : "";
    const char *incident = message->incident != NULL ? message->incident : "";
    (void)snprintf(failure.text, sizeof failure.text, "%s%s%s%s", text, incident[0] != '\0' ? " (" : "",
                   incident, incident[0] != '\0' ? ")" : ""); /* a long sentence is cut */
    struct syncer_offer *slot = find_offer(syncer, frame->header.request_id);
    if (slot == NULL && frame->header.request_id != 0 && syncer->sm.state == SYNCER_WITNESSING) {
        return syncer_witness_failed(syncer, &failure);
    }
    if (slot == NULL && frame->header.request_id != 0 && syncer->sm.state == SYNCER_NOTICING) {
        return syncer_notices_failed(syncer, &failure, out);
    }
    if (slot == NULL) {
        syncer->failure = failure;
        sm_move(&syncer->sm, SYNCER_FAILED);
        return ERR_OK;
    }
    if (syncer->failed_sequence == 0 || slot->sequence < syncer->failed_sequence) {
        syncer->failed_sequence = slot->sequence;
        syncer->failure = failure;
    }
    *slot = (struct syncer_offer){0};
    return settle(syncer, out);
}

static void on_goodbye(struct syncer *syncer, struct bytes body, struct arena *arena)
{
    Dantin__Goodbye *goodbye = NULL;
    if (message_unpack(&dantin__goodbye__descriptor, body, true, arena, &goodbye) != ERR_OK) {
        syncer_fail(syncer, ERR_PROTOCOL, false, "");
        return;
    }
    enum err code =
        err_is_known(goodbye->reason) && goodbye->reason != ERR_OK ? (enum err)goodbye->reason : ERR_CLOSED;
    syncer_fail(syncer, code, err_may_retry(code), goodbye->text != NULL ? goodbye->text : "");
}

static enum err answer_ping(const struct frame *frame, struct bytes body, struct arena *arena,
                            struct buf *out)
{
    Dantin__Ping *ping = NULL;
    enum err err = message_unpack(&dantin__ping__descriptor, body, true, arena, &ping);
    if (err != ERR_OK) {
        return err;
    }
    Dantin__Pong pong = DANTIN__PONG__INIT;
    pong.has_token = ping->has_token;
    pong.token = ping->token;
    return syncer_append(out, MESSAGE_PONG, frame->header.request_id, &pong);
}

/* ---- helpers ---- */

/* NULL: no such offer. */
static struct syncer_offer *find_offer(struct syncer *syncer, uint64_t request_id)
{
    for (size_t i = 0; i < SYNCER_IN_FLIGHT_MAX; i++) {
        if (syncer->offers[i].sequence != 0 && syncer->offers[i].request_id == request_id) {
            return &syncer->offers[i];
        }
    }
    return NULL;
}

/* NULL: as many are out as may be. */
static struct syncer_offer *free_offer(struct syncer *syncer)
{
    for (size_t i = 0; i < syncer->in_flight_max; i++) {
        if (syncer->offers[i].sequence == 0) {
            return &syncer->offers[i];
        }
    }
    return NULL;
}

static bool has_offer_below(const struct syncer *syncer, uint64_t sequence)
{
    for (size_t i = 0; i < SYNCER_IN_FLIGHT_MAX; i++) {
        if (syncer->offers[i].sequence != 0 && syncer->offers[i].sequence < sequence) {
            return true;
        }
    }
    return false;
}

enum err syncer_append(struct buf *out, uint16_t type, uint64_t request_id, const void *message)
{
    struct buf body;
    buf_init(&body, SYNCER_OUT_BYTES_MAX);
    enum err err = message_pack(message, &body);
    if (err == ERR_OK) {
        err = frame_append(out, type, request_id, buf_content(&body), false);
    }
    buf_release(&body);
    return err;
}

ProtobufCBinaryData syncer_field(const void *at, size_t len)
{
    return (ProtobufCBinaryData){.len = len, .data = (uint8_t *)(uintptr_t)at};
}

struct bytes syncer_bytes(const ProtobufCBinaryData *field)
{
    return bytes_of(field->data, field->len);
}
