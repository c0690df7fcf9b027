/* What a certificate must be beside what OpenSSL checks: exactly of the kind our authority issues. Rank 3; only the
 * files of this folder include it. One profile per side: a device's (seen by a server) and a server's (seen by a
 * client). docs/protocol.md#certificates. */
#ifndef COMMON_TLS_VERIFY_H
#define COMMON_TLS_VERIFY_H

#include <openssl/ssl.h>

#include "common/tls/engine.h"

/* What was found out about the peer; one per engine, SSL_set_app_data points at it. */
struct tls_verdict {
    const char *reason;         /* why the profile refused the certificate, static memory; NULL: it did not */
    bool is_expired;            /* a device's that ended at most TLS_EXPIRED_DAYS_MAX ago */
    uint8_t pin[TLS_PIN_BYTES]; /* of tls_verify_pin */
};

/* OpenSSL's verify callback. */
int tls_verify(int is_fine, X509_STORE_CTX *context);
/* Instead of it, for a client that knows nothing but the server's key. */
int tls_verify_pin(X509_STORE_CTX *context, void *unused);

/* The device id a certificate's common name states. ERR_MALFORMED: none. */
MUST_CHECK enum err tls_certificate_device(X509 *certificate, struct hash *ret_device);

#endif
