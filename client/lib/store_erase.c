#include "client/lib/store_erase.h"

#include "client/lib/store_internal.h"
#include "client/lib/store_setting.h"
#include "common/base/check.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/submission.pb-c.h"

enum { ERASE_ARENA_BYTES_MAX = 48 << 20 /* one submission's payload or receipt, unpacked */ };

/* A submission that holds a change of the record; it names it once. */
struct place_found {
    int64_t number; /* of the submission; 0: before the first */
    uint64_t index; /* of the change */
    struct hash device;
    uint64_t sequence;
    struct bytes payload_zstd;
};

static enum err find_record(struct store *store, const struct store_erasure *erasure, int64_t *ret_number);
static enum err is_known(struct store *store, const struct hash *act);
static enum err blank_submissions(struct store *store, int64_t record);
static enum err next_place(struct store *store, int64_t record, struct arena *arena,
                           struct place_found *found);
static enum err blank_payload(struct store *store, const struct place_found *found, struct arena *arena);
static enum err blank_receipts(struct store *store, const struct place_found *found, struct arena *arena);
static enum err blank_receipt(struct store *store, const struct place *place, int64_t number,
                              struct bytes body, uint64_t index, struct arena *arena);
static enum err put_sealed(struct store *store, enum store_statement which, int64_t number,
                           const struct place *place, struct bytes content);
static enum err close_open_change(struct store *store, int64_t record);
static enum err keep_keys(struct store *store, enum record_kind kind, int64_t record);
static struct blind blind_of_erased(const struct store *store, enum record_kind kind, size_t key_index,
                                    struct bytes key);
static enum err note(struct store *store, const struct store_erasure *erasure, int64_t record);
static enum err set_must_scrub(struct store *store, bool must_scrub);

enum err store_erase(struct store *store, const struct store_erasure *erasure)
{
    REQUIRE(store->is_in_transaction);
    const struct store_put put = {.kind = erasure->kind,
                                  .record = erasure->record,
                                  .message = erasure->message,
                                  .origin =
                                      RECORD_REFERENCE}; /* no edit of ours; one of our own stays that */
    int64_t record = 0;
    enum err err = is_known(store, &erasure->act);
    err = err == ERR_OK ? find_record(store, erasure, &record) : err;
    err = err == ERR_OK ? blank_submissions(store, record) : err;
    err = err == ERR_OK ? close_open_change(store, record) : err;
    err = err == ERR_OK ? keep_keys(store, erasure->kind, record) : err;
    err = err == ERR_OK ? store_record_put(store, &put) : err;
    err = err == ERR_OK ? note(store, erasure, record) : err;
    return err == ERR_OK ? set_must_scrub(store, true) : err;
}

enum err store_is_key_erased(struct store *store, enum record_kind kind, size_t key_index, struct bytes key,
                             bool *ret_is_erased)
{
    sqlite3_stmt *statement = NULL;
    struct blind borne = store_blind(store, BLIND_MATCH_KEY, kind, key_index, key);
    struct blind blind = blind_of_erased(store, kind, key_index, bytes_of(borne.at, sizeof borne.at));
    enum err err = statement_begin(store, STATEMENT_ERASED_KEY_FIND, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, kind);
    bind_number(statement, 2, (int64_t)key_index);
    bind_bytes(statement, 3, bytes_of(blind.at, sizeof blind.at));
    err = statement_step(statement);
    statement_end(statement);
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        *ret_is_erased = err == ERR_OK;
        err = ERR_OK;
    }
    return err;
}

/* In this order: what VACUUM writes goes through the write-ahead log too. */
enum err store_scrub(struct store *store)
{
    struct arena arena;
    struct bytes must_scrub = {0};
    arena_init(&arena, ERASE_ARENA_BYTES_MAX);
    enum err err = store_setting_get(store, SETTING_MUST_SCRUB, &arena, &must_scrub);
    bool is_due = err == ERR_OK && must_scrub.len == 1 && must_scrub.at[0] != 0;
    arena_release(&arena);
    if (!is_due) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    err = store_execute(store, "PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
    err = err == ERR_OK ? store_begin(store) : err;
    err = err == ERR_OK ? set_must_scrub(store, false) : err;
    err = err == ERR_OK ? store_commit(store) : err;
    store_rollback(store);
    return err;
}

enum err store_erasure_each_untold(struct store *store,
                                   void (*on_erasure)(void *context, const struct store_erasure *erasure),
                                   void *context)
{
    struct arena arena;
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_ERASURE_UNTOLD, &statement);
    if (err != ERR_OK) {
        return err;
    }
    arena_init(&arena, ERASE_ARENA_BYTES_MAX);
    while ((err = statement_step(statement)) == ERR_OK) {
        struct store_erasure erasure = {.position = (uint64_t)sqlite3_column_int64(statement, 1),
                                        .kind = (enum record_kind)sqlite3_column_int(statement, 2)};
        arena_clear(&arena);
        err = column_hash(statement, 0, &erasure.act);
        err = err == ERR_OK ? column_id(statement, 3, &erasure.record) : err;
        if (err == ERR_OK) {
            struct place place = place_of_record(PLACE_ERASURE_DECISION, erasure.kind, &erasure.record);
            err = column_open(store, statement, 4, &place, &arena, &erasure.decision);
        }
        if (err != ERR_OK) {
            break;
        }
        on_erasure(context, &erasure);
    }
    statement_end(statement);
    arena_release(&arena);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_erasures_set_told(struct store *store)
{
    REQUIRE(store->is_in_transaction);
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_ERASURE_SET_TOLD, &statement);
    return err == ERR_OK ? statement_run(statement) : err;
}

/* ---- what is held? ---- */

/* ERR_NOT_FOUND: it was carried out. */
static enum err is_known(struct store *store, const struct hash *act)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_ERASURE_KNOWN, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(act->at, HASH_BYTES));
    err = statement_step(statement);
    statement_end(statement);
    return err == ERR_OK ? ERR_NOT_FOUND : err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err find_record(struct store *store, const struct store_erasure *erasure, int64_t *ret_number)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_RECORD_GET, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, erasure->kind);
    bind_bytes(statement, 2, bytes_of(erasure->record.at, ID_BYTES));
    err = statement_step(statement);
    *ret_number = err == ERR_OK ? sqlite3_column_int64(statement, 0) : 0;
    statement_end(statement);
    return err;
}

/* ---- submissions and their receipts ---- */

static enum err blank_submissions(struct store *store, int64_t record)
{
    struct arena arena;
    struct place_found found = {0};
    enum err err = ERR_OK;
    arena_init(&arena, ERASE_ARENA_BYTES_MAX);
    while (err == ERR_OK) {
        arena_clear(&arena);
        err = next_place(store, record, &arena, &found);
        err = err == ERR_OK ? blank_payload(store, &found, &arena) : err;
        err = err == ERR_OK ? blank_receipts(store, &found, &arena) : err;
    }
    arena_release(&arena);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ERR_NOT_FOUND: that was the last. */
static enum err next_place(struct store *store, int64_t record, struct arena *arena,
                           struct place_found *found)
{
    const struct id none = {0};
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_ERASURE_PLACE, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, record);
    bind_number(statement, 2, found->number);
    err = statement_step(statement);
    if (err == ERR_OK) {
        found->number = sqlite3_column_int64(statement, 0);
        found->index = (uint64_t)sqlite3_column_int64(statement, 1);
        found->sequence = (uint64_t)sqlite3_column_int64(statement, 3);
        err = column_hash(statement, 2, &found->device);
    }
    if (err == ERR_OK) {
        struct place place = place_of_submission(&found->device, found->sequence, &none);
        err = column_open(store, statement, 4, &place, arena, &found->payload_zstd);
    }
    statement_end(statement);
    return err;
}

static enum err blank_payload(struct store *store, const struct place_found *found, struct arena *arena)
{
    const struct id none = {0};
    struct place place = place_of_submission(&found->device, found->sequence, &none);
    struct payload payload = {0};
    struct buf blanked;
    enum err err = payload_decode(found->payload_zstd, arena, &payload);
    bool *is_erased = err == ERR_OK ? arena_zalloc(arena, payload.change_count, sizeof *is_erased) : NULL;
    if (err != ERR_OK || is_erased == NULL || found->index >= payload.change_count) {
        return arena->is_out_of_memory ? ERR_NO_MEMORY : ERR_STORE;
    }
    if (payload.changes[found->index].at == NULL) {
        return ERR_OK; /* by an erasure before */
    }
    is_erased[found->index] = true;
    buf_init(&blanked, PAYLOAD_PARTS_COMPRESSED_BYTES_MAX);
    err = payload_erase(found->payload_zstd, is_erased, payload.change_count, &blanked);
    err = err == ERR_OK
              ? put_sealed(store, STATEMENT_ERASURE_PAYLOAD, found->number, &place, buf_content(&blanked))
              : err;
    buf_release(&blanked);
    return err;
}

static enum err blank_receipts(struct store *store, const struct place_found *found, struct arena *arena)
{
    int64_t number = 0;
    enum err err = ERR_OK;
    while (err == ERR_OK) {
        sqlite3_stmt *statement = NULL;
        struct place place = {0};
        struct id epoch = {0};
        struct bytes body = {0};
        err = statement_begin(store, STATEMENT_ERASURE_RECEIPT, &statement);
        if (err != ERR_OK) {
            return err;
        }
        bind_number(statement, 1, found->number);
        bind_number(statement, 2, number);
        err = statement_step(statement);
        if (err == ERR_OK) {
            number = sqlite3_column_int64(statement, 0);
            err = column_id(statement, 1, &epoch);
        }
        if (err == ERR_OK) {
            place = place_of_submission(&found->device, found->sequence, &epoch);
            err = column_open(store, statement, 2, &place, arena, &body);
        }
        statement_end(statement);
        err = err == ERR_OK ? blank_receipt(store, &place, number, body, found->index, arena) : err;
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* What the province had of the record in conflict is under no signature. */
static enum err blank_receipt(struct store *store, const struct place *place, int64_t number,
                              struct bytes body, uint64_t index, struct arena *arena)
{
    Dantin__Receipt *receipt = NULL;
    bool is_told = false;
    struct buf packed;
    enum err err = message_unpack(&dantin__receipt__descriptor, body, true, arena, &receipt);
    if (err != ERR_OK) {
        return arena->is_out_of_memory ? ERR_NO_MEMORY : ERR_STORE;
    }
    for (size_t i = 0; i < receipt->n_verdict; i++) {
        Dantin__Verdict *verdict = receipt->verdict[i];
        if (verdict->index == index && verdict->has_current_body) {
            is_told = true;
            verdict->has_current_body = false;
        }
    }
    if (!is_told) {
        return ERR_OK;
    }
    buf_init(&packed, body.len);
    err = message_pack(receipt, &packed);
    err = err == ERR_OK
              ? put_sealed(store, STATEMENT_ERASURE_RECEIPT_BODY, number, place, buf_content(&packed))
              : err;
    buf_release(&packed);
    return err;
}

static enum err put_sealed(struct store *store, enum store_statement which, int64_t number,
                           const struct place *place, struct bytes content)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, which, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, number);
    err = bind_sealed(store, statement, 2, place, content);
    if (err != ERR_OK) {
        statement_end(statement);
        return err;
    }
    return statement_run(statement);
}

/* ---- the record itself ---- */

static enum err close_open_change(struct store *store, int64_t record)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_OPEN_CHANGE_CLOSE, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, record);
    return statement_run(statement);
}

/* Before the record's new content takes them away. */
static enum err keep_keys(struct store *store, enum record_kind kind, int64_t record)
{
    int64_t key_index = -1;
    enum err err = ERR_OK;
    while (err == ERR_OK) {
        sqlite3_stmt *statement = NULL;
        struct blind blind = {{0}};
        err = statement_begin(store, STATEMENT_MATCH_KEY_NEXT, &statement);
        if (err != ERR_OK) {
            return err;
        }
        bind_number(statement, 1, record);
        bind_number(statement, 2, key_index);
        err = statement_step(statement);
        if (err == ERR_OK) {
            key_index = sqlite3_column_int64(statement, 0);
            blind = blind_of_erased(store, kind, (size_t)key_index, column_bytes(statement, 1));
        }
        statement_end(statement);
        err = err == ERR_OK ? statement_begin(store, STATEMENT_ERASED_KEY_PUT, &statement) : err;
        if (err == ERR_OK) {
            bind_number(statement, 1, kind);
            bind_number(statement, 2, key_index);
            bind_bytes(statement, 3, bytes_of(blind.at, sizeof blind.at));
            err = statement_run(statement);
        }
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static struct blind blind_of_erased(const struct store *store, enum record_kind kind, size_t key_index,
                                    struct bytes key)
{
    return store_blind(store, BLIND_ERASED_KEY, kind, key_index, key);
}

static enum err note(struct store *store, const struct store_erasure *erasure, int64_t record)
{
    struct place place = place_of_record(PLACE_ERASURE_DECISION, erasure->kind, &erasure->record);
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_ERASURE_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(erasure->act.at, HASH_BYTES));
    bind_number(statement, 2, record);
    bind_number(statement, 3, (int64_t)erasure->position);
    err = bind_sealed(store, statement, 4, &place, erasure->decision);
    if (err != ERR_OK) {
        statement_end(statement);
        return err;
    }
    return statement_run(statement);
}

static enum err set_must_scrub(struct store *store, bool must_scrub)
{
    uint8_t value = must_scrub ? 1 : 0;
    return store_setting_put(store, SETTING_MUST_SCRUB, bytes_of(&value, 1));
}
