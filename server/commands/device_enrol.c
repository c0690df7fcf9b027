/* dantind device pending, approve, refuse: keys that came with a ticket, and an operator's word about them. */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/base/text.h"
#include "common/crypto/words.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/device_role.h"
#include "server/commands/devices.h"
#include "server/commands/operators.h"
#include "server/config.h"
#include "server/store/database.h"

enum { WORDS_TYPED_BYTES_MAX = 512 };

/* Columns of queries/enrolment_pending.sql. */
enum pending_column {
    PENDING_TICKET,
    PENDING_KEY,
    PENDING_ASKED,
    PENDING_SENDER,
    PENDING_NAME,
    PENDING_ROLE,
    PENDING_PROVINCE,
    PENDING_EXACT,
    PENDING_MADE_BY
};

struct deciding {
    const struct options *options;
    struct config config;
    struct database_session session;
    struct pg_result *rows; /* all that wait */
    int row;                /* the one meant */
    struct signing_key *key;
    char passphrase[PASSPHRASE_BYTES_MAX]; /* asked for when somebody decides */
};

static enum err open_deciding(struct deciding *deciding, const struct options *options, bool will_decide,
                              struct error *ret_error);
static void close_deciding(struct deciding *deciding);
static enum err find_pending(struct deciding *deciding, struct error *ret_error);
static enum err enter(struct deciding *deciding, struct error *ret_error);
static enum err decide(struct deciding *deciding, const char *state, struct error *ret_error);
static enum err read_claim(const struct deciding *deciding, struct enrolment_claim *ret_claim);
static void join_arguments(const struct options *options, char out[WORDS_TYPED_BYTES_MAX]);
static void print_row(const struct pg_result *rows, int row, enum language language);

enum err command_device_pending(const struct options *options, struct error *ret_error)
{
    struct deciding deciding = {.options = options};
    size_t role_count = 0;
    enum err err = open_deciding(&deciding, options, false, ret_error);
    for (int i = 0; err == ERR_OK && i < PQntuples(deciding.rows); i++) {
        print_row(deciding.rows, i, options->language);
    }
    if (err == ERR_OK) {
        err = device_role_print_pending(&deciding.session, options->language, &role_count, ret_error);
    }
    if (err == ERR_OK && PQntuples(deciding.rows) == 0 && role_count == 0) {
        (void)printf("%s\n", text_get(TEXT_DEVICE_NONE_PENDING, options->language));
    }
    close_deciding(&deciding);
    return err;
}

enum err command_device_approve(const struct options *options, struct error *ret_error)
{
    struct deciding deciding = {.options = options};
    if (device_role_is_named(options)) {
        return device_role_decide(options, true, ret_error);
    }
    enum err err = operators_ask(options, deciding.passphrase, ret_error);
    if (err == ERR_OK) {
        err = open_deciding(&deciding, options, true, ret_error);
    }
    if (err == ERR_OK) {
        err = find_pending(&deciding, ret_error);
    }
    if (err == ERR_OK && options->operator_name != NULL &&
        strcmp(PQgetvalue(deciding.rows, deciding.row, PENDING_MADE_BY), options->operator_name) == 0) {
        err =
            error_set(ret_error, ERR_FORBIDDEN, "%s", text_get(TEXT_DEVICE_SAME_OPERATOR, options->language));
    }
    if (err == ERR_OK) {
        err = operators_unlock(options, &deciding.config, &deciding.session, deciding.passphrase,
                               &deciding.key, ret_error);
    }
    if (err == ERR_OK) {
        err = enter(&deciding, ret_error);
    }
    if (err == ERR_OK) {
        err = decide(&deciding, "approved", ret_error);
    }
    if (err == ERR_OK) {
        print_row(deciding.rows, deciding.row, options->language);
        (void)printf("%s\n", text_get(TEXT_DEVICE_APPROVED, options->language));
    }
    close_deciding(&deciding);
    return err;
}

enum err command_device_refuse(const struct options *options, struct error *ret_error)
{
    struct deciding deciding = {.options = options};
    if (device_role_is_named(options)) {
        return device_role_decide(options, false, ret_error);
    }
    enum err err = operators_ask(options, deciding.passphrase, ret_error);
    if (err == ERR_OK) {
        err = open_deciding(&deciding, options, true, ret_error);
    }
    if (err == ERR_OK) {
        err = find_pending(&deciding, ret_error);
    }
    if (err == ERR_OK) {
        err = operators_unlock(options, &deciding.config, &deciding.session, deciding.passphrase,
                               &deciding.key, ret_error);
    }
    if (err == ERR_OK) {
        err = decide(&deciding, "refused", ret_error);
    }
    if (err == ERR_OK) {
        (void)printf("%s\n", text_get(TEXT_DEVICE_REFUSED, options->language));
    }
    close_deciding(&deciding);
    return err;
}

static enum err open_deciding(struct deciding *deciding, const struct options *options, bool will_decide,
                              struct error *ret_error)
{
    enum err err = command_config(options, &deciding->config, ret_error);
    if (err == ERR_OK) {
        err = context_open_database(options, &deciding->config, &deciding->session, ret_error);
    }
    if (err == ERR_OK && will_decide) {
        err = operators_take_turn(&deciding->session, ret_error);
    }
    if (err == ERR_OK) {
        err = database_run_file(deciding->session.connection, "queries/enrolment_pending.sql", NULL, 0,
                                &deciding->rows, ret_error);
    }
    return err;
}

static void close_deciding(struct deciding *deciding)
{
    PQclear(deciding->rows);
    signing_key_free(deciding->key);
    OPENSSL_cleanse(deciding->passphrase, sizeof deciding->passphrase);
    context_close_database(&deciding->session);
}

/* By the number of its ticket, or by its eight words. */
static enum err find_pending(struct deciding *deciding, struct error *ret_error)
{
    char typed[WORDS_TYPED_BYTES_MAX];
    char words[WORDS_TEXT_BYTES_MAX];
    uint8_t key[SIGN_PUBLIC_KEY_BYTES];
    join_arguments(deciding->options, typed);
    for (int i = 0; i < PQntuples(deciding->rows); i++) {
        if (hex_decode(PQgetvalue(deciding->rows, i, PENDING_KEY), key, sizeof key) != ERR_OK) {
            continue;
        }
        words_of_key(key, words);
        if (strcmp(PQgetvalue(deciding->rows, i, PENDING_TICKET), typed) == 0 || words_match(words, typed)) {
            deciding->row = i;
            return ERR_OK;
        }
    }
    return error_set(ret_error, ERR_NOT_FOUND, "%s",
                     text_get(TEXT_DEVICE_NOT_PENDING, deciding->options->language));
}

/* The act; not again when a command that broke off has made it. */
static enum err enter(struct deciding *deciding, struct error *ret_error)
{
    struct enrolment_claim claim = {.role = NULL};
    struct devices_one known = {.role = ROLE_COUNT};
    struct hash spki_hash = {0};
    uint8_t text[ENROLMENT_SIGNED_BYTES_MAX];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    size_t len = 0;
    enum err err = read_claim(deciding, &claim);
    if (err == ERR_OK) {
        err = enrolment_signed_bytes(&claim, text, &len);
    }
    if (err != ERR_OK) {
        return error_set(ret_error, err, "%s", err_text(err, deciding->options->language));
    }
    spki_hash = sign_spki_hash(claim.public_key);
    err = devices_find_key(&deciding->session, &spki_hash, &known, ret_error);
    if (err != ERR_NOT_FOUND) {
        return err;
    }
    signing_key_sign(deciding->key, bytes_of(text, len), signature);
    return devices_enter(&deciding->config, &deciding->session, &claim, signature,
                         deciding->options->language, ret_error);
}

static enum err decide(struct deciding *deciding, const char *state, struct error *ret_error)
{
    const char *parameters[] = {PQgetvalue(deciding->rows, deciding->row, PENDING_TICKET), state,
                                deciding->options->operator_name};
    struct pg_result *rows = NULL;
    enum err err = database_run_file(deciding->session.connection, "queries/enrolment_decide.sql", parameters,
                                     3, &rows, ret_error);
    if (err == ERR_OK && PQntuples(rows) == 0) {
        err = error_set(ret_error, ERR_NOT_FOUND, "%s",
                        text_get(TEXT_DEVICE_NOT_PENDING, deciding->options->language));
    }
    PQclear(rows);
    return err;
}

static enum err read_claim(const struct deciding *deciding, struct enrolment_claim *ret_claim)
{
    const struct pg_result *rows = deciding->rows;
    int row = deciding->row;
    struct enrolment_claim claim = {
        .is_province = PQgetvalue(rows, row, PENDING_PROVINCE)[0] == 't',
        .may_see_exact = PQgetvalue(rows, row, PENDING_EXACT)[0] == 't',
        .role = PQgetvalue(rows, row, PENDING_ROLE),
        .ticket_by = PQgetvalue(rows, row, PENDING_MADE_BY),
        .approved_by = deciding->options->operator_name,
    };
    enum err err = hex_decode(PQgetvalue(rows, row, PENDING_KEY), claim.public_key, sizeof claim.public_key);
    if (err == ERR_OK) {
        err = hex_decode(PQgetvalue(rows, row, PENDING_SENDER), claim.sender.at, sizeof claim.sender.at);
    }
    if (err == ERR_OK) {
        *ret_claim = claim;
    }
    return err;
}

/* Words may come as one argument or as eight. */
static void join_arguments(const struct options *options, char out[WORDS_TYPED_BYTES_MAX])
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < options->argument_count; i++) {
        int len = snprintf(out + used, WORDS_TYPED_BYTES_MAX - used, "%s%s", i > 0 ? " " : "",
                           options->arguments[i]);
        if (len < 0 || (size_t)len >= WORDS_TYPED_BYTES_MAX - used) {
            return; /* too long for any words: it is cut and matches none */
        }
        used += (size_t)len;
    }
}

static void print_row(const struct pg_result *rows, int row, enum language language)
{
    char words[WORDS_TEXT_BYTES_MAX] = "";
    uint8_t key[SIGN_PUBLIC_KEY_BYTES];
    const char *name = PQgetisnull(rows, row, PENDING_NAME) ? PQgetvalue(rows, row, PENDING_SENDER)
                                                            : PQgetvalue(rows, row, PENDING_NAME);
    if (hex_decode(PQgetvalue(rows, row, PENDING_KEY), key, sizeof key) == ERR_OK) {
        words_of_key(key, words);
    }
    (void)printf(text_get(TEXT_DEVICE_PENDING, language), PQgetvalue(rows, row, PENDING_TICKET), words, name,
                 PQgetvalue(rows, row, PENDING_ROLE), PQgetvalue(rows, row, PENDING_MADE_BY),
                 PQgetvalue(rows, row, PENDING_ASKED));
}
