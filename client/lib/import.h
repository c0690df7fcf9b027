/* Import of spreadsheets (CSV) into the client's store. Rank 5. Blocking; the thread that holds the store.
 *
 *   bytes → sniff (encoding, delimiter) → csv_reader (rows) → import_columns (headers) → import_row (values,
 * merge) → rules_check → store_record_put, or the error file
 *
 * Start at import_file. Everything of one file is one transaction: a failure or a cancelled import leaves the
 * store as it was. A row that cannot be taken goes to the error file beside the input, and the other rows go
 * on.
 *
 * What a row says: an absent column leaves a record's value as it is; a blank cell of a present column clears
 * it. Which record it means: the record-id column, else the kind's match keys in order. A record whose first
 * key is stated and differs from the row's is never meant, nor one that left before the row's first edge
 * begins: who comes back after a gap is a new record with the old numbers (docs/decisions/0012). Import the
 * same file twice and nothing changes the second time. */
#ifndef CLIENT_LIB_IMPORT_H
#define CLIENT_LIB_IMPORT_H

#include "client/lib/store.h"

enum {
    IMPORT_PATH_BYTES_MAX = 4096,
    IMPORT_COLUMN_LIST_BYTES_MAX = 1024, /* names of columns in a sentence */
    IMPORT_REASON_BYTES_MAX = 1024,      /* a reason typed by the clerk */
    IMPORT_CELL_LIST_BYTES_MAX = 1024,   /* names of cells in a warning */
};

struct import_options {
    enum language language;
    int32_t today;      /* days since 1970-01-01 in Asia/Ho_Chi_Minh */
    bool is_dry_run;    /* the error file is written, the store is left as it is */
    bool is_first_load; /* old data: warnings ask for no reason */
    bool is_complete;   /* the file holds everything of its kind: list what is missing */
    const char *
        complete_reason; /* with is_complete: remove the missing ones for this reason; NULL: only list them */
    /* What the province keeps (hamlets, obligations), to be referred to: known here, no change is opened. A record of one's
     * own stays as it is. */
    bool is_reference;
    const char *kind; /* schema name; NULL: recognised by the headers */
    /* May be NULL. done and total in bytes of input. Returning false cancels. */
    bool (*on_progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *progress_context;
};

struct import_result {
    uint64_t rows, new_records, changed, unchanged, failed;
    uint64_t warned;  /* rows taken that break a warning rule (reason typed, or first load) */
    uint64_t missing; /* with is_complete: records of the kind that the file does not hold */
    uint64_t removed;
    uint64_t
        still_used; /* missing ones that records which stay refer to: the province would not remove them */
    /* After an import of branches or members: cells in force today with fewer official members than a cell
     * needs, over the whole store (a warning; 0 while no member is known), and the first of their names,
     * "; " between, "…" behind when there are more. */
    uint64_t cells_below_minimum;
    char cells[IMPORT_CELL_LIST_BYTES_MAX];
    uint64_t grassroots_below_30; /* committees with fewer than 30 members, ... */
    char committees[IMPORT_CELL_LIST_BYTES_MAX];
    uint64_t grassroots_from_30; /* ... and grassroots cells with 30 or more */
    char grassroots_cells[IMPORT_CELL_LIST_BYTES_MAX];
    char kind[32];
    char list[32];        /* the list that each row added one element to; "" = rows state records */
    char list_label[160]; /* ... as people call it */
    char unknown_columns[IMPORT_COLUMN_LIST_BYTES_MAX]; /* headers nobody knows, ", " between; "" = none */
    char error_file[IMPORT_PATH_BYTES_MAX];             /* "" when no row failed */
    char missing_file[IMPORT_PATH_BYTES_MAX];           /* with is_complete: the missing records; "" = none */
};

/* Import one CSV file. ret_result is written on success only; failed rows are success.
 * ERR_IO: the file cannot be read, or the error file not written. ERR_ENCODING: not UTF-8, or a legacy font.
 * ERR_MALFORMED: headers or quotes. ERR_TOO_BIG: a limit of csv_reader.h. ERR_CANCELLED. Store errors pass
 * through. ret_error says which, in options->language. */
MUST_CHECK enum err import_file(struct store *store, const char *path, const struct import_options *options,
                                struct import_result *ret_result, struct error *ret_error);

/* The data that ship with the program: code lists, localities, the province's and the senders' branches.
 * RECORD_REFERENCE: known here, no change is opened (every client, at init). RECORD_OWN: journal-first data,
 * every record becomes an open change unless it already is the province's own (the province's device, once).
 * Only language, today and on_progress of the options count. A row that fails is our own mistake:
 * ERR_INTERNAL, and the store is left as it was. */
MUST_CHECK enum err import_reference(struct store *store, enum record_origin origin,
                                     const struct import_options *options, struct import_result *ret_result,
                                     struct error *ret_error);

#endif
