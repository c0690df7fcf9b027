/* The client's store: opening, migrating, transactions, statements, settings. */
#include "client/lib/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/store_erase.h"
#include "client/lib/store_setting.h"
#include "common/base/check.h"
#include "common/base/embed.h"

#define DEVICE_PARAMETER "?20"

enum { MIGRATIONS_MAX = 9999, DEVICE_PARAMETER_INDEX = 20, CHECK_ARENA_BYTES_MAX = 1024 };

static const char *const statement_files[STATEMENT_COUNT] = {
#define STATEMENT(symbol, file) [STATEMENT_##symbol] = "client/queries/" #file ".sql",
#include "client/lib/store_statements.def"
#undef STATEMENT
};

static enum err open_database(const char *path, bool is_new, sqlite3 **ret_db);
static enum err migrate(struct store *store);
static enum err check_key(struct store *store);
static struct bytes device_of_setting(const struct store *store, const char *name);
static enum err run_migration(struct store *store, const struct embedded_file *file, unsigned number);
static enum err read_version(sqlite3 *db, unsigned *ret_version);
static const struct embedded_file *find_file(const char *path);
static const struct embedded_file *find_migration(unsigned number);
static enum err execute(sqlite3 *db, const char *sql);

enum err store_open(const char *folder, const struct store_owner *owner, bool is_new,
                    struct store **ret_store, struct error *ret_error)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    struct store *store = calloc(1, sizeof *store);
    enum err err = store != NULL ? platform_path_join(folder, "store.db", path, sizeof path) : ERR_NO_MEMORY;
    if (err == ERR_OK && !is_new && !platform_file_exists(path)) {
        err = ERR_NOT_FOUND; /* seen before the lock: a folder that is not there holds no lock file */
    }
    if (err == ERR_OK) {
        err = store_seal_init(store, owner);
    }
    if (err == ERR_OK) {
        err = platform_path_join(folder, "lock", path, sizeof path);
    }
    if (err != ERR_OK) {
        goto done;
    }
    err = platform_lock_take(path, STORE_LOCK_WAIT_MS, &store->lock);
    if (err != ERR_OK) {
        goto done;
    }
    err = platform_path_join(folder, "store.db", path, sizeof path);
    if (err == ERR_OK) {
        err = open_database(path, is_new, &store->db);
    }
    if (err == ERR_OK) {
        err = migrate(store);
    }
    if (err == ERR_OK) {
        err = check_key(store);
    }
    if (err == ERR_OK && store_scrub(store) != ERR_OK) {
        store_rollback(store); /* a full disk, say: what was cut goes on at the next opening */
    }
    if (err == ERR_OK) {
        *ret_store = store;
        return ERR_OK;
    }
done:
    if (store != NULL && store->db != NULL && err != ERR_LOCKED && err != ERR_SEALED) {
        err = error_set(ret_error, err, "%s: %s", path, sqlite3_errmsg(store->db));
    } else {
        err = error_set(ret_error, err, "%s", ""); /* the sentence of the code says it all */
    }
    store_close(store);
    return err;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    store_rollback(store);
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(
            store->statements[i]); /* repeats the result of the last step, already reported */
    }
    int result = sqlite3_close(store->db);
    ENSURE(result == SQLITE_OK); /* otherwise a statement of ours was not finalized */
    platform_lock_release(store->lock);
    store_seal_release(store);
    free(store);
}

enum err store_begin(struct store *store)
{
    REQUIRE(!store->is_in_transaction);
    enum err err = execute(store->db, "BEGIN IMMEDIATE");
    store->is_in_transaction = err == ERR_OK;
    return err;
}

enum err store_commit(struct store *store)
{
    REQUIRE(store->is_in_transaction);
    enum err err = execute(store->db, "COMMIT");
    if (err == ERR_OK) {
        store->is_in_transaction = false;
    }
    return err;
}

void store_rollback(struct store *store)
{
    if (!store->is_in_transaction) {
        return;
    }
    if (sqlite3_get_autocommit(store->db) == 0) {
        (void)execute(store->db, "ROLLBACK"); /* when it fails, the next opening of the file rolls back */
    }
    store->is_in_transaction = false;
}

/* ---- settings ---- */

enum err store_setting_get(struct store *store, const char *name, struct arena *arena,
                           struct bytes *ret_value)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_SETTING_GET, &statement);
    if (err != ERR_OK) {
        return err;
    }
    struct bytes device = device_of_setting(store, name);
    struct place place = place_of_setting(device, bytes_of_text(name));
    bind_bytes(statement, 1, device);
    bind_text(statement, 2, bytes_of_text(name));
    err = statement_step(statement);
    if (err == ERR_OK) {
        err = column_open(store, statement, 0, &place, arena, ret_value);
    }
    statement_end(statement);
    return err;
}

enum err store_setting_put(struct store *store, const char *name, struct bytes value)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_SETTING_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    struct bytes device = device_of_setting(store, name);
    struct place place = place_of_setting(device, bytes_of_text(name));
    bind_bytes(statement, 1, device);
    bind_text(statement, 2, bytes_of_text(name));
    err = bind_sealed(store, statement, 3, &place, value);
    if (err != ERR_OK) {
        statement_end(statement);
        return err;
    }
    return statement_run(statement);
}

struct hash store_device(const struct store *store)
{
    return store->device;
}

enum err store_check(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (result != SQLITE_OK) {
        return store_error(result);
    }
    result = sqlite3_step(statement);
    bool is_sound = result == SQLITE_ROW && bytes_equal(column_bytes(statement, 0), bytes_of_text("ok"));
    (void)sqlite3_finalize(statement); /* the step has said it */
    return is_sound ? ERR_OK : ERR_STORE;
}

/* ---- statements ---- */

enum err statement_begin(struct store *store, enum store_statement which, sqlite3_stmt **ret_statement)
{
    if (store->statements[which] == NULL) {
        const struct embedded_file *file = find_file(statement_files[which]);
        REQUIRE(file != NULL);
        int result = sqlite3_prepare_v3(store->db, (const char *)file->at, (int)file->len + 1,
                                        SQLITE_PREPARE_PERSISTENT, &store->statements[which], NULL);
        if (result != SQLITE_OK) {
            return store_error(result);
        }
        store->names_device[which] =
            sqlite3_bind_parameter_index(store->statements[which], DEVICE_PARAMETER) != 0;
    }
    if (store->names_device[which]) {
        bind_bytes(store->statements[which], DEVICE_PARAMETER_INDEX, bytes_of(store->device.at, HASH_BYTES));
    }
    *ret_statement = store->statements[which];
    return ERR_OK;
}

enum err statement_step(sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        return ERR_OK;
    }
    return result == SQLITE_DONE ? ERR_NOT_FOUND : store_error(result);
}

enum err statement_run(sqlite3_stmt *statement)
{
    enum err err = statement_step(statement);
    statement_end(statement);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void statement_end(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement); /* repeats the result of the last step, already reported */
    (void)sqlite3_clear_bindings(statement);
}

void bind_bytes(sqlite3_stmt *statement, int index, struct bytes value)
{
    if (value.at != NULL) {
        (void)sqlite3_bind_blob64(statement, index, value.at, value.len, SQLITE_STATIC);
    }
}

void bind_text(sqlite3_stmt *statement, int index, struct bytes value)
{
    if (value.at != NULL) {
        (void)sqlite3_bind_text64(statement, index, (const char *)value.at, value.len, SQLITE_STATIC,
                                  SQLITE_UTF8);
    }
}

void bind_number(sqlite3_stmt *statement, int index, int64_t value)
{
    (void)sqlite3_bind_int64(statement, index, value);
}

void bind_id(sqlite3_stmt *statement, int index, const struct id *value)
{
    if (!id_is_none(value)) {
        bind_bytes(statement, index, bytes_of(value->at, ID_BYTES));
    }
}

struct bytes column_bytes(sqlite3_stmt *statement, int index)
{
    if (sqlite3_column_type(statement, index) == SQLITE_NULL) {
        return bytes_of(NULL, 0);
    }
    const void *at = sqlite3_column_blob(statement, index);
    size_t len = (size_t)sqlite3_column_bytes(statement, index);
    return bytes_of(at != NULL ? at : "", len); /* SQLite gives NULL for an empty blob */
}

enum err column_id(sqlite3_stmt *statement, int index, struct id *ret_id)
{
    struct bytes value = column_bytes(statement, index);
    if (value.at == NULL) {
        *ret_id = (struct id){0};
        return ERR_OK;
    }
    return id_from_bytes(value, ret_id) == ERR_OK ? ERR_OK : ERR_STORE;
}

enum err column_hash(sqlite3_stmt *statement, int index, struct hash *ret_hash)
{
    struct bytes value = column_bytes(statement, index);
    if (value.at == NULL) {
        *ret_hash = (struct hash){0};
        return ERR_OK;
    }
    return hash_from_bytes(value, ret_hash) == ERR_OK ? ERR_OK : ERR_STORE;
}

enum err store_execute(struct store *store, const char *sql)
{
    return execute(store->db, sql);
}

enum err store_error(int result)
{
    switch (result & 0xff) {
    case SQLITE_OK:
        return ERR_OK;
    case SQLITE_NOMEM:
        return ERR_NO_MEMORY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_LOCKED;
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return ERR_IO;
    case SQLITE_TOOBIG:
        return ERR_TOO_BIG;
    default:
        return ERR_STORE;
    }
}

/* ---- helpers ---- */

static enum err open_database(const char *path, bool is_new, sqlite3 **ret_db)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (is_new ? SQLITE_OPEN_CREATE : 0);
    int result = sqlite3_open_v2(path, ret_db, flags, NULL);
    if (result != SQLITE_OK) {
        return store_error(result);
    }
    (void)sqlite3_extended_result_codes(*ret_db, 1); /* cannot fail on an open handle */
    /* Exclusive: the lock file promises that we are alone, so the WAL needs no shared memory. */
    return execute(*ret_db,
                   "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                   "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                   "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;");
}

/* A store says at once whose it is, before anything in it fails to open. */
static enum err check_key(struct store *store)
{
    struct arena arena;
    struct bytes check = {0};
    arena_init(&arena, CHECK_ARENA_BYTES_MAX);
    enum err err = store_setting_get(store, SETTING_KEY_CHECK, &arena, &check);
    arena_release(&arena);
    if (err == ERR_STORE) {
        return ERR_SEALED;
    }
    if (err != ERR_NOT_FOUND) {
        return err;
    }
    err = store_begin(store); /* just made */
    if (err == ERR_OK) {
        err = store_setting_put(store, SETTING_KEY_CHECK, bytes_of("", 0));
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    return err;
}

static struct bytes device_of_setting(const struct store *store, const char *name)
{
    bool is_own = strncmp(name, SETTING_OWN, sizeof SETTING_OWN - 1) == 0;
    return is_own ? bytes_of(store->device.at, HASH_BYTES) : bytes_of("", 0);
}

/* user_version is the number of the newest migration that ran. */
static enum err migrate(struct store *store)
{
    unsigned version = 0;
    enum err err = read_version(store->db, &version);
    if (err != ERR_OK) {
        return err;
    }
    const struct embedded_file *file = find_migration(version + 1);
    if (file == NULL && version > 0 && find_migration(version) == NULL) {
        return ERR_NEWER_SCHEMA; /* a newer program made this store */
    }
    while (file != NULL) {
        version++;
        err = run_migration(store, file, version);
        if (err != ERR_OK) {
            return err;
        }
        file = find_migration(version + 1);
    }
    return ERR_OK;
}

static enum err run_migration(struct store *store, const struct embedded_file *file, unsigned number)
{
    char pragma[48];
    (void)snprintf(pragma, sizeof pragma, "PRAGMA user_version = %u", number);
    enum err err = store_begin(store);
    if (err != ERR_OK) {
        return err;
    }
    err = execute(store->db, (const char *)file->at);
    if (err == ERR_OK) {
        err = execute(store->db, pragma);
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    return err;
}

static enum err read_version(sqlite3 *db, unsigned *ret_version)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);
    if (result != SQLITE_OK) {
        return store_error(result);
    }
    result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        *ret_version = (unsigned)sqlite3_column_int(statement, 0);
    }
    (void)sqlite3_finalize(statement); /* the step has said it */
    return result == SQLITE_ROW ? ERR_OK : store_error(result);
}

static const struct embedded_file *find_file(const char *path)
{
    for (unsigned long i = 0; i < embedded_client_sql_count; i++) {
        if (strcmp(embedded_client_sql[i].path, path) == 0) {
            return &embedded_client_sql[i];
        }
    }
    return NULL;
}

/* client/migrations/NNNN_<what>.sql */
static const struct embedded_file *find_migration(unsigned number)
{
    char prefix[64];
    if (number > MIGRATIONS_MAX) {
        return NULL;
    }
    int len = snprintf(prefix, sizeof prefix, "client/migrations/%04u_", number);
    for (unsigned long i = 0; i < embedded_client_sql_count; i++) {
        if (strncmp(embedded_client_sql[i].path, prefix, (size_t)len) == 0) {
            return &embedded_client_sql[i];
        }
    }
    return NULL;
}

/* Transaction control and pragmas only: everything else is a statement file. */
static enum err execute(sqlite3 *db, const char *sql)
{
    return store_error(sqlite3_exec(db, sql, NULL, NULL, NULL));
}
