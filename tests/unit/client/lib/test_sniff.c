/* What a file is, told from its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "client/lib/sniff.h"

/* The same line in every encoding: Nguyễn Văn Đạt, Trần Thị Hường. */
static const char utf8[] = "Họ và tên,Chi bộ\r\nNguyễn Văn Đạt,Trần Thị Hường\r\n";
static const char tcvn3[] = "ten,chi\r\nNguy\xD4n V\xA8n \xA7\xB9t,Tr\xC7n Th\xDE H\xAD\xEDng\r\n";
static const char vni[] = "ten,chi\r\nNguye\xE3n Va\xEAn \xD1\x61\xEFt,Tra\xE0n Th\xF2 H\xF6\xF4\xF8ng\r\n";
static const char cp1258[] =
    "ten,chi\r\nNguy\xEA\xDEn V\xE3n \xD0\x61\xF2t,Tr\xE2\xCCn Thi\xF2 H\xFD\xF5\xCCng\r\n";

static struct sniff_result sniff_parts(const char *text, size_t len, size_t part_bytes)
{
    static struct sniff sniff;
    struct sniff_result result;

    sniff_init(&sniff);
    for (size_t at = 0; at < len; at += part_bytes) {
        size_t part = len - at < part_bytes ? len - at : part_bytes;

        sniff_add(&sniff, bytes_of(text + at, part));
    }
    sniff_finish(&sniff, &result);
    return result;
}

static struct sniff_result sniff_text(const char *text)
{
    return sniff_parts(text, strlen(text), SNIFF_HEAD_BYTES);
}

/* Bytes of 0xA1 to 0xFF as UTF-8: what an old font's text becomes when Excel saves it as "CSV UTF-8". */
static void latin_to_utf8(const char *in, char *out)
{
    for (; *in != '\0'; in++) {
        uint8_t byte = (uint8_t)*in;

        if (byte < 0x80) {
            *out++ = (char)byte;
        } else {
            *out++ = (char)(0xC0 | byte >> 6);
            *out++ = (char)(0x80 | (byte & 0x3F));
        }
    }
    *out = '\0';
}

/* Proper files must pass, or nobody can work. */
static void sniff__utf8__accepted_with_and_without_bom(void **state)
{
    char with_bom[128] = "\xEF\xBB\xBF";

    (void)state;
    strcat(with_bom, utf8);

    assert_int_equal(sniff_text(utf8).encoding, SNIFF_UTF8);
    assert_false(sniff_text(utf8).has_bom);
    assert_int_equal(sniff_text(with_bom).encoding, SNIFF_UTF8);
    assert_true(sniff_text(with_bom).has_bom);
    assert_int_equal(sniff_text("").encoding, SNIFF_UTF8);
}

/* A character may be cut anywhere between two reads of the file. */
static void sniff__split_at_every_size__same_answer(void **state)
{
    (void)state;
    for (size_t part = 1; part < sizeof utf8; part++) {
        assert_int_equal(sniff_parts(utf8, sizeof utf8 - 1, part).encoding, SNIFF_UTF8);
        assert_int_equal(sniff_parts(cp1258, sizeof cp1258 - 1, part).encoding, SNIFF_CP1258);
    }
}

/* The clerk must be told which mistake it is, for each has its own way out. */
static void sniff__old_encodings__told_apart(void **state)
{
    (void)state;
    assert_int_equal(sniff_text(tcvn3).encoding, SNIFF_TCVN3);
    assert_int_equal(sniff_text(vni).encoding, SNIFF_VNI);
    assert_int_equal(sniff_text(cp1258).encoding, SNIFF_CP1258);
    assert_int_equal(sniff_text("abc \xFF\x80 def").encoding, SNIFF_UNKNOWN);
}

/* Saving as "CSV UTF-8" does not mend a text typed in an old font. */
static void sniff__old_font_saved_as_utf8__still_found(void **state)
{
    char text[256];

    (void)state;
    latin_to_utf8(tcvn3, text);
    assert_int_equal(sniff_text(text).encoding, SNIFF_TCVN3);
    latin_to_utf8(vni, text);
    assert_int_equal(sniff_text(text).encoding, SNIFF_VNI);
}

/* Workbooks and "Unicode Text" are the most common wrong choices in Excel's list. */
static void sniff__no_csv_at_all__refused(void **state)
{
    static const char utf16[] = "\xFF\xFEH\0o\0";
    static const char xlsx[] = "PK\x03\x04\x14\x00\x06";

    (void)state;
    assert_int_equal(sniff_parts(utf16, sizeof utf16 - 1, 64).encoding, SNIFF_UTF16);
    assert_int_equal(sniff_parts(xlsx, sizeof xlsx - 1, 64).encoding, SNIFF_BINARY);
    assert_int_equal(sniff_parts("a\0b", 3, 64).encoding, SNIFF_BINARY);
}

/* A character cut off at the end of the file is no UTF-8. */
static void sniff__cut_last_character__not_utf8(void **state)
{
    (void)state;
    assert_int_not_equal(sniff_text("t\xE1\xBB").encoding, SNIFF_UTF8);
}

/* Excel writes semicolons where the comma is the decimal sign. */
static void sniff__delimiters__found(void **state)
{
    (void)state;
    assert_int_equal(sniff_text("a,b,c\n1,2,3\n").delimiter, ',');
    assert_int_equal(sniff_text("a;b;c\r\n1,5;2,5;3,5\r\n").delimiter, ';');
    assert_int_equal(sniff_text("a\tb\r1,2\t3\r").delimiter, '\t');
    assert_int_equal(sniff_text("\"a,x,y\";b\n\"1,2,3\";2\n").delimiter, ';');
    assert_int_equal(sniff_text("one column\n1\n").delimiter, ',');
    assert_int_equal(sniff_text("a;b").delimiter, ';');
}

/* One cell in an old font inside a proper file must not become a record. */
static void sniff_text__old_font__found(void **state)
{
    char text[64];

    (void)state;
    latin_to_utf8("Nguy\xD4n V\xA8n \xA7\xB9t", text);
    assert_true(sniff_text_is_legacy(bytes_of_text(text)));
    latin_to_utf8("Nguye\xE3n Va\xEAn \xD1\x61\xEFt", text);
    assert_true(sniff_text_is_legacy(bytes_of_text(text)));
    assert_false(sniff_text_is_legacy(bytes_of_text("Nguyễn Văn Đạt")));
    assert_false(sniff_text_is_legacy(bytes_of_text("Hoàng Quý")));
    assert_false(sniff_text_is_legacy(bytes_of_text("Nguyen Van Dat")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sniff__utf8__accepted_with_and_without_bom),
        cmocka_unit_test(sniff__split_at_every_size__same_answer),
        cmocka_unit_test(sniff__old_encodings__told_apart),
        cmocka_unit_test(sniff__old_font_saved_as_utf8__still_found),
        cmocka_unit_test(sniff__no_csv_at_all__refused),
        cmocka_unit_test(sniff__cut_last_character__not_utf8),
        cmocka_unit_test(sniff__delimiters__found),
        cmocka_unit_test(sniff_text__old_font__found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
