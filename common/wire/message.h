/* The table of message types from proto/messages.def, and checked packing and unpacking. Rank 3. Pure. */
#ifndef COMMON_WIRE_MESSAGE_H
#define COMMON_WIRE_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/wire/role.h"

enum message_type {
#define MESSAGE(symbol, number, body, direction, state, roles, bytes_min, bytes_max) \
    MESSAGE_##symbol = number,
#include "proto/messages.def"
#undef MESSAGE
};

enum message_direction { MESSAGE_FROM_CLIENT = 1, MESSAGE_FROM_SERVER = 2, MESSAGE_FROM_BOTH = 3 };
enum message_state { MESSAGE_STATE_OPEN = 1, MESSAGE_STATE_READY = 2, MESSAGE_STATE_BOTH = 3 };

struct message_info {
    const char *name; /* "HELLO" */
    uint16_t type;
    enum message_direction direction;
    enum message_state state;
    unsigned roles; /* who may send it to the server (role.h) */
    uint32_t bytes_min;
    uint32_t bytes_max;
    const ProtobufCMessageDescriptor *descriptor;
};

/* NULL: no such type. Static memory. */
const struct message_info *message_info_of(uint16_t type);

/* Pre-scan `body`, then unpack it into `arena`. ret_message: valid as long as the arena (never free it).
 * allow_unknown: skip unknown fields (session messages) or refuse them with ERR_NEWER_SCHEMA (records).
 * ERR_MALFORMED, ERR_TOO_BIG (the arena's cap). */
MUST_CHECK enum err message_unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes body,
                                   bool allow_unknown, struct arena *arena, void *ret_message);

/* Append the packed message to `out`. ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_CHECK enum err message_pack(const void *message, struct buf *out);

#endif
