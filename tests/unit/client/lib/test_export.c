/* Files for people: what was refused comes out so that it can be mended, and what goes out can be read back. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <unistd.h>

#include "client/lib/export.h"
#include "client/lib/import.h"
#include "tests/lib/client_world.h"

enum { TODAY = 19875 /* 2024-06-01 */, FILE_BYTES_MAX = 1 << 16, PATH_BYTES = 2 * FOLDER_PATH_BYTES };

struct fixture {
    struct client_world world;
    struct id branch, member, other;
    struct error error;
    char path[PATH_BYTES]; /* wished for */
    char used[PATH_BYTES]; /* taken by the first file */
    size_t files;
    char file[FILE_BYTES_MAX];
    uint64_t rows;
};

static struct fixture fixture;

static void take_receipt(uint64_t position, uint64_t sequence, const struct client_verdict *verdicts,
                         size_t verdict_count)
{
    struct id epoch = client_id(1);
    struct outbox_outcome outcome;
    struct bytes body =
        client_receipt(&fixture.world, &epoch, position, sequence, verdicts, verdict_count, CLIENT_SOUND);

    assert_int_equal(outbox_on_receipt(fixture.world.store, body, fixture.world.receipt_verify, &outcome),
                     ERR_OK);
}

/* A branch and two members, sealed and on their way. */
static int fixture_open_sealed(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    client_world_open(&fixture.world);
    (void)snprintf(fixture.path, sizeof fixture.path, "%s/mend.csv", fixture.world.folder);
    fixture.branch = client_put(&fixture.world, KIND_BRANCH, NULL,
                                client_branch(&fixture.world, "Chi bộ Một", "CB1", NULL));
    fixture.member = client_put(&fixture.world, KIND_MEMBER, NULL,
                                client_member(&fixture.world, "Nguyễn Văn A", "001", &fixture.branch));
    fixture.other = client_put(&fixture.world, KIND_MEMBER, NULL,
                               client_member(&fixture.world, "Trần Thị B", "002", &fixture.branch));
    assert_int_equal(client_seal(&fixture.world).changes, 3);
    return 0;
}

/* The same; the first member refused, the second in conflict. */
static int fixture_open(void **state)
{
    const struct client_verdict verdicts[] = {
        {.index = 1, .code = VERDICT_REFUSED, .rule = "ingest.out_of_scope"},
        {.index = 2, .code = VERDICT_CONFLICT, .current = client_id(9)}};

    (void)fixture_open_sealed(state);
    take_receipt(5, 1, verdicts, 2);
    return 0;
}

/* All of it applied; then the first member removed, and the removal sealed. */
static int fixture_open_removal(void **state)
{
    (void)fixture_open_sealed(state);
    take_receipt(5, 1, NULL, 0);
    client_remove(&fixture.world, KIND_MEMBER, &fixture.member);
    assert_int_equal(client_seal(&fixture.world).changes, 1);
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
    size_t len;

    assert_non_null(file);
    len = fread(fixture.file, 1, sizeof fixture.file - 1, file);
    fixture.file[len] = '\0';
    (void)fclose(file); /* only read */
    return fixture.file;
}

static void on_file(void *context, const char *path, uint64_t rows)
{
    (void)context;
    fixture.rows += rows;
    if (fixture.files++ == 0) {
        (void)snprintf(fixture.used, sizeof fixture.used, "%s", path); /* paths of tests are short */
    }
}

static void refuse_to_file(void)
{
    fixture.rows = fixture.files = 0;
    fixture.used[0] = '\0';
    assert_int_equal(
        export_refused(fixture.world.store, fixture.path, LANGUAGE_EN, on_file, NULL, &fixture.error),
        ERR_OK);
}

static struct import_result import_it(const char *path)
{
    struct import_options options = {.language = LANGUAGE_EN, .today = TODAY, .is_first_load = true};
    struct import_result result = {0};

    if (import_file(fixture.world.store, path, &options, &result, &fixture.error) != ERR_OK) {
        fail_msg("%s", fixture.error.text);
    }
    if (result.failed > 0) {
        fail_msg("%s", read_file(result.error_file));
    }
    return result;
}

static struct store_counts counts(void)
{
    struct store_counts result;

    assert_int_equal(store_counts(fixture.world.store, &result), ERR_OK);
    return result;
}

/* The clerk sees each change that was not applied, with its reason, and nothing else. */
static void export_refused__refused_and_conflict__rows_with_reasons(void **state)
{
    (void)state;
    refuse_to_file();

    assert_int_equal(fixture.rows, 2);
    assert_string_equal(fixture.used, fixture.path);
    const char *text = read_file(fixture.used);
    assert_non_null(strstr(text, "Nguyễn Văn A"));
    assert_non_null(strstr(text, "outside the sender's scope"));
    assert_non_null(strstr(text, "another version"));
    assert_non_null(strstr(text, "CB1"));
    assert_non_null(strstr(text, "Record id,Error,Reason"));
    assert_null(strstr(text, "Chi bộ Một,CB1"));
}

/* Imported again, even word by word, they become changes on the current version; a file without the error column does not. */
static void export_refused__imported__changes_on_the_current_version(void **state)
{
    char plain[PATH_BYTES];
    uint64_t rows = 0;

    (void)state;
    (void)snprintf(plain, sizeof plain, "%s/members.csv", fixture.world.folder);
    assert_int_equal(export_kind(fixture.world.store, "member", plain, LANGUAGE_EN, plain, sizeof plain,
                                 &rows, &fixture.error),
                     ERR_OK);
    assert_int_equal(import_it(plain).unchanged, 2);
    assert_int_equal(counts().open_changes, 0);

    refuse_to_file();
    struct import_result result = import_it(fixture.used);

    assert_int_equal(result.changed, 2);
    assert_int_equal(counts().open_changes, 2);
    assert_int_equal(counts().refused_open, 0);
    assert_int_equal(counts().conflicts_open, 0);
    struct store_record record = client_get(&fixture.world, KIND_MEMBER, &fixture.other);
    struct id current = client_id(9);
    assert_true(id_equal(&record.base, &current));
}

/* What the clerk needs to decide a conflict stands beside it: each value of the province that differs, no other. */
static void export_refused__conflict_with_current__differences_told(void **state)
{
    void *theirs = client_member(&fixture.world, "Trần Thị Bích", "002", &fixture.branch);
    const struct client_verdict verdict = {.index = 2,
                                           .code = VERDICT_CONFLICT,
                                           .current = client_id(9),
                                           .current_body = client_packed(&fixture.world, theirs)};

    (void)state;
    take_receipt(5, 1, &verdict, 1);
    refuse_to_file();

    const char *text = read_file(fixture.used);
    assert_non_null(strstr(text, "Full name = \"\"Trần Thị Bích\"\""));
    assert_non_null(strstr(text, ",Trần Thị B,")); /* the row stays the clerk's own */
    assert_null(strstr(text, "File number ="));
    assert_int_equal(import_it(fixture.used).changed, 1);
    assert_int_equal(counts().conflicts_open, 0);
}

/* Every file is named, not the first alone. */
static void export_refused__two_kinds__both_files_told(void **state)
{
    (void)state;
    (void)client_put(&fixture.world, KIND_BRANCH, &fixture.branch,
                     client_branch(&fixture.world, "Chi bộ Hai", "CB1", NULL));
    assert_int_equal(client_seal(&fixture.world).changes, 1);
    const struct client_verdict verdict = {
        .index = 0, .code = VERDICT_REFUSED, .rule = "ingest.out_of_scope"};
    take_receipt(6, 2, &verdict, 1);
    refuse_to_file();

    assert_int_equal(fixture.files, 2);
    assert_int_equal(fixture.rows, 3);
}

/* A refused removal can be acted on: its row keeps the record, the complete file offers the removal again. */
static void export_refused__removal_refused__kept_or_offered_again(void **state)
{
    const struct client_verdict verdict = {
        .index = 0, .code = VERDICT_REFUSED, .rule = "ingest.out_of_scope"};
    struct import_options complete = {.language = LANGUAGE_EN,
                                      .today = TODAY,
                                      .is_first_load = true,
                                      .is_complete = true,
                                      .complete_reason = "ghi nhầm"};
    struct import_result result = {0};
    char path[PATH_BYTES];
    uint64_t rows = 0;

    (void)state;
    (void)snprintf(path, sizeof path, "%s/all.csv", fixture.world.folder);
    assert_int_equal(export_kind(fixture.world.store, "member", path, LANGUAGE_EN, path, sizeof path, &rows,
                                 &fixture.error),
                     ERR_OK);
    assert_int_equal(rows, 1);
    take_receipt(6, 2, &verdict, 1);
    assert_int_equal(counts().refused_open, 1);
    refuse_to_file();
    assert_int_equal(fixture.rows, 1);
    const char *text = read_file(fixture.used);
    assert_non_null(strstr(text, ",Nguyễn Văn A,"));
    assert_non_null(strstr(text, "outside the sender's scope"));
    assert_non_null(strstr(text, "importing it keeps the record"));

    assert_int_equal(import_it(fixture.used).changed, 1);

    assert_int_equal(counts().refused_open, 0);
    assert_int_equal(counts().open_changes, 1);
    assert_non_null(client_get(&fixture.world, KIND_MEMBER, &fixture.member).body.at);
    assert_int_equal(import_file(fixture.world.store, path, &complete, &result, &fixture.error), ERR_OK);
    assert_int_equal(result.removed, 1);
    assert_int_equal(client_seal(&fixture.world).changes, 1);
    assert_null(client_get(&fixture.world, KIND_MEMBER, &fixture.member).body.at);
    take_receipt(7, 3, NULL, 0);
    assert_int_equal(counts().refused_open, 0);
}

/* A removal in conflict shows what somebody else made of the record meanwhile. */
static void export_refused__removal_in_conflict__current_row(void **state)
{
    void *theirs = client_member(&fixture.world, "Nguyễn Văn An", "001", &fixture.branch);
    const struct client_verdict verdict = {.index = 0,
                                           .code = VERDICT_CONFLICT,
                                           .current = client_id(9),
                                           .current_body = client_packed(&fixture.world, theirs)};

    (void)state;
    take_receipt(6, 2, &verdict, 1);
    assert_int_equal(counts().conflicts_open, 1);
    refuse_to_file();
    const char *text = read_file(fixture.used);
    assert_non_null(strstr(text, ",Nguyễn Văn An,"));
    assert_non_null(strstr(text, "after you removed it"));

    assert_int_equal(import_it(fixture.used).changed, 1);

    assert_int_equal(counts().conflicts_open, 0);
    struct id current = client_id(9);
    struct store_record record = client_get(&fixture.world, KIND_MEMBER, &fixture.member);
    assert_true(id_equal(&record.base, &current));
}

/* A record that stands at the province by another's hand alone, removed here without looking: what it holds there is what was told of it. */
static void export_refused__removal_after_conflict__what_was_told(void **state)
{
    void *theirs = client_member(&fixture.world, "Trần Thị Bích", "002", &fixture.branch);
    const struct client_verdict conflict = {.index = 2,
                                            .code = VERDICT_CONFLICT,
                                            .current = client_id(9),
                                            .current_body = client_packed(&fixture.world, theirs)};
    const struct client_verdict refusal = {
        .index = 0, .code = VERDICT_REFUSED, .rule = "ingest.out_of_scope"};

    (void)state;
    take_receipt(5, 1, &conflict, 1);
    client_remove(&fixture.world, KIND_MEMBER, &fixture.other);
    assert_int_equal(client_seal(&fixture.world).changes, 1);
    take_receipt(6, 2, &refusal, 1);
    refuse_to_file();

    assert_int_equal(fixture.rows, 1);
    assert_non_null(strstr(read_file(fixture.used), ",Trần Thị Bích,"));
    assert_int_equal(import_it(fixture.used).changed, 1);
}

/* Nothing to mend: no file, an empty name. */
static void export_refused__nothing__no_file(void **state)
{
    (void)state;
    refuse_to_file();
    (void)import_it(fixture.used);
    assert_int_equal(unlink(fixture.used), 0);
    refuse_to_file();

    assert_int_equal(fixture.rows, 0);
    assert_string_equal(fixture.used, "");
    assert_int_not_equal(access(fixture.path, F_OK), 0);
}

/* A name that a spreadsheet would run as a formula goes out with a mark and comes back without. */
static void export_kind__formula__marked_and_read_back(void **state)
{
    char path[PATH_BYTES];
    uint64_t rows = 0;

    (void)state;
    (void)client_put(&fixture.world, KIND_MEMBER, NULL,
                     client_member(&fixture.world, "=HYPERLINK(1)", "003", &fixture.branch));
    (void)snprintf(path, sizeof path, "%s/out.csv", fixture.world.folder);
    assert_int_equal(export_kind(fixture.world.store, "member", path, LANGUAGE_VI, path, sizeof path, &rows,
                                 &fixture.error),
                     ERR_OK);

    assert_int_equal(rows, 3);
    assert_non_null(strstr(read_file(path), ",'=HYPERLINK(1),"));
    assert_int_equal(import_it(path).unchanged, 3);
}

/* What cannot be done is said in one sentence. */
static void export_kind__unknown_kind_or_folder__said(void **state)
{
    uint64_t rows = 0;

    (void)state;
    assert_int_equal(export_kind(fixture.world.store, "nonsense", fixture.path, LANGUAGE_EN, fixture.used,
                                 sizeof fixture.used, &rows, &fixture.error),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(fixture.error.text, "nonsense"));
    assert_int_equal(export_kind(fixture.world.store, "member", "/nonexistent/x.csv", LANGUAGE_EN,
                                 fixture.used, sizeof fixture.used, &rows, &fixture.error),
                     ERR_IO);
    assert_non_null(strstr(fixture.error.text, "/nonexistent/x.csv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(export_refused__refused_and_conflict__rows_with_reasons, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(export_refused__imported__changes_on_the_current_version,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(export_refused__conflict_with_current__differences_told,
                                        fixture_open_sealed, fixture_close),
        cmocka_unit_test_setup_teardown(export_refused__two_kinds__both_files_told, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(export_refused__removal_refused__kept_or_offered_again,
                                        fixture_open_removal, fixture_close),
        cmocka_unit_test_setup_teardown(export_refused__removal_in_conflict__current_row,
                                        fixture_open_removal, fixture_close),
        cmocka_unit_test_setup_teardown(export_refused__removal_after_conflict__what_was_told,
                                        fixture_open_sealed, fixture_close),
        cmocka_unit_test_setup_teardown(export_refused__nothing__no_file, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(export_kind__formula__marked_and_read_back, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(export_kind__unknown_kind_or_folder__said, fixture_open,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
