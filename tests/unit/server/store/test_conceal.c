/* Hiding small cells of sensitive figures. */
#include "tests/lib/test.h"

#include <string.h>

#include "common/base/random.h"
#include "common/record/date.h"
#include "server/store/conceal.h"
#include "tests/lib/seed.h"

enum { CELLS_MAX = 12, THRESHOLD = 5, ROUNDS = 20000 };

/* Figures chosen by hand: which are hidden. */
static void conceal_choose__by_hand__small_and_one_beside(void **state)
{
    static const struct {
        int64_t values[CELLS_MAX];
        size_t count;
        const char *hidden;
    } cases[] = {{{10, 7, 3}, 3, ".hh"},
                 {{10, 2, 3}, 3, ".hh"},
                 {{10, 0, 3}, 3, "h.h"},
                 {{5, 6, 7}, 3, "..."},
                 {{4}, 1, "h"},
                 {{0, 4}, 2, ".h"},
                 {{6, 6, 1}, 3, "h.h"},
                 {{0}, 0, ""},
                 {{9, 1, 1}, 3, "hhh"},
                 {{9, 8, 1, 2}, 4, ".hhh"},
                 {{9, 1, 1, 1, 1, 1, 1}, 7, "hhhhhhh"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool hidden[CELLS_MAX] = {false};
        char text[CELLS_MAX + 1] = "";

        (void)conceal_choose(cases[i].values, NULL, cases[i].count, THRESHOLD, hidden);
        for (size_t j = 0; j < cases[i].count; j++) {
            text[j] = hidden[j] ? 'h' : '.';
        }
        assert_string_equal(text, cases[i].hidden);
    }
}

/* Of a part of a known whole: all, and all but a few, tell as much as a few. */
static void conceal_choose__parts_of_known_wholes__nearly_all_hidden(void **state)
{
    static const int64_t values[] = {20, 9, 0, 12, 8};
    static const int64_t wholes[] = {40, 12, 3, 12, 13};
    bool hidden[5] = {false};

    (void)state;
    assert_true(conceal_choose(values, wholes, 5, THRESHOLD, hidden));
    assert_false(hidden[0]);
    assert_true(hidden[1]);
    assert_false(hidden[2]);
    assert_true(hidden[3]);
    assert_false(hidden[4]);
}

/* Whatever the figures: no small one is shown, and what the total leaves for the hidden ones is never one alone, small, or nothing
 * but ones, or the answer says so. */
static void conceal_choose__any_figures__none_follows_from_the_total(void **state)
{
    struct prng prng;

    (void)state;
    prng_init(&prng, seed_of_test());
    for (size_t round = 0; round < ROUNDS; round++) {
        int64_t values[CELLS_MAX];
        bool hidden[CELLS_MAX];
        size_t count = prng_below(&prng, CELLS_MAX + 1);
        int64_t limit = round % 2 == 0 ? 12 : 3;
        int64_t hidden_sum = 0;
        int64_t sum = 0;
        size_t hidden_count = 0;
        size_t filled = 0;

        for (size_t i = 0; i < count; i++) {
            values[i] = (int64_t)prng_below(&prng, (uint64_t)limit);
            filled += values[i] > 0;
            sum += values[i];
        }
        bool is_safe = conceal_choose(values, NULL, count, THRESHOLD, hidden);
        for (size_t i = 0; i < count; i++) {
            assert_true(hidden[i] || values[i] == 0 || values[i] >= THRESHOLD);
            assert_false(hidden[i] && values[i] == 0);
            hidden_count += hidden[i];
            hidden_sum += hidden[i] ? values[i] : 0;
        }
        bool tells = hidden_count > 0 &&
                     (hidden_count == 1 || hidden_sum < THRESHOLD || hidden_sum == (int64_t)hidden_count);
        assert_int_equal(is_safe, !tells);
        assert_true(is_safe || (hidden_count == filled && hidden_sum == sum));
    }
}

/* Four days of a year. */
static void conceal_is_quarter_end__a_year__four_days(void **state)
{
    int32_t first = 0;
    size_t count = 0;

    (void)state;
    assert_int_equal(date_parse(bytes_of_text("2024-01-01"), &first), ERR_OK);
    for (int32_t date = first; date < first + 366; date++) {
        struct date day = date_of_days(date);
        bool is_end = (day.day == 31 && (day.month == 3 || day.month == 12)) ||
                      (day.day == 30 && (day.month == 6 || day.month == 9));

        assert_int_equal(conceal_is_quarter_end(date), is_end);
        count += is_end;
    }
    assert_int_equal(count, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conceal_choose__by_hand__small_and_one_beside),
        cmocka_unit_test(conceal_choose__parts_of_known_wholes__nearly_all_hidden),
        cmocka_unit_test(conceal_choose__any_figures__none_follows_from_the_total),
        cmocka_unit_test(conceal_is_quarter_end__a_year__four_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
