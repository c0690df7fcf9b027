/* Match keys: the text a record is recognised by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/record/match.h"
#include "tests/lib/record_text.h"

/* A reference written "B" in a test. */
#define BRANCH_HEX "42424242424242424242424242424242"

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 16);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* expected NULL: the key does not apply. */
static void assert_key(const struct kind_schema *schema, const void *message, size_t key_index,
                       const char *expected)
{
    struct bytes key = bytes_of_text("?");
    assert_int_equal(match_key_of(schema, message, key_index, &arena, &key), ERR_OK);
    if (expected == NULL) {
        assert_null(key.at);
        return;
    }
    assert_non_null(key.at);
    assert_int_equal(key.len, strlen(expected));
    assert_memory_equal(key.at, expected, key.len);
}

/* A member is known by file number, else card number, else name, birth date and last cell. */
static void match_key_of__member__three_keys(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    const char *const texts[][2] = {{"file_number", " 51 22 "},
                                    {"card_number", "00123456"},
                                    {"name", "Nguyễn Văn ĐẠT"},
                                    {"birth_date", "01/05/1980"},
                                    {NULL, NULL}};
    void *member = record_from_texts(schema, &arena, texts);
    assert_key(schema, member, 2, NULL);
    record_append_edge(schema, &arena, member, "branch", 0x11, "01/01/2020", NULL);
    record_append_edge(schema, &arena, member, "branch", 0x22, "01/01/2010", "01/01/2020");

    assert_key(schema, member, 0, "0|51 22");
    assert_key(schema, member, 1, "1|00123456");
    assert_key(schema, member, 2, "2|nguyen van dat|1980-05-01|11111111111111111111111111111111");
    assert_key(schema, member, 3, NULL);
}

/* A blank number is no number: it must not make strangers one person. */
static void match_key_of__blank_or_missing__does_not_apply(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    const char *const texts[][2] = {{"card_number", "   "}, {"name", "Nguyễn Văn Đạt"}, {NULL, NULL}};
    void *member = record_from_texts(schema, &arena, texts);
    assert_key(schema, member, 0, NULL);
    assert_key(schema, member, 1, NULL);
    assert_key(schema, member, 2, NULL);
}

/* A code without a list is the sender's own and never meets the official code of the same digits. */
static void match_key_of__official_and_local_branch__apart(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_BRANCH);
    const char *const official[][2] = {{"code_list", "tinh"},
                                       {"code", "51"},
                                       {"established_date", "02/09/1945"},
                                       {"name", "Đảng bộ tỉnh"},
                                       {NULL, NULL}};
    const char *const local[][2] = {{"code", "51"}, {"name", "Chi bộ Thôn 1"}, {NULL, NULL}};
    void *a = record_from_texts(schema, &arena, official);
    void *b = record_from_texts(schema, &arena, local);
    record_append_edge(schema, &arena, a, "parent", 0x33, NULL, NULL);
    record_append_edge(schema, &arena, b, "parent", 0x33, NULL, NULL);

    assert_key(schema, a, 0, "0|tinh|51|1945-09-02");
    assert_key(schema, a, 1, NULL);
    assert_key(schema, a, 2, NULL);
    assert_key(schema, b, 0, NULL);
    assert_key(schema, b, 1, "1|51");
    assert_key(schema, b, 2, "2|chi bo thon 1|33333333333333333333333333333333");
}

/* An optional date that nobody knows does not make every import of the row another record; what is required has
 * to be there, and a key that is whole is never mixed with one that is not. */
static void match_key_of__optional_field_not_stated__empty_part(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_CODE);
    const char *const undated[][2] = {{"list", "sex"}, {"code", "1"}, {NULL, NULL}};
    const char *const blank[][2] = {{"list", "sex"}, {"code", "  "}, {NULL, NULL}};
    assert_key(schema, record_from_texts(schema, &arena, undated), 0, "0|sex|1|");
    assert_key(schema, record_from_texts(schema, &arena, blank), 0, NULL);

    schema = schema_of(KIND_BRANCH);
    const char *const named[][2] = {{"name", "Chi bộ Một"}, {NULL, NULL}};
    const char *const coded[][2] = {{"name", "Chi bộ Một"}, {"code", "CB1"}, {NULL, NULL}};
    assert_key(schema, record_from_texts(schema, &arena, named), 1, NULL);
    assert_key(schema, record_from_texts(schema, &arena, named), 2, "2|chi bo mot|");
    assert_key(schema, record_from_texts(schema, &arena, coded), 1, "1|CB1");
    assert_key(schema, record_from_texts(schema, &arena, coded), 2, NULL);
}

/* References, dates, codes and whole numbers are parts of a key. */
static void match_key_of__every_type__one_text(void **state)
{
    (void)state;
    const char *const meeting[][2] = {
        {"branch", "B"}, {"date", "05/03/2024"}, {"type", "monthly"}, {NULL, NULL}};
    const char *const evaluation[][2] = {{"branch", "B"}, {"year", "2023"}, {"period", "year"}, {NULL, NULL}};
    assert_key(schema_of(KIND_MEETING), record_from_texts(schema_of(KIND_MEETING), &arena, meeting), 0,
               "0|" BRANCH_HEX "|2024-03-05|monthly");
    assert_key(schema_of(KIND_EVALUATION), record_from_texts(schema_of(KIND_EVALUATION), &arena, evaluation),
               0, "0|" BRANCH_HEX "|2023|year");
}

/* Two hamlet heads who are no members are two offices: the key that lacks the member does not take them for one. */
static void match_key_of__office_of_non_member__by_name(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_OFFICE);
    const char *const office[][2] = {{"branch", "B"},
                                     {"position", "hamlet_head"},
                                     {"holder_name", "Nguyễn Văn Đạt"},
                                     {"from_date", "22/05/2022"},
                                     {NULL, NULL}};
    void *message = record_from_texts(schema_of(KIND_OFFICE), &arena, office);
    assert_key(schema, message, 0, NULL);
    assert_key(schema, message, 1, "1|" BRANCH_HEX "|hamlet_head|nguyen van dat|2022-05-22");
}

/* A training whose dates nobody wrote down is one training. */
static void match_key_of__training_without_dates__first_key(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_TRAINING);
    const char *const undated[][2] = {{"member", "B"}, {"course", "update"}, {NULL, NULL}};
    const char *const completed[][2] = {
        {"member", "B"}, {"course", "update"}, {"completed_date", "01/02/2024"}, {NULL, NULL}};
    assert_key(schema, record_from_texts(schema_of(KIND_TRAINING), &arena, undated), 0,
               "0|" BRANCH_HEX "|update|");
    assert_key(schema, record_from_texts(schema_of(KIND_TRAINING), &arena, undated), 1, NULL);
    assert_key(schema, record_from_texts(schema_of(KIND_TRAINING), &arena, completed), 0, NULL);
    assert_key(schema, record_from_texts(schema_of(KIND_TRAINING), &arena, completed), 1,
               "1|" BRANCH_HEX "|update|2024-02-01");
}

/* A separator inside a value cannot make two keys equal. */
static void match_key_of__separator_in_a_value__escaped(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_CODE);
    const char *const one[][2] = {
        {"list", "a|b"}, {"code", "c\\"}, {"valid_from", "01/01/2000"}, {NULL, NULL}};
    const char *const other[][2] = {
        {"list", "a"}, {"code", "b|c\\"}, {"valid_from", "01/01/2000"}, {NULL, NULL}};
    assert_key(schema, record_from_texts(schema, &arena, one), 0, "0|a\\|b|c\\\\|2000-01-01");
    assert_key(schema, record_from_texts(schema, &arena, other), 0, "0|a|b\\|c\\\\|2000-01-01");
}

/* Bad text and lack of room are errors, not keys. */
static void match_key_of__bad_text__error(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    const char *const bad[][2] = {{"file_number", "\xFF"}, {NULL, NULL}};
    const char *const good[][2] = {{"file_number", "123456789012345678901234567890"}, {NULL, NULL}};
    struct bytes key = bytes_of_text("untouched");
    assert_int_equal(match_key_of(schema, record_from_texts(schema, &arena, bad), 0, &arena, &key),
                     ERR_ENCODING);
    struct arena tiny;
    arena_init(&tiny, 8);
    assert_int_equal(match_key_of(schema, record_from_texts(schema, &arena, good), 0, &tiny, &key),
                     ERR_TOO_BIG);
    arena_release(&tiny);
    assert_int_equal(key.len, strlen("untouched"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(match_key_of__member__three_keys, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(match_key_of__blank_or_missing__does_not_apply, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(match_key_of__official_and_local_branch__apart, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(match_key_of__optional_field_not_stated__empty_part, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(match_key_of__every_type__one_text, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(match_key_of__office_of_non_member__by_name, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(match_key_of__training_without_dates__first_key, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(match_key_of__separator_in_a_value__escaped, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(match_key_of__bad_text__error, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
