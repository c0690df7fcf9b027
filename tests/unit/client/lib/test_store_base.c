/* Which version is an edit made from? The rules of chained edits, verdicts and mending. */
#include "tests/lib/test.h"

#include "common/wire/message.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/client_world.h"

static struct client_world world;
static struct id branch;
static const struct id epoch = {{0xe1}};
static const struct id none;

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

static struct id put(const struct id *id, const char *name)
{
    return client_put(&world, KIND_MEMBER, id, client_member(&world, name, "000123", &branch));
}

/* Take a receipt with one verdict on change 0; VERDICT_APPLIED lists nothing. */
static void receive_in(const struct id *in_epoch, uint64_t sequence, enum verdict_code code,
                       struct id current)
{
    struct client_verdict verdict = {
        .code = code, .rule = code == VERDICT_REFUSED ? "ingest.out_of_scope" : NULL, .current = current};
    size_t count = code == VERDICT_APPLIED ? 0 : 1;
    struct bytes body = client_receipt(&world, in_epoch, sequence, sequence, &verdict, count, CLIENT_SOUND);
    struct outbox_outcome outcome = {0};
    assert_int_equal(outbox_on_receipt(world.store, body, world.receipt_verify, &outcome), ERR_OK);
}

static void receive(uint64_t sequence, enum verdict_code code, struct id current)
{
    receive_in(&epoch, sequence, code, current);
}

static void assert_base(const struct id *record, struct id expected)
{
    struct id base = client_get(&world, KIND_MEMBER, record).base;
    assert_memory_equal(base.at, expected.at, ID_BYTES);
}

static bool count_refusal(void *context, const struct store_refusal *refusal)
{
    size_t *count = context;
    assert_int_equal(refusal->kind, KIND_MEMBER);
    assert_non_null(refusal->change.at);
    (*count)++;
    return true;
}

static size_t refusals(void)
{
    size_t count = 0;
    assert_int_equal(store_refusal_each(world.store, count_refusal, &count), ERR_OK);
    return count;
}

/* An edit made while the first version is on its way names that version: the server applies both in order. */
static void base__edit_after_sealing__version_of_the_sealed_one(void **state)
{
    (void)state;
    struct id id = put(NULL, "Lê A");
    assert_base(&id, none);

    assert_int_equal(client_seal(&world).changes, 1);
    assert_base(&id, client_version(&world, 1, 0));
    assert_false(client_get(&world, KIND_MEMBER, &id).has_open_change);
    (void)put(&id, "Lê B");
    (void)client_seal(&world);

    assert_base(&id, client_version(&world, 2, 0));
}

/* Applied: the version stands. Waiting: it is still on its way. */
static void base__applied_or_waiting__that_version(void **state)
{
    (void)state;
    struct id a = put(NULL, "Lê A");
    (void)client_seal(&world);
    (void)put(&a, "Lê B");
    (void)client_seal(&world);

    receive(1, VERDICT_APPLIED, none);
    assert_base(&a, client_version(&world, 2, 0));
    receive(2, VERDICT_WAITING, none);

    assert_base(&a, client_version(&world, 2, 0));
    assert_int_equal(refusals(), 0);
}

/* A new record that was refused is new again when mended. */
static void base__first_version_refused__none(void **state)
{
    (void)state;
    struct id id = put(NULL, "Lê A");
    (void)client_seal(&world);

    receive(1, VERDICT_REFUSED, none);

    assert_base(&id, none);
    assert_int_equal(client_get(&world, KIND_MEMBER, &id).refusal, VERDICT_REFUSED);
    assert_int_equal(refusals(), 1);
}

/* After a refusal the mending edit names the last version known to stand. */
static void base__later_version_refused__the_one_that_stands(void **state)
{
    (void)state;
    struct id id = put(NULL, "Lê A");
    (void)client_seal(&world);
    receive(1, VERDICT_APPLIED, none);
    (void)put(&id, "Lê B");
    (void)client_seal(&world);

    receive(2, VERDICT_REFUSED, none);
    assert_base(&id, client_version(&world, 1, 0));
    (void)put(&id, "Lê C");

    assert_int_equal(refusals(), 0);
    assert_int_equal(client_get(&world, KIND_MEMBER, &id).refusal, VERDICT_APPLIED);
    assert_base(&id, client_version(&world, 1, 0));
}

/* After a conflict the mending edit names the current version the verdict told. */
static void base__conflict__current_version_of_the_verdict(void **state)
{
    (void)state;
    struct id id = put(NULL, "Lê A");
    (void)client_seal(&world);

    receive(1, VERDICT_CONFLICT, client_id(99));
    assert_base(&id, client_id(99));
    assert_int_equal(refusals(), 1);
    (void)put(&id, "Lê A");
    (void)client_seal(&world);
    receive(2, VERDICT_APPLIED, none);

    assert_base(&id, client_version(&world, 2, 0));
    assert_int_equal(refusals(), 0);
}

/* A chained edit whose base was lost is lost too, even before its own verdict comes: mending must not build
 * on it. */
static void base__chained_edit_of_refused__not_built_upon(void **state)
{
    (void)state;
    struct id id = put(NULL, "Lê A");
    (void)client_seal(&world);
    (void)put(&id, "Lê B");
    (void)client_seal(&world);

    receive(1, VERDICT_REFUSED, none);
    assert_base(&id, none);
    assert_int_equal(refusals(), 0); /* the newer one, still without a verdict, will tell */
    receive(2, VERDICT_REFUSED, none);

    assert_base(&id, none);
    assert_int_equal(refusals(), 1);
}

/* The same for a conflict: the current version named by the first verdict is the base already. */
static void base__chained_edit_of_conflict__current_version(void **state)
{
    (void)state;
    struct id id = put(NULL, "Lê A");
    (void)client_seal(&world);
    (void)put(&id, "Lê B");
    (void)client_seal(&world);

    receive(1, VERDICT_CONFLICT, client_id(98));
    assert_base(&id, client_id(98));
    receive(2, VERDICT_CONFLICT, client_id(99));

    assert_base(&id, client_id(99));
}

/* An edit typed before a conflict was known must not pass over the other's version unseen: it waits for the
 * clerk, with the newest content kept. */
static void conflict__edit_open_already__held_and_listed(void **state)
{
    (void)state;
    struct store_counts counts = {0};
    struct id id = put(NULL, "Lê A");
    (void)client_seal(&world);
    (void)put(&id, "Lê B");
    struct bytes typed = client_get(&world, KIND_MEMBER, &id).body;

    receive(1, VERDICT_CONFLICT, client_id(99));

    struct store_record record = client_get(&world, KIND_MEMBER, &id);
    assert_false(record.has_open_change);
    assert_int_equal(record.refusal, VERDICT_CONFLICT);
    assert_true(bytes_equal(record.body, typed));
    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.conflicts_open, 1);
    assert_int_equal(counts.refused_open, 0);
}

/* An edit typed before a refusal was known goes on, from the version that stands: it is the clerk's own and
 * newer. */
static void refusal__edit_open_already__goes_on(void **state)
{
    (void)state;
    struct id id = put(NULL, "Lê A");
    (void)client_seal(&world);
    (void)put(&id, "Lê B");

    receive(1, VERDICT_REFUSED, none);

    assert_true(client_get(&world, KIND_MEMBER, &id).has_open_change);
    assert_base(&id, none);
    assert_int_equal(refusals(), 0);
}

/* A conflict repeated for an old change never closes the mending edit that came after a newer one was sealed.
 */
static void conflict__newer_change_sealed__open_edit_stays(void **state)
{
    (void)state;
    const struct id next_epoch = {{0xe2}};
    struct id id = put(NULL, "Lê A");
    (void)client_seal(&world);
    receive(1, VERDICT_CONFLICT, client_id(99));
    (void)put(&id, "Lê B");
    (void)client_seal(&world);
    (void)put(&id, "Lê C");

    receive_in(&next_epoch, 1, VERDICT_CONFLICT, client_id(97));

    assert_true(client_get(&world, KIND_MEMBER, &id).has_open_change);
}

/* A submission offered again in a new epoch may fare otherwise: its new verdict counts. */
static void base__new_epoch_changes_the_verdict__follows(void **state)
{
    (void)state;
    const struct id next_epoch = {{0xe2}};
    struct store_counts counts = {0};
    struct id id = put(NULL, "Lê A");
    (void)client_seal(&world);
    receive(1, VERDICT_REFUSED, none);

    receive_in(&next_epoch, 1, VERDICT_APPLIED, none);

    assert_base(&id, client_version(&world, 1, 0));
    assert_int_equal(refusals(), 0);
    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.receipts, 2);
}

struct kept {
    struct bytes change;
};

static bool keep_refused(void *context, const struct store_refusal *refusal)
{
    struct kept *kept = context;
    kept->change = arena_copy(&world.arena, refusal->change);
    assert_string_equal(refusal->verdict.rule, "ingest.out_of_scope");
    assert_int_equal(refusal->sequence, 1);
    return true;
}

/* A refusal shows the change as it was sent, so that the error file can repeat it. */
static void refusal_each__one_of_many__the_right_change(void **state)
{
    (void)state;
    struct kept kept = {0};
    Dantin__Change *change = NULL;
    client_put_members(&world, 20, &branch);
    (void)client_seal(&world);
    struct client_verdict verdict = {.index = 13, .code = VERDICT_REFUSED, .rule = "ingest.out_of_scope"};
    struct bytes body = client_receipt(&world, &epoch, 4, 1, &verdict, 1, CLIENT_SOUND);
    struct outbox_outcome outcome = {0};
    assert_int_equal(outbox_on_receipt(world.store, body, world.receipt_verify, &outcome), ERR_OK);
    assert_int_equal(outcome.applied, 19);
    assert_int_equal(outcome.refused, 1);

    assert_int_equal(store_refusal_each(world.store, keep_refused, &kept), ERR_OK);

    assert_int_equal(message_unpack(&dantin__change__descriptor, kept.change, false, &world.arena, &change),
                     ERR_OK);
    struct id id = {{0}};
    assert_int_equal(id_from_bytes(bytes_of(change->record.data, change->record.len), &id), ERR_OK);
    assert_int_equal(client_get(&world, KIND_MEMBER, &id).refusal, VERDICT_REFUSED);
    assert_int_equal(u64_read(id.at + 8), 14); /* ids count from 1 in the order of sealing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(base__edit_after_sealing__version_of_the_sealed_one, setup, teardown),
        cmocka_unit_test_setup_teardown(base__applied_or_waiting__that_version, setup, teardown),
        cmocka_unit_test_setup_teardown(base__first_version_refused__none, setup, teardown),
        cmocka_unit_test_setup_teardown(base__later_version_refused__the_one_that_stands, setup, teardown),
        cmocka_unit_test_setup_teardown(base__conflict__current_version_of_the_verdict, setup, teardown),
        cmocka_unit_test_setup_teardown(base__chained_edit_of_refused__not_built_upon, setup, teardown),
        cmocka_unit_test_setup_teardown(base__chained_edit_of_conflict__current_version, setup, teardown),
        cmocka_unit_test_setup_teardown(conflict__edit_open_already__held_and_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(refusal__edit_open_already__goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(conflict__newer_change_sealed__open_edit_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(base__new_epoch_changes_the_verdict__follows, setup, teardown),
        cmocka_unit_test_setup_teardown(refusal_each__one_of_many__the_right_change, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
