/* dantin election KEY: one election case as a time line: what was done, the sheets and who is elected by them, what the rules
 * say, what is due next. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/moment.h"
#include "client/cli/table.h"

enum { STAGE_COLUMNS = 6, NUMBER_BYTES = 24 };

struct time_line {
    struct cli *cli;
    struct table *stages;
    cJSON *document, *stage_array, *sheet_array, *finding_array, *due_array;
    size_t sheet_count, finding_count, due_count;
    bool is_stages_printed, has_failed;
};

static void on_case(void *context, const struct dantin_election_case *told);
static void on_stage(void *context, const struct dantin_election_stage *stage);
static void on_sheet(void *context, const struct dantin_election_sheet *sheet);
static void on_finding(void *context, const struct dantin_election_finding *finding);
static void on_due(void *context, const struct dantin_election_due *due);
static void print_stages(struct time_line *line);
static cJSON *add_object(struct time_line *line, cJSON *array);
static void say_heading(struct time_line *line, enum text_id heading, size_t count);

enum cli_exit check_election(struct cli *cli)
{
    if (cli_has(cli, "date") && !dantin_is_date(cli_value(cli, "date"))) {
        return cli_usage(cli, TEXT_REPORT_DATE, cli_value(cli, "date"));
    }
    return CLI_OK;
}

enum cli_exit command_election(struct cli *cli)
{
    static const enum text_id labels[STAGE_COLUMNS] = {
        TEXT_CLI_ELECTION_DATE,    TEXT_CLI_ELECTION_STAGE,    TEXT_CLI_ELECTION_ROUND,
        TEXT_CLI_ELECTION_OUTCOME, TEXT_CLI_ELECTION_DOCUMENT, TEXT_CLI_ELECTION_AUTHORITY};
    struct time_line line = {
        .cli = cli, .stages = table_new(STAGE_COLUMNS), .document = cJSON_CreateObject()};
    struct dantin_election_listener listener = {.on_case = on_case,
                                                .on_stage = on_stage,
                                                .on_sheet = on_sheet,
                                                .on_finding = on_finding,
                                                .on_due = on_due,
                                                .context = &line};
    const char *header[STAGE_COLUMNS];
    enum cli_exit exit_code = CLI_OK;

    for (size_t i = 0; i < STAGE_COLUMNS; i++) {
        header[i] = cli_text(cli, labels[i]);
    }
    line.has_failed =
        line.stages == NULL || line.document == NULL || !table_add(line.stages, header, STAGE_COLUMNS);
    int status = line.has_failed
                     ? ERR_NO_MEMORY
                     : dantin_election(cli->dantin, cli->arguments[0], cli_value(cli, "date"), &listener);

    if (status != 0 || line.has_failed) {
        exit_code = cli_fail(cli, status != 0 ? status : ERR_NO_MEMORY);
    } else if (cli->is_json) {
        exit_code = cli_print_json(line.document, CLI_OK);
        line.document = NULL;
    } else {
        print_stages(&line);
        if (line.due_count == 0) {
            cli_say(cli, TEXT_CLI_ELECTION_DONE);
        }
    }
    table_free(line.stages);
    cJSON_Delete(line.document);
    return exit_code;
}

/* Of a NULL object or array every call gives NULL, which add_object sees. */
static void on_case(void *context, const struct dantin_election_case *told)
{
    struct time_line *line = context;
    struct cli *cli = line->cli;
    char from[MOMENT_TEXT_BYTES];
    char to[MOMENT_TEXT_BYTES];

    if (cli->is_json) {
        (void)cJSON_AddStringToObject(line->document, "id", told->id);
        (void)cJSON_AddStringToObject(line->document, "key", told->key);
        (void)cJSON_AddStringToObject(line->document, "locality", told->locality);
        (void)cJSON_AddStringToObject(line->document, "branch", told->branch);
        (void)cJSON_AddStringToObject(line->document, "term_from", told->term_from);
        (void)cJSON_AddStringToObject(line->document, "term_to", told->term_to);
        (void)cJSON_AddBoolToObject(line->document, "is_pilot", told->is_pilot);
        line->stage_array = cJSON_AddArrayToObject(line->document, "stages");
        line->sheet_array = cJSON_AddArrayToObject(line->document, "sheets");
        line->finding_array = cJSON_AddArrayToObject(line->document, "findings");
        line->due_array = cJSON_AddArrayToObject(line->document, "due");
        line->has_failed |= line->due_array == NULL;
        return;
    }
    moment_format_date(told->term_from, cli->language, from);
    moment_format_date(told->term_to, cli->language, to);
    cli_say(cli, TEXT_CLI_ELECTION_CASE, told->locality);
    cli_say(cli, TEXT_CLI_ELECTION_BRANCH, told->branch);
    if (told->term_to[0] != '\0') {
        cli_say(cli, TEXT_CLI_ELECTION_TERM, from, to);
    } else {
        cli_say(cli, TEXT_CLI_ELECTION_TERM_OPEN, from);
    }
    if (told->is_pilot) {
        cli_say(cli, TEXT_CLI_ELECTION_PILOT);
    }
}

/* A fault stands below its stage, in the stage's own column. */
static void on_stage(void *context, const struct dantin_election_stage *stage)
{
    struct time_line *line = context;
    char date[MOMENT_TEXT_BYTES];
    char round[NUMBER_BYTES];

    if (line->cli->is_json) {
        cJSON *item = add_object(line, line->stage_array);

        (void)cJSON_AddStringToObject(item, "stage", stage->stage);
        (void)cJSON_AddStringToObject(item, "label", stage->label);
        (void)cJSON_AddStringToObject(item, "date", stage->date);
        (void)cJSON_AddNumberToObject(item, "round", stage->round);
        (void)cJSON_AddStringToObject(item, "outcome", stage->outcome);
        (void)cJSON_AddStringToObject(item, "document", stage->document);
        (void)cJSON_AddStringToObject(item, "authority", stage->authority);
        (void)cJSON_AddStringToObject(item, "fault", stage->fault);
        return;
    }
    moment_format_date(stage->date, line->cli->language, date);
    (void)snprintf(round, sizeof round, "%u", stage->round); /* fits */
    const char *const cells[STAGE_COLUMNS] = {
        date, stage->label, round, stage->outcome_label, stage->document, stage->authority};
    const char *const fault[STAGE_COLUMNS] = {"!", stage->fault, "", "", "", ""};

    line->has_failed |= !table_add(line->stages, cells, STAGE_COLUMNS);
    if (stage->fault[0] != '\0') {
        line->has_failed |= !table_add(line->stages, fault, STAGE_COLUMNS);
    }
}

static void on_sheet(void *context, const struct dantin_election_sheet *sheet)
{
    struct time_line *line = context;
    struct cli *cli = line->cli;
    char date[MOMENT_TEXT_BYTES];

    if (cli->is_json) {
        cJSON *item = add_object(line, line->sheet_array);

        (void)cJSON_AddStringToObject(item, "kind", sheet->kind);
        (void)cJSON_AddStringToObject(item, "id", sheet->id);
        (void)cJSON_AddStringToObject(item, "label", sheet->label);
        (void)cJSON_AddStringToObject(item, "date", sheet->date);
        (void)cJSON_AddNumberToObject(item, "round", sheet->round);
        (void)cJSON_AddNumberToObject(item, "denominator", (double)sheet->denominator);
        (void)cJSON_AddNumberToObject(item, "needed", (double)sheet->needed);
        (void)cJSON_AddNumberToObject(item, "attending", sheet->attending);
        (void)cJSON_AddNumberToObject(item, "valid", sheet->valid);
        (void)cJSON_AddNumberToObject(item, "invalid", sheet->invalid);
        (void)cJSON_AddStringToObject(item, "elected", sheet->elected);
        (void)cJSON_AddStringToObject(item, "first", sheet->first);
        (void)cJSON_AddNumberToObject(item, "first_votes", sheet->first_votes);
        return;
    }
    print_stages(line);
    say_heading(line, TEXT_CLI_ELECTION_SHEETS, line->sheet_count++);
    moment_format_date(sheet->date, cli->language, date);
    (void)fputs("  ", stdout); /* main checks stdout at the end */
    cli_say(cli, TEXT_CLI_ELECTION_SHEET, sheet->label, date, sheet->round, sheet->attending,
            (long long)sheet->denominator, (long long)sheet->needed, sheet->valid, sheet->invalid);
    (void)fputs("    ", stdout);
    if (sheet->elected[0] != '\0') {
        cli_say(cli, TEXT_CLI_ELECTION_ELECTED, sheet->elected);
    } else {
        cli_say(cli, TEXT_CLI_ELECTION_NOBODY, sheet->first, sheet->first_votes);
    }
}

static void on_finding(void *context, const struct dantin_election_finding *finding)
{
    struct time_line *line = context;

    if (line->cli->is_json) {
        cJSON *item = add_object(line, line->finding_array);

        (void)cJSON_AddStringToObject(item, "kind", finding->kind);
        (void)cJSON_AddStringToObject(item, "id", finding->id);
        (void)cJSON_AddStringToObject(item, "rule", finding->rule);
        (void)cJSON_AddStringToObject(item, "severity", finding->is_error ? "error" : "warning");
        (void)cJSON_AddStringToObject(item, "text", finding->text);
        (void)cJSON_AddStringToObject(item, "source", finding->source);
        return;
    }
    print_stages(line);
    say_heading(line, TEXT_CLI_ELECTION_FINDINGS, line->finding_count++);
    (void)printf("  %s: %s (%s)\n",
                 cli_text(line->cli, finding->is_error ? TEXT_CLI_RULE_ERROR : TEXT_CLI_RULE_WARNING),
                 finding->text, finding->rule); /* main checks stdout at the end */
}

static void on_due(void *context, const struct dantin_election_due *due)
{
    struct time_line *line = context;
    struct cli *cli = line->cli;
    char date[MOMENT_TEXT_BYTES];

    line->due_count++;
    if (cli->is_json) {
        cJSON *item = add_object(line, line->due_array);

        (void)cJSON_AddStringToObject(item, "stage", due->stage);
        (void)cJSON_AddStringToObject(item, "label", due->label);
        (void)cJSON_AddStringToObject(item, "date", due->date);
        (void)cJSON_AddStringToObject(item, "rule", due->rule);
        (void)cJSON_AddBoolToObject(item, "is_late", due->is_late);
        return;
    }
    print_stages(line);
    say_heading(line, TEXT_CLI_ELECTION_DUE, line->due_count - 1);
    moment_format_date(due->date, cli->language, date);
    (void)fputs("  ", stdout); /* main checks stdout at the end */
    if (due->date[0] == '\0') {
        cli_say(cli, TEXT_CLI_ELECTION_DUE_OPEN, due->label);
    } else if (due->is_late) {
        cli_say(cli, TEXT_CLI_ELECTION_DUE_LATE, due->label, date);
    } else {
        cli_say(cli, due->rule[0] != '\0' ? TEXT_CLI_ELECTION_DUE_DATE : TEXT_CLI_ELECTION_DUE_VOTE,
                due->label, date);
    }
}

/* Once, before whatever follows them. */
static void print_stages(struct time_line *line)
{
    if (line->is_stages_printed) {
        return;
    }
    line->is_stages_printed = true;
    (void)putchar('\n'); /* main checks stdout at the end */
    if (table_row_count(line->stages) > 1) {
        table_print(line->stages);
    } else {
        cli_say(line->cli, TEXT_CLI_ELECTION_NO_STAGE);
    }
}

static void say_heading(struct time_line *line, enum text_id heading, size_t count)
{
    if (count == 0) {
        (void)putchar('\n'); /* main checks stdout at the end */
        cli_say(line->cli, heading);
    }
}

static cJSON *add_object(struct time_line *line, cJSON *array)
{
    cJSON *item = cJSON_CreateObject();

    if (cJSON_AddItemToArray(array, item) == 0) {
        cJSON_Delete(item);
        line->has_failed = true;
        return NULL;
    }
    return item;
}
