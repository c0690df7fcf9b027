/* The chain over the looks.
 *
 *   IDLE ──a look was written──► DUE ──LOOK_SEAL_MS──► NEWEST ──its id──► SEAL ──all sealed──► IDLE
 *                                 ▲                      └────────────────┴──failed, or more──► DUE
 * Suspended in: NEWEST (waits for looks being committed), SEAL; both on the connection. */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "server/store/look.h"
#include "server/store/statements.h"

enum {
    LOOK_SEAL_MS = 1000,        /* from the first look to the chain's growing */
    LOOK_SEAL_LINKS_MAX = 1000, /* made by one statement */
    LOOK_ANCHOR_MS =
        3600000, /* how often the chain's end is told to the log, where the database's masters do not reach */
    LOOK_SEAL_ARENA_BYTES_MAX = 256,
};

struct look_sealer {
    uv_timer_t timer;
    struct connection *connection;
    bool is_due;     /* the timer runs */
    bool is_sealing; /* a unit is under way */
    bool is_again;   /* another look came meanwhile */
    bool is_stopping;
    bool is_timer_closed;
    int64_t anchored_ms; /* of the monotonic clock; 0: never */
    void (*on_stopped)(void *context);
    void *stopped_context;
};

static void on_timer(uv_timer_t *timer);
static void on_newest(void *context, const struct unit_result *result);
static void on_sealed(void *context, const struct unit_result *result);
static void seal_done(struct look_sealer *sealer, bool has_more);
static void tell_anchor(struct look_sealer *sealer, const PGresult *end);
static void on_timer_closed(uv_handle_t *handle);
static void free_when_stopped(struct look_sealer *sealer);

enum err look_sealer_start(struct uv_loop_s *loop, struct connection *connection,
                           struct look_sealer **ret_sealer)
{
    struct look_sealer *sealer = calloc(1, sizeof *sealer);
    if (sealer == NULL) {
        return ERR_NO_MEMORY;
    }
    (void)uv_timer_init(loop, &sealer->timer); /* cannot fail */
    sealer->timer.data = sealer;
    sealer->connection = connection;
    *ret_sealer = sealer;
    look_sealer_due(sealer); /* what the last life of the server left */
    return ERR_OK;
}

void look_sealer_stop(struct look_sealer *sealer, void (*on_stopped)(void *context), void *context)
{
    sealer->is_stopping = true;
    sealer->on_stopped = on_stopped;
    sealer->stopped_context = context;
    uv_close((uv_handle_t *)&sealer->timer, on_timer_closed);
}

void look_sealer_due(struct look_sealer *sealer)
{
    if (sealer->is_stopping || sealer->is_due) {
        return;
    }
    if (sealer->is_sealing) {
        sealer->is_again = true;
        return;
    }
    sealer->is_due = true;
    (void)uv_timer_start(&sealer->timer, on_timer, LOOK_SEAL_MS, 0); /* fails without a callback only */
}

static void on_timer(uv_timer_t *timer)
{
    struct look_sealer *sealer = timer->data;
    struct unit_call call;
    struct unit unit;
    sealer->is_due = false;
    sealer->is_sealing = true;
    unit_init(&unit, &call, 1);
    (void)unit_call(&unit, statement_of(STATEMENT_LOOK_NEWEST));
    connection_send(sealer->connection, &unit, 0, on_newest, sealer);
}

static void on_newest(void *context, const struct unit_result *result)
{
    struct look_sealer *sealer = context;
    struct unit_call call;
    struct unit unit;
    struct arena arena;
    if (result->err != ERR_OK || sealer->is_stopping) {
        seal_done(sealer, true);
        return;
    }
    arena_init(&arena, LOOK_SEAL_ARENA_BYTES_MAX);
    unit_init(&unit, &call, 1);
    struct unit_call *seal = unit_call(&unit, statement_of(STATEMENT_LOOK_SEAL));
    if (unit_put_int64(seal, &arena, result_int64(result->results[0], 0, 0)) != ERR_OK ||
        unit_put_int32(seal, &arena, LOOK_SEAL_LINKS_MAX) != ERR_OK) {
        seal_done(sealer, true);
    } else {
        connection_send(sealer->connection, &unit, 0, on_sealed, sealer);
    }
    arena_release(&arena);
}

static void on_sealed(void *context, const struct unit_result *result)
{
    struct look_sealer *sealer = context;
    bool is_sealed = result->err == ERR_OK && PQntuples(result->results[0]) == 1;
    if (is_sealed) {
        tell_anchor(sealer, result->results[0]);
    } else if (!sealer->is_stopping && result->sqlstate[0] != 0) {
        log_write(LOG_ERROR, "looks_not_sealed", "err=%s sqlstate=%s", err_name(result->err),
                  result->sqlstate);
    }
    seal_done(sealer, !is_sealed || result_boolean(result->results[0], 0, 2));
}

static void seal_done(struct look_sealer *sealer, bool has_more)
{
    bool is_due = has_more || sealer->is_again;
    sealer->is_sealing = sealer->is_again = false;
    if (sealer->is_stopping) {
        free_when_stopped(sealer);
    } else if (is_due) {
        look_sealer_due(sealer);
    }
}

static void tell_anchor(struct look_sealer *sealer, const PGresult *end)
{
    char hex[HASH_HEX_BYTES];
    int64_t now_ms = clock_monotonic_ms();
    if (result_int64(end, 0, 0) == 0 ||
        (sealer->anchored_ms != 0 && now_ms - sealer->anchored_ms < LOOK_ANCHOR_MS)) {
        return;
    }
    sealer->anchored_ms = now_ms;
    struct hash hash = result_hash(end, 0, 1);
    hex_encode(bytes_of(hash.at, HASH_BYTES), hex);
    log_write(LOG_INFO, "looks_sealed", "number=%lld hash=%s", (long long)result_int64(end, 0, 0), hex);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct look_sealer *sealer = handle->data;
    sealer->is_timer_closed = true;
    free_when_stopped(sealer);
}

static void free_when_stopped(struct look_sealer *sealer)
{
    if (!sealer->is_timer_closed || sealer->is_sealing) {
        return;
    }
    void (*on_stopped)(void *context) = sealer->on_stopped;
    void *context = sealer->stopped_context;
    free(sealer);
    on_stopped(context);
}
