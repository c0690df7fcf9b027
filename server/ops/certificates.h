/* X.509 for an office's own certificate authority: Ed25519 throughout. Rank 3. Pure but for time and
 * randomness. Certificates and requests are PEM texts; out buffers hold CERTIFICATE_PEM_BYTES_MAX bytes, NUL
 * included. */
#ifndef SERVER_OPS_CERTIFICATES_H
#define SERVER_OPS_CERTIFICATES_H

#include "common/base/bytes.h"
#include "common/crypto/sign.h"

enum {
    CERTIFICATE_PEM_BYTES_MAX = 16384,
    CERTIFICATE_AUTHORITY_DAYS = 7300,
    CERTIFICATE_SERVER_DAYS = 1825,
    CERTIFICATE_DEVICE_DAYS = 90, /* at most; a client renews by itself */
    CERTIFICATE_SKEW_S = 3600,    /* valid from so long ago: clocks of office PCs are wrong */
};

/* A self-signed authority that may sign end certificates only. ERR_NO_MEMORY, ERR_INTERNAL. */
MUST_CHECK enum err certificate_authority(const struct signing_key *key, const char *common_name,
                                          char *ret_pem);

/* A server's certificate (serverAuth) for `public_key`. names: DNS names and IP addresses, comma between.
 * ERR_CONFIG: a name that is neither, or none at all. ERR_MALFORMED: authority_pem is no certificate, or not
 * of this key. */
MUST_CHECK enum err certificate_for_server(const struct signing_key *authority_key,
                                           struct bytes authority_pem,
                                           const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], const char *names,
                                           char *ret_pem);

/* A device's certificate (clientAuth); its common name is the device id in hex. Errors as above; ERR_USAGE:
 * days out of 1..CERTIFICATE_DEVICE_DAYS. */
MUST_CHECK enum err certificate_for_device(const struct signing_key *authority_key,
                                           struct bytes authority_pem,
                                           const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES],
                                           const struct hash *device, unsigned days, char *ret_pem);

/* The key of a certificate. ERR_MALFORMED: no certificate; ERR_UNSUPPORTED: not Ed25519. */
MUST_CHECK enum err certificate_key(struct bytes pem, uint8_t ret_public[SIGN_PUBLIC_KEY_BYTES]);

/* The key a request (PKCS#10) asks a certificate for. ERR_MALFORMED: no request. ERR_UNSUPPORTED: not
 * Ed25519. ERR_BAD_SIGNATURE: not signed by its own key. ERR_UNAUTHORISED: a key of small order or not
 * canonical. */
MUST_CHECK enum err certificate_request_key(struct bytes request_pem,
                                            uint8_t ret_public[SIGN_PUBLIC_KEY_BYTES]);

#endif
