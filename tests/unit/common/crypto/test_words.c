/* The words of a fingerprint: the same for ever, and not to be misheard. */
#include "common/crypto/words.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

enum { SOUND_BYTES_MAX = 16 };

static bool takes(const char **at, const char *start)
{
    size_t len = strlen(start);
    if (strncmp(*at, start, len) != 0) {
        return false;
    }
    *at += len;
    return true;
}

/* A word as it may be heard: sounds that run together in some dialect, or on a bad line, are one. */
static void sound_of(const char *word, char out[SOUND_BYTES_MAX])
{
    static const struct {
        const char *written;
        const char *heard;
    } starts[] = {{"ngh", "ng"}, {"ng", "ng"}, {"gh", "g"}, {"gi", "d"}, {"tr", "ch"}, {"ch", "ch"},
                  {"kh", "kh"},  {"nh", "d"},  {"ph", "f"}, {"qu", "w"}, {"th", "th"}, {"k", "c"},
                  {"l", "n"},    {"x", "s"},   {"r", "d"},  {"v", "d"}};
    static const struct {
        const char *written;
        const char *heard;
    } ends[] = {{"ng", "n"}, {"nh", "n"}, {"ch", "t"}, {"c", "t"}, {"p", "t"}};
    const char *at = word;
    char rest[SOUND_BYTES_MAX];
    const char *start = "";
    for (size_t i = 0; i < sizeof starts / sizeof starts[0] && start[0] == '\0'; i++) {
        start = takes(&at, starts[i].written) ? starts[i].heard : "";
    }
    (void)snprintf(rest, sizeof rest, "%s", at);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t len = strlen(ends[i].written);
        if (strlen(rest) > len && strcmp(rest + strlen(rest) - len, ends[i].written) == 0) {
            (void)strcpy(rest + strlen(rest) - len, ends[i].heard);
            break;
        }
    }
    for (char *letter = rest; *letter != '\0'; letter++) {
        *letter = *letter == 'y' ? 'i' : *letter;
    }
    (void)snprintf(out, SOUND_BYTES_MAX, "%.3s%.10s", start, rest);
}

/* No two words are alike without their marks, nor as they sound. */
static void words__every_pair__differs_in_sound(void **state)
{
    char left[SOUND_BYTES_MAX];
    char right[SOUND_BYTES_MAX];
    (void)state;
    for (unsigned i = 0; i < WORDS_LIST_COUNT; i++) {
        const char *plain = words_get((uint8_t)i, true);
        assert_true(strlen(plain) >= 3 && strlen(plain) <= 6);
        assert_int_equal(strspn(plain, "abcdefghijklmnopqrstuvwxyz"), strlen(plain));
        sound_of(plain, left);
        for (unsigned j = 0; j < i; j++) {
            sound_of(words_get((uint8_t)j, true), right);
            if (strcmp(left, right) == 0) {
                fail_msg("%s sounds like %s", plain, words_get((uint8_t)j, true));
            }
        }
    }
}

/* Two versions of the program must show the same words. */
static void words_of_key__fixed_key__same_words_for_ever(void **state)
{
    uint8_t key[SIGN_PUBLIC_KEY_BYTES] = {1, 2, 3};
    char words[WORDS_TEXT_BYTES_MAX];
    (void)state;
    words_of_key(key, words);
    assert_string_equal(words, "đèn tràm sớm dương tám thìa theo lũy");
}

/* As they are heard and typed: without marks, in capitals, with too many spaces; but all of them, in order. */
static void words_match__as_people_type__only_the_same_words(void **state)
{
    const char *words = "bác bãi bàn bào bầu bèo bên bếp";
    (void)state;
    assert_true(words_match(words, words));
    assert_true(words_match(words, "  bac BAI ban  bao Bau beo ben bep "));
    assert_false(words_match(words, "bac bai ban bao bau beo ben"));
    assert_false(words_match(words, "bac bai ban bao bau beo ben bep bia"));
    assert_false(words_match(words, "bai bac ban bao bau beo ben bep"));
    assert_false(words_match(words, ""));
    assert_false(words_match(words, "xyz bai ban bao bau beo ben bep"));
    assert_false(words_match("", ""));
    assert_false(words_match("bác", "bac"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words__every_pair__differs_in_sound),
        cmocka_unit_test(words_of_key__fixed_key__same_words_for_ever),
        cmocka_unit_test(words_match__as_people_type__only_the_same_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
