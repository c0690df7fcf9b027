/* Asking to be enrolled: one connection, one question, one answer (docs/protocol.md#enrolment). Rank 7. Blocks. */
#ifndef CLIENT_LIB_ENROL_H
#define CLIENT_LIB_ENROL_H

#include "client/lib/keys.h"
#include "common/base/arena.h"
#include "common/wire/ticket.h"

enum {
    ENROL_ANSWER_MS_MAX = 30000, /* for the server to answer */
    ENROL_RETRY_MS_MIN = 1000,   /* between two questions, whatever the server says; ... */
    ENROL_RETRY_MS_MAX = 60000,  /* ... likewise */
    ENROL_ARENA_BYTES_MAX = 1 << 20,
};

struct enrol_answer {
    bool is_approved;
    uint32_t retry_after_ms;
    const char *certificate; /* PEM, in the arena; when approved */
    const char *authority;
};

/* Show the ticket and the key to the server of the ticket, whose key must be the ticket's. ERR_UNAUTHORISED, ERR_FORBIDDEN, ERR_EXISTS
 * and others of the server's, with its sentence in ret_error; of the line: as connection_open, ERR_PROTOCOL. */
MUST_CHECK enum err enrol_ask(const struct ticket *ticket, const struct keys *keys, enum language language,
                              struct arena *arena, struct enrol_answer *ret_answer, struct error *ret_error);

/* A device's own session, to get a certificate for the key it goes under: `present`, the same as keys or the one it has changed
 * to. keys must hold certificates. Errors as above; ret_answer's is_approved is set. */
MUST_CHECK enum err enrol_renew(const char *server, const struct keys *keys, const struct keys *present,
                                enum language language, struct arena *arena, struct enrol_answer *ret_answer,
                                struct error *ret_error);

#endif
