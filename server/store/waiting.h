/* Changes that wait for a second person: asking for those a group decides about. Rank 4. Private to server/store. */
#ifndef SERVER_STORE_WAITING_H
#define SERVER_STORE_WAITING_H

#include "common/base/buf.h"
#include "server/store/connection.h"
#include "server/store/store.h"
#include "server/store/vault.h"

enum { WAITING_STATEMENTS_MAX = 4 };

/* Make `unit`, which has room for WAITING_STATEMENTS_MAX: BEGIN, the head's lock, the rows, the payloads. The names
 * live in `array` (cleared first) until the unit has been sent. ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_CHECK enum err waiting_compose(const struct id *versions, size_t version_count, struct buf *array,
                                    struct unit *unit);
/* What it answered, in `arena`. ERR_TOO_BIG: the arena. ERR_DATABASE: the tables hold what we never wrote. ERR_SEALED: a key is
 * not wrapped under our master key. */
MUST_CHECK enum err waiting_read(const struct unit_result *result, struct vault *vault, struct arena *arena,
                                 const struct store_waiting **ret_waiting, size_t *ret_count);

/* Columns payload, envelope_hash, and of its data key number, sender, wrapped, name of the master key, from `column` on: the
 * payload as it was received, in `arena`. ERR_DATABASE, ERR_SEALED as above. */
MUST_CHECK enum err waiting_open_payload(const PGresult *rows, int row, int column, struct vault *vault,
                                         struct arena *arena, struct bytes *ret_payload_zstd);

#endif
