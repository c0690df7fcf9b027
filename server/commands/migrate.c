/* dantind migrate: bring the database to this program's version. */
#include <stdio.h>

#include "common/base/text.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/privileges.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/migrate.h"

enum err command_migrate(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct cluster *cluster = NULL;
    struct migrate_report report = {0};
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = privileges_drop(config.user, config.data, options->language, ret_error);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (config.database[0] == 0) {
        const struct cluster_config wanted = {
            .folder = config.data, .postgres_bin = config.postgres_bin, .language = options->language};
        err = cluster_open(&wanted, &cluster, ret_error);
        if (err == ERR_OK) {
            cluster_conninfo(cluster, CLUSTER_ROLE_ADMIN, conninfo);
        }
    } else {
        err = database_conninfo_as(config.database, config.database_admin, conninfo, sizeof conninfo);
    }
    if (err == ERR_OK) {
        err = migrate_apply(conninfo, options->language, &report, ret_error);
    }
    cluster_close(cluster);
    if (err == ERR_OK) {
        (void)printf(text_get(TEXT_MIGRATED, options->language), report.applied_count,
                     report.known_count + report.applied_count);
    }
    return err;
}
