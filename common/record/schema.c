/* The tables of all kinds, made from kinds.def and kinds/<kind>.def, and their places in protobuf-c's
 * messages, which are looked up by name exactly once. A name that the .proto does not have stops the program
 * at its first use of a schema. */
#include "common/record/schema.h"

#include <pthread.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/schema_tables.h"
#include "proto/records.pb-c.h"

#define REQUIRED FIELD_REQUIRED
#define SENSITIVE FIELD_SENSITIVE
#define IDENTIFYING FIELD_IDENTIFYING
#define FOLDED FIELD_FOLDED
#define UNIQUE FIELD_UNIQUE
#define SEALED FIELD_SEALED
#define KEY FIELD_KEY

/* Passes over kinds.def. In each table an entry without a name begins a kind's part, or in the items a list's,
 * and ends the last one. */
#define FIELD(name, type, list, label_vi, label_en, flags) \
    {#name, FIELD_##type, list, label_vi, label_en, flags},
#define KIND(symbol, number, name, message, label_vi, label_en) {0},
static const struct field_schema all_fields[] = {
#include "common/record/kinds.def"
    {0}};

#define ITEM(name, type, list, label_vi, label_en, flags) \
    {#name, FIELD_##type, list, label_vi, label_en, flags},
#define LIST(name, message, shape, label_vi, label_en) {0},
static const struct field_schema all_items[] = {
#include "common/record/kinds.def"
    {0}};

/* items and item_count are filled by build_lists. */
#define LIST(name, message, shape, label_vi, label_en) {#name, LIST_##shape, label_vi, label_en, NULL, 0},
#define KIND(symbol, number, name, message, label_vi, label_en) {0},
static struct list_schema all_lists[] = {
#include "common/record/kinds.def"
    {0}};

#define MATCH(...) {{__VA_ARGS__}},
#define KIND(symbol, number, name, message, label_vi, label_en) {{NULL}},
static const struct match_key all_match_keys[] = {
#include "common/record/kinds.def"
    {{NULL}}};

/* What follows a kind's name is filled by build_tables. */
#define KIND(symbol, number, word, message, vi, en) \
    [number] = {.kind = (number),                   \
                .name = #word,                      \
                .label_vi = (vi),                   \
                .label_en = (en),                   \
                .descriptor = &dantin__##message##__descriptor},
static struct kind_schema kinds[KIND_MAX + 1] = {
#include "common/record/kinds.def"
};

/* Kinds in the order of kinds.def, and behind a kind its mark and what its official ids derive from. */
#define KIND(symbol, number, name, message, label_vi, label_en) {.kind = (number)},
#define DERIVE(list, code, from) {.list_field = #list, .code_field = #code, .from_field = #from},
#define SECOND_PERSON {.needs_second_person = true},
static const struct {
    const char *list_field, *code_field, *from_field;
    uint32_t kind; /* 0: a derivation or a mark, of the kind before; or the end */
    bool needs_second_person;
} order[] = {
#include "common/record/kinds.def"
    {0}};

#undef REQUIRED
#undef SENSITIVE
#undef IDENTIFYING
#undef FOLDED
#undef UNIQUE
#undef SEALED
#undef KEY

static struct schema_layout layouts[KIND_MAX + 1];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void build_tables(void);
static void build_list(struct list_schema *list, const struct field_schema **items);
static struct schema_owner find_owner(const struct kind_schema *schema);
static void build_layout(const struct kind_schema *schema, struct schema_layout *layout);
static const ProtobufCFieldDescriptor *find_descriptor(const ProtobufCMessageDescriptor *message,
                                                       const char *name);
static void check_type(const ProtobufCFieldDescriptor *descriptor, enum field_type type);

const struct kind_schema *schema_of(uint32_t kind)
{
    (void)pthread_once(&tables_once, build_tables); /* fails only for an invalid once object */
    if (kind > KIND_MAX || kinds[kind].name == NULL) {
        return NULL;
    }
    return &kinds[kind];
}

const struct kind_schema *schema_of_name(const char *name)
{
    for (uint32_t kind = 0; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        if (schema != NULL && strcmp(schema->name, name) == 0) {
            return schema;
        }
    }
    return NULL;
}

int schema_field_index(const struct kind_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        if (strcmp(schema->fields[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int schema_list_index(const struct kind_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->list_count; i++) {
        if (strcmp(schema->lists[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool field_refers_to(const struct field_schema *field, const struct kind_schema *kind)
{
    return field->type == FIELD_REFERENCE && strcmp(field->list, kind->name) == 0;
}

bool field_is_sealed(const struct field_schema *field)
{
    return (field->flags & FIELD_SEALED) != 0;
}

bool field_is_blind(const struct field_schema *field)
{
    return field_is_sealed(field) && (field->flags & FIELD_UNIQUE) != 0;
}

bool schema_refers_to(const struct kind_schema *from, const struct kind_schema *to)
{
    bool refers = false;
    for (size_t i = 0; i < from->field_count; i++) {
        refers = refers || field_refers_to(&from->fields[i], to);
    }
    for (size_t i = 0; i < from->list_count; i++) {
        for (size_t j = 0; j < from->lists[i].item_count; j++) {
            refers = refers || field_refers_to(&from->lists[i].items[j], to);
        }
    }
    return refers;
}

bool schema_is_personal(const struct kind_schema *schema)
{
    bool is_personal = schema->kind == KIND_MEMBER || schema_refers_to(schema, schema_of(KIND_MEMBER));
    for (size_t i = 0; i < schema->field_count; i++) {
        is_personal = is_personal || (schema->fields[i].flags & FIELD_IDENTIFYING) != 0;
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        for (size_t j = 0; j < schema->lists[i].item_count; j++) {
            is_personal = is_personal || (schema->lists[i].items[j].flags & FIELD_IDENTIFYING) != 0;
        }
    }
    return is_personal;
}

const struct schema_layout *schema_layout_of(const struct kind_schema *schema)
{
    return &layouts[schema->kind];
}

static void build_tables(void)
{
    const struct field_schema *fields = all_fields;
    const struct field_schema *items = all_items;
    struct list_schema *lists = all_lists;
    const struct match_key *match_keys = all_match_keys;
    for (size_t i = 0; order[i].kind != 0; i++) {
        struct kind_schema *schema = &kinds[order[i].kind];
        for (; order[i + 1].needs_second_person; i++) {
            schema->needs_second_person = true;
        }
        if (order[i + 1].list_field != NULL) {
            i++;
            schema->derive_list = order[i].list_field;
            schema->derive_code = order[i].code_field;
            schema->derive_from = order[i].from_field;
        }
        schema->fields = ++fields;
        while (fields->name != NULL) {
            fields++;
        }
        schema->field_count = (size_t)(fields - schema->fields);
        schema->lists = ++lists;
        for (; lists->name != NULL; lists++) {
            build_list(lists, &items);
        }
        schema->list_count = (size_t)(lists - schema->lists);
        match_keys++;
        for (size_t j = 0; match_keys->fields[0] != NULL; match_keys++, j++) {
            REQUIRE(j < MATCH_KEYS_MAX);
            schema->match_keys[j] = *match_keys;
        }
        schema->owner = find_owner(schema);
        schema->ended_field = schema_field_index(schema, "ended_date");
        build_layout(schema, &layouts[schema->kind]);
    }
}

/* The list's items begin behind the nameless entry at *items, which moves to the next one. */
static void build_list(struct list_schema *list, const struct field_schema **items)
{
    list->items = ++*items;
    while ((*items)->name != NULL) {
        ++*items;
    }
    list->item_count = (size_t)(*items - list->items);
    REQUIRE(list->item_count <= SCHEMA_ITEMS_MAX);
    bool has_key = list->shape == LIST_EDGE;
    for (size_t i = 0; i < list->item_count; i++) {
        has_key = has_key || (list->items[i].flags & FIELD_KEY) != 0;
    }
    REQUIRE(has_key);
    if (list->shape == LIST_EDGE) {
        REQUIRE(list->item_count == EDGE_ITEMS);
        REQUIRE(list->items[EDGE_REFERENCE].type == FIELD_REFERENCE);
        REQUIRE(strcmp(list->items[EDGE_FROM].name, "from") == 0);
        REQUIRE(strcmp(list->items[EDGE_TO].name, "to") == 0);
    }
}

static struct schema_owner find_owner(const struct kind_schema *schema)
{
    const struct kind_schema *branch = &kinds[KIND_BRANCH];
    for (size_t i = 0; i < schema->list_count; i++) {
        const struct list_schema *list = &schema->lists[i];
        if (list->shape == LIST_EDGE && field_refers_to(&list->items[EDGE_REFERENCE], branch)) {
            return (struct schema_owner){.list = (int)i, .field = -1};
        }
    }
    int field = schema_field_index(schema, "branch");
    bool is_owner = field >= 0 && field_refers_to(&schema->fields[field], branch);
    return (struct schema_owner){.list = -1, .field = is_owner ? field : -1};
}

static void build_layout(const struct kind_schema *schema, struct schema_layout *layout)
{
    REQUIRE(schema->field_count <= SCHEMA_FIELDS_MAX);
    REQUIRE(schema->list_count <= SCHEMA_LISTS_MAX);
    for (size_t i = 0; i < schema->field_count; i++) {
        layout->fields[i] = find_descriptor(schema->descriptor, schema->fields[i].name);
        check_type(layout->fields[i], schema->fields[i].type);
        REQUIRE(!field_is_sealed(&schema->fields[i]) || schema->fields[i].type == FIELD_TEXT);
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        const struct list_schema *list = &schema->lists[i];
        layout->lists[i] = find_descriptor(schema->descriptor, list->name);
        REQUIRE(layout->lists[i]->label == PROTOBUF_C_LABEL_REPEATED);
        REQUIRE(layout->lists[i]->type == PROTOBUF_C_TYPE_MESSAGE);
        for (size_t j = 0; j < list->item_count; j++) {
            layout->items[i][j] = find_descriptor(layout->lists[i]->descriptor, list->items[j].name);
            check_type(layout->items[i][j], list->items[j].type);
            REQUIRE(!field_is_sealed(&list->items[j]) ||
                    (list->shape == LIST_PLAIN && list->items[j].type == FIELD_TEXT));
        }
    }
}

static const ProtobufCFieldDescriptor *find_descriptor(const ProtobufCMessageDescriptor *message,
                                                       const char *name)
{
    const ProtobufCFieldDescriptor *descriptor =
        protobuf_c_message_descriptor_get_field_by_name(message, name);
    REQUIRE(descriptor != NULL);
    return descriptor;
}

/* The .proto keeps each type of value in one way; record.c relies on it. */
static void check_type(const ProtobufCFieldDescriptor *descriptor, enum field_type type)
{
    static const ProtobufCType expected[] = {
        [FIELD_TEXT] = PROTOBUF_C_TYPE_STRING,     [FIELD_CODE] = PROTOBUF_C_TYPE_STRING,
        [FIELD_DATE] = PROTOBUF_C_TYPE_SINT32,     [FIELD_INTEGER] = PROTOBUF_C_TYPE_UINT32,
        [FIELD_DECIMAL] = PROTOBUF_C_TYPE_SINT64,  [FIELD_BOOLEAN] = PROTOBUF_C_TYPE_BOOL,
        [FIELD_REFERENCE] = PROTOBUF_C_TYPE_BYTES,
    };
    REQUIRE(descriptor->label == PROTOBUF_C_LABEL_OPTIONAL);
    REQUIRE(descriptor->type == expected[type]);
}
