/* See csv_references.h. Two hash tables (uthash): written form → record, and record → its written forms. */
#include "client/lib/csv_references.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/record/name.h"
#include "common/wire/message.h"

enum {
    FOLDED_BYTES_MAX = 2 * SCHEMA_TEXT_BYTES_MAX,
    RECORD_ARENA_BYTES_MAX = 1 << 20,
};

/* Forms in the order they are tried. */
enum form { FORM_OFFICIAL_CODE, FORM_OWN_CODE, FORM_CODE_WITHOUT_ZEROS, FORM_NAME, FORM_COUNT };

struct written {
    UT_hash_handle hh;
    struct id record;
    bool is_ambiguous; /* another record answers to it too */
    size_t key_bytes;
    uint8_t key[]; /* kind, form, folded text */
};

struct known_key {
    uint32_t kind;
    struct id record;
};

struct known {
    UT_hash_handle hh;
    struct known_key key;
    char *code; /* as written in the record; NULL: none */
    char *name; /* NULL: none */
};

struct csv_references {
    struct written *written;
    struct known *known;
    bool is_loaded[KIND_MAX + 1];
};

struct load {
    struct csv_references *references;
    const struct kind_schema *schema;
    struct arena arena;
    enum err err;
};

static bool load_record(void *context, const struct store_record *record);
static enum err add_known(struct csv_references *references, enum record_kind kind, const struct id *record,
                          struct value code, struct value name);
static enum err add_written(struct csv_references *references, enum record_kind kind, enum form form,
                            struct bytes text, const struct id *record);
static struct written *find_written(const struct csv_references *references, enum record_kind kind,
                                    enum form form, struct bytes text);
static const struct known *find_known(const struct csv_references *references, enum record_kind kind,
                                      const struct id *record);
static struct value text_field(const struct kind_schema *schema, const void *message, const char *name);
static bool fold_form(enum form form, struct bytes text, uint8_t *out, size_t out_bytes, size_t *ret_len);
static bool means(const struct csv_references *references, enum record_kind kind, const char *text,
                  const struct id *record);

enum err csv_references_new(struct csv_references **ret_references)
{
    struct csv_references *references = calloc(1, sizeof *references);

    if (references == NULL) {
        return ERR_NO_MEMORY;
    }
    *ret_references = references;
    return ERR_OK;
}

void csv_references_free(struct csv_references *references)
{
    struct written *written;
    struct known *known;

    if (references == NULL) {
        return;
    }
    /* Clearing frees the tables alone; the elements stay linked. */
    written = references->written;
    known = references->known;
    HASH_CLEAR(hh, references->written);
    HASH_CLEAR(hh, references->known);
    while (written != NULL) {
        struct written *next = written->hh.next;

        free(written);
        written = next;
    }
    while (known != NULL) {
        struct known *next = known->hh.next;

        free(known->code);
        free(known->name);
        free(known);
        known = next;
    }
    free(references);
}

enum err csv_references_load(struct csv_references *references, struct store *store, enum record_kind kind)
{
    struct load load = {.references = references, .schema = schema_of(kind)};
    enum err err;

    if (references->is_loaded[kind]) {
        return ERR_OK;
    }
    references->is_loaded[kind] = true;
    arena_init(&load.arena, RECORD_ARENA_BYTES_MAX);
    err = store_record_each(store, kind, load_record, &load);
    arena_release(&load.arena);
    return err == ERR_OK ? load.err : err;
}

enum err csv_references_add(struct csv_references *references, enum record_kind kind, const struct id *record,
                            const void *message)
{
    if (!references->is_loaded[kind]) {
        return ERR_OK;
    }
    const struct kind_schema *schema = schema_of(kind);
    struct value list = {0};
    struct value code = text_field(schema, message, "code");
    struct value name = text_field(schema, message, "name");

    if (schema->derive_list != NULL) {
        list = text_field(schema, message, schema->derive_list);
    }
    enum err err = add_known(references, kind, record, code, name);

    if (err == ERR_OK && code.is_stated) {
        err = add_written(references, kind, list.is_stated ? FORM_OFFICIAL_CODE : FORM_OWN_CODE, code.text,
                          record);
    }
    if (err == ERR_OK && code.is_stated) {
        err = add_written(references, kind, FORM_CODE_WITHOUT_ZEROS, code.text, record);
    }
    if (err == ERR_OK && name.is_stated) {
        err = add_written(references, kind, FORM_NAME, name.text, record);
    }
    return err;
}

enum err csv_references_find(const struct csv_references *references, enum record_kind kind,
                             struct bytes typed, struct id *ret_record)
{
    struct id id = {{0}};
    char hex[ID_HEX_BYTES];

    if (typed.len == ID_HEX_BYTES - 1) {
        memcpy(hex, typed.at, typed.len);
        hex[typed.len] = '\0';
        if (hex_decode(hex, id.at, ID_BYTES) == ERR_OK && find_known(references, kind, &id) != NULL) {
            *ret_record = id;
            return ERR_OK;
        }
    }
    for (int form = 0; form < FORM_COUNT; form++) {
        const struct written *written = find_written(references, kind, (enum form)form, typed);

        if (written != NULL && written->is_ambiguous) {
            return ERR_AMBIGUOUS;
        }
        if (written != NULL) {
            *ret_record = written->record;
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}

enum err csv_references_label(const struct csv_references *references, enum record_kind kind,
                              const struct id *record, struct arena *arena, struct bytes *ret_text)
{
    const struct known *known = find_known(references, kind, record);
    char hex[ID_HEX_BYTES];
    const char *text = hex;
    struct bytes copy;

    hex_encode(bytes_of(record->at, ID_BYTES), hex);
    if (known != NULL && means(references, kind, known->code, record)) {
        text = known->code;
    } else if (known != NULL && means(references, kind, known->name, record)) {
        text = known->name;
    }
    copy = arena_copy(arena, bytes_of_text(text));
    if (copy.at == NULL) {
        return ERR_TOO_BIG;
    }
    *ret_text = copy;
    return ERR_OK;
}

static bool means(const struct csv_references *references, enum record_kind kind, const char *text,
                  const struct id *record)
{
    struct id found;

    return text != NULL && csv_references_find(references, kind, bytes_of_text(text), &found) == ERR_OK &&
           id_equal(&found, record);
}

static bool load_record(void *context, const struct store_record *record)
{
    struct load *load = context;
    void *message = NULL;

    if (record->body.at == NULL) {
        return true; /* removed: nobody may refer to it any more */
    }
    arena_clear(&load->arena);
    load->err = message_unpack(load->schema->descriptor, record->body, true, &load->arena, &message);
    if (load->err == ERR_OK) {
        load->err = csv_references_add(load->references, record->kind, &record->record, message);
    }
    return load->err == ERR_OK;
}

static struct value text_field(const struct kind_schema *schema, const void *message, const char *name)
{
    int index = schema_field_index(schema, name);

    if (index < 0 || schema->fields[index].type != FIELD_TEXT) {
        return (struct value){0};
    }
    return record_field(schema, message, (size_t)index);
}

static enum err add_known(struct csv_references *references, enum record_kind kind, const struct id *record,
                          struct value code, struct value name)
{
    struct known_key key;
    struct known *known = NULL;
    char *code_copy = NULL;
    char *name_copy = NULL;
    enum err err = ERR_OK;

    memset(&key, 0, sizeof key); /* the padding is hashed too */
    key.kind = kind;
    key.record = *record;
    HASH_FIND(hh, references->known, &key, sizeof key, known);
    if (code.is_stated) {
        code_copy = strndup((const char *)code.text.at, code.text.len);
        err = code_copy == NULL ? ERR_NO_MEMORY : err;
    }
    if (name.is_stated) {
        name_copy = strndup((const char *)name.text.at, name.text.len);
        err = name_copy == NULL ? ERR_NO_MEMORY : err;
    }
    if (err == ERR_OK && known == NULL) {
        known = calloc(1, sizeof *known);
        err = known == NULL ? ERR_NO_MEMORY : ERR_OK;
        if (err == ERR_OK) {
            known->key = key;
            HASH_ADD(hh, references->known, key, sizeof known->key, known);
        }
    }
    if (err != ERR_OK) {
        free(code_copy);
        free(name_copy);
        return err;
    }
    free(known->code);
    free(known->name);
    known->code = code_copy;
    known->name = name_copy;
    return ERR_OK;
}

static const struct known *find_known(const struct csv_references *references, enum record_kind kind,
                                      const struct id *record)
{
    struct known_key key;
    struct known *known = NULL;

    memset(&key, 0, sizeof key); /* the padding is hashed too */
    key.kind = kind;
    key.record = *record;
    HASH_FIND(hh, references->known, &key, sizeof key, known);
    return known;
}

/* Writes what is hashed: kind, form, folded text. false: this form cannot be written so (or is absurdly
 * long). */
static bool fold_form(enum form form, struct bytes text, uint8_t *out, size_t out_bytes, size_t *ret_len)
{
    size_t len = 0;
    size_t zeros = 0;

    if (name_fold_into(text, (char *)out, out_bytes, &len) != ERR_OK || len == 0) {
        return false;
    }
    if (form == FORM_CODE_WITHOUT_ZEROS) {
        for (size_t i = 0; i < len; i++) {
            if (out[i] < '0' || out[i] > '9') {
                return false;
            }
        }
        while (zeros + 1 < len && out[zeros] == '0') {
            zeros++;
        }
        memmove(out, out + zeros, len - zeros);
    }
    *ret_len = len - zeros;
    return true;
}

static enum err add_written(struct csv_references *references, enum record_kind kind, enum form form,
                            struct bytes text, const struct id *record)
{
    struct written *written = find_written(references, kind, form, text);
    uint8_t key[FOLDED_BYTES_MAX + 2] = {(uint8_t)kind, (uint8_t)form};
    size_t len = 0;

    if (written != NULL) {
        written->is_ambiguous = written->is_ambiguous || !id_equal(&written->record, record);
        return ERR_OK;
    }
    if (!fold_form(form, text, key + 2, FOLDED_BYTES_MAX, &len)) {
        return ERR_OK; /* nobody will find it by this form */
    }
    written = calloc(1, sizeof *written + len + 2);
    if (written == NULL) {
        return ERR_NO_MEMORY;
    }
    written->record = *record;
    written->key_bytes = len + 2;
    memcpy(written->key, key, written->key_bytes);
    HASH_ADD(hh, references->written, key, written->key_bytes, written);
    return ERR_OK;
}

static struct written *find_written(const struct csv_references *references, enum record_kind kind,
                                    enum form form, struct bytes text)
{
    uint8_t key[FOLDED_BYTES_MAX + 2] = {(uint8_t)kind, (uint8_t)form};
    size_t len = 0;
    struct written *written = NULL;

    if (fold_form(form, text, key + 2, FOLDED_BYTES_MAX, &len)) {
        HASH_FIND(hh, references->written, key, len + 2, written);
    }
    return written;
}
