/* The sample generator's spreadsheets through the import: each fault does what the generator wrote down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/lib/import.h"
#include "tests/lib/client_world.h"

enum { PATH_BYTES = 512, LINE_BYTES = 1024, TODAY = 20454 /* 01/01/2026 */ };

static struct {
    char folder[PATH_BYTES];
    struct store *store;
    struct import_options options;
} fixture;

static int fixture_open(void **state)
{
    (void)state;
    (void)snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/dantin-import-sample-XXXXXX");
    if (mkdtemp(fixture.folder) == NULL) {
        return -1;
    }
    fixture.options = (struct import_options){.language = LANGUAGE_EN, .today = TODAY};
    struct error error;
    struct import_result result;
    if (store_open(fixture.folder, &client_owner, true, &fixture.store, &error) != ERR_OK) {
        return -1;
    }
    return import_reference(fixture.store, RECORD_REFERENCE, &fixture.options, &result, &error) == ERR_OK
               ? 0
               : -1;
}

static int fixture_close(void **state)
{
    (void)state;
    store_close(fixture.store);
    DIR *directory = opendir(fixture.folder);
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        char path[PATH_BYTES * 2];
        (void)snprintf(path, sizeof(path), "%s/%s", fixture.folder, entry->d_name);
        (void)unlink(path); /* . and .. stay */
    }
    (void)closedir(directory);
    return rmdir(fixture.folder);
}

static void run_sample(const char *arguments)
{
    char command[PATH_BYTES * 4];
    (void)snprintf(command, sizeof(command), "'%s/sample' --out '%s' %s", getenv("DANTIN_BINARY_DIR"),
                   fixture.folder, arguments);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): the test's own program
}

static struct import_result import_with(const char *name, const struct import_options *options)
{
    char path[PATH_BYTES * 2];
    (void)snprintf(path, sizeof(path), "%s/%s", fixture.folder, name);
    struct import_result result = {0};
    struct error error = {0};
    if (import_file(fixture.store, path, options, &result, &error) != ERR_OK) {
        fail_msg("%s: %s", name, error.text);
    }
    return result;
}

static struct import_result import(const char *name)
{
    return import_with(name, &fixture.options);
}

/* What the province keeps, and the sender's own sheets refer to. */
static void import_province(void)
{
    struct import_options options = fixture.options;
    options.is_reference = true;
    assert_int_equal(import_with("province-localities.csv", &options).failed, 0);
    assert_int_equal(import_with("province-obligations.csv", &options).failed, 0);
}

/* Lines of a file, its headers not counted, that end in `, <expected>` (any when NULL). */
static uint64_t count_lines(const char *name, const char *expected)
{
    char path[PATH_BYTES * 2];
    (void)snprintf(path, sizeof(path), "%s/%s", fixture.folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[LINE_BYTES];
    uint64_t count = 0;
    assert_non_null(fgets(line, sizeof(line), file));
    while (fgets(line, sizeof(line), file) != NULL) {
        count += expected == NULL || strstr(line, expected) != NULL;
    }
    (void)fclose(file);
    return count;
}

/* A district's sheets as they come: every row is taken, none needs a reason, and a second time changes
 * nothing. */
static void import_file__sound_sample__every_row_taken(void **state)
{
    (void)state;
    run_sample("--members 3000");
    import_province();
    struct import_result branches = import("535-branches.csv");
    struct import_result members = import("535-members.csv");
    struct import_result former = import("535-former.csv");
    struct import_result again = import("535-members.csv");

    assert_int_equal(branches.new_records, count_lines("535-branches.csv", NULL));
    assert_int_equal(members.new_records, count_lines("535-members.csv", NULL));
    assert_int_equal(former.new_records, count_lines("535-former.csv", NULL));
    assert_int_equal(branches.failed + members.failed + former.failed, 0);
    assert_int_equal(branches.warned + members.warned + former.warned, 0);
    assert_int_equal(again.unchanged, members.new_records);
    assert_int_equal(again.changed, 0);
}

/* Every sheet of a pilot district and of an office that has no hamlets: all rows of all kinds are taken as old data, and a
 * second time change nothing. */
static void import_file__every_sheet__every_row_taken(void **state)
{
    (void)state;
    static const char *const sheets[] = {
        "branches",        "members",       "former",      "later",       "events",
        "offices",         "trainings",     "tasks",       "evaluations", "evaluation-cells",
        "meetings",        "supervisions",  "dialogues",   "inspections", "competitions",
        "plannings",       "private-units", "fulfilments", "elections",   "tallies",
        "congress-ballots"};
    struct import_options options = fixture.options;
    options.is_first_load = true;
    run_sample("--members 6000 --since 2024-07-01");
    import_province();
    for (size_t i = 0; i < 2 * sizeof(sheets) / sizeof(sheets[0]); i++) {
        char name[64];
        if (i % 2 == 1 && (strstr("elections tallies congress-ballots", sheets[i / 2]) != NULL)) {
            continue; /* of the pilot districts alone */
        }
        (void)snprintf(name, sizeof(name), "%s-%s.csv", i % 2 == 0 ? "535" : "CQDN", sheets[i / 2]);
        struct import_result result = import_with(name, &options);
        if (result.failed > 0 || (i % 2 == 0 && result.rows == 0)) {
            fail_msg("%s: %llu of %llu rows failed", name, (unsigned long long)result.failed,
                     (unsigned long long)result.rows);
        }
        struct import_result again = import_with(name, &options);
        assert_int_equal(again.unchanged, result.rows);
    }
}

/* The mistakes of offices: bad rows and only they go to the error file; NFD, lost zeros, semicolons and a
 * byte-order mark are repaired. A card number used twice may be refused here or by the province. */
static void import_file__sample_with_faults__bad_rows_only(void **state)
{
    (void)state;
    run_sample("--members 8000 --since 2024-10-01 --faults "
               "dates=2%,nfd=3%,cards=1%,codes=2%,zeros=3%,semicolon,bom,crlf");
    import_province();
    struct import_result branches = import("522-branches.csv");
    struct import_result members = import("522-members.csv");
    uint64_t rows = count_lines("522-members.csv", NULL);
    uint64_t bad = count_lines("522-members.csv.faults.csv", ",fails");
    uint64_t duplicates = count_lines("522-members.csv.faults.csv", ",duplicate");

    assert_int_equal(branches.failed, 0);
    assert_true(bad > 10 && duplicates > 3);
    assert_int_equal(members.rows, rows);
    assert_in_range(members.failed, bad, bad + duplicates);
    assert_int_equal(members.new_records + members.failed, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(import_file__sound_sample__every_row_taken, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import_file__every_sheet__every_row_taken, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(import_file__sample_with_faults__bad_rows_only, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
