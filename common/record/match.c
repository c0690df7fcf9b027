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
static size_t fallback_key(const struct kind_schema *schema, const void *message, struct arena *arena);
static bool is_whole(const struct kind_schema *schema, const void *message, const struct match_key *key,
                     struct arena *arena);
static bool is_filled(const struct kind_schema *schema, const void *message, const char *name,
                      struct arena *arena);
static bool is_required(const struct kind_schema *schema, const char *name);
static bool find_value(const struct kind_schema *schema, const void *message, const char *name,
                       struct value *ret_value, const struct field_schema **ret_field);
static enum err add_value(struct key_text *text, const struct field_schema *field, struct value value,
                          struct arena *arena);
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
    if (!is_whole(schema, message, key, arena) && key_index != fallback_key(schema, message, arena)) {
        *ret_key = none;
        return ERR_OK;
    }
    struct key_text text = {.len = 0};
    enum err err = add_byte(&text, (uint8_t)('0' + key_index));
    for (size_t i = 0; err == ERR_OK && i < MATCH_FIELDS_MAX && key->fields[i] != NULL; i++) {
        struct value value = {0};
        const struct field_schema *field = NULL;
        err = add_byte(&text, '|');
        if (err == ERR_OK && find_value(schema, message, key->fields[i], &value, &field)) {
            err = add_value(&text, field, value, arena);
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

/* The key that speaks for a record none of whose keys is whole: the first with a value whose required fields
 * all have one. The others count as "not stated", so that the same row twice is one record. MATCH_KEYS_MAX:
 * a key is whole, or none can speak. */
static size_t fallback_key(const struct kind_schema *schema, const void *message, struct arena *arena)
{
    size_t found = MATCH_KEYS_MAX;
    for (size_t key = MATCH_KEYS_MAX; key-- > 0;) {
        const struct match_key *candidate = &schema->match_keys[key];
        if (candidate->fields[0] == NULL || !is_key_for(schema, message, candidate)) {
            continue;
        }
        if (is_whole(schema, message, candidate, arena)) {
            return MATCH_KEYS_MAX;
        }
        size_t stated = 0;
        bool lacks_required = false;
        for (size_t i = 0; i < MATCH_FIELDS_MAX && candidate->fields[i] != NULL; i++) {
            bool has_value = is_filled(schema, message, candidate->fields[i], arena);
            stated += has_value;
            lacks_required = lacks_required || (!has_value && is_required(schema, candidate->fields[i]));
        }
        if (stated > 0 && !lacks_required) {
            found = key;
        }
    }
    return found;
}

static bool is_whole(const struct kind_schema *schema, const void *message, const struct match_key *key,
                     struct arena *arena)
{
    for (size_t i = 0; i < MATCH_FIELDS_MAX && key->fields[i] != NULL; i++) {
        if (!is_filled(schema, message, key->fields[i], arena)) {
            return false;
        }
    }
    return true;
}

/* Stated, and more than blanks. */
static bool is_filled(const struct kind_schema *schema, const void *message, const char *name,
                      struct arena *arena)
{
    struct value value = {0};
    const struct field_schema *field = NULL;
    struct bytes text = {0};
    if (!find_value(schema, message, name, &value, &field)) {
        return false;
    }
    if (field->type == FIELD_REFERENCE) {
        return value.text.len == ID_BYTES;
    }
    if (field->type != FIELD_TEXT && field->type != FIELD_CODE) {
        return true;
    }
    if (value.text.len > 0 && value.text.at[0] > ' ' && value.text.at[0] < 0x7F) {
        return true; /* as nearly all are */
    }
    /* Bad text is told when the key is written. */
    return name_normalise(value.text, arena, &text) != ERR_OK || text.len > 0;
}

static bool is_required(const struct kind_schema *schema, const char *name)
{
    int index = schema_field_index(schema, name);
    return index >= 0 && (schema->fields[index].flags & FIELD_REQUIRED) != 0;
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
                          struct arena *arena)
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
    case FIELD_DECIMAL:
    case FIELD_BOOLEAN:
        (void)snprintf(number, sizeof(number), "%lld", (long long)value.number);
        part = bytes_of_text(number);
        break;
    case FIELD_REFERENCE:
        if (value.text.len != ID_BYTES) {
            return ERR_OK; /* no reference at all, see is_filled */
        }
        hex_encode(value.text, hex);
        part = bytes_of_text(hex);
        break;
    }
    return err == ERR_OK ? add_text(text, part) : err;
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
