#include "server/commands/look_listing.h"

#include <libpq-fe.h>
#include <string.h>

#include "server/store/database.h"

enum { PAGE_ROWS = 2000, NUMBER_BYTES = 24, DEVICE_DIGITS = 12 /* shown of a device */, PARAMETERS = 8 };

/* Of sql/queries/look_list.sql. */
enum look_column {
    LOOK_ID,
    LOOK_TIME,
    LOOK_DEVICE,
    LOOK_SENDER,
    LOOK_ROLE,
    LOOK_WHAT,
    LOOK_DEFINITION,
    LOOK_DIMENSIONS,
    LOOK_UNIT,
    LOOK_FROM,
    LOOK_DATE,
    LOOK_POSITION,
    LOOK_ROWS,
    LOOK_PERSONS,
    LOOK_MATCH,
    LOOK_PURPOSE,
    LOOK_ALARM,
    LOOK_LINK,
    LOOK_HASH,
    LOOK_SUBJECTS,
    LOOK_COLUMNS
};

static const char *const column_names[LOOK_COLUMNS] = {
    "look",       "time",    "device", "sender", "role",     "what",    "definition",
    "dimensions", "unit",    "from",   "date",   "position", "rows",    "persons",
    "match",      "purpose", "alarm",  "link",   "hash",     "subjects"};

static void print_line(FILE *out, const struct pg_result *rows, int row);
static void print_csv(FILE *out, const struct pg_result *rows, int row);

enum err look_listing_print(struct pg_conn *connection, const struct look_listing *listing,
                            uint64_t *ret_count, struct error *ret_error)
{
    char after[NUMBER_BYTES];
    char most[NUMBER_BYTES];
    const char *parameters[PARAMETERS] = {listing->device,
                                          listing->from_ms,
                                          listing->to_ms,
                                          listing->subject,
                                          listing->record,
                                          listing->has_alarms_only ? "true" : NULL,
                                          NULL,
                                          most};
    enum err err = ERR_OK;
    int row_count = PAGE_ROWS;
    uint64_t count = 0;
    (void)snprintf(most, sizeof most, "%d", PAGE_ROWS);
    for (int i = 0; listing->is_csv && i < LOOK_COLUMNS; i++) {
        (void)fprintf(listing->out, "%s%s", column_names[i], i < LOOK_COLUMNS - 1 ? "," : "\r\n");
    }
    while (err == ERR_OK && row_count == PAGE_ROWS) {
        struct pg_result *rows = NULL;
        err =
            database_run_file(connection, "queries/look_list.sql", parameters, PARAMETERS, &rows, ret_error);
        row_count = err == ERR_OK ? PQntuples(rows) : 0;
        for (int row = 0; row < row_count; row++) {
            (listing->is_csv ? print_csv : print_line)(listing->out, rows, row);
        }
        if (row_count > 0) {
            (void)snprintf(after, sizeof after, "%s", PQgetvalue(rows, row_count - 1, LOOK_ID));
            parameters[6] = after;
            count += (uint64_t)row_count;
        }
        PQclear(rows);
    }
    if (err == ERR_OK) {
        *ret_count = count;
    }
    return err;
}

/* One look, one line; what it has not is left out. */
static void print_line(FILE *out, const struct pg_result *rows, int row)
{
    static const enum look_column told[] = {LOOK_DIMENSIONS, LOOK_UNIT,   LOOK_FROM,    LOOK_DATE,
                                            LOOK_POSITION,   LOOK_ROWS,   LOOK_PERSONS, LOOK_MATCH,
                                            LOOK_ALARM,      LOOK_PURPOSE};
    (void)fprintf(out, "%s  %.*s  %s  %s  %s %s", PQgetvalue(rows, row, LOOK_TIME), DEVICE_DIGITS,
                  PQgetvalue(rows, row, LOOK_DEVICE), PQgetvalue(rows, row, LOOK_SENDER),
                  PQgetvalue(rows, row, LOOK_ROLE), PQgetvalue(rows, row, LOOK_WHAT),
                  PQgetvalue(rows, row, LOOK_DEFINITION));
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        const char *text = PQgetvalue(rows, row, (int)told[i]);
        if (text[0] != 0) {
            (void)fprintf(out, told[i] == LOOK_PURPOSE ? " %s=\"%s\"" : " %s=%s", column_names[told[i]],
                          text);
        }
    }
    (void)fputc('\n', out);
}

static void print_csv(FILE *out, const struct pg_result *rows, int row)
{
    for (int i = 0; i < LOOK_COLUMNS; i++) {
        (void)fputs(i > 0 ? "," : "", out);
        look_listing_cell(out, PQgetvalue(rows, row, i));
    }
    (void)fputs("\r\n", out);
}

/* A purpose is somebody's own words: a ' before what a spreadsheet would run. */
void look_listing_cell(FILE *out, const char *text)
{
    bool is_quoted = strpbrk(text, ",\"\r\n") != NULL;
    (void)fputs(is_quoted ? "\"" : "", out);
    (void)fputs(text[0] != 0 && strchr("=+-@\t", text[0]) != NULL ? "'" : "", out);
    for (; *text != 0; text++) {
        (void)fputs(*text == '"' ? "\"" : "", out);
        (void)fputc(*text, out);
    }
    (void)fputs(is_quoted ? "\"" : "", out);
}
