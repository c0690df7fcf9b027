/* A record as a row of CSV, in the form the import reads. Rank 5. */
#ifndef CLIENT_LIB_CSV_RECORD_H
#define CLIENT_LIB_CSV_RECORD_H

#include "client/lib/csv_columns.h"
#include "client/lib/csv_references.h"
#include "client/lib/csv_writer.h"

/* The header row of columns made by csv_columns_of_kind. */
MUST_CHECK enum err csv_record_write_header(struct csv_writer *writer, const struct csv_columns *columns,
                                            enum language language);
/* One record: codes and references by what people write for them, dates as dd/mm/yyyy (English: ISO).
 * error_text: for the error column, may be empty. ERR_TOO_BIG: the arena's cap. */
MUST_CHECK enum err csv_record_write(struct csv_writer *writer, const struct csv_columns *columns,
                                     struct csv_references *references, enum language language,
                                     const struct id *record, const void *message, struct bytes error_text,
                                     struct arena *arena);
/* What csv_record_write puts into one column of a field or a list's item; empty for the other columns. */
MUST_CHECK enum err csv_record_text(const struct csv_columns *columns, size_t index,
                                    struct csv_references *references, enum language language,
                                    const void *message, struct arena *arena, struct bytes *ret_text);
/* One value as a cell says it; empty when it is not stated. */
MUST_CHECK enum err csv_record_value(const struct field_schema *field, struct value value,
                                     struct csv_references *references, enum language language,
                                     struct arena *arena, struct bytes *ret_text);

#endif
