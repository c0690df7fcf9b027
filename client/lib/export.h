/* Export of records as CSV (UTF-8 with BOM, CRLF), in the form the import reads. Rank 5. Blocking.
 *
 * What is written can be imported as it is: into an empty store it makes the same records under the same ids
 * (record-id column), into the same store it changes nothing. Cells that a spreadsheet would run as a formula
 * (they begin with = + - @) and cells that begin with ' get one ' in front, which the import takes away
 * again. */
#ifndef CLIENT_LIB_EXPORT_H
#define CLIENT_LIB_EXPORT_H

#include "client/lib/store.h"

/* All current records of a kind. path: the name wished for; when it exists a free numbered one is taken. The
 * name used is copied to ret_path. ERR_NOT_FOUND: no such kind. ERR_IO. ERR_TOO_BIG: ret_path_bytes is too
 * small. */
MUST_CHECK enum err export_kind(struct store *store, const char *kind, const char *path,
                                enum language language, char *ret_path, size_t ret_path_bytes,
                                uint64_t *ret_rows, struct error *ret_error);

typedef void export_on_file(void *context, const char *path, uint64_t rows);

/* The server's refusals and conflicts not yet mended, one file per kind in the form of an error file: kind
 * `member` at `path`, others at <path stem>.<kind>.csv. on_file is told the name each file took; it is never
 * called when nothing is refused.
 *
 * A row states the clerk's latest state of the record, and its error column the reason and, of a conflict,
 * the province's values that differ. The row of a removal states what stands. Importing a row, mended or not,
 * makes a change on the current version. */
MUST_CHECK enum err export_refused(struct store *store, const char *path, enum language language,
                                   export_on_file *on_file, void *context, struct error *ret_error);

#endif
