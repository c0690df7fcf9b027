/* The recovery code of a person's key: 135 random bits for a piece of paper. Rank 4. Pure but for randomness.
 *
 *     7K3Q-M9ZT-0XWB-E5RD-NV2H-8PCS-4JG6      27 characters of base32 and one that checks them
 *
 * The alphabet has no I, L, O, U (they are read as 1, 1, 0, V); case, spaces and hyphens do not matter. The check character is that
 * of a Reed-Solomon code over GF(32): any one wrong character and any two swapped ones are noticed before the slow part. */
#ifndef CLIENT_LIB_KEYS_CODE_H
#define CLIENT_LIB_KEYS_CODE_H

#include "common/base/bytes.h"

enum {
    KEYS_CODE_RANDOM_CHARACTERS = 27,
    KEYS_CODE_CHARACTERS = KEYS_CODE_RANDOM_CHARACTERS + 1,
    KEYS_CODE_GROUP_CHARACTERS = 4,
    /* as written: hyphens between the groups, NUL */
    KEYS_CODE_TEXT_BYTES = KEYS_CODE_CHARACTERS + KEYS_CODE_CHARACTERS / KEYS_CODE_GROUP_CHARACTERS,
};

/* Draw a code, as people see it. */
void keys_code_draw(char ret_text[KEYS_CODE_TEXT_BYTES]);
/* Bring what somebody typed into the form of keys_code_draw. ERR_MALFORMED: no such code (length, character, check). */
MUST_CHECK enum err keys_code_read(struct bytes typed, char ret_text[KEYS_CODE_TEXT_BYTES]);

#endif
