/* A few equal connections and a queue: a unit goes to the first idle one, else waits its turn. Rank 4. One
 * loop. The store's pool for reads (role dantin_read) is used by query.c; options of its connections:
 * read-only, jit off, statement_timeout. What a device may see is set by the unit itself, first: SELECT
 * set_config('dantin.device', $1, true) (sql/queries/set_device.sql), in the same implicit or explicit
 * transaction as the reads. */
#ifndef SERVER_STORE_POOL_H
#define SERVER_STORE_POOL_H

#include "server/store/connection.h"

struct pool;

struct pool_config {
    const char *name;
    const char *conninfo;
    const char *options;
    unsigned connection_count;
    unsigned queue_max; /* waiting units; past it ERR_BUSY */
    unsigned connect_ms_min;
    unsigned connect_ms_max;
};

MUST_CHECK enum err pool_start(struct uv_loop_s *loop, const struct pool_config *config,
                               struct pool **ret_pool);
/* Fails waiting and running units with ERR_CANCELLED, closes, frees, then calls on_stopped. */
void pool_stop(struct pool *pool, void (*on_stopped)(void *context), void *context);
/* Is at least one connection up? */
bool pool_is_ready(const struct pool *pool);

/* As connection_send; `unit` and everything its parameters view must stay valid until on_done (it may wait in
 * the queue). Returns a number, never 0, for pool_detach. deadline_ms counts from the call, waiting included:
 * a unit still waiting then ends with ERR_TIMED_OUT without having been sent. */
uint64_t pool_send(struct pool *pool, const struct unit *unit, unsigned deadline_ms, unit_done on_done,
                   void *context);

/* Only while on_done of job `number` runs: its next unit, on the same connection, before anybody else's. on_done and context:
 * of this one. A transaction left open (unit.leaves_open) is rolled back unless a unit follows. */
void pool_follow(struct pool *pool, uint64_t number, const struct unit *unit, unsigned deadline_ms,
                 unit_done on_done, void *context);

/* End a unit for its sender: on_done runs soon with ERR_CANCELLED, unless it already ran. One that waits is
 * dropped from the queue; one that runs is left to end by itself (statement_timeout bounds it) and its
 * results are thrown away. */
void pool_detach(struct pool *pool, uint64_t number);

#endif
