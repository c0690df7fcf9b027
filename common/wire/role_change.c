/* Fixed fields, then texts, as an enrolment's. */
#include "common/wire/role_change.h"

#include <string.h>

enum { DOMAIN_BYTES = 32, FLAG_ROLE = 1, FLAG_HAS_EXACT = 2, FLAG_EXACT = 4 };

enum err role_change_signed_bytes(const struct role_change *change, uint8_t out[ROLE_CHANGE_SIGNED_BYTES_MAX],
                                  size_t *ret_len)
{
    static const char domain[DOMAIN_BYTES] = "dantin/role-change";
    const char *texts[] = {change->role, change->proposed_by, change->approved_by};
    bool is_exact = change->has_exact && change->may_see_exact;
    uint8_t *at = out;
    memcpy(at, domain, sizeof domain);
    at += sizeof domain;
    memcpy(at, change->device.at, sizeof change->device.at);
    at += sizeof change->device.at;
    u64_write(at, change->proposed_at);
    at += sizeof(uint64_t);
    *at++ = (uint8_t)((change->role != NULL ? FLAG_ROLE : 0) | (change->has_exact ? FLAG_HAS_EXACT : 0) |
                      (is_exact ? FLAG_EXACT : 0));
    at = enrolment_append_texts(texts, sizeof texts / sizeof texts[0], at);
    if (at == NULL) {
        return ERR_TOO_BIG;
    }
    *ret_len = (size_t)(at - out);
    return ERR_OK;
}
