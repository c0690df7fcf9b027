/* dantind device list, revoke: who may speak, and taking it back. */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/crypto/words.h"
#include "common/wire/role.h"
#include "proto/journal.pb-c.h"
#include "server/acts.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/devices.h"
#include "server/config.h"
#include "server/store/database.h"

/* Columns of queries/device_list.sql. */
enum list_column {
    LIST_ID,
    LIST_KEY,
    LIST_NAME,
    LIST_SENDER,
    LIST_ROLE,
    LIST_PROVINCE,
    LIST_EXACT,
    LIST_SEEN,
    LIST_SEQUENCE,
    LIST_UNTIL,
    LIST_STATE
};

/* A device found for a change. */
struct changing {
    struct config config;
    struct database_session session;
    struct devices_one row;
};

static void print_row(const struct pg_result *rows, int row, enum language language);
static const char *state_text(const char *state, enum language language);
static enum err open_changing(struct changing *changing, const struct options *options,
                              struct error *ret_error);
static void say(enum text_id text, const struct hash *device, enum language language);

enum err command_device_list(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    struct pg_result *rows = NULL;
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = context_open_database(options, &config, &session, ret_error);
    }
    if (err == ERR_OK) {
        err = database_run_file(session.connection, "queries/device_list.sql", NULL, 0, &rows, ret_error);
    }
    for (int i = 0; err == ERR_OK && i < PQntuples(rows); i++) {
        print_row(rows, i, options->language);
    }
    PQclear(rows);
    context_close_database(&session);
    return err;
}

enum err command_device_revoke(const struct options *options, struct error *ret_error)
{
    struct changing changing = {.session = {0}};
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActRevoke revoke = DANTIN__ACT_REVOKE__INIT;
    const Dantin__Act *acts[] = {&act};
    enum err err = open_changing(&changing, options, ret_error);
    if (err == ERR_OK && !changing.row.is_revoked) {
        revoke.has_device = true;
        revoke.device = (ProtobufCBinaryData){sizeof changing.row.device.at, changing.row.device.at};
        revoke.reason = (char *)(uintptr_t)options->reason;
        act.revoke = &revoke;
        err = acts_append(&changing.config, &changing.session, acts, 1, options->language, NULL, ret_error);
    }
    if (err == ERR_OK) {
        say(TEXT_DEVICE_REVOKED, &changing.row.device, options->language);
    }
    context_close_database(&changing.session);
    return err;
}

static enum err open_changing(struct changing *changing, const struct options *options,
                              struct error *ret_error)
{
    if (options->argument_count != 1) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_DEVICE_NAME_NEEDED, options->language));
    }
    enum err err = command_config(options, &changing->config, ret_error);
    if (err == ERR_OK) {
        err = context_open_database(options, &changing->config, &changing->session, ret_error);
    }
    return err == ERR_OK ? devices_find(&changing->session, options->arguments[0], options->language,
                                        &changing->row, ret_error)
                         : err;
}

static void print_row(const struct pg_result *rows, int row, enum language language)
{
    char words[WORDS_TEXT_BYTES_MAX] = "";
    uint8_t key[SIGN_PUBLIC_KEY_BYTES];
    const char *name = PQgetisnull(rows, row, LIST_NAME) ? PQgetvalue(rows, row, LIST_SENDER)
                                                         : PQgetvalue(rows, row, LIST_NAME);
    if (hex_decode(PQgetvalue(rows, row, LIST_KEY), key, sizeof key) == ERR_OK) {
        words_of_key(key, words);
    }
    (void)printf(text_get(TEXT_DEVICE_LISTED, language), PQgetvalue(rows, row, LIST_ID), words, name,
                 PQgetvalue(rows, row, LIST_ROLE),
                 PQgetvalue(rows, row, LIST_EXACT)[0] == 't' ? " +exact" : "",
                 PQgetisnull(rows, row, LIST_SEEN) ? "-" : PQgetvalue(rows, row, LIST_SEEN),
                 PQgetvalue(rows, row, LIST_SEQUENCE),
                 PQgetisnull(rows, row, LIST_UNTIL) ? "-" : PQgetvalue(rows, row, LIST_UNTIL),
                 state_text(PQgetvalue(rows, row, LIST_STATE), language));
}

static const char *state_text(const char *state, enum language language)
{
    static const struct {
        const char *name;
        enum text_id text;
    } states[] = {{"revoked", TEXT_DEVICE_STATE_REVOKED},
                  {"quarantined", TEXT_DEVICE_STATE_QUARANTINED},
                  {"expired", TEXT_DEVICE_STATE_EXPIRED},
                  {"in_force", TEXT_DEVICE_STATE_IN_FORCE}};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i].name, state) == 0) {
            return text_get(states[i].text, language);
        }
    }
    return state;
}

static void say(enum text_id text, const struct hash *device, enum language language)
{
    char hex[HASH_HEX_BYTES];
    hex_encode(bytes_of(device->at, sizeof device->at), hex);
    (void)printf(text_get(text, language), hex);
}
