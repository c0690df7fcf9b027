/* dantin init, dantin install: setting a PC up. */
#include "client/cli/cli.h"

#include <string.h>

enum cli_exit command_init(struct cli *cli)
{
    struct dantin_init_request request = {
        .server = cli_value(cli, "server"),
        .csr_path = cli_has(cli, "csr") ? cli_value(cli, "csr") : "dantin.csr",
    };
    struct dantin_init_result result = {0};
    struct cli_new_passphrase wanted = {.cli = cli, .path = cli->passphrase_file};
    struct dantin_options options = cli_options(cli);
    int status;

    if (!cli_has(cli, "server")) {
        return cli_usage(cli, TEXT_CLI_TOO_FEW, "--server HOST:PORT");
    }
    if (!cli_key_cost(cli, &request.cost)) {
        return CLI_USAGE;
    }
    options.on_passphrase = cli_new_passphrase;
    options.context = &wanted;
    status = dantin_init(&options, &request, &result);
    if (status != 0) {
        return cli_fail(cli, status);
    }
    cJSON *document = cli->is_json ? cJSON_CreateObject() : NULL;
    cli_say(cli, TEXT_CLI_INIT_DONE, result.csr_path);
    (void)cJSON_AddStringToObject(document, "person",
                                  result.person); /* cli_print_json sees a NULL document */
    (void)cJSON_AddStringToObject(document, "request", result.csr_path);
    cli_show_code(cli, document, result.person, result.recovery_code);
    explicit_bzero(&result.recovery_code, sizeof result.recovery_code);
    return cli->is_json ? cli_print_json(document, CLI_OK) : CLI_OK;
}

enum cli_exit command_install(struct cli *cli)
{
    int status = dantin_install_certificate(cli->dantin, cli->arguments[0], cli->arguments[1]);

    if (status != 0) {
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        cJSON *document = cJSON_CreateObject();

        (void)cJSON_AddBoolToObject(document, "installed",
                                    true); /* a NULL document is seen by cli_print_json */
        return cli_print_json(document, CLI_OK);
    }
    cli_say(cli, TEXT_CLI_INSTALL_DONE);
    return CLI_OK;
}
