/* The table of messages.def, and protobuf-c working in an arena. */
#include "common/wire/message.h"

#include <string.h>

#include "common/base/check.h"
#include "common/wire/prescan.h"
#include "proto/query.pb-c.h"
#include "proto/session.pb-c.h"
#include "proto/submission.pb-c.h"
#include "proto/waiting.pb-c.h"
#include "proto/witness.pb-c.h"

enum { TYPE_NUMBER_MAX = 63 };

static const struct message_info infos[TYPE_NUMBER_MAX + 1] = {
#define C MESSAGE_FROM_CLIENT
#define S MESSAGE_FROM_SERVER
#define B MESSAGE_FROM_BOTH
#define MESSAGE(symbol, number, body, direction, state, roles, bytes_min, bytes_max) \
    [number] = {#symbol,       number,    direction, MESSAGE_STATE_##state,          \
                ROLES_##roles, bytes_min, bytes_max, &dantin__##body##__descriptor},
#include "proto/messages.def"
#undef MESSAGE
#undef C
#undef S
#undef B
};

const struct message_info *message_info_of(uint16_t type)
{
    return type <= TYPE_NUMBER_MAX && infos[type].name != NULL ? &infos[type] : NULL;
}

static void *allocate(void *context, size_t len)
{
    return arena_alloc(context, len);
}

static void keep(void *context, void *at)
{
    /* The arena frees all at once. */
    (void)context;
    (void)at;
}

enum err message_unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes body, bool allow_unknown,
                        struct arena *arena, void *ret_message)
{
    enum err err = prescan_check(descriptor, body, allow_unknown);
    if (err != ERR_OK) {
        return err;
    }
    ProtobufCAllocator allocator = {.alloc = allocate, .free = keep, .allocator_data = arena};
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, &allocator, body.len, body.at);
    if (message == NULL) {
        /* The pre-scan leaves one reason only. */
        return ERR_TOO_BIG;
    }
    memcpy(ret_message, &message, sizeof(void *));
    return ERR_OK;
}

enum err message_pack(const void *message, struct buf *out)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *at = NULL;
    enum err err = buf_reserve(out, len, &at);
    if (err != ERR_OK) {
        return err;
    }
    size_t written = protobuf_c_message_pack(message, at);
    ENSURE(written == len);
    buf_commit(out, len);
    return ERR_OK;
}
