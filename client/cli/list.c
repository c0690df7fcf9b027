/* dantin list KIND: the records of a kind in the store on this PC; without KIND: the kinds. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/number.h"
#include "client/cli/table.h"

enum {
    LIMIT_DEFAULT = 50,
    LIMIT_MAX = 1000000,
    COLUMNS_MAX = TABLE_COLUMNS_MAX,
    KIND_COLUMNS = 3,
    NUMBER_BYTES = 24
};

struct listing {
    struct cli *cli;
    struct table *table;
    cJSON *array;
    char *names[COLUMNS_MAX]; /* of the columns, for JSON */
    size_t column_count;
    bool has_failed;
};

static enum cli_exit list_kinds(struct cli *cli);
static bool on_kind(void *context, const struct dantin_kind *kind);
static bool on_head(void *context, const char *const *names, const char *const *labels, size_t count);
static bool on_row(void *context, const struct dantin_list_row *row);
static bool read_limit(const struct cli *cli, uint64_t *ret_limit);

enum cli_exit check_list(struct cli *cli)
{
    uint64_t limit = 0;

    if (cli->argument_count > 0 && !dantin_is_kind(cli->arguments[0])) {
        return cli_usage(cli, TEXT_IMPORT_NO_KIND, cli->arguments[0]);
    }
    if (!read_limit(cli, &limit)) {
        return cli_usage(cli, TEXT_CLI_NO_NUMBER, cli_value(cli, "limit"));
    }
    return CLI_OK;
}

enum cli_exit command_list(struct cli *cli)
{
    struct listing listing = {.cli = cli};
    struct dantin_list_request request = {.kind = cli->argument_count > 0 ? cli->arguments[0] : NULL,
                                          .match = cli_value(cli, "match")};
    uint64_t limit = LIMIT_DEFAULT;
    bool has_more = false;
    enum cli_exit exit_code = CLI_OK;

    if (request.kind == NULL) {
        return list_kinds(cli);
    }
    if (!read_limit(cli, &limit)) {
        return CLI_USAGE; /* check_list has said it */
    }
    request.limit = (size_t)limit;
    cJSON *document = cJSON_CreateObject();

    listing.array = cJSON_AddArrayToObject(document, "records");
    int status = dantin_list(cli->dantin, &request, on_head, on_row, &listing, &has_more);

    if (status != 0 || listing.has_failed) {
        exit_code = cli_fail(cli, status != 0 ? status : ERR_NO_MEMORY);
    } else if (cli->is_json) {
        (void)cJSON_AddStringToObject(document, "kind", request.kind); /* NULL is seen by cli_print_json */
        (void)cJSON_AddBoolToObject(document, "has_more", has_more);
        exit_code = cli_print_json(document, CLI_OK);
        document = NULL;
    } else if (table_row_count(listing.table) == 1) {
        cli_say(cli, TEXT_CLI_LIST_NONE);
    } else {
        table_print(listing.table);
        if (has_more) {
            cli_say(cli, TEXT_CLI_LIST_MORE);
        }
    }
    for (size_t i = 0; i < listing.column_count; i++) {
        free(listing.names[i]);
    }
    table_free(listing.table);
    cJSON_Delete(document);
    return exit_code;
}

static enum cli_exit list_kinds(struct cli *cli)
{
    const char *const header[KIND_COLUMNS] = {cli_text(cli, TEXT_CLI_LIST_KIND),
                                              cli_text(cli, TEXT_CLI_LIST_KIND_NAME),
                                              cli_text(cli, TEXT_CLI_LIST_RECORDS)};
    struct listing listing = {.cli = cli, .table = table_new(KIND_COLUMNS)};
    cJSON *document = cJSON_CreateObject();
    enum cli_exit exit_code = CLI_OK;

    listing.array = cJSON_AddArrayToObject(document, "kinds");
    listing.has_failed = listing.table == NULL || !table_add(listing.table, header, KIND_COLUMNS);
    int status = listing.has_failed ? ERR_NO_MEMORY : dantin_kinds(cli->dantin, on_kind, &listing);

    if (status != 0 || listing.has_failed) {
        exit_code = cli_fail(cli, status != 0 ? status : ERR_NO_MEMORY);
    } else if (cli->is_json) {
        exit_code = cli_print_json(document, CLI_OK);
        document = NULL;
    } else {
        table_set_right(listing.table, KIND_COLUMNS - 1);
        table_print(listing.table);
    }
    table_free(listing.table);
    cJSON_Delete(document);
    return exit_code;
}

static bool on_kind(void *context, const struct dantin_kind *kind)
{
    struct listing *listing = context;
    char number[NUMBER_BYTES];
    const char *const cells[KIND_COLUMNS] = {kind->name, kind->label, number};

    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)kind->records); /* fits */
    if (!listing->cli->is_json) {
        listing->has_failed = !table_add(listing->table, cells, KIND_COLUMNS);
        return !listing->has_failed;
    }
    cJSON *item = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(item, "kind", kind->name); /* a NULL item fails below */
    (void)cJSON_AddStringToObject(item, "label", kind->label);
    (void)cJSON_AddNumberToObject(item, "records", (double)kind->records);
    listing->has_failed = cJSON_AddItemToArray(listing->array, item) == 0;
    return !listing->has_failed;
}

static bool on_head(void *context, const char *const *names, const char *const *labels, size_t count)
{
    struct listing *listing = context;
    const char *header[COLUMNS_MAX];

    if (count + 1 > COLUMNS_MAX) {
        listing->has_failed = true;
        return false;
    }
    header[0] = cli_text(listing->cli, TEXT_CLI_LIST_KEY);
    for (size_t i = 0; i < count; i++) {
        listing->names[i] = strdup(names[i]);
        listing->has_failed = listing->has_failed || listing->names[i] == NULL;
        header[i + 1] = labels[i];
    }
    listing->column_count = count;
    listing->table = table_new(count + 1);
    listing->has_failed =
        listing->has_failed || listing->table == NULL || !table_add(listing->table, header, count + 1);
    return !listing->has_failed;
}

static bool on_row(void *context, const struct dantin_list_row *row)
{
    struct listing *listing = context;
    const char *cells[COLUMNS_MAX] = {row->key};

    if (!listing->cli->is_json) {
        memcpy(cells + 1, row->cells, listing->column_count * sizeof *cells);
        listing->has_failed = !table_add(listing->table, cells, listing->column_count + 1);
        return !listing->has_failed;
    }
    cJSON *item = cJSON_CreateObject();
    cJSON *fields = NULL;

    (void)cJSON_AddStringToObject(item, "id", row->id); /* a NULL item fails below */
    (void)cJSON_AddStringToObject(item, "key", row->key);
    fields = cJSON_AddObjectToObject(item, "fields");
    for (size_t i = 0; i < listing->column_count; i++) {
        if (row->cells[i][0] != '\0') {
            (void)cJSON_AddStringToObject(fields, listing->names[i], row->cells[i]);
        }
    }
    listing->has_failed = cJSON_AddItemToArray(listing->array, item) == 0;
    return !listing->has_failed;
}

static bool read_limit(const struct cli *cli, uint64_t *ret_limit)
{
    *ret_limit = LIMIT_DEFAULT;
    return !cli_has(cli, "limit") ||
           (number_parse(cli_value(cli, "limit"), LIMIT_MAX, ret_limit) && *ret_limit > 0);
}
