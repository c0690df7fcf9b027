#include "server/store/group_write.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/hash_table.h"
#include "common/wire/envelope.h"
#include "server/store/row_encode.h"
#include "server/store/statements.h"
#include "server/store/verdict_codec.h"
#include "server/store/wire_array.h"

/* One record of the group, found by kind and id: where its versions seen so far begin. */
struct record_seen {
    UT_hash_handle hh;
    struct {
        uint32_t kind;
        struct id record;
    } key;
    int64_t position; /* of the earliest version met, walking backwards */
};

/* What becomes of one version. */
struct version_plan {
    int64_t
        until; /* position of the next version in the group; ROW_UNTIL_NONE: it is current after the group */
    bool closes_older; /* first of its record in the group, and an older one is current before the group */
    bool is_new;       /* first version of a new record, current after the group: the cheap path */
};

/* The writer's state. A parameter that is an array is noted as a range of `out` and bound to its call at the
 * end, because `out` moves while it grows. */
struct writer {
    const struct ingest_sql *sql;
    const struct row_types *types;
    const struct store_group *group;
    const struct version_plan *plans;
    struct vault_sealer *sealer;
    struct buf *out;
    struct arena *arena;
    struct unit *unit;
    struct {
        struct unit_call *call;
        unsigned parameter_index;
        struct wire_range range;
    } bindings[2 * GROUP_WRITE_STATEMENTS_MAX];
    size_t binding_count;
    enum err err;
};

static enum err plan_versions(const struct store_group *group, struct arena *arena,
                              const struct version_plan **ret_plans);
static void write_keys(struct writer *writer);
static void write_journal(struct writer *writer);
static enum err put_entry(struct writer *writer, struct wire_array *rows, const struct store_entry *entry);
static enum err put_payload(struct writer *writer, struct wire_array *rows, const struct store_entry *entry);
static void write_refusals(struct writer *writer);
static void put_place(struct wire_array *rows, const struct id *version, uint64_t position, uint32_t index);
static void put_refusal(struct wire_array *rows, const struct store_entry *entry, size_t index);
static void put_lost(struct wire_array *rows, const struct store_outcome *outcome);
static void write_waiting(struct writer *writer);
static void write_outcomes(struct writer *writer);
static void write_devices(struct writer *writer);
static void put_device(struct wire_array *array, const struct store_entry *entry, size_t column);
static bool is_newest_of_device(const struct store_group *group, size_t entry_index);
static void write_nodes(struct writer *writer);
static void write_kinds(struct writer *writer);
static void write_kind(struct writer *writer, const struct ingest_kind_sql *kind);
static void write_closes(struct writer *writer, const struct ingest_kind_sql *kind);
static void write_versions(struct writer *writer, const struct ingest_kind_sql *kind, bool is_new);
static void write_ids(struct writer *writer, const struct ingest_kind_sql *kind,
                      const struct statement *statement, bool only_removed);
static void write_list(struct writer *writer, const struct ingest_kind_sql *kind, size_t list_index);
static bool is_of(const struct store_version *version, const struct ingest_kind_sql *kind);
static void end_array(struct writer *writer, struct wire_array *array, struct unit_call **call,
                      const struct statement *statement);
static void bind_arrays(struct writer *writer);
static enum err write_head(struct writer *writer);

enum err group_write_compose(const struct ingest_sql *sql, const struct row_types *types,
                             const struct store_group *group, struct vault_sealer *sealer, struct buf *out,
                             struct arena *arena, struct unit *unit)
{
    struct writer writer = {.sql = sql,
                            .types = types,
                            .group = group,
                            .sealer = sealer,
                            .out = out,
                            .arena = arena,
                            .unit = unit};
    buf_clear(out);
    unit_init(unit, unit->calls, unit->call_max);
    writer.err = plan_versions(group, arena, &writer.plans);
    if (writer.err != ERR_OK) {
        return writer.err;
    }
    writer.err = act_write(group->acts, group->act_count, arena, unit); /* an epoch goes before its entry */
    write_keys(&writer);
    write_journal(&writer);
    write_refusals(&writer);
    write_waiting(&writer);
    write_outcomes(&writer);
    write_devices(&writer);
    write_nodes(&writer);
    write_kinds(&writer);
    if (writer.err != ERR_OK) {
        return writer.err;
    }
    bind_arrays(&writer);
    return write_head(&writer);
}

enum err group_write_compose_versions(const struct ingest_sql *sql, const struct row_types *types,
                                      const struct store_version *versions, size_t version_count,
                                      struct vault_sealer *sealer, struct buf *out, struct arena *arena,
                                      struct unit *unit)
{
    const struct store_group group = {.versions = versions, .version_count = version_count};
    struct writer writer = {.sql = sql,
                            .types = types,
                            .group = &group,
                            .sealer = sealer,
                            .out = out,
                            .arena = arena,
                            .unit = unit};
    buf_clear(out);
    unit_init(unit, unit->calls, unit->call_max);
    writer.err = plan_versions(&group, arena, &writer.plans);
    if (writer.err == ERR_OK) {
        write_kinds(&writer);
    }
    if (writer.err == ERR_OK) {
        bind_arrays(&writer);
    }
    return writer.err;
}

/* Walk backwards, so that each version knows the next one of its record. */
static enum err plan_versions(const struct store_group *group, struct arena *arena,
                              const struct version_plan **ret_plans)
{
    struct version_plan *plans = arena_zalloc(arena, group->version_count + 1, sizeof *plans);
    struct record_seen *records = arena_zalloc(arena, group->version_count + 1, sizeof *records);
    struct record_seen *seen = NULL;
    enum err err = ERR_OK;
    if (plans == NULL || records == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = group->version_count; i-- > 0 && err == ERR_OK;) {
        const struct store_version *version = &group->versions[i];
        struct record_seen *record = &records[i];
        record->key.kind = (uint32_t)version->schema->kind;
        record->key.record = version->record;
        struct record_seen *later = NULL;
        HASH_FIND(hh, seen, &record->key, sizeof record->key, later);
        plans[i].until = later == NULL ? ROW_UNTIL_NONE : later->position;
        plans[i].is_new = later == NULL && id_is_none(&version->previous) && !version->is_removal;
        if (later == NULL) {
            HASH_ADD(hh, seen, key, sizeof record->key, record);
            err = hash_table_added(&record->hh, arena) ? ERR_OK : ERR_NO_MEMORY;
            later = record;
        }
        later->position = (int64_t)version->position;
    }
    for (size_t i = 0; i < group->version_count && err == ERR_OK; i++) {
        const struct store_version *version = &group->versions[i];
        struct record_seen *first = NULL;
        HASH_FIND(hh, seen, &records[i].key, sizeof records[i].key, first);
        ENSURE(first != NULL);
        plans[i].closes_older =
            first->position == (int64_t)version->position && !id_is_none(&version->previous);
    }
    HASH_CLEAR(hh, seen);
    if (err == ERR_OK) {
        *ret_plans = plans;
    }
    return err;
}

static void write_keys(struct writer *writer)
{
    const struct vault_sealer *sealer = writer->sealer;
    struct wire_array array;
    struct unit_call *call = NULL;
    uint8_t number[4];
    wire_array_begin(&array, writer->out, WIRE_INT32);
    for (size_t i = 0; i < sealer->key_count; i++) {
        if (sealer->keys[i].is_new) {
            u32_write(number, sealer->keys[i].number);
            wire_array_put(&array, bytes_of(number, sizeof number));
        }
    }
    end_array(writer, &array, &call, statement_of(STATEMENT_DATA_KEY_ADD));
    wire_array_begin(&array, writer->out, WIRE_UUID);
    for (size_t i = 0; i < sealer->key_count; i++) {
        if (sealer->keys[i].is_new) {
            wire_array_put_id(&array, &sealer->keys[i].sender);
        }
    }
    end_array(writer, &array, &call, NULL);
    wire_array_begin(&array, writer->out, WIRE_BYTEA);
    for (size_t i = 0; i < sealer->key_count; i++) {
        if (sealer->keys[i].is_new) {
            wire_array_put(&array, bytes_of(sealer->keys[i].wrapped, VAULT_WRAPPED_BYTES));
        }
    }
    end_array(writer, &array, &call, NULL);
}

static void write_journal(struct writer *writer)
{
    struct wire_array rows;
    struct unit_call *call = NULL;
    wire_array_begin(&rows, writer->out, writer->types->journal);
    for (size_t i = 0; i < writer->group->entry_count && writer->err == ERR_OK; i++) {
        writer->err = put_entry(writer, &rows, &writer->group->entries[i]);
    }
    end_array(writer, &rows, &call, statement_of(STATEMENT_JOURNAL_APPEND));
    if (call == NULL) {
        return;
    }
    /* The array, bound later, is the first parameter. */
    uint8_t *time = arena_alloc(writer->arena, 8);
    if (time == NULL) {
        writer->err = ERR_TOO_BIG;
        return;
    }
    u64_write(time, (uint64_t)writer->group->server_time_ms);
    unit_put_bytes(call, bytes_of(time, 8));
}

static enum err put_entry(struct writer *writer, struct wire_array *rows, const struct store_entry *entry)
{
    struct buf verdicts;
    buf_init(&verdicts, GROUP_WRITE_BYTES_MAX);
    enum err err = verdict_encode(entry->verdicts, entry->verdict_indexes, entry->verdict_count, &verdicts);
    struct bytes listed = buf_content(&verdicts);
    wire_row_begin(rows, 13);
    wire_row_put_int64(rows, (int64_t)entry->position);
    wire_row_put(rows, WIRE_BYTEA, bytes_of(entry->device.at, HASH_BYTES));
    wire_row_put_int64(rows, (int64_t)entry->sequence);
    wire_row_put_int32(rows, entry->content);
    wire_row_put(rows, WIRE_BYTEA, entry->envelope);
    wire_row_put(rows, WIRE_BYTEA, entry->signature);
    err = err == ERR_OK ? put_payload(writer, rows, entry) : err;
    wire_row_put(rows, WIRE_BYTEA, bytes_of(entry->envelope_hash.at, HASH_BYTES));
    wire_row_put_int32(rows, (int32_t)entry->change_count);
    wire_row_put_boolean(rows, entry->is_unreadable);
    wire_row_put(rows, WIRE_BYTEA, bytes_of(listed.len == 0 ? (const void *)"" : listed.at, listed.len));
    wire_row_put(rows, WIRE_BYTEA, bytes_of(entry->leaf.at, HASH_BYTES));
    wire_row_put(rows, WIRE_BYTEA, bytes_of(entry->receipt_signature, sizeof entry->receipt_signature));
    wire_row_end(rows);
    buf_release(&verdicts);
    return err;
}

static enum err put_payload(struct writer *writer, struct wire_array *rows, const struct store_entry *entry)
{
    size_t len = entry->payload_zstd.len + VAULT_OVERHEAD_BYTES;
    uint32_t key = vault_sealer_key(writer->sealer, &entry->device);
    struct vault_place place = vault_place_of_payload(&entry->envelope_hash);
    uint8_t *sealed = malloc(len);
    if (sealed == NULL || key == 0) {
        free(sealed);
        return key == 0 ? ERR_INTERNAL : ERR_NO_MEMORY;
    }
    vault_seal(writer->sealer->vault, key, &place, entry->payload_zstd, sealed);
    wire_row_put(rows, WIRE_BYTEA, bytes_of(sealed, len));
    free(sealed);
    return ERR_OK;
}

static void write_refusals(struct writer *writer)
{
    struct wire_array rows;
    struct unit_call *call = NULL;
    wire_array_begin(&rows, writer->out, writer->types->refusal);
    for (size_t i = 0; i < writer->group->entry_count; i++) {
        const struct store_entry *entry = &writer->group->entries[i];
        for (size_t j = 0; entry->content == ENVELOPE_CONTENT_CHANGES && j < entry->verdict_count; j++) {
            if (entry->verdicts[j].code == VERDICT_CONFLICT || entry->verdicts[j].code == VERDICT_REFUSED) {
                put_refusal(&rows, entry, j);
            }
        }
    }
    for (size_t i = 0; i < writer->group->outcome_count; i++) {
        if (writer->group->outcomes[i].verdict.code != VERDICT_APPLIED) {
            put_lost(&rows, &writer->group->outcomes[i]);
        }
    }
    end_array(writer, &rows, &call, statement_of(STATEMENT_REFUSAL_APPEND));
}

/* A change's name and place: what rows about one begin with. */
static void put_place(struct wire_array *rows, const struct id *version, uint64_t position, uint32_t index)
{
    wire_row_put_id(rows, version);
    wire_row_put_int64(rows, (int64_t)position);
    wire_row_put_int32(rows, (int32_t)index);
}

static void put_refusal(struct wire_array *rows, const struct store_entry *entry, size_t index)
{
    const struct store_record_key *key = &entry->verdict_records[index];
    const struct verdict *verdict = &entry->verdicts[index];
    wire_row_begin(rows, 7);
    put_place(rows, &entry->verdict_versions[index], entry->position, entry->verdict_indexes[index]);
    wire_row_put_int16(rows, (int16_t)verdict->code);
    wire_row_put(rows, WIRE_TEXT, bytes_of(verdict->rule, strnlen(verdict->rule, RULE_ID_BYTES_MAX - 1)));
    if ((unsigned)key->kind == 0) {
        wire_row_put(rows, WIRE_INT16, (struct bytes){0});
    } else {
        wire_row_put_int16(rows, (int16_t)key->kind);
    }
    wire_row_put_id(rows, &key->record);
    wire_row_end(rows);
}

/* A change that waited and is lost is refused where it was decided. */
static void put_lost(struct wire_array *rows, const struct store_outcome *outcome)
{
    wire_row_begin(rows, 7);
    put_place(rows, &outcome->version, outcome->position, outcome->index);
    wire_row_put_int16(rows, (int16_t)outcome->verdict.code);
    wire_row_put(rows, WIRE_TEXT, bytes_of_text(outcome->verdict.rule));
    wire_row_put_int16(rows, (int16_t)outcome->key.kind);
    wire_row_put_id(rows, &outcome->key.record);
    wire_row_end(rows);
}

static void write_waiting(struct writer *writer)
{
    struct wire_array rows;
    struct unit_call *call = NULL;
    wire_array_begin(&rows, writer->out, writer->types->waiting);
    for (size_t i = 0; i < writer->group->waiting_count; i++) {
        const struct store_waiting *waiting = &writer->group->waiting[i];
        wire_row_begin(&rows, 9);
        put_place(&rows, &waiting->version, waiting->position, waiting->index);
        wire_row_put_int16(&rows, (int16_t)waiting->key.kind);
        wire_row_put_id(&rows, &waiting->key.record);
        wire_row_put_id(&rows, &waiting->key.base);
        wire_row_put(&rows, WIRE_BYTEA, bytes_of(waiting->device.at, HASH_BYTES));
        wire_row_put_id(&rows, &waiting->sender);
        wire_row_put(&rows, WIRE_BYTEA, bytes_of(waiting->change_hash.at, HASH_BYTES));
        wire_row_end(&rows);
    }
    end_array(writer, &rows, &call, statement_of(STATEMENT_WAITING_APPEND));
}

static void write_outcomes(struct writer *writer)
{
    struct wire_array rows;
    struct unit_call *call = NULL;
    wire_array_begin(&rows, writer->out, writer->types->outcome);
    for (size_t i = 0; i < writer->group->outcome_count; i++) {
        const struct store_outcome *outcome = &writer->group->outcomes[i];
        wire_row_begin(&rows, 6);
        put_place(&rows, &outcome->version, outcome->position, outcome->index);
        wire_row_put_int16(&rows, (int16_t)outcome->verdict.code);
        wire_row_put(&rows, WIRE_TEXT, bytes_of_text(outcome->verdict.rule));
        wire_row_put_id(&rows, &outcome->verdict.current);
        wire_row_end(&rows);
    }
    end_array(writer, &rows, &call, statement_of(STATEMENT_WAITING_DECIDE));
}

/* One array for each column, of each device's newest entry. */
static void write_devices(struct writer *writer)
{
    static const enum wire_type types[] = {WIRE_BYTEA, WIRE_INT64, WIRE_BYTEA};
    const struct store_group *group = writer->group;
    struct unit_call *call = NULL;
    for (size_t column = 0; column < sizeof types / sizeof types[0]; column++) {
        struct wire_array array;
        wire_array_begin(&array, writer->out, types[column]);
        for (size_t i = 0; i < group->entry_count; i++) {
            if (is_newest_of_device(group, i)) {
                put_device(&array, &group->entries[i], column);
            }
        }
        end_array(writer, &array, &call, column == 0 ? statement_of(STATEMENT_DEVICE_ADVANCE) : NULL);
    }
}

static void put_device(struct wire_array *array, const struct store_entry *entry, size_t column)
{
    switch (column) {
    case 0:
        wire_array_put(array, bytes_of(entry->device.at, HASH_BYTES));
        break;
    case 1:
        wire_array_put_int64(array, (int64_t)entry->sequence);
        break;
    default:
        wire_array_put(array, bytes_of(entry->envelope_hash.at, HASH_BYTES));
        break;
    }
}

/* Entries stand in position order and a device's in sequence order; there are at most
 * STORE_GROUP_SUBMISSIONS_MAX. */
static bool is_newest_of_device(const struct store_group *group, size_t entry_index)
{
    for (size_t i = entry_index + 1; i < group->entry_count; i++) {
        if (hash_equal(&group->entries[i].device, &group->entries[entry_index].device)) {
            return false;
        }
    }
    return true;
}

static void write_nodes(struct writer *writer)
{
    const struct store_group *group = writer->group;
    struct wire_array array;
    struct unit_call *call = NULL;
    wire_array_begin(&array, writer->out, WIRE_INT64);
    for (size_t i = 0; i < group->node_count; i++) {
        wire_array_put_int64(&array, (int64_t)group->nodes[i].level);
    }
    end_array(writer, &array, &call, statement_of(STATEMENT_TREE_APPEND));
    if (call == NULL) {
        return;
    }
    wire_array_begin(&array, writer->out, WIRE_INT64);
    for (size_t i = 0; i < group->node_count; i++) {
        wire_array_put_int64(&array, (int64_t)group->nodes[i].index);
    }
    end_array(writer, &array, &call, NULL);
    wire_array_begin(&array, writer->out, WIRE_BYTEA);
    for (size_t i = 0; i < group->node_count; i++) {
        wire_array_put(&array, bytes_of(group->nodes[i].hash.at, HASH_BYTES));
    }
    end_array(writer, &array, &call, NULL);
}

/* Each statement walks over all versions, so that the many kinds that have none are passed over first. */
static void write_kinds(struct writer *writer)
{
    bool is_written[KIND_MAX + 1] = {false};
    for (size_t i = 0; i < writer->group->version_count; i++) {
        is_written[writer->group->versions[i].schema->kind] = true;
    }
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        if (is_written[kind]) {
            write_kind(writer, &writer->sql->kinds[kind]);
        }
    }
}

static void write_kind(struct writer *writer, const struct ingest_kind_sql *kind)
{
    write_closes(writer, kind);
    write_versions(writer, kind, true);
    write_versions(writer, kind, false);
    write_ids(writer, kind, &kind->forget, true);
    for (size_t i = 0; i < kind->schema->list_count; i++) {
        write_ids(writer, kind, &kind->lists[i].clear, false);
        write_list(writer, kind, i);
    }
}

static void write_closes(struct writer *writer, const struct ingest_kind_sql *kind)
{
    const struct store_group *group = writer->group;
    struct wire_array array;
    struct unit_call *call = NULL;
    wire_array_begin(&array, writer->out, WIRE_UUID);
    for (size_t i = 0; i < group->version_count; i++) {
        if (is_of(&group->versions[i], kind) && writer->plans[i].closes_older) {
            wire_array_put_id(&array, &group->versions[i].record);
        }
    }
    end_array(writer, &array, &call, &kind->close);
    if (call == NULL) {
        return;
    }
    wire_array_begin(&array, writer->out, WIRE_INT64);
    for (size_t i = 0; i < group->version_count; i++) {
        if (is_of(&group->versions[i], kind) && writer->plans[i].closes_older) {
            wire_array_put_int64(&array, (int64_t)group->versions[i].position);
        }
    }
    end_array(writer, &array, &call, NULL);
}

static void write_versions(struct writer *writer, const struct ingest_kind_sql *kind, bool is_new)
{
    const struct store_group *group = writer->group;
    struct wire_array rows;
    struct unit_call *call = NULL;
    wire_array_begin(&rows, writer->out, writer->types->kinds[kind->schema->kind]);
    for (size_t i = 0; i < group->version_count; i++) {
        if (is_of(&group->versions[i], kind) && writer->plans[i].is_new == is_new) {
            row_encode_version(&rows, &group->versions[i], writer->plans[i].until, writer->sealer);
        }
    }
    end_array(writer, &rows, &call, is_new ? &kind->add : &kind->change);
}

/* Records whose newest version is not their first: all of them, or only those it removes. */
static void write_ids(struct writer *writer, const struct ingest_kind_sql *kind,
                      const struct statement *statement, bool only_removed)
{
    const struct store_group *group = writer->group;
    struct wire_array array;
    struct unit_call *call = NULL;
    wire_array_begin(&array, writer->out, WIRE_UUID);
    for (size_t i = 0; i < group->version_count; i++) {
        const struct store_version *version = &group->versions[i];
        bool is_changed = writer->plans[i].until == ROW_UNTIL_NONE && !writer->plans[i].is_new;
        if (is_of(version, kind) && is_changed && (version->is_removal || !only_removed)) {
            wire_array_put_id(&array, &version->record);
        }
    }
    end_array(writer, &array, &call, statement);
}

static void write_list(struct writer *writer, const struct ingest_kind_sql *kind, size_t list_index)
{
    const struct store_group *group = writer->group;
    struct wire_array rows;
    struct unit_call *call = NULL;
    wire_array_begin(&rows, writer->out, writer->types->lists[kind->schema->kind][list_index]);
    for (size_t i = 0; i < group->version_count; i++) {
        if (is_of(&group->versions[i], kind)) {
            row_encode_elements(&rows, &group->versions[i], list_index, writer->plans[i].until,
                                writer->sealer);
        }
    }
    end_array(writer, &rows, &call, &kind->lists[list_index].append);
}

static bool is_of(const struct store_version *version, const struct ingest_kind_sql *kind)
{
    return version->schema == kind->schema;
}

/* Make the array the next parameter of *call. Without a call yet (then `statement` is given) an empty array
 * makes none, so that statements with nothing to do are not sent. */
static void end_array(struct writer *writer, struct wire_array *array, struct unit_call **call,
                      const struct statement *statement)
{
    struct wire_range range;
    enum err err = wire_array_end(array, &range);
    if (writer->err == ERR_OK) {
        writer->err = err;
    }
    if (writer->err != ERR_OK || (*call == NULL && array->count == 0)) {
        return;
    }
    if (*call == NULL) {
        *call = unit_call(writer->unit, statement);
    }
    REQUIRE(writer->binding_count < sizeof writer->bindings / sizeof writer->bindings[0]);
    writer->bindings[writer->binding_count].call = *call;
    writer->bindings[writer->binding_count].parameter_index = (*call)->parameter_count;
    writer->bindings[writer->binding_count].range = range;
    writer->binding_count++;
    unit_put_null(*call); /* its place */
}

static void bind_arrays(struct writer *writer)
{
    for (size_t i = 0; i < writer->binding_count; i++) {
        writer->bindings[i].call->parameters[writer->bindings[i].parameter_index] =
            wire_range_bytes(writer->out, writer->bindings[i].range);
    }
}

/* The head as it is now, and the entries read back. */
static enum err write_head(struct writer *writer)
{
    const struct store_group *group = writer->group;
    struct unit_call *advance = unit_call(writer->unit, statement_of(STATEMENT_JOURNAL_ADVANCE));
    enum err err = unit_put_int64(advance, writer->arena, (int64_t)group->head_after.position);
    if (err == ERR_OK) {
        err = unit_put_int64(advance, writer->arena, group->head_after.server_time_ms);
    }
    if (err != ERR_OK) {
        return err;
    }
    unit_put_bytes(advance, merkle_frontier_encode(group->frontier_after));
    unit_put_hash(advance, &group->state_after);
    struct unit_call *reread = unit_call(writer->unit, statement_of(STATEMENT_JOURNAL_REREAD));
    return unit_put_int64(reread, writer->arena, (int64_t)group->entries[0].position);
}
