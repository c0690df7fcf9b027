/* Layouts as in receipt.h. */
#include "common/wire/receipt.h"

#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"
#include "common/wire/payload.h"

enum { AT_EPOCH = 16, AT_POSITION = 32, AT_LEAF = 40 };

static const char domain[AT_EPOCH] = "dantin/receipt";

_Static_assert(AT_LEAF + HASH_BYTES == RECEIPT_SIGNED_BYTES, "the signed bytes have no gap");
_Static_assert(LEAF_BYTES == ENVELOPE_BYTES + SIGN_SIGNATURE_BYTES + 8 + HASH_BYTES, "parts of a leaf");

struct hash receipt_verdict_hash(const struct verdict *verdicts, size_t count)
{
    /* Nearly all changes are applied without a rule: two bytes each, one part for a whole run of them. */
    uint8_t heads[2 * PAYLOAD_CHANGES_MAX];
    struct bytes parts[2 * PAYLOAD_CHANGES_MAX + 1];
    size_t part_count = 0;
    size_t run_at = 0;
    REQUIRE(count <= PAYLOAD_CHANGES_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t rule_len = strnlen(verdicts[i].rule, RULE_ID_BYTES_MAX);
        REQUIRE(rule_len < RULE_ID_BYTES_MAX);
        heads[2 * i] = (uint8_t)verdicts[i].code;
        heads[2 * i + 1] = (uint8_t)rule_len;
        if (rule_len > 0) {
            parts[part_count++] = bytes_of(heads + run_at, 2 * (i + 1) - run_at);
            parts[part_count++] = bytes_of(verdicts[i].rule, rule_len);
            run_at = 2 * (i + 1);
        }
    }
    parts[part_count++] = bytes_of(heads + run_at, 2 * count - run_at);
    return hash_of(parts, part_count);
}

struct hash receipt_leaf_hash(struct bytes envelope, struct bytes signature, int64_t server_time_ms,
                              const struct hash *verdict_hash)
{
    REQUIRE(envelope.len == ENVELOPE_BYTES);
    REQUIRE(signature.len == SIGN_SIGNATURE_BYTES);
    static const uint8_t leaf_prefix[] = {0x00};
    uint8_t time_bytes[8];
    u64_write(time_bytes, (uint64_t)server_time_ms);
    struct bytes parts[] = {
        bytes_of(leaf_prefix, sizeof leaf_prefix),
        envelope,
        signature,
        bytes_of(time_bytes, sizeof time_bytes),
        bytes_of(verdict_hash->at, sizeof verdict_hash->at),
    };
    return hash_of(parts, sizeof parts / sizeof parts[0]);
}

void receipt_signed_bytes(const struct id *epoch, uint64_t position, const struct hash *leaf,
                          uint8_t ret_bytes[RECEIPT_SIGNED_BYTES])
{
    memcpy(ret_bytes, domain, sizeof domain);
    memcpy(ret_bytes + AT_EPOCH, epoch->at, ID_BYTES);
    u64_write(ret_bytes + AT_POSITION, position);
    memcpy(ret_bytes + AT_LEAF, leaf->at, HASH_BYTES);
}
