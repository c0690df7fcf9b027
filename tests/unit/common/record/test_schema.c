/* The schema tables agree with records.proto and with the columns of the migrations, and values survive both
 * ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/record/schema.h"
#include "proto/records.pb-c.h"
#include "tests/lib/record_text.h"

enum { SQL_BYTES_MAX = 1 << 20 };

static char sql[SQL_BYTES_MAX];

/* All migrations, one after the other. */
static int read_migrations(void **state)
{
    (void)state;
    const char *root = getenv("DANTIN_SOURCE_DIR");
    char pattern[4096];
    (void)snprintf(pattern, sizeof(pattern), "%s/sql/migrations/*.sql", root == NULL ? "." : root);
    glob_t paths;
    if (glob(pattern, 0, NULL, &paths) != 0) {
        return -1;
    }
    size_t len = 0;
    for (size_t i = 0; i < paths.gl_pathc; i++) {
        FILE *file = fopen(paths.gl_pathv[i], "r");
        if (file == NULL) {
            return -1;
        }
        len += fread(sql + len, 1, sizeof(sql) - 1 - len, file);
        (void)fclose(file);
    }
    globfree(&paths);
    sql[len] = '\0';
    return len > 0 && len < sizeof(sql) - 1 ? 0 : -1;
}

static const char *sql_type(enum field_type type)
{
    static const char *const types[] = {
        [FIELD_TEXT] = "text",  [FIELD_CODE] = "text",       [FIELD_DATE] = "date",
        [FIELD_INTEGER] = NULL, [FIELD_BOOLEAN] = "boolean", [FIELD_REFERENCE] = "uuid"};
    return types[type];
}

/* The line of column `name` stands in the definition `at`. Ingest sends rows of a type by place, so that in a type
 * it stands right at `*at`, which moves past it; of a table's columns ingest gives the names. */
static void assert_column(const char *object, const char **at, const char *name, enum field_type type)
{
    char line[256];
    bool has_order = strcmp(object, "type") == 0;
    (void)snprintf(line, sizeof(line), "\n    %s %s", name, sql_type(type) == NULL ? "" : sql_type(type));
    const char *found = strstr(*at, line);
    const char *end = strstr(*at, "\n)");
    if (found == NULL || found > end || (has_order && found != *at)) {
        fail_msg("%s: column %s is not where the schema has it, but: %.60s", object, name, *at);
    }
    if (has_order) {
        *at = strchr(found + 1, '\n');
    }
}

/* Where the columns of the schema start: after the columns every such table has. */
static const char *find_columns(const char *object, const char *name, const char *last_common_column)
{
    char head[256];
    (void)snprintf(head, sizeof(head), "create %s dantin.%s %s(\n", object, name,
                   strcmp(object, "type") == 0 ? "as " : "");
    const char *at = strstr(sql, head);
    if (at == NULL) {
        fail_msg("no %s %s in the migrations", object, name);
    }
    char column[64];
    (void)snprintf(column, sizeof(column), "\n    %s ", last_common_column);
    at = strstr(at, column);
    assert_non_null(at);
    return strchr(at + 1, '\n');
}

static void assert_items(const char *object, const char **at, const struct list_schema *list)
{
    for (size_t i = 0; i < list->item_count; i++) {
        char name[128];
        (void)snprintf(name, sizeof(name), "%s_%s", list->name, list->items[i].name);
        assert_column(object, at, name, list->items[i].type);
    }
}

static void assert_record_columns(const struct kind_schema *schema, const char *object, const char *suffix,
                                  const char *last_common_column)
{
    char name[128];
    (void)snprintf(name, sizeof(name), "%s%s", schema->name, suffix);
    const char *at = find_columns(object, name, last_common_column);
    for (size_t i = 0; i < schema->field_count; i++) {
        assert_column(object, &at, schema->fields[i].name, schema->fields[i].type);
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        if (schema->lists[i].shape == LIST_EDGE) {
            assert_items(object, &at, &schema->lists[i]);
        }
    }
}

/* Ingest sends rows of these types and inserts into these tables; a column out of step would store it
 * elsewhere. */
static void schema__migrations__same_columns(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        assert_record_columns(schema, "table", "", "since");
        assert_record_columns(schema, "table", "_version", "removed");
        assert_record_columns(schema, "type", "_row", "removed");
        for (size_t i = 0; i < schema->list_count; i++) {
            char name[128];
            (void)snprintf(name, sizeof(name), "%s_%s", schema->name, schema->lists[i].name);
            const char *at = find_columns("table", name, "element");
            assert_items("table", &at, &schema->lists[i]);
            (void)snprintf(name, sizeof(name), "%s_%s_version", schema->name, schema->lists[i].name);
            at = find_columns("table", name, "element");
            assert_items("table", &at, &schema->lists[i]);
            (void)snprintf(name, sizeof(name), "%s_%s_row", schema->name, schema->lists[i].name);
            at = find_columns("type", name, "element");
            assert_items("type", &at, &schema->lists[i]);
        }
    }
}

/* A field of records.proto without a line in kinds/ would be accepted from the wire and lost. (That each line
 * has its field, of the right type, schema_of itself requires.) */
static void schema__records_proto__no_field_without_a_line(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        assert_int_equal(schema->descriptor->n_fields, schema->field_count + schema->list_count);
        for (size_t i = 0; i < schema->list_count; i++) {
            const ProtobufCFieldDescriptor *list =
                protobuf_c_message_descriptor_get_field_by_name(schema->descriptor, schema->lists[i].name);
            const ProtobufCMessageDescriptor *element = list->descriptor;
            assert_int_equal(element->n_fields, schema->lists[i].item_count);
        }
    }
}

/* References name kinds; labels are unique within a kind, for they are a spreadsheet's headers. */
static void schema__tables__sound(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        assert_ptr_equal(schema_of_name(schema->name), schema);
        for (size_t i = 0; i < schema->field_count; i++) {
            assert_int_equal(schema_field_index(schema, schema->fields[i].name), i);
            for (size_t j = 0; j < i; j++) {
                assert_string_not_equal(schema->fields[i].label_vi, schema->fields[j].label_vi);
                assert_string_not_equal(schema->fields[i].label_en, schema->fields[j].label_en);
            }
        }
        for (size_t i = 0; i < schema->list_count; i++) {
            assert_int_equal(schema_list_index(schema, schema->lists[i].name), i);
            if (schema->lists[i].shape == LIST_EDGE) {
                assert_non_null(schema_of_name(schema->lists[i].items[EDGE_REFERENCE].list));
            }
        }
        assert_non_null(schema->match_keys[0].fields[0]);
    }
    assert_null(schema_of(0));
    assert_null(schema_of(KIND_MAX + 1));
    assert_null(schema_of(UINT32_MAX));
    assert_null(schema_of_name("no_kind"));
    assert_int_equal(schema_field_index(schema_of(KIND_MEMBER), "branch"), -1);
    assert_int_equal(schema_list_index(schema_of(KIND_MEMBER), "name"), -1);
}

static struct value example_of(enum field_type type, size_t salt)
{
    static const char *const texts[] = {"Đạt", "x", ""};
    static const uint8_t id[ID_BYTES] = {9, 8, 7};
    struct value value = {.is_stated = true};
    switch (type) {
    case FIELD_TEXT:
    case FIELD_CODE:
        value.text = bytes_of_text(texts[salt % 3]);
        break;
    case FIELD_REFERENCE:
        value.text = bytes_of(id, sizeof(id));
        break;
    case FIELD_DATE:
        value.number = (int64_t)salt * 100 - 200;
        break;
    case FIELD_INTEGER:
        value.number = salt % 2 ? UINT32_MAX : 0;
        break;
    case FIELD_BOOLEAN:
        value.number = salt % 2 ? 1 : 0;
        break;
    }
    return value;
}

static void assert_value(struct value actual, struct value expected)
{
    assert_int_equal(actual.is_stated, expected.is_stated);
    assert_true(actual.number == expected.number);
    assert_true(bytes_equal(actual.text, expected.text));
}

/* Each field, set, packed and unpacked, says the same; cleared, it is not stated again. */
static void record__every_field_and_item__survives_the_wire(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        struct arena arena;
        arena_init(&arena, 1 << 20);
        ProtobufCMessage *message = NULL;
        assert_int_equal(record_new(schema, &arena, &message), ERR_OK);
        for (size_t i = 0; i < schema->field_count; i++) {
            assert_false(record_field(schema, message, i).is_stated);
            struct value value = example_of(schema->fields[i].type, i);
            assert_int_equal(record_set_field(schema, &arena, message, i, value), ERR_OK);
        }
        for (size_t i = 0; i < schema->list_count; i++) {
            for (size_t element = 0; element < 5; element++) {
                struct value items[16] = {0};
                for (size_t j = 0; j < schema->lists[i].item_count; j++) {
                    items[j] = example_of(schema->lists[i].items[j].type, element + j);
                }
                assert_int_equal(record_append(schema, &arena, message, i, items), ERR_OK);
            }
        }
        size_t len = protobuf_c_message_get_packed_size(message);
        uint8_t *packed = malloc(len);
        assert_int_equal(protobuf_c_message_pack(message, packed), len);
        ProtobufCMessage *unpacked = protobuf_c_message_unpack(schema->descriptor, NULL, len, packed);
        assert_non_null(unpacked);
        for (size_t i = 0; i < schema->field_count; i++) {
            assert_value(record_field(schema, unpacked, i), example_of(schema->fields[i].type, i));
            assert_int_equal(record_set_field(schema, &arena, message, i, (struct value){0}), ERR_OK);
            assert_false(record_field(schema, message, i).is_stated);
        }
        for (size_t i = 0; i < schema->list_count; i++) {
            assert_int_equal(record_list_count(schema, unpacked, i), 5);
            for (size_t element = 0; element < 5; element++) {
                for (size_t j = 0; j < schema->lists[i].item_count; j++) {
                    assert_value(record_item(schema, unpacked, i, element, j),
                                 example_of(schema->lists[i].items[j].type, element + j));
                }
            }
        }
        protobuf_c_message_free_unpacked(unpacked, NULL);
        free(packed);
        arena_release(&arena);
    }
}

/* Values a message cannot hold are refused, and the field keeps what it had. */
static void record_set_field__value_that_does_not_fit__malformed(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    struct arena arena;
    arena_init(&arena, 1 << 16);
    const char *const texts[][2] = {{"name", "Mai"}, {"birth_date", "01/01/1980"}, {NULL, NULL}};
    void *member = record_from_texts(schema, &arena, texts);
    size_t name = (size_t)schema_field_index(schema, "name");
    size_t birth = (size_t)schema_field_index(schema, "birth_date");
    struct value with_nul = {.is_stated = true, .text = bytes_of("a\0b", 3)};
    struct value far_day = {.is_stated = true, .number = INT64_C(1) << 40};

    assert_int_equal(record_set_field(schema, &arena, member, name, with_nul), ERR_MALFORMED);
    assert_int_equal(record_set_field(schema, &arena, member, birth, far_day), ERR_MALFORMED);
    assert_true(bytes_equal(record_field(schema, member, name).text, bytes_of_text("Mai")));
    assert_int_equal(record_field(schema, member, birth).number, 3652);

    struct value items[EDGE_ITEMS] = {{.is_stated = true, .text = bytes_of("short", 5)}};
    assert_int_equal(record_append(schema, &arena, member, 0, items), ERR_MALFORMED);
    assert_int_equal(record_list_count(schema, member, 0), 0);
    arena_release(&arena);
}

/* A list ends at its named maximum, and an arena at its cap. */
static void record__past_the_limits__too_big(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const char *const none[][2] = {{NULL, NULL}};
    void *member = record_from_texts(schema, &arena, none);
    for (size_t i = 0; i < SCHEMA_LIST_ELEMENTS_MAX; i++) {
        record_append_edge(schema, &arena, member, "branch", 1, NULL, NULL);
    }
    struct value items[EDGE_ITEMS] = {{0}};
    assert_int_equal(record_append(schema, &arena, member, 0, items), ERR_TOO_BIG);
    assert_int_equal(record_list_count(schema, member, 0), SCHEMA_LIST_ELEMENTS_MAX);

    struct arena tiny;
    arena_init(&tiny, 4);
    void *untouched = &tiny;
    assert_int_equal(record_new(schema, &tiny, &untouched), ERR_TOO_BIG);
    assert_ptr_equal(untouched, &tiny);
    size_t name = (size_t)schema_field_index(schema, "name");
    struct value long_name = {.is_stated = true, .text = bytes_of_text("Nguyễn Thị Minh Khai")};
    assert_int_equal(record_set_field(schema, &tiny, member, name, long_name), ERR_TOO_BIG);
    assert_false(record_field(schema, member, name).is_stated);
    arena_release(&tiny);
    arena_release(&arena);
}

/* The last edge is the one with the latest start, wherever it stands; it decides whose record it is. */
static void record_last_edge__any_order__latest_start(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    struct arena arena;
    arena_init(&arena, 1 << 16);
    const char *const none[][2] = {{NULL, NULL}};
    void *member = record_from_texts(schema, &arena, none);
    assert_int_equal(record_last_edge(schema, member, 0), -1);
    record_append_edge(schema, &arena, member, "branch", 1, NULL, "01/01/2010");
    assert_int_equal(record_last_edge(schema, member, 0), 0);
    record_append_edge(schema, &arena, member, "branch", 2, "01/01/2020", NULL);
    record_append_edge(schema, &arena, member, "branch", 3, "01/01/2010", "01/01/2020");
    assert_int_equal(record_last_edge(schema, member, 0), 1);
    record_append_edge(schema, &arena, member, "branch", 4, "01/01/2020", NULL);
    assert_int_equal(record_last_edge(schema, member, 0), 3);
    arena_release(&arena);
}

/* Which kinds are searched for what still refers to a record. */
static void schema_refers_to__every_pair__as_the_tables_say(void **state)
{
    (void)state;
    static const bool expected[KIND_MAX + 1][KIND_MAX + 1] = {
        [KIND_LOCALITY][KIND_LOCALITY] = true,
        [KIND_BRANCH][KIND_BRANCH] = true,
        [KIND_BRANCH][KIND_LOCALITY] = true,
        [KIND_MEMBER][KIND_BRANCH] = true,
    };
    for (uint32_t from = 1; from <= KIND_MAX; from++) {
        for (uint32_t to = 1; to <= KIND_MAX; to++) {
            assert_int_equal(schema_refers_to(schema_of(from), schema_of(to)), expected[from][to]);
        }
    }
}

/* What a record refers to decides what may be removed and in which order: no edge may be left out, ended or not. */
static void record_references__every_list__all_edges(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_BRANCH);
    const char *const none[][2] = {{NULL, NULL}};
    const struct record_reference *references = NULL;
    size_t count = 1;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    void *branch = record_from_texts(schema, &arena, none);
    assert_int_equal(record_references(schema, branch, &arena, &references, &count), ERR_OK);
    assert_int_equal(count, 0);
    record_append_edge(schema, &arena, branch, "parent", 1, NULL, "01/01/2010");
    record_append_edge(schema, &arena, branch, "parent", 2, "01/01/2010", NULL);
    record_append_edge(schema, &arena, branch, "locality", 3, NULL, NULL);

    assert_int_equal(record_references(schema, branch, &arena, &references, &count), ERR_OK);

    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(references[i].record.at[ID_BYTES - 1], i + 1);
        assert_int_equal(references[i].kind, i < 2 ? KIND_BRANCH : KIND_LOCALITY);
    }
    ((Dantin__Branch *)branch)->locality[0]->locality.len = 3;
    assert_int_equal(record_references(schema, branch, &arena, &references, &count), ERR_MALFORMED);
    assert_int_equal(count, 3);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema__migrations__same_columns),
        cmocka_unit_test(schema__records_proto__no_field_without_a_line),
        cmocka_unit_test(schema__tables__sound),
        cmocka_unit_test(record__every_field_and_item__survives_the_wire),
        cmocka_unit_test(record_set_field__value_that_does_not_fit__malformed),
        cmocka_unit_test(record__past_the_limits__too_big),
        cmocka_unit_test(record_last_edge__any_order__latest_start),
        cmocka_unit_test(schema_refers_to__every_pair__as_the_tables_say),
        cmocka_unit_test(record_references__every_list__all_edges),
    };
    return cmocka_run_group_tests(tests, read_migrations, NULL);
}
