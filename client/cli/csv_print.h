/* CSV on stdout as the library writes its files: UTF-8 with BOM, commas, CRLF. */
#ifndef CLIENT_CLI_CSV_PRINT_H
#define CLIENT_CLI_CSV_PRINT_H

#include <stddef.h>

void csv_print_begin(void);
/* Quotes where needed, a ' before what a spreadsheet would run. */
void csv_print_cell(const char *text);
void csv_print_row(const char *const *cells, size_t cell_count);

#endif
