/* Import of a file and of the reference data: the stream of bytes, the transaction, and the sentences when
 * all of it fails.
 *
 *   file ─► first reading: sniff ─► second reading: csv_reader ─► import_job ─► commit
 *     └─ any failure, a cancel or a dry run: rollback */
#include "client/lib/import.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/cells.h"
#include "client/lib/import_job.h"
#include "client/lib/platform.h"
#include "client/lib/sniff.h"
#include "common/base/embed.h"
#include "common/base/text.h"
#include "common/record/codes.h"

#define IMPORT_FILE_BYTES_MAX ((uint64_t)1 << 30)

enum { CODE_COLUMNS = 4 };

/* Where the bytes come from: a file, or memory when file is NULL. */
struct source {
    const char *path;
    FILE *file;
    struct bytes memory;
    uint64_t bytes;
};

static enum err sniff_source(struct source *source, enum language language, struct sniff_result *ret_result,
                             struct error *error);
static enum err refuse_encoding(enum sniff_encoding encoding, const char *path, enum language language,
                                struct error *error);
static enum err read_rows(struct source *source, const struct sniff_result *sniffed, struct import_job *job);
static enum err read_part(struct source *source, uint64_t offset, uint8_t *at, size_t bytes_max,
                          struct bytes *ret_part);
static enum err import_source(struct store *store, struct source *source,
                              const struct import_options *options, enum record_origin origin,
                              struct import_result *ret_result, struct error *error);
static enum err import_codes(struct store *store, enum record_origin origin,
                             const struct import_options *options, struct import_result *result,
                             struct error *error);
static enum err read_code_row(struct import_job *job, const char *const texts[CODE_COLUMNS], uint64_t number);
static enum err warn_of_cells(struct store *store, int32_t today, struct import_result *result);
static void add_branch(void *context, enum cells_warning warning, struct bytes name, uint64_t members);
static enum err explain(enum err err, const struct source *source, uint64_t line, enum language language,
                        struct error *error);

enum err import_file(struct store *store, const char *path, const struct import_options *options,
                     struct import_result *ret_result, struct error *ret_error)
{
    struct source source = {.path = path};
    struct import_result result = {0};
    enum err err;

    ret_error->text[0] = '\0';
    source.file = fopen(path, "rb");
    if (source.file == NULL) {
        return error_set(ret_error, ERR_IO, text_get(TEXT_IMPORT_CANNOT_READ, options->language), path,
                         platform_reason());
    }
    err = store_begin(store);
    if (err == ERR_OK) {
        err = import_source(store, &source, options, options->is_reference ? RECORD_REFERENCE : RECORD_OWN,
                            &result, ret_error);
    }
    if (err == ERR_OK) {
        err = warn_of_cells(store, options->today, &result);
    }
    if (err == ERR_OK && !options->is_dry_run) {
        err = store_commit(store);
    }
    store_rollback(store);
    (void)fclose(source.file); /* only read */
    if (err == ERR_OK) {
        *ret_result = result;
    } else {
        err = explain(err, &source, 0, options->language, ret_error);
    }
    return err;
}

enum err import_reference(struct store *store, enum record_origin origin,
                          const struct import_options *options, struct import_result *ret_result,
                          struct error *ret_error)
{
    /* Localities first: branches refer to them. */
    static const char *const files[] = {"localities.csv", "branches.csv"};
    struct import_options plain = {.language = options->language,
                                   .today = options->today,
                                   .on_progress = options->on_progress,
                                   .progress_context = options->progress_context};
    struct import_result result = {0};
    enum err err = store_begin(store);

    ret_error->text[0] = '\0';
    if (err == ERR_OK) {
        err = import_codes(store, origin, &plain, &result, ret_error);
    }
    for (size_t i = 0; err == ERR_OK && i < sizeof files / sizeof files[0]; i++) {
        for (unsigned long k = 0; err == ERR_OK && k < embedded_reference_count; k++) {
            if (strcmp(embedded_reference[k].path, files[i]) == 0) {
                struct source source = {.path = files[i],
                                        .memory =
                                            bytes_of(embedded_reference[k].at, embedded_reference[k].len)};

                err = import_source(store, &source, &plain, origin, &result, ret_error);
            }
        }
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    if (err == ERR_OK) {
        result.kind[0] = '\0';
        *ret_result = result;
    } else if (ret_error->text[0] == '\0') {
        err = error_set(ret_error, err, "%s", err_text(err, options->language));
    }
    return err;
}

/* Counts are added to what ret_result holds already. */
static enum err import_source(struct store *store, struct source *source,
                              const struct import_options *options, enum record_origin origin,
                              struct import_result *ret_result, struct error *error)
{
    struct import_job job;
    struct sniff_result sniffed = {0};
    enum err err = sniff_source(source, options->language, &sniffed, error);

    if (err != ERR_OK) {
        return err;
    }
    err = import_job_init(&job, store, options, source->file == NULL ? IMPORT_REFERENCE : IMPORT_OF_FILE,
                          origin, source->path, error);
    if (err != ERR_OK) {
        return err;
    }
    job.result.rows = ret_result->rows;
    job.result.new_records = ret_result->new_records;
    job.result.changed = ret_result->changed;
    job.result.unchanged = ret_result->unchanged;
    job.result.warned = ret_result->warned;
    err = read_rows(source, &sniffed, &job);
    if (err == ERR_OK) {
        err = import_job_finish(&job);
    }
    if (err == ERR_NOT_FOUND && !job.has_header) {
        err = error_set(error, ERR_MALFORMED, text_get(TEXT_IMPORT_EMPTY, options->language), source->path);
    } else if (err == ERR_IO && error->text[0] == '\0') {
        err = error_set(error, err, text_get(TEXT_IMPORT_CANNOT_WRITE, options->language), source->path,
                        platform_reason());
    }
    if (err == ERR_OK) {
        *ret_result = job.result;
    }
    import_job_release(&job);
    return err;
}

static enum err sniff_source(struct source *source, enum language language, struct sniff_result *ret_result,
                             struct error *error)
{
    uint8_t memory[CSV_PART_BYTES_MAX];
    struct bytes part = {0};
    struct sniff sniff;
    enum err err = ERR_OK;

    sniff_init(&sniff);
    while (err == ERR_OK) {
        err = read_part(source, source->bytes, memory, sizeof memory, &part);
        if (err != ERR_OK || part.len == 0) {
            break;
        }
        source->bytes += part.len;
        sniff_add(&sniff, part);
        err = source->bytes > IMPORT_FILE_BYTES_MAX ? ERR_TOO_BIG : ERR_OK;
    }
    if (err == ERR_OK) {
        sniff_finish(&sniff, ret_result);
        err = refuse_encoding(ret_result->encoding, source->path, language, error);
    } else {
        err = explain(err, source, 0, language, error);
    }
    return err;
}

static enum err refuse_encoding(enum sniff_encoding encoding, const char *path, enum language language,
                                struct error *error)
{
    static const enum text_id texts[] = {
        [SNIFF_UTF16] = TEXT_IMPORT_UTF16,      [SNIFF_TCVN3] = TEXT_IMPORT_TCVN3,
        [SNIFF_VNI] = TEXT_IMPORT_VNI,          [SNIFF_CP1258] = TEXT_IMPORT_CP1258,
        [SNIFF_UNKNOWN] = TEXT_IMPORT_NOT_UTF8, [SNIFF_BINARY] = TEXT_IMPORT_NOT_TEXT,
    };

    if (encoding == SNIFF_UTF8) {
        return ERR_OK;
    }
    return error_set(error, ERR_ENCODING, text_get(texts[encoding], language), path);
}

static enum err read_rows(struct source *source, const struct sniff_result *sniffed, struct import_job *job)
{
    uint8_t memory[CSV_PART_BYTES_MAX];
    const struct import_options *options = job->options;
    const char *what = text_get(TEXT_IMPORT_PROGRESS, options->language);
    uint64_t done = sniffed->has_bom ? 3 : 0;
    struct csv_reader *reader = NULL;
    struct bytes part = {0};
    enum err err = csv_reader_new(sniffed->delimiter, import_job_row, job, &reader);

    while (err == ERR_OK) {
        if (options->on_progress != NULL &&
            !options->on_progress(options->progress_context, what, done, source->bytes)) {
            err = ERR_CANCELLED;
            break;
        }
        err = read_part(source, done, memory, sizeof memory, &part);
        if (err == ERR_OK && part.len == 0) {
            err = csv_reader_finish(reader);
            break;
        }
        if (err == ERR_OK) {
            err = csv_reader_feed(reader, part);
            done += part.len;
        }
    }
    if (err != ERR_OK) {
        err =
            explain(err, source, reader == NULL ? 0 : csv_reader_line(reader), options->language, job->error);
    }
    csv_reader_free(reader);
    return err;
}

/* An empty part is the end. */
static enum err read_part(struct source *source, uint64_t offset, uint8_t *at, size_t bytes_max,
                          struct bytes *ret_part)
{
    size_t len;

    if (source->file == NULL) {
        size_t left = source->memory.len - (size_t)offset;

        *ret_part = bytes_of(source->memory.at + offset, left < bytes_max ? left : bytes_max);
        return ERR_OK;
    }
    if (fseek(source->file, (long)offset, SEEK_SET) != 0) {
        return ERR_IO;
    }
    len = fread(at, 1, bytes_max, source->file);
    if (len < bytes_max && ferror(source->file)) {
        return ERR_IO;
    }
    *ret_part = bytes_of(at, len);
    return ERR_OK;
}

/* The code lists are compiled in; as records they stand in the journal before anything that uses them. */
static enum err import_codes(struct store *store, enum record_origin origin,
                             const struct import_options *options, struct import_result *result,
                             struct error *error)
{
    static const char *const header[CODE_COLUMNS] = {"list", "code", "name", "name_en"};
    struct import_job job;
    struct import_options of_codes = *options;
    enum err err;

    of_codes.kind = "code";
    err = import_job_init(&job, store, &of_codes, IMPORT_REFERENCE, origin, "", error);
    if (err != ERR_OK) {
        return err;
    }
    err = read_code_row(&job, header, 1);
    for (size_t i = 0; err == ERR_OK && codes_at(i) != NULL; i++) {
        const struct code_item *item = codes_at(i);
        const char *const cells[CODE_COLUMNS] = {item->list, item->code, item->name_vi, item->name_en};

        err = read_code_row(&job, cells, i + 2);
    }
    if (err == ERR_OK) {
        err = import_job_finish(&job);
    }
    if (err == ERR_OK) {
        *result = job.result;
    }
    import_job_release(&job);
    return err;
}

static enum err read_code_row(struct import_job *job, const char *const texts[CODE_COLUMNS], uint64_t number)
{
    struct bytes cells[CODE_COLUMNS];
    struct csv_row row = {.cells = cells, .cell_count = CODE_COLUMNS, .number = number};

    for (size_t i = 0; i < CODE_COLUMNS; i++) {
        cells[i] = bytes_of_text(texts[i]);
    }
    return import_job_row(job, &row);
}

/* Rule cell.minimum_members: of no row, so a warning about the store as the import leaves it. A store that
 * holds branches only says nothing about their members. */
static enum err warn_of_cells(struct store *store, int32_t today, struct import_result *result)
{
    struct cells_counts counts = {0};
    const struct kind_schema *schema = schema_of_name(result->kind);

    if (schema == NULL || (schema->kind != KIND_BRANCH && schema->kind != KIND_MEMBER)) {
        return ERR_OK;
    }
    enum err err = cells_warn(store, today, add_branch, result, &counts);

    if (err != ERR_OK) {
        return err;
    }
    if (counts.members == 0) {
        result->cells[0] = result->committees[0] = '\0';
        return ERR_OK;
    }
    result->cells_below_minimum = counts.warned[CELLS_BELOW_MINIMUM];
    result->grassroots_below_30 = counts.warned[CELLS_GRASSROOTS_BELOW_30];
    result->grassroots_from_30 = counts.warned[CELLS_GRASSROOTS_FROM_30];
    return ERR_OK;
}

static void add_branch(void *context, enum cells_warning warning, struct bytes name, uint64_t members)
{
    static const char more[] = "; …";
    struct import_result *result = context;
    char *names = warning == CELLS_BELOW_MINIMUM         ? result->cells
                  : warning == CELLS_GRASSROOTS_BELOW_30 ? result->committees
                                                         : result->grassroots_cells;
    size_t used = strlen(names);
    size_t room = IMPORT_CELL_LIST_BYTES_MAX - used - sizeof more;

    (void)members; /* how many it is below or above does not matter here */
    if (used >= sizeof more && strcmp(names + used - strlen(more), more) == 0) {
        return;
    }
    const char *between = used > 0 ? "; " : "";

    if (name.len + strlen(between) > room) {
        (void)snprintf(names + used, sizeof more, "%s", more); /* room was kept for it */
    } else {
        (void)snprintf(names + used, room + 1, "%s%.*s", between, (int)name.len,
                       (const char *)name.at); /* fits */
    }
}

static enum err explain(enum err err, const struct source *source, uint64_t line, enum language language,
                        struct error *error)
{
    if (error->text[0] != '\0') {
        return err;
    }
    switch (err) {
    case ERR_IO:
        return error_set(error, err, text_get(TEXT_IMPORT_CANNOT_READ, language), source->path,
                         platform_reason());
    case ERR_TOO_BIG:
        return error_set(error, err, text_get(TEXT_IMPORT_TOO_BIG, language), source->path,
                         (unsigned long long)line);
    case ERR_MALFORMED:
        return error_set(error, err, text_get(TEXT_IMPORT_BAD_QUOTE, language), source->path,
                         (unsigned long long)line);
    default:
        return error_set(error, err, "%s", err_text(err, language));
    }
}
