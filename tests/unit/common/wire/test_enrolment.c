/* What an operator signs: every field is in it, and none can pass for its neighbour. */
#include "common/wire/enrolment.h"

#include <string.h>

#include "tests/lib/test.h"

static size_t signed_bytes(struct enrolment_claim claim, uint8_t out[ENROLMENT_SIGNED_BYTES_MAX])
{
    size_t len = 0;
    assert_int_equal(enrolment_signed_bytes(&claim, out, &len), ERR_OK);
    return len;
}

/* The layout is frozen: signatures in the journal are checked for ever. */
static void enrolment_signed_bytes__fixed_claim__documented_layout(void **state)
{
    struct enrolment_claim claim = {.public_key = {7},
                                    .sender = {{8}},
                                    .is_province = true,
                                    .role = "viewer",
                                    .ticket_by = "an",
                                    .approved_by = "binh"};
    uint8_t out[ENROLMENT_SIGNED_BYTES_MAX];
    (void)state;
    assert_int_equal(signed_bytes(claim, out), 32 + 32 + 16 + 1 + 7 + 3 + 5);
    assert_memory_equal(out, "dantin/enrolment\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
    assert_int_equal(out[32], 7);
    assert_int_equal(out[64], 8);
    assert_memory_equal(out + 80, "\x01\x06viewer\x02\x61n\x04\x62inh", 16);
}

/* Any other field gives other bytes. */
static void enrolment_signed_bytes__any_field_changed__other_bytes(void **state)
{
    const struct enrolment_claim good = {.role = "clerk", .ticket_by = "an", .approved_by = "binh"};
    struct enrolment_claim others[] = {good, good, good, good, good, good, good, good};
    uint8_t wanted[ENROLMENT_SIGNED_BYTES_MAX];
    uint8_t out[ENROLMENT_SIGNED_BYTES_MAX];
    (void)state;
    others[0].public_key[31] = 1;
    others[1].sender.at[15] = 1;
    others[2].is_province = true;
    others[3].may_see_exact = true;
    others[4].role = "viewer";
    others[5].ticket_by = "binh";
    others[6].approved_by = NULL;
    others[7].role = "clerka";
    others[7].ticket_by = "n";
    size_t len = signed_bytes(good, wanted);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        size_t other_len = signed_bytes(others[i], out);
        assert_false(bytes_equal(bytes_of(out, other_len), bytes_of(wanted, len)));
    }
}

/* A name too long for its length is refused, not cut. */
static void enrolment_signed_bytes__long_name__too_big(void **state)
{
    char name[ENROLMENT_TEXT_BYTES_MAX + 2];
    struct enrolment_claim claim = {.role = "clerk", .approved_by = name};
    uint8_t out[ENROLMENT_SIGNED_BYTES_MAX];
    size_t len = 9;
    (void)state;
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(enrolment_signed_bytes(&claim, out, &len), ERR_TOO_BIG);
    assert_int_equal(len, 9);
    name[sizeof name - 2] = '\0';
    assert_int_equal(enrolment_signed_bytes(&claim, out, &len), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enrolment_signed_bytes__fixed_claim__documented_layout),
        cmocka_unit_test(enrolment_signed_bytes__any_field_changed__other_bytes),
        cmocka_unit_test(enrolment_signed_bytes__long_name__too_big),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
