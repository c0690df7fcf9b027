/* dantin export KIND [FILE]: all records of a kind as a spreadsheet the import reads back. */
#include "client/cli/cli.h"

#include <stdio.h>

enum cli_exit command_export(struct cli *cli)
{
    char wanted[CLI_PATH_BYTES_MAX];
    char path[CLI_PATH_BYTES_MAX] = "";
    uint64_t rows = 0;
    int len = cli->argument_count > 1 ? snprintf(wanted, sizeof wanted, "%s", cli->arguments[1])
                                      : snprintf(wanted, sizeof wanted, "%s.csv", cli->arguments[0]);

    if (len < 0 || (size_t)len >= sizeof wanted) {
        return cli_usage(cli, TEXT_CLI_TOO_MANY, cli->arguments[0]);
    }
    int status = dantin_export(cli->dantin, cli->arguments[0], wanted, path, sizeof path, &rows);

    cli_progress_end(cli);
    if (status != 0) {
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        cJSON *document = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(document, "file", path); /* a NULL document is seen by cli_print_json */
        (void)cJSON_AddNumberToObject(document, "rows", (double)rows);
        return cli_print_json(document, CLI_OK);
    }
    cli_say(cli, TEXT_CLI_EXPORTED, (unsigned long long)rows, path);
    return CLI_OK;
}
