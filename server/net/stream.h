/* One connection: uv_tcp, TLS engine and session, moved by one function, stream_turn. Rank 8. The loop's
 * thread.
 *
 *   socket ──read──► TLS engine ──plain──► session input      through the loop's one read buffer
 *   socket ◄──write── cipher ◄── TLS engine ◄── output        the next piece once the last one is gone
 *
 *   OPEN ──session closed──► FLUSHING ──all sent──► LINGERING ──peer closed, deadline──► CLOSING
 *     └──line lost, TLS broken, deadline──┴───────────────────────────────────────────────┘
 *
 * Backpressure: reading stops while the session wants no input (its output is too long) or its input is full.
 * LINGERING reads and drops what still comes, so that the last words are not lost to a reset. */
#ifndef SERVER_NET_STREAM_H
#define SERVER_NET_STREAM_H

#include "common/base/error.h"

struct listener;
struct stream;

enum {
    STREAM_CIPHER_BYTES_MAX = 131072,  /* of one piece on its way to the socket */
    STREAM_PIECE_BYTES = 65536,        /* plain bytes encrypted into one piece */
    STREAM_TURN_BYTES_MAX = 262144,    /* sent in one turn; then the others */
    STREAM_FLUSH_MS = 10000,           /* for last words */
    STREAM_LINGER_MS = 2000,           /* for the peer to close after them */
    STREAM_LINGER_BYTES_MAX = 1048576, /* read and dropped meanwhile */
    STREAM_KEEPALIVE_S = 60,
};

enum stream_state { STREAM_OPEN, STREAM_FLUSHING, STREAM_LINGERING, STREAM_CLOSING, STREAM_STATE_COUNT };

/* Accept the connection that waits at the listener. Owned by the loop; frees itself when closed.
 * ERR_NO_MEMORY, ERR_IO: dropped. */
MUST_CHECK enum err stream_accept(struct listener *listener);
/* Do what can be done now: run the session, send, read on or not, end. */
void stream_turn(struct stream *stream);
/* A deadline passed. */
void stream_on_time(struct stream *stream);
/* End the session in order. */
void stream_drain(struct stream *stream);
/* Close at once. */
void stream_cut(struct stream *stream);

#endif
