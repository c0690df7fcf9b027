/* What an operator signs to say yes to a key (docs/journal.md#operators). Rank 3. Pure.
 *
 *   32      "dantin/enrolment" and NULs
 *   32      public key of the device
 *   16      sender
 *   1       bit 0: the sender is the province itself; bit 1: sees exact figures
 *   1 + n   role, then who made the ticket, then who says yes: each its length (u8) and its text */
#ifndef COMMON_WIRE_ENROLMENT_H
#define COMMON_WIRE_ENROLMENT_H

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/sign.h"

enum {
    ENROLMENT_TEXT_BYTES_MAX = 64, /* of a role or a name */
    ENROLMENT_SIGNED_BYTES_MAX =
        32 + SIGN_PUBLIC_KEY_BYTES + ID_BYTES + 1 + 3 * (1 + ENROLMENT_TEXT_BYTES_MAX),
};

/* The fields of an ActDevice (proto/journal.proto). Texts may be NULL: empty. */
struct enrolment_claim {
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct id sender;
    bool is_province;
    bool may_see_exact;
    const char *role;
    const char *ticket_by;
    const char *approved_by;
};

/* ERR_TOO_BIG: a text past ENROLMENT_TEXT_BYTES_MAX. */
MUST_CHECK enum err enrolment_signed_bytes(const struct enrolment_claim *claim,
                                           uint8_t out[ENROLMENT_SIGNED_BYTES_MAX], size_t *ret_len);
/* Write texts one after another, each as its length (u8) and itself, and return the end; NULL: one is past
 * ENROLMENT_TEXT_BYTES_MAX. out: room for all at that length. For what else operators sign. */
uint8_t *enrolment_append_texts(const char *const *texts, size_t count, uint8_t *out);

#endif
