/* Three uv_signal handles. */
#include "server/net/signals.h"

#include <signal.h>
#include <stdlib.h>

#include <uv.h>

enum { SIGNAL_COUNT = 3 };

struct signals {
    struct signals_config config;
    uv_signal_t handles[SIGNAL_COUNT];
    unsigned handle_count; /* open or closing */
    void (*on_stopped)(void *context);
    void *stopped_context;
};

static const int numbers[SIGNAL_COUNT] = {SIGTERM, SIGINT, SIGHUP};

static void on_signal(uv_signal_t *handle, int number);
static void on_closed(uv_handle_t *handle);

enum err signals_start(struct uv_loop_s *loop, const struct signals_config *config,
                       struct signals **ret_signals)
{
    struct signals *signals = calloc(1, sizeof *signals);

    if (signals == NULL) {
        return ERR_NO_MEMORY;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a valid signal and disposition */
    signals->config = *config;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (uv_signal_init(loop, &signals->handles[i]) != 0) {
            break;
        }
        signals->handles[i].data = signals;
        signals->handle_count++;
        if (uv_signal_start(&signals->handles[i], on_signal, numbers[i]) != 0) {
            break;
        }
        if (i + 1 == SIGNAL_COUNT) {
            *ret_signals = signals;
            return ERR_OK;
        }
    }
    signals_stop(signals, NULL, NULL);
    return ERR_INTERNAL;
}

void signals_stop(struct signals *signals, void (*on_stopped)(void *context), void *context)
{
    if (signals == NULL || signals->handle_count == 0) {
        free(signals);
        if (on_stopped != NULL) {
            on_stopped(context);
        }
        return;
    }
    signals->on_stopped = on_stopped;
    signals->stopped_context = context;
    for (unsigned i = 0, count = signals->handle_count; i < count; i++) {
        uv_close((uv_handle_t *)&signals->handles[i], on_closed);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    const struct signals *signals = handle->data;

    if (number == SIGHUP) {
        signals->config.on_reload(signals->config.context);
    } else {
        signals->config.on_stop(signals->config.context);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct signals *signals = handle->data;

    signals->handle_count--;
    if (signals->handle_count == 0) {
        if (signals->on_stopped != NULL) {
            signals->on_stopped(signals->stopped_context);
        }
        free(signals);
    }
}
