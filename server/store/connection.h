/* One connection to PostgreSQL in pipeline mode, driven by the loop. Rank 4. One loop, one thread. Start here
 * when reading server/store: everything else hands units of work to a connection (or to a pool of them,
 * pool.h).
 *
 * A unit is a list of statements that share one pipeline sync: they run in order, in one implicit transaction
 * unless they say BEGIN themselves; the first that fails ends the unit and no later unit. Units of one
 * connection run in the order they were sent. Statements are prepared once per connection, the first time
 * they are used; parameters and results are binary.
 *
 *   WAITING ──► CONNECTING ──► READY ──► WAITING (lost: back-off with jitter)      any ──► CLOSED
 * (connection_stop)
 *
 * Every unit completes exactly once, never before unit_send has returned: with results, with the database's
 * error, or with ERR_DATABASE (not connected, or lost), ERR_TIMED_OUT (its deadline passed: the connection is
 * dropped, since what it does is no longer known), ERR_CANCELLED (stopped). */
#ifndef SERVER_STORE_CONNECTION_H
#define SERVER_STORE_CONNECTION_H

#include <libpq-fe.h>

#include "common/base/arena.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

struct uv_loop_s;
struct connection;

enum {
    CONNECTION_STATEMENTS_MAX = 512, /* prepared ones; statements.h and ingest_sql.h have fewer */
    STATEMENT_PARAMETERS_MAX = 36,   /* a pivot's values, and four */
    UNIT_DEADLINE_MS = 60000, /* past the server's own statement_timeout; only a stuck line gets there */
    CONNECTION_CONNECT_MS_MAX = 10000,
    CONNECTION_UNITS_MAX = 1024, /* in flight; past it ERR_BUSY */
    SQLSTATE_BYTES = 6,
    UNIT_MESSAGE_BYTES = 160,
};

/* A statement's text. With a name it is prepared, once per connection: then it is static, or owned by
 * something that outlives the connection, and its address is its identity. Without a name (composed on the
 * fly) it is sent as it is, and only borrowed until the unit is sent. */
struct statement {
    const char *name; /* of the prepared statement: unique, at most 63 bytes; or NULL */
    const char *sql;
};

/* Binary forms of one parameter; at == NULL is SQL's null. Copied when the unit is sent. */
struct unit_call {
    const struct statement *statement;
    unsigned parameter_count;
    struct bytes parameters[STATEMENT_PARAMETERS_MAX];
};

/* How a unit ended. Valid during the callback, unless results are taken. */
struct unit_result {
    enum err err; /* ERR_OK; ERR_RULE: SQLSTATE class 22, 23 or XX000; ERR_TIMED_OUT: statement_timeout;
                     ERR_DATABASE: any other SQLSTATE; and as above when the line failed */
    char sqlstate[SQLSTATE_BYTES];    /* "" when the error is not the database's */
    char message[UNIT_MESSAGE_BYTES]; /* the database's primary message; may hold data: for debug logs only */
    size_t failed_index;              /* the statement refused; statement_count when none or not known */
    bool was_sent;                    /* some byte of it may have reached the server */
    bool is_lost; /* sent, but the line ended before the answer was complete: it may have taken effect */
    size_t statement_count;
    PGresult *
        *results; /* one per statement, NULL from the failed one on. To keep one: take it and set NULL */
};

typedef void (*unit_done)(void *context, const struct unit_result *result);

/* ---- building a unit ---- */

struct unit {
    struct unit_call *calls; /* the caller's memory, until the unit is sent */
    size_t call_max;
    size_t call_count;
    bool leaves_open; /* it begins a transaction that another unit ends; of a pool: pool_follow */
};

/* Empty, with room for call_max calls. */
void unit_init(struct unit *unit, struct unit_call *calls, size_t call_max);
/* Append a statement without parameters, for which there is room; add them with the unit_put_* functions, in order. The returned call
 * is valid until the unit is sent. */
struct unit_call *unit_call(struct unit *unit, const struct statement *statement);
void unit_put_null(struct unit_call *call);
/* The view is borrowed until the unit is sent. */
void unit_put_bytes(struct unit_call *call,
                    struct bytes value); /* bytea, uuid, text, or an array encoded by wire_array.h */
void unit_put_hash(struct unit_call *call, const struct hash *value); /* bytea */
void unit_put_id(struct unit_call *call, const struct id *value);     /* uuid; none gives null */
void unit_put_text(struct unit_call *call, const char *value);        /* text; NULL gives null */
/* Numbers are encoded into the arena, which must live until the unit is sent. ERR_NO_MEMORY, ERR_TOO_BIG. */
MUST_CHECK enum err unit_put_int64(struct unit_call *call, struct arena *arena, int64_t value);
MUST_CHECK enum err unit_put_int32(struct unit_call *call, struct arena *arena, int32_t value);
MUST_CHECK enum err unit_put_boolean(struct unit_call *call, struct arena *arena, bool value);
MUST_CHECK enum err unit_put_date(struct unit_call *call, struct arena *arena,
                                  int32_t days); /* since 1970-01-01 */

/* ---- reading binary results ---- */

struct bytes result_bytes(const PGresult *result, int row, int column); /* at == NULL: null */
/* Null reads as 0, false, none. A value of another length reads likewise (the statement's text and this code
 * disagree). */
int64_t result_int64(const PGresult *result, int row, int column); /* bigint, integer and smallint */
bool result_boolean(const PGresult *result, int row, int column);
int32_t result_date(const PGresult *result, int row, int column); /* days since 1970-01-01 */
struct id result_id(const PGresult *result, int row, int column);
struct hash result_hash(const PGresult *result, int row, int column);

/* ---- the connection ---- */

struct connection_config {
    const char *name;        /* for logs: "group", "read-1" */
    const char *conninfo;    /* copied */
    const char *options;     /* "-c name=value ..." for the session; copied */
    unsigned connect_ms_min; /* back-off between attempts, doubled up to ... */
    unsigned connect_ms_max; /* ... this, with jitter */
    /* Called when it becomes able to take units and when it no longer is. May be NULL. */
    void (*on_ready)(void *context, struct connection *connection, bool is_ready);
    void *context;
    /* A word on a channel the session listens to; its payload is valid during the call. May be NULL. */
    void (*on_word)(void *context, const char *payload);
};

MUST_CHECK enum err connection_start(struct uv_loop_s *loop, const struct connection_config *config,
                                     struct connection **ret_connection);
/* Fails what is under way with ERR_CANCELLED, closes, frees, then calls on_stopped. */
void connection_stop(struct connection *connection, void (*on_stopped)(void *context), void *context);
/* Drop a ready connection, failing what is under way with ERR_DATABASE, and connect afresh at once. */
void connection_reset(struct connection *connection);
bool connection_is_ready(const struct connection *connection);
/* Counts the sessions it has had: a transaction opened under another number is gone. */
uint64_t connection_session_number(const struct connection *connection);
/* As PQserverVersion; 0 without a session. */
int connection_server_version(const struct connection *connection);
size_t connection_units_in_flight(const struct connection *connection);

/* Send a unit. Parameters are copied; `on_done` is called later, exactly once, also when this cannot be sent.
 * deadline_ms: from now; 0 = UNIT_DEADLINE_MS. */
void connection_send(struct connection *connection, const struct unit *unit, unsigned deadline_ms,
                     unit_done on_done, void *context);

#endif
