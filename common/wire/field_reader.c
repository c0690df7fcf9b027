/* Tag, then what its wire type says. */
#include "common/wire/field_reader.h"

enum { VARINT_BYTES_MAX = 10, VARINT_LAST_BYTE_MAX = 1 };

/* ERR_MALFORMED: cut, longer than 64 bits, or not the shortest form. */
static inline enum err read_varint(struct bytes *in, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t len_max = in->len < VARINT_BYTES_MAX ? in->len : VARINT_BYTES_MAX;
    for (size_t i = 0; i < len_max; i++) {
        uint8_t byte = in->at[i];
        value |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (byte >= 0x80) {
            continue;
        }
        bool is_too_long = i == VARINT_BYTES_MAX - 1 && byte > VARINT_LAST_BYTE_MAX;
        bool is_padded = i > 0 && byte == 0;
        if (is_too_long || is_padded) {
            return ERR_MALFORMED;
        }
        in->at += i + 1;
        in->len -= i + 1;
        *ret_value = value;
        return ERR_OK;
    }
    return ERR_MALFORMED;
}

static inline enum err skip(struct bytes *in, uint64_t len)
{
    if (in->len < len) {
        return ERR_MALFORMED;
    }
    in->at += len;
    in->len -= (size_t)len;
    return ERR_OK;
}

static enum err read_content(struct bytes *in, uint64_t wire_type, struct field *field)
{
    uint64_t len = 0;
    switch (wire_type) {
    case FIELD_WIRE_VARINT:
        return read_varint(in, &field->value);
    case FIELD_WIRE_FIXED64:
        return skip(in, 8);
    case FIELD_WIRE_FIXED32:
        return skip(in, 4);
    case FIELD_WIRE_BYTES:
        if (read_varint(in, &len) != ERR_OK || in->len < len) {
            return ERR_MALFORMED;
        }
        field->bytes = bytes_of(in->at, (size_t)len);
        return skip(in, len);
    default:
        return ERR_MALFORMED;
    }
}

enum err field_read(struct bytes *in, struct field *ret_field)
{
    struct bytes rest = *in;
    uint64_t tag = 0;
    if (read_varint(&rest, &tag) != ERR_OK || tag >> 3 == 0 || tag >> 3 > FIELD_NUMBER_MAX) {
        return ERR_MALFORMED;
    }
    struct field field = {.number = (uint32_t)(tag >> 3), .wire_type = (enum field_wire_type)(tag & 7)};
    if (read_content(&rest, tag & 7, &field) != ERR_OK) {
        return ERR_MALFORMED;
    }
    *in = rest;
    *ret_field = field;
    return ERR_OK;
}
