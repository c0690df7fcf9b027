/* The client's store: notices about devices. */
#include "client/lib/store_notice.h"

#include <string.h>

#include "client/lib/store_internal.h"
#include "client/lib/store_setting.h"

enum { NOTICE_ARENA_BYTES_MAX = 4096 };

static enum err read_setting(struct store *store, const char *name, size_t bytes, uint8_t *ret_value);
static enum err notice_of_row(sqlite3_stmt *statement, struct store_notice *ret_notice);

enum err store_notice_put(struct store *store, const struct store_notice *notice)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_DEVICE_NOTICE_PUT, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(notice->entry.at, HASH_BYTES));
    bind_bytes(statement, 2, bytes_of(notice->device.at, HASH_BYTES));
    bind_number(statement, 3, notice->what);
    bind_bytes(statement, 4, bytes_of(notice->sender.at, ID_BYTES));
    bind_text(statement, 5, notice->role);
    bind_number(statement, 6, (int64_t)notice->position);
    return statement_run(statement);
}

enum err store_notice_each(struct store *store, uint64_t after,
                           void (*on_notice)(void *context, const struct store_notice *notice), void *context)
{
    uint8_t sender[ID_BYTES];
    sqlite3_stmt *statement = NULL;
    struct store_notice notice = {0};
    enum err err = read_setting(store, SETTING_SENDER, sizeof sender, sender);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_OK : err; /* never connected */
    }
    err = statement_begin(store, STATEMENT_DEVICE_NOTICE_EACH, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_bytes(statement, 1, bytes_of(sender, sizeof sender));
    bind_number(statement, 2, (int64_t)after);
    while ((err = statement_step(statement)) == ERR_OK) {
        err = notice_of_row(statement, &notice);
        if (err != ERR_OK) {
            break;
        }
        on_notice(context, &notice);
    }
    statement_end(statement);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_notice_seen(struct store *store, uint64_t *ret_number)
{
    uint8_t number[sizeof(uint64_t)] = {0};
    enum err err = read_setting(store, SETTING_NOTICES_SEEN, sizeof number, number);
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        *ret_number = u64_read(number);
        err = ERR_OK;
    }
    return err;
}

enum err store_notice_set_seen(struct store *store, uint64_t number)
{
    uint8_t value[sizeof(uint64_t)];
    u64_write(value, number);
    return store_setting_put(store, SETTING_NOTICES_SEEN, bytes_of(value, sizeof value));
}

/* ---- helpers ---- */

static enum err read_setting(struct store *store, const char *name, size_t bytes, uint8_t *ret_value)
{
    struct arena arena;
    struct bytes value = {0};
    arena_init(&arena, NOTICE_ARENA_BYTES_MAX);
    enum err err = store_setting_get(store, name, &arena, &value);
    if (err == ERR_OK && value.len != bytes) {
        err = ERR_STORE;
    }
    if (err == ERR_OK) {
        memcpy(ret_value, value.at, bytes);
    }
    arena_release(&arena);
    return err;
}

static enum err notice_of_row(sqlite3_stmt *statement, struct store_notice *ret_notice)
{
    struct store_notice notice = {
        .number = (uint64_t)sqlite3_column_int64(statement, 0),
        .what = (enum store_notice_what)sqlite3_column_int64(statement, 2),
        .role = column_bytes(statement, 3),
        .position = (uint64_t)sqlite3_column_int64(statement, 4),
    };
    enum err err = column_hash(statement, 1, &notice.device);
    if (err == ERR_OK) {
        *ret_notice = notice;
    }
    return err;
}
