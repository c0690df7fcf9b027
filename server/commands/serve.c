/* dantind serve: the server. A folder without keys is made ready first, so that one command is a whole
 * server. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/log.h"
#include "server/app.h"
#include "server/app_keys.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/erasures_issue.h"
#include "server/net/listener.h"
#include "server/privileges.h"

static enum err check_restored(const struct options *options, const struct config *config,
                               struct error *ret_error);
static enum err make_keys(const struct options *options, const struct config *config,
                          struct error *ret_error);
static enum err issue_erasures(const struct options *options, const struct config *config,
                               struct error *ret_error);

enum err command_serve(const struct options *options, struct error *ret_error)
{
    struct config *config = calloc(1, sizeof *config);
    struct app_authority *authority = calloc(1, sizeof *authority);
    enum err err = ERR_OK;

    if (config == NULL || authority == NULL) {
        free(config);
        free(authority);
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, options->language));
    }
    err = command_config(options, config, ret_error);
    if (err == ERR_OK) {
        err = check_restored(options, config, ret_error);
    }
    if (err == ERR_OK) {
        log_set_level(config_log_level(config));
        listener_raise_file_limit(config->connections_max); /* while we may */
        err = make_keys(options, config, ret_error);
    }
    if (err == ERR_OK) {
        err = app_keys_authority(config, options->language, authority, ret_error);
    }
    if (err == ERR_OK) {
        err = privileges_drop(config->user, config->data, options->language, ret_error);
    }
    if (err == ERR_OK) {
        err = issue_erasures(options, config, ret_error);
    }
    if (err == ERR_OK) {
        err = app_run(config, options, authority, ret_error);
    }
    app_keys_authority_release(authority);
    free(authority);
    free(config);
    return err;
}

/* Half a restore is not served. */
static enum err check_restored(const struct options *options, const struct config *config,
                               struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    context_path(config, CONTEXT_RESTORE_MARK, path);
    return access(path, F_OK) != 0
               ? ERR_OK
               : error_set(ret_error, ERR_CONFIG,
                           options->language == LANGUAGE_VI
                               ? "việc khôi phục vào thư mục này chưa xong; hãy xoá thư mục và khôi phục lại"
                               : "a restore into this folder was not finished; remove the folder and restore "
                                 "again");
}

/* Only in a folder that has none at all: half of a set is for the operator to look at. */
static enum err make_keys(const struct options *options, const struct config *config, struct error *ret_error)
{
    static const char *const names[] = {"ca", "server.key", "server.crt", "receipt.key"};
    char path[CONTEXT_PATH_BYTES_MAX];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        context_path(config, names[i], path);
        if (access(path, F_OK) == 0) {
            return ERR_OK;
        }
    }
    enum err err = ca_init_make(options, config, ret_error);

    (void)fflush(stdout); /* what it told must not wait for the end of the server */
    return err;
}

/* What was decided and the journal does not have is issued and carried out before the first question is answered. */
static enum err issue_erasures(const struct options *options, const struct config *config,
                               struct error *ret_error)
{
    struct database_session session = {0};
    size_t issued = 0;
    if (!erasures_issue_is_due(config)) {
        return ERR_OK;
    }
    enum err err = context_open_database(options, config, &session, ret_error);
    err = err == ERR_OK
              ? erasures_issue(config, &session, ERASURES_AT_START, options->language, &issued, ret_error)
              : err;
    context_close_database(&session);
    log_set_level(config_log_level(config)); /* journalling acts is quiet */
    if (err == ERR_OK && issued > 0) {
        log_write(LOG_WARN, "erasures_issued", "count=%zu", issued);
    }
    return err;
}
