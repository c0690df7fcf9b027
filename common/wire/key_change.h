/* The proof that comes with a new key: what it signs to show that whoever announces it holds it (docs/protocol.md#key-change).
 * "dantin/key-change" and 15 NUL (32 bytes) ‖ device id (32) ‖ u64 sequence of the announcing entry. Rank 3. Pure. */
#ifndef COMMON_WIRE_KEY_CHANGE_H
#define COMMON_WIRE_KEY_CHANGE_H

#include "common/base/bytes.h"

enum { KEY_CHANGE_SIGNED_BYTES = 72 };

void key_change_signed_bytes(const struct hash *device, uint64_t sequence,
                             uint8_t ret_bytes[KEY_CHANGE_SIGNED_BYTES]);

#endif
