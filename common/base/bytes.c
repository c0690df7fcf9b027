/* Views, big-endian integers and hexadecimal. */
#include "common/base/bytes.h"

#include <string.h>

#include "common/base/check.h"

struct bytes bytes_of(const void *at, size_t len)
{
    return (struct bytes){.at = at, .len = len};
}

struct bytes bytes_of_text(const char *text)
{
    return bytes_of(text, strlen(text));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common_len = a.len < b.len ? a.len : b.len;
    int order = common_len == 0 ? 0 : memcmp(a.at, b.at, common_len);
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static bool is_all_zero(const uint8_t *at, size_t len)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < len; i++) {
        seen |= at[i];
    }
    return seen == 0;
}

bool id_equal(const struct id *a, const struct id *b)
{
    return memcmp(a->at, b->at, ID_BYTES) == 0;
}

bool id_is_none(const struct id *id)
{
    return is_all_zero(id->at, ID_BYTES);
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->at, b->at, HASH_BYTES) == 0;
}

bool hash_is_none(const struct hash *hash)
{
    return is_all_zero(hash->at, HASH_BYTES);
}

enum err id_from_bytes(struct bytes in, struct id *ret_id)
{
    if (in.len != ID_BYTES) {
        return ERR_MALFORMED;
    }
    memcpy(ret_id->at, in.at, ID_BYTES);
    return ERR_OK;
}

enum err hash_from_bytes(struct bytes in, struct hash *ret_hash)
{
    if (in.len != HASH_BYTES) {
        return ERR_MALFORMED;
    }
    memcpy(ret_hash->at, in.at, HASH_BYTES);
    return ERR_OK;
}

uint16_t u16_read(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t u32_read(const uint8_t *at)
{
    return (uint32_t)u16_read(at) << 16 | u16_read(at + 2);
}

uint64_t u64_read(const uint8_t *at)
{
    return (uint64_t)u32_read(at) << 32 | u32_read(at + 4);
}

void u16_write(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)(value & 0xFF);
}

void u32_write(uint8_t *at, uint32_t value)
{
    u16_write(at, (uint16_t)(value >> 16));
    u16_write(at + 2, (uint16_t)(value & 0xFFFF));
}

void u64_write(uint8_t *at, uint64_t value)
{
    u32_write(at, (uint32_t)(value >> 32));
    u32_write(at + 4, (uint32_t)(value & 0xFFFFFFFF));
}

void hex_encode(struct bytes in, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < in.len; i++) {
        out[2 * i] = digits[in.at[i] >> 4];
        out[2 * i + 1] = digits[in.at[i] & 15];
    }
    out[2 * in.len] = '\0';
}

/* Value of a hex digit, or -1. */
static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

enum err hex_decode(const char *text, uint8_t *out, size_t out_len)
{
    if (strlen(text) != 2 * out_len) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < 2 * out_len; i++) {
        if (digit_value(text[i]) < 0) {
            return ERR_MALFORMED;
        }
    }
    for (size_t i = 0; i < out_len; i++) {
        unsigned high = (unsigned)digit_value(text[2 * i]);
        unsigned low = (unsigned)digit_value(text[2 * i + 1]);
        out[i] = (uint8_t)(high << 4 | low);
    }
    return ERR_OK;
}
