/* The journal's tree in the database. Rank 4. Private to server/store; the calls stand in store.h. */
#ifndef SERVER_STORE_TREE_H
#define SERVER_STORE_TREE_H

#include "server/store/connection.h"
#include "server/store/store.h"

/* A row of journal_reread: position, envelope, signature, server_time_ms, change_count, verdicts. Memory for verdicts is
 * taken from `arena`. ERR_DATABASE: no entry of ours. ERR_TOO_BIG: the arena. */
MUST_CHECK enum err tree_leaf_of_row(const PGresult *rows, int row, struct arena *arena,
                                     struct store_written *ret_written);

/* The verdict hash of such a row alone. Errors likewise. */
MUST_CHECK enum err tree_verdict_hash_of_row(const PGresult *rows, int row, struct arena *arena,
                                             struct hash *ret_hash);

#endif
