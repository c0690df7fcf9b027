/* The client's store: receipts, verdicts and counts. Refusals: store_refusal.c. */
#include "client/lib/store_internal.h"

#include <string.h>

#include "common/base/check.h"
#include "common/wire/payload.h"

enum {
    LOST_BYTES_MAX = PAYLOAD_CHANGES_MAX * 2 * (int)sizeof(int64_t),
    RECEIPT_ARENA_BYTES_MAX = 16 << 20, /* one receipt */
};

struct verdict_counts {
    uint64_t refused, conflicts, warned, waiting;
};

static enum err check_known_receipt(struct store *store, const struct store_receipt *receipt);
static struct verdict_counts count_verdicts(const struct verdict *verdicts, size_t verdict_count);
static enum err write_receipt(struct store *store, const struct store_receipt *receipt,
                              const struct verdict_counts *counts);
static enum err run_with_sequence(struct store *store, enum store_statement which, uint64_t sequence);
static enum err list_lost(struct store *store, uint64_t sequence, struct buf *numbers);
static enum err write_verdict(struct store *store, uint64_t sequence, uint32_t change_index,
                              const struct verdict *verdict);
static enum err hold_open_change(struct store *store, int64_t number, uint64_t sequence);
static enum err rebase_all(struct store *store, struct bytes numbers);
static enum err receipt_of_row(struct store *store, sqlite3_stmt *statement, struct arena *arena,
                               struct store_receipt *ret_receipt);

enum err store_receipt_put(struct store *store, const struct store_receipt *receipt,
                           const struct verdict *verdicts, const uint32_t *verdict_indexes,
                           size_t verdict_count)
{
    REQUIRE(store->is_in_transaction);
    struct buf lost;
    buf_init(&lost, LOST_BYTES_MAX);
    enum err err = check_known_receipt(store, receipt);
    if (err != ERR_NOT_FOUND) {
        goto done;
    }
    struct verdict_counts counts = count_verdicts(verdicts, verdict_count);
    err = write_receipt(store, receipt, &counts);
    if (err == ERR_OK) {
        err = run_with_sequence(store, STATEMENT_SEALED_SET_RECEIVED, receipt->sequence);
    }
    /* Records that lost something before or now must be worked out again; the others keep the base sealing
     * gave them. */
    if (err == ERR_OK) {
        err = list_lost(store, receipt->sequence, &lost);
    }
    if (err == ERR_OK) {
        err = run_with_sequence(store, STATEMENT_VERDICT_ALL_APPLIED, receipt->sequence);
    }
    for (size_t i = 0; err == ERR_OK && !receipt->is_about_no_change && i < verdict_count; i++) {
        err = write_verdict(store, receipt->sequence, verdict_indexes[i], &verdicts[i]);
    }
    if (err == ERR_OK) {
        err = list_lost(store, receipt->sequence, &lost);
    }
    if (err == ERR_OK) {
        err = rebase_all(store, buf_content(&lost));
    }
done:
    buf_release(&lost);
    return err;
}

enum err store_outcome_put(struct store *store, const struct id *version, const struct verdict *verdict)
{
    REQUIRE(store->is_in_transaction);
    sqlite3_stmt *statement = NULL;
    int64_t number = 0;
    int64_t sealed = 0;
    enum err err = statement_begin(store, STATEMENT_OUTCOME_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(version->at, ID_BYTES));
    bind_number(statement, 2, verdict->code);
    bind_text(statement, 3, bytes_of_text(verdict->rule));
    bind_id(statement, 4, &verdict->current);
    err = statement_step(statement);
    if (err == ERR_OK) {
        number = sqlite3_column_int64(statement, 0);
        sealed = sqlite3_column_int64(statement, 1);
    }
    statement_end(statement);
    if (err == ERR_OK && verdict->code == VERDICT_CONFLICT) {
        err = statement_begin(store, STATEMENT_OPEN_CHANGE_HOLD_AFTER, &statement);
        if (err == ERR_OK) {
            bind_number(statement, 1, sealed);
            bind_number(statement, 2, number);
            err = statement_run(statement);
        }
    }
    return err == ERR_OK ? record_rebase(store, number) : err;
}

enum err store_receipt_each(struct store *store,
                            bool (*on_receipt)(void *context, const struct store_receipt *receipt,
                                               uint64_t applied, uint64_t refused, uint64_t conflicts,
                                               uint64_t warned),
                            void *context)
{
    sqlite3_stmt *statement = NULL;
    struct arena arena;
    enum err err = statement_begin(store, STATEMENT_RECEIPT_EACH, &statement);
    if (err != ERR_OK) {
        return err;
    }
    arena_init(&arena, RECEIPT_ARENA_BYTES_MAX);
    bool goes_on = true;
    while (goes_on && (err = statement_step(statement)) == ERR_OK) {
        struct store_receipt receipt = {0};
        arena_clear(&arena);
        err = receipt_of_row(store, statement, &arena, &receipt);
        if (err != ERR_OK) {
            break;
        }
        goes_on = on_receipt(context, &receipt, (uint64_t)sqlite3_column_int64(statement, 7),
                             (uint64_t)sqlite3_column_int64(statement, 8),
                             (uint64_t)sqlite3_column_int64(statement, 9),
                             (uint64_t)sqlite3_column_int64(statement, 10));
    }
    statement_end(statement);
    arena_release(&arena);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_counts(struct store *store, struct store_counts *ret_counts)
{
    struct store_counts counts = {0};
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_COUNTS, &statement);
    if (err != ERR_OK) {
        return err;
    }
    err = statement_step(statement);
    if (err == ERR_OK) {
        counts.records = (uint64_t)sqlite3_column_int64(statement, 0);
        counts.open_changes = (uint64_t)sqlite3_column_int64(statement, 1);
        counts.sealed_waiting = (uint64_t)sqlite3_column_int64(statement, 2);
        counts.receipts = (uint64_t)sqlite3_column_int64(statement, 3);
        counts.last_receipt_ms =
            sqlite3_column_int64(statement, 4); /* NULL gives 0, in the next two as well */
        counts.journal_entries = (uint64_t)sqlite3_column_int64(statement, 5);
        counts.sealed_entries = (uint64_t)sqlite3_column_int64(statement, 6);
        counts.receipts_sealed = (uint64_t)sqlite3_column_int64(statement, 7);
        counts.left_behind = (uint64_t)sqlite3_column_int64(statement, 8);
        counts.alarms = (uint64_t)sqlite3_column_int64(statement, 9);
        counts.waiting = (uint64_t)sqlite3_column_int64(statement, 10);
    }
    statement_end(statement);
    if (err == ERR_OK) {
        err = statement_begin(store, STATEMENT_REFUSAL_COUNTS, &statement);
    }
    if (err != ERR_OK) {
        return err;
    }
    err = statement_step(statement);
    if (err == ERR_OK) {
        counts.refused_open = (uint64_t)sqlite3_column_int64(statement, 0);
        counts.conflicts_open = (uint64_t)sqlite3_column_int64(statement, 1);
        *ret_counts = counts;
    }
    statement_end(statement);
    return err;
}

/* ---- storing a receipt ---- */

/* ERR_NOT_FOUND: new. ERR_OK: the same receipt is stored already. ERR_PROTOCOL: another one for the same
 * submission and epoch. */
static enum err check_known_receipt(struct store *store, const struct store_receipt *receipt)
{
    sqlite3_stmt *statement = NULL;
    struct hash leaf = {0};
    enum err err = statement_begin(store, STATEMENT_RECEIPT_LEAF, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, (int64_t)receipt->sequence);
    bind_bytes(statement, 2, bytes_of(receipt->epoch.at, ID_BYTES));
    err = statement_step(statement);
    if (err == ERR_OK) {
        err = column_hash(statement, 0, &leaf);
    }
    if (err == ERR_OK) {
        bool is_same = hash_equal(&leaf, &receipt->leaf) &&
                       (uint64_t)sqlite3_column_int64(statement, 1) == receipt->position;
        err = is_same ? ERR_OK : ERR_PROTOCOL;
    }
    statement_end(statement);
    return err;
}

static struct verdict_counts count_verdicts(const struct verdict *verdicts, size_t verdict_count)
{
    struct verdict_counts counts = {0};
    for (size_t i = 0; i < verdict_count; i++) {
        counts.refused += verdicts[i].code == VERDICT_REFUSED;
        counts.conflicts += verdicts[i].code == VERDICT_CONFLICT;
        counts.waiting += verdicts[i].code == VERDICT_WAITING;
        counts.warned += verdicts[i].code == VERDICT_APPLIED && verdicts[i].rule[0] != '\0';
    }
    return counts;
}

static enum err write_receipt(struct store *store, const struct store_receipt *receipt,
                              const struct verdict_counts *counts)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_RECEIPT_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    uint64_t lost = counts->refused + counts->conflicts + counts->waiting;
    bind_number(statement, 1, (int64_t)receipt->sequence);
    bind_bytes(statement, 2, bytes_of(receipt->epoch.at, ID_BYTES));
    bind_number(statement, 3, (int64_t)receipt->position);
    bind_number(statement, 4, receipt->server_time_ms);
    bind_bytes(statement, 5, bytes_of(receipt->leaf.at, HASH_BYTES));
    bind_bytes(statement, 6, bytes_of(receipt->signature, sizeof receipt->signature));
    bind_number(statement, 7, receipt->change_count);
    bind_number(statement, 8, receipt->change_count > lost ? (int64_t)(receipt->change_count - lost) : 0);
    bind_number(statement, 9, (int64_t)counts->refused);
    bind_number(statement, 10, (int64_t)counts->conflicts);
    bind_number(statement, 11, (int64_t)counts->warned);
    bind_number(statement, 13, (int64_t)receipt->tree_size);
    struct place place = place_of_submission(&store->device, receipt->sequence, &receipt->epoch);
    err = bind_sealed(store, statement, 12, &place, receipt->body);
    if (err != ERR_OK) {
        statement_end(statement);
        return err;
    }
    return statement_run(statement);
}

static enum err run_with_sequence(struct store *store, enum store_statement which, uint64_t sequence)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, which, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, (int64_t)sequence);
    return statement_run(statement);
}

static enum err list_lost(struct store *store, uint64_t sequence, struct buf *numbers)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_VERDICT_LOST, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, (int64_t)sequence);
    while ((err = statement_step(statement)) == ERR_OK) {
        int64_t number = sqlite3_column_int64(statement, 0);
        err = buf_append(numbers, bytes_of(&number, sizeof number));
        if (err != ERR_OK) {
            break;
        }
    }
    statement_end(statement);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err write_verdict(struct store *store, uint64_t sequence, uint32_t change_index,
                              const struct verdict *verdict)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_VERDICT_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, (int64_t)sequence);
    bind_number(statement, 2, change_index);
    bind_number(statement, 3, verdict->code);
    bind_text(statement, 4, bytes_of_text(verdict->rule));
    bind_id(statement, 5, &verdict->current);
    err = statement_step(statement);
    int64_t number = err == ERR_OK ? sqlite3_column_int64(statement, 0) : 0;
    statement_end(statement);
    /* A later edit that was made without knowing of the conflict must not pass over the other's version
     * unseen: it waits, with the record's latest content, until the clerk has looked and puts it again. */
    if (err == ERR_OK && verdict->code == VERDICT_CONFLICT) {
        err = hold_open_change(store, number, sequence);
    }
    return err == ERR_NOT_FOUND ? ERR_PROTOCOL : err;
}

static enum err hold_open_change(struct store *store, int64_t number, uint64_t sequence)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_OPEN_CHANGE_HOLD, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, (int64_t)sequence);
    bind_number(statement, 2, number);
    return statement_run(statement);
}

static enum err rebase_all(struct store *store, struct bytes numbers)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < numbers.len; i += sizeof(int64_t)) {
        int64_t number = 0;
        memcpy(&number, numbers.at + i, sizeof number);
        err = record_rebase(store, number);
    }
    return err;
}

/* ---- reading ---- */

static enum err receipt_of_row(struct store *store, sqlite3_stmt *statement, struct arena *arena,
                               struct store_receipt *ret_receipt)
{
    struct store_receipt receipt = {
        .position = (uint64_t)sqlite3_column_int64(statement, 1),
        .sequence = (uint64_t)sqlite3_column_int64(statement, 2),
        .server_time_ms = sqlite3_column_int64(statement, 3),
        .change_count = (uint32_t)sqlite3_column_int64(statement, 6),
        .is_left_behind = sqlite3_column_int64(statement, 12) != 0,
        .is_proved = sqlite3_column_int64(statement, 13) != 0,
    };
    struct bytes signature = column_bytes(statement, 5);
    enum err err = column_id(statement, 0, &receipt.epoch);
    if (err == ERR_OK) {
        err = column_hash(statement, 4, &receipt.leaf);
    }
    if (err == ERR_OK && signature.len != sizeof receipt.signature) {
        err = ERR_STORE;
    }
    if (err == ERR_OK) {
        struct place place = place_of_submission(&store->device, receipt.sequence, &receipt.epoch);
        err = column_open(store, statement, 11, &place, arena, &receipt.body);
    }
    if (err == ERR_OK) {
        memcpy(receipt.signature, signature.at, sizeof receipt.signature);
        *ret_receipt = receipt;
    }
    return err;
}
