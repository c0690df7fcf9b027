/* See import_errors.h. */
#include "client/lib/import_errors.h"

#include <stdio.h>
#include <string.h>

#include "common/base/text.h"

static enum err write_header(struct import_errors *errors, const struct csv_columns *columns,
                             const struct csv_row *header);
static size_t stem_bytes(const char *path, const char *suffix);

enum err import_errors_init(struct import_errors *errors, const char *input_path, enum language language)
{
    *errors = (struct import_errors){.language = language};
    if (strlen(input_path) >= sizeof errors->input_path) {
        return ERR_TOO_BIG;
    }
    (void)snprintf(errors->input_path, sizeof errors->input_path, "%s", input_path); /* fits */
    return ERR_OK;
}

void import_errors_release(struct import_errors *errors)
{
    csv_writer_discard(errors->writer);
    errors->writer = NULL;
}

enum err import_errors_add(struct import_errors *errors, const struct csv_columns *columns,
                           const struct csv_row *header, const struct csv_row *row, struct bytes fault_text)
{
    enum err err = ERR_OK;

    if (errors->writer == NULL) {
        char path[IMPORT_ERRORS_PATH_BYTES_MAX];

        err = import_sibling_path(errors->input_path, text_get(TEXT_IMPORT_ERROR_SUFFIX, errors->language),
                                  path, sizeof path);
        if (err == ERR_OK) {
            err = csv_writer_open(path, &errors->writer);
        }
        if (err == ERR_OK) {
            err = write_header(errors, columns, header);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    for (size_t i = 0; i < columns->count; i++) {
        struct bytes cell = i < row->cell_count ? row->cells[i] : bytes_of(NULL, 0);

        csv_writer_cell(errors->writer, (int)i == columns->error ? fault_text : cell);
    }
    if (columns->error < 0) {
        csv_writer_cell(errors->writer, fault_text);
    }
    if (columns->reason < 0) {
        csv_writer_cell(errors->writer, bytes_of(NULL, 0));
    }
    for (size_t i = columns->count; i < row->cell_count; i++) { /* what stood beyond the header is not lost */
        csv_writer_cell(errors->writer, row->cells[i]);
    }
    return csv_writer_end_row(errors->writer);
}

enum err import_errors_finish(struct import_errors *errors, char *ret_path, size_t ret_path_bytes)
{
    struct csv_writer *writer = errors->writer;

    errors->writer = NULL;
    if (writer == NULL) {
        ret_path[0] = '\0';
        return ERR_OK;
    }
    return csv_writer_finish(writer, ret_path, ret_path_bytes);
}

enum err import_sibling_path(const char *path, const char *suffix, char *ret_path, size_t ret_path_bytes)
{
    int len = snprintf(ret_path, ret_path_bytes, "%.*s%s.csv", (int)stem_bytes(path, suffix), path, suffix);

    return len < 0 || (size_t)len >= ret_path_bytes ? ERR_TOO_BIG : ERR_OK;
}

static enum err write_header(struct import_errors *errors, const struct csv_columns *columns,
                             const struct csv_row *header)
{
    for (size_t i = 0; i < columns->count; i++) {
        csv_writer_cell(errors->writer, i < header->cell_count ? header->cells[i] : bytes_of(NULL, 0));
    }
    if (columns->error < 0) {
        csv_writer_cell(errors->writer, bytes_of_text(text_get(TEXT_COLUMN_ERROR, errors->language)));
    }
    if (columns->reason < 0) {
        csv_writer_cell(errors->writer, bytes_of_text(text_get(TEXT_COLUMN_REASON, errors->language)));
    }
    return csv_writer_end_row(errors->writer);
}

/* Without ".csv" (or another extension), the " (2)" of a numbered name after our suffix, and the suffix
 * itself. */
static size_t stem_bytes(const char *path, const char *suffix)
{
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(path, '.');
    size_t len = strlen(path);
    size_t numbered;

    if (dot != NULL && dot > path && (name == NULL || dot > name + 1)) {
        len = (size_t)(dot - path);
    }
    numbered = len;
    if (numbered > 3 && path[numbered - 1] == ')') {
        numbered--;
        while (numbered > 0 && path[numbered - 1] >= '0' && path[numbered - 1] <= '9') {
            numbered--;
        }
        numbered =
            numbered >= 2 && path[numbered - 1] == '(' && path[numbered - 2] == ' ' ? numbered - 2 : len;
    }
    if (numbered > strlen(suffix) && memcmp(path + numbered - strlen(suffix), suffix, strlen(suffix)) == 0) {
        return numbered - strlen(suffix);
    }
    return len;
}
