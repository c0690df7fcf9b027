/* Certificates of a person's key: requests, checks, installation (OpenSSL underneath). */
#include "client/lib/keys.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

static enum err read_text(const char *path, size_t bytes_max, char **ret_text);
static enum err read_own_text(const char *folder, const char *name, char **ret_text);
static enum err replace_own(const char *folder, const char *name, const char *text);
static enum err put_certificate(const char *folder, const char *name, const struct keys *keys,
                                const char *certificate, const char *authority, int64_t now_ms,
                                enum keys_fault *ret_fault);
static X509 *certificate_of(const char *pem);
static bool build_request(const struct keys *keys, BIO *out);
static enum keys_fault check_chain(X509 *certificate, X509 *authority, int64_t now_ms);

enum err keys_write_request(const struct keys *keys, const char *csr_path, char *ret_path, size_t path_bytes)
{
    struct platform_output *output = NULL;
    BIO *memory = BIO_new(BIO_s_mem());
    if (memory == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = build_request(keys, memory) ? ERR_OK : ERR_INTERNAL;
    if (err != ERR_OK) {
        goto done;
    }
    err = platform_output_open(csr_path, &output);
    if (err != ERR_OK) {
        goto done;
    }
    char *at = NULL;
    long len = BIO_get_mem_data(memory, &at);
    err = platform_output_write(output, bytes_of(at, (size_t)len));
    if (err == ERR_OK) {
        err = platform_output_finish(output, ret_path, path_bytes);
        output = NULL;
    }
done:
    platform_output_discard(output);
    BIO_free(memory);
    return err;
}

enum err keys_request(const struct keys *keys, struct arena *arena, struct bytes *ret_pem)
{
    BIO *memory = BIO_new(BIO_s_mem());
    struct bytes pem = {0};
    char *at = NULL;
    if (memory != NULL && build_request(keys, memory)) {
        long len = BIO_get_mem_data(memory, &at);
        pem = arena_copy(arena, bytes_of(at, (size_t)len));
    }
    BIO_free(memory);
    if (pem.at == NULL) {
        return ERR_NO_MEMORY;
    }
    *ret_pem = pem;
    return ERR_OK;
}

enum err keys_read_certificates(const char *folder, struct keys *keys)
{
    char *certificate = NULL;
    char *authority = NULL;
    enum err err = keys_next_finish(folder);
    if (err == ERR_OK) {
        err = read_own_text(folder, "device.crt", &certificate);
    }
    if (err == ERR_OK) {
        err = read_own_text(folder, "ca.crt", &authority);
    }
    if (err != ERR_OK) {
        free(certificate);
        return err;
    }
    free(keys->certificate_pem);
    free(keys->authority_pem);
    keys->certificate_pem = certificate;
    keys->authority_pem = authority;
    return ERR_OK;
}

enum keys_fault keys_check(const struct keys *keys, const char *certificate_pem, const char *authority_pem,
                           int64_t now_ms)
{
    X509 *certificate = certificate_of(certificate_pem);
    X509 *authority = certificate_of(authority_pem);
    enum keys_fault fault = KEYS_UNREADABLE;
    if (certificate == NULL || authority == NULL) {
        goto done;
    }
    fault = KEYS_OTHER_KEY;
    if (X509_check_private_key(certificate, signing_key_native(keys->key)) != 1) {
        goto done;
    }
    fault = KEYS_OTHER_DEVICE;
    char wanted[HASH_HEX_BYTES];
    char common_name[HASH_HEX_BYTES] = "";
    hex_encode(bytes_of(keys->device.at, HASH_BYTES), wanted);
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common_name,
                                    sizeof common_name); /* absent: stays empty and differs */
    if (strcmp(common_name, wanted) != 0) {
        goto done;
    }
    fault = check_chain(certificate, authority, now_ms);
done:
    X509_free(certificate);
    X509_free(authority);
    ERR_clear_error();
    return fault;
}

enum err keys_install(const char *folder, struct keys *keys, const char *certificate_path,
                      const char *authority_path, int64_t now_ms, enum keys_fault *ret_fault)
{
    char *certificate = NULL;
    char *authority = NULL;
    enum err err = read_text(certificate_path, KEYS_CERTIFICATE_BYTES_MAX, &certificate);
    if (err == ERR_OK) {
        err = read_text(authority_path, KEYS_CERTIFICATE_BYTES_MAX, &authority);
    }
    if (err == ERR_OK) {
        err = keys_install_texts(folder, keys, certificate, authority, now_ms, ret_fault);
    }
    free(certificate);
    free(authority);
    return err;
}

enum err keys_install_texts(const char *folder, struct keys *keys, const char *certificate,
                            const char *authority, int64_t now_ms, enum keys_fault *ret_fault)
{
    enum err err = put_certificate(folder, "device.crt", keys, certificate, authority, now_ms, ret_fault);
    return err == ERR_OK ? keys_read_certificates(folder, keys) : err;
}

enum err keys_next_certify(const char *folder, const struct keys *next, const char *certificate,
                           const char *authority, int64_t now_ms, enum keys_fault *ret_fault)
{
    return put_certificate(folder, KEYS_NEXT_CERTIFICATE, next, certificate, authority, now_ms, ret_fault);
}

enum err keys_next_certify_files(const char *folder, const struct keys *next, const char *certificate_path,
                                 const char *authority_path, int64_t now_ms, enum keys_fault *ret_fault)
{
    char *certificate = NULL;
    char *authority = NULL;
    enum err err = read_text(certificate_path, KEYS_CERTIFICATE_BYTES_MAX, &certificate);
    if (err == ERR_OK) {
        err = read_text(authority_path, KEYS_CERTIFICATE_BYTES_MAX, &authority);
    }
    if (err == ERR_OK) {
        err = keys_next_certify(folder, next, certificate, authority, now_ms, ret_fault);
    }
    free(certificate);
    free(authority);
    return err;
}

enum err keys_days_left(const char *certificate_pem, int64_t now_ms, int64_t *ret_days)
{
    X509 *certificate = certificate_of(certificate_pem);
    enum err err = ERR_MALFORMED;
    int days = 0;
    int seconds = 0;
    ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)(now_ms / 1000));
    if (certificate != NULL && now != NULL &&
        ASN1_TIME_diff(&days, &seconds, now, X509_get0_notAfter(certificate)) == 1) {
        *ret_days = seconds < 0 && days == 0 ? -1 : days;
        err = ERR_OK;
    }
    ASN1_TIME_free(now);
    X509_free(certificate);
    ERR_clear_error();
    return err;
}

/* ---- helpers ---- */

static enum err put_certificate(const char *folder, const char *name, const struct keys *keys,
                                const char *certificate, const char *authority, int64_t now_ms,
                                enum keys_fault *ret_fault)
{
    enum keys_fault fault = keys_check(keys, certificate, authority, now_ms);
    if (fault != KEYS_FINE) {
        *ret_fault = fault;
        return ERR_CONFIG;
    }
    enum err err = replace_own(folder, "ca.crt", authority);
    return err == ERR_OK ? replace_own(folder, name, certificate) : err;
}

/* A whole text file as a C string, owned by the caller. ERR_MALFORMED: it holds a NUL. */
static enum err read_text(const char *path, size_t bytes_max, char **ret_text)
{
    struct buf content;
    buf_init(&content, bytes_max);
    enum err err = platform_file_read(path, &content);
    struct bytes text = buf_content(&content);
    if (err == ERR_OK && text.len > 0 && memchr(text.at, '\0', text.len) != NULL) {
        err = ERR_MALFORMED;
    }
    char *copy = err == ERR_OK ? calloc(1, text.len + 1) : NULL;
    if (err == ERR_OK && copy == NULL) {
        err = ERR_NO_MEMORY;
    }
    if (err == ERR_OK) {
        if (text.len > 0) {
            memcpy(copy, text.at, text.len);
        }
        *ret_text = copy;
    }
    buf_release(&content);
    return err;
}

/* A file of the folder that may be missing: *ret_text stays NULL then. */
static enum err read_own_text(const char *folder, const char *name, char **ret_text)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    enum err err = platform_path_join(folder, name, path, sizeof path);
    if (err == ERR_OK) {
        err = read_text(path, KEYS_CERTIFICATE_BYTES_MAX, ret_text);
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err replace_own(const char *folder, const char *name, const char *text)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    enum err err = platform_path_join(folder, name, path, sizeof path);
    return err != ERR_OK ? err : platform_file_replace(path, bytes_of_text(text), false);
}

/* NULL: no PEM certificate. */
static X509 *certificate_of(const char *pem)
{
    size_t len = strlen(pem);
    if (len > KEYS_CERTIFICATE_BYTES_MAX) {
        return NULL;
    }
    BIO *memory = BIO_new_mem_buf(pem, (int)len);
    X509 *certificate = memory != NULL ? PEM_read_bio_X509(memory, NULL, NULL, NULL) : NULL;
    BIO_free(memory);
    ERR_clear_error();
    return certificate;
}

static bool build_request(const struct keys *keys, BIO *out)
{
    unsigned char common_name[HASH_HEX_BYTES];
    hex_encode(bytes_of(keys->device.at, HASH_BYTES), (char *)common_name);
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = X509_NAME_new();
    bool is_built =
        request != NULL && name != NULL && X509_REQ_set_version(request, 0) == 1 &&
        X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
        X509_REQ_set_subject_name(request, name) == 1 &&
        X509_REQ_set_pubkey(request, signing_key_native(keys->key)) == 1 &&
        X509_REQ_sign(request, signing_key_native(keys->key), NULL) > 0 &&
        PEM_write_bio_X509_REQ(out, request) == 1;
    X509_NAME_free(name);
    X509_REQ_free(request);
    ERR_clear_error();
    return is_built;
}

static enum keys_fault check_chain(X509 *certificate, X509 *authority, int64_t now_ms)
{
    X509_STORE *trusted = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    enum keys_fault fault = KEYS_OTHER_AUTHORITY;
    if (trusted == NULL || context == NULL || X509_STORE_add_cert(trusted, authority) != 1 ||
        X509_STORE_CTX_init(context, trusted, certificate, NULL) != 1 ||
        X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) != 1) {
        goto done;
    }
    X509_STORE_CTX_set_time(context, 0, (time_t)(now_ms / 1000));
    if (X509_verify_cert(context) == 1) {
        fault = KEYS_FINE;
        goto done;
    }
    int reason = X509_STORE_CTX_get_error(context);
    if (reason == X509_V_ERR_CERT_NOT_YET_VALID || reason == X509_V_ERR_CERT_HAS_EXPIRED) {
        fault = KEYS_OUT_OF_DATE;
    }
done:
    X509_STORE_CTX_free(context);
    X509_STORE_free(trusted);
    return fault;
}
