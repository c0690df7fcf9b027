/* Import of files into a real store: what becomes records, what goes to the error file, what changes nothing.
 */
#include "tests/lib/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/csv_reader.h"
#include "client/lib/import.h"
#include "tests/lib/client_world.h"

enum { PATH_BYTES = 256, FILE_BYTES_MAX = 1 << 20 };

#define MEMBER_HEADER                                                                                                                      \
    "Số lý lịch,Số thẻ đảng viên,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Ngày chính thức,Chi bộ,Sinh " \
    "hoạt từ ngày\r\n"
#define MEMBER_A "001,00000001,Nguyễn Văn A,01/02/1980,Nam,03/02/2005,03/02/2006,CB1,03/02/2005\r\n"
#define MEMBER_B "002,00000002,Trần Thị B,11/12/1985,Nữ,19/05/2010,19/05/2011,CB2,19/05/2010\r\n"
#define BRANCHES                                                                                      \
    "Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp\n" \
    "CB1,Chi bộ thôn Một,Chi bộ trực thuộc,DB\n"                                           \
    "DB,Đảng bộ xã,Đảng bộ cơ sở,522\n"                                                 \
    "CB2,Chi bộ thôn Hai,Chi bộ trực thuộc,Đảng bộ xã\n"

struct fixture {
    char folder[PATH_BYTES];
    char path[2 * PATH_BYTES];
    struct store *store;
    struct import_options options;
    struct import_result result;
    struct error error;
    char file[FILE_BYTES_MAX]; /* of read_file */
};

static struct fixture fixture;

static void write_input(const char *text)
{
    FILE *file = fopen(fixture.path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static const char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t len;

    assert_non_null(file);
    len = fread(fixture.file, 1, sizeof fixture.file - 1, file);
    fixture.file[len] = '\0';
    (void)fclose(file); /* only read */
    return fixture.file;
}

static enum err import(const char *text)
{
    write_input(text);
    memset(&fixture.result, 0, sizeof fixture.result);
    return import_file(fixture.store, fixture.path, &fixture.options, &fixture.result, &fixture.error);
}

/* new, changed, unchanged, failed */
static void assert_counts(uint64_t new_records, uint64_t changed, uint64_t unchanged, uint64_t failed)
{
    if (fixture.result.failed > failed && fixture.result.error_file[0] != '\0') {
        print_message("%s\n", read_file(fixture.result.error_file));
    }
    assert_int_equal(fixture.result.new_records, new_records);
    assert_int_equal(fixture.result.changed, changed);
    assert_int_equal(fixture.result.unchanged, unchanged);
    assert_int_equal(fixture.result.failed, failed);
}

static void import_branches(void)
{
    assert_int_equal(import(BRANCHES), ERR_OK);
    assert_counts(3, 0, 0, 0);
}

static uint64_t open_changes(void)
{
    struct store_counts counts;

    assert_int_equal(store_counts(fixture.store, &counts), ERR_OK);
    return counts.open_changes;
}

static int fixture_open(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    (void)snprintf(fixture.folder, sizeof fixture.folder, "/tmp/dantin-import-XXXXXX");
    if (mkdtemp(fixture.folder) == NULL) {
        return -1;
    }
    (void)snprintf(fixture.path, sizeof fixture.path, "%s/in.csv", fixture.folder);
    fixture.options.language = LANGUAGE_EN;
    fixture.options.today = 19875; /* 2024-06-01 */
    if (store_open(fixture.folder, &client_owner, true, &fixture.store, &fixture.error) != ERR_OK) {
        return -1;
    }
    enum err err =
        import_reference(fixture.store, RECORD_REFERENCE, &fixture.options, &fixture.result, &fixture.error);
    if (err != ERR_OK) {
        print_message("%s\n", fixture.error.text);
        return -1;
    }
    return 0;
}

static int fixture_close(void **state)
{
    DIR *folder = opendir(fixture.folder);
    char path[2 * PATH_BYTES + 256];

    (void)state;
    store_close(fixture.store);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        (void)snprintf(path, sizeof path, "%s/%s", fixture.folder, entry->d_name);
        (void)unlink(path); /* . and .. stay */
    }
    (void)closedir(folder);
    return rmdir(fixture.folder);
}

/* Every client knows the reference data without a change of its own; the province's device makes them its
 * changes, once. */
static void import_reference__as_known_then_own__changes_once(void **state)
{
    uint64_t all = fixture.result.new_records;

    (void)state;
    assert_true(all > 300);
    assert_int_equal(open_changes(), 0);

    assert_int_equal(
        import_reference(fixture.store, RECORD_OWN, &fixture.options, &fixture.result, &fixture.error),
        ERR_OK);
    assert_int_equal(open_changes(), all);

    assert_int_equal(
        import_reference(fixture.store, RECORD_OWN, &fixture.options, &fixture.result, &fixture.error),
        ERR_OK);
    assert_int_equal(fixture.result.unchanged, all);
}

/* Children may stand before their parents; parents are named by code or by name. */
/* A sender refers to what the province keeps, and never submits it. */
static void import__reference_file__known_without_change(void **state)
{
    static const char hamlets[] = "Danh mục mã,Mã đơn vị,Tên địa phương,Loại đơn vị,Trực thuộc\n"
                                  "thon-mau,2101001,Thôn Một,Thôn,21010\n";
    (void)state;
    fixture.options.is_reference = true;
    assert_int_equal(import(hamlets), ERR_OK);
    assert_counts(1, 0, 0, 0);
    fixture.options.is_reference = false;
    assert_int_equal(open_changes(), 0);

    assert_int_equal(import("Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp,Địa bàn\n"
                            "CB1,Chi bộ thôn Một,Chi bộ cơ sở,522,2101001\n"),
                     ERR_OK);
    assert_counts(1, 0, 0, 0);
    assert_int_equal(open_changes(), 1);

    /* What is one's own stays as it is. */
    fixture.options.is_reference = true;
    assert_int_equal(import("Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp,Địa bàn\n"
                            "CB1,Chi bộ thôn Hai,Chi bộ cơ sở,522,2101001\n"),
                     ERR_OK);
    assert_counts(0, 0, 1, 0);
}

static void import__parents_after_children__all_found(void **state)
{
    (void)state;
    import_branches();
    assert_string_equal(fixture.result.kind, "branch");
    assert_int_equal(open_changes(), 3);
}

/* The first promise to the clerk: once is enough, and twice does no harm. */
static void import__same_file_twice__nothing_changes(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(import(MEMBER_HEADER MEMBER_A MEMBER_B), ERR_OK);
    assert_counts(2, 0, 0, 0);
    assert_int_equal(open_changes(), 5);

    assert_int_equal(import(MEMBER_HEADER MEMBER_A MEMBER_B), ERR_OK);
    assert_counts(0, 0, 2, 0);
    assert_int_equal(open_changes(), 5);
}

/* One changed cell is one change; absent rows and absent columns change nothing. */
static void import__changed_row__one_change(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(import(MEMBER_HEADER MEMBER_A MEMBER_B), ERR_OK);

    assert_int_equal(import("Số lý lịch,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Chi bộ\n"
                            "001,Nguyễn Văn Anh,01/02/1980,Nam,03/02/2005,CB1\n"),
                     ERR_OK);
    assert_counts(0, 1, 0, 0);

    assert_int_equal(
        import(MEMBER_HEADER
               "001,00000001,Nguyễn Văn Anh,01/02/1980,Nam,03/02/2005,03/02/2006,CB1,03/02/2005\n"),
        ERR_OK);
    assert_counts(0, 0, 1, 0);
}

/* Bad rows go to the error file with what is wrong, good rows go on; the mended file imports as it is. */
static void import__bad_rows__error_file_that_imports_when_mended(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(import(MEMBER_HEADER MEMBER_A
                            "002,00000002,Trần Thị B,31/02/1985,Nữ,19/05/2010,19/05/2011,CB2,19/05/2010\r\n"),
                     ERR_OK);
    assert_counts(1, 0, 0, 1);
    assert_non_null(strstr(fixture.result.error_file, "in.errors.csv"));
    const char *text = read_file(fixture.result.error_file);
    assert_memory_equal(text, "\xEF\xBB\xBF", 3);
    assert_non_null(strstr(text, "Sinh hoạt từ ngày,Error,Reason\r\n"));
    assert_non_null(strstr(text, "Birth date: \"\"31/02/1985\"\""));

    memcpy(strstr(fixture.file, "31/02"), "28/02", 5);
    assert_int_equal(import(fixture.file), ERR_OK);
    assert_counts(1, 0, 0, 0);
    assert_string_equal(fixture.result.error_file, "");
}

/* No command ever overwrites a file. */
static void import__error_file_exists__numbered_name(void **state)
{
    char first[IMPORT_PATH_BYTES_MAX];

    (void)state;
    import_branches();
    assert_int_equal(import(MEMBER_HEADER "1,1,x,y,z,1,1,CB1,1\n"), ERR_OK);
    (void)snprintf(first, sizeof first, "%s", fixture.result.error_file);
    assert_int_equal(import(MEMBER_HEADER "1,1,x,y,z,1,1,CB1,1\n"), ERR_OK);
    assert_string_not_equal(fixture.result.error_file, first);
    assert_int_equal(access(first, F_OK), 0);
    assert_non_null(strstr(fixture.result.error_file, "in.errors (2).csv"));
}

/* A warning wants a reason typed in its column; on a first load it asks for none. */
static void import__warning__reason_or_first_load(void **state)
{
    static const char row[] = "003,123,Lê C,01/02/1980,Nam,03/02/2005,03/02/2006,CB1,03/02/2005\n";
    char text[2048];

    (void)state;
    import_branches();
    (void)snprintf(text, sizeof text, "%s%s", MEMBER_HEADER, row);
    assert_int_equal(import(text), ERR_OK);
    assert_counts(0, 0, 0, 1);
    assert_non_null(strstr(read_file(fixture.result.error_file), "Reason"));

    assert_int_equal(import("Lý do giải trình,Số lý lịch,Số thẻ đảng viên,Họ và tên,Ngày sinh,Giới tính,Ngày "
                            "vào Đảng,Ngày chính "
                            "thức,Chi bộ\nthẻ cũ,003,123,Lê C,01/02/1980,Nam,03/02/2005,03/02/2006,CB1\n"),
                     ERR_OK);
    assert_counts(1, 0, 0, 0);
    assert_int_equal(fixture.result.warned, 1);

    fixture.options.is_first_load = true;
    assert_int_equal(
        import(MEMBER_HEADER "004,124,Lê D,01/02/1980,Nam,03/02/2005,03/02/2006,CB1,03/02/2005\n"), ERR_OK);
    assert_counts(1, 0, 0, 0);
}

/* A dry run writes the error file and nothing else. */
static void import__dry_run__store_untouched(void **state)
{
    (void)state;
    import_branches();
    fixture.options.is_dry_run = true;
    assert_int_equal(import(MEMBER_HEADER MEMBER_A "1,1,x,y,z,1,1,CB1,1\n"), ERR_OK);
    assert_counts(1, 0, 0, 1);
    assert_int_equal(access(fixture.result.error_file, F_OK), 0);
    assert_int_equal(open_changes(), 3);
}

static bool cancel(void *context, const char *what, uint64_t done, uint64_t total)
{
    (void)context;
    (void)what;
    return done < total;
}

/* A cancelled import leaves nothing half done. */
static void import__cancelled__store_untouched(void **state)
{
    (void)state;
    import_branches();
    fixture.options.on_progress = cancel;
    assert_int_equal(import(MEMBER_HEADER MEMBER_A MEMBER_B), ERR_CANCELLED);
    assert_int_equal(open_changes(), 3);
}

/* Two rows for one person: the second is the clerk's to decide, unless it says the same. */
static void import__same_record_twice__second_refused(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(
        import(MEMBER_HEADER MEMBER_A MEMBER_A
               "001,00000001,Nguyễn Văn Khác,01/02/1980,Nam,03/02/2005,03/02/2006,CB1,03/02/2005\n"),
        ERR_OK);
    assert_counts(1, 0, 1, 1);
    assert_non_null(strstr(read_file(fixture.result.error_file), "row 2"));
}

/* A cell that is too long fails its own row, in whichever column it stands: the good rows go on. */
static void import__cell_too_long__row_refused_others_taken(void **state)
{
    static char text[3 * CSV_CELL_BYTES_MAX];
    char *at = text;

    (void)state;
    import_branches();
    at += sprintf(at, "%s", "Ghi chú," MEMBER_HEADER "\"");
    memset(at, 'x', CSV_CELL_BYTES_MAX + 1);
    at += CSV_CELL_BYTES_MAX + 1;
    (void)sprintf(at, "%s", "\"," MEMBER_A "," MEMBER_B); /* fits */
    assert_int_equal(import(text), ERR_OK);
    assert_counts(1, 0, 0, 1);
    const char *errors = read_file(fixture.result.error_file);
    assert_non_null(strstr(errors, "Ghi chú: the cell is longer than 8 KiB"));
    assert_non_null(strstr(errors, "xxx…,"));
    assert_true(strlen(errors) < 3000);

    /* Made shorter there, that very file imports. */
    (void)snprintf(text, sizeof text, "%s", errors);
    at = strstr(text, "xxx…");
    memmove(at, at + strlen("xxx…"), strlen(at + strlen("xxx…")) + 1);
    assert_int_equal(import(text), ERR_OK);
    assert_counts(1, 0, 0, 0);
    memset(text, 'x', CSV_CELL_BYTES_MAX + 1);
    (void)sprintf(text + CSV_CELL_BYTES_MAX + 1, "%s", "," MEMBER_HEADER MEMBER_A); /* fits */
    assert_int_equal(import(text), ERR_MALFORMED);
    assert_non_null(strstr(fixture.error.text, "header row"));
}

/* A cell left with too few official members is named after the import, at the source and over all the store; nothing is refused for it. */
static void import__cells_below_minimum__named(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(fixture.result.cells_below_minimum, 0); /* no member is known yet */
    assert_string_equal(fixture.result.cells, "");
    assert_int_equal(import(MEMBER_HEADER MEMBER_A MEMBER_B), ERR_OK);
    assert_counts(2, 0, 0, 0);
    assert_int_equal(fixture.result.cells_below_minimum, 2);
    assert_string_equal(fixture.result.cells, "Chi bộ thôn Hai; Chi bộ thôn Một");

    fixture.options.is_dry_run = true;
    assert_int_equal(import(MEMBER_HEADER
                            "003,,Lê Văn C,01/02/1981,Nam,03/02/2005,03/02/2006,CB1,03/02/2005\r\n"
                            "004,,Lê Văn D,01/02/1982,Nam,03/02/2005,03/02/2006,CB1,03/02/2005\r\n"
                            "005,,Lê Văn E,01/02/1983,Nam,03/02/2024,,CB2,03/02/2024\r\n"),
                     ERR_OK);
    assert_counts(3, 0, 0, 0);
    assert_int_equal(fixture.result.cells_below_minimum, 1);
    assert_string_equal(fixture.result.cells, "Chi bộ thôn Hai");
}

/* Under 30 members a grassroots organisation is a cell, from 30 on a committee with cells under it: those in it, at whatever
 * level, are counted. */
static void import__grassroots_around_30__named(void **state)
{
    static char text[16384];
    static const char header[] =
        "Số lý lịch,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Chi bộ,Sinh hoạt từ ngày\n";
    size_t len = (size_t)sprintf(text, "%s", header);

    (void)state;
    import_branches();
    assert_int_equal(import("Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp\n"
                            "CS,Chi bộ trường,Chi bộ cơ sở,522\n"),
                     ERR_OK);
    for (int i = 0; i < 29 + 29; i++) {
        const char *cell = i >= 29 ? "CS" : i % 2 == 0 ? "CB1" : "CB2";
        len += (size_t)sprintf(text + len, "%03d,Lê Văn A,%02d/01/1981,Nam,03/02/2024,%s,03/02/2024\n", i,
                               i % 28 + 1, cell);
    }
    assert_int_equal(import(text), ERR_OK);
    assert_counts(58, 0, 0, 0);
    assert_int_equal(fixture.result.grassroots_below_30, 1);
    assert_string_equal(fixture.result.committees, "Đảng bộ xã");
    assert_int_equal(fixture.result.grassroots_from_30, 0);

    (void)sprintf(text,
                  "%s800,Lê Văn B,01/01/1981,Nam,03/02/2024,CB1,03/02/2024\n"
                  "801,Lê Văn C,01/01/1981,Nam,03/02/2024,CS,03/02/2024\n",
                  header);
    assert_int_equal(import(text), ERR_OK);
    assert_counts(2, 0, 0, 0);
    assert_int_equal(fixture.result.grassroots_below_30, 0);
    assert_int_equal(fixture.result.grassroots_from_30, 1);
    assert_string_equal(fixture.result.grassroots_cells, "Chi bộ trường");
}

/* However many they are, the names end in time. */
static void import__many_cells_below_minimum__list_cut(void **state)
{
    static char text[65536];
    size_t len =
        (size_t)sprintf(text, "%s", "Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp\n");

    (void)state;
    import_branches();
    assert_int_equal(import(MEMBER_HEADER MEMBER_A), ERR_OK);
    for (int i = 0; i < 100; i++) {
        len += (size_t)sprintf(text + len, "T%d,Chi bộ tổ dân phố số %d,Chi bộ trực thuộc,DB\n", i, i);
    }
    assert_int_equal(import(text), ERR_OK);
    assert_int_equal(fixture.result.cells_below_minimum, 102);
    size_t shown = strlen(fixture.result.cells);
    assert_in_range(shown, IMPORT_CELL_LIST_BYTES_MAX / 2, IMPORT_CELL_LIST_BYTES_MAX - 1);
    assert_string_equal(fixture.result.cells + shown - strlen("; …"), "; …");
}

/* A card number stands for one member; another file number with the same card is not that member. */
static void import__card_number_used__refused(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(import(MEMBER_HEADER MEMBER_A), ERR_OK);
    assert_int_equal(
        import(MEMBER_HEADER "009,00000001,Phạm E,05/05/1990,Nữ,19/05/2012,19/05/2013,CB1,19/05/2012\n"),
        ERR_OK);
    assert_counts(0, 0, 0, 1);
    assert_non_null(strstr(read_file(fixture.result.error_file), "Card number"));
}

/* Names of people are no keys by themselves: another file number is another person, another card number a
 * question. */
static void import__same_name_other_number__not_merged(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(import(MEMBER_HEADER MEMBER_A), ERR_OK);
    assert_int_equal(
        import(MEMBER_HEADER
               "005,00000005,Nguyễn Văn A,01/02/1980,Nam,03/02/2005,03/02/2006,CB1,03/02/2005\n"),
        ERR_OK);
    assert_counts(1, 0, 0, 0);
    assert_int_equal(
        import(MEMBER_HEADER ",00000006,Nguyễn Văn A,01/02/1980,Nam,03/02/2005,03/02/2006,CB1,03/02/2005\n"),
        ERR_OK);
    assert_counts(0, 0, 0, 1);
}

/* Bình Thanh and Bình Thạnh are two communes of one district; their names differ in a tone mark alone. */
static void import__branch_names_alike__told_apart_by_code(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(
        import("Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp\n"
               "X1,Đảng bộ xã Bình Thanh,Đảng bộ cơ sở,522\nX2,Đảng bộ xã Bình Thạnh,Đảng bộ cơ sở,522\n"),
        ERR_OK);
    assert_counts(2, 0, 0, 0);
}

/* A comma too many shifts a row: what it pushed beyond the header still stands in the error file, to be put back. */
static void import__cell_beyond_header__kept_in_error_file(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(
        import(MEMBER_HEADER "001,,Nguyễn Văn A,01/02/1980,Nam,03/02/2005,03/02/2006,CB1,,xa hơn\n"), ERR_OK);
    assert_counts(0, 0, 0, 1);
    assert_non_null(strstr(read_file(fixture.result.error_file), ",xa hơn\r\n"));
}

/* A later date with another cell is a move: the history stays. */
static void import__other_cell_later__move_keeps_history(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(import(MEMBER_HEADER MEMBER_A), ERR_OK);
    assert_int_equal(
        import(MEMBER_HEADER
               "001,00000001,Nguyễn Văn A,01/02/1980,Nam,03/02/2005,03/02/2006,CB2,01/01/2020\n"),
        ERR_OK);
    assert_counts(0, 1, 0, 0);
    assert_int_equal(
        import(MEMBER_HEADER
               "001,00000001,Nguyễn Văn A,01/02/1980,Nam,03/02/2005,03/02/2006,CB2,01/01/2020\n"),
        ERR_OK);
    assert_counts(0, 0, 1, 0);
}

/* What an event tells is written into the member by itself, and a row that says otherwise is told so. */
static void import__event__flat_dates_follow(void **state)
{
    static const char person[] = "001,Nguyễn Văn A,01/02/1980,Nam,03/02/2005,03/02/2006,CB1";
    static const char header[] =
        "Số lý lịch,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Ngày chính thức,Chi bộ";
    static const char event[] = "Biến động,Hiệu lực từ ngày,Số quyết định,Ngày quyết định,Cấp quyết định";
    char text[2048];

    (void)state;
    import_branches();
    (void)snprintf(text, sizeof text,
                   "%s,%s\n%s,\"Miễn công tác, sinh hoạt\",01/03/2024,5-QĐ,01/03/2024,Đảng uỷ\n", header,
                   event, person);
    assert_int_equal(import(text), ERR_OK);
    assert_counts(1, 0, 0, 0);

    (void)snprintf(text, sizeof text, "%s,Miễn sinh hoạt từ ngày\n%s,01/03/2024\n", header, person);
    assert_int_equal(import(text), ERR_OK);
    assert_counts(0, 0, 1, 0);

    (void)snprintf(text, sizeof text,
                   "%s,Sinh hoạt từ ngày,Miễn sinh hoạt từ ngày\n%s,03/02/2005,02/03/2024\n", header, person);
    assert_int_equal(import(text), ERR_OK);
    assert_counts(0, 0, 0, 1);
    assert_non_null(strstr(read_file(fixture.result.error_file), "Exempt from: A date or number"));
}

/* --complete lists what the file does not hold, and removes it only with a reason and without a failed row.
 */
static void import__complete__missing_listed_then_removed(void **state)
{
    (void)state;
    import_branches();
    assert_int_equal(import(MEMBER_HEADER MEMBER_A MEMBER_B), ERR_OK);
    fixture.options.is_complete = true;
    assert_int_equal(import(MEMBER_HEADER MEMBER_A), ERR_OK);
    assert_int_equal(fixture.result.missing, 1);
    assert_int_equal(fixture.result.removed, 0);
    assert_non_null(strstr(read_file(fixture.result.missing_file), "Trần Thị B"));

    fixture.options.complete_reason = " ";
    assert_int_equal(import(MEMBER_HEADER MEMBER_A), ERR_OK);
    assert_int_equal(fixture.result.missing, 1);
    assert_int_equal(fixture.result.removed, 0); /* a blank reason is none */

    fixture.options.complete_reason = "chuyển đi";
    assert_int_equal(import(MEMBER_HEADER MEMBER_A "1,1,x,y,z,1,1,CB1,1\n"), ERR_RULE);
    assert_int_equal(import(MEMBER_HEADER MEMBER_A), ERR_OK);
    assert_int_equal(fixture.result.removed, 1);
    assert_int_equal(import(MEMBER_HEADER MEMBER_A), ERR_OK);
    assert_int_equal(fixture.result.missing, 0);
}

/* A removal the province would refuse is not even sealed: what members or branches that stay still name, also in their
 * history, stays, and so does all that is above it. */
static void import__complete__what_is_used_not_removed(void **state)
{
    (void)state;
    static const char *const rows = "Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp\n"
                                    "CB2,Chi bộ thôn Hai,Chi bộ trực thuộc,522\n"
                                    "CB3,Chi bộ thôn Ba,Chi bộ trực thuộc,522\n";
    import_branches(); /* DB above CB1 and CB2 */
    assert_int_equal(import(rows), ERR_OK);
    assert_counts(1, 1, 0, 0); /* CB2 corrected: right below 522 */
    assert_int_equal(import(MEMBER_HEADER MEMBER_A), ERR_OK);
    assert_int_equal(import(MEMBER_HEADER
                            "001,00000001,Nguyễn Văn A,01/02/1980,Nam,03/02/2005,03/02/2006,CB2,"
                            "01/01/2020\r\n"),
                     ERR_OK);
    assert_counts(0, 1, 0, 0); /* CB1 is history */
    uint64_t changes = open_changes();
    fixture.options.is_complete = true;
    fixture.options.complete_reason = "sắp xếp lại";

    assert_int_equal(import("Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp\n"
                            "CB2,Chi bộ thôn Hai,Chi bộ trực thuộc,522\n"),
                     ERR_OK);

    assert_int_equal(fixture.result.missing, 3);
    assert_int_equal(fixture.result.still_used, 2); /* CB1, and DB above it */
    assert_int_equal(fixture.result.removed, 1);    /* CB3, never offered: gone without a trace */
    assert_int_equal(open_changes(), changes - 1);
    const char *listed = read_file(fixture.result.missing_file);
    const char *said = strstr(listed, "give it an end date instead");
    assert_non_null(said);
    assert_non_null(strstr(said + 1, "give it an end date instead"));
    assert_non_null(strstr(listed, "Chi bộ thôn Ba"));

    fixture.options.is_complete = false;
    assert_int_equal(import(MEMBER_HEADER MEMBER_B), ERR_OK);
    fixture.options.is_complete = true;
    assert_int_equal(import(MEMBER_HEADER MEMBER_B), ERR_OK);
    assert_int_equal(fixture.result.removed, 1); /* nothing refers to members */
    assert_int_equal(import("Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp\n"
                            "CB2,Chi bộ thôn Hai,Chi bộ trực thuộc,522\n"),
                     ERR_OK);
    assert_int_equal(fixture.result.removed, 2); /* the history went with the member */
    assert_int_equal(fixture.result.still_used, 0);
}

/* What cannot be read at all says what to do, and nothing changes. */
static void import__unreadable_files__sentence(void **state)
{
    (void)state;
    assert_int_equal(import("ten\nNguy\xD4n V\xA8n \xA7\xB9t, Tr\xC7n V\xA8n H\xAD\xEDng\n"), ERR_ENCODING);
    assert_non_null(strstr(fixture.error.text, "TCVN3"));
    assert_int_equal(import(""), ERR_MALFORMED);
    assert_int_equal(import("a,b\n1,2\n"), ERR_MALFORMED);
    assert_int_equal(import(MEMBER_HEADER "1,\"x\"y\n"), ERR_MALFORMED);
    assert_non_null(strstr(fixture.error.text, "line 2"));
    assert_int_equal(
        import_file(fixture.store, "/nonexistent.csv", &fixture.options, &fixture.result, &fixture.error),
        ERR_IO);
    assert_non_null(strstr(fixture.error.text, "/nonexistent.csv"));
    assert_int_equal(open_changes(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(import_reference__as_known_then_own__changes_once, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__reference_file__known_without_change, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__parents_after_children__all_found, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__same_file_twice__nothing_changes, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__changed_row__one_change, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import__bad_rows__error_file_that_imports_when_mended, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__error_file_exists__numbered_name, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__warning__reason_or_first_load, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import__dry_run__store_untouched, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import__cancelled__store_untouched, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import__same_record_twice__second_refused, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__cell_too_long__row_refused_others_taken, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__cells_below_minimum__named, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import__grassroots_around_30__named, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import__many_cells_below_minimum__list_cut, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__card_number_used__refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import__same_name_other_number__not_merged, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__branch_names_alike__told_apart_by_code, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__other_cell_later__move_keeps_history, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__event__flat_dates_follow, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(import__cell_beyond_header__kept_in_error_file, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__complete__what_is_used_not_removed, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__complete__missing_listed_then_removed, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import__unreadable_files__sentence, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
