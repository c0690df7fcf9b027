/* A list and a slow hash. */
#include "common/crypto/words.h"

#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"

struct word {
    const char *text;
    const char *plain;
};

#define WORD(text, plain) {text, plain},
static const struct word list[] = {
#include "common/crypto/words.def"
};
#undef WORD
_Static_assert(sizeof list / sizeof list[0] == WORDS_LIST_COUNT, "one word per value of a byte");

static const char domain[] = "dantin/fingerprint";

static bool is_word(const char *at, size_t len, const struct word **ret_word);

void words_of_key(const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], char ret_text[WORDS_TEXT_BYTES_MAX])
{
    struct bytes first[] = {bytes_of(domain, sizeof domain), bytes_of(public_key, SIGN_PUBLIC_KEY_BYTES)};
    struct hash hash = hash_of(first, 2);
    for (unsigned i = 1; i < WORDS_ROUNDS; i++) {
        struct hash before = hash;
        struct bytes part = bytes_of(before.at, sizeof before.at);
        hash = hash_of(&part, 1);
    }
    size_t used = 0;
    for (size_t i = 0; i < WORDS_COUNT; i++) {
        const char *text = list[hash.at[i]].text;
        size_t len = strlen(text);
        ENSURE(len <= WORDS_ONE_BYTES_MAX);
        memcpy(ret_text + used, text, len + 1);
        used += len;
        ret_text[used++] = i + 1 < WORDS_COUNT ? ' ' : '\0';
    }
}

bool words_match(const char *words, const char *typed)
{
    size_t count = 0;
    while (*words != '\0') {
        const struct word *wanted = NULL;
        const struct word *found = NULL;
        size_t words_len = strcspn(words, " ");
        typed += strspn(typed, " ");
        size_t typed_len = strcspn(typed, " ");
        if (!is_word(words, words_len, &wanted) || !is_word(typed, typed_len, &found) || wanted != found) {
            return false;
        }
        words += words_len;
        words += strspn(words, " ");
        typed += typed_len;
        count++;
    }
    return count == WORDS_COUNT && typed[strspn(typed, " ")] == '\0';
}

const char *words_get(uint8_t value, bool is_plain)
{
    return is_plain ? list[value].plain : list[value].text;
}

/* With marks, or without them in any case. */
static bool is_word(const char *at, size_t len, const struct word **ret_word)
{
    for (size_t i = 0; i < WORDS_LIST_COUNT; i++) {
        bool is_text = strlen(list[i].text) == len && memcmp(list[i].text, at, len) == 0;
        bool is_plain = strlen(list[i].plain) == len;
        for (size_t j = 0; is_plain && j < len; j++) {
            char lower = (char)(at[j] >= 'A' && at[j] <= 'Z' ? at[j] - 'A' + 'a' : at[j]);
            is_plain = lower == list[i].plain[j];
        }
        if (is_text || is_plain) {
            *ret_word = &list[i];
            return true;
        }
    }
    return false;
}
