/* The handlers: one file per message family, and what they share. Rank 7. The loop's thread.
 * Each file exports one route; server/app.c puts them into the hub's table. */
#ifndef SERVER_HANDLERS_HANDLERS_H
#define SERVER_HANDLERS_HANDLERS_H

#include "common/crypto/sign.h"
#include "server/session/origins.h"
#include "server/session/router.h"

struct erased;
struct ingest;
struct session_hub;
struct store;

enum { HANDLERS_OWN_KEYS = 3 /* server, receipts, authority */ };

/* What request_context() points at, one for all sessions; everything is borrowed and outlives them. */
struct handlers_context {
    struct store *store;
    struct ingest *ingest;
    const struct erased *erased; /* what submissions offered again are read with; NULL: nothing was erased */
    const struct verify_key *receipt_key; /* public half of the key that signs receipts */
    uint8_t receipt_public[SIGN_PUBLIC_KEY_BYTES];
    void (*on_other_log_key)(void *app); /* the newest checkpoint is signed by another one; may be NULL */
    void *app;
    unsigned idle_timeout_ms;
    const struct signing_key *authority_key; /* issues certificates; NULL: it is kept elsewhere */
    struct bytes authority_pem;
    uint8_t own_keys[HANDLERS_OWN_KEYS][SIGN_PUBLIC_KEY_BYTES]; /* of the server itself, never a device's */
    struct session_hub *hub;                                    /* device_change.c's alone */
    int64_t enrol_minute; /* of the wall clock, and who asked how often in it; enrol.c's alone */
    struct origins enrols;
    size_t answer_bytes; /* held by queries of all sessions until their peers have read; query.c's alone */
};

enum {
    ENROL_DEADLINE_MS = 30000, /* the session's own deadline comes first */
    RENEW_DEADLINE_MS = 30000,
    ENROL_PER_MINUTE_OF_ORIGIN_MAX =
        600,                      /* from one place, behind which fifty PCs may wait; past it ERR_BUSY */
    ENROL_PER_MINUTE_MAX = 12000, /* of all strangers */
    ENROL_RETRY_MS = 5000,        /* how often a client asks whether an operator has said yes */
    HELLO_DEADLINE_MS = 30000,    /* the session's own deadline comes first */
    SUBMIT_DEADLINE_MS = 120000,
    QUERY_DEADLINE_MS = 120000,
    WAITING_DEADLINE_MS = 120000,
    QUERY_ANSWERS_BYTES_MAX = 256 << 20, /* of answers of all sessions being read; one alone always goes */
};

extern const struct route enrol_route;
extern const struct route renew_route;
extern const struct route hello_route;
extern const struct route submit_route;
extern const struct route query_route;
extern const struct route prove_route;
extern const struct route cosign_route;
extern const struct route seal_route;
extern const struct route notices_route;
extern const struct route waiting_route;

/* An act changed this device (NULL: any may have been): look at its live session again. */
void handlers_device_changed(struct handlers_context *context, struct session_hub *hub,
                             const struct hash *device);

#endif
