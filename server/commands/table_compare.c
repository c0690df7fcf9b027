/* Both sides are read row by row as they come, so that no table has to fit into memory. */
#include "server/commands/table_compare.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/record/schema.h"
#include "server/commands/columns.h"
#include "server/store/database.h"
#include "server/store/vault.h"

enum { QUERY_BYTES_MAX = 16384, CELL_ARENA_BYTES_MAX = 1 << 20 };

/* One side: the row at hand. */
struct side {
    struct pg_conn *connection;
    PGresult *row; /* NULL: at the end, or failed */
    enum err err;
};

static enum err compose(struct pg_conn *live, const struct table *table, struct buf *query,
                        struct error *ret_error);
static enum err start(struct side *side, struct pg_conn *connection, const char *query);
static void next(struct side *side);
static void drain(struct side *side);
static int compare_keys(const struct side *a, const struct side *b, unsigned key_count);
static void describe(const struct side *side, enum table_difference_kind kind, unsigned key_count, int column,
                     struct table_difference *difference);
static int other_column(const struct side *a, const struct side *b, const struct table *table,
                        struct vault *vault);
static bool is_same_sealed(const struct side *a, const struct side *b, int column, const struct table *table,
                           struct vault *vault);
static const struct field_schema *sealed_field(const struct table *table, const char *column);

enum err table_compare(struct pg_conn *live, struct pg_conn *rebuilt, const struct table *table,
                       struct vault *vault, uint64_t *ret_rows, struct table_difference *ret_difference,
                       struct error *ret_error)
{
    struct side a = {0};
    struct side b = {0};
    struct buf query;
    struct table_difference difference = {.kind = TABLE_SAME};
    (void)snprintf(difference.table, sizeof difference.table, "%s", table->name);
    buf_init(&query, QUERY_BYTES_MAX);
    enum err err = compose(live, table, &query, ret_error);
    const char *text = (const char *)buf_content(&query).at;
    if (err == ERR_OK && (start(&a, live, text) != ERR_OK || start(&b, rebuilt, text) != ERR_OK)) {
        err = ERR_DATABASE;
    }
    while (err == ERR_OK && difference.kind == TABLE_SAME && (a.row != NULL || b.row != NULL)) {
        int order = compare_keys(&a, &b, table->key_count);
        int column = order == 0 ? other_column(&a, &b, table, vault) : -1;
        if (order != 0) {
            describe(order < 0 ? &a : &b, order < 0 ? TABLE_ROW_EXTRA : TABLE_ROW_MISSING, table->key_count,
                     -1, &difference);
        } else if (column >= 0) {
            describe(&a, TABLE_COLUMN_OTHER, table->key_count, column, &difference);
        } else {
            (*ret_rows)++;
            next(&a);
            next(&b);
        }
    }
    err = err == ERR_OK && (a.err != ERR_OK || b.err != ERR_OK) ? ERR_DATABASE : err;
    if (err == ERR_OK) {
        *ret_difference = difference;
    } else if (ret_error != NULL && ret_error->text[0] == 0) {
        err = error_set(ret_error, ERR_DATABASE, "%s: %s%s", table->name,
                        a.connection == NULL ? "" : PQerrorMessage(a.connection),
                        b.connection == NULL ? "" : PQerrorMessage(b.connection));
    }
    drain(&a);
    drain(&b);
    buf_release(&query);
    return err;
}

/* Columns are named, the keys first: their order in the table may differ from database to database. */
static enum err compose(struct pg_conn *live, const struct table *table, struct buf *query,
                        struct error *ret_error)
{
    const char *const *keys = table->keys;
    unsigned key_count = table->key_count;
    struct pg_result *columns = NULL;
    const char *const parameters[] = {table->name};
    enum err err = database_run_file(live, "queries/table_columns.sql", parameters, 1, &columns, ret_error);
    err = err == ERR_OK ? buf_append_text(query, "select ") : err;
    for (unsigned i = 0; err == ERR_OK && i < key_count; i++) {
        err = buf_append_format(query, "%s%s", i > 0 ? ", " : "", keys[i]);
    }
    for (int row = 0; err == ERR_OK && row < PQntuples(columns); row++) {
        const char *name = PQgetvalue(columns, row, 0);
        bool is_key = false;
        for (unsigned i = 0; i < key_count; i++) {
            is_key = is_key || strcmp(keys[i], name) == 0;
        }
        err = is_key ? ERR_OK
                     : buf_append_format(query, ", \"%s\"", name); /* our own names: no quotes in them */
    }
    err = err == ERR_OK ? buf_append_format(query, " from dantin.\"%s\" order by ", table->name) : err;
    for (unsigned i = 0; err == ERR_OK && i < key_count; i++) {
        err = buf_append_format(query, "%s%s", i > 0 ? ", " : "", keys[i]);
    }
    PQclear(columns);
    return err == ERR_OK ? buf_append(query, bytes_of("", 1)) : err;
}

static enum err start(struct side *side, struct pg_conn *connection, const char *query)
{
    side->connection = connection;
    if (PQsendQuery(connection, query) != 1 || PQsetSingleRowMode(connection) != 1) {
        side->err = ERR_DATABASE;
        return ERR_DATABASE;
    }
    next(side);
    return side->err;
}

static void next(struct side *side)
{
    PQclear(side->row);
    side->row = PQgetResult(side->connection);
    ExecStatusType status = PQresultStatus(side->row);
    if (side->row == NULL || status == PGRES_SINGLE_TUPLE) {
        return;
    }
    side->err = status == PGRES_TUPLES_OK ? side->err : ERR_DATABASE; /* TUPLES_OK: the end */
    PQclear(side->row);
    side->row = NULL;
}

/* Leave the connection as it was. */
static void drain(struct side *side)
{
    PQclear(side->row);
    side->row = NULL;
    for (PGresult *rest = side->connection == NULL ? NULL : PQgetResult(side->connection); rest != NULL;
         rest = PQgetResult(side->connection)) {
        PQclear(rest);
    }
}

/* A side at its end comes last. */
static int compare_keys(const struct side *a, const struct side *b, unsigned key_count)
{
    if (a->row == NULL || b->row == NULL) {
        return (a->row == NULL) - (b->row == NULL);
    }
    int order =
        strcmp(PQgetvalue(a->row, 0, 0), PQgetvalue(b->row, 0, 0)); /* of a uuid: that of its digits */
    for (unsigned i = 1; order == 0 && i < key_count; i++) {
        long long first = strtoll(PQgetvalue(a->row, 0, (int)i), NULL, 10);
        long long second = strtoll(PQgetvalue(b->row, 0, (int)i), NULL, 10);
        order = (first > second) - (first < second);
    }
    return order;
}

/* -1: none. */
static int other_column(const struct side *a, const struct side *b, const struct table *table,
                        struct vault *vault)
{
    for (int column = 0; column < PQnfields(a->row); column++) {
        bool is_null = PQgetisnull(a->row, 0, column) != 0;
        if (is_null != (PQgetisnull(b->row, 0, column) != 0)) {
            return column;
        }
        if (strcmp(PQgetvalue(a->row, 0, column), PQgetvalue(b->row, 0, column)) != 0 &&
            !is_same_sealed(a, b, column, table, vault)) {
            return column;
        }
    }
    return -1;
}

/* Is it a sealed column, and do both sides hold the same in it? What does not open at its place is not the same. */
static bool is_same_sealed(const struct side *a, const struct side *b, int column, const struct table *table,
                           struct vault *vault)
{
    const struct field_schema *field = sealed_field(table, PQfname(a->row, column));
    if (field == NULL) {
        return false;
    }
    struct arena arena;
    struct bytes plain[2];
    struct id record;
    const struct side *sides[] = {a, b};
    const char *list = table->list_index < 0 ? "" : table->kind->lists[table->list_index].name;
    arena_init(&arena, CELL_ARENA_BYTES_MAX);
    bool is_open = column_uuid(a->row, 0, 0, &record) == ERR_OK;
    struct vault_place place = vault_place_of_field(table->kind->kind, &record, list, field->name);
    for (size_t i = 0; is_open && i < 2; i++) {
        struct bytes sealed = column_bytes(&arena, sides[i]->row, 0, column);
        is_open = sealed.at != NULL && vault_open_copy(vault, &place, sealed, &arena, &plain[i]) == ERR_OK;
    }
    bool is_same = is_open && bytes_equal(plain[0], plain[1]);
    arena_release(&arena);
    return is_same;
}

/* Of a list's table a column is <list>_<item>. NULL: not sealed. */
static const struct field_schema *sealed_field(const struct table *table, const char *column)
{
    const struct list_schema *list = table->list_index < 0 ? NULL : &table->kind->lists[table->list_index];
    const struct field_schema *fields = list == NULL ? table->kind->fields : list->items;
    size_t count = list == NULL ? table->kind->field_count : list->item_count;
    size_t prefix = list == NULL ? 0 : strlen(list->name) + 1;
    for (size_t i = 0; i < count; i++) {
        if (field_is_sealed(&fields[i]) && strlen(column) > prefix &&
            strcmp(column + prefix, fields[i].name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

static void describe(const struct side *side, enum table_difference_kind kind, unsigned key_count, int column,
                     struct table_difference *difference)
{
    difference->kind = kind;
    for (unsigned i = 0; i < key_count; i++) {
        (void)snprintf(difference->keys[i], sizeof difference->keys[i], "%s",
                       PQgetvalue(side->row, 0, (int)i));
    }
    (void)snprintf(difference->column, sizeof difference->column, "%s",
                   column < 0 ? "" : PQfname(side->row, column));
}

/* ---- all tables ---- */

struct comparing {
    struct pg_conn *live;
    struct pg_conn *rebuilt;
    struct vault *vault;
    struct table_comparison found;
};

/* A table of a kind, or of one of its lists, and its versions (sql/migrations/0003_kind.sql). */
static enum err compare_pair(struct comparing *comparing, const struct kind_schema *kind, int list_index,
                             struct error *ret_error)
{
    static const char *const keys[][2][TABLE_KEYS_MAX] = {{{"id"}, {"id", "since"}},
                                                          {{"id", "element"}, {"id", "since", "element"}}};
    struct table_comparison *found = &comparing->found;
    bool is_list = list_index >= 0;
    enum err err = ERR_OK;
    for (unsigned i = 0; err == ERR_OK && i < 2 && found->difference.kind == TABLE_SAME; i++) {
        char name[TABLE_NAME_BYTES_MAX];
        struct table table = {.name = name,
                              .keys = keys[is_list][i],
                              .key_count = 1 + i + is_list,
                              .kind = kind,
                              .list_index = list_index};
        (void)snprintf(name, sizeof name, "%s%s%s%s", kind->name, is_list ? "_" : "",
                       is_list ? kind->lists[list_index].name : "", i == 0 ? "" : "_version");
        err = table_compare(comparing->live, comparing->rebuilt, &table, comparing->vault, &found->rows,
                            &found->difference, ret_error);
        found->tables++;
    }
    return err;
}

enum err table_compare_all(struct pg_conn *live, struct pg_conn *rebuilt, struct vault *vault,
                           struct table_comparison *ret_comparison, struct error *ret_error)
{
    struct comparing comparing = {.live = live, .rebuilt = rebuilt, .vault = vault};
    enum err err = ERR_OK;
    for (uint32_t number = 1; err == ERR_OK && number <= KIND_MAX; number++) {
        const struct kind_schema *kind = schema_of(number);
        err = compare_pair(&comparing, kind, -1, ret_error);
        for (size_t i = 0; err == ERR_OK && i < kind->list_count; i++) {
            err = compare_pair(&comparing, kind, (int)i, ret_error);
        }
    }
    if (err == ERR_OK) {
        *ret_comparison = comparing.found;
    }
    return err;
}
