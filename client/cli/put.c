/* dantin put KIND name=value ... and dantin remove KIND KEY: one record by hand. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool split(const char *argument, char **ret_name, const char **ret_value);
static enum cli_exit say_put(struct cli *cli, const struct dantin_put_result *result);

enum cli_exit check_put(struct cli *cli)
{
    for (size_t i = 1; i < cli->argument_count; i++) {
        const char *equals = strchr(cli->arguments[i], '=');

        if (equals == NULL || equals == cli->arguments[i]) {
            return cli_usage(cli, TEXT_CLI_NO_ASSIGNMENT, cli->arguments[i]);
        }
    }
    return check_kind_argument(cli);
}

enum cli_exit command_put(struct cli *cli)
{
    struct dantin_assignment assignments[CLI_ARGUMENTS_MAX];
    char *names[CLI_ARGUMENTS_MAX];
    size_t count = 0;
    struct dantin_put_result result = {0};
    int status = 0;

    for (size_t i = 1; status == 0 && i < cli->argument_count; i++) {
        if (split(cli->arguments[i], &names[count], &assignments[count].value)) {
            assignments[count].name = names[count];
            count++;
        } else {
            status = ERR_NO_MEMORY;
        }
    }
    if (status == 0) {
        status =
            dantin_put(cli->dantin, cli->arguments[0], assignments, count, cli_value(cli, "reason"), &result);
    }
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
    return status != 0 ? cli_fail(cli, status) : say_put(cli, &result);
}

enum cli_exit check_remove(struct cli *cli)
{
    const char *reason = cli_value(cli, "reason");

    if (reason == NULL || reason[strspn(reason, " \t\r\n")] == '\0') {
        return cli_usage(cli, TEXT_CLI_NO_REASON, "--reason");
    }
    return check_kind_argument(cli);
}

enum cli_exit command_remove(struct cli *cli)
{
    int status = dantin_remove(cli->dantin, cli->arguments[0], cli->arguments[1], cli_value(cli, "reason"));

    if (status != 0) {
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        cJSON *document = cJSON_CreateObject();

        (void)cJSON_AddBoolToObject(document, "removed", true); /* NULL is seen by cli_print_json */
        return cli_print_json(document, CLI_OK);
    }
    cli_say(cli, TEXT_CLI_REMOVED, cli->arguments[1]);
    return CLI_OK;
}

/* "name=value"; the value may hold '=' too. false: no memory. */
static bool split(const char *argument, char **ret_name, const char **ret_value)
{
    size_t len = strcspn(argument, "=");
    char *name = strndup(argument, len);

    if (name == NULL) {
        return false;
    }
    *ret_name = name;
    *ret_value = argument + len + 1;
    return true;
}

static enum cli_exit say_put(struct cli *cli, const struct dantin_put_result *result)
{
    if (cli->is_json) {
        cJSON *document = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(document, "id", result->id); /* NULL is seen by cli_print_json */
        (void)cJSON_AddBoolToObject(document, "is_new", result->is_new);
        (void)cJSON_AddBoolToObject(document, "is_changed", result->is_changed);
        (void)cJSON_AddBoolToObject(document, "is_warned", result->is_warned);
        return cli_print_json(document, CLI_OK);
    }
    cli_say(cli,
            result->is_new       ? TEXT_CLI_PUT_NEW
            : result->is_changed ? TEXT_CLI_PUT_CHANGED
                                 : TEXT_CLI_PUT_SAME,
            result->id);
    return CLI_OK;
}
