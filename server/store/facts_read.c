/* Reading the results of the units that facts.c makes. */
#include <string.h>

#include "common/base/check.h"
#include "server/store/facts.h"
#include "server/store/verdict_codec.h"

enum { LOG_KEY_COLUMN = 10 /* of queries/fact_devices.sql */ };

static enum err read_devices(struct facts_job *job, int call, const struct unit_result *unit, size_t count,
                             const struct store_device **ret_devices);
static enum err read_journalled(struct facts_job *job, const PGresult *result);
static enum err read_journalled_row(struct facts_job *job, const PGresult *result, int row,
                                    struct store_journalled *ret_found);
static enum err read_keys(struct facts_job *job, const PGresult *result);
static enum err read_key(struct facts_job *job, const PGresult *result, int row,
                         const struct vault_device_key *before, struct vault_device_key *ret_key);
static enum err read_records(struct facts_job *job, enum record_kind kind, const PGresult *result);
static enum err read_edges(struct facts_job *job, enum record_kind kind, const PGresult *result);
static struct store_edge read_edge(const PGresult *result, int row, int column);
static enum err read_record_row(const PGresult *result, int row, struct store_record_fact *ret_fact);
static enum err read_branches(struct facts_job *job, const PGresult *result);
static enum err read_references(struct facts_job *job, const struct unit_result *result);
static enum err read_refused(struct facts_job *job, const PGresult *result);
static enum err read_uncounted(struct facts_job *job, const PGresult *result);
static enum err read_numbers(struct facts_job *job, const struct unit_result *result);
static enum err read_referrers(struct facts_job *job, const struct unit_result *result);
static bool read_index(const PGresult *result, int row, size_t count, size_t *ret_index);

enum err facts_read(struct facts_job *job, const struct unit_result *result)
{
    const PGresult *head = result->results[job->head_call];
    if (PQntuples(head) != 1) {
        return ERR_DATABASE;
    }
    facts_read_head(head, 0, 0, &job->facts.head);
    job->facts.tree.state = result_hash(head, 0, 6);
    if (merkle_frontier_decode(job->facts.head.position, result_bytes(head, 0, 5),
                               &job->facts.tree.frontier) != ERR_OK) {
        return ERR_DATABASE;
    }
    enum err err =
        read_devices(job, job->devices_call, result, job->request->submission_count, &job->facts.devices);
    if (err == ERR_OK) {
        err = read_devices(job, job->targets_call, result, job->request->target_count, &job->facts.targets);
    }
    if (err == ERR_OK) {
        err = read_journalled(job, job->journalled_call < 0 ? NULL : result->results[job->journalled_call]);
    }
    if (err == ERR_OK && job->keys_call >= 0) {
        err = read_keys(job, result->results[job->keys_call]);
    }
    struct store_record_fact *records =
        arena_zalloc(job->arena, job->request->record_count + 1, sizeof *records);
    if (err == ERR_OK && records == NULL) {
        err = ERR_TOO_BIG;
    }
    job->facts.records = records;
    for (int kind = 1; kind <= KIND_MAX && err == ERR_OK; kind++) {
        if (job->record_calls[kind] >= 0) {
            err = read_records(job, (enum record_kind)kind, result->results[job->record_calls[kind]]);
        }
        if (job->edge_calls[kind] >= 0 && err == ERR_OK) {
            err = read_edges(job, (enum record_kind)kind, result->results[job->edge_calls[kind]]);
        }
    }
    if (err == ERR_OK && job->branches_call >= 0) {
        err = read_branches(job, result->results[job->branches_call]);
    }
    if (err == ERR_OK) {
        err = read_references(job, result);
    }
    if (err == ERR_OK) {
        err = read_numbers(job, result);
    }
    return err == ERR_OK ? read_referrers(job, result) : err;
}

enum err facts_read_missing(struct facts_job *job, const struct unit_result *result)
{
    enum err err = job->branches_call < 0 ? ERR_OK : read_branches(job, result->results[job->branches_call]);
    if (err == ERR_OK && job->refused_call >= 0) {
        err = read_refused(job, result->results[job->refused_call]);
    }
    if (err == ERR_OK && job->uncounted_call >= 0) {
        err = read_uncounted(job, result->results[job->uncounted_call]);
    }
    return err;
}

enum err facts_read_device(const PGresult *result, int row, int column, struct store_device *ret_device)
{
    struct store_device device = {0};
    struct bytes role = result_bytes(result, row, column + 3);
    struct bytes key = result_bytes(result, row, column + 4);
    char role_name[16] = "";
    if (role.len >= sizeof role_name || key.len != sizeof device.public_key) {
        return ERR_DATABASE;
    }
    memcpy(role_name, role.at, role.len);
    memcpy(device.public_key, key.at, key.len);
    device.device = result_hash(result, row, column);
    device.sender = result_id(result, row, column + 1);
    device.is_province = result_boolean(result, row, column + 2);
    device.role = role_of_name(role_name);
    device.last_sequence = (uint64_t)result_int64(result, row, column + 5);
    device.last_envelope_hash = result_hash(result, row, column + 6);
    device.is_quarantined = result_boolean(result, row, column + 7);
    device.is_revoked = result_boolean(result, row, column + 8);
    if (device.role == ROLE_COUNT) {
        return ERR_DATABASE;
    }
    *ret_device = device;
    return ERR_OK;
}

void facts_read_head(const PGresult *result, int row, int column, struct store_head *ret_head)
{
    ret_head->epoch = result_id(result, row, column);
    ret_head->position = (uint64_t)result_int64(result, row, column + 1);
    ret_head->server_time_ms = result_int64(result, row, column + 2);
    ret_head->is_rolled_back = result_boolean(result, row, column + 3);
    ret_head->is_refilling = result_boolean(result, row, column + 4);
}

/* Of the submissions, or those that acts are about. */
static enum err read_devices(struct facts_job *job, int call, const struct unit_result *unit, size_t count,
                             const struct store_device **ret_devices)
{
    const PGresult *result = call < 0 ? NULL : unit->results[call];
    struct store_device *devices = arena_zalloc(job->arena, count + 1, sizeof *devices);
    if (devices == NULL) {
        return ERR_TOO_BIG;
    }
    *ret_devices = devices;
    for (int row = 0; result != NULL && row < PQntuples(result); row++) {
        size_t index;
        if (!read_index(result, row, count, &index)) {
            return ERR_DATABASE;
        }
        struct bytes log_key = result_bytes(result, row, LOG_KEY_COLUMN);
        enum err err = facts_read_device(result, row, 1, &devices[index]);
        if (err != ERR_OK || (log_key.at != NULL && log_key.len != sizeof job->facts.log_key)) {
            return err == ERR_OK ? ERR_DATABASE : err;
        }
        if (log_key.at != NULL) {
            job->facts.has_log_key = true;
            memcpy(job->facts.log_key, log_key.at, sizeof job->facts.log_key);
        }
    }
    return ERR_OK;
}

static enum err read_journalled(struct facts_job *job, const PGresult *result)
{
    size_t count = job->request->submission_count;
    struct store_journalled *journalled = arena_zalloc(job->arena, count + 1, sizeof *journalled);
    if (journalled == NULL) {
        return ERR_TOO_BIG;
    }
    job->facts.journalled = journalled;
    for (int row = 0; result != NULL && row < PQntuples(result); row++) {
        size_t index;
        if (!read_index(result, row, count, &index)) {
            return ERR_DATABASE;
        }
        enum err err = read_journalled_row(job, result, row, &journalled[index]);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

static enum err read_journalled_row(struct facts_job *job, const PGresult *result, int row,
                                    struct store_journalled *ret_found)
{
    struct bytes signature = result_bytes(result, row, 9);
    if (signature.len != sizeof ret_found->signature) {
        return ERR_DATABASE;
    }
    struct store_journalled found = {.is_found = true};
    enum err err = verdict_decode(result_bytes(result, row, 7), job->arena, &found.verdicts,
                                  &found.verdict_indexes, &found.verdict_count);
    if (err != ERR_OK) {
        return err == ERR_TOO_BIG ? ERR_TOO_BIG : ERR_DATABASE;
    }
    found.epoch = result_id(result, row, 1);
    found.position = (uint64_t)result_int64(result, row, 2);
    found.server_time_ms = result_int64(result, row, 3);
    found.envelope_hash = result_hash(result, row, 4);
    found.change_count = (uint32_t)result_int64(result, row, 5);
    found.is_unreadable = result_boolean(result, row, 6);
    found.leaf = result_hash(result, row, 8);
    memcpy(found.signature, signature.at, signature.len);
    *ret_found = found;
    return ERR_OK;
}

/* Devices of one sender stand together and share its key; where it has none, one is made. */
static enum err read_keys(struct facts_job *job, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    struct vault_device_key *keys = arena_zalloc(job->arena, count + 1, sizeof *keys);
    enum err err = keys == NULL ? ERR_TOO_BIG : ERR_OK;
    vault_trim(job->sealer.vault);
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = read_key(job, result, (int)i, i > 0 ? &keys[i - 1] : NULL, &keys[i]);
    }
    job->sealer.keys = keys;
    job->sealer.key_count = err == ERR_OK ? count : 0;
    return err;
}

static enum err read_key(struct facts_job *job, const PGresult *result, int row,
                         const struct vault_device_key *before, struct vault_device_key *ret_key)
{
    struct vault *vault = job->sealer.vault;
    struct bytes wrapped = result_bytes(result, row, 3);
    struct vault_device_key key = {.device = result_hash(result, row, 0),
                                   .sender = result_id(result, row, 1),
                                   .number = (uint32_t)result_int64(result, row, 2)};
    enum err err = vault_follow_master(vault, result_bytes(result, row, 4));
    if (err == ERR_OK && wrapped.at != NULL) {
        err = vault_add_key(vault, key.number, &key.sender, wrapped);
    } else if (err == ERR_OK && (before == NULL || before->number != key.number)) {
        key.is_new = true;
        err = vault_make_key(vault, key.number, &key.sender, key.wrapped);
    }
    *ret_key = key;
    return err;
}

static enum err read_records(struct facts_job *job, enum record_kind kind, const PGresult *result)
{
    struct store_record_fact *records =
        (struct store_record_fact *)job->facts.records; /* ours, see facts_read */
    for (int row = 0; row < PQntuples(result); row++) {
        size_t index;
        if (!read_index(result, row, job->record_counts[kind], &index)) {
            return ERR_DATABASE;
        }
        enum err err = read_record_row(result, row, &records[job->record_indexes[kind][index]]);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* Rows of one record stand together. */
static enum err read_edges(struct facts_job *job, enum record_kind kind, const PGresult *result)
{
    struct store_record_fact *records =
        (struct store_record_fact *)job->facts.records; /* ours, see facts_read */
    struct store_edge *edges = arena_zalloc(job->arena, (size_t)PQntuples(result) + 1, sizeof *edges);
    if (edges == NULL) {
        return ERR_TOO_BIG;
    }
    for (int row = 0; row < PQntuples(result); row++) {
        size_t index;
        if (!read_index(result, row, job->edge_counts[kind], &index)) {
            return ERR_DATABASE;
        }
        struct store_record_fact *record = &records[job->edge_indexes[kind][index]];
        edges[row] = read_edge(result, row, 2);
        record->edges = record->edge_count == 0 ? &edges[row] : record->edges;
        record->edge_count++;
    }
    return ERR_OK;
}

/* Columns branch, from, to. */
static struct store_edge read_edge(const PGresult *result, int row, int column)
{
    return (struct store_edge){
        .to_branch = result_id(result, row, column),
        .from = result_bytes(result, row, column + 1).at == NULL ? INT32_MIN
                                                                 : result_date(result, row, column + 1),
        .to = result_bytes(result, row, column + 2).at == NULL ? INT32_MAX
                                                               : result_date(result, row, column + 2),
    };
}

static enum err read_record_row(const PGresult *result, int row, struct store_record_fact *ret_fact)
{
    int64_t state = result_int64(result, row, 6);
    int64_t code = result_int64(result, row, 7);
    struct bytes rule = result_bytes(result, row, 8);
    if (state < STORE_BASE_NONE || state > STORE_BASE_UNKNOWN || rule.len >= RULE_ID_BYTES_MAX ||
        code < VERDICT_APPLIED || code > VERDICT_REFUSED) {
        return ERR_DATABASE;
    }
    struct store_record_fact fact = {0};
    fact.exists = result_boolean(result, row, 1);
    fact.is_removed = result_boolean(result, row, 2);
    fact.current = result_id(result, row, 3);
    fact.since = (uint64_t)result_int64(result, row, 4);
    fact.owner = result_id(result, row, 5);
    fact.has_official_code = result_boolean(result, row, 9);
    fact.base_state = (enum store_base_state)state;
    if (fact.base_state == STORE_BASE_REFUSED) {
        fact.base_code = (enum verdict_code)code;
        memcpy(fact.base_rule, rule.at, rule.len);
    }
    *ret_fact = fact;
    return ERR_OK;
}

/* Rows of one branch stand together, branches in id order: each run of rows is one branch with its edges. */
static enum err read_branches(struct facts_job *job, const PGresult *result)
{
    size_t row_count = (size_t)PQntuples(result);
    size_t old_count = job->branch_count;
    struct store_branch_fact *branches =
        arena_zalloc(job->arena, old_count + row_count + 1, sizeof *branches);
    struct store_edge *edges = arena_zalloc(job->arena, row_count + 1, sizeof *edges);
    if (branches == NULL || edges == NULL) {
        return ERR_TOO_BIG;
    }
    if (old_count > 0) {
        memcpy(branches, job->branches, old_count * sizeof *branches);
    }
    size_t count = old_count;
    size_t edge_count = 0;
    for (int row = 0; row < (int)row_count; row++) {
        struct id branch = result_id(result, row, 0);
        if (facts_has_branch(job, old_count, &branch)) {
            continue;
        }
        if (count == old_count || !id_equal(&branches[count - 1].branch, &branch)) {
            branches[count++] = (struct store_branch_fact){.branch = branch,
                                                           .is_sender = result_boolean(result, row, 1),
                                                           .is_province = result_boolean(result, row, 2),
                                                           .parents = &edges[edge_count]};
        }
        if (result_bytes(result, row, 3).at == NULL) {
            continue;
        }
        edges[edge_count++] = read_edge(result, row, 3);
        branches[count - 1].parent_count++;
    }
    job->branches = branches;
    job->branch_count = count;
    job->facts.branches = branches;
    job->facts.branch_count = count;
    return ERR_OK;
}

static enum err read_references(struct facts_job *job, const struct unit_result *result)
{
    bool *references = arena_zalloc(job->arena, job->request->reference_count + 1, sizeof *references);
    if (references == NULL) {
        return ERR_TOO_BIG;
    }
    for (int kind = 1; kind <= KIND_MAX; kind++) {
        int call = job->reference_calls[kind];
        const PGresult *rows = call < 0 ? NULL : result->results[call];
        for (int row = 0; rows != NULL && row < PQntuples(rows); row++) {
            size_t index;
            if (!read_index(rows, row, job->reference_counts[kind], &index)) {
                return ERR_DATABASE;
            }
            references[job->reference_indexes[kind][index]] = true;
        }
    }
    job->facts.references = references;
    return ERR_OK;
}

static enum err read_refused(struct facts_job *job, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    struct store_refused_fact *refused = arena_zalloc(job->arena, count + 1, sizeof *refused);
    if (refused == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < count; i++) {
        refused[i].record = result_id(result, (int)i, 0);
        refused[i].device = result_hash(result, (int)i, 1);
    }
    job->facts.refused = refused;
    job->facts.refused_count = count;
    return ERR_OK;
}

static enum err read_uncounted(struct facts_job *job, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    struct store_uncounted_fact *uncounted = arena_zalloc(job->arena, count + 1, sizeof *uncounted);
    if (uncounted == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < count; i++) {
        uncounted[i].device = result_hash(result, (int)i, 0);
        uncounted[i].envelope_hash = result_hash(result, (int)i, 1);
    }
    job->facts.uncounted = uncounted;
    job->facts.uncounted_count = count;
    return ERR_OK;
}

static enum err read_numbers(struct facts_job *job, const struct unit_result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < job->number_call_count; i++) {
        count += (size_t)PQntuples(result->results[job->number_calls[i].call]);
    }
    struct store_number_fact *numbers = arena_zalloc(job->arena, count + 1, sizeof *numbers);
    if (numbers == NULL) {
        return ERR_TOO_BIG;
    }
    size_t filled = 0;
    for (size_t i = 0; i < job->number_call_count; i++) {
        const struct facts_number_call *call = &job->number_calls[i];
        const PGresult *rows = result->results[call->call];
        for (int row = 0; row < PQntuples(rows); row++) {
            size_t index;
            if (!read_index(rows, row, call->count, &index)) {
                return ERR_DATABASE;
            }
            bool has_left = result_bytes(rows, row, 3).at != NULL;
            numbers[filled++] =
                (struct store_number_fact){.number_index = call->number_indexes[index],
                                           .record = result_id(rows, row, 1),
                                           .owner = result_id(rows, row, 2),
                                           .left = has_left ? result_date(rows, row, 3) : INT32_MAX};
        }
    }
    job->facts.numbers = numbers;
    job->facts.number_count = count;
    return ERR_OK;
}

static enum err read_referrers(struct facts_job *job, const struct unit_result *result)
{
    size_t count = 0;
    for (int kind = 1; kind <= KIND_MAX; kind++) {
        int call = job->referrer_calls[kind];
        count += call < 0 ? 0 : (size_t)PQntuples(result->results[call]);
    }
    struct store_referrer_fact *referrers = arena_zalloc(job->arena, count + 1, sizeof *referrers);
    if (referrers == NULL) {
        return ERR_TOO_BIG;
    }
    size_t filled = 0;
    for (int kind = 1; kind <= KIND_MAX; kind++) {
        const PGresult *rows =
            job->referrer_calls[kind] < 0 ? NULL : result->results[job->referrer_calls[kind]];
        for (int row = 0; rows != NULL && row < PQntuples(rows); row++) {
            size_t index;
            if (!read_index(rows, row, job->removal_counts[kind], &index)) {
                return ERR_DATABASE;
            }
            referrers[filled++] = (struct store_referrer_fact){job->removal_indexes[kind][index],
                                                               (enum record_kind)result_int64(rows, row, 1),
                                                               result_id(rows, row, 2)};
        }
    }
    job->facts.referrers = referrers;
    job->facts.referrer_count = count;
    return ERR_OK;
}

/* Column 0 is an index into the array that was asked. */
static bool read_index(const PGresult *result, int row, size_t count, size_t *ret_index)
{
    int64_t index = result_int64(result, row, 0);
    if (index < 0 || (uint64_t)index >= count) {
        return false;
    }
    *ret_index = (size_t)index;
    return true;
}
