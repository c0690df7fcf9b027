/* dantind epoch new, epoch close: the life of a journal after a restored backup. */
#include <libpq-fe.h>
#include <stdio.h>

#include "common/base/text.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/store/database.h"

static enum err run_on_head(const struct options *options, const char *query, struct pg_result **ret_rows,
                            struct error *ret_error);

enum err command_epoch_new(const struct options *options, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err = run_on_head(options, "queries/epoch_new.sql", &rows, ret_error);
    if (err == ERR_OK) {
        (void)printf(text_get(TEXT_EPOCH_OPENED, options->language), PQgetvalue(rows, 0, 0),
                     PQgetvalue(rows, 0, 1), PQgetvalue(rows, 0, 2));
    }
    PQclear(rows);
    return err;
}

enum err command_epoch_close(const struct options *options, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err = run_on_head(options, "queries/epoch_close.sql", &rows, ret_error);
    if (err == ERR_OK) {
        enum text_id text = PQntuples(rows) > 0 ? TEXT_EPOCH_CLOSED : TEXT_EPOCH_NOT_OPEN;
        (void)printf("%s\n", text_get(text, options->language));
    }
    PQclear(rows);
    return err;
}

static enum err run_on_head(const struct options *options, const char *query, struct pg_result **ret_rows,
                            struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = context_open_database(options, &config, &session, ret_error);
    }
    if (err == ERR_OK) {
        err = database_run_file(session.connection, query, NULL, 0, ret_rows, ret_error);
    }
    context_close_database(&session);
    return err;
}
