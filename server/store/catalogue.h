/* The list of indicators as an answer. Rank 4. Private to server/store. */
#ifndef SERVER_STORE_CATALOGUE_H
#define SERVER_STORE_CATALOGUE_H

#include "server/store/indicator.h"
#include "server/store/store.h"

/* One row per indicator: id, name, unit, clause, period, dimensions. The hash is over those of all definitions.
 * ERR_NO_MEMORY, ERR_TOO_BIG. */
MUST_CHECK enum err catalogue_answer(const struct indicator *indicators, size_t count, enum language language,
                                     struct id epoch, uint64_t position, struct store_answer **ret_answer);

#endif
