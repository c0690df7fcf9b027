/* The acts, and where each chain stands, applied to a table in memory. */
#include "server/commands/replay_devices_private.h"

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

/* Columns of replay_acts.sql. */
enum { ACT_POSITION, ACT_ENVELOPE, ACT_VERDICTS, ACT_PAYLOAD };

static enum err read_acts(struct replay_acts *acts, struct pg_conn *connection, struct vault *vault,
                          uint64_t size);
static enum err apply_entry(struct replay_acts *acts, const PGresult *rows, int row, struct vault *vault);
static enum err apply_act(struct replay_acts *acts, const struct envelope *envelope, uint64_t position,
                          struct bytes item);
static enum err apply_witnesses(struct replay_acts *acts, uint64_t position, const Dantin__ActWitnesses *act);
static enum err apply_new_key(struct replay_acts *acts, const struct envelope *envelope,
                              ProtobufCBinaryData public_key);
static enum err read_chains(struct replay_acts *acts, struct pg_conn *connection, uint64_t size);
static enum err apply_device(struct replay_acts *acts, const Dantin__ActDevice *act);
static enum err apply_operator(struct replay_acts *acts, const Dantin__ActOperator *act);
static enum err apply_key(struct replay_acts *acts, const struct envelope *envelope, struct bytes item);
static enum err add_log(struct replay_acts *acts, const struct hash *id);
static enum err add_key(struct replay_acts *acts, struct device *device, uint64_t from_sequence,
                        const char *public_key);

enum err replay_devices_compare(struct pg_conn *connection, struct vault *vault, uint64_t size,
                                enum language language, uint64_t *ret_rows,
                                struct table_difference *ret_difference, struct error *ret_error)
{
    struct replay_acts acts = {.language = language, .ret_error = ret_error};
    struct table_difference difference = {.kind = TABLE_SAME};
    acts.witnesses_end = &acts.witnesses;
    arena_init(&acts.kept, KEPT_BYTES_MAX);
    arena_init(&acts.row, ROW_BYTES_MAX);
    enum err err = read_acts(&acts, connection, vault, size);
    err = err == ERR_OK ? read_chains(&acts, connection, size) : err;
    err = err == ERR_OK ? replay_devices_tables(&acts, connection, ret_rows, &difference) : err;
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
            err = err == ERR_OK
                      ? apply_act(acts, &envelope, column_number(rows, row, ACT_POSITION), payload.changes[i])
                      : err;
        } else {
            err = apply_key(acts, &envelope, payload.changes[i]);
        }
    }
    return acts->row.is_out_of_memory || acts->kept.is_out_of_memory ? ERR_NO_MEMORY : err;
}

struct device *replay_devices_find(const struct replay_acts *acts, const char *id)
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
    return replay_devices_find(acts, id);
}

static enum err add(struct replay_acts *acts, struct device *device)
{
    HASH_ADD_STR(acts->devices, id, device);
    return hash_table_added(&device->hh, &acts->kept) ? ERR_OK : ERR_NO_MEMORY;
}

static enum err apply_act(struct replay_acts *acts, const struct envelope *envelope, uint64_t position,
                          struct bytes item)
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
    if (act->witnesses != NULL) {
        return apply_witnesses(acts, position, act->witnesses);
    }
    if (act->log_key != NULL) {
        return apply_new_key(acts, envelope, act->log_key->public_key);
    }
    if (act->release != NULL) {
        struct device *device = find_named(acts, act->release->device);
        if (device != NULL) {
            device->released = position + 1;
        }
        return device == NULL ? ERR_MALFORMED : ERR_OK;
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
    if (device->role == NULL || replay_devices_find(acts, device->id) != NULL) {
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
    return message_unpack(&dantin__key_change__descriptor, item, true, &acts->row, (void *)&change) == ERR_OK
               ? apply_new_key(acts, envelope, change->public_key)
               : ERR_MALFORMED;
}

static enum err apply_new_key(struct replay_acts *acts, const struct envelope *envelope,
                              ProtobufCBinaryData public_key)
{
    char id[HASH_HEX_BYTES];
    char key[HASH_HEX_BYTES];
    if (public_key.len != SIGN_PUBLIC_KEY_BYTES) {
        return ERR_MALFORMED;
    }
    hex_encode(bytes_of(envelope->device.at, HASH_BYTES), id);
    hex_encode(bytes_of(public_key.data, SIGN_PUBLIC_KEY_BYTES), key);
    struct device *device = replay_devices_find(acts, id);
    return device == NULL ? ERR_MALFORMED : add_key(acts, device, envelope->sequence + 1, key);
}

static enum err apply_witnesses(struct replay_acts *acts, uint64_t position, const Dantin__ActWitnesses *act)
{
    struct witness_row *row = arena_zalloc(&acts->kept, 1, sizeof *row);
    char *senders = arena_zalloc(&acts->kept, act->n_sender + 1, ID_HEX_BYTES);
    if (row == NULL || senders == NULL) {
        return ERR_NO_MEMORY;
    }
    char *at = senders;
    for (size_t i = 0; i < act->n_sender; i++) {
        if (act->sender[i].len != ID_BYTES) {
            return ERR_MALFORMED;
        }
        if (i > 0) {
            *at++ = ' ';
        }
        hex_encode(bytes_of(act->sender[i].data, ID_BYTES), at);
        at += ID_HEX_BYTES - 1;
    }
    *row = (struct witness_row){.position = position, .senders = senders};
    *acts->witnesses_end = row;
    acts->witnesses_end = &row->next;
    return ERR_OK;
}

/* How far each device had come. Of one that no act enrolled, the table of devices tells. */
static enum err read_chains(struct replay_acts *acts, struct pg_conn *connection, uint64_t size)
{
    char count[24];
    const char *const parameters[] = {count};
    struct pg_result *rows = NULL;
    (void)snprintf(count, sizeof count, "%" PRIu64, size);
    enum err err =
        database_run_file(connection, "queries/replay_chains.sql", parameters, 1, &rows, acts->ret_error);
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        struct envelope envelope;
        char id[HASH_HEX_BYTES];
        arena_clear(&acts->row);
        struct bytes bytes = column_bytes(&acts->row, rows, row, 0);
        if (bytes.at == NULL || envelope_decode(bytes, &envelope) != ERR_OK) {
            err = bytes.at == NULL ? ERR_NO_MEMORY
                                   : error_set(acts->ret_error, ERR_MALFORMED, "dantin.journal");
            break;
        }
        hex_encode(bytes_of(envelope.device.at, HASH_BYTES), id);
        struct device *device = replay_devices_find(acts, id);
        struct hash hash = envelope_hash(bytes);
        if (device != NULL) {
            device->sequence = envelope.sequence;
            hex_encode(bytes_of(hash.at, HASH_BYTES), device->envelope_hash);
        }
    }
    PQclear(rows);
    return err;
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
