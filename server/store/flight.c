#include "server/store/flight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

static bool send_prepare(struct flight *flight, const struct statement *statement, PGconn *pg,
                         struct prepared_set *prepared);
static bool send_call(const struct unit_call *call, PGconn *pg);
static void forget(struct prepared_set *prepared, const struct statement *statement);
static void note_error(struct flight *flight, const PGresult *result, size_t failed_index);
static enum err err_of_sqlstate(const char *sqlstate);

struct flight *flight_new(const struct unit *unit, int64_t deadline_ms, unit_done on_done, void *context)
{
    size_t slot_bytes = sizeof(PGresult *) + sizeof(const struct statement *);
    struct flight *flight = calloc(1, sizeof *flight + unit->call_count * slot_bytes);
    REQUIRE(flight != NULL);
    flight->prepares = (const struct statement **)(void *)(flight->results + unit->call_count);
    list_init(&flight->node);
    flight->deadline_ms = deadline_ms;
    flight->on_done = on_done;
    flight->context = context;
    flight->result.statement_count = unit->call_count;
    flight->result.failed_index = unit->call_count;
    flight->result.results = flight->results;
    return flight;
}

bool flight_send(struct flight *flight, const struct unit *unit, PGconn *pg, struct prepared_set *prepared)
{
    flight->result.was_sent = true;
    for (size_t i = 0; i < unit->call_count; i++) {
        if (!send_prepare(flight, unit->calls[i].statement, pg, prepared)) {
            return false;
        }
    }
    for (size_t i = 0; i < unit->call_count; i++) {
        if (!send_call(&unit->calls[i], pg)) {
            return false;
        }
    }
    return PQpipelineSync(pg) == 1;
}

bool flight_take(struct flight *flight, PGresult *result, struct prepared_set *prepared)
{
    size_t prepare_events = 2 * flight->prepare_count;
    bool is_prepare = flight->cursor < prepare_events;
    size_t index = is_prepare ? flight->cursor / 2 : flight->cursor - prepare_events;
    if (result == NULL) {
        flight->cursor++;
        return false;
    }
    ExecStatusType status = PQresultStatus(result);
    bool is_complete = false;
    if (status == PGRES_PIPELINE_SYNC) {
        flight->cursor++;
        is_complete = !is_prepare;
    } else if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        if (!is_prepare && index < flight->result.statement_count && flight->results[index] == NULL) {
            flight->results[index] = result;
            return false;
        }
    } else if (status == PGRES_FATAL_ERROR) {
        if (is_prepare) {
            /* The next use tries again; this one will fail with an error of its own. */
            forget(prepared, flight->prepares[index]);
        }
        note_error(flight, result, is_prepare ? flight->result.statement_count : index);
    }
    PQclear(result);
    return is_complete;
}

void flight_land(struct flight *flight)
{
    flight->on_done(flight->context, &flight->result);
    for (size_t i = 0; i < flight->result.statement_count; i++) {
        PQclear(flight->results[i]);
    }
    free(flight);
}

static bool send_prepare(struct flight *flight, const struct statement *statement, PGconn *pg,
                         struct prepared_set *prepared)
{
    if (statement->name == NULL) {
        return true;
    }
    for (size_t i = 0; i < prepared->count; i++) {
        if (prepared->statements[i] == statement) {
            return true;
        }
    }
    REQUIRE(prepared->count < CONNECTION_STATEMENTS_MAX);
    prepared->statements[prepared->count++] = statement;
    flight->prepares[flight->prepare_count++] = statement;
    return PQsendPrepare(pg, statement->name, statement->sql, 0, NULL) == 1 && PQpipelineSync(pg) == 1;
}

static bool send_call(const struct unit_call *call, PGconn *pg)
{
    const char *values[STATEMENT_PARAMETERS_MAX];
    int lengths[STATEMENT_PARAMETERS_MAX];
    int formats[STATEMENT_PARAMETERS_MAX];
    for (unsigned i = 0; i < call->parameter_count; i++) {
        REQUIRE(call->parameters[i].len <= INT32_MAX);
        values[i] = (const char *)call->parameters[i].at;
        lengths[i] = (int)call->parameters[i].len;
        formats[i] = 1;
    }
    int count = (int)call->parameter_count;
    const struct statement *statement = call->statement;
    if (statement->name == NULL) {
        return PQsendQueryParams(pg, statement->sql, count, NULL, values, lengths, formats, 1) == 1;
    }
    return PQsendQueryPrepared(pg, statement->name, count, values, lengths, formats, 1) == 1;
}

static void forget(struct prepared_set *prepared, const struct statement *statement)
{
    for (size_t i = 0; i < prepared->count; i++) {
        if (prepared->statements[i] == statement) {
            prepared->statements[i] = prepared->statements[--prepared->count];
            return;
        }
    }
}

/* The first error of a unit is the one that counts. One without SQLSTATE is libpq's own, made up for whatever it waited for
 * when the line broke: the server may have run the rest of the unit, so it names no statement. */
static void note_error(struct flight *flight, const PGresult *result, size_t failed_index)
{
    if (flight->result.sqlstate[0] != '\0') {
        return;
    }
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    flight->result.err = err_of_sqlstate(sqlstate);
    flight->result.failed_index = sqlstate == NULL ? flight->result.statement_count : failed_index;
    (void)snprintf(flight->result.sqlstate, SQLSTATE_BYTES, "%s", sqlstate == NULL ? "" : sqlstate);
    (void)snprintf(flight->result.message, UNIT_MESSAGE_BYTES, "%s",
                   message == NULL ? PQresultErrorMessage(result) : message);
}

static enum err err_of_sqlstate(const char *sqlstate)
{
    if (sqlstate == NULL) {
        return ERR_DATABASE;
    }
    if (strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0 ||
        strcmp(sqlstate, "XX000") == 0) {
        return ERR_RULE;
    }
    return strcmp(sqlstate, "57014") == 0 ? ERR_TIMED_OUT : ERR_DATABASE;
}
