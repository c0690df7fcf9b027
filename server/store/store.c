/* Starting and stopping the store: its connections and their parts. */
#include "server/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/log.h"
#include "server/store/ingest_sql.h"
#include "server/store/look.h"
#include "server/store/store_internal.h"

enum {
    OPTIONS_BASE_BYTES_MAX = 256,
    OPTIONS_BYTES_MAX = 768,
    OPTIONS_ROLE_BYTES_MAX = 80,
    SERVER_VERSION_SOUND = 150020 /* 15.20 */
};

/* Every statement of a group probes by key, driven by arrays (ingest_sql.c): one plan fits all sizes, so it
 * is made once, and no scan may be chosen while the tables are still small, because it would be kept while
 * they grow. */
static const char GROUP_OPTIONS[] = " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
                                    " -c enable_bitmapscan=off -c idle_in_transaction_session_timeout=60000"
                                    " -c synchronous_commit=on -c plan_cache_mode=force_generic_plan";
/* A unit of reads is one implicit transaction: what it answers and for which position comes from one
 * snapshot. A recursive tree has no statistics, and what is guessed of its size makes PostgreSQL sort all
 * members (measured: 160 ms instead of 40 for a composition of 55,310); hashing is right for every indicator.
 */
static const char READ_OPTIONS[] = " -c default_transaction_read_only=on"
                                   " -c default_transaction_isolation=repeatable\\ read -c work_mem=32MB"
                                   " -c enable_mergejoin=off -c enable_nestloop=off -c enable_sort=off";

static enum err start_connection(struct store *store, const char *name, const char *conninfo,
                                 const char *options, struct connection **ret_connection);
static enum err start_parts(struct store *store, const struct store_config *config);
static void on_ready(void *context, struct connection *connection, bool is_ready);
static void on_word(void *context, const char *payload);
static void on_part_stopped(void *context);
static void store_free(struct store *store);

enum err store_start(struct uv_loop_s *loop, const struct store_config *config, struct store **ret_store,
                     struct error *ret_error)
{
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, LANGUAGE_VI));
    }
    store->loop = loop;
    store->statement_timeout_ms = config->statement_timeout_ms;
    store->on_device_changed = config->on_device_changed;
    store->device_context = config->device_context;
    store->small_cell_min = config->small_cell_min;
    memcpy(store->look_key, config->look_key, sizeof store->look_key);
    store->look_hour_max = config->look_hour_max != 0 ? config->look_hour_max : STORE_LOOK_HOUR_PERSONS;
    store->look_day_max = config->look_day_max != 0 ? config->look_day_max : STORE_LOOK_DAY_PERSONS;
    store->look_usual_times =
        config->look_usual_times != 0 ? config->look_usual_times : STORE_LOOK_USUAL_TIMES;
    REQUIRE(config->vault != NULL);
    store->vault = config->vault;
    enum err err = start_parts(store, config);
    if (err != ERR_OK) {
        /* Whatever was started keeps its handles on the loop; a program that cannot start ends. */
        return error_set(ret_error, err, "%s", err_text(err, LANGUAGE_VI));
    }
    *ret_store = store;
    return ERR_OK;
}

void store_stop(struct store *store, void (*on_stopped)(void *context), void *context)
{
    REQUIRE(!store->is_stopping);
    store->is_stopping = true;
    store->on_device_changed = NULL;
    store->on_stopped = on_stopped;
    store->stopped_context = context;
    store->parts_to_stop = 5;
    look_sealer_stop(store->look_sealer, on_part_stopped, store);
    connection_stop(store->group_connection, on_part_stopped, store);
    connection_stop(store->lookup_connection, on_part_stopped, store);
    connection_stop(store->mark_connection, on_part_stopped, store);
    pool_stop(store->read_pool, on_part_stopped, store);
}

bool store_is_ready(const struct store *store)
{
    return !store->is_stopping && group_is_ready(store->group) &&
           connection_is_ready(store->lookup_connection) && pool_is_ready(store->read_pool);
}

static enum err start_parts(struct store *store, const struct store_config *config)
{
    char base[OPTIONS_BASE_BYTES_MAX];
    char options[OPTIONS_BYTES_MAX];
    char role[OPTIONS_ROLE_BYTES_MAX];
    enum err err = statements_load();
    if (err == ERR_OK) {
        store->sql = calloc(1, sizeof *store->sql);
        err = store->sql == NULL ? ERR_NO_MEMORY : ingest_sql_init(store->sql);
    }
    if (err == ERR_OK) {
        err = group_new(store, &store->group);
    }
    if (err != ERR_OK) {
        store_free(store);
        return err;
    }
    (void)snprintf(base, sizeof base,
                   "-c jit=off -c statement_timeout=%u -c client_connection_check_interval=2000"
                   " -c search_path=pg_catalog -c timezone=UTC",
                   config->statement_timeout_ms);
    (void)snprintf(role, sizeof role, "%s%s", config->write_role == NULL ? "" : " -c role=",
                   config->write_role == NULL ? "" : config->write_role);
    (void)snprintf(options, sizeof options, "%s%s%s", base, GROUP_OPTIONS, role);
    err = start_connection(store, "group", config->ingest_conninfo, options, &store->group_connection);
    (void)snprintf(options, sizeof options, "%s%s", base, role);
    if (err == ERR_OK) {
        err = start_connection(store, "lookup", config->ingest_conninfo, options, &store->lookup_connection);
    }
    if (err == ERR_OK) {
        err = start_connection(store, "mark", config->ingest_conninfo, options, &store->mark_connection);
    }
    if (err == ERR_OK) {
        (void)snprintf(options, sizeof options, "%s%s", base, READ_OPTIONS);
        struct pool_config pool = {"read",
                                   config->read_conninfo,
                                   options,
                                   config->read_connections,
                                   STORE_READ_QUEUE_MAX,
                                   STORE_RECONNECT_MS_MIN,
                                   STORE_RECONNECT_MS_MAX};
        err = pool_start(store->loop, &pool, &store->read_pool);
    }
    if (err == ERR_OK) {
        err = look_sealer_start(store->loop, store->mark_connection, &store->look_sealer);
    }
    return err == ERR_OK ? query_set_new(store, &store->queries) : err;
}

static enum err start_connection(struct store *store, const char *name, const char *conninfo,
                                 const char *options, struct connection **ret_connection)
{
    struct connection_config config = {
        name, conninfo, options, STORE_RECONNECT_MS_MIN, STORE_RECONNECT_MS_MAX, on_ready, store, on_word};
    return connection_start(store->loop, &config, ret_connection);
}

static void on_ready(void *context, struct connection *connection, bool is_ready)
{
    struct store *store = context;
    if (is_ready && connection == store->lookup_connection && store->on_device_changed != NULL) {
        device_listen(store);
    }
    if (is_ready && connection == store->group_connection) {
        if (connection_server_version(connection) < SERVER_VERSION_SOUND && !store->is_age_told) {
            store->is_age_told = true;
            log_write(LOG_WARN, "db_old", "server_version=%d wanted=%d",
                      connection_server_version(connection), SERVER_VERSION_SOUND);
        }
        group_connected(store->group);
    }
}

static void on_word(void *context, const char *payload)
{
    device_word(context, payload);
}

static void on_part_stopped(void *context)
{
    struct store *store = context;
    if (--store->parts_to_stop > 0) {
        return;
    }
    void (*on_stopped)(void *context) = store->on_stopped;
    void *stopped_context = store->stopped_context;
    store_free(store);
    on_stopped(stopped_context);
}

static void store_free(struct store *store)
{
    query_set_free(store->queries);
    group_free(store->group);
    ingest_sql_release(store->sql);
    free(store->sql);
    free(store);
}
