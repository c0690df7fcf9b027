/* Ed25519: published vectors, forged signatures, keys that must not be taken. */
#include "common/crypto/sign.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

/* RFC 8032, 7.1, test 2. */
static const char seed_hex[] = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
static const char public_hex[] = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
static const char signature_hex[] = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

static struct signing_key *key_of_vector(void)
{
    uint8_t seed[SIGN_SEED_BYTES];
    struct signing_key *key = NULL;
    assert_int_equal(hex_decode(seed_hex, seed, sizeof seed), ERR_OK);
    assert_int_equal(signing_key_from_seed(seed, &key), ERR_OK);
    return key;
}

/* Key and signature are those of the standard, so that any other implementation agrees with us. */
static void signing_key__published_vector__same_key_and_signature(void **state)
{
    (void)state;
    struct signing_key *key = key_of_vector();
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    uint8_t expected[SIGN_SIGNATURE_BYTES];

    signing_key_public(key, public_key);
    signing_key_sign(key, bytes_of("\x72", 1), signature);

    assert_int_equal(hex_decode(public_hex, expected, SIGN_PUBLIC_KEY_BYTES), ERR_OK);
    assert_memory_equal(public_key, expected, SIGN_PUBLIC_KEY_BYTES);
    assert_int_equal(hex_decode(signature_hex, expected, SIGN_SIGNATURE_BYTES), ERR_OK);
    assert_memory_equal(signature, expected, SIGN_SIGNATURE_BYTES);
    assert_int_equal(EVP_PKEY_get_id(signing_key_native(key)), EVP_PKEY_ED25519);
    signing_key_free(key);
    signing_key_free(NULL);
}

/* A good signature passes, again and again; one changed bit of message or signature does not. */
static void verify_key_check__changed_bits__bad_signature(void **state)
{
    (void)state;
    struct signing_key *key = NULL;
    assert_int_equal(signing_key_generate(&key), ERR_OK);
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    uint8_t text[] = "nộp lần 1";
    struct bytes in = bytes_of(text, sizeof text);
    signing_key_public(key, public_key);
    signing_key_sign(key, in, signature);
    struct verify_key *verify = NULL;
    assert_int_equal(verify_key_new(bytes_of(public_key, sizeof public_key), &verify), ERR_OK);

    assert_int_equal(verify_key_check(verify, in, bytes_of(signature, sizeof signature)), ERR_OK);
    assert_int_equal(verify_key_check(verify, in, bytes_of(signature, sizeof signature)), ERR_OK);
    for (size_t i = 0; i < sizeof signature; i += 9) {
        signature[i] ^= 1;
        assert_int_equal(verify_key_check(verify, in, bytes_of(signature, sizeof signature)),
                         ERR_BAD_SIGNATURE);
        signature[i] ^= 1;
    }
    text[0] ^= 1;
    assert_int_equal(verify_key_check(verify, in, bytes_of(signature, sizeof signature)), ERR_BAD_SIGNATURE);
    assert_int_equal(verify_key_check(verify, in, bytes_of(signature, 63)), ERR_BAD_SIGNATURE);
    assert_int_equal(verify_key_check(verify, in, bytes_of(NULL, 0)), ERR_BAD_SIGNATURE);
    verify_key_free(verify);
    verify_key_free(NULL);
    signing_key_free(key);
}

/* Under a key of small order one signature fits many messages. All encodings of the eight points, canonical
 * or not, and everything not below p is refused, whatever the sign bit. */
static void verify_key_new__small_order_or_not_canonical__unauthorised(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        uint8_t key[SIGN_PUBLIC_KEY_BYTES];
        struct verify_key *verify = NULL;
        assert_int_equal(hex_decode(refused[i], key, sizeof key), ERR_OK);
        assert_int_equal(verify_key_new(bytes_of(key, sizeof key), &verify), ERR_UNAUTHORISED);
        assert_null(verify);
    }
}

/* A signature has one form. Made from the vector's key: S not below the group's order L (so that a second signature of
 * the same text could be computed by anybody), R of small order, R in an encoding that is not canonical, and R moved by a point of small
 * order, which only a laxer way of verifying (RFC 8032 allows it) takes: two programs must not disagree. */
static void verify_key_check__malleable_signatures__bad_signature(void **state)
{
    static const struct {
        const char *signature;
        const char *what;
    } vectors[] = {
        {"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "f52db7415978abc61b2c2eb6aeebfca0387b2eaeb4302aeeb00d291612bb0c10",
         "S + L"},
        {"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "e201ad9e73dbbd1ef2c825598de5dbb5387b2eaeb4302aeeb00d291612bb0c20",
         "S + 2 L"},
        {"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "83257a6ff7ca19d721d9fb87e6c6361e397b2eaeb4302aeeb00d291612bb0c70",
         "S + 7 L"},
        {"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "fef032faaf809a3ffe22c1fcfc9b4fb0397b2eaeb4302aeeb00d291612bb0ce0",
         "S + 14 L: the largest that fits"},
        {"0100000000000000000000000000000000000000000000000000000000000000"
         "675d054595fa17cb6a44e3ada6ca385e55667e41a63fdab0ac22d10000354002",
         "R = neutral point, canonical: OpenSSL takes it"},
        {"0100000000000000000000000000000000000000000000000000000000000080"
         "bd498620dc071c7bd37de37a8b3208e5475dd11db9151270fb200f690ae0d009",
         "R = neutral point with the sign bit"},
        {"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
         "0a0403c78756704394a791302d07acbdf846e02e6371010b73f9c021313bde01",
         "R = neutral point, y = p + 1"},
        {"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
         "00300baebbca422a92d18ebeb92a877efd8fd8561b2e021753057c5e0e58de06",
         "R = neutral point, y = p + 1, sign bit"},
        {"5b5ff6560f2b35478df17df4a09bdabf5d4d84abe9afc0704c89dddc14249625"
         "0f8fcfec0ff20e26558af1f839a8bdfc97b4d860443324e5bb2450373eba3007",
         "R moved by the point of order 2"},
        {"86ec0678ec23d84b295114ed96d9f75c377edbf1aa67893a0219db78f3070ad8"
         "0dff8d78b229bce8ced89a05aaea800642c11730d90e260c74b62ff3306a000b",
         "R moved by a point of order 8"},
    };
    struct verify_key *verify = NULL;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    (void)state;
    assert_int_equal(hex_decode(public_hex, public_key, sizeof public_key), ERR_OK);
    assert_int_equal(verify_key_new(bytes_of(public_key, sizeof public_key), &verify), ERR_OK);
    assert_int_equal(hex_decode(signature_hex, signature, sizeof signature), ERR_OK);
    assert_int_equal(verify_key_check(verify, bytes_of("\x72", 1), bytes_of(signature, sizeof signature)),
                     ERR_OK);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        assert_int_equal(hex_decode(vectors[i].signature, signature, sizeof signature), ERR_OK);
        if (verify_key_check(verify, bytes_of("\x72", 1), bytes_of(signature, sizeof signature)) !=
            ERR_BAD_SIGNATURE) {
            fail_msg("taken: %s", vectors[i].what);
        }
    }
    verify_key_free(verify);
}

/* Why keys of small order are refused: OpenSSL itself takes one forged signature (R = neutral point, S = 0) of any text
 * under the neutral point, and of one text in two, four or eight under the others. */
static void verify_key_new__forged_under_small_order__never_asked(void **state)
{
    uint8_t neutral[SIGN_PUBLIC_KEY_BYTES] = {1};
    uint8_t forged[SIGN_SIGNATURE_BYTES] = {1};
    struct verify_key *verify = NULL;
    (void)state;
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, neutral, sizeof neutral);
    for (unsigned char text = 0; text < 16; text++) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, key), 1);
        assert_int_equal(EVP_DigestVerify(context, forged, sizeof forged, &text, 1), 1);
        EVP_MD_CTX_free(context);
    }
    EVP_PKEY_free(key);
    assert_int_equal(verify_key_new(bytes_of(neutral, sizeof neutral), &verify), ERR_UNAUTHORISED);
}

/* Close to the refused ones, but good encodings: still taken. */
static void verify_key_new__just_below_p__taken(void **state)
{
    (void)state;
    static const char *const taken[] = {
        "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7e",
    };
    for (unsigned i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        uint8_t key[SIGN_PUBLIC_KEY_BYTES];
        struct verify_key *verify = NULL;
        assert_int_equal(hex_decode(taken[i], key, sizeof key), ERR_OK);
        assert_int_equal(verify_key_new(bytes_of(key, sizeof key), &verify), ERR_OK);
        verify_key_free(verify);
    }
}

/* Another length is no key. */
static void verify_key_new__other_length__malformed(void **state)
{
    (void)state;
    uint8_t key[SIGN_PUBLIC_KEY_BYTES + 1] = {9};
    struct verify_key *verify = NULL;
    assert_int_equal(verify_key_new(bytes_of(key, sizeof key), &verify), ERR_MALFORMED);
    assert_int_equal(verify_key_new(bytes_of(key, 31), &verify), ERR_MALFORMED);
    assert_int_equal(verify_key_new(bytes_of(NULL, 0), &verify), ERR_MALFORMED);
}

/* A key survives its file. */
static void signing_key_to_pem__read_back__same_public_key(void **state)
{
    (void)state;
    struct signing_key *key = NULL;
    struct signing_key *again = NULL;
    char pem[SIGN_PEM_BYTES_MAX];
    uint8_t before[SIGN_PUBLIC_KEY_BYTES];
    uint8_t after[SIGN_PUBLIC_KEY_BYTES];
    assert_int_equal(signing_key_generate(&key), ERR_OK);

    assert_int_equal(signing_key_to_pem(key, pem), ERR_OK);
    assert_memory_equal(pem, "-----BEGIN PRIVATE KEY-----\n", 28);
    assert_int_equal(signing_key_from_pem(bytes_of_text(pem), &again), ERR_OK);

    signing_key_public(key, before);
    signing_key_public(again, after);
    assert_memory_equal(before, after, sizeof before);
    signing_key_free(key);
    signing_key_free(again);
}

/* Write a key as PEM, under a passphrase when one is given. */
static size_t write_pem(EVP_PKEY *key, const char *passphrase, char *out, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_non_null(bio);
    const EVP_CIPHER *cipher = passphrase != NULL ? EVP_aes_128_cbc() : NULL;
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, passphrase,
                                                   passphrase != NULL ? (int)strlen(passphrase) : 0, NULL,
                                                   NULL),
                     1);
    int len = BIO_read(bio, out, (int)size);
    assert_true(len > 0);
    BIO_free(bio);
    return (size_t)len;
}

/* Nonsense, another kind of key and a key under a passphrase are refused without a question on the terminal.
 */
static void signing_key_from_pem__no_ed25519_key__malformed(void **state)
{
    (void)state;
    struct signing_key *key = NULL;
    char pem[2 * SIGN_PEM_BYTES_MAX] = {0};
    assert_int_equal(signing_key_from_pem(bytes_of(NULL, 0), &key), ERR_MALFORMED);
    assert_int_equal(signing_key_from_pem(bytes_of_text("-----BEGIN PRIVATE KEY-----\nAAAA\n"), &key),
                     ERR_MALFORMED);
    assert_int_equal(signing_key_from_pem(bytes_of(pem, sizeof pem), &key), ERR_MALFORMED);

    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    size_t len = write_pem(other, NULL, pem, sizeof pem);
    EVP_PKEY_free(other);
    assert_int_equal(signing_key_from_pem(bytes_of(pem, len), &key), ERR_MALFORMED);

    struct signing_key *good = key_of_vector();
    len = write_pem(signing_key_native(good), "secret", pem, sizeof pem);
    signing_key_free(good);
    assert_int_equal(signing_key_from_pem(bytes_of(pem, len), &key), ERR_MALFORMED);
    assert_null(key);
}

/* Our own allocations failing are reported, and nothing leaks. */
static void keys__no_memory__reported(void **state)
{
    (void)state;
    struct signing_key *key = NULL;
    struct verify_key *verify = NULL;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    assert_int_equal(hex_decode(public_hex, public_key, sizeof public_key), ERR_OK);
    fault_memory_fail_at(0);
    assert_int_equal(signing_key_generate(&key), ERR_NO_MEMORY);
    fault_memory_fail_at(0);
    assert_int_equal(signing_key_from_seed(public_key, &key), ERR_NO_MEMORY);
    fault_memory_fail_at(0);
    assert_int_equal(verify_key_new(bytes_of(public_key, sizeof public_key), &verify), ERR_NO_MEMORY);
    assert_true(fault_memory_stop());
    assert_null(key);
    assert_null(verify);
}

/* The device id is what any tool gets from the certificate: SHA-256 of the key as OpenSSL writes it in DER.
 */
static void sign_spki_hash__openssl_der__same_hash(void **state)
{
    (void)state;
    struct signing_key *key = key_of_vector();
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    signing_key_public(key, public_key);
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(signing_key_native(key), &der);
    assert_int_equal(len, 44);
    unsigned char expected[HASH_BYTES];
    assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len, expected, NULL), 1);

    struct hash hash = sign_spki_hash(public_key);

    assert_memory_equal(hash.at, expected, HASH_BYTES);
    OPENSSL_free(der);
    signing_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_key__published_vector__same_key_and_signature),
        cmocka_unit_test(verify_key_check__changed_bits__bad_signature),
        cmocka_unit_test(verify_key_new__small_order_or_not_canonical__unauthorised),
        cmocka_unit_test(verify_key_check__malleable_signatures__bad_signature),
        cmocka_unit_test(verify_key_new__forged_under_small_order__never_asked),
        cmocka_unit_test(verify_key_new__just_below_p__taken),
        cmocka_unit_test(verify_key_new__other_length__malformed),
        cmocka_unit_test(signing_key_to_pem__read_back__same_public_key),
        cmocka_unit_test(signing_key_from_pem__no_ed25519_key__malformed),
        cmocka_unit_test(keys__no_memory__reported),
        cmocka_unit_test(sign_spki_hash__openssl_der__same_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
