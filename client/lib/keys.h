/* The persons of an installation and their keys. Rank 4.
 *
 *     HOME/persons/<name>/device.key      the person's Ed25519 key under the passphrase, and with it the store's key and the
 *                                         device id (common/crypto/key_file.h); 0600, never sent anywhere
 *                         recovery.key    the same under the recovery code
 *                         device.crt, ca.crt   what the operator returned
 *
 * A person at an installation is one device of the province's journal. Device id = SHA-256 of the first public key (SPKI, DER), for
 * life. `folder` below is a person's folder. docs/decisions/0014-persons-and-their-keys.md */
#ifndef CLIENT_LIB_KEYS_H
#define CLIENT_LIB_KEYS_H

#include "client/lib/keys_code.h"
#include "client/lib/platform.h"
#include "common/base/arena.h"
#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/key_file.h"
#include "common/crypto/sign.h"

enum {
    KEYS_CERTIFICATE_BYTES_MAX = 65536,
    KEYS_RENEW_DAYS = 30,       /* before its end a certificate is renewed: from day 60 of 90 */
    KEYS_PERSON_BYTES_MAX = 32, /* of a name */
    KEYS_PERSONS_MAX = 64,      /* of one home */
    KEYS_PASSPHRASE_CHARACTERS_MIN = 10,
    KEYS_PASSPHRASE_BYTES_MAX = KEY_FILE_SECRET_BYTES_MAX,
    KEYS_STORE_KEY_BYTES = 32,
    KEYS_PACKED_BYTES = SIGN_SEED_BYTES + KEYS_STORE_KEY_BYTES + HASH_BYTES,
};

#define KEYS_NEXT_CERTIFICATE "next.crt"

/* A person's keys, unlocked, and everything a session needs. */
struct keys {
    struct signing_key *key;
    char *key_pem;         /* SIGN_PEM_BYTES_MAX, NUL-terminated, not encrypted: for TLS, in memory only */
    char *certificate_pem; /* PEM as C strings; NULL: not enrolled yet */
    char *authority_pem;   /* NULL: not enrolled yet */
    struct hash device;
    uint8_t store_key[KEYS_STORE_KEY_BYTES];
};
/* Wipes and frees; NULL and zeroed are allowed. */
void keys_release(struct keys *keys);

/* ---- persons ---- */

/* 1 to KEYS_PERSON_BYTES_MAX of a-z, 0-9, '-' and '_', a letter or digit first: it becomes a folder. */
bool keys_is_person(const char *name);
/* ERR_TOO_BIG. */
MUST_CHECK enum err keys_folder(const char *home, const char *person,
                                char ret_folder[PLATFORM_PATH_BYTES_MAX]);
/* Everybody who has a key here, by name; NULL-safe count in *ret_count, at most KEYS_PERSONS_MAX. */
MUST_CHECK enum err keys_persons(const char *home,
                                 char ret_names[KEYS_PERSONS_MAX][KEYS_PERSON_BYTES_MAX + 1],
                                 size_t *ret_count);
/* The person meant: `wanted`, or with NULL the only one. ERR_NOT_FOUND: nobody (of that name). ERR_AMBIGUOUS: several. */
MUST_CHECK enum err keys_choose(const char *home, const char *wanted,
                                char ret_person[KEYS_PERSON_BYTES_MAX + 1]);

/* ---- keys ---- */

/* Would this be taken as a new passphrase? */
bool keys_is_passphrase(const char *passphrase);

/* Make the person's key and wrap it twice. store_key: the home's, held by whoever was there before; NULL: draw one, this is the
 * first person. ERR_EXISTS: there is a key (it is never replaced). ret_keys must be zeroed. */
MUST_CHECK enum err keys_create(const char *folder, const char *passphrase, enum key_file_cost cost,
                                const uint8_t *store_key, char ret_code[KEYS_CODE_TEXT_BYTES],
                                struct keys *ret_keys);
/* Unlock, and read the certificates where present. Slow on purpose (KEY_FILE_SCRYPT_N). ERR_NOT_FOUND: no key. ERR_PASSPHRASE.
 * ERR_MALFORMED: not a key. ret_keys must be zeroed. */
MUST_CHECK enum err keys_unlock(const char *folder, const char *passphrase, struct keys *ret_keys);
/* The same with the recovery code as people type it. ERR_PASSPHRASE: well-formed but another; ERR_MALFORMED: no code, or no key. */
MUST_CHECK enum err keys_recover(const char *folder, const char *code, struct keys *ret_keys);
/* Unlocked keys as bytes, to be kept where nobody reads them; and back. ERR_MALFORMED. */
void keys_pack(const struct keys *keys, uint8_t ret_packed[KEYS_PACKED_BYTES]);
MUST_CHECK enum err keys_unpack(struct bytes packed, const char *folder, struct keys *ret_keys);
/* Keep the unlocked keys in the system's keyring for so many minutes, so that they can be had without the passphrase: of this very
 * device.key, not of one that takes its place. ERR_UNSUPPORTED, ERR_BUSY: the system keeps none. */
MUST_CHECK enum err keys_keep(const char *folder, const struct keys *keys, unsigned minutes);
/* ERR_NOT_FOUND: none are kept (any more). ERR_UNSUPPORTED. ret_keys must be zeroed. */
MUST_CHECK enum err keys_kept(const char *folder, struct keys *ret_keys);
/* ERR_NOT_FOUND. ERR_UNSUPPORTED. */
MUST_CHECK enum err keys_forget(const char *folder);

/* Wrap the key anew: under another passphrase; under a new recovery code, whose predecessor is worth nothing then. */
MUST_CHECK enum err keys_set_passphrase(const char *folder, const struct keys *keys, const char *passphrase,
                                        enum key_file_cost cost);
MUST_CHECK enum err keys_set_code(const char *folder, const struct keys *keys, enum key_file_cost cost,
                                  char ret_code[KEYS_CODE_TEXT_BYTES]);
/* Why a certificate was not installed. */
enum keys_fault {
    KEYS_FINE,
    KEYS_UNREADABLE,
    KEYS_OTHER_KEY,
    KEYS_OTHER_DEVICE,
    KEYS_OTHER_AUTHORITY,
    KEYS_OUT_OF_DATE
};

/* ---- the key that follows: same device, same store's key. next.key waits beside device.key until the province knows of it and has
 * certified it (next.crt) ---- */

/* Make it, under the present passphrase and a recovery code of its own. ERR_EXISTS: one waits already (it may have been announced).
 * ERR_PASSPHRASE: not the present one. ret_next must be zeroed. */
MUST_CHECK enum err keys_next_create(const char *folder, const char *passphrase, enum key_file_cost cost,
                                     char ret_code[KEYS_CODE_TEXT_BYTES], struct keys *ret_next);
/* ERR_NOT_FOUND: none waits. ERR_PASSPHRASE: it waits under another (it was made before a change). */
MUST_CHECK enum err keys_next_unlock(const char *folder, const char *passphrase, struct keys *ret_next);
/* Check its certificate and keep it beside it; the authority's becomes ca.crt. As keys_install_texts. */
MUST_CHECK enum err keys_next_certify(const char *folder, const struct keys *next, const char *certificate,
                                      const char *authority, int64_t now_ms, enum keys_fault *ret_fault);
/* Put it in the place of device.key and recovery.key, and its certificate in that of device.crt; again after a power cut it does
 * what was left, as reading the certificates does. ERR_NOT_FOUND: none waits. */
MUST_CHECK enum err keys_next_adopt(const char *folder);
/* Wrap the waiting key under another passphrase too. None waiting is fine. ERR_PASSPHRASE: it does not wait under `old`. */
MUST_CHECK enum err keys_next_set_passphrase(const char *folder, const char *old, const char *passphrase,
                                             enum key_file_cost cost);
/* Put the key that waits under this passphrase with the recovery code it was made with. ERR_NOT_FOUND: none waits, or the code is not
 * its. ERR_MALFORMED: no code. */
MUST_CHECK enum err keys_next_recover(const char *folder, const char *code, const char *passphrase,
                                      enum key_file_cost cost);
/* How far it is by its files; whether it was announced, the store knows (outbox.h). */
enum keys_next { KEYS_NEXT_NONE, KEYS_NEXT_WAITS, KEYS_NEXT_CERTIFIED };
enum keys_next keys_next_state(const char *folder);
/* keys_next_certify with files. ERR_NOT_FOUND, ERR_IO. */
MUST_CHECK enum err keys_next_certify_files(const char *folder, const struct keys *next,
                                            const char *certificate_path, const char *authority_path,
                                            int64_t now_ms, enum keys_fault *ret_fault);
/* What keys_next_adopt had left when it was cut. */
MUST_CHECK enum err keys_next_finish(const char *folder);
/* Give it up: the province refused it. None waiting is fine. */
MUST_CHECK enum err keys_next_drop(const char *folder);

/* Is device.key cheaper to guess than it should be? */
bool keys_is_weak(const char *folder);

/* ---- certificates: keys_certificate.c ---- */

/* The certificate request (PEM): CN = hex of the device id. Written to csr_path or a free numbered name,
 * which goes to ret_path. */
MUST_CHECK enum err keys_write_request(const struct keys *keys, const char *csr_path, char *ret_path,
                                       size_t path_bytes);
/* The same into an arena. ERR_NO_MEMORY. */
MUST_CHECK enum err keys_request(const struct keys *keys, struct arena *arena, struct bytes *ret_pem);
/* Read the certificates of the folder into unlocked keys, in place of what they hold. Missing ones: NULL. */
MUST_CHECK enum err keys_read_certificates(const char *folder, struct keys *keys);

/* Is this certificate for this key, in force at now_ms, for this device (its CN), and issued by this
 * authority? */
enum keys_fault keys_check(const struct keys *keys, const char *certificate_pem, const char *authority_pem,
                           int64_t now_ms);
/* Check both files, install them as device.crt and ca.crt, and take them into `keys`. ERR_CONFIG with *ret_fault; ERR_NOT_FOUND,
 * ERR_IO. */
MUST_CHECK enum err keys_install(const char *folder, struct keys *keys, const char *certificate_path,
                                 const char *authority_path, int64_t now_ms, enum keys_fault *ret_fault);
/* The same from texts. */
MUST_CHECK enum err keys_install_texts(const char *folder, struct keys *keys, const char *certificate,
                                       const char *authority, int64_t now_ms, enum keys_fault *ret_fault);
/* Days until the certificate ends (negative: it has). ERR_MALFORMED. */
MUST_CHECK enum err keys_days_left(const char *certificate_pem, int64_t now_ms, int64_t *ret_days);

#endif
