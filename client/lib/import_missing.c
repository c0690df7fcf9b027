/* Two walks over the records of the kind: how many columns do the missing ones need, then their rows. */
#include "client/lib/import_missing.h"

#include <string.h>

#include "client/lib/csv_record.h"
#include "common/wire/message.h"

enum { MISSING_ARENA_BYTES_MAX = 1 << 20 };

#define REMOVED_RULE "record.removed"

/* Writing the records that the file does not hold. */
struct missing {
    struct import_job *job;
    struct csv_columns columns;
    struct csv_writer *writer; /* NULL: none missing yet */
    struct arena arena;
    size_t elements[CSV_LISTS_MAX];
    enum err err;
};

static bool has_reason(const struct import_job *job);
static bool is_missing(const struct import_job *job, const struct store_record *record);
static bool count_elements(void *context, const struct store_record *record);
static bool write_missing(void *context, const struct store_record *record);
static enum err remove_missing(struct import_job *job, const struct id *record);

enum err import_missing_list(struct import_job *job)
{
    struct missing missing = {.job = job};
    const struct kind_schema *schema = job->columns.schema;
    enum language language = job->options->language;
    enum err err;

    if (has_reason(job) && job->result.failed > 0) {
        return error_set(job->error, ERR_RULE, text_get(TEXT_IMPORT_REMOVE_NOT_ALL, language),
                         (unsigned long long)job->result.failed, job->result.error_file);
    }
    arena_init(&missing.arena, MISSING_ARENA_BYTES_MAX);
    for (size_t i = 0; i < schema->list_count; i++) {
        missing.elements[i] = 1;
    }
    err = store_record_each(job->store, schema->kind, count_elements, &missing);
    if (err == ERR_OK) {
        csv_columns_of_kind(schema, missing.elements, false, &missing.columns);
        err = store_record_each(job->store, schema->kind, write_missing, &missing);
    }
    err = err == ERR_OK ? missing.err : err;
    if (err == ERR_OK && missing.writer != NULL) {
        struct csv_writer *writer = missing.writer;

        missing.writer = NULL;
        err = csv_writer_finish(writer, job->result.missing_file, sizeof job->result.missing_file);
    }
    csv_writer_discard(missing.writer);
    arena_release(&missing.arena);
    return err;
}

/* Blanks are no reason to remove anybody for. */
static bool has_reason(const struct import_job *job)
{
    const char *reason = job->options->complete_reason;

    return reason != NULL && reason[strspn(reason, " \t\r\n")] != '\0';
}

static bool is_missing(const struct import_job *job, const struct store_record *record)
{
    return record->body.at != NULL && record->origin == RECORD_OWN &&
           import_job_seen(job, &record->record) == 0;
}

static bool count_elements(void *context, const struct store_record *record)
{
    struct missing *missing = context;
    const struct kind_schema *schema = missing->job->columns.schema;
    void *message = NULL;

    if (!is_missing(missing->job, record)) {
        return true;
    }
    arena_clear(&missing->arena);
    missing->err = message_unpack(schema->descriptor, record->body, true, &missing->arena, &message);
    for (size_t i = 0; missing->err == ERR_OK && i < schema->list_count; i++) {
        size_t count = record_list_count(schema, message, i);

        missing->elements[i] = missing->elements[i] < count ? count : missing->elements[i];
    }
    return missing->err == ERR_OK;
}

static bool write_missing(void *context, const struct store_record *record)
{
    struct missing *missing = context;
    struct import_job *job = missing->job;
    char path[IMPORT_PATH_BYTES_MAX];
    void *message = NULL;

    if (!is_missing(job, record)) {
        return true;
    }
    arena_clear(&missing->arena);
    job->result.missing++;
    if (missing->writer == NULL) {
        missing->err = import_sibling_path(job->errors.input_path,
                                           text_get(TEXT_IMPORT_MISSING_SUFFIX, job->options->language), path,
                                           sizeof path);
        if (missing->err == ERR_OK) {
            missing->err = csv_writer_open(path, &missing->writer);
        }
        if (missing->err == ERR_OK) {
            missing->err =
                csv_record_write_header(missing->writer, &missing->columns, job->options->language);
        }
    }
    if (missing->err == ERR_OK) {
        missing->err =
            message_unpack(job->columns.schema->descriptor, record->body, true, &missing->arena, &message);
    }
    if (missing->err == ERR_OK) {
        missing->err =
            csv_record_write(missing->writer, &missing->columns, job->references, job->options->language,
                             &record->record, message, bytes_of(NULL, 0), &missing->arena);
    }
    if (missing->err == ERR_OK && has_reason(job)) {
        missing->err = remove_missing(job, &record->record);
    }
    return missing->err == ERR_OK;
}

static enum err remove_missing(struct import_job *job, const struct id *record)
{
    const char *rule = REMOVED_RULE;
    const char *text = job->options->complete_reason;
    struct store_put put = {.kind = job->columns.schema->kind,
                            .record = *record,
                            .message = NULL,
                            .is_first_load = job->options->is_first_load,
                            .reason_rules = &rule,
                            .reason_texts = &text,
                            .reason_count = 1,
                            .origin = RECORD_OWN};
    enum err err = store_record_put(job->store, &put);

    job->result.removed += err == ERR_OK;
    return err;
}
