/* The model's loop, faults, devices and queries. */
#include "tests/lib/model_store.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"
#include "server/store/store_witness.h"
#include "tests/lib/fault_memory.h"
#include "server/store/store_waiting.h"
#include "tests/lib/model_internal.h"

/* One call that waits for its turn: arguments as given, borrowed like the real store borrows them. */
struct model_call_waiting {
    struct model_call_waiting *next;
    void (*work)(struct store *store, struct model_call_waiting *call);
    void *context;
    struct hash device;
    struct hash hash;
    struct id id;
    struct store_enrolment_request enrolment;
    uint64_t position;
    uint64_t request_number;
    bool is_cancelled;
    const void *argument;
    size_t count;
    struct arena *arena;
    union {
        void (*on_device)(void *context, enum err err, const struct store_device *device,
                          const struct store_head *head);
        void (*on_checkpoint)(void *context, enum err err, const struct store_known_checkpoint *checkpoint);
        void (*on_key)(void *context, enum err err, const uint8_t *public_key);
        void (*on_done)(void *context, enum err err);
        void (*on_enrolment)(void *context, enum err err, enum store_enrolment answer);
        void (*on_facts)(void *context, enum err err, const struct store_facts *facts);
        void (*on_waiting)(void *context, enum err err, const struct store_waiting *waiting,
                           size_t waiting_count);
        void (*on_entry)(void *context, enum err err, const struct store_waiting_entry *entry);
        void (*on_outcomes)(void *context, enum err err, const struct store_decided *decided, size_t count);
        void (*on_committed)(void *context, enum err err, const char *sqlstate);
        void (*on_plain)(void *context);
        void (*on_bodies)(void *context, enum err err, const struct bytes *bodies);
        void (*on_proofs)(void *context, enum err err, const struct store_proof *proofs);
        void (*on_acts)(void *context, enum err err, const struct store_act_entry *acts, size_t act_count);
        void (*on_told)(void *context, enum err err, const struct store_told_checkpoint *told);
        void (*on_answer)(void *context, enum err err, const char *sentence, struct store_answer *answer);
    } callback;
};

static struct model_call_waiting *wait_for(struct store *store,
                                           void (*work)(struct store *store, struct model_call_waiting *call),
                                           void *context);
static const struct model_device *model_device_of_key(const struct store *store,
                                                      const struct hash *spki_hash);
static bool is_key_of(const struct model_device *device, const struct hash *spki_hash);
static void find_device(struct store *store, struct model_call_waiting *call);
static void find_key(struct store *store, struct model_call_waiting *call);
static void find_checkpoint(struct store *store, struct model_call_waiting *call);
static void mark_rolled_back(struct store *store, struct model_call_waiting *call);
static void quarantine(struct store *store, struct model_call_waiting *call);
static void lock_group(struct store *store, struct model_call_waiting *call);
static void find_waiting(struct store *store, struct model_call_waiting *call);
static void find_outcomes(struct store *store, struct model_call_waiting *call);
static void open_group(struct store *store, struct model_call_waiting *call);
static void commit_group(struct store *store, struct model_call_waiting *call);
static void abort_group(struct store *store, struct model_call_waiting *call);
static void find_bodies(struct store *store, struct model_call_waiting *call);
static void find_proofs(struct store *store, struct model_call_waiting *call);
static void run_query(struct store *store, struct model_call_waiting *call);
static void enrol(struct store *store, struct model_call_waiting *call);

struct store *model_store_new(void)
{
    struct store *store = calloc(1, sizeof *store);
    REQUIRE(store != NULL);
    arena_init(&store->arena, MODEL_ARENA_BYTES_MAX);
    memset(store->head.epoch.at, 0xe0, sizeof store->head.epoch.at);
    store->is_ready = true;
    return store;
}

void model_store_free(struct store *store)
{
    if (store == NULL) {
        return;
    }
    REQUIRE(store->first == NULL); /* every call was answered */
    arena_release(&store->arena);
    free(store->entries);
    free(store->versions);
    free(store->waiting_changes);
    free(store->checkpoints);
    free(store);
}

bool model_store_step(struct store *store)
{
    struct model_call_waiting *call = store->first;
    if (call == NULL) {
        return false;
    }
    store->first = call->next;
    store->last = call->next == NULL ? NULL : store->last;
    store->waiting--;
    call->work(store, call);
    free(call);
    return true;
}

void model_store_run(struct store *store)
{
    while (model_store_step(store)) {
    }
}

size_t model_store_waiting(const struct store *store)
{
    return store->waiting;
}

void model_store_add_device(struct store *store, const struct hash *spki_hash,
                            const struct store_device *device)
{
    REQUIRE(store->device_count < MODEL_DEVICES_MAX);
    struct model_device *added = &store->devices[store->device_count++];
    *added = (struct model_device){.spki_hash = *spki_hash, .device = *device, .key_count = 1};
    memcpy(added->keys[0].public_key, device->public_key, sizeof device->public_key);
    added->keys[0].from_sequence = 1;
}

struct store_device *model_store_device(struct store *store, const struct hash *device)
{
    struct model_device *found = model_device(store, device);
    return found == NULL ? NULL : &found->device;
}

struct model_device *model_device(struct store *store, const struct hash *device)
{
    for (size_t i = 0; i < store->device_count; i++) {
        if (hash_equal(&store->devices[i].device.device, device)) {
            return &store->devices[i];
        }
    }
    return NULL;
}

struct store_head *model_store_head(struct store *store)
{
    return &store->head;
}

void model_store_set_ready(struct store *store, bool is_ready)
{
    store->is_ready = is_ready;
}

void model_store_fail(struct store *store, enum model_call call, unsigned countdown, enum err err)
{
    store->faults[call] = (struct model_fault){.countdown = countdown, .err = err};
}

void model_store_lose_commit(struct store *store, unsigned countdown, bool is_stored)
{
    store->faults[MODEL_COMMIT] =
        (struct model_fault){.countdown = countdown, .err = ERR_UNKNOWN_COMMIT, .is_stored = is_stored};
}

void model_store_refuse_record(struct store *store, const struct id *record)
{
    REQUIRE(store->refused_record_count < MODEL_POISONS_MAX);
    store->refused_records[store->refused_record_count++] = *record;
}

void model_store_refuse_facts(struct store *store, const struct id *record)
{
    store->unreadable_record = *record;
}

void model_store_refuse_envelope(struct store *store, const struct hash *envelope_hash)
{
    REQUIRE(store->refused_envelope_count < MODEL_POISONS_MAX);
    store->refused_envelopes[store->refused_envelope_count++] = *envelope_hash;
}

void model_store_set_answer(struct store *store, const struct store_column *columns, size_t column_count,
                            const char *const *cells, size_t row_count)
{
    store->columns = columns;
    store->column_count = column_count;
    store->cells = cells;
    store->row_count = row_count;
}

void model_store_set_answer_bytes(struct store *store, size_t bytes)
{
    store->answer_bytes = bytes;
}

const struct store_query *model_store_last_query(const struct store *store)
{
    return store->last_query;
}

enum err model_fault_due(struct store *store, enum model_call call, bool *ret_is_stored)
{
    struct model_fault *fault = &store->faults[call];
    if (fault->countdown == 0 || --fault->countdown > 0) {
        return ERR_OK;
    }
    if (ret_is_stored != NULL) {
        *ret_is_stored = fault->is_stored;
    }
    return fault->err;
}

/* ---- store.h
 * ------------------------------------------------------------------------------------------------------ */

bool store_is_ready(const struct store *store)
{
    return store->is_ready;
}

void store_find_device(struct store *store, const struct hash *device, const struct hash *spki_hash,
                       void (*on_device)(void *context, enum err err, const struct store_device *device,
                                         const struct store_head *head),
                       void *context)
{
    struct model_call_waiting *call = wait_for(store, find_device, context);
    call->device = device == NULL ? (struct hash){0} : *device;
    call->hash = *spki_hash;
    call->callback.on_device = on_device;
}

void store_find_key(struct store *store, const struct hash *device, uint64_t sequence,
                    void (*on_key)(void *context, enum err err, const uint8_t *public_key), void *context)
{
    struct model_call_waiting *call = wait_for(store, find_key, context);
    call->device = *device;
    call->position = sequence;
    call->callback.on_key = on_key;
}

void store_note_seen(struct store *store, const struct hash *device, int64_t certificate_until_s)
{
    (void)store;
    (void)certificate_until_s;
    (void)device; /* nobody asks the model when a device was here */
}

void store_find_checkpoint(struct store *store, const struct id *epoch, uint64_t size,
                           void (*on_checkpoint)(void *context, enum err err,
                                                 const struct store_known_checkpoint *checkpoint),
                           void *context)
{
    struct model_call_waiting *call = wait_for(store, find_checkpoint, context);
    call->id = *epoch;
    call->position = size;
    call->callback.on_checkpoint = on_checkpoint;
}

void store_mark_rolled_back(struct store *store, void (*on_done)(void *context, enum err err), void *context)
{
    wait_for(store, mark_rolled_back, context)->callback.on_done = on_done;
}

void store_quarantine_device(struct store *store, const struct hash *device,
                             void (*on_done)(void *context, enum err err), void *context)
{
    struct model_call_waiting *call = wait_for(store, quarantine, context);
    call->hash = *device;
    call->callback.on_done = on_done;
}

void store_group_waiting(struct store *store, const struct id *versions, size_t version_count,
                         struct arena *arena,
                         void (*on_waiting)(void *context, enum err err, const struct store_waiting *waiting,
                                            size_t waiting_count),
                         void *context)
{
    struct model_call_waiting *call = wait_for(store, lock_group, context);
    call->argument = versions;
    call->count = version_count;
    call->arena = arena;
    call->callback.on_waiting = on_waiting;
}

void store_enrol(struct store *store, const struct store_enrolment_request *request,
                 void (*on_answer)(void *context, enum err err, enum store_enrolment answer), void *context)
{
    struct model_call_waiting *call = wait_for(store, enrol, context);
    call->enrolment = *request;
    call->callback.on_enrolment = on_answer;
}

void store_group_open(struct store *store, const struct store_facts_request *request, struct arena *arena,
                      void (*on_facts)(void *context, enum err err, const struct store_facts *facts),
                      void *context)
{
    REQUIRE(request->submission_count <= STORE_GROUP_SUBMISSIONS_MAX);
    struct model_call_waiting *call = wait_for(store, open_group, context);
    call->argument = request;
    call->arena = arena;
    call->callback.on_facts = on_facts;
}

void store_group_commit(struct store *store, const struct store_group *group,
                        void (*on_committed)(void *context, enum err err, const char *sqlstate),
                        void *context)
{
    struct model_call_waiting *call = wait_for(store, commit_group, context);
    call->argument = group;
    call->callback.on_committed = on_committed;
}

void store_group_abort(struct store *store, void (*on_aborted)(void *context), void *context)
{
    wait_for(store, abort_group, context)->callback.on_plain = on_aborted;
}

void store_find_bodies(struct store *store, const struct store_record_key *records,
                       const struct hash *devices, size_t record_count, struct arena *arena,
                       void (*on_bodies)(void *context, enum err err, const struct bytes *bodies),
                       void *context)
{
    REQUIRE(devices != NULL); /* who is given them; the model keeps no log of reads */
    struct model_call_waiting *call = wait_for(store, find_bodies, context);
    call->argument = records;
    call->count = record_count;
    call->arena = arena;
    call->callback.on_bodies = on_bodies;
}

void store_find_proofs(struct store *store, const struct store_proof_request *requests, size_t request_count,
                       struct arena *arena,
                       void (*on_proofs)(void *context, enum err err, const struct store_proof *proofs),
                       void *context)
{
    struct model_call_waiting *call = wait_for(store, find_proofs, context);
    call->argument = requests;
    call->count = request_count;
    call->arena = arena;
    call->callback.on_proofs = on_proofs;
}

struct bytes store_answer_cell(const struct store_answer *answer, size_t row_index, size_t column_index)
{
    const char *const *cells = answer->rows;
    const char *cell = cells[row_index * answer->column_count + column_index];
    return cell == NULL ? bytes_of(NULL, 0) : bytes_of_text(cell);
}

void store_answer_free(struct store_answer *answer)
{
    free(answer);
}

void store_query_run(struct store *store, const struct store_query *query, uint64_t *ret_request_number,
                     void (*on_answer)(void *context, enum err err, const char *sentence,
                                       struct store_answer *answer),
                     void *context)
{
    struct model_call_waiting *call = wait_for(store, run_query, context);
    call->argument = query;
    call->callback.on_answer = on_answer;
    call->request_number = ++store->request_number;
    store->last_query = query;
    *ret_request_number = call->request_number;
}

void store_query_cancel(struct store *store, uint64_t request_number)
{
    for (struct model_call_waiting *call = store->first; call != NULL; call = call->next) {
        if (call->work == run_query && call->request_number == request_number) {
            call->is_cancelled = true;
        }
    }
}

void store_find_waiting(struct store *store, const struct hash *device, const struct id *sender,
                        uint64_t from_position, struct arena *arena,
                        void (*on_entry)(void *context, enum err err,
                                         const struct store_waiting_entry *entry),
                        void *context)
{
    REQUIRE(device != NULL); /* who is given the entry; the model keeps no log of reads */
    struct model_call_waiting *call = wait_for(store, find_waiting, context);
    call->id = *sender;
    call->position = from_position;
    call->arena = arena;
    call->callback.on_entry = on_entry;
}

void store_find_outcomes(struct store *store, const struct id *sender, const struct id *versions,
                         size_t version_count, struct arena *arena,
                         void (*on_outcomes)(void *context, enum err err, const struct store_decided *decided,
                                             size_t count),
                         void *context)
{
    struct model_call_waiting *call = wait_for(store, find_outcomes, context);
    REQUIRE(version_count <= STORE_OUTCOMES_MAX);
    call->id = *sender;
    call->argument = versions;
    call->count = version_count;
    call->arena = arena;
    call->callback.on_outcomes = on_outcomes;
}

/* ---- the work, done by model_store_step
 * --------------------------------------------------------------------------- */

static struct model_call_waiting *wait_for(struct store *store,
                                           void (*work)(struct store *store, struct model_call_waiting *call),
                                           void *context)
{
    fault_memory_pause();
    struct model_call_waiting *call = calloc(1, sizeof *call);
    fault_memory_resume();
    REQUIRE(call != NULL);
    call->work = work;
    call->context = context;
    if (store->last == NULL) {
        store->first = call;
    } else {
        store->last->next = call;
    }
    store->last = call;
    store->waiting++;
    return call;
}

static void find_device(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_FIND_DEVICE, NULL);
    const struct model_device *found = hash_is_none(&call->device) ? model_device_of_key(store, &call->hash)
                                                                   : model_device(store, &call->device);
    struct store_device device = {0};
    bool is_present = found != NULL && hash_equal(&found->spki_hash, &call->hash);
    if (err == ERR_OK && found != NULL) {
        device = found->device;
        device.is_former_key = !is_present && is_key_of(found, &call->hash);
    }
    if (err == ERR_OK && !is_present && !device.is_former_key &&
        !(found != NULL && store->head.is_refilling)) {
        err = ERR_NOT_FOUND;
    }
    call->callback.on_device(call->context, err, err == ERR_OK ? &device : NULL, &store->head);
}

static const struct model_device *model_device_of_key(const struct store *store, const struct hash *spki_hash)
{
    for (size_t i = 0; i < store->device_count; i++) {
        if (hash_equal(&store->devices[i].spki_hash, spki_hash)) {
            return &store->devices[i];
        }
    }
    return NULL;
}

static bool is_key_of(const struct model_device *device, const struct hash *spki_hash)
{
    for (size_t i = 0; i < device->key_count; i++) {
        struct hash hash = sign_spki_hash(device->keys[i].public_key);
        if (hash_equal(&hash, spki_hash)) {
            return true;
        }
    }
    return false;
}

static void find_key(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_FIND_DEVICE, NULL);
    const struct model_device *found = model_device(store, &call->device);
    const struct model_key *key = NULL;
    for (size_t i = 0; found != NULL && i < found->key_count; i++) {
        if (found->keys[i].from_sequence <= call->position) {
            key = &found->keys[i];
        }
    }
    if (err == ERR_OK && key == NULL) {
        err = ERR_NOT_FOUND;
    }
    call->callback.on_key(call->context, err, err == ERR_OK ? key->public_key : NULL);
}

static void find_checkpoint(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_FIND_CHECKPOINT, NULL);
    bool is_present = id_equal(&store->head.epoch, &call->id);
    struct store_known_checkpoint checkpoint = {.is_known_epoch = is_present};
    for (size_t i = 0; i < store->entry_count; i++) {
        if (id_equal(&store->entries[i].epoch, &call->id)) {
            checkpoint.is_known_epoch = true;
            checkpoint.kept = store->entries[i].entry.position + 1;
        }
    }
    for (size_t i = 0; i < store->checkpoint_count; i++) {
        const struct model_checkpoint *one = &store->checkpoints[i];
        if (id_equal(&one->epoch, &call->id) && one->size == call->position) {
            checkpoint.note = one->note;
        }
    }
    checkpoint.is_left = checkpoint.is_known_epoch && !is_present;
    checkpoint.log_keys = store->log_keys;
    call->callback.on_checkpoint(call->context, err, err == ERR_OK ? &checkpoint : NULL);
}

static void enrol(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_ENROL, NULL);
    enum store_enrolment answer =
        err == ERR_OK ? model_enrol(store, &call->enrolment) : STORE_ENROLMENT_UNKNOWN;
    call->callback.on_enrolment(call->context, err, answer);
}

static void mark_rolled_back(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_MARK_ROLLED_BACK, NULL);
    store->head.is_rolled_back = store->head.is_rolled_back || err == ERR_OK;
    call->callback.on_done(call->context, err);
}

static void quarantine(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_QUARANTINE, NULL);
    struct store_device *device = model_store_device(store, &call->hash);
    if (err == ERR_OK && device != NULL) {
        device->is_quarantined = true;
    }
    call->callback.on_done(call->context, err);
}

static void lock_group(struct store *store, struct model_call_waiting *call)
{
    REQUIRE(!store->is_group_open && !store->is_group_locked);
    enum err err = model_fault_due(store, MODEL_LOCK, NULL);
    const struct store_waiting *waiting = NULL;
    size_t count = 0;
    if (err == ERR_OK) {
        store->is_group_locked = true;
        fault_memory_pause();
        model_waiting(store, call->argument, call->count, call->arena, &waiting, &count);
        fault_memory_resume();
    }
    call->callback.on_waiting(call->context, err, waiting, count);
}

static void find_waiting(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_FIND_WAITING, NULL);
    struct store_waiting_entry entry = {0};
    if (err == ERR_OK) {
        err = model_waiting_entry(store, &call->id, call->position, call->arena, &entry);
    }
    call->callback.on_entry(call->context, err, err == ERR_OK ? &entry : NULL);
}

static void find_outcomes(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_FIND_WAITING, NULL);
    const struct store_decided *decided = NULL;
    size_t count = 0;
    if (err == ERR_OK) {
        model_decided(store, &call->id, call->argument, call->count, call->arena, &decided, &count);
    }
    call->callback.on_outcomes(call->context, err, decided, count);
}

static void open_group(struct store *store, struct model_call_waiting *call)
{
    REQUIRE(!store->is_group_open);
    store->is_group_locked = false;
    enum err err = model_fault_due(store, MODEL_OPEN, NULL);
    const struct store_facts_request *request = call->argument;
    for (size_t i = 0; i < request->record_count && err == ERR_OK && !id_is_none(&store->unreadable_record);
         i++) {
        err = id_equal(&request->records[i].record, &store->unreadable_record) ? ERR_RULE : ERR_OK;
    }
    if (err != ERR_OK) {
        call->callback.on_facts(call->context, err, NULL);
        return;
    }
    store->is_group_open = true;
    fault_memory_pause();
    struct store_facts *facts = arena_zalloc(call->arena, 1, sizeof *facts);
    REQUIRE(facts != NULL);
    model_facts(store, call->argument, call->arena, facts);
    fault_memory_resume();
    call->callback.on_facts(call->context, ERR_OK, facts);
}

static void commit_group(struct store *store, struct model_call_waiting *call)
{
    REQUIRE(store->is_group_open);
    store->is_group_open = false;
    const struct store_group *group = call->argument;
    bool is_stored = false;
    enum err err = model_fault_due(store, MODEL_COMMIT, &is_stored);
    if ((err == ERR_OK || err == ERR_UNKNOWN_COMMIT) && model_refuses(store, group)) {
        err = ERR_RULE; /* found while writing, before the COMMIT */
        is_stored = false;
    }
    struct bytes note = {0};
    if (err == ERR_OK || err == ERR_UNKNOWN_COMMIT) {
        const struct store_written *written = model_written(group, &store->arena);
        enum err signed_err = group->sign(group->sign_context, written, group->entry_count, &note);
        is_stored = is_stored && signed_err == ERR_OK;
        err = signed_err == ERR_OK ? err : signed_err;
    }
    if (err == ERR_OK || is_stored) {
        fault_memory_pause();
        model_apply(store, group, note);
        fault_memory_resume();
        store->commits++;
    }
    call->callback.on_committed(call->context, err, err == ERR_RULE ? "23514" : NULL);
}

static void abort_group(struct store *store, struct model_call_waiting *call)
{
    REQUIRE(store->is_group_open || store->is_group_locked);
    store->is_group_open = false;
    store->is_group_locked = false;
    call->callback.on_plain(call->context);
}

static void find_proofs(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_FIND_PROOFS, NULL);
    const struct store_proof_request *requests = call->argument;
    fault_memory_pause();
    struct store_proof *proofs = arena_zalloc(call->arena, call->count, sizeof *proofs);
    REQUIRE(proofs != NULL);
    for (size_t i = 0; i < call->count; i++) {
        proofs[i] = model_prove(store, &requests[i]);
    }
    fault_memory_resume();
    call->callback.on_proofs(call->context, err, err == ERR_OK ? proofs : NULL);
}

static void find_bodies(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_FIND_BODIES, NULL);
    const struct store_record_key *records = call->argument;
    fault_memory_pause();
    struct bytes *bodies = arena_zalloc(call->arena, call->count, sizeof *bodies);
    REQUIRE(bodies != NULL);
    for (size_t i = 0; i < call->count; i++) {
        const struct model_version *current = model_current(store, records[i].kind, &records[i].record);
        if (current != NULL && !current->version.is_removal) {
            bodies[i] = arena_copy(call->arena, current->body);
        }
    }
    fault_memory_resume();
    call->callback.on_bodies(call->context, err, err == ERR_OK ? bodies : NULL);
}

static void run_query(struct store *store, struct model_call_waiting *call)
{
    enum err err = call->is_cancelled ? ERR_CANCELLED : model_fault_due(store, MODEL_QUERY, NULL);
    if (err == ERR_OK && store->columns == NULL) {
        err = ERR_NOT_FOUND;
    }
    if (err != ERR_OK) {
        call->callback.on_answer(call->context, err, err == ERR_USAGE ? "unknown dimension" : NULL, NULL);
        return;
    }
    const struct store_query *query = call->argument;
    struct store_answer *answer = calloc(1, sizeof *answer);
    REQUIRE(answer != NULL);
    *answer = (struct store_answer){
        .epoch = store->head.epoch,
        .position = query->has_position ? query->position : store->head.position,
        .definition = query->indicator,
        .definition_hash = hash_of_one(bytes_of_text(query->indicator)),
        .columns = store->columns,
        .column_count = store->column_count,
        .row_count = store->row_count,
        .bytes = store->answer_bytes,
        .rows = (void *)store->cells,
    };
    call->callback.on_answer(call->context, ERR_OK, NULL, answer);
}

/* ---- witnesses: model_witness.c ---- */

static void find_acts(struct store *store, struct model_call_waiting *call)
{
    enum err err = model_fault_due(store, MODEL_FIND_ACTS, NULL);
    const struct store_act_entry *acts = NULL;
    size_t count = 0;
    if (err == ERR_OK) {
        model_find_acts(store, call->position, call->request_number, call->arena, &acts, &count);
    }
    call->callback.on_acts(call->context, err, acts, count);
}

void store_find_acts(struct store *store, uint64_t from, uint64_t below, struct arena *arena,
                     void (*on_acts)(void *context, enum err err, const struct store_act_entry *acts,
                                     size_t act_count),
                     void *context)
{
    struct model_call_waiting *call = wait_for(store, find_acts, context);
    call->position = from;
    call->request_number = below;
    call->arena = arena;
    call->callback.on_acts = on_acts;
}

static void put_cosignature(struct store *store, struct model_call_waiting *call)
{
    struct store_told_checkpoint told = {0};
    enum err err = model_fault_due(store, MODEL_PUT_COSIGNATURE, NULL);
    if (err == ERR_OK) {
        model_put_cosignature(store, call->argument, &told);
    }
    call->callback.on_told(call->context, err, &told);
}

void store_put_cosignature(struct store *store, const struct store_cosignature *cosignature,
                           void (*on_told)(void *context, enum err err,
                                           const struct store_told_checkpoint *told),
                           void *context)
{
    struct model_call_waiting *call = wait_for(store, put_cosignature, context);
    call->argument = cosignature;
    call->callback.on_told = on_told;
}

static void find_seal(struct store *store, struct model_call_waiting *call)
{
    struct store_told_checkpoint told = {0};
    enum err err = model_fault_due(store, MODEL_FIND_SEAL, NULL);
    if (err == ERR_OK) {
        model_find_seal(store, call->position, call->request_number, &told);
    }
    call->callback.on_told(call->context, err, &told);
}

void store_find_seal(struct store *store, uint64_t above, uint64_t up_to,
                     void (*on_told)(void *context, enum err err, const struct store_told_checkpoint *told),
                     void *context)
{
    struct model_call_waiting *call = wait_for(store, find_seal, context);
    call->position = above;
    call->request_number = up_to;
    call->callback.on_told = on_told;
}
