/* Asking: the units of facts. Reading stands in facts_read.c. */
#include "server/store/facts.h"

#include <string.h>

#include "common/base/check.h"
#include "server/store/statements.h"
#include "server/store/wire_array.h"

/* An array being a parameter, to be bound when all are encoded. */
struct facts_binding {
    struct unit_call *call;
    struct wire_range range;
};

struct facts_composer {
    struct facts_job *job;
    struct facts_binding bindings[2 * FACTS_STATEMENTS_MAX];
    size_t binding_count;
    enum err err;
};

static void ask_submissions(struct facts_composer *composer);
static void ask_targets(struct facts_composer *composer);
static void ask_kinds(struct facts_composer *composer, const struct ingest_sql *sql);
static void ask_records(struct facts_composer *composer, const struct ingest_kind_sql *kind);
static void ask_edges(struct facts_composer *composer, const struct ingest_kind_sql *kind);
static void ask_references(struct facts_composer *composer, const struct ingest_kind_sql *kind);
static void ask_referrers(struct facts_composer *composer, const struct ingest_kind_sql *kind);
static bool put_records(struct facts_composer *composer, enum record_kind kind,
                        const struct record_reference *records, size_t record_count, struct wire_array *array,
                        const size_t **ret_indexes, size_t *ret_count);
static void ask_ids(struct facts_composer *composer, enum statement_id statement, const struct id *ids,
                    size_t count, int *ret_call);
static void ask_numbers(struct facts_composer *composer, const struct ingest_sql *sql);
static void ask_numbers_of(struct facts_composer *composer, const struct ingest_sql *sql, size_t first);
static void put_number(struct facts_job *job, struct wire_array *array,
                       const struct store_number_key *number);
static bool is_asked_already(const struct facts_job *job, const struct store_number_key *key);
static int add_call(struct facts_composer *composer, const struct statement *statement);
static void end_array(struct facts_composer *composer, int call, struct wire_array *array);
static enum err bind_arrays(struct facts_composer *composer);
static void ask_owners(struct facts_composer *composer);
static void ask_refused(struct facts_composer *composer);
static void ask_uncounted(struct facts_composer *composer);
static void put_devices(struct facts_job *job, struct wire_array *array);
static void end_call(struct facts_composer *composer, enum statement_id statement, struct wire_array *array,
                     int *ret_call);
static void add_owner(struct facts_job *job, struct wire_array *array, const struct id *owner);

void facts_init(struct facts_job *job)
{
    memset(job, 0, sizeof *job);
    buf_init(&job->arrays, FACTS_BYTES_MAX);
}

void facts_release(struct facts_job *job)
{
    buf_release(&job->arrays);
}

enum err facts_compose(struct facts_job *job, const struct ingest_sql *sql, struct vault *vault,
                       const struct store_facts_request *request, bool is_begun, struct arena *arena)
{
    struct facts_composer composer = {.job = job, .err = ERR_OK};
    buf_clear(&job->arrays);
    job->request = request;
    job->arena = arena;
    job->facts = (struct store_facts){0};
    job->branches = NULL;
    job->branch_count = 0;
    job->number_call_count = 0;
    job->sealer = (struct vault_sealer){.vault = vault};
    unit_init(&job->unit, job->calls, FACTS_STATEMENTS_MAX);
    if (!is_begun) {
        (void)add_call(&composer, statement_of(STATEMENT_GROUP_BEGIN));
    }
    job->head_call = add_call(&composer, statement_of(STATEMENT_GROUP_LOCK));
    ask_submissions(&composer);
    ask_targets(&composer);
    ask_kinds(&composer, sql);
    ask_ids(&composer, STATEMENT_FACT_BRANCHES, request->branches, request->branch_count,
            &job->branches_call);
    ask_numbers(&composer, sql);
    return bind_arrays(&composer);
}

enum err facts_compose_missing(struct facts_job *job, bool *ret_is_needed)
{
    struct facts_composer composer = {.job = job, .err = ERR_OK};
    buf_clear(&job->arrays);
    unit_init(&job->unit, job->calls, FACTS_STATEMENTS_MAX);
    ask_owners(&composer);
    ask_refused(&composer);
    ask_uncounted(&composer);
    enum err err = bind_arrays(&composer);
    if (err == ERR_OK) {
        *ret_is_needed = job->unit.call_count > 0;
    }
    return err;
}

bool facts_has_branch(const struct facts_job *job, size_t count, const struct id *branch)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(job->branches[middle].branch.at, branch->at, ID_BYTES);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

static void ask_submissions(struct facts_composer *composer)
{
    struct facts_job *job = composer->job;
    const struct store_facts_request *request = job->request;
    struct wire_array devices;
    struct wire_array sequences;
    job->devices_call = FACTS_CALL_NONE;
    job->journalled_call = FACTS_CALL_NONE;
    job->keys_call = FACTS_CALL_NONE;
    if (request->submission_count == 0) {
        return;
    }
    job->devices_call = add_call(composer, statement_of(STATEMENT_FACT_DEVICES));
    job->journalled_call = add_call(composer, statement_of(STATEMENT_FACT_JOURNALLED));
    job->keys_call = add_call(composer, statement_of(STATEMENT_FACT_KEYS));
    const int calls[] = {job->devices_call, job->journalled_call, job->keys_call};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        put_devices(job, &devices);
        end_array(composer, calls[i], &devices);
    }
    wire_array_begin(&sequences, &job->arrays, WIRE_INT64);
    for (size_t j = 0; j < request->submission_count; j++) {
        /* A sequence past 2^63 reads as negative and finds nothing, which is right: none is stored. */
        wire_array_put_int64(&sequences, (int64_t)request->submissions[j].sequence);
    }
    end_array(composer, job->journalled_call, &sequences);
}

static void ask_targets(struct facts_composer *composer)
{
    struct facts_job *job = composer->job;
    struct wire_array array;
    wire_array_begin(&array, &job->arrays, WIRE_BYTEA);
    for (size_t i = 0; i < job->request->target_count; i++) {
        wire_array_put(&array, bytes_of(job->request->targets[i].at, HASH_BYTES));
    }
    end_call(composer, STATEMENT_FACT_DEVICES, &array, &job->targets_call);
}

/* Each question walks over the whole request, so that the many kinds it does not name are passed over first. */
static void ask_kinds(struct facts_composer *composer, const struct ingest_sql *sql)
{
    struct facts_job *job = composer->job;
    const struct store_facts_request *request = job->request;
    bool is_named[KIND_MAX + 1] = {false};
    for (size_t i = 0; i < request->record_count; i++) {
        is_named[request->records[i].kind] = true;
    }
    for (size_t i = 0; i < request->reference_count; i++) {
        is_named[request->references[i].kind] = true;
    }
    for (size_t i = 0; i < request->removal_count; i++) {
        is_named[request->removals[i].kind] = true;
    }
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        job->record_calls[kind] = FACTS_CALL_NONE;
        job->edge_calls[kind] = FACTS_CALL_NONE;
        job->reference_calls[kind] = FACTS_CALL_NONE;
        job->referrer_calls[kind] = FACTS_CALL_NONE;
        if (is_named[kind]) {
            ask_records(composer, &sql->kinds[kind]);
            ask_edges(composer, &sql->kinds[kind]);
            ask_references(composer, &sql->kinds[kind]);
            ask_referrers(composer, &sql->kinds[kind]);
        }
    }
}

static void ask_records(struct facts_composer *composer, const struct ingest_kind_sql *kind)
{
    struct facts_job *job = composer->job;
    const struct store_facts_request *request = job->request;
    enum record_kind number = kind->schema->kind;
    size_t count = 0;
    for (size_t i = 0; i < request->record_count; i++) {
        count += request->records[i].kind == number ? 1 : 0;
    }
    if (count == 0) {
        return;
    }
    size_t *indexes = arena_zalloc(job->arena, count, sizeof *indexes);
    if (indexes == NULL) {
        composer->err = ERR_TOO_BIG;
        return;
    }
    job->record_calls[number] = add_call(composer, &kind->facts);
    struct wire_array array;
    wire_array_begin(&array, &job->arrays, WIRE_UUID);
    count = 0;
    for (size_t i = 0; i < request->record_count; i++) {
        if (request->records[i].kind == number) {
            wire_array_put_id(&array, &request->records[i].record);
            indexes[count++] = i;
        }
    }
    end_array(composer, job->record_calls[number], &array);
    wire_array_begin(&array, &job->arrays, WIRE_UUID);
    for (size_t i = 0; i < count; i++) {
        wire_array_put_id(&array, &request->records[indexes[i]].base);
    }
    end_array(composer, job->record_calls[number], &array);
    job->record_indexes[number] = indexes;
    job->record_counts[number] = count;
}

static void ask_edges(struct facts_composer *composer, const struct ingest_kind_sql *kind)
{
    struct facts_job *job = composer->job;
    const struct store_facts_request *request = job->request;
    enum record_kind number = kind->schema->kind;
    if (request->wants_edges == NULL || kind->schema->owner.list < 0) {
        return;
    }
    size_t *indexes = arena_zalloc(job->arena, request->record_count, sizeof *indexes);
    if (indexes == NULL) {
        composer->err = ERR_TOO_BIG;
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < request->record_count; i++) {
        if (request->records[i].kind == number && request->wants_edges[i]) {
            indexes[count++] = i;
        }
    }
    if (count == 0) {
        return;
    }
    job->edge_calls[number] = add_call(composer, &kind->edges);
    struct wire_array array;
    wire_array_begin(&array, &job->arrays, WIRE_UUID);
    for (size_t i = 0; i < count; i++) {
        wire_array_put_id(&array, &request->records[indexes[i]].record);
    }
    end_array(composer, job->edge_calls[number], &array);
    job->edge_indexes[number] = indexes;
    job->edge_counts[number] = count;
}

static void ask_references(struct facts_composer *composer, const struct ingest_kind_sql *kind)
{
    struct facts_job *job = composer->job;
    enum record_kind number = kind->schema->kind;
    struct wire_array array;
    if (put_records(composer, number, job->request->references, job->request->reference_count, &array,
                    &job->reference_indexes[number], &job->reference_counts[number])) {
        job->reference_calls[number] = add_call(composer, &kind->exists);
        end_array(composer, job->reference_calls[number], &array);
    }
}

/* Nothing is asked of a group that removes nothing, nor about a kind that no other refers to. */
static void ask_referrers(struct facts_composer *composer, const struct ingest_kind_sql *kind)
{
    struct facts_job *job = composer->job;
    const struct store_facts_request *request = job->request;
    enum record_kind number = kind->schema->kind;
    struct wire_array array;
    if (kind->referrers.sql == NULL ||
        !put_records(composer, number, request->removals, request->removal_count, &array,
                     &job->removal_indexes[number], &job->removal_counts[number])) {
        return;
    }
    int call = add_call(composer, &kind->referrers);
    enum err err = unit_put_int64(&job->unit.calls[call], job->arena, (int64_t)request->record_count + 1);
    composer->err = composer->err == ERR_OK ? err : composer->err;
    end_array(composer, call, &array);
    job->referrer_calls[number] = call;
}

/* The records of one kind as an array, and which of `records` they are. false: there are none, or no memory. */
static bool put_records(struct facts_composer *composer, enum record_kind kind,
                        const struct record_reference *records, size_t record_count, struct wire_array *array,
                        const size_t **ret_indexes, size_t *ret_count)
{
    struct facts_job *job = composer->job;
    size_t count = 0;
    for (size_t i = 0; i < record_count; i++) {
        count += records[i].kind == kind ? 1 : 0;
    }
    size_t *indexes = count > 0 ? arena_zalloc(job->arena, count, sizeof *indexes) : NULL;
    if (indexes == NULL) {
        composer->err = count > 0 ? ERR_TOO_BIG : composer->err;
        return false;
    }
    wire_array_begin(array, &job->arrays, WIRE_UUID);
    count = 0;
    for (size_t i = 0; i < record_count; i++) {
        if (records[i].kind == kind) {
            wire_array_put_id(array, &records[i].record);
            indexes[count++] = i;
        }
    }
    *ret_indexes = indexes;
    *ret_count = count;
    return true;
}

static void ask_ids(struct facts_composer *composer, enum statement_id statement, const struct id *ids,
                    size_t count, int *ret_call)
{
    struct wire_array array;
    wire_array_begin(&array, &composer->job->arrays, WIRE_UUID);
    for (size_t i = 0; i < count; i++) {
        wire_array_put_id(&array, &ids[i]);
    }
    end_call(composer, statement, &array, ret_call);
}

static void ask_numbers(struct facts_composer *composer, const struct ingest_sql *sql)
{
    const struct store_facts_request *request = composer->job->request;
    for (size_t i = 0; i < request->number_count; i++) {
        if (!is_asked_already(composer->job, &request->numbers[i])) {
            ask_numbers_of(composer, sql, i);
        }
    }
}

/* All requests about the same field as the first. */
static void ask_numbers_of(struct facts_composer *composer, const struct ingest_sql *sql, size_t first)
{
    struct facts_job *job = composer->job;
    const struct store_facts_request *request = job->request;
    const struct store_number_key *key = &request->numbers[first];
    REQUIRE(key->kind >= 1 && key->kind <= KIND_MAX);
    const struct ingest_kind_sql *kind = &sql->kinds[key->kind];
    REQUIRE(key->field_index < kind->schema->field_count);
    REQUIRE((kind->schema->fields[key->field_index].flags & FIELD_UNIQUE) != 0);
    size_t *indexes = arena_zalloc(job->arena, request->number_count - first, sizeof *indexes);
    if (indexes == NULL) {
        composer->err = ERR_TOO_BIG;
        return;
    }
    struct facts_number_call *call = &job->number_calls[job->number_call_count++];
    *call = (struct facts_number_call){
        .kind = key->kind, .field_index = key->field_index, .number_indexes = indexes};
    call->call = add_call(composer, &kind->numbers[key->field_index]);
    struct wire_array array;
    bool is_blind = field_is_blind(&kind->schema->fields[key->field_index]);
    wire_array_begin(&array, &job->arrays, is_blind ? WIRE_BYTEA : WIRE_TEXT);
    for (size_t i = first; i < request->number_count; i++) {
        if (request->numbers[i].kind == key->kind && request->numbers[i].field_index == key->field_index) {
            put_number(job, &array, &request->numbers[i]);
            indexes[call->count++] = i;
        }
    }
    end_array(composer, call->call, &array);
}

/* A sealed number is known to the database by its blind index alone. */
static void put_number(struct facts_job *job, struct wire_array *array, const struct store_number_key *number)
{
    const struct field_schema *field = &schema_of(number->kind)->fields[number->field_index];
    uint8_t blind[VAULT_BLIND_BYTES];
    if (field_is_blind(field)) {
        vault_blind(job->sealer.vault, number->kind, field->name, number->text, blind);
        wire_array_put(array, bytes_of(blind, sizeof blind));
    } else {
        wire_array_put(array, number->text);
    }
}

static bool is_asked_already(const struct facts_job *job, const struct store_number_key *key)
{
    for (size_t i = 0; i < job->number_call_count; i++) {
        if (job->number_calls[i].kind == key->kind && job->number_calls[i].field_index == key->field_index) {
            return true;
        }
    }
    return false;
}

static int add_call(struct facts_composer *composer, const struct statement *statement)
{
    (void)unit_call(&composer->job->unit, statement);
    return (int)composer->job->unit.call_count - 1;
}

static void end_array(struct facts_composer *composer, int call, struct wire_array *array)
{
    struct wire_range range;
    enum err err = wire_array_end(array, &range);
    if (composer->err == ERR_OK) {
        composer->err = err;
    }
    if (composer->err != ERR_OK) {
        return;
    }
    REQUIRE(composer->binding_count < sizeof composer->bindings / sizeof composer->bindings[0]);
    composer->bindings[composer->binding_count++] =
        (struct facts_binding){&composer->job->unit.calls[call], range};
}

/* Parameters are bound in the order their arrays were ended. */
static enum err bind_arrays(struct facts_composer *composer)
{
    if (composer->err != ERR_OK) {
        return composer->err;
    }
    for (size_t i = 0; i < composer->binding_count; i++) {
        unit_put_bytes(composer->bindings[i].call,
                       wire_range_bytes(&composer->job->arrays, composer->bindings[i].range));
    }
    return ERR_OK;
}

/* Ancestors of the branches that the first unit named and the request did not. */
static void ask_owners(struct facts_composer *composer)
{
    struct facts_job *job = composer->job;
    struct wire_array array;
    wire_array_begin(&array, &job->arrays, WIRE_UUID);
    for (size_t i = 0; i < job->request->record_count; i++) {
        const struct store_record_fact *record = &job->facts.records[i];
        add_owner(job, &array, &record->owner);
        for (size_t j = 0; j < record->edge_count; j++) {
            add_owner(job, &array, &record->edges[j].to_branch);
        }
    }
    for (size_t i = 0; i < job->facts.number_count; i++) {
        add_owner(job, &array, &job->facts.numbers[i].owner);
    }
    end_call(composer, STATEMENT_FACT_BRANCHES, &array, &job->branches_call);
}

static void ask_refused(struct facts_composer *composer)
{
    struct facts_job *job = composer->job;
    const struct store_facts_request *request = job->request;
    struct wire_array array;
    wire_array_begin(&array, &job->arrays, WIRE_UUID);
    for (size_t i = 0; job->facts.head.is_refilling && i < request->branch_count; i++) {
        add_owner(job, &array, &request->branches[i]);
    }
    for (size_t i = 0; job->facts.head.is_refilling && i < request->reference_count; i++) {
        if (!job->facts.references[i]) {
            wire_array_put_id(&array, &request->references[i].record);
        }
    }
    end_call(composer, STATEMENT_FACT_REFUSED, &array, &job->refused_call);
    if (job->refused_call >= 0) {
        put_devices(job, &array);
        end_array(composer, job->refused_call, &array);
    }
}

static void ask_uncounted(struct facts_composer *composer)
{
    struct facts_job *job = composer->job;
    bool is_unknown = false;
    for (size_t i = 0; i < job->request->record_count; i++) {
        is_unknown = is_unknown || job->facts.records[i].base_state == STORE_BASE_UNKNOWN;
    }
    job->uncounted_call = FACTS_CALL_NONE;
    if (is_unknown) {
        struct wire_array array;
        put_devices(job, &array);
        end_call(composer, STATEMENT_FACT_UNCOUNTED, &array, &job->uncounted_call);
    }
}

static void put_devices(struct facts_job *job, struct wire_array *array)
{
    wire_array_begin(array, &job->arrays, WIRE_BYTEA);
    for (size_t i = 0; i < job->request->submission_count; i++) {
        wire_array_put(array, bytes_of(job->request->submissions[i].device.at, HASH_BYTES));
    }
}

/* The array makes a call, unless it is empty. */
static void end_call(struct facts_composer *composer, enum statement_id statement, struct wire_array *array,
                     int *ret_call)
{
    *ret_call = FACTS_CALL_NONE;
    if (array->err != ERR_OK || array->count > 0) {
        *ret_call = add_call(composer, statement_of(statement));
        end_array(composer, *ret_call, array);
    }
}

static void add_owner(struct facts_job *job, struct wire_array *array, const struct id *owner)
{
    if (!id_is_none(owner) && !facts_has_branch(job, job->branch_count, owner)) {
        wire_array_put_id(array, owner); /* doubles are harmless: the statement makes them one */
    }
}
