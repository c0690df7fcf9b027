/* The schema tables agree with records.proto, and values survive both ways. (With the database's columns:
 * integration/test_store_schema.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/record/schema.h"
#include "proto/records.pb-c.h"
#include "tests/lib/record_text.h"

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

/* Whose a record is follows from its kind's file alone: a dated edge to a branch, else a field `branch`, else nobody's but
 * the province's. */
static void schema__owner__edge_else_field_branch(void **state)
{
    (void)state;
    static const struct {
        enum record_kind kind;
        const char *list;
        const char *field;
    } cases[] = {{KIND_CODE, "", ""},         {KIND_LOCALITY, "", ""},
                 {KIND_BRANCH, "parent", ""}, {KIND_MEMBER, "branch", ""},
                 {KIND_OFFICE, "", "branch"}, {KIND_TARGET, "", ""},
                 {KIND_OBLIGATION, "", ""},   {KIND_INSPECTION, "", "branch"},
                 {KIND_TALLY, "", "branch"},  {KIND_FULFILMENT, "", "branch"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct kind_schema *schema = schema_of(cases[i].kind);
        const char *list = schema->owner.list < 0 ? "" : schema->lists[schema->owner.list].name;
        const char *field = schema->owner.field < 0 ? "" : schema->fields[schema->owner.field].name;
        assert_string_equal(list, cases[i].list);
        assert_string_equal(field, cases[i].field);
    }
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
    case FIELD_DECIMAL:
        value.number = salt % 2 ? INT64_MIN : -441;
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

/* Which kinds are searched for what still refers to a record: by an edge, an item of a plain list, a field. */
static void schema_refers_to__every_pair__as_the_tables_say(void **state)
{
    (void)state;
    static const bool expected[KIND_OFFICE + 1][KIND_OFFICE + 1] = {
        [KIND_LOCALITY][KIND_LOCALITY] = true, [KIND_BRANCH][KIND_BRANCH] = true,
        [KIND_BRANCH][KIND_LOCALITY] = true,   [KIND_MEMBER][KIND_BRANCH] = true,
        [KIND_OFFICE][KIND_BRANCH] = true,     [KIND_OFFICE][KIND_LOCALITY] = true,
        [KIND_OFFICE][KIND_MEMBER] = true,
    };
    for (uint32_t from = 1; from <= KIND_OFFICE; from++) {
        for (uint32_t to = 1; to <= KIND_OFFICE; to++) {
            assert_int_equal(schema_refers_to(schema_of(from), schema_of(to)), expected[from][to]);
        }
    }
    assert_true(schema_refers_to(schema_of(KIND_CONGRESS_BALLOT), schema_of(KIND_MEMBER)));
    assert_false(schema_refers_to(schema_of(KIND_CONGRESS_BALLOT), schema_of(KIND_TALLY)));
}

/* A figure cleared leaves nothing behind that a rule could read and the wire would lose. */
static void record_set_field__not_stated__the_figure_is_gone(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_MEETING);
    struct arena arena;
    void *message = NULL;
    arena_init(&arena, 4096);
    assert_int_equal(record_new(schema, &arena, &message), ERR_OK);
    size_t present = (size_t)schema_field_index(schema, "present");
    struct value value = {.is_stated = true, .number = 5};
    assert_int_equal(record_set_field(schema, &arena, message, present, value), ERR_OK);
    value = (struct value){.is_stated = false, .number = 7};
    assert_int_equal(record_set_field(schema, &arena, message, present, value), ERR_OK);
    assert_false(((Dantin__Meeting *)message)->has_present);
    assert_int_equal(((Dantin__Meeting *)message)->present, 0);
    arena_release(&arena);
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
        cmocka_unit_test(schema__records_proto__no_field_without_a_line),
        cmocka_unit_test(schema__tables__sound),
        cmocka_unit_test(schema__owner__edge_else_field_branch),
        cmocka_unit_test(record__every_field_and_item__survives_the_wire),
        cmocka_unit_test(record_set_field__value_that_does_not_fit__malformed),
        cmocka_unit_test(record__past_the_limits__too_big),
        cmocka_unit_test(record_last_edge__any_order__latest_start),
        cmocka_unit_test(record_set_field__not_stated__the_figure_is_gone),
        cmocka_unit_test(schema_refers_to__every_pair__as_the_tables_say),
        cmocka_unit_test(record_references__every_list__all_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
