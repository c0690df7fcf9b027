/* Devices, leaves and marks: what a session asks before the first submission. */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "tests/integration/lib/store_tests.h"

enum { DEVICE = 0x11, DISTRICT = 0xd1 };

static int begin(void **state)
{
    (void)state;
    struct id district = fixture_id(DISTRICT);
    fixture_clear(&fixture);
    fixture_add_device(&fixture, DEVICE, &district, false);
    return 0;
}

static enum err submit_one(uint64_t sequence)
{
    struct fixture_submission submission = {.device = DEVICE, .sequence = sequence};
    return fixture_submit(&fixture, &submission, 1);
}

/* WELCOME is made of this: every field must be the database's. */
static void store_find_device__known_key__all_fields(void **state)
{
    (void)state;
    struct hash key = fixture_hash(DEVICE);
    assert_int_equal(submit_one(1), ERR_OK);

    assert_int_equal(fixture_find_device(&fixture, &key, &key), ERR_OK);

    assert_true(hash_equal(&fixture.device.device, &key));
    assert_int_equal(fixture.device.sender.at[0], DISTRICT);
    assert_int_equal(fixture.device.role, ROLE_CLERK);
    assert_int_equal(fixture.device.public_key[31], DEVICE);
    assert_int_equal(fixture.device.last_sequence, 1);
    assert_false(hash_is_none(&fixture.device.last_envelope_hash));
    assert_false(fixture.device.is_province);
    assert_false(fixture.device.is_quarantined);
    assert_int_equal(fixture.head.position, 1);
    assert_false(id_is_none(&fixture.head.epoch));
    assert_false(fixture.head.is_rolled_back);
}

/* A stranger's key is an answer, not a failure. */
static void store_find_device__unknown_key__err_not_found(void **state)
{
    (void)state;
    struct hash key = fixture_hash(0x99);

    assert_int_equal(fixture_find_device(&fixture, &key, &key), ERR_NOT_FOUND);
}

/* A device that went to another key is found by both, and which is which is told; the key of a sequence is the one in force then.
 * Another device's key is none of its own, but while a refill is open. */
static void store_find_device__former_and_unknown_keys__told(void **state)
{
    (void)state;
    struct hash device = fixture_hash(DEVICE);
    struct hash stranger = fixture_hash(0x99);
    uint8_t first[SIGN_PUBLIC_KEY_BYTES];
    uint8_t next[SIGN_PUBLIC_KEY_BYTES];
    char sql[1024];
    char first_hex[SIGN_PUBLIC_KEY_BYTES * 2 + 1];
    char next_hex[SIGN_PUBLIC_KEY_BYTES * 2 + 1];
    char device_hex[HASH_HEX_BYTES];
    memset(first, 0x21, sizeof first);
    memset(next, 0x22, sizeof next);
    struct hash first_hash = sign_spki_hash(first);
    struct hash next_hash = sign_spki_hash(next);
    char next_hash_hex[HASH_HEX_BYTES];
    hex_encode(bytes_of(first, sizeof first), first_hex);
    hex_encode(bytes_of(next, sizeof next), next_hex);
    hex_encode(bytes_of(device.at, HASH_BYTES), device_hex);
    hex_encode(bytes_of(next_hash.at, HASH_BYTES), next_hash_hex);
    (void)snprintf(sql, sizeof sql,
                   "insert into dantin.device_key values ('\\x%s', 1, '\\x%s'), ('\\x%s', 5, '\\x%s');"
                   " update dantin.device set spki_hash = '\\x%s', public_key = '\\x%s' where id = '\\x%s'",
                   device_hex, first_hex, device_hex, next_hex, next_hash_hex, next_hex, device_hex);
    (void)pg_ask(fixture.pg, sql);

    assert_int_equal(fixture_find_device(&fixture, &device, &next_hash), ERR_OK);
    assert_false(fixture.device.is_former_key);
    assert_int_equal(fixture_find_device(&fixture, &device, &first_hash), ERR_OK);
    assert_true(fixture.device.is_former_key);
    assert_memory_equal(fixture.device.public_key, next, sizeof next);
    assert_int_equal(fixture_find_device(&fixture, &device, &stranger), ERR_NOT_FOUND);
    assert_int_equal(fixture_find_device(&fixture, NULL, &next_hash), ERR_OK);
    assert_int_equal(fixture_find_device(&fixture, NULL, &first_hash), ERR_NOT_FOUND);
    assert_int_equal(fixture_find_key(&fixture, &device, 4), ERR_OK);
    assert_memory_equal(fixture.public_key, first, sizeof first);
    assert_int_equal(fixture_find_key(&fixture, &device, 5), ERR_OK);
    assert_memory_equal(fixture.public_key, next, sizeof next);
    assert_int_equal(fixture_find_key(&fixture, &device, 0), ERR_NOT_FOUND);
    assert_int_equal(fixture_find_key(&fixture, &stranger, 1), ERR_NOT_FOUND);
    (void)pg_ask(fixture.pg, "update dantin.journal_head set is_refilling = true");
    assert_int_equal(fixture_find_device(&fixture, &device, &stranger), ERR_OK);
    assert_false(fixture.device.is_former_key);
    assert_int_equal(fixture_find_device(&fixture, &stranger, &stranger), ERR_NOT_FOUND);
}

/* Telling a rolled-back server from a stranger's claim rests on these answers. */
static void store_find_checkpoint__claims__note_or_none_or_unknown_epoch(void **state)
{
    (void)state;
    struct hash key = fixture_hash(DEVICE);
    assert_int_equal(submit_one(1), ERR_OK);
    assert_int_equal(fixture_find_device(&fixture, &key, &key), ERR_OK);
    struct id epoch = fixture.head.epoch;
    struct id other = fixture_id(0x44);

    assert_int_equal(fixture_find_checkpoint(&fixture, &epoch, 1), ERR_OK);
    assert_true(fixture.checkpoint.is_known_epoch);
    assert_false(fixture.checkpoint.is_left);
    assert_true(fixture.checkpoint.note.len > 0);
    assert_int_equal(fixture_find_checkpoint(&fixture, &epoch, 2), ERR_OK);
    assert_true(fixture.checkpoint.is_known_epoch);
    assert_null(fixture.checkpoint.note.at);
    assert_int_equal(fixture_find_checkpoint(&fixture, &epoch, UINT64_MAX), ERR_OK);
    assert_null(fixture.checkpoint.note.at);
    assert_int_equal(fixture_find_checkpoint(&fixture, &other, 1), ERR_OK);
    assert_false(fixture.checkpoint.is_known_epoch);
}

/* Each key the log had, with how far it went: until the entry that changed it, the newest for ever. */
static void store_find_checkpoint__log_key_changed__keys_with_their_ends(void **state)
{
    (void)state;
    char sql[256];
    char hex[HASH_HEX_BYTES];
    struct hash device = fixture_hash(DEVICE);
    struct hash next = fixture_hash(0x77);
    hex_encode(bytes_of(device.at, HASH_BYTES), hex);
    (void)pg_ask(fixture.pg, "update dantin.device set role = 'log'");
    (void)snprintf(sql, sizeof sql, "insert into dantin.device_key values ('\\x%s', 1, '\\x%s')", hex, hex);
    (void)pg_ask(fixture.pg, sql);
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        assert_int_equal(submit_one(sequence), ERR_OK);
    }
    size_t len =
        (size_t)snprintf(sql, sizeof sql, "insert into dantin.device_key values ('\\x%s', 4, '", hex);
    hex_encode(bytes_of(next.at, HASH_BYTES), hex);
    (void)snprintf(sql + len, sizeof sql - len, "\\x%s')", hex);
    (void)pg_ask(fixture.pg, sql); /* by the entry of sequence 3, at position 2 */

    assert_int_equal(fixture_find_device(&fixture, &device, &device), ERR_OK);
    assert_int_equal(fixture_find_checkpoint(&fixture, &fixture.head.epoch, 1), ERR_OK);

    struct bytes keys = fixture.checkpoint.log_keys;
    assert_int_equal(keys.len, 2 * STORE_LOG_KEY_BYTES);
    assert_memory_equal(keys.at, device.at, SIGN_PUBLIC_KEY_BYTES);
    assert_int_equal(u64_read(keys.at + SIGN_PUBLIC_KEY_BYTES), 2);
    assert_memory_equal(keys.at + STORE_LOG_KEY_BYTES, next.at, SIGN_PUBLIC_KEY_BYTES);
    assert_int_equal(u64_read(keys.at + STORE_LOG_KEY_BYTES + SIGN_PUBLIC_KEY_BYTES), UINT64_MAX);
}

/* Marks are durable and seen by the next session. */
static void store_marks__set__seen_by_next_lookup(void **state)
{
    (void)state;
    struct hash key = fixture_hash(DEVICE);

    assert_int_equal(fixture_mark_rolled_back(&fixture), ERR_OK);
    assert_int_equal(fixture_quarantine(&fixture, &key), ERR_OK);

    assert_int_equal(fixture_find_device(&fixture, &key, &key), ERR_OK);
    assert_true(fixture.head.is_rolled_back);
    assert_true(fixture.device.is_quarantined);
}

struct mark {
    bool is_done;
    enum err err;
};

static void on_marked(void *context, enum err err)
{
    struct mark *mark = context;
    mark->err = err;
    mark->is_done = true;
}

/* A mark waits for the head's lock; sessions and bodies must be answered meanwhile, or a judge that needs
 * a body would wait for a mark that waits for the judge. */
static void store_mark_rolled_back__group_open__others_answered_meanwhile(void **state)
{
    (void)state;
    struct hash key = fixture_hash(DEVICE);
    struct store_facts_request none = {0};
    struct store_record_key record = {KIND_MEMBER, fixture_id(0x41), {{0}}};
    struct mark mark = {0};
    assert_int_equal(fixture_open_group(&fixture, &none), ERR_OK);
    store_mark_rolled_back(fixture.store, on_marked, &mark);

    assert_int_equal(fixture_find_device(&fixture, &key, &key), ERR_OK);
    assert_int_equal(fixture_find_bodies(&fixture, &record, 1), ERR_OK);

    assert_false(mark.is_done);
    fixture_abort(&fixture);
    fixture_wait(&fixture, &mark.is_done);
    assert_int_equal(mark.err, ERR_OK);
}

/* What a conflict carries home is a read, of the device that is told: noted with its records, by pseudonym, or not given. */
static void store_find_bodies__given__noted(void **state)
{
    (void)state;
    struct store_record_key records[] = {{KIND_MEMBER, fixture_id(0x41), {{0}}},
                                         {KIND_BRANCH, fixture_id(0x42), {{0}}}};
    assert_int_equal(fixture_find_bodies(&fixture, records, 2), ERR_OK);
    assert_string_equal(
        pg_ask(fixture.pg,
               "select concat_ws('|', what, rows, persons, cardinality(subjects), left(encode(device, 'hex'),"
               " 4), exists (select from dantin.look where subjects::text like '%41414141%'))"
               " from dantin.look order by id desc limit 1"),
        "conflict|2|1|2|eeee|f");

    (void)pg_ask(fixture.pg, "alter table dantin.look add constraint full_up check (id < 0) not valid");
    enum err err = fixture_find_bodies(&fixture, records, 2);
    (void)pg_ask(fixture.pg, "alter table dantin.look drop constraint full_up");
    assert_int_not_equal(err, ERR_OK);
}

static void on_commit(void *context, enum err err, const char *sqlstate)
{
    struct mark *mark = context;
    (void)sqlstate;
    *mark = (struct mark){true, err};
}

/* A HELLO notes when the device was seen, beside the group that journals what it submitted. The group waits for the row and
 * must still find it: else the next submission of the device is "not the next one", for ever. */
static void store_group_commit__device_seen_meanwhile__sequence_advances(void **state)
{
    (void)state;
    struct fixture_submission submission = {.device = DEVICE, .sequence = 1};
    struct store_submission_key key = {fixture_hash(DEVICE), 1};
    struct store_facts_request request = {.submissions = &key, .submission_count = 1};
    struct store_entry entry;
    struct mark commit = {0};
    PGconn *other = PQconnectdb(pg_conninfo(fixture.pg, "postgres"));
    PQclear(PQexec(other, "begin"));
    PGresult *seen = PQexec(other, "update dantin.device set is_quarantined = is_quarantined");
    assert_int_equal(PQresultStatus(seen), PGRES_COMMAND_OK);
    PQclear(seen);
    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);
    fixture_entry(&submission, 0, &entry);
    struct store_group group = {.head_after = {.position = 1}, .entries = &entry, .entry_count = 1};
    fixture_grow(&fixture, &group);

    store_group_commit(fixture.store, &group, on_commit, &commit);
    while (!commit.is_done &&
           strcmp(pg_ask(fixture.pg, "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                                     " and usename = 'dantin_ingest'"),
                  "1") != 0) {
        (void)uv_run(&fixture.loop, UV_RUN_NOWAIT);
    }
    PQclear(PQexec(other, "commit"));
    PQfinish(other);
    fixture_wait(&fixture, &commit.is_done);

    assert_int_equal(commit.err, ERR_OK);
    assert_string_equal(pg_ask(fixture.pg, "select last_sequence from dantin.device"), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(store_find_device__known_key__all_fields, begin),
        cmocka_unit_test_setup(store_find_device__unknown_key__err_not_found, begin),
        cmocka_unit_test_setup(store_find_device__former_and_unknown_keys__told, begin),
        cmocka_unit_test_setup(store_find_checkpoint__claims__note_or_none_or_unknown_epoch, begin),
        cmocka_unit_test_setup(store_find_checkpoint__log_key_changed__keys_with_their_ends, begin),
        cmocka_unit_test_setup(store_marks__set__seen_by_next_lookup, begin),
        cmocka_unit_test_setup(store_group_commit__device_seen_meanwhile__sequence_advances, begin),
        cmocka_unit_test_setup(store_mark_rolled_back__group_open__others_answered_meanwhile, begin),
        cmocka_unit_test_setup(store_find_bodies__given__noted, begin),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
