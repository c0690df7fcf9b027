/* The table of errors and the struct that carries a sentence. */
#include "common/base/error.h"

#include <stdio.h>

#include "common/base/utf8.h"
#include "tests/lib/test.h"

/* Every number up to the last has a name and a sentence in both languages; the symbol is the name. */
static void err_text__every_code__has_texts(void **state)
{
    (void)state;
    for (unsigned code = 0; code < ERR_COUNT; code++) {
        assert_true(err_is_known(code));
        assert_memory_equal(err_name((enum err)code), "ERR_", 4);
        assert_true(strlen(err_text((enum err)code, LANGUAGE_VI)) > 0);
        assert_true(utf8_is_valid(bytes_of_text(err_text((enum err)code, LANGUAGE_VI))));
        assert_true(strlen(err_text((enum err)code, LANGUAGE_EN)) > 0);
    }
    assert_string_equal(err_name(ERR_TOO_BIG), "ERR_TOO_BIG");
    assert_string_equal(err_text(ERR_NOT_FOUND, LANGUAGE_EN), "Not found");
}

/* A number of a newer peer is answered sensibly, not read past the table. */
static void err_name__unknown_number__unknown(void **state)
{
    (void)state;
    assert_false(err_is_known(ERR_COUNT));
    assert_false(err_is_known(0xFFFFFFFFU));
    assert_string_equal(err_name((enum err)60000), "ERR_UNKNOWN");
    assert_true(err_may_retry((enum err)60000));
}

/* A client decides by these two whether to send again and what to tell the clerk. */
static void err_flags__known_cases__as_in_the_table(void **state)
{
    (void)state;
    assert_true(err_may_retry(ERR_BUSY));
    assert_false(err_may_retry(ERR_CLONED));
    assert_true(err_is_data_safe(ERR_CLONED));
    assert_false(err_is_data_safe(ERR_UNKNOWN_COMMIT));
}

/* The code comes back, so that callers can return in one line; NULL is allowed. */
static void error_set__no_struct__code_returned(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERR_IO, "%s", "x"), ERR_IO);
}

/* A sentence may be wrapped around the one already there. */
static void error_set__own_text_as_argument__wrapped(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_set(&error, ERR_IO, "no space"), ERR_IO);
    assert_int_equal(error_set(&error, ERR_STORE, "store.db: %s", error.text), ERR_STORE);
    assert_string_equal(error.text, "store.db: no space");
    assert_int_equal(error.code, ERR_STORE);
}

/* A long sentence is cut, never inside a character: at every alignment of a three-byte character to the end.
 */
static void error_set__too_long__cut_at_a_character(void **state)
{
    (void)state;
    char name[3 * ERROR_TEXT_BYTES_MAX + 1];
    for (size_t i = 0; i < ERROR_TEXT_BYTES_MAX; i++) {
        memcpy(name + 3 * i, "ệ", 3);
    }
    name[3 * ERROR_TEXT_BYTES_MAX] = '\0';
    for (int shift = 0; shift < 3; shift++) {
        struct error error;
        (void)!error_set(&error, ERR_IO, "%.*s%s", shift, "xx", name);
        size_t len = strlen(error.text);
        assert_true(len <= ERROR_TEXT_BYTES_MAX - 1);
        assert_true(len > ERROR_TEXT_BYTES_MAX - 1 - 3);
        assert_true(utf8_is_valid(bytes_of(error.text, len)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_text__every_code__has_texts),
        cmocka_unit_test(err_name__unknown_number__unknown),
        cmocka_unit_test(err_flags__known_cases__as_in_the_table),
        cmocka_unit_test(error_set__no_struct__code_returned),
        cmocka_unit_test(error_set__own_text_as_argument__wrapped),
        cmocka_unit_test(error_set__too_long__cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
