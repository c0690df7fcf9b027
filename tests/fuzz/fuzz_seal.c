/* Sealed strings from a disk that may hold anything. Input: one byte (how much of the rest is associated bytes),
 * then those, then the sealed string under a fixed key. What opens must be what was sealed: the same plain bytes
 * sealed again open to themselves. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/crypto/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static struct seal_key *fixed_key(void)
{
    static struct seal_key *key;
    if (key == NULL) {
        static const uint8_t secret[SEAL_KEY_BYTES] = {'d', 'a', 'n', 't', 'i', 'n'};
        enum err err = seal_key_new(secret, &key);
        ENSURE(err == ERR_OK);
    }
    return key;
}

static void seal_again(struct bytes associated, const uint8_t *plain, size_t len)
{
    uint8_t *sealed = malloc(len + SEAL_OVERHEAD_BYTES);
    uint8_t *again = malloc(len > 0 ? len : 1);
    ENSURE(sealed != NULL && again != NULL);
    seal(fixed_key(), associated, bytes_of(plain, len), sealed);
    enum err err = seal_open(fixed_key(), associated, bytes_of(sealed, len + SEAL_OVERHEAD_BYTES), again);
    ENSURE(err == ERR_OK && memcmp(again, plain, len) == 0);
    free(sealed);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    if (len == 0) {
        return 0;
    }
    size_t associated_len = at[0] < len - 1 ? at[0] : len - 1;
    struct bytes associated = bytes_of(at + 1, associated_len);
    struct bytes sealed = bytes_of(at + 1 + associated_len, len - 1 - associated_len);
    size_t plain_len = seal_plain_bytes(sealed);
    uint8_t *plain = malloc(plain_len > 0 ? plain_len : 1);
    ENSURE(plain != NULL);
    if (seal_open(fixed_key(), associated, sealed, plain) == ERR_OK) {
        seal_again(associated, plain, plain_len);
    }
    seal_again(bytes_of(NULL, 0), at, len);
    free(plain);
    return 0;
}
