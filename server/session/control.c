/* Messages about the session itself: they cost no credit and want at most a PONG. */
#include "common/base/check.h"
#include "proto/session.pb-c.h"
#include "server/session/session_private.h"

enum { CONTROL_ARENA_BYTES_MAX = 16384 };

static void answer_ping(struct session *session, uint64_t request_id, const Dantin__Ping *ping);

void control_take(struct session *session, const struct frame *frame)
{
    const struct message_info *info = message_info_of(frame->header.type);
    struct arena arena;
    struct bytes body = {0};
    struct request *request = NULL;
    void *message = NULL;
    enum err err = ERR_OK;

    arena_init(&arena, CONTROL_ARENA_BYTES_MAX);
    err = frame_body(frame, &arena, &body);
    if (err == ERR_OK) {
        err = message_unpack(info->descriptor, body, true, &arena, &message);
    }
    if (err != ERR_OK) {
        session_fail(session, err, NULL);
        goto done;
    }
    switch (frame->header.type) {
    case MESSAGE_PING:
        answer_ping(session, frame->header.request_id, message);
        break;
    case MESSAGE_PONG:
        break; /* that it came is all there is to know */
    case MESSAGE_CANCEL:
        request = request_find(session, frame->header.request_id);
        if (request != NULL) {
            request_cancel(request);
        }
        break;
    case MESSAGE_GOODBYE:
    case MESSAGE_ERROR:
        session_drain(session, ERR_OK);
        break;
    default:
        /* A type of messages.def that app.c gave no route. */
        session_send_error(session, frame->header.request_id, ERR_UNSUPPORTED, NULL, 0);
        break;
    }
done:
    arena_release(&arena);
}

void control_ping(struct session *session)
{
    Dantin__Ping ping = DANTIN__PING__INIT;

    if (session_send(session, MESSAGE_PING, 0, &ping) != ERR_OK) {
        session_fail(session, ERR_TOO_BIG, NULL);
    }
}

static void answer_ping(struct session *session, uint64_t request_id, const Dantin__Ping *ping)
{
    Dantin__Pong pong = DANTIN__PONG__INIT;
    enum err err = ERR_OK;

    pong.has_token = ping->has_token;
    pong.token = ping->token;
    err = session_send(session, MESSAGE_PONG, request_id, &pong);
    if (err != ERR_OK) {
        session_fail(session, err, NULL);
    }
}
