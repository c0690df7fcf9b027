/* Certificates made on the spot for tests: an authority, then servers and devices under it. Tests only.
 * Everything aborts on failure: a test without its certificates has nothing to say. */
#ifndef TESTS_LIB_CERTS_H
#define TESTS_LIB_CERTS_H

#include <stdbool.h>

#include "common/base/bytes.h"
#include "common/crypto/sign.h"

struct certs_authority;

struct certs_authority *certs_authority_new(void);
void certs_authority_free(struct certs_authority *authority);
/* Its own certificate, PEM; valid as long as the authority. */
struct bytes certs_authority_pem(const struct certs_authority *authority);

enum { CERTS_PEM_BYTES_MAX = 4096 };

/* A certificate and its private key. */
struct certs_identity {
    char certificate_pem[CERTS_PEM_BYTES_MAX];
    char key_pem[CERTS_PEM_BYTES_MAX];
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES]; /* zeros when is_p256 */
    struct hash device;                        /* SHA-256 of the key's SPKI; zeros when is_p256 */
};

/* What a certificate says; zero means: the good value. */
struct certs_request {
    const char *names; /* subjectAltName as OpenSSL writes it: "DNS:localhost,IP:127.0.0.1"; NULL: none */
    const char *usage; /* extendedKeyUsage: "serverAuth", "clientAuth" */
    bool is_expired;
    bool is_p256; /* a NIST P-256 key where Ed25519 is due */
};

void certs_issue(const struct certs_authority *authority, struct certs_request request,
                 struct certs_identity *ret_identity);
/* A server for localhost and 127.0.0.1. */
void certs_issue_server(const struct certs_authority *authority, struct certs_identity *ret_identity);
/* A device: common name = device id. */
void certs_issue_device(const struct certs_authority *authority, struct certs_identity *ret_identity);

#endif
