#include "server/store/verdict_codec.h"

#include <string.h>

enum { HEADER_BYTES = 6 /* index, code, rule length */ };

static enum err verdict_next(struct bytes *in, struct verdict *ret_verdict, uint32_t *ret_index);

enum err verdict_encode(const struct verdict *verdicts, const uint32_t *indexes, size_t count,
                        struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        size_t rule_bytes = strnlen(verdicts[i].rule, RULE_ID_BYTES_MAX - 1);
        size_t len = HEADER_BYTES + rule_bytes + ID_BYTES;
        uint8_t *at;
        enum err err = buf_reserve(out, len, &at);
        if (err != ERR_OK) {
            return err;
        }
        u32_write(at, indexes[i]);
        at[4] = (uint8_t)verdicts[i].code;
        at[5] = (uint8_t)rule_bytes;
        memcpy(at + HEADER_BYTES, verdicts[i].rule, rule_bytes);
        memcpy(at + HEADER_BYTES + rule_bytes, verdicts[i].current.at, ID_BYTES);
        buf_commit(out, len);
    }
    return ERR_OK;
}

enum err verdict_decode(struct bytes in, struct arena *arena, const struct verdict **ret_verdicts,
                        const uint32_t **ret_indexes, size_t *ret_count)
{
    struct verdict verdict;
    uint32_t index;
    size_t count = 0;
    for (struct bytes rest = in; rest.len > 0; count++) {
        enum err err = verdict_next(&rest, &verdict, &index);
        if (err != ERR_OK) {
            return err;
        }
    }
    struct verdict *verdicts = arena_zalloc(arena, count + 1, sizeof *verdicts);
    uint32_t *indexes = arena_zalloc(arena, count + 1, sizeof *indexes);
    if (verdicts == NULL || indexes == NULL) {
        return ERR_TOO_BIG;
    }
    struct bytes rest = in;
    for (size_t i = 0; i < count; i++) {
        enum err err = verdict_next(&rest, &verdicts[i], &indexes[i]);
        if (err != ERR_OK) {
            return err;
        }
    }
    *ret_verdicts = verdicts;
    *ret_indexes = indexes;
    *ret_count = count;
    return ERR_OK;
}

static enum err verdict_next(struct bytes *in, struct verdict *ret_verdict, uint32_t *ret_index)
{
    if (in->len < HEADER_BYTES) {
        return ERR_MALFORMED;
    }
    size_t rule_bytes = in->at[5];
    size_t len = HEADER_BYTES + rule_bytes + ID_BYTES;
    if (in->len < len || rule_bytes >= RULE_ID_BYTES_MAX || in->at[4] > VERDICT_REFUSED) {
        return ERR_MALFORMED;
    }
    struct verdict verdict = {.code = (enum verdict_code)in->at[4]};
    memcpy(verdict.rule, in->at + HEADER_BYTES, rule_bytes);
    memcpy(verdict.current.at, in->at + HEADER_BYTES + rule_bytes, ID_BYTES);
    *ret_index = u32_read(in->at);
    *ret_verdict = verdict;
    in->at += len;
    in->len -= len;
    return ERR_OK;
}
