/* What the files of server/store share. Private to this folder. */
#ifndef SERVER_STORE_STORE_INTERNAL_H
#define SERVER_STORE_STORE_INTERNAL_H

#include "server/store/connection.h"
#include "server/store/pool.h"
#include "server/store/statements.h"
#include "server/store/store.h"

struct group;
struct vault;
struct ingest_sql;
struct look_sealer;
struct query_set; /* query.c: consolidated queries under way */

struct store {
    struct uv_loop_s *loop;
    struct connection
        *group_connection; /* role ingest: one group at a time, its transaction stays open between calls */
    struct connection *lookup_connection; /* role ingest: devices, leaves, bodies; never waits for a group */
    struct connection *mark_connection;   /* role ingest: marks that wait for a group's lock */
    struct pool *read_pool;               /* role read: consolidated queries */
    struct ingest_sql *sql;               /* statements composed from the schema tables */
    struct vault *vault;                  /* borrowed */
    struct group *group;                  /* state of the group commit; group.c */
    struct query_set *queries;            /* query.c */
    void (*on_device_changed)(void *context, const struct hash *device);
    void *device_context;
    unsigned statement_timeout_ms;
    unsigned small_cell_min;
    struct look_sealer *look_sealer;
    uint8_t look_key[STORE_LOOK_KEY_BYTES];
    unsigned look_hour_max;
    unsigned look_day_max;
    unsigned look_usual_times;
    bool is_stopping;
    bool is_age_told; /* an old PostgreSQL is warned of once */
    unsigned parts_to_stop;
    void (*on_stopped)(void *context);
    void *stopped_context;
};

/* query.c. start is called at the end of store_start, release when everything has stopped (no query is under
 * way then). */
MUST_CHECK enum err query_set_new(struct store *store, struct query_set **ret_queries);
void query_set_free(struct query_set *queries);

/* device.c: hear of changed devices on the lookup connection, whose session has begun. */
void device_listen(struct store *store);
void device_word(struct store *store, const char *payload);

/* group.c. */
MUST_CHECK enum err group_new(struct store *store, struct group **ret_group);
void group_free(struct group *group);
/* A session of the group's connection began: learn the row types of the database. */
void group_connected(struct group *group);
/* Are the row types of this session known? */
bool group_is_ready(const struct group *group);

#endif
