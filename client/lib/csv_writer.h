/* Rows to a CSV file for people: UTF-8 with BOM, commas, CRLF, opens in Excel. Rank 5. One owner.
 * The file is written aside and gets its name in csv_writer_finish, a free numbered one when the name wished
 * for is taken. A cell that begins with = + - @ or ' gets one ' in front, so that no spreadsheet runs it;
 * csv_reader takes it away. */
#ifndef CLIENT_LIB_CSV_WRITER_H
#define CLIENT_LIB_CSV_WRITER_H

#include "common/base/bytes.h"

enum { CSV_WRITER_PART_BYTES = 65536 };

struct csv_writer;

/* ERR_IO: the folder cannot be written. */
MUST_CHECK enum err csv_writer_open(const char *wanted_path, struct csv_writer **ret_writer);
/* Append a cell to the row. Errors are kept and come out of csv_writer_end_row. */
void csv_writer_cell(struct csv_writer *writer, struct bytes cell);
MUST_CHECK enum err csv_writer_end_row(struct csv_writer *writer);
/* Durable under the name in ret_path when it returns. Frees the writer in every case. */
MUST_CHECK enum err csv_writer_finish(struct csv_writer *writer, char *ret_path, size_t ret_path_bytes);
/* Leave no trace. NULL is allowed. */
void csv_writer_discard(struct csv_writer *writer);

#endif
