/* The walk: erasures first (they tell which record a change that is gone was about), then entry by entry, checkpoints where
 * they stand, and what people kept. The first fault ends it. */
#include "verify/walk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "verify/walk_private.h"

static bool open_journal(struct walk *walk);
static bool note_erasures(struct walk *walk);
static bool is_applied(struct walk *walk, uint64_t position, size_t index);
static bool note_erasure(struct walk *walk, const Dantin__ActErasure *act);
static bool check_entries(struct walk *walk);
static bool finish(struct walk *walk);
static bool check_newest(struct walk *walk);
static void release(struct walk *walk);

bool walk_run(const struct walk_options *options, struct walk_report *ret_report, struct fault *ret_fault)
{
    *ret_report = (struct walk_report){0};
    *ret_fault = (struct fault){0};
    struct walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL) {
        return fault_in(ret_fault, FAULT_NO_MEMORY, "%s", "");
    }
    walk->options = options;
    walk->report = ret_report;
    walk->fault = ret_fault;
    arena_init(&walk->arena, SIZE_MAX / 2); /* as long as the journal; bounded by what was exported */
    arena_init(&walk->payload, WALK_SCRATCH_BYTES_MAX);
    arena_init(&walk->item, WALK_SCRATCH_BYTES_MAX);
    records_init(&walk->records, &walk->arena);
    merkle_frontier_init(&walk->frontier);
    buf_init(&walk->note, NOTE_BYTES_MAX);
    buf_init(&walk->newest, NOTE_BYTES_MAX);
    bool is_right = open_journal(walk) && note_erasures(walk) && check_entries(walk) && finish(walk);
    release(walk);
    return is_right;
}

static void release(struct walk *walk)
{
    kept_release(&walk->kept);
    identity_release(&walk->identity);
    records_release(&walk->records);
    source_release(&walk->source);
    buf_release(&walk->note);
    buf_release(&walk->newest);
    arena_release(&walk->item);
    arena_release(&walk->payload);
    arena_release(&walk->arena);
    free(walk);
}

static bool open_journal(struct walk *walk)
{
    const struct walk_options *options = walk->options;
    if (!kept_read(&walk->kept, options->receipts, options->receipt_count, options->checkpoints,
                   options->checkpoint_count, walk->fault) ||
        !source_open(&walk->source, options->folder, walk->fault)) {
        return false;
    }
    const uint8_t *log_key = walk->source.head.log_key;
    memcpy(walk->report->log_key, log_key, SIGN_PUBLIC_KEY_BYTES);
    if (options->log_key != NULL && memcmp(options->log_key, log_key, SIGN_PUBLIC_KEY_BYTES) != 0) {
        struct hash id = sign_spki_hash(log_key);
        char text[IDENTITY_SHORT_BYTES];
        return fault_in(walk->fault, FAULT_LOG_KEY, "%s", identity_short(&id, text));
    }
    return identity_init(&walk->identity, &walk->arena, log_key, walk->fault);
}

/* Acts stand in the order of the journal, an erasure after what it erased: hence a pass of its own. It trusts nothing and
 * complains of nothing: what is wrong is found when its turn comes. */
static bool note_erasures(struct walk *walk)
{
    for (uint64_t position = 0; position < walk->source.head.size; position++) {
        struct bytes leaf;
        struct bytes zstd;
        struct envelope envelope;
        struct payload payload;
        struct fault ignored = {0};
        if (!source_leaf(&walk->source, position, &leaf, &ignored) ||
            envelope_decode(bytes_of(leaf.at, ENVELOPE_BYTES), &envelope) != ERR_OK ||
            envelope.content != ENVELOPE_CONTENT_ACTS ||
            !hash_equal(&envelope.device,
                        &walk->identity.log->id) || /* anybody may submit one, to be refused */
            !source_payload(&walk->source, position, &zstd, &ignored)) {
            continue;
        }
        arena_clear(&walk->payload);
        if (zstd.at == NULL || payload_decode(zstd, &walk->payload, &payload) != ERR_OK) {
            continue;
        }
        for (size_t i = 0; i < payload.change_count; i++) {
            Dantin__Act *act = NULL;
            arena_clear(&walk->item);
            if (payload.changes[i].at != NULL && is_applied(walk, position, i) &&
                message_unpack(&dantin__act__descriptor, payload.changes[i], true, &walk->item,
                               (void *)&act) == ERR_OK &&
                act->erasure != NULL && !note_erasure(walk, act->erasure)) {
                return false;
            }
        }
    }
    return true;
}

/* What was refused erases nothing. */
static bool is_applied(struct walk *walk, uint64_t position, size_t index)
{
    struct source_entry read;
    struct fault ignored = {0};
    struct verdict verdict = {.code = VERDICT_REFUSED};
    if (!source_entry(&walk->source, position, &read, &ignored)) {
        return false;
    }
    for (size_t i = 0; i <= index; i++) {
        if (export_verdict_next(&read.verdicts, &verdict) != ERR_OK) {
            return false;
        }
    }
    return verdict.code == VERDICT_APPLIED;
}

static bool note_erasure(struct walk *walk, const Dantin__ActErasure *act)
{
    struct id record;
    if (id_from_bytes(bytes_of(act->record.data, act->record.len), &record) != ERR_OK) {
        return true;
    }
    struct record_key key = records_key(act->kind, &record);
    for (size_t i = 0; i < act->n_version; i++) {
        struct id version;
        if (id_from_bytes(bytes_of(act->version[i]->version.data, act->version[i]->version.len), &version) ==
                ERR_OK &&
            !records_note_erased(&walk->records, &key, &version, walk->fault)) {
            return false;
        }
    }
    return true;
}

static bool check_entries(struct walk *walk)
{
    kept_tree(&walk->kept, &walk->frontier);
    if (!walk_next_checkpoint(walk) || !walk_checkpoints(walk)) {
        return false;
    }
    for (uint64_t position = 0; position < walk->source.head.size; position++) {
        if (!walk_entry(walk, position)) {
            return false;
        }
        walk->report->entries++;
        kept_tree(&walk->kept, &walk->frontier);
        if (!walk_checkpoints(walk)) {
            return false;
        }
    }
    return true;
}

static bool finish(struct walk *walk)
{
    struct walk_report *report = walk->report;
    uint64_t size = walk->source.head.size;
    if (walk->has_checkpoint) {
        return fault_at(walk->fault, size, FAULT_ENTRIES_MISSING, "%" PRIu64, walk->checkpoint.size);
    }
    if (walk->checkpoint_size < size) {
        return fault_at(walk->fault, walk->checkpoint_size, FAULT_NOT_COVERED, "%" PRIu64,
                        walk->checkpoint_size);
    }
    if (!tiles_finish(&walk->tiles, &walk->source, walk->fault) || !check_newest(walk)) {
        return false;
    }
    report->devices = walk->identity.device_count;
    report->devices_revoked = walk->identity.revoked_count;
    report->devices_unapproved = walk->identity.unapproved_count;
    report->looks_number = walk->identity.looks_number;
    report->looks_hash = walk->identity.looks_hash;
    report->witnesses = identity_witnesses(&walk->identity);
    report->records = walk->records.record_count;
    if (!kept_judge(&walk->kept, size, walk->epochs, walk->epoch_count, &walk->identity, walk->fault)) {
        return false;
    }
    for (size_t i = 0; i < walk->kept.count; i++) {
        report->receipts += walk->kept.items[i].is_receipt;
        report->receipts_void += walk->kept.items[i].is_receipt && walk->kept.items[i].is_void;
    }
    return true;
}

/* Who reads the tree by tiles starts at the file `checkpoint`. */
static bool check_newest(struct walk *walk)
{
    struct bytes content;
    if (walk->newest.len == 0) {
        return true; /* an empty journal */
    }
    if (!source_file(&walk->source, "checkpoint", NOTE_BYTES_MAX, &content, walk->fault)) {
        return false;
    }
    return bytes_equal(content, buf_content(&walk->newest)) ||
           fault_in(walk->fault, FAULT_TILE, "checkpoint");
}
