/* What a database holds, in lines that two databases of the same content have alike: epoch, position, frontier and state of the
 * journal's head, and the number of rows of every table. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_BACKUP_MANIFEST_H
#define SERVER_COMMANDS_BACKUP_MANIFEST_H

#include "common/base/buf.h"
#include "common/base/error.h"

struct pg_conn;

/* Of what the connection's transaction sees. ERR_DATABASE; errors of buf_append. */
MUST_CHECK enum err backup_manifest_write(struct pg_conn *connection, struct buf *out,
                                          struct error *ret_error);

/* Is the journal what its head says? Every entry's leaf is hashed anew from the entry, and the tree built from the leaves.
 * ret_entries: how many. ERR_BAD_HASH with a sentence naming the first position that is wrong, or the head. */
MUST_CHECK enum err backup_check_journal(struct pg_conn *connection, enum language language,
                                         uint64_t *ret_entries, struct error *ret_error);

#endif
