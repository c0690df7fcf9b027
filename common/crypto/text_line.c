/* Lines. */
#include "common/crypto/text_line.h"

#include <string.h>

#include "common/base/base64.h"

enum err text_line_take(struct bytes *rest, struct bytes *ret_line)
{
    const uint8_t *newline = rest->len == 0 ? NULL : memchr(rest->at, '\n', rest->len);
    if (newline == NULL) {
        return ERR_MALFORMED;
    }
    size_t len = (size_t)(newline - rest->at);
    *ret_line = bytes_of(rest->at, len);
    *rest = bytes_of(newline + 1, rest->len - len - 1);
    return ERR_OK;
}

bool text_line_starts(struct bytes line, const char *prefix, struct bytes *ret_rest)
{
    size_t len = strlen(prefix);
    if (line.len < len || memcmp(line.at, prefix, len) != 0) {
        return false;
    }
    *ret_rest = bytes_of(line.at + len, line.len - len);
    return true;
}

enum err text_line_number(struct bytes line, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (line.len == 0 || (line.len > 1 && line.at[0] == '0')) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < line.len; i++) {
        if (line.at[i] < '0' || line.at[i] > '9') {
            return ERR_MALFORMED;
        }
        uint64_t digit = line.at[i] - (uint64_t)'0';
        if (number > ((uint64_t)INT64_MAX - digit) / 10) {
            return ERR_MALFORMED;
        }
        number = number * 10 + digit;
    }
    *ret_number = number;
    return ERR_OK;
}

enum err text_line_hash(struct bytes line, struct hash *ret_hash)
{
    size_t len = 0;
    struct hash hash = {{0}};
    if (line.len != TEXT_LINE_HASH_BYTES || base64_decode(line, hash.at, HASH_BYTES, &len) != ERR_OK ||
        len != HASH_BYTES) {
        return ERR_MALFORMED;
    }
    *ret_hash = hash;
    return ERR_OK;
}
