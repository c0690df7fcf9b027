/* HELLO: who is welcome, and what a claimed receipt does. */
#include "tests/unit/server/handlers/fixture.h"

/* A receipt signed by the server's key over this position and leaf. */
static Dantin__KnownReceipt signed_claim(const struct id *epoch, uint64_t position, const struct hash *leaf)
{
    static uint8_t signature[SIGN_SIGNATURE_BYTES];
    static struct id kept_epoch;
    static struct hash kept_leaf;
    uint8_t bytes[RECEIPT_SIGNED_BYTES];
    Dantin__KnownReceipt claim = DANTIN__KNOWN_RECEIPT__INIT;

    kept_epoch = *epoch;
    kept_leaf = *leaf;
    receipt_signed_bytes(epoch, position, leaf, bytes);
    signing_key_sign(fixture.world.receipt_key, bytes_of(bytes, sizeof bytes), signature);
    claim.has_epoch = claim.has_position = claim.has_leaf = claim.has_signature = true;
    claim.epoch = (ProtobufCBinaryData){ID_BYTES, kept_epoch.at};
    claim.position = position;
    claim.leaf = (ProtobufCBinaryData){HASH_BYTES, kept_leaf.at};
    claim.signature = (ProtobufCBinaryData){SIGN_SIGNATURE_BYTES, signature};
    return claim;
}

static const struct store_head *head(void)
{
    return model_store_head(fixture.world.store);
}

/* WELCOME says who the client is, where the journal stands and what it may do. */
static void hello__known_device__welcome_tells_all(void **state)
{
    const Dantin__Welcome *welcome = NULL;
    const struct store_device *device = model_store_device(fixture.world.store, &fixture.world.a.device);

    (void)state;
    welcome = fixture_greet();

    assert_int_equal(session_state(fixture.session), SESSION_READY);
    assert_int_equal(welcome->version, SESSION_PROTOCOL_VERSION);
    assert_int_equal(welcome->schema_version, SCHEMA_VERSION);
    assert_int_equal(welcome->head, head()->position);
    assert_memory_equal(welcome->epoch.data, head()->epoch.at, ID_BYTES);
    assert_memory_equal(welcome->device.data, fixture.world.a.device.at, HASH_BYTES);
    assert_memory_equal(welcome->sender.data, fixture.world.branch_a.at, ID_BYTES);
    assert_string_equal(welcome->role, "clerk");
    assert_false(welcome->is_province);
    assert_int_equal(welcome->last_sequence, device->last_sequence);
    assert_memory_equal(welcome->last_envelope_hash.data, device->last_envelope_hash.at, HASH_BYTES);
    assert_memory_equal(welcome->receipt_key.data, fixture.context.receipt_public, SIGN_PUBLIC_KEY_BYTES);
    assert_int_equal(welcome->credits, SESSION_CREDITS);
    assert_int_equal(welcome->idle_timeout_ms, FIXTURE_IDLE_MS);
    assert_false(welcome->is_rolled_back);
}

/* The key that writes the journal is a device, but none that may come in. */
static void hello__log_key__unauthorised(void **state)
{
    (void)state;
    model_store_device(fixture.world.store, &fixture.world.a.device)->role = ROLE_LOG;

    fixture_hello("vi", NULL);

    fixture_expect_error(0, ERR_UNAUTHORISED);
}

/* A certificate of ours whose device nobody enrolled (or somebody removed) is not let in. */
static void hello__unknown_device__unauthorised(void **state)
{
    struct builder_device stranger;

    (void)state;
    builder_device_init(&stranger, 999);
    fixture_connect(stranger.public_key);
    fixture_hello("vi", NULL);

    assert_string_equal(fixture_expect_error(0, ERR_UNAUTHORISED)->text,
                        err_text(ERR_UNAUTHORISED, LANGUAGE_VI));
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
    builder_device_release(&stranger);
}

/* A client of another protocol is told so in its own language. */
static void hello__no_common_version__version_error(void **state)
{
    Dantin__Hello hello = DANTIN__HELLO__INIT;

    (void)state;
    hello.has_version_min = hello.has_version_max = true;
    hello.version_min = 2;
    hello.version_max = 9;
    hello.language = (char *)(uintptr_t) "en";
    fixture_send(MESSAGE_HELLO, 1, &hello);

    assert_string_equal(fixture_expect_error(0, ERR_VERSION)->text, err_text(ERR_VERSION, LANGUAGE_EN));
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

/* A database that is away is a reason to come again, not an accusation. */
static void hello__store_away__retryable_error(void **state)
{
    (void)state;
    model_store_fail(fixture.world.store, MODEL_FIND_DEVICE, 1, ERR_DATABASE);
    fixture_hello("en", NULL);

    assert_true(fixture_expect_error(0, ERR_DATABASE)->may_retry);
}

/* The line breaks while the device is looked up. */
static void hello__line_lost_while_waiting__cleaned_up(void **state)
{
    (void)state;
    fixture_hello("en", NULL);
    session_on_lost(fixture.session);
    session_free(fixture.session);
    fixture.session = NULL;
    model_world_settle(&fixture.world);
}

/* A receipt we hold is no news. */
static void hello__claim_we_have__welcome(void **state)
{
    const struct store_entry *entry = model_store_entry(fixture.world.store, 2);
    Dantin__KnownReceipt claim = signed_claim(&head()->epoch, entry->position, &entry->leaf);
    const Dantin__Welcome *welcome = NULL;

    (void)state;
    fixture_hello("en", &claim);
    welcome = fixture_expect(MESSAGE_WELCOME, 1);

    assert_false(welcome->is_rolled_back);
    assert_false(head()->is_rolled_back);
}

/* A receipt we signed and no longer have: entries were lost. It is remembered and said, and nothing is taken.
 */
static void hello__claim_past_the_head__rolled_back_and_submit_refused(void **state)
{
    struct hash leaf = {{9}};
    Dantin__KnownReceipt claim = signed_claim(&head()->epoch, head()->position + 3, &leaf);
    const Dantin__Welcome *welcome = NULL;
    struct builder_change change = {.kind = KIND_MEMBER, .record = builder_id(500)};
    struct builder_submission sealed;
    Dantin__Submit submit = DANTIN__SUBMIT__INIT;

    (void)state;
    fixture_hello("en", &claim);
    welcome = fixture_expect(MESSAGE_WELCOME, 1);
    assert_true(welcome->is_rolled_back);
    assert_true(head()->is_rolled_back);

    change.message =
        builder_member(&fixture.world.arena, "Nguyễn Văn Đạt", &fixture.world.cell_a, "051080000001");
    sealed = builder_seal(&fixture.world.arena, &fixture.world.a, &change, 1);
    submit.has_envelope = submit.has_signature = submit.has_payload_zstd = true;
    submit.envelope = (ProtobufCBinaryData){sealed.envelope.len, (uint8_t *)(uintptr_t)sealed.envelope.at};
    submit.signature = (ProtobufCBinaryData){sealed.signature.len, (uint8_t *)(uintptr_t)sealed.signature.at};
    submit.payload_zstd =
        (ProtobufCBinaryData){sealed.payload_zstd.len, (uint8_t *)(uintptr_t)sealed.payload_zstd.at};
    fixture_send(MESSAGE_SUBMIT, 2, &submit);
    assert_true(fixture_expect_error(2, ERR_ROLLED_BACK)->may_retry);
}

/* Another leaf at a position we signed: the journal was continued from a backup without a new epoch. */
static void hello__claim_with_another_leaf__rolled_back(void **state)
{
    struct hash leaf = {{9}};
    Dantin__KnownReceipt claim = signed_claim(&head()->epoch, 2, &leaf);

    (void)state;
    fixture_hello("en", &claim);

    assert_true(((const Dantin__Welcome *)fixture_expect(MESSAGE_WELCOME, 1))->is_rolled_back);
}

/* A receipt of an epoch we never had, but signed: the epoch itself was lost. */
static void hello__claim_of_a_lost_epoch__rolled_back(void **state)
{
    struct hash leaf = {{9}};
    struct id epoch = {{77}};
    Dantin__KnownReceipt claim = signed_claim(&epoch, 2, &leaf);

    (void)state;
    fixture_hello("en", &claim);

    assert_true(((const Dantin__Welcome *)fixture_expect(MESSAGE_WELCOME, 1))->is_rolled_back);
}

/* Anybody can claim anything: without our signature it counts for nothing. */
static void hello__forged_claims__count_for_nothing(void **state)
{
    struct hash leaf = {{9}};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        Dantin__KnownReceipt claim = signed_claim(&head()->epoch, head()->position + 3, &leaf);

        switch (i) {
        case 0:
            claim.signature.data[0] ^= 1;
            break;
        case 1:
            claim.position++;
            break;
        case 2:
            claim.has_signature = false;
            claim.signature.len = 0;
            break;
        case 3:
            claim.leaf.len = 31;
            break;
        default:
            claim.has_position = false;
            break;
        }
        fixture_connect(fixture.world.a.public_key);
        fixture_hello("en", &claim);
        assert_false(((const Dantin__Welcome *)fixture_expect(MESSAGE_WELCOME, 1))->is_rolled_back);
    }

    assert_false(head()->is_rolled_back);
}

/* What cannot be remembered must not be passed over: the session ends and the client asks again. */
static void hello__mark_fails__error_not_welcome(void **state)
{
    struct hash leaf = {{9}};
    Dantin__KnownReceipt claim = signed_claim(&head()->epoch, head()->position, &leaf);

    (void)state;
    model_store_fail(fixture.world.store, MODEL_MARK_ROLLED_BACK, 1, ERR_DATABASE);
    fixture_hello("en", &claim);

    fixture_expect_error(0, ERR_DATABASE);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

#define HELLO_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HELLO_TEST(hello__known_device__welcome_tells_all),
        HELLO_TEST(hello__log_key__unauthorised),
        HELLO_TEST(hello__unknown_device__unauthorised),
        HELLO_TEST(hello__no_common_version__version_error),
        HELLO_TEST(hello__store_away__retryable_error),
        HELLO_TEST(hello__line_lost_while_waiting__cleaned_up),
        HELLO_TEST(hello__claim_we_have__welcome),
        HELLO_TEST(hello__claim_past_the_head__rolled_back_and_submit_refused),
        HELLO_TEST(hello__claim_with_another_leaf__rolled_back),
        HELLO_TEST(hello__claim_of_a_lost_epoch__rolled_back),
        HELLO_TEST(hello__forged_claims__count_for_nothing),
        HELLO_TEST(hello__mark_fails__error_not_welcome),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#undef HELLO_TEST
