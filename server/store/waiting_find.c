/* What waits at a sender and what became of it, for those who ask; beside ingest, on the connection for lookups. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "server/store/look.h"
#include "server/store/statements.h"
#include "server/store/store_internal.h"
#include "server/store/store_waiting.h"
#include "server/store/waiting.h"
#include "server/store/wire_array.h"

/* One call under way. */
struct finding {
    struct store *store;
    struct hash device; /* who is given an entry */
    struct store_waiting_entry entry;
    struct look look;
    struct arena *arena;
    void (*on_entry)(void *context, enum err err, const struct store_waiting_entry *entry);
    void (*on_outcomes)(void *context, enum err err, const struct store_decided *decided, size_t count);
    void *context;
};

static struct finding *finding_new(struct store *store, struct arena *arena, void *context);
static void on_entry_found(void *context, const struct unit_result *result);
static enum err read_entry(const struct finding *finding, const PGresult *rows,
                           struct store_waiting_entry *ret_entry);
static enum err note_entry(struct finding *finding, const PGresult *rows);
static enum err find_subjects(const PGresult *rows, struct look_subjects *subjects);
static void on_entry_noted(void *context, const struct unit_result *result);
static void on_outcomes_found(void *context, const struct unit_result *result);
static enum err read_outcome(const struct finding *finding, const PGresult *rows, int row,
                             struct store_decided *ret_decided);

void store_find_waiting(struct store *store, const struct hash *device, const struct id *sender,
                        uint64_t from_position, struct arena *arena,
                        void (*on_entry)(void *context, enum err err,
                                         const struct store_waiting_entry *entry),
                        void *context)
{
    struct finding *finding = finding_new(store, arena, context);
    struct unit_call calls[1];
    struct unit unit;
    uint8_t number[8];
    finding->on_entry = on_entry;
    finding->device = *device;
    u64_write(number, from_position);
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_FIND_WAITING));
    unit_put_id(call, sender);
    unit_put_bytes(call, bytes_of(number, sizeof number));
    connection_send(store->lookup_connection, &unit, 0, on_entry_found, finding);
}

void store_find_outcomes(struct store *store, const struct id *sender, const struct id *versions,
                         size_t version_count, struct arena *arena,
                         void (*on_outcomes)(void *context, enum err err, const struct store_decided *decided,
                                             size_t count),
                         void *context)
{
    struct finding *finding = finding_new(store, arena, context);
    struct unit_call calls[1];
    struct unit unit;
    struct buf bytes;
    struct wire_array names;
    struct wire_range range = {0};
    REQUIRE(version_count <= STORE_OUTCOMES_MAX);
    finding->on_outcomes = on_outcomes;
    buf_init(&bytes, 64 * STORE_OUTCOMES_MAX);
    wire_array_begin(&names, &bytes, WIRE_UUID);
    for (size_t i = 0; i < version_count; i++) {
        wire_array_put_id(&names, &versions[i]);
    }
    enum err err = wire_array_end(&names, &range);
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_FIND_OUTCOMES));
    unit_put_id(call, sender);
    if (err == ERR_OK) {
        unit_put_bytes(call, wire_range_bytes(&bytes, range));
    } else {
        unit_put_null(call); /* without memory nothing is found; the asker asks again */
    }
    connection_send(store->lookup_connection, &unit, 0, on_outcomes_found, finding);
    buf_release(&bytes);
}

static struct finding *finding_new(struct store *store, struct arena *arena, void *context)
{
    struct finding *finding = calloc(1, sizeof *finding);
    REQUIRE(finding != NULL); /* without it the callback's promise cannot be kept */
    *finding = (struct finding){.store = store, .arena = arena, .context = context};
    return finding;
}

static void on_entry_found(void *context, const struct unit_result *result)
{
    struct finding *finding = context;
    enum err err = result->err == ERR_RULE ? ERR_DATABASE : result->err;
    if (err == ERR_OK && PQntuples(result->results[0]) == 0) {
        err = ERR_NOT_FOUND;
    }
    if (err == ERR_OK) {
        err = read_entry(finding, result->results[0], &finding->entry);
    }
    if (err == ERR_OK) {
        err = note_entry(finding, result->results[0]);
    }
    if (err != ERR_OK) {
        finding->on_entry(finding->context, err, NULL);
        free(finding);
    }
}

/* Durable before the entry is given; the connection is everybody's, so that it is a transaction of its own. */
static enum err note_entry(struct finding *finding, const PGresult *rows)
{
    struct look_subjects subjects;
    struct unit_call calls[2];
    struct unit unit;
    struct buf array;
    char device[HASH_HEX_BYTES];
    finding->look = (struct look){.what = "waiting", .definition = "", .row_count = finding->entry.count};
    look_subjects_init(&subjects);
    buf_init(&array, LOOK_SUBJECT_BYTES_MAX);
    enum err err = find_subjects(rows, &subjects);
    if (err == ERR_OK) {
        err = look_subjects_put(&subjects, finding->store, &array, &finding->look);
    }
    unit_init(&unit, calls, 2);
    hex_encode(bytes_of(finding->device.at, HASH_BYTES), device);
    unit_put_text(unit_call(&unit, statement_of(STATEMENT_SET_DEVICE)), device);
    if (err == ERR_OK) {
        err = look_put(finding->store, &unit, finding->arena, &finding->look);
    }
    if (err == ERR_OK) {
        connection_send(finding->store->lookup_connection, &unit, 0, on_entry_noted, finding);
    }
    look_subjects_release(&subjects);
    buf_release(&array);
    return err;
}

static enum err find_subjects(const PGresult *rows, struct look_subjects *subjects)
{
    enum err err = ERR_OK;
    for (int row = 0; row < PQntuples(rows) && err == ERR_OK; row++) {
        const struct kind_schema *schema = schema_of((uint32_t)result_int64(rows, row, 12));
        struct id record = result_id(rows, row, 13);
        err = schema != NULL ? look_subjects_add(subjects, schema, &record) : ERR_DATABASE;
    }
    return err;
}

static void on_entry_noted(void *context, const struct unit_result *result)
{
    struct finding *finding = context;
    enum err err = result->err == ERR_RULE ? ERR_DATABASE : result->err;
    if (err == ERR_OK) {
        look_tell(finding->store, &finding->device, &finding->look, result->results[1]);
    }
    finding->on_entry(finding->context, err, err == ERR_OK ? &finding->entry : NULL);
    free(finding);
}

static enum err read_entry(const struct finding *finding, const PGresult *rows,
                           struct store_waiting_entry *ret_entry)
{
    size_t count = (size_t)PQntuples(rows);
    uint32_t *indexes = arena_zalloc(finding->arena, count, sizeof *indexes);
    struct bytes key = result_bytes(rows, 0, 3);
    struct store_waiting_entry entry = {
        .position = (uint64_t)result_int64(rows, 0, 1),
        .server_time_ms = result_int64(rows, 0, 2),
        .envelope = arena_copy(finding->arena, result_bytes(rows, 0, 4)),
        .signature = arena_copy(finding->arena, result_bytes(rows, 0, 5)),
        .indexes = indexes,
        .count = count,
    };
    if (indexes == NULL || entry.envelope.at == NULL || entry.signature.at == NULL) {
        return ERR_TOO_BIG;
    }
    if (key.len != sizeof entry.public_key) {
        return ERR_DATABASE;
    }
    memcpy(entry.public_key, key.at, key.len);
    for (size_t i = 0; i < count; i++) {
        indexes[i] = (uint32_t)result_int64(rows, (int)i, 0);
    }
    vault_trim(finding->store->vault);
    enum err err =
        waiting_open_payload(rows, 0, 6, finding->store->vault, finding->arena, &entry.payload_zstd);
    if (err == ERR_OK) {
        *ret_entry = entry;
    }
    return err;
}

static void on_outcomes_found(void *context, const struct unit_result *result)
{
    struct finding finding = *(struct finding *)context;
    struct store_decided *decided = NULL;
    size_t count = 0;
    enum err err = result->err == ERR_RULE ? ERR_DATABASE : result->err;
    free(context);
    if (err == ERR_OK) {
        count = (size_t)PQntuples(result->results[0]);
        decided = arena_zalloc(finding.arena, count + 1, sizeof *decided);
        err = decided == NULL ? ERR_TOO_BIG : ERR_OK;
        vault_trim(finding.store->vault);
    }
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = read_outcome(&finding, result->results[0], (int)i, &decided[i]);
    }
    finding.on_outcomes(finding.context, err, decided, err == ERR_OK ? count : 0);
}

static enum err read_outcome(const struct finding *finding, const PGresult *rows, int row,
                             struct store_decided *ret_decided)
{
    int64_t code = result_int64(rows, row, 1);
    struct bytes rule = result_bytes(rows, row, 2);
    struct store_decided decided = {
        .version = result_id(rows, row, 0),
        .verdict = {.code = (enum verdict_code)code, .current = result_id(rows, row, 3)},
        .position = (uint64_t)result_int64(rows, row, 4),
        .index = (uint32_t)result_int64(rows, row, 5),
        .server_time_ms = result_int64(rows, row, 6),
        .device = result_hash(rows, row, 7),
    };
    if (code < VERDICT_APPLIED || code > VERDICT_REFUSED || rule.len >= RULE_ID_BYTES_MAX) {
        return ERR_DATABASE;
    }
    memcpy(decided.verdict.rule, rule.at, rule.len);
    enum err err = ERR_OK;
    if (result_bytes(rows, row, 8).at != NULL) {
        err =
            waiting_open_payload(rows, row, 8, finding->store->vault, finding->arena, &decided.payload_zstd);
    }
    if (err == ERR_OK) {
        *ret_decided = decided;
    }
    return err;
}
