/* dantin import FILE...: spreadsheets into the store. Files are taken one after the other; each is all or
 * nothing but for its failed rows. The first file that cannot be read at all ends the run, the files before
 * it are imported. */
#include "client/cli/cli.h"

#include <stdio.h>

static void say_result(struct cli *cli, const char *path, const struct dantin_import_result *result);
static cJSON *json_of(const char *path, const struct dantin_import_result *result);
static enum cli_exit import_reference(struct cli *cli);

enum cli_exit check_import(struct cli *cli)
{
    static const char *const of_changes[] = {"--first-load", "--complete", "--reason"};
    static const char *const of_files[] = {"--dry-run", "--kind"};
    bool is_reference = cli_has(cli, "reference");

    for (size_t i = 0; is_reference && i < sizeof of_changes / sizeof of_changes[0]; i++) {
        if (cli_has(cli, of_changes[i] + 2)) {
            return cli_usage(cli, TEXT_CLI_TOO_MANY, of_changes[i]);
        }
    }
    for (size_t i = 0; is_reference && cli->argument_count == 0 && i < sizeof of_files / sizeof of_files[0];
         i++) {
        if (cli_has(cli, of_files[i] + 2)) {
            return cli_usage(cli, TEXT_CLI_TOO_MANY, of_files[i]);
        }
    }
    if (is_reference && cli->argument_count == 0) {
        return CLI_OK;
    }
    if (cli->argument_count == 0) {
        return cli_usage(cli, TEXT_CLI_TOO_FEW, "FILE");
    }
    if (cli_has(cli, "kind") && !dantin_is_kind(cli_value(cli, "kind"))) {
        return cli_usage(cli, TEXT_IMPORT_NO_KIND, cli_value(cli, "kind"));
    }
    if (cli_has(cli, "reason") && !cli_has(cli, "complete")) {
        return cli_usage(cli, TEXT_CLI_REASON_ALONE, "--reason");
    }
    return CLI_OK;
}

enum cli_exit command_import(struct cli *cli)
{
    struct dantin_import_options options = {.is_dry_run = cli_has(cli, "dry-run"),
                                            .is_first_load = cli_has(cli, "first-load"),
                                            .is_complete = cli_has(cli, "complete"),
                                            .complete_reason = cli_value(cli, "reason"),
                                            .is_reference = cli_has(cli, "reference"),
                                            .kind = cli_value(cli, "kind")};
    cJSON *document;
    cJSON *files;
    enum cli_exit exit_code = CLI_OK;

    if (cli_has(cli, "reference") && cli->argument_count == 0) {
        return import_reference(cli);
    }
    document = cJSON_CreateObject();
    files = cJSON_AddArrayToObject(document, "files");
    for (size_t i = 0; i < cli->argument_count; i++) {
        struct dantin_import_result result = {0};
        int status = dantin_import_file(cli->dantin, cli->arguments[i], &options, &result);

        cli_progress_end(cli);
        if (status != 0) {
            return cli_fail_document(cli, status, document); /* the files before it are imported */
        }
        if (result.failed > 0 || (result.missing > 0 && result.removed == 0) || result.still_used > 0) {
            exit_code = CLI_REFUSED;
        }
        say_result(cli, cli->arguments[i], &result);
        (void)cJSON_AddItemToArray(files,
                                   json_of(cli->arguments[i], &result)); /* NULL is seen by cli_print_json */
    }
    if (cli->is_json) {
        (void)cJSON_AddBoolToObject(document, "is_dry_run", options.is_dry_run);
        return cli_print_json(document, exit_code);
    }
    cJSON_Delete(document);
    if (options.is_dry_run) {
        cli_say(cli, TEXT_CLI_DRY_RUN);
    }
    return exit_code;
}

static enum cli_exit import_reference(struct cli *cli)
{
    struct dantin_import_result result = {0};
    int status = dantin_import_reference(cli->dantin, &result);

    cli_progress_end(cli);
    if (status != 0) {
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        return cli_print_json(json_of("", &result), CLI_OK);
    }
    unsigned long long made = result.new_records + result.changed;

    cli_say(cli, TEXT_CLI_REFERENCE_DONE, made, (unsigned long long)result.unchanged);
    return CLI_OK;
}

static void say_result(struct cli *cli, const char *path, const struct dantin_import_result *result)
{
    cli_say(cli, TEXT_CLI_IMPORT_DONE, path, (unsigned long long)result->rows,
            (unsigned long long)result->new_records, (unsigned long long)result->changed,
            (unsigned long long)result->unchanged, (unsigned long long)result->failed);
    if (result->list[0] != '\0') {
        cli_say(cli, TEXT_CLI_IMPORT_ADDED, result->list_label);
    }
    if (result->unknown_columns[0] != '\0') {
        cli_say(cli, TEXT_CLI_IMPORT_UNKNOWN, result->unknown_columns);
    }
    if (result->warned > 0) {
        cli_say(cli, TEXT_CLI_IMPORT_WARNED, (unsigned long long)result->warned);
    }
    if (result->cells_below_minimum > 0) {
        cli_say(cli, TEXT_CLI_IMPORT_CELLS, (unsigned long long)result->cells_below_minimum, result->cells);
    }
    if (result->grassroots_below_30 > 0) {
        cli_say(cli, TEXT_CLI_IMPORT_BELOW_30, (unsigned long long)result->grassroots_below_30,
                result->committees);
    }
    if (result->grassroots_from_30 > 0) {
        cli_say(cli, TEXT_CLI_IMPORT_FROM_30, (unsigned long long)result->grassroots_from_30,
                result->grassroots_cells);
    }
    if (result->needs_second_person && result->new_records + result->changed > 0) {
        cli_say(cli, TEXT_CLI_IMPORT_SECOND_PERSON);
    }
    if (result->error_file[0] != '\0') {
        cli_say(cli, TEXT_CLI_IMPORT_ERRORS, result->error_file);
    }
    if (result->missing > 0) {
        cli_say(cli, TEXT_CLI_IMPORT_MISSING, (unsigned long long)result->missing, result->missing_file);
    }
    if (result->still_used > 0) {
        cli_say(cli, TEXT_CLI_IMPORT_STILL_USED, (unsigned long long)result->still_used);
    }
    if (result->removed > 0) {
        cli_say(cli, TEXT_CLI_IMPORT_REMOVED, (unsigned long long)result->removed);
    } else if (result->missing > result->still_used) {
        cli_say(cli, TEXT_CLI_IMPORT_ASK_REASON);
    }
}

static cJSON *json_of(const char *path, const struct dantin_import_result *result)
{
    cJSON *file = cJSON_CreateObject();
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"rows", result->rows},
                  {"new", result->new_records},
                  {"changed", result->changed},
                  {"unchanged", result->unchanged},
                  {"failed", result->failed},
                  {"warned", result->warned},
                  {"missing", result->missing},
                  {"removed", result->removed},
                  {"still_used", result->still_used},
                  {"cells_below_minimum", result->cells_below_minimum},
                  {"grassroots_below_30", result->grassroots_below_30},
                  {"grassroots_from_30", result->grassroots_from_30}};

    /* Without memory `file` is NULL, every call below gives NULL, and cli_print_json fails. */
    (void)cJSON_AddStringToObject(file, "file", path);
    (void)cJSON_AddStringToObject(file, "kind", result->kind);
    (void)cJSON_AddBoolToObject(file, "needs_second_person", result->needs_second_person);
    (void)cJSON_AddStringToObject(file, "list", result->list);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        (void)cJSON_AddNumberToObject(file, counts[i].name, (double)counts[i].value);
    }
    (void)cJSON_AddStringToObject(file, "unknown_columns", result->unknown_columns);
    (void)cJSON_AddStringToObject(file, "error_file", result->error_file);
    (void)cJSON_AddStringToObject(file, "missing_file", result->missing_file);
    (void)cJSON_AddStringToObject(file, "cells", result->cells);
    return file;
}
