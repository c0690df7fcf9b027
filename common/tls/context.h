/* What all engines of one side share; only the engine looks inside. Rank 3. */
#ifndef COMMON_TLS_CONTEXT_H
#define COMMON_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "common/tls/engine.h"

struct tls_context {
    SSL_CTX *native;
    bool is_server;
    uint8_t pin[TLS_PIN_BYTES];
    char *server_name; /* for the server name extension; NULL: none (server, or an IP address) */
};

/* The protocol name as ALPN carries it: length, then text. */
#define TLS_ALPN_WIRE \
    "\x08"            \
    "dantin/1"
enum { TLS_ALPN_WIRE_BYTES = 9 };

#endif
