/* Match keys: the parts of a key, each escaped, with '|' between. */
#include "common/record/match.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/date.h"
#include "common/record/name.h"

enum { KEY_BYTES_MAX = 2048 };

struct key_text {
    uint8_t at[KEY_BYTES_MAX];
    size_t len;
};

static bool is_key_for(const struct kind_schema *schema, const void *message, const struct match_key *key);
static bool find_value(const struct kind_schema *schema, const void *message, const char *name,
                       struct value *ret_value, const struct field_schema **ret_field);
static enum err add_value(struct key_text *text, const struct field_schema *field, struct value value,
                          struct arena *arena, bool *ret_is_empty);
static enum err add_text(struct key_text *text, struct bytes part);
static enum err add_byte(struct key_text *text, uint8_t byte);

enum err match_key_of(const struct kind_schema *schema, const void *message, size_t key_index,
                      struct arena *arena, struct bytes *ret_key)
{
    const struct bytes none = {0};
    REQUIRE(key_index < MATCH_KEYS_MAX);
    const struct match_key *key = &schema->match_keys[key_index];
    if (key->fields[0] == NULL || !is_key_for(schema, message, key)) {
        *ret_key = none;
        return ERR_OK;
    }
    struct key_text text = {.len = 0};
    enum err err = add_byte(&text, (uint8_t)('0' + key_index));
    for (size_t i = 0; err == ERR_OK && i < MATCH_FIELDS_MAX && key->fields[i] != NULL; i++) {
        struct value value = {0};
        const struct field_schema *field = NULL;
        bool is_empty = true;
        if (find_value(schema, message, key->fields[i], &value, &field)) {
            err = add_byte(&text, '|');
            if (err == ERR_OK) {
                err = add_value(&text, field, value, arena, &is_empty);
            }
        }
        if (err == ERR_OK && is_empty) {
            *ret_key = none;
            return ERR_OK;
        }
    }
    if (err != ERR_OK) {
        return err;
    }
    struct bytes copy = arena_copy(arena, bytes_of(text.at, text.len));
    if (copy.at == NULL) {
        return ERR_TOO_BIG;
    }
    *ret_key = copy;
    return ERR_OK;
}

/* A record with an official code is that code's, whatever it is called; only a key with the list speaks of
 * it. */
static bool is_key_for(const struct kind_schema *schema, const void *message, const struct match_key *key)
{
    struct value list = {0};
    const struct field_schema *field = NULL;
    if (schema->derive_list == NULL || !find_value(schema, message, schema->derive_list, &list, &field) ||
        list.text.len == 0) {
        return true;
    }
    return strcmp(key->fields[0], schema->derive_list) == 0;
}

/* A field's value, or the reference of a list's last edge. false: not stated. */
static bool find_value(const struct kind_schema *schema, const void *message, const char *name,
                       struct value *ret_value, const struct field_schema **ret_field)
{
    int index = schema_field_index(schema, name);
    if (index >= 0) {
        *ret_value = record_field(schema, message, (size_t)index);
        *ret_field = &schema->fields[index];
        return ret_value->is_stated;
    }
    index = schema_list_index(schema, name);
    REQUIRE(index >= 0);
    int last = record_last_edge(schema, message, (size_t)index);
    if (last < 0) {
        return false;
    }
    *ret_value = record_item(schema, message, (size_t)index, (size_t)last, EDGE_REFERENCE);
    *ret_field = &schema->lists[index].items[EDGE_REFERENCE];
    return ret_value->is_stated;
}

static enum err add_value(struct key_text *text, const struct field_schema *field, struct value value,
                          struct arena *arena, bool *ret_is_empty)
{
    char number[32];
    char hex[ID_HEX_BYTES];
    struct bytes part = {0};
    enum err err = ERR_OK;
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CODE:
        err = field->flags & FIELD_FOLDED ? name_fold(value.text, arena, &part)
                                          : name_normalise(value.text, arena, &part);
        break;
    case FIELD_DATE:
        date_format_iso((int32_t)value.number, number);
        part = bytes_of_text(number);
        break;
    case FIELD_INTEGER:
    case FIELD_BOOLEAN:
        (void)snprintf(number, sizeof(number), "%lld", (long long)value.number);
        part = bytes_of_text(number);
        break;
    case FIELD_REFERENCE:
        if (value.text.len != ID_BYTES) {
            return ERR_OK; /* no reference at all: the key does not apply */
        }
        hex_encode(value.text, hex);
        part = bytes_of_text(hex);
        break;
    }
    if (err == ERR_OK && part.len > 0) {
        err = add_text(text, part);
        *ret_is_empty = false;
    }
    return err;
}

static enum err add_text(struct key_text *text, struct bytes part)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < part.len; i++) {
        if (part.at[i] == '|' || part.at[i] == '\\') {
            err = add_byte(text, '\\');
        }
        if (err == ERR_OK) {
            err = add_byte(text, part.at[i]);
        }
    }
    return err;
}

static enum err add_byte(struct key_text *text, uint8_t byte)
{
    if (text->len >= sizeof(text->at)) {
        return ERR_TOO_BIG;
    }
    text->at[text->len++] = byte;
    return ERR_OK;
}
