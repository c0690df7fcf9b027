/* Keys under a passphrase, through OpenSSL's PKCS#8 and PKCS#5. */
#include "common/crypto/key_file.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/crypto/seal.h"

/* Ours, under the arc of UUIDs (ITU-T X.667), which nobody assigns: an OCTET STRING with the extra bytes. */
#define EXTRA_OID "2.25.95586101852879914828185510248240288715"

enum {
    TEST_SCRYPT_N = 2,
    TEST_SCRYPT_R = 1,
    TEST_SCRYPT_P = 1,
    SCRYPT_PARAMETER_MAX = 1 << 20,
    STRONG_COST =
        KEY_FILE_SCRYPT_N * KEY_FILE_SCRYPT_R * KEY_FILE_SCRYPT_P, /* blocks of 128 bytes, mixed twice */
};

static PKCS8_PRIV_KEY_INFO *info_of(const struct signing_key *key, struct bytes extra);
static X509_ALGOR *algorithm_of(enum key_file_cost cost);
static X509_SIG *file_of(struct bytes pem);
static bool cost_of(const X509_SIG *file, int64_t *ret_n, int64_t *ret_r, int64_t *ret_p);
static enum err read_info(const PKCS8_PRIV_KEY_INFO *info, struct signing_key **ret_key, uint8_t *ret_extra,
                          size_t *ret_extra_len);
static bool read_extra(const PKCS8_PRIV_KEY_INFO *info, uint8_t *ret_extra, size_t *ret_extra_len);

enum err key_file_seal(const struct signing_key *key, struct bytes extra, struct bytes secret,
                       enum key_file_cost cost, char *out)
{
    if (extra.len > KEY_FILE_EXTRA_BYTES_MAX || secret.len > KEY_FILE_SECRET_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    PKCS8_PRIV_KEY_INFO *info = info_of(key, extra);
    X509_ALGOR *algorithm = algorithm_of(cost);
    X509_SIG *file = NULL;
    BIO *memory = BIO_new(BIO_s_mem());
    enum err err = ERR_NO_MEMORY;
    if (info == NULL || algorithm == NULL || memory == NULL) {
        goto done;
    }
    file = PKCS8_set0_pbe((const char *)secret.at, (int)secret.len, info, algorithm);
    if (file == NULL) {
        goto done;
    }
    algorithm = NULL; /* the file's now */
    if (PEM_write_bio_PKCS8(memory, file) == 1) {
        char *text = NULL;
        long len = BIO_get_mem_data(memory, &text);
        ENSURE(len > 0 && len < SIGN_PEM_BYTES_MAX);
        memcpy(out, text, (size_t)len);
        out[len] = '\0';
        err = ERR_OK;
    }
done:
    BIO_free(memory);
    X509_SIG_free(file);
    X509_ALGOR_free(algorithm);
    PKCS8_PRIV_KEY_INFO_free(info);
    ERR_clear_error();
    return err;
}

enum err key_file_open(struct bytes pem, struct bytes secret, struct signing_key **ret_key,
                       uint8_t *ret_extra, size_t *ret_extra_len)
{
    X509_SIG *file = file_of(pem);
    PKCS8_PRIV_KEY_INFO *info = NULL;
    int64_t n = 0;
    int64_t r = 0;
    int64_t p = 0;
    enum err err = ERR_MALFORMED;
    if (file == NULL || !cost_of(file, &n, &r, &p) ||
        n * r * p > (int64_t)STRONG_COST * KEY_FILE_SCRYPT_TIMES_MAX) {
        goto done;
    }
    err = ERR_PASSPHRASE;
    if (secret.len > KEY_FILE_SECRET_BYTES_MAX) {
        goto done;
    }
    info = PKCS8_decrypt(file, (const char *)secret.at, (int)secret.len);
    if (info != NULL) {
        err = read_info(info, ret_key, ret_extra, ret_extra_len);
    }
done:
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_SIG_free(file);
    ERR_clear_error();
    return err;
}

bool key_file_is_weak(struct bytes pem)
{
    X509_SIG *file = file_of(pem);
    int64_t n = 0;
    int64_t r = 0;
    int64_t p = 0;
    bool is_strong =
        file != NULL && cost_of(file, &n, &r, &p) && n >= KEY_FILE_SCRYPT_N && n * r * p >= STRONG_COST;
    X509_SIG_free(file);
    ERR_clear_error();
    return !is_strong;
}

/* ---- helpers ---- */

static PKCS8_PRIV_KEY_INFO *info_of(const struct signing_key *key, struct bytes extra)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(signing_key_native(key));
    ASN1_OBJECT *name = OBJ_txt2obj(EXTRA_OID, 1);
    bool is_made = info != NULL && name != NULL &&
                   (extra.len == 0 || PKCS8_pkey_add1_attr_by_OBJ(info, name, V_ASN1_OCTET_STRING, extra.at,
                                                                  (int)extra.len) == 1);
    ASN1_OBJECT_free(name);
    if (!is_made) {
        PKCS8_PRIV_KEY_INFO_free(info);
        return NULL;
    }
    return info;
}

static X509_ALGOR *algorithm_of(enum key_file_cost cost)
{
    uint8_t salt[KEY_FILE_SALT_BYTES];
    uint8_t iv[EVP_MAX_IV_LENGTH];
    bool is_strong = cost == KEY_FILE_STRONG;
    random_bytes(salt, sizeof salt);
    random_bytes(iv, sizeof iv);
    return PKCS5_pbe2_set_scrypt(
        EVP_aes_256_cbc(), salt, sizeof salt, iv, is_strong ? KEY_FILE_SCRYPT_N : TEST_SCRYPT_N,
        is_strong ? KEY_FILE_SCRYPT_R : TEST_SCRYPT_R, is_strong ? KEY_FILE_SCRYPT_P : TEST_SCRYPT_P);
}

/* NULL: no PEM of an encrypted PKCS#8. */
static X509_SIG *file_of(struct bytes pem)
{
    if (pem.len == 0 || pem.len > SIGN_PEM_BYTES_MAX) {
        return NULL;
    }
    BIO *memory = BIO_new_mem_buf(pem.at, (int)pem.len);
    X509_SIG *file = memory != NULL ? PEM_read_bio_PKCS8(memory, NULL, NULL, NULL) : NULL;
    BIO_free(memory);
    return file;
}

/* False: not PBES2 with scrypt, or parameters nobody would choose. */
static bool cost_of(const X509_SIG *file, int64_t *ret_n, int64_t *ret_r, int64_t *ret_p)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *name = NULL;
    int type = V_ASN1_UNDEF;
    const void *parameter = NULL;
    PBE2PARAM *scheme = NULL;
    SCRYPT_PARAMS *scrypt = NULL;
    bool is_known = false;
    X509_SIG_get0(file, &algorithm, NULL);
    X509_ALGOR_get0(&name, &type, &parameter, algorithm);
    if (OBJ_obj2nid(name) == NID_pbes2 && type == V_ASN1_SEQUENCE) {
        scheme = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(PBE2PARAM));
    }
    if (scheme != NULL) {
        X509_ALGOR_get0(&name, &type, &parameter, scheme->keyfunc);
    }
    if (scheme != NULL && OBJ_obj2nid(name) == NID_id_scrypt && type == V_ASN1_SEQUENCE) {
        scrypt = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(SCRYPT_PARAMS));
    }
    if (scrypt != NULL) {
        int64_t n = 0;
        int64_t r = 0;
        int64_t p = 0;
        is_known = ASN1_INTEGER_get_int64(&n, scrypt->costParameter) == 1 &&
                   ASN1_INTEGER_get_int64(&r, scrypt->blockSize) == 1 &&
                   ASN1_INTEGER_get_int64(&p, scrypt->parallelizationParameter) == 1 && n > 0 && r > 0 &&
                   p > 0 && n <= SCRYPT_PARAMETER_MAX && r <= SCRYPT_PARAMETER_MAX &&
                   p <= SCRYPT_PARAMETER_MAX;
        *ret_n = n;
        *ret_r = r;
        *ret_p = p;
    }
    SCRYPT_PARAMS_free(scrypt);
    PBE2PARAM_free(scheme);
    return is_known;
}

static enum err read_info(const PKCS8_PRIV_KEY_INFO *info, struct signing_key **ret_key, uint8_t *ret_extra,
                          size_t *ret_extra_len)
{
    uint8_t extra[KEY_FILE_EXTRA_BYTES_MAX];
    uint8_t seed[SIGN_SEED_BYTES];
    size_t extra_len = 0;
    size_t seed_len = sizeof seed;
    struct signing_key *key = NULL;
    EVP_PKEY *native = EVP_PKCS82PKEY(info);
    enum err err = ERR_MALFORMED;
    if (native != NULL && EVP_PKEY_get_id(native) == EVP_PKEY_ED25519 &&
        EVP_PKEY_get_raw_private_key(native, seed, &seed_len) == 1 && seed_len == sizeof seed &&
        read_extra(info, extra, &extra_len)) {
        err = signing_key_from_seed(seed, &key);
    }
    if (err == ERR_OK) {
        memcpy(ret_extra, extra, extra_len);
        *ret_extra_len = extra_len;
        *ret_key = key;
    }
    EVP_PKEY_free(native);
    seal_wipe(seed, sizeof seed);
    seal_wipe(extra, sizeof extra);
    return err;
}

/* False: an attribute of ours that is not what we write. */
static bool read_extra(const PKCS8_PRIV_KEY_INFO *info, uint8_t *ret_extra, size_t *ret_extra_len)
{
    const STACK_OF(X509_ATTRIBUTE) *attributes = PKCS8_pkey_get0_attrs(info);
    ASN1_OBJECT *name = OBJ_txt2obj(EXTRA_OID, 1);
    int index = attributes != NULL && name != NULL ? X509at_get_attr_by_OBJ(attributes, name, -1) : -1;
    ASN1_OBJECT_free(name);
    if (index < 0) {
        *ret_extra_len = 0;
        return true;
    }
    const ASN1_OCTET_STRING *value =
        X509_ATTRIBUTE_get0_data(X509at_get_attr(attributes, index), 0, V_ASN1_OCTET_STRING, NULL);
    if (value == NULL || ASN1_STRING_length(value) > KEY_FILE_EXTRA_BYTES_MAX) {
        return false;
    }
    *ret_extra_len = (size_t)ASN1_STRING_length(value);
    memcpy(ret_extra, ASN1_STRING_get0_data(value), *ret_extra_len);
    return true;
}
