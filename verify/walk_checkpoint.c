/* Checkpoints where they stand: signed by the log key in force, over the tree and the state that the entries give, cosigned
 * by devices of the journal. And epochs, whose names checkpoints bear. */
#include <inttypes.h>
#include <stdio.h>

#include "verify/walk_private.h"

static bool check_one(struct walk *walk);
static bool check_log_signature(struct walk *walk);
static bool check_cosignatures(struct walk *walk);
static bool check_cosignature(struct walk *walk, struct identity_device *device,
                              const struct note_signature *signature, bool *ret_is_known);

bool walk_next_checkpoint(struct walk *walk)
{
    bool is_end = false;
    char number[24];
    uint64_t size = walk->has_checkpoint ? walk->checkpoint.size : 0;
    /* The one at hand becomes the newest seen. */
    struct buf swap = walk->newest;
    walk->newest = walk->note;
    walk->note = swap;
    if (!source_checkpoint(&walk->source, &walk->note, &is_end, walk->fault)) {
        return false;
    }
    bool is_first = !walk->has_checkpoint;
    walk->has_checkpoint = !is_end;
    if (is_end) {
        return true;
    }
    (void)snprintf(number, sizeof number, "%" PRIu64, walk->report->checkpoints);
    if (checkpoint_parse(buf_content(&walk->note), &walk->checkpoint, &walk->parsed) != ERR_OK) {
        return fault_in(walk->fault, FAULT_CHECKPOINT, "%s", number);
    }
    return is_first || walk->checkpoint.size > size ||
           fault_in(walk->fault, FAULT_CHECKPOINT_ORDER, "%s", number);
}

bool walk_checkpoints(struct walk *walk)
{
    while (walk->has_checkpoint && walk->checkpoint.size <= walk->frontier.size) {
        if (!check_one(walk) || !walk_next_checkpoint(walk)) {
            return false;
        }
    }
    return true;
}

static bool check_one(struct walk *walk)
{
    const struct checkpoint *checkpoint = &walk->checkpoint;
    uint64_t first = walk->checkpoint_size;
    struct hash root = merkle_frontier_root(&walk->frontier);
    if (walk->epoch_count == 0) {
        walk->epochs[walk->epoch_count++] = (struct kept_epoch){.id = checkpoint->epoch, .end = UINT64_MAX};
    }
    char range[48];
    (void)snprintf(range, sizeof range, "%" PRIu64 "–%" PRIu64, first,
                   checkpoint->size - (checkpoint->size > 0));
    if (!check_log_signature(walk)) {
        return fault_at(walk->fault, first, FAULT_CHECKPOINT_SIGNATURE, "%" PRIu64, checkpoint->size);
    }
    if (!id_equal(&walk->epochs[walk->epoch_count - 1].id, &checkpoint->epoch)) {
        return fault_at(walk->fault, first, FAULT_CHECKPOINT_EPOCH, "%" PRIu64, checkpoint->size);
    }
    if (!hash_equal(&root, &checkpoint->root)) {
        return fault_at(walk->fault, first, FAULT_ROOT, "%s", range);
    }
    if (walk->report->withheld == 0 && !hash_equal(&walk->records.digest, &checkpoint->state)) {
        return fault_at(walk->fault, first, FAULT_STATE, "%s", range);
    }
    walk->checkpoint_size = checkpoint->size;
    walk->checkpoint_key = walk->identity.log->key;
    walk->report->checkpoints++;
    return check_cosignatures(walk);
}

/* By the key in force; or, where the log changed its key since the checkpoint before, by the one before. */
static bool check_log_signature(struct walk *walk)
{
    for (const struct identity_key *key = walk->identity.log->key; key != NULL; key = key->older) {
        enum err err = checkpoint_check_log(&walk->parsed, key->key);
        if (err != ERR_NOT_FOUND) {
            return err == ERR_OK;
        }
        if (key == walk->checkpoint_key) {
            return false;
        }
    }
    return false;
}

static bool check_cosignatures(struct walk *walk)
{
    struct bytes rest = walk->parsed.signatures;
    struct note_signature signature;
    size_t witnesses = 0;
    identity_count_start(&walk->identity);
    while (note_next(&rest, &signature)) {
        struct hash id;
        struct identity_device *device =
            checkpoint_device_of(signature.name, &id) == ERR_OK ? identity_find(&walk->identity, &id) : NULL;
        bool is_known = false;
        if (device == NULL) {
            continue; /* the log's own line, or somebody the journal does not know */
        }
        if (!check_cosignature(walk, device, &signature, &is_known)) {
            char text[IDENTITY_SHORT_BYTES];
            return fault_at(walk->fault, walk->checkpoint.size, FAULT_COSIGNATURE, "%s",
                            identity_short(&id, text));
        }
        if (is_known) {
            walk->report->cosignatures++;
            witnesses += identity_count_device(&walk->identity, device);
        }
    }
    if (witnesses * 2 > identity_witnesses(&walk->identity)) {
        walk->report->has_sealed = true;
        walk->report->sealed_size = walk->checkpoint.size;
    }
    return true;
}

/* By any key the device had so far; a line of a key it did not have says nothing. */
static bool check_cosignature(struct walk *walk, struct identity_device *device,
                              const struct note_signature *signature, bool *ret_is_known)
{
    for (const struct identity_key *key = device->key; key != NULL; key = key->older) {
        if (signature->key_id != note_key_id(signature->name, NOTE_COSIGNATURE, key->public_key)) {
            continue;
        }
        *ret_is_known = true;
        return signature->len == NOTE_SIGNATURE_BYTES_MAX &&
               note_check_cosignature(walk->parsed.text, key->key, u64_read(signature->at),
                                      bytes_of(signature->at + NOTE_TIME_BYTES, SIGN_SIGNATURE_BYTES)) ==
                   ERR_OK;
    }
    return true;
}

bool walk_epoch(struct walk *walk, uint64_t position, const Dantin__ActEpoch *act)
{
    struct id previous;
    struct id epoch;
    struct hash root;
    if (id_from_bytes(bytes_of(act->previous.data, act->previous.len), &previous) != ERR_OK ||
        id_from_bytes(bytes_of(act->epoch.data, act->epoch.len), &epoch) != ERR_OK ||
        hash_from_bytes(bytes_of(act->branch_root.data, act->branch_root.len), &root) != ERR_OK) {
        return fault_at(walk->fault, position, FAULT_ACT, "epoch");
    }
    if (walk->epoch_count > 0 && !id_equal(&walk->epochs[walk->epoch_count - 1].id, &previous)) {
        return fault_at(walk->fault, position, FAULT_EPOCH, "previous");
    }
    for (size_t i = 0; i < walk->epoch_count; i++) {
        if (id_equal(&walk->epochs[i].id, &epoch)) {
            return fault_at(walk->fault, position, FAULT_EPOCH, "epoch");
        }
    }
    /* The act is the first entry of its epoch; the tree does not hold it yet. */
    struct hash kept_root = merkle_frontier_root(&walk->frontier);
    if (act->branch_size != position || !hash_equal(&root, &kept_root)) {
        return fault_at(walk->fault, position, FAULT_EPOCH, "branch %" PRIu64, act->branch_size);
    }
    if (walk->epoch_count + 2 > WALK_EPOCHS_MAX) {
        return fault_at(walk->fault, position, FAULT_EPOCH, "> %d", WALK_EPOCHS_MAX);
    }
    if (walk->epoch_count == 0) {
        walk->epochs[walk->epoch_count++] = (struct kept_epoch){.id = previous};
    }
    walk->epochs[walk->epoch_count - 1].end = position;
    walk->epochs[walk->epoch_count++] = (struct kept_epoch){.id = epoch, .end = UINT64_MAX};
    return true;
}
