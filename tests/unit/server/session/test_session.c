/* The session's states, deadlines and frame loop, on virtual time. */
#include "server/session/session.h"

#include "tests/lib/aborts.h"
#include "tests/unit/server/session/fixture.h"

static int open_fixture(void **state)
{
    (void)state;
    fixture_open();
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

static void open_session(void)
{
    const struct tls_peer peer = {.public_key = {7}};

    session_open(fixture.session, &peer);
}

/* Bytes come as the network likes: one at a time they must mean the same. */
static void session_run__byte_by_byte__same_answers(void **state)
{
    struct bytes frames[] = {fixture_hello_frame(), fixture_ping_frame(5), fixture_submit_frame(9)};

    (void)state;
    open_session();
    for (size_t i = 0; i < 3; i++) {
        for (size_t at = 0; at < frames[i].len; at++) {
            assert_int_equal(fixture.started_count, 0);
            fixture_receive(bytes_of(frames[i].at + at, 1));
        }
    }

    assert_int_equal(fixture.started_count, 1);
    fixture_expect(MESSAGE_WELCOME, 1);
    fixture_expect(MESSAGE_PONG, 0);
    fixture_expect_nothing();
}

/* A PING comes back with its token, before HELLO and after. */
static void control_take__ping__pong_with_its_token(void **state)
{
    struct frame frame;
    Dantin__Pong *pong = NULL;

    (void)state;
    open_session();
    fixture_receive(fixture_ping_frame(123456789));

    assert_true(fixture_take(fixture.session, &frame, &pong));
    assert_int_equal(frame.header.type, MESSAGE_PONG);
    assert_int_equal(pong->token, 123456789);
}

/* TLS that never finishes is cut in silence: there is nobody to talk to yet. */
static void session_on_time__tls_too_slow__closed_without_words(void **state)
{
    (void)state;
    assert_int_equal(session_deadline_ms(fixture.session), fixture.now_us / 1000 + SESSION_TLS_MS);
    fixture_pass_ms(SESSION_TLS_MS - 1);
    session_on_time(fixture.session);
    assert_int_equal(session_state(fixture.session), SESSION_HANDSHAKE);

    fixture_pass_ms(1);
    session_on_time(fixture.session);

    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
    fixture_expect_nothing();
}

/* A peer that says no HELLO, or dribbles it, is told why it is cut; a PING does not buy it time. */
static void session_on_time__hello_too_slow__error_deadline(void **state)
{
    (void)state;
    open_session();
    fixture_pass_ms(SESSION_HELLO_MS - 1);
    fixture_receive(bytes_of(fixture_hello_frame().at, 20));
    session_on_time(fixture.session);
    assert_int_equal(session_state(fixture.session), SESSION_GREETING);

    fixture_pass_ms(1);
    session_on_time(fixture.session);

    fixture_expect_error(fixture.session, 0, ERR_DEADLINE);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

/* Silence is asked about once, and cut at twice the time. */
static void session_on_time__silent_peer__ping_then_cut(void **state)
{
    (void)state;
    fixture_greet();
    fixture_pass_ms(FIXTURE_IDLE_MS - 1);
    session_on_time(fixture.session);
    fixture_expect_nothing();

    fixture_pass_ms(1);
    session_on_time(fixture.session);
    fixture_expect(MESSAGE_PING, 0);
    fixture_pass_ms(1000);
    session_on_time(fixture.session);
    fixture_expect_nothing();
    assert_int_equal(session_deadline_ms(fixture.session), fixture.now_us / 1000 + FIXTURE_IDLE_MS - 1000);

    fixture_pass_ms(FIXTURE_IDLE_MS - 1000);
    session_on_time(fixture.session);
    fixture_expect_error(fixture.session, 0, ERR_DEADLINE);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

/* An answered PING is a sign of life: the clock starts anew. */
static void session_on_time__pong_came__stays(void **state)
{
    Dantin__Pong pong = DANTIN__PONG__INIT;

    (void)state;
    fixture_greet();
    for (unsigned i = 0; i < 5; i++) {
        fixture_pass_ms(FIXTURE_IDLE_MS);
        session_on_time(fixture.session);
        fixture_expect(MESSAGE_PING, 0);
        fixture_receive(fixture_frame(MESSAGE_PONG, 0, &pong));
    }

    assert_int_equal(session_state(fixture.session), SESSION_READY);
}

/* One byte a second keeps nobody alive: only whole frames count. */
static void session_on_time__one_byte_a_second__cut(void **state)
{
    struct bytes frame = fixture_submit_frame(3);

    (void)state;
    fixture_greet();
    for (size_t at = 0; at < 2 * FIXTURE_IDLE_MS / 1000 && session_state(fixture.session) == SESSION_READY;
         at++) {
        assert_true(at < frame.len);
        fixture_receive(bytes_of(frame.at + at, 1));
        fixture_pass_ms(1000);
        session_on_time(fixture.session);
    }

    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
    assert_int_equal(fixture.started_count, 0);
}

/* A header that announces too much is answered and cut before a byte of the body is waited for. */
static void session_run__oversize_header__error_and_closed(void **state)
{
    uint8_t header[FRAME_HEADER_BYTES] = {0};

    (void)state;
    fixture_greet();
    u32_write(header, message_info_of(MESSAGE_SUBMIT)->bytes_max + 1);
    u16_write(header + 4, MESSAGE_SUBMIT);
    u64_write(header + 8, 1);
    fixture_receive(bytes_of(header, sizeof header));

    fixture_expect_error(fixture.session, 0, ERR_TOO_BIG);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

/* Before HELLO is answered nothing big is taken, whatever its type would allow. */
static void session_run__big_body_before_welcome__error_and_closed(void **state)
{
    uint8_t header[FRAME_HEADER_BYTES] = {0};

    (void)state;
    open_session();
    u32_write(header, FRAME_BODY_OPEN_BYTES_MAX + 1);
    u16_write(header + 4, 999);
    fixture_receive(bytes_of(header, sizeof header));

    fixture_expect_error(fixture.session, 0, ERR_TOO_BIG);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

/* What only a server may say, and what only a greeted peer may say, breaks the protocol. */
static void session_run__wrong_direction_or_state__error_and_closed(void **state)
{
    Dantin__Welcome welcome = DANTIN__WELCOME__INIT;

    (void)state;
    welcome.software = (char *)(uintptr_t) "I am the server now";
    open_session();
    fixture_receive(fixture_frame(MESSAGE_WELCOME, 0, &welcome));
    fixture_expect_error(fixture.session, 0, ERR_PROTOCOL);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);

    session_free(fixture.session);
    fixture.session = fixture_session_new();
    open_session();
    fixture_receive(fixture_query_frame(1));
    fixture_expect_error(fixture.session, 0, ERR_PROTOCOL);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
    assert_int_equal(fixture.started_count, 0);

    session_free(fixture.session);
    fixture.session = fixture_session_new();
    fixture_greet();
    fixture_receive(fixture_hello_frame());
    fixture_expect_error(fixture.session, 0, ERR_PROTOCOL);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

/* A message of a later version costs one answer, not the line; its body is skipped as it comes. */
static void session_run__unknown_type__unsupported_and_body_skipped(void **state)
{
    enum { BODY_BYTES = 60000, CHUNK_BYTES = 7000 };
    static uint8_t body[CHUNK_BYTES];
    uint8_t header[FRAME_HEADER_BYTES] = {0};

    (void)state;
    fixture_greet();
    u32_write(header, BODY_BYTES);
    u16_write(header + 4, 999);
    u64_write(header + 8, 77);
    memset(body, 0xff, sizeof body);
    fixture_receive(bytes_of(header, sizeof header));
    for (size_t left = BODY_BYTES; left > 0;) {
        size_t len = left < sizeof body ? left : sizeof body;

        fixture_receive(bytes_of(body, len));
        left -= len;
        assert_int_equal(session_input(fixture.session)->len, 0);
    }
    fixture_receive(fixture_ping_frame(1));

    fixture_expect_error(fixture.session, 77, ERR_UNSUPPORTED);
    fixture_expect(MESSAGE_PONG, 0);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
}

/* A body that is no protobuf is answered for its request; the frame was whole, so the line stays. */
static void session_run__unreadable_body__rejected_not_cut(void **state)
{
    uint8_t frame[FRAME_HEADER_BYTES + 4] = {0};

    (void)state;
    fixture_greet();
    u32_write(frame, 4);
    u16_write(frame + 4, MESSAGE_QUERY);
    u64_write(frame + 8, 5);
    memset(frame + FRAME_HEADER_BYTES, 0xff, 4);
    fixture_receive(bytes_of(frame, sizeof frame));

    fixture_expect_error(fixture.session, 5, ERR_MALFORMED);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
    assert_int_equal(fixture.started_count, 0);
}

/* A HELLO that is refused ends the session with its reason. */
static void session_run__hello_refused__error_and_closed(void **state)
{
    (void)state;
    fixture.hello_err = ERR_UNAUTHORISED;
    open_session();
    fixture_receive(fixture_hello_frame());

    fixture_expect_error(fixture.session, 0, ERR_UNAUTHORISED);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

/* One peer with much to say gives way after some messages. */
static void session_run__more_than_a_turn__yields(void **state)
{
    struct bytes ping = fixture_ping_frame(1);
    unsigned pong_count = 0;
    struct frame frame;
    void *message = NULL;

    (void)state;
    fixture_greet();
    for (unsigned i = 0; i < MESSAGES_PER_TURN_MAX + 3; i++) {
        assert_int_equal(buf_append(session_input(fixture.session), ping), ERR_OK);
    }

    assert_true(session_run(fixture.session));
    while (fixture_take(fixture.session, &frame, &message)) {
        pong_count++;
    }
    assert_int_equal(pong_count, MESSAGES_PER_TURN_MAX);
    assert_false(session_run(fixture.session));
    while (fixture_take(fixture.session, &frame, &message)) {
        pong_count++;
    }
    assert_int_equal(pong_count, MESSAGES_PER_TURN_MAX + 3);
}

/* A newer session of a device ends the older one, which is told; the newer one works on. */
static void session_greet__second_session_of_a_device__older_ends(void **state)
{
    struct session *older = fixture.session;
    struct frame frame;
    Dantin__Goodbye *goodbye = NULL;

    (void)state;
    fixture_greet();
    fixture_receive(fixture_submit_frame(4));
    fixture.session = fixture_session_new();
    fixture_greet();

    assert_int_equal(session_state(older), SESSION_CLOSED);
    assert_true(fixture_take(older, &frame, &goodbye));
    assert_int_equal(frame.header.type, MESSAGE_GOODBYE);
    assert_int_equal(goodbye->reason, ERR_SUPERSEDED);
    session_free(older);
    assert_int_equal(session_state(fixture.session), SESSION_READY);

    /* Closing the newer one must not be mistaken for the older one's place in the table. */
    session_on_lost(fixture.session);
    session_free(fixture.session);
    fixture.session = fixture_session_new();
    fixture_greet();
}

/* Sessions of different devices live side by side. */
static void session_greet__another_device__both_live(void **state)
{
    struct session *first = fixture.session;

    (void)state;
    fixture_greet();
    fixture.device.device.at[0] = 2;
    fixture.session = fixture_session_new();
    fixture_greet();

    assert_int_equal(session_state(first), SESSION_READY);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
    session_free(first);
}

/* A server that stops finishes what was begun, then says goodbye; nothing new is begun. */
static void session_drain__open_request__answered_then_goodbye(void **state)
{
    struct request *request = NULL;

    (void)state;
    fixture_greet();
    fixture_receive(fixture_submit_frame(4));
    session_drain(fixture.session, ERR_SHUTTING_DOWN);
    assert_int_equal(session_state(fixture.session), SESSION_DRAINING);
    assert_false(session_wants_input(fixture.session));
    fixture_receive(fixture_submit_frame(5));
    assert_int_equal(fixture.started_count, 1);

    request = fixture.waiting[0];
    fixture.waiting[0] = NULL;
    request_resume(request);

    fixture_expect(MESSAGE_RECEIPT, 4);
    fixture_expect(MESSAGE_GOODBYE, 0);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

/* Draining has its deadline; the request that hung is left to its event. */
static void session_drain__request_hangs__closed_at_the_deadline(void **state)
{
    (void)state;
    fixture_greet();
    fixture_receive(fixture_submit_frame(4));
    session_drain(fixture.session, ERR_SHUTTING_DOWN);
    fixture_pass_ms(SESSION_DRAIN_MS);
    session_on_time(fixture.session);

    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
    assert_int_equal(fixture.released_count, 0);
}

/* A peer that says goodbye gets its answers and a goodbye back. */
static void control_take__goodbye__drains(void **state)
{
    Dantin__Goodbye goodbye = DANTIN__GOODBYE__INIT;

    (void)state;
    fixture_greet();
    fixture_receive(fixture_frame(MESSAGE_GOODBYE, 0, &goodbye));

    fixture_expect(MESSAGE_GOODBYE, 0);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

/* An idle session holds no buffer: that is what an idle connection costs. */
static void session_is_idle__after_an_exchange__buffers_can_go(void **state)
{
    (void)state;
    fixture_greet();
    fixture_receive(fixture_ping_frame(1));
    assert_false(session_is_idle(fixture.session));
    fixture_expect(MESSAGE_PONG, 0);
    assert_true(session_is_idle(fixture.session));
    fixture_receive(fixture_submit_frame(1));
    assert_false(session_is_idle(fixture.session));
}

static void open_twice(void *context)
{
    (void)context;
    open_session();
    open_session();
}

/* A move the table does not know is our own bug. */
static void session_open__twice__aborts(void **state)
{
    (void)state;
    assert_true(aborts(open_twice, NULL));
}

#define SESSION_TEST(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(session_run__byte_by_byte__same_answers),
        SESSION_TEST(control_take__ping__pong_with_its_token),
        SESSION_TEST(session_on_time__tls_too_slow__closed_without_words),
        SESSION_TEST(session_on_time__hello_too_slow__error_deadline),
        SESSION_TEST(session_on_time__silent_peer__ping_then_cut),
        SESSION_TEST(session_on_time__pong_came__stays),
        SESSION_TEST(session_on_time__one_byte_a_second__cut),
        SESSION_TEST(session_run__oversize_header__error_and_closed),
        SESSION_TEST(session_run__big_body_before_welcome__error_and_closed),
        SESSION_TEST(session_run__wrong_direction_or_state__error_and_closed),
        SESSION_TEST(session_run__unknown_type__unsupported_and_body_skipped),
        SESSION_TEST(session_run__unreadable_body__rejected_not_cut),
        SESSION_TEST(session_run__hello_refused__error_and_closed),
        SESSION_TEST(session_run__more_than_a_turn__yields),
        SESSION_TEST(session_greet__second_session_of_a_device__older_ends),
        SESSION_TEST(session_greet__another_device__both_live),
        SESSION_TEST(session_drain__open_request__answered_then_goodbye),
        SESSION_TEST(session_drain__request_hangs__closed_at_the_deadline),
        SESSION_TEST(control_take__goodbye__drains),
        SESSION_TEST(session_is_idle__after_an_exchange__buffers_can_go),
        SESSION_TEST(session_open__twice__aborts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#undef SESSION_TEST
