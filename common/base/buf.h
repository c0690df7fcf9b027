/* A growable byte buffer with a named maximum. Rank 0. One owner; not thread-safe.
 *
 *      at                      start            start+len      capacity ≤ bytes_max
 *      |······ consumed ········|==== content ====|····· free ·····|
 *
 * Loop: reserve → write into the free part → commit → look at content → consume. */
#ifndef COMMON_BASE_BUF_H
#define COMMON_BASE_BUF_H

#include "common/base/bytes.h"

struct buf {
    uint8_t *at;      /* heap block or NULL */
    size_t start;     /* first byte not yet consumed */
    size_t len;       /* bytes of content */
    size_t capacity;  /* size of the block */
    size_t bytes_max; /* content never grows past this */
};

void buf_init(struct buf *buf, size_t bytes_max);
void buf_release(struct buf *buf);
/* Forget the content, keep the block. */
void buf_clear(struct buf *buf);
/* Forget the content and give the block back (for idle connections). */
void buf_shrink(struct buf *buf);

struct bytes buf_content(const struct buf *buf);

/* Make room for `extra` more bytes; *ret_at points at them, valid until the next call on buf.
 * ERR_TOO_BIG: content + extra would pass bytes_max. ERR_NO_MEMORY. Nothing changes on failure. */
MUST_CHECK enum err buf_reserve(struct buf *buf, size_t extra, uint8_t **ret_at);
/* Declare `len` of the reserved bytes written. */
void buf_commit(struct buf *buf, size_t len);
/* Keep only the first `len` bytes of the content (undo what was committed since). */
void buf_truncate(struct buf *buf, size_t len);
/* Drop `len` bytes from the front of the content. */
void buf_consume(struct buf *buf, size_t len);

/* reserve + copy + commit. Errors as buf_reserve. */
MUST_CHECK enum err buf_append(struct buf *buf, struct bytes in);
MUST_CHECK enum err buf_append_text(struct buf *buf, const char *text);
MUST_CHECK enum err buf_append_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
