/* UTF-8 by the table of RFC 3629: the first byte gives the length, the second one its narrower range. */
#include "common/base/utf8.h"

#include "common/base/check.h"

enum { SEQUENCE_BYTES_MAX = 4 };

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Length announced by a first byte; 0 for a byte that starts nothing. */
static size_t sequence_bytes(uint8_t first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        return 4;
    }
    return 0;
}

size_t utf8_decode(struct bytes in, uint32_t *ret_character)
{
    REQUIRE(in.len > 0);
    size_t len = sequence_bytes(in.at[0]);
    if (len == 0 || len > in.len) {
        return 0;
    }
    static const uint8_t first_mask[SEQUENCE_BYTES_MAX + 1] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    static const uint32_t least[SEQUENCE_BYTES_MAX + 1] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t character = in.at[0] & first_mask[len];
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(in.at[i])) {
            return 0;
        }
        character = character << 6 | (in.at[i] & 0x3FU);
    }
    bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (character < least[len] || character > 0x10FFFF || is_surrogate) {
        return 0;
    }
    *ret_character = character;
    return len;
}

/* The first byte at or after `i` that is not printable ASCII. */
static size_t skip_printable_ascii(struct bytes in, size_t i)
{
    while (i < in.len && in.at[i] >= 0x20 && in.at[i] < 0x7F) {
        i++;
    }
    return i;
}

bool utf8_is_valid(struct bytes in)
{
    for (size_t i = skip_printable_ascii(in, 0); i < in.len; i = skip_printable_ascii(in, i)) {
        uint32_t character = 0;
        size_t len = utf8_decode(bytes_of(in.at + i, in.len - i), &character);
        if (len == 0) {
            return false;
        }
        i += len;
    }
    return true;
}

static bool is_refused(uint32_t character)
{
    if (character < 0x20) {
        return character != '\t' && character != '\n';
    }
    bool is_control = character >= 0x7F && character <= 0x9F;
    bool is_mark = character == 0x061C || character == 0x200E || character == 0x200F;
    bool is_embedding = character >= 0x202A && character <= 0x202E;
    bool is_isolate = character >= 0x2066 && character <= 0x2069;
    return is_control || is_mark || is_embedding || is_isolate;
}

bool utf8_is_clean(struct bytes in)
{
    for (size_t i = skip_printable_ascii(in, 0); i < in.len; i = skip_printable_ascii(in, i)) {
        uint32_t character = 0;
        size_t len = utf8_decode(bytes_of(in.at + i, in.len - i), &character);
        if (len == 0 || is_refused(character)) {
            return false;
        }
        i += len;
    }
    return true;
}

size_t utf8_cut(struct bytes in, size_t len_max)
{
    if (in.len <= len_max) {
        return in.len;
    }
    size_t len = len_max;
    for (size_t back = 0; back < SEQUENCE_BYTES_MAX && len > 0 && is_continuation(in.at[len]); back++) {
        len--;
    }
    return len;
}
