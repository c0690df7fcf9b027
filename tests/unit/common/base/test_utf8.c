/* UTF-8: what is valid, what is clean, where to cut. */
#include "common/base/utf8.h"

#include "tests/lib/test.h"

/* Encode by the definition, to compare with. */
static size_t encode(uint32_t character, uint8_t out[4])
{
    if (character < 0x80) {
        out[0] = (uint8_t)character;
        return 1;
    }
    if (character < 0x800) {
        out[0] = (uint8_t)(0xC0 | character >> 6);
        out[1] = (uint8_t)(0x80 | (character & 0x3F));
        return 2;
    }
    if (character < 0x10000) {
        out[0] = (uint8_t)(0xE0 | character >> 12);
        out[1] = (uint8_t)(0x80 | (character >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (character & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | character >> 18);
    out[1] = (uint8_t)(0x80 | (character >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (character >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (character & 0x3F));
    return 4;
}

/* Every character there is decodes to itself; surrogates and what lies past U+10FFFF do not. */
static void utf8_decode__every_character__itself(void **state)
{
    (void)state;
    for (uint32_t character = 0; character < 0x120000; character++) {
        uint8_t at[4];
        size_t len = encode(character, at);
        bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
        bool is_valid = !is_surrogate && character <= 0x10FFFF;
        uint32_t decoded = 0;
        size_t decoded_len = utf8_decode(bytes_of(at, len), &decoded);
        if (decoded_len != (is_valid ? len : 0) || (is_valid && decoded != character)) {
            fail_msg("U+%04X", character);
        }
    }
}

/* Overlong, cut, lone and impossible bytes are invalid. */
static void utf8_is_valid__broken_sequences__false(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "\xC0\x80", "\xC1\xBF",     "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
        "\x80",     "\xBF",         "\xC3",         "\xE1\xBB",     "\xF0\x9F\x98",     "\xF5\x80\x80\x80",
        "\xFF",     "\xED\xA0\x80", "\xC3(",        "a\xFE",
    };
    for (unsigned i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        assert_false(utf8_is_valid(bytes_of_text(broken[i])));
        assert_false(utf8_is_clean(bytes_of_text(broken[i])));
    }
    assert_true(utf8_is_valid(bytes_of_text("Nguyễn Thị Ánh")));
    assert_true(utf8_is_valid(bytes_of(NULL, 0)));
}

/* Texts may hold tab and line feed, but nothing else that steers a terminal or turns the reading direction.
 */
static void utf8_is_clean__control_characters__only_tab_and_line_feed(void **state)
{
    (void)state;
    for (uint32_t character = 0; character < 0x3000; character++) {
        uint8_t at[4];
        size_t len = encode(character, at);
        bool is_control = character < 0x20 || (character >= 0x7F && character < 0xA0);
        bool is_bidi = character == 0x061C || character == 0x200E || character == 0x200F ||
                       (character >= 0x202A && character <= 0x202E) ||
                       (character >= 0x2066 && character <= 0x2069);
        bool is_clean = (!is_control && !is_bidi) || character == '\t' || character == '\n';
        if (utf8_is_clean(bytes_of(at, len)) != is_clean) {
            fail_msg("U+%04X", character);
        }
    }
    assert_true(utf8_is_clean(bytes_of_text("Đảng bộ\tQuảng Ngãi\n")));
}

/* A cut keeps whole characters and as many as fit. */
static void utf8_cut__every_length__whole_characters(void **state)
{
    (void)state;
    struct bytes text = bytes_of_text("aéệ😀z");
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t len_max = 0; len_max < sizeof expected / sizeof expected[0]; len_max++) {
        assert_int_equal(utf8_cut(text, len_max), expected[len_max]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_decode__every_character__itself),
        cmocka_unit_test(utf8_is_valid__broken_sequences__false),
        cmocka_unit_test(utf8_is_clean__control_characters__only_tab_and_line_feed),
        cmocka_unit_test(utf8_cut__every_length__whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
