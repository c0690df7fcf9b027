/* Indicators: sql/indicators/<id>.sql, read once at start. Rank 4. Pure; memory in the arena given.
 *
 * A file is a header of comment lines, ONE statement, and the trace. Header lines (| between parts, Vietnamese
 * before English):
 *   -- indicator: <id>                       the file's name without .sql
 *   -- name: <vi> | <en>
 *   -- unit: <vi> | <en>                     what the figures count
 *   -- clause: <clause of the directive>
 *   -- period: year|quarter|month            figures of the period {from} .. date, both days included, so that the
 *                                            state on the date is what the events of the period made; unless asked
 *                                            for, it begins with the date's year, quarter or month
 *   -- fields: <kind>                        the kind's code fields, sensitive ones excepted, are dimensions
 * too
 *   -- dimension: <name> | <vi> | <en> | <source>
 *   -- column: <name> | <type> | <vi> | <en>  in the statement's order; type: text, integer, decimal, date,
 * time, id
 *   -- sensitive: <column>, ...             after the columns: a count of something sensitive, and what it could be
 *                                            had from again; conceal.h; the last row is the total of the others;
 *                                            "of <column>" at the end: the column it is a part of
 *   -- any other line is explanation
 * <source>: "branch" (the fact is a branch id), "codes <list>", or "values <code>=<vi>=<en>; ...".
 *
 * The statement is `with recursive …`, then the answer: from the first line that begins with `select`. It gives
 * text in every column and takes $1::uuid (the unit: a branch or a locality) and $2::date. {<part>} is replaced
 * by sql/queries/part_<part>.sql; the other markers in braces by query_sql.c, where they are explained.
 *
 * The trace stands last: a line
 *   -- trace: <kind>, ...
 * and a select that takes the answer's place behind the same common table expressions. It gives the records
 * behind the figures: kind (text), record id (uuid), branch id (uuid or null), of the kinds named. */
#ifndef SERVER_STORE_INDICATOR_H
#define SERVER_STORE_INDICATOR_H

#include "common/base/arena.h"
#include "common/record/schema.h"

enum {
    INDICATOR_COLUMNS_MAX = 20,
    INDICATOR_DIMENSIONS_MAX = 32,
    INDICATOR_VALUES_MAX = 16,
    INDICATOR_TRACE_KINDS_MAX = 5,
    INDICATOR_SENSITIVE_MAX = 4,
    INDICATOR_SENSITIVE_COLUMNS_MAX = 5,
    INDICATOR_TEXT_BYTES_MAX = 65536
};

enum indicator_period { PERIOD_NONE, PERIOD_YEAR, PERIOD_QUARTER, PERIOD_MONTH };

enum dimension_source { DIMENSION_BRANCH, DIMENSION_CODES, DIMENSION_VALUES };

struct dimension_value {
    const char *code;
    const char *name[2]; /* by enum language */
};

struct dimension {
    const char *name;
    const char *label[2];
    enum dimension_source source;
    const char *list;                   /* DIMENSION_CODES: code list */
    bool is_sensitive;                  /* only of a pivot: a field that is shown in exact figures to few */
    const struct kind_schema *field_of; /* a field of that kind; NULL: the statement's `fact` computes it */
    const struct dimension_value *values;
    size_t value_count;
};

struct indicator_column {
    const char *name;
    const char *type;
    const char *label[2];
};

/* A count of something sensitive and the columns it could be had from again. */
struct sensitive_columns {
    int places[INDICATOR_SENSITIVE_COLUMNS_MAX]; /* in indicator->columns, the count first */
    size_t count;
    int whole; /* the column it is a part of, so that what it leaves is a figure too; -1: none */
};

struct indicator {
    const char *id;
    const char *name[2];
    const char *unit[2];
    const char *clause;
    struct indicator_column columns[INDICATOR_COLUMNS_MAX];
    size_t column_count;
    struct dimension dimensions[INDICATOR_DIMENSIONS_MAX];
    size_t dimension_count;
    struct sensitive_columns sensitive[INDICATOR_SENSITIVE_MAX];
    size_t sensitive_count;
    enum indicator_period period;
    const char *statement; /* shared parts put in, other markers not yet replaced */
    size_t common_len;     /* of the statement: its common table expressions */
    const char *trace;     /* a select; markers not yet replaced. NULL: of sql/looks/, which need none */
    const struct kind_schema *trace_kinds[INDICATOR_TRACE_KINDS_MAX];
    size_t trace_kind_count;
    struct hash
        hash; /* SHA-256 of the definition: the file followed by the shared parts it uses, in order of use */
};

/* file: path "indicators/<id>.sql" and its text; parts: reads sql/queries/part_<name>.sql
 * (embedded_sql_text). ERR_MALFORMED with a sentence that names the file; ERR_TOO_BIG. */
MUST_CHECK enum err indicator_parse(const char *path, struct bytes text,
                                    const char *(*part_text)(const char *path), struct arena *arena,
                                    struct indicator *ret_indicator, struct error *ret_error);

/* The text from the first line that is neither comment nor empty. */
struct bytes sql_body(struct bytes text);

/* "year", "quarter" or "month"; "" for none. */
const char *indicator_period_name(enum indicator_period period);
/* The first day of the year, quarter or month that the date lies in. */
int32_t indicator_period_start(enum indicator_period period, int32_t date);

/* NULL: none of that name. */
const struct dimension *indicator_find_dimension(const struct indicator *indicator, const char *name);

#endif
