/* The tables the migrations make hold what the schema tables of common/record describe, and stay so when a field
 * is added. */
#include <stdio.h>

#include "common/record/schema.h"
#include "tests/lib/pg.h"
#include "tests/lib/test.h"

enum { SQL_BYTES_MAX = 8192 };

static struct pg *pg;

static int open_once(void **state)
{
    (void)state;
    pg = pg_start(&(struct pg_options){0});
    return 0;
}

static int close_once(void **state)
{
    (void)state;
    pg_stop(pg);
    return 0;
}

static const char *sql_type(enum field_type type)
{
    static const char *const types[] = {
        [FIELD_TEXT] = "text",      [FIELD_CODE] = "text",      [FIELD_DATE] = "date",
        [FIELD_INTEGER] = "bigint", [FIELD_DECIMAL] = "bigint", [FIELD_BOOLEAN] = "boolean",
        [FIELD_REFERENCE] = "uuid"};
    return types[type];
}

static void add(char *columns, const char *prefix, const struct field_schema *field)
{
    size_t len = strlen(columns);
    (void)snprintf(columns + len, SQL_BYTES_MAX - len, "%s%s%s%s %s", len > 0 ? ", " : "", prefix,
                   prefix[0] != 0 ? "_" : "", field->name,
                   field_is_sealed(field) ? "bytea" : sql_type(field->type));
    if (field_is_blind(field)) {
        len = strlen(columns);
        (void)snprintf(columns + len, SQL_BYTES_MAX - len, ", %s_blind bytea", field->name);
    }
}

static void add_items(char *columns, const struct list_schema *list)
{
    for (size_t i = 0; i < list->item_count; i++) {
        add(columns, list->name, &list->items[i]);
    }
}

/* "name type, …" of a table, view or row type without its first `head` columns; in order, or by name. */
static const char *columns_of(const char *relation, const char *suffix, int head, const char *order)
{
    char sql[SQL_BYTES_MAX];
    (void)snprintf(
        sql, sizeof sql,
        "select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by %s) from"
        " pg_attribute where attrelid = '%s%s'::regclass and attnum > %d and not attisdropped",
        order, relation, suffix, head);
    return pg_ask(pg, sql);
}

/* Of "a type, b type" without those of type bytea that are no blind index. */
static void drop_sealed(char *columns)
{
    char kept[SQL_BYTES_MAX] = "";
    char *rest = columns;
    for (char *column = strsep(&rest, ","); column != NULL; column = strsep(&rest, ",")) {
        column += column[0] == ' ' ? 1 : 0;
        if (strstr(column, " bytea") == NULL || strstr(column, "_blind bytea") != NULL) {
            (void)strcat(strcat(kept, kept[0] != 0 ? ", " : ""), column);
        }
    }
    (void)strcpy(columns, kept);
}

/* Ingest sends rows of a type by place, so that its columns stand in the order of the schema; the columns of tables and
 * views it names. `version_head`, `row_head`: columns before those of the schema. */
static void assert_columns(const char *name, const char *columns, int head, int version_head, int row_head)
{
    const char *const relations[][2] = {
        {"dantin", ""}, {"dantin", "_version"}, {"read", ""}, {"read", "_version"}};
    char relation[128];
    char sorted[SQL_BYTES_MAX];
    char found[SQL_BYTES_MAX];
    (void)snprintf(relation, sizeof relation, "dantin.%s", name);
    assert_string_equal(columns_of(relation, "_row", row_head, "attnum"), columns);
    (void)snprintf(sorted, sizeof sorted, "%s", columns_of(relation, "_row", row_head, "attname"));
    for (size_t i = 0; i < 4; i++) {
        bool is_version = relations[i][1][0] != 0;
        (void)snprintf(relation, sizeof relation, "%s.%s", relations[i][0], name);
        (void)snprintf(found, sizeof found, "%s",
                       columns_of(relation, relations[i][1], is_version ? version_head : head, "attname"));
        if (strcmp(relations[i][0], "read") ==
            0) { /* readers see of what is sealed the blind indexes alone */
            drop_sealed(sorted);
        }
        assert_string_equal(found, sorted);
    }
}

/* A column out of step would store a value in another field, or lose it. */
static void schema__database__same_columns(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        char columns[SQL_BYTES_MAX] = "";
        for (size_t i = 0; i < schema->field_count; i++) {
            add(columns, "", &schema->fields[i]);
        }
        for (size_t i = 0; i < schema->list_count; i++) {
            if (schema->lists[i].shape == LIST_EDGE) {
                add_items(columns, &schema->lists[i]);
            }
        }
        assert_columns(schema->name, columns, 3, 5, 5);
        for (size_t i = 0; i < schema->list_count; i++) {
            char name[128];
            char items[SQL_BYTES_MAX] = "";
            (void)snprintf(name, sizeof name, "%s_%s", schema->name, schema->lists[i].name);
            add_items(items, &schema->lists[i]);
            assert_columns(name, items, 2, 3, 4);
        }
    }
}

/* One line of a migration adds a field: to both tables, to the row ingest sends, in its place, and to what readers see,
 * of a kind under row-level security as of one that its views filter. */
static void add_column__field_of_a_kind__everywhere(void **state)
{
    (void)state;
    static const char *const kinds[] = {"member", "branch"};
    for (size_t i = 0; i < 2; i++) {
        char sql[256];
        char relation[64];
        (void)snprintf(sql, sizeof sql,
                       "set role dantin_owner; call dantin.add_column('%s', 'nickname', 'text', 'name')",
                       kinds[i]);
        (void)pg_ask(pg, sql);
        (void)pg_ask(pg, "reset role");
        (void)snprintf(relation, sizeof relation, "dantin.%s", kinds[i]);
        assert_non_null(strstr(columns_of(relation, "_row", 0, "attnum"), ", name text, nickname text, "));
        assert_non_null(strstr(columns_of(relation, "", 0, "attnum"), ", nickname text"));
        (void)snprintf(relation, sizeof relation, "read.%s", kinds[i]);
        assert_non_null(strstr(columns_of(relation, "", 0, "attnum"), ", nickname text"));
        assert_non_null(strstr(columns_of(relation, "_version", 0, "attnum"), ", nickname text"));
    }
    (void)pg_ask(
        pg, "set role dantin_owner; call dantin.add_column('locality_population', 'population_households',"
            " 'bigint', null)");
    (void)pg_ask(pg, "reset role");
    assert_string_equal(columns_of("dantin.locality_population", "_row", 4, "attnum"),
                        "population_households bigint, population_as_of date, population_people bigint,"
                        " population_source text");
    assert_string_equal(pg_ask_as(pg, "dantin_read", "select count(nickname) from read.branch"), "0");
    assert_string_equal(pg_ask(pg, "insert into dantin.branch (id, version, since, nickname) values"
                                   " (gen_random_uuid(), gen_random_uuid(), 0, 'x') returning nickname"),
                        "x");
    assert_string_equal(pg_ask_as(pg, "dantin_read", "select count(*) from read.branch"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema__database__same_columns),
        cmocka_unit_test(add_column__field_of_a_kind__everywhere),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
