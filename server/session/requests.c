/* All requests of one session: looked up, timed, woken when the output is short, let go when the session
 * ends. */
#include "server/session/session_private.h"

static void answer_early(struct request *request, enum err err);
static struct request *request_of(struct list *node);
static struct list *next_node(const struct session *session, struct list *node);

struct request *request_find(struct session *session, uint64_t id)
{
    for (struct list *node = list_first(&session->requests); node != NULL; node = next_node(session, node)) {
        struct request *request = request_of(node);

        if (request->id == id && !request->is_answered) {
            return request;
        }
    }
    return NULL;
}

void request_cancel(struct request *request)
{
    if (request->waits_for == OUTCOME_WAITS_OUTPUT) {
        request->waits_for = 0;
        request_take_outcome(request, request_reject(request, ERR_CANCELLED, NULL));
    } else if (request->route->cancel != NULL) {
        request->route->cancel(request);
    }
}

void requests_on_time(struct session *session, int64_t now_ms)
{
    struct list *next = NULL;

    for (struct list *node = list_first(&session->requests); node != NULL; node = next) {
        struct request *request = request_of(node);

        next = next_node(session, node);
        if (now_ms >= request->deadline_ms && !request->is_answered) {
            answer_early(request, ERR_TIMED_OUT);
        }
        if (session->sm.state == SESSION_CLOSED) {
            return;
        }
    }
}

int64_t requests_deadline_ms(const struct session *session)
{
    int64_t deadline_ms = INT64_MAX;

    for (struct list *node = list_first(&session->requests); node != NULL; node = next_node(session, node)) {
        const struct request *request = request_of(node);

        if (!request->is_answered && request->deadline_ms < deadline_ms) {
            deadline_ms = request->deadline_ms;
        }
    }
    return deadline_ms;
}

void requests_on_room(struct session *session)
{
    struct list *next = NULL;

    for (struct list *node = list_first(&session->requests); node != NULL; node = next) {
        struct request *request = request_of(node);

        next = next_node(session, node);
        if (request->waits_for == OUTCOME_WAITS_OUTPUT) {
            request->waits_for = 0;
            request_take_outcome(request, request->route->step(request));
        }
        if (session->sm.state == SESSION_CLOSED || session->output.len >= SESSION_OUTPUT_HIGH_BYTES) {
            return;
        }
    }
}

bool requests_wait_for_output(const struct session *session)
{
    for (struct list *node = list_first(&session->requests); node != NULL; node = next_node(session, node)) {
        if (request_of(node)->waits_for == OUTCOME_WAITS_OUTPUT) {
            return true;
        }
    }
    return false;
}

void requests_abandon(struct session *session)
{
    struct list *next = NULL;

    for (struct list *node = list_first(&session->requests); node != NULL; node = next) {
        struct request *request = request_of(node);

        next = next_node(session, node);
        request->is_abandoned = true;
        if (request->waits_for == OUTCOME_WAITS_OUTPUT) {
            request_free(request);
        } else if (request->waits_for == OUTCOME_WAITS_EVENT) {
            bool was_answered = request->is_answered;

            request_detach(request);
            if (!was_answered && request->route->cancel != NULL) {
                request->route->cancel(request);
            }
        }
        /* The one that is running stays: take_outcome sees that it was abandoned. */
    }
}

/* Answer without waiting for the event; the event frees it. */
static void answer_early(struct request *request, enum err err)
{
    if (request->waits_for == OUTCOME_WAITS_OUTPUT) {
        request->waits_for = 0;
        request_take_outcome(request, request_reject(request, err, NULL));
        return;
    }
    /* The handler will never see this request again, so the outcome has no reader. */
    (void)request_reject(request, err, NULL);
    if (request->session != NULL && request->route->cancel != NULL) {
        request->route->cancel(request);
    }
}

static struct request *request_of(struct list *node)
{
    return LIST_ENTRY(node, struct request, node);
}

static struct list *next_node(const struct session *session, struct list *node)
{
    return node->next == &session->requests ? NULL : node->next;
}
