/* Figures with two decimals, kept as hundredths. Rank 2. Pure. */
#ifndef COMMON_RECORD_DECIMAL_H
#define COMMON_RECORD_DECIMAL_H

#include <stdint.h>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/base/text.h"

/* A figure lies within ±DECIMAL_MAX hundredths: sums of many still fit 64 bits. */
#define DECIMAL_MAX INT64_C(999999999999)

enum { DECIMAL_TEXT_BYTES = 24 };

/* "4,41", "4.41", "4,4", "4", "-4,41", and thousands in groups of three where no doubt is left: "1.234,5",
 * "1,234.50", "1 234", "1.234.567". ERR_MALFORMED: anything else, "1.234" above all (a thousand, or three
 * decimals?), and what lies outside ±DECIMAL_MAX. */
MUST_CHECK enum err decimal_parse(struct bytes text, int64_t *ret_hundredths);
/* Always two decimals, no groups: "4,41" in Vietnamese, "4.41" in English. Any number. */
void decimal_format(int64_t hundredths, enum language language, char ret_text[DECIMAL_TEXT_BYTES]);

#endif
