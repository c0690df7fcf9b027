/* The client's store: open changes and sealed submissions. */
#include "client/lib/store_internal.h"

#include <string.h>

#include "common/base/check.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/submission.pb-c.h"

enum {
    OPEN_CHANGES_MAX = 10 * 1000 * 1000,
    CHANGE_BYTES_MAX =
        PAYLOAD_COMPRESSED_BYTES_MAX, /* so that every change fits a submission, compressible or not */
};

static enum err list_open_changes(struct store *store, struct buf *numbers);
/* What one open change is made in. */
struct change_bufs {
    struct buf body, tail, packed;
};

static enum err read_open_change(struct store *store, int64_t number, struct change_bufs *bufs,
                                 struct store_open_change *ret_change);
static enum err pack_open_change(struct store *store, sqlite3_stmt *statement, struct change_bufs *bufs,
                                 struct store_open_change *ret_change);

enum err store_open_change_each(struct store *store,
                                bool (*on_change)(void *context, const struct store_open_change *change),
                                void *context)
{
    struct buf numbers;
    struct change_bufs bufs;
    buf_init(&numbers, (size_t)OPEN_CHANGES_MAX * sizeof(int64_t));
    buf_init(&bufs.packed, CHANGE_BYTES_MAX);
    buf_init(&bufs.body, CHANGE_BYTES_MAX);
    buf_init(&bufs.tail, CHANGE_BYTES_MAX);
    enum err err = list_open_changes(store, &numbers);
    struct bytes list = buf_content(&numbers);
    bool goes_on = true;
    for (size_t i = 0; err == ERR_OK && goes_on && i < list.len; i += sizeof(int64_t)) {
        struct store_open_change change = {0};
        int64_t number = 0;
        memcpy(&number, list.at + i, sizeof number);
        err = read_open_change(store, number, &bufs, &change);
        if (err == ERR_NOT_FOUND) {
            err = ERR_OK; /* the callback has closed it meanwhile */
            continue;
        }
        if (err == ERR_OK) {
            goes_on = on_change(context, &change);
        }
    }
    buf_release(&bufs.tail);
    buf_release(&bufs.body);
    buf_release(&bufs.packed);
    buf_release(&numbers);
    return err;
}

enum err store_sealed_put(struct store *store, const struct store_sealed *sealed)
{
    REQUIRE(store->is_in_transaction);
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_SEALED_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, (int64_t)sealed->sequence);
    bind_bytes(statement, 2, sealed->envelope);
    bind_bytes(statement, 3, sealed->signature);
    bind_bytes(statement, 5, bytes_of(sealed->envelope_hash.at, HASH_BYTES));
    struct id none = {0};
    struct place place = place_of_submission(&store->device, sealed->sequence, &none);
    err = bind_sealed(store, statement, 4, &place, sealed->payload_zstd);
    if (err != ERR_OK) {
        statement_end(statement);
        return err;
    }
    bind_number(statement, 6, sealed->item_count);
    return statement_run(statement);
}

enum err store_sealed_get(struct store *store, uint64_t sequence, struct arena *arena,
                          struct store_sealed *ret_sealed)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_SEALED_GET, &statement);
    if (err != ERR_OK) {
        return err;
    }
    struct store_sealed sealed = {.sequence = sequence};
    bind_number(statement, 1, (int64_t)sequence);
    err = statement_step(statement);
    if (err == ERR_OK) {
        sealed.envelope = arena_copy(arena, column_bytes(statement, 1));
        sealed.signature = arena_copy(arena, column_bytes(statement, 2));
        sealed.has_receipt = sqlite3_column_int(statement, 5) != 0;
        sealed.item_count = (uint32_t)sqlite3_column_int64(statement, 6);
        bool is_copied = sealed.envelope.at != NULL && sealed.signature.at != NULL;
        err = is_copied ? column_hash(statement, 4, &sealed.envelope_hash) : ERR_TOO_BIG;
    }
    if (err == ERR_OK) {
        struct id none = {0};
        struct place place = place_of_submission(&store->device, sequence, &none);
        err = column_open(store, statement, 3, &place, arena, &sealed.payload_zstd);
    }
    if (err == ERR_OK) {
        struct envelope envelope = {0};
        err = envelope_decode(sealed.envelope, &envelope) == ERR_OK ? ERR_OK : ERR_STORE;
        sealed.content = envelope.content;
    }
    statement_end(statement);
    if (err == ERR_OK) {
        *ret_sealed = sealed;
    }
    return err;
}

enum err store_sealed_last(struct store *store, uint64_t *ret_sequence, struct hash *ret_envelope_hash)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_SEALED_LAST, &statement);
    if (err != ERR_OK) {
        return err;
    }
    uint64_t sequence = 0;
    struct hash hash = {0};
    err = statement_step(statement);
    if (err == ERR_OK) {
        sequence = (uint64_t)sqlite3_column_int64(statement, 0);
        err = column_hash(statement, 1, &hash);
    } else if (err == ERR_NOT_FOUND) {
        err = ERR_OK;
    }
    statement_end(statement);
    if (err == ERR_OK) {
        *ret_sequence = sequence;
        *ret_envelope_hash = hash;
    }
    return err;
}

enum err store_sealed_change(struct store *store, uint64_t sequence, uint32_t change_index,
                             enum record_kind kind, const struct id *record, const struct id *version)
{
    REQUIRE(store->is_in_transaction);
    sqlite3_stmt *statement = NULL;
    int64_t number = 0;
    enum err err = statement_begin(store, STATEMENT_SEALED_CHANGE_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, (int64_t)sequence);
    bind_number(statement, 2, change_index);
    bind_number(statement, 3, kind);
    bind_bytes(statement, 4, bytes_of(record->at, ID_BYTES));
    bind_bytes(statement, 5, bytes_of(version->at, ID_BYTES));
    err = statement_step(statement);
    number = err == ERR_OK ? sqlite3_column_int64(statement, 0) : 0;
    statement_end(statement);
    if (err != ERR_OK) {
        return err;
    }
    err = statement_begin(store, STATEMENT_OPEN_CHANGE_CLOSE, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, number);
    err = statement_run(statement);
    if (err != ERR_OK) {
        return err;
    }
    return record_rebase(store, number);
}

enum err store_sealed_without_receipt(struct store *store, uint64_t after_sequence, uint64_t *ret_sequence)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_SEALED_NEXT_WAITING, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, (int64_t)after_sequence);
    err = statement_step(statement);
    if (err == ERR_OK) {
        *ret_sequence = (uint64_t)sqlite3_column_int64(statement, 0);
    }
    statement_end(statement);
    return err;
}

/* ---- helpers ---- */

/* The whole order is read first, so that the callback may close the changes it is given. */
static enum err list_open_changes(struct store *store, struct buf *numbers)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_OPEN_CHANGE_ORDER, &statement);
    if (err != ERR_OK) {
        return err;
    }
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

static enum err read_open_change(struct store *store, int64_t number, struct change_bufs *bufs,
                                 struct store_open_change *ret_change)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_OPEN_CHANGE_GET, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, number);
    err = statement_step(statement);
    if (err == ERR_OK) {
        err = pack_open_change(store, statement, bufs, ret_change);
    }
    statement_end(statement);
    return err;
}

static enum err pack_open_change(struct store *store, sqlite3_stmt *statement, struct change_bufs *bufs,
                                 struct store_open_change *ret_change)
{
    struct store_open_change result = {.kind = (enum record_kind)sqlite3_column_int(statement, 0)};
    struct buf *packed = &bufs->packed;
    struct bytes body = {0};
    struct bytes base = column_bytes(statement, 3);
    struct bytes tail = {0};
    enum err err = column_id(statement, 1, &result.record);
    if (err == ERR_OK) {
        struct place place = place_of_record(PLACE_RECORD_BODY, result.kind, &result.record);
        err = column_open_into(store, statement, 2, &place, &bufs->body, &body);
    }
    if (err == ERR_OK) {
        struct place place = place_of_record(PLACE_OPEN_CHANGE_TAIL, result.kind, &result.record);
        err = column_open_into(store, statement, 4, &place, &bufs->tail, &tail);
    }
    if (err != ERR_OK) {
        return err;
    }
    Dantin__Change change = DANTIN__CHANGE__INIT;
    change.has_kind = true;
    change.kind = (uint32_t)result.kind;
    change.has_record = true;
    change.record = (ProtobufCBinaryData){.len = ID_BYTES, .data = result.record.at};
    change.has_base_version = base.at != NULL;
    change.base_version =
        (ProtobufCBinaryData){.len = base.len, .data = (uint8_t *)(uintptr_t)base.at}; /* only read */
    change.has_body = body.at != NULL;
    change.body =
        (ProtobufCBinaryData){.len = body.len, .data = (uint8_t *)(uintptr_t)body.at}; /* only read */
    change.has_removal = body.at == NULL;
    change.removal = body.at == NULL;
    buf_clear(packed);
    err = message_pack(&change, packed);
    if (err == ERR_OK) {
        err = buf_append(
            packed, tail); /* reasons and first_load: the last fields, packed when the change was opened */
    }
    if (err == ERR_OK) {
        result.change = buf_content(packed);
        *ret_change = result;
    }
    return err;
}
