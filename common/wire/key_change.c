/* Proof of a new key. */
#include "common/wire/key_change.h"

#include <string.h>

void key_change_signed_bytes(const struct hash *device, uint64_t sequence,
                             uint8_t ret_bytes[KEY_CHANGE_SIGNED_BYTES])
{
    static const char domain[32] = "dantin/key-change";
    memcpy(ret_bytes, domain, sizeof domain);
    memcpy(ret_bytes + sizeof domain, device->at, HASH_BYTES);
    u64_write(ret_bytes + sizeof domain + HASH_BYTES, sequence);
}
