/* HELLO: who is welcome, and what a checkpoint that is shown does. */
#include "tests/unit/server/handlers/fixture.h"

#include "common/crypto/checkpoint.h"
#include "tests/lib/model_internal.h"

/* A checkpoint signed by the server's key, of a tree with this root. */
static struct bytes signed_checkpoint(const struct id *epoch, uint64_t size, const struct hash *root)
{
    const struct checkpoint checkpoint = {.epoch = *epoch, .size = size, .root = *root};
    struct buf note;
    struct bytes copy;

    buf_init(&note, NOTE_BYTES_MAX);
    assert_int_equal(checkpoint_sign(&checkpoint, fixture.world.receipt_key, &note), ERR_OK);
    copy = arena_copy(&fixture.world.arena, buf_content(&note));
    buf_release(&note);
    return copy;
}

static struct bytes shown(const Dantin__Welcome *welcome)
{
    assert_true(welcome->has_checkpoint);
    return bytes_of(welcome->checkpoint.data, welcome->checkpoint.len);
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

    fixture_hello("vi", (struct bytes){0});

    fixture_expect_error(0, ERR_UNAUTHORISED);
}

/* A certificate of ours whose device nobody enrolled (or somebody removed) is not let in. */
static void hello__unknown_device__unauthorised(void **state)
{
    struct builder_device stranger;

    (void)state;
    builder_device_init(&stranger, 999);
    fixture_connect(stranger.public_key);
    fixture_hello("vi", (struct bytes){0});

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
    fixture_hello("en", (struct bytes){0});

    assert_true(fixture_expect_error(0, ERR_DATABASE)->may_retry);
}

/* The line breaks while the device is looked up. */
static void hello__line_lost_while_waiting__cleaned_up(void **state)
{
    (void)state;
    fixture_hello("en", (struct bytes){0});
    session_on_lost(fixture.session);
    session_free(fixture.session);
    fixture.session = NULL;
    model_world_settle(&fixture.world);
}

/* The newest checkpoint is shown to everybody; who shows one of ours is told how it grew to the newest. */
static void hello__checkpoint_we_have__newest_and_the_way_to_it(void **state)
{
    struct checkpoint newest = {0};
    struct checkpoint held = {0};
    struct store_proof_request request = {.kind = STORE_PROOF_ENTRY, .epoch = head()->epoch, .place = 0};
    struct store_proof first = model_prove(fixture.world.store, &request);
    const Dantin__Welcome *welcome = fixture_greet();

    (void)state;
    assert_int_equal(checkpoint_open(shown(welcome), fixture.world.receipt_verify, &newest), ERR_OK);
    assert_int_equal(newest.size, head()->position);
    assert_false(welcome->has_consistency);
    assert_int_equal(checkpoint_parse(first.note, &held, NULL), ERR_OK);
    assert_true(held.size < newest.size);

    fixture_connect(fixture.world.a.public_key);
    fixture_hello("en", first.note);
    welcome = fixture_expect(MESSAGE_WELCOME, 1);

    assert_false(welcome->is_rolled_back);
    assert_false(head()->is_rolled_back);
    assert_true(welcome->has_consistency);
    assert_true(merkle_check_consistency(held.size, &held.root, newest.size, &newest.root,
                                         bytes_of(welcome->consistency.data, welcome->consistency.len)));
}

/* A checkpoint we signed of more than we have: entries were lost. It is remembered and said, and nothing is taken. */
static void hello__checkpoint_past_the_head__rolled_back_and_submit_refused(void **state)
{
    struct hash root = {{9}};
    const Dantin__Welcome *welcome = NULL;
    struct builder_change change = {.kind = KIND_MEMBER, .record = builder_id(500)};
    struct builder_submission sealed;
    Dantin__Submit submit = DANTIN__SUBMIT__INIT;

    (void)state;
    fixture_hello("en", signed_checkpoint(&head()->epoch, head()->position + 3, &root));
    welcome = fixture_expect(MESSAGE_WELCOME, 1);
    assert_true(welcome->is_rolled_back);
    assert_true(welcome->has_checkpoint);
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

/* Another tree of a size we are past: the journal was continued from a backup without a new epoch. */
static void hello__checkpoint_of_another_tree__rolled_back(void **state)
{
    struct hash root = {{9}};
    const Dantin__Welcome *welcome = NULL;

    (void)state;
    for (uint64_t size = 1; size <= head()->position; size++) {
        model_store_head(fixture.world.store)->is_rolled_back = false;
        fixture_connect(fixture.world.a.public_key);
        fixture_hello("en", signed_checkpoint(&head()->epoch, size, &root));
        welcome = fixture_expect(MESSAGE_WELCOME, 1);
        assert_true(welcome->is_rolled_back);
        assert_false(welcome->has_consistency);
    }
}

/* A checkpoint of an epoch we never had, but signed: the epoch itself was lost. */
static void hello__checkpoint_of_a_lost_epoch__rolled_back(void **state)
{
    struct hash root = {{9}};
    struct id epoch = {{77}};

    (void)state;
    fixture_hello("en", signed_checkpoint(&epoch, 2, &root));

    assert_true(((const Dantin__Welcome *)fixture_expect(MESSAGE_WELCOME, 1))->is_rolled_back);
}

/* Of an epoch that was left, what is beyond the branch is no loss: an operator knew of it. What was kept must be here. */
static void hello__checkpoint_of_an_epoch_left__only_what_was_kept_counts(void **state)
{
    struct hash root = {{9}};
    struct id left = head()->epoch;
    uint64_t kept = head()->position;
    const Dantin__Welcome *welcome = NULL;
    struct bytes held = shown(fixture_greet());

    (void)state;
    model_store_head(fixture.world.store)->epoch.at[0] ^= 0xff;
    fixture_connect(fixture.world.a.public_key);
    fixture_hello("en", signed_checkpoint(&left, kept + 1, &root));
    assert_false(((const Dantin__Welcome *)fixture_expect(MESSAGE_WELCOME, 1))->is_rolled_back);
    fixture_connect(fixture.world.a.public_key);
    fixture_hello("en", held);
    welcome = fixture_expect(MESSAGE_WELCOME, 1);
    assert_false(welcome->is_rolled_back);
    fixture_connect(fixture.world.a.public_key);
    fixture_hello("en", signed_checkpoint(&left, kept, &root));
    assert_true(((const Dantin__Welcome *)fixture_expect(MESSAGE_WELCOME, 1))->is_rolled_back);
}

static void count_call(void *app)
{
    ++*(size_t *)app;
}

/* While the log's key changes: the journal's newest checkpoint is not signed by the key we would name. Nothing is told that does not
 * fit together; the peer comes again, and we look which key it is. */
static void hello__checkpoint_under_another_log_key__busy(void **state)
{
    struct builder_device other;
    size_t calls = 0;

    (void)state;
    (void)fixture_greet();
    builder_device_init(&other, 998);
    fixture.context.receipt_key = other.verify;
    fixture.context.on_other_log_key = count_call;
    fixture.context.app = &calls;
    fixture_connect(fixture.world.a.public_key);
    fixture_hello("en", (struct bytes){0});

    assert_true(fixture_expect_error(0, ERR_BUSY)->may_retry);
    assert_int_equal(calls, 1);
    builder_device_release(&other);
}

/* What we signed under an older log key is our word all the same, as far as that key went: who has it from somewhere makes no word of
 * ours with it. What a key is not known for is nobody's. */
static void hello__older_log_key__counts_as_far_as_it_went(void **state)
{
    struct builder_device other;
    struct hash root = {{9}};
    struct id unknown = {{77}};
    uint8_t key[STORE_LOG_KEY_BYTES];
    uint64_t until = head()->position - 1;
    const struct {
        const struct id *epoch;
        uint64_t size;
        bool is_known, counts;
    } claims[] = {
        {&head()->epoch, until, false, false},
        {&head()->epoch, until + 1, true, false},
        {&head()->epoch, head()->position + 3, true, false},
        {&unknown, until, true, false},
        {&head()->epoch, until, true, true},
    };

    (void)state;
    assert_true(until > 0);
    builder_device_init(&other, 998);
    memcpy(key, fixture.context.receipt_public, SIGN_PUBLIC_KEY_BYTES);
    u64_write(key + SIGN_PUBLIC_KEY_BYTES, until);
    fixture.context.receipt_key = other.verify;
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        struct bytes claim = signed_checkpoint(claims[i].epoch, claims[i].size, &root);
        fixture.world.store->log_keys = claims[i].is_known ? bytes_of(key, sizeof key) : (struct bytes){0};
        fixture_connect(fixture.world.a.public_key);
        fixture_hello("en", claim);
        fixture_expect_error(0, ERR_BUSY);
        assert_int_equal(head()->is_rolled_back, claims[i].counts);
    }
    builder_device_release(&other);
}

/* Anybody can claim anything: without our signature it counts for nothing. */
static void hello__forged_checkpoints__count_for_nothing(void **state)
{
    struct hash root = {{9}};
    struct bytes sound = signed_checkpoint(&head()->epoch, head()->position + 3, &root);

    (void)state;
    for (size_t i = 0; i < sound.len; i++) {
        uint8_t *forged = arena_alloc(&fixture.world.arena, sound.len);
        memcpy(forged, sound.at, sound.len);
        forged[i] ^= 1;
        fixture_connect(fixture.world.a.public_key);
        fixture_hello("en", bytes_of(forged, sound.len));
        assert_false(((const Dantin__Welcome *)fixture_expect(MESSAGE_WELCOME, 1))->is_rolled_back);
    }

    assert_false(head()->is_rolled_back);
}

/* What cannot be remembered must not be passed over: the session ends and the client asks again. */
static void hello__mark_fails__error_not_welcome(void **state)
{
    struct hash root = {{9}};

    (void)state;
    model_store_fail(fixture.world.store, MODEL_MARK_ROLLED_BACK, 1, ERR_DATABASE);
    fixture_hello("en", signed_checkpoint(&head()->epoch, head()->position + 1, &root));

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
        HELLO_TEST(hello__checkpoint_we_have__newest_and_the_way_to_it),
        HELLO_TEST(hello__checkpoint_past_the_head__rolled_back_and_submit_refused),
        HELLO_TEST(hello__checkpoint_of_another_tree__rolled_back),
        HELLO_TEST(hello__checkpoint_of_a_lost_epoch__rolled_back),
        HELLO_TEST(hello__checkpoint_of_an_epoch_left__only_what_was_kept_counts),
        HELLO_TEST(hello__checkpoint_under_another_log_key__busy),
        HELLO_TEST(hello__older_log_key__counts_as_far_as_it_went),
        HELLO_TEST(hello__forged_checkpoints__count_for_nothing),
        HELLO_TEST(hello__mark_fails__error_not_welcome),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#undef HELLO_TEST
