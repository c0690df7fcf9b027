/* A recovery code that was copied by hand is read, and a slip of the pen is noticed. */
#include "client/lib/keys_code.h"

#include <ctype.h>
#include <stdio.h>

#include "tests/lib/test.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* What was printed is read again, however it was typed. */
static void keys_code_read__as_people_type__same_code(void **state)
{
    (void)state;
    char drawn[KEYS_CODE_TEXT_BYTES];
    char read[KEYS_CODE_TEXT_BYTES];
    for (int round = 0; round < 200; round++) {
        char typed[4 * KEYS_CODE_TEXT_BYTES];
        size_t len = 0;
        keys_code_draw(drawn);
        assert_int_equal(strlen(drawn), KEYS_CODE_TEXT_BYTES - 1);
        for (const char *at = drawn; *at != '\0'; at++) {
            char wanted = *at == '1' ? 'l' : *at == '0' ? 'o' : *at == 'V' ? 'u' : (char)tolower(*at);
            if (*at != '-') {
                typed[len++] = wanted;
                typed[len++] = ' ';
            }
        }
        typed[len++] = '\n';

        assert_int_equal(keys_code_read(bytes_of(typed, len), read), ERR_OK);

        assert_string_equal(read, drawn);
    }
}

/* Every single wrong character and every swap of two different ones is noticed. */
static void keys_code_read__one_slip__malformed(void **state)
{
    (void)state;
    char drawn[KEYS_CODE_TEXT_BYTES];
    char read[KEYS_CODE_TEXT_BYTES];
    keys_code_draw(drawn);
    for (size_t i = 0; i + 1 < sizeof drawn; i++) {
        char kept = drawn[i];
        for (size_t k = 0; kept != '-' && alphabet[k] != '\0'; k++) {
            drawn[i] = alphabet[k];
            enum err expected = alphabet[k] == kept ? ERR_OK : ERR_MALFORMED;
            assert_int_equal(keys_code_read(bytes_of_text(drawn), read), expected);
        }
        drawn[i] = kept;
        for (size_t k = i + 1; kept != '-' && k + 1 < sizeof drawn; k++) {
            if (drawn[k] == '-' || drawn[k] == kept) {
                continue;
            }
            drawn[i] = drawn[k];
            drawn[k] = kept;
            assert_int_equal(keys_code_read(bytes_of_text(drawn), read), ERR_MALFORMED);
            drawn[k] = drawn[i];
            drawn[i] = kept;
        }
    }
}

/* Anything else is no code. */
static void keys_code_read__something_else__malformed(void **state)
{
    (void)state;
    char drawn[KEYS_CODE_TEXT_BYTES];
    char read[KEYS_CODE_TEXT_BYTES] = "untouched";
    char longer[KEYS_CODE_TEXT_BYTES + 1];
    keys_code_draw(drawn);
    (void)snprintf(longer, sizeof longer, "%s0", drawn);
    const struct bytes cases[] = {bytes_of_text(""), bytes_of_text("mật khẩu của tôi"),
                                  bytes_of(drawn, strlen(drawn) - 1), bytes_of_text(longer),
                                  bytes_of(drawn, sizeof drawn)};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(keys_code_read(cases[i], read), ERR_MALFORMED);
    }
    assert_string_equal(read, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_code_read__as_people_type__same_code),
        cmocka_unit_test(keys_code_read__one_slip__malformed),
        cmocka_unit_test(keys_code_read__something_else__malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
