/* TLS 1.3 over memory: feed(cipher) → plain, write(plain) → cipher. Rank 3. No sockets.
 * ALPN dantin/1, client certificates (a server may let strangers in to be enrolled), no tickets, no resumption, no early data, buffers released
 * when idle. One engine per connection, one context per process and side; single thread. */
#ifndef COMMON_TLS_ENGINE_H
#define COMMON_TLS_ENGINE_H

#include "common/base/buf.h"
#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/sign.h"

#define TLS_ALPN "dantin/1"
#define TLS_EXPORTER "EXPORTER-dantin-enrol"

struct tls_context;
struct tls_engine;

struct tls_config {
    bool is_server;
    bool takes_strangers; /* server: a client may show no certificate (struct tls_peer, is_stranger) */
    struct bytes certificate_pem; /* own certificate (chain), borrowed for the call; with a pin: none */
    struct bytes private_key_pem; /* borrowed for the call; with a pin: none */
    struct bytes authority_pem;   /* CA that the peer's certificate must chain to; borrowed for the call */
    /* Client without a certificate: TLS_PIN_BYTES of SHA-256 of the server's key (SubjectPublicKeyInfo, DER), which is
     * all that is asked of the server's certificate, instead of authority and name. Borrowed for the call. */
    const uint8_t *pin;
    const char
        *server_name; /* client: name the server's certificate must bear (DNS or IP); borrowed for the call */
};

enum {
    TLS_CHAIN_DEPTH_MAX = 0, /* certificates between the peer's and the authority's */
    TLS_PIN_BYTES = 16,
    TLS_EXPORTED_BYTES = 32,
    TLS_EXPIRED_DAYS_MAX =
        30, /* so long after its end a device's certificate still lets it ask for a new one */
    TLS_PENDING_BYTES_MAX =
        256 * 1024, /* cipher text kept in an engine while `plain` is full; past it ERR_TLS */
};

/* ERR_CONFIG with a sentence: a PEM that does not load or key and certificate that do not fit. ERR_NO_MEMORY.
 */
MUST_CHECK enum err tls_context_new(const struct tls_config *config, struct tls_context **ret_context,
                                    struct error *ret_error);
void tls_context_free(struct tls_context *context); /* engines keep what they need of it */

MUST_CHECK enum err tls_engine_new(struct tls_context *context, struct tls_engine **ret_engine);
void tls_engine_free(struct tls_engine *engine);

/* Take bytes from the network. Plain text is appended to `plain` (its bytes_max bounds it; what does not fit
 * stays in the engine: call again with empty input). Bytes for the peer are appended to `cipher`. ERR_OK: all
 * taken. ERR_BUSY: plain is full. ERR_TLS: the connection is over (cipher may hold an alert to send).
 * ERR_CLOSED: the peer closed properly. */
MUST_CHECK enum err tls_engine_feed(struct tls_engine *engine, struct bytes in, struct buf *plain,
                                    struct buf *cipher);

/* Start the client's handshake (sends the first flight into cipher). */
MUST_CHECK enum err tls_engine_start(struct tls_engine *engine, struct buf *cipher);

/* Encrypt. ERR_AGAIN: the handshake is not finished. ERR_BUSY: `cipher` has no room under its maximum for the
 * plain text and its overhead (tls_cipher_bytes); nothing was written, try again when it was drained.
 * ERR_TLS. */
MUST_CHECK enum err tls_engine_write(struct tls_engine *engine, struct bytes plain, struct buf *cipher);

/* The most bytes `plain_bytes` of plain text become. */
size_t tls_cipher_bytes(size_t plain_bytes);

/* close_notify. */
void tls_engine_close(struct tls_engine *engine, struct buf *cipher);

/* Handshake finished, peer verified, ALPN agreed? */
bool tls_engine_is_ready(const struct tls_engine *engine);

/* Who the other side is, by its certificate. */
struct tls_peer {
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct hash device; /* that the certificate of a device names; none of a server */
    bool is_expired;  /* a device's whose time is over, by TLS_EXPIRED_DAYS_MAX at most: it may only renew */
    bool is_stranger; /* a client without a certificate: key and device are zeros */
    /* The value both sides derive from this one session under TLS_EXPORTER (RFC 8446, 7.5, no context), for what is to be
     * bound to it. */
    uint8_t exported[TLS_EXPORTED_BYTES];
};
/* ERR_UNAUTHORISED: not ready. */
MUST_CHECK enum err tls_engine_peer(const struct tls_engine *engine, struct tls_peer *ret_peer);

/* Why the last call said ERR_TLS, for logs: OpenSSL's reason, static memory. */
const char *tls_engine_reason(const struct tls_engine *engine);

#endif
