/* The client's store: changes that were not applied, what the province said of them, and what a removed record held. */
#include "client/lib/store_internal.h"

#include <string.h>

#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/submission.pb-c.h"

enum { SUBMISSION_ARENA_BYTES_MAX = 24 << 20 /* one submission's payload and receipt, unpacked */ };

/* The submission looked up last: refusals of one submission come one after the other. */
struct submission_walk {
    struct arena arena;
    int64_t number; /* 0: none */
    struct payload payload;
    const Dantin__Receipt *receipt; /* NULL: none is kept */
};

static enum err waiting_of_row(struct store *store, sqlite3_stmt *statement, struct submission_walk *walk,
                               struct store_waiting *ret_waiting);
static enum err refusal_of_row(struct store *store, sqlite3_stmt *statement, struct submission_walk *walk,
                               struct store_refusal *ret_refusal);
static enum err body_of_standing(struct store *store, sqlite3_stmt *statement, struct submission_walk *walk,
                                 struct arena *arena, struct bytes *ret_body);
static enum err load_submission(struct store *store, int64_t number, struct submission_walk *walk);
static enum err load_payload(struct store *store, int64_t number, struct arena *arena,
                             struct hash *ret_device, uint64_t *ret_sequence, struct bytes *ret_payload);
static enum err load_receipt(struct store *store, int64_t number, const struct hash *device,
                             uint64_t sequence, struct submission_walk *walk);
static struct bytes current_body_of(const Dantin__Receipt *receipt, uint64_t change_index);
static enum err body_of_change(struct bytes packed, struct arena *arena, struct bytes *ret_body);

enum err store_refusal_each(struct store *store,
                            bool (*on_refusal)(void *context, const struct store_refusal *refusal),
                            void *context)
{
    struct submission_walk walk = {0};
    sqlite3_stmt *statement = NULL;
    arena_init(&walk.arena, SUBMISSION_ARENA_BYTES_MAX);
    enum err err = statement_begin(store, STATEMENT_REFUSAL_EACH, &statement);
    if (err != ERR_OK) {
        goto done;
    }
    bool goes_on = true;
    while (goes_on && (err = statement_step(statement)) == ERR_OK) {
        struct store_refusal refusal = {0};
        err = refusal_of_row(store, statement, &walk, &refusal);
        if (err != ERR_OK) {
            break;
        }
        goes_on = on_refusal(context, &refusal);
    }
    statement_end(statement);
done:
    arena_release(&walk.arena);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_waiting_each(struct store *store,
                            bool (*on_waiting)(void *context, const struct store_waiting *waiting),
                            void *context)
{
    struct submission_walk walk = {0};
    sqlite3_stmt *statement = NULL;
    arena_init(&walk.arena, SUBMISSION_ARENA_BYTES_MAX);
    enum err err = statement_begin(store, STATEMENT_WAITING_EACH, &statement);
    if (err != ERR_OK) {
        goto done;
    }
    bool goes_on = true;
    while (goes_on && (err = statement_step(statement)) == ERR_OK) {
        struct store_waiting waiting = {0};
        err = waiting_of_row(store, statement, &walk, &waiting);
        if (err != ERR_OK) {
            break;
        }
        goes_on = on_waiting(context, &waiting);
    }
    statement_end(statement);
done:
    arena_release(&walk.arena);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_removed_body(struct store *store, enum record_kind kind, const struct id *record,
                            struct arena *arena, struct bytes *ret_body)
{
    struct submission_walk walk = {0};
    sqlite3_stmt *statement = NULL;
    struct bytes body = {0};
    arena_init(&walk.arena, SUBMISSION_ARENA_BYTES_MAX);
    enum err err = statement_begin(store, STATEMENT_STANDING_OF_RECORD, &statement);
    if (err != ERR_OK) {
        goto done;
    }
    bind_number(statement, 1, kind);
    bind_bytes(statement, 2, bytes_of(record->at, ID_BYTES));
    while (body.at == NULL && (err = statement_step(statement)) == ERR_OK) {
        err = body_of_standing(store, statement, &walk, arena, &body);
        if (err != ERR_OK) {
            break;
        }
    }
    statement_end(statement);
done:
    arena_release(&walk.arena);
    if (err == ERR_OK) {
        *ret_body = body;
    }
    return err;
}

/* ---- helpers ---- */

/* at == NULL: this row does not tell. */
static enum err body_of_standing(struct store *store, sqlite3_stmt *statement, struct submission_walk *walk,
                                 struct arena *arena, struct bytes *ret_body)
{
    uint64_t change_index = (uint64_t)sqlite3_column_int64(statement, 1);
    bool is_conflict = sqlite3_column_type(statement, 2) != SQLITE_NULL &&
                       sqlite3_column_int(statement, 2) == VERDICT_CONFLICT;
    struct bytes told = {0};
    enum err err = load_submission(store, sqlite3_column_int64(statement, 0), walk);
    if (err == ERR_OK && change_index >= walk->payload.change_count) {
        err = ERR_STORE;
    }
    if (err == ERR_OK && !is_conflict) {
        return body_of_change(walk->payload.changes[change_index], arena, ret_body);
    }
    if (err == ERR_OK && walk->receipt != NULL) {
        told = current_body_of(walk->receipt, change_index);
    }
    if (err == ERR_OK && told.at != NULL) {
        *ret_body = arena_copy(arena, told);
        err = ret_body->at != NULL ? ERR_OK : ERR_TOO_BIG;
    }
    return err;
}

static enum err refusal_of_row(struct store *store, sqlite3_stmt *statement, struct submission_walk *walk,
                               struct store_refusal *ret_refusal)
{
    struct store_refusal refusal = {
        .sequence = (uint64_t)sqlite3_column_int64(statement, 7),
        .kind = (enum record_kind)sqlite3_column_int(statement, 5),
        .verdict.code = (enum verdict_code)sqlite3_column_int(statement, 2),
    };
    uint64_t change_index = (uint64_t)sqlite3_column_int64(statement, 1);
    struct bytes rule = column_bytes(statement, 3);
    enum err err = column_id(statement, 4, &refusal.verdict.current);
    if (err == ERR_OK) {
        err = column_id(statement, 6, &refusal.record);
    }
    if (err == ERR_OK && rule.len >= sizeof refusal.verdict.rule) {
        err = ERR_STORE;
    }
    if (err == ERR_OK) {
        err = load_submission(store, sqlite3_column_int64(statement, 0), walk);
    }
    if (err == ERR_OK && change_index >= walk->payload.change_count) {
        err = ERR_STORE;
    }
    if (err != ERR_OK) {
        return err;
    }
    if (rule.len > 0) {
        memcpy(refusal.verdict.rule, rule.at, rule.len);
    }
    refusal.change = walk->payload.changes[change_index];
    if (refusal.verdict.code == VERDICT_CONFLICT && walk->receipt != NULL) {
        refusal.current_body = current_body_of(walk->receipt, change_index);
    }
    *ret_refusal = refusal;
    return ERR_OK;
}

static enum err waiting_of_row(struct store *store, sqlite3_stmt *statement, struct submission_walk *walk,
                               struct store_waiting *ret_waiting)
{
    struct store_waiting waiting = {
        .change_index = (uint32_t)sqlite3_column_int64(statement, 1),
        .sequence = (uint64_t)sqlite3_column_int64(statement, 3),
        .kind = (enum record_kind)sqlite3_column_int(statement, 5),
    };
    enum err err = column_hash(statement, 2, &waiting.device);
    if (err == ERR_OK) {
        err = column_id(statement, 4, &waiting.version);
    }
    if (err == ERR_OK) {
        err = column_id(statement, 6, &waiting.record);
    }
    if (err == ERR_OK) {
        err = load_submission(store, sqlite3_column_int64(statement, 0), walk);
    }
    if (err == ERR_OK && waiting.change_index >= walk->payload.change_count) {
        err = ERR_STORE;
    }
    if (err == ERR_OK) {
        waiting.change = walk->payload.changes[waiting.change_index];
        waiting.change_hash = walk->payload.hashes[waiting.change_index];
        *ret_waiting = waiting;
    }
    return err;
}

/* By its number: it may be another device's. */
static enum err load_submission(struct store *store, int64_t number, struct submission_walk *walk)
{
    struct hash device = {0};
    uint64_t sequence = 0;
    struct bytes payload = {0};
    if (walk->number == number) {
        return ERR_OK;
    }
    walk->number = 0;
    walk->receipt = NULL;
    arena_clear(&walk->arena);
    enum err err = load_payload(store, number, &walk->arena, &device, &sequence, &payload);
    if (err == ERR_OK) {
        err = payload_decode(payload, &walk->arena, &walk->payload);
    }
    if (err == ERR_OK) {
        err = load_receipt(store, number, &device, sequence, walk);
    }
    if (err == ERR_OK) {
        walk->number = number;
    }
    return err;
}

static enum err load_payload(struct store *store, int64_t number, struct arena *arena,
                             struct hash *ret_device, uint64_t *ret_sequence, struct bytes *ret_payload)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_SEALED_PAYLOAD, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, number);
    err = statement_step(statement);
    if (err == ERR_OK) {
        err = column_hash(statement, 0, ret_device);
    }
    if (err == ERR_OK) {
        struct id none = {0};
        *ret_sequence = (uint64_t)sqlite3_column_int64(statement, 1);
        struct place place = place_of_submission(ret_device, *ret_sequence, &none);
        err = column_open(store, statement, 2, &place, arena, ret_payload);
    }
    statement_end(statement);
    return err;
}

/* The newest receipt of the submission is the one whose verdicts count. */
static enum err load_receipt(struct store *store, int64_t number, const struct hash *device,
                             uint64_t sequence, struct submission_walk *walk)
{
    sqlite3_stmt *statement = NULL;
    Dantin__Receipt *receipt = NULL;
    struct id epoch = {0};
    struct bytes body = {0};
    enum err err = statement_begin(store, STATEMENT_RECEIPT_OF_SEALED, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, number);
    err = statement_step(statement);
    if (err == ERR_OK) {
        err = column_id(statement, 0, &epoch);
    }
    if (err == ERR_OK) {
        struct place place = place_of_submission(device, sequence, &epoch);
        err = column_open(store, statement, 1, &place, &walk->arena, &body);
    }
    if (err == ERR_OK) {
        err = message_unpack(&dantin__receipt__descriptor, body, true, &walk->arena, &receipt);
    }
    statement_end(statement);
    walk->receipt = receipt;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static struct bytes current_body_of(const Dantin__Receipt *receipt, uint64_t change_index)
{
    for (size_t i = 0; i < receipt->n_verdict; i++) {
        const Dantin__Verdict *verdict = receipt->verdict[i];
        if (verdict->index == change_index && verdict->has_current_body) {
            return bytes_of(verdict->current_body.data, verdict->current_body.len);
        }
    }
    return bytes_of(NULL, 0);
}

/* at == NULL: the change is a removal. */
static enum err body_of_change(struct bytes packed, struct arena *arena, struct bytes *ret_body)
{
    Dantin__Change *change = NULL;
    struct arena scratch;
    struct bytes body = {0};
    arena_init(&scratch, SUBMISSION_ARENA_BYTES_MAX);
    enum err err = message_unpack(&dantin__change__descriptor, packed, true, &scratch, &change);
    if (err == ERR_OK && change->has_body) {
        body = arena_copy(arena, bytes_of(change->body.data, change->body.len));
        err = body.at != NULL ? ERR_OK : ERR_TOO_BIG;
    }
    arena_release(&scratch);
    if (err == ERR_OK) {
        *ret_body = body;
    }
    return err;
}
