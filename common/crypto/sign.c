/* Ed25519 (RFC 8032) through EVP; signatures are checked by libsodium where it is there. */
#include "common/crypto/sign.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#ifdef DANTIN_SODIUM
#include <sodium/crypto_sign_ed25519.h>
#endif

#include "common/base/check.h"
#include "common/crypto/hash.h"
#include "common/crypto/pem.h"

struct signing_key {
    EVP_PKEY *native;
};

struct verify_key {
    EVP_PKEY *native;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
};

static enum err check_point(const uint8_t encoded[SIGN_PUBLIC_KEY_BYTES]);
static enum err check_equation(const struct verify_key *key, struct bytes in, const uint8_t *signature);
static enum err signing_key_take(EVP_PKEY *native, struct signing_key **ret_key);

enum err signing_key_generate(struct signing_key **ret_key)
{
    EVP_PKEY *native = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return native == NULL ? ERR_NO_MEMORY : signing_key_take(native, ret_key);
}

enum err signing_key_from_seed(const uint8_t seed[SIGN_SEED_BYTES], struct signing_key **ret_key)
{
    EVP_PKEY *native = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIGN_SEED_BYTES);
    return native == NULL ? ERR_NO_MEMORY : signing_key_take(native, ret_key);
}

enum err signing_key_from_pem(struct bytes pem, struct signing_key **ret_key)
{
    EVP_PKEY *native = NULL;
    enum err err = pem_read_private(pem, SIGN_PEM_BYTES_MAX, EVP_PKEY_ED25519, &native);
    return err == ERR_OK ? signing_key_take(native, ret_key) : err;
}

/* Owns `native` from here on, also on failure. */
static enum err signing_key_take(EVP_PKEY *native, struct signing_key **ret_key)
{
    struct signing_key *key = malloc(sizeof *key);
    if (key == NULL) {
        EVP_PKEY_free(native);
        return ERR_NO_MEMORY;
    }
    key->native = native;
    *ret_key = key;
    return ERR_OK;
}

enum err signing_key_to_pem(const struct signing_key *key, char *out)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    bool is_written =
        bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key->native, NULL, NULL, 0, NULL, NULL) == 1;
    return pem_take(bio, is_written, SIGN_PEM_BYTES_MAX, out);
}

void signing_key_free(struct signing_key *key)
{
    if (key == NULL) {
        return;
    }
    EVP_PKEY_free(key->native);
    free(key);
}

void signing_key_public(const struct signing_key *key, uint8_t ret_public[SIGN_PUBLIC_KEY_BYTES])
{
    size_t len = SIGN_PUBLIC_KEY_BYTES;
    int result = EVP_PKEY_get_raw_public_key(key->native, ret_public, &len);
    ENSURE(result == 1 && len == SIGN_PUBLIC_KEY_BYTES);
}

void signing_key_seed(const struct signing_key *key, uint8_t ret_seed[SIGN_SEED_BYTES])
{
    size_t len = SIGN_SEED_BYTES;
    int result = EVP_PKEY_get_raw_private_key(key->native, ret_seed, &len);
    ENSURE(result == 1 && len == SIGN_SEED_BYTES);
}

void signing_key_sign(const struct signing_key *key, struct bytes in,
                      uint8_t ret_signature[SIGN_SIGNATURE_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ENSURE(context != NULL);
    size_t len = SIGN_SIGNATURE_BYTES;
    int result = EVP_DigestSignInit(context, NULL, NULL, NULL, key->native);
    ENSURE(result == 1);
    result = EVP_DigestSign(context, ret_signature, &len, in.at, in.len);
    ENSURE(result == 1 && len == SIGN_SIGNATURE_BYTES);
    EVP_MD_CTX_free(context);
}

void *signing_key_native(const struct signing_key *key)
{
    return key->native;
}

enum err verify_key_new(struct bytes public_key, struct verify_key **ret_key)
{
    if (public_key.len != SIGN_PUBLIC_KEY_BYTES) {
        return ERR_MALFORMED;
    }
    enum err err = check_point(public_key.at);
    if (err != ERR_OK) {
        return err;
    }
    struct verify_key *key = malloc(sizeof *key);
    EVP_PKEY *native = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key.at, public_key.len);
    if (key == NULL || native == NULL) {
        EVP_PKEY_free(native);
        free(key);
        return ERR_NO_MEMORY;
    }
    key->native = native;
    memcpy(key->public_key, public_key.at, sizeof key->public_key);
    *ret_key = key;
    return ERR_OK;
}

void verify_key_free(struct verify_key *key)
{
    if (key == NULL) {
        return;
    }
    EVP_PKEY_free(key->native);
    free(key);
}

void verify_key_public(const struct verify_key *key, uint8_t ret_public[SIGN_PUBLIC_KEY_BYTES])
{
    memcpy(ret_public, key->public_key, sizeof key->public_key);
}

enum err verify_key_check(const struct verify_key *key, struct bytes in, struct bytes signature)
{
    /* Libraries disagree on a signature that begins with a point of small order, which nobody makes by chance. */
    if (signature.len != SIGN_SIGNATURE_BYTES || check_point(signature.at) != ERR_OK) {
        return ERR_BAD_SIGNATURE;
    }
    return check_equation(key, in, signature.at);
}

#ifdef DANTIN_SODIUM
static enum err check_equation(const struct verify_key *key, struct bytes in, const uint8_t *signature)
{
    static const uint8_t nothing[1];
    const uint8_t *at = in.at == NULL ? nothing : in.at;
    return crypto_sign_ed25519_verify_detached(signature, at, in.len, key->public_key) == 0
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}
#else
static enum err check_equation(const struct verify_key *key, struct bytes in, const uint8_t *signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = ERR_BAD_SIGNATURE;
    if (EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->native) == 1 &&
        EVP_DigestVerify(context, signature, SIGN_SIGNATURE_BYTES, in.at, in.len) == 1) {
        err = ERR_OK;
    }
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return err;
}
#endif

struct hash sign_spki_hash(const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES])
{
    /* SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING (no unused bits) } of RFC 8410, up to the key
     * itself. */
    static const uint8_t prefix[] = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00};
    struct bytes parts[] = {bytes_of(prefix, sizeof prefix), bytes_of(public_key, SIGN_PUBLIC_KEY_BYTES)};
    return hash_of(parts, 2);
}

/* An encoding is y (255 bits, little-endian) and the sign of x in the top bit. All fourteen encodings of the
 * eight points of small order are covered: their y, whatever the sign bit, is in the table below, or is not
 * below p. Two more that RFC 8032 calls invalid (x = 0 with the sign bit set) have y = 1 or y = p - 1 and
 * fall with them. */
static enum err check_point(const uint8_t encoded[SIGN_PUBLIC_KEY_BYTES])
{
    static const uint8_t small_order_y[][SIGN_PUBLIC_KEY_BYTES] = {
        {0}, /* order 4: y = 0 */
        {1}, /* order 1: y = 1 */
        /* order 8, twice */
        {0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
         0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05},
        {0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
         0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A},
        /* order 2: y = p - 1 */
        {0xEC, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
         0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F},
    };
    uint8_t y[SIGN_PUBLIC_KEY_BYTES];
    memcpy(y, encoded, sizeof y);
    y[31] &= 0x7F;
    for (size_t i = 0; i < sizeof small_order_y / sizeof small_order_y[0]; i++) {
        if (memcmp(y, small_order_y[i], sizeof y) == 0) {
            return ERR_UNAUTHORISED;
        }
    }
    /* p = 2^255 - 19: bytes ED FF … FF 7F. y ≥ p only when all bytes but the first are at their largest. */
    if (y[0] < 0xED || y[31] != 0x7F) {
        return ERR_OK;
    }
    for (size_t i = 1; i < 31; i++) {
        if (y[i] != 0xFF) {
            return ERR_OK;
        }
    }
    return ERR_UNAUTHORISED;
}
