/* dantin search NAME: people by name, in the store on this PC. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/number.h"
#include "client/cli/table.h"

enum { COLUMNS = 6, LIMIT_DEFAULT = 20, LIMIT_MAX = 10000, NAME_BYTES_MAX = 1024 };

struct listing {
    struct cli *cli;
    struct table *table;
    cJSON *array;
    bool has_failed;
};

static bool on_hit(void *context, const struct dantin_search_hit *hit);
static bool read_limit(const struct cli *cli, uint64_t *ret_limit);
static bool join_words(const struct cli *cli, char *out, size_t out_bytes);

enum cli_exit check_search(struct cli *cli)
{
    char name[NAME_BYTES_MAX];
    uint64_t limit = 0;

    if (!read_limit(cli, &limit)) {
        return cli_usage(cli, TEXT_CLI_NO_NUMBER, cli_value(cli, "limit"));
    }
    if (!join_words(cli, name, sizeof name)) {
        return cli_usage(cli, TEXT_CLI_TOO_MANY, cli->arguments[cli->argument_count - 1]);
    }
    return CLI_OK;
}

enum cli_exit command_search(struct cli *cli)
{
    static const enum text_id labels[COLUMNS] = {TEXT_CLI_SEARCH_NAME, TEXT_CLI_SEARCH_BIRTH,
                                                 TEXT_CLI_SEARCH_FILE, TEXT_CLI_SEARCH_CARD,
                                                 TEXT_CLI_SEARCH_CODE, TEXT_CLI_SEARCH_BRANCH};
    struct listing listing = {.cli = cli};
    char name[NAME_BYTES_MAX];
    const char *header[COLUMNS];
    uint64_t limit = 0;
    cJSON *document;
    enum cli_exit exit_code = CLI_OK;

    if (!read_limit(cli, &limit) || !join_words(cli, name, sizeof name)) {
        return CLI_USAGE; /* check_search has said it */
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        header[i] = cli_text(cli, labels[i]);
    }
    document = cJSON_CreateObject();
    listing.array = cJSON_AddArrayToObject(document, "hits");
    listing.table = table_new(COLUMNS);
    listing.has_failed =
        listing.table == NULL || listing.array == NULL || !table_add(listing.table, header, COLUMNS);
    int status = listing.has_failed ? ERR_NO_MEMORY
                                    : dantin_search(cli->dantin, name, (size_t)limit, on_hit, &listing);

    if (status != 0 || listing.has_failed) {
        exit_code = cli_fail(cli, status != 0 ? status : ERR_NO_MEMORY);
    } else if (cli->is_json) {
        exit_code = cli_print_json(document, CLI_OK);
        document = NULL;
    } else if (table_row_count(listing.table) == 1) {
        cli_say(cli, TEXT_CLI_NOT_FOUND, name);
    } else {
        table_print(listing.table);
    }
    table_free(listing.table);
    cJSON_Delete(document);
    return exit_code;
}

static bool read_limit(const struct cli *cli, uint64_t *ret_limit)
{
    *ret_limit = LIMIT_DEFAULT;
    return !cli_has(cli, "limit") ||
           (number_parse(cli_value(cli, "limit"), LIMIT_MAX, ret_limit) && *ret_limit > 0);
}

/* "dantin search nguyen van" needs no quotes. */
static bool join_words(const struct cli *cli, char *out, size_t out_bytes)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < cli->argument_count; i++) {
        int added = snprintf(out + len, out_bytes - len, "%s%s", i > 0 ? " " : "", cli->arguments[i]);

        if (added < 0 || (size_t)added >= out_bytes - len) {
            return false;
        }
        len += (size_t)added;
    }
    return true;
}

static bool on_hit(void *context, const struct dantin_search_hit *hit)
{
    struct listing *listing = context;

    if (!listing->cli->is_json) {
        const char *const cells[COLUMNS] = {hit->name,        hit->birth_date, hit->file_number,
                                            hit->card_number, hit->code,       hit->branch_name};

        listing->has_failed = !table_add(listing->table, cells, COLUMNS);
        return !listing->has_failed;
    }
    cJSON *item = cJSON_CreateObject();
    const struct {
        const char *name;
        const char *value;
    } texts[] = {{"kind", hit->kind},
                 {"id", hit->id},
                 {"name", hit->name},
                 {"birth_date", hit->birth_date},
                 {"file_number", hit->file_number},
                 {"card_number", hit->card_number},
                 {"code", hit->code},
                 {"branch", hit->branch_name}};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].value != NULL) {
            (void)cJSON_AddStringToObject(item, texts[i].name, texts[i].value); /* a NULL item fails below */
        }
    }
    listing->has_failed = cJSON_AddItemToArray(listing->array, item) == 0;
    return !listing->has_failed;
}
