/* The files of a private cluster: data folder, settings, socket folder, pid file. Part of cluster.c. Rank 4.
 * Blocks. */
#ifndef SERVER_STORE_CLUSTER_FILES_H
#define SERVER_STORE_CLUSTER_FILES_H

#include <stdbool.h>

#include "common/base/error.h"
#include "server/store/program.h"

enum {
    CLUSTER_SOCKET_BYTES_MAX = 107, /* sockaddr_un.sun_path, NUL excluded */
    CLUSTER_PORT = 5432,            /* names the socket file only */
};

struct cluster_files {
    char folder[PROGRAM_PATH_BYTES_MAX];       /* DIR */
    char cluster[PROGRAM_PATH_BYTES_MAX];      /* DIR/pg */
    char socket[CLUSTER_SOCKET_BYTES_MAX + 1]; /* folder of the socket */
    enum language language;
};

/* Does the data folder exist? *ret_major: its PostgreSQL version, 0 when it does not. */
void cluster_files_major(const struct cluster_files *files, unsigned *ret_major);
/* initdb aside, then rename: a kill in between leaves nothing behind that looks finished. */
MUST_CHECK enum err cluster_files_init(const struct cluster_files *files, const struct programs *programs,
                                       struct error *ret_error);
/* Choose and make the socket folder, and write settings and the rules of who may connect; before every start.
 */
MUST_CHECK enum err cluster_files_prepare(struct cluster_files *files, const struct programs *programs,
                                          struct error *ret_error);
/* Process id of the postmaster that lives in the data folder now; 0: none. *ret_socket (may be NULL): its
 * socket folder. */
int cluster_files_postmaster(const struct cluster_files *files,
                             char ret_socket[CLUSTER_SOCKET_BYTES_MAX + 1]);
/* Was the postmaster that lives in the data folder now asked to shut down? */
bool cluster_files_is_stopping(const struct cluster_files *files);
/* Remove a pid file whose number now belongs to a stranger; PostgreSQL would refuse to start. Left alone
 * while any process still works in the data folder. */
void cluster_files_clear_stale(const struct cluster_files *files);

#endif
