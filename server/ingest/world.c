/* Hash tables over records and versions. One allocation per entry, from the arena. */
#include "server/ingest/world.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/hash_table.h"

struct world_record {
    struct world_key key;
    struct world_state state;
    const struct submission_change *change; /* the newest one applied in this group; NULL: as in the facts */
    const struct submission *offered_by;
    const struct submission *named_by;
    bool is_referred_to; /* asked for as a reference */
    UT_hash_handle hh;
};

struct world_version {
    struct id version;
    const struct verdict *verdict;
    UT_hash_handle hh;
};

/* Room for everything the submissions could ask. */
struct request_room {
    struct store_submission_key *submissions;
    struct store_record_key *records;
    bool *wants_edges;
    struct id *branches;
    struct record_reference *references;
    struct store_number_key *numbers;
    struct record_reference *removals;
};

_Static_assert(sizeof(struct world_key) == sizeof(uint32_t) + ID_BYTES, "hashed as bytes");

static uint32_t judged_count(const struct submission *submission);
static enum err make_room(struct world *world, struct submission *const *submissions, size_t submission_count,
                          struct request_room *room);
static enum err collect_change(struct world *world, const struct submission_change *change,
                               struct request_room *room, struct store_facts_request *request);
static enum err collect_waiting(struct world *world, struct request_room *room,
                                struct store_facts_request *request);
static enum err collect_branch(struct world *world, const struct id *branch, struct request_room *room,
                               struct store_facts_request *request);
static enum err collect_reference(struct world *world, const struct record_reference *reference,
                                  struct request_room *room, struct store_facts_request *request);
static enum err collect_number(struct world *world, const struct store_number_key *number,
                               struct request_room *room, struct store_facts_request *request);
static enum err collect_removal(struct world *world, const struct submission_change *change,
                                struct request_room *room, struct store_facts_request *request);
static enum err load_bases(struct world *world, const struct store_facts *facts);
static enum err load_referrers(struct world *world, const struct store_facts *facts);
static enum err apply_references(struct world *world, const struct submission_change *change);
static enum err apply_branch(struct world *world, const struct submission_change *change);
static struct world_record *find_record(const struct world *world, enum record_kind kind,
                                        const struct id *record);
static struct world_record *find_or_add_record(struct world *world, enum record_kind kind,
                                               const struct id *record);
static bool has_left(const struct submission_change *change, int32_t date);
static bool bears(const struct submission_change *change, const struct store_number_key *number);
static bool refers(const struct submission_change *change, enum record_kind kind, const struct id *record);

void world_init(struct world *world, struct arena *arena)
{
    *world = (struct world){.arena = arena};
    tree_init(&world->tree, arena);
    refused_init(&world->refused, arena);
    bases_init(&world->bases, arena);
    referrers_init(&world->referrers, arena);
    numbers_init(&world->numbers, arena);
    waiting_init(&world->waiting, arena);
}

void world_release(struct world *world)
{
    HASH_CLEAR(hh, world->records);
    HASH_CLEAR(hh, world->versions);
    tree_release(&world->tree);
    refused_release(&world->refused);
    bases_release(&world->bases);
    referrers_release(&world->referrers);
    numbers_release(&world->numbers);
    waiting_release(&world->waiting);
    *world = (struct world){0};
}

enum err world_collect(struct world *world, struct submission *const *submissions, size_t submission_count,
                       const struct store_facts_request **ret_request)
{
    struct request_room room;
    struct store_facts_request *request = arena_zalloc(world->arena, 1, sizeof *request);
    enum err err = request == NULL ? ERR_TOO_BIG : make_room(world, submissions, submission_count, &room);
    if (err == ERR_OK) {
        err = world_collect_targets(world, submissions, submission_count, request);
    }
    if (err != ERR_OK) {
        return err;
    }
    for (size_t i = 0; i < submission_count && err == ERR_OK; i++) {
        const struct submission *submission = submissions[i];
        room.submissions[i] = (struct store_submission_key){.device = submission->envelope.device,
                                                            .sequence = submission->envelope.sequence};
        world->first_record[i] = request->record_count;
        for (uint32_t j = 0; j < judged_count(submission) && err == ERR_OK; j++) {
            if (submission->changes[j].schema != NULL) {
                err = collect_change(world, &submission->changes[j], &room, request);
            }
        }
    }
    if (err == ERR_OK) {
        err = collect_waiting(world, &room, request);
    }
    if (err != ERR_OK) {
        return err;
    }
    request->submissions = room.submissions;
    request->submission_count = submission_count;
    request->records = room.records;
    request->wants_edges = room.wants_edges;
    request->branches = room.branches;
    request->references = room.references;
    request->numbers = room.numbers;
    request->removals = room.removals;
    world->request = request;
    *ret_request = request;
    return ERR_OK;
}

enum err world_load(struct world *world, const struct store_facts *facts)
{
    const struct store_facts_request *request = world->request;
    world->facts = facts;
    /* First what is only referred to: of a record the group changes more is known. */
    for (size_t i = 0; i < request->reference_count; i++) {
        const struct record_reference *reference = &request->references[i];
        find_record(world, reference->kind, &reference->record)->state.exists = facts->references[i];
    }
    for (size_t i = 0; i < request->record_count; i++) {
        const struct store_record_fact *fact = &facts->records[i];
        struct world_record *record =
            find_record(world, request->records[i].kind, &request->records[i].record);
        struct world_state state =
            record->state; /* an edit of the same record may have asked for the edges */
        state.exists = fact->exists;
        state.is_removed = fact->is_removed;
        state.current = fact->current;
        state.has_official_code = fact->has_official_code;
        state.owner = fact->owner;
        state.edges = fact->edge_count > 0 ? fact->edges : state.edges;
        state.edge_count = fact->edge_count > 0 ? fact->edge_count : state.edge_count;
        record->state = state;
    }
    for (size_t i = 0; i < facts->branch_count; i++) {
        if (tree_put(&world->tree, &facts->branches[i]) != ERR_OK) {
            return ERR_TOO_BIG;
        }
    }
    for (size_t i = 0; i < facts->number_count; i++) {
        const struct store_number_fact *fact = &facts->numbers[i];
        REQUIRE(fact->number_index < request->number_count); /* the store answers what was asked */
        if (numbers_add(&world->numbers, &request->numbers[fact->number_index], &fact->record, &fact->owner,
                        fact->left) != ERR_OK) {
            return ERR_TOO_BIG;
        }
    }
    for (size_t i = 0; i < facts->refused_count; i++) {
        if (refused_add(&world->refused, &facts->refused[i].device, &facts->refused[i].record) != ERR_OK) {
            return ERR_TOO_BIG;
        }
    }
    enum err err = load_bases(world, facts);
    return err == ERR_OK ? load_referrers(world, facts) : err;
}

struct world_state world_state_of(const struct world *world, enum record_kind kind, const struct id *record)
{
    const struct world_record *found = find_record(world, kind, record);
    struct world_state state = {0};
    if (found != NULL) {
        state = found->state;
    }
    return state;
}

struct id world_owner_on(const struct world_state *state, int32_t date)
{
    const struct store_edge *edge = tree_edge_on(state->edges, state->edge_count, date);
    return edge == NULL ? state->owner : edge->to_branch;
}

bool world_has(const struct world *world, enum record_kind kind, const struct id *record)
{
    if (kind == KIND_BRANCH) {
        return tree_has(&world->tree, record);
    }
    const struct world_record *found = find_record(world, kind, record);
    return found != NULL && found->state.exists && !found->state.is_removed;
}

bool world_is_used(const struct world *world, enum record_kind kind, const struct id *record)
{
    for (const struct referrer *referrer = referrers_of(&world->referrers, kind, record); referrer != NULL;
         referrer = referrer->next) {
        if (referrer->kind == kind && id_equal(&referrer->record, record)) {
            continue; /* what it says of itself goes with it */
        }
        const struct world_record *found = find_record(world, referrer->kind, &referrer->record);
        if (found == NULL || found->change == NULL || refers(found->change, kind, record)) {
            return true;
        }
    }
    return false;
}

bool world_is_missing(const struct world *world, const struct submission *submission, enum record_kind kind,
                      const struct id *record)
{
    const struct world_record *found = find_record(world, kind, record);
    bool is_offered = found != NULL && found->offered_by == submission;
    return !is_offered && !world_has(world, kind, record) &&
           !refused_has(&world->refused, &submission->envelope.device, record);
}

void world_offer_record(struct world *world, const struct submission *submission,
                        const struct submission_change *change)
{
    find_record(world, change->key.kind, &change->key.record)->offered_by = submission;
}

bool world_name_record(struct world *world, const struct submission *submission, enum record_kind kind,
                       const struct id *record)
{
    struct world_record *named = find_record(world, kind, record);
    if (named->named_by == submission) {
        return false;
    }
    named->named_by = submission;
    return true;
}

/* The number of a record that left goes with the person: whoever took it in bears it. */
enum world_number_use world_number_use(const struct world *world, const struct submission_change *change,
                                       const struct store_number_key *number, int32_t date)
{
    enum world_number_use use = WORLD_NUMBER_FREE;
    if (has_left(change, date)) {
        return use;
    }
    const struct store_edge *edge = tree_edge_on(change->edges, change->edge_count, date);
    struct id sender = {{0}};
    if (edge != NULL) {
        sender = tree_sender_of(&world->tree, &edge->to_branch, date);
    }
    for (const struct number_bearer *bearer = numbers_bearers(&world->numbers, number); bearer != NULL;
         bearer = bearer->next) {
        if (id_equal(&bearer->record, &change->key.record)) {
            continue;
        }
        struct id owner = bearer->owner;
        bool has_gone = bearer->left <= date;
        const struct world_record *record = find_record(world, number->kind, &bearer->record);
        if (record != NULL && record->change != NULL) {
            if (!bears(record->change, number)) {
                continue;
            }
            owner = world_owner_on(&record->state, date);
            has_gone = has_left(record->change, date);
        }
        if (has_gone) {
            continue;
        }
        struct id other = tree_sender_of(&world->tree, &owner, date);
        if (id_equal(&sender, &other)) {
            return WORLD_NUMBER_SAME_SENDER;
        }
        use = WORLD_NUMBER_OTHER_SENDER;
    }
    return use;
}

const struct verdict *world_verdict_of(const struct world *world, const struct id *version)
{
    const struct world_version *found = NULL;
    HASH_FIND(hh, world->versions, version, sizeof *version, found);
    return found == NULL ? NULL : found->verdict;
}

enum err world_note_verdict(struct world *world, const struct id *version, const struct verdict *verdict)
{
    struct world_version *noted = NULL;
    HASH_FIND(hh, world->versions, version, sizeof *version, noted);
    if (noted != NULL) {
        noted->verdict = verdict;
        return ERR_OK;
    }
    noted = arena_zalloc(world->arena, 1, sizeof *noted);
    if (noted == NULL) {
        return ERR_TOO_BIG;
    }
    noted->version = *version;
    noted->verdict = verdict;
    HASH_ADD(hh, world->versions, version, sizeof noted->version, noted);
    return hash_table_added(&noted->hh, world->arena) ? ERR_OK : ERR_TOO_BIG;
}

enum err world_apply(struct world *world, const struct submission_change *change)
{
    struct world_record *record = find_record(world, change->key.kind, &change->key.record);
    struct world_state state = {.exists = true,
                                .is_removed = change->is_removal,
                                .current = change->version,
                                .has_official_code = change->has_official_code,
                                .edges = change->edges,
                                .edge_count = change->edge_count};
    if (change->is_removal && !record->state.is_removed) {
        state.edges = record->state.edges;
        state.edge_count = record->state.edge_count;
        state.owner = record->state.owner;
    }
    record->change = change;
    record->state = state;
    if (apply_references(world, change) != ERR_OK) {
        return ERR_TOO_BIG;
    }
    if (change->key.kind == KIND_BRANCH) {
        return apply_branch(world, change);
    }
    const struct id none = {{0}}; /* a record changed in this group is asked itself */
    for (size_t i = 0; i < change->number_count; i++) {
        if (numbers_add(&world->numbers, &change->numbers[i], &change->key.record, &none, INT32_MAX) !=
            ERR_OK) {
            return ERR_TOO_BIG;
        }
    }
    return ERR_OK;
}

/* Of what is refused whole nothing is asked: the asking may be what the database refuses. */
static uint32_t judged_count(const struct submission *submission)
{
    return submission->changes == NULL || submission->is_incident ? 0 : submission->change_count;
}

static enum err make_room(struct world *world, struct submission *const *submissions, size_t submission_count,
                          struct request_room *room)
{
    size_t changes = 0;
    size_t references = 0;
    size_t numbers = 0;
    size_t removals = 0;
    for (size_t i = 0; i < submission_count; i++) {
        for (uint32_t j = 0; j < judged_count(submissions[i]); j++) {
            changes++;
            references += submissions[i]->changes[j].reference_count;
            numbers += submissions[i]->changes[j].number_count;
            removals += submissions[i]->changes[j].is_removal;
        }
    }
    for (const struct waiting_change *loaded = world->waiting.changes; loaded != NULL;
         loaded = loaded->hh.next) {
        if (loaded->change != NULL) {
            changes++;
            references += loaded->change->reference_count;
            numbers += loaded->change->number_count;
            removals += loaded->change->is_removal;
        }
    }
    struct arena *arena = world->arena;
    room->submissions = arena_zalloc(arena, submission_count, sizeof *room->submissions);
    room->records = arena_zalloc(arena, changes, sizeof *room->records);
    room->wants_edges = arena_zalloc(arena, changes, sizeof *room->wants_edges);
    room->branches = arena_zalloc(arena, references + changes, sizeof *room->branches);
    room->references = arena_zalloc(arena, references, sizeof *room->references);
    room->numbers = arena_zalloc(arena, numbers, sizeof *room->numbers);
    room->removals = arena_zalloc(arena, removals, sizeof *room->removals);
    world->first_record = arena_zalloc(arena, submission_count, sizeof *world->first_record);
    bool has_room = room->submissions != NULL && room->records != NULL && room->wants_edges != NULL &&
                    room->branches != NULL && room->references != NULL && room->numbers != NULL &&
                    room->removals != NULL && world->first_record != NULL;
    return has_room ? ERR_OK : ERR_TOO_BIG;
}

static enum err collect_change(struct world *world, const struct submission_change *change,
                               struct request_room *room, struct store_facts_request *request)
{
    if (find_or_add_record(world, change->key.kind, &change->key.record) == NULL) {
        return ERR_TOO_BIG;
    }
    /* An edit keeps what stood elsewhere; of a removal, or of a new record that exists, whose it is: a member is its last
     * edge's, but a branch may be planned to move. */
    room->wants_edges[request->record_count] =
        change->key.kind == KIND_BRANCH || (!change->is_removal && !id_is_none(&change->key.base));
    room->records[request->record_count++] = change->key;
    enum err err =
        change->key.kind == KIND_BRANCH ? collect_branch(world, &change->key.record, room, request) : ERR_OK;
    for (size_t i = 0; i < change->reference_count && err == ERR_OK; i++) {
        const struct record_reference *reference = &change->references[i];
        err = reference->kind == KIND_BRANCH ? collect_branch(world, &reference->record, room, request)
                                             : collect_reference(world, reference, room, request);
    }
    for (size_t i = 0; i < change->number_count && err == ERR_OK; i++) {
        err = collect_number(world, &change->numbers[i], room, request);
    }
    return err == ERR_OK && change->is_removal ? collect_removal(world, change, room, request) : err;
}

/* What may be approved is judged like what comes now; what may only be turned down has its record known. */
static enum err collect_waiting(struct world *world, struct request_room *room,
                                struct store_facts_request *request)
{
    enum err err = ERR_OK;
    for (struct waiting_change *loaded = world->waiting.changes; loaded != NULL && err == ERR_OK;
         loaded = loaded->hh.next) {
        if (find_or_add_record(world, loaded->key.kind, &loaded->key.record) == NULL) {
            return ERR_TOO_BIG;
        }
        loaded->record_index = request->record_count;
        if (loaded->change != NULL) {
            err = collect_change(world, loaded->change, room, request);
        }
    }
    return err;
}

static enum err collect_branch(struct world *world, const struct id *branch, struct request_room *room,
                               struct store_facts_request *request)
{
    bool is_new = false;
    enum err err = tree_ask(&world->tree, branch, &is_new);
    if (err == ERR_OK && is_new) {
        room->branches[request->branch_count++] = *branch;
    }
    return err;
}

static enum err collect_reference(struct world *world, const struct record_reference *reference,
                                  struct request_room *room, struct store_facts_request *request)
{
    struct world_record *record = find_or_add_record(world, reference->kind, &reference->record);
    if (record == NULL) {
        return ERR_TOO_BIG;
    }
    if (!record->is_referred_to) {
        record->is_referred_to = true;
        room->references[request->reference_count++] = *reference;
    }
    return ERR_OK;
}

static enum err collect_number(struct world *world, const struct store_number_key *key,
                               struct request_room *room, struct store_facts_request *request)
{
    bool is_new = false;
    enum err err = numbers_ask(&world->numbers, key, &is_new);
    if (is_new) {
        room->numbers[request->number_count++] = *key;
    }
    return err;
}

static enum err collect_removal(struct world *world, const struct submission_change *change,
                                struct request_room *room, struct store_facts_request *request)
{
    bool is_new = false;
    enum err err = referrers_ask(&world->referrers, change->key.kind, &change->key.record, &is_new);
    if (err == ERR_OK && is_new) {
        room->removals[request->removal_count++] =
            (struct record_reference){.kind = change->key.kind, .record = change->key.record};
    }
    return err;
}

static enum err load_bases(struct world *world, const struct store_facts *facts)
{
    const struct store_facts_request *request = world->request;
    for (size_t i = 0; i < request->submission_count; i++) {
        size_t end = i + 1 < request->submission_count ? world->first_record[i + 1] : request->record_count;
        for (size_t j = world->first_record[i]; j < end; j++) {
            if (facts->records[j].base_state == STORE_BASE_UNKNOWN &&
                bases_ask(&world->bases, &request->submissions[i].device, &request->records[j].base) !=
                    ERR_OK) {
                return ERR_TOO_BIG;
            }
        }
    }
    for (size_t i = 0; i < facts->uncounted_count; i++) {
        const struct store_uncounted_fact *fact = &facts->uncounted[i];
        bases_note_uncounted(&world->bases, &fact->device, &fact->envelope_hash);
    }
    return ERR_OK;
}

static enum err load_referrers(struct world *world, const struct store_facts *facts)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < facts->referrer_count && err == ERR_OK; i++) {
        const struct store_referrer_fact *fact = &facts->referrers[i];
        REQUIRE(fact->removal_index < world->request->removal_count); /* the store answers what was asked */
        const struct record_reference *removal = &world->request->removals[fact->removal_index];
        err = referrers_add(&world->referrers, removal->kind, &removal->record, fact->kind, &fact->record);
    }
    return err;
}

static enum err apply_references(struct world *world, const struct submission_change *change)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < change->reference_count && err == ERR_OK; i++) {
        const struct record_reference *reference = &change->references[i];
        err = referrers_add(&world->referrers, reference->kind, &reference->record, change->key.kind,
                            &change->key.record);
    }
    return err;
}

static enum err apply_branch(struct world *world, const struct submission_change *change)
{
    if (change->is_removal) {
        tree_remove(&world->tree, &change->key.record);
        return ERR_OK;
    }
    struct store_branch_fact fact = {
        .branch = change->key.record,
        .is_sender = change->is_sender,
        .parents = change->edges,
        .parent_count = change->edge_count,
    };
    return tree_put(&world->tree, &fact);
}

static struct world_record *find_record(const struct world *world, enum record_kind kind,
                                        const struct id *record)
{
    struct world_key key = {.kind = kind, .record = *record};
    struct world_record *found = NULL;
    HASH_FIND(hh, world->records, &key, sizeof key, found);
    return found;
}

static struct world_record *find_or_add_record(struct world *world, enum record_kind kind,
                                               const struct id *record)
{
    struct world_record *found = find_record(world, kind, record);
    if (found == NULL) {
        found = arena_zalloc(world->arena, 1, sizeof *found);
        if (found == NULL) {
            return NULL;
        }
        found->key = (struct world_key){.kind = kind, .record = *record};
        HASH_ADD(hh, world->records, key, sizeof found->key, found);
        if (!hash_table_added(&found->hh, world->arena)) {
            return NULL;
        }
    }
    return found;
}

/* Do all its edges end by the day, without the record having ended? */
static bool has_left(const struct submission_change *change, int32_t date)
{
    bool has_left = change->edge_count > 0 && !change->has_ended;
    for (size_t i = 0; i < change->edge_count; i++) {
        has_left = has_left && change->edges[i].to <= date;
    }
    return has_left;
}

/* A removal bears none. */
static bool bears(const struct submission_change *change, const struct store_number_key *number)
{
    for (size_t i = 0; i < change->number_count; i++) {
        if (change->numbers[i].field_index == number->field_index &&
            bytes_equal(change->numbers[i].text, number->text)) {
            return true;
        }
    }
    return false;
}

/* A removal refers to nothing. */
static bool refers(const struct submission_change *change, enum record_kind kind, const struct id *record)
{
    for (size_t i = 0; i < change->reference_count; i++) {
        if (change->references[i].kind == kind && id_equal(&change->references[i].record, record)) {
            return true;
        }
    }
    return false;
}
