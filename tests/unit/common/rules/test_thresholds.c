/* Figures by date. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/rules/dates.h"
#include "common/rules/thresholds.h"

/* A figure's lines follow one another without overlap, so that "the one of the date" is one. */
static void thresholds__lines_of_a_name__in_order_of_date(void **state)
{
    (void)state;
    for (unsigned i = 0; threshold_at(i) != NULL; i++) {
        const struct threshold_line *line = threshold_at(i);
        assert_true(line->from < line->to);
        assert_true(line->source[0] != '\0');
        for (unsigned j = 0; j < i; j++) {
            assert_true(strcmp(threshold_at(j)->name, line->name) != 0 || threshold_at(j)->to <= line->from);
        }
    }
}

/* The figure asked for is that of the fact's date, and the oldest known one before all of them. */
static void threshold_on__a_figure_that_always_held__the_same_on_any_date(void **state)
{
    (void)state;
    assert_int_equal(threshold_on(CELL_OFFICIAL_MEMBERS_MIN, INT32_MIN), 3);
    assert_int_equal(threshold_on(ADMISSION_MONTHS_MIN, 0), 216);
    assert_int_equal(threshold_on(PROBATION_MONTHS, INT32_MAX), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds__lines_of_a_name__in_order_of_date),
        cmocka_unit_test(threshold_on__a_figure_that_always_held__the_same_on_any_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
