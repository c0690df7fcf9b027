/* See csv_names.h. Two hash tables (uthash): written form → record, and record → its written forms. */
#include "client/lib/csv_names.h"

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

struct csv_names {
    struct written *written;
    struct known *known;
    bool is_loaded[KIND_MAX + 1];
};

struct load {
    struct csv_names *names;
    const struct kind_schema *schema;
    struct arena arena;
    enum err err;
};

static bool load_record(void *context, const struct id *record, struct bytes body);
static enum err add_known(struct csv_names *names, enum record_kind kind, const struct id *record,
                          struct value code, struct value name);
static enum err add_written(struct csv_names *names, enum record_kind kind, enum form form, struct bytes text,
                            const struct id *record);
static struct written *find_written(const struct csv_names *names, enum record_kind kind, enum form form,
                                    struct bytes text);
static const struct known *find_known(const struct csv_names *names, enum record_kind kind,
                                      const struct id *record);
static struct value text_field(const struct kind_schema *schema, const void *message, const char *name);
static bool fold_form(enum form form, struct bytes text, uint8_t *out, size_t out_bytes, size_t *ret_len);
static bool means(const struct csv_names *names, enum record_kind kind, const char *text,
                  const struct id *record);

enum err csv_names_new(struct csv_names **ret_names)
{
    struct csv_names *names = calloc(1, sizeof *names);

    if (names == NULL) {
        return ERR_NO_MEMORY;
    }
    *ret_names = names;
    return ERR_OK;
}

void csv_names_free(struct csv_names *names)
{
    struct written *written;
    struct known *known;

    if (names == NULL) {
        return;
    }
    /* Clearing frees the tables alone; the elements stay linked. */
    written = names->written;
    known = names->known;
    HASH_CLEAR(hh, names->written);
    HASH_CLEAR(hh, names->known);
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
    free(names);
}

bool csv_names_has(const struct kind_schema *schema)
{
    int code = schema_field_index(schema, "code");
    int name = schema_field_index(schema, "name");

    return (code >= 0 && schema->fields[code].type == FIELD_TEXT) ||
           (name >= 0 && (schema->fields[name].flags & FIELD_IDENTIFYING) == 0);
}

enum err csv_names_load(struct csv_names *names, struct store *store, enum record_kind kind)
{
    struct load load = {.names = names, .schema = schema_of(kind)};
    enum err err;

    if (names->is_loaded[kind]) {
        return ERR_OK;
    }
    names->is_loaded[kind] = true;
    arena_init(&load.arena, RECORD_ARENA_BYTES_MAX);
    err = store_body_each(store, kind, load_record, &load);
    arena_release(&load.arena);
    return err == ERR_OK ? load.err : err;
}

enum err csv_names_add(struct csv_names *names, enum record_kind kind, const struct id *record,
                       const void *message)
{
    if (!names->is_loaded[kind]) {
        return ERR_OK;
    }
    const struct kind_schema *schema = schema_of(kind);
    struct value list = {0};
    struct value code = text_field(schema, message, "code");
    struct value name = text_field(schema, message, "name");

    if (schema->derive_list != NULL) {
        list = text_field(schema, message, schema->derive_list);
    }
    enum err err = add_known(names, kind, record, code, name);

    if (err == ERR_OK && code.is_stated) {
        err =
            add_written(names, kind, list.is_stated ? FORM_OFFICIAL_CODE : FORM_OWN_CODE, code.text, record);
    }
    if (err == ERR_OK && code.is_stated) {
        err = add_written(names, kind, FORM_CODE_WITHOUT_ZEROS, code.text, record);
    }
    if (err == ERR_OK && name.is_stated) {
        err = add_written(names, kind, FORM_NAME, name.text, record);
    }
    return err;
}

enum err csv_names_find(const struct csv_names *names, enum record_kind kind, struct bytes typed,
                        struct id *ret_record)
{
    for (int form = 0; form < FORM_COUNT; form++) {
        const struct written *written = find_written(names, kind, (enum form)form, typed);

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

const char *csv_names_label(const struct csv_names *names, enum record_kind kind, const struct id *record,
                            bool name_first)
{
    const struct known *known = find_known(names, kind, record);

    if (known == NULL) {
        return NULL;
    }
    const char *first = name_first ? known->name : known->code;
    const char *second = name_first ? known->code : known->name;

    return means(names, kind, first, record) ? first : means(names, kind, second, record) ? second : NULL;
}

static bool means(const struct csv_names *names, enum record_kind kind, const char *text,
                  const struct id *record)
{
    struct id found;

    return text != NULL && csv_names_find(names, kind, bytes_of_text(text), &found) == ERR_OK &&
           id_equal(&found, record);
}

static bool load_record(void *context, const struct id *record, struct bytes body)
{
    struct load *load = context;
    void *message = NULL;

    arena_clear(&load->arena);
    load->err = message_unpack(load->schema->descriptor, body, true, &load->arena, &message);
    if (load->err == ERR_OK) {
        load->err = csv_names_add(load->names, load->schema->kind, record, message);
    }
    return load->err == ERR_OK;
}

/* A name that is a person's names nobody. */
static struct value text_field(const struct kind_schema *schema, const void *message, const char *name)
{
    int index = schema_field_index(schema, name);

    if (index < 0 || schema->fields[index].type != FIELD_TEXT ||
        (schema->fields[index].flags & FIELD_IDENTIFYING) != 0) {
        return (struct value){0};
    }
    return record_field(schema, message, (size_t)index);
}

static enum err add_known(struct csv_names *names, enum record_kind kind, const struct id *record,
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
    HASH_FIND(hh, names->known, &key, sizeof key, known);
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
            HASH_ADD(hh, names->known, key, sizeof known->key, known);
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

static const struct known *find_known(const struct csv_names *names, enum record_kind kind,
                                      const struct id *record)
{
    struct known_key key;
    struct known *known = NULL;

    memset(&key, 0, sizeof key); /* the padding is hashed too */
    key.kind = kind;
    key.record = *record;
    HASH_FIND(hh, names->known, &key, sizeof key, known);
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

static enum err add_written(struct csv_names *names, enum record_kind kind, enum form form, struct bytes text,
                            const struct id *record)
{
    struct written *written = find_written(names, kind, form, text);
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
    HASH_ADD(hh, names->written, key, written->key_bytes, written);
    return ERR_OK;
}

static struct written *find_written(const struct csv_names *names, enum record_kind kind, enum form form,
                                    struct bytes text)
{
    uint8_t key[FOLDED_BYTES_MAX + 2] = {(uint8_t)kind, (uint8_t)form};
    size_t len = 0;
    struct written *written = NULL;

    if (fold_form(form, text, key + 2, FOLDED_BYTES_MAX, &len)) {
        HASH_FIND(hh, names->written, key, len + 2, written);
    }
    return written;
}
