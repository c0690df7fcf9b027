/* The office's own certificate authority. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "server/ops/certificates.h"

static X509 *parse(const char *pem)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
    BIO_free(in);
    assert_non_null(certificate);
    return certificate;
}

/* Does the leaf chain to the authority for this purpose, as the TLS of the other side will check it? */
static bool is_valid_for(const char *authority_pem, const char *leaf_pem, int purpose)
{
    X509 *authority = parse(authority_pem);
    X509 *leaf = parse(leaf_pem);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_add_cert(store, authority), 1);
    assert_int_equal(X509_STORE_CTX_init(context, store, leaf, NULL), 1);
    assert_int_equal(X509_STORE_CTX_set_purpose(context, purpose), 1);
    bool is_valid = X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(leaf);
    X509_free(authority);
    return is_valid;
}

/* A PKCS#10 request of `key`, signed by `signer`. */
static void make_request(EVP_PKEY *key, EVP_PKEY *signer, const EVP_MD *digest, char *ret_pem)
{
    X509_REQ *request = X509_REQ_new();
    BIO *out = BIO_new(BIO_s_mem());
    const char *text;
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    assert_true(X509_REQ_sign(request, signer, digest) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(out, request), 1);
    long len = BIO_get_mem_data(out, (char **)(void *)&text);
    memcpy(ret_pem, text, (size_t)len);
    ret_pem[len] = 0;
    BIO_free(out);
    X509_REQ_free(request);
}

/* A device certificate proves a client and nothing else, and bears the device's id. */
static void certificate_for_device__good_request__valid_client_only(void **state)
{
    (void)state;
    char authority[CERTIFICATE_PEM_BYTES_MAX];
    char leaf[CERTIFICATE_PEM_BYTES_MAX];
    char request[CERTIFICATE_PEM_BYTES_MAX];
    char name[HASH_HEX_BYTES];
    char expected[HASH_HEX_BYTES];
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t device_public[SIGN_PUBLIC_KEY_BYTES];
    struct signing_key *authority_key = NULL;
    struct signing_key *device_key = NULL;
    assert_int_equal(signing_key_generate(&authority_key), ERR_OK);
    assert_int_equal(signing_key_generate(&device_key), ERR_OK);
    signing_key_public(device_key, device_public);
    make_request(signing_key_native(device_key), signing_key_native(device_key), NULL, request);

    assert_int_equal(certificate_authority(authority_key, "dantin", authority), ERR_OK);
    assert_int_equal(certificate_request_key(bytes_of_text(request), public_key), ERR_OK);
    struct hash device = sign_spki_hash(public_key);
    assert_int_equal(
        certificate_for_device(authority_key, bytes_of_text(authority), public_key, &device, 30, leaf),
        ERR_OK);

    assert_memory_equal(public_key, device_public, sizeof public_key);
    assert_true(is_valid_for(authority, leaf, X509_PURPOSE_SSL_CLIENT));
    assert_false(is_valid_for(authority, leaf, X509_PURPOSE_SSL_SERVER));
    X509 *certificate = parse(leaf);
    hex_encode(bytes_of(device.at, sizeof device.at), expected);
    assert_int_equal(
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name), 64);
    assert_string_equal(name, expected);
    assert_int_equal(X509_check_ca(certificate), 0);
    X509_free(certificate);
    signing_key_free(device_key);
    signing_key_free(authority_key);
}

/* The server's certificate answers to every name and address it is reached by, and to no other. */
static void certificate_for_server__names__answers_to_each(void **state)
{
    (void)state;
    char authority[CERTIFICATE_PEM_BYTES_MAX];
    char leaf[CERTIFICATE_PEM_BYTES_MAX] = "untouched";
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct signing_key *key = NULL;
    struct signing_key *stranger = NULL;
    assert_int_equal(signing_key_generate(&key), ERR_OK);
    assert_int_equal(signing_key_generate(&stranger), ERR_OK);
    signing_key_public(key, public_key);
    assert_int_equal(certificate_authority(key, "dantin", authority), ERR_OK);
    struct bytes issuer = bytes_of_text(authority);

    assert_int_equal(certificate_for_server(key, issuer, public_key, " , ", leaf), ERR_CONFIG);
    assert_int_equal(certificate_for_server(key, issuer, public_key, "a.vn,URI:x", leaf), ERR_CONFIG);
    assert_int_equal(certificate_for_server(stranger, issuer, public_key, "a.vn", leaf), ERR_MALFORMED);
    assert_int_equal(certificate_for_server(key, bytes_of_text("nonsense"), public_key, "a.vn", leaf),
                     ERR_MALFORMED);
    assert_string_equal(leaf, "untouched");
    assert_int_equal(certificate_for_server(key, issuer, public_key, "may-chu.vn, 10.0.0.1,::1", leaf),
                     ERR_OK);

    X509 *certificate = parse(leaf);
    assert_int_equal(X509_check_host(certificate, "may-chu.vn", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(certificate, "10.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(certificate, "::1", 0), 1);
    assert_int_equal(X509_check_host(certificate, "khac.vn", 0, 0, NULL), 0);
    X509_free(certificate);
    assert_true(is_valid_for(authority, leaf, X509_PURPOSE_SSL_SERVER));
    assert_false(is_valid_for(authority, leaf, X509_PURPOSE_SSL_CLIENT));
    signing_key_free(stranger);
    signing_key_free(key);
}

/* Only a request that proves possession of a sound Ed25519 key may become a device. */
static void certificate_request_key__bad_requests__each_refused(void **state)
{
    (void)state;
    char request[CERTIFICATE_PEM_BYTES_MAX];
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES] = {7};
    struct signing_key *key = NULL;
    struct signing_key *other = NULL;
    assert_int_equal(signing_key_generate(&key), ERR_OK);
    assert_int_equal(signing_key_generate(&other), ERR_OK);

    assert_int_equal(certificate_request_key(bytes_of_text("nonsense"), public_key), ERR_MALFORMED);

    make_request(signing_key_native(key), signing_key_native(other), NULL, request);
    assert_int_equal(certificate_request_key(bytes_of_text(request), public_key), ERR_BAD_SIGNATURE);

    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    make_request(rsa, rsa, EVP_sha256(), request);
    assert_int_equal(certificate_request_key(bytes_of_text(request), public_key), ERR_UNSUPPORTED);
    EVP_PKEY_free(rsa);

    /* The point of order one: OpenSSL alone takes forged signatures under it. */
    uint8_t small[SIGN_PUBLIC_KEY_BYTES] = {1};
    EVP_PKEY *small_key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, small, sizeof small);
    assert_non_null(small_key);
    make_request(small_key, signing_key_native(key), NULL, request);
    assert_int_equal(certificate_request_key(bytes_of_text(request), public_key), ERR_UNAUTHORISED);
    EVP_PKEY_free(small_key);

    assert_int_equal(public_key[0], 7);
    signing_key_free(other);
    signing_key_free(key);
}

/* A validity nobody meant is refused, not clipped. */
static void certificate_for_device__days_out_of_range__refused(void **state)
{
    (void)state;
    char authority[CERTIFICATE_PEM_BYTES_MAX];
    char leaf[CERTIFICATE_PEM_BYTES_MAX];
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct signing_key *key = NULL;
    assert_int_equal(signing_key_generate(&key), ERR_OK);
    signing_key_public(key, public_key);
    struct hash device = sign_spki_hash(public_key);
    assert_int_equal(certificate_authority(key, "dantin", authority), ERR_OK);

    assert_int_equal(certificate_for_device(key, bytes_of_text(authority), public_key, &device, 0, leaf),
                     ERR_USAGE);
    assert_int_equal(certificate_for_device(key, bytes_of_text(authority), public_key, &device,
                                            CERTIFICATE_DEVICE_DAYS + 1, leaf),
                     ERR_USAGE);

    signing_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificate_for_device__good_request__valid_client_only),
        cmocka_unit_test(certificate_for_server__names__answers_to_each),
        cmocka_unit_test(certificate_request_key__bad_requests__each_refused),
        cmocka_unit_test(certificate_for_device__days_out_of_range__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
