/* SHA-256 through EVP. The digest is fetched once per process and one context is kept per thread, since a
 * fetch or a new context costs several times what hashing a record does. */
#include "common/crypto/hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "common/base/check.h"

enum { BLOCK_BYTES = 64, INNER_PAD = 0x36, OUTER_PAD = 0x5C };

struct hasher {
    EVP_MD_CTX *context;
};

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static pthread_key_t context_key;
static EVP_MD *sha256;

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

static void prepare(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    ENSURE(sha256 != NULL);
    int result = pthread_key_create(&context_key, free_context);
    ENSURE(result == 0);
}

static EVP_MD *digest(void)
{
    (void)pthread_once(&prepared, prepare);
    return sha256;
}

/* The thread's own context. Without memory for it there is nothing sensible to return: hashing "cannot fail".
 */
static EVP_MD_CTX *thread_context(void)
{
    (void)digest();
    EVP_MD_CTX *context = pthread_getspecific(context_key);
    if (context == NULL) {
        context = EVP_MD_CTX_new();
        ENSURE(context != NULL);
        int result = pthread_setspecific(context_key, context);
        ENSURE(result == 0);
    }
    return context;
}

static void start(EVP_MD_CTX *context)
{
    int result = EVP_DigestInit_ex2(context, digest(), NULL);
    ENSURE(result == 1);
}

static void add(EVP_MD_CTX *context, struct bytes in)
{
    int result = EVP_DigestUpdate(context, in.at, in.len);
    ENSURE(result == 1);
}

static struct hash finish(EVP_MD_CTX *context)
{
    struct hash hash;
    int result = EVP_DigestFinal_ex(context, hash.at, NULL);
    ENSURE(result == 1);
    return hash;
}

struct hash hash_of(const struct bytes *parts, size_t count)
{
    EVP_MD_CTX *context = thread_context();
    start(context);
    for (size_t i = 0; i < count; i++) {
        add(context, parts[i]);
    }
    return finish(context);
}

struct hash hash_of_one(struct bytes in)
{
    return hash_of(&in, 1);
}

struct hasher *hasher_new(void)
{
    struct hasher *hasher = malloc(sizeof *hasher);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (hasher == NULL || context == NULL) {
        EVP_MD_CTX_free(context);
        free(hasher);
        return NULL;
    }
    hasher->context = context;
    start(context);
    return hasher;
}

void hasher_free(struct hasher *hasher)
{
    if (hasher == NULL) {
        return;
    }
    EVP_MD_CTX_free(hasher->context);
    free(hasher);
}

void hasher_start(struct hasher *hasher)
{
    start(hasher->context);
}

void hasher_add(struct hasher *hasher, struct bytes in)
{
    add(hasher->context, in);
}

struct hash hasher_finish(struct hasher *hasher)
{
    return finish(hasher->context);
}

struct hash hash_hmac(struct bytes key, struct bytes in)
{
    return hash_hmac_of(key, &in, 1);
}

/* RFC 2104. Written out: through EVP_MAC each call would cost several allocations. */
struct hash hash_hmac_of(struct bytes key, const struct bytes *parts, size_t count)
{
    struct hash short_key;
    if (key.len > BLOCK_BYTES) {
        short_key = hash_of_one(key);
        key = bytes_of(short_key.at, HASH_BYTES);
    }
    uint8_t inner[BLOCK_BYTES];
    uint8_t outer[BLOCK_BYTES];
    memset(inner, INNER_PAD, sizeof inner);
    memset(outer, OUTER_PAD, sizeof outer);
    for (size_t i = 0; i < key.len; i++) {
        inner[i] ^= key.at[i];
        outer[i] ^= key.at[i];
    }
    EVP_MD_CTX *context = thread_context();
    start(context);
    add(context, bytes_of(inner, sizeof inner));
    for (size_t i = 0; i < count; i++) {
        add(context, parts[i]);
    }
    struct hash inner_hash = finish(context);
    struct bytes outer_parts[] = {bytes_of(outer, sizeof outer), bytes_of(inner_hash.at, HASH_BYTES)};
    struct hash result = hash_of(outer_parts, 2);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
    return result;
}
