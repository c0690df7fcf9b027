/* Migrations: compare what is recorded with what is embedded, apply the rest. */
#include "server/store/migrate.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/crypto/hash.h"
#include "server/store/database.h"

static const char folder[] = "migrations/";

struct migration {
    const char *name; /* without the folder: "0001_roles.sql" */
    const char *sql;
    char number[8];
    char hash[HASH_HEX_BYTES];
};

static enum err collect(const struct embedded_file *files, size_t file_count, struct migration *migrations,
                        size_t *ret_count);
static int compare(const void *a, const void *b);
static enum err check_recorded(struct pg_conn *connection, const struct migration *migrations, size_t count,
                               enum language language, size_t *ret_known, struct error *ret_error);
static enum err apply_one(struct pg_conn *connection, const struct migration *migration,
                          enum language language, struct error *ret_error);

enum err migrate_apply(const char *conninfo, enum language language, struct migrate_report *ret_report,
                       struct error *ret_error)
{
    return migrate_apply_files(conninfo, embedded_sql, embedded_sql_count, language, ret_report, ret_error);
}

enum err migrate_apply_files(const char *conninfo, const struct embedded_file *files, size_t file_count,
                             enum language language, struct migrate_report *ret_report,
                             struct error *ret_error)
{
    struct pg_conn *connection = NULL;
    struct migrate_report report = {0};
    size_t count = 0;
    char key[16];
    const char *parameters[] = {key};
    struct migration *migrations = calloc(MIGRATE_FILES_MAX, sizeof *migrations);
    enum err err = migrations != NULL ? collect(files, file_count, migrations, &count) : ERR_NO_MEMORY;
    if (err != ERR_OK) {
        goto done;
    }
    err = database_open(conninfo, language, &connection, ret_error);
    if (err != ERR_OK) {
        goto done;
    }
    (void)snprintf(key, sizeof key, "%d", MIGRATE_LOCK_KEY);
    err = database_run_file(connection, "queries/migrate_lock.sql", parameters, 1, NULL, ret_error);
    if (err == ERR_OK) {
        err = check_recorded(connection, migrations, count, language, &report.known_count, ret_error);
    }
    for (size_t i = report.known_count; err == ERR_OK && i < count; i++) {
        err = apply_one(connection, &migrations[i], language, ret_error);
        report.applied_count += err == ERR_OK;
    }
    if (err == ERR_OK) {
        *ret_report = report;
    }
done:
    PQfinish(connection);
    free(migrations);
    return err;
}

/* The files of the folder in order of their names, which begin with their number. */
static enum err collect(const struct embedded_file *files, size_t file_count, struct migration *migrations,
                        size_t *ret_count)
{
    size_t count = 0;
    for (size_t i = 0; i < file_count; i++) {
        if (strncmp(files[i].path, folder, sizeof folder - 1) != 0) {
            continue;
        }
        if (count == MIGRATE_FILES_MAX) {
            return ERR_TOO_BIG;
        }
        struct migration *migration = &migrations[count++];
        struct hash hash = hash_of_one(bytes_of(files[i].at, files[i].len));
        migration->name = files[i].path + sizeof folder - 1;
        migration->sql = (const char *)files[i].at;
        (void)snprintf(migration->number, sizeof migration->number, "%d",
                       (int)strtol(migration->name, NULL, 10) % 10000);
        hex_encode(bytes_of(hash.at, sizeof hash.at), migration->hash);
    }
    qsort(migrations, count, sizeof *migrations, compare);
    *ret_count = count;
    return ERR_OK;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct migration *)a)->name, ((const struct migration *)b)->name);
}

/* What is recorded must be the beginning of what we have, file for file. */
static enum err check_recorded(struct pg_conn *connection, const struct migration *migrations, size_t count,
                               enum language language, size_t *ret_known, struct error *ret_error)
{
    bool is_vi = language == LANGUAGE_VI;
    struct pg_result *rows = NULL;
    enum err err = database_run_file(connection, "queries/migrate_has_table.sql", NULL, 0, &rows, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    bool has_table = PQntuples(rows) > 0;
    PQclear(rows);
    if (!has_table) {
        *ret_known = 0;
        return ERR_OK;
    }
    rows = NULL;
    err = database_run_file(connection, "queries/migrate_applied.sql", NULL, 0, &rows, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    size_t known = (size_t)PQntuples(rows);
    for (size_t i = 0; err == ERR_OK && i < known; i++) {
        const char *name = PQgetvalue(rows, (int)i, 0);
        if (i >= count || strcmp(name, migrations[i].name) != 0) {
            err = error_set(
                ret_error, ERR_CONFIG,
                is_vi ? "cơ sở dữ liệu đã có bước nâng cấp %s mà chương trình này không biết; hãy dùng "
                        "bản dantind mới hơn"
                      : "the database has migration %s, unknown to this program; use a newer dantind",
                name);
        } else if (strcmp(PQgetvalue(rows, (int)i, 1), migrations[i].hash) != 0) {
            err = error_set(ret_error, ERR_CONFIG,
                            is_vi ? "bước nâng cấp %s đã áp dụng khác với tệp của chương trình này"
                                  : "migration %s was applied from another file than this program's",
                            name);
        }
    }
    PQclear(rows);
    if (err == ERR_OK) {
        *ret_known = known;
    }
    return err;
}

static enum err apply_one(struct pg_conn *connection, const struct migration *migration,
                          enum language language, struct error *ret_error)
{
    struct error error = {0};
    const char *parameters[] = {migration->number, migration->name, migration->hash};
    enum err err = database_run_script(connection, "begin", &error);
    if (err == ERR_OK) {
        err = database_run_script(connection, migration->sql, &error);
    }
    if (err == ERR_OK) {
        err = database_run_file(connection, "queries/migrate_note.sql", parameters, 3, NULL, &error);
    }
    if (err == ERR_OK) {
        err = database_run_script(connection, "commit", &error);
    }
    if (err != ERR_OK) {
        return error_set(ret_error, err,
                         language == LANGUAGE_VI ? "bước nâng cấp %s: %s" : "migration %s: %s",
                         migration->name, error.text);
    }
    log_write(LOG_INFO, "migration_applied", "name=%s", migration->name);
    return ERR_OK;
}
