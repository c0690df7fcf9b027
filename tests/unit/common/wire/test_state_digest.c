/* The digest of a state. Values computed apart (Python's hashlib and integers). */
#include "common/wire/state_digest.h"

#include "tests/lib/test.h"

static const struct id first = {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
static const struct id second = {{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}};
static const struct id version_a = {{17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17}};
static const struct id version_b = {{18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18}};
static const struct id version_c = {{19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19}};
static const struct id none;

/* Every implementation must come to the same numbers: carry and borrow run over all bytes. */
static void state_digest_move__two_records_one_changed__known_values(void **state)
{
    (void)state;
    struct hash digest = {0};
    char text[HASH_HEX_BYTES];

    state_digest_move(&digest, 4, &first, &none, &version_a);
    state_digest_move(&digest, 3, &second, &none, &version_b);
    hex_encode(bytes_of(digest.at, HASH_BYTES), text);
    assert_string_equal(text, "ac306a9bfea984f9b27d415619b05fce37dccd6532b7c8231da5cff310a9aab1");

    state_digest_move(&digest, 4, &first, &version_a, &version_c);
    hex_encode(bytes_of(digest.at, HASH_BYTES), text);
    assert_string_equal(text, "cfafd6e0bb4759b77eb20827173194d8c814ed85578cdefe8fce379c35b12099");
}

/* The tables can be walked in any order, and how a record came to its version leaves no trace. */
static void state_digest_move__other_order__same_digest(void **state)
{
    (void)state;
    struct hash one = {0};
    struct hash other = {0};

    state_digest_move(&one, 4, &first, &none, &version_a);
    state_digest_move(&one, 3, &second, &none, &version_b);
    state_digest_move(&one, 4, &first, &version_a, &version_c);
    state_digest_move(&other, 3, &second, &none, &version_b);
    state_digest_move(&other, 4, &first, &none, &version_c);

    assert_memory_equal(one.at, other.at, HASH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_digest_move__two_records_one_changed__known_values),
        cmocka_unit_test(state_digest_move__other_order__same_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
