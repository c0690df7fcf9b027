/* The client's store: putting records, with their keys, names, parents and open changes. */
#include "client/lib/store_internal.h"

#include <string.h>

#include "common/base/check.h"
#include "common/record/match.h"
#include "common/record/name.h"
#include "common/rules/rules.h"
#include "common/wire/message.h"
#include "proto/submission.pb-c.h"

enum {
    PUT_ARENA_BYTES_MAX = 1 << 20, /* keys and folded name of one record */
    REASONS_MAX = RULE_FINDINGS_MAX,
};

/* What the columns of a record's row are made from. */
struct put_row {
    const struct kind_schema *schema;
    struct bytes body;
    struct bytes code;
    struct bytes folded;
};

static enum err fill_row(const struct store_put *put, struct arena *arena, struct buf *body,
                         struct put_row *ret_row);
static enum err write_row(struct store *store, const struct store_put *put, const struct put_row *row,
                          int64_t *ret_number);
static enum err index_keys(struct store *store, const struct store_put *put, const struct kind_schema *schema,
                           struct arena *arena, int64_t number);
static enum err index_parents(struct store *store, const struct store_put *put,
                              const struct kind_schema *schema, struct arena *arena, int64_t number);
static enum err open_change(struct store *store, const struct store_put *put, int64_t number);
static enum err run_with_number(struct store *store, enum store_statement which, int64_t number);

enum err store_record_put(struct store *store, const struct store_put *put)
{
    REQUIRE(store->is_in_transaction);
    REQUIRE(!id_is_none(&put->record));
    struct arena arena;
    struct buf body;
    struct put_row row = {0};
    int64_t number = 0;
    arena_init(&arena, PUT_ARENA_BYTES_MAX);
    buf_init(&body, SCHEMA_RECORD_BYTES_MAX);
    enum err err = fill_row(put, &arena, &body, &row);
    if (err == ERR_OK) {
        err = write_row(store, put, &row, &number);
    }
    if (err == ERR_OK) {
        err = index_keys(store, put, row.schema, &arena, number);
    }
    if (err == ERR_OK) {
        err = index_parents(store, put, row.schema, &arena, number);
    }
    if (err == ERR_OK && put->origin != RECORD_REFERENCE) {
        err = open_change(store, put, number);
    }
    if (err == ERR_OK && put->message == NULL) {
        err = record_drop_removal(store, number);
    }
    buf_release(&body);
    arena_release(&arena);
    return err;
}

/* ---- helpers ---- */

static enum err fill_row(const struct store_put *put, struct arena *arena, struct buf *body,
                         struct put_row *ret_row)
{
    struct put_row row = {.schema = schema_of(put->kind)};
    REQUIRE(row.schema != NULL);
    if (put->message == NULL) {
        *ret_row = row;
        return ERR_OK;
    }
    enum err err = message_pack(put->message, body);
    if (err != ERR_OK) {
        return err;
    }
    row.body = buf_content(body);
    if (row.body.at == NULL) {
        row.body = bytes_of("", 0);
    }
    int code_index = schema_field_index(row.schema, "code");
    int name_index = schema_field_index(row.schema, "name");
    if (code_index >= 0) {
        struct value code = record_field(row.schema, put->message, (size_t)code_index);
        row.code = code.is_stated ? code.text : bytes_of(NULL, 0);
    }
    if (name_index >= 0 && (row.schema->fields[name_index].flags & FIELD_FOLDED) != 0) {
        struct value name = record_field(row.schema, put->message, (size_t)name_index);
        err = name.is_stated ? name_fold(name.text, arena, &row.folded) : ERR_OK;
    }
    if (err == ERR_OK) {
        *ret_row = row;
    }
    return err;
}

static enum err write_row(struct store *store, const struct store_put *put, const struct put_row *row,
                          int64_t *ret_number)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_RECORD_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, put->kind);
    bind_bytes(statement, 2, bytes_of(put->record.at, ID_BYTES));
    bind_number(statement, 3, put->origin);
    struct place body = place_of_record(PLACE_RECORD_BODY, put->kind, &put->record);
    struct place folded = place_of_record(PLACE_RECORD_FOLDED, put->kind, &put->record);
    struct blind code = store_blind(store, BLIND_CODE, put->kind, 0, row->code);
    struct blind name = store_blind(store, BLIND_NAME, put->kind, 0, row->folded);
    bind_bytes(statement, 5, bytes_of(row->code.at != NULL ? code.at : NULL, sizeof code.at));
    bind_bytes(statement, 7, bytes_of(row->folded.at != NULL ? name.at : NULL, sizeof name.at));
    err = bind_sealed(store, statement, 4, &body, row->body);
    if (err == ERR_OK) {
        err = bind_sealed(store, statement, 6, &folded, row->folded);
    }
    if (err == ERR_OK) {
        err = statement_step(statement);
    }
    if (err == ERR_OK) {
        *ret_number = sqlite3_column_int64(statement, 0);
    }
    statement_end(statement);
    return err;
}

static enum err index_keys(struct store *store, const struct store_put *put, const struct kind_schema *schema,
                           struct arena *arena, int64_t number)
{
    enum err err = run_with_number(store, STATEMENT_MATCH_KEY_CLEAR, number);
    for (size_t i = 0; err == ERR_OK && put->message != NULL && i < MATCH_KEYS_MAX; i++) {
        struct bytes key = {0};
        if (schema->match_keys[i].fields[0] == NULL) {
            break;
        }
        err = match_key_of(schema, put->message, i, arena, &key);
        if (err != ERR_OK || key.at == NULL) {
            continue;
        }
        sqlite3_stmt *statement = NULL;
        err = statement_begin(store, STATEMENT_MATCH_KEY_ADD, &statement);
        if (err != ERR_OK) {
            break;
        }
        bind_number(statement, 1, number);
        bind_number(statement, 2, (int64_t)i);
        bind_number(statement, 3, put->kind);
        struct blind blind = store_blind(store, BLIND_MATCH_KEY, put->kind, i, key);
        bind_bytes(statement, 4, bytes_of(blind.at, sizeof blind.at));
        err = statement_run(statement);
    }
    return err;
}

/* Every reference to the record's own kind, at any date. A removed record keeps its last: it has to leave before its
 * parents. */
static enum err index_parents(struct store *store, const struct store_put *put,
                              const struct kind_schema *schema, struct arena *arena, int64_t number)
{
    const struct record_reference *references = NULL;
    size_t count = 0;
    if (put->message == NULL) {
        return ERR_OK;
    }
    enum err err = run_with_number(store, STATEMENT_PARENT_CLEAR, number);
    if (err == ERR_OK) {
        err = record_references(schema, put->message, arena, &references, &count);
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        sqlite3_stmt *statement = NULL;
        if (references[i].kind != schema->kind) {
            continue;
        }
        err = statement_begin(store, STATEMENT_PARENT_ADD, &statement);
        if (err == ERR_OK) {
            bind_number(statement, 1, number);
            bind_bytes(statement, 2, bytes_of(references[i].record.at, ID_BYTES));
            err = statement_run(statement);
        }
    }
    return err;
}

/* The tail is the end of the packed Change: fields of one message may be packed apart and put one after the
 * other. */
static enum err open_change(struct store *store, const struct store_put *put, int64_t number)
{
    Dantin__Reason reasons[REASONS_MAX];
    Dantin__Reason *reason_list[REASONS_MAX];
    Dantin__Change tail = DANTIN__CHANGE__INIT;
    if (put->reason_count > REASONS_MAX) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < put->reason_count; i++) {
        if (strlen(put->reason_rules[i]) >= RULE_ID_BYTES_MAX ||
            strlen(put->reason_texts[i]) > SCHEMA_TEXT_BYTES_MAX) {
            return ERR_TOO_BIG;
        }
        dantin__reason__init(&reasons[i]);
        reasons[i].rule = (char *)(uintptr_t)put->reason_rules[i]; /* only read by packing */
        reasons[i].text = (char *)(uintptr_t)put->reason_texts[i];
        reason_list[i] = &reasons[i];
    }
    tail.n_reason = put->reason_count;
    tail.reason = reason_list;
    tail.has_first_load = put->is_first_load;
    tail.first_load = put->is_first_load;

    struct buf packed;
    buf_init(&packed, SCHEMA_RECORD_BYTES_MAX + REASONS_MAX * SCHEMA_TEXT_BYTES_MAX);
    sqlite3_stmt *statement = NULL;
    enum err err = message_pack(&tail, &packed);
    if (err == ERR_OK) {
        err = statement_begin(store, STATEMENT_OPEN_CHANGE_PUT, &statement);
    }
    if (err == ERR_OK) {
        struct bytes content = buf_content(&packed);
        struct place place = place_of_record(PLACE_OPEN_CHANGE_TAIL, put->kind, &put->record);
        bind_number(statement, 1, number);
        err = bind_sealed(store, statement, 2, &place, content.at != NULL ? content : bytes_of("", 0));
        if (err == ERR_OK) {
            err = statement_run(statement);
        } else {
            statement_end(statement);
        }
    }
    buf_release(&packed);
    return err;
}

static enum err run_with_number(struct store *store, enum store_statement which, int64_t number)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, which, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, number);
    return statement_run(statement);
}
