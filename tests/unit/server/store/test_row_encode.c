/* Records as rows: the number and order of columns, and which element of a dated edge lies where. The
 * values themselves are proved against the real tables (integration/test_store_group.c). */
#include "server/store/row_encode.h"
#include "tests/lib/record_text.h"
#include "tests/lib/test.h"

static struct arena arena;
static struct buf out;
static struct vault_sealer sealer; /* nothing sealed is stated here */

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    buf_init(&out, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    buf_release(&out);
    return 0;
}

static void *member(void)
{
    const char *const texts[][2] = {{"name", "Lê Thị Hai"}, {NULL, NULL}};
    void *message = record_from_texts(schema_of(KIND_MEMBER), &arena, texts);
    record_append_edge(schema_of(KIND_MEMBER), &arena, message, "branch", 1, "01/01/2010", NULL);
    record_append_edge(schema_of(KIND_MEMBER), &arena, message, "branch", 2, NULL, "01/01/2000");
    record_append_edge(schema_of(KIND_MEMBER), &arena, message, "branch", 3, "01/01/2000", "01/01/2010");
    return message;
}

/* Every column of the type is there, stated or not, for a record as for a removal: the database counts
 * them. */
static void row_encode_version__any_version__same_columns(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        void *message;
        struct wire_array rows;
        struct wire_range range;
        assert_int_equal(record_new(schema, &arena, &message), ERR_OK);
        struct store_version version = {
            .schema = schema, .record = {{1}}, .version = {{2}}, .message = message};
        struct store_version removal = {
            .schema = schema, .record = {{1}}, .version = {{2}}, .is_removal = true};
        wire_array_begin(&rows, &out, 70000);
        row_encode_version(&rows, &version, ROW_UNTIL_NONE, &sealer);
        row_encode_version(&rows, &removal, 9, &sealer);
        assert_int_equal(wire_array_end(&rows, &range), ERR_OK);

        struct bytes encoded = wire_range_bytes(&out, range);
        const uint8_t *first = encoded.at + 20;
        const uint8_t *second = first + 4 + u32_read(first);
        assert_int_equal(u32_read(first + 4), u32_read(second + 4));
        /* The removal states `until`, eight bytes more; all else is null in both. */
        assert_int_equal(u32_read(second), u32_read(first) + 8);
        assert_ptr_equal(second + 4 + u32_read(second), encoded.at + encoded.len);
    }
}

/* The last edge lies in the record's row, so the child rows are all the others, under their own numbers. */
static void row_encode_elements__dated_edge__all_but_the_last(void **state)
{
    (void)state;
    struct store_version version = {.schema = schema_of(KIND_MEMBER),
                                    .record = {{1}},
                                    .version = {{2}},
                                    .message = member(),
                                    .position = 4};
    struct wire_array rows;
    struct wire_range range;

    wire_array_begin(&rows, &out, 70000);
    row_encode_elements(&rows, &version, 0, ROW_UNTIL_NONE, &sealer);
    assert_int_equal(wire_array_end(&rows, &range), ERR_OK);

    struct bytes encoded = wire_range_bytes(&out, range);
    assert_int_equal(u32_read(encoded.at + 12), 2);
    const uint8_t *row = encoded.at + 20;
    /* Columns: id (8 + 16), since (8 + 8), until null (8), element (8 + 4), branch (8 + 16). */
    const size_t element_at = 8 + 24 + 16 + 8 + 8;
    assert_int_equal(u32_read(row + element_at), 1);
    assert_int_equal(row[element_at + 4 + 8], 2);
    row += 4 + u32_read(row);
    assert_int_equal(u32_read(row + element_at), 2);
    assert_int_equal(row[element_at + 4 + 8], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(row_encode_version__any_version__same_columns, begin, end),
        cmocka_unit_test_setup_teardown(row_encode_elements__dated_edge__all_but_the_last, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
