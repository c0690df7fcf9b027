/* A ticket: one line of text that lets one new key ask to be enrolled (docs/protocol.md#enrolment). Rank 3. Pure.
 *
 *   bits   field
 *   4      layout version = 1
 *   100    code, secret; the server keeps its hash alone
 *   32     number, public: which ticket it is
 *   128    pin: first 16 bytes of SHA-256 of the server's key (SubjectPublicKeyInfo, DER)
 *   32     expiry, seconds since 1970 UTC
 *   8 · n  where the server is, "host:port", n = 3 .. TICKET_SERVER_BYTES_MAX
 *
 * As text: these bits in base32 (0-9, A-Z without I, L, O, U; the last character filled up with zeros), one check character,
 * in groups of five. Read back in any case, with or without hyphens and spaces, I and L as 1, O as 0. */
#ifndef COMMON_WIRE_TICKET_H
#define COMMON_WIRE_TICKET_H

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/sign.h"

enum {
    TICKET_VERSION = 1,
    TICKET_CODE_BYTES = 13, /* the first four bits are zero: 100 bits */
    TICKET_PIN_BYTES = 16,
    TICKET_SERVER_BYTES_MIN = 3,
    TICKET_SERVER_BYTES_MAX = 128,
    TICKET_BYTES_MAX = TICKET_CODE_BYTES + 4 + TICKET_PIN_BYTES + 4 + TICKET_SERVER_BYTES_MAX,
    TICKET_TEXT_BYTES_MAX = 384, /* hyphens and NUL included */
    TICKET_SIGNED_BYTES = 128,
    TICKET_HOURS = 24,
    TICKET_ATTEMPTS_MAX = 5, /* wrong codes that lock a ticket */
};

struct ticket {
    uint8_t code[TICKET_CODE_BYTES];
    uint32_t number;
    uint8_t pin[TICKET_PIN_BYTES];
    uint32_t expires_s;
    char server[TICKET_SERVER_BYTES_MAX + 1];
};

/* Draws code and number. */
void ticket_draw(struct ticket *ticket);
void ticket_format(const struct ticket *ticket, char ret_text[TICKET_TEXT_BYTES_MAX]);
/* ERR_MALFORMED: no ticket, or one character of it is wrong. ERR_UNSUPPORTED: of a later layout. */
MUST_CHECK enum err ticket_parse(struct bytes text, struct ticket *ret_ticket);

/* What the server keeps of a code. */
struct hash ticket_code_hash(const uint8_t code[TICKET_CODE_BYTES]);
/* What the new key signs: "dantin/enrol" and NULs to 32 bytes ‖ value exported from the TLS session ‖ hash of the code ‖
 * public key. So code, key and this one session belong together. */
void ticket_signed_bytes(const uint8_t exported[HASH_BYTES], const struct hash *code_hash,
                         const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], uint8_t out[TICKET_SIGNED_BYTES]);

#endif
