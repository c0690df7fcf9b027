/* Whose records a device may change, and what needs a second person: a server that let through what it should not have is found at
 * the entry, though all is signed and counted right. */
#include "proto/records.pb-c.h"
#include "tests/unit/verify/fixture.h"

/* One change applied, with the state counted; its position. */
static uint64_t apply(struct world *world, struct builder_device *device, struct bytes item)
{
    uint64_t position =
        journal_builder_items(&world->journal, device, ENVELOPE_CONTENT_CHANGES, &item, NULL, 1);
    (void)journal_builder_checkpoint(&world->journal);
    return position;
}

static void assert_right(struct world *world)
{
    struct walk_report report;
    struct fault fault;
    char text[FAULT_TEXT_BYTES_MAX];
    bool is_right = verify(world, &report, &fault);
    fault_text(&fault, LANGUAGE_EN, text);
    if (!is_right) {
        fail_msg("%s", text);
    }
    folder_clear(world);
}

/* A branch that lay under `before` until a day, and lies under `now` since. */
static void *moved_branch(struct world *world, const struct id *before, const char *day, const struct id *now)
{
    struct arena *arena = &world->journal.arena;
    Dantin__Branch *branch = builder_branch(arena, "Chi bộ", before, false);
    branch->parent[0]->has_to = 1;
    branch->parent[0]->to = builder_date(day);
    builder_branch_add_parent(arena, branch, now, day, NULL);
    return branch;
}

static void *member_of(struct world *world, const struct id *branch)
{
    return builder_member(&world->journal.arena, "Nguyễn Văn An", branch, NULL);
}

static struct bytes tally_of(struct world *world, uint64_t number, const struct id *branch)
{
    static Dantin__Tally tally;
    static struct id owner;
    dantin__tally__init(&tally);
    owner = *branch;
    tally.has_branch = 1;
    tally.branch = (ProtobufCBinaryData){ID_BYTES, owner.at};
    return pack_change(world, KIND_TALLY, number, NULL, &tally);
}

/* A new record of another sender. */
static void walk__new_record_elsewhere__scope(void **state)
{
    struct world *world = *state;
    uint64_t position = apply(
        world, &world->a, pack_change(world, KIND_MEMBER, 9000, NULL, member_of(world, &world->senders[1])));
    assert_fault(world, FAULT_SCOPE, position);
}

/* A record below its own tree's cell is the sender's, however deep it lies. */
static void walk__record_below_a_cell__right(void **state)
{
    struct world *world = *state;
    struct id cell = builder_id(10);
    (void)apply(world, &world->a, pack_change(world, KIND_MEMBER, 9000, NULL, member_of(world, &cell)));
    assert_right(world);
    cell = builder_id(11); /* of the second sender */
    uint64_t position =
        apply(world, &world->a, pack_change(world, KIND_MEMBER, 9001, NULL, member_of(world, &cell)));
    assert_fault(world, FAULT_SCOPE, position);
}

/* Another sender's record drawn over to one's own. */
static void walk__record_of_another_taken__scope(void **state)
{
    struct world *world = *state;
    struct id base = journal_builder_version(&world->journal, AT_UNDER_NEW_KEY, 0);
    uint64_t position = apply(world, &world->a, change_of(world, 11, &base));
    assert_fault(world, FAULT_SCOPE, position);
}

/* One's own record given away. */
static void walk__own_record_given_away__scope(void **state)
{
    struct world *world = *state;
    struct id base = journal_builder_version(&world->journal, AT_CHANGED_RECORD, 0);
    uint64_t position =
        apply(world, &world->a,
              pack_change(world, KIND_BRANCH, 10, &base,
                          builder_branch(&world->journal.arena, "x", &world->senders[1], false)));
    assert_fault(world, FAULT_SCOPE, position);
}

static void walk__record_of_another_removed__scope(void **state)
{
    struct world *world = *state;
    struct id base = journal_builder_version(&world->journal, AT_UNDER_NEW_KEY, 0);
    uint64_t position = apply(world, &world->a, pack_change(world, KIND_BRANCH, 11, &base, NULL));
    assert_fault(world, FAULT_SCOPE, position);
}

/* What is nobody's but the province's; and the province's devices may do it all. */
static void walk__record_of_the_province__scope_for_a_sender_alone(void **state)
{
    struct world *world = *state;
    Dantin__Locality locality = DANTIN__LOCALITY__INIT;
    locality.name = (char *)(uintptr_t) "Thôn";
    (void)apply(world, &world->province, pack_change(world, KIND_LOCALITY, 9000, NULL, &locality));
    assert_right(world);
    uint64_t position = apply(world, &world->a, pack_change(world, KIND_LOCALITY, 9001, NULL, &locality));
    assert_fault(world, FAULT_SCOPE, position);
}

static void walk__sender_made_by_a_sender__scope(void **state)
{
    struct world *world = *state;
    uint64_t position =
        apply(world, &world->a,
              pack_change(world, KIND_BRANCH, 9000, NULL,
                          builder_branch(&world->journal.arena, "x", &world->senders[0], true)));
    assert_fault(world, FAULT_SCOPE, position);
}

/* Edges are judged on the entry's day: what moved away belongs to whom it came to. Its past is carried on as it is. */
static void walk__branch_that_moved__judged_on_the_day(void **state)
{
    struct world *world = *state;
    const struct id *first = &world->senders[0];
    const struct id *second = &world->senders[1];
    void *branch = moved_branch(world, first, "2015-01-01", second);
    uint64_t made = apply(world, &world->province, pack_change(world, KIND_BRANCH, 9000, NULL, branch));
    struct id base = journal_builder_version(&world->journal, made, 0);
    (void)apply(world, &world->b_new, pack_change(world, KIND_BRANCH, 9000, &base, branch));
    assert_right(world);
    base = journal_builder_version(&world->journal, world->journal.count - 1, 0);
    uint64_t position = apply(world, &world->a, pack_change(world, KIND_BRANCH, 9000, &base, branch));
    assert_fault(world, FAULT_SCOPE, position);
}

/* The past that lies with another sender is not its successor's to rewrite. */
static void walk__past_elsewhere_rewritten__scope(void **state)
{
    struct world *world = *state;
    void *before = moved_branch(world, &world->senders[0], "2015-01-01", &world->senders[1]);
    void *after = moved_branch(world, &world->senders[0], "2016-01-01", &world->senders[1]);
    uint64_t made = apply(world, &world->province, pack_change(world, KIND_BRANCH, 9000, NULL, before));
    struct id base = journal_builder_version(&world->journal, made, 0);
    uint64_t position = apply(world, &world->b_new, pack_change(world, KIND_BRANCH, 9000, &base, after));
    assert_fault(world, FAULT_SCOPE, position);
}

/* ---- second persons ---- */

static void walk__tally_applied_at_once__second_person(void **state)
{
    struct world *world = *state;
    uint64_t position = apply(world, &world->a, tally_of(world, 9000, &world->senders[0]));
    assert_fault(world, FAULT_SECOND_PERSON, position);
}

/* Not even the province's own. */
static void walk__tally_applied_for_the_province__second_person(void **state)
{
    struct world *world = *state;
    uint64_t position = apply(world, &world->province, tally_of(world, 9000, &world->senders[0]));
    assert_fault(world, FAULT_SECOND_PERSON, position);
}

/* A tally sheet that waits, and an approval of it by `approver`; the approval's position. */
static uint64_t approve_tally(struct world *world, struct builder_device *approver, const struct id *branch)
{
    static const enum verdict_code waiting[] = {VERDICT_WAITING};
    struct journal_builder *journal = &world->journal;
    struct bytes item = tally_of(world, 9000, branch);
    uint64_t submitted =
        journal_builder_items(journal, &world->a, ENVELOPE_CONTENT_CHANGES, &item, waiting, 1);
    struct builder_submission same = {.payload_zstd = buf_content(&journal->entries[submitted].payload)};
    struct hash hash = builder_change_hash(&journal->arena, &same, 0);
    struct id version = journal_builder_version(journal, submitted, 0);
    struct bytes approval = builder_pack_approval(&journal->arena, &version, &hash, NULL);
    uint64_t position =
        journal_builder_items(journal, approver, ENVELOPE_CONTENT_APPROVALS, &approval, NULL, 1);
    journal_builder_state(journal, item, &version);
    (void)journal_builder_checkpoint(journal);
    return position;
}

static void walk__tally_approved__right(void **state)
{
    struct world *world = *state;
    struct id cell = builder_id(10);
    (void)approve_tally(world, &world->approver, &cell);
    assert_right(world);
}

/* Who submitted it is a clerk: no key of that role approves, its own least of all. */
static void walk__tally_approved_by_a_clerk__role(void **state)
{
    struct world *world = *state;
    uint64_t position = approve_tally(world, &world->a, &world->senders[0]);
    assert_fault(world, FAULT_ROLE, position);
}

/* Two persons of one sender agree on what is another's. */
static void walk__tally_of_another_approved__scope(void **state)
{
    struct world *world = *state;
    uint64_t position = approve_tally(world, &world->approver, &world->senders[1]);
    assert_fault(world, FAULT_SCOPE, position);
}

/* An approver of another sender. */
static void walk__tally_approved_by_another_sender__approval(void **state)
{
    struct world *world = *state;
    struct builder_device stranger;
    builder_device_init(&stranger, 900);
    (void)journal_builder_enrol(&world->journal, &stranger, &world->senders[1], "approver");
    uint64_t position = approve_tally(world, &stranger, &world->senders[0]);
    assert_fault(world, FAULT_APPROVAL, position);
    builder_device_release(&stranger);
}

/* Whose role is to ask has nothing applied: a viewer of a sender, an auditor of the province. */
static void assert_applied_nothing(struct world *world, const char *role, bool is_province)
{
    struct builder_device reader;
    builder_device_init(&reader, 900);
    if (is_province) {
        (void)journal_builder_enrol_province(&world->journal, &reader, role);
    } else {
        (void)journal_builder_enrol(&world->journal, &reader, &world->senders[0], role);
    }
    uint64_t position = apply(world, &reader, change_of(world, 9000, NULL));
    assert_fault(world, FAULT_ROLE, position);
    builder_device_release(&reader);
}

static void walk__change_by_a_viewer__role(void **state)
{
    assert_applied_nothing(*state, "viewer", false);
}

static void walk__change_by_an_auditor__role(void **state)
{
    assert_applied_nothing(*state, "auditor", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(walk__new_record_elsewhere__scope),
        EACH(walk__record_below_a_cell__right),
        EACH(walk__record_of_another_taken__scope),
        EACH(walk__own_record_given_away__scope),
        EACH(walk__record_of_another_removed__scope),
        EACH(walk__record_of_the_province__scope_for_a_sender_alone),
        EACH(walk__sender_made_by_a_sender__scope),
        EACH(walk__branch_that_moved__judged_on_the_day),
        EACH(walk__past_elsewhere_rewritten__scope),
        EACH(walk__tally_applied_at_once__second_person),
        EACH(walk__tally_applied_for_the_province__second_person),
        EACH(walk__tally_approved__right),
        EACH(walk__tally_approved_by_a_clerk__role),
        EACH(walk__tally_of_another_approved__scope),
        EACH(walk__tally_approved_by_another_sender__approval),
        EACH(walk__change_by_a_viewer__role),
        EACH(walk__change_by_an_auditor__role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
