/* The TLS engine: two engines wired to each other in memory. */
#include "common/tls/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/ssl.h>

#include "tests/lib/certs.h"
#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

enum { PLAIN_BYTES_MAX = 1 << 20, CIPHER_BYTES_MAX = 2 << 20 };

struct fixture {
    struct certs_authority *authority;
    struct certs_identity server_identity;
    struct certs_identity device_identity;
    struct tls_context *server_context;
    struct tls_context *client_context;
};

/* One end of a connection. */
struct end {
    struct tls_engine *engine;
    struct buf plain;
    struct buf cipher; /* on its way to the other end */
    enum err err;      /* of the last feed */
};

static struct tls_context *new_context(bool is_server, const struct certs_identity *identity,
                                       const struct certs_authority *authority, const char *server_name)
{
    struct tls_config config = {
        .is_server = is_server,
        .certificate_pem = bytes_of_text(identity->certificate_pem),
        .private_key_pem = bytes_of_text(identity->key_pem),
        .authority_pem = certs_authority_pem(authority),
        .server_name = server_name,
    };
    struct tls_context *context = NULL;
    struct error error = {0};
    assert_int_equal(tls_context_new(&config, &context, &error), ERR_OK);
    return context;
}

static int fixture_open(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->authority = certs_authority_new();
    certs_issue_server(fixture->authority, &fixture->server_identity);
    certs_issue_device(fixture->authority, &fixture->device_identity);
    fixture->server_context = new_context(true, &fixture->server_identity, fixture->authority, NULL);
    fixture->client_context = new_context(false, &fixture->device_identity, fixture->authority, "localhost");
    *state = fixture;
    return 0;
}

static int fixture_close(void **state)
{
    struct fixture *fixture = *state;
    tls_context_free(fixture->client_context);
    tls_context_free(fixture->server_context);
    certs_authority_free(fixture->authority);
    free(fixture);
    return 0;
}

static void end_open(struct end *end, struct tls_context *context)
{
    *end = (struct end){.err = ERR_OK};
    buf_init(&end->plain, PLAIN_BYTES_MAX);
    buf_init(&end->cipher, CIPHER_BYTES_MAX);
    assert_int_equal(tls_engine_new(context, &end->engine), ERR_OK);
}

static void end_close(struct end *end)
{
    tls_engine_free(end->engine);
    buf_release(&end->plain);
    buf_release(&end->cipher);
}

/* Carry what `from` has to say to `to`, at most chunk_bytes at a time. */
static void carry(struct end *from, struct end *to, size_t chunk_bytes)
{
    while (from->cipher.len > 0) {
        struct bytes content = buf_content(&from->cipher);
        size_t len = content.len < chunk_bytes ? content.len : chunk_bytes;
        enum err err = tls_engine_feed(to->engine, bytes_of(content.at, len), &to->plain, &to->cipher);
        if (to->err == ERR_OK) {
            to->err = err;
        }
        buf_consume(&from->cipher, len);
    }
}

static void carry_both_ways(struct end *client, struct end *server, size_t chunk_bytes)
{
    while (client->cipher.len > 0 || server->cipher.len > 0) {
        carry(client, server, chunk_bytes);
        carry(server, client, chunk_bytes);
    }
}

/* Connect two fresh ends as far as they get. */
static void connect_ends(struct tls_context *client_context, struct tls_context *server_context,
                         struct end *client, struct end *server)
{
    end_open(client, client_context);
    end_open(server, server_context);
    assert_int_equal(tls_engine_start(client->engine, &client->cipher), ERR_OK);
    carry_both_ways(client, server, SIZE_MAX);
}

/* Both ends are ready and know each other's key: the device id comes from here. */
static void tls_engine__handshake__both_ready_and_keys_known(void **state)
{
    struct fixture *fixture = *state;
    struct end client;
    struct end server;
    uint8_t key[SIGN_PUBLIC_KEY_BYTES] = {0};
    end_open(&server, fixture->server_context);
    assert_false(tls_engine_is_ready(server.engine));
    assert_int_equal(tls_engine_peer_key(server.engine, key), ERR_UNAUTHORISED);
    end_close(&server);

    connect_ends(fixture->client_context, fixture->server_context, &client, &server);

    assert_true(tls_engine_is_ready(client.engine));
    assert_true(tls_engine_is_ready(server.engine));
    assert_int_equal(tls_engine_peer_key(server.engine, key), ERR_OK);
    assert_memory_equal(key, fixture->device_identity.public_key, sizeof key);
    assert_int_equal(tls_engine_peer_key(client.engine, key), ERR_OK);
    assert_memory_equal(key, fixture->server_identity.public_key, sizeof key);
    assert_int_equal(client.err, ERR_OK);
    assert_int_equal(server.err, ERR_OK);
    assert_string_equal(tls_engine_reason(server.engine), "");
    end_close(&client);
    end_close(&server);
}

/* Plain text arrives whole and in order however the network cuts the cipher text, handshake included. */
static void tls_engine__one_byte_at_a_time__same_plain_text(void **state)
{
    struct fixture *fixture = *state;
    static const size_t chunks[] = {1, 2, 7, 1000};
    for (unsigned i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        struct end client;
        struct end server;
        end_open(&client, fixture->client_context);
        end_open(&server, fixture->server_context);
        assert_int_equal(tls_engine_start(client.engine, &client.cipher), ERR_OK);
        carry_both_ways(&client, &server, chunks[i]);
        uint8_t text[20000];
        for (size_t at = 0; at < sizeof text; at++) {
            text[at] = (uint8_t)(at * 7);
        }

        assert_int_equal(tls_engine_write(client.engine, bytes_of(text, sizeof text), &client.cipher),
                         ERR_OK);
        assert_int_equal(tls_engine_write(server.engine, bytes_of(text, 10), &server.cipher), ERR_OK);
        carry_both_ways(&client, &server, chunks[i]);

        assert_true(bytes_equal(buf_content(&server.plain), bytes_of(text, sizeof text)));
        assert_true(bytes_equal(buf_content(&client.plain), bytes_of(text, 10)));
        end_close(&client);
        end_close(&server);
    }
}

/* Before the handshake is finished nothing can be written; after it the announced overhead holds for any
 * size. */
static void tls_engine_write__sizes__within_the_announced_bytes(void **state)
{
    struct fixture *fixture = *state;
    struct end client;
    struct end server;
    end_open(&client, fixture->client_context);
    assert_int_equal(tls_engine_write(client.engine, bytes_of_text("x"), &client.cipher), ERR_AGAIN);
    end_close(&client);
    connect_ends(fixture->client_context, fixture->server_context, &client, &server);
    static const size_t sizes[] = {0, 1, 16383, 16384, 16385, 100000};
    static const uint8_t text[100000];
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(tls_engine_write(client.engine, bytes_of(text, sizes[i]), &client.cipher), ERR_OK);
        assert_true(client.cipher.len <= tls_cipher_bytes(sizes[i]));
        carry(&client, &server, SIZE_MAX);
        assert_int_equal(server.plain.len, sizes[i]);
        buf_clear(&server.plain);
    }
    end_close(&client);
    end_close(&server);
}

/* Without room for the cipher text nothing is written, and the connection lives on. */
static void tls_engine_write__no_room__busy_and_nothing_written(void **state)
{
    struct fixture *fixture = *state;
    struct end client;
    struct end server;
    connect_ends(fixture->client_context, fixture->server_context, &client, &server);
    struct buf small;
    buf_init(&small, tls_cipher_bytes(100) - 1);
    static const uint8_t text[100];

    assert_int_equal(tls_engine_write(client.engine, bytes_of(text, 100), &small), ERR_BUSY);
    assert_int_equal(small.len, 0);
    assert_int_equal(tls_engine_write(client.engine, bytes_of(text, 99), &small), ERR_OK);

    buf_release(&small);
    end_close(&client);
    end_close(&server);
}

/* A reader that is full leaves the rest in the engine and gets it later, nothing lost or repeated. */
static void tls_engine_feed__plain_full__busy_then_the_rest(void **state)
{
    struct fixture *fixture = *state;
    struct end client;
    struct end server;
    connect_ends(fixture->client_context, fixture->server_context, &client, &server);
    buf_release(&server.plain);
    buf_init(&server.plain, 1000);
    uint8_t text[50000];
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)(i * 31 >> 3);
    }
    assert_int_equal(tls_engine_write(client.engine, bytes_of(text, sizeof text), &client.cipher), ERR_OK);

    struct bytes in = buf_content(&client.cipher);
    size_t half = in.len / 2;
    enum err err = tls_engine_feed(server.engine, bytes_of(in.at, half), &server.plain, &server.cipher);
    assert_int_equal(err, ERR_BUSY);
    err =
        tls_engine_feed(server.engine, bytes_of(in.at + half, in.len - half), &server.plain, &server.cipher);
    size_t taken = 0;
    while (taken < sizeof text) {
        assert_int_equal(err, taken + server.plain.len < sizeof text ? ERR_BUSY : ERR_OK);
        assert_true(server.plain.len > 0);
        assert_memory_equal(buf_content(&server.plain).at, text + taken, server.plain.len);
        taken += server.plain.len;
        buf_clear(&server.plain);
        err = tls_engine_feed(server.engine, bytes_of(NULL, 0), &server.plain, &server.cipher);
    }
    assert_int_equal(taken, sizeof text);
    assert_int_equal(err, ERR_OK);
    end_close(&client);
    end_close(&server);
}

/* A peer that keeps sending to a reader that never takes anything is cut, and memory stays bounded. */
static void tls_engine_feed__pending_past_the_limit__tls_error(void **state)
{
    struct fixture *fixture = *state;
    struct end client;
    struct end server;
    connect_ends(fixture->client_context, fixture->server_context, &client, &server);
    buf_release(&server.plain);
    buf_init(&server.plain, 10);
    static const uint8_t text[10000];
    enum err err = ERR_OK;
    unsigned rounds = 0;
    while (err != ERR_TLS) {
        assert_true(rounds++ < 100);
        assert_int_equal(tls_engine_write(client.engine, bytes_of(text, sizeof text), &client.cipher),
                         ERR_OK);
        err = tls_engine_feed(server.engine, buf_content(&client.cipher), &server.plain, &server.cipher);
        buf_clear(&client.cipher);
    }
    assert_true(rounds >= TLS_PENDING_BYTES_MAX / (int)sizeof text);
    assert_string_equal(tls_engine_reason(server.engine), "more cipher text than may wait");
    assert_int_equal(tls_engine_feed(server.engine, bytes_of(NULL, 0), &server.plain, &server.cipher),
                     ERR_TLS);
    assert_int_equal(tls_engine_write(server.engine, bytes_of_text("x"), &server.cipher), ERR_TLS);
    end_close(&client);
    end_close(&server);
}

/* A proper end is told apart from a cut line, and what came before it is delivered. */
static void tls_engine_close__peer__closed_after_the_data(void **state)
{
    struct fixture *fixture = *state;
    struct end client;
    struct end server;
    connect_ends(fixture->client_context, fixture->server_context, &client, &server);
    assert_int_equal(tls_engine_write(client.engine, bytes_of_text("bye"), &client.cipher), ERR_OK);
    tls_engine_close(client.engine, &client.cipher);

    carry(&client, &server, SIZE_MAX);

    assert_int_equal(server.err, ERR_CLOSED);
    assert_true(bytes_equal(buf_content(&server.plain), bytes_of_text("bye")));
    assert_int_equal(tls_engine_feed(server.engine, bytes_of(NULL, 0), &server.plain, &server.cipher),
                     ERR_CLOSED);
    assert_int_equal(tls_engine_write(server.engine, bytes_of_text("x"), &server.cipher), ERR_TLS);
    end_close(&client);
    end_close(&server);
}

/* Garbage and plain HTTP get an alert and the end, never a crash or a wait. */
static void tls_engine_feed__not_tls__tls_error(void **state)
{
    struct fixture *fixture = *state;
    static const char *const garbage[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                                          "\x16\x03\x01\xff\xff\x01\x02\x03\x04", "SSH-2.0-OpenSSH_9.2\r\n",
                                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (unsigned i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        struct end server;
        end_open(&server, fixture->server_context);
        assert_int_equal(
            tls_engine_feed(server.engine, bytes_of_text(garbage[i]), &server.plain, &server.cipher),
            ERR_TLS);
        assert_true(strlen(tls_engine_reason(server.engine)) > 0);
        assert_false(tls_engine_is_ready(server.engine));
        assert_int_equal(server.plain.len, 0);
        assert_int_equal(tls_engine_start(server.engine, &server.cipher), ERR_TLS);
        end_close(&server);
    }
}

/* A bit changed on the way ends the connection. */
static void tls_engine_feed__changed_cipher_text__tls_error(void **state)
{
    struct fixture *fixture = *state;
    struct end client;
    struct end server;
    connect_ends(fixture->client_context, fixture->server_context, &client, &server);
    assert_int_equal(tls_engine_write(client.engine, bytes_of_text("hello"), &client.cipher), ERR_OK);
    client.cipher.at[client.cipher.start + client.cipher.len - 1] ^= 1;
    carry(&client, &server, SIZE_MAX);
    assert_int_equal(server.err, ERR_TLS);
    assert_int_equal(server.plain.len, 0);
    assert_true(server.cipher.len > 0);
    end_close(&client);
    end_close(&server);
}

/* ---- peers that must not get in
 * -------------------------------------------------------------------------------- */

/* Connect a client of the given identity, trusting `trusted` and expecting `server_name`, to a server of the
 * other identity. */
static void assert_refused(struct fixture *fixture, const struct certs_identity *client_identity,
                           const struct certs_identity *server_identity,
                           const struct certs_authority *trusted_by_client, const char *server_name,
                           bool by_server)
{
    struct tls_context *client_context = new_context(false, client_identity, trusted_by_client, server_name);
    struct tls_context *server_context = new_context(true, server_identity, fixture->authority, NULL);
    struct end client;
    struct end server;
    connect_ends(client_context, server_context, &client, &server);
    /* In TLS 1.3 the client is ready before the server has judged it; it learns from the alert. */
    assert_false(tls_engine_is_ready(server.engine));
    assert_int_equal(client.err, ERR_TLS);
    assert_int_equal(server.err, ERR_TLS);
    const struct end *judge = by_server ? &server : &client;
    assert_true(strlen(tls_engine_reason(judge->engine)) > 0);
    end_close(&client);
    end_close(&server);
    tls_context_free(client_context);
    tls_context_free(server_context);
}

/* A device of another authority, an expired one and a certificate made for servers do not get in. */
static void tls_engine__bad_device_certificate__refused(void **state)
{
    struct fixture *fixture = *state;
    struct certs_authority *stranger = certs_authority_new();
    struct certs_identity device;
    certs_issue_device(stranger, &device);
    assert_refused(fixture, &device, &fixture->server_identity, fixture->authority, "localhost", true);
    certs_issue(fixture->authority, (struct certs_request){.is_expired = true}, &device);
    assert_refused(fixture, &device, &fixture->server_identity, fixture->authority, "localhost", true);
    certs_issue(fixture->authority, (struct certs_request){.usage = "serverAuth"}, &device);
    assert_refused(fixture, &device, &fixture->server_identity, fixture->authority, "localhost", true);
    certs_authority_free(stranger);
}

/* A client does not talk to a server of another authority, of another name, or to another client. */
static void tls_engine__bad_server_certificate__refused(void **state)
{
    struct fixture *fixture = *state;
    const struct certs_identity *device = &fixture->device_identity;
    struct certs_authority *stranger = certs_authority_new();
    struct certs_identity server = fixture->server_identity;
    assert_refused(fixture, device, &server, stranger, "localhost", false);
    assert_refused(fixture, device, &server, fixture->authority, "example.org", false);
    assert_refused(fixture, device, &server, fixture->authority, "127.0.0.2", false);
    certs_issue(fixture->authority, (struct certs_request){.names = "DNS:localhost", .usage = "clientAuth"},
                &server);
    assert_refused(fixture, device, &server, fixture->authority, "localhost", false);
    certs_authority_free(stranger);
}

/* A server may be named by its address. */
static void tls_engine__server_named_by_address__accepted(void **state)
{
    struct fixture *fixture = *state;
    struct tls_context *context =
        new_context(false, &fixture->device_identity, fixture->authority, "127.0.0.1");
    struct end client;
    struct end server;
    connect_ends(context, fixture->server_context, &client, &server);
    assert_true(tls_engine_is_ready(client.engine));
    assert_true(tls_engine_is_ready(server.engine));
    end_close(&client);
    end_close(&server);
    tls_context_free(context);
}

/* A device's key must be Ed25519: another kind connects but names no device. */
static void tls_engine_peer_key__other_kind_of_key__unauthorised(void **state)
{
    struct fixture *fixture = *state;
    struct certs_identity device;
    certs_issue(fixture->authority, (struct certs_request){.is_p256 = true}, &device);
    struct tls_context *context = new_context(false, &device, fixture->authority, "localhost");
    struct end client;
    struct end server;
    uint8_t key[SIGN_PUBLIC_KEY_BYTES] = {5};
    connect_ends(context, fixture->server_context, &client, &server);
    assert_true(tls_engine_is_ready(server.engine));
    assert_int_equal(tls_engine_peer_key(server.engine, key), ERR_UNAUTHORISED);
    assert_int_equal(key[0], 5);
    end_close(&client);
    end_close(&server);
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
static enum err connect_foreign(struct fixture *fixture, struct foreign_client foreign, bool *ret_is_ready)
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
        assert_true(use_pem(context, &fixture->device_identity));
    }
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    (void)BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(ssl, in, out);
    SSL_set_connect_state(ssl);
    struct end server;
    end_open(&server, fixture->server_context);
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
    end_close(&server);
    SSL_free(ssl);
    SSL_CTX_free(context);
    return err;
}

/* Any client that does it right gets in; TLS 1.2, another protocol or none, and no certificate do not. */
static void tls_engine__foreign_clients__only_the_right_one(void **state)
{
    struct fixture *fixture = *state;
    static const char right[] = "\x08"
                                "dantin/1";
    static const char wrong[] = "\x02h2\x08http/1.1";
    bool is_ready = false;
    struct foreign_client good = {.protocols = right, .has_certificate = true};
    assert_int_equal(connect_foreign(fixture, good, &is_ready), ERR_OK);
    assert_true(is_ready);

    const struct foreign_client bad[] = {
        {.version_max = TLS1_2_VERSION, .protocols = right, .has_certificate = true},
        {.protocols = wrong, .has_certificate = true},
        {.protocols = NULL, .has_certificate = true},
        {.protocols = right, .has_certificate = false},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(connect_foreign(fixture, bad[i], &is_ready), ERR_TLS);
        assert_false(is_ready);
    }
}

/* ---- configuration
 * ------------------------------------------------------------------------------------------------- */

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
    struct fixture *fixture = *state;
    const struct tls_config good = {
        .is_server = true,
        .certificate_pem = bytes_of_text(fixture->server_identity.certificate_pem),
        .private_key_pem = bytes_of_text(fixture->server_identity.key_pem),
        .authority_pem = certs_authority_pem(fixture->authority),
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
    config.private_key_pem = bytes_of_text(fixture->device_identity.key_pem);
    assert_config_refused(config);
    config = good;
    config.authority_pem = bytes_of_text("");
    assert_config_refused(config);
    config.authority_pem = bytes_of_text(fixture->server_identity.key_pem);
    assert_config_refused(config);
}

/* Our own allocations failing are reported, and nothing leaks. */
static void tls__no_memory__reported(void **state)
{
    struct fixture *fixture = *state;
    struct tls_config config = {
        .is_server = true,
        .certificate_pem = bytes_of_text(fixture->server_identity.certificate_pem),
        .private_key_pem = bytes_of_text(fixture->server_identity.key_pem),
        .authority_pem = certs_authority_pem(fixture->authority),
    };
    struct tls_context *context = NULL;
    struct tls_engine *engine = NULL;
    struct error error = {0};
    fault_memory_fail_at(0);
    assert_int_equal(tls_context_new(&config, &context, &error), ERR_NO_MEMORY);
    fault_memory_fail_at(0);
    assert_int_equal(tls_engine_new(fixture->server_context, &engine), ERR_NO_MEMORY);
    assert_true(fault_memory_stop());
    assert_null(context);
    assert_null(engine);
    tls_engine_free(NULL);
    tls_context_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_engine__handshake__both_ready_and_keys_known),
        cmocka_unit_test(tls_engine__one_byte_at_a_time__same_plain_text),
        cmocka_unit_test(tls_engine_write__sizes__within_the_announced_bytes),
        cmocka_unit_test(tls_engine_write__no_room__busy_and_nothing_written),
        cmocka_unit_test(tls_engine_feed__plain_full__busy_then_the_rest),
        cmocka_unit_test(tls_engine_feed__pending_past_the_limit__tls_error),
        cmocka_unit_test(tls_engine_close__peer__closed_after_the_data),
        cmocka_unit_test(tls_engine_feed__not_tls__tls_error),
        cmocka_unit_test(tls_engine_feed__changed_cipher_text__tls_error),
        cmocka_unit_test(tls_engine__bad_device_certificate__refused),
        cmocka_unit_test(tls_engine__bad_server_certificate__refused),
        cmocka_unit_test(tls_engine__server_named_by_address__accepted),
        cmocka_unit_test(tls_engine_peer_key__other_kind_of_key__unauthorised),
        cmocka_unit_test(tls_engine__foreign_clients__only_the_right_one),
        cmocka_unit_test(tls_context_new__bad_pem__config_error),
        cmocka_unit_test(tls__no_memory__reported),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
