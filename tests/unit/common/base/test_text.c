/* Texts people see. */
#include "common/base/text.h"

#include "common/base/utf8.h"
#include "tests/lib/aborts.h"
#include "tests/lib/test.h"

/* The conversions of a format in their order: "%s: %zu rows" gives "s,zu,". */
static void conversions(const char *text, char *out, size_t size)
{
    size_t len = 0;
    for (const char *at = strchr(text, '%'); at != NULL; at = strchr(at, '%')) {
        at++;
        size_t span = strcspn(at, "diouxXeEfFgGaAcspn%") + 1;
        if (at[span - 1] != '%') {
            assert_true(len + span + 2 < size);
            memcpy(out + len, at, span);
            len += span;
            out[len++] = ',';
        }
        at += span;
    }
    out[len] = '\0';
}

/* Both languages exist for every text and take the same arguments in the same order: printf trusts that
 * blindly. */
static void text_get__every_text__same_arguments_in_both(void **state)
{
    (void)state;
    for (unsigned id = 0; id < TEXT_COUNT; id++) {
        const char *vi = text_get((enum text_id)id, LANGUAGE_VI);
        const char *en = text_get((enum text_id)id, LANGUAGE_EN);
        assert_true(strlen(vi) > 0 && strlen(en) > 0);
        assert_true(utf8_is_valid(bytes_of_text(vi)) && utf8_is_valid(bytes_of_text(en)));
        char of_vi[256];
        char of_en[256];
        conversions(vi, of_vi, sizeof of_vi);
        conversions(en, of_en, sizeof of_en);
        assert_string_equal(of_vi, of_en);
    }
    assert_string_equal(text_get(TEXT_YES, LANGUAGE_VI), "có");
    assert_string_equal(text_get(TEXT_YES, LANGUAGE_EN), "yes");
}

static void get_past_the_table(void *context)
{
    (void)context;
    (void)text_get(TEXT_COUNT, LANGUAGE_VI);
}

/* There is no text past the last one. */
static void text_get__past_the_table__aborts(void **state)
{
    (void)state;
    assert_true(aborts(get_past_the_table, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_get__every_text__same_arguments_in_both),
        cmocka_unit_test(text_get__past_the_table__aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
