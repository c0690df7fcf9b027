#include "server/store/row_encode.h"

#include <string.h>

#include "common/base/check.h"

enum {
    ROW_HEAD_COLUMNS = 5 /* id, version, since, until, removed */,
    ELEMENT_HEAD_COLUMNS = 4 /* id, since, until, element */
};

static uint32_t column_count_of(const struct kind_schema *schema);
static void put_until(struct wire_array *rows, int64_t until);
static void put_value(struct wire_array *rows, enum field_type type, struct value value);
static void put_reference(struct wire_array *rows, struct value value);
static void put_fields(struct wire_array *rows, const struct store_version *version,
                       struct vault_sealer *sealer);
static void put_sealed(struct wire_array *rows, const struct store_version *version,
                       struct vault_sealer *sealer, const char *list, const struct field_schema *field,
                       struct value value);
static void put_last_edge(struct wire_array *rows, const struct store_version *version, size_t list_index);

void row_encode_version(struct wire_array *rows, const struct store_version *version, int64_t until,
                        struct vault_sealer *sealer)
{
    const struct kind_schema *schema = version->schema;
    REQUIRE((version->message == NULL) == version->is_removal);
    wire_row_begin(rows, column_count_of(schema));
    wire_row_put_id(rows, &version->record);
    wire_row_put_id(rows, &version->version);
    wire_row_put_int64(rows, (int64_t)version->position);
    put_until(rows, until);
    wire_row_put_boolean(rows, version->is_removal);
    put_fields(rows, version, sealer);
    for (size_t i = 0; i < schema->list_count; i++) {
        if (schema->lists[i].shape == LIST_EDGE) {
            put_last_edge(rows, version, i);
        }
    }
    wire_row_end(rows);
}

void row_encode_elements(struct wire_array *rows, const struct store_version *version, size_t list_index,
                         int64_t until, struct vault_sealer *sealer)
{
    if (version->message == NULL) {
        return;
    }
    const struct kind_schema *schema = version->schema;
    const struct list_schema *list = &schema->lists[list_index];
    size_t count = record_list_count(schema, version->message, list_index);
    int in_row = list->shape == LIST_EDGE ? record_last_edge(schema, version->message, list_index) : -1;
    for (size_t i = 0; i < count; i++) {
        if ((int)i == in_row) {
            continue;
        }
        wire_row_begin(rows, (uint32_t)(ELEMENT_HEAD_COLUMNS + list->item_count));
        wire_row_put_id(rows, &version->record);
        wire_row_put_int64(rows, (int64_t)version->position);
        put_until(rows, until);
        wire_row_put_int32(rows, (int32_t)i);
        for (size_t j = 0; j < list->item_count; j++) {
            struct value value = record_item(schema, version->message, list_index, i, j);
            if (field_is_sealed(&list->items[j])) {
                put_sealed(rows, version, sealer, list->name, &list->items[j], value);
            } else {
                put_value(rows, list->items[j].type, value);
            }
        }
        wire_row_end(rows);
    }
}

static uint32_t column_count_of(const struct kind_schema *schema)
{
    size_t count = ROW_HEAD_COLUMNS + schema->field_count;
    for (size_t i = 0; i < schema->field_count; i++) {
        count += field_is_blind(&schema->fields[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        count += schema->lists[i].shape == LIST_EDGE ? schema->lists[i].item_count : 0;
    }
    return (uint32_t)count;
}

static void put_until(struct wire_array *rows, int64_t until)
{
    if (until == ROW_UNTIL_NONE) {
        wire_row_put(rows, WIRE_INT64, (struct bytes){0});
    } else {
        wire_row_put_int64(rows, until);
    }
}

static void put_fields(struct wire_array *rows, const struct store_version *version,
                       struct vault_sealer *sealer)
{
    const struct kind_schema *schema = version->schema;
    for (size_t i = 0; i < schema->field_count; i++) {
        struct value value = {0};
        if (version->message != NULL) {
            value = record_field(schema, version->message, i);
        }
        if (field_is_sealed(&schema->fields[i])) {
            put_sealed(rows, version, sealer, "", &schema->fields[i], value);
        } else {
            put_value(rows, schema->fields[i].type, value);
        }
    }
}

/* The value under the key of the version's sender, and behind it the blind index where the field has one. */
static void put_sealed(struct wire_array *rows, const struct store_version *version,
                       struct vault_sealer *sealer, const char *list, const struct field_schema *field,
                       struct value value)
{
    uint8_t sealed[SCHEMA_RECORD_BYTES_MAX + VAULT_OVERHEAD_BYTES];
    uint8_t blind[VAULT_BLIND_BYTES];
    enum record_kind kind = version->schema->kind;
    uint32_t key = value.is_stated ? vault_sealer_key(sealer, &version->device) : 0;
    enum err err = ERR_OK;
    if (value.is_stated) {
        err = value.text.len > SCHEMA_RECORD_BYTES_MAX ? ERR_MALFORMED : key == 0 ? ERR_INTERNAL : ERR_OK;
    }
    if (err != ERR_OK) {
        rows->err = rows->err == ERR_OK ? err : rows->err;
        return;
    }
    if (value.is_stated) {
        struct vault_place place = vault_place_of_field(kind, &version->record, list, field->name);
        vault_seal(sealer->vault, key, &place, value.text, sealed);
        wire_row_put(rows, WIRE_BYTEA, bytes_of(sealed, value.text.len + VAULT_OVERHEAD_BYTES));
    } else {
        wire_row_put(rows, WIRE_BYTEA, (struct bytes){0});
    }
    if (field_is_blind(field) && value.is_stated) {
        vault_blind(sealer->vault, kind, field->name, value.text, blind);
        wire_row_put(rows, WIRE_BYTEA, bytes_of(blind, sizeof blind));
    } else if (field_is_blind(field)) {
        wire_row_put(rows, WIRE_BYTEA, (struct bytes){0});
    }
}

static void put_last_edge(struct wire_array *rows, const struct store_version *version, size_t list_index)
{
    const struct list_schema *list = &version->schema->lists[list_index];
    int element = -1;
    if (version->message != NULL) {
        element = record_last_edge(version->schema, version->message, list_index);
    }
    for (size_t j = 0; j < list->item_count; j++) {
        struct value value = {0};
        if (element >= 0) {
            value = record_item(version->schema, version->message, list_index, (size_t)element, j);
        }
        put_value(rows, list->items[j].type, value);
    }
}

static void put_value(struct wire_array *rows, enum field_type type, struct value value)
{
    switch (type) {
    case FIELD_TEXT:
    case FIELD_CODE:
        wire_row_put(rows, WIRE_TEXT, value.is_stated ? value.text : (struct bytes){0});
        return;
    case FIELD_DATE:
        if (value.is_stated) {
            wire_row_put_date(rows, value.number);
        } else {
            wire_row_put(rows, WIRE_DATE, (struct bytes){0});
        }
        return;
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
        if (value.is_stated) {
            wire_row_put_int64(rows, value.number);
        } else {
            wire_row_put(rows, WIRE_INT64, (struct bytes){0});
        }
        return;
    case FIELD_BOOLEAN:
        if (value.is_stated) {
            wire_row_put_boolean(rows, value.number != 0);
        } else {
            wire_row_put(rows, WIRE_BOOLEAN, (struct bytes){0});
        }
        return;
    case FIELD_REFERENCE:
        put_reference(rows, value);
        return;
    }
    check_failed("REQUIRE", "a field type without a column type", __FILE__, __LINE__);
}

static void put_reference(struct wire_array *rows, struct value value)
{
    if (value.is_stated && value.text.len != ID_BYTES) {
        rows->err = rows->err == ERR_OK ? ERR_MALFORMED : rows->err;
        return;
    }
    wire_row_put(rows, WIRE_UUID, value.is_stated ? value.text : (struct bytes){0});
}
