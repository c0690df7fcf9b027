/* dantin key renew: the device goes under another key. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/number.h"

enum { WAIT_SECONDS_MAX = 7 * 86400 };

struct telling {
    struct cli *cli;
    cJSON *document;
};

static void tell_code(void *context, const char *code);

enum cli_exit check_key(struct cli *cli)
{
    uint64_t seconds = 0;
    if (strcmp(cli->arguments[0], "renew") != 0) {
        return cli_usage(cli, TEXT_CLI_NO_COMMAND, cli->arguments[0]);
    }
    if (cli_has(cli, "wait") && !number_parse(cli_value(cli, "wait"), WAIT_SECONDS_MAX, &seconds)) {
        return cli_usage(cli, TEXT_CLI_NO_NUMBER, cli_value(cli, "wait"));
    }
    if (cli_has(cli, "certificate") != cli_has(cli, "authority")) {
        return cli_usage(cli, TEXT_CLI_KEY_FILES,
                         cli_has(cli, "certificate") ? "--authority" : "--certificate");
    }
    return CLI_OK;
}

enum cli_exit command_key(struct cli *cli)
{
    char passphrase[DANTIN_PASSPHRASE_BYTES];
    uint64_t seconds = 0;
    struct dantin_renew_key_request request = {.passphrase = passphrase, .on_code = tell_code};
    if (!cli_key_cost(cli, &request.cost)) {
        return CLI_USAGE;
    }
    if (cli_has(cli, "wait")) {
        (void)number_parse(cli_value(cli, "wait"), WAIT_SECONDS_MAX, &seconds); /* check_key has read it */
    }
    enum cli_exit exit_code = cli_open_asking(cli, passphrase, sizeof passphrase);
    if (exit_code != CLI_OK) {
        return exit_code;
    }
    struct telling telling = {.cli = cli, .document = cli->is_json ? cJSON_CreateObject() : NULL};
    request.context = &telling;
    request.deadline_ms = seconds * 1000;
    request.certificate_path = cli_value(cli, "certificate");
    request.authority_path = cli_value(cli, "authority");
    dantin_set_progress(cli->dantin, cli_progress, cli);
    int status = dantin_renew_key(cli->dantin, &request);
    explicit_bzero(passphrase, sizeof passphrase);
    cli_progress_end(cli);
    if (status != 0) {
        return cli_fail_document(cli, status, telling.document);
    }
    if (cli->is_json) {
        (void)cJSON_AddBoolToObject(telling.document, "renewed",
                                    true); /* cli_print_json sees a NULL document */
        return cli_print_json(telling.document, CLI_OK);
    }
    cli_say(cli, TEXT_CLI_KEY_RENEWED);
    return CLI_OK;
}

/* Before anything is announced: whoever pulls the plug now has the code on paper or starts with none lost. */
static void tell_code(void *context, const char *code)
{
    struct telling *telling = context;
    cli_show_code(telling->cli, telling->document, cli_person(telling->cli), code);
    (void)fflush(stdout);
}
