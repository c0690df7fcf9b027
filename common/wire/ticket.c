/* Bits and base32. */
#include "common/wire/ticket.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/crypto/hash.h"

enum {
    FIXED_BYTES = TICKET_CODE_BYTES + 4 + TICKET_PIN_BYTES + 4,
    GROUP_CHARACTERS = 5,
    CHARACTER_BITS = 5,
    CHARACTERS_MAX = (TICKET_BYTES_MAX * 8 + CHARACTER_BITS - 1) / CHARACTER_BITS + 1, /* with the check */
    FIELD_SIZE = 32,
    FIELD_POLYNOMIAL = 0x25, /* x^5 + x^2 + 1 */
};
_Static_assert(CHARACTERS_MAX + CHARACTERS_MAX / GROUP_CHARACTERS + 1 <= TICKET_TEXT_BYTES_MAX,
               "the longest ticket has room");

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static uint8_t check_of(const uint8_t *values, size_t count);
static int value_of(char character);
static enum err unpack(const uint8_t *bytes, size_t len, struct ticket *ret_ticket);

void ticket_draw(struct ticket *ticket)
{
    random_bytes(ticket->code, sizeof ticket->code);
    ticket->code[0] &= 0x0F;
    random_bytes(&ticket->number, sizeof ticket->number);
}

void ticket_format(const struct ticket *ticket, char ret_text[TICKET_TEXT_BYTES_MAX])
{
    uint8_t bytes[TICKET_BYTES_MAX];
    uint8_t values[CHARACTERS_MAX];
    size_t server_len = strlen(ticket->server);
    size_t len = FIXED_BYTES + server_len;
    size_t count = 0;
    size_t used = 0;
    REQUIRE(server_len >= TICKET_SERVER_BYTES_MIN && server_len <= TICKET_SERVER_BYTES_MAX);
    REQUIRE(ticket->code[0] <= 0x0F);
    memcpy(bytes, ticket->code, TICKET_CODE_BYTES);
    bytes[0] = (uint8_t)(bytes[0] | TICKET_VERSION << 4);
    u32_write(bytes + TICKET_CODE_BYTES, ticket->number);
    memcpy(bytes + TICKET_CODE_BYTES + 4, ticket->pin, TICKET_PIN_BYTES);
    u32_write(bytes + FIXED_BYTES - 4, ticket->expires_s);
    memcpy(bytes + FIXED_BYTES, ticket->server, server_len);
    for (size_t bit = 0; bit < len * 8; bit += CHARACTER_BITS) {
        unsigned pair = (unsigned)bytes[bit / 8] << 8 | (bit / 8 + 1 < len ? bytes[bit / 8 + 1] : 0U);
        values[count++] = (uint8_t)(pair >> (16 - CHARACTER_BITS - bit % 8) & (FIELD_SIZE - 1));
    }
    values[count] = check_of(values, count);
    for (size_t i = 0; i <= count; i++) {
        if (i > 0 && i % GROUP_CHARACTERS == 0) {
            ret_text[used++] = '-';
        }
        ret_text[used++] = alphabet[values[i]];
    }
    ret_text[used] = '\0';
}

enum err ticket_parse(struct bytes text, struct ticket *ret_ticket)
{
    uint8_t values[CHARACTERS_MAX];
    uint8_t bytes[TICKET_BYTES_MAX + 1] = {0};
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char character = (char)text.at[i];
        if (character == '-' || character == ' ' || character == '\t' || character == '\r' ||
            character == '\n') {
            continue;
        }
        int value = value_of(character);
        if (value < 0 || count == CHARACTERS_MAX) {
            return ERR_MALFORMED;
        }
        values[count++] = (uint8_t)value;
    }
    if (count == 0 || values[count - 1] != check_of(values, count - 1)) {
        return ERR_MALFORMED;
    }
    count--;
    size_t len = count * CHARACTER_BITS / 8;
    /* Exactly the characters that so many bytes make, and nothing in the bits that fill them up. */
    if (count != (len * 8 + CHARACTER_BITS - 1) / CHARACTER_BITS || len > TICKET_BYTES_MAX) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < count; i++) {
        size_t bit = i * CHARACTER_BITS;
        unsigned pair = (unsigned)values[i] << (16 - CHARACTER_BITS - bit % 8);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] | pair >> 8);
        bytes[bit / 8 + 1] = (uint8_t)(bytes[bit / 8 + 1] | (pair & 0xFF));
    }
    return bytes[len] != 0 ? ERR_MALFORMED : unpack(bytes, len, ret_ticket);
}

struct hash ticket_code_hash(const uint8_t code[TICKET_CODE_BYTES])
{
    static const char domain[] = "dantin/ticket";
    struct bytes parts[] = {bytes_of(domain, sizeof domain), bytes_of(code, TICKET_CODE_BYTES)};
    return hash_of(parts, 2);
}

void ticket_signed_bytes(const uint8_t exported[HASH_BYTES], const struct hash *code_hash,
                         const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], uint8_t out[TICKET_SIGNED_BYTES])
{
    static const char domain[32] = "dantin/enrol";
    _Static_assert(sizeof domain + 2 * HASH_BYTES + SIGN_PUBLIC_KEY_BYTES == TICKET_SIGNED_BYTES,
                   "four parts");
    memcpy(out, domain, sizeof domain);
    memcpy(out + sizeof domain, exported, HASH_BYTES);
    memcpy(out + sizeof domain + HASH_BYTES, code_hash->at, HASH_BYTES);
    memcpy(out + sizeof domain + 2 * HASH_BYTES, public_key, SIGN_PUBLIC_KEY_BYTES);
}

static enum err unpack(const uint8_t *bytes, size_t len, struct ticket *ret_ticket)
{
    struct ticket ticket = {.number = 0};
    if (len < 1) {
        return ERR_MALFORMED;
    }
    if (bytes[0] >> 4 != TICKET_VERSION) {
        return ERR_UNSUPPORTED;
    }
    if (len < FIXED_BYTES + TICKET_SERVER_BYTES_MIN) {
        return ERR_MALFORMED;
    }
    memcpy(ticket.code, bytes, TICKET_CODE_BYTES);
    ticket.code[0] &= 0x0F;
    ticket.number = u32_read(bytes + TICKET_CODE_BYTES);
    memcpy(ticket.pin, bytes + TICKET_CODE_BYTES + 4, TICKET_PIN_BYTES);
    ticket.expires_s = u32_read(bytes + FIXED_BYTES - 4);
    for (size_t i = FIXED_BYTES; i < len; i++) {
        if (bytes[i] <= ' ' || bytes[i] >= 0x7F) {
            return ERR_MALFORMED; /* it is shown to people and looked up as a name */
        }
        ticket.server[i - FIXED_BYTES] = (char)bytes[i];
    }
    *ret_ticket = ticket;
    return ERR_OK;
}

/* Horner over GF(32): the sum of values[i] · x^(count - i). One wrong character, or two neighbours swapped, give another. */
static uint8_t check_of(const uint8_t *values, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum = (sum ^ values[i]) << 1;
        sum = (sum & FIELD_SIZE) != 0 ? sum ^ FIELD_POLYNOMIAL : sum;
    }
    return (uint8_t)sum;
}

/* -1: none of ours. */
static int value_of(char character)
{
    char upper = (char)(character >= 'a' && character <= 'z' ? character - 'a' + 'A' : character);
    if (upper == 'I' || upper == 'L') {
        return 1;
    }
    if (upper == 'O') {
        return 0;
    }
    const char *found = upper == '\0' ? NULL : strchr(alphabet, upper);
    return found == NULL ? -1 : (int)(found - alphabet);
}
