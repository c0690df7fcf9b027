/* Entries that prove themselves, and what they say about epochs and log keys. */
#include "client/lib/witness.h"

#include <string.h>

#include "common/crypto/hash.h"
#include "common/crypto/merkle.h"
#include "common/wire/key_change.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "common/wire/receipt.h"
#include "proto/journal.pb-c.h"
#include "proto/witness.pb-c.h"

static bool is_item_of(const Dantin__ProvenEntry *message, const struct hash *payload_hash);
static bool is_applied(const Dantin__ProvenEntry *message);
static enum err read_act(const struct witness_entry *entry, struct arena *arena,
                         struct witness_lineage *lineage, enum witness_fault *ret_fault);
static enum err follow_key(const struct witness_entry *entry, const Dantin__ActLogKey *act,
                           struct witness_lineage *lineage);
static enum err follow_epoch(const struct witness_entry *entry, const Dantin__ActEpoch *act,
                             struct witness_lineage *lineage);
static struct bytes bytes_of_field(const ProtobufCBinaryData *field);

enum err witness_entry_read(const Dantin__ProvenEntry *message, const struct checkpoint *tree,
                            struct witness_entry *ret_entry)
{
    struct witness_entry entry = {
        .position = message->position,
        .envelope_bytes = bytes_of_field(&message->envelope),
        .signature = bytes_of_field(&message->signature),
        .item = bytes_of_field(&message->item),
    };
    struct hash verdict_hash = {0};
    if (!message->has_position || !message->has_server_time_ms ||
        entry.signature.len != SIGN_SIGNATURE_BYTES ||
        envelope_decode(entry.envelope_bytes, &entry.envelope) != ERR_OK ||
        hash_from_bytes(bytes_of_field(&message->verdict_hash), &verdict_hash) != ERR_OK ||
        !is_item_of(message, &entry.envelope.payload_hash) || !is_applied(message)) {
        return ERR_MALFORMED;
    }
    struct hash leaf =
        receipt_leaf_hash(entry.envelope_bytes, entry.signature, message->server_time_ms, &verdict_hash);
    if (!merkle_check_inclusion(&leaf, entry.position, tree->size, bytes_of_field(&message->proof),
                                &tree->root)) {
        return ERR_MALFORMED;
    }
    *ret_entry = entry;
    return ERR_OK;
}

enum err witness_check_possession(const struct envelope *envelope, struct bytes public_key,
                                  struct bytes possession)
{
    uint8_t said[KEY_CHANGE_SIGNED_BYTES];
    struct verify_key *key = NULL;
    enum err err = verify_key_new(public_key, &key);
    if (err != ERR_OK) {
        return err;
    }
    key_change_signed_bytes(&envelope->device, envelope->sequence, said);
    err = verify_key_check(key, bytes_of(said, sizeof said), possession);
    verify_key_free(key);
    return err;
}

enum err witness_lineage_read(const Dantin__Proved *message, const struct checkpoint *tree,
                              struct bytes pinned, struct arena *arena, struct witness_lineage *ret_lineage,
                              enum witness_fault *ret_fault)
{
    struct witness_lineage *lineage = arena_zalloc(arena, 1, sizeof *lineage);
    enum witness_fault fault = WITNESS_FINE;
    uint64_t below = 0; /* positions ascend */
    enum err err = lineage != NULL && pinned.len == SIGN_PUBLIC_KEY_BYTES ? ERR_OK : ERR_NO_MEMORY;
    if (err == ERR_OK) {
        memcpy(lineage->log_key, pinned.at, SIGN_PUBLIC_KEY_BYTES);
    }
    for (size_t i = 0; err == ERR_OK && fault == WITNESS_FINE && i < message->n_entry; i++) {
        struct witness_entry entry = {0};
        if (witness_entry_read(message->entry[i], tree, &entry) != ERR_OK || entry.position < below ||
            entry.envelope.content != ENVELOPE_CONTENT_ACTS) {
            fault = WITNESS_FALSE_ACT;
            break;
        }
        below = entry.position;
        err = read_act(&entry, arena, lineage, &fault);
    }
    if (err == ERR_OK) {
        *ret_fault = fault;
        *ret_lineage = *lineage;
    }
    return err;
}

const struct witness_branch *witness_branch_of(const struct witness_lineage *lineage, const struct id *epoch)
{
    for (size_t i = 0; i < lineage->count; i++) {
        if (id_equal(&lineage->branches[i].epoch, epoch)) {
            return &lineage->branches[i];
        }
    }
    return NULL;
}

/* ---- helpers ---- */

/* Is the item, under its salt, the one at its index of what the envelope's hash is over? */
static bool is_item_of(const Dantin__ProvenEntry *message, const struct hash *payload_hash)
{
    struct hash salt = {0};
    struct bytes hashes = bytes_of_field(&message->hashes);
    size_t at = (size_t)message->index * HASH_BYTES;
    if (hash_from_bytes(bytes_of_field(&message->salt), &salt) != ERR_OK || hashes.len % HASH_BYTES != 0 ||
        at >= hashes.len) {
        return false;
    }
    struct hash item = payload_change_hash(&salt, bytes_of_field(&message->item));
    struct hash all = hash_of_one(hashes);
    return bytes_equal(bytes_of(item.at, HASH_BYTES), bytes_of(hashes.at + at, HASH_BYTES)) &&
           hash_equal(&all, payload_hash);
}

/* Was every item of the entry applied, without a warning? Then the verdict hash is over so many pairs of zeros. */
static bool is_applied(const Dantin__ProvenEntry *message)
{
    uint8_t zeros[2 * PAYLOAD_CHANGES_MAX] = {0};
    size_t count = message->hashes.len / HASH_BYTES;
    if (count > PAYLOAD_CHANGES_MAX) {
        return false;
    }
    struct hash applied = hash_of_one(bytes_of(zeros, 2 * count));
    return bytes_equal(bytes_of(applied.at, HASH_BYTES), bytes_of_field(&message->verdict_hash));
}

static enum err read_act(const struct witness_entry *entry, struct arena *arena,
                         struct witness_lineage *lineage, enum witness_fault *ret_fault)
{
    Dantin__Act *act = NULL;
    enum err err = message_unpack(&dantin__act__descriptor, entry->item, true, arena, &act);
    if (err == ERR_OK && act->log_key != NULL) {
        err = follow_key(entry, act->log_key, lineage);
    } else if (err == ERR_OK && act->epoch != NULL) {
        err = follow_epoch(entry, act->epoch, lineage);
    }
    if (err == ERR_MALFORMED || err == ERR_UNAUTHORISED || err == ERR_BAD_SIGNATURE) {
        *ret_fault = WITNESS_FALSE_ACT;
        err = ERR_OK;
    }
    return err;
}

/* A change made before the key we know says nothing to us: it is not signed by that key. */
static enum err follow_key(const struct witness_entry *entry, const Dantin__ActLogKey *act,
                           struct witness_lineage *lineage)
{
    struct verify_key *key = NULL;
    enum err err = verify_key_new(bytes_of(lineage->log_key, SIGN_PUBLIC_KEY_BYTES), &key);
    if (err != ERR_OK) {
        return err;
    }
    err = verify_key_check(key, entry->envelope_bytes, entry->signature);
    verify_key_free(key);
    if (err == ERR_BAD_SIGNATURE) {
        return ERR_OK;
    }
    if (err == ERR_OK) {
        err = witness_check_possession(&entry->envelope, bytes_of_field(&act->public_key),
                                       bytes_of_field(&act->possession));
    }
    if (err == ERR_OK && lineage->key_count == WITNESS_LOG_KEYS_MAX) {
        err = ERR_TOO_BIG;
    }
    if (err == ERR_OK) {
        memcpy(lineage->log_key, act->public_key.data, SIGN_PUBLIC_KEY_BYTES);
        memcpy(lineage->keys[lineage->key_count++], act->public_key.data, SIGN_PUBLIC_KEY_BYTES);
    }
    return err;
}

/* The act is the first entry of its epoch: it stands where the branch was made. */
static enum err follow_epoch(const struct witness_entry *entry, const Dantin__ActEpoch *act,
                             struct witness_lineage *lineage)
{
    struct witness_branch branch = {.size = act->branch_size};
    if (id_from_bytes(bytes_of_field(&act->epoch), &branch.epoch) != ERR_OK ||
        id_from_bytes(bytes_of_field(&act->previous), &branch.previous) != ERR_OK ||
        hash_from_bytes(bytes_of_field(&act->branch_root), &branch.root) != ERR_OK ||
        branch.size != entry->position || id_equal(&branch.epoch, &branch.previous) ||
        witness_branch_of(lineage, &branch.epoch) != NULL) {
        return ERR_MALFORMED;
    }
    if (lineage->count == WITNESS_EPOCHS_MAX) {
        return ERR_TOO_BIG;
    }
    lineage->branches[lineage->count++] = branch;
    return ERR_OK;
}

static struct bytes bytes_of_field(const ProtobufCBinaryData *field)
{
    return bytes_of(field->data, field->len);
}
