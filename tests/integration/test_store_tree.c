/* The journal's tree in the database: what proofs are made of, and what is read back before anything is signed. */
#include <stdlib.h>

#include "tests/integration/lib/store_fixture.h"

#include "tests/lib/test.h"

enum { DEVICE = 0x11, DISTRICT = 0xd1, GROUP_ENTRIES = 50, GROUPS = 14, ENTRIES = GROUP_ENTRIES * GROUPS };

static struct store_fixture fixture;
static struct hash leaves[ENTRIES];

static int open_once(void **state)
{
    (void)state;
    fixture_open(&fixture, &(struct pg_options){0});
    return 0;
}

static int close_once(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    struct id district = fixture_id(DISTRICT);
    fixture_clear(&fixture);
    fixture.sign_err = ERR_OK;
    fixture_add_device(&fixture, DEVICE, &district, false);
    return 0;
}

/* GROUP_ENTRIES submissions after `first`; their leaves as the fixture makes them up. */
static enum err submit_group(size_t first)
{
    struct fixture_submission submissions[GROUP_ENTRIES];
    for (size_t i = 0; i < GROUP_ENTRIES; i++) {
        struct store_entry entry;
        submissions[i] = (struct fixture_submission){.device = DEVICE, .sequence = first + i + 1};
        fixture_entry(&submissions[i], first + i, &entry);
        leaves[first + i] = entry.leaf;
    }
    return fixture_submit(&fixture, submissions, GROUP_ENTRIES);
}

static struct id fill(void)
{
    for (size_t first = 0; first < ENTRIES; first += GROUP_ENTRIES) {
        assert_int_equal(submit_group(first), ERR_OK);
        arena_clear(&fixture.arena);
    }
    struct hash key = fixture_hash(DEVICE);
    assert_int_equal(fixture_find_device(&fixture, &key, &key), ERR_OK);
    return fixture.head.epoch;
}

static struct hash root_of(size_t size)
{
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    for (size_t i = 0; i < size; i++) {
        merkle_frontier_append(&frontier, &leaves[i]);
    }
    return merkle_frontier_root(&frontier);
}

/* A receipt asked for again bears the proof it bore first: in the tree its group left, across the blocks of 256. */
static void store_find_proofs__entries__prove_in_their_groups_tree(void **state)
{
    (void)state;
    static const uint64_t places[] = {0, 1, 49, 50, 254, 255, 256, 257, 299, 511, 512, 513, 640, ENTRIES - 1};
    enum { COUNT = sizeof places / sizeof places[0] };
    struct store_proof_request requests[COUNT];
    struct id epoch = fill();
    for (size_t i = 0; i < COUNT; i++) {
        requests[i] =
            (struct store_proof_request){.kind = STORE_PROOF_ENTRY, .epoch = epoch, .place = places[i]};
    }

    assert_int_equal(fixture_find_proofs(&fixture, requests, COUNT), ERR_OK);

    for (size_t i = 0; i < COUNT; i++) {
        const struct store_proof *proof = &fixture.proofs[i];
        assert_int_equal(proof->err, ERR_OK);
        assert_int_equal(proof->size, (places[i] / GROUP_ENTRIES + 1) * GROUP_ENTRIES);
        struct hash root = root_of(proof->size);
        assert_true(merkle_check_inclusion(&leaves[places[i]], places[i], proof->size,
                                           merkle_path_encode(&proof->path), &root));
        assert_true(bytes_equal(proof->note, bytes_of_text("a note\n")));
    }
}

/* Whatever a client saw last, it is shown that the newest checkpoint continues it. */
static void store_find_proofs__growth__from_any_size_to_the_newest(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 50, 255, 256, 257, 300, 512, 600, ENTRIES};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    struct store_proof_request requests[COUNT];
    struct id epoch = fill();
    struct hash root = root_of(ENTRIES);
    for (size_t i = 0; i < COUNT; i++) {
        requests[i] =
            (struct store_proof_request){.kind = STORE_PROOF_GROWTH, .epoch = epoch, .place = sizes[i]};
    }

    assert_int_equal(fixture_find_proofs(&fixture, requests, COUNT), ERR_OK);

    for (size_t i = 0; i < COUNT; i++) {
        const struct store_proof *proof = &fixture.proofs[i];
        struct hash old_root = root_of(sizes[i]);
        assert_int_equal(proof->err, ERR_OK);
        assert_int_equal(proof->size, ENTRIES);
        assert_true(
            merkle_check_consistency(sizes[i], &old_root, ENTRIES, &root, merkle_path_encode(&proof->path)));
    }
}

/* Proofs lead to the tree somebody has checked, whatever was added since, and whatever the epoch. */
static void store_find_proofs__in_the_tree_of_a_size__both_kinds(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 2, 50, 255, 256, 257, 511, 512, 513, ENTRIES};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    struct store_proof_request requests[2 * COUNT];
    (void)fill();
    for (size_t i = 0; i < COUNT; i++) {
        requests[2 * i] = (struct store_proof_request){
            .kind = STORE_PROOF_ENTRY, .epoch = fixture_id(0x44), .place = sizes[i] - 1, .size = sizes[i]};
        requests[2 * i + 1] = (struct store_proof_request){.kind = STORE_PROOF_GROWTH,
                                                           .epoch = fixture_id(0x44),
                                                           .place = sizes[i] / 2 + 1,
                                                           .size = sizes[i]};
    }
    requests[1].place = 0; /* of one leaf */

    assert_int_equal(fixture_find_proofs(&fixture, requests, 2 * COUNT), ERR_OK);

    for (size_t i = 0; i < COUNT; i++) {
        const struct store_proof *entry = &fixture.proofs[2 * i];
        const struct store_proof *growth = &fixture.proofs[2 * i + 1];
        struct hash root = root_of(sizes[i]);
        struct hash old_root = root_of(requests[2 * i + 1].place);
        assert_int_equal(entry->err, ERR_OK);
        assert_int_equal(growth->err, ERR_OK);
        assert_null(entry->note.at);
        assert_true(merkle_check_inclusion(&leaves[sizes[i] - 1], sizes[i] - 1, sizes[i],
                                           merkle_path_encode(&entry->path), &root));
        assert_true(merkle_check_consistency(requests[2 * i + 1].place, &old_root, sizes[i], &root,
                                             merkle_path_encode(&growth->path)));
    }
}

/* No checkpoint, another epoch, a place that is not there: an answer, not a failure. */
static void store_find_proofs__nothing_there__err_not_found(void **state)
{
    (void)state;
    struct hash key = fixture_hash(DEVICE);
    assert_int_equal(fixture_find_device(&fixture, &key, &key), ERR_OK);
    struct store_proof_request requests[] = {
        {STORE_PROOF_ENTRY, fixture.head.epoch, 0, 0},
        {STORE_PROOF_GROWTH, fixture.head.epoch, 0, 0},
        {STORE_PROOF_ENTRY, fixture_id(0x44), 0, 0},
        {STORE_PROOF_ENTRY, fixture.head.epoch, UINT64_MAX, 0},
        {STORE_PROOF_ENTRY, fixture.head.epoch, 0, 1},
        {STORE_PROOF_GROWTH, fixture.head.epoch, 0, UINT64_MAX},
    };

    assert_int_equal(fixture_find_proofs(&fixture, requests, 6), ERR_OK);

    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(fixture.proofs[i].err, ERR_NOT_FOUND);
    }
    assert_int_equal(fixture_find_proofs(&fixture, requests, 0), ERR_OK);
}

/* A node that somebody deleted is told, never guessed. */
static void store_find_proofs__node_missing__err_database(void **state)
{
    (void)state;
    struct id epoch = fill();
    struct store_proof_request request = {.kind = STORE_PROOF_GROWTH, .epoch = epoch, .place = 600};
    (void)pg_ask(fixture.pg, "delete from dantin.tree_node where level = 8 and index = 0");

    assert_int_equal(fixture_find_proofs(&fixture, &request, 1), ERR_OK);

    assert_int_equal(fixture.proofs[0].err, ERR_DATABASE);
}

/* What is not signed is not stored: the signer's word ends the group. */
static void store_group_commit__signer_refuses__nothing_stored(void **state)
{
    (void)state;
    fixture.sign_err = ERR_INTERNAL;

    assert_int_equal(submit_group(0), ERR_INTERNAL);

    assert_string_equal(pg_ask(fixture.pg,
                               "select (select count(*) from dantin.journal) + position"
                               " + (select count(*) from dantin.checkpoint) from dantin.journal_head"),
                        "0");
    fixture.sign_err = ERR_OK;
    assert_int_equal(submit_group(0), ERR_OK);
}

/* The leaf that is signed is made of what the database holds: something that writes there beside us shows. */
static void store_group_commit__row_changed_on_its_way__other_leaf_read_back(void **state)
{
    (void)state;
    struct fixture_submission submission = {.device = DEVICE, .sequence = 1};
    struct store_entry entry;
    fixture_entry(&submission, 0, &entry);
    struct hash verdict_hash = receipt_verdict_hash(NULL, 0);
    assert_int_equal(fixture_submit(&fixture, &submission, 1), ERR_OK);
    struct hash expected = receipt_leaf_hash(
        entry.envelope, entry.signature,
        strtoll(pg_ask(fixture.pg, "select server_time_ms from dantin.journal"), NULL, 10), &verdict_hash);
    assert_true(hash_equal(&fixture.written[0].leaf, &expected));
    struct hash before = fixture.written[0].leaf;
    fixture_clear(&fixture);
    struct id district = fixture_id(DISTRICT);
    fixture_add_device(&fixture, DEVICE, &district, false);
    (void)pg_ask(fixture.pg, "create function public.meddle() returns trigger language plpgsql as"
                             " $$ begin new.server_time_ms = 7; return new; end $$;"
                             " create trigger meddle before insert on dantin.journal"
                             " for each row execute function public.meddle()");

    enum err err = fixture_submit(&fixture, &submission, 1);

    (void)pg_ask(fixture.pg, "drop trigger meddle on dantin.journal; drop function public.meddle()");
    assert_int_equal(err, ERR_OK); /* the fixture's signer signs anything */
    assert_false(hash_equal(&fixture.written[0].leaf, &before));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(store_find_proofs__entries__prove_in_their_groups_tree, begin),
        cmocka_unit_test_setup(store_find_proofs__growth__from_any_size_to_the_newest, begin),
        cmocka_unit_test_setup(store_find_proofs__in_the_tree_of_a_size__both_kinds, begin),
        cmocka_unit_test_setup(store_find_proofs__nothing_there__err_not_found, begin),
        cmocka_unit_test_setup(store_find_proofs__node_missing__err_database, begin),
        cmocka_unit_test_setup(store_group_commit__signer_refuses__nothing_stored, begin),
        cmocka_unit_test_setup(store_group_commit__row_changed_on_its_way__other_leaf_read_back, begin),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
