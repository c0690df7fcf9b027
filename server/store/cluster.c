/* The private PostgreSQL cluster: open, watch, stop.
 *
 *   WATCHING ──postmaster gone──► STARTING ──pg_ctl ok──► WATCHING
 *      │                            │ └──pg_ctl failed──► PAUSED ──timer──► STARTING
 *      └───────────stop─────────────┴─────────stop──────────┴──► STOPPING ──► STOPPED
 *
 * Waiting in: WATCHING and PAUSED (timer), STARTING and STOPPING (process). */
#include "server/store/cluster.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/sm.h"
#include "server/store/cluster_files.h"
#include "server/store/cluster_lock.h"
#include "server/store/database.h"
#include "server/store/program.h"

enum state { WATCHING, STARTING, PAUSED, STOPPING, STOPPED, STATE_COUNT };

static const struct sm_state states[STATE_COUNT] = {
    [WATCHING] = {"watching", SM_BIT(STARTING) | SM_BIT(STOPPING), false},
    [STARTING] = {"starting", SM_BIT(WATCHING) | SM_BIT(PAUSED) | SM_BIT(STOPPING), false},
    [PAUSED] = {"paused", SM_BIT(STARTING) | SM_BIT(STOPPING), false},
    [STOPPING] = {"stopping", SM_BIT(STOPPED), false},
    [STOPPED] = {"stopped", 0, true},
};
static const struct sm_table state_table = {"cluster", states, STATE_COUNT, NULL};

enum { OPEN_POLL_MS = 100 };

struct cluster {
    struct cluster_files files;
    struct programs programs;
    struct cluster_lock lock;
    unsigned stop_timeout_s;
    bool is_adopted;
    bool is_watched;
    /* while watching */
    struct sm sm;
    uv_timer_t timer;
    uv_process_t process;
    bool has_process;    /* a pg_ctl is under way */
    bool is_stop_wanted; /* asked for while a start was under way */
    unsigned pause_ms;
    bool is_stopping_now;    /* the second of the two ways is under way */
    int stopping_postmaster; /* whom STOPPING is about; by the end another may live in the folder */
    unsigned open_handles;   /* whose close callback is still to come */
    void (*on_stopped)(void *context);
    void *context;
};

/* STOP writes a checkpoint; STOP_NOW leaves it to the recovery of the next start. The second is for a PostgreSQL
 * that recovers from the crash of a backend: it has nothing to write, and asked by STOP version 15 may wait for
 * ever for its checkpointer. */
enum action { ACTION_START, ACTION_STOP, ACTION_STOP_NOW };

/* A command line of pg_ctl; argv points into it. */
struct control {
    char path[PROGRAM_PATH_BYTES_MAX + 64];
    char log[PROGRAM_PATH_BYTES_MAX + 64]; /* of PostgreSQL until it has opened its own */
    char timeout[16];
    const char *argv[PROGRAM_ARGUMENTS_MAX];
};

static enum err bring_up(struct cluster *cluster, const char *postgres_bin, struct error *ret_error);
static enum err try_bring_up(struct cluster *cluster, struct error *ret_error);
static void stop_and_wait(struct cluster *cluster);
static enum err start_now(struct cluster *cluster, struct error *ret_error);
static enum err await_ready(struct cluster *cluster, struct error *ret_error);
static enum err ensure_database(struct cluster *cluster, struct error *ret_error);
static void conninfo_of(const struct cluster *cluster, const char *database, const char *role, char *out);
static void control_prepare(const struct cluster *cluster, enum action action, struct control *ret_control);
static enum action choose_stop(const struct cluster *cluster);
static void on_timer(uv_timer_t *timer);
static void spawn(struct cluster *cluster, enum action action);
static void on_control_exited(uv_process_t *process, int64_t status, int signal_number);
static void on_process_closed(uv_handle_t *handle);
static void after_start(struct cluster *cluster, bool is_done);
static void begin_stop(struct cluster *cluster);
static void after_stop(struct cluster *cluster, bool is_done);
static void finish_stop(struct cluster *cluster);
static void on_timer_closed(uv_handle_t *handle);

enum err cluster_open(const struct cluster_config *config, struct cluster **ret_cluster,
                      struct error *ret_error)
{
    bool is_vi = config->language == LANGUAGE_VI;
    int opening_fd;
    if (geteuid() == 0) {
        return error_set(ret_error, ERR_FORBIDDEN,
                         is_vi ? "PostgreSQL không chạy dưới tên root" : "PostgreSQL does not run as root");
    }
    struct cluster *cluster = calloc(1, sizeof *cluster);
    if (cluster == NULL) {
        return ERR_NO_MEMORY;
    }
    struct cluster_files *files = &cluster->files;
    files->language = config->language;
    if (strlen(config->folder) + sizeof "/pg" > sizeof files->cluster) {
        free(cluster);
        return error_set(ret_error, ERR_TOO_BIG, "%s", err_text(ERR_TOO_BIG, config->language));
    }
    (void)snprintf(files->folder, sizeof files->folder, "%s", config->folder);
    (void)snprintf(files->cluster, sizeof files->cluster, "%.*s/pg", (int)sizeof files->cluster - 4,
                   config->folder);
    cluster->lock.users_fd = -1;
    cluster->stop_timeout_s = config->stop_timeout_s != 0 ? config->stop_timeout_s : CLUSTER_STOP_TIMEOUT_S;
    enum err err = cluster_lock_enter(&cluster->lock, config->folder, &opening_fd);
    if (err != ERR_OK) {
        free(cluster);
        return error_set(ret_error, err,
                         is_vi ? "không ghi được thư mục %s" : "cannot write to the folder %s",
                         config->folder);
    }
    err = bring_up(cluster, config->postgres_bin, ret_error);
    (void)close(opening_fd); /* gives the lock back */
    if (err != ERR_OK) {
        cluster_close(cluster);
        return err;
    }
    log_write(LOG_INFO, "cluster_ready", "version=%u adopted=%d postmaster=%d", cluster->programs.version,
              cluster->is_adopted, cluster_postmaster(cluster));
    *ret_cluster = cluster;
    return ERR_OK;
}

bool cluster_is_adopted(const struct cluster *cluster)
{
    return cluster->is_adopted;
}

unsigned cluster_version(const struct cluster *cluster)
{
    return cluster->programs.version;
}

int cluster_postmaster(const struct cluster *cluster)
{
    return cluster_files_postmaster(&cluster->files, NULL);
}

void cluster_conninfo(const struct cluster *cluster, const char *role, char *out)
{
    conninfo_of(cluster, CLUSTER_DATABASE, role, out);
}

void cluster_close(struct cluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    REQUIRE(!cluster->is_watched);
    if (cluster_lock_is_last(&cluster->lock) && cluster_postmaster(cluster) != 0) {
        stop_and_wait(cluster);
    }
    cluster_lock_leave(&cluster->lock);
    free(cluster);
}

enum err cluster_watch(struct cluster *cluster, struct uv_loop_s *loop)
{
    if (uv_timer_init(loop, &cluster->timer) != 0) {
        return ERR_INTERNAL;
    }
    cluster->timer.data = cluster;
    cluster->process.data = cluster;
    cluster->open_handles = 1;
    cluster->is_watched = true;
    sm_init(&cluster->sm, &state_table, WATCHING);
    (void)uv_timer_start(&cluster->timer, on_timer, CLUSTER_WATCH_MS,
                         CLUSTER_WATCH_MS); /* fails for no callback only */
    return ERR_OK;
}

void cluster_stop(struct cluster *cluster, void (*on_stopped)(void *context), void *context)
{
    REQUIRE(cluster->is_watched);
    REQUIRE(cluster->on_stopped == NULL);
    cluster->on_stopped = on_stopped;
    cluster->context = context;
    cluster->is_stop_wanted = true;
    if (!cluster->has_process) {
        begin_stop(cluster);
    }
}

/* ---- start-up: blocking
 * ------------------------------------------------------------------------------------------ */

static enum err bring_up(struct cluster *cluster, const char *postgres_bin, struct error *ret_error)
{
    struct cluster_files *files = &cluster->files;
    unsigned major;
    cluster_files_major(files, &major);

    enum err err =
        programs_find(postgres_bin, CLUSTER_MAJOR_MIN, major, files->language, &cluster->programs, ret_error);
    if (err == ERR_OK && major == 0) {
        log_write(LOG_INFO, "cluster_init", "version=%u", cluster->programs.version);
        err = cluster_files_init(files, &cluster->programs, ret_error);
    }
    if (err != ERR_OK) {
        return err;
    }
    /* Killed programs leave a cluster on the move: backends that have not noticed the end of their postmaster
     * and keep the next one out, a start or a stop asked for by one who is gone, a recovery that ends every
     * connection. Where nobody is left, what failed twice fails for good. */
    struct error error = {0};
    int64_t give_up_ms = INT64_MAX;
    bool was_deserted = false;
    while ((err = try_bring_up(cluster, &error)) == ERR_DATABASE) {
        int64_t now_ms = clock_monotonic_ms();
        bool is_deserted = !cluster_files_is_in_use(files);
        give_up_ms = give_up_ms == INT64_MAX ? now_ms + CLUSTER_OPEN_RETRY_MS : give_up_ms;
        if (now_ms >= give_up_ms || (is_deserted && was_deserted)) {
            break;
        }
        was_deserted = is_deserted;
        log_write(LOG_WARN, "cluster_open_failed", "postmaster=%d reason=\"%s\"", cluster_postmaster(cluster),
                  error.text);
        (void)nanosleep(&(struct timespec){.tv_nsec = OPEN_POLL_MS * 1000000L}, NULL); /* woken early: fine */
    }
    if (err != ERR_OK) {
        *ret_error = error;
    }
    return err;
}

/* ERR_DATABASE: another time it may come up. */
static enum err try_bring_up(struct cluster *cluster, struct error *ret_error)
{
    if (cluster_files_is_stopping(&cluster->files)) {
        stop_and_wait(cluster);
    }
    cluster->is_adopted = cluster_files_postmaster(&cluster->files, cluster->files.socket) != 0;
    enum err err = cluster->is_adopted ? ERR_OK : start_now(cluster, ret_error);
    if (err == ERR_OK) {
        err = await_ready(cluster, ret_error);
    }
    return err == ERR_OK ? ensure_database(cluster, ret_error) : err;
}

static void stop_and_wait(struct cluster *cluster)
{
    int postmaster = cluster_postmaster(cluster);
    for (enum action action = choose_stop(cluster); action <= ACTION_STOP_NOW; action++) {
        struct control control;
        char output[PROGRAM_OUTPUT_BYTES_MAX];
        control_prepare(cluster, action, &control);
        if (program_run(control.argv, output) == ERR_OK || cluster_postmaster(cluster) != postmaster) {
            return;
        }
        log_write(LOG_WARN, "cluster_stop_failed", "postmaster=%d", postmaster);
    }
}

static enum err start_now(struct cluster *cluster, struct error *ret_error)
{
    struct control control;
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    char reason[CLUSTER_REASON_BYTES_MAX];
    enum err err = cluster_files_prepare(&cluster->files, &cluster->programs, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    control_prepare(cluster, ACTION_START, &control);
    cluster_files_clear_stale(&cluster->files);
    (void)unlink(control.log); /* so that it holds this start alone; not there is fine */
    if (program_run(control.argv, output) == ERR_OK) {
        return ERR_OK;
    }
    cluster_files_reason(control.log, reason);
    return error_set(ret_error, ERR_DATABASE,
                     cluster->files.language == LANGUAGE_VI ? "PostgreSQL không khởi động được: %s"
                                                            : "PostgreSQL does not start: %s",
                     reason);
}

/* An adopted postmaster may still be recovering. */
static enum err await_ready(struct cluster *cluster, struct error *ret_error)
{
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    conninfo_of(cluster, "postgres", CLUSTER_ROLE_ADMIN, conninfo);
    int64_t deadline_ms = clock_monotonic_ms() + CLUSTER_START_TIMEOUT_S * 1000LL;
    PGPing answer;
    while ((answer = PQping(conninfo)) != PQPING_OK && clock_monotonic_ms() < deadline_ms &&
           cluster_postmaster(cluster) != 0 && !cluster_files_is_stopping(&cluster->files)) {
        (void)nanosleep(&(struct timespec){.tv_nsec = OPEN_POLL_MS * 1000000L}, NULL); /* woken early: fine */
    }
    if (answer != PQPING_OK) {
        return error_set(ret_error, ERR_DATABASE,
                         cluster->files.language == LANGUAGE_VI ? "PostgreSQL trong %s không trả lời"
                                                                : "PostgreSQL in %s does not answer",
                         cluster->files.cluster);
    }
    return ERR_OK;
}

/* Roles first: one of them owns the database. */
static enum err ensure_database(struct cluster *cluster, struct error *ret_error)
{
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    conninfo_of(cluster, "postgres", CLUSTER_ROLE_ADMIN, conninfo);
    struct pg_conn *connection = NULL;
    struct pg_result *rows = NULL;
    enum err err = database_open(conninfo, cluster->files.language, &connection, ret_error);
    if (err == ERR_OK) {
        err = database_run_file(connection, "queries/roles.sql", NULL, 0, NULL, ret_error);
    }
    if (err == ERR_OK) {
        err = database_run_file(connection, "queries/find_database.sql", NULL, 0, &rows, ret_error);
    }
    if (err == ERR_OK && PQntuples(rows) == 0) {
        err = database_run_file(connection, "queries/create_database.sql", NULL, 0, NULL, ret_error);
    }
    PQclear(rows);
    PQfinish(connection);
    return err;
}

static void conninfo_of(const struct cluster *cluster, const char *database, const char *role, char *out)
{
    char port[16];
    (void)snprintf(port, sizeof port, "%d", CLUSTER_PORT);
    const struct database_setting parts[] = {
        {"host", cluster->files.socket}, {"port", port}, {"dbname", database}, {"user", role}};
    enum err err = database_conninfo(parts, sizeof parts / sizeof parts[0], out, CLUSTER_CONNINFO_BYTES_MAX);
    ENSURE(err == ERR_OK); /* a socket folder is at most CLUSTER_SOCKET_BYTES_MAX */
}

static void control_prepare(const struct cluster *cluster, enum action action, struct control *ret_control)
{
    static const char *const modes[] = {[ACTION_STOP] = "fast", [ACTION_STOP_NOW] = "immediate"};
    struct control *control = ret_control;
    unsigned timeout_s = action == ACTION_START  ? CLUSTER_START_TIMEOUT_S
                         : action == ACTION_STOP ? cluster->stop_timeout_s
                                                 : CLUSTER_STOP_NOW_TIMEOUT_S;
    (void)snprintf(control->path, sizeof control->path, "%s/pg_ctl", cluster->programs.bin);
    (void)snprintf(control->log, sizeof control->log, "%s/run/postgres.log", cluster->files.folder);
    (void)snprintf(control->timeout, sizeof control->timeout, "%u", timeout_s);
    size_t count = 0;
    control->argv[count++] = control->path;
    control->argv[count++] = action == ACTION_START ? "start" : "stop";
    control->argv[count++] = "-D";
    control->argv[count++] = cluster->files.cluster;
    control->argv[count++] = "-w";
    control->argv[count++] = "-t";
    control->argv[count++] = control->timeout;
    control->argv[count++] = action == ACTION_START ? "-l" : "-m";
    control->argv[count++] = action == ACTION_START ? control->log : modes[action];
    control->argv[count] = NULL;
}

/* One that shuts down already is asked by STOP again, and given its time. */
static enum action choose_stop(const struct cluster *cluster)
{
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    conninfo_of(cluster, "postgres", CLUSTER_ROLE_ADMIN, conninfo);
    const char *const names[] = {"dbname", "connect_timeout", NULL};
    const char *const values[] = {conninfo, CLUSTER_ASK_TIMEOUT_S, NULL};
    bool is_recovering = cluster_postmaster(cluster) != 0 && !cluster_files_is_stopping(&cluster->files) &&
                         PQpingParams(names, values, 1) == PQPING_REJECT;
    return is_recovering ? ACTION_STOP_NOW : ACTION_STOP;
}

/* ---- while serving: timers and processes
 * -------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer)
{
    struct cluster *cluster = timer->data;
    if (cluster->is_stop_wanted || cluster->has_process) {
        return;
    }
    if (cluster->sm.state == WATCHING && cluster_postmaster(cluster) == 0) {
        log_write(LOG_ERROR, "cluster_died", "folder=pg");
        cluster->pause_ms = CLUSTER_RESTART_MS_MIN;
        sm_move(&cluster->sm, STARTING);
        spawn(cluster, ACTION_START);
    } else if (cluster->sm.state == PAUSED) {
        sm_move(&cluster->sm, STARTING);
        spawn(cluster, ACTION_START);
    }
}

static void spawn(struct cluster *cluster, enum action action)
{
    struct control control;
    control_prepare(cluster, action, &control);
    if (action == ACTION_START) {
        cluster_files_clear_stale(&cluster->files);
    }
    char *environment[PROGRAM_ENVIRONMENT_MAX];
    program_environment(environment);
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_IGNORE}};
    uv_process_options_t options = {
        .file = control.path,
        .args = (char **)(size_t)control.argv,
        .env = environment,
        .exit_cb = on_control_exited,
        .stdio = stdio,
        .stdio_count = 3,
    };
    int failed = uv_spawn(cluster->timer.loop, &cluster->process, &options);
    cluster->has_process = true;
    cluster->open_handles++;
    if (failed != 0) {
        log_write(LOG_ERROR, "cluster_control_failed", "reason=%s", uv_err_name(failed));
        cluster->process.status = -1;
        uv_close((uv_handle_t *)&cluster->process, on_process_closed);
    }
}

static void on_control_exited(uv_process_t *process, int64_t status, int signal_number)
{
    process->status = status == 0 && signal_number == 0 ? 0 : -1;
    uv_close((uv_handle_t *)process, on_process_closed);
}

static void on_process_closed(uv_handle_t *handle)
{
    struct cluster *cluster = handle->data;
    bool is_done = cluster->process.status == 0;
    cluster->has_process = false;
    cluster->open_handles--;
    if (cluster->sm.state == STOPPING) {
        after_stop(cluster, is_done);
        return;
    }
    after_start(cluster, is_done);
}

static void after_start(struct cluster *cluster, bool is_done)
{
    if (cluster->is_stop_wanted) {
        begin_stop(cluster);
    } else if (is_done) {
        log_write(LOG_INFO, "cluster_restarted", "postmaster=%d", cluster_postmaster(cluster));
        sm_move(&cluster->sm, WATCHING);
        (void)uv_timer_start(&cluster->timer, on_timer, CLUSTER_WATCH_MS, CLUSTER_WATCH_MS);
    } else {
        log_write(LOG_WARN, "cluster_restart_failed", "pause_ms=%u", cluster->pause_ms);
        sm_move(&cluster->sm, PAUSED);
        (void)uv_timer_start(&cluster->timer, on_timer, cluster->pause_ms, CLUSTER_RESTART_MS_MAX);
        cluster->pause_ms =
            cluster->pause_ms * 2 < CLUSTER_RESTART_MS_MAX ? cluster->pause_ms * 2 : CLUSTER_RESTART_MS_MAX;
    }
}

static void begin_stop(struct cluster *cluster)
{
    sm_move(&cluster->sm, STOPPING);
    cluster->stopping_postmaster = cluster_postmaster(cluster);
    enum action action = choose_stop(cluster);
    cluster->is_stopping_now = action == ACTION_STOP_NOW;
    spawn(cluster, action);
}

/* Only the one we meant: meanwhile another start may have put a new postmaster into the folder. */
static void after_stop(struct cluster *cluster, bool is_done)
{
    bool is_there = !is_done && cluster_postmaster(cluster) != 0 &&
                    cluster_postmaster(cluster) == cluster->stopping_postmaster;
    if (is_there) {
        log_write(LOG_WARN, "cluster_stop_failed", "postmaster=%d", cluster->stopping_postmaster);
    }
    if (is_there && !cluster->is_stopping_now) {
        cluster->is_stopping_now = true;
        spawn(cluster, ACTION_STOP_NOW);
    } else {
        finish_stop(cluster);
    }
}

static void finish_stop(struct cluster *cluster)
{
    sm_move(&cluster->sm, STOPPED);
    uv_close((uv_handle_t *)&cluster->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct cluster *cluster = handle->data;
    void (*on_stopped)(void *context) = cluster->on_stopped;
    void *context = cluster->context;
    cluster->open_handles--;
    ENSURE(cluster->open_handles == 0);
    cluster_lock_leave(&cluster->lock);
    free(cluster);
    on_stopped(context);
}
