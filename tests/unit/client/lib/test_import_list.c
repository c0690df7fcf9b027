/* Files of one row per element: every row adds to a list of the record it means. Over a real store. */
#include "tests/lib/test.h"

#include <stdio.h>

#include "client/lib/import.h"
#include "common/wire/message.h"
#include "tests/lib/client_world.h"
#include "tests/lib/record_text.h"

enum { PATH_BYTES = FOLDER_PATH_BYTES + 32, FILE_BYTES_MAX = 1 << 16 };

struct fixture {
    struct client_world world;
    char path[PATH_BYTES];
    struct import_options options;
    struct import_result result;
    struct error error;
    struct id cell, member;
    char file[FILE_BYTES_MAX]; /* of read_file */
};

static struct fixture fixture;

static int fixture_open(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    client_world_open(&fixture.world);
    (void)snprintf(fixture.path, sizeof fixture.path, "%s/in.csv", fixture.world.folder);
    fixture.options = (struct import_options){.language = LANGUAGE_VI, .today = 19875 /* 2024-06-01 */};
    fixture.cell = client_put(&fixture.world, KIND_BRANCH, NULL,
                              client_branch(&fixture.world, "Chi bộ thôn Một", "CB1", NULL));
    fixture.member = client_put(&fixture.world, KIND_MEMBER, NULL,
                                client_member(&fixture.world, "Nguyễn Văn Đạt", "0512", &fixture.cell));
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    client_world_close(&fixture.world);
    return 0;
}

static const char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    fixture.file[fread(fixture.file, 1, sizeof fixture.file - 1, file)] = '\0';
    (void)fclose(file); /* only read */
    return fixture.file;
}

static enum err import(const char *text)
{
    FILE *file = fopen(fixture.path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    memset(&fixture.result, 0, sizeof fixture.result);
    return import_file(fixture.world.store, fixture.path, &fixture.options, &fixture.result, &fixture.error);
}

static void assert_import(const char *text, uint64_t new_records, uint64_t changed, uint64_t unchanged,
                          uint64_t failed)
{
    assert_int_equal(import(text), ERR_OK);
    if (fixture.result.failed > failed) {
        print_message("%s\n", read_file(fixture.result.error_file));
    }
    assert_int_equal(fixture.result.new_records, new_records);
    assert_int_equal(fixture.result.changed, changed);
    assert_int_equal(fixture.result.unchanged, unchanged);
    assert_int_equal(fixture.result.failed, failed);
}

static void *member(void)
{
    struct store_record stored = client_get(&fixture.world, KIND_MEMBER, &fixture.member);
    void *message = NULL;

    assert_int_equal(
        message_unpack(schema_of(KIND_MEMBER)->descriptor, stored.body, true, &fixture.world.arena, &message),
        ERR_OK);
    return message;
}

static size_t event_count(void)
{
    const struct kind_schema *schema = schema_of(KIND_MEMBER);

    return record_list_count(schema, member(), (size_t)schema_list_index(schema, "event"));
}

/* An item of an event as text; "" = not stated. Texts and codes only. */
static const char *event_text(size_t element, const char *name)
{
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    size_t list = (size_t)schema_list_index(schema, "event");

    for (size_t item = 0; item < schema->lists[list].item_count; item++) {
        if (strcmp(schema->lists[list].items[item].name, name) == 0) {
            struct value value = record_item(schema, member(), list, element, item);

            return value.is_stated ? arena_text(&fixture.world.arena, value.text) : "";
        }
    }
    fail_msg("no item %s", name);
    return "";
}

#define EVENTS \
    "Số lý lịch,Biến động,Hiệu lực từ ngày,Số quyết định,Ngày quyết định,Cấp quyết định,event_detail\n"
#define REPRIMAND "0512,Kỷ luật,03/02/2020,01-QĐ,01/02/2020,Huyện uỷ,Khiển trách\n"
#define WARNING "0512,Kỷ luật,05/06/2021,02-QĐ,01/06/2021,Huyện uỷ,Cảnh cáo\n"

/* Rows join one after the other; the list says so in the result; what the file does not name stays. */
static void import_list__events__joined(void **state)
{
    (void)state;
    assert_import(EVENTS REPRIMAND WARNING, 0, 2, 0, 0);
    assert_string_equal(fixture.result.kind, "member");
    assert_string_equal(fixture.result.list, "event");
    assert_string_equal(fixture.result.list_label, "Biến động");
    assert_int_equal(event_count(), 2);
    assert_string_equal(event_text(0, "decision_number"), "01-QĐ");
    assert_string_equal(event_text(1, "detail"), "warning");
}

/* The same file twice changes nothing, and a row that says less than the list has changes nothing either. */
static void import_list__same_again__unchanged(void **state)
{
    (void)state;
    assert_import(EVENTS REPRIMAND, 0, 1, 0, 0);
    assert_import(EVENTS REPRIMAND, 0, 0, 1, 0);
    assert_import(EVENTS "0512,Kỷ luật,03/02/2020,,,,\n", 0, 0, 1, 0);
    assert_import("Số lý lịch,Biến động,Hiệu lực từ ngày\n0512,disciplined,2020-02-03\n", 0, 0, 1, 0);
    assert_string_equal(event_text(0, "decision_number"), "01-QĐ");
}

/* What bears the same key is changed in its place; items without a column stay. */
static void import_list__same_key__replaced_in_place(void **state)
{
    (void)state;
    assert_import(EVENTS REPRIMAND WARNING, 0, 2, 0, 0);
    assert_import("Số lý lịch,Biến động,Hiệu lực từ ngày,Cấp quyết định\n"
                  "0512,Kỷ luật,03/02/2020,Tỉnh uỷ\n",
                  0, 1, 0, 0);
    assert_int_equal(event_count(), 2);
    assert_string_equal(event_text(0, "authority"), "Tỉnh uỷ");
    assert_string_equal(event_text(0, "decision_number"), "01-QĐ");
}

/* The name that says which member is meant is no new name. */
static void import_list__named_without_marks__name_stays(void **state)
{
    (void)state;
    assert_import(
        "Họ và tên,Ngày sinh,Chi bộ,Biến động,Hiệu lực từ ngày,Số quyết định,Ngày quyết định,Cấp quyết "
        "định,event_detail\n"
        "nguyen van dat,1/5/1970,CB1,Kỷ luật,03/02/2020,01-QĐ,01/02/2020,Huyện uỷ,Khiển trách\n",
        0, 1, 0, 0);
    struct value name = record_field(schema_of(KIND_MEMBER), member(),
                                     (size_t)schema_field_index(schema_of(KIND_MEMBER), "name"));

    assert_string_equal(arena_text(&fixture.world.arena, name.text), "Nguyễn Văn Đạt");
    assert_int_equal(event_count(), 1);
}

/* A member nobody knows is not made by an event; the mended error file adds as well. */
static void import_list__unknown_member__error_file_adds_too(void **state)
{
    static char mended[FILE_BYTES_MAX];

    (void)state;
    assert_import(EVENTS "0599,Kỷ luật,03/02/2020,01-QĐ,01/02/2020,Huyện uỷ,Khiển trách\n", 0, 0, 0, 1);
    const char *errors = read_file(fixture.result.error_file);
    const char *number = strstr(errors, "0599");

    assert_non_null(strstr(errors, "không tìm thấy bản ghi"));
    assert_non_null(number);
    (void)snprintf(mended, sizeof mended, "%.*s0512%s", (int)(number - errors), errors, number + 4);
    assert_import(mended, 0, 1, 0, 0);
    assert_string_equal(fixture.result.list, "event");
    assert_int_equal(event_count(), 1);
}

/* An event that lacks its date breaks the rule of required items, and its row fails alone, with the rule's id. */
static void import_list__key_not_stated__row_fails(void **state)
{
    (void)state;
    assert_import(EVENTS "0512,Kỷ luật,,01-QĐ,01/02/2020,Huyện uỷ,Khiển trách\n" WARNING, 0, 1, 0, 1);
    assert_non_null(strstr(read_file(fixture.result.error_file), "[record.required]"));
    assert_int_equal(event_count(), 1);
}

/* Where the identifying columns are all that a record needs, the first row makes it. */
static void import_list__key_is_whole_record__made(void **state)
{
    (void)state;
    (void)client_put(&fixture.world, KIND_BRANCH, NULL,
                     client_branch(&fixture.world, "Chi bộ thôn Hai", "CB2", NULL));
    assert_import(
        "Tổ chức cơ sở đảng,Năm,Kỳ đánh giá,Chi bộ,Tổng số đảng viên,Hoàn thành xuất sắc,Hoàn thành tốt,Hoàn "
        "thành,Không hoàn thành,Chưa đánh giá\n"
        "CB1,2022,Năm,CB1,10,1,8,1,0,0\n"
        "CB1,2022,Năm,CB2,5,0,4,1,0,0\n"
        "CB1,2022,Năm,CB1,10,1,8,1,0,0\n",
        1, 1, 1, 0);
    assert_string_equal(fixture.result.list, "cell");
}

/* Anything else in the file and it states records, as ever. */
static void import_list__other_columns__no_list(void **state)
{
    (void)state;
    assert_int_equal(import("Số lý lịch,Nghề nghiệp,Biến động,Hiệu lực từ ngày\n0512,,badge,03/02/2020\n"),
                     ERR_MALFORMED);
    assert_int_equal(import("Số lý lịch,Biến động 1,Hiệu lực từ ngày 1\n0512,badge,03/02/2020\n"),
                     ERR_MALFORMED);
    assert_int_equal(import("Biến động,Hiệu lực từ ngày\nbadge,03/02/2020\n"), ERR_MALFORMED);
    assert_int_equal(event_count(), 0);
}

/* Such a file never tells which records are missing. */
static void import_list__complete__refused(void **state)
{
    (void)state;
    fixture.options.is_complete = true;
    assert_int_equal(import(EVENTS REPRIMAND), ERR_USAGE);
    assert_non_null(strstr(fixture.error.text, "Biến động"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(import_list__events__joined, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import_list__same_again__unchanged, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import_list__same_key__replaced_in_place, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import_list__named_without_marks__name_stays, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import_list__unknown_member__error_file_adds_too, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import_list__key_not_stated__row_fails, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import_list__key_is_whole_record__made, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import_list__other_columns__no_list, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import_list__complete__refused, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
