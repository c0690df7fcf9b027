#include "common/record/decimal.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

enum { GROUP_DIGITS = 3, DECIMALS_MAX = 2, WHOLE_DIGITS_MAX = 10 };

/* How the separators of a figure are to be read. */
struct reading {
    uint8_t group;   /* separator of thousands; 0: none */
    size_t decimals; /* index of the decimal separator; the text's length: none */
};

static enum err find_reading(struct bytes text, struct reading *ret_reading);
static enum err parse_whole(struct bytes text, uint8_t group, int64_t *ret_number);
static enum err parse_decimals(struct bytes text, int64_t *ret_hundredths);
static bool is_digit(uint8_t byte);

enum err decimal_parse(struct bytes text, int64_t *ret_hundredths)
{
    bool is_negative = text.len > 0 && text.at[0] == '-';
    if (is_negative) {
        text = bytes_of(text.at + 1, text.len - 1);
    }
    struct reading reading;
    int64_t whole = 0;
    int64_t hundredths = 0;
    enum err err = find_reading(text, &reading);
    if (err == ERR_OK) {
        err = parse_whole(bytes_of(text.at, reading.decimals), reading.group, &whole);
    }
    if (err == ERR_OK && reading.decimals < text.len) {
        size_t begin = reading.decimals + 1;
        err = parse_decimals(bytes_of(text.at + begin, text.len - begin), &hundredths);
    }
    if (err == ERR_OK) {
        *ret_hundredths = (is_negative ? -1 : 1) * (whole * 100 + hundredths);
    }
    return err;
}

void decimal_format(int64_t hundredths, enum language language, char ret_text[DECIMAL_TEXT_BYTES])
{
    uint64_t amount = hundredths < 0 ? 0 - (uint64_t)hundredths : (uint64_t)hundredths;
    (void)snprintf(ret_text, DECIMAL_TEXT_BYTES, "%s%" PRIu64 "%c%02u", hundredths < 0 ? "-" : "",
                   amount / 100, language == LANGUAGE_VI ? ',' : '.', (unsigned)(amount % 100)); /* fits */
}

/* The last separator is the decimal one, unless it stands there more than once or is a space. */
static enum err find_reading(struct bytes text, struct reading *ret_reading)
{
    struct reading reading = {.group = 0, .decimals = text.len};
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.at[i])) {
            continue;
        }
        if (text.at[i] != ',' && text.at[i] != '.' && text.at[i] != ' ') {
            return ERR_MALFORMED;
        }
        if (reading.decimals < text.len) { /* the one before was no decimal separator */
            reading.group = text.at[reading.decimals];
        }
        reading.decimals = i;
    }
    if (reading.decimals < text.len &&
        (text.at[reading.decimals] == ' ' || text.at[reading.decimals] == reading.group)) {
        reading.group = text.at[reading.decimals];
        reading.decimals = text.len;
    }
    *ret_reading = reading;
    return ERR_OK;
}

/* Digits; in groups of three, the first of one to three, where `group` is not 0. */
static enum err parse_whole(struct bytes text, uint8_t group, int64_t *ret_number)
{
    int64_t number = 0;
    size_t digits = 0;
    size_t in_group = 0;
    bool is_grouped = false;
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.at[i])) {
            number = number * 10 + (text.at[i] - '0');
            in_group++;
            if (++digits > WHOLE_DIGITS_MAX) {
                return ERR_MALFORMED;
            }
        } else if (text.at[i] == group &&
                   (is_grouped ? in_group == GROUP_DIGITS : in_group > 0 && in_group <= GROUP_DIGITS)) {
            is_grouped = true;
            in_group = 0;
        } else {
            return ERR_MALFORMED;
        }
    }
    if (digits == 0 || (is_grouped && in_group != GROUP_DIGITS)) {
        return ERR_MALFORMED;
    }
    *ret_number = number;
    return ERR_OK;
}

static enum err parse_decimals(struct bytes text, int64_t *ret_hundredths)
{
    if (text.len == 0 || text.len > DECIMALS_MAX) {
        return ERR_MALFORMED;
    }
    int64_t tens = text.at[0] - '0';
    int64_t ones = text.len == DECIMALS_MAX ? text.at[1] - '0' : 0;
    *ret_hundredths = tens * 10 + ones;
    return ERR_OK;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}
