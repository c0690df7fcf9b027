/* dantind epoch new, epoch close: the life of a journal after a restored backup. */
#include <libpq-fe.h>
#include <stdio.h>

#include "common/base/random.h"
#include "common/base/text.h"
#include "proto/journal.pb-c.h"
#include "server/acts.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/erasures.h"
#include "server/erasures_issue.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/vault_database.h"

static enum err erase_again(const struct config *config, const struct database_session *session,
                            enum language language, struct error *ret_error);
static enum err open_epoch(const struct config *config, const struct database_session *session,
                           enum language language, struct error *ret_error);

enum err command_epoch_new(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    size_t issued = 0;
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = context_open_database(options, &config, &session, ret_error);
    }
    if (err == ERR_OK) {
        err = open_epoch(&config, &session, options->language, ret_error);
    }
    if (err == ERR_OK) {
        err = erasures_issue(&config, &session, ERASURES_IN_NEW_EPOCH, options->language, &issued, ret_error);
    }
    if (err == ERR_OK && issued > 0) {
        (void)printf(text_get(TEXT_ERASURES_ISSUED, options->language), issued);
    }
    context_close_database(&session);
    return err;
}

enum err command_epoch_close(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    struct pg_result *rows = NULL;
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = context_open_database(options, &config, &session, ret_error);
    }
    if (err == ERR_OK) {
        err = database_run_file(session.connection, "queries/epoch_close.sql", NULL, 0, &rows, ret_error);
    }
    if (err == ERR_OK && PQntuples(rows) > 0) {
        err = erase_again(&config, &session, options->language, ret_error);
    }
    if (err == ERR_OK) {
        enum text_id text = PQntuples(rows) > 0 ? TEXT_EPOCH_CLOSED : TEXT_EPOCH_NOT_OPEN;
        (void)printf("%s\n", text_get(text, options->language));
    }
    PQclear(rows);
    context_close_database(&session);
    return err;
}

/* Whoever offered the journal anew may have offered what was erased too. */
static enum err erase_again(const struct config *config, const struct database_session *session,
                            enum language language, struct error *ret_error)
{
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    struct vault *vault = NULL;
    struct erasures_report report;
    enum err err =
        database_run_file(session->connection, "queries/erasure_again.sql", NULL, 0, NULL, ret_error);
    err = err == ERR_OK ? context_conninfo(config, session, conninfo, ret_error) : err;
    err = err == ERR_OK ? context_open_vault(config, language, session->connection, &vault, ret_error) : err;
    err = err == ERR_OK ? vault_load_keys(session->connection, vault, ret_error) : err;
    err = err == ERR_OK ? erasures_apply(conninfo, vault, language, &report, ret_error) : err;
    vault_free(vault);
    return err;
}

/* The new epoch's first entry says what it continues. */
static enum err open_epoch(const struct config *config, const struct database_session *session,
                           enum language language, struct error *ret_error)
{
    struct acts_head head;
    struct id fresh;
    char old_text[ID_HEX_BYTES];
    char new_text[ID_HEX_BYTES];
    enum err err = acts_head(session, &head, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    random_bytes(fresh.at, sizeof fresh.at);
    Dantin__ActEpoch epoch = DANTIN__ACT_EPOCH__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    epoch.has_previous = epoch.has_branch_size = epoch.has_branch_root = epoch.has_epoch = true;
    epoch.previous = (ProtobufCBinaryData){ID_BYTES, head.epoch.at};
    epoch.branch_size = head.size;
    epoch.branch_root = (ProtobufCBinaryData){HASH_BYTES, head.root.at};
    epoch.epoch = (ProtobufCBinaryData){ID_BYTES, fresh.at};
    act.epoch = &epoch;
    const Dantin__Act *acts[] = {&act};
    err = acts_append(config, session, acts, 1, language, NULL, ret_error);
    if (err == ERR_OK) {
        hex_encode(bytes_of(head.epoch.at, ID_BYTES), old_text);
        hex_encode(bytes_of(fresh.at, ID_BYTES), new_text);
        (void)printf(text_get(TEXT_EPOCH_OPENED, language), new_text, old_text,
                     (unsigned long long)head.size);
    }
    return err;
}
