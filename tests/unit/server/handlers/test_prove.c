/* PROVE over ingest and the model store: paths and acts that a client can check, and nothing that it could not. */
#include "tests/unit/server/handlers/journal_fixture.h"

#include "server/handlers/prove.h"

static void ask(uint64_t request_id, uint64_t tree_size, const uint64_t *sizes, size_t size_count)
{
    Dantin__Prove prove = DANTIN__PROVE__INIT;
    prove.has_tree_size = true;
    prove.tree_size = tree_size;
    prove.n_size = size_count;
    prove.size = (uint64_t *)(uintptr_t)sizes;
    fixture_send(MESSAGE_PROVE, request_id, &prove);
}

/* Another epoch that goes on from the journal as it is. */
static void open_epoch(uint8_t first)
{
    Dantin__ActEpoch message = DANTIN__ACT_EPOCH__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    struct id epoch = {{first}};
    struct id previous = model_store_head(fixture.world.store)->epoch;
    uint64_t size = journal_size();
    struct hash root = journal_root(size);
    message.has_previous = message.has_branch_size = message.has_branch_root = message.has_epoch = true;
    message.previous = journal_field(previous.at, ID_BYTES);
    message.branch_size = size;
    message.branch_root = journal_field(root.at, HASH_BYTES);
    message.epoch = journal_field(epoch.at, ID_BYTES);
    act.epoch = &message;
    struct bytes item = journal_pack(&act);
    journal_put(&item, 1);
}

/* Every size asked is proved to be a part of the tree; a path leads from the right root only. */
static void prove__sizes__their_trees_are_parts(void **state)
{
    (void)state;
    const uint64_t sizes[] = {1, 3, 4, 5};
    struct hash root = journal_root(5);
    (void)fixture_greet();

    ask(2, 5, sizes, 4);

    const Dantin__Proved *proved = fixture_expect(MESSAGE_PROVED, 2);
    assert_int_equal(proved->n_consistency, 4);
    assert_int_equal(proved->n_entry, 0);
    for (size_t i = 0; i < 4; i++) {
        struct hash old = journal_root(sizes[i]);
        struct hash other = journal_root(sizes[i] == 1 ? 2 : 1);
        struct bytes path = journal_bytes(proved->consistency[i]);
        assert_true(merkle_check_consistency(sizes[i], &old, 5, &root, path));
        assert_false(merkle_check_consistency(sizes[i], &other, 5, &root, path));
    }
}

/* Of all acts those that open epochs are told, with proofs; devices are not this question. */
static void prove__acts__epochs_alone(void **state)
{
    (void)state;
    journal_put_devices(1000, 2, 3);
    open_epoch(0xE7);
    journal_put_devices(1100, 1, 1);
    uint64_t size = journal_size();
    struct hash root = journal_root(size);
    (void)fixture_greet();

    ask(2, size, NULL, 0);

    const Dantin__Proved *proved = fixture_expect(MESSAGE_PROVED, 2);
    assert_int_equal(proved->n_entry, 1);
    assert_int_equal(proved->entry[0]->position, 7);
    const Dantin__Act *act = journal_check_entry(proved->entry[0], size, &root);
    assert_non_null(act->epoch);
    assert_int_equal(act->epoch->epoch.data[0], 0xE7);
}

/* A tree ends where it ends: of a smaller one no later act is told. */
static void prove__smaller_tree__nothing_behind_it(void **state)
{
    (void)state;
    open_epoch(0xE7);
    uint64_t size = journal_size();
    open_epoch(0xE8);
    struct hash root = journal_root(size);
    (void)fixture_greet();

    ask(2, size, NULL, 0);

    const Dantin__Proved *proved = fixture_expect(MESSAGE_PROVED, 2);
    assert_int_equal(proved->n_entry, 1);
    assert_int_equal(journal_check_entry(proved->entry[0], size, &root)->epoch->epoch.data[0], 0xE7);
}

/* Acts that anybody offers and the server refused are told to nobody. */
static void prove__act_of_a_clerk__not_told(void **state)
{
    (void)state;
    Dantin__ActLogKey message = DANTIN__ACT_LOG_KEY__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    struct model_world *world = &fixture.world;
    uint8_t nothing[SIGN_SIGNATURE_BYTES] = {0};
    message.has_public_key = message.has_possession = true;
    message.public_key = journal_field(world->a.public_key, SIGN_PUBLIC_KEY_BYTES);
    message.possession = journal_field(nothing, sizeof nothing);
    act.log_key = &message;
    struct bytes item = journal_pack(&act);
    struct builder_submission sealed =
        builder_seal_content(&world->arena, &world->a, ENVELOPE_CONTENT_ACTS, &item, 1, BUILDER_SOUND);
    (void)model_world_offer(world, &world->a, &sealed);
    model_world_settle(world);
    assert_int_equal(journal_size(), 6); /* journalled all the same */
    (void)fixture_greet();

    ask(2, 6, NULL, 0);

    assert_int_equal(((const Dantin__Proved *)fixture_expect(MESSAGE_PROVED, 2))->n_entry, 0);
}

/* Page after page of other acts is passed over; none of their bytes stays with the request. */
static void prove__act_behind_many_pages__found(void **state)
{
    (void)state;
    const uint64_t sizes[] = {4};
    journal_put_devices(1000, 5 * STORE_ACT_ENTRIES_MAX + 1, 1);
    open_epoch(0xE7);
    uint64_t size = journal_size();
    struct hash root = journal_root(size);
    struct hash old = journal_root(4);
    (void)fixture_greet();

    ask(2, size, sizes, 1);

    const Dantin__Proved *proved = fixture_expect(MESSAGE_PROVED, 2);
    assert_int_equal(proved->n_entry, 1);
    assert_int_equal(proved->entry[0]->position, size - 1);
    assert_non_null(journal_check_entry(proved->entry[0], size, &root)->epoch);
    assert_true(merkle_check_consistency(4, &old, size, &root, journal_bytes(proved->consistency[0])));
}

/* A page may hold far more, unpacked, than one entry: large acts of the province close the way to no proof. */
static void prove__page_of_large_acts__read_entry_by_entry(void **state)
{
    (void)state;
    enum { SENDERS = 2000, ACTS = 13 };
    uint8_t ids[SENDERS][ID_BYTES];
    ProtobufCBinaryData senders[SENDERS];
    Dantin__ActWitnesses message = DANTIN__ACT_WITNESSES__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    struct bytes items[ACTS];
    memset(ids, 0, sizeof ids);
    for (size_t i = 0; i < SENDERS; i++) {
        memcpy(ids[i], fixture.world.branch_a.at, ID_BYTES);
        senders[i] = journal_field(ids[i], ID_BYTES);
    }
    message.n_sender = SENDERS;
    message.sender = senders;
    act.witnesses = &message;
    items[0] = journal_pack(&act);
    for (size_t i = 1; i < ACTS; i++) {
        items[i] = items[0];
    }
    for (size_t i = 0; i < STORE_ACT_ENTRIES_MAX; i++) {
        journal_put(items, ACTS);
    }
    open_epoch(0xE7);
    uint64_t size = journal_size();
    (void)fixture_greet();

    ask(2, size, NULL, 0);

    assert_int_equal(((const Dantin__Proved *)fixture_expect(MESSAGE_PROVED, 2))->n_entry, 1);
}

/* What cannot be asked is said so, and the session goes on. */
static void prove__questions_without_answer__refused(void **state)
{
    (void)state;
    uint64_t many[PROVE_SIZES_MAX + 1];
    const uint64_t beyond[] = {6};
    for (size_t i = 0; i < PROVE_SIZES_MAX + 1; i++) {
        many[i] = 1;
    }
    (void)fixture_greet();

    ask(2, 0, NULL, 0);
    (void)fixture_expect_error(2, ERR_MALFORMED);
    ask(3, 5, many, PROVE_SIZES_MAX + 1);
    (void)fixture_expect_error(3, ERR_MALFORMED);
    ask(4, 6, many, 1); /* the journal has five entries */
    (void)fixture_expect_error(4, ERR_NOT_FOUND);
    ask(5, 5, beyond, 1);
    (void)fixture_expect_error(5, ERR_NOT_FOUND);
    ask(6, 5, many, PROVE_SIZES_MAX);
    assert_int_equal(((const Dantin__Proved *)fixture_expect(MESSAGE_PROVED, 6))->n_consistency,
                     PROVE_SIZES_MAX);
}

/* The database fails at either wait: the question is answered with that, once. */
static void prove__store_fails__told(void **state)
{
    (void)state;
    const uint64_t sizes[] = {4};
    (void)fixture_greet();

    model_store_fail(fixture.world.store, MODEL_FIND_ACTS, 1, ERR_DATABASE);
    ask(2, 5, sizes, 1);
    (void)fixture_expect_error(2, ERR_DATABASE);
    model_store_fail(fixture.world.store, MODEL_FIND_PROOFS, 1, ERR_DATABASE);
    ask(3, 5, sizes, 1);
    (void)fixture_expect_error(3, ERR_DATABASE);
    ask(4, 5, sizes, 1);
    (void)fixture_expect(MESSAGE_PROVED, 4);
}

/* The line is lost while the store works: what the request held goes with it (the sanitizer looks). */
static void prove__session_ends_while_waiting__nothing_left(void **state)
{
    (void)state;
    (void)fixture_greet();
    ask(2, 5, NULL, 0);
    session_free(fixture.session);
    fixture.session = NULL;
    model_world_settle(&fixture.world);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, journal_open, journal_close)
    const struct CMUnitTest tests[] = {
        TEST(prove__sizes__their_trees_are_parts),
        TEST(prove__acts__epochs_alone),
        TEST(prove__smaller_tree__nothing_behind_it),
        TEST(prove__act_of_a_clerk__not_told),
        TEST(prove__act_behind_many_pages__found),
        TEST(prove__page_of_large_acts__read_entry_by_entry),
        TEST(prove__questions_without_answer__refused),
        TEST(prove__store_fails__told),
        TEST(prove__session_ends_while_waiting__nothing_left),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
