/* The session's states, deadlines and frame loop. States and what ends them: session.h. */
#include "server/session/session.h"

#include <stdlib.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "proto/session.pb-c.h"
#include "server/session/session_private.h"

_Static_assert(SESSION_INPUT_OPEN_BYTES_MAX > FRAME_HEADER_BYTES + FRAME_BODY_OPEN_BYTES_MAX,
               "a greeting must fit");
_Static_assert(SESSION_OUTPUT_LOW_BYTES < SESSION_OUTPUT_HIGH_BYTES, "or reading would stop for ever");
#define MESSAGE(symbol, number, body, direction, state, roles, bytes_min, bytes_max)                        \
    _Static_assert(FRAME_HEADER_BYTES + (bytes_max) < SESSION_OUTPUT_BYTES_MAX - SESSION_OUTPUT_HIGH_BYTES, \
                   #symbol " must fit into an output that may still be added to");
#include "proto/messages.def"
#undef MESSAGE

static void on_moved(const struct sm_table *table, unsigned from, unsigned to);

static const struct sm_state states[SESSION_STATE_COUNT] = {
    [SESSION_HANDSHAKE] = {"handshake", SM_BIT(SESSION_GREETING) | SM_BIT(SESSION_CLOSED), false},
    [SESSION_GREETING] = {"greeting", SM_BIT(SESSION_READY) | SM_BIT(SESSION_CLOSED), false},
    [SESSION_READY] = {"ready", SM_BIT(SESSION_DRAINING) | SM_BIT(SESSION_CLOSED), false},
    [SESSION_DRAINING] = {"draining", SM_BIT(SESSION_CLOSED), false},
    [SESSION_CLOSED] = {"closed", 0, true},
};
static const struct sm_table machine = {"session", states, SESSION_STATE_COUNT, on_moved};
static const enum metric state_gauges[SESSION_CLOSED] = {
    [SESSION_HANDSHAKE] = METRIC_SESSIONS_HANDSHAKE,
    [SESSION_GREETING] = METRIC_SESSIONS_GREETING,
    [SESSION_READY] = METRIC_SESSIONS_READY,
    [SESSION_DRAINING] = METRIC_SESSIONS_DRAINING,
};

static bool takes_frames(const struct session *session);
static bool take_frame(struct session *session);
static void take_unknown(struct session *session, const struct frame_header *header);
static void skip_body(struct session *session);
static bool may_begin(struct session *session, uint16_t type);
static void send_may_only_renew(struct session *session, uint64_t request_id);
static void dispatch(struct session *session, const struct frame *frame);

enum err session_hub_new(const struct session_hub_config *config, struct session_hub **ret_hub)
{
    struct session_hub *hub = calloc(1, sizeof *hub);

    if (hub == NULL) {
        return ERR_NO_MEMORY;
    }
    hub->config = *config;
    hub->router = (struct router){config->routes, config->route_count};
    session_table_init(&hub->table);
    buf_init(&hub->scratch, SESSION_OUTPUT_BYTES_MAX);
    *ret_hub = hub;
    return ERR_OK;
}

void session_hub_free(struct session_hub *hub)
{
    if (hub == NULL) {
        return;
    }
    REQUIRE(hub->table.by_device == NULL);
    buf_release(&hub->scratch);
    free(hub);
}

enum err session_new(struct session_hub *hub, const struct session_carrier *carrier, void *carrier_context,
                     uint64_t number, struct session **ret_session)
{
    struct session *session = calloc(1, sizeof *session);

    if (session == NULL) {
        return ERR_NO_MEMORY;
    }
    sm_init(&session->sm, &machine, SESSION_HANDSHAKE);
    metric_move(METRIC_SESSIONS_HANDSHAKE, 1);
    session->hub = hub;
    session->carrier = carrier;
    session->carrier_context = carrier_context;
    session->number = number;
    session->language = LANGUAGE_VI;
    buf_init(&session->input, SESSION_INPUT_OPEN_BYTES_MAX);
    buf_init(&session->output, SESSION_OUTPUT_BYTES_MAX);
    list_init(&session->requests);
    session->state_deadline_ms = session_now_ms(session) + SESSION_TLS_MS;
    *ret_session = session;
    return ERR_OK;
}

void session_free(struct session *session)
{
    if (session == NULL) {
        return;
    }
    session_close(session);
    buf_release(&session->input);
    buf_release(&session->output);
    verify_key_free(session->peer_key);
    free(session);
}

void session_set_origin(struct session *session, const struct origin *origin)
{
    REQUIRE(session->sm.state == SESSION_HANDSHAKE); /* it is counted by from then on */
    session->origin = *origin;
}

const struct origin *session_origin(const struct session *session)
{
    return &session->origin;
}

void session_open(struct session *session, const struct tls_peer *peer)
{
    session->peer = *peer;
    sm_move(&session->sm, SESSION_GREETING);
    session->state_deadline_ms = session_now_ms(session) + SESSION_HELLO_MS;
    if (peer->is_stranger) {
        session->is_counted = origins_add(&session->hub->strangers, &session->origin,
                                          SESSION_STRANGERS_OF_ORIGIN_MAX, SESSION_STRANGERS_MAX);
        if (!session->is_counted) {
            session_fail(session, ERR_BUSY, NULL);
        }
    }
}

void session_dismiss(struct session *session, enum err reason)
{
    session_end(session, reason);
}

const struct hash *session_device(const struct session *session)
{
    return &session->device.device;
}

void session_update_device(struct session *session, const struct store_device *device)
{
    REQUIRE(hash_equal(&session->device.device, &device->device)); /* it is the key of the table */
    session->device = *device;
}

struct session *session_hub_find(const struct session_hub *hub, const struct hash *device)
{
    return session_table_find(&hub->table, device);
}

void session_hub_each(struct session_hub *hub, const struct hash *device,
                      void (*on_session)(void *context, struct session *session), void *context)
{
    struct session *session = NULL;
    struct session *next = NULL;

    if (device != NULL) {
        session = session_table_find(&hub->table, device);
        if (session != NULL) {
            on_session(context, session);
        }
        return;
    }
    HASH_ITER(table_handle, hub->table.by_device, session, next)
    {
        on_session(context, session);
    }
}

bool session_run(struct session *session)
{
    bool has_more = false;

    for (unsigned i = 0; i < MESSAGES_PER_TURN_MAX; i++) {
        has_more = takes_frames(session) && take_frame(session);
        if (!has_more) {
            break;
        }
    }
    return has_more;
}

bool session_wants_input(const struct session *session)
{
    return session->sm.state == SESSION_HANDSHAKE || takes_frames(session);
}

void session_on_sent(struct session *session)
{
    /* A peer that reads a long answer lives, even if it has nothing to say; one PING that left proves
     * nothing. */
    if (session->output.len > 0 || requests_wait_for_output(session)) {
        session->active_ms = session_now_ms(session);
    }
    if (session->output.len <= SESSION_OUTPUT_LOW_BYTES && requests_wait_for_output(session)) {
        requests_on_room(session);
        session_settle(session);
    }
}

void session_on_lost(struct session *session)
{
    session_close(session);
    buf_clear(&session->output);
}

int64_t session_deadline_ms(const struct session *session)
{
    int64_t deadline_ms = INT64_MAX;
    int64_t requests_ms = requests_deadline_ms(session);

    switch ((enum session_state)session->sm.state) {
    case SESSION_HANDSHAKE:
    case SESSION_GREETING:
    case SESSION_DRAINING:
        deadline_ms = session->state_deadline_ms;
        break;
    case SESSION_READY:
        deadline_ms =
            session->active_ms + (int64_t)session->hub->config.idle_timeout_ms * (session->is_pinged ? 2 : 1);
        break;
    case SESSION_CLOSED:
    case SESSION_STATE_COUNT:
        break;
    }
    return requests_ms < deadline_ms ? requests_ms : deadline_ms;
}

void session_on_time(struct session *session)
{
    int64_t now_ms = session_now_ms(session);
    int64_t idle_ms = session->hub->config.idle_timeout_ms;

    requests_on_time(session, now_ms);
    switch ((enum session_state)session->sm.state) {
    case SESSION_HANDSHAKE:
    case SESSION_GREETING:
    case SESSION_DRAINING:
        if (now_ms >= session->state_deadline_ms) {
            metric_add(METRIC_SESSIONS_LATE, 1);
            session_fail(session, ERR_DEADLINE, NULL);
        }
        break;
    case SESSION_READY:
        if (now_ms >= session->active_ms + 2 * idle_ms) {
            metric_add(METRIC_SESSIONS_LATE, 1);
            session_fail(session, ERR_DEADLINE, NULL);
        } else if (now_ms >= session->active_ms + idle_ms && !session->is_pinged) {
            session->is_pinged = true;
            control_ping(session);
        }
        break;
    case SESSION_CLOSED:
    case SESSION_STATE_COUNT:
        break;
    }
    session_settle(session);
}

void session_drain(struct session *session, enum err reason)
{
    switch ((enum session_state)session->sm.state) {
    case SESSION_HANDSHAKE:
    case SESSION_GREETING:
        session_end(session, reason);
        break;
    case SESSION_READY:
        sm_move(&session->sm, SESSION_DRAINING);
        session->end_reason = reason;
        session->state_deadline_ms = session_now_ms(session) + SESSION_DRAIN_MS;
        session_table_drop(&session->hub->table, session);
        session_settle(session);
        break;
    case SESSION_DRAINING:
    case SESSION_CLOSED:
    case SESSION_STATE_COUNT:
        break;
    }
}

bool session_is_rival(const struct session *session, const struct hash *device)
{
    const struct session *other = session_table_find(&session->hub->table, device);

    return other != NULL && other != session && !other->device.is_former_key;
}

void session_greet(struct session *session, const struct store_device *device, enum language language)
{
    struct session *older = NULL;

    session->device = *device;
    session->language = language;
    if (session_table_claim(&session->hub->table, session, &older) != ERR_OK) {
        session_fail(session, ERR_NO_MEMORY, NULL);
        return;
    }
    sm_move(&session->sm, SESSION_READY);
    session->input.bytes_max = SESSION_INPUT_BYTES_MAX;
    session->active_ms = session_now_ms(session);
    if (older != NULL) {
        metric_add(METRIC_SESSIONS_SUPERSEDED, 1);
        session_end(older, ERR_SUPERSEDED);
    }
}

void session_end(struct session *session, enum err reason)
{
    Dantin__Goodbye goodbye = DANTIN__GOODBYE__INIT;

    if (session->sm.state == SESSION_CLOSED) {
        return;
    }
    if (session->sm.state != SESSION_HANDSHAKE) {
        goodbye.has_reason = true;
        goodbye.reason = (uint32_t)reason;
        if (reason != ERR_OK) {
            goodbye.text = (char *)(uintptr_t)err_text(reason, session->language);
        }
        /* When there is no room for a farewell the line just closes. */
        (void)!session_send(session, MESSAGE_GOODBYE, 0, &goodbye);
    }
    session_close(session);
}

void session_fail(struct session *session, enum err err, const char *sentence)
{
    if (session->sm.state == SESSION_CLOSED) {
        return;
    }
    session_log_fault(session, err);
    if (session->sm.state != SESSION_HANDSHAKE) {
        session_send_error(session, 0, err, sentence, 0);
    }
    session_close(session);
}

void session_settle(struct session *session)
{
    if (session->sm.state == SESSION_DRAINING && session->request_count == 0) {
        session_end(session, session->end_reason);
    }
    session->carrier->on_work(session->carrier_context);
}

/* ---- small questions ---- */

enum session_state session_state(const struct session *session)
{
    return (enum session_state)session->sm.state;
}

uint64_t session_number(const struct session *session)
{
    return session->number;
}

struct buf *session_input(struct session *session)
{
    return &session->input;
}

struct buf *session_output(struct session *session)
{
    return &session->output;
}

bool session_is_idle(const struct session *session)
{
    return session->input.len == 0 && session->output.len == 0 && session->request_count == 0;
}

void session_set_language(struct session *session, enum language language)
{
    session->language = language;
}

const struct tls_peer *session_peer(const struct session *session)
{
    return &session->peer;
}

enum err session_peer_key(struct session *session, const struct verify_key **ret_key)
{
    if (session->peer_key == NULL) {
        struct bytes key = bytes_of(session->peer.public_key, sizeof session->peer.public_key);
        enum err err = verify_key_new(key, &session->peer_key);

        if (err != ERR_OK) {
            return err;
        }
    }
    *ret_key = session->peer_key;
    return ERR_OK;
}

int64_t session_now_ms(const struct session *session)
{
    return session->hub->config.monotonic_us() / 1000;
}

/* ---- frames ---- */

static bool takes_frames(const struct session *session)
{
    return (session->sm.state == SESSION_GREETING || session->sm.state == SESSION_READY) &&
           session->output.len < SESSION_OUTPUT_HIGH_BYTES;
}

/* One frame from the front of the input. False: more bytes are needed, or the session has ended. */
static bool take_frame(struct session *session)
{
    struct frame_rules rules = {.is_server = true, .is_greeted = session->sm.state == SESSION_READY};
    struct frame_header header = {0};
    struct frame frame = {0};
    enum err err = ERR_OK;

    skip_body(session);
    if (session->skip_bytes > 0) {
        return false;
    }
    err = frame_decode_header(buf_content(&session->input), rules, &header);
    if (err == ERR_UNSUPPORTED && !session->peer.is_stranger) {
        take_unknown(session, &header);
        return session->sm.state != SESSION_CLOSED;
    }
    if (err == ERR_OK) {
        err = frame_decode(buf_content(&session->input), rules, &frame);
    }
    if (err == ERR_AGAIN) {
        return false;
    }
    if (err != ERR_OK) {
        session_fail(session, err, NULL);
        return false;
    }
    session->active_ms = session_now_ms(session);
    session->is_pinged = false;
    dispatch(session, &frame);
    if (session->sm.state == SESSION_CLOSED) {
        return false; /* and the input was given back */
    }
    buf_consume(&session->input, FRAME_HEADER_BYTES + frame.header.body_bytes);
    return true;
}

/* A message of a later version: answered, its body dropped as it comes, the line stays. */
static void take_unknown(struct session *session, const struct frame_header *header)
{
    session->active_ms = session_now_ms(session);
    session->is_pinged = false;
    session->skip_bytes = header->body_bytes;
    buf_consume(&session->input, FRAME_HEADER_BYTES);
    session_send_error(session, header->request_id, ERR_UNSUPPORTED, NULL, 0);
}

static void skip_body(struct session *session)
{
    size_t len = session->skip_bytes < session->input.len ? session->skip_bytes : session->input.len;

    buf_consume(&session->input, len);
    session->skip_bytes -= (uint32_t)len;
}

/* Before WELCOME: a device says HELLO once, a stranger ENROL once. */
static bool may_begin(struct session *session, uint16_t type)
{
    bool is_farewell = type == MESSAGE_GOODBYE || type == MESSAGE_ERROR;
    bool is_first = type == MESSAGE_HELLO || type == MESSAGE_ENROL;

    if (session->peer.is_stranger && type != MESSAGE_ENROL && !is_farewell) {
        session_fail(session, ERR_UNAUTHORISED, NULL);
        return false;
    }
    if ((type == MESSAGE_ENROL && !session->peer.is_stranger) || (is_first && session->has_hello)) {
        session_fail(session, ERR_PROTOCOL, NULL);
        return false;
    }
    if (is_first) {
        session->has_hello = true;
        session->state_deadline_ms = session_now_ms(session) + SESSION_HELLO_MS;
    }
    return true;
}

static void send_may_only_renew(struct session *session, uint64_t request_id)
{
    const char *text = text_get(TEXT_SESSION_FORMER_KEY, session->language);

    session_send_error(session, request_id, session->device.is_former_key ? ERR_UNAUTHORISED : ERR_EXPIRED,
                       session->device.is_former_key ? text : NULL, 0);
}

static void dispatch(struct session *session, const struct frame *frame)
{
    const struct route *route = router_find(&session->hub->router, frame->header.type);

    if (session->sm.state == SESSION_GREETING && !may_begin(session, frame->header.type)) {
        return;
    }
    if (route != NULL) {
        if (session->sm.state == SESSION_READY && frame->header.type != MESSAGE_RENEW &&
            (session->peer.is_expired || session->device.is_former_key)) {
            send_may_only_renew(session, frame->header.request_id);
            return;
        }
        request_start(session, route, frame);
    } else {
        control_take(session, frame);
    }
}

/* ---- the end ---- */

/* Entry actions of SESSION_CLOSED. */
void session_close(struct session *session)
{
    if (session->sm.state == SESSION_CLOSED) {
        return;
    }
    sm_move(&session->sm, SESSION_CLOSED);
    if (session->is_counted) {
        origins_remove(&session->hub->strangers, &session->origin);
    }
    session_table_drop(&session->hub->table, session);
    requests_abandon(session);
    buf_shrink(&session->input);
    session->carrier->on_work(session->carrier_context);
}

static void on_moved(const struct sm_table *table, unsigned from, unsigned to)
{
    (void)table; /* one machine of this kind */
    if (from < SESSION_CLOSED) {
        metric_move(state_gauges[from], -1);
    }
    if (to < SESSION_CLOSED) {
        metric_move(state_gauges[to], 1);
    }
}
