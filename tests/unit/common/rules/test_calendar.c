/* Working days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/record/date.h"
#include "common/rules/calendar.h"

static int32_t day(const char *text)
{
    int32_t days = 0;
    assert_int_equal(date_parse(bytes_of_text(text), &days), ERR_OK);
    return days;
}

/* Weekends, holidays, days in lieu and exchanged Saturdays. */
static void calendar_is_working_day__days_of_each_kind__as_in_the_notices(void **state)
{
    (void)state;
    static const struct {
        const char *date;
        bool is_working;
    } cases[] = {
        {"20/05/2022", true},
        {"21/05/2022", false},
        {"22/05/2022", false},
        {"23/05/2022", true},
        {"01/02/2022", false},
        {"04/02/2022", false},
        {"07/02/2022", true},
        {"11/04/2022", false},
        {"02/05/2022", false},
        {"03/05/2022", false},
        {"04/05/2022", true},
        {"29/04/2024", false},
        {"04/05/2024", true},
        {"11/05/2024", false},
        {"26/04/2025", true},
        {"02/05/2025", false},
        {"10/01/2026", true},
        {"02/09/2026", false},
        {"16/04/2027", false},
        /* a year without data: the solar holidays only */
        {"02/09/2030", false},
        {"01/05/2030", false},
        {"30/04/2030", false},
        {"01/01/2030", false},
        {"04/02/2030", true},
        {"01/06/2030", false},
        {"31/12/1969", true},
        {"28/12/1969", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (calendar_is_working_day(day(cases[i].date)) != cases[i].is_working) {
            fail_msg("%s", cases[i].date);
        }
    }
    assert_true(calendar_knows_year(2021));
    assert_true(calendar_knows_year(2027));
    assert_false(calendar_knows_year(2020));
    assert_false(calendar_knows_year(2028));
}

/* The day after counts as the first, whatever day it starts on. */
static void calendar_add_working_days__around_weekends_and_tet__the_day_expected(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        unsigned count;
        const char *to;
    } cases[] = {
        {"22/05/2022", 1, "23/05/2022"}, {"22/05/2022", 5, "27/05/2022"}, {"20/05/2022", 5, "27/05/2022"},
        {"23/05/2022", 5, "30/05/2022"}, {"28/04/2022", 2, "04/05/2022"}, {"19/01/2023", 1, "27/01/2023"},
        {"28/04/2024", 3, "04/05/2024"}, {"12/02/2026", 5, "26/02/2026"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (calendar_add_working_days(day(cases[i].from), cases[i].count) != day(cases[i].to)) {
            fail_msg("%s + %u", cases[i].from, cases[i].count);
        }
    }
}

/* Every year of the table has between eleven and thirteen days off that are no weekend, and lines that are days. */
static void calendar__each_year_known__its_holidays(void **state)
{
    (void)state;
    for (int year = 2021; year <= 2026; year++) {
        int32_t first = 0;
        assert_int_equal(date_to_days((struct date){year, 1, 1}, &first), ERR_OK);
        int off = 0;
        for (int32_t i = 0; i < 365; i++) {
            int weekday = (int)((first + i + 4) % 7);
            off += weekday != 0 && weekday != 6 && !calendar_is_working_day(first + i);
        }
        assert_in_range(off, 11, 14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar_is_working_day__days_of_each_kind__as_in_the_notices),
        cmocka_unit_test(calendar_add_working_days__around_weekends_and_tet__the_day_expected),
        cmocka_unit_test(calendar__each_year_known__its_holidays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
