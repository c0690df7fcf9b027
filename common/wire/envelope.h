/* The envelope of a submission: fixed layout, final from the first release (docs/protocol.md#envelope).
 * Rank 3. Pure.
 *
 *   offset  bytes  field
 *   0       16     domain "dantin/envelope" and one NUL
 *   16      1      layout version = 1
 *   17      1      algorithm = 1 (Ed25519, SHA-256)
 *   18      32     device id
 *   50      8      sequence
 *   58      32     previous envelope hash (zeros for sequence 1)
 *   90      2      kind of content (proto/contents.def): 1 = changes
 *   92      4      schema version
 *   96      4      payload length: bytes of the Payload message in its seed form, before compression
 *   100     32     payload hash
 *   132            end; the signature (64 bytes) is over these 132 bytes
 *
 * Envelope hash = SHA-256 of the 132 bytes. Hash and sign the RECEIVED bytes, never a re-encoding. */
#ifndef COMMON_WIRE_ENVELOPE_H
#define COMMON_WIRE_ENVELOPE_H

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/sign.h"

enum {
    ENVELOPE_BYTES = 132,
    ENVELOPE_LAYOUT_VERSION = 1,
    ENVELOPE_ALGORITHM_ED25519 = 1,
#define CONTENT(symbol, number, item, roles) ENVELOPE_CONTENT_##symbol = number,
#include "proto/contents.def"
#undef CONTENT
};

struct envelope {
    struct hash device;
    uint64_t sequence;
    struct hash previous; /* none for sequence 1 */
    uint16_t content;
    uint32_t schema_version;
    uint32_t payload_bytes;
    struct hash payload_hash;
};

void envelope_encode(const struct envelope *envelope, uint8_t ret_bytes[ENVELOPE_BYTES]);
/* ERR_MALFORMED: other length, domain or zero sequence. ERR_UNSUPPORTED: other layout version or algorithm.
 */
MUST_CHECK enum err envelope_decode(struct bytes in, struct envelope *ret_envelope);
struct hash envelope_hash(struct bytes envelope_bytes);

/* Version name: first 16 bytes of SHA-256(envelope hash ‖ u32 index). */
struct id version_name(const struct hash *envelope_hash, uint32_t index);

#endif
