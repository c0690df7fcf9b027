/* dantin receipts: what the province has taken, and what it refused as a file for mending. */
#include "client/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>

#include "client/cli/moment.h"
#include "client/cli/table.h"

enum { COLUMNS = 9, LEAF_COLUMN = 7, NUMBER_BYTES = 24 };

struct listing {
    struct cli *cli;
    struct table *table;
    cJSON *array;
    bool has_failed;
};

/* Files of refusals as they are written. */
struct refusals {
    struct cli *cli;
    cJSON *files;
    uint64_t rows;
    bool has_failed;
};

static enum cli_exit write_refused(struct cli *cli);
static void on_refused_file(void *context, const char *path, uint64_t rows);
static bool on_receipt(void *context, const struct dantin_receipt *receipt);
static bool add_row(struct listing *listing, const struct dantin_receipt *receipt);
static bool add_json(struct listing *listing, const struct dantin_receipt *receipt);

enum cli_exit command_receipts(struct cli *cli)
{
    struct listing listing = {.cli = cli};
    const char *header[COLUMNS];
    static const enum text_id labels[COLUMNS] = {
        TEXT_CLI_RECEIPT_SEQUENCE,  TEXT_CLI_RECEIPT_POSITION, TEXT_CLI_RECEIPT_TIME,
        TEXT_CLI_RECEIPT_CHANGES,   TEXT_CLI_RECEIPT_APPLIED,  TEXT_CLI_RECEIPT_REFUSED,
        TEXT_CLI_RECEIPT_CONFLICTS, TEXT_CLI_RECEIPT_LEAF,     TEXT_CLI_RECEIPT_STANDING};
    int status;
    cJSON *document = cJSON_CreateObject();

    if (cli_has(cli, "refused")) {
        cJSON_Delete(document);
        return write_refused(cli);
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        header[i] = cli_text(cli, labels[i]);
    }
    listing.array = cJSON_AddArrayToObject(document, "receipts");
    listing.table = table_new(COLUMNS);
    listing.has_failed =
        listing.table == NULL || listing.array == NULL || !table_add(listing.table, header, COLUMNS);
    status = listing.has_failed ? ERR_NO_MEMORY : dantin_receipts(cli->dantin, on_receipt, &listing);
    enum cli_exit exit_code = CLI_OK;

    if (status != 0 || listing.has_failed) {
        exit_code = cli_fail(cli, status != 0 ? status : ERR_NO_MEMORY);
    } else if (cli->is_json) {
        exit_code = cli_print_json(document, CLI_OK);
        document = NULL;
    } else if (table_row_count(listing.table) == 1) {
        cli_say(cli, TEXT_CLI_NO_RECEIPTS);
    } else {
        for (size_t i = 0; i < LEAF_COLUMN; i++) {
            table_set_right(listing.table, i);
        }
        table_print(listing.table);
    }
    table_free(listing.table);
    cJSON_Delete(document);
    return exit_code;
}

static enum cli_exit write_refused(struct cli *cli)
{
    cJSON *document = cJSON_CreateObject();
    struct refusals refusals = {.cli = cli, .files = cJSON_AddArrayToObject(document, "files")};
    int status = dantin_export_refused(cli->dantin, cli_value(cli, "refused"), on_refused_file, &refusals);
    enum cli_exit exit_code = refusals.rows > 0 ? CLI_REFUSED : CLI_OK;

    if (status != 0 || refusals.has_failed) {
        return cli_fail_document(cli, status != 0 ? status : ERR_NO_MEMORY,
                                 document); /* files before it are written */
    }
    if (cli->is_json) {
        (void)cJSON_AddNumberToObject(document, "rows", (double)refusals.rows);
        return cli_print_json(document, exit_code); /* a NULL document is seen there */
    }
    cJSON_Delete(document);
    cli_say(cli, refusals.rows == 0 ? TEXT_CLI_NOTHING_REFUSED : TEXT_CLI_REFUSED_WRITTEN);
    return exit_code;
}

static void on_refused_file(void *context, const char *path, uint64_t rows)
{
    struct refusals *refusals = context;
    cJSON *file = cJSON_CreateObject();

    refusals->rows += rows;
    cli_say(refusals->cli, TEXT_CLI_REFUSED_FILE, (unsigned long long)rows, path);
    (void)cJSON_AddStringToObject(file, "file",
                                  path); /* without memory all of it is NULL and the last call fails */
    (void)cJSON_AddNumberToObject(file, "rows", (double)rows);
    if (cJSON_AddItemToArray(refusals->files, file) == 0) {
        cJSON_Delete(file);
        refusals->has_failed = true;
    }
}

static bool on_receipt(void *context, const struct dantin_receipt *receipt)
{
    struct listing *listing = context;

    listing->has_failed = listing->cli->is_json ? !add_json(listing, receipt) : !add_row(listing, receipt);
    return !listing->has_failed;
}

static bool add_row(struct listing *listing, const struct dantin_receipt *receipt)
{
    const uint64_t numbers[] = {receipt->sequence, receipt->position, 0, receipt->changes, receipt->applied,
                                receipt->refused,  receipt->conflicts};
    char texts[COLUMNS][NUMBER_BYTES + MOMENT_TEXT_BYTES];
    const char *cells[COLUMNS];
    char moment[MOMENT_TEXT_BYTES];

    moment_format(receipt->server_time_ms, listing->cli->language, moment);
    for (size_t i = 0; i < LEAF_COLUMN; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "%" PRIu64, numbers[i]); /* fits */
        cells[i] = texts[i];
    }
    cells[2] = moment;
    (void)snprintf(texts[LEAF_COLUMN], sizeof texts[0], "%.16s",
                   receipt->leaf); /* enough to compare by eye */
    cells[LEAF_COLUMN] = texts[LEAF_COLUMN];
    cells[LEAF_COLUMN + 1] = cli_text(listing->cli, receipt->is_left_behind ? TEXT_CLI_RECEIPT_LEFT_BEHIND
                                                    : receipt->is_sealed    ? TEXT_CLI_RECEIPT_SEALED
                                                                            : TEXT_CLI_RECEIPT_RECEIVED);
    return table_add(listing->table, cells, COLUMNS);
}

static bool add_json(struct listing *listing, const struct dantin_receipt *receipt)
{
    cJSON *item = cJSON_CreateObject();

    /* Without memory `item` is NULL, every call below gives NULL, and so does the last. */
    (void)cJSON_AddNumberToObject(item, "sequence", (double)receipt->sequence);
    (void)cJSON_AddNumberToObject(item, "position", (double)receipt->position);
    (void)cJSON_AddStringToObject(item, "epoch", receipt->epoch);
    (void)cJSON_AddStringToObject(item, "leaf", receipt->leaf);
    (void)cJSON_AddNumberToObject(item, "server_time_ms", (double)receipt->server_time_ms);
    (void)cJSON_AddNumberToObject(item, "changes", (double)receipt->changes);
    (void)cJSON_AddNumberToObject(item, "applied", (double)receipt->applied);
    (void)cJSON_AddNumberToObject(item, "refused", (double)receipt->refused);
    (void)cJSON_AddNumberToObject(item, "conflicts", (double)receipt->conflicts);
    (void)cJSON_AddNumberToObject(item, "warned", (double)receipt->warned);
    (void)cJSON_AddBoolToObject(item, "is_sealed", receipt->is_sealed);
    (void)cJSON_AddBoolToObject(item, "is_left_behind", receipt->is_left_behind);
    return cJSON_AddItemToArray(listing->array, item) != 0;
}
