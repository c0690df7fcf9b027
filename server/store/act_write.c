#include "server/store/act_write.h"

#include "common/base/buf.h"
#include "common/base/check.h"
#include "server/store/statements.h"
#include "server/store/wire_array.h"

static enum err write_one(const struct store_act *act, struct arena *arena, struct unit *unit);
static enum err write_device(const struct store_act *act, struct arena *arena, struct unit *unit);
static enum err write_key(const struct store_act *act, struct arena *arena, struct unit *unit);
static enum err write_role(const struct store_act *act, struct arena *arena, struct unit *unit);
static enum err write_witnesses(const struct store_act *act, struct arena *arena, struct unit *unit);
static enum err write_operator(const struct store_act *act, struct arena *arena, struct unit *unit);
static enum err write_erasure(const struct store_act *act, struct arena *arena, struct unit *unit);
static enum err write_looks(const struct store_act *act, struct arena *arena, struct unit *unit);
static void write_about_device(const struct store_act *act, enum statement_id statement, struct unit *unit);

enum err act_write(const struct store_act *acts, size_t act_count, struct arena *arena, struct unit *unit)
{
    enum err err = act_count <= STORE_GROUP_ACTS_MAX ? ERR_OK : ERR_TOO_BIG;
    for (size_t i = 0; i < act_count && err == ERR_OK; i++) {
        err = write_one(&acts[i], arena, unit);
        if (!hash_is_none(&acts[i].device)) {
            write_about_device(&acts[i], STATEMENT_ACT_NOTIFY, unit);
        }
    }
    return err;
}

static enum err write_one(const struct store_act *act, struct arena *arena, struct unit *unit)
{
    switch (act->kind) {
    case STORE_ACT_DEVICE:
        return write_device(act, arena, unit);
    case STORE_ACT_KEY:
        return write_key(act, arena, unit);
    case STORE_ACT_REVOKE:
        write_about_device(act, STATEMENT_ACT_REVOKE, unit);
        return ERR_OK;
    case STORE_ACT_ROLE:
        return write_role(act, arena, unit);
    case STORE_ACT_RELEASE:
        write_about_device(act, STATEMENT_ACT_RELEASE, unit);
        return ERR_OK;
    case STORE_ACT_WITNESSES:
        return write_witnesses(act, arena, unit);
    case STORE_ACT_OPERATOR:
        return write_operator(act, arena, unit);
    case STORE_ACT_EPOCH:
        unit_put_id(unit_call(unit, statement_of(STATEMENT_ACT_EPOCH)), &act->epoch);
        return ERR_OK;
    case STORE_ACT_ERASURE:
        return write_erasure(act, arena, unit);
    case STORE_ACT_LOOKS:
        return write_looks(act, arena, unit);
    case STORE_ACT_KIND_COUNT:
        break;
    }
    return ERR_INTERNAL;
}

static enum err write_device(const struct store_act *act, struct arena *arena, struct unit *unit)
{
    struct unit_call *call = unit_call(unit, statement_of(STATEMENT_ACT_DEVICE));
    unit_put_hash(call, &act->device);
    unit_put_bytes(call, bytes_of(act->public_key, sizeof act->public_key));
    unit_put_bytes(call, bytes_of(act->sender.at, ID_BYTES)); /* the log's own is nobody's: zeros, not null */
    unit_put_text(call, role_name(act->role));
    enum err err = unit_put_boolean(call, arena, act->is_province);
    return err == ERR_OK ? unit_put_boolean(call, arena, act->may_see_exact) : err;
}

static enum err write_key(const struct store_act *act, struct arena *arena, struct unit *unit)
{
    struct hash *spki_hash = arena_zalloc(arena, 1, sizeof *spki_hash);
    if (spki_hash == NULL) {
        return ERR_TOO_BIG;
    }
    *spki_hash = sign_spki_hash(act->public_key);
    struct unit_call *call = unit_call(unit, statement_of(STATEMENT_ACT_KEY));
    unit_put_hash(call, &act->device);
    unit_put_hash(call, spki_hash);
    unit_put_bytes(call, bytes_of(act->public_key, sizeof act->public_key));
    return unit_put_int64(call, arena, (int64_t)act->from_sequence);
}

static enum err write_role(const struct store_act *act, struct arena *arena, struct unit *unit)
{
    struct unit_call *call = unit_call(unit, statement_of(STATEMENT_ACT_ROLE));
    unit_put_hash(call, &act->device);
    unit_put_text(call, act->has_role ? role_name(act->role) : NULL);
    if (!act->has_exact) {
        unit_put_null(call);
        return ERR_OK;
    }
    return unit_put_boolean(call, arena, act->may_see_exact);
}

static enum err write_witnesses(const struct store_act *act, struct arena *arena, struct unit *unit)
{
    struct buf encoded;
    struct wire_array array;
    struct wire_range range;
    buf_init(&encoded, ACT_WRITE_ARRAY_BYTES_MAX);
    wire_array_begin(&array, &encoded, WIRE_UUID);
    for (size_t i = 0; i < act->sender_count; i++) {
        wire_array_put_id(&array, &act->senders[i]);
    }
    enum err err = wire_array_end(&array, &range);
    struct bytes senders = {0};
    if (err == ERR_OK) {
        senders = arena_copy(arena, wire_range_bytes(&encoded, range));
        err = senders.at == NULL ? ERR_TOO_BIG : ERR_OK;
    }
    buf_release(&encoded);
    if (err != ERR_OK) {
        return err;
    }
    struct unit_call *call = unit_call(unit, statement_of(STATEMENT_ACT_WITNESSES));
    err = unit_put_int64(call, arena, (int64_t)act->position);
    unit_put_bytes(call, senders);
    return err;
}

static enum err write_operator(const struct store_act *act, struct arena *arena, struct unit *unit)
{
    struct unit_call *call = unit_call(unit, statement_of(STATEMENT_ACT_OPERATOR));
    unit_put_text(call, act->name);
    unit_put_bytes(call, bytes_of(act->public_key, sizeof act->public_key));
    return unit_put_boolean(call, arena, act->has_ended);
}

static enum err write_erasure(const struct store_act *act, struct arena *arena, struct unit *unit)
{
    struct unit_call *call = unit_call(unit, statement_of(STATEMENT_ACT_ERASURE));
    enum err err = unit_put_int64(call, arena, (int64_t)act->position);
    if (err == ERR_OK) {
        err = unit_put_int32(call, arena, (int32_t)act->index);
    }
    unit_put_text(call, schema_of(act->record_kind)->name);
    unit_put_id(call, &act->record);
    unit_put_hash(call, &act->act_hash);
    return err;
}

static enum err write_looks(const struct store_act *act, struct arena *arena, struct unit *unit)
{
    struct unit_call *call = unit_call(unit, statement_of(STATEMENT_ACT_LOOKS));
    enum err err = unit_put_int64(call, arena, (int64_t)act->position);
    err = err == ERR_OK ? unit_put_int64(call, arena, (int64_t)act->link_number) : err;
    unit_put_hash(call, &act->link_hash);
    return err;
}

static void write_about_device(const struct store_act *act, enum statement_id statement, struct unit *unit)
{
    unit_put_hash(unit_call(unit, statement_of(statement)), &act->device);
}
