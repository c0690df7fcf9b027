/* A unit's statements, one after the other. */
#include "server/store/replay.h"

#include <libpq-fe.h>
#include <stdlib.h>

#include "server/store/database.h"
#include "server/store/group_write.h"
#include "server/store/ingest_sql.h"
#include "server/store/statements.h"

enum { ARENA_BYTES_MAX = 64 << 20, BINARY = 1 };

struct replay {
    struct pg_conn *connection;
    struct ingest_sql sql;
    struct row_types types;
    struct buf arrays;
    struct arena arena;
    struct unit_call calls[GROUP_WRITE_STATEMENTS_MAX];
    struct unit unit;
    struct vault_device_key key; /* of the device none, which is that of all versions here */
    struct vault_sealer sealer;
};

static enum err read_types(struct replay *replay, enum language language, struct error *ret_error);
static enum err run_call(struct replay *replay, const struct unit_call *call, struct error *ret_error);

enum err replay_open(const char *conninfo, const char *role, struct vault *vault, enum language language,
                     struct replay **ret_replay, struct error *ret_error)
{
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL) {
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, language));
    }
    buf_init(&replay->arrays, GROUP_WRITE_BYTES_MAX);
    arena_init(&replay->arena, ARENA_BYTES_MAX);
    unit_init(&replay->unit, replay->calls, GROUP_WRITE_STATEMENTS_MAX);
    replay->key.number = REPLAY_KEY_NUMBER;
    replay->sealer = (struct vault_sealer){.vault = vault, .keys = &replay->key, .key_count = 1};
    enum err err = vault_make_key(vault, REPLAY_KEY_NUMBER, &replay->key.sender, replay->key.wrapped);
    if (err == ERR_OK) { /* nobody else's: what is sealed under it may be opened at once */
        err = vault_add_key(vault, REPLAY_KEY_NUMBER, &replay->key.sender,
                            bytes_of(replay->key.wrapped, sizeof replay->key.wrapped));
    }
    err = err == ERR_OK ? statements_load() : err;
    err = err == ERR_OK ? ingest_sql_init(&replay->sql) : err;
    if (err != ERR_OK) {
        err = error_set(ret_error, err, "%s", err_text(err, language));
    }
    err = err == ERR_OK ? database_open(conninfo, language, &replay->connection, ret_error) : err;
    if (err == ERR_OK && role != NULL) {
        const char *parameters[] = {role};
        err = database_run(replay->connection, "select set_config('role', $1, false)", parameters, 1, NULL,
                           ret_error);
    } else if (err == ERR_OK) {
        /* What is written to a database of its own can be written again. */
        err = database_run_script(replay->connection, "set synchronous_commit = off", ret_error);
    }
    err = err == ERR_OK ? read_types(replay, language, ret_error) : err;
    if (err != ERR_OK) {
        replay_free(replay);
        return err;
    }
    *ret_replay = replay;
    return ERR_OK;
}

void replay_free(struct replay *replay)
{
    if (replay == NULL) {
        return;
    }
    PQfinish(replay->connection);
    ingest_sql_release(&replay->sql);
    buf_release(&replay->arrays);
    arena_release(&replay->arena);
    free(replay);
}

static enum err read_types(struct replay *replay, enum language language, struct error *ret_error)
{
    const struct statement *statement = statement_of(STATEMENT_ROW_TYPES);
    PGresult *rows = PQexecParams(replay->connection, statement->sql, 0, NULL, NULL, NULL, NULL, BINARY);
    enum err err = ERR_OK;
    if (PQresultStatus(rows) == PGRES_TUPLES_OK) {
        row_types_read(&replay->types, &replay->sql, rows);
    } else {
        err = error_set(ret_error, ERR_DATABASE, "%s: %s", err_text(ERR_DATABASE, language),
                        PQresultErrorMessage(rows));
    }
    PQclear(rows);
    return err;
}

enum err replay_write(struct replay *replay, const struct store_version *versions, size_t count,
                      struct error *ret_error)
{
    enum err err = database_run_script(replay->connection, "begin", ret_error);
    err = err == ERR_OK ? replay_put(replay, versions, count, ret_error) : err;
    return err == ERR_OK ? database_run_script(replay->connection, "commit", ret_error) : err;
}

struct pg_conn *replay_connection(const struct replay *replay)
{
    return replay->connection;
}

enum err replay_put(struct replay *replay, const struct store_version *versions, size_t count,
                    struct error *ret_error)
{
    arena_clear(&replay->arena);
    enum err err =
        group_write_compose_versions(&replay->sql, &replay->types, versions, count, &replay->sealer,
                                     &replay->arrays, &replay->arena, &replay->unit);
    if (err != ERR_OK) {
        return error_set(ret_error, err, "%s", err_name(err));
    }
    for (size_t i = 0; err == ERR_OK && i < replay->unit.call_count; i++) {
        err = run_call(replay, &replay->unit.calls[i], ret_error);
    }
    return err;
}

static enum err run_call(struct replay *replay, const struct unit_call *call, struct error *ret_error)
{
    const char *values[STATEMENT_PARAMETERS_MAX];
    int lengths[STATEMENT_PARAMETERS_MAX];
    int formats[STATEMENT_PARAMETERS_MAX];
    for (unsigned i = 0; i < call->parameter_count; i++) {
        values[i] = (const char *)call->parameters[i].at;
        lengths[i] = (int)call->parameters[i].len;
        formats[i] = BINARY;
    }
    PGresult *result = PQexecParams(replay->connection, call->statement->sql, (int)call->parameter_count,
                                    NULL, values, lengths, formats, BINARY);
    ExecStatusType status = PQresultStatus(result);
    enum err err = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
                       ? ERR_OK
                       : error_set(ret_error, ERR_DATABASE, "%s", PQresultErrorMessage(result));
    PQclear(result);
    return err;
}
