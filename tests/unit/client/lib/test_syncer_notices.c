/* What the province forgot is blanked here before anything is offered; only what the journal proves is believed. */
#include "tests/unit/client/lib/syncer_fixture.h"

#include "client/lib/store_erase.h"
#include "common/wire/envelope.h"
#include "common/wire/payload.h"
#include "proto/records.pb-c.h"

enum { PERSONS = 3 };

static struct id persons[PERSONS];

static int setup_persons(void **state)
{
    struct id branch = client_id(1);
    int result = setup(state);
    for (size_t i = 0; i < PERSONS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "Cao Thị Sơn Ca %zu", i);
        persons[i] = client_put(&world, KIND_MEMBER, NULL, client_member(&world, name, "007", &branch));
    }
    client_put_members(&world, 1, &branch);
    (void)client_seal(&world);
    return result;
}

static ProtobufCBinaryData data_of(const void *at, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)at};
}

/* The act as the log would journal it: sex stays. signer NULL: the log. */
static void journal_erasure(const struct id *record, const struct signing_key *signer)
{
    uint8_t name[ID_BYTES] = {7};
    char sex[] = "female";
    char decision[] = "12-QĐ/TU";
    Dantin__Member left = DANTIN__MEMBER__INIT;
    Dantin__ErasedVersion applied = DANTIN__ERASED_VERSION__INIT;
    Dantin__ErasedVersion refused = DANTIN__ERASED_VERSION__INIT;
    Dantin__ErasedVersion *versions[] = {&applied, &refused};
    Dantin__ActErasure erasure = DANTIN__ACT_ERASURE__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    left.sex = sex;
    struct bytes body = client_packed(&world, &left);
    applied.has_version = applied.has_body = refused.has_version = true;
    applied.version = refused.version = data_of(name, sizeof name);
    applied.body = data_of(body.at, body.len);
    erasure.has_kind = erasure.has_record = true;
    erasure.kind = KIND_MEMBER;
    erasure.record = data_of(record->at, ID_BYTES);
    erasure.decision = decision;
    erasure.n_version = 2;
    erasure.version = versions;
    act.erasure = &erasure;
    if (signer == NULL) {
        (void)log_append_act(&world.log, &act);
    } else {
        (void)log_append_item(&world.log, &world.log.device, signer, ENVELOPE_CONTENT_ACTS, 1,
                              client_packed(&world, &act));
    }
    server.head = world.log.size;
}

static bool is_blank(const struct id *record)
{
    struct store_record found = client_get(&world, KIND_MEMBER, record);
    Dantin__Member *member = NULL;
    assert_int_equal(message_unpack(&dantin__member__descriptor, found.body, false, &world.arena, &member),
                     ERR_OK);
    if (member->name != NULL) {
        return false;
    }
    assert_string_equal(member->sex, "female"); /* what counts use stays */
    return true;
}

static size_t blank_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < PERSONS; i++) {
        count += is_blank(&persons[i]);
    }
    return count;
}

static void count_one(void *context, const struct store_erasure *erasure)
{
    (void)erasure;
    *(size_t *)context += 1;
}

static size_t untold(void)
{
    size_t count = 0;
    assert_int_equal(store_erasure_each_untold(world.store, count_one, &count), ERR_OK);
    return count;
}

/* Changes of a sealed submission that are hashes alone. */
static size_t erased_in(uint64_t sequence)
{
    struct store_sealed sealed = {0};
    struct payload payload = {0};
    size_t count = 0;
    assert_int_equal(store_sealed_get(world.store, sequence, &world.arena, &sealed), ERR_OK);
    assert_int_equal(payload_decode(sealed.payload_zstd, &world.arena, &payload), ERR_OK);
    for (size_t i = 0; i < payload.change_count; i++) {
        count += payload.changes[i].at == NULL;
    }
    return count;
}

/* One person of a submission that was received, and of one that is about to be sent: both are blank before a byte of it leaves. */
static void notices__person_in_the_outbox__blanked_before_it_is_offered(void **state)
{
    (void)state;
    struct id branch = client_id(1);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(server.notices_asked, 0); /* the journal was empty: nothing to ask */
    (void)client_put(&world, KIND_MEMBER, &persons[0], client_member(&world, "Cao Thị Mới", "008", &branch));
    client_put_members(&world, 1, &branch);
    (void)client_seal(&world);
    journal_erasure(&persons[0], NULL);

    assert_int_equal(run(NO_CUT), SYNCER_DONE); /* the fixture: offered after NOTICES */

    assert_int_equal(server.notices_asked, 1);
    assert_int_equal(server.offered_count, 1);
    assert_true(is_blank(&persons[0]) && !is_blank(&persons[1]));
    assert_int_equal(erased_in(1), 1);
    assert_int_equal(erased_in(2), 1);
    assert_int_equal(untold(), 1);
    assert_int_equal(counts().sealed_waiting, 0);
    assert_int_equal(counts().alarms, 0);
}

/* A client that was away for months is told in parts, and asks until all is told. */
static void notices__many__asked_until_all_are_told(void **state)
{
    (void)state;
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    for (size_t i = 0; i < PERSONS; i++) {
        journal_erasure(&persons[i], NULL);
    }
    server.notices_max = 1;

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(server.notices_asked, PERSONS);
    assert_int_equal(blank_count(), PERSONS);
    assert_int_equal(erased_in(1), PERSONS);
    server.notices_asked = 0;
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(server.notices_asked, 0); /* nothing is new */
}

/* The line is cut after every frame: what was told stays, the rest comes at the next session, and nothing is shown twice. */
static void notices__cut_after_every_frame__goes_on(void **state)
{
    for (int cut = 1; cut < 12; cut++) {
        (void)teardown(state);
        (void)setup_persons(state);
        assert_int_equal(run(NO_CUT), SYNCER_DONE);
        for (size_t i = 0; i < PERSONS; i++) {
            journal_erasure(&persons[i], NULL);
        }
        server.notices_max = 1;
        (void)run(cut);
        size_t before = blank_count();
        assert_int_equal(untold(), before);

        client_world_reopen(&world);
        assert_int_equal(run(NO_CUT), SYNCER_DONE);

        assert_int_equal(blank_count(), PERSONS);
        assert_int_equal(untold(), PERSONS);
    }
}

/* An act that is not in the tree as told, or that another key than the log's signed, blanks nothing; nothing is offered, an alarm stays. */
static void notices__false_act__alarm_and_nothing_blanked(void **state)
{
    for (int i = 0; i < 2; i++) {
        (void)teardown(state);
        (void)setup_persons(state);
        assert_int_equal(run(NO_CUT), SYNCER_DONE);
        journal_erasure(&persons[0], i == 0 ? NULL : world.device_key);
        server.notices_false = i == 0;
        seal_submissions(1);

        assert_int_equal(run(NO_CUT), SYNCER_FAILED);

        assert_int_equal(session.syncer.failure.code, ERR_FORKED);
        assert_int_equal(counts().alarms, 1);
        assert_int_equal(server.offered_count, 0);
        assert_int_equal(blank_count(), 0);
        assert_int_equal(erased_in(1), 0);
    }
}

/* A PC enrolled after a change of the log's key is told what its committee held before: under a key it never saw, about nothing it holds. */
static void notices__key_before_ours_nothing_held__no_alarm(void **state)
{
    (void)state;
    struct signing_key *key_before = NULL;
    struct id unknown = client_id(99);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(signing_key_generate(&key_before), ERR_OK);
    journal_erasure(&unknown, key_before);
    journal_erasure(&persons[0], NULL);

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(counts().alarms, 0);
    assert_int_equal(blank_count(), 1);
    signing_key_free(key_before);
}

/* A server that knows no NOTICES still takes submissions; one that is busy is asked again later. */
static void notices__answered_with_an_error__offered_or_put_off(void **state)
{
    (void)state;
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    seal_submissions(1);
    server.notices_error = ERR_BUSY;
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_true(session.syncer.failure.may_retry);
    assert_int_equal(server.offered_count, 0);

    server.notices_error = ERR_UNSUPPORTED;
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(server.offered_count, 1);
}

/* In a new epoch the same decision stands elsewhere: asked from the beginning, carried out once. */
static void notices__new_epoch__told_again_done_once(void **state)
{
    (void)state;
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    journal_erasure(&persons[0], NULL);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(untold(), 1);

    world.log.size = 1; /* the backup has the submission, not the erasure */
    server.epoch = (struct id){{0xe2}};
    (void)log_append_epoch(&world.log, &server.epoch);
    journal_erasure(&persons[0], NULL);
    journal_erasure(&persons[1], NULL);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(untold(), 2);
    assert_int_equal(blank_count(), 2);
    assert_int_equal(counts().alarms, 0);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_persons, teardown)
    const struct CMUnitTest tests[] = {
        TEST(notices__person_in_the_outbox__blanked_before_it_is_offered),
        TEST(notices__many__asked_until_all_are_told),
        TEST(notices__cut_after_every_frame__goes_on),
        TEST(notices__false_act__alarm_and_nothing_blanked),
        TEST(notices__key_before_ours_nothing_held__no_alarm),
        TEST(notices__answered_with_an_error__offered_or_put_off),
        TEST(notices__new_epoch__told_again_done_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
