/* A table of text, aligned on a terminal whatever marks its letters bear. */
#ifndef CLIENT_CLI_TABLE_H
#define CLIENT_CLI_TABLE_H

#include "client/cli/cli.h"

enum { TABLE_COLUMNS_MAX = 64, TABLE_ROWS_MAX = 1000000 };

struct table;

/* NULL without memory. */
struct table *table_new(size_t column_count);
void table_free(struct table *table);
/* Copies cell_count cells (missing ones are empty). false: no memory, or past TABLE_ROWS_MAX. The first row
 * is the header. */
bool table_add(struct table *table, const char *const *cells, size_t cell_count);
void table_set_right(struct table *table, size_t column); /* align right: numbers */
void table_print(const struct table *table);
size_t table_row_count(const struct table *table); /* header included */
/* Cell of a row; "" when missing. */
const char *table_cell(const struct table *table, size_t row, size_t column);

/* "1234567.89" as people write it: 1.234.567,89 in Vietnamese, 1,234,567.89 in English. Other texts are
 * copied. */
void table_format_number(enum language language, const char *text, char *out, size_t out_bytes);

#endif
