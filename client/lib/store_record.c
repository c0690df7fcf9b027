/* The client's store: finding records. Putting them: store_put.c. */
#include "client/lib/store_internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/record/record_id.h"

enum { SEARCH_WORDS_MAX = 16, HITS_BYTES_MAX = 256 << 20 };

/* A record whose name has all words; its folded name follows it in the buffer. */
struct hit {
    int64_t number;
    size_t folded_len;
};

/* The same, found again for sorting. */
struct hit_view {
    int64_t number;
    struct bytes folded;
};

static enum err find_ids(struct store *store, enum store_statement which, enum record_kind kind,
                         const struct blind *value, struct id *ret_ids, size_t ids_max, size_t *ret_count);
static enum err collect_ids(sqlite3_stmt *statement, struct id *ret_ids, size_t ids_max, size_t *ret_count);
static size_t split_words(struct bytes folded, struct bytes ret_words[SEARCH_WORDS_MAX]);
static bool has_all_words(struct bytes folded, const struct bytes *words, size_t word_count);
static enum err search_hits(struct store *store, enum record_kind kind, struct bytes folded, struct buf *hits,
                            size_t *ret_count);
static enum err sort_hits(struct bytes hits, size_t count, struct hit_view **ret_views);
static int compare_hits(const void *a, const void *b);

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
        err = record_of_row(store, statement, arena, NULL, &number, &found);
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
    struct blind blind = store_blind(store, BLIND_MATCH_KEY, kind, key_index, key);
    bind_bytes(statement, 3, bytes_of(blind.at, sizeof blind.at));
    return collect_ids(statement, ret_ids, ids_max, ret_count);
}

enum err store_record_by_code(struct store *store, enum record_kind kind, struct bytes code,
                              struct id *ret_ids, size_t ids_max, size_t *ret_count)
{
    struct blind blind = store_blind(store, BLIND_CODE, kind, 0, code);
    return find_ids(store, STATEMENT_RECORD_BY_CODE, kind, &blind, ret_ids, ids_max, ret_count);
}

enum err store_record_by_name(struct store *store, enum record_kind kind, struct bytes folded,
                              struct id *ret_ids, size_t ids_max, size_t *ret_count)
{
    struct blind blind = store_blind(store, BLIND_NAME, kind, 0, folded);
    return find_ids(store, STATEMENT_RECORD_BY_NAME, kind, &blind, ret_ids, ids_max, ret_count);
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
            err = record_of_row(store, statement, NULL, &body, &number, &record);
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
    struct buf opened;
    enum err err = statement_begin(store, STATEMENT_RECORD_BODIES, &statement);
    if (err != ERR_OK) {
        return err;
    }
    buf_init(&opened, SCHEMA_RECORD_BYTES_MAX);
    bind_number(statement, 1, kind);
    bool goes_on = true;
    while (goes_on && (err = statement_step(statement)) == ERR_OK) {
        struct id record = {0};
        struct bytes body = {0};
        err = column_id(statement, 0, &record);
        if (err == ERR_OK) {
            struct place place = place_of_record(PLACE_RECORD_BODY, kind, &record);
            err = column_open_into(store, statement, 1, &place, &opened, &body);
        }
        if (err != ERR_OK) {
            break;
        }
        goes_on = on_body(context, &record, body);
    }
    statement_end(statement);
    buf_release(&opened);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_record_search(struct store *store, enum record_kind kind, struct bytes folded, size_t limit,
                             bool (*on_record)(void *context, const struct store_record *record),
                             void *context)
{
    struct buf hits;
    struct buf body;
    struct hit_view *views = NULL;
    size_t count = 0;
    buf_init(&hits, HITS_BYTES_MAX);
    buf_init(&body, SCHEMA_RECORD_BYTES_MAX);
    enum err err = search_hits(store, kind, folded, &hits, &count);
    if (err == ERR_OK) {
        err = sort_hits(buf_content(&hits), count, &views);
    }
    bool goes_on = true;
    for (size_t i = 0; err == ERR_OK && goes_on && i < count && i < limit; i++) {
        sqlite3_stmt *statement = NULL;
        struct store_record record = {0};
        int64_t number = 0;
        err = statement_begin(store, STATEMENT_RECORD_GET_NUMBER, &statement);
        if (err != ERR_OK) {
            break;
        }
        bind_number(statement, 1, views[i].number);
        err = statement_step(statement);
        if (err == ERR_OK) {
            err = record_of_row(store, statement, NULL, &body, &number, &record);
        }
        statement_end(statement);
        if (err == ERR_OK) {
            goes_on = on_record(context, &record);
        }
    }
    free(views);
    buf_release(&body);
    buf_release(&hits);
    return err;
}

enum err record_of_row(struct store *store, sqlite3_stmt *statement, struct arena *arena, struct buf *out,
                       int64_t *ret_number, struct store_record *ret_record)
{
    struct store_record record = {
        .kind = (enum record_kind)sqlite3_column_int(statement, 1),
        .origin = (enum record_origin)sqlite3_column_int(statement, 3),
        .has_open_change = sqlite3_column_int(statement, 6) != 0,
        .refusal = VERDICT_APPLIED,
    };
    enum err err = column_id(statement, 2, &record.record);
    if (err == ERR_OK) {
        err = column_id(statement, 5, &record.base);
    }
    if (err == ERR_OK) {
        struct place place = place_of_record(PLACE_RECORD_BODY, record.kind, &record.record);
        err = arena != NULL ? column_open(store, statement, 4, &place, arena, &record.body)
                            : column_open_into(store, statement, 4, &place, out, &record.body);
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
                         const struct blind *value, struct id *ret_ids, size_t ids_max, size_t *ret_count)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, which, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, kind);
    bind_bytes(statement, 2, bytes_of(value->at, sizeof value->at));
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

/* Every record of the kind whose folded name has every word: all names are opened, for an index of their beginnings would tell
 * which are frequent. 55,000 take less than a tenth of a second. */
static enum err search_hits(struct store *store, enum record_kind kind, struct bytes folded, struct buf *hits,
                            size_t *ret_count)
{
    struct bytes words[SEARCH_WORDS_MAX];
    size_t word_count = split_words(folded, words);
    sqlite3_stmt *statement = NULL;
    struct buf opened;
    size_t count = 0;
    enum err err = statement_begin(store, STATEMENT_RECORD_FOLDED, &statement);
    if (err != ERR_OK) {
        return err;
    }
    buf_init(&opened, SCHEMA_RECORD_BYTES_MAX);
    bind_number(statement, 1, kind);
    while ((err = statement_step(statement)) == ERR_OK) {
        struct id record = {0};
        struct bytes name = {0};
        err = column_id(statement, 1, &record);
        if (err == ERR_OK) {
            struct place place = place_of_record(PLACE_RECORD_FOLDED, kind, &record);
            err = column_open_into(store, statement, 2, &place, &opened, &name);
        }
        if (err == ERR_OK && has_all_words(name, words, word_count)) {
            struct hit hit = {.number = sqlite3_column_int64(statement, 0), .folded_len = name.len};
            err = buf_append(hits, bytes_of(&hit, sizeof hit));
            err = err == ERR_OK ? buf_append(hits, name) : err;
            count++;
        }
        if (err != ERR_OK) {
            break;
        }
    }
    statement_end(statement);
    buf_release(&opened);
    if (err == ERR_NOT_FOUND) {
        *ret_count = count;
        err = ERR_OK;
    }
    return err;
}

/* By name, then in the order they came. *ret_views: the caller frees it. */
static enum err sort_hits(struct bytes hits, size_t count, struct hit_view **ret_views)
{
    struct hit_view *views = calloc(count + 1, sizeof *views);
    if (views == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0, at = 0; i < count; i++) {
        struct hit hit;
        memcpy(&hit, hits.at + at, sizeof hit);
        at += sizeof hit;
        views[i] = (struct hit_view){.number = hit.number, .folded = bytes_of(hits.at + at, hit.folded_len)};
        at += hit.folded_len;
    }
    qsort(views, count, sizeof *views, compare_hits);
    *ret_views = views;
    return ERR_OK;
}

static int compare_hits(const void *a, const void *b)
{
    const struct hit_view *left = a;
    const struct hit_view *right = b;
    int order = bytes_compare(left->folded, right->folded);
    return order != 0 ? order : (left->number > right->number) - (left->number < right->number);
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
