/* What a TLS context lets in, as a server and as a client, and what it refuses to start with. */
#include "common/tls/context.h"

#include <openssl/ssl.h>

#include "tests/lib/test.h"
#include "tests/lib/tls_pair.h"

/* Connect a client of the given identity, trusting `trusted` and expecting `server_name`, to a server of the
 * other identity. */
static void assert_refused(struct tls_pair *pair, const struct certs_identity *client_identity,
                           const struct certs_identity *server_identity,
                           const struct certs_authority *trusted_by_client, const char *server_name,
                           bool by_server)
{
    struct tls_context *client_context =
        tls_pair_context(false, client_identity, trusted_by_client, server_name);
    struct tls_context *server_context = tls_pair_context(true, server_identity, pair->authority, NULL);
    struct tls_end client;
    struct tls_end server;
    tls_end_connect(client_context, server_context, &client, &server);
    /* In TLS 1.3 the client is ready before the server has judged it; it learns from the alert. */
    assert_false(tls_engine_is_ready(server.engine));
    assert_int_equal(client.err, ERR_TLS);
    assert_int_equal(server.err, ERR_TLS);
    const struct tls_end *judge = by_server ? &server : &client;
    assert_true(strlen(tls_engine_reason(judge->engine)) > 0);
    tls_end_close(&client);
    tls_end_close(&server);
    tls_context_free(client_context);
    tls_context_free(server_context);
}

/* A device of another authority and a certificate made for servers do not get in; test_zoo.c has all the others. */
static void tls_engine__bad_device_certificate__refused(void **state)
{
    struct tls_pair *pair = *state;
    struct certs_authority *stranger = certs_authority_new();
    struct certs_identity device;
    certs_issue_device(stranger, &device);
    assert_refused(pair, &device, &pair->server_identity, pair->authority, "localhost", true);
    certs_issue(pair->authority, (struct certs_request){.usage = "serverAuth"}, &device);
    assert_refused(pair, &device, &pair->server_identity, pair->authority, "localhost", true);
    certs_authority_free(stranger);
}

/* A client does not talk to a server of another authority, of another name, or to another client. */
static void tls_engine__bad_server_certificate__refused(void **state)
{
    struct tls_pair *pair = *state;
    const struct certs_identity *device = &pair->device_identity;
    struct certs_authority *stranger = certs_authority_new();
    struct certs_identity server = pair->server_identity;
    assert_refused(pair, device, &server, stranger, "localhost", false);
    assert_refused(pair, device, &server, pair->authority, "example.org", false);
    assert_refused(pair, device, &server, pair->authority, "127.0.0.2", false);
    certs_issue(pair->authority, (struct certs_request){.names = "DNS:localhost", .usage = "clientAuth"},
                &server);
    assert_refused(pair, device, &server, pair->authority, "localhost", false);
    certs_authority_free(stranger);
}

/* A server may be named by its address. */
static void tls_engine__server_named_by_address__accepted(void **state)
{
    struct tls_pair *pair = *state;
    struct tls_context *context =
        tls_pair_context(false, &pair->device_identity, pair->authority, "127.0.0.1");
    struct tls_end client;
    struct tls_end server;
    tls_end_connect(context, pair->server_context, &client, &server);
    assert_true(tls_engine_is_ready(client.engine));
    assert_true(tls_engine_is_ready(server.engine));
    tls_end_close(&client);
    tls_end_close(&server);
    tls_context_free(context);
}

/* What a plain OpenSSL client is answered. */
struct foreign_client {
    int version_max;       /* 0: the newest */
    const char *protocols; /* ALPN as on the wire; NULL: none */
    bool has_certificate;
};

static bool use_pem(SSL_CTX *context, const struct certs_identity *identity)
{
    BIO *certificate_bio = BIO_new_mem_buf(identity->certificate_pem, -1);
    BIO *key_bio = BIO_new_mem_buf(identity->key_pem, -1);
    X509 *certificate = PEM_read_bio_X509(certificate_bio, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
    bool is_used =
        SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(certificate_bio);
    BIO_free(key_bio);
    return is_used;
}

/* Handshake of a foreign client with our server; returns what the server's engine said last. */
static enum err connect_foreign(struct tls_pair *pair, struct foreign_client foreign, bool *ret_is_ready)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    if (foreign.version_max != 0) {
        assert_int_equal(SSL_CTX_set_max_proto_version(context, foreign.version_max), 1);
    }
    if (foreign.protocols != NULL) {
        (void)SSL_CTX_set_alpn_protos(context, (const unsigned char *)foreign.protocols,
                                      (unsigned)strlen(foreign.protocols));
    }
    if (foreign.has_certificate) {
        assert_true(use_pem(context, &pair->device_identity));
    }
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    (void)BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(ssl, in, out);
    SSL_set_connect_state(ssl);
    struct tls_end server;
    tls_end_open(&server, pair->server_context);
    for (unsigned flight = 0; flight < 4 && server.err == ERR_OK; flight++) {
        (void)SSL_do_handshake(ssl);
        uint8_t bytes[8192];
        int len = BIO_read(out, bytes, sizeof bytes);
        if (len > 0) {
            server.err =
                tls_engine_feed(server.engine, bytes_of(bytes, (size_t)len), &server.plain, &server.cipher);
        }
        struct bytes answer = buf_content(&server.cipher);
        if (answer.len > 0) {
            assert_int_equal(BIO_write(in, answer.at, (int)answer.len), (int)answer.len);
            buf_clear(&server.cipher);
        }
    }
    *ret_is_ready = tls_engine_is_ready(server.engine);
    enum err err = server.err;
    tls_end_close(&server);
    SSL_free(ssl);
    SSL_CTX_free(context);
    return err;
}

/* Any client that does it right gets in; TLS 1.2, another protocol or none, and no certificate do not. */
static void tls_engine__foreign_clients__only_the_right_one(void **state)
{
    struct tls_pair *pair = *state;
    static const char right[] = "\x08"
                                "dantin/1";
    static const char wrong[] = "\x02h2\x08http/1.1";
    bool is_ready = false;
    struct foreign_client good = {.protocols = right, .has_certificate = true};
    assert_int_equal(connect_foreign(pair, good, &is_ready), ERR_OK);
    assert_true(is_ready);

    const struct foreign_client bad[] = {
        {.version_max = TLS1_2_VERSION, .protocols = right, .has_certificate = true},
        {.protocols = wrong, .has_certificate = true},
        {.protocols = NULL, .has_certificate = true},
        {.protocols = right, .has_certificate = false},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(connect_foreign(pair, bad[i], &is_ready), ERR_TLS);
        assert_false(is_ready);
    }
}

static void assert_config_refused(struct tls_config config)
{
    struct tls_context *context = NULL;
    struct error error = {0};
    assert_int_equal(tls_context_new(&config, &context, &error), ERR_CONFIG);
    assert_null(context);
    assert_int_equal(error.code, ERR_CONFIG);
    assert_true(strlen(error.text) > 0);
}

/* Files that do not load or do not belong together are said at the start, not at the first connection. */
static void tls_context_new__bad_pem__config_error(void **state)
{
    struct tls_pair *pair = *state;
    const struct tls_config good = {
        .is_server = true,
        .certificate_pem = bytes_of_text(pair->server_identity.certificate_pem),
        .private_key_pem = bytes_of_text(pair->server_identity.key_pem),
        .authority_pem = certs_authority_pem(pair->authority),
    };
    struct tls_config config = good;
    config.certificate_pem = bytes_of_text("no certificate");
    assert_config_refused(config);
    config = good;
    config.certificate_pem = bytes_of(NULL, 0);
    assert_config_refused(config);
    config = good;
    config.private_key_pem = bytes_of_text("no key");
    assert_config_refused(config);
    config = good;
    config.private_key_pem = bytes_of_text(pair->device_identity.key_pem);
    assert_config_refused(config);
    config = good;
    config.authority_pem = bytes_of_text("");
    assert_config_refused(config);
    config.authority_pem = bytes_of_text(pair->server_identity.key_pem);
    assert_config_refused(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_engine__bad_device_certificate__refused),
        cmocka_unit_test(tls_engine__bad_server_certificate__refused),
        cmocka_unit_test(tls_engine__server_named_by_address__accepted),
        cmocka_unit_test(tls_engine__foreign_clients__only_the_right_one),
        cmocka_unit_test(tls_context_new__bad_pem__config_error),
    };
    return cmocka_run_group_tests(tests, tls_pair_open, tls_pair_close);
}
