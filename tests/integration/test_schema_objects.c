/* What the migrations make is what objects.txt declares, object by object: a table, view, function, grant, policy, type, role or
 * membership nobody declared is found here. And what the serving roles may not do, tried in straight SQL. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/bytes.h"
#include "common/record/schema.h"
#include "tests/lib/pg.h"
#include "tests/lib/test.h"

enum {
    SHOWN_MAX = 20,
    SQL_BYTES_MAX = 16384,
    TRY_BYTES_MAX = 512,
    PATH_BYTES_MAX = 512,
    NAME_BYTES_MAX = 64
};

static struct pg *pg;

static int open_once(void **state)
{
    (void)state;
    pg = pg_start(&(struct pg_options){0});
    return 0;
}

static int close_once(void **state)
{
    (void)state;
    pg_stop(pg);
    return 0;
}

/* ---- the declared list ---- */

static char *read_file(const char *name)
{
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof path, "%s/tests/integration/data/%s", getenv("DANTIN_SOURCE_DIR"), name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long len = ftell(file);
    assert_true(len >= 0);
    rewind(file);
    char *text = calloc(1, (size_t)len + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)len, file), len);
    (void)fclose(file); /* it was only read */
    return text;
}

static void write_list(const PGresult *rows)
{
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof path, "%s/tests/integration/data/objects.txt", getenv("DANTIN_SOURCE_DIR"));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < PQntuples(rows); i++) {
        assert_true(fprintf(file, "%s\n", PQgetvalue(rows, i, 0)) > 0);
    }
    assert_int_equal(fclose(file), 0);
}

/* Lines that only one of the two has, printed; both are ordered by bytes. */
static size_t compare_list(char *declared, const PGresult *rows)
{
    size_t differences = 0;
    char *line = declared == NULL || declared[0] == 0 ? NULL : declared;
    int row = 0;
    while (line != NULL || row < PQntuples(rows)) {
        char *end = line != NULL ? strchr(line, '\n') : NULL;
        if (end != NULL) {
            *end = 0;
        }
        const char *found = row < PQntuples(rows) ? PQgetvalue(rows, row, 0) : NULL;
        int order = line == NULL ? 1 : found == NULL ? -1 : strcmp(line, found);
        if (order != 0 && differences++ < SHOWN_MAX) {
            print_message("%s %s\n", order < 0 ? "declared, not there:" : "there, not declared:",
                          order < 0 ? line : found);
        }
        row += order >= 0 ? 1 : 0;
        if (order > 0 && end != NULL) {
            *end = '\n'; /* the same line again */
        } else if (order <= 0) {
            line = end != NULL && end[1] != 0 ? end + 1 : NULL;
        }
    }
    return differences;
}

/* Nothing in the database that nobody declared, and nothing declared that is not there. */
static void database__its_objects__as_declared(void **state)
{
    (void)state;
    char *sql = read_file("objects.sql");
    assert_non_null(sql);
    PGconn *connection = PQconnectdb(pg_conninfo(pg, "postgres"));
    PGresult *rows = PQexec(connection, sql);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
        fail_msg("%s", PQerrorMessage(connection));
    }
    if (getenv("DANTIN_UPDATE") != NULL) {
        write_list(rows);
    }
    char *declared = read_file("objects.txt");
    size_t differences = compare_list(declared, rows);
    free(declared);
    free(sql);
    PQclear(rows);
    PQfinish(connection);
    if (differences > 0) {
        fail_msg(
            "%zu objects of the database are not as tests/integration/data/objects.txt declares them. "
            "Read each;"
            " when all are meant, `./dev objects` writes the list anew, to be committed with the migration",
            differences);
    }
}

/* ---- what is refused ---- */

/* Tables a submission is applied to, made again by replay: the rows of kinds and of their lists, not their versions. */
static bool is_current_table(const char *name)
{
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        size_t len = strlen(schema->name);
        bool is_list = strncmp(name, schema->name, len) == 0 && name[len] == '_' &&
                       schema_list_index(schema, name + len + 1) >= 0;
        if (strcmp(name, schema->name) == 0 || is_list) {
            return true;
        }
    }
    return false;
}

static bool is_version_table(const char *name)
{
    char current[NAME_BYTES_MAX];
    size_t len = strlen(name);
    if (len < 9 || strcmp(name + len - 8, "_version") != 0) {
        return false;
    }
    (void)snprintf(current, sizeof current, "%.*s", (int)(len - 8), name);
    return is_current_table(current);
}

/* Columns ingest changes, beside those of current tables; NULL in a table: all of them. */
static bool may_ingest_update(const char *table, const char *column)
{
    static const char *const columns[][2] = {
        {"journal_head", "position"},
        {"journal_head", "server_time_ms"},
        {"journal_head", "is_rolled_back"},
        {"journal_head", "frontier"},
        {"journal_head", "state"},
        {"device", "last_sequence"},
        {"device", "last_envelope_hash"},
        {"device", "is_quarantined"},
        {"device", "public_key"},
        {"device", "spki_hash"},
        {"device", "certificate_until"},
        {"device", "seen_at"},
        {"waiting", "decided_position"},
        {"waiting", "decided_index"},
        {"waiting", "code"},
        {"waiting", "rule"},
        {"waiting", "current"},
    };
    if (is_current_table(table) || (is_version_table(table) && strcmp(column, "until") == 0)) {
        return true;
    }
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        if (strcmp(table, columns[i][0]) == 0 && strcmp(column, columns[i][1]) == 0) {
            return true;
        }
    }
    return false;
}

/* One statement in a transaction that is rolled back; is it refused, for want of a privilege, or as nobody may do it (change a
 * joined view, or a number drawn by the database)? */
static bool is_refused(PGconn *connection, const char *sql, char *ret_sqlstate)
{
    PQclear(PQexec(connection, "begin"));
    PGresult *result = PQexec(connection, sql);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    (void)snprintf(ret_sqlstate, 6, "%s", sqlstate == NULL ? "00000" : sqlstate);
    PQclear(result);
    PQclear(PQexec(connection, "rollback"));
    return strcmp(ret_sqlstate, "42501") == 0 || strcmp(ret_sqlstate, "55000") == 0 ||
           strcmp(ret_sqlstate, "428C9") == 0;
}

static size_t try_one(PGconn *connection, const char *role, bool may, const char *sql)
{
    char sqlstate[6];
    bool refused = is_refused(connection, sql, sqlstate);
    if (refused != may && (refused || strcmp(sqlstate, "00000") == 0)) {
        return 0;
    }
    print_message("%s: %s gave %s\n", role, sql, sqlstate);
    return 1;
}

static PGresult *columns_of_everything(PGconn *connection)
{
    PGresult *rows = PQexec(
        connection,
        "select n.nspname, c.relname, a.attname, c.relkind = 'r', row_number() over (partition by c.oid order"
        " by a.attnum) = 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a "
        "on"
        " a.attrelid = c.oid where n.nspname in ('dantin', 'read') and c.relkind in ('r', 'v') and"
        " a.attnum > 0 and not a.attisdropped order by 1, 2, a.attnum");
    assert_int_equal(PQresultStatus(rows), PGRES_TUPLES_OK);
    assert_true(PQntuples(rows) > 500);
    return rows;
}

/* Every table and view, every column: ingest removes and changes nothing but what replay makes again and the few columns
 * named above, and empties no table; the reader does nothing but read views. */
static void serving_roles__every_table_and_column__no_more_than_needed(void **state)
{
    (void)state;
    size_t wrong = 0;
    char sql[TRY_BYTES_MAX];
    PGconn *superuser = PQconnectdb(pg_conninfo(pg, "postgres"));
    PGconn *ingest = PQconnectdb(pg_conninfo(pg, "dantin_ingest"));
    PGconn *reader = PQconnectdb(pg_conninfo(pg, "dantin_read"));
    PGresult *rows = columns_of_everything(superuser);
    for (int i = 0; i < PQntuples(rows); i++) {
        const char *schema = PQgetvalue(rows, i, 0);
        const char *table = PQgetvalue(rows, i, 1);
        const char *column = PQgetvalue(rows, i, 2);
        bool is_table = strcmp(schema, "dantin") == 0;
        (void)snprintf(sql, sizeof sql, "update %s.%s set \"%s\" = null where false", schema, table, column);
        wrong += try_one(ingest, "ingest", is_table && may_ingest_update(table, column), sql);
        wrong += try_one(reader, "read", false, sql);
        if (PQgetvalue(rows, i, 4)[0] != 't') {
            continue;
        }
        (void)snprintf(sql, sizeof sql, "delete from %s.%s where false", schema, table);
        wrong += try_one(ingest, "ingest", is_table && is_current_table(table), sql);
        wrong += try_one(reader, "read", false, sql);
        (void)snprintf(sql, sizeof sql, "insert into %s.%s select * from %s.%s where false", schema, table,
                       schema, table);
        wrong += try_one(reader, "read", false, sql);
        (void)snprintf(sql, sizeof sql, "select 1 from %s.%s where false", schema, table);
        wrong += try_one(reader, "read", !is_table, sql);
        (void)snprintf(sql, sizeof sql, "truncate %s.%s", schema, table);
        if (is_table) {
            wrong += try_one(ingest, "ingest", false, sql);
            wrong += try_one(reader, "read", false, sql);
        }
    }
    PQclear(rows);
    PQfinish(superuser);
    PQfinish(ingest);
    PQfinish(reader);
    assert_int_equal(wrong, 0);
}

/* Ways around the grants: becoming another role, objects of one's own, the machine's files and programs, settings that switch
 * walls off. */
static void serving_roles__ways_around__refused(void **state)
{
    (void)state;
    static const char *const forbidden[] = {
        "set role dantin_owner",
        "set role postgres",
        "set session authorization postgres",
        "create table dantin.mine (x int)",
        "create table read.mine (x int)",
        "create table public.mine (x int)",
        "create temporary table mine (x int)",
        "create schema mine",
        "create role mine",
        "create view read.mine as select 1",
        "create function dantin.mine() returns int language sql as 'select 1'",
        "create function read.mine() returns int language sql as 'select 1'",
        "create extension dblink",
        "create publication mine for all tables",
        "alter table dantin.member disable row level security",
        "alter table dantin.member no force row level security",
        "alter table dantin.journal owner to dantin_ingest",
        "drop table dantin.member",
        "drop view read.member",
        "drop policy scope on dantin.member",
        "create policy mine on dantin.member using (true)",
        ("create trigger mine before insert on dantin.journal for each row execute function"
         " suppress_redundant_updates_trigger()"),
        "alter role dantin_read superuser",
        "alter role dantin_ingest bypassrls",
        "grant dantin_owner to dantin_ingest",
        "grant dantin_ingest to dantin_read",
        "set session_replication_role = replica",
        "copy (select 1) to program 'true'",
        "copy (select 1) to '/tmp/dantin-objects-test'",
        "copy dantin.schema_migration from '/etc/passwd'",
        "select pg_read_file('postgresql.conf')",
        "select pg_ls_dir('.')",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
        "select pg_reload_conf()",
        "select pg_switch_wal()",
        "call dantin.add_column('member', 'mine', 'text', null)",
        "call dantin.restrict_table('member', 'true')",
        "call dantin.show('member', 'true')",
    };
    static const char *const roles[] = {"dantin_ingest", "dantin_read"};
    size_t wrong = 0;
    for (size_t role = 0; role < 2; role++) {
        PGconn *connection = PQconnectdb(pg_conninfo(pg, roles[role]));
        for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
            wrong += try_one(connection, roles[role], false, forbidden[i]);
        }
        PQfinish(connection);
        assert_string_equal(pg_try(pg, roles[role], "alter system set fsync = off"),
                            "42501"); /* not in a transaction */
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(database__its_objects__as_declared),
        cmocka_unit_test(serving_roles__every_table_and_column__no_more_than_needed),
        cmocka_unit_test(serving_roles__ways_around__refused),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
