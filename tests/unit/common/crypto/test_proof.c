/* Proofs as text: the form of c2sp.org/tlog-proof, and what is not of that form. */
#include "common/crypto/proof.h"

#include <stdlib.h>

#include "common/crypto/hash.h"
#include "tests/lib/test.h"

#define HEAD "c2sp.org/tlog-proof@v1\n"
#define HASH_LINE "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"
#define NOTE "o\n1\nr\n\n\xE2\x80\x94 k AAAAAAAA\n"

/* The example of the specification, its hashes and its index (its note is abbreviated there). */
static void proof_format__example_of_the_specification__same_text(void **state)
{
    (void)state;
    static const char expected[] =
        HEAD "extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ\nindex 73894\n" HASH_LINE
             "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n\n" NOTE;
    struct proof proof;
    struct buf out;
    buf_init(&out, PROOF_BYTES_MAX);

    assert_int_equal(proof_parse(bytes_of_text(expected), &proof), ERR_OK);
    assert_int_equal(proof.index, 73894);
    assert_int_equal(proof.path.count, 2);
    assert_int_equal(proof.extra_len, 39);
    assert_memory_equal(proof.extra, "age-v1.2.1-darwin-arm64.tar.gz", 30);
    assert_true(bytes_equal(proof.note, bytes_of_text(NOTE)));
    assert_int_equal(proof_format(bytes_of(proof.extra, proof.extra_len), proof.index,
                                  merkle_path_encode(&proof.path), proof.note, &out),
                     ERR_OK);
    assert_true(bytes_equal(buf_content(&out), bytes_of_text(expected)));
    buf_release(&out);
}

/* The only leaf of a tree: no extra line, no path. */
static void proof_check__single_leaf__proved(void **state)
{
    (void)state;
    static const uint8_t leaf[] = {0, 'x'};
    struct checkpoint checkpoint = {.size = 1, .root = hash_of_one(bytes_of(leaf, 2))};
    struct proof proof;
    struct buf out;
    buf_init(&out, PROOF_BYTES_MAX);
    assert_int_equal(proof_format(bytes_of(NULL, 0), 0, bytes_of(NULL, 0), bytes_of_text(NOTE), &out),
                     ERR_OK);
    assert_true(bytes_equal(buf_content(&out), bytes_of_text(HEAD "index 0\n\n" NOTE)));

    assert_int_equal(proof_parse(buf_content(&out), &proof), ERR_OK);
    assert_int_equal(proof.extra_len, 0);
    assert_true(proof_check(&proof, bytes_of_text("x"), &checkpoint));
    assert_false(proof_check(&proof, bytes_of_text("y"), &checkpoint));
    proof.index = 1;
    assert_false(proof_check(&proof, bytes_of_text("x"), &checkpoint));
    buf_release(&out);
}

static void proof_parse__faults__malformed(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" NOTE,
        "c2sp.org/tlog-proof@v1",
        HEAD,
        HEAD "index 0\n",
        HEAD "index 00\n\n" NOTE,
        HEAD "index -1\n\n" NOTE,
        HEAD "index \n\n" NOTE,
        HEAD "Index 0\n\n" NOTE,
        HEAD "index 9223372036854775808\n\n" NOTE,
        HEAD "extra \nindex 0\n\n" NOTE,
        HEAD "extra Zg=\nindex 0\n\n" NOTE,
        HEAD "extra Zg==\n\n" NOTE,
        HEAD "extra Zg==\nextra Zg==\nindex 0\n\n" NOTE,
        HEAD "index 0\nextra Zg==\n\n" NOTE,
        HEAD "index 0\nB95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXm=\n\n" NOTE,
        HEAD "index 0\n" HASH_LINE "Zg==\n\n" NOTE,
    };
    struct proof proof;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(proof_parse(bytes_of_text(refused[i]), &proof), ERR_MALFORMED);
    }
}

static void proof__past_limits__too_big(void **state)
{
    (void)state;
    static uint8_t big[PROOF_BYTES_MAX + 1];
    struct proof proof;
    struct buf out;
    struct buf text;
    buf_init(&out, PROOF_BYTES_MAX);
    buf_init(&text, 2 * PROOF_BYTES_MAX);
    struct bytes none = bytes_of(NULL, 0);
    assert_int_equal(proof_format(bytes_of(big, PROOF_EXTRA_BYTES_MAX + 1), 0, none, none, &out),
                     ERR_TOO_BIG);
    assert_int_equal(proof_format(none, 0, bytes_of(big, MERKLE_PATH_BYTES_MAX + HASH_BYTES), none, &out),
                     ERR_TOO_BIG);
    assert_int_equal(proof_format(none, 0, bytes_of(big, 31), none, &out), ERR_MALFORMED);
    assert_int_equal(proof_format(none, 0, none, bytes_of(big, sizeof big), &out), ERR_TOO_BIG);
    assert_int_equal(proof_parse(bytes_of(big, sizeof big), &proof), ERR_TOO_BIG);

    assert_int_equal(buf_append_text(&text, HEAD "index 0\n"), ERR_OK);
    for (size_t i = 0; i <= MERKLE_PATH_MAX; i++) {
        assert_int_equal(buf_append_text(&text, HASH_LINE), ERR_OK);
    }
    assert_int_equal(buf_append_text(&text, "\n" NOTE), ERR_OK);
    assert_int_equal(proof_parse(buf_content(&text), &proof), ERR_TOO_BIG);

    buf_clear(&text);
    assert_int_equal(buf_append_format(&text, HEAD "extra %.*s%0*dAAA\nindex 0\n\n" NOTE, 0, "", 1365, 0),
                     ERR_OK);
    assert_int_equal(proof_parse(buf_content(&text), &proof), ERR_TOO_BIG);
    buf_release(&text);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proof_format__example_of_the_specification__same_text),
        cmocka_unit_test(proof_check__single_leaf__proved),
        cmocka_unit_test(proof_parse__faults__malformed),
        cmocka_unit_test(proof__past_limits__too_big),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
