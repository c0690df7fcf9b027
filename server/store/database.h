/* A plain, blocking connection for what happens before or beside serving: cluster start-up, migrations,
 * commands. Rank 4. Never used while the loop runs; there server/store/connection.h is the way. */
#ifndef SERVER_STORE_DATABASE_H
#define SERVER_STORE_DATABASE_H

#include <stddef.h>

#include "common/base/bytes.h"
#include "common/base/error.h"

struct pg_conn;   /* libpq's PGconn; end it with PQfinish */
struct pg_result; /* libpq's PGresult; free it with PQclear */

enum {
    DATABASE_CONNECT_TIMEOUT_S = 10,
    DATABASE_PARAMETERS_MAX = 16,
    DATABASE_VERSION_MIN =
        150000, /* PostgreSQL 15: what an older one lacks, migrations and statements need */
};

/* One part of a connection string. */
struct database_setting {
    const char *name;
    const char *value;
};

/* Build "name='value' ..." with quoting. ERR_TOO_BIG: longer than capacity; out is untouched then. */
MUST_CHECK enum err database_conninfo(const struct database_setting *parts, size_t count, char *out,
                                      size_t capacity);

/* The connection string `base` (key=value or URI) with another user. ERR_CONFIG: libpq does not understand
 * it. ERR_TOO_BIG. */
MUST_CHECK enum err database_conninfo_as(const char *base, const char *user, char *out, size_t capacity);

/* The same to another database. */
MUST_CHECK enum err database_conninfo_to(const char *base, const char *user, const char *name, char *out,
                                         size_t capacity);

/* The connection string `base` as it may be shown: every secret in it is "***". ERR_CONFIG, ERR_TOO_BIG as
 * above. */
MUST_CHECK enum err database_conninfo_shown(const char *base, char *out, size_t capacity);

/* The connection string `base` without its password, which goes to ret_password ("": it has none); both have `capacity` bytes: for
 * a program's arguments, which everybody sees. ERR_CONFIG, ERR_TOO_BIG as above. */
MUST_CHECK enum err database_conninfo_split(const char *base, char *out, char *ret_password, size_t capacity);

/* Connect; notices go to the log at debug level. ERR_DATABASE with libpq's sentence. ERR_CONFIG: a server
 * older than DATABASE_VERSION_MIN. */
MUST_CHECK enum err database_open(const char *conninfo, enum language language,
                                  struct pg_conn **ret_connection, struct error *ret_error);

/* Run one statement with text parameters (a NULL one is SQL's null). *ret_rows (may be NULL): the result, the
 * caller's. ERR_DATABASE with PostgreSQL's primary message. */
MUST_CHECK enum err database_run(struct pg_conn *connection, const char *sql, const char *const *parameters,
                                 size_t parameter_count, struct pg_result **ret_rows,
                                 struct error *ret_error);

/* The same with the embedded file sql/<path>. A path that is not embedded is our own bug. */
MUST_CHECK enum err database_run_file(struct pg_conn *connection, const char *path,
                                      const char *const *parameters, size_t parameter_count,
                                      struct pg_result **ret_rows, struct error *ret_error);

/* A bytea as a text parameter: "\x" and hexadecimal digits; out has 2 * in.len + 3 bytes. */
void database_bytea(struct bytes in, char *out);

/* Run a script of several statements; no parameters. ERR_DATABASE. */
MUST_CHECK enum err database_run_script(struct pg_conn *connection, const char *sql, struct error *ret_error);

#endif
