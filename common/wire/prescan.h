/* One walk over the bytes of a protobuf message before protobuf-c may see them. Rank 3. Pure.
 * protobuf-c expands hostile bytes a hundredfold and takes invalid UTF-8, NUL, duplicates and deep nesting;
 * the pre-scan refuses those, so that unpacking is bounded: depth ≤ PRESCAN_DEPTH_MAX, at most
 * PRESCAN_ELEMENTS_MAX fields in all, right wire types, shortest varints, no singular field twice, strings of
 * valid UTF-8 (NFC is the rules' business) without NUL, control (but tab, LF) and bidirectional control
 * characters. */
#ifndef COMMON_WIRE_PRESCAN_H
#define COMMON_WIRE_PRESCAN_H

#include <protobuf-c/protobuf-c.h>

#include "common/base/bytes.h"
#include "common/base/error.h"

enum { PRESCAN_DEPTH_MAX = 8, PRESCAN_ELEMENTS_MAX = 65536 };

/* ERR_MALFORMED: not acceptable. ERR_TOO_BIG: too deep or too many elements. ERR_NEWER_SCHEMA: an unknown
 * field while !allow_unknown. ERR_OK: protobuf-c will unpack it. */
MUST_CHECK enum err prescan_check(const ProtobufCMessageDescriptor *descriptor, struct bytes in,
                                  bool allow_unknown);

/* Fields in the bytes of a message, at all depths, up to the first that cannot be read; no more than `limit` + 1. */
size_t prescan_count(const ProtobufCMessageDescriptor *descriptor, struct bytes in, size_t limit);

#endif
