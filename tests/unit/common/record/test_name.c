/* Names: NFC, tidy spaces, and the key people search by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "common/record/name.h"

struct vector {
    const char *in;
    const char *out;
};

static void assert_text(struct bytes actual, const char *expected)
{
    assert_int_equal(actual.len, strlen(expected));
    assert_memory_equal(actual.at, expected, actual.len);
}

/* A clerk finds a name without typing its marks, whichever way it was typed in. */
static void name_fold__vietnamese__plain_letters(void **state)
{
    (void)state;
    static const struct vector vectors[] = {
        {"Nguyễn  Văn Đạt", "nguyen van dat"},
        {"ĐẶNG THỊ ƯỚC MƠ", "dang thi uoc mo"},
        {"đỗ ơn", "do on"},
        {"Nguye\xCC\x82\xCC\x83n", "nguyen"}, /* decomposed */
        {"\xC3\x90inh", "dinh"},              /* Icelandic capital in place of Đ */
        {"Gié-Triêng", "gie trieng"},
        {"  Y  Ly.Na  ", "y ly na"},
        {"H'Hen Niê", "h hen nie"},
        {"Chi bộ 3/2", "chi bo 3 2"},
        {"ỳỷỹỵỲỶỸỴ", "yyyyyyyy"},
        {"", ""},
        {"---", ""},
        {"Tra\xE2\x80\x8Bn", "tran"},
    };
    struct arena arena;
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct bytes key;
        assert_int_equal(name_fold(bytes_of_text(vectors[i].in), &arena, &key), ERR_OK);
        assert_text(key, vectors[i].out);
    }
    arena_release(&arena);
}

/* All that Vietnamese writes folds to ASCII; a letter forgotten would hide people from a search. */
static void name_fold__every_vietnamese_letter__ascii(void **state)
{
    (void)state;
    const char *letters =
        "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵz"
        "AÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬBCDĐEÈẺẼÉẸÊỀỂỄẾỆIÌỈĨÍỊOÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢUÙỦŨÚỤƯỪỬỮỨỰYỲỶỸÝỴ";
    char key[512];
    size_t len = 0;
    assert_int_equal(name_fold_into(bytes_of_text(letters), key, sizeof(key), &len), ERR_OK);
    for (size_t i = 0; i < len; i++) {
        assert_in_range(key[i], 'a', 'z');
    }
}

/* What is stored is composed, tidy, and free of what the wire refuses. */
static void name_normalise__untidy_text__composed_and_tidy(void **state)
{
    (void)state;
    static const struct vector vectors[] = {
        {"Nguyễn Văn Đạt", "Nguyễn Văn Đạt"},
        {"Nguye\xCC\x82\xCC\x83n", "Nguyễn"},
        {"  Lê\t\tThị\xC2\xA0\xC2\xA0 Bé\r\n", "Lê Thị Bé"},
        {"Tra\xE2\x80\x8B\xCC\x80", "Tr\xC3\xA0"},         /* a zero-width space between letter and mark */
        {"a\xCC\x82\xE2\x80\x8B\xCC\xA3", "\xE1\xBA\xAD"}, /* and between two marks out of order */
        {"\xEF\xBB\xBFMai", "Mai"},
        {"Mai\xE2\x80\xAE", "Mai"},
        {"a  b", "a b"},
        {"plain text", "plain text"},
        {"", ""},
        {" \t ", ""},
    };
    struct arena arena;
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct bytes text;
        assert_int_equal(name_normalise(bytes_of_text(vectors[i].in), &arena, &text), ERR_OK);
        assert_text(text, vectors[i].out);
    }
    arena_release(&arena);
}

/* Bytes that are no UTF-8 are an error and never reach a record. */
static void name__not_utf8__error(void **state)
{
    (void)state;
    static const char *const texts[] = {"\xFF", "Nguy\xEA", "\xC0\x80", "\xED\xA0\x80", "abc\xE1\xBB"};
    struct arena arena;
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct bytes text = bytes_of_text("untouched");
        assert_int_equal(name_normalise(bytes_of_text(texts[i]), &arena, &text), ERR_ENCODING);
        assert_int_equal(name_fold(bytes_of_text(texts[i]), &arena, &text), ERR_ENCODING);
        assert_text(text, "untouched");
        assert_false(name_is_nfc(bytes_of_text(texts[i])));
    }
    arena_release(&arena);
}

/* A text that does not fit says so. */
static void name__no_room__too_big(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 16);
    struct bytes text = {0};
    struct bytes in = bytes_of_text("Nguyễn Văn Đạt, thôn Nước Lầy");
    assert_int_equal(name_normalise(in, &arena, &text), ERR_TOO_BIG);
    assert_int_equal(name_fold(in, &arena, &text), ERR_TOO_BIG);
    char key[4];
    size_t len = 99;
    assert_int_equal(name_fold_into(in, key, sizeof(key), &len), ERR_TOO_BIG);
    assert_int_equal(len, 99);
    arena_release(&arena);
}

/* The short way of name_is_nfc agrees with composing, for each character alone and after a letter with a
 * mark. */
static void name_is_nfc__every_character__agrees_with_composing(void **state)
{
    (void)state;
    for (utf8proc_int32_t point = 1; point < 0x3000; point++) {
        uint8_t text[8] = {'a'};
        size_t len = 1 + (size_t)utf8proc_encode_char(point, text + 1);
        utf8proc_uint8_t *composed = NULL;
        utf8proc_ssize_t composed_len =
            utf8proc_map(text, (utf8proc_ssize_t)len, &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
        bool is_same = composed_len == (utf8proc_ssize_t)len && memcmp(composed, text, len) == 0;
        free(composed);
        assert_int_equal(name_is_nfc(bytes_of(text, len)), is_same);
    }
}

/* Names of people are compared with their marks: Hùng and Hưng are two persons, though searched by one key. */
static void name_is_same__marks_case_and_spaces__only_marks_count(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        bool is_same;
    } cases[] = {
        {"Phạm Văn Hùng", "PHẠM  VĂN HÙNG", true},
        {"Phạm Văn Hùng", " Phạm Văn Hùng. ", true},
        {"Đinh Bé", "đinh bé", true},
        {"Phạm Văn Hùng", "Phạm Văn Hưng", false},
        {"Đinh Bé", "Dinh Be", false},
        {"Hoà", "Hòa", false},
        {"Bé", "Bé Hai", false},
        {"Bé Hai", "BéHai", false},
        {"", "", true},
        {"", " ", true},
        {"\xFF", "\xFF", true},
        {"\xFF", "\xFE", false},
        {"a", "\xFF", false},
        {"Bé 1", "Bé 2", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes a = bytes_of_text(cases[i].a);
        struct bytes b = bytes_of_text(cases[i].b);
        assert_int_equal(name_is_same(a, b), cases[i].is_same);
        assert_int_equal(name_is_same(b, a), cases[i].is_same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_fold__vietnamese__plain_letters),
        cmocka_unit_test(name_fold__every_vietnamese_letter__ascii),
        cmocka_unit_test(name_normalise__untidy_text__composed_and_tidy),
        cmocka_unit_test(name__not_utf8__error),
        cmocka_unit_test(name__no_room__too_big),
        cmocka_unit_test(name_is_same__marks_case_and_spaces__only_marks_count),
        cmocka_unit_test(name_is_nfc__every_character__agrees_with_composing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
