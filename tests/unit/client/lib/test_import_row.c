/* What a row states, put onto the record it means. */
#include "tests/lib/test.h"

#include "client/lib/import_row.h"

enum { ROWS_MAX = 2 };

#define DAY_2000 10957
#define DAY_2010 14610
#define DAY_2020 18262

struct fixture {
    struct arena arena;
    struct import_faults faults;
    struct csv_columns columns;
    struct import_row row;
};

static struct fixture fixture;

static int fixture_open(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    arena_init(&fixture.arena, 4 << 20);
    import_faults_init(&fixture.faults, LANGUAGE_EN);
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    arena_release(&fixture.arena);
    import_faults_release(&fixture.faults);
    return 0;
}

/* Knows "A" and "B" by their letter. */
static enum err find_reference(void *context, enum record_kind kind, struct bytes typed,
                               struct id *ret_record)
{
    (void)context;
    (void)kind;
    if (typed.len != 1) {
        return typed.len == 2 ? ERR_AMBIGUOUS : ERR_NOT_FOUND;
    }
    memset(ret_record->at, typed.at[0], ID_BYTES);
    return ERR_OK;
}

static struct csv_row split(char *text, struct bytes *cells)
{
    struct csv_row row = {.cells = cells, .number = 2};

    for (char *at = text; at != NULL;) {
        char *end = strchr(at, '|');

        cells[row.cell_count++] = bytes_of(at, end == NULL ? strlen(at) : (size_t)(end - at));
        at = end == NULL ? NULL : end + 1;
    }
    return row;
}

/* Headers that several kinds know need their kind. */
static void *read_row_of(const struct kind_schema *kind, const char *headers, const char *cells)
{
    static char texts[2][4096];
    struct bytes views[CSV_COLUMNS_MAX];
    char unknown[64];
    struct error error;

    (void)strcpy(texts[0], headers);
    struct csv_row header = split(texts[0], views);
    assert_int_equal(csv_columns_read(&header, kind, false, LANGUAGE_EN, &fixture.columns, unknown,
                                      sizeof unknown, &error),
                     ERR_OK);
    struct import_row_reader reader = {&fixture.columns, LANGUAGE_EN, find_reference, NULL};
    (void)strcpy(texts[1], cells);
    struct csv_row row = split(texts[1], views);
    assert_int_equal(import_row_read(&reader, &row, &fixture.arena, &fixture.faults, &fixture.row), ERR_OK);
    return fixture.row.message;
}

static void *read_row(const char *headers, const char *cells)
{
    return read_row_of(NULL, headers, cells);
}

static void *merge(const void *existing, const void *stated)
{
    void *message = NULL;

    assert_int_equal(import_row_merge(&fixture.columns, existing, stated, &fixture.arena, &message), ERR_OK);
    return message;
}

static struct value field(const void *message, const char *name)
{
    const struct kind_schema *schema = fixture.columns.schema;

    return record_field(schema, message, (size_t)schema_field_index(schema, name));
}

static void assert_edge(const void *message, size_t element, char reference, int64_t from, int64_t to)
{
    struct value edge[EDGE_ITEMS];

    for (size_t i = 0; i < EDGE_ITEMS; i++) {
        edge[i] = record_item(fixture.columns.schema, message, 0, element, i);
    }
    assert_int_equal(edge[EDGE_REFERENCE].text.at[0], reference);
    assert_int_equal(edge[EDGE_FROM].is_stated ? edge[EDGE_FROM].number : 0, from);
    assert_int_equal(edge[EDGE_TO].is_stated ? edge[EDGE_TO].number : 0, to);
}

#define ALL "Họ và tên|Ngày sinh|Giới tính|Ngày vào Đảng|Nghề nghiệp|Chi bộ|Sinh hoạt từ ngày"
#define MANY                                                                                                                           \
    "Record id|Chi bộ|Sinh hoạt từ ngày|Sinh hoạt đến ngày|Chi bộ 2|Sinh hoạt từ ngày 2|Sinh hoạt đến ngày " \
    "2"

/* An absent column leaves the value, a blank cell of a present column clears it. */
static void merge__absent_and_blank__kept_and_cleared(void **state)
{
    (void)state;
    void *existing = read_row(ALL "|Số lý lịch|Số thẻ đảng viên", "X|01/01/1980|Nam|01/01/2000||A||12|34");
    void *stated = read_row("Họ và tên|Ngày sinh|Giới tính|Ngày vào Đảng|Chi bộ|Số thẻ đảng viên",
                            "Y|01/01/1980|Nam|01/01/2000|A|");
    void *merged = merge(existing, stated);

    assert_true(field(merged, "file_number").is_stated);
    assert_false(field(merged, "card_number").is_stated);
    assert_int_equal(field(merged, "name").text.at[0], 'Y');
}

/* Another cell from a later date is a move: the earlier one stays and ends on that day. */
static void merge__other_cell_later__history_kept(void **state)
{
    (void)state;
    void *existing = read_row(ALL, "X|01/01/1980|Nam|01/01/2000||A|01/01/2000");
    void *merged = merge(existing, read_row(ALL, "X|01/01/1980|Nam|01/01/2000||B|01/01/2010"));

    assert_int_equal(record_list_count(fixture.columns.schema, merged, 0), 2);
    assert_edge(merged, 0, 'A', DAY_2000, DAY_2010);
    assert_edge(merged, 1, 'B', DAY_2010, 0);

    void *again = merge(merged, read_row(ALL, "X|01/01/1980|Nam|01/01/2000||B|01/01/2010"));
    assert_int_equal(record_list_count(fixture.columns.schema, again, 0), 2);
    assert_edge(again, 0, 'A', DAY_2000, DAY_2010);
}

/* Another cell without a later date mends a slip of the pen; earlier cells stay. */
static void merge__other_cell_same_date__corrected(void **state)
{
    (void)state;
    void *existing = read_row(MANY, "|A|01/01/2000|01/01/2010|A|01/01/2010|");
    void *merged = merge(existing, read_row(ALL, "X|01/01/1980|Nam|01/01/2000||B|01/01/2010"));

    assert_int_equal(record_list_count(fixture.columns.schema, merged, 0), 2);
    assert_edge(merged, 0, 'A', DAY_2000, DAY_2010);
    assert_edge(merged, 1, 'B', DAY_2010, 0);
    merged = merge(existing, read_row_of(schema_of(KIND_MEMBER), "Record id|Chi bộ", "|B"));
    assert_edge(merged, 1, 'B', DAY_2010, 0);
}

/* Columns for the whole list state the whole list. */
static void merge__many_columns__list_replaced(void **state)
{
    (void)state;
    void *existing = read_row(MANY, "|A|01/01/2000|01/01/2010|B|01/01/2010|");
    void *merged = merge(existing, read_row(MANY, "|B|01/01/2020||||"));

    assert_int_equal(record_list_count(fixture.columns.schema, merged, 0), 1);
    assert_edge(merged, 0, 'B', DAY_2020, 0);
}

/* A new population figure joins the earlier ones; the same date replaces. */
static void merge__population__joins_by_date(void **state)
{
    static const char headers[] = "Record id|Mã đơn vị|Dân số tại ngày|Số dân";

    (void)state;
    void *existing = read_row(headers, "|51|01/01/2010|1000");
    size_t list = (size_t)schema_list_index(fixture.columns.schema, "population");
    void *merged = merge(existing, read_row(headers, "|51|01/01/2020|2.000"));

    assert_int_equal(record_list_count(fixture.columns.schema, merged, list), 2);
    merged = merge(merged, read_row(headers, "|51|01/01/2020|3.000"));
    assert_int_equal(record_list_count(fixture.columns.schema, merged, list), 2);
    assert_int_equal(record_item(fixture.columns.schema, merged, list, 1, 1).number, 3000);
    merged = merge(merged, read_row(headers, "|51||"));
    assert_int_equal(record_list_count(fixture.columns.schema, merged, list), 2);
}

/* References that nobody or several answer to are faults; one to the file's own kind may still come. */
static void read__bad_references__faults(void **state)
{
    (void)state;
    (void)read_row_of(schema_of(KIND_MEMBER), "Record id|Chi bộ", "|unknown");
    assert_int_equal(fixture.faults.count, 1);
    assert_false(fixture.row.is_reference_unknown);
    (void)read_row_of(schema_of(KIND_MEMBER), "Record id|Chi bộ", "|xx");
    assert_int_equal(fixture.faults.count, 2);
    (void)read_row("Record id|Cấp trên trực tiếp", "|unknown");
    assert_true(fixture.row.is_reference_unknown);
}

/* Short rows are blank at their end (old Excel drops trailing commas); more cells than headers are a fault.
 */
static void read__short_and_long_rows__blank_and_fault(void **state)
{
    (void)state;
    (void)read_row("Record id|Họ và tên|Chi bộ", "|X");
    assert_int_equal(fixture.faults.count, 0);
    (void)read_row("Record id|Họ và tên", "|X|");
    assert_int_equal(fixture.faults.count, 0);
    (void)read_row("Record id|Họ và tên", "|X|more");
    assert_int_equal(fixture.faults.count, 1);
}

/* The record id is 32 hex digits or nothing. */
static void read__record_id__checked(void **state)
{
    (void)state;
    (void)read_row("Record id|Họ và tên", "00112233445566778899aabbccddeeff|X");
    assert_true(fixture.row.has_id);
    assert_int_equal(fixture.row.id.at[1], 0x11);
    (void)read_row("Record id|Họ và tên", "1.12E+30|X");
    assert_int_equal(fixture.faults.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(merge__absent_and_blank__kept_and_cleared, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(merge__other_cell_later__history_kept, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(merge__other_cell_same_date__corrected, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(merge__many_columns__list_replaced, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(merge__population__joins_by_date, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(read__bad_references__faults, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(read__short_and_long_rows__blank_and_fault, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(read__record_id__checked, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
