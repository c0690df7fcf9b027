/* The verdicts of a first receipt, kept for ever: reading must be total, whatever the column holds. */
#include "server/store/verdict_codec.h"
#include "tests/lib/test.h"

static struct arena arena;
static struct buf out;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    buf_init(&out, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    buf_release(&out);
    return 0;
}

/* The same receipt must come out, rule ids of the greatest length included. */
static void verdict_decode__encoded__same(void **state)
{
    (void)state;
    struct verdict verdicts[] = {{VERDICT_REFUSED, "member.age_at_admission", {{0}}},
                                 {VERDICT_CONFLICT, "", {{1, 2, 3}}},
                                 {VERDICT_APPLIED, "a.rule.id.of.the.greatest.length.there.can.be.a", {{0}}}};
    uint32_t indexes[] = {0, 7, UINT32_MAX};
    const struct verdict *read;
    const uint32_t *read_indexes;
    size_t count;

    assert_int_equal(verdict_encode(verdicts, indexes, 3, &out), ERR_OK);
    assert_int_equal(verdict_decode(buf_content(&out), &arena, &read, &read_indexes, &count), ERR_OK);

    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(read_indexes[i], indexes[i]);
        assert_int_equal(read[i].code, verdicts[i].code);
        assert_string_equal(read[i].rule, verdicts[i].rule);
        assert_true(id_equal(&read[i].current, &verdicts[i].current));
    }
}

/* Cut anywhere but between two verdicts it is no list of verdicts. */
static void verdict_decode__cut_at_every_byte__err_malformed(void **state)
{
    (void)state;
    struct verdict verdicts[] = {{VERDICT_REFUSED, "member.age", {{0}}}, {VERDICT_WAITING, "", {{0}}}};
    uint32_t indexes[] = {0, 1};
    const struct verdict *read;
    const uint32_t *read_indexes;
    size_t count;
    assert_int_equal(verdict_encode(verdicts, indexes, 2, &out), ERR_OK);
    struct bytes whole = buf_content(&out);

    for (size_t len = 1; len < whole.len; len++) {
        enum err err = verdict_decode(bytes_of(whole.at, len), &arena, &read, &read_indexes, &count);
        assert_int_equal(err, len == 32 ? ERR_OK : ERR_MALFORMED);
    }
}

/* Bytes nobody wrote: a code or a rule length that cannot be. */
static void verdict_decode__impossible_values__err_malformed(void **state)
{
    (void)state;
    uint8_t bytes[128] = {0};
    const struct verdict *read;
    const uint32_t *read_indexes;
    size_t count;
    bytes[4] = VERDICT_REFUSED + 1;
    assert_int_equal(verdict_decode(bytes_of(bytes, 22), &arena, &read, &read_indexes, &count),
                     ERR_MALFORMED);
    bytes[4] = VERDICT_REFUSED;
    bytes[5] = RULE_ID_BYTES_MAX;
    assert_int_equal(
        verdict_decode(bytes_of(bytes, 22 + RULE_ID_BYTES_MAX), &arena, &read, &read_indexes, &count),
        ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verdict_decode__encoded__same, begin, end),
        cmocka_unit_test_setup_teardown(verdict_decode__cut_at_every_byte__err_malformed, begin, end),
        cmocka_unit_test_setup_teardown(verdict_decode__impossible_values__err_malformed, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
