/* TCP, TLS and frames of the client. connection_pump is the one place that waits: it sends what is queued and
 * takes what has come. */
#include "client/lib/connection.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/platform.h"
#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/tls/engine.h"

enum { RECEIVE_STEP_BYTES = 65536 };

struct connection {
    struct platform_socket *socket;
    struct tls_engine *engine;
    struct buf plain;  /* received; the frame at its front may be lent */
    struct buf cipher; /* to send */
    size_t lent_bytes; /* of the frame given out last: consumed by the next call */
    bool is_greeted;
    bool is_plain_waiting; /* the engine holds plain text that did not fit */
    uint8_t step[RECEIVE_STEP_BYTES];
};

/* Who we are and whom we trust. */
struct credentials {
    const struct keys *keys; /* NULL: a stranger */
    const uint8_t *pin;      /* of a stranger */
};

static enum err open_server(const char *server, struct credentials credentials,
                            struct connection **ret_connection, struct error *ret_error);
static enum err open_socket_take(struct platform_socket *socket, const char *host,
                                 struct credentials credentials, struct connection **ret_connection,
                                 struct error *ret_error);
static enum err start_tls(struct connection *connection, const char *host, struct credentials credentials,
                          struct error *ret_error);
static enum err handshake(struct connection *connection);
static enum err connection_pump(struct connection *connection, int64_t wait_ms);
static enum err send_queued(struct connection *connection);
static enum err take_received(struct connection *connection);
static enum err feed(struct connection *connection, struct bytes cipher);
static enum err next_frame(struct connection *connection, struct frame *ret_frame);
static void drain(struct connection *connection);

enum err connection_split_server(const char *server, char ret_host[CONNECTION_HOST_BYTES_MAX],
                                 char ret_port[CONNECTION_PORT_BYTES_MAX])
{
    const char *host = server;
    const char *host_end = NULL;
    const char *port = NULL;
    if (server[0] == '[') {
        host = server + 1;
        host_end = strchr(host, ']');
        if (host_end == NULL || (host_end[1] != '\0' && host_end[1] != ':')) {
            return ERR_CONFIG;
        }
        port = host_end[1] == ':' ? host_end + 2 : CONNECTION_PORT_DEFAULT;
    } else {
        const char *colon = strchr(server, ':');
        bool is_bare_v6 = colon != NULL && strchr(colon + 1, ':') != NULL;
        size_t address_len = strspn(server, "0123456789abcdefABCDEF:."); /* a zone may follow: fe80::1%eth0 */
        if (is_bare_v6 && server[address_len] != '\0' && server[address_len] != '%') {
            return ERR_CONFIG;
        }
        host_end = colon == NULL || is_bare_v6 ? server + strlen(server) : colon;
        port = colon == NULL || is_bare_v6 ? CONNECTION_PORT_DEFAULT : colon + 1;
    }
    size_t host_len = (size_t)(host_end - host);
    size_t port_len = strlen(port);
    if (host_len == 0 || host_len >= CONNECTION_HOST_BYTES_MAX || port_len == 0 ||
        port_len >= CONNECTION_PORT_BYTES_MAX || strspn(port, "0123456789") != port_len) {
        return ERR_CONFIG;
    }
    memcpy(ret_host, host, host_len);
    ret_host[host_len] = '\0';
    memcpy(ret_port, port, port_len + 1);
    return ERR_OK;
}

enum err connection_open(const char *server, const struct keys *keys, struct connection **ret_connection,
                         struct error *ret_error)
{
    return open_server(server, (struct credentials){.keys = keys}, ret_connection, ret_error);
}

enum err connection_open_pinned(const char *server, const uint8_t *pin, struct connection **ret_connection,
                                struct error *ret_error)
{
    return open_server(server, (struct credentials){.pin = pin}, ret_connection, ret_error);
}

static enum err open_server(const char *server, struct credentials credentials,
                            struct connection **ret_connection, struct error *ret_error)
{
    char host[CONNECTION_HOST_BYTES_MAX];
    char port[CONNECTION_PORT_BYTES_MAX];
    struct platform_socket *socket = NULL;
    if (connection_split_server(server, host, port) != ERR_OK) {
        return error_set(ret_error, ERR_CONFIG, "%s", server);
    }
    enum err err = platform_socket_connect(host, port, CONNECTION_CONNECT_MS_MAX, &socket);
    if (err != ERR_OK) {
        return error_set(ret_error, err, "%s: %s", server, platform_reason());
    }
    return open_socket_take(socket, host, credentials, ret_connection, ret_error);
}

enum err connection_open_socket_take(struct platform_socket *socket, const char *host,
                                     const struct keys *keys, struct connection **ret_connection,
                                     struct error *ret_error)
{
    return open_socket_take(socket, host, (struct credentials){.keys = keys}, ret_connection, ret_error);
}

static enum err open_socket_take(struct platform_socket *socket, const char *host,
                                 struct credentials credentials, struct connection **ret_connection,
                                 struct error *ret_error)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        platform_socket_close(socket);
        return error_set(ret_error, ERR_NO_MEMORY, "%s", host);
    }
    connection->socket = socket;
    buf_init(&connection->plain, CONNECTION_PLAIN_BYTES_MAX);
    buf_init(&connection->cipher, CONNECTION_CIPHER_BYTES_MAX);
    enum err err = start_tls(connection, host, credentials, ret_error);
    if (err == ERR_OK) {
        err = handshake(connection);
        const char *reason = connection_reason(connection);
        if (err != ERR_OK && reason[0] != '\0') {
            err = error_set(ret_error, err, "%s: %s", host, reason);
        }
    }
    if (err != ERR_OK) {
        drain(connection); /* an alert tells the other side why */
        connection_close(connection);
        return err;
    }
    *ret_connection = connection;
    return ERR_OK;
}

void connection_close(struct connection *connection)
{
    if (connection == NULL) {
        return;
    }
    if (connection->engine != NULL && tls_engine_is_ready(connection->engine)) {
        tls_engine_close(connection->engine, &connection->cipher);
        drain(connection);
    }
    tls_engine_free(connection->engine);
    platform_socket_close(connection->socket);
    buf_release(&connection->plain);
    buf_release(&connection->cipher);
    free(connection);
}

void connection_set_greeted(struct connection *connection)
{
    connection->is_greeted = true;
}

enum err connection_send(struct connection *connection, struct bytes frames)
{
    if (frames.len == 0) {
        return ERR_OK;
    }
    enum err err = tls_engine_write(connection->engine, frames, &connection->cipher);
    return err == ERR_OK ? send_queued(connection) : err;
}

enum err connection_receive(struct connection *connection, int64_t wait_ms, struct frame *ret_frame)
{
    int64_t deadline_ms = clock_monotonic_ms() + wait_ms;
    for (;;) {
        enum err err = next_frame(connection, ret_frame);
        if (err != ERR_AGAIN) {
            return err;
        }
        int64_t left_ms = deadline_ms - clock_monotonic_ms();
        err = connection_pump(connection, left_ms > 0 ? left_ms : 0);
        if (err != ERR_OK) {
            /* What the other side said before it hung up is worth reading: why it did. */
            return err != ERR_TIMED_OUT && next_frame(connection, ret_frame) == ERR_OK ? ERR_OK : err;
        }
    }
}

enum err connection_exported(const struct connection *connection, uint8_t *ret_value)
{
    struct tls_peer peer;
    enum err err = tls_engine_peer(connection->engine, &peer);
    if (err == ERR_OK) {
        memcpy(ret_value, peer.exported, sizeof peer.exported);
    }
    return err;
}

const char *connection_reason(const struct connection *connection)
{
    const char *reason = tls_engine_reason(connection->engine);
    return reason != NULL ? reason : "";
}

/* ---- TLS ---- */

static enum err start_tls(struct connection *connection, const char *host, struct credentials credentials,
                          struct error *ret_error)
{
    const struct keys *keys = credentials.keys;
    struct tls_context *context = NULL;
    struct tls_config config = {.pin = credentials.pin, .server_name = host};
    if (keys != NULL) {
        REQUIRE(keys->certificate_pem != NULL && keys->authority_pem != NULL);
        config.certificate_pem = bytes_of_text(keys->certificate_pem);
        config.private_key_pem = bytes_of_text(keys->key_pem);
        config.authority_pem = bytes_of_text(keys->authority_pem);
    }
    enum err err = tls_context_new(&config, &context, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    err = tls_engine_new(context, &connection->engine);
    tls_context_free(context);
    if (err == ERR_OK) {
        err = tls_engine_start(connection->engine, &connection->cipher);
    }
    return err == ERR_OK ? ERR_OK : error_set(ret_error, err, "%s", host);
}

static enum err handshake(struct connection *connection)
{
    int64_t deadline_ms = clock_monotonic_ms() + CONNECTION_HANDSHAKE_MS_MAX;
    while (!tls_engine_is_ready(connection->engine)) {
        int64_t left_ms = deadline_ms - clock_monotonic_ms();
        enum err err = connection_pump(connection, left_ms > 0 ? left_ms : 0);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* ---- bytes ---- */

/* Send and receive once. ERR_TIMED_OUT: nothing happened within wait_ms. */
static enum err connection_pump(struct connection *connection, int64_t wait_ms)
{
    if (connection->is_plain_waiting) {
        return feed(connection, bytes_of(NULL, 0));
    }
    bool can_read = false;
    bool can_write = false;
    bool wants_write = buf_content(&connection->cipher).len > 0;
    enum err err = platform_socket_wait(connection->socket, wants_write, wait_ms, &can_read, &can_write);
    if (err == ERR_OK && can_write) {
        err = send_queued(connection);
    }
    /* A broken pipe while sending: what the other side said last may still be read. */
    if (can_read && (err == ERR_OK || err == ERR_CLOSED)) {
        err = take_received(connection);
    }
    return err;
}

static enum err send_queued(struct connection *connection)
{
    while (buf_content(&connection->cipher).len > 0) {
        size_t sent = 0;
        enum err err = platform_socket_send(connection->socket, buf_content(&connection->cipher), &sent);
        if (err == ERR_AGAIN) {
            return ERR_OK;
        }
        if (err != ERR_OK) {
            return err;
        }
        buf_consume(&connection->cipher, sent);
    }
    return ERR_OK;
}

static enum err take_received(struct connection *connection)
{
    size_t received = 0;
    enum err err =
        platform_socket_receive(connection->socket, connection->step, sizeof connection->step, &received);
    if (err == ERR_AGAIN) {
        return ERR_OK;
    }
    return err == ERR_OK ? feed(connection, bytes_of(connection->step, received)) : err;
}

static enum err feed(struct connection *connection, struct bytes cipher)
{
    enum err err = tls_engine_feed(connection->engine, cipher, &connection->plain, &connection->cipher);
    connection->is_plain_waiting = err == ERR_BUSY;
    if (err != ERR_OK && err != ERR_BUSY) {
        return err;
    }
    return send_queued(connection);
}

/* ---- frames ---- */

/* ERR_AGAIN: more bytes are needed. */
static enum err next_frame(struct connection *connection, struct frame *ret_frame)
{
    struct frame_rules rules = {.is_server = false, .is_greeted = connection->is_greeted};
    buf_consume(&connection->plain, connection->lent_bytes);
    connection->lent_bytes = 0;
    for (;;) {
        struct bytes content = buf_content(&connection->plain);
        struct frame_header header = {0};
        enum err err = frame_decode_header(content, rules, &header);
        if (err == ERR_UNSUPPORTED) {
            if (content.len < FRAME_HEADER_BYTES + (size_t)header.body_bytes) {
                return ERR_AGAIN;
            }
            buf_consume(&connection->plain, FRAME_HEADER_BYTES + (size_t)header.body_bytes);
            continue;
        }
        if (err == ERR_OK) {
            err = frame_decode(content, rules, ret_frame);
        }
        if (err == ERR_OK) {
            connection->lent_bytes = FRAME_HEADER_BYTES + (size_t)header.body_bytes;
        }
        return err;
    }
}

/* Hand what is queued to the system; failing that is no news to anybody. */
static void drain(struct connection *connection)
{
    int64_t deadline_ms = clock_monotonic_ms() + CONNECTION_CLOSE_MS_MAX;
    while (buf_content(&connection->cipher).len > 0 && clock_monotonic_ms() < deadline_ms) {
        bool can_read = false;
        bool can_write = false;
        if (send_queued(connection) != ERR_OK || buf_content(&connection->cipher).len == 0) {
            return;
        }
        if (platform_socket_wait(connection->socket, true, deadline_ms - clock_monotonic_ms(), &can_read,
                                 &can_write) != ERR_OK) {
            return;
        }
        if (can_read && !can_write) {
            return; /* the other side still talks instead of listening */
        }
    }
}
