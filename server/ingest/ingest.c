/* Group commit as one state machine.
 *
 *   IDLE ──take a group──► (LOCKING ──►) OPENING ──facts, judged──► COMMITTING ──durable──► QUARANTINING ──► FINDING ──► PROVING ──► IDLE
 *    ▲                        │ └──no entry to write──► ABORTING ──rolled back──────┘
 *    │                        │ failed                     │ failed     (COMMITTING fails the same way)
 *    └──timer── RETRYING ◄────┴────────────────────────────┘
 *
 * Suspended in: LOCKING (lock, and what waits; only of a group that approves), OPENING (lock and facts), COMMITTING, ABORTING, RETRYING
 * (back-off), and, where there is something to do, QUARANTINING (a cloned device is marked), FINDING (bodies for conflicts), PROVING
 * (receipts given before). FINDING precedes the next group: nothing else writes, so the version named and the body found are the same.
 *
 * When a group fails its members go back to the front of the queue, in order:
 *   data refused, or a group too big for memory: each alone; after INGEST_ALONE_FAILURES_MAX failures refused under an incident number
 *   commit unknown: the next group's facts tell whether it is in the journal; never sent again blindly
 *   anything else: back-off and an alarm, never a verdict; after INGEST_WAIT_MS_MAX an error to the asker */
#include "server/ingest/ingest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/sm.h"
#include "server/ingest/answer.h"
#include "server/ingest/judge.h"
#include "server/ingest/measure.h"
#include "server/ingest/queue.h"
#include "server/ingest/signer.h"
#include "server/ingest/trouble.h"
#include "server/ops/metrics.h"

enum ingest_state {
    INGEST_IDLE,
    INGEST_LOCKING,
    INGEST_OPENING,
    INGEST_COMMITTING,
    INGEST_ABORTING,
    INGEST_QUARANTINING,
    INGEST_FINDING,
    INGEST_PROVING,
    INGEST_RETRYING,
    INGEST_STATE_COUNT
};

static const struct sm_state ingest_states[INGEST_STATE_COUNT] = {
    [INGEST_IDLE] = {"idle", SM_BIT(INGEST_LOCKING) | SM_BIT(INGEST_OPENING) | SM_BIT(INGEST_RETRYING),
                     false},
    [INGEST_LOCKING] = {"locking", SM_BIT(INGEST_OPENING) | SM_BIT(INGEST_ABORTING) | SM_BIT(INGEST_RETRYING),
                        false},
    [INGEST_OPENING] = {"opening",
                        SM_BIT(INGEST_COMMITTING) | SM_BIT(INGEST_ABORTING) | SM_BIT(INGEST_RETRYING), false},
    [INGEST_COMMITTING] = {"committing", SM_BIT(INGEST_QUARANTINING) | SM_BIT(INGEST_RETRYING), false},
    [INGEST_ABORTING] = {"aborting", SM_BIT(INGEST_QUARANTINING) | SM_BIT(INGEST_RETRYING), false},
    [INGEST_QUARANTINING] = {"quarantining", SM_BIT(INGEST_FINDING), false},
    [INGEST_FINDING] = {"finding", SM_BIT(INGEST_PROVING), false},
    [INGEST_PROVING] = {"proving", SM_BIT(INGEST_IDLE) | SM_BIT(INGEST_RETRYING), false},
    [INGEST_RETRYING] = {"retrying", SM_BIT(INGEST_IDLE), false},
};

static const struct sm_table ingest_table = {"ingest", ingest_states, INGEST_STATE_COUNT, NULL};

struct ingest {
    struct ingest_config config;
    struct sm sm;
    struct queue queue;

    /* The group under way. */
    struct queue_member *group[STORE_GROUP_SUBMISSIONS_MAX];     /* NULL once answered */
    struct submission *submissions[STORE_GROUP_SUBMISSIONS_MAX]; /* of the group */
    size_t group_count;
    struct arena arena;
    struct world world;
    struct judgement judgement;
    struct answer_set answers;
    struct signer signer;
    size_t quarantine_index;
    unsigned quarantine_attempts; /* for the device under way */
    struct trouble trouble;
    int64_t opened_at_us;

    /* What the store reported for the state we are suspended in. */
    bool is_pending; /* asked, not yet reported */
    enum err result;
    char sqlstate[6];
    const struct store_facts *facts;
    const struct store_waiting *waiting;
    size_t waiting_count;

    uint32_t retry_ms;
    bool is_stepping;
    bool is_draining;
    void (*on_idle)(void *context);
    void *idle_context;
};

static void ingest_step(struct ingest *ingest);
static bool advance(struct ingest *ingest);
static bool open_group(struct ingest *ingest);
static bool ask_facts(struct ingest *ingest);
static bool judge_facts(struct ingest *ingest);
static bool abort_group(struct ingest *ingest, enum err err);
static bool after_commit(struct ingest *ingest);
static bool quarantine_next(struct ingest *ingest);
static void quarantine(void *context);
static bool find_bodies(struct ingest *ingest);
static bool find_proofs(struct ingest *ingest);
static bool answer_group(struct ingest *ingest);
static bool fail_group(struct ingest *ingest, enum err err);
static bool fail_data(struct ingest *ingest, enum err err);
static void requeue_group(struct ingest *ingest, enum err err);
static bool retry_later(struct ingest *ingest);
static void clear_group(struct ingest *ingest);
static void report(struct ingest *ingest, enum err err);
static void on_waiting(void *context, enum err err, const struct store_waiting *waiting,
                       size_t waiting_count);
static void on_facts(void *context, enum err err, const struct store_facts *facts);
static void on_committed(void *context, enum err err, const char *sqlstate);
static void on_aborted(void *context);
static void on_quarantined(void *context, enum err err);
static void on_bodies(void *context, enum err err, const struct bytes *bodies);
static void on_proofs(void *context, enum err err, const struct store_proof *proofs);
static void on_timer(void *context);

enum err ingest_new(const struct ingest_config *config, struct ingest **ret_ingest)
{
    struct ingest *ingest = calloc(1, sizeof *ingest);
    if (ingest == NULL) {
        return ERR_NO_MEMORY;
    }
    ingest->config = *config;
    sm_init(&ingest->sm, &ingest_table, INGEST_IDLE);
    queue_init(&ingest->queue);
    arena_init(&ingest->arena, INGEST_GROUP_ARENA_BYTES_MAX);
    signer_init(&ingest->signer, config->receipt_key, config->log_key, config->on_other_log_key,
                config->log_key_context);
    world_init(&ingest->world, &ingest->arena);
    *ret_ingest = ingest;
    return ERR_OK;
}

void ingest_free(struct ingest *ingest)
{
    if (ingest == NULL) {
        return;
    }
    REQUIRE(!ingest->is_pending && ingest->group_count == 0);
    ingest->config.timer.stop(ingest->config.timer.context);
    ingest->is_draining = true; /* an asker that submits again from its callback is refused */
    for (struct queue_member *member = queue_pop(&ingest->queue); member != NULL;
         member = queue_pop(&ingest->queue)) {
        struct ingest_answer answer = answer_of_error(ERR_SHUTTING_DOWN);
        queue_answer(&ingest->queue, member, &answer);
    }
    world_release(&ingest->world);
    arena_release(&ingest->arena);
    signer_release(&ingest->signer);
    free(ingest);
}

enum err ingest_submit(struct ingest *ingest, struct submission *submission, ingest_on_answered *on_answered,
                       void *context)
{
    int64_t now_ms = ingest->config.now_ms(ingest->config.now_context);
    submission->is_incident = trouble_has_incident(&ingest->trouble, &submission->envelope_hash);
    enum err err = ingest->is_draining ? ERR_SHUTTING_DOWN
                                       : queue_add(&ingest->queue, submission, on_answered, context, now_ms);
    if (err != ERR_OK) {
        submission_free(submission);
        return err;
    }
    ingest_step(ingest);
    return ERR_OK;
}

void ingest_set_log_key(struct ingest *ingest, const struct signing_key *key)
{
    signer_set_key(&ingest->signer, key);
}

void ingest_detach(struct ingest *ingest, const void *context)
{
    queue_detach(&ingest->queue, context);
    for (size_t i = 0; i < ingest->group_count; i++) {
        if (ingest->group[i] != NULL && ingest->group[i]->context == context) {
            ingest->group[i]->on_answered = NULL;
        }
    }
}

void ingest_drain(struct ingest *ingest, void (*on_idle)(void *context), void *context)
{
    ingest->is_draining = true;
    ingest->on_idle = on_idle;
    ingest->idle_context = context;
    if (ingest->sm.state == INGEST_IDLE || ingest->sm.state == INGEST_RETRYING) {
        ingest->config.timer.stop(ingest->config.timer.context);
        ingest->config.timer.start_after_ms(ingest->config.timer.context, 0, on_timer, ingest);
    }
}

/* The one step function: run until the state has to wait for a report, the timer or work. */
static void ingest_step(struct ingest *ingest)
{
    if (ingest->is_stepping) {
        return; /* an asker's callback submitted again: the loop below goes on with it */
    }
    ingest->is_stepping = true;
    while (advance(ingest)) {
    }
    ingest->is_stepping = false;
}

/* False: suspended. */
static bool advance(struct ingest *ingest)
{
    if (ingest->is_pending) {
        return false;
    }
    switch ((enum ingest_state)ingest->sm.state) {
    case INGEST_IDLE:
        return open_group(ingest);
    case INGEST_LOCKING:
        return ingest->result == ERR_OK ? ask_facts(ingest) : fail_group(ingest, ingest->result);
    case INGEST_OPENING:
        return ingest->result == ERR_OK ? judge_facts(ingest) : fail_group(ingest, ingest->result);
    case INGEST_COMMITTING:
    case INGEST_ABORTING:
        return ingest->result == ERR_OK ? after_commit(ingest) : fail_group(ingest, ingest->result);
    case INGEST_QUARANTINING:
        return quarantine_next(ingest);
    case INGEST_FINDING:
        return find_proofs(ingest);
    case INGEST_PROVING: /* without its proof a receipt is none */
        return ingest->result == ERR_OK ? answer_group(ingest) : fail_group(ingest, ingest->result);
    case INGEST_RETRYING:
        return false; /* on_timer moves on */
    case INGEST_STATE_COUNT:
        break;
    }
    return false;
}

static bool open_group(struct ingest *ingest)
{
    ingest->group_count = queue_take_group(&ingest->queue, ingest->group);
    if (ingest->group_count == 0) {
        return false;
    }
    ingest->opened_at_us = clock_monotonic_us();
    for (size_t i = 0; i < ingest->group_count; i++) {
        ingest->submissions[i] = ingest->group[i]->submission;
    }
    const struct id *approved = NULL;
    size_t approved_count = 0;
    enum err err =
        world_approved(&ingest->world, ingest->submissions, ingest->group_count, &approved, &approved_count);
    if (err != ERR_OK) {
        return fail_group(ingest, err);
    }
    if (approved_count == 0) {
        return ask_facts(ingest);
    }
    sm_move(&ingest->sm, INGEST_LOCKING);
    ingest->is_pending = true;
    store_group_waiting(ingest->config.store, approved, approved_count, &ingest->arena, on_waiting, ingest);
    return false;
}

static bool ask_facts(struct ingest *ingest)
{
    const struct store_facts_request *request = NULL;
    enum err err = world_load_waiting(&ingest->world, ingest->waiting, ingest->waiting_count);
    if (err == ERR_OK) {
        err = world_collect(&ingest->world, ingest->submissions, ingest->group_count, &request);
    }
    if (err != ERR_OK) {
        return ingest->sm.state == INGEST_LOCKING ? abort_group(ingest, err) : fail_group(ingest, err);
    }
    sm_move(&ingest->sm, INGEST_OPENING);
    ingest->is_pending = true;
    store_group_open(ingest->config.store, request, &ingest->arena, on_facts, ingest);
    return false;
}

static bool judge_facts(struct ingest *ingest)
{
    int64_t now_ms = ingest->config.now_ms(ingest->config.now_context);
    enum err err = world_load(&ingest->world, ingest->facts);
    if (err == ERR_OK) {
        err =
            judge_group(&ingest->world, ingest->submissions, ingest->group_count, now_ms, &ingest->judgement);
    }
    for (size_t i = 0; i < ingest->group_count; i++) {
        ingest->group[i]->is_unknown = false; /* the facts tell what became of it */
    }
    if (err != ERR_OK || ingest->judgement.group.entry_count == 0) {
        return abort_group(ingest, err);
    }
    err = signer_start(&ingest->signer, ingest->facts);
    if (err != ERR_OK) {
        return abort_group(ingest, err);
    }
    signer_receipts(&ingest->signer, &ingest->judgement.group, ingest->judgement.entries);
    ingest->judgement.group.sign = signer_checkpoint;
    ingest->judgement.group.sign_context = &ingest->signer;
    ingest->is_pending = true;
    sm_move(&ingest->sm, INGEST_COMMITTING);
    store_group_commit(ingest->config.store, &ingest->judgement.group, on_committed, ingest);
    return false;
}

/* Nothing is written; the members are answered, or on an error tried again. */
static bool abort_group(struct ingest *ingest, enum err err)
{
    sm_move(&ingest->sm, INGEST_ABORTING);
    ingest->is_pending = true;
    ingest->result = err;
    store_group_abort(ingest->config.store, on_aborted, ingest);
    return false;
}

static bool after_commit(struct ingest *ingest)
{
    const struct judgement *judgement = &ingest->judgement;
    measure_group(judgement, ingest->opened_at_us);
    trouble_note_success(&ingest->trouble, ingest->config.now_ms(ingest->config.now_context));
    for (size_t i = 0; i < ingest->group_count; i++) {
        const struct submission *submission = ingest->submissions[i];
        if (submission->is_incident && judgement->judged[i].kind == JUDGED_ENTRY) {
            trouble_add_incident(&ingest->trouble, &submission->envelope_hash);
        }
    }
    ingest->retry_ms = 0;
    ingest->quarantine_index = 0;
    sm_move(&ingest->sm, INGEST_QUARANTINING);
    return true;
}

static bool quarantine_next(struct ingest *ingest)
{
    while (ingest->quarantine_index < ingest->group_count) {
        size_t i = ingest->quarantine_index++;
        if (ingest->judgement.judged[i].must_quarantine) {
            measure_quarantine(&ingest->submissions[i]->envelope);
            ingest->is_pending = true;
            ingest->quarantine_attempts = 0;
            quarantine(ingest);
            return false;
        }
    }
    return find_bodies(ingest);
}

/* Mark the device of the member before quarantine_index. */
static void quarantine(void *context)
{
    struct ingest *ingest = context;
    const struct envelope *envelope = &ingest->submissions[ingest->quarantine_index - 1]->envelope;
    ingest->quarantine_attempts++;
    store_quarantine_device(ingest->config.store, &envelope->device, on_quarantined, ingest);
}

static bool find_bodies(struct ingest *ingest)
{
    sm_move(&ingest->sm, INGEST_FINDING);
    enum err err = answer_build(&ingest->world, ingest->submissions, ingest->group_count, &ingest->judgement,
                                buf_content(&ingest->signer.note), &ingest->answers);
    if (err != ERR_OK) {
        ingest->answers = (struct answer_set){0}; /* offered again, each finds its receipt in the journal */
        return true;
    }
    if (ingest->answers.wanted_count == 0) {
        return true;
    }
    ingest->is_pending = true;
    store_find_bodies(ingest->config.store, ingest->answers.wanted, ingest->answers.wanted_devices,
                      ingest->answers.wanted_count, &ingest->arena, on_bodies, ingest);
    return false;
}

/* A receipt given before bears the proof it bore then: from the tree that its group left. */
static bool find_proofs(struct ingest *ingest)
{
    sm_move(&ingest->sm, INGEST_PROVING);
    if (ingest->answers.proof_count == 0) {
        return true;
    }
    ingest->is_pending = true;
    store_find_proofs(ingest->config.store, ingest->answers.proofs, ingest->answers.proof_count,
                      &ingest->arena, on_proofs, ingest);
    return false;
}

static bool answer_group(struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->group_count; i++) {
        struct queue_member *member = ingest->group[i];
        struct ingest_answer unknown = answer_of_error(ERR_UNKNOWN_COMMIT);
        const struct ingest_answer *answer =
            ingest->answers.answer_count == 0 ? &unknown : &ingest->answers.answers[i];
        ingest->group[i] = NULL;
        metric_add(METRIC_INGEST_REPEATS, ingest->judgement.judged[i].kind == JUDGED_REPEAT);
        queue_answer(&ingest->queue, member, answer);
    }
    clear_group(ingest);
    sm_move(&ingest->sm, INGEST_IDLE);
    return true;
}

static bool fail_group(struct ingest *ingest, enum err err)
{
    metric_add(METRIC_INGEST_GROUPS_FAILED, 1);
    if (ingest->arena.is_out_of_memory && (err == ERR_RULE || err == ERR_TOO_BIG)) {
        err = ERR_NO_MEMORY; /* not the members' fault: the same group may fit the next time */
    }
    if ((err == ERR_RULE || err == ERR_TOO_BIG) && !ingest->is_draining) {
        return fail_data(ingest, err);
    }
    ingest->retry_ms = ingest->retry_ms == 0 ? INGEST_RETRY_MS_MIN : ingest->retry_ms * 2;
    if (ingest->retry_ms > INGEST_RETRY_MS_MAX) {
        ingest->retry_ms = INGEST_RETRY_MS_MAX;
    }
    trouble_note_failure(&ingest->trouble, ingest->config.now_ms(ingest->config.now_context), err,
                         ingest->sqlstate, ingest->group_count, ingest->retry_ms);
    if (err == ERR_UNKNOWN_COMMIT) {
        metric_add(METRIC_INGEST_COMMITS_UNKNOWN, 1);
        for (size_t i = 0; i < ingest->group_count; i++) {
            ingest->group[i]->is_unknown = true;
        }
    }
    requeue_group(ingest, err);
    return retry_later(ingest);
}

/* The database refused what the judge let through, or the group does not fit into memory: find out whose it is. */
static bool fail_data(struct ingest *ingest, enum err err)
{
    struct queue_member *member = ingest->group[0];
    log_write(LOG_ERROR, "ingest_data_refused", "err=%s sqlstate=%s submissions=%zu", err_name(err),
              ingest->sqlstate, ingest->group_count);
    if (ingest->group_count == 1) {
        member->alone_failures++;
        if (member->submission->is_incident) {
            struct ingest_answer answer =
                answer_of_error(ERR_INTERNAL); /* not even the refusal can be stored */
            ingest->group[0] = NULL;
            ingest->group_count = 0;
            queue_answer(&ingest->queue, member, &answer);
        } else if (member->alone_failures >= INGEST_ALONE_FAILURES_MAX) {
            measure_incident(member->submission, ingest->sqlstate);
            member->submission->is_incident = true;
        }
    }
    for (size_t i = 0; i < ingest->group_count; i++) {
        ingest->group[i]->is_alone = true;
    }
    requeue_group(ingest, ERR_RULE);
    ingest->retry_ms = INGEST_RETRY_MS_MIN;
    return retry_later(ingest);
}

/* Back to the front of the queue, in order; who waited too long, or while draining, is answered instead. */
static void requeue_group(struct ingest *ingest, enum err err)
{
    int64_t now_ms = ingest->config.now_ms(ingest->config.now_context);
    for (size_t i = ingest->group_count; i > 0; i--) {
        struct queue_member *member = ingest->group[i - 1];
        ingest->group[i - 1] = NULL;
        if (!ingest->is_draining && now_ms - member->queued_at_ms <= INGEST_WAIT_MS_MAX) {
            queue_put_back(&ingest->queue, member);
            continue;
        }
        enum err told = member->is_unknown    ? ERR_UNKNOWN_COMMIT
                        : ingest->is_draining ? ERR_SHUTTING_DOWN
                                              : err;
        struct ingest_answer answer = answer_of_error(told == ERR_RULE ? ERR_INTERNAL : told);
        queue_answer(&ingest->queue, member, &answer);
    }
    clear_group(ingest);
}

static bool retry_later(struct ingest *ingest)
{
    sm_move(&ingest->sm, INGEST_RETRYING);
    ingest->config.timer.start_after_ms(ingest->config.timer.context,
                                        ingest->is_draining ? 0 : ingest->retry_ms, on_timer, ingest);
    return false;
}

static void clear_group(struct ingest *ingest)
{
    ingest->group_count = 0;
    ingest->facts = NULL;
    ingest->waiting_count = 0;
    ingest->sqlstate[0] = '\0';
    ingest->judgement = (struct judgement){0};
    ingest->answers = (struct answer_set){0};
    world_release(&ingest->world);
    arena_clear(&ingest->arena);
    ingest->arena.is_out_of_memory = false; /* of the group that ends here */
    world_init(&ingest->world, &ingest->arena);
}

/* Callbacks only record the result and call step. */
static void report(struct ingest *ingest, enum err err)
{
    ingest->is_pending = false;
    ingest->result = err;
    ingest_step(ingest);
    if (ingest->is_draining && ingest->sm.state == INGEST_IDLE && ingest->queue.count == 0 &&
        ingest->on_idle != NULL) {
        void (*on_idle)(void *context) = ingest->on_idle;
        ingest->on_idle = NULL;
        on_idle(ingest->idle_context); /* may free the ingest */
    }
}

static void on_waiting(void *context, enum err err, const struct store_waiting *waiting, size_t waiting_count)
{
    struct ingest *ingest = context;
    ingest->waiting = waiting;
    ingest->waiting_count = waiting_count;
    report(ingest, err);
}

static void on_facts(void *context, enum err err, const struct store_facts *facts)
{
    struct ingest *ingest = context;
    ingest->facts = facts;
    report(ingest, err);
}

static void on_committed(void *context, enum err err, const char *sqlstate)
{
    struct ingest *ingest = context;
    size_t len = sqlstate == NULL ? 0 : strnlen(sqlstate, sizeof ingest->sqlstate - 1);
    if (len > 0) {
        memcpy(ingest->sqlstate, sqlstate, len);
    }
    ingest->sqlstate[len] = '\0';
    report(ingest, err);
}

static void on_aborted(void *context)
{
    struct ingest *ingest = context;
    report(ingest, ingest->result);
}

/* A mark that was lost would let the copy of a device be told "not the next one" instead of "cloned". */
static void on_quarantined(void *context, enum err err)
{
    struct ingest *ingest = context;
    if (err != ERR_OK && !ingest->is_draining &&
        ingest->quarantine_attempts < INGEST_QUARANTINE_ATTEMPTS_MAX) {
        uint64_t after_ms = (uint64_t)INGEST_RETRY_MS_MIN << ingest->quarantine_attempts;
        ingest->config.timer.start_after_ms(ingest->config.timer.context, after_ms, quarantine, ingest);
        return; /* still suspended */
    }
    if (err != ERR_OK) {
        log_write(LOG_ERROR, "quarantine_failed", "err=%s", err_name(err)); /* found when it submits again */
    }
    report(ingest, ERR_OK);
}

static void on_bodies(void *context, enum err err, const struct bytes *bodies)
{
    struct ingest *ingest = context;
    if (err == ERR_OK) {
        answer_set_bodies(&ingest->answers, bodies);
    } else {
        log_write(LOG_WARN, "conflict_bodies_missing", "err=%s", err_name(err));
    }
    report(ingest, ERR_OK);
}

static void on_proofs(void *context, enum err err, const struct store_proof *proofs)
{
    struct ingest *ingest = context;
    if (err == ERR_OK) {
        answer_set_proofs(&ingest->answers, proofs);
    }
    report(ingest, err);
}

static void on_timer(void *context)
{
    struct ingest *ingest = context;
    if (ingest->sm.state == INGEST_RETRYING) {
        sm_move(&ingest->sm, INGEST_IDLE);
    }
    report(ingest, ERR_OK);
}
