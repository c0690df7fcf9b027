/* The acts applied to a table in memory, then row by row the tables of the database. */
#include "server/commands/replay_devices.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "common/base/hash_table.h"
#include "common/crypto/sign.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/journal.pb-c.h"
#include "server/commands/columns.h"
#include "server/store/database.h"
#include "server/store/verdict_codec.h"

enum {
    KEPT_BYTES_MAX = 64 << 20,
    ROW_BYTES_MAX = 16 << 20,
    KEY_TEXT_BYTES = HASH_HEX_BYTES + 22 /* " sequence:key" */
};

/* Columns of replay_acts.sql, replay_devices.sql, replay_operators.sql. */
enum { ACT_POSITION, ACT_ENVELOPE, ACT_VERDICTS, ACT_PAYLOAD };
enum {
    DEVICE_ID,
    DEVICE_PUBLIC_KEY,
    DEVICE_IS_SPKI,
    DEVICE_SENDER,
    DEVICE_ROLE,
    DEVICE_IS_PROVINCE,
    DEVICE_MAY_SEE_EXACT,
    DEVICE_IS_REVOKED,
    DEVICE_KEYS
};
enum { OPERATOR_NAME, OPERATOR_PUBLIC_KEY, OPERATOR_HAS_ENDED };

struct device {
    char id[HASH_HEX_BYTES];
    char public_key[HASH_HEX_BYTES]; /* in force */
    char sender[ID_HEX_BYTES];
    const char *role;
    const char *keys; /* as the query words them */
    bool is_log, is_province, may_see_exact, is_revoked;
    bool is_found;
    UT_hash_handle hh;
};

struct operator_row {
    const char *name;
    char public_key[HASH_HEX_BYTES];
    bool has_ended;
    bool is_found;
    UT_hash_handle hh;
};

struct replay_acts {
    enum language language;
    struct error *ret_error;
    struct arena kept;
    struct arena row;
    struct device *devices;
    struct operator_row *operators;
};

static enum err read_acts(struct replay_acts *acts, struct pg_conn *connection, struct vault *vault,
                          uint64_t size);
static enum err apply_entry(struct replay_acts *acts, const PGresult *rows, int row, struct vault *vault);
static enum err apply_act(struct replay_acts *acts, struct bytes item);
static enum err apply_device(struct replay_acts *acts, const Dantin__ActDevice *act);
static enum err apply_operator(struct replay_acts *acts, const Dantin__ActOperator *act);
static enum err apply_key(struct replay_acts *acts, const struct envelope *envelope, struct bytes item);
static enum err add_log(struct replay_acts *acts, const struct hash *id);
static enum err add_key(struct replay_acts *acts, struct device *device, uint64_t from_sequence,
                        const char *public_key);
static enum err compare_devices(struct replay_acts *acts, struct pg_conn *connection, uint64_t *ret_rows,
                                struct table_difference *difference);
static enum err compare_operators(struct replay_acts *acts, struct pg_conn *connection, uint64_t *ret_rows,
                                  struct table_difference *difference);

enum err replay_devices_compare(struct pg_conn *connection, struct vault *vault, uint64_t size,
                                enum language language, uint64_t *ret_rows,
                                struct table_difference *ret_difference, struct error *ret_error)
{
    struct replay_acts acts = {.language = language, .ret_error = ret_error};
    struct table_difference difference = {.kind = TABLE_SAME};
    arena_init(&acts.kept, KEPT_BYTES_MAX);
    arena_init(&acts.row, ROW_BYTES_MAX);
    enum err err = read_acts(&acts, connection, vault, size);
    err = err == ERR_OK ? compare_devices(&acts, connection, ret_rows, &difference) : err;
    if (err == ERR_OK && difference.kind == TABLE_SAME) {
        err = compare_operators(&acts, connection, ret_rows, &difference);
    }
    if (err == ERR_NO_MEMORY) {
        err = error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, language));
    }
    if (err == ERR_OK) {
        *ret_difference = difference;
    }
    HASH_CLEAR(hh, acts.devices);
    HASH_CLEAR(hh, acts.operators);
    arena_release(&acts.row);
    arena_release(&acts.kept);
    return err;
}

/* ---- what the journal says ---- */

static enum err read_acts(struct replay_acts *acts, struct pg_conn *connection, struct vault *vault,
                          uint64_t size)
{
    char count[24];
    const char *const parameters[] = {count};
    struct pg_result *rows = NULL;
    (void)snprintf(count, sizeof count, "%" PRIu64, size);
    enum err err =
        database_run_file(connection, "queries/replay_acts.sql", parameters, 1, &rows, acts->ret_error);
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        arena_clear(&acts->row);
        err = apply_entry(acts, rows, row, vault);
        if (err == ERR_MALFORMED) {
            err = error_set(acts->ret_error, ERR_MALFORMED,
                            acts->language == LANGUAGE_VI
                                ? "mục %" PRIu64 " của nhật ký không chứa những gì kết quả xử lý của nó ghi"
                                : "entry %" PRIu64 " of the journal does not hold what its verdicts tell of",
                            column_number(rows, row, ACT_POSITION));
        }
    }
    PQclear(rows);
    return err;
}

static bool is_applied(const struct verdict *listed, const uint32_t *indexes, size_t count, uint32_t index)
{
    for (size_t i = 0; i < count; i++) {
        if (indexes[i] == index) {
            return listed[i].code == VERDICT_APPLIED;
        }
    }
    return true; /* only others are listed */
}

static enum err apply_entry(struct replay_acts *acts, const PGresult *rows, int row, struct vault *vault)
{
    const struct verdict *listed = NULL;
    const uint32_t *indexes = NULL;
    size_t listed_count = 0;
    struct envelope envelope;
    struct payload payload;
    struct bytes envelope_bytes = column_bytes(&acts->row, rows, row, ACT_ENVELOPE);
    struct bytes verdicts = column_bytes(&acts->row, rows, row, ACT_VERDICTS);
    struct bytes zstd = column_payload(vault, &acts->row, envelope_bytes, rows, row, ACT_PAYLOAD);
    if (envelope_bytes.at == NULL || verdicts.at == NULL || zstd.at == NULL) {
        return ERR_NO_MEMORY;
    }
    if (envelope_decode(envelope_bytes, &envelope) != ERR_OK ||
        verdict_decode(verdicts, &acts->row, &listed, &indexes, &listed_count) != ERR_OK) {
        return ERR_MALFORMED;
    }
    if (payload_decode(zstd, &acts->row, &payload) != ERR_OK) {
        return acts->row.is_out_of_memory ? ERR_NO_MEMORY : ERR_OK; /* stands there with nothing applied */
    }
    enum err err = ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < payload.change_count; i++) {
        if (!is_applied(listed, indexes, listed_count, i)) {
            continue;
        }
        if (payload.changes[i].at == NULL) {
            err = ERR_MALFORMED;
        } else if (envelope.content == ENVELOPE_CONTENT_ACTS) {
            err = add_log(acts, &envelope.device);
            err = err == ERR_OK ? apply_act(acts, payload.changes[i]) : err;
        } else {
            err = apply_key(acts, &envelope, payload.changes[i]);
        }
    }
    return acts->row.is_out_of_memory || acts->kept.is_out_of_memory ? ERR_NO_MEMORY : err;
}

static struct device *find(const struct replay_acts *acts, const char *id)
{
    struct device *device = NULL;
    HASH_FIND_STR(acts->devices, id, device);
    return device;
}

/* Named by its hash; NULL: the journal enrolled none such. */
static struct device *find_named(const struct replay_acts *acts, ProtobufCBinaryData bytes)
{
    char id[HASH_HEX_BYTES];
    if (bytes.len != HASH_BYTES) {
        return NULL;
    }
    hex_encode(bytes_of(bytes.data, bytes.len), id);
    return find(acts, id);
}

static enum err add(struct replay_acts *acts, struct device *device)
{
    HASH_ADD_STR(acts->devices, id, device);
    return hash_table_added(&device->hh, &acts->kept) ? ERR_OK : ERR_NO_MEMORY;
}

static enum err apply_act(struct replay_acts *acts, struct bytes item)
{
    Dantin__Act *act = NULL;
    if (message_unpack(&dantin__act__descriptor, item, true, &acts->row, (void *)&act) != ERR_OK) {
        return ERR_MALFORMED;
    }
    if (act->device != NULL) {
        return apply_device(acts, act->device);
    }
    if (act->operator_ != NULL) {
        return apply_operator(acts, act->operator_);
    }
    if (act->revoke != NULL) {
        struct device *device = find_named(acts, act->revoke->device);
        if (device != NULL) {
            device->is_revoked = true;
        }
        return device == NULL ? ERR_MALFORMED : ERR_OK;
    }
    if (act->role != NULL) {
        struct device *device = find_named(acts, act->role->device);
        if (device == NULL) {
            return ERR_MALFORMED;
        }
        if (act->role->role != NULL) {
            device->role = arena_text(&acts->kept, bytes_of_text(act->role->role));
        }
        if (act->role->has_may_see_exact) {
            device->may_see_exact = act->role->may_see_exact;
        }
    }
    return ERR_OK;
}

static enum err apply_device(struct replay_acts *acts, const Dantin__ActDevice *act)
{
    struct device *device = arena_zalloc(&acts->kept, 1, sizeof *device);
    if (device == NULL) {
        return ERR_NO_MEMORY;
    }
    if (act->public_key.len != SIGN_PUBLIC_KEY_BYTES || act->sender.len != ID_BYTES || act->role == NULL) {
        return ERR_MALFORMED;
    }
    struct hash id = sign_spki_hash(act->public_key.data);
    hex_encode(bytes_of(id.at, HASH_BYTES), device->id);
    hex_encode(bytes_of(act->sender.data, ID_BYTES), device->sender);
    device->role = arena_text(&acts->kept, bytes_of_text(act->role));
    device->is_province = act->has_is_province && act->is_province;
    device->may_see_exact = act->has_may_see_exact && act->may_see_exact;
    char key[HASH_HEX_BYTES];
    hex_encode(bytes_of(act->public_key.data, SIGN_PUBLIC_KEY_BYTES), key);
    if (device->role == NULL || find(acts, device->id) != NULL) {
        return device->role == NULL ? ERR_NO_MEMORY : ERR_MALFORMED;
    }
    enum err err = add_key(acts, device, 1, key);
    return err == ERR_OK ? add(acts, device) : err;
}

static enum err apply_operator(struct replay_acts *acts, const Dantin__ActOperator *act)
{
    struct operator_row *found = NULL;
    if (act->name == NULL || act->public_key.len != SIGN_PUBLIC_KEY_BYTES) {
        return ERR_MALFORMED;
    }
    char key[HASH_HEX_BYTES];
    hex_encode(bytes_of(act->public_key.data, SIGN_PUBLIC_KEY_BYTES), key);
    HASH_FIND(hh, acts->operators, act->name, strlen(act->name), found);
    bool has_ended = act->has_is_ended && act->is_ended;
    if (found != NULL) { /* as sql/queries/act_operator.sql */
        found->has_ended = strcmp(found->public_key, key) == 0 ? has_ended : found->has_ended;
        return ERR_OK;
    }
    found = arena_zalloc(&acts->kept, 1, sizeof *found);
    const char *name = arena_text(&acts->kept, bytes_of_text(act->name));
    if (found == NULL || name == NULL) {
        return ERR_NO_MEMORY;
    }
    *found = (struct operator_row){.name = name, .has_ended = has_ended};
    memcpy(found->public_key, key, sizeof key);
    HASH_ADD_KEYPTR(hh, acts->operators, found->name, strlen(found->name), found);
    return hash_table_added(&found->hh, &acts->kept) ? ERR_OK : ERR_NO_MEMORY;
}

static enum err apply_key(struct replay_acts *acts, const struct envelope *envelope, struct bytes item)
{
    Dantin__KeyChange *change = NULL;
    char id[HASH_HEX_BYTES];
    char key[HASH_HEX_BYTES];
    if (message_unpack(&dantin__key_change__descriptor, item, true, &acts->row, (void *)&change) != ERR_OK ||
        change->public_key.len != SIGN_PUBLIC_KEY_BYTES) {
        return ERR_MALFORMED;
    }
    hex_encode(bytes_of(envelope->device.at, HASH_BYTES), id);
    hex_encode(bytes_of(change->public_key.data, SIGN_PUBLIC_KEY_BYTES), key);
    struct device *device = find(acts, id);
    return device == NULL ? ERR_MALFORMED : add_key(acts, device, envelope->sequence + 1, key);
}

/* Whoever sealed the first act that was applied is the log; that its key is the right one, dantin-verify looks at. */
static enum err add_log(struct replay_acts *acts, const struct hash *id)
{
    char text[HASH_HEX_BYTES];
    hex_encode(bytes_of(id->at, HASH_BYTES), text);
    for (const struct device *device = acts->devices; device != NULL; device = device->hh.next) {
        if (device->is_log) {
            return strcmp(device->id, text) == 0 ? ERR_OK : ERR_MALFORMED;
        }
    }
    struct device *log = arena_zalloc(&acts->kept, 1, sizeof *log);
    if (log == NULL) {
        return ERR_NO_MEMORY;
    }
    memcpy(log->id, text, sizeof text);
    log->is_log = true;
    return add(acts, log);
}

static enum err add_key(struct replay_acts *acts, struct device *device, uint64_t from_sequence,
                        const char *public_key)
{
    const char *before = device->keys == NULL ? "" : device->keys;
    size_t bytes = strlen(before) + KEY_TEXT_BYTES;
    char *keys = arena_alloc(&acts->kept, bytes);
    if (keys == NULL) {
        return ERR_NO_MEMORY;
    }
    (void)snprintf(keys, bytes, "%s%s%" PRIu64 ":%s", before, before[0] == 0 ? "" : " ", from_sequence,
                   public_key);
    device->keys = keys;
    memcpy(device->public_key, public_key, HASH_HEX_BYTES);
    return ERR_OK;
}

/* ---- what the tables say ---- */

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

/* NULL: all as the acts have it. Of the log's row only what it is: its key and chain are its own. */
static const char *other_column(const struct device *device, const PGresult *rows, int row)
{
    const char *role = PQgetvalue(rows, row, DEVICE_ROLE);
    if (device->is_log) {
        return strcmp(role, "log") == 0 ? NULL : "role";
    }
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
        struct device *device = find(acts, id);
        const char *column = device == NULL ? NULL : other_column(device, rows, row);
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
