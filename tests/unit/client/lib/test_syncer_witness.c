/* The session as a witness: what it demands, keeps, cosigns and counts; and what makes it raise the alarm. */
#include "tests/unit/client/lib/syncer_fixture.h"

#include "client/lib/platform.h"
#include "client/lib/store_notice.h"
#include "common/wire/message.h"

static struct log_world fork;

static int setup_fork(void **state)
{
    memset(&fork, 0, sizeof fork);
    return setup(state);
}

static int teardown_fork(void **state)
{
    log_close(&fork);
    return teardown(state);
}

static struct store_checkpoint newest(void)
{
    struct store_checkpoint checkpoint = {0};
    assert_int_equal(store_checkpoint_newest(world.store, &world.arena, &checkpoint), ERR_OK);
    return checkpoint;
}

static uint64_t open_alarms(void)
{
    uint64_t count = 0;
    assert_int_equal(store_alarm_open(world.store, &count), ERR_OK);
    return count;
}

static bool has_file(const char *name)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    assert_int_equal(platform_path_join(world.folder, name, path, sizeof path), ERR_OK);
    return platform_file_exists(path);
}

/* The journal shown from now on parts from the one known after `size` entries and goes on to `grown`. */
static void show_fork(uint64_t size, uint64_t grown)
{
    log_fork(&fork, &world.log, size);
    while (fork.size < grown) {
        (void)log_append(&fork, 1000 + fork.size);
    }
    server.log = &fork;
}

/* Everything that came in a session ends as one proved journal, and its newest tree is cosigned: own entries included. */
static void submit__many_groups__all_proved_newest_cosigned_once(void **state)
{
    (void)state;
    seal_submissions(10);

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(newest().size, 10);
    for (uint64_t size = 1; size <= 10; size++) {
        struct store_checkpoint checkpoint = {0};
        assert_int_equal(store_checkpoint_get(world.store, &server.epoch, size, &world.arena, &checkpoint),
                         ERR_OK);
        assert_int_equal(checkpoint.standing, STORE_CHECKPOINT_PROVED);
    }
    assert_int_equal(server.cosigned_count, 1);
    assert_int_equal(server.cosigned[0], 10);
    assert_int_equal(run(NO_CUT), SYNCER_DONE); /* nothing new: nothing is signed again */
    assert_int_equal(server.cosigned_count, 1);
    assert_int_equal(open_alarms(), 0);
}

/* A server whose receipts and WELCOME tell of two journals is found out in the same session. */
static void submit__receipts_not_proved_to_be_one_journal__alarm(void **state)
{
    (void)state;
    seal_submissions(2);
    server.proves_nothing = true;

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_FORKED);
    assert_int_equal(open_alarms(), 1);
    assert_int_equal(counts().receipts, 2); /* received they are */
    assert_int_equal(server.cosigned_count, 0);
}

/* The other fork, longer than ours: nothing is offered, the sizes are named, both notes are kept as files and in the store, and nothing
 * is offered even to a server that behaves, until a person has acknowledged. */
static void welcome__other_fork__alarm_until_acknowledged(void **state)
{
    (void)state;
    seal_submissions(6);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    show_fork(4, 9);
    seal_submissions(1);

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_FORKED);
    assert_non_null(strstr(session.syncer.failure.text, "6 entries"));
    assert_non_null(strstr(session.syncer.failure.text, "shows 9"));
    assert_int_equal(server.offered_count, 0);
    assert_int_equal(open_alarms(), 1);
    assert_true(has_file("alarm-1-held.note"));
    assert_true(has_file("alarm-1-shown.note"));
    assert_int_equal(newest().size, 6);
    assert_int_equal(run(NO_CUT), SYNCER_FAILED); /* again: still one alarm */
    assert_int_equal(open_alarms(), 1);

    server.log = NULL;
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_int_equal(server.offered_count, 0);
    assert_int_equal(store_begin(world.store), ERR_OK);
    assert_int_equal(store_alarm_acknowledge(world.store, 1), ERR_OK);
    assert_int_equal(store_commit(world.store), ERR_OK);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(counts().sealed_waiting, 0);
}

/* Up to where the forks part both are one: only what was seen can contradict. */
static void welcome__fork_beyond_what_was_seen__believed(void **state)
{
    (void)state;
    seal_submissions(6);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    show_fork(6, 9);

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(open_alarms(), 0);
    assert_int_equal(newest().size, 9);
}

/* A receipt of another journal, and then no answer any more, so that nothing is proved; at the next connection the server goes on from that
 * receipt as if nothing had been before it. What was proved before binds it still, also when its newest tree is the receipt's own. */
static void welcome__goes_on_from_an_unproved_receipt__still_proved_from_what_was(void **state)
{
    (void)state;
    for (uint64_t more = 0; more < 2; more++) {
        teardown_fork(NULL);
        setup_fork(NULL);
        seal_submissions(6);
        assert_int_equal(run(NO_CUT), SYNCER_DONE);
        log_fork(&fork, &world.log, 6); /* shown once more */
        server.log = &fork;
        world.log.size = 4; /* and receipts are given from another one */
        while (world.log.size < 6) {
            (void)log_append(&world.log, 1000 + world.log.size);
        }
        seal_submissions(1);
        (void)run(6); /* HELLO, WELCOME, NOTICES, NOTICED, SUBMIT, RECEIPT */
        assert_int_equal(newest().size, 7);
        assert_int_equal(newest().standing, STORE_CHECKPOINT_UNPROVED);
        server.log = NULL;
        server.head += more;

        assert_int_equal(run(NO_CUT), SYNCER_FAILED);

        assert_int_equal(session.syncer.failure.code, ERR_FORKED);
        assert_int_equal(open_alarms(), 1);
        assert_int_equal(server.cosigned_count, 1); /* the one of before */
    }
}

/* Receipts stay the log's word until their trees are proved to be parts of one: a server that has no time for that lets the session fail, to
 * be tried again, and never has them shown as sealed. */
static void submit__proofs_put_off__fails_and_nothing_counts_as_sealed(void **state)
{
    (void)state;
    struct signing_key *key = NULL;
    struct id sender = client_id(9);
    assert_int_equal(signing_key_generate(&key), ERR_OK);
    (void)log_append_device(&world.log, key, &sender);
    server.head = 1;
    server.cosigners[0] = key;
    server.cosigner_count = 1;
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    seal_submissions(2);
    server.is_busy_proving = true;
    assert_int_equal(run(NO_CUT), SYNCER_FAILED);
    assert_int_equal(session.syncer.failure.code, ERR_BUSY);
    assert_true(session.syncer.failure.may_retry);
    assert_int_equal(counts().receipts, 2);
    assert_int_equal(counts().receipts_sealed, 0);
    assert_int_equal(open_alarms(), 0);
    assert_int_equal(server.cosigned_count, 1); /* the one of before */

    server.is_busy_proving = false;
    server.sealed_size = 3;
    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(counts().receipts_sealed, 2);
    signing_key_free(key);
}

/* Below a sealed checkpoint, but of a tree that nobody proved: the receipt is not sealed. */
static void counts__sealed_over_an_unproved_receipt__not_sealed(void **state)
{
    (void)state;
    seal_submissions(1);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    seal_submissions(1);
    (void)run(6); /* HELLO, WELCOME, NOTICES, NOTICED, SUBMIT, RECEIPT */
    struct store_checkpoint sealed = {.epoch = server.epoch,
                                      .size = 9,
                                      .note = log_note(&world.log, 1),
                                      .standing = STORE_CHECKPOINT_PROVED};
    assert_int_equal(store_checkpoint_put(world.store, &sealed), ERR_OK);
    assert_int_equal(store_checkpoint_seal(world.store, &sealed.epoch, 9, sealed.note), ERR_OK);

    assert_int_equal(counts().receipts, 2);
    assert_int_equal(counts().receipts_sealed, 1);
    sealed.size = 2;
    assert_int_equal(store_checkpoint_put(world.store, &sealed), ERR_OK);
    assert_int_equal(counts().receipts_sealed, 2);
}

/* Who says that everything to the end of time is told would never have to tell of another device. */
static void seal__told_beyond_the_tree__alarm_and_asked_again(void **state)
{
    (void)state;
    struct bytes after = {0};
    seal_submissions(1);
    server.tells_too_far = true;

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(open_alarms(), 1);
    assert_int_equal(store_setting_get(world.store, SETTING_WITNESS_AFTER, &world.arena, &after),
                     ERR_NOT_FOUND);
}

/* Of one size and root there is one text: what is said to be sealed must be word for word what is held. */
static void seal__other_text_than_the_one_held__alarm(void **state)
{
    (void)state;
    seal_submissions(2);
    server.sealed_size = 2;
    server.seals_other_text = true;

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_FORKED);
    assert_int_equal(open_alarms(), 1);
}

/* A new epoch is followed by its act: what was kept stays proved, what was not is void, and the person is told how many. */
static uint64_t told_left_behind;
static void on_new_epoch(void *context, uint64_t left_behind)
{
    (void)context;
    told_left_behind = left_behind;
}

static void welcome__new_epoch__left_behind_and_told(void **state)
{
    (void)state;
    static const struct id second = {{0xe2}};
    struct store_checkpoint checkpoint = {0};
    struct store_sealed third = {0};
    struct id first = server.epoch;
    seal_submissions(6);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(store_sealed_get(world.store, 3, &world.arena, &third), ERR_OK);
    world.log.size = 3;
    (void)log_append_epoch(&world.log, &second);
    server.epoch = second;
    server.head = 4;
    server.last_sequence = 3;
    server.last_hash = third.envelope_hash;
    memset(&server.positions[4], 0, 3 * sizeof server.positions[0]);
    told_left_behind = 0;
    new_epoch_hook = on_new_epoch;

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    new_epoch_hook = NULL;
    assert_int_equal(told_left_behind, 3);
    assert_int_equal(store_checkpoint_get(world.store, &first, 3, &world.arena, &checkpoint), ERR_OK);
    assert_int_equal(checkpoint.standing, STORE_CHECKPOINT_PROVED);
    assert_int_equal(store_checkpoint_get(world.store, &first, 6, &world.arena, &checkpoint), ERR_OK);
    assert_int_equal(checkpoint.standing, STORE_CHECKPOINT_LEFT_BEHIND);
    assert_int_equal(newest().size, 7);
    checkpoint = newest();
    assert_true(id_equal(&checkpoint.epoch, &second));
    assert_int_equal(open_alarms(), 0);
}

/* An epoch whose branch is another journal than ours below it. */
static void welcome__new_epoch_on_another_journal__alarm(void **state)
{
    (void)state;
    static const struct id second = {{0xe2}};
    seal_submissions(6);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    show_fork(4, 8); /* parts below our newest checkpoint, and keeps more entries than that */
    (void)log_append_epoch(&fork, &second);
    server.epoch = second;

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_FORKED);
    assert_int_equal(open_alarms(), 1);
    assert_int_equal(newest().size, 6);
}

/* An epoch that nobody opened. */
static void welcome__new_epoch_without_an_act__alarm(void **state)
{
    (void)state;
    seal_submissions(6);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    server.epoch = (struct id){{0xe7}};

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_FORKED);
    assert_int_equal(server.offered_count, 0);
}

/* The log goes on under another key, as the old one says in the journal. */
static void welcome__log_key_changed_by_an_act__followed(void **state)
{
    (void)state;
    uint8_t keys[STORE_LOG_KEYS_MAX][SIGN_PUBLIC_KEY_BYTES];
    size_t count = 0;
    seal_submissions(2);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    (void)log_append_key(&world.log, 0x77, NULL);
    server.head = world.log.size;
    server.receipt_public = world.log.public_key;

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(store_log_keys(world.store, keys, STORE_LOG_KEYS_MAX, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_memory_equal(keys[0], world.log.public_key, SIGN_PUBLIC_KEY_BYTES);
    assert_int_equal(newest().size, 3);
    assert_int_equal(open_alarms(), 0);
}

/* Under another key without such an act: a stranger, though he has the name and the certificate. */
static void welcome__log_key_changed_by_a_stranger__alarm(void **state)
{
    (void)state;
    seal_submissions(2);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    (void)log_append_key(&world.log, 0x77, world.device_key);
    server.head = world.log.size;
    server.receipt_public = world.log.public_key;

    assert_int_equal(run(NO_CUT), SYNCER_FAILED);

    assert_int_equal(session.syncer.failure.code, ERR_FORKED);
    assert_int_equal(open_alarms(), 1);
}

/* Sealed is what devices of more than half of the senders cosigned: a sender counts once, a revoked device not at all, and
 * strangers never. */
static void seal__cosigners__counted_by_sender(void **state)
{
    (void)state;
    enum { DEVICES = 5 };
    static const struct id senders[DEVICES] = {{{1}}, {{1}}, {{2}}, {{3}}, {{4}}};
    struct signing_key *keys[DEVICES];
    struct signing_key *stranger = NULL;
    struct store_checkpoint sealed = {0};
    for (size_t i = 0; i < DEVICES; i++) {
        assert_int_equal(signing_key_generate(&keys[i]), ERR_OK);
        (void)log_append_device(&world.log, keys[i], &senders[i]);
    }
    assert_int_equal(signing_key_generate(&stranger), ERR_OK);
    server.head = server.sealed_size = DEVICES;
    static const struct {
        size_t cosigners[4];
        size_t count;
        bool is_sealed;
    } cases[] = {
        {{0, 1, 2}, 3, false}, /* two senders of four */
        {{2, 3}, 2, false},
        {{0, 2, 3}, 3, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < cases[i].count; j++) {
            server.cosigners[j] = keys[cases[i].cosigners[j]];
        }
        server.cosigners[cases[i].count] = stranger;
        server.cosigner_count = cases[i].count + 1;
        assert_int_equal(run(NO_CUT), SYNCER_DONE);
        assert_int_equal(store_checkpoint_sealed(world.store, &world.arena, &sealed),
                         cases[i].is_sealed ? ERR_OK : ERR_NOT_FOUND);
    }
    assert_int_equal(sealed.size, DEVICES);
    assert_int_equal(open_alarms(), 0);
    for (size_t i = 0; i < DEVICES; i++) {
        signing_key_free(keys[i]);
    }
    signing_key_free(stranger);
}

/* A client far behind: of a long journal it is told in as many parts as it takes, in one session; nothing is told twice, and what was
 * told in the parts counts together. */
static void seal__told_in_many_parts__all_known_in_one_session(void **state)
{
    (void)state;
    enum { DEVICES = 200, EACH = 7, BETWEEN = 3 };
    struct signing_key *keys[DEVICES];
    struct store_checkpoint sealed = {0};
    const struct store_witness *witnesses = NULL;
    size_t count = 0;
    for (size_t i = 0; i < DEVICES; i++) {
        struct id sender = {{(uint8_t)(i + 1)}};
        assert_int_equal(signing_key_generate(&keys[i]), ERR_OK);
        (void)log_append_device(&world.log, keys[i], &sender);
        for (uint64_t j = 0; j < BETWEEN; j++) {
            (void)log_append(&world.log, world.log.size);
        }
    }
    server.head = server.sealed_size = world.log.size;
    server.seal_entries_max = EACH;
    server.cosigners[0] = keys[DEVICES - 1];
    server.cosigner_count = 1;

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(server.seals_asked, (DEVICES + EACH - 1) / EACH);
    assert_int_equal(store_witnesses(world.store, &world.arena, &witnesses, &count), ERR_OK);
    assert_int_equal(count, DEVICES);
    assert_int_equal(store_checkpoint_sealed(world.store, &world.arena, &sealed), ERR_NOT_FOUND);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(server.seals_asked, (DEVICES + EACH - 1) / EACH + 1);
    assert_int_equal(open_alarms(), 0);
    for (size_t i = 0; i < DEVICES; i++) {
        signing_key_free(keys[i]);
    }
}

static struct store_notice noticed[16];
static size_t noticed_count;

static void on_notice(void *context, const struct store_notice *notice)
{
    (void)context;
    assert_true(noticed_count < sizeof noticed / sizeof noticed[0]);
    noticed[noticed_count++] = *notice;
}

static size_t count_notices(void)
{
    noticed_count = 0;
    assert_int_equal(store_notice_each(world.store, 0, on_notice, NULL), ERR_OK);
    return noticed_count;
}

/* The device goes on under another key. possession: by that key, or by whoever is named. */
static void append_key_change(const struct hash *device, const struct signing_key *old,
                              const struct signing_key *next, const struct signing_key *possessor)
{
    Dantin__KeyChange change = DANTIN__KEY_CHANGE__INIT;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    struct buf packed;
    buf_init(&packed, 256);
    signing_key_public(next, public_key);
    log_possession(possessor, device, 1, possession);
    change.has_public_key = change.has_possession = true;
    change.public_key = (ProtobufCBinaryData){sizeof public_key, public_key};
    change.possession = (ProtobufCBinaryData){sizeof possession, possession};
    assert_int_equal(message_pack(&change, &packed), ERR_OK);
    (void)log_append_item(&world.log, device, old, ENVELOPE_CONTENT_KEY, 1, buf_content(&packed));
    buf_release(&packed);
}

static void append_role_and_revocation(const struct hash *device)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActRole role = DANTIN__ACT_ROLE__INIT;
    Dantin__ActRevoke revoke = DANTIN__ACT_REVOKE__INIT;
    char name[] = "approver";
    role.has_device = revoke.has_device = true;
    role.device = revoke.device = (ProtobufCBinaryData){HASH_BYTES, (uint8_t *)(uintptr_t)device->at};
    role.role = name;
    act.role = &role;
    (void)log_append_act(&world.log, &act);
    act.role = NULL;
    act.revoke = &revoke;
    (void)log_append_act(&world.log, &act);
}

/* Whatever becomes of a device that speaks for us is told to us, in order, once; of others' devices nothing. */
static void seal__acts_about_our_devices__noticed(void **state)
{
    (void)state;
    static const struct id others = {{0x55}};
    struct id ours = client_id(7); /* of WELCOME */
    struct signing_key *keys[3];
    struct hash devices[2];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(signing_key_generate(&keys[i]), ERR_OK);
    }
    for (size_t i = 0; i < 2; i++) {
        uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
        signing_key_public(keys[i], public_key);
        devices[i] = sign_spki_hash(public_key);
        (void)log_append_device(&world.log, keys[i], i == 0 ? &ours : &others);
        append_role_and_revocation(i == 0 ? &(struct hash){{9}} : &devices[1]); /* of nobody, of others */
    }
    append_key_change(&devices[0], keys[0], keys[2], keys[1]); /* the proof is somebody else's */
    append_key_change(&devices[0], keys[1], keys[2], keys[2]); /* not signed by the device */
    append_key_change(&devices[0], keys[0], keys[2], keys[2]);
    append_role_and_revocation(&devices[0]);
    server.head = world.log.size;

    assert_int_equal(run(NO_CUT), SYNCER_DONE);
    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    static const enum store_notice_what expected[] = {STORE_NOTICE_ENROLLED, STORE_NOTICE_KEY,
                                                      STORE_NOTICE_ROLE, STORE_NOTICE_REVOKED};
    static const uint64_t positions[] = {0, 8, 9, 10};
    assert_int_equal(count_notices(), 4);
    for (size_t i = 0; i < noticed_count; i++) {
        assert_int_equal(noticed[i].what, expected[i]);
        assert_int_equal(noticed[i].position, positions[i]);
        assert_true(hash_equal(&noticed[i].device, &devices[0]));
    }
    assert_int_equal(open_alarms(), 0);
    for (size_t i = 0; i < 3; i++) {
        signing_key_free(keys[i]);
    }
}

/* More checkpoints than one question holds: they are proved in as many as it takes. */
static void submit__more_receipts_than_one_question_proves__all_proved(void **state)
{
    (void)state;
    enum { SUBMISSIONS = 2 * SYNCER_PROVED_MAX + 20 };
    struct store_checkpoint left[1];
    size_t count = 0;
    seal_submissions(SUBMISSIONS);
    server.credits = 1;

    assert_int_equal(run(NO_CUT), SYNCER_DONE);

    assert_int_equal(newest().size, SUBMISSIONS);
    assert_int_equal(store_checkpoint_unproved(world.store, SUBMISSIONS + 1, &world.arena, left, 1, &count),
                     ERR_OK);
    assert_int_equal(count, 0);
    assert_true(server.proofs_asked >= 3);
    assert_int_equal(open_alarms(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(submit__many_groups__all_proved_newest_cosigned_once, setup_fork,
                                        teardown_fork),
        cmocka_unit_test_setup_teardown(submit__receipts_not_proved_to_be_one_journal__alarm, setup_fork,
                                        teardown_fork),
        cmocka_unit_test_setup_teardown(welcome__other_fork__alarm_until_acknowledged, setup_fork,
                                        teardown_fork),
        cmocka_unit_test_setup_teardown(welcome__fork_beyond_what_was_seen__believed, setup_fork,
                                        teardown_fork),
        cmocka_unit_test_setup_teardown(welcome__goes_on_from_an_unproved_receipt__still_proved_from_what_was,
                                        setup_fork, teardown_fork),
        cmocka_unit_test_setup_teardown(submit__proofs_put_off__fails_and_nothing_counts_as_sealed,
                                        setup_fork, teardown_fork),
        cmocka_unit_test_setup_teardown(counts__sealed_over_an_unproved_receipt__not_sealed, setup_fork,
                                        teardown_fork),
        cmocka_unit_test_setup_teardown(seal__told_beyond_the_tree__alarm_and_asked_again, setup_fork,
                                        teardown_fork),
        cmocka_unit_test_setup_teardown(seal__other_text_than_the_one_held__alarm, setup_fork, teardown_fork),
        cmocka_unit_test_setup_teardown(seal__acts_about_our_devices__noticed, setup_fork, teardown_fork),
        cmocka_unit_test_setup_teardown(welcome__new_epoch__left_behind_and_told, setup_fork, teardown_fork),
        cmocka_unit_test_setup_teardown(welcome__new_epoch_on_another_journal__alarm, setup_fork,
                                        teardown_fork),
        cmocka_unit_test_setup_teardown(welcome__new_epoch_without_an_act__alarm, setup_fork, teardown_fork),
        cmocka_unit_test_setup_teardown(welcome__log_key_changed_by_an_act__followed, setup_fork,
                                        teardown_fork),
        cmocka_unit_test_setup_teardown(welcome__log_key_changed_by_a_stranger__alarm, setup_fork,
                                        teardown_fork),
        cmocka_unit_test_setup_teardown(seal__cosigners__counted_by_sender, setup_fork, teardown_fork),
        cmocka_unit_test_setup_teardown(seal__told_in_many_parts__all_known_in_one_session, setup_fork,
                                        teardown_fork),
        cmocka_unit_test_setup_teardown(submit__more_receipts_than_one_question_proves__all_proved,
                                        setup_fork, teardown_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
