#include "tests/lib/log_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto/hash.h"
#include "common/crypto/merkle.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "common/wire/receipt.h"

enum { TIME_MS = 1700000000, NOTE_ROOM_BYTES = 4096, ITEM_ROOM_BYTES = 65536, POSSESSION_BYTES = 72 };

static void must(bool is_true, const char *what)
{
    if (!is_true) {
        (void)fprintf(stderr, "log_world: %s\n", what);
        abort();
    }
}

static struct bytes keep(const struct log_world *log, struct bytes in)
{
    struct bytes copy = arena_copy(log->arena, in);
    must(copy.at != NULL, "memory");
    return copy;
}

static ProtobufCBinaryData field(struct bytes in)
{
    return (ProtobufCBinaryData){.len = in.len, .data = (uint8_t *)(uintptr_t)in.at};
}

static void set_key(struct log_world *log, uint8_t first)
{
    uint8_t seed[SIGN_SEED_BYTES] = {first};
    signing_key_free(log->key);
    must(signing_key_from_seed(seed, &log->key) == ERR_OK, "key");
    signing_key_public(log->key, log->public_key);
}

void log_open(struct log_world *log, struct arena *arena, uint8_t first)
{
    *log = (struct log_world){.arena = arena, .epoch = {{first}}};
    set_key(log, first);
    log->device = sign_spki_hash(log->public_key);
}

void log_close(struct log_world *log)
{
    signing_key_free(log->key);
    log->key = NULL;
}

void log_fork(struct log_world *fork, const struct log_world *log, uint64_t size)
{
    char pem[SIGN_PEM_BYTES_MAX];
    *fork = *log;
    fork->size = size;
    must(signing_key_to_pem(log->key, pem) == ERR_OK, "pem");
    must(signing_key_from_pem(bytes_of_text(pem), &fork->key) == ERR_OK, "key");
}

/* ---- entries ---- */

uint64_t log_append_leaf(struct log_world *log, const struct hash *leaf)
{
    must(log->size < LOG_ENTRIES_MAX, "full");
    log->entries[log->size] = (struct log_entry){.leaf = *leaf};
    return log->size++;
}

uint64_t log_append(struct log_world *log, uint64_t content)
{
    uint8_t number[8];
    u64_write(number, content);
    struct hash leaf = hash_of_one(bytes_of(number, sizeof number));
    return log_append_leaf(log, &leaf);
}

uint64_t log_append_item(struct log_world *log, const struct hash *device, const struct signing_key *key,
                         uint16_t content, uint64_t sequence, struct bytes item)
{
    struct hash salt = {{0x5a, (uint8_t)log->size}};
    struct hash item_hash = payload_change_hash(&salt, item);
    const struct envelope envelope = {
        .device = *device,
        .sequence = sequence,
        .content = content,
        .schema_version = 1,
        .payload_bytes = (uint32_t)item.len,
        .payload_hash = hash_of_one(bytes_of(item_hash.at, HASH_BYTES)),
    };
    uint8_t bytes[ENVELOPE_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    const struct verdict applied = {.code = VERDICT_APPLIED};
    struct hash verdict_hash = receipt_verdict_hash(&applied, 1);
    Dantin__ProvenEntry *proven = arena_zalloc(log->arena, 1, sizeof *proven);
    must(proven != NULL, "memory");
    envelope_encode(&envelope, bytes);
    signing_key_sign(key, bytes_of(bytes, sizeof bytes), signature);
    dantin__proven_entry__init(proven);
    proven->has_position = proven->has_envelope = proven->has_signature = proven->has_server_time_ms = true;
    proven->has_verdict_hash = proven->has_index = proven->has_salt = proven->has_item = proven->has_hashes =
        true;
    proven->position = log->size;
    proven->envelope = field(keep(log, bytes_of(bytes, sizeof bytes)));
    proven->signature = field(keep(log, bytes_of(signature, sizeof signature)));
    proven->server_time_ms = (int64_t)TIME_MS * 1000 + (int64_t)log->size;
    proven->verdict_hash = field(keep(log, bytes_of(verdict_hash.at, HASH_BYTES)));
    proven->salt = field(keep(log, bytes_of(salt.at, HASH_BYTES)));
    proven->item = field(keep(log, item));
    proven->hashes = field(keep(log, bytes_of(item_hash.at, HASH_BYTES)));
    struct hash leaf = receipt_leaf_hash(bytes_of(bytes, sizeof bytes), bytes_of(signature, sizeof signature),
                                         proven->server_time_ms, &verdict_hash);
    uint64_t position = log_append_leaf(log, &leaf);
    log->entries[position].proven = proven;
    return position;
}

static uint64_t append_act(struct log_world *log, const Dantin__Act *act, const struct signing_key *signer)
{
    struct buf item;
    buf_init(&item, ITEM_ROOM_BYTES);
    must(message_pack(act, &item) == ERR_OK, "pack");
    uint64_t position = log_append_item(log, &log->device, signer, ENVELOPE_CONTENT_ACTS, ++log->sequence,
                                        buf_content(&item));
    buf_release(&item);
    return position;
}

uint64_t log_append_act(struct log_world *log, const Dantin__Act *act)
{
    return append_act(log, act, log->key);
}

uint64_t log_append_epoch(struct log_world *log, const struct id *epoch)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActEpoch opened = DANTIN__ACT_EPOCH__INIT;
    struct id previous = log->epoch;
    struct hash root = log_root(log, log->size);
    log->epoch = *epoch;
    opened.has_previous = opened.has_epoch = opened.has_branch_size = opened.has_branch_root = true;
    opened.previous = field(bytes_of(previous.at, ID_BYTES));
    opened.epoch = field(bytes_of(log->epoch.at, ID_BYTES));
    opened.branch_size = log->size;
    opened.branch_root = field(bytes_of(root.at, HASH_BYTES));
    act.epoch = &opened;
    return log_append_act(log, &act);
}

uint64_t log_append_key(struct log_world *log, uint8_t first, const struct signing_key *signer)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActLogKey changed = DANTIN__ACT_LOG_KEY__INIT;
    struct signing_key *old = log->key;
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    log->key = NULL;
    set_key(log, first);
    log_possession(log->key, &log->device, log->sequence + 1, possession);
    changed.has_public_key = changed.has_possession = true;
    changed.public_key = field(bytes_of(log->public_key, SIGN_PUBLIC_KEY_BYTES));
    changed.possession = field(bytes_of(possession, sizeof possession));
    act.log_key = &changed;
    uint64_t position = append_act(log, &act, signer != NULL ? signer : old);
    signing_key_free(old);
    return position;
}

uint64_t log_append_device(struct log_world *log, const struct signing_key *key, const struct id *sender)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActDevice device = DANTIN__ACT_DEVICE__INIT;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    char role[] = "clerk";
    signing_key_public(key, public_key);
    device.has_public_key = device.has_sender = true;
    device.public_key = field(bytes_of(public_key, sizeof public_key));
    device.sender = field(bytes_of(sender->at, ID_BYTES));
    device.role = role;
    act.device = &device;
    return log_append_act(log, &act);
}

void log_possession(const struct signing_key *key, const struct hash *device, uint64_t sequence,
                    uint8_t ret_signature[SIGN_SIGNATURE_BYTES])
{
    uint8_t said[POSSESSION_BYTES] = "dantin/key-change";
    memcpy(said + 32, device->at, HASH_BYTES);
    u64_write(said + 64, sequence);
    signing_key_sign(key, bytes_of(said, sizeof said), ret_signature);
}

/* ---- tree ---- */

static enum err get_node(void *context, unsigned level, uint64_t index, struct hash *ret_hash)
{
    const struct log_world *log = context;
    struct hash left = {0};
    struct hash right = {0};
    if (level == 0) {
        *ret_hash = log->entries[index].leaf;
        return ERR_OK;
    }
    (void)get_node(context, level - 1, 2 * index, &left); /* cannot fail */
    (void)get_node(context, level - 1, 2 * index + 1, &right);
    *ret_hash = merkle_node(&left, &right);
    return ERR_OK;
}

static void *source(const struct log_world *log)
{
    return (void *)(uintptr_t)log; /* only read */
}

struct hash log_root(const struct log_world *log, uint64_t size)
{
    struct hash root = merkle_empty_root();
    must(size == 0 || merkle_root(size, get_node, source(log), &root) == ERR_OK, "root");
    return root;
}

struct bytes log_note(const struct log_world *log, uint64_t size)
{
    struct buf note;
    const struct checkpoint checkpoint = {
        .epoch = log->epoch, .size = size, .root = log_root(log, size), .state = {{(uint8_t)size}}};
    buf_init(&note, NOTE_ROOM_BYTES);
    must(checkpoint_sign(&checkpoint, log->key, &note) == ERR_OK, "note");
    struct bytes copy = keep(log, buf_content(&note));
    buf_release(&note);
    return copy;
}

struct bytes log_inclusion(const struct log_world *log, uint64_t position, uint64_t size)
{
    struct merkle_path path;
    must(merkle_inclusion_path(position, size, get_node, source(log), &path) == ERR_OK, "inclusion");
    return keep(log, merkle_path_encode(&path));
}

struct bytes log_consistency(const struct log_world *log, uint64_t old_size, uint64_t size)
{
    struct merkle_path path;
    must(merkle_consistency_path(old_size, size, get_node, source(log), &path) == ERR_OK, "consistency");
    return keep(log, merkle_path_encode(&path));
}

Dantin__ProvenEntry *log_proven(const struct log_world *log, uint64_t position, uint64_t size)
{
    Dantin__ProvenEntry *proven = arena_zalloc(log->arena, 1, sizeof *proven);
    must(proven != NULL && log->entries[position].proven != NULL, "no entry to prove");
    *proven = *log->entries[position].proven;
    proven->has_proof = true;
    proven->proof = field(log_inclusion(log, position, size));
    return proven;
}
