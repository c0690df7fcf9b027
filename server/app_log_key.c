/* Two files, and one question to the journal. */
#include "server/app_log_key.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/store/database.h"

static enum err new_key(struct bytes pem, struct app_log_key **ret_key);

enum err app_log_key_open(const struct config *config, struct pg_conn *connection, enum language language,
                          struct app_log_key **ret_key, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    uint8_t in_force[SIGN_PUBLIC_KEY_BYTES];
    enum err err = database_run_file(connection, "queries/log_key.sql", NULL, 0, &rows, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    bool has_log = PQntuples(rows) == 1;
    if (has_log && hex_decode(PQgetvalue(rows, 0, 0), in_force, sizeof in_force) != ERR_OK) {
        err = error_set(ret_error, ERR_DATABASE, "dantin.device");
    }
    PQclear(rows);
    return err == ERR_OK ? app_log_key_find(config, has_log ? in_force : NULL, language, ret_key, ret_error)
                         : err;
}

enum err app_log_key_start(const struct config *config, const char *conninfo, enum language language,
                           struct app_log_key **ret_key, struct error *ret_error)
{
    struct pg_conn *connection = NULL;
    enum err err = database_open(conninfo, language, &connection, ret_error);
    if (err == ERR_OK) {
        err = app_log_key_open(config, connection, language, ret_key, ret_error);
    }
    PQfinish(connection);
    return err;
}

/* The next one first: while it takes the place of the one before it is always under one of its names in this order. */
enum err app_log_key_find(const struct config *config, const uint8_t *public_key, enum language language,
                          struct app_log_key **ret_key, struct error *ret_error)
{
    static const char *const names[] = {LOG_KEY_NEXT_FILE, LOG_KEY_FILE};
    for (size_t i = public_key == NULL ? 1 : 0; i < sizeof names / sizeof names[0]; i++) {
        struct app_log_key *key = NULL;
        bool is_next = i == 0;
        enum err err = app_log_key_read(config, names[i], language, &key, ret_error);
        if (err == ERR_NOT_FOUND && is_next) {
            continue;
        }
        if (err != ERR_OK) {
            return err;
        }
        ENSURE(key != NULL); /* it was read */
        if (public_key == NULL || memcmp(key->public_key, public_key, sizeof key->public_key) == 0) {
            key->is_next = is_next;
            *ret_key = key;
            return ERR_OK;
        }
        app_log_key_free(key);
    }
    return error_set(ret_error, ERR_CONFIG, "%s", text_get(TEXT_ACTS_OTHER_LOG_KEY, language));
}

enum err app_log_key_read(const struct config *config, const char *name, enum language language,
                          struct app_log_key **ret_key, struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    char text[CONTEXT_FILE_BYTES_MAX];
    size_t len = 0;
    context_path(config, name, path);
    enum err err = context_read_key(path, language, text, &len, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    err = new_key(bytes_of(text, len), ret_key);
    OPENSSL_cleanse(text, sizeof text);
    return err == ERR_OK ? ERR_OK : error_set(ret_error, ERR_CONFIG, "%s: %s", path, err_text(err, language));
}

enum err app_log_key_all(struct pg_conn *connection, const struct app_log_key *present, struct buf *ret_keys,
                         struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err = database_run_file(connection, "queries/log_keys.sql", NULL, 0, &rows, ret_error);
    if (err == ERR_OK && PQntuples(rows) == 0) {
        err = buf_append(ret_keys, bytes_of(present->public_key, sizeof present->public_key));
    }
    for (int i = 0; err == ERR_OK && i < PQntuples(rows); i++) {
        uint8_t key[SIGN_PUBLIC_KEY_BYTES];
        err = hex_decode(PQgetvalue(rows, i, 0), key, sizeof key);
        err = err == ERR_OK ? buf_append(ret_keys, bytes_of(key, sizeof key)) : ERR_DATABASE;
    }
    PQclear(rows);
    return err == ERR_OK || ret_error->text[0] != '\0' ? err : error_set(ret_error, err, "dantin.device_key");
}

static enum err new_key(struct bytes pem, struct app_log_key **ret_key)
{
    struct app_log_key *key = calloc(1, sizeof *key);
    if (key == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = signing_key_from_pem(pem, &key->key);
    if (err == ERR_OK) {
        signing_key_public(key->key, key->public_key);
        err = verify_key_new(bytes_of(key->public_key, sizeof key->public_key), &key->verify_key);
    }
    if (err != ERR_OK) {
        app_log_key_free(key);
        return err;
    }
    *ret_key = key;
    return ERR_OK;
}

void app_log_key_free(struct app_log_key *key)
{
    while (key != NULL) {
        struct app_log_key *older = key->older;
        signing_key_free(key->key);
        verify_key_free(key->verify_key);
        free(key);
        key = older;
    }
}
