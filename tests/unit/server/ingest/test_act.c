/* Acts of the administration and changes of keys: read strictly, judged against the devices there are. */
#include "server/ingest/act.h"

#include <string.h>

#include "common/wire/key_change.h"
#include "common/wire/message.h"
#include "proto/journal.pb-c.h"
#include "tests/lib/model_world.h"
#include "tests/lib/test.h"

static struct model_world w;
static struct builder_device log_device;
static struct builder_device fresh; /* a key that is no device yet */

static int fixture_open(void **state)
{
    (void)state;
    model_world_open(&w);
    builder_device_init(&log_device, 70);
    builder_device_init(&fresh, 71);
    struct store_device row = builder_store_device(&log_device, &(struct id){{0}}, true);
    row.role = ROLE_LOG;
    model_store_add_device(w.store, &log_device.device, &row);
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    builder_device_release(&log_device);
    builder_device_release(&fresh);
    model_world_close(&w);
    return 0;
}

static struct bytes pack(const void *message)
{
    struct buf packed;
    buf_init(&packed, 1 << 16);
    assert_int_equal(message_pack(message, &packed), ERR_OK);
    struct bytes copy = arena_copy(&w.arena, buf_content(&packed));
    buf_release(&packed);
    return copy;
}

static struct model_answer *offer(struct builder_device *device, uint16_t content, const struct bytes *items,
                                  size_t count)
{
    struct builder_submission sealed =
        builder_seal_content(&w.arena, device, content, items, count, BUILDER_SOUND);
    struct model_answer *answer = model_world_offer(&w, device, &sealed);
    model_world_settle(&w);
    return answer;
}

/* The rule that refused item 0, "" when it was applied. */
static const char *act(const Dantin__Act *message)
{
    static char rule[RULE_ID_BYTES_MAX];
    struct bytes item = pack(message);
    struct model_answer *answer = offer(&log_device, ENVELOPE_CONTENT_ACTS, &item, 1);
    assert_int_equal(answer->answer.err, ERR_OK);
    struct verdict verdict = model_answer_verdict(answer, 0);
    memcpy(rule, verdict.rule, sizeof rule);
    return rule;
}

static Dantin__ActDevice device_of(const struct builder_device *device, const char *role)
{
    Dantin__ActDevice message = DANTIN__ACT_DEVICE__INIT;
    message.has_public_key = message.has_sender = true;
    message.public_key =
        (ProtobufCBinaryData){SIGN_PUBLIC_KEY_BYTES, (uint8_t *)(uintptr_t)device->public_key};
    message.sender = (ProtobufCBinaryData){ID_BYTES, w.branch_a.at};
    message.role = (char *)(uintptr_t)role;
    return message;
}

static const char *enrol(const struct builder_device *device, const char *role)
{
    Dantin__ActDevice message = device_of(device, role);
    Dantin__Act one = DANTIN__ACT__INIT;
    one.device = &message;
    return act(&one);
}

static const char *revoke(const struct hash *device)
{
    Dantin__ActRevoke message = DANTIN__ACT_REVOKE__INIT;
    Dantin__Act one = DANTIN__ACT__INIT;
    message.has_device = true;
    message.device = (ProtobufCBinaryData){HASH_BYTES, (uint8_t *)(uintptr_t)device->at};
    one.revoke = &message;
    return act(&one);
}

static struct model_answer *submit_member(struct builder_device *device)
{
    struct id id = builder_id(w.next_id++);
    return model_world_put(&w, device, KIND_MEMBER, &id, NULL,
                           builder_member(&w.arena, "Nguyễn Văn An", &w.cell_a, NULL));
}

/* A key speaks from its act on, until it is revoked, and then never again. */
static void act_device__enrolled_then_revoked__speaks_only_between(void **state)
{
    (void)state;
    assert_int_equal(submit_member(&fresh)->answer.err, ERR_UNAUTHORISED);
    fresh.sequence = 0; /* nothing of it was journalled */
    fresh.previous = (struct hash){0};

    assert_string_equal(enrol(&fresh, "clerk"), "");
    assert_int_equal(submit_member(&fresh)->answer.err, ERR_OK);
    assert_string_equal(enrol(&fresh, "viewer"), "act.device_exists");
    assert_string_equal(revoke(&fresh.device), "");

    assert_int_equal(submit_member(&fresh)->answer.err, ERR_UNAUTHORISED);
    assert_string_equal(revoke(&fresh.device), "act.device_revoked");
    assert_string_equal(enrol(&fresh, "clerk"), "act.device_exists");
}

/* Who is not the log cannot act, whatever it signs. */
static void act_device__by_a_clerk__refused(void **state)
{
    (void)state;
    Dantin__ActDevice message = device_of(&fresh, "clerk");
    Dantin__Act one = DANTIN__ACT__INIT;
    one.device = &message;
    struct bytes item = pack(&one);

    struct model_answer *answer = offer(&w.a, ENVELOPE_CONTENT_ACTS, &item, 1);

    assert_int_equal(answer->answer.err, ERR_OK);
    assert_string_equal(model_answer_verdict(answer, 0).rule, "ingest.role");
    assert_null(model_store_device(w.store, &fresh.device));
}

/* The log key says what it is for and nothing else. */
static void log_key__submits_records__forbidden(void **state)
{
    (void)state;
    assert_int_equal(submit_member(&log_device)->answer.err, ERR_FORBIDDEN);
}

/* Two operators; whether the second one signed it, dantin-verify looks at. */
static void agree(Dantin__ActRole *message)
{
    static uint8_t signature[SIGN_SIGNATURE_BYTES];
    message->proposed_by = (char *)(uintptr_t) "an";
    message->approved_by = (char *)(uintptr_t) "binh";
    message->has_proposed_at = message->has_approval_signature = true;
    message->approval_signature = (ProtobufCBinaryData){sizeof signature, signature};
}

/* One person alone gives no role. */
static void act_role__without_a_second_operator__unreadable(void **state)
{
    (void)state;
    Dantin__ActRole whole = DANTIN__ACT_ROLE__INIT;
    Dantin__Act one = DANTIN__ACT__INIT;
    whole.has_device = true;
    whole.device = (ProtobufCBinaryData){HASH_BYTES, w.a.device.at};
    whole.role = (char *)(uintptr_t) "viewer";
    agree(&whole);
    Dantin__ActRole bad[] = {whole, whole, whole, whole, whole};
    bad[0].proposed_by = NULL;
    bad[1].approved_by = NULL;
    bad[2].approved_by = bad[2].proposed_by;
    bad[3].approval_signature.len--;
    bad[4].has_proposed_at = false;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        one.role = &bad[i];
        assert_string_equal(act(&one), "ingest.unreadable");
    }
    one.role = &whole;
    assert_string_equal(act(&one), "");
}

static void act_role__province_role_at_a_sender__refused(void **state)
{
    (void)state;
    Dantin__ActRole message = DANTIN__ACT_ROLE__INIT;
    Dantin__Act one = DANTIN__ACT__INIT;
    message.has_device = true;
    message.device = (ProtobufCBinaryData){HASH_BYTES, w.a.device.at};
    one.role = &message;
    agree(&message);

    message.role = (char *)(uintptr_t) "auditor";
    assert_string_equal(act(&one), "act.role");
    message.role = (char *)(uintptr_t) "log";
    assert_string_equal(act(&one), "ingest.unreadable");
    message.role = (char *)(uintptr_t) "viewer";
    assert_string_equal(act(&one), "");
    assert_int_equal(submit_member(&w.a)->answer.err, ERR_FORBIDDEN);
    message.device = (ProtobufCBinaryData){HASH_BYTES, fresh.device.at};
    assert_string_equal(act(&one), "act.device_unknown");
    message.device = (ProtobufCBinaryData){HASH_BYTES, log_device.device.at};
    assert_string_equal(act(&one), "act.device_unknown");
    assert_string_equal(enrol(&fresh, "administrator"), "act.role");
}

/* Keys under which signatures can be forged never become devices. */
static void act_device__small_order_key__unreadable(void **state)
{
    (void)state;
    uint8_t identity[SIGN_PUBLIC_KEY_BYTES] = {1};
    Dantin__ActDevice message = device_of(&fresh, "clerk");
    Dantin__Act one = DANTIN__ACT__INIT;
    one.device = &message;
    message.public_key = (ProtobufCBinaryData){sizeof identity, identity};

    assert_string_equal(act(&one), "ingest.unreadable");
}

/* The end of the chain over the log of reads: a number and a hash, taken as they are. */
static void act_looks__number_and_hash__or_unreadable(void **state)
{
    (void)state;
    uint8_t hash[HASH_BYTES] = {1};
    Dantin__ActLooks message = DANTIN__ACT_LOOKS__INIT;
    Dantin__Act one = DANTIN__ACT__INIT;
    one.looks = &message;

    assert_string_equal(act(&one), "ingest.unreadable");
    message.has_number = message.has_hash = true;
    message.number = 7;
    message.hash = (ProtobufCBinaryData){sizeof hash - 1, hash};
    assert_string_equal(act(&one), "ingest.unreadable");
    message.hash.len = sizeof hash;
    assert_string_equal(act(&one), "");
    message.number = UINT64_MAX;
    assert_string_equal(act(&one), "ingest.unreadable");
}

/* Two acts in one item, or none, mean nothing. */
static void act__not_exactly_one__unreadable(void **state)
{
    (void)state;
    Dantin__ActDevice device = device_of(&fresh, "clerk");
    Dantin__ActWitnesses witnesses = DANTIN__ACT_WITNESSES__INIT;
    Dantin__Act one = DANTIN__ACT__INIT;

    assert_string_equal(act(&one), "ingest.unreadable");
    one.device = &device;
    one.witnesses = &witnesses;
    assert_string_equal(act(&one), "ingest.unreadable");
    one.device = NULL;
    assert_string_equal(act(&one), "");
}

static void act__device_named_twice__second_refused(void **state)
{
    (void)state;
    Dantin__ActRevoke message = DANTIN__ACT_REVOKE__INIT;
    Dantin__Act one = DANTIN__ACT__INIT;
    message.has_device = true;
    message.device = (ProtobufCBinaryData){HASH_BYTES, w.a.device.at};
    one.revoke = &message;
    struct bytes items[] = {pack(&one), pack(&one)};

    struct model_answer *answer = offer(&log_device, ENVELOPE_CONTENT_ACTS, items, 2);

    assert_string_equal(model_answer_verdict(answer, 0).rule, "");
    assert_string_equal(model_answer_verdict(answer, 1).rule, "act.named_twice");
}

/* A new epoch says from where it goes on; only the head as it is will do, and only alone. */
static void act_epoch__continues_the_head__only_from_there(void **state)
{
    (void)state;
    struct store_head head = *model_store_head(w.store);
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    for (size_t i = 0; i < model_store_entry_count(w.store); i++) {
        merkle_frontier_append(&frontier, &model_store_entry(w.store, i)->leaf);
    }
    struct hash root = merkle_frontier_root(&frontier);
    struct id next = {{0xe1}};
    Dantin__ActEpoch message = DANTIN__ACT_EPOCH__INIT;
    Dantin__Act one = DANTIN__ACT__INIT;
    one.epoch = &message;
    message.has_previous = message.has_branch_root = message.has_epoch = message.has_branch_size = true;
    message.previous = (ProtobufCBinaryData){ID_BYTES, head.epoch.at};
    message.branch_root = (ProtobufCBinaryData){HASH_BYTES, root.at};
    message.epoch = (ProtobufCBinaryData){ID_BYTES, next.at};
    message.branch_size = head.position;
    struct bytes items[] = {pack(&one), pack(&one)};

    struct model_answer *two = offer(&log_device, ENVELOPE_CONTENT_ACTS, items, 2);
    assert_string_equal(model_answer_verdict(two, 0).rule, "act.epoch");
    assert_string_equal(act(&one), "act.epoch"); /* the head moved on meanwhile */
    model_store_head(w.store)->is_rolled_back = true;
    for (size_t i = head.position; i < model_store_entry_count(w.store); i++) {
        merkle_frontier_append(&frontier, &model_store_entry(w.store, i)->leaf);
    }
    root = merkle_frontier_root(&frontier);
    message.branch_size = frontier.size;
    struct bytes item = pack(&one);
    struct model_answer *opened = offer(&log_device, ENVELOPE_CONTENT_ACTS, &item, 1);

    assert_string_equal(model_answer_verdict(opened, 0).rule, "");
    assert_true(id_equal(&opened->answer.receipt.epoch, &next));
    assert_true(id_equal(&model_store_head(w.store)->epoch, &next));
    assert_false(model_store_head(w.store)->is_rolled_back);
    assert_true(model_store_head(w.store)->is_refilling);
}

static Dantin__KeyChange key_change(const struct builder_device *device, const struct builder_device *next,
                                    uint8_t possession[SIGN_SIGNATURE_BYTES])
{
    Dantin__KeyChange message = DANTIN__KEY_CHANGE__INIT;
    uint8_t signed_bytes[KEY_CHANGE_SIGNED_BYTES];
    key_change_signed_bytes(&device->device, device->sequence + 1, signed_bytes);
    signing_key_sign(next->key, bytes_of(signed_bytes, sizeof signed_bytes), possession);
    message.has_public_key = message.has_possession = true;
    message.public_key = (ProtobufCBinaryData){SIGN_PUBLIC_KEY_BYTES, (uint8_t *)(uintptr_t)next->public_key};
    message.possession = (ProtobufCBinaryData){SIGN_SIGNATURE_BYTES, possession};
    return message;
}

/* The device goes on under its new key: id, sequence and chain stay. */
static void key_change__announced_by_the_old_key__device_goes_on(void **state)
{
    (void)state;
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    Dantin__KeyChange message = key_change(&w.a, &fresh, possession);
    struct bytes item = pack(&message);

    struct model_answer *answer = offer(&w.a, ENVELOPE_CONTENT_KEY, &item, 1);

    assert_int_equal(answer->answer.err, ERR_OK);
    assert_string_equal(model_answer_verdict(answer, 0).rule, "");
    assert_memory_equal(model_store_device(w.store, &w.a.device)->public_key, fresh.public_key,
                        SIGN_PUBLIC_KEY_BYTES);
    struct builder_device renewed = w.a;
    renewed.key = fresh.key;
    renewed.verify = fresh.verify;
    assert_int_equal(submit_member(&renewed)->answer.err, ERR_OK);
}

/* The announcement and what follows it may come in one group, sent while the session of the old key lasts. The next entry is the new
 * key's or none: under the old one the journal would hold an entry that nobody could check any more. */
static void key_change__next_in_the_same_group__only_by_the_new_key(void **state)
{
    (void)state;
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    Dantin__KeyChange message = key_change(&w.a, &fresh, possession);
    struct bytes item = pack(&message);
    struct builder_submission announced =
        builder_seal_content(&w.arena, &w.a, ENVELOPE_CONTENT_KEY, &item, 1, BUILDER_SOUND);
    struct builder_device renewed = w.a;
    renewed.key = fresh.key;
    renewed.verify = fresh.verify;
    struct builder_submission by_old =
        builder_seal_content(&w.arena, &w.a, ENVELOPE_CONTENT_CHANGES, &item, 1, BUILDER_SOUND);
    struct builder_submission by_new =
        builder_seal_content(&w.arena, &renewed, ENVELOPE_CONTENT_CHANGES, &item, 1, BUILDER_SOUND);
    struct builder_submission other =
        builder_seal_content(&w.arena, &w.b, ENVELOPE_CONTENT_CHANGES, &item, 1, BUILDER_SOUND);

    (void)model_world_offer(&w, &w.b,
                            &other); /* a group of its own; the next two wait for it, and make one */
    struct model_answer *first = model_world_offer(&w, &w.a, &announced);
    struct model_answer *second = model_world_offer(&w, &w.a, &by_old);
    model_world_settle(&w);
    struct model_answer *third = model_world_offer(&w, &w.a, &by_old);
    struct model_answer *fourth = model_world_offer(&w, &renewed, &by_new);
    model_world_settle(&w);

    assert_int_equal(first->answer.err, ERR_OK);
    assert_int_equal(second->answer.err, ERR_BAD_SIGNATURE);
    assert_int_equal(third->answer.err, ERR_BAD_SIGNATURE);
    assert_int_equal(fourth->answer.err, ERR_OK);
}

/* Nobody takes a key for his own that he does not hold. */
static void key_change__new_key_did_not_sign__refused(void **state)
{
    (void)state;
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    Dantin__KeyChange message = key_change(&w.a, &fresh, possession);
    possession[0] ^= 1;
    struct bytes item = pack(&message);

    struct model_answer *answer = offer(&w.a, ENVELOPE_CONTENT_KEY, &item, 1);

    assert_string_equal(model_answer_verdict(answer, 0).rule, "act.possession");
    assert_memory_equal(model_store_device(w.store, &w.a.device)->public_key, w.a.public_key,
                        SIGN_PUBLIC_KEY_BYTES);
}

/* The act that gives the log another key, sealed as `log` says. */
static const char *change_log_key(struct builder_device *log, const struct builder_device *next,
                                  const struct builder_device *prover)
{
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    uint8_t signed_bytes[KEY_CHANGE_SIGNED_BYTES];
    Dantin__ActLogKey message = DANTIN__ACT_LOG_KEY__INIT;
    Dantin__Act one = DANTIN__ACT__INIT;
    key_change_signed_bytes(&log->device, log->sequence + 1, signed_bytes);
    signing_key_sign(prover->key, bytes_of(signed_bytes, sizeof signed_bytes), possession);
    message.has_public_key = message.has_possession = true;
    message.public_key = (ProtobufCBinaryData){SIGN_PUBLIC_KEY_BYTES, (uint8_t *)(uintptr_t)next->public_key};
    message.possession = (ProtobufCBinaryData){sizeof possession, possession};
    one.log_key = &message;
    return act(&one);
}

/* From the next act on the log signs with the new key, and with the old one never again. */
static void act_log_key__changed__next_act_by_the_new_key_alone(void **state)
{
    (void)state;
    struct builder_device old = log_device;
    struct builder_device under_new = fresh;

    assert_string_equal(change_log_key(&log_device, &fresh, &log_device), "act.possession");
    assert_string_equal(change_log_key(&log_device, &fresh, &fresh), "");

    under_new.device = log_device.device;
    under_new.sequence = log_device.sequence;
    under_new.previous = log_device.previous;
    old.sequence = log_device.sequence;
    old.previous = log_device.previous;
    Dantin__ActRevoke message = DANTIN__ACT_REVOKE__INIT;
    Dantin__Act one = DANTIN__ACT__INIT;
    message.has_device = true;
    message.device = (ProtobufCBinaryData){HASH_BYTES, w.b.device.at};
    one.revoke = &message;
    struct bytes item = pack(&one);
    assert_int_not_equal(offer(&old, ENVELOPE_CONTENT_ACTS, &item, 1)->answer.err, ERR_OK);
    assert_false(model_store_device(w.store, &w.b.device)->is_revoked);
    assert_int_equal(offer(&under_new, ENVELOPE_CONTENT_ACTS, &item, 1)->answer.err, ERR_OK);
    assert_true(model_store_device(w.store, &w.b.device)->is_revoked);
}

/* A device of people cannot change the log's key by an act, whatever it signs. */
static void act_log_key__by_a_clerk__refused(void **state)
{
    (void)state;
    uint8_t zeros[SIGN_SIGNATURE_BYTES] = {0};
    Dantin__ActLogKey message = DANTIN__ACT_LOG_KEY__INIT;
    Dantin__Act one = DANTIN__ACT__INIT;
    message.has_public_key = message.has_possession = true;
    message.public_key = (ProtobufCBinaryData){SIGN_PUBLIC_KEY_BYTES, fresh.public_key};
    message.possession = (ProtobufCBinaryData){sizeof zeros, zeros};
    one.log_key = &message;
    struct bytes item = pack(&one);

    struct model_answer *answer = offer(&w.a, ENVELOPE_CONTENT_ACTS, &item, 1);

    assert_string_equal(model_answer_verdict(answer, 0).rule, "ingest.role");
    assert_memory_equal(model_store_device(w.store, &w.a.device)->public_key, w.a.public_key,
                        SIGN_PUBLIC_KEY_BYTES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(act_device__enrolled_then_revoked__speaks_only_between),
        TEST(act_device__by_a_clerk__refused),
        TEST(log_key__submits_records__forbidden),
        TEST(act_log_key__changed__next_act_by_the_new_key_alone),
        TEST(act_log_key__by_a_clerk__refused),
        TEST(act_role__without_a_second_operator__unreadable),
        TEST(act_role__province_role_at_a_sender__refused),
        TEST(act_device__small_order_key__unreadable),
        TEST(act__not_exactly_one__unreadable),
        TEST(act_looks__number_and_hash__or_unreadable),
        TEST(act__device_named_twice__second_refused),
        TEST(act_epoch__continues_the_head__only_from_there),
        TEST(key_change__announced_by_the_old_key__device_goes_on),
        TEST(key_change__next_in_the_same_group__only_by_the_new_key),
        TEST(key_change__new_key_did_not_sign__refused),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
