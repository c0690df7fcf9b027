/* WELCOME: is this the server, and is it in the state, that the store knows? And the failures of a session.
 */
#include "client/lib/syncer_internal.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/store_setting.h"
#include "client/lib/store_witness.h"

static enum err leave_behind(const struct id *epoch, const struct witness_lineage *lineage,
                             struct store *store, struct arena *arena);
static bool is_in_line(const struct witness_lineage *lineage, const struct id *from, const struct id *epoch);
static enum err standing_of_welcome(const struct witness_lineage *lineage, struct store *store,
                                    struct arena *arena, enum store_standing *ret_standing);
static enum err hold(struct store *store, const struct witness_tree *tree, enum store_standing standing);
static enum err put_if_changed(struct store *store, const char *name, struct bytes value,
                               struct arena *arena);
static struct bytes bytes_of_field(const ProtobufCBinaryData *field);

/* The session fails when the server is not the one, or not in the state, that this store knows. */
enum err syncer_check_welcome(struct syncer *syncer, const Dantin__Welcome *welcome, struct store *store)
{
    struct hash device = {0};
    struct hash last_hash = {0};
    struct id epoch = {0};
    if (welcome->version != SYNCER_PROTOCOL_VERSION) {
        syncer_fail(syncer, ERR_VERSION, false, "");
        return ERR_OK;
    }
    bool has_last_hash = welcome->last_sequence == 0 ||
                         hash_from_bytes(bytes_of_field(&welcome->last_envelope_hash), &last_hash) == ERR_OK;
    if (id_from_bytes(bytes_of_field(&welcome->epoch), &epoch) != ERR_OK || !has_last_hash ||
        hash_from_bytes(bytes_of_field(&welcome->device), &device) != ERR_OK ||
        welcome->last_sequence > INT64_MAX) {
        return ERR_PROTOCOL;
    }
    if (!hash_equal(&device, syncer->job->device)) {
        syncer_fail_text(syncer, ERR_UNAUTHORISED, TEXT_SYNC_OTHER_DEVICE);
        return ERR_OK;
    }
    if (syncer->job->purpose != SYNCER_SUBMIT) {
        return ERR_OK; /* questions are answered in any state */
    }
    if (welcome->is_rolled_back) { /* it admits that it lost entries: no contradiction */
        syncer_fail_text(syncer, ERR_ROLLED_BACK, TEXT_SYNC_ROLLED_BACK);
        return ERR_OK;
    }
    enum err err = outbox_check_server(store, welcome->last_sequence, &last_hash);
    syncer->is_copy = err == ERR_CLONED;
    err = syncer->is_copy ? ERR_OK : err;
    syncer->is_viewer = welcome->role == NULL || strcmp(welcome->role, "viewer") == 0;
    return err;
}

enum err syncer_remember_welcome(const Dantin__Welcome *welcome, const struct witness_tree *tree,
                                 const struct witness_lineage *lineage,
                                 const struct witness_lineage *followed, struct store *store,
                                 struct arena *arena)
{
    enum store_standing standing = STORE_CHECKPOINT_UNPROVED;
    uint8_t version[sizeof(uint32_t)];
    uint8_t is_province = welcome->is_province ? 1 : 0;
    u32_write(version, welcome->schema_version);
    struct bytes key = bytes_of_field(&welcome->receipt_key);
    enum err err = store_begin(store);
    if (err != ERR_OK) {
        return err;
    }
    for (size_t i = 0; followed != NULL && i < followed->key_count && err == ERR_OK; i++) {
        err = store_log_key_put(store, followed->keys[i]); /* receipts under those in between stay good */
    }
    if (err == ERR_OK) {
        err = key.len == SIGN_PUBLIC_KEY_BYTES ? store_log_key_put(store, key.at) : ERR_PROTOCOL;
    }
    if (err == ERR_OK) {
        err = standing_of_welcome(lineage, store, arena, &standing);
    }
    if (err == ERR_OK && lineage != NULL) {
        err = leave_behind(&tree->checkpoint.epoch, lineage, store, arena);
    }
    if (err == ERR_OK && tree != NULL) {
        err = hold(store, tree, standing);
    }
    if (err == ERR_OK) {
        err = put_if_changed(store, SETTING_SENDER, bytes_of_field(&welcome->sender), arena);
    }
    if (err == ERR_OK) {
        err = put_if_changed(store, SETTING_ROLE, bytes_of_text(welcome->role != NULL ? welcome->role : ""),
                             arena);
    }
    if (err == ERR_OK) {
        err = put_if_changed(store, SETTING_IS_PROVINCE, bytes_of(&is_province, sizeof is_province), arena);
    }
    if (err == ERR_OK) {
        err = put_if_changed(store, SETTING_SCHEMA_VERSION, bytes_of(version, sizeof version), arena);
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    return err;
}

/* Of the epochs that led to this one, what was not kept; of epochs that did not lead to it, everything. Keys of witnesses are
 * learned anew: the entries that gave them may be gone. */
static enum err leave_behind(const struct id *epoch, const struct witness_lineage *lineage,
                             struct store *store, struct arena *arena)
{
    uint8_t after[sizeof(uint64_t)] = {0};
    const struct witness_branch *branch = NULL;
    struct id at = *epoch;
    enum err err = store_witness_clear(store);
    if (err == ERR_OK) {
        err = store_setting_put(store, SETTING_WITNESS_AFTER, bytes_of(after, sizeof after));
    }
    if (err == ERR_OK) {
        err = store_setting_put(store, SETTING_WITNESS_SENDERS, bytes_of("", 0));
    }
    while (err == ERR_OK && (branch = witness_branch_of(lineage, &at)) != NULL) {
        err = store_leave_behind(store, &branch->previous, branch->size);
        at = branch->previous;
    }
    while (err == ERR_OK) {
        struct store_checkpoint newest = {0};
        err = store_checkpoint_newest(store, arena, &newest);
        if (err == ERR_NOT_FOUND || (err == ERR_OK && is_in_line(lineage, epoch, &newest.epoch))) {
            return ERR_OK;
        }
        if (err == ERR_OK) {
            err = store_leave_behind(store, &newest.epoch, 0);
        }
    }
    return err;
}

static bool is_in_line(const struct witness_lineage *lineage, const struct id *from, const struct id *epoch)
{
    const struct witness_branch *branch = NULL;
    struct id at = *from;
    while (!id_equal(&at, epoch) && (branch = witness_branch_of(lineage, &at)) != NULL) {
        at = branch->previous;
    }
    return id_equal(&at, epoch);
}

/* The way to it from the newest we held was proved. That one may be a receipt's, itself not proved to continue what was before it: then
 * this one is not either, and neither is a new epoch's. Both are before the session cosigns. */
static enum err standing_of_welcome(const struct witness_lineage *lineage, struct store *store,
                                    struct arena *arena, enum store_standing *ret_standing)
{
    struct store_checkpoint newest = {0};
    enum err err = store_checkpoint_newest(store, arena, &newest);
    bool is_first = err == ERR_NOT_FOUND;
    if (err != ERR_OK && !is_first) {
        return err;
    }
    bool is_proved = is_first || (lineage == NULL && newest.standing == STORE_CHECKPOINT_PROVED);
    *ret_standing = is_proved ? STORE_CHECKPOINT_PROVED : STORE_CHECKPOINT_UNPROVED;
    return ERR_OK;
}

static enum err hold(struct store *store, const struct witness_tree *tree, enum store_standing standing)
{
    const struct store_checkpoint checkpoint = {.epoch = tree->checkpoint.epoch,
                                                .size = tree->checkpoint.size,
                                                .note = tree->note,
                                                .standing = standing};
    return store_checkpoint_put(store, &checkpoint);
}

static enum err put_if_changed(struct store *store, const char *name, struct bytes value, struct arena *arena)
{
    struct bytes old = {0};
    enum err err = store_setting_get(store, name, arena, &old);
    if (err == ERR_OK && bytes_equal(old, value)) {
        return ERR_OK;
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    return store_setting_put(store, name, value.at != NULL ? value : bytes_of("", 0));
}

void syncer_fail(struct syncer *syncer, enum err code, bool may_retry, const char *text)
{
    syncer->failure = (struct syncer_failure){.code = code, .may_retry = may_retry};
    (void)snprintf(syncer->failure.text, sizeof syncer->failure.text, "%s",
                   text); /* a long sentence is cut */
    sm_move(&syncer->sm, SYNCER_FAILED);
}

/* Loud failures: a person has to look before anything more is sent. */
void syncer_fail_text(struct syncer *syncer, enum err code, enum text_id id)
{
    syncer_fail(syncer, code, false, text_get(id, syncer->job->language));
}

static struct bytes bytes_of_field(const ProtobufCBinaryData *field)
{
    return bytes_of(field->data, field->len);
}
