/* The private PostgreSQL cluster of a server's folder: made, started, watched and stopped by dantind. Rank 4.
 *
 *   DIR/pg          data folder (initdb -k, UTF-8, collation C)
 *   DIR/run         socket folder, 0700; a path too long for a socket address is replaced by a random private
 * folder whose path is remembered in DIR/pg/dantin.socket DIR/pg/log      PostgreSQL's own log, one file per
 * weekday
 *
 * The postmaster is never our child: it outlives a kill -9 of dantind, and the next start adopts it. No TCP;
 * who may connect is decided by the socket folder and by peer authentication (this user alone, as the roles
 * below).
 *
 * cluster_open blocks and is for start-up and for commands; after cluster_watch nothing blocks until cluster_stop,
 * which asks once how PostgreSQL is (CLUSTER_ASK_TIMEOUT_S at most): one timer
 * looks whether the postmaster lives and starts it again (uv_process), with back-off. One loop, one thread.
 */
#ifndef SERVER_STORE_CLUSTER_H
#define SERVER_STORE_CLUSTER_H

#include "common/base/error.h"

struct uv_loop_s;
struct cluster;

#define CLUSTER_DATABASE "dantin"
#define CLUSTER_ROLE_ADMIN \
    "dantin_admin" /* superuser of the private cluster; migrations and commands only \
                    */
#define CLUSTER_ROLE_INGEST "dantin_ingest" /* login; writes the journal and the records */
#define CLUSTER_ROLE_READ "dantin_read"     /* login; reads through views */
#define CLUSTER_ROLE_OWNER "dantin_owner"   /* no login; owns everything */
#define CLUSTER_ASK_TIMEOUT_S "2"           /* as libpq takes it: for an answer before a stop */

enum {
    CLUSTER_CONNINFO_BYTES_MAX = 1024,
    CLUSTER_START_TIMEOUT_S = 300,   /* recovery after a crash included */
    CLUSTER_STOP_TIMEOUT_S = 30,     /* fast: with a checkpoint; then ... */
    CLUSTER_STOP_NOW_TIMEOUT_S = 20, /* ... at once: the next start recovers */
    CLUSTER_OPEN_RETRY_MS = 10000,   /* how long cluster_open tries again what killed programs left */
    CLUSTER_WATCH_MS = 250,          /* how often the postmaster is looked at */
    CLUSTER_RESTART_MS_MIN = 100,    /* doubled up to ... */
    CLUSTER_RESTART_MS_MAX = 5000,
    CLUSTER_MAJOR_MIN = 15,
};

struct cluster_config {
    const char *folder;       /* DIR, absolute; exists and is ours */
    const char *postgres_bin; /* folder of the programs; "" or NULL = found: newest of the usual places,
                                 pg_config --bindir */
    enum language language;   /* of sentences */
    unsigned stop_timeout_s;  /* 0: CLUSTER_STOP_TIMEOUT_S */
};

/* Make the cluster if there is none, adopt the running one or start it (one that is shutting down ends
 * first), wait until it answers, and see to it
 * that the database and the roles exist. Blocks. ERR_FORBIDDEN: called as root. ERR_NOT_FOUND: no PostgreSQL
 * >= 15 found. ERR_DATABASE, ERR_IO: it does not start; the sentence carries the end of its log. */
MUST_CHECK enum err cluster_open(const struct cluster_config *config, struct cluster **ret_cluster,
                                 struct error *ret_error);

/* Was it already running? */
bool cluster_is_adopted(const struct cluster *cluster);
/* Version of the programs used, as 10000 * major + minor: 150020. */
unsigned cluster_version(const struct cluster *cluster);
/* Process id of the postmaster, 0 when there is none now. */
int cluster_postmaster(const struct cluster *cluster);
/* libpq connection string of a role, written to out (CLUSTER_CONNINFO_BYTES_MAX bytes). */
void cluster_conninfo(const struct cluster *cluster, const char *role, char *out);

/* For commands: stop the cluster unless somebody else still uses it (a server, another command), and free.
 * NULL is fine. */
void cluster_close(struct cluster *cluster);

/* Watch from now on. Not after this: cluster_close. ERR_INTERNAL: libuv refuses. */
MUST_CHECK enum err cluster_watch(struct cluster *cluster, struct uv_loop_s *loop);
/* Stop watching, stop PostgreSQL (fast: sessions are ended, a checkpoint is written; at once if it is recovering, or
 * that takes longer than the timeout) and free; on_stopped runs once. */
void cluster_stop(struct cluster *cluster, void (*on_stopped)(void *context), void *context);

#endif
