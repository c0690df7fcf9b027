/* The public functions of import and export: open the store, work, tell the caller. */
#include <stdio.h>

#include "client/lib/export.h"
#include "client/lib/handle.h"
#include "client/lib/import.h"
#include "common/base/clock.h"
#include "common/record/date.h"

static int import(struct dantin *dantin, const char *path, const struct dantin_import_options *options,
                  struct dantin_import_result *ret_result);
static struct import_options options_of(struct dantin *dantin, const struct dantin_import_options *options);
static void result_of(const struct import_result *result, struct dantin_import_result *ret_result);
static bool on_progress(void *context, const char *what, uint64_t done, uint64_t total);

bool dantin_is_kind(const char *kind)
{
    return schema_of_name(kind) != NULL;
}

int dantin_import_file(struct dantin *dantin, const char *path, const struct dantin_import_options *options,
                       struct dantin_import_result *ret_result)
{
    return import(dantin, path, options, ret_result);
}

int dantin_import_reference(struct dantin *dantin, struct dantin_import_result *ret_result)
{
    static const struct dantin_import_options plain = {0};
    return import(dantin, NULL, &plain, ret_result);
}

/* path NULL: the reference data that come with the program. */
static int import(struct dantin *dantin, const char *path, const struct dantin_import_options *options,
                  struct dantin_import_result *ret_result)
{
    struct import_options own = options_of(dantin, options);
    struct import_result result;
    struct error error = {0};
    struct store *store = NULL;
    enum err err = handle_store_open(dantin, &store);

    if (err != ERR_OK) {
        return (int)err;
    }
    err = path != NULL ? import_file(store, path, &own, &result, &error)
                       : import_reference(store, RECORD_OWN, &own, &result, &error);
    store_close(store);
    if (err != ERR_OK) {
        return handle_fail_error(dantin, err, &error);
    }
    result_of(&result, ret_result);
    return 0;
}

int dantin_export(struct dantin *dantin, const char *kind, const char *path, char *ret_path,
                  size_t ret_path_bytes, uint64_t *ret_rows)
{
    struct error error = {0};
    struct store *store = NULL;
    enum err err = handle_store_open(dantin, &store);

    if (err != ERR_OK) {
        return (int)err;
    }
    err = export_kind(store, kind, path, dantin->language, ret_path, ret_path_bytes, ret_rows, &error);
    store_close(store);
    return err == ERR_OK ? 0 : handle_fail_error(dantin, err, &error);
}

int dantin_export_refused(struct dantin *dantin, const char *path,
                          void (*on_file)(void *context, const char *path, uint64_t rows), void *context)
{
    struct error error = {0};
    struct store *store = NULL;
    enum err err = handle_store_open(dantin, &store);

    if (err != ERR_OK) {
        return (int)err;
    }
    err = export_refused(store, path, dantin->language, on_file, context, &error);
    store_close(store);
    return err == ERR_OK ? 0 : handle_fail_error(dantin, err, &error);
}

static struct import_options options_of(struct dantin *dantin, const struct dantin_import_options *options)
{
    return (struct import_options){.language = dantin->language,
                                   .today = date_of_moment(clock_now_ms()),
                                   .is_dry_run = options->is_dry_run,
                                   .is_first_load = options->is_first_load,
                                   .is_complete = options->is_complete,
                                   .complete_reason = options->complete_reason,
                                   .is_reference = options->is_reference,
                                   .kind = options->kind,
                                   .on_progress = on_progress,
                                   .progress_context = dantin};
}

static bool on_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    return handle_progress(context, what, done, total);
}

/* Both structs bound the same texts by the same sizes. */
static void result_of(const struct import_result *result, struct dantin_import_result *ret_result)
{
    _Static_assert(sizeof ret_result->error_file == sizeof result->error_file, "paths fit");
    _Static_assert(sizeof ret_result->missing_file == sizeof result->missing_file, "paths fit");
    _Static_assert(sizeof ret_result->unknown_columns == sizeof result->unknown_columns, "names fit");
    _Static_assert(sizeof ret_result->cells == sizeof result->cells, "names fit");
    _Static_assert(sizeof ret_result->kind == sizeof result->kind, "names fit");
    _Static_assert(sizeof ret_result->list == sizeof result->list, "names fit");
    _Static_assert(sizeof ret_result->list_label == sizeof result->list_label, "labels fit");

    *ret_result = (struct dantin_import_result){.rows = result->rows,
                                                .new_records = result->new_records,
                                                .changed = result->changed,
                                                .unchanged = result->unchanged,
                                                .failed = result->failed,
                                                .warned = result->warned,
                                                .missing = result->missing,
                                                .removed = result->removed,
                                                .still_used = result->still_used,
                                                .cells_below_minimum = result->cells_below_minimum,
                                                .grassroots_below_30 = result->grassroots_below_30,
                                                .grassroots_from_30 = result->grassroots_from_30};
    (void)snprintf(ret_result->cells, sizeof ret_result->cells, "%s",
                   result->cells); /* same size, like the next */
    (void)snprintf(ret_result->committees, sizeof ret_result->committees, "%s", result->committees);
    (void)snprintf(ret_result->grassroots_cells, sizeof ret_result->grassroots_cells, "%s",
                   result->grassroots_cells);
    (void)snprintf(ret_result->kind, sizeof ret_result->kind, "%s", result->kind); /* same size */
    const struct kind_schema *schema = schema_of_name(result->kind);
    ret_result->needs_second_person = schema != NULL && schema->needs_second_person;
    (void)snprintf(ret_result->list, sizeof ret_result->list, "%s", result->list); /* same size */
    (void)snprintf(ret_result->list_label, sizeof ret_result->list_label, "%s",
                   result->list_label); /* same size */
    (void)snprintf(ret_result->unknown_columns, sizeof ret_result->unknown_columns, "%s",
                   result->unknown_columns); /* same size */
    (void)snprintf(ret_result->error_file, sizeof ret_result->error_file, "%s",
                   result->error_file); /* same size */
    (void)snprintf(ret_result->missing_file, sizeof ret_result->missing_file, "%s",
                   result->missing_file); /* same size */
}
