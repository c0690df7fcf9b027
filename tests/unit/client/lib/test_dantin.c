/* The public interface on a home of its own, without a server. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <unistd.h>

#include "client/include/dantin.h"
#include "client/lib/platform.h"
#include "common/base/error.h"
#include "tests/lib/folder.h"

enum { CHECKS_MAX = 16 };

#define BRANCHES                                                                                      \
    "Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp\n" \
    "CB1,Chi bộ thôn Một,Chi bộ trực thuộc,522\n"                                          \
    "CB2,Chi bộ thôn Hai,Chi bộ trực thuộc,522\n"
#define MEMBERS                                                                                                                      \
    "Số lý lịch,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Ngày chính thức,Chi bộ,Sinh hoạt từ ngày\n" \
    "001,Nguyễn Văn Đạt,01/02/1980,Nam,03/02/2005,03/02/2006,CB1,03/02/2005\n"                                                 \
    "002,Trần Thị Bé,11/12/1985,Nữ,19/05/2010,19/05/2011,CB1,19/05/2010\n"                                                    \
    "003,Đinh Văn Ước,11/12/1986,Nam,19/05/2010,19/05/2011,CB1,19/05/2010\n"

static char base[FOLDER_PATH_BYTES];
static char home[PLATFORM_PATH_BYTES_MAX];
static struct dantin *dantin;

#define PASSPHRASE "mật khẩu dùng để thử"

static struct dantin_init_result made;

static struct dantin_options options_of(const char *folder)
{
    return (struct dantin_options){.home = folder, .language = DANTIN_EN, .passphrase = PASSPHRASE};
}

static int init(const char *folder, const char *server)
{
    struct dantin_options options = options_of(folder);
    struct dantin_init_request request = {.server = server, .cost = DANTIN_KEY_FOR_TESTS};
    return dantin_init(&options, &request, &made);
}

static int open_home(const char *folder, struct dantin **ret_dantin)
{
    struct dantin_options options = options_of(folder);
    return dantin_open(&options, ret_dantin);
}

static int setup(void **state)
{
    (void)state;
    folder_new(base);
    (void)snprintf(home, sizeof home, "%s/deep/home", base);
    assert_int_equal(init(home, "127.0.0.1:1"), 0);
    assert_int_equal(open_home(home, &dantin), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dantin_close(dantin);
    dantin = NULL;
    folder_remove(base);
    return 0;
}

static void import(const char *text)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    struct dantin_import_options options = {.is_first_load = true};
    struct dantin_import_result result;
    (void)snprintf(path, sizeof path, "%s/in.csv", base);
    assert_int_equal(platform_file_replace(path, bytes_of_text(text), true), ERR_OK);
    assert_int_equal(dantin_import_file(dantin, path, &options, &result), 0);
    assert_int_equal(result.failed, 0);
}

/* A clerk with a damaged store reads what to do, in a sentence, not what the database library thinks of a file. */
static void dantin_open__damaged_store__says_what_to_do(void **state)
{
    (void)state;
    char path[PLATFORM_PATH_BYTES_MAX];
    struct dantin *damaged = NULL;
    assert_int_equal(platform_path_join(home, "store.db", path, sizeof path), ERR_OK);
    assert_int_equal(
        platform_file_replace(path, bytes_of_text("this is no database, whatever its name says"), true),
        ERR_OK);

    assert_int_equal(open_home(home, &damaged), ERR_STORE);

    assert_non_null(strstr(dantin_error_text(NULL), "The store is damaged"));
    assert_non_null(strstr(dantin_error_text(NULL), "store.db"));
    assert_non_null(strstr(dantin_error_text(NULL), "administrator"));
    assert_null(damaged);
}

/* A set-up home is complete, and a second set-up changes nothing: neither key nor store. */
static void dantin_init__twice__exists(void **state)
{
    (void)state;
    static const char *const names[] = {"store.db", "persons/main/device.key", "persons/main/recovery.key",
                                        "persons/main/device.csr", "dantin.ini"};
    char path[PLATFORM_PATH_BYTES_MAX];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(platform_path_join(home, names[i], path, sizeof path), ERR_OK);
        assert_true(platform_file_exists(path));
    }

    assert_int_equal(init(home, "127.0.0.1:1"), ERR_EXISTS);

    assert_non_null(strstr(dantin_error_text(NULL), "already set up"));
}

/* A set-up that was cut before its end is taken up with the same key. */
static void dantin_init__cut_short__goes_on_with_the_same_device(void **state)
{
    (void)state;
    struct dantin_status before;
    struct dantin_status after;
    char path[PLATFORM_PATH_BYTES_MAX];
    assert_int_equal(dantin_status(dantin, &before), 0);
    assert_int_equal(platform_path_join(home, "dantin.ini", path, sizeof path), ERR_OK);
    assert_int_equal(unlink(path), 0);

    assert_int_equal(init(home, "127.0.0.1:1"), 0);

    assert_int_equal(dantin_status(dantin, &after), 0);
    assert_string_equal(before.device, after.device);
    assert_non_null(strstr(made.csr_path, "device (2).csr"));
}

/* Says a wrong passphrase twice, then the right one. */
static bool tell_third(void *context, const char *person, unsigned tries, char *out, size_t out_bytes)
{
    unsigned *asked = context;
    assert_string_equal(person, "main");
    assert_int_equal(tries, *asked);
    *asked += 1;
    (void)snprintf(out, out_bytes, "%s", tries == 2 ? PASSPHRASE : "something else");
    return true;
}

/* The passphrase is given or asked for; without it nothing opens, and the sentence says which of the two went wrong. */
static void dantin_open__passphrase__given_asked_or_refused(void **state)
{
    (void)state;
    struct dantin *other = NULL;
    unsigned asked = 0;
    struct dantin_options options = {.home = home, .language = DANTIN_EN};
    assert_int_equal(dantin_open(&options, &other), ERR_PASSPHRASE);
    assert_non_null(strstr(dantin_error_text(NULL), "--passphrase-file"));
    options.passphrase = "something else";
    assert_int_equal(dantin_open(&options, &other), ERR_PASSPHRASE);
    assert_non_null(strstr(dantin_error_text(NULL), "dantin recover"));
    options.passphrase = NULL;
    options.on_passphrase = tell_third;
    options.context = &asked;

    assert_int_equal(dantin_open(&options, &other), 0);

    assert_int_equal(asked, 3);
    dantin_close(other);
    options.person = "lan";
    assert_int_equal(dantin_open(&options, &other), ERR_NOT_FOUND);
    assert_non_null(strstr(dantin_error_text(NULL), "lan"));
}

/* The code told at the start sets another passphrase; a newer code takes its place. */
static void dantin_recover__code__new_passphrase(void **state)
{
    (void)state;
    struct dantin *other = NULL;
    char code[DANTIN_RECOVERY_CODE_BYTES];
    struct dantin_options options = options_of(home);
    assert_int_equal(dantin_recover(&options, made.recovery_code, "short", DANTIN_KEY_FOR_TESTS), ERR_USAGE);
    assert_int_equal(dantin_recover(&options, "no code", "một câu hoàn toàn khác", DANTIN_KEY_FOR_TESTS),
                     ERR_MALFORMED);

    assert_int_equal(
        dantin_recover(&options, made.recovery_code, "một câu hoàn toàn khác", DANTIN_KEY_FOR_TESTS), 0);

    assert_int_equal(dantin_open(&options, &other), ERR_PASSPHRASE);
    options.passphrase = "một câu hoàn toàn khác";
    assert_int_equal(dantin_open(&options, &other), 0);
    assert_int_equal(dantin_set_recovery_code(other, DANTIN_KEY_FOR_TESTS, code), 0);
    dantin_close(other);
    assert_int_equal(dantin_recover(&options, made.recovery_code, PASSPHRASE, DANTIN_KEY_FOR_TESTS),
                     ERR_PASSPHRASE);
    assert_int_equal(dantin_recover(&options, code, PASSPHRASE, DANTIN_KEY_FOR_TESTS), 0);
}

/* A passphrase is changed by who knows it, also on a handle that is open. */
static void dantin_set_passphrase__wrong_old_one__refused(void **state)
{
    (void)state;
    struct dantin *other = NULL;
    assert_int_equal(
        dantin_set_passphrase(dantin, "something else", "một câu hoàn toàn khác", DANTIN_KEY_FOR_TESTS),
        ERR_PASSPHRASE);
    assert_int_equal(dantin_set_passphrase(dantin, PASSPHRASE, "ngắn", DANTIN_KEY_FOR_TESTS), ERR_USAGE);
    assert_int_equal(open_home(home, &other), 0);
    dantin_close(other);

    assert_int_equal(
        dantin_set_passphrase(dantin, PASSPHRASE, "một câu hoàn toàn khác", DANTIN_KEY_FOR_TESTS), 0);

    assert_int_equal(open_home(home, &other), ERR_PASSPHRASE);
}

/* What cannot be an address is refused before anything is made. */
static void dantin_init__bad_server__usage_and_nothing_made(void **state)
{
    (void)state;
    char other[PLATFORM_PATH_BYTES_MAX];
    (void)snprintf(other, sizeof other, "%s/other", base);
    static const char *const servers[] = {"", "host:port", "host\nserver = evil:1", "a;b:7443"};
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        assert_int_equal(init(other, servers[i]), ERR_USAGE);
        assert_false(platform_file_exists(other));
    }
}

/* No home: the sentence says what to do. */
static void dantin_open__no_home__not_found(void **state)
{
    (void)state;
    struct dantin *other = NULL;

    assert_int_equal(open_home(base, &other), ERR_NOT_FOUND);

    assert_null(other);
    assert_non_null(strstr(dantin_error_text(NULL), "dantin init"));
}

/* Status counts what is there: reference data are known, and make no work. */
static void dantin_status__import_and_seal__counts_follow(void **state)
{
    (void)state;
    struct dantin_status status;
    uint64_t submissions = 0;
    uint64_t changes = 0;
    assert_int_equal(dantin_status(dantin, &status), 0);
    assert_true(status.records > 0);
    assert_int_equal(status.open_changes, 0);
    assert_false(status.is_enrolled);
    assert_string_equal(status.server, "127.0.0.1:1");
    assert_int_equal(strlen(status.device), 64);

    import(BRANCHES);
    import(MEMBERS);
    assert_int_equal(dantin_status(dantin, &status), 0);
    assert_int_equal(status.open_changes, 5);
    assert_int_equal(status.cells_below_minimum, 1); /* CB2 is empty, CB1 has three */
    assert_int_equal(dantin_seal(dantin, &submissions, &changes), 0);
    assert_int_equal(submissions, 1);
    assert_int_equal(changes, 5);
    assert_int_equal(dantin_status(dantin, &status), 0);

    assert_int_equal(status.open_changes, 0);
    assert_int_equal(status.sealed_waiting, 1);
    assert_int_equal(status.receipts, 0);
}

static bool keep_hit(void *context, const struct dantin_search_hit *hit)
{
    char *text = context;
    (void)snprintf(text, 256, "%s|%s|%s|%s|%s|%s|%s", hit->kind, hit->name, hit->branch_name,
                   hit->file_number, hit->birth_date, hit->card_number, hit->code);
    return false;
}

/* Found without tone marks, with the cell's name; an empty question is refused. */
static void dantin_search__without_marks__member_with_cell(void **state)
{
    (void)state;
    char text[256] = "";
    import(BRANCHES);
    import(MEMBERS);

    assert_int_equal(dantin_search(dantin, "dinh uoc", 10, keep_hit, text), 0);

    assert_string_equal(text, "member|Đinh Văn Ước|Chi bộ thôn Một|003|11/12/1986||");
    assert_int_equal(dantin_search(dantin, "chi bo thon hai", 10, keep_hit, text), 0);
    assert_string_equal(
        text, "branch|Chi bộ thôn Hai|Đảng bộ thành phố Quảng Ngãi||||CB2"); /* a code is no card number */
    assert_int_equal(dantin_search(dantin, " - ", 10, keep_hit, text), ERR_USAGE);
}

/* Without a certificate nothing is sent, and the sentence says what to do. */
static void dantin_submit__not_enrolled__unauthorised(void **state)
{
    (void)state;
    struct dantin_submit_result result;

    assert_int_equal(dantin_submit(dantin, 1000, &result), ERR_UNAUTHORISED);

    assert_non_null(strstr(dantin_error_text(dantin), "device.csr"));
    assert_int_equal(result.submissions, 0);
}

/* A file that is no certificate is refused with its name. */
static void dantin_install_certificate__not_pem__config(void **state)
{
    (void)state;
    char path[PLATFORM_PATH_BYTES_MAX];
    assert_int_equal(platform_path_join(base, "x.crt", path, sizeof path), ERR_OK);
    assert_int_equal(platform_file_replace(path, bytes_of_text("x"), true), ERR_OK);

    assert_int_equal(dantin_install_certificate(dantin, path, path), ERR_CONFIG);
    assert_non_null(strstr(dantin_error_text(dantin), "x.crt"));
    assert_int_equal(dantin_install_certificate(dantin, "/nowhere/a", "/nowhere/b"), ERR_NOT_FOUND);
}

struct checks {
    char names[CHECKS_MAX][32];
    bool is_ok[CHECKS_MAX];
    size_t count;
};

static bool note_check(void *context, const char *name, bool is_ok, const char *sentence)
{
    struct checks *checks = context;
    assert_true(strlen(sentence) > 0);
    (void)snprintf(checks->names[checks->count], sizeof checks->names[0], "%s", name);
    checks->is_ok[checks->count++] = is_ok;
    return true;
}

/* The doctor looks at everything, goes on after a failure, and returns the first one. */
static void dantin_doctor__not_enrolled__says_what_is_wrong(void **state)
{
    (void)state;
    struct checks checks = {0};
    struct checks weak = {0};
    assert_int_equal(dantin_doctor(dantin, note_check, &weak), ERR_CONFIG); /* a key for tests */
    assert_false(weak.is_ok[1]);
    assert_int_equal(dantin_set_passphrase(dantin, PASSPHRASE, PASSPHRASE, DANTIN_KEY_STRONG), 0);

    assert_int_equal(dantin_doctor(dantin, note_check, &checks), ERR_UNAUTHORISED);

    assert_int_equal(checks.count, 5);
    assert_string_equal(checks.names[0], "store");
    assert_true(checks.is_ok[0]);
    assert_string_equal(checks.names[1], "key");
    assert_true(checks.is_ok[1]);
    assert_string_equal(checks.names[2], "certificate");
    assert_false(checks.is_ok[2]);
    assert_string_equal(checks.names[4], "server");
    assert_false(checks.is_ok[4]);
}

static bool never_row(void *context, const char *const *cells, size_t cell_count)
{
    (void)context, (void)cells, (void)cell_count;
    fail_msg("no row was expected");
    return false;
}

static bool never_head(void *context, const struct dantin_report_head *head)
{
    (void)context, (void)head;
    fail_msg("no answer was expected");
    return false;
}

/* What the clerk typed wrong is told before the server is asked. */
static void dantin_report__wrong_words__told(void **state)
{
    (void)state;
    static const struct {
        struct dantin_report_request request;
        enum err expected;
        const char *word;
    } cases[] = {
        {{.indicator = "member_ratio", .unit = "không có"}, ERR_NOT_FOUND, "không có"},
        {{.indicator = "member_ratio", .date = "31/02/2020"}, ERR_USAGE, "31/02/2020"},
        {{.indicator = "member_ratio", .position = "12x"}, ERR_USAGE, "12x"},
        {{.indicator = "member_ratio", .unit = "522", .date = "1/1/2020", .position = "head"},
         ERR_UNAUTHORISED,
         "device.csr"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(dantin_report(dantin, &cases[i].request, never_head, never_row, NULL),
                         cases[i].expected);
        assert_non_null(strstr(dantin_error_text(dantin), cases[i].word));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dantin_open__damaged_store__says_what_to_do, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_init__twice__exists, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_init__cut_short__goes_on_with_the_same_device, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(dantin_init__bad_server__usage_and_nothing_made, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_open__passphrase__given_asked_or_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_recover__code__new_passphrase, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_set_passphrase__wrong_old_one__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_open__no_home__not_found, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_status__import_and_seal__counts_follow, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_search__without_marks__member_with_cell, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_submit__not_enrolled__unauthorised, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_install_certificate__not_pem__config, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_doctor__not_enrolled__says_what_is_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_report__wrong_words__told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
