/* SEAL over ingest and the model store: the newest checkpoint of a quorum, and whose keys those are, until all are told. */
#include "tests/unit/server/handlers/journal_fixture.h"

#include "server/handlers/prove.h"

static const Dantin__Sealed *ask(uint64_t request_id, uint64_t tree_size, uint64_t sealed_size,
                                 uint64_t after)
{
    Dantin__Seal seal = DANTIN__SEAL__INIT;
    seal.has_tree_size = seal.has_sealed_size = seal.has_after = true;
    seal.tree_size = tree_size;
    seal.sealed_size = sealed_size;
    seal.after = after;
    fixture_send(MESSAGE_SEAL, request_id, &seal);
    return fixture_expect(MESSAGE_SEALED, request_id);
}

/* Senders A and B of three (the province is the third): more than half. */
static void sign_by_two(uint64_t size)
{
    (void)journal_cosign(&fixture.world.a, size);
    (void)journal_cosign(&fixture.world.b, size);
}

/* Without a quorum there is nothing to tell, however new the tree is. */
static void seal__no_quorum__nothing_sealed(void **state)
{
    (void)state;
    (void)journal_cosign(&fixture.world.a, 5);
    const Dantin__Sealed *sealed = ask(3, 5, 0, 0);
    assert_int_equal(sealed->checkpoint.len, 0);
    assert_int_equal(sealed->n_entry, 0);
    assert_int_equal(sealed->after, 5);
}

/* The newest sealed one is told, under the log's signature and both cosignatures, as a part of the tree asked for. */
static void seal__quorum__note_with_its_lines(void **state)
{
    (void)state;
    struct model_world *world = &fixture.world;
    struct checkpoint checkpoint = {0};
    struct note note = {0};
    sign_by_two(2);
    sign_by_two(4);

    const Dantin__Sealed *sealed = ask(3, 5, 0, 0);

    struct hash old = journal_root(4);
    struct hash root = journal_root(5);
    assert_int_equal(checkpoint_parse(journal_bytes(sealed->checkpoint), &checkpoint, &note), ERR_OK);
    assert_int_equal(checkpoint.size, 4);
    assert_int_equal(checkpoint_check_log(&note, world->receipt_verify), ERR_OK);
    assert_int_equal(checkpoint_check_cosignature(&note, &world->a.device, world->a.verify, NULL), ERR_OK);
    assert_int_equal(checkpoint_check_cosignature(&note, &world->b.device, world->b.verify, NULL), ERR_OK);
    assert_true(merkle_check_consistency(4, &old, 5, &root, journal_bytes(sealed->consistency)));
}

/* What the client knows is not told again; beyond the tree it has checked nothing is. */
static void seal__known_or_beyond_the_tree__not_told(void **state)
{
    (void)state;
    struct checkpoint checkpoint = {0};
    sign_by_two(2);
    sign_by_two(4);
    assert_int_equal(ask(3, 5, 4, 0)->checkpoint.len, 0);
    const Dantin__Sealed *sealed = ask(4, 3, 0, 0);
    assert_int_equal(checkpoint_parse(journal_bytes(sealed->checkpoint), &checkpoint, NULL), ERR_OK);
    assert_int_equal(checkpoint.size, 2);
}

/* A revoked device's signature counts no more. */
static void seal__signed_by_a_revoked_device__no_quorum(void **state)
{
    (void)state;
    sign_by_two(4);
    model_store_device(fixture.world.store, &fixture.world.a.device)->is_revoked = true;
    assert_int_equal(ask(3, 5, 0, 0)->checkpoint.len, 0);
}

/* Devices, their roles and revocations, the set of witnesses and changes of keys are told, each provable; an act between them that
 * is none of these is not. */
static void seal__acts_about_devices__told_with_proofs(void **state)
{
    (void)state;
    struct model_world *world = &fixture.world;
    Dantin__ActRole role = DANTIN__ACT_ROLE__INIT;
    Dantin__ActRevoke revoke = DANTIN__ACT_REVOKE__INIT;
    Dantin__ActOperator operator= DANTIN__ACT_OPERATOR__INIT;
    Dantin__ActWitnesses witnesses = DANTIN__ACT_WITNESSES__INIT;
    ProtobufCBinaryData sender = journal_field(world->branch_a.at, ID_BYTES);
    Dantin__Act acts[4] = {DANTIN__ACT__INIT, DANTIN__ACT__INIT, DANTIN__ACT__INIT, DANTIN__ACT__INIT};
    static const uint8_t signature[SIGN_SIGNATURE_BYTES] = {1}; /* the verifier's to check */
    struct builder_device enrolled;
    builder_device_init(&enrolled, 1001);
    role.has_device = revoke.has_device = operator.has_public_key = true;
    role.role = (char *)(uintptr_t) "approver";
    role.proposed_by = (char *)(uintptr_t) "an";
    role.approved_by = (char *)(uintptr_t) "chi";
    role.approval_signature = journal_field(signature, sizeof signature);
    role.has_proposed_at = role.has_approval_signature = true;
    role.device = revoke.device = journal_field(enrolled.device.at, HASH_BYTES);
    operator.name =(char *)(uintptr_t) "an";
    operator.public_key = journal_field(world->b.public_key, SIGN_PUBLIC_KEY_BYTES);
    witnesses.n_sender = 1;
    witnesses.sender = &sender;
    acts[0].operator_ = &operator;
    acts[1].role = &role;
    acts[2].revoke = &revoke;
    acts[3].witnesses = &witnesses;
    journal_put_devices(1000, 1, 2);
    for (size_t i = 0; i < 4; i++) {
        struct bytes item = journal_pack(&acts[i]);
        journal_put(&item, 1);
    }
    builder_device_release(&enrolled);
    uint64_t size = journal_size();
    struct hash root = journal_root(size);
    (void)fixture_greet();

    const Dantin__Sealed *sealed = ask(3, size, 0, 0);

    assert_int_equal(sealed->n_entry, 5);
    assert_int_equal(sealed->after, size);
    assert_non_null(journal_check_entry(sealed->entry[0], size, &root)->device);
    assert_non_null(journal_check_entry(sealed->entry[1], size, &root)->device);
    assert_int_equal(sealed->entry[1]->index, 1);
    assert_non_null(journal_check_entry(sealed->entry[2], size, &root)->role);
    assert_non_null(journal_check_entry(sealed->entry[3], size, &root)->revoke);
    assert_non_null(journal_check_entry(sealed->entry[4], size, &root)->witnesses);
    assert_int_equal(ask(4, size, 0, 6)->n_entry, 3); /* the first is known */
}

/* A client far behind: as many answers as it takes, none past its limits, every device told once. */
static void seal__client_far_behind__told_in_parts(void **state)
{
    (void)state;
    enum { DEVICES = 400 };
    uint64_t after = 0;
    size_t told = 0;
    size_t parts = 0;
    journal_put_devices(1000, 2,
                        JOURNAL_ITEMS_MAX); /* large entries, whose many hashes fill the answer first */
    journal_put_devices(2000, DEVICES - 2 * JOURNAL_ITEMS_MAX, 1);
    uint64_t size = journal_size();
    struct hash root = journal_root(size);
    (void)fixture_greet();

    while (after < size) {
        const Dantin__Sealed *sealed = ask(10 + parts, size, 0, after);
        assert_true(sealed->after > after);
        assert_true(sealed->n_entry <= PROVE_ENTRIES_MAX);
        for (size_t i = 0; i < sealed->n_entry; i += 50) {
            assert_non_null(journal_check_entry(sealed->entry[i], size, &root)->device);
        }
        assert_true(parts == 0 || sealed->n_entry == 0 || sealed->entry[0]->position >= after);
        told += sealed->n_entry;
        after = sealed->after;
        parts++;
    }

    assert_int_equal(told, DEVICES);
    assert_true(parts >= 3);
}

static void seal__questions_without_sense__refused(void **state)
{
    (void)state;
    Dantin__Seal seal = DANTIN__SEAL__INIT;
    (void)fixture_greet();
    fixture_send(MESSAGE_SEAL, 2, &seal);
    (void)fixture_expect_error(2, ERR_MALFORMED);
    seal.has_tree_size = seal.has_after = true;
    seal.tree_size = 3;
    seal.after = 4;
    fixture_send(MESSAGE_SEAL, 3, &seal);
    (void)fixture_expect_error(3, ERR_MALFORMED);
}

/* The database fails at any of the waits: told, and asked again it is answered. */
static void seal__store_fails__told(void **state)
{
    (void)state;
    static const enum model_call calls[] = {MODEL_FIND_SEAL, MODEL_FIND_ACTS, MODEL_FIND_PROOFS};
    Dantin__Seal seal = DANTIN__SEAL__INIT;
    sign_by_two(4);
    seal.has_tree_size = true;
    seal.tree_size = 5;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        model_store_fail(fixture.world.store, calls[i], 1, ERR_DATABASE);
        fixture_send(MESSAGE_SEAL, 10 + i, &seal);
        (void)fixture_expect_error(10 + i, ERR_DATABASE);
    }
    fixture_send(MESSAGE_SEAL, 20, &seal);
    assert_true(((const Dantin__Sealed *)fixture_expect(MESSAGE_SEALED, 20))->checkpoint.len > 0);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, journal_open, journal_close)
    const struct CMUnitTest tests[] = {
        TEST(seal__no_quorum__nothing_sealed),
        TEST(seal__quorum__note_with_its_lines),
        TEST(seal__known_or_beyond_the_tree__not_told),
        TEST(seal__signed_by_a_revoked_device__no_quorum),
        TEST(seal__acts_about_devices__told_with_proofs),
        TEST(seal__client_far_behind__told_in_parts),
        TEST(seal__questions_without_sense__refused),
        TEST(seal__store_fails__told),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
