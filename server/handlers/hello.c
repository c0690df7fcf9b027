/* HELLO: who is it, do we speak one language, and does the peer know more of our journal than we do?
 *
 *   START ──► FIND_DEVICE ──no checkpoint of ours shown──────────────────────────┐
 *     │            └──one is──► FIND_CHECKPOINT ──we have it──────────────────────┼──► PROVE ──► WELCOME
 *     │                               └──we lack it──► MARK_ROLLED_BACK ──────────┘
 *     └─other version, unknown device or key, store down──► ERROR, the session ends
 *
 * Suspended in: FIND_DEVICE, FIND_CHECKPOINT, MARK_ROLLED_BACK, PROVE (the store reports). A checkpoint counts only when our
 * own log key signed it; anything else is dropped unseen. */
#include "server/handlers/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/log.h"
#include "common/crypto/checkpoint.h"
#include "proto/session.pb-c.h"
#include "server/session/session.h"

enum hello_state { HELLO_FIND_DEVICE, HELLO_FIND_CHECKPOINT, HELLO_MARK_ROLLED_BACK, HELLO_PROVE };

struct claim {
    bool is_made;
    struct checkpoint checkpoint;
    struct note note; /* in the request's arena */
};

struct hello {
    enum hello_state state;
    enum language language;
    struct claim claim;
    struct store_device device;
    struct store_head head;
    enum err err;   /* of the wait that ended */
    bool is_behind; /* we lack what we signed */
    bool is_ours;   /* the shown tree is a part of the present journal's */
    struct store_proof_request wanted;
    struct bytes note; /* our newest checkpoint; at == NULL: none */
    struct merkle_path path;
};

static struct outcome hello_start(struct request *request, const void *message);
static struct outcome hello_step(struct request *request);
static struct outcome check_device(struct request *request, struct hello *hello);
static struct outcome check_claim(struct request *request, struct hello *hello);
static struct outcome prove(struct request *request, struct hello *hello);
static struct outcome welcome(struct request *request, struct hello *hello);
static enum err check_versions(const Dantin__Hello *message);
static bool is_of_our_key(const struct handlers_context *context, struct bytes checkpoint);
static struct claim read_claim(struct bytes note);
static bool is_signed(const struct handlers_context *context, const struct claim *claim,
                      const struct store_known_checkpoint *known);
static bool is_by_key(const struct note *note, struct bytes public_key);
static void compare(const struct handlers_context *context, struct hello *hello,
                    const struct store_known_checkpoint *known);
static void on_device(void *target, enum err err, const struct store_device *device,
                      const struct store_head *head);
static void on_checkpoint(void *target, enum err err, const struct store_known_checkpoint *known);
static void on_marked(void *target, enum err err);
static void on_proofs(void *target, enum err err, const struct store_proof *proofs);

const struct route hello_route = {
    .type = MESSAGE_HELLO,
    .deadline_ms = HELLO_DEADLINE_MS,
    .latency = METRIC_COUNT,
    .start = hello_start,
    .step = hello_step,
};

static struct outcome hello_start(struct request *request, const void *message)
{
    const Dantin__Hello *greeting = message;
    const struct handlers_context *context = request_context(request);
    struct hello *hello = arena_zalloc(request_arena(request), 1, sizeof *hello);
    const struct tls_peer *peer = session_peer(request_session(request));
    struct hash spki_hash = sign_spki_hash(peer->public_key);
    enum err err = ERR_OK;

    if (hello == NULL) {
        return request_reject(request, ERR_NO_MEMORY, NULL);
    }
    hello->language =
        greeting->language != NULL && strcmp(greeting->language, "en") == 0 ? LANGUAGE_EN : LANGUAGE_VI;
    session_set_language(request_session(request), hello->language);
    err = check_versions(greeting);
    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    hello->claim = read_claim(bytes_of(greeting->checkpoint.data, greeting->checkpoint.len));
    hello->state = HELLO_FIND_DEVICE;
    request_set_state(request, hello);
    store_find_device(context->store, &peer->device, &spki_hash, on_device, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome hello_step(struct request *request)
{
    struct hello *hello = request_state(request);

    switch (hello->state) {
    case HELLO_FIND_DEVICE:
        return check_device(request, hello);
    case HELLO_FIND_CHECKPOINT:
        return check_claim(request, hello);
    case HELLO_MARK_ROLLED_BACK:
        if (hello->err != ERR_OK) {
            return request_reject(request, hello->err, NULL);
        }
        hello->head.is_rolled_back = true;
        return prove(request, hello);
    case HELLO_PROVE:
        break;
    }
    return hello->err == ERR_OK ? welcome(request, hello) : request_reject(request, hello->err, NULL);
}

static struct outcome check_device(struct request *request, struct hello *hello)
{
    const struct handlers_context *context = request_context(request);

    if (hello->err == ERR_NOT_FOUND ||
        (hello->err == ERR_OK && (hello->device.role == ROLE_LOG || hello->device.is_revoked))) {
        return request_reject(request, ERR_UNAUTHORISED, NULL);
    }
    if (hello->err != ERR_OK) {
        return request_reject(request, hello->err, NULL);
    }
    /* Whoever stole a key that the device has left does not push the device out. */
    if (hello->device.is_former_key && session_is_rival(request_session(request), &hello->device.device)) {
        return request_reject(request, ERR_BUSY, NULL);
    }
    if (!hello->claim.is_made) {
        return prove(request, hello);
    }
    hello->state = HELLO_FIND_CHECKPOINT;
    store_find_checkpoint(context->store, &hello->claim.checkpoint.epoch, hello->claim.checkpoint.size,
                          on_checkpoint, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome check_claim(struct request *request, struct hello *hello)
{
    const struct handlers_context *context = request_context(request);

    if (hello->err != ERR_OK) {
        return request_reject(request, hello->err, NULL);
    }
    if (!hello->is_behind || hello->head.is_rolled_back) {
        return prove(request, hello);
    }
    log_write(LOG_ERROR, "server_rolled_back",
              "session=%" PRIu64 " claimed_size=%" PRIu64 " head=%" PRIu64
              " action=\"no submission is taken; restore the newest backup or run dantind epoch new\"",
              session_number(request_session(request)), hello->claim.checkpoint.size, hello->head.position);
    hello->state = HELLO_MARK_ROLLED_BACK;
    store_mark_rolled_back(context->store, on_marked, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

/* Our newest checkpoint, and that it continues what the peer holds. */
static struct outcome prove(struct request *request, struct hello *hello)
{
    const struct handlers_context *context = request_context(request);

    hello->wanted = (struct store_proof_request){.kind = STORE_PROOF_GROWTH,
                                                 .epoch = hello->head.epoch,
                                                 .place = hello->is_ours ? hello->claim.checkpoint.size : 0};
    hello->state = HELLO_PROVE;
    store_find_proofs(context->store, &hello->wanted, 1, request_arena(request), on_proofs, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome welcome(struct request *request, struct hello *hello)
{
    const struct handlers_context *context = request_context(request);
    Dantin__Welcome message = DANTIN__WELCOME__INIT;
    struct store_device *device = &hello->device;
    struct bytes path = merkle_path_encode(&hello->path);

    if (!is_of_our_key(context, hello->note)) {
        if (context->on_other_log_key != NULL) {
            context->on_other_log_key(context->app);
        }
        return request_reject(request, ERR_BUSY, NULL);
    }
    session_greet(request_session(request), device, hello->language);
    store_note_seen(context->store, &device->device, 0);
    message.has_version = true;
    message.version = SESSION_PROTOCOL_VERSION;
    message.software = (char *)(uintptr_t) "dantind " DANTIN_VERSION;
    message.has_schema_version = true;
    message.schema_version = SCHEMA_VERSION;
    message.has_epoch = true;
    message.epoch = (ProtobufCBinaryData){ID_BYTES, hello->head.epoch.at};
    message.has_head = true;
    message.head = hello->head.position;
    message.has_server_time_ms = true;
    message.server_time_ms = request_wall_ms(request);
    message.has_device = true;
    message.device = (ProtobufCBinaryData){HASH_BYTES, device->device.at};
    message.has_sender = true;
    message.sender = (ProtobufCBinaryData){ID_BYTES, device->sender.at};
    message.role = (char *)(uintptr_t)role_name(device->role);
    message.has_is_province = true;
    message.is_province = device->is_province;
    message.has_last_sequence = true;
    message.last_sequence = device->last_sequence;
    message.has_last_envelope_hash = device->last_sequence > 0;
    message.last_envelope_hash = (ProtobufCBinaryData){HASH_BYTES, device->last_envelope_hash.at};
    message.has_receipt_key = true;
    message.receipt_key =
        (ProtobufCBinaryData){SIGN_PUBLIC_KEY_BYTES, (uint8_t *)(uintptr_t)context->receipt_public};
    message.has_credits = true;
    message.credits = SESSION_CREDITS;
    message.has_idle_timeout_ms = true;
    message.idle_timeout_ms = context->idle_timeout_ms;
    message.has_is_rolled_back = true;
    message.is_rolled_back = hello->head.is_rolled_back;
    message.has_is_refilling = true;
    message.is_refilling = hello->head.is_refilling;
    message.has_checkpoint = hello->note.at != NULL;
    message.checkpoint = (ProtobufCBinaryData){hello->note.len, (uint8_t *)(uintptr_t)hello->note.at};
    message.has_consistency = message.has_checkpoint && hello->is_ours;
    message.consistency = (ProtobufCBinaryData){path.len, (uint8_t *)(uintptr_t)path.at};
    return request_reply(request, MESSAGE_WELCOME, &message);
}

/* While the log's key changes, the newest checkpoint is signed by the next one already: what is told together must fit. */
static bool is_of_our_key(const struct handlers_context *context, struct bytes checkpoint)
{
    struct checkpoint parsed = {0};
    struct note note = {0};
    return checkpoint.at == NULL || (checkpoint_parse(checkpoint, &parsed, &note) == ERR_OK &&
                                     checkpoint_check_log(&note, context->receipt_key) == ERR_OK);
}

static enum err check_versions(const Dantin__Hello *message)
{
    if (!message->has_version_min || !message->has_version_max ||
        message->version_min > message->version_max) {
        return ERR_MALFORMED;
    }
    if (message->version_min > SESSION_PROTOCOL_VERSION || message->version_max < SESSION_PROTOCOL_VERSION) {
        return ERR_VERSION;
    }
    return ERR_OK;
}

static struct claim read_claim(struct bytes note)
{
    struct claim claim = {0};

    claim.is_made = checkpoint_parse(note, &claim.checkpoint, &claim.note) == ERR_OK;
    return claim;
}

/* By the key in force, or by one before it of what there was while it was: whoever has an older key, and changing it may have been
 * because of him, shows nothing of ours with it that is newer. */
static bool is_signed(const struct handlers_context *context, const struct claim *claim,
                      const struct store_known_checkpoint *known)
{
    bool is_ours = checkpoint_check_log(&claim->note, context->receipt_key) == ERR_OK;
    for (size_t i = known->log_keys.len / STORE_LOG_KEY_BYTES; !is_ours && i > 0; i--) {
        const uint8_t *key = known->log_keys.at + (i - 1) * STORE_LOG_KEY_BYTES;
        uint64_t until = u64_read(key + SIGN_PUBLIC_KEY_BYTES);
        bool may_be = until == UINT64_MAX || (known->is_known_epoch && claim->checkpoint.size <= until);
        is_ours = may_be && is_by_key(&claim->note, bytes_of(key, SIGN_PUBLIC_KEY_BYTES));
    }
    return is_ours;
}

static bool is_by_key(const struct note *note, struct bytes public_key)
{
    struct verify_key *key = NULL;
    bool is_by = verify_key_new(public_key, &key) == ERR_OK && checkpoint_check_log(note, key) == ERR_OK;
    verify_key_free(key);
    return is_by;
}

/* We signed what the peer shows, and every checkpoint is stored in the transaction that makes it. So it must be here, word for
 * word, unless it is beyond what a newer epoch kept of its own: then an operator continued from a backup, and the clients offer again
 * what that lacked. */
static void compare(const struct handlers_context *context, struct hello *hello,
                    const struct store_known_checkpoint *known)
{
    struct checkpoint ours = {0};
    struct note note = {0};
    if (!is_signed(context, &hello->claim, known)) {
        return; /* a forged or foreign note is no claim */
    }
    bool is_kept = !known->is_left || hello->claim.checkpoint.size <= known->kept;
    bool is_held = known->note.at != NULL && checkpoint_parse(known->note, &ours, &note) == ERR_OK &&
                   bytes_equal(note.text, hello->claim.note.text);

    hello->is_ours = known->is_known_epoch && is_kept && is_held;
    hello->is_behind = !known->is_known_epoch || (is_kept && !is_held);
}

static void on_device(void *target, enum err err, const struct store_device *device,
                      const struct store_head *head)
{
    struct request *request = target;
    struct hello *hello = request_state(request);

    hello->err = err;
    if (err == ERR_OK) {
        hello->device = *device;
        hello->head = *head;
    }
    request_resume(request);
}

static void on_checkpoint(void *target, enum err err, const struct store_known_checkpoint *known)
{
    struct request *request = target;
    struct hello *hello = request_state(request);

    hello->err = err;
    if (err == ERR_OK) {
        compare(request_context(request), hello, known);
    }
    request_resume(request);
}

static void on_marked(void *target, enum err err)
{
    struct request *request = target;
    struct hello *hello = request_state(request);

    hello->err = err;
    request_resume(request);
}

static void on_proofs(void *target, enum err err, const struct store_proof *proofs)
{
    struct request *request = target;
    struct hello *hello = request_state(request);

    hello->err = err == ERR_OK && proofs[0].err != ERR_NOT_FOUND ? proofs[0].err : err;
    if (hello->err == ERR_OK && proofs[0].err == ERR_OK) {
        hello->note = proofs[0].note;
        hello->path = proofs[0].path;
    }
    request_resume(request);
}
