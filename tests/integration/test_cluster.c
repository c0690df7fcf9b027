/* The private cluster: made, adopted, watched, stopped; and migrations on it. Runs as an unprivileged user.
 */
#include <errno.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/migrate.h"
#include "server/store/program.h"

enum { WAIT_MS_MAX = 60000, POLL_MS = 20 };

static char folder[64];

static int fixture_open(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/dantin-cluster-XXXXXX");
    assert_non_null(mkdtemp(folder));
    if (geteuid() == 0) {
        const struct passwd *entry = getpwnam("dantin");
        entry = entry != NULL ? entry : getpwnam("postgres");
        assert_non_null(entry);
        assert_int_equal(chown(folder, entry->pw_uid, entry->pw_gid), 0);
        assert_int_equal(setgroups(0, NULL), 0);
        assert_int_equal(setgid(entry->pw_gid), 0);
        assert_int_equal(setuid(entry->pw_uid), 0);
    }
    return chdir("/");
}

static int fixture_close(void **state)
{
    (void)state;
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    const char *argv[] = {"/bin/rm", "-rf", "--", folder, NULL};
    return program_run(argv, output) == ERR_OK ? 0 : -1;
}

static struct cluster *open_cluster_as(struct cluster_config config)
{
    struct cluster *cluster = NULL;
    struct error error = {0};
    enum err err = cluster_open(&config, &cluster, &error);
    if (err != ERR_OK) {
        fail_msg("%s: %s", err_name(err), error.text);
    }
    return cluster;
}

static struct cluster *open_cluster_impatiently(const char *in, unsigned stop_timeout_s)
{
    return open_cluster_as(
        (struct cluster_config){.folder = in, .language = LANGUAGE_EN, .stop_timeout_s = stop_timeout_s});
}

static struct cluster *open_cluster(const char *in)
{
    return open_cluster_impatiently(in, 0);
}

/* PostgreSQL's programs in a folder of their own, where the first `pg_ctl start` ends as told. */
static void fake_programs(const char *bin, const char *first_start)
{
    char path[128];
    char target[PROGRAM_PATH_BYTES_MAX + 16];
    struct programs programs;
    struct error error = {0};
    static const char *const names[] = {"initdb", "postgres", "pg_config"};
    assert_int_equal(programs_find(NULL, CLUSTER_MAJOR_MIN, 0, LANGUAGE_EN, &programs, &error), ERR_OK);
    assert_int_equal(mkdir(bin, 0700), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", bin, names[i]);
        (void)snprintf(target, sizeof target, "%s/%s", programs.bin, names[i]);
        assert_int_equal(symlink(target, path), 0);
    }
    (void)snprintf(path, sizeof path, "%s/pg_ctl", bin);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fprintf(file,
                  "#!/bin/sh\n"
                  "if [ $1 = start ] && mkdir %s/started; then %s/pg_ctl \"$@\"; %s; exit; fi\n"
                  "exec %s/pg_ctl \"$@\"\n",
                  bin, programs.bin, first_start, programs.bin);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
}

/* The first column of the first row; the database answers as the role. */
static void ask(const struct cluster *cluster, const char *role, const char *sql, char *out, size_t capacity)
{
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    struct pg_conn *connection = NULL;
    struct pg_result *rows = NULL;
    struct error error = {0};
    cluster_conninfo(cluster, role, conninfo);
    assert_int_equal(database_open(conninfo, LANGUAGE_EN, &connection, &error), ERR_OK);
    assert_int_equal(database_run(connection, sql, NULL, 0, &rows, &error), ERR_OK);
    (void)snprintf(out, capacity, "%s", PQgetvalue(rows, 0, 0));
    PQclear(rows);
    PQfinish(connection);
}

struct wait {
    uv_timer_t timer;
    struct cluster *cluster;
    int not_this;
    int64_t deadline_ms;
    int found;
};

static void on_poll(uv_timer_t *timer)
{
    struct wait *wait = timer->data;
    int postmaster = cluster_postmaster(wait->cluster);
    if ((postmaster != 0 && postmaster != wait->not_this) || clock_monotonic_ms() > wait->deadline_ms) {
        wait->found = postmaster;
        uv_close((uv_handle_t *)timer, NULL);
        uv_stop(timer->loop);
    }
}

/* Run the loop until another postmaster lives in the folder. */
static int await_other(uv_loop_t *loop, struct cluster *cluster, int not_this)
{
    struct wait wait = {.cluster = cluster, .not_this = not_this};
    wait.deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    assert_int_equal(uv_timer_init(loop, &wait.timer), 0);
    wait.timer.data = &wait;
    assert_int_equal(uv_timer_start(&wait.timer, on_poll, POLL_MS, POLL_MS), 0);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    (void)uv_run(loop, UV_RUN_NOWAIT); /* the timer's close */
    return wait.found;
}

/* A stopped PostgreSQL has taken its pid file away. */
static bool is_stopped(void)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/pg/postmaster.pid", folder);
    return access(path, F_OK) != 0;
}

/* A shutdown waits for the checkpointer: one that is held makes a PostgreSQL that does not end, as PostgreSQL 15
 * itself does when it is stopped while it recovers from a crash. */
static void hold_checkpointer(const struct cluster *cluster)
{
    char text[32];
    ask(cluster, CLUSTER_ROLE_ADMIN, "select pid from pg_stat_activity where backend_type = 'checkpointer'",
        text, sizeof text);
    assert_int_equal(kill(atoi(text), SIGSTOP), 0);
}

/* The last line of the pid file says what the postmaster is at. */
static bool is_stopping(void)
{
    char path[128];
    char line[256] = "";
    (void)snprintf(path, sizeof path, "%s/pg/postmaster.pid", folder);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
    }
    assert_int_equal(fclose(file), 0);
    return strncmp(line, "stopping", 8) == 0;
}

/* What a running process was started with; parts end in a NUL. */
static size_t environment_of(int pid, char *out, size_t capacity)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/environ", pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t len = fread(out, 1, capacity, file);
    assert_int_equal(fclose(file), 0);
    return len;
}

static void count_stop(void *context)
{
    (*(int *)context)++;
}

/* The settings promises rest on: checksums, UTF-8, comparison by bytes, no TCP, a socket only its owner
 * reaches; and the roles that serve requests are no superusers. */
static void cluster_open__empty_folder__private_cluster_with_roles(void **state)
{
    (void)state;
    char text[256];
    struct stat found;

    struct cluster *cluster = open_cluster(folder);

    assert_false(cluster_is_adopted(cluster));
    assert_true(cluster_version(cluster) >= 150000);
    ask(cluster, CLUSTER_ROLE_ADMIN,
        "select current_setting('data_checksums') || '|' || current_setting('server_encoding') || '|' || "
        "datcollate || '|' "
        "|| current_setting('listen_addresses') || '|' || current_setting('synchronous_commit') from "
        "pg_database where "
        "datname = current_database()",
        text, sizeof text);
    assert_string_equal(text, "on|UTF8|C||on");
    ask(cluster, CLUSTER_ROLE_ADMIN,
        "select count(*) from pg_roles where rolsuper and rolname <> 'dantin_admin'", text, sizeof text);
    assert_string_equal(text, "0");
    ask(cluster, CLUSTER_ROLE_READ, "select current_user", text, sizeof text);
    assert_string_equal(text, CLUSTER_ROLE_READ);
    (void)snprintf(text, sizeof text, "%s/run", folder);
    assert_int_equal(stat(text, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0700);

    cluster_close(cluster);
}

/* A socket path must fit in 107 bytes; a deep folder may not stop an office from running its server. */
static void cluster_open__long_path__socket_elsewhere_and_remembered(void **state)
{
    (void)state;
    char deep[512];
    char socket_first[256];
    char socket_second[256];
    (void)snprintf(deep, sizeof deep, "%s/%060d", folder, 0);
    assert_int_equal(mkdir(deep, 0700), 0);
    (void)snprintf(deep + strlen(deep), sizeof deep - strlen(deep), "/%060d", 1);
    assert_int_equal(mkdir(deep, 0700), 0);

    struct cluster *cluster = open_cluster(deep);
    ask(cluster, CLUSTER_ROLE_ADMIN, "select current_setting('unix_socket_directories')", socket_first,
        sizeof socket_first);
    cluster_close(cluster);
    cluster = open_cluster(deep);
    ask(cluster, CLUSTER_ROLE_ADMIN, "select current_setting('unix_socket_directories')", socket_second,
        sizeof socket_second);
    cluster_close(cluster);

    assert_null(strstr(socket_first, folder));
    assert_string_equal(socket_first, socket_second);
    assert_int_equal(rmdir(socket_first), 0);
}

/* Migrations apply once; a changed or unknown recorded one is refused instead of guessed about. */
static void migrate__twice_and_changed__once_and_refused(void **state)
{
    (void)state;
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    struct migrate_report first = {0};
    struct migrate_report second = {0};
    struct error error = {0};
    struct cluster *cluster = open_cluster(folder);
    cluster_conninfo(cluster, CLUSTER_ROLE_ADMIN, conninfo);

    enum err err = migrate_apply(conninfo, LANGUAGE_EN, &first, &error);
    if (err != ERR_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(migrate_apply(conninfo, LANGUAGE_EN, &second, &error), ERR_OK);

    assert_true(first.applied_count > 0);
    assert_int_equal(first.known_count, 0);
    assert_int_equal(second.applied_count, 0);
    assert_int_equal(second.known_count, first.applied_count);

    struct embedded_file changed[MIGRATE_FILES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < embedded_sql_count; i++) {
        changed[count] = embedded_sql[i];
        if (strncmp(changed[count].path, "migrations/0002", 15) == 0) {
            changed[count].len--;
        }
        count++;
    }
    assert_int_equal(migrate_apply_files(conninfo, changed, count, LANGUAGE_EN, &second, &error), ERR_CONFIG);
    assert_non_null(strstr(error.text, "0002"));
    assert_int_equal(migrate_apply_files(conninfo, changed, 0, LANGUAGE_EN, &second, &error), ERR_CONFIG);

    /* A failing one leaves nothing behind, not even its note. */
    memcpy(changed, embedded_sql, embedded_sql_count * sizeof changed[0]);
    static const char bad[] = "create table public.half (); select 1/0";
    changed[embedded_sql_count] =
        (struct embedded_file){"migrations/9999_bad.sql", (const unsigned char *)bad, sizeof bad - 1};
    assert_int_equal(
        migrate_apply_files(conninfo, changed, embedded_sql_count + 1, LANGUAGE_EN, &second, &error),
        ERR_DATABASE);
    char text[64];
    ask(cluster, CLUSTER_ROLE_ADMIN, "select (to_regclass('public.half') is null)::text", text, sizeof text);
    assert_string_equal(text, "true");

    cluster_close(cluster);
}

/* PostgreSQL killed under a serving dantind comes back by itself as it was started first, and the end of serving ends
 * it. */
static void cluster_watch__postmaster_killed__started_again(void **state)
{
    (void)state;
    uv_loop_t loop;
    int stopped = 0;
    char text[64];
    struct cluster *cluster = open_cluster(folder);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(cluster_watch(cluster, &loop), ERR_OK);
    int first = cluster_postmaster(cluster);
    char environment[2][4096];
    size_t environment_bytes = environment_of(first, environment[0], sizeof environment[0]);

    assert_int_equal(kill(first, SIGKILL), 0);
    int second = await_other(&loop, cluster, first);

    assert_int_not_equal(second, 0);
    assert_int_not_equal(second, first);
    assert_true(environment_bytes > 0);
    assert_int_equal(environment_of(second, environment[1], sizeof environment[1]), environment_bytes);
    assert_memory_equal(environment[0], environment[1], environment_bytes);
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    cluster_conninfo(cluster, CLUSTER_ROLE_INGEST, conninfo);
    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    while (PQping(conninfo) != PQPING_OK && clock_monotonic_ms() < deadline_ms) {
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    }
    ask(cluster, CLUSTER_ROLE_INGEST, "select 'up'", text, sizeof text);
    assert_string_equal(text, "up");

    cluster_stop(cluster, count_stop, &stopped);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(stopped, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_true(is_stopped());
}

/* kill -9 of the supervisor leaves PostgreSQL running; the next start takes it over instead of fighting it.
 */
static void cluster_open__supervisor_killed__adopted(void **state)
{
    (void)state;
    int ends[2];
    int first = 0;
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t supervisor = fork();
    assert_true(supervisor >= 0);
    if (supervisor == 0) {
        struct cluster *cluster = open_cluster(folder);
        int postmaster = cluster_postmaster(cluster);
        (void)!write(ends[1], &postmaster, sizeof postmaster);
        (void)pause();
        _exit(byte);
    }
    assert_int_equal(read(ends[0], &first, sizeof first), sizeof first);
    assert_int_equal(kill(supervisor, SIGKILL), 0);
    assert_int_equal(waitpid(supervisor, NULL, 0), supervisor);
    (void)close(ends[0]);
    (void)close(ends[1]);

    struct cluster *cluster = open_cluster(folder);

    assert_true(cluster_is_adopted(cluster));
    assert_int_equal(cluster_postmaster(cluster), first);
    uv_loop_t loop;
    int stopped = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(cluster_watch(cluster, &loop), ERR_OK);
    cluster_stop(cluster, count_stop, &stopped);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(stopped, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_true(is_stopped());
}

/* The operator's stop must end, and leave a folder that the next start can use, whatever PostgreSQL hangs on. */
static void cluster_stop__postgres_does_not_end__ended_at_once(void **state)
{
    (void)state;
    uv_loop_t loop;
    int stopped = 0;
    char text[64];
    struct cluster *cluster = open_cluster_impatiently(folder, 1);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(cluster_watch(cluster, &loop), ERR_OK);
    hold_checkpointer(cluster);

    cluster_stop(cluster, count_stop, &stopped);
    (void)uv_run(&loop, UV_RUN_DEFAULT);

    assert_int_equal(stopped, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_true(is_stopped());
    cluster = open_cluster(folder);
    ask(cluster, CLUSTER_ROLE_INGEST, "select 'up'", text, sizeof text);
    assert_string_equal(text, "up");
    cluster_close(cluster);
}

/* The child of the postmaster with this title, 0: none. */
static int child_of(int postmaster, const char *title)
{
    char path[64];
    int found = 0;
    int pid;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", postmaster, postmaster);
    FILE *children = fopen(path, "re");
    assert_non_null(children);
    while (found == 0 && fscanf(children, "%d", &pid) == 1) {
        char line[256] = "";
        (void)snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
        FILE *file = fopen(path, "re");
        if (file != NULL) {
            size_t len = fread(line, 1, sizeof line - 1, file);
            (void)fclose(file);
            found = len > 0 && strncmp(line, title, strlen(title)) == 0 ? pid : 0;
        }
    }
    (void)fclose(children);
    return found;
}

/* Asked to stop while it recovers from a killed backend, PostgreSQL 15 may wait for ever; there is nothing to wait for.
 * The recovery is held by its process. */
static void cluster_stop__while_recovering__at_once(void **state)
{
    (void)state;
    uv_loop_t loop;
    int stopped = 0;
    int recovery = 0;
    char text[64];
    struct cluster *cluster = open_cluster(folder);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(cluster_watch(cluster, &loop), ERR_OK);
    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    int victim = child_of(cluster_postmaster(cluster), "postgres: walwriter");
    assert_int_not_equal(victim, 0);
    assert_int_equal(kill(victim, SIGKILL), 0);
    while (recovery == 0) {
        assert_true(clock_monotonic_ms() < deadline_ms);
        recovery = child_of(cluster_postmaster(cluster), "postgres: startup");
    }
    assert_int_equal(kill(recovery, SIGSTOP), 0);
    int64_t before_ms = clock_monotonic_ms();

    cluster_stop(cluster, count_stop, &stopped);
    (void)uv_run(&loop, UV_RUN_DEFAULT);

    assert_int_equal(stopped, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_true(is_stopped());
    assert_true(clock_monotonic_ms() - before_ms < CLUSTER_STOP_TIMEOUT_S * 1000 / 2);
    cluster = open_cluster(folder);
    ask(cluster, CLUSTER_ROLE_INGEST, "select 'up'", text, sizeof text);
    assert_string_equal(text, "up");
    cluster_close(cluster);
}

/* A server killed while it stops leaves a PostgreSQL on its way out, perhaps for ever: to adopt that one would mean to
 * wait for it in vain. */
static void cluster_open__postmaster_stuck_in_shutdown__ended_and_started(void **state)
{
    (void)state;
    char text[64];
    struct cluster *first = open_cluster(folder);
    int postmaster = cluster_postmaster(first);
    hold_checkpointer(first);
    assert_int_equal(kill(postmaster, SIGINT), 0);
    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    while (!is_stopping()) {
        assert_true(clock_monotonic_ms() < deadline_ms);
    }

    struct cluster *second = open_cluster_impatiently(folder, 1);

    assert_false(cluster_is_adopted(second));
    assert_int_not_equal(cluster_postmaster(second), postmaster);
    ask(second, CLUSTER_ROLE_INGEST, "select 'up'", text, sizeof text);
    assert_string_equal(text, "up");
    cluster_close(first);
    cluster_close(second);
    assert_true(is_stopped());
}

/* What a killed server leaves is on the move. A start it had asked for may be quicker than ours, which then fails though
 * PostgreSQL is up; and PostgreSQL may be killed again before it has answered once. */
static void cluster_open__first_start_fails__comes_up(void **state)
{
    (void)state;
    static const char *const first_starts[] = {"exit 1", "kill -9 $(head -n 1 $3/postmaster.pid)"};
    for (size_t i = 0; i < sizeof first_starts / sizeof first_starts[0]; i++) {
        char bin[96];
        char text[64];
        (void)snprintf(bin, sizeof bin, "%s/bin%zu", folder, i);
        fake_programs(bin, first_starts[i]);

        struct cluster *cluster = open_cluster_as(
            (struct cluster_config){.folder = folder, .postgres_bin = bin, .language = LANGUAGE_EN});

        ask(cluster, CLUSTER_ROLE_INGEST, "select 'up'", text, sizeof text);
        assert_string_equal(text, "up");
        cluster_close(cluster);
        assert_true(is_stopped());
    }
}

/* What no patience can mend is told at once, with PostgreSQL's own reason. */
static void cluster_open__broken_setting__says_why(void **state)
{
    (void)state;
    char path[128];
    struct cluster *cluster = NULL;
    struct error error = {0};
    struct cluster_config config = {.folder = folder, .language = LANGUAGE_EN};
    (void)snprintf(path, sizeof path, "%s/pg/local.conf", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs("no_such_setting = 1\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    int64_t before_ms = clock_monotonic_ms();

    enum err err = cluster_open(&config, &cluster, &error);

    assert_int_equal(err, ERR_DATABASE);
    assert_non_null(strstr(error.text, "FATAL:  configuration file"));
    assert_true(clock_monotonic_ms() - before_ms < CLUSTER_OPEN_RETRY_MS);
    assert_int_equal(unlink(path), 0);
}

/* Commands come and go beside each other and beside a server: whoever is last stops the cluster, nobody
 * earlier. */
static void cluster_close__others_use_it__left_running(void **state)
{
    (void)state;
    struct cluster *first = open_cluster(folder);
    struct cluster *second = open_cluster(folder);
    assert_false(cluster_is_adopted(first));
    assert_true(cluster_is_adopted(second));

    cluster_close(first);
    assert_false(is_stopped());
    struct cluster *third = open_cluster(folder);
    cluster_close(second);
    assert_false(is_stopped());
    cluster_close(third);
    assert_true(is_stopped());
}

/* After a power cut the lock files may name a stranger that now has the number, after a kill one that nobody has reaped;
 * PostgreSQL alone would refuse to start. It takes no notice of its own ancestors, so the stranger is a child of ours. */
static void cluster_open__lock_files_name_a_stranger__starts(void **state)
{
    (void)state;
    static const char *const paths[] = {"pg/postmaster.pid", "run/.s.PGSQL.5432.lock"};
    pid_t stranger = fork();
    assert_true(stranger >= 0);
    if (stranger == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* if the test fails before it kills us */
        (void)pause();
        _exit(0);
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", folder, paths[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)fprintf(file, "%d\n%s/pg\n1\n5432\n%s/run\n\n  5432001    999999\nready   \n", (int)stranger,
                      folder, folder);
        assert_int_equal(fclose(file), 0);

        struct cluster *cluster = open_cluster(folder);

        assert_false(cluster_is_adopted(cluster));
        assert_int_not_equal(cluster_postmaster(cluster), stranger);
        cluster_close(cluster);
    }
    assert_int_equal(kill(stranger, SIGKILL), 0);
    assert_int_equal(waitpid(stranger, NULL, 0), stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cluster_open__empty_folder__private_cluster_with_roles),
        cmocka_unit_test(migrate__twice_and_changed__once_and_refused),
        cmocka_unit_test(cluster_watch__postmaster_killed__started_again),
        cmocka_unit_test(cluster_open__supervisor_killed__adopted),
        cmocka_unit_test(cluster_stop__postgres_does_not_end__ended_at_once),
        cmocka_unit_test(cluster_stop__while_recovering__at_once),
        cmocka_unit_test(cluster_open__postmaster_stuck_in_shutdown__ended_and_started),
        cmocka_unit_test(cluster_open__first_start_fails__comes_up),
        cmocka_unit_test(cluster_open__broken_setting__says_why),
        cmocka_unit_test(cluster_close__others_use_it__left_running),
        cmocka_unit_test(cluster_open__lock_files_name_a_stranger__starts),
        cmocka_unit_test(cluster_open__long_path__socket_elsewhere_and_remembered),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
