/* Grouping and faults never change a verdict: a random schedule of submissions gives the same answers, the
 * same journal and the same versions one at a time, in any groups, and with the database failing on the way.
 */
#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/log.h"
#include "common/base/random.h"
#include "tests/lib/model_world.h"
#include "tests/lib/outcome.h"
#include "tests/lib/schedule.h"
#include "tests/lib/seed.h"

enum { SUBMISSIONS = 120, ROUNDS = 6, OUTCOME_BYTES_MAX = 16 << 20 };

enum way { ONE_AT_A_TIME, IN_GROUPS, IN_GROUPS_WITH_FAULTS };

/* What the whole schedule came to, to show that the test reaches what it is about. */
struct tally {
    size_t applied;
    size_t conflicts;
    size_t refused;
    size_t incidents;
    size_t still_used;
    size_t cloned;
    size_t missing;
    size_t unreadable;
    size_t waiting;
    size_t approvals; /* that took effect */
    size_t lost;      /* changes that waited in vain: the base had moved, a rule */
    size_t rejected;
    size_t base_waiting;
    size_t commits;
};

static void drop_log(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

static void cause_fault(struct model_world *world, struct prng *prng)
{
    switch (prng_below(prng, 6)) {
    case 4:
        model_store_fail(world->store, MODEL_LOCK, 1, ERR_DATABASE);
        break;
    case 0:
        model_store_fail(world->store, MODEL_OPEN, 1, ERR_DATABASE);
        break;
    case 1:
        model_store_fail(world->store, MODEL_COMMIT, 1, ERR_DATABASE);
        break;
    case 2:
        model_store_lose_commit(world->store, 1, false);
        break;
    case 3:
        model_store_lose_commit(world->store, 1, true);
        break;
    default:
        model_store_fail(world->store, MODEL_FIND_BODIES, 1, ERR_BUSY);
        break;
    }
}

static void assert_signed(const struct model_world *world, const struct ingest_receipt *receipt)
{
    uint8_t bytes[RECEIPT_SIGNED_BYTES];
    receipt_signed_bytes(&receipt->epoch, receipt->position, &receipt->leaf, bytes);
    assert_int_equal(verify_key_check(world->receipt_verify, bytes_of(bytes, sizeof bytes),
                                      bytes_of(receipt->signature, sizeof receipt->signature)),
                     ERR_OK);
}

static void write_answer(const struct model_world *world, const struct model_answer *answer, struct buf *out,
                         struct tally *tally)
{
    assert_int_equal(answer->refused_early, ERR_OK);
    assert_int_equal(answer->answer_count, 1);
    const struct ingest_receipt *receipt = &answer->answer.receipt;
    outcome_write(out, &answer->answer);
    if (answer->answer.err != ERR_OK) {
        tally->cloned += answer->answer.err == ERR_CLONED;
        tally->missing += answer->answer.err == ERR_BASE_MISSING;
        return;
    }
    assert_signed(world, receipt);
    tally->unreadable += receipt->is_unreadable;
    tally->applied += receipt->change_count;
    for (size_t i = 0; i < receipt->verdict_count; i++) {
        const struct verdict *verdict = &receipt->verdicts[i].verdict;
        tally->waiting += verdict->code == VERDICT_WAITING;
        tally->base_waiting += strcmp(verdict->rule, "approval.base_waiting") == 0;
        tally->conflicts += verdict->code == VERDICT_CONFLICT;
        tally->refused += verdict->code == VERDICT_REFUSED;
        tally->applied -= verdict->code != VERDICT_APPLIED;
        tally->incidents += strcmp(verdict->rule, "ingest.incident") == 0;
        tally->still_used += strcmp(verdict->rule, "ingest.still_used") == 0;
    }
}

static struct tally run(const struct schedule *schedule, enum way way, bool is_refilling, uint64_t seed,
                        struct buf *out)
{
    struct model_world world;
    struct prng prng;
    prng_init(&prng, seed);
    model_world_open_empty(&world);
    model_store_head(world.store)->is_refilling = is_refilling;
    for (size_t i = 3; i < SCHEDULE_DEVICES; i++) { /* the world has the first three */
        const struct schedule_device *device = &schedule->devices[i];
        struct store_device row = builder_store_device(&device->device, &device->sender, device->is_province);
        row.role = device->role;
        model_store_add_device(world.store, &device->device.device, &row);
    }
    for (size_t i = 0; i < SCHEDULE_POISONS; i++) {
        model_store_refuse_record(world.store, &schedule->poisons[i]);
    }
    struct model_answer **answers = test_calloc(schedule->item_count, sizeof(struct model_answer *));
    for (size_t i = 0; i < schedule->item_count; i++) {
        const struct schedule_item *item = &schedule->items[i];
        if (way == IN_GROUPS_WITH_FAULTS && prng_below(&prng, 4) == 0) {
            cause_fault(&world, &prng);
        }
        answers[i] =
            model_world_offer(&world, &schedule->devices[item->device_index].device, &item->submission);
        if (way == ONE_AT_A_TIME || prng_below(&prng, 20) == 0) {
            model_world_settle(&world);
        } else if (prng_below(&prng, 3) == 0) {
            model_store_step(world.store);
        }
    }
    model_world_settle(&world);

    struct tally tally = {.commits = model_store_commits(world.store)};
    for (size_t i = 0; i < schedule->item_count; i++) {
        write_answer(&world, answers[i], out, &tally);
    }
    model_store_dump(world.store, out);
    tally.approvals = model_store_decided(world.store, VERDICT_APPLIED, NULL);
    tally.rejected = model_store_decided(world.store, VERDICT_REFUSED, "approval.rejected");
    tally.lost = model_store_decided(world.store, VERDICT_CONFLICT, NULL) +
                 model_store_decided(world.store, VERDICT_REFUSED, NULL) - tally.rejected;
    test_free(answers);
    model_world_close(&world);
    return tally;
}

static void assert_same_outcome(const struct buf *expected, const struct buf *actual, const char *what)
{
    struct bytes a = buf_content(expected);
    struct bytes b = buf_content(actual);
    if (bytes_equal(a, b)) {
        return;
    }
    size_t line_a = 0;
    size_t at = 0;
    for (; at < a.len && at < b.len && a.at[at] == b.at[at]; at++) {
        line_a = a.at[at] == '\n' ? at + 1 : line_a;
    }
    fail_msg("%s differs:\nexpected %.*s\nactual   %.*s", what,
             (int)strcspn((const char *)a.at + line_a, "\n"), a.at + line_a,
             (int)strcspn((const char *)b.at + line_a, "\n"), b.at + line_a);
}

/* The property itself; the tally shows that every kind of verdict was reached. */
static void ingest__any_grouping_any_fault__same_as_one_at_a_time(void **state)
{
    (void)state;
    uint64_t seed = seed_of_test();
    struct tally all = {0};
    log_set_sink(drop_log);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct schedule schedule;
        struct buf expected;
        struct buf actual;
        bool is_refilling = round % 4 == 3; /* what stands on something unknown then waits */
        schedule_init(&schedule, seed + round, SUBMISSIONS);
        buf_init(&expected, OUTCOME_BYTES_MAX);
        buf_init(&actual, OUTCOME_BYTES_MAX);

        struct tally one = run(&schedule, ONE_AT_A_TIME, is_refilling, seed, &expected);
        for (uint64_t again = 0; again < 2; again++) {
            buf_clear(&actual);
            struct tally grouped = run(&schedule, IN_GROUPS, is_refilling, seed + again, &actual);
            assert_same_outcome(&expected, &actual, "in groups");
            /* In a refill one that waits holds its device back: there may be too few to save a commit. */
            assert_true(is_refilling || grouped.commits < one.commits);
            buf_clear(&actual);
            run(&schedule, IN_GROUPS_WITH_FAULTS, is_refilling, seed + again, &actual);
            assert_same_outcome(&expected, &actual, "in groups with faults");
        }
        all.applied += one.applied;
        all.conflicts += one.conflicts;
        all.refused += one.refused;
        all.incidents += one.incidents;
        all.still_used += one.still_used;
        all.cloned += one.cloned;
        all.missing += one.missing;
        all.unreadable += one.unreadable;
        all.waiting += one.waiting;
        all.approvals += one.approvals;
        all.rejected += one.rejected;
        all.lost += one.lost;
        all.base_waiting += one.base_waiting;
        buf_release(&expected);
        buf_release(&actual);
        schedule_release(&schedule);
    }
    printf("applied=%zu conflicts=%zu refused=%zu incidents=%zu still_used=%zu cloned=%zu unreadable=%zu "
           "missing=%zu waiting=%zu approvals=%zu rejected=%zu lost=%zu base_waiting=%zu\n",
           all.applied, all.conflicts, all.refused, all.incidents, all.still_used, all.cloned, all.unreadable,
           all.missing, all.waiting, all.approvals, all.rejected, all.lost, all.base_waiting);
    assert_true(all.applied > 0 && all.conflicts > 0 && all.refused > 0);
    assert_true(all.incidents > 0 && all.still_used > 0 && all.cloned > 0 && all.unreadable > 0);
    assert_true(all.missing > 0);
    assert_true(all.waiting > 0 && all.approvals > 0 && all.rejected > 0 && all.lost > 0 &&
                all.base_waiting > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ingest__any_grouping_any_fault__same_as_one_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
