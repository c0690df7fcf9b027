/* X.509 by OpenSSL, the plain way. */
#include "tests/lib/certs.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/base/check.h"
#include "common/base/random.h"

enum { SECONDS_PER_DAY = 24 * 60 * 60, VALID_DAYS = 30 };

struct certs_authority {
    EVP_PKEY *key;
    X509 *certificate;
    char pem[CERTS_PEM_BYTES_MAX];
};

static void must(bool is_done)
{
    ENSURE(is_done);
}

static void copy_pem(BIO *bio, char out[CERTS_PEM_BYTES_MAX])
{
    char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);
    must(len > 0 && len < CERTS_PEM_BYTES_MAX);
    memcpy(out, text, (size_t)len);
    out[len] = '\0';
    BIO_free(bio);
}

static void write_certificate(X509 *certificate, char out[CERTS_PEM_BYTES_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_X509(bio, certificate) == 1);
    copy_pem(bio, out);
}

static void write_key(EVP_PKEY *key, char out[CERTS_PEM_BYTES_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
    copy_pem(bio, out);
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension != NULL);
    int result = X509_add_ext(certificate, extension, -1);
    must(result == 1);
    X509_EXTENSION_free(extension);
}

/* A certificate with all but its extensions and signature. */
static X509 *new_certificate(EVP_PKEY *key, const char *common_name, const X509_NAME *issuer, bool is_expired)
{
    X509 *certificate = X509_new();
    must(certificate != NULL);
    uint32_t serial = 0;
    random_bytes(&serial, sizeof serial);
    must(X509_set_version(certificate, X509_VERSION_3) == 1);
    must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), (uint64_t)serial + 1) == 1);
    long from_s = -2L * SECONDS_PER_DAY;
    long to_s = is_expired ? -1L * SECONDS_PER_DAY : (long)VALID_DAYS * SECONDS_PER_DAY;
    must(X509_gmtime_adj(X509_getm_notBefore(certificate), from_s) != NULL);
    must(X509_gmtime_adj(X509_getm_notAfter(certificate), to_s) != NULL);
    X509_NAME *subject = X509_get_subject_name(certificate);
    int result = X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                            -1, -1, 0);
    must(result == 1);
    must(X509_set_issuer_name(certificate, issuer != NULL ? issuer : subject) == 1);
    must(X509_set_pubkey(certificate, key) == 1);
    return certificate;
}

struct certs_authority *certs_authority_new(void)
{
    struct certs_authority *authority = calloc(1, sizeof *authority);
    must(authority != NULL);
    authority->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    must(authority->key != NULL);
    X509 *certificate = new_certificate(authority->key, "dantin test authority", NULL, false);
    add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
    must(X509_sign(certificate, authority->key, NULL) > 0);
    authority->certificate = certificate;
    write_certificate(certificate, authority->pem);
    return authority;
}

void certs_authority_free(struct certs_authority *authority)
{
    if (authority == NULL) {
        return;
    }
    X509_free(authority->certificate);
    EVP_PKEY_free(authority->key);
    free(authority);
}

struct bytes certs_authority_pem(const struct certs_authority *authority)
{
    return bytes_of_text(authority->pem);
}

void certs_issue(const struct certs_authority *authority, struct certs_request request,
                 struct certs_identity *ret_identity)
{
    struct certs_identity identity = {.device = {{0}}};
    EVP_PKEY *key = request.is_p256 ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")
                                    : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    must(key != NULL);
    char common_name[HASH_HEX_BYTES] = "p256";
    if (!request.is_p256) {
        size_t len = sizeof identity.public_key;
        must(EVP_PKEY_get_raw_public_key(key, identity.public_key, &len) == 1);
        identity.device = sign_spki_hash(identity.public_key);
        hex_encode(bytes_of(identity.device.at, HASH_BYTES), common_name);
    }
    const X509_NAME *issuer = X509_get_subject_name(authority->certificate);
    X509 *certificate = new_certificate(key, common_name, issuer, request.is_expired);
    add_extension(certificate, authority->certificate, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, authority->certificate, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, authority->certificate, NID_ext_key_usage,
                  request.usage != NULL ? request.usage : "clientAuth");
    if (request.names != NULL) {
        add_extension(certificate, authority->certificate, NID_subject_alt_name, request.names);
    }
    must(X509_sign(certificate, authority->key, NULL) > 0);
    write_certificate(certificate, identity.certificate_pem);
    write_key(key, identity.key_pem);
    X509_free(certificate);
    EVP_PKEY_free(key);
    *ret_identity = identity;
}

void certs_issue_server(const struct certs_authority *authority, struct certs_identity *ret_identity)
{
    struct certs_request request = {.names = "DNS:localhost,IP:127.0.0.1", .usage = "serverAuth"};
    certs_issue(authority, request, ret_identity);
}

void certs_issue_device(const struct certs_authority *authority, struct certs_identity *ret_identity)
{
    struct certs_request request = {.usage = "clientAuth"};
    certs_issue(authority, request, ret_identity);
}
