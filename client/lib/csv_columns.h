/* Headers of a spreadsheet to places in a record, and back. Rank 5. Pure.
 *
 * A header is a label of the schema, Vietnamese or English, or the field's own name, compared folded (case
 * and tone marks do not matter). Elements of a list field are numbered: "Chi bộ" or "Chi bộ 1", then "Chi bộ
 * 2". Three more are known: record id, typed reason, and error (written by us, ignored on import).
 *
 * A file of one row per element has the columns that say which record is meant (the record id, or the fields of
 * one match key; those of them that may be unstated may lack), the items of one plain list, unnumbered, and
 * nothing else. Its rows add to the list. */
#ifndef CLIENT_LIB_CSV_COLUMNS_H
#define CLIENT_LIB_CSV_COLUMNS_H

#include "client/lib/csv_reader.h"
#include "common/record/schema.h"

enum { CSV_LISTS_MAX = 8, CSV_FIELDS_MAX = 64, CSV_LABEL_BYTES_MAX = 160, CSV_ITEMS_MAX = 16 };

enum csv_column_use {
    CSV_COLUMN_UNKNOWN,
    CSV_COLUMN_FIELD,
    CSV_COLUMN_ITEM,
    CSV_COLUMN_RECORD_ID,
    CSV_COLUMN_REASON,
    CSV_COLUMN_ERROR,
};

struct csv_column {
    enum csv_column_use use;
    size_t field;   /* index in the schema, of FIELD */
    size_t list;    /* index in the schema, of ITEM */
    size_t item;    /* index in the list, of ITEM */
    size_t element; /* of the list, from 0, of ITEM */
    bool is_numbered;
};

struct csv_columns {
    const struct kind_schema *schema;
    size_t count;
    struct csv_column at[CSV_COLUMNS_MAX];
    int record_id, reason, error; /* column index, -1: none */
    int added_list;   /* index of the list that each row adds one element to; -1: rows state records */
    bool is_complete; /* every required column is there: a row can make a new record */
    bool has_field[CSV_FIELDS_MAX]; /* by field index */
    size_t
        elements[CSV_LISTS_MAX]; /* by list index: elements the columns can hold; 0: the list has no column */
    bool has_item[CSV_LISTS_MAX][CSV_ITEMS_MAX]; /* for any element */
};

/* Understand a header row. schema NULL: the kind with the most known headers. Unknown headers are listed in
 * ret_unknown (", " between, cut when too long). ERR_MALFORMED: no kind fits or several do equally, a header
 * twice, required columns missing; ret_error says which. A file with a record-id column, or one that adds to a list, may
 * lack required columns, and so may any with is_partial. */
MUST_CHECK enum err csv_columns_read(const struct csv_row *header, const struct kind_schema *schema,
                                     bool is_partial, enum language language, struct csv_columns *ret_columns,
                                     char *ret_unknown, size_t ret_unknown_bytes, struct error *ret_error);

/* All columns of a kind in schema order, with elements[list] elements of each list; then the record id and,
 * with_answers, error and reason. */
void csv_columns_of_kind(const struct kind_schema *schema, const size_t *elements, bool with_answers,
                         struct csv_columns *ret_columns);
/* The header text of a column that is not unknown. */
void csv_columns_label(const struct csv_columns *columns, size_t index, enum language language,
                       char ret_label[CSV_LABEL_BYTES_MAX]);

#endif
