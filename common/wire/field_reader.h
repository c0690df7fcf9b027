/* Field by field through the bytes of one protobuf message, strictly. Rank 3. Pure.
 * Stricter than the encoding's rules, so that one message has one reading: every varint in its shortest form,
 * no groups, field numbers 1 .. 2^29 - 1. */
#ifndef COMMON_WIRE_FIELD_READER_H
#define COMMON_WIRE_FIELD_READER_H

#include "common/base/bytes.h"
#include "common/base/error.h"

enum field_wire_type {
    FIELD_WIRE_VARINT = 0,
    FIELD_WIRE_FIXED64 = 1,
    FIELD_WIRE_BYTES = 2,
    FIELD_WIRE_FIXED32 = 5,
};

enum { FIELD_NUMBER_MAX = (1 << 29) - 1 };

struct field {
    uint32_t number;
    enum field_wire_type wire_type;
    uint64_t value;     /* of a varint */
    struct bytes bytes; /* FIELD_WIRE_BYTES: the content; points into the input */
};

/* Take the next field off the front of *in, which must not be empty. ERR_MALFORMED: *in and *ret_field
 * untouched. */
MUST_CHECK enum err field_read(struct bytes *in, struct field *ret_field);

#endif
