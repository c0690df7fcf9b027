/* WAITING over ingest and the model store: what waits, under what can be checked, and what became of it. */
#include "tests/unit/server/handlers/fixture.h"

#include "common/crypto/hash.h"
#include "common/wire/payload.h"

static struct builder_device approver; /* of sender A */

static int open_all(void **state)
{
    int result = fixture_open(state);
    builder_device_init(&approver, 77);
    struct store_device row = builder_store_device(&approver, &fixture.world.branch_a, false);
    row.role = ROLE_APPROVER;
    model_store_add_device(fixture.world.store, &approver.device, &row);
    return result;
}

static int close_all(void **state)
{
    builder_device_release(&approver);
    return fixture_close(state);
}

static struct builder_submission put_ballots(size_t count)
{
    struct model_world *world = &fixture.world;
    struct builder_change changes[8] = {{0}};
    for (size_t i = 0; i < count; i++) {
        changes[i] =
            (struct builder_change){.kind = KIND_CONGRESS_BALLOT,
                                    .record = builder_id(world->next_id++),
                                    .message = builder_ballot(&world->arena, &world->cell_a, "01/BB")};
    }
    struct builder_submission sealed = builder_seal(&world->arena, &world->a, changes, count);
    (void)model_world_offer(world, &world->a, &sealed);
    model_world_settle(world);
    return sealed;
}

static void say(const struct builder_submission *sealed, uint32_t index, const char *reason)
{
    struct model_world *world = &fixture.world;
    struct id version = builder_version(sealed, index);
    struct hash hash = builder_change_hash(&world->arena, sealed, index);
    struct bytes item = builder_pack_approval(&world->arena, &version, &hash, reason);
    struct builder_submission said =
        builder_seal_content(&world->arena, &approver, ENVELOPE_CONTENT_APPROVALS, &item, 1, BUILDER_SOUND);
    (void)model_world_offer(world, &approver, &said);
    model_world_settle(world);
}

static const Dantin__Waits *take_waits(void)
{
    enum message_type type = 0;
    uint64_t request_id = 0;
    const Dantin__Waits *waits = fixture_take(&type, &request_id);
    assert_non_null(waits);
    assert_int_equal(type, MESSAGE_WAITS);
    return waits;
}

/* A second person gets all that is needed to check what they approve: the clerk's envelope and signature, the hashes under
 * it, and each change with its salt. */
static void waiting__listing__what_waits_and_its_proof(void **state)
{
    (void)state;
    struct builder_submission sealed = put_ballots(3);
    say(&sealed, 1, NULL);
    fixture_connect(approver.public_key);
    fixture_greet();
    Dantin__Waiting ask = DANTIN__WAITING__INIT;
    ask.has_is_listing = ask.is_listing = true;

    fixture_send(MESSAGE_WAITING, 5, &ask);

    const Dantin__Waits *waits = take_waits();
    const Dantin__WaitingEntry *entry = waits->entry;
    assert_non_null(entry);
    assert_int_equal(entry->n_change, 2); /* one was approved */
    assert_int_equal(entry->change[1]->index, 2);
    assert_int_equal(entry->hashes.len, 3 * HASH_BYTES);
    struct envelope envelope = {0};
    assert_int_equal(envelope_decode(bytes_of(entry->envelope.data, entry->envelope.len), &envelope), ERR_OK);
    struct hash payload_hash = hash_of_one(bytes_of(entry->hashes.data, entry->hashes.len));
    assert_true(hash_equal(&payload_hash, &envelope.payload_hash));
    struct hash salt = {{0}};
    assert_int_equal(
        hash_from_bytes(bytes_of(entry->change[1]->salt.data, entry->change[1]->salt.len), &salt), ERR_OK);
    struct hash hash =
        payload_change_hash(&salt, bytes_of(entry->change[1]->change.data, entry->change[1]->change.len));
    assert_memory_equal(hash.at, entry->hashes.data + 2 * HASH_BYTES, HASH_BYTES);
    struct verify_key *key = NULL;
    assert_int_equal(verify_key_new(bytes_of(entry->public_key.data, entry->public_key.len), &key), ERR_OK);
    assert_int_equal(verify_key_check(key, bytes_of(entry->envelope.data, entry->envelope.len),
                                      bytes_of(entry->signature.data, entry->signature.len)),
                     ERR_OK);
    verify_key_free(key);
    waits = take_waits();
    assert_true(waits->is_last);
    assert_null(waits->entry);
}

/* The clerk asks what became of what waited: approved, turned down and why; what still waits is not told of. */
static void waiting__versions__outcomes_and_reason(void **state)
{
    (void)state;
    struct builder_submission sealed = put_ballots(3);
    say(&sealed, 0, NULL);
    say(&sealed, 1, "sai tổng số phiếu");
    fixture_greet();
    struct id names[3];
    ProtobufCBinaryData versions[3];
    for (uint32_t i = 0; i < 3; i++) {
        names[i] = builder_version(&sealed, i);
        versions[i] = (ProtobufCBinaryData){ID_BYTES, names[i].at};
    }
    Dantin__Waiting ask = DANTIN__WAITING__INIT;
    ask.version = versions;
    ask.n_version = 3;

    fixture_send(MESSAGE_WAITING, 5, &ask);

    const Dantin__Waits *waits = take_waits();
    assert_null(waits->entry);
    assert_int_equal(waits->n_outcome, 2);
    assert_int_equal(waits->outcome[0]->code, VERDICT_APPLIED);
    assert_int_equal(waits->outcome[1]->code, VERDICT_REFUSED);
    assert_string_equal(waits->outcome[1]->rule, "approval.rejected");
    assert_string_equal(waits->outcome[1]->reason, "sai tổng số phiếu");
    assert_memory_equal(waits->outcome[1]->device.data, approver.device.at, HASH_BYTES);
    assert_true(take_waits()->is_last);
}

/* Another sender's waiting changes are nobody's business, by list or by name. */
static void waiting__other_sender__nothing(void **state)
{
    (void)state;
    struct builder_submission sealed = put_ballots(1);
    say(&sealed, 0, NULL);
    (void)put_ballots(1);
    struct id name = builder_version(&sealed, 0);
    ProtobufCBinaryData version = {ID_BYTES, name.at};
    fixture_connect(fixture.world.b.public_key);
    fixture_greet();
    Dantin__Waiting ask = DANTIN__WAITING__INIT;
    ask.has_is_listing = ask.is_listing = true;
    ask.version = &version;
    ask.n_version = 1;

    fixture_send(MESSAGE_WAITING, 5, &ask);

    const Dantin__Waits *waits = take_waits();
    assert_null(waits->entry);
    assert_int_equal(waits->n_outcome, 0);
    waits = take_waits();
    assert_true(waits->is_last);
}

/* Names of a wrong length, and a store that is away. */
static void waiting__cannot_be_answered__error(void **state)
{
    (void)state;
    uint8_t bytes[4] = {0};
    ProtobufCBinaryData version = {sizeof bytes, bytes};
    fixture_greet();
    Dantin__Waiting ask = DANTIN__WAITING__INIT;
    ask.version = &version;
    ask.n_version = 1;

    fixture_send(MESSAGE_WAITING, 5, &ask);
    fixture_expect_error(5, ERR_MALFORMED);
    ask.n_version = 0;
    ask.has_is_listing = ask.is_listing = true;
    model_store_fail(fixture.world.store, MODEL_FIND_WAITING, 1, ERR_DATABASE);
    fixture_send(MESSAGE_WAITING, 6, &ask);
    fixture_expect_error(6, ERR_DATABASE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(waiting__listing__what_waits_and_its_proof, open_all, close_all),
        cmocka_unit_test_setup_teardown(waiting__versions__outcomes_and_reason, open_all, close_all),
        cmocka_unit_test_setup_teardown(waiting__other_sender__nothing, open_all, close_all),
        cmocka_unit_test_setup_teardown(waiting__cannot_be_answered__error, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
