/* SHA-256 and HMAC against published vectors. */
#include "common/crypto/hash.h"

#include <pthread.h>

#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

static void assert_hash(struct hash hash, const char *hex)
{
    char text[HASH_HEX_BYTES];
    hex_encode(bytes_of(hash.at, HASH_BYTES), text);
    assert_string_equal(text, hex);
}

/* FIPS 180-2, appendix B, and the empty message. */
static void hash_of__published_vectors__match(void **state)
{
    (void)state;
    assert_hash(hash_of_one(bytes_of(NULL, 0)),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash(hash_of_one(bytes_of_text("abc")),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct bytes parts[] = {
        bytes_of_text("abcdbcdecdefdefgefgh"),
        bytes_of(NULL, 0),
        bytes_of_text("fghighijhijkijkljklmklmnlmnomnopnopq"),
    };
    assert_hash(hash_of(parts, 3), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* RFC 4231, cases 1, 2 and 6 (a key longer than a block). */
static void hash_hmac__published_vectors__match(void **state)
{
    (void)state;
    uint8_t key[131];
    memset(key, 0x0B, sizeof key);
    assert_hash(hash_hmac(bytes_of(key, 20), bytes_of_text("Hi There")),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_hash(hash_hmac(bytes_of_text("Jefe"), bytes_of_text("what do ya want for nothing?")),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xAA, sizeof key);
    assert_hash(hash_hmac(bytes_of(key, 131),
                          bytes_of_text("Test Using Larger Than Block-Size Key - Hash Key First")),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* Piece by piece gives what one call gives, run after run. */
static void hasher__pieces_and_restart__same_as_one_call(void **state)
{
    (void)state;
    struct hasher *hasher = hasher_new();
    assert_non_null(hasher);
    for (unsigned run = 0; run < 3; run++) {
        hasher_start(hasher);
        hasher_add(hasher, bytes_of_text("a"));
        hasher_add(hasher, bytes_of(NULL, 0));
        hasher_add(hasher, bytes_of_text("bc"));
        struct hash hash = hasher_finish(hasher);
        struct hash expected = hash_of_one(bytes_of_text("abc"));
        assert_true(hash_equal(&hash, &expected));
    }
    hasher_free(hasher);
    hasher_free(NULL);
}

/* No memory for a hasher is said, not hidden. */
static void hasher_new__no_memory__null(void **state)
{
    (void)state;
    fault_memory_fail_at(0);
    assert_null(hasher_new());
    assert_true(fault_memory_stop());
}

static void *hash_in_thread(void *context)
{
    struct hash expected = hash_of_one(bytes_of_text("abc"));
    for (unsigned i = 0; i < 1000; i++) {
        struct hash hash = hash_of_one(bytes_of_text("abc"));
        if (!hash_equal(&hash, &expected)) {
            return context;
        }
    }
    return NULL;
}

/* Each thread has a context of its own, given back when it ends (the leak checker watches). */
static void hash_of__several_threads__right(void **state)
{
    (void)state;
    pthread_t threads[4];
    int failed = 0;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, hash_in_thread, &failed), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        void *result = &failed;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_of__published_vectors__match),
        cmocka_unit_test(hash_hmac__published_vectors__match),
        cmocka_unit_test(hasher__pieces_and_restart__same_as_one_call),
        cmocka_unit_test(hasher_new__no_memory__null),
        cmocka_unit_test(hash_of__several_threads__right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
