/* One record entered by hand is a row of one: read, merged and judged as an import would. Over a real store. */
#include "tests/lib/test.h"

#include <stdio.h>

#include "client/lib/import_hand.h"
#include "common/wire/message.h"
#include "tests/lib/client_world.h"

struct fixture {
    struct client_world world;
    struct import_options options;
    struct import_hand_result result;
    struct error error;
    struct id cell;
};

static struct fixture fixture;

static int fixture_open(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    client_world_open(&fixture.world);
    fixture.options = (struct import_options){.language = LANGUAGE_EN, .today = 19875 /* 2024-06-01 */};
    fixture.cell = client_put(&fixture.world, KIND_BRANCH, NULL,
                              client_branch(&fixture.world, "Chi bộ thôn Một", "CB1", NULL));
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    client_world_close(&fixture.world);
    return 0;
}

/* values: "name=value" parted by '|'. */
static enum err put(const char *kind, const char *values, const char *reason)
{
    static char text[4096];
    struct import_hand_value list[32];
    size_t count = 0;
    char *rest = NULL;

    (void)snprintf(text, sizeof text, "%s", values);
    for (char *word = strtok_r(text, "|", &rest); word != NULL; word = strtok_r(NULL, "|", &rest)) {
        char *equals = strchr(word, '=');

        assert_non_null(equals);
        *equals = '\0';
        list[count++] = (struct import_hand_value){word, equals + 1};
    }
    memset(&fixture.result, 0, sizeof fixture.result);
    fixture.options.kind = kind;
    return import_by_hand(fixture.world.store, &fixture.options, list, count, reason, &fixture.result,
                          &fixture.error);
}

static void *content(enum record_kind kind)
{
    struct store_record stored = client_get(&fixture.world, kind, &fixture.result.record);
    void *message = NULL;

    assert_int_equal(
        message_unpack(schema_of(kind)->descriptor, stored.body, true, &fixture.world.arena, &message),
        ERR_OK);
    return message;
}

static struct value field(enum record_kind kind, const char *name)
{
    return record_field(schema_of(kind), content(kind), (size_t)schema_field_index(schema_of(kind), name));
}

#define MEETING "branch=CB1|date=5/3/2024|type=Sinh hoạt thường kỳ"

/* Values are what a cell would hold; the id of the record comes back. */
static void put__new__made(void **state)
{
    (void)state;
    assert_int_equal(put("meeting", MEETING "|members_due=12|present=11", NULL), ERR_OK);
    assert_true(fixture.result.is_new);
    assert_int_equal(field(KIND_MEETING, "present").number, 11);
    assert_true(client_get(&fixture.world, KIND_MEETING, &fixture.result.record).has_open_change);
}

/* The match key names the record; what is not named stays, "" clears. */
static void put__again__changed_then_same(void **state)
{
    struct id record;

    (void)state;
    assert_int_equal(put("meeting", MEETING "|members_due=12|present=11|superior_attended=x", NULL), ERR_OK);
    record = fixture.result.record;
    assert_int_equal(put("meeting", MEETING "|present=10", NULL), ERR_OK);
    assert_true(fixture.result.is_changed);
    assert_true(id_equal(&fixture.result.record, &record));
    assert_int_equal(field(KIND_MEETING, "members_due").number, 12);
    assert_int_equal(put("meeting", MEETING "|present=10", NULL), ERR_OK);
    assert_false(fixture.result.is_changed || fixture.result.is_new);
    assert_true(id_equal(&fixture.result.record, &record));
    assert_int_equal(put("meeting", MEETING "|superior_attended=", NULL), ERR_OK);
    assert_false(field(KIND_MEETING, "superior_attended").is_stated);
}

/* Every value that is wrong is told by its label, and nothing was put. */
static void put__wrong__each_value_told(void **state)
{
    struct store_counts before, after;

    (void)state;
    assert_int_equal(store_counts(fixture.world.store, &before), ERR_OK);
    assert_int_equal(put("meeting", "branch=CB9|date=31/2/2024|type=nonsense|present=x", NULL), ERR_RULE);
    assert_non_null(strstr(fixture.error.text, "Nothing was written"));
    assert_non_null(strstr(fixture.error.text, "Cell: "));
    assert_non_null(strstr(fixture.error.text, "Date: "));
    assert_non_null(strstr(fixture.error.text, "Type: "));
    assert_non_null(strstr(fixture.error.text, "Present: "));
    assert_int_equal(put("meeting", MEETING, NULL), ERR_RULE);
    assert_non_null(strstr(fixture.error.text, "Members due: "));
    assert_int_equal(store_counts(fixture.world.store, &after), ERR_OK);
    assert_int_equal(after.records, before.records);
}

/* Elements of lists by number or, one, without. */
static void put__lists__elements(void **state)
{
    const struct kind_schema *schema = schema_of(KIND_SUPERVISION);

    (void)state;
    assert_int_equal(put("supervision",
                         "branch=CB1|level=direct|from_date=1/1/2024|holder_name=Đinh Văn "
                         "Mẫu|visit.1.date=5/2/2024|visit.1.type=monthly|"
                         "visit.2.date=5/3/2024|visit.2.type=thematic",
                         NULL),
                     ERR_OK);
    assert_int_equal(record_list_count(schema, content(KIND_SUPERVISION), 0), 2);
    assert_int_equal(put("supervision",
                         "branch=CB1|level=direct|from_date=1/1/2024|visit.date=5/4/2024|visit.type=monthly",
                         NULL),
                     ERR_OK);
    assert_int_equal(record_list_count(schema, content(KIND_SUPERVISION), 0), 3);
}

/* A warning wants a reason, as in a spreadsheet. */
static void put__warning__reason_answers(void **state)
{
    static const char member[] =
        "file_number=0512|card_number=123|name=Nguyễn Văn Đạt|birth_date=1/5/1980|sex=Nam|"
        "admission_date=3/2/2005|official_date=3/2/2006|branch.1.branch=CB1|"
        "branch.1.from=3/2/2005";

    (void)state;
    assert_int_equal(put("member", member, NULL), ERR_RULE);
    assert_non_null(strstr(fixture.error.text, "Card number: "));
    assert_int_equal(put("member", member, "đúng như thẻ"), ERR_OK);
    assert_true(fixture.result.is_warned);
}

#define RETURNING                                                 \
    "file_number=0512|card_number=01234567|name=Nguyễn Văn "   \
    "Đạt|birth_date=1/5/1980|sex=Nam|admission_date=3/2/2005|" \
    "official_date=3/2/2006|"
#define LEFT RETURNING "branch.1.branch=CB1|branch.1.from=3/2/2005|branch.1.to=1/6/2015"
#define BACK RETURNING "branch.1.branch=CB1|branch.1.from=1/3/2023"

/* A number goes with the person: who left and comes back is a new record, and the row means it from then on. */
static void put__back_after_gap__new_record(void **state)
{
    struct id left, back;

    (void)state;
    assert_int_equal(put("member", LEFT, NULL), ERR_OK);
    left = fixture.result.record;
    assert_int_equal(put("member", BACK, NULL), ERR_OK);
    assert_true(fixture.result.is_new);
    back = fixture.result.record;
    assert_false(id_equal(&back, &left));
    assert_int_equal(put("member", BACK, NULL), ERR_OK);
    assert_false(fixture.result.is_new || fixture.result.is_changed);
    assert_int_equal(put("member", "file_number=0512|occupation=", NULL), ERR_OK);
    assert_true(id_equal(&fixture.result.record, &back));
    assert_int_equal(put("member", LEFT, NULL), ERR_OK);
    assert_true(id_equal(&fixture.result.record, &left));
    assert_false(fixture.result.is_new || fixture.result.is_changed);
}

/* Other records name the one who is here by the number that both bear. */
static void put__number_of_two_records__the_one_here(void **state)
{
    struct id back;

    (void)state;
    assert_int_equal(put("member", LEFT, NULL), ERR_OK);
    assert_int_equal(put("member", BACK, NULL), ERR_OK);
    back = fixture.result.record;
    assert_int_equal(put("office", "branch=CB1|position=secretary|member=0512|from_date=1/6/2023", NULL),
                     ERR_OK);
    assert_memory_equal(field(KIND_OFFICE, "member").text.at, back.at, sizeof back.at);
}

/* Without a gap the record goes on. */
static void put__back_without_gap__old_record(void **state)
{
    struct id left;

    (void)state;
    assert_int_equal(put("member", LEFT, NULL), ERR_OK);
    left = fixture.result.record;
    assert_int_equal(put("member",
                         RETURNING "branch.1.branch=CB1|branch.1.from=3/2/2005|branch.1.to=1/6/2015|"
                                   "branch.2.branch=CB1|branch.2.from=1/6/2015",
                         NULL),
                     ERR_OK);
    assert_true(fixture.result.is_changed);
    assert_true(id_equal(&fixture.result.record, &left));
}

/* Who died does not come back, and the number stays taken. */
static void put__back_after_end__refused(void **state)
{
    (void)state;
    assert_int_equal(put("member", LEFT "|ended_date=1/6/2015|ended_reason=died", NULL), ERR_OK);
    assert_int_equal(put("member", "file_number=0512|branch.branch=CB1|branch.from=1/3/2023", NULL),
                     ERR_RULE);
    assert_int_equal(put("member",
                         "file_number=0999|card_number=01234567|name=Lê Văn Hai|birth_date=1/5/1990|sex=Nam|"
                         "admission_date=3/2/2016|official_date=3/2/2017|branch.1.branch=CB1|"
                         "branch.1.from=3/2/2016",
                         NULL),
                     ERR_RULE);
    assert_non_null(strstr(fixture.error.text, "Card number: "));
}

/* A name nobody knows, or twice, is a wrong command, not a lost value. */
static void put__unknown_name_or_twice__usage(void **state)
{
    (void)state;
    assert_int_equal(put("meeting", MEETING "|present=1|nonsense=2", NULL), ERR_USAGE);
    assert_non_null(strstr(fixture.error.text, "nonsense"));
    assert_int_equal(put("meeting", MEETING "|visit.1.date=2/2/2024", NULL), ERR_USAGE);
    assert_int_equal(put("meeting", MEETING "|present=1|present=2", NULL), ERR_USAGE);
    assert_int_equal(put("nonsense", MEETING, NULL), ERR_USAGE);
    assert_int_equal(put("meeting", "", NULL), ERR_RULE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(put__new__made, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(put__again__changed_then_same, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(put__wrong__each_value_told, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(put__lists__elements, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(put__warning__reason_answers, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(put__back_after_gap__new_record, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(put__number_of_two_records__the_one_here, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(put__back_without_gap__old_record, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(put__back_after_end__refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(put__unknown_name_or_twice__usage, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
