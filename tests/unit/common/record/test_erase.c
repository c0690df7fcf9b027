/* What stays of a record when its person is forgotten. */
#include "common/record/erase.h"

#include <string.h>

#include "tests/lib/record_text.h"
#include "tests/lib/test.h"

enum { ARENA_BYTES_MAX = 1 << 22 };

static struct arena arena;

static int fixture_open(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_BYTES_MAX);
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct value field(const struct kind_schema *schema, const void *message, const char *name)
{
    return record_field(schema, message, (size_t)schema_field_index(schema, name));
}

/* Names and numbers go, codes and dates stay, of the birth date the year. */
static void record_erase__member__codes_stay(void **state)
{
    (void)state;
    const char *const texts[][2] = {{"name", "Lê Thị Mới"},
                                    {"card_number", "012345678"},
                                    {"birth_date", "17/08/1970"},
                                    {"sex", "nu"},
                                    {"ethnicity", "hre"},
                                    {"admission_date", "03/02/1995"},
                                    {NULL, NULL}};
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    void *member = record_from_texts(schema, &arena, texts);
    bool hides[128] = {false};

    assert_int_equal(record_erase(schema, &arena, member, NULL), ERR_OK);

    assert_false(field(schema, member, "name").is_stated);
    assert_false(field(schema, member, "card_number").is_stated);
    assert_int_equal(field(schema, member, "birth_date").number, 0); /* 1970-01-01 */
    assert_true(field(schema, member, "sex").is_stated);
    assert_true(field(schema, member, "ethnicity").is_stated);
    assert_int_equal(field(schema, member, "admission_date").number, 9164);
    hides[schema_field_index(schema, "ethnicity")] = true;
    hides[schema_field_index(schema, "sex")] = true; /* not sensitive: stays whatever the caller says */
    assert_int_equal(record_erase(schema, &arena, member, hides), ERR_OK);
    assert_false(field(schema, member, "ethnicity").is_stated);
    assert_true(field(schema, member, "sex").is_stated);
}

/* No kind keeps an identifying, sealed or free text after it, in fields or lists. */
static void record_erase__every_kind__no_free_text_left(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        void *message = NULL;
        struct value items[64];
        assert_int_equal(record_new(schema, &arena, &message), ERR_OK);
        for (size_t i = 0; i < schema->field_count; i++) {
            struct value value = {true, bytes_of_text("0123456789abcdef"), 100};
            value.number = schema->fields[i].type == FIELD_BOOLEAN ? 1 : 100;
            assert_int_equal(record_set_field(schema, &arena, message, i, value), ERR_OK);
        }
        for (size_t i = 0; i < schema->list_count; i++) {
            for (size_t j = 0; j < schema->lists[i].item_count; j++) {
                items[j] = (struct value){true, bytes_of_text("0123456789abcdef"), 1};
            }
            assert_int_equal(record_append(schema, &arena, message, i, items), ERR_OK);
        }

        assert_int_equal(record_erase(schema, &arena, message, NULL), ERR_OK);

        for (size_t i = 0; i < schema->field_count; i++) {
            bool is_gone = schema->fields[i].type == FIELD_TEXT ||
                           ((schema->fields[i].flags & (FIELD_IDENTIFYING | FIELD_SEALED)) != 0 &&
                            schema->fields[i].type != FIELD_DATE);
            assert_int_equal(record_field(schema, message, i).is_stated, !is_gone);
        }
        for (size_t i = 0; i < schema->list_count; i++) {
            for (size_t j = 0; j < schema->lists[i].item_count; j++) {
                const struct field_schema *item = &schema->lists[i].items[j];
                bool is_gone =
                    item->type == FIELD_TEXT ||
                    ((item->flags & (FIELD_IDENTIFYING | FIELD_SEALED)) != 0 && item->type != FIELD_DATE);
                assert_int_equal(record_item(schema, message, i, 0, j).is_stated, !is_gone);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(record_erase__member__codes_stay, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(record_erase__every_kind__no_free_text_left, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
