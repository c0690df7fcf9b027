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
    CLUSTER_REASON_BYTES_MAX = 256,
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
/* Does any process work in the data folder? Left behind by a killed postmaster, such a one keeps the next out. True
 * when that cannot be told. */
bool cluster_files_is_in_use(const struct cluster_files *files);
/* What PostgreSQL wrote last into its log before it gave up, without the time; "" when it wrote nothing. */
void cluster_files_reason(const char *log, char ret_reason[CLUSTER_REASON_BYTES_MAX]);
/* Remove the lock files, of data folder and socket, whose number belongs to a stranger by now, or to a dead postmaster
 * nobody has reaped; PostgreSQL would refuse to start. Left alone while any process still works in the data folder.
 * After cluster_files_prepare. */
void cluster_files_clear_stale(const struct cluster_files *files);

#endif
