/* The list of erasures, which an operator may bring from anywhere: any bytes are lines the log wrote, in their order, or an error.
 * Input: one byte, then the file as it is (0), or what one line says, signed here so that the fuzzer need not (1). */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/base64.h"
#include "common/base/buf.h"
#include "common/base/check.h"
#include "proto/journal.pb-c.h"
#include "server/erasures_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum { INPUT_BYTES_MAX = 64 << 10, PATH_BYTES = 64, KEY_FIRST_BYTE = 7, MODE_SIGNED = 1 };

struct seen {
    size_t count;
    uint8_t previous[HASH_BYTES];
};

static enum err on_line(void *context, const Dantin__ErasureListed *listed, struct error *ret_error)
{
    struct seen *seen = context;
    (void)ret_error;
    ENSURE(listed->previous.len == HASH_BYTES);
    ENSURE(seen->count > 0 || memcmp(listed->previous.data, seen->previous, HASH_BYTES) == 0);
    seen->count++;
    return ERR_OK;
}

/* The line of a note, as erasures_list.h lays it out. */
static void put_line(const struct signing_key *key, struct bytes note, struct buf *out)
{
    static const uint8_t domain[ERASURES_LIST_DOMAIN_BYTES] = "dantin/erasures";
    uint8_t in[ERASURES_LIST_DOMAIN_BYTES + INPUT_BYTES_MAX];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    char text[BASE64_TEXT_BYTES(INPUT_BYTES_MAX) + 1];
    memcpy(in, domain, sizeof domain);
    memcpy(in + sizeof domain, note.at, note.len);
    signing_key_sign(key, bytes_of(in, sizeof domain + note.len), signature);
    base64_encode(note, text);
    ENSURE(buf_append(out, bytes_of_text(text)) == ERR_OK && buf_append(out, bytes_of_text(" ")) == ERR_OK);
    base64_encode(bytes_of(signature, sizeof signature), text);
    ENSURE(buf_append(out, bytes_of_text(text)) == ERR_OK && buf_append(out, bytes_of_text("\n")) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    static struct signing_key *key;
    const uint8_t seed[SIGN_SEED_BYTES] = {KEY_FIRST_BYTE};
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct seen seen = {0};
    struct error error;
    struct buf file;
    char path[PATH_BYTES];
    if (len < 2 || len > INPUT_BYTES_MAX) {
        return 0;
    }
    ENSURE(key != NULL || signing_key_from_seed(seed, &key) == ERR_OK);
    signing_key_public(key, public_key);
    buf_init(&file, 4 * (size_t)INPUT_BYTES_MAX);
    if (at[0] == MODE_SIGNED) {
        put_line(key, bytes_of(at + 1, len - 1), &file);
    } else {
        ENSURE(buf_append(&file, bytes_of(at + 1, len - 1)) == ERR_OK);
    }
    int fd = memfd_create("erasures", MFD_CLOEXEC);
    struct bytes content = buf_content(&file);
    ENSURE(fd >= 0 && write(fd, content.at, content.len) == (ssize_t)content.len);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd); /* fits */
    enum err err = erasures_list_walk(path, bytes_of(public_key, sizeof public_key), on_line, &seen,
                                      LANGUAGE_EN, &error);
    ENSURE(err == ERR_OK || err == ERR_BAD_SIGNATURE);
    (void)erasures_list_has_any(path); /* whatever it says */
    ENSURE(close(fd) == 0);
    buf_release(&file);
    return 0;
}
