/* The error file of an import: the rows that could not be taken, as they were, with the reason in a column of
 * its own. Rank 6. It is opened with the first such row and lies beside the input. */
#ifndef CLIENT_LIB_IMPORT_ERRORS_H
#define CLIENT_LIB_IMPORT_ERRORS_H

#include "client/lib/csv_columns.h"
#include "client/lib/csv_writer.h"

enum { IMPORT_ERRORS_PATH_BYTES_MAX = 4096 };

struct import_errors {
    char input_path[IMPORT_ERRORS_PATH_BYTES_MAX];
    enum language language;
    struct csv_writer *writer; /* NULL: no row failed yet */
};

/* ERR_TOO_BIG: the path is too long. */
MUST_CHECK enum err import_errors_init(struct import_errors *errors, const char *input_path,
                                       enum language language);
void import_errors_release(struct import_errors *errors);
/* header: the input's header row. fault_text: what is wrong. Columns for error and typed reason are added
 * where the input has none. ERR_IO, ERR_NO_MEMORY. */
MUST_CHECK enum err import_errors_add(struct import_errors *errors, const struct csv_columns *columns,
                                      const struct csv_row *header, const struct csv_row *row,
                                      struct bytes fault_text);
/* Durable under the name in ret_path ("" when no row failed). */
MUST_CHECK enum err import_errors_finish(struct import_errors *errors, char *ret_path, size_t ret_path_bytes);

/* "folder/members.csv" and ".loi" to "folder/members.loi.csv"; a suffix of an earlier error file is not
 * doubled. ERR_TOO_BIG. */
MUST_CHECK enum err import_sibling_path(const char *path, const char *suffix, char *ret_path,
                                        size_t ret_path_bytes);

#endif
