/* The rows of one import: header, rows, rows put off, what is missing, the files written. See import_job.h.
 */
#include "client/lib/import_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/import_missing.h"

static enum err read_header(struct import_job *job, const struct csv_row *row);
static enum err note_added_list(struct import_job *job);
static enum err apply_deferred(struct import_job *job);
static enum err keep_row(const struct csv_row *row, struct import_kept_row *ret_kept);
static void release_row(struct import_kept_row *kept);
static struct import_seen **bucket_of(const struct import_job *job, const struct id *record);

enum err import_job_init(struct import_job *job, struct store *store, const struct import_options *options,
                         enum import_mode mode, enum record_origin origin, const char *input_path,
                         struct error *error)
{
    enum err err;

    *job = (struct import_job){.store = store,
                               .options = options,
                               .origin = origin,
                               .error = error,
                               .mode = mode,
                               .may_defer = true};
    arena_init(&job->arena, IMPORT_ARENA_BYTES_MAX);
    import_faults_init(&job->faults, options->language);
    err = csv_references_new(store, &job->references);
    if (err == ERR_OK && mode == IMPORT_OF_FILE) {
        err = import_errors_init(&job->errors, input_path, options->language);
    }
    job->seen = calloc(IMPORT_SEEN_BUCKETS, sizeof(struct import_seen *));
    if (err == ERR_OK && job->seen == NULL) {
        err = ERR_NO_MEMORY;
    }
    if (err != ERR_OK) {
        import_job_release(job);
    }
    return err;
}

void import_job_release(struct import_job *job)
{
    for (size_t i = 0; job->seen != NULL && i < IMPORT_SEEN_BUCKETS; i++) {
        while (job->seen[i] != NULL) {
            struct import_seen *seen = job->seen[i];

            job->seen[i] = seen->next;
            free(seen);
        }
    }
    free(job->seen);
    job->seen = NULL;
    for (size_t i = 0; i < job->deferred_count; i++) {
        release_row(&job->deferred[i]);
    }
    free(job->deferred);
    job->deferred = NULL;
    job->deferred_count = 0;
    release_row(&job->header);
    csv_references_free(job->references);
    job->references = NULL;
    import_errors_release(&job->errors);
    import_faults_release(&job->faults);
    arena_release(&job->arena);
}

enum err import_job_row(void *context, const struct csv_row *row)
{
    struct import_job *job = context;

    if (!job->has_header) {
        return read_header(job, row);
    }
    job->result.rows++;
    return import_job_apply(job, row);
}

enum err import_job_finish(struct import_job *job)
{
    enum err err = ERR_OK;

    if (!job->has_header) {
        return ERR_NOT_FOUND;
    }
    err = apply_deferred(job);
    if (err == ERR_OK && job->mode == IMPORT_OF_FILE) {
        err = import_errors_finish(&job->errors, job->result.error_file, sizeof job->result.error_file);
    }
    if (err == ERR_OK && job->options->is_complete) {
        err = import_missing_list(job);
    }
    return err;
}

enum err import_job_defer(struct import_job *job, const struct csv_row *row)
{
    enum err err;

    if (job->deferred_count == IMPORT_DEFERRED_ROWS_MAX) {
        return error_set(job->error, ERR_TOO_BIG, "%s",
                         text_get(TEXT_IMPORT_TOO_MANY_DEFERRED, job->options->language));
    }
    if (job->deferred_count == job->deferred_capacity) {
        size_t capacity = job->deferred_capacity == 0 ? 64 : 2 * job->deferred_capacity;
        struct import_kept_row *grown = realloc(job->deferred, capacity * sizeof *grown);

        if (grown == NULL) {
            return ERR_NO_MEMORY;
        }
        job->deferred = grown;
        job->deferred_capacity = capacity;
    }
    err = keep_row(row, &job->deferred[job->deferred_count]);
    job->deferred_count += err == ERR_OK;
    return err;
}

uint64_t import_job_seen(const struct import_job *job, const struct id *record)
{
    for (const struct import_seen *seen = *bucket_of(job, record); seen != NULL; seen = seen->next) {
        if (id_equal(&seen->record, record)) {
            return seen->row_number;
        }
    }
    return 0;
}

enum err import_job_see(struct import_job *job, const struct id *record, uint64_t row_number)
{
    struct import_seen **bucket = bucket_of(job, record);
    struct import_seen *seen = malloc(sizeof *seen);

    if (seen == NULL) {
        return ERR_NO_MEMORY;
    }
    *seen = (struct import_seen){*bucket, *record, row_number};
    *bucket = seen;
    return ERR_OK;
}

/* Ids are a counter behind random bytes, or a hash: their last bytes spread well. */
static struct import_seen **bucket_of(const struct import_job *job, const struct id *record)
{
    return &job->seen[u32_read(record->at + ID_BYTES - sizeof(uint32_t)) % IMPORT_SEEN_BUCKETS];
}

static enum err read_header(struct import_job *job, const struct csv_row *row)
{
    const struct kind_schema *schema = NULL;
    enum err err;

    if (row->is_cut) {
        return error_set(job->error, ERR_MALFORMED, "%s",
                         text_get(TEXT_IMPORT_HEADERS_TOO_LONG, job->options->language));
    }
    if (job->options->kind != NULL) {
        schema = schema_of_name(job->options->kind);
        if (schema == NULL) {
            return error_set(job->error, ERR_USAGE, text_get(TEXT_IMPORT_NO_KIND, job->options->language),
                             job->options->kind);
        }
    }
    err = csv_columns_read(row, schema, job->mode == IMPORT_BY_HAND, job->options->language, &job->columns,
                           job->result.unknown_columns, sizeof job->result.unknown_columns, job->error);
    if (err == ERR_OK) {
        err = keep_row(row, &job->header);
    }
    if (err == ERR_OK) {
        (void)snprintf(job->result.kind, sizeof job->result.kind, "%s",
                       job->columns.schema->name); /* names are short */
        err = note_added_list(job);
    }
    if (err == ERR_OK) {
        job->has_header = true;
    }
    return err;
}

/* A file of elements says nothing about which records there are. */
static enum err note_added_list(struct import_job *job)
{
    enum language language = job->options->language;

    if (job->columns.added_list < 0) {
        return ERR_OK;
    }
    const struct list_schema *list = &job->columns.schema->lists[job->columns.added_list];

    if (job->options->is_complete) {
        return error_set(job->error, ERR_USAGE, text_get(TEXT_IMPORT_ADDS_NOT_COMPLETE, language),
                         language == LANGUAGE_VI ? list->label_vi : list->label_en);
    }
    (void)snprintf(job->result.list, sizeof job->result.list, "%s", list->name); /* names are short */
    (void)snprintf(job->result.list_label, sizeof job->result.list_label, "%s",
                   language == LANGUAGE_VI ? list->label_vi : list->label_en); /* labels are short */
    return ERR_OK;
}

/* Rows whose reference was not known yet, again and again while that makes more of them known; then for the
 * last time. */
static enum err apply_deferred(struct import_job *job)
{
    enum err err = ERR_OK;

    while (err == ERR_OK && job->deferred_count > 0) {
        struct import_kept_row *rows = job->deferred;
        size_t count = job->deferred_count;

        job->deferred = NULL;
        job->deferred_count = job->deferred_capacity = 0;
        for (size_t i = 0; i < count; i++) {
            if (err == ERR_OK) {
                err = import_job_apply(job, &rows[i].row);
            }
            release_row(&rows[i]);
        }
        free(rows);
        job->may_defer = job->deferred_count < count;
    }
    return err;
}

static enum err keep_row(const struct csv_row *row, struct import_kept_row *ret_kept)
{
    struct import_kept_row kept = {.row = *row};
    size_t bytes = 0;

    for (size_t i = 0; i < row->cell_count; i++) {
        bytes += row->cells[i].len;
    }
    kept.cells = calloc(row->cell_count + 1, sizeof *kept.cells);
    kept.text = malloc(bytes + 1);
    if (kept.cells == NULL || kept.text == NULL) {
        release_row(&kept);
        return ERR_NO_MEMORY;
    }
    bytes = 0;
    for (size_t i = 0; i < row->cell_count; i++) {
        kept.cells[i] = bytes_of(kept.text + bytes, row->cells[i].len);
        if (row->cells[i].len > 0) {
            memcpy(kept.text + bytes, row->cells[i].at, row->cells[i].len);
        }
        bytes += row->cells[i].len;
    }
    kept.row.cells = kept.cells;
    *ret_kept = kept;
    return ERR_OK;
}

static void release_row(struct import_kept_row *kept)
{
    free(kept->cells);
    free(kept->text);
    *kept = (struct import_kept_row){0};
}
