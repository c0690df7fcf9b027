/* dantind device role: one operator proposes, another agrees (device approve) or not (device refuse). */
#include "server/commands/device_role.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/base/text.h"
#include "common/wire/role_change.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/devices.h"
#include "server/commands/operators.h"
#include "server/config.h"
#include "server/store/database.h"

enum { TICKET_DIGITS_MAX = 10 };

/* Columns of queries/role_change_pending.sql. */
enum pending_column {
    PENDING_DEVICE,
    PENDING_KEY,
    PENDING_SENDER,
    PENDING_NAME,
    PENDING_ROLE,
    PENDING_EXACT,
    PENDING_NEW_ROLE,
    PENDING_NEW_EXACT,
    PENDING_BY,
    PENDING_AT,
    PENDING_ASKED
};

/* A command at work: whose it is, and what it found. */
struct changing {
    const struct options *options;
    struct config config;
    struct database_session session;
    struct devices_one device;
    struct pg_result *rows; /* the change that waits */
    struct signing_key *key;
    char passphrase[PASSPHRASE_BYTES_MAX];
};

static enum err open_changing(struct changing *changing, struct error *ret_error);
static void close_changing(struct changing *changing);
static enum err check_proposal(const struct changing *changing, struct error *ret_error);
static enum err propose(struct changing *changing, struct error *ret_error);
static enum err find_pending(struct changing *changing, struct error *ret_error);
static enum err enter(struct changing *changing, struct error *ret_error);
static enum err refuse(struct changing *changing, struct error *ret_error);
static void say(enum text_id text, const char *device, enum language language);
static const char *text_or_null(const struct pg_result *rows, int column);

enum err command_device_role(const struct options *options, struct error *ret_error)
{
    struct changing changing = {.options = options};
    enum role role = role_of_name(options->role);
    bool has_exact = options->is_exact || options->is_not_exact;
    if ((options->role == NULL && !has_exact) || (options->is_exact && options->is_not_exact) ||
        (options->role != NULL && role >= ROLE_LOG)) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_DEVICE_ROLE_NEEDED, options->language));
    }
    if (options->argument_count != 1) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_DEVICE_NAME_NEEDED, options->language));
    }
    enum err err = open_changing(&changing, ret_error);
    if (err == ERR_OK) {
        err = devices_find(&changing.session, options->arguments[0], options->language, &changing.device,
                           ret_error);
    }
    if (err == ERR_OK) {
        err = check_proposal(&changing, ret_error);
    }
    if (err == ERR_OK) {
        err = operators_unlock(options, &changing.config, &changing.session, changing.passphrase,
                               &changing.key, ret_error);
    }
    if (err == ERR_OK) {
        err = propose(&changing, ret_error);
    }
    close_changing(&changing);
    return err;
}

bool device_role_is_named(const struct options *options)
{
    const char *typed = options->argument_count == 1 ? options->arguments[0] : "";
    size_t len = strlen(typed);
    return len >= DEVICES_DIGITS_MIN && len < HASH_HEX_BYTES && strspn(typed, "0123456789abcdef") == len &&
           (len > TICKET_DIGITS_MAX || strspn(typed, "0123456789") < len);
}

enum err device_role_decide(const struct options *options, bool is_yes, struct error *ret_error)
{
    struct changing changing = {.options = options};
    enum err err = open_changing(&changing, ret_error);
    if (err == ERR_OK) {
        err = find_pending(&changing, ret_error);
    }
    if (err == ERR_OK && is_yes &&
        strcmp(PQgetvalue(changing.rows, 0, PENDING_BY), options->operator_name) == 0) {
        err = error_set(ret_error, ERR_FORBIDDEN, "%s",
                        text_get(TEXT_DEVICE_ROLE_SAME_OPERATOR, options->language));
    }
    if (err == ERR_OK) {
        err = operators_unlock(options, &changing.config, &changing.session, changing.passphrase,
                               &changing.key, ret_error);
    }
    if (err == ERR_OK) {
        err = is_yes ? enter(&changing, ret_error) : refuse(&changing, ret_error);
    }
    if (err == ERR_OK) {
        say(is_yes ? TEXT_DEVICE_HAS_ROLE : TEXT_DEVICE_KEEPS_ROLE,
            PQgetvalue(changing.rows, 0, PENDING_DEVICE), options->language);
    }
    close_changing(&changing);
    return err;
}

enum err device_role_print_pending(const struct database_session *session, enum language language,
                                   size_t *ret_count, struct error *ret_error)
{
    const char *parameters[] = {""};
    struct pg_result *rows = NULL;
    enum err err = database_run_file(session->connection, "queries/role_change_pending.sql", parameters, 1,
                                     &rows, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    for (int i = 0; i < PQntuples(rows); i++) {
        bool has_exact = !PQgetisnull(rows, i, PENDING_NEW_EXACT);
        bool is_exact = PQgetvalue(rows, i, has_exact ? PENDING_NEW_EXACT : PENDING_EXACT)[0] == 't';
        (void)printf(
            text_get(TEXT_DEVICE_ROLE_PENDING, language), PQgetvalue(rows, i, PENDING_DEVICE),
            PQgetvalue(rows, i, PQgetisnull(rows, i, PENDING_NAME) ? PENDING_SENDER : PENDING_NAME),
            PQgetvalue(rows, i, PENDING_ROLE), PQgetvalue(rows, i, PENDING_EXACT)[0] == 't' ? " +exact" : "",
            PQgetvalue(rows, i, PQgetisnull(rows, i, PENDING_NEW_ROLE) ? PENDING_ROLE : PENDING_NEW_ROLE),
            is_exact ? " +exact" : "", PQgetvalue(rows, i, PENDING_BY), PQgetvalue(rows, i, PENDING_ASKED));
    }
    *ret_count = (size_t)PQntuples(rows);
    PQclear(rows);
    return ERR_OK;
}

/* The passphrase first: its file may be for root alone. */
static enum err open_changing(struct changing *changing, struct error *ret_error)
{
    enum err err = operators_ask(changing->options, changing->passphrase, ret_error);
    if (err == ERR_OK) {
        err = command_config(changing->options, &changing->config, ret_error);
    }
    if (err == ERR_OK) {
        err = context_open_database(changing->options, &changing->config, &changing->session, ret_error);
    }
    return err == ERR_OK ? operators_take_turn(&changing->session, ret_error) : err;
}

static void close_changing(struct changing *changing)
{
    PQclear(changing->rows);
    signing_key_free(changing->key);
    OPENSSL_cleanse(changing->passphrase, sizeof changing->passphrase);
    context_close_database(&changing->session);
}

/* What ingest would refuse is not proposed. */
static enum err check_proposal(const struct changing *changing, struct error *ret_error)
{
    const struct options *options = changing->options;
    if (changing->device.is_revoked) {
        return error_set(ret_error, ERR_FORBIDDEN, "%s", text_get(TEXT_DEVICE_IS_REVOKED, options->language));
    }
    if (!changing->device.is_province &&
        (options->is_exact || role_is_of_province(role_of_name(options->role)))) {
        return error_set(ret_error, ERR_FORBIDDEN, "%s",
                         text_get(TEXT_DEVICE_NOT_PROVINCE, options->language));
    }
    return ERR_OK;
}

static enum err propose(struct changing *changing, struct error *ret_error)
{
    const struct options *options = changing->options;
    char device[HASH_HEX_BYTES];
    hex_encode(bytes_of(changing->device.device.at, HASH_BYTES), device);
    const char *parameters[] = {device, options->role,
                                options->is_exact       ? "true"
                                : options->is_not_exact ? "false"
                                                        : NULL,
                                options->operator_name};
    enum err err = database_run_file(changing->session.connection, "queries/role_change_propose.sql",
                                     parameters, 4, NULL, ret_error);
    if (err == ERR_OK) {
        say(TEXT_DEVICE_ROLE_PROPOSED, device, options->language);
    }
    return err;
}

static enum err find_pending(struct changing *changing, struct error *ret_error)
{
    const char *parameters[] = {changing->options->arguments[0]};
    enum err err = database_run_file(changing->session.connection, "queries/role_change_pending.sql",
                                     parameters, 1, &changing->rows, ret_error);
    if (err == ERR_OK && PQntuples(changing->rows) != 1) {
        bool is_none = PQntuples(changing->rows) == 0;
        err = error_set(ret_error, is_none ? ERR_NOT_FOUND : ERR_AMBIGUOUS,
                        text_get(is_none ? TEXT_DEVICE_ROLE_NOT_PENDING : TEXT_DEVICE_AMBIGUOUS,
                                 changing->options->language),
                        changing->options->arguments[0]);
    }
    return err;
}

/* The act takes the proposal away in its own transaction: a command that broke off is not done twice. */
static enum err enter(struct changing *changing, struct error *ret_error)
{
    const struct pg_result *rows = changing->rows;
    enum language language = changing->options->language;
    uint8_t text[ROLE_CHANGE_SIGNED_BYTES_MAX];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    size_t len = 0;
    struct role_change change = {
        .proposed_at = strtoull(PQgetvalue(rows, 0, PENDING_AT), NULL, 10),
        .has_exact = !PQgetisnull(rows, 0, PENDING_NEW_EXACT),
        .may_see_exact = PQgetvalue(rows, 0, PENDING_NEW_EXACT)[0] == 't',
        .role = text_or_null(rows, PENDING_NEW_ROLE),
        .proposed_by = PQgetvalue(rows, 0, PENDING_BY),
        .approved_by = changing->options->operator_name,
    };
    enum err err = hex_decode(PQgetvalue(rows, 0, PENDING_DEVICE), change.device.at, HASH_BYTES);
    if (err == ERR_OK) {
        err = role_change_signed_bytes(&change, text, &len);
    }
    if (err != ERR_OK) {
        return error_set(ret_error, err, "%s", err_text(err, language));
    }
    signing_key_sign(changing->key, bytes_of(text, len), signature);
    return devices_set_role(&changing->config, &changing->session, &change, signature, language, ret_error);
}

static enum err refuse(struct changing *changing, struct error *ret_error)
{
    const char *parameters[] = {PQgetvalue(changing->rows, 0, PENDING_DEVICE),
                                PQgetvalue(changing->rows, 0, PENDING_AT)};
    struct pg_result *rows = NULL;
    enum err err = database_run_file(changing->session.connection, "queries/role_change_refuse.sql",
                                     parameters, 2, &rows, ret_error);
    if (err == ERR_OK && PQntuples(rows) == 0) {
        err = error_set(ret_error, ERR_NOT_FOUND,
                        text_get(TEXT_DEVICE_ROLE_NOT_PENDING, changing->options->language), parameters[0]);
    }
    PQclear(rows);
    return err;
}

static void say(enum text_id text, const char *device, enum language language)
{
    (void)printf(text_get(text, language), device);
}

static const char *text_or_null(const struct pg_result *rows, int column)
{
    return PQgetisnull(rows, 0, column) ? NULL : PQgetvalue(rows, 0, column);
}
