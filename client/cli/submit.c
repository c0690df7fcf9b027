/* dantin submit: seal what is open, send what is sealed, keep the receipts. Safe to stop and repeat at any
 * moment. */
#include "client/cli/cli.h"
#include "client/cli/number.h"

enum { WAIT_SECONDS_DEFAULT = 120, WAIT_SECONDS_MAX = 7 * 86400 };

/* Of what waited for a second person before. */
struct outcomes {
    unsigned long approved, lost, waiting;
};

/* Persons the province forgot since the last time: told on the terminal, or listed. */
struct news {
    struct cli *cli;
    cJSON *list; /* NULL: on the terminal */
};

static void on_erasure(void *context, const struct dantin_erasure *erasure);
static bool read_wait(const struct cli *cli, uint64_t *ret_seconds);
static enum cli_exit print_json(struct cli *cli, cJSON *document, enum cli_exit exit_code);
static cJSON *json_of(uint64_t sealed, uint64_t changes, const struct dantin_submit_result *result,
                      const struct outcomes *outcomes);

enum cli_exit check_submit(struct cli *cli)
{
    uint64_t wait_seconds = 0;

    return read_wait(cli, &wait_seconds) ? CLI_OK
                                         : cli_usage(cli, TEXT_CLI_NO_NUMBER, cli_value(cli, "wait"));
}

enum cli_exit command_submit(struct cli *cli)
{
    struct dantin_submit_result result = {0};
    struct outcomes outcomes = {0};
    uint64_t sealed = 0;
    uint64_t changes = 0;
    uint64_t wait_seconds = 0;
    int status;

    if (!read_wait(cli, &wait_seconds)) {
        return CLI_USAGE; /* check_submit has said it */
    }
    status = dantin_seal(cli->dantin, &sealed, &changes);
    if (status == 0 && !cli_has(cli, "seal-only")) {
        status = dantin_submit(cli->dantin, wait_seconds * 1000, &result);
    }
    if (status == 0 && !cli_has(cli, "seal-only")) {
        status = dantin_outcomes(cli->dantin, &outcomes.approved, &outcomes.lost, &outcomes.waiting);
    }
    cli_progress_end(cli);
    if (status != 0) {
        return cli_fail(cli, status);
    }
    enum cli_exit exit_code = result.refused + result.conflicts + outcomes.lost > 0 ? CLI_REFUSED : CLI_OK;

    if (cli->is_json) {
        return print_json(cli, json_of(sealed, changes, &result, &outcomes), exit_code);
    }
    if (sealed > 0) {
        cli_say(cli, TEXT_CLI_SEALED, (unsigned long long)changes, (unsigned long long)sealed);
    }
    if (cli_has(cli, "seal-only")) {
        return CLI_OK;
    }
    struct news news = {.cli = cli};
    status = dantin_erasures(cli->dantin, on_erasure, &news);
    if (status != 0) {
        return cli_fail(cli, status);
    }
    if (outcomes.approved + outcomes.lost > 0) {
        cli_say(cli, TEXT_WAITING_OUTCOMES, outcomes.approved, outcomes.lost, outcomes.waiting);
    }
    if (result.is_new_epoch) {
        cli_say(cli, TEXT_CLI_NEW_EPOCH, (unsigned long long)result.left_behind);
    }
    if (result.submissions == 0) {
        cli_say(cli, outcomes.lost > 0 ? TEXT_CLI_MEND_HINT : TEXT_CLI_NOTHING_TO_SUBMIT);
        return exit_code;
    }
    cli_say(cli, TEXT_CLI_SUBMITTED, (unsigned long long)result.submissions,
            (unsigned long long)result.applied, (unsigned long long)result.warned,
            (unsigned long long)result.waiting, (unsigned long long)result.refused,
            (unsigned long long)result.conflicts);
    if (exit_code == CLI_REFUSED) {
        cli_say(cli, TEXT_CLI_MEND_HINT);
    }
    return exit_code;
}

/* By its id: whose it was is what is forgotten. */
static void on_erasure(void *context, const struct dantin_erasure *erasure)
{
    const struct news *news = context;

    if (news->list == NULL) {
        cli_say(news->cli, TEXT_CLI_ERASED, erasure->kind, erasure->record, erasure->decision,
                (unsigned long long)erasure->position);
        return;
    }
    cJSON *one = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(one, "kind", erasure->kind);
    (void)cJSON_AddStringToObject(one, "record", erasure->record);
    (void)cJSON_AddStringToObject(one, "decision", erasure->decision);
    (void)cJSON_AddNumberToObject(one, "position", (double)erasure->position);
    (void)cJSON_AddItemToArray(news->list, one);
}

static enum cli_exit print_json(struct cli *cli, cJSON *document, enum cli_exit exit_code)
{
    struct news erasures = {.cli = cli, .list = cJSON_AddArrayToObject(document, "erased")};
    bool is_told = erasures.list != NULL && !cli_has(cli, "seal-only");
    int status = is_told ? dantin_erasures(cli->dantin, on_erasure, &erasures) : 0;

    if (status != 0) {
        cJSON_Delete(document);
        return cli_fail(cli, status);
    }
    return cli_print_json(document, exit_code);
}

static bool read_wait(const struct cli *cli, uint64_t *ret_seconds)
{
    *ret_seconds = WAIT_SECONDS_DEFAULT;
    return !cli_has(cli, "wait") || number_parse(cli_value(cli, "wait"), WAIT_SECONDS_MAX, ret_seconds);
}

/* Without memory the document is NULL, every call below gives NULL, and cli_print_json fails. */
static cJSON *json_of(uint64_t sealed, uint64_t changes, const struct dantin_submit_result *result,
                      const struct outcomes *outcomes)
{
    cJSON *document = cJSON_CreateObject();

    (void)cJSON_AddNumberToObject(document, "sealed", (double)sealed);
    (void)cJSON_AddNumberToObject(document, "changes", (double)changes);
    (void)cJSON_AddNumberToObject(document, "submissions", (double)result->submissions);
    (void)cJSON_AddNumberToObject(document, "applied", (double)result->applied);
    (void)cJSON_AddNumberToObject(document, "warned", (double)result->warned);
    (void)cJSON_AddNumberToObject(document, "waiting", (double)result->waiting);
    (void)cJSON_AddNumberToObject(document, "conflicts", (double)result->conflicts);
    (void)cJSON_AddNumberToObject(document, "refused", (double)result->refused);
    (void)cJSON_AddNumberToObject(document, "approved_now", (double)outcomes->approved);
    (void)cJSON_AddNumberToObject(document, "lost_now", (double)outcomes->lost);
    (void)cJSON_AddNumberToObject(document, "waiting_in_all", (double)outcomes->waiting);
    (void)cJSON_AddBoolToObject(document, "is_new_epoch", result->is_new_epoch);
    (void)cJSON_AddNumberToObject(document, "left_behind", (double)result->left_behind);
    return document;
}
