/* A plain, blocking connection. */
#include "server/store/database.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/embed.h"
#include "common/base/log.h"

enum { CONNINFO_BYTES_MAX = 4096, SETTINGS_MAX = 64 };

static const char secret_mark[] = "***";

static enum err rewrite(const char *base, const char *user, const char *name, bool is_shown, char *out,
                        size_t capacity);
static enum err check_version(const PGconn *connection, enum language language, struct error *ret_error);
static bool append_setting(char *out, size_t capacity, size_t *len, const char *name, const char *value);
static enum err take_result(PGconn *connection, PGresult *result, struct pg_result **ret_rows,
                            struct error *ret_error);
static void on_notice(void *context, const PGresult *notice);

enum err database_conninfo(const struct database_setting *parts, size_t count, char *out, size_t capacity)
{
    char text[CONNINFO_BYTES_MAX];
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        if (!append_setting(text, sizeof text, &len, parts[i].name, parts[i].value)) {
            return ERR_TOO_BIG;
        }
    }
    if (len + 1 > capacity) {
        return ERR_TOO_BIG;
    }
    memcpy(out, text, len);
    out[len] = 0;
    return ERR_OK;
}

enum err database_conninfo_as(const char *base, const char *user, char *out, size_t capacity)
{
    return rewrite(base, user, NULL, false, out, capacity);
}

enum err database_conninfo_to(const char *base, const char *user, const char *name, char *out,
                              size_t capacity)
{
    return rewrite(base, user, name, false, out, capacity);
}

enum err database_conninfo_shown(const char *base, char *out, size_t capacity)
{
    return rewrite(base, NULL, NULL, true, out, capacity);
}

enum err database_conninfo_split(const char *base, char *out, char *ret_password, size_t capacity)
{
    struct database_setting parts[SETTINGS_MAX];
    size_t count = 0;
    const char *password = "";
    PQconninfoOption *options = PQconninfoParse(base, NULL);
    if (options == NULL) {
        return ERR_CONFIG;
    }
    for (const PQconninfoOption *at = options; at->keyword != NULL && count < SETTINGS_MAX; at++) {
        if (at->val != NULL && strcmp(at->keyword, "password") == 0) {
            password = at->val;
        } else if (at->val != NULL) {
            parts[count++] = (struct database_setting){at->keyword, at->val};
        }
    }
    enum err err = strlen(password) < capacity ? database_conninfo(parts, count, out, capacity) : ERR_TOO_BIG;
    if (err == ERR_OK) {
        memcpy(ret_password, password, strlen(password) + 1);
    }
    PQconninfoFree(options);
    return err;
}

enum err database_open(const char *conninfo, enum language language, struct pg_conn **ret_connection,
                       struct error *ret_error)
{
    const char *const names[] = {"dbname", "connect_timeout", "fallback_application_name", "client_encoding",
                                 NULL};
    const char *const values[] = {conninfo, "10", "dantind", "UTF8", NULL};
    _Static_assert(DATABASE_CONNECT_TIMEOUT_S == 10, "the text above");
    PGconn *connection = PQconnectdbParams(names, values, 1);
    if (connection == NULL || PQstatus(connection) != CONNECTION_OK) {
        enum err err = error_set(ret_error, ERR_DATABASE,
                                 language == LANGUAGE_VI ? "không kết nối được PostgreSQL: %s"
                                                         : "cannot connect to PostgreSQL: %s",
                                 connection != NULL ? PQerrorMessage(connection) : "");
        PQfinish(connection);
        return err;
    }
    enum err err = check_version(connection, language, ret_error);
    if (err != ERR_OK) {
        PQfinish(connection);
        return err;
    }
    (void)PQsetNoticeReceiver(connection, on_notice, NULL); /* returns the receiver it replaces */
    *ret_connection = connection;
    return ERR_OK;
}

enum err database_run(struct pg_conn *connection, const char *sql, const char *const *parameters,
                      size_t parameter_count, struct pg_result **ret_rows, struct error *ret_error)
{
    REQUIRE(parameter_count <= DATABASE_PARAMETERS_MAX);
    PGresult *result = PQexecParams(connection, sql, (int)parameter_count, NULL, parameters, NULL, NULL, 0);
    return take_result(connection, result, ret_rows, ret_error);
}

enum err database_run_file(struct pg_conn *connection, const char *path, const char *const *parameters,
                           size_t parameter_count, struct pg_result **ret_rows, struct error *ret_error)
{
    const char *sql = NULL;
    for (const struct embedded_file *file = embedded_sql; file->path != NULL && sql == NULL; file++) {
        sql = strcmp(file->path, path) == 0 ? (const char *)file->at : NULL;
    }
    REQUIRE(sql != NULL);
    return database_run(connection, sql, parameters, parameter_count, ret_rows, ret_error);
}

enum err database_run_script(struct pg_conn *connection, const char *sql, struct error *ret_error)
{
    return take_result(connection, PQexec(connection, sql), NULL, ret_error);
}

void database_bytea(struct bytes in, char *out)
{
    out[0] = '\\';
    out[1] = 'x';
    hex_encode(in, out + 2);
}

/* user, name NULL: those it names, if any. libpq marks the settings a form would hide with "*". */
static enum err rewrite(const char *base, const char *user, const char *name, bool is_shown, char *out,
                        size_t capacity)
{
    struct database_setting parts[SETTINGS_MAX];
    size_t count = 0;
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(base, &message);
    if (options == NULL) {
        PQfreemem(message);
        return ERR_CONFIG;
    }
    for (const PQconninfoOption *at = options; at->keyword != NULL && count + 2 < SETTINGS_MAX; at++) {
        bool is_secret = is_shown && strchr(at->dispchar, '*') != NULL;
        bool is_replaced = (user != NULL && strcmp(at->keyword, "user") == 0) ||
                           (name != NULL && strcmp(at->keyword, "dbname") == 0);
        if (at->val != NULL && !is_replaced) {
            parts[count++] = (struct database_setting){at->keyword, is_secret ? secret_mark : at->val};
        }
    }
    if (user != NULL) {
        parts[count++] = (struct database_setting){"user", user};
    }
    if (name != NULL) {
        parts[count++] = (struct database_setting){"dbname", name};
    }
    enum err err = database_conninfo(parts, count, out, capacity);
    PQconninfoFree(options);
    return err;
}

static enum err check_version(const PGconn *connection, enum language language, struct error *ret_error)
{
    const char *named = PQparameterStatus(connection, "server_version");
    if (PQserverVersion(connection) >= DATABASE_VERSION_MIN) {
        return ERR_OK;
    }
    return error_set(
        ret_error, ERR_CONFIG,
        language == LANGUAGE_VI
            ? "PostgreSQL ở đây là bản %s; cần bản %d trở lên. Cơ sở dữ liệu chưa bị thay đổi."
            : "this PostgreSQL is version %s; %d or newer is needed. The database was not changed.",
        named != NULL ? named : "", DATABASE_VERSION_MIN / 10000);
}

static bool append_setting(char *out, size_t capacity, size_t *len, const char *name, const char *value)
{
    /* Twice the value for escapes, two quotes, an equals sign, a space and the NUL. */
    if (strlen(name) + 2 * strlen(value) + 5 > capacity - *len) {
        return false;
    }
    int written = snprintf(out + *len, capacity - *len, "%s%s='", *len > 0 ? " " : "", name);
    *len += (size_t)written;
    for (const char *at = value; *at != 0; at++) {
        if (*at == '\'' || *at == '\\') {
            out[(*len)++] = '\\';
        }
        out[(*len)++] = *at;
    }
    out[(*len)++] = '\'';
    return true;
}

static enum err take_result(PGconn *connection, PGresult *result, struct pg_result **ret_rows,
                            struct error *ret_error)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        if (ret_rows != NULL) {
            *ret_rows = result;
        } else {
            PQclear(result);
        }
        return ERR_OK;
    }
    const char *message = result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    enum err err = error_set(ret_error, ERR_DATABASE, "PostgreSQL: %s",
                             message != NULL ? message : PQerrorMessage(connection));
    PQclear(result);
    return err;
}

static void on_notice(void *context, const PGresult *notice)
{
    (void)context;
    log_write(LOG_DEBUG, "database_notice", "sqlstate=%s", PQresultErrorField(notice, PG_DIAG_SQLSTATE));
}
