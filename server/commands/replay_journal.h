/* Reads the journal and tells which versions it makes, in order: changes applied at once, changes an approval let through, and
 * of erased ones what their erasure kept. Judges nothing: the verdicts are the journal's. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_REPLAY_JOURNAL_H
#define SERVER_COMMANDS_REPLAY_JOURNAL_H

#include "common/base/bytes.h"
#include "server/store/store.h"

struct pg_conn;
struct vault;

struct replay_journal_report {
    uint64_t entries;
    uint64_t versions;
    struct hash state; /* the digest the versions give */
};

/* connection: may read the journal; vault: has its keys; in a transaction of its own if others write meanwhile. on_versions is called with versions
 * in position order, a batch at a time, valid during the call. Its error ends the reading. ERR_DATABASE; ERR_MALFORMED: an
 * entry's payload does not hold what its verdicts say (the sentence names the position). */
MUST_CHECK enum err replay_journal_read(struct pg_conn *connection, struct vault *vault, uint64_t size,
                                        enum language language,
                                        enum err (*on_versions)(void *context,
                                                                const struct store_version *versions,
                                                                size_t count, struct error *ret_error),
                                        void *context, struct replay_journal_report *ret_report,
                                        struct error *ret_error);

#endif
