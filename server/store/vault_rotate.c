/* The four steps of vault_rotate.h. */
#include "server/store/vault_rotate.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "server/store/database.h"
#include "server/store/reseal_sql.h"
#include "server/store/vault_database.h"

enum { NUMBER_BYTES = 24, WRAPPED_TEXT_BYTES = 2 * VAULT_WRAPPED_BYTES + 3, PREFIX_TEXT_BYTES = 11 };

struct rotating {
    struct pg_conn *connection;
    struct vault *vault;
    const struct vault_rotation *rotation;
    struct vault_rotated rotated;
    uint32_t below; /* key numbers from here on stay */
    struct error *error;
};

/* The newest data key of a sender. */
struct sender_key {
    struct id sender;
    uint32_t number;
};

static enum err exchange_master(struct rotating *job);
static enum err wrap_all(struct rotating *job);
static enum err wrap_key(struct rotating *job, const struct pg_result *rows, int row);
static enum err make_keys(struct rotating *job);
static enum err make_key(struct rotating *job, const char *sender);
static enum err reseal_all(struct rotating *job);
static enum err reseal_place(struct rotating *job, const struct reseal_place *place);
static enum err reseal_batch(struct rotating *job, const struct reseal_place *place,
                             const struct pg_result *rows);
static enum err reseal_row(struct rotating *job, const struct reseal_place *place,
                           const struct pg_result *rows, int row);
static enum err forget_keys(struct rotating *job);
static enum err begin_locked(struct rotating *job);
static enum err run(struct rotating *job, const char *sql, const char *const *parameters, size_t count,
                    struct pg_result **ret_rows);
static enum err run_file(struct rotating *job, const char *path, const char *const *parameters, size_t count,
                         struct pg_result **ret_rows);
static bool is_stopped(const struct rotating *job);
static enum err say(struct rotating *job, enum err err, const char *what);

enum err vault_rotate(struct pg_conn *connection, struct vault *vault, const struct vault_rotation *rotation,
                      struct vault_rotated *ret_rotated, struct error *ret_error)
{
    struct rotating job = {
        .connection = connection, .vault = vault, .rotation = rotation, .error = ret_error};
    struct pg_result *rows = NULL;
    enum err err = database_run_script(connection, "set role dantin_keeper", ret_error);
    if (err == ERR_OK) {
        err = run_file(&job, "queries/rotate_lock.sql", NULL, 0, &rows);
    }
    if (err == ERR_OK && strcmp(PQgetvalue(rows, 0, 0), "t") != 0) {
        err = error_set(ret_error, ERR_BUSY, "%s", err_text(ERR_BUSY, rotation->language));
    }
    PQclear(rows);
    err = err == ERR_OK ? vault_load_keys(connection, vault, ret_error) : err;
    err = err == ERR_OK && rotation->with_master ? exchange_master(&job) : err;
    err = err == ERR_OK ? make_keys(&job) : err;
    err = err == ERR_OK ? reseal_all(&job) : err;
    err = err == ERR_OK ? forget_keys(&job) : err;
    if (err == ERR_OK) {
        *ret_rotated = job.rotated;
    }
    return err;
}

/* ---- MASTER ---- */

/* The new key's file is durable before a key is wrapped under it, and takes the old one's place only after the commit. */
static enum err exchange_master(struct rotating *job)
{
    enum err err = vault_next_master(job->vault, job->rotation->language, job->error);
    if (err != ERR_OK || is_stopped(job)) {
        return err == ERR_OK ? ERR_CANCELLED : err;
    }
    err = begin_locked(job);
    err = err == ERR_OK ? wrap_all(job) : err;
    err = err == ERR_OK ? run(job, "commit", NULL, 0, NULL) : err;
    if (err != ERR_OK || is_stopped(job)) {
        return err == ERR_OK ? ERR_CANCELLED : err;
    }
    return vault_settle_master(job->vault, job->rotation->language, job->error);
}

/* From here on the vault wraps under the next master key. */
static enum err wrap_all(struct rotating *job)
{
    struct pg_result *rows = NULL;
    uint8_t master[VAULT_MASTER_ID_BYTES];
    uint8_t index_key[VAULT_WRAPPED_BYTES];
    char master_text[WRAPPED_TEXT_BYTES];
    char index_text[WRAPPED_TEXT_BYTES];
    const char *const parameters[] = {master_text, index_text};
    /* Keys that came since the vault loaded them. */
    enum err err = vault_load_keys(job->connection, job->vault, job->error);
    err = err == ERR_OK ? run_file(job, "queries/data_key_each.sql", NULL, 0, &rows) : err;
    if (err == ERR_OK) {
        vault_take_next_master(job->vault);
    }
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        err = wrap_key(job, rows, row);
    }
    PQclear(rows);
    if (err != ERR_OK) {
        return err;
    }
    vault_master_id(job->vault, master);
    vault_wrap_index_key(job->vault, index_key);
    database_bytea(bytes_of(master, sizeof master), master_text);
    database_bytea(bytes_of(index_key, sizeof index_key), index_text);
    return run_file(job, "queries/vault_wrap.sql", parameters, 2, NULL);
}

static enum err wrap_key(struct rotating *job, const struct pg_result *rows, int row)
{
    struct id sender;
    uint8_t wrapped[VAULT_WRAPPED_BYTES];
    char text[WRAPPED_TEXT_BYTES];
    const char *const parameters[] = {PQgetvalue(rows, row, 0), text};
    uint32_t number = (uint32_t)strtoul(PQgetvalue(rows, row, 0), NULL, 10);
    enum err err = hex_decode(PQgetvalue(rows, row, 1), sender.at, ID_BYTES);
    err = err == ERR_OK ? vault_wrap_key(job->vault, number, &sender, wrapped) : err;
    if (err != ERR_OK) {
        return say(job, err, "dantin.data_key");
    }
    database_bytea(bytes_of(wrapped, sizeof wrapped), text);
    return run_file(job, "queries/data_key_wrap.sql", parameters, 2, NULL);
}

/* ---- KEYS ---- */

static enum err make_keys(struct rotating *job)
{
    struct pg_result *rows = NULL;
    enum err err = run_file(job, "queries/rotate_below.sql", NULL, 0, &rows);
    if (err == ERR_OK && PQntuples(rows) == 1 && !PQgetisnull(rows, 0, 0)) {
        job->below = (uint32_t)strtoul(PQgetvalue(rows, 0, 0), NULL, 10);
        job->rotated.was_taken_up = true;
        PQclear(rows);
        return ERR_OK;
    }
    PQclear(rows);
    rows = NULL;
    err = err == ERR_OK ? begin_locked(job) : err;
    err = err == ERR_OK ? run_file(job, "queries/rotate_begin.sql", NULL, 0, &rows) : err;
    if (err == ERR_OK) {
        job->below = (uint32_t)strtoul(PQgetvalue(rows, 0, 0), NULL, 10);
        PQclear(rows);
        rows = NULL;
        err = run_file(job, "queries/data_key_senders.sql", NULL, 0, &rows);
    }
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        err = make_key(job, PQgetvalue(rows, row, 0));
    }
    PQclear(rows);
    return err == ERR_OK ? run(job, "commit", NULL, 0, NULL) : err;
}

static enum err make_key(struct rotating *job, const char *sender_text)
{
    struct id sender;
    struct pg_result *rows = NULL;
    uint8_t wrapped[VAULT_WRAPPED_BYTES];
    char text[WRAPPED_TEXT_BYTES];
    char number_text[NUMBER_BYTES];
    const char *const parameters[] = {number_text, sender_text, text};
    enum err err = hex_decode(sender_text, sender.at, ID_BYTES);
    err = err == ERR_OK ? run_file(job, "queries/data_key_next.sql", NULL, 0, &rows) : err;
    if (err != ERR_OK) {
        return err;
    }
    uint32_t number = (uint32_t)strtoul(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    err = vault_make_key(job->vault, number, &sender, wrapped);
    if (err != ERR_OK) {
        return say(job, err, "dantin.data_key");
    }
    (void)snprintf(number_text, sizeof number_text, "%lu", (unsigned long)number);
    database_bytea(bytes_of(wrapped, sizeof wrapped), text);
    job->rotated.senders++;
    return run_file(job, "queries/data_key_put.sql", parameters, 3, NULL);
}

/* ---- RESEAL ---- */

static enum err reseal_all(struct rotating *job)
{
    struct reseal_place *places = calloc(RESEAL_PLACES_MAX, sizeof *places);
    if (places == NULL) {
        return say(job, ERR_NO_MEMORY, "");
    }
    /* Keys that came since; of a rotation taken up all of them. */
    enum err err = vault_load_keys(job->connection, job->vault, job->error);
    size_t count = reseal_places(places);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        err = reseal_place(job, &places[i]);
    }
    free(places);
    return err;
}

static enum err reseal_place(struct rotating *job, const struct reseal_place *place)
{
    char limit[NUMBER_BYTES];
    char keys[RESEAL_KEYS_MAX][64] = {{0}};
    const char *parameters[RESEAL_KEYS_MAX + 1];
    int row_count = 0;
    int batch = place->schema == NULL ? ROTATE_PAYLOADS_PER_BATCH : ROTATE_FIELDS_PER_BATCH;
    enum err err = ERR_OK;
    (void)snprintf(limit, sizeof limit, "%d", batch);
    for (bool is_first = true; err == ERR_OK && (is_first || row_count == batch); is_first = false) {
        struct pg_result *rows = NULL;
        size_t n = is_first ? 0 : place->key_count;
        for (size_t i = 0; i < n; i++) {
            parameters[i] = keys[i];
        }
        parameters[n] = limit;
        err = run(job, is_first ? place->read_first : place->read_next, parameters, n + 1, &rows);
        row_count = err == ERR_OK ? PQntuples(rows) : 0;
        err = err == ERR_OK ? reseal_batch(job, place, rows) : err;
        for (size_t i = 0; i < place->key_count && err == ERR_OK && row_count > 0; i++) {
            (void)snprintf(keys[i], sizeof keys[i], "%s", PQgetvalue(rows, row_count - 1, (int)i));
        }
        PQclear(rows);
    }
    return err;
}

/* Those of a batch that have an older key. Nothing is locked where there is none. */
static enum err reseal_batch(struct rotating *job, const struct reseal_place *place,
                             const struct pg_result *rows)
{
    int column = (int)place->key_count + 1;
    bool is_begun = false;
    enum err err = ERR_OK;
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        uint8_t prefix[VAULT_PREFIX_BYTES];
        char digits[2 * VAULT_PREFIX_BYTES + 1] = "";
        (void)snprintf(digits, sizeof digits, "%.8s", PQgetvalue(rows, row, column) + 2); /* behind "\x" */
        bool is_older = hex_decode(digits, prefix, sizeof prefix) != ERR_OK || u32_read(prefix) < job->below;
        if (!is_older) {
            continue;
        }
        err = is_begun ? ERR_OK : begin_locked(job);
        is_begun = true;
        err = err == ERR_OK ? reseal_row(job, place, rows, row) : err;
    }
    return err == ERR_OK && is_begun ? run(job, "commit", NULL, 0, NULL) : err;
}

static enum err reseal_row(struct rotating *job, const struct reseal_place *place,
                           const struct pg_result *rows, int row)
{
    const char *old_text = PQgetvalue(rows, row, (int)place->key_count + 1);
    const char *belongs = PQgetvalue(rows, row, (int)place->key_count);
    const char *parameters[RESEAL_KEYS_MAX + 2];
    struct hash envelope_hash = {{0}};
    struct id record = {{0}};
    size_t len = (strlen(old_text) - 2) / 2; /* behind "\x" */
    uint8_t *sealed = malloc(len + 1);
    uint8_t *plain = malloc(len + 1);
    uint8_t *again = malloc(len + 1);
    char *text = malloc(2 * len + 3);
    enum err err = sealed == NULL || plain == NULL || again == NULL || text == NULL ? ERR_NO_MEMORY : ERR_OK;
    err = err == ERR_OK ? hex_decode(old_text + 2, sealed, len) : err;
    if (err == ERR_OK) {
        err = place->schema == NULL ? hex_decode(belongs, envelope_hash.at, HASH_BYTES)
                                    : hex_decode(belongs, record.at, ID_BYTES);
    }
    if (err == ERR_OK) {
        struct vault_place at = place->schema == NULL ? vault_place_of_payload(&envelope_hash)
                                                      : vault_place_of_field(place->schema->kind, &record,
                                                                             place->list, place->field);
        err = vault_reseal(job->vault, &at, bytes_of(sealed, len), plain, again);
    }
    if (err == ERR_OK) {
        size_t n = place->key_count;
        for (size_t i = 0; i < n; i++) {
            parameters[i] = PQgetvalue(rows, row, (int)i);
        }
        database_bytea(bytes_of(again, len), text);
        parameters[n] = old_text;
        parameters[n + 1] = text;
        err = run(job, place->write, parameters, n + 2, NULL);
        job->rotated.values += err == ERR_OK ? 1 : 0;
    } else {
        err = say(job, err == ERR_MALFORMED || err == ERR_NOT_FOUND ? ERR_SEALED : err,
                  PQgetvalue(rows, row, 0));
    }
    if (plain != NULL) {
        seal_wipe(plain, len + 1);
    }
    free(sealed);
    free(plain);
    free(again);
    free(text);
    return err;
}

/* ---- FORGET ---- */

static enum err forget_keys(struct rotating *job)
{
    struct reseal_place *places = calloc(RESEAL_PLACES_MAX, sizeof *places);
    char number[NUMBER_BYTES];
    char prefix_text[PREFIX_TEXT_BYTES];
    uint8_t prefix[VAULT_PREFIX_BYTES];
    const char *const parameters[] = {prefix_text};
    const char *const keys[] = {number};
    enum err err = places == NULL ? say(job, ERR_NO_MEMORY, "") : ERR_OK;
    size_t count = places == NULL ? 0 : reseal_places(places);
    u32_write(prefix, job->below);
    database_bytea(bytes_of(prefix, sizeof prefix), prefix_text);
    (void)snprintf(number, sizeof number, "%lu", (unsigned long)job->below);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        struct pg_result *rows = NULL;
        err = run(job, places[i].is_older_left, parameters, 1, &rows);
        if (err == ERR_OK && strcmp(PQgetvalue(rows, 0, 0), "f") != 0) {
            err = say(job, ERR_INTERNAL, places[i].field);
        }
        PQclear(rows);
    }
    free(places);
    err = err == ERR_OK ? run(job, "begin", NULL, 0, NULL) : err;
    err = err == ERR_OK ? run_file(job, "queries/data_key_forget.sql", keys, 1, NULL) : err;
    err = err == ERR_OK ? run_file(job, "queries/rotate_end.sql", NULL, 0, NULL) : err;
    return err == ERR_OK ? run(job, "commit", NULL, 0, NULL) : err;
}

/* ---- */

static enum err begin_locked(struct rotating *job)
{
    enum err err = run(job, "begin", NULL, 0, NULL);
    return err == ERR_OK ? run_file(job, "queries/group_lock.sql", NULL, 0, NULL) : err;
}

static enum err run(struct rotating *job, const char *sql, const char *const *parameters, size_t count,
                    struct pg_result **ret_rows)
{
    return is_stopped(job) ? ERR_CANCELLED
                           : database_run(job->connection, sql, parameters, count, ret_rows, job->error);
}

static enum err run_file(struct rotating *job, const char *path, const char *const *parameters, size_t count,
                         struct pg_result **ret_rows)
{
    return is_stopped(job)
               ? ERR_CANCELLED
               : database_run_file(job->connection, path, parameters, count, ret_rows, job->error);
}

static bool is_stopped(const struct rotating *job)
{
    return job->rotation->may_go_on != NULL && !job->rotation->may_go_on(job->rotation->context);
}

static enum err say(struct rotating *job, enum err err, const char *what)
{
    return error_set(job->error, err, "%s: %s", what, err_text(err, job->rotation->language));
}
