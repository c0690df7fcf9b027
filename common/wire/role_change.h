/* What an operator signs to agree with another role of a device (docs/journal.md#operators). Rank 3. Pure.
 *
 *   32      "dantin/role-change" and NULs
 *   32      device id
 *   8       u64 entries of the journal when it was proposed
 *   1       bit 0: a role is named; bit 1: exact figures are; bit 2: it sees them
 *   1 + n   role, then who proposed it, then who agrees: each its length (u8) and its text */
#ifndef COMMON_WIRE_ROLE_CHANGE_H
#define COMMON_WIRE_ROLE_CHANGE_H

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/wire/enrolment.h"

enum { ROLE_CHANGE_SIGNED_BYTES_MAX = 32 + HASH_BYTES + 8 + 1 + 3 * (1 + ENROLMENT_TEXT_BYTES_MAX) };

/* The fields of an ActRole (proto/journal.proto). Texts may be NULL: empty; role NULL: as it is. */
struct role_change {
    struct hash device;
    uint64_t proposed_at;
    bool has_exact;
    bool may_see_exact;
    const char *role;
    const char *proposed_by;
    const char *approved_by;
};

/* ERR_TOO_BIG: a text past ENROLMENT_TEXT_BYTES_MAX. */
MUST_CHECK enum err role_change_signed_bytes(const struct role_change *change,
                                             uint8_t out[ROLE_CHANGE_SIGNED_BYTES_MAX], size_t *ret_len);

#endif
