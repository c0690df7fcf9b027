/* A connection of the client: TCP, TLS and frames. Rank 6. The one file that uses the sockets of platform.h.
 * Blocking, with a deadline on every wait. One thread. Bytes to send are queued and go out while waiting for
 * frames, so that both sides can write at once without a stall. */
#ifndef CLIENT_LIB_CONNECTION_H
#define CLIENT_LIB_CONNECTION_H

#include "client/lib/keys.h"
#include "common/base/buf.h"
#include "common/wire/frame.h"

enum {
    CONNECTION_CONNECT_MS_MAX = 15000, /* the look-up of the name included */
    CONNECTION_HANDSHAKE_MS_MAX = 10000,
    CONNECTION_CLOSE_MS_MAX = 1000,        /* to hand the last bytes to the system */
    CONNECTION_PLAIN_BYTES_MAX = 2 << 20,  /* received and not yet taken; holds the largest frame */
    CONNECTION_CIPHER_BYTES_MAX = 8 << 20, /* queued for sending; past it ERR_TOO_BIG */
    CONNECTION_HOST_BYTES_MAX = 256,
    CONNECTION_PORT_BYTES_MAX = 8,
};

#define CONNECTION_PORT_DEFAULT "7443"

struct connection;
struct platform_socket;

/* "host", "host:port", "[::1]:port" into its parts. ERR_CONFIG. */
MUST_CHECK enum err connection_split_server(const char *server, char ret_host[CONNECTION_HOST_BYTES_MAX],
                                            char ret_port[CONNECTION_PORT_BYTES_MAX]);

/* Connect and finish the TLS handshake. keys must hold certificates. ERR_UNREACHABLE, ERR_TIMED_OUT, ERR_TLS,
 * ERR_CLOSED, ERR_CONFIG; ret_error holds the reason where more is known than the code says. */
MUST_CHECK enum err connection_open(const char *server, const struct keys *keys,
                                    struct connection **ret_connection, struct error *ret_error);
/* Without a certificate, to a server of which nothing is known but its key (pin: TLS_PIN_BYTES, common/tls/engine.h). */
MUST_CHECK enum err connection_open_pinned(const char *server, const uint8_t *pin,
                                           struct connection **ret_connection, struct error *ret_error);
/* The same with keys, over a socket that is already connected; takes the socket in every case. */
MUST_CHECK enum err connection_open_socket_take(struct platform_socket *socket, const char *host,
                                                const struct keys *keys, struct connection **ret_connection,
                                                struct error *ret_error);
/* Says goodbye to TLS, sends what is queued within CONNECTION_CLOSE_MS_MAX, frees. */
void connection_close(struct connection *connection);

/* From now on the frames of a greeted session are taken. */
void connection_set_greeted(struct connection *connection);

/* Queue bytes that are whole frames; sends what the system takes at once. */
MUST_CHECK enum err connection_send(struct connection *connection, struct bytes frames);

/* The next frame, waiting up to wait_ms; its body is valid until the next call. ERR_TIMED_OUT: none yet (call
 * again). ERR_CLOSED, ERR_TLS, ERR_PROTOCOL, ERR_TOO_BIG, ERR_MALFORMED: the connection is over. Frames of
 * unknown type are skipped. */
MUST_CHECK enum err connection_receive(struct connection *connection, int64_t wait_ms,
                                       struct frame *ret_frame);

/* The value both sides derive from this TLS session (TLS_EXPORTED_BYTES). */
MUST_CHECK enum err connection_exported(const struct connection *connection, uint8_t *ret_value);

/* Words for the last failure, for people who look after networks. Valid until the next call. */
const char *connection_reason(const struct connection *connection);

#endif
