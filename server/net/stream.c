/* One connection. States: stream.h. */
#include "server/net/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/tls/engine.h"
#include "server/net/net_private.h"
#include "server/ops/metrics.h"
#include "server/session/session.h"

_Static_assert((int)LISTENER_READ_BYTES <= (int)TLS_PENDING_BYTES_MAX,
               "what was read may have to wait in the engine");

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf);
static void on_read(uv_stream_t *handle, ssize_t read_len, const uv_buf_t *buffer);
static void on_written(uv_write_t *write, int status);
static void on_closed(uv_handle_t *handle);
static void on_work(void *context);
static void set_origin(struct stream *stream);
static enum err stream_new(struct listener *listener, struct stream **ret_stream);
static void stream_feed(struct stream *stream, struct bytes in);
static void open_session(struct stream *stream);
static void stream_flush(struct stream *stream);
static bool encrypt_piece(struct stream *stream);
static bool send_piece(struct stream *stream);
static void update_reading(struct stream *stream);
static void update_timer(struct stream *stream);
static void flush_last_words(struct stream *stream);
static void start_lingering(struct stream *stream);
static void close_now(struct stream *stream);
static void log_tls_fault(struct stream *stream);

static const struct sm_state states[STREAM_STATE_COUNT] = {
    [STREAM_OPEN] = {"open", SM_BIT(STREAM_FLUSHING) | SM_BIT(STREAM_CLOSING), false},
    [STREAM_FLUSHING] = {"flushing", SM_BIT(STREAM_LINGERING) | SM_BIT(STREAM_CLOSING), false},
    [STREAM_LINGERING] = {"lingering", SM_BIT(STREAM_CLOSING), false},
    [STREAM_CLOSING] = {"closing", 0, true},
};
static const struct sm_table machine = {"stream", states, STREAM_STATE_COUNT, NULL};
static const struct session_carrier carrier = {on_work};

enum err stream_accept(struct listener *listener)
{
    struct stream *stream = NULL;
    enum err err = stream_new(listener, &stream);

    if (err != ERR_OK) {
        return err;
    }
    if (uv_accept((uv_stream_t *)&listener->socket, (uv_stream_t *)&stream->socket) != 0) {
        close_now(stream);
        return ERR_IO;
    }
    metric_add(METRIC_CONNECTIONS_ACCEPTED, 1);
    set_origin(stream);
    /* Neither is needed for being right, only for being quick and for noticing a dead peer. */
    (void)uv_tcp_nodelay(&stream->socket, 1);
    (void)uv_tcp_keepalive(&stream->socket, 1, STREAM_KEEPALIVE_S);
    update_reading(stream);
    update_timer(stream);
    return ERR_OK;
}

void stream_turn(struct stream *stream)
{
    bool has_more = false;

    if (stream->sm.state == STREAM_OPEN) {
        has_more = session_run(stream->session);
        if (stream->is_input_full) {
            stream_feed(stream, bytes_of(NULL, 0));
            has_more = true;
        }
        /* Frames that wait because the output was too long go on as soon as it is not. */
        has_more = has_more || !session_wants_input(stream->session);
    }
    stream_flush(stream);
    if (stream->sm.state == STREAM_OPEN && session_state(stream->session) == SESSION_CLOSED) {
        flush_last_words(stream);
    }
    if (stream->sm.state == STREAM_FLUSHING) {
        start_lingering(stream);
    }
    update_reading(stream);
    update_timer(stream);
    if (has_more && stream->sm.state == STREAM_OPEN && session_wants_input(stream->session)) {
        listener_ready(stream->listener, stream);
    }
}

void stream_on_time(struct stream *stream)
{
    if (stream->sm.state == STREAM_OPEN) {
        session_on_time(stream->session);
        update_timer(stream);
    } else {
        close_now(stream);
    }
}

void stream_drain(struct stream *stream)
{
    if (stream->sm.state == STREAM_OPEN) {
        session_drain(stream->session, ERR_SHUTTING_DOWN);
    }
}

void stream_cut(struct stream *stream)
{
    close_now(stream);
}

/* ---- libuv's callbacks ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    struct stream *stream = handle->data;

    (void)suggested; /* one buffer serves all: it is read out before the callback ends */
    *ret_buf = uv_buf_init(stream->listener->read_buffer, LISTENER_READ_BYTES);
}

static void on_read(uv_stream_t *handle, ssize_t read_len, const uv_buf_t *buffer)
{
    struct stream *stream = handle->data;

    if (stream->sm.state == STREAM_CLOSING) {
        return;
    }
    if (read_len < 0) {
        close_now(stream);
    } else if (stream->sm.state == STREAM_LINGERING) {
        stream->lingered_bytes += (size_t)read_len;
        if (stream->lingered_bytes > STREAM_LINGER_BYTES_MAX) {
            close_now(stream);
        }
    } else if (stream->sm.state == STREAM_OPEN && session_state(stream->session) != SESSION_CLOSED) {
        metric_add(METRIC_RECEIVED_BYTES, (uint64_t)read_len);
        stream_feed(stream, bytes_of(buffer->base, (size_t)read_len));
        /* libuv reads on and on while there is something: what does not fit must stop it now, not next turn.
         */
        update_reading(stream);
        listener_ready(stream->listener, stream);
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct stream *stream = write->data;

    stream->is_writing = false;
    if (stream->sm.state == STREAM_CLOSING) {
        return;
    }
    buf_clear(&stream->sending);
    if (status != 0) {
        close_now(stream);
    } else {
        listener_ready(stream->listener, stream);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct stream *stream = handle->data;

    listener_forget(stream->listener, stream);
    session_free(stream->session);
    tls_engine_free(stream->tls);
    buf_release(&stream->cipher);
    buf_release(&stream->sending);
    free(stream);
}

static void on_work(void *context)
{
    struct stream *stream = context;

    if (stream->sm.state != STREAM_CLOSING) {
        listener_ready(stream->listener, stream);
    }
}

/* ---- in ---- */

/* A peer that is gone already has none; it will not ask for anything. */
static void set_origin(struct stream *stream)
{
    struct sockaddr_storage peer;
    int len = sizeof peer;
    uint8_t address[ORIGIN_BYTES] = {0};

    if (uv_tcp_getpeername(&stream->socket, (struct sockaddr *)&peer, &len) != 0) {
        return;
    }
    if (peer.ss_family == AF_INET6) {
        memcpy(address, &((const struct sockaddr_in6 *)&peer)->sin6_addr, ORIGIN_BYTES);
    } else {
        address[10] = address[11] = 0xff;
        memcpy(address + 12, &((const struct sockaddr_in *)&peer)->sin_addr, 4);
    }
    const struct origin origin = origin_of_address(address);
    session_set_origin(stream->session, &origin);
}

static enum err stream_new(struct listener *listener, struct stream **ret_stream)
{
    struct stream *stream = calloc(1, sizeof *stream);
    enum err err = ERR_OK;

    if (stream == NULL) {
        return ERR_NO_MEMORY;
    }
    sm_init(&stream->sm, &machine, STREAM_OPEN);
    stream->listener = listener;
    stream->number = listener->next_number;
    buf_init(&stream->cipher, STREAM_CIPHER_BYTES_MAX);
    buf_init(&stream->sending, STREAM_CIPHER_BYTES_MAX);
    list_init(&stream->node);
    list_init(&stream->ready_node);
    wheel_node_init(&stream->timer);
    err = tls_engine_new(listener->config.tls, &stream->tls);
    if (err == ERR_OK) {
        err = session_new(listener->config.hub, &carrier, stream, stream->number, &stream->session);
    }
    if (err == ERR_OK && uv_tcp_init(listener->loop, &stream->socket) != 0) {
        err = ERR_IO;
    }
    if (err != ERR_OK) {
        session_free(stream->session);
        tls_engine_free(stream->tls);
        free(stream);
        return err;
    }
    stream->socket.data = stream;
    stream->write.data = stream;
    listener->next_number++;
    listener->stream_count++;
    list_push_back(&listener->streams, &stream->node);
    metric_move(METRIC_CONNECTIONS, 1);
    *ret_stream = stream;
    return ERR_OK;
}

static void stream_feed(struct stream *stream, struct bytes in)
{
    enum err err = tls_engine_feed(stream->tls, in, session_input(stream->session), &stream->cipher);

    stream->is_input_full = err == ERR_BUSY;
    if (tls_engine_is_ready(stream->tls) && session_state(stream->session) == SESSION_HANDSHAKE) {
        open_session(stream);
    }
    if (err == ERR_TLS) {
        log_tls_fault(stream);
    }
    if (err == ERR_TLS || err == ERR_CLOSED) {
        /* An alert may still have to go out; what the session would say cannot. */
        session_on_lost(stream->session);
    }
}

static void open_session(struct stream *stream)
{
    struct tls_peer peer;

    if (tls_engine_peer(stream->tls, &peer) == ERR_OK) {
        session_open(stream->session, &peer);
    } else {
        log_tls_fault(stream);
        session_on_lost(stream->session);
    }
}

/* ---- out ---- */

/* Encrypt and send until the socket is full, nothing is left, or the others should have their turn. */
static void stream_flush(struct stream *stream)
{
    size_t sent_bytes = 0;

    while (!stream->is_writing && stream->sm.state != STREAM_CLOSING) {
        if (!encrypt_piece(stream)) {
            close_now(stream);
            return;
        }
        if (stream->cipher.len == 0) {
            break;
        }
        sent_bytes += stream->cipher.len;
        if (!send_piece(stream)) {
            close_now(stream);
            return;
        }
        if (sent_bytes >= STREAM_TURN_BYTES_MAX) {
            listener_ready(stream->listener, stream);
            break;
        }
    }
    if (stream->sm.state == STREAM_OPEN && !stream->is_writing && session_is_idle(stream->session)) {
        buf_shrink(session_input(stream->session));
        buf_shrink(session_output(stream->session));
        buf_shrink(&stream->cipher);
        buf_shrink(&stream->sending);
    }
}

/* False: TLS cannot write any more. */
static bool encrypt_piece(struct stream *stream)
{
    struct buf *output = session_output(stream->session);
    struct bytes piece = buf_content(output);
    enum err err = ERR_OK;

    if (piece.len == 0 || stream->cipher.len > 0 || !tls_engine_is_ready(stream->tls)) {
        return true;
    }
    if (piece.len > STREAM_PIECE_BYTES) {
        piece.len = STREAM_PIECE_BYTES;
    }
    err = tls_engine_write(stream->tls, piece, &stream->cipher);
    if (err != ERR_OK) {
        return false;
    }
    buf_consume(output, piece.len);
    session_on_sent(stream->session);
    return true;
}

/* Hand the cipher bytes to the socket: at once as far as it takes them, the rest when it can. False: the line
 * is lost. */
static bool send_piece(struct stream *stream)
{
    struct buf empty = stream->sending;
    struct bytes content = {0};
    uv_buf_t buffer = {0};
    int written = 0;

    stream->sending = stream->cipher;
    stream->cipher = empty;
    content = buf_content(&stream->sending);
    metric_add(METRIC_SENT_BYTES, content.len);
    buffer = uv_buf_init((char *)(uintptr_t)content.at, (unsigned)content.len);
    written = uv_try_write((uv_stream_t *)&stream->socket, &buffer, 1);
    if (written < 0 && written != UV_EAGAIN) {
        return false;
    }
    if (written > 0) {
        buf_consume(&stream->sending, (size_t)written);
    }
    if (stream->sending.len == 0) {
        buf_clear(&stream->sending);
        return true;
    }
    content = buf_content(&stream->sending);
    buffer = uv_buf_init((char *)(uintptr_t)content.at, (unsigned)content.len);
    stream->is_writing = true;
    return uv_write(&stream->write, (uv_stream_t *)&stream->socket, &buffer, 1, on_written) == 0;
}

/* ---- moves ---- */

static void update_reading(struct stream *stream)
{
    bool should_read = stream->sm.state == STREAM_LINGERING;

    if (stream->sm.state == STREAM_OPEN) {
        should_read = session_wants_input(stream->session) && !stream->is_input_full;
    }
    if (stream->sm.state == STREAM_CLOSING || should_read == stream->is_reading) {
        return;
    }
    stream->is_reading = should_read;
    if (!should_read) {
        (void)uv_read_stop((uv_stream_t *)&stream->socket); /* always succeeds */
    } else if (uv_read_start((uv_stream_t *)&stream->socket, on_alloc, on_read) != 0) {
        close_now(stream);
    }
}

static void update_timer(struct stream *stream)
{
    if (stream->sm.state == STREAM_OPEN) {
        int64_t deadline_ms = session_deadline_ms(stream->session);

        /* A deadline that only moved away is looked at when the old one comes, which costs less than moving
         * it. */
        if (deadline_ms < stream->timer.deadline_ms || !list_is_linked(&stream->timer.node)) {
            wheel_set(&stream->listener->wheel, &stream->timer, deadline_ms);
        }
    }
}

/* The session is over: send what it still says and TLS's own farewell. */
static void flush_last_words(struct stream *stream)
{
    sm_move(&stream->sm, STREAM_FLUSHING);
    wheel_set(&stream->listener->wheel, &stream->timer,
              (int64_t)uv_now(stream->listener->loop) + STREAM_FLUSH_MS);
}

/* Once everything was sent. */
static void start_lingering(struct stream *stream)
{
    int fd = -1;

    if (stream->is_writing || stream->cipher.len > 0 || session_output(stream->session)->len > 0) {
        return;
    }
    tls_engine_close(stream->tls, &stream->cipher);
    if (stream->cipher.len > 0 && !send_piece(stream)) {
        close_now(stream);
        return;
    }
    if (stream->is_writing) {
        return; /* the engine closes only once, so the next turn gets past here */
    }
    if (uv_fileno((uv_handle_t *)&stream->socket, &fd) != 0 || shutdown(fd, SHUT_WR) != 0) {
        close_now(stream);
        return;
    }
    sm_move(&stream->sm, STREAM_LINGERING);
    wheel_set(&stream->listener->wheel, &stream->timer,
              (int64_t)uv_now(stream->listener->loop) + STREAM_LINGER_MS);
}

/* Entry actions of STREAM_CLOSING. */
static void close_now(struct stream *stream)
{
    if (stream->sm.state == STREAM_CLOSING) {
        return;
    }
    sm_move(&stream->sm, STREAM_CLOSING);
    wheel_cancel(&stream->timer);
    list_remove(&stream->ready_node);
    session_on_lost(stream->session);
    uv_close((uv_handle_t *)&stream->socket, on_closed);
}

/* Scanners knock all day: one line each, and not too many of those. No address: it may be a person's. */
static void log_tls_fault(struct stream *stream)
{
    bool is_handshake = session_state(stream->session) == SESSION_HANDSHAKE;

    if (is_handshake) {
        metric_add(METRIC_HANDSHAKES_FAILED, 1);
    }
    if (listener_may_log(stream->listener)) {
        log_write(LOG_INFO, is_handshake ? "handshake_failed" : "tls_failed",
                  "session=%" PRIu64 " reason=\"%s\"", stream->number, tls_engine_reason(stream->tls));
    }
}
