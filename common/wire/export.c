/* Files of an export. */
#include "common/wire/export.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/base64.h"
#include "common/base/check.h"
#include "common/crypto/text_line.h"

static const char head_line[] = "dantin/export/1";

_Static_assert(EXPORT_PAYLOAD_BYTES_MAX <= EXPORT_VERDICT_BYTES_MAX,
               "a bundle of payloads fits where one of verdicts does");

void export_head_format(const struct export_head *head, char ret_text[EXPORT_HEAD_BYTES_MAX])
{
    char key[TEXT_LINE_HASH_BYTES + 1];
    base64_encode(bytes_of(head->log_key, SIGN_PUBLIC_KEY_BYTES), key);
    int len = snprintf(ret_text, EXPORT_HEAD_BYTES_MAX, "%s\nsize %" PRIu64 "\nkey %s\n", head_line,
                       head->size, key);
    ENSURE(len > 0 && len < EXPORT_HEAD_BYTES_MAX);
}

enum err export_head_parse(struct bytes in, struct export_head *ret_head)
{
    struct bytes lines[3];
    struct bytes size;
    struct bytes key;
    struct hash key_bytes;
    struct export_head head;
    for (size_t i = 0; i < 3; i++) {
        if (text_line_take(&in, &lines[i]) != ERR_OK) {
            return ERR_MALFORMED;
        }
    }
    if (in.len != 0 || !bytes_equal(lines[0], bytes_of_text(head_line)) ||
        !text_line_starts(lines[1], "size ", &size) || text_line_number(size, &head.size) != ERR_OK ||
        !text_line_starts(lines[2], "key ", &key) || text_line_hash(key, &key_bytes) != ERR_OK) {
        return ERR_MALFORMED;
    }
    memcpy(head.log_key, key_bytes.at, sizeof head.log_key);
    *ret_head = head;
    return ERR_OK;
}

void export_path(enum export_folder folder, uint64_t number, size_t width, char ret_path[TILE_PATH_BYTES_MAX])
{
    static const char *const names[] = {[EXPORT_VERDICTS] = "verdicts", [EXPORT_PAYLOADS] = "payloads"};
    static const char entries[] = "tile/entries";
    char path[TILE_PATH_BYTES_MAX];
    tile_path(TILE_ENTRIES, number, width, path);
    int len = snprintf(ret_path, TILE_PATH_BYTES_MAX, "%s%s", names[folder], path + sizeof entries - 1);
    ENSURE(len > 0 && len < TILE_PATH_BYTES_MAX);
}

enum err export_record_append(struct buf *out, struct bytes record)
{
    uint8_t *at = NULL;
    if (record.len > UINT32_MAX) {
        return ERR_TOO_BIG;
    }
    enum err err = buf_reserve(out, EXPORT_LENGTH_BYTES + record.len, &at);
    if (err != ERR_OK) {
        return err;
    }
    u32_write(at, (uint32_t)record.len);
    if (record.len > 0) {
        memcpy(at + EXPORT_LENGTH_BYTES, record.at, record.len);
    }
    buf_commit(out, EXPORT_LENGTH_BYTES + record.len);
    return ERR_OK;
}

enum err export_record_next(struct bytes *rest, struct bytes *ret_record)
{
    if (rest->len == 0) {
        return ERR_NOT_FOUND;
    }
    if (rest->len < EXPORT_LENGTH_BYTES || rest->len - EXPORT_LENGTH_BYTES < u32_read(rest->at)) {
        return ERR_MALFORMED;
    }
    size_t len = u32_read(rest->at);
    *ret_record = bytes_of(rest->at + EXPORT_LENGTH_BYTES, len);
    *rest = bytes_of(rest->at + EXPORT_LENGTH_BYTES + len, rest->len - EXPORT_LENGTH_BYTES - len);
    return ERR_OK;
}

enum err export_verdict_append(struct buf *out, const struct verdict *verdict)
{
    size_t rule_len = strnlen(verdict->rule, RULE_ID_BYTES_MAX);
    uint8_t head[] = {(uint8_t)verdict->code, (uint8_t)rule_len};
    enum err err = buf_append(out, bytes_of(head, sizeof head));
    return err == ERR_OK ? buf_append(out, bytes_of(verdict->rule, rule_len)) : err;
}

enum err export_verdict_next(struct bytes *rest, struct verdict *ret_verdict)
{
    if (rest->len == 0) {
        return ERR_NOT_FOUND;
    }
    if (rest->len < 2 || rest->at[0] > VERDICT_REFUSED || rest->at[1] >= RULE_ID_BYTES_MAX ||
        rest->len - 2 < rest->at[1]) {
        return ERR_MALFORMED;
    }
    size_t rule_len = rest->at[1];
    for (size_t i = 0; i < rule_len; i++) {
        if (rest->at[2 + i] <= ' ' || rest->at[2 + i] > '~') {
            return ERR_MALFORMED; /* no rule's id */
        }
    }
    struct verdict verdict = {.code = (enum verdict_code)rest->at[0]};
    memcpy(verdict.rule, rest->at + 2, rule_len);
    *ret_verdict = verdict;
    *rest = bytes_of(rest->at + 2 + rule_len, rest->len - 2 - rule_len);
    return ERR_OK;
}
