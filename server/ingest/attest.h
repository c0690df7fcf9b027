/* What the province signs about a group: a receipt for each entry, and one checkpoint of the journal. Rank 5. Pure but for the
 * log key. */
#ifndef SERVER_INGEST_ATTEST_H
#define SERVER_INGEST_ATTEST_H

#include "common/base/buf.h"
#include "common/crypto/sign.h"
#include "server/store/store.h"

/* Sign the receipt of each entry, in place. */
void attest_receipts(const struct signing_key *log_key, const struct store_group *group,
                     struct store_entry *entries);

/* Sign the checkpoint after `group` into `note` (cleared first), if what the database gave back (written) is what was
 * judged. ERR_INTERNAL: it is not, nothing is signed. ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_CHECK enum err attest_checkpoint(const struct signing_key *log_key, const struct store_group *group,
                                      const struct store_written *written, size_t written_count,
                                      struct buf *note);

#endif
