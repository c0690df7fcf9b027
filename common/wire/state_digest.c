#include "common/wire/state_digest.h"

#include "common/crypto/hash.h"

static const char domain[] = "dantin/state"; /* its NUL ends it */

static struct hash element(uint16_t kind, const struct id *record, const struct id *version);
static void add(struct hash *sum, const struct hash *term);
static void subtract(struct hash *sum, const struct hash *term);

void state_digest_move(struct hash *digest, uint16_t kind, const struct id *record, const struct id *previous,
                       const struct id *version)
{
    struct hash term = element(kind, record, version);
    add(digest, &term);
    if (!id_is_none(previous)) {
        term = element(kind, record, previous);
        subtract(digest, &term);
    }
}

static struct hash element(uint16_t kind, const struct id *record, const struct id *version)
{
    uint8_t number[2];
    u16_write(number, kind);
    struct bytes parts[] = {
        bytes_of(domain, sizeof domain),
        bytes_of(number, sizeof number),
        bytes_of(record->at, ID_BYTES),
        bytes_of(version->at, ID_BYTES),
    };
    return hash_of(parts, sizeof parts / sizeof parts[0]);
}

/* Big-endian numbers of 256 bits; what passes the front is dropped. */
static void add(struct hash *sum, const struct hash *term)
{
    unsigned carry = 0;
    for (size_t i = HASH_BYTES; i-- > 0;) {
        carry += (unsigned)sum->at[i] + term->at[i];
        sum->at[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

static void subtract(struct hash *sum, const struct hash *term)
{
    unsigned borrow = 0;
    for (size_t i = HASH_BYTES; i-- > 0;) {
        unsigned difference = 256U + sum->at[i] - term->at[i] - borrow;
        sum->at[i] = (uint8_t)difference;
        borrow = difference < 256U ? 1U : 0U;
    }
}
