/* Composing the unit that writes a group. What it writes is for tests/integration/test_store_group.c. */
#include "tests/lib/test.h"

#include "common/wire/envelope.h"
#include "server/store/group_write.h"
#include "server/store/statements.h"
#include "tests/lib/fault_memory.h"
#include "tests/lib/record_text.h"
#include "tests/lib/test_vault.h"

enum { ARENA_BYTES_MAX = 1 << 20 };

static struct ingest_sql sql;
static struct arena records;
static struct vault *vault;

static int fixture_open(void **state)
{
    (void)state;
    vault = test_vault_new(&(struct id){{7}});
    arena_init(&records, ARENA_BYTES_MAX);
    return statements_load() == ERR_OK && ingest_sql_init(&sql) == ERR_OK ? 0 : -1;
}

static int fixture_close(void **state)
{
    (void)state;
    ingest_sql_release(&sql);
    vault_free(vault);
    arena_release(&records);
    return 0;
}

static enum err compose(const struct store_group *group, size_t *ret_statements)
{
    static const struct merkle_frontier frontier = {.size = 1, .count = 1};
    static const struct store_tree_node node = {.level = 8};
    static struct store_act acts[STORE_GROUP_ACTS_MAX];
    struct store_group grown = *group;
    grown.frontier_after = &frontier;
    grown.nodes = &node;
    grown.node_count = 1;
    for (size_t i = 0; i < STORE_GROUP_ACTS_MAX; i++) {
        acts[i] = (struct store_act){.kind = STORE_ACT_REVOKE, .device = {{1}}};
    }
    grown.acts = acts;
    grown.act_count = STORE_GROUP_ACTS_MAX;
    struct row_types types = {0};
    struct arena arena;
    struct buf out;
    static struct unit_call calls[GROUP_WRITE_STATEMENTS_MAX];
    struct unit unit;
    unit_init(&unit, calls, GROUP_WRITE_STATEMENTS_MAX);
    arena_init(&arena, ARENA_BYTES_MAX);
    buf_init(&out, GROUP_WRITE_BYTES_MAX);
    const struct vault_device_key key = {.sender = {{7}}, .number = TEST_VAULT_KEY, .is_new = true};
    struct vault_sealer sealer = {.vault = vault, .keys = &key, .key_count = 1};
    enum err err = group_write_compose(&sql, &types, &grown, &sealer, &out, &arena, &unit);
    *ret_statements = err == ERR_OK ? unit.call_count : 0;
    buf_release(&out);
    arena_release(&arena);
    return err;
}

/* Whichever allocation fails, it is told as lack of memory and nothing is sent or lost. */
static void group_write_compose__any_allocation_fails__no_memory(void **state)
{
    (void)state;
    const char *const texts[][2] = {
        {"name", "Lê Thị Mới"}, {"sex", "nu"}, {"card_number", "01234567"}, {NULL, NULL}};
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    void *member = record_from_texts(schema, &records, texts);
    record_append_edge(schema, &records, member, "branch", 0x31, NULL, "01/01/2010");
    record_append_edge(schema, &records, member, "branch", 0x32, "01/01/2010", NULL);
    struct store_version versions[] = {
        {.schema = schema, .record = {{1}}, .version = {{11}}, .position = 5, .message = member},
        {.schema = schema,
         .record = {{1}},
         .version = {{12}},
         .previous = {{11}},
         .position = 6,
         .message = member},
        {.schema = schema,
         .record = {{2}},
         .version = {{13}},
         .previous = {{9}},
         .position = 6,
         .is_removal = true}};
    struct verdict verdict = {.code = VERDICT_REFUSED, .rule = "ingest.unreadable"};
    uint32_t index = 1;
    struct id version = {{14}};
    struct store_record_key record = {.kind = KIND_MEMBER, .record = {{3}}};
    struct store_entry entries[] = {{.position = 5, .sequence = 1},
                                    {.position = 6,
                                     .sequence = 2,
                                     .verdicts = &verdict,
                                     .verdict_indexes = &index,
                                     .verdict_versions = &version,
                                     .verdict_records = &record,
                                     .verdict_count = 1}};
    struct store_group group = {.head_after = {.position = 7},
                                .entries = entries,
                                .entry_count = 2,
                                .versions = versions,
                                .version_count = 3};
    size_t expected = 0;
    size_t statements = 0;
    size_t n = 0;
    bool was_reached = true;
    assert_int_equal(compose(&group, &expected), ERR_OK);

    for (; was_reached; n++) {
        fault_memory_fail_at(n);
        enum err err = compose(&group, &statements);
        was_reached = fault_memory_stop();
        assert_true(was_reached ? err == ERR_NO_MEMORY || err == ERR_TOO_BIG : err == ERR_OK);
    }

    assert_int_equal(statements, expected);
    assert_true(n > 4);
}

/* A record that states one element of every list of its kind. */
static const void *with_lists(const struct kind_schema *schema)
{
    static const struct value none[32];
    void *message = NULL;
    assert_int_equal(record_new(schema, &records, &message), ERR_OK);
    for (size_t i = 0; i < schema->list_count; i++) {
        assert_int_equal(record_append(schema, &records, message, i, none), ERR_OK);
        assert_int_equal(record_append(schema, &records, message, i, none), ERR_OK);
    }
    return message;
}

/* What one group may write at most: of every kind a new record, one changed and one removed, and of all lists. */
static void group_write_compose__every_kind_at_once__fits(void **state)
{
    (void)state;
    static struct store_version versions[3 * KIND_MAX];
    struct verdict verdict = {.code = VERDICT_REFUSED, .rule = "ingest.unreadable"};
    uint32_t index = 1;
    struct id version = {{14}};
    struct store_record_key record = {.kind = KIND_MEMBER, .record = {{3}}};
    struct store_waiting waiting = {.version = {{15}}, .key = {.kind = KIND_TALLY, .record = {{3}}}};
    struct store_outcome outcome = {.version = {{15}}, .key = waiting.key, .verdict = verdict};
    struct store_entry entry = {.position = 5,
                                .sequence = 1,
                                .content = ENVELOPE_CONTENT_CHANGES,
                                .verdicts = &verdict,
                                .verdict_indexes = &index,
                                .verdict_versions = &version,
                                .verdict_records = &record,
                                .verdict_count = 1};
    struct store_group group = {.head_after = {.position = 6},
                                .entries = &entry,
                                .entry_count = 1,
                                .waiting = &waiting,
                                .waiting_count = 1,
                                .outcomes = &outcome,
                                .outcome_count = 1,
                                .versions = versions,
                                .version_count = 3 * KIND_MAX};
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        struct store_version *of = &versions[3 * (kind - 1)];
        const void *message = with_lists(schema);
        of[0] = (struct store_version){
            .schema = schema, .record = {{1}}, .version = {{11}}, .position = 5, .message = message};
        of[1] = of[0];
        of[1].record = (struct id){{2}};
        of[1].previous = (struct id){{9}};
        of[2] = (struct store_version){.schema = schema,
                                       .record = {{3}},
                                       .version = {{12}},
                                       .previous = {{9}},
                                       .position = 5,
                                       .is_removal = true};
    }
    size_t statements = 0;

    assert_int_equal(compose(&group, &statements), ERR_OK);

    assert_int_equal(statements, GROUP_WRITE_STATEMENTS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(group_write_compose__any_allocation_fails__no_memory, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(group_write_compose__every_kind_at_once__fits, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
