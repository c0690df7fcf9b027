/* docs/examples: a file for every kind, and for lists files of one row per element, that import without a fault. */
#include "tests/lib/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/lib/export.h"
#include "client/lib/import.h"
#include "tests/lib/client_world.h"
#include "tests/lib/folder.h"

enum { PATH_BYTES = 4096, NAME_BYTES = 256, LIST_FILES_MAX = 64, TODAY = 20088 /* 2024-12-31 */ };

struct fixture {
    char folder[FOLDER_PATH_BYTES];
    struct store *store;
    struct import_options options;
    struct import_result result;
    struct error error;
};

static struct fixture fixture;

static int fixture_open(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    folder_new(fixture.folder);
    fixture.options = (struct import_options){.language = LANGUAGE_VI, .today = TODAY};
    if (store_open(fixture.folder, &client_owner, true, &fixture.store, &fixture.error) != ERR_OK) {
        return -1;
    }
    return import_reference(fixture.store, RECORD_REFERENCE, &fixture.options, &fixture.result,
                            &fixture.error) == ERR_OK
               ? 0
               : -1;
}

static int fixture_close(void **state)
{
    (void)state;
    store_close(fixture.store);
    folder_remove(fixture.folder);
    return 0;
}

/* Copies the example into the test's folder, where an error file may lie beside it, and imports it. */
static void import_example(const char *name)
{
    static char content[1 << 20];
    char path[PATH_BYTES];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/docs/examples/%s", getenv("DANTIN_SOURCE_DIR"), name);
    file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("docs/examples/%s is missing: every kind needs an example (docs/import.md)", name);
    }
    size_t len = fread(content, 1, sizeof content, file);

    (void)fclose(file); /* only read */
    (void)snprintf(path, sizeof path, "%s/%s", fixture.folder, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    memset(&fixture.result, 0, sizeof fixture.result);
    if (import_file(fixture.store, path, &fixture.options, &fixture.result, &fixture.error) != ERR_OK) {
        fail_msg("docs/examples/%s: %s", name, fixture.error.text);
    }
    if (fixture.result.failed > 0) {
        file = fopen(fixture.result.error_file, "rb");
        assert_non_null(file);
        content[fread(content, 1, sizeof content - 1, file)] = '\0';
        (void)fclose(file); /* only read */
        fail_msg("docs/examples/%s:\n%s", name, content);
    }
    assert_true(fixture.result.rows > 0);
    assert_string_equal(fixture.result.unknown_columns, "");
    assert_int_equal(fixture.result.warned, 0);
}

static void import_all_kinds(void)
{
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) { /* what others refer to comes first */
        char name[NAME_BYTES];

        (void)snprintf(name, sizeof name, "%s.csv", schema_of(kind)->name);
        import_example(name);
        assert_string_equal(fixture.result.kind, schema_of(kind)->name);
        assert_string_equal(fixture.result.list, "");
    }
}

/* The example files import as they are, in the order of the kinds, recognised by their headers; a kind without an example
 * fails here. Imported again they change nothing: each row is found by its match key. */
static void examples__every_kind__imported_and_found_again(void **state)
{
    (void)state;
    import_all_kinds();
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        char name[NAME_BYTES];

        (void)snprintf(name, sizeof name, "%s.csv", schema_of(kind)->name);
        import_example(name);
        assert_int_equal(fixture.result.unchanged, fixture.result.rows);
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Files named kind.list.csv add to the list of that name. */
static void examples__lists__added(void **state)
{
    static char names[LIST_FILES_MAX][NAME_BYTES];
    char path[PATH_BYTES];
    size_t count = 0;

    (void)state;
    (void)snprintf(path, sizeof path, "%s/docs/examples", getenv("DANTIN_SOURCE_DIR"));
    DIR *folder = opendir(path);

    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const char *dot = strchr(entry->d_name, '.');

        if (dot != NULL && dot > entry->d_name && strcmp(dot, ".csv") != 0) {
            assert_true(count < LIST_FILES_MAX);
            (void)snprintf(names[count++], sizeof names[0], "%s", entry->d_name);
        }
    }
    (void)closedir(folder);
    qsort(names, count, sizeof names[0], compare_names);
    import_all_kinds();
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        char expected[NAME_BYTES];

        import_example(names[i]);
        (void)snprintf(expected, sizeof expected, "%s.%s.csv", fixture.result.kind, fixture.result.list);
        assert_string_equal(names[i], expected);
    }
}

/* Where records of one store are compared with another's. */
struct comparison {
    struct store *other;
    struct arena arena;
    size_t count;
};

static bool assert_same_there(void *context, const struct store_record *record)
{
    struct comparison *comparison = context;
    struct store_record there = {0};

    arena_clear(&comparison->arena);
    assert_int_equal(
        store_record_get(comparison->other, record->kind, &record->record, &comparison->arena, &there),
        ERR_OK);
    assert_true(bytes_equal(record->body, there.body));
    comparison->count++;
    return true;
}

/* Exports every kind in the language to `folder`. */
static void export_all(enum language language, const char *folder)
{
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        char path[PATH_BYTES];
        char used[PATH_BYTES];
        uint64_t rows = 0;

        (void)snprintf(path, sizeof path, "%s/%s.csv", folder, schema_of(kind)->name);
        assert_int_equal(export_kind(fixture.store, schema_of(kind)->name, path, language, used, sizeof used,
                                     &rows, &fixture.error),
                         ERR_OK);
        assert_string_equal(used, path);
    }
}

/* Imports the exports of `folder` into a store that holds the reference data. */
static void import_exports(struct store *store, const char *folder, bool is_new)
{
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        char path[PATH_BYTES];
        struct import_result result = {0};

        (void)snprintf(path, sizeof path, "%s/%s.csv", folder, schema_of(kind)->name);
        assert_int_equal(import_file(store, path, &fixture.options, &result, &fixture.error), ERR_OK);
        assert_int_equal(result.failed, 0);
        assert_true(result.rows > 0);
        assert_int_equal(result.unchanged + (is_new ? result.new_records : 0), result.rows);
    }
}

/* What export writes of every kind, references among them, changes nothing where it came from and makes the same records
 * elsewhere. */
static void examples__exported__the_same_everywhere(void **state)
{
    (void)state;
    import_all_kinds();
    for (int language = LANGUAGE_VI; language <= LANGUAGE_EN; language++) {
        char folder[FOLDER_PATH_BYTES];
        struct comparison comparison = {0};
        struct import_result result;

        folder_new(folder);
        export_all((enum language)language, folder);
        import_exports(fixture.store, folder, false);
        assert_int_equal(store_open(folder, &client_owner, true, &comparison.other, &fixture.error), ERR_OK);
        assert_int_equal(
            import_reference(comparison.other, RECORD_REFERENCE, &fixture.options, &result, &fixture.error),
            ERR_OK);
        import_exports(comparison.other, folder, true);
        arena_init(&comparison.arena, 1 << 20);
        for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
            assert_int_equal(store_record_each(fixture.store, kind, assert_same_there, &comparison), ERR_OK);
        }
        assert_true(comparison.count > KIND_MAX);
        arena_release(&comparison.arena);
        store_close(comparison.other);
        folder_remove(folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(examples__every_kind__imported_and_found_again, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(examples__lists__added, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(examples__exported__the_same_everywhere, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
