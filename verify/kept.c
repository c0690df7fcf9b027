/* Receipts and checkpoints from files. */
#include "verify/kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_one(struct kept_item *item, const char *path, bool is_receipt, struct fault *fault);
static bool read_text(const char *path, struct buf *text, struct fault *fault);
static int by_size(const void *a, const void *b);
static int by_index(const void *a, const void *b);
static bool judge_one(struct kept_item *item, uint64_t size, const struct kept_epoch *epochs,
                      size_t epoch_count, const struct identity *identity, struct fault *fault);

bool kept_read(struct kept *kept, const char *const *receipts, size_t receipt_count,
               const char *const *checkpoints, size_t checkpoint_count, struct fault *fault)
{
    size_t count = receipt_count + checkpoint_count;
    *kept = (struct kept){0};
    if (count == 0) {
        return true;
    }
    kept->items = calloc(count, sizeof *kept->items);
    if (kept->items == NULL) {
        return fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    }
    for (size_t i = 0; i < count; i++) {
        bool is_receipt = i < receipt_count;
        struct kept_item *item = &kept->items[i];
        buf_init(&item->note, NOTE_BYTES_MAX);
        kept->count++;
        if (!read_one(item, is_receipt ? receipts[i] : checkpoints[i - receipt_count], is_receipt, fault)) {
            return false;
        }
    }
    qsort(kept->items, kept->count, sizeof *kept->items, by_size);
    kept->receipts = calloc(count, sizeof(struct kept_item *));
    if (kept->receipts == NULL) {
        return fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    }
    for (size_t i = 0; i < count; i++) {
        if (kept->items[i].is_receipt) {
            kept->receipts[kept->receipt_count++] = &kept->items[i];
        }
    }
    qsort(kept->receipts, kept->receipt_count, sizeof(struct kept_item *), by_index);
    return true;
}

void kept_release(struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        buf_release(&kept->items[i].note);
    }
    free(kept->items);
    free(kept->receipts);
    *kept = (struct kept){0};
}

static bool read_one(struct kept_item *item, const char *path, bool is_receipt, struct fault *fault)
{
    struct buf text;
    struct proof *proof = malloc(sizeof *proof);
    buf_init(&text, PROOF_BYTES_MAX);
    item->name = path;
    item->is_receipt = is_receipt;
    bool is_right =
        proof != NULL ? read_text(path, &text, fault) : fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    struct bytes note = buf_content(&text);
    if (is_right && proof != NULL && is_receipt) {
        if (proof_parse(note, proof) != ERR_OK || proof->extra_len != LEAF_BYTES) {
            is_right = fault_in(fault, FAULT_RECEIPT, "%s", path);
        } else {
            item->index = proof->index;
            memcpy(item->leaf, proof->extra, LEAF_BYTES);
            note = proof->note;
        }
    }
    if (is_right && checkpoint_parse(note, &item->checkpoint, NULL) != ERR_OK) {
        is_right = fault_in(fault, is_receipt ? FAULT_RECEIPT : FAULT_CHECKPOINT, "%s", path);
    }
    if (is_right && proof != NULL && is_receipt &&
        !proof_check(proof, bytes_of(item->leaf, LEAF_BYTES), &item->checkpoint)) {
        is_right = fault_at(fault, item->index, FAULT_RECEIPT_PROOF, "%s", path);
    }
    if (is_right && buf_append(&item->note, note) != ERR_OK) {
        is_right = fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    }
    buf_release(&text);
    free(proof);
    return is_right;
}

static bool read_text(const char *path, struct buf *text, struct fault *fault)
{
    FILE *file = fopen(path, "re");
    uint8_t *at = NULL;
    if (file == NULL) {
        return fault_in(fault, FAULT_READ, "%s", path);
    }
    bool is_right =
        buf_reserve(text, PROOF_BYTES_MAX, &at) == ERR_OK || fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    if (is_right) {
        buf_commit(text, fread(at, 1, PROOF_BYTES_MAX, file));
        is_right = ferror(file) == 0 || fault_in(fault, FAULT_READ, "%s", path);
    }
    (void)fclose(file); /* it was only read */
    return is_right;
}

static int by_size(const void *a, const void *b)
{
    uint64_t first = ((const struct kept_item *)a)->checkpoint.size;
    uint64_t second = ((const struct kept_item *)b)->checkpoint.size;
    return (first > second) - (first < second);
}

static int by_index(const void *a, const void *b)
{
    uint64_t first = (*(const struct kept_item *const *)a)->index;
    uint64_t second = (*(const struct kept_item *const *)b)->index;
    return (first > second) - (first < second);
}

void kept_leaf(struct kept *kept, uint64_t position, struct bytes leaf)
{
    for (; kept->next_receipt < kept->receipt_count && kept->receipts[kept->next_receipt]->index == position;
         kept->next_receipt++) {
        struct kept_item *item = kept->receipts[kept->next_receipt];
        item->is_other_leaf = !bytes_equal(leaf, bytes_of(item->leaf, LEAF_BYTES));
    }
}

void kept_tree(struct kept *kept, const struct merkle_frontier *frontier)
{
    while (kept->next < kept->count && kept->items[kept->next].checkpoint.size == frontier->size) {
        kept->items[kept->next].root = merkle_frontier_root(frontier);
        kept->items[kept->next].has_root = true;
        kept->next++;
    }
}

bool kept_judge(struct kept *kept, uint64_t size, const struct kept_epoch *epochs, size_t epoch_count,
                const struct identity *identity, struct fault *fault)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (!judge_one(&kept->items[i], size, epochs, epoch_count, identity, fault)) {
            return false;
        }
    }
    return true;
}

static bool is_signed_by_log(const struct kept_item *item, const struct identity *identity)
{
    struct checkpoint checkpoint;
    for (const struct identity_key *key = identity->log->key; key != NULL; key = key->older) {
        if (checkpoint_open(buf_content(&item->note), key->key, &checkpoint) == ERR_OK) {
            return true;
        }
    }
    return false;
}

static bool judge_one(struct kept_item *item, uint64_t size, const struct kept_epoch *epochs,
                      size_t epoch_count, const struct identity *identity, struct fault *fault)
{
    if (!is_signed_by_log(item, identity)) {
        return item->is_receipt
                   ? fault_at(fault, item->index, FAULT_RECEIPT_SIGNATURE, "%s", item->name)
                   : fault_in(fault, FAULT_CHECKPOINT_SIGNATURE, "%" PRIu64, item->checkpoint.size);
    }
    size_t epoch = 0;
    while (epoch < epoch_count && !id_equal(&epochs[epoch].id, &item->checkpoint.epoch)) {
        epoch++;
    }
    if (epoch == epoch_count) {
        return fault_in(fault, FAULT_KEPT_ROOT, "%s", item->name);
    }
    if (item->checkpoint.size > epochs[epoch].end) {
        /* The epoch was left behind: what was kept of it is the journal up to its end. */
        item->is_void = !item->is_receipt || item->index >= epochs[epoch].end;
        return item->is_void || !item->is_other_leaf ||
               fault_at(fault, item->index, FAULT_RECEIPT_ENTRY, "%s", item->name);
    }
    if (item->checkpoint.size > size) {
        return item->is_receipt ? fault_at(fault, item->index, FAULT_KEPT_BEYOND, "%s", item->name)
                                : fault_at(fault, size, FAULT_KEPT_BEYOND, "%s", item->name);
    }
    if (item->is_other_leaf) {
        return fault_at(fault, item->index, FAULT_RECEIPT_ENTRY, "%s", item->name);
    }
    if (!item->has_root || !hash_equal(&item->root, &item->checkpoint.root)) {
        return fault_in(fault, FAULT_KEPT_ROOT, "%s", item->name);
    }
    return true;
}
