/* Roles and what they may do. */
#include "common/wire/role.h"

#include "common/wire/envelope.h"
#include "tests/lib/test.h"

/* Role names are written into the database by one part and read by another. */
static void role_name__every_role__reads_back(void **state)
{
    (void)state;
    for (int role = 0; role < ROLE_COUNT; role++) {
        assert_int_equal(role_of_name(role_name((enum role)role)), role);
    }
    assert_int_equal(role_of_name("owner"), ROLE_COUNT);
    assert_int_equal(role_of_name(NULL), ROLE_COUNT);
}

/* Every kind of content against every role, said once more by hand. */
static void role_of_content__every_content__as_said(void **state)
{
    (void)state;
    static const struct {
        uint16_t content;
        bool may[ROLE_COUNT]; /* clerk, approver, viewer, administrator, auditor, log */
    } rows[] = {
        {ENVELOPE_CONTENT_CHANGES, {true, true, false, true, false, false}},
        {ENVELOPE_CONTENT_APPROVALS, {false, true, false, false, false, false}},
        {ENVELOPE_CONTENT_KEY, {true, true, true, true, true, false}},
        {ENVELOPE_CONTENT_ACTS, {false, false, false, false, false, true}},
        {999,
         {true, true, false, true, false,
          false}}, /* journalled as unreadable, so that nothing stops a device */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int role = 0; role < ROLE_COUNT; role++) {
            assert_int_equal(role_is_in((enum role)role, role_of_content(rows[i].content)),
                             rows[i].may[role]);
        }
    }
    assert_false(role_is_in(ROLE_COUNT, ROLES_PERSON | ROLES_LOG));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(role_name__every_role__reads_back),
        cmocka_unit_test(role_of_content__every_content__as_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
