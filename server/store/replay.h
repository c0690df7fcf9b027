/* Writes versions into the current and version tables of a database, through the same composer and statements as a group
 * commit, over a plain blocking connection: for rebuilding the tables from the journal beside the live ones. Rank 4. Never used
 * while the loop runs. */
#ifndef SERVER_STORE_REPLAY_H
#define SERVER_STORE_REPLAY_H

#include "server/store/store.h"

struct vault;

struct replay;

enum { REPLAY_KEY_NUMBER = INT32_MAX }; /* of the data key that seals what is written; no database's own */

/* conninfo: of role dantin_ingest, to a migrated database of its own; role: to work as another (NULL: as it logs in). vault (kept): of the live database; what is sealed here
 * is sealed under a data key made for this, which goes with the vault, so that blind indexes are the live ones.
 * ERR_DATABASE, ERR_NO_MEMORY. */
MUST_CHECK enum err replay_open(const char *conninfo, const char *role, struct vault *vault,
                                enum language language, struct replay **ret_replay, struct error *ret_error);
void replay_free(struct replay *replay);

/* Their devices are not looked at. In position order, after those written before; one transaction. ERR_DATABASE, ERR_TOO_BIG, ERR_MALFORMED, ERR_NO_MEMORY. */
MUST_CHECK enum err replay_write(struct replay *replay, const struct store_version *versions, size_t count,
                                 struct error *ret_error);
/* The same within the caller's own transaction on replay_connection. */
MUST_CHECK enum err replay_put(struct replay *replay, const struct store_version *versions, size_t count,
                               struct error *ret_error);
/* Borrowed. */
struct pg_conn *replay_connection(const struct replay *replay);

#endif
