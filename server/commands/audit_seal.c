/* dantind audit seal [--due]: put the end of the chain over the log of reads into the journal, as an act signed by the log key. From there it goes
 * with every proof and cosignature: from then on nobody, the province's own administrator included, changes a look below it unnoticed.
 * The running server does it with --due (server/anchoring.h). */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/bytes.h"
#include "proto/journal.pb-c.h"
#include "server/acts.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/looks.h"
#include "server/config.h"
#include "server/store/database.h"

/* How long a look may wait for the journal. */
#define ANCHOR_LATE_MS "86400000"

static enum err is_due(struct pg_conn *connection, bool *ret_is_due, struct error *ret_error);
static enum err append(const struct config *config, const struct database_session *session, uint64_t number,
                       struct hash *hash, enum language language, struct error *ret_error);

enum err command_audit_seal(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    uint64_t number = 0;
    struct hash hash = {0};
    bool is_vi = options->language == LANGUAGE_VI;
    bool is_wanted = true;
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = context_open_database(options, &config, &session, ret_error);
    }
    if (err ==
        ERR_OK) { /* before the chain is read: links in the journal only go up, or no verifier takes it any more */
        err = database_run_file(session.connection, "queries/act_lock.sql", NULL, 0, NULL, ret_error);
    }
    if (err == ERR_OK && options->is_due) {
        err = is_due(session.connection, &is_wanted, ret_error);
    }
    if (err == ERR_OK && is_wanted) {
        err = looks_chain(session.connection, &number, &hash, ret_error);
    }
    if (err == ERR_OK && is_wanted && number == 0) {
        err = error_set(ret_error, ERR_NOT_FOUND,
                        is_vi ? "sổ đọc chưa có dòng nào" : "the log of reads is empty");
    }
    if (err == ERR_OK && is_wanted) {
        err = append(&config, &session, number, &hash, options->language, ret_error);
    }
    context_close_database(&session);
    return err;
}

static enum err is_due(struct pg_conn *connection, bool *ret_is_due, struct error *ret_error)
{
    const char *parameters[] = {ANCHOR_LATE_MS};
    struct pg_result *rows = NULL;
    enum err err = database_run_file(connection, "queries/look_due.sql", parameters, 1, &rows, ret_error);
    if (err == ERR_OK) {
        *ret_is_due = PQgetvalue(rows, 0, 0)[0] == 't';
    }
    PQclear(rows);
    return err;
}

static enum err append(const struct config *config, const struct database_session *session, uint64_t number,
                       struct hash *hash, enum language language, struct error *ret_error)
{
    Dantin__ActLooks looks = DANTIN__ACT_LOOKS__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    const Dantin__Act *acts[] = {&act};
    char hex[HASH_HEX_BYTES];
    uint64_t position = 0;
    looks.has_number = looks.has_hash = true;
    looks.number = number;
    looks.hash = (ProtobufCBinaryData){HASH_BYTES, hash->at};
    act.looks = &looks;
    enum err err = acts_append(config, session, acts, 1, language, &position, ret_error);
    if (err == ERR_OK) {
        hex_encode(bytes_of(hash->at, HASH_BYTES), hex);
        (void)printf(language == LANGUAGE_VI
                         ? "Vị trí %" PRIu64 " của sổ cái ghi nhận sổ đọc đến mắt xích %" PRIu64 ":%s\n"
                         : "Position %" PRIu64 " of the journal holds the log of reads up to link %" PRIu64
                           ":%s\n",
                     position, number, hex);
    }
    return err;
}
