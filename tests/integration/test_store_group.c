/* The group commit against a real PostgreSQL: what is written, what is answered, what happens when things
 * break. */
#include <stdio.h>
#include <stdlib.h>

#include "proto/records.pb-c.h"
#include "common/wire/message.h"
#include "server/store/ingest_sql.h"
#include "server/store/statements.h"
#include "common/wire/envelope.h"
#include "tests/integration/lib/store_tests.h"
#include "tests/lib/record_text.h"

enum {
    CELL = 0xc1,
    CELL_BEFORE = 0xc2,
    DISTRICT = 0xd1,
    PROVINCE = 0xf1,
    DEVICE = 0x11,
    OTHER_DEVICE = 0x12
};

/* Each test begins with an empty journal and the two devices. */
static int begin(void **state)
{
    (void)state;
    struct id district = fixture_id(DISTRICT);
    struct id province = fixture_id(PROVINCE);
    fixture_clear(&fixture);
    fixture_add_device(&fixture, DEVICE, &district, false);
    fixture_add_device(&fixture, OTHER_DEVICE, &province, true);
    return 0;
}

static void *member_named(const char *name, const char *card_number)
{
    const char *const texts[][2] = {{"name", name},
                                    {"card_number", card_number == NULL ? "" : card_number},
                                    {"birth_date", "01/05/1980"},
                                    {"sex", "nu"},
                                    {"admission_date", "02/09/2005"},
                                    {NULL, NULL}};
    return record_from_texts(schema_of(KIND_MEMBER), &fixture.arena, texts);
}

static void *branch_named(const char *name)
{
    const char *const texts[][2] = {{"name", name}, {"kind", "chi_bo"}, {"is_sender", "1"}, {NULL, NULL}};
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

static enum err submit(uint64_t sequence, struct store_version *versions, size_t count)
{
    struct fixture_submission submission = {
        .device = DEVICE, .sequence = sequence, .versions = versions, .version_count = count};
    return fixture_submit(&fixture, &submission, 1);
}

/* A new record must be found in both tables, with every value where the schema says, and the head must have
 * moved. */
static void store_group_commit__new_member__in_current_and_version_table(void **state)
{
    (void)state;
    void *member = member_named("Phạm Thị Bé", "51012345");
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, member, "branch", (char)CELL_BEFORE,
                       "01/01/2006", "01/01/2010");
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, member, "branch", (char)CELL, "01/01/2010",
                       NULL);
    struct store_version version = version_of(KIND_MEMBER, 0x41, 0xa1, 0, member);

    assert_int_equal(submit(1, &version, 1), ERR_OK);

    assert_string_equal(
        pg_ask(fixture.pg, "select name || '|' || birth_date || '|' || branch_branch"
                           " || '|' || branch_from || '|' || coalesce(branch_to::text, '-') || '|' || since"
                           " from dantin.member"),
        "Phạm Thị Bé|1980-05-01|c1c1c1c1-c1c1-c1c1-c1c1-c1c1c1c1c1c1|2010-01-01|-|0");
    assert_string_equal(
        pg_ask(fixture.pg, "select (select to_jsonb(v) - 'until' - 'removed' from dantin.member_version v)"
                           " = (select to_jsonb(m) from dantin.member m)"),
        "t");
    assert_string_equal(
        pg_ask(fixture.pg, "select element || '|' || branch_branch || '|' || branch_from || '|' || branch_to"
                           " from dantin.member_branch"),
        "0|c2c2c2c2-c2c2-c2c2-c2c2-c2c2c2c2c2c2|2006-01-01|2010-01-01");
    assert_string_equal(
        pg_ask(fixture.pg, "select position || '|' || server_time_ms from dantin.journal_head"),
        "1|1700000000");
    assert_string_equal(pg_ask(fixture.pg, "select last_sequence from dantin.device where not is_province"),
                        "1");
}

/* Every kind and list of the schema must have its columns: a record of each goes in and comes back as the
 * same bytes. */
static void store_find_bodies__every_kind__same_values_back(void **state)
{
    (void)state;
    void *branch = branch_named("Chi bộ 1");
    record_append_edge(schema_of(KIND_BRANCH), &fixture.arena, branch, "parent", (char)DISTRICT, NULL,
                       "01/01/2020");
    record_append_edge(schema_of(KIND_BRANCH), &fixture.arena, branch, "parent", (char)PROVINCE, "01/01/2020",
                       NULL);
    record_append_edge(schema_of(KIND_BRANCH), &fixture.arena, branch, "parent", (char)CELL, "01/01/2019",
                       "01/01/2020");
    record_append_edge(schema_of(KIND_BRANCH), &fixture.arena, branch, "locality", 0x33, NULL, NULL);
    const char *const code_texts[][2] = {
        {"list", "sex"}, {"code", "nu"}, {"name", "Nữ"}, {"name_en", ""}, {NULL, NULL}};
    const char *const locality_texts[][2] = {{"code_list", "gso-2022"},
                                             {"code", "51"},
                                             {"name", "Quảng Ngãi"},
                                             {"valid_from", "01/07/1989"},
                                             {NULL, NULL}};
    void *code = record_from_texts(schema_of(KIND_CODE), &fixture.arena, code_texts);
    void *locality = record_from_texts(schema_of(KIND_LOCALITY), &fixture.arena, locality_texts);
    int population = schema_list_index(schema_of(KIND_LOCALITY), "population");
    for (int64_t year = 0; year < 2; year++) {
        struct value items[3] = {{.is_stated = true, .number = 18000 + 365 * year},
                                 {.is_stated = true, .number = 1250000 + year},
                                 {.is_stated = year == 1, .text = bytes_of_text("GSO")}};
        assert_int_equal(
            record_append(schema_of(KIND_LOCALITY), &fixture.arena, locality, (size_t)population, items),
            ERR_OK);
    }
    struct store_version versions[] = {
        version_of(KIND_CODE, 0x51, 0xa1, 0, code), version_of(KIND_LOCALITY, 0x52, 0xa2, 0, locality),
        version_of(KIND_BRANCH, 0x53, 0xa3, 0, branch),
        version_of(KIND_MEMBER, 0x54, 0xa4, 0, member_named("Lê Văn Một", "1"))};

    assert_int_equal(submit(1, versions, 4), ERR_OK);
    struct store_record_key keys[5] = {{KIND_MEMBER, fixture_id(0x54), {{0}}},
                                       {KIND_LOCALITY, fixture_id(0x52), {{0}}},
                                       {KIND_MEMBER, fixture_id(0x99), {{0}}},
                                       {KIND_BRANCH, fixture_id(0x53), {{0}}},
                                       {KIND_CODE, fixture_id(0x51), {{0}}}};
    assert_int_equal(fixture_find_bodies(&fixture, keys, 5), ERR_OK);

    const size_t version_of_key[5] = {3, 1, 0, 2, 0};
    assert_null(fixture.bodies[2].at);
    for (size_t i = 0; i < 5; i++) {
        if (i == 2) {
            continue;
        }
        const struct store_version *version = &versions[version_of_key[i]];
        size_t len = protobuf_c_message_get_packed_size(version->message);
        uint8_t *packed = malloc(len);
        assert_non_null(packed);
        (void)protobuf_c_message_pack(version->message, packed);
        assert_int_equal(fixture.bodies[i].len, len);
        assert_memory_equal(fixture.bodies[i].at, packed, len);
        free(packed);
    }
}

static struct value some_value(const struct field_schema *field, size_t salt)
{
    static const uint8_t ids[8][ID_BYTES] = {{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}};
    struct value value = {.is_stated = true};
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CODE:
        value.text = bytes_of_text(salt % 2 == 0 ? "Đạt" : "x");
        break;
    case FIELD_REFERENCE:
        value.text = bytes_of(ids[salt % 8], ID_BYTES);
        break;
    case FIELD_DATE:
        value.number = 10000 + (int64_t)salt;
        break;
    case FIELD_INTEGER:
        value.number = salt % 2 == 0 ? (int64_t)salt : UINT32_MAX;
        break;
    case FIELD_DECIMAL:
        value.number = -441 - (int64_t)salt;
        break;
    case FIELD_BOOLEAN:
        value.number = salt % 2;
        break;
    }
    return value;
}

/* A record of the kind with every field stated, and two elements in every list. */
static const void *full_record(const struct kind_schema *schema)
{
    void *message = NULL;
    assert_int_equal(record_new(schema, &fixture.arena, &message), ERR_OK);
    for (size_t i = 0; i < schema->field_count; i++) {
        assert_int_equal(
            record_set_field(schema, &fixture.arena, message, i, some_value(&schema->fields[i], i)), ERR_OK);
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        for (size_t element = 0; element < 2; element++) {
            struct value items[32];
            for (size_t j = 0; j < schema->lists[i].item_count; j++) {
                items[j] = some_value(&schema->lists[i].items[j], 3 * element + j);
            }
            assert_int_equal(record_append(schema, &fixture.arena, message, i, items), ERR_OK);
        }
    }
    return message;
}

/* One group may be about every kind there is: asked, written, and read again as the same bytes. */
static void store_group__all_kinds_at_once__same_values_back(void **state)
{
    (void)state;
    static struct store_version versions[KIND_MAX];
    static struct store_record_key keys[KIND_MAX];
    static struct record_reference references[KIND_MAX];
    static bool wants_edges[KIND_MAX];
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        size_t i = kind - 1;
        versions[i] = version_of(schema->kind, 0x51, (uint8_t)(0x80 + kind), 0, full_record(schema));
        keys[i] = (struct store_record_key){schema->kind, versions[i].record, versions[i].version};
        references[i] = (struct record_reference){schema->kind, versions[i].record};
        wants_edges[i] = true;
    }
    struct store_facts_request request = {.records = keys,
                                          .record_count = KIND_MAX,
                                          .wants_edges = wants_edges,
                                          .references = references,
                                          .reference_count = KIND_MAX,
                                          .removals = references,
                                          .removal_count = KIND_MAX};

    assert_int_equal(submit(1, versions, KIND_MAX), ERR_OK);
    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);
    for (size_t i = 0; i < KIND_MAX; i++) {
        const struct store_record_fact *fact = &fixture.facts->records[i];
        struct schema_owner owner = versions[i].schema->owner;
        assert_true(fact->exists && !fact->is_removed && fixture.facts->references[i]);
        assert_int_equal(fact->base_state, STORE_BASE_CURRENT);
        assert_int_equal(fact->edge_count, owner.list >= 0 ? 2 : 0);
        assert_int_equal(id_is_none(&fact->owner), owner.list < 0 && owner.field < 0);
    }
    fixture_abort(&fixture);
    assert_int_equal(fixture_find_bodies(&fixture, keys, KIND_MAX), ERR_OK);

    for (size_t i = 0; i < KIND_MAX; i++) {
        struct buf packed;
        buf_init(&packed, SCHEMA_RECORD_BYTES_MAX);
        assert_int_equal(message_pack(versions[i].message, &packed), ERR_OK);
        if (!bytes_equal(fixture.bodies[i], buf_content(&packed))) {
            fail_msg("a record of kind %s came back otherwise", versions[i].schema->name);
        }
        buf_release(&packed);
    }
}

/* A change ends the older version where the new one begins and replaces the current row and its child rows.
 */
static void store_group_commit__changed_member__older_version_ends(void **state)
{
    (void)state;
    void *before = member_named("Phạm Thị Bé", "51012345");
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, before, "branch", (char)CELL_BEFORE, NULL,
                       "01/01/2010");
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, before, "branch", (char)CELL, "01/01/2010",
                       NULL);
    void *after = member_named("Phạm Thị Bé Hai", "51012345");
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, after, "branch", (char)CELL, "01/01/2010",
                       NULL);
    struct store_version first = version_of(KIND_MEMBER, 0x41, 0xa1, 0, before);
    struct store_version second = version_of(KIND_MEMBER, 0x41, 0xa2, 0xa1, after);

    assert_int_equal(submit(1, &first, 1), ERR_OK);
    assert_int_equal(submit(2, &second, 1), ERR_OK);

    assert_string_equal(
        pg_ask(fixture.pg, "select string_agg(since || '-' || coalesce(until::text, '') || ' ' || name, ', '"
                           " order by since) from dantin.member_version"),
        "0-1 Phạm Thị Bé, 1- Phạm Thị Bé Hai");
    assert_string_equal(
        pg_ask(fixture.pg, "select count(*) || ' ' || min(name) || ' ' || min(since) from dantin.member"),
        "1 Phạm Thị Bé Hai 1");
    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.member_branch"), "0");
    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.member_branch_version"), "1");
}

/* Several versions of one record in one group: each ends the one before, the last one is current. */
static void store_group_commit__three_versions_in_one_group__last_is_current(void **state)
{
    (void)state;
    struct store_version first = version_of(KIND_MEMBER, 0x41, 0xa1, 0, member_named("Một", NULL));
    struct store_version second = version_of(KIND_MEMBER, 0x41, 0xa2, 0xa1, member_named("Hai", NULL));
    struct store_version third = version_of(KIND_MEMBER, 0x41, 0xa3, 0xa2, member_named("Ba", NULL));
    struct fixture_submission submissions[] = {
        {.device = DEVICE, .sequence = 1, .versions = &first, .version_count = 1},
        {.device = OTHER_DEVICE, .sequence = 1, .versions = &second, .version_count = 1},
        {.device = DEVICE, .sequence = 2, .versions = &third, .version_count = 1}};

    assert_int_equal(fixture_submit(&fixture, submissions, 3), ERR_OK);

    assert_string_equal(
        pg_ask(fixture.pg, "select string_agg(since || '-' || coalesce(until::text, '') || ' ' || name, ', '"
                           " order by since) from dantin.member_version"),
        "0-1 Một, 1-2 Hai, 2- Ba");
    assert_string_equal(pg_ask(fixture.pg, "select count(*) || ' ' || min(name) from dantin.member"), "1 Ba");
    assert_string_equal(
        pg_ask(fixture.pg, "select string_agg(last_sequence::text, ' ' order by id) from dantin.device"),
        "2 1");
}

/* A removal is a version of its own; the record leaves the current table, stays whose it was, and can come back later. */
static void store_group_commit__removal_and_return__current_row_follows(void **state)
{
    (void)state;
    void *member = member_named("Một", NULL);
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, member, "branch", (char)CELL, NULL, NULL);
    struct store_version first = version_of(KIND_MEMBER, 0x41, 0xa1, 0, member);
    struct store_version removal = version_of(KIND_MEMBER, 0x41, 0xa2, 0xa1, NULL);
    struct store_version again = version_of(KIND_MEMBER, 0x41, 0xa3, 0xa2, member_named("Một", NULL));

    assert_int_equal(submit(1, &first, 1), ERR_OK);
    assert_int_equal(submit(2, &removal, 1), ERR_OK);
    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.member"), "0");
    struct store_record_key key = {KIND_MEMBER, fixture_id(0x41), fixture_id(0xa2)};
    struct store_facts_request request = {.records = &key, .record_count = 1};
    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);
    assert_true(fixture.facts->records[0].exists);
    assert_true(fixture.facts->records[0].is_removed);
    assert_int_equal(fixture.facts->records[0].base_state, STORE_BASE_CURRENT);
    assert_int_equal(fixture.facts->records[0].owner.at[0], CELL); /* still whose it was */
    fixture_abort(&fixture);
    assert_int_equal(submit(3, &again, 1), ERR_OK);

    assert_string_equal(
        pg_ask(fixture.pg, "select string_agg(since || '-' || coalesce(until::text, '') || removed::text, ' '"
                           " order by since) from dantin.member_version"),
        "0-1false 1-2true 2-false");
    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.member"), "1");
}

/* Facts: base states, owners and ancestors nobody asked for, numbers, localities, devices, what is
 * journalled. */
static void store_group_open__facts__complete(void **state)
{
    (void)state;
    void *province = branch_named("Tỉnh uỷ");
    void *district = branch_named("Huyện uỷ");
    void *cell = branch_named("Chi bộ");
    record_append_edge(schema_of(KIND_BRANCH), &fixture.arena, district, "parent", (char)PROVINCE, NULL,
                       NULL);
    record_append_edge(schema_of(KIND_BRANCH), &fixture.arena, cell, "parent", (char)PROVINCE, NULL,
                       "01/01/2000");
    record_append_edge(schema_of(KIND_BRANCH), &fixture.arena, cell, "parent", (char)DISTRICT, "01/01/2000",
                       NULL);
    void *before = member_named("Một", "51000001");
    void *after = member_named("Hai", "51000001");
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, before, "branch", (char)CELL, NULL, NULL);
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, after, "branch", (char)CELL, NULL, NULL);
    const char *const locality_texts[][2] = {{"code", "51"}, {NULL, NULL}};
    struct store_version versions[] = {
        version_of(KIND_BRANCH, PROVINCE, 0xb1, 0, province),
        version_of(KIND_BRANCH, DISTRICT, 0xb2, 0, district), version_of(KIND_BRANCH, CELL, 0xb3, 0, cell),
        version_of(KIND_MEMBER, 0x41, 0xa1, 0, before),
        version_of(KIND_LOCALITY, 0x33, 0xb4, 0,
                   record_from_texts(schema_of(KIND_LOCALITY), &fixture.arena, locality_texts))};
    struct store_version second = version_of(KIND_MEMBER, 0x41, 0xa2, 0xa1, after);
    assert_int_equal(submit(1, versions, 5), ERR_OK);
    assert_int_equal(submit(2, &second, 1), ERR_OK);
    (void)pg_ask(fixture.pg,
                 "insert into dantin.refusal values ('aeaeaeae-aeae-aeae-aeae-aeaeaeaeaeae', 1, 3, 3,"
                 " 'member.age', 4, null)");

    struct store_record_key records[] = {{KIND_MEMBER, fixture_id(0x41), fixture_id(0xa2)},
                                         {KIND_MEMBER, fixture_id(0x41), fixture_id(0xa1)},
                                         {KIND_MEMBER, fixture_id(0x42), fixture_id(0xae)},
                                         {KIND_MEMBER, fixture_id(0x43), fixture_id(0xaf)},
                                         {KIND_MEMBER, fixture_id(0x44), {{0}}},
                                         {KIND_BRANCH, fixture_id(CELL), {{0}}}};
    struct store_submission_key submissions[] = {
        {fixture_hash(DEVICE), 2}, {fixture_hash(DEVICE), 3}, {fixture_hash(0x99), 1}};
    struct record_reference references[] = {
        {KIND_LOCALITY, fixture_id(0x34)}, {KIND_LOCALITY, fixture_id(0x33)}, {KIND_CODE, fixture_id(0x33)}};
    int card = schema_field_index(schema_of(KIND_MEMBER), "card_number");
    struct store_number_key numbers[] = {{KIND_MEMBER, (size_t)card, bytes_of_text("51999999")},
                                         {KIND_MEMBER, (size_t)card, bytes_of_text("51000001")}};
    struct store_facts_request request = {.submissions = submissions,
                                          .submission_count = 3,
                                          .records = records,
                                          .record_count = 6,
                                          .references = references,
                                          .reference_count = 3,
                                          .numbers = numbers,
                                          .number_count = 2};
    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);

    const struct store_facts *facts = fixture.facts;
    assert_int_equal(facts->head.position, 2);
    assert_int_equal(facts->records[0].base_state, STORE_BASE_CURRENT);
    assert_true(
        id_equal(&facts->records[0].owner, &(struct id){{CELL, CELL, CELL, CELL, CELL, CELL, CELL, CELL, CELL,
                                                         CELL, CELL, CELL, CELL, CELL, CELL, CELL}}));
    assert_int_equal(facts->records[0].since, 1);
    assert_int_equal(facts->records[1].base_state, STORE_BASE_OLDER);
    assert_int_equal(facts->records[2].base_state, STORE_BASE_REFUSED);
    assert_string_equal(facts->records[2].base_rule, "member.age");
    assert_int_equal(facts->records[2].base_code, VERDICT_REFUSED);
    assert_int_equal(facts->records[3].base_state, STORE_BASE_UNKNOWN);
    assert_false(facts->records[4].exists);
    assert_int_equal(facts->records[4].base_state, STORE_BASE_NONE);
    assert_true(facts->records[5].exists);
    assert_int_equal(facts->branch_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct store_branch_fact *branch = &facts->branches[i];
        assert_int_equal(branch->is_province, branch->branch.at[0] == PROVINCE);
        assert_int_equal(branch->parent_count, branch->branch.at[0] == PROVINCE ? 0
                                               : branch->branch.at[0] == CELL   ? 2
                                                                                : 1);
        if (branch->branch.at[0] == DISTRICT) {
            assert_int_equal(branch->parents[0].from, INT32_MIN);
            assert_int_equal(branch->parents[0].to, INT32_MAX);
        }
    }
    assert_false(facts->references[0]);
    assert_true(facts->references[1]);
    assert_false(facts->references[2]); /* another kind's record */
    assert_int_equal(facts->number_count, 1);
    assert_int_equal(facts->numbers[0].number_index, 1);
    assert_int_equal(facts->numbers[0].owner.at[0], CELL);
    assert_int_equal(facts->numbers[0].left, INT32_MAX);
    assert_true(facts->journalled[0].is_found);
    assert_int_equal(facts->journalled[0].position, 1);
    assert_false(facts->journalled[1].is_found);
    assert_int_equal(facts->devices[1].last_sequence, 2);
    assert_true(hash_is_none(&facts->devices[2].device));
    fixture_abort(&fixture);
}

/* A receipt asked for again must be the first one, verdicts included, and refused changes answer edits made
 * on top of them. */
static void store_group_commit__verdicts__read_back_as_journalled(void **state)
{
    (void)state;
    struct verdict verdicts[] = {{VERDICT_CONFLICT, "", fixture_id(0x61)},
                                 {VERDICT_APPLIED, "member.card_unusual", {{0}}},
                                 {VERDICT_REFUSED, "ingest.unreadable", {{0}}}};
    uint32_t indexes[] = {0, 4, 9};
    struct id names[] = {fixture_id(0x71), fixture_id(0x72), fixture_id(0x73)};
    struct store_record_key records[] = {{KIND_MEMBER, fixture_id(0x41), fixture_id(0xa1)},
                                         {KIND_MEMBER, fixture_id(0x42), {{0}}},
                                         {(enum record_kind)0, {{0}}, {{0}}}};
    struct fixture_submission submission = {.device = DEVICE, .sequence = 1};
    struct store_submission_key sent = {fixture_hash(DEVICE), 1};
    struct store_facts_request none = {.submissions = &sent, .submission_count = 1};
    assert_int_equal(fixture_open_group(&fixture, &none), ERR_OK);
    struct store_entry entry;
    fixture_entry(&submission, 0, &entry);
    entry.verdicts = verdicts;
    entry.verdict_indexes = indexes;
    entry.verdict_versions = names;
    entry.verdict_records = records;
    entry.verdict_count = 3;
    entry.change_count = 10;
    entry.is_unreadable = true;
    entry.content = ENVELOPE_CONTENT_CHANGES;
    struct store_group group = {.head_after = {.position = 1, .server_time_ms = 5},
                                .entries = &entry,
                                .entry_count = 1,
                                .server_time_ms = 5};
    assert_int_equal(fixture_commit(&fixture, &group), ERR_OK);

    struct store_submission_key key = {fixture_hash(DEVICE), 1};
    struct store_facts_request request = {.submissions = &key, .submission_count = 1};
    assert_int_equal(fixture_open_group(&fixture, &request), ERR_OK);

    const struct store_journalled *found = &fixture.facts->journalled[0];
    assert_true(found->is_found);
    assert_true(found->is_unreadable);
    assert_int_equal(found->change_count, 10);
    assert_int_equal(found->server_time_ms, 5);
    assert_int_equal(found->verdict_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(found->verdict_indexes[i], indexes[i]);
        assert_int_equal(found->verdicts[i].code, verdicts[i].code);
        assert_string_equal(found->verdicts[i].rule, verdicts[i].rule);
        assert_true(id_equal(&found->verdicts[i].current, &verdicts[i].current));
    }
    assert_true(hash_equal(&found->leaf, &entry.leaf));
    assert_memory_equal(found->signature, entry.receipt_signature, 64);
    fixture_abort(&fixture);
    assert_string_equal(
        pg_ask(fixture.pg, "select string_agg(index || ' ' || code || ' ' || coalesce(kind::text, '-'), ', '"
                           " order by index) from dantin.refusal"),
        "0 2 4, 9 3 -");
    assert_string_equal(pg_ask(fixture.pg, "select content from dantin.journal"), "1");
}

/* Data the database refuses: nothing is written, the cause is told, and the next group goes through. */
static void store_group_commit__duplicate_version__err_rule_and_nothing_written(void **state)
{
    (void)state;
    struct store_version first = version_of(KIND_MEMBER, 0x41, 0xa1, 0, member_named("Một", NULL));
    struct store_version twice = version_of(KIND_MEMBER, 0x41, 0xa2, 0, member_named("Hai", NULL));
    struct store_version other = version_of(KIND_MEMBER, 0x42, 0xa3, 0, member_named("Ba", NULL));
    assert_int_equal(submit(1, &first, 1), ERR_OK);

    assert_int_equal(submit(2, &twice, 1), ERR_RULE);

    assert_string_equal(fixture.sqlstate, "23505");
    assert_string_equal(pg_ask(fixture.pg, "select position from dantin.journal_head"), "1");
    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.journal"), "1");
    assert_int_equal(submit(2, &other, 1), ERR_OK);
}

/* What is the data's fault and what is not: an internal error counts as the data's (on a fresh
 * connection), a full disk does not, or a server in trouble would refuse good work for ever. */
static void store_group_commit__database_errors__told_apart(void **state)
{
    (void)state;
    const struct {
        const char *sqlstate;
        enum err err;
    } cases[] = {{"XX000", ERR_RULE}, {"53100", ERR_DATABASE}, {"22003", ERR_RULE}, {"40001", ERR_DATABASE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sql[512];
        (void)snprintf(
            sql, sizeof sql,
            "create or replace function public.fail() returns trigger language plpgsql as"
            " $$ begin raise exception 'x' using errcode = '%s'; end $$;"
            " create or replace trigger fail before insert on dantin.journal execute function public.fail()",
            cases[i].sqlstate);
        (void)pg_ask(fixture.pg, sql);
        fixture_wait_ready(&fixture);
        assert_int_equal(submit(1, NULL, 0), cases[i].err);
        assert_string_equal(fixture.sqlstate, cases[i].sqlstate);
    }
    (void)pg_ask(fixture.pg, "drop function public.fail cascade");
    fixture_wait_ready(&fixture);

    assert_int_equal(submit(1, NULL, 0), ERR_OK);
}

/* A value no column holds is the submission's fault and must look like one, not abort or loop. */
static void store_group_commit__reference_of_three_bytes__err_rule(void **state)
{
    (void)state;
    void *member = member_named("Một", NULL);
    struct store_version version = version_of(KIND_MEMBER, 0x41, 0xa1, 0, member);
    record_append_edge(schema_of(KIND_MEMBER), &fixture.arena, member, "branch", (char)CELL, NULL, NULL);
    Dantin__Member *raw = member;
    raw->branch[0]->branch.len = 3;

    assert_int_equal(submit(1, &version, 1), ERR_RULE);

    assert_string_equal(fixture.sqlstate, "22000");
    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.journal"), "0");
}

/* The backend dies while the judge thinks: the transaction is gone, and committing on the new session must
 * not write half. */
static void store_group_commit__backend_killed_while_open__err_and_nothing_written(void **state)
{
    (void)state;
    struct store_facts_request none = {0};
    assert_int_equal(fixture_open_group(&fixture, &none), ERR_OK);
    (void)pg_ask(fixture.pg, "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                             " where usename = 'dantin_ingest' and state = 'idle in transaction'");
    struct fixture_submission submission = {.device = DEVICE, .sequence = 1};
    struct store_entry entry;
    fixture_entry(&submission, 0, &entry);
    struct store_group group = {.head_after = {.position = 1}, .entries = &entry, .entry_count = 1};
    bool is_lost = false;
    while (!is_lost) {
        (void)uv_run(&fixture.loop, UV_RUN_ONCE);
        is_lost = !store_is_ready(fixture.store);
    }
    fixture_wait_ready(&fixture);

    assert_int_equal(fixture_commit(&fixture, &group), ERR_DATABASE);

    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.journal"), "0");
    assert_int_equal(submit(1, NULL, 0), ERR_OK);
}

static void on_commit_result(void *context, enum err err, const char *sqlstate)
{
    struct store_fixture *at = context;
    at->err = err;
    (void)sqlstate;
    at->is_done = true;
}

/* Killed at a random moment of the commit, again and again: whatever is answered must agree with what the
 * journal holds. "Committed" and not there, or "rolled back" and there, would lose or double a clerk's work.
 */
static void store_group_commit__backend_killed_in_commit__answer_agrees_with_journal(void **state)
{
    (void)state;
    unsigned unknown_count = 0;
    uint64_t sequence = 1;
    for (unsigned round = 0; round < 40; round++) {
        arena_clear(&fixture.arena);
        fixture_wait_ready(&fixture);
        struct store_submission_key sent = {fixture_hash(DEVICE), sequence};
        struct store_facts_request none = {.submissions = &sent, .submission_count = 1};
        if (fixture_open_group(&fixture, &none) != ERR_OK) {
            continue;
        }
        uint64_t position = fixture.facts->head.position;
        int pid = atoi(pg_ask(fixture.pg, "select pid from pg_stat_activity where usename = 'dantin_ingest'"
                                          " and state = 'idle in transaction'"));
        struct fixture_submission submission = {.device = DEVICE, .sequence = sequence};
        struct store_entry entry;
        fixture_entry(&submission, position, &entry);
        struct store_group group = {
            .head_after = {.position = position + 1}, .entries = &entry, .entry_count = 1};
        char sql[128];
        (void)snprintf(sql, sizeof sql, "select pg_terminate_backend(%d)", pid);

        fixture_grow(&fixture, &group);
        fixture.is_done = false;
        store_group_commit(fixture.store, &group, on_commit_result, &fixture);
        for (volatile unsigned spin = 0; spin < (round % 20) * 20000; spin++) {
        }
        (void)pg_ask(fixture.pg, sql);
        fixture_wait(&fixture, &fixture.is_done);

        enum err answer = fixture.err;
        unknown_count += answer == ERR_UNKNOWN_COMMIT ? 1 : 0;
        fixture_wait_ready(&fixture);
        struct store_submission_key key = {fixture_hash(DEVICE), sequence};
        struct store_facts_request request = {.submissions = &key, .submission_count = 1};
        enum err look = fixture_open_group(&fixture, &request);
        while (look != ERR_OK) {
            fixture_wait_ready(&fixture);
            look = fixture_open_group(&fixture, &request);
        }
        bool is_found = fixture.facts->journalled[0].is_found;
        fixture_abort(&fixture);
        assert_true(answer == ERR_OK || answer == ERR_UNKNOWN_COMMIT || answer == ERR_DATABASE);
        if (answer != ERR_UNKNOWN_COMMIT) {
            assert_int_equal(is_found, answer == ERR_OK);
        }
        sequence += is_found ? 1 : 0;
    }
    print_message("unknown commits: %u of 40\n", unknown_count);
}

static unsigned count_of(const char *text, const char *word)
{
    unsigned count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

/* How often a plan reads a table or an index whole. */
static void assert_probes_only(const struct statement *statement, const char *arguments)
{
    static char sql[16384];
    char explain[256];
    (void)snprintf(sql, sizeof sql, "prepare plan_under_test as %s", statement->sql);
    (void)pg_ask(fixture.pg, sql);
    (void)snprintf(explain, sizeof explain, "explain (format json, costs off) execute plan_under_test (%s)",
                   arguments);
    const char *plan = pg_ask(fixture.pg, explain);
    unsigned scans = count_of(plan, "\"Index Scan\"") + count_of(plan, "\"Index Only Scan\"");
    if (scans == 0 || scans != count_of(plan, "\"Index Cond\"") || strstr(plan, "\"Seq Scan\"") != NULL ||
        strstr(plan, "\"Hash Join\"") != NULL) {
        fail_msg("%s does not probe: %s", statement->name, plan);
    }
    (void)pg_ask(fixture.pg, "deallocate plan_under_test");
}

/* A plan is made once, when the tables may still be empty, and kept while they grow: it must be a probe
 * per element of the array whatever the statistics, or every group would read whole tables. */
static void ingest_sql__generic_plans_on_empty_tables__probe_by_key(void **state)
{
    (void)state;
    struct ingest_sql sql;
    assert_int_equal(ingest_sql_init(&sql), ERR_OK);
    (void)pg_ask(fixture.pg,
                 "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off;"
                 " set enable_bitmapscan = off; set plan_cache_mode = force_generic_plan");
    for (int kind = 1; kind <= KIND_MAX; kind++) {
        const struct ingest_kind_sql *statements = &sql.kinds[kind];
        assert_probes_only(&statements->facts, "'{}', '{}'");
        if (statements->schema->owner.list >= 0) {
            assert_probes_only(&statements->edges, "'{}'");
        }
        assert_probes_only(&statements->read, "'{}'");
        assert_probes_only(&statements->exists, "'{}'");
        assert_probes_only(&statements->forget, "'{}'");
        if (statements->referrers.sql != NULL) {
            assert_probes_only(&statements->referrers, "1, '{}'");
        }
        for (size_t i = 0; i < statements->schema->list_count; i++) {
            assert_probes_only(&statements->lists[i].clear, "'{}'");
            assert_probes_only(&statements->lists[i].read, "'{}'");
        }
        for (size_t i = 0; i < statements->schema->field_count; i++) {
            if ((statements->schema->fields[i].flags & FIELD_UNIQUE) != 0) {
                assert_probes_only(&statements->numbers[i], "'{}'");
            }
        }
    }
    assert_probes_only(&sql.kinds[KIND_MEMBER].close, "'{}', '{}'");
    assert_probes_only(statement_of(STATEMENT_FACT_DEVICES), "'{}'");
    assert_probes_only(statement_of(STATEMENT_FACT_JOURNALLED), "'{}', '{}'");
    assert_probes_only(statement_of(STATEMENT_FACT_BRANCHES), "'{}'");
    assert_probes_only(statement_of(STATEMENT_FACT_REFUSED), "'{}', '{}'");
    assert_probes_only(statement_of(STATEMENT_FACT_UNCOUNTED), "'{}'");
    assert_probes_only(statement_of(STATEMENT_DEVICE_ADVANCE), "'{}', '{}', '{}'");
    (void)pg_ask(fixture.pg, "reset all");
    ingest_sql_release(&sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(store_group_commit__new_member__in_current_and_version_table, begin),
        cmocka_unit_test_setup(store_find_bodies__every_kind__same_values_back, begin),
        cmocka_unit_test_setup(store_group__all_kinds_at_once__same_values_back, begin),
        cmocka_unit_test_setup(store_group_commit__changed_member__older_version_ends, begin),
        cmocka_unit_test_setup(store_group_commit__three_versions_in_one_group__last_is_current, begin),
        cmocka_unit_test_setup(store_group_commit__removal_and_return__current_row_follows, begin),
        cmocka_unit_test_setup(store_group_open__facts__complete, begin),
        cmocka_unit_test_setup(store_group_commit__verdicts__read_back_as_journalled, begin),
        cmocka_unit_test_setup(store_group_commit__duplicate_version__err_rule_and_nothing_written, begin),
        cmocka_unit_test_setup(store_group_commit__database_errors__told_apart, begin),
        cmocka_unit_test_setup(store_group_commit__reference_of_three_bytes__err_rule, begin),
        cmocka_unit_test_setup(ingest_sql__generic_plans_on_empty_tables__probe_by_key, begin),
        cmocka_unit_test_setup(store_group_commit__backend_killed_while_open__err_and_nothing_written, begin),
        cmocka_unit_test_setup(store_group_commit__backend_killed_in_commit__answer_agrees_with_journal,
                               begin),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
