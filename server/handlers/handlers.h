/* The handlers: one file per message family, and what they share. Rank 7. The loop's thread.
 * Each file exports one route; server/app.c puts them into the hub's table. */
#ifndef SERVER_HANDLERS_HANDLERS_H
#define SERVER_HANDLERS_HANDLERS_H

#include "common/crypto/sign.h"
#include "server/session/router.h"

struct ingest;
struct store;

/* What request_context() points at, one for all sessions; everything is borrowed and outlives them. */
struct handlers_context {
    struct store *store;
    struct ingest *ingest;
    const struct verify_key *receipt_key; /* public half of the key that signs receipts */
    uint8_t receipt_public[SIGN_PUBLIC_KEY_BYTES];
    unsigned idle_timeout_ms;
    size_t answer_bytes; /* held by queries of all sessions until their peers have read; query.c's alone */
};

enum {
    HELLO_DEADLINE_MS = 30000, /* the session's own deadline comes first */
    SUBMIT_DEADLINE_MS = 120000,
    QUERY_DEADLINE_MS = 120000,
    WAITING_DEADLINE_MS = 120000,
    QUERY_ANSWERS_BYTES_MAX = 256 << 20, /* of answers of all sessions being read; one alone always goes */
};

extern const struct route hello_route;
extern const struct route submit_route;
extern const struct route query_route;
extern const struct route waiting_route;

#endif
