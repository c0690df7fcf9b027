/* The TLS engine between two ends that trust each other. Peers that must not get in: test_context.c. */
#include "common/tls/engine.h"

#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"
#include "tests/lib/tls_pair.h"

/* Both ends are ready and know each other's key: the device id comes from here. */
static void tls_engine__handshake__both_ready_and_keys_known(void **state)
{
    struct tls_pair *pair = *state;
    struct tls_end client;
    struct tls_end server;
    struct tls_peer peer = {.public_key = {0}};
    tls_end_open(&server, pair->server_context);
    assert_false(tls_engine_is_ready(server.engine));
    assert_int_equal(tls_engine_peer(server.engine, &peer), ERR_UNAUTHORISED);
    tls_end_close(&server);

    tls_end_connect(pair->client_context, pair->server_context, &client, &server);

    assert_true(tls_engine_is_ready(client.engine));
    assert_true(tls_engine_is_ready(server.engine));
    assert_int_equal(tls_engine_peer(server.engine, &peer), ERR_OK);
    assert_memory_equal(peer.public_key, pair->device_identity.public_key, sizeof peer.public_key);
    assert_true(hash_equal(&peer.device, &pair->device_identity.device));
    assert_false(peer.is_expired);
    assert_int_equal(tls_engine_peer(client.engine, &peer), ERR_OK);
    assert_memory_equal(peer.public_key, pair->server_identity.public_key, sizeof peer.public_key);
    assert_int_equal(client.err, ERR_OK);
    assert_int_equal(server.err, ERR_OK);
    assert_string_equal(tls_engine_reason(server.engine), "");
    tls_end_close(&client);
    tls_end_close(&server);
}

/* Plain text arrives whole and in order however the network cuts the cipher text, handshake included. */
static void tls_engine__one_byte_at_a_time__same_plain_text(void **state)
{
    struct tls_pair *pair = *state;
    static const size_t chunks[] = {1, 2, 7, 1000};
    for (unsigned i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        struct tls_end client;
        struct tls_end server;
        tls_end_open(&client, pair->client_context);
        tls_end_open(&server, pair->server_context);
        assert_int_equal(tls_engine_start(client.engine, &client.cipher), ERR_OK);
        tls_end_carry_both_ways(&client, &server, chunks[i]);
        uint8_t text[20000];
        for (size_t at = 0; at < sizeof text; at++) {
            text[at] = (uint8_t)(at * 7);
        }

        assert_int_equal(tls_engine_write(client.engine, bytes_of(text, sizeof text), &client.cipher),
                         ERR_OK);
        assert_int_equal(tls_engine_write(server.engine, bytes_of(text, 10), &server.cipher), ERR_OK);
        tls_end_carry_both_ways(&client, &server, chunks[i]);

        assert_true(bytes_equal(buf_content(&server.plain), bytes_of(text, sizeof text)));
        assert_true(bytes_equal(buf_content(&client.plain), bytes_of(text, 10)));
        tls_end_close(&client);
        tls_end_close(&server);
    }
}

/* Before the handshake is finished nothing can be written; after it the announced overhead holds for any
 * size. */
static void tls_engine_write__sizes__within_the_announced_bytes(void **state)
{
    struct tls_pair *pair = *state;
    struct tls_end client;
    struct tls_end server;
    tls_end_open(&client, pair->client_context);
    assert_int_equal(tls_engine_write(client.engine, bytes_of_text("x"), &client.cipher), ERR_AGAIN);
    tls_end_close(&client);
    tls_end_connect(pair->client_context, pair->server_context, &client, &server);
    static const size_t sizes[] = {0, 1, 16383, 16384, 16385, 100000};
    static const uint8_t text[100000];
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(tls_engine_write(client.engine, bytes_of(text, sizes[i]), &client.cipher), ERR_OK);
        assert_true(client.cipher.len <= tls_cipher_bytes(sizes[i]));
        tls_end_carry(&client, &server, SIZE_MAX);
        assert_int_equal(server.plain.len, sizes[i]);
        buf_clear(&server.plain);
    }
    tls_end_close(&client);
    tls_end_close(&server);
}

/* Without room for the cipher text nothing is written, and the connection lives on. */
static void tls_engine_write__no_room__busy_and_nothing_written(void **state)
{
    struct tls_pair *pair = *state;
    struct tls_end client;
    struct tls_end server;
    tls_end_connect(pair->client_context, pair->server_context, &client, &server);
    struct buf small;
    buf_init(&small, tls_cipher_bytes(100) - 1);
    static const uint8_t text[100];

    assert_int_equal(tls_engine_write(client.engine, bytes_of(text, 100), &small), ERR_BUSY);
    assert_int_equal(small.len, 0);
    assert_int_equal(tls_engine_write(client.engine, bytes_of(text, 99), &small), ERR_OK);

    buf_release(&small);
    tls_end_close(&client);
    tls_end_close(&server);
}

/* A reader that is full leaves the rest in the engine and gets it later, nothing lost or repeated. */
static void tls_engine_feed__plain_full__busy_then_the_rest(void **state)
{
    struct tls_pair *pair = *state;
    struct tls_end client;
    struct tls_end server;
    tls_end_connect(pair->client_context, pair->server_context, &client, &server);
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
    tls_end_close(&client);
    tls_end_close(&server);
}

/* A peer that keeps sending to a reader that never takes anything is cut, and memory stays bounded. */
static void tls_engine_feed__pending_past_the_limit__tls_error(void **state)
{
    struct tls_pair *pair = *state;
    struct tls_end client;
    struct tls_end server;
    tls_end_connect(pair->client_context, pair->server_context, &client, &server);
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
    tls_end_close(&client);
    tls_end_close(&server);
}

/* A proper end is told apart from a cut line, and what came before it is delivered. */
static void tls_engine_close__peer__closed_after_the_data(void **state)
{
    struct tls_pair *pair = *state;
    struct tls_end client;
    struct tls_end server;
    tls_end_connect(pair->client_context, pair->server_context, &client, &server);
    assert_int_equal(tls_engine_write(client.engine, bytes_of_text("bye"), &client.cipher), ERR_OK);
    tls_engine_close(client.engine, &client.cipher);

    tls_end_carry(&client, &server, SIZE_MAX);

    assert_int_equal(server.err, ERR_CLOSED);
    assert_true(bytes_equal(buf_content(&server.plain), bytes_of_text("bye")));
    assert_int_equal(tls_engine_feed(server.engine, bytes_of(NULL, 0), &server.plain, &server.cipher),
                     ERR_CLOSED);
    assert_int_equal(tls_engine_write(server.engine, bytes_of_text("x"), &server.cipher), ERR_TLS);
    tls_end_close(&client);
    tls_end_close(&server);
}

/* Garbage and plain HTTP get an alert and the end, never a crash or a wait. */
static void tls_engine_feed__not_tls__tls_error(void **state)
{
    struct tls_pair *pair = *state;
    static const char *const garbage[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                                          "\x16\x03\x01\xff\xff\x01\x02\x03\x04", "SSH-2.0-OpenSSH_9.2\r\n",
                                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (unsigned i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        struct tls_end server;
        tls_end_open(&server, pair->server_context);
        assert_int_equal(
            tls_engine_feed(server.engine, bytes_of_text(garbage[i]), &server.plain, &server.cipher),
            ERR_TLS);
        assert_true(strlen(tls_engine_reason(server.engine)) > 0);
        assert_false(tls_engine_is_ready(server.engine));
        assert_int_equal(server.plain.len, 0);
        assert_int_equal(tls_engine_start(server.engine, &server.cipher), ERR_TLS);
        tls_end_close(&server);
    }
}

/* A bit changed on the way ends the connection. */
static void tls_engine_feed__changed_cipher_text__tls_error(void **state)
{
    struct tls_pair *pair = *state;
    struct tls_end client;
    struct tls_end server;
    tls_end_connect(pair->client_context, pair->server_context, &client, &server);
    assert_int_equal(tls_engine_write(client.engine, bytes_of_text("hello"), &client.cipher), ERR_OK);
    client.cipher.at[client.cipher.start + client.cipher.len - 1] ^= 1;
    tls_end_carry(&client, &server, SIZE_MAX);
    assert_int_equal(server.err, ERR_TLS);
    assert_int_equal(server.plain.len, 0);
    assert_true(server.cipher.len > 0);
    tls_end_close(&client);
    tls_end_close(&server);
}

/* Our own allocations failing are reported, and nothing leaks. */
static void tls__no_memory__reported(void **state)
{
    struct tls_pair *pair = *state;
    struct tls_config config = {
        .is_server = true,
        .certificate_pem = bytes_of_text(pair->server_identity.certificate_pem),
        .private_key_pem = bytes_of_text(pair->server_identity.key_pem),
        .authority_pem = certs_authority_pem(pair->authority),
    };
    struct tls_context *context = NULL;
    struct tls_engine *engine = NULL;
    struct error error = {0};
    fault_memory_fail_at(0);
    assert_int_equal(tls_context_new(&config, &context, &error), ERR_NO_MEMORY);
    fault_memory_fail_at(0);
    assert_int_equal(tls_engine_new(pair->server_context, &engine), ERR_NO_MEMORY);
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
        cmocka_unit_test(tls__no_memory__reported),
    };
    return cmocka_run_group_tests(tests, tls_pair_open, tls_pair_close);
}
