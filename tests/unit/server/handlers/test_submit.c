/* SUBMIT: receipts, verdicts in the client's language, and errors. */
#include "tests/unit/server/handlers/fixture.h"

#include <stdio.h>
#include "common/rules/rules.h"

static void send_sealed(uint64_t request_id, const struct builder_submission *sealed)
{
    Dantin__Submit submit = DANTIN__SUBMIT__INIT;

    submit.has_envelope = submit.has_signature = submit.has_payload_zstd = true;
    submit.envelope = (ProtobufCBinaryData){sealed->envelope.len, (uint8_t *)(uintptr_t)sealed->envelope.at};
    submit.signature =
        (ProtobufCBinaryData){sealed->signature.len, (uint8_t *)(uintptr_t)sealed->signature.at};
    submit.payload_zstd =
        (ProtobufCBinaryData){sealed->payload_zstd.len, (uint8_t *)(uintptr_t)sealed->payload_zstd.at};
    fixture_send(MESSAGE_SUBMIT, request_id, &submit);
}

static struct builder_submission seal_member(uint64_t number, const struct id *branch, const struct id *base)
{
    struct builder_change change = {.kind = KIND_MEMBER, .record = builder_id(number), .is_first_load = true};
    char card[13];

    (void)snprintf(card, sizeof card, "05108%07u", (unsigned)number);
    change.message = builder_member(&fixture.world.arena, "Nguyễn Văn Đạt", branch, card);
    if (base != NULL) {
        change.base = *base;
    }
    return builder_seal(&fixture.world.arena, &fixture.world.a, &change, 1);
}

/* The receipt carries everything the client needs to check the signature, and the signature holds. */
static void submit__sound__receipt_that_verifies(void **state)
{
    struct builder_submission sealed = seal_member(700, &fixture.world.cell_a, NULL);
    const Dantin__Receipt *receipt = NULL;
    uint8_t signed_bytes[RECEIPT_SIGNED_BYTES];
    struct id epoch;
    struct hash leaf;

    (void)state;
    (void)fixture_greet();
    send_sealed(9, &sealed);
    receipt = fixture_expect(MESSAGE_RECEIPT, 9);

    assert_int_equal(receipt->sequence, sealed.sequence);
    assert_int_equal(receipt->change_count, 1);
    assert_int_equal(receipt->n_verdict, 0);
    assert_memory_equal(receipt->envelope_hash.data, sealed.envelope_hash.at, HASH_BYTES);
    assert_int_equal(id_from_bytes(bytes_of(receipt->epoch.data, receipt->epoch.len), &epoch), ERR_OK);
    assert_int_equal(hash_from_bytes(bytes_of(receipt->leaf.data, receipt->leaf.len), &leaf), ERR_OK);
    receipt_signed_bytes(&epoch, receipt->position, &leaf, signed_bytes);
    assert_int_equal(verify_key_check(fixture.world.receipt_verify,
                                      bytes_of(signed_bytes, sizeof signed_bytes),
                                      bytes_of(receipt->signature.data, receipt->signature.len)),
                     ERR_OK);
}

/* What was sealed under a key the device has left since is known by that key when it is offered again; by no other. */
static void submit__of_a_former_key__same_receipt(void **state)
{
    struct builder_submission sealed = seal_member(700, &fixture.world.cell_a, NULL);
    struct tls_peer peer = {.device = fixture.world.a.device};
    uint8_t forged[SIGN_SIGNATURE_BYTES];

    (void)state;
    (void)fixture_greet();
    send_sealed(9, &sealed);
    const Dantin__Receipt *first = fixture_expect(MESSAGE_RECEIPT, 9);
    model_store_change_key(fixture.world.store, &fixture.world.a.device, fixture.world.b.public_key,
                           sealed.sequence + 1);
    memcpy(peer.public_key, fixture.world.b.public_key, sizeof peer.public_key);
    fixture_connect_peer(&peer);
    (void)fixture_greet();

    send_sealed(10, &sealed);
    const Dantin__Receipt *again = fixture_expect(MESSAGE_RECEIPT, 10);

    assert_int_equal(again->position, first->position);
    assert_memory_equal(again->signature.data, first->signature.data, first->signature.len);
    memcpy(forged, sealed.signature.at, sizeof forged);
    forged[7] ^= 1;
    sealed.signature = bytes_of(forged, sizeof forged);
    send_sealed(11, &sealed);
    (void)fixture_expect_error(11, ERR_BAD_SIGNATURE);
}

/* The store cannot be asked for the key: an error to be tried again, not a wrong signature. */
static void submit__former_key_not_to_be_had__error(void **state)
{
    struct builder_submission sealed = seal_member(700, &fixture.world.cell_a, NULL);
    struct tls_peer peer = {.device = fixture.world.a.device};

    (void)state;
    model_store_change_key(fixture.world.store, &fixture.world.a.device, fixture.world.b.public_key,
                           sealed.sequence + 1);
    memcpy(peer.public_key, fixture.world.b.public_key, sizeof peer.public_key);
    fixture_connect_peer(&peer);
    (void)fixture_greet();
    model_store_fail(fixture.world.store, MODEL_FIND_DEVICE, 1, ERR_DATABASE);
    send_sealed(12, &sealed);
    (void)fixture_expect_error(12, ERR_DATABASE);
}

/* The same bytes again give the same receipt, on another session too. */
static void submit__again__same_receipt(void **state)
{
    struct builder_submission sealed = seal_member(700, &fixture.world.cell_a, NULL);
    const Dantin__Receipt *first = NULL;
    const Dantin__Receipt *second = NULL;

    (void)state;
    (void)fixture_greet();
    send_sealed(9, &sealed);
    first = fixture_expect(MESSAGE_RECEIPT, 9);
    fixture_connect(fixture.world.a.public_key);
    (void)fixture_greet();
    send_sealed(5, &sealed);
    second = fixture_expect(MESSAGE_RECEIPT, 5);

    assert_int_equal(first->position, second->position);
    assert_memory_equal(first->signature.data, second->signature.data, SIGN_SIGNATURE_BYTES);
}

/* A refused change comes with its rule and a sentence in the language of HELLO. */
static void submit__out_of_scope__verdict_with_its_text(void **state)
{
    struct builder_submission sealed = seal_member(701, &fixture.world.cell_b, NULL);
    const Dantin__Receipt *receipt = NULL;

    (void)state;
    (void)fixture_greet();
    send_sealed(9, &sealed);
    receipt = fixture_expect(MESSAGE_RECEIPT, 9);

    assert_int_equal(receipt->n_verdict, 1);
    assert_int_equal(receipt->verdict[0]->code, VERDICT_REFUSED);
    assert_string_equal(receipt->verdict[0]->rule, "ingest.out_of_scope");
    assert_string_equal(receipt->verdict[0]->text, rules_find("ingest.out_of_scope")->text_en);
}

/* A conflict names the current version and carries its content. */
static void submit__stale_base__conflict_with_the_current_version(void **state)
{
    struct builder_submission first = seal_member(702, &fixture.world.cell_a, NULL);
    struct builder_submission second;
    const Dantin__Receipt *receipt = NULL;
    struct id version = builder_version(&first, 0);

    (void)state;
    (void)fixture_greet();
    send_sealed(1, &first);
    (void)fixture_expect(MESSAGE_RECEIPT, 1);
    second = seal_member(702, &fixture.world.cell_a, NULL);
    send_sealed(2, &second);
    receipt = fixture_expect(MESSAGE_RECEIPT, 2);

    assert_int_equal(receipt->n_verdict, 1);
    assert_int_equal(receipt->verdict[0]->code, VERDICT_CONFLICT);
    assert_memory_equal(receipt->verdict[0]->current.data, version.at, ID_BYTES);
    assert_true(receipt->verdict[0]->has_current_body);
    assert_non_null(receipt->verdict[0]->text);
}

/* Not our device's signature: an error for the request, and the line stays. */
static void submit__spoilt_signature__error(void **state)
{
    struct builder_submission sealed = seal_member(703, &fixture.world.cell_a, NULL);
    struct bytes signature = arena_copy(&fixture.world.arena, sealed.signature);

    (void)state;
    (void)fixture_greet();
    ((uint8_t *)(uintptr_t)signature.at)[5] ^= 1;
    sealed.signature = signature;
    send_sealed(9, &sealed);

    assert_false(fixture_expect_error(9, ERR_BAD_SIGNATURE)->may_retry);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
}

/* A quarantined device is still welcome to read, but its submissions are refused loudly. */
static void submit__quarantined_device__cloned(void **state)
{
    struct builder_submission sealed = seal_member(704, &fixture.world.cell_a, NULL);

    (void)state;
    model_store_device(fixture.world.store, &fixture.world.a.device)->is_quarantined = true;
    (void)fixture_greet();
    send_sealed(9, &sealed);

    fixture_expect_error(9, ERR_CLONED);
}

/* Quarantine takes no receipt away: what was journalled before it is answered for ever, on a session that began after
 * it too. */
static void submit__journalled_before_quarantine__first_receipt(void **state)
{
    struct builder_submission sealed = seal_member(707, &fixture.world.cell_a, NULL);
    const Dantin__Receipt *first = NULL;
    const Dantin__Receipt *again = NULL;

    (void)state;
    (void)fixture_greet();
    send_sealed(1, &sealed);
    first = fixture_expect(MESSAGE_RECEIPT, 1);
    model_store_device(fixture.world.store, &fixture.world.a.device)->is_quarantined = true;
    fixture_connect(fixture.world.a.public_key);
    (void)fixture_greet();
    send_sealed(2, &sealed);
    again = fixture_expect(MESSAGE_RECEIPT, 2);

    assert_int_equal(again->position, first->position);
    assert_memory_equal(again->signature.data, first->signature.data, SIGN_SIGNATURE_BYTES);
}

/* Who may only view now was a clerk once: nothing new is taken of the device, and the receipts of then are given again. */
static void submit__viewer__first_receipt_of_old_forbidden_for_new(void **state)
{
    struct builder_submission sealed = seal_member(708, &fixture.world.cell_a, NULL);
    struct builder_submission later = seal_member(709, &fixture.world.cell_a, NULL);
    const Dantin__Receipt *first = NULL;
    const Dantin__Receipt *again = NULL;

    (void)state;
    (void)fixture_greet();
    send_sealed(1, &sealed);
    first = fixture_expect(MESSAGE_RECEIPT, 1);
    model_store_device(fixture.world.store, &fixture.world.a.device)->role = ROLE_VIEWER;
    fixture_connect(fixture.world.a.public_key);
    (void)fixture_greet();
    send_sealed(2, &sealed);
    again = fixture_expect(MESSAGE_RECEIPT, 2);
    assert_int_equal(again->position, first->position);
    assert_memory_equal(again->signature.data, first->signature.data, SIGN_SIGNATURE_BYTES);
    send_sealed(3, &later);
    fixture_expect_error(3, ERR_FORBIDDEN);
}

/* Same sequence, other bytes: cloned, and from then on for the whole device. */
static void submit__same_sequence_other_bytes__cloned(void **state)
{
    struct builder_device twin;
    struct builder_submission first;
    struct builder_submission second;

    (void)state;
    twin = fixture.world.a;
    first = seal_member(705, &fixture.world.cell_a, NULL);
    fixture.world.a.sequence = twin.sequence;
    fixture.world.a.previous = twin.previous;
    second = seal_member(706, &fixture.world.cell_a, NULL);
    (void)fixture_greet();
    send_sealed(1, &first);
    (void)fixture_expect(MESSAGE_RECEIPT, 1);
    send_sealed(2, &second);

    fixture_expect_error(2, ERR_CLONED);
}

/* The line breaks while the group commits: the submission stands, and nobody is answered twice. */
static void submit__line_lost_while_queued__still_applied(void **state)
{
    struct builder_submission sealed = seal_member(707, &fixture.world.cell_a, NULL);
    size_t before = model_store_entry_count(fixture.world.store);

    (void)state;
    (void)fixture_greet();
    send_sealed(9, &sealed);
    session_on_lost(fixture.session);
    session_free(fixture.session);
    fixture.session = NULL;
    model_world_settle(&fixture.world);

    assert_int_equal(model_store_entry_count(fixture.world.store), before + 1);
}

/* An authentic submission that cannot be read is answered with a receipt, so that the device is not stuck. */
static void submit__unreadable_payload__receipt_says_so(void **state)
{
    struct builder_submission sealed;
    struct bytes change = bytes_of("\xff\xff", 2);
    const Dantin__Receipt *receipt = NULL;

    (void)state;
    sealed = builder_seal_bytes(&fixture.world.arena, &fixture.world.a, &change, 1, BUILDER_PAYLOAD_GARBAGE);
    (void)fixture_greet();
    send_sealed(9, &sealed);
    receipt = fixture_expect(MESSAGE_RECEIPT, 9);

    assert_true(receipt->is_unreadable);
}

#define SUBMIT_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUBMIT_TEST(submit__sound__receipt_that_verifies),
        SUBMIT_TEST(submit__again__same_receipt),
        SUBMIT_TEST(submit__of_a_former_key__same_receipt),
        SUBMIT_TEST(submit__former_key_not_to_be_had__error),
        SUBMIT_TEST(submit__out_of_scope__verdict_with_its_text),
        SUBMIT_TEST(submit__stale_base__conflict_with_the_current_version),
        SUBMIT_TEST(submit__spoilt_signature__error),
        SUBMIT_TEST(submit__quarantined_device__cloned),
        SUBMIT_TEST(submit__journalled_before_quarantine__first_receipt),
        SUBMIT_TEST(submit__viewer__first_receipt_of_old_forbidden_for_new),
        SUBMIT_TEST(submit__same_sequence_other_bytes__cloned),
        SUBMIT_TEST(submit__line_lost_while_queued__still_applied),
        SUBMIT_TEST(submit__unreadable_payload__receipt_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#undef SUBMIT_TEST
