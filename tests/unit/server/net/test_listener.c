/* The port over loopback, in one loop with its clients: TLS, backpressure, the cap, the end. */
#include "server/net/listener.h"

#include <stdlib.h>

#include <uv.h>

#include "common/base/clock.h"
#include "common/tls/engine.h"
#include "common/wire/frame.h"
#include "proto/query.pb-c.h"
#include "proto/session.pb-c.h"
#include "server/session/session.h"
#include "tests/lib/certs.h"
#include "tests/lib/test.h"

enum {
    CLIENTS_MAX = 16,
    PLAIN_BYTES_MAX = 64 << 20,
    WAIT_MS_MAX = 20000,
    CELL_BYTES = 32768,
    ANSWER_PARTS = 256
};

/* One client: speaks TLS, or whatever raw bytes the test gives it. */
struct client {
    uv_tcp_t socket;
    uv_connect_t connect;
    struct tls_engine *tls; /* NULL: raw */
    struct buf plain;
    struct buf cipher;
    char read_buffer[65536];
    bool is_connected;
    bool is_over;
    bool is_closed;
    size_t raw_bytes; /* received by a raw client */
};

static struct fixture {
    uv_loop_t loop;
    uv_timer_t alarm;
    struct certs_authority *authority;
    struct certs_identity server;
    struct certs_identity device;
    struct tls_context *server_tls;
    struct tls_context *client_tls;
    struct session_hub *hub;
    struct listener *listener;
    struct client *clients[CLIENTS_MAX];
    unsigned client_count;
    bool is_stopped;
    bool is_late;
    unsigned parts_left;
    unsigned part_count;
    uint8_t next_device;
    struct origin origin; /* of whoever said HELLO last */
} fixture;

static struct outcome hello(struct request *request, const void *message)
{
    Dantin__Welcome welcome = DANTIN__WELCOME__INIT;
    struct store_device device = {.role = ROLE_CLERK};

    (void)message;
    device.device.at[0] = ++fixture.next_device;
    fixture.origin = *session_origin(request_session(request));
    session_greet(request_session(request), &device, LANGUAGE_EN);
    welcome.software = (char *)(uintptr_t) "fixture of the listener";
    return request_reply(request, MESSAGE_WELCOME, &welcome);
}

/* Many megabytes of noise in parts, as fast as the client reads. */
static struct outcome query_step(struct request *request)
{
    static char text[CELL_BYTES + 1];
    uint64_t noise = 88172645463325252U;

    while (request_has_room(request)) {
        Dantin__Rows rows = DANTIN__ROWS__INIT;
        Dantin__Row row = DANTIN__ROW__INIT;
        Dantin__Cell cell = DANTIN__CELL__INIT;
        Dantin__Row *row_list[] = {&row};
        Dantin__Cell *cell_list[] = {&cell};

        for (unsigned i = 0; i < CELL_BYTES; i++) {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            text[i] = (char)('!' + noise % 90);
        }
        cell.text = text;
        row.cell = cell_list;
        row.n_cell = 1;
        rows.row = row_list;
        rows.n_row = 1;
        fixture.parts_left--;
        if (fixture.parts_left == 0) {
            rows.has_is_last = rows.is_last = true;
            return request_reply(request, MESSAGE_ROWS, &rows);
        }
        if (request_part(request, MESSAGE_ROWS, &rows) != ERR_OK) {
            return request_reject(request, ERR_INTERNAL, NULL);
        }
    }
    return request_wait(request, REQUEST_WAIT_OUTPUT);
}

static struct outcome query(struct request *request, const void *message)
{
    (void)message;
    fixture.parts_left = ANSWER_PARTS;
    return query_step(request);
}

static const struct route routes[] = {
    {.type = MESSAGE_HELLO, .deadline_ms = 60000, .latency = METRIC_COUNT, .start = hello},
    {.type = MESSAGE_QUERY,
     .deadline_ms = 60000,
     .latency = METRIC_COUNT,
     .start = query,
     .step = query_step},
};

/* ---- the loop ---- */

static void on_alarm(uv_timer_t *timer)
{
    (void)timer;
    fixture.is_late = true;
}

/* Turn the loop until the condition holds; a condition that never does fails the test instead of hanging it.
 */
static void wait_until(bool (*is_true)(void))
{
    fixture.is_late = false;
    (void)uv_timer_start(&fixture.alarm, on_alarm, WAIT_MS_MAX, 0);
    while (!is_true() && !fixture.is_late) {
        (void)uv_run(&fixture.loop, UV_RUN_ONCE);
    }
    (void)uv_timer_stop(&fixture.alarm);
    assert_false(fixture.is_late);
}

static struct tls_context *make_tls(const struct certs_identity *identity, bool is_server)
{
    struct tls_config config = {
        .is_server = is_server,
        .certificate_pem = bytes_of_text(identity->certificate_pem),
        .private_key_pem = bytes_of_text(identity->key_pem),
        .authority_pem = certs_authority_pem(fixture.authority),
        .server_name = is_server ? NULL : "localhost",
    };
    struct tls_context *context = NULL;
    struct error error = {0};

    assert_int_equal(tls_context_new(&config, &context, &error), ERR_OK);
    return context;
}

static int open_fixture(void **state)
{
    const struct session_hub_config hub = {
        .routes = routes,
        .route_count = 2,
        .idle_timeout_ms = 60000,
        .monotonic_us = clock_monotonic_us,
        .wall_ms = clock_now_ms,
    };
    struct listener_config listener = {.host = "127.0.0.1", .port = 0, .connections_max = 3};
    struct error error = {0};

    (void)state;
    memset(&fixture, 0, sizeof fixture);
    assert_int_equal(uv_loop_init(&fixture.loop), 0);
    assert_int_equal(uv_timer_init(&fixture.loop, &fixture.alarm), 0);
    fixture.authority = certs_authority_new();
    certs_issue_server(fixture.authority, &fixture.server);
    certs_issue_device(fixture.authority, &fixture.device);
    fixture.server_tls = make_tls(&fixture.server, true);
    fixture.client_tls = make_tls(&fixture.device, false);
    assert_int_equal(session_hub_new(&hub, &fixture.hub), ERR_OK);
    listener.tls = fixture.server_tls;
    listener.hub = fixture.hub;
    assert_int_equal(listener_start(&fixture.loop, &listener, &fixture.listener, &error), ERR_OK);
    assert_int_not_equal(listener_port(fixture.listener), 0);
    return 0;
}

static void on_client_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;

    client->is_closed = true;
}

static void client_close(struct client *client)
{
    if (!uv_is_closing((uv_handle_t *)&client->socket)) {
        uv_close((uv_handle_t *)&client->socket, on_client_closed);
    }
}

static void on_stopped(void *context)
{
    (void)context;
    fixture.is_stopped = true;
}

static bool is_stopped(void)
{
    return fixture.is_stopped;
}

static bool are_clients_closed(void)
{
    for (unsigned i = 0; i < fixture.client_count; i++) {
        if (!fixture.clients[i]->is_closed) {
            return false;
        }
    }
    return true;
}

static int close_fixture(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture.client_count; i++) {
        client_close(fixture.clients[i]);
    }
    wait_until(are_clients_closed);
    if (!fixture.is_stopped) {
        listener_stop(fixture.listener, on_stopped, NULL);
        wait_until(is_stopped);
    }
    for (unsigned i = 0; i < fixture.client_count; i++) {
        tls_engine_free(fixture.clients[i]->tls);
        buf_release(&fixture.clients[i]->plain);
        buf_release(&fixture.clients[i]->cipher);
        free(fixture.clients[i]);
    }
    uv_close((uv_handle_t *)&fixture.alarm, NULL);
    (void)uv_run(&fixture.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture.loop), 0);
    session_hub_free(fixture.hub);
    tls_context_free(fixture.server_tls);
    tls_context_free(fixture.client_tls);
    certs_authority_free(fixture.authority);
    return 0;
}

/* ---- clients ---- */

static void client_write(struct client *client, struct bytes raw)
{
    while (raw.len > 0) {
        uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)raw.at, (unsigned)raw.len);
        int written = uv_try_write((uv_stream_t *)&client->socket, &buffer, 1);

        if (written == UV_EAGAIN) {
            (void)uv_run(&fixture.loop, UV_RUN_NOWAIT);
            continue;
        }
        if (written < 0) {
            return; /* the server cut us; the read side notices */
        }
        raw = bytes_of(raw.at + written, raw.len - (size_t)written);
    }
}

static void client_flush(struct client *client)
{
    client_write(client, buf_content(&client->cipher));
    buf_clear(&client->cipher);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    struct client *client = handle->data;

    (void)suggested;
    *ret_buf = uv_buf_init(client->read_buffer, sizeof client->read_buffer);
}

static void on_read(uv_stream_t *handle, ssize_t read_len, const uv_buf_t *buffer)
{
    struct client *client = handle->data;
    enum err err = ERR_OK;

    if (read_len < 0) {
        client->is_over = true;
        (void)uv_read_stop(handle);
        return;
    }
    if (client->tls == NULL) {
        client->raw_bytes += (size_t)read_len;
        return;
    }
    err = tls_engine_feed(client->tls, bytes_of(buffer->base, (size_t)read_len), &client->plain,
                          &client->cipher);
    client_flush(client);
    client->is_over = client->is_over || err != ERR_OK;
}

static void client_read(struct client *client)
{
    assert_int_equal(uv_read_start((uv_stream_t *)&client->socket, on_alloc, on_read), 0);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct client *client = connect->data;

    assert_int_equal(status, 0);
    client->is_connected = true;
    client_read(client);
    if (client->tls != NULL) {
        assert_int_equal(tls_engine_start(client->tls, &client->cipher), ERR_OK);
        client_flush(client);
    }
}

static struct client *client_new(struct tls_context *tls)
{
    struct client *client = calloc(1, sizeof *client);
    struct sockaddr_in address;

    assert_non_null(client);
    assert_true(fixture.client_count < CLIENTS_MAX);
    fixture.clients[fixture.client_count++] = client;
    buf_init(&client->plain, PLAIN_BYTES_MAX);
    buf_init(&client->cipher, PLAIN_BYTES_MAX);
    if (tls != NULL) {
        assert_int_equal(tls_engine_new(tls, &client->tls), ERR_OK);
    }
    assert_int_equal(uv_ip4_addr("127.0.0.1", listener_port(fixture.listener), &address), 0);
    assert_int_equal(uv_tcp_init(&fixture.loop, &client->socket), 0);
    client->socket.data = client;
    client->connect.data = client;
    assert_int_equal(
        uv_tcp_connect(&client->connect, &client->socket, (const struct sockaddr *)&address, on_connected),
        0);
    return client;
}

static bool is_ready(void)
{
    const struct client *client = fixture.clients[fixture.client_count - 1];

    return client->is_over || tls_engine_is_ready(client->tls);
}

static bool is_connected(void)
{
    return fixture.clients[fixture.client_count - 1]->is_connected;
}

static void client_say(struct client *client, enum message_type type, uint64_t request_id,
                       const void *message)
{
    struct buf body;
    struct buf frame;

    buf_init(&body, 1 << 20);
    buf_init(&frame, 1 << 20);
    assert_int_equal(message_pack(message, &body), ERR_OK);
    assert_int_equal(frame_append(&frame, (uint16_t)type, request_id, buf_content(&body), false), ERR_OK);
    assert_int_equal(tls_engine_write(client->tls, buf_content(&frame), &client->cipher), ERR_OK);
    client_flush(client);
    buf_release(&body);
    buf_release(&frame);
}

static bool first_has_frame(const struct client *client, struct frame *ret_frame)
{
    struct bytes content = buf_content(&client->plain);

    return frame_decode(content, (struct frame_rules){.is_greeted = false}, ret_frame) == ERR_OK ||
           frame_decode(content, (struct frame_rules){.is_greeted = true}, ret_frame) == ERR_OK;
}

static bool last_has_frame(void)
{
    struct frame frame;
    const struct client *client = fixture.clients[fixture.client_count - 1];

    return client->is_over || first_has_frame(client, &frame);
}

static uint16_t client_take(struct client *client)
{
    struct frame frame = {0};

    assert_true(first_has_frame(client, &frame));
    buf_consume(&client->plain, FRAME_HEADER_BYTES + frame.header.body_bytes);
    return frame.header.type;
}

/* TLS, HELLO, WELCOME. */
static struct client *client_greeted(void)
{
    Dantin__Hello message = DANTIN__HELLO__INIT;
    struct client *client = client_new(fixture.client_tls);

    message.has_version_min = message.has_version_max = true;
    message.version_min = message.version_max = 1;
    message.software = (char *)(uintptr_t) "test";
    wait_until(is_ready);
    client_say(client, MESSAGE_HELLO, 1, &message);
    wait_until(last_has_frame);
    assert_int_equal(client_take(client), MESSAGE_WELCOME);
    return client;
}

static bool is_first_over(void)
{
    return fixture.clients[0]->is_over;
}

static bool is_last_over(void)
{
    return fixture.clients[fixture.client_count - 1]->is_over;
}

static bool has_no_connection(void)
{
    return listener_connection_count(fixture.listener) == 0;
}

/* Counts the parts that came, whole ones only. */
static bool has_all_parts(void)
{
    struct client *client = fixture.clients[0];
    struct frame frame;

    while (first_has_frame(client, &frame)) {
        fixture.part_count += client_take(client) == MESSAGE_ROWS;
    }
    return fixture.part_count == ANSWER_PARTS || client->is_over;
}

/* ---- tests ---- */

/* The whole way: TCP, TLS both ways, HELLO, PING; the session knows where it comes from. */
static void listener__device_connects__greeted_and_answered(void **state)
{
    static const uint8_t loopback[ORIGIN_BYTES] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
    Dantin__Ping ping = DANTIN__PING__INIT;
    struct client *client = client_greeted();

    (void)state;
    client_say(client, MESSAGE_PING, 0, &ping);
    wait_until(last_has_frame);

    assert_int_equal(client_take(client), MESSAGE_PONG);
    assert_memory_equal(fixture.origin.at, loopback, ORIGIN_BYTES);
    assert_int_equal(listener_connection_count(fixture.listener), 1);
    client_close(client);
    wait_until(has_no_connection);
}

/* Who does not speak TLS is cut after an alert, and nothing is left of it. */
static void listener__http_request__cut(void **state)
{
    struct client *client = client_new(NULL);

    (void)state;
    wait_until(is_connected);
    client_write(client, bytes_of_text("GET / HTTP/1.1\r\nHost: dantin\r\n\r\n"));
    wait_until(is_last_over);
    wait_until(has_no_connection);

    assert_true(client->raw_bytes < 100);
    assert_int_equal(listener_connection_count(fixture.listener), 0);
}

/* A certificate of somebody else's authority does not get as far as HELLO. */
static void listener__foreign_certificate__cut(void **state)
{
    struct certs_authority *foreign = certs_authority_new();
    struct certs_identity stranger;
    struct tls_context *tls = NULL;

    (void)state;
    certs_issue_device(foreign, &stranger);
    tls = make_tls(&stranger, false);
    (void)client_new(tls);
    wait_until(is_last_over);
    wait_until(has_no_connection);

    tls_context_free(tls);
    certs_authority_free(foreign);
}

/* A slow reader stops the answer, not the server; when it reads again, nothing is missing. */
static void listener__slow_reader__answer_waits_and_is_whole(void **state)
{
    Dantin__Query message = DANTIN__QUERY__INIT;
    struct client *client = client_greeted();
    struct client *other = NULL;
    Dantin__Ping ping = DANTIN__PING__INIT;

    (void)state;
    message.indicator = (char *)(uintptr_t) "composition";
    (void)uv_read_stop((uv_stream_t *)&client->socket);
    client_say(client, MESSAGE_QUERY, 2, &message);
    other = client_greeted();
    for (unsigned i = 0; i < 50; i++) {
        client_say(other, MESSAGE_PING, 0, &ping);
        wait_until(last_has_frame);
        assert_int_equal(client_take(other), MESSAGE_PONG);
    }
    assert_true(fixture.parts_left > ANSWER_PARTS / 4);

    client_read(client);
    wait_until(has_all_parts);
    assert_int_equal(fixture.part_count, ANSWER_PARTS);
}

/* At the cap the next one waits its turn instead of being turned away. */
static void listener__more_than_the_cap__served_when_one_goes(void **state)
{
    struct client *first = client_greeted();

    (void)state;
    (void)client_greeted();
    (void)client_greeted();
    (void)client_new(fixture.client_tls);
    wait_until(is_connected);
    for (unsigned i = 0; i < 10; i++) {
        (void)uv_run(&fixture.loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(listener_connection_count(fixture.listener), 3);
    assert_false(tls_engine_is_ready(fixture.clients[3]->tls));

    client_close(first);
    wait_until(is_ready);
    assert_true(tls_engine_is_ready(fixture.clients[3]->tls));
}

/* A server that stops says goodbye to everybody and lets nobody in. */
static void listener_stop__connected_clients__goodbye_and_closed(void **state)
{
    struct client *client = client_greeted();

    (void)state;
    listener_stop(fixture.listener, on_stopped, NULL);
    wait_until(is_first_over);
    assert_int_equal(client_take(client), MESSAGE_GOODBYE);
    client_close(client);
    wait_until(is_stopped);
}

/* A port in use is a sentence, not a crash. */
static void listener_start__port_in_use__error_with_a_sentence(void **state)
{
    struct listener_config config = {.host = "127.0.0.1",
                                     .port = listener_port(fixture.listener),
                                     .connections_max = 3,
                                     .tls = fixture.server_tls,
                                     .hub = fixture.hub};
    struct listener *second = NULL;
    struct error error = {0};

    (void)state;
    assert_int_equal(listener_start(&fixture.loop, &config, &second, &error), ERR_IO);
    assert_non_null(strstr(error.text, "127.0.0.1"));
    assert_null(second);
}

#define LISTENER_TEST(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LISTENER_TEST(listener__device_connects__greeted_and_answered),
        LISTENER_TEST(listener__http_request__cut),
        LISTENER_TEST(listener__foreign_certificate__cut),
        LISTENER_TEST(listener__slow_reader__answer_waits_and_is_whole),
        LISTENER_TEST(listener__more_than_the_cap__served_when_one_goes),
        LISTENER_TEST(listener_stop__connected_clients__goodbye_and_closed),
        LISTENER_TEST(listener_start__port_in_use__error_with_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#undef LISTENER_TEST
