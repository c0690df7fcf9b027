/* Header checks in the order: flags, type, direction and state, length. */
#include "common/wire/frame.h"

#include <string.h>

#include "common/base/check.h"
#include "common/wire/compress.h"
#include "common/wire/message.h"

enum { FRAME_ZSTD_LEVEL = 3 };

static enum err check_header(const struct frame_header *header, struct frame_rules rules);
static enum err check_length(const struct frame_header *header, const struct message_info *info,
                             bool is_greeted);

enum err frame_decode_header(struct bytes in, struct frame_rules rules, struct frame_header *ret_header)
{
    if (in.len < FRAME_HEADER_BYTES) {
        return ERR_AGAIN;
    }
    struct frame_header header = {
        .body_bytes = u32_read(in.at),
        .type = u16_read(in.at + 4),
        .flags = u16_read(in.at + 6),
        .request_id = u64_read(in.at + 8),
    };
    enum err err = check_header(&header, rules);
    if (err == ERR_OK || err == ERR_UNSUPPORTED) {
        *ret_header = header;
    }
    return err;
}

static enum err check_header(const struct frame_header *header, struct frame_rules rules)
{
    if ((header->flags & ~FRAME_FLAG_ZSTD) != 0) {
        return ERR_PROTOCOL;
    }
    const struct message_info *info = message_info_of(header->type);
    if (info == NULL) {
        uint32_t bytes_max = rules.is_greeted ? FRAME_UNKNOWN_BYTES_MAX : FRAME_BODY_OPEN_BYTES_MAX;
        return header->body_bytes > bytes_max ? ERR_TOO_BIG : ERR_UNSUPPORTED;
    }
    enum message_direction direction = rules.is_server ? MESSAGE_FROM_CLIENT : MESSAGE_FROM_SERVER;
    enum message_state state = rules.is_greeted ? MESSAGE_STATE_READY : MESSAGE_STATE_OPEN;
    if ((info->direction & direction) == 0 || (info->state & state) == 0) {
        return ERR_PROTOCOL;
    }
    return check_length(header, info, rules.is_greeted);
}

static enum err check_length(const struct frame_header *header, const struct message_info *info,
                             bool is_greeted)
{
    uint32_t bytes_max = info->bytes_max;
    if (!is_greeted && bytes_max > FRAME_BODY_OPEN_BYTES_MAX) {
        bytes_max = FRAME_BODY_OPEN_BYTES_MAX;
    }
    if (header->body_bytes > bytes_max) {
        return ERR_TOO_BIG;
    }
    /* Of a compressed body only the declared size tells; frame_body looks at it. */
    bool is_compressed = (header->flags & FRAME_FLAG_ZSTD) != 0;
    return !is_compressed && header->body_bytes < info->bytes_min ? ERR_MALFORMED : ERR_OK;
}

enum err frame_decode(struct bytes in, struct frame_rules rules, struct frame *ret_frame)
{
    struct frame_header header;
    enum err err = frame_decode_header(in, rules, &header);
    if (err != ERR_OK && err != ERR_UNSUPPORTED) {
        return err;
    }
    if (in.len - FRAME_HEADER_BYTES < header.body_bytes) {
        return ERR_AGAIN;
    }
    ret_frame->header = header;
    ret_frame->body = bytes_of(in.at + FRAME_HEADER_BYTES, header.body_bytes);
    return err;
}

enum err frame_body(const struct frame *frame, struct arena *arena, struct bytes *ret_body)
{
    if ((frame->header.flags & FRAME_FLAG_ZSTD) == 0) {
        *ret_body = frame->body;
        return ERR_OK;
    }
    const struct message_info *info = message_info_of(frame->header.type);
    REQUIRE(info != NULL);
    struct bytes body;
    enum err err = compress_unpack(frame->body, info->bytes_max, arena, &body);
    if (err != ERR_OK) {
        return err;
    }
    if (body.len < info->bytes_min) {
        return ERR_MALFORMED;
    }
    *ret_body = body;
    return ERR_OK;
}

static void write_header(uint8_t at[FRAME_HEADER_BYTES], const struct frame_header *header)
{
    u32_write(at, header->body_bytes);
    u16_write(at + 4, header->type);
    u16_write(at + 6, header->flags);
    u64_write(at + 8, header->request_id);
}

/* Append header and compressed body. ERR_TOO_BIG when that is no gain: out unchanged. */
static enum err append_compressed(struct buf *out, struct frame_header header, struct bytes body)
{
    size_t start_len = out->len;
    uint8_t unknown[FRAME_HEADER_BYTES] = {0};
    enum err err = buf_append(out, bytes_of(unknown, sizeof unknown));
    if (err != ERR_OK) {
        return err;
    }
    err = compress_append(out, body, FRAME_ZSTD_LEVEL);
    size_t compressed_len = out->len - start_len - FRAME_HEADER_BYTES;
    if (err != ERR_OK || compressed_len >= body.len) {
        buf_truncate(out, start_len);
        return err != ERR_OK ? err : ERR_TOO_BIG;
    }
    header.body_bytes = (uint32_t)compressed_len;
    header.flags |= FRAME_FLAG_ZSTD;
    write_header(out->at + out->start + start_len, &header);
    return ERR_OK;
}

enum err frame_append(struct buf *out, uint16_t type, uint64_t request_id, struct bytes body,
                      bool may_compress)
{
    if (body.len > UINT32_MAX) {
        return ERR_TOO_BIG;
    }
    struct frame_header header = {.body_bytes = (uint32_t)body.len, .type = type, .request_id = request_id};
    if (may_compress && body.len >= FRAME_COMPRESS_BYTES_MIN &&
        append_compressed(out, header, body) == ERR_OK) {
        return ERR_OK;
    }
    uint8_t *at = NULL;
    enum err err = buf_reserve(out, FRAME_HEADER_BYTES + body.len, &at);
    if (err != ERR_OK) {
        return err;
    }
    write_header(at, &header);
    if (body.len > 0) {
        memcpy(at + FRAME_HEADER_BYTES, body.at, body.len);
    }
    buf_commit(out, FRAME_HEADER_BYTES + body.len);
    return ERR_OK;
}
