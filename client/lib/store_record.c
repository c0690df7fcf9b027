/* The client's store: finding records. Putting them: store_put.c. */
#include "client/lib/store_internal.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/record/record_id.h"

enum { SEARCH_WORDS_MAX = 16 };

static enum err find_ids(struct store *store, enum store_statement which, enum record_kind kind,
                         struct bytes value, struct id *ret_ids, size_t ids_max, size_t *ret_count);
static enum err collect_ids(sqlite3_stmt *statement, struct id *ret_ids, size_t ids_max, size_t *ret_count);
static size_t split_words(struct bytes folded, struct bytes ret_words[SEARCH_WORDS_MAX]);
static bool has_all_words(struct bytes folded, const struct bytes *words, size_t word_count);
static enum err search_numbers(struct store *store, enum record_kind kind, struct bytes folded, size_t limit,
                               struct buf *numbers);

enum err store_draw_id(struct store *store, struct id *ret_id)
{
    REQUIRE(store->is_in_transaction);
    uint8_t prefix[8];
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_ID_DRAW, &statement);
    if (err != ERR_OK) {
        return err;
    }
    random_bytes(prefix, sizeof prefix); /* taken by the first draw of the store's life only */
    bind_bytes(statement, 1, bytes_of(prefix, sizeof prefix));
    err = statement_step(statement);
    if (err == ERR_OK) {
        struct bytes stored = column_bytes(statement, 0);
        uint64_t counter = (uint64_t)sqlite3_column_int64(statement, 1);
        if (stored.len != sizeof prefix) {
            err = ERR_STORE;
        } else {
            *ret_id = record_id_make(stored.at, counter);
        }
    }
    /* A statement with RETURNING has done its work at the first step, but keeps the transaction busy until
     * reset. */
    statement_end(statement);
    return err;
}

enum err store_record_get(struct store *store, enum record_kind kind, const struct id *record,
                          struct arena *arena, struct store_record *ret_record)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_RECORD_GET, &statement);
    if (err != ERR_OK) {
        return err;
    }
    struct store_record found = {0};
    int64_t number = 0;
    bind_number(statement, 1, kind);
    bind_bytes(statement, 2, bytes_of(record->at, ID_BYTES));
    err = statement_step(statement);
    if (err == ERR_OK) {
        err = record_of_row(statement, &number, &found);
    }
    if (err == ERR_OK && found.body.at != NULL) {
        found.body = arena_copy(arena, found.body);
        err = found.body.at != NULL ? ERR_OK : ERR_TOO_BIG;
    }
    statement_end(statement);
    if (err == ERR_OK) {
        *ret_record = found;
    }
    return err;
}

enum err store_record_match(struct store *store, enum record_kind kind, size_t key_index, struct bytes key,
                            struct id *ret_ids, size_t ids_max, size_t *ret_count)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_RECORD_MATCH, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, kind);
    bind_number(statement, 2, (int64_t)key_index);
    bind_bytes(statement, 3, key);
    return collect_ids(statement, ret_ids, ids_max, ret_count);
}

enum err store_record_by_code(struct store *store, enum record_kind kind, struct bytes code,
                              struct id *ret_ids, size_t ids_max, size_t *ret_count)
{
    return find_ids(store, STATEMENT_RECORD_BY_CODE, kind, code, ret_ids, ids_max, ret_count);
}

enum err store_record_by_name(struct store *store, enum record_kind kind, struct bytes folded,
                              struct id *ret_ids, size_t ids_max, size_t *ret_count)
{
    return find_ids(store, STATEMENT_RECORD_BY_NAME, kind, folded, ret_ids, ids_max, ret_count);
}

enum err store_record_each(struct store *store, enum record_kind kind,
                           bool (*on_record)(void *context, const struct store_record *record), void *context)
{
    struct id last = {0};
    struct buf body;
    buf_init(&body, SCHEMA_RECORD_BYTES_MAX);
    enum err err = ERR_OK;
    bool goes_on = true;
    /* One row per statement, so that the callback may use the store as it likes. */
    while (goes_on) {
        sqlite3_stmt *statement = NULL;
        struct store_record record = {0};
        int64_t number = 0;
        err = statement_begin(store, STATEMENT_RECORD_NEXT, &statement);
        if (err != ERR_OK) {
            break;
        }
        bind_number(statement, 1, kind);
        bind_bytes(statement, 2, bytes_of(last.at, id_is_none(&last) ? 0 : ID_BYTES));
        err = statement_step(statement);
        if (err == ERR_OK) {
            err = record_of_row(statement, &number, &record);
        }
        buf_clear(&body);
        if (err == ERR_OK && record.body.at != NULL) {
            err = buf_append(&body, record.body);
            record.body = buf_content(&body);
        }
        statement_end(statement);
        if (err != ERR_OK) {
            break;
        }
        last = record.record;
        goes_on = on_record(context, &record);
    }
    buf_release(&body);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_body_each(struct store *store, enum record_kind kind,
                         bool (*on_body)(void *context, const struct id *record, struct bytes body),
                         void *context)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_RECORD_BODIES, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, kind);
    bool goes_on = true;
    while (goes_on && (err = statement_step(statement)) == ERR_OK) {
        struct id record = {0};
        err = column_id(statement, 0, &record);
        if (err != ERR_OK) {
            break;
        }
        goes_on = on_body(context, &record, column_bytes(statement, 1));
    }
    statement_end(statement);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_record_search(struct store *store, enum record_kind kind, struct bytes folded, size_t limit,
                             bool (*on_record)(void *context, const struct store_record *record),
                             void *context)
{
    struct buf numbers;
    buf_init(&numbers, limit * sizeof(int64_t) + sizeof(int64_t));
    enum err err = search_numbers(store, kind, folded, limit, &numbers);
    struct bytes list = buf_content(&numbers);
    bool goes_on = true;
    for (size_t i = 0; err == ERR_OK && goes_on && i + sizeof(int64_t) <= list.len; i += sizeof(int64_t)) {
        sqlite3_stmt *statement = NULL;
        struct store_record record = {0};
        int64_t number = 0;
        memcpy(&number, list.at + i, sizeof number);
        err = statement_begin(store, STATEMENT_RECORD_GET_NUMBER, &statement);
        if (err != ERR_OK) {
            break;
        }
        bind_number(statement, 1, number);
        err = statement_step(statement);
        if (err == ERR_OK) {
            err = record_of_row(statement, &number, &record);
        }
        if (err == ERR_OK) {
            goes_on = on_record(context, &record);
        }
        statement_end(statement);
    }
    buf_release(&numbers);
    return err;
}

enum err record_of_row(sqlite3_stmt *statement, int64_t *ret_number, struct store_record *ret_record)
{
    struct store_record record = {
        .kind = (enum record_kind)sqlite3_column_int(statement, 1),
        .origin = (enum record_origin)sqlite3_column_int(statement, 3),
        .body = column_bytes(statement, 4),
        .has_open_change = sqlite3_column_int(statement, 6) != 0,
        .refusal = VERDICT_APPLIED,
    };
    enum err err = column_id(statement, 2, &record.record);
    if (err == ERR_OK) {
        err = column_id(statement, 5, &record.base);
    }
    if (err != ERR_OK) {
        return err;
    }
    int newest = sqlite3_column_int(statement, 7); /* NULL gives 0 */
    if (!record.has_open_change && (newest == VERDICT_REFUSED || newest == VERDICT_CONFLICT)) {
        record.refusal = (enum verdict_code)newest;
    }
    *ret_number = sqlite3_column_int64(statement, 0);
    *ret_record = record;
    return ERR_OK;
}

/* ---- finding ---- */

static enum err find_ids(struct store *store, enum store_statement which, enum record_kind kind,
                         struct bytes value, struct id *ret_ids, size_t ids_max, size_t *ret_count)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, which, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, kind);
    bind_text(statement, 2, value);
    return collect_ids(statement, ret_ids, ids_max, ret_count);
}

/* Ends the statement. */
static enum err collect_ids(sqlite3_stmt *statement, struct id *ret_ids, size_t ids_max, size_t *ret_count)
{
    size_t count = 0;
    enum err err = statement_step(statement);
    while (err == ERR_OK) {
        if (count < ids_max) {
            err = column_id(statement, 0, &ret_ids[count]);
        }
        count++;
        if (err == ERR_OK) {
            err = statement_step(statement);
        }
    }
    statement_end(statement);
    if (err != ERR_NOT_FOUND) {
        return err;
    }
    *ret_count = count;
    return ERR_OK;
}

/* Numbers (int64_t each) of the records whose folded name has every word, by name. */
static enum err search_numbers(struct store *store, enum record_kind kind, struct bytes folded, size_t limit,
                               struct buf *numbers)
{
    struct bytes words[SEARCH_WORDS_MAX];
    size_t word_count = split_words(folded, words);
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_RECORD_FOLDED, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, kind);
    size_t found = 0;
    while (found < limit && (err = statement_step(statement)) == ERR_OK) {
        if (has_all_words(column_bytes(statement, 1), words, word_count)) {
            int64_t number = sqlite3_column_int64(statement, 0);
            err = buf_append(numbers, bytes_of(&number, sizeof number));
            found++;
        }
        if (err != ERR_OK) {
            break;
        }
    }
    statement_end(statement);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static size_t split_words(struct bytes folded, struct bytes ret_words[SEARCH_WORDS_MAX])
{
    size_t count = 0;
    size_t i = 0;
    while (i < folded.len && count < SEARCH_WORDS_MAX) {
        size_t start = i;
        while (i < folded.len && folded.at[i] != ' ') {
            i++;
        }
        if (i > start) {
            ret_words[count++] = bytes_of(folded.at + start, i - start);
        }
        i++;
    }
    return count;
}

/* Does every word begin some word of the name? No words: nothing matches. */
static bool has_all_words(struct bytes folded, const struct bytes *words, size_t word_count)
{
    for (size_t i = 0; i < word_count; i++) {
        bool is_found = false;
        for (size_t at = 0; !is_found && at + words[i].len <= folded.len; at++) {
            bool is_start = at == 0 || folded.at[at - 1] == ' ';
            is_found = is_start && memcmp(folded.at + at, words[i].at, words[i].len) == 0;
        }
        if (!is_found) {
            return false;
        }
    }
    return word_count > 0;
}
