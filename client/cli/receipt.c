/* dantin receipt show|verify|print: the proof that a submission stands in the province's journal. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/moment.h"
#include "client/cli/number.h"

static enum cli_exit show(struct cli *cli, uint64_t sequence);
static enum cli_exit verify(struct cli *cli, const char *path);
static enum cli_exit print(struct cli *cli, uint64_t sequence);
static void on_proof(void *context, const struct dantin_receipt *receipt, const char *text);

enum cli_exit check_receipt(struct cli *cli)
{
    const char *what = cli->arguments[0];
    uint64_t sequence = 0;

    if (strcmp(what, "verify") == 0) {
        return CLI_OK;
    }
    if (strcmp(what, "show") != 0 && strcmp(what, "print") != 0) {
        return cli_usage(cli, TEXT_CLI_NO_COMMAND, what);
    }
    return number_parse(cli->arguments[1], INT64_MAX, &sequence)
               ? CLI_OK
               : cli_usage(cli, TEXT_CLI_NO_NUMBER, cli->arguments[1]);
}

enum cli_exit command_receipt(struct cli *cli)
{
    uint64_t sequence = 0;

    if (strcmp(cli->arguments[0], "verify") == 0) {
        return verify(cli, cli->arguments[1]);
    }
    if (!number_parse(cli->arguments[1], INT64_MAX, &sequence)) {
        return cli_usage(cli, TEXT_CLI_NO_NUMBER, cli->arguments[1]);
    }
    return strcmp(cli->arguments[0], "show") == 0 ? show(cli, sequence) : print(cli, sequence);
}

/* The proof alone goes to standard output, so that it can be put into a file. */
static enum cli_exit show(struct cli *cli, uint64_t sequence)
{
    int status = dantin_receipt_proof(cli->dantin, sequence, on_proof, cli);

    return status != 0 ? cli_fail(cli, status) : CLI_OK;
}

static void on_proof(void *context, const struct dantin_receipt *receipt, const char *text)
{
    struct cli *cli = context;
    cJSON *document = NULL;

    if (!cli->is_json) {
        (void)fputs(text, stdout); /* main looks at stdout in the end */
        return;
    }
    document = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(document, "proof", text); /* a NULL document is seen when it is printed */
    (void)cJSON_AddNumberToObject(document, "position", (double)receipt->position);
    (void)cJSON_AddBoolToObject(document, "is_sealed", receipt->is_sealed);
    (void)cJSON_AddBoolToObject(document, "is_left_behind", receipt->is_left_behind);
    (void)cli_print_json(document, CLI_OK); /* a failure shows in stdout */
}

static enum cli_exit verify(struct cli *cli, const char *path)
{
    struct dantin_proof proof = {0};
    char moment[MOMENT_TEXT_BYTES];
    cJSON *document = NULL;
    int status = dantin_receipt_verify(cli->dantin, path, &proof);

    if (status != 0) {
        return cli_fail(cli, status);
    }
    moment_format(proof.server_time_ms, cli->language, moment);
    cli_say(cli, TEXT_CLI_PROOF_TRUE, (unsigned long long)proof.sequence, proof.device,
            (unsigned long long)proof.position, moment, (unsigned long long)proof.journal_entries);
    cli_say(cli, proof.is_own ? TEXT_CLI_PROOF_OWN : TEXT_CLI_PROOF_FOREIGN);
    if (!cli->is_json) {
        return CLI_OK;
    }
    document = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(document, "sequence", (double)proof.sequence);
    (void)cJSON_AddNumberToObject(document, "position", (double)proof.position);
    (void)cJSON_AddNumberToObject(document, "journal_entries", (double)proof.journal_entries);
    (void)cJSON_AddStringToObject(document, "epoch", proof.epoch);
    (void)cJSON_AddStringToObject(document, "device", proof.device);
    (void)cJSON_AddStringToObject(document, "leaf", proof.leaf);
    (void)cJSON_AddNumberToObject(document, "server_time_ms", (double)proof.server_time_ms);
    (void)cJSON_AddBoolToObject(document, "is_own", proof.is_own);
    (void)cJSON_AddBoolToObject(document, "is_consistent", proof.is_consistent);
    return cli_print_json(document, CLI_OK);
}

static enum cli_exit print(struct cli *cli, uint64_t sequence)
{
    char name[64];
    char path[CLI_PATH_BYTES_MAX];
    cJSON *document = NULL;
    const char *wanted = cli_value(cli, "out");

    (void)snprintf(name, sizeof name, "bien-nhan-%llu.html", (unsigned long long)sequence); /* fits */
    int status =
        dantin_receipt_page(cli->dantin, sequence, wanted != NULL ? wanted : name, path, sizeof path);
    if (status != 0) {
        return cli_fail(cli, status);
    }
    cli_say(cli, TEXT_CLI_RECEIPT_PAGE, path);
    if (!cli->is_json) {
        return CLI_OK;
    }
    document = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(document, "file", path);
    return cli_print_json(document, CLI_OK);
}
