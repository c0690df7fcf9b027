/* dantind device release: end the quarantine of a device. Of two homes with one key the one whose submissions the journal holds goes on; the
 * other one, should it submit again, brings the quarantine back. */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/store/database.h"

enum { DEVICE_DIGITS_MIN = 8, DEVICE_DIGITS_MAX = 64 };

static bool is_device(const char *text);

enum err command_device_release(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    struct pg_result *rows = NULL;
    if (options->argument_count != 1 || !is_device(options->arguments[0])) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_DEVICE_NAME_NEEDED, options->language));
    }
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = context_open_database(options, &config, &session, ret_error);
    }
    if (err == ERR_OK) {
        err = database_run_file(session.connection, "queries/device_release.sql", options->arguments, 1,
                                &rows, ret_error);
    }
    if (err == ERR_OK && PQntuples(rows) == 0) {
        err = error_set(ret_error, ERR_NOT_FOUND, "%s",
                        text_get(TEXT_DEVICE_NOT_QUARANTINED, options->language));
    }
    if (err == ERR_OK) {
        (void)printf(text_get(TEXT_DEVICE_RELEASED, options->language), PQgetvalue(rows, 0, 0));
    }
    PQclear(rows);
    context_close_database(&session);
    return err;
}

/* Enough hexadecimal digits to mean one device. */
static bool is_device(const char *text)
{
    size_t len = strlen(text);
    return len >= DEVICE_DIGITS_MIN && len <= DEVICE_DIGITS_MAX && strspn(text, "0123456789abcdef") == len;
}
