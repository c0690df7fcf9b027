/* The outbox: what is sealed can be read back and proves itself; receipts are believed only when everything
 * fits. */
#include "tests/lib/test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "client/lib/store_setting.h"
#include "client/lib/store_witness.h"
#include "common/base/random.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/client_world.h"
#include "tests/lib/fault_vfs.h"

enum { MANY_MEMBERS = 3000, WIRE_BYTES_PER_MEMBER_MAX = 100 };

static struct client_world world;
static struct id branch;
static const struct id epoch = {{0xe1}};

static int setup(void **state)
{
    (void)state;
    client_world_open(&world);
    branch = client_id(1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_world_close(&world);
    return 0;
}

/* Check one submission on its own: signature, hashes, limits, every change. Returns its number of changes. */
static size_t check_sealed(uint64_t sequence, const struct hash *previous, struct hash *ret_hash)
{
    struct store_sealed sealed = {0};
    struct envelope envelope = {0};
    struct payload payload = {0};
    struct arena arena;
    struct verify_key *key = NULL;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    arena_init(&arena, 64 << 20);
    signing_key_public(world.device_key, public_key);
    assert_int_equal(verify_key_new(bytes_of(public_key, sizeof public_key), &key), ERR_OK);
    assert_int_equal(store_sealed_get(world.store, sequence, &arena, &sealed), ERR_OK);
    assert_int_equal(verify_key_check(key, sealed.envelope, sealed.signature), ERR_OK);
    assert_int_equal(envelope_decode(sealed.envelope, &envelope), ERR_OK);
    assert_int_equal(envelope.sequence, sequence);
    assert_int_equal(envelope.schema_version, SCHEMA_VERSION);
    assert_true(hash_equal(&envelope.previous, previous));
    assert_true(hash_equal(&envelope.device, &world.signer.device));
    assert_true(sealed.payload_zstd.len <= PAYLOAD_COMPRESSED_BYTES_MAX);
    assert_int_equal(payload_decode(sealed.payload_zstd, &arena, &payload), ERR_OK);
    assert_true(hash_equal(&payload.hash, &envelope.payload_hash));
    assert_int_equal(payload.plain_bytes, envelope.payload_bytes);
    assert_int_equal(payload.change_count, sealed.item_count);
    size_t elements = 0;
    for (size_t i = 0; i < payload.change_count; i++) {
        elements += payload_change_elements(payload.changes[i]);
        Dantin__Change *change = NULL;
        struct id id = {{0}};
        assert_int_equal(
            message_unpack(&dantin__change__descriptor, payload.changes[i], false, &arena, &change), ERR_OK);
        assert_int_equal(id_from_bytes(bytes_of(change->record.data, change->record.len), &id), ERR_OK);
        struct id version = version_name(&sealed.envelope_hash, (uint32_t)i);
        struct store_record record = client_get(&world, (enum record_kind)change->kind, &id);
        assert_memory_equal(record.base.at, version.at, ID_BYTES);
        assert_false(record.has_open_change);
    }
    assert_true(elements <= PAYLOAD_ELEMENTS_MAX);
    *ret_hash = sealed.envelope_hash;
    verify_key_free(key);
    arena_release(&arena);
    return payload.change_count;
}

/* Full submissions: near the limit, a chain without gaps, every change once, and few bytes per member. */
static void outbox_seal__three_thousand_members__few_full_submissions(void **state)
{
    (void)state;
    struct hash previous = {{0}};
    struct store_sealed first = {0};
    size_t changes = 0;
    client_put_members(&world, MANY_MEMBERS, &branch);

    struct outbox_sealed sealed = client_seal(&world);

    assert_int_equal(sealed.changes, MANY_MEMBERS);
    for (uint64_t sequence = 1; sequence <= sealed.submissions; sequence++) {
        changes += check_sealed(sequence, &previous, &previous);
    }
    assert_int_equal(changes, MANY_MEMBERS);
    assert_int_equal(store_sealed_get(world.store, 1, &world.arena, &first), ERR_OK);
    assert_true(first.item_count == PAYLOAD_CHANGES_MAX ||
                first.payload_zstd.len > PAYLOAD_COMPRESSED_BYTES_MAX * 9 / 10);
    assert_true(first.payload_zstd.len / first.item_count < WIRE_BYTES_PER_MEMBER_MAX);
    assert_int_equal(client_seal(&world).submissions, 0);
}

/* Records that do not compress still keep to the limit of a submission. */
static void outbox_seal__incompressible_names__cut_by_size(void **state)
{
    (void)state;
    enum { RECORDS = 400, NAME_BYTES = 480 };
    struct prng prng;
    struct hash previous = {{0}};
    size_t changes = 0;
    prng_init(&prng, 7);
    assert_int_equal(store_begin(world.store), ERR_OK);
    for (size_t i = 0; i < RECORDS; i++) {
        char name[NAME_BYTES + 1];
        for (size_t at = 0; at < NAME_BYTES; at++) {
            name[at] = (char)('!' + prng_below(&prng, 90));
        }
        name[NAME_BYTES] = '\0';
        struct store_put put = {.kind = KIND_BRANCH,
                                .record = client_id(100 + i),
                                .message = client_branch(&world, name, NULL, &branch),
                                .origin = RECORD_OWN};
        assert_int_equal(store_record_put(world.store, &put), ERR_OK);
    }
    assert_int_equal(store_commit(world.store), ERR_OK);

    struct outbox_sealed sealed = client_seal(&world);

    assert_true(sealed.submissions > 1);
    for (uint64_t sequence = 1; sequence <= sealed.submissions; sequence++) {
        changes += check_sealed(sequence, &previous, &previous);
    }
    assert_int_equal(changes, RECORDS);
}

/* Records of many small parts compress well, and still keep to the limit on elements: past it the server would refuse the
 * submission as a whole. */
static void outbox_seal__many_elements__cut_by_their_number(void **state)
{
    (void)state;
    enum { RECORDS = 800, FIGURES = SCHEMA_LIST_ELEMENTS_MAX };
    const struct kind_schema *schema = schema_of(KIND_LOCALITY);
    int list = schema_list_index(schema, "population");
    struct hash previous = {{0}};
    size_t changes = 0;
    void *locality = NULL;
    assert_int_equal(record_new(schema, &world.arena, &locality), ERR_OK);
    for (int i = 0; i < FIGURES; i++) {
        struct value items[] = {
            {.is_stated = true, .number = 10000 + i}, {.is_stated = true, .number = 7}, {0}};
        assert_int_equal(record_append(schema, &world.arena, locality, (size_t)list, items), ERR_OK);
    }
    assert_int_equal(store_begin(world.store), ERR_OK);
    for (size_t i = 0; i < RECORDS; i++) {
        struct store_put put = {
            .kind = KIND_LOCALITY, .record = client_id(100 + i), .message = locality, .origin = RECORD_OWN};
        assert_int_equal(store_record_put(world.store, &put), ERR_OK);
    }
    assert_int_equal(store_commit(world.store), ERR_OK);

    struct outbox_sealed sealed = client_seal(&world);

    assert_int_equal(sealed.submissions, 2);
    for (uint64_t sequence = 1; sequence <= sealed.submissions; sequence++) {
        changes += check_sealed(sequence, &previous, &previous);
    }
    assert_int_equal(changes, RECORDS);
}

/* The next sealing goes on with the chain of the last one. */
static void outbox_seal__in_two_runs__one_chain(void **state)
{
    (void)state;
    struct hash previous = {{0}};
    client_put_members(&world, 3, &branch);
    (void)client_seal(&world);
    client_world_reopen(&world);
    client_put_members(&world, 2, &branch);
    (void)client_seal(&world);

    assert_int_equal(check_sealed(1, &previous, &previous), 3);
    assert_int_equal(check_sealed(2, &previous, &previous), 2);
}

/* A client newer than its server seals with the server's schema version. */
static void outbox_seal__older_server__its_schema_version(void **state)
{
    (void)state;
    uint8_t version[4] = {0, 0, 0, 0};
    struct store_sealed sealed = {0};
    struct envelope envelope = {0};
    assert_int_equal(
        store_setting_put(world.store, SETTING_SCHEMA_VERSION, bytes_of(version, sizeof version)), ERR_OK);
    client_put_members(&world, 1, &branch);

    (void)client_seal(&world);

    assert_int_equal(store_sealed_get(world.store, 1, &world.arena, &sealed), ERR_OK);
    assert_int_equal(envelope_decode(sealed.envelope, &envelope), ERR_OK);
    assert_int_equal(envelope.schema_version, 0);
}

static bool cancel(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    assert_true(done <= total);
    return false;
}

/* A cancelled sealing leaves everything as it was. */
static void outbox_seal__cancelled__nothing_happened(void **state)
{
    (void)state;
    struct outbox_sealed sealed = {0};
    struct store_counts counts = {0};
    client_put_members(&world, 10, &branch);

    assert_int_equal(outbox_seal(world.store, &world.signer, cancel, NULL, &sealed), ERR_CANCELLED);

    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.open_changes, 10);
    assert_int_equal(counts.sealed_waiting, 0);
}

/* All or nothing: as many changes are open as before, or all of them are sealed in the next submission.
 * Returns: sealed? */
static bool check_all_or_nothing(uint64_t last_before, uint64_t open_before)
{
    uint64_t last = 0;
    struct hash hash = {{0}};
    struct store_counts counts = {0};
    assert_int_equal(store_sealed_last(world.store, &last, &hash), ERR_OK);
    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    if (last == last_before) {
        assert_int_equal(counts.open_changes, open_before);
        return false;
    }
    assert_int_equal(last, last_before + 1);
    assert_int_equal(counts.open_changes, 0);
    struct store_sealed before = {0};
    if (last_before > 0) {
        assert_int_equal(store_sealed_get(world.store, last_before, &world.arena, &before), ERR_OK);
    }
    (void)check_sealed(last, &before.envelope_hash, &hash);
    return true;
}

/* The process dies at the Nth write, sync, truncation or deletion of the store, for every N: the next run
 * finds all of the sealing or nothing of it. */
static void outbox_seal__crash_at_every_step__all_or_nothing(void **state)
{
    (void)state;
    enum { MEMBERS = 5, STEPS_MAX = 2000 };
    bool has_finished = false;
    unsigned step = 0;
    while (!has_finished) {
        uint64_t last = 0;
        struct hash hash = {{0}};
        struct store_counts counts = {0};
        step++;
        assert_true(step < STEPS_MAX);
        assert_int_equal(store_counts(world.store, &counts), ERR_OK);
        if (counts.open_changes == 0) {
            client_put_members(&world, MEMBERS, &branch);
            counts.open_changes = MEMBERS;
        }
        assert_int_equal(store_sealed_last(world.store, &last, &hash), ERR_OK);
        store_close(world.store);
        world.store = NULL;

        pid_t child = fork();
        if (child == 0) {
            client_world_reopen(&world);
            fault_vfs_install();
            store_close(world.store);
            world.store = NULL;
            client_world_reopen(&world);
            fault_vfs_arm(step, FAULT_VFS_CRASH);
            (void)client_seal(&world);
            store_close(world.store);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        has_finished = WEXITSTATUS(status) == 0;
        assert_true(has_finished || WEXITSTATUS(status) == FAULT_VFS_CRASH_STATUS);

        client_world_reopen(&world);
        bool is_sealed = check_all_or_nothing(last, counts.open_changes);
        assert_true(is_sealed || !has_finished);
    }
    assert_true(step > 3);
}

/* The disk fails from the Nth step on: the sealing says so, and nothing of it remains; with the disk well
 * again it succeeds. */
static void outbox_seal__disk_fails_at_every_step__error_and_nothing(void **state)
{
    (void)state;
    enum { MEMBERS = 5, STEPS_MAX = 2000 };
    unsigned step = 0;
    bool has_fired = true;
    fault_vfs_install();
    client_world_reopen(&world);
    while (has_fired) {
        uint64_t last = 0;
        struct hash hash = {{0}};
        struct outbox_sealed sealed = {0};
        struct store_counts counts = {0};
        step++;
        assert_true(step < STEPS_MAX);
        assert_int_equal(store_counts(world.store, &counts), ERR_OK);
        if (counts.open_changes == 0) {
            client_put_members(&world, MEMBERS, &branch);
            counts.open_changes = MEMBERS;
        }
        client_world_reopen(&world);
        assert_int_equal(store_sealed_last(world.store, &last, &hash), ERR_OK);

        fault_vfs_arm(step, FAULT_VFS_ERROR);
        enum err err = outbox_seal(world.store, &world.signer, NULL, NULL, &sealed);
        has_fired = fault_vfs_has_fired();
        fault_vfs_arm(0, FAULT_VFS_ERROR);

        assert_int_equal(err, has_fired ? ERR_IO : ERR_OK);
        client_world_reopen(&world);
        assert_int_equal(check_all_or_nothing(last, counts.open_changes), !has_fired);
    }
    assert_true(step > 3);
}

/* Without receipts: everything in order. With some: the gaps. A server that lacks what it once received (new
 * epoch): from there on again, receipts or not. */
static void outbox_next__gaps_and_new_epoch__what_is_lacking(void **state)
{
    (void)state;
    struct store_sealed sealed = {0};
    struct outbox_outcome outcome = {0};
    for (int i = 0; i < 4; i++) {
        client_put_members(&world, 1, &branch);
        (void)client_seal(&world);
    }
    assert_int_equal(outbox_next(world.store, 0, 0, &world.arena, &sealed), ERR_OK);
    assert_int_equal(sealed.sequence, 1);
    assert_int_equal(outbox_next(world.store, 3, 0, &world.arena, &sealed), ERR_OK);
    assert_int_equal(sealed.sequence, 4);
    assert_int_equal(outbox_next(world.store, 4, 0, &world.arena, &sealed), ERR_NOT_FOUND);
    for (uint64_t sequence = 2; sequence <= 4; sequence++) {
        struct bytes body = client_receipt(&world, &epoch, sequence, sequence, NULL, 0, CLIENT_SOUND);
        assert_int_equal(outbox_on_receipt(world.store, body, world.receipt_verify, &outcome), ERR_OK);
    }

    assert_int_equal(outbox_next(world.store, 0, 4, &world.arena, &sealed), ERR_OK);
    assert_int_equal(sealed.sequence, 1);
    assert_int_equal(outbox_next(world.store, 1, 4, &world.arena, &sealed), ERR_NOT_FOUND);
    assert_int_equal(outbox_next(world.store, 1, 2, &world.arena, &sealed), ERR_OK);
    assert_int_equal(sealed.sequence, 3);
    assert_int_equal(outbox_next(world.store, 3, 2, &world.arena, &sealed), ERR_OK);
    assert_int_equal(sealed.sequence, 4);
}

/* A server that holds more than was sealed here, or other bytes under our number, means a second copy of this
 * device. */
static void outbox_check_server__ahead_or_other_bytes__cloned(void **state)
{
    (void)state;
    struct store_sealed sealed = {0};
    struct hash other = {{1}};
    client_put_members(&world, 1, &branch);
    (void)client_seal(&world);
    assert_int_equal(store_sealed_get(world.store, 1, &world.arena, &sealed), ERR_OK);

    assert_int_equal(outbox_check_server(world.store, 0, &other), ERR_OK);
    assert_int_equal(outbox_check_server(world.store, 1, &sealed.envelope_hash), ERR_OK);
    assert_int_equal(outbox_check_server(world.store, 1, &other), ERR_CLONED);
    assert_int_equal(outbox_check_server(world.store, 2, &sealed.envelope_hash), ERR_CLONED);
}

/* context: the body as received. */
static bool is_at_17(void *context, const struct store_receipt *receipt, uint64_t applied, uint64_t refused,
                     uint64_t conflicts, uint64_t warned)
{
    const struct bytes *body = context;
    assert_int_equal(receipt->position, 17);
    assert_true(bytes_equal(receipt->body, *body));
    assert_int_equal(applied, 3);
    assert_int_equal(refused, 1);
    assert_int_equal(conflicts, 1);
    assert_int_equal(warned, 1);
    return true;
}

/* A sound receipt is stored with its counts, and the same one again changes nothing. */
static void outbox_on_receipt__twice__stored_once(void **state)
{
    (void)state;
    struct outbox_outcome outcome = {0};
    struct store_counts counts = {0};
    client_put_members(&world, 5, &branch);
    (void)client_seal(&world);
    struct client_verdict verdicts[] = {
        {.index = 1, .code = VERDICT_APPLIED, .rule = "cell.few_members"},
        {.index = 2, .code = VERDICT_CONFLICT, .current = client_id(9)},
        {.index = 4, .code = VERDICT_REFUSED, .rule = "ingest.unknown_reference"}};
    struct bytes body = client_receipt(&world, &epoch, 17, 1, verdicts, 3, CLIENT_SOUND);

    for (int i = 0; i < 2; i++) {
        assert_int_equal(outbox_on_receipt(world.store, body, world.receipt_verify, &outcome), ERR_OK);
        assert_int_equal(outcome.applied, 3);
        assert_int_equal(outcome.warned, 1);
        assert_int_equal(outcome.conflicts, 1);
        assert_int_equal(outcome.refused, 1);
        assert_int_equal(store_counts(world.store, &counts), ERR_OK);
        assert_int_equal(counts.receipts, 1);
        assert_int_equal(counts.sealed_waiting, 0);
        assert_int_equal(counts.refused_open, 1);
    }
    assert_int_equal(store_receipt_each(world.store, is_at_17, &body), ERR_OK);
}

/* A receipt that was lost on its way, asked for again after the log's key changed: it is good under the key it was given under, as
 * long as we followed from that one; a stranger's is none. */
static void outbox_on_receipt__under_an_older_log_key__stored(void **state)
{
    (void)state;
    struct outbox_outcome outcome = {0};
    struct verify_key *newer = NULL;
    struct signing_key *key = NULL;
    uint8_t seed[SIGN_SEED_BYTES] = {0x31};
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    client_put_members(&world, 2, &branch);
    (void)client_seal(&world);
    struct bytes body = client_receipt(&world, &epoch, 17, 1, NULL, 0, CLIENT_SOUND);
    assert_int_equal(signing_key_from_seed(seed, &key), ERR_OK);
    signing_key_public(key, public_key);
    assert_int_equal(verify_key_new(bytes_of(public_key, sizeof public_key), &newer), ERR_OK);

    assert_int_equal(outbox_on_receipt(world.store, body, newer, &outcome), ERR_BAD_SIGNATURE);
    assert_int_equal(store_log_key_put(world.store, world.receipt_public), ERR_OK);
    assert_int_equal(store_log_key_put(world.store, public_key), ERR_OK);
    assert_int_equal(outbox_on_receipt(world.store, body, newer, &outcome), ERR_OK);
    assert_int_equal(outcome.applied, 2);

    verify_key_free(newer);
    signing_key_free(key);
}

/* A record that the province refused and the clerk has removed wants no mending and makes no submission, whichever
 * came first: else `status` would ask for ever for what no file can mend. */
static void outbox_on_receipt__refused_and_removed__nothing_left(void **state)
{
    (void)state;
    struct outbox_outcome outcome = {0};
    struct store_counts counts = {0};
    struct id first = client_put(&world, KIND_MEMBER, NULL, client_member(&world, "Lê A", "1", &branch));
    struct id second = client_put(&world, KIND_MEMBER, NULL, client_member(&world, "Lê B", "2", &branch));
    (void)client_seal(&world);
    struct client_verdict verdicts[] = {{.index = 0, .code = VERDICT_REFUSED, .rule = "ingest.out_of_scope"},
                                        {.index = 1, .code = VERDICT_REFUSED, .rule = "ingest.out_of_scope"}};
    struct bytes body = client_receipt(&world, &epoch, 1, 1, verdicts, 2, CLIENT_SOUND);

    (void)client_put(&world, KIND_MEMBER, &first, NULL);
    assert_true(client_get(&world, KIND_MEMBER, &first).has_open_change);
    assert_int_equal(outbox_on_receipt(world.store, body, world.receipt_verify, &outcome), ERR_OK);
    (void)client_put(&world, KIND_MEMBER, &second, NULL);

    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.open_changes, 0);
    assert_int_equal(counts.refused_open, 0);
    assert_int_equal(client_seal(&world).submissions, 0);
}

/* Nothing false counts as received: a forged signature, another time, hidden verdicts, another envelope. */
static void outbox_on_receipt__false_in_any_way__refused_and_not_stored(void **state)
{
    (void)state;
    static const struct {
        enum client_fault fault;
        enum err expected;
    } cases[] = {
        {CLIENT_SIGNATURE_FALSE, ERR_BAD_SIGNATURE},
        {CLIENT_TIME_FALSE, ERR_PROTOCOL},
        {CLIENT_VERDICT_HIDDEN, ERR_PROTOCOL},
        {CLIENT_ENVELOPE_OTHER, ERR_PROTOCOL},
        {CLIENT_COUNT_OTHER, ERR_PROTOCOL},
        {CLIENT_VERDICT_UNKNOWN, ERR_PROTOCOL},
        {CLIENT_PROOF_NONE, ERR_PROTOCOL},
        {CLIENT_PROOF_FALSE, ERR_PROTOCOL},
        {CLIENT_CHECKPOINT_NONE, ERR_PROTOCOL},
        {CLIENT_CHECKPOINT_UNSIGNED, ERR_BAD_SIGNATURE},
        {CLIENT_CHECKPOINT_OF_OTHER_EPOCH, ERR_PROTOCOL},
        {CLIENT_CHECKPOINT_TOO_SMALL, ERR_PROTOCOL},
    };
    struct store_counts counts = {0};
    struct client_verdict verdict = {.index = 0, .code = VERDICT_REFUSED, .rule = "ingest.out_of_scope"};
    client_put_members(&world, 2, &branch);
    (void)client_seal(&world);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outbox_outcome outcome = {.sequence = 77};
        struct bytes body = client_receipt(&world, &epoch, 1, 1, &verdict, 1, cases[i].fault);
        assert_int_equal(outbox_on_receipt(world.store, body, world.receipt_verify, &outcome),
                         cases[i].expected);
        assert_int_equal(outcome.sequence, 77);
    }

    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.receipts, 0);
    assert_int_equal(counts.sealed_waiting, 1);
}

/* Two different receipts for one submission in one epoch: a server that contradicts itself is not believed.
 */
static void outbox_on_receipt__another_for_the_same_epoch__protocol(void **state)
{
    (void)state;
    struct outbox_outcome outcome = {0};
    client_put_members(&world, 2, &branch);
    (void)client_seal(&world);
    struct bytes first = client_receipt(&world, &epoch, 1, 1, NULL, 0, CLIENT_SOUND);
    struct bytes second = client_receipt(&world, &epoch, 2, 1, NULL, 0, CLIENT_SOUND);

    assert_int_equal(outbox_on_receipt(world.store, first, world.receipt_verify, &outcome), ERR_OK);
    assert_int_equal(outbox_on_receipt(world.store, second, world.receipt_verify, &outcome), ERR_PROTOCOL);
}

/* The checkpoint a receipt stands in is kept with it, in one transaction; one that contradicts another of its size refuses both. */
static void outbox_on_receipt__checkpoint__kept_or_contradicted(void **state)
{
    (void)state;
    struct outbox_outcome outcome = {0};
    struct store_checkpoint kept = {0};
    struct store_counts counts = {0};
    client_put_members(&world, 2, &branch);
    (void)client_seal(&world);
    client_put_members(&world, 2, &branch);
    (void)client_seal(&world);
    struct bytes first = client_receipt(&world, &epoch, 4, 1, NULL, 0, CLIENT_SOUND);
    assert_int_equal(outbox_on_receipt(world.store, first, world.receipt_verify, &outcome), ERR_OK);
    assert_int_equal(store_checkpoint_newest(world.store, &world.arena, &kept), ERR_OK);
    assert_int_equal(kept.size, 5);
    assert_int_equal(kept.standing, STORE_CHECKPOINT_UNPROVED);
    struct bytes other = client_receipt(&world, &epoch, 4, 2, NULL, 0, CLIENT_SOUND); /* another leaf there */

    assert_int_equal(outbox_on_receipt(world.store, other, world.receipt_verify, &outcome), ERR_FORKED);

    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.receipts, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outbox_on_receipt__checkpoint__kept_or_contradicted, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_seal__three_thousand_members__few_full_submissions, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(outbox_seal__incompressible_names__cut_by_size, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_seal__many_elements__cut_by_their_number, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_seal__in_two_runs__one_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_seal__older_server__its_schema_version, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_seal__cancelled__nothing_happened, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_next__gaps_and_new_epoch__what_is_lacking, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_check_server__ahead_or_other_bytes__cloned, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_on_receipt__twice__stored_once, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_on_receipt__under_an_older_log_key__stored, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_on_receipt__refused_and_removed__nothing_left, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(outbox_on_receipt__false_in_any_way__refused_and_not_stored, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(outbox_on_receipt__another_for_the_same_epoch__protocol, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(outbox_seal__crash_at_every_step__all_or_nothing, setup, teardown),
        /* The last one: it makes the failing file system the process's default. */
        cmocka_unit_test_setup_teardown(outbox_seal__disk_fails_at_every_step__error_and_nothing, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
