/* CSV writing. */
#include "tools/sample/sheet.h"

#include <errno.h>
#include <string.h>

#include "common/base/check.h"

enum { PATH_BYTES_MAX = 4096 };

static void write_cell(struct sheet *sheet, size_t column, const char *text);

void sheet_open(struct sheet *sheet, const char *folder, const char *name, struct sheet_format format,
                const char *const *headers, size_t column_count)
{
    REQUIRE(column_count <= SHEET_COLUMNS_MAX);
    char path[PATH_BYTES_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        sample_fail("path too long: %s", folder);
    }
    sheet->file = fopen(path, "wb");
    if (sheet->file == NULL) {
        sample_fail("%s: %s", path, strerror(errno));
    }
    sheet->format = format;
    sheet->column_count = column_count;
    if (format.has_bom) {
        (void)fputs("\xEF\xBB\xBF", sheet->file); /* a failed write shows when the sheet is closed */
    }
    for (size_t i = 0; i < column_count; i++) {
        write_cell(sheet, i, headers[i]);
    }
}

void sheet_write(struct sheet *sheet, const struct sheet_row *row)
{
    for (size_t i = 0; i < sheet->column_count; i++) {
        write_cell(sheet, i, row->cells[i]);
    }
}

void sheet_close(struct sheet *sheet)
{
    bool is_bad = ferror(sheet->file) != 0;
    if (fclose(sheet->file) != 0 || is_bad) {
        sample_fail("a sheet could not be written: %s", strerror(errno));
    }
    sheet->file = NULL;
}

/* The cell, and the delimiter or line end that follows it. */
static void write_cell(struct sheet *sheet, size_t column, const char *text)
{
    const char special[] = {sheet->format.delimiter, '"', '\n', '\r', '\0'};
    FILE *file = sheet->file;
    if (strpbrk(text, special) == NULL) {
        (void)fputs(text, file);
    } else {
        (void)fputc('"', file);
        for (const char *at = text; *at != '\0'; at++) {
            if (*at == '"') {
                (void)fputc('"', file);
            }
            (void)fputc(*at, file);
        }
        (void)fputc('"', file);
    }
    if (column + 1 < sheet->column_count) {
        (void)fputc(sheet->format.delimiter, file);
    } else {
        (void)fputs(sheet->format.has_crlf ? "\r\n" : "\n", file);
    }
}
