/* Signed notes. */
#include "common/crypto/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/base64.h"
#include "common/base/check.h"
#include "common/base/utf8.h"
#include "common/crypto/hash.h"

/* Em dash and a space. */
static const char line_start[] = "\xE2\x80\x94 ";
enum { LINE_START_BYTES = sizeof line_start - 1, COSIGNED_HEADER_BYTES_MAX = 48 };

static bool is_note_text(struct bytes in);
static size_t last_empty_line(struct bytes in);
static enum err next_line(struct bytes *rest, struct note_signature *ret_signature);
static bool is_key_name(struct bytes name);
static enum err check_signature(const struct note *note, const struct note_key *key,
                                const struct note_signature *signature, uint64_t *ret_time_s);
static enum err cosigned_message(struct bytes text, uint64_t time_s, struct buf *out);
static enum err append_line(struct bytes name, uint32_t key_id, struct bytes signature, struct buf *out);

enum err note_parse(struct bytes in, struct note *ret_note)
{
    if (in.len > NOTE_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    size_t end = last_empty_line(in);
    if (end == 0 || !is_note_text(in)) {
        return ERR_MALFORMED;
    }
    struct note note = {.text = bytes_of(in.at, end),
                        .signatures = bytes_of(in.at + end + 1, in.len - end - 1)};
    struct bytes rest = note.signatures;
    while (rest.len > 0) {
        struct note_signature signature;
        if (note.signature_count == NOTE_SIGNATURES_MAX) {
            return ERR_TOO_BIG;
        }
        enum err err = next_line(&rest, &signature);
        if (err != ERR_OK) {
            return err;
        }
        note.signature_count++;
    }
    if (note.signature_count == 0) {
        return ERR_MALFORMED;
    }
    *ret_note = note;
    return ERR_OK;
}

bool note_next(struct bytes *rest, struct note_signature *ret_signature)
{
    return rest->len > 0 && next_line(rest, ret_signature) == ERR_OK;
}

/* UTF-8 without ASCII control characters other than newline. */
static bool is_note_text(struct bytes in)
{
    for (size_t i = 0; i < in.len; i++) {
        if (in.at[i] < 0x20 && in.at[i] != '\n') {
            return false;
        }
    }
    return utf8_is_valid(in);
}

/* Offset of the newline that is the last empty line, which is the length of the text before it; 0 when there is none. */
static size_t last_empty_line(struct bytes in)
{
    for (size_t i = in.len; i > 1; i--) {
        if (in.at[i - 1] == '\n' && in.at[i - 2] == '\n') {
            return i - 1;
        }
    }
    return 0;
}

/* ERR_MALFORMED, ERR_TOO_BIG (the name). */
static enum err next_line(struct bytes *rest, struct note_signature *ret_signature)
{
    const uint8_t *newline = memchr(rest->at, '\n', rest->len);
    if (newline == NULL) {
        return ERR_MALFORMED;
    }
    struct bytes line = bytes_of(rest->at, (size_t)(newline - rest->at));
    if (line.len <= LINE_START_BYTES || memcmp(line.at, line_start, LINE_START_BYTES) != 0) {
        return ERR_MALFORMED;
    }
    struct bytes name = bytes_of(line.at + LINE_START_BYTES, line.len - LINE_START_BYTES);
    const uint8_t *space = memchr(name.at, ' ', name.len);
    if (space == NULL) {
        return ERR_MALFORMED;
    }
    struct bytes base64 = bytes_of(space + 1, (size_t)(newline - space) - 1);
    name.len = (size_t)(space - name.at);
    if (name.len > NOTE_NAME_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    size_t len = 0;
    if (!is_key_name(name) || !base64_is_valid(base64) || base64_bytes(base64, &len) != ERR_OK ||
        len <= NOTE_KEY_ID_BYTES) {
        return ERR_MALFORMED;
    }
    /* Whole groups that hold the key id and, of a signature we may know, everything. */
    uint8_t decoded[BASE64_TEXT_BYTES(NOTE_KEY_ID_BYTES + NOTE_SIGNATURE_BYTES_MAX)];
    struct bytes head = base64;
    if (len > NOTE_KEY_ID_BYTES + NOTE_SIGNATURE_BYTES_MAX) {
        head.len = BASE64_TEXT_BYTES(NOTE_KEY_ID_BYTES + 2);
    }
    size_t decoded_len = 0;
    if (base64_decode(head, decoded, sizeof decoded, &decoded_len) != ERR_OK) {
        return ERR_MALFORMED;
    }
    *ret_signature =
        (struct note_signature){.name = name, .key_id = u32_read(decoded), .len = len - NOTE_KEY_ID_BYTES};
    if (ret_signature->len <= NOTE_SIGNATURE_BYTES_MAX) {
        memcpy(ret_signature->at, decoded + NOTE_KEY_ID_BYTES, ret_signature->len);
    }
    *rest = bytes_of(newline + 1, rest->len - line.len - 1);
    return ERR_OK;
}

/* White_Space of Unicode. */
static bool is_space(uint32_t character)
{
    return (character >= 0x09 && character <= 0x0D) || character == ' ' || character == 0x85 ||
           character == 0xA0 || character == 0x1680 || (character >= 0x2000 && character <= 0x200A) ||
           character == 0x2028 || character == 0x2029 || character == 0x202F || character == 0x205F ||
           character == 0x3000;
}

/* Not empty, no space, no plus. The bytes are known to be UTF-8, or it fails here. */
static bool is_key_name(struct bytes name)
{
    for (size_t i = 0; i < name.len;) {
        uint32_t character = 0;
        size_t len = utf8_decode(bytes_of(name.at + i, name.len - i), &character);
        if (len == 0 || is_space(character) || character == '+') {
            return false;
        }
        i += len;
    }
    return name.len > 0;
}

/* ---- checking ---- */

uint32_t note_key_id(struct bytes name, enum note_type type, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES])
{
    uint8_t middle[] = {'\n', (uint8_t)type};
    struct bytes parts[] = {name, bytes_of(middle, sizeof middle),
                            bytes_of(public_key, SIGN_PUBLIC_KEY_BYTES)};
    struct hash hash = hash_of(parts, 3);
    return u32_read(hash.at);
}

struct note_key note_key_of(struct bytes name, enum note_type type, const struct verify_key *key)
{
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    verify_key_public(key, public_key);
    return (struct note_key){
        .name = name, .type = type, .id = note_key_id(name, type, public_key), .key = key};
}

enum err note_check(const struct note *note, const struct note_key *key, uint64_t *ret_time_s)
{
    bool is_found = false;
    uint64_t time_s = 0;
    struct bytes rest = note->signatures;
    struct note_signature signature;
    while (note_next(&rest, &signature)) {
        if (signature.key_id != key->id || !bytes_equal(signature.name, key->name)) {
            continue;
        }
        if (is_found) {
            return ERR_MALFORMED;
        }
        enum err err = check_signature(note, key, &signature, &time_s);
        if (err != ERR_OK) {
            return err;
        }
        is_found = true;
    }
    if (!is_found) {
        return ERR_NOT_FOUND;
    }
    if (ret_time_s != NULL) {
        *ret_time_s = time_s;
    }
    return ERR_OK;
}

static enum err check_signature(const struct note *note, const struct note_key *key,
                                const struct note_signature *signature, uint64_t *ret_time_s)
{
    if (key->type == NOTE_ED25519) {
        bool is_right_length = signature->len == SIGN_SIGNATURE_BYTES;
        return is_right_length
                   ? verify_key_check(key->key, note->text, bytes_of(signature->at, signature->len))
                   : ERR_BAD_SIGNATURE;
    }
    if (signature->len != NOTE_SIGNATURE_BYTES_MAX) {
        return ERR_BAD_SIGNATURE;
    }
    uint64_t time_s = u64_read(signature->at);
    enum err err = note_check_cosignature(note->text, key->key, time_s,
                                          bytes_of(signature->at + NOTE_TIME_BYTES, SIGN_SIGNATURE_BYTES));
    if (err == ERR_OK) {
        *ret_time_s = time_s;
    }
    return err;
}

enum err note_check_cosignature(struct bytes text, const struct verify_key *key, uint64_t time_s,
                                struct bytes signature)
{
    if (time_s > INT64_MAX || text.len > NOTE_BYTES_MAX) {
        return ERR_BAD_SIGNATURE;
    }
    struct buf message;
    buf_init(&message, NOTE_BYTES_MAX + COSIGNED_HEADER_BYTES_MAX);
    enum err err = cosigned_message(text, time_s, &message);
    if (err == ERR_OK) {
        err = verify_key_check(key, buf_content(&message), signature);
    }
    buf_release(&message);
    return err;
}

/* ---- signing ---- */

enum err note_sign(struct bytes text, struct bytes name, const struct signing_key *key, struct buf *out)
{
    REQUIRE(is_key_name(name) && text.len > 0 && text.at[text.len - 1] == '\n');
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    signing_key_public(key, public_key);
    signing_key_sign(key, text, signature);
    return append_line(name, note_key_id(name, NOTE_ED25519, public_key),
                       bytes_of(signature, sizeof signature), out);
}

enum err note_cosign(struct bytes text, const struct signing_key *key, uint64_t time_s,
                     uint8_t ret_signature[SIGN_SIGNATURE_BYTES])
{
    REQUIRE(text.len > 0 && text.at[text.len - 1] == '\n' && time_s <= INT64_MAX);
    struct buf message;
    buf_init(&message, text.len + COSIGNED_HEADER_BYTES_MAX);
    enum err err = cosigned_message(text, time_s, &message);
    if (err == ERR_OK) {
        signing_key_sign(key, buf_content(&message), ret_signature);
    }
    buf_release(&message);
    return err;
}

enum err note_append_cosignature(struct bytes name, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES],
                                 uint64_t time_s, const uint8_t signature[SIGN_SIGNATURE_BYTES],
                                 struct buf *out)
{
    REQUIRE(is_key_name(name));
    uint8_t timed[NOTE_SIGNATURE_BYTES_MAX];
    u64_write(timed, time_s);
    memcpy(timed + NOTE_TIME_BYTES, signature, SIGN_SIGNATURE_BYTES);
    return append_line(name, note_key_id(name, NOTE_COSIGNATURE, public_key), bytes_of(timed, sizeof timed),
                       out);
}

static enum err cosigned_message(struct bytes text, uint64_t time_s, struct buf *out)
{
    char header[COSIGNED_HEADER_BYTES_MAX];
    (void)snprintf(header, sizeof header, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
    enum err err = buf_append_text(out, header);
    return err == ERR_OK ? buf_append(out, text) : err;
}

static enum err append_line(struct bytes name, uint32_t key_id, struct bytes signature, struct buf *out)
{
    uint8_t blob[NOTE_KEY_ID_BYTES + NOTE_SIGNATURE_BYTES_MAX];
    char base64[BASE64_TEXT_BYTES(sizeof blob) + 1];
    u32_write(blob, key_id);
    memcpy(blob + NOTE_KEY_ID_BYTES, signature.at, signature.len);
    base64_encode(bytes_of(blob, NOTE_KEY_ID_BYTES + signature.len), base64);
    return buf_append_format(out, "%s%.*s %s\n", line_start, (int)name.len, (const char *)name.at, base64);
}
