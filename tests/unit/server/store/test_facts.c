/* Which statements a group's facts cost. */
#include "tests/lib/test.h"

#include "server/store/facts.h"
#include "server/store/statements.h"

static struct ingest_sql sql;
static struct facts_job job;
static struct arena arena;

static int fixture_open(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    facts_init(&job);
    return statements_load() == ERR_OK && ingest_sql_init(&sql) == ERR_OK ? 0 : -1;
}

static int fixture_close(void **state)
{
    (void)state;
    facts_release(&job);
    ingest_sql_release(&sql);
    arena_release(&arena);
    return 0;
}

static size_t statements_with(const struct store_removal_key *removals, size_t removal_count)
{
    static const struct store_record_key records[] = {{KIND_MEMBER, {{1}}, {{2}}},
                                                      {KIND_BRANCH, {{3}}, {{4}}}};
    struct store_facts_request request = {
        .records = records, .record_count = 2, .removals = removals, .removal_count = removal_count};
    assert_int_equal(facts_compose(&job, &sql, &request, &arena), ERR_OK);
    return job.unit.call_count;
}

/* A group asks who refers only for what it removes, one statement per kind, and never for a kind that nothing
 * refers to: the rest of the traffic pays nothing. */
static void facts_compose__removals__one_statement_per_kind_referred_to(void **state)
{
    (void)state;
    static const struct store_removal_key members[] = {{KIND_MEMBER, {{1}}}, {KIND_CODE, {{5}}}};
    static const struct store_removal_key mixed[] = {
        {KIND_BRANCH, {{3}}}, {KIND_MEMBER, {{1}}}, {KIND_BRANCH, {{6}}}, {KIND_LOCALITY, {{7}}}};

    size_t none = statements_with(NULL, 0);

    assert_int_equal(none, 2 + 2); /* begin, the head's lock, and a kind each */
    assert_int_equal(statements_with(members, 2), none);
    assert_int_equal(statements_with(mixed, 1), none + 1);
    assert_int_equal(statements_with(mixed, 3), none + 1);
    assert_int_equal(statements_with(mixed, 4), none + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(facts_compose__removals__one_statement_per_kind_referred_to,
                                        fixture_open, fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
