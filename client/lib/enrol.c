/* ENROL and its answer. */
#include "client/lib/enrol.h"

#include <string.h>

#include "client/lib/connection.h"
#include "common/base/clock.h"
#include "common/tls/engine.h"
#include "common/wire/message.h"
#include "proto/session.pb-c.h"

enum { ENROL_OUT_BYTES_MAX = 8192, HELLO_REQUEST_ID = 1, ENROL_REQUEST_ID = 2, ENROL_PROTOCOL_VERSION = 1 };

_Static_assert((int)TLS_PIN_BYTES == (int)TICKET_PIN_BYTES, "a ticket carries what TLS compares");

static enum err send_question(struct connection *connection, const struct ticket *ticket,
                              const struct keys *keys, enum language language, struct arena *arena);
static enum err wait_for(struct connection *connection, enum message_type type, struct arena *arena,
                         struct bytes *ret_body, struct error *ret_error);
static enum err send_message(struct connection *connection, enum message_type type, uint64_t request_id,
                             const void *message);
static enum err greet(struct connection *connection, enum language language, struct arena *arena,
                      struct error *ret_error);
static enum err take_enrolled(struct bytes body, struct arena *arena, struct enrol_answer *ret_answer);
static enum err take_renewed(struct bytes body, struct arena *arena, struct enrol_answer *ret_answer);
static enum err take_error(struct bytes body, struct arena *arena, struct error *ret_error);

enum err enrol_ask(const struct ticket *ticket, const struct keys *keys, enum language language,
                   struct arena *arena, struct enrol_answer *ret_answer, struct error *ret_error)
{
    struct connection *connection = NULL;
    struct bytes body = {0};
    enum err err = connection_open_pinned(ticket->server, ticket->pin, &connection, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    err = send_question(connection, ticket, keys, language, arena);
    if (err == ERR_OK) {
        err = wait_for(connection, MESSAGE_ENROLLED, arena, &body, ret_error);
    }
    if (err == ERR_OK) {
        err = take_enrolled(body, arena, ret_answer);
    }
    connection_close(connection);
    return err;
}

enum err enrol_renew(const char *server, const struct keys *keys, const struct keys *present,
                     enum language language, struct arena *arena, struct enrol_answer *ret_answer,
                     struct error *ret_error)
{
    Dantin__Renew renew = DANTIN__RENEW__INIT;
    struct connection *connection = NULL;
    struct bytes request = {0};
    struct bytes body = {0};
    enum err err = keys_request(present, arena, &request);
    if (err == ERR_OK) {
        err = connection_open(server, keys, &connection, ret_error);
    }
    if (err != ERR_OK) {
        return err;
    }
    err = greet(connection, language, arena, ret_error);
    if (err == ERR_OK) {
        connection_set_greeted(connection);
        renew.has_request = true;
        renew.request = (ProtobufCBinaryData){request.len, (uint8_t *)(uintptr_t)request.at};
        err = send_message(connection, MESSAGE_RENEW, ENROL_REQUEST_ID, &renew);
    }
    if (err == ERR_OK) {
        err = wait_for(connection, MESSAGE_RENEWED, arena, &body, ret_error);
    }
    if (err == ERR_OK) {
        err = take_renewed(body, arena, ret_answer);
    }
    connection_close(connection);
    return err;
}

static enum err send_question(struct connection *connection, const struct ticket *ticket,
                              const struct keys *keys, enum language language, struct arena *arena)
{
    Dantin__Enrol enrol = DANTIN__ENROL__INIT;
    struct bytes request = {0};
    uint8_t exported[TLS_EXPORTED_BYTES];
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t text[TICKET_SIGNED_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    struct hash code_hash = ticket_code_hash(ticket->code);
    enum err err = keys_request(keys, arena, &request);
    if (err == ERR_OK) {
        err = connection_exported(connection, exported);
    }
    if (err == ERR_OK) {
        signing_key_public(keys->key, public_key);
        ticket_signed_bytes(exported, &code_hash, public_key, text);
        signing_key_sign(keys->key, bytes_of(text, sizeof text), signature);
        enrol.has_request = enrol.has_ticket = enrol.has_code = enrol.has_signature = true;
        enrol.request = (ProtobufCBinaryData){request.len, (uint8_t *)(uintptr_t)request.at};
        enrol.ticket = ticket->number;
        enrol.code = (ProtobufCBinaryData){sizeof ticket->code, (uint8_t *)(uintptr_t)ticket->code};
        enrol.signature = (ProtobufCBinaryData){sizeof signature, signature};
        enrol.language = (char *)(uintptr_t)(language == LANGUAGE_EN ? "en" : "vi");
        err = send_message(connection, MESSAGE_ENROL, ENROL_REQUEST_ID, &enrol);
    }
    return err;
}

/* The answer of this type. */
static enum err wait_for(struct connection *connection, enum message_type type, struct arena *arena,
                         struct bytes *ret_body, struct error *ret_error)
{
    int64_t deadline_ms = clock_monotonic_ms() + ENROL_ANSWER_MS_MAX;
    for (;;) {
        struct frame frame = {0};
        int64_t left_ms = deadline_ms - clock_monotonic_ms();
        enum err err = connection_receive(connection, left_ms > 0 ? left_ms : 0, &frame);
        if (err == ERR_OK) {
            err = frame_body(&frame, arena, ret_body);
        }
        if (err != ERR_OK) {
            return err;
        }
        if (frame.header.type == type) {
            return ERR_OK;
        }
        if (frame.header.type == MESSAGE_ERROR) {
            return take_error(*ret_body, arena, ret_error);
        }
        if (frame.header.type != MESSAGE_PING) { /* the answer is on its way */
            return ERR_PROTOCOL;
        }
    }
}

static enum err send_message(struct connection *connection, enum message_type type, uint64_t request_id,
                             const void *message)
{
    struct buf body;
    struct buf out;
    buf_init(&body, ENROL_OUT_BYTES_MAX);
    buf_init(&out, ENROL_OUT_BYTES_MAX);
    enum err err = message_pack(message, &body);
    if (err == ERR_OK) {
        err = frame_append(&out, (uint16_t)type, request_id, buf_content(&body), false);
    }
    if (err == ERR_OK) {
        err = connection_send(connection, buf_content(&out));
    }
    buf_release(&body);
    buf_release(&out);
    return err;
}

static enum err greet(struct connection *connection, enum language language, struct arena *arena,
                      struct error *ret_error)
{
    Dantin__Hello hello = DANTIN__HELLO__INIT;
    struct bytes body = {0};
    hello.has_version_min = hello.has_version_max = true;
    hello.version_min = hello.version_max = ENROL_PROTOCOL_VERSION;
    hello.software = (char *)(uintptr_t) "dantin " DANTIN_VERSION;
    hello.language = (char *)(uintptr_t)(language == LANGUAGE_EN ? "en" : "vi");
    enum err err = send_message(connection, MESSAGE_HELLO, HELLO_REQUEST_ID, &hello);
    return err == ERR_OK ? wait_for(connection, MESSAGE_WELCOME, arena, &body, ret_error) : err;
}

static enum err take_renewed(struct bytes body, struct arena *arena, struct enrol_answer *ret_answer)
{
    Dantin__Renewed *renewed = NULL;
    enum err err = message_unpack(&dantin__renewed__descriptor, body, true, arena, &renewed);
    if (err != ERR_OK || renewed->certificate == NULL || renewed->authority == NULL) {
        return ERR_PROTOCOL;
    }
    *ret_answer = (struct enrol_answer){
        .is_approved = true, .certificate = renewed->certificate, .authority = renewed->authority};
    return ERR_OK;
}

static enum err take_enrolled(struct bytes body, struct arena *arena, struct enrol_answer *ret_answer)
{
    Dantin__Enrolled *enrolled = NULL;
    enum err err = message_unpack(&dantin__enrolled__descriptor, body, true, arena, &enrolled);
    if (err != ERR_OK ||
        (enrolled->is_approved && (enrolled->certificate == NULL || enrolled->authority == NULL))) {
        return ERR_PROTOCOL;
    }
    *ret_answer = (struct enrol_answer){.is_approved = enrolled->is_approved,
                                        .retry_after_ms = enrolled->retry_after_ms,
                                        .certificate = enrolled->certificate,
                                        .authority = enrolled->authority};
    return ERR_OK;
}

static enum err take_error(struct bytes body, struct arena *arena, struct error *ret_error)
{
    Dantin__Error *message = NULL;
    if (message_unpack(&dantin__error__descriptor, body, true, arena, &message) != ERR_OK) {
        return ERR_PROTOCOL;
    }
    bool is_known = err_is_known(message->code) && message->code != ERR_OK;
    return error_set(ret_error, is_known ? (enum err)message->code : ERR_INTERNAL, "%s",
                     message->text != NULL ? message->text : "");
}
