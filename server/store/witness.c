/* What witnesses ask of the database: entries about devices, and cosignatures. */
#include <stdlib.h>

#include "common/base/check.h"
#include "common/wire/payload.h"
#include "server/store/store_internal.h"
#include "server/store/store_witness.h"
#include "server/store/tree.h"
#include "server/store/waiting.h"

enum { PAYLOAD_COLUMN = 6, NUMBERS_ARENA_BYTES_MAX = 256 };

struct acts_job {
    struct store *store;
    struct arena *arena;
    void (*on_acts)(void *context, enum err err, const struct store_act_entry *acts, size_t act_count);
    void *context;
};

struct told_job {
    void (*on_told)(void *context, enum err err, const struct store_told_checkpoint *told);
    void *context;
};

static void put_number(struct unit_call *call, uint8_t *room, uint64_t value);
static void on_acts_read(void *context, const struct unit_result *result);
static enum err read_act(const PGresult *rows, int row, const struct acts_job *job,
                         struct store_act_entry *ret_act);
static enum err copy_column(const PGresult *rows, int row, int column, struct arena *arena,
                            struct bytes *ret_copy);
static struct told_job *told_job_new(void (*on_told)(void *context, enum err err,
                                                     const struct store_told_checkpoint *told),
                                     void *context);
static void on_told_read(void *context, const struct unit_result *result);

void store_find_acts(struct store *store, uint64_t from, uint64_t below, struct arena *arena,
                     void (*on_acts)(void *context, enum err err, const struct store_act_entry *acts,
                                     size_t act_count),
                     void *context)
{
    struct acts_job *job = calloc(1, sizeof *job);
    REQUIRE(job != NULL); /* without it the callback's promise cannot be kept */
    uint8_t numbers[3][8];
    struct unit_call calls[1];
    struct unit unit;
    *job = (struct acts_job){store, arena, on_acts, context};
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_FIND_ACTS));
    put_number(call, numbers[0], from); /* past 2^63 it reads as negative: everything, or nothing */
    put_number(call, numbers[1], below);
    put_number(call, numbers[2], STORE_ACT_ENTRIES_MAX);
    connection_send(store->lookup_connection, &unit, 0, on_acts_read, job);
}

void store_put_cosignature(struct store *store, const struct store_cosignature *cosignature,
                           void (*on_told)(void *context, enum err err,
                                           const struct store_told_checkpoint *told),
                           void *context)
{
    uint8_t number[8];
    struct unit_call calls[1];
    struct unit unit;
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_COSIGNATURE_PUT));
    unit_put_id(call, &cosignature->epoch);
    put_number(call, number, cosignature->size);
    unit_put_hash(call, &cosignature->device);
    unit_put_bytes(call, cosignature->line);
    connection_send(store->lookup_connection, &unit, 0, on_told_read, told_job_new(on_told, context));
}

void store_find_seal(struct store *store, uint64_t above, uint64_t up_to,
                     void (*on_told)(void *context, enum err err, const struct store_told_checkpoint *told),
                     void *context)
{
    uint8_t numbers[2][8];
    struct unit_call calls[1];
    struct unit unit;
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_FIND_SEAL));
    put_number(call, numbers[0], above);
    put_number(call, numbers[1], up_to);
    connection_send(store->lookup_connection, &unit, 0, on_told_read, told_job_new(on_told, context));
}

static void put_number(struct unit_call *call, uint8_t *room, uint64_t value)
{
    u64_write(room, value);
    unit_put_bytes(call, bytes_of(room, 8));
}

static void on_acts_read(void *context, const struct unit_result *result)
{
    struct acts_job job = *(struct acts_job *)context;
    enum err err = result->err == ERR_RULE ? ERR_DATABASE : result->err;
    struct store_act_entry *acts = NULL;
    int count = err == ERR_OK ? PQntuples(result->results[0]) : 0;
    free(context);
    acts = arena_zalloc(job.arena, (size_t)count + 1, sizeof *acts);
    err = err == ERR_OK && acts == NULL ? ERR_TOO_BIG : err;
    for (int row = 0; err == ERR_OK && row < count; row++) {
        err = read_act(result->results[0], row, &job, &acts[row]);
    }
    job.on_acts(job.context, err, err == ERR_OK ? acts : NULL, err == ERR_OK ? (size_t)count : 0);
}

static enum err read_act(const PGresult *rows, int row, const struct acts_job *job,
                         struct store_act_entry *ret_act)
{
    struct store_act_entry act = {.position = (uint64_t)result_int64(rows, row, 0),
                                  .server_time_ms = result_int64(rows, row, 3)};
    enum err err = tree_verdict_hash_of_row(rows, row, job->arena, &act.verdict_hash);
    if (err == ERR_OK) {
        err = copy_column(rows, row, 1, job->arena, &act.envelope);
    }
    if (err == ERR_OK) {
        err = copy_column(rows, row, 2, job->arena, &act.signature);
    }
    if (err == ERR_OK) {
        err =
            waiting_open_payload(rows, row, PAYLOAD_COLUMN, job->store->vault, job->arena, &act.payload_zstd);
    }
    if (err == ERR_OK) {
        *ret_act = act;
    }
    return err;
}

static enum err copy_column(const PGresult *rows, int row, int column, struct arena *arena,
                            struct bytes *ret_copy)
{
    struct bytes value = result_bytes(rows, row, column);
    struct bytes copy = value.at != NULL ? arena_copy(arena, value) : value;
    if (copy.at == NULL) {
        return value.at == NULL ? ERR_DATABASE : ERR_TOO_BIG;
    }
    *ret_copy = copy;
    return ERR_OK;
}

static struct told_job *told_job_new(void (*on_told)(void *context, enum err err,
                                                     const struct store_told_checkpoint *told),
                                     void *context)
{
    struct told_job *job = calloc(1, sizeof *job);
    REQUIRE(job != NULL); /* without it the callback's promise cannot be kept */
    *job = (struct told_job){on_told, context};
    return job;
}

static void on_told_read(void *context, const struct unit_result *result)
{
    struct told_job job = *(struct told_job *)context;
    struct store_told_checkpoint told = {0};
    enum err err = result->err == ERR_RULE ? ERR_DATABASE : result->err;
    free(context);
    if (err == ERR_OK && PQntuples(result->results[0]) > 0) {
        told.size = (uint64_t)result_int64(result->results[0], 0, 0);
        told.note = result_bytes(result->results[0], 0, 1);
    }
    job.on_told(job.context, err, err == ERR_OK ? &told : NULL);
}
