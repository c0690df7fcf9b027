/* A program that holds keys leaves no core file and lets nobody look into it. */
#include "common/base/process.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/test.h"

/* In a child, so that this program stays as it is. */
static void process_keep_private__asked_back__neither_core_nor_debugger(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {.rlim_cur = 1, .rlim_max = 1};
        process_keep_private();
        bool is_private = getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0 &&
                          prctl(PR_GET_DUMPABLE, 0UL, 0, 0, 0) == 0;
        _exit(is_private ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_keep_private__asked_back__neither_core_nor_debugger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
