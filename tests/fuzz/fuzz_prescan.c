/* The pre-scan's promise: what it passes, protobuf-c unpacks within a bounded arena, and packs again to bytes
 * that pass. Input: one byte that chooses the message, one that allows unknown fields, then the message. */
#include <stdlib.h>

#include "common/base/check.h"
#include "common/record/schema.h"
#include "common/wire/message.h"
#include "common/wire/prescan.h"
#include "proto/submission.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* Each element costs less than this, and each byte is copied once. */
enum { BYTES_PER_ELEMENT_MAX = 1024, BODY_BYTES_MAX = 1 << 20, MESSAGE_TYPES_MAX = 64 };

static const ProtobufCMessageDescriptor *descriptor_of(uint8_t choice)
{
    switch (choice) {
    case 250:
        return &dantin__payload__descriptor;
    case 251:
        return &dantin__change__descriptor;
    default:
        break;
    }
    if (choice >= MESSAGE_TYPES_MAX) {
        const struct kind_schema *schema = schema_of(choice - MESSAGE_TYPES_MAX);
        return schema == NULL ? NULL : schema->descriptor;
    }
    const struct message_info *info = message_info_of(choice);
    return info == NULL ? NULL : info->descriptor;
}

/* Packing is not always the identity (fields may come in any order), but its result must pass the pre-scan
 * and unpack. */
static void check_packed_again(const ProtobufCMessageDescriptor *descriptor, const void *message,
                               bool allow_unknown)
{
    struct buf packed;
    buf_init(&packed, 2 * BODY_BYTES_MAX);
    enum err err = message_pack(message, &packed);
    ENSURE(err == ERR_OK);
    ENSURE(prescan_check(descriptor, buf_content(&packed), allow_unknown) == ERR_OK);
    buf_release(&packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    if (len < 2 || len > BODY_BYTES_MAX) {
        return 0;
    }
    const ProtobufCMessageDescriptor *descriptor = descriptor_of(at[0]);
    bool allow_unknown = (at[1] & 1) != 0;
    struct bytes body = bytes_of(at + 2, len - 2);
    if (descriptor == NULL) {
        return 0;
    }
    enum { LIMIT = 100 };
    size_t few = prescan_count(descriptor, body, LIMIT);
    size_t all = prescan_count(descriptor, body, body.len); /* no field is shorter than a byte */
    ENSURE(all <= body.len);
    ENSURE(few == (all > LIMIT ? LIMIT + 1 : all));
    if (prescan_check(descriptor, body, allow_unknown) != ERR_OK) {
        return 0;
    }
    struct arena arena;
    void *message = NULL;
    arena_init(&arena, (body.len + 1) * BYTES_PER_ELEMENT_MAX);
    enum err err = message_unpack(descriptor, body, allow_unknown, &arena, &message);
    ENSURE(err == ERR_OK);
    check_packed_again(descriptor, message, allow_unknown);
    arena_release(&arena);
    return 0;
}
