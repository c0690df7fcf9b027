/* The certificate zoo: every kind of bad certificate meets the real TLS settings, session and HELLO, and each is
 * refused for its one reason. Device certificates are shown by a plain OpenSSL client, which has no scruples. */
#include <openssl/ssl.h>

#include "common/tls/context.h"
#include "common/tls/verify.h"
#include "tests/lib/zoo.h"
#include "tests/unit/server/handlers/fixture.h"

enum { PEM_BYTES_MAX = 16384, PLAIN_BYTES_MAX = 65536 };

enum fate {
    FATE_TLS,        /* the handshake fails, with this reason */
    FATE_HELLO,      /* HELLO is answered with ERROR 11, or with what `err` says */
    FATE_RENEW_ONLY, /* greeted, but a QUERY is answered with ERROR 40 */
    FATE_WELCOME,
};

struct cage {
    const char *name;
    struct zoo_order order;
    enum fate fate;
    const char *reason; /* of FATE_TLS */
    bool is_revoked;
    bool is_unknown;     /* nobody enrolled the key */
    bool is_swapped;     /* shown with another private key */
    bool is_of_device_a; /* its name says the device of another sender */
};

static const char too_old[] = "certificate has expired";
static const char not_ours[] = "the certificate's key is not Ed25519";
static const char weak_point[] = "the certificate's key is of small order or not canonical";
static const char no_id[] = "the certificate's subject is no device id";
static const char lacks[] = "the certificate lacks an extension";
static const char other_kind[] = "the certificate has an extension of another kind";
static const char other_use[] = "the certificate's key is for another use";
static const char other_purpose[] = "the certificate is for another purpose too";
static const char bad_purpose[] = "unsuitable certificate purpose";
/* OpenSSL finds an extension that stands twice before it looks for the issuer, and then sees none. */
static const char no_issuer[] = "unable to get local issuer certificate";
static const char too_long[] = "certificate chain too long";

static const struct cage devices[] = {
    {"good", {0}, .fate = FATE_WELCOME},
    {"good without key identifiers, valid for ten years", {.to_days = 3650}, .fate = FATE_WELCOME},
    {"expired a day ago", {.from_days = -91, .to_days = -1}, .fate = FATE_RENEW_ONLY},
    {"expired 29 days ago", {.from_days = -119, .to_days = -29}, .fate = FATE_RENEW_ONLY},
    {"expired 31 days ago", {.from_days = -121, .to_days = -31}, FATE_TLS, .reason = too_old},
    {"expired years ago", {.from_days = -3650, .to_days = -2000}, FATE_TLS, .reason = too_old},
    {"expired, and of a stranger",
     {.from_days = -9, .to_days = -1, .issuer = ZOO_STRANGER},
     FATE_TLS,
     .reason = too_long},
    {"expired, and for servers",
     {.from_days = -9, .to_days = -1, .purpose = "serverAuth"},
     FATE_TLS,
     .reason = bad_purpose},
    {"expired, unknown", {.from_days = -9, .to_days = -1}, FATE_HELLO, .is_unknown = true},
    {"not yet valid", {.from_days = 2}, FATE_TLS, .reason = "certificate is not yet valid"},
    {"of another authority, which is sent along", {.issuer = ZOO_STRANGER}, FATE_TLS, .reason = too_long},
    {"of another authority of the same name",
     {.issuer = ZOO_NAMESAKE},
     FATE_TLS,
     .reason = "certificate signature failure"},
    {"self-signed", {.issuer = ZOO_SELF}, FATE_TLS, .reason = "self-signed certificate"},
    {"self-signed in the authority's name",
     {.issuer = ZOO_SELF, .common_name = "dantin"},
     FATE_TLS,
     .reason = "self-signed certificate"},
    {"a bit of the signature flipped",
     {.is_bit_flipped = true},
     FATE_TLS,
     .reason = "certificate signature failure"},
    {"for servers", {.purpose = "serverAuth"}, FATE_TLS, .reason = bad_purpose},
    {"for both sides", {.purpose = "clientAuth,serverAuth"}, FATE_TLS, .reason = other_purpose},
    {"for any purpose", {.purpose = "anyExtendedKeyUsage"}, FATE_TLS, .reason = bad_purpose},
    {"for code signing beside", {.purpose = "clientAuth,codeSigning"}, FATE_TLS, .reason = other_purpose},
    {"for no purpose", {.purpose = ""}, FATE_TLS, .reason = lacks},
    {"purpose twice", {.has_purpose_twice = true}, FATE_TLS, .reason = no_issuer},
    {"no basic constraints", {.constraints = ""}, FATE_TLS, .reason = lacks},
    {"no key usage", {.usage = ""}, FATE_TLS, .reason = lacks},
    {"key usage of an authority",
     {.usage = "critical,digitalSignature,keyCertSign"},
     FATE_TLS,
     .reason = other_use},
    {"key usage without signatures", {.usage = "critical,keyAgreement"}, FATE_TLS, .reason = other_use},
    {"an authority as a device",
     {.constraints = "critical,CA:TRUE", .usage = "critical,digitalSignature,keyCertSign"},
     FATE_TLS,
     .reason = "the certificate is an authority's"},
    {"another extension", {.extra = "1.2.3.4.5=DER:0500"}, FATE_TLS, .reason = other_kind},
    {"another extension, critical",
     {.extra = "1.2.3.4.5=critical,DER:0500"},
     FATE_TLS,
     .reason = "unhandled critical extension"},
    {"names of servers in a device's", {.names = "DNS:localhost"}, FATE_TLS, .reason = other_kind},
    {"a comment", {.extra = "nsComment=visitor"}, FATE_TLS, .reason = other_kind},
    {"version 1", {.is_version_1 = true}, FATE_TLS, .reason = "the certificate is not of version 3"},
    {"a negative number",
     {.is_negative = true},
     FATE_TLS,
     .reason = "the certificate's number is negative or too long"},
    {"a number too long",
     {.is_number_long = true},
     FATE_TLS,
     .reason = "the certificate's number is negative or too long"},
    {"RSA of 2048 bits", {.key = ZOO_RSA_2048}, FATE_TLS, .reason = not_ours},
    {"RSA of 1024 bits", {.key = ZOO_RSA_1024}, FATE_TLS, .reason = "EE certificate key too weak"},
    {"P-256", {.key = ZOO_P256}, FATE_TLS, .reason = not_ours},
    {"Ed448", {.key = ZOO_ED448}, FATE_TLS, .reason = not_ours},
    {"X25519", {.key = ZOO_X25519}, FATE_TLS, .reason = not_ours},
    {"neutral point",
     {.key = ZOO_RAW, .raw_key = "0100000000000000000000000000000000000000000000000000000000000000"},
     FATE_TLS,
     .reason = weak_point},
    {"point of order 8",
     {.key = ZOO_RAW, .raw_key = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"},
     FATE_TLS,
     .reason = weak_point},
    {"point of order 4, sign bit set",
     {.key = ZOO_RAW, .raw_key = "0000000000000000000000000000000000000000000000000000000000000080"},
     FATE_TLS,
     .reason = weak_point},
    {"y not below p",
     {.key = ZOO_RAW, .raw_key = "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
     FATE_TLS,
     .reason = weak_point},
    {"shown with another key", {0}, FATE_TLS, .reason = "bad signature", .is_swapped = true},
    {"an intermediate authority", {.issuer = ZOO_INTERMEDIATE}, FATE_TLS, .reason = too_long},
    {"an intermediate that pathlen forbids", {.issuer = ZOO_BELOW_PATHLEN}, FATE_TLS, .reason = too_long},
    {"signed by an end certificate", {.issuer = ZOO_NO_AUTHORITY}, FATE_TLS, .reason = too_long},
    {"signed by a trusted RSA authority",
     {.issuer = ZOO_RSA_AUTHORITY},
     FATE_TLS,
     .reason = "the certificate is not signed with Ed25519"},
    {"SHA-1",
     {.issuer = ZOO_RSA_AUTHORITY, .digest = "SHA1"},
     FATE_TLS,
     .reason = "CA signature digest algorithm too weak"},
    {"MD5",
     {.issuer = ZOO_RSA_AUTHORITY, .digest = "MD5"},
     FATE_TLS,
     .reason = "CA signature digest algorithm too weak"},
    {"no subject", {.common_name = ""}, FATE_TLS, .reason = no_id},
    {"an organisation beside the id", {.has_organisation = true}, FATE_TLS, .reason = no_id},
    {"the id in capitals", {.is_upper_case = true}, FATE_TLS, .reason = no_id},
    {"the id too long",
     {.common_name = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0"},
     FATE_TLS,
     .reason = no_id},
    {"the id too short", {.common_name = "00112233"}, FATE_TLS, .reason = no_id},
    {"a NUL in the id",
     {.common_name = "00112233445566778899aabbccddeeff00112233445566778899aabbccddee\0f",
      .common_name_bytes = 64},
     FATE_TLS,
     .reason = no_id},
    {"a name instead of the id", {.common_name = "Nguyễn Văn A"}, FATE_TLS, .reason = no_id},
    {"the id of another device", {0}, FATE_HELLO, .is_of_device_a = true},
    {"an id that is no device's",
     {.common_name = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"},
     .fate = FATE_HELLO},
    {"of a revoked device", {0}, FATE_HELLO, .is_revoked = true},
    {"a key that nobody enrolled", {0}, FATE_HELLO, .is_unknown = true},
};

static const struct cage servers[] = {
    {"good", {0}, .fate = FATE_WELCOME},
    {"expired a day ago", {.from_days = -9, .to_days = -1}, FATE_TLS, .reason = too_old},
    {"not yet valid", {.from_days = 2}, FATE_TLS, .reason = "certificate is not yet valid"},
    {"of another authority", {.issuer = ZOO_STRANGER}, FATE_TLS, .reason = too_long},
    {"of another authority of the same name",
     {.issuer = ZOO_NAMESAKE},
     FATE_TLS,
     .reason = "certificate signature failure"},
    {"self-signed", {.issuer = ZOO_SELF}, FATE_TLS, .reason = "self-signed certificate"},
    {"for clients", {.purpose = "clientAuth"}, FATE_TLS, .reason = bad_purpose},
    {"for both sides", {.purpose = "clientAuth,serverAuth"}, FATE_TLS, .reason = other_purpose},
    {"for no purpose", {.purpose = ""}, FATE_TLS, .reason = lacks},
    {"no names, but a common name",
     {.names = "", .common_name = "localhost"},
     FATE_TLS,
     .reason = "hostname mismatch"},
    {"another name", {.names = "DNS:example.org"}, FATE_TLS, .reason = "hostname mismatch"},
    {"a wildcard", {.names = "DNS:*.localdomain"}, FATE_TLS, .reason = "hostname mismatch"},
    {"an address only", {.names = "IP:127.0.0.1"}, FATE_TLS, .reason = "hostname mismatch"},
    {"the name as an address of mail",
     {.names = "email:a@localhost"},
     FATE_TLS,
     .reason = "hostname mismatch"},
    {"name constraints of its authority",
     {.issuer = ZOO_CONSTRAINED},
     FATE_TLS,
     .reason = "permitted subtree violation"},
    {"RSA of 2048 bits", {.key = ZOO_RSA_2048}, FATE_TLS, .reason = not_ours},
    {"P-256", {.key = ZOO_P256}, FATE_TLS, .reason = not_ours},
    {"an authority as a server",
     {.constraints = "critical,CA:TRUE", .usage = "critical,digitalSignature,keyCertSign"},
     FATE_TLS,
     .reason = "the certificate is an authority's"},
    {"another extension", {.extra = "1.2.3.4.5=DER:0500"}, FATE_TLS, .reason = other_kind},
    {"an intermediate authority", {.issuer = ZOO_INTERMEDIATE}, FATE_TLS, .reason = too_long},
    {"version 1", {.is_version_1 = true}, FATE_TLS, .reason = "hostname mismatch"},
};

static struct zoo *zoo;
static unsigned escaped; /* cages whose reason is another one: all are told before the test fails */

static void expect_reason(const struct cage *cage, const char *found)
{
    const char *wanted = cage->fate == FATE_TLS ? cage->reason : "";
    if (strcmp(found, wanted) != 0) {
        print_error("%s: \"%s\" where \"%s\" is due\n", cage->name, found, wanted);
        escaped++;
    }
}

static struct tls_context *context_of(bool is_server, const struct zoo_animal *animal, struct bytes trusted)
{
    static char certificate[PEM_BYTES_MAX];
    static char key[PEM_BYTES_MAX];
    struct tls_context *context = NULL;
    struct error error = {0};
    struct tls_config config = {
        .is_server = is_server,
        .certificate_pem =
            bytes_of(certificate, zoo_certificate_pem(animal, certificate, sizeof certificate)),
        .private_key_pem = bytes_of(key, zoo_key_pem(animal, key, sizeof key)),
        .authority_pem = trusted,
        .server_name = "localhost",
    };
    assert_int_equal(tls_context_new(&config, &context, &error), ERR_OK);
    return context;
}

/* ---- devices ---- */

/* A client that shows the animal and trusts everybody. NULL: OpenSSL has no way to show such a key. */
static SSL *unscrupulous(const struct zoo_animal *animal)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    assert_int_equal(
        SSL_CTX_set_alpn_protos(context, (const unsigned char *)TLS_ALPN_WIRE, TLS_ALPN_WIRE_BYTES), 0);
    if (SSL_CTX_use_certificate(context, animal->certificate) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    assert_int_equal(SSL_CTX_use_PrivateKey(context, animal->key), 1);
    if (animal->between != NULL) {
        assert_int_equal(SSL_CTX_add1_chain_cert(context, animal->between), 1);
    }
    SSL *ssl = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl);
    return ssl;
}

/* Both sides talk until neither has anything to say. */
static void shake_hands(SSL *client, struct tls_engine *server)
{
    struct buf plain;
    struct buf cipher;
    char bytes[PLAIN_BYTES_MAX];
    int len = 0;
    buf_init(&plain, PLAIN_BYTES_MAX);
    buf_init(&cipher, PLAIN_BYTES_MAX);
    do {
        (void)SSL_do_handshake(client); /* what it says is in the test's result */
        len = BIO_read(SSL_get_wbio(client), bytes, sizeof bytes);
        if (len > 0) {
            (void)!tls_engine_feed(server, bytes_of(bytes, (size_t)len), &plain, &cipher);
        }
        struct bytes answer = buf_content(&cipher);
        if (answer.len > 0) {
            assert_int_equal(BIO_write(SSL_get_rbio(client), answer.at, (int)answer.len), (int)answer.len);
            buf_clear(&cipher);
        }
    } while (len > 0);
    buf_release(&plain);
    buf_release(&cipher);
}

/* What OpenSSL would do with the certificate, had a client been able to show it. */
static const char *judge_unshown(struct tls_context *context, const struct zoo_animal *animal)
{
    struct tls_verdict verdict = {0};
    SSL *ssl = SSL_new(context->native);
    X509_STORE_CTX *chain = X509_STORE_CTX_new();
    SSL_set_app_data(ssl, &verdict);
    SSL_set_accept_state(ssl);
    assert_int_equal(
        X509_STORE_CTX_init(chain, SSL_CTX_get_cert_store(context->native), animal->certificate, NULL), 1);
    assert_int_equal(X509_STORE_CTX_set_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx(), ssl), 1);
    assert_int_equal(X509_STORE_CTX_set_default(chain, "ssl_client"), 1);
    X509_STORE_CTX_set_verify_cb(chain, SSL_CTX_get_verify_callback(context->native));
    assert_int_not_equal(X509_verify_cert(chain), 1);
    X509_STORE_CTX_free(chain);
    SSL_free(ssl);
    return verdict.reason;
}

static void know_device(const struct tls_peer *peer, bool is_revoked)
{
    struct hash spki_hash = sign_spki_hash(peer->public_key);
    struct store_device device = {
        .device = spki_hash, .sender = fixture.world.branch_a, .is_revoked = is_revoked};
    memcpy(device.public_key, peer->public_key, sizeof device.public_key);
    model_store_add_device(fixture.world.store, &spki_hash, &device);
}

static void meet(const struct cage *cage, const struct tls_peer *peer)
{
    Dantin__Query query = DANTIN__QUERY__INIT;
    if (!cage->is_unknown) {
        know_device(peer, cage->is_revoked);
    }
    fixture_connect_peer(peer);
    fixture_hello("en", (struct bytes){0});
    if (cage->fate == FATE_HELLO) {
        (void)fixture_expect_error(0, ERR_UNAUTHORISED);
        assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
        return;
    }
    (void)fixture_expect(MESSAGE_WELCOME, 1);
    assert_int_equal(peer->is_expired, cage->fate == FATE_RENEW_ONLY);
    query.indicator = (char *)(uintptr_t)STORE_QUERY_LIST;
    fixture_send(MESSAGE_QUERY, 2, &query);
    (void)fixture_expect_error(2, cage->fate == FATE_RENEW_ONLY ? ERR_EXPIRED : ERR_NOT_FOUND);
}

static void show_device(const struct cage *cage)
{
    struct zoo_animal server;
    struct zoo_animal animal;
    struct zoo_order order = cage->order;
    struct tls_engine *engine = NULL;
    char name[HASH_HEX_BYTES];
    if (cage->is_of_device_a) {
        hex_encode(bytes_of(fixture.world.a.device.at, HASH_BYTES), name);
        order.common_name = name;
    }
    zoo_issue(zoo, &(struct zoo_order){0}, true, &server);
    zoo_issue(zoo, &order, false, &animal);
    if (cage->is_swapped) {
        EVP_PKEY *swapped = zoo_wrong_private(animal.key);
        EVP_PKEY_free(animal.key);
        animal.key = swapped;
    }
    struct tls_context *context = context_of(true, &server, zoo_trusted_pem(zoo, order.issuer));
    SSL *client = unscrupulous(&animal);
    if (client == NULL) {
        expect_reason(cage, judge_unshown(context, &animal));
        goto done;
    }
    assert_int_equal(tls_engine_new(context, &engine), ERR_OK);
    shake_hands(client, engine);
    struct tls_peer peer;
    expect_reason(cage, tls_engine_reason(engine));
    if (cage->fate == FATE_TLS) {
        assert_int_equal(tls_engine_peer(engine, &peer), ERR_UNAUTHORISED);
    } else {
        assert_int_equal(tls_engine_peer(engine, &peer), ERR_OK);
        meet(cage, &peer);
    }
done:
    SSL_free(client);
    tls_engine_free(engine);
    tls_context_free(context);
    zoo_animal_release(&animal);
    zoo_animal_release(&server);
}

/* Every device certificate has the one fate its cage says. */
static void zoo__device_certificates__each_its_one_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        show_device(&devices[i]);
    }
    assert_int_equal(escaped, 0);
}

/* ---- servers ---- */

static void show_server(const struct cage *cage)
{
    struct zoo_animal device;
    struct zoo_animal animal;
    struct tls_engine *client = NULL;
    struct tls_engine *server = NULL;
    struct buf plain;
    struct buf to_server;
    struct buf to_client;
    buf_init(&plain, PLAIN_BYTES_MAX);
    buf_init(&to_server, PLAIN_BYTES_MAX);
    buf_init(&to_client, PLAIN_BYTES_MAX);
    zoo_issue(zoo, &(struct zoo_order){0}, false, &device);
    zoo_issue(zoo, &cage->order, true, &animal);
    struct tls_context *server_context = context_of(true, &animal, zoo_trusted_pem(zoo, ZOO_AUTHORITY));
    struct tls_context *client_context = context_of(false, &device, zoo_trusted_pem(zoo, cage->order.issuer));
    assert_int_equal(tls_engine_new(client_context, &client), ERR_OK);
    assert_int_equal(tls_engine_new(server_context, &server), ERR_OK);
    assert_int_equal(tls_engine_start(client, &to_server), ERR_OK);
    assert_int_equal(tls_engine_feed(server, buf_content(&to_server), &plain, &to_client), ERR_OK);
    buf_clear(&to_server);
    enum err err = tls_engine_feed(client, buf_content(&to_client), &plain, &to_server);
    expect_reason(cage, tls_engine_reason(client));
    assert_int_equal(err, cage->fate == FATE_TLS ? ERR_TLS : ERR_OK);
    assert_int_equal(tls_engine_is_ready(client), cage->fate == FATE_WELCOME);
    tls_engine_free(client);
    tls_engine_free(server);
    tls_context_free(client_context);
    tls_context_free(server_context);
    zoo_animal_release(&animal);
    zoo_animal_release(&device);
    buf_release(&plain);
    buf_release(&to_server);
    buf_release(&to_client);
}

/* Every server certificate has the one fate its cage says; a client gives no grace. */
static void zoo__server_certificates__each_its_one_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        show_server(&servers[i]);
    }
    assert_int_equal(escaped, 0);
}

static int open_zoo(void **state)
{
    zoo = zoo_new();
    escaped = 0;
    return fixture_open(state);
}

static int close_zoo(void **state)
{
    zoo_free(zoo);
    return fixture_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(zoo__device_certificates__each_its_one_error, open_zoo, close_zoo),
        cmocka_unit_test_setup_teardown(zoo__server_certificates__each_its_one_error, open_zoo, close_zoo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
