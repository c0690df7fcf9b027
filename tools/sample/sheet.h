/* Spreadsheets as CSV (RFC 4180), with the peculiarities offices give them on demand. */
#ifndef TOOLS_SAMPLE_SHEET_H
#define TOOLS_SAMPLE_SHEET_H

#include <stdio.h>

#include "tools/sample/sample.h"

enum { SHEET_COLUMNS_MAX = 32 };

struct sheet_format {
    char delimiter;
    bool has_bom;
    bool has_crlf;
};

struct sheet {
    FILE *file;
    struct sheet_format format;
    size_t column_count;
};

struct sheet_row {
    char cells[SHEET_COLUMNS_MAX][SAMPLE_TEXT_BYTES];
};

/* Start "<folder>/<name>" anew and write its headers. */
void sheet_open(struct sheet *sheet, const char *folder, const char *name, struct sheet_format format,
                const char *const *headers, size_t column_count);
void sheet_write(struct sheet *sheet, const struct sheet_row *row);
void sheet_close(struct sheet *sheet);

#endif
