/* A signed note from a file or a peer: any bytes are a note or an error, and what is a note is read the same way twice.
 * A checkpoint that was read is written again byte for byte. */
#include "common/base/check.h"
#include "common/crypto/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void check_lines(const struct note *note)
{
    struct bytes rest = note->signatures;
    struct note_signature signature;
    size_t count = 0;
    while (note_next(&rest, &signature)) {
        struct hash device;
        ENSURE(signature.name.len > 0 && signature.name.len <= NOTE_NAME_BYTES_MAX && signature.len > 0);
        ENSURE(checkpoint_device_of(signature.name, &device) != ERR_OK ||
               signature.name.len == CHECKPOINT_DEVICE_NAME_BYTES);
        count++;
    }
    ENSURE(rest.len == 0 && count == note->signature_count && count > 0 && count <= NOTE_SIGNATURES_MAX);
}

static void check_against_keys(const struct note *note)
{
    static struct verify_key *key;
    static const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES] = {
        0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc,
        0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c};
    if (key == NULL) {
        enum err err = verify_key_new(bytes_of(public_key, sizeof public_key), &key);
        ENSURE(err == ERR_OK);
    }
    struct hash device = sign_spki_hash(public_key);
    enum err log_err = checkpoint_check_log(note, key);
    enum err device_err = checkpoint_check_cosignature(note, &device, key, NULL);
    ENSURE(log_err != ERR_OK && device_err != ERR_OK); /* nobody has the private key */
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct note note;
    struct checkpoint checkpoint;
    struct bytes in = bytes_of(at, len);
    if (note_parse(in, &note) != ERR_OK) {
        ENSURE(checkpoint_parse(in, &checkpoint, NULL) != ERR_OK);
        return 0;
    }
    ENSURE(note.text.len + 1 + note.signatures.len == len);
    check_lines(&note);
    check_against_keys(&note);
    if (checkpoint_parse(in, &checkpoint, &note) == ERR_OK) {
        char text[CHECKPOINT_TEXT_BYTES_MAX];
        size_t text_len = checkpoint_text(&checkpoint, text);
        ENSURE(bytes_equal(note.text, bytes_of(text, text_len)));
    }
    return 0;
}
