/* The payload of a submission: its changes, compressed, under a hash that survives the erasure of any one of
 * them (docs/protocol.md#payload). Rank 3. Pure.
 *
 *   salt_i       = HMAC-SHA-256(seed, u32 i)
 *   h_i          = SHA-256(salt_i ‖ change_i)
 *   payload hash = SHA-256(h_0 ‖ h_1 ‖ …)
 *
 * Two forms give the same hash: seed + changes (what clients send), or, part by part, salt + change, or h_i
 * alone. */
#ifndef COMMON_WIRE_PAYLOAD_H
#define COMMON_WIRE_PAYLOAD_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

enum {
    PAYLOAD_SEED_BYTES = 32,
    PAYLOAD_BYTES_MAX = 1 << 20,            /* Payload message before compression */
    PAYLOAD_COMPRESSED_BYTES_MAX = 1 << 16, /* so that a cut on a slow link costs at most that */
    PAYLOAD_CHANGES_MAX = 2000,
    /* Of the part form, which holds a salt for each change where the seed form has one seed. */
    PAYLOAD_PART_OVERHEAD_BYTES = 40,
    PAYLOAD_PARTS_BYTES_MAX = PAYLOAD_BYTES_MAX + PAYLOAD_CHANGES_MAX * PAYLOAD_PART_OVERHEAD_BYTES,
    PAYLOAD_PARTS_COMPRESSED_BYTES_MAX =
        PAYLOAD_COMPRESSED_BYTES_MAX + PAYLOAD_CHANGES_MAX * PAYLOAD_PART_OVERHEAD_BYTES,
    PAYLOAD_ELEMENTS_MAX =
        1 << 17,             /* fields of all changes and their records: 65 per change of a full submission */
    PAYLOAD_ZSTD_LEVEL = 12, /* 7 % smaller than 3; 10 ms for a full submission */
};

struct hash payload_salt(const uint8_t seed[PAYLOAD_SEED_BYTES], uint32_t index);
struct hash payload_change_hash(const struct hash *salt, struct bytes change);

/* A decoded payload. All views lie in the arena. */
struct payload {
    size_t change_count;         /* at least 1 */
    const struct bytes *changes; /* at == NULL for an erased change (hash alone) */
    const struct hash *hashes;   /* h_i of each */
    const struct hash *salts;    /* of each; zeros for an erased change */
    struct hash hash;            /* over all h_i */
    size_t plain_bytes;          /* of the Payload message as received */
    bool is_seed_form;
};

/* Decompress (limits first), check strictly, split and hash. Changes themselves are not looked into.
 * ERR_TOO_BIG: a limit above, or the arena's cap. ERR_MALFORMED: not a payload in one of the two forms, or
 * without any change. */
MUST_CHECK enum err payload_decode(struct bytes payload_zstd, struct arena *arena,
                                   struct payload *ret_payload);

/* Fields of one serialised Change and of the record in it, at all depths: what unpacking it costs. Stops counting soon after
 * PAYLOAD_ELEMENTS_MAX. at == NULL: 0. */
size_t payload_change_elements(struct bytes change);

struct payload_sealed {
    struct hash hash;
    uint32_t plain_bytes; /* for the envelope */
};

/* Append the seed form, compressed, to `out`. Limits as above: ERR_TOO_BIG (out unchanged): more than
 * PAYLOAD_CHANGES_MAX changes, PAYLOAD_BYTES_MAX before or PAYLOAD_COMPRESSED_BYTES_MAX after compression, or
 * out's maximum: seal fewer changes. ERR_NO_MEMORY. */
MUST_CHECK enum err payload_encode(const uint8_t seed[PAYLOAD_SEED_BYTES], const struct bytes *changes,
                                   size_t change_count, struct buf *out, struct payload_sealed *ret_sealed);

/* Append to `out`, compressed, the payload (either form, as stored) without the changes marked: the part form, with their
 * hashes alone, so that the payload's hash stays what it was. is_erased: one per change. ERR_MALFORMED, ERR_TOO_BIG,
 * ERR_NO_MEMORY. */
MUST_CHECK enum err payload_erase(struct bytes payload_zstd, const bool *is_erased, size_t change_count,
                                  struct buf *out);

#endif
