/* What a person types after --where. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/filter.h"
#include "common/base/random.h"
#include "tests/lib/seed.h"

enum { ARENA_BYTES = 1 << 20, TEXT_BYTES_MAX = 512, ROUNDS = 20000 };

/* Filters as text again: field, comparison, values, each in brackets. */
static void spell(const Dantin__Query *query, char out[TEXT_BYTES_MAX])
{
    size_t len = 0;

    out[0] = 0;
    for (size_t i = 0; i < query->n_where; i++) {
        len += (size_t)snprintf(out + len, TEXT_BYTES_MAX - len, "%s%s", query->where[i]->field,
                                query->where[i]->comparison);
        for (size_t j = 0; j < query->where[i]->n_value; j++) {
            len += (size_t)snprintf(out + len, TEXT_BYTES_MAX - len, "[%s]", query->where[i]->value[j]);
        }
    }
}

/* Every form there is, with and without spaces. */
static void filter_parse__each_form__read(void **state)
{
    static const struct {
        const char *text;
        const char *spelled;
    } cases[] = {{"status=official", "status=[official]"},
                 {" status = official ; sex!=nu; ", "status=[official]sex!=[nu]"},
                 {"occupation in (01, 02,03)", "occupation=[01][02][03]"},
                 {"from_date>=1/1/2024;from_date<2/1/2024", "from_date>=[1/1/2024]from_date<[2/1/2024]"},
                 {"to_date=", "to_date=[]"},
                 {"to_date!=", "to_date!=[]"},
                 {"", ""}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena;
        Dantin__Query query = DANTIN__QUERY__INIT;
        char spelled[TEXT_BYTES_MAX];

        arena_init(&arena, ARENA_BYTES);
        assert_int_equal(filter_parse(cases[i].text, &arena, &query), ERR_OK);
        spell(&query, spelled);
        assert_string_equal(spelled, cases[i].spelled);
        arena_release(&arena);
    }
}

/* What is no condition is refused, whatever it is; nothing is read past its end. */
static void filter_parse__anything__read_or_refused(void **state)
{
    static const char *const bad[] = {"=x",  "status", "status~x", "status in 01", "status in (01",
                                      "S=1", "; ; x"};
    static const char letters[] = "ab_=!<>(), ;in'x";
    struct prng prng;

    (void)state;
    prng_init(&prng, seed_of_test());
    for (size_t i = 0; i < ROUNDS + sizeof bad / sizeof bad[0]; i++) {
        struct arena arena;
        Dantin__Query query = DANTIN__QUERY__INIT;
        char text[24] = "";
        size_t len = prng_below(&prng, sizeof text);

        for (size_t j = 0; j < len; j++) {
            text[j] = letters[prng_below(&prng, sizeof letters - 1)];
        }
        arena_init(&arena, ARENA_BYTES);
        enum err err = filter_parse(i < ROUNDS ? text : bad[i - ROUNDS], &arena, &query);
        assert_true(err == ERR_MALFORMED || (err == ERR_OK && i < ROUNDS));
        assert_int_equal(err == ERR_OK ? 0 : query.n_where, 0);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filter_parse__each_form__read),
        cmocka_unit_test(filter_parse__anything__read_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
