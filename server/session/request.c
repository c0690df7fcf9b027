/* Requests: from a frame to exactly one answer. States: request.h. */
#include "server/session/request.h"

#include <stdlib.h>

#include "common/base/check.h"
#include "server/session/session_private.h"

static enum err request_new(struct session *session, const struct route *route, const struct frame *frame,
                            struct request **ret_request);
static enum err admit(struct session *session, const struct frame *frame);
static enum err unpack(struct request *request, const struct frame *frame, void *ret_message);

/* ---- what handlers call ---- */

struct outcome request_reply(struct request *request, enum message_type type, const void *message)
{
    REQUIRE(!request->is_answered);

    request->is_answered = true;
    if (!request->is_abandoned) {
        enum err err = session_send(request->session, type, request->id, message);

        if (err != ERR_OK) {
            session_fail(request->session, err, NULL);
        }
    }
    return (struct outcome){OUTCOME_ANSWERED};
}

struct outcome request_reject(struct request *request, enum err err, const char *sentence)
{
    return request_reject_for(request, err, sentence, 0);
}

struct outcome request_reject_for(struct request *request, enum err err, const char *sentence,
                                  uint32_t retry_after_ms)
{
    REQUIRE(!request->is_answered);

    request->is_answered = true;
    metric_add(METRIC_REQUESTS_REJECTED, 1);
    if (!request->is_abandoned) {
        if (request->session->sm.state == SESSION_GREETING) {
            session_fail(request->session, err, sentence);
        } else {
            session_send_error(request->session, request->id, err, sentence, retry_after_ms);
        }
    }
    return (struct outcome){OUTCOME_ANSWERED};
}

struct outcome request_wait(struct request *request, enum request_wait_for what)
{
    REQUIRE(!request->is_answered);
    REQUIRE(request->route->step != NULL);

    return (struct outcome){(enum outcome_kind)what};
}

enum err request_part(struct request *request, enum message_type type, const void *message)
{
    REQUIRE(!request->is_answered);

    return request->is_abandoned ? ERR_CLOSED : session_send(request->session, type, request->id, message);
}

bool request_has_room(const struct request *request)
{
    return !request->is_abandoned && request->session->output.len < SESSION_OUTPUT_HIGH_BYTES;
}

void request_resume(struct request *request)
{
    struct session *session = request->session;

    REQUIRE(request->waits_for == OUTCOME_WAITS_EVENT);
    request->waits_for = 0;
    if (request->is_answered || request->is_abandoned) {
        request_free(request);
    } else {
        request_take_outcome(request, request->route->step(request));
    }
    if (session != NULL) {
        session_settle(session);
    }
}

bool request_is_wanted(const struct request *request)
{
    return !request->is_answered && !request->is_abandoned;
}

struct arena *request_arena(struct request *request)
{
    return &request->arena;
}

void *request_state(struct request *request)
{
    return request->state;
}

void request_set_state(struct request *request, void *state)
{
    request->state = state;
}

void *request_context(struct request *request)
{
    return request->context;
}

struct session *request_session(struct request *request)
{
    REQUIRE(request->session != NULL);
    return request->session;
}

const struct store_device *request_device(struct request *request)
{
    REQUIRE(request->session != NULL);
    return &request->session->device;
}

enum language request_language(const struct request *request)
{
    return request->session == NULL ? LANGUAGE_VI : request->session->language;
}

int64_t request_wall_ms(const struct request *request)
{
    REQUIRE(request->session != NULL);
    return request->session->hub->config.wall_ms();
}

/* ---- what the session calls ---- */

void request_start(struct session *session, const struct route *route, const struct frame *frame)
{
    struct request *request = NULL;
    void *message = NULL;
    enum err err = admit(session, frame);

    if (err == ERR_PROTOCOL) {
        session_fail(session, err, NULL);
        return;
    }
    if (err == ERR_OK) {
        err = request_new(session, route, frame, &request);
    }
    if (err != ERR_OK) {
        metric_add(METRIC_REQUESTS_REJECTED, 1);
        session_send_error(session, frame->header.request_id, err, NULL, 0);
        return;
    }
    metric_add(METRIC_REQUESTS, 1);
    err = unpack(request, frame, &message);
    if (err != ERR_OK) {
        request_take_outcome(request, request_reject(request, err, NULL));
        return;
    }
    request_take_outcome(request, route->start(request, message));
}

/* ---- one request ---- */

/* May this frame become a request? ERR_PROTOCOL: the peer is wrong about the protocol itself; others are
 * answered. */
static enum err admit(struct session *session, const struct frame *frame)
{
    if (session->sm.state == SESSION_GREETING) {
        return ERR_OK;
    }
    if (frame->header.request_id == 0 || request_find(session, frame->header.request_id) != NULL) {
        return ERR_PROTOCOL;
    }
    if (!role_is_in(session->device.role, message_info_of(frame->header.type)->roles)) {
        return ERR_FORBIDDEN;
    }
    if (session->request_count >= SESSION_CREDITS || session->hub->request_count >= SESSION_REQUESTS_MAX) {
        return ERR_BUSY;
    }
    return ERR_OK;
}

static enum err request_new(struct session *session, const struct route *route, const struct frame *frame,
                            struct request **ret_request)
{
    struct request *request = calloc(1, sizeof *request);

    if (request == NULL) {
        return ERR_NO_MEMORY;
    }
    request->session = session;
    request->context = session->hub->config.context;
    request->route = route;
    request->info = message_info_of(frame->header.type);
    request->id = frame->header.request_id;
    request->started_us = session->hub->config.monotonic_us();
    request->deadline_ms = request->started_us / 1000 + route->deadline_ms;
    arena_init(&request->arena, REQUEST_ARENA_BYTES_MAX);
    list_init(&request->node);
    list_push_back(&session->requests, &request->node);
    session->request_count++;
    session->hub->request_count++;
    metric_move(METRIC_REQUESTS_OPEN, 1);
    *ret_request = request;
    return ERR_OK;
}

void request_free(struct request *request)
{
    if (request->route->release != NULL) {
        request->route->release(request);
    }
    if (request->session != NULL) {
        request_detach(request);
    }
    metric_move(METRIC_REQUESTS_OPEN, -1);
    arena_release(&request->arena);
    free(request);
}

static enum err unpack(struct request *request, const struct frame *frame, void *ret_message)
{
    struct bytes body = {0};
    enum err err = frame_body(frame, &request->arena, &body);

    if (err == ERR_OK) {
        err = message_unpack(request->info->descriptor, body, true, &request->arena, ret_message);
    }
    return err;
}

void request_take_outcome(struct request *request, struct outcome outcome)
{
    if (outcome.kind == OUTCOME_ANSWERED) {
        if (request->session != NULL && request->route->latency != METRIC_COUNT) {
            int64_t now_us = request->session->hub->config.monotonic_us();

            metric_observe(request->route->latency, (uint64_t)(now_us - request->started_us));
        }
        request_free(request);
        return;
    }
    if (!request->is_abandoned) {
        request->waits_for = outcome.kind;
        return;
    }
    /* The session ended while the handler ran. */
    if (outcome.kind == OUTCOME_WAITS_OUTPUT) {
        request_free(request);
        return;
    }
    request_detach(request);
    request->waits_for = outcome.kind;
    if (request->route->cancel != NULL) {
        request->route->cancel(request);
    }
}

void request_detach(struct request *request)
{
    list_remove(&request->node);
    request->session->request_count--;
    request->session->hub->request_count--;
    request->session = NULL;
}
