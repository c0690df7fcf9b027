/* The session of the client against a server played in memory: frames in, frames out, cut anywhere. */
#include "tests/unit/client/lib/syncer_fixture.h"

/* ---- tests ---- */

/* Everything sealed is offered in order, at most as many at once as the server's credits, and received. */
static void submit__ten_submissions__all_received_in_order(void **state)
{
    (void)state;
    seal_submissions(10);

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(server.offered_count, 10);
    for (uint64_t i = 0; i < 10; i++) {
        assert_int_equal(server.offered[i], i + 1);
    }
    assert_int_equal(receipts_told, 10);
    assert_int_equal(counts().sealed_waiting, 0);
    struct bytes role = {0};
    assert_int_equal(store_setting_get(world.store, SETTING_ROLE, &world.arena, &role), ERR_OK);
    assert_true(bytes_equal(role, bytes_of_text("clerk")));
}

/* Nothing to send is a session too. */
static void submit__nothing_sealed__done(void **state)
{
    (void)state;
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(server.offered_count, 0);
}

/* Replies may come in any order. */
static void submit__receipts_backwards__all_received(void **state)
{
    (void)state;
    server.answers_backwards = true;
    seal_submissions(7);

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(receipts_told, 7);
    assert_int_equal(counts().sealed_waiting, 0);
}

/* A receipt given twice counts once. */
static void submit__receipts_twice__counted_once(void **state)
{
    (void)state;
    server.answers_twice = true;
    seal_submissions(6);

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(receipts_told, 6);
    assert_int_equal(counts().receipts, 6);
}

/* The line is cut after the Nth frame, for every N, again and again: in the end everything is received and
 * was applied once. */
static void submit__cut_after_every_frame__received_once(void **state)
{
    (void)state;
    for (int cut_at = 1; cut_at < 24; cut_at++) {
        uint64_t head_before = server.head;
        size_t told_before = receipts_told;
        seal_submissions(3);

        enum syncer_state first = run(cut_at);
        assert_true(first == SYNCER_DONE || !syncer_is_over(&session.syncer));
        for (int later_cut = 3; run(later_cut) != SYNCER_DONE; later_cut++) {
            assert_true(later_cut < 20);
        }

        assert_int_equal(server.head, head_before + 3);
        assert_int_equal(receipts_told, told_before + 3);
        assert_int_equal(counts().sealed_waiting, 0);
        assert_int_equal(counts().receipts, server.head);
    }
}

/* A false receipt ends the session loudly, and the submission still waits. */
static void submit__false_signature__loud_and_not_received(void **state)
{
    (void)state;
    server.fault = CLIENT_SIGNATURE_FALSE;
    seal_submissions(1);

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_BAD_SIGNATURE);
    assert_false(session.syncer.failure.may_retry);
    assert_int_equal(counts().sealed_waiting, 1);
}

/* The receipt key of the first WELCOME is the one for good. */
static void welcome__other_receipt_key__loud(void **state)
{
    (void)state;
    uint8_t other[SIGN_PUBLIC_KEY_BYTES];
    seal_submissions(1);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    signing_key_public(world.device_key, other);
    server.receipt_public = other;
    seal_submissions(1);

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_FORKED);
    assert_int_equal(server.offered_count, 0);
}

/* A new epoch from a backup lacks the newest submissions: they are offered again, in order, with the same
 * bytes. */
static void welcome__new_epoch_lacks_some__offered_again(void **state)
{
    (void)state;
    struct store_sealed third = {0};
    seal_submissions(6);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(store_sealed_get(world.store, 3, &world.arena, &third), ERR_OK);
    world.log.size = 3;
    server.epoch = (struct id){{0xe2}};
    (void)log_append_epoch(&world.log, &server.epoch);
    server.head = 4; /* with the entry that opened it */
    server.last_sequence = 3;
    server.last_hash = third.envelope_hash;
    memset(&server.positions[4], 0, 3 * sizeof server.positions[0]);

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(server.offered_count, 3);
    assert_int_equal(server.offered[0], 4);
    assert_int_equal(server.offered[2], 6);
    assert_int_equal(counts().receipts, 9);
}

/* In the same epoch a journal shorter than what we hold a checkpoint of, without a word: a contradiction. */
static void welcome__fewer_entries_than_held__alarm(void **state)
{
    (void)state;
    seal_submissions(3);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    server.head = 2;
    seal_submissions(1);

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_FORKED);
    assert_int_equal(server.offered_count, 0);
}

/* A server that says so itself takes nothing. */
static void welcome__server_rolled_back__nothing_offered(void **state)
{
    (void)state;
    server.is_rolled_back = true;
    seal_submissions(1);

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_int_equal(session.syncer.failure.code, ERR_ROLLED_BACK);
    assert_int_equal(server.offered_count, 0);
}

/* A server that knows more of this device than the store, or other bytes: this home is a copy. It shows one
 * submission, so that the server can tell the operator, and takes no second one on whatever the answer is. */
static void welcome__server_ahead_or_other__cloned(void **state)
{
    (void)state;
    seal_submissions(2);
    server.fails_at_sequence = 1;
    server.fail_code = ERR_CLONED;
    server.last_sequence = 3;
    server.last_hash = (struct hash){{1}};
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_int_equal(session.syncer.failure.code, ERR_CLONED);
    assert_int_equal(server.offered_count, 1);

    server.last_sequence = 1;
    server.fail_code = ERR_BUSY;
    server.fail_may_retry = true;
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_int_equal(session.syncer.failure.code, ERR_CLONED);
    assert_false(session.syncer.failure.may_retry);
    assert_int_equal(server.offered_count, 1); /* of this session */
}

/* Whoever calls this home a copy has proved nothing, and shows what log key it likes: what it then calls a receipt is none. */
static void welcome__copy_and_receipt_under_any_key__nothing_kept(void **state)
{
    (void)state;
    struct store_checkpoint checkpoint = {0};
    seal_submissions(2);
    server.last_sequence = 1;
    server.last_hash = (struct hash){{1}};
    server.head = server.positions[1] = 1; /* it says that it has ours, too */

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_CLONED);
    assert_int_equal(server.offered_count, 1);
    assert_int_equal(counts().receipts, 0);
    assert_int_equal(counts().sealed_waiting, 2);
    assert_int_equal(store_checkpoint_newest(world.store, &world.arena, &checkpoint), ERR_NOT_FOUND);
}

/* A copy that sealed nothing since has nothing to show, and still says what it is. */
static void welcome__server_ahead_nothing_to_show__cloned(void **state)
{
    (void)state;
    seal_submissions(1);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    server.last_sequence = 2;
    server.last_hash = (struct hash){{1}};

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_CLONED);
    assert_int_equal(server.offered_count, 0);
}

/* Who may not submit is told so before a byte of data leaves. */
static void welcome__viewer_other_device_other_version__told(void **state)
{
    (void)state;
    seal_submissions(1);
    server.role = "viewer";
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_int_equal(session.syncer.failure.code, ERR_FORBIDDEN);
    server.role = "clerk";
    server.device.at[0] ^= 1;
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_int_equal(session.syncer.failure.code, ERR_UNAUTHORISED);
    server.device.at[0] ^= 1;
    server.version = 2;
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_int_equal(session.syncer.failure.code, ERR_VERSION);
    assert_int_equal(server.offered_count, 0);
}

/* A clerk who became a viewer gets the receipts of what the journal holds; what is new does not leave. */
static void welcome__viewer_was_clerk__old_receipts_only(void **state)
{
    (void)state;
    struct store_sealed second = {0};
    seal_submissions(2);
    assert_int_equal(store_sealed_get(world.store, 2, &world.arena, &second), ERR_OK);
    server.role = "viewer";
    server.head = server.last_sequence = 2;
    server.last_hash = second.envelope_hash;
    server.positions[1] = 1;
    server.positions[2] = 2;
    (void)client_receipt(&world, &server.epoch, 0, 1, NULL, 0, CLIENT_SOUND); /* both stand in the journal */
    (void)client_receipt(&world, &server.epoch, 1, 2, NULL, 0, CLIENT_SOUND);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(server.offered_count, 2);
    assert_int_equal(counts().sealed_waiting, 0);

    seal_submissions(1);
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_int_equal(session.syncer.failure.code, ERR_FORBIDDEN);
    assert_int_equal(server.offered_count, 0);
    assert_int_equal(counts().sealed_waiting, 1);
}

/* One failed submission makes the server refuse the ones after it: the first one's reason counts, whatever
 * order answers take, and what was before it is received. */
static void error__in_the_middle__lowest_sequence_decides(void **state)
{
    (void)state;
    for (int backwards = 0; backwards < 2; backwards++) {
        server.answers_backwards = backwards != 0;
        server.fails_at_sequence = server.last_sequence + 3;
        server.fail_code = ERR_DATABASE;
        server.fail_may_retry = true;
        seal_submissions(6);

        assert_int_equal(run(NO_CUT), SYNCER_FAILED);

        assert_int_equal(session.syncer.failure.code, ERR_DATABASE);
        assert_true(session.syncer.failure.may_retry);
        assert_int_equal(session.syncer.failure.retry_after_ms, 1234);
        assert_string_equal(session.syncer.failure.text, "nope");
        assert_int_equal(counts().sealed_waiting, 4);
        server.fails_at_sequence = 0;
        assert_int_equal(run(NO_CUT), SYNCER_DONE);
        assert_int_equal(counts().sealed_waiting, 0);
    }
}

/* A gap can be healed by asking again; a clone cannot. */
static void error__bad_sequence_and_cloned__retry_and_stop(void **state)
{
    (void)state;
    seal_submissions(1);
    server.fails_at_sequence = 1;
    server.fail_code = ERR_BAD_SEQUENCE;
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_true(session.syncer.failure.may_retry);
    server.fail_code = ERR_CLONED;
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_false(session.syncer.failure.may_retry);
    assert_int_equal(session.syncer.failure.code, ERR_CLONED);
}

/* Deliver one message of the server's own to a session that waits for receipts. */
static void deliver(uint16_t type, const void *message)
{
    struct frame frames[4];
    buf_clear(&session.to_client);
    say(type, 5, message);
    struct frame_rules rules = {.is_server = false, .is_greeted = true};
    assert_int_equal(frame_decode(buf_content(&session.to_client), rules, &frames[0]), ERR_OK);
    assert_int_equal(syncer_on_frame(&session.syncer, &frames[0], &session.to_server), ERR_OK);
}

/* A greeted session, its first offers on the way. */
static void start_greeted(void)
{
    struct frame frame = {0};
    memset(&session, 0, sizeof session);
    session.lease = (struct store_lease){.folder = world.folder, .owner = &world.owner, .store = world.store};
    session.job = (struct syncer_job){.purpose = SYNCER_SUBMIT,
                                      .lease = &session.lease,
                                      .device = &world.signer.device,
                                      .language = LANGUAGE_EN};
    buf_init(&session.to_server, BUF_BYTES_MAX);
    buf_init(&session.to_client, BUF_BYTES_MAX);
    syncer_init(&session.syncer, &session.job);
    assert_int_equal(syncer_start(&session.syncer, &session.to_server), ERR_OK);
    say_welcome(1);
    struct frame_rules rules = {.is_server = false};
    assert_int_equal(frame_decode(buf_content(&session.to_client), rules, &frame), ERR_OK);
    assert_int_equal(syncer_on_frame(&session.syncer, &frame, &session.to_server), ERR_OK);
    buf_clear(&session.to_server);
}

static void end_greeted(void)
{
    buf_release(&session.to_server);
    buf_release(&session.to_client);
    syncer_release(&session.syncer);
}

/* A PING is answered with its token. */
static void ping__while_offering__pong_with_the_token(void **state)
{
    (void)state;
    Dantin__Ping ping = DANTIN__PING__INIT;
    Dantin__Pong *pong = NULL;
    struct frame frame = {0};
    struct bytes body = {0};
    ping.has_token = true;
    ping.token = 4711;
    seal_submissions(1);
    start_greeted();

    deliver(MESSAGE_PING, &ping);

    struct frame_rules rules = {.is_server = true, .is_greeted = true};
    assert_int_equal(frame_decode(buf_content(&session.to_server), rules, &frame), ERR_OK);
    assert_int_equal(frame.header.type, MESSAGE_PONG);
    assert_int_equal(frame_body(&frame, &world.arena, &body), ERR_OK);
    assert_int_equal(message_unpack(&dantin__pong__descriptor, body, true, &world.arena, &pong), ERR_OK);
    assert_int_equal(pong->token, 4711);
    end_greeted();
}

/* GOODBYE ends the session with its reason. */
static void goodbye__shutting_down__retry_later(void **state)
{
    (void)state;
    Dantin__Goodbye goodbye = DANTIN__GOODBYE__INIT;
    goodbye.has_reason = true;
    goodbye.reason = ERR_SHUTTING_DOWN;
    seal_submissions(1);
    start_greeted();

    deliver(MESSAGE_GOODBYE, &goodbye);

    assert_int_equal(syncer_state(&session.syncer), SYNCER_FAILED);
    assert_int_equal(session.syncer.failure.code, ERR_SHUTTING_DOWN);
    assert_true(session.syncer.failure.may_retry);
    end_greeted();
}

/* A body that is no message ends the session as a breach of protocol, not of ours. */
static void frame__garbage_receipt__session_fails(void **state)
{
    (void)state;
    uint8_t garbage[128];
    struct frame frame = {.header = {.type = MESSAGE_RECEIPT, .request_id = 2, .body_bytes = sizeof garbage}};
    memset(garbage, 0xff, sizeof garbage);
    frame.body = bytes_of(garbage, sizeof garbage);
    seal_submissions(1);
    start_greeted();

    assert_int_equal(syncer_on_frame(&session.syncer, &frame, &session.to_server), ERR_OK);

    assert_int_equal(syncer_state(&session.syncer), SYNCER_FAILED);
    end_greeted();
}

/* A question is answered in parts; the marked one is the last. */
static void query__two_parts__all_rows_then_done(void **state)
{
    (void)state;
    Dantin__Query query = DANTIN__QUERY__INIT;
    char indicator[] = "member_ratio";
    struct buf packed;
    query.indicator = indicator;
    buf_init(&packed, 4096);
    assert_int_equal(message_pack(&query, &packed), ERR_OK);
    memset(&session, 0, sizeof session);
    session.lease = (struct store_lease){.folder = world.folder, .owner = &world.owner, .store = world.store};
    session.job = (struct syncer_job){.purpose = SYNCER_QUERY,
                                      .lease = &session.lease,
                                      .device = &world.signer.device,
                                      .query = buf_content(&packed),
                                      .on_rows = on_rows};
    buf_init(&session.to_server, BUF_BYTES_MAX);
    buf_init(&session.to_client, BUF_BYTES_MAX);
    syncer_init(&session.syncer, &session.job);
    assert_int_equal(syncer_start(&session.syncer, &session.to_server), ERR_OK);

    while (!syncer_is_over(&session.syncer) && carry_to_server(NO_CUT) && carry_to_client(NO_CUT)) {
    }

    assert_int_equal(syncer_state(&session.syncer), SYNCER_DONE);
    assert_int_equal(rows_told, 4);
    buf_release(&packed);
    end_greeted();
}

/* The wait doubles up to its limit, is never the same for all, and honours the server's wish up to the same
 * limit. */
static void backoff__many_attempts__within_limits(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    int64_t full_ms = SYNCER_BACKOFF_MS_MIN;
    for (unsigned attempt = 1; attempt < 40; attempt++) {
        int64_t wait_ms = syncer_backoff_ms(attempt, 0, &prng);
        assert_true(wait_ms >= full_ms / 2 && wait_ms <= full_ms);
        full_ms = full_ms * 2 < SYNCER_BACKOFF_MS_MAX ? full_ms * 2 : SYNCER_BACKOFF_MS_MAX;
    }
    assert_int_equal(syncer_backoff_ms(1, 5000, &prng), 5000);
    assert_int_equal(syncer_backoff_ms(1, UINT32_MAX, &prng), SYNCER_BACKOFF_MS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(submit__ten_submissions__all_received_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(submit__nothing_sealed__done, setup, teardown),
        cmocka_unit_test_setup_teardown(submit__receipts_backwards__all_received, setup, teardown),
        cmocka_unit_test_setup_teardown(submit__receipts_twice__counted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(submit__cut_after_every_frame__received_once, setup, teardown),
        cmocka_unit_test_setup_teardown(submit__false_signature__loud_and_not_received, setup, teardown),
        cmocka_unit_test_setup_teardown(welcome__other_receipt_key__loud, setup, teardown),
        cmocka_unit_test_setup_teardown(welcome__new_epoch_lacks_some__offered_again, setup, teardown),
        cmocka_unit_test_setup_teardown(welcome__fewer_entries_than_held__alarm, setup, teardown),
        cmocka_unit_test_setup_teardown(welcome__server_rolled_back__nothing_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(welcome__server_ahead_or_other__cloned, setup, teardown),
        cmocka_unit_test_setup_teardown(welcome__copy_and_receipt_under_any_key__nothing_kept, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(welcome__server_ahead_nothing_to_show__cloned, setup, teardown),
        cmocka_unit_test_setup_teardown(welcome__viewer_was_clerk__old_receipts_only, setup, teardown),
        cmocka_unit_test_setup_teardown(welcome__viewer_other_device_other_version__told, setup, teardown),
        cmocka_unit_test_setup_teardown(error__in_the_middle__lowest_sequence_decides, setup, teardown),
        cmocka_unit_test_setup_teardown(error__bad_sequence_and_cloned__retry_and_stop, setup, teardown),
        cmocka_unit_test_setup_teardown(ping__while_offering__pong_with_the_token, setup, teardown),
        cmocka_unit_test_setup_teardown(goodbye__shutting_down__retry_later, setup, teardown),
        cmocka_unit_test_setup_teardown(frame__garbage_receipt__session_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(query__two_parts__all_rows_then_done, setup, teardown),
        cmocka_unit_test(backoff__many_attempts__within_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
