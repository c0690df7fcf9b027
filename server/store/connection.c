#include "server/store/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/sm.h"
#include "server/store/flight.h"
#include "server/ops/metrics.h"

enum { RESULTS_PER_TURN_MAX = 256 };

enum connection_state {
    CONNECTION_WAITING,
    CONNECTION_CONNECTING,
    CONNECTION_READY,
    CONNECTION_CLOSED,
    STATE_COUNT
};

static const struct sm_state states[STATE_COUNT] = {
    [CONNECTION_WAITING] = {"waiting", SM_BIT(CONNECTION_CONNECTING) | SM_BIT(CONNECTION_CLOSED), false},
    [CONNECTION_CONNECTING] = {"connecting",
                               SM_BIT(CONNECTION_WAITING) | SM_BIT(CONNECTION_READY) |
                                   SM_BIT(CONNECTION_CLOSED),
                               false},
    [CONNECTION_READY] = {"ready", SM_BIT(CONNECTION_WAITING) | SM_BIT(CONNECTION_CLOSED), false},
    [CONNECTION_CLOSED] = {"closed", 0, true},
};
static const struct sm_table state_table = {"store_connection", states, STATE_COUNT, NULL};

struct connection {
    uv_loop_t *loop;
    uv_timer_t timer; /* the next of: back-off over, connect deadline, unit deadline, deferred work */
    uv_poll_t *poll;  /* NULL without a socket; on the heap because it closes on its own */
    int poll_fd;
    int64_t timer_due_ms; /* INT64_MAX: not armed */
    int64_t state_due_ms; /* when WAITING ends or CONNECTING is given up */
    struct sm sm;
    PGconn *pg;
    struct list in_flight; /* struct flight, oldest first */
    size_t in_flight_count;
    struct list ended;     /* struct flight whose callback is still to run */
    bool has_more_results; /* stopped draining at RESULTS_PER_TURN_MAX */
    struct prepared_set prepared;
    uint64_t session_number;
    unsigned attempt_count; /* since it was last ready */
    struct prng jitter;
    char *name;
    char *conninfo;
    char *options;
    unsigned connect_ms_min;
    unsigned connect_ms_max;
    void (*on_ready)(void *context, struct connection *connection, bool is_ready);
    void *context;
    void (*on_word)(void *context, const char *payload);
    void (*on_stopped)(void *context);
    void *stopped_context;
    unsigned open_handles; /* the connection dies when the last one is closed */
};

static void connection_step(struct connection *connection);
static void connect_begin(struct connection *connection);
static void connect_poll(struct connection *connection);
static void connection_lose(struct connection *connection, enum err err);
static void poll_open(struct connection *connection, int events);
static void poll_close(struct connection *connection);
static void timer_arm(struct connection *connection, int64_t due_ms);
static void on_timer(uv_timer_t *timer);
static void on_poll(uv_poll_t *poll, int status, int events);
static void on_closed(uv_handle_t *handle);
static void on_notice(void *context, const char *message);
static void drain_results(struct connection *connection);
static void take_words(struct connection *connection);
static void flush(struct connection *connection);
static void flight_end(struct connection *connection, struct flight *flight, enum err err);
static void flush_ended(struct connection *connection);

enum err connection_start(struct uv_loop_s *loop, const struct connection_config *config,
                          struct connection **ret_connection)
{
    REQUIRE(config->connect_ms_min > 0 && config->connect_ms_min <= config->connect_ms_max);
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return ERR_NO_MEMORY;
    }
    connection->loop = loop;
    connection->name = strdup(config->name);
    connection->conninfo = strdup(config->conninfo);
    connection->options = strdup(config->options);
    if (connection->name == NULL || connection->conninfo == NULL || connection->options == NULL ||
        uv_timer_init(loop, &connection->timer) != 0) {
        free(connection->name);
        free(connection->conninfo);
        free(connection->options);
        free(connection);
        return ERR_NO_MEMORY;
    }
    connection->timer.data = connection;
    connection->open_handles = 1;
    connection->connect_ms_min = config->connect_ms_min;
    connection->connect_ms_max = config->connect_ms_max;
    connection->on_ready = config->on_ready;
    connection->context = config->context;
    connection->on_word = config->on_word;
    connection->poll_fd = -1;
    uint64_t seed;
    random_bytes(&seed, sizeof seed);
    prng_init(&connection->jitter, seed);
    list_init(&connection->in_flight);
    list_init(&connection->ended);
    sm_init(&connection->sm, &state_table, CONNECTION_WAITING);
    connection->timer_due_ms = INT64_MAX;
    connection->state_due_ms = 0;
    timer_arm(connection, 0);
    *ret_connection = connection;
    return ERR_OK;
}

void connection_stop(struct connection *connection, void (*on_stopped)(void *context), void *context)
{
    REQUIRE(connection->sm.state != CONNECTION_CLOSED);
    connection->on_ready = NULL;
    connection->on_word = NULL;
    connection->on_stopped = on_stopped;
    connection->stopped_context = context;
    connection_lose(connection, ERR_CANCELLED);
    sm_move(&connection->sm, CONNECTION_CLOSED);
    timer_arm(connection, 0);
}

bool connection_is_ready(const struct connection *connection)
{
    return connection->sm.state == CONNECTION_READY;
}

uint64_t connection_session_number(const struct connection *connection)
{
    return connection->session_number;
}

int connection_server_version(const struct connection *connection)
{
    return connection->pg == NULL ? 0 : PQserverVersion(connection->pg);
}

size_t connection_units_in_flight(const struct connection *connection)
{
    return connection->in_flight_count;
}

void connection_send(struct connection *connection, const struct unit *unit, unsigned deadline_ms,
                     unit_done on_done, void *context)
{
    REQUIRE(unit->call_count > 0);
    int64_t now_ms = clock_monotonic_ms();
    struct flight *flight =
        flight_new(unit, now_ms + (deadline_ms != 0 ? deadline_ms : UNIT_DEADLINE_MS), on_done, context);
    list_push_back(&connection->in_flight, &flight->node);
    connection->in_flight_count++;
    if (connection->sm.state == CONNECTION_CLOSED) {
        flight_end(connection, flight, ERR_CANCELLED);
    } else if (connection->sm.state != CONNECTION_READY) {
        flight_end(connection, flight, ERR_DATABASE);
    } else if (connection->in_flight_count > CONNECTION_UNITS_MAX) {
        flight_end(connection, flight, ERR_BUSY);
    } else if (!flight_send(flight, unit, connection->pg, &connection->prepared)) {
        /* libpq has no memory or its line is broken: what it sent is unknown. */
        connection_lose(connection, ERR_DATABASE);
    } else {
        flush(connection);
        timer_arm(connection, flight->deadline_ms);
    }
}

void connection_reset(struct connection *connection)
{
    if (connection->sm.state == CONNECTION_READY) {
        connection_lose(connection, ERR_DATABASE);
        connection->state_due_ms = 0;
        timer_arm(connection, 0);
    }
}

/* Act on what is due. The one place that moves the machine forward on time.
 * Suspended in: WAITING (back-off), CONNECTING (socket), READY (units), CLOSED (callbacks, then handles). */
static void connection_step(struct connection *connection)
{
    int64_t now_ms = clock_monotonic_ms();
    flush_ended(connection);
    switch ((enum connection_state)connection->sm.state) {
    case CONNECTION_WAITING:
        if (now_ms >= connection->state_due_ms) {
            connect_begin(connection);
        } else {
            timer_arm(connection, connection->state_due_ms);
        }
        return;
    case CONNECTION_CONNECTING:
        if (now_ms >= connection->state_due_ms) {
            connection_lose(connection, ERR_TIMED_OUT);
        } else {
            timer_arm(connection, connection->state_due_ms);
        }
        return;
    case CONNECTION_READY:
        if (connection->has_more_results) {
            drain_results(connection);
        }
        for (struct list *node = connection->in_flight.next; node != &connection->in_flight;
             node = node->next) {
            struct flight *flight = LIST_ENTRY(node, struct flight, node);
            if (now_ms >= flight->deadline_ms) {
                connection_lose(connection, ERR_TIMED_OUT);
                return;
            }
            timer_arm(connection, flight->deadline_ms);
        }
        return;
    case CONNECTION_CLOSED:
        if (!uv_is_closing((uv_handle_t *)&connection->timer) && list_is_empty(&connection->ended)) {
            uv_close((uv_handle_t *)&connection->timer, on_closed);
        }
        return;
    case STATE_COUNT:
        break;
    }
}

static void connect_begin(struct connection *connection)
{
    /* The conninfo is expanded from dbname; what stands after it wins. */
    const char *keywords[] = {"dbname", "options", "client_encoding", "fallback_application_name", NULL};
    const char *values[] = {connection->conninfo, connection->options, "UTF8", "dantind", NULL};

    sm_move(&connection->sm, CONNECTION_CONNECTING);
    connection->attempt_count++;
    connection->state_due_ms = clock_monotonic_ms() + CONNECTION_CONNECT_MS_MAX;
    connection->pg = PQconnectStartParams(keywords, values, 1);
    if (connection->pg == NULL || PQstatus(connection->pg) == CONNECTION_BAD ||
        PQsocket(connection->pg) < 0) {
        connection_lose(connection, ERR_DATABASE);
        return;
    }
    /* From here on, or a notice that comes while connecting goes to the process's stderr. */
    (void)PQsetNoticeProcessor(connection->pg, on_notice, connection);
    poll_open(connection, UV_WRITABLE); /* libpq: before the first poll, wait for the socket to be writable */
    timer_arm(connection, connection->state_due_ms);
}

static void connect_poll(struct connection *connection)
{
    switch (PQconnectPoll(connection->pg)) {
    case PGRES_POLLING_READING:
        poll_open(connection, UV_READABLE);
        return;
    case PGRES_POLLING_WRITING:
        poll_open(connection, UV_WRITABLE);
        return;
    case PGRES_POLLING_OK:
        break;
    default:
        connection_lose(connection, ERR_DATABASE);
        return;
    }
    if (PQsetnonblocking(connection->pg, 1) != 0 || PQenterPipelineMode(connection->pg) != 1) {
        connection_lose(connection, ERR_DATABASE);
        return;
    }
    poll_open(connection, UV_READABLE);
    connection->session_number++;
    sm_move(&connection->sm, CONNECTION_READY);
    metric_add(METRIC_STORE_RECONNECTS, connection->session_number > 1);
    log_write(LOG_INFO, "db_connected", "connection=%s server_version=%d attempts=%u", connection->name,
              PQserverVersion(connection->pg), connection->attempt_count);
    connection->attempt_count = 0;
    if (connection->on_ready != NULL) {
        connection->on_ready(connection->context, connection, true);
    }
}

/* The line is gone or given up: end all units with `err`, and wait before the next attempt. */
static void connection_lose(struct connection *connection, enum err err)
{
    bool was_ready = connection->sm.state == CONNECTION_READY;
    if (err != ERR_CANCELLED) {
        /* Of an outage its beginning is told, and by db_connected its end. */
        enum log_level level = connection->attempt_count <= 1 ? LOG_WARN : LOG_DEBUG;
        log_write(level, was_ready ? "db_lost" : "db_connect_failed",
                  "connection=%s err=%s attempt=%u message=\"%s\"", connection->name, err_name(err),
                  connection->attempt_count, connection->pg == NULL ? "" : PQerrorMessage(connection->pg));
    }
    poll_close(connection);
    PQfinish(connection->pg);
    connection->pg = NULL;
    connection->prepared.count = 0;
    connection->has_more_results = false;
    while (!list_is_empty(&connection->in_flight)) {
        struct flight *flight = LIST_ENTRY(list_first(&connection->in_flight), struct flight, node);
        flight->result.is_lost = flight->result.was_sent;
        flight_end(connection, flight, err);
    }
    if (err == ERR_CANCELLED) {
        return;
    }
    unsigned doublings = connection->attempt_count < 16 ? connection->attempt_count : 16;
    uint64_t delay_ms = (uint64_t)connection->connect_ms_min << doublings;
    delay_ms = delay_ms > connection->connect_ms_max ? connection->connect_ms_max : delay_ms;
    delay_ms = delay_ms / 2 + prng_below(&connection->jitter, delay_ms / 2 + 1);
    connection->state_due_ms = clock_monotonic_ms() + (int64_t)delay_ms;
    sm_move(&connection->sm, CONNECTION_WAITING);
    timer_arm(connection, connection->state_due_ms);
    if (was_ready && connection->on_ready != NULL) {
        connection->on_ready(connection->context, connection, false);
    }
}

/* (Re)watch libpq's socket, which may be another one after each step of connecting. */
static void poll_open(struct connection *connection, int events)
{
    int fd = PQsocket(connection->pg);
    if (connection->poll != NULL && connection->poll_fd != fd) {
        poll_close(connection);
    }
    if (connection->poll == NULL) {
        connection->poll = calloc(1, sizeof *connection->poll);
        REQUIRE(connection->poll != NULL);
        int status = uv_poll_init(connection->loop, connection->poll, fd);
        REQUIRE(status == 0);
        connection->poll->data = connection;
        connection->poll_fd = fd;
        connection->open_handles++;
    }
    (void)uv_poll_start(connection->poll, events,
                        on_poll); /* fails only for a closing handle or bad events */
}

static void poll_close(struct connection *connection)
{
    if (connection->poll == NULL) {
        return;
    }
    (void)uv_poll_stop(connection->poll); /* so that libpq may close the descriptor at once */
    uv_close((uv_handle_t *)connection->poll, on_closed);
    connection->poll = NULL;
    connection->poll_fd = -1;
}

/* Make the timer fire at `due_ms` at the latest. */
static void timer_arm(struct connection *connection, int64_t due_ms)
{
    if (due_ms >= connection->timer_due_ms || uv_is_closing((uv_handle_t *)&connection->timer)) {
        return;
    }
    int64_t wait_ms = due_ms - clock_monotonic_ms();
    connection->timer_due_ms = due_ms;
    uv_update_time(connection->loop);
    (void)uv_timer_start(&connection->timer, on_timer, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct connection *connection = timer->data;
    connection->timer_due_ms = INT64_MAX;
    connection_step(connection);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct connection *connection = poll->data;
    if (poll != connection->poll) {
        return;
    }
    if (connection->sm.state == CONNECTION_CONNECTING) {
        connect_poll(connection); /* libpq finds an error itself */
        return;
    }
    if (status != 0 || (events & UV_READABLE) != 0) {
        drain_results(connection);
    }
    if (connection->pg != NULL) {
        flush(connection);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    if (handle != (uv_handle_t *)&connection->timer) {
        free(handle);
    }
    if (--connection->open_handles > 0) {
        return;
    }
    void (*on_stopped)(void *context) = connection->on_stopped;
    void *context = connection->stopped_context;
    free(connection->name);
    free(connection->conninfo);
    free(connection->options);
    free(connection);
    on_stopped(context);
}

/* What the database says beside its answers may hold data of people, so its words go nowhere. */
static void on_notice(void *context, const char *message)
{
    const struct connection *connection = context;
    (void)message;
    log_write(LOG_DEBUG, "db_notice", "connection=%s", connection->name);
}

static void drain_results(struct connection *connection)
{
    bool is_alive = PQconsumeInput(connection->pg) == 1;
    connection->has_more_results = false;
    for (unsigned count = 0; !list_is_empty(&connection->in_flight) && !PQisBusy(connection->pg); count++) {
        if (count == RESULTS_PER_TURN_MAX) {
            connection->has_more_results = true;
            timer_arm(connection, 0);
            break;
        }
        struct flight *flight = LIST_ENTRY(list_first(&connection->in_flight), struct flight, node);
        if (flight_take(flight, PQgetResult(connection->pg), &connection->prepared)) {
            flight_end(connection, flight, flight->result.err);
        }
        flush_ended(connection);
        if (connection->pg == NULL) {
            return; /* a callback stopped us */
        }
    }
    take_words(connection);
    /* What arrived before the end was handed on above: an error that says why it ended, for example. */
    if (!is_alive || PQstatus(connection->pg) == CONNECTION_BAD) {
        connection_lose(connection, ERR_DATABASE);
    }
}

/* Words of NOTIFY, which come between the answers. */
static void take_words(struct connection *connection)
{
    PGnotify *word = NULL;
    while (connection->on_word != NULL && (word = PQnotifies(connection->pg)) != NULL) {
        connection->on_word(connection->context, word->extra);
        PQfreemem(word);
    }
}

/* Give libpq's bytes to the socket, and watch for room while some are left. */
static void flush(struct connection *connection)
{
    if (connection->sm.state != CONNECTION_READY) {
        return;
    }
    int left = PQflush(connection->pg);
    /* An error here is found again, with what the server had to say before, when the socket is read. */
    poll_open(connection, left == 1 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

/* Move it to `ended`; its callback runs from flush_ended. */
static void flight_end(struct connection *connection, struct flight *flight, enum err err)
{
    flight->result.err = err;
    list_remove(&flight->node);
    connection->in_flight_count--;
    list_push_back(&connection->ended, &flight->node);
    timer_arm(connection, 0);
}

/* Run the callbacks of those that have ended by now; what they end in turn waits for the next call. */
static void flush_ended(struct connection *connection)
{
    struct list *last = connection->ended.prev;
    bool is_last = list_is_empty(&connection->ended);
    while (!is_last) {
        struct flight *flight = LIST_ENTRY(list_first(&connection->ended), struct flight, node);
        is_last = &flight->node == last;
        list_remove(&flight->node);
        flight_land(flight);
    }
}
