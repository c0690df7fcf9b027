/* A key file from somebody's disk, and a recovery code as somebody typed it. The secret of the seeds is "mat khau". */
#include <stdlib.h>
#include <string.h>

#include "client/lib/keys_code.h"
#include "common/base/check.h"
#include "common/crypto/key_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct signing_key *key = NULL;
    uint8_t extra[KEY_FILE_EXTRA_BYTES_MAX];
    size_t extra_len = SIZE_MAX;
    char code[KEYS_CODE_TEXT_BYTES];
    char again[KEYS_CODE_TEXT_BYTES];
    struct bytes in = bytes_of(at, len);
    enum err err = key_file_open(in, bytes_of_text("mat khau"), &key, extra, &extra_len);
    ENSURE((err == ERR_OK) == (key != NULL));
    ENSURE(err != ERR_OK || extra_len <= sizeof extra);
    (void)key_file_is_weak(in); /* whatever it says */
    signing_key_free(key);
    if (keys_code_read(in, code) == ERR_OK) {
        err = keys_code_read(bytes_of_text(code), again);
        ENSURE(err == ERR_OK && strcmp(code, again) == 0);
    }
    return 0;
}
