/* X.509 for an office's own certificate authority. */
#include "server/ops/certificates.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "common/base/random.h"

enum { SERIAL_BYTES = 16, NAMES_BYTES_MAX = 4096, NAME_BYTES_MAX = 253, SECONDS_PER_DAY = 86400 };

/* What a certificate says beside its key. */
struct order {
    const char *common_name;
    const char *constraints; /* basicConstraints */
    const char *usage;       /* keyUsage */
    const char *purpose;     /* extendedKeyUsage; NULL: none */
    const char *names;       /* subjectAltName as OpenSSL writes it; NULL: none */
    unsigned days;
};

static enum err build(const struct order *order, EVP_PKEY *subject_key, X509 *issuer, EVP_PKEY *issuer_key,
                      char *ret_pem);
static enum err build_for(const struct order *order, const struct signing_key *authority_key,
                          struct bytes authority_pem, const uint8_t *public_key, char *ret_pem);
static bool set_identity(X509 *certificate, const struct order *order);
static bool add_extension(X509 *certificate, X509 *issuer, int number, const char *value);
static enum err write_pem(X509 *certificate, char *ret_pem);
static enum err format_names(const char *names, char ret_text[NAMES_BYTES_MAX]);
static bool format_name(const char *name, size_t len, char *out, size_t capacity);

enum err certificate_authority(const struct signing_key *key, const char *common_name, char *ret_pem)
{
    const struct order order = {
        .common_name = common_name,
        .constraints = "critical,CA:TRUE,pathlen:0",
        .usage = "critical,keyCertSign,cRLSign",
        .days = CERTIFICATE_AUTHORITY_DAYS,
    };
    EVP_PKEY *native = signing_key_native(key);
    return build(&order, native, NULL, native, ret_pem);
}

enum err certificate_for_server(const struct signing_key *authority_key, struct bytes authority_pem,
                                const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], const char *names,
                                char *ret_pem)
{
    char formatted[NAMES_BYTES_MAX];
    enum err err = format_names(names, formatted);
    if (err != ERR_OK) {
        return err;
    }
    const struct order order = {
        .common_name = "dantind",
        .constraints = "critical,CA:FALSE",
        .usage = "critical,digitalSignature",
        .purpose = "serverAuth",
        .names = formatted,
        .days = CERTIFICATE_SERVER_DAYS,
    };
    return build_for(&order, authority_key, authority_pem, public_key, ret_pem);
}

enum err certificate_for_device(const struct signing_key *authority_key, struct bytes authority_pem,
                                const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], const struct hash *device,
                                unsigned days, char *ret_pem)
{
    char hex[HASH_HEX_BYTES];
    if (days < 1 || days > CERTIFICATE_DEVICE_DAYS) {
        return ERR_USAGE;
    }
    hex_encode(bytes_of(device->at, sizeof device->at), hex);
    const struct order order = {
        .common_name = hex,
        .constraints = "critical,CA:FALSE",
        .usage = "critical,digitalSignature",
        .purpose = "clientAuth",
        .days = days,
    };
    return build_for(&order, authority_key, authority_pem, public_key, ret_pem);
}

enum err certificate_key(struct bytes pem, uint8_t ret_public[SIGN_PUBLIC_KEY_BYTES])
{
    enum err err = ERR_MALFORMED;
    size_t len = SIGN_PUBLIC_KEY_BYTES;
    BIO *in = pem.len <= CERTIFICATE_PEM_BYTES_MAX ? BIO_new_mem_buf(pem.at, (int)pem.len) : NULL;
    X509 *certificate = in != NULL ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    if (certificate != NULL) {
        const EVP_PKEY *key = X509_get0_pubkey(certificate);
        bool is_ours = key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 &&
                       EVP_PKEY_get_raw_public_key(key, ret_public, &len) == 1;
        err = is_ours ? ERR_OK : ERR_UNSUPPORTED;
    }
    X509_free(certificate);
    BIO_free(in);
    return err;
}

enum err certificate_request_key(struct bytes request_pem, uint8_t ret_public[SIGN_PUBLIC_KEY_BYTES])
{
    uint8_t raw[SIGN_PUBLIC_KEY_BYTES];
    size_t len = sizeof raw;
    struct verify_key *checked = NULL;
    X509_REQ *request = NULL;
    enum err err = ERR_MALFORMED;
    if (request_pem.len > CERTIFICATE_PEM_BYTES_MAX) {
        return ERR_MALFORMED;
    }
    BIO *in = BIO_new_mem_buf(request_pem.at, (int)request_pem.len);
    if (in == NULL) {
        return ERR_NO_MEMORY;
    }
    request = PEM_read_bio_X509_REQ(in, NULL, NULL, NULL);
    if (request == NULL) {
        goto done;
    }
    EVP_PKEY *key = X509_REQ_get0_pubkey(request);
    if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key, raw, &len) != 1 || len != sizeof raw) {
        err = ERR_UNSUPPORTED;
        goto done;
    }
    /* Before OpenSSL may judge the signature: under a key of small order it accepts forged ones. */
    err = verify_key_new(bytes_of(raw, sizeof raw), &checked);
    if (err != ERR_OK) {
        goto done;
    }
    if (X509_REQ_verify(request, key) != 1) {
        err = ERR_BAD_SIGNATURE;
        goto done;
    }
    memcpy(ret_public, raw, sizeof raw);
done:
    verify_key_free(checked);
    X509_REQ_free(request);
    BIO_free(in);
    return err;
}

static enum err build_for(const struct order *order, const struct signing_key *authority_key,
                          struct bytes authority_pem, const uint8_t *public_key, char *ret_pem)
{
    enum err err = ERR_MALFORMED;
    X509 *issuer = NULL;
    EVP_PKEY *subject_key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, SIGN_PUBLIC_KEY_BYTES);
    BIO *in = authority_pem.len <= CERTIFICATE_PEM_BYTES_MAX
                  ? BIO_new_mem_buf(authority_pem.at, (int)authority_pem.len)
                  : NULL;
    EVP_PKEY *native = signing_key_native(authority_key);
    if (subject_key == NULL || in == NULL) {
        goto done;
    }
    issuer = PEM_read_bio_X509(in, NULL, NULL, NULL);
    if (issuer != NULL && X509_check_private_key(issuer, native) == 1) {
        err = build(order, subject_key, issuer, native, ret_pem);
    }
done:
    BIO_free(in);
    X509_free(issuer);
    EVP_PKEY_free(subject_key);
    return err;
}

/* issuer NULL: self-signed. */
static enum err build(const struct order *order, EVP_PKEY *subject_key, X509 *issuer, EVP_PKEY *issuer_key,
                      char *ret_pem)
{
    enum err err = ERR_INTERNAL;
    X509 *certificate = X509_new();
    if (certificate == NULL) {
        return ERR_NO_MEMORY;
    }
    X509 *signer = issuer != NULL ? issuer : certificate;
    bool is_built =
        X509_set_version(certificate, X509_VERSION_3) == 1 && set_identity(certificate, order) &&
        X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 &&
        X509_set_pubkey(certificate, subject_key) == 1 &&
        add_extension(certificate, signer, NID_basic_constraints, order->constraints) &&
        add_extension(certificate, signer, NID_key_usage, order->usage) &&
        add_extension(certificate, signer, NID_subject_key_identifier, "hash") &&
        add_extension(certificate, signer, NID_authority_key_identifier, "keyid") &&
        (order->purpose == NULL || add_extension(certificate, signer, NID_ext_key_usage, order->purpose)) &&
        (order->names == NULL || add_extension(certificate, signer, NID_subject_alt_name, order->names));
    if (is_built && X509_sign(certificate, issuer_key, NULL) > 0) {
        err = write_pem(certificate, ret_pem);
    }
    X509_free(certificate);
    return err;
}

/* Serial number, time of validity and subject. */
static bool set_identity(X509 *certificate, const struct order *order)
{
    uint8_t noise[SERIAL_BYTES];
    random_bytes(noise, sizeof noise);
    noise[0] = (uint8_t)((noise[0] & 0x7f) | 0x40); /* positive and of full length */
    BIGNUM *serial = BN_bin2bn(noise, sizeof noise, NULL);
    X509_NAME *subject = X509_get_subject_name(certificate);
    bool is_set =
        serial != NULL && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -(long)CERTIFICATE_SKEW_S) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), (long)order->days * SECONDS_PER_DAY) != NULL &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)order->common_name,
                                   -1, -1, 0) == 1;
    BN_free(serial);
    return is_set;
}

static bool add_extension(X509 *certificate, X509 *issuer, int number, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, number, value);
    bool is_added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

static enum err write_pem(X509 *certificate, char *ret_pem)
{
    enum err err = ERR_NO_MEMORY;
    const char *text;
    BIO *out = BIO_new(BIO_s_mem());
    if (out != NULL && PEM_write_bio_X509(out, certificate) == 1) {
        long len = BIO_get_mem_data(out, (char **)(void *)&text);
        err = ERR_TOO_BIG;
        if (len > 0 && len < CERTIFICATE_PEM_BYTES_MAX) {
            memcpy(ret_pem, text, (size_t)len);
            ret_pem[len] = 0;
            err = ERR_OK;
        }
    }
    BIO_free(out);
    return err;
}

/* "a.vn, 10.0.0.1" → "DNS:a.vn,IP:10.0.0.1". */
static enum err format_names(const char *names, char ret_text[NAMES_BYTES_MAX])
{
    char text[NAMES_BYTES_MAX];
    size_t used = 0;
    for (const char *at = names; *at != 0;) {
        size_t skip = strspn(at, ", \t");
        at += skip;
        size_t len = strcspn(at, ", \t");
        if (len == 0) {
            break;
        }
        char one[NAME_BYTES_MAX + 8];
        if (!format_name(at, len, one, sizeof one) || used + strlen(one) + 2 > sizeof text) {
            return ERR_CONFIG;
        }
        int more = snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? "," : "", one);
        used += (size_t)more;
        at += len;
    }
    if (used == 0) {
        return ERR_CONFIG;
    }
    memcpy(ret_text, text, used + 1);
    return ERR_OK;
}

static bool format_name(const char *name, size_t len, char *out, size_t capacity)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    char copy[NAME_BYTES_MAX + 1];
    uint8_t address[sizeof(struct in6_addr)];
    if (len > NAME_BYTES_MAX) {
        return false;
    }
    memcpy(copy, name, len);
    copy[len] = 0;
    bool is_address = inet_pton(AF_INET, copy, address) == 1 || inet_pton(AF_INET6, copy, address) == 1;
    if (!is_address && strspn(copy, letters) != len) {
        return false;
    }
    (void)snprintf(out, capacity, "%s:%s", is_address ? "IP" : "DNS", copy);
    return true;
}
