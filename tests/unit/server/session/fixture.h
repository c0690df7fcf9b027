/* A session with a fake carrier, a fake clock and fake handlers; its peer is played by the test. One world
 * per test. */
#ifndef TESTS_UNIT_SERVER_SESSION_FIXTURE_H
#define TESTS_UNIT_SERVER_SESSION_FIXTURE_H

#include "common/base/attr.h"
#include "common/base/random.h"
#include "common/wire/frame.h"
#include "proto/query.pb-c.h"
#include "proto/session.pb-c.h"
#include "proto/submission.pb-c.h"
#include "server/session/session.h"
#include "tests/lib/test.h"

enum { FIXTURE_IDLE_MS = 60000, FIXTURE_WAITING_MAX = 64, FIXTURE_DEADLINE_MS = 120000 };

static struct fixture {
    int64_t now_us;
    struct session_hub *hub;
    struct session *session;
    unsigned work_count;
    struct request *waiting[FIXTURE_WAITING_MAX]; /* SUBMITs that wait for the test */
    unsigned waiting_count;
    unsigned started_count;
    unsigned cancelled_count;
    unsigned released_count;
    struct store_device device; /* who says HELLO */
    enum err submit_err;        /* what SUBMIT is answered; ERR_OK: a receipt */
    enum err hello_err;         /* what HELLO is answered; ERR_OK: welcome */
    unsigned query_parts;       /* how many parts a QUERY is answered with */
    struct prng prng;           /* of noise, always the same */
    struct arena arena;         /* of messages the test reads */
} fixture;

static UNUSED int64_t fixture_monotonic_us(void)
{
    return fixture.now_us;
}

static UNUSED int64_t fixture_wall_ms(void)
{
    return 1700000000000;
}

static UNUSED void fixture_on_work(void *context)
{
    (void)context;
    fixture.work_count++;
}

static UNUSED struct outcome fixture_hello(struct request *request, const void *message)
{
    Dantin__Welcome welcome = DANTIN__WELCOME__INIT;

    (void)message;
    if (fixture.hello_err != ERR_OK) {
        return request_reject(request, fixture.hello_err, NULL);
    }
    session_greet(request_session(request), &fixture.device, LANGUAGE_EN);
    welcome.has_version = true;
    welcome.version = 1;
    welcome.software = (char *)(uintptr_t) "fixture";
    return request_reply(request, MESSAGE_WELCOME, &welcome);
}

/* A SUBMIT waits until the test calls request_resume. */
static UNUSED struct outcome fixture_submit(struct request *request, const void *message)
{
    (void)message;
    fixture.started_count++;
    assert_true(fixture.waiting_count < FIXTURE_WAITING_MAX);
    fixture.waiting[fixture.waiting_count++] = request;
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static UNUSED struct outcome fixture_submit_step(struct request *request)
{
    static uint8_t hash[32];
    static uint8_t signature[64];
    Dantin__Receipt receipt = DANTIN__RECEIPT__INIT;

    if (fixture.submit_err != ERR_OK) {
        return request_reject(request, fixture.submit_err, NULL);
    }
    receipt.has_leaf = receipt.has_envelope_hash = receipt.has_signature = true;
    receipt.leaf = receipt.envelope_hash = (ProtobufCBinaryData){sizeof hash, hash};
    receipt.signature = (ProtobufCBinaryData){sizeof signature, signature};
    return request_reply(request, MESSAGE_RECEIPT, &receipt);
}

/* A QUERY is answered with fixture.query_parts parts of incompressible noise, as the peer reads. */
static UNUSED struct outcome fixture_query_step(struct request *request)
{
    enum { CELL_BYTES = 60000 };
    char *text = NULL;
    unsigned *part = request_state(request);

    while (request_has_room(request)) {
        Dantin__Rows rows = DANTIN__ROWS__INIT;
        Dantin__Row row = DANTIN__ROW__INIT;
        Dantin__Cell cell = DANTIN__CELL__INIT;
        Dantin__Row *row_list[] = {&row};
        Dantin__Cell *cell_list[] = {&cell};

        text = arena_alloc(request_arena(request), CELL_BYTES + 1);
        if (text == NULL) {
            return request_reject(request, ERR_NO_MEMORY, NULL);
        }
        for (unsigned i = 0; i < CELL_BYTES; i++) {
            text[i] = (char)('!' + prng_below(&fixture.prng, 90));
        }
        text[CELL_BYTES] = '\0';
        cell.text = text;
        row.cell = cell_list;
        row.n_cell = 1;
        rows.row = row_list;
        rows.n_row = 1;
        (*part)++;
        if (*part >= fixture.query_parts) {
            rows.has_is_last = rows.is_last = true;
            return request_reply(request, MESSAGE_ROWS, &rows);
        }
        if (request_part(request, MESSAGE_ROWS, &rows) != ERR_OK) {
            return request_reject(request, ERR_TOO_BIG, NULL);
        }
    }
    return request_wait(request, REQUEST_WAIT_OUTPUT);
}

static UNUSED struct outcome fixture_query(struct request *request, const void *message)
{
    (void)message;
    fixture.started_count++;
    request_set_state(request, arena_zalloc(request_arena(request), 1, sizeof(unsigned)));
    return fixture_query_step(request);
}

static UNUSED void fixture_cancel(struct request *request)
{
    (void)request;
    fixture.cancelled_count++;
}

static UNUSED void fixture_release(struct request *request)
{
    (void)request;
    fixture.released_count++;
}

static const struct route fixture_routes[] = {
    {.type = MESSAGE_HELLO,
     .deadline_ms = FIXTURE_DEADLINE_MS,
     .latency = METRIC_COUNT,
     .start = fixture_hello},
    {.type = MESSAGE_SUBMIT,
     .deadline_ms = FIXTURE_DEADLINE_MS,
     .latency = METRIC_SUBMIT_US,
     .start = fixture_submit,
     .step = fixture_submit_step,
     .cancel = fixture_cancel,
     .release = fixture_release},
    {.type = MESSAGE_QUERY,
     .deadline_ms = FIXTURE_DEADLINE_MS,
     .latency = METRIC_QUERY_US,
     .start = fixture_query,
     .step = fixture_query_step,
     .cancel = fixture_cancel,
     .release = fixture_release},
};
static const struct session_carrier fixture_carrier = {fixture_on_work};

static UNUSED struct session *fixture_session_new(void)
{
    struct session *session = NULL;

    assert_int_equal(session_new(fixture.hub, &fixture_carrier, NULL, 1, &session), ERR_OK);
    return session;
}

/* A session in SESSION_HANDSHAKE. */
static UNUSED void fixture_open(void)
{
    const struct session_hub_config config = {
        .routes = fixture_routes,
        .route_count = sizeof fixture_routes / sizeof fixture_routes[0],
        .idle_timeout_ms = FIXTURE_IDLE_MS,
        .monotonic_us = fixture_monotonic_us,
        .wall_ms = fixture_wall_ms,
    };

    memset(&fixture, 0, sizeof fixture);
    fixture.now_us = 1000000000;
    fixture.device.device.at[0] = 1;
    fixture.device.role = ROLE_CLERK;
    fixture.query_parts = 1;
    prng_init(&fixture.prng, 1);
    arena_init(&fixture.arena, 64 << 20);
    assert_int_equal(session_hub_new(&config, &fixture.hub), ERR_OK);
    fixture.session = fixture_session_new();
}

static UNUSED void fixture_close(void)
{
    session_free(fixture.session);
    for (unsigned i = 0; i < fixture.waiting_count; i++) {
        if (fixture.waiting[i] != NULL) {
            request_resume(fixture.waiting[i]);
        }
    }
    session_hub_free(fixture.hub);
    arena_release(&fixture.arena);
}

static UNUSED void fixture_pass_ms(int64_t ms)
{
    fixture.now_us += ms * 1000;
}

/* The bytes of one frame, in the fixture's arena. */
static UNUSED struct bytes fixture_frame(uint16_t type, uint64_t request_id, const void *message)
{
    struct buf body;
    struct buf frame;
    struct bytes copy;

    buf_init(&body, 1 << 20);
    buf_init(&frame, 1 << 20);
    if (message != NULL) {
        assert_int_equal(message_pack(message, &body), ERR_OK);
    }
    assert_int_equal(frame_append(&frame, type, request_id, buf_content(&body), false), ERR_OK);
    copy = arena_copy(&fixture.arena, buf_content(&frame));
    buf_release(&body);
    buf_release(&frame);
    return copy;
}

static UNUSED struct bytes fixture_hello_frame(void)
{
    Dantin__Hello hello = DANTIN__HELLO__INIT;

    hello.has_version_min = hello.has_version_max = true;
    hello.version_min = hello.version_max = 1;
    hello.software = (char *)(uintptr_t) "test";
    return fixture_frame(MESSAGE_HELLO, 1, &hello);
}

static UNUSED struct bytes fixture_submit_frame(uint64_t request_id)
{
    static uint8_t bytes[132];
    Dantin__Submit submit = DANTIN__SUBMIT__INIT;

    submit.has_envelope = submit.has_signature = submit.has_payload_zstd = true;
    submit.envelope = (ProtobufCBinaryData){132, bytes};
    submit.signature = (ProtobufCBinaryData){64, bytes};
    submit.payload_zstd = (ProtobufCBinaryData){10, bytes};
    return fixture_frame(MESSAGE_SUBMIT, request_id, &submit);
}

static UNUSED struct bytes fixture_query_frame(uint64_t request_id)
{
    Dantin__Query query = DANTIN__QUERY__INIT;

    query.indicator = (char *)(uintptr_t) "member_ratio";
    return fixture_frame(MESSAGE_QUERY, request_id, &query);
}

static UNUSED struct bytes fixture_ping_frame(uint64_t token)
{
    Dantin__Ping ping = DANTIN__PING__INIT;

    ping.has_token = true;
    ping.token = token;
    return fixture_frame(MESSAGE_PING, 0, &ping);
}

/* Bytes arrive and everything that can be done is done. */
static UNUSED void fixture_receive(struct bytes in)
{
    assert_int_equal(buf_append(session_input(fixture.session), in), ERR_OK);
    while (session_run(fixture.session)) {
    }
}

/* TLS is up and WELCOME was read. */
static UNUSED void fixture_greet(void)
{
    const struct tls_peer peer = {.public_key = {7}};

    session_open(fixture.session, &peer);
    fixture_receive(fixture_hello_frame());
    assert_int_equal(session_state(fixture.session), SESSION_READY);
    buf_clear(session_output(fixture.session));
}

/* The next frame of the output, taken off it; false: none. message: unpacked, in the fixture's arena. */
static UNUSED bool fixture_take(struct session *session, struct frame *ret_frame, void *ret_message)
{
    struct buf *output = session_output(session);
    struct bytes body;
    struct bytes copy;

    if (output->len == 0) {
        return false;
    }
    copy = arena_copy(&fixture.arena, buf_content(output));
    assert_int_equal(frame_decode(copy, (struct frame_rules){.is_server = false, .is_greeted = true},
                                  ret_frame) == ERR_OK ||
                         frame_decode(copy, (struct frame_rules){.is_server = false, .is_greeted = false},
                                      ret_frame) == ERR_OK,
                     1);
    assert_int_equal(frame_body(ret_frame, &fixture.arena, &body), ERR_OK);
    assert_int_equal(message_unpack(message_info_of(ret_frame->header.type)->descriptor, body, false,
                                    &fixture.arena, ret_message),
                     ERR_OK);
    buf_consume(output, FRAME_HEADER_BYTES + ret_frame->header.body_bytes);
    session_on_sent(session);
    return true;
}

/* The next frame must be ERROR with this code, for this request. */
static UNUSED void fixture_expect_error(struct session *session, uint64_t request_id, enum err err)
{
    struct frame frame;
    Dantin__Error *error = NULL;

    assert_true(fixture_take(session, &frame, &error));
    assert_int_equal(frame.header.type, MESSAGE_ERROR);
    assert_int_equal(frame.header.request_id, request_id);
    assert_int_equal(error->code, err);
    assert_non_null(error->text);
    assert_int_equal(error->may_retry, err_may_retry(err));
}

static UNUSED void fixture_expect(uint16_t type, uint64_t request_id)
{
    struct frame frame;
    void *message = NULL;

    assert_true(fixture_take(fixture.session, &frame, &message));
    assert_int_equal(frame.header.type, type);
    assert_int_equal(frame.header.request_id, request_id);
}

static UNUSED void fixture_expect_nothing(void)
{
    assert_int_equal(session_output(fixture.session)->len, 0);
}

#endif
