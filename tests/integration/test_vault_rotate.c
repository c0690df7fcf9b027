/* Exchanging keys beside a server that writes, killed after every statement in turn: at every moment everything opens. */
#include "tests/lib/test.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/store/database.h"
#include "server/store/vault_database.h"
#include "server/store/vault_rotate.h"
#include "tests/integration/lib/store_fixture.h"
#include "tests/lib/record_text.h"

enum { DEVICE = 0x11, OTHER_DEVICE = 0x22, SWEEP_MAX = 1000 };

static struct store_fixture fixture;
static uint64_t sequences[256];
static uint8_t next_version;

struct countdown {
    size_t left;
};

static bool may_go_on(void *context)
{
    struct countdown *countdown = context;
    return countdown->left > 0 && countdown->left-- > 0;
}

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

static void submit(uint8_t device, uint8_t record, const char *card_number)
{
    char number[16];
    struct id name = fixture_id(record);
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    (void)snprintf(number, sizeof number, "0%s", card_number);
    const char *const texts[][2] = {
        {"name", "Phạm Thị Bé"}, {"card_number", card_number}, {"file_number", number}, {NULL, NULL}};
    void *message = record_from_texts(schema, &fixture.arena, texts);
    struct value items[10] = {{0}};
    int event = schema_list_index(schema, "event");
    items[9] = (struct value){.is_stated = true, .text = bytes_of_text(card_number)};
    assert_int_equal(record_append(schema, &fixture.arena, message, (size_t)event, items), ERR_OK);
    char sql[256];
    (void)snprintf(
        sql, sizeof sql,
        "select encode(uuid_send(version), 'hex') from dantin.member where encode(uuid_send(id), 'hex') ="
        " repeat('%02x', 16)",
        name.at[0]);
    struct store_version version = {.schema = schema, .record = name, .message = message};
    const char *previous = pg_ask(fixture.pg, sql);
    if (previous[0] != '\0') {
        assert_int_equal(hex_decode(previous, version.previous.at, ID_BYTES), ERR_OK);
    }
    version.version = fixture_id(++next_version);
    struct fixture_submission submission = {.device = device,
                                            .sequence = ++sequences[device],
                                            .payload = bytes_of_text(card_number),
                                            .versions = &version,
                                            .version_count = 1};
    assert_int_equal(fixture_submit(&fixture, &submission, 1), ERR_OK);
}

/* Two senders, three members, one of them changed. */
static int begin(void **state)
{
    (void)state;
    struct id senders[] = {fixture_id(0xd1), fixture_id(0xd2)};
    fixture_clear(&fixture);
    memset(sequences, 0, sizeof sequences);
    next_version = 0x80;
    fixture_add_device(&fixture, DEVICE, &senders[0], false);
    fixture_add_device(&fixture, OTHER_DEVICE, &senders[1], false);
    submit(DEVICE, 0x41, "00000041");
    submit(DEVICE, 0x42, "00000042");
    submit(OTHER_DEVICE, 0x43, "00000043");
    submit(DEVICE, 0x41, "00000044");
    return 0;
}

static struct pg_conn *connect_as_owner(void)
{
    struct pg_conn *connection = NULL;
    struct error error = {0};
    assert_int_equal(database_open(pg_conninfo(fixture.pg, "postgres"), LANGUAGE_EN, &connection, &error),
                     ERR_OK);
    return connection;
}

/* A program started now, with what stands on disk. */
static struct vault *fresh_vault(struct pg_conn *connection)
{
    struct vault *vault = NULL;
    struct error error = {0};
    if (vault_prepare(connection, fixture.master_path, LANGUAGE_EN, &vault, &error) != ERR_OK ||
        vault_load_keys(connection, vault, &error) != ERR_OK) {
        fail_msg("%s", error.text);
    }
    return vault;
}

/* Every card number and payload there is opens; gives how many. */
static size_t open_all(void)
{
    static const char *const questions[] = {
        "select encode(uuid_send(id), 'hex'), encode(card_number, 'hex'), 'card_number', '' from "
        "dantin.member"
        " union all select encode(uuid_send(id), 'hex'), encode(card_number, 'hex'), 'card_number', '' from"
        " dantin.member_version union all select encode(uuid_send(id), 'hex'), encode(event_number, 'hex'), "
        "'number',"
        " 'event' from dantin.member_event union all select encode(uuid_send(id), 'hex'), "
        "encode(event_number,"
        " 'hex'), 'number', 'event' from dantin.member_event_version",
        "select encode(envelope_hash, 'hex'), encode(payload, 'hex'), '', '' from dantin.journal"};
    struct pg_conn *connection = connect_as_owner();
    struct vault *vault = fresh_vault(connection);
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        PGresult *rows = PQexec(connection, questions[i]);
        assert_int_equal(PQresultStatus(rows), PGRES_TUPLES_OK);
        for (int row = 0; row < PQntuples(rows); row++, count++) {
            uint8_t sealed[256];
            uint8_t plain[256];
            struct id record = {{0}};
            struct hash hash = {{0}};
            size_t len = (size_t)PQgetlength(rows, row, 1) / 2;
            assert_in_range(len, 1, sizeof sealed);
            assert_int_equal(hex_decode(PQgetvalue(rows, row, 1), sealed, len), ERR_OK);
            assert_int_equal(i == 0 ? hex_decode(PQgetvalue(rows, row, 0), record.at, ID_BYTES)
                                    : hex_decode(PQgetvalue(rows, row, 0), hash.at, HASH_BYTES),
                             ERR_OK);
            struct vault_place place =
                i == 0 ? vault_place_of_field(KIND_MEMBER, &record, PQgetvalue(rows, row, 3),
                                              PQgetvalue(rows, row, 2))
                       : vault_place_of_payload(&hash);
            assert_int_equal(vault_open(vault, &place, bytes_of(sealed, len), plain), ERR_OK);
            assert_memory_equal(plain, "000000", 6);
        }
        PQclear(rows);
    }
    vault_free(vault);
    PQfinish(connection);
    return count;
}

/* Killed before statement `n`, on a connection that is lost with it. */
static enum err rotate_until(size_t n, bool with_master, struct vault_rotated *ret_rotated)
{
    struct countdown countdown = {n};
    struct vault_rotation rotation = {
        .with_master = with_master, .language = LANGUAGE_EN, .may_go_on = may_go_on, .context = &countdown};
    struct error error = {0};
    struct pg_conn *connection = connect_as_owner();
    struct vault *vault = fresh_vault(connection);
    enum err err = vault_rotate(connection, vault, &rotation, ret_rotated, &error);
    if (err != ERR_OK && err != ERR_CANCELLED) {
        fail_msg("%s", error.text);
    }
    vault_free(vault);
    PQfinish(connection);
    return err;
}

static void sweep(bool with_master)
{
    struct vault_rotated rotated = {0};
    enum err err = ERR_CANCELLED;
    size_t n = 0;
    for (; err == ERR_CANCELLED && n < SWEEP_MAX; n++) {
        begin(NULL);
        err = rotate_until(n, with_master, &rotated);
        assert_int_equal(open_all(), 3 + 4 + 3 + 4 + 4);
        submit(OTHER_DEVICE, 0x43, "00000045"); /* the server, which has learnt nothing of it, goes on */
        assert_int_equal(open_all(), 3 + 5 + 3 + 5 + 5);
        assert_int_equal(rotate_until(SWEEP_MAX, with_master, &rotated), ERR_OK);
        assert_int_equal(open_all(), 3 + 5 + 3 + 5 + 5);
        assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.data_key"), "2");
        assert_string_equal(pg_ask(fixture.pg, "select reseal_below is null from dantin.vault"), "t");
    }
    assert_int_equal(err, ERR_OK);
    assert_true(n > 20);
    printf("statements=%zu\n", n);
}

static void vault_rotate__killed_at_every_statement__everything_opens(void **state)
{
    (void)state;
    sweep(false);
}

static void vault_rotate__master_killed_at_every_statement__everything_opens(void **state)
{
    (void)state;
    char aside[128];
    sweep(true);
    (void)snprintf(aside, sizeof aside, "%s.new", fixture.master_path);
    assert_int_equal(access(aside, F_OK), -1);
}

/* After it nothing is left under the old keys, wrapped under the new master key alone; numbers are still found. */
static void vault_rotate__complete__old_keys_gone(void **state)
{
    (void)state;
    struct vault_rotated rotated = {0};
    char before[128];
    char old_path[128];
    char copy[256];
    (void)snprintf(before, sizeof before, "%s",
                   pg_ask(fixture.pg, "select string_agg(card_number_blind::text, '') from (select"
                                      " card_number_blind from dantin.member order by id limit 1) m"));
    (void)snprintf(old_path, sizeof old_path, "%s.old", fixture.master_path);
    (void)snprintf(copy, sizeof copy, "cp -p %s %s", fixture.master_path, old_path);
    assert_int_equal(system(copy), 0);
    int last = atoi(pg_ask(fixture.pg, "select max(number) from dantin.data_key"));

    assert_int_equal(rotate_until(SWEEP_MAX, true, &rotated), ERR_OK);

    assert_int_equal(rotated.senders, 2);
    assert_int_equal(rotated.values, 2 * (3 + 4) + 3 + 4 + 4);
    assert_false(rotated.was_taken_up);
    assert_true(atoi(pg_ask(fixture.pg, "select min(number) from dantin.data_key")) > last);
    assert_string_equal(pg_ask(fixture.pg, "select string_agg(card_number_blind::text, '') from (select"
                                           " card_number_blind from dantin.member order by id limit 1) m"),
                        before);
    struct vault *vault = NULL;
    struct error error = {0};
    struct pg_conn *connection = connect_as_owner();
    assert_int_equal(vault_prepare(connection, old_path, LANGUAGE_EN, &vault, &error), ERR_SEALED);
    PQfinish(connection);
    (void)unlink(old_path);
}

/* A value that another hand put there stops it before a key is lost, and is named. */
static void vault_rotate__value_does_not_open__named_and_keys_kept(void **state)
{
    (void)state;
    (void)pg_ask(fixture.pg,
                 "update dantin.member_version set card_number = (select card_number from dantin.member"
                 " where id::text like '42%') where id::text like '43%'");
    struct countdown countdown = {SWEEP_MAX};
    struct vault_rotation rotation = {.language = LANGUAGE_EN, .may_go_on = may_go_on, .context = &countdown};
    struct vault_rotated rotated = {0};
    struct error error = {0};
    struct pg_conn *connection = connect_as_owner();
    struct vault *vault = fresh_vault(connection);
    assert_int_equal(vault_rotate(connection, vault, &rotation, &rotated, &error), ERR_SEALED);
    assert_non_null(strstr(error.text, "43434343"));
    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.data_key"), "4");
    vault_free(vault);
    PQfinish(connection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(vault_rotate__complete__old_keys_gone, begin),
        cmocka_unit_test_setup(vault_rotate__value_does_not_open__named_and_keys_kept, begin),
        cmocka_unit_test_setup(vault_rotate__killed_at_every_statement__everything_opens, begin),
        cmocka_unit_test_setup(vault_rotate__master_killed_at_every_statement__everything_opens, begin),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
