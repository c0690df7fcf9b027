/* See csv_key.h. */
#include "client/lib/csv_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/lib/csv_names.h"
#include "common/base/check.h"
#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/record/match.h"
#include "common/record/name.h"

enum {
    PARTS_MAX = 16,
    DEPTH_MAX = 4, /* a fulfilment's obligation's branch is the deepest there is */
    NUMBER_BYTES = 24,
    KEY_TEXT_BYTES_MAX = 4096,
};

static const char separator[] = "\xC2\xB7"; /* · */

/* The parts of a typed text that are still to be read. */
struct parts {
    struct bytes at[PARTS_MAX];
    size_t count, next;
};

static bool split(struct bytes typed, struct arena *arena, struct parts *ret_parts);
static size_t part_count(const struct kind_schema *schema, size_t key, unsigned depth);
static size_t parts_of_reference(const struct field_schema *field, unsigned depth);
static const struct field_schema *field_of(const struct kind_schema *schema, const char *name, int *ret_field,
                                           int *ret_list);
static enum err find_by_parts(struct csv_references *references, const struct kind_schema *schema, size_t key,
                              struct parts *parts, struct arena *arena, struct id *ret_record);
static enum err read_part(struct csv_references *references, const struct field_schema *field,
                          struct parts *parts, struct arena *arena, struct value *ret_value);
static enum err read_reference(struct csv_references *references, const struct field_schema *field,
                               struct parts *parts, struct arena *arena, struct value *ret_value);
static enum err put_value(const struct kind_schema *schema, struct arena *arena, void *message, int field,
                          int list, struct value value);
static enum err add_key(struct csv_references *references, const struct kind_schema *schema,
                        const void *message, size_t key, enum language language, struct arena *arena,
                        struct buf *text);
static enum err add_value(struct csv_references *references, const struct field_schema *field,
                          struct value value, enum language language, struct arena *arena, struct buf *text);
static enum err add_reference(struct csv_references *references, const struct field_schema *field,
                              const struct id *record, enum language language, struct arena *arena,
                              struct buf *text);

enum err csv_key_find(struct csv_references *references, const struct kind_schema *schema, struct bytes typed,
                      struct arena *arena, struct id *ret_record)
{
    struct parts parts = {0};
    enum err err = ERR_NOT_FOUND;

    if (!split(typed, arena, &parts)) {
        return ERR_NOT_FOUND;
    }
    for (size_t key = 0; key < MATCH_KEYS_MAX && err == ERR_NOT_FOUND; key++) {
        if (part_count(schema, key, 0) == parts.count) {
            parts.next = 0;
            err = find_by_parts(references, schema, key, &parts, arena, ret_record);
        }
    }
    return err;
}

enum err csv_key_text(struct csv_references *references, const struct kind_schema *schema,
                      const struct id *record, enum language language, struct arena *arena,
                      struct bytes *ret_text)
{
    void *message = NULL;
    struct buf text;
    struct bytes copy = {0};
    enum err err = csv_references_read(references, schema->kind, record, arena, &message);

    buf_init(&text, KEY_TEXT_BYTES_MAX);
    for (size_t key = 0; key < MATCH_KEYS_MAX && err == ERR_OK && copy.at == NULL; key++) {
        struct bytes bearer = {0};

        if (part_count(schema, key, 0) < 2) {
            continue;
        }
        err = match_key_of(schema, message, key, arena, &bearer);
        if (err == ERR_OK && bearer.at != NULL) {
            err = add_key(references, schema, message, key, language, arena, &text);
            copy = err == ERR_OK ? arena_copy(arena, buf_content(&text)) : copy;
            err = err == ERR_OK && copy.at == NULL ? ERR_TOO_BIG : err;
        }
    }
    buf_release(&text);
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        *ret_text = copy;
        return ERR_OK;
    }
    return err;
}

/* false: fewer than two parts, or far too many. */
static bool split(struct bytes typed, struct arena *arena, struct parts *ret_parts)
{
    struct parts parts = {0};
    size_t start = 0;

    for (size_t i = 0; i <= typed.len; i++) {
        bool is_end = i == typed.len;

        if (!is_end && (i + 1 == typed.len || memcmp(typed.at + i, separator, sizeof separator - 1) != 0)) {
            continue;
        }
        if (parts.count == PARTS_MAX ||
            name_normalise(bytes_of(typed.at + start, i - start), arena, &parts.at[parts.count]) != ERR_OK) {
            return false;
        }
        parts.count++;
        start = i + sizeof separator - 1;
        i++; /* the separator's second byte; past the end it ends the loop */
    }
    *ret_parts = parts;
    return parts.count > 1;
}

/* 0: no such key, or it goes round in a ring. */
static size_t part_count(const struct kind_schema *schema, size_t key, unsigned depth)
{
    const struct match_key *match = &schema->match_keys[key];
    size_t count = 0;

    for (size_t i = 0; i < MATCH_FIELDS_MAX && match->fields[i] != NULL; i++) {
        const struct field_schema *field = field_of(schema, match->fields[i], NULL, NULL);
        size_t parts = field->type == FIELD_REFERENCE ? parts_of_reference(field, depth) : 1;

        if (parts == 0) {
            return 0;
        }
        count += parts;
    }
    return count;
}

static size_t parts_of_reference(const struct field_schema *field, unsigned depth)
{
    const struct kind_schema *target = schema_of_name(field->list);
    bool has_word = csv_names_has(target);

    for (size_t i = 0; i < target->field_count; i++) {
        has_word |= (target->fields[i].flags & FIELD_UNIQUE) != 0;
    }
    return has_word ? 1 : depth == DEPTH_MAX ? 0 : part_count(target, 0, depth + 1);
}

/* A field, or the reference of an edge list; exactly one of *ret_field and *ret_list becomes an index. */
static const struct field_schema *field_of(const struct kind_schema *schema, const char *name, int *ret_field,
                                           int *ret_list)
{
    int field = schema_field_index(schema, name);
    int list = field < 0 ? schema_list_index(schema, name) : -1;

    REQUIRE(field >= 0 || list >= 0);
    if (ret_field != NULL) {
        *ret_field = field;
        *ret_list = list;
    }
    return field >= 0 ? &schema->fields[field] : &schema->lists[list].items[EDGE_REFERENCE];
}

/* ---- reading ---- */

static enum err find_by_parts(struct csv_references *references, const struct kind_schema *schema, size_t key,
                              struct parts *parts, struct arena *arena, struct id *ret_record)
{
    const struct match_key *match = &schema->match_keys[key];
    void *message = NULL;
    enum err err = record_new(schema, arena, &message);

    for (size_t i = 0; i < MATCH_FIELDS_MAX && match->fields[i] != NULL && err == ERR_OK; i++) {
        int field_index = -1;
        int list_index = -1;
        const struct field_schema *field = field_of(schema, match->fields[i], &field_index, &list_index);
        struct value value = {0};

        err = read_part(references, field, parts, arena, &value);
        if (err == ERR_OK && value.is_stated) {
            err = put_value(schema, arena, message, field_index, list_index, value);
        }
    }
    if (err == ERR_MALFORMED || err == ERR_ENCODING) {
        return ERR_NOT_FOUND; /* some part is not what this key has there */
    }
    return err == ERR_OK ? csv_references_match(references, schema, message, key, arena, ret_record) : err;
}

static enum err read_part(struct csv_references *references, const struct field_schema *field,
                          struct parts *parts, struct arena *arena, struct value *ret_value)
{
    struct value value = {.is_stated = true};
    int32_t days = 0;

    if (field->type == FIELD_REFERENCE) {
        return read_reference(references, field, parts, arena, ret_value);
    }
    REQUIRE(parts->next < parts->count); /* part_count counted them */
    value.text = parts->at[parts->next++];
    if (value.text.len == 0) {
        *ret_value = (struct value){0};
        return ERR_OK;
    }
    if (field->type == FIELD_DATE) {
        if (date_parse(value.text, &days) != ERR_OK) {
            return ERR_MALFORMED;
        }
        value.number = days;
    } else if (field->type == FIELD_CODE) {
        const struct code_item *item = codes_find_typed(field->list, value.text);

        if (item == NULL) {
            return ERR_MALFORMED;
        }
        value.text = bytes_of_text(item->code);
    } else if (field->type != FIELD_TEXT) {
        for (size_t i = 0; i < value.text.len; i++) {
            if (value.text.at[i] < '0' || value.text.at[i] > '9' || i == NUMBER_BYTES / 2) {
                return ERR_MALFORMED;
            }
            value.number = 10 * value.number + (value.text.at[i] - '0');
        }
    }
    *ret_value = value;
    return ERR_OK;
}

static enum err read_reference(struct csv_references *references, const struct field_schema *field,
                               struct parts *parts, struct arena *arena, struct value *ret_value)
{
    const struct kind_schema *target = schema_of_name(field->list);
    size_t count = parts_of_reference(field, 0);
    struct id record;
    enum err err;

    REQUIRE(parts->next + count <= parts->count); /* part_count counted them */
    if (count == 1) {
        struct bytes typed = parts->at[parts->next++];

        if (typed.len == 0) {
            *ret_value = (struct value){0};
            return ERR_OK;
        }
        err = csv_references_find_in(references, target->kind, typed, arena, &record);
    } else {
        err = find_by_parts(references, target, 0, parts, arena, &record);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct bytes copy = arena_copy(arena, bytes_of(record.at, ID_BYTES));

    *ret_value = (struct value){.is_stated = true, .text = copy};
    return copy.at == NULL ? ERR_TOO_BIG : ERR_OK;
}

static enum err put_value(const struct kind_schema *schema, struct arena *arena, void *message, int field,
                          int list, struct value value)
{
    struct value edge[EDGE_ITEMS] = {[EDGE_REFERENCE] = value};

    return field >= 0 ? record_set_field(schema, arena, message, (size_t)field, value)
                      : record_append(schema, arena, message, (size_t)list, edge);
}

/* ---- writing ---- */

static enum err add_key(struct csv_references *references, const struct kind_schema *schema,
                        const void *message, size_t key, enum language language, struct arena *arena,
                        struct buf *text)
{
    const struct match_key *match = &schema->match_keys[key];
    enum err err = ERR_OK;

    for (size_t i = 0; i < MATCH_FIELDS_MAX && match->fields[i] != NULL && err == ERR_OK; i++) {
        int field_index = -1;
        int list_index = -1;
        const struct field_schema *field = field_of(schema, match->fields[i], &field_index, &list_index);
        int edge = field_index >= 0 ? -1 : record_last_edge(schema, message, (size_t)list_index);
        struct value value = {0};

        if (field_index >= 0) {
            value = record_field(schema, message, (size_t)field_index);
        } else if (edge >= 0) {
            value = record_item(schema, message, (size_t)list_index, (size_t)edge, EDGE_REFERENCE);
        }
        err = i == 0 ? ERR_OK : buf_append_format(text, " %s ", separator);
        if (err == ERR_OK && value.is_stated) {
            err = add_value(references, field, value, language, arena, text);
        }
    }
    return err;
}

static enum err add_value(struct csv_references *references, const struct field_schema *field,
                          struct value value, enum language language, struct arena *arena, struct buf *text)
{
    char number[NUMBER_BYTES];
    struct id id;

    switch (field->type) {
    case FIELD_TEXT:
        return buf_append(text, value.text);
    case FIELD_CODE:
        return buf_append(text, codes_label(field->list, value.text, language));
    case FIELD_REFERENCE:
        return id_from_bytes(value.text, &id) == ERR_OK
                   ? add_reference(references, field, &id, language, arena, text)
                   : ERR_OK;
    case FIELD_DATE:
        date_format_iso((int32_t)value.number, number);
        return buf_append_text(text, number);
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
    case FIELD_BOOLEAN:
        break;
    }
    return buf_append_format(text, "%" PRId64, value.number);
}

static enum err add_reference(struct csv_references *references, const struct field_schema *field,
                              const struct id *record, enum language language, struct arena *arena,
                              struct buf *text)
{
    const struct kind_schema *target = schema_of_name(field->list);
    struct bytes word = {0};
    void *message = NULL;

    if (parts_of_reference(field, 0) == 1) {
        enum err err = csv_references_word(references, target->kind, record, true, arena, &word);

        return err == ERR_OK ? buf_append(text, word) : err;
    }
    enum err err = csv_references_read(references, target->kind, record, arena, &message);

    return err == ERR_OK          ? add_key(references, target, message, 0, language, arena, text)
           : err == ERR_NOT_FOUND ? ERR_OK
                                  : err;
}
