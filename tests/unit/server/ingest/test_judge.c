/* Verdicts: one test per check, through the whole ingest on the model store. */
#include "tests/unit/server/ingest/fixture.h"

#include "common/record/record_id.h"
#include "proto/records.pb-c.h"
#include "tests/lib/record_text.h"

/* The plain case: a sound record is applied and the receipt lists nothing. */
static void judge__sound_member__applied(void **state)
{
    (void)state;
    struct id id = new_id();

    struct model_answer *answer = model_world_put(
        &w, &w.a, KIND_MEMBER, &id, NULL, builder_member(&w.arena, "Nguyễn Văn An", &w.cell_a, "12345678"));

    assert_verdict(answer, 0, VERDICT_APPLIED, "");
    assert_int_equal(answer->answer.receipt.verdict_count, 0);
    assert_non_null(model_store_current(w.store, KIND_MEMBER, &id));
}

/* An official code has one id everywhere; another id for it would make two records of one thing. */
static void judge__derived_id_not_used__wrong_id(void **state)
{
    (void)state;
    struct id derived;
    void *locality = builder_locality(&w.arena, "51", "Tỉnh Quảng Ngãi", &derived);
    struct id drawn = new_id();

    struct model_answer *wrong = model_world_put(&w, &w.province, KIND_LOCALITY, &drawn, NULL, locality);
    struct model_answer *right = model_world_put(&w, &w.province, KIND_LOCALITY, &derived, NULL, locality);

    assert_verdict(wrong, 0, VERDICT_REFUSED, "ingest.wrong_id");
    assert_verdict(right, 0, VERDICT_APPLIED, "");
}

/* "New" for a record that exists is a conflict that names what is there. */
static void judge__new_but_exists__conflict_with_current(void **state)
{
    (void)state;
    struct id id = new_id();
    void *member = builder_member(&w.arena, "Trần Thị Bình", &w.cell_a, "12345678");
    model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL, member);
    struct id current = current_of(KIND_MEMBER, &id);

    struct model_answer *answer = model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL, member);

    assert_verdict(answer, 0, VERDICT_CONFLICT, "");
    struct verdict verdict = model_answer_verdict(answer, 0);
    assert_true(id_equal(&verdict.current, &current));
    assert_non_null(answer->answer.receipt.verdicts[0].current_body.at);
}

/* Content outside the asker's scope never leaves, not even in a conflict. */
static void judge__conflict_out_of_scope__no_body(void **state)
{
    (void)state;
    struct id id = new_id();
    model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL,
                    builder_member(&w.arena, "Trần Thị Bình", &w.cell_a, NULL));

    struct model_answer *answer = model_world_put(&w, &w.b, KIND_MEMBER, &id, NULL,
                                                  builder_member(&w.arena, "Trần Thị Bình", &w.cell_b, NULL));

    assert_verdict(answer, 0, VERDICT_CONFLICT, "");
    assert_null(answer->answer.receipt.verdicts[0].current_body.at);
}

/* Two edits from one base: the first wins, the second is told the new current version. */
static void judge__base_no_longer_current__conflict(void **state)
{
    (void)state;
    struct id id = new_id();
    void *member = builder_member(&w.arena, "Lê Văn Cường", &w.cell_a, NULL);
    model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL, member);
    struct id base = current_of(KIND_MEMBER, &id);

    struct model_answer *first = model_world_put(&w, &w.a, KIND_MEMBER, &id, &base, member);
    struct model_answer *second = model_world_put(&w, &w.a, KIND_MEMBER, &id, &base, member);

    assert_verdict(first, 0, VERDICT_APPLIED, "");
    assert_verdict(second, 0, VERDICT_CONFLICT, "");
    struct id current = current_of(KIND_MEMBER, &id);
    struct verdict verdict = model_answer_verdict(second, 0);
    assert_true(id_equal(&verdict.current, &current));
}

/* Nothing may point at a branch that is not there, whether never or no more. */
static void judge__unknown_branch__unknown_reference(void **state)
{
    (void)state;
    struct id nowhere = new_id();
    struct id id = new_id();
    struct id other = new_id();
    struct id cell_version = current_of(KIND_BRANCH, &w.cell_a);

    struct model_answer *never = model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL,
                                                 builder_member(&w.arena, "Võ Thị Em", &nowhere, NULL));
    struct model_answer *removal = model_world_put(&w, &w.a, KIND_BRANCH, &w.cell_a, &cell_version, NULL);
    struct model_answer *no_more = model_world_put(&w, &w.a, KIND_MEMBER, &other, NULL,
                                                   builder_member(&w.arena, "Võ Thị Em", &w.cell_a, NULL));

    assert_verdict(never, 0, VERDICT_REFUSED, "ingest.unknown_reference");
    assert_verdict(removal, 0, VERDICT_APPLIED, "");
    assert_verdict(no_more, 0, VERDICT_REFUSED, "ingest.unknown_reference");
}

/* Parents first in one submission works; a child of a refused parent is refused with it. */
static void judge__reference_within_submission__follows_its_verdict(void **state)
{
    (void)state;
    struct id good = new_id();
    struct id bad = new_id();
    struct id in_good = new_id();
    struct id in_bad = new_id();
    struct builder_change changes[] = {
        {.kind = KIND_BRANCH,
         .record = good,
         .message = builder_branch(&w.arena, "Chi bộ 2", &w.branch_a, false)},
        {.kind = KIND_MEMBER,
         .record = in_good,
         .message = builder_member(&w.arena, "Đỗ Văn Phú", &good, NULL)},
        {.kind = KIND_BRANCH,
         .record = bad,
         .message = builder_branch(&w.arena, "Chi bộ 3", &w.branch_b, false)},
        {.kind = KIND_MEMBER,
         .record = in_bad,
         .message = builder_member(&w.arena, "Đỗ Văn Quý", &bad, NULL)},
    };

    struct model_answer *answer = model_world_submit(&w, &w.a, changes, 4);

    assert_verdict(answer, 0, VERDICT_APPLIED, "");
    assert_verdict(answer, 1, VERDICT_APPLIED, "");
    assert_verdict(answer, 2, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(answer, 3, VERDICT_REFUSED, "ingest.unknown_reference");
}

/* A sender writes in its own subtree only; what it takes over from another must be allowed before and after.
 */
static void judge__other_senders_record__out_of_scope(void **state)
{
    (void)state;
    struct id id = new_id();
    struct id derived;
    void *locality = builder_locality(&w.arena, "51", "Tỉnh Quảng Ngãi", &derived);
    model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL,
                    builder_member(&w.arena, "Bùi Văn Sơn", &w.cell_a, NULL));
    struct id current = current_of(KIND_MEMBER, &id);
    struct id own = current_of(KIND_BRANCH, &w.branch_b);

    struct model_answer *taken = model_world_put(&w, &w.b, KIND_MEMBER, &id, &current,
                                                 builder_member(&w.arena, "Bùi Văn Sơn", &w.cell_b, NULL));
    struct model_answer *removed = model_world_put(&w, &w.b, KIND_MEMBER, &id, &current, NULL);
    struct model_answer *shared = model_world_put(&w, &w.b, KIND_LOCALITY, &derived, NULL, locality);
    struct model_answer *itself =
        model_world_put(&w, &w.b, KIND_BRANCH, &w.branch_b, &own,
                        builder_branch(&w.arena, "Tên khác", &w.province_branch, true));

    assert_verdict(taken, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(removed, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(shared, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(itself, 0, VERDICT_REFUSED, "ingest.out_of_scope");
}

/* A record that names its branch in a plain field is that branch's sender's: made, changed and removed by it alone, taken
 * from nobody and given to nobody. */
static void judge__plain_branch__its_sender_only(void **state)
{
    (void)state;
    struct id member_a = new_id();
    struct id member_b = new_id();
    struct id own = new_id();
    struct id others = new_id();
    model_world_put(&w, &w.a, KIND_MEMBER, &member_a, NULL,
                    builder_member(&w.arena, "Bùi Văn Sơn", &w.cell_a, NULL));
    model_world_put(&w, &w.b, KIND_MEMBER, &member_b, NULL,
                    builder_member(&w.arena, "Phạm Thị Hoa", &w.cell_b, NULL));
    void *of_a = builder_task(&w.arena, "Phụ trách tổ 1", &w.cell_a, &member_a);
    void *of_b = builder_task(&w.arena, "Phụ trách thôn", &w.cell_b, &member_b);

    struct model_answer *made = model_world_put(&w, &w.a, KIND_TASK, &own, NULL, of_a);
    struct model_answer *made_elsewhere = model_world_put(&w, &w.a, KIND_TASK, &others, NULL, of_b);
    struct id base = current_of(KIND_TASK, &own);
    struct model_answer *taken = model_world_put(&w, &w.b, KIND_TASK, &own, &base, of_b);
    struct model_answer *changed = model_world_put(&w, &w.b, KIND_TASK, &own, &base, of_a);
    struct model_answer *removed = model_world_put(&w, &w.b, KIND_TASK, &own, &base, NULL);
    struct model_answer *given = model_world_put(&w, &w.a, KIND_TASK, &own, &base, of_b);
    struct model_answer *moved = model_world_put(
        &w, &w.a, KIND_TASK, &own, &base, builder_task(&w.arena, "Phụ trách tổ 1", &w.branch_a, &member_a));
    base = current_of(KIND_TASK, &own);
    struct model_answer *removed_by_owner = model_world_put(&w, &w.a, KIND_TASK, &own, &base, NULL);

    assert_verdict(made, 0, VERDICT_APPLIED, "");
    assert_verdict(made_elsewhere, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(taken, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(changed, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(removed, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(given, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(moved, 0, VERDICT_APPLIED, "");
    assert_verdict(removed_by_owner, 0, VERDICT_APPLIED, "");
}

/* What is assigned to a branch is not the branch's: the province alone makes it. */
static void judge__record_of_no_branch__the_provinces(void **state)
{
    (void)state;
    struct id own = new_id();
    struct id province = new_id();
    const char *const texts[][2] = {
        {"year", "2023"}, {"measure", "member_ratio"}, {"value", "4,41"}, {NULL, NULL}};
    const struct kind_schema *schema = schema_of(KIND_TARGET);
    void *target = record_from_texts(schema, &w.arena, texts);
    struct value assigned = {.is_stated = true, .text = bytes_of(w.branch_a.at, ID_BYTES)};
    int field = schema_field_index(schema, "assigned_to");
    assert_int_equal(record_set_field(schema, &w.arena, target, (size_t)field, assigned), ERR_OK);

    struct model_answer *by_sender = model_world_put(&w, &w.a, KIND_TARGET, &own, NULL, target);
    struct model_answer *by_province = model_world_put(&w, &w.province, KIND_TARGET, &province, NULL, target);

    assert_verdict(by_sender, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(by_province, 0, VERDICT_WAITING, ""); /* taken: for the second person to see */
}

/* Who submits directly is the province's decision: a sender's device neither makes a sender nor unmakes one, though it
 * may edit what stands around it. A second sender inside its subtree would let one number be used twice. */
static void judge__sender_made_by_a_sender__out_of_scope(void **state)
{
    (void)state;
    struct id made = new_id();
    struct id given = new_id();
    struct id cell_version = current_of(KIND_BRANCH, &w.cell_a);
    model_world_put(&w, &w.province, KIND_BRANCH, &given, NULL,
                    builder_branch(&w.arena, "Đảng bộ xã", &w.branch_a, true));
    struct id base = current_of(KIND_BRANCH, &given);

    struct model_answer *new_one = model_world_put(&w, &w.a, KIND_BRANCH, &made, NULL,
                                                   builder_branch(&w.arena, "Chi bộ 9", &w.branch_a, true));
    struct model_answer *raised = model_world_put(&w, &w.a, KIND_BRANCH, &w.cell_a, &cell_version,
                                                  builder_branch(&w.arena, "Chi bộ tổ 1", &w.branch_a, true));
    struct model_answer *lowered = model_world_put(
        &w, &w.a, KIND_BRANCH, &given, &base, builder_branch(&w.arena, "Đảng bộ xã", &w.branch_a, false));
    struct model_answer *removed = model_world_put(&w, &w.a, KIND_BRANCH, &given, &base, NULL);
    struct model_answer *renamed = model_world_put(
        &w, &w.a, KIND_BRANCH, &given, &base, builder_branch(&w.arena, "Đảng bộ xã mới", &w.branch_a, true));

    assert_verdict(new_one, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(raised, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(lowered, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(removed, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(renamed, 0, VERDICT_APPLIED, "");
}

static void *branch_with_code(const char *code, const struct id *parent, struct id *ret_record)
{
    Dantin__Branch *branch = builder_branch(&w.arena, "Đảng bộ có mã", parent, false);
    branch->code_list = (char *)"tinh-uy-quang-ngai";
    branch->code = (char *)code;
    assert_true(record_id_derived(schema_of(KIND_BRANCH), branch, ret_record));
    return branch;
}

/* A code of the province's list says who is who when a device is signed: a sender's device can neither take one for a
 * branch of its own, at once or by an edit, nor take away the one the province gave. */
static void judge__official_code_by_a_sender__refused(void **state)
{
    (void)state;
    struct id taken;
    struct id given;
    void *claimed = branch_with_code("522", &w.branch_a, &taken);
    void *coded = branch_with_code("A-01", &w.branch_a, &given);
    model_world_put(&w, &w.province, KIND_BRANCH, &given, NULL, coded);
    struct id base = current_of(KIND_BRANCH, &given);

    struct model_answer *new_one = model_world_put(&w, &w.a, KIND_BRANCH, &taken, NULL, claimed);
    struct model_answer *plain = model_world_put(&w, &w.a, KIND_BRANCH, &taken, NULL,
                                                 builder_branch(&w.arena, "Chi bộ 9", &w.branch_a, false));
    struct id plain_base = current_of(KIND_BRANCH, &taken);
    struct model_answer *by_edit = model_world_put(&w, &w.a, KIND_BRANCH, &taken, &plain_base, claimed);
    struct model_answer *dropped = model_world_put(&w, &w.a, KIND_BRANCH, &given, &base,
                                                   builder_branch(&w.arena, "Không mã", &w.branch_a, false));
    struct model_answer *removed = model_world_put(&w, &w.a, KIND_BRANCH, &given, &base, NULL);
    struct model_answer *kept = model_world_put(&w, &w.a, KIND_BRANCH, &given, &base, coded);

    assert_verdict(new_one, 0, VERDICT_REFUSED, "ingest.official_code");
    assert_verdict(plain, 0, VERDICT_APPLIED, "");
    assert_verdict(by_edit, 0, VERDICT_REFUSED, "ingest.official_code");
    assert_verdict(dropped, 0, VERDICT_REFUSED, "ingest.official_code");
    assert_verdict(removed, 0, VERDICT_REFUSED, "ingest.official_code");
    assert_verdict(kept, 0, VERDICT_APPLIED, "");
}

static void *branch_between(const struct id *first, const char *day, const struct id *second)
{
    Dantin__Branch *branch = builder_branch(&w.arena, "Chi bộ chuyển", NULL, false);
    branch->kind = (char *)"cell";
    builder_branch_add_parent(&w.arena, branch, first, "2000-01-01", day);
    builder_branch_add_parent(&w.arena, branch, second, day, NULL);
    return branch;
}

/* A last edge far ahead is no licence to hang a branch under another sender until then. */
static void judge__another_senders_until_later__out_of_scope(void **state)
{
    (void)state;
    struct id made = new_id();
    struct id base = current_of(KIND_BRANCH, &w.cell_a);
    void *moved = branch_between(&w.branch_b, "2098-01-01", &w.branch_a);

    struct model_answer *new_one = model_world_put(&w, &w.a, KIND_BRANCH, &made, NULL, moved);
    struct model_answer *own = model_world_put(&w, &w.a, KIND_BRANCH, &w.cell_a, &base, moved);

    assert_verdict(new_one, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(own, 0, VERDICT_REFUSED, "ingest.out_of_scope");
}

/* A move the province planned changes nobody's rights before its day: until then the branch is whose it is, who carries
 * the plan on as it stands. */
static void judge__planned_move__whose_it_is_today(void **state)
{
    (void)state;
    struct id planned = new_id();
    void *plan = branch_between(&w.branch_a, "2098-01-01", &w.branch_b);
    model_world_put(&w, &w.province, KIND_BRANCH, &planned, NULL, plan);
    struct id base = current_of(KIND_BRANCH, &planned);

    struct model_answer *early =
        model_world_put(&w, &w.b, KIND_BRANCH, &planned, &base,
                        builder_branch(&w.arena, "Chi bộ chuyển", &w.branch_b, false));
    struct model_answer *foiled =
        model_world_put(&w, &w.a, KIND_BRANCH, &planned, &base,
                        builder_branch(&w.arena, "Chi bộ chuyển", &w.branch_a, false));
    struct model_answer *carried = model_world_put(&w, &w.a, KIND_BRANCH, &planned, &base, plan);

    assert_verdict(early, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(foiled, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(carried, 0, VERDICT_APPLIED, "");
}

static void *member_between(const struct id *first, const char *day, const struct id *second)
{
    void *member = builder_member(&w.arena, "Người Đã Chuyển", second, NULL);
    builder_member_add_earlier(&w.arena, member, first, day);
    return member;
}

/* Reports of past dates stand on history: a sender's device carries another sender's years on as they are. It cannot
 * claim them, alter them or drop them, not after a removal either. */
static void judge__history_elsewhere__carried_as_it_is(void **state)
{
    (void)state;
    struct id id = new_id();
    struct id fresh = new_id();
    void *history = member_between(&w.cell_a, "2020-01-01", &w.cell_b);
    void *altered = member_between(&w.cell_a, "2019-01-01", &w.cell_b);
    model_world_put(&w, &w.province, KIND_MEMBER, &id, NULL, history);
    struct id base = current_of(KIND_MEMBER, &id);

    struct model_answer *claimed = model_world_put(&w, &w.b, KIND_MEMBER, &fresh, NULL, history);
    struct model_answer *changed = model_world_put(&w, &w.b, KIND_MEMBER, &id, &base, altered);
    struct model_answer *dropped = model_world_put(
        &w, &w.b, KIND_MEMBER, &id, &base, builder_member(&w.arena, "Người Đã Chuyển", &w.cell_b, NULL));
    struct model_answer *carried = model_world_put(&w, &w.b, KIND_MEMBER, &id, &base, history);
    struct id again = current_of(KIND_MEMBER, &id);
    struct model_answer *removed = model_world_put(&w, &w.b, KIND_MEMBER, &id, &again, NULL);
    struct id gone = current_of(KIND_MEMBER, &id);
    struct model_answer *back_otherwise = model_world_put(&w, &w.b, KIND_MEMBER, &id, &gone, altered);
    struct model_answer *back = model_world_put(&w, &w.b, KIND_MEMBER, &id, &gone, history);

    assert_verdict(claimed, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(changed, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(dropped, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(carried, 0, VERDICT_APPLIED, "");
    assert_verdict(removed, 0, VERDICT_APPLIED, "");
    assert_verdict(back_otherwise, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(back, 0, VERDICT_APPLIED, "");
}

/* The same for a branch's past superiors, and within one group too. */
static void judge__branch_history_elsewhere__carried_as_it_is(void **state)
{
    (void)state;
    struct id id = new_id();
    void *history = branch_between(&w.branch_a, "2010-01-01", &w.branch_b);
    model_world_put(&w, &w.province, KIND_BRANCH, &id, NULL, history);
    struct builder_change edit = {
        .kind = KIND_BRANCH, .record = id, .base = current_of(KIND_BRANCH, &id), .message = history};
    struct builder_submission first = builder_seal(&w.arena, &w.b, &edit, 1);
    edit.base = builder_version(&first, 0);
    edit.message = branch_between(&w.branch_a, "2009-01-01", &w.branch_b);
    struct builder_submission second = builder_seal(&w.arena, &w.b, &edit, 1);
    struct builder_change blocking = {.kind = KIND_MEMBER,
                                      .record = new_id(),
                                      .message = builder_member(&w.arena, "Ai Đó", &w.cell_a, NULL)};
    struct builder_submission blocker = builder_seal(&w.arena, &w.a, &blocking, 1);

    model_world_offer(&w, &w.a, &blocker); /* under way alone, so that the next two make one group */
    struct model_answer *carried = model_world_offer(&w, &w.b, &first);
    struct model_answer *altered = model_world_offer(&w, &w.b, &second);
    model_world_settle(&w);
    edit.message = history;
    struct model_answer *later = model_world_submit(&w, &w.b, &edit, 1);

    assert_verdict(carried, 0, VERDICT_APPLIED, "");
    assert_verdict(altered, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(later, 0, VERDICT_APPLIED, "");
}

/* A removed record still belongs to whom it was removed from: another sender, told the removal's name by a conflict,
 * cannot take the record over, in the removal's own group or in a later one. */
static void judge__removed_by_another__not_to_be_taken_over(void **state)
{
    (void)state;
    struct id id = new_id();
    model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL,
                    builder_member(&w.arena, "Mai Văn Hai", &w.cell_a, NULL));
    struct builder_change removal = {.kind = KIND_MEMBER, .record = id, .base = current_of(KIND_MEMBER, &id)};
    struct builder_submission removing = builder_seal(&w.arena, &w.a, &removal, 1);
    struct builder_change taking = {.kind = KIND_MEMBER,
                                    .record = id,
                                    .base = builder_version(&removing, 0),
                                    .message = builder_member(&w.arena, "Mai Văn Hai", &w.cell_b, NULL)};
    struct builder_submission first = builder_seal(&w.arena, &w.b, &taking, 1);
    struct builder_change blocking = {.kind = KIND_MEMBER,
                                      .record = new_id(),
                                      .message = builder_member(&w.arena, "Mai Văn Ba", &w.cell_b, NULL)};
    struct builder_submission blocker = builder_seal(&w.arena, &w.province, &blocking, 1);

    model_world_offer(&w, &w.province, &blocker); /* under way alone, so that the next two make one group */
    struct model_answer *removed = model_world_offer(&w, &w.a, &removing);
    struct model_answer *same_group = model_world_offer(&w, &w.b, &first);
    model_world_settle(&w);
    struct model_answer *later = model_world_submit(&w, &w.b, &taking, 1);

    assert_verdict(removed, 0, VERDICT_APPLIED, "");
    assert_int_equal(same_group->answer.receipt.position, removed->answer.receipt.position + 1);
    assert_verdict(same_group, 0, VERDICT_REFUSED, "ingest.out_of_scope");
    assert_verdict(later, 0, VERDICT_REFUSED, "ingest.out_of_scope");
}

/* The province may change everything. */
static void judge__province__may_move_a_member(void **state)
{
    (void)state;
    struct id id = new_id();
    model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL,
                    builder_member(&w.arena, "Hồ Thị Tám", &w.cell_a, NULL));
    struct id current = current_of(KIND_MEMBER, &id);

    struct model_answer *answer = model_world_put(&w, &w.province, KIND_MEMBER, &id, &current,
                                                  builder_member(&w.arena, "Hồ Thị Tám", &w.cell_b, NULL));

    assert_verdict(answer, 0, VERDICT_APPLIED, "");
}

/* No branch is above itself on any date; the same edge on other dates is no cycle. */
static void judge__parent_below__cycle(void **state)
{
    (void)state;
    struct id top = new_id();
    struct id below = new_id();
    model_world_put(&w, &w.a, KIND_BRANCH, &top, NULL,
                    builder_branch(&w.arena, "Đảng bộ xã", &w.branch_a, false));
    model_world_put(&w, &w.a, KIND_BRANCH, &below, NULL,
                    builder_branch(&w.arena, "Chi bộ thôn", &top, false));
    struct id base = current_of(KIND_BRANCH, &top);
    void *past = builder_branch(&w.arena, "Đảng bộ xã", NULL, false);
    ((Dantin__Branch *)past)->kind = (char *)"grassroots_committee";
    builder_branch_add_parent(&w.arena, past, &below, "1990-01-01",
                              "2000-01-01"); /* `below` hung elsewhere then */
    builder_branch_add_parent(&w.arena, past, &w.branch_a, "2000-01-01", NULL);

    struct model_answer *cycle = model_world_put(&w, &w.a, KIND_BRANCH, &top, &base,
                                                 builder_branch(&w.arena, "Đảng bộ xã", &below, false));
    struct model_answer *self = model_world_put(&w, &w.a, KIND_BRANCH, &top, &base,
                                                builder_branch(&w.arena, "Đảng bộ xã", &top, false));
    struct model_answer *other_dates = model_world_put(&w, &w.a, KIND_BRANCH, &top, &base, past);

    assert_verdict(cycle, 0, VERDICT_REFUSED, "ingest.cycle");
    assert_verdict(self, 0, VERDICT_REFUSED, "ingest.cycle");
    assert_verdict(other_dates, 0, VERDICT_APPLIED, "");
}

/* One number, two people of one sender: refused. Of two senders: both applied, with a warning that names
 * nobody. */
static void judge__number_used_twice__by_sender(void **state)
{
    (void)state;
    struct id first = new_id();
    struct id same = new_id();
    struct id elsewhere = new_id();

    struct model_answer *a = model_world_put(&w, &w.a, KIND_MEMBER, &first, NULL,
                                             builder_member(&w.arena, "Ngô Văn Một", &w.cell_a, "11111111"));
    struct model_answer *b = model_world_put(&w, &w.a, KIND_MEMBER, &same, NULL,
                                             builder_member(&w.arena, "Ngô Văn Hai", &w.cell_a, "11111111"));
    struct model_answer *c = model_world_put(&w, &w.b, KIND_MEMBER, &elsewhere, NULL,
                                             builder_member(&w.arena, "Ngô Văn Ba", &w.cell_b, "11111111"));

    assert_verdict(a, 0, VERDICT_APPLIED, "");
    assert_verdict(b, 0, VERDICT_REFUSED, "ingest.number_used");
    assert_verdict(c, 0, VERDICT_APPLIED, "ingest.number_elsewhere");
    assert_int_equal(c->answer.receipt.verdict_count, 1);
    struct verdict verdict = model_answer_verdict(c, 0);
    assert_true(id_is_none(&verdict.current));
}

/* A member of card number 22222222 whose last cell ends on a day (NULL: not), perhaps because the membership ended. */
static void *member_until(const struct id *cell, const char *from, const char *to, bool has_ended)
{
    Dantin__Member *member = builder_member(&w.arena, "Ngô Văn Đi", cell, "22222222");
    member->branch[0]->from = builder_date(from);
    member->branch[0]->has_to = to != NULL;
    member->branch[0]->to = to == NULL ? 0 : builder_date(to);
    member->has_ended_date = has_ended;
    member->ended_date = has_ended ? builder_date(to) : 0;
    member->ended_reason = has_ended ? (char *)"died" : NULL;
    return member;
}

static struct model_answer *put_member(struct builder_device *device, const struct id *record, bool is_new,
                                       const void *message)
{
    struct id base = {{0}};
    if (!is_new) {
        base = current_of(KIND_MEMBER, record);
    }
    return model_world_put(&w, device, KIND_MEMBER, record, is_new ? NULL : &base, message);
}

/* Who moves to another sender is entered there anew and keeps the number: no warning then, none when the old record is
 * mended later, and the way back is open too. */
static void judge__moved_to_another_sender__number_goes_along(void **state)
{
    (void)state;
    struct id first = new_id();
    struct id second = new_id();
    struct id back = new_id();
    const struct id *a = &w.cell_a;
    const struct id *b = &w.cell_b;
    put_member(&w.a, &first, true, member_until(a, "2010-03-26", NULL, false));
    struct model_answer *early = put_member(&w.b, &second, true, member_until(b, "2020-01-01", NULL, false));
    struct model_answer *left =
        put_member(&w.a, &first, false, member_until(a, "2010-03-26", "2020-01-01", false));
    struct model_answer *arrived =
        put_member(&w.b, &second, false, member_until(b, "2020-01-01", "2021-05-01", false));
    struct model_answer *returned = put_member(&w.a, &back, true, member_until(a, "2021-05-01", NULL, false));
    struct model_answer *mended =
        put_member(&w.a, &first, false, member_until(a, "2011-03-26", "2020-01-01", false));

    assert_verdict(early, 0, VERDICT_APPLIED, "ingest.number_elsewhere");
    assert_verdict(left, 0, VERDICT_APPLIED, "");
    assert_verdict(arrived, 0, VERDICT_APPLIED, "");
    assert_verdict(returned, 0, VERDICT_APPLIED, "");
    assert_verdict(mended, 0, VERDICT_APPLIED, "");
}

/* The number of the dead is not free, nor that of somebody who leaves tomorrow. */
static void judge__ended_or_not_yet_gone__number_is_used(void **state)
{
    (void)state;
    struct id member = new_id();
    struct id again = new_id();
    struct id elsewhere = new_id();
    put_member(&w.a, &member, true, member_until(&w.cell_a, "2010-03-26", "2020-01-01", true));

    struct model_answer *dead =
        put_member(&w.a, &again, true, member_until(&w.cell_a, "2020-01-01", NULL, false));
    put_member(&w.a, &member, false, member_until(&w.cell_a, "2010-03-26", "2080-01-01", false));
    struct model_answer *to_leave =
        put_member(&w.b, &elsewhere, true, member_until(&w.cell_b, "2020-01-01", NULL, false));

    assert_verdict(dead, 0, VERDICT_REFUSED, "ingest.number_used");
    assert_verdict(to_leave, 0, VERDICT_APPLIED, "ingest.number_elsewhere");
}

/* A number given up earlier in the same submission is free; swapping needs two submissions. */
static void judge__number_given_up_first__free(void **state)
{
    (void)state;
    struct id one = new_id();
    struct id two = new_id();
    model_world_put(&w, &w.a, KIND_MEMBER, &one, NULL,
                    builder_member(&w.arena, "Một", &w.cell_a, "11111111"));
    model_world_put(&w, &w.a, KIND_MEMBER, &two, NULL,
                    builder_member(&w.arena, "Hai", &w.cell_a, "22222222"));
    struct builder_change changes[] = {
        {KIND_MEMBER, one, current_of(KIND_MEMBER, &one),
         builder_member(&w.arena, "Một", &w.cell_a, "33333333"), false, NULL},
        {KIND_MEMBER, two, current_of(KIND_MEMBER, &two),
         builder_member(&w.arena, "Hai", &w.cell_a, "11111111"), false, NULL},
    };

    struct model_answer *answer = model_world_submit(&w, &w.a, changes, 2);

    assert_verdict(answer, 0, VERDICT_APPLIED, "");
    assert_verdict(answer, 1, VERDICT_APPLIED, "");
}

/* A rule of the record itself refuses it; nothing else of the submission suffers. */
static void judge__rule_broken__that_change_refused(void **state)
{
    (void)state;
    Dantin__Member *bad = builder_member(&w.arena, "Trịnh Văn Sai", &w.cell_a, NULL);
    bad->birth_date = bad->admission_date + 1;
    struct builder_change changes[] = {
        {.kind = KIND_MEMBER, .record = new_id(), .message = bad},
        {.kind = KIND_MEMBER,
         .record = new_id(),
         .message = builder_member(&w.arena, "Đúng", &w.cell_a, NULL)},
    };

    struct model_answer *answer = model_world_submit(&w, &w.a, changes, 2);

    assert_verdict(answer, 0, VERDICT_REFUSED, "member.birth_before_admission");
    assert_verdict(answer, 1, VERDICT_APPLIED, "");
}

/* A warning asks for a reason; with one, or in a first load, the record is applied. */
static void judge__warning__needs_reason_unless_first_load(void **state)
{
    (void)state;
    Dantin__Member *old = builder_member(&w.arena, "Cụ Nguyễn", &w.cell_a, NULL);
    old->birth_date = builder_date("1950-05-17");
    old->admission_date = builder_date("2021-11-26"); /* at 71, after the regulation came into force */
    old->official_date = builder_date("2022-11-26");
    old->branch[0]->from = old->admission_date;
    struct builder_change change = {.kind = KIND_MEMBER, .record = new_id(), .message = old};

    struct model_answer *without = model_world_submit(&w, &w.a, &change, 1);
    change.reason = "member.card_official";
    struct model_answer *for_another = model_world_submit(&w, &w.a, &change, 1);
    change.reason = "member.admission_age_above_60";
    struct model_answer *with = model_world_submit(&w, &w.a, &change, 1);
    change.reason = NULL;
    change.is_first_load = true;
    change.record = new_id();
    struct model_answer *first_load = model_world_submit(&w, &w.a, &change, 1);

    assert_verdict(without, 0, VERDICT_REFUSED, "ingest.reason_missing");
    assert_verdict(for_another, 0, VERDICT_REFUSED, "ingest.reason_missing");
    assert_verdict(with, 0, VERDICT_APPLIED, "");
    assert_verdict(first_load, 0, VERDICT_APPLIED, "");
}

/* A submission names a record at most once: the second time has no version name of its own to stand on. */
static void judge__record_named_twice__second_refused(void **state)
{
    (void)state;
    struct id id = new_id();
    struct builder_change changes[] = {
        {.kind = KIND_MEMBER, .record = id, .message = builder_member(&w.arena, "Một", &w.cell_a, NULL)},
        {.kind = KIND_MEMBER, .record = id, .message = builder_member(&w.arena, "Hai", &w.cell_a, NULL)},
    };

    struct model_answer *answer = model_world_submit(&w, &w.a, changes, 2);

    assert_verdict(answer, 0, VERDICT_APPLIED, "");
    assert_verdict(answer, 1, VERDICT_REFUSED, "ingest.named_twice");
}

/* A removal is a version like any other: it can be edited away again by naming it. */
static void judge__removal__and_back(void **state)
{
    (void)state;
    struct id id = new_id();
    void *member = builder_member(&w.arena, "Lý Thị Về", &w.cell_a, NULL);
    model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL, member);
    struct id base = current_of(KIND_MEMBER, &id);

    struct model_answer *removal = model_world_put(&w, &w.a, KIND_MEMBER, &id, &base, NULL);
    struct id gone = current_of(KIND_MEMBER, &id);
    struct model_answer *as_new = model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL, member);
    struct model_answer *back = model_world_put(&w, &w.a, KIND_MEMBER, &id, &gone, member);

    assert_verdict(removal, 0, VERDICT_APPLIED, "");
    assert_verdict(as_new, 0, VERDICT_CONFLICT, "");
    assert_verdict(back, 0, VERDICT_APPLIED, "");
}

/* A rule that looks at today judges by the entry's own server time, not by the day the bytes arrived. */
static void judge__day_changes_while_waiting__judged_by_server_time(void **state)
{
    (void)state;
    Dantin__Member *tomorrow = builder_member(&w.arena, "Phan Ngày Mai", &w.cell_a, NULL);
    tomorrow->has_official_date = 0;
    tomorrow->admission_date = builder_date("2023-11-16"); /* the world's clock starts on 2023-11-15 */
    tomorrow->branch[0]->from = tomorrow->admission_date;
    struct builder_change change = {.kind = KIND_MEMBER, .record = new_id(), .message = tomorrow};
    struct model_answer *today = model_world_submit(&w, &w.a, &change, 1);
    struct builder_submission submission = builder_seal(&w.arena, &w.a, &change, 1);

    struct model_answer *judged_tomorrow = model_world_offer(&w, &w.a, &submission);
    w.now_ms += INT64_C(86400000); /* the day changes between its arrival and the facts */
    model_world_settle(&w);

    assert_verdict(today, 0, VERDICT_REFUSED, "member.future_date");
    assert_verdict(judged_tomorrow, 0, VERDICT_APPLIED, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(judge__sound_member__applied, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__derived_id_not_used__wrong_id, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__new_but_exists__conflict_with_current, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__conflict_out_of_scope__no_body, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__base_no_longer_current__conflict, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__unknown_branch__unknown_reference, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__reference_within_submission__follows_its_verdict, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__other_senders_record__out_of_scope, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__plain_branch__its_sender_only, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__record_of_no_branch__the_provinces, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__sender_made_by_a_sender__out_of_scope, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__official_code_by_a_sender__refused, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__another_senders_until_later__out_of_scope, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__planned_move__whose_it_is_today, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__history_elsewhere__carried_as_it_is, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__branch_history_elsewhere__carried_as_it_is, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__removed_by_another__not_to_be_taken_over, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__province__may_move_a_member, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__parent_below__cycle, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__number_used_twice__by_sender, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__moved_to_another_sender__number_goes_along, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__ended_or_not_yet_gone__number_is_used, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__number_given_up_first__free, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__rule_broken__that_change_refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__warning__needs_reason_unless_first_load, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__record_named_twice__second_refused, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(judge__removal__and_back, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(judge__day_changes_while_waiting__judged_by_server_time, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
