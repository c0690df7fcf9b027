/* Statements about keys, over a blocking connection. */
#include "server/store/vault_database.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/database.h"

enum { BYTEA_TEXT_BYTES_MAX = 2 * VAULT_WRAPPED_BYTES + 3 };

static enum err make_vault(struct pg_conn *connection, const char *path, enum language language,
                           struct vault **ret_vault, struct error *ret_error);
static enum err take_vault(const struct pg_result *rows, const char *path, enum language language,
                           struct vault **ret_vault, struct error *ret_error);
static enum err read_bytea(const struct pg_result *rows, int row, int column, uint8_t *out, size_t len);

enum err vault_prepare(struct pg_conn *connection, const char *path, enum language language,
                       struct vault **ret_vault, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err = database_run_file(connection, "queries/vault_get.sql", NULL, 0, &rows, ret_error);
    if (err == ERR_OK && PQntuples(rows) == 0) {
        PQclear(rows);
        rows = NULL;
        err = make_vault(connection, path, language, ret_vault, ret_error);
    } else if (err == ERR_OK) {
        err = take_vault(rows, path, language, ret_vault, ret_error);
    }
    PQclear(rows);
    return err;
}

enum err vault_load_keys(struct pg_conn *connection, struct vault *vault, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err = database_run_file(connection, "queries/data_key_each.sql", NULL, 0, &rows, ret_error);
    if (err == ERR_OK && PQntuples(rows) > VAULT_KEYS_MAX) {
        err = error_set(ret_error, ERR_TOO_BIG, "dantin.data_key: %d > %d", PQntuples(rows), VAULT_KEYS_MAX);
    }
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        struct id sender;
        uint8_t wrapped[VAULT_WRAPPED_BYTES];
        unsigned long number = strtoul(PQgetvalue(rows, row, 0), NULL, 10);
        err = hex_decode(PQgetvalue(rows, row, 1), sender.at, ID_BYTES);
        if (err == ERR_OK) {
            err = read_bytea(rows, row, 2, wrapped, sizeof wrapped);
        }
        if (err == ERR_OK) {
            err = vault_add_key(vault, (uint32_t)number, &sender, bytes_of(wrapped, sizeof wrapped));
        }
        if (err != ERR_OK) {
            err = error_set(ret_error, err, "dantin.data_key %lu: %s", number, err_text(err, LANGUAGE_EN));
        }
    }
    PQclear(rows);
    return err;
}

/* The key file first, durably: keys wrapped under a master key that no file holds would be lost. Two programs that come here
 * at once make one vault: the second's row is refused, and it takes the first's. */
static enum err make_vault(struct pg_conn *connection, const char *path, enum language language,
                           struct vault **ret_vault, struct error *ret_error)
{
    struct vault *vault = NULL;
    struct pg_result *rows = NULL;
    uint8_t master[VAULT_MASTER_ID_BYTES];
    uint8_t index_key[VAULT_WRAPPED_BYTES];
    char master_text[BYTEA_TEXT_BYTES_MAX];
    char index_text[BYTEA_TEXT_BYTES_MAX];
    enum err err = vault_master_create(path, language, ret_error);
    if (err == ERR_OK || err == ERR_EXISTS) {
        err = vault_new(path, language, &vault, ret_error);
    }
    if (err == ERR_OK) {
        vault_master_id(vault, master);
        vault_make_index_key(vault, index_key);
        database_bytea(bytes_of(master, sizeof master), master_text);
        database_bytea(bytes_of(index_key, sizeof index_key), index_text);
        const char *const parameters[] = {master_text, index_text};
        err = database_run_file(connection, "queries/vault_make.sql", parameters, 2, NULL, ret_error);
    }
    vault_free(vault);
    if (err == ERR_OK) {
        err = database_run_file(connection, "queries/vault_get.sql", NULL, 0, &rows, ret_error);
    }
    if (err == ERR_OK) {
        err = take_vault(rows, path, language, ret_vault, ret_error);
    }
    PQclear(rows);
    return err;
}

static enum err take_vault(const struct pg_result *rows, const char *path, enum language language,
                           struct vault **ret_vault, struct error *ret_error)
{
    struct vault *vault = NULL;
    uint8_t master[VAULT_MASTER_ID_BYTES];
    uint8_t index_key[VAULT_WRAPPED_BYTES];
    enum err err = PQntuples(rows) == 1 ? ERR_OK : ERR_DATABASE;
    if (err == ERR_OK) {
        err = read_bytea(rows, 0, 0, master, sizeof master);
    }
    if (err == ERR_OK) {
        err = read_bytea(rows, 0, 1, index_key, sizeof index_key);
    }
    if (err != ERR_OK) {
        return error_set(ret_error, ERR_DATABASE, "dantin.vault: %s", err_text(err, language));
    }
    err = vault_new(path, language, &vault, ret_error);
    if (err == ERR_OK) {
        err = vault_follow_master(vault, bytes_of(master, sizeof master));
        if (err == ERR_OK) {
            err = vault_set_index_key(vault, bytes_of(index_key, sizeof index_key));
        }
        if (err == ERR_OK) { /* what a kill kept an exchange from */
            err = vault_settle_master(vault, language, ret_error);
        }
        if (err == ERR_SEALED) {
            err = error_set(ret_error, err,
                            language == LANGUAGE_VI ? "%s không phải khoá chủ đã niêm phong cơ sở dữ liệu này"
                                                    : "%s is not the master key this database is sealed with",
                            path);
        }
    }
    if (err != ERR_OK) {
        vault_free(vault);
        return err;
    }
    *ret_vault = vault;
    return ERR_OK;
}

/* bytea as text: "\x" and hexadecimal digits. */
static enum err read_bytea(const struct pg_result *rows, int row, int column, uint8_t *out, size_t len)
{
    const char *text = PQgetvalue(rows, row, column);
    return strncmp(text, "\\x", 2) == 0 ? hex_decode(text + 2, out, len) : ERR_MALFORMED;
}
