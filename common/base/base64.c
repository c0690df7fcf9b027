/* Base64, strictly. */
#include "common/base/base64.h"

#include <string.h>

enum { GROUP_CHARACTERS = 4, GROUP_BYTES = 3, DIGIT_BITS = 6, DIGIT_MASK = 63 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int digit_value(uint8_t character);
static bool group_decode(const uint8_t *at, size_t byte_count, uint8_t out[GROUP_BYTES]);

void base64_encode(struct bytes in, char *out)
{
    for (size_t i = 0; i < in.len; i += GROUP_BYTES) {
        size_t left = in.len - i < GROUP_BYTES ? in.len - i : GROUP_BYTES;
        uint32_t value = (uint32_t)in.at[i] << 16;
        value |= left > 1 ? (uint32_t)in.at[i + 1] << 8 : 0;
        value |= left > 2 ? in.at[i + 2] : 0U;
        *out++ = digits[value >> 18];
        *out++ = digits[value >> 12 & DIGIT_MASK];
        *out++ = left > 1 ? digits[value >> DIGIT_BITS & DIGIT_MASK] : '=';
        *out++ = left > 2 ? digits[value & DIGIT_MASK] : '=';
    }
    *out = '\0';
}

enum err base64_bytes(struct bytes text, size_t *ret_len)
{
    if (text.len % GROUP_CHARACTERS != 0) {
        return ERR_MALFORMED;
    }
    size_t len = text.len / GROUP_CHARACTERS * GROUP_BYTES;
    if (text.len > 0 && text.at[text.len - 1] == '=') {
        len -= text.at[text.len - 2] == '=' ? 2 : 1;
    }
    *ret_len = len;
    return ERR_OK;
}

bool base64_is_valid(struct bytes text)
{
    size_t len = 0;
    uint8_t group[GROUP_BYTES];
    if (base64_bytes(text, &len) != ERR_OK) {
        return false;
    }
    for (size_t i = 0; i < text.len / GROUP_CHARACTERS; i++) {
        size_t left = len - i * GROUP_BYTES < GROUP_BYTES ? len - i * GROUP_BYTES : GROUP_BYTES;
        if (!group_decode(text.at + i * GROUP_CHARACTERS, left, group)) {
            return false;
        }
    }
    return true;
}

enum err base64_decode(struct bytes text, uint8_t *out, size_t bytes_max, size_t *ret_len)
{
    size_t len = 0;
    enum err err = base64_bytes(text, &len);
    if (err != ERR_OK) {
        return err;
    }
    if (len > bytes_max) {
        return ERR_TOO_BIG;
    }
    if (!base64_is_valid(text)) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i * GROUP_BYTES < len; i++) {
        uint8_t group[GROUP_BYTES];
        size_t left = len - i * GROUP_BYTES < GROUP_BYTES ? len - i * GROUP_BYTES : GROUP_BYTES;
        (void)group_decode(text.at + i * GROUP_CHARACTERS, left, group); /* looked at above */
        memcpy(out + i * GROUP_BYTES, group, left);
    }
    *ret_len = len;
    return ERR_OK;
}

/* One group of four characters that stands for `byte_count` (1 to 3) bytes: padding in its place, no stray bits. */
static bool group_decode(const uint8_t *at, size_t byte_count, uint8_t out[GROUP_BYTES])
{
    uint32_t value = 0;
    for (size_t i = 0; i < GROUP_CHARACTERS; i++) {
        int digit = i <= byte_count ? digit_value(at[i]) : 0;
        if (digit < 0 || (i > byte_count && at[i] != '=')) {
            return false;
        }
        value = value << DIGIT_BITS | (uint32_t)digit;
    }
    out[0] = (uint8_t)(value >> 16);
    out[1] = (uint8_t)(value >> 8 & 0xFF);
    out[2] = (uint8_t)(value & 0xFF);
    uint32_t unused = byte_count == 1 ? 0xFFFF : byte_count == 2 ? 0xFF : 0;
    return (value & unused) == 0;
}

/* Value of a base64 digit, or -1. */
static int digit_value(uint8_t character)
{
    if (character >= 'A' && character <= 'Z') {
        return character - 'A';
    }
    if (character >= 'a' && character <= 'z') {
        return character - 'a' + 26;
    }
    if (character >= '0' && character <= '9') {
        return character - '0' + 52;
    }
    if (character == '+') {
        return 62;
    }
    return character == '/' ? 63 : -1;
}
