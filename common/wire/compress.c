/* A zstd context costs a hundred times what a small message does: each thread keeps its own. */
#include "common/wire/compress.h"

#include <pthread.h>
#include <stdlib.h>

#include <zstd.h>

#include "common/base/check.h"

struct contexts {
    ZSTD_DCtx *decompress; /* NULL until first used */
    ZSTD_CCtx *compress;
};

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static pthread_key_t contexts_key;

static void free_contexts(void *at)
{
    struct contexts *contexts = at;
    (void)ZSTD_freeDCtx(contexts->decompress);
    (void)ZSTD_freeCCtx(contexts->compress);
    free(contexts);
}

static void prepare(void)
{
    int result = pthread_key_create(&contexts_key, free_contexts);
    ENSURE(result == 0);
}

/* The thread's own; NULL without memory. */
static struct contexts *thread_contexts(void)
{
    (void)pthread_once(&prepared, prepare);
    struct contexts *contexts = pthread_getspecific(contexts_key);
    if (contexts == NULL) {
        contexts = calloc(1, sizeof *contexts);
        if (contexts != NULL && pthread_setspecific(contexts_key, contexts) != 0) {
            free(contexts);
            contexts = NULL;
        }
    }
    return contexts;
}

static ZSTD_DCtx *decompress_context(void)
{
    struct contexts *contexts = thread_contexts();
    if (contexts != NULL && contexts->decompress == NULL) {
        contexts->decompress = ZSTD_createDCtx();
    }
    return contexts == NULL ? NULL : contexts->decompress;
}

static ZSTD_CCtx *compress_context(void)
{
    struct contexts *contexts = thread_contexts();
    if (contexts != NULL && contexts->compress == NULL) {
        contexts->compress = ZSTD_createCCtx();
    }
    return contexts == NULL ? NULL : contexts->compress;
}

/* Exactly one frame (no skippable one, nothing behind it) that declares its size? */
static enum err check_frame(struct bytes in, unsigned long long *ret_plain_len)
{
    static const uint8_t magic[] = {0x28, 0xB5, 0x2F, 0xFD};
    if (in.len < sizeof magic || !bytes_equal(bytes_of(in.at, sizeof magic), bytes_of(magic, sizeof magic))) {
        return ERR_MALFORMED;
    }
    unsigned long long plain_len = ZSTD_getFrameContentSize(in.at, in.len);
    if (plain_len == ZSTD_CONTENTSIZE_ERROR || plain_len == ZSTD_CONTENTSIZE_UNKNOWN) {
        return ERR_MALFORMED;
    }
    if (ZSTD_findFrameCompressedSize(in.at, in.len) != in.len) {
        return ERR_MALFORMED;
    }
    *ret_plain_len = plain_len;
    return ERR_OK;
}

enum err compress_unpack(struct bytes in, size_t bytes_max, struct arena *arena, struct bytes *ret_plain)
{
    unsigned long long plain_len = 0;
    enum err err = check_frame(in, &plain_len);
    if (err != ERR_OK) {
        return err;
    }
    if (plain_len > bytes_max) {
        return ERR_TOO_BIG;
    }
    uint8_t *plain = arena_alloc(arena, (size_t)plain_len);
    if (plain == NULL) {
        return ERR_TOO_BIG;
    }
    ZSTD_DCtx *context = decompress_context();
    if (context == NULL) {
        return ERR_NO_MEMORY;
    }
    size_t len = ZSTD_decompressDCtx(context, plain, (size_t)plain_len, in.at, in.len);
    if (ZSTD_isError(len) || len != plain_len) {
        return ERR_MALFORMED;
    }
    *ret_plain = bytes_of(plain, len);
    return ERR_OK;
}

enum err compress_append(struct buf *out, struct bytes plain, int level)
{
    uint8_t *at = NULL;
    size_t bound = ZSTD_compressBound(plain.len);
    enum err err = buf_reserve(out, bound, &at);
    if (err != ERR_OK) {
        return err;
    }
    ZSTD_CCtx *context = compress_context();
    if (context == NULL) {
        return ERR_NO_MEMORY;
    }
    size_t len = ZSTD_compressCCtx(context, at, bound, plain.at, plain.len, level);
    if (ZSTD_isError(len)) {
        return ERR_NO_MEMORY;
    }
    buf_commit(out, len);
    return ERR_OK;
}
