/* dantin notices: what became of the devices that speak for the committee, by checked entries of the journal. */
#include "client/cli/cli.h"

#include <stdio.h>

struct listing {
    struct cli *cli;
    cJSON *array; /* NULL: on the terminal */
    uint64_t newest;
    size_t count;
    bool has_failed;
};

static const enum text_id texts[] = {
    [DANTIN_NOTICE_ENROLLED] = TEXT_CLI_NOTICE_ENROLLED,
    [DANTIN_NOTICE_KEY] = TEXT_CLI_NOTICE_KEY,
    [DANTIN_NOTICE_ROLE] = TEXT_CLI_NOTICE_ROLE,
    [DANTIN_NOTICE_REVOKED] = TEXT_CLI_NOTICE_REVOKED,
};

static const char *const names[] = {
    [DANTIN_NOTICE_ENROLLED] = "enrolled",
    [DANTIN_NOTICE_KEY] = "key",
    [DANTIN_NOTICE_ROLE] = "role",
    [DANTIN_NOTICE_REVOKED] = "revoked",
};

static void on_notice(void *context, const struct dantin_notice *notice);
static void say(struct cli *cli, const struct dantin_notice *notice);
static cJSON *json_of(const struct dantin_notice *notice);

enum cli_exit command_notices(struct cli *cli)
{
    cJSON *document = cJSON_CreateObject();
    struct listing listing = {.cli = cli, .array = cJSON_AddArrayToObject(document, "notices")};
    int status = dantin_notices(cli->dantin, on_notice, &listing);

    if (status == 0 && cli_has(cli, "seen") && listing.newest > 0) {
        status = dantin_notices_acknowledge(cli->dantin, listing.newest);
    }
    if (status != 0 || listing.has_failed) {
        return cli_fail_document(cli, status != 0 ? status : ERR_NO_MEMORY, document);
    }
    if (cli->is_json) {
        return cli_print_json(document, CLI_OK);
    }
    cJSON_Delete(document);
    if (listing.count == 0) {
        cli_say(cli, TEXT_CLI_NOTICE_NONE);
    } else if (cli_has(cli, "seen")) {
        cli_say(cli, TEXT_CLI_NOTICE_DONE);
    }
    return CLI_OK;
}

void cli_tell_notices(struct cli *cli)
{
    uint64_t count = 0;

    if (!cli->is_json && dantin_notices_open(cli->dantin, &count) == 0 && count > 0) {
        (void)fprintf(stderr, "dantin: "); /* nobody to tell when stderr is gone */
        (void)fprintf(stderr, cli_text(cli, TEXT_CLI_NOTICE_OPEN), (unsigned long long)count);
        (void)fprintf(stderr, "\n");
    }
}

static void on_notice(void *context, const struct dantin_notice *notice)
{
    struct listing *listing = context;

    listing->newest = notice->number;
    listing->count++;
    if (!listing->cli->is_json) {
        say(listing->cli, notice);
        return;
    }
    if (!cJSON_AddItemToArray(listing->array, json_of(notice))) {
        listing->has_failed = true;
    }
}

static void say(struct cli *cli, const struct dantin_notice *notice)
{
    const char *mark = cli_text(cli, notice->is_seen ? TEXT_CLI_NOTICE_SEEN : TEXT_CLI_NOTICE_UNSEEN);

    cli_say(cli, texts[notice->what], mark, notice->device, (unsigned long long)notice->position,
            notice->role[0] != '\0' ? notice->role : "-");
}

/* Without memory NULL, and adding it fails. */
static cJSON *json_of(const struct dantin_notice *notice)
{
    cJSON *item = cJSON_CreateObject();

    (void)cJSON_AddNumberToObject(item, "number", (double)notice->number);
    (void)cJSON_AddStringToObject(item, "what", names[notice->what]);
    (void)cJSON_AddStringToObject(item, "device", notice->device);
    (void)cJSON_AddStringToObject(item, "role", notice->role);
    (void)cJSON_AddNumberToObject(item, "position", (double)notice->position);
    (void)cJSON_AddBoolToObject(item, "is_seen", notice->is_seen);
    return item;
}
