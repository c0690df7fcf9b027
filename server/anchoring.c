#include "server/anchoring.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "common/base/log.h"
#include "server/commands/command.h"

/* Of this very program, also when its file was replaced or lies where the server's user may not look. */
#define PROGRAM "/proc/self/exe"

enum { ARGUMENTS_MAX = 12 };

struct anchoring {
    uv_timer_t timer;
    uv_process_t process;
    char *arguments[ARGUMENTS_MAX + 1]; /* ours; NULL at the end */
    bool is_running;                    /* the child */
    bool is_stopping;
    unsigned open_handles; /* 0: freed; the timer's is open until it is stopped */
};

static enum err add_argument(struct anchoring *anchoring, const char *text);
static void on_timer(uv_timer_t *timer);
static void on_child_exit(uv_process_t *process, int64_t status, int signal_number);
static void on_process_closed(uv_handle_t *handle);
static void on_timer_closed(uv_handle_t *handle);
static void handle_closed(struct anchoring *anchoring);
static void anchoring_free(struct anchoring *anchoring);

enum err anchoring_start(struct uv_loop_s *loop, const struct options *options, const char *data,
                         struct anchoring **ret_anchoring)
{
    struct anchoring *anchoring = calloc(1, sizeof *anchoring);
    const char *const arguments[] = {PROGRAM, "audit", "seal", "--due", "--lang", "en", "--data", data};
    enum err err = anchoring != NULL ? ERR_OK : ERR_NO_MEMORY;

    for (size_t i = 0; err == ERR_OK && i < sizeof arguments / sizeof arguments[0]; i++) {
        err = add_argument(anchoring, arguments[i]);
    }
    if (err == ERR_OK && options->config != NULL) {
        err = add_argument(anchoring, "--config");
        err = err == ERR_OK ? add_argument(anchoring, options->config) : err;
    }
    if (err != ERR_OK) {
        anchoring_free(anchoring);
        return err;
    }
    (void)uv_timer_init(loop, &anchoring->timer); /* cannot fail */
    anchoring->open_handles = 1;
    anchoring->timer.data = anchoring;
    anchoring->process.data = anchoring;
    /* fails without a callback only */
    (void)uv_timer_start(&anchoring->timer, on_timer, ANCHORING_FIRST_MS, ANCHORING_CHECK_MS);
    *ret_anchoring = anchoring;
    return ERR_OK;
}

void anchoring_stop(struct anchoring *anchoring)
{
    if (anchoring == NULL) {
        return;
    }
    anchoring->is_stopping = true;
    uv_close((uv_handle_t *)&anchoring->timer, on_timer_closed);
    /* One that is closing has ended, or never began: its number is another's by now, or nobody's (0: our whole group). */
    if (anchoring->is_running && !uv_is_closing((const uv_handle_t *)&anchoring->process)) {
        (void)uv_process_kill(&anchoring->process, SIGTERM); /* it may have ended just now */
    }
}

static enum err add_argument(struct anchoring *anchoring, const char *text)
{
    for (size_t i = 0; i < ARGUMENTS_MAX; i++) {
        if (anchoring->arguments[i] == NULL) {
            anchoring->arguments[i] = strdup(text);
            return anchoring->arguments[i] != NULL ? ERR_OK : ERR_NO_MEMORY;
        }
    }
    return ERR_TOO_BIG;
}

static void on_timer(uv_timer_t *timer)
{
    struct anchoring *anchoring = timer->data;
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data.fd = 2}};
    const uv_process_options_t options = {.file = PROGRAM,
                                          .args = anchoring->arguments,
                                          .exit_cb = on_child_exit,
                                          .stdio = stdio,
                                          .stdio_count = 3};
    int failed = 0;

    if (anchoring->is_running) {
        return; /* since an hour: it waits for the database */
    }
    failed = uv_spawn(timer->loop, &anchoring->process, &options);
    anchoring->is_running = true; /* its handle is to be closed in any case */
    anchoring->open_handles++;
    if (failed != 0) {
        log_write(LOG_ERROR, "looks_not_anchored", "reason=\"%s\"", uv_strerror(failed));
        uv_close((uv_handle_t *)&anchoring->process, on_process_closed);
    }
}

static void on_child_exit(uv_process_t *process, int64_t status, int signal_number)
{
    const struct anchoring *anchoring = process->data;

    if ((status != 0 || signal_number != 0) && !anchoring->is_stopping) {
        log_write(LOG_ERROR, "looks_not_anchored", "status=%lld signal=%d", (long long)status, signal_number);
    }
    uv_close((uv_handle_t *)process, on_process_closed);
}

static void on_process_closed(uv_handle_t *handle)
{
    struct anchoring *anchoring = handle->data;

    anchoring->is_running = false;
    handle_closed(anchoring);
}

static void on_timer_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void handle_closed(struct anchoring *anchoring)
{
    anchoring->open_handles--;
    if (anchoring->open_handles == 0) {
        anchoring_free(anchoring);
    }
}

static void anchoring_free(struct anchoring *anchoring)
{
    for (size_t i = 0; anchoring != NULL && anchoring->arguments[i] != NULL; i++) {
        free(anchoring->arguments[i]);
    }
    free(anchoring);
}
