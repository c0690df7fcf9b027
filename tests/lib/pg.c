#include "tests/lib/pg.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/test.h"

enum {
    FOLDER_BYTES = 64,
    CONNINFO_BYTES = 192,
    ROLES_MAX = 8,
    ANSWER_BYTES = 65536,
    START_TRIES_MAX = 1000, /* of TRY_MS each */
    TRY_MS = 10,
    ARGUMENTS_MAX = 64,
};

struct pg {
    char folder[FOLDER_BYTES];
    int guardian;
    int lifeline; /* our end of a pipe: the guardian acts when it closes */
    char conninfos[ROLES_MAX][CONNINFO_BYTES];
    char roles[ROLES_MAX][32];
    PGconn *superuser;
    char answer[ANSWER_BYTES];
};

static const char *ask(struct pg *pg, PGconn *connection, const char *sql);
static void drop_privileges(void);
static int run(const char *const *arguments);
static void guard(struct pg *pg, const struct pg_options *options, int lifeline, int report);
static void exec_postgres(const struct pg *pg, const struct pg_options *options);
static void make_cluster(const struct pg *pg);
static void apply_migrations(struct pg *pg);
static void wait_until_up(struct pg *pg);
static const char *binary(const char *name);

struct pg *pg_start(const struct pg_options *options)
{
    int lifeline[2];
    int report[2];
    char is_made = 0;
    struct pg *pg = calloc(1, sizeof *pg);
    assert_non_null(pg);
    (void)snprintf(pg->folder, sizeof pg->folder, "/tmp/dantin-pg-XXXXXX");
    assert_non_null(mkdtemp(pg->folder));
    assert_int_equal(pipe2(lifeline, O_CLOEXEC), 0);
    assert_int_equal(pipe2(report, O_CLOEXEC), 0);
    if (geteuid() == 0) {
        const struct passwd *user = getpwnam("postgres");
        user = user != NULL ? user : getpwnam("dantin");
        assert_non_null(user);
        assert_int_equal(chown(pg->folder, user->pw_uid, user->pw_gid), 0);
    }
    pg->guardian = fork();
    assert_true(pg->guardian >= 0);
    if (pg->guardian == 0) {
        (void)close(lifeline[1]);
        (void)close(report[0]);
        guard(pg, options, lifeline[0], report[1]);
    }
    (void)close(lifeline[0]);
    (void)close(report[1]);
    pg->lifeline = lifeline[1];
    if (read(report[0], &is_made, 1) != 1) {
        fail_msg("initdb failed in %s", pg->folder);
    }
    (void)close(report[0]);
    wait_until_up(pg);
    if (!options->is_empty) {
        apply_migrations(pg);
    }
    return pg;
}

void pg_stop(struct pg *pg)
{
    if (pg == NULL) {
        return;
    }
    PQfinish(pg->superuser);
    (void)close(pg->lifeline);
    int status;
    assert_int_equal(waitpid(pg->guardian, &status, 0), pg->guardian);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    free(pg);
}

const char *pg_conninfo(struct pg *pg, const char *role)
{
    int i = 0;
    while (pg->roles[i][0] != '\0' && strcmp(pg->roles[i], role) != 0) {
        i++;
        assert_true(i < ROLES_MAX);
    }
    (void)snprintf(pg->roles[i], sizeof pg->roles[i], "%s", role);
    char conninfo[CONNINFO_BYTES];
    (void)snprintf(conninfo, sizeof conninfo, "host=%s user=%s dbname=dantin", pg->folder, role);
    memcpy(pg->conninfos[i], conninfo, sizeof conninfo);
    return pg->conninfos[i];
}

const char *pg_ask(struct pg *pg, const char *sql)
{
    if (pg->superuser == NULL) {
        pg->superuser = PQconnectdb(pg_conninfo(pg, "postgres"));
    }
    return ask(pg, pg->superuser, sql);
}

const char *pg_ask_as(struct pg *pg, const char *role, const char *sql)
{
    PGconn *connection = PQconnectdb(pg_conninfo(pg, role));
    const char *answer = ask(pg, connection, sql);
    PQfinish(connection);
    return answer;
}

const char *pg_try(struct pg *pg, const char *role, const char *sql)
{
    PGconn *connection = PQconnectdb(pg_conninfo(pg, role));
    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    PGresult *result = PQexec(connection, sql);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    (void)snprintf(pg->answer, sizeof pg->answer, "%s", sqlstate == NULL ? "00000" : sqlstate);
    PQclear(result);
    PQfinish(connection);
    return pg->answer;
}

int pg_postmaster(const struct pg *pg)
{
    char path[FOLDER_BYTES + 32];
    int pid = 0;
    (void)snprintf(path, sizeof path, "%s/data/postmaster.pid", pg->folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &pid), 1);
    (void)fclose(file);
    return pid;
}

long pg_cpu_us(int pid)
{
    char path[64];
    char line[1024];
    unsigned long user_ticks = 0;
    unsigned long system_ticks = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    const char *after_name = strrchr(line, ')');
    assert_non_null(after_name);
    assert_int_equal(sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                            &user_ticks, &system_ticks),
                     2);
    return (long)((user_ticks + system_ticks) * (1000000UL / (unsigned long)sysconf(_SC_CLK_TCK)));
}

static const char *ask(struct pg *pg, PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(connection));
    }
    (void)snprintf(pg->answer, sizeof pg->answer, "%s",
                   PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return pg->answer;
}

/* The guardian: makes the cluster, runs it, waits for the lifeline to close, stops it, deletes it. Never
 * returns. */
static void guard(struct pg *pg, const struct pg_options *options, int lifeline, int report)
{
    (void)setsid(); /* a Ctrl-C at the terminal is for the test; the lifeline tells us */
    (void)signal(SIGPIPE, SIG_IGN);
    drop_privileges();
    make_cluster(pg);
    int postgres = fork();
    if (postgres == 0) {
        exec_postgres(pg, options);
    }
    char byte = 1;
    if (write(report, &byte, 1) != 1 || postgres < 0) {
        _exit(1);
    }
    (void)close(report);
    while (read(lifeline, &byte, 1) < 0 && errno == EINTR) {
    }
    (void)kill(postgres, SIGINT);
    (void)waitpid(postgres, NULL, 0);
    const char *remove[] = {"/bin/rm", "-rf", "--", pg->folder, NULL};
    _exit(run(remove));
}

static void exec_postgres(const struct pg *pg, const struct pg_options *options)
{
    static char data[FOLDER_BYTES + 8];
    static char log[FOLDER_BYTES + 8];
    static char more[1024];
    const char *arguments[ARGUMENTS_MAX] = {binary("postgres"),
                                            "-D",
                                            data,
                                            "-k",
                                            pg->folder,
                                            "-c",
                                            "listen_addresses=",
                                            "-c",
                                            "shared_buffers=128MB",
                                            "-c",
                                            "max_connections=40"};
    size_t count = 11;
    (void)prctl(PR_SET_PDEATHSIG, SIGQUIT);
    (void)snprintf(data, sizeof data, "%s/data", pg->folder);
    (void)snprintf(log, sizeof log, "%s/log", pg->folder);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0) {
        _exit(1);
    }
    if (!options->is_durable) {
        arguments[count++] = "-c";
        arguments[count++] = "fsync=off";
        arguments[count++] = "-c";
        arguments[count++] = "full_page_writes=off";
    }
    (void)snprintf(more, sizeof more, "%s", options->settings == NULL ? "" : options->settings);
    for (char *word = strtok(more, " "); word != NULL && count + 1 < ARGUMENTS_MAX;
         word = strtok(NULL, " ")) {
        arguments[count++] = word;
    }
    (void)execv(arguments[0], (char *const *)(uintptr_t)arguments);
    _exit(1);
}

static void make_cluster(const struct pg *pg)
{
    char data[FOLDER_BYTES + 8];
    (void)snprintf(data, sizeof data, "%s/data", pg->folder);
    const char *arguments[] = {binary("initdb"), "-D", data,   "-k",         "-N", "-A", "trust", "-U",
                               "postgres",       "-E", "UTF8", "--locale=C", NULL};
    if (run(arguments) != 0) {
        _exit(1);
    }
}

static void drop_privileges(void)
{
    if (geteuid() != 0) {
        return;
    }
    const struct passwd *user = getpwnam("postgres");
    user = user != NULL ? user : getpwnam("dantin");
    if (user == NULL || setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0 ||
        chdir("/") != 0) {
        _exit(1);
    }
}

static void wait_until_up(struct pg *pg)
{
    char conninfo[CONNINFO_BYTES];
    (void)snprintf(conninfo, sizeof conninfo, "host=%s user=postgres dbname=postgres", pg->folder);
    for (int i = 0; i < START_TRIES_MAX; i++) {
        PGconn *connection = PQconnectdb(conninfo);
        if (PQstatus(connection) == CONNECTION_OK) {
            PQclear(PQexec(connection, "create database dantin"));
            PQfinish(connection);
            return;
        }
        PQfinish(connection);
        (void)poll(NULL, 0, TRY_MS);
    }
    fail_msg("PostgreSQL did not start in %s", pg->folder);
}

/* All files in one psql, in the order of their names, each in a transaction of its own. */
static void apply_migrations(struct pg *pg)
{
    const char *source = getenv("DANTIN_SOURCE_DIR");
    char command[1024];
    (void)snprintf(
        command, sizeof command,
        "for file in %s/sql/migrations/*.sql; do echo 'begin;'; cat \"$file\"; echo 'commit;'; done |"
        " %s -X -q -o /dev/null -v ON_ERROR_STOP=1 '%s'",
        source == NULL ? "." : source, binary("psql"), pg_conninfo(pg, "postgres"));
    const char *arguments[] = {"/bin/sh", "-c", command, NULL};
    assert_int_equal(run(arguments), 0);
}

static int run(const char *const *arguments)
{
    int pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        (void)dup2(null, STDOUT_FILENO);
        (void)execv(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Debian keeps the programs of each major version apart. */
static const char *binary(const char *name)
{
    static char path[128];
    static const char *const folders[] = {"/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin",
                                          "/usr/lib/postgresql/15/bin", "/usr/local/bin", "/usr/bin"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0) {
            return path;
        }
    }
    return name;
}
