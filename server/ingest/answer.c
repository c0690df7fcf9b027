/* A conflict names the version that is current when the answer leaves (the journal keeps the one of the
 * judging), so that name and content agree. */
#include "server/ingest/answer.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/log.h"
#include "server/ingest/check.h"

/* The part of a receipt that comes from the journal, of this group or an earlier one. */
struct listed {
    const struct verdict *verdicts;
    const uint32_t *indexes;
    size_t count;
};

struct builder {
    const struct world *world;
    const struct judgement *judgement;
    struct store_record_key *wanted;
    struct hash *wanted_devices;
    struct ingest_verdict **wanted_by;
    size_t *wanted_answers;
    size_t wanted_count;
    struct bytes checkpoint;
    struct store_proof_request *proofs;
    size_t *proof_answers;
    size_t proof_count;
};

static struct listed listed_of(const struct judgement *judgement, const struct judged *judged);
static enum err build_receipt(struct builder *builder, const struct submission *submission,
                              size_t member_index, struct ingest_answer *answer);
static void fill_from_entry(const struct builder *builder, size_t entry_index,
                            struct ingest_receipt *receipt);
static void fill_from_journal(struct builder *builder, const struct store_journalled *journalled,
                              size_t member_index, struct ingest_receipt *receipt);
static void want_body(struct builder *builder, const struct submission *submission, size_t member_index,
                      struct ingest_verdict *verdict, size_t *wanted_here);

enum err answer_build(const struct world *world, struct submission *const *members, size_t member_count,
                      const struct judgement *judgement, struct bytes checkpoint, struct answer_set *ret_set)
{
    struct arena *arena = world->arena;
    struct ingest_answer *answers = arena_zalloc(arena, member_count, sizeof *answers);
    size_t wanted_max = 0;
    for (size_t i = 0; i < member_count; i++) {
        size_t listed = listed_of(judgement, &judgement->judged[i]).count;
        wanted_max += listed < ANSWER_BODIES_MAX ? listed : ANSWER_BODIES_MAX;
    }
    struct builder builder = {
        .world = world,
        .judgement = judgement,
        .wanted = arena_zalloc(arena, wanted_max, sizeof *builder.wanted),
        .wanted_devices = arena_zalloc(arena, wanted_max, sizeof *builder.wanted_devices),
        .wanted_by = arena_zalloc(arena, wanted_max, sizeof(struct ingest_verdict *)),
        .wanted_answers = arena_zalloc(arena, wanted_max, sizeof *builder.wanted_answers),
        .checkpoint = checkpoint,
        .proofs = arena_zalloc(arena, member_count, sizeof *builder.proofs),
        .proof_answers = arena_zalloc(arena, member_count, sizeof *builder.proof_answers),
    };
    if (answers == NULL || builder.wanted == NULL || builder.wanted_devices == NULL ||
        builder.wanted_by == NULL || builder.wanted_answers == NULL || builder.proofs == NULL ||
        builder.proof_answers == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < member_count; i++) {
        if (judgement->judged[i].kind == JUDGED_ERROR) {
            answers[i] = answer_of_error(judgement->judged[i].err);
        } else if (build_receipt(&builder, members[i], i, &answers[i]) != ERR_OK) {
            return ERR_TOO_BIG;
        }
    }
    *ret_set = (struct answer_set){.answers = answers,
                                   .answer_count = member_count,
                                   .wanted = builder.wanted,
                                   .wanted_devices = builder.wanted_devices,
                                   .wanted_by = builder.wanted_by,
                                   .wanted_answers = builder.wanted_answers,
                                   .wanted_count = builder.wanted_count,
                                   .proofs = builder.proofs,
                                   .proof_answers = builder.proof_answers,
                                   .proof_count = builder.proof_count};
    return ERR_OK;
}

void answer_set_bodies(struct answer_set *set, const struct bytes *bodies)
{
    size_t answer = SIZE_MAX;
    size_t bytes = 0;
    for (size_t i = 0; i < set->wanted_count; i++) {
        if (set->wanted_answers[i] != answer) {
            answer = set->wanted_answers[i];
            bytes = 0;
        }
        if (bodies[i].at != NULL && bodies[i].len <= ANSWER_BODY_BYTES_MAX - bytes) {
            set->wanted_by[i]->current_body = bodies[i];
            bytes += bodies[i].len;
        }
    }
}

void answer_set_proofs(struct answer_set *set, const struct store_proof *proofs)
{
    for (size_t i = 0; i < set->proof_count; i++) {
        struct ingest_answer *answer = &set->answers[set->proof_answers[i]];
        enum err one = proofs[i].err;
        if (one != ERR_OK) {
            /* Every entry was committed with a checkpoint: when it is not there, that is the database's fault. */
            log_write(LOG_ERROR, "proof_missing", "position=%" PRIu64 " err=%s", set->proofs[i].place,
                      err_name(one));
            *answer = answer_of_error(one == ERR_NOT_FOUND ? ERR_DATABASE : one);
            continue;
        }
        answer->receipt.checkpoint = proofs[i].note;
        answer->receipt.path = proofs[i].path;
    }
}

struct ingest_answer answer_of_error(enum err err)
{
    REQUIRE(err != ERR_OK);
    return (struct ingest_answer){.err = err,
                                  .retry_after_ms = err_may_retry(err) ? ANSWER_RETRY_AFTER_MS : 0};
}

void answer_incident(const struct hash *envelope_hash, char ret_incident[INGEST_INCIDENT_BYTES])
{
    hex_encode(bytes_of(envelope_hash->at, (INGEST_INCIDENT_BYTES - 1) / 2), ret_incident);
}

static struct listed listed_of(const struct judgement *judgement, const struct judged *judged)
{
    if (judged->kind == JUDGED_ERROR) {
        return (struct listed){0};
    }
    if (judged->journalled != NULL) {
        const struct store_journalled *journalled = judged->journalled;
        return (struct listed){journalled->verdicts, journalled->verdict_indexes, journalled->verdict_count};
    }
    const struct store_entry *entry = &judgement->entries[judged->entry_index];
    return (struct listed){entry->verdicts, entry->verdict_indexes, entry->verdict_count};
}

static enum err build_receipt(struct builder *builder, const struct submission *submission,
                              size_t member_index, struct ingest_answer *answer)
{
    const struct judged *judged = &builder->judgement->judged[member_index];
    struct ingest_receipt *receipt = &answer->receipt;
    struct listed listed = listed_of(builder->judgement, judged);
    struct ingest_verdict *verdicts = arena_zalloc(builder->world->arena, listed.count, sizeof *verdicts);
    if (verdicts == NULL) {
        return ERR_TOO_BIG;
    }
    if (judged->journalled != NULL) {
        fill_from_journal(builder, judged->journalled, member_index, receipt);
    } else {
        fill_from_entry(builder, judged->entry_index, receipt);
    }
    receipt->sequence = submission->envelope.sequence;
    receipt->envelope_hash = submission->envelope_hash;
    receipt->verdicts = verdicts;
    receipt->verdict_count = listed.count;
    size_t wanted_here = 0;
    for (size_t i = 0; i < listed.count; i++) {
        verdicts[i].index = listed.indexes[i];
        verdicts[i].verdict = listed.verdicts[i];
        if (verdicts[i].verdict.code == VERDICT_CONFLICT) {
            want_body(builder, submission, member_index, &verdicts[i], &wanted_here);
        } else if (strcmp(verdicts[i].verdict.rule, "ingest.incident") == 0) {
            answer_incident(&submission->envelope_hash, answer->incident);
        }
    }
    return ERR_OK;
}

static void fill_from_entry(const struct builder *builder, size_t entry_index, struct ingest_receipt *receipt)
{
    const struct judgement *judgement = builder->judgement;
    const struct store_entry *entry = &judgement->entries[entry_index];
    receipt->epoch = judgement->group.head_after.epoch;
    receipt->position = entry->position;
    receipt->server_time_ms = judgement->group.server_time_ms;
    receipt->change_count = entry->change_count;
    receipt->is_unreadable = entry->is_unreadable;
    receipt->leaf = entry->leaf;
    memcpy(receipt->signature, entry->receipt_signature, sizeof receipt->signature);
    receipt->checkpoint = builder->checkpoint;
    merkle_batch_path(judgement->tree, entry_index, &receipt->path);
}

static void fill_from_journal(struct builder *builder, const struct store_journalled *journalled,
                              size_t member_index, struct ingest_receipt *receipt)
{
    builder->proofs[builder->proof_count] = (struct store_proof_request){
        .kind = STORE_PROOF_ENTRY, .epoch = journalled->epoch, .place = journalled->position};
    builder->proof_answers[builder->proof_count++] = member_index;
    receipt->epoch = journalled->epoch;
    receipt->position = journalled->position;
    receipt->server_time_ms = journalled->server_time_ms;
    receipt->change_count = journalled->change_count;
    receipt->is_unreadable = journalled->is_unreadable;
    receipt->leaf = journalled->leaf;
    memcpy(receipt->signature, journalled->signature, sizeof receipt->signature);
}

static void want_body(struct builder *builder, const struct submission *submission, size_t member_index,
                      struct ingest_verdict *verdict, size_t *wanted_here)
{
    if (submission->changes == NULL || verdict->index >= submission->change_count) {
        return;
    }
    const struct store_record_key *key = &submission->changes[verdict->index].key;
    struct world_state state = world_state_of(builder->world, key->kind, &key->record);
    if (state.exists) {
        verdict->verdict.current = state.current;
    }
    const struct store_device *device = &builder->world->facts->devices[member_index];
    if (*wanted_here == ANSWER_BODIES_MAX ||
        !check_is_readable(builder->world, device, key->kind, &key->record, builder->judgement->today)) {
        return;
    }
    (*wanted_here)++;
    builder->wanted[builder->wanted_count] = *key;
    builder->wanted_devices[builder->wanted_count] = submission->envelope.device;
    builder->wanted_by[builder->wanted_count] = verdict;
    builder->wanted_answers[builder->wanted_count] = member_index;
    builder->wanted_count++;
}
