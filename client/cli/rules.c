/* dantin rules [KIND]: the rules that records are judged by, here and at the province. */
#include "client/cli/cli.h"

#include <stdio.h>

#include "client/cli/csv_print.h"
#include "client/cli/moment.h"

enum { COLUMNS = 8 };

struct listing {
    struct cli *cli;
    cJSON *array;
    bool has_failed;
};

static bool on_rule(void *context, const struct dantin_rule *rule);
static void print_rule(const struct cli *cli, const struct dantin_rule *rule);
static bool add_rule(cJSON *array, const struct dantin_rule *rule);

enum cli_exit check_rules(struct cli *cli)
{
    if (cli->argument_count > 0 && !dantin_is_kind(cli->arguments[0])) {
        return cli_usage(cli, TEXT_IMPORT_NO_KIND, cli->arguments[0]);
    }
    return CLI_OK;
}

enum cli_exit command_rules(struct cli *cli)
{
    static const char *const header[COLUMNS] = {"id",   "kind", "severity", "field",
                                                "from", "to",   "source",   "text"};
    struct listing listing = {.cli = cli};
    cJSON *document = cJSON_CreateObject();
    enum cli_exit exit_code = CLI_OK;

    listing.array = cJSON_AddArrayToObject(document, "rules");
    if (!cli->is_json && cli_has(cli, "csv")) {
        csv_print_begin();
        csv_print_row(header, COLUMNS);
    }
    dantin_rules(cli->language == LANGUAGE_VI ? DANTIN_VI : DANTIN_EN,
                 cli->argument_count > 0 ? cli->arguments[0] : NULL, on_rule, &listing);
    if (cli->is_json) {
        exit_code = cli_print_json(listing.has_failed ? NULL : document, CLI_OK);
        document = listing.has_failed ? document : NULL;
    }
    cJSON_Delete(document);
    return exit_code;
}

static bool on_rule(void *context, const struct dantin_rule *rule)
{
    struct listing *listing = context;

    if (listing->cli->is_json) {
        listing->has_failed = !add_rule(listing->array, rule);
    } else if (cli_has(listing->cli, "csv")) {
        const char *const cells[COLUMNS] = {rule->id,   rule->kind, rule->severity, rule->field,
                                            rule->from, rule->to,   rule->source,   rule->text};

        csv_print_row(cells, COLUMNS);
    } else {
        print_rule(listing->cli, rule);
    }
    return !listing->has_failed;
}

/* What it is, what it says, where it stands. */
static void print_rule(const struct cli *cli, const struct dantin_rule *rule)
{
    char from[MOMENT_TEXT_BYTES];
    char to[MOMENT_TEXT_BYTES];
    const char *severity = cli_text(cli, rule->is_error ? TEXT_CLI_RULE_ERROR : TEXT_CLI_RULE_WARNING);
    const char *kind = rule->kind_label[0] != '\0' ? rule->kind_label : cli_text(cli, TEXT_CLI_RULE_ANY_KIND);

    moment_format_date(rule->from, cli->language, from);
    moment_format_date(rule->to, cli->language, to);
    (void)printf("%s · %s · %s", rule->id, kind, severity); /* main checks stdout at the end */
    if (from[0] != '\0') {
        (void)printf(cli_text(cli, TEXT_CLI_RULE_FROM), from);
    }
    if (to[0] != '\0') {
        (void)printf(cli_text(cli, TEXT_CLI_RULE_TO), to);
    }
    (void)printf("\n    %s\n", rule->text);
    if (rule->source[0] != '\0') {
        (void)printf("    (%s)\n", rule->source);
    }
}

static bool add_rule(cJSON *array, const struct dantin_rule *rule)
{
    cJSON *item = cJSON_CreateObject();
    const struct {
        const char *name, *value;
    } texts[COLUMNS] = {{"id", rule->id},         {"kind", rule->kind}, {"severity", rule->severity},
                        {"field", rule->field},   {"from", rule->from}, {"to", rule->to},
                        {"source", rule->source}, {"text", rule->text}};

    for (size_t i = 0; i < COLUMNS; i++) {
        (void)cJSON_AddStringToObject(item, texts[i].name, texts[i].value); /* a NULL item fails below */
    }
    return cJSON_AddItemToArray(array, item) != 0;
}
