/* The composition root. */
#include "server/app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uv.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/tls/engine.h"
#include "server/anchoring.h"
#include "server/app_database.h"
#include "server/store/vault.h"
#include "server/app_keys.h"
#include "server/app_log_key.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/handlers/handlers.h"
#include "server/ingest/erased.h"
#include "server/ingest/ingest.h"
#include "server/net/ingest_clock.h"
#include "server/net/listener.h"
#include "server/net/signals.h"
#include "server/ops/health.h"
#include "server/ops/http.h"
#include "server/session/session.h"
#include "server/store/cluster.h"
#include "server/store/store.h"

enum { APP_ROUTE_COUNT = 10, APP_PORTS_BYTES_MAX = 64 };

/* Steps of the end; each starts when the one before has reported. */
enum app_stage {
    APP_RUNNING,
    APP_STOP_SESSIONS,
    APP_STOP_INGEST,
    APP_STOP_STORE,
    APP_STOP_CLUSTER,
    APP_STOP_LOOP
};

struct app {
    const struct config *config;
    const struct options *options;
    const struct app_authority *authority;
    enum language language;
    uv_loop_t loop;
    uv_timer_t tick;
    struct ingest_clock ingest_clock;
    struct signals *signals;
    struct app_database database;
    struct store *store;
    struct ingest *ingest;
    struct app_log_key *log_key; /* those before it are kept: a group may be under way */
    struct tls_context *tls;
    struct session_hub *hub;
    struct listener *listener;
    struct http *http;
    struct anchoring *anchoring;
    struct route routes[APP_ROUTE_COUNT];
    struct handlers_context handlers;
    enum app_stage stage;
    unsigned stop_count;
    int64_t stop_ms; /* when the end began */
};

static enum err app_start(struct app *app, struct error *ret_error);
static enum err start_loop(struct app *app, struct error *ret_error);
static enum err start_store(struct app *app, struct error *ret_error);
static enum err start_sessions(struct app *app, struct error *ret_error);
static enum err start_listener(struct app *app, struct error *ret_error);
static enum err start_http(struct app *app, struct error *ret_error);
static enum err write_ports(const struct app *app, struct error *ret_error);
static void app_stop(struct app *app);
static void app_free(struct app *app);
static void on_sessions_stopped(void *context);
static void on_ingest_idle(void *context);
static void on_store_stopped(void *context);
static void on_cluster_stopped(void *context);
static void on_signal_stop(void *context);
static void on_signal_reload(void *context);
static void on_tick(uv_timer_t *timer);
static void on_device_changed(void *context, const struct hash *device);
static void look_for_log_keys(void *context);
static void look_for_log_key(struct app *app, const char *name);
static void on_log_device(void *target, enum err err, const struct store_device *device,
                          const struct store_head *head);
static void on_other_log_key(void *context, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES]);
static void dismiss(void *target, struct session *session);

enum err app_run(const struct config *config, const struct options *options,
                 const struct app_authority *authority, struct error *ret_error)
{
    struct app *app = calloc(1, sizeof *app);
    enum err err = ERR_OK;

    if (app == NULL) {
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, options->language));
    }
    app->config = config;
    app->options = options;
    app->authority = authority;
    app->language = options->language;
    err = start_loop(app, ret_error);
    if (err != ERR_OK) {
        free(app);
        return err;
    }
    err = app_start(app, ret_error);
    if (err == ERR_OK) {
        log_write(LOG_INFO, "ready", "version=%s listen_port=%u metrics_port=%u pid=%d", DANTIN_VERSION,
                  (unsigned)listener_port(app->listener),
                  app->http == NULL ? 0U : (unsigned)http_port(app->http), (int)getpid());
    } else {
        app_stop(app);
    }
    (void)uv_run(&app->loop, UV_RUN_DEFAULT); /* 0: nothing is left open */
    app_free(app);
    log_write(LOG_INFO, "stopped", "err=%s", err_name(err));
    return err;
}

/* ---- start ---- */

static enum err app_start(struct app *app, struct error *ret_error)
{
    enum err err = app_keys_tls(app->config, app->language, &app->tls, ret_error);

    if (err == ERR_OK) {
        err = app_database_open(app->config, app->language, &app->loop, &app->database, ret_error);
    }
    if (err == ERR_OK) {
        err = app_log_key_start(app->config, app->database.ingest_conninfo, app->language, &app->log_key,
                                ret_error);
    }
    if (err == ERR_OK) {
        err = start_store(app, ret_error);
    }
    if (err == ERR_OK) {
        err = start_sessions(app, ret_error);
    }
    if (err == ERR_OK) {
        err = start_listener(app, ret_error);
    }
    if (err == ERR_OK) {
        err = start_http(app, ret_error);
    }
    if (err == ERR_OK &&
        anchoring_start(&app->loop, app->options, app->config->data, &app->anchoring) != ERR_OK) {
        err = error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, app->language));
    }
    if (err == ERR_OK) {
        err = write_ports(app, ret_error);
    }
    return err;
}

/* The loop, with what it holds to the very end: two timers and the signals. */
static enum err start_loop(struct app *app, struct error *ret_error)
{
    struct signals_config signals = {on_signal_stop, on_signal_reload, app};

    if (uv_loop_init(&app->loop) != 0) {
        return error_set(ret_error, ERR_INTERNAL, "%s", err_text(ERR_INTERNAL, app->language));
    }
    (void)uv_timer_init(&app->loop, &app->tick); /* cannot fail */
    ingest_clock_init(&app->loop, &app->ingest_clock);
    app->tick.data = app;
    (void)uv_timer_start(&app->tick, on_tick, 0, APP_TICK_MS); /* fails without a callback only */
    if (signals_start(&app->loop, &signals, &app->signals) != ERR_OK) {
        log_write(LOG_WARN, "no_signals", "action=\"stop the server with SIGKILL; the next start recovers\"");
    }
    return ERR_OK;
}

static enum err start_store(struct app *app, struct error *ret_error)
{
    struct store_config store = {
        .on_device_changed = on_device_changed,
        .device_context = app,
        .ingest_conninfo = app->database.ingest_conninfo,
        .read_conninfo = app->database.read_conninfo,
        .read_connections = app->config->read_connections,
        .statement_timeout_ms = app->config->statement_timeout_ms,
        .small_cell_min = app->config->small_cell_min,
        .look_hour_max = app->config->look_hour_persons,
        .look_day_max = app->config->look_day_persons,
        .look_usual_times = app->config->look_usual_times,
        .vault = app->database.vault,
    };
    enum err err = app_keys_look(app->config, app->language, true, store.look_key, ret_error);

    if (err == ERR_OK) {
        err = store_start(&app->loop, &store, &app->store, ret_error);
    }

    if (err == ERR_OK) {
        const struct ingest_config ingest = {
            .store = app->store,
            .receipt_key = app->log_key->key,
            .on_other_log_key = on_other_log_key,
            .log_key_context = app,
            .now_ms = ingest_clock_now_ms,
            .timer = ingest_clock_timer(&app->ingest_clock),
        };

        err = ingest_new(&ingest, &app->ingest);
        if (err != ERR_OK) {
            err = error_set(ret_error, err, "%s", err_text(err, app->language));
        }
    }
    return err;
}

/* Which handler takes which message: the one list of them. */
static enum err start_sessions(struct app *app, struct error *ret_error)
{
    const struct session_hub_config hub = {
        .routes = app->routes,
        .route_count = APP_ROUTE_COUNT,
        .context = &app->handlers,
        .idle_timeout_ms = app->config->idle_timeout_ms,
        .monotonic_us = clock_monotonic_us,
        .wall_ms = clock_now_ms,
    };
    enum err err = session_hub_new(&hub, &app->hub);

    app->routes[0] = hello_route;
    app->routes[1] = submit_route;
    app->routes[2] = query_route;
    app->routes[3] = waiting_route;
    app->routes[4] = enrol_route;
    app->routes[5] = renew_route;
    app->routes[6] = prove_route;
    app->routes[7] = cosign_route;
    app->routes[8] = seal_route;
    app->routes[9] = notices_route;
    app->handlers = (struct handlers_context){
        .store = app->store,
        .ingest = app->ingest,
        .erased = app->database.erased,
        .receipt_key = app->log_key->verify_key,
        .on_other_log_key = look_for_log_keys,
        .app = app,
        .idle_timeout_ms = app->config->idle_timeout_ms,
        .authority_key = app->authority->key,
        .authority_pem = bytes_of(app->authority->pem, app->authority->pem_len),
    };
    memcpy(app->handlers.receipt_public, app->log_key->public_key, SIGN_PUBLIC_KEY_BYTES);
    if (err != ERR_OK) {
        return error_set(ret_error, err, "%s", err_text(err, app->language));
    }
    memcpy(app->handlers.own_keys[0], app->handlers.receipt_public, SIGN_PUBLIC_KEY_BYTES);
    return app_keys_own(app->config, app->language, app->handlers.own_keys[1], app->handlers.own_keys[2],
                        ret_error);
}

static enum err start_listener(struct app *app, struct error *ret_error)
{
    char host[CONFIG_TEXT_BYTES_MAX];
    unsigned port = 0;
    enum err err = config_address(app->config->listen, host, &port);

    if (err != ERR_OK) {
        return error_set(ret_error, err, "listen = %s", app->config->listen);
    }
    const struct listener_config listener = {
        .host = host,
        .port = (uint16_t)port,
        .connections_max = app->config->connections_max,
        .tls = app->tls,
        .hub = app->hub,
        .language = app->language,
    };
    return listener_start(&app->loop, &listener, &app->listener, ret_error);
}

static enum err start_http(struct app *app, struct error *ret_error)
{
    char host[CONFIG_TEXT_BYTES_MAX];
    unsigned port = 0;

    if (app->config->metrics[0] == '\0') {
        return ERR_OK;
    }
    if (config_address(app->config->metrics, host, &port) != ERR_OK) {
        return error_set(ret_error, ERR_CONFIG, "metrics = %s", app->config->metrics);
    }
    return http_start(host, (uint16_t)port, app->language, &app->http, ret_error);
}

/* DIR/run/ports, for scripts that asked for any free port. */
static enum err write_ports(const struct app *app, struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    char text[APP_PORTS_BYTES_MAX];

    context_path(app->config, "run", path);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return error_set(ret_error, ERR_IO, "%s: %s", path, strerror(errno));
    }
    context_path(app->config, "run/ports", path);
    (void)snprintf(text, sizeof text, "listen=%u\nmetrics=%u\n", (unsigned)listener_port(app->listener),
                   app->http == NULL ? 0U : (unsigned)http_port(app->http));
    return context_write(path, text, 0644, app->language, ret_error);
}

/* ---- the end ---- */

/* Begin the end; parts that were never started are passed over. */
static void app_stop(struct app *app)
{
    app->stage = APP_STOP_SESSIONS;
    app->stop_ms = clock_monotonic_ms();
    health_set_ready(false);
    anchoring_stop(app->anchoring);
    app->anchoring = NULL;
    if (app->listener != NULL) {
        listener_stop(app->listener, on_sessions_stopped, app);
    } else {
        on_sessions_stopped(app);
    }
}

static void on_sessions_stopped(void *context)
{
    struct app *app = context;

    app->listener = NULL;
    app->stage = APP_STOP_INGEST;
    if (app->ingest != NULL) {
        ingest_drain(app->ingest, on_ingest_idle, app);
    } else {
        on_ingest_idle(app);
    }
}

static void on_ingest_idle(void *context)
{
    struct app *app = context;

    app->stage = APP_STOP_STORE;
    if (app->store != NULL) {
        store_stop(app->store, on_store_stopped, app);
    } else {
        on_store_stopped(app);
    }
}

static void on_store_stopped(void *context)
{
    struct app *app = context;

    app->store = NULL;
    app->stage = APP_STOP_CLUSTER;
    if (app->database.cluster != NULL) {
        cluster_stop(app->database.cluster, on_cluster_stopped, app);
    } else {
        on_cluster_stopped(app);
    }
}

static void on_cluster_stopped(void *context)
{
    struct app *app = context;

    app->database.cluster = NULL;
    app->stage = APP_STOP_LOOP;
    uv_close((uv_handle_t *)&app->tick, NULL);
    ingest_clock_close(&app->ingest_clock);
    signals_stop(app->signals, NULL, NULL);
    app->signals = NULL;
}

static void app_free(struct app *app)
{
    http_stop(app->http);
    ingest_free(app->ingest);
    session_hub_free(app->hub);
    tls_context_free(app->tls);
    app_log_key_free(app->log_key);
    erased_free(app->database.erased);
    vault_free(app->database.vault);
    if (uv_loop_close(&app->loop) != 0) {
        log_write(LOG_ERROR, "loop_busy", "action=\"report this: a part left something open\"");
    }
    free(app);
}

/* ---- events ---- */

static void on_signal_stop(void *context)
{
    struct app *app = context;

    app->stop_count++;
    log_write(LOG_INFO, "stopping", "signals=%u connections=%u", app->stop_count,
              app->listener == NULL ? 0U : listener_connection_count(app->listener));
    if (app->stop_count >= APP_STOPS_MAX) {
        _exit(EXIT_FAILURE);
    }
    if (app->stage == APP_RUNNING) {
        app_stop(app);
    } else if (app->listener != NULL) {
        listener_cut(app->listener);
    }
}

/* What fails to load leaves what is in force. */
static void on_signal_reload(void *context)
{
    struct app *app = context;
    struct config *fresh = calloc(1, sizeof *fresh);
    struct tls_context *tls = NULL;
    struct error error = {0};
    enum err err = fresh == NULL ? ERR_NO_MEMORY : command_config(app->options, fresh, &error);

    if (app->stage != APP_RUNNING || app->listener == NULL) {
        goto done;
    }
    if (err == ERR_OK) {
        err = app_keys_tls(app->config, app->language, &tls, &error);
    }
    if (err == ERR_OK) {
        log_set_level(config_log_level(fresh));
        listener_set_tls(app->listener, tls);
        tls_context_free(app->tls);
        app->tls = tls;
        log_write(LOG_INFO, "reloaded", "log_level=%s", fresh->log_level);
    } else {
        log_write(LOG_ERROR, "reload_failed", "err=%s reason=\"%s\"", err_name(err), error.text);
    }
done:
    free(fresh);
}

static void on_tick(uv_timer_t *timer)
{
    struct app *app = timer->data;
    int64_t now_ms = clock_monotonic_ms();

    health_beat(now_ms);
    if (app->stage == APP_RUNNING) {
        health_set_ready(app->listener != NULL && app->store != NULL && store_is_ready(app->store));
        return;
    }
    if (now_ms - app->stop_ms > APP_STOP_MS) {
        log_write(LOG_ERROR, "stop_late", "stage=%u", (unsigned)app->stage);
        _exit(EXIT_FAILURE);
    }
    if (app->stage == APP_STOP_SESSIONS && now_ms - app->stop_ms > APP_DRAIN_MS && app->listener != NULL) {
        listener_cut(app->listener);
    }
}

static void on_device_changed(void *context, const struct hash *device)
{
    struct app *app = context;

    if (app->hub != NULL && app->stage == APP_RUNNING) {
        handlers_device_changed(&app->handlers, app->hub, device);
        look_for_log_keys(app);
    }
}

/* It may be the log's that changed. */
static void look_for_log_keys(void *context)
{
    look_for_log_key(context, LOG_KEY_NEXT_FILE);
    look_for_log_key(context, LOG_KEY_FILE);
}

/* Does the log go under the key of this file by now? The journal says. */
static void look_for_log_key(struct app *app, const char *name)
{
    struct app_log_key *found = NULL;
    struct error ignored = {0}; /* without the file there is nothing to look for */
    if (app_log_key_read(app->config, name, app->language, &found, &ignored) != ERR_OK) {
        return;
    }
    struct hash spki_hash = sign_spki_hash(found->public_key);
    if (memcmp(found->public_key, app->log_key->public_key, SIGN_PUBLIC_KEY_BYTES) != 0) {
        store_find_device(app->store, NULL, &spki_hash, on_log_device, app);
    }
    app_log_key_free(found);
}

static void on_log_device(void *target, enum err err, const struct store_device *device,
                          const struct store_head *head)
{
    (void)head;
    if (err == ERR_OK && device->role == ROLE_LOG) {
        on_other_log_key(target, device->public_key); /* else ingest sees it at the next group */
    }
}

/* From here on nothing is signed by the key before. Who is connected was told that one: they come again. */
static void on_other_log_key(void *context, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES])
{
    struct app *app = context;
    struct app_log_key *key = NULL;
    struct error error = {0};
    if (memcmp(app->log_key->public_key, public_key, SIGN_PUBLIC_KEY_BYTES) == 0) {
        return; /* both ways of hearing of it */
    }
    enum err err = app_log_key_find(app->config, public_key, app->language, &key, &error);
    if (err != ERR_OK) {
        log_write(LOG_ERROR, "log_key_missing", "err=%s reason=\"%s\"", err_name(err), error.text);
        return;
    }
    key->older = app->log_key;
    app->log_key = key;
    ingest_set_log_key(app->ingest, key->key);
    app->handlers.receipt_key = key->verify_key;
    memcpy(app->handlers.receipt_public, key->public_key, SIGN_PUBLIC_KEY_BYTES);
    memcpy(app->handlers.own_keys[0], key->public_key, SIGN_PUBLIC_KEY_BYTES);
    log_write(LOG_INFO, "log_key_changed", "sessions=dismissed");
    if (app->hub != NULL) {
        session_hub_each(app->hub, NULL, dismiss, NULL);
    }
}

static void dismiss(void *target, struct session *session)
{
    (void)target;
    session_dismiss(session, ERR_SHUTTING_DOWN);
}
