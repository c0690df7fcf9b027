/* A backup from anywhere, read under a fixed key: any bytes are a stream, or an error, never more than what was sealed. Input: the
 * stream, given in pieces whose size the first byte tells. */
#include "common/base/check.h"
#include "common/crypto/seal_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static const char key_pem[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n"
                              "-----END PRIVATE KEY-----\n";

struct input {
    struct bytes left;
    size_t piece;
};

static enum err source(void *context, uint8_t *at, size_t max, size_t *ret_len)
{
    struct input *input = context;
    size_t len = input->left.len < max ? input->left.len : max;
    len = len < input->piece ? len : input->piece;
    for (size_t i = 0; i < len; i++) {
        at[i] = input->left.at[i];
    }
    input->left = bytes_of(input->left.at + len, input->left.len - len);
    *ret_len = len;
    return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    if (len == 0) {
        return 0;
    }
    struct input input = {bytes_of(at + 1, len - 1), (size_t)at[0] * 64 + 1};
    struct recipient_key *key = NULL;
    struct seal_reader *reader = NULL;
    enum err err = recipient_key_from_pem(bytes_of_text(key_pem), &key);
    ENSURE(err == ERR_OK);
    err = seal_reader_new(key, source, &input, &reader);
    size_t total = 0;
    for (struct bytes plain = {at, 1}; err == ERR_OK && plain.len > 0; total += plain.len) {
        err = seal_reader_next(reader, &plain);
        plain.len = err == ERR_OK ? plain.len : 0;
    }
    ENSURE(total < len);
    seal_reader_free(reader);
    recipient_key_free(key);
    return 0;
}
