/* dantin alarm show|acknowledge: what a server showed that contradicts what this PC holds. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/moment.h"

struct listing {
    struct cli *cli;
    cJSON *array;
    bool has_failed;
    size_t count;
};

static enum cli_exit show(struct cli *cli);
static bool on_alarm(void *context, const struct dantin_alarm *alarm);

enum cli_exit check_alarm(struct cli *cli)
{
    const char *what = cli->arguments[0];

    return strcmp(what, "show") == 0 || strcmp(what, "acknowledge") == 0
               ? CLI_OK
               : cli_usage(cli, TEXT_CLI_NO_COMMAND, what);
}

enum cli_exit command_alarm(struct cli *cli)
{
    int status = 0;

    if (strcmp(cli->arguments[0], "show") == 0) {
        return show(cli);
    }
    status = dantin_alarms_acknowledge(cli->dantin);
    if (status != 0) {
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        return cli_print_json(cJSON_CreateObject(), CLI_OK);
    }
    cli_say(cli, TEXT_CLI_ALARM_ACKNOWLEDGED);
    return CLI_OK;
}

static enum cli_exit show(struct cli *cli)
{
    cJSON *document = cJSON_CreateObject();
    struct listing listing = {.cli = cli, .array = cJSON_AddArrayToObject(document, "alarms")};
    int status = dantin_alarms(cli->dantin, on_alarm, &listing);

    if (status != 0 || listing.has_failed) {
        return cli_fail_document(cli, status != 0 ? status : ERR_NO_MEMORY, document);
    }
    if (cli->is_json) {
        return cli_print_json(document, CLI_OK);
    }
    cJSON_Delete(document);
    if (listing.count == 0) {
        cli_say(cli, TEXT_CLI_ALARM_NONE);
    }
    return CLI_OK;
}

static bool on_alarm(void *context, const struct dantin_alarm *alarm)
{
    struct listing *listing = context;
    struct cli *cli = listing->cli;
    char moment[MOMENT_TEXT_BYTES];
    cJSON *item = NULL;

    listing->count++;
    moment_format(alarm->time_ms, cli->language, moment);
    cli_say(cli, TEXT_CLI_ALARM, (unsigned long long)alarm->number, moment, alarm->what,
            (unsigned long long)alarm->held_entries, (unsigned long long)alarm->shown_entries,
            cli_text(cli, alarm->acknowledged_ms != 0 ? TEXT_CLI_ALARM_SEEN : TEXT_CLI_ALARM_UNSEEN));
    cli_say(cli, TEXT_CLI_ALARM_NOTES, alarm->held, alarm->shown);
    if (!cli->is_json) {
        return true;
    }
    item = cJSON_CreateObject();
    /* Without memory `item` is NULL, every call below gives NULL, and so does the last. */
    (void)cJSON_AddNumberToObject(item, "number", (double)alarm->number);
    (void)cJSON_AddNumberToObject(item, "time_ms", (double)alarm->time_ms);
    (void)cJSON_AddStringToObject(item, "what", alarm->what);
    (void)cJSON_AddNumberToObject(item, "held_entries", (double)alarm->held_entries);
    (void)cJSON_AddNumberToObject(item, "shown_entries", (double)alarm->shown_entries);
    (void)cJSON_AddStringToObject(item, "held", alarm->held);
    (void)cJSON_AddStringToObject(item, "shown", alarm->shown);
    (void)cJSON_AddBoolToObject(item, "is_acknowledged", alarm->acknowledged_ms != 0);
    listing->has_failed = cJSON_AddItemToArray(listing->array, item) == 0;
    return !listing->has_failed;
}
