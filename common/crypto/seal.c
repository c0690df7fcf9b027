/* AES-256-GCM through EVP. The cipher is fetched once per process, and each key keeps two contexts with its key
 * schedule: a new context would cost several times what sealing a number does. */
#include "common/crypto/seal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/crypto/hash.h"

struct seal_key {
    EVP_CIPHER_CTX *sealer;
    EVP_CIPHER_CTX *opener;
};

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static EVP_CIPHER *aes_256_gcm;

_Static_assert(SEAL_OVERHEAD_BYTES == 29, "the layout of the header comment");

static void prepare(void)
{
    aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    ENSURE(aes_256_gcm != NULL);
}

enum err seal_key_new(const uint8_t secret[SEAL_KEY_BYTES], struct seal_key **ret_key)
{
    (void)pthread_once(&prepared, prepare);
    struct seal_key *key = calloc(1, sizeof *key);
    if (key == NULL) {
        return ERR_NO_MEMORY;
    }
    key->sealer = EVP_CIPHER_CTX_new();
    key->opener = EVP_CIPHER_CTX_new();
    if (key->sealer == NULL || key->opener == NULL ||
        EVP_EncryptInit_ex2(key->sealer, aes_256_gcm, secret, NULL, NULL) != 1 ||
        EVP_DecryptInit_ex2(key->opener, aes_256_gcm, secret, NULL, NULL) != 1) {
        seal_key_free(key);
        return ERR_NO_MEMORY;
    }
    *ret_key = key;
    return ERR_OK;
}

void seal_key_free(struct seal_key *key)
{
    if (key == NULL) {
        return;
    }
    EVP_CIPHER_CTX_free(key->sealer); /* which wipes the key schedule */
    EVP_CIPHER_CTX_free(key->opener);
    free(key);
}

void seal(struct seal_key *key, struct bytes associated, struct bytes plain, uint8_t *out)
{
    REQUIRE(plain.len <= SEAL_PLAIN_BYTES_MAX && associated.len <= SEAL_PLAIN_BYTES_MAX);
    uint8_t *nonce = out + 1;
    uint8_t *cipher = nonce + SEAL_NONCE_BYTES;
    uint8_t *tag = cipher + plain.len;
    int len = 0;
    int end_len = 0;
    out[0] = SEAL_VERSION;
    random_bytes(nonce, SEAL_NONCE_BYTES);
    int is_ok = EVP_EncryptInit_ex2(key->sealer, NULL, NULL, nonce, NULL);
    if (associated.len > 0) {
        is_ok &= EVP_EncryptUpdate(key->sealer, NULL, &len, associated.at, (int)associated.len);
    }
    if (plain.len > 0) {
        is_ok &= EVP_EncryptUpdate(key->sealer, cipher, &len, plain.at, (int)plain.len);
    }
    is_ok &= EVP_EncryptFinal_ex(key->sealer, tag, &end_len);
    is_ok &= EVP_CIPHER_CTX_ctrl(key->sealer, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_BYTES, tag);
    ENSURE(is_ok == 1 && end_len == 0);
}

size_t seal_plain_bytes(struct bytes sealed)
{
    return sealed.len < SEAL_OVERHEAD_BYTES ? 0 : sealed.len - SEAL_OVERHEAD_BYTES;
}

enum err seal_open(struct seal_key *key, struct bytes associated, struct bytes sealed, uint8_t *out)
{
    REQUIRE(associated.len <= SEAL_PLAIN_BYTES_MAX);
    if (sealed.len < SEAL_OVERHEAD_BYTES || sealed.len - SEAL_OVERHEAD_BYTES > SEAL_PLAIN_BYTES_MAX ||
        sealed.at[0] != SEAL_VERSION) {
        return ERR_MALFORMED;
    }
    size_t plain_len = seal_plain_bytes(sealed);
    const uint8_t *nonce = sealed.at + 1;
    const uint8_t *cipher = nonce + SEAL_NONCE_BYTES;
    uint8_t tag[SEAL_TAG_BYTES]; /* OpenSSL takes it without const */
    memcpy(tag, cipher + plain_len, sizeof tag);
    uint8_t end[EVP_MAX_BLOCK_LENGTH];
    int len = 0;
    int is_ok = EVP_DecryptInit_ex2(key->opener, NULL, NULL, nonce, NULL);
    is_ok &= EVP_CIPHER_CTX_ctrl(key->opener, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_BYTES, tag);
    if (associated.len > 0) {
        is_ok &= EVP_DecryptUpdate(key->opener, NULL, &len, associated.at, (int)associated.len);
    }
    if (plain_len > 0) {
        is_ok &= EVP_DecryptUpdate(key->opener, out, &len, cipher, (int)plain_len);
    }
    ENSURE(is_ok == 1); /* only the tag depends on the bytes */
    if (EVP_DecryptFinal_ex(key->opener, end, &len) != 1) {
        seal_wipe(out, plain_len);
        ERR_clear_error();
        return ERR_SEALED;
    }
    return ERR_OK;
}

/* RFC 5869. Extract: key = HMAC(salt, secret). Expand: T(i) = HMAC(key, T(i-1) ‖ info ‖ i). */
void seal_derive(struct bytes secret, struct bytes salt, struct bytes info, uint8_t *out, size_t len)
{
    enum { INFO_BYTES_MAX = 256 };
    REQUIRE(info.len <= INFO_BYTES_MAX && len <= SEAL_DERIVED_BYTES_MAX);
    static const uint8_t no_salt[HASH_BYTES];
    struct hash key = hash_hmac(salt.len > 0 ? salt : bytes_of(no_salt, sizeof no_salt), secret);
    uint8_t in[HASH_BYTES + INFO_BYTES_MAX + 1];
    struct hash block;
    size_t before_len = 0; /* T(0) is empty */
    for (size_t done = 0, i = 1; done < len; done += HASH_BYTES, i++) {
        if (before_len > 0) {
            memcpy(in, block.at, before_len);
        }
        if (info.len > 0) {
            memcpy(in + before_len, info.at, info.len);
        }
        in[before_len + info.len] = (uint8_t)i;
        block = hash_hmac(bytes_of(key.at, HASH_BYTES), bytes_of(in, before_len + info.len + 1));
        memcpy(out + done, block.at, len - done < HASH_BYTES ? len - done : HASH_BYTES);
        before_len = HASH_BYTES;
    }
    seal_wipe(&key, sizeof key);
    seal_wipe(&block, sizeof block);
    seal_wipe(in, sizeof in);
}

void seal_wipe(void *at, size_t len)
{
    if (len > 0) {
        OPENSSL_cleanse(at, len);
    }
}
