/* dantin doctor: every check, each with a sentence that says what to do. */
#include "client/cli/cli.h"

#include <stdio.h>

struct listing {
    struct cli *cli;
    cJSON *array;
    size_t failed;
};

static bool on_check(void *context, const char *name, bool is_ok, const char *sentence);

enum cli_exit command_doctor(struct cli *cli)
{
    cJSON *document = cJSON_CreateObject();
    struct listing listing = {.cli = cli, .array = cJSON_AddArrayToObject(document, "checks")};
    int status = dantin_doctor(cli->dantin, on_check, &listing);
    enum cli_exit exit_code = cli_exit_of(status);

    if (status != 0 && listing.failed == 0) { /* it could not even start */
        cJSON_Delete(document);
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        (void)cJSON_AddBoolToObject(document, "is_ok",
                                    status == 0); /* a NULL document is seen by cli_print_json */
        return cli_print_json(document, exit_code);
    }
    cJSON_Delete(document);
    if (status == 0) {
        cli_say(cli, TEXT_CLI_ALL_WELL);
    }
    return exit_code;
}

static bool on_check(void *context, const char *name, bool is_ok, const char *sentence)
{
    struct listing *listing = context;

    listing->failed += !is_ok;
    if (listing->cli->is_json) {
        cJSON *item = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(item, "name",
                                      name); /* a NULL item leaves a gap, the exit code still tells */
        (void)cJSON_AddBoolToObject(item, "is_ok", is_ok);
        (void)cJSON_AddStringToObject(item, "text", sentence);
        (void)cJSON_AddItemToArray(listing->array, item);
    } else {
        (void)printf("%s %-12s %s\n", is_ok ? "✓" : "✗", name, sentence); /* main checks stdout at the end */
    }
    return true;
}
