/* A record that others refer to is not removed, through the whole ingest on the model store. */
#include "tests/unit/server/ingest/fixture.h"

#include "proto/records.pb-c.h"

static bool is_removed(enum record_kind kind, const struct id *record)
{
    return model_store_current(w.store, kind, record)->is_removal;
}

static struct id put_cell(const struct id *parent)
{
    struct id id = new_id();
    struct model_answer *answer = model_world_put(
        &w, &w.a, KIND_BRANCH, &id, NULL, builder_branch(&w.arena, "Chi bộ nhập nhầm", parent, false));
    assert_verdict(answer, 0, VERDICT_APPLIED, "");
    return id;
}

static struct id put_member(const struct id *cell)
{
    struct id id = new_id();
    struct model_answer *answer =
        model_world_put(&w, &w.a, KIND_MEMBER, &id, NULL, builder_member(&w.arena, "Võ Thị Sáu", cell, NULL));
    assert_verdict(answer, 0, VERDICT_APPLIED, "");
    return id;
}

static struct builder_change removal_of(enum record_kind kind, const struct id *record)
{
    return (struct builder_change){.kind = kind, .record = *record, .base = current_of(kind, record)};
}

static struct model_answer *offer_one(struct builder_device *device, const struct builder_change *change)
{
    struct builder_submission sealed = builder_seal(&w.arena, device, change, 1);
    return model_world_offer(&w, device, &sealed);
}

/* A member in two cells, one after the other. */
static void *member_moved(const struct id *first, const struct id *second)
{
    Dantin__Member *member = builder_member(&w.arena, "Võ Thị Sáu", first, NULL);
    Dantin__Member *later = builder_member(&w.arena, "Võ Thị Sáu", second, NULL);
    Dantin__MemberBranch **edges = arena_zalloc(&w.arena, 2, sizeof(Dantin__MemberBranch *));
    assert_non_null(edges);
    edges[0] = member->branch[0];
    edges[1] = later->branch[0];
    edges[0]->has_to = 1;
    edges[0]->to = edges[1]->from = builder_date("2020-01-01");
    member->branch = edges;
    member->n_branch = 2;
    return member;
}

/* The members of a removed cell would be counted nowhere: the cell stays, and so do they. */
static void still_used__cell_with_a_member__refused(void **state)
{
    (void)state;
    struct id cell = put_cell(&w.branch_a);
    struct id member = put_member(&cell);
    struct id base = current_of(KIND_BRANCH, &cell);

    struct model_answer *answer = model_world_put(&w, &w.a, KIND_BRANCH, &cell, &base, NULL);

    assert_verdict(answer, 0, VERDICT_REFUSED, "ingest.still_used");
    assert_false(is_removed(KIND_BRANCH, &cell));
    assert_false(is_removed(KIND_MEMBER, &member));
}

/* A cell left long ago still stands in the member's history: such a cell was dissolved, not mistaken. */
static void still_used__only_by_an_ended_edge__refused(void **state)
{
    (void)state;
    struct id left = put_cell(&w.branch_a);
    struct id member = new_id();
    model_world_put(&w, &w.a, KIND_MEMBER, &member, NULL, member_moved(&left, &w.cell_a));
    struct id base = current_of(KIND_BRANCH, &left);

    struct model_answer *answer = model_world_put(&w, &w.a, KIND_BRANCH, &left, &base, NULL);

    assert_verdict(answer, 0, VERDICT_REFUSED, "ingest.still_used");
}

/* Every reference of the schema counts: a branch's parent, a branch's locality, a locality's parent. */
static void still_used__every_kind_of_reference__refused(void **state)
{
    (void)state;
    struct id parent = put_cell(&w.branch_a);
    struct id child = put_cell(&parent);
    struct id above;
    struct id below;
    void *locality = builder_locality(&w.arena, "51", "Tỉnh Quảng Ngãi", &above);
    model_world_put(&w, &w.province, KIND_LOCALITY, &above, NULL, locality);
    Dantin__Locality *commune = builder_locality(&w.arena, "51001", "Xã Bình Thuận", &below);
    Dantin__LocalityParent edge = DANTIN__LOCALITY_PARENT__INIT;
    Dantin__LocalityParent *edges[1] = {&edge};
    edge.has_locality = 1;
    edge.locality = (ProtobufCBinaryData){.len = ID_BYTES, .data = above.at};
    commune->kind = (char *)"commune";
    commune->parent = edges;
    commune->n_parent = 1;
    model_world_put(&w, &w.province, KIND_LOCALITY, &below, NULL, commune);
    Dantin__Branch *seated = builder_branch(&w.arena, "Chi bộ thôn", &parent, false);
    Dantin__BranchLocality seat = DANTIN__BRANCH_LOCALITY__INIT;
    Dantin__BranchLocality *seats[1] = {&seat};
    seat.has_locality = 1;
    seat.locality = (ProtobufCBinaryData){.len = ID_BYTES, .data = below.at};
    seated->locality = seats;
    seated->n_locality = 1;
    struct id base = current_of(KIND_BRANCH, &child);
    assert_verdict(model_world_put(&w, &w.a, KIND_BRANCH, &child, &base, seated), 0, VERDICT_APPLIED, "");
    struct builder_change changes[] = {removal_of(KIND_LOCALITY, &above), removal_of(KIND_LOCALITY, &below),
                                       removal_of(KIND_BRANCH, &parent)};

    struct model_answer *answer = model_world_submit(&w, &w.province, changes, 3);

    assert_verdict(answer, 0, VERDICT_REFUSED, "ingest.still_used");
    assert_verdict(answer, 1, VERDICT_REFUSED, "ingest.still_used");
    assert_verdict(answer, 2, VERDICT_REFUSED, "ingest.still_used");
}

/* Changes are judged in list order: what refers goes first and what it referred to after it; the other way
 * round only the first is refused. */
static void still_used__children_removed_first__applied(void **state)
{
    (void)state;
    struct id parent = put_cell(&w.branch_a);
    struct id child = put_cell(&parent);
    struct id member = put_member(&child);
    struct builder_change upwards[] = {removal_of(KIND_MEMBER, &member), removal_of(KIND_BRANCH, &child),
                                       removal_of(KIND_BRANCH, &parent)};
    struct id other_parent = put_cell(&w.branch_a);
    struct id other_child = put_cell(&other_parent);
    struct builder_change downwards[] = {removal_of(KIND_BRANCH, &other_parent),
                                         removal_of(KIND_BRANCH, &other_child)};

    struct model_answer *up = model_world_submit(&w, &w.a, upwards, 3);
    struct model_answer *down = model_world_submit(&w, &w.a, downwards, 2);

    assert_int_equal(up->answer.receipt.verdict_count, 0);
    assert_verdict(down, 0, VERDICT_REFUSED, "ingest.still_used");
    assert_verdict(down, 1, VERDICT_APPLIED, "");
}

/* The same over several submissions of one group. */
static void still_used__children_removed_earlier_in_the_group__applied(void **state)
{
    (void)state;
    struct id cell = put_cell(&w.branch_a);
    struct id member = put_member(&cell);
    struct builder_change first = removal_of(KIND_MEMBER, &member);
    struct builder_change second = removal_of(KIND_BRANCH, &cell);
    struct builder_change other = {.kind = KIND_MEMBER,
                                   .record = new_id(),
                                   .message = builder_member(&w.arena, "Ai Khác", &w.cell_b, NULL)};
    size_t commits = model_store_commits(w.store);

    (void)offer_one(&w.b, &other); /* while its group is under way the next two gather */
    struct model_answer *of_member = offer_one(&w.a, &first);
    struct model_answer *of_cell = offer_one(&w.a, &second);
    model_world_settle(&w);

    assert_int_equal(model_store_commits(w.store), commits + 2);
    assert_verdict(of_member, 0, VERDICT_APPLIED, "");
    assert_verdict(of_cell, 0, VERDICT_APPLIED, "");
}

/* Who leaves a cell within the group uses it no longer, who enters it does from then on. */
static void still_used__members_move_within_the_group__judged_as_they_stand(void **state)
{
    (void)state;
    struct id emptied = put_cell(&w.branch_a);
    struct id filled = put_cell(&w.branch_a);
    struct id member = put_member(&emptied);
    struct builder_change changes[] = {{.kind = KIND_MEMBER,
                                        .record = member,
                                        .base = current_of(KIND_MEMBER, &member),
                                        .message = builder_member(&w.arena, "Võ Thị Sáu", &filled, NULL)},
                                       removal_of(KIND_BRANCH, &emptied),
                                       removal_of(KIND_BRANCH, &filled)};

    struct model_answer *answer = model_world_submit(&w, &w.a, changes, 3);

    assert_verdict(answer, 0, VERDICT_APPLIED, "");
    assert_verdict(answer, 1, VERDICT_APPLIED, "");
    assert_verdict(answer, 2, VERDICT_REFUSED, "ingest.still_used");
}

/* A removal that is refused or in conflict itself leaves its record where it is, in the way. */
static void still_used__child_not_removed__parent_refused(void **state)
{
    (void)state;
    struct id cell = put_cell(&w.branch_a);
    struct id member = put_member(&cell);
    struct builder_change changes[] = {removal_of(KIND_MEMBER, &member), removal_of(KIND_BRANCH, &cell)};
    changes[0].base = new_id();

    struct model_answer *answer = model_world_submit(&w, &w.a, changes, 2);

    assert_verdict(answer, 0, VERDICT_CONFLICT, "");
    assert_verdict(answer, 1, VERDICT_REFUSED, "ingest.still_used");
}

/* The store names no more referrers than it takes to know that one is nobody's in the group. */
static void still_used__more_members_than_changes__refused(void **state)
{
    (void)state;
    struct id cell = put_cell(&w.branch_a);
    struct id members[6];
    for (size_t i = 0; i < 6; i++) {
        members[i] = put_member(&cell);
    }
    struct builder_change changes[6];
    for (size_t i = 0; i < 5; i++) {
        changes[i] = removal_of(KIND_MEMBER, &members[i]);
    }
    changes[5] = removal_of(KIND_BRANCH, &cell);

    struct model_answer *answer = model_world_submit(&w, &w.a, changes, 6);

    assert_int_equal(answer->answer.receipt.verdict_count, 1);
    assert_verdict(answer, 5, VERDICT_REFUSED, "ingest.still_used");
}

/* The other way round: what is removed earlier in the list can no longer be referred to. */
static void still_used__referred_to_after_the_removal__unknown_reference(void **state)
{
    (void)state;
    struct id cell = put_cell(&w.branch_a);
    struct builder_change changes[] = {
        removal_of(KIND_BRANCH, &cell),
        {.kind = KIND_MEMBER,
         .record = new_id(),
         .message = builder_member(&w.arena, "Đến Sau", &cell, NULL)},
    };

    struct model_answer *answer = model_world_submit(&w, &w.a, changes, 2);

    assert_verdict(answer, 0, VERDICT_APPLIED, "");
    assert_verdict(answer, 1, VERDICT_REFUSED, "ingest.unknown_reference");
}

/* Who may not remove a record learns nothing about who refers to it. */
static void still_used__of_another_sender__out_of_scope(void **state)
{
    (void)state;
    struct id cell = put_cell(&w.branch_a);
    put_member(&cell);
    struct id base = current_of(KIND_BRANCH, &cell);

    struct model_answer *answer = model_world_put(&w, &w.b, KIND_BRANCH, &cell, &base, NULL);

    assert_verdict(answer, 0, VERDICT_REFUSED, "ingest.out_of_scope");
}

#define TEST(name) cmocka_unit_test_setup_teardown(still_used__##name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cell_with_a_member__refused),
        TEST(only_by_an_ended_edge__refused),
        TEST(every_kind_of_reference__refused),
        TEST(children_removed_first__applied),
        TEST(children_removed_earlier_in_the_group__applied),
        TEST(members_move_within_the_group__judged_as_they_stand),
        TEST(child_not_removed__parent_refused),
        TEST(more_members_than_changes__refused),
        TEST(referred_to_after_the_removal__unknown_reference),
        TEST(of_another_sender__out_of_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
