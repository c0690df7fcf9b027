/* HELLO: who is it, do we speak one language, and does the peer know more of our journal than we do?
 *
 *   START ──► FIND_DEVICE ──no valid receipt claimed──────────────────────► WELCOME
 *     │            └──claim──► FIND_LEAF ──we have it──────────────────────────┤
 *     │                            └──we lack it──► MARK_ROLLED_BACK ──────────┘
 *     └─other version, unknown device, store down──► ERROR, the session ends
 *
 * Suspended in: FIND_DEVICE, FIND_LEAF, MARK_ROLLED_BACK (the store reports). A claim counts only when our
 * own receipt key signed it; anything else is dropped unseen. */
#include "server/handlers/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/log.h"
#include "common/wire/receipt.h"
#include "proto/session.pb-c.h"
#include "server/session/session.h"

enum hello_state { HELLO_FIND_DEVICE, HELLO_FIND_LEAF, HELLO_MARK_ROLLED_BACK };

struct claim {
    bool is_made; /* and signed by us */
    struct id epoch;
    uint64_t position;
    struct hash leaf;
};

struct hello {
    enum hello_state state;
    enum language language;
    struct claim claim;
    struct store_device device;
    struct store_head head;
    enum err err; /* of the wait that ended */
    struct hash leaf;
    bool is_known_epoch;
};

static struct outcome hello_start(struct request *request, const void *message);
static struct outcome hello_step(struct request *request);
static struct outcome check_device(struct request *request, struct hello *hello);
static struct outcome check_leaf(struct request *request, struct hello *hello);
static struct outcome welcome(struct request *request, struct hello *hello);
static enum err check_versions(const Dantin__Hello *message);
static struct claim read_claim(const struct handlers_context *context, const Dantin__KnownReceipt *receipt);
static bool is_behind(const struct hello *hello);
static void on_device(void *target, enum err err, const struct store_device *device,
                      const struct store_head *head);
static void on_leaf(void *target, enum err err, const struct hash *leaf, bool is_known_epoch);
static void on_marked(void *target, enum err err);

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
    struct hash spki_hash = sign_spki_hash(session_peer(request_session(request))->public_key);
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
    hello->claim = read_claim(context, greeting->newest);
    hello->state = HELLO_FIND_DEVICE;
    request_set_state(request, hello);
    store_find_device(context->store, &spki_hash, on_device, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome hello_step(struct request *request)
{
    struct hello *hello = request_state(request);

    switch (hello->state) {
    case HELLO_FIND_DEVICE:
        return check_device(request, hello);
    case HELLO_FIND_LEAF:
        return check_leaf(request, hello);
    case HELLO_MARK_ROLLED_BACK:
        break;
    }
    if (hello->err != ERR_OK) {
        return request_reject(request, hello->err, NULL);
    }
    hello->head.is_rolled_back = true;
    return welcome(request, hello);
}

static struct outcome check_device(struct request *request, struct hello *hello)
{
    const struct handlers_context *context = request_context(request);

    if (hello->err == ERR_NOT_FOUND || (hello->err == ERR_OK && hello->device.role == ROLE_LOG)) {
        return request_reject(request, ERR_UNAUTHORISED, NULL);
    }
    if (hello->err != ERR_OK) {
        return request_reject(request, hello->err, NULL);
    }
    /* The key decides; a certificate that names another device is not ours, whoever signed it. */
    if (!hash_equal(&session_peer(request_session(request))->device, &hello->device.device)) {
        return request_reject(request, ERR_UNAUTHORISED, NULL);
    }
    if (!hello->claim.is_made || hello->head.is_rolled_back) {
        return welcome(request, hello);
    }
    hello->state = HELLO_FIND_LEAF;
    store_find_leaf(context->store, &hello->claim.epoch, hello->claim.position, on_leaf, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome check_leaf(struct request *request, struct hello *hello)
{
    const struct handlers_context *context = request_context(request);

    if (hello->err != ERR_OK && hello->err != ERR_NOT_FOUND) {
        return request_reject(request, hello->err, NULL);
    }
    if (!is_behind(hello)) {
        return welcome(request, hello);
    }
    log_write(LOG_ERROR, "server_rolled_back",
              "session=%" PRIu64 " claimed_position=%" PRIu64 " head=%" PRIu64
              " action=\"no submission is taken; restore the newest backup or run dantind epoch new\"",
              session_number(request_session(request)), hello->claim.position, hello->head.position);
    hello->state = HELLO_MARK_ROLLED_BACK;
    store_mark_rolled_back(context->store, on_marked, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome welcome(struct request *request, struct hello *hello)
{
    const struct handlers_context *context = request_context(request);
    Dantin__Welcome message = DANTIN__WELCOME__INIT;
    struct store_device *device = &hello->device;

    session_greet(request_session(request), device, hello->language);
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
    return request_reply(request, MESSAGE_WELCOME, &message);
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

/* An incomplete, forged or foreign claim is no claim. */
static struct claim read_claim(const struct handlers_context *context, const Dantin__KnownReceipt *receipt)
{
    struct claim claim = {0};
    uint8_t signed_bytes[RECEIPT_SIGNED_BYTES];

    if (receipt == NULL || !receipt->has_position ||
        id_from_bytes(bytes_of(receipt->epoch.data, receipt->epoch.len), &claim.epoch) != ERR_OK ||
        hash_from_bytes(bytes_of(receipt->leaf.data, receipt->leaf.len), &claim.leaf) != ERR_OK) {
        return (struct claim){0};
    }
    claim.position = receipt->position;
    receipt_signed_bytes(&claim.epoch, claim.position, &claim.leaf, signed_bytes);
    claim.is_made = verify_key_check(context->receipt_key, bytes_of(signed_bytes, sizeof signed_bytes),
                                     bytes_of(receipt->signature.data, receipt->signature.len)) == ERR_OK;
    return claim;
}

/* We signed the claim. So the entry must be here, unless its epoch was left behind on purpose: then an
 * operator continued from a backup, and the clients offer again what it lacked. */
static bool is_behind(const struct hello *hello)
{
    if (hello->err == ERR_OK) {
        return !hash_equal(&hello->leaf, &hello->claim.leaf);
    }
    if (!hello->is_known_epoch) {
        return true;
    }
    return id_equal(&hello->claim.epoch, &hello->head.epoch) && hello->head.position <= hello->claim.position;
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

static void on_leaf(void *target, enum err err, const struct hash *leaf, bool is_known_epoch)
{
    struct request *request = target;
    struct hello *hello = request_state(request);

    hello->err = err;
    hello->is_known_epoch = is_known_epoch;
    if (err == ERR_OK) {
        hello->leaf = *leaf;
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
