/* What people write for a record, and what we write for it: over a real store. */
#include "tests/lib/test.h"

#include <stdio.h>

#include "client/lib/csv_references.h"
#include "tests/lib/client_world.h"
#include "tests/lib/record_text.h"

struct fixture {
    struct client_world world;
    struct csv_references *references;
    struct id cell, hamlet, member, election, obligation, fulfilment, office;
};

static struct fixture fixture;

/* The hex of an id as record_from_texts cannot write it: set afterwards. */
static void refer(enum record_kind kind, void *message, const char *field, const struct id *record)
{
    const struct kind_schema *schema = schema_of(kind);
    struct value value = {.is_stated = true, .text = bytes_of(record->at, ID_BYTES)};
    int index = schema_field_index(schema, field);

    assert_true(index >= 0);
    assert_int_equal(record_set_field(schema, &fixture.world.arena, message, (size_t)index, value), ERR_OK);
}

static void *texts(enum record_kind kind, const char *const pairs[][2])
{
    return record_from_texts(schema_of(kind), &fixture.world.arena, pairs);
}

static struct id put_member(const char *name, const char *file_number, const char *card_number)
{
    void *message = client_member(&fixture.world, name, file_number, &fixture.cell);

    record_set_text(schema_of(KIND_MEMBER), &fixture.world.arena, message, "card_number", card_number);
    return client_put(&fixture.world, KIND_MEMBER, NULL, message);
}

static struct id put_hamlet(const char *code, const char *name)
{
    const char *const hamlet[][2] = {
        {"code_list", "thon"}, {"code", code}, {"name", name}, {"kind", "hamlet"}, {NULL, NULL}};

    return client_put(&fixture.world, KIND_LOCALITY, NULL, texts(KIND_LOCALITY, hamlet));
}

static void put_election(void)
{
    const char *const election[][2] = {{"term_from", "22/05/2022"}, {NULL, NULL}};
    void *message = texts(KIND_ELECTION, election);

    refer(KIND_ELECTION, message, "branch", &fixture.cell);
    refer(KIND_ELECTION, message, "locality", &fixture.hamlet);
    fixture.election = client_put(&fixture.world, KIND_ELECTION, NULL, message);
}

static void put_fulfilment(void)
{
    const char *const obligation[][2] = {{"type", "report"},
                                         {"title", "Báo cáo năm 2023"},
                                         {"as_of", "31/12/2023"},
                                         {"due_date", "15/01/2024"},
                                         {NULL, NULL}};
    const char *const fulfilment[][2] = {{"as_of", "31/12/2023"}, {NULL, NULL}};
    void *message = texts(KIND_OBLIGATION, obligation);

    refer(KIND_OBLIGATION, message, "assigned_to", &fixture.cell);
    fixture.obligation = client_put(&fixture.world, KIND_OBLIGATION, NULL, message);
    message = texts(KIND_FULFILMENT, fulfilment);
    refer(KIND_FULFILMENT, message, "branch", &fixture.cell);
    refer(KIND_FULFILMENT, message, "obligation", &fixture.obligation);
    fixture.fulfilment = client_put(&fixture.world, KIND_FULFILMENT, NULL, message);
}

static void put_office(void)
{
    const char *const office[][2] = {{"position", "hamlet_head"},
                                     {"holder_name", "Phạm Văn Cường"},
                                     {"from_date", "22/05/2022"},
                                     {NULL, NULL}};
    void *message = texts(KIND_OFFICE, office);

    refer(KIND_OFFICE, message, "branch", &fixture.cell);
    fixture.office = client_put(&fixture.world, KIND_OFFICE, NULL, message);
}

static int fixture_open(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    client_world_open(&fixture.world);
    fixture.cell = client_put(&fixture.world, KIND_BRANCH, NULL,
                              client_branch(&fixture.world, "Chi bộ thôn Một", "CB1", NULL));
    fixture.hamlet = put_hamlet("0101", "Thôn Một");
    fixture.member = put_member("Nguyễn Văn Đạt", "0512", "00004321");
    put_election();
    put_fulfilment();
    put_office();
    return csv_references_new(fixture.world.store, &fixture.references) == ERR_OK ? 0 : -1;
}

static int fixture_close(void **state)
{
    (void)state;
    csv_references_free(fixture.references);
    client_world_close(&fixture.world);
    return 0;
}

static enum err find(enum record_kind kind, const char *typed, struct id *ret_record)
{
    return csv_references_find(fixture.references, kind, bytes_of_text(typed), ret_record);
}

static void assert_finds(enum record_kind kind, const char *typed, const struct id *expected)
{
    struct id found = {{0}};

    assert_int_equal(find(kind, typed, &found), ERR_OK);
    assert_true(id_equal(&found, expected));
}

static void assert_label(enum record_kind kind, const struct id *record, const char *expected)
{
    struct bytes label = {0};

    assert_int_equal(
        csv_references_label(fixture.references, kind, record, LANGUAGE_VI, &fixture.world.arena, &label),
        ERR_OK);
    assert_string_equal(arena_text(&fixture.world.arena, label), expected);
    assert_finds(kind, expected, record);
}

static const char *hex(const struct id *record)
{
    static char text[ID_HEX_BYTES];

    hex_encode(bytes_of(record->at, ID_BYTES), text);
    return text;
}

/* A member is named by file number, card number or record id, zeros lost or not, and never by name alone. */
static void find__member__by_number_or_id(void **state)
{
    struct id found;

    (void)state;
    assert_finds(KIND_MEMBER, "0512", &fixture.member);
    assert_finds(KIND_MEMBER, "512", &fixture.member);
    assert_finds(KIND_MEMBER, "4321", &fixture.member);
    assert_finds(KIND_MEMBER, hex(&fixture.member), &fixture.member);
    assert_int_equal(find(KIND_MEMBER, "Nguyễn Văn Đạt", &found), ERR_NOT_FOUND);
    assert_int_equal(find(KIND_MEMBER, "99", &found), ERR_NOT_FOUND);
    assert_int_equal(find(KIND_MEMBER, "\xFF", &found), ERR_NOT_FOUND);
    assert_label(KIND_MEMBER, &fixture.member, "0512");
}

/* Two numbers that differ in lost zeros alone are a question; each is found as it is written. */
static void find__numbers_apart_by_zeros__ambiguous(void **state)
{
    struct id other = put_member("Trần Thị Bích", "00512", "00009999");
    struct id found;

    (void)state;
    assert_int_equal(find(KIND_MEMBER, "512", &found), ERR_AMBIGUOUS);
    assert_finds(KIND_MEMBER, "0512", &fixture.member);
    assert_finds(KIND_MEMBER, "00512", &other);
}

/* One member's card number may be another's file number: what is written means its own record. */
static void label__card_number_is_another_file_number__own_words(void **state)
{
    struct id other = put_member("Trần Thị Bích", "", "0512");

    (void)state;
    assert_label(KIND_MEMBER, &fixture.member, "0512");
    assert_label(KIND_MEMBER, &other, "Trần Thị Bích · 1970-05-01 · Chi bộ thôn Một");
}

/* A kind without code, name or number is named by its match key, in words. */
static void label__match_key__read_back(void **state)
{
    (void)state;
    assert_label(KIND_ELECTION, &fixture.election, "Thôn Một · 2022-05-22");
    assert_label(KIND_OBLIGATION, &fixture.obligation, "Chi bộ thôn Một · Báo cáo năm 2023 · 2023-12-31");
    assert_label(KIND_FULFILMENT, &fixture.fulfilment,
                 "Chi bộ thôn Một · Chi bộ thôn Một · Báo cáo năm 2023 · 2023-12-31");
    assert_label(KIND_OFFICE, &fixture.office, "Chi bộ thôn Một · Trưởng thôn · Phạm Văn Cường · 2022-05-22");
}

/* What is typed by hand: other spaces, another way to write the date, codes instead of names. */
static void find__match_key_by_hand__found(void **state)
{
    struct id found;

    (void)state;
    assert_finds(KIND_ELECTION, "0101·22/5/2022", &fixture.election);
    assert_finds(KIND_ELECTION, "thon mot ·  22/05/2022", &fixture.election);
    assert_finds(KIND_OFFICE, "CB1 · hamlet_head · PHẠM VĂN CƯỜNG · 22/05/2022", &fixture.office);
    assert_int_equal(find(KIND_ELECTION, "Thôn Một", &found), ERR_NOT_FOUND);
    assert_int_equal(find(KIND_ELECTION, "Thôn Hai · 22/05/2022", &found), ERR_NOT_FOUND);
    assert_int_equal(find(KIND_ELECTION, "Thôn Một · hôm qua", &found), ERR_NOT_FOUND);
    assert_int_equal(find(KIND_ELECTION, "·", &found), ERR_NOT_FOUND);
    assert_int_equal(find(KIND_ELECTION, "· · · · · · · · · · · · · · · · · · · · ·", &found), ERR_NOT_FOUND);
    assert_int_equal(find(KIND_ELECTION, "Thôn Một \xC2", &found), ERR_NOT_FOUND);
}

/* Two hamlets of one name: the code stands in the match key, and the name is a question. */
static void label__two_of_one_name__code(void **state)
{
    struct id found;

    (void)state;
    (void)put_hamlet("0102", "Thôn Một");
    assert_label(KIND_ELECTION, &fixture.election, "0101 · 2022-05-22");
    assert_int_equal(find(KIND_ELECTION, "Thôn Một · 22/05/2022", &found), ERR_AMBIGUOUS);
}

/* A text that holds the separator would be read otherwise: the record id stands for it. */
static void label__separator_in_a_part__record_id(void **state)
{
    const char *const obligation[][2] = {
        {"type", "report"}, {"title", "A · B"}, {"as_of", "31/12/2023"}, {NULL, NULL}};
    void *message = texts(KIND_OBLIGATION, obligation);

    (void)state;
    refer(KIND_OBLIGATION, message, "assigned_to", &fixture.cell);
    struct id record = client_put(&fixture.world, KIND_OBLIGATION, NULL, message);

    assert_label(KIND_OBLIGATION, &record, hex(&record));
}

/* A record that was removed is nobody's reference any more, by whatever form. */
static void find__removed__not_found(void **state)
{
    struct id found;
    struct bytes label = {0};

    (void)state;
    client_remove(&fixture.world, KIND_ELECTION, &fixture.election);
    client_remove(&fixture.world, KIND_MEMBER, &fixture.member);
    assert_int_equal(find(KIND_ELECTION, "Thôn Một · 22/05/2022", &found), ERR_NOT_FOUND);
    assert_int_equal(find(KIND_MEMBER, "0512", &found), ERR_NOT_FOUND);
    assert_int_equal(find(KIND_MEMBER, hex(&fixture.member), &found), ERR_NOT_FOUND);
    assert_int_equal(csv_references_label(fixture.references, KIND_MEMBER, &fixture.member, LANGUAGE_VI,
                                          &fixture.world.arena, &label),
                     ERR_OK);
    assert_int_equal(label.len, ID_HEX_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(find__member__by_number_or_id, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(find__numbers_apart_by_zeros__ambiguous, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(label__card_number_is_another_file_number__own_words, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(label__match_key__read_back, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(find__match_key_by_hand__found, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(label__two_of_one_name__code, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(label__separator_in_a_part__record_id, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(find__removed__not_found, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
