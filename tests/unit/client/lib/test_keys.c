/* The device's key is made once and kept to its owner; a certificate is installed only when everything about it fits. */
#include "tests/lib/test.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "client/lib/keys.h"
#include "client/lib/platform.h"
#include "common/base/clock.h"
#include "tests/lib/certs.h"
#include "tests/lib/folder.h"

enum { FAR_YEARS = 20 };

static const int64_t year_ms = 365LL * 24 * 3600 * 1000;
static char folder[FOLDER_PATH_BYTES];
static struct certs_authority *authority;
static struct certs_identity device;

static void write_file(const char *name, struct bytes content)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    assert_int_equal(platform_path_join(folder, name, path, sizeof path), ERR_OK);
    assert_int_equal(platform_file_replace(path, content, true), ERR_OK);
}

static const char *in_folder(const char *name)
{
    static char paths[2][PLATFORM_PATH_BYTES_MAX];
    static unsigned next;
    next ^= 1;
    assert_int_equal(platform_path_join(folder, name, paths[next], sizeof paths[next]), ERR_OK);
    return paths[next];
}

/* A home whose key is that of a certificate just issued. */
static int setup(void **state)
{
    (void)state;
    folder_new(folder);
    authority = certs_authority_new();
    certs_issue_device(authority, &device);
    write_file("device.key", bytes_of_text(device.key_pem));
    write_file("sent.crt", bytes_of_text(device.certificate_pem));
    write_file("sent-ca.crt", certs_authority_pem(authority));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    certs_authority_free(authority);
    folder_remove(folder);
    return 0;
}

static enum err install(const struct hash *as, int64_t now_ms, enum keys_fault *ret_fault)
{
    *ret_fault = KEYS_FINE;
    return keys_install(folder, as, in_folder("sent.crt"), in_folder("sent-ca.crt"), now_ms, ret_fault);
}

/* A key is never replaced: with it the device's identity would be lost. */
static void keys_create__twice__second_refused(void **state)
{
    (void)state;
    char fresh[FOLDER_PATH_BYTES];
    char path[PLATFORM_PATH_BYTES_MAX];
    struct hash first = {{0}};
    struct hash second = {{0}};
    struct keys keys = {0};
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    folder_new(fresh);

    assert_int_equal(keys_load(fresh, &keys), ERR_NOT_FOUND);
    assert_int_equal(keys_create(fresh, &first), ERR_OK);
    assert_int_equal(keys_create(fresh, &second), ERR_EXISTS);
    assert_true(hash_is_none(&second));
    assert_int_equal(platform_path_join(fresh, "device.key", path, sizeof path), ERR_OK);
    assert_true(platform_file_is_private(path));
    assert_int_equal(keys_load(fresh, &keys), ERR_OK);
    signing_key_public(keys.key, public_key);
    struct hash device_id = sign_spki_hash(public_key);
    assert_true(hash_equal(&device_id, &first));
    assert_null(keys.certificate_pem);

    keys_release(&keys);
    keys_release(NULL);
    folder_remove(fresh);
}

/* The request names the device and proves that its sender holds the key. */
static void keys_write_request__read_back__signed_with_the_device_name(void **state)
{
    (void)state;
    char path[PLATFORM_PATH_BYTES_MAX];
    char wanted[HASH_HEX_BYTES];
    char name[HASH_HEX_BYTES] = "";

    assert_int_equal(keys_write_request(folder, in_folder("device.csr"), path, sizeof path), ERR_OK);

    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    X509_REQ *request = PEM_read_X509_REQ(file, NULL, NULL, NULL);
    (void)fclose(file); /* only read */
    assert_non_null(request);
    assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
    assert_int_equal(
        X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request), NID_commonName, name, sizeof name), 64);
    hex_encode(bytes_of(device.device.at, HASH_BYTES), wanted);
    assert_string_equal(name, wanted);
    X509_REQ_free(request);
}

/* What fits is installed and loaded. */
static void keys_install__everything_fits__loaded(void **state)
{
    (void)state;
    enum keys_fault fault = KEYS_FINE;
    struct keys keys = {0};
    int64_t days = 0;

    assert_int_equal(install(&device.device, clock_now_ms(), &fault), ERR_OK);

    assert_int_equal(keys_load(folder, &keys), ERR_OK);
    assert_string_equal(keys.certificate_pem, device.certificate_pem);
    assert_non_null(keys.authority_pem);
    assert_int_equal(keys_days_left(keys.certificate_pem, clock_now_ms(), &days), ERR_OK);
    assert_true(days >= 0);
    assert_int_equal(keys_days_left(keys.certificate_pem, clock_now_ms() + FAR_YEARS * year_ms, &days),
                     ERR_OK);
    assert_true(days < 0);
    assert_int_equal(keys_days_left("no certificate", 0, &days), ERR_MALFORMED);
    keys_release(&keys);
}

static void assert_not_installed(const struct hash *as, int64_t now_ms, enum keys_fault expected)
{
    enum keys_fault fault = KEYS_FINE;
    assert_int_equal(install(as, now_ms, &fault), ERR_CONFIG);
    assert_int_equal(fault, expected);
    assert_false(platform_file_exists(in_folder("device.crt")));
    assert_false(platform_file_exists(in_folder("ca.crt")));
}

/* Each thing that does not fit is told apart, and nothing is installed. */
static void keys_install__something_wrong__named_and_nothing_installed(void **state)
{
    (void)state;
    struct certs_identity other;
    struct certs_authority *stranger = certs_authority_new();
    struct hash other_device = {{1}};
    int64_t now_ms = clock_now_ms();

    assert_not_installed(&other_device, now_ms, KEYS_OTHER_DEVICE);
    assert_not_installed(&device.device, now_ms + FAR_YEARS * year_ms, KEYS_OUT_OF_DATE);
    write_file("sent-ca.crt", certs_authority_pem(stranger));
    assert_not_installed(&device.device, now_ms, KEYS_OTHER_AUTHORITY);
    write_file("sent-ca.crt", certs_authority_pem(authority));
    certs_issue_device(authority, &other);
    write_file("sent.crt", bytes_of_text(other.certificate_pem));
    assert_not_installed(&device.device, now_ms, KEYS_OTHER_KEY);
    write_file("sent.crt", bytes_of_text("-----BEGIN NONSENSE-----"));
    assert_not_installed(&device.device, now_ms, KEYS_UNREADABLE);

    certs_authority_free(stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_create__twice__second_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_write_request__read_back__signed_with_the_device_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(keys_install__everything_fits__loaded, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_install__something_wrong__named_and_nothing_installed, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
