/* See csv_print.h. What cannot be written is seen by main, which checks stdout at the end. */
#include "client/cli/csv_print.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void csv_print_begin(void)
{
    (void)fputs("\xEF\xBB\xBF", stdout);
}

void csv_print_cell(const char *text)
{
    bool is_quoted = strpbrk(text, "\",;\t\r\n") != NULL;
    bool is_plain_number = text[0] == '-' && strspn(text + 1, "0123456789.") == strlen(text + 1);

    (void)fputs(is_quoted ? "\"" : "", stdout);
    if (text[0] != '\0' && strchr("=+-@'", text[0]) != NULL && !is_plain_number) {
        (void)putchar('\'');
    }
    for (const char *at = text; *at != '\0'; at++) {
        (void)fputs(*at == '"' ? "\"\"" : (const char[]){*at, '\0'}, stdout);
    }
    (void)fputs(is_quoted ? "\"" : "", stdout);
}

void csv_print_row(const char *const *cells, size_t cell_count)
{
    for (size_t i = 0; i < cell_count; i++) {
        (void)fputs(i > 0 ? "," : "", stdout);
        csv_print_cell(cells[i]);
    }
    (void)fputs("\r\n", stdout);
}
