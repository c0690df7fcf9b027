/* Memory that runs out while a group is under way: nobody's fault, so nobody's verdict. */
#include "tests/lib/test.h"

#include "common/base/log.h"
#include "tests/lib/fault_memory.h"
#include "tests/lib/model_world.h"

enum { OFFERS = 5, MEMBERS = 40, ALLOCATIONS_LEAST = 10 };

static struct model_world w;

static void drop_log(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

struct offer {
    const struct builder_device *device;
    struct builder_submission sealed;
    struct model_answer *answer;
};

static void seal(struct offer *offer, struct builder_device *device, const struct builder_change *changes,
                 size_t count)
{
    *offer = (struct offer){.device = device, .sealed = builder_seal(&w.arena, device, changes, count)};
}

/* One of everything that takes memory: many new members with numbers, an edit in conflict whose content is told, a removal
 * that is asked about, a base nobody could read, a reference to what was refused while a refill is open. */
static void prepare(struct offer offers[OFFERS])
{
    struct builder_change changes[MEMBERS];
    struct id known = builder_id(900);
    struct bytes garbage = bytes_of_text("whatever");
    void *member = builder_member(&w.arena, "Nguyễn Văn An", &w.cell_a, "00000001");
    model_world_put(&w, &w.a, KIND_MEMBER, &known, NULL, member);
    struct builder_submission unreadable =
        builder_seal_bytes(&w.arena, &w.a, &garbage, 1, BUILDER_PAYLOAD_GARBAGE);
    model_world_offer(&w, &w.a, &unreadable);
    model_world_settle(&w);
    model_store_head(w.store)->is_refilling = true;

    struct builder_change blocking = {.kind = KIND_MEMBER,
                                      .record = builder_id(901),
                                      .message = builder_member(&w.arena, "Ai", &w.cell_b, NULL)};
    seal(&offers[0], &w.province, &blocking, 1);
    for (uint64_t i = 0; i < MEMBERS; i++) {
        char *number = arena_zalloc(&w.arena, 1, 9);
        assert_non_null(number);
        memcpy(number, "10000000", 8);
        number[6] = (char)('0' + i / 10);
        number[7] = (char)('0' + i % 10);
        changes[i] =
            (struct builder_change){.kind = KIND_MEMBER,
                                    .record = builder_id(1000 + i),
                                    .message = builder_member(&w.arena, "Lê Văn", &w.cell_b, number)};
    }
    seal(&offers[1], &w.b, changes, MEMBERS);
    struct builder_change conflict = {.kind = KIND_MEMBER, .record = known, .message = member};
    seal(&offers[2], &w.a, &conflict, 1);
    struct builder_change on_unreadable = {.kind = KIND_MEMBER,
                                           .record = builder_id(902),
                                           .base = builder_version(&unreadable, 0),
                                           .message = member};
    seal(&offers[3], &w.a, &on_unreadable, 1);
    struct builder_change removal = {.kind = KIND_BRANCH,
                                     .record = w.cell_b,
                                     .base = model_store_current(w.store, KIND_BRANCH, &w.cell_b)->version};
    seal(&offers[4], &w.b, &removal, 1);
}

static void offer_all(struct offer offers[OFFERS])
{
    for (size_t i = 0; i < OFFERS; i++) {
        offers[i].answer = model_world_offer(&w, offers[i].device, &offers[i].sealed);
    }
}

static void assert_outcome(const struct offer offers[OFFERS])
{
    const struct {
        enum verdict_code code;
        const char *rule;
    } expected[OFFERS] = {{VERDICT_APPLIED, ""},
                          {VERDICT_APPLIED, ""},
                          {VERDICT_CONFLICT, ""},
                          {VERDICT_REFUSED, "ingest.unreadable"},
                          {VERDICT_REFUSED, "ingest.still_used"}};
    for (size_t i = 0; i < OFFERS; i++) {
        assert_int_equal(offers[i].answer->answer_count, 1);
        assert_int_equal(offers[i].answer->answer.err, ERR_OK);
        struct verdict verdict = model_answer_verdict(offers[i].answer, 0);
        assert_string_equal(verdict.rule, expected[i].rule);
        assert_int_equal(verdict.code, expected[i].code);
    }
}

/* Whichever allocation of a group fails, once: the group is tried again, and every submission gets the verdict it would
 * have got; never one under an incident number. A receipt that could not be made is asked for again. */
static void ingest__any_allocation_fails__same_verdicts(void **state)
{
    (void)state;
    log_set_sink(drop_log);
    bool was_reached = true;
    size_t n = 0;
    for (; was_reached; n++) {
        struct offer offers[OFFERS];
        model_world_open(&w);
        prepare(offers);
        offer_all(offers);

        fault_memory_fail_at(n);
        model_world_settle(&w);
        was_reached = fault_memory_stop();

        for (size_t i = 0; i < OFFERS; i++) {
            assert_int_equal(offers[i].answer->answer_count, 1);
            if (offers[i].answer->answer.err != ERR_OK) {
                assert_int_equal(offers[i].answer->answer.err, ERR_UNKNOWN_COMMIT);
                offers[i].answer = model_world_offer(&w, offers[i].device, &offers[i].sealed);
                model_world_settle(&w);
            }
        }
        assert_outcome(offers);
        model_world_close(&w);
    }
    print_message("allocations: %zu\n", n);
    assert_true(n > ALLOCATIONS_LEAST);
}

/* However long memory stays short, a submission is not refused for it: its asker is told to offer it again. */
static void ingest__memory_stays_short__error_and_later_applied(void **state)
{
    (void)state;
    struct id id = builder_id(950);
    log_set_sink(drop_log);
    model_world_open(&w);
    struct builder_change change = {
        .kind = KIND_MEMBER, .record = id, .message = builder_member(&w.arena, "Ai", &w.cell_a, NULL)};
    struct builder_submission sealed = builder_seal(&w.arena, &w.a, &change, 1);
    struct model_answer *answer = model_world_offer(&w, &w.a, &sealed);

    fault_memory_fail_all();
    model_world_settle(&w);
    assert_true(fault_memory_stop());
    struct model_answer *later = model_world_offer(&w, &w.a, &sealed);
    model_world_settle(&w);

    assert_int_equal(answer->answer_count, 1);
    assert_int_equal(answer->answer.err, ERR_NO_MEMORY);
    assert_true(err_may_retry(ERR_NO_MEMORY));
    assert_int_equal(later->answer.err, ERR_OK);
    assert_int_equal(model_answer_verdict(later, 0).code, VERDICT_APPLIED);
    model_world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ingest__any_allocation_fails__same_verdicts),
        cmocka_unit_test(ingest__memory_stays_short__error_and_later_applied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
