/* Approvals, through the whole ingest on the model store: what decides, what does not, and what becomes of the change. */
#include "tests/lib/test.h"

#include "tests/lib/model_world.h"

static struct model_world w;
static struct builder_device approver; /* of sender A */

static int fixture_open(void **state)
{
    (void)state;
    model_world_open(&w);
    builder_device_init(&approver, 77);
    struct store_device row = builder_store_device(&approver, &w.branch_a, false);
    row.role = ROLE_APPROVER;
    model_store_add_device(w.store, &approver.device, &row);
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    builder_device_release(&approver);
    model_world_close(&w);
    return 0;
}

/* A change that waits: what an approval names, and what it makes. */
struct ballot {
    struct id record;
    struct id version;
    struct hash hash;
};

static struct ballot put_ballot(struct builder_device *device, const struct id *record, const struct id *base)
{
    struct ballot ballot = {.record = record == NULL ? builder_id(w.next_id++) : *record};
    struct builder_change change = {.kind = KIND_CONGRESS_BALLOT,
                                    .record = ballot.record,
                                    .message = builder_ballot(&w.arena, &w.cell_a, "01/BB")};
    if (base != NULL) {
        change.base = *base;
    }
    struct builder_submission sealed = builder_seal(&w.arena, device, &change, 1);
    ballot.version = builder_version(&sealed, 0);
    ballot.hash = builder_change_hash(&w.arena, &sealed, 0);
    struct model_answer *answer = model_world_offer(&w, device, &sealed);
    model_world_settle(&w);
    assert_int_equal(answer->answer.err, ERR_OK);
    assert_int_equal(model_answer_verdict(answer, 0).code, VERDICT_WAITING);
    return ballot;
}

static struct model_answer *say(struct builder_device *device, const struct ballot *ballots, size_t count,
                                const char *reason)
{
    struct bytes items[8];
    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++) {
        items[i] = builder_pack_approval(&w.arena, &ballots[i].version, &ballots[i].hash, reason);
    }
    struct builder_submission sealed =
        builder_seal_content(&w.arena, device, ENVELOPE_CONTENT_APPROVALS, items, count, BUILDER_SOUND);
    struct model_answer *answer = model_world_offer(&w, device, &sealed);
    model_world_settle(&w);
    assert_int_equal(answer->answer.err, ERR_OK);
    return answer;
}

static void assert_said(struct builder_device *device, const struct ballot *ballot, const char *reason,
                        enum verdict_code code, const char *rule)
{
    struct verdict verdict = model_answer_verdict(say(device, ballot, 1, reason), 0);
    assert_string_equal(verdict.rule, rule);
    assert_int_equal(verdict.code, code);
}

static const struct store_version *current_of(const struct ballot *ballot)
{
    return model_store_current(w.store, KIND_CONGRESS_BALLOT, &ballot->record);
}

/* A change that waits is no version; approved, it is one from the approval's position on, by the clerk, under the name it had. */
static void approval__of_what_waits__takes_effect_there(void **state)
{
    (void)state;
    struct ballot ballot = put_ballot(&w.a, NULL, NULL);
    assert_null(current_of(&ballot));

    struct model_answer *answer = say(&approver, &ballot, 1, NULL);

    assert_int_equal(answer->answer.receipt.verdict_count, 0);
    const struct store_version *version = current_of(&ballot);
    assert_non_null(version);
    assert_true(id_equal(&version->version, &ballot.version));
    assert_int_equal(version->position, answer->answer.receipt.position);
    assert_true(hash_equal(&version->device, &w.a.device));
    assert_int_equal(model_store_decided(w.store, VERDICT_APPLIED, NULL), 1);
}

/* Each thing an approval can be wrong about leaves the change waiting. */
static void approval__wrong__refused_and_still_waits(void **state)
{
    (void)state;
    struct builder_device stranger;
    builder_device_init(&stranger, 78);
    struct store_device row = builder_store_device(&stranger, &w.branch_b, false);
    row.role = ROLE_APPROVER;
    model_store_add_device(w.store, &stranger.device, &row);
    struct ballot ballot = put_ballot(&w.a, NULL, NULL);
    struct ballot edit = put_ballot(&w.a, &ballot.record, &ballot.version);
    struct ballot own = put_ballot(&approver, NULL, NULL);
    struct ballot other_hash = ballot;
    other_hash.hash.at[0] ^= 1;
    struct ballot none = {.version = builder_id(w.next_id++)};
    size_t waiting = model_store_decided(w.store, VERDICT_WAITING, NULL);

    assert_said(&approver, &none, NULL, VERDICT_REFUSED, "approval.unknown");
    assert_said(&stranger, &ballot, NULL, VERDICT_REFUSED, "approval.unknown");
    assert_said(&stranger, &ballot, "sai", VERDICT_REFUSED, "approval.unknown");
    assert_said(&approver, &other_hash, NULL, VERDICT_REFUSED, "approval.wrong_hash");
    assert_said(&approver, &own, NULL, VERDICT_REFUSED, "approval.same_person");
    assert_said(&approver, &own, "sai", VERDICT_REFUSED, "approval.same_person");
    assert_said(&approver, &edit, NULL, VERDICT_REFUSED, "approval.base_waiting");
    assert_said(&w.a, &ballot, NULL, VERDICT_REFUSED, "ingest.role"); /* a clerk */

    assert_int_equal(model_store_decided(w.store, VERDICT_WAITING, NULL), waiting);
    assert_null(current_of(&ballot));
    assert_null(current_of(&own));
    builder_device_release(&stranger);
}

/* Of one record one decision per submission, and of one change one decision for ever. */
static void approval__twice__first_counts(void **state)
{
    (void)state;
    struct ballot first = put_ballot(&w.a, NULL, NULL);
    struct ballot chain[] = {first, put_ballot(&w.a, &first.record, &first.version)};

    struct model_answer *answer = say(&approver, chain, 2, NULL);

    assert_int_equal(model_answer_verdict(answer, 0).code, VERDICT_APPLIED);
    assert_string_equal(model_answer_verdict(answer, 1).rule, "ingest.named_twice");
    assert_said(&approver, &chain[0], NULL, VERDICT_REFUSED, "approval.decided");
    assert_said(&approver, &chain[0], "sai", VERDICT_REFUSED, "approval.decided");
    assert_said(&approver, &chain[1], NULL, VERDICT_APPLIED, "");
    assert_true(id_equal(&current_of(&first)->version, &chain[1].version));
}

/* Turned down, a change is lost with everything made from it; what is made from it later is refused by the same rule. */
static void approval__rejection__change_and_edits_lost(void **state)
{
    (void)state;
    struct ballot first = put_ballot(&w.a, NULL, NULL);
    struct ballot second = put_ballot(&w.a, &first.record, &first.version);
    struct ballot third = put_ballot(&w.a, &first.record, &second.version);
    struct ballot other = put_ballot(&w.a, NULL, NULL);

    assert_said(&approver, &first, "sai tổng số phiếu", VERDICT_APPLIED, "");

    assert_int_equal(model_store_decided(w.store, VERDICT_REFUSED, "approval.rejected"), 3);
    assert_null(current_of(&first));
    assert_said(&approver, &third, NULL, VERDICT_REFUSED, "approval.decided");
    struct model_answer *late = model_world_put(&w, &w.a, KIND_CONGRESS_BALLOT, &first.record, &third.version,
                                                builder_ballot(&w.arena, &w.cell_a, "01/BB"));
    assert_string_equal(model_answer_verdict(late, 0).rule, "approval.rejected");
    assert_said(&approver, &other, NULL, VERDICT_APPLIED, "");
}

/* Two changes from one base: the second to be approved finds that it has moved, and is lost. */
static void approval__base_has_moved__conflict_and_lost(void **state)
{
    (void)state;
    struct ballot base = put_ballot(&w.a, NULL, NULL);
    (void)say(&approver, &base, 1, NULL);
    struct ballot wins = put_ballot(&w.a, &base.record, &base.version);
    struct ballot loses = put_ballot(&w.a, &base.record, &base.version);
    struct ballot after = put_ballot(&w.a, &base.record, &loses.version);
    (void)say(&approver, &wins, 1, NULL);

    struct model_answer *answer = say(&approver, &loses, 1, NULL);

    struct verdict verdict = model_answer_verdict(answer, 0);
    assert_int_equal(verdict.code, VERDICT_CONFLICT);
    assert_true(id_equal(&verdict.current, &wins.version));
    assert_int_equal(model_store_decided(w.store, VERDICT_CONFLICT, NULL), 2);
    assert_true(id_equal(&current_of(&base)->version, &wins.version));
    assert_said(&approver, &after, NULL, VERDICT_REFUSED, "approval.decided");
}

/* The change is judged by the day of the approval: a cell that went to another sender meanwhile is out of scope. */
static void approval__scope_changed__refused_and_lost(void **state)
{
    (void)state;
    struct ballot ballot = put_ballot(&w.a, NULL, NULL);
    struct id base = model_store_current(w.store, KIND_BRANCH, &w.cell_a)->version;
    struct model_answer *moved = model_world_put(&w, &w.province, KIND_BRANCH, &w.cell_a, &base,
                                                 builder_branch(&w.arena, "Chi bộ tổ 1", &w.branch_b, false));
    assert_int_equal(model_answer_verdict(moved, 0).code, VERDICT_APPLIED);

    assert_said(&approver, &ballot, NULL, VERDICT_REFUSED, "ingest.out_of_scope");

    assert_null(current_of(&ballot));
    assert_int_equal(model_store_decided(w.store, VERDICT_REFUSED, "ingest.out_of_scope"), 1);
}

/* A version that waits is no base for another record, and what waits cannot be referred to or counted. */
static void change__based_on_another_records_waiting_version__conflict(void **state)
{
    (void)state;
    struct ballot ballot = put_ballot(&w.a, NULL, NULL);
    struct id member = builder_id(w.next_id++);
    struct id other = builder_id(w.next_id++);

    struct model_answer *of_member =
        model_world_put(&w, &w.a, KIND_MEMBER, &member, &ballot.version,
                        builder_member(&w.arena, "Nguyễn Văn An", &w.cell_a, NULL));
    struct model_answer *of_ballot = model_world_put(&w, &w.a, KIND_CONGRESS_BALLOT, &other, &ballot.version,
                                                     builder_ballot(&w.arena, &w.cell_a, "01/BB"));

    assert_int_equal(model_answer_verdict(of_member, 0).code, VERDICT_CONFLICT);
    assert_int_equal(model_answer_verdict(of_ballot, 0).code, VERDICT_CONFLICT);
}

/* What breaks a rule does not wait, it is refused where it is typed. */
static void change__breaks_a_rule__refused_at_once(void **state)
{
    (void)state;
    struct id id = builder_id(w.next_id++);

    struct model_answer *answer =
        model_world_put(&w, &w.a, KIND_CONGRESS_BALLOT, &id, NULL, builder_ballot(&w.arena, &w.cell_a, NULL));

    assert_string_equal(model_answer_verdict(answer, 0).rule, "record.required");
    assert_int_equal(model_store_decided(w.store, VERDICT_WAITING, NULL), 0);
}

/* While a refill is open what nobody has told of may still come. */
static void approval__unknown_while_refilling__waited_for(void **state)
{
    (void)state;
    struct id version = builder_id(w.next_id++);
    struct hash hash = {{1}};
    struct bytes item = builder_pack_approval(&w.arena, &version, &hash, NULL);
    struct builder_submission sealed =
        builder_seal_content(&w.arena, &approver, ENVELOPE_CONTENT_APPROVALS, &item, 1, BUILDER_SOUND);
    model_store_head(w.store)->is_refilling = true;

    struct model_answer *early = model_world_offer(&w, &approver, &sealed);
    model_world_settle(&w);
    model_store_head(w.store)->is_refilling = false;
    struct model_answer *late = model_world_offer(&w, &approver, &sealed);
    model_world_settle(&w);

    assert_int_equal(early->answer.err, ERR_BASE_MISSING);
    assert_string_equal(model_answer_verdict(late, 0).rule, "approval.unknown");
}

/* Every wait can fail; what it was about is tried again and comes out the same. */
static void approval__lock_fails__tried_again(void **state)
{
    (void)state;
    struct ballot ballot = put_ballot(&w.a, NULL, NULL);
    model_store_fail(w.store, MODEL_LOCK, 1, ERR_DATABASE);

    assert_said(&approver, &ballot, NULL, VERDICT_APPLIED, "");

    model_store_fail(w.store, MODEL_OPEN, 1, ERR_DATABASE);
    struct ballot next = put_ballot(&w.a, &ballot.record, &ballot.version);
    assert_said(&approver, &next, NULL, VERDICT_APPLIED, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(approval__of_what_waits__takes_effect_there, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(approval__wrong__refused_and_still_waits, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(approval__twice__first_counts, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(approval__rejection__change_and_edits_lost, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(approval__base_has_moved__conflict_and_lost, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(approval__scope_changed__refused_and_lost, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(change__based_on_another_records_waiting_version__conflict,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(change__breaks_a_rule__refused_at_once, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(approval__unknown_while_refilling__waited_for, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(approval__lock_fails__tried_again, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
