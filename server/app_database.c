/* Private cluster or named database. */
#include "server/app_database.h"

#include <libpq-fe.h>

#include "common/base/log.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/erasures.h"
#include "server/erasures_scrub.h"
#include "server/ingest/erased.h"
#include "server/store/database.h"
#include "server/store/migrate.h"
#include "server/store/vault_database.h"

static enum err open_cluster(const struct config *config, enum language language, struct uv_loop_s *loop,
                             struct app_database *database, struct error *ret_error);
static enum err open_vault(const struct config *config, const char *conninfo, enum language language,
                           struct app_database *database, struct error *ret_error);
static enum err load_erased(struct pg_conn *connection, struct vault *vault, enum language language,
                            struct erased **ret_erased, struct error *ret_error);
static enum err on_act(void *context, const struct Dantin__ActErasure *act);
static enum err finish_erasures(struct pg_conn *connection, const char *conninfo, struct vault *vault,
                                enum language language, struct error *ret_error);
static void scrub(const char *conninfo, enum language language);
static enum err migrate(const char *conninfo, enum language language, struct error *ret_error);

enum err app_database_open(const struct config *config, enum language language, struct uv_loop_s *loop,
                           struct app_database *ret_database, struct error *ret_error)
{
    struct app_database database = {0};
    char admin_conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    enum err err = ERR_OK;

    if (config->database[0] == '\0') {
        err = open_cluster(config, language, loop, &database, ret_error);
    } else if (database_conninfo_as(config->database, config->database_admin, admin_conninfo,
                                    sizeof admin_conninfo) != ERR_OK ||
               database_conninfo_as(config->database, CLUSTER_ROLE_INGEST, database.ingest_conninfo,
                                    sizeof database.ingest_conninfo) != ERR_OK ||
               database_conninfo_as(config->database, CLUSTER_ROLE_READ, database.read_conninfo,
                                    sizeof database.read_conninfo) != ERR_OK) {
        /* The string itself may hold a password. */
        err = error_set(ret_error, ERR_CONFIG, "database = : %s", err_text(ERR_CONFIG, language));
    } else {
        err = migrate(admin_conninfo, language, ret_error);
        if (err == ERR_OK) {
            err = open_vault(config, admin_conninfo, language, &database, ret_error);
        }
    }
    if (err == ERR_OK) {
        *ret_database = database;
    }
    return err;
}

static enum err open_cluster(const struct config *config, enum language language, struct uv_loop_s *loop,
                             struct app_database *database, struct error *ret_error)
{
    const struct cluster_config wanted = {
        .folder = config->data, .postgres_bin = config->postgres_bin, .language = language};
    char admin_conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    enum err err = cluster_open(&wanted, &database->cluster, ret_error);

    if (err != ERR_OK) {
        return err;
    }
    log_write(LOG_INFO, "cluster_open", "adopted=%d version=%u", (int)cluster_is_adopted(database->cluster),
              cluster_version(database->cluster));
    cluster_conninfo(database->cluster, CLUSTER_ROLE_ADMIN, admin_conninfo);
    cluster_conninfo(database->cluster, CLUSTER_ROLE_INGEST, database->ingest_conninfo);
    cluster_conninfo(database->cluster, CLUSTER_ROLE_READ, database->read_conninfo);
    err = migrate(admin_conninfo, language, ret_error);
    if (err == ERR_OK) {
        err = open_vault(config, admin_conninfo, language, database, ret_error);
    }
    if (err == ERR_OK && cluster_watch(database->cluster, loop) != ERR_OK) {
        err = error_set(ret_error, ERR_INTERNAL, "%s", err_text(ERR_INTERNAL, language));
    }
    if (err != ERR_OK) {
        cluster_close(database->cluster);
        database->cluster = NULL;
    }
    return err;
}

static enum err open_vault(const struct config *config, const char *conninfo, enum language language,
                           struct app_database *database, struct error *ret_error)
{
    struct pg_conn *connection = NULL;
    enum err err = database_open(conninfo, language, &connection, ret_error);

    if (err == ERR_OK) {
        err = database_run_script(connection, "set role " CLUSTER_ROLE_OWNER, ret_error);
    }
    if (err == ERR_OK) {
        err = context_open_vault(config, language, connection, &database->vault, ret_error);
    }
    if (err == ERR_OK) {
        err = finish_erasures(connection, conninfo, database->vault, language, ret_error);
    }
    if (err == ERR_OK) {
        scrub(conninfo, language);
    }
    if (err == ERR_OK) {
        err = load_erased(connection, database->vault, language, &database->erased, ret_error);
    }
    PQfinish(connection);
    return err;
}

static enum err load_erased(struct pg_conn *connection, struct vault *vault, enum language language,
                            struct erased **ret_erased, struct error *ret_error)
{
    struct erased *erased = NULL;
    enum err err = erased_new(&erased);

    if (err != ERR_OK) {
        return error_set(ret_error, err, "%s", err_text(err, language));
    }
    err = erasures_read(connection, vault, on_act, erased, ret_error);
    if (err != ERR_OK) {
        erased_free(erased);
        return err;
    }
    *ret_erased = erased;
    return ERR_OK;
}

static enum err on_act(void *context, const struct Dantin__ActErasure *act)
{
    return erased_add(context, act);
}

/* What was decided before this start, and cut or undone since, is carried out before anything is served. */
static enum err finish_erasures(struct pg_conn *connection, const char *conninfo, struct vault *vault,
                                enum language language, struct error *ret_error)
{
    struct erasures_report report = {0};
    struct pg_result *rows = NULL;
    enum err err = database_run_file(connection, "queries/erasure_due.sql", NULL, 0, &rows, ret_error);
    bool is_due = err == ERR_OK && PQntuples(rows) > 0;

    PQclear(rows);
    if (!is_due) {
        return err;
    }
    err = vault_load_keys(connection, vault, ret_error);
    if (err == ERR_OK) {
        err = erasures_apply(conninfo, vault, language, &report, ret_error);
    }
    if (err == ERR_OK) {
        log_write(report.left > 0 ? LOG_ERROR : LOG_INFO, "erasures", "done=%zu left=%zu", report.done,
                  report.left);
    }
    return err;
}

/* What fails is due again at the next start: no reason not to serve. */
static void scrub(const char *conninfo, enum language language)
{
    struct error error;

    if (erasures_scrub(conninfo, language, &error) != ERR_OK) {
        log_write(LOG_ERROR, "erasures_unscrubbed", "error=\"%s\"", error.text);
    }
}

static enum err migrate(const char *conninfo, enum language language, struct error *ret_error)
{
    struct migrate_report report = {0};
    enum err err = migrate_apply(conninfo, language, &report, ret_error);

    if (err == ERR_OK && report.applied_count > 0) {
        log_write(LOG_INFO, "migrated", "applied=%zu known=%zu", report.applied_count, report.known_count);
    }
    return err;
}
