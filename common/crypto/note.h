/* Signed notes of C2SP (c2sp.org/signed-note): a text, an empty line, one line per signature:
 *
 *   text …
 *   (empty)
 *   — <key name> <base64 of u32 key id ‖ signature>
 *
 * with Ed25519 signatures (type 1) and the timestamped cosignatures of c2sp.org/tlog-cosignature (type 4). Rank 1. Pure.
 * Parsing is strict and total; a signature by a key one does not know is skipped, a wrong one by a known key refuses. */
#ifndef COMMON_CRYPTO_NOTE_H
#define COMMON_CRYPTO_NOTE_H

#include "common/base/buf.h"
#include "common/base/bytes.h"
#include "common/crypto/sign.h"

enum {
    NOTE_BYTES_MAX = 64 * 1024,
    NOTE_SIGNATURES_MAX = 256,
    NOTE_NAME_BYTES_MAX = 128,
    NOTE_KEY_ID_BYTES = 4,
    NOTE_TIME_BYTES = 8,
    /* The longest signature looked at: a cosignature. */
    NOTE_SIGNATURE_BYTES_MAX = NOTE_TIME_BYTES + SIGN_SIGNATURE_BYTES
};

enum note_type { NOTE_ED25519 = 0x01, NOTE_COSIGNATURE = 0x04 };

/* Views into the note's bytes. */
struct note {
    struct bytes text;       /* with its last newline, without the empty line */
    struct bytes signatures; /* the lines; read them with note_next */
    size_t signature_count;
};

struct note_signature {
    struct bytes name;
    uint32_t key_id;
    size_t len;                           /* of the signature; may be longer than what is kept of it */
    uint8_t at[NOTE_SIGNATURE_BYTES_MAX]; /* only when len fits */
};

/* A key as notes know it. Borrows name and key. */
struct note_key {
    struct bytes name;
    enum note_type type;
    uint32_t id;
    const struct verify_key *key;
};

/* Views into `in`. ERR_MALFORMED: no note. ERR_TOO_BIG: past NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX or
 * NOTE_NAME_BYTES_MAX. */
MUST_CHECK enum err note_parse(struct bytes in, struct note *ret_note);
/* Takes the first line off *rest (start with note.signatures of a parsed note); false at the end. */
bool note_next(struct bytes *rest, struct note_signature *ret_signature);

/* First four bytes of SHA-256(name ‖ newline ‖ type ‖ public key), big-endian. */
uint32_t note_key_id(struct bytes name, enum note_type type, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES]);
struct note_key note_key_of(struct bytes name, enum note_type type, const struct verify_key *key);

/* Did `key` sign the note? ret_time_s (may be NULL): a cosignature's time, else 0. ERR_NOT_FOUND: it has no line.
 * ERR_BAD_SIGNATURE: its line is wrong: refuse the whole note. ERR_MALFORMED: it has two lines. ERR_NO_MEMORY. */
MUST_CHECK enum err note_check(const struct note *note, const struct note_key *key, uint64_t *ret_time_s);

/* Append a signature line over `text` (which ends with a newline) to out. */
MUST_CHECK enum err note_sign(struct bytes text, struct bytes name, const struct signing_key *key,
                              struct buf *out);

/* A cosignature by itself: Ed25519 over "cosignature/v1", the time and the text. Requires time_s ≤ INT64_MAX.
 * ERR_NO_MEMORY. */
MUST_CHECK enum err note_cosign(struct bytes text, const struct signing_key *key, uint64_t time_s,
                                uint8_t ret_signature[SIGN_SIGNATURE_BYTES]);
/* ERR_BAD_SIGNATURE otherwise; also for a time past INT64_MAX and a signature of another length. ERR_NO_MEMORY. */
MUST_CHECK enum err note_check_cosignature(struct bytes text, const struct verify_key *key, uint64_t time_s,
                                           struct bytes signature);
/* Append the line of a cosignature made before. Errors of buf_append. */
MUST_CHECK enum err note_append_cosignature(struct bytes name,
                                            const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], uint64_t time_s,
                                            const uint8_t signature[SIGN_SIGNATURE_BYTES], struct buf *out);

#endif
