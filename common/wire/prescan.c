/* A recursive walk, at most PRESCAN_DEPTH_MAX deep. */
#include "common/wire/prescan.h"

#include "common/base/check.h"
#include "common/base/utf8.h"
#include "common/wire/field_reader.h"

enum { FIELDS_PER_MESSAGE_MAX = 64 };

struct walk {
    size_t element_count; /* fields seen so far, at all depths */
    bool allow_unknown;
};

static enum err walk_message(struct walk *walk, const ProtobufCMessageDescriptor *descriptor, struct bytes in,
                             unsigned depth);

enum err prescan_check(const ProtobufCMessageDescriptor *descriptor, struct bytes in, bool allow_unknown)
{
    struct walk walk = {.allow_unknown = allow_unknown};
    return walk_message(&walk, descriptor, in, 1);
}

/* Index of a field number in the descriptor; -1: unknown. */
static inline int field_index(const ProtobufCMessageDescriptor *descriptor, uint32_t number)
{
    /* Range i starts at start_value and ends where range i + 1 takes over in orig_index; one is behind the
     * last. */
    for (unsigned i = 0; i < descriptor->n_field_ranges; i++) {
        const ProtobufCIntRange *range = &descriptor->field_ranges[i];
        unsigned count = range[1].orig_index - range->orig_index;
        if (number >= (uint32_t)range->start_value && number - (uint32_t)range->start_value < count) {
            return (int)(range->orig_index + (number - (uint32_t)range->start_value));
        }
    }
    return -1;
}

/* Would the field's type hold this varint as it stands? */
static bool is_varint_in_range(ProtobufCType type, uint64_t value)
{
    switch (type) {
    case PROTOBUF_C_TYPE_BOOL:
        return value <= 1;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32:
        return value <= UINT32_MAX;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        return value <= INT32_MAX || value >= UINT64_MAX - INT32_MAX;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_INT64:
        return true;
    default:
        return false;
    }
}

static enum err check_value(struct walk *walk, const ProtobufCFieldDescriptor *descriptor,
                            const struct field *field, unsigned depth)
{
    bool is_bytes = field->wire_type == FIELD_WIRE_BYTES;
    switch (descriptor->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return is_bytes ? walk_message(walk, descriptor->descriptor, field->bytes, depth + 1) : ERR_MALFORMED;
    case PROTOBUF_C_TYPE_STRING:
        return is_bytes && utf8_is_clean(field->bytes) ? ERR_OK : ERR_MALFORMED;
    case PROTOBUF_C_TYPE_BYTES:
        return is_bytes ? ERR_OK : ERR_MALFORMED;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return field->wire_type == FIELD_WIRE_FIXED32 ? ERR_OK : ERR_MALFORMED;
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return field->wire_type == FIELD_WIRE_FIXED64 ? ERR_OK : ERR_MALFORMED;
    default:
        break;
    }
    bool is_varint = field->wire_type == FIELD_WIRE_VARINT;
    return is_varint && is_varint_in_range(descriptor->type, field->value) ? ERR_OK : ERR_MALFORMED;
}

static enum err walk_message(struct walk *walk, const ProtobufCMessageDescriptor *descriptor, struct bytes in,
                             unsigned depth)
{
    REQUIRE(descriptor->n_fields <= FIELDS_PER_MESSAGE_MAX);
    if (depth > PRESCAN_DEPTH_MAX) {
        return ERR_TOO_BIG;
    }
    uint64_t seen = 0; /* a bit per singular field */
    while (in.len > 0) {
        struct field field;
        enum err err = field_read(&in, &field);
        if (err != ERR_OK) {
            return err;
        }
        if (++walk->element_count > PRESCAN_ELEMENTS_MAX) {
            return ERR_TOO_BIG;
        }
        int index = field_index(descriptor, field.number);
        if (index < 0) {
            if (!walk->allow_unknown) {
                return ERR_NEWER_SCHEMA;
            }
            continue;
        }
        const ProtobufCFieldDescriptor *known = &descriptor->fields[index];
        uint64_t bit = (uint64_t)1 << (unsigned)index;
        if (known->label != PROTOBUF_C_LABEL_REPEATED && (seen & bit) != 0) {
            return ERR_MALFORMED;
        }
        seen |= bit;
        err = check_value(walk, known, &field, depth);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

static void count_fields(const ProtobufCMessageDescriptor *descriptor, struct bytes in, unsigned depth,
                         size_t limit, size_t *count)
{
    struct field field;
    while (in.len > 0 && depth <= PRESCAN_DEPTH_MAX && *count <= limit && field_read(&in, &field) == ERR_OK) {
        (*count)++;
        int index = field_index(descriptor, field.number);
        if (index >= 0 && descriptor->fields[index].type == PROTOBUF_C_TYPE_MESSAGE &&
            field.wire_type == FIELD_WIRE_BYTES) {
            count_fields(descriptor->fields[index].descriptor, field.bytes, depth + 1, limit, count);
        }
    }
}

size_t prescan_count(const ProtobufCMessageDescriptor *descriptor, struct bytes in, size_t limit)
{
    size_t count = 0;
    count_fields(descriptor, in, 1, limit, &count);
    return count;
}
