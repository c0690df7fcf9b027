/* The client's store: checkpoints, own cosignatures, keys of log and witnesses, alarms. */
#include "client/lib/store_witness.h"

#include <string.h>

#include "client/lib/store_internal.h"

static enum err get_checkpoint(struct store *store, enum store_statement which, const struct id *epoch,
                               const uint64_t *size, struct arena *arena,
                               struct store_checkpoint *ret_checkpoint);
static enum err checkpoint_of_row(sqlite3_stmt *statement, struct arena *arena,
                                  struct store_checkpoint *ret_checkpoint);
static enum err witness_of_row(sqlite3_stmt *statement, struct store_witness *ret_witness);
static enum err run_with_epoch(struct store *store, enum store_statement which, const struct id *epoch,
                               uint64_t size);
static enum err count_of(struct store *store, enum store_statement which, uint64_t *ret_count);
static enum err copy_exactly(struct bytes in, uint8_t *out, size_t out_bytes);
static enum err copy_column(sqlite3_stmt *statement, int index, struct arena *arena, struct bytes *ret_value);

/* ---- checkpoints ---- */

enum err store_checkpoint_put(struct store *store, const struct store_checkpoint *checkpoint)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_CHECKPOINT_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(checkpoint->epoch.at, ID_BYTES));
    bind_number(statement, 2, (int64_t)checkpoint->size);
    bind_bytes(statement, 3, checkpoint->note);
    bind_number(statement, 4, checkpoint->standing);
    err = statement_run(statement);
    return err == ERR_OK && checkpoint->standing == STORE_CHECKPOINT_PROVED
               ? run_with_epoch(store, STATEMENT_RECEIPT_PROVE, &checkpoint->epoch, checkpoint->size)
               : err;
}

enum err store_checkpoint_get(struct store *store, const struct id *epoch, uint64_t size, struct arena *arena,
                              struct store_checkpoint *ret_checkpoint)
{
    return get_checkpoint(store, STATEMENT_CHECKPOINT_GET, epoch, &size, arena, ret_checkpoint);
}

enum err store_checkpoint_newest(struct store *store, struct arena *arena,
                                 struct store_checkpoint *ret_checkpoint)
{
    return get_checkpoint(store, STATEMENT_CHECKPOINT_NEWEST, NULL, NULL, arena, ret_checkpoint);
}

enum err store_checkpoint_newest_proved(struct store *store, struct arena *arena,
                                        struct store_checkpoint *ret_checkpoint)
{
    return get_checkpoint(store, STATEMENT_CHECKPOINT_NEWEST_PROVED, NULL, NULL, arena, ret_checkpoint);
}

enum err store_checkpoint_at_most(struct store *store, const struct id *epoch, uint64_t size,
                                  struct arena *arena, struct store_checkpoint *ret_checkpoint)
{
    return get_checkpoint(store, STATEMENT_CHECKPOINT_AT_MOST, epoch, &size, arena, ret_checkpoint);
}

enum err store_checkpoint_sealed(struct store *store, struct arena *arena,
                                 struct store_checkpoint *ret_checkpoint)
{
    return get_checkpoint(store, STATEMENT_CHECKPOINT_SEALED, NULL, NULL, arena, ret_checkpoint);
}

enum err store_checkpoint_sealed_over(struct store *store, uint64_t position, struct arena *arena,
                                      struct store_checkpoint *ret_checkpoint)
{
    return get_checkpoint(store, STATEMENT_CHECKPOINT_SEALED_OVER, NULL, &position, arena, ret_checkpoint);
}

enum err store_checkpoint_unproved(struct store *store, uint64_t below, struct arena *arena,
                                   struct store_checkpoint *ret_checkpoints, size_t max, size_t *ret_count)
{
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    enum err err = statement_begin(store, STATEMENT_CHECKPOINT_UNPROVED, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, (int64_t)below);
    while (count < max && (err = statement_step(statement)) == ERR_OK) {
        err = checkpoint_of_row(statement, arena, &ret_checkpoints[count]);
        if (err != ERR_OK) {
            break;
        }
        count++;
    }
    statement_end(statement);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    *ret_count = count;
    return ERR_OK;
}

enum err store_receipts_left_behind(struct store *store, uint64_t *ret_count)
{
    return count_of(store, STATEMENT_RECEIPT_LEFT_BEHIND, ret_count);
}

enum err store_checkpoint_seal(struct store *store, const struct id *epoch, uint64_t size,
                               struct bytes sealed)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_CHECKPOINT_SEAL, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(epoch->at, ID_BYTES));
    bind_number(statement, 2, (int64_t)size);
    bind_bytes(statement, 3, sealed);
    return statement_run(statement);
}

enum err store_leave_behind(struct store *store, const struct id *epoch, uint64_t size)
{
    enum err err = run_with_epoch(store, STATEMENT_CHECKPOINT_LEAVE_BEHIND, epoch, size);
    return err == ERR_OK ? run_with_epoch(store, STATEMENT_RECEIPT_LEAVE_BEHIND, epoch, size) : err;
}

/* ---- the log's keys ---- */

enum err store_log_keys(struct store *store, uint8_t (*ret_keys)[SIGN_PUBLIC_KEY_BYTES], size_t max,
                        size_t *ret_count)
{
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    enum err err = statement_begin(store, STATEMENT_LOG_KEY_EACH, &statement);
    if (err != ERR_OK) {
        return err;
    }
    while (count < max && (err = statement_step(statement)) == ERR_OK) {
        err = copy_exactly(column_bytes(statement, 0), ret_keys[count], SIGN_PUBLIC_KEY_BYTES);
        if (err != ERR_OK) {
            break;
        }
        count++;
    }
    statement_end(statement);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    *ret_count = count;
    return ERR_OK;
}

enum err store_log_key_put(struct store *store, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES])
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_LOG_KEY_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(public_key, SIGN_PUBLIC_KEY_BYTES));
    return statement_run(statement);
}

/* ---- cosignatures of this device ---- */

enum err store_cosignature_get(struct store *store, const struct id *epoch, uint64_t size,
                               struct arena *arena, struct store_cosignature *ret_cosignature)
{
    sqlite3_stmt *statement = NULL;
    struct store_cosignature cosignature = {.epoch = *epoch, .size = size};
    enum err err = statement_begin(store, STATEMENT_COSIGNATURE_GET, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(epoch->at, ID_BYTES));
    bind_number(statement, 2, (int64_t)size);
    err = statement_step(statement);
    if (err == ERR_OK) {
        err = column_hash(statement, 0, &cosignature.text_hash);
    }
    if (err == ERR_OK) {
        cosignature.is_taken = sqlite3_column_int64(statement, 2) != 0;
        err = copy_column(statement, 1, arena, &cosignature.line);
    }
    statement_end(statement);
    if (err == ERR_OK) {
        *ret_cosignature = cosignature;
    }
    return err;
}

enum err store_cosignature_put(struct store *store, const struct store_cosignature *cosignature)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_COSIGNATURE_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(cosignature->epoch.at, ID_BYTES));
    bind_number(statement, 2, (int64_t)cosignature->size);
    bind_bytes(statement, 3, bytes_of(cosignature->text_hash.at, HASH_BYTES));
    bind_bytes(statement, 4, cosignature->line);
    return statement_run(statement);
}

enum err store_cosignature_set_taken(struct store *store, const struct id *epoch, uint64_t size)
{
    return run_with_epoch(store, STATEMENT_COSIGNATURE_SET_TAKEN, epoch, size);
}

/* ---- other witnesses ---- */

enum err store_witness_put(struct store *store, const struct store_witness *witness)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_WITNESS_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(witness->device.at, HASH_BYTES));
    bind_bytes(statement, 2, bytes_of(witness->sender.at, ID_BYTES));
    bind_bytes(statement, 3, bytes_of(witness->public_key, SIGN_PUBLIC_KEY_BYTES));
    bind_number(statement, 4, (int64_t)witness->position);
    return statement_run(statement);
}

enum err store_witnesses(struct store *store, struct arena *arena, const struct store_witness **ret_witnesses,
                         size_t *ret_count)
{
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    struct store_witness *witnesses = arena_zalloc(arena, STORE_WITNESSES_MAX, sizeof *witnesses);
    if (witnesses == NULL) {
        return ERR_TOO_BIG;
    }
    enum err err = statement_begin(store, STATEMENT_WITNESS_EACH, &statement);
    if (err != ERR_OK) {
        return err;
    }
    while ((err = statement_step(statement)) == ERR_OK) {
        err = count < STORE_WITNESSES_MAX ? witness_of_row(statement, &witnesses[count]) : ERR_TOO_BIG;
        if (err != ERR_OK) {
            break;
        }
        count++;
    }
    statement_end(statement);
    if (err != ERR_NOT_FOUND) {
        return err;
    }
    *ret_witnesses = witnesses;
    *ret_count = count;
    return ERR_OK;
}

enum err store_witness_get(struct store *store, const struct hash *device, struct store_witness *ret_witness)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_WITNESS_GET, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(device->at, HASH_BYTES));
    err = statement_step(statement);
    if (err == ERR_OK) {
        err = witness_of_row(statement, ret_witness);
    }
    statement_end(statement);
    return err;
}

enum err store_witness_drop(struct store *store, const struct hash *device)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_WITNESS_DROP, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(device->at, HASH_BYTES));
    return statement_run(statement);
}

enum err store_witness_clear(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_WITNESS_CLEAR, &statement);
    return err == ERR_OK ? statement_run(statement) : err;
}

/* ---- alarms ---- */

enum err store_alarm_put(struct store *store, const struct store_alarm *alarm, uint64_t *ret_number)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_ALARM_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, alarm->time_ms);
    bind_number(statement, 2, alarm->fault);
    bind_bytes(statement, 3, alarm->held);
    bind_bytes(statement, 4, alarm->shown);
    err = statement_step(statement);
    uint64_t number = err == ERR_OK ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    statement_end(statement);
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        *ret_number = number;
        return ERR_OK;
    }
    return err;
}

enum err store_alarm_each(struct store *store,
                          bool (*on_alarm)(void *context, const struct store_alarm *alarm), void *context)
{
    sqlite3_stmt *statement = NULL;
    bool goes_on = true;
    enum err err = statement_begin(store, STATEMENT_ALARM_EACH, &statement);
    if (err != ERR_OK) {
        return err;
    }
    while (goes_on && (err = statement_step(statement)) == ERR_OK) {
        const struct store_alarm alarm = {
            .number = (uint64_t)sqlite3_column_int64(statement, 0),
            .time_ms = sqlite3_column_int64(statement, 1),
            .fault = (unsigned)sqlite3_column_int64(statement, 2),
            .held = column_bytes(statement, 3),
            .shown = column_bytes(statement, 4),
            .acknowledged_ms = sqlite3_column_int64(statement, 5), /* NULL gives 0 */
        };
        goes_on = on_alarm(context, &alarm);
    }
    statement_end(statement);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_alarm_open(struct store *store, uint64_t *ret_count)
{
    return count_of(store, STATEMENT_ALARM_OPEN, ret_count);
}

enum err store_alarm_acknowledge(struct store *store, int64_t now_ms)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_CHECKPOINT_GIVE_UP, &statement);
    if (err == ERR_OK) {
        err = statement_run(statement);
    }
    if (err == ERR_OK) {
        err = statement_begin(store, STATEMENT_ALARM_ACKNOWLEDGE, &statement);
    }
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, now_ms);
    return statement_run(statement);
}

/* ---- helpers ---- */

/* epoch and size are parameters 1 and 2 where the statement has both, else the one it has is 1. */
static enum err get_checkpoint(struct store *store, enum store_statement which, const struct id *epoch,
                               const uint64_t *size, struct arena *arena,
                               struct store_checkpoint *ret_checkpoint)
{
    sqlite3_stmt *statement = NULL;
    struct store_checkpoint checkpoint = {0};
    enum err err = statement_begin(store, which, &statement);
    if (err != ERR_OK) {
        return err;
    }
    if (epoch != NULL) {
        bind_bytes(statement, 1, bytes_of(epoch->at, ID_BYTES));
    }
    if (size != NULL) { /* none has more than 2^63 entries: past it nothing, or everything, is found */
        bind_number(statement, epoch != NULL ? 2 : 1, *size > INT64_MAX ? INT64_MAX : (int64_t)*size);
    }
    err = statement_step(statement);
    if (err == ERR_OK) {
        err = checkpoint_of_row(statement, arena, &checkpoint);
    }
    statement_end(statement);
    if (err == ERR_OK) {
        *ret_checkpoint = checkpoint;
    }
    return err;
}

static enum err checkpoint_of_row(sqlite3_stmt *statement, struct arena *arena,
                                  struct store_checkpoint *ret_checkpoint)
{
    struct store_checkpoint checkpoint = {
        .size = (uint64_t)sqlite3_column_int64(statement, 1),
        .standing = (enum store_standing)sqlite3_column_int64(statement, 3),
    };
    enum err err = column_id(statement, 0, &checkpoint.epoch);
    if (err == ERR_OK) {
        err = copy_column(statement, 2, arena, &checkpoint.note);
    }
    if (err == ERR_OK) {
        err = copy_column(statement, 4, arena, &checkpoint.sealed);
    }
    if (err == ERR_OK) {
        *ret_checkpoint = checkpoint;
    }
    return err;
}

static enum err witness_of_row(sqlite3_stmt *statement, struct store_witness *ret_witness)
{
    struct store_witness witness = {.position = (uint64_t)sqlite3_column_int64(statement, 3)};
    enum err err = column_hash(statement, 0, &witness.device);
    if (err == ERR_OK) {
        err = column_id(statement, 1, &witness.sender);
    }
    if (err == ERR_OK) {
        err = copy_exactly(column_bytes(statement, 2), witness.public_key, SIGN_PUBLIC_KEY_BYTES);
    }
    if (err == ERR_OK) {
        *ret_witness = witness;
    }
    return err;
}

static enum err count_of(struct store *store, enum store_statement which, uint64_t *ret_count)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, which, &statement);
    if (err != ERR_OK) {
        return err;
    }
    err = statement_step(statement);
    if (err == ERR_OK) {
        *ret_count = (uint64_t)sqlite3_column_int64(statement, 0);
    }
    statement_end(statement);
    return err;
}

static enum err run_with_epoch(struct store *store, enum store_statement which, const struct id *epoch,
                               uint64_t size)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, which, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(epoch->at, ID_BYTES));
    bind_number(statement, 2, (int64_t)size);
    return statement_run(statement);
}

static enum err copy_exactly(struct bytes in, uint8_t *out, size_t out_bytes)
{
    if (in.len != out_bytes) {
        return ERR_STORE;
    }
    memcpy(out, in.at, out_bytes);
    return ERR_OK;
}

static enum err copy_column(sqlite3_stmt *statement, int index, struct arena *arena, struct bytes *ret_value)
{
    struct bytes value = column_bytes(statement, index);
    if (value.at != NULL) {
        value = arena_copy(arena, value);
        if (value.at == NULL) {
            return ERR_TOO_BIG;
        }
    }
    *ret_value = value;
    return ERR_OK;
}
