/* Sequence first (is it the device's next one?), then the verdicts, then the entry. */
#include "server/ingest/judge.h"

#include <string.h>

#include "common/base/check.h"
#include "common/wire/state_digest.h"
#include "common/record/date.h"
#include "server/ingest/check.h"
#include "server/ingest/decide.h"
#include "server/ingest/judge_private.h"

static enum err judge_member(struct judge *judge, size_t member_index);
static bool find_late(struct judge *judge, size_t *member_index);
static bool judge_sequence(struct judge *judge, size_t member_index, struct device_state *device,
                           struct judged *judged);
static bool judge_repeat(struct judge *judge, size_t member_index, struct device_state *device,
                         struct judged *judged);
static bool opens_epoch(const struct submission *submission);
static bool may_submit(enum role role, uint16_t content);
static void fail(struct judged *judged, enum err err);
static void fail_cloned(struct judged *judged, struct device_state *device);
static struct device_state *device_of(struct judge *judge, size_t member_index);
static bool is_base_missing(const struct judge *judge, size_t member_index);
static enum err judge_items(struct judge *judge, size_t member_index, struct verdict *verdicts);
static enum err refuse_whole(struct judge *judge, const struct submission *submission, const char *rule,
                             struct verdict *verdicts);
static enum err judge_changes(struct judge *judge, size_t member_index, const struct check_context *context,
                              struct verdict *verdicts);
static enum err add_waiting(struct judge *judge, const struct check_context *context, uint32_t index,
                            const struct store_record_fact *fact);
static const char *refusal_of_whole(const struct submission *submission, const struct store_device *device);
static enum err add_entry(struct judge *judge, size_t member_index, const struct verdict *verdicts);
static enum err grow_tree(struct judge *judge);
static size_t collect_nodes(const struct merkle_batch *tree, struct store_tree_node *nodes);
static enum err list_verdicts(struct judge *judge, const struct submission *submission,
                              const struct verdict *verdicts, struct store_entry *entry);

enum err judge_group(struct world *world, struct submission *const *members, size_t member_count,
                     int64_t now_ms, struct judgement *ret_judgement)
{
    const struct store_facts *facts = world->facts;
    size_t changes = 0;
    for (size_t i = 0; i < member_count; i++) {
        changes += members[i]->change_count;
    }
    size_t waiting = changes + world->waiting_loaded_count; /* each ends once at most */
    struct judgement judgement = {
        .judged = arena_zalloc(world->arena, member_count, sizeof *judgement.judged),
        .entries = arena_zalloc(world->arena, member_count, sizeof *judgement.entries),
    };
    struct judge judge = {
        .world = world,
        .facts = facts,
        .members = members,
        .member_count = member_count,
        .judgement = &judgement,
        .versions = arena_zalloc(world->arena, waiting, sizeof *judge.versions),
        .waiting = arena_zalloc(world->arena, changes, sizeof *judge.waiting),
        .outcomes = arena_zalloc(world->arena, waiting, sizeof *judge.outcomes),
        .acts = arena_zalloc(world->arena, STORE_GROUP_ACTS_MAX, sizeof *judge.acts),
        .devices = arena_zalloc(world->arena, member_count, sizeof *judge.devices),
    };
    if (judgement.judged == NULL || judgement.entries == NULL || judge.versions == NULL ||
        judge.waiting == NULL || judge.outcomes == NULL || judge.acts == NULL || judge.devices == NULL) {
        return ERR_TOO_BIG;
    }
    struct store_group *group = &judgement.group;
    group->server_time_ms = now_ms > facts->head.server_time_ms ? now_ms : facts->head.server_time_ms;
    group->head_after = facts->head;
    group->state_after = facts->tree.state;
    group->entries = judgement.entries;
    group->versions = judge.versions;
    group->waiting = judge.waiting;
    group->outcomes = judge.outcomes;
    group->acts = judge.acts;
    judgement.today = date_of_moment(group->server_time_ms);
    for (size_t i = 0; i < member_count; i++) {
        enum err err = judge_member(&judge, i);
        for (size_t late = i; err == ERR_OK && find_late(&judge, &late);) {
            err = judge_member(&judge, late);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    if (group->entry_count > 0) {
        group->head_after.server_time_ms = group->server_time_ms;
        enum err err = grow_tree(&judge);
        if (err != ERR_OK) {
            return err;
        }
    }
    *ret_judgement = judgement;
    return ERR_OK;
}

static enum err judge_member(struct judge *judge, size_t member_index)
{
    struct submission *submission = judge->members[member_index];
    struct judged *judged = &judge->judgement->judged[member_index];
    struct device_state *device = device_of(judge, member_index);
    if (judge_repeat(judge, member_index, device, judged) ||
        judge_sequence(judge, member_index, device, judged)) {
        return ERR_OK;
    }
    submission_set_today(submission, judge->judgement->today);
    if (judge->facts->head.is_refilling && !submission->is_incident && is_base_missing(judge, member_index)) {
        fail(judged, ERR_BASE_MISSING);
        return ERR_OK;
    }
    struct verdict *verdicts = arena_zalloc(judge->world->arena, submission->change_count, sizeof *verdicts);
    if (verdicts == NULL) {
        return ERR_TOO_BIG;
    }
    enum err err = judge_items(judge, member_index, verdicts);
    if (err == ERR_OK) {
        err = add_entry(judge, member_index, verdicts);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (submission->is_unreadable && submission->change_count == 0) {
        bases_note_uncounted(&judge->world->bases, &submission->envelope.device, &submission->envelope_hash);
    }
    for (uint32_t i = 0; submission->acts != NULL && i < submission->change_count; i++) {
        if (verdicts[i].code == VERDICT_APPLIED && submission->acts[i].effect.kind == STORE_ACT_KEY) {
            memcpy(device->public_key, submission->acts[i].effect.public_key, SIGN_PUBLIC_KEY_BYTES);
        }
    }
    judged->kind = JUDGED_ENTRY;
    judged->entry_index = judge->judgement->group.entry_count - 1;
    device->last_sequence = submission->envelope.sequence;
    device->last_envelope_hash = submission->envelope_hash;
    return ERR_OK;
}

/* Is there an entry of this (device, sequence) already? Then that is the answer, for ever. */
static bool judge_repeat(struct judge *judge, size_t member_index, struct device_state *device,
                         struct judged *judged)
{
    const struct submission *submission = judge->members[member_index];
    const struct store_journalled *journalled = &judge->facts->journalled[member_index];
    const struct hash *found = journalled->is_found ? &journalled->envelope_hash : NULL;
    for (size_t i = 0; i < judge->judgement->group.entry_count && found == NULL; i++) {
        const struct store_entry *entry = &judge->judgement->entries[i];
        if (entry->sequence == submission->envelope.sequence &&
            hash_equal(&entry->device, &submission->envelope.device)) {
            found = &entry->envelope_hash;
            judged->entry_index = i;
        }
    }
    if (found == NULL) {
        return false;
    }
    if (!hash_equal(found, &submission->envelope_hash)) {
        fail_cloned(judged, device);
        return true;
    }
    judged->kind = JUDGED_REPEAT;
    judged->journalled = journalled->is_found ? journalled : NULL;
    return true;
}

/* The member just judged may have filled the gap before one that came too early: is there such a one? */
static bool find_late(struct judge *judge, size_t *member_index)
{
    const struct device_state *device = device_of(judge, *member_index);
    if (judge->judgement->judged[*member_index].kind != JUDGED_ENTRY) {
        return false;
    }
    for (size_t i = 0; i < judge->member_count; i++) { /* those not judged yet bear no error */
        const struct judged *judged = &judge->judgement->judged[i];
        const struct envelope *envelope = &judge->members[i]->envelope;
        if (judged->kind == JUDGED_ERROR && judged->err == ERR_BAD_SEQUENCE &&
            hash_equal(&envelope->device, &device->device->device) &&
            envelope->sequence == device->last_sequence + 1) {
            *member_index = i;
            return true;
        }
    }
    return false;
}

/* True: it cannot be journalled now. */
static bool judge_sequence(struct judge *judge, size_t member_index, struct device_state *device,
                           struct judged *judged)
{
    const struct envelope *envelope = &judge->members[member_index]->envelope;
    if (hash_is_none(&device->device->device) || device->device->is_revoked) {
        fail(judged, ERR_UNAUTHORISED);
    } else if (device->is_quarantined) {
        fail(judged, ERR_CLONED);
    } else if (!may_submit(device->device->role, envelope->content)) {
        fail(judged, ERR_FORBIDDEN);
    } else if (judge->facts->head.is_rolled_back && !opens_epoch(judge->members[member_index])) {
        fail(judged, ERR_ROLLED_BACK); /* another entry would make a second journal of the same name */
    } else if (envelope->sequence != device->last_sequence + 1) {
        fail(judged, ERR_BAD_SEQUENCE);
    } else if (!hash_equal(&envelope->previous, &device->last_envelope_hash)) {
        fail_cloned(judged, device); /* it goes on from another submission than the one journalled */
    } else if (memcmp(device->public_key, judge->members[member_index]->signer, SIGN_PUBLIC_KEY_BYTES) != 0) {
        fail(judged, ERR_BAD_SIGNATURE); /* by a key that the device has left, in this group or just before */
    } else {
        return false;
    }
    return true;
}

/* Is it the act that goes on under a new name? */
static bool opens_epoch(const struct submission *submission)
{
    return submission->envelope.content == ENVELOPE_CONTENT_ACTS && submission->acts != NULL &&
           submission->change_count > 0 && submission->acts[0].is_readable &&
           submission->acts[0].effect.kind == STORE_ACT_EPOCH;
}

/* Who may write at all is never stopped: what is not his to submit is journalled and refused item by item. */
static bool may_submit(enum role role, uint16_t content)
{
    return role_is_in(role, role_of_content(content)) || role_is_in(role, ROLES_WRITER);
}

static void fail(struct judged *judged, enum err err)
{
    *judged = (struct judged){.kind = JUDGED_ERROR, .err = err};
}

static void fail_cloned(struct judged *judged, struct device_state *device)
{
    fail(judged, ERR_CLONED);
    judged->must_quarantine = !device->is_quarantined;
    device->is_quarantined = true;
}

static struct device_state *device_of(struct judge *judge, size_t member_index)
{
    const struct store_device *device = &judge->facts->devices[member_index];
    for (size_t i = 0; i < judge->device_count; i++) {
        if (hash_equal(&judge->devices[i].device->device, &device->device)) {
            return &judge->devices[i];
        }
    }
    struct device_state *state = &judge->devices[judge->device_count++];
    *state = (struct device_state){.device = device,
                                   .last_sequence = device->last_sequence,
                                   .last_envelope_hash = device->last_envelope_hash,
                                   .is_quarantined = device->is_quarantined};
    memcpy(state->public_key, device->public_key, SIGN_PUBLIC_KEY_BYTES);
    return state;
}

static bool is_base_missing(const struct judge *judge, size_t member_index)
{
    const struct submission *submission = judge->members[member_index];
    const struct store_record_fact *fact = &judge->facts->records[judge->world->first_record[member_index]];
    for (uint32_t i = 0; submission->changes != NULL && i < submission->change_count; i++) {
        if (submission->changes[i].is_hash_alone) {
            return true; /* its act may still be issued again: refused now, what it left would be lost for ever */
        }
        if (submission->changes[i].schema != NULL &&
            check_is_base_missing(judge->world, submission, &submission->changes[i], fact++)) {
            return true;
        }
    }
    for (uint32_t i = 0; submission->approvals != NULL && i < submission->change_count; i++) {
        if (decide_is_missing(judge->world, &submission->approvals[i])) {
            return true;
        }
    }
    return false;
}

static enum err judge_items(struct judge *judge, size_t member_index, struct verdict *verdicts)
{
    const struct submission *submission = judge->members[member_index];
    struct check_context context = {
        .world = judge->world,
        .device = &judge->facts->devices[member_index],
        .submission = submission,
        .today = judge->judgement->today,
    };
    const char *rule = refusal_of_whole(submission, context.device);
    if (rule != NULL) {
        return refuse_whole(judge, submission, rule, verdicts);
    }
    if (submission->acts != NULL) {
        return judge_acts(judge, member_index, verdicts);
    }
    return submission->approvals != NULL ? judge_approvals(judge, &context, verdicts)
                                         : judge_changes(judge, member_index, &context, verdicts);
}

static enum err refuse_whole(struct judge *judge, const struct submission *submission, const char *rule,
                             struct verdict *verdicts)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < submission->change_count && err == ERR_OK; i++) {
        struct id version = version_name(&submission->envelope_hash, i);
        verdicts[i].code = VERDICT_REFUSED;
        memcpy(verdicts[i].rule, rule, strlen(rule) + 1);
        err = world_note_verdict(judge->world, &version, &verdicts[i]);
        if (err == ERR_OK && submission->changes != NULL) {
            err = judge_note_refused(judge, submission, &submission->changes[i].key.record);
        }
    }
    return err;
}

static enum err judge_changes(struct judge *judge, size_t member_index, const struct check_context *context,
                              struct verdict *verdicts)
{
    const struct submission *submission = context->submission;
    const struct store_record_fact *fact = &judge->facts->records[judge->world->first_record[member_index]];
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < submission->change_count && err == ERR_OK; i++) {
        const struct submission_change *change = &submission->changes[i];
        check_change(context, change, fact, &verdicts[i]);
        err = world_note_verdict(judge->world, &change->version, &verdicts[i]);
        if (err == ERR_OK && verdicts[i].code == VERDICT_APPLIED) {
            judge_add_version(judge, &submission->envelope.device, change);
            err = world_apply(judge->world, change);
        } else if (err == ERR_OK && verdicts[i].code == VERDICT_WAITING) {
            err = add_waiting(judge, context, i, fact);
        } else if (err == ERR_OK) {
            err = judge_note_refused(judge, submission, &change->key.record);
        }
        fact += change->schema != NULL;
    }
    return err;
}

/* It is no version: nothing of the world changes. */
static enum err add_waiting(struct judge *judge, const struct check_context *context, uint32_t index,
                            const struct store_record_fact *fact)
{
    struct store_group *group = &judge->judgement->group;
    struct submission_change *change = &context->submission->changes[index];
    judge->waiting[group->waiting_count++] = (struct store_waiting){
        .version = change->version,
        .key = change->key,
        .device = context->device->device,
        .sender = context->device->sender,
        .change_hash = change->hash,
        .position = group->head_after.position,
        .index = index,
    };
    const struct waiting_change waiting = {
        .version = change->version,
        .key = change->key,
        .device = context->device->device,
        .sender = context->device->sender,
        .change_hash = change->hash,
        .change = change,
        .is_of_group = true,
        .record_index = (size_t)(fact - judge->facts->records),
    };
    return waiting_add(&judge->world->waiting, &waiting);
}

/* The rule by which every item is refused, or NULL. */
static const char *refusal_of_whole(const struct submission *submission, const struct store_device *device)
{
    if (submission->is_incident) {
        return "ingest.incident";
    }
    if (!role_is_in(device->role, role_of_content(submission->envelope.content))) {
        return "ingest.role";
    }
    return submission->is_unreadable ? "ingest.unreadable" : NULL;
}

enum err judge_note_refused(struct judge *judge, const struct submission *submission, const struct id *record)
{
    return judge->facts->head.is_refilling
               ? refused_add(&judge->world->refused, &submission->envelope.device, record)
               : ERR_OK;
}

void judge_add_version(struct judge *judge, const struct hash *device, const struct submission_change *change)
{
    struct store_group *group = &judge->judgement->group;
    state_digest_move(&group->state_after, (uint16_t)change->schema->kind, &change->key.record,
                      &change->key.base, &change->version);
    judge->versions[group->version_count++] = (struct store_version){
        .schema = change->schema,
        .record = change->key.record,
        .version = change->version,
        .previous = change->key.base,
        .position = group->head_after.position,
        .device = *device,
        .is_removal = change->is_removal,
        .message = change->message,
    };
}

static enum err add_entry(struct judge *judge, size_t member_index, const struct verdict *verdicts)
{
    const struct submission *submission = judge->members[member_index];
    struct store_group *group = &judge->judgement->group;
    struct hash verdict_hash = receipt_verdict_hash(verdicts, submission->change_count);
    struct store_entry *entry = &judge->judgement->entries[group->entry_count];
    *entry = (struct store_entry){
        .position = group->head_after.position,
        .device = submission->envelope.device,
        .sequence = submission->envelope.sequence,
        .content = submission->envelope.content,
        .envelope = submission->envelope_bytes,
        .signature = submission->signature,
        .payload_zstd = submission->payload_zstd,
        .envelope_hash = submission->envelope_hash,
        .change_count = submission->change_count,
        .is_unreadable = submission->is_unreadable,
        .leaf = receipt_leaf_hash(submission->envelope_bytes, submission->signature, group->server_time_ms,
                                  &verdict_hash),
    };
    enum err err = list_verdicts(judge, submission, verdicts, entry);
    if (err == ERR_OK) {
        group->entry_count++;
        group->head_after.position++;
    }
    return err;
}

/* The journal's tree with this group's leaves; what is signed and stored of it. */
static enum err grow_tree(struct judge *judge)
{
    struct judgement *judgement = judge->judgement;
    struct store_group *group = &judgement->group;
    struct arena *arena = judge->world->arena;
    struct hash *leaves = arena_zalloc(arena, group->entry_count, sizeof *leaves);
    if (leaves == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < group->entry_count; i++) {
        leaves[i] = judgement->entries[i].leaf;
    }
    enum err err =
        merkle_batch_build(arena, &judge->facts->tree.frontier, leaves, group->entry_count, &judgement->tree);
    if (err != ERR_OK) {
        return err;
    }
    size_t node_count = collect_nodes(judgement->tree, NULL);
    struct store_tree_node *nodes = arena_zalloc(arena, node_count + 1, sizeof *nodes);
    if (nodes == NULL) {
        return ERR_TOO_BIG;
    }
    group->node_count = collect_nodes(judgement->tree, nodes);
    group->nodes = nodes;
    group->frontier_after = merkle_batch_frontier(judgement->tree);
    return ERR_OK;
}

/* Subtrees of 256^k leaves that the batch completed, into `nodes` unless NULL; their number. */
static size_t collect_nodes(const struct merkle_batch *tree, struct store_tree_node *nodes)
{
    size_t count = 0;
    for (unsigned level = STORE_TREE_STEP_LEVELS; level < MERKLE_LEVELS_MAX;
         level += STORE_TREE_STEP_LEVELS) {
        uint64_t first = 0;
        const struct hash *hashes = NULL;
        size_t found = merkle_batch_nodes(tree, level, &first, &hashes);
        for (size_t i = 0; nodes != NULL && i < found; i++) {
            nodes[count + i] = (struct store_tree_node){level, first + i, hashes[i]};
        }
        count += found;
    }
    return count;
}

static bool is_listed(const struct verdict *verdict)
{
    return verdict->code != VERDICT_APPLIED || verdict->rule[0] != '\0';
}

static void count_verdict(struct judgement *judgement, enum verdict_code code)
{
    judgement->changes_waiting += code == VERDICT_WAITING;
    judgement->changes_applied += code == VERDICT_APPLIED;
    judgement->changes_conflict += code == VERDICT_CONFLICT;
    judgement->changes_refused += code == VERDICT_REFUSED;
}

/* What the receipt and the journal list: everything but what was simply applied. */
static enum err list_verdicts(struct judge *judge, const struct submission *submission,
                              const struct verdict *verdicts, struct store_entry *entry)
{
    size_t count = 0;
    for (uint32_t i = 0; i < submission->change_count; i++) {
        count += is_listed(&verdicts[i]);
        count_verdict(judge->judgement, verdicts[i].code);
    }
    struct arena *arena = judge->world->arena;
    struct verdict *listed = arena_zalloc(arena, count, sizeof *listed);
    uint32_t *indexes = arena_zalloc(arena, count, sizeof *indexes);
    struct id *versions = arena_zalloc(arena, count, sizeof *versions);
    struct store_record_key *records = arena_zalloc(arena, count, sizeof *records);
    if (listed == NULL || indexes == NULL || versions == NULL || records == NULL) {
        return ERR_TOO_BIG;
    }
    size_t at = 0;
    for (uint32_t i = 0; i < submission->change_count; i++) {
        if (!is_listed(&verdicts[i])) {
            continue;
        }
        listed[at] = verdicts[i];
        indexes[at] = i;
        versions[at] = version_name(&submission->envelope_hash, i);
        if (submission->changes != NULL) {
            records[at] = submission->changes[i].key;
        }
        at++;
    }
    entry->verdicts = listed;
    entry->verdict_indexes = indexes;
    entry->verdict_versions = versions;
    entry->verdict_records = records;
    entry->verdict_count = count;
    return ERR_OK;
}
