/* See csv_reader.h. libcsv calls back per cell and per row and cannot be told to stop, so it is given one line at
 * a time: the first failure is kept, the rest of its line ignored, and the line is known. */
#include "client/lib/csv_reader.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/utf8.h"

struct csv_reader {
    struct csv_parser parser;
    csv_on_row *on_row;
    void *context;
    enum err failure; /* first one */
    struct buf text;  /* cells of the row, one after the other */
    size_t cell_starts[CSV_COLUMNS_MAX];
    struct bytes cells[CSV_COLUMNS_MAX];
    size_t cell_count;
    bool has_content;    /* a cell of the row is not blank */
    bool is_cut;         /* a cell of the row was too long ... */
    size_t cut_index;    /* ... this one first */
    uint64_t rows_ended; /* blank ones too */
    uint64_t line;
    uint8_t previous; /* byte, to count CRLF once */
};

/* libcsv's pstate between rows, the value csv_init gives; anywhere else a line end stands within quotes. */
enum { PARSER_BETWEEN_ROWS = 0 };

static const char cut_mark[] = "…";

static void on_cell(void *cell, size_t len, void *context);
static void on_row_end(int terminator, void *context);
static struct bytes shorten(struct csv_reader *reader, struct bytes content);
static struct bytes unescape(struct bytes cell);
static size_t line_bytes(struct bytes part);
static void parse_line(struct csv_reader *reader, struct bytes line);
static void count_line(struct csv_reader *reader, struct bytes line);
static enum err parse_failure(struct csv_reader *reader);

enum err csv_reader_new(char delimiter, csv_on_row *on_row, void *context, struct csv_reader **ret_reader)
{
    struct csv_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL) {
        return ERR_NO_MEMORY;
    }
    if (csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(reader);
        return ERR_NO_MEMORY;
    }
    csv_set_delim(&reader->parser, (unsigned char)delimiter);
    buf_init(&reader->text, CSV_ROW_BYTES_MAX + CSV_COLUMNS_MAX * (sizeof cut_mark - 1));
    reader->on_row = on_row;
    reader->context = context;
    reader->line = 1;
    *ret_reader = reader;
    return ERR_OK;
}

void csv_reader_free(struct csv_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    csv_free(&reader->parser);
    buf_release(&reader->text);
    free(reader);
}

enum err csv_reader_feed(struct csv_reader *reader, struct bytes part)
{
    REQUIRE(part.len <= CSV_PART_BYTES_MAX);
    REQUIRE(reader->failure == ERR_OK);

    while (part.len > 0 && reader->failure == ERR_OK) {
        size_t len = line_bytes(part);

        parse_line(reader, bytes_of(part.at, len));
        part = bytes_of(part.at + len, part.len - len);
    }
    return reader->failure;
}

enum err csv_reader_finish(struct csv_reader *reader)
{
    REQUIRE(reader->failure == ERR_OK);

    if (csv_fini(&reader->parser, on_cell, on_row_end, reader) != 0) {
        reader->failure = parse_failure(reader);
    }
    return reader->failure;
}

uint64_t csv_reader_line(const struct csv_reader *reader)
{
    return reader->line;
}

/* Up to the first line end, that byte included. */
static size_t line_bytes(struct bytes part)
{
    size_t len = 0;

    while (len < part.len && part.at[len] != '\r' && part.at[len] != '\n') {
        len++;
    }
    return len < part.len ? len + 1 : len;
}

/* The line is counted when it is done, so that a failure stands in the line it names. */
static void parse_line(struct csv_reader *reader, struct bytes line)
{
    size_t done = csv_parse(&reader->parser, line.at, line.len, on_cell, on_row_end, reader);

    if (reader->failure == ERR_OK && done != line.len) {
        reader->failure = parse_failure(reader);
    }
    /* What libcsv holds is a cell not yet ended; it grows by whole lines, so this bounds its memory. */
    if (reader->failure == ERR_OK && reader->parser.entry_pos > CSV_CELL_READ_BYTES_MAX) {
        reader->failure = ERR_TOO_BIG;
    }
    if (reader->failure == ERR_OK) {
        count_line(reader, line);
    }
}

static enum err parse_failure(struct csv_reader *reader)
{
    return csv_error(&reader->parser) == CSV_EPARSE ? ERR_MALFORMED : ERR_NO_MEMORY;
}

static void on_cell(void *cell, size_t len, void *context)
{
    struct csv_reader *reader = context;

    if (reader->failure != ERR_OK) {
        return;
    }
    if (reader->cell_count == CSV_COLUMNS_MAX || len > CSV_CELL_READ_BYTES_MAX) {
        reader->failure = ERR_TOO_BIG;
        return;
    }
    struct bytes content = unescape(bytes_of(cell, len));
    struct bytes kept = shorten(reader, content);

    reader->cell_starts[reader->cell_count] = buf_content(&reader->text).len;
    reader->has_content = reader->has_content || content.len > 0;
    reader->failure = buf_append(&reader->text, kept);
    if (reader->failure == ERR_OK && kept.len < content.len) {
        reader->cut_index = reader->is_cut ? reader->cut_index : reader->cell_count;
        reader->is_cut = true;
        reader->failure = buf_append_text(&reader->text, cut_mark);
    }
    reader->cell_count++;
}

/* The cell, or its beginning where it is too long by itself or would make the row too long. */
static struct bytes shorten(struct csv_reader *reader, struct bytes content)
{
    size_t used = buf_content(&reader->text).len;
    size_t room = used < CSV_ROW_BYTES_MAX ? CSV_ROW_BYTES_MAX - used : 0;
    size_t kept_max = content.len > CSV_CELL_BYTES_MAX ? CSV_CELL_CUT_BYTES : content.len;

    kept_max = kept_max < room ? kept_max : room;
    return kept_max < content.len ? bytes_of(content.at, utf8_cut(content, kept_max)) : content;
}

static void on_row_end(int terminator, void *context)
{
    struct csv_reader *reader = context;
    struct bytes text = buf_content(&reader->text);

    (void)terminator; /* CR, LF, or -1 at the end of the file: all the same to us */
    if (reader->failure == ERR_OK && reader->has_content) {
        for (size_t i = 0; i < reader->cell_count; i++) {
            size_t start = reader->cell_starts[i];
            size_t end = i + 1 < reader->cell_count ? reader->cell_starts[i + 1] : text.len;

            reader->cells[i] = bytes_of(text.at == NULL ? NULL : text.at + start, end - start);
        }
        struct csv_row row = {.cells = reader->cells,
                              .cell_count = reader->cell_count,
                              .number = reader->rows_ended + 1,
                              .is_cut = reader->is_cut,
                              .cut_index = reader->cut_index};

        reader->failure = reader->on_row(reader->context, &row);
    }
    buf_clear(&reader->text);
    reader->cell_count = 0;
    reader->has_content = reader->is_cut = false;
}

/* The inverse of csv_writer's escape: one ' in front of = + - @ or ' is not content. */
static struct bytes unescape(struct bytes cell)
{
    static const uint8_t marked[] = {'=', '+', '-', '@', '\''};

    if (cell.len >= 2 && cell.at[0] == '\'' && memchr(marked, cell.at[1], sizeof marked) != NULL) {
        return bytes_of(cell.at + 1, cell.len - 1);
    }
    return cell;
}

/* At most one line end, its last byte. */
static void count_line(struct csv_reader *reader, struct bytes line)
{
    uint8_t last = line.at[line.len - 1];

    if (last == '\r' || (last == '\n' && (line.len > 1 || reader->previous != '\r'))) {
        reader->line++;
        reader->rows_ended += reader->parser.pstate == PARSER_BETWEEN_ROWS;
    }
    reader->previous = last;
}
