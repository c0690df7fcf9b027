/* See table.h. */
#include "client/cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct table {
    size_t column_count;
    bool is_right[TABLE_COLUMNS_MAX];
    char **cells; /* row after row */
    size_t row_count, row_capacity;
};

static size_t width_of(const char *text);
static void print_padding(size_t count, char with);

struct table *table_new(size_t column_count)
{
    struct table *table = calloc(1, sizeof *table);

    if (table != NULL) {
        table->column_count = column_count < TABLE_COLUMNS_MAX ? column_count : TABLE_COLUMNS_MAX;
    }
    return table;
}

void table_free(struct table *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->row_count * table->column_count; i++) {
        free(table->cells[i]);
    }
    free(table->cells);
    free(table);
}

bool table_add(struct table *table, const char *const *cells, size_t cell_count)
{
    size_t start = table->row_count * table->column_count;

    if (table->row_count == TABLE_ROWS_MAX) {
        return false;
    }
    if (table->row_count == table->row_capacity) {
        size_t capacity = table->row_capacity == 0 ? 32 : 2 * table->row_capacity;
        char **grown = realloc(table->cells, capacity * table->column_count * sizeof *grown);

        if (grown == NULL) {
            return false;
        }
        table->cells = grown;
        table->row_capacity = capacity;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        table->cells[start + i] = strdup(i < cell_count && cells[i] != NULL ? cells[i] : "");
        if (table->cells[start + i] == NULL) {
            while (i-- > 0) {
                free(table->cells[start + i]);
            }
            return false;
        }
    }
    table->row_count++;
    return true;
}

void table_set_right(struct table *table, size_t column)
{
    if (column < table->column_count) {
        table->is_right[column] = true;
    }
}

void table_print(const struct table *table)
{
    size_t widths[TABLE_COLUMNS_MAX] = {0};

    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            size_t width = width_of(table_cell(table, row, i));

            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            const char *cell = table_cell(table, row, i);
            size_t padding = widths[i] - width_of(cell);
            bool is_last = i + 1 == table->column_count;

            print_padding(i > 0 ? 2 : 0, ' ');
            print_padding(table->is_right[i] ? padding : 0, ' ');
            (void)fputs(cell, stdout); /* main checks stdout at the end */
            print_padding(table->is_right[i] || is_last ? 0 : padding, ' ');
        }
        (void)putchar('\n');
        for (size_t i = 0; row == 0 && i < table->column_count; i++) {
            print_padding(i > 0 ? 2 : 0, ' ');
            print_padding(widths[i], '-');
        }
        if (row == 0) {
            (void)putchar('\n');
        }
    }
}

size_t table_row_count(const struct table *table)
{
    return table->row_count;
}

const char *table_cell(const struct table *table, size_t row, size_t column)
{
    if (row >= table->row_count || column >= table->column_count) {
        return "";
    }
    return table->cells[row * table->column_count + column];
}

void table_format_number(enum language language, const char *text, char *out, size_t out_bytes)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    size_t whole = strspn(digits, "0123456789");
    bool is_number = whole > 0 && (digits[whole] == '\0' ||
                                   (digits[whole] == '.' && digits[whole + 1] != '\0' &&
                                    strspn(digits + whole + 1, "0123456789") == strlen(digits + whole + 1)));
    size_t len = 0;

    if (!is_number || strlen(text) * 2 >= out_bytes) {
        (void)snprintf(out, out_bytes, "%s", text); /* cells are short */
        return;
    }
    if (digits != text) {
        out[len++] = '-';
    }
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0) {
            out[len++] = language == LANGUAGE_VI ? '.' : ',';
        }
        out[len++] = digits[i];
    }
    if (digits[whole] == '.') {
        out[len++] = language == LANGUAGE_VI ? ',' : '.';
        for (const char *at = digits + whole + 1; *at != '\0'; at++) {
            out[len++] = *at;
        }
    }
    out[len] = '\0';
}

/* Cells of a terminal: combining marks take none. */
static size_t width_of(const char *text)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    size_t width = 0;

    while (*at != 0) {
        utf8proc_int32_t point = 0;
        utf8proc_ssize_t len = utf8proc_iterate(at, -1, &point);

        if (len <= 0) { /* not UTF-8: a byte is shown as something */
            len = 1;
            width++;
        } else {
            width += (size_t)utf8proc_charwidth(point);
        }
        at += len;
    }
    return width;
}

static void print_padding(size_t count, char with)
{
    for (size_t i = 0; i < count; i++) {
        (void)putchar(with);
    }
}
