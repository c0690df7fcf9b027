/* Answers of consolidated queries. A chosen dimension is two columns: its name for people (type text) and its
 * code for programs (type id); the columns of the indicator's header follow. */
#include "server/store/answer.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/record/codes.h"

enum { ANSWER_TEXT_BYTES_MAX = 65536, CODE_NAME_BYTES_MAX = 128 };

enum cell_source { CELL_PLAIN, CELL_CODE_NAME, CELL_VALUE_NAME };

struct cell {
    enum cell_source source;
    int sql_column;
    const char *list;                     /* CELL_CODE_NAME */
    const struct dimension_value *values; /* CELL_VALUE_NAME: copied into the arena */
    size_t value_count;
};

struct answer_rows {
    struct store_answer answer; /* what the caller holds points here */
    struct arena arena;
    PGresult *result;
    enum language language;
    struct cell cells[STORE_QUERY_COLUMNS_MAX];
    struct store_column columns[STORE_QUERY_COLUMNS_MAX];
};

static enum err add_answer_columns(struct answer_rows *rows, const struct query_choice *choice,
                                   int *sql_column);
static enum err add_trace_columns(struct answer_rows *rows, int *sql_column);
static enum err add_dimension(struct answer_rows *rows, const struct dimension *dimension, int *sql_column);
static enum err add_column(struct answer_rows *rows, const char *name, const char *label, const char *type,
                           struct cell cell);
static char *copy(struct answer_rows *rows, const char *text);
static enum err copy_values(struct answer_rows *rows, const struct dimension *dimension, struct cell *cell);

enum err answer_new_take(const struct query_choice *choice, struct id epoch, uint64_t position,
                         PGresult *result, struct store_answer **ret_answer)
{
    const struct indicator *indicator = choice->indicator;
    struct answer_rows *rows = calloc(1, sizeof *rows);
    int sql_column = 0;
    enum err err = ERR_OK;
    if (rows == NULL) {
        PQclear(result);
        return ERR_NO_MEMORY;
    }
    arena_init(&rows->arena, ANSWER_TEXT_BYTES_MAX);
    rows->result = result;
    rows->language = choice->language;
    rows->answer.rows = rows;
    rows->answer.epoch = epoch;
    rows->answer.position = position;
    rows->answer.definition = copy(rows, indicator->id);
    rows->answer.definition_hash = indicator->hash;
    rows->answer.row_count = (size_t)PQntuples(result);
    rows->answer.bytes = sizeof *rows + PQresultMemorySize(result);
    err = choice->is_trace ? add_trace_columns(rows, &sql_column)
                           : add_answer_columns(rows, choice, &sql_column);
    if (err == ERR_OK && (rows->answer.definition == NULL || sql_column != PQnfields(result))) {
        err = rows->answer.definition == NULL ? ERR_NO_MEMORY
                                              : ERR_INTERNAL; /* header and statement disagree */
    }
    if (err != ERR_OK) {
        store_answer_free(&rows->answer);
        return err;
    }
    rows->answer.columns = rows->columns;
    *ret_answer = &rows->answer;
    return ERR_OK;
}

static enum err add_answer_columns(struct answer_rows *rows, const struct query_choice *choice,
                                   int *sql_column)
{
    const struct indicator *indicator = choice->indicator;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < choice->by_count; i++) {
        err = add_dimension(rows, choice->by[i], sql_column);
    }
    for (size_t i = 0; err == ERR_OK && i < indicator->column_count; i++) {
        const struct indicator_column *column = &indicator->columns[i];
        err = add_column(rows, column->name, column->label[choice->language], column->type,
                         (struct cell){.sql_column = (*sql_column)++});
    }
    return err;
}

/* Those of sql/queries/query_trace.sql. */
static enum err add_trace_columns(struct answer_rows *rows, int *sql_column)
{
    static const struct {
        const char *name;
        const char *type;
        enum text_id label;
    } columns[] = {
        {"kind", "text", TEXT_TRACE_KIND},
        {"record", "text", TEXT_TRACE_RECORD},
        {"branch", "text", TEXT_TRACE_BRANCH},
        {"branch_code", "id", TEXT_TRACE_BRANCH},
        {"position", "integer", TEXT_TRACE_POSITION},
        {"sender", "text", TEXT_TRACE_SENDER},
        {"sender_code", "id", TEXT_TRACE_SENDER},
        {"sequence", "integer", TEXT_TRACE_SEQUENCE},
        {"server_time", "time", TEXT_TRACE_TIME},
    };
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < sizeof columns / sizeof columns[0]; i++) {
        err = add_column(rows, columns[i].name, text_get(columns[i].label, rows->language), columns[i].type,
                         (struct cell){.sql_column = (*sql_column)++});
    }
    return err;
}

struct bytes store_answer_cell(const struct store_answer *answer, size_t row_index, size_t column_index)
{
    REQUIRE(row_index < answer->row_count);
    REQUIRE(column_index < answer->column_count);
    const struct answer_rows *rows = answer->rows;
    const struct cell *cell = &rows->cells[column_index];
    int row = (int)row_index;
    bool is_null = PQgetisnull(rows->result, row, cell->sql_column) == 1;
    if (is_null) {
        bool is_name = cell->source != CELL_PLAIN;
        return is_name ? bytes_of_text(text_get(TEXT_NOT_STATED, rows->language)) : (struct bytes){NULL, 0};
    }
    struct bytes text = bytes_of(PQgetvalue(rows->result, row, cell->sql_column),
                                 (size_t)PQgetlength(rows->result, row, cell->sql_column));
    if (cell->source == CELL_CODE_NAME) {
        const struct code_item *item = codes_find(cell->list, text);
        return item == NULL ? text
                            : bytes_of_text(rows->language == LANGUAGE_VI ? item->name_vi : item->name_en);
    }
    for (size_t i = 0; i < cell->value_count; i++) {
        if (bytes_equal(bytes_of_text(cell->values[i].code), text)) {
            return bytes_of_text(cell->values[i].name[rows->language]);
        }
    }
    return text;
}

void store_answer_free(struct store_answer *answer)
{
    if (answer == NULL) {
        return;
    }
    struct answer_rows *rows = answer->rows;
    PQclear(rows->result);
    arena_release(&rows->arena);
    free(rows);
}

/* A branch gives two columns of SQL (name, code), any other dimension one (the code, whose name is looked
 * up). */
static enum err add_dimension(struct answer_rows *rows, const struct dimension *dimension, int *sql_column)
{
    char name[CODE_NAME_BYTES_MAX];
    struct cell cell = {.source = CELL_PLAIN, .sql_column = *sql_column};
    const char *label = dimension->label[rows->language];
    enum err err = ERR_OK;
    if (dimension->source == DIMENSION_CODES) {
        cell.source = CELL_CODE_NAME;
        cell.list = copy(rows, dimension->list);
        err = cell.list != NULL ? ERR_OK : ERR_NO_MEMORY;
    } else if (dimension->source == DIMENSION_VALUES) {
        cell.source = CELL_VALUE_NAME;
        err = copy_values(rows, dimension, &cell);
    }
    if (err == ERR_OK) {
        err = add_column(rows, dimension->name, label, "text", cell);
    }
    *sql_column += dimension->source == DIMENSION_BRANCH ? 2 : 1;
    if (err == ERR_OK) {
        (void)snprintf(name, sizeof name, "%s_code", dimension->name);
        err = add_column(rows, name, label, "id", (struct cell){.sql_column = *sql_column - 1});
    }
    return err;
}

static enum err add_column(struct answer_rows *rows, const char *name, const char *label, const char *type,
                           struct cell cell)
{
    size_t index = rows->answer.column_count;
    if (index == STORE_QUERY_COLUMNS_MAX) {
        return ERR_TOO_BIG;
    }
    struct store_column column = {copy(rows, name), copy(rows, label), copy(rows, type)};
    if (column.name == NULL || column.label == NULL || column.type == NULL) {
        return ERR_NO_MEMORY;
    }
    rows->columns[index] = column;
    rows->cells[index] = cell;
    rows->answer.column_count++;
    return ERR_OK;
}

static char *copy(struct answer_rows *rows, const char *text)
{
    return arena_text(&rows->arena, bytes_of_text(text));
}

static enum err copy_values(struct answer_rows *rows, const struct dimension *dimension, struct cell *cell)
{
    struct dimension_value *values = arena_zalloc(&rows->arena, dimension->value_count, sizeof *values);
    if (values == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < dimension->value_count; i++) {
        const struct dimension_value *value = &dimension->values[i];
        values[i] = (struct dimension_value){copy(rows, value->code),
                                             {copy(rows, value->name[0]), copy(rows, value->name[1])}};
        if (values[i].code == NULL || values[i].name[0] == NULL || values[i].name[1] == NULL) {
            return ERR_NO_MEMORY;
        }
    }
    cell->values = values;
    cell->value_count = dimension->value_count;
    return ERR_OK;
}
