/* The port: accepts connections, holds them, ends them. Rank 8. One libuv loop, one thread.
 *
 * Each connection is a stream (stream.h) carrying a session. Streams with something to do stand on the ready
 * list, which is worked off once per turn of the loop, after all input of that turn; so replies of one turn
 * leave in one write. */
#ifndef SERVER_NET_LISTENER_H
#define SERVER_NET_LISTENER_H

#include <stdint.h>

#include "common/base/error.h"

struct listener;
struct session_hub;
struct tls_context;
struct uv_loop_s;

enum {
    LISTENER_BACKLOG = 1024,
    LISTENER_SPARE_FILES = 256,  /* descriptors for everything that is no connection */
    LISTENER_READ_BYTES = 65536, /* the one read buffer of the loop */
    LISTENER_FAULTS_LOGGED_PER_MINUTE = 60,
};

struct listener_config {
    const char *host;         /* name or numeric address */
    uint16_t port;            /* 0: a free one */
    unsigned connections_max; /* at the cap accepting pauses; the kernel's backlog holds the next ones */
    struct tls_context *tls;  /* borrowed, until listener_set_tls gives another */
    struct session_hub *hub;  /* borrowed */
    enum language language;   /* of sentences */
};

/* Raise RLIMIT_NOFILE to what that many connections need; the hard limit too where we may (as root). */
void listener_raise_file_limit(unsigned connections_max);

/* Raises RLIMIT_NOFILE when connections_max needs it. ERR_CONFIG, ERR_IO with a sentence. */
MUST_CHECK enum err listener_start(struct uv_loop_s *loop, const struct listener_config *config,
                                   struct listener **ret_listener, struct error *ret_error);
uint16_t listener_port(const struct listener *listener);
unsigned listener_connection_count(const struct listener *listener);
/* Certificates for the connections to come. */
void listener_set_tls(struct listener *listener, struct tls_context *tls);
/* Accept no more, end every session in order (SESSION_DRAIN_MS at most, then they are cut), close everything;
 * on_stopped runs once, the listener is gone then. */
void listener_stop(struct listener *listener, void (*on_stopped)(void *context), void *context);
/* While stopping: wait no longer. */
void listener_cut(struct listener *listener);

#endif
