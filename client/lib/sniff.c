/* See sniff.h. The tables of the old fonts are TCVN 5712:1993 (VN3), VNI for Windows and Microsoft's code
 * page 1258. */
#include "client/lib/sniff.h"

#include <string.h>

#include "common/base/utf8.h"

enum {
    LEGACY_HITS_MIN = 3, /* fewer signs of an old font in a whole file prove nothing */
    TEXT_LEGACY_HITS_MIN = 2,
};

static void look_at_byte(struct sniff *sniff, uint8_t byte);
static void look_at_point(struct sniff *sniff, uint32_t point);
static void read_utf8(struct sniff *sniff, struct bytes part);
static bool is_ascii_letter(uint32_t point);
static bool is_vowel(uint32_t point);
static bool is_vni_pair(uint32_t previous, uint32_t point);
static bool is_vni_letter(uint32_t point);
static bool is_vni_sign(uint32_t previous, uint32_t point);
static bool is_tcvn3_sign(uint32_t previous, uint32_t point);
static bool is_cp1258_sign(uint8_t previous, uint8_t byte);
static bool is_unicode_vietnamese(uint32_t point);
static enum sniff_encoding encoding_of(const struct sniff *sniff);
static char delimiter_of(struct bytes head);

void sniff_init(struct sniff *sniff)
{
    memset(sniff, 0, sizeof *sniff);
    sniff->is_utf8 = true;
}

void sniff_add(struct sniff *sniff, struct bytes part)
{
    size_t room = SNIFF_HEAD_BYTES - sniff->head_bytes;
    size_t taken = part.len < room ? part.len : room;

    if (taken > 0) {
        memcpy(sniff->head + sniff->head_bytes, part.at, taken);
        sniff->head_bytes += taken;
    }
    sniff->bytes += part.len;
    for (size_t i = 0; i < part.len; i++) {
        look_at_byte(sniff, part.at[i]);
    }
    if (sniff->is_utf8) {
        read_utf8(sniff, part);
    }
}

void sniff_finish(struct sniff *sniff, struct sniff_result *ret_result)
{
    struct bytes head = bytes_of(sniff->head, sniff->head_bytes);

    if (sniff->pending_bytes > 0) {
        sniff->is_utf8 = false;
    }
    ret_result->encoding = encoding_of(sniff);
    ret_result->has_bom = head.len >= 3 && memcmp(head.at, "\xEF\xBB\xBF", 3) == 0;
    if (ret_result->has_bom) {
        head.at += 3;
        head.len -= 3;
    }
    ret_result->delimiter = delimiter_of(head);
}

bool sniff_text_is_legacy(struct bytes text)
{
    uint32_t previous = ' ';
    uint64_t tcvn3 = 0;
    uint64_t vni = 0;
    uint64_t marks = 0;

    while (text.len > 0) {
        uint32_t point = 0;
        size_t len = utf8_decode(text, &point);

        if (len == 0) {
            return false;
        }
        tcvn3 += is_tcvn3_sign(previous, point);
        vni += is_vni_sign(previous, point);
        marks += is_unicode_vietnamese(point);
        previous = point;
        text.at += len;
        text.len -= len;
    }
    return marks == 0 && (tcvn3 >= TEXT_LEGACY_HITS_MIN || vni >= TEXT_LEGACY_HITS_MIN);
}

/* A character cut between two parts waits in `pending`; no character is longer than it. */
static void read_utf8(struct sniff *sniff, struct bytes part)
{
    uint32_t point = 0;

    while (sniff->pending_bytes > 0 && part.len > 0 && sniff->is_utf8) {
        sniff->pending[sniff->pending_bytes++] = *part.at;
        part.at++;
        part.len--;
        if (utf8_decode(bytes_of(sniff->pending, sniff->pending_bytes), &point) > 0) {
            look_at_point(sniff, point);
            sniff->pending_bytes = 0;
        } else {
            sniff->is_utf8 = sniff->pending_bytes < sizeof sniff->pending;
        }
    }
    while (part.len > 0 && sniff->is_utf8) {
        size_t len = utf8_decode(part, &point);

        if (len == 0 && part.len < sizeof sniff->pending) {
            memcpy(sniff->pending, part.at, part.len);
            sniff->pending_bytes = part.len;
            return;
        }
        sniff->is_utf8 = len > 0;
        look_at_point(sniff, point);
        part.at += len;
        part.len -= len;
    }
}

static void look_at_point(struct sniff *sniff, uint32_t point)
{
    sniff->unicode_marks += is_unicode_vietnamese(point);
    sniff->utf8_tcvn3 += is_tcvn3_sign(sniff->previous, point);
    sniff->utf8_vni += is_vni_sign(sniff->previous, point);
    sniff->previous = point;
}

static void look_at_byte(struct sniff *sniff, uint8_t byte)
{
    uint8_t previous = sniff->previous_byte;

    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') {
        sniff->has_control = true;
    }
    if (byte >= 0x80) {
        sniff->byte_tcvn3 += is_tcvn3_sign(previous, byte);
        sniff->byte_vni += is_vni_pair(previous, byte) || byte == 0xD1 || byte == 0xF1;
        sniff->byte_cp1258 += is_cp1258_sign(previous, byte);
    }
    sniff->previous_byte = byte;
}

static enum sniff_encoding encoding_of(const struct sniff *sniff)
{
    const uint8_t *head = sniff->head;

    if (sniff->head_bytes >= 2 &&
        ((head[0] == 0xFF && head[1] == 0xFE) || (head[0] == 0xFE && head[1] == 0xFF))) {
        return SNIFF_UTF16;
    }
    if (sniff->has_control || (sniff->head_bytes >= 4 && memcmp(head, "PK\x03\x04", 4) == 0)) {
        return SNIFF_BINARY;
    }
    if (sniff->is_utf8) {
        if (sniff->utf8_tcvn3 >= LEGACY_HITS_MIN && sniff->utf8_tcvn3 > sniff->unicode_marks) {
            return SNIFF_TCVN3;
        }
        if (sniff->utf8_vni >= LEGACY_HITS_MIN && sniff->utf8_vni > sniff->unicode_marks) {
            return SNIFF_VNI;
        }
        return SNIFF_UTF8;
    }
    if (sniff->byte_tcvn3 >= LEGACY_HITS_MIN) {
        return SNIFF_TCVN3;
    }
    if (sniff->byte_vni >= LEGACY_HITS_MIN && sniff->byte_vni > sniff->byte_cp1258) {
        return SNIFF_VNI;
    }
    return sniff->byte_cp1258 >= LEGACY_HITS_MIN ? SNIFF_CP1258 : SNIFF_UNKNOWN;
}

static bool is_ascii_letter(uint32_t point)
{
    return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');
}

static bool is_vowel(uint32_t point)
{
    return point < 0x80 && point != 0 && strchr("aeiouyAEIOUY", (int)point) != NULL;
}

/* A symbol of Latin-1 inside a word ("v¨n", "§¹t"): no other encoding of Vietnamese has letters there. */
static bool is_tcvn3_sign(uint32_t previous, uint32_t point)
{
    bool is_sign = (point >= 0xA1 && point <= 0xAE) || (point >= 0xB5 && point <= 0xBE);

    return is_sign && (is_ascii_letter(previous) || (previous >= 0xA1 && previous <= 0xFF));
}

/* VNI writes a mark as a letter of its own after the vowel: "aâ", "eã", "aên"; ö and ô stand for ư and ơ. */
static bool is_vni_pair(uint32_t previous, uint32_t point)
{
    static const uint8_t marks[] = {0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE8, 0xE9, 0xEA,
                                    0xEB, 0xEF, 0xF5, 0xF8, 0xF9, 0xFA, 0xFB, 0xFC};

    if (point < 0xC0 || point > 0xFF ||
        !(is_vowel(previous) || previous == 0xF6 || previous == 0xD6 || previous == 0xF4 ||
          previous == 0xD4)) {
        return false;
    }
    return memchr(marks, (int)(point | 0x20), sizeof marks) != NULL;
}

/* Letters of VNI that Unicode Vietnamese never has: ä å æ ë î ï ñ ö ø û ü. */
static bool is_vni_letter(uint32_t point)
{
    static const uint8_t letters[] = {0xE4, 0xE5, 0xE6, 0xEB, 0xEE, 0xEF, 0xF1, 0xF6, 0xF8, 0xFB, 0xFC};

    return point >= 0xC0 && point <= 0xFF && memchr(letters, (int)(point | 0x20), sizeof letters) != NULL;
}

/* In Unicode no vowel with a mark follows a plain a or e ("hoà" and "quý" have others). */
static bool is_vni_sign(uint32_t previous, uint32_t point)
{
    bool is_plain = previous == 'a' || previous == 'A' || previous == 'e' || previous == 'E';

    return is_vni_letter(point) || (is_plain && is_vni_pair(previous, point));
}

/* đ, ơ, ư beside letters, and the five marks that follow their vowel. */
static bool is_cp1258_sign(uint8_t previous, uint8_t byte)
{
    static const uint8_t marks[] = {0xCC, 0xD2, 0xDE, 0xEC, 0xF2};
    static const uint8_t vowels[] = {0xC2, 0xC3, 0xCA, 0xD4, 0xD5, 0xDD, 0xE2, 0xE3, 0xEA, 0xF4, 0xF5, 0xFD};

    if (memchr(marks, byte, sizeof marks) != NULL) {
        return is_vowel(previous) || memchr(vowels, previous, sizeof vowels) != NULL;
    }
    return byte == 0xF0 || byte == 0xD0 || byte == 0xFD || byte == 0xDD;
}

static bool is_unicode_vietnamese(uint32_t point)
{
    static const uint16_t letters[] = {0x102, 0x103, 0x110, 0x111, 0x128, 0x129, 0x168, 0x169, 0x1A0, 0x1A1,
                                       0x1AF, 0x1B0, 0x300, 0x301, 0x302, 0x303, 0x306, 0x309, 0x31B, 0x323};

    if (point >= 0x1EA0 && point <= 0x1EF9) {
        return true;
    }
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (letters[i] == point) {
            return true;
        }
    }
    return false;
}

/* The delimiter that stands equally often in most of the first rows, outside quotes; the more frequent one
 * wins a tie. */
static char delimiter_of(struct bytes head)
{
    static const char candidates[] = {',', ';', '\t'};
    uint64_t best_score = 0;
    char best = ',';

    for (size_t c = 0; c < sizeof candidates; c++) {
        uint64_t first = 0;
        uint64_t count = 0;
        uint64_t equal_rows = 0;
        size_t rows = 0;
        bool is_quoted = false;

        for (size_t i = 0; i < head.len && rows < SNIFF_ROWS_MAX; i++) {
            uint8_t byte = head.at[i];

            is_quoted = byte == '"' ? !is_quoted : is_quoted;
            if (is_quoted || (byte != '\n' && byte != '\r')) {
                count += !is_quoted && byte == (uint8_t)candidates[c];
                continue;
            }
            if (i > 0 && (head.at[i - 1] == '\n' || head.at[i - 1] == '\r')) {
                continue; /* CRLF, or a blank line */
            }
            first = rows == 0 ? count : first;
            equal_rows += count == first;
            rows++;
            count = 0;
        }
        if (rows == 0) {
            first = count;
            equal_rows = 1;
        }
        uint64_t score = first == 0 ? 0 : equal_rows * 1000 + (first < 999 ? first : 999);

        if (score > best_score) {
            best_score = score;
            best = candidates[c];
        }
    }
    return best;
}
