/* dantind operator add, end: who makes tickets and says yes to keys. */
#include "server/commands/operators.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "common/base/text.h"
#include "common/crypto/key_file.h"
#include "proto/journal.pb-c.h"
#include "server/acts.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/passphrase.h"
#include "server/config.h"
#include "server/store/database.h"

enum { KEY_MODE = 0600, FOLDER_MODE = 0700 };

static enum err find(const struct options *options, const struct database_session *session, const char *name,
                     uint8_t ret_key[SIGN_PUBLIC_KEY_BYTES], bool *ret_has_ended, struct error *ret_error);
static enum err make_key(const struct options *options, const struct config *config, const char *name,
                         char *passphrase, struct signing_key **ret_key, struct error *ret_error);
static enum err enter(const struct options *options, const struct config *config,
                      const struct database_session *session, const char *name, const uint8_t *public_key,
                      bool has_ended, struct error *ret_error);
static void key_path(const struct config *config, const char *name, char ret_path[CONTEXT_PATH_BYTES_MAX]);

enum err command_operator_add(const struct options *options, struct error *ret_error)
{
    const char *name = options->arguments[0];
    struct config config;
    struct database_session session = {0};
    struct signing_key *key = NULL;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    char passphrase[PASSPHRASE_BYTES_MAX] = "";
    bool has_ended = false;
    if (options->argument_count != 1 || !operators_is_name(name)) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_OPERATOR_NAME, options->language));
    }
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = passphrase_read(options, name, true, passphrase, ret_error); /* while its file can be read */
    }
    if (err == ERR_OK) {
        err = context_open_database(options, &config, &session, ret_error);
    }
    if (err == ERR_OK) {
        struct error ignored = {0};
        err = find(options, &session, name, public_key, &has_ended, &ignored) == ERR_NOT_FOUND
                  ? ERR_OK
                  : error_set(ret_error, ERR_EXISTS, text_get(TEXT_OPERATOR_EXISTS, options->language), name);
    }
    if (err == ERR_OK) {
        err = make_key(options, &config, name, passphrase, &key, ret_error);
    }
    if (err == ERR_OK) {
        signing_key_public(key, public_key);
        err = enter(options, &config, &session, name, public_key, false, ret_error);
    }
    if (err == ERR_OK) {
        (void)printf(text_get(TEXT_OPERATOR_ADDED, options->language), name);
    }
    OPENSSL_cleanse(passphrase, sizeof passphrase);
    signing_key_free(key);
    context_close_database(&session);
    return err;
}

enum err command_operator_end(const struct options *options, struct error *ret_error)
{
    const char *name = options->arguments[0];
    struct config config;
    struct database_session session = {0};
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    bool has_ended = false;
    if (options->argument_count != 1 || !operators_is_name(name)) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_OPERATOR_NAME, options->language));
    }
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = context_open_database(options, &config, &session, ret_error);
    }
    if (err == ERR_OK) {
        err = find(options, &session, name, public_key, &has_ended, ret_error);
    }
    if (err == ERR_OK && !has_ended) {
        err = enter(options, &config, &session, name, public_key, true, ret_error);
    }
    if (err == ERR_OK) {
        (void)printf(text_get(TEXT_OPERATOR_ENDED, options->language), name);
    }
    context_close_database(&session);
    return err;
}

bool operators_is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    return name[0] != '\0' && strchr(letters, name[0]) != NULL && strlen(name) <= OPERATOR_NAME_BYTES_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(name);
}

enum err operators_ask(const struct options *options, char ret_passphrase[PASSPHRASE_BYTES_MAX],
                       struct error *ret_error)
{
    const char *name = options->operator_name;
    if (name == NULL || !operators_is_name(name)) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_OPERATOR_NEEDED, options->language));
    }
    return passphrase_read(options, name, false, ret_passphrase, ret_error);
}

enum err operators_take_turn(const struct database_session *session, struct error *ret_error)
{
    return database_run_file(session->connection, "queries/act_lock.sql", NULL, 0, NULL, ret_error);
}

enum err operators_unlock(const struct options *options, const struct config *config,
                          const struct database_session *session, char *passphrase,
                          struct signing_key **ret_key, struct error *ret_error)
{
    enum language language = options->language;
    const char *name = options->operator_name;
    char path[CONTEXT_PATH_BYTES_MAX];
    char pem[CONTEXT_FILE_BYTES_MAX];
    uint8_t entered[SIGN_PUBLIC_KEY_BYTES];
    uint8_t found[SIGN_PUBLIC_KEY_BYTES];
    uint8_t extra[KEY_FILE_EXTRA_BYTES_MAX];
    size_t extra_len = 0;
    size_t len = 0;
    bool has_ended = false;
    struct signing_key *key = NULL;
    enum err err = find(options, session, name, entered, &has_ended, ret_error);
    if (err == ERR_OK && has_ended) {
        err = error_set(ret_error, ERR_FORBIDDEN, text_get(TEXT_OPERATOR_HAS_ENDED, language), name);
    }
    key_path(config, name, path);
    if (err == ERR_OK) {
        err = context_read(path, language, pem, &len, ret_error);
    }
    if (err != ERR_OK) {
        OPENSSL_cleanse(passphrase, PASSPHRASE_BYTES_MAX);
        return err;
    }
    err = key_file_open(bytes_of(pem, len), bytes_of_text(passphrase), &key, extra, &extra_len);
    OPENSSL_cleanse(passphrase, PASSPHRASE_BYTES_MAX);
    if (err == ERR_OK) {
        signing_key_public(key, found);
        err = memcmp(found, entered, sizeof found) == 0 ? ERR_OK : ERR_FORBIDDEN;
    }
    if (err != ERR_OK) {
        signing_key_free(key);
        return error_set(ret_error, err, "%s: %s", path, err_text(err, language));
    }
    *ret_key = key;
    return ERR_OK;
}

static enum err find(const struct options *options, const struct database_session *session, const char *name,
                     uint8_t ret_key[SIGN_PUBLIC_KEY_BYTES], bool *ret_has_ended, struct error *ret_error)
{
    const char *parameters[] = {name};
    struct pg_result *rows = NULL;
    enum err err =
        database_run_file(session->connection, "queries/operator_find.sql", parameters, 1, &rows, ret_error);
    if (err == ERR_OK && PQntuples(rows) == 0) {
        err = error_set(ret_error, ERR_NOT_FOUND, text_get(TEXT_OPERATOR_UNKNOWN, options->language), name);
    }
    if (err == ERR_OK) {
        err = hex_decode(PQgetvalue(rows, 0, 0), ret_key, SIGN_PUBLIC_KEY_BYTES);
        *ret_has_ended = PQgetvalue(rows, 0, 1)[0] == 't';
    }
    PQclear(rows);
    return err;
}

/* The file first: an operator in the journal whose key nobody has would be of no use. */
static enum err make_key(const struct options *options, const struct config *config, const char *name,
                         char *passphrase, struct signing_key **ret_key, struct error *ret_error)
{
    enum language language = options->language;
    char path[CONTEXT_PATH_BYTES_MAX];
    char pem[SIGN_PEM_BYTES_MAX];
    struct signing_key *key = NULL;
    context_path(config, "operators", path);
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST) {
        return error_set(ret_error, ERR_IO, "%s: %s", path, strerror(errno));
    }
    key_path(config, name, path);
    enum err err = signing_key_generate(&key);
    if (err == ERR_OK) {
        err = key_file_seal(key, bytes_of(NULL, 0), bytes_of_text(passphrase), KEY_FILE_STRONG, pem);
    }
    OPENSSL_cleanse(passphrase, PASSPHRASE_BYTES_MAX);
    if (err == ERR_OK) {
        err = context_write(path, pem, KEY_MODE, language, ret_error);
    } else {
        err = error_set(ret_error, err, "%s", err_text(err, language));
    }
    if (err != ERR_OK) {
        signing_key_free(key);
        return err;
    }
    *ret_key = key;
    return ERR_OK;
}

static enum err enter(const struct options *options, const struct config *config,
                      const struct database_session *session, const char *name, const uint8_t *public_key,
                      bool has_ended, struct error *ret_error)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActOperator operator_ = DANTIN__ACT_OPERATOR__INIT;
    const Dantin__Act *acts[] = {&act};
    operator_.name = (char *)(uintptr_t)name;
    operator_.has_public_key = true;
    operator_.public_key = (ProtobufCBinaryData){SIGN_PUBLIC_KEY_BYTES, (uint8_t *)(uintptr_t)public_key};
    operator_.has_is_ended = has_ended;
    operator_.is_ended = has_ended;
    act.operator_ = &operator_;
    return acts_append(config, session, acts, 1, options->language, NULL, ret_error);
}

static void key_path(const struct config *config, const char *name, char ret_path[CONTEXT_PATH_BYTES_MAX])
{
    char file[OPERATOR_NAME_BYTES_MAX + 32];
    (void)snprintf(file, sizeof file, "operators/%s.key", name);
    context_path(config, file, ret_path);
}
