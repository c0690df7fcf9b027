/* WELCOME's checkpoint: believed, asked about, or kept as evidence.
 *
 *   judge ──continues what we hold──────────────────────────────────────► kept, the session begins
 *     ├──another epoch or log key──► PROVE ──acts──► PROVE ──prefixes──►  kept, what is beyond the branch left behind
 *     └──contradicts what we hold──┴─────────────────┴──────────────────► alarm; nothing is offered
 *
 * Questions are answered by a server that contradicts itself too, but the alarm stays. */
#include "client/lib/syncer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "proto/submission.pb-c.h"
#include "proto/witness.pb-c.h"

enum { EVIDENCE_NAME_BYTES = 64 };

/* What was found of the epoch we know. */
struct common_epoch {
    const struct witness_branch *branch; /* that left it */
    bool has_held;
    struct store_checkpoint held; /* our newest checkpoint at or below the branch point */
};

static enum err read_known(struct store *store, struct arena *arena, struct witness_known *ret_known);
static struct witness_welcome read_shown(const Dantin__Welcome *welcome);
static enum err act_on(struct syncer *syncer, const struct witness_judgement *judgement,
                       const Dantin__Welcome *welcome, const struct witness_known *known, struct bytes body,
                       struct store *store, struct arena *arena, struct buf *out);
static enum err believe(struct syncer *syncer, const Dantin__Welcome *welcome,
                        const struct witness_tree *tree, const struct witness_lineage *lineage,
                        struct store *store, struct arena *arena, struct buf *out);
static enum err doubt(struct syncer *syncer, enum witness_fault fault, const Dantin__Welcome *welcome,
                      const struct witness_known *known, struct store *store, struct buf *out);
static enum err on_acts(struct syncer *syncer, const Dantin__Proved *proved, const Dantin__Welcome *welcome,
                        const struct witness_known *known, struct store *store, struct arena *arena,
                        struct buf *out);
static enum err on_prefixes(struct syncer *syncer, const Dantin__Proved *proved,
                            const Dantin__Welcome *welcome, const struct witness_known *known,
                            struct store *store, struct arena *arena, struct buf *out);
static enum err find_common(const struct witness_lineage *lineage, const struct id *epoch,
                            struct store *store, struct arena *arena, struct common_epoch *ret_common);
static enum err open_shown(const struct witness_welcome *shown, struct witness_tree *ret_tree);
static enum err ask_prefixes(struct syncer *syncer, const struct common_epoch *common, uint64_t tree_size,
                             struct buf *out);
static unsigned long long size_of(struct bytes note);
static void write_evidence(const struct syncer *syncer, uint64_t number, const char *what, struct bytes note);

/* ---- WELCOME ---- */

enum err syncer_judge_welcome(struct syncer *syncer, const Dantin__Welcome *welcome, struct bytes body,
                              struct store *store, struct arena *arena, struct buf *out)
{
    struct witness_known known = {0};
    struct witness_judgement judgement = {0};
    if (welcome->is_rolled_back || syncer->is_copy) {
        return syncer_begin(syncer, welcome, store, out); /* nothing of it is kept, and nothing taken by it */
    }
    const struct witness_welcome shown = read_shown(welcome);
    enum err err = read_known(store, arena, &known);
    if (err == ERR_OK) {
        err = witness_judge(&known, &shown, &judgement);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (judgement.answer == WITNESS_NOTHING && welcome->head > 0) {
        judgement = (struct witness_judgement){.answer = WITNESS_REFUSES, .fault = WITNESS_UNSIGNED};
    }
    return act_on(syncer, &judgement, welcome, &known, body, store, arena, out);
}

static enum err act_on(struct syncer *syncer, const struct witness_judgement *judgement,
                       const Dantin__Welcome *welcome, const struct witness_known *known, struct bytes body,
                       struct store *store, struct arena *arena, struct buf *out)
{
    Dantin__Prove prove = DANTIN__PROVE__INIT;
    switch (judgement->answer) {
    case WITNESS_NOTHING:
        return believe(syncer, welcome, NULL, NULL, store, arena, out);
    case WITNESS_FIRST:
    case WITNESS_SAME:
    case WITNESS_GREW:
        return believe(syncer, welcome, &judgement->tree, NULL, store, arena, out);
    case WITNESS_ASKS:
        prove.has_tree_size = true;
        prove.tree_size = judgement->tree.checkpoint.size;
        sm_move(&syncer->sm, SYNCER_PROVING);
        buf_clear(&syncer->witness.welcome);
        enum err err = buf_append(&syncer->witness.welcome, body);
        return err == ERR_OK ? syncer_ask(syncer, MESSAGE_PROVE, MESSAGE_PROVED, &prove, out) : err;
    case WITNESS_REFUSES:
        break;
    }
    return doubt(syncer, judgement->fault, welcome, known, store, out);
}

static enum err believe(struct syncer *syncer, const Dantin__Welcome *welcome,
                        const struct witness_tree *tree, const struct witness_lineage *lineage,
                        struct store *store, struct arena *arena, struct buf *out)
{
    uint64_t alarms = 0;
    uint64_t left_behind = 0;
    enum err err = syncer_remember_welcome(welcome, tree, lineage, syncer->witness.lineage, store, arena);
    if (err == ERR_OK) {
        err = store_alarm_open(store, &alarms);
    }
    if (err == ERR_OK && lineage != NULL) {
        err = store_receipts_left_behind(store, &left_behind);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (lineage != NULL && syncer->job->on_new_epoch != NULL) {
        syncer->job->on_new_epoch(syncer->job->context, left_behind);
    }
    if (alarms > 0 && syncer->job->purpose == SYNCER_SUBMIT) {
        syncer_fail_text(syncer, ERR_FORKED, TEXT_SYNC_ALARM_OPEN);
        return ERR_OK;
    }
    return syncer_begin(syncer, welcome, store, out);
}

static enum err doubt(struct syncer *syncer, enum witness_fault fault, const Dantin__Welcome *welcome,
                      const struct witness_known *known, struct store *store, struct buf *out)
{
    enum err err = syncer_alarm(syncer, fault, known->note, syncer_bytes(&welcome->checkpoint), store);
    return err == ERR_OK && !syncer_is_over(syncer) ? syncer_begin(syncer, welcome, store, out) : err;
}

/* ---- PROVED ---- */

enum err syncer_on_lineage(struct syncer *syncer, const Dantin__Proved *proved, struct store *store,
                           struct arena *arena, struct buf *out)
{
    Dantin__Welcome *welcome = NULL;
    struct witness_known known = {0};
    enum err err = message_unpack(&dantin__welcome__descriptor, buf_content(&syncer->witness.welcome), true,
                                  arena, &welcome);
    if (err == ERR_OK) {
        err = read_known(store, arena, &known);
    }
    if (err != ERR_OK) {
        return err;
    }
    return syncer->witness.lineage == NULL ? on_acts(syncer, proved, welcome, &known, store, arena, out)
                                           : on_prefixes(syncer, proved, welcome, &known, store, arena, out);
}

static enum err on_acts(struct syncer *syncer, const Dantin__Proved *proved, const Dantin__Welcome *welcome,
                        const struct witness_known *known, struct store *store, struct arena *arena,
                        struct buf *out)
{
    const struct witness_welcome shown = read_shown(welcome);
    struct witness_tree tree = {0};
    struct witness_judgement judgement = {0};
    struct common_epoch common = {0};
    enum witness_fault fault = WITNESS_FINE;
    struct bytes pinned = known->log_key.len > 0 ? known->log_key : shown.log_key;
    struct witness_lineage *lineage = calloc(1, sizeof *lineage);
    enum err err = lineage != NULL ? open_shown(&shown, &tree) : ERR_NO_MEMORY;
    if (err == ERR_OK) {
        err = witness_lineage_read(proved, &tree.checkpoint, pinned, arena, lineage, &fault);
    }
    free(syncer->witness.lineage);
    syncer->witness.lineage = lineage;
    if (err != ERR_OK) {
        return err;
    }
    if (fault == WITNESS_FINE &&
        !bytes_equal(bytes_of(lineage->log_key, SIGN_PUBLIC_KEY_BYTES), shown.log_key)) {
        fault = WITNESS_OTHER_KEY;
    }
    if (fault != WITNESS_FINE) {
        return doubt(syncer, fault, welcome, known, store, out);
    }
    /* The key is a right one: perhaps that was all. */
    const struct witness_known under_new_key = {.log_key = shown.log_key, .note = known->note};
    err = witness_judge(&under_new_key, &shown, &judgement);
    if (err == ERR_OK && judgement.answer != WITNESS_ASKS) {
        return act_on(syncer, &judgement, welcome, known, (struct bytes){0}, store, arena, out);
    }
    if (err == ERR_OK) {
        err = find_common(lineage, &shown.epoch, store, arena, &common);
    }
    if (err == ERR_NOT_FOUND) {
        return doubt(syncer, WITNESS_EPOCH_UNPROVED, welcome, known, store, out);
    }
    return err == ERR_OK ? ask_prefixes(syncer, &common, tree.checkpoint.size, out) : err;
}

/* Is what we hold of the epoch we know, up to the branch, a part of the present tree; and the branch point as the act says? */
static enum err on_prefixes(struct syncer *syncer, const Dantin__Proved *proved,
                            const Dantin__Welcome *welcome, const struct witness_known *known,
                            struct store *store, struct arena *arena, struct buf *out)
{
    const struct witness_welcome shown = read_shown(welcome);
    const struct witness_lineage *lineage = syncer->witness.lineage;
    struct witness_tree tree = {0};
    struct common_epoch common = {0};
    struct checkpoint held = {0};
    enum err err = open_shown(&shown, &tree);
    if (err == ERR_OK) {
        err = find_common(lineage, &shown.epoch, store, arena, &common);
    }
    if (err == ERR_OK && common.has_held) {
        err = syncer_parse_held(&common.held, &held, NULL);
    }
    if (err != ERR_OK) {
        return err;
    }
    size_t wanted = common.has_held ? 2 : 1;
    bool is_proved = proved->n_consistency == wanted &&
                     witness_is_prefix(common.branch->size, &common.branch->root, &tree.checkpoint,
                                       syncer_bytes(&proved->consistency[wanted - 1]));
    if (is_proved && common.has_held) {
        is_proved =
            witness_is_prefix(held.size, &held.root, &tree.checkpoint, syncer_bytes(&proved->consistency[0]));
    }
    if (!is_proved) {
        return doubt(syncer, WITNESS_EPOCH_UNPROVED, welcome, known, store, out);
    }
    return believe(syncer, welcome, &tree, lineage, store, arena, out);
}

/* Back from the present epoch to the newest one of which we hold a checkpoint that counts. ERR_NOT_FOUND: none. */
static enum err find_common(const struct witness_lineage *lineage, const struct id *epoch,
                            struct store *store, struct arena *arena, struct common_epoch *ret_common)
{
    struct common_epoch common = {0};
    struct store_checkpoint any = {0};
    struct id at = *epoch;
    for (;;) {
        common.branch = witness_branch_of(lineage, &at);
        if (common.branch == NULL) {
            return ERR_NOT_FOUND;
        }
        at = common.branch->previous;
        enum err err = store_checkpoint_at_most(store, &at, UINT64_MAX, arena, &any);
        if (err == ERR_OK) {
            break;
        }
        if (err != ERR_NOT_FOUND) {
            return err;
        }
    }
    enum err err = store_checkpoint_at_most(store, &at, common.branch->size, arena, &common.held);
    common.has_held = err == ERR_OK;
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    *ret_common = common;
    return ERR_OK;
}

static enum err ask_prefixes(struct syncer *syncer, const struct common_epoch *common, uint64_t tree_size,
                             struct buf *out)
{
    Dantin__Prove prove = DANTIN__PROVE__INIT;
    uint64_t sizes[2] = {common->held.size, common->branch->size};
    prove.has_tree_size = true;
    prove.tree_size = tree_size;
    prove.n_size = common->has_held ? 2 : 1;
    prove.size = common->has_held ? sizes : sizes + 1;
    return syncer_ask(syncer, MESSAGE_PROVE, MESSAGE_PROVED, &prove, out);
}

/* ---- alarms ---- */

enum err syncer_alarm(struct syncer *syncer, enum witness_fault fault, struct bytes held, struct bytes shown,
                      struct store *store)
{
    uint64_t number = 0;
    const struct store_alarm alarm = {.time_ms = clock_now_ms(),
                                      .fault = fault,
                                      .held = held.len > 0 ? held : (struct bytes){0},
                                      .shown = shown.len > 0 ? shown : (struct bytes){0}};
    enum err err = store_begin(store);
    if (err != ERR_OK) {
        return err;
    }
    err = store_alarm_put(store, &alarm, &number);
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    if (err != ERR_OK) {
        return err;
    }
    if (number > 0) {
        write_evidence(syncer, number, "held", held);
        write_evidence(syncer, number, "shown", shown);
    }
    if (syncer->job->purpose == SYNCER_SUBMIT) {
        char sentence[ERROR_TEXT_BYTES_MAX];
        (void)snprintf(sentence, sizeof sentence, text_get(TEXT_SYNC_ALARM, syncer->job->language),
                       size_of(held), size_of(shown)); /* a long sentence is cut */
        syncer_fail(syncer, ERR_FORKED, false, sentence);
    }
    return ERR_OK;
}

enum err syncer_contradicted(struct syncer *syncer, struct bytes receipt_body, struct store *store)
{
    struct arena arena;
    Dantin__Receipt *receipt = NULL;
    struct store_checkpoint held = {0};
    struct checkpoint shown = {0};
    arena_init(&arena, SYNCER_FRAME_ARENA_BYTES_MAX);
    enum err err = message_unpack(&dantin__receipt__descriptor, receipt_body, true, &arena, &receipt);
    if (err == ERR_OK) {
        err = checkpoint_parse(syncer_bytes(&receipt->checkpoint), &shown, NULL);
    }
    if (err == ERR_OK) {
        err = store_checkpoint_get(store, &shown.epoch, shown.size, &arena, &held);
    }
    if (err == ERR_OK) {
        err = syncer_alarm(syncer, WITNESS_FORKED, held.note, syncer_bytes(&receipt->checkpoint), store);
    }
    arena_release(&arena);
    return err;
}

enum err syncer_check_text(const struct witness_tree *shown, struct store *store, struct arena *arena)
{
    struct store_checkpoint held = {0};
    struct checkpoint checkpoint = {0};
    struct note note = {0};
    enum err err =
        store_checkpoint_get(store, &shown->checkpoint.epoch, shown->checkpoint.size, arena, &held);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    err = syncer_parse_held(&held, &checkpoint, &note);
    return err != ERR_OK || bytes_equal(note.text, shown->text) ? err : ERR_FORKED;
}

enum err syncer_open_note(const struct syncer *syncer, struct bytes note, struct store *store,
                          struct witness_tree *ret_tree, enum witness_fault *ret_fault)
{
    uint8_t keys[STORE_LOG_KEYS_MAX][SIGN_PUBLIC_KEY_BYTES];
    size_t count = 0;
    enum witness_fault fault = WITNESS_FINE;
    enum err err = witness_open(note, syncer->receipt_key, ret_tree, &fault);
    if (err == ERR_OK && fault == WITNESS_UNSIGNED) {
        err = store_log_keys(store, keys, STORE_LOG_KEYS_MAX, &count);
    }
    for (size_t i = 0; err == ERR_OK && fault == WITNESS_UNSIGNED && i < count; i++) {
        struct verify_key *key = NULL;
        err = verify_key_new(bytes_of(keys[i], SIGN_PUBLIC_KEY_BYTES), &key);
        if (err == ERR_OK) {
            err = witness_open(note, key, ret_tree, &fault);
        }
        verify_key_free(key);
    }
    if (err == ERR_OK) {
        *ret_fault = fault;
    }
    return err;
}

/* For whoever is to be shown it; the store has the notes in any case. */
static void write_evidence(const struct syncer *syncer, uint64_t number, const char *what, struct bytes note)
{
    char name[EVIDENCE_NAME_BYTES];
    char path[PLATFORM_PATH_BYTES_MAX];
    (void)snprintf(name, sizeof name, "alarm-%llu-%s.note", (unsigned long long)number, what); /* fits */
    if (note.len == 0 || platform_path_join(syncer->job->lease->folder, name, path, sizeof path) != ERR_OK ||
        platform_file_replace(path, note, true) != ERR_OK) {
        return; /* a full disk must not hide the alarm itself */
    }
}

/* Entries of a checkpoint's tree; 0: it cannot be read. */
static unsigned long long size_of(struct bytes note)
{
    struct checkpoint checkpoint = {0};
    return checkpoint_parse(note, &checkpoint, NULL) == ERR_OK ? checkpoint.size : 0;
}

/* ---- helpers ---- */

static enum err read_known(struct store *store, struct arena *arena, struct witness_known *ret_known)
{
    uint8_t keys[1][SIGN_PUBLIC_KEY_BYTES];
    struct store_checkpoint newest = {0};
    size_t count = 0;
    enum err err = store_log_keys(store, keys, 1, &count);
    if (err == ERR_OK) {
        err = store_checkpoint_newest(store, arena, &newest);
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    *ret_known = (struct witness_known){.note = newest.note};
    if (count > 0) {
        ret_known->log_key = arena_copy(arena, bytes_of(keys[0], SIGN_PUBLIC_KEY_BYTES));
        return ret_known->log_key.at != NULL ? ERR_OK : ERR_TOO_BIG;
    }
    return ERR_OK;
}

static struct witness_welcome read_shown(const Dantin__Welcome *welcome)
{
    struct witness_welcome shown = {
        .log_key = syncer_bytes(&welcome->receipt_key),
        .note = syncer_bytes(&welcome->checkpoint),
        .consistency = syncer_bytes(&welcome->consistency),
    };
    if (id_from_bytes(syncer_bytes(&welcome->epoch), &shown.epoch) != ERR_OK) {
        shown.epoch = (struct id){0}; /* cannot be: syncer_check_welcome has seen it */
    }
    return shown;
}

/* It was signed by the key shown when it was judged. */
static enum err open_shown(const struct witness_welcome *shown, struct witness_tree *ret_tree)
{
    struct note note = {0};
    enum err err = checkpoint_parse(shown->note, &ret_tree->checkpoint, &note);
    ret_tree->note = shown->note;
    ret_tree->text = note.text;
    return err;
}

enum err syncer_parse_held(const struct store_checkpoint *held, struct checkpoint *ret_checkpoint,
                           struct note *ret_note)
{
    return checkpoint_parse(held->note, ret_checkpoint, ret_note) == ERR_OK ? ERR_OK : ERR_STORE;
}
