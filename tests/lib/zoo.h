/* Certificates of every bad kind, made on the spot for tests: each order says how it differs from a good device's (or
 * server's) certificate. Tests only; aborts on failure. */
#ifndef TESTS_LIB_ZOO_H
#define TESTS_LIB_ZOO_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/base/bytes.h"

enum zoo_key {
    ZOO_ED25519,
    ZOO_RSA_1024,
    ZOO_RSA_2048,
    ZOO_P256,
    ZOO_ED448,
    ZOO_X25519,
    ZOO_RAW, /* the 32 bytes of zoo_order.raw_key as an Ed25519 key, with a private half that does not fit */
};

/* Who signs. */
enum zoo_issuer {
    ZOO_AUTHORITY,     /* the one both sides trust */
    ZOO_STRANGER,      /* another authority, its certificate sent along */
    ZOO_NAMESAKE,      /* another authority of the same name */
    ZOO_SELF,          /* the certificate itself */
    ZOO_INTERMEDIATE,  /* under the authority, which may have one below it here (no pathlen) */
    ZOO_BELOW_PATHLEN, /* under the authority, which may have none below it */
    ZOO_NO_AUTHORITY,  /* an end certificate of the authority's, misused as one */
    ZOO_RSA_AUTHORITY, /* a trusted authority with an RSA key */
    ZOO_CONSTRAINED,   /* a trusted authority that may speak for *.example.org only */
    ZOO_ISSUER_COUNT
};

/* How a certificate differs from a good one; zero means: not at all. */
struct zoo_order {
    enum zoo_key key;
    enum zoo_issuer issuer;
    const char *digest;      /* of an RSA authority's signature */
    const char *raw_key;     /* hex, of ZOO_RAW */
    const char *common_name; /* NULL: the device's id; "": no subject at all */
    int common_name_bytes;   /* when it holds a NUL; 0: its length */
    bool has_organisation;   /* an O beside the CN */
    bool is_upper_case;      /* the device id in capitals */
    int from_days;           /* 0: two days ago */
    int to_days;             /* 0: in 30 days */
    const char *constraints; /* NULL: "critical,CA:FALSE"; "": none; so on for the next ones */
    const char *usage;       /* NULL: "critical,digitalSignature" */
    const char *purpose;     /* NULL: clientAuth of a device, serverAuth of a server */
    const char *names;       /* NULL: none of a device, localhost and 127.0.0.1 of a server */
    const char *extra;       /* one more extension: "1.2.3.4.5=critical,DER:0500" */
    bool has_purpose_twice;
    bool is_version_1;
    bool is_negative;    /* its number */
    bool is_number_long; /* 21 bytes */
    bool is_bit_flipped; /* of its signature */
};

struct zoo;

struct zoo *zoo_new(void);
void zoo_free(struct zoo *zoo);
/* The certificates that are trusted by both sides when a certificate of this issuer is shown. PEM. */
struct bytes zoo_trusted_pem(const struct zoo *zoo, enum zoo_issuer issuer);

struct zoo_animal {
    X509 *certificate;
    X509 *between; /* the issuer's certificate, to send along; NULL: none */
    EVP_PKEY *key;
};
/* is_server: a server's certificate, not a device's. */
void zoo_issue(struct zoo *zoo, const struct zoo_order *order, bool is_server, struct zoo_animal *ret_animal);
/* A key whose public half is this one's and whose private half is not. */
EVP_PKEY *zoo_wrong_private(EVP_PKEY *key);
void zoo_animal_release(struct zoo_animal *animal);
/* Certificate (and what is sent along), or the private key, as PEM. */
size_t zoo_certificate_pem(const struct zoo_animal *animal, char *out, size_t capacity);
size_t zoo_key_pem(const struct zoo_animal *animal, char *out, size_t capacity);

#endif
