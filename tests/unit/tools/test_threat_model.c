/* docs/threat-model.md names a test for every promise, and each of them is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1024, PATH_BYTES_MAX = 4096, LINES_MAX = 200, PROMISES_MIN = 30 };

/* How many tests the line names; fails when one is not there. */
static unsigned count_tests(const char *line, unsigned number)
{
    unsigned count = 0;
    for (const char *at = strstr(line, "`tests/"); at != NULL; at = strstr(at + 1, "`tests/")) {
        char path[PATH_BYTES_MAX];
        int len = (int)strcspn(at + 1, "`");
        (void)snprintf(path, sizeof path, "%s/%.*s", getenv("DANTIN_SOURCE_DIR"), len, at + 1);
        if (access(path, R_OK) != 0) {
            fail_msg("docs/threat-model.md:%u names %.*s, which is not there", number, len, at + 1);
        }
        count++;
    }
    return count;
}

/* A row of a promise starts with one of STRIDE. */
static bool is_promise(const char *line)
{
    return strncmp(line, "| ", 2) == 0 && strchr("STRIDE", line[2]) != NULL && line[2] != '\0' &&
           line[3] == ' ' && line[4] == '|';
}

/* A promise whose test was renamed or never written would be believed for no reason. */
static void threat_model__every_promise__names_tests_that_exist(void **state)
{
    char line[LINE_BYTES_MAX];
    char path[PATH_BYTES_MAX];
    unsigned number = 0;
    unsigned promises = 0;
    (void)state;
    (void)snprintf(path, sizeof path, "%s/docs/threat-model.md", getenv("DANTIN_SOURCE_DIR"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);

    while (fgets(line, sizeof line, file) != NULL) {
        number++;
        unsigned tests = count_tests(line, number);
        if (is_promise(line)) {
            promises++;
            if (tests == 0) {
                fail_msg("docs/threat-model.md:%u promises without a test", number);
            }
        }
    }

    (void)fclose(file);
    assert_in_range(number, 1, LINES_MAX);
    assert_true(promises >= PROMISES_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threat_model__every_promise__names_tests_that_exist)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
