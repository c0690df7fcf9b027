/* Going under another key: announced once, and from then on nothing is sealed under the one that goes. */
#include "client/lib/store_setting.h"
#include "common/wire/envelope.h"
#include "common/wire/key_change.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/journal.pb-c.h"
#include "tests/lib/client_world.h"
#include "tests/lib/test.h"

static struct client_world world;
static struct signing_key *next;
static struct outbox_signer next_signer;
static const struct id epoch = {{0xe1}};

static int setup(void **state)
{
    (void)state;
    client_world_open(&world);
    assert_int_equal(signing_key_generate(&next), ERR_OK);
    next_signer = (struct outbox_signer){.key = next, .device = world.signer.device};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    signing_key_free(next);
    client_world_close(&world);
    return 0;
}

static enum err seal_by(const struct outbox_signer *signer)
{
    struct outbox_sealed sealed = {0};
    return outbox_seal(world.store, signer, NULL, NULL, &sealed);
}

static enum outbox_key_standing standing(const struct signing_key *key)
{
    enum outbox_key_standing found = OUTBOX_KEY_UNKNOWN;
    assert_int_equal(outbox_key_standing(world.store, key, &found), ERR_OK);
    return found;
}

static void put_member(uint64_t number)
{
    struct id branch = client_id(1);
    struct id id = client_id(number);
    (void)client_put(&world, KIND_MEMBER, &id, client_member(&world, "Lê Thị Bưởi", "00007", &branch));
}

static enum err receive(uint64_t sequence, const struct client_verdict *verdicts, size_t count)
{
    struct outbox_outcome outcome;
    return outbox_on_receipt(
        world.store, client_receipt(&world, &epoch, sequence, sequence, verdicts, count, CLIENT_SOUND),
        world.receipt_verify, &outcome);
}

/* What is sealed is the change of key alone, signed by the present key, with the new one's proof that somebody holds it. */
static void seal_key__announced__proved_by_both_keys(void **state)
{
    (void)state;
    struct store_sealed sealed = {0};
    struct envelope envelope = {0};
    struct payload payload = {0};
    struct verify_key *key = NULL;
    struct verify_key *next_key = NULL;
    Dantin__KeyChange *change = NULL;
    uint8_t present[SIGN_PUBLIC_KEY_BYTES];
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t said[KEY_CHANGE_SIGNED_BYTES];
    assert_int_equal(standing(next), OUTBOX_KEY_UNKNOWN);

    assert_int_equal(outbox_seal_key(world.store, &world.signer, next), ERR_OK);
    assert_int_equal(outbox_seal_key(world.store, &world.signer, next), ERR_OK); /* again: nothing more */

    assert_int_equal(store_sealed_get(world.store, 1, &world.arena, &sealed), ERR_OK);
    struct store_sealed second = {0};
    assert_int_equal(store_sealed_get(world.store, 2, &world.arena, &second), ERR_NOT_FOUND);
    assert_int_equal(sealed.content, ENVELOPE_CONTENT_KEY);
    assert_int_equal(envelope_decode(sealed.envelope, &envelope), ERR_OK);
    signing_key_public(world.device_key, present);
    assert_int_equal(verify_key_new(bytes_of(present, sizeof present), &key), ERR_OK);
    assert_int_equal(verify_key_check(key, sealed.envelope, sealed.signature), ERR_OK);
    assert_int_equal(payload_decode(sealed.payload_zstd, &world.arena, &payload), ERR_OK);
    assert_int_equal(payload.change_count, 1);
    assert_int_equal(
        message_unpack(&dantin__key_change__descriptor, payload.changes[0], true, &world.arena, &change),
        ERR_OK);
    signing_key_public(next, public_key);
    assert_memory_equal(change->public_key.data, public_key, sizeof public_key);
    key_change_signed_bytes(&world.signer.device, 1, said);
    assert_int_equal(verify_key_new(bytes_of(public_key, sizeof public_key), &next_key), ERR_OK);
    assert_int_equal(verify_key_check(next_key, bytes_of(said, sizeof said),
                                      bytes_of(change->possession.data, change->possession.len)),
                     ERR_OK);
    assert_int_equal(standing(next), OUTBOX_KEY_ANNOUNCED);
    verify_key_free(key);
    verify_key_free(next_key);
}

/* Sealed under the key that went, a submission would be refused for ever, and with it all that follows. What is entered waits. */
static void seal__under_the_key_that_goes__refused(void **state)
{
    (void)state;
    const struct outbox_approval approval = {.version = client_id(9)};
    assert_int_equal(outbox_seal_key(world.store, &world.signer, next), ERR_OK);
    put_member(7);

    assert_int_equal(seal_by(&world.signer), ERR_UNAUTHORISED);
    assert_int_equal(outbox_seal_approvals(world.store, &world.signer, &approval, 1, NULL), ERR_UNAUTHORISED);

    struct id id = client_id(7);
    assert_true(client_get(&world, KIND_MEMBER, &id).has_open_change);
    assert_int_equal(receive(1, NULL, 0), ERR_OK);
    assert_int_equal(standing(next), OUTBOX_KEY_IN_FORCE);
    assert_int_equal(seal_by(&world.signer), ERR_UNAUTHORISED);
    assert_int_equal(seal_by(&next_signer), ERR_OK);
    assert_false(client_get(&world, KIND_MEMBER, &id).has_open_change);
}

/* The province says no: the present key goes on, another may be announced. */
static void seal_key__refused__present_key_goes_on(void **state)
{
    (void)state;
    const struct client_verdict refused = {.code = VERDICT_REFUSED, .rule = "act.possession"};
    struct signing_key *third = NULL;
    assert_int_equal(outbox_seal_key(world.store, &world.signer, next), ERR_OK);

    assert_int_equal(receive(1, &refused, 1), ERR_OK);

    assert_int_equal(standing(next), OUTBOX_KEY_UNKNOWN);
    put_member(8);
    assert_int_equal(seal_by(&world.signer), ERR_OK);
    assert_int_equal(signing_key_generate(&third), ERR_OK);
    assert_int_equal(outbox_seal_key(world.store, &world.signer, third), ERR_OK);
    assert_int_equal(standing(third), OUTBOX_KEY_ANNOUNCED);
    signing_key_free(third);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(seal_key__announced__proved_by_both_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(seal__under_the_key_that_goes__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(seal_key__refused__present_key_goes_on, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
