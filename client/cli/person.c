/* dantin person: who works at this PC. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

static enum cli_exit list_persons(struct cli *cli);
static enum cli_exit add_person(struct cli *cli, const char *person);
static bool on_person(void *context, const char *person);

struct listing {
    struct cli *cli;
    cJSON *array;
};

enum cli_exit check_person(struct cli *cli)
{
    bool is_add = strcmp(cli->arguments[0], "add") == 0;
    if (!is_add && strcmp(cli->arguments[0], "list") != 0) {
        return cli_usage(cli, TEXT_CLI_NO_COMMAND, cli->arguments[0]);
    }
    if (is_add != (cli->argument_count == 2)) {
        return is_add ? cli_usage(cli, TEXT_CLI_TOO_FEW, "NAME")
                      : cli_usage(cli, TEXT_CLI_TOO_MANY, cli->arguments[1]);
    }
    return CLI_OK;
}

enum cli_exit command_person(struct cli *cli)
{
    return strcmp(cli->arguments[0], "add") == 0 ? add_person(cli, cli->arguments[1]) : list_persons(cli);
}

static enum cli_exit list_persons(struct cli *cli)
{
    struct dantin_options options = cli_options(cli);
    cJSON *document = cJSON_CreateObject();
    struct listing listing = {.cli = cli, .array = cJSON_AddArrayToObject(document, "persons")};
    int status = dantin_persons(&options, on_person, &listing);
    if (status != 0) {
        cJSON_Delete(document);
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        return cli_print_json(document, CLI_OK);
    }
    cJSON_Delete(document);
    return CLI_OK;
}

static bool on_person(void *context, const char *person)
{
    struct listing *listing = context;
    if (listing->cli->is_json) {
        (void)cJSON_AddItemToArray(listing->array,
                                   cJSON_CreateString(person)); /* cli_print_json tells of no memory */
    } else {
        (void)puts(person); /* main checks stdout at the end */
    }
    return true;
}

static enum cli_exit add_person(struct cli *cli, const char *person)
{
    char mine[DANTIN_PASSPHRASE_BYTES];
    char theirs[DANTIN_PASSPHRASE_BYTES];
    char csr_path[CLI_PATH_BYTES_MAX];
    struct dantin_person_request request = {.person = person, .csr_path = cli_value(cli, "csr")};
    struct dantin_init_result result = {0};
    struct cli_new_passphrase wanted = {.cli = cli, .path = cli_value(cli, "new-passphrase-file")};
    if (!cli_key_cost(cli, &request.cost)) {
        return CLI_USAGE;
    }
    enum cli_exit exit_code = cli_open_asking(cli, mine, sizeof mine);
    if (exit_code != CLI_OK) {
        return exit_code;
    }
    explicit_bzero(mine, sizeof mine);
    if (!cli_new_passphrase(&wanted, person, 0, theirs, sizeof theirs)) {
        return wanted.path != NULL ? CLI_FAILED
                                   : cli_usage(cli, TEXT_CLI_NEEDS_SECRET, "--new-passphrase-file");
    }
    if (request.csr_path == NULL) {
        (void)snprintf(csr_path, sizeof csr_path, "%s.csr", person); /* a name that is too long is refused */
        request.csr_path = csr_path;
    }
    request.passphrase = theirs;
    int status = dantin_add_person(cli->dantin, &request, &result);
    explicit_bzero(theirs, sizeof theirs);
    if (status != 0) {
        return cli_fail(cli, status);
    }
    cJSON *document = cli->is_json ? cJSON_CreateObject() : NULL;
    cli_say(cli, TEXT_CLI_PERSON_ADDED, person, result.csr_path, person);
    (void)cJSON_AddStringToObject(document, "person", person); /* cli_print_json sees a NULL document */
    (void)cJSON_AddStringToObject(document, "request", result.csr_path);
    cli_show_code(cli, document, person, result.recovery_code);
    explicit_bzero(result.recovery_code, sizeof result.recovery_code);
    return cli->is_json ? cli_print_json(document, CLI_OK) : CLI_OK;
}
