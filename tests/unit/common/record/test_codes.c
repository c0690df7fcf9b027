/* Code lists: found by code, and by what a clerk types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/record/codes.h"
#include "common/record/name.h"
#include "common/record/schema.h"

static void assert_typed(const char *list, const char *typed, const char *code)
{
    const struct code_item *item = codes_find_typed(list, bytes_of_text(typed));
    assert_non_null(item);
    assert_string_equal(item->code, code);
    assert_string_equal(item->list, list);
}

/* Each code of each list is found by code and by both its names: no two names of a list fold to the same key.
 */
static void codes__every_item__found_in_every_way(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct code_item *item = codes_at(0); item != NULL; item = codes_at(++count)) {
        assert_non_null(codes_list(item->list));
        assert_ptr_equal(codes_find(item->list, bytes_of_text(item->code)), item);
        assert_ptr_equal(codes_find_typed(item->list, bytes_of_text(item->code)), item);
        assert_ptr_equal(codes_find_typed(item->list, bytes_of_text(item->name_vi)), item);
        assert_ptr_equal(codes_find_typed(item->list, bytes_of_text(item->name_en)), item);
        assert_true(name_is_nfc(bytes_of_text(item->name_vi)));
    }
    assert_true(count > 140);
}

/* Every CODE field of every kind names a list that exists. */
static void codes__lists_named_by_the_schema__exist(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        for (size_t i = 0; i < schema->field_count; i++) {
            if (schema->fields[i].type == FIELD_CODE) {
                assert_non_null(codes_list(schema->fields[i].list));
            }
        }
    }
}

/* Spreadsheets lose zeros, marks and capitals. */
static void codes_find_typed__forms_of_spreadsheets__found(void **state)
{
    (void)state;
    assert_typed("ethnicity_1979", "1", "01");
    assert_typed("ethnicity_1979", " 19 ", "19");
    assert_typed("ethnicity_1979", "HRE", "19");
    assert_typed("ethnicity_1979", "xo dang", "14");
    assert_typed("religion_2008", "0", "00");
    assert_typed("religion_2008", "cong giao", "02");
    assert_typed("sex", "NU", "nu");
    assert_typed("sex", "Female", "nu");
    assert_typed("occupation", "civil servant", "civil_servant");
    assert_typed("branch_kind", "chi bo co so", "grassroots_cell");
}

/* What is in no list is not guessed at. */
static void codes_find__unknown__none(void **state)
{
    (void)state;
    assert_null(codes_find("ethnicity_1979", bytes_of_text("1")));
    assert_null(codes_find("ethnicity_1979", bytes_of_text("99")));
    assert_null(codes_find("no_list", bytes_of_text("01")));
    assert_null(codes_find("sex", (struct bytes){0}));
    assert_null(codes_find_typed("ethnicity_1979", bytes_of_text("001")));
    assert_null(codes_find_typed("ethnicity_1979", bytes_of_text("99")));
    assert_null(codes_find_typed("ethnicity_1979", bytes_of_text("")));
    assert_null(codes_find_typed("ethnicity_1979", bytes_of_text("???")));
    assert_null(codes_find_typed("sex", bytes_of_text("\xFF")));
    assert_null(codes_find_typed("no_list", bytes_of_text("Kinh")));
    char long_text[1024];
    memset(long_text, 'a', sizeof(long_text));
    assert_null(codes_find_typed("sex", bytes_of(long_text, sizeof(long_text))));
    assert_null(codes_find("sex", bytes_of(long_text, sizeof(long_text))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes__every_item__found_in_every_way),
        cmocka_unit_test(codes__lists_named_by_the_schema__exist),
        cmocka_unit_test(codes_find_typed__forms_of_spreadsheets__found),
        cmocka_unit_test(codes_find__unknown__none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
