/* One import under way: the inside of import*.c, nothing for others. Rank 6. Inside one transaction of the
 * store.
 *
 *   header row → columns → every row: import_job_apply → end: rows put off, missing
 * records, files
 *
 * Rows that refer to a record of the file's own kind which is not known yet are put off to the end. */
#ifndef CLIENT_LIB_IMPORT_JOB_H
#define CLIENT_LIB_IMPORT_JOB_H

#include "client/lib/csv_references.h"
#include "client/lib/import.h"
#include "client/lib/import_errors.h"
#include "client/lib/import_row.h"

enum {
    IMPORT_ARENA_BYTES_MAX = 4 << 20, /* of one row */
    IMPORT_DEFERRED_ROWS_MAX = 100000,
};

/* A record that a row of this file meant. */
struct import_seen {
    struct import_seen *next;
    struct id record;
    uint64_t row_number;
};

enum { IMPORT_SEEN_BUCKETS = 1 << 16 };

/* A row of cells of our own. */
struct import_kept_row {
    struct csv_row row;
    struct bytes *cells;
    uint8_t *text;
};

/* What becomes of a row that fails. */
enum import_mode {
    IMPORT_OF_FILE,   /* it goes to the error file */
    IMPORT_REFERENCE, /* it fails the import: our own data (ERR_INTERNAL) */
    IMPORT_BY_HAND,   /* it is all there is (ERR_RULE); required columns may lack where the record has them */
};

struct import_job {
    struct store *store;
    const struct import_options *options;
    enum record_origin origin;
    struct error *error; /* sentence of what fails the whole file */
    struct import_result result;
    struct csv_columns columns;
    struct import_kept_row header;
    bool has_header;
    struct csv_references *references;
    struct import_errors errors;
    enum import_mode mode;
    struct import_faults faults;
    struct arena arena; /* of the row */
    struct import_seen **seen;
    struct import_kept_row *deferred;
    size_t deferred_count, deferred_capacity;
    bool may_defer;
    struct id record; /* that the last row taken meant */
};

/* input_path: of IMPORT_OF_FILE. */
MUST_CHECK enum err import_job_init(struct import_job *job, struct store *store,
                                    const struct import_options *options, enum import_mode mode,
                                    enum record_origin origin, const char *input_path, struct error *error);
void import_job_release(struct import_job *job);
/* csv_on_row; context is the job. */
enum err import_job_row(void *context, const struct csv_row *row);
/* After the last row. Fills job->result. */
MUST_CHECK enum err import_job_finish(struct import_job *job);

/* One row against the store (import_apply.c). */
MUST_CHECK enum err import_job_apply(struct import_job *job, const struct csv_row *row);
/* Check a message and put it, or add to job->faults. reason: typed by the clerk, may be empty. */
MUST_CHECK enum err import_job_put(struct import_job *job, const struct id *record, const void *message,
                                   bool is_new, struct bytes reason);
/* Keep the row for later. ERR_TOO_BIG past IMPORT_DEFERRED_ROWS_MAX. */
MUST_CHECK enum err import_job_defer(struct import_job *job, const struct csv_row *row);
/* The row that meant this record before; 0: none. */
uint64_t import_job_seen(const struct import_job *job, const struct id *record);
MUST_CHECK enum err import_job_see(struct import_job *job, const struct id *record, uint64_t row_number);

#endif
