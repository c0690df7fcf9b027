/* Acts of the administration, written into the journal by a command. Rank 9. Blocks.
 *
 * The command's process runs the same ingest as the server, over a short loop of its own, as the owner of the tables: one way
 * into the journal. journal_head's row lock makes it take turns with a running server. */
#ifndef SERVER_ACTS_H
#define SERVER_ACTS_H

#include <stddef.h>

#include "common/base/bytes.h"
#include "common/base/error.h"

struct app_log_key;
struct config;
struct database_session;
struct Dantin__Act;

enum { ACTS_READY_MS_MAX = 30000 /* until the database takes work */ };

/* What an act may have to say about the journal as it is. */
struct acts_head {
    struct id epoch;
    uint64_t size;
    struct hash root;
};

/* ERR_DATABASE with its sentence. */
MUST_CHECK enum err acts_head(const struct database_session *session, struct acts_head *ret_head,
                              struct error *ret_error);

/* Sign these acts with the log key (app_log_key.h) and journal them, as one entry; durable when it returns. session: open, as
 * context_open_database leaves it. *ret_position (may be NULL): of the entry. ERR_RULE: one was refused, and the sentence says
 * why; the others stand. ERR_CONFIG: no log key. ERR_DATABASE, ERR_TIMED_OUT ...: nothing was written, or it is not known:
 * look before trying again. */
MUST_CHECK enum err acts_append(const struct config *config, const struct database_session *session,
                                const struct Dantin__Act *const *acts, size_t act_count,
                                enum language language, uint64_t *ret_position, struct error *ret_error);

/* The act that gives the log another key, in force from then on; that one attests the group of the act. Errors as above. */
MUST_CHECK enum err acts_change_log_key(const struct config *config, const struct database_session *session,
                                        const struct app_log_key *next, enum language language,
                                        struct error *ret_error);
/* One command at a time signs, until its session ends. The two above take the lock by themselves. */
MUST_CHECK enum err acts_lock(const struct database_session *session, struct error *ret_error);

#endif
