/* One session: what happens on a line between HELLO and GOODBYE. Rank 6. No I/O, no libuv, no clock of its
 * own: bytes and events in, bytes and one effect ("there is work") out. Single thread.
 *
 * Start here: session_new → session_open (TLS is up) → bytes into session_input, session_run → bytes out of
 * session_output, session_on_sent → ... → session_state is SESSION_CLOSED: send what session_output still
 * holds, then session_free.
 *
 *   HANDSHAKE ──TLS up──► GREETING ──WELCOME──► READY ──end──► DRAINING ──open requests done──► CLOSED
 *       └────────────────────┴────────────────────┴──fault, deadline, superseded, line lost───────┘
 *
 * Glossary
 *   hub      what all sessions of a server share: routes, limits, clocks, the table of devices
 *   carrier  who moves the bytes: server/net/stream.c, or a fake in tests
 *   request  one frame that wants an answer (request.h)
 *   credits  how many requests may be open at once */
#ifndef SERVER_SESSION_SESSION_H
#define SERVER_SESSION_SESSION_H

#include "common/base/buf.h"
#include "common/crypto/sign.h"
#include "common/tls/engine.h"
#include "server/session/origins.h"
#include "server/session/router.h"
#include "server/store/store.h"

struct session;
struct session_hub;

enum session_state {
    SESSION_HANDSHAKE, /* TLS is not up yet */
    SESSION_GREETING,  /* waiting for HELLO, or looking the device up */
    SESSION_READY,     /* WELCOME was sent */
    SESSION_DRAINING,  /* nothing is read any more; open requests are finished */
    SESSION_CLOSED,    /* over; the output may still hold last words */
    SESSION_STATE_COUNT
};

enum {
    SESSION_PROTOCOL_VERSION = 1,
    SESSION_TLS_MS = 10000,
    SESSION_HELLO_MS = 10000,             /* until HELLO, and again until it is answered */
    SESSION_DRAIN_MS = 10000,             /* for open requests when the session ends */
    SESSION_STRANGERS_MAX = 512,          /* sessions without a certificate at once; past it ERR_BUSY */
    SESSION_STRANGERS_OF_ORIGIN_MAX = 64, /* ... from one place */
    SESSION_CREDITS = 16,                 /* open requests of one session */
    SESSION_REQUESTS_MAX = 4096,          /* open requests of all sessions; past it ERR_BUSY */
    MESSAGES_PER_TURN_MAX = 16,           /* then the other sessions get their turn */
    SESSION_INPUT_OPEN_BYTES_MAX = 16384, /* before WELCOME */
    SESSION_INPUT_BYTES_MAX = 131072,     /* > the longest frame a client may send */
    SESSION_OUTPUT_HIGH_BYTES = 262144,   /* past it nothing is read and no part of an answer is made ... */
    SESSION_OUTPUT_LOW_BYTES = 65536,     /* ... until the output is this short again */
    SESSION_OUTPUT_BYTES_MAX =
        4 * 1024 * 1024, /* past it the session is cut; receipts can be asked for again */
    SESSION_FAULTS_LOGGED_PER_MINUTE = 60,
};

struct session_hub_config {
    const struct route *routes; /* kept; lives as long as the hub */
    size_t route_count;
    void *context;            /* handed to handlers: request_context() */
    unsigned idle_timeout_ms; /* silence before a PING; twice that cuts */
    int64_t (*monotonic_us)(void);
    int64_t (*wall_ms)(void); /* ms since 1970 UTC */
};

MUST_CHECK enum err session_hub_new(const struct session_hub_config *config, struct session_hub **ret_hub);
/* Every session must have been freed; requests that wait for the store may still be out, they need no hub. */
void session_hub_free(struct session_hub *hub);

/* on_work: something can be done: session_run should be called soon (never from inside the callback). */
struct session_carrier {
    void (*on_work)(void *context);
};

/* number: of the connection, for logs. Borrows hub and carrier for its life. ERR_NO_MEMORY. */
MUST_CHECK enum err session_new(struct session_hub *hub, const struct session_carrier *carrier,
                                void *carrier_context, uint64_t number, struct session **ret_session);
/* Requests still waiting for the store finish by themselves, unanswered. NULL is fine. */
void session_free(struct session *session);

enum session_state session_state(const struct session *session);
uint64_t session_number(const struct session *session);

/* ---- the carrier's side ---- */

/* Where the line comes from. Only in SESSION_HANDSHAKE; without it the origin is unknown, one place for all such. */
void session_set_origin(struct session *session, const struct origin *origin);
/* TLS is up; who its certificate says the peer is. Only in SESSION_HANDSHAKE. */
void session_open(struct session *session, const struct tls_peer *peer);
/* Where received plain bytes are appended. */
struct buf *session_input(struct session *session);
/* Where bytes to send are taken from the front. */
struct buf *session_output(struct session *session);
/* Decode and handle at most MESSAGES_PER_TURN_MAX frames. True: more can be done at once, call again next
 * turn. */
bool session_run(struct session *session);
/* May more bytes be read? False while the output is too long, and when the session has ended. */
bool session_wants_input(const struct session *session);
/* Bytes left the output. */
void session_on_sent(struct session *session);
/* The line is gone: closed at once, without last words. */
void session_on_lost(struct session *session);
/* Monotonic ms at which session_on_time wants to be called; INT64_MAX: never. */
int64_t session_deadline_ms(const struct session *session);
void session_on_time(struct session *session);
/* End in order: take nothing more, finish open requests, say GOODBYE with this reason. */
void session_drain(struct session *session, enum err reason);
/* Is nothing under way, so that buffers can be given back? */
bool session_is_idle(const struct session *session);

/* ---- the handlers' side ---- */

/* GOODBYE with this reason, at once. A stranger's (tls_peer) session ends so with the answer to its one ENROL (ERR_OK). */
void session_dismiss(struct session *session, enum err reason);
/* Of a greeted session. */
const struct hash *session_device(const struct session *session);
/* What its device is now; the device must be the same. */
void session_update_device(struct session *session, const struct store_device *device);
/* The live session of a device; NULL: none. */
struct session *session_hub_find(const struct session_hub *hub, const struct hash *device);
/* Every live session, or that of one device. on_session may end the session it is given. */
void session_hub_each(struct session_hub *hub, const struct hash *device,
                      void (*on_session)(void *context, struct session *session), void *context);

/* Has this device a live session under its present key, another than this one? */
bool session_is_rival(const struct session *session, const struct hash *device);
/* HELLO was accepted: from now on the session is this device's; an older one of the same device ends. */
void session_greet(struct session *session, const struct store_device *device, enum language language);
void session_set_language(struct session *session, enum language language);
const struct origin *session_origin(const struct session *session);
const struct tls_peer *session_peer(const struct session *session);
/* The peer's key prepared for verifying; the session's. ERR_UNAUTHORISED: no key to trust. ERR_NO_MEMORY. */
MUST_CHECK enum err session_peer_key(struct session *session, const struct verify_key **ret_key);

#endif
