/* CSV bytes to rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/csv_reader.h"

/* What was read, as "number:cell|cell\n". */
struct fixture {
    char text[4096];
    enum err answer; /* of on_row */
};

static enum err on_row(void *context, const struct csv_row *row)
{
    struct fixture *fixture = context;
    size_t used = strlen(fixture->text);

    used += (size_t)snprintf(fixture->text + used, sizeof fixture->text - used, "%d:", (int)row->number);
    for (size_t i = 0; i < row->cell_count; i++) {
        used += (size_t)snprintf(fixture->text + used, sizeof fixture->text - used, "%s%.*s",
                                 i > 0 ? "|" : "", (int)row->cells[i].len, (const char *)row->cells[i].at);
    }
    (void)snprintf(fixture->text + used, sizeof fixture->text - used, "\n");
    return fixture->answer;
}

static enum err read_parts(struct fixture *fixture, char delimiter, const char *text, size_t part_bytes,
                           uint64_t *line)
{
    struct csv_reader *reader = NULL;
    size_t len = strlen(text);
    enum err err = csv_reader_new(delimiter, on_row, fixture, &reader);

    for (size_t at = 0; err == ERR_OK && at < len; at += part_bytes) {
        err = csv_reader_feed(reader, bytes_of(text + at, len - at < part_bytes ? len - at : part_bytes));
    }
    if (err == ERR_OK) {
        err = csv_reader_finish(reader);
    }
    *line = csv_reader_line(reader);
    csv_reader_free(reader);
    return err;
}

/* Quotes, doubled quotes, every line end, blank lines, a last line without an end, cut anywhere. */
static void csv_reader__rfc4180__rows_whatever_the_parts(void **state)
{
    static const char text[] = "a,b,c\r\n1,\"x, \"\"y\"\"\nz\",3\n\n,,\r\n4,,\r5,6,7";

    (void)state;
    for (size_t part = 1; part <= sizeof text; part++) {
        struct fixture fixture = {0};
        uint64_t line = 0;

        assert_int_equal(read_parts(&fixture, ',', text, part, &line), ERR_OK);
        assert_string_equal(fixture.text, "1:a|b|c\n2:1|x, \"y\"\nz|3\n5:4||\n6:5|6|7\n");
    }
}

/* A row's number is the one Excel shows beside it: blank lines and blank rows count, a line end within a cell does not. */
static void csv_reader__blank_rows_and_long_cells__numbers_of_the_spreadsheet(void **state)
{
    static const char text[] = "\n\r\na,b\r\n\r\n1,\"x\ny\r\n\r\nz\"\n,,\n  \r\r2,3";

    (void)state;
    for (size_t part = 1; part <= sizeof text; part++) {
        struct fixture fixture = {0};
        uint64_t line = 0;

        assert_int_equal(read_parts(&fixture, ',', text, part, &line), ERR_OK);
        assert_string_equal(fixture.text, "3:a|b\n5:1|x\ny\r\n\r\nz\n9:2|3\n");
    }
}

/* Other delimiters leave the comma alone. */
static void csv_reader__semicolon_and_tab__cells(void **state)
{
    struct fixture fixture = {0};
    uint64_t line = 0;

    (void)state;
    assert_int_equal(read_parts(&fixture, ';', "a;b,c\n", 100, &line), ERR_OK);
    assert_int_equal(read_parts(&fixture, '\t', "a\t b ,c\t\n", 100, &line), ERR_OK);

    assert_string_equal(fixture.text, "1:a|b,c\n1:a|b ,c|\n");
}

/* A forgotten quote mark would swallow the rows after it; the file is refused with the line instead. */
static void csv_reader__stray_quote__malformed_with_line(void **state)
{
    struct fixture fixture = {0};
    uint64_t line = 0;

    (void)state;
    assert_int_equal(read_parts(&fixture, ',', "a,b\n1,\"x\ny\"z,2\n", 100, &line), ERR_MALFORMED);
    assert_int_equal(line, 3);
    assert_int_equal(read_parts(&fixture, ',', "a,b\n1,\"x\n", 100, &line), ERR_MALFORMED);
}

/* The marks our own files put before formulas are not content. */
static void csv_reader__escaped_formula__unescaped(void **state)
{
    struct fixture fixture = {0};
    uint64_t line = 0;

    (void)state;
    assert_int_equal(read_parts(&fixture, ',', "'=1+1,'-x,\"'@,y\",''q,'r,-s,'\n", 100, &line), ERR_OK);

    assert_string_equal(fixture.text, "1:=1+1|-x|@,y|'q|'r|-s|'\n");
}

/* What one row delivered: its number, the lengths of its cells, what was cut. */
struct shape {
    struct csv_row row[3];
    size_t bytes[3][CSV_COLUMNS_MAX];
    size_t count;
};

static enum err keep_shape(void *context, const struct csv_row *row)
{
    struct shape *shape = context;

    assert_true(shape->count < 3);
    shape->row[shape->count] = *row;
    for (size_t i = 0; i < row->cell_count; i++) {
        shape->bytes[shape->count][i] = row->cells[i].len;
    }
    shape->count++;
    return ERR_OK;
}

static enum err read_shape(struct shape *shape, const char *text, size_t len)
{
    struct csv_reader *reader = NULL;
    enum err err = csv_reader_new(',', keep_shape, shape, &reader);

    for (size_t at = 0; err == ERR_OK && at < len; at += CSV_PART_BYTES_MAX) {
        err = csv_reader_feed(
            reader, bytes_of(text + at, len - at < CSV_PART_BYTES_MAX ? len - at : CSV_PART_BYTES_MAX));
    }
    err = err == ERR_OK ? csv_reader_finish(reader) : err;
    csv_reader_free(reader);
    return err;
}

/* A cell that is too long spoils its own row, not the file: its beginning comes, marked, and the rows after it are whole. */
static void csv_reader__cell_too_long__its_row_cut(void **state)
{
    size_t len = 10 * CSV_CELL_BYTES_MAX;
    char *text = malloc(len);
    struct shape *shape = calloc(1, sizeof *shape);

    (void)state;
    assert_non_null(text);
    assert_non_null(shape);
    memset(text, 'x', len);
    memcpy(text, "a,b\r\nc,\"\n", 9);
    memcpy(text + len - 6, "\"\r\ne,f", 6);
    assert_int_equal(read_shape(shape, text, len), ERR_OK);

    assert_int_equal(shape->count, 3);
    assert_true(shape->row[1].is_cut);
    assert_int_equal(shape->row[1].cut_index, 1);
    assert_int_equal(shape->bytes[1][1], CSV_CELL_CUT_BYTES + strlen("…"));
    assert_false(shape->row[0].is_cut);
    assert_false(shape->row[2].is_cut);
    assert_int_equal(shape->row[2].number, 3);
    assert_int_equal(shape->bytes[2][1], 1);
    free(shape);
    free(text);
}

/* So does a row that is too long though its cells are small. */
static void csv_reader__row_of_many_cells__cut(void **state)
{
    size_t len = CSV_ROW_BYTES_MAX + 20000;
    char *text = malloc(len);
    struct shape *shape = calloc(1, sizeof *shape);

    (void)state;
    assert_non_null(text);
    assert_non_null(shape);
    for (size_t i = 0; i < len; i++) {
        text[i] = i % 1000 == 999 ? ',' : 'x';
    }
    assert_int_equal(read_shape(shape, text, len), ERR_OK);

    size_t bytes = 0;
    for (size_t i = 0; i < shape->row[0].cell_count; i++) {
        bytes += shape->bytes[0][i];
    }
    assert_true(shape->row[0].is_cut);
    assert_int_equal(shape->row[0].cut_index, CSV_ROW_BYTES_MAX / 999);
    assert_in_range(bytes, CSV_ROW_BYTES_MAX, CSV_ROW_BYTES_MAX + CSV_COLUMNS_MAX * strlen("…"));
    free(shape);
    free(text);
}

/* Memory stays bounded whatever comes. */
static void csv_reader__too_big__refused(void **state)
{
    size_t len = CSV_CELL_READ_BYTES_MAX + CSV_PART_BYTES_MAX * 2;
    char *text = malloc(len + 1);
    struct fixture fixture = {0};
    uint64_t line = 0;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', len);
    text[len] = '\0';
    assert_int_equal(read_parts(&fixture, ',', text, CSV_PART_BYTES_MAX, &line), ERR_TOO_BIG);
    memset(text, ',', len);
    assert_int_equal(read_parts(&fixture, ',', text, CSV_PART_BYTES_MAX, &line), ERR_TOO_BIG);
    /* The line named is the cell's, though more lines of the same part follow. */
    memset(text, 'x', len);
    memcpy(text, "a,b\r\nc,d\r\n", 10);
    memcpy(text + 10 + CSV_CELL_READ_BYTES_MAX + 1, "\r\ne,f\r\ng,h\r\n", 13);
    assert_int_equal(read_parts(&fixture, ',', text, CSV_PART_BYTES_MAX, &line), ERR_TOO_BIG);
    assert_int_equal(line, 3);
    free(text);
}

/* What the receiver answers comes out of feed, and nothing more is delivered. */
static void csv_reader__receiver_fails__stops(void **state)
{
    struct fixture fixture = {.answer = ERR_CANCELLED};
    uint64_t line = 0;

    (void)state;
    assert_int_equal(read_parts(&fixture, ',', "a\nb\nc\n", 100, &line), ERR_CANCELLED);
    assert_string_equal(fixture.text, "1:a\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_reader__rfc4180__rows_whatever_the_parts),
        cmocka_unit_test(csv_reader__blank_rows_and_long_cells__numbers_of_the_spreadsheet),
        cmocka_unit_test(csv_reader__semicolon_and_tab__cells),
        cmocka_unit_test(csv_reader__stray_quote__malformed_with_line),
        cmocka_unit_test(csv_reader__escaped_formula__unescaped),
        cmocka_unit_test(csv_reader__cell_too_long__its_row_cut),
        cmocka_unit_test(csv_reader__row_of_many_cells__cut),
        cmocka_unit_test(csv_reader__too_big__refused),
        cmocka_unit_test(csv_reader__receiver_fails__stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
