/* What a sender's device may submit, by the table of cases that the tree and the database are held to as well. */
#include "tests/lib/test.h"

#include "common/record/date.h"
#include "tests/lib/model_world.h"
#include "tests/lib/scope_cases.h"

static struct model_world w;
static struct builder_device devices[SCOPE_BRANCHES + 1]; /* by branch; senders' only */

static struct id branch_id(uint8_t branch)
{
    return builder_id(1000 + (uint64_t)branch);
}

static bool is_applied(const struct model_answer *answer)
{
    assert_int_equal(answer->answer_count, 1);
    assert_int_equal(answer->answer.err, ERR_OK);
    struct verdict verdict = model_answer_verdict(answer, 0);
    if (verdict.code != VERDICT_APPLIED) {
        assert_string_equal(verdict.rule, "ingest.out_of_scope");
    }
    return verdict.code == VERDICT_APPLIED;
}

static void put_branch(const struct scope_case *of, int32_t today)
{
    const struct kind_schema *schema = schema_of(KIND_BRANCH);
    struct id id = branch_id(of->branch);
    void *branch = builder_branch(&w.arena, of->what, NULL, of->is_sender);
    const char *kind = of->edges[0].parent == 0 ? "province" : "direct";
    int field = schema_field_index(schema, "kind");
    struct value text = {.is_stated = true, .text = bytes_of_text(kind)};
    assert_int_equal(record_set_field(schema, &w.arena, branch, (size_t)field, text), ERR_OK);
    int list = schema_list_index(schema, "parent");
    for (size_t i = 0; i < SCOPE_EDGES_MAX && of->edges[i].parent != 0; i++) {
        const struct scope_edge *edge = &of->edges[i];
        struct id parent = branch_id(edge->parent);
        struct value items[EDGE_ITEMS] = {
            [EDGE_REFERENCE] = {.is_stated = true, .text = bytes_of(parent.at, ID_BYTES)},
            [EDGE_FROM] = {.is_stated = edge->from != SCOPE_ALWAYS, .number = today + edge->from},
            [EDGE_TO] = {.is_stated = edge->to != SCOPE_FOR_EVER, .number = today + edge->to},
        };
        assert_int_equal(record_append(schema, &w.arena, branch, (size_t)list, items), ERR_OK);
    }
    assert_true(is_applied(model_world_put(&w, &w.province, KIND_BRANCH, &id, NULL, branch)));
}

static int fixture_open(void **state)
{
    (void)state;
    model_world_open(&w);
    for (size_t i = 0; i < SCOPE_BRANCHES; i++) {
        put_branch(&scope_cases[i], date_of_moment(w.now_ms));
    }
    for (size_t i = 0; i < SCOPE_BRANCHES; i++) {
        uint8_t branch = scope_cases[i].branch;
        if (scope_cases[i].is_sender) {
            struct id sender = branch_id(branch);
            builder_device_init(&devices[branch], 100 + (uint64_t)branch);
            struct store_device row = builder_store_device(&devices[branch], &sender, false);
            model_store_add_device(w.store, &devices[branch].device, &row);
        }
    }
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    for (size_t i = 0; i <= SCOPE_BRANCHES; i++) {
        builder_device_release(&devices[i]);
    }
    model_world_close(&w);
    return 0;
}

/* A record that names its branch in a plain field: every sender may make, change and remove it where the table says
 * that the branch is in its subtree, and nowhere else. */
static void scope__plain_branch__as_the_table_says(void **state)
{
    (void)state;
    struct id member = builder_id(w.next_id++);
    model_world_put(&w, &w.province, KIND_MEMBER, &member, NULL,
                    builder_member(&w.arena, "Bùi Văn Sơn", &w.cell_a, NULL));
    for (size_t i = 0; i < SCOPE_BRANCHES; i++) {
        struct id branch = branch_id(scope_cases[i].branch);
        void *task = builder_task(&w.arena, scope_cases[i].what, &branch, &member);
        for (size_t j = 0; j < SCOPE_BRANCHES; j++) {
            uint8_t sender = scope_cases[j].branch;
            if (!scope_cases[j].is_sender) {
                continue;
            }
            struct id own = builder_id(w.next_id++);
            struct id provinces = builder_id(w.next_id++);
            model_world_put(&w, &w.province, KIND_TASK, &provinces, NULL, task);
            struct id base = model_store_current(w.store, KIND_TASK, &provinces)->version;

            bool made = is_applied(model_world_put(&w, &devices[sender], KIND_TASK, &own, NULL, task));
            bool changed =
                is_applied(model_world_put(&w, &devices[sender], KIND_TASK, &provinces, &base, task));
            base = model_store_current(w.store, KIND_TASK, &provinces)->version;
            bool removed =
                is_applied(model_world_put(&w, &devices[sender], KIND_TASK, &provinces, &base, NULL));

            bool expected = scope_case_is_within(&scope_cases[i], sender);
            if (made != expected || changed != expected || removed != expected) {
                fail_msg("%s: by sender %d made %d, changed %d, removed %d", scope_cases[i].what, sender,
                         made, changed, removed);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scope__plain_branch__as_the_table_says, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
