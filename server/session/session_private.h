/* What the files of this folder share; nobody else includes it. Rank 6. */
#ifndef SERVER_SESSION_SESSION_PRIVATE_H
#define SERVER_SESSION_SESSION_PRIVATE_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "common/base/list.h"
#include "common/base/sm.h"
#include "common/wire/frame.h"
#include "server/session/session.h"
#include "server/session/table.h"

struct session_hub {
    struct session_hub_config config;
    struct router router;
    struct session_table table;
    struct buf scratch;       /* one message being packed */
    unsigned request_count;   /* open requests of all sessions */
    struct origins strangers; /* sessions without a certificate */
    int64_t fault_minute;     /* minute of the monotonic clock the next figure is about */
    unsigned fault_log_count; /* faults of peers logged in it */
};

struct session {
    struct sm sm;
    struct session_hub *hub;
    const struct session_carrier *carrier;
    void *carrier_context;
    uint64_t number;
    struct buf input;
    struct buf output;
    uint32_t skip_bytes;    /* rest of an unknown message's body */
    unsigned request_count; /* on the list, answered early or not */
    struct list requests;
    int64_t state_deadline_ms; /* of every state but READY */
    int64_t active_ms;         /* READY: when the peer last showed life */
    bool is_pinged;            /* READY: and was pinged since */
    bool has_hello;            /* GREETING: HELLO, or a stranger's ENROL, is being answered */
    enum err end_reason;       /* DRAINING: what GOODBYE will say */
    enum language language;
    struct store_device device; /* from READY on */
    struct tls_peer peer;       /* from GREETING on */
    struct origin origin;
    bool is_counted;             /* among the hub's strangers */
    struct verify_key *peer_key; /* of the peer, from the first SUBMIT on */
    UT_hash_handle table_handle;
};

struct request {
    struct list node;
    struct session *session; /* NULL: the session is gone */
    void *context;           /* the hub's, for handlers */
    const struct route *route;
    const struct message_info *info;
    uint64_t id;
    int64_t started_us;
    int64_t deadline_ms;
    struct arena arena;
    void *state;
    enum outcome_kind waits_for; /* 0: running */
    bool is_answered;
    bool is_abandoned;
};

/* session.c */
int64_t session_now_ms(const struct session *session);
/* Tell the peer and end: ERROR with request id 0, open requests dropped. Logged once. sentence NULL: the
 * error's text. */
void session_fail(struct session *session, enum err err, const char *sentence);
/* GOODBYE, open requests dropped. */
void session_end(struct session *session, enum err reason);
/* Entry actions of SESSION_CLOSED: out of the table, requests abandoned, input given back. Safe when it is
 * closed. */
void session_close(struct session *session);
/* After an event that came from outside: close when drained, tell the carrier. */
void session_settle(struct session *session);

/* speak.c */
/* Queue one message. ERR_TOO_BIG past SESSION_OUTPUT_BYTES_MAX or the type's maximum; ERR_NO_MEMORY;
 * ERR_CLOSED. */
MUST_CHECK enum err session_send(struct session *session, enum message_type type, uint64_t request_id,
                                 const void *message);
/* Queue ERROR; a session that cannot even say that is closed. sentence NULL: the error's text.
 * retry_after_ms 0: what is usual for the error. */
void session_send_error(struct session *session, uint64_t request_id, enum err err, const char *sentence,
                        uint32_t retry_after_ms);
/* Once per session, and all sessions together only SESSION_FAULTS_LOGGED_PER_MINUTE. */
void session_log_fault(struct session *session, enum err err);

/* request.c */
/* Make and start a request from a frame whose type has a route. */
void request_start(struct session *session, const struct route *route, const struct frame *frame);
/* What follows from a handler's outcome; the request may be gone afterwards. */
void request_take_outcome(struct request *request, struct outcome outcome);
void request_free(struct request *request);
/* Off the session's list, so that the session may go first. */
void request_detach(struct request *request);

/* requests.c */
/* The open request with this id; NULL: none. */
struct request *request_find(struct session *session, uint64_t id);
/* Ask it to stop: it is answered ERR_CANCELLED as soon as its event has come. */
void request_cancel(struct request *request);
/* Answer those that are too late. */
void requests_on_time(struct session *session, int64_t now_ms);
int64_t requests_deadline_ms(const struct session *session);
/* Go on with those that wait for the output. */
void requests_on_room(struct session *session);
bool requests_wait_for_output(const struct session *session);
/* The session ends: free those that wait for nothing, leave the others to their event. */
void requests_abandon(struct session *session);

/* control.c: messages about the session itself. */
void control_take(struct session *session, const struct frame *frame);
void control_ping(struct session *session);

#endif
