/* Spawning with one pipe; complaints go to a file in memory, so that the program never waits for us to read them. */
#include "server/store/program_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PASSWORD_BYTES_MAX = 1024 };

enum err program_pipe_open(const char *const *argv, const char *password, bool is_input,
                           struct program_pipe *ret_pipe)
{
    char *environment[PROGRAM_ENVIRONMENT_MAX + 1];
    char setting[PASSWORD_BYTES_MAX];
    posix_spawn_file_actions_t actions;
    int ends[2] = {-1, -1};
    pid_t pid = 0;
    size_t count = 0;
    program_environment(environment);
    while (environment[count] != NULL) {
        count++;
    }
    if (password != NULL && password[0] != '\0') {
        int len = snprintf(setting, sizeof setting, "PGPASSWORD=%s", password);
        if (len < 0 || (size_t)len >= sizeof setting) {
            return ERR_IO;
        }
        environment[count++] = setting;
    }
    environment[count] = NULL;
    int errors_fd = memfd_create("dantin-errors", MFD_CLOEXEC);
    if (errors_fd < 0 || access(argv[0], X_OK) != 0 || pipe2(ends, O_CLOEXEC) != 0 ||
        posix_spawn_file_actions_init(&actions) != 0) {
        (void)close(errors_fd); /* nothing was written */
        return ERR_IO;
    }
    int theirs = is_input ? ends[0] : ends[1];
    int ours = is_input ? ends[1] : ends[0];
    bool is_started =
        posix_spawn_file_actions_addopen(&actions, is_input ? 1 : 0, "/dev/null", O_RDWR, 0) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, theirs, is_input ? 0 : 1) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, errors_fd, 2) == 0 &&
        posix_spawn(&pid, argv[0], &actions, NULL, (char *const *)(size_t)argv, environment) == 0;
    (void)posix_spawn_file_actions_destroy(&actions); /* cannot fail usefully */
    explicit_bzero(setting, sizeof setting);
    (void)close(theirs);
    if (!is_started) {
        (void)close(ours);
        (void)close(errors_fd);
        return ERR_IO;
    }
    *ret_pipe = (struct program_pipe){.pid = pid, .fd = ours, .errors_fd = errors_fd};
    return ERR_OK;
}

enum err program_pipe_close(struct program_pipe *pipe, char ret_output[PROGRAM_OUTPUT_BYTES_MAX])
{
    int status = 0;
    (void)close(pipe->fd); /* what was written is judged by the exit code */
    while (waitpid(pipe->pid, &status, 0) < 0 && errno == EINTR) {
    }
    off_t end = lseek(pipe->errors_fd, 0, SEEK_END);
    off_t start = end > PROGRAM_OUTPUT_BYTES_MAX - 1 ? end - (PROGRAM_OUTPUT_BYTES_MAX - 1) : 0;
    ssize_t len = pread(pipe->errors_fd, ret_output, PROGRAM_OUTPUT_BYTES_MAX - 1, start);
    ret_output[len > 0 ? len : 0] = '\0';
    (void)close(pipe->errors_fd);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ERR_OK : ERR_DATABASE;
}
