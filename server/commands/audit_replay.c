/* dantind audit replay: rebuilds the current and version tables from the journal in a database of its own, compares every
 * table with the live one, and names the first record that differs. The rebuilt database is removed. */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "server/commands/columns.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/replay_devices.h"
#include "server/commands/replay_journal.h"
#include "server/commands/table_compare.h"
#include "server/config.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/migrate.h"
#include "server/store/replay.h"
#include "server/store/vault_database.h"

/* One at a time: its name is its lock. */
#define REPLAY_DATABASE "dantin_replay"

struct audit_replay {
    const struct options *options;
    struct database_session session; /* as administrator */
    struct pg_conn *live;            /* as ingest, in one snapshot */
    struct pg_conn *rebuilt;
    struct replay *replay;
    struct vault *vault;
    char admin_conninfo[CLUSTER_CONNINFO_BYTES_MAX];   /* to the database to rebuild in */
    char rebuilt_conninfo[CLUSTER_CONNINFO_BYTES_MAX]; /* the same as ingest */
    char live_conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    bool is_created;
    uint64_t size;
    struct hash state; /* as the head keeps it */
    struct replay_journal_report report;
    struct table_comparison compared;
};

static enum err find_databases(struct audit_replay *job, const struct config *config,
                               struct error *ret_error);
static enum err create(struct audit_replay *job, struct error *ret_error);
static void drop(struct audit_replay *job);
static enum err open_live(struct audit_replay *job, struct error *ret_error);
static enum err rebuild(struct audit_replay *job, struct error *ret_error);
static enum err conclude(const struct audit_replay *job, struct error *ret_error);

enum err command_audit_replay(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct audit_replay job = {.options = options};
    enum err err = command_config(options, &config, ret_error);
    err = err == ERR_OK ? context_open_database(options, &config, &job.session, ret_error) : err;
    err = err == ERR_OK
              ? context_open_vault(&config, options->language, job.session.connection, &job.vault, ret_error)
              : err;
    err = err == ERR_OK ? find_databases(&job, &config, ret_error) : err;
    err = err == ERR_OK ? create(&job, ret_error) : err;
    err = err == ERR_OK ? open_live(&job, ret_error) : err;
    err = err == ERR_OK ? rebuild(&job, ret_error) : err;
    err = err == ERR_OK ? table_compare_all(job.live, job.rebuilt, job.vault, &job.compared, ret_error) : err;
    if (err == ERR_OK && job.compared.difference.kind == TABLE_SAME) {
        err = replay_devices_compare(job.live, job.vault, job.size, options->language, &job.compared.rows,
                                     &job.compared.difference, ret_error);
        job.compared.tables += 2;
    }
    err = err == ERR_OK ? conclude(&job, ret_error) : err;
    PQfinish(job.live);
    PQfinish(job.rebuilt);
    replay_free(job.replay);
    vault_free(job.vault);
    drop(&job);
    context_close_database(&job.session);
    return err;
}

static enum err find_databases(struct audit_replay *job, const struct config *config, struct error *ret_error)
{
    char base[CLUSTER_CONNINFO_BYTES_MAX];
    const char *admin = config->database_admin;
    if (job->session.cluster != NULL) {
        cluster_conninfo(job->session.cluster, CLUSTER_ROLE_ADMIN, base);
        admin = CLUSTER_ROLE_ADMIN;
    } else {
        (void)snprintf(base, sizeof base, "%s", config->database);
    }
    if (database_conninfo_to(base, admin, REPLAY_DATABASE, job->admin_conninfo, sizeof job->admin_conninfo) !=
            ERR_OK ||
        database_conninfo_to(base, CLUSTER_ROLE_INGEST, REPLAY_DATABASE, job->rebuilt_conninfo,
                             sizeof job->rebuilt_conninfo) != ERR_OK ||
        database_conninfo_as(base, CLUSTER_ROLE_INGEST, job->live_conninfo, sizeof job->live_conninfo) !=
            ERR_OK) {
        return error_set(ret_error, ERR_CONFIG, "database = : %s",
                         err_text(ERR_CONFIG, job->options->language));
    }
    return ERR_OK;
}

static enum err create(struct audit_replay *job, struct error *ret_error)
{
    struct migrate_report report;
    struct pg_conn *connection = job->session.connection;
    /* Making a database is the administrator's, not the owner's. One left by a killed run goes. */
    enum err err = database_run_script(connection, "reset role", ret_error);
    err = err == ERR_OK
              ? database_run_script(connection, "drop database if exists " REPLAY_DATABASE, ret_error)
              : err;
    err = err == ERR_OK ? database_run_script(connection,
                                              "create database " REPLAY_DATABASE " owner " CLUSTER_ROLE_OWNER
                                              " template template0",
                                              ret_error)
                        : err;
    job->is_created = err == ERR_OK;
    err =
        err == ERR_OK ? migrate_apply(job->admin_conninfo, job->options->language, &report, ret_error) : err;
    return err == ERR_OK ? replay_open(job->rebuilt_conninfo, NULL, job->vault, job->options->language,
                                       &job->replay, ret_error)
                         : err;
}

static void drop(struct audit_replay *job)
{
    struct error ignored; /* the run's own error matters more; the next run removes it */
    if (job->is_created &&
        database_run_script(job->session.connection, "drop database if exists " REPLAY_DATABASE, &ignored) !=
            ERR_OK) {
        (void)fprintf(stderr, "dantind: %s\n", ignored.text);
    }
}

/* Journal, head, keys and tables as they were at one moment, while the server goes on. */
static enum err open_live(struct audit_replay *job, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    struct arena arena;
    enum err err = database_open(job->live_conninfo, job->options->language, &job->live, ret_error);
    err = err == ERR_OK
              ? database_run_script(job->live, "begin isolation level repeatable read read only", ret_error)
              : err;
    err = err == ERR_OK ? vault_load_keys(job->live, job->vault, ret_error) : err;
    err = err == ERR_OK ? database_run(job->live, "select position, state from dantin.journal_head", NULL, 0,
                                       &rows, ret_error)
                        : err;
    arena_init(&arena, HASH_BYTES * 8);
    if (err == ERR_OK && PQntuples(rows) == 1) {
        job->size = column_number(rows, 0, 0);
        err = hash_from_bytes(column_bytes(&arena, rows, 0, 1), &job->state);
    }
    arena_release(&arena);
    PQclear(rows);
    return err;
}

static enum err on_versions(void *context, const struct store_version *versions, size_t count,
                            struct error *ret_error)
{
    return replay_write(context, versions, count, ret_error);
}

static enum err rebuild(struct audit_replay *job, struct error *ret_error)
{
    enum err err = replay_journal_read(job->live, job->vault, job->size, job->options->language, on_versions,
                                       job->replay, &job->report, ret_error);
    return err == ERR_OK
               ? database_open(job->rebuilt_conninfo, job->options->language, &job->rebuilt, ret_error)
               : err;
}

static enum err conclude(const struct audit_replay *job, struct error *ret_error)
{
    bool is_vi = job->options->language == LANGUAGE_VI;
    const struct table_difference *found = &job->compared.difference;
    static const char *const sentences[][2] = {
        [TABLE_ROW_MISSING] = {"thiếu dòng mà nhật ký có", "the row the journal makes is not there"},
        [TABLE_ROW_EXTRA] = {"có dòng mà nhật ký không có", "there is a row the journal does not make"},
        [TABLE_COLUMN_OTHER] = {"khác với nhật ký ở cột", "it differs from the journal in column"},
    };
    if (found->kind != TABLE_SAME) {
        return error_set(ret_error, ERR_DATABASE,
                         is_vi ? "bảng %s, bản ghi %s%s%s%s%s: %s %s" : "table %s, record %s%s%s%s%s: %s %s",
                         found->table, found->keys[0], found->keys[1][0] == 0 ? "" : " / ", found->keys[1],
                         found->keys[2][0] == 0 ? "" : " / ", found->keys[2], sentences[found->kind][!is_vi],
                         found->column);
    }
    if (!hash_equal(&job->state, &job->report.state)) {
        return error_set(ret_error, ERR_DATABASE,
                         is_vi ? "trạng thái ghi ở đầu nhật ký không phải là trạng thái nhật ký cho ra"
                               : "the state kept at the head is not the one the journal gives");
    }
    (void)printf(is_vi ? "%" PRIu64 " mục, %" PRIu64 " phiên bản; %u bảng, %" PRIu64 " dòng: giống hệt\n"
                       : "%" PRIu64 " entries, %" PRIu64 " versions; %u tables, %" PRIu64
                         " rows: all the same\n",
                 job->report.entries, job->report.versions, job->compared.tables, job->compared.rows);
    return ERR_OK;
}
