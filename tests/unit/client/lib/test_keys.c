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
static struct keys keys; /* of that identity */
static const char passphrase[] = "mật khẩu của chị Lan";

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

/* A folder and keys that are those of a certificate just issued. */
static int setup(void **state)
{
    (void)state;
    uint8_t packed[KEYS_PACKED_BYTES] = {0};
    struct signing_key *key = NULL;
    folder_new(folder);
    authority = certs_authority_new();
    certs_issue_device(authority, &device);
    assert_int_equal(signing_key_from_pem(bytes_of_text(device.key_pem), &key), ERR_OK);
    signing_key_seed(key, packed);
    signing_key_free(key);
    memcpy(packed + KEYS_PACKED_BYTES - HASH_BYTES, device.device.at, HASH_BYTES);
    assert_int_equal(keys_unpack(bytes_of(packed, sizeof packed), folder, &keys), ERR_OK);
    write_file("sent.crt", bytes_of_text(device.certificate_pem));
    write_file("sent-ca.crt", certs_authority_pem(authority));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    keys_release(&keys);
    certs_authority_free(authority);
    folder_remove(folder);
    return 0;
}

static enum err install(int64_t now_ms, enum keys_fault *ret_fault)
{
    *ret_fault = KEYS_FINE;
    return keys_install(folder, &keys, in_folder("sent.crt"), in_folder("sent-ca.crt"), now_ms, ret_fault);
}

static void assert_same_keys(const struct keys *a, const struct keys *b)
{
    uint8_t packed[2][KEYS_PACKED_BYTES];
    keys_pack(a, packed[0]);
    keys_pack(b, packed[1]);
    assert_memory_equal(packed[0], packed[1], sizeof packed[0]);
}

static void create(const char *name, const uint8_t *store_key, char *ret_code, struct keys *ret_keys)
{
    char person[PLATFORM_PATH_BYTES_MAX];
    assert_int_equal(keys_folder(folder, name, person), ERR_OK);
    assert_int_equal(keys_create(person, passphrase, KEY_FILE_FOR_TESTS, store_key, ret_code, ret_keys),
                     ERR_OK);
}

/* A key is never replaced: with it the device's identity would be lost. Nobody else can read it. */
static void keys_create__twice__second_refused(void **state)
{
    (void)state;
    char person[PLATFORM_PATH_BYTES_MAX];
    char path[PLATFORM_PATH_BYTES_MAX];
    char code[KEYS_CODE_TEXT_BYTES] = "none";
    struct keys first = {0};
    struct keys again = {0};
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    assert_int_equal(keys_folder(folder, "lan", person), ERR_OK);

    assert_int_equal(keys_unlock(person, passphrase, &again), ERR_NOT_FOUND);
    create("lan", NULL, code, &first);
    assert_int_equal(keys_create(person, passphrase, KEY_FILE_FOR_TESTS, NULL, code, &again), ERR_EXISTS);

    assert_null(again.key);
    assert_int_equal(platform_path_join(person, "device.key", path, sizeof path), ERR_OK);
    assert_true(platform_file_is_private(path));
    assert_int_equal(platform_path_join(person, "recovery.key", path, sizeof path), ERR_OK);
    assert_true(platform_file_is_private(path));
    assert_int_equal(keys_unlock(person, passphrase, &again), ERR_OK);
    assert_same_keys(&first, &again);
    assert_null(again.certificate_pem);
    signing_key_public(again.key, public_key);
    struct hash device_id = sign_spki_hash(public_key);
    assert_true(hash_equal(&device_id, &again.device));
    keys_release(&first);
    keys_release(&again);
    keys_release(NULL);
}

/* The passphrase opens, however the keyboard composed it; the code opens; nothing else does. */
static void keys_unlock__passphrase_or_code__same_keys(void **state)
{
    (void)state;
    char person[PLATFORM_PATH_BYTES_MAX];
    char code[KEYS_CODE_TEXT_BYTES];
    char other[KEYS_CODE_TEXT_BYTES];
    struct keys first = {0};
    struct keys again = {0};
    create("lan", NULL, code, &first);
    assert_int_equal(keys_folder(folder, "lan", person), ERR_OK);

    assert_int_equal(keys_unlock(person, "ma\xcc\xa3\xcc\x82t khẩu của  chị Lan", &again), ERR_OK);
    assert_same_keys(&first, &again);
    keys_release(&again);
    assert_int_equal(keys_recover(person, code, &again), ERR_OK);
    assert_same_keys(&first, &again);
    keys_release(&again);
    assert_int_equal(keys_unlock(person, "mật khẩu của chị lan", &again), ERR_PASSPHRASE);
    assert_int_equal(keys_unlock(person, "\xff\xfe", &again), ERR_PASSPHRASE);
    assert_int_equal(keys_unlock(person, "", &again), ERR_PASSPHRASE);
    assert_int_equal(keys_unlock(person, code, &again), ERR_PASSPHRASE);
    keys_code_draw(other);
    assert_int_equal(keys_recover(person, other, &again), ERR_PASSPHRASE);
    assert_int_equal(keys_recover(person, passphrase, &again), ERR_MALFORMED);
    assert_null(again.key);
    keys_release(&first);
}

/* What is set anew counts from then on, and what it replaced opens nothing. */
static void keys_set__passphrase_and_code__old_ones_worth_nothing(void **state)
{
    (void)state;
    char person[PLATFORM_PATH_BYTES_MAX];
    char old_code[KEYS_CODE_TEXT_BYTES];
    char code[KEYS_CODE_TEXT_BYTES];
    struct keys first = {0};
    struct keys again = {0};
    create("lan", NULL, old_code, &first);
    assert_int_equal(keys_folder(folder, "lan", person), ERR_OK);

    assert_int_equal(keys_set_passphrase(person, &first, "một câu hoàn toàn khác", KEY_FILE_FOR_TESTS),
                     ERR_OK);
    assert_int_equal(keys_set_code(person, &first, KEY_FILE_FOR_TESTS, code), ERR_OK);

    assert_int_equal(keys_unlock(person, passphrase, &again), ERR_PASSPHRASE);
    assert_int_equal(keys_recover(person, old_code, &again), ERR_PASSPHRASE);
    assert_int_equal(keys_unlock(person, "một câu hoàn toàn khác", &again), ERR_OK);
    assert_same_keys(&first, &again);
    keys_release(&again);
    assert_int_equal(keys_recover(person, code, &again), ERR_OK);
    assert_same_keys(&first, &again);
    keys_release(&again);
    keys_release(&first);
    assert_true(keys_is_weak(person));
}

/* A passphrase that changes meanwhile is the waiting key's too; what the province refused is given up without a trace. */
static void keys_next__passphrase_changed_or_given_up__present_key_goes_on(void **state)
{
    (void)state;
    static const char other[] = "một mật khẩu khác";
    char person[PLATFORM_PATH_BYTES_MAX];
    char path[PLATFORM_PATH_BYTES_MAX];
    char code[KEYS_CODE_TEXT_BYTES];
    struct keys first = {0};
    struct keys next = {0};
    struct keys again = {0};
    create("lan", NULL, code, &first);
    assert_int_equal(keys_folder(folder, "lan", person), ERR_OK);
    assert_int_equal(keys_next_set_passphrase(person, passphrase, other, KEY_FILE_FOR_TESTS), ERR_OK);
    assert_int_equal(keys_next_create(person, passphrase, KEY_FILE_FOR_TESTS, code, &next), ERR_OK);

    assert_int_equal(keys_next_set_passphrase(person, passphrase, other, KEY_FILE_FOR_TESTS), ERR_OK);

    assert_int_equal(keys_next_unlock(person, passphrase, &again), ERR_PASSPHRASE);
    assert_int_equal(keys_next_unlock(person, other, &again), ERR_OK);
    assert_same_keys(&next, &again);
    keys_release(&again);
    assert_int_equal(keys_next_drop(person), ERR_OK);
    assert_int_equal(keys_next_drop(person), ERR_OK);
    assert_int_equal(keys_next_unlock(person, other, &again), ERR_NOT_FOUND);
    assert_int_equal(platform_path_join(person, "next-recovery.key", path, sizeof path), ERR_OK);
    assert_false(platform_file_exists(path));
    assert_int_equal(keys_unlock(person, passphrase, &again), ERR_OK);
    assert_same_keys(&first, &again);
    keys_release(&again);
    keys_release(&next);
    keys_release(&first);
}

/* A key that follows waits beside the present one, which goes on working, and then takes its place: same device, same store; also
 * after a power cut between the two files. */
static void keys_next__made_and_adopted__same_device_new_key(void **state)
{
    (void)state;
    char person[PLATFORM_PATH_BYTES_MAX];
    char path[PLATFORM_PATH_BYTES_MAX];
    char moved[PLATFORM_PATH_BYTES_MAX];
    char old_code[KEYS_CODE_TEXT_BYTES];
    char code[KEYS_CODE_TEXT_BYTES];
    uint8_t public_key[2][SIGN_PUBLIC_KEY_BYTES];
    struct keys first = {0};
    struct keys next = {0};
    struct keys again = {0};
    create("lan", NULL, old_code, &first);
    assert_int_equal(keys_folder(folder, "lan", person), ERR_OK);
    assert_int_equal(keys_next_unlock(person, passphrase, &next), ERR_NOT_FOUND);
    assert_int_equal(keys_next_adopt(person), ERR_NOT_FOUND);
    assert_int_equal(keys_next_create(person, "something else", KEY_FILE_FOR_TESTS, code, &next),
                     ERR_PASSPHRASE);

    assert_int_equal(keys_next_create(person, passphrase, KEY_FILE_FOR_TESTS, code, &next), ERR_OK);

    signing_key_public(first.key, public_key[0]);
    signing_key_public(next.key, public_key[1]);
    assert_memory_not_equal(public_key[0], public_key[1], sizeof public_key[0]);
    assert_true(hash_equal(&next.device, &first.device));
    assert_memory_equal(next.store_key, first.store_key, KEYS_STORE_KEY_BYTES);
    assert_int_equal(keys_next_create(person, passphrase, KEY_FILE_FOR_TESTS, code, &again), ERR_EXISTS);
    assert_int_equal(keys_unlock(person, passphrase, &again), ERR_OK);
    assert_same_keys(&first, &again);
    keys_release(&again);
    assert_int_equal(keys_next_unlock(person, passphrase, &again), ERR_OK);
    assert_same_keys(&next, &again);
    keys_release(&again);
    assert_int_equal(platform_path_join(person, "next-recovery.key", path, sizeof path), ERR_OK);
    assert_int_equal(platform_path_join(person, "recovery.key", moved, sizeof moved), ERR_OK);
    assert_int_equal(platform_file_move(path, moved), ERR_OK); /* as far as it came before the cut */
    assert_int_equal(keys_next_adopt(person), ERR_OK);
    assert_int_equal(keys_unlock(person, passphrase, &again), ERR_OK);
    assert_same_keys(&next, &again);
    keys_release(&again);
    assert_int_equal(keys_recover(person, code, &again), ERR_OK);
    assert_same_keys(&next, &again);
    keys_release(&again);
    assert_int_equal(keys_recover(person, old_code, &again), ERR_PASSPHRASE);
    assert_int_equal(keys_next_adopt(person), ERR_NOT_FOUND);
    keys_release(&first);
    keys_release(&next);
}

/* Whoever forgot the passphrase while a change of key is under way opens each key with its own code, also after an adoption that was
 * cut between the two. */
static void keys_next__recovered_with_its_code__goes_on(void **state)
{
    (void)state;
    static const char other[] = "mật khẩu khác hẳn";
    char person[PLATFORM_PATH_BYTES_MAX];
    char path[PLATFORM_PATH_BYTES_MAX];
    char moved[PLATFORM_PATH_BYTES_MAX];
    char old_code[KEYS_CODE_TEXT_BYTES];
    char code[KEYS_CODE_TEXT_BYTES];
    struct keys first = {0};
    struct keys next = {0};
    struct keys again = {0};
    create("lan", NULL, old_code, &first);
    assert_int_equal(keys_folder(folder, "lan", person), ERR_OK);
    assert_int_equal(keys_next_recover(person, old_code, other, KEY_FILE_FOR_TESTS), ERR_NOT_FOUND);
    assert_int_equal(keys_next_create(person, passphrase, KEY_FILE_FOR_TESTS, code, &next), ERR_OK);

    assert_int_equal(keys_next_recover(person, old_code, other, KEY_FILE_FOR_TESTS), ERR_NOT_FOUND);
    assert_int_equal(keys_next_recover(person, "no code", other, KEY_FILE_FOR_TESTS), ERR_MALFORMED);
    assert_int_equal(keys_next_recover(person, code, other, KEY_FILE_FOR_TESTS), ERR_OK);

    assert_int_equal(keys_next_unlock(person, passphrase, &again), ERR_PASSPHRASE);
    assert_int_equal(keys_next_unlock(person, other, &again), ERR_OK);
    assert_same_keys(&next, &again);
    keys_release(&again);
    assert_int_equal(keys_unlock(person, passphrase, &again), ERR_OK);
    assert_same_keys(&first, &again);
    keys_release(&again);
    assert_int_equal(platform_path_join(person, "next-recovery.key", path, sizeof path), ERR_OK);
    assert_int_equal(platform_path_join(person, "recovery.key", moved, sizeof moved), ERR_OK);
    assert_int_equal(platform_file_move(path, moved), ERR_OK); /* as far as it came before the cut */
    assert_int_equal(keys_next_recover(person, code, passphrase, KEY_FILE_FOR_TESTS), ERR_OK);
    assert_int_equal(keys_next_adopt(person), ERR_OK);
    assert_int_equal(keys_unlock(person, passphrase, &again), ERR_OK);
    assert_same_keys(&next, &again);
    keys_release(&again);
    keys_release(&first);
    keys_release(&next);
}

/* Several persons share the store's key and nothing else; whoever is meant must be said when there are several. */
static void keys_choose__several_persons__named(void **state)
{
    (void)state;
    char names[KEYS_PERSONS_MAX][KEYS_PERSON_BYTES_MAX + 1];
    char chosen[KEYS_PERSON_BYTES_MAX + 1] = "";
    char code[KEYS_CODE_TEXT_BYTES];
    size_t count = 9;
    struct keys lan = {0};
    struct keys an = {0};
    assert_int_equal(keys_persons(folder, names, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(keys_choose(folder, NULL, chosen), ERR_NOT_FOUND);
    create("lan", NULL, code, &lan);
    assert_int_equal(keys_choose(folder, NULL, chosen), ERR_OK);
    assert_string_equal(chosen, "lan");

    create("an", lan.store_key, code, &an);

    assert_memory_equal(lan.store_key, an.store_key, KEYS_STORE_KEY_BYTES);
    assert_false(hash_equal(&lan.device, &an.device));
    assert_int_equal(keys_persons(folder, names, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "an");
    assert_string_equal(names[1], "lan");
    assert_int_equal(keys_choose(folder, NULL, chosen), ERR_AMBIGUOUS);
    assert_int_equal(keys_choose(folder, "an", chosen), ERR_OK);
    assert_string_equal(chosen, "an");
    assert_int_equal(keys_choose(folder, "binh", chosen), ERR_NOT_FOUND);
    keys_release(&lan);
    keys_release(&an);
}

/* A name becomes a folder: nothing in it may lead elsewhere. */
static void keys_is_person__names__only_plain_ones(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    ".",    "..",  "a/b",
                                      "Lan", "-a",   "_a",  "a b",
                                      "lân", "a\nb", "a.b", "0123456789012345678901234567890123"};
    static const char *const good[] = {
        "a", "9", "lan", "nguyen-thi-lan", "a_1", "01234567890123456789012345678901"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(keys_is_person(bad[i]));
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(keys_is_person(good[i]));
    }
    assert_false(keys_is_passphrase("chín chữ"));
    assert_false(keys_is_passphrase("          x          "));
    assert_true(keys_is_passphrase("mười chữ đó"));
    assert_false(keys_is_passphrase("\xc3\x28 not a text at all"));
}

/* The request names the device and proves that its sender holds the key. */
static void keys_write_request__read_back__signed_with_the_device_name(void **state)
{
    (void)state;
    char path[PLATFORM_PATH_BYTES_MAX];
    char wanted[HASH_HEX_BYTES];
    char name[HASH_HEX_BYTES] = "";

    assert_int_equal(keys_write_request(&keys, in_folder("device.csr"), path, sizeof path), ERR_OK);

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
    int64_t days = 0;

    assert_int_equal(install(clock_now_ms(), &fault), ERR_OK);

    assert_string_equal(keys.certificate_pem, device.certificate_pem);
    assert_non_null(keys.authority_pem);
    assert_int_equal(keys_days_left(keys.certificate_pem, clock_now_ms(), &days), ERR_OK);
    assert_true(days >= 0);
    assert_int_equal(keys_days_left(keys.certificate_pem, clock_now_ms() + FAR_YEARS * year_ms, &days),
                     ERR_OK);
    assert_true(days < 0);
    assert_int_equal(keys_days_left("no certificate", 0, &days), ERR_MALFORMED);
}

static void assert_not_installed(int64_t now_ms, enum keys_fault expected)
{
    enum keys_fault fault = KEYS_FINE;
    assert_int_equal(install(now_ms, &fault), ERR_CONFIG);
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
    int64_t now_ms = clock_now_ms();

    keys.device.at[0] ^= 1;
    assert_not_installed(now_ms, KEYS_OTHER_DEVICE);
    keys.device.at[0] ^= 1;
    assert_not_installed(now_ms + FAR_YEARS * year_ms, KEYS_OUT_OF_DATE);
    write_file("sent-ca.crt", certs_authority_pem(stranger));
    assert_not_installed(now_ms, KEYS_OTHER_AUTHORITY);
    write_file("sent-ca.crt", certs_authority_pem(authority));
    certs_issue_device(authority, &other);
    write_file("sent.crt", bytes_of_text(other.certificate_pem));
    assert_not_installed(now_ms, KEYS_OTHER_KEY);
    write_file("sent.crt", bytes_of_text("-----BEGIN NONSENSE-----"));
    assert_not_installed(now_ms, KEYS_UNREADABLE);

    certs_authority_free(stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_create__twice__second_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_unlock__passphrase_or_code__same_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_set__passphrase_and_code__old_ones_worth_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(keys_next__made_and_adopted__same_device_new_key, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_next__recovered_with_its_code__goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_next__passphrase_changed_or_given_up__present_key_goes_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(keys_choose__several_persons__named, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_is_person__names__only_plain_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_write_request__read_back__signed_with_the_device_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(keys_install__everything_fits__loaded, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_install__something_wrong__named_and_nothing_installed, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
