/* Keys under a passphrase: what goes in comes out, other secrets and spoiled files are told, and OpenSSL reads the same file. */
#include "common/crypto/key_file.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "tests/lib/test.h"

static const char secret[] = "mật khẩu của chị Lan";
static char file[SIGN_PEM_BYTES_MAX];
static struct signing_key *key;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(signing_key_generate(&key), ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    signing_key_free(key);
    return 0;
}

static enum err open_with(const char *text, const char *tried, uint8_t *ret_public, uint8_t *ret_extra,
                          size_t *ret_extra_len)
{
    struct signing_key *opened = NULL;
    enum err err =
        key_file_open(bytes_of_text(text), bytes_of_text(tried), &opened, ret_extra, ret_extra_len);
    if (err == ERR_OK) {
        signing_key_public(opened, ret_public);
    } else {
        assert_null(opened);
    }
    signing_key_free(opened);
    return err;
}

/* The key and what is wrapped with it come back whole, under the very secret only. */
static void key_file__sealed_and_opened__same_key_and_extra(void **state)
{
    (void)state;
    uint8_t extra[KEY_FILE_EXTRA_BYTES_MAX];
    uint8_t read[KEY_FILE_EXTRA_BYTES_MAX];
    uint8_t expected[SIGN_PUBLIC_KEY_BYTES];
    uint8_t found[SIGN_PUBLIC_KEY_BYTES];
    size_t lengths[] = {0, 1, 64, KEY_FILE_EXTRA_BYTES_MAX};
    signing_key_public(key, expected);
    for (size_t i = 0; i < sizeof extra; i++) {
        extra[i] = (uint8_t)(i * 7);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t len = 99;
        assert_int_equal(
            key_file_seal(key, bytes_of(extra, lengths[i]), bytes_of_text(secret), KEY_FILE_FOR_TESTS, file),
            ERR_OK);

        assert_int_equal(open_with(file, secret, found, read, &len), ERR_OK);

        assert_memory_equal(found, expected, sizeof found);
        assert_int_equal(len, lengths[i]);
        assert_memory_equal(read, extra, len);
        assert_non_null(strstr(file, "BEGIN ENCRYPTED PRIVATE KEY"));
    }
    assert_int_equal(key_file_seal(key, bytes_of(extra, sizeof extra + 1), bytes_of_text(secret),
                                   KEY_FILE_FOR_TESTS, file),
                     ERR_TOO_BIG);
}

/* A wrong secret is told apart from a file that is none. */
static void key_file_open__wrong_secret_or_no_file__told_apart(void **state)
{
    (void)state;
    static const char *const secrets[] = {"", "mật khẩu của chị Lam", "mật khẩu của chị Lan "};
    uint8_t extra[KEY_FILE_EXTRA_BYTES_MAX];
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    size_t len = 0;
    char plain[SIGN_PEM_BYTES_MAX];
    assert_int_equal(key_file_seal(key, bytes_of("x", 1), bytes_of_text(secret), KEY_FILE_FOR_TESTS, file),
                     ERR_OK);

    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        assert_int_equal(open_with(file, secrets[i], public_key, extra, &len), ERR_PASSPHRASE);
    }
    assert_int_equal(signing_key_to_pem(key, plain), ERR_OK);
    assert_int_equal(open_with(plain, secret, public_key, extra, &len), ERR_MALFORMED);
    assert_int_equal(open_with("", secret, public_key, extra, &len), ERR_MALFORMED);
    assert_int_equal(open_with("-----BEGIN NONSENSE-----", secret, public_key, extra, &len), ERR_MALFORMED);
}

/* Bytes from the disk: whatever is changed in them gives an error or the same key, never a fault. */
static void key_file_open__every_byte_changed__error_or_same_key(void **state)
{
    (void)state;
    uint8_t extra[KEY_FILE_EXTRA_BYTES_MAX];
    uint8_t expected[SIGN_PUBLIC_KEY_BYTES];
    uint8_t found[SIGN_PUBLIC_KEY_BYTES];
    signing_key_public(key, expected);
    assert_int_equal(key_file_seal(key, bytes_of("x", 1), bytes_of_text(secret), KEY_FILE_FOR_TESTS, file),
                     ERR_OK);
    size_t failed = 0;
    size_t len_of_file = strlen(file);
    for (size_t i = 0; i < len_of_file; i++) {
        char kept = file[i];
        size_t len = 0;
        file[i] = kept == 'A' ? 'B' : 'A';
        enum err err = open_with(file, secret, found, extra, &len);
        assert_true(err == ERR_OK || err == ERR_PASSPHRASE || err == ERR_MALFORMED);
        failed += err != ERR_OK;
        file[i] = kept;
    }
    assert_true(failed > len_of_file / 2);
}

static int give_secret(char *out, int size, int is_writing, void *context)
{
    (void)is_writing, (void)context;
    int len = (int)strlen(secret);
    assert_true(len <= size);
    memcpy(out, secret, (size_t)len);
    return len;
}

/* A file of full cost is what its constants say, and OpenSSL's own reader takes it: no format of ours stands between people and
 * their key. */
static void key_file_seal__strong__read_by_openssl(void **state)
{
    (void)state;
    assert_int_equal(key_file_seal(key, bytes_of("extra", 5), bytes_of_text(secret), KEY_FILE_STRONG, file),
                     ERR_OK);
    assert_false(key_file_is_weak(bytes_of_text(file)));

    BIO *memory = BIO_new_mem_buf(file, -1);
    EVP_PKEY *read = PEM_read_bio_PrivateKey(memory, NULL, give_secret, NULL);

    assert_non_null(read);
    assert_int_equal(EVP_PKEY_eq(read, signing_key_native(key)), 1);
    EVP_PKEY_free(read);
    BIO_free(memory);
    assert_int_equal(key_file_seal(key, bytes_of(NULL, 0), bytes_of_text(secret), KEY_FILE_FOR_TESTS, file),
                     ERR_OK);
    assert_true(key_file_is_weak(bytes_of_text(file)));
    assert_true(key_file_is_weak(bytes_of_text("nothing")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(key_file__sealed_and_opened__same_key_and_extra, setup, teardown),
        cmocka_unit_test_setup_teardown(key_file_open__wrong_secret_or_no_file__told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(key_file_open__every_byte_changed__error_or_same_key, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(key_file_seal__strong__read_by_openssl, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
