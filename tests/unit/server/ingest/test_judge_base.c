/* Verdicts of changes that stand on others: on a base that was refused, is waiting or was never read, on a record that is
 * still to come. Through the whole ingest on the model store. */
#include "tests/unit/server/ingest/fixture.h"

#include "proto/records.pb-c.h"

/* An edit sealed on top of a change that was refused shares its fate, in the same group and in a later one.
 */
static void judge__base_was_refused__same_verdict(void **state)
{
    (void)state;
    struct id id = new_id();
    struct builder_change create = {
        .kind = KIND_MEMBER, .record = id, .message = builder_member(&w.arena, "Phạm Dũng", &w.cell_b, NULL)};
    struct builder_submission first = builder_seal(&w.arena, &w.a, &create, 1);
    struct builder_change edit = {.kind = KIND_MEMBER,
                                  .record = id,
                                  .base = builder_version(&first, 0),
                                  .message = builder_member(&w.arena, "Phạm Dũng", &w.cell_a, NULL)};
    struct builder_submission second = builder_seal(&w.arena, &w.a, &edit, 1);

    struct builder_change other = {.kind = KIND_MEMBER,
                                   .record = new_id(),
                                   .message = builder_member(&w.arena, "Ai Đó", &w.cell_b, NULL)};
    struct builder_submission alone = builder_seal(&w.arena, &w.b, &other, 1);
    size_t commits = model_store_commits(w.store);
    model_world_offer(&w, &w.b, &alone); /* goes alone, so that the next two share a group */
    struct model_answer *refused = model_world_offer(&w, &w.a, &first);
    struct model_answer *again = model_world_offer(&w, &w.a, &second);
    model_world_settle(&w);
    commits = model_store_commits(w.store) - commits;
    struct builder_submission third = builder_seal(&w.arena, &w.a, &edit, 1);
    struct model_answer *later = model_world_offer(&w, &w.a, &third);
    model_world_settle(&w);

    assert_int_equal(commits, 2);
    assert_verdict(refused, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(again, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(later, 0, VERDICT_REFUSED, "ingest.out_of_scope");
}

/* Nobody knows the changes of a payload that cannot be read, nor their number. An edit that its device made on top of one
 * is refused with it all the same, in the same group and in a later one; another device's claim to it counts for
 * nothing. */
static void judge__base_never_read__refused_as_unreadable(void **state)
{
    (void)state;
    struct id id = new_id();
    struct bytes change = bytes_of_text("whatever");
    struct builder_submission garbage =
        builder_seal_bytes(&w.arena, &w.a, &change, 1, BUILDER_PAYLOAD_GARBAGE);
    struct builder_change edit = {.kind = KIND_MEMBER,
                                  .record = id,
                                  .base = builder_version(&garbage, 7),
                                  .message = builder_member(&w.arena, "Phạm Dũng", &w.cell_a, NULL)};
    struct builder_submission chained = builder_seal(&w.arena, &w.a, &edit, 1);
    struct builder_submission foreign = builder_seal(&w.arena, &w.b, &edit, 1);
    struct builder_change blocking = {.kind = KIND_MEMBER,
                                      .record = new_id(),
                                      .message = builder_member(&w.arena, "Ai Đó", &w.cell_a, NULL)};
    struct builder_submission blocker = builder_seal(&w.arena, &w.province, &blocking, 1);

    model_world_offer(&w, &w.province, &blocker); /* under way alone, so that the next three make one group */
    struct model_answer *unreadable = model_world_offer(&w, &w.a, &garbage);
    struct model_answer *same_group = model_world_offer(&w, &w.a, &chained);
    struct model_answer *of_another = model_world_offer(&w, &w.b, &foreign);
    model_world_settle(&w);
    struct model_answer *later = model_world_submit(&w, &w.a, &edit, 1);
    struct model_answer *of_another_later = model_world_submit(&w, &w.b, &edit, 1);
    edit.base = new_id();
    struct model_answer *never = model_world_submit(&w, &w.a, &edit, 1);

    assert_true(unreadable->answer.receipt.is_unreadable);
    assert_int_equal(unreadable->answer.receipt.change_count, 0);
    assert_verdict(same_group, 0, VERDICT_REFUSED, "ingest.unreadable");
    assert_verdict(of_another, 0, VERDICT_CONFLICT, "");
    assert_verdict(later, 0, VERDICT_REFUSED, "ingest.unreadable");
    assert_verdict(of_another_later, 0, VERDICT_CONFLICT, "");
    assert_verdict(never, 0, VERDICT_CONFLICT, "");
}

/* While a refill is open such a base is not waited for: it will never come. */
static void judge__base_never_read__no_wait_while_refilling(void **state)
{
    (void)state;
    struct bytes change = bytes_of_text("whatever");
    struct builder_submission garbage =
        builder_seal_bytes(&w.arena, &w.a, &change, 1, BUILDER_PAYLOAD_GARBAGE);
    struct builder_change edit = {.kind = KIND_MEMBER,
                                  .record = new_id(),
                                  .base = builder_version(&garbage, 0),
                                  .message = builder_member(&w.arena, "Phạm Dũng", &w.cell_a, NULL)};
    model_world_offer(&w, &w.a, &garbage);
    model_world_settle(&w);
    model_store_head(w.store)->is_refilling = true;

    struct model_answer *answer = model_world_submit(&w, &w.a, &edit, 1);

    assert_verdict(answer, 0, VERDICT_REFUSED, "ingest.unreadable");
}

/* What waits for a second person makes the edits on top of it wait too, and those on top of these in the same group. */
static void judge__base_waits__edit_waits(void **state)
{
    (void)state;
    struct id id = new_id();
    struct builder_change create = {
        .kind = KIND_CONGRESS_BALLOT, .record = id, .message = builder_ballot(&w.arena, &w.cell_a, "01/BB")};
    struct builder_submission first = builder_seal(&w.arena, &w.a, &create, 1);
    model_world_offer(&w, &w.a, &first);
    model_world_settle(&w);
    struct builder_change edit = create;
    edit.base = builder_version(&first, 0);
    struct builder_submission second = builder_seal(&w.arena, &w.a, &edit, 1);
    edit.base = builder_version(&second, 0);
    struct builder_submission third = builder_seal(&w.arena, &w.a, &edit, 1);
    struct builder_change blocking = {.kind = KIND_MEMBER,
                                      .record = new_id(),
                                      .message = builder_member(&w.arena, "Ai Đó", &w.cell_a, NULL)};
    struct builder_submission blocker = builder_seal(&w.arena, &w.province, &blocking, 1);

    model_world_offer(&w, &w.province, &blocker); /* under way alone, so that the next two make one group */
    struct model_answer *waits = model_world_offer(&w, &w.a, &second);
    struct model_answer *waits_too = model_world_offer(&w, &w.a, &third);
    model_world_settle(&w);

    assert_verdict(waits, 0, VERDICT_WAITING, "");
    assert_verdict(waits_too, 0, VERDICT_WAITING, "");
    assert_null(model_store_current(w.store, KIND_CONGRESS_BALLOT, &id));
}

/* While a refill is open, a base nobody has seen holds the whole submission back; once closed it is a
 * conflict. */
static void judge__base_unknown__waits_while_refilling(void **state)
{
    (void)state;
    struct id unknown = new_id();
    struct id id = new_id();
    struct builder_change change = {.kind = KIND_MEMBER,
                                    .record = id,
                                    .base = unknown,
                                    .message = builder_member(&w.arena, "Mai Văn Chờ", &w.cell_a, NULL)};
    struct builder_submission submission = builder_seal(&w.arena, &w.a, &change, 1);
    size_t entries = model_store_entry_count(w.store);

    model_store_head(w.store)->is_refilling = true;
    struct model_answer *waits = model_world_offer(&w, &w.a, &submission);
    model_world_settle(&w);
    size_t entries_then = model_store_entry_count(w.store);
    model_store_head(w.store)->is_refilling = false;
    struct model_answer *conflict = model_world_offer(&w, &w.a, &submission);
    model_world_settle(&w);

    assert_int_equal(waits->answer.err, ERR_BASE_MISSING);
    assert_int_equal(entries_then, entries);
    assert_verdict(conflict, 0, VERDICT_CONFLICT, "");
}

/* After a backup was restored, devices offer again in whatever order: what another device will bring is waited for. */
static void judge__reference_unknown__waits_while_refilling(void **state)
{
    (void)state;
    struct id cell = new_id();
    struct id member = new_id();
    struct builder_change founding = {.kind = KIND_BRANCH,
                                      .record = cell,
                                      .message = builder_branch(&w.arena, "Chi bộ mới", &w.branch_a, false)};
    struct builder_change joining = {
        .kind = KIND_MEMBER, .record = member, .message = builder_member(&w.arena, "Hà Chờ", &cell, NULL)};
    struct builder_submission first = builder_seal(&w.arena, &w.province, &founding, 1);
    struct builder_submission second = builder_seal(&w.arena, &w.a, &joining, 1);
    model_store_head(w.store)->is_refilling = true;
    size_t entries = model_store_entry_count(w.store);

    struct model_answer *waits = model_world_offer(&w, &w.a, &second);
    model_world_settle(&w);
    size_t entries_then = model_store_entry_count(w.store);
    struct model_answer *founded = model_world_offer(&w, &w.province, &first);
    model_world_settle(&w);
    struct model_answer *joined = model_world_offer(&w, &w.a, &second);
    model_world_settle(&w);

    assert_int_equal(waits->answer.err, ERR_BASE_MISSING);
    assert_int_equal(entries_then, entries);
    assert_verdict(founded, 0, VERDICT_APPLIED, "");
    assert_verdict(joined, 0, VERDICT_APPLIED, "");
}

/* A device does not wait for what it brings itself, nor for what was refused to itself: by the same submission, in the
 * same group or before. Another device's refusal says nothing, in one group or in two. */
static void judge__reference_refused__waits_for_other_devices_only(void **state)
{
    (void)state;
    struct id bad = new_id();
    struct id good = new_id();
    struct builder_change changes[] = {
        {.kind = KIND_BRANCH,
         .record = good,
         .message = builder_branch(&w.arena, "Chi bộ tốt", &w.branch_a, false)},
        {.kind = KIND_BRANCH, .record = bad, .message = builder_branch(&w.arena, "Sai", &w.branch_b, false)},
        {.kind = KIND_MEMBER, .record = new_id(), .message = builder_member(&w.arena, "Hà Một", &bad, NULL)},
        {.kind = KIND_MEMBER, .record = new_id(), .message = builder_member(&w.arena, "Hà Hai", &good, NULL)},
    };
    struct builder_submission bringing = builder_seal(&w.arena, &w.a, changes, 4);
    changes[2].record = new_id();
    struct builder_submission following = builder_seal(&w.arena, &w.a, &changes[2], 1);
    changes[2].record = new_id();
    struct builder_submission strange = builder_seal(&w.arena, &w.b, &changes[2], 1);
    struct builder_change blocking = {.kind = KIND_MEMBER,
                                      .record = new_id(),
                                      .message = builder_member(&w.arena, "Ai Đó", &w.cell_a, NULL)};
    struct builder_submission blocker = builder_seal(&w.arena, &w.province, &blocking, 1);
    model_store_head(w.store)->is_refilling = true;

    model_world_offer(&w, &w.province, &blocker); /* under way alone, so that the next three make one group */
    struct model_answer *brought = model_world_offer(&w, &w.a, &bringing);
    struct model_answer *followed = model_world_offer(&w, &w.a, &following);
    struct model_answer *by_another = model_world_offer(&w, &w.b, &strange);
    model_world_settle(&w);
    changes[2].record = new_id();
    struct model_answer *later = model_world_submit(&w, &w.a, &changes[2], 1);
    struct model_answer *by_another_later = model_world_offer(&w, &w.b, &strange);
    model_world_settle(&w);

    assert_verdict(brought, 0, VERDICT_APPLIED, "");
    assert_verdict(brought, 1, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(brought, 2, VERDICT_REFUSED, "ingest.unknown_reference");
    assert_verdict(brought, 3, VERDICT_APPLIED, "");
    assert_verdict(followed, 0, VERDICT_REFUSED, "ingest.unknown_reference");
    assert_int_equal(by_another->answer.err, ERR_BASE_MISSING);
    assert_verdict(later, 0, VERDICT_REFUSED, "ingest.unknown_reference");
    assert_int_equal(by_another_later->answer.err, ERR_BASE_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(judge__base_was_refused__same_verdict, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__base_never_read__refused_as_unreadable, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__base_never_read__no_wait_while_refilling, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__base_waits__edit_waits, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__base_unknown__waits_while_refilling, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__reference_unknown__waits_while_refilling, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__reference_refused__waits_for_other_devices_only, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
