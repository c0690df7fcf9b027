/* See csv_references.h. */
#include "client/lib/csv_references.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/csv_key.h"
#include "client/lib/csv_names.h"
#include "common/base/check.h"
#include "common/record/match.h"
#include "common/wire/message.h"

enum {
    BEARERS_MAX = 8,                  /* of one match key that are looked at; more of them are a question */
    LOOKUP_ARENA_BYTES_MAX = 1 << 20, /* of one look-up */
    NUMBER_DIGITS_MAX = 12,           /* no number that people bear is longer */
};

struct csv_references {
    struct store *store;
    struct csv_names *names;
    struct arena arena; /* of one look-up */
};

static enum err drop_left(struct csv_references *references, const struct kind_schema *schema,
                          struct id *records, size_t *count, struct arena *arena);
static enum err find_by_id(struct csv_references *references, enum record_kind kind, struct bytes typed,
                           struct arena *arena, struct id *ret_record);
static enum err find_by_name(struct csv_references *references, const struct kind_schema *schema,
                             struct bytes typed, struct id *ret_record);
static enum err find_by_number(struct csv_references *references, const struct kind_schema *schema,
                               struct bytes typed, struct arena *arena, struct id *ret_record);
static enum err find_restored_number(struct csv_references *references, const struct kind_schema *schema,
                                     size_t key, struct bytes typed, struct arena *arena,
                                     struct id *ret_record);
static enum err find_number(struct csv_references *references, const struct kind_schema *schema, size_t key,
                            struct bytes number, struct arena *arena, struct id *ret_record);
static enum err number_of(struct csv_references *references, const struct kind_schema *schema,
                          const struct id *record, struct arena *arena, struct bytes *ret_text);
static bool is_number(const struct kind_schema *schema, size_t key);

enum err csv_references_new(struct store *store, struct csv_references **ret_references)
{
    struct csv_references *references = calloc(1, sizeof *references);
    enum err err = references == NULL ? ERR_NO_MEMORY : ERR_OK;

    if (err == ERR_OK) {
        references->store = store;
        arena_init(&references->arena, LOOKUP_ARENA_BYTES_MAX);
        err = csv_names_new(&references->names);
    }
    if (err != ERR_OK) {
        csv_references_free(references);
        return err;
    }
    *ret_references = references;
    return ERR_OK;
}

void csv_references_free(struct csv_references *references)
{
    if (references == NULL) {
        return;
    }
    csv_names_free(references->names);
    arena_release(&references->arena);
    free(references);
}

enum err csv_references_add(struct csv_references *references, enum record_kind kind, const struct id *record,
                            const void *message)
{
    return csv_names_add(references->names, kind, record, message);
}

enum err csv_references_find(struct csv_references *references, enum record_kind kind, struct bytes typed,
                             struct id *ret_record)
{
    arena_clear(&references->arena);
    return csv_references_find_in(references, kind, typed, &references->arena, ret_record);
}

enum err csv_references_label(struct csv_references *references, enum record_kind kind,
                              const struct id *record, enum language language, struct arena *arena,
                              struct bytes *ret_text)
{
    struct bytes text = {0};
    struct bytes key = {0};
    struct id found;

    arena_clear(&references->arena);
    enum err err = csv_references_word(references, kind, record, false, &references->arena, &text);

    if (err == ERR_OK && text.len == ID_HEX_BYTES - 1) {
        err = csv_key_text(references, schema_of(kind), record, language, &references->arena, &key);
    }
    if (err == ERR_OK && key.at != NULL) {
        enum err found_err = csv_references_find_in(references, kind, key, &references->arena, &found);

        if (found_err == ERR_OK && id_equal(&found, record)) {
            text = key;
        } else if (found_err != ERR_OK && found_err != ERR_NOT_FOUND && found_err != ERR_AMBIGUOUS) {
            err = found_err;
        }
    }
    if (err != ERR_OK) {
        return err;
    }
    *ret_text = arena_copy(arena, text);
    return ret_text->at == NULL ? ERR_TOO_BIG : ERR_OK;
}

enum err csv_references_find_in(struct csv_references *references, enum record_kind kind, struct bytes typed,
                                struct arena *arena, struct id *ret_record)
{
    const struct kind_schema *schema = schema_of(kind);
    enum err err = find_by_id(references, kind, typed, arena, ret_record);

    if (err == ERR_NOT_FOUND) {
        err = find_by_name(references, schema, typed, ret_record);
    }
    if (err == ERR_NOT_FOUND) {
        err = find_by_number(references, schema, typed, arena, ret_record);
    }
    if (err == ERR_NOT_FOUND) {
        err = csv_key_find(references, schema, typed, arena, ret_record);
    }
    return err;
}

enum err csv_references_word(struct csv_references *references, enum record_kind kind,
                             const struct id *record, bool name_first, struct arena *arena,
                             struct bytes *ret_text)
{
    const struct kind_schema *schema = schema_of(kind);
    struct bytes text = {0};
    char hex[ID_HEX_BYTES];
    enum err err = ERR_OK;

    if (csv_names_has(schema)) {
        err = csv_names_load(references->names, references->store, kind);
        const char *label =
            err == ERR_OK ? csv_names_label(references->names, kind, record, name_first) : NULL;

        text = label == NULL ? text : bytes_of_text(label);
    }
    if (err == ERR_OK && text.at == NULL) {
        err = number_of(references, schema, record, arena, &text);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (text.at == NULL) {
        hex_encode(bytes_of(record->at, ID_BYTES), hex);
        text = bytes_of_text(hex);
    }
    *ret_text = arena_copy(arena, text);
    return ret_text->at == NULL ? ERR_TOO_BIG : ERR_OK;
}

enum err csv_references_match(struct csv_references *references, const struct kind_schema *schema,
                              const void *message, size_t key_index, struct arena *arena,
                              struct id *ret_record)
{
    struct bytes key = {0};
    struct id found[BEARERS_MAX] = {{{0}}};
    size_t count = 0;
    enum err err = match_key_of(schema, message, key_index, arena, &key);

    if (err == ERR_OK && key.at != NULL) {
        err = store_record_match(references->store, schema->kind, key_index, key, found, BEARERS_MAX, &count);
    }
    if (err == ERR_OK && count > 1 && count <= BEARERS_MAX) {
        err = drop_left(references, schema, found, &count, arena);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (count == 1) {
        *ret_record = found[0];
    }
    return count == 0 ? ERR_NOT_FOUND : count == 1 ? ERR_OK : ERR_AMBIGUOUS;
}

enum err csv_references_read(struct csv_references *references, enum record_kind kind,
                             const struct id *record, struct arena *arena, void **ret_message)
{
    struct store_record stored = {0};
    enum err err = store_record_get(references->store, kind, record, arena, &stored);

    if (err == ERR_OK && stored.body.at == NULL) {
        err = ERR_NOT_FOUND;
    }
    return err == ERR_OK ? message_unpack(schema_of(kind)->descriptor, stored.body, true, arena, ret_message)
                         : err;
}

/* Of several that bear the key those that have not left, if there are any: numbers go with the person. */
static enum err drop_left(struct csv_references *references, const struct kind_schema *schema,
                          struct id *records, size_t *count, struct arena *arena)
{
    size_t kept = 0;
    struct id here[BEARERS_MAX];

    for (size_t i = 0; i < *count; i++) {
        void *message = NULL;
        enum err err = csv_references_read(references, schema->kind, &records[i], arena, &message);

        if (err != ERR_OK) {
            return err;
        }
        if (record_left_date(schema, message) == INT64_MAX) {
            here[kept++] = records[i];
        }
    }
    if (kept > 0) {
        memcpy(records, here, kept * sizeof *here);
        *count = kept;
    }
    return ERR_OK;
}

static enum err find_by_id(struct csv_references *references, enum record_kind kind, struct bytes typed,
                           struct arena *arena, struct id *ret_record)
{
    struct id id = {{0}};
    char hex[ID_HEX_BYTES];
    void *message = NULL;

    if (typed.len != ID_HEX_BYTES - 1) {
        return ERR_NOT_FOUND;
    }
    memcpy(hex, typed.at, typed.len);
    hex[typed.len] = '\0';
    if (hex_decode(hex, id.at, ID_BYTES) != ERR_OK) {
        return ERR_NOT_FOUND;
    }
    enum err err = csv_references_read(references, kind, &id, arena, &message);

    if (err == ERR_OK) {
        *ret_record = id;
    }
    return err;
}

static enum err find_by_name(struct csv_references *references, const struct kind_schema *schema,
                             struct bytes typed, struct id *ret_record)
{
    if (!csv_names_has(schema)) {
        return ERR_NOT_FOUND;
    }
    enum err err = csv_names_load(references->names, references->store, schema->kind);

    return err == ERR_OK ? csv_names_find(references->names, schema->kind, typed, ret_record) : err;
}

static enum err find_by_number(struct csv_references *references, const struct kind_schema *schema,
                               struct bytes typed, struct arena *arena, struct id *ret_record)
{
    enum err err = ERR_NOT_FOUND;

    for (size_t key = 0; key < MATCH_KEYS_MAX && err == ERR_NOT_FOUND; key++) {
        if (is_number(schema, key)) {
            err = find_number(references, schema, key, typed, arena, ret_record);
        }
    }
    for (size_t key = 0; key < MATCH_KEYS_MAX && err == ERR_NOT_FOUND; key++) {
        if (is_number(schema, key)) {
            err = find_restored_number(references, schema, key, typed, arena, ret_record);
        }
    }
    return err;
}

/* A spreadsheet drops leading zeros. Two numbers that differ in their zeros alone are a question. */
static enum err find_restored_number(struct csv_references *references, const struct kind_schema *schema,
                                     size_t key, struct bytes typed, struct arena *arena,
                                     struct id *ret_record)
{
    char number[NUMBER_DIGITS_MAX];
    size_t found = 0;

    for (size_t i = 0; i < typed.len; i++) {
        if (typed.at[i] < '0' || typed.at[i] > '9') {
            return ERR_NOT_FOUND;
        }
    }
    for (size_t width = typed.len + 1; typed.len > 0 && width <= sizeof number; width++) {
        memset(number, '0', width - typed.len);
        memcpy(number + width - typed.len, typed.at, typed.len);
        enum err err = find_number(references, schema, key, bytes_of(number, width), arena, ret_record);

        if (err != ERR_OK && err != ERR_NOT_FOUND) {
            return err;
        }
        found += err == ERR_OK;
    }
    return found == 0 ? ERR_NOT_FOUND : found == 1 ? ERR_OK : ERR_AMBIGUOUS;
}

static enum err find_number(struct csv_references *references, const struct kind_schema *schema, size_t key,
                            struct bytes number, struct arena *arena, struct id *ret_record)
{
    size_t field = (size_t)schema_field_index(schema, schema->match_keys[key].fields[0]);
    struct value value = {.is_stated = true, .text = number};
    void *message = NULL;
    enum err err = number.len > SCHEMA_TEXT_BYTES_MAX ? ERR_NOT_FOUND : record_new(schema, arena, &message);

    if (err == ERR_OK) {
        err = record_set_field(schema, arena, message, field, value);
    }
    if (err == ERR_OK) {
        err = csv_references_match(references, schema, message, key, arena, ret_record);
    }
    return err == ERR_ENCODING || err == ERR_MALFORMED ? ERR_NOT_FOUND
                                                       : err; /* no text that a record holds */
}

/* The first number that no other record bears; at == NULL: none, or the record is unknown here. */
static enum err number_of(struct csv_references *references, const struct kind_schema *schema,
                          const struct id *record, struct arena *arena, struct bytes *ret_text)
{
    void *message = NULL;
    bool has_numbers = false;

    for (size_t key = 0; key < MATCH_KEYS_MAX; key++) {
        has_numbers |= is_number(schema, key);
    }
    enum err err =
        has_numbers ? csv_references_read(references, schema->kind, record, arena, &message) : ERR_NOT_FOUND;

    for (size_t key = 0; key < MATCH_KEYS_MAX && err == ERR_OK; key++) {
        struct id found;

        if (!is_number(schema, key)) {
            continue;
        }
        size_t field = (size_t)schema_field_index(schema, schema->match_keys[key].fields[0]);
        struct value number = record_field(schema, message, field);

        /* Found as it would be read: a file number may be another member's card number. */
        enum err found_err =
            number.is_stated ? find_by_number(references, schema, number.text, arena, &found) : ERR_NOT_FOUND;

        if (found_err == ERR_OK && id_equal(&found, record)) {
            *ret_text = number.text;
            return ERR_OK;
        }
        if (found_err != ERR_OK && found_err != ERR_NOT_FOUND && found_err != ERR_AMBIGUOUS) {
            return found_err;
        }
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* A key of one field that no two records share: a file number, a card number, a tax code. */
static bool is_number(const struct kind_schema *schema, size_t key)
{
    const struct match_key *match = &schema->match_keys[key];

    if (match->fields[0] == NULL || match->fields[1] != NULL) {
        return false;
    }
    int field = schema_field_index(schema, match->fields[0]);

    return field >= 0 && (schema->fields[field].flags & FIELD_UNIQUE) != 0;
}
