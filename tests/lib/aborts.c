/* fork, act, look how it ended. */
#include "tests/lib/aborts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

bool aborts(void (*action)(void *context), void *context)
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        abort();
    }
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        if (nowhere >= 0) {
            (void)dup2(nowhere, STDERR_FILENO);
        }
        (void)signal(SIGABRT, SIG_DFL);
        action(context);
        _exit(0);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}
