/* Tickets: the text is as documented, and a slip of the pen is noticed. */
#include "common/wire/ticket.h"

#include <string.h>

#include "common/base/random.h"
#include "tests/lib/seed.h"
#include "tests/lib/test.h"

static struct ticket sample(void)
{
    struct ticket ticket = {
        .number = 0x01020304, .expires_s = 1800000000, .server = "dantin.example.vn:7443"};
    for (size_t i = 0; i < sizeof ticket.code; i++) {
        ticket.code[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < sizeof ticket.pin; i++) {
        ticket.pin[i] = (uint8_t)(0xF0 + i);
    }
    return ticket;
}

static void assert_same(const struct ticket *left, const struct ticket *right)
{
    assert_memory_equal(left->code, right->code, sizeof left->code);
    assert_int_equal(left->number, right->number);
    assert_memory_equal(left->pin, right->pin, sizeof left->pin);
    assert_int_equal(left->expires_s, right->expires_s);
    assert_string_equal(left->server, right->server);
}

/* Tickets printed by one version are read by every later one. */
static void ticket_format__fixed_ticket__text_for_ever(void **state)
{
    struct ticket ticket = sample();
    char text[TICKET_TEXT_BYTES_MAX];
    (void)state;
    ticket_format(&ticket, text);
    assert_string_equal(text, "200G4-0R40M-30E20-9185G-R0820-C2F1W-FJYFT-FBXQQ-Z3WZN-YZWZQ-ZFYTT-9T806-8RBEE-"
                              "HMPWB-K5F1G-PTW3C-CMQ7C-VHT6W-T38CR-H");
}

/* However it is typed, it is the same ticket. */
static void ticket_parse__as_people_type__same_ticket(void **state)
{
    struct ticket ticket = sample();
    struct ticket read;
    char text[TICKET_TEXT_BYTES_MAX];
    char typed[2 * TICKET_TEXT_BYTES_MAX];
    size_t used = 0;
    (void)state;
    ticket_format(&ticket, text);
    assert_int_equal(ticket_parse(bytes_of_text(text), &read), ERR_OK);
    assert_same(&read, &ticket);
    typed[used++] = ' ';
    for (const char *at = text; *at != '\0'; at++) {
        char lower = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
        lower = lower == '1' ? 'l' : lower == '0' ? 'o' : lower;
        if (*at != '-') {
            typed[used++] = lower;
        } else {
            typed[used++] = '\t';
        }
    }
    typed[used++] = '\n';
    assert_int_equal(ticket_parse(bytes_of(typed, used), &read), ERR_OK);
    assert_same(&read, &ticket);
}

/* One wrong character, two neighbours swapped, one lost: never another ticket. */
static void ticket_parse__one_slip__malformed(void **state)
{
    struct ticket ticket = sample();
    struct ticket read;
    char text[TICKET_TEXT_BYTES_MAX];
    (void)state;
    ticket_format(&ticket, text);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        char kept = text[i];
        if (kept == '-') {
            continue;
        }
        for (const char *other = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; *other != '\0'; other++) {
            text[i] = *other;
            assert_int_equal(ticket_parse(bytes_of_text(text), &read),
                             *other == kept ? ERR_OK : ERR_MALFORMED);
        }
        text[i] = kept;
        if (i + 1 < len && text[i + 1] != '-' && text[i + 1] != kept) {
            text[i] = text[i + 1];
            text[i + 1] = kept;
            assert_int_not_equal(ticket_parse(bytes_of_text(text), &read), ERR_OK);
            text[i + 1] = text[i];
            text[i] = kept;
        }
        text[i] = '-';
        assert_int_not_equal(ticket_parse(bytes_of_text(text), &read), ERR_OK);
        text[i] = kept;
    }
    for (size_t cut = 0; cut < len - 1; cut++) {
        (void)!ticket_parse(bytes_of(text, cut),
                            &read); /* any answer but no crash; one in 32 passes the check */
    }
}

/* Every ticket that can be drawn is read back. */
static void ticket_parse__drawn_tickets__read_back(void **state)
{
    struct prng prng;
    (void)state;
    prng_init(&prng, seed_of_test());
    for (unsigned i = 0; i < 2000; i++) {
        struct ticket ticket = {.expires_s = (uint32_t)prng_below(&prng, UINT32_MAX)};
        struct ticket read;
        char text[TICKET_TEXT_BYTES_MAX];
        size_t len = TICKET_SERVER_BYTES_MIN +
                     (size_t)prng_below(&prng, TICKET_SERVER_BYTES_MAX - TICKET_SERVER_BYTES_MIN + 1);
        ticket_draw(&ticket);
        assert_true(ticket.code[0] <= 0x0F);
        for (size_t j = 0; j < len; j++) {
            ticket.server[j] = (char)('!' + prng_below(&prng, 94));
        }
        for (size_t j = 0; j < sizeof ticket.pin; j++) {
            ticket.pin[j] = (uint8_t)prng_below(&prng, 256);
        }
        ticket_format(&ticket, text);
        assert_true(strlen(text) < TICKET_TEXT_BYTES_MAX);
        assert_int_equal(ticket_parse(bytes_of_text(text), &read), ERR_OK);
        assert_same(&read, &ticket);
    }
}

/* Nothing, noise, a later layout and places that are no names. */
static void ticket_parse__no_ticket__refused(void **state)
{
    static const char *const malformed[] = {"", "-", "0", "00", "ẞ", "SAMPLE!", "U", "0000-0000-0000"};
    struct ticket ticket = sample();
    struct ticket read = {.number = 5};
    char text[TICKET_TEXT_BYTES_MAX];
    char longest[1000];
    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        assert_int_not_equal(ticket_parse(bytes_of_text(malformed[i]), &read), ERR_OK);
    }
    memset(longest, '0', sizeof longest);
    assert_int_equal(ticket_parse(bytes_of(longest, sizeof longest), &read), ERR_MALFORMED);
    ticket.server[3] = ' ';
    ticket_format(&ticket, text);
    assert_int_equal(ticket_parse(bytes_of_text(text), &read), ERR_MALFORMED);
    assert_int_equal(ticket_parse(bytes_of_text("WHAT-IS-THIS"), &read), ERR_MALFORMED);
    assert_int_equal(read.number, 5);
}

/* What a key signs holds all it should be bound to, each in its place. */
static void ticket_signed_bytes__four_parts__in_their_places(void **state)
{
    uint8_t exported[HASH_BYTES];
    uint8_t key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t out[TICKET_SIGNED_BYTES];
    struct ticket ticket = sample();
    struct hash code_hash = ticket_code_hash(ticket.code);
    (void)state;
    memset(exported, 1, sizeof exported);
    memset(key, 2, sizeof key);
    ticket_signed_bytes(exported, &code_hash, key, out);
    assert_memory_equal(out, "dantin/enrol\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
    assert_memory_equal(out + 32, exported, 32);
    assert_memory_equal(out + 64, code_hash.at, 32);
    assert_memory_equal(out + 96, key, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticket_format__fixed_ticket__text_for_ever),
        cmocka_unit_test(ticket_parse__as_people_type__same_ticket),
        cmocka_unit_test(ticket_parse__one_slip__malformed),
        cmocka_unit_test(ticket_parse__drawn_tickets__read_back),
        cmocka_unit_test(ticket_parse__no_ticket__refused),
        cmocka_unit_test(ticket_signed_bytes__four_parts__in_their_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
