/* The group commit: one transaction, three or four units on one connection.
 *
 *   IDLE ──(lock──► LOCKING ──► LOCKED)──open──► OPENING ──facts──► OPEN ──commit──► WRITING ──signed──► COMMITTING ──► IDLE
 *                   │  └─owners─► COMPLETING ─┘ └─abort───┐ │ refused         │ refused
 *                   └──────────── failed ────────────► ROLLING_BACK ◄─────────┘ ──► IDLE
 *
 * Suspended in: LOCKING (lock, and what waits: groups that approve), LOCKED (the ingest), OPENING (lock and facts), COMPLETING (ancestors of owners nobody asked for), OPEN (the
 * judge), WRITING (all rows, and the entries read back), COMMITTING (the checkpoint), ROLLING_BACK. The head's row lock is
 * held from OPENING on. A unit belongs to the session its transaction was opened in: when the line was lost and made anew
 * meanwhile, the transaction is gone and nothing may be sent on. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/sm.h"
#include "server/store/facts.h"
#include "server/store/group_write.h"
#include "server/store/store_internal.h"
#include "server/store/tree.h"
#include "server/store/waiting.h"

enum group_state {
    GROUP_IDLE,
    GROUP_LOCKING,
    GROUP_LOCKED,
    GROUP_OPENING,
    GROUP_COMPLETING,
    GROUP_OPEN,
    GROUP_WRITING,
    GROUP_COMMITTING,
    GROUP_ROLLING_BACK,
    GROUP_STATE_COUNT
};

static const struct sm_state states[GROUP_STATE_COUNT] = {
    [GROUP_IDLE] = {"idle", SM_BIT(GROUP_LOCKING) | SM_BIT(GROUP_OPENING), false},
    [GROUP_LOCKING] = {"locking", SM_BIT(GROUP_LOCKED) | SM_BIT(GROUP_ROLLING_BACK), false},
    [GROUP_LOCKED] = {"locked", SM_BIT(GROUP_OPENING) | SM_BIT(GROUP_ROLLING_BACK), false},
    [GROUP_OPENING] = {"opening",
                       SM_BIT(GROUP_COMPLETING) | SM_BIT(GROUP_OPEN) | SM_BIT(GROUP_ROLLING_BACK) |
                           SM_BIT(GROUP_IDLE),
                       false},
    [GROUP_COMPLETING] = {"completing", SM_BIT(GROUP_OPEN) | SM_BIT(GROUP_ROLLING_BACK) | SM_BIT(GROUP_IDLE),
                          false},
    [GROUP_OPEN] = {"open", SM_BIT(GROUP_WRITING) | SM_BIT(GROUP_ROLLING_BACK), false},
    [GROUP_WRITING] = {"writing", SM_BIT(GROUP_COMMITTING) | SM_BIT(GROUP_ROLLING_BACK), false},
    [GROUP_COMMITTING] = {"committing", SM_BIT(GROUP_ROLLING_BACK) | SM_BIT(GROUP_IDLE), false},
    [GROUP_ROLLING_BACK] = {"rolling_back", SM_BIT(GROUP_IDLE), false},
};
static const struct sm_table state_table = {"store_group", states, GROUP_STATE_COUNT, NULL};

struct group {
    struct store *store;
    struct sm sm;
    uint64_t session_number; /* in which the transaction was opened */
    struct row_types types;
    uint64_t types_session; /* in which the types were learnt; 0: not yet */
    struct facts_job facts;
    struct arena *arena; /* the caller's, from open to commit */
    struct buf arrays;   /* encoded rows of the commit */
    struct unit_call calls[GROUP_WRITE_STATEMENTS_MAX];
    struct unit unit;                /* of the writing, then of the commit */
    const struct store_group *batch; /* being written */
    void (*on_waiting)(void *context, enum err err, const struct store_waiting *waiting,
                       size_t waiting_count);
    void (*on_facts)(void *context, enum err err, const struct store_facts *facts);
    void (*on_committed)(void *context, enum err err, const char *sqlstate);
    void (*on_aborted)(void *context);
    void *context;    /* of whichever of the four is due */
    enum err failure; /* while rolling back: what to report */
    char sqlstate[SQLSTATE_BYTES];
};

static void on_types(void *context, const struct unit_result *result);
static void on_locked(void *context, const struct unit_result *result);
static void on_opened(void *context, const struct unit_result *result);
static void on_completed(void *context, const struct unit_result *result);
static void fail_facts(struct group *group, const struct unit_result *result);
static void fail_reading(struct group *group, enum err err);
static void facts_step(struct group *group);
static void on_written(void *context, const struct unit_result *result);
static enum err sign_written(struct group *group, const PGresult *rows, struct bytes *ret_note);
static enum err commit(struct group *group, struct bytes note);
static void on_committed(void *context, const struct unit_result *result);
static enum err commit_outcome(const struct unit_result *result);
static void roll_back(struct group *group, enum err failure, const char *sqlstate);
static void on_rolled_back(void *context, const struct unit_result *result);
static void finish(struct group *group, enum err err);

enum err group_new(struct store *store, struct group **ret_group)
{
    struct group *group = calloc(1, sizeof *group);
    if (group == NULL) {
        return ERR_NO_MEMORY;
    }
    group->store = store;
    sm_init(&group->sm, &state_table, GROUP_IDLE);
    facts_init(&group->facts);
    buf_init(&group->arrays, GROUP_WRITE_BYTES_MAX);
    unit_init(&group->unit, group->calls, GROUP_WRITE_STATEMENTS_MAX);
    *ret_group = group;
    return ERR_OK;
}

void group_free(struct group *group)
{
    if (group == NULL) {
        return;
    }
    facts_release(&group->facts);
    buf_release(&group->arrays);
    free(group);
}

void group_connected(struct group *group)
{
    struct unit_call calls[1];
    struct unit unit;
    unit_init(&unit, calls, 1);
    (void)unit_call(&unit, statement_of(STATEMENT_ROW_TYPES));
    connection_send(group->store->group_connection, &unit, 0, on_types, group);
}

bool group_is_ready(const struct group *group)
{
    return connection_is_ready(group->store->group_connection) && group->types_session != 0 &&
           group->types_session == connection_session_number(group->store->group_connection);
}

void store_group_waiting(struct store *store, const struct id *versions, size_t version_count,
                         struct arena *arena,
                         void (*on_waiting)(void *context, enum err err, const struct store_waiting *waiting,
                                            size_t waiting_count),
                         void *context)
{
    struct group *group = store->group;
    sm_move(&group->sm, GROUP_LOCKING);
    group->arena = arena;
    group->on_waiting = on_waiting;
    group->on_facts = NULL;
    group->on_committed = NULL;
    group->on_aborted = NULL;
    group->context = context;
    group->session_number = connection_session_number(store->group_connection);
    enum err err = waiting_compose(versions, version_count, &group->arrays, &group->unit);
    if (err != ERR_OK) {
        roll_back(group, err, ""); /* nothing to roll back, but the callback may not run from here */
        return;
    }
    connection_send(store->group_connection, &group->unit, 0, on_locked, group);
}

void store_group_open(struct store *store, const struct store_facts_request *request, struct arena *arena,
                      void (*on_facts)(void *context, enum err err, const struct store_facts *facts),
                      void *context)
{
    struct group *group = store->group;
    bool is_locked = group->sm.state == GROUP_LOCKED;
    sm_move(&group->sm, GROUP_OPENING);
    group->arena = arena;
    group->on_waiting = NULL;
    group->on_facts = on_facts;
    group->on_committed = NULL;
    group->on_aborted = NULL;
    group->context = context;
    uint64_t session_number = connection_session_number(store->group_connection);
    enum err err = is_locked && session_number != group->session_number
                       ? ERR_DATABASE /* the lock went with the line */
                       : facts_compose(&group->facts, store->sql, store->vault, request, is_locked, arena);
    group->session_number = session_number;
    if (err != ERR_OK) {
        roll_back(group, err, ""); /* the callback may not run from here */
        return;
    }
    connection_send(store->group_connection, &group->facts.unit, 0, on_opened, group);
}

void store_group_commit(struct store *store, const struct store_group *batch,
                        void (*on_done)(void *context, enum err err, const char *sqlstate), void *context)
{
    struct group *group = store->group;
    REQUIRE(group->sm.state == GROUP_OPEN);
    REQUIRE(batch->entry_count > 0 && batch->entry_count <= STORE_GROUP_SUBMISSIONS_MAX);
    group->on_committed = on_done;
    group->context = context;
    if (group->session_number != connection_session_number(store->group_connection) ||
        !group_is_ready(store->group)) {
        roll_back(group, ERR_DATABASE, "");
        return;
    }
    enum err err = group_write_compose(store->sql, &group->types, batch, &group->facts.sealer, &group->arrays,
                                       group->arena, &group->unit);
    if (err == ERR_MALFORMED || err == ERR_TOO_BIG) {
        roll_back(group, ERR_RULE, "22000"); /* data_exception: no column holds it, whoever asks */
        return;
    }
    if (err != ERR_OK) {
        roll_back(group, err, "");
        return;
    }
    group->batch = batch;
    sm_move(&group->sm, GROUP_WRITING);
    connection_send(store->group_connection, &group->unit, 0, on_written, group);
    if (group->arrays.capacity > GROUP_WRITE_BYTES_KEPT) {
        buf_shrink(&group->arrays);
    }
}

void store_group_abort(struct store *store, void (*on_aborted)(void *context), void *context)
{
    struct group *group = store->group;
    REQUIRE(group->sm.state == GROUP_OPEN || group->sm.state == GROUP_LOCKED);
    group->on_aborted = on_aborted;
    group->context = context;
    roll_back(group, ERR_OK, "");
}

static void on_types(void *context, const struct unit_result *result)
{
    struct group *group = context;
    if (result->err != ERR_OK) {
        if (result->sqlstate[0] != '\0') {
            log_write(LOG_ERROR, "db_row_types", "err=%s sqlstate=%s", err_name(result->err),
                      result->sqlstate);
        }
        return;
    }
    const PGresult *rows = result->results[0];
    row_types_read(&group->types, group->store->sql, rows);
    group->types_session = connection_session_number(group->store->group_connection);
}

static void on_locked(void *context, const struct unit_result *result)
{
    struct group *group = context;
    const struct store_waiting *waiting = NULL;
    size_t waiting_count = 0;
    if (result->err != ERR_OK) {
        fail_facts(group, result);
        return;
    }
    enum err err = waiting_read(result, group->store->vault, group->arena, &waiting, &waiting_count);
    if (err != ERR_OK) {
        roll_back(group, err, "");
        return;
    }
    sm_move(&group->sm, GROUP_LOCKED);
    group->on_waiting(group->context, ERR_OK, waiting, waiting_count);
}

static void on_opened(void *context, const struct unit_result *result)
{
    struct group *group = context;
    if (result->err != ERR_OK) {
        fail_facts(group, result);
        return;
    }
    bool is_needed = false;
    enum err err = facts_read(&group->facts, result);
    if (err == ERR_OK) {
        err = facts_compose_missing(&group->facts, &is_needed);
    }
    if (err != ERR_OK) {
        fail_reading(group, err);
    } else if (is_needed) {
        sm_move(&group->sm, GROUP_COMPLETING);
        connection_send(group->store->group_connection, &group->facts.unit, 0, on_completed, group);
    } else {
        facts_step(group);
    }
}

static void on_completed(void *context, const struct unit_result *result)
{
    struct group *group = context;
    if (result->err != ERR_OK) {
        fail_facts(group, result);
        return;
    }
    enum err err = facts_read_missing(&group->facts, result);
    if (err != ERR_OK) {
        roll_back(group, err, "");
        return;
    }
    facts_step(group);
}

/* Data can be refused in reading too: then it is some member's, and the asker finds out whose. */
static void fail_facts(struct group *group, const struct unit_result *result)
{
    if (result->err == ERR_RULE) {
        log_write(LOG_WARN, "facts_refused", "err=%s sqlstate=%s statement=%zu", err_name(result->err),
                  result->sqlstate, result->failed_index);
    }
    roll_back(group, result->err, result->sqlstate);
}

/* Keys wrapped under another master key: nothing can be sealed until somebody brings the right one. */
static void fail_reading(struct group *group, enum err err)
{
    if (err == ERR_SEALED) {
        log_write(LOG_ERROR, "master_key", "err=%s action=\"put back the master key of this database\"",
                  err_name(err));
    }
    roll_back(group, err == ERR_SEALED ? ERR_DATABASE : err, "");
}

static void facts_step(struct group *group)
{
    sm_move(&group->sm, GROUP_OPEN);
    group->on_facts(group->context, ERR_OK, &group->facts.facts);
}

static void on_written(void *context, const struct unit_result *result)
{
    struct group *group = context;
    struct bytes note = {0};
    enum err err = result->err;
    if (err == ERR_OK) {
        err = sign_written(group, result->results[result->statement_count - 1], &note);
        err = err == ERR_OK ? commit(group, note) : err;
    } else {
        log_write(LOG_WARN, "group_refused", "err=%s sqlstate=%s statement=%zu", err_name(err),
                  result->sqlstate, result->failed_index);
    }
    if (err != ERR_OK) {
        roll_back(group, err, result->sqlstate);
    }
}

/* The last statement read the entries back. */
static enum err sign_written(struct group *group, const PGresult *rows, struct bytes *ret_note)
{
    const struct store_group *batch = group->batch;
    struct store_written *written = arena_zalloc(group->arena, batch->entry_count, sizeof *written);
    if (written == NULL) {
        return ERR_TOO_BIG;
    }
    if (PQntuples(rows) != (int)batch->entry_count) {
        return ERR_DATABASE;
    }
    for (size_t i = 0; i < batch->entry_count; i++) {
        enum err err = tree_leaf_of_row(rows, (int)i, group->arena, &written[i]);
        if (err != ERR_OK) {
            return err;
        }
    }
    return batch->sign(batch->sign_context, written, batch->entry_count, ret_note);
}

static enum err commit(struct group *group, struct bytes note)
{
    struct connection *connection = group->store->group_connection;
    if (group->session_number != connection_session_number(connection) || !group_is_ready(group)) {
        return ERR_DATABASE;
    }
    unit_init(&group->unit, group->calls, GROUP_WRITE_STATEMENTS_MAX);
    struct unit_call *put = unit_call(&group->unit, statement_of(STATEMENT_CHECKPOINT_PUT));
    enum err err = unit_put_int64(put, group->arena, (int64_t)group->batch->head_after.position);
    if (err == ERR_OK) {
        unit_put_bytes(put, note);
        (void)unit_call(&group->unit, statement_of(STATEMENT_GROUP_COMMIT));
        sm_move(&group->sm, GROUP_COMMITTING);
        connection_send(connection, &group->unit, 0, on_committed, group);
    }
    return err;
}

static void on_committed(void *context, const struct unit_result *result)
{
    struct group *group = context;
    enum err err = commit_outcome(result);
    if (err == ERR_OK || err == ERR_UNKNOWN_COMMIT) {
        memcpy(group->sqlstate, result->sqlstate, sizeof group->sqlstate);
        finish(group, err);
        return;
    }
    log_write(LOG_WARN, "group_refused", "err=%s sqlstate=%s statement=%zu", err_name(err), result->sqlstate,
              result->failed_index);
    roll_back(group, err, result->sqlstate);
}

/* Did it commit? COMMIT is the unit's last statement, and its result arrives only when the commit is durable.
 * A statement that failed before it means it was never run. Anything else that ended early is not known. */
static enum err commit_outcome(const struct unit_result *result)
{
    size_t last = result->statement_count - 1;
    PGresult *commit = result->statement_count > 0 && result->results != NULL ? result->results[last] : NULL;
    if (commit != NULL) {
        return strcmp(PQcmdStatus(commit), "COMMIT") == 0 ? ERR_OK : ERR_DATABASE;
    }
    if (!result->was_sent) {
        return result->err == ERR_OK ? ERR_INTERNAL : result->err;
    }
    if (result->failed_index < last) {
        return result->is_lost ? ERR_DATABASE : result->err;
    }
    return result->is_lost ? ERR_UNKNOWN_COMMIT : result->err;
}

/* End the transaction, if there still is one, and then report `failure`. */
static void roll_back(struct group *group, enum err failure, const char *sqlstate)
{
    struct connection *connection = group->store->group_connection;
    struct unit_call calls[1];
    struct unit unit;
    char kept[SQLSTATE_BYTES];
    memcpy(kept, sqlstate, strnlen(sqlstate, SQLSTATE_BYTES - 1) + 1);
    memcpy(group->sqlstate, kept, sizeof kept);
    group->failure = failure;
    sm_move(&group->sm, GROUP_ROLLING_BACK);
    if (strcmp(group->sqlstate, "XX000") == 0) {
        connection_reset(
            connection); /* an internal error counts only when it repeats on a fresh connection */
    }
    unit_init(&unit, calls, 1);
    (void)unit_call(&unit, statement_of(STATEMENT_GROUP_ROLLBACK));
    /* In another session than the transaction's this is harmless: a warning that there is no transaction. */
    connection_send(connection, &unit, 0, on_rolled_back, group);
}

static void on_rolled_back(void *context, const struct unit_result *result)
{
    struct group *group = context;
    (void)result; /* when it failed the line is lost, and the transaction with it */
    finish(group, group->failure);
}

/* Report, once, to whoever waits. The group may be opened again from within. */
static void finish(struct group *group, enum err err)
{
    void *context = group->context;
    sm_move(&group->sm, GROUP_IDLE);
    if (group->on_aborted != NULL) {
        group->on_aborted(context);
    } else if (group->on_committed != NULL) {
        char sqlstate[SQLSTATE_BYTES];
        memcpy(sqlstate, group->sqlstate, sizeof sqlstate);
        group->on_committed(context, err, sqlstate);
    } else if (group->on_facts != NULL) {
        group->on_facts(context, err, NULL);
    } else {
        group->on_waiting(context, err, NULL, 0);
    }
}
