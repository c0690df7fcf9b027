/* Erasures that the list beside the database has (server/erasures_list.h): listing them, and issuing again what the journal has not.
 * Rank 9. Blocks. */
#ifndef SERVER_ERASURES_ISSUE_H
#define SERVER_ERASURES_ISSUE_H

#include <stddef.h>

#include "server/acts.h"

struct vault;

/* List an act of erasure that is about to be journalled; durable when it returns. vault: with its index key. Errors of
 * erasures_list_add and of the log key, with their sentences. */
MUST_CHECK enum err erasures_issue_list(const struct config *config, const struct database_session *session,
                                        const struct acts_head *head, struct vault *vault,
                                        const struct Dantin__Act *act, enum language language,
                                        struct error *ret_error);

enum erasures_issue_when {
    ERASURES_AT_START, /* a database put back from a copy is refused: ERR_ROLLED_BACK, a new epoch must be opened first */
    ERASURES_IN_NEW_EPOCH, /* just opened */
};

/* Journal every listed act that the journal has not, as it was, and carry all out; *ret_issued of them. Nothing to do when there is no list.
 * session: as context_open_database leaves it. ERR_BAD_SIGNATURE: the list was changed. ERR_SEALED: it is another database's. */
MUST_CHECK enum err erasures_issue(const struct config *config, const struct database_session *session,
                                   enum erasures_issue_when when, enum language language, size_t *ret_issued,
                                   struct error *ret_error);
/* Is there anything in the list? */
bool erasures_issue_is_due(const struct config *config);

#endif
