/* docs/records.md and docs/rules.md are what the tables say today. */
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

static void assert_doc(const char *name)
{
    char command[4096];
    char path[4096];
    (void)snprintf(command, sizeof(command), "'%s/records_doc' %s", getenv("DANTIN_BINARY_DIR"), name);
    (void)snprintf(path, sizeof(path), "%s/docs/%s.md", getenv("DANTIN_SOURCE_DIR"), name);
    FILE *pipe = popen(command, "r");
    (void)read_all(pipe, printed);
    assert_int_equal(pclose(pipe), 0);
    FILE *file = fopen(path, "r");
    (void)read_all(file, kept);
    (void)fclose(file);
    if (strcmp(printed, kept) != 0) {
        fail_msg("docs/%s.md is stale: run records_doc %s > docs/%s.md", name, name, name);
    }
}

/* A field, label or code that changed without the document would mislead whoever makes a spreadsheet. */
static void records_doc__records__as_committed(void **state)
{
    (void)state;
    assert_doc("records");
}

/* A rule's text and source are what an office is told; the document says the same. */
static void records_doc__rules__as_committed(void **state)
{
    (void)state;
    assert_doc("rules");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_doc__records__as_committed),
        cmocka_unit_test(records_doc__rules__as_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
