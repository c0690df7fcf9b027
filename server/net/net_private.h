/* What listener.c and stream.c share; nobody else includes it. Rank 8. */
#ifndef SERVER_NET_NET_PRIVATE_H
#define SERVER_NET_NET_PRIVATE_H

#include <uv.h>

#include "common/base/buf.h"
#include "common/base/list.h"
#include "common/base/sm.h"
#include "server/net/listener.h"
#include "server/net/stream.h"
#include "server/net/wheel.h"

struct session;
struct tls_engine;

struct listener {
    struct listener_config config; /* host is gone after the start */
    uv_loop_t *loop;
    uv_tcp_t socket;
    uv_timer_t timer;      /* turns the wheel */
    uv_check_t check;      /* works the ready list off */
    uv_idle_t idle;        /* runs while the ready list is not empty, so that the loop does not sleep */
    unsigned handle_count; /* of the four above: open or closing */
    struct wheel wheel;
    struct list streams; /* all of them, by node */
    struct list ready;   /* those with something to do, by ready_node */
    unsigned stream_count;
    uint64_t next_number;
    uint16_t port;
    bool is_accepting_paused; /* a connection waits in libuv's hand */
    bool is_stopping;
    int64_t fault_minute;
    unsigned fault_log_count;
    void (*on_stopped)(void *context);
    void *stopped_context;
    char read_buffer[LISTENER_READ_BYTES];
};

struct stream {
    uv_tcp_t socket;
    uv_write_t write;
    struct listener *listener;
    struct tls_engine *tls;
    struct session *session;
    struct sm sm;
    struct buf cipher;  /* next to be sent */
    struct buf sending; /* on its way; untouched while is_writing */
    bool is_writing;
    bool is_reading;
    size_t lingered_bytes;
    bool is_input_full; /* the engine holds bytes that did not fit into the session's input */
    struct wheel_node timer;
    struct list node;
    struct list ready_node;
    uint64_t number;
};

/* Put on the ready list; safe when it is there. */
void listener_ready(struct listener *listener, struct stream *stream);
/* The stream's memory is about to go. */
void listener_forget(struct listener *listener, struct stream *stream);
/* May one more fault of a peer be logged this minute? */
bool listener_may_log(struct listener *listener);

#endif
