/* What an operator signs of another role: every field is in it, and none can pass for its neighbour. */
#include "common/wire/role_change.h"

#include <string.h>

#include "tests/lib/test.h"

static size_t signed_bytes(struct role_change change, uint8_t out[ROLE_CHANGE_SIGNED_BYTES_MAX])
{
    size_t len = 0;
    assert_int_equal(role_change_signed_bytes(&change, out, &len), ERR_OK);
    return len;
}

/* The layout is frozen: signatures in the journal are checked for ever. */
static void role_change_signed_bytes__fixed_change__documented_layout(void **state)
{
    struct role_change change = {.device = {{7}},
                                 .proposed_at = 258,
                                 .has_exact = true,
                                 .may_see_exact = true,
                                 .role = "viewer",
                                 .proposed_by = "an",
                                 .approved_by = "binh"};
    uint8_t out[ROLE_CHANGE_SIGNED_BYTES_MAX];
    (void)state;
    assert_int_equal(signed_bytes(change, out), 32 + 32 + 8 + 1 + 7 + 3 + 5);
    assert_memory_equal(out, "dantin/role-change\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
    assert_int_equal(out[32], 7);
    assert_memory_equal(out + 64, "\0\0\0\0\0\0\1\2", 8);
    assert_memory_equal(out + 72, "\x07\x06viewer\x02\x61n\x04\x62inh", 16);
}

/* Any other field gives other bytes: a role unnamed is not an empty one, exact figures unnamed are not taken away. */
static void role_change_signed_bytes__any_field_changed__other_bytes(void **state)
{
    const struct role_change good = {.role = "", .proposed_by = "an", .approved_by = "binh"};
    struct role_change others[] = {good, good, good, good, good, good, good};
    uint8_t wanted[ROLE_CHANGE_SIGNED_BYTES_MAX];
    uint8_t out[ROLE_CHANGE_SIGNED_BYTES_MAX];
    (void)state;
    others[0].device.at[31] = 1;
    others[1].proposed_at = 1;
    others[2].has_exact = true;
    others[3].has_exact = others[3].may_see_exact = true;
    others[4].role = NULL;
    others[5].proposed_by = "binh";
    others[6].approved_by = NULL;
    size_t len = signed_bytes(good, wanted);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        size_t other_len = signed_bytes(others[i], out);
        assert_false(bytes_equal(bytes_of(out, other_len), bytes_of(wanted, len)));
    }
}

/* A name too long for its length is refused, not cut. */
static void role_change_signed_bytes__long_name__too_big(void **state)
{
    char name[ENROLMENT_TEXT_BYTES_MAX + 2];
    struct role_change change = {.proposed_by = name};
    uint8_t out[ROLE_CHANGE_SIGNED_BYTES_MAX];
    size_t len = 0;
    (void)state;
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(role_change_signed_bytes(&change, out, &len), ERR_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(role_change_signed_bytes__fixed_change__documented_layout),
        cmocka_unit_test(role_change_signed_bytes__any_field_changed__other_bytes),
        cmocka_unit_test(role_change_signed_bytes__long_name__too_big),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
