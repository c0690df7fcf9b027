/* dantin unlock, dantin lock: typing the passphrase once for a while. */
#include "client/cli/cli.h"

#include <string.h>

#include "client/cli/number.h"

enum { MINUTES_DEFAULT = 60 };

static enum cli_exit say(struct cli *cli, bool is_unlocked, unsigned minutes);

enum cli_exit command_unlock(struct cli *cli)
{
    char passphrase[DANTIN_PASSPHRASE_BYTES];
    uint64_t minutes = MINUTES_DEFAULT;
    if (cli_has(cli, "minutes") &&
        (!number_parse(cli_value(cli, "minutes"), DANTIN_UNLOCK_MINUTES_MAX, &minutes) || minutes == 0)) {
        return cli_usage(cli, TEXT_CLI_NO_VALUE, "--minutes");
    }
    enum cli_exit exit_code = cli_open_asking(cli, passphrase, sizeof passphrase);
    if (exit_code != CLI_OK) {
        return exit_code;
    }
    explicit_bzero(passphrase, sizeof passphrase);
    int status = dantin_unlock(cli->dantin, (unsigned)minutes);
    return status == 0 ? say(cli, true, (unsigned)minutes) : cli_fail(cli, status);
}

enum cli_exit command_lock(struct cli *cli)
{
    struct dantin_options options = cli_options(cli);
    int status = dantin_lock(&options);
    return status == 0 ? say(cli, false, 0) : cli_fail(cli, status);
}

static enum cli_exit say(struct cli *cli, bool is_unlocked, unsigned minutes)
{
    if (cli->is_json) {
        cJSON *document = cJSON_CreateObject();
        (void)cJSON_AddBoolToObject(document, "is_unlocked",
                                    is_unlocked); /* cli_print_json sees a NULL document */
        (void)cJSON_AddNumberToObject(document, "minutes", minutes);
        return cli_print_json(document, CLI_OK);
    }
    if (is_unlocked) {
        cli_say(cli, TEXT_CLI_UNLOCK_DONE, minutes);
    } else {
        cli_say(cli, TEXT_CLI_LOCK_DONE);
    }
    return CLI_OK;
}
