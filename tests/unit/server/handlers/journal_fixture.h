/* A journal with acts of the log key behind the founding entries, and what a client checks of PROVED and SEALED: by RFC 9162 and
 * the formulas of docs/journal.md, not by the client's code. */
#ifndef TESTS_UNIT_SERVER_HANDLERS_JOURNAL_FIXTURE_H
#define TESTS_UNIT_SERVER_HANDLERS_JOURNAL_FIXTURE_H

#include "tests/unit/server/handlers/fixture.h"

#include "common/crypto/checkpoint.h"
#include "common/crypto/hash.h"
#include "common/crypto/merkle.h"
#include "common/wire/envelope.h"
#include "common/wire/payload.h"
#include "proto/journal.pb-c.h"
#include "proto/witness.pb-c.h"

enum {
    JOURNAL_ITEMS_MAX = 128,
    JOURNAL_ITEM_BYTES_MAX = 65536,
    JOURNAL_LINE_BYTES_MAX = 512,
    JOURNAL_TIME_S = 1700000000
};

static UNUSED struct builder_device journal_log; /* the log key's */

static UNUSED int journal_open(void **state)
{
    int result = fixture_open(state);
    builder_device_init(&journal_log, 70);
    struct store_device row = builder_store_device(&journal_log, &(struct id){{0}}, true);
    row.role = ROLE_LOG;
    model_store_add_device(fixture.world.store, &journal_log.device, &row);
    return result;
}

static UNUSED int journal_close(void **state)
{
    builder_device_release(&journal_log);
    return fixture_close(state);
}

static UNUSED ProtobufCBinaryData journal_field(const void *at, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)at};
}

static UNUSED struct bytes journal_pack(const void *message)
{
    struct buf packed;
    buf_init(&packed, JOURNAL_ITEM_BYTES_MAX);
    assert_int_equal(message_pack(message, &packed), ERR_OK);
    struct bytes copy = arena_copy(&fixture.world.arena, buf_content(&packed));
    buf_release(&packed);
    return copy;
}

/* One entry of these acts; all must be applied. */
static UNUSED void journal_put(const struct bytes *items, size_t count)
{
    struct model_world *world = &fixture.world;
    struct builder_submission sealed =
        builder_seal_content(&world->arena, &journal_log, ENVELOPE_CONTENT_ACTS, items, count, BUILDER_SOUND);
    struct model_answer *answer = model_world_offer(world, &journal_log, &sealed);
    model_world_settle(world);
    assert_int_equal(answer->answer.err, ERR_OK);
    assert_int_equal(answer->answer.receipt.verdict_count, 0);
}

/* An act that enrols the key of this number for sender A. */
static UNUSED struct bytes journal_device_act(uint64_t number)
{
    Dantin__ActDevice message = DANTIN__ACT_DEVICE__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    struct builder_device device;
    builder_device_init(&device, number);
    message.has_public_key = message.has_sender = true;
    message.public_key = journal_field(device.public_key, sizeof device.public_key);
    message.sender = journal_field(fixture.world.branch_a.at, ID_BYTES);
    message.role = (char *)(uintptr_t) "clerk";
    act.device = &message;
    struct bytes item = journal_pack(&act);
    builder_device_release(&device);
    return item;
}

/* `entries` of so many new devices each; numbers from `first` on. */
static UNUSED void journal_put_devices(uint64_t first, size_t entries, size_t each)
{
    struct bytes items[JOURNAL_ITEMS_MAX];
    for (size_t i = 0; i < entries; i++) {
        for (size_t j = 0; j < each; j++) {
            items[j] = journal_device_act(first++);
        }
        journal_put(items, each);
    }
}

static UNUSED uint64_t journal_size(void)
{
    return model_store_entry_count(fixture.world.store);
}

/* The root, counted from the leaves. */
static UNUSED struct hash journal_root(uint64_t size)
{
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    for (uint64_t i = 0; i < size; i++) {
        merkle_frontier_append(&frontier, &model_store_entry(fixture.world.store, i)->leaf);
    }
    return merkle_frontier_root(&frontier);
}

/* The text of the checkpoint of that size. */
static UNUSED struct bytes journal_text(uint64_t size)
{
    struct note note = {0};
    struct checkpoint checkpoint = {0};
    assert_int_equal(checkpoint_parse(model_store_note(fixture.world.store, size), &checkpoint, &note),
                     ERR_OK);
    return note.text;
}

/* What the device says of a text: a line of cosignature/v1, in the world's arena. */
static UNUSED struct bytes journal_line(struct bytes text, const struct builder_device *device)
{
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    struct buf line;
    buf_init(&line, JOURNAL_LINE_BYTES_MAX);
    assert_int_equal(note_cosign(text, device->key, JOURNAL_TIME_S, signature), ERR_OK);
    assert_int_equal(
        checkpoint_append_cosignature(&device->device, device->public_key, JOURNAL_TIME_S, signature, &line),
        ERR_OK);
    struct bytes copy = arena_copy(&fixture.world.arena, buf_content(&line));
    buf_release(&line);
    return copy;
}

static UNUSED void journal_send_cosign(uint64_t request_id, uint64_t size, struct bytes line)
{
    Dantin__Cosign cosign = DANTIN__COSIGN__INIT;
    struct id epoch = model_store_head(fixture.world.store)->epoch;
    cosign.has_epoch = cosign.has_size = cosign.has_line = true;
    cosign.epoch = journal_field(epoch.at, ID_BYTES);
    cosign.size = size;
    cosign.line = journal_field(line.at, line.len);
    fixture_send(MESSAGE_COSIGN, request_id, &cosign);
}

/* The device connects and signs the checkpoint of that size. */
static UNUSED const Dantin__Cosigned *journal_cosign(const struct builder_device *device, uint64_t size)
{
    fixture_connect(device->public_key);
    (void)fixture_greet();
    journal_send_cosign(2, size, journal_line(journal_text(size), device));
    return fixture_expect(MESSAGE_COSIGNED, 2);
}

static UNUSED struct bytes journal_bytes(ProtobufCBinaryData data)
{
    return bytes_of(data.data, data.len);
}

/* The item is part of its entry, the entry stands in the tree, all of it was applied. Returns the act; NULL: a change of a key. */
static UNUSED const Dantin__Act *journal_check_entry(const Dantin__ProvenEntry *entry, uint64_t size,
                                                     const struct hash *root)
{
    static const struct verdict applied[JOURNAL_ITEMS_MAX];
    struct envelope envelope = {0};
    struct hash salt = {{0}};
    Dantin__Act *act = NULL;
    size_t count = entry->hashes.len / HASH_BYTES;
    assert_int_equal(envelope_decode(journal_bytes(entry->envelope), &envelope), ERR_OK);
    assert_int_equal(entry->hashes.len % HASH_BYTES, 0);
    assert_int_equal(entry->salt.len, HASH_BYTES);
    assert_true(entry->index < count);
    memcpy(salt.at, entry->salt.data, HASH_BYTES);
    struct hash item_hash = payload_change_hash(&salt, journal_bytes(entry->item));
    assert_memory_equal(item_hash.at, entry->hashes.data + entry->index * HASH_BYTES, HASH_BYTES);
    struct hash payload_hash = hash_of_one(journal_bytes(entry->hashes));
    assert_memory_equal(payload_hash.at, envelope.payload_hash.at, HASH_BYTES);
    struct hash verdict_hash = receipt_verdict_hash(applied, count);
    assert_memory_equal(entry->verdict_hash.data, verdict_hash.at, HASH_BYTES);
    struct hash leaf = receipt_leaf_hash(journal_bytes(entry->envelope), journal_bytes(entry->signature),
                                         entry->server_time_ms, &verdict_hash);
    assert_true(merkle_check_inclusion(&leaf, entry->position, size, journal_bytes(entry->proof), root));
    if (envelope.content == ENVELOPE_CONTENT_KEY) {
        return NULL;
    }
    assert_int_equal(message_unpack(&dantin__act__descriptor, journal_bytes(entry->item), true,
                                    &fixture.world.arena, &act),
                     ERR_OK);
    return act;
}

#endif
