/* dantin status: where this PC stands, without the network. */
#include "client/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>

#include "client/cli/moment.h"
#include "client/cli/table.h"

static enum cli_exit print_status(struct cli *cli, const struct dantin_status *status);
static cJSON *json_of(const struct dantin_status *status);

enum cli_exit command_status(struct cli *cli)
{
    struct dantin_status status = {0};
    int result = dantin_status(cli->dantin, &status);

    if (result != 0) {
        return cli_fail(cli, result);
    }
    return cli->is_json ? cli_print_json(json_of(&status), CLI_OK) : print_status(cli, &status);
}

static enum cli_exit print_status(struct cli *cli, const struct dantin_status *status)
{
    char moment[MOMENT_TEXT_BYTES] = "-";
    const struct {
        enum text_id label;
        uint64_t value;
    } counts[] = {{TEXT_CLI_STATUS_RECORDS, status->records},
                  {TEXT_CLI_STATUS_OPEN, status->open_changes},
                  {TEXT_CLI_STATUS_SEALED, status->sealed_waiting},
                  {TEXT_CLI_STATUS_RECEIPTS, status->receipts},
                  {TEXT_CLI_STATUS_WAITING, status->waiting},
                  {TEXT_CLI_STATUS_RECEIPTS_SEALED, status->receipts_sealed},
                  {TEXT_CLI_STATUS_JOURNAL, status->journal_entries},
                  {TEXT_CLI_STATUS_SEALED_TO, status->sealed_entries},
                  {TEXT_CLI_STATUS_REFUSED, status->refused_open},
                  {TEXT_CLI_STATUS_CONFLICTS, status->conflicts_open},
                  {TEXT_CLI_STATUS_SMALL_CELLS, status->cells_below_minimum},
                  {TEXT_CLI_STATUS_BELOW_30, status->grassroots_below_30},
                  {TEXT_CLI_STATUS_FROM_30, status->grassroots_from_30}};

    if (status->last_receipt_ms != 0) {
        moment_format(status->last_receipt_ms, cli->language, moment);
    }
    cli_say(cli, TEXT_CLI_STATUS_DEVICE, status->device);
    cli_say(cli, TEXT_CLI_STATUS_SENDER, status->sender_name[0] != '\0' ? status->sender_name : "-",
            status->role[0] != '\0' ? status->role : "-");
    cli_say(cli, TEXT_CLI_STATUS_SERVER, status->server,
            cli_text(cli, status->is_enrolled ? TEXT_CLI_STATUS_ENROLLED : TEXT_CLI_STATUS_NOT_ENROLLED));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char number[32];
        char shown[64];

        (void)snprintf(number, sizeof number, "%" PRIu64, counts[i].value); /* fits */
        table_format_number(cli->language, number, shown, sizeof shown);
        cli_say(cli, counts[i].label, shown);
    }
    cli_say(cli, TEXT_CLI_STATUS_LAST, moment);
    if (status->notices > 0) {
        cli_say(cli, TEXT_CLI_STATUS_NOTICES, (unsigned long long)status->notices);
    }
    if (status->refused_open + status->conflicts_open > 0) {
        cli_say(cli, TEXT_CLI_MEND_HINT);
    } else if (status->open_changes + status->sealed_waiting > 0) {
        cli_say(cli, TEXT_CLI_SUBMIT_HINT);
    }
    return CLI_OK;
}

/* Without memory the document is NULL, every call below gives NULL, and cli_print_json fails. */
static cJSON *json_of(const struct dantin_status *status)
{
    cJSON *document = cJSON_CreateObject();

    (void)cJSON_AddBoolToObject(document, "is_enrolled", status->is_enrolled);
    (void)cJSON_AddStringToObject(document, "device", status->device);
    (void)cJSON_AddStringToObject(document, "sender_name", status->sender_name);
    (void)cJSON_AddStringToObject(document, "role", status->role);
    (void)cJSON_AddStringToObject(document, "server", status->server);
    (void)cJSON_AddNumberToObject(document, "records", (double)status->records);
    (void)cJSON_AddNumberToObject(document, "open_changes", (double)status->open_changes);
    (void)cJSON_AddNumberToObject(document, "sealed_waiting", (double)status->sealed_waiting);
    (void)cJSON_AddNumberToObject(document, "receipts", (double)status->receipts);
    (void)cJSON_AddNumberToObject(document, "waiting", (double)status->waiting);
    (void)cJSON_AddNumberToObject(document, "refused_open", (double)status->refused_open);
    (void)cJSON_AddNumberToObject(document, "conflicts_open", (double)status->conflicts_open);
    (void)cJSON_AddNumberToObject(document, "cells_below_minimum", (double)status->cells_below_minimum);
    (void)cJSON_AddNumberToObject(document, "grassroots_below_30", (double)status->grassroots_below_30);
    (void)cJSON_AddNumberToObject(document, "grassroots_from_30", (double)status->grassroots_from_30);
    (void)cJSON_AddNumberToObject(document, "journal_entries", (double)status->journal_entries);
    (void)cJSON_AddNumberToObject(document, "sealed_entries", (double)status->sealed_entries);
    (void)cJSON_AddNumberToObject(document, "receipts_sealed", (double)status->receipts_sealed);
    (void)cJSON_AddNumberToObject(document, "left_behind", (double)status->left_behind);
    (void)cJSON_AddNumberToObject(document, "alarms", (double)status->alarms);
    (void)cJSON_AddNumberToObject(document, "notices", (double)status->notices);
    (void)cJSON_AddNumberToObject(document, "last_receipt_ms", (double)status->last_receipt_ms);
    return document;
}
