#include "common/crypto/pem.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "common/base/check.h"

typedef EVP_PKEY *read_key(BIO *bio, EVP_PKEY **key, pem_password_cb *ask, void *context);

static enum err read_with(read_key *read, struct bytes pem, size_t bytes_max, int type,
                          struct evp_pkey_st **ret_native)
{
    if (pem.len == 0 || pem.len > bytes_max) {
        return ERR_MALFORMED;
    }
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    if (bio == NULL) {
        return ERR_NO_MEMORY;
    }
    EVP_PKEY *native = read(bio, NULL, pem_refuse_passphrase, NULL);
    BIO_free(bio);
    if (native == NULL || EVP_PKEY_get_id(native) != type) {
        EVP_PKEY_free(native);
        ERR_clear_error();
        return ERR_MALFORMED;
    }
    *ret_native = native;
    return ERR_OK;
}

enum err pem_read_private(struct bytes pem, size_t bytes_max, int type, struct evp_pkey_st **ret_native)
{
    return read_with(PEM_read_bio_PrivateKey, pem, bytes_max, type, ret_native);
}

enum err pem_read_public(struct bytes pem, size_t bytes_max, int type, struct evp_pkey_st **ret_native)
{
    return read_with(PEM_read_bio_PUBKEY, pem, bytes_max, type, ret_native);
}

enum err pem_take(struct bio_st *bio, bool is_written, size_t bytes_max, char *out)
{
    if (is_written) {
        char *text = NULL;
        long len = BIO_get_mem_data(bio, &text);
        ENSURE(len > 0 && (size_t)len < bytes_max);
        memcpy(out, text, (size_t)len);
        out[len] = '\0';
    }
    BIO_free(bio);
    return is_written ? ERR_OK : ERR_NO_MEMORY;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is OpenSSL's */
int pem_refuse_passphrase(char *out, int size, int is_writing, void *context)
{
    (void)out;
    (void)size;
    (void)is_writing;
    (void)context;
    return -1;
}
