/* Answers of consolidated queries: the database's rows, with codes turned into names as they are read.
 * Rank 4. Private to server/store. */
#ifndef SERVER_STORE_ANSWER_H
#define SERVER_STORE_ANSWER_H

#include <libpq-fe.h>

#include "server/store/query_sql.h"

/* Takes `rows` (also on failure). The answer's texts are its own. ERR_NO_MEMORY. */
MUST_CHECK enum err answer_new_take(const struct query_choice *choice, struct id epoch, uint64_t position,
                                    PGresult *rows, struct store_answer **ret_answer);

#endif
