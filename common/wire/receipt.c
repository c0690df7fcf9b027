/* Layouts as in receipt.h. */
#include "common/wire/receipt.h"

#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"

enum { AT_EPOCH = 16, AT_POSITION = 32, AT_LEAF = 40 };

static const char domain[AT_EPOCH] = "dantin/receipt";

_Static_assert(AT_LEAF + HASH_BYTES == RECEIPT_SIGNED_BYTES, "the signed bytes have no gap");
_Static_assert(LEAF_BYTES == ENVELOPE_BYTES + SIGN_SIGNATURE_BYTES + 8 + HASH_BYTES, "parts of a leaf");

struct hash receipt_verdict_hash(const struct verdict *verdicts, size_t count)
{
    /* Nearly all changes are applied without a rule: two bytes each, hashed in runs. */
    uint8_t run[1024];
    size_t run_len = 0;
    struct hasher *hasher = hasher_new();
    ENSURE(hasher != NULL);
    for (size_t i = 0; i < count; i++) {
        size_t rule_len = strnlen(verdicts[i].rule, RULE_ID_BYTES_MAX);
        REQUIRE(rule_len < RULE_ID_BYTES_MAX);
        if (sizeof run - run_len < 2 + rule_len) {
            hasher_add(hasher, bytes_of(run, run_len));
            run_len = 0;
        }
        run[run_len] = (uint8_t)verdicts[i].code;
        run[run_len + 1] = (uint8_t)rule_len;
        memcpy(run + run_len + 2, verdicts[i].rule, rule_len);
        run_len += 2 + rule_len;
    }
    hasher_add(hasher, bytes_of(run, run_len));
    struct hash hash = hasher_finish(hasher);
    hasher_free(hasher);
    return hash;
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
