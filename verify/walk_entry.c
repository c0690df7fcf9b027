/* One entry: the bytes in the tree, who sealed it, in which order, and what each item did. */
#include <inttypes.h>
#include <string.h>

#include "common/crypto/hash.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/journal.pb-c.h"
#include "verify/erasure.h"
#include "verify/walk_private.h"

/* The entry at hand. */
struct entry {
    uint64_t position;
    struct bytes leaf;
    struct hash hash;
    struct bytes verdicts;
    struct envelope envelope;
    struct hash envelope_hash;
    struct identity_device *device;
};

static bool read_entry(struct walk *walk, struct entry *entry);
static bool check_speaker(struct walk *walk, struct entry *entry);
static bool check_payload(struct walk *walk, struct entry *entry);
static bool check_items(struct walk *walk, struct entry *entry, const struct payload *payload);
static bool check_nothing_applied(struct walk *walk, const struct entry *entry, enum fault_id id,
                                  const char *detail);
static bool apply_item(struct walk *walk, struct entry *entry, const struct payload *payload, uint32_t index,
                       enum verdict_code code);
static bool apply_change(struct walk *walk, struct entry *entry, const struct payload *payload,
                         uint32_t index, enum verdict_code code);
static struct record_deed deed_of(const struct walk *walk, const struct entry *entry);
static bool apply_key(struct walk *walk, struct entry *entry, struct bytes item);
static bool apply_act(struct walk *walk, struct entry *entry, struct bytes item);
static void count(struct walk *walk, const struct entry *entry);

bool walk_entry(struct walk *walk, uint64_t position)
{
    struct entry entry = {.position = position};
    if (!read_entry(walk, &entry) || !check_speaker(walk, &entry) || entry.device == NULL) {
        return false;
    }
    /* Before what it holds: a change of key is of the sequence after this one. */
    entry.device->sequence = entry.envelope.sequence;
    entry.device->previous = entry.envelope_hash;
    if (!check_payload(walk, &entry)) {
        return false;
    }
    kept_leaf(&walk->kept, position, entry.leaf);
    merkle_frontier_append(&walk->frontier, &entry.hash);
    if (!tiles_add(&walk->tiles, &walk->source, &entry.hash, walk->fault)) {
        return false;
    }
    count(walk, &entry);
    return true;
}

static bool read_entry(struct walk *walk, struct entry *entry)
{
    static const uint8_t leaf_prefix[] = {0};
    struct source_entry read;
    if (!source_entry(&walk->source, entry->position, &read, walk->fault)) {
        return false;
    }
    struct bytes parts[] = {bytes_of(leaf_prefix, sizeof leaf_prefix), read.leaf};
    entry->leaf = read.leaf;
    entry->hash = hash_of(parts, 2);
    entry->verdicts = read.verdicts;
    if (!hash_equal(&entry->hash, &read.hash)) {
        return fault_at(walk->fault, entry->position, FAULT_LEAF, "%s", "");
    }
    struct bytes envelope = bytes_of(entry->leaf.at, ENVELOPE_BYTES);
    if (envelope_decode(envelope, &entry->envelope) != ERR_OK) {
        return fault_at(walk->fault, entry->position, FAULT_ENVELOPE, "%s", "");
    }
    entry->envelope_hash = envelope_hash(envelope);
    const uint8_t *after = entry->leaf.at + ENVELOPE_BYTES + SIGN_SIGNATURE_BYTES;
    int64_t time_ms = (int64_t)u64_read(after);
    if (time_ms < walk->newest_time_ms) {
        return fault_at(walk->fault, entry->position, FAULT_TIME, "%s", "");
    }
    walk->newest_time_ms = time_ms;
    struct hash verdict_hash = hash_of_one(entry->verdicts);
    if (memcmp(verdict_hash.at, after + 8, HASH_BYTES) != 0) {
        return fault_at(walk->fault, entry->position, FAULT_VERDICTS, "%s", "");
    }
    return true;
}

static bool check_speaker(struct walk *walk, struct entry *entry)
{
    char text[IDENTITY_SHORT_BYTES];
    const struct envelope *envelope = &entry->envelope;
    const char *name = identity_short(&envelope->device, text);
    struct identity_device *device = identity_find(&walk->identity, &envelope->device);
    if (device == NULL) {
        return fault_at(walk->fault, entry->position, FAULT_DEVICE_UNKNOWN, "%s", name);
    }
    entry->device = device;
    if (device->is_revoked) {
        return fault_at(walk->fault, entry->position, FAULT_DEVICE_REVOKED, "%s", name);
    }
    if (envelope->sequence != device->sequence + 1) {
        return fault_at(walk->fault, entry->position, FAULT_SEQUENCE, "%s: %" PRIu64 ", %" PRIu64, name,
                        device->sequence, envelope->sequence);
    }
    if (!hash_equal(&envelope->previous, &device->previous)) {
        return fault_at(walk->fault, entry->position, FAULT_CHAIN, "%s", name);
    }
    struct bytes signature = bytes_of(entry->leaf.at + ENVELOPE_BYTES, SIGN_SIGNATURE_BYTES);
    enum err err = verify_key_check(device->key->key, bytes_of(entry->leaf.at, ENVELOPE_BYTES), signature);
    if (err != ERR_OK) {
        return err == ERR_NO_MEMORY ? fault_in(walk->fault, FAULT_NO_MEMORY, "%s", "")
                                    : fault_at(walk->fault, entry->position, FAULT_SIGNATURE, "%s", name);
    }
    if (envelope->content == ENVELOPE_CONTENT_ACTS && device != walk->identity.log) {
        return check_nothing_applied(walk, entry, FAULT_ACT_SIGNER, name);
    }
    if (!role_is_in(device->role, role_of_content(envelope->content))) {
        return check_nothing_applied(walk, entry, FAULT_ROLE, role_name(device->role));
    }
    return true;
}

/* Fault `id` if any item was applied or waits, or the verdicts cannot be read. */
static bool check_nothing_applied(struct walk *walk, const struct entry *entry, enum fault_id id,
                                  const char *detail)
{
    struct bytes rest = entry->verdicts;
    struct verdict verdict;
    while (rest.len > 0) {
        if (export_verdict_next(&rest, &verdict) != ERR_OK) {
            return fault_at(walk->fault, entry->position, FAULT_VERDICTS, "%s", "");
        }
        if (verdict.code == VERDICT_APPLIED || verdict.code == VERDICT_WAITING) {
            return fault_at(walk->fault, entry->position, id, "%s", detail);
        }
    }
    return true;
}

/* What the server could not read stands in the journal all the same, with nothing applied. */
static bool check_payload(struct walk *walk, struct entry *entry)
{
    struct bytes zstd;
    struct payload payload;
    uint16_t content = entry->envelope.content;
    bool is_known = content >= ENVELOPE_CONTENT_CHANGES && content <= ENVELOPE_CONTENT_ACTS;
    if (!source_payload(&walk->source, entry->position, &zstd, walk->fault)) {
        return false;
    }
    if (zstd.at == NULL) {
        walk->report->withheld++;
        bool may_be_withheld = content != ENVELOPE_CONTENT_KEY && content != ENVELOPE_CONTENT_ACTS;
        return may_be_withheld || fault_at(walk->fault, entry->position, FAULT_LAYOUT, "payloads");
    }
    if (!is_known) {
        return check_nothing_applied(walk, entry, FAULT_UNREADABLE, "");
    }
    arena_clear(&walk->payload);
    enum err err = payload_decode(zstd, &walk->payload, &payload);
    if (walk->payload.is_out_of_memory) {
        return fault_in(walk->fault, FAULT_NO_MEMORY, "%s", "");
    }
    if (err != ERR_OK) {
        return check_nothing_applied(walk, entry, FAULT_UNREADABLE, "");
    }
    if (!hash_equal(&payload.hash, &entry->envelope.payload_hash)) {
        return fault_at(walk->fault, entry->position, FAULT_PAYLOAD, "%s", "");
    }
    if (payload.is_seed_form && payload.plain_bytes != entry->envelope.payload_bytes) {
        return check_nothing_applied(walk, entry, FAULT_UNREADABLE, "");
    }
    return check_items(walk, entry, &payload);
}

static bool check_items(struct walk *walk, struct entry *entry, const struct payload *payload)
{
    struct bytes rest = entry->verdicts;
    size_t verdict_count = 0;
    for (; rest.len > 0; verdict_count++) {
        struct verdict verdict;
        if (export_verdict_next(&rest, &verdict) != ERR_OK) {
            return fault_at(walk->fault, entry->position, FAULT_VERDICTS, "%s", "");
        }
        bool has_effect = verdict.code == VERDICT_APPLIED || verdict.code == VERDICT_WAITING;
        if (!has_effect && entry->envelope.content == ENVELOPE_CONTENT_APPROVALS &&
            verdict_count < payload->change_count) {
            records_lose(&walk->records, payload->changes[verdict_count], &verdict);
        }
        if (verdict_count < payload->change_count && has_effect &&
            !apply_item(walk, entry, payload, (uint32_t)verdict_count, verdict.code)) {
            return false;
        }
    }
    walk->report->items += payload->change_count;
    return verdict_count == payload->change_count ||
           fault_at(walk->fault, entry->position, FAULT_PAYLOAD_COUNT, "%zu, %zu", payload->change_count,
                    verdict_count);
}

static bool apply_item(struct walk *walk, struct entry *entry, const struct payload *payload, uint32_t index,
                       enum verdict_code code)
{
    struct bytes item = payload->changes[index];
    if (entry->envelope.content == ENVELOPE_CONTENT_CHANGES) {
        return apply_change(walk, entry, payload, index, code);
    }
    if (item.at == NULL || code == VERDICT_WAITING) {
        return fault_at(walk->fault, entry->position, FAULT_ITEM, "%" PRIu32, index);
    }
    const struct record_deed deed = deed_of(walk, entry);
    switch (entry->envelope.content) {
    case ENVELOPE_CONTENT_APPROVALS:
        walk->report->approvals++;
        return walk->report->withheld > 0 || records_approve(&walk->records, &deed, item, walk->fault);
    case ENVELOPE_CONTENT_KEY:
        return apply_key(walk, entry, item);
    default:
        return apply_act(walk, entry, item);
    }
}

/* A change that an erasure took away is known by the version it made. */
static bool apply_change(struct walk *walk, struct entry *entry, const struct payload *payload,
                         uint32_t index, enum verdict_code code)
{
    struct bytes item = payload->changes[index];
    struct id version = version_name(&entry->envelope_hash, index);
    struct record_change change = {.is_erased = item.at == NULL};
    if (change.is_erased) {
        const struct record_erased *erased = records_erased(&walk->records, &version);
        if (erased == NULL) {
            return fault_at(walk->fault, entry->position, FAULT_ITEM, "%" PRIu32, index);
        }
        walk->report->items_erased++;
        change.key = erased->key;
        change.scope = (struct scope_state){.exists = true, .is_unknown = true};
    } else if (!records_read_change(&walk->records, item, &change)) {
        return walk->arena.is_out_of_memory
                   ? fault_in(walk->fault, FAULT_NO_MEMORY, "%s", "")
                   : fault_at(walk->fault, entry->position, FAULT_ITEM, "%" PRIu32, index);
    }
    if (code == VERDICT_APPLIED && records_needs_second(&change.key)) {
        return fault_at(walk->fault, entry->position, FAULT_SECOND_PERSON, "%" PRIu32, index);
    }
    change.hash = payload->hashes[index];
    if (walk->report->withheld > 0) {
        return true; /* what came before is not known */
    }
    const struct record_deed deed = deed_of(walk, entry);
    return code == VERDICT_WAITING
               ? records_wait(&walk->records, &change, &version, entry->device, walk->fault)
               : records_apply(&walk->records, &deed, &change, &version, walk->fault);
}

static struct record_deed deed_of(const struct walk *walk, const struct entry *entry)
{
    return (struct record_deed){
        .position = entry->position, .time_ms = walk->newest_time_ms, .device = entry->device};
}

static bool apply_key(struct walk *walk, struct entry *entry, struct bytes item)
{
    Dantin__KeyChange *change = NULL;
    arena_clear(&walk->item);
    if (message_unpack(&dantin__key_change__descriptor, item, false, &walk->item, (void *)&change) !=
        ERR_OK) {
        return fault_at(walk->fault, entry->position, FAULT_ITEM, "(key)");
    }
    return identity_change_key(&walk->identity, entry->position, &entry->envelope, entry->device,
                               bytes_of(change->public_key.data, change->public_key.len),
                               bytes_of(change->possession.data, change->possession.len), walk->fault);
}

static bool apply_act(struct walk *walk, struct entry *entry, struct bytes item)
{
    Dantin__Act *act = NULL;
    arena_clear(&walk->item);
    if (message_unpack(&dantin__act__descriptor, item, false, &walk->item, (void *)&act) != ERR_OK) {
        return fault_at(walk->fault, entry->position, FAULT_ITEM, "(act)");
    }
    if (!identity_act(&walk->identity, entry->position, &entry->envelope, act, walk->fault)) {
        return false;
    }
    const char *wrong = act->erasure == NULL ? NULL : erasure_fault(act->erasure, &walk->item);
    if (wrong != NULL) {
        return wrong[0] == '\0' ? fault_in(walk->fault, FAULT_NO_MEMORY, "%s", "")
                                : fault_at(walk->fault, entry->position, FAULT_ACT, "%s", wrong);
    }
    walk->report->erasures += act->erasure != NULL;
    return act->epoch == NULL || walk_epoch(walk, entry->position, act->epoch);
}

static void count(struct walk *walk, const struct entry *entry)
{
    switch (entry->envelope.content) {
    case ENVELOPE_CONTENT_ACTS:
        walk->report->acts++;
        break;
    case ENVELOPE_CONTENT_KEY:
        walk->report->key_changes++;
        break;
    default:
        walk->report->submissions++;
    }
}
