/* X25519 through EVP. */
#include "common/crypto/recipient.h"

#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "common/base/check.h"
#include "common/crypto/pem.h"

struct recipient_key {
    EVP_PKEY *native;
};

static enum err take(EVP_PKEY *native, struct recipient_key **ret_key);

enum err recipient_key_generate(struct recipient_key **ret_key)
{
    EVP_PKEY *native = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    return native == NULL ? ERR_NO_MEMORY : take(native, ret_key);
}

enum err recipient_key_from_pem(struct bytes pem, struct recipient_key **ret_key)
{
    EVP_PKEY *native = NULL;
    enum err err = pem_read_private(pem, RECIPIENT_PEM_BYTES_MAX, EVP_PKEY_X25519, &native);
    return err == ERR_OK ? take(native, ret_key) : err;
}

enum err recipient_key_to_pem(const struct recipient_key *key, char *out)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    bool is_written =
        bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key->native, NULL, NULL, 0, NULL, NULL) == 1;
    return pem_take(bio, is_written, RECIPIENT_PEM_BYTES_MAX, out);
}

enum err recipient_public_to_pem(const uint8_t public_key[RECIPIENT_KEY_BYTES], char *out)
{
    EVP_PKEY *native = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key, RECIPIENT_KEY_BYTES);
    BIO *bio = BIO_new(BIO_s_mem());
    bool is_written = native != NULL && bio != NULL && PEM_write_bio_PUBKEY(bio, native) == 1;
    EVP_PKEY_free(native);
    return pem_take(bio, is_written, RECIPIENT_PEM_BYTES_MAX, out);
}

enum err recipient_public_from_pem(struct bytes pem, uint8_t ret_public[RECIPIENT_KEY_BYTES])
{
    EVP_PKEY *native = NULL;
    enum err err = pem_read_public(pem, RECIPIENT_PEM_BYTES_MAX, EVP_PKEY_X25519, &native);
    size_t len = RECIPIENT_KEY_BYTES;
    if (err != ERR_OK) {
        return err;
    }
    bool is_ok = EVP_PKEY_get_raw_public_key(native, ret_public, &len) == 1 && len == RECIPIENT_KEY_BYTES;
    EVP_PKEY_free(native);
    return is_ok ? ERR_OK : ERR_MALFORMED;
}

void recipient_key_public(const struct recipient_key *key, uint8_t ret_public[RECIPIENT_KEY_BYTES])
{
    size_t len = RECIPIENT_KEY_BYTES;
    int result = EVP_PKEY_get_raw_public_key(key->native, ret_public, &len);
    ENSURE(result == 1 && len == RECIPIENT_KEY_BYTES);
}

void recipient_key_free(struct recipient_key *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->native);
        free(key);
    }
}

enum err recipient_share(const struct recipient_key *key, const uint8_t public_key[RECIPIENT_KEY_BYTES],
                         uint8_t ret_secret[RECIPIENT_KEY_BYTES])
{
    EVP_PKEY *other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key, RECIPIENT_KEY_BYTES);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->native, NULL);
    size_t len = RECIPIENT_KEY_BYTES;
    enum err err = ERR_NO_MEMORY;
    if (other != NULL && context != NULL && EVP_PKEY_derive_init(context) == 1) {
        /* OpenSSL refuses the secret that is all zero, which is what points of small order give. */
        bool is_ok = EVP_PKEY_derive_set_peer(context, other) == 1 &&
                     EVP_PKEY_derive(context, ret_secret, &len) == 1 && len == RECIPIENT_KEY_BYTES;
        err = is_ok ? ERR_OK : ERR_MALFORMED;
    }
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(other);
    ERR_clear_error();
    return err;
}

/* Owns `native` from here on, also on failure. */
static enum err take(EVP_PKEY *native, struct recipient_key **ret_key)
{
    struct recipient_key *key = malloc(sizeof *key);
    if (key == NULL) {
        EVP_PKEY_free(native);
        return ERR_NO_MEMORY;
    }
    key->native = native;
    *ret_key = key;
    return ERR_OK;
}
