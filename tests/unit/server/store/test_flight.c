/* Matching results to statements, without a server: results made by hand. */
#include "tests/lib/test.h"

#include <string.h>

#include "server/store/flight.h"

static struct unit_result seen;

static void on_done(void *context, const struct unit_result *result)
{
    (void)context;
    seen = *result;
}

/* When the line breaks, libpq makes up an error for the command it waits for. It says nothing of what the server did,
 * which may have run the whole unit and died before its answers left: no statement may be called failed by it. */
static void flight_take__error_of_the_line__no_statement_failed(void **state)
{
    (void)state;
    static const struct statement statement = {.sql = "select 1"};
    struct unit_call calls[2];
    struct unit unit;
    unit_init(&unit, calls, 2);
    (void)unit_call(&unit, &statement);
    (void)unit_call(&unit, &statement);
    struct prepared_set prepared = {.count = 0};
    struct flight *flight = flight_new(&unit, 0, on_done, NULL);

    bool is_complete = flight_take(flight, PQmakeEmptyPGresult(NULL, PGRES_FATAL_ERROR), &prepared);
    size_t failed_index = flight->result.failed_index;
    enum err err = flight->result.err;
    flight_land(flight);

    assert_false(is_complete);
    assert_int_equal(failed_index, 2); /* none */
    assert_int_equal(err, ERR_DATABASE);
    assert_int_equal(seen.statement_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flight_take__error_of_the_line__no_statement_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
