/* What several commands share: files of the server's folder, and a database to work in. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_CONTEXT_H
#define SERVER_COMMANDS_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"

struct config;
struct options;
struct cluster;
struct pg_conn;
struct vault;

enum { CONTEXT_FILE_BYTES_MAX = 65536, CONTEXT_PATH_BYTES_MAX = 2048 };

/* Stands in a folder while a backup is restored into it. */
#define CONTEXT_RESTORE_MARK "restore.unfinished"

/* "DIR/name". */
void context_path(const struct config *config, const char *name, char ret_path[CONTEXT_PATH_BYTES_MAX]);

/* Read a whole small file; NUL-terminated. ERR_NOT_FOUND, ERR_TOO_BIG, ERR_IO; the sentence names the file.
 */
MUST_CHECK enum err context_read(const char *path, enum language language,
                                 char ret_text[CONTEXT_FILE_BYTES_MAX], size_t *ret_len,
                                 struct error *ret_error);
/* The same of a file that holds a private key in plain. ERR_FORBIDDEN: others may read it; the sentence says what to do. */
MUST_CHECK enum err context_read_key(const char *path, enum language language,
                                     char ret_text[CONTEXT_FILE_BYTES_MAX], size_t *ret_len,
                                     struct error *ret_error);
/* Write aside, fsync, rename, and sync the folder. mode: permission bits. ERR_IO: nothing is left beside. */
MUST_CHECK enum err context_write(const char *path, const char *text, unsigned mode, enum language language,
                                  struct error *ret_error);

/* The database a command works in: a connection with administrator's rights, working as dantin_owner. */
struct database_session {
    struct cluster *cluster; /* NULL when the configuration names a database */
    struct pg_conn *connection;
};

/* Drop privileges; adopt or start the private cluster (and migrate it), or connect to the database named;
 * then SET ROLE dantin_owner. */
MUST_CHECK enum err context_open_database(const struct options *options, const struct config *config,
                                          struct database_session *ret_session, struct error *ret_error);
/* Where the master key is: as configured, else DIR/master.key. */
void context_master_path(const struct config *config, char ret_path[CONTEXT_PATH_BYTES_MAX]);
/* The keys of a migrated database (vault_prepare). The connection works as dantin_owner. */
MUST_CHECK enum err context_open_vault(const struct config *config, enum language language,
                                       struct pg_conn *connection, struct vault **ret_vault,
                                       struct error *ret_error);
/* The connection string of the session's administrator (CLUSTER_CONNINFO_BYTES_MAX bytes). ERR_CONFIG with a sentence. */
MUST_CHECK enum err context_conninfo(const struct config *config, const struct database_session *session,
                                     char *ret_conninfo, struct error *ret_error);
/* Leaves a cluster that was already running as it is; stops one that was started for the command. */
void context_close_database(struct database_session *session);

#endif
