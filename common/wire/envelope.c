/* Offsets as in envelope.h. */
#include "common/wire/envelope.h"

#include <string.h>

#include "common/crypto/hash.h"

enum {
    AT_DOMAIN = 0,
    AT_LAYOUT = 16,
    AT_ALGORITHM = 17,
    AT_DEVICE = 18,
    AT_SEQUENCE = 50,
    AT_PREVIOUS = 58,
    AT_CONTENT = 90,
    AT_SCHEMA_VERSION = 92,
    AT_PAYLOAD_BYTES = 96,
    AT_PAYLOAD_HASH = 100,
};

static const char domain[AT_LAYOUT] = "dantin/envelope";

_Static_assert(AT_PAYLOAD_HASH + HASH_BYTES == ENVELOPE_BYTES, "the envelope has no gap");
_Static_assert(sizeof "dantin/envelope" == AT_LAYOUT, "the domain string and its NUL fill their field");

void envelope_encode(const struct envelope *envelope, uint8_t ret_bytes[ENVELOPE_BYTES])
{
    memcpy(ret_bytes + AT_DOMAIN, domain, sizeof domain);
    ret_bytes[AT_LAYOUT] = ENVELOPE_LAYOUT_VERSION;
    ret_bytes[AT_ALGORITHM] = ENVELOPE_ALGORITHM_ED25519;
    memcpy(ret_bytes + AT_DEVICE, envelope->device.at, HASH_BYTES);
    u64_write(ret_bytes + AT_SEQUENCE, envelope->sequence);
    memcpy(ret_bytes + AT_PREVIOUS, envelope->previous.at, HASH_BYTES);
    u16_write(ret_bytes + AT_CONTENT, envelope->content);
    u32_write(ret_bytes + AT_SCHEMA_VERSION, envelope->schema_version);
    u32_write(ret_bytes + AT_PAYLOAD_BYTES, envelope->payload_bytes);
    memcpy(ret_bytes + AT_PAYLOAD_HASH, envelope->payload_hash.at, HASH_BYTES);
}

enum err envelope_decode(struct bytes in, struct envelope *ret_envelope)
{
    if (in.len != ENVELOPE_BYTES || memcmp(in.at + AT_DOMAIN, domain, sizeof domain) != 0) {
        return ERR_MALFORMED;
    }
    if (in.at[AT_LAYOUT] != ENVELOPE_LAYOUT_VERSION || in.at[AT_ALGORITHM] != ENVELOPE_ALGORITHM_ED25519) {
        return ERR_UNSUPPORTED;
    }
    uint64_t sequence = u64_read(in.at + AT_SEQUENCE);
    if (sequence == 0) {
        return ERR_MALFORMED;
    }
    ret_envelope->sequence = sequence;
    memcpy(ret_envelope->device.at, in.at + AT_DEVICE, HASH_BYTES);
    memcpy(ret_envelope->previous.at, in.at + AT_PREVIOUS, HASH_BYTES);
    ret_envelope->content = u16_read(in.at + AT_CONTENT);
    ret_envelope->schema_version = u32_read(in.at + AT_SCHEMA_VERSION);
    ret_envelope->payload_bytes = u32_read(in.at + AT_PAYLOAD_BYTES);
    memcpy(ret_envelope->payload_hash.at, in.at + AT_PAYLOAD_HASH, HASH_BYTES);
    return ERR_OK;
}

struct hash envelope_hash(struct bytes envelope_bytes)
{
    return hash_of_one(envelope_bytes);
}

struct id version_name(const struct hash *hash, uint32_t index)
{
    uint8_t index_bytes[4];
    u32_write(index_bytes, index);
    struct bytes parts[] = {bytes_of(hash->at, HASH_BYTES), bytes_of(index_bytes, sizeof index_bytes)};
    struct hash full = hash_of(parts, 2);
    struct id name;
    memcpy(name.at, full.at, ID_BYTES);
    return name;
}
