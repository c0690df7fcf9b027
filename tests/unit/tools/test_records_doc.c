/* docs/records.md, docs/rules.md, docs/indicators.md and docs/privacy.md are what the tables and files say today. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOC_BYTES_MAX = 1 << 18 };

static char printed[DOC_BYTES_MAX];
static char kept[DOC_BYTES_MAX];

static size_t read_all(FILE *file, char *out)
{
    assert_non_null(file);
    size_t len = fread(out, 1, DOC_BYTES_MAX - 1, file);
    out[len] = '\0';
    assert_in_range(len, 1, DOC_BYTES_MAX - 2);
    return len;
}

static void assert_doc(const char *program, const char *name)
{
    char command[4096];
    char path[4096];
    (void)snprintf(command, sizeof(command), "'%s/%s' %s", getenv("DANTIN_BINARY_DIR"), program, name);
    (void)snprintf(path, sizeof(path), "%s/docs/%s.md", getenv("DANTIN_SOURCE_DIR"), name);
    FILE *pipe = popen(command, "r");
    (void)read_all(pipe, printed);
    assert_int_equal(pclose(pipe), 0);
    FILE *file = fopen(path, "r");
    (void)read_all(file, kept);
    (void)fclose(file);
    if (strcmp(printed, kept) != 0) {
        fail_msg("docs/%s.md is stale: run %s %s > docs/%s.md", name, program, name, name);
    }
}

/* A field, label or code that changed without the document would mislead whoever makes a spreadsheet. */
static void records_doc__records__as_committed(void **state)
{
    (void)state;
    assert_doc("records_doc", "records");
}

/* A rule's text and source are what an office is told; the document says the same. */
static void records_doc__rules__as_committed(void **state)
{
    (void)state;
    assert_doc("records_doc", "rules");
}

/* What a figure means is its definition; people read it here. */
static void indicators_doc__indicators__as_committed(void **state)
{
    (void)state;
    assert_doc("indicators_doc", "indicators");
}

/* What is kept of whom, and why, is told to those it is kept of. */
static void privacy_doc__privacy__as_committed(void **state)
{
    (void)state;
    assert_doc("privacy_doc", "privacy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_doc__records__as_committed),
        cmocka_unit_test(records_doc__rules__as_committed),
        cmocka_unit_test(indicators_doc__indicators__as_committed),
        cmocka_unit_test(privacy_doc__privacy__as_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
