/* A proof for one entry as text (c2sp.org/tlog-proof), to be kept in a file or printed:
 *
 *   c2sp.org/tlog-proof@v1
 *   extra <base64>                (ours: the entry's leaf bytes, from which the leaf hash is made)
 *   index <position, decimal>
 *   <hash, base64> …              (inclusion path, from the leaf's sibling upwards)
 *   (empty)
 *   <the checkpoint, a signed note>
 *
 * Rank 1. Pure. Parsing is strict and total. */
#ifndef COMMON_CRYPTO_PROOF_H
#define COMMON_CRYPTO_PROOF_H

#include "common/crypto/checkpoint.h"
#include "common/crypto/merkle.h"

enum { PROOF_EXTRA_BYTES_MAX = 1024, PROOF_BYTES_MAX = NOTE_BYTES_MAX + 8 * 1024 };

struct proof {
    size_t extra_len; /* 0: no line */
    uint8_t extra[PROOF_EXTRA_BYTES_MAX];
    uint64_t index;
    struct merkle_path path;
    struct bytes note; /* view into what was parsed */
};

/* Append the text to out. extra: at most PROOF_EXTRA_BYTES_MAX; path: whole hashes, at most MERKLE_PATH_MAX; a longer or
 * broken one is ERR_MALFORMED or ERR_TOO_BIG. */
MUST_CHECK enum err proof_format(struct bytes extra, uint64_t index, struct bytes path, struct bytes note,
                                 struct buf *out);
/* The note is not looked into. ERR_MALFORMED, ERR_TOO_BIG. */
MUST_CHECK enum err proof_parse(struct bytes in, struct proof *ret_proof);

/* Does the entry with these leaf bytes (hashed here as RFC 9162's leaf: SHA-256(0x00 ‖ bytes)) stand at proof->index of
 * the checkpoint's tree? */
bool proof_check(const struct proof *proof, struct bytes leaf_bytes, const struct checkpoint *checkpoint);

#endif
