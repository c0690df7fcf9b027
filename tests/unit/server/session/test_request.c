/* Requests: exactly one answer each, credits, roles, waiting, cancelling. */
#include "server/session/request.h"

#include <stdio.h>

#include "common/base/log.h"
#include "tests/lib/aborts.h"
#include "tests/lib/fault_memory.h"
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

static void resume(unsigned index)
{
    struct request *request = fixture.waiting[index];

    fixture.waiting[index] = NULL;
    request_resume(request);
}

/* Answers go out in the order in which the work is done, each to its own request. */
static void request_resume__out_of_order__each_answer_to_its_request(void **state)
{
    (void)state;
    fixture_greet();
    fixture_receive(fixture_submit_frame(10));
    fixture_receive(fixture_submit_frame(11));
    resume(1);
    resume(0);

    fixture_expect(MESSAGE_RECEIPT, 11);
    fixture_expect(MESSAGE_RECEIPT, 10);
    fixture_expect_nothing();
    assert_int_equal(fixture.released_count, 2);
}

static char incident_line[512];

static void keep_incident(enum log_level level, const char *line)
{
    if (level == LOG_ERROR) {
        (void)snprintf(incident_line, sizeof incident_line, "%s", line);
    }
}

/* An error nobody expected bears a number for the peer to tell, and the log line the same; an expected one bears none. */
static void request_reject__unexpected_error__incident_in_answer_and_log(void **state)
{
    struct frame frame;
    Dantin__Error *error = NULL;

    (void)state;
    log_set_sink(keep_incident);
    fixture_greet();
    fixture_receive(fixture_submit_frame(10));
    fixture_receive(fixture_submit_frame(11));
    fixture.submit_err = ERR_BUSY;
    resume(0);
    assert_true(fixture_take(fixture.session, &frame, &error));
    assert_null(error->incident);
    fixture.submit_err = ERR_INTERNAL;
    resume(1);
    log_set_sink(NULL);

    assert_true(fixture_take(fixture.session, &frame, &error));
    assert_int_equal(error->code, ERR_INTERNAL);
    assert_int_equal(strlen(error->incident), 16);
    assert_non_null(strstr(incident_line, "event=incident"));
    assert_non_null(strstr(incident_line, error->incident));
    assert_non_null(strstr(incident_line, "request=11"));
}

/* However often it happens, the log stays readable: past its lines of a minute there is no number either. */
static void request_reject__many_incidents__log_bounded(void **state)
{
    struct frame frame;
    Dantin__Error *error = NULL;
    unsigned numbered = 0;

    (void)state;
    log_set_sink(keep_incident);
    fixture_greet();
    fixture.submit_err = ERR_INTERNAL;
    for (unsigned i = 0; i < SESSION_FAULTS_LOGGED_PER_MINUTE + 10; i++) {
        fixture.waiting_count = 0;
        fixture_receive(fixture_submit_frame(10 + i));
        resume(0);
        assert_true(fixture_take(fixture.session, &frame, &error));
        numbered += error->incident != NULL;
    }
    log_set_sink(NULL);

    assert_int_equal(numbered, SESSION_FAULTS_LOGGED_PER_MINUTE);
}

/* Past the credits a request is answered "busy" and may be tried again; a finished one gives its credit back.
 */
static void request_start__more_than_the_credits__busy(void **state)
{
    (void)state;
    fixture_greet();
    for (unsigned i = 0; i < SESSION_CREDITS; i++) {
        fixture_receive(fixture_submit_frame(100 + i));
    }
    fixture_expect_nothing();
    fixture_receive(fixture_submit_frame(500));
    fixture_expect_error(fixture.session, 500, ERR_BUSY);
    assert_int_equal(fixture.started_count, SESSION_CREDITS);

    resume(0);
    fixture_expect(MESSAGE_RECEIPT, 100);
    fixture_receive(fixture_submit_frame(501));
    assert_int_equal(fixture.started_count, SESSION_CREDITS + 1);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
}

/* What is not the role's never reaches a handler; the session goes on. */
static void request_start__not_for_the_role__forbidden(void **state)
{
    (void)state;
    fixture.device.role = ROLE_LOG; /* no message is the journal's own key's */
    fixture_greet();

    fixture_receive(fixture_submit_frame(10));

    fixture_expect_error(fixture.session, 10, ERR_FORBIDDEN);
    assert_int_equal(fixture.started_count, 0);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
}

/* Two open requests of one number could not be told apart: the peer broke the protocol. So does number 0. */
static void request_start__number_open_or_zero__protocol_error(void **state)
{
    (void)state;
    fixture_greet();
    fixture_receive(fixture_submit_frame(10));
    fixture_receive(fixture_submit_frame(10));
    fixture_expect_error(fixture.session, 0, ERR_PROTOCOL);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);

    session_free(fixture.session);
    fixture.session = fixture_session_new();
    fixture_greet();
    fixture_receive(fixture_submit_frame(0));
    fixture_expect_error(fixture.session, 0, ERR_PROTOCOL);
}

/* The line breaks while the store works: its report finds nobody and just cleans up. */
static void request_resume__session_gone__cleaned_up(void **state)
{
    (void)state;
    fixture_greet();
    fixture_receive(fixture_submit_frame(10));
    session_on_lost(fixture.session);
    assert_int_equal(fixture.cancelled_count, 1);
    session_free(fixture.session);
    fixture.session = NULL;
    assert_int_equal(fixture.released_count, 0);

    resume(0);

    assert_int_equal(fixture.released_count, 1);
}

/* A request too late is answered once; the event that comes after it changes nothing, and its credit is held
 * till then. */
static void requests_on_time__store_too_slow__timed_out_once(void **state)
{
    (void)state;
    fixture_greet();
    fixture_receive(fixture_submit_frame(10));
    for (unsigned passed_ms = 0; passed_ms < FIXTURE_DEADLINE_MS; passed_ms += FIXTURE_IDLE_MS / 2) {
        fixture_receive(fixture_ping_frame(1));
        fixture_expect(MESSAGE_PONG, 0);
        fixture_pass_ms(FIXTURE_IDLE_MS / 2);
        session_on_time(fixture.session);
    }
    fixture_expect_error(fixture.session, 10, ERR_TIMED_OUT);
    assert_int_equal(fixture.cancelled_count, 1);

    resume(0);

    fixture_expect_nothing();
    assert_int_equal(fixture.released_count, 1);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
}

/* A long answer stops when the output is long and goes on as the peer reads; nothing is read meanwhile beyond
 * the mark. */
static void request_wait__long_answer__paced_by_the_reader(void **state)
{
    enum { PARTS = 50 };
    unsigned part_count = 0;
    struct frame frame;
    Dantin__Rows *rows = NULL;
    bool is_last = false;

    (void)state;
    fixture.query_parts = PARTS;
    fixture_greet();
    fixture_receive(fixture_query_frame(20));
    assert_true(session_output(fixture.session)->len >= SESSION_OUTPUT_HIGH_BYTES);
    assert_false(session_wants_input(fixture.session));

    while (fixture_take(fixture.session, &frame, &rows)) {
        assert_int_equal(frame.header.type, MESSAGE_ROWS);
        assert_false(is_last);
        is_last = rows->is_last;
        part_count++;
        assert_true(session_output(fixture.session)->len < SESSION_OUTPUT_HIGH_BYTES + 131072);
        arena_clear(&fixture.arena);
    }

    assert_int_equal(part_count, PARTS);
    assert_true(is_last);
    assert_int_equal(fixture.released_count, 1);
    assert_true(session_wants_input(fixture.session));
}

/* A long answer can be stopped between its parts. */
static void request_cancel__waiting_for_output__cancelled_at_once(void **state)
{
    struct frame frame;
    void *message = NULL;
    Dantin__Cancel cancel = DANTIN__CANCEL__INIT;
    unsigned part_count = 0;

    (void)state;
    fixture.query_parts = 50;
    fixture_greet();
    fixture_receive(fixture_query_frame(20));
    while (!session_wants_input(fixture.session)) {
        assert_true(fixture_take(fixture.session, &frame, &message));
    }
    fixture_receive(fixture_frame(MESSAGE_CANCEL, 20, &cancel));
    do {
        assert_true(fixture_take(fixture.session, &frame, &message));
        part_count++;
    } while (frame.header.type == MESSAGE_ROWS);

    assert_int_equal(frame.header.type, MESSAGE_ERROR);
    assert_int_equal(((Dantin__Error *)message)->code, ERR_CANCELLED);
    assert_true(part_count < 20);
    fixture_expect_nothing();
    assert_int_equal(fixture.released_count, 1);
}

/* Cancelling what waits for the store only asks; cancelling what nobody knows is nothing. */
static void request_cancel__waiting_for_the_store__asked_to_stop(void **state)
{
    Dantin__Cancel cancel = DANTIN__CANCEL__INIT;

    (void)state;
    fixture_greet();
    fixture_receive(fixture_submit_frame(10));
    fixture_receive(fixture_frame(MESSAGE_CANCEL, 99, &cancel));
    assert_int_equal(fixture.cancelled_count, 0);
    fixture_receive(fixture_frame(MESSAGE_CANCEL, 10, &cancel));

    assert_int_equal(fixture.cancelled_count, 1);
    fixture_expect_nothing();
    resume(0);
    fixture_expect(MESSAGE_RECEIPT, 10);
}

/* A peer that sends and never reads fills its output to the mark, then is read no more: memory stays bounded.
 */
static void session_wants_input__peer_never_reads__stops_at_the_mark(void **state)
{
    struct bytes ping = fixture_ping_frame(1);
    size_t sent_count = 0;

    (void)state;
    fixture_greet();
    while (session_wants_input(fixture.session)) {
        fixture_receive(ping);
        sent_count++;
        assert_true(sent_count < 100000);
    }

    assert_true(session_output(fixture.session)->len < SESSION_OUTPUT_HIGH_BYTES + 4096);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
}

/* Without memory the request is answered, not the session broken or memory lost. */
static void request_start__allocation_fails__answered(void **state)
{
    bool was_reached = true;

    (void)state;
    fixture_greet();
    for (size_t i = 0; was_reached; i++) {
        struct bytes frame = fixture_query_frame(30 + i);
        struct frame answer;
        void *message = NULL;

        assert_int_equal(buf_append(session_input(fixture.session), frame), ERR_OK);
        fault_memory_fail_at(i);
        while (session_run(fixture.session)) {
        }
        was_reached = fault_memory_stop();
        if (session_state(fixture.session) == SESSION_CLOSED) {
            session_free(fixture.session);
            fixture.session = fixture_session_new();
            fixture_greet();
            continue;
        }
        assert_true(fixture_take(fixture.session, &answer, &message));
        assert_int_equal(answer.header.request_id, 30 + i);
        fixture_expect_nothing();
    }
}

static void resume_twice(void *context)
{
    (void)context;
    fixture_greet();
    fixture_receive(fixture_submit_frame(10));
    request_reject(fixture.waiting[0], ERR_INTERNAL, NULL);
    request_reject(fixture.waiting[0], ERR_INTERNAL, NULL);
}

/* A second answer to one request is our own bug and is caught. */
static void request_reject__answered_before__aborts(void **state)
{
    (void)state;
    assert_true(aborts(resume_twice, NULL));
}

#define REQUEST_TEST(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REQUEST_TEST(request_resume__out_of_order__each_answer_to_its_request),
        REQUEST_TEST(request_reject__unexpected_error__incident_in_answer_and_log),
        REQUEST_TEST(request_reject__many_incidents__log_bounded),
        REQUEST_TEST(request_start__not_for_the_role__forbidden),
        REQUEST_TEST(request_start__more_than_the_credits__busy),
        REQUEST_TEST(request_start__number_open_or_zero__protocol_error),
        REQUEST_TEST(request_resume__session_gone__cleaned_up),
        REQUEST_TEST(requests_on_time__store_too_slow__timed_out_once),
        REQUEST_TEST(request_wait__long_answer__paced_by_the_reader),
        REQUEST_TEST(request_cancel__waiting_for_output__cancelled_at_once),
        REQUEST_TEST(request_cancel__waiting_for_the_store__asked_to_stop),
        REQUEST_TEST(session_wants_input__peer_never_reads__stops_at_the_mark),
        REQUEST_TEST(request_start__allocation_fails__answered),
        REQUEST_TEST(request_reject__answered_before__aborts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#undef REQUEST_TEST
