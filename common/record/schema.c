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

/* Three passes over each kind's file. An entry without a name ends a table; in the items it also starts the
 * next list. */
#define FIELD(name, type, list, label_vi, label_en, flags) \
    {#name, FIELD_##type, list, label_vi, label_en, flags},
#define LIST(name, message, shape, label_vi, label_en)
#define ITEM(name, type, list, label_vi, label_en, flags)
static const struct field_schema code_fields[] = {
#include "common/record/kinds/code.def"
    {0}};
static const struct field_schema locality_fields[] = {
#include "common/record/kinds/locality.def"
    {0}};
static const struct field_schema branch_fields[] = {
#include "common/record/kinds/branch.def"
    {0}};
static const struct field_schema member_fields[] = {
#include "common/record/kinds/member.def"
    {0}};
#undef FIELD
#undef LIST
#undef ITEM

#define FIELD(name, type, list, label_vi, label_en, flags)
#define LIST(name, message, shape, label_vi, label_en) {0},
#define ITEM(name, type, list, label_vi, label_en, flags) \
    {#name, FIELD_##type, list, label_vi, label_en, flags},
static const struct field_schema code_items[] = {
#include "common/record/kinds/code.def"
    {0}};
static const struct field_schema locality_items[] = {
#include "common/record/kinds/locality.def"
    {0}};
static const struct field_schema branch_items[] = {
#include "common/record/kinds/branch.def"
    {0}};
static const struct field_schema member_items[] = {
#include "common/record/kinds/member.def"
    {0}};
#undef LIST
#undef ITEM

/* items and item_count are filled by build_lists. */
#define LIST(name, message, shape, label_vi, label_en) {#name, LIST_##shape, label_vi, label_en, NULL, 0},
#define ITEM(name, type, list, label_vi, label_en, flags)
static struct list_schema code_lists[] = {
#include "common/record/kinds/code.def"
    {0}};
static struct list_schema locality_lists[] = {
#include "common/record/kinds/locality.def"
    {0}};
static struct list_schema branch_lists[] = {
#include "common/record/kinds/branch.def"
    {0}};
static struct list_schema member_lists[] = {
#include "common/record/kinds/member.def"
    {0}};
#undef FIELD
#undef LIST
#undef ITEM

#undef REQUIRED
#undef SENSITIVE
#undef IDENTIFYING
#undef FOLDED

/* What makes a record the same record. With a code list stated a record is known by its derived id, so the
 * first key of such a kind is what the id derives from; keys without the list serve records that have no
 * official code. */
static const struct {
    struct match_key match_keys[MATCH_KEYS_MAX];
    const char *derive_list, *derive_code, *derive_from;
} identities[KIND_MAX + 1] = {
    [KIND_CODE] = {{{{"list", "code", "valid_from"}}}, "list", "code", "valid_from"},
    [KIND_LOCALITY] = {{{{"code_list", "code", "valid_from"}}}, "code_list", "code", "valid_from"},
    [KIND_BRANCH] = {{{{"code_list", "code", "established_date"}}, {{"code"}}, {{"name", "parent"}}},
                     "code_list",
                     "code",
                     "established_date"},
    [KIND_MEMBER] = {{{{"file_number"}}, {{"card_number"}}, {{"name", "birth_date", "branch"}}},
                     NULL,
                     NULL,
                     NULL},
};

/* The number of entries before the nameless one at the end. */
#define ENTRIES(table) (sizeof(table) / sizeof((table)[0]) - 1)

static struct kind_schema kinds[KIND_MAX + 1] = {
#define KIND(symbol, number, name, message, label_vi, label_en) \
    [number] = {number,                                         \
                #name,                                          \
                label_vi,                                       \
                label_en,                                       \
                &dantin__##message##__descriptor,               \
                name##_fields,                                  \
                ENTRIES(name##_fields),                         \
                name##_lists,                                   \
                ENTRIES(name##_lists),                          \
                {{{0}}},                                        \
                NULL,                                           \
                NULL,                                           \
                NULL},
#include "common/record/kinds.def"
#undef KIND
};
#undef ENTRIES

static struct schema_layout layouts[KIND_MAX + 1];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static bool names_kind(const struct field_schema *field, const struct kind_schema *kind);
static void build_tables(void);
static void build_lists(struct list_schema *lists, size_t list_count, const struct field_schema *items);
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

bool schema_refers_to(const struct kind_schema *from, const struct kind_schema *to)
{
    bool refers = false;
    for (size_t i = 0; i < from->field_count; i++) {
        refers = refers || names_kind(&from->fields[i], to);
    }
    for (size_t i = 0; i < from->list_count; i++) {
        for (size_t j = 0; j < from->lists[i].item_count; j++) {
            refers = refers || names_kind(&from->lists[i].items[j], to);
        }
    }
    return refers;
}

const struct schema_layout *schema_layout_of(const struct kind_schema *schema)
{
    return &layouts[schema->kind];
}

static bool names_kind(const struct field_schema *field, const struct kind_schema *kind)
{
    return field->type == FIELD_REFERENCE && strcmp(field->list, kind->name) == 0;
}

static void build_tables(void)
{
    build_lists(code_lists, kinds[KIND_CODE].list_count, code_items);
    build_lists(locality_lists, kinds[KIND_LOCALITY].list_count, locality_items);
    build_lists(branch_lists, kinds[KIND_BRANCH].list_count, branch_items);
    build_lists(member_lists, kinds[KIND_MEMBER].list_count, member_items);
    for (uint32_t kind = 0; kind <= KIND_MAX; kind++) {
        struct kind_schema *schema = &kinds[kind];
        if (schema->name == NULL) {
            continue;
        }
        memcpy(schema->match_keys, identities[kind].match_keys, sizeof(schema->match_keys));
        schema->derive_list = identities[kind].derive_list;
        schema->derive_code = identities[kind].derive_code;
        schema->derive_from = identities[kind].derive_from;
        build_layout(schema, &layouts[kind]);
    }
}

/* Cut the flat table of items (a nameless entry before each list and at the end) into the lists' own. */
static void build_lists(struct list_schema *lists, size_t list_count, const struct field_schema *items)
{
    for (size_t i = 0; i < list_count; i++) {
        items++;
        lists[i].items = items;
        while (items->name != NULL) {
            items++;
        }
        lists[i].item_count = (size_t)(items - lists[i].items);
        REQUIRE(lists[i].item_count <= SCHEMA_ITEMS_MAX);
        if (lists[i].shape == LIST_EDGE) {
            REQUIRE(lists[i].item_count == EDGE_ITEMS);
            REQUIRE(lists[i].items[EDGE_REFERENCE].type == FIELD_REFERENCE);
            REQUIRE(strcmp(lists[i].items[EDGE_FROM].name, "from") == 0);
            REQUIRE(strcmp(lists[i].items[EDGE_TO].name, "to") == 0);
        }
    }
}

static void build_layout(const struct kind_schema *schema, struct schema_layout *layout)
{
    REQUIRE(schema->field_count <= SCHEMA_FIELDS_MAX);
    REQUIRE(schema->list_count <= SCHEMA_LISTS_MAX);
    for (size_t i = 0; i < schema->field_count; i++) {
        layout->fields[i] = find_descriptor(schema->descriptor, schema->fields[i].name);
        check_type(layout->fields[i], schema->fields[i].type);
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        const struct list_schema *list = &schema->lists[i];
        layout->lists[i] = find_descriptor(schema->descriptor, list->name);
        REQUIRE(layout->lists[i]->label == PROTOBUF_C_LABEL_REPEATED);
        REQUIRE(layout->lists[i]->type == PROTOBUF_C_TYPE_MESSAGE);
        for (size_t j = 0; j < list->item_count; j++) {
            layout->items[i][j] = find_descriptor(layout->lists[i]->descriptor, list->items[j].name);
            check_type(layout->items[i][j], list->items[j].type);
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
        [FIELD_TEXT] = PROTOBUF_C_TYPE_STRING,  [FIELD_CODE] = PROTOBUF_C_TYPE_STRING,
        [FIELD_DATE] = PROTOBUF_C_TYPE_SINT32,  [FIELD_INTEGER] = PROTOBUF_C_TYPE_UINT32,
        [FIELD_BOOLEAN] = PROTOBUF_C_TYPE_BOOL, [FIELD_REFERENCE] = PROTOBUF_C_TYPE_BYTES,
    };
    REQUIRE(descriptor->label == PROTOBUF_C_LABEL_OPTIONAL);
    REQUIRE(descriptor->type == expected[type]);
}
