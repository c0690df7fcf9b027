/* Values of records: reading and writing protobuf-c messages through the schema's layout. */
#include <string.h>

#include "common/base/check.h"
#include "common/record/schema.h"
#include "common/record/schema_tables.h"

static size_t owner_edge_count(const struct kind_schema *schema, const void *message);
static enum err walk_references(const struct kind_schema *schema, const void *message,
                                struct record_reference *references, size_t *ret_count);
static enum err take_reference(const struct field_schema *field, struct value value,
                               struct record_reference *references, size_t *count);
static struct value read_value(const void *message, const ProtobufCFieldDescriptor *descriptor,
                               enum field_type type);
static enum err check_value(enum field_type type, struct value value);
static enum err write_value(struct arena *arena, void *message, const ProtobufCFieldDescriptor *descriptor,
                            enum field_type type, struct value value);
static enum err write_view(struct arena *arena, uint8_t *member, enum field_type type, struct bytes view);
static const void *element_of(const void *message, const ProtobufCFieldDescriptor *list,
                              size_t element_index);
static size_t count_of(const void *message, const ProtobufCFieldDescriptor *list);

bool value_equal(struct value a, struct value b)
{
    return a.is_stated == b.is_stated &&
           (!a.is_stated || (a.number == b.number && bytes_equal(a.text, b.text)));
}

struct value record_field(const struct kind_schema *schema, const void *message, size_t field_index)
{
    REQUIRE(field_index < schema->field_count);
    return read_value(message, schema_layout_of(schema)->fields[field_index],
                      schema->fields[field_index].type);
}

size_t record_list_count(const struct kind_schema *schema, const void *message, size_t list_index)
{
    REQUIRE(list_index < schema->list_count);
    return count_of(message, schema_layout_of(schema)->lists[list_index]);
}

struct value record_item(const struct kind_schema *schema, const void *message, size_t list_index,
                         size_t element_index, size_t item_index)
{
    REQUIRE(list_index < schema->list_count);
    REQUIRE(item_index < schema->lists[list_index].item_count);
    const struct schema_layout *layout = schema_layout_of(schema);
    const void *element = element_of(message, layout->lists[list_index], element_index);
    return read_value(element, layout->items[list_index][item_index],
                      schema->lists[list_index].items[item_index].type);
}

int record_last_edge(const struct kind_schema *schema, const void *message, size_t list_index)
{
    size_t count = record_list_count(schema, message, list_index);
    REQUIRE(schema->lists[list_index].shape == LIST_EDGE);
    int last = -1;
    int64_t last_from = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        struct value from = record_item(schema, message, list_index, i, EDGE_FROM);
        int64_t days = from.is_stated ? from.number : INT64_MIN;
        if (days >= last_from) {
            last = (int)i;
            last_from = days;
        }
    }
    return last;
}

int64_t record_left_date(const struct kind_schema *schema, const void *message)
{
    size_t count = schema->ended_field >= 0 ? owner_edge_count(schema, message) : 0;
    bool has_ended = count > 0 && record_field(schema, message, (size_t)schema->ended_field).is_stated;
    int64_t left = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        struct value to = record_item(schema, message, (size_t)schema->owner.list, i, EDGE_TO);
        int64_t days = to.is_stated ? to.number : INT64_MAX;
        left = days > left ? days : left;
    }
    return count == 0 || has_ended ? INT64_MAX : left;
}

int64_t record_begin_date(const struct kind_schema *schema, const void *message)
{
    int64_t begin = INT64_MAX;
    for (size_t i = 0; i < owner_edge_count(schema, message); i++) {
        struct value from = record_item(schema, message, (size_t)schema->owner.list, i, EDGE_FROM);
        int64_t days = from.is_stated ? from.number : INT64_MIN;
        begin = days < begin ? days : begin;
    }
    return begin;
}

enum err record_references(const struct kind_schema *schema, const void *message, struct arena *arena,
                           const struct record_reference **ret_references, size_t *ret_count)
{
    size_t count = 0;
    enum err err = walk_references(schema, message, NULL, &count);
    if (err != ERR_OK) {
        return err;
    }
    struct record_reference *references = arena_zalloc(arena, count, sizeof *references);
    if (references == NULL) {
        return ERR_TOO_BIG;
    }
    err = walk_references(schema, message, references, &count);
    if (err == ERR_OK) {
        *ret_references = references;
        *ret_count = count;
    }
    return err;
}

enum err record_new(const struct kind_schema *schema, struct arena *arena, void *ret_message)
{
    void *message = arena_zalloc(arena, 1, schema->descriptor->sizeof_message);
    if (message == NULL) {
        return ERR_TOO_BIG;
    }
    protobuf_c_message_init(schema->descriptor, message);
    memcpy(ret_message, &message, sizeof(message)); /* the caller's pointer may be of any message type */
    return ERR_OK;
}

enum err record_set_field(const struct kind_schema *schema, struct arena *arena, void *message,
                          size_t field_index, struct value value)
{
    REQUIRE(field_index < schema->field_count);
    enum field_type type = schema->fields[field_index].type;
    enum err err = check_value(type, value);
    if (err != ERR_OK) {
        return err;
    }
    return write_value(arena, message, schema_layout_of(schema)->fields[field_index], type, value);
}

enum err record_append(const struct kind_schema *schema, struct arena *arena, void *message,
                       size_t list_index, const struct value *items)
{
    REQUIRE(list_index < schema->list_count);
    const struct schema_layout *layout = schema_layout_of(schema);
    const ProtobufCFieldDescriptor *list = layout->lists[list_index];
    size_t item_count = schema->lists[list_index].item_count;
    size_t count = count_of(message, list);
    if (count >= SCHEMA_LIST_ELEMENTS_MAX) {
        return ERR_TOO_BIG;
    }
    const ProtobufCMessageDescriptor *descriptor = list->descriptor;
    /* A message that was unpacked has no room to spare, so the array of pointers is made anew. */
    void **elements = arena_zalloc(arena, count + 1, sizeof(*elements));
    void *element = arena_zalloc(arena, 1, descriptor->sizeof_message);
    if (elements == NULL || element == NULL) {
        return ERR_TOO_BIG;
    }
    protobuf_c_message_init(descriptor, element);
    for (size_t i = 0; i < item_count; i++) {
        enum field_type type = schema->lists[list_index].items[i].type;
        enum err err = check_value(type, items[i]);
        if (err == ERR_OK) {
            err = write_value(arena, element, layout->items[list_index][i], type, items[i]);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    const uint8_t *old_elements;
    memcpy(&old_elements, (const uint8_t *)message + list->offset, sizeof(old_elements));
    if (count > 0) {
        memcpy(elements, old_elements, count * sizeof(*elements));
    }
    elements[count] = element;
    count++;
    memcpy((uint8_t *)message + list->offset, &elements, sizeof(elements));
    memcpy((uint8_t *)message + list->quantifier_offset, &count, sizeof(count));
    return ERR_OK;
}

enum err record_set_item(const struct kind_schema *schema, struct arena *arena, void *message,
                         size_t list_index, size_t element_index, size_t item_index, struct value value)
{
    REQUIRE(list_index < schema->list_count && item_index < schema->lists[list_index].item_count);
    const struct schema_layout *layout = schema_layout_of(schema);
    enum field_type type = schema->lists[list_index].items[item_index].type;
    enum err err = check_value(type, value);
    if (err != ERR_OK) {
        return err;
    }
    const void *element = element_of(message, layout->lists[list_index], element_index);
    void *writable = NULL;
    memcpy(&writable, &element, sizeof(element));
    return write_value(arena, writable, layout->items[list_index][item_index], type, value);
}

static size_t owner_edge_count(const struct kind_schema *schema, const void *message)
{
    return schema->owner.list >= 0 ? record_list_count(schema, message, (size_t)schema->owner.list) : 0;
}

/* Everything is copied out byte by byte, which compiles to plain loads and keeps clear of aliasing and
 * alignment. */
/* references: NULL while counting. */
static enum err walk_references(const struct kind_schema *schema, const void *message,
                                struct record_reference *references, size_t *ret_count)
{
    size_t count = 0;
    enum err err = ERR_OK;
    for (size_t i = 0; i < schema->field_count && err == ERR_OK; i++) {
        err = take_reference(&schema->fields[i], record_field(schema, message, i), references, &count);
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        const struct list_schema *list = &schema->lists[i];
        size_t elements = record_list_count(schema, message, i);
        for (size_t item = 0; item < list->item_count; item++) {
            bool is_reference = list->items[item].type == FIELD_REFERENCE;
            for (size_t j = 0; j < elements && is_reference && err == ERR_OK; j++) {
                struct value value = record_item(schema, message, i, j, item);
                err = take_reference(&list->items[item], value, references, &count);
            }
        }
    }
    *ret_count = count;
    return err;
}

/* Take one value if it is a reference. */
static enum err take_reference(const struct field_schema *field, struct value value,
                               struct record_reference *references, size_t *count)
{
    if (field->type != FIELD_REFERENCE || !value.is_stated) {
        return ERR_OK;
    }
    struct id record;
    enum err err = id_from_bytes(value.text, &record);
    if (err == ERR_OK && references != NULL) {
        const struct kind_schema *target = schema_of_name(field->list);
        REQUIRE(target != NULL); /* the tables name kinds only */
        references[*count] = (struct record_reference){.kind = target->kind, .record = record};
    }
    (*count)++;
    return err;
}

static struct value read_value(const void *message, const ProtobufCFieldDescriptor *descriptor,
                               enum field_type type)
{
    const uint8_t *base = message;
    const uint8_t *member = base + descriptor->offset;
    struct value value = {0};
    if (type == FIELD_TEXT || type == FIELD_CODE) {
        const char *text;
        memcpy(&text, member, sizeof(text));
        value.is_stated = text != NULL;
        if (text != NULL) {
            value.text = bytes_of(text, strlen(text));
        }
        return value;
    }
    protobuf_c_boolean has_value;
    memcpy(&has_value, base + descriptor->quantifier_offset, sizeof(has_value));
    if (!has_value) {
        return value;
    }
    value.is_stated = true;
    if (type == FIELD_REFERENCE) {
        ProtobufCBinaryData data;
        memcpy(&data, member, sizeof(data));
        value.text = bytes_of(data.data, data.len);
    } else if (type == FIELD_DATE) {
        int32_t days;
        memcpy(&days, member, sizeof(days));
        value.number = days;
    } else if (type == FIELD_INTEGER) {
        uint32_t number;
        memcpy(&number, member, sizeof(number));
        value.number = number;
    } else if (type == FIELD_DECIMAL) {
        memcpy(&value.number, member, sizeof(value.number));
    } else {
        protobuf_c_boolean is_true;
        memcpy(&is_true, member, sizeof(is_true));
        value.number = is_true ? 1 : 0;
    }
    return value;
}

static enum err check_value(enum field_type type, struct value value)
{
    if (!value.is_stated) {
        return ERR_OK;
    }
    bool is_sound = true;
    switch (type) {
    case FIELD_TEXT:
    case FIELD_CODE:
        is_sound = value.text.len == 0 || memchr(value.text.at, 0, value.text.len) == NULL;
        break;
    case FIELD_REFERENCE:
        is_sound = value.text.len == ID_BYTES;
        break;
    case FIELD_DATE:
        is_sound = value.number >= INT32_MIN && value.number <= INT32_MAX;
        break;
    case FIELD_INTEGER:
        is_sound = value.number >= 0 && value.number <= UINT32_MAX;
        break;
    case FIELD_DECIMAL: /* what a figure may be, the rules say */
        break;
    case FIELD_BOOLEAN:
        is_sound = value.number == 0 || value.number == 1;
        break;
    }
    return is_sound ? ERR_OK : ERR_MALFORMED;
}

static enum err write_value(struct arena *arena, void *message, const ProtobufCFieldDescriptor *descriptor,
                            enum field_type type, struct value value)
{
    uint8_t *base = message;
    uint8_t *member = base + descriptor->offset;
    if (type == FIELD_TEXT || type == FIELD_CODE) {
        const char *none = NULL;
        if (value.is_stated) {
            return write_view(arena, member, type, value.text);
        }
        memcpy(member, &none, sizeof(none));
        return ERR_OK;
    }
    protobuf_c_boolean has_value = value.is_stated;
    if (!value.is_stated) {
        value.number =
            0; /* what the wire makes of it: a rule that looks at the figure alone sees the same on both sides */
    }
    if (value.is_stated && type == FIELD_REFERENCE) {
        enum err err = write_view(arena, member, type, value.text);
        if (err != ERR_OK) {
            return err;
        }
    } else if (type == FIELD_DATE) {
        int32_t days = (int32_t)value.number;
        memcpy(member, &days, sizeof(days));
    } else if (type == FIELD_INTEGER) {
        uint32_t number = (uint32_t)value.number;
        memcpy(member, &number, sizeof(number));
    } else if (type == FIELD_DECIMAL) {
        memcpy(member, &value.number, sizeof(value.number));
    } else if (type == FIELD_BOOLEAN) {
        protobuf_c_boolean is_true = value.number != 0;
        memcpy(member, &is_true, sizeof(is_true));
    }
    memcpy(base + descriptor->quantifier_offset, &has_value, sizeof(has_value));
    return ERR_OK;
}

/* Copy a view into the arena and let the member point to the copy. */
static enum err write_view(struct arena *arena, uint8_t *member, enum field_type type, struct bytes view)
{
    if (type == FIELD_REFERENCE) {
        uint8_t *copy = arena_alloc(arena, view.len);
        if (copy == NULL) {
            return ERR_TOO_BIG;
        }
        memcpy(copy, view.at, view.len);
        ProtobufCBinaryData data;
        data.len = view.len;
        data.data = copy;
        memcpy(member, &data, sizeof(data));
        return ERR_OK;
    }
    char *text = arena_text(arena, view);
    if (text == NULL) {
        return ERR_TOO_BIG;
    }
    memcpy(member, &text, sizeof(text));
    return ERR_OK;
}

static const void *element_of(const void *message, const ProtobufCFieldDescriptor *list, size_t element_index)
{
    REQUIRE(element_index < count_of(message, list));
    const uint8_t *elements;
    memcpy(&elements, (const uint8_t *)message + list->offset, sizeof(elements));
    const void *element;
    memcpy(&element, elements + element_index * sizeof(element), sizeof(element));
    return element;
}

static size_t count_of(const void *message, const ProtobufCFieldDescriptor *list)
{
    size_t count;
    memcpy(&count, (const uint8_t *)message + list->quantifier_offset, sizeof(count));
    return count;
}
