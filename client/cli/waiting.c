/* dantin waiting, approve, reject: what waits for a second person, and deciding about it. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/moment.h"

enum { ID_DIGITS_SHOWN = 12 };

struct waiting {
    struct cli *cli;
    cJSON *array;
    cJSON *element; /* of the change being told */
    size_t count;
    char list[64]; /* of the value told last */
    size_t element_number;
};

static enum cli_exit decide(struct cli *cli, const char *reason);
static bool on_listed(void *context, const struct dantin_waiting *waiting);
static bool on_decided(void *context, const struct dantin_waiting *waiting);
static bool on_value(void *context, const struct dantin_record_value *value);
static void print_waiting(struct waiting *listing, const struct dantin_waiting *waiting);
static cJSON *json_of(const struct dantin_waiting *waiting);

enum cli_exit command_waiting(struct cli *cli)
{
    cJSON *document = cJSON_CreateObject();
    struct waiting listing = {.cli = cli, .array = cJSON_AddArrayToObject(document, "waiting")};
    int status = dantin_waiting(cli->dantin, on_listed, &listing);
    if (status != 0) {
        cJSON_Delete(document);
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        return cli_print_json(document, CLI_OK);
    }
    cJSON_Delete(document);
    if (listing.count == 0) {
        cli_say(cli, TEXT_WAITING_NONE);
    }
    return CLI_OK;
}

enum cli_exit check_decision(struct cli *cli)
{
    bool is_all = cli_has(cli, "all");
    if (is_all == (cli->argument_count > 0)) {
        return is_all ? cli_usage(cli, TEXT_CLI_TOO_MANY, cli->arguments[0])
                      : cli_usage(cli, TEXT_CLI_TOO_FEW, "ID");
    }
    return CLI_OK;
}

enum cli_exit check_rejection(struct cli *cli)
{
    if (!cli_has(cli, "reason")) {
        return cli_usage(cli, TEXT_CLI_TOO_FEW, "--reason");
    }
    return check_decision(cli);
}

enum cli_exit command_approve(struct cli *cli)
{
    return decide(cli, NULL);
}

enum cli_exit command_reject(struct cli *cli)
{
    return decide(cli, cli_value(cli, "reason"));
}

static enum cli_exit decide(struct cli *cli, const char *reason)
{
    cJSON *document = cJSON_CreateObject();
    struct waiting deciding = {.cli = cli, .array = cJSON_AddArrayToObject(document, "decided")};
    const struct dantin_decision decision = {.ids = (const char *const *)cli->arguments,
                                             .id_count = (unsigned long)cli->argument_count,
                                             .reason = reason};
    unsigned long count = 0;
    int status = dantin_decide(cli->dantin, &decision, on_decided, on_value, &deciding, &count);
    if (status != 0) {
        cJSON_Delete(document);
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        return cli_print_json(document, CLI_OK);
    }
    cJSON_Delete(document);
    if (count == 0) {
        cli_say(cli, TEXT_WAITING_NONE);
    } else {
        cli_say(cli, reason == NULL ? TEXT_WAITING_APPROVED : TEXT_WAITING_REJECTED, count);
    }
    return CLI_OK;
}

static bool on_listed(void *context, const struct dantin_waiting *waiting)
{
    struct waiting *listing = context;
    listing->count++;
    if (listing->cli->is_json) {
        (void)cJSON_AddItemToArray(listing->array, json_of(waiting)); /* cli_print_json tells of no memory */
    } else {
        print_waiting(listing, waiting);
    }
    return true;
}

static bool on_decided(void *context, const struct dantin_waiting *waiting)
{
    struct waiting *deciding = context;
    deciding->list[0] = '\0';
    deciding->element_number = 0;
    if (!on_listed(context, waiting)) {
        return false;
    }
    deciding->element = cJSON_GetArrayItem(deciding->array, cJSON_GetArraySize(deciding->array) - 1);
    return true;
}

/* What is approved is what was shown. */
static bool on_value(void *context, const struct dantin_record_value *value)
{
    struct waiting *deciding = context;
    if (deciding->cli->is_json) {
        char name[160];
        if (value->list[0] == '\0') {
            (void)snprintf(name, sizeof name, "%s", value->name); /* names are short */
        } else {
            (void)snprintf(name, sizeof name, "%s.%zu.%s", value->list, value->element, value->name);
        }
        cJSON *values = cJSON_GetObjectItemCaseSensitive(deciding->element, "values");
        if (values == NULL) {
            values = cJSON_AddObjectToObject(deciding->element, "values");
        }
        (void)cJSON_AddStringToObject(values, name, value->text);
        return true;
    }
    if (value->list[0] != '\0' &&
        (value->element != deciding->element_number || strcmp(value->list, deciding->list) != 0)) {
        (void)printf("  %s %zu\n", value->list_label, value->element); /* main checks stdout at the end */
        deciding->element_number = value->element;
        (void)snprintf(deciding->list, sizeof deciding->list, "%s", value->list); /* names are short */
    }
    (void)printf("  %s%s: %s\n", value->list[0] == '\0' ? "" : "  ", value->label, value->text);
    return true;
}

static void print_waiting(struct waiting *listing, const struct dantin_waiting *waiting)
{
    const struct cli *cli = listing->cli;
    char moment[MOMENT_TEXT_BYTES];
    moment_format(waiting->server_time_ms, cli->language, moment);
    (void)printf("%.*s  %s  %s: %s%s%s\n", ID_DIGITS_SHOWN, waiting->id, moment, waiting->kind_label,
                 waiting->key, waiting->is_removal ? "  " : "",
                 waiting->is_removal ? cli_text(cli, TEXT_WAITING_REMOVAL) : "");
    (void)printf("  %.*s%s%s\n", ID_DIGITS_SHOWN, waiting->device, waiting->is_own ? "  " : "",
                 waiting->is_own ? cli_text(cli, TEXT_WAITING_IS_OWN) : "");
}

/* Without memory some object is NULL, every call gives NULL, and what could not be added is left out. */
static cJSON *json_of(const struct dantin_waiting *waiting)
{
    cJSON *element = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(element, "id", waiting->id);
    (void)cJSON_AddStringToObject(element, "kind", waiting->kind);
    (void)cJSON_AddStringToObject(element, "key", waiting->key);
    (void)cJSON_AddStringToObject(element, "record", waiting->record);
    (void)cJSON_AddStringToObject(element, "device", waiting->device);
    (void)cJSON_AddBoolToObject(element, "is_own", waiting->is_own);
    (void)cJSON_AddBoolToObject(element, "is_removal", waiting->is_removal);
    (void)cJSON_AddNumberToObject(element, "position", (double)waiting->position);
    (void)cJSON_AddNumberToObject(element, "server_time_ms", (double)waiting->server_time_ms);
    return element;
}
