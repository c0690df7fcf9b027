/* NOTICES over ingest and the model store: acts of erasure, proved, and told to those alone who hold copies. */
#include "tests/unit/server/handlers/journal_fixture.h"

#include "server/handlers/prove.h"

static const Dantin__Noticed *ask(uint64_t request_id, uint64_t tree_size, uint64_t after)
{
    Dantin__Notices notices = DANTIN__NOTICES__INIT;
    notices.has_tree_size = notices.has_after = true;
    notices.tree_size = tree_size;
    notices.after = after;
    fixture_send(MESSAGE_NOTICES, request_id, &notices);
    return fixture_expect(MESSAGE_NOTICED, request_id);
}

/* The act of one record, kept by these senders; body_bytes: what stays of it. */
static void put_erasure(uint8_t record_byte, struct id *senders, size_t sender_count, size_t body_bytes)
{
    static uint8_t body[SCHEMA_RECORD_BYTES_MAX];
    uint8_t record[ID_BYTES] = {record_byte};
    uint8_t name[ID_BYTES] = {record_byte, 1};
    ProtobufCBinaryData fields[2];
    Dantin__ErasedVersion version = DANTIN__ERASED_VERSION__INIT;
    Dantin__ErasedVersion *versions[] = {&version};
    Dantin__ActErasure erasure = DANTIN__ACT_ERASURE__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    version.has_version = version.has_body = true;
    version.version = journal_field(name, sizeof name);
    version.body = journal_field(body, body_bytes);
    erasure.has_kind = erasure.has_record = true;
    erasure.kind = KIND_MEMBER;
    erasure.record = journal_field(record, sizeof record);
    erasure.decision = (char *)(uintptr_t) "12-QĐ/TU";
    erasure.n_version = 1;
    erasure.version = versions;
    for (size_t i = 0; i < sender_count; i++) {
        fields[i] = journal_field(senders[i].at, ID_BYTES);
    }
    erasure.n_sender = sender_count;
    erasure.sender = fields;
    act.erasure = &erasure;
    struct bytes item = journal_pack(&act);
    journal_put(&item, 1);
}

/* A record that went from one sender to another is told to both; to a third sender nothing of either. */
static void notices__several_senders__each_told_its_own(void **state)
{
    struct model_world *world = &fixture.world;
    struct id both[] = {world->branch_a, world->branch_b};
    (void)state;
    journal_put_devices(1000, 1, 1);
    put_erasure(1, &world->branch_a, 1, 10);
    put_erasure(2, both, 2, 10);
    put_erasure(3, &world->branch_b, 1, 10);
    uint64_t size = journal_size();
    struct hash root = journal_root(size);

    fixture_connect(world->a.public_key);
    (void)fixture_greet();
    const Dantin__Noticed *noticed = ask(2, size, 0);
    assert_int_equal(noticed->n_entry, 2);
    assert_int_equal(noticed->after, size);
    assert_int_equal(journal_check_entry(noticed->entry[0], size, &root)->erasure->record.data[0], 1);
    assert_int_equal(journal_check_entry(noticed->entry[1], size, &root)->erasure->record.data[0], 2);
    assert_int_equal(ask(3, size, noticed->entry[0]->position + 1)->n_entry, 1); /* the first is known */
    assert_int_equal(ask(4, size - 2, 0)->n_entry, 1); /* beyond the tree: nothing */

    fixture_connect(world->b.public_key);
    (void)fixture_greet();
    noticed = ask(2, size, 0);
    assert_int_equal(noticed->n_entry, 2);
    assert_int_equal(journal_check_entry(noticed->entry[1], size, &root)->erasure->record.data[0], 3);
}

/* A client that was away for months: as many answers as it takes, every act once. */
static void notices__client_far_behind__told_in_parts(void **state)
{
    (void)state;
    enum { ERASURES = 100 };
    uint64_t after = 0;
    size_t told = 0;
    size_t parts = 0;
    for (size_t i = 0; i < ERASURES; i++) {
        put_erasure((uint8_t)(i + 1), &fixture.world.branch_a, 1, SCHEMA_RECORD_BYTES_MAX);
    }
    uint64_t size = journal_size();
    fixture_connect(fixture.world.a.public_key);
    (void)fixture_greet();

    while (after < size) {
        const Dantin__Noticed *noticed = ask(10 + parts, size, after);
        assert_true(noticed->after > after);
        for (size_t i = 0; i < noticed->n_entry; i++) {
            assert_true(noticed->entry[i]->position >= after);
        }
        told += noticed->n_entry;
        after = noticed->after;
        parts++;
    }

    assert_int_equal(told, ERASURES);
    assert_true(parts >= 2);
}

static void notices__questions_without_sense__refused(void **state)
{
    (void)state;
    Dantin__Notices notices = DANTIN__NOTICES__INIT;
    (void)fixture_greet();
    fixture_send(MESSAGE_NOTICES, 2, &notices);
    (void)fixture_expect_error(2, ERR_MALFORMED);
    notices.has_tree_size = notices.has_after = true;
    notices.tree_size = 3;
    notices.after = 4;
    fixture_send(MESSAGE_NOTICES, 3, &notices);
    (void)fixture_expect_error(3, ERR_MALFORMED);
}

/* The database fails at any of the waits: told, and asked again it is answered. */
static void notices__store_fails__told(void **state)
{
    (void)state;
    static const enum model_call calls[] = {MODEL_FIND_ACTS, MODEL_FIND_PROOFS};
    Dantin__Notices notices = DANTIN__NOTICES__INIT;
    put_erasure(1, &fixture.world.branch_a, 1, 10);
    fixture_connect(fixture.world.a.public_key);
    (void)fixture_greet();
    notices.has_tree_size = true;
    notices.tree_size = journal_size();
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        model_store_fail(fixture.world.store, calls[i], 1, ERR_DATABASE);
        fixture_send(MESSAGE_NOTICES, 10 + i, &notices);
        (void)fixture_expect_error(10 + i, ERR_DATABASE);
    }
    fixture_send(MESSAGE_NOTICES, 20, &notices);
    assert_int_equal(((const Dantin__Noticed *)fixture_expect(MESSAGE_NOTICED, 20))->n_entry, 1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, journal_open, journal_close)
    const struct CMUnitTest tests[] = {
        TEST(notices__several_senders__each_told_its_own),
        TEST(notices__client_far_behind__told_in_parts),
        TEST(notices__questions_without_sense__refused),
        TEST(notices__store_fails__told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
