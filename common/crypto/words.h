/* The fingerprint of a key as eight Vietnamese words, for two people on the telephone. Rank 1. Pure; any thread.
 *
 * Eight words are 64 bits of a hash repeated WORDS_ROUNDS times, so that finding another key with the same words costs
 * about 2^80 hashes. docs/protocol.md#enrolment */
#ifndef COMMON_CRYPTO_WORDS_H
#define COMMON_CRYPTO_WORDS_H

#include "common/crypto/sign.h"

enum {
    WORDS_COUNT = 8,
    WORDS_LIST_COUNT = 256,
    WORDS_ROUNDS = 1 << 16,
    WORDS_ONE_BYTES_MAX = 12, /* of a word, UTF-8 */
    WORDS_TEXT_BYTES_MAX = WORDS_COUNT * (WORDS_ONE_BYTES_MAX + 1),
};

/* The words with a space between. */
void words_of_key(const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], char ret_text[WORDS_TEXT_BYTES_MAX]);
/* Does `typed` mean the same words? Case, marks and the number of spaces do not matter; all eight must be there. */
bool words_match(const char *words, const char *typed);
/* One of the list, with marks or without. */
const char *words_get(uint8_t value, bool is_plain);

#endif
