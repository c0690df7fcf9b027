/* Who uses a private cluster: a server and commands may meet in one folder. Part of cluster.c. Rank 4.
 *
 *   DIR/pg.opening   held alone while a cluster is made or started: one at a time
 *   DIR/pg.users     held shared by everyone who uses the cluster; who gets it alone is the last and may stop
 * it
 *
 * The kernel gives both back when their holder dies, however it dies. */
#ifndef SERVER_STORE_CLUSTER_LOCK_H
#define SERVER_STORE_CLUSTER_LOCK_H

#include <stdbool.h>

#include "common/base/error.h"

struct cluster_lock {
    int users_fd; /* -1: not held */
};

/* Wait for whoever is opening or stopping, and become a user. *ret_opening_fd: to be closed when the cluster
 * is up. ERR_IO. */
MUST_CHECK enum err cluster_lock_enter(struct cluster_lock *lock, const char *folder, int *ret_opening_fd);
/* Is nobody else using it? True: held alone from here on, until cluster_lock_leave. */
bool cluster_lock_is_last(const struct cluster_lock *lock);
void cluster_lock_leave(struct cluster_lock *lock);

#endif
