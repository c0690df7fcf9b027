/* The device's key and certificate in the home folder. Rank 4.
 * device.key: PKCS#8 PEM, 0600, made once and never sent anywhere. device.csr: what the operator signs.
 * device.crt, ca.crt: what came back. Device id = SHA-256 of the first public key (SPKI, DER), for life. */
#ifndef CLIENT_LIB_KEYS_H
#define CLIENT_LIB_KEYS_H

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/sign.h"

enum { KEYS_CERTIFICATE_BYTES_MAX = 65536 };

/* Everything a session needs, PEM as C strings. */
struct keys {
    struct signing_key *key;
    char *key_pem;         /* SIGN_PEM_BYTES_MAX, NUL-terminated */
    char *certificate_pem; /* NULL: not enrolled yet */
    char *authority_pem;   /* NULL: not enrolled yet */
};

/* Make device.key. ERR_EXISTS: there is one (it is never replaced). ret_device: the device id. */
MUST_CHECK enum err keys_create(const char *folder, struct hash *ret_device);
/* The certificate request (PEM): CN = hex of the device id. Written to csr_path or a free numbered name,
 * which goes to ret_path. */
MUST_CHECK enum err keys_write_request(const char *folder, const char *csr_path, char *ret_path,
                                       size_t path_bytes);
/* Read key and, where present, certificates. ERR_NOT_FOUND: no key. ERR_MALFORMED: not a key. ret_keys must
 * be zeroed. */
MUST_CHECK enum err keys_load(const char *folder, struct keys *ret_keys);
void keys_release(struct keys *keys);

/* Why a certificate was not installed. */
enum keys_fault {
    KEYS_FINE,
    KEYS_UNREADABLE,
    KEYS_OTHER_KEY,
    KEYS_OTHER_DEVICE,
    KEYS_OTHER_AUTHORITY,
    KEYS_OUT_OF_DATE
};
/* Is this certificate for this key, in force at now_ms, for this device (its CN), and issued by this
 * authority? */
enum keys_fault keys_check(const struct signing_key *key, const struct hash *device,
                           const char *certificate_pem, const char *authority_pem, int64_t now_ms);
/* Check both files and install them as device.crt and ca.crt. ERR_CONFIG with *ret_fault; ERR_NOT_FOUND,
 * ERR_IO. */
MUST_CHECK enum err keys_install(const char *folder, const struct hash *device, const char *certificate_path,
                                 const char *authority_path, int64_t now_ms, enum keys_fault *ret_fault);
/* Days until the certificate ends (negative: it has). ERR_MALFORMED. */
MUST_CHECK enum err keys_days_left(const char *certificate_pem, int64_t now_ms, int64_t *ret_days);

#endif
