/* Sessions with the real handlers over ingest and the model store; the peer is played by the test. */
#ifndef TESTS_UNIT_SERVER_HANDLERS_FIXTURE_H
#define TESTS_UNIT_SERVER_HANDLERS_FIXTURE_H

#include "common/base/attr.h"
#include "common/wire/frame.h"
#include "common/wire/receipt.h"
#include "proto/query.pb-c.h"
#include "proto/session.pb-c.h"
#include "proto/submission.pb-c.h"
#include "proto/waiting.pb-c.h"
#include "server/handlers/handlers.h"
#include "server/ops/certificates.h"
#include "server/session/session.h"
#include "tests/lib/model_world.h"
#include "tests/lib/test.h"

enum { FIXTURE_IDLE_MS = 60000 };

static struct fixture {
    struct model_world world;
    struct session_hub *hub;
    struct session *session;
    struct handlers_context context;
    struct route routes[10];
    struct signing_key *authority_key;
    char authority_pem[CERTIFICATE_PEM_BYTES_MAX];
    int64_t now_us;
    struct origin origin; /* of the next session */
} fixture;

static UNUSED int64_t fixture_monotonic_us(void)
{
    return fixture.now_us;
}

static UNUSED int64_t fixture_wall_ms(void)
{
    return fixture.world.now_ms;
}

static UNUSED void fixture_on_work(void *context)
{
    (void)context;
}

static const struct session_carrier fixture_carrier = {fixture_on_work};

/* A new session of whom TLS found, TLS up; the one before is gone. */
static UNUSED void fixture_connect_peer(const struct tls_peer *peer)
{
    session_free(fixture.session);
    fixture.session = NULL;
    assert_int_equal(session_new(fixture.hub, &fixture_carrier, NULL, 1, &fixture.session), ERR_OK);
    session_set_origin(fixture.session, &fixture.origin);
    session_open(fixture.session, peer);
}

/* ... of a device by its first key. */
static UNUSED void fixture_connect(const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES])
{
    struct tls_peer peer = {.device = sign_spki_hash(public_key)};

    memcpy(peer.public_key, public_key, sizeof peer.public_key);
    fixture_connect_peer(&peer);
}

static UNUSED int fixture_open(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    fixture.now_us = 1000000000;
    model_world_open(&fixture.world);
    fixture.routes[0] = hello_route;
    fixture.routes[1] = submit_route;
    fixture.routes[2] = query_route;
    fixture.routes[3] = waiting_route;
    fixture.routes[4] = enrol_route;
    fixture.routes[5] = renew_route;
    fixture.routes[6] = prove_route;
    fixture.routes[7] = cosign_route;
    fixture.routes[8] = seal_route;
    fixture.routes[9] = notices_route;
    assert_int_equal(signing_key_generate(&fixture.authority_key), ERR_OK);
    assert_int_equal(certificate_authority(fixture.authority_key, "dantin", fixture.authority_pem), ERR_OK);
    fixture.context = (struct handlers_context){
        .store = fixture.world.store,
        .ingest = fixture.world.ingest,
        .receipt_key = fixture.world.receipt_verify,
        .idle_timeout_ms = FIXTURE_IDLE_MS,
        .authority_key = fixture.authority_key,
        .authority_pem = bytes_of_text(fixture.authority_pem),
    };
    signing_key_public(fixture.world.receipt_key, fixture.context.receipt_public);
    const struct session_hub_config config = {
        .routes = fixture.routes,
        .route_count = sizeof fixture.routes / sizeof fixture.routes[0],
        .context = &fixture.context,
        .idle_timeout_ms = FIXTURE_IDLE_MS,
        .monotonic_us = fixture_monotonic_us,
        .wall_ms = fixture_wall_ms,
    };
    assert_int_equal(session_hub_new(&config, &fixture.hub), ERR_OK);
    fixture_connect(fixture.world.a.public_key);
    return 0;
}

static UNUSED int fixture_close(void **state)
{
    (void)state;
    session_free(fixture.session);
    model_world_settle(&fixture.world);
    session_hub_free(fixture.hub);
    model_world_close(&fixture.world);
    signing_key_free(fixture.authority_key);
    return 0;
}

/* One frame arrives; the session does what it can without the store. */
static UNUSED void fixture_send(enum message_type type, uint64_t request_id, const void *message)
{
    struct buf body;

    buf_init(&body, 1 << 20);
    assert_int_equal(message_pack(message, &body), ERR_OK);
    assert_int_equal(
        frame_append(session_input(fixture.session), (uint16_t)type, request_id, buf_content(&body), false),
        ERR_OK);
    buf_release(&body);
    while (session_run(fixture.session)) {
    }
}

/* Everything that waits happens, then the next frame of the output is taken off. NULL: there is none. */
static UNUSED void *fixture_take(enum message_type *ret_type, uint64_t *ret_request_id)
{
    struct buf *output = session_output(fixture.session);
    struct frame frame;
    struct bytes body;
    void *message = NULL;
    struct bytes copy;

    model_world_settle(&fixture.world);
    if (output->len == 0) {
        return NULL;
    }
    copy = arena_copy(&fixture.world.arena, buf_content(output));
    if (frame_decode(copy, (struct frame_rules){.is_greeted = true}, &frame) != ERR_OK) {
        assert_int_equal(frame_decode(copy, (struct frame_rules){.is_greeted = false}, &frame), ERR_OK);
    }
    assert_int_equal(frame_body(&frame, &fixture.world.arena, &body), ERR_OK);
    assert_int_equal(message_unpack(message_info_of(frame.header.type)->descriptor, body, false,
                                    &fixture.world.arena, &message),
                     ERR_OK);
    buf_consume(output, FRAME_HEADER_BYTES + frame.header.body_bytes);
    session_on_sent(fixture.session);
    *ret_type = (enum message_type)frame.header.type;
    *ret_request_id = frame.header.request_id;
    return message;
}

/* The next answer must be of this type and for this request. */
static UNUSED void *fixture_expect(enum message_type type, uint64_t request_id)
{
    enum message_type found_type = MESSAGE_HELLO;
    uint64_t found_id = 0;
    void *message = fixture_take(&found_type, &found_id);

    assert_non_null(message);
    assert_int_equal(found_type, type);
    assert_int_equal(found_id, request_id);
    return message;
}

static UNUSED const Dantin__Error *fixture_expect_error(uint64_t request_id, enum err err)
{
    const Dantin__Error *error = fixture_expect(MESSAGE_ERROR, request_id);

    assert_int_equal(error->code, err);
    return error;
}

/* checkpoint: the note the peer shows; len 0: none. */
static UNUSED void fixture_hello(const char *language, struct bytes checkpoint)
{
    Dantin__Hello hello = DANTIN__HELLO__INIT;

    hello.has_version_min = hello.has_version_max = true;
    hello.version_min = hello.version_max = 1;
    hello.software = (char *)(uintptr_t) "test";
    hello.language = (char *)(uintptr_t)language;
    hello.has_checkpoint = checkpoint.len > 0;
    hello.checkpoint = (ProtobufCBinaryData){checkpoint.len, (uint8_t *)(uintptr_t)checkpoint.at};
    fixture_send(MESSAGE_HELLO, 1, &hello);
}

static UNUSED const Dantin__Welcome *fixture_greet(void)
{
    fixture_hello("en", (struct bytes){0});
    return fixture_expect(MESSAGE_WELCOME, 1);
}

#endif
