/* Compiling an indicator's statement for one query. This and the ingest SQL are the only SQL composed in C.
 */
#include "server/store/query_sql.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/record/codes.h"
#include "server/store/statements.h"

enum { MARKER_BYTES_MAX = 256, COMPILED_BYTES_MAX = 2 * INDICATOR_TEXT_BYTES_MAX };

struct compiling {
    const struct query_choice *choice;
    struct buf out;
};

static enum err put_statement(struct compiling *compiling, struct bytes text);
static enum err replace(struct compiling *compiling, const char *marker);
static enum err put_table(struct compiling *compiling, const char *name, bool *ret_is_table);
static enum err put_of(struct compiling *compiling, const char *words);
static enum err put_text(struct compiling *compiling, const char *words);
static enum err put_fields(struct compiling *compiling, const struct kind_schema *kind);
static enum err put_pivot(struct compiling *compiling, const char *marker, bool *ret_is_known);
static enum err put_pivot_fields(struct compiling *compiling, bool is_raw);
static enum err put_conditions(struct compiling *compiling);
static enum err put_condition(struct compiling *compiling, const struct pivot_condition *condition);
static enum err put_trace_versions(struct compiling *compiling);
static const char *position_of(const struct query_choice *choice);
static enum err put_name(struct compiling *compiling, const char *words);
static enum err put_superseded(struct compiling *compiling, const char *words);
static enum err put_groups(struct compiling *compiling, const char *before, const char *between,
                           const char *after);
static enum err put_cells(struct compiling *compiling);
static enum err put_joins(struct compiling *compiling);
static enum err put_order(struct compiling *compiling);

enum err query_choose(const struct indicator *indicator, const char *const *by, size_t by_count,
                      struct query_choice *ret_choice, const char **ret_bad)
{
    struct query_choice choice = {.indicator = indicator};
    for (size_t i = 0; i < by_count; i++) {
        const struct dimension *dimension = indicator_find_dimension(indicator, by[i]);
        bool is_good = dimension != NULL && i < STORE_QUERY_DIMENSIONS_MAX;
        for (size_t j = 0; is_good && j < choice.by_count; j++) {
            is_good = choice.by[j] != dimension;
        }
        if (!is_good) {
            *ret_bad = by[i];
            return ERR_USAGE;
        }
        choice.by[choice.by_count++] = dimension;
    }
    *ret_choice = choice;
    return ERR_OK;
}

enum err query_compile(const struct query_choice *choice, struct arena *arena, const char **ret_sql)
{
    const struct indicator *indicator = choice->indicator;
    struct compiling compiling = {.choice = choice};
    buf_init(&compiling.out, COMPILED_BYTES_MAX);
    enum err err = ERR_OK;
    if (!choice->is_trace) {
        err = put_statement(&compiling, bytes_of_text(indicator->statement));
    } else {
        err = put_statement(&compiling, bytes_of(indicator->statement, indicator->common_len));
        if (err == ERR_OK) {
            err = buf_append_text(&compiling.out, ",\n");
        }
        if (err == ERR_OK) {
            err = put_statement(&compiling,
                                sql_body(bytes_of_text(embedded_sql_text("queries/query_trace.sql"))));
        }
    }
    if (err == ERR_OK) {
        err = buf_append_format(&compiling.out, "\nlimit %d", STORE_QUERY_ROWS_MAX + 1);
    }
    if (err == ERR_OK) {
        char *sql = arena_text(arena, buf_content(&compiling.out));
        err = sql != NULL ? ERR_OK : ERR_TOO_BIG;
        *ret_sql = sql != NULL ? sql : *ret_sql;
    }
    buf_release(&compiling.out);
    return err;
}

static enum err put_statement(struct compiling *compiling, struct bytes text)
{
    char marker[MARKER_BYTES_MAX];
    enum err err = ERR_OK;
    while (err == ERR_OK && text.len > 0) {
        const uint8_t *open = memchr(text.at, '{', text.len);
        size_t plain = open != NULL ? (size_t)(open - text.at) : text.len;
        err = buf_append(&compiling->out, bytes_of(text.at, plain));
        text = bytes_of(text.at + plain, text.len - plain);
        if (err != ERR_OK || text.len == 0) {
            continue;
        }
        const uint8_t *close = memchr(text.at, '}', text.len);
        size_t len = close != NULL ? (size_t)(close - text.at) - 1 : sizeof marker;
        if (len >= sizeof marker) {
            return ERR_MALFORMED;
        }
        memcpy(marker, text.at + 1, len);
        marker[len] = 0;
        err = replace(compiling, marker);
        text = bytes_of(text.at + len + 2, text.len - len - 2);
    }
    return err;
}

static enum err replace(struct compiling *compiling, const char *marker)
{
    bool is_table = false;
    if (strncmp(marker, "of ", 3) == 0) {
        return put_of(compiling, marker + 3);
    }
    if (strncmp(marker, "say ", 4) == 0) {
        return put_text(compiling, marker + 4);
    }
    if (strncmp(marker, "name ", 5) == 0) {
        return put_name(compiling, marker + 5);
    }
    if (strncmp(marker, "superseded ", 11) == 0) {
        return put_superseded(compiling, marker + 11);
    }
    if (strcmp(marker, "position") == 0) {
        return buf_append_text(&compiling->out, position_of(compiling->choice));
    }
    if (strcmp(marker, "from") == 0) {
        return buf_append_text(&compiling->out, compiling->choice->has_position ? "$4::date" : "$3::date");
    }
    if (compiling->choice->is_trace && strcmp(marker, "trace") == 0) {
        return put_statement(compiling, bytes_of_text(compiling->choice->indicator->trace));
    }
    if (compiling->choice->is_trace && strcmp(marker, "trace_versions") == 0) {
        return put_trace_versions(compiling);
    }
    if (strcmp(marker, "member_fields") == 0) {
        return put_fields(compiling, schema_of(KIND_MEMBER));
    }
    if (strcmp(marker, "fields") == 0) {
        return put_fields(compiling, NULL);
    }
    if (strcmp(marker, "groups") == 0) {
        return put_groups(compiling, "", ", ", ", ");
    }
    if (strcmp(marker, "group_by") == 0) {
        return put_groups(compiling, "group by ", ", ", "");
    }
    if (strcmp(marker, "cells") == 0) {
        return put_cells(compiling);
    }
    if (strcmp(marker, "joins") == 0) {
        return put_joins(compiling);
    }
    if (strcmp(marker, "order_by") == 0) {
        return put_order(compiling);
    }
    if (compiling->choice->pivot != NULL) {
        bool is_known = false;
        enum err err = put_pivot(compiling, marker, &is_known);
        if (is_known) {
            return err;
        }
    }
    enum err err = put_table(compiling, marker, &is_table);
    return err == ERR_OK && !is_table ? ERR_MALFORMED : err;
}

static enum err put_pivot(struct compiling *compiling, const char *marker, bool *ret_is_known)
{
    const struct pivot *pivot = compiling->choice->pivot;
    const char *sum = pivot->sum != NULL ? pivot->sum->name : NULL;
    bool is_table = false;
    *ret_is_known = true;
    if (strcmp(marker, "record") == 0) {
        return put_table(compiling, pivot->kind->name, &is_table);
    }
    if (strcmp(marker, "record_name") == 0) {
        return buf_append_format(&compiling->out, "'%s'", pivot->kind->name);
    }
    if (strcmp(marker, "owner") == 0) {
        return buf_append_text(&compiling->out, pivot->kind->owner.field >= 0
                                                    ? pivot->kind->fields[pivot->kind->owner.field].name
                                                    : "id" /* a branch is its own */);
    }
    if (strcmp(marker, "sum") == 0) {
        return sum == NULL ? buf_append_text(&compiling->out, "null")
                           : buf_append_format(&compiling->out, "sum(%s)", sum);
    }
    if (strcmp(marker, "total") == 0) {
        return sum == NULL ? ERR_OK : buf_append_text(&compiling->out, ", g.total::text");
    }
    if (strcmp(marker, "where") == 0) {
        return put_conditions(compiling);
    }
    *ret_is_known = false;
    return ERR_OK;
}

static enum err put_conditions(struct compiling *compiling)
{
    const struct pivot *pivot = compiling->choice->pivot;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < pivot->condition_count; i++) {
        err = buf_append_text(&compiling->out, i == 0 ? "where " : " and ");
        if (err == ERR_OK) {
            err = put_condition(compiling, &pivot->conditions[i]);
        }
    }
    return err;
}

/* What is not stated is none of any values. */
static enum err put_condition(struct compiling *compiling, const struct pivot_condition *condition)
{
    size_t number = (compiling->choice->has_position ? 4 : 3) + condition->first_value;
    const char *cast = condition->type == FIELD_DATE      ? "date"
                       : condition->type == FIELD_INTEGER ? "bigint"
                                                          : "text";
    bool is_not = strcmp(condition->comparison, "!=") == 0;
    if (condition->value_count == 0) {
        return buf_append_format(&compiling->out, "%s is %snull", condition->column, is_not ? "not " : "");
    }
    if (strcmp(condition->comparison, "=") != 0 && !is_not) {
        return buf_append_format(&compiling->out, "%s %s $%zu::%s", condition->column, condition->comparison,
                                 number, cast);
    }
    enum err err = buf_append_format(&compiling->out, "coalesce(%s in (", condition->column);
    for (size_t i = 0; err == ERR_OK && i < condition->value_count; i++) {
        err = buf_append_format(&compiling->out, "%s$%zu::%s", i > 0 ? ", " : "", number + i, cast);
    }
    return err == ERR_OK ? buf_append_format(&compiling->out, "), false) = %s", is_not ? "false" : "true")
                         : err;
}

/* A kind's table, or one of a list of it; at a position the rows of versions [since, until) that hold it. */
static enum err put_table(struct compiling *compiling, const char *name, bool *ret_is_table)
{
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        size_t len = strlen(schema->name);
        bool is_kind = strcmp(name, schema->name) == 0;
        bool is_list = strncmp(name, schema->name, len) == 0 && name[len] == '_' &&
                       schema_list_index(schema, name + len + 1) >= 0;
        if (!is_kind && !is_list) {
            continue;
        }
        *ret_is_table = true;
        if (!compiling->choice->has_position) {
            return buf_append_format(&compiling->out, "read.%s", name);
        }
        if (is_list) {
            return buf_append_format(&compiling->out, "read.%s_version", name);
        }
        return buf_append_format(&compiling->out,
                                 "(select * from read.%s_version where since < $3::bigint"
                                 " and (until is null or until >= $3::bigint) and not removed)",
                                 name);
    }
    *ret_is_table = false;
    return ERR_OK;
}

static enum err put_of(struct compiling *compiling, const char *words)
{
    char row[32];
    char record[32];
    if (sscanf(words, "%31[a-z_] %31[a-z_]", row, record) != 2) {
        return ERR_MALFORMED;
    }
    enum err err = buf_append_format(&compiling->out, "%s.id = %s.id", row, record);
    if (err == ERR_OK && compiling->choice->has_position) {
        err = buf_append_format(&compiling->out, " and %s.since = %s.since", row, record);
    }
    return err;
}

static enum err put_text(struct compiling *compiling, const char *words)
{
    const char *bar = strchr(words, '|');
    if (bar == NULL || strchr(words, '\'') != NULL || strchr(words, '\\') != NULL) {
        return ERR_MALFORMED;
    }
    bool is_vi = compiling->choice->language == LANGUAGE_VI;
    int len = is_vi ? (int)(bar - words) : (int)strlen(bar + 1);
    return buf_append_format(&compiling->out, "'%.*s'", len, is_vi ? words : bar + 1);
}

/* Of one kind, or of every kind (NULL). */
static enum err put_fields(struct compiling *compiling, const struct kind_schema *kind)
{
    if (compiling->choice->pivot != NULL) {
        return put_pivot_fields(compiling, kind != NULL);
    }
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < compiling->choice->by_count; i++) {
        const struct kind_schema *field_of = compiling->choice->by[i]->field_of;
        if (field_of != NULL && (kind == NULL || kind == field_of)) {
            err = buf_append_format(&compiling->out, "m.%s, ", compiling->choice->by[i]->name);
        }
    }
    return err;
}

/* Those a pivot needs; is_raw: for {member_fields}, where every date stands already. A boolean is a text from `fact` on. */
static enum err put_pivot_fields(struct compiling *compiling, bool is_raw)
{
    const struct pivot *pivot = compiling->choice->pivot;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < pivot->field_count; i++) {
        const struct field_schema *field = pivot->fields[i];
        if (is_raw && (pivot->kind->kind != KIND_MEMBER || field->type == FIELD_DATE)) {
            continue;
        }
        err = !is_raw && field->type == FIELD_BOOLEAN
                  ? buf_append_format(&compiling->out, "m.%s::text as %s, ", field->name, field->name)
                  : buf_append_format(&compiling->out, "m.%s, ", field->name);
    }
    return err;
}

/* Of every kind the trace names: the versions the answer rests on. */
static enum err put_trace_versions(struct compiling *compiling)
{
    const struct indicator *indicator = compiling->choice->indicator;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < indicator->trace_kind_count; i++) {
        const char *kind = indicator->trace_kinds[i]->name;
        bool is_table = false;
        err = buf_append_format(&compiling->out, "%sselect '%s', r.id, r.since from ",
                                i > 0 ? "\n    union all " : "", kind);
        if (err == ERR_OK) {
            err = put_table(compiling, kind, &is_table);
        }
        if (err == ERR_OK) {
            err = buf_append_text(&compiling->out, " r");
        }
    }
    return err;
}

static const char *position_of(const struct query_choice *choice)
{
    return choice->has_position ? "$3::bigint" : "(select position from read.journal_head)";
}

/* The names are ours (codes.def), so that an apostrophe is all there is to double. */
static enum err put_name(struct compiling *compiling, const char *words)
{
    char list[32];
    char column[64];
    if (sscanf(words, "%31[a-z_0-9] %63[a-z_.]", list, column) != 2 || codes_list(list) == NULL) {
        return ERR_MALFORMED;
    }
    enum err err = buf_append_format(&compiling->out, "case %s", column);
    for (size_t i = 0; err == ERR_OK && codes_at(i) != NULL; i++) {
        const struct code_item *item = codes_at(i);
        if (strcmp(item->list, list) != 0) {
            continue;
        }
        err = buf_append_format(&compiling->out, " when '%s' then '", item->code);
        const char *name = compiling->choice->language == LANGUAGE_VI ? item->name_vi : item->name_en;
        for (; err == ERR_OK && *name != '\0'; name++) {
            err = buf_append(&compiling->out, *name == '\'' ? bytes_of_text("''") : bytes_of(name, 1));
        }
        err = err == ERR_OK ? buf_append_text(&compiling->out, "'") : err;
    }
    return err == ERR_OK ? buf_append_text(&compiling->out, " end") : err;
}

/* The kind of a refused change's record is data: an arm per kind. */
static enum err put_superseded(struct compiling *compiling, const char *words)
{
    char row[32];
    if (sscanf(words, "%31[a-z_]", row) != 1) {
        return ERR_MALFORMED;
    }
    enum err err = buf_append_format(&compiling->out, "case %s.kind", row);
    for (uint32_t kind = 1; err == ERR_OK && kind <= KIND_MAX; kind++) {
        err = buf_append_format(
            &compiling->out,
            "\n        when %u then exists (select from read.%s_version v where v.id = %s.record"
            " and v.since > %s.position and v.since < %s)",
            (unsigned)kind, schema_of(kind)->name, row, row, position_of(compiling->choice));
    }
    return err == ERR_OK ? buf_append_text(&compiling->out, " else false end") : err;
}

static enum err put_groups(struct compiling *compiling, const char *before, const char *between,
                           const char *after)
{
    const struct query_choice *choice = compiling->choice;
    if (choice->by_count == 0) {
        return ERR_OK;
    }
    enum err err = buf_append_text(&compiling->out, before);
    for (size_t i = 0; err == ERR_OK && i < choice->by_count; i++) {
        err = buf_append_format(&compiling->out, "%s%s", i > 0 ? between : "", choice->by[i]->name);
    }
    return err == ERR_OK ? buf_append_text(&compiling->out, after) : err;
}

static enum err put_cells(struct compiling *compiling)
{
    const struct query_choice *choice = compiling->choice;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < choice->by_count; i++) {
        err = choice->by[i]->source == DIMENSION_BRANCH
                  ? buf_append_format(&compiling->out, "b%zu.name, b%zu.code, ", i, i)
                  : buf_append_format(&compiling->out, "g.%s, ", choice->by[i]->name);
    }
    return err;
}

static enum err put_joins(struct compiling *compiling)
{
    const struct query_choice *choice = compiling->choice;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < choice->by_count; i++) {
        if (choice->by[i]->source == DIMENSION_BRANCH) {
            err = buf_append_format(&compiling->out, "left join branch_at b%zu on b%zu.id = g.%s\n", i, i,
                                    choice->by[i]->name);
        }
    }
    return err;
}

static enum err put_order(struct compiling *compiling)
{
    const struct query_choice *choice = compiling->choice;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < choice->by_count; i++) {
        const char *lead = i > 0 ? ", " : "order by ";
        const char *name = choice->by[i]->name;
        err = choice->by[i]->source == DIMENSION_BRANCH
                  ? buf_append_format(
                        &compiling->out,
                        "%sb%zu.code collate \"C\" nulls last, b%zu.name collate \"C\" nulls last, g.%s",
                        lead, i, i, name)
                  : buf_append_format(&compiling->out, "%sg.%s collate \"C\" nulls last", lead, name);
    }
    return err;
}
