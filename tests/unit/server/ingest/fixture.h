/* Verdicts through the whole ingest on the model store: the world, and what is said about it. */
#ifndef TESTS_UNIT_SERVER_INGEST_FIXTURE_H
#define TESTS_UNIT_SERVER_INGEST_FIXTURE_H

#include "common/base/attr.h"
#include "tests/lib/model_world.h"
#include "tests/lib/test.h"

static struct model_world w;

static UNUSED int fixture_open(void **state)
{
    (void)state;
    model_world_open(&w);
    return 0;
}

static UNUSED int fixture_close(void **state)
{
    (void)state;
    model_world_close(&w);
    return 0;
}

static UNUSED struct id new_id(void)
{
    return builder_id(w.next_id++);
}

static UNUSED void assert_verdict(const struct model_answer *answer, uint32_t index, enum verdict_code code,
                                  const char *rule)
{
    assert_int_equal(answer->answer_count, 1);
    assert_int_equal(answer->answer.err, ERR_OK);
    struct verdict verdict = model_answer_verdict(answer, index);
    assert_string_equal(verdict.rule, rule);
    assert_int_equal(verdict.code, code);
}

static UNUSED struct id current_of(enum record_kind kind, const struct id *record)
{
    const struct store_version *current = model_store_current(w.store, kind, record);
    assert_non_null(current);
    return current->version;
}

#endif
