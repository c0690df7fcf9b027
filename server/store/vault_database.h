/* A vault and the database whose keys it holds, over a blocking connection: at start-up and for commands. Rank 4. */
#ifndef SERVER_STORE_VAULT_DATABASE_H
#define SERVER_STORE_VAULT_DATABASE_H

#include "server/store/vault.h"

struct pg_conn;

/* The vault of a migrated database, opened with the master key file at `path`. A database that has no keys yet gets them; then
 * the file is made when it is missing. The connection's role may act as dantin_owner. ERR_NOT_FOUND, ERR_SEALED: the master
 * key this database is sealed with is not at `path`. Errors of vault_new; ERR_DATABASE. */
MUST_CHECK enum err vault_prepare(struct pg_conn *connection, const char *path, enum language language,
                                  struct vault **ret_vault, struct error *ret_error);

/* Take every data key of the database. ERR_SEALED. ERR_DATABASE. ERR_TOO_BIG: more than VAULT_KEYS_MAX. */
MUST_CHECK enum err vault_load_keys(struct pg_conn *connection, struct vault *vault, struct error *ret_error);

#endif
