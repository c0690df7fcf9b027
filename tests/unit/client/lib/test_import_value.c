/* One cell to one value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "client/lib/import_value.h"

struct fixture {
    struct arena arena;
    struct import_faults faults;
    struct value value;
};

static int fixture_open(void **state)
{
    static struct fixture fixture;

    arena_init(&fixture.arena, 1 << 20);
    import_faults_init(&fixture.faults, LANGUAGE_EN);
    *state = &fixture;
    return 0;
}

static int fixture_close(void **state)
{
    struct fixture *fixture = *state;

    arena_release(&fixture->arena);
    import_faults_release(&fixture->faults);
    return 0;
}

static bool parse(struct fixture *fixture, enum field_type type, const char *list, const char *cell)
{
    struct field_schema field = {"f", type, list, "Nhãn", "Label", 0};

    import_faults_clear(&fixture->faults);
    return import_value_parse(&field, "Label", bytes_of_text(cell), &fixture->arena, &fixture->faults,
                              &fixture->value);
}

static void assert_text(struct fixture *fixture, const char *text)
{
    assert_true(fixture->value.is_stated);
    assert_int_equal(fixture->value.text.len, strlen(text));
    assert_memory_equal(fixture->value.text.at, text, strlen(text));
}

static void assert_fault(struct fixture *fixture, const char *part)
{
    struct buf *text = &fixture->faults.text;

    assert_int_equal(fixture->faults.count, 1);
    assert_int_equal(buf_append(text, bytes_of("", 1)), ERR_OK);
    assert_non_null(strstr((const char *)buf_content(text).at, part));
}

/* Two forms of one letter, Word's invisible characters and doubled spaces must give one text. */
static void value__text__normalised(void **state)
{
    struct fixture *fixture = *state;

    assert_true(parse(fixture, FIELD_TEXT, "",
                      "  Nguye\xCC\x82\xCC\x83n  V\xC3\xA3n\xC2\xA0\xE2\x80\x8B"
                      "B "));
    assert_text(fixture, "Nguyễn Vãn B");
    assert_true(parse(fixture, FIELD_TEXT, "", "   "));
    assert_false(fixture->value.is_stated);
}

/* Digits that Excel threw away must not become a card number. */
static void value__scientific_notation__refused(void **state)
{
    struct fixture *fixture = *state;

    assert_false(parse(fixture, FIELD_TEXT, "", "1.23E+11"));
    assert_fault(fixture, "Excel");
    assert_false(parse(fixture, FIELD_TEXT, "", "5,1E+09"));
    assert_true(parse(fixture, FIELD_TEXT, "", "E+09"));
    assert_true(parse(fixture, FIELD_TEXT, "", "12E"));
    assert_true(parse(fixture, FIELD_TEXT, "", "0012"));
    assert_text(fixture, "0012");
}

/* A text in an old font inside a proper file. */
static void value__old_font__refused(void **state)
{
    struct fixture *fixture = *state;

    assert_false(parse(fixture, FIELD_TEXT, "", "Nguy\xC3\x94n V\xC2\xA8n \xC2\xA7\xC2\xB9t"));
    assert_fault(fixture, "font");
}

/* A code may be typed as code, with its zeros lost, or as a name with or without marks. */
static void value__code__code_or_name(void **state)
{
    struct fixture *fixture = *state;

    assert_true(parse(fixture, FIELD_CODE, "sex", "Nữ"));
    assert_text(fixture, "nu");
    assert_true(parse(fixture, FIELD_CODE, "sex", "MALE"));
    assert_text(fixture, "nam");
    assert_true(parse(fixture, FIELD_CODE, "ethnicity_1979", "1"));
    assert_text(fixture, "01");
    assert_false(parse(fixture, FIELD_CODE, "sex", "khác"));
    assert_fault(fixture, "Label: \"khác\"");
}

/* Three ways to write a day; nothing is guessed. */
static void value__date__three_forms(void **state)
{
    struct fixture *fixture = *state;

    assert_true(parse(fixture, FIELD_DATE, "", "02/01/1970"));
    assert_int_equal(fixture->value.number, 1);
    assert_true(parse(fixture, FIELD_DATE, "", "2/1/1970"));
    assert_int_equal(fixture->value.number, 1);
    assert_true(parse(fixture, FIELD_DATE, "", "1970-01-02"));
    assert_int_equal(fixture->value.number, 1);
    assert_false(parse(fixture, FIELD_DATE, "", "31/02/1970"));
    assert_false(parse(fixture, FIELD_DATE, "", "1970"));
    assert_false(parse(fixture, FIELD_DATE, "", "25571"));
    assert_fault(fixture, "25571");
}

/* Grouped thousands are read, decimals and anything else refused. */
static void value__integer__grouped_or_plain(void **state)
{
    struct fixture *fixture = *state;

    assert_true(parse(fixture, FIELD_INTEGER, "", "1.254.184"));
    assert_int_equal(fixture->value.number, 1254184);
    assert_true(parse(fixture, FIELD_INTEGER, "", "12,345"));
    assert_int_equal(fixture->value.number, 12345);
    assert_true(parse(fixture, FIELD_INTEGER, "", "0"));
    assert_int_equal(fixture->value.number, 0);
    assert_false(parse(fixture, FIELD_INTEGER, "", "1.5"));
    assert_false(parse(fixture, FIELD_INTEGER, "", "1234.567"));
    assert_false(parse(fixture, FIELD_INTEGER, "", "-1"));
    assert_false(parse(fixture, FIELD_INTEGER, "", "12345678901"));
    assert_false(parse(fixture, FIELD_INTEGER, "", "."));
}

/* A decimal comma or point; one separator before three digits is not guessed at. */
static void value__decimal__comma_or_point(void **state)
{
    struct fixture *fixture = *state;

    assert_true(parse(fixture, FIELD_DECIMAL, "", " 4,41 "));
    assert_int_equal(fixture->value.number, 441);
    assert_true(parse(fixture, FIELD_DECIMAL, "", "4.41"));
    assert_int_equal(fixture->value.number, 441);
    assert_true(parse(fixture, FIELD_DECIMAL, "", "-4"));
    assert_int_equal(fixture->value.number, -400);
    assert_true(parse(fixture, FIELD_DECIMAL, "", ""));
    assert_false(fixture->value.is_stated);
    assert_false(parse(fixture, FIELD_DECIMAL, "", "4,415"));
    assert_fault(fixture, "Label: \"4,415\"");
    assert_false(parse(fixture, FIELD_DECIMAL, "", "4 %"));
}

/* "x" in a tick column means yes. */
static void value__boolean__many_words(void **state)
{
    struct fixture *fixture = *state;

    assert_true(parse(fixture, FIELD_BOOLEAN, "", "Có"));
    assert_int_equal(fixture->value.number, 1);
    assert_true(parse(fixture, FIELD_BOOLEAN, "", "x"));
    assert_int_equal(fixture->value.number, 1);
    assert_true(parse(fixture, FIELD_BOOLEAN, "", "Không"));
    assert_true(fixture->value.is_stated);
    assert_int_equal(fixture->value.number, 0);
    assert_false(parse(fixture, FIELD_BOOLEAN, "", "2"));
}

/* However many faults a row has, their text is bounded and all are counted. */
static void faults__more_than_fit__counted(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 200; i++) {
        import_fault(&fixture->faults, "Label", TEXT_IMPORT_BAD_DATE, bytes_of_text("một ô rất dài"));
    }
    assert_int_equal(fixture->faults.count, 200);
    assert_true(buf_content(&fixture->faults.text).len <= IMPORT_FAULT_BYTES_MAX);
    assert_true(buf_content(&fixture->faults.text).len > IMPORT_FAULT_BYTES_MAX / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(value__text__normalised, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(value__scientific_notation__refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(value__old_font__refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(value__code__code_or_name, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(value__date__three_forms, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(value__integer__grouped_or_plain, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(value__decimal__comma_or_point, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(value__boolean__many_words, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(faults__more_than_fit__counted, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
