/* ENROL: a stranger with a ticket shows a new key; an operator's yes turns it into a device.
 *
 *   START ──key and proof are sound──► ASKED ──pending, approved──► ENROLLED, the session ends
 *     └─no sound key, too many───────────┴──no valid ticket, refused, key known──► ERROR, the session ends
 *
 * Suspended in: ASKED (the store reports). Of the request only the key is taken: its name, and whatever else it asks for, count for
 * nothing. The signature binds key, code and this TLS session together, so what a listener between the two could replay is worth
 * nothing. */
#include "server/handlers/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/wire/ticket.h"
#include "proto/session.pb-c.h"
#include "server/ops/certificates.h"
#include "server/session/session.h"

_Static_assert((int)TLS_EXPORTED_BYTES == (int)HASH_BYTES, "what the key signs holds the exported value");

enum { SECONDS_PER_DAY = 24 * 60 * 60 };

struct enrol {
    struct store_enrolment_request request;
    enum err err; /* of the wait that ended */
    enum store_enrolment answer;
};

static struct outcome enrol_start(struct request *request, const void *message);
static struct outcome enrol_step(struct request *request);
static bool has_too_many(struct request *request);
static enum err read_request(struct request *request, const Dantin__Enrol *message, struct enrol *enrol);
static enum err check_signature(const uint8_t *exported, const struct store_enrolment_request *wanted,
                                struct bytes signature);
static bool is_own_key(const struct handlers_context *context, const uint8_t *public_key);
static struct outcome refuse(struct request *request, enum store_enrolment answer);
static struct outcome give(struct request *request, const struct enrol *enrol);
static void on_answer(void *target, enum err err, enum store_enrolment answer);

const struct route enrol_route = {
    .type = MESSAGE_ENROL,
    .deadline_ms = ENROL_DEADLINE_MS,
    .latency = METRIC_COUNT,
    .start = enrol_start,
    .step = enrol_step,
};

static struct outcome enrol_start(struct request *request, const void *message)
{
    const Dantin__Enrol *asked = message;
    struct handlers_context *context = request_context(request);
    struct enrol *enrol = arena_zalloc(request_arena(request), 1, sizeof *enrol);
    bool is_en = asked->language != NULL && strcmp(asked->language, "en") == 0;
    enum err err = ERR_OK;

    session_set_language(request_session(request), is_en ? LANGUAGE_EN : LANGUAGE_VI);
    if (enrol == NULL) {
        return request_reject(request, ERR_NO_MEMORY, NULL);
    }
    if (has_too_many(request)) {
        return request_reject(request, ERR_BUSY, NULL);
    }
    err = read_request(request, asked, enrol);
    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    request_set_state(request, enrol);
    store_enrol(context->store, &enrol->request, on_answer, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome enrol_step(struct request *request)
{
    const struct enrol *enrol = request_state(request);

    if (enrol->err != ERR_OK) {
        return request_reject(request, enrol->err, NULL);
    }
    if (enrol->answer != STORE_ENROLMENT_PENDING && enrol->answer != STORE_ENROLMENT_APPROVED) {
        return refuse(request, enrol->answer);
    }
    return give(request, enrol);
}

/* Of each place, and of all: one that floods takes nothing from the others. */
static bool has_too_many(struct request *request)
{
    struct handlers_context *context = request_context(request);
    int64_t minute = request_wall_ms(request) / 60000;

    if (minute != context->enrol_minute) {
        context->enrol_minute = minute;
        origins_clear(&context->enrols);
    }
    return !origins_add(&context->enrols, session_origin(request_session(request)),
                        ENROL_PER_MINUTE_OF_ORIGIN_MAX, ENROL_PER_MINUTE_MAX);
}

static enum err read_request(struct request *request, const Dantin__Enrol *message, struct enrol *enrol)
{
    const struct handlers_context *context = request_context(request);
    struct store_enrolment_request *wanted = &enrol->request;
    enum err err = ERR_OK;

    if (!message->has_ticket || message->code.len != TICKET_CODE_BYTES || message->request.len == 0) {
        return ERR_MALFORMED;
    }
    err = certificate_request_key(bytes_of(message->request.data, message->request.len), wanted->public_key);
    if (err != ERR_OK) {
        return err;
    }
    wanted->ticket = message->ticket;
    wanted->code_hash = ticket_code_hash(message->code.data);
    wanted->is_known = is_own_key(context, wanted->public_key);
    wanted->valid_until_s =
        request_wall_ms(request) / 1000 + (int64_t)CERTIFICATE_DEVICE_DAYS * SECONDS_PER_DAY;
    return check_signature(session_peer(request_session(request))->exported, wanted,
                           bytes_of(message->signature.data, message->signature.len));
}

static enum err check_signature(const uint8_t *exported, const struct store_enrolment_request *wanted,
                                struct bytes signature)
{
    uint8_t text[TICKET_SIGNED_BYTES];
    struct verify_key *key = NULL;
    enum err err = verify_key_new(bytes_of(wanted->public_key, sizeof wanted->public_key), &key);

    if (err == ERR_OK) {
        ticket_signed_bytes(exported, &wanted->code_hash, wanted->public_key, text);
        err = verify_key_check(key, bytes_of(text, sizeof text), signature);
    }
    verify_key_free(key);
    return err;
}

static bool is_own_key(const struct handlers_context *context, const uint8_t *public_key)
{
    for (size_t i = 0; i < HANDLERS_OWN_KEYS; i++) {
        if (memcmp(context->own_keys[i], public_key, SIGN_PUBLIC_KEY_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static struct outcome refuse(struct request *request, enum store_enrolment answer)
{
    static const struct {
        enum err err;
        enum text_id text;
    } reasons[STORE_ENROLMENT_COUNT] = {
        [STORE_ENROLMENT_REFUSED] = {ERR_FORBIDDEN, TEXT_ENROL_REFUSED},
        [STORE_ENROLMENT_UNKNOWN] = {ERR_UNAUTHORISED, TEXT_ENROL_UNKNOWN},
        [STORE_ENROLMENT_LOCKED] = {ERR_FORBIDDEN, TEXT_ENROL_LOCKED},
        [STORE_ENROLMENT_EXPIRED] = {ERR_FORBIDDEN, TEXT_ENROL_EXPIRED},
        [STORE_ENROLMENT_USED] = {ERR_FORBIDDEN, TEXT_ENROL_USED},
        [STORE_ENROLMENT_KNOWN] = {ERR_EXISTS, TEXT_ENROL_KNOWN},
        [STORE_ENROLMENT_LATE] = {ERR_FORBIDDEN, TEXT_ENROL_LATE},
    };
    const char *sentence = text_get(reasons[answer].text, request_language(request));

    return request_reject(request, reasons[answer].err, sentence);
}

static struct outcome give(struct request *request, const struct enrol *enrol)
{
    const struct handlers_context *context = request_context(request);
    struct session *session = request_session(request);
    Dantin__Enrolled enrolled = DANTIN__ENROLLED__INIT;
    struct outcome outcome;
    char *pem = NULL;

    enrolled.has_is_approved = true;
    enrolled.is_approved = enrol->answer == STORE_ENROLMENT_APPROVED;
    enrolled.has_retry_after_ms = !enrolled.is_approved;
    enrolled.retry_after_ms = ENROL_RETRY_MS;
    if (enrolled.is_approved) {
        struct hash device = sign_spki_hash(enrol->request.public_key);
        enum err err = ERR_NO_MEMORY;

        if (context->authority_key == NULL) {
            return request_reject(request, ERR_UNSUPPORTED,
                                  text_get(TEXT_ENROL_NO_AUTHORITY, request_language(request)));
        }
        pem = arena_alloc(request_arena(request), CERTIFICATE_PEM_BYTES_MAX);
        enrolled.authority = arena_text(request_arena(request), context->authority_pem);
        if (pem != NULL && enrolled.authority != NULL) {
            err = certificate_for_device(context->authority_key, context->authority_pem,
                                         enrol->request.public_key, &device, CERTIFICATE_DEVICE_DAYS, pem);
        }
        if (err != ERR_OK) {
            return request_reject(request, err, NULL);
        }
        enrolled.certificate = pem;
    }
    log_write(LOG_INFO, "enrol", "session=%" PRIu64 " ticket=%" PRIu32 " approved=%d",
              session_number(session), enrol->request.ticket, (int)enrolled.is_approved);
    outcome = request_reply(request, MESSAGE_ENROLLED, &enrolled);
    session_dismiss(session, ERR_OK);
    return outcome;
}

static void on_answer(void *target, enum err err, enum store_enrolment answer)
{
    struct request *request = target;
    struct enrol *enrol = request_state(request);

    enrol->err = err;
    enrol->answer = answer;
    request_resume(request);
}
