/* Checkpoints: what the log key signs about the journal at a size. A signed note (note.h) whose text is
 *
 *   dantin/journal/<epoch, 32 hex digits>        (origin)
 *   <size, decimal>
 *   <root, base64>
 *   state <state digest, base64>
 *
 * signed under the name dantin/journal, cosigned by devices under dantin/device/<id, 64 hex digits>. Other lines are
 * refused. Format: docs/journal.md#checkpoint, c2sp.org/tlog-checkpoint. Rank 1. Pure. */
#ifndef COMMON_CRYPTO_CHECKPOINT_H
#define COMMON_CRYPTO_CHECKPOINT_H

#include "common/crypto/note.h"

#define CHECKPOINT_KEY_NAME "dantin/journal"
#define CHECKPOINT_ORIGIN CHECKPOINT_KEY_NAME "/"
#define CHECKPOINT_DEVICE_NAME "dantin/device/"

enum {
    CHECKPOINT_TEXT_BYTES_MAX = 192,
    CHECKPOINT_NOTE_BYTES_MAX = 512,       /* with the log's signature alone */
    CHECKPOINT_DEVICE_NAME_BYTES = 78,     /* without a NUL */
    CHECKPOINT_COSIGNATURE_BYTES_MAX = 256 /* one line */
};

struct checkpoint {
    struct id epoch;
    uint64_t size;
    struct hash root;
    struct hash state;
};

/* The text with a NUL; its length. Requires size ≤ INT64_MAX. */
size_t checkpoint_text(const struct checkpoint *checkpoint, char ret_text[CHECKPOINT_TEXT_BYTES_MAX]);
/* Append the signed note to out. Errors of buf_append. */
MUST_CHECK enum err checkpoint_sign(const struct checkpoint *checkpoint, const struct signing_key *log_key,
                                    struct buf *out);

/* Read a note without looking at signatures. ret_note (may be NULL): views into `in`. ERR_MALFORMED, ERR_TOO_BIG. */
MUST_CHECK enum err checkpoint_parse(struct bytes in, struct checkpoint *ret_checkpoint,
                                     struct note *ret_note);
/* Did this log key sign it? Errors of note_check. */
MUST_CHECK enum err checkpoint_check_log(const struct note *note, const struct verify_key *log_key);
/* Parse and demand the log's signature: what most readers want. ERR_BAD_SIGNATURE also without a line of this key. */
MUST_CHECK enum err checkpoint_open(struct bytes in, const struct verify_key *log_key,
                                    struct checkpoint *ret_checkpoint);

/* Append the line of a device's cosignature (made by note_cosign over the note's text) to a note. */
MUST_CHECK enum err checkpoint_append_cosignature(const struct hash *device,
                                                  const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES],
                                                  uint64_t time_s,
                                                  const uint8_t signature[SIGN_SIGNATURE_BYTES],
                                                  struct buf *out);
/* Did the device cosign it with this key? ret_time_s may be NULL. Errors of note_check. */
MUST_CHECK enum err checkpoint_check_cosignature(const struct note *note, const struct hash *device,
                                                 const struct verify_key *key, uint64_t *ret_time_s);
/* Is this a device's key name? Its id. ERR_NOT_FOUND otherwise. */
MUST_CHECK enum err checkpoint_device_of(struct bytes name, struct hash *ret_device);

#endif
