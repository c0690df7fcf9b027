/* See import_hand.h. The values become a header row and a row below it; the one import path does the rest. */
#include "client/lib/import_hand.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/import_job.h"

enum { NAMES_BYTES_MAX = 1 << 20, HEADER_BYTES_MAX = 256 };

/* The sheet of one row. */
struct sheet {
    struct bytes headers[IMPORT_HAND_VALUES_MAX + 1];
    struct bytes cells[IMPORT_HAND_VALUES_MAX + 1];
    size_t count;
    struct arena arena;
};

static enum err add_value(struct sheet *sheet, const char *name, const char *value);
static bool header_of(const char *name, char ret_header[HEADER_BYTES_MAX]);
static enum err put_sheet(struct store *store, const struct import_options *options,
                          const struct sheet *sheet, struct import_hand_result *result, struct error *error);

enum err import_by_hand(struct store *store, const struct import_options *options,
                        const struct import_hand_value *values, size_t value_count, const char *reason,
                        struct import_hand_result *ret_result, struct error *ret_error)
{
    struct sheet sheet = {.count = 0};
    struct import_hand_result result = {0};
    enum err err = value_count > IMPORT_HAND_VALUES_MAX ? ERR_TOO_BIG : ERR_OK;

    ret_error->text[0] = '\0';
    arena_init(&sheet.arena, NAMES_BYTES_MAX);
    for (size_t i = 0; err == ERR_OK && i < value_count; i++) {
        err = add_value(&sheet, values[i].name, values[i].value);
    }
    if (err == ERR_OK && reason != NULL) {
        err = add_value(&sheet, "reason", reason);
    }
    if (err == ERR_OK) {
        err = store_begin(store);
    }
    if (err == ERR_OK) {
        err = put_sheet(store, options, &sheet, &result, ret_error);
        if (err == ERR_OK) {
            err = store_commit(store);
        }
        store_rollback(store);
    }
    arena_release(&sheet.arena);
    if (err == ERR_OK) {
        *ret_result = result;
    } else if (ret_error->text[0] == '\0') {
        err = error_set(ret_error, err, "%s", err_text(err, options->language));
    }
    return err;
}

static enum err add_value(struct sheet *sheet, const char *name, const char *value)
{
    char header[HEADER_BYTES_MAX];
    const char *text = header_of(name, header) ? header : name;

    sheet->headers[sheet->count] = arena_copy(&sheet->arena, bytes_of_text(text));
    sheet->cells[sheet->count] = bytes_of_text(value);
    return sheet->headers[sheet->count++].at == NULL ? ERR_TOO_BIG : ERR_OK;
}

/* "event.2.type" to "event_type 2", "event.type" to "event_type". false: nothing of the kind. */
static bool header_of(const char *name, char ret_header[HEADER_BYTES_MAX])
{
    const char *dot = strchr(name, '.');
    const char *item = dot == NULL ? NULL : dot + 1;
    size_t digits = item == NULL ? 0 : strspn(item, "0123456789");
    int len;

    if (dot == NULL) {
        return false;
    }
    if (digits > 0 && item[digits] == '.') {
        len = snprintf(ret_header, HEADER_BYTES_MAX, "%.*s_%s %.*s", (int)(dot - name), name,
                       item + digits + 1, (int)digits, item);
    } else {
        len = snprintf(ret_header, HEADER_BYTES_MAX, "%.*s_%s", (int)(dot - name), name, item);
    }
    return len > 0 && len < HEADER_BYTES_MAX;
}

static enum err put_sheet(struct store *store, const struct import_options *options,
                          const struct sheet *sheet, struct import_hand_result *result, struct error *error)
{
    struct import_options of_hand = {.language = options->language,
                                     .today = options->today,
                                     .is_first_load = options->is_first_load,
                                     .kind = options->kind};
    const struct csv_row header = {.cells = sheet->headers, .cell_count = sheet->count, .number = 1};
    const struct csv_row row = {.cells = sheet->cells, .cell_count = sheet->count, .number = 2};
    struct import_job job;
    enum err err = import_job_init(&job, store, &of_hand, IMPORT_BY_HAND, RECORD_OWN, "", error);

    if (err != ERR_OK) {
        return err;
    }
    err = import_job_row(&job, &header);
    if (err == ERR_MALFORMED) {
        err = ERR_USAGE; /* a name twice: the sentence says so */
    }
    if (err == ERR_OK && job.result.unknown_columns[0] != '\0') {
        err = error_set(error, ERR_USAGE, text_get(TEXT_HAND_NO_FIELD, options->language),
                        job.result.unknown_columns, options->kind);
    }
    if (err == ERR_OK) {
        err = import_job_row(&job, &row);
    }
    if (err == ERR_OK) {
        err = import_job_finish(&job);
    }
    if (err == ERR_OK) {
        *result = (struct import_hand_result){.record = job.record,
                                              .is_new = job.result.new_records > 0,
                                              .is_changed = job.result.changed > 0,
                                              .is_warned = job.result.warned > 0};
    }
    import_job_release(&job);
    return err;
}
