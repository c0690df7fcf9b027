/* The client's store: blanking what it holds of a person the province forgot. Rank 4. */
#ifndef CLIENT_LIB_STORE_ERASE_H
#define CLIENT_LIB_STORE_ERASE_H

#include "client/lib/store.h"

struct store_erasure {
    struct hash act; /* hash of the act, as journalled */
    uint64_t position;
    enum record_kind kind;
    struct id record;
    struct bytes decision;
    const void *message; /* what stays of the record; NULL: nothing, as of one that is removed */
};

/* Blank the record and every copy of it: its content and the names it is found by, an edit not sealed yet, its changes in sealed
 * payloads (which keep their hashes, so that submissions are offered, received and proved as before), and what conflicts
 * told of it. Inside a transaction; then scrub. ERR_NOT_FOUND: nothing of it is held, or the act was carried out before. */
MUST_CHECK enum err store_erase(struct store *store, const struct store_erasure *erasure);

/* Did an erased record bear this match key (match_key_of)? */
MUST_CHECK enum err store_is_key_erased(struct store *store, enum record_kind kind, size_t key_index,
                                        struct bytes key, bool *ret_is_erased);

/* After the commit: unused parts of the file are written anew, and its write-ahead log is emptied. Nothing to do when nothing was
 * erased; what is cut here is done when the store is opened next. */
MUST_CHECK enum err store_scrub(struct store *store);

/* Erasures nobody here was shown, by position; views are valid during the call. */
MUST_CHECK enum err store_erasure_each_untold(struct store *store,
                                              void (*on_erasure)(void *context,
                                                                 const struct store_erasure *erasure),
                                              void *context);
/* Now they were. Inside a transaction. */
MUST_CHECK enum err store_erasures_set_told(struct store *store);

#endif
