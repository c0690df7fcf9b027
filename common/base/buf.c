/* The buffer of every stream. Room is found, in this order: behind the content; by moving the content to the
 * front, when that moves no more than was consumed since (so a byte is moved at most once on average); by a
 * larger block; and, when the block has its largest size already, by moving whatever there is. */
#include "common/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

enum { CAPACITY_MIN = 256 };

static enum err grow(struct buf *buf, size_t needed);
static void move_to_front(struct buf *buf);

void buf_init(struct buf *buf, size_t bytes_max)
{
    *buf = (struct buf){.bytes_max = bytes_max};
}

void buf_release(struct buf *buf)
{
    if (buf == NULL) {
        return;
    }
    free(buf->at);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->start = 0;
    buf->len = 0;
}

void buf_shrink(struct buf *buf)
{
    size_t bytes_max = buf->bytes_max;
    buf_release(buf);
    buf_init(buf, bytes_max);
}

struct bytes buf_content(const struct buf *buf)
{
    return bytes_of(buf->len == 0 ? NULL : buf->at + buf->start, buf->len);
}

enum err buf_reserve(struct buf *buf, size_t extra, uint8_t **ret_at)
{
    INVARIANT(buf->start + buf->len <= buf->capacity);
    if (buf->len > buf->bytes_max || extra > buf->bytes_max - buf->len) {
        return ERR_TOO_BIG;
    }
    size_t needed = buf->len + extra;
    if (extra > buf->capacity - buf->start - buf->len || buf->at == NULL) {
        bool is_cheap_to_move = buf->start >= buf->len;
        bool is_full_size = buf->capacity == buf->bytes_max;
        if (buf->at != NULL && needed <= buf->capacity && (is_cheap_to_move || is_full_size)) {
            move_to_front(buf);
        } else if (grow(buf, needed) != ERR_OK) {
            return ERR_NO_MEMORY;
        }
    }
    *ret_at = buf->at + buf->start + buf->len;
    return ERR_OK;
}

static void move_to_front(struct buf *buf)
{
    if (buf->len > 0) {
        memmove(buf->at, buf->at + buf->start, buf->len);
    }
    buf->start = 0;
}

/* A block of at least `needed` bytes, doubled each time, with the content at its front. */
static enum err grow(struct buf *buf, size_t needed)
{
    size_t capacity = buf->capacity > buf->bytes_max / 2 ? buf->bytes_max : buf->capacity * 2;
    if (capacity < CAPACITY_MIN) {
        capacity = CAPACITY_MIN < buf->bytes_max ? CAPACITY_MIN : buf->bytes_max;
    }
    if (capacity < needed) {
        capacity = needed;
    }
    uint8_t *at = malloc(capacity > 0 ? capacity : 1);
    if (at == NULL) {
        return ERR_NO_MEMORY;
    }
    if (buf->at != NULL && buf->len > 0) {
        memcpy(at, buf->at + buf->start, buf->len);
    }
    free(buf->at);
    buf->at = at;
    buf->start = 0;
    buf->capacity = capacity;
    return ERR_OK;
}

void buf_commit(struct buf *buf, size_t len)
{
    REQUIRE(len <= buf->capacity - buf->start - buf->len);
    buf->len += len;
}

void buf_truncate(struct buf *buf, size_t len)
{
    REQUIRE(len <= buf->len);
    buf->len = len;
}

void buf_consume(struct buf *buf, size_t len)
{
    REQUIRE(len <= buf->len);
    buf->len -= len;
    buf->start = buf->len == 0 ? 0 : buf->start + len;
}

enum err buf_append(struct buf *buf, struct bytes in)
{
    uint8_t *at = NULL;
    enum err err = buf_reserve(buf, in.len, &at);
    if (err != ERR_OK) {
        return err;
    }
    if (in.len > 0) {
        memcpy(at, in.at, in.len);
    }
    buf_commit(buf, in.len);
    return ERR_OK;
}

enum err buf_append_text(struct buf *buf, const char *text)
{
    return buf_append(buf, bytes_of_text(text));
}

enum err buf_append_format(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    enum err err = len < 0 ? ERR_MALFORMED : ERR_OK;
    char *text = NULL;
    if (err == ERR_OK && (size_t)len > buf->bytes_max) {
        err = ERR_TOO_BIG;
    }
    if (err == ERR_OK) {
        /* vsnprintf ends with a NUL that is no content and may not fit under bytes_max: hence aside. */
        text = malloc((size_t)len + 1);
        err = text == NULL ? ERR_NO_MEMORY : ERR_OK;
    }
    if (err == ERR_OK) {
        (void)vsnprintf(text, (size_t)len + 1, format, again);
        err = buf_append(buf, bytes_of(text, (size_t)len));
    }
    va_end(again);
    free(text);
    return err;
}
