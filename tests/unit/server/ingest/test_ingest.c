/* The machine of group commit: sequence, repeats, clones, faults of the database, draining. */
#include <stdio.h>

#include "tests/lib/test.h"

#include "common/base/log.h"
#include "common/crypto/hash.h"
#include "tests/lib/model_world.h"

static struct model_world w;

static struct logged {
    unsigned failures;
    unsigned recoveries;
    char recovery[512]; /* the newest */
} logged;

static void count_log(enum log_level level, const char *line)
{
    logged.failures += level == LOG_ERROR && strstr(line, "event=ingest_group_failed ") != NULL;
    if (level == LOG_WARN && strstr(line, "event=ingest_recovered ") != NULL) {
        logged.recoveries++;
        (void)snprintf(logged.recovery, sizeof logged.recovery, "%s", line);
    }
}

static int fixture_open(void **state)
{
    (void)state;
    log_set_sink(count_log);
    logged = (struct logged){0};
    model_world_open(&w);
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    model_world_close(&w);
    return 0;
}

static struct builder_submission seal_member(struct builder_device *device, const struct id *cell,
                                             struct id *ret_id)
{
    *ret_id = builder_id(w.next_id++);
    struct builder_change change = {.kind = KIND_MEMBER,
                                    .record = *ret_id,
                                    .message = builder_member(&w.arena, "Nguyễn Văn An", cell, NULL)};
    return builder_seal(&w.arena, device, &change, 1);
}

static struct model_answer *offer_and_settle(const struct builder_device *device,
                                             const struct builder_submission *sealed)
{
    struct model_answer *answer = model_world_offer(&w, device, sealed);
    model_world_settle(&w);
    assert_int_equal(answer->answer_count, 1);
    return answer;
}

static void fire_timer(void)
{
    assert_non_null(w.on_timer);
    void (*on_timer)(void *target) = w.on_timer;
    w.on_timer = NULL;
    w.now_ms = w.timer_at_ms;
    on_timer(w.timer_target);
}

static void assert_receipt_signed(const struct builder_submission *sealed,
                                  const struct ingest_receipt *receipt)
{
    struct verdict verdicts[8] = {{0}};
    for (size_t i = 0; i < receipt->verdict_count; i++) {
        verdicts[receipt->verdicts[i].index] = receipt->verdicts[i].verdict;
    }
    struct hash verdict_hash = receipt_verdict_hash(verdicts, receipt->change_count);
    struct hash leaf =
        receipt_leaf_hash(sealed->envelope, sealed->signature, receipt->server_time_ms, &verdict_hash);
    uint8_t signed_bytes[RECEIPT_SIGNED_BYTES];
    receipt_signed_bytes(&receipt->epoch, receipt->position, &leaf, signed_bytes);
    assert_true(hash_equal(&leaf, &receipt->leaf));
    assert_int_equal(verify_key_check(w.receipt_verify, bytes_of(signed_bytes, sizeof signed_bytes),
                                      bytes_of(receipt->signature, sizeof receipt->signature)),
                     ERR_OK);
}

/* The receipt proves what was accepted: anyone with the server's public key can check it. */
static void ingest__journalled__receipt_verifies(void **state)
{
    (void)state;
    struct id id;
    struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);

    struct model_answer *answer = offer_and_settle(&w.a, &sealed);

    assert_int_equal(answer->answer.err, ERR_OK);
    assert_int_equal(answer->answer.receipt.position, 5);
    assert_int_equal(answer->answer.receipt.sequence, 2);
    assert_true(answer->answer.receipt.server_time_ms == w.now_ms);
    assert_receipt_signed(&sealed, &answer->answer.receipt);
}

/* The same bytes again, however often and whenever: the first receipt, and nothing is applied twice. */
static void ingest__same_submission_again__first_receipt(void **state)
{
    (void)state;
    struct id id;
    struct builder_submission blocker = seal_member(&w.b, &w.cell_b, &id);
    struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
    size_t entries = model_store_entry_count(w.store);

    model_world_offer(&w, &w.b, &blocker);
    struct model_answer *first = model_world_offer(&w, &w.a, &sealed);
    struct model_answer *in_group = model_world_offer(&w, &w.a, &sealed);
    model_world_settle(&w);
    w.now_ms += 5000;
    struct model_answer *later = offer_and_settle(&w.a, &sealed);

    assert_int_equal(model_store_entry_count(w.store), entries + 2);
    const struct model_answer *repeats[] = {in_group, later};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(repeats[i]->answer.err, ERR_OK);
        assert_int_equal(repeats[i]->answer.receipt.position, first->answer.receipt.position);
        assert_memory_equal(repeats[i]->answer.receipt.signature, first->answer.receipt.signature, 64);
        assert_receipt_signed(&sealed, &repeats[i]->answer.receipt);
    }
}

/* Other bytes under a sequence already used: the device was copied; it is loud and durable, and spoils
 * nothing. */
static void ingest__same_sequence_other_bytes__cloned(void **state)
{
    (void)state;
    struct id id;
    struct builder_device copy = w.a;
    struct builder_submission original = seal_member(&w.a, &w.cell_a, &id);
    struct builder_submission clone = seal_member(&copy, &w.cell_a, &id);
    struct builder_submission next = seal_member(&w.a, &w.cell_a, &id);
    offer_and_settle(&w.a, &original);
    size_t entries = model_store_entry_count(w.store);

    struct model_answer *refused = offer_and_settle(&w.a, &clone);
    struct model_answer *after = offer_and_settle(&w.a, &next);
    struct model_answer *first_again = offer_and_settle(&w.a, &original);

    assert_int_equal(refused->answer.err, ERR_CLONED);
    assert_true(model_store_device(w.store, &w.a.device)->is_quarantined);
    assert_int_equal(after->answer.err, ERR_CLONED);
    assert_int_equal(first_again->answer.err, ERR_OK); /* what was received stays provable */
    assert_int_equal(model_store_entry_count(w.store), entries);
}

/* The next sequence on top of another past is a clone too. */
static void ingest__other_previous_hash__cloned(void **state)
{
    (void)state;
    struct id id;
    w.a.previous.at[0] ^= 1;
    struct builder_submission forked = seal_member(&w.a, &w.cell_a, &id);

    struct model_answer *answer = offer_and_settle(&w.a, &forked);

    assert_int_equal(answer->answer.err, ERR_CLONED);
    assert_true(model_store_device(w.store, &w.a.device)->is_quarantined);
}

/* A gap is no verdict: the client offers again from the last sequence. In one group, order of arrival is
 * mended. */
static void ingest__gap__bad_sequence_until_filled(void **state)
{
    (void)state;
    struct id id;
    struct builder_submission blocker = seal_member(&w.b, &w.cell_b, &id);
    struct builder_submission first = seal_member(&w.a, &w.cell_a, &id);
    struct builder_submission second = seal_member(&w.a, &w.cell_a, &id);
    struct builder_submission third = seal_member(&w.a, &w.cell_a, &id);

    struct model_answer *gap = offer_and_settle(&w.a, &second);
    model_world_offer(&w, &w.b, &blocker);
    struct model_answer *late[] = {model_world_offer(&w, &w.a, &third), model_world_offer(&w, &w.a, &first),
                                   model_world_offer(&w, &w.a, &second)};
    model_world_settle(&w);

    assert_int_equal(gap->answer.err, ERR_BAD_SEQUENCE);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(late[i]->answer.err, ERR_OK);
    }
    assert_true(late[1]->answer.receipt.position < late[2]->answer.receipt.position);
    assert_true(late[2]->answer.receipt.position < late[0]->answer.receipt.position);
}

/* Who may not submit is told so, and it is not journalled. */
static void ingest__device_not_entitled__error(void **state)
{
    (void)state;
    struct id id;
    struct builder_device stranger;
    builder_device_init(&stranger, 99);
    struct builder_submission unknown = seal_member(&stranger, &w.cell_a, &id);
    struct builder_submission viewer = seal_member(&w.a, &w.cell_a, &id);
    model_store_device(w.store, &w.a.device)->role = ROLE_VIEWER;

    assert_int_equal(offer_and_settle(&stranger, &unknown)->answer.err, ERR_UNAUTHORISED);
    assert_int_equal(offer_and_settle(&w.a, &viewer)->answer.err, ERR_FORBIDDEN);
    builder_device_release(&stranger);
}

/* Who may write at all is never stopped by its role: what is not his is journalled and refused; who may only read is
 * refused the submission itself. */
static void ingest__content_by_role__applied_refused_or_forbidden(void **state)
{
    (void)state;
    static const struct {
        enum role role;
        uint16_t content;
        enum err err;
        const char *rule;
    } rows[] = {
        {ROLE_CLERK, ENVELOPE_CONTENT_CHANGES, ERR_OK, ""},
        {ROLE_APPROVER, ENVELOPE_CONTENT_CHANGES, ERR_OK, ""},
        {ROLE_ADMINISTRATOR, ENVELOPE_CONTENT_CHANGES, ERR_OK, ""},
        {ROLE_CLERK, ENVELOPE_CONTENT_APPROVALS, ERR_OK, "ingest.role"},
        {ROLE_ADMINISTRATOR, ENVELOPE_CONTENT_APPROVALS, ERR_OK, "ingest.role"},
        {ROLE_VIEWER, ENVELOPE_CONTENT_CHANGES, ERR_FORBIDDEN, ""},
        {ROLE_VIEWER, ENVELOPE_CONTENT_APPROVALS, ERR_FORBIDDEN, ""},
        {ROLE_AUDITOR, ENVELOPE_CONTENT_CHANGES, ERR_FORBIDDEN, ""},
        {ROLE_AUDITOR, ENVELOPE_CONTENT_ACTS, ERR_FORBIDDEN, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct id id = builder_id(w.next_id++);
        struct builder_change change = {.kind = KIND_MEMBER,
                                        .record = id,
                                        .message =
                                            builder_member(&w.arena, "Nguyễn Văn An", &w.cell_a, NULL)};
        struct bytes item = builder_pack_change(&w.arena, &change);
        struct builder_device before = w.a;
        struct builder_submission sealed =
            builder_seal_content(&w.arena, &w.a, rows[i].content, &item, 1, BUILDER_SOUND);
        model_store_device(w.store, &w.a.device)->role = rows[i].role;

        struct model_answer *answer = offer_and_settle(&w.a, &sealed);

        assert_int_equal(answer->answer.err, rows[i].err);
        if (answer->answer.err == ERR_OK) {
            assert_string_equal(model_answer_verdict(answer, 0).rule, rows[i].rule);
        } else {
            w.a = before; /* its sequence is still free */
        }
    }
}

/* A server that lost entries takes nothing until an operator opens a new epoch. */
static void ingest__rolled_back__takes_nothing(void **state)
{
    (void)state;
    struct id id;
    struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
    model_store_head(w.store)->is_rolled_back = true;

    struct model_answer *answer = offer_and_settle(&w.a, &sealed);

    assert_int_equal(answer->answer.err, ERR_ROLLED_BACK);
    assert_int_equal(model_store_entry_count(w.store), 5);
}

/* An authentic submission nobody can read is journalled as refused, and the device's next one applies. */
static void ingest__unreadable_payload__journalled_and_next_applies(void **state)
{
    (void)state;
    struct id id;
    struct bytes change = bytes_of_text("whatever");
    struct builder_submission bad = builder_seal_bytes(&w.arena, &w.a, &change, 1, BUILDER_PAYLOAD_GARBAGE);
    struct builder_submission counted = builder_seal_bytes(&w.arena, &w.a, &change, 1, BUILDER_LENGTH_FALSE);
    struct builder_submission next = seal_member(&w.a, &w.cell_a, &id);

    struct model_answer *unreadable = offer_and_settle(&w.a, &bad);
    struct model_answer *with_count = offer_and_settle(&w.a, &counted);
    struct model_answer *applied = offer_and_settle(&w.a, &next);

    assert_true(unreadable->answer.receipt.is_unreadable);
    assert_int_equal(unreadable->answer.receipt.change_count, 0);
    assert_receipt_signed(&bad, &unreadable->answer.receipt);
    assert_string_equal(model_answer_verdict(with_count, 0).rule, "ingest.unreadable");
    assert_int_equal(model_answer_verdict(applied, 0).code, VERDICT_APPLIED);
}

/* What a later version may send is journalled as what it is, refused until then. */
static void ingest__unknown_content__journalled_under_its_kind(void **state)
{
    (void)state;
    struct id id;
    struct bytes change = bytes_of_text("whatever");
    struct builder_submission later = builder_seal_bytes(&w.arena, &w.a, &change, 1, BUILDER_CONTENT_UNKNOWN);
    struct builder_submission next = seal_member(&w.a, &w.cell_a, &id);

    struct model_answer *unreadable = offer_and_settle(&w.a, &later);
    offer_and_settle(&w.a, &next);

    size_t entries = model_store_entry_count(w.store);
    assert_true(unreadable->answer.receipt.is_unreadable);
    assert_int_equal(model_store_entry(w.store, entries - 2)->content, 999);
    assert_int_equal(model_store_entry(w.store, entries - 1)->content, ENVELOPE_CONTENT_CHANGES);
}

/* Server time never runs backwards, whatever the clock does. */
static void ingest__clock_set_back__time_stands(void **state)
{
    (void)state;
    struct id id;
    struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
    int64_t newest = model_store_head(w.store)->server_time_ms;
    w.now_ms -= 3600000;

    struct model_answer *answer = offer_and_settle(&w.a, &sealed);

    assert_true(answer->answer.receipt.server_time_ms == newest);
}

/* What came while one group commits goes into the next, together. */
static void ingest__many_wait__one_commit(void **state)
{
    (void)state;
    struct id id;
    size_t commits = model_store_commits(w.store);
    struct model_answer *answers[20];
    for (size_t i = 0; i < 20; i++) {
        struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
        answers[i] = model_world_offer(&w, &w.a, &sealed);
    }

    model_world_settle(&w);

    assert_int_equal(model_store_commits(w.store) - commits, 2);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(answers[i]->answer_count, 1);
        assert_int_equal(answers[i]->answer.err, ERR_OK);
    }
}

/* A commit whose result is lost is looked up, never sent again blindly: applied once, whether it happened or
 * not. */
static void ingest__commit_unknown__applied_once(void **state)
{
    (void)state;
    for (int is_stored = 0; is_stored < 2; is_stored++) {
        struct id id;
        struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
        size_t entries = model_store_entry_count(w.store);
        model_store_lose_commit(w.store, 1, is_stored != 0);

        struct model_answer *answer = offer_and_settle(&w.a, &sealed);

        assert_int_equal(answer->answer.err, ERR_OK);
        assert_receipt_signed(&sealed, &answer->answer.receipt);
        assert_int_equal(model_store_entry_count(w.store), entries + 1);
        assert_non_null(model_store_current(w.store, KIND_MEMBER, &id));
    }
}

/* The database away for a moment: back-off and the receipt, never a verdict. */
static void ingest__database_fails__retried(void **state)
{
    (void)state;
    static const enum model_call calls[] = {MODEL_OPEN, MODEL_COMMIT};
    for (size_t i = 0; i < 2; i++) {
        struct id id;
        struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
        int64_t before_ms = w.now_ms;
        model_store_fail(w.store, calls[i], 1, ERR_DATABASE);

        struct model_answer *answer = offer_and_settle(&w.a, &sealed);

        assert_int_equal(answer->answer.err, ERR_OK);
        assert_true(w.now_ms - before_ms >= INGEST_RETRY_MS_MIN);
    }
}

/* Who reads the log finds when an outage began and when it ended, not a line for every try. */
static void ingest__database_fails_often__two_lines(void **state)
{
    (void)state;
    enum { TRIES = 4, OUTAGES = 2 };
    for (unsigned outage = 1; outage <= OUTAGES; outage++) {
        struct id id;
        struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
        struct model_answer *answer = model_world_offer(&w, &w.a, &sealed);
        for (unsigned i = 0; i < TRIES; i++) {
            model_store_fail(w.store, MODEL_COMMIT, 1, ERR_DATABASE);
            model_store_run(w.store);
            assert_int_equal(logged.failures, outage);
            assert_int_equal(logged.recoveries, outage - 1);
            fire_timer();
        }

        model_world_settle(&w);

        assert_int_equal(answer->answer.err, ERR_OK);
        assert_int_equal(logged.failures, outage);
        assert_int_equal(logged.recoveries, outage);
        assert_non_null(strstr(logged.recovery, "failed_attempts=4 after_ms="));
    }
}

/* The database away for long: the asker gets an error it may retry, and the truth about what is not known. */
static void ingest__database_stays_away__error_in_the_end(void **state)
{
    (void)state;
    struct id id;
    struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
    struct model_answer *answer = model_world_offer(&w, &w.a, &sealed);
    int64_t start_ms = w.now_ms;
    model_store_lose_commit(w.store, 1, false);
    model_store_step(w.store); /* opened */
    model_store_step(w.store); /* commit lost */

    while (answer->answer_count == 0 && w.now_ms - start_ms < 10 * INGEST_WAIT_MS_MAX) {
        model_store_fail(w.store, MODEL_OPEN, 1, ERR_DATABASE);
        fire_timer();
        model_store_run(w.store);
    }

    assert_int_equal(answer->answer_count, 1);
    assert_int_equal(answer->answer.err, ERR_UNKNOWN_COMMIT);
    assert_true(w.now_ms - start_ms <= INGEST_WAIT_MS_MAX + 2 * INGEST_RETRY_MS_MAX);
}

/* One submission the database chokes on is found out alone, refused under an incident number, and holds up
 * nobody. */
static void ingest__database_refuses_data__incident_for_one(void **state)
{
    (void)state;
    struct id id;
    struct id poison;
    struct builder_submission blocker = seal_member(&w.b, &w.cell_b, &id);
    struct builder_submission bad = seal_member(&w.a, &w.cell_a, &poison);
    struct builder_submission next = seal_member(&w.a, &w.cell_a, &id);
    struct builder_submission good = seal_member(&w.b, &w.cell_b, &id);
    model_store_refuse_record(w.store, &poison);

    model_world_offer(&w, &w.b, &blocker);
    struct model_answer *refused = model_world_offer(&w, &w.a, &bad);
    struct model_answer *same_device = model_world_offer(&w, &w.a, &next);
    struct model_answer *other_device = model_world_offer(&w, &w.b, &good);
    model_world_settle(&w);
    struct model_answer *again = offer_and_settle(&w.a, &bad);

    char incident[INGEST_INCIDENT_BYTES];
    hex_encode(bytes_of(bad.envelope_hash.at, 8), incident);
    assert_string_equal(model_answer_verdict(refused, 0).rule, "ingest.incident");
    assert_string_equal(refused->answer.incident, incident);
    assert_string_equal(again->answer.incident, incident);
    assert_receipt_signed(&bad, &refused->answer.receipt);
    assert_int_equal(model_answer_verdict(same_device, 0).code, VERDICT_APPLIED);
    assert_int_equal(model_answer_verdict(other_device, 0).code, VERDICT_APPLIED);
    assert_null(model_store_current(w.store, KIND_MEMBER, &poison));
}

/* Data that the database cannot even read facts about is found out alone in the same way; refused, it asks for no facts
 * again, not when it is offered again either. */
static void ingest__database_refuses_facts__incident_for_one(void **state)
{
    (void)state;
    struct id id;
    struct id poison;
    struct builder_submission blocker = seal_member(&w.b, &w.cell_b, &id);
    struct builder_submission bad = seal_member(&w.a, &w.cell_a, &poison);
    struct builder_submission next = seal_member(&w.a, &w.cell_a, &id);
    struct builder_submission good = seal_member(&w.b, &w.cell_b, &id);
    model_store_refuse_facts(w.store, &poison);

    model_world_offer(&w, &w.b, &blocker);
    struct model_answer *refused = model_world_offer(&w, &w.a, &bad);
    struct model_answer *same_device = model_world_offer(&w, &w.a, &next);
    struct model_answer *other_device = model_world_offer(&w, &w.b, &good);
    model_world_settle(&w);
    int64_t then_ms = w.now_ms;
    struct model_answer *again = offer_and_settle(&w.a, &bad);

    assert_int_equal(refused->answer.err, ERR_OK);
    assert_string_equal(model_answer_verdict(refused, 0).rule, "ingest.incident");
    assert_receipt_signed(&bad, &refused->answer.receipt);
    assert_int_equal(model_answer_verdict(same_device, 0).code, VERDICT_APPLIED);
    assert_int_equal(model_answer_verdict(other_device, 0).code, VERDICT_APPLIED);
    assert_int_equal(again->answer.receipt.position, refused->answer.receipt.position);
    assert_true(w.now_ms == then_ms); /* no group failed over it */
}

/* A group too big for memory would fail in the same way for ever: its members are tried one by one. */
static void ingest__group_too_big__tried_one_by_one(void **state)
{
    (void)state;
    struct id id;
    struct builder_submission blocker = seal_member(&w.b, &w.cell_b, &id);
    struct builder_submission one = seal_member(&w.a, &w.cell_a, &id);
    struct builder_submission two = seal_member(&w.b, &w.cell_b, &id);
    size_t commits = model_store_commits(w.store);
    model_store_fail(w.store, MODEL_OPEN, 2, ERR_TOO_BIG);

    model_world_offer(&w, &w.b, &blocker);
    struct model_answer *first = model_world_offer(&w, &w.a, &one);
    struct model_answer *second = model_world_offer(&w, &w.b, &two);
    model_world_settle(&w);

    assert_int_equal(model_answer_verdict(first, 0).code, VERDICT_APPLIED);
    assert_int_equal(model_answer_verdict(second, 0).code, VERDICT_APPLIED);
    assert_int_equal(model_store_commits(w.store), commits + 3);
}

/* Not even the refusal can be stored: an error for that one, and the others go on. */
static void ingest__refusal_refused_too__internal_error(void **state)
{
    (void)state;
    struct id id;
    struct builder_submission bad = seal_member(&w.a, &w.cell_a, &id);
    struct builder_submission good = seal_member(&w.b, &w.cell_b, &id);
    model_store_refuse_envelope(w.store, &bad.envelope_hash);

    struct model_answer *failed = model_world_offer(&w, &w.a, &bad);
    struct model_answer *applied = model_world_offer(&w, &w.b, &good);
    model_world_settle(&w);

    assert_int_equal(failed->answer.err, ERR_INTERNAL);
    assert_int_equal(model_answer_verdict(applied, 0).code, VERDICT_APPLIED);
}

/* The bodies of a conflict are a help, not a condition of the receipt. */
static void ingest__bodies_not_found__receipt_without(void **state)
{
    (void)state;
    struct id id = builder_id(w.next_id++);
    void *member = builder_member(&w.arena, "Nguyễn Văn An", &w.cell_a, NULL);
    model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL, member);
    model_store_fail(w.store, MODEL_FIND_BODIES, 1, ERR_BUSY);

    struct model_answer *answer = model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL, member);

    assert_int_equal(model_answer_verdict(answer, 0).code, VERDICT_CONFLICT);
    assert_null(answer->answer.receipt.verdicts[0].current_body.at);
}

/* The database away for a moment: the mark is tried again before anybody is answered. Away for longer: the device is found
 * again when it submits the same sequence once more. */
static void ingest__quarantine_fails__tried_again(void **state)
{
    (void)state;
    struct id id;
    struct builder_device copies[] = {w.a, w.b};
    struct builder_submission of_a = seal_member(&w.a, &w.cell_a, &id);
    struct builder_submission of_b = seal_member(&w.b, &w.cell_b, &id);
    struct builder_submission clone_of_a = seal_member(&copies[0], &w.cell_a, &id);
    struct builder_submission clone_of_b = seal_member(&copies[1], &w.cell_b, &id);
    offer_and_settle(&w.a, &of_a);
    offer_and_settle(&w.b, &of_b);

    model_store_fail(w.store, MODEL_QUARANTINE, 1, ERR_DATABASE);
    assert_int_equal(offer_and_settle(&w.a, &clone_of_a)->answer.err, ERR_CLONED);
    assert_true(model_store_device(w.store, &w.a.device)->is_quarantined);

    struct model_answer *answer = model_world_offer(&w, &w.b, &clone_of_b);
    for (unsigned i = 0; i < INGEST_QUARANTINE_ATTEMPTS_MAX; i++) {
        model_store_fail(w.store, MODEL_QUARANTINE, 1, ERR_DATABASE);
        assert_int_equal(answer->answer_count, 0);
        model_store_run(w.store);
        if (w.on_timer != NULL) {
            void (*on_timer)(void *target) = w.on_timer;
            w.on_timer = NULL;
            w.now_ms = w.timer_at_ms;
            on_timer(w.timer_target);
        }
    }
    model_world_settle(&w);
    assert_int_equal(answer->answer.err, ERR_CLONED);
    assert_false(model_store_device(w.store, &w.b.device)->is_quarantined);
    assert_int_equal(offer_and_settle(&w.b, &clone_of_b)->answer.err, ERR_CLONED);
    assert_true(model_store_device(w.store, &w.b.device)->is_quarantined);
}

/* The queue has a limit, and says so at once. */
static void ingest__queue_full__busy(void **state)
{
    (void)state;
    struct id id;
    struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
    struct model_answer *last = NULL;
    for (size_t i = 0; i < INGEST_QUEUE_SUBMISSIONS_MAX; i++) {
        last = model_world_offer(&w, &w.a, &sealed);
    }

    struct model_answer *busy = model_world_offer(&w, &w.a, &sealed);
    model_world_settle(&w);

    assert_int_equal(last->answer.err, ERR_OK);
    assert_int_equal(last->answer_count, 1);
    assert_int_equal(busy->refused_early, ERR_BUSY);
    assert_int_equal(busy->answer_count, 0);
}

static void never(void *context, const struct ingest_answer *answer)
{
    (void)context;
    (void)answer;
    fail_msg("the asker was gone");
}

/* A session that ends takes its callback with it; the submission goes on and is found when it is offered
 * again. */
static void ingest_detach__asker_gone__journalled_silently(void **state)
{
    (void)state;
    struct id id;
    struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
    for (int is_under_way = 0; is_under_way < 2; is_under_way++) {
        struct submission *prepared = NULL;
        assert_int_equal(submission_prepare(sealed.envelope, sealed.signature, sealed.payload_zstd,
                                            &w.a.device, w.a.verify, builder_date("2023-11-15"), &prepared),
                         ERR_OK);
        assert_int_equal(ingest_submit(w.ingest, prepared, never, &sealed), ERR_OK);
        if (is_under_way) {
            model_store_step(w.store);
        }
        ingest_detach(w.ingest, &sealed);
        model_world_settle(&w);
    }

    assert_non_null(model_store_current(w.store, KIND_MEMBER, &id));
    assert_int_equal(offer_and_settle(&w.a, &sealed)->answer.err, ERR_OK);
}

static void count_idle(void *context)
{
    (*(int *)context)++;
}

/* Draining finishes what waits, takes nothing new, and reports once. */
static void ingest_drain__work_waits__finished_then_idle(void **state)
{
    (void)state;
    struct id id;
    int idle_count = 0;
    struct builder_submission first = seal_member(&w.a, &w.cell_a, &id);
    struct builder_submission second = seal_member(&w.a, &w.cell_a, &id);
    struct builder_submission third = seal_member(&w.a, &w.cell_a, &id);
    struct model_answer *one = model_world_offer(&w, &w.a, &first);
    struct model_answer *two = model_world_offer(&w, &w.a, &second);

    ingest_drain(w.ingest, count_idle, &idle_count);
    struct model_answer *late = model_world_offer(&w, &w.a, &third);
    int idle_at_once = idle_count;
    model_world_settle(&w);

    assert_int_equal(idle_at_once, 0);
    assert_int_equal(idle_count, 1);
    assert_int_equal(one->answer.err, ERR_OK);
    assert_int_equal(two->answer.err, ERR_OK);
    assert_int_equal(late->refused_early, ERR_SHUTTING_DOWN);
}

/* With nothing to do it reports too, but not inside the call. */
static void ingest_drain__idle__reported_later(void **state)
{
    (void)state;
    int idle_count = 0;

    ingest_drain(w.ingest, count_idle, &idle_count);

    assert_int_equal(idle_count, 0);
    model_world_settle(&w);
    assert_int_equal(idle_count, 1);
}

/* A database that is away does not hold up the stop. */
static void ingest_drain__database_away__answered_not_retried(void **state)
{
    (void)state;
    struct id id;
    int idle_count = 0;
    struct builder_submission sealed = seal_member(&w.a, &w.cell_a, &id);
    struct model_answer *answer = model_world_offer(&w, &w.a, &sealed);
    model_store_fail(w.store, MODEL_OPEN, 1, ERR_DATABASE);

    ingest_drain(w.ingest, count_idle, &idle_count);
    model_world_settle(&w);

    assert_int_equal(answer->answer.err, ERR_SHUTTING_DOWN);
    assert_int_equal(idle_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ingest__journalled__receipt_verifies),
        TEST(ingest__same_submission_again__first_receipt),
        TEST(ingest__same_sequence_other_bytes__cloned),
        TEST(ingest__other_previous_hash__cloned),
        TEST(ingest__gap__bad_sequence_until_filled),
        TEST(ingest__content_by_role__applied_refused_or_forbidden),
        TEST(ingest__device_not_entitled__error),
        TEST(ingest__rolled_back__takes_nothing),
        TEST(ingest__unreadable_payload__journalled_and_next_applies),
        TEST(ingest__unknown_content__journalled_under_its_kind),
        TEST(ingest__clock_set_back__time_stands),
        TEST(ingest__many_wait__one_commit),
        TEST(ingest__commit_unknown__applied_once),
        TEST(ingest__database_fails__retried),
        TEST(ingest__database_fails_often__two_lines),
        TEST(ingest__database_stays_away__error_in_the_end),
        TEST(ingest__database_refuses_data__incident_for_one),
        TEST(ingest__database_refuses_facts__incident_for_one),
        TEST(ingest__group_too_big__tried_one_by_one),
        TEST(ingest__refusal_refused_too__internal_error),
        TEST(ingest__bodies_not_found__receipt_without),
        TEST(ingest__quarantine_fails__tried_again),
        TEST(ingest__queue_full__busy),
        TEST(ingest_detach__asker_gone__journalled_silently),
        TEST(ingest_drain__work_waits__finished_then_idle),
        TEST(ingest_drain__idle__reported_later),
        TEST(ingest_drain__database_away__answered_not_retried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
