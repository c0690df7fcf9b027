/* The cells of a row to a record's message, and onto the record it means. Rank 6. Pure: references are found
 * by the caller's function, so that this can be tested and fuzzed without a store. */
#ifndef CLIENT_LIB_IMPORT_ROW_H
#define CLIENT_LIB_IMPORT_ROW_H

#include "client/lib/csv_columns.h"
#include "client/lib/import_value.h"

/* Which record does `typed` mean? ERR_NOT_FOUND, ERR_AMBIGUOUS; any other error ends the reading. */
typedef enum err import_find_reference(void *context, enum record_kind kind, struct bytes typed,
                                       struct id *ret_record);

struct import_row_reader {
    const struct csv_columns *columns;
    enum language language;
    import_find_reference *find_reference;
    void *find_context;
};

struct import_row {
    void *message;             /* what the row states, in `arena`; values with faults are left out */
    bool is_reference_unknown; /* a reference to a record of the file's own kind was not found: it may come
                                  later */
    struct bytes reason;       /* typed reason, tidied; empty: none */
    enum err failure; /* of find_reference, where it is not the cell's fault; import_row_read returns it */
    bool has_id;
    struct id id; /* of the record-id column */
};

/* Read the cells. What is wrong goes to `faults`; the message is then good for nothing but finding the
 * record. ERR_TOO_BIG: the arena's cap. Errors of find_reference. */
MUST_CHECK enum err import_row_read(const struct import_row_reader *reader, const struct csv_row *row,
                                    struct arena *arena, struct import_faults *faults,
                                    struct import_row *ret_row);

/* Put what the row states onto the record it means; both messages stay as they are.
 *   a value       as in the row when its column is present, else as in the record
 *   a list        columns for several elements, all the record has among them: the row's list replaces the
 * record's. Columns for one element: a dated edge with another reference and a later `from` is a move (the
 * last edge ends there), else the last edge is corrected; a plain element replaces the one with its key
 * (KEY items), else it is added. A blank row clears a list that the columns can hold and leaves a longer one.
 *   a file that adds to a list: the one element joins it, see add_element; everything else stays
 * existing NULL: a new record. */
MUST_CHECK enum err import_row_merge(const struct csv_columns *columns, const void *existing,
                                     const void *stated, struct arena *arena, void **ret_message);

#endif
