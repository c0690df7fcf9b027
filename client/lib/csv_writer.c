/* See csv_writer.h. */
#include "client/lib/csv_writer.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/platform.h"
#include "common/base/buf.h"

enum { ROW_BYTES_MAX = 1 << 20 };

struct csv_writer {
    struct platform_output *output;
    struct buf pending; /* rows not yet written */
    enum err failure;   /* first one */
    bool has_cell;      /* the row has one already */
};

static enum err append_cell(struct buf *out, struct bytes cell);
static enum err flush(struct csv_writer *writer);

enum err csv_writer_open(const char *wanted_path, struct csv_writer **ret_writer)
{
    struct csv_writer *writer = calloc(1, sizeof *writer);
    enum err err = writer == NULL ? ERR_NO_MEMORY : ERR_OK;

    if (err == ERR_OK) {
        buf_init(&writer->pending, CSV_WRITER_PART_BYTES + ROW_BYTES_MAX);
        err = platform_output_open(wanted_path, &writer->output);
    }
    if (err == ERR_OK) {
        err = buf_append_text(&writer->pending, "\xEF\xBB\xBF");
    }
    if (err != ERR_OK) {
        csv_writer_discard(writer);
        return err;
    }
    *ret_writer = writer;
    return ERR_OK;
}

void csv_writer_cell(struct csv_writer *writer, struct bytes cell)
{
    if (writer->failure == ERR_OK && writer->has_cell) {
        writer->failure = buf_append_text(&writer->pending, ",");
    }
    if (writer->failure == ERR_OK) {
        writer->failure = append_cell(&writer->pending, cell);
    }
    writer->has_cell = true;
}

enum err csv_writer_end_row(struct csv_writer *writer)
{
    writer->has_cell = false;
    if (writer->failure == ERR_OK) {
        writer->failure = buf_append_text(&writer->pending, "\r\n");
    }
    if (writer->failure == ERR_OK && buf_content(&writer->pending).len >= CSV_WRITER_PART_BYTES) {
        writer->failure = flush(writer);
    }
    return writer->failure;
}

enum err csv_writer_finish(struct csv_writer *writer, char *ret_path, size_t ret_path_bytes)
{
    enum err err = writer->failure == ERR_OK ? flush(writer) : writer->failure;

    if (err == ERR_OK) {
        err = platform_output_finish(writer->output, ret_path, ret_path_bytes);
        writer->output = NULL;
    }
    csv_writer_discard(writer);
    return err;
}

void csv_writer_discard(struct csv_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    platform_output_discard(writer->output);
    buf_release(&writer->pending);
    free(writer);
}

static enum err flush(struct csv_writer *writer)
{
    enum err err = platform_output_write(writer->output, buf_content(&writer->pending));

    buf_clear(&writer->pending);
    return err;
}

static bool wants_escape(struct bytes cell)
{
    static const uint8_t marked[] = {'=', '+', '-', '@', '\''};

    return cell.len > 0 && memchr(marked, cell.at[0], sizeof marked) != NULL;
}

static bool wants_quotes(struct bytes cell)
{
    static const uint8_t special[] = {'"', ',', ';', '\t', '\r', '\n'};

    for (size_t i = 0; i < cell.len; i++) {
        if (memchr(special, cell.at[i], sizeof special) != NULL) {
            return true;
        }
    }
    return cell.len > 0 && (cell.at[0] == ' ' || cell.at[cell.len - 1] == ' ');
}

/* Most cells are plain and copied as they are; the others stand in quotes, their own quote marks doubled. */
static enum err append_cell(struct buf *out, struct bytes cell)
{
    size_t room = 2 * cell.len + 3;
    bool is_quoted = wants_quotes(cell);
    uint8_t *at = NULL;
    size_t len = 0;
    enum err err = buf_reserve(out, room, &at);

    if (err != ERR_OK) {
        return err;
    }
    if (is_quoted) {
        at[len++] = '"';
    }
    if (wants_escape(cell)) {
        at[len++] = '\'';
    }
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.at[i] == '"') {
            at[len++] = '"';
        }
        at[len++] = cell.at[i];
    }
    if (is_quoted) {
        at[len++] = '"';
    }
    buf_commit(out, len);
    return ERR_OK;
}
