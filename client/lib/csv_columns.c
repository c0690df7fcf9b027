/* See csv_columns.h. A header row is read once per file, so labels are folded anew each time and searched one
 * by one. */
#include "client/lib/csv_columns.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/record/name.h"

enum { FOLD_BYTES_MAX = 4 << 20, ELEMENT_DIGITS_MAX = 2, LABEL_FORMS = 3 /* Vietnamese, English, name */ };

struct header {
    struct bytes folded; /* whole */
    struct bytes stem;   /* without the number at its end; at == NULL: there is none */
    size_t element;      /* the number less one */
};

/* One form of a label, folded, and the place it stands for. */
struct label {
    struct bytes folded;
    struct csv_column column;
};

struct labels {
    struct label *at;
    size_t count;
};

static enum err fold_headers(const struct csv_row *row, struct arena *arena, struct header *headers);
static enum err fold_labels(const struct kind_schema *schema, struct arena *arena, struct labels *ret_labels);
static enum err add_label(struct labels *labels, struct arena *arena, const char *const *texts,
                          size_t text_count, struct csv_column column);
static enum err understand(const struct kind_schema *schema, const struct csv_row *row,
                           const struct header *headers, struct arena *arena, struct csv_columns *columns);
static struct csv_column column_of(const struct labels *labels, const struct header *header);
static void note_column(struct csv_columns *columns, size_t index);
static size_t rank_of(const struct csv_columns *columns);
static int added_list_of(const struct csv_columns *columns);
static bool is_within_key(const struct csv_columns *columns, const struct match_key *key, size_t added_list);
static bool is_key_field(const struct match_key *key, const char *name);
static bool list_missing(const struct csv_columns *columns, enum language language, char *out,
                         size_t out_bytes);
static enum err choose_kind(const struct csv_row *row, const struct header *headers, struct arena *arena,
                            enum language language, struct csv_columns *columns, struct error *ret_error);
static enum err refuse_duplicates(const struct csv_columns *columns, enum language language,
                                  struct error *ret_error);
static enum err refuse_missing(const struct csv_columns *columns, enum language language,
                               struct error *ret_error);
static void list_unknown(const struct csv_columns *columns, const struct csv_row *row, char *out,
                         size_t out_bytes);
static void append_name(char *out, size_t out_bytes, struct bytes name);

enum err csv_columns_read(const struct csv_row *header, const struct kind_schema *schema, bool is_partial,
                          enum language language, struct csv_columns *ret_columns, char *ret_unknown,
                          size_t ret_unknown_bytes, struct error *ret_error)
{
    struct header headers[CSV_COLUMNS_MAX];
    struct csv_columns columns;
    struct arena arena;
    enum err err;

    REQUIRE(header->cell_count <= CSV_COLUMNS_MAX);
    arena_init(&arena, FOLD_BYTES_MAX);
    err = fold_headers(header, &arena, headers);
    if (err != ERR_OK) {
        err = error_set(ret_error, ERR_MALFORMED, "%s", text_get(TEXT_IMPORT_HEADERS_TOO_LONG, language));
        goto done;
    }
    if (schema == NULL) {
        err = choose_kind(header, headers, &arena, language, &columns, ret_error);
    } else {
        err = understand(schema, header, headers, &arena, &columns);
    }
    if (err == ERR_OK) {
        err = refuse_duplicates(&columns, language, ret_error);
    }
    if (err == ERR_OK && !columns.is_complete && columns.record_id < 0 && columns.added_list < 0 &&
        !is_partial) {
        err = refuse_missing(&columns, language, ret_error);
    }
    if (err == ERR_OK) {
        list_unknown(&columns, header, ret_unknown, ret_unknown_bytes);
        *ret_columns = columns;
    }
done:
    arena_release(&arena);
    return err;
}

void csv_columns_of_kind(const struct kind_schema *schema, const size_t *elements, bool with_answers,
                         struct csv_columns *ret_columns)
{
    struct csv_columns *columns = ret_columns;

    REQUIRE(schema->list_count <= CSV_LISTS_MAX && schema->field_count <= CSV_FIELDS_MAX);
    memset(columns, 0, sizeof *columns);
    columns->schema = schema;
    columns->record_id = columns->reason = columns->error = columns->added_list = -1;
    for (size_t i = 0; i < schema->field_count; i++) {
        columns->at[columns->count++] = (struct csv_column){.use = CSV_COLUMN_FIELD, .field = i};
    }
    for (size_t list = 0; list < schema->list_count; list++) {
        for (size_t element = 0; element < elements[list]; element++) {
            for (size_t item = 0; item < schema->lists[list].item_count; item++) {
                REQUIRE(columns->count < CSV_COLUMNS_MAX - 3);
                columns->at[columns->count++] =
                    (struct csv_column){CSV_COLUMN_ITEM, .list = list, .item = item, .element = element,
                                        .is_numbered = element > 0};
            }
        }
    }
    columns->at[columns->count++] = (struct csv_column){.use = CSV_COLUMN_RECORD_ID};
    if (with_answers) {
        columns->at[columns->count++] = (struct csv_column){.use = CSV_COLUMN_ERROR};
        columns->at[columns->count++] = (struct csv_column){.use = CSV_COLUMN_REASON};
    }
    for (size_t i = 0; i < columns->count; i++) {
        note_column(columns, i);
    }
    columns->is_complete = true;
}

void csv_columns_label(const struct csv_columns *columns, size_t index, enum language language,
                       char ret_label[CSV_LABEL_BYTES_MAX])
{
    const struct csv_column *column = &columns->at[index];
    const struct field_schema *field = NULL;

    REQUIRE(index < columns->count && column->use != CSV_COLUMN_UNKNOWN);
    if (column->use == CSV_COLUMN_FIELD) {
        field = &columns->schema->fields[column->field];
    } else if (column->use == CSV_COLUMN_ITEM) {
        field = &columns->schema->lists[column->list].items[column->item];
    }
    if (field == NULL) {
        enum text_id id = column->use == CSV_COLUMN_RECORD_ID ? TEXT_COLUMN_RECORD_ID
                          : column->use == CSV_COLUMN_REASON  ? TEXT_COLUMN_REASON
                                                              : TEXT_COLUMN_ERROR;

        (void)snprintf(ret_label, CSV_LABEL_BYTES_MAX, "%s", text_get(id, language)); /* labels are short */
        return;
    }
    const char *label = language == LANGUAGE_VI ? field->label_vi : field->label_en;

    if (column->element == 0) {
        (void)snprintf(ret_label, CSV_LABEL_BYTES_MAX, "%s", label); /* labels are short */
    } else {
        (void)snprintf(ret_label, CSV_LABEL_BYTES_MAX, "%s %zu", label,
                       column->element + 1); /* labels are short */
    }
}

/* "chi bo 2" is element 1 of "chi bo". */
static enum err fold_headers(const struct csv_row *row, struct arena *arena, struct header *headers)
{
    for (size_t i = 0; i < row->cell_count; i++) {
        struct header *header = &headers[i];
        enum err err = name_fold(row->cells[i], arena, &header->folded);

        if (err != ERR_OK) {
            return err;
        }
        size_t len = header->folded.len;
        size_t number = 0;
        size_t unit = 1;
        size_t digits = 0;

        while (len > 0 && digits < ELEMENT_DIGITS_MAX && header->folded.at[len - 1] >= '0' &&
               header->folded.at[len - 1] <= '9') {
            number += unit * (size_t)(header->folded.at[len - 1] - '0');
            unit *= 10;
            digits++;
            len--;
        }
        header->stem = bytes_of(NULL, 0);
        header->element = 0;
        if (number > 0 && number <= SCHEMA_LIST_ELEMENTS_MAX && len > 1 &&
            header->folded.at[len - 1] == ' ') {
            header->stem = bytes_of(header->folded.at, len - 1);
            header->element = number - 1;
        }
    }
    return ERR_OK;
}

static enum err understand(const struct kind_schema *schema, const struct csv_row *row,
                           const struct header *headers, struct arena *arena, struct csv_columns *columns)
{
    struct labels labels = {0};
    enum err err = fold_labels(schema, arena, &labels);

    REQUIRE(schema->list_count <= CSV_LISTS_MAX && schema->field_count <= CSV_FIELDS_MAX);
    memset(columns, 0, sizeof *columns);
    columns->schema = schema;
    columns->record_id = columns->reason = columns->error = columns->added_list = -1;
    columns->count = row->cell_count;
    for (size_t i = 0; err == ERR_OK && i < row->cell_count; i++) {
        columns->at[i] = column_of(&labels, &headers[i]);
        note_column(columns, i);
    }
    columns->is_complete = list_missing(columns, LANGUAGE_VI, NULL, 0);
    columns->added_list = added_list_of(columns);
    return err;
}

/* The whole header first, so that a label that ends in a number of its own is found. */
static struct csv_column column_of(const struct labels *labels, const struct header *header)
{
    for (size_t i = 0; i < labels->count; i++) {
        if (header->folded.len > 0 && bytes_equal(labels->at[i].folded, header->folded)) {
            return labels->at[i].column;
        }
    }
    for (size_t i = 0; i < labels->count; i++) {
        if (header->stem.at != NULL && labels->at[i].column.use == CSV_COLUMN_ITEM &&
            bytes_equal(labels->at[i].folded, header->stem)) {
            struct csv_column column = labels->at[i].column;

            column.element = header->element;
            column.is_numbered = true;
            return column;
        }
    }
    return (struct csv_column){.use = CSV_COLUMN_UNKNOWN};
}

static enum err fold_labels(const struct kind_schema *schema, struct arena *arena, struct labels *ret_labels)
{
    static const struct {
        enum csv_column_use use;
        enum text_id label;
        const char *name;
    } own[] = {{CSV_COLUMN_RECORD_ID, TEXT_COLUMN_RECORD_ID, "record_id"},
               {CSV_COLUMN_REASON, TEXT_COLUMN_REASON, "reason"},
               {CSV_COLUMN_ERROR, TEXT_COLUMN_ERROR, "error"}};
    size_t count_max =
        LABEL_FORMS * (sizeof own / sizeof own[0] + schema->field_count + schema->list_count * CSV_ITEMS_MAX);
    struct labels labels = {arena_zalloc(arena, count_max, sizeof *labels.at), 0};
    enum err err = labels.at == NULL ? ERR_TOO_BIG : ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < sizeof own / sizeof own[0]; i++) {
        const char *const texts[LABEL_FORMS] = {text_get(own[i].label, LANGUAGE_VI),
                                                text_get(own[i].label, LANGUAGE_EN), own[i].name};

        err = add_label(&labels, arena, texts, LABEL_FORMS, (struct csv_column){.use = own[i].use});
    }
    for (size_t i = 0; err == ERR_OK && i < schema->field_count; i++) {
        const struct field_schema *field = &schema->fields[i];
        const char *const texts[LABEL_FORMS] = {field->label_vi, field->label_en, field->name};

        err = add_label(&labels, arena, texts, LABEL_FORMS,
                        (struct csv_column){.use = CSV_COLUMN_FIELD, .field = i});
    }
    for (size_t list = 0; err == ERR_OK && list < schema->list_count; list++) {
        for (size_t item = 0; err == ERR_OK && item < schema->lists[list].item_count; item++) {
            const struct field_schema *field = &schema->lists[list].items[item];
            char name[CSV_LABEL_BYTES_MAX];
            const char *const texts[LABEL_FORMS] = {field->label_vi, field->label_en, name};

            (void)snprintf(name, sizeof name, "%s_%s", schema->lists[list].name,
                           field->name); /* names are short */
            err = add_label(&labels, arena, texts, LABEL_FORMS,
                            (struct csv_column){CSV_COLUMN_ITEM, .list = list, .item = item});
        }
    }
    if (err == ERR_OK) {
        *ret_labels = labels;
    }
    return err;
}

static enum err add_label(struct labels *labels, struct arena *arena, const char *const *texts,
                          size_t text_count, struct csv_column column)
{
    for (size_t i = 0; i < text_count; i++) {
        struct label *label = &labels->at[labels->count];
        enum err err = name_fold(bytes_of_text(texts[i]), arena, &label->folded);

        if (err != ERR_OK) {
            return err;
        }
        label->column = column;
        labels->count++;
    }
    return ERR_OK;
}

static void note_column(struct csv_columns *columns, size_t index)
{
    const struct csv_column *column = &columns->at[index];

    switch (column->use) {
    case CSV_COLUMN_FIELD:
        columns->has_field[column->field] = true;
        break;
    case CSV_COLUMN_ITEM:
        columns->has_item[column->list][column->item] = true;
        if (columns->elements[column->list] <= column->element) {
            columns->elements[column->list] = column->element + 1;
        }
        break;
    case CSV_COLUMN_RECORD_ID:
        columns->record_id = (int)index;
        break;
    case CSV_COLUMN_REASON:
        columns->reason = (int)index;
        break;
    case CSV_COLUMN_ERROR:
        columns->error = (int)index;
        break;
    case CSV_COLUMN_UNKNOWN:
        break;
    }
}

/* More headers known is better; of two kinds that know as many, the one that lacks nothing. */
static size_t rank_of(const struct csv_columns *columns)
{
    size_t count = 0;

    for (size_t i = 0; i < columns->count; i++) {
        count += columns->at[i].use == CSV_COLUMN_FIELD || columns->at[i].use == CSV_COLUMN_ITEM;
    }
    return count == 0 ? 0 : 2 * count + (columns->is_complete || columns->added_list >= 0);
}

static enum err choose_kind(const struct csv_row *row, const struct header *headers, struct arena *arena,
                            enum language language, struct csv_columns *columns, struct error *ret_error)
{
    struct csv_columns candidate;
    size_t best = 0;
    bool is_tie = false;

    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);

        if (schema == NULL) {
            continue;
        }
        enum err err = understand(schema, row, headers, arena, &candidate);

        if (err != ERR_OK) {
            return err;
        }
        size_t known = rank_of(&candidate);

        is_tie = known == best || (is_tie && known < best);
        if (known > best) {
            best = known;
            *columns = candidate;
        }
    }
    if (best == 0) {
        return error_set(ret_error, ERR_MALFORMED, "%s", text_get(TEXT_IMPORT_NO_HEADERS, language));
    }
    if (is_tie) {
        return error_set(ret_error, ERR_MALFORMED, "%s", text_get(TEXT_IMPORT_KIND_UNCLEAR, language));
    }
    return ERR_OK;
}

static bool is_same_place(const struct csv_column *a, const struct csv_column *b)
{
    return a->use == b->use && a->field == b->field && a->list == b->list && a->item == b->item &&
           a->element == b->element;
}

static enum err refuse_duplicates(const struct csv_columns *columns, enum language language,
                                  struct error *ret_error)
{
    for (size_t i = 0; i < columns->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (columns->at[i].use != CSV_COLUMN_UNKNOWN && is_same_place(&columns->at[i], &columns->at[k])) {
                char label[CSV_LABEL_BYTES_MAX];

                csv_columns_label(columns, i, language, label);
                return error_set(ret_error, ERR_MALFORMED, text_get(TEXT_IMPORT_HEADER_TWICE, language),
                                 label, k + 1, i + 1);
            }
        }
    }
    return ERR_OK;
}

/* A list that a match key names (a member's branch, a branch's parent) tells whose record it is: its column
 * is required. */
static bool is_list_required(const struct kind_schema *schema, size_t list)
{
    for (size_t key = 0; key < MATCH_KEYS_MAX; key++) {
        if (is_key_field(&schema->match_keys[key], schema->lists[list].name)) {
            return true;
        }
    }
    return false;
}

/* Labels of the required columns that lack go to `out`, which may be NULL. true: none does. */
static bool list_missing(const struct csv_columns *columns, enum language language, char *out,
                         size_t out_bytes)
{
    const struct kind_schema *schema = columns->schema;
    bool is_complete = true;

    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field_schema *field = &schema->fields[i];

        if ((field->flags & FIELD_REQUIRED) != 0 && !columns->has_field[i]) {
            is_complete = false;
            append_name(out, out_bytes,
                        bytes_of_text(language == LANGUAGE_VI ? field->label_vi : field->label_en));
        }
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        const struct list_schema *list = &schema->lists[i];

        if (is_list_required(schema, i) && columns->elements[i] == 0) {
            is_complete = false;
            append_name(out, out_bytes,
                        bytes_of_text(language == LANGUAGE_VI ? list->label_vi : list->label_en));
        }
    }
    return is_complete;
}

static enum err refuse_missing(const struct csv_columns *columns, enum language language,
                               struct error *ret_error)
{
    const struct kind_schema *schema = columns->schema;
    char missing[ERROR_TEXT_BYTES_MAX / 2] = "";

    (void)list_missing(columns, language, missing, sizeof missing); /* the caller knows that some lack */
    return error_set(ret_error, ERR_MALFORMED, text_get(TEXT_IMPORT_COLUMNS_MISSING, language),
                     language == LANGUAGE_VI ? schema->label_vi : schema->label_en, missing);
}

/* See csv_columns.h: nothing but what says which record is meant, and one plain list unnumbered. */
static int added_list_of(const struct csv_columns *columns)
{
    const struct kind_schema *schema = columns->schema;
    int list = -1;

    for (size_t i = 0; i < columns->count; i++) {
        const struct csv_column *column = &columns->at[i];

        if (column->use != CSV_COLUMN_ITEM || schema->lists[column->list].shape != LIST_PLAIN) {
            continue;
        }
        if (column->is_numbered || (list >= 0 && (size_t)list != column->list)) {
            return -1;
        }
        list = (int)column->list;
    }
    if (list < 0) {
        return -1;
    }
    if (columns->record_id >= 0) {
        static const struct match_key none = {{NULL}};

        return is_within_key(columns, &none, (size_t)list) ? list : -1;
    }
    for (size_t key = 0; key < MATCH_KEYS_MAX && schema->match_keys[key].fields[0] != NULL; key++) {
        if (is_within_key(columns, &schema->match_keys[key], (size_t)list)) {
            return list;
        }
    }
    return -1;
}

/* Do the columns state all of the key, but for fields that need not be stated, and beside the list nothing else? */
static bool is_within_key(const struct csv_columns *columns, const struct match_key *key, size_t added_list)
{
    const struct kind_schema *schema = columns->schema;
    bool has_one = key->fields[0] == NULL;

    for (size_t i = 0; i < columns->count; i++) {
        const struct csv_column *column = &columns->at[i];
        bool is_field = column->use == CSV_COLUMN_FIELD;
        bool is_item = column->use == CSV_COLUMN_ITEM && column->list != added_list;

        if ((is_field && !is_key_field(key, schema->fields[column->field].name)) ||
            (is_item && (column->item != EDGE_REFERENCE || column->element > 0 ||
                         !is_key_field(key, schema->lists[column->list].name)))) {
            return false;
        }
        has_one |= is_field || is_item;
    }
    for (size_t i = 0; i < MATCH_FIELDS_MAX && key->fields[i] != NULL; i++) {
        int field = schema_field_index(schema, key->fields[i]);
        int list = schema_list_index(schema, key->fields[i]);
        bool may_lack =
            field >= 0 && key->fields[1] != NULL && !(schema->fields[field].flags & FIELD_REQUIRED);

        if (!may_lack && !(field >= 0 ? columns->has_field[field] : columns->elements[list] > 0)) {
            return false;
        }
    }
    return has_one;
}

static bool is_key_field(const struct match_key *key, const char *name)
{
    for (size_t i = 0; i < MATCH_FIELDS_MAX && key->fields[i] != NULL; i++) {
        if (strcmp(key->fields[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void list_unknown(const struct csv_columns *columns, const struct csv_row *row, char *out,
                         size_t out_bytes)
{
    out[0] = '\0';
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->at[i].use == CSV_COLUMN_UNKNOWN && row->cells[i].len > 0) {
            append_name(out, out_bytes, row->cells[i]);
        }
    }
}

/* Names past the end of `out`, or all when it is NULL, are left out; a name is never cut inside a character. */
static void append_name(char *out, size_t out_bytes, struct bytes name)
{
    if (out == NULL) {
        return;
    }
    size_t used = strlen(out);
    const char *comma = used > 0 ? ", " : "";
    size_t room = out_bytes - used;

    if (room > strlen(comma) + 1) {
        size_t len = utf8_cut(name, room - strlen(comma) - 1);

        (void)snprintf(out + used, room, "%s%.*s", comma, (int)len,
                       (const char *)name.at); /* fits, see room */
    }
}
