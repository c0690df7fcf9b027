/* A session with the real handlers, ingest and a model store, fed plain frames: whatever a device with a
 * valid certificate may send. Input: one byte of choices, then the stream. bit 0  the session was greeted
 * before bit 1  bytes come one at a time bit 2  the peer does not read what is sent bit 3  the line is lost
 * before the store has answered bit 4  there is no certificate */
#include <string.h>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/wire/frame.h"
#include "proto/session.pb-c.h"
#include "server/handlers/handlers.h"
#include "server/session/session.h"
#include "tests/lib/model_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum {
    CHOICE_GREETED = 1,
    CHOICE_DRIBBLE = 2,
    CHOICE_DEAF = 4,
    CHOICE_LOST = 8,
    CHOICE_STRANGER = 16,
    ROUTE_COUNT = 10,
    STEP_US = 1000
};

static struct world {
    bool is_open;
    struct model_world model;
    struct session_hub *hub;
    struct handlers_context handlers;
    struct route routes[ROUTE_COUNT];
    int64_t now_us;
} world;

static int64_t monotonic_us(void)
{
    return world.now_us;
}

static int64_t wall_ms(void)
{
    return world.model.now_ms;
}

static void on_work(void *context)
{
    (void)context;
}

static void ignore_line(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

/* One world for all inputs: it only changes by what a device's key has signed, and a fuzzer signs nothing. */
static void open_world(void)
{
    static const char *const cells[] = {"Bình Sơn", "12", "Trà Bồng", NULL};
    static const struct store_column columns[] = {{"unit", "Đơn vị", "text"},
                                                  {"members", "Đảng viên", "integer"}};

    if (world.is_open) {
        return;
    }
    world.is_open = true;
    world.now_us = 1000000000;
    log_set_sink(ignore_line);
    model_world_open(&world.model);
    model_store_set_answer(world.model.store, columns, 2, cells, 2);
    world.routes[0] = hello_route;
    world.routes[1] = submit_route;
    world.routes[2] = query_route;
    world.routes[3] = enrol_route;
    world.routes[4] = renew_route;
    world.routes[5] = waiting_route;
    world.routes[6] = prove_route;
    world.routes[7] = cosign_route;
    world.routes[8] = seal_route;
    world.routes[9] = notices_route;
    world.handlers = (struct handlers_context){
        .store = world.model.store,
        .ingest = world.model.ingest,
        .receipt_key = world.model.receipt_verify,
        .idle_timeout_ms = 60000,
    };
    const struct session_hub_config config = {
        .routes = world.routes,
        .route_count = ROUTE_COUNT,
        .context = &world.handlers,
        .idle_timeout_ms = 60000,
        .monotonic_us = monotonic_us,
        .wall_ms = wall_ms,
    };
    enum err err = session_hub_new(&config, &world.hub);
    ENSURE(err == ERR_OK);
}

static void receive(struct session *session, struct bytes in)
{
    struct buf *input = session_input(session);

    while (in.len > 0 && session_state(session) != SESSION_CLOSED) {
        size_t room = input->bytes_max - input->len;
        size_t len = room < in.len ? room : in.len;

        if (len == 0) {
            return;
        }
        enum err err = buf_append(input, bytes_of(in.at, len));
        ENSURE(err == ERR_OK);
        in = bytes_of(in.at + len, in.len - len);
        while (session_run(session)) {
        }
    }
}

/* What we send must be what our own decoder takes. */
static void read_output(struct session *session)
{
    struct buf *output = session_output(session);

    while (output->len > 0) {
        struct frame frame;
        enum err err = frame_decode(buf_content(output), (struct frame_rules){.is_greeted = true}, &frame);

        if (err != ERR_OK) {
            err = frame_decode(buf_content(output), (struct frame_rules){.is_greeted = false}, &frame);
        }
        ENSURE(err == ERR_OK);
        buf_consume(output, FRAME_HEADER_BYTES + frame.header.body_bytes);
        session_on_sent(session);
    }
}

static void greet(struct session *session)
{
    Dantin__Hello hello = DANTIN__HELLO__INIT;
    struct buf body;
    struct buf frame;

    buf_init(&body, 4096);
    buf_init(&frame, 8192);
    hello.has_version_min = hello.has_version_max = true;
    hello.version_min = hello.version_max = 1;
    hello.software = (char *)(uintptr_t) "fuzz";
    enum err err = message_pack(&hello, &body);
    ENSURE(err == ERR_OK);
    err = frame_append(&frame, MESSAGE_HELLO, 1, buf_content(&body), false);
    ENSURE(err == ERR_OK);
    receive(session, buf_content(&frame));
    model_world_settle(&world.model);
    read_output(session);
    ENSURE(session_state(session) == SESSION_READY);
    buf_release(&body);
    buf_release(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    static const struct session_carrier carrier = {on_work};
    struct session *session = NULL;

    if (len == 0) {
        return 0;
    }
    open_world();
    enum err err = session_new(world.hub, &carrier, NULL, 1, &session);
    ENSURE(err == ERR_OK);
    struct tls_peer peer = {.device = world.model.a.device};
    memcpy(peer.public_key, world.model.a.public_key, sizeof peer.public_key);
    if ((at[0] & CHOICE_STRANGER) != 0) {
        peer = (struct tls_peer){.is_stranger = true};
    }
    session_open(session, &peer);
    if ((at[0] & (CHOICE_GREETED | CHOICE_STRANGER)) == CHOICE_GREETED) {
        greet(session);
    }
    size_t chunk = (at[0] & CHOICE_DRIBBLE) != 0 ? 1 : len;
    for (size_t offset = 1; offset < len; offset += chunk) {
        receive(session, bytes_of(at + offset, len - offset < chunk ? len - offset : chunk));
        if ((at[0] & CHOICE_LOST) == 0) {
            model_world_settle(&world.model);
        }
        if ((at[0] & CHOICE_DEAF) == 0) {
            read_output(session);
        }
        world.now_us += STEP_US;
        session_on_time(session);
        ENSURE(session_output(session)->len <= SESSION_OUTPUT_BYTES_MAX);
    }
    session_free(session);
    model_world_settle(&world.model);
    return 0;
}
