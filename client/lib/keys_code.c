/* Recovery codes. */
#include "client/lib/keys_code.h"

#include <string.h>

#include "common/base/random.h"
#include "common/crypto/seal.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum { FIELD_SIZE = 32, FIELD_POLYNOMIAL = 0x25 /* x^5 + x^2 + 1: x generates the field */ };

static uint8_t times_x(uint8_t value);
static uint8_t check_of(const uint8_t *values);
static int value_of(char character);
static void write_text(const uint8_t *values, char *out);

_Static_assert(sizeof alphabet == FIELD_SIZE + 1, "one character per value");
_Static_assert((int)KEYS_CODE_CHARACTERS < (int)FIELD_SIZE, "every place has a weight of its own");

void keys_code_draw(char ret_text[KEYS_CODE_TEXT_BYTES])
{
    uint8_t values[KEYS_CODE_CHARACTERS];
    random_bytes(values, KEYS_CODE_RANDOM_CHARACTERS);
    for (size_t i = 0; i < KEYS_CODE_RANDOM_CHARACTERS; i++) {
        values[i] &= FIELD_SIZE - 1;
    }
    values[KEYS_CODE_RANDOM_CHARACTERS] = check_of(values);
    write_text(values, ret_text);
    seal_wipe(values, sizeof values);
}

enum err keys_code_read(struct bytes typed, char ret_text[KEYS_CODE_TEXT_BYTES])
{
    uint8_t values[KEYS_CODE_CHARACTERS];
    size_t count = 0;
    enum err err = ERR_MALFORMED;
    for (size_t i = 0; i < typed.len; i++) {
        char character = (char)typed.at[i];
        if (character == ' ' || character == '-' || character == '\r' || character == '\n') {
            continue;
        }
        int value = value_of(character);
        if (value < 0 || count == KEYS_CODE_CHARACTERS) {
            goto done;
        }
        values[count++] = (uint8_t)value;
    }
    if (count == KEYS_CODE_CHARACTERS && values[KEYS_CODE_RANDOM_CHARACTERS] == check_of(values)) {
        write_text(values, ret_text);
        err = ERR_OK;
    }
done:
    seal_wipe(values, sizeof values);
    return err;
}

/* ---- helpers ---- */

static uint8_t times_x(uint8_t value)
{
    unsigned shifted = (unsigned)value << 1;
    return (uint8_t)((shifted & FIELD_SIZE) != 0 ? shifted ^ FIELD_POLYNOMIAL : shifted);
}

/* Horner: the sum of values[i] · x^(27 - i). */
static uint8_t check_of(const uint8_t *values)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < KEYS_CODE_RANDOM_CHARACTERS; i++) {
        sum = times_x(sum ^ values[i]);
    }
    return sum;
}

/* -1: none of ours. */
static int value_of(char character)
{
    char upper = character >= 'a' && character <= 'z' ? (char)(character - 'a' + 'A') : character;
    switch (upper) {
    case 'I':
    case 'L':
        return 1;
    case 'O':
        return 0;
    case 'U':
        upper = 'V';
        break;
    default:
        break;
    }
    const char *found = upper != '\0' ? strchr(alphabet, upper) : NULL;
    return found != NULL ? (int)(found - alphabet) : -1;
}

static void write_text(const uint8_t *values, char *out)
{
    size_t at = 0;
    for (size_t i = 0; i < KEYS_CODE_CHARACTERS; i++) {
        if (i > 0 && i % KEYS_CODE_GROUP_CHARACTERS == 0) {
            out[at++] = '-';
        }
        out[at++] = alphabet[values[i]];
    }
    out[at] = '\0';
}
