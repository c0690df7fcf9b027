/* Tests of the store on one cluster for the whole program. */
#ifndef TESTS_INTEGRATION_LIB_STORE_TESTS_H
#define TESTS_INTEGRATION_LIB_STORE_TESTS_H

#include "tests/integration/lib/store_fixture.h"
#include "tests/lib/test.h"

static struct store_fixture fixture;

static int open_once(void **state)
{
    (void)state;
    fixture_open(&fixture, &(struct pg_options){0});
    return 0;
}

static int close_once(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

#endif
