/* Keys as PEM, for the other files of this folder and common/tls. Rank 1. Pure: nobody is asked for a passphrase. */
#ifndef COMMON_CRYPTO_PEM_H
#define COMMON_CRYPTO_PEM_H

#include "common/base/bytes.h"
#include "common/base/error.h"

struct bio_st;
struct evp_pkey_st;

/* A private (or public) key of this type (EVP_PKEY_...), at most bytes_max of text. ret_native: the caller's. ERR_MALFORMED, also for
 * one under a passphrase. ERR_NO_MEMORY. */
MUST_CHECK enum err pem_read_private(struct bytes pem, size_t bytes_max, int type,
                                     struct evp_pkey_st **ret_native);
MUST_CHECK enum err pem_read_public(struct bytes pem, size_t bytes_max, int type,
                                    struct evp_pkey_st **ret_native);
/* What was written into `bio` (NULL: no memory), with a NUL, into `out` of bytes_max bytes. Frees the BIO. ERR_NO_MEMORY: nothing
 * was. */
MUST_CHECK enum err pem_take(struct bio_st *bio, bool is_written, size_t bytes_max, char *out);

/* For OpenSSL's readers: a key file under a passphrase is no key file of ours; without this it would ask on the terminal. */
int pem_refuse_passphrase(char *out, int size, int is_writing, void *context);

#endif
