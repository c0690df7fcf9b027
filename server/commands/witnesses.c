/* dantind witnesses: whose devices count when a checkpoint is sealed. More than half of them always have to agree, so naming few makes
 * the seal come sooner and say less. */
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "proto/journal.pb-c.h"
#include "server/acts.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/sender.h"
#include "server/config.h"
#include "server/ingest/act.h"

enum { WITNESSES_TEXT_BYTES_MAX = 16384 };

static enum err name_them(const struct options *options, const struct config *config,
                          const struct database_session *session, struct error *ret_error);

enum err command_witnesses(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    if (options->argument_count != 1 || strlen(options->arguments[0]) >= WITNESSES_TEXT_BYTES_MAX) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_WITNESSES_NEEDED, options->language));
    }
    enum err err = command_config(options, &config, ret_error);
    err = err == ERR_OK ? context_open_database(options, &config, &session, ret_error) : err;
    err = err == ERR_OK ? name_them(options, &config, &session, ret_error) : err;
    context_close_database(&session);
    return err;
}

/* CODE,CODE,... or "all": every sender with a device. */
static enum err name_them(const struct options *options, const struct config *config,
                          const struct database_session *session, struct error *ret_error)
{
    static struct id senders[ACT_SENDERS_MAX];
    static ProtobufCBinaryData views[ACT_SENDERS_MAX];
    char codes[WITNESSES_TEXT_BYTES_MAX];
    char *rest = NULL;
    struct options one = *options;
    Dantin__ActWitnesses witnesses = DANTIN__ACT_WITNESSES__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    const Dantin__Act *acts[] = {&act};
    uint64_t position = 0;
    enum err err = ERR_OK;
    (void)snprintf(codes, sizeof codes, "%s", options->arguments[0]);
    one.sender = strcmp(codes, "all") == 0 ? NULL : strtok_r(codes, ",", &rest);
    for (; one.sender != NULL && err == ERR_OK; one.sender = strtok_r(NULL, ",", &rest)) {
        if (witnesses.n_sender == ACT_SENDERS_MAX) {
            return error_set(ret_error, ERR_TOO_BIG, "%s", err_text(ERR_TOO_BIG, options->language));
        }
        struct id *sender = &senders[witnesses.n_sender];
        err = sender_find(&one, config, session, sender, ret_error);
        views[witnesses.n_sender++] = (ProtobufCBinaryData){ID_BYTES, sender->at};
    }
    witnesses.sender = views;
    act.witnesses = &witnesses;
    err =
        err == ERR_OK ? acts_append(config, session, acts, 1, options->language, &position, ret_error) : err;
    if (err == ERR_OK) {
        (void)printf(text_get(TEXT_WITNESSES_NAMED, options->language), (unsigned long long)position,
                     witnesses.n_sender);
    }
    return err;
}
