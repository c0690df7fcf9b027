/* What the server signs. Hashes computed apart (Python's hashlib). */
#include "common/wire/receipt.h"

#include <stdlib.h>

#include "common/crypto/hash.h"
#include "tests/lib/test.h"

/* Code and rule are hashed, the name of a conflict's current version and all text are not. */
static void receipt_verdict_hash__mixed_verdicts__known_value(void **state)
{
    (void)state;
    struct verdict verdicts[] = {
        {.code = VERDICT_APPLIED},
        {.code = VERDICT_REFUSED, .rule = "ingest.out_of_scope"},
        {.code = VERDICT_CONFLICT, .current = {{9}}},
    };
    char text[HASH_HEX_BYTES];
    struct hash hash = receipt_verdict_hash(verdicts, 3);
    hex_encode(bytes_of(hash.at, HASH_BYTES), text);
    assert_string_equal(text, "9096e710a2e91a102a4e57e2c3048e3384c205a364787b91a76e052508de8d62");
    verdicts[2].current.at[0] = 8;
    struct hash again = receipt_verdict_hash(verdicts, 3);
    assert_true(hash_equal(&hash, &again));
    hash = receipt_verdict_hash(NULL, 0);
    again = hash_of_one(bytes_of(NULL, 0));
    assert_true(hash_equal(&hash, &again));
}

/* However many verdicts, the hash is that of the plain concatenation (they are hashed in runs). */
static void receipt_verdict_hash__many_verdicts__same_as_one_run(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    struct verdict *verdicts = calloc(COUNT, sizeof *verdicts);
    uint8_t *flat = malloc(COUNT * (2 + RULE_ID_BYTES_MAX));
    size_t len = 0;
    for (size_t i = 0; i < COUNT; i++) {
        verdicts[i].code = (enum verdict_code)(i % 4);
        size_t rule_len = i % RULE_ID_BYTES_MAX;
        memset(verdicts[i].rule, 'r', rule_len);
        flat[len++] = (uint8_t)(i % 4);
        flat[len++] = (uint8_t)rule_len;
        memset(flat + len, 'r', rule_len);
        len += rule_len;
    }
    struct hash hash = receipt_verdict_hash(verdicts, COUNT);
    struct hash expected = hash_of_one(bytes_of(flat, len));
    assert_true(hash_equal(&hash, &expected));
    free(verdicts);
    free(flat);
}

/* Leaf and signed bytes are laid out as documented. */
static void receipt_leaf_hash__fixed_parts__known_value_and_layout(void **state)
{
    (void)state;
    uint8_t envelope[ENVELOPE_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    memset(envelope, 0x11, sizeof envelope);
    memset(signature, 0x22, sizeof signature);
    struct hash verdict_hash;
    memset(verdict_hash.at, 0x33, sizeof verdict_hash.at);
    char text[HASH_HEX_BYTES];
    struct hash leaf =
        receipt_leaf_hash(bytes_of(envelope, sizeof envelope), bytes_of(signature, sizeof signature),
                          INT64_C(1654041600000), &verdict_hash);
    hex_encode(bytes_of(leaf.at, HASH_BYTES), text);
    assert_string_equal(text, "f4c093d62339c4dc12fe005bfb7ada3d65ecdaeed45bd922ee71b509501bf34e");

    uint8_t signed_bytes[RECEIPT_SIGNED_BYTES];
    struct id epoch = {{0xE0}};
    receipt_signed_bytes(&epoch, 7, &leaf, signed_bytes);
    assert_memory_equal(signed_bytes, "dantin/receipt\0\0\xE0\0", 18);
    assert_memory_equal(signed_bytes + 32, "\0\0\0\0\0\0\0\x07", 8);
    assert_memory_equal(signed_bytes + 40, leaf.at, HASH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receipt_verdict_hash__mixed_verdicts__known_value),
        cmocka_unit_test(receipt_verdict_hash__many_verdicts__same_as_one_run),
        cmocka_unit_test(receipt_leaf_hash__fixed_parts__known_value_and_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
