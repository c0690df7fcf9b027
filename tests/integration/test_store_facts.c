/* Facts against a real PostgreSQL: what ingest is told before it judges. */
#include <stdio.h>

#include "tests/integration/lib/store_tests.h"
#include "tests/lib/record_text.h"

enum { DEVICE = 0x11, PROVINCE = 0xf1, CODED = 0xc1, PLAIN = 0xc2 };

static int begin(void **state)
{
    (void)state;
    struct id province = fixture_id(PROVINCE);
    fixture_clear(&fixture);
    fixture_add_device(&fixture, DEVICE, &province, true);
    return 0;
}

static void *branch_of(const char *code_list, const char *code)
{
    const char *const texts[][2] = {
        {"name", "Chi bộ"}, {"kind", "chi_bo"}, {"code_list", code_list}, {"code", code}, {NULL, NULL}};
    return record_from_texts(schema_of(KIND_BRANCH), &fixture.arena, texts);
}

static struct store_version version_of(enum record_kind kind, uint8_t record, uint8_t version,
                                       uint8_t previous, const void *message)
{
    struct store_version made = {.schema = schema_of(kind),
                                 .record = fixture_id(record),
                                 .version = fixture_id(version),
                                 .is_removal = message == NULL,
                                 .message = message};
    if (previous != 0) {
        made.previous = fixture_id(previous);
    }
    return made;
}

static void submit(uint64_t sequence, struct store_version *versions, size_t count)
{
    struct fixture_submission submission = {
        .device = DEVICE, .sequence = sequence, .versions = versions, .version_count = count};
    assert_int_equal(fixture_submit(&fixture, &submission, 1), ERR_OK);
}

/* Whether a record bears an official code is what its newest version states: a removal states none. */
static void store_group_open__official_code__of_the_newest_version(void **state)
{
    (void)state;
    struct store_version versions[] = {
        version_of(KIND_BRANCH, CODED, 0xb1, 0, branch_of("tinh-uy-quang-ngai", "522")),
        version_of(KIND_BRANCH, PLAIN, 0xb2, 0, branch_of("", "522"))};
    struct store_version removal = version_of(KIND_BRANCH, CODED, 0xb3, 0xb1, NULL);
    struct store_record_key records[] = {{KIND_BRANCH, fixture_id(CODED), {{0}}},
                                         {KIND_BRANCH, fixture_id(PLAIN), {{0}}},
                                         {KIND_MEMBER, fixture_id(0x41), fixture_id(0xa1)}};
    struct store_facts_request request = {.records = records, .record_count = 3};
    submit(1, versions, 2);

    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);
    assert_true(fixture.facts->records[0].has_official_code);
    assert_false(fixture.facts->records[1].has_official_code);
    assert_false(fixture.facts->records[2].has_official_code);
    fixture_abort(&fixture);
    submit(2, &removal, 1);
    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);
    assert_false(fixture.facts->records[0].has_official_code);
    fixture_abort(&fixture);
}

/* Who refers to a record that is to be removed: every place of the schema, the earlier edges too, each record once
 * and no more of them than it takes; a removed record refers to nothing. */
static void store_group_open__removals__current_referrers(void **state)
{
    (void)state;
    enum { CELL = 0xd1, LONELY = 0xd2, PLACE = 0x51, MEMBER = 0x41 };
    const struct kind_schema *branch_schema = schema_of(KIND_BRANCH);
    const struct kind_schema *member_schema = schema_of(KIND_MEMBER);
    const char *const texts[][2] = {{"name", "Một"}, {NULL, NULL}};
    void *child = branch_of("", "");
    void *moved = record_from_texts(member_schema, &fixture.arena, texts);
    void *there = record_from_texts(member_schema, &fixture.arena, texts);
    record_append_edge(branch_schema, &fixture.arena, child, "parent", (char)CELL, NULL, NULL);
    record_append_edge(branch_schema, &fixture.arena, child, "locality", (char)PLACE, NULL, NULL);
    record_append_edge(member_schema, &fixture.arena, moved, "branch", (char)CELL, NULL, "01/01/2010");
    record_append_edge(member_schema, &fixture.arena, moved, "branch", (char)PLAIN, "01/01/2010",
                       "01/01/2015");
    record_append_edge(member_schema, &fixture.arena, moved, "branch", (char)CELL, "01/01/2015",
                       "01/01/2020");
    record_append_edge(member_schema, &fixture.arena, moved, "branch", (char)PLAIN, "01/01/2020", NULL);
    record_append_edge(member_schema, &fixture.arena, there, "branch", (char)CELL, NULL, NULL);
    struct store_version versions[] = {version_of(KIND_BRANCH, CELL, 0xb1, 0, branch_of("", "")),
                                       version_of(KIND_BRANCH, PLAIN, 0xb2, 0, child),
                                       version_of(KIND_MEMBER, MEMBER, 0xa1, 0, moved),
                                       version_of(KIND_MEMBER, MEMBER + 1, 0xa2, 0, there),
                                       version_of(KIND_MEMBER, MEMBER + 2, 0xa3, 0, there)};
    struct store_version removal = version_of(KIND_MEMBER, MEMBER + 2, 0xa4, 0xa3, NULL);
    submit(1, versions, 5);
    submit(2, &removal, 1);
    struct store_record_key records[] = {{KIND_BRANCH, fixture_id(CELL), {{0}}},
                                         {KIND_BRANCH, fixture_id(LONELY), {{0}}},
                                         {KIND_LOCALITY, fixture_id(PLACE), {{0}}},
                                         {KIND_MEMBER, fixture_id(MEMBER), {{0}}}};
    struct record_reference removals[] = {{KIND_LOCALITY, fixture_id(PLACE)},
                                          {KIND_BRANCH, fixture_id(LONELY)},
                                          {KIND_BRANCH, fixture_id(CELL)},
                                          {KIND_MEMBER, fixture_id(MEMBER)}};
    struct store_facts_request request = {
        .records = records, .record_count = 4, .removals = removals, .removal_count = 4};

    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);
    const struct store_facts *facts = fixture.facts;
    unsigned of_cell = 0;
    assert_int_equal(facts->referrer_count, 4);
    for (size_t i = 0; i < facts->referrer_count; i++) {
        const struct store_referrer_fact *referrer = &facts->referrers[i];
        assert_true(referrer->removal_index == 0 || referrer->removal_index == 2);
        if (referrer->removal_index == 0) {
            assert_int_equal(referrer->kind, KIND_BRANCH);
            assert_int_equal(referrer->record.at[0], PLAIN);
        } else {
            uint8_t record = referrer->record.at[0];
            assert_int_equal(referrer->kind, record == PLAIN ? KIND_BRANCH : KIND_MEMBER);
            of_cell |= record == PLAIN ? 1 : record == MEMBER ? 2 : record == MEMBER + 1 ? 4 : 8;
        }
    }
    assert_int_equal(of_cell, 1 | 2 | 4);
    fixture_abort(&fixture);

    request.record_count = 1;
    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);
    assert_int_equal(fixture.facts->referrer_count, 1 + 2);
    fixture_abort(&fixture);
}

static void *member_in(uint8_t first, const char *day, uint8_t second)
{
    const char *const texts[][2] = {{"name", "Lê Thị Chuyển"}, {"sex", "nu"}, {NULL, NULL}};
    void *member = record_from_texts(schema_of(KIND_MEMBER), &fixture.arena, texts);
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, member, "branch", (char)first, NULL, day);
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, member, "branch", (char)second, day, NULL);
    return member;
}

/* All edges of a record, of the version before when the newest is a removal; and the tree above every branch they name,
 * or past years could not be told from another sender's. */
static void store_group_open__edges__of_the_version_that_owns(void **state)
{
    (void)state;
    void *branch = branch_of("", "");
    record_append_edge(schema_of(KIND_BRANCH), &fixture.arena, branch, "parent", (char)PROVINCE, NULL, NULL);
    struct store_version versions[] = {
        version_of(KIND_BRANCH, PROVINCE, 0xb1, 0, branch_of("", "")),
        version_of(KIND_BRANCH, CODED, 0xb2, 0, branch), version_of(KIND_BRANCH, PLAIN, 0xb3, 0, branch),
        version_of(KIND_MEMBER, 0x41, 0xa1, 0, member_in(PLAIN, "01/01/2001", CODED)),
        version_of(KIND_MEMBER, 0x42, 0xa2, 0, member_in(PLAIN, "01/01/2003", CODED))};
    struct store_version second[] = {
        version_of(KIND_MEMBER, 0x41, 0xa3, 0xa1, member_in(PLAIN, "01/01/2002", CODED)),
        version_of(KIND_MEMBER, 0x42, 0xa4, 0xa2, NULL)};
    struct store_record_key records[] = {{KIND_MEMBER, fixture_id(0x41), fixture_id(0xa3)},
                                         {KIND_BRANCH, fixture_id(CODED), {{0}}},
                                         {KIND_MEMBER, fixture_id(0x41), fixture_id(0xa1)},
                                         {KIND_MEMBER, fixture_id(0x42), fixture_id(0xa4)},
                                         {KIND_MEMBER, fixture_id(0x49), {{0}}}};
    const bool wants_edges[] = {true, true, false, true, true};
    struct store_facts_request request = {.records = records, .wants_edges = wants_edges, .record_count = 5};
    submit(1, versions, 5);
    submit(2, second, 2);

    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);

    const struct store_record_fact *facts = fixture.facts->records;
    const size_t counts[] = {2, 1, 0, 2, 0};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(facts[i].edge_count, counts[i]);
    }
    const struct store_edge *past =
        facts[0].edges[0].from == INT32_MIN ? &facts[0].edges[0] : &facts[0].edges[1];
    assert_int_equal(past->to_branch.at[0], PLAIN);
    assert_int_equal(past->to, 11688); /* 2002-01-01 */
    assert_int_equal(facts[1].edges[0].to_branch.at[0], PROVINCE);
    assert_int_equal(facts[1].edges[0].to, INT32_MAX);
    past = facts[3].edges[0].from == INT32_MIN ? &facts[3].edges[0] : &facts[3].edges[1];
    assert_int_equal(past->to, 12053); /* 2003-01-01 */
    assert_int_equal(fixture.facts->branch_count, 3);
    fixture_abort(&fixture);
}

/* While a refill is open, and only then: what one of these devices told of in vain, of what is not there. */
static void store_group_open__refused_records__while_refilling(void **state)
{
    (void)state;
    enum { MINE = 0xe1, OTHERS = 0xe2, UNHEARD = 0xe3, PLACE = 0xe4, OTHER_DEVICE = 0x12 };
    struct id province = fixture_id(PROVINCE);
    struct store_version made = version_of(KIND_BRANCH, CODED, 0xb1, 0, branch_of("", ""));
    fixture_add_device(&fixture, OTHER_DEVICE, &province, false);
    submit(1, &made, 1);
    struct fixture_submission others = {.device = OTHER_DEVICE, .sequence = 1};
    assert_int_equal(fixture_submit(&fixture, &others, 1), ERR_OK);
    char sql[512];
    (void)snprintf(
        sql, sizeof sql,
        "insert into dantin.refusal select rpad(v, 32, '0')::uuid, p, 0, 3, 'x', 3, repeat(r, 16)::uuid"
        " from (values ('1', 0, '%x'), ('2', 0, '%x'), ('3', 1, '%x'), ('4', 0, '%x'), ('5', 0, '%x'))"
        " t (v, p, r)",
        MINE, MINE, OTHERS, PLACE, CODED);
    (void)pg_ask(fixture.pg, sql);
    struct store_submission_key key = {fixture_hash(DEVICE), 2};
    struct id branches[] = {fixture_id(MINE), fixture_id(OTHERS), fixture_id(UNHEARD), fixture_id(CODED)};
    struct id place = fixture_id(PLACE);
    struct store_facts_request request = {.submissions = &key,
                                          .submission_count = 1,
                                          .branches = branches,
                                          .branch_count = 4,
                                          .references = &(struct record_reference){KIND_LOCALITY, place},
                                          .reference_count = 1};

    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);
    assert_int_equal(fixture.facts->refused_count, 0);
    fixture_abort(&fixture);
    (void)pg_ask(fixture.pg, "update dantin.journal_head set is_refilling = true");
    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);

    assert_int_equal(fixture.facts->refused_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct store_refused_fact *refused = &fixture.facts->refused[i];
        struct hash device = fixture_hash(DEVICE);
        assert_true(hash_equal(&refused->device, &device));
        assert_true(refused->record.at[0] == MINE || refused->record.at[0] == PLACE);
    }
    assert_false(id_equal(&fixture.facts->refused[0].record, &fixture.facts->refused[1].record));
    fixture_abort(&fixture);
}

/* What the database refuses in reading is told apart as in writing: data are somebody's fault and are looked for, a
 * server in trouble is not. The next group goes through. */
static void store_group_open__database_errors__told_apart(void **state)
{
    (void)state;
    const struct {
        const char *sqlstate;
        enum err err;
    } cases[] = {{"22012", ERR_RULE}, {"XX000", ERR_RULE}, {"23514", ERR_RULE}, {"53200", ERR_DATABASE}};
    struct store_record_key bad = {KIND_MEMBER, fixture_id(0x41), fixture_id(0xa1)};
    struct store_record_key good = {KIND_MEMBER, fixture_id(0x42), fixture_id(0xa2)};
    struct store_facts_request request = {.records = &bad, .record_count = 1};
    (void)pg_ask(fixture.pg,
                 "insert into dantin.refusal values (repeat('a1', 16)::uuid, 0, 0, 3, 'x', 4, null);"
                 " alter table dantin.refusal enable row level security");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sql[512];
        (void)snprintf(sql, sizeof sql,
                       "create or replace function public.fail() returns boolean language plpgsql as"
                       " $$ begin raise exception 'x' using errcode = '%s'; end $$;"
                       " drop policy if exists fail on dantin.refusal;"
                       " create policy fail on dantin.refusal for select using (public.fail())",
                       cases[i].sqlstate);
        (void)pg_ask(fixture.pg, sql);
        fixture_wait_ready(&fixture);
        request.records = &bad;
        assert_int_equal(fixture_open_group(&fixture, &request), cases[i].err);
        fixture_wait_ready(&fixture);
        request.records = &good;
        assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);
        fixture_abort(&fixture);
    }
    (void)pg_ask(fixture.pg, "alter table dantin.refusal disable row level security;"
                             " drop policy fail on dantin.refusal; drop function public.fail");
}

/* The entries of a device that nobody could read, when an edit names a base that is nowhere; none otherwise. */
static void store_group_open__unknown_base__unreadable_entries(void **state)
{
    (void)state;
    enum { OTHER_DEVICE = 0x12 };
    struct id province = fixture_id(PROVINCE);
    fixture_add_device(&fixture, OTHER_DEVICE, &province, false);
    for (uint64_t i = 1; i <= STORE_UNCOUNTED_MAX + 3; i++) {
        submit(i, NULL, 0);
    }
    struct fixture_submission others = {.device = OTHER_DEVICE, .sequence = 1};
    assert_int_equal(fixture_submit(&fixture, &others, 1), ERR_OK);
    (void)pg_ask(fixture.pg, "update dantin.journal set is_unreadable = true where sequence <> 3;"
                             " update dantin.journal set change_count = 4 where sequence = 2");
    struct store_submission_key key = {fixture_hash(DEVICE), 100};
    struct store_record_key record = {KIND_MEMBER, fixture_id(0x41), fixture_id(0xa1)};
    struct store_facts_request request = {
        .submissions = &key, .submission_count = 1, .records = &record, .record_count = 1};

    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);

    struct hash device = fixture_hash(DEVICE);
    assert_int_equal(fixture.facts->uncounted_count, STORE_UNCOUNTED_MAX);
    for (size_t i = 0; i < STORE_UNCOUNTED_MAX; i++) {
        const struct store_uncounted_fact *uncounted = &fixture.facts->uncounted[i];
        uint64_t sequence = u64_read(uncounted->envelope_hash.at + 8);
        assert_true(hash_equal(&uncounted->device, &device));
        assert_true(sequence > 3); /* the newest ones; the counted and the readable one not */
    }
    fixture_abort(&fixture);
    record.base = (struct id){{0}};
    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);
    assert_int_equal(fixture.facts->uncounted_count, 0);
    fixture_abort(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(store_group_open__official_code__of_the_newest_version, begin),
        cmocka_unit_test_setup(store_group_open__refused_records__while_refilling, begin),
        cmocka_unit_test_setup(store_group_open__database_errors__told_apart, begin),
        cmocka_unit_test_setup(store_group_open__unknown_base__unreadable_entries, begin),
        cmocka_unit_test_setup(store_group_open__edges__of_the_version_that_owns, begin),
        cmocka_unit_test_setup(store_group_open__removals__current_referrers, begin),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
