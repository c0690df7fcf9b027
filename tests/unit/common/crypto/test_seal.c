/* Sealing against published vectors, and against every kind of change. */
#include "common/crypto/seal.h"

#include <stdio.h>

#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

enum { FIELD_BYTES_MAX = 128, HEX_BYTES_MAX = 2 * FIELD_BYTES_MAX + 1 };

struct vector {
    const char *key;
    const char *nonce;
    const char *associated;
    const char *plain;
    const char *cipher;
    const char *tag;
};

struct field {
    uint8_t at[FIELD_BYTES_MAX];
    size_t len;
};

static struct field field_of(const char *hex)
{
    struct field field = {.len = strlen(hex) / 2};
    assert_true(field.len <= FIELD_BYTES_MAX);
    assert_int_equal(hex_decode(hex, field.at, field.len), ERR_OK);
    return field;
}

static struct bytes view(const struct field *field)
{
    return bytes_of(field->at, field->len);
}

static struct seal_key *key_of(uint8_t first)
{
    uint8_t secret[SEAL_KEY_BYTES];
    struct seal_key *key = NULL;
    memset(secret, 0x11, sizeof secret);
    secret[0] = first;
    assert_int_equal(seal_key_new(secret, &key), ERR_OK);
    return key;
}

/* Test cases 13 to 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega), which NIST took over. */
static void seal_open__published_vectors__opened(void **state)
{
    (void)state;
#define ZEROS_16 "00000000000000000000000000000000"
#define KEY "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define PLAIN_60                                                                                             \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aed" \
    "f5"                                                                                                     \
    "aa0de657ba637b39"
#define CIPHER_60                                                                                            \
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e" \
    "63"                                                                                                     \
    "93ba7a0abcc9f662"
    static const struct vector vectors[] = {
        {ZEROS_16 ZEROS_16, "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
        {ZEROS_16 ZEROS_16, "000000000000000000000000", "", ZEROS_16, "cea7403d4d606b6e074ec5d3baf39d18",
         "d0d1c8a799996bf0265b98b5d48ab919"},
        {KEY, "cafebabefacedbaddecaf888", "", PLAIN_60 "1aafd255", CIPHER_60 "898015ad",
         "b094dac5d93471bdec1a502270e3cc6c"},
        {KEY, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", PLAIN_60, CIPHER_60,
         "76fc6ece0f4e1768cddf8853bb2d551b"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char hex[HEX_BYTES_MAX];
        (void)snprintf(hex, sizeof hex, "01%s%s%s", vectors[i].nonce, vectors[i].cipher, vectors[i].tag);
        struct field sealed = field_of(hex);
        struct field secret = field_of(vectors[i].key);
        struct field associated = field_of(vectors[i].associated);
        struct field plain = field_of(vectors[i].plain);
        struct seal_key *key = NULL;
        assert_int_equal(seal_key_new(secret.at, &key), ERR_OK);
        uint8_t out[FIELD_BYTES_MAX];
        assert_int_equal(seal_plain_bytes(view(&sealed)), plain.len);
        assert_int_equal(seal_open(key, view(&associated), view(&sealed), out), ERR_OK);
        assert_memory_equal(out, plain.at, plain.len);
        seal_key_free(key);
    }
#undef ZEROS_16
#undef KEY
#undef PLAIN_60
#undef CIPHER_60
}

/* Every length up to some blocks comes back; the same bytes twice are two sealed strings. */
static void seal__lengths__come_back_and_differ(void **state)
{
    (void)state;
    struct seal_key *key = key_of(1);
    struct bytes place = bytes_of_text("dantin/test");
    uint8_t plain[70];
    for (size_t len = 0; len <= sizeof plain; len++) {
        uint8_t sealed[sizeof plain + SEAL_OVERHEAD_BYTES];
        uint8_t other[sizeof plain + SEAL_OVERHEAD_BYTES];
        uint8_t out[sizeof plain];
        memset(plain, (int)len, sizeof plain);
        seal(key, place, bytes_of(plain, len), sealed);
        seal(key, place, bytes_of(plain, len), other);
        struct bytes view_of_sealed = bytes_of(sealed, len + SEAL_OVERHEAD_BYTES);
        assert_memory_not_equal(sealed, other, len + SEAL_OVERHEAD_BYTES);
        assert_int_equal(seal_open(key, place, view_of_sealed, out), ERR_OK);
        assert_memory_equal(out, plain, len);
    }
    seal_key_free(key);
}

/* One bit of it changed, one byte cut or added: refused, and nothing half opened is left in the output. */
static void seal_open__any_change__refused_and_wiped(void **state)
{
    (void)state;
    struct seal_key *key = key_of(1);
    struct bytes place = bytes_of_text("dantin/test");
    struct bytes plain = bytes_of_text("012345678901234567890");
    static const uint8_t wiped[32];
    uint8_t sealed[64];
    uint8_t out[64];
    size_t len = plain.len + SEAL_OVERHEAD_BYTES;
    seal(key, place, plain, sealed);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
        memset(out, 0, sizeof out);
        enum err err = seal_open(key, place, bytes_of(sealed, len), out);
        assert_int_equal(err, bit < 8 ? ERR_MALFORMED : ERR_SEALED);
        assert_memory_equal(out, wiped, plain.len);
        sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++) {
        enum err err = seal_open(key, place, bytes_of(sealed, cut), out);
        assert_int_equal(err, cut < SEAL_OVERHEAD_BYTES ? ERR_MALFORMED : ERR_SEALED);
    }
    sealed[len] = 0;
    assert_int_equal(seal_open(key, place, bytes_of(sealed, len + 1), out), ERR_SEALED);
    assert_int_equal(seal_open(key, place, bytes_of(sealed, len), out), ERR_OK);
    seal_key_free(key);
}

/* What is sealed for one place under one key opens nowhere else. */
static void seal_open__other_key_or_place__refused(void **state)
{
    (void)state;
    struct seal_key *key = key_of(1);
    struct seal_key *other = key_of(2);
    uint8_t sealed[3 + SEAL_OVERHEAD_BYTES];
    uint8_t out[3];
    struct bytes view_of_sealed = bytes_of(sealed, sizeof sealed);
    seal(key, bytes_of_text("a"), bytes_of_text("abc"), sealed);
    assert_int_equal(seal_open(other, bytes_of_text("a"), view_of_sealed, out), ERR_SEALED);
    assert_int_equal(seal_open(key, bytes_of_text("b"), view_of_sealed, out), ERR_SEALED);
    assert_int_equal(seal_open(key, bytes_of(NULL, 0), view_of_sealed, out), ERR_SEALED);
    assert_int_equal(seal_open(key, bytes_of_text("a"), view_of_sealed, out), ERR_OK);
    seal_key_free(key);
    seal_key_free(other);
    seal_key_free(NULL);
}

/* RFC 5869, cases 1, 2 (longer than one block) and 3 (neither salt nor info). */
static void seal_derive__published_vectors__match(void **state)
{
    (void)state;
    uint8_t secret[80];
    uint8_t salt[80];
    uint8_t info[80];
    uint8_t out[82];
    memset(secret, 0x0B, 22);
    for (unsigned i = 0; i < 80; i++) {
        salt[i] = (uint8_t)i;
        info[i] = (uint8_t)(0xF0 + i);
    }
    seal_derive(bytes_of(secret, 22), bytes_of(salt, 13), bytes_of(info, 10), out, 42);
    struct field first =
        field_of("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    assert_memory_equal(out, first.at, 42);
    for (unsigned i = 0; i < 80; i++) {
        secret[i] = (uint8_t)i;
        salt[i] = (uint8_t)(0x60 + i);
        info[i] = (uint8_t)(0xB0 + i);
    }
    seal_derive(bytes_of(secret, 80), bytes_of(salt, 80), bytes_of(info, 80), out, 82);
    struct field second = field_of(
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e0"
        "9da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    assert_memory_equal(out, second.at, 82);
    memset(secret, 0x0B, 22);
    seal_derive(bytes_of(secret, 22), bytes_of(NULL, 0), bytes_of(NULL, 0), out, 42);
    struct field third =
        field_of("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    assert_memory_equal(out, third.at, 42);
}

/* Nothing is left of a secret, and nothing of nothing is fine. */
static void seal_wipe__secret__gone(void **state)
{
    (void)state;
    uint8_t secret[5] = "abcd";
    static const uint8_t wiped[5];
    seal_wipe(secret, sizeof secret);
    assert_memory_equal(secret, wiped, sizeof secret);
    seal_wipe(NULL, 0);
}

/* Without memory a key is refused and nothing leaks. */
static void seal_key_new__out_of_memory__said(void **state)
{
    (void)state;
    static const uint8_t secret[SEAL_KEY_BYTES];
    struct seal_key *key = NULL;
    fault_memory_fail_at(0);
    enum err err = seal_key_new(secret, &key);
    assert_true(fault_memory_stop());
    assert_int_equal(err, ERR_NO_MEMORY);
    assert_null(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seal_open__published_vectors__opened),
        cmocka_unit_test(seal__lengths__come_back_and_differ),
        cmocka_unit_test(seal_open__any_change__refused_and_wiped),
        cmocka_unit_test(seal_open__other_key_or_place__refused),
        cmocka_unit_test(seal_derive__published_vectors__match),
        cmocka_unit_test(seal_wipe__secret__gone),
        cmocka_unit_test(seal_key_new__out_of_memory__said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
