/* dantin report, trace, pivot: a consolidated table of the province, aligned, or as CSV or JSON. Under it stand the
 * things that make the answer repeatable: epoch, position, date, definition and its hash. */
#include "client/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/csv_print.h"
#include "client/cli/moment.h"
#include "client/cli/table.h"

enum { RECORD_ID_BYTES = 33 };
enum { BY_MAX = 6 /* what the server takes: docs/protocol.md */, BY_BYTES_MAX = 1024, LABEL_BYTES_MAX = 512 };

struct report {
    struct cli *cli;
    struct table *table; /* labels, then rows as they came; NULL before the head */
    size_t column_count;
    char *names[TABLE_COLUMNS_MAX];
    char *types[TABLE_COLUMNS_MAX];
    bool *is_missing; /* row by row, column by column: not available */
    size_t row_count, row_capacity;
    struct dantin_report_head head; /* of the texts only; names, labels and types are not kept here */
    int failure;                    /* an enum err of our own */
};

static bool on_looked_record(void *context, const struct dantin_record *record);
static enum cli_exit ask(struct cli *cli, struct dantin_report_request *request);
static bool on_head(void *context, const struct dantin_report_head *head);
static bool on_row(void *context, const char *const *cells, size_t cell_count);
static bool read_by(const char *text, char *copy, size_t copy_bytes, const char *ret_by[BY_MAX + 1]);
static enum cli_exit print_report(const struct report *report);
static enum cli_exit print_csv(const struct report *report);
static enum cli_exit print_json(const struct report *report);
static void print_footer(const struct report *report);
static void print_csv_label(const struct report *report, size_t column);
static bool is_number(const struct report *report, size_t column);
static void release(struct report *report);

enum cli_exit check_report(struct cli *cli)
{
    const char *by[BY_MAX + 1] = {NULL};
    char by_text[BY_BYTES_MAX];

    if (cli->argument_count == 0 && !cli_has(cli, "list")) {
        return cli_usage(cli, TEXT_CLI_REPORT_NO_ID, "");
    }
    if (cli_has(cli, "by") && !read_by(cli_value(cli, "by"), by_text, sizeof by_text, by)) {
        return cli_usage(cli, TEXT_CLI_BAD_BY, cli_value(cli, "by"));
    }
    if (cli_has(cli, "date") && !dantin_is_date(cli_value(cli, "date"))) {
        return cli_usage(cli, TEXT_REPORT_DATE, cli_value(cli, "date"));
    }
    if (cli_has(cli, "from") && !dantin_is_date(cli_value(cli, "from"))) {
        return cli_usage(cli, TEXT_REPORT_DATE, cli_value(cli, "from"));
    }
    if (cli_has(cli, "position") && !dantin_is_position(cli_value(cli, "position"))) {
        return cli_usage(cli, TEXT_REPORT_POSITION, cli_value(cli, "position"));
    }
    return CLI_OK;
}

enum cli_exit command_report(struct cli *cli)
{
    struct dantin_report_request request = {.indicator = cli_has(cli, "list") ? DANTIN_REPORT_LIST
                                                                              : cli->arguments[0]};

    return ask(cli, &request);
}

enum cli_exit command_trace(struct cli *cli)
{
    struct dantin_report_request request = {.indicator = cli->arguments[0], .is_trace = true};

    return ask(cli, &request);
}

enum cli_exit command_pivot(struct cli *cli)
{
    struct dantin_report_request request = {.indicator = DANTIN_REPORT_PIVOT,
                                            .kind = cli->arguments[0],
                                            .is_trace = cli_has(cli, "trace"),
                                            .where = cli_value(cli, "where"),
                                            .sum = cli_value(cli, "sum")};

    return ask(cli, &request);
}

/* Who looked at a record: known here by its key, or named by its id. */
enum cli_exit command_looked(struct cli *cli)
{
    const char *key = cli->arguments[1];
    char id[RECORD_ID_BYTES] = "";
    struct dantin_report_request request = {
        .indicator = DANTIN_REPORT_LOOKED, .kind = cli->arguments[0], .record = id};

    if (strlen(key) == RECORD_ID_BYTES - 1 && strspn(key, "0123456789abcdef") == strlen(key)) {
        memcpy(id, key, sizeof id);
    } else {
        int status = dantin_show(cli->dantin, cli->arguments[0], key, on_looked_record, NULL, id);

        if (status != 0) {
            return cli_fail(cli, status);
        }
    }
    return ask(cli, &request);
}

/* Takes the id; the values are not wanted. */
static bool on_looked_record(void *context, const struct dantin_record *record)
{
    (void)snprintf(context, RECORD_ID_BYTES, "%s", record->id);
    return false;
}

/* Fill in what the options say, ask, print. */
static enum cli_exit ask(struct cli *cli, struct dantin_report_request *request)
{
    struct report report = {.cli = cli};
    const char *by[BY_MAX + 1] = {NULL};
    char by_text[BY_BYTES_MAX];
    enum cli_exit exit_code;

    if (cli_has(cli, "by") && !read_by(cli_value(cli, "by"), by_text, sizeof by_text, by)) {
        return CLI_USAGE; /* check_report has said it */
    }
    request->unit = cli_value(cli, "unit");
    request->date = cli_value(cli, "date");
    request->from = cli_value(cli, "from");
    request->position = cli_value(cli, "position");
    request->purpose = cli_value(cli, "purpose");
    request->by = by;
    int status = dantin_report(cli->dantin, request, on_head, on_row, &report);

    cli_progress_end(cli);
    if (status == 0 && report.table == NULL) {
        report.failure = report.failure != 0 ? report.failure : ERR_PROTOCOL;
    }
    if (status != 0 || report.failure != 0) {
        exit_code = cli_fail(cli, status != 0 ? status : report.failure);
    } else if (cli->is_json) {
        exit_code = print_json(&report);
    } else if (cli_has(cli, "csv")) {
        exit_code = print_csv(&report);
    } else {
        exit_code = print_report(&report);
    }
    release(&report);
    return exit_code;
}

static bool on_head(void *context, const struct dantin_report_head *head)
{
    struct report *report = context;

    report->column_count = head->column_count;
    report->head = *head;
    report->head.names = report->head.labels = report->head.types = NULL;
    if (head->column_count == 0 || head->column_count > TABLE_COLUMNS_MAX) {
        report->failure = ERR_PROTOCOL;
        return false;
    }
    report->table = table_new(head->column_count);
    report->failure = report->table == NULL || !table_add(report->table, head->labels, head->column_count)
                          ? ERR_NO_MEMORY
                          : 0;
    for (size_t i = 0; report->failure == 0 && i < head->column_count; i++) {
        report->names[i] = strdup(head->names[i]);
        report->types[i] = strdup(head->types[i]);
        report->failure = report->names[i] == NULL || report->types[i] == NULL ? ERR_NO_MEMORY : 0;
    }
    return report->failure == 0;
}

static bool on_row(void *context, const char *const *cells, size_t cell_count)
{
    struct report *report = context;

    if (report->row_count == report->row_capacity) {
        size_t capacity = report->row_capacity == 0 ? 32 : 2 * report->row_capacity;
        bool *grown = realloc(report->is_missing, capacity * report->column_count * sizeof *grown);

        if (grown == NULL) {
            report->failure = ERR_NO_MEMORY;
            return false;
        }
        report->is_missing = grown;
        report->row_capacity = capacity;
    }
    for (size_t i = 0; i < report->column_count; i++) {
        report->is_missing[report->row_count * report->column_count + i] =
            i >= cell_count || cells[i] == NULL;
    }
    report->row_count++;
    if (!table_add(report->table, cells, cell_count)) {
        report->failure = ERR_NO_MEMORY;
    }
    return report->failure == 0;
}

/* "sex,status" to an array of names; the copy holds them. */
static bool read_by(const char *text, char *copy, size_t copy_bytes, const char *ret_by[BY_MAX + 1])
{
    size_t count = 0;
    char *rest = NULL;

    if (strlen(text) >= copy_bytes) {
        return false;
    }
    memcpy(copy, text, strlen(text) + 1);
    for (char *word = strtok_r(copy, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        if (count == BY_MAX) {
            return false;
        }
        ret_by[count++] = word;
    }
    ret_by[count] = NULL;
    return count > 0;
}

static bool is_number(const struct report *report, size_t column)
{
    return strcmp(report->types[column], "integer") == 0 || strcmp(report->types[column], "decimal") == 0;
}

static bool is_cell_missing(const struct report *report, size_t row, size_t column)
{
    return report->is_missing[row * report->column_count + column];
}

/* What a person reads in a cell. row: without the header. */
static void format_cell(const struct report *report, size_t row, size_t column, char *out, size_t out_bytes)
{
    const char *text = table_cell(report->table, row + 1, column);

    if (is_cell_missing(report, row, column)) {
        /* A missing figure is said aloud; a missing word leaves its place empty. */
        (void)snprintf(out, out_bytes, "%s",
                       is_number(report, column) ? cli_text(report->cli, TEXT_CLI_NOT_AVAILABLE)
                                                 : ""); /* fits */
    } else if (is_number(report, column)) {
        table_format_number(report->cli->language, text, out, out_bytes);
    } else if (strcmp(report->types[column], "date") == 0) {
        char date[MOMENT_TEXT_BYTES];

        moment_format_date(text, report->cli->language, date);
        (void)snprintf(out, out_bytes, "%s", date); /* fits */
    } else if (strcmp(report->types[column], "time") == 0 && text[0] != '\0' &&
               strspn(text, "0123456789") == strlen(text)) {
        char moment[MOMENT_TEXT_BYTES];

        moment_format(strtoll(text, NULL, 10), report->cli->language, moment);
        (void)snprintf(out, out_bytes, "%s", moment); /* fits */
    } else {
        (void)snprintf(out, out_bytes, "%s", text); /* a long name is cut on the screen only */
    }
}

/* Codes are for programs; on the screen the name beside them says it. */
static size_t shown_columns(const struct report *report, size_t ret_columns[TABLE_COLUMNS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < report->column_count; i++) {
        if (strcmp(report->types[i], "id") != 0) {
            ret_columns[count++] = i;
        }
    }
    return count;
}

static enum cli_exit print_report(const struct report *report)
{
    size_t columns[TABLE_COLUMNS_MAX];
    size_t count = shown_columns(report, columns);
    struct table *shown = table_new(count);
    char texts[TABLE_COLUMNS_MAX][512];
    const char *cells[TABLE_COLUMNS_MAX];
    bool is_good = shown != NULL;

    for (size_t i = 0; is_good && i < count; i++) {
        cells[i] = table_cell(report->table, 0, columns[i]);
        if (is_number(report, columns[i])) {
            table_set_right(shown, i);
        }
    }
    is_good = is_good && table_add(shown, cells, count);
    for (size_t row = 0; is_good && row < report->row_count; row++) {
        for (size_t i = 0; i < count; i++) {
            format_cell(report, row, columns[i], texts[i], sizeof texts[i]);
            cells[i] = texts[i];
        }
        is_good = table_add(shown, cells, count);
    }
    if (is_good) {
        table_print(shown);
        print_footer(report);
    }
    table_free(shown);
    return is_good ? CLI_OK : cli_fail(report->cli, ERR_NO_MEMORY);
}

static void print_footer(const struct report *report)
{
    char date[MOMENT_TEXT_BYTES];

    moment_format_date(report->head.date, report->cli->language, date);
    (void)putchar('\n'); /* main checks stdout at the end */
    if (report->head.from[0] != '\0') {
        char from[MOMENT_TEXT_BYTES];

        moment_format_date(report->head.from, report->cli->language, from);
        cli_say(report->cli, TEXT_CLI_REPORT_PERIOD, from, date);
    }
    cli_say(report->cli, TEXT_CLI_REPORT_FOOTER, date, (unsigned long long)report->head.position,
            report->head.epoch, report->head.definition, report->head.definition_hash);
}

/* What the answer is a function of, in a line for programs that begins with #; labels; then cells as the server wrote
 * them; a cell that is not available is empty. */
static enum cli_exit print_csv(const struct report *report)
{
    const struct dantin_report_head *head = &report->head;

    csv_print_begin();
    (void)printf("# date=%s%s%s position=%" PRIu64 " epoch=%s definition=%s hash=%s\r\n", head->date,
                 head->from[0] != '\0' ? " from=" : "", head->from, head->position, head->epoch,
                 head->definition, head->definition_hash); /* main checks stdout at the end */
    for (size_t row = 0; row < table_row_count(report->table); row++) {
        for (size_t i = 0; i < report->column_count; i++) {
            (void)fputs(i > 0 ? "," : "", stdout);
            if (row == 0) {
                print_csv_label(report, i);
            } else {
                csv_print_cell(table_cell(report->table, row, i));
            }
        }
        (void)fputs("\r\n", stdout);
    }
    return CLI_OK;
}

/* A code stands beside its name under the same label; no two columns of a spreadsheet may be called the same. */
static void print_csv_label(const struct report *report, size_t column)
{
    const char *label = table_cell(report->table, 0, column);
    char text[LABEL_BYTES_MAX];

    if (column > 0 && strcmp(label, table_cell(report->table, 0, column - 1)) == 0) {
        (void)snprintf(text, sizeof text, cli_text(report->cli, TEXT_CLI_REPORT_CODE_OF),
                       label); /* labels are short */
        label = text;
    }
    csv_print_cell(label);
}

/* Without memory the document is NULL, every call gives NULL, and cli_print_json fails. */
static enum cli_exit print_json(const struct report *report)
{
    cJSON *document = cJSON_CreateObject();
    cJSON *columns = cJSON_AddArrayToObject(document, "columns");
    cJSON *rows = cJSON_AddArrayToObject(document, "rows");
    bool is_good = columns != NULL && rows != NULL;

    (void)cJSON_AddStringToObject(document, "epoch", report->head.epoch);
    (void)cJSON_AddNumberToObject(document, "position", (double)report->head.position);
    (void)cJSON_AddStringToObject(document, "date", report->head.date);
    if (report->head.from[0] != '\0') {
        (void)cJSON_AddStringToObject(document, "from", report->head.from);
    }
    (void)cJSON_AddStringToObject(document, "definition", report->head.definition);
    (void)cJSON_AddStringToObject(document, "definition_hash", report->head.definition_hash);
    for (size_t i = 0; is_good && i < report->column_count; i++) {
        cJSON *column = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(column, "name", report->names[i]);
        (void)cJSON_AddStringToObject(column, "label", table_cell(report->table, 0, i));
        (void)cJSON_AddStringToObject(column, "type", report->types[i]);
        is_good = cJSON_AddItemToArray(columns, column) != 0;
    }
    for (size_t row = 0; is_good && row < report->row_count; row++) {
        cJSON *item = cJSON_CreateObject();

        for (size_t i = 0; i < report->column_count; i++) {
            const char *text = table_cell(report->table, row + 1, i);

            if (is_cell_missing(report, row, i)) {
                (void)cJSON_AddNullToObject(item, report->names[i]);
            } else if (is_number(report, i)) {
                (void)cJSON_AddRawToObject(item, report->names[i], text);
            } else {
                (void)cJSON_AddStringToObject(item, report->names[i], text);
            }
        }
        is_good = cJSON_AddItemToArray(rows, item) != 0;
    }
    if (!is_good) {
        cJSON_Delete(document);
        return cli_fail(report->cli, ERR_NO_MEMORY);
    }
    return cli_print_json(document, CLI_OK);
}

static void release(struct report *report)
{
    for (size_t i = 0; i < report->column_count && i < TABLE_COLUMNS_MAX; i++) {
        free(report->names[i]);
        free(report->types[i]);
    }
    free(report->is_missing);
    table_free(report->table);
}
