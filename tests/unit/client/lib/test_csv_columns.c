/* Headers to places in a record, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "client/lib/csv_columns.h"

static struct csv_columns columns;
static char unknown[256];
static struct error error;

/* headers: separated by '|'. */
static enum err read_headers(const char *headers, const struct kind_schema *schema)
{
    static struct bytes cells[CSV_COLUMNS_MAX];
    struct csv_row row = {.cells = cells, .number = 1};

    for (const char *at = headers; at != NULL;) {
        const char *end = strchr(at, '|');

        cells[row.cell_count++] = bytes_of(at, end == NULL ? strlen(at) : (size_t)(end - at));
        at = end == NULL ? NULL : end + 1;
    }
    return csv_columns_read(&row, schema, false, LANGUAGE_EN, &columns, unknown, sizeof unknown, &error);
}

/* Either language, any case, with or without marks; list elements numbered. */
static void columns__labels__found(void **state)
{
    (void)state;
    assert_int_equal(
        read_headers("SỐ LÝ LỊCH|Full name|ngay sinh|Giới tính|Ngày vào Đảng|Chi bộ|Sinh hoạt từ ngày|"
                     "Chi bộ 2|Ghi chú|Lý do giải trình|Lỗi",
                     NULL),
        ERR_OK);

    assert_string_equal(columns.schema->name, "member");
    assert_int_equal(columns.at[0].use, CSV_COLUMN_FIELD);
    assert_int_equal(columns.at[5].use, CSV_COLUMN_ITEM);
    assert_int_equal(columns.at[5].element, 0);
    assert_int_equal(columns.at[7].element, 1);
    assert_int_equal(columns.elements[columns.at[7].list], 2);
    assert_int_equal(columns.reason, 9);
    assert_int_equal(columns.error, 10);
    assert_int_equal(columns.record_id, -1);
    assert_string_equal(unknown, "Ghi chú");
}

/* A clerk must learn what is missing in one sentence, not by thousands of failed rows. */
static void columns__required_missing__named(void **state)
{
    (void)state;
    assert_int_equal(read_headers("Họ và tên|Ngày sinh|Giới tính|Số lý lịch", NULL), ERR_MALFORMED);

    assert_non_null(strstr(error.text, "Admission date"));
    assert_non_null(strstr(error.text, "Cell"));
    assert_null(strstr(error.text, "Birth date"));
}

/* With record ids a file may hold only what changes. */
static void columns__record_id__required_may_lack(void **state)
{
    (void)state;
    assert_int_equal(read_headers("Mã bản ghi|Số thẻ đảng viên", NULL), ERR_OK);

    assert_int_equal(columns.record_id, 0);
}

/* Two columns for one value: one of them would be lost. */
static void columns__header_twice__refused(void **state)
{
    (void)state;
    assert_int_equal(read_headers("Họ và tên|Ngày sinh|Giới tính|Ngày vào Đảng|Chi bộ|Chi bộ 1", NULL),
                     ERR_MALFORMED);
    assert_non_null(strstr(error.text, "Cell"));
}

/* Nothing known, or two kinds alike, is never guessed. */
static void columns__no_or_many_kinds__refused(void **state)
{
    (void)state;
    assert_int_equal(read_headers("a|b|c", NULL), ERR_MALFORMED);
    assert_int_equal(read_headers("Hiệu lực từ ngày", NULL), ERR_MALFORMED);
    assert_int_equal(read_headers("", NULL), ERR_MALFORMED);
}

/* Writes the headers of a kind with so many elements in each list and reads them. */
static void assert_read_back(uint32_t kind, enum language language, const size_t *elements)
{
    static char labels[CSV_COLUMNS_MAX][CSV_LABEL_BYTES_MAX];
    static struct bytes cells[CSV_COLUMNS_MAX];
    static struct csv_columns written;

    csv_columns_of_kind(schema_of(kind), elements, true, &written);
    for (size_t i = 0; i < written.count; i++) {
        csv_columns_label(&written, i, language, labels[i]);
        cells[i] = bytes_of_text(labels[i]);
    }
    struct csv_row row = {.cells = cells, .cell_count = written.count, .number = 1};

    assert_int_equal(
        csv_columns_read(&row, NULL, false, LANGUAGE_EN, &columns, unknown, sizeof unknown, &error), ERR_OK);
    assert_ptr_equal(columns.schema, written.schema);
    assert_memory_equal(columns.at, written.at, sizeof columns.at[0] * written.count);
    assert_string_equal(unknown, "");
}

/* What an export writes, an import understands, in both languages and for every kind. */
static void columns__written_headers__read_back(void **state)
{
    static const size_t elements[CSV_LISTS_MAX] = {2, 3, 1, 1, 1, 1, 1, 1};

    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        assert_read_back(kind, LANGUAGE_VI, elements);
        assert_read_back(kind, LANGUAGE_EN, elements);
    }
}

/* A record with every list full has columns for all of it: a tally sheet of a hamlet with clusters, a long life. */
static void columns__all_lists_full__read_back(void **state)
{
    size_t elements[CSV_LISTS_MAX];

    (void)state;
    for (size_t i = 0; i < CSV_LISTS_MAX; i++) {
        elements[i] = SCHEMA_LIST_ELEMENTS_MAX;
    }
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        assert_read_back(kind, LANGUAGE_VI, elements);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns__labels__found),
        cmocka_unit_test(columns__required_missing__named),
        cmocka_unit_test(columns__record_id__required_may_lack),
        cmocka_unit_test(columns__header_twice__refused),
        cmocka_unit_test(columns__no_or_many_kinds__refused),
        cmocka_unit_test(columns__written_headers__read_back),
        cmocka_unit_test(columns__all_lists_full__read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
