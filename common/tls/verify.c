/* The profile, checked after OpenSSL found the chain sound: what our authority never issues is refused, even under its
 * signature. Few certificates are good, and they are all alike. */
#include "common/tls/verify.h"

#include <string.h>
#include <time.h>

#include <openssl/x509v3.h>

enum { SERIAL_BYTES_MAX = 20, SECONDS_PER_DAY = 24 * 60 * 60 };

/* The extensions a certificate may have, each once. */
struct extension {
    int nid;
    bool is_needed;
};

static bool is_just_expired(X509_STORE_CTX *context, X509 *certificate);
static const char *fault_of(X509 *certificate, bool is_device);
static const char *fault_of_key(X509 *certificate);
static const char *fault_of_extensions(X509 *certificate, bool is_device);

int tls_verify(int is_fine, X509_STORE_CTX *context)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_verdict *verdict = SSL_get_app_data(ssl);
    X509 *certificate = X509_STORE_CTX_get_current_cert(context);
    bool is_device = SSL_is_server(ssl) == 1;
    if (X509_STORE_CTX_get_error_depth(context) != 0) {
        return is_fine;
    }
    if (is_fine == 0) {
        if (!is_device || !is_just_expired(context, certificate)) {
            return 0;
        }
        verdict->is_expired = true;
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return 1;
    }
    verdict->reason = fault_of(certificate, is_device);
    if (verdict->reason != NULL) {
        X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    return 1;
}

int tls_verify_pin(X509_STORE_CTX *context, void *unused)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_verdict *verdict = SSL_get_app_data(ssl);
    X509 *certificate = X509_STORE_CTX_get0_cert(context);
    uint8_t raw[SIGN_PUBLIC_KEY_BYTES];
    size_t len = sizeof raw;
    (void)unused;
    verdict->reason = fault_of_key(certificate);
    if (verdict->reason == NULL &&
        EVP_PKEY_get_raw_public_key(X509_get0_pubkey(certificate), raw, &len) == 1) {
        struct hash spki_hash = sign_spki_hash(raw);
        if (memcmp(spki_hash.at, verdict->pin, TLS_PIN_BYTES) == 0) {
            return 1;
        }
        verdict->reason = "the server's key is not the one of the ticket";
    }
    X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

enum err tls_certificate_device(X509 *certificate, struct hash *ret_device)
{
    static const char digits[] = "0123456789abcdef";
    const X509_NAME *subject = X509_get_subject_name(certificate);
    if (X509_NAME_entry_count(subject) != 1) {
        return ERR_MALFORMED;
    }
    const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, 0);
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    char hex[HASH_HEX_BYTES];
    if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_commonName ||
        ASN1_STRING_length(value) != HASH_HEX_BYTES - 1) {
        return ERR_MALFORMED;
    }
    memcpy(hex, ASN1_STRING_get0_data(value), sizeof hex - 1);
    hex[sizeof hex - 1] = '\0';
    if (strspn(hex, digits) != sizeof hex - 1) {
        return ERR_MALFORMED; /* upper case, a NUL inside: one device has one name */
    }
    return hex_decode(hex, ret_device->at, sizeof ret_device->at);
}

/* The one error that is let pass: of a device, by the clock, for so many days. */
static bool is_just_expired(X509_STORE_CTX *context, X509 *certificate)
{
    time_t earliest = time(NULL) - (time_t)TLS_EXPIRED_DAYS_MAX * SECONDS_PER_DAY;
    return X509_STORE_CTX_get_error(context) == X509_V_ERR_CERT_HAS_EXPIRED &&
           X509_cmp_time(X509_get0_notAfter(certificate), &earliest) > 0;
}

/* NULL: none. */
static const char *fault_of(X509 *certificate, bool is_device)
{
    struct hash device;
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    if (X509_get_version(certificate) != X509_VERSION_3) {
        return "the certificate is not of version 3";
    }
    if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || ASN1_STRING_length(serial) > SERIAL_BYTES_MAX) {
        return "the certificate's number is negative or too long";
    }
    if (X509_get_signature_nid(certificate) != NID_ED25519) {
        return "the certificate is not signed with Ed25519";
    }
    const char *fault = fault_of_key(certificate);
    if (fault == NULL) {
        fault = fault_of_extensions(certificate, is_device);
    }
    if (fault == NULL && is_device && tls_certificate_device(certificate, &device) != ERR_OK) {
        fault = "the certificate's subject is no device id";
    }
    return fault;
}

static const char *fault_of_key(X509 *certificate)
{
    uint8_t raw[SIGN_PUBLIC_KEY_BYTES];
    size_t len = sizeof raw;
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    struct verify_key *checked = NULL;
    if (key == NULL || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key, raw, &len) != 1) {
        return "the certificate's key is not Ed25519";
    }
    /* Before any signature is judged: under a key of small order OpenSSL accepts forged ones. */
    if (verify_key_new(bytes_of(raw, len), &checked) != ERR_OK) {
        return "the certificate's key is of small order or not canonical";
    }
    verify_key_free(checked);
    return NULL;
}

static const char *fault_of_extensions(X509 *certificate, bool is_device)
{
    const struct extension allowed[] = {
        {NID_basic_constraints, true},
        {NID_key_usage, true},
        {NID_ext_key_usage, true},
        {NID_subject_key_identifier, false},
        {NID_authority_key_identifier, false},
        {NID_subject_alt_name, false}, /* of a server; OpenSSL has found its name there */
    };
    int allowed_count = (int)(sizeof allowed / sizeof allowed[0]) - (is_device ? 1 : 0);
    int found = 0;
    for (int i = 0; i < allowed_count; i++) {
        int place = X509_get_ext_by_NID(certificate, allowed[i].nid, -1);
        if (place < 0 && allowed[i].is_needed) {
            return "the certificate lacks an extension";
        }
        found += place >= 0 ? 1 : 0;
        if (place >= 0 && X509_get_ext_by_NID(certificate, allowed[i].nid, place) >= 0) {
            return "the certificate has an extension twice";
        }
    }
    if (X509_get_ext_count(certificate) != found) {
        return "the certificate has an extension of another kind";
    }
    if (X509_check_ca(certificate) != 0) {
        return "the certificate is an authority's";
    }
    if (X509_get_key_usage(certificate) != KU_DIGITAL_SIGNATURE) {
        return "the certificate's key is for another use";
    }
    uint32_t purpose = is_device ? XKU_SSL_CLIENT : XKU_SSL_SERVER;
    return X509_get_extended_key_usage(certificate) == purpose ? NULL
                                                               : "the certificate is for another purpose too";
}
