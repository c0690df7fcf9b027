/* X.509 by OpenSSL, the wrong way on purpose. */
#include "tests/lib/zoo.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"
#include "common/crypto/sign.h"

enum { SECONDS_PER_DAY = 24 * 60 * 60, PEM_BYTES_MAX = 8192, OID_BYTES_MAX = 64 };

struct issuer {
    EVP_PKEY *key;
    X509 *certificate;
    char trusted[PEM_BYTES_MAX]; /* what is trusted when this one signs */
    bool is_sent;                /* along with what it signed */
};

struct zoo {
    struct issuer issuers[ZOO_ISSUER_COUNT];
    struct issuer wide; /* an authority that may have others below it */
};

static void must(bool is_done)
{
    ENSURE(is_done);
}

/* With a private half that does not fit; OpenSSL does not look. */
static EVP_PKEY *raw_key(uint8_t public_key[SIGN_PUBLIC_KEY_BYTES])
{
    uint8_t private_key[SIGN_SEED_BYTES] = {1};
    EVP_PKEY *key = NULL;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_key, SIGN_PUBLIC_KEY_BYTES),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, private_key, sizeof private_key),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "ED25519", NULL);
    must(EVP_PKEY_fromdata_init(context) == 1 &&
         EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters) == 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *new_key(const struct zoo_order *order)
{
    uint8_t raw[SIGN_PUBLIC_KEY_BYTES];
    EVP_PKEY *key = NULL;
    switch (order->key) {
    case ZOO_ED25519:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        break;
    case ZOO_RSA_1024:
        key = EVP_RSA_gen(1024);
        break;
    case ZOO_RSA_2048:
        key = EVP_RSA_gen(2048);
        break;
    case ZOO_P256:
        key = EVP_EC_gen("P-256");
        break;
    case ZOO_ED448:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
        break;
    case ZOO_X25519:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
        break;
    case ZOO_RAW:
        must(hex_decode(order->raw_key, raw, sizeof raw) == ERR_OK);
        key = raw_key(raw);
        break;
    }
    must(key != NULL);
    return key;
}

static void add_named(X509 *certificate, X509 *issuer, const char *name, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &context, name, value);
    must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/* value "": leave it out. */
static void add(X509 *certificate, X509 *issuer, const char *name, const char *value)
{
    if (value[0] != '\0') {
        add_named(certificate, issuer, name, value);
    }
}

static const char *or_else(const char *value, const char *good)
{
    return value != NULL ? value : good;
}

static void set_subject(X509 *certificate, const struct zoo_order *order, EVP_PKEY *key, bool is_server)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    char name[HASH_HEX_BYTES] = "";
    unsigned char *spki = NULL;
    int len = i2d_PUBKEY(key, &spki);
    must(len > 0);
    struct bytes part = bytes_of(spki, (size_t)len);
    struct hash device = hash_of(&part, 1);
    hex_encode(bytes_of(device.at, sizeof device.at), name);
    OPENSSL_free(spki);
    for (size_t i = 0; order->is_upper_case && name[i] != '\0'; i++) {
        name[i] = (char)(name[i] >= 'a' ? name[i] - 'a' + 'A' : name[i]);
    }
    const char *common_name = or_else(order->common_name, is_server ? "dantind" : name);
    int common_name_len = order->common_name_bytes != 0 ? order->common_name_bytes : -1;
    if (common_name[0] != '\0') {
        must(X509_NAME_add_entry_by_NID(subject, NID_commonName, V_ASN1_UTF8STRING,
                                        (const unsigned char *)common_name, common_name_len, -1, 0) == 1);
    }
    if (order->has_organisation) {
        must(X509_NAME_add_entry_by_NID(subject, NID_organizationName, MBSTRING_UTF8,
                                        (const unsigned char *)"dantin", -1, -1, 0) == 1);
    }
}

static void set_number(X509 *certificate, const struct zoo_order *order)
{
    uint8_t digits[21] = {0x40, 1, 2, 3};
    BIGNUM *number = BN_bin2bn(digits, order->is_number_long ? 21 : 16, NULL);
    must(number != NULL);
    BN_set_negative(number, order->is_negative ? 1 : 0);
    must(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL);
    BN_free(number);
}

static void sign(X509 *certificate, EVP_PKEY *key, const struct zoo_order *order)
{
    const EVP_MD *digest = NULL;
    if (EVP_PKEY_is_a(key, "RSA")) {
        digest = EVP_get_digestbyname(or_else(order->digest, "SHA256"));
        must(digest != NULL);
    } else if (EVP_PKEY_is_a(key, "EC")) {
        digest = EVP_sha256();
    }
    must(X509_sign(certificate, key, digest) > 0);
    if (order->is_bit_flipped) {
        const ASN1_BIT_STRING *signature = NULL;
        X509_get0_signature(&signature, NULL, certificate);
        signature->data[5] ^= 1;
    }
}

static X509 *build(const struct zoo_order *order, EVP_PKEY *key, const struct issuer *issuer, bool is_server)
{
    X509 *certificate = X509_new();
    X509 *signer = issuer != NULL ? issuer->certificate : certificate;
    must(certificate != NULL);
    must(X509_set_version(certificate, order->is_version_1 ? X509_VERSION_1 : X509_VERSION_3) == 1);
    set_number(certificate, order);
    long from_s = (long)(order->from_days != 0 ? order->from_days : -2) * SECONDS_PER_DAY;
    long to_s = (long)(order->to_days != 0 ? order->to_days : 30) * SECONDS_PER_DAY;
    must(X509_gmtime_adj(X509_getm_notBefore(certificate), from_s) != NULL);
    must(X509_gmtime_adj(X509_getm_notAfter(certificate), to_s) != NULL);
    set_subject(certificate, order, key, is_server);
    must(X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1);
    must(X509_set_pubkey(certificate, key) == 1);
    if (!order->is_version_1) {
        const char *purpose = or_else(order->purpose, is_server ? "serverAuth" : "clientAuth");
        add(certificate, signer, "basicConstraints", or_else(order->constraints, "critical,CA:FALSE"));
        add(certificate, signer, "keyUsage", or_else(order->usage, "critical,digitalSignature"));
        add(certificate, signer, "extendedKeyUsage", purpose);
        add(certificate, signer, "subjectAltName",
            or_else(order->names, is_server ? "DNS:localhost,IP:127.0.0.1" : ""));
        if (order->has_purpose_twice) {
            add(certificate, signer, "extendedKeyUsage", purpose);
        }
        if (order->extra != NULL) {
            char oid[OID_BYTES_MAX];
            size_t len = strcspn(order->extra, "=");
            must(len < sizeof oid);
            memcpy(oid, order->extra, len);
            oid[len] = '\0';
            add(certificate, signer, oid, order->extra + len + 1);
        }
    }
    sign(certificate, issuer != NULL ? issuer->key : key, order);
    return certificate;
}

/* ---- authorities ---- */

static void write_pem(X509 *certificate, char *out, size_t capacity)
{
    BIO *bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_X509(bio, certificate) == 1);
    char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);
    size_t used = strlen(out);
    must(len > 0 && used + (size_t)len < capacity);
    memcpy(out + used, text, (size_t)len);
    out[used + (size_t)len] = '\0';
    BIO_free(bio);
}

static void make_authority(struct issuer *issuer, const char *name, const char *constraints, enum zoo_key key,
                           const struct issuer *above, const char *extra)
{
    struct zoo_order order = {.key = key,
                              .common_name = name,
                              .constraints = constraints,
                              .usage = "critical,keyCertSign,cRLSign",
                              .purpose = "",
                              .extra = extra};
    issuer->key = new_key(&order);
    issuer->certificate = build(&order, issuer->key, above, false);
    write_pem(above != NULL ? above->certificate : issuer->certificate, issuer->trusted,
              sizeof issuer->trusted);
    issuer->is_sent = above != NULL;
}

struct zoo *zoo_new(void)
{
    struct zoo *zoo = calloc(1, sizeof *zoo);
    must(zoo != NULL);
    struct issuer *all = zoo->issuers;
    const char *end = "critical,CA:TRUE,pathlen:0";
    make_authority(&all[ZOO_AUTHORITY], "dantin", end, ZOO_ED25519, NULL, NULL);
    make_authority(&all[ZOO_STRANGER], "stranger", end, ZOO_ED25519, NULL, NULL);
    make_authority(&all[ZOO_NAMESAKE], "dantin", end, ZOO_ED25519, NULL, NULL);
    make_authority(&zoo->wide, "wide", "critical,CA:TRUE", ZOO_ED25519, NULL, NULL);
    make_authority(&all[ZOO_INTERMEDIATE], "between", end, ZOO_ED25519, &zoo->wide, NULL);
    make_authority(&all[ZOO_BELOW_PATHLEN], "below", end, ZOO_ED25519, &all[ZOO_AUTHORITY], NULL);
    make_authority(&all[ZOO_NO_AUTHORITY], "end", "critical,CA:FALSE", ZOO_ED25519, &zoo->wide, NULL);
    make_authority(&all[ZOO_RSA_AUTHORITY], "rsa", end, ZOO_RSA_2048, NULL, NULL);
    make_authority(&all[ZOO_CONSTRAINED], "constrained", end, ZOO_ED25519, NULL,
                   "nameConstraints=critical,permitted;DNS:.example.org");
    struct issuer *foreign[] = {&all[ZOO_STRANGER], &all[ZOO_NAMESAKE]};
    for (size_t i = 0; i < 2; i++) {
        memcpy(foreign[i]->trusted, all[ZOO_AUTHORITY].trusted, sizeof foreign[i]->trusted);
        foreign[i]->is_sent = true;
    }
    memcpy(all[ZOO_SELF].trusted, all[ZOO_AUTHORITY].trusted, sizeof all[ZOO_SELF].trusted);
    return zoo;
}

static void release_issuer(struct issuer *issuer)
{
    X509_free(issuer->certificate);
    EVP_PKEY_free(issuer->key);
}

void zoo_free(struct zoo *zoo)
{
    if (zoo == NULL) {
        return;
    }
    for (size_t i = 0; i < ZOO_ISSUER_COUNT; i++) {
        release_issuer(&zoo->issuers[i]);
    }
    release_issuer(&zoo->wide);
    free(zoo);
}

struct bytes zoo_trusted_pem(const struct zoo *zoo, enum zoo_issuer issuer)
{
    return bytes_of_text(zoo->issuers[issuer].trusted);
}

/* ---- animals ---- */

void zoo_issue(struct zoo *zoo, const struct zoo_order *order, bool is_server, struct zoo_animal *ret_animal)
{
    const struct issuer *issuer = order->issuer == ZOO_SELF ? NULL : &zoo->issuers[order->issuer];
    struct zoo_animal animal = {.key = new_key(order)};
    animal.certificate = build(order, animal.key, issuer, is_server);
    if (issuer != NULL && issuer->is_sent) {
        animal.between = issuer->certificate;
        must(X509_up_ref(animal.between) == 1);
    }
    *ret_animal = animal;
}

EVP_PKEY *zoo_wrong_private(EVP_PKEY *key)
{
    uint8_t raw[SIGN_PUBLIC_KEY_BYTES];
    size_t len = sizeof raw;
    must(EVP_PKEY_get_raw_public_key(key, raw, &len) == 1);
    return raw_key(raw);
}

void zoo_animal_release(struct zoo_animal *animal)
{
    X509_free(animal->certificate);
    X509_free(animal->between);
    EVP_PKEY_free(animal->key);
    *animal = (struct zoo_animal){0};
}

size_t zoo_certificate_pem(const struct zoo_animal *animal, char *out, size_t capacity)
{
    out[0] = '\0';
    write_pem(animal->certificate, out, capacity);
    if (animal->between != NULL) {
        write_pem(animal->between, out, capacity);
    }
    return strlen(out);
}

size_t zoo_key_pem(const struct zoo_animal *animal, char *out, size_t capacity)
{
    BIO *bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_PKCS8PrivateKey(bio, animal->key, NULL, NULL, 0, NULL, NULL) == 1);
    char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);
    must(len > 0 && (size_t)len < capacity);
    memcpy(out, text, (size_t)len);
    out[len] = '\0';
    BIO_free(bio);
    return (size_t)len;
}
