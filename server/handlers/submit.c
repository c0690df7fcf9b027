/* SUBMIT: apply the client's submission, answer when it is durable.
 *
 *   START ──────────prepared──────────► QUEUED ──committed──► RECEIPT
 *     ├─of a former key─► FIND_KEY ─prepared─┘ │
 *     └─not authentic────────┴──failed, late───┴──► ERROR
 *
 * Suspended in: FIND_KEY (the store reports), QUEUED (group commit reports). Queued it cannot be cancelled: once queued it is decided, whoever waits;
 * the client finds the receipt when it asks again. */
#include "server/handlers/handlers.h"

#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/record/date.h"
#include "common/rules/rules.h"
#include "common/wire/envelope.h"
#include "proto/submission.pb-c.h"
#include "server/ingest/erased.h"
#include "server/ingest/ingest.h"
#include "server/session/session.h"

enum {
    RECEIPT_ROOM_BYTES = 4096, /* for the fields besides verdicts */
    VERDICT_BYTES_MAX = 96,    /* a verdict's fields and tags besides text, rule and body */
    VERDICT_TEXT_BYTES_MAX = 640,
};

/* The answer, kept until the handler runs again: the request's own arena holds it. */
struct submit {
    const Dantin__Submit *message;
    bool is_queued;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES]; /* that signs a submission of this sequence */
    enum err err;
    uint32_t retry_after_ms;
    Dantin__Receipt *receipt;
};

static struct outcome submit_start(struct request *request, const void *message);
static struct outcome submit_step(struct request *request);
static struct outcome find_key(struct request *request, const struct submit *submit);
static enum err prepare_with_found(struct request *request, const struct submit *submit,
                                   struct submission **ret_submission);
static struct outcome queue(struct request *request, struct submit *submit, struct submission *submission);
static enum err prepare(struct request *request, const Dantin__Submit *message, const struct verify_key *key,
                        struct submission **ret_submission);
static void on_key(void *target, enum err err, const uint8_t *public_key);
static void on_answered(void *target, const struct ingest_answer *answer);
static Dantin__Receipt *make_receipt(struct request *request, const struct ingest_answer *answer);
static bool add_verdicts(struct request *request, const struct ingest_answer *answer,
                         Dantin__Receipt *receipt);
static Dantin__Verdict *make_verdict(struct request *request, const struct ingest_verdict *from,
                                     const char *incident, size_t *room_bytes);
static char *verdict_text(struct request *request, const struct verdict *verdict, const char *incident);
static ProtobufCBinaryData copy(struct arena *arena, const void *at, size_t len);

const struct route submit_route = {
    .type = MESSAGE_SUBMIT,
    .deadline_ms = SUBMIT_DEADLINE_MS,
    .latency = METRIC_SUBMIT_US,
    .start = submit_start,
    .step = submit_step,
};

static struct outcome submit_start(struct request *request, const void *message)
{
    const struct verify_key *key = NULL;
    struct submission *submission = NULL;
    struct submit *submit = arena_zalloc(request_arena(request), 1, sizeof *submit);
    enum err err = session_peer_key(request_session(request), &key);

    if (submit == NULL) {
        return request_reject(request, ERR_NO_MEMORY, NULL);
    }
    submit->message = message;
    request_set_state(request, submit);
    if (err == ERR_OK) {
        err = prepare(request, message, key, &submission);
    }
    if (err == ERR_BAD_SIGNATURE) {
        return find_key(request, submit);
    }
    return err == ERR_OK ? queue(request, submit, submission) : request_reject(request, err, NULL);
}

static struct outcome submit_step(struct request *request)
{
    struct submit *submit = request_state(request);
    struct submission *submission = NULL;
    enum err err = submit->err;

    if (!submit->is_queued) {
        if (err == ERR_OK) {
            err = prepare_with_found(request, submit, &submission);
        }
        return err == ERR_OK ? queue(request, submit, submission) : request_reject(request, err, NULL);
    }
    if (err != ERR_OK) {
        return request_reject_for(request, err, NULL, submit->retry_after_ms);
    }
    return request_reply(request, MESSAGE_RECEIPT, submit->receipt);
}

/* Not signed by the session's key: what was sealed under a key that the device has left is offered again. */
static struct outcome find_key(struct request *request, const struct submit *submit)
{
    const struct handlers_context *context = request_context(request);
    const ProtobufCBinaryData *bytes = &submit->message->envelope;
    struct envelope envelope;
    enum err err = envelope_decode(bytes_of(bytes->data, bytes->len), &envelope);

    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    store_find_key(context->store, &request_device(request)->device, envelope.sequence, on_key, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static void on_key(void *target, enum err err, const uint8_t *public_key)
{
    struct request *request = target;
    struct submit *submit = request_state(request);

    submit->err = err == ERR_NOT_FOUND ? ERR_BAD_SIGNATURE : err;
    if (err == ERR_OK) {
        memcpy(submit->public_key, public_key, sizeof submit->public_key);
    }
    request_resume(request);
}

static enum err prepare_with_found(struct request *request, const struct submit *submit,
                                   struct submission **ret_submission)
{
    const struct tls_peer *peer = session_peer(request_session(request));
    struct verify_key *key = NULL;
    enum err err = ERR_BAD_SIGNATURE;

    if (memcmp(submit->public_key, peer->public_key, sizeof submit->public_key) != 0) {
        err = verify_key_new(bytes_of(submit->public_key, sizeof submit->public_key), &key);
    }
    if (err == ERR_OK) {
        err = prepare(request, submit->message, key, ret_submission);
    }
    verify_key_free(key);
    return err;
}

static struct outcome queue(struct request *request, struct submit *submit, struct submission *submission)
{
    const struct handlers_context *context = request_context(request);
    enum err err = ingest_submit(context->ingest, submission, on_answered, request);

    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    submit->is_queued = true;
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static enum err prepare(struct request *request, const Dantin__Submit *message, const struct verify_key *key,
                        struct submission **ret_submission)
{
    const struct handlers_context *context = request_context(request);
    struct submission *submission = NULL;
    enum err err = submission_prepare(bytes_of(message->envelope.data, message->envelope.len),
                                      bytes_of(message->signature.data, message->signature.len),
                                      bytes_of(message->payload_zstd.data, message->payload_zstd.len),
                                      &request_device(request)->device, key,
                                      date_of_moment(request_wall_ms(request)), &submission);

    if (err == ERR_OK) {
        err = erased_apply(context->erased, submission);
    }
    if (err != ERR_OK) {
        submission_free(submission);
        return err;
    }
    *ret_submission = submission;
    return ERR_OK;
}

static void on_answered(void *target, const struct ingest_answer *answer)
{
    struct request *request = target;
    struct submit *submit = request_state(request);

    submit->err = answer->err;
    submit->retry_after_ms = answer->retry_after_ms;
    if (submit->err == ERR_OK && request_is_wanted(request)) {
        submit->receipt = make_receipt(request, answer);
        if (submit->receipt == NULL) {
            submit->err = ERR_NO_MEMORY; /* the client asks again and gets the same receipt */
        }
    }
    request_resume(request);
}

static Dantin__Receipt *make_receipt(struct request *request, const struct ingest_answer *answer)
{
    struct arena *arena = request_arena(request);
    const struct ingest_receipt *from = &answer->receipt;
    Dantin__Receipt *receipt = arena_alloc(arena, sizeof *receipt);

    if (receipt == NULL) {
        return NULL;
    }
    dantin__receipt__init(receipt);
    receipt->has_epoch = receipt->has_envelope_hash = receipt->has_leaf = receipt->has_signature = true;
    receipt->epoch = copy(arena, from->epoch.at, ID_BYTES);
    receipt->envelope_hash = copy(arena, from->envelope_hash.at, HASH_BYTES);
    receipt->leaf = copy(arena, from->leaf.at, HASH_BYTES);
    receipt->signature = copy(arena, from->signature, SIGN_SIGNATURE_BYTES);
    receipt->has_position = receipt->has_server_time_ms = receipt->has_sequence = receipt->has_change_count =
        true;
    receipt->position = from->position;
    receipt->server_time_ms = from->server_time_ms;
    receipt->sequence = from->sequence;
    receipt->change_count = from->change_count;
    receipt->has_is_unreadable = receipt->is_unreadable = from->is_unreadable;
    struct bytes path = merkle_path_encode(&from->path);
    receipt->has_checkpoint = receipt->has_proof = true;
    receipt->checkpoint = copy(arena, from->checkpoint.at, from->checkpoint.len);
    receipt->proof = copy(arena, path.at, path.len);
    if (receipt->epoch.data == NULL || receipt->envelope_hash.data == NULL || receipt->leaf.data == NULL ||
        receipt->signature.data == NULL || receipt->checkpoint.data == NULL ||
        !add_verdicts(request, answer, receipt)) {
        return NULL;
    }
    return receipt;
}

/* Verdicts of a whole submission fit (PAYLOAD_CHANGES_MAX of them); texts and bodies of current versions are
 * left out where they would not. */
static bool add_verdicts(struct request *request, const struct ingest_answer *answer,
                         Dantin__Receipt *receipt)
{
    const struct ingest_receipt *from = &answer->receipt;
    size_t room_bytes = message_info_of(MESSAGE_RECEIPT)->bytes_max - RECEIPT_ROOM_BYTES;
    size_t verdict_bytes = from->verdict_count * (VERDICT_BYTES_MAX + RULE_ID_BYTES_MAX);

    if (from->verdict_count == 0) {
        return true;
    }
    receipt->verdict = arena_zalloc(request_arena(request), from->verdict_count, sizeof(Dantin__Verdict *));
    if (receipt->verdict == NULL) {
        return false;
    }
    room_bytes = verdict_bytes < room_bytes ? room_bytes - verdict_bytes : 0;
    for (size_t i = 0; i < from->verdict_count; i++) {
        receipt->verdict[i] = make_verdict(request, &from->verdicts[i], answer->incident, &room_bytes);
        if (receipt->verdict[i] == NULL) {
            return false;
        }
    }
    receipt->n_verdict = from->verdict_count;
    return true;
}

static Dantin__Verdict *make_verdict(struct request *request, const struct ingest_verdict *from,
                                     const char *incident, size_t *room_bytes)
{
    struct arena *arena = request_arena(request);
    Dantin__Verdict *verdict = arena_alloc(arena, sizeof *verdict);
    size_t text_len = 0;

    if (verdict == NULL) {
        return NULL;
    }
    dantin__verdict__init(verdict);
    verdict->has_index = verdict->has_code = true;
    verdict->index = from->index;
    verdict->code = (uint32_t)from->verdict.code;
    if (from->verdict.rule[0] != '\0') {
        verdict->rule = arena_text(arena, bytes_of_text(from->verdict.rule));
    }
    verdict->text = verdict_text(request, &from->verdict, incident);
    text_len = verdict->text == NULL ? 0 : strlen(verdict->text);
    if (text_len > *room_bytes) {
        verdict->text = NULL;
    } else {
        *room_bytes -= text_len;
    }
    if (from->verdict.code == VERDICT_CONFLICT && !id_is_none(&from->verdict.current)) {
        verdict->current = copy(arena, from->verdict.current.at, ID_BYTES);
        verdict->has_current = verdict->current.data != NULL;
    }
    if (from->current_body.at != NULL && from->current_body.len <= *room_bytes) {
        verdict->current_body = copy(arena, from->current_body.at, from->current_body.len);
        verdict->has_current_body = verdict->current_body.data != NULL;
        *room_bytes -= from->current_body.len;
    }
    return verdict;
}

/* NULL: nothing to say (or no memory left for saying it). */
static char *verdict_text(struct request *request, const struct verdict *verdict, const char *incident)
{
    enum language language = request_language(request);
    const struct rule_info *rule = rules_find(verdict->rule);
    const char *text = NULL;
    char with_incident[VERDICT_TEXT_BYTES_MAX];

    if (rule != NULL) {
        text = language == LANGUAGE_EN ? rule->text_en : rule->text_vi;
    } else if (verdict->code == VERDICT_CONFLICT) {
        text = text_get(TEXT_VERDICT_CONFLICT, language);
    } else if (verdict->code == VERDICT_WAITING) {
        text = text_get(TEXT_VERDICT_WAITING, language);
    } else if (verdict->code == VERDICT_REFUSED) {
        text = text_get(TEXT_VERDICT_REFUSED, language);
    }
    if (text != NULL && incident[0] != '\0' && strcmp(verdict->rule, "ingest.incident") == 0) {
        (void)snprintf(with_incident, sizeof with_incident, "%s (%s)", text,
                       incident); /* cut when too long */
        text = with_incident;
    }
    return text == NULL ? NULL : arena_text(request_arena(request), bytes_of_text(text));
}

static ProtobufCBinaryData copy(struct arena *arena, const void *at, size_t len)
{
    struct bytes bytes = arena_copy(arena, bytes_of(at, len));

    return (ProtobufCBinaryData){bytes.at == NULL ? 0 : len, (uint8_t *)(uintptr_t)bytes.at};
}
