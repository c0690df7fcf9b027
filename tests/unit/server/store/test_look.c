/* Whom a look is about: pseudonyms, each once, up to a limit. */
#include "server/store/look.h"

#include "server/store/store_internal.h"
#include "tests/lib/test.h"

static struct id record_of(uint32_t number)
{
    struct id id = {0};
    u32_write(id.at + ID_BYTES - 4, number);
    return id;
}

/* Computed with Python's hmac: a key of 32 bytes 7, the record 00..01. */
static void look_subject__known_key__hmac_of_the_record(void **state)
{
    (void)state;
    uint8_t key[STORE_LOOK_KEY_BYTES];
    char hex[ID_HEX_BYTES];
    struct id record = record_of(1);
    memset(key, 7, sizeof key);

    struct id subject = look_subject(key, &record);

    hex_encode(bytes_of(subject.at, ID_BYTES), hex);
    assert_string_equal(hex, "2dfee2027ec10af21370b51747b9a826");
}

/* A record that a trace names twice is one person; branches are subjects, not persons. */
static void look_subjects__twice_and_of_other_kinds__counted_once(void **state)
{
    (void)state;
    static struct store store;
    struct look look = {0};
    struct look_subjects subjects;
    struct buf arrays;
    buf_init(&arrays, LOOK_SUBJECT_BYTES_MAX);
    look_subjects_init(&subjects);
    for (uint32_t i = 0; i < 6; i++) {
        struct id member = record_of(i % 3);
        struct id branch = record_of(100 + i % 2);
        assert_int_equal(look_subjects_add(&subjects, schema_of(KIND_MEMBER), &member), ERR_OK);
        assert_int_equal(look_subjects_add(&subjects, schema_of(KIND_BRANCH), &branch), ERR_OK);
    }

    assert_int_equal(look_subjects_put(&subjects, &store, &arrays, &look), ERR_OK);

    assert_int_equal(look.person_count, 3);
    assert_int_equal(look.subjects.len, 20 + 5 * 20); /* the array's head, then length and 16 bytes each */
    look_subjects_release(&subjects);
    buf_release(&arrays);
}

/* The log grows by a bounded amount, however many persons an answer holds: past the limit they are counted only. */
static void look_subjects__at_and_past_the_limit__listed_then_counted(void **state)
{
    (void)state;
    static struct store store;
    for (uint32_t count = LOOK_SUBJECTS_MAX; count <= LOOK_SUBJECTS_MAX + 1; count++) {
        struct look look = {0};
        struct look_subjects subjects;
        struct buf arrays;
        buf_init(&arrays, LOOK_SUBJECT_BYTES_MAX);
        look_subjects_init(&subjects);
        for (uint32_t i = 0; i < count; i++) {
            struct id member = record_of(i);
            assert_int_equal(look_subjects_add(&subjects, schema_of(KIND_MEMBER), &member), ERR_OK);
        }

        assert_int_equal(look_subjects_put(&subjects, &store, &arrays, &look), ERR_OK);

        assert_int_equal(look.person_count, count);
        assert_int_equal(look.subjects.at != NULL, count <= LOOK_SUBJECTS_MAX);
        look_subjects_release(&subjects);
        buf_release(&arrays);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(look_subject__known_key__hmac_of_the_record),
        cmocka_unit_test(look_subjects__twice_and_of_other_kinds__counted_once),
        cmocka_unit_test(look_subjects__at_and_past_the_limit__listed_then_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
