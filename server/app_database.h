/* The database a server works with: its private cluster, or the one its configuration names. Rank 9. */
#ifndef SERVER_APP_DATABASE_H
#define SERVER_APP_DATABASE_H

#include "common/base/error.h"
#include "server/store/cluster.h"

struct config;
struct erased;
struct uv_loop_s;
struct vault;

struct app_database {
    struct cluster *cluster; /* watched on the loop; NULL when the configuration names a database */
    char ingest_conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    char read_conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    struct vault *vault;   /* its keys; the caller's, vault_free */
    struct erased *erased; /* its acts of erasure; the caller's, erased_free */
};

/* Start or adopt the cluster, or take the database named; migrate it, open its keys. Blocks. End the cluster with
 * cluster_stop. Errors of cluster_open, migrate_apply and vault_prepare, with their sentences. */
MUST_CHECK enum err app_database_open(const struct config *config, enum language language,
                                      struct uv_loop_s *loop, struct app_database *ret_database,
                                      struct error *ret_error);

#endif
