/* Compiling an indicator's statement for one query. This and the ingest SQL are the only SQL composed in C.
 */
#include "server/store/query_sql.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"

enum { MARKER_BYTES_MAX = 256, COMPILED_BYTES_MAX = 2 * INDICATOR_TEXT_BYTES_MAX };

struct compiling {
    const struct query_choice *choice;
    struct buf out;
};

static enum err replace(struct compiling *compiling, const char *marker);
static enum err put_table(struct compiling *compiling, const char *name, bool *ret_is_table);
static enum err put_of(struct compiling *compiling, const char *words);
static enum err put_text(struct compiling *compiling, const char *words);
static enum err put_fields(struct compiling *compiling);
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
    struct compiling compiling = {.choice = choice};
    char marker[MARKER_BYTES_MAX];
    enum err err = ERR_OK;
    buf_init(&compiling.out, COMPILED_BYTES_MAX);
    for (const char *at = choice->indicator->statement; err == ERR_OK && *at != 0;) {
        const char *open = strchr(at, '{');
        size_t plain = open != NULL ? (size_t)(open - at) : strlen(at);
        err = buf_append(&compiling.out, bytes_of(at, plain));
        at += plain;
        if (err != ERR_OK || open == NULL) {
            continue;
        }
        size_t len = strcspn(open + 1, "}");
        if (open[1 + len] != '}' || len >= sizeof marker) {
            err = ERR_MALFORMED;
            continue;
        }
        memcpy(marker, open + 1, len);
        marker[len] = 0;
        err = replace(&compiling, marker);
        at = open + len + 2;
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

static enum err replace(struct compiling *compiling, const char *marker)
{
    bool is_table = false;
    if (strncmp(marker, "of ", 3) == 0) {
        return put_of(compiling, marker + 3);
    }
    if (strncmp(marker, "say ", 4) == 0) {
        return put_text(compiling, marker + 4);
    }
    if (strcmp(marker, "position") == 0) {
        bool has_position = compiling->choice->has_position;
        return buf_append_text(&compiling->out,
                               has_position ? "$3::bigint" : "(select position from read.journal_head)");
    }
    if (strcmp(marker, "member_fields") == 0 || strcmp(marker, "fields") == 0) {
        return put_fields(compiling);
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
    enum err err = put_table(compiling, marker, &is_table);
    return err == ERR_OK && !is_table ? ERR_MALFORMED : err;
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

static enum err put_fields(struct compiling *compiling)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < compiling->choice->by_count; i++) {
        if (compiling->choice->by[i]->is_field) {
            err = buf_append_format(&compiling->out, "m.%s, ", compiling->choice->by[i]->name);
        }
    }
    return err;
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
