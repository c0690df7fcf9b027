/* A fixed layout, so that every field is told apart from its neighbours. */
#include "common/wire/enrolment.h"

#include <string.h>

enum { DOMAIN_BYTES = 32, FLAG_PROVINCE = 1, FLAG_EXACT = 2 };

enum err enrolment_signed_bytes(const struct enrolment_claim *claim, uint8_t out[ENROLMENT_SIGNED_BYTES_MAX],
                                size_t *ret_len)
{
    static const char domain[DOMAIN_BYTES] = "dantin/enrolment";
    const char *texts[] = {claim->role, claim->ticket_by, claim->approved_by};
    uint8_t *at = out;
    memcpy(at, domain, sizeof domain);
    at += sizeof domain;
    memcpy(at, claim->public_key, sizeof claim->public_key);
    at += sizeof claim->public_key;
    memcpy(at, claim->sender.at, sizeof claim->sender.at);
    at += sizeof claim->sender.at;
    *at++ = (uint8_t)((claim->is_province ? FLAG_PROVINCE : 0) | (claim->may_see_exact ? FLAG_EXACT : 0));
    at = enrolment_append_texts(texts, sizeof texts / sizeof texts[0], at);
    if (at == NULL) {
        return ERR_TOO_BIG;
    }
    *ret_len = (size_t)(at - out);
    return ERR_OK;
}

uint8_t *enrolment_append_texts(const char *const *texts, size_t count, uint8_t *out)
{
    uint8_t *at = out;
    for (size_t i = 0; i < count; i++) {
        size_t len = texts[i] == NULL ? 0 : strlen(texts[i]);
        if (len > ENROLMENT_TEXT_BYTES_MAX) {
            return NULL;
        }
        *at++ = (uint8_t)len;
        if (len > 0) {
            memcpy(at, texts[i], len);
            at += len;
        }
    }
    return at;
}
