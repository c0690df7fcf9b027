/* dantin init, dantin install: setting a PC up. */
#include "client/cli/cli.h"

enum cli_exit command_init(struct cli *cli)
{
    char path[CLI_PATH_BYTES_MAX];
    const char *wanted = cli_has(cli, "csr") ? cli_value(cli, "csr") : "dantin.csr";
    int status;

    if (!cli_has(cli, "server")) {
        return cli_usage(cli, TEXT_CLI_TOO_FEW, "--server HOST:PORT");
    }
    status = dantin_init(cli->home, cli->language == LANGUAGE_VI ? DANTIN_VI : DANTIN_EN,
                         cli_value(cli, "server"), wanted, path, sizeof path);
    if (status != 0) {
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        cJSON *document = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(document, "request",
                                      path); /* a NULL document is seen by cli_print_json */
        return cli_print_json(document, CLI_OK);
    }
    cli_say(cli, TEXT_CLI_INIT_DONE, path);
    return CLI_OK;
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
