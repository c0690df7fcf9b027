/* What the server signs about an accepted submission (docs/protocol.md#receipt). Rank 3. Pure.
 *
 *   verdict hash = SHA-256 over all changes in order: u8 code ‖ u8 rule length ‖ rule id
 *   leaf bytes   = envelope (132) ‖ signature (64) ‖ i64 server time ‖ verdict hash (32)
 *   leaf hash    = SHA-256(0x00 ‖ leaf bytes)                                    (RFC 9162, 2.1.1)
 *   signed bytes = "dantin/receipt" NUL NUL ‖ epoch (16) ‖ u64 position ‖ leaf hash (32) */
#ifndef COMMON_WIRE_RECEIPT_H
#define COMMON_WIRE_RECEIPT_H

#include "common/base/bytes.h"
#include "common/crypto/sign.h"
#include "common/wire/envelope.h"

enum verdict_code { VERDICT_APPLIED = 0, VERDICT_WAITING = 1, VERDICT_CONFLICT = 2, VERDICT_REFUSED = 3 };

enum { RULE_ID_BYTES_MAX = 48, RECEIPT_SIGNED_BYTES = 72, LEAF_BYTES = 236 };

struct verdict {
    enum verdict_code code;
    char rule[RULE_ID_BYTES_MAX]; /* NUL-terminated rule id, "" when there is none */
    struct id current;            /* conflict: the current version; not hashed */
};

struct hash receipt_verdict_hash(const struct verdict *verdicts, size_t count);
struct hash receipt_leaf_hash(struct bytes envelope, struct bytes signature, int64_t server_time_ms,
                              const struct hash *verdict_hash);
void receipt_signed_bytes(const struct id *epoch, uint64_t position, const struct hash *leaf,
                          uint8_t ret_bytes[RECEIPT_SIGNED_BYTES]);

#endif
