/* Consolidated queries: one transaction on a connection of the read pool each, in one snapshot.
 *
 *   READING ──rows──► NOTING ──committed──► the answer
 *      └─refused, failed─┴─failed──► an error; the pool rolls back         Suspended in: both (the pool's units)
 *
 *   READING: look_begin · set_device · query_head · the indicator's statement. Sensitive figures are given exactly to who may see
 *            them; otherwise the answer is refused or its small cells are hidden (conceal.h).
 *   NOTING:  look_note · commit. What leaves the server is noted in the log of reads (look.h), or it does not leave.
 *
 * The list of indicators tells of nobody and is not noted. A query that is refused at once still answers through the loop: its
 * unit is set_device alone, whatever comes of it. Every wait is the pool's: queue, deadline, cancelling and stopping all end in
 * on_unit_done or on_noted, once. */
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/embed.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "server/store/answer.h"
#include "server/store/catalogue.h"
#include "server/store/conceal.h"
#include "server/store/indicator.h"
#include "server/store/look.h"
#include "server/store/query_sql.h"
#include "server/store/statements.h"
#include "server/store/store_internal.h"

enum {
    QUERY_INDICATORS_MAX = 64,
    QUERY_LOOKS_MAX = 2,
    QUERY_SET_BYTES_MAX = 4 << 20,
    QUERY_BYTES_MAX = 512 << 10, /* of one query's statement and parameters */
    QUERY_NAMES_BYTES_MAX = 1024,
    QUERY_DEADLINE_MARGIN_MS = 5000, /* past the statement's own timeout: the queue, and the way back */
};

/* Calls of the unit. */
enum { CALLS_MAX = 5, CALL_NONE = CALLS_MAX };

/* Columns of a trace's answer (query_trace.sql). */
enum { TRACE_KIND, TRACE_RECORD };

struct query_set {
    struct arena arena;
    struct indicator indicators[QUERY_INDICATORS_MAX + 1]; /* one more, for a file too many to be refused */
    size_t count;
    struct indicator looks[QUERY_LOOKS_MAX]; /* of the log of reads */
    size_t look_count;
    struct indicator member_pivot;
    struct indicator record_pivot;
};

struct query {
    struct arena arena;
    struct unit_call calls[CALLS_MAX];
    size_t head_call, rows_call; /* places in calls; CALL_NONE */
    bool is_sensitive;
    bool is_looked;      /* who looked at one record */
    bool is_fixed_table; /* of sensitive figures: one that everybody may see, small cells hidden */
    unsigned small_cell_min;
    struct unit unit;
    uint64_t number; /* of the pool */
    struct store *store;
    struct hash device;
    struct look look;
    struct buf subjects;         /* bytes of the look's array */
    struct store_answer *answer; /* while it is being noted */
    struct statement statement;
    struct query_choice choice;
    struct pivot pivot;             /* when the choice points at it */
    const struct query_set *listed; /* the list of indicators is asked for; NULL: figures are */
    bool has_position;
    uint64_t position;
    bool has_from;
    int32_t from;
    enum language language;
    enum err refused; /* before the database was asked */
    char sentence[ERROR_TEXT_BYTES_MAX];
    void (*on_answer)(void *context, enum err err, const char *sentence, struct store_answer *answer);
    void *context;
};

static struct indicator *place_of(struct query_set *queries, const char *path);
static const struct indicator *find_indicator(const struct query_set *queries, const char *id);
static enum err choose_looks(const struct store_query *asked, const struct indicator *indicator,
                             struct query *query);
static enum err put_looked(const struct store_query *asked, struct query *query, struct unit_call *call);
static enum err prepare(const struct query_set *queries, const struct store_query *asked,
                        struct query *query);
static enum err choose_pivot(const struct query_set *queries, const struct store_query *asked,
                             struct query *query);
static enum err choose_period(const struct store_query *asked, struct query *query);
static enum err put_values(const struct pivot *pivot, struct arena *arena, struct unit_call *call);
static enum err put_calls(const struct store_query *asked, struct query *query);
static void on_unit_done(void *context, const struct unit_result *result);
static enum err read_answer(struct query *query, const struct unit_result *result,
                            struct store_answer **ret_answer);
static enum err begin_look(const struct store_query *asked, struct bytes unit, struct query *query);
static enum err note_look(struct query *query);
static enum err find_subjects(struct query *query, struct look_subjects *subjects);
static const struct kind_schema *kind_of(struct bytes name);
static void on_noted(void *context, const struct unit_result *result);
static void finish(struct query *query, enum err err, struct store_answer *answer);
static enum err conceal(struct query *query, const struct unit_result *result, PGresult *rows);
static enum err say(struct query *query, enum err err, enum text_id text, const char *word);

enum err query_set_new(struct store *store, struct query_set **ret_queries)
{
    struct error error = {0};
    struct query_set *queries = calloc(1, sizeof *queries);
    (void)store;
    if (queries == NULL) {
        return ERR_NO_MEMORY;
    }
    arena_init(&queries->arena, QUERY_SET_BYTES_MAX);
    for (const struct embedded_file *file = embedded_sql; file->path != NULL; file++) {
        struct indicator *indicator = place_of(queries, file->path);
        if (indicator == NULL) {
            continue;
        }
        enum err err = queries->count > QUERY_INDICATORS_MAX
                           ? ERR_TOO_BIG
                           : indicator_parse(file->path, bytes_of(file->at, file->len), embedded_sql_text,
                                             &queries->arena, indicator, &error);
        if (err != ERR_OK) {
            log_write(LOG_ERROR, "indicator_unreadable", "err=%s reason=\"%s\"", err_name(err), error.text);
            query_set_free(queries);
            return err;
        }
    }
    *ret_queries = queries;
    return ERR_OK;
}

/* Where a file's definition goes; NULL: none of these. */
static struct indicator *place_of(struct query_set *queries, const char *path)
{
    if (strcmp(path, "pivots/member.sql") == 0) {
        return &queries->member_pivot;
    }
    if (strncmp(path, "pivots/", 7) == 0) {
        return &queries->record_pivot;
    }
    if (strncmp(path, "looks/", 6) == 0) {
        REQUIRE(queries->look_count < QUERY_LOOKS_MAX);
        return &queries->looks[queries->look_count++];
    }
    return strncmp(path, "indicators/", 11) == 0 ? &queries->indicators[queries->count++] : NULL;
}

void query_set_free(struct query_set *queries)
{
    if (queries == NULL) {
        return;
    }
    arena_release(&queries->arena);
    free(queries);
}

void store_query_run(struct store *store, const struct store_query *asked, uint64_t *ret_request_number,
                     void (*on_answer)(void *context, enum err err, const char *sentence,
                                       struct store_answer *answer),
                     void *context)
{
    struct query *query = calloc(1, sizeof *query);
    /* Without memory for the question there is none for an answer through the loop either; the process is at
     * its end. */
    REQUIRE(query != NULL);
    arena_init(&query->arena, QUERY_BYTES_MAX);
    query->on_answer = on_answer;
    query->context = context;
    query->language = asked->language;
    query->small_cell_min = store->small_cell_min;
    query->has_position = asked->has_position;
    query->position = asked->position;
    query->store = store;
    query->device = asked->device;
    buf_init(&query->subjects, LOOK_SUBJECT_BYTES_MAX);
    query->refused = prepare(store->queries, asked, query);
    if (query->refused != ERR_OK) {
        unit_init(&query->unit, query->calls, CALLS_MAX);
        unit_put_text(unit_call(&query->unit, statement_of(STATEMENT_SET_DEVICE)), "");
    }

    unsigned deadline_ms = store->statement_timeout_ms + QUERY_DEADLINE_MARGIN_MS;
    query->number = pool_send(store->read_pool, &query->unit, deadline_ms, on_unit_done, query);

    *ret_request_number = query->refused == ERR_OK ? query->number : 0;
}

void store_query_cancel(struct store *store, uint64_t request_number)
{
    if (request_number != 0) {
        pool_detach(store->read_pool, request_number);
    }
}

static const struct indicator *find_indicator(const struct query_set *queries, const char *id)
{
    for (size_t i = 0; i < queries->count; i++) {
        if (strcmp(queries->indicators[i].id, id) == 0) {
            return &queries->indicators[i];
        }
    }
    for (size_t i = 0; i < queries->look_count; i++) {
        if (strcmp(queries->looks[i].id, id) == 0) {
            return &queries->looks[i];
        }
    }
    return NULL;
}

static enum err prepare(const struct query_set *queries, const struct store_query *asked, struct query *query)
{
    const char *bad = "";
    const struct indicator *indicator = find_indicator(queries, asked->indicator);
    if (strcmp(asked->indicator, STORE_QUERY_LIST) == 0) {
        query->listed = queries;
        return put_calls(asked, query);
    }
    if (strcmp(asked->indicator, STORE_QUERY_PIVOT) == 0) {
        enum err err = choose_pivot(queries, asked, query);
        if (err != ERR_OK) {
            return err;
        }
        indicator = &query->pivot.indicator;
    }
    if (indicator == NULL) {
        return say(query, ERR_NOT_FOUND, TEXT_QUERY_NO_INDICATOR, asked->indicator);
    }
    if (query_choose(indicator, asked->by, asked->by_count, &query->choice, &bad) != ERR_OK) {
        return say(query, ERR_USAGE, TEXT_QUERY_NO_DIMENSION, bad);
    }
    if (asked->has_position && asked->position > INT64_MAX) {
        return say(query, ERR_USAGE, TEXT_QUERY_FUTURE, "");
    }
    if (indicator->trace == NULL) {
        enum err err = choose_looks(asked, indicator, query);
        if (err != ERR_OK) {
            return err;
        }
    }
    query->choice.has_position = asked->has_position;
    query->choice.is_trace = asked->is_trace;
    query->choice.pivot = indicator == &query->pivot.indicator ? &query->pivot : NULL;
    query->choice.language = asked->language;
    enum err err = choose_period(asked, query);
    if (err == ERR_OK) {
        err = query_compile(&query->choice, &query->arena, &query->statement.sql);
    }
    return err == ERR_OK ? put_calls(asked, query) : err;
}

static enum err choose_pivot(const struct query_set *queries, const struct store_query *asked,
                             struct query *query)
{
    const struct kind_schema *kind = asked->kind != NULL ? schema_of_name(asked->kind) : NULL;
    const char *bad = "";
    if (kind == NULL || !pivot_has_kind(kind)) {
        return say(query, ERR_USAGE, TEXT_QUERY_NO_KIND, asked->kind != NULL ? asked->kind : "");
    }
    enum err err =
        pivot_choose(asked, kind, kind->kind == KIND_MEMBER ? &queries->member_pivot : &queries->record_pivot,
                     &query->arena, &query->pivot, &bad);
    return err == ERR_USAGE ? say(query, err, TEXT_QUERY_NO_CONDITION, bad) : err;
}

/* The log of reads is no journalled record: it has no positions, and nothing behind it. */
static enum err choose_looks(const struct store_query *asked, const struct indicator *indicator,
                             struct query *query)
{
    if (asked->has_position || asked->is_trace) {
        return say(query, ERR_USAGE, TEXT_QUERY_LOOKS, "");
    }
    query->is_looked = strcmp(indicator->id, STORE_QUERY_LOOKED) == 0;
    const struct kind_schema *kind = asked->kind != NULL ? schema_of_name(asked->kind) : NULL;
    return query->is_looked && (kind == NULL || !schema_is_personal(kind) || id_is_none(&asked->record))
               ? say(query, ERR_USAGE, TEXT_QUERY_LOOKED, "")
               : ERR_OK;
}

static enum err choose_period(const struct store_query *asked, struct query *query)
{
    enum indicator_period period = query->choice.indicator->period;
    if (period == PERIOD_NONE) {
        return asked->has_from ? say(query, ERR_USAGE, TEXT_QUERY_NO_PERIOD, asked->indicator) : ERR_OK;
    }
    query->has_from = true;
    query->from = asked->has_from ? asked->from : indicator_period_start(period, asked->date);
    return query->from <= asked->date ? ERR_OK : say(query, ERR_USAGE, TEXT_QUERY_EMPTY_PERIOD, "");
}

/* name NULL: not kept as a prepared statement; a custom plan for these values is the better one. */
static enum err put_calls(const struct store_query *asked, struct query *query)
{
    char *device = arena_alloc(&query->arena, HASH_HEX_BYTES);
    struct bytes unit = arena_copy(&query->arena, bytes_of(asked->unit.at, sizeof asked->unit.at));
    if (device == NULL || unit.at == NULL) {
        return ERR_NO_MEMORY;
    }
    hex_encode(bytes_of(asked->device.at, sizeof asked->device.at), device);
    query->statement.name = NULL;
    unit_init(&query->unit, query->calls, CALLS_MAX);
    query->rows_call = CALL_NONE;
    query->is_sensitive = query->listed == NULL && conceal_is_needed(&query->choice);
    query->unit.leaves_open = query->listed == NULL;
    if (query->unit.leaves_open) {
        (void)unit_call(&query->unit, statement_of(STATEMENT_LOOK_BEGIN));
    }
    unit_put_text(unit_call(&query->unit, statement_of(STATEMENT_SET_DEVICE)), device);
    query->head_call = query->unit.call_count;
    unit_put_bytes(unit_call(&query->unit, statement_of(STATEMENT_QUERY_HEAD)), unit);
    if (query->listed != NULL) {
        return ERR_OK;
    }
    enum err err = begin_look(asked, unit, query);
    query->rows_call = query->unit.call_count;
    struct unit_call *call = unit_call(&query->unit, &query->statement);
    unit_put_bytes(call, unit);
    err = err == ERR_OK ? unit_put_date(call, &query->arena, asked->date) : err;
    if (err == ERR_OK && asked->has_position) {
        err = unit_put_int64(call, &query->arena, (int64_t)asked->position);
    }
    if (err == ERR_OK && query->has_from) {
        err = unit_put_date(call, &query->arena, query->from);
    }
    if (err == ERR_OK && query->is_looked) {
        err = put_looked(asked, query, call);
    }
    return err == ERR_OK && query->choice.pivot != NULL ? put_values(&query->pivot, &query->arena, call)
                                                        : err;
}

static enum err put_looked(const struct store_query *asked, struct query *query, struct unit_call *call)
{
    struct id subject = look_subject(query->store->look_key, &asked->record);
    struct bytes kind = arena_copy(&query->arena, bytes_of_text(asked->kind));
    struct bytes record = arena_copy(&query->arena, bytes_of(asked->record.at, ID_BYTES));
    struct bytes pseudonym = arena_copy(&query->arena, bytes_of(subject.at, ID_BYTES));
    unit_put_bytes(call, kind);
    unit_put_bytes(call, record);
    unit_put_bytes(call, pseudonym);
    return kind.at != NULL && record.at != NULL && pseudonym.at != NULL ? ERR_OK : ERR_NO_MEMORY;
}

/* What the look says before the rows are known. Dimensions first, then the fields conditions are on, each with a ?. */
static enum err begin_look(const struct store_query *asked, struct bytes unit, struct query *query)
{
    const struct query_choice *choice = &query->choice;
    const char *purpose =
        asked->purpose != NULL ? arena_text(&query->arena, bytes_of_text(asked->purpose)) : "";
    struct buf names;
    buf_init(&names, QUERY_NAMES_BYTES_MAX);
    enum err err = purpose != NULL ? ERR_OK : ERR_NO_MEMORY;
    for (size_t i = 0; err == ERR_OK && i < choice->by_count; i++) {
        err = buf_append_format(&names, "%s%s", i > 0 ? "," : "", choice->by[i]->name);
    }
    for (size_t i = 0; err == ERR_OK && choice->pivot != NULL && i < choice->pivot->condition_count; i++) {
        err = buf_append_format(&names, "%s%s?", choice->by_count + i > 0 ? "," : "",
                                choice->pivot->conditions[i].column);
    }
    struct bytes dimensions =
        err == ERR_OK ? arena_copy(&query->arena, buf_content(&names)) : bytes_of_text("");
    buf_release(&names);
    query->is_fixed_table = !asked->has_position && !asked->has_from && conceal_is_quarter_end(asked->date) &&
                            choice->by_count == (choice->pivot != NULL ? 1 : 0) && asked->filter_count == 0 &&
                            asked->sum == NULL;
    query->look = (struct look){
        .what = choice->indicator->trace == NULL ? "looks"
                : choice->is_trace               ? "trace"
                                                 : "figures",
        .purpose = purpose,
        .definition = choice->indicator->id,
        .definition_hash = choice->indicator->hash,
        .dimensions = dimensions,
        .unit = unit,
        .has_from = query->has_from,
        .from = query->from,
        .has_date = true,
        .date = asked->date,
        .has_position = asked->has_position,
        .position = asked->position,
    };
    return err;
}

static enum err put_values(const struct pivot *pivot, struct arena *arena, struct unit_call *call)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < pivot->value_count; i++) {
        const struct pivot_value *value = &pivot->values[i];
        if (value->type == FIELD_DATE) {
            err = unit_put_date(call, arena, (int32_t)value->number);
        } else if (value->type == FIELD_INTEGER) {
            err = unit_put_int64(call, arena, value->number);
        } else {
            unit_put_bytes(call, value->text);
        }
    }
    return err;
}

static void on_unit_done(void *context, const struct unit_result *result)
{
    struct query *query = context;
    struct store_answer *answer = NULL;
    enum err err = query->refused != ERR_OK ? query->refused : result->err;
    if (err == ERR_OK) {
        err = read_answer(query, result, &answer);
    } else if (query->refused == ERR_OK && result->sqlstate[0] != 0) {
        log_write(LOG_WARN, "query_failed", "indicator=%s err=%s sqlstate=%s",
                  query->listed != NULL ? STORE_QUERY_LIST : query->choice.indicator->id, err_name(err),
                  result->sqlstate);
        err = err == ERR_RULE ? ERR_INTERNAL : err; /* data an indicator cannot digest are our own fault */
    }
    if (err == ERR_OK && query->listed == NULL) {
        query->answer = answer;
        err = note_look(query);
        if (err == ERR_OK) {
            return;
        }
    }
    finish(query, err, err == ERR_OK ? answer : NULL);
}

/* What is about to leave, in the transaction that read it. */
static enum err note_look(struct query *query)
{
    struct look_subjects subjects;
    INVARIANT(query->answer != NULL);
    look_subjects_init(&subjects);
    query->look.row_count = query->answer->row_count;
    enum err err = query->choice.is_trace ? find_subjects(query, &subjects) : ERR_OK;
    if (err == ERR_OK) {
        err = look_subjects_put(&subjects, query->store, &query->subjects, &query->look);
    }
    look_subjects_release(&subjects);
    unit_init(&query->unit, query->calls, CALLS_MAX);
    if (err == ERR_OK) {
        err = look_put(query->store, &query->unit, &query->arena, &query->look);
    }
    if (err == ERR_OK) {
        (void)unit_call(&query->unit, statement_of(STATEMENT_GROUP_COMMIT));
        pool_follow(query->store->read_pool, query->number, &query->unit, 0, on_noted, query);
    }
    return err;
}

/* The records of a trace (query_trace.sql): kind, id. */
static enum err find_subjects(struct query *query, struct look_subjects *subjects)
{
    enum err err = ERR_OK;
    const struct kind_schema *kind = NULL;
    for (size_t row = 0; err == ERR_OK && row < query->answer->row_count; row++) {
        struct bytes name = store_answer_cell(query->answer, row, TRACE_KIND);
        struct bytes hex = store_answer_cell(query->answer, row, TRACE_RECORD);
        struct id record;
        if (kind == NULL || !bytes_equal(name, bytes_of_text(kind->name))) {
            kind = kind_of(name);
        }
        err = kind != NULL && hex.len == 2 * (size_t)ID_BYTES
                  ? hex_decode((const char *)hex.at, record.at, ID_BYTES)
                  : ERR_INTERNAL;
        err = err == ERR_OK ? look_subjects_add(subjects, kind, &record) : err;
    }
    return err;
}

static const struct kind_schema *kind_of(struct bytes name)
{
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        if (bytes_equal(name, bytes_of_text(schema_of(kind)->name))) {
            return schema_of(kind);
        }
    }
    return NULL;
}

static void on_noted(void *context, const struct unit_result *result)
{
    struct query *query = context;
    if (result->err == ERR_OK) {
        look_tell(query->store, &query->device, &query->look, result->results[0]);
    } else if (result->sqlstate[0] != 0) {
        log_write(LOG_ERROR, "look_failed", "indicator=%s err=%s sqlstate=%s", query->choice.indicator->id,
                  err_name(result->err), result->sqlstate);
    }
    finish(query, result->err == ERR_RULE ? ERR_INTERNAL : result->err,
           result->err == ERR_OK ? query->answer : NULL);
}

static void finish(struct query *query, enum err err, struct store_answer *answer)
{
    if (answer == NULL) {
        store_answer_free(query->answer);
    }
    query->on_answer(query->context, err, query->sentence[0] != 0 ? query->sentence : NULL, answer);
    buf_release(&query->subjects);
    arena_release(&query->arena);
    free(query);
}

static enum err read_answer(struct query *query, const struct unit_result *result,
                            struct store_answer **ret_answer)
{
    INVARIANT(result->statement_count == query->unit.call_count);
    PGresult *head = result->results[query->head_call];
    PGresult *rows = query->listed != NULL ? NULL : result->results[query->rows_call];
    if (PQntuples(head) != 1 || !result_boolean(head, 0, 2)) {
        return say(query, ERR_FORBIDDEN, TEXT_QUERY_OUT_OF_SCOPE, "");
    }
    uint64_t position = (uint64_t)result_int64(head, 0, 1);
    if (query->has_position && query->position > position) {
        return say(query, ERR_USAGE, TEXT_QUERY_FUTURE, "");
    }
    if (query->listed != NULL) {
        return catalogue_answer(query->listed->indicators, query->listed->count, query->language,
                                result_id(head, 0, 0), query->has_position ? query->position : position,
                                ret_answer);
    }
    if (PQntuples(rows) > STORE_QUERY_ROWS_MAX) {
        return say(query, ERR_TOO_BIG, TEXT_QUERY_TOO_MANY_ROWS, "");
    }
    enum err err = query->is_sensitive ? conceal(query, result, rows) : ERR_OK;
    if (err != ERR_OK) {
        return err;
    }
    result->results[query->rows_call] = NULL; /* taken */
    err = answer_new_take(&query->choice, result_id(head, 0, 0),
                          query->has_position ? query->position : position, rows, ret_answer);
    if (err == ERR_OK) {
        (*ret_answer)->has_from = query->has_from;
        (*ret_answer)->from = query->from;
    }
    return err;
}

/* Sensitive figures: exactly for who may see them, small cells hidden in a table for everybody, or not at all. */
static enum err conceal(struct query *query, const struct unit_result *result, PGresult *rows)
{
    if (result_boolean(result->results[query->head_call], 0, 4)) {
        query->look.what = query->choice.is_trace ? query->look.what : "exact";
        return ERR_OK;
    }
    bool is_fixed_table = query->is_fixed_table && result_boolean(result->results[query->head_call], 0, 3);
    if (!is_fixed_table && query->choice.pivot != NULL) {
        return say(query, ERR_FORBIDDEN, TEXT_QUERY_SENSITIVE, "");
    }
    enum err err = conceal_rows(&query->choice, is_fixed_table, query->small_cell_min, rows);
    return err == ERR_FORBIDDEN ? say(query, err, TEXT_QUERY_SENSITIVE, "") : err;
}

static enum err say(struct query *query, enum err err, enum text_id text, const char *word)
{
    struct error error = {0};
    err = error_set(&error, err, text_get(text, query->language), word);
    memcpy(query->sentence, error.text, sizeof query->sentence);
    return err;
}
