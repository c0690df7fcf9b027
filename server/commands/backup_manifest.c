/* Counting, and building the journal's tree anew. */
#include "server/commands/backup_manifest.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto/hash.h"
#include "common/crypto/merkle.h"
#include "common/wire/envelope.h"
#include "common/wire/export.h"
#include "common/wire/receipt.h"
#include "server/commands/columns.h"
#include "server/store/database.h"

enum {
    BATCH_ROWS = 512,
    ROW_ARENA_BYTES_MAX = 4 << 20,
    NUMBER_BYTES = 24,
    SIGNATURE_BYTES = 64,
    QUERY_BYTES_MAX = 1 << 16
};

/* Columns of backup_entries.sql. */
enum { COLUMN_ENVELOPE, COLUMN_SIGNATURE, COLUMN_TIME, COLUMN_CHANGE_COUNT, COLUMN_VERDICTS, COLUMN_LEAF };

struct checking {
    struct pg_conn *connection;
    enum language language;
    struct merkle_frontier frontier;
    struct arena arena; /* of one row */
    struct buf verdicts;
    struct error *error;
};

static enum err ask_text(struct pg_conn *connection, const char *path, struct buf *out,
                         struct error *ret_error);
static enum err check_batch(struct checking *job, int *ret_rows);
static enum err check_entry(struct checking *job, const struct pg_result *rows, int row);
static enum err check_head(struct checking *job);
static enum err say_wrong(struct checking *job, uint64_t position);

enum err backup_manifest_write(struct pg_conn *connection, struct buf *out, struct error *ret_error)
{
    struct buf query;
    struct pg_result *rows = NULL;
    buf_init(&query, QUERY_BYTES_MAX);
    enum err err = ask_text(connection, "queries/backup_head.sql", out, ret_error);
    err = err == ERR_OK ? ask_text(connection, "queries/backup_tables.sql", &query, ret_error) : err;
    err = err == ERR_OK ? buf_append(&query, bytes_of("", 1)) : err;
    err = err == ERR_OK
              ? database_run(connection, (const char *)buf_content(&query).at, NULL, 0, &rows, ret_error)
              : err;
    err = err == ERR_OK ? buf_append_text(out, PQgetvalue(rows, 0, 0)) : err;
    PQclear(rows);
    buf_release(&query);
    return err;
}

enum err backup_check_journal(struct pg_conn *connection, enum language language, uint64_t *ret_entries,
                              struct error *ret_error)
{
    struct checking job = {.connection = connection, .language = language, .error = ret_error};
    int row_count = BATCH_ROWS;
    enum err err = ERR_OK;
    merkle_frontier_init(&job.frontier);
    arena_init(&job.arena, ROW_ARENA_BYTES_MAX);
    buf_init(&job.verdicts, EXPORT_VERDICT_BYTES_MAX);
    while (err == ERR_OK && row_count == BATCH_ROWS) {
        err = check_batch(&job, &row_count);
    }
    err = err == ERR_OK ? check_head(&job) : err;
    if (err == ERR_OK) {
        *ret_entries = job.frontier.size;
    }
    buf_release(&job.verdicts);
    arena_release(&job.arena);
    return err;
}

static enum err ask_text(struct pg_conn *connection, const char *path, struct buf *out,
                         struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err = database_run_file(connection, path, NULL, 0, &rows, ret_error);
    if (err == ERR_OK) {
        err = PQntuples(rows) == 1 ? buf_append_text(out, PQgetvalue(rows, 0, 0)) : ERR_DATABASE;
    }
    PQclear(rows);
    return err;
}

static enum err check_batch(struct checking *job, int *ret_rows)
{
    char from[NUMBER_BYTES];
    char count[NUMBER_BYTES];
    const char *const parameters[] = {from, count};
    struct pg_result *rows = NULL;
    (void)snprintf(from, sizeof from, "%" PRIu64, job->frontier.size);
    (void)snprintf(count, sizeof count, "%d", BATCH_ROWS);
    enum err err =
        database_run_file(job->connection, "queries/backup_entries.sql", parameters, 2, &rows, job->error);
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        err = check_entry(job, rows, row);
    }
    *ret_rows = err == ERR_OK ? PQntuples(rows) : 0;
    PQclear(rows);
    return err;
}

/* A position that is missing makes all later leaves, and the head, others. */
static enum err check_entry(struct checking *job, const struct pg_result *rows, int row)
{
    arena_clear(&job->arena);
    struct bytes envelope = column_bytes(&job->arena, rows, row, COLUMN_ENVELOPE);
    struct bytes signature = column_bytes(&job->arena, rows, row, COLUMN_SIGNATURE);
    struct bytes verdicts = column_bytes(&job->arena, rows, row, COLUMN_VERDICTS);
    struct bytes leaf = column_bytes(&job->arena, rows, row, COLUMN_LEAF);
    uint64_t change_count = strtoull(PQgetvalue(rows, row, COLUMN_CHANGE_COUNT), NULL, 10);
    int64_t time_ms = strtoll(PQgetvalue(rows, row, COLUMN_TIME), NULL, 10);
    if (envelope.len != ENVELOPE_BYTES || signature.len != SIGNATURE_BYTES || leaf.len != HASH_BYTES) {
        return say_wrong(job, job->frontier.size);
    }
    enum err err = column_verdicts(verdicts, change_count, &job->arena, &job->verdicts);
    if (err != ERR_OK) {
        return error_set(job->error, err, "%s", err_text(err, job->language));
    }
    struct hash verdict_hash = hash_of_one(buf_content(&job->verdicts));
    struct hash expected = receipt_leaf_hash(envelope, signature, time_ms, &verdict_hash);
    if (memcmp(expected.at, leaf.at, HASH_BYTES) != 0) {
        return say_wrong(job, job->frontier.size);
    }
    merkle_frontier_append(&job->frontier, &expected);
    return ERR_OK;
}

static enum err check_head(struct checking *job)
{
    struct pg_result *rows = NULL;
    enum err err = database_run_file(job->connection, "queries/group_lock.sql", NULL, 0, &rows, job->error);
    if (err != ERR_OK) {
        return err;
    }
    struct bytes frontier = column_bytes(&job->arena, rows, 0, PQfnumber(rows, "frontier"));
    uint64_t position = strtoull(PQgetvalue(rows, 0, PQfnumber(rows, "position")), NULL, 10);
    bool is_right =
        position == job->frontier.size && bytes_equal(frontier, merkle_frontier_encode(&job->frontier));
    PQclear(rows);
    return is_right ? ERR_OK : say_wrong(job, position);
}

static enum err say_wrong(struct checking *job, uint64_t position)
{
    return error_set(job->error, ERR_BAD_HASH,
                     job->language == LANGUAGE_VI
                         ? "nhật ký không khớp với gốc của nó ở vị trí %" PRIu64
                         : "the journal does not match its head at position %" PRIu64,
                     position);
}
