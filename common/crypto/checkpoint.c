/* Checkpoints. */
#include "common/crypto/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/base64.h"
#include "common/base/check.h"
#include "common/crypto/text_line.h"

_Static_assert(sizeof CHECKPOINT_DEVICE_NAME - 1 + HASH_HEX_BYTES - 1 == CHECKPOINT_DEVICE_NAME_BYTES,
               "a device's name");

static enum err parse_text(struct bytes text, struct checkpoint *ret_checkpoint);
static enum err lower_hex(struct bytes text, uint8_t *out, size_t out_len);
static void device_name(const struct hash *device, char ret_name[CHECKPOINT_DEVICE_NAME_BYTES + 1]);

size_t checkpoint_text(const struct checkpoint *checkpoint, char ret_text[CHECKPOINT_TEXT_BYTES_MAX])
{
    REQUIRE(checkpoint->size <= INT64_MAX);
    char epoch[ID_HEX_BYTES];
    char root[TEXT_LINE_HASH_BYTES + 1];
    char state[TEXT_LINE_HASH_BYTES + 1];
    hex_encode(bytes_of(checkpoint->epoch.at, ID_BYTES), epoch);
    base64_encode(bytes_of(checkpoint->root.at, HASH_BYTES), root);
    base64_encode(bytes_of(checkpoint->state.at, HASH_BYTES), state);
    int len =
        snprintf(ret_text, CHECKPOINT_TEXT_BYTES_MAX, CHECKPOINT_ORIGIN "%s\n%" PRIu64 "\n%s\nstate %s\n",
                 epoch, checkpoint->size, root, state);
    ENSURE(len > 0 && len < CHECKPOINT_TEXT_BYTES_MAX);
    return (size_t)len;
}

enum err checkpoint_sign(const struct checkpoint *checkpoint, const struct signing_key *log_key,
                         struct buf *out)
{
    char text[CHECKPOINT_TEXT_BYTES_MAX];
    size_t len = checkpoint_text(checkpoint, text);
    enum err err = buf_append_format(out, "%s\n", text);
    if (err == ERR_OK) {
        err = note_sign(bytes_of(text, len), bytes_of_text(CHECKPOINT_KEY_NAME), log_key, out);
    }
    return err;
}

enum err checkpoint_parse(struct bytes in, struct checkpoint *ret_checkpoint, struct note *ret_note)
{
    struct note note;
    enum err err = note_parse(in, &note);
    if (err == ERR_OK) {
        err = parse_text(note.text, ret_checkpoint);
    }
    if (err == ERR_OK && ret_note != NULL) {
        *ret_note = note;
    }
    return err;
}

static enum err parse_text(struct bytes text, struct checkpoint *ret_checkpoint)
{
    struct bytes lines[4];
    for (size_t i = 0; i < 4; i++) {
        if (text_line_take(&text, &lines[i]) != ERR_OK) {
            return ERR_MALFORMED;
        }
    }
    struct checkpoint checkpoint = {0};
    struct bytes epoch;
    struct bytes state;
    if (text.len != 0 || !text_line_starts(lines[0], CHECKPOINT_ORIGIN, &epoch) ||
        lower_hex(epoch, checkpoint.epoch.at, ID_BYTES) != ERR_OK ||
        text_line_number(lines[1], &checkpoint.size) != ERR_OK ||
        text_line_hash(lines[2], &checkpoint.root) != ERR_OK ||
        !text_line_starts(lines[3], "state ", &state) || text_line_hash(state, &checkpoint.state) != ERR_OK) {
        return ERR_MALFORMED;
    }
    *ret_checkpoint = checkpoint;
    return ERR_OK;
}

/* Lower-case digits only: an id has one text. */
static enum err lower_hex(struct bytes text, uint8_t *out, size_t out_len)
{
    char digits[HASH_HEX_BYTES];
    if (text.len != 2 * out_len || text.len >= sizeof digits) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == 0 || (text.at[i] >= 'A' && text.at[i] <= 'F')) {
            return ERR_MALFORMED;
        }
        digits[i] = (char)text.at[i];
    }
    digits[text.len] = '\0';
    return hex_decode(digits, out, out_len);
}

enum err checkpoint_check_log(const struct note *note, const struct verify_key *log_key)
{
    struct note_key key = note_key_of(bytes_of_text(CHECKPOINT_KEY_NAME), NOTE_ED25519, log_key);
    return note_check(note, &key, NULL);
}

enum err checkpoint_open(struct bytes in, const struct verify_key *log_key, struct checkpoint *ret_checkpoint)
{
    struct note note;
    struct checkpoint checkpoint = {0};
    enum err err = checkpoint_parse(in, &checkpoint, &note);
    if (err == ERR_OK) {
        err = checkpoint_check_log(&note, log_key);
        err = err == ERR_NOT_FOUND ? ERR_BAD_SIGNATURE : err;
    }
    if (err == ERR_OK) {
        *ret_checkpoint = checkpoint;
    }
    return err;
}

enum err checkpoint_append_cosignature(const struct hash *device,
                                       const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], uint64_t time_s,
                                       const uint8_t signature[SIGN_SIGNATURE_BYTES], struct buf *out)
{
    char name[CHECKPOINT_DEVICE_NAME_BYTES + 1];
    device_name(device, name);
    return note_append_cosignature(bytes_of_text(name), public_key, time_s, signature, out);
}

enum err checkpoint_check_cosignature(const struct note *note, const struct hash *device,
                                      const struct verify_key *key, uint64_t *ret_time_s)
{
    char name[CHECKPOINT_DEVICE_NAME_BYTES + 1];
    device_name(device, name);
    struct note_key note_key = note_key_of(bytes_of_text(name), NOTE_COSIGNATURE, key);
    return note_check(note, &note_key, ret_time_s);
}

static void device_name(const struct hash *device, char ret_name[CHECKPOINT_DEVICE_NAME_BYTES + 1])
{
    memcpy(ret_name, CHECKPOINT_DEVICE_NAME, sizeof CHECKPOINT_DEVICE_NAME - 1);
    hex_encode(bytes_of(device->at, HASH_BYTES), ret_name + sizeof CHECKPOINT_DEVICE_NAME - 1);
}

enum err checkpoint_device_of(struct bytes name, struct hash *ret_device)
{
    struct bytes hex;
    struct hash device = {{0}};
    if (!text_line_starts(name, CHECKPOINT_DEVICE_NAME, &hex) ||
        lower_hex(hex, device.at, HASH_BYTES) != ERR_OK) {
        return ERR_NOT_FOUND;
    }
    *ret_device = device;
    return ERR_OK;
}
