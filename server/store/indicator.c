/* Reading sql/indicators/<id>.sql. */
#include "server/store/indicator.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/crypto/hash.h"
#include "common/record/date.h"

enum {
    PARTS_MAX = 5,
    PART_NESTING_MAX = 4,
    PART_NAME_BYTES_MAX = 40,
    PART_PATH_BYTES_MAX = 64,
    MONTHS_PER_QUARTER = 3
};

_Static_assert((int)INDICATOR_SENSITIVE_COLUMNS_MAX == (int)PARTS_MAX &&
                   (int)INDICATOR_TRACE_KINDS_MAX == (int)PARTS_MAX,
               "a line has as many parts");

#define TRACE_KEY "-- trace:"

struct parser {
    const char *path;
    struct arena *arena;
    struct indicator *indicator;
    const char *(*part_text)(const char *path);
    struct hasher *hasher;
    struct buf statement;
    const char *problem; /* static sentence; NULL: none */
};

static bool parse_line(struct parser *parser, struct bytes line);
static bool parse_names(struct parser *parser, struct bytes rest, const char *ret_names[2]);
static bool parse_column(struct parser *parser, struct bytes rest);
static bool parse_dimension(struct parser *parser, struct bytes rest);
static bool parse_sensitive(struct parser *parser, struct bytes rest);
static int find_column(const struct indicator *indicator, const char *name);
static bool parse_values(struct parser *parser, struct bytes rest, struct dimension *dimension);
static bool add_fields(struct parser *parser, struct bytes rest);
static struct dimension *new_dimension(struct parser *parser, const char *name);
static size_t split(struct parser *parser, struct bytes in, char separator, const char *ret_parts[PARTS_MAX]);
static bool parse_period(struct parser *parser, struct bytes rest);
static bool parse_trace(struct parser *parser, struct bytes rest);
static bool parse_trace_text(struct parser *parser, struct bytes text);
static bool expand(struct parser *parser, struct bytes text, unsigned nesting);
static size_t part_path_of(struct bytes text, char ret_path[PART_PATH_BYTES_MAX]);
static struct bytes cut_trace(struct bytes *body);
static struct bytes next_line(struct bytes *rest);
static bool take_key(struct bytes *line, const char *key);
static struct bytes trim(struct bytes in);
static bool refuse(struct parser *parser, const char *problem);
static bool check_whole(struct parser *parser);

enum err indicator_parse(const char *path, struct bytes text, const char *(*part_text)(const char *path),
                         struct arena *arena, struct indicator *ret_indicator, struct error *ret_error)
{
    const char *name = strchr(path, '/');
    struct indicator *indicator = arena_zalloc(arena, 1, sizeof *indicator);
    struct parser parser = {.path = path, .arena = arena, .indicator = indicator, .part_text = part_text};
    size_t len = strlen(path);
    if (indicator == NULL) {
        return ERR_TOO_BIG;
    }
    if (name == NULL || strlen(name) < 6 || strncmp(path, "queries/", 8) == 0 ||
        strcmp(path + len - 4, ".sql") != 0) {
        return error_set(ret_error, ERR_MALFORMED, "%s: not indicators/<id>.sql", path);
    }
    indicator->id = arena_text(arena, bytes_of(name + 1, strlen(name) - 5));
    buf_init(&parser.statement, INDICATOR_TEXT_BYTES_MAX);
    parser.hasher = hasher_new();
    bool is_parsed = indicator->id != NULL && parser.hasher != NULL;
    if (is_parsed) {
        hasher_start(parser.hasher);
        hasher_add(parser.hasher, text);
        struct bytes rest = text;
        struct bytes body = sql_body(text);
        while (is_parsed && rest.at < body.at) {
            is_parsed = parse_line(&parser, next_line(&rest));
        }
        struct bytes trace = cut_trace(&body);
        is_parsed =
            is_parsed && parse_trace_text(&parser, trace) && expand(&parser, body, 0) && check_whole(&parser);
        indicator->hash = hasher_finish(parser.hasher);
    }
    hasher_free(parser.hasher);
    buf_release(&parser.statement);
    if (!is_parsed) {
        return error_set(ret_error, ERR_MALFORMED, "%s: %s", path,
                         parser.problem != NULL ? parser.problem : "too big");
    }
    *ret_indicator = *indicator;
    return ERR_OK;
}

const struct dimension *indicator_find_dimension(const struct indicator *indicator, const char *name)
{
    for (size_t i = 0; i < indicator->dimension_count; i++) {
        if (strcmp(indicator->dimensions[i].name, name) == 0) {
            return &indicator->dimensions[i];
        }
    }
    return NULL;
}

const char *indicator_period_name(enum indicator_period period)
{
    static const char *const names[] = {
        [PERIOD_NONE] = "", [PERIOD_YEAR] = "year", [PERIOD_QUARTER] = "quarter", [PERIOD_MONTH] = "month"};
    return names[period];
}

int32_t indicator_period_start(enum indicator_period period, int32_t date)
{
    struct date day = date_of_days(date);
    int32_t start = date;
    day.day = 1;
    if (period == PERIOD_YEAR) {
        day.month = 1;
    } else if (period == PERIOD_QUARTER) {
        day.month -= (day.month - 1) % MONTHS_PER_QUARTER;
    }
    enum err err = date_to_days(day, &start);
    ENSURE(err == ERR_OK); /* a month has a first day */
    return start;
}

static bool parse_line(struct parser *parser, struct bytes line)
{
    struct indicator *indicator = parser->indicator;
    if (take_key(&line, "-- indicator:")) {
        return bytes_equal(trim(line), bytes_of_text(indicator->id)) ||
               refuse(parser, "id differs from the file's name");
    }
    if (take_key(&line, "-- name:")) {
        return parse_names(parser, line, indicator->name);
    }
    if (take_key(&line, "-- unit:")) {
        return parse_names(parser, line, indicator->unit);
    }
    if (take_key(&line, "-- clause:")) {
        indicator->clause = arena_text(parser->arena, trim(line));
        return indicator->clause != NULL;
    }
    if (take_key(&line, "-- period:")) {
        return parse_period(parser, trim(line));
    }
    if (take_key(&line, "-- fields:")) {
        return add_fields(parser, trim(line));
    }
    if (take_key(&line, "-- dimension:")) {
        return parse_dimension(parser, line);
    }
    if (take_key(&line, "-- sensitive:")) {
        return parse_sensitive(parser, line);
    }
    if (take_key(&line, "-- column:")) {
        return parse_column(parser, line);
    }
    return true;
}

static bool parse_names(struct parser *parser, struct bytes rest, const char *ret_names[2])
{
    const char *parts[PARTS_MAX];
    if (split(parser, rest, '|', parts) != 2) {
        return refuse(parser, "expected <vi> | <en>");
    }
    ret_names[LANGUAGE_VI] = parts[0];
    ret_names[LANGUAGE_EN] = parts[1];
    return true;
}

static bool parse_column(struct parser *parser, struct bytes rest)
{
    static const char *const types[] = {"text", "integer", "decimal", "date", "time", "id"};
    const char *parts[PARTS_MAX];
    struct indicator *indicator = parser->indicator;
    if (split(parser, rest, '|', parts) != 4 || indicator->column_count == INDICATOR_COLUMNS_MAX) {
        return refuse(parser, "expected column: <name> | <type> | <vi> | <en>");
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i], parts[1]) == 0) {
            indicator->columns[indicator->column_count++] =
                (struct indicator_column){parts[0], parts[1], {parts[2], parts[3]}};
            return true;
        }
    }
    return refuse(parser, "unknown column type");
}

static bool parse_sensitive(struct parser *parser, struct bytes rest)
{
    const char *parts[PARTS_MAX];
    struct indicator *indicator = parser->indicator;
    const uint8_t *of = memmem(rest.at, rest.len, " of ", 4);
    struct bytes names = of != NULL ? bytes_of(rest.at, (size_t)(of - rest.at)) : rest;
    size_t count = split(parser, names, ',', parts);
    if (count == 0 || count > PARTS_MAX || indicator->sensitive_count == INDICATOR_SENSITIVE_MAX) {
        return refuse(parser, "expected sensitive: <column>, ... [of <column>]");
    }
    struct sensitive_columns *columns = &indicator->sensitive[indicator->sensitive_count++];
    columns->whole = -1;
    for (size_t i = 0; i < count; i++) {
        int place = find_column(indicator, parts[i]);
        if (place < 0) {
            return refuse(parser, "a sensitive column that is none of the columns above");
        }
        columns->places[columns->count++] = place;
    }
    if (of != NULL) {
        struct bytes whole = bytes_of(of + 4, rest.len - names.len - 4);
        const char *name = arena_text(parser->arena, trim(whole));
        columns->whole = name != NULL ? find_column(indicator, name) : -1;
        if (columns->whole < 0) {
            return refuse(parser, "a sensitive column of one that is none of the columns above");
        }
    }
    return true;
}

static int find_column(const struct indicator *indicator, const char *name)
{
    for (size_t i = 0; i < indicator->column_count; i++) {
        if (strcmp(indicator->columns[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool parse_dimension(struct parser *parser, struct bytes rest)
{
    const char *parts[PARTS_MAX];
    if (split(parser, rest, '|', parts) != 4) {
        return refuse(parser, "expected dimension: <name> | <vi> | <en> | <source>");
    }
    struct dimension *dimension = new_dimension(parser, parts[0]);
    if (dimension == NULL) {
        return false;
    }
    dimension->label[LANGUAGE_VI] = parts[1];
    dimension->label[LANGUAGE_EN] = parts[2];
    struct bytes source = bytes_of_text(parts[3]);
    if (strcmp(parts[3], "branch") == 0) {
        dimension->source = DIMENSION_BRANCH;
        return true;
    }
    if (take_key(&source, "codes ")) {
        dimension->source = DIMENSION_CODES;
        dimension->list = arena_text(parser->arena, trim(source));
        return dimension->list != NULL;
    }
    if (take_key(&source, "values ")) {
        dimension->source = DIMENSION_VALUES;
        return parse_values(parser, source, dimension);
    }
    return refuse(parser, "unknown source of a dimension");
}

/* "<code>=<vi>=<en>; ..." */
static bool parse_values(struct parser *parser, struct bytes rest, struct dimension *dimension)
{
    struct dimension_value *values = arena_zalloc(parser->arena, INDICATOR_VALUES_MAX, sizeof *values);
    const char *parts[PARTS_MAX];
    if (values == NULL) {
        return false;
    }
    while (rest.len > 0) {
        const uint8_t *end = memchr(rest.at, ';', rest.len);
        size_t len = end != NULL ? (size_t)(end - rest.at) : rest.len;
        if (dimension->value_count == INDICATOR_VALUES_MAX ||
            split(parser, bytes_of(rest.at, len), '=', parts) != 3) {
            return refuse(parser, "expected values <code>=<vi>=<en>; ...");
        }
        values[dimension->value_count++] = (struct dimension_value){parts[0], {parts[1], parts[2]}};
        size_t taken = end != NULL ? len + 1 : len;
        rest = bytes_of(rest.at + taken, rest.len - taken);
    }
    dimension->values = values;
    return true;
}

static bool add_fields(struct parser *parser, struct bytes kind)
{
    char *name = arena_text(parser->arena, kind);
    const struct kind_schema *schema = name != NULL ? schema_of_name(name) : NULL;
    if (schema == NULL) {
        return refuse(parser, "unknown kind");
    }
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field_schema *field = &schema->fields[i];
        if (field->type != FIELD_CODE || (field->flags & FIELD_SENSITIVE) != 0) {
            continue;
        }
        struct dimension *dimension = new_dimension(parser, field->name);
        if (dimension == NULL) {
            return false;
        }
        dimension->label[LANGUAGE_VI] = field->label_vi;
        dimension->label[LANGUAGE_EN] = field->label_en;
        dimension->source = DIMENSION_CODES;
        dimension->list = field->list;
        dimension->field_of = schema;
    }
    return true;
}

static struct dimension *new_dimension(struct parser *parser, const char *name)
{
    struct indicator *indicator = parser->indicator;
    if (indicator->dimension_count == INDICATOR_DIMENSIONS_MAX ||
        indicator_find_dimension(indicator, name) != NULL) {
        (void)refuse(parser, "too many dimensions, or one twice");
        return NULL;
    }
    struct dimension *dimension = &indicator->dimensions[indicator->dimension_count++];
    dimension->name = name;
    return dimension;
}

/* Trimmed parts as texts; more than PARTS_MAX counts as PARTS_MAX + 1; an empty part or no memory as 0. */
static size_t split(struct parser *parser, struct bytes in, char separator, const char *ret_parts[PARTS_MAX])
{
    size_t count = 0;
    for (;;) {
        const uint8_t *end = in.len > 0 ? memchr(in.at, separator, in.len) : NULL;
        struct bytes part = trim(bytes_of(in.at, end != NULL ? (size_t)(end - in.at) : in.len));
        if (count == PARTS_MAX) {
            return PARTS_MAX + 1;
        }
        ret_parts[count] = part.len > 0 ? arena_text(parser->arena, part) : NULL;
        if (ret_parts[count] == NULL) {
            return 0;
        }
        count++;
        if (end == NULL) {
            return count;
        }
        in = bytes_of(end + 1, in.len - (size_t)(end + 1 - in.at));
    }
}

static bool parse_period(struct parser *parser, struct bytes rest)
{
    for (int i = PERIOD_YEAR; i <= PERIOD_MONTH; i++) {
        if (bytes_equal(rest, bytes_of_text(indicator_period_name((enum indicator_period)i)))) {
            parser->indicator->period = (enum indicator_period)i;
            return true;
        }
    }
    return refuse(parser, "expected period: year, quarter or month");
}

/* "<kind>, <kind>" of the line that begins the trace. */
static bool parse_trace(struct parser *parser, struct bytes rest)
{
    const char *parts[PARTS_MAX];
    struct indicator *indicator = parser->indicator;
    size_t count = split(parser, rest, ',', parts);
    if (count == 0 || count > INDICATOR_TRACE_KINDS_MAX) {
        return refuse(parser, "expected trace: <kind>, ...");
    }
    for (size_t i = 0; i < count; i++) {
        const struct kind_schema *schema = schema_of_name(parts[i]);
        if (schema == NULL) {
            return refuse(parser, "unknown kind in the trace");
        }
        indicator->trace_kinds[indicator->trace_kind_count++] = schema;
    }
    return true;
}

static bool parse_trace_text(struct parser *parser, struct bytes text)
{
    if (text.len == 0) { /* the log of reads is behind itself */
        return strncmp(parser->path, "looks/", 6) == 0 || refuse(parser, "no trace");
    }
    struct bytes line = trim(next_line(&text));
    if (!take_key(&line, TRACE_KEY) || !parse_trace(parser, trim(line))) {
        return false;
    }
    struct bytes statement = trim(text);
    struct bytes start = statement;
    if (!take_key(&start, "select") || memchr(statement.at, ';', statement.len) != NULL) {
        return refuse(parser, "the trace is not one select");
    }
    parser->indicator->trace = arena_text(parser->arena, statement);
    return parser->indicator->trace != NULL;
}

/* Take the trace, the last part of the file, off the statement. */
static struct bytes cut_trace(struct bytes *body)
{
    struct bytes rest = *body;
    while (rest.len > 0) {
        struct bytes before = rest;
        struct bytes line = next_line(&rest);
        if (take_key(&line, TRACE_KEY)) {
            body->len = (size_t)(before.at - body->at);
            return before;
        }
    }
    return (struct bytes){body->at, 0};
}

/* Append the statement, with {<part>} replaced by sql/queries/part_<part>.sql; every file used is part of the
 * definition. */
static bool expand(struct parser *parser, struct bytes text, unsigned nesting)
{
    if (nesting > PART_NESTING_MAX) {
        return refuse(parser, "parts within parts");
    }
    while (text.len > 0) {
        char path[PART_PATH_BYTES_MAX];
        size_t marker_bytes = part_path_of(text, path);
        const char *part = marker_bytes > 0 ? parser->part_text(path) : NULL;
        if (part == NULL) {
            if (buf_append(&parser->statement, bytes_of(text.at, 1)) != ERR_OK) {
                return false;
            }
            text = bytes_of(text.at + 1, text.len - 1);
            continue;
        }
        text = bytes_of(text.at + marker_bytes, text.len - marker_bytes);
        hasher_add(parser->hasher, bytes_of_text(part));
        if (!expand(parser, trim(sql_body(bytes_of_text(part))), nesting + 1)) {
            return false;
        }
    }
    return true;
}

/* The file of the shared part whose marker the text begins with. Returns the marker's length; 0: it begins with none. */
static size_t part_path_of(struct bytes text, char ret_path[PART_PATH_BYTES_MAX])
{
    const uint8_t *end = text.at[0] == '{' ? memchr(text.at, '}', text.len) : NULL;
    size_t len = end != NULL ? (size_t)(end - text.at) - 1 : 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t letter = text.at[1 + i];
        if (letter != '_' && (letter < 'a' || letter > 'z')) {
            return 0;
        }
    }
    if (len == 0 || len > PART_NAME_BYTES_MAX) {
        return 0;
    }
    (void)snprintf(ret_path, PART_PATH_BYTES_MAX, "queries/part_%.*s.sql", (int)len,
                   (const char *)text.at + 1); /* fits */
    return len + 2;
}

struct bytes sql_body(struct bytes text)
{
    struct bytes rest = text;
    while (rest.len > 0) {
        struct bytes before = rest;
        struct bytes line = trim(next_line(&rest));
        if (line.len > 0 && !take_key(&line, "--")) {
            return before;
        }
    }
    return rest;
}

static struct bytes next_line(struct bytes *rest)
{
    const uint8_t *end = memchr(rest->at, '\n', rest->len);
    size_t len = end != NULL ? (size_t)(end - rest->at) : rest->len;
    struct bytes line = bytes_of(rest->at, len);
    size_t taken = end != NULL ? len + 1 : len;
    *rest = bytes_of(rest->at + taken, rest->len - taken);
    return line;
}

/* Does it begin with `key`? Then what follows stays. */
static bool take_key(struct bytes *line, const char *key)
{
    size_t len = strlen(key);
    if (line->len < len || memcmp(line->at, key, len) != 0) {
        return false;
    }
    *line = bytes_of(line->at + len, line->len - len);
    return true;
}

static struct bytes trim(struct bytes in)
{
    while (in.len > 0 && (in.at[0] == ' ' || in.at[0] == '\t' || in.at[0] == '\n')) {
        in = bytes_of(in.at + 1, in.len - 1);
    }
    while (in.len > 0 &&
           (in.at[in.len - 1] == ' ' || in.at[in.len - 1] == '\t' || in.at[in.len - 1] == '\n')) {
        in.len--;
    }
    return in;
}

static bool refuse(struct parser *parser, const char *problem)
{
    parser->problem = problem;
    return false;
}

static bool check_whole(struct parser *parser)
{
    struct indicator *indicator = parser->indicator;
    indicator->statement = arena_text(parser->arena, trim(buf_content(&parser->statement)));
    if (indicator->statement == NULL) {
        return false;
    }
    if (indicator->name[0] == NULL || indicator->unit[0] == NULL || indicator->clause == NULL ||
        indicator->column_count == 0) {
        return refuse(parser, "name, unit, clause or columns are missing");
    }
    if (strstr(indicator->statement, "$1::uuid") == NULL ||
        strstr(indicator->statement, "$2::date") == NULL) {
        return refuse(parser, "the statement uses no $1::uuid or no $2::date");
    }
    if (strchr(indicator->statement, ';') != NULL) {
        return refuse(parser, "more than one statement");
    }
    if ((strstr(indicator->statement, "{from}") != NULL) != (indicator->period != PERIOD_NONE)) {
        return refuse(parser, "{from} and a header line of the period belong together");
    }
    const char *answer = strstr(indicator->statement, "\nselect");
    if (answer == NULL || strncmp(indicator->statement, "with ", 5) != 0) {
        return refuse(parser, "not common table expressions, then a select at the beginning of a line");
    }
    indicator->common_len = (size_t)(answer - indicator->statement);
    return true;
}
