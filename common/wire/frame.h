/* Frames of dantin/1: a 16-byte header and a body. Rank 3. Pure.
 *
 *   0        4      6       8                16
 *   | u32 len | type | flags | u64 request id | body ...
 *
 * Big-endian; len is of the body as sent. Flag bit 0: the body is one zstd frame that declares its size.
 * Layout: docs/protocol.md#frame. The table of messages: proto/messages.def. */
#ifndef COMMON_WIRE_FRAME_H
#define COMMON_WIRE_FRAME_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

enum {
    FRAME_HEADER_BYTES = 16,
    FRAME_FLAG_ZSTD = 1,
    FRAME_BODY_OPEN_BYTES_MAX = 4096, /* any body before HELLO is answered */
};

struct frame_header {
    uint32_t body_bytes;
    uint16_t type;
    uint16_t flags;
    uint64_t request_id;
};

struct frame {
    struct frame_header header;
    struct bytes body; /* as sent; points INTO the input, valid until it changes */
};

/* Which end decodes, and how far the session is: decides direction and size checks. */
struct frame_rules {
    bool is_server;  /* we are the server: only messages a client may send are taken */
    bool is_greeted; /* WELCOME was sent / received */
};

/* Decode the header at the front of `in`, checking type, direction, state, flags and length against
 * messages.def. ERR_AGAIN: fewer than 16 bytes. ERR_UNSUPPORTED: unknown type (header IS written so that the
 * body, capped at FRAME_UNKNOWN_BYTES_MAX, can be skipped and answered). ERR_TOO_BIG, ERR_PROTOCOL,
 * ERR_MALFORMED: close. */
MUST_CHECK enum err frame_decode_header(struct bytes in, struct frame_rules rules,
                                        struct frame_header *ret_header);

enum { FRAME_UNKNOWN_BYTES_MAX = 65536 };

/* Decode one frame from the front of `in`; it spans FRAME_HEADER_BYTES + header.body_bytes bytes.
 * ERR_AGAIN: need more bytes (nothing consumed). ERR_UNSUPPORTED: a whole frame of an unknown type (ret_frame
 * IS written, so that it can be answered and skipped). Others as frame_decode_header. */
MUST_CHECK enum err frame_decode(struct bytes in, struct frame_rules rules, struct frame *ret_frame);

/* The body's bytes after decompression: the same view without the flag, else a copy in `arena`.
 * The declared size is checked against the type's bytes_max before allocating; ERR_TOO_BIG, ERR_MALFORMED. */
MUST_CHECK enum err frame_body(const struct frame *frame, struct arena *arena, struct bytes *ret_body);

/* Append one frame to `out`. With may_compress, the body is sent as zstd when that is shorter and it has
 * at least FRAME_COMPRESS_BYTES_MIN bytes. ERR_TOO_BIG, ERR_NO_MEMORY: out unchanged. */
enum { FRAME_COMPRESS_BYTES_MIN = 512 };
MUST_CHECK enum err frame_append(struct buf *out, uint16_t type, uint64_t request_id, struct bytes body,
                                 bool may_compress);

#endif
