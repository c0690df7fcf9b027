/* PostgreSQL's programs: finding and running them. */
#include "server/store/program.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *const usual_places[] = {"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
                                           "/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"};

static void consider(const char *bin, unsigned major_min, unsigned major, struct programs *best);
static void ask_pg_config(char ret_bin[PROGRAM_PATH_BYTES_MAX]);
static enum err spawn_with_pipe(const char *const *argv, pid_t *ret_pid, int *ret_fd);
static void read_tail(int fd, char *output);

enum err programs_find(const char *bin, unsigned major_min, unsigned major, enum language language,
                       struct programs *ret_programs, struct error *ret_error)
{
    struct programs best = {.version = 0};
    if (bin != NULL && bin[0] != 0) {
        consider(bin, major_min, major, &best);
    } else {
        glob_t found = {0};
        int flags = 0;
        for (size_t i = 0; i < sizeof usual_places / sizeof usual_places[0]; i++) {
            (void)glob(usual_places[i], flags, NULL, &found); /* nothing there is no error */
            flags = GLOB_APPEND;
        }
        for (size_t i = 0; i < found.gl_pathc && i < PROGRAM_CANDIDATES_MAX; i++) {
            consider(found.gl_pathv[i], major_min, major, &best);
        }
        globfree(&found);
        char told[PROGRAM_PATH_BYTES_MAX];
        ask_pg_config(told);
        consider(told, major_min, major, &best);
    }
    if (best.version == 0) {
        unsigned wanted = major != 0 ? major : major_min;
        return error_set(
            ret_error, ERR_NOT_FOUND,
            language == LANGUAGE_VI
                ? "không tìm thấy PostgreSQL %u; hãy cài gói postgresql-%u hoặc đặt postgres_bin ="
                : "PostgreSQL %u was not found; install the package postgresql-%u or set postgres_bin =",
            wanted, wanted);
    }
    *ret_programs = best;
    return ERR_OK;
}

unsigned program_version_parse(const char *text)
{
    const char *at = strstr(text, "(PostgreSQL) ");
    unsigned major;
    unsigned minor = 0;
    if (at == NULL || sscanf(at, "(PostgreSQL) %u.%u", &major, &minor) < 1 || major > 1000 || minor > 9999) {
        return 0;
    }
    return major * 10000 + minor;
}

enum err program_run(const char *const *argv, char ret_output[PROGRAM_OUTPUT_BYTES_MAX])
{
    pid_t pid;
    int fd;
    int status;
    ret_output[0] = 0;
    enum err err = spawn_with_pipe(argv, &pid, &fd);
    if (err != ERR_OK) {
        return err;
    }

    read_tail(fd, ret_output);

    (void)close(fd); /* only read from */
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return ERR_IO;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ERR_OK : ERR_DATABASE;
}

void program_environment(char *ret_environment[PROGRAM_ENVIRONMENT_MAX])
{
    static const char *const kept[] = {"PATH=", "HOME=", "TZ=", "TMPDIR="};
    size_t count = 0;
    ret_environment[count++] = (char *)"LC_ALL=C";
    /* PostgreSQL's processes live long and take a few MiB for every group of submissions. Giving them back to
     * the system after each group, as the C library would, costs page faults in the next: a seventh of the
     * CPU of ingest, measured. */
    ret_environment[count++] = (char *)"MALLOC_MMAP_THRESHOLD_=33554432";
    ret_environment[count++] = (char *)"MALLOC_TRIM_THRESHOLD_=33554432";
    for (char **at = environ; *at != NULL; at++) {
        for (size_t i = 0; i < sizeof kept / sizeof kept[0] && count + 1 < PROGRAM_ENVIRONMENT_MAX; i++) {
            if (strncmp(*at, kept[i], strlen(kept[i])) == 0) {
                ret_environment[count++] = *at;
            }
        }
    }
    ret_environment[count] = NULL;
}

/* Keep `bin` when it holds a postgres that fits and is newer than the best so far. */
static void consider(const char *bin, unsigned major_min, unsigned major, struct programs *best)
{
    char path[PROGRAM_PATH_BYTES_MAX + 16];
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    if (bin[0] == 0 || strlen(bin) >= PROGRAM_PATH_BYTES_MAX) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s/initdb", bin);
    bool has_initdb = access(path, X_OK) == 0;
    (void)snprintf(path, sizeof path, "%s/postgres", bin);
    const char *argv[] = {path, "--version", NULL};
    if (!has_initdb || access(path, X_OK) != 0 || program_run(argv, output) != ERR_OK) {
        return;
    }
    unsigned version = program_version_parse(output);
    bool fits = version / 10000 >= major_min && (major == 0 || version / 10000 == major);
    if (fits && version > best->version) {
        best->version = version;
        memcpy(best->bin, bin, strlen(bin) + 1);
    }
}

/* The folder pg_config names, "" when there is no pg_config. */
static void ask_pg_config(char ret_bin[PROGRAM_PATH_BYTES_MAX])
{
    static const char *const places[] = {"/usr/bin/pg_config", "/usr/local/bin/pg_config"};
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    ret_bin[0] = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const char *argv[] = {places[i], "--bindir", NULL};
        if (access(places[i], X_OK) == 0 && program_run(argv, output) == ERR_OK) {
            output[strcspn(output, "\n")] = 0;
            (void)snprintf(ret_bin, PROGRAM_PATH_BYTES_MAX, "%.*s", PROGRAM_PATH_BYTES_MAX - 1, output);
            return;
        }
    }
}

static enum err spawn_with_pipe(const char *const *argv, pid_t *ret_pid, int *ret_fd)
{
    int ends[2];
    char *environment[PROGRAM_ENVIRONMENT_MAX];
    posix_spawn_file_actions_t actions;
    program_environment(environment);
    /* Asked before, since not every system lets posix_spawn say that the program is not there. */
    if (access(argv[0], X_OK) != 0 || pipe2(ends, O_CLOEXEC) != 0) {
        return ERR_IO;
    }
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed == 0) {
        failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) != 0 ||
                 posix_spawn_file_actions_adddup2(&actions, ends[1], 1) != 0 ||
                 posix_spawn_file_actions_adddup2(&actions, ends[1], 2) != 0 ||
                 posix_spawn(ret_pid, argv[0], &actions, NULL, (char *const *)(size_t)argv, environment) != 0;
        (void)posix_spawn_file_actions_destroy(&actions); /* cannot fail usefully */
    }
    (void)close(ends[1]);
    if (failed) {
        (void)close(ends[0]);
        return ERR_IO;
    }
    *ret_fd = ends[0];
    return ERR_OK;
}

/* Read to the end, keeping the last bytes only. */
static void read_tail(int fd, char *output)
{
    size_t len = 0;
    char block[1024];
    for (;;) {
        ssize_t got = read(fd, block, sizeof block);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        size_t more = (size_t)got;
        size_t room = PROGRAM_OUTPUT_BYTES_MAX - 1 - len;
        if (more > room) {
            size_t drop = more - room;
            memmove(output, output + drop, len - drop);
            len -= drop;
        }
        memcpy(output + len, block, more);
        len += more;
    }
    output[len] = 0;
}
