/* Base64: the vectors of RFC 4648, and everything that is not the one text of its bytes. */
#include "common/base/base64.h"

#include "tests/lib/test.h"

/* RFC 4648, section 10, both ways. */
static void base64__published_vectors__both_ways(void **state)
{
    (void)state;
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xFF\xEF\xFE", "/+/+"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char text[16];
        uint8_t out[16];
        size_t len = 99;

        base64_encode(bytes_of_text(vectors[i][0]), text);
        assert_string_equal(text, vectors[i][1]);
        assert_int_equal(base64_decode(bytes_of_text(text), out, sizeof out, &len), ERR_OK);
        assert_int_equal(len, strlen(vectors[i][0]));
        assert_memory_equal(out, vectors[i][0], len);
        assert_true(base64_is_valid(bytes_of_text(text)));
    }
}

/* Two texts for the same bytes would be two signed texts for one fact. */
static void base64_decode__not_the_one_text__malformed(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "Z",      "Zg",   "Zg=",  "Zh==", "Zm9=",  "Zg==Zg==", "=m9v", "Z===",       "====",
        "Zm9v\n", "Zm 9", "Zm-v", "Zm_v", "Zm9v=", "Zg=a",     "Z=9v", "Zm\xC3\xA9",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        uint8_t out[16] = {7};
        size_t len = 99;
        assert_int_equal(base64_decode(bytes_of_text(refused[i]), out, sizeof out, &len), ERR_MALFORMED);
        assert_false(base64_is_valid(bytes_of_text(refused[i])));
        assert_int_equal(out[0], 7);
        assert_int_equal(len, 99);
    }
}

/* What does not fit is said before anything is written. */
static void base64_decode__more_than_fits__too_big(void **state)
{
    (void)state;
    uint8_t out[3] = {7};
    size_t len = 99;
    assert_int_equal(base64_decode(bytes_of_text("Zm9vYg=="), out, sizeof out, &len), ERR_TOO_BIG);
    assert_int_equal(out[0], 7);
    assert_int_equal(base64_decode(bytes_of_text("Zm9v"), out, sizeof out, &len), ERR_OK);
    assert_int_equal(len, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64__published_vectors__both_ways),
        cmocka_unit_test(base64_decode__not_the_one_text__malformed),
        cmocka_unit_test(base64_decode__more_than_fits__too_big),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
