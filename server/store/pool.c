#include "server/store/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/list.h"
#include "server/ops/metrics.h"
#include "server/store/statements.h"
#include "server/store/store.h"

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_ENDED };

/* One unit handed to the pool. WAITING: on `waiting`. RUNNING: a slot points at it. ENDED: on `ended`, its
 * callback is still to run. A job that was detached while running leaves an empty running slot behind. */
struct job {
    struct list node;
    uint64_t number;
    enum job_state state;
    const struct unit *unit;
    int64_t deadline_ms; /* of the monotonic clock */
    unit_done on_done;
    void *context;
    enum err err; /* ENDED */
};

struct slot {
    struct pool *pool;
    struct connection *connection;
    struct job *job; /* NULL: idle, or running a unit nobody waits for */
    bool is_busy;
    bool leaves_open;   /* the unit that runs does: it begins a transaction that another ends */
    bool is_open;       /* a transaction is to be ended before the connection is idle */
    struct job *ending; /* its on_done runs, and may give the next unit: then ... */
    bool is_followed;   /* ... this */
};

struct pool {
    uv_timer_t timer;
    struct slot slots[STORE_READ_CONNECTIONS_MAX];
    unsigned slot_count;
    struct list waiting;
    struct list ended;
    unsigned waiting_count;
    unsigned queue_max;
    uint64_t next_number;
    bool is_stopping;
    unsigned open_parts; /* connections and the timer; the pool dies with the last */
    void (*on_stopped)(void *context);
    void *stopped_context;
};

static void pool_step(struct pool *pool);
static void slot_run(struct slot *slot, struct job *job);
static void slot_close(struct slot *slot);
static void slot_free(struct slot *slot);
static void job_end(struct pool *pool, struct job *job, enum err err);
static void flush_ended(struct pool *pool);
static void on_ready(void *context, struct connection *connection, bool is_ready);
static void on_unit_done(void *context, const struct unit_result *result);
static void on_closed(void *context, const struct unit_result *result);
static void on_timer(uv_timer_t *timer);
static void on_timer_closed(uv_handle_t *handle);
static void on_part_stopped(void *context);

enum err pool_start(struct uv_loop_s *loop, const struct pool_config *config, struct pool **ret_pool)
{
    REQUIRE(config->connection_count >= 1 && config->connection_count <= STORE_READ_CONNECTIONS_MAX);
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return ERR_NO_MEMORY;
    }
    (void)uv_timer_init(loop, &pool->timer); /* cannot fail */
    pool->timer.data = pool;
    pool->open_parts = 1;
    pool->queue_max = config->queue_max;
    pool->next_number = 1;
    list_init(&pool->waiting);
    list_init(&pool->ended);
    for (unsigned i = 0; i < config->connection_count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s-%u", config->name, i + 1);
        struct slot *slot = &pool->slots[i];
        slot->pool = pool;
        struct connection_config connection = {name,
                                               config->conninfo,
                                               config->options,
                                               config->connect_ms_min,
                                               config->connect_ms_max,
                                               on_ready,
                                               pool,
                                               NULL};
        enum err err = connection_start(loop, &connection, &slot->connection);
        if (err != ERR_OK) {
            /* Memory ran out at start-up: the program ends, and with it what was begun. */
            pool->slot_count = i;
            return err;
        }
        pool->open_parts++;
        pool->slot_count = i + 1;
    }
    *ret_pool = pool;
    return ERR_OK;
}

void pool_stop(struct pool *pool, void (*on_stopped)(void *context), void *context)
{
    REQUIRE(!pool->is_stopping);
    pool->is_stopping = true;
    pool->on_stopped = on_stopped;
    pool->stopped_context = context;
    while (!list_is_empty(&pool->waiting)) {
        job_end(pool, LIST_ENTRY(list_first(&pool->waiting), struct job, node), ERR_CANCELLED);
    }
    for (unsigned i = 0; i < pool->slot_count; i++) {
        connection_stop(pool->slots[i].connection, on_part_stopped, pool);
    }
    (void)uv_timer_start(&pool->timer, on_timer, 0, 0);
}

bool pool_is_ready(const struct pool *pool)
{
    for (unsigned i = 0; i < pool->slot_count; i++) {
        if (connection_is_ready(pool->slots[i].connection)) {
            return true;
        }
    }
    return false;
}

uint64_t pool_send(struct pool *pool, const struct unit *unit, unsigned deadline_ms, unit_done on_done,
                   void *context)
{
    struct job *job = calloc(1, sizeof *job);
    REQUIRE(job != NULL); /* without it the callback's promise cannot be kept */
    job->number = pool->next_number++;
    job->state = JOB_WAITING;
    job->unit = unit;
    job->deadline_ms = clock_monotonic_ms() + (deadline_ms != 0 ? deadline_ms : UNIT_DEADLINE_MS);
    job->on_done = on_done;
    job->context = context;
    uint64_t number = job->number;
    list_init(&job->node);
    list_push_back(&pool->waiting, &job->node);
    pool->waiting_count++;
    if (pool->is_stopping) {
        job_end(pool, job, ERR_CANCELLED);
        return number;
    }
    pool_step(pool);
    if (pool->waiting_count > pool->queue_max) {
        job_end(pool, job, ERR_BUSY);
    }
    return number;
}

void pool_follow(struct pool *pool, uint64_t number, const struct unit *unit, unsigned deadline_ms,
                 unit_done on_done, void *context)
{
    bool is_under_way = false; /* its on_done runs */
    for (unsigned i = 0; i < pool->slot_count; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->ending == NULL || slot->ending->number != number) {
            continue;
        }
        REQUIRE(!slot->is_followed);
        is_under_way = slot->is_followed = true;
        slot->ending->unit = unit;
        slot->ending->deadline_ms =
            clock_monotonic_ms() + (deadline_ms != 0 ? deadline_ms : UNIT_DEADLINE_MS);
        slot->ending->on_done = on_done;
        slot->ending->context = context;
    }
    REQUIRE(is_under_way);
}

void pool_detach(struct pool *pool, uint64_t number)
{
    for (unsigned i = 0; i < pool->slot_count; i++) {
        struct job *job = pool->slots[i].job;
        if (job != NULL && job->number == number) {
            pool->slots[i].job = NULL;
            job_end(pool, job, ERR_CANCELLED);
            return;
        }
    }
    for (struct list *node = pool->waiting.next; node != &pool->waiting; node = node->next) {
        struct job *job = LIST_ENTRY(node, struct job, node);
        if (job->number == number) {
            job_end(pool, job, ERR_CANCELLED);
            return;
        }
    }
}

/* Give waiting units to idle connections, end those whose time is over, and come back when the next one's is.
 */
static void pool_step(struct pool *pool)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t due_ms = INT64_MAX;
    for (unsigned i = 0; i < pool->slot_count && !list_is_empty(&pool->waiting); i++) {
        struct slot *slot = &pool->slots[i];
        if (!slot->is_busy && connection_is_ready(slot->connection)) {
            struct job *job = LIST_ENTRY(list_first(&pool->waiting), struct job, node);
            list_remove(&job->node);
            pool->waiting_count--;
            slot_run(slot, job);
        }
    }
    for (struct list *node = pool->waiting.next; node != &pool->waiting;) {
        struct job *job = LIST_ENTRY(node, struct job, node);
        node = node->next;
        if (now_ms >= job->deadline_ms) {
            job_end(pool, job, ERR_TIMED_OUT);
        } else if (job->deadline_ms < due_ms) {
            due_ms = job->deadline_ms;
        }
    }
    if (!list_is_empty(&pool->ended)) {
        due_ms = now_ms;
    }
    metric_set(METRIC_STORE_READS_WAITING, pool->waiting_count);
    if (due_ms != INT64_MAX && !uv_is_closing((uv_handle_t *)&pool->timer)) {
        uv_update_time(pool->timer.loop);
        (void)uv_timer_start(&pool->timer, on_timer, (uint64_t)(due_ms - now_ms), 0);
    }
}

static void slot_run(struct slot *slot, struct job *job)
{
    int64_t left_ms = job->deadline_ms - clock_monotonic_ms();
    job->state = JOB_RUNNING;
    slot->job = job;
    slot->is_busy = true;
    slot->leaves_open = job->unit->leaves_open;
    slot->is_open = slot->is_open || slot->leaves_open;
    connection_send(slot->connection, job->unit, left_ms > 0 ? (unsigned)left_ms : 1, on_unit_done, slot);
}

/* Its callback runs from the timer, so that no caller of ours is called back before we return. */
static void job_end(struct pool *pool, struct job *job, enum err err)
{
    if (job->state == JOB_WAITING) {
        list_remove(&job->node);
        pool->waiting_count--;
    }
    job->state = JOB_ENDED;
    job->err = err;
    list_push_back(&pool->ended, &job->node);
    (void)uv_timer_start(&pool->timer, on_timer, 0, 0);
}

static void flush_ended(struct pool *pool)
{
    struct list *last = pool->ended.prev;
    bool is_last = list_is_empty(&pool->ended);
    while (!is_last) {
        struct job *job = LIST_ENTRY(list_first(&pool->ended), struct job, node);
        is_last = &job->node == last;
        list_remove(&job->node);
        struct unit_result result = {.err = job->err};
        job->on_done(job->context, &result);
        free(job);
    }
}

static void on_ready(void *context, struct connection *connection, bool is_ready)
{
    (void)connection;
    struct pool *pool = context;
    if (is_ready && !pool->is_stopping) {
        pool_step(pool);
    }
}

static void on_unit_done(void *context, const struct unit_result *result)
{
    struct slot *slot = context;
    struct job *job = slot->job;
    slot->job = NULL;
    slot->ending = job;
    slot->is_followed = false;
    if (result->err == ERR_OK) {
        slot->is_open = slot->leaves_open;
    }
    if (job != NULL) {
        job->on_done(job->context, result);
    }
    slot->ending = NULL;
    if (slot->is_followed) {
        slot_run(slot, job);
        return;
    }
    free(job);
    if (slot->is_open) {
        slot_close(slot);
    } else {
        slot_free(slot);
    }
}

/* Nobody goes on with the transaction. */
static void slot_close(struct slot *slot)
{
    struct unit_call call;
    struct unit unit;
    unit_init(&unit, &call, 1);
    (void)unit_call(&unit, statement_of(STATEMENT_GROUP_ROLLBACK));
    slot->is_open = false;
    connection_send(slot->connection, &unit, 0, on_closed, slot);
}

static void on_closed(void *context, const struct unit_result *result)
{
    (void)result; /* without a connection there is no transaction either */
    slot_free(context);
}

static void slot_free(struct slot *slot)
{
    slot->is_busy = false;
    if (!slot->pool->is_stopping) {
        pool_step(slot->pool);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct pool *pool = timer->data;
    flush_ended(pool);
    if (!pool->is_stopping) {
        pool_step(pool);
    } else if (list_is_empty(&pool->ended)) {
        uv_close((uv_handle_t *)timer, on_timer_closed);
    } else {
        (void)uv_timer_start(timer, on_timer, 0, 0);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_part_stopped(handle->data);
}

static void on_part_stopped(void *context)
{
    struct pool *pool = context;
    if (--pool->open_parts == 0) {
        void (*on_stopped)(void *context) = pool->on_stopped;
        void *stopped_context = pool->stopped_context;
        free(pool);
        on_stopped(stopped_context);
    }
}
