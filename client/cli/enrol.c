/* dantin enrol: with a ticket of the province, make this PC's key known to it. Safe to stop and repeat: the same ticket and key
 * go on where they were. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/number.h"

enum { WAIT_SECONDS_DEFAULT = 600, WAIT_SECONDS_MAX = 7 * 86400 };

struct telling {
    struct cli *cli;
    cJSON *document;
};

static enum cli_exit make_home(struct cli *cli, cJSON *document, char *passphrase, size_t passphrase_bytes);
static void tell_words(void *context, const char *words);

enum cli_exit check_enrol(struct cli *cli)
{
    struct dantin_ticket ticket;
    uint64_t seconds = WAIT_SECONDS_DEFAULT;

    if (cli_has(cli, "wait") && !number_parse(cli_value(cli, "wait"), WAIT_SECONDS_MAX, &seconds)) {
        return cli_usage(cli, TEXT_CLI_NO_NUMBER, cli_value(cli, "wait"));
    }
    return dantin_read_ticket(cli->arguments[0], &ticket) == 0 ? CLI_OK
                                                               : cli_usage(cli, TEXT_CLI_NO_TICKET, "TICKET");
}

enum cli_exit command_enrol(struct cli *cli)
{
    char passphrase[DANTIN_PASSPHRASE_BYTES] = "";
    uint64_t seconds = WAIT_SECONDS_DEFAULT;
    struct telling telling = {.cli = cli, .document = cli->is_json ? cJSON_CreateObject() : NULL};
    bool is_approved = false;
    int status = 0;
    enum cli_exit exit_code = make_home(cli, telling.document, passphrase, sizeof passphrase);

    explicit_bzero(passphrase, sizeof passphrase);
    if (exit_code != CLI_OK) {
        return exit_code;
    }
    if (cli_has(cli, "wait")) {
        (void)number_parse(cli_value(cli, "wait"), WAIT_SECONDS_MAX, &seconds); /* check_enrol has read it */
    }
    status = dantin_enrol(cli->dantin, cli->arguments[0], seconds * 1000, tell_words, &telling, &is_approved);
    cli_progress_end(cli);
    if (status != 0) {
        return cli_fail_document(cli, status, telling.document);
    }
    exit_code = is_approved ? CLI_OK : CLI_RETRY;
    if (cli->is_json) {
        (void)cJSON_AddBoolToObject(telling.document, "approved", is_approved);
        return cli_print_json(telling.document, exit_code);
    }
    cli_say(cli, is_approved ? TEXT_CLI_ENROLLED : TEXT_CLI_ENROL_PENDING);
    return exit_code;
}

/* Open the home; a PC that has none yet is set up first, for the server of the ticket. */
static enum cli_exit make_home(struct cli *cli, cJSON *document, char *passphrase, size_t passphrase_bytes)
{
    struct dantin_options options = cli_options(cli);
    struct cli_new_passphrase wanted = {.cli = cli, .path = cli->passphrase_file};
    struct dantin_init_request request = {.server = NULL};
    struct dantin_init_result result = {0};
    struct dantin_ticket ticket = {.expires_ms = 0};
    int status = dantin_is_set_up(&options) ? dantin_open(&options, &cli->dantin) : -1;

    if (status >= 0) {
        if (status == 0) {
            dantin_set_progress(cli->dantin, cli_progress, cli);
        }
        return status == 0 ? CLI_OK : cli_fail_document(cli, status, document);
    }
    if (!cli_key_cost(cli, &request.cost) || dantin_read_ticket(cli->arguments[0], &ticket) != 0) {
        cJSON_Delete(document);
        return CLI_USAGE;
    }
    if (!cli_new_passphrase(&wanted, cli->person != NULL ? cli->person : "main", 0, passphrase,
                            passphrase_bytes)) {
        cJSON_Delete(document);
        return CLI_FAILED;
    }
    options.passphrase = passphrase;
    request.server = ticket.server;
    status = dantin_init(&options, &request, &result);
    if (status == 0) {
        cli_show_code(cli, document, result.person, result.recovery_code);
        explicit_bzero(result.recovery_code, sizeof result.recovery_code);
        status = dantin_open(&options, &cli->dantin);
    }
    if (status != 0) {
        return cli_fail_document(cli, status, document);
    }
    dantin_set_progress(cli->dantin, cli_progress, cli);
    return CLI_OK;
}

static void tell_words(void *context, const char *words)
{
    struct telling *telling = context;

    cli_progress_end(telling->cli);
    cli_say(telling->cli, TEXT_CLI_ENROL_WORDS, words);
    (void)fflush(stdout); /* somebody reads them out while we wait */
    (void)cJSON_AddStringToObject(telling->document, "words",
                                  words); /* cli_print_json sees a NULL document */
}
