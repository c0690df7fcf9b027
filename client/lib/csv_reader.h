/* CSV bytes to rows (RFC 4180 quotes; libcsv underneath), streaming and bounded. Rank 5. One owner; pure but
 * for its memory.
 *
 * Loop: csv_reader_new → csv_reader_feed for every part → csv_reader_finish → csv_reader_free.
 * Line ends may be CRLF, LF or CR. Blank lines and rows of nothing but blank cells are skipped. A quote mark
 * where none may stand is an error, so that a forgotten one never swallows rows silently. Cells that our own
 * files escaped ('=...) come back as they were. */
#ifndef CLIENT_LIB_CSV_READER_H
#define CLIENT_LIB_CSV_READER_H

#include "common/base/bytes.h"

enum {
    CSV_COLUMNS_MAX = 2048,            /* a record of any kind with all its lists full has fewer */
    CSV_CELL_BYTES_MAX = 8192,         /* a longer one is cut, and its row with it */
    CSV_ROW_BYTES_MAX = 65536,         /* of its cells together; what passes it is cut */
    CSV_CELL_CUT_BYTES = 1000,         /* kept of a cell that is too long */
    CSV_CELL_READ_BYTES_MAX = 1 << 20, /* past it a quote mark was forgotten somewhere: the file is refused */
    CSV_PART_BYTES_MAX = 16384,        /* of one call of csv_reader_feed */
};

struct csv_row {
    const struct bytes *cells; /* valid during the callback */
    size_t cell_count;
    /* Of the row as a spreadsheet shows it, from 1: blank rows count, lines within a cell do not. */
    uint64_t number;
    bool is_cut;      /* a cell was too long: it holds the beginning only, with … behind */
    size_t cut_index; /* of the first such cell */
};

struct csv_reader;

/* on_row: anything but ERR_OK stops the reading, and csv_reader_feed returns it.
 * delimiter: ',', ';' or tab. */
typedef enum err csv_on_row(void *context, const struct csv_row *row);
MUST_CHECK enum err csv_reader_new(char delimiter, csv_on_row *on_row, void *context,
                                   struct csv_reader **ret_reader);
void csv_reader_free(struct csv_reader *reader);

/* ERR_MALFORMED: a quote mark in a wrong place (csv_reader_line says where). ERR_TOO_BIG: a cell past
 * CSV_CELL_READ_BYTES_MAX, or a row of too many cells. ERR_NO_MEMORY. After an error nothing more may be fed. */
MUST_CHECK enum err csv_reader_feed(struct csv_reader *reader, struct bytes part);
MUST_CHECK enum err csv_reader_finish(struct csv_reader *reader);
/* The line of the file the reader has come to, from 1. */
uint64_t csv_reader_line(const struct csv_reader *reader);

#endif
