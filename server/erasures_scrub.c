#include "server/erasures_scrub.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "common/record/schema.h"
#include "server/store/cluster.h"
#include "server/store/database.h"

enum { SCRUB_SQL_BYTES = 160 };

static enum err scrub_kinds(struct pg_conn *connection, size_t *ret_count, struct error *ret_error);
static enum err scrub_kind(struct pg_conn *connection, const struct kind_schema *schema,
                           struct error *ret_error);
static enum err scrub_table(struct pg_conn *connection, const char *kind, const char *list,
                            struct error *ret_error);
static enum err scrub_cluster(struct pg_conn *connection, struct error *ret_error);

enum err erasures_scrub(const char *conninfo, enum language language, struct error *ret_error)
{
    struct pg_conn *connection = NULL;
    char sql[SCRUB_SQL_BYTES];
    size_t count = 0;
    (void)snprintf(sql, sizeof sql, "set lock_timeout = %d", (int)ERASURES_SCRUB_LOCK_MS_MAX); /* fits */
    enum err err = database_open(conninfo, language, &connection, ret_error);
    err = err == ERR_OK ? database_run_script(connection, sql, ret_error) : err;
    err = err == ERR_OK ? database_run_script(connection, "set role " CLUSTER_ROLE_OWNER, ret_error) : err;
    err = err == ERR_OK ? scrub_kinds(connection, &count, ret_error) : err;
    err = err == ERR_OK && count > 0 ? scrub_cluster(connection, ret_error) : err;
    PQfinish(connection);
    return err;
}

static enum err scrub_kinds(struct pg_conn *connection, size_t *ret_count, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err = database_run_file(connection, "queries/erasure_unscrubbed.sql", NULL, 0, &rows, ret_error);
    *ret_count = err == ERR_OK ? (size_t)PQntuples(rows) : 0;
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        const char *parameters[] = {PQgetvalue(rows, row, 0)};
        const struct kind_schema *schema = schema_of_name(parameters[0]);
        err = schema == NULL ? error_set(ret_error, ERR_DATABASE, "dantin.erasure")
                             : scrub_kind(connection, schema, ret_error);
        err = err == ERR_OK ? database_run_file(connection, "queries/erasure_scrubbed.sql", parameters, 1,
                                                NULL, ret_error)
                            : err;
    }
    PQclear(rows);
    return err;
}

static enum err scrub_kind(struct pg_conn *connection, const struct kind_schema *schema,
                           struct error *ret_error)
{
    enum err err = scrub_table(connection, schema->name, "", ret_error);
    for (size_t i = 0; err == ERR_OK && i < schema->list_count; i++) {
        err = scrub_table(connection, schema->name, schema->lists[i].name, ret_error);
    }
    return err;
}

/* The table of current rows and that of versions; names of our own schema. */
static enum err scrub_table(struct pg_conn *connection, const char *kind, const char *list,
                            struct error *ret_error)
{
    char sql[SCRUB_SQL_BYTES];
    const char *line = list[0] != '\0' ? "_" : "";
    enum err err = ERR_OK;
    for (int i = 0; err == ERR_OK && i < 2; i++) {
        (void)snprintf(sql, sizeof sql, "vacuum (full, analyze) dantin.%s%s%s%s", kind, line, list,
                       i == 0 ? "" : "_version"); /* fits */
        err = database_run_script(connection, sql, ret_error);
    }
    return err;
}

/* A database of one's own is its administrator's. */
static enum err scrub_cluster(struct pg_conn *connection, struct error *ret_error)
{
    static const char *const scripts[] = {"vacuum full pg_catalog.pg_statistic", "select pg_switch_wal()",
                                          "checkpoint"};
    struct pg_result *rows = NULL;
    enum err err = database_run_script(connection, "reset role", ret_error);
    err = err == ERR_OK
              ? database_run(connection,
                             "select rolsuper from pg_catalog.pg_roles where rolname = current_user", NULL, 0,
                             &rows, ret_error)
              : err;
    bool is_superuser = err == ERR_OK && PQntuples(rows) == 1 && strcmp(PQgetvalue(rows, 0, 0), "t") == 0;
    PQclear(rows);
    for (size_t i = 0; err == ERR_OK && is_superuser && i < sizeof scripts / sizeof scripts[0]; i++) {
        err = database_run_script(connection, scripts[i], ret_error);
    }
    return err;
}
