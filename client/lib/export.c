/* See export.h. */
#include "client/lib/export.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/csv_record.h"
#include "client/lib/platform.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/rules/rules.h"
#include "common/wire/message.h"

enum {
    EXPORT_ARENA_BYTES_MAX = 4 << 20,
    EXPORT_SENTENCE_BYTES_MAX =
        4096, /* in the error column; well below what a cell may hold when it is read back */
    EXPORT_VALUE_BYTES_MAX = 200, /* of the province's value in it */
};

/* One file being written. Two walks: how many elements each list needs, then the rows. */
struct export
{
    struct store *store;
    const struct kind_schema *schema;
    enum language language;
    size_t elements[CSV_LISTS_MAX];
    struct csv_columns columns;
    struct csv_references *references;
    struct csv_writer *writer;
    struct arena arena;
    uint64_t rows;
    enum err err;
};

/* A change that was not applied. */
struct refused {
    void *
        message; /* what its row states: the clerk's latest state; of a removal what stands as far as is known */
    void *current; /* what stands at the province, where it told it; else NULL */
    bool is_removal;
};

static enum err export_open(struct export *export, struct store *store, const struct kind_schema *schema,
                            enum language language);
static void export_release(struct export *export);
static enum err start_file(struct export *export, const char *path, bool with_answers);
static enum err finish_file(struct export *export, char *ret_path, size_t ret_path_bytes);
static void count_elements(struct export *export, const void *message);
static bool count_record(void *context, const struct store_record *record);
static bool write_record(void *context, const struct store_record *record);
static bool count_refusal(void *context, const struct store_refusal *refusal);
static bool write_refusal(void *context, const struct store_refusal *refusal);
static enum err read_refused(struct export *export, const struct store_refusal *refusal,
                             struct refused *ret_refused);
static enum err explain_refusal(struct export *export, const struct store_refusal *refusal,
                                const struct refused *refused, struct buf *sentence);
static enum err add_differences(struct export *export, const struct refused *refused, struct buf *sentence);
static const char *reason_of(const struct export *export, const struct verdict *verdict);
static enum err export_refused_kind(struct store *store, const struct kind_schema *schema, const char *path,
                                    enum language language, char *ret_path, size_t ret_path_bytes,
                                    uint64_t *ret_rows, struct error *error);
static enum err explain(enum err err, const char *path, enum language language, struct error *error);

enum err export_kind(struct store *store, const char *kind, const char *path, enum language language,
                     char *ret_path, size_t ret_path_bytes, uint64_t *ret_rows, struct error *ret_error)
{
    const struct kind_schema *schema = schema_of_name(kind);
    struct export export;
    enum err err;

    if (schema == NULL) {
        return error_set(ret_error, ERR_NOT_FOUND, text_get(TEXT_IMPORT_NO_KIND, language), kind);
    }
    err = export_open(&export, store, schema, language);
    if (err == ERR_OK) {
        err = store_record_each(store, schema->kind, count_record, &export);
    }
    err = err == ERR_OK ? export.err : err;
    if (err == ERR_OK) {
        err = start_file(&export, path, false);
    }
    if (err == ERR_OK) {
        err = store_record_each(store, schema->kind, write_record, &export);
    }
    err = err == ERR_OK ? export.err : err;
    err = err == ERR_OK ? finish_file(&export, ret_path, ret_path_bytes) : err;
    if (err == ERR_OK) {
        *ret_rows = export.rows;
    }
    export_release(&export);
    return err == ERR_OK ? err : explain(err, path, language, ret_error);
}

enum err export_refused(struct store *store, const char *path, enum language language,
                        export_on_file *on_file, void *context, struct error *ret_error)
{
    for (uint32_t kind = KIND_MAX; kind >= 1; kind--) { /* members first: they are what is asked for */
        const struct kind_schema *schema = schema_of(kind);
        char wanted[PLATFORM_PATH_BYTES_MAX];
        char used[PLATFORM_PATH_BYTES_MAX] = "";
        size_t stem = strlen(path);
        uint64_t rows = 0;

        if (schema == NULL) {
            continue;
        }
        if (stem > 4 && strcmp(path + stem - 4, ".csv") == 0) {
            stem -= 4;
        }
        int len = kind == KIND_MEMBER
                      ? snprintf(wanted, sizeof wanted, "%s", path)
                      : snprintf(wanted, sizeof wanted, "%.*s.%s.csv", (int)stem, path, schema->name);

        if (len < 0 || (size_t)len >= sizeof wanted) {
            return explain(ERR_TOO_BIG, path, language, ret_error);
        }
        enum err err =
            export_refused_kind(store, schema, wanted, language, used, sizeof used, &rows, ret_error);

        if (err != ERR_OK) {
            return err;
        }
        if (rows > 0) {
            on_file(context, used, rows);
        }
    }
    return ERR_OK;
}

static enum err export_refused_kind(struct store *store, const struct kind_schema *schema, const char *path,
                                    enum language language, char *ret_path, size_t ret_path_bytes,
                                    uint64_t *ret_rows, struct error *error)
{
    struct export export;
    enum err err = export_open(&export, store, schema, language);

    if (err == ERR_OK) {
        err = store_refusal_each(store, count_refusal, &export);
    }
    err = err == ERR_OK ? export.err : err;
    if (err == ERR_OK && export.rows > 0) {
        export.rows = 0;
        err = start_file(&export, path, true);
        if (err == ERR_OK) {
            err = store_refusal_each(store, write_refusal, &export);
        }
        err = err == ERR_OK ? export.err : err;
        err = err == ERR_OK ? finish_file(&export, ret_path, ret_path_bytes) : err;
    }
    if (err == ERR_OK) {
        *ret_rows = export.rows;
    }
    export_release(&export);
    return err == ERR_OK ? err : explain(err, path, language, error);
}

/* The writer is gone afterwards, whatever happened. */
static enum err finish_file(struct export *export, char *ret_path, size_t ret_path_bytes)
{
    struct csv_writer *writer = export->writer;

    export->writer = NULL;
    return csv_writer_finish(writer, ret_path, ret_path_bytes);
}

static enum err export_open(struct export *export, struct store *store, const struct kind_schema *schema,
                            enum language language)
{
    *export = (struct export){.store = store, .schema = schema, .language = language};
    arena_init(&export->arena, EXPORT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < CSV_LISTS_MAX; i++) {
        export->elements[i] = 1; /* a list nobody fills still has its columns */
    }
    return csv_references_new(store, &export->references);
}

static void export_release(struct export *export)
{
    csv_writer_discard(export->writer);
    csv_references_free(export->references);
    arena_release(&export->arena);
}

static enum err start_file(struct export *export, const char *path, bool with_answers)
{
    csv_columns_of_kind(export->schema, export->elements, with_answers, &export->columns);
    enum err err = csv_writer_open(path, &export->writer);

    return err == ERR_OK ? csv_record_write_header(export->writer, &export->columns, export->language) : err;
}

static void count_elements(struct export *export, const void *message)
{
    for (size_t i = 0; i < export->schema->list_count; i++) {
        size_t count = record_list_count(export->schema, message, i);

        count = count < SCHEMA_LIST_ELEMENTS_MAX ? count
                                                 : SCHEMA_LIST_ELEMENTS_MAX; /* the province's may be any */
        export->elements[i] = export->elements[i] < count ? count : export->elements[i];
    }
}

static bool count_record(void *context, const struct store_record *record)
{
    struct export *export = context;
    void *message = NULL;

    if (record->body.at == NULL) {
        return true; /* removed */
    }
    arena_clear(&export->arena);
    export->err = message_unpack(export->schema->descriptor, record->body, true, &export->arena, &message);
    if (export->err == ERR_OK) {
        count_elements(export, message);
    }
    return export->err == ERR_OK;
}

static bool write_record(void *context, const struct store_record *record)
{
    struct export *export = context;
    void *message = NULL;

    if (record->body.at == NULL) {
        return true; /* removed */
    }
    arena_clear(&export->arena);
    export->err = message_unpack(export->schema->descriptor, record->body, true, &export->arena, &message);
    if (export->err == ERR_OK) {
        export->err = csv_record_write(export->writer, &export->columns, export->references, export->language,
                                       &record->record, message, bytes_of(NULL, 0), &export->arena);
    }
    export->rows += export->err == ERR_OK;
    return export->err == ERR_OK;
}

/* The clerk's latest state of the record, edits made after the refused change included, and the province's. */
static enum err read_refused(struct export *export, const struct store_refusal *refusal,
                             struct refused *ret_refused)
{
    const ProtobufCMessageDescriptor *descriptor = export->schema->descriptor;
    struct refused refused = {0};
    struct store_record record;
    struct bytes removed = {0};

    arena_clear(&export->arena);
    enum err err = store_record_get(export->store, refusal->kind, &refusal->record, &export->arena, &record);

    if (err == ERR_OK && refusal->current_body.at != NULL) {
        err = message_unpack(descriptor, refusal->current_body, true, &export->arena, &refused.current);
    }
    if (err != ERR_OK) {
        return err;
    }
    refused.is_removal = record.body.at == NULL;
    if (!refused.is_removal) {
        err = message_unpack(descriptor, record.body, true, &export->arena, &refused.message);
    } else if (refused.current != NULL) {
        refused.message = refused.current;
    } else {
        err = store_removed_body(export->store, refusal->kind, &refusal->record, &export->arena, &removed);
        if (err == ERR_OK) {
            err = message_unpack(descriptor, removed, true, &export->arena, &refused.message);
        } else if (err == ERR_NOT_FOUND) {
            err = record_new(export->schema, &export->arena, &refused.message);
        }
    }
    if (err == ERR_OK) {
        *ret_refused = refused;
    }
    return err;
}

static bool count_refusal(void *context, const struct store_refusal *refusal)
{
    struct export *export = context;
    struct refused refused;

    if (refusal->kind != export->schema->kind) {
        return true;
    }
    export->err = read_refused(export, refusal, &refused);
    if (export->err == ERR_OK) {
        export->rows++;
        count_elements(export, refused.message);
    }
    if (export->err == ERR_OK && refused.current != NULL) {
        count_elements(export, refused.current);
    }
    return export->err == ERR_OK;
}

static bool write_refusal(void *context, const struct store_refusal *refusal)
{
    struct export *export = context;
    struct refused refused;
    struct buf sentence;

    if (refusal->kind != export->schema->kind) {
        return true;
    }
    buf_init(&sentence, EXPORT_SENTENCE_BYTES_MAX);
    export->err = read_refused(export, refusal, &refused);
    if (export->err == ERR_OK) {
        export->err = explain_refusal(export, refusal, &refused, &sentence);
    }
    if (export->err == ERR_OK) {
        export->err =
            csv_record_write(export->writer, &export->columns, export->references, export->language,
                             &refusal->record, refused.message, buf_content(&sentence), &export->arena);
    }
    buf_release(&sentence);
    export->rows += export->err == ERR_OK;
    return export->err == ERR_OK;
}

static enum err explain_refusal(struct export *export, const struct store_refusal *refusal,
                                const struct refused *refused, struct buf *sentence)
{
    bool is_conflict = refusal->verdict.code == VERDICT_CONFLICT;
    enum err err = ERR_OK;

    if (is_conflict) {
        err = buf_append_text(
            sentence, text_get(refused->is_removal ? TEXT_EXPORT_CONFLICT_REMOVAL : TEXT_EXPORT_CONFLICT,
                               export->language));
    } else {
        char text[EXPORT_SENTENCE_BYTES_MAX / 2];

        (void)snprintf(text, sizeof text, text_get(TEXT_EXPORT_REFUSED, export->language),
                       reason_of(export, &refusal->verdict)); /* fits */
        err = buf_append_text(sentence, text);
    }
    if (err == ERR_OK && refused->is_removal) {
        err = buf_append_text(sentence, text_get(TEXT_EXPORT_REMOVAL, export->language));
    }
    if (err == ERR_OK && is_conflict && refused->current == NULL) {
        err = buf_append_text(sentence, text_get(TEXT_EXPORT_CURRENT_NOT_TOLD, export->language));
    }
    if (err == ERR_OK && is_conflict && refused->current != NULL && !refused->is_removal) {
        err = add_differences(export, refused, sentence);
    }
    return err;
}

/* Column by column, what the province holds where the row says something else; what does not fit is cut. */
static enum err add_differences(struct export *export, const struct refused *refused, struct buf *sentence)
{
    const struct csv_columns *columns = &export->columns;
    enum text_id lead = TEXT_EXPORT_CURRENT;

    for (size_t i = 0; i < columns->count; i++) {
        char label[CSV_LABEL_BYTES_MAX];
        struct bytes ours = {0};
        struct bytes theirs = {0};
        enum err err = csv_record_text(columns, i, export->references, export->language, refused->message,
                                       &export->arena, &ours);

        if (err == ERR_OK) {
            err = csv_record_text(columns, i, export->references, export->language, refused->current,
                                  &export->arena, &theirs);
        }
        if (err != ERR_OK) {
            return err;
        }
        if (bytes_equal(ours, theirs)) {
            continue;
        }
        csv_columns_label(columns, i, export->language, label);
        size_t shown = utf8_cut(theirs, EXPORT_VALUE_BYTES_MAX);

        err = theirs.len == 0
                  ? buf_append_format(sentence, text_get(TEXT_EXPORT_CURRENT_BLANK, export->language),
                                      text_get(lead, export->language), label)
                  : buf_append_format(sentence, text_get(TEXT_EXPORT_CURRENT_VALUE, export->language),
                                      text_get(lead, export->language), label, (int)shown,
                                      (const char *)theirs.at, shown < theirs.len ? "…" : "");
        if (err == ERR_TOO_BIG) {
            return ERR_OK;
        }
        if (err != ERR_OK) {
            return err;
        }
        lead = TEXT_EXPORT_CURRENT_NEXT;
    }
    return lead != TEXT_EXPORT_CURRENT
               ? ERR_OK
               : buf_append_text(sentence, text_get(TEXT_EXPORT_CURRENT_SAME, export->language));
}

static const char *reason_of(const struct export *export, const struct verdict *verdict)
{
    const struct rule_info *rule = rules_find(verdict->rule);

    return rule == NULL ? verdict->rule : export->language == LANGUAGE_VI ? rule->text_vi : rule->text_en;
}

static enum err explain(enum err err, const char *path, enum language language, struct error *error)
{
    if (err == ERR_IO || err == ERR_NOT_FOUND) { /* no such folder */
        return error_set(error, ERR_IO, text_get(TEXT_EXPORT_CANNOT_WRITE, language), path,
                         platform_reason());
    }
    return error_set(error, err, "%s", err_text(err, language));
}
