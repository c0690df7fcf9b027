/* Figures with two decimals: the forms a clerk types, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/record/decimal.h"

/* Both separators, with and without thousands, mean the same figure everywhere. */
static void decimal_parse__forms_of_spreadsheets__hundredths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t hundredths;
    } cases[] = {{"4,41", 441},
                 {"4.41", 441},
                 {"4", 400},
                 {"4,4", 440},
                 {"0,05", 5},
                 {"-4,41", -441},
                 {"-0,5", -50},
                 {"007", 700},
                 {"1.234,5", 123450},
                 {"1,234.50", 123450},
                 {"1 234,5", 123450},
                 {"1 234", 123400},
                 {"1.234.567", 123456700},
                 {"1,234,567", 123456700},
                 {"1.234.567,89", 123456789},
                 {"9999999999,99", DECIMAL_MAX},
                 {"-9.999.999.999,99", -DECIMAL_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t hundredths = 0;
        assert_int_equal(decimal_parse(bytes_of_text(cases[i].text), &hundredths), ERR_OK);
        assert_int_equal(hundredths, cases[i].hundredths);
    }
}

/* What leaves a doubt is not guessed: above all one separator before three digits. */
static void decimal_parse__doubtful__refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",       "-",         "1.234",  "1,234",       "4,",
                                        ",41",    "4,415",     "4,4,1",  "1.23.456",    "1234.567.890",
                                        "1.2345", "1.234,567", "1,23,4", "1.234.56",    "1.234.5678,9",
                                        "4,41 ",  "12%",       "1e5",    "--4",         "+4",
                                        "1 23",   "1  234",    ",",      "10000000000", "9999999999,999",
                                        "4-4"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t hundredths = -7;
        assert_int_equal(decimal_parse(bytes_of_text(texts[i]), &hundredths), ERR_MALFORMED);
        assert_int_equal(hundredths, -7);
    }
}

/* What is written can be read again, in both languages; also the ends of 64 bits have a text. */
static void decimal_format__any_number__readable_again(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 1, -1, 10, 99, 100, -441, 441, 123450, DECIMAL_MAX, -DECIMAL_MAX};
    char text[DECIMAL_TEXT_BYTES];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        for (int language = LANGUAGE_VI; language <= LANGUAGE_EN; language++) {
            int64_t back = 0;
            decimal_format(numbers[i], (enum language)language, text);
            assert_int_equal(decimal_parse(bytes_of_text(text), &back), ERR_OK);
            assert_int_equal(back, numbers[i]);
        }
    }
    decimal_format(441, LANGUAGE_VI, text);
    assert_string_equal(text, "4,41");
    decimal_format(-5, LANGUAGE_EN, text);
    assert_string_equal(text, "-0.05");
    decimal_format(INT64_MIN, LANGUAGE_VI, text);
    assert_string_equal(text, "-92233720368547758,08");
    decimal_format(INT64_MAX, LANGUAGE_EN, text);
    assert_string_equal(text, "92233720368547758.07");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_parse__forms_of_spreadsheets__hundredths),
        cmocka_unit_test(decimal_parse__doubtful__refused),
        cmocka_unit_test(decimal_format__any_number__readable_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
