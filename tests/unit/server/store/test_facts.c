/* Which statements a group's facts cost. */
#include "tests/lib/test.h"

#include "server/store/facts.h"
#include "server/store/statements.h"
#include "tests/lib/fault_memory.h"
#include "tests/lib/test_vault.h"

static struct ingest_sql sql;
static struct facts_job job;
static struct arena arena;
static struct vault *vault;

static int fixture_open(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    facts_init(&job);
    vault = test_vault_new(&(struct id){{7}});
    return statements_load() == ERR_OK && ingest_sql_init(&sql) == ERR_OK ? 0 : -1;
}

static int fixture_close(void **state)
{
    (void)state;
    facts_release(&job);
    ingest_sql_release(&sql);
    arena_release(&arena);
    vault_free(vault);
    return 0;
}

static size_t statements_with(const struct record_reference *removals, size_t removal_count)
{
    static const struct store_record_key records[] = {{KIND_MEMBER, {{1}}, {{2}}},
                                                      {KIND_BRANCH, {{3}}, {{4}}}};
    struct store_facts_request request = {
        .records = records, .record_count = 2, .removals = removals, .removal_count = removal_count};
    assert_int_equal(facts_compose(&job, &sql, vault, &request, false, &arena), ERR_OK);
    return job.unit.call_count;
}

/* A group asks who refers only for what it removes, one statement per kind, and never for a kind that nothing
 * refers to: the rest of the traffic pays nothing. */
static void facts_compose__removals__one_statement_per_kind_referred_to(void **state)
{
    (void)state;
    static const struct record_reference members[] = {{KIND_TALLY, {{1}}}, {KIND_CODE, {{5}}}};
    static const struct record_reference mixed[] = {
        {KIND_BRANCH, {{3}}}, {KIND_TALLY, {{1}}}, {KIND_BRANCH, {{6}}}, {KIND_LOCALITY, {{7}}}};

    size_t none = statements_with(NULL, 0);

    assert_int_equal(none, 2 + 2); /* begin, the head's lock, and a kind each */
    assert_int_equal(statements_with(members, 2), none);
    assert_int_equal(statements_with(mixed, 1), none + 1);
    assert_int_equal(statements_with(mixed, 3), none + 1);
    assert_int_equal(statements_with(mixed, 4), none + 2);
}

/* What one group may ask at most: of every kind records with their edges, references, removals and numbers. */
static void facts_compose__every_kind_at_once__fits(void **state)
{
    (void)state;
    static struct store_record_key records[KIND_MAX];
    static bool wants_edges[KIND_MAX];
    static struct record_reference references[KIND_MAX];
    static struct store_number_key numbers[SCHEMA_UNIQUE_COUNT];
    static const struct store_submission_key submission = {{{1}}, 1};
    static const struct id branch = {{3}};
    size_t number_count = 0;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        records[kind - 1] = (struct store_record_key){schema->kind, {{1}}, {{2}}};
        references[kind - 1] = (struct record_reference){schema->kind, {{1}}};
        wants_edges[kind - 1] = true;
        for (size_t i = 0; i < schema->field_count; i++) {
            if ((schema->fields[i].flags & FIELD_UNIQUE) != 0) {
                numbers[number_count++] =
                    (struct store_number_key){schema->kind, i, bytes_of_text("12345678")};
            }
        }
    }
    struct store_facts_request request = {.submissions = &submission,
                                          .submission_count = 1,
                                          .records = records,
                                          .record_count = KIND_MAX,
                                          .wants_edges = wants_edges,
                                          .branches = &branch,
                                          .branch_count = 1,
                                          .references = references,
                                          .reference_count = KIND_MAX,
                                          .numbers = numbers,
                                          .number_count = number_count,
                                          .removals = references,
                                          .removal_count = KIND_MAX};

    assert_int_equal(facts_compose(&job, &sql, vault, &request, false, &arena), ERR_OK);

    assert_int_equal(number_count, SCHEMA_UNIQUE_COUNT);
    assert_true(job.unit.call_count > 5 + 2 * KIND_MAX + number_count);
}

/* Whichever allocation fails, it is told as lack of memory (or as the arena's, which knows why). */
static void facts_compose__any_allocation_fails__no_memory(void **state)
{
    (void)state;
    static const struct store_submission_key submissions[] = {{{{1}}, 1}, {{{2}}, 1}};
    static const struct store_record_key records[] = {{KIND_MEMBER, {{1}}, {{2}}},
                                                      {KIND_BRANCH, {{3}}, {{4}}}};
    static const bool wants_edges[] = {true, true};
    static const struct id branches[] = {{{3}}};
    static const struct record_reference references[] = {{KIND_LOCALITY, {{4}}}};
    static const struct record_reference removals[] = {{KIND_BRANCH, {{3}}}};
    struct store_number_key number = {KIND_MEMBER, 0, bytes_of_text("12345678")};
    struct store_facts_request request = {.submissions = submissions,
                                          .submission_count = 2,
                                          .records = records,
                                          .record_count = 2,
                                          .wants_edges = wants_edges,
                                          .branches = branches,
                                          .branch_count = 1,
                                          .references = references,
                                          .reference_count = 1,
                                          .numbers = &number,
                                          .number_count = 1,
                                          .removals = removals,
                                          .removal_count = 1};
    bool was_reached = true;
    size_t n = 0;
    for (; was_reached; n++) {
        struct arena group;
        struct facts_job fresh;
        arena_init(&group, 1 << 20);
        facts_init(&fresh);
        fault_memory_fail_at(n);
        enum err err = facts_compose(&fresh, &sql, vault, &request, false, &group);
        was_reached = fault_memory_stop();
        assert_true(was_reached ? err == ERR_NO_MEMORY || (err == ERR_TOO_BIG && group.is_out_of_memory)
                                : err == ERR_OK);
        facts_release(&fresh);
        arena_release(&group);
    }
    assert_true(n > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(facts_compose__removals__one_statement_per_kind_referred_to,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(facts_compose__every_kind_at_once__fits, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(facts_compose__any_allocation_fails__no_memory, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
