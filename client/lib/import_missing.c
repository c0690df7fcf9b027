/* Which records are missing, and how many columns do they need? Which of them does anything refer to that stays?
 * Then their rows. The store walks records by id, so the missing ones are noted in the order of their ids. */
#include "client/lib/import_missing.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/csv_record.h"
#include "common/base/check.h"
#include "common/rules/rules.h"
#include "common/wire/message.h"

enum { MISSING_ARENA_BYTES_MAX = 1 << 20 };

#define REMOVED_RULE "record.removed"
#define STILL_USED_RULE "ingest.still_used"

struct missing_record {
    struct id record;
    bool is_used;
};

/* Writing the records that the file does not hold. */
struct missing {
    struct import_job *job;
    struct csv_columns columns;
    struct csv_writer *writer; /* NULL: none missing yet */
    struct arena arena;
    size_t elements[CSV_LISTS_MAX];
    struct missing_record *records; /* by id */
    size_t count, capacity;
    size_t *used; /* indexes of records, as they were found; room for all */
    size_t used_count;
    enum err err;
};

static bool has_reason(const struct import_job *job);
static bool is_missing(const struct import_job *job, const struct store_record *record);
static bool note_missing(void *context, const struct store_record *record);
static enum err find_used(struct missing *missing);
static bool note_references(void *context, const struct store_record *record);
static enum err mark_references(struct missing *missing, enum record_kind kind, struct bytes body);
static struct missing_record *find_missing(const struct missing *missing, const struct id *record);
static enum err add_missing(struct missing *missing, const struct id *record);
static struct bytes still_used_text(enum language language);
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
    err = store_record_each(job->store, schema->kind, note_missing, &missing);
    err = err == ERR_OK ? missing.err : err;
    if (err == ERR_OK && missing.count > 0) {
        err = find_used(&missing);
    }
    if (err == ERR_OK) {
        csv_columns_of_kind(schema, missing.elements, missing.used_count > 0, &missing.columns);
        err = store_record_each(job->store, schema->kind, write_missing, &missing);
    }
    err = err == ERR_OK ? missing.err : err;
    if (err == ERR_OK && missing.writer != NULL) {
        struct csv_writer *writer = missing.writer;

        missing.writer = NULL;
        err = csv_writer_finish(writer, job->result.missing_file, sizeof job->result.missing_file);
    }
    csv_writer_discard(missing.writer);
    free(missing.records);
    free(missing.used);
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

static bool note_missing(void *context, const struct store_record *record)
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

        count = count < SCHEMA_LIST_ELEMENTS_MAX ? count : SCHEMA_LIST_ELEMENTS_MAX;
        missing->elements[i] = missing->elements[i] < count ? count : missing->elements[i];
    }
    if (missing->err == ERR_OK) {
        missing->err = add_missing(missing, &record->record);
    }
    return missing->err == ERR_OK;
}

static enum err add_missing(struct missing *missing, const struct id *record)
{
    if (missing->count == missing->capacity) {
        size_t capacity = missing->capacity == 0 ? 64 : 2 * missing->capacity;
        struct missing_record *grown = realloc(missing->records, capacity * sizeof *grown);

        if (grown == NULL) {
            return ERR_NO_MEMORY;
        }
        missing->records = grown;
        missing->capacity = capacity;
    }
    missing->records[missing->count++] = (struct missing_record){.record = *record};
    return ERR_OK;
}

/* What stays uses what it refers to, and so does what has to stay because it is used itself. */
static enum err find_used(struct missing *missing)
{
    struct store *store = missing->job->store;
    const struct kind_schema *schema = missing->job->columns.schema;
    enum err err = ERR_OK;

    missing->used = malloc(missing->count * sizeof *missing->used);
    if (missing->used == NULL) {
        return ERR_NO_MEMORY;
    }
    for (uint32_t kind = 1; kind <= KIND_MAX && err == ERR_OK; kind++) {
        if (schema_refers_to(schema_of(kind), schema)) {
            err = store_record_each(store, kind, note_references, missing);
            err = err == ERR_OK ? missing->err : err;
        }
    }
    for (size_t i = 0; i < missing->used_count && err == ERR_OK; i++) {
        struct store_record stored = {0};

        arena_clear(&missing->arena);
        err = store_record_get(store, schema->kind, &missing->records[missing->used[i]].record,
                               &missing->arena, &stored);
        if (err == ERR_OK) {
            err = mark_references(missing, stored.kind, stored.body);
        }
    }
    return err;
}

static bool note_references(void *context, const struct store_record *record)
{
    struct missing *missing = context;
    bool stays =
        record->kind != missing->job->columns.schema->kind || find_missing(missing, &record->record) == NULL;

    if (record->body.at != NULL && stays) {
        arena_clear(&missing->arena);
        missing->err = mark_references(missing, record->kind, record->body);
    }
    return missing->err == ERR_OK;
}

static enum err mark_references(struct missing *missing, enum record_kind kind, struct bytes body)
{
    const struct kind_schema *schema = schema_of(kind);
    const struct record_reference *references = NULL;
    size_t count = 0;
    void *message = NULL;
    enum err err = message_unpack(schema->descriptor, body, true, &missing->arena, &message);

    if (err == ERR_OK) {
        err = record_references(schema, message, &missing->arena, &references, &count);
    }
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        struct missing_record *found = references[i].kind == missing->job->columns.schema->kind
                                           ? find_missing(missing, &references[i].record)
                                           : NULL;

        if (found != NULL && !found->is_used) {
            found->is_used = true;
            missing->used[missing->used_count++] = (size_t)(found - missing->records);
        }
    }
    return err;
}

static int compare_records(const void *a, const void *b)
{
    return memcmp(((const struct missing_record *)a)->record.at,
                  ((const struct missing_record *)b)->record.at, ID_BYTES);
}

static struct missing_record *find_missing(const struct missing *missing, const struct id *record)
{
    struct missing_record key = {.record = *record};

    if (missing->count == 0) {
        return NULL;
    }
    return bsearch(&key, missing->records, missing->count, sizeof *missing->records, compare_records);
}

static bool write_missing(void *context, const struct store_record *record)
{
    struct missing *missing = context;
    struct import_job *job = missing->job;
    char path[IMPORT_PATH_BYTES_MAX];
    void *message = NULL;
    const struct missing_record *found = find_missing(missing, &record->record);

    if (found == NULL) {
        return true;
    }
    arena_clear(&missing->arena);
    job->result.missing++;
    job->result.still_used += found->is_used;
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
        missing->err = csv_record_write(
            missing->writer, &missing->columns, job->references, job->options->language, &record->record,
            message, found->is_used ? still_used_text(job->options->language) : bytes_of(NULL, 0),
            &missing->arena);
    }
    if (missing->err == ERR_OK && has_reason(job) && !found->is_used) {
        missing->err = remove_missing(job, &record->record);
    }
    return missing->err == ERR_OK;
}

/* As the province would say it. */
static struct bytes still_used_text(enum language language)
{
    const struct rule_info *rule = rules_find(STILL_USED_RULE);

    REQUIRE(rule != NULL); /* the table has it */
    return bytes_of_text(language == LANGUAGE_VI ? rule->text_vi : rule->text_en);
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
