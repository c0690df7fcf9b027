/* Sealing items that are no changes of records. Rank 5; private to outbox*.c. */
#ifndef CLIENT_LIB_OUTBOX_ITEMS_H
#define CLIENT_LIB_OUTBOX_ITEMS_H

#include "client/lib/outbox.h"

/* Seal these packed items as the next submission. Inside a transaction. */
MUST_CHECK enum err outbox_seal_items(struct store *store, const struct outbox_signer *signer,
                                      uint16_t content, const struct bytes *items, size_t count,
                                      uint64_t *ret_sequence);

#endif
