/* What commands of the operator write into the log of reads. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_LOOKS_H
#define SERVER_COMMANDS_LOOKS_H

#include "common/base/bytes.h"
#include "common/base/error.h"

struct pg_conn;

/* Note a look at everything, in the transaction there is: what: "export" of the "journal", "backup" of the "database". purpose, to:
 * NULL: not stated. As the owner of the tables. ERR_DATABASE with its sentence. */
MUST_CHECK enum err looks_note(struct pg_conn *connection, const char *what, const char *of,
                               const char *purpose, const char *to, struct error *ret_error);
/* Chain what still waits, then take the newest link; number 0: there is none. ERR_DATABASE with its sentence. */
MUST_CHECK enum err looks_chain(struct pg_conn *connection, uint64_t *ret_number, struct hash *ret_hash,
                                struct error *ret_error);

#endif
