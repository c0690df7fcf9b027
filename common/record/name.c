/* Unicode text of records, by utf8proc. Most of what comes in is already tidy, so each function has a short
 * way for it. */
#include "common/record/name.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum {
    DECOMPOSED_MAX = 32,       /* code points one code point decomposes into; Unicode's own maximum is 18 */
    FOLD_GROWTH = 3,           /* a folded key is at most so many times longer than its text */
    FIRST_MARK = 0x300,        /* every code point below is NFC whatever stands around it */
    LATIN_ADDITIONAL = 0x1E00, /* the letters with tone marks, all NFC when followed by no mark */
    LATIN_ADDITIONAL_END = 0x1F00,
};

static bool is_plain(struct bytes in);
static size_t tidy_spaces(utf8proc_int32_t *points, size_t count);
static bool is_space(utf8proc_int32_t point);
static utf8proc_int32_t fold_special(utf8proc_int32_t point);
static bool is_nfc_by_composing(struct bytes in);
static utf8proc_int32_t next_letter(struct bytes in, size_t *at);

enum err name_normalise(struct bytes in, struct arena *arena, struct bytes *ret_text)
{
    if (is_plain(in)) {
        struct bytes copy = arena_copy(arena, in);
        if (in.len > 0 && copy.at == NULL) {
            return ERR_TOO_BIG;
        }
        *ret_text = copy;
        return ERR_OK;
    }
    /* Invisible characters go before marks are put in order, for they would part a letter from its mark. */
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_IGNORE;
    utf8proc_ssize_t count = utf8proc_decompose(in.at, (utf8proc_ssize_t)in.len, NULL, 0, options);
    if (count < 0) {
        return ERR_ENCODING;
    }
    utf8proc_int32_t *points = arena_zalloc(arena, (size_t)count + 1, sizeof(*points));
    if (points == NULL) {
        return ERR_TOO_BIG;
    }
    if (utf8proc_decompose(in.at, (utf8proc_ssize_t)in.len, points, count, options) != count) {
        return ERR_ENCODING;
    }
    size_t tidy_count = tidy_spaces(points, (size_t)count);
    /* Writes the UTF-8 over the code points, which take at least as much room. */
    utf8proc_ssize_t len = utf8proc_reencode(points, (utf8proc_ssize_t)tidy_count, options);
    if (len < 0) {
        return ERR_ENCODING;
    }
    *ret_text = bytes_of(points, (size_t)len);
    return ERR_OK;
}

enum err name_fold(struct bytes in, struct arena *arena, struct bytes *ret_key)
{
    if (in.len > SIZE_MAX / FOLD_GROWTH - 1) {
        return ERR_TOO_BIG;
    }
    size_t room = in.len * FOLD_GROWTH + 1;
    char *key = arena_alloc(arena, room);
    if (key == NULL) {
        return ERR_TOO_BIG;
    }
    size_t len = 0;
    enum err err = name_fold_into(in, key, room, &len);
    if (err == ERR_OK) {
        *ret_key = bytes_of(key, len);
    }
    return err;
}

enum err name_fold_into(struct bytes in, char *out, size_t out_bytes, size_t *ret_len)
{
    size_t len = 0;
    bool is_space_due = false;
    utf8proc_ssize_t at = 0;
    while ((size_t)at < in.len) {
        utf8proc_int32_t point;
        utf8proc_ssize_t step = utf8proc_iterate(in.at + at, (utf8proc_ssize_t)in.len - at, &point);
        if (step <= 0) {
            return ERR_ENCODING;
        }
        at += step;
        utf8proc_int32_t parts[DECOMPOSED_MAX];
        int boundary = 0;
        const utf8proc_option_t options =
            UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
        utf8proc_ssize_t count =
            utf8proc_decompose_char(fold_special(point), parts, DECOMPOSED_MAX, options, &boundary);
        if (count < 0 || count > DECOMPOSED_MAX) {
            return ERR_ENCODING;
        }
        for (utf8proc_ssize_t i = 0; i < count; i++) {
            utf8proc_category_t category = utf8proc_category(parts[i]);
            bool is_kept = (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
                           category == UTF8PROC_CATEGORY_ND;
            if (!is_kept) {
                is_space_due = len > 0;
                continue;
            }
            uint8_t encoded[4];
            size_t encoded_len = (size_t)utf8proc_encode_char(parts[i], encoded);
            size_t needed = encoded_len + (is_space_due ? 1 : 0);
            if (out_bytes - len < needed) {
                return ERR_TOO_BIG;
            }
            if (is_space_due) {
                out[len++] = ' ';
                is_space_due = false;
            }
            memcpy(out + len, encoded, encoded_len);
            len += encoded_len;
        }
    }
    *ret_len = len;
    return ERR_OK;
}

bool name_is_same(struct bytes a, struct bytes b)
{
    size_t at_a = 0;
    size_t at_b = 0;
    for (;;) {
        utf8proc_int32_t letter = next_letter(a, &at_a);
        if (letter < 0) {
            return bytes_equal(a, b);
        }
        if (letter != next_letter(b, &at_b)) {
            return false;
        }
        if (letter == 0) {
            return true;
        }
    }
}

bool name_is_nfc(struct bytes in)
{
    utf8proc_ssize_t at = 0;
    bool is_sure = true;
    while ((size_t)at < in.len) {
        if (in.at[at] < 0x80) {
            at++;
            continue;
        }
        utf8proc_int32_t point;
        utf8proc_ssize_t step = utf8proc_iterate(in.at + at, (utf8proc_ssize_t)in.len - at, &point);
        if (step <= 0) {
            return false;
        }
        at += step;
        is_sure =
            is_sure && (point < FIRST_MARK || (point >= LATIN_ADDITIONAL && point < LATIN_ADDITIONAL_END));
    }
    return is_sure || is_nfc_by_composing(in);
}

/* Printable ASCII, no outer and no double space: already what name_normalise would make of it. */
static bool is_plain(struct bytes in)
{
    for (size_t i = 0; i < in.len; i++) {
        if (in.at[i] < 0x20 || in.at[i] > 0x7E) {
            return false;
        }
        if (in.at[i] == ' ' && (i == 0 || i + 1 == in.len || in.at[i - 1] == ' ')) {
            return false;
        }
    }
    return true;
}

/* In place: one space for each run of space and controls, none at the ends. */
static size_t tidy_spaces(utf8proc_int32_t *points, size_t count)
{
    size_t kept = 0;
    bool is_space_due = false;
    for (size_t i = 0; i < count; i++) {
        if (is_space(points[i])) {
            is_space_due = kept > 0;
        } else {
            if (is_space_due) {
                points[kept++] = ' '; /* stands for at least one code point already passed */
                is_space_due = false;
            }
            points[kept++] = points[i];
        }
    }
    return kept;
}

static bool is_space(utf8proc_int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP || category == UTF8PROC_CATEGORY_CC;
}

/* Letters whose bar Unicode does not count as a mark, and the Icelandic letter that old converters left in
 * their place. */
static utf8proc_int32_t fold_special(utf8proc_int32_t point)
{
    switch (point) {
    case 0x0110: /* Đ */
    case 0x0111: /* đ */
    case 0x00D0: /* Ð */
    case 0x00F0: /* ð */
    case 0x0189: /* Ɖ */
        return 'd';
    default:
        return point;
    }
}

static bool is_nfc_by_composing(struct bytes in)
{
    utf8proc_uint8_t *composed = NULL;
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    utf8proc_ssize_t len = utf8proc_map(in.at, (utf8proc_ssize_t)in.len, &composed, options);
    bool is_same = len >= 0 && (size_t)len == in.len && memcmp(composed, in.at, in.len) == 0;
    free(composed);
    return is_same;
}

/* The next letter or digit in lower case; a space for what stands between two words; 0 at the end, -1 for what is not UTF-8. */
static utf8proc_int32_t next_letter(struct bytes in, size_t *at)
{
    bool is_first = *at == 0;
    bool is_between = false;
    while (*at < in.len) {
        utf8proc_int32_t point = 0;
        utf8proc_ssize_t step =
            utf8proc_iterate((const uint8_t *)in.at + *at, (utf8proc_ssize_t)(in.len - *at), &point);
        if (step <= 0) {
            return -1;
        }
        utf8proc_category_t category = utf8proc_category(point);
        if ((category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ME) ||
            category == UTF8PROC_CATEGORY_ND) {
            if (is_between) {
                return ' '; /* the letter is left for the next call */
            }
            *at += (size_t)step;
            return utf8proc_tolower(point);
        }
        is_between = !is_first;
        *at += (size_t)step;
    }
    return 0;
}
