/* Tables against acts, row by row; the first difference ends it. */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "common/crypto/sign.h"
#include "server/commands/columns.h"
#include "server/commands/replay_devices_private.h"
#include "server/store/database.h"

/* Columns of replay_devices.sql, replay_operators.sql, replay_witnesses.sql. */
enum {
    DEVICE_ID,
    DEVICE_PUBLIC_KEY,
    DEVICE_IS_SPKI,
    DEVICE_SENDER,
    DEVICE_ROLE,
    DEVICE_IS_PROVINCE,
    DEVICE_MAY_SEE_EXACT,
    DEVICE_IS_REVOKED,
    DEVICE_KEYS,
    DEVICE_IS_QUARANTINED,
    DEVICE_NOTICED,
    DEVICE_SEQUENCE,
    DEVICE_ENVELOPE_HASH
};
enum { WITNESS_POSITION, WITNESS_SENDERS };
enum { OPERATOR_NAME, OPERATOR_PUBLIC_KEY, OPERATOR_HAS_ENDED };

static enum err compare_devices(struct replay_acts *acts, struct pg_conn *connection, uint64_t *ret_rows,
                                struct table_difference *difference);
static enum err compare_operators(struct replay_acts *acts, struct pg_conn *connection, uint64_t *ret_rows,
                                  struct table_difference *difference);
static enum err compare_witnesses(struct replay_acts *acts, struct pg_conn *connection, uint64_t *ret_rows,
                                  struct table_difference *difference);

enum err replay_devices_tables(struct replay_acts *acts, struct pg_conn *connection, uint64_t *ret_rows,
                               struct table_difference *difference)
{
    enum err err = compare_devices(acts, connection, ret_rows, difference);
    if (err == ERR_OK && difference->kind == TABLE_SAME) {
        err = compare_operators(acts, connection, ret_rows, difference);
    }
    if (err == ERR_OK && difference->kind == TABLE_SAME) {
        err = compare_witnesses(acts, connection, ret_rows, difference);
    }
    return err;
}

static void describe(struct table_difference *difference, enum table_difference_kind kind, const char *table,
                     const char *key, const char *column)
{
    difference->kind = kind;
    (void)snprintf(difference->table, sizeof difference->table, "%s", table);
    (void)snprintf(difference->keys[0], sizeof difference->keys[0], "%s", key);
    (void)snprintf(difference->column, sizeof difference->column, "%s", column);
}

static bool is_true(const PGresult *rows, int row, int column)
{
    return PQgetvalue(rows, row, column)[0] == 't';
}

/* No act told the log's first key: its hash is the log's id. Those after it are as the acts have it. Its sender is the front of its id
 * (sql/queries/act_log.sql). NULL: all as it should be. */
static const char *other_column_of_log(const struct device *device, const PGresult *rows, int row)
{
    static const char first[] = "1:";
    const char *keys = PQgetvalue(rows, row, DEVICE_KEYS);
    const char *key = strncmp(keys, first, sizeof first - 1) == 0 ? keys + sizeof first - 1 : "";
    char id[HASH_HEX_BYTES] = "";
    char hex[HASH_HEX_BYTES];
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    (void)snprintf(hex, sizeof hex, "%s", key); /* the keys behind it are cut off */
    if (hex_decode(hex, public_key, sizeof public_key) == ERR_OK) {
        struct hash hash = sign_spki_hash(public_key);
        hex_encode(bytes_of(hash.at, HASH_BYTES), id);
    }
    if (strcmp(id, device->id) != 0) {
        return "device_key";
    }
    const char *rest = key + HASH_HEX_BYTES - 1;
    const char *newest = device->keys == NULL ? key : device->public_key;
    rest += rest[0] == ' ';
    return strcmp(rest, device->keys == NULL ? "" : device->keys) != 0                          ? "device_key"
           : strncmp(PQgetvalue(rows, row, DEVICE_PUBLIC_KEY), newest, HASH_HEX_BYTES - 1) != 0 ? "public_key"
           : strcmp(PQgetvalue(rows, row, DEVICE_ROLE), "log") != 0                             ? "role"
           : strncmp(PQgetvalue(rows, row, DEVICE_SENDER), id, ID_HEX_BYTES - 1) != 0           ? "sender"
           : !is_true(rows, row, DEVICE_IS_SPKI)                                                ? "spki_hash"
           : is_true(rows, row, DEVICE_IS_REVOKED)                                              ? "is_revoked"
           : is_true(rows, row, DEVICE_MAY_SEE_EXACT) ? "may_see_exact"
           : !is_true(rows, row, DEVICE_IS_PROVINCE)  ? "is_province"
                                                      : NULL;
}

/* What every device has: a chain, and a quarantine that was noticed and not ended since. */
static const char *other_state(const struct device *device, const PGresult *rows, int row)
{
    bool was_noticed = !PQgetisnull(rows, row, DEVICE_NOTICED);
    bool is_quarantined = was_noticed && column_number(rows, row, DEVICE_NOTICED) >= device->released;
    return column_number(rows, row, DEVICE_SEQUENCE) != device->sequence ? "last_sequence"
           : strcmp(PQgetvalue(rows, row, DEVICE_ENVELOPE_HASH), device->envelope_hash) != 0
               ? "last_envelope_hash"
           : is_true(rows, row, DEVICE_IS_QUARANTINED) != is_quarantined ? "is_quarantined"
                                                                         : NULL;
}

/* NULL: all as the acts have it. */
static const char *other_column(const struct device *device, const PGresult *rows, int row)
{
    const char *role = PQgetvalue(rows, row, DEVICE_ROLE);
    return strcmp(PQgetvalue(rows, row, DEVICE_PUBLIC_KEY), device->public_key) != 0 ? "public_key"
           : !is_true(rows, row, DEVICE_IS_SPKI)                                     ? "spki_hash"
           : strcmp(PQgetvalue(rows, row, DEVICE_SENDER), device->sender) != 0       ? "sender"
           : strcmp(role, device->role) != 0                                         ? "role"
           : is_true(rows, row, DEVICE_IS_PROVINCE) != device->is_province           ? "is_province"
           : is_true(rows, row, DEVICE_MAY_SEE_EXACT) != device->may_see_exact       ? "may_see_exact"
           : is_true(rows, row, DEVICE_IS_REVOKED) != device->is_revoked             ? "is_revoked"
           : strcmp(PQgetvalue(rows, row, DEVICE_KEYS), device->keys) != 0           ? "device_key"
                                                                                     : NULL;
}

static enum err compare_devices(struct replay_acts *acts, struct pg_conn *connection, uint64_t *ret_rows,
                                struct table_difference *difference)
{
    struct pg_result *rows = NULL;
    enum err err =
        database_run_file(connection, "queries/replay_devices.sql", NULL, 0, &rows, acts->ret_error);
    for (int row = 0; err == ERR_OK && difference->kind == TABLE_SAME && row < PQntuples(rows); row++) {
        const char *id = PQgetvalue(rows, row, DEVICE_ID);
        struct device *device = replay_devices_find(acts, id);
        const char *column = device == NULL   ? NULL
                             : device->is_log ? other_column_of_log(device, rows, row)
                                              : other_column(device, rows, row);
        column = device == NULL || column != NULL ? column : other_state(device, rows, row);
        if (device == NULL) {
            describe(difference, TABLE_ROW_EXTRA, "device", id, "");
        } else if (column != NULL) {
            describe(difference, TABLE_COLUMN_OTHER, "device", id, column);
        } else {
            device->is_found = true;
            (*ret_rows)++;
        }
    }
    PQclear(rows);
    for (const struct device *device = acts->devices;
         err == ERR_OK && difference->kind == TABLE_SAME && device != NULL; device = device->hh.next) {
        if (!device->is_found) {
            describe(difference, TABLE_ROW_MISSING, "device", device->id, "");
        }
    }
    return err;
}

static enum err compare_operators(struct replay_acts *acts, struct pg_conn *connection, uint64_t *ret_rows,
                                  struct table_difference *difference)
{
    struct pg_result *rows = NULL;
    enum err err =
        database_run_file(connection, "queries/replay_operators.sql", NULL, 0, &rows, acts->ret_error);
    for (int row = 0; err == ERR_OK && difference->kind == TABLE_SAME && row < PQntuples(rows); row++) {
        const char *name = PQgetvalue(rows, row, OPERATOR_NAME);
        struct operator_row *found = NULL;
        HASH_FIND(hh, acts->operators, name, strlen(name), found);
        if (found == NULL) {
            describe(difference, TABLE_ROW_EXTRA, "operator", name, "");
        } else if (strcmp(PQgetvalue(rows, row, OPERATOR_PUBLIC_KEY), found->public_key) != 0) {
            describe(difference, TABLE_COLUMN_OTHER, "operator", name, "public_key");
        } else if (is_true(rows, row, OPERATOR_HAS_ENDED) != found->has_ended) {
            describe(difference, TABLE_COLUMN_OTHER, "operator", name, "has_ended");
        } else {
            found->is_found = true;
            (*ret_rows)++;
        }
    }
    PQclear(rows);
    for (const struct operator_row *found = acts->operators;
         err == ERR_OK && difference->kind == TABLE_SAME && found != NULL; found = found->hh.next) {
        if (!found->is_found) {
            describe(difference, TABLE_ROW_MISSING, "operator", found->name, "");
        }
    }
    return err;
}

static enum err compare_witnesses(struct replay_acts *acts, struct pg_conn *connection, uint64_t *ret_rows,
                                  struct table_difference *difference)
{
    struct pg_result *rows = NULL;
    const struct witness_row *act = acts->witnesses;
    char key[24];
    enum err err =
        database_run_file(connection, "queries/replay_witnesses.sql", NULL, 0, &rows, acts->ret_error);
    for (int row = 0; err == ERR_OK && difference->kind == TABLE_SAME && row < PQntuples(rows); row++) {
        uint64_t position = column_number(rows, row, WITNESS_POSITION);
        if (act == NULL || position < act->position) {
            describe(difference, TABLE_ROW_EXTRA, "witness_set", PQgetvalue(rows, row, WITNESS_POSITION), "");
        } else if (position > act->position) {
            break;
        } else if (strcmp(PQgetvalue(rows, row, WITNESS_SENDERS), act->senders) != 0) {
            describe(difference, TABLE_COLUMN_OTHER, "witness_set", PQgetvalue(rows, row, WITNESS_POSITION),
                     "senders");
        } else {
            act = act->next;
            (*ret_rows)++;
        }
    }
    PQclear(rows);
    if (err == ERR_OK && difference->kind == TABLE_SAME && act != NULL) {
        (void)snprintf(key, sizeof key, "%" PRIu64, act->position);
        describe(difference, TABLE_ROW_MISSING, "witness_set", key, "");
    }
    return err;
}
