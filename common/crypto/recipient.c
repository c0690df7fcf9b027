/* X25519 through EVP. */
#include "common/crypto/recipient.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "common/base/check.h"

struct recipient_key {
    EVP_PKEY *native;
};

static enum err take(EVP_PKEY *native, struct recipient_key **ret_key);
static enum err copy_pem(BIO *bio, bool is_written, char *out);
static int refuse_passphrase(char *out, int size, int is_writing, void *context);

enum err recipient_key_generate(struct recipient_key **ret_key)
{
    EVP_PKEY *native = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    return native == NULL ? ERR_NO_MEMORY : take(native, ret_key);
}

enum err recipient_key_from_pem(struct bytes pem, struct recipient_key **ret_key)
{
    if (pem.len == 0 || pem.len > RECIPIENT_PEM_BYTES_MAX) {
        return ERR_MALFORMED;
    }
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    if (bio == NULL) {
        return ERR_NO_MEMORY;
    }
    EVP_PKEY *native = PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, NULL);
    BIO_free(bio);
    if (native == NULL || EVP_PKEY_get_id(native) != EVP_PKEY_X25519) {
        EVP_PKEY_free(native);
        ERR_clear_error();
        return ERR_MALFORMED;
    }
    return take(native, ret_key);
}

enum err recipient_key_to_pem(const struct recipient_key *key, char *out)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    bool is_written =
        bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key->native, NULL, NULL, 0, NULL, NULL) == 1;
    return copy_pem(bio, is_written, out);
}

enum err recipient_public_to_pem(const uint8_t public_key[RECIPIENT_KEY_BYTES], char *out)
{
    EVP_PKEY *native = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key, RECIPIENT_KEY_BYTES);
    BIO *bio = BIO_new(BIO_s_mem());
    bool is_written = native != NULL && bio != NULL && PEM_write_bio_PUBKEY(bio, native) == 1;
    EVP_PKEY_free(native);
    return copy_pem(bio, is_written, out);
}

enum err recipient_public_from_pem(struct bytes pem, uint8_t ret_public[RECIPIENT_KEY_BYTES])
{
    if (pem.len == 0 || pem.len > RECIPIENT_PEM_BYTES_MAX) {
        return ERR_MALFORMED;
    }
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    if (bio == NULL) {
        return ERR_NO_MEMORY;
    }
    size_t len = RECIPIENT_KEY_BYTES;
    EVP_PKEY *native = PEM_read_bio_PUBKEY(bio, NULL, refuse_passphrase, NULL);
    BIO_free(bio);
    bool is_ok = native != NULL && EVP_PKEY_get_id(native) == EVP_PKEY_X25519 &&
                 EVP_PKEY_get_raw_public_key(native, ret_public, &len) == 1 && len == RECIPIENT_KEY_BYTES;
    EVP_PKEY_free(native);
    ERR_clear_error();
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

/* Frees the BIO. */
static enum err copy_pem(BIO *bio, bool is_written, char *out)
{
    if (is_written) {
        char *text = NULL;
        long len = BIO_get_mem_data(bio, &text);
        ENSURE(len > 0 && len < RECIPIENT_PEM_BYTES_MAX);
        memcpy(out, text, (size_t)len);
        out[len] = '\0';
    }
    BIO_free(bio);
    return is_written ? ERR_OK : ERR_NO_MEMORY;
}

/* Without this OpenSSL would ask on the terminal. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is OpenSSL's */
static int refuse_passphrase(char *out, int size, int is_writing, void *context)
{
    (void)out;
    (void)size;
    (void)is_writing;
    (void)context;
    return -1;
}
