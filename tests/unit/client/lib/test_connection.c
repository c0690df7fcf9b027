/* The client's connection against a TLS server on the other end of a socket pair. */
#include "tests/lib/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/lib/connection.h"
#include "client/lib/platform.h"
#include "common/tls/engine.h"
#include "common/wire/message.h"
#include "tests/lib/certs.h"

enum {
    BYTES_MAX = 16 << 20,
    MANY_FRAMES = 400,
    FRAME_BYTES = 4000,
    PATIENCE_MS = 20000,
};

enum server_role {
    SERVER_ECHOES,         /* every byte comes back */
    SERVER_CLOSES_AT_ONCE, /* before TLS */
    SERVER_CLOSES_AFTER,   /* after the first bytes */
    SERVER_SAYS_GARBAGE,   /* after the first bytes: no frame */
    SERVER_SAYS_UNKNOWN,   /* after the first bytes: a frame of unknown type, then the bytes back */
};

/* The other side, on a thread of its own. */
struct peer {
    int descriptor;
    enum server_role role;
    struct tls_context *context;
    pthread_t thread;
};

static struct certs_authority *authority;
static struct certs_authority *stranger;
static struct certs_identity device_identity;
static struct peer peer;

static int setup(void **state)
{
    (void)state;
    authority = certs_authority_new();
    stranger = certs_authority_new();
    certs_issue_device(authority, &device_identity);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    certs_authority_free(authority);
    certs_authority_free(stranger);
    return 0;
}

static bool send_all(int descriptor, struct buf *cipher)
{
    while (buf_content(cipher).len > 0) {
        ssize_t sent = send(descriptor, buf_content(cipher).at, buf_content(cipher).len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        buf_consume(cipher, (size_t)sent);
    }
    return true;
}

/* Say what the role says to the bytes taken; false: hang up. */
static bool answer(struct tls_engine *engine, struct buf *plain, struct buf *cipher)
{
    static const uint8_t unknown[FRAME_HEADER_BYTES + 3] = {0, 0, 0, 3, 0x7f, 0x7f, 0, 0, 0, 0,
                                                            0, 0, 0, 0, 0,    9,    1, 2, 3};
    struct bytes content = buf_content(plain);
    if (content.len == 0) {
        return true;
    }
    enum err err = ERR_OK;
    if (peer.role == SERVER_CLOSES_AFTER) {
        return false;
    }
    if (peer.role == SERVER_SAYS_GARBAGE) {
        err = tls_engine_write(engine, bytes_of_text("HTTP/1.1 400 Bad Request\r\n\r\n"), cipher);
    } else {
        if (peer.role == SERVER_SAYS_UNKNOWN) {
            err = tls_engine_write(engine, bytes_of(unknown, sizeof unknown), cipher);
        }
        if (err == ERR_OK) {
            err = tls_engine_write(engine, content, cipher);
        }
    }
    buf_clear(plain);
    return err == ERR_OK;
}

static void *serve(void *context)
{
    (void)context;
    struct tls_engine *engine = NULL;
    struct buf plain;
    struct buf cipher;
    uint8_t step[4096];
    buf_init(&plain, BYTES_MAX);
    buf_init(&cipher, BYTES_MAX);
    bool goes_on = peer.role != SERVER_CLOSES_AT_ONCE && tls_engine_new(peer.context, &engine) == ERR_OK;
    while (goes_on) {
        ssize_t received = read(peer.descriptor, step, sizeof step);
        if (received <= 0) {
            break;
        }
        enum err err = tls_engine_feed(engine, bytes_of(step, (size_t)received), &plain, &cipher);
        goes_on = err == ERR_OK && answer(engine, &plain, &cipher);
        goes_on = send_all(peer.descriptor, &cipher) && goes_on;
    }
    tls_engine_free(engine);
    buf_release(&plain);
    buf_release(&cipher);
    (void)close(peer.descriptor);
    return NULL;
}

/* Connect to a server of that role whose certificate comes from `issuer`; we trust `authority`. */
static enum err connect_to(enum server_role role, const struct certs_authority *issuer,
                           struct connection **ret_connection, struct error *ret_error)
{
    struct error error;
    struct certs_identity identity;
    int pair[2];
    struct platform_socket *socket = NULL;
    char *authority_pem =
        strndup((const char *)certs_authority_pem(authority).at, certs_authority_pem(authority).len);
    struct keys keys = {
        .key_pem = device_identity.key_pem,
        .certificate_pem = device_identity.certificate_pem,
        .authority_pem = authority_pem,
    };
    certs_issue_server(issuer, &identity);
    struct tls_config config = {
        .is_server = true,
        .certificate_pem = bytes_of_text(identity.certificate_pem),
        .private_key_pem = bytes_of_text(identity.key_pem),
        .authority_pem = certs_authority_pem(authority),
    };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    peer = (struct peer){.descriptor = pair[1], .role = role};
    assert_int_equal(tls_context_new(&config, &peer.context, &error), ERR_OK);
    assert_int_equal(pthread_create(&peer.thread, NULL, serve, NULL), 0);
    assert_int_equal(platform_socket_take(pair[0], &socket), ERR_OK);
    enum err err = connection_open_socket_take(socket, "localhost", &keys, ret_connection, ret_error);
    free(authority_pem);
    return err;
}

static void join_peer(void)
{
    assert_int_equal(pthread_join(peer.thread, NULL), 0);
    tls_context_free(peer.context);
}

static void send_frame(struct connection *connection, uint16_t type, uint64_t request_id, struct bytes body)
{
    struct buf out;
    buf_init(&out, BYTES_MAX);
    assert_int_equal(frame_append(&out, type, request_id, body, false), ERR_OK);
    assert_int_equal(connection_send(connection, buf_content(&out)), ERR_OK);
    buf_release(&out);
}

/* "host:port" in every form people write. */
static void split_server__forms__host_and_port(void **state)
{
    (void)state;
    static const struct {
        const char *server;
        const char *host;
        const char *port;
    } cases[] = {{"localhost:7000", "localhost", "7000"},
                 {"localhost", "localhost", "7443"},
                 {"10.0.0.1:1", "10.0.0.1", "1"},
                 {"[::1]:8443", "::1", "8443"},
                 {"[::1]", "::1", "7443"},
                 {"::1", "::1", "7443"},
                 {":7443", NULL, NULL},
                 {"", NULL, NULL},
                 {"host:", NULL, NULL},
                 {"fe80::1%eth0", "fe80::1%eth0", "7443"},
                 {"host:port", NULL, NULL},
                 {"host:7443:", NULL, NULL}, /* no address of version 6: mistyped */
                 {"host:70:00", NULL, NULL},
                 {"[::1", NULL, NULL},
                 {"[::1]x", NULL, NULL},
                 {"host:123456789", NULL, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char host[CONNECTION_HOST_BYTES_MAX] = "";
        char port[CONNECTION_PORT_BYTES_MAX] = "";
        enum err err = connection_split_server(cases[i].server, host, port);
        assert_int_equal(err, cases[i].host != NULL ? ERR_OK : ERR_CONFIG);
        assert_string_equal(host, cases[i].host != NULL ? cases[i].host : "");
        assert_string_equal(port, cases[i].port != NULL ? cases[i].port : "");
    }
}

/* Many large frames are under way both ways at once: nobody stalls, everything arrives in order. */
static void connection__many_large_frames_both_ways__no_stall(void **state)
{
    (void)state;
    static uint8_t body[FRAME_BYTES];
    struct connection *connection = NULL;
    struct error error = {0};
    memset(body, 'x', sizeof body);
    assert_int_equal(connect_to(SERVER_ECHOES, authority, &connection, &error), ERR_OK);
    connection_set_greeted(connection);

    /* Frames both sides may send, so that the echo is a frame the client takes. */
    for (uint64_t i = 1; i <= MANY_FRAMES; i++) {
        send_frame(connection, MESSAGE_ERROR, i, bytes_of(body, FRAME_BYTES));
    }
    for (uint64_t i = 1; i <= MANY_FRAMES; i++) {
        struct frame frame = {0};
        assert_int_equal(connection_receive(connection, PATIENCE_MS, &frame), ERR_OK);
        assert_int_equal(frame.header.request_id, i);
        assert_int_equal(frame.body.len, FRAME_BYTES);
    }

    connection_close(connection);
    join_peer();
}

/* Silence is told when asked for, and the connection lives on. */
static void connection_receive__silence__timed_out_then_frame(void **state)
{
    (void)state;
    struct connection *connection = NULL;
    struct error error = {0};
    struct frame frame = {0};
    assert_int_equal(connect_to(SERVER_ECHOES, authority, &connection, &error), ERR_OK);

    assert_int_equal(connection_receive(connection, 0, &frame), ERR_TIMED_OUT);
    send_frame(connection, MESSAGE_PING, 3, bytes_of("", 0));
    assert_int_equal(connection_receive(connection, PATIENCE_MS, &frame), ERR_OK);
    assert_int_equal(frame.header.type, MESSAGE_PING);

    connection_close(connection);
    join_peer();
}

/* A server with a certificate of another authority is not talked to. */
static void connection_open__other_authority__tls(void **state)
{
    (void)state;
    struct connection *connection = NULL;
    struct error error = {0};

    assert_int_equal(connect_to(SERVER_ECHOES, stranger, &connection, &error), ERR_TLS);

    assert_null(connection);
    assert_true(strlen(error.text) > 0);
    join_peer();
}

/* A line cut before TLS is a cut, which passes; not a fault of certificates, which does not. */
static void connection_open__cut_in_handshake__closed(void **state)
{
    (void)state;
    struct connection *connection = NULL;
    struct error error = {0};

    assert_int_equal(connect_to(SERVER_CLOSES_AT_ONCE, authority, &connection, &error), ERR_CLOSED);

    join_peer();
}

/* A line cut later is told to the reader. */
static void connection_receive__cut__closed(void **state)
{
    (void)state;
    struct connection *connection = NULL;
    struct error error = {0};
    struct frame frame = {0};
    assert_int_equal(connect_to(SERVER_CLOSES_AFTER, authority, &connection, &error), ERR_OK);
    send_frame(connection, MESSAGE_PING, 3, bytes_of("", 0));

    assert_int_equal(connection_receive(connection, PATIENCE_MS, &frame), ERR_CLOSED);

    connection_close(connection);
    join_peer();
}

/* Whatever is no frame ends the connection. */
static void connection_receive__garbage__refused(void **state)
{
    (void)state;
    struct connection *connection = NULL;
    struct error error = {0};
    struct frame frame = {0};
    assert_int_equal(connect_to(SERVER_SAYS_GARBAGE, authority, &connection, &error), ERR_OK);
    send_frame(connection, MESSAGE_PING, 3, bytes_of("", 0));

    enum err err = connection_receive(connection, PATIENCE_MS, &frame);

    assert_true(err == ERR_TOO_BIG || err == ERR_PROTOCOL || err == ERR_MALFORMED);
    connection_close(connection);
    join_peer();
}

/* A frame of a type from the future is passed over. */
static void connection_receive__unknown_type__skipped(void **state)
{
    (void)state;
    struct connection *connection = NULL;
    struct error error = {0};
    struct frame frame = {0};
    assert_int_equal(connect_to(SERVER_SAYS_UNKNOWN, authority, &connection, &error), ERR_OK);
    connection_set_greeted(connection);
    send_frame(connection, MESSAGE_PING, 3, bytes_of("", 0));

    assert_int_equal(connection_receive(connection, PATIENCE_MS, &frame), ERR_OK);

    assert_int_equal(frame.header.type, MESSAGE_PING);
    assert_int_equal(frame.header.request_id, 3);
    connection_close(connection);
    join_peer();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_server__forms__host_and_port),
        cmocka_unit_test_setup_teardown(connection__many_large_frames_both_ways__no_stall, setup, teardown),
        cmocka_unit_test_setup_teardown(connection_receive__silence__timed_out_then_frame, setup, teardown),
        cmocka_unit_test_setup_teardown(connection_open__other_authority__tls, setup, teardown),
        cmocka_unit_test_setup_teardown(connection_open__cut_in_handshake__closed, setup, teardown),
        cmocka_unit_test_setup_teardown(connection_receive__cut__closed, setup, teardown),
        cmocka_unit_test_setup_teardown(connection_receive__garbage__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(connection_receive__unknown_type__skipped, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
