/* QUERY: ask the store, send the answer in parts, as fast as the peer reads.
 *
 *   START ──► ASKED ──answer──► SENDING ──last part──► done
 *     └─bad──────┴─failed, cancelled──┴─cancelled──► ERROR
 *
 * Suspended in: ASKED (store reports), SENDING (output is long). What may be seen is the store's business. */
#include "server/handlers/handlers.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/record/date.h"
#include "proto/query.pb-c.h"
#include "server/session/session.h"
#include "server/store/store.h"

enum {
    ROWS_PART_BYTES = 32768,             /* of cells in one part */
    ROWS_PART_ARENA_BYTES_MAX = 4 << 20, /* protobuf-c's structs around them */
    ROWS_CELL_OVERHEAD_BYTES = 8,        /* tags and lengths */
};

struct query {
    struct store_query question;
    uint64_t store_number; /* to cancel it; 0 when it cannot be */
    enum err err;
    const char *sentence;        /* in the request's arena; NULL: none */
    struct store_answer *answer; /* owned, from on_answer on, and counted in the context's answer_bytes */
    size_t next_row;
    struct arena part; /* one part being made */
};

static struct outcome query_start(struct request *request, const void *message);
static struct outcome query_step(struct request *request);
static void query_cancel(struct request *request);
static void query_release(struct request *request);
static enum err read_question(struct request *request, const Dantin__Query *message,
                              struct store_query *ret_question);
static bool has_purpose(struct request *request, const struct store_query *question);
static bool may_audit(const struct store_device *device);
static enum err read_filters(struct request *request, const Dantin__Query *message,
                             struct store_query *question);
static enum err hold(struct handlers_context *context, struct query *query, struct store_answer *answer);
static void let_go(struct handlers_context *context, struct query *query);
static void on_answer(void *target, enum err err, const char *sentence, struct store_answer *answer);
static enum err make_part(struct query *query, Dantin__Rows **ret_rows);
static enum err add_head(struct query *query, Dantin__Rows *rows);
static enum err add_rows(struct query *query, Dantin__Rows *rows);
static Dantin__Row *make_row(struct query *query, size_t row_index, size_t *part_bytes);

const struct route query_route = {
    .type = MESSAGE_QUERY,
    .deadline_ms = QUERY_DEADLINE_MS,
    .latency = METRIC_QUERY_US,
    .start = query_start,
    .step = query_step,
    .cancel = query_cancel,
    .release = query_release,
};

static struct outcome query_start(struct request *request, const void *message)
{
    const struct handlers_context *context = request_context(request);
    struct query *query = arena_zalloc(request_arena(request), 1, sizeof *query);
    enum err err = ERR_OK;

    if (query == NULL) {
        return request_reject(request, ERR_NO_MEMORY, NULL);
    }
    arena_init(&query->part, ROWS_PART_ARENA_BYTES_MAX);
    request_set_state(request, query);
    err = read_question(request, message, &query->question);
    if (err == ERR_OK && !has_purpose(request, &query->question)) {
        return request_reject(request, ERR_USAGE, text_get(TEXT_QUERY_PURPOSE, request_language(request)));
    }
    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    store_query_run(context->store, &query->question, &query->store_number, on_answer, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome query_step(struct request *request)
{
    struct query *query = request_state(request);

    if (query->err != ERR_OK) {
        return request_reject(request, query->err, query->sentence);
    }
    while (request_has_room(request)) {
        Dantin__Rows *rows = NULL;
        enum err err = make_part(query, &rows);

        if (err == ERR_OK && rows->is_last) {
            return request_reply(request, MESSAGE_ROWS, rows);
        }
        if (err == ERR_OK) {
            err = request_part(request, MESSAGE_ROWS, rows);
        }
        if (err != ERR_OK) {
            return request_reject(request, err, NULL);
        }
    }
    return request_wait(request, REQUEST_WAIT_OUTPUT);
}

static void query_cancel(struct request *request)
{
    const struct handlers_context *context = request_context(request);
    const struct query *query = request_state(request);

    if (query != NULL && query->store_number != 0) {
        store_query_cancel(context->store, query->store_number);
    }
}

static void query_release(struct request *request)
{
    struct query *query = request_state(request);

    if (query != NULL) {
        let_go(request_context(request), query);
        arena_release(&query->part);
    }
}

/* Slow readers hold their answers for as long as the deadline lets them: together only so much. */
static enum err hold(struct handlers_context *context, struct query *query, struct store_answer *answer)
{
    bool is_first = context->answer_bytes == 0;

    if (!is_first && context->answer_bytes + answer->bytes > QUERY_ANSWERS_BYTES_MAX) {
        metric_add(METRIC_QUERY_ANSWERS_REFUSED, 1);
        return ERR_BUSY;
    }
    context->answer_bytes += answer->bytes;
    metric_set(METRIC_QUERY_ANSWER_BYTES, (int64_t)context->answer_bytes);
    query->answer = answer;
    return ERR_OK;
}

static void let_go(struct handlers_context *context, struct query *query)
{
    if (query->answer == NULL) {
        return;
    }
    INVARIANT(context->answer_bytes >= query->answer->bytes);
    context->answer_bytes -= query->answer->bytes;
    metric_set(METRIC_QUERY_ANSWER_BYTES, (int64_t)context->answer_bytes);
    store_answer_free(query->answer);
    query->answer = NULL;
}

static enum err read_question(struct request *request, const Dantin__Query *message,
                              struct store_query *ret_question)
{
    const struct store_device *device = request_device(request);
    struct store_query question = {
        .indicator = message->indicator,
        .device = device->device,
        .unit = device->sender,
        .date = message->has_date ? message->date : date_of_moment(request_wall_ms(request)),
        .has_from = message->has_from,
        .from = message->from,
        .is_trace = message->has_is_trace && message->is_trace,
        .has_position = message->has_position,
        .position = message->position,
        .by = (const char *const *)message->by,
        .by_count = message->n_by,
        .kind = message->kind,
        .purpose = message->purpose,
        .sum = message->sum,
        .language = request_language(request),
    };

    if (message->indicator == NULL) {
        return ERR_MALFORMED;
    }
    if (message->has_record &&
        id_from_bytes(bytes_of(message->record.data, message->record.len), &question.record) != ERR_OK) {
        return ERR_MALFORMED;
    }
    if (strcmp(message->indicator, STORE_QUERY_LOOKS) == 0 && !may_audit(device)) {
        return ERR_FORBIDDEN;
    }
    if (message->purpose != NULL && strlen(message->purpose) > STORE_LOOK_PURPOSE_BYTES_MAX) {
        return ERR_USAGE;
    }
    if (message->has_unit &&
        id_from_bytes(bytes_of(message->unit.data, message->unit.len), &question.unit) != ERR_OK) {
        return ERR_MALFORMED;
    }
    if (question.date < DATE_MIN || question.date > DATE_MAX ||
        (question.has_from && (question.from < DATE_MIN || question.from > DATE_MAX)) ||
        message->n_by > STORE_QUERY_DIMENSIONS_MAX || message->n_where > STORE_QUERY_FILTERS_MAX) {
        return ERR_USAGE;
    }
    if (message->n_where > 0) {
        enum err err = read_filters(request, message, &question);
        if (err != ERR_OK) {
            return err;
        }
    }
    *ret_question = question;
    return ERR_OK;
}

/* A trace tells of persons one by one. A sender has its own records at hand anyway; who sees all others' says what for. */
static bool has_purpose(struct request *request, const struct store_query *question)
{
    bool is_due = question->is_trace && request_device(request)->is_province;
    return !is_due || (question->purpose != NULL && question->purpose[0] != 0);
}

/* Who reads the log of reads; the view behind it (read.look) knows the same. */
static bool may_audit(const struct store_device *device)
{
    return device->is_province && (device->role == ROLE_AUDITOR || device->role == ROLE_ADMINISTRATOR);
}

static enum err read_filters(struct request *request, const Dantin__Query *message,
                             struct store_query *question)
{
    struct store_filter *filters = arena_zalloc(request_arena(request), message->n_where, sizeof *filters);

    if (filters == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < message->n_where; i++) {
        const Dantin__Filter *filter = message->where[i];

        if (filter->field == NULL || filter->comparison == NULL) {
            return ERR_MALFORMED;
        }
        filters[i] = (struct store_filter){filter->field, filter->comparison,
                                           (const char *const *)filter->value, filter->n_value};
    }
    question->filters = filters;
    question->filter_count = message->n_where;
    return ERR_OK;
}

static void on_answer(void *target, enum err err, const char *sentence, struct store_answer *answer)
{
    struct request *request = target;
    struct query *query = request_state(request);

    query->store_number = 0;
    query->err = err == ERR_OK ? hold(request_context(request), query, answer) : err;
    if (query->answer != answer) {
        store_answer_free(answer);
    }
    if (err != ERR_OK && sentence != NULL) {
        query->sentence = arena_text(request_arena(request), bytes_of_text(sentence));
    }
    request_resume(request);
}

/* The next rows, bounded; lives in query->part until the next call. */
static enum err make_part(struct query *query, Dantin__Rows **ret_rows)
{
    Dantin__Rows *rows = NULL;
    bool is_first = query->next_row == 0;
    enum err err = ERR_OK;

    arena_clear(&query->part);
    rows = arena_alloc(&query->part, sizeof *rows);
    if (rows == NULL) {
        return ERR_NO_MEMORY;
    }
    dantin__rows__init(rows);
    if (is_first) {
        err = add_head(query, rows);
    }
    if (err == ERR_OK) {
        err = add_rows(query, rows);
    }
    if (err == ERR_OK) {
        rows->has_is_last = rows->is_last = query->next_row == query->answer->row_count;
        *ret_rows = rows;
    }
    return err;
}

static enum err add_head(struct query *query, Dantin__Rows *rows)
{
    struct store_answer *answer = query->answer;

    rows->has_epoch = rows->has_position = rows->has_date = rows->has_definition_hash = true;
    rows->epoch = (ProtobufCBinaryData){ID_BYTES, answer->epoch.at};
    rows->position = answer->position;
    rows->date = query->question.date;
    rows->has_from = answer->has_from;
    rows->from = answer->from;
    rows->definition = (char *)(uintptr_t)answer->definition;
    rows->definition_hash = (ProtobufCBinaryData){HASH_BYTES, answer->definition_hash.at};
    rows->column = arena_zalloc(&query->part, answer->column_count, sizeof(Dantin__Column *));
    if (rows->column == NULL && answer->column_count > 0) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < answer->column_count; i++) {
        Dantin__Column *column = arena_alloc(&query->part, sizeof *column);

        if (column == NULL) {
            return ERR_NO_MEMORY;
        }
        dantin__column__init(column);
        column->name = (char *)(uintptr_t)answer->columns[i].name;
        column->label = (char *)(uintptr_t)answer->columns[i].label;
        column->type = (char *)(uintptr_t)answer->columns[i].type;
        rows->column[i] = column;
    }
    rows->n_column = answer->column_count;
    return ERR_OK;
}

static enum err add_rows(struct query *query, Dantin__Rows *rows)
{
    size_t rows_left = query->answer->row_count - query->next_row;
    size_t row_bytes_min = ROWS_CELL_OVERHEAD_BYTES;
    size_t rows_max = ROWS_PART_BYTES / row_bytes_min;
    size_t part_bytes = 0;

    if (rows_left == 0) {
        return ERR_OK;
    }
    rows_max = rows_left < rows_max ? rows_left : rows_max;
    rows->row = arena_zalloc(&query->part, rows_max, sizeof(Dantin__Row *));
    if (rows->row == NULL) {
        return ERR_NO_MEMORY;
    }
    while (rows->n_row < rows_max && part_bytes < ROWS_PART_BYTES) {
        Dantin__Row *row = make_row(query, query->next_row, &part_bytes);

        if (row == NULL) {
            return ERR_NO_MEMORY;
        }
        rows->row[rows->n_row++] = row;
        query->next_row++;
    }
    return ERR_OK;
}

static Dantin__Row *make_row(struct query *query, size_t row_index, size_t *part_bytes)
{
    size_t column_count = query->answer->column_count;
    Dantin__Row *row = arena_alloc(&query->part, sizeof *row);
    Dantin__Cell *cells = arena_zalloc(&query->part, column_count, sizeof *cells);

    *part_bytes += ROWS_CELL_OVERHEAD_BYTES;
    if (row == NULL || cells == NULL) {
        return NULL;
    }
    dantin__row__init(row);
    row->cell = arena_zalloc(&query->part, column_count, sizeof(Dantin__Cell *));
    if (row->cell == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < column_count; i++) {
        struct bytes text = store_answer_cell(query->answer, row_index, i);

        dantin__cell__init(&cells[i]);
        if (text.at != NULL) {
            cells[i].text = arena_text(&query->part, text);
            if (cells[i].text == NULL) {
                return NULL;
            }
        }
        row->cell[i] = &cells[i];
        *part_bytes += text.len + ROWS_CELL_OVERHEAD_BYTES;
    }
    row->n_cell = column_count;
    return row;
}
