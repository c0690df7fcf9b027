/* The port and the turn of the loop. */
#include "server/net/listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "server/net/net_private.h"
#include "server/ops/metrics.h"

static enum err bind_socket(struct listener *listener, struct error *ret_error);
static enum err open_handles(struct listener *listener);
static void accept_waiting(struct listener *listener);
static void on_connection(uv_stream_t *socket, int status);
static void on_timer(uv_timer_t *timer);
static void on_check(uv_check_t *check);
static void on_idle(uv_idle_t *idle);
static void on_due(struct wheel_node *node);
static void on_handle_closed(uv_handle_t *handle);
static void close_when_empty(struct listener *listener);
static void close_handles(struct listener *listener);

enum err listener_start(struct uv_loop_s *loop, const struct listener_config *config,
                        struct listener **ret_listener, struct error *ret_error)
{
    struct listener *listener = calloc(1, sizeof *listener);
    enum err err = ERR_OK;

    if (listener == NULL) {
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, config->language));
    }
    listener->loop = loop;
    listener->config = *config;
    listener->next_number = 1;
    list_init(&listener->streams);
    list_init(&listener->ready);
    wheel_init(&listener->wheel, clock_monotonic_ms());
    listener_raise_file_limit(config->connections_max);
    err = open_handles(listener);
    if (err != ERR_OK) {
        err = error_set(ret_error, err, "%s", err_text(err, config->language));
    } else {
        err = bind_socket(listener, ret_error);
    }
    if (err != ERR_OK) {
        /* The handles close in the loop's next turn; then the memory goes. */
        listener->is_stopping = true;
        close_handles(listener);
        return err;
    }
    listener->config.host = NULL;
    *ret_listener = listener;
    return ERR_OK;
}

/* A service's usual limit of 1,024 files would be the real cap on connections. */
void listener_raise_file_limit(unsigned connections_max)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)connections_max + LISTENER_SPARE_FILES;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
        return;
    }
    if (limit.rlim_max < wanted) {
        struct rlimit higher = {wanted, wanted};

        if (setrlimit(RLIMIT_NOFILE, &higher) == 0) {
            return;
        }
        log_write(LOG_WARN, "few_files", "limit=%llu wanted=%llu", (unsigned long long)limit.rlim_max,
                  (unsigned long long)wanted);
        wanted = limit.rlim_max;
    }
    limit.rlim_cur = wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* raising to the hard limit is always allowed */
}

uint16_t listener_port(const struct listener *listener)
{
    return listener->port;
}

unsigned listener_connection_count(const struct listener *listener)
{
    return listener->stream_count;
}

void listener_set_tls(struct listener *listener, struct tls_context *tls)
{
    listener->config.tls = tls;
}

void listener_stop(struct listener *listener, void (*on_stopped)(void *context), void *context)
{
    struct list *next = NULL;

    REQUIRE(!listener->is_stopping);
    listener->is_stopping = true;
    listener->on_stopped = on_stopped;
    listener->stopped_context = context;
    uv_close((uv_handle_t *)&listener->socket, on_handle_closed); /* first, so that nobody new comes */
    for (struct list *node = listener->streams.next; node != &listener->streams; node = next) {
        next = node->next;
        stream_drain(LIST_ENTRY(node, struct stream, node));
    }
    close_when_empty(listener);
}

void listener_cut(struct listener *listener)
{
    struct list *next = NULL;

    for (struct list *node = listener->streams.next; node != &listener->streams; node = next) {
        next = node->next;
        stream_cut(LIST_ENTRY(node, struct stream, node));
    }
}

/* ---- for streams ---- */

void listener_ready(struct listener *listener, struct stream *stream)
{
    if (!list_is_linked(&stream->ready_node)) {
        list_push_back(&listener->ready, &stream->ready_node);
        (void)uv_idle_start(&listener->idle, on_idle); /* fails for a missing callback only */
    }
}

void listener_forget(struct listener *listener, struct stream *stream)
{
    list_remove(&stream->node);
    listener->stream_count--;
    metric_move(METRIC_CONNECTIONS, -1);
    if (listener->is_stopping) {
        close_when_empty(listener);
    } else if (listener->is_accepting_paused) {
        accept_waiting(listener);
    }
}

bool listener_may_log(struct listener *listener)
{
    int64_t minute = (int64_t)uv_now(listener->loop) / 60000;

    if (minute != listener->fault_minute) {
        listener->fault_minute = minute;
        listener->fault_log_count = 0;
    }
    listener->fault_log_count++;
    return listener->fault_log_count <= LISTENER_FAULTS_LOGGED_PER_MINUTE;
}

/* ---- start ---- */

static enum err open_handles(struct listener *listener)
{
    uv_loop_t *loop = listener->loop;

    /* These four cannot fail: no descriptor is made yet. */
    (void)uv_timer_init(loop, &listener->timer);
    (void)uv_check_init(loop, &listener->check);
    (void)uv_idle_init(loop, &listener->idle);
    (void)uv_tcp_init(loop, &listener->socket);
    listener->handle_count = 4;
    listener->timer.data = listener;
    listener->check.data = listener;
    listener->idle.data = listener;
    listener->socket.data = listener;
    if (uv_timer_start(&listener->timer, on_timer, WHEEL_TICK_MS, WHEEL_TICK_MS) != 0 ||
        uv_check_start(&listener->check, on_check) != 0) {
        return ERR_INTERNAL;
    }
    return ERR_OK;
}

static enum err bind_socket(struct listener *listener, struct error *ret_error)
{
    const struct listener_config *config = &listener->config;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct sockaddr_storage bound;
    int bound_len = sizeof bound;
    uv_getaddrinfo_t lookup;
    char port[8];
    enum err err = ERR_OK;
    int status = 0;

    (void)snprintf(port, sizeof port, "%u", (unsigned)config->port);
    if (uv_getaddrinfo(listener->loop, &lookup, NULL, config->host, port, &hints) != 0) {
        return error_set(ret_error, ERR_CONFIG, text_get(TEXT_LISTEN_NO_ADDRESS, config->language),
                         config->host);
    }
    status = uv_tcp_bind(&listener->socket, lookup.addrinfo->ai_addr, 0);
    uv_freeaddrinfo(lookup.addrinfo);
    if (status == 0) {
        status = uv_listen((uv_stream_t *)&listener->socket, LISTENER_BACKLOG, on_connection);
    }
    if (status == 0) {
        status = uv_tcp_getsockname(&listener->socket, (struct sockaddr *)&bound, &bound_len);
    }
    if (status != 0) {
        err = error_set(ret_error, ERR_IO, text_get(TEXT_LISTEN_FAILED, config->language), config->host,
                        (unsigned)config->port, uv_strerror(status));
        return err;
    }
    listener->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                       : ((struct sockaddr_in *)&bound)->sin_port);
    return ERR_OK;
}

/* ---- the loop's turn ---- */

static void on_connection(uv_stream_t *socket, int status)
{
    struct listener *listener = socket->data;

    if (!listener->is_stopping && status == 0) {
        accept_waiting(listener);
    }
}

/* At the cap the connection stays in libuv's hand and libuv stops listening until it is accepted. */
static void accept_waiting(struct listener *listener)
{
    enum err err = ERR_OK;

    listener->is_accepting_paused = listener->stream_count >= listener->config.connections_max;
    if (listener->is_accepting_paused) {
        metric_add(METRIC_ACCEPT_PAUSES, 1);
        return;
    }
    err = stream_accept(listener);
    listener->is_accepting_paused = err == ERR_NO_MEMORY; /* it still waits; the timer tries again */
    if (err != ERR_OK && listener_may_log(listener)) {
        log_write(LOG_WARN, "accept_failed", "err=%s", err_name(err));
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct listener *listener = timer->data;

    wheel_turn(&listener->wheel, (int64_t)uv_now(listener->loop), on_due);
    if (listener->is_accepting_paused && !listener->is_stopping) {
        accept_waiting(listener);
    }
}

static void on_due(struct wheel_node *node)
{
    stream_on_time(LIST_ENTRY(node, struct stream, timer));
}

/* Those that become ready while the list is worked off have their turn in the next one. */
static void on_check(uv_check_t *check)
{
    struct listener *listener = check->data;
    struct list *last = listener->ready.prev;
    struct list *node = NULL;
    bool is_last = list_is_empty(&listener->ready);

    while (!is_last) {
        node = list_first(&listener->ready);
        is_last = node == NULL || node == last;
        if (node != NULL) {
            list_remove(node);
            stream_turn(LIST_ENTRY(node, struct stream, ready_node));
        }
    }
    if (list_is_empty(&listener->ready)) {
        (void)uv_idle_stop(&listener->idle); /* always succeeds */
    }
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* that it runs keeps the loop awake */
}

/* ---- stop ---- */

static void close_when_empty(struct listener *listener)
{
    if (listener->stream_count == 0) {
        close_handles(listener);
    }
}

static void close_handles(struct listener *listener)
{
    uv_handle_t *handles[] = {(uv_handle_t *)&listener->timer, (uv_handle_t *)&listener->check,
                              (uv_handle_t *)&listener->idle, (uv_handle_t *)&listener->socket};

    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        if (!uv_is_closing(handles[i])) {
            uv_close(handles[i], on_handle_closed);
        }
    }
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;

    listener->handle_count--;
    if (listener->handle_count > 0) {
        return;
    }
    if (listener->on_stopped != NULL) {
        listener->on_stopped(listener->stopped_context);
    }
    free(listener);
}
