/* The end of a session that submitted: what came is proved to be one journal, the newest checkpoint is cosigned, and what a
 * quorum of senders cosigned is heard of.
 *
 *   PROVE (until every checkpoint held is a prefix of the newest) ──► COSIGN ──► SEAL (until all devices are told) ──► DONE
 *
 * Suspended in: each of the three, for its answer. Nothing here undoes what was received: COSIGN and SEAL that fail are left to the
 * next session. A proof that is false or refused is an alarm; one that is not to be had now fails the session, to be tried again: else a server
 * could put off for ever what would convict it. */
#include "client/lib/syncer_internal.h"

#include <string.h>

#include "client/lib/store_setting.h"
#include "common/base/clock.h"
#include "common/crypto/hash.h"
#include "proto/journal.pb-c.h"
#include "proto/witness.pb-c.h"

static enum err collect(struct syncer *syncer, const struct store_checkpoint *newest, struct store *store,
                        struct arena *arena);
static enum err ask_links(struct syncer *syncer, uint64_t tree_size, struct buf *out);
static enum err cosign(struct syncer *syncer, const struct store_checkpoint *newest, struct store *store,
                       struct arena *arena, struct buf *out, bool *ret_is_asked);
static enum err make_cosignature(const struct syncer *syncer, const struct note *note, struct store *store,
                                 struct store_cosignature *cosignature, struct arena *arena);
static enum err ask_seal(struct syncer *syncer, const struct store_checkpoint *newest, struct store *store,
                         struct arena *arena, struct buf *out);
static enum err on_links(struct syncer *syncer, const Dantin__Proved *proved, struct store *store,
                         struct arena *arena);
static enum err on_cosigned(struct syncer *syncer, const Dantin__Cosigned *cosigned, struct store *store,
                            struct arena *arena, struct buf *out, bool *ret_is_asked);
static enum err cosign_one(struct syncer *syncer, const struct store_checkpoint *held, struct store *store,
                           struct arena *arena, struct buf *out, bool *ret_is_asked);
static enum err mark_proved(struct store *store, const struct store_checkpoint *checkpoint);

enum err syncer_ask(struct syncer *syncer, enum message_type type, enum message_type answer,
                    const void *message, struct buf *out)
{
    syncer->witness.request_id = syncer->next_request_id++;
    syncer->witness.waits_for = (uint16_t)answer;
    return syncer_append(out, (uint16_t)type, syncer->witness.request_id, message);
}

enum err syncer_witness_next(struct syncer *syncer, struct buf *out)
{
    struct arena arena;
    struct store *store = NULL;
    struct store_checkpoint newest = {0};
    bool is_asked = false;
    arena_init(&arena, SYNCER_FRAME_ARENA_BYTES_MAX);
    enum err err = store_lease_take(syncer->job->lease, &store);
    if (err == ERR_OK) {
        err = store_checkpoint_newest(store, &arena, &newest);
    }
    if (err == ERR_OK) {
        err = collect(syncer, &newest, store, &arena);
    }
    if (err == ERR_OK && syncer->witness.asked_count > 0) {
        err = ask_links(syncer, newest.size, out);
        goto done;
    }
    if (err == ERR_OK) {
        err = cosign(syncer, &newest, store, &arena, out, &is_asked);
    }
    if (err == ERR_OK && !is_asked && !syncer->witness.is_sealed_told) {
        is_asked = true;
        err = ask_seal(syncer, &newest, store, &arena, out);
    }
    if (err == ERR_NOT_FOUND || (err == ERR_OK && !is_asked)) { /* nothing is held, or all is done */
        sm_move(&syncer->sm, SYNCER_DONE);
        err = ERR_OK;
    }
done:
    arena_release(&arena);
    return err;
}

enum err syncer_on_witness(struct syncer *syncer, const struct frame *frame, struct bytes body,
                           struct arena *arena, struct buf *out)
{
    struct store *store = NULL;
    struct syncer_witness *witness = &syncer->witness;
    const struct message_info *info = message_info_of(frame->header.type);
    void *message = NULL;
    bool is_asked = false;
    if (witness->request_id == 0 || frame->header.request_id != witness->request_id ||
        frame->header.type != witness->waits_for) {
        return ERR_PROTOCOL;
    }
    witness->request_id = 0;
    enum err err = message_unpack(info->descriptor, body, true, arena, &message);
    if (err == ERR_OK) {
        err = store_lease_take(syncer->job->lease, &store);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (syncer->sm.state == SYNCER_PROVING) {
        return syncer_on_lineage(syncer, message, store, arena, out);
    }
    if (syncer->sm.state == SYNCER_NOTICING) {
        return syncer_on_noticed(syncer, message, store, arena, out);
    }
    switch (frame->header.type) {
    case MESSAGE_PROVED:
        err = on_links(syncer, message, store, arena);
        break;
    case MESSAGE_COSIGNED:
        err = on_cosigned(syncer, message, store, arena, out, &is_asked);
        break;
    default:
        err = syncer_on_sealed(syncer, message, store, arena);
        break;
    }
    return err == ERR_OK && !is_asked && !syncer_is_over(syncer) ? syncer_witness_next(syncer, out) : err;
}

enum err syncer_witness_failed(struct syncer *syncer, const struct syncer_failure *failure)
{
    struct store *store = NULL;
    bool is_proof = syncer->witness.waits_for == MESSAGE_PROVED;
    syncer->witness.request_id = 0;
    /* Whoever may not ask any more (revoked, or gone to another key in this session) is told nothing: no contradiction. */
    if (is_proof && !failure->may_retry && failure->code != ERR_UNAUTHORISED) {
        enum err err = store_lease_take(syncer->job->lease, &store);
        return err == ERR_OK
                   ? syncer_alarm(syncer, WITNESS_UNPROVED, (struct bytes){0}, (struct bytes){0}, store)
                   : err;
    }
    if (is_proof) {
        syncer->failure = *failure;
    }
    sm_move(&syncer->sm, is_proof ? SYNCER_FAILED : SYNCER_DONE);
    return ERR_OK;
}

/* ---- every checkpoint held is a prefix of the newest ---- */

/* What has to be proved to be a prefix of the newest: the unproved ones; and, when it is unproved itself, the newest proved. */
static enum err collect(struct syncer *syncer, const struct store_checkpoint *newest, struct store *store,
                        struct arena *arena)
{
    struct syncer_witness *witness = &syncer->witness;
    struct store_checkpoint *found = arena_zalloc(arena, SYNCER_PROVED_MAX, sizeof *found);
    struct store_checkpoint proved = {0};
    size_t count = 0;
    witness->asked_count = 0;
    if (found == NULL) {
        return ERR_TOO_BIG;
    }
    if (newest->standing == STORE_CHECKPOINT_UNPROVED) {
        enum err err = store_checkpoint_newest_proved(store, arena, &proved);
        if (err == ERR_OK) {
            witness->asked[witness->asked_count++] = (struct syncer_asked){proved.epoch, proved.size};
        } else if (err != ERR_NOT_FOUND) {
            return err;
        }
    }
    enum err err = store_checkpoint_unproved(store, newest->size, arena, found,
                                             SYNCER_PROVED_MAX - witness->asked_count, &count);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        witness->asked[witness->asked_count++] = (struct syncer_asked){found[i].epoch, found[i].size};
    }
    if (err == ERR_OK && witness->asked_count == 0 && newest->standing == STORE_CHECKPOINT_UNPROVED) {
        err = mark_proved(store, newest); /* the only one there is */
    }
    return err;
}

static enum err ask_links(struct syncer *syncer, uint64_t tree_size, struct buf *out)
{
    Dantin__Prove prove = DANTIN__PROVE__INIT;
    uint64_t sizes[SYNCER_PROVED_MAX];
    for (size_t i = 0; i < syncer->witness.asked_count; i++) {
        sizes[i] = syncer->witness.asked[i].size;
    }
    prove.has_tree_size = true;
    prove.tree_size = tree_size;
    prove.n_size = syncer->witness.asked_count;
    prove.size = sizes;
    return syncer_ask(syncer, MESSAGE_PROVE, MESSAGE_PROVED, &prove, out);
}

static enum err on_links(struct syncer *syncer, const Dantin__Proved *proved, struct store *store,
                         struct arena *arena)
{
    const struct syncer_witness *witness = &syncer->witness;
    struct store_checkpoint newest = {0};
    struct checkpoint tree = {0};
    enum err err = store_checkpoint_newest(store, arena, &newest);
    if (err == ERR_OK) {
        err = syncer_parse_held(&newest, &tree, NULL);
    }
    for (size_t i = 0; err == ERR_OK && i < witness->asked_count; i++) {
        struct store_checkpoint held = {0};
        struct checkpoint old = {0};
        err = store_checkpoint_get(store, &witness->asked[i].epoch, witness->asked[i].size, arena, &held);
        if (err == ERR_OK) {
            err = syncer_parse_held(&held, &old, NULL);
        }
        if (err != ERR_OK) {
            return err;
        }
        if (proved->n_consistency != witness->asked_count ||
            !witness_is_prefix(old.size, &old.root, &tree, syncer_bytes(&proved->consistency[i]))) {
            return syncer_alarm(syncer, WITNESS_UNPROVED, held.note, newest.note, store);
        }
        err = mark_proved(store, &held);
    }
    return err == ERR_OK ? mark_proved(store, &newest) : err;
}

static enum err mark_proved(struct store *store, const struct store_checkpoint *checkpoint)
{
    struct store_checkpoint proved = *checkpoint;
    proved.standing = STORE_CHECKPOINT_PROVED;
    return store_checkpoint_put(
        store, &proved); /* a transaction of its own: not durable together, and need not be */
}

/* ---- cosigning ---- */

static enum err cosign(struct syncer *syncer, const struct store_checkpoint *newest, struct store *store,
                       struct arena *arena, struct buf *out, bool *ret_is_asked)
{
    if (syncer->job->device_key == NULL || syncer->witness.cosigned_count > 0) {
        return ERR_OK;
    }
    return cosign_one(syncer, newest, store, arena, out, ret_is_asked);
}

/* The server is told what we sign, unless it knows it already or we signed another text of that size. */
static enum err cosign_one(struct syncer *syncer, const struct store_checkpoint *held, struct store *store,
                           struct arena *arena, struct buf *out, bool *ret_is_asked)
{
    struct store_cosignature cosignature = {.epoch = held->epoch, .size = held->size};
    struct checkpoint checkpoint = {0};
    struct note note = {0};
    Dantin__Cosign message = DANTIN__COSIGN__INIT;
    syncer->witness.cosigned_count++;
    syncer->witness.cosigned = (struct syncer_asked){held->epoch, held->size};
    enum err err = syncer_parse_held(held, &checkpoint, &note);
    if (err == ERR_OK) {
        err = store_cosignature_get(store, &held->epoch, held->size, arena, &cosignature);
    }
    if (err == ERR_NOT_FOUND) {
        err = make_cosignature(syncer, &note, store, &cosignature, arena);
    } else if (err == ERR_OK) {
        struct hash text_hash = hash_of_one(note.text);
        if (cosignature.is_taken || !hash_equal(&text_hash, &cosignature.text_hash)) {
            return ERR_OK; /* never two texts of one size */
        }
    }
    if (err != ERR_OK) {
        return err;
    }
    message.has_epoch = message.has_size = message.has_line = true;
    message.epoch = syncer_field(held->epoch.at, ID_BYTES);
    message.size = held->size;
    message.line = syncer_field(cosignature.line.at, cosignature.line.len);
    *ret_is_asked = true;
    return syncer_ask(syncer, MESSAGE_COSIGN, MESSAGE_COSIGNED, &message, out);
}

/* Durable before anything of it is sent. */
static enum err make_cosignature(const struct syncer *syncer, const struct note *note, struct store *store,
                                 struct store_cosignature *cosignature, struct arena *arena)
{
    struct buf line;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    uint64_t time_s = (uint64_t)(clock_now_ms() / 1000);
    buf_init(&line, CHECKPOINT_COSIGNATURE_BYTES_MAX);
    signing_key_public(syncer->job->device_key, public_key);
    enum err err = note_cosign(note->text, syncer->job->device_key, time_s, signature);
    if (err == ERR_OK) {
        err = checkpoint_append_cosignature(syncer->job->device, public_key, time_s, signature, &line);
    }
    if (err == ERR_OK) {
        cosignature->text_hash = hash_of_one(note->text);
        cosignature->line = arena_copy(arena, buf_content(&line));
        err = cosignature->line.at != NULL ? store_begin(store) : ERR_TOO_BIG;
    }
    if (err == ERR_OK) {
        err = store_cosignature_put(store, cosignature);
        if (err == ERR_OK) {
            err = store_commit(store);
        }
        store_rollback(store);
    }
    buf_release(&line);
    return err;
}

/* The server took it; and may ask to sign the smaller one on which the witnesses gather. */
static enum err on_cosigned(struct syncer *syncer, const Dantin__Cosigned *cosigned, struct store *store,
                            struct arena *arena, struct buf *out, bool *ret_is_asked)
{
    const struct syncer_asked *last = &syncer->witness.cosigned;
    struct store_checkpoint signed_one = {0};
    struct checkpoint tree = {0};
    struct witness_tree told = {0};
    enum witness_fault fault = WITNESS_FINE;
    enum err err = store_cosignature_set_taken(store, &last->epoch, last->size);
    if (err != ERR_OK || cosigned->checkpoint.len == 0 || syncer->witness.cosigned_count > 1) {
        return err;
    }
    err = store_checkpoint_get(store, &last->epoch, last->size, arena, &signed_one);
    if (err == ERR_OK) {
        err = syncer_parse_held(&signed_one, &tree, NULL);
    }
    if (err == ERR_OK) {
        err = syncer_open_note(syncer, syncer_bytes(&cosigned->checkpoint), store, &told, &fault);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (fault == WITNESS_FINE && !witness_is_prefix(told.checkpoint.size, &told.checkpoint.root, &tree,
                                                    syncer_bytes(&cosigned->consistency))) {
        fault = WITNESS_UNPROVED;
    }
    if (fault == WITNESS_FINE) {
        err = syncer_check_text(&told, store, arena);
        fault = err == ERR_FORKED ? WITNESS_FORKED : fault;
    }
    if (err != ERR_OK && err != ERR_FORKED) {
        return err;
    }
    if (fault != WITNESS_FINE) {
        return syncer_alarm(syncer, fault, signed_one.note, syncer_bytes(&cosigned->checkpoint), store);
    }
    const struct store_checkpoint held = {.epoch = told.checkpoint.epoch,
                                          .size = told.checkpoint.size,
                                          .note = told.note,
                                          .standing = STORE_CHECKPOINT_PROVED};
    err = store_checkpoint_put(store, &held);
    return err == ERR_OK ? cosign_one(syncer, &held, store, arena, out, ret_is_asked) : err;
}

/* ---- sealing: the question; the answer is read by syncer_sealed.c ---- */

static enum err ask_seal(struct syncer *syncer, const struct store_checkpoint *newest, struct store *store,
                         struct arena *arena, struct buf *out)
{
    struct store_checkpoint sealed = {0};
    struct bytes after = {0};
    Dantin__Seal seal = DANTIN__SEAL__INIT;
    enum err err = store_checkpoint_sealed(store, arena, &sealed);
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        err = store_setting_get(store, SETTING_WITNESS_AFTER, arena, &after);
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    seal.has_tree_size = seal.has_sealed_size = seal.has_after = true;
    seal.tree_size = newest->size;
    seal.sealed_size = sealed.size;
    seal.after = after.len == sizeof(uint64_t) ? u64_read(after.at) : 0;
    return syncer_ask(syncer, MESSAGE_SEAL, MESSAGE_SEALED, &seal, out);
}
