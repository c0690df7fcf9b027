/* Judging a WELCOME by what we hold. */
#include "client/lib/witness.h"

#include "common/crypto/merkle.h"

static enum err open_with(struct bytes note, struct bytes log_key, struct witness_tree *ret_tree,
                          enum witness_fault *ret_fault);
static enum err read_held(struct bytes in, struct witness_tree *ret_tree);
static struct witness_judgement compare(const struct witness_tree *held, const struct witness_tree *shown,
                                        struct bytes consistency);
static struct witness_judgement refuse(enum witness_fault fault);

enum err witness_open(struct bytes note, const struct verify_key *log_key, struct witness_tree *ret_tree,
                      enum witness_fault *ret_fault)
{
    struct witness_tree tree = {.note = note};
    struct note parsed = {0};
    enum err err = checkpoint_parse(note, &tree.checkpoint, &parsed);
    if (err == ERR_OK) {
        err = checkpoint_check_log(&parsed, log_key);
    }
    if (err == ERR_NO_MEMORY) {
        return err;
    }
    *ret_fault = err == ERR_OK ? WITNESS_FINE : WITNESS_UNSIGNED;
    if (err == ERR_OK) {
        tree.text = parsed.text;
        *ret_tree = tree;
    }
    return ERR_OK;
}

enum err witness_judge(const struct witness_known *known, const struct witness_welcome *welcome,
                       struct witness_judgement *ret_judgement)
{
    struct witness_tree held = {0};
    struct witness_tree shown = {0};
    enum witness_fault fault = WITNESS_FINE;
    bool is_held = known->note.len > 0;
    enum err err = is_held ? read_held(known->note, &held) : ERR_OK;
    if (err != ERR_OK) {
        return err;
    }
    bool is_other_key = known->log_key.len > 0 && !bytes_equal(known->log_key, welcome->log_key);
    if (welcome->note.len ==
        0) { /* an empty journal has none; ours is not empty, nor has it changed its key */
        *ret_judgement = is_held        ? refuse(WITNESS_SHRUNK)
                         : is_other_key ? refuse(WITNESS_OTHER_KEY)
                                        : (struct witness_judgement){.answer = WITNESS_NOTHING};
        return ERR_OK;
    }
    err = open_with(welcome->note, welcome->log_key, &shown, &fault);
    if (err != ERR_OK) {
        return err;
    }
    if (fault == WITNESS_FINE && !id_equal(&shown.checkpoint.epoch, &welcome->epoch)) {
        fault = WITNESS_OTHER_EPOCH;
    }
    if (fault != WITNESS_FINE) {
        *ret_judgement = refuse(fault);
        return ERR_OK;
    }
    if (is_other_key || (is_held && !id_equal(&held.checkpoint.epoch, &shown.checkpoint.epoch))) {
        *ret_judgement = (struct witness_judgement){.answer = WITNESS_ASKS, .tree = shown};
    } else if (!is_held) {
        *ret_judgement = (struct witness_judgement){.answer = WITNESS_FIRST, .tree = shown};
    } else {
        *ret_judgement = compare(&held, &shown, welcome->consistency);
    }
    return ERR_OK;
}

bool witness_is_prefix(uint64_t size, const struct hash *root, const struct checkpoint *tree,
                       struct bytes path)
{
    return merkle_check_consistency(size, root, tree->size, &tree->root, path);
}

/* ---- helpers ---- */

static enum err open_with(struct bytes note, struct bytes log_key, struct witness_tree *ret_tree,
                          enum witness_fault *ret_fault)
{
    struct verify_key *key = NULL;
    enum err err = verify_key_new(log_key, &key);
    if (err == ERR_OK) {
        err = witness_open(note, key, ret_tree, ret_fault);
    } else if (err != ERR_NO_MEMORY) {
        *ret_fault = WITNESS_UNSIGNED; /* under no key that signs */
        err = ERR_OK;
    }
    verify_key_free(key);
    return err;
}

/* Its signature was checked when it came. */
static enum err read_held(struct bytes in, struct witness_tree *ret_tree)
{
    struct note note = {0};
    if (checkpoint_parse(in, &ret_tree->checkpoint, &note) != ERR_OK) {
        return ERR_STORE;
    }
    ret_tree->note = in;
    ret_tree->text = note.text;
    return ERR_OK;
}

/* Of one epoch. */
static struct witness_judgement compare(const struct witness_tree *held, const struct witness_tree *shown,
                                        struct bytes consistency)
{
    struct witness_judgement judgement = {.answer = WITNESS_REFUSES, .tree = *shown};
    const struct checkpoint *old = &held->checkpoint;
    if (shown->checkpoint.size < old->size) {
        judgement.fault = WITNESS_SHRUNK;
    } else if (shown->checkpoint.size == old->size) {
        bool is_same = bytes_equal(held->text, shown->text);
        judgement.answer = is_same ? WITNESS_SAME : WITNESS_REFUSES;
        judgement.fault = is_same ? WITNESS_FINE : WITNESS_FORKED;
    } else {
        bool is_prefix = witness_is_prefix(old->size, &old->root, &shown->checkpoint, consistency);
        judgement.answer = is_prefix ? WITNESS_GREW : WITNESS_REFUSES;
        judgement.fault = is_prefix ? WITNESS_FINE : WITNESS_UNPROVED;
    }
    return judgement;
}

static struct witness_judgement refuse(enum witness_fault fault)
{
    return (struct witness_judgement){.answer = WITNESS_REFUSES, .fault = fault};
}
