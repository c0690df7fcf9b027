/* Entries by the wire's own functions. */
#include "tests/lib/journal_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"
#include "common/crypto/proof.h"
#include "common/wire/enrolment.h"
#include "common/wire/export.h"
#include "common/wire/key_change.h"
#include "common/wire/message.h"
#include "common/wire/state_digest.h"
#include "proto/submission.pb-c.h"
#include "server/commands/export_files.h"

enum { ARENA_BYTES_MAX = 1 << 30, TIME_STEP_MS = 1000, ITEM_BYTES_MAX = 4096 };

static void follow_state(struct journal_builder *journal, const struct journal_entry *entry,
                         const struct bytes *items, const enum verdict_code *codes, size_t count);
static struct hash leaf_hash(const uint8_t leaf[LEAF_BYTES]);
static void sign_note(struct journal_builder *journal, struct journal_note *note);

void journal_builder_init(struct journal_builder *journal)
{
    *journal = (struct journal_builder){.epoch = {{0xE1}}, .time_ms = 1654041600000};
    arena_init(&journal->arena, ARENA_BYTES_MAX);
    builder_device_init(&journal->log, 999999);
    memcpy(journal->first_log_key, journal->log.public_key, SIGN_PUBLIC_KEY_BYTES);
    merkle_frontier_init(&journal->frontier);
}

void journal_builder_release(struct journal_builder *journal)
{
    for (size_t i = 0; i < journal->count; i++) {
        buf_release(&journal->entries[i].verdicts);
        buf_release(&journal->entries[i].payload);
    }
    for (size_t i = 0; i < journal->note_count; i++) {
        buf_release(&journal->notes[i].note);
    }
    free(journal->entries);
    free(journal->notes);
    builder_device_release(&journal->log);
    arena_release(&journal->arena);
}

static struct journal_entry *new_entry(struct journal_builder *journal)
{
    if (journal->count == journal->capacity) {
        journal->capacity = journal->capacity == 0 ? 64 : 2 * journal->capacity;
        journal->entries = realloc(journal->entries, journal->capacity * sizeof *journal->entries);
        REQUIRE(journal->entries != NULL);
    }
    struct journal_entry *entry = &journal->entries[journal->count++];
    *entry = (struct journal_entry){0};
    buf_init(&entry->verdicts, EXPORT_VERDICT_BYTES_MAX);
    buf_init(&entry->payload, PAYLOAD_COMPRESSED_BYTES_MAX);
    return entry;
}

uint64_t journal_builder_items(struct journal_builder *journal, struct builder_device *device,
                               uint16_t content, const struct bytes *items, const enum verdict_code *codes,
                               size_t count)
{
    struct builder_submission sealed =
        builder_seal_content(&journal->arena, device, content, items, count, BUILDER_SOUND);
    struct journal_entry *entry = new_entry(journal);
    for (size_t i = 0; i < count; i++) {
        struct verdict verdict = {.code = codes == NULL ? VERDICT_APPLIED : codes[i]};
        if (verdict.code == VERDICT_REFUSED) {
            memcpy(verdict.rule, "some.rule", sizeof "some.rule");
        }
        REQUIRE(export_verdict_append(&entry->verdicts, &verdict) == ERR_OK);
    }
    struct hash verdict_hash = hash_of_one(buf_content(&entry->verdicts));
    memcpy(entry->leaf, sealed.envelope.at, ENVELOPE_BYTES);
    memcpy(entry->leaf + ENVELOPE_BYTES, sealed.signature.at, SIGN_SIGNATURE_BYTES);
    journal->time_ms += TIME_STEP_MS;
    u64_write(entry->leaf + ENVELOPE_BYTES + SIGN_SIGNATURE_BYTES, (uint64_t)journal->time_ms);
    memcpy(entry->leaf + LEAF_BYTES - HASH_BYTES, verdict_hash.at, HASH_BYTES);
    REQUIRE(buf_append(&entry->payload, sealed.payload_zstd) == ERR_OK);
    entry->envelope_hash = sealed.envelope_hash;
    entry->hash = leaf_hash(entry->leaf);
    merkle_frontier_append(&journal->frontier, &entry->hash);
    if (content == ENVELOPE_CONTENT_CHANGES) {
        follow_state(journal, entry, items, codes, count);
    }
    return journal->count - 1;
}

static void follow_state(struct journal_builder *journal, const struct journal_entry *entry,
                         const struct bytes *items, const enum verdict_code *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct id version = version_name(&entry->envelope_hash, (uint32_t)i);
        if (codes == NULL || codes[i] == VERDICT_APPLIED) {
            journal_builder_state(journal, items[i], &version);
        }
    }
}

void journal_builder_state(struct journal_builder *journal, struct bytes item, const struct id *version)
{
    Dantin__Change *change = NULL;
    struct id record;
    struct id base = {{0}};
    REQUIRE(message_unpack(&dantin__change__descriptor, item, true, &journal->arena, (void *)&change) ==
            ERR_OK);
    REQUIRE(id_from_bytes(bytes_of(change->record.data, change->record.len), &record) == ERR_OK);
    if (change->has_base_version) {
        REQUIRE(id_from_bytes(bytes_of(change->base_version.data, change->base_version.len), &base) ==
                ERR_OK);
    }
    state_digest_move(&journal->state, (uint16_t)change->kind, &record, &base, version);
}

uint64_t journal_builder_change(struct journal_builder *journal, struct builder_device *device,
                                uint64_t number, const struct id *base)
{
    struct id parent = journal_builder_sender_of(journal, &device->device);
    struct builder_change change = {.kind = KIND_BRANCH,
                                    .record = builder_id(number),
                                    .message = builder_branch(&journal->arena, "Chi bộ", &parent, false)};
    if (base != NULL) {
        change.base = *base;
    }
    struct bytes item = builder_pack_change(&journal->arena, &change);
    return journal_builder_items(journal, device, ENVELOPE_CONTENT_CHANGES, &item, NULL, 1);
}

uint64_t journal_builder_act(struct journal_builder *journal, const Dantin__Act *act)
{
    size_t len = protobuf_c_message_get_packed_size(&act->base);
    uint8_t *at = arena_alloc(&journal->arena, len + 1);
    REQUIRE(at != NULL);
    struct bytes item = bytes_of(at, protobuf_c_message_pack(&act->base, at));
    return journal_builder_items(journal, &journal->log, ENVELOPE_CONTENT_ACTS, &item, NULL, 1);
}

/* protobuf-c takes no const bytes, though packing only reads them. */
static ProtobufCBinaryData data_of(const void *at, size_t len)
{
    return (ProtobufCBinaryData){.len = len, .data = (uint8_t *)(uintptr_t)at};
}

static uint64_t enrol(struct journal_builder *journal, const struct builder_device *device,
                      const struct id *sender, const char *role, bool is_province)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActDevice enrolled = DANTIN__ACT_DEVICE__INIT;
    act.device = &enrolled;
    enrolled.has_public_key = 1;
    enrolled.public_key = data_of(device->public_key, SIGN_PUBLIC_KEY_BYTES);
    enrolled.has_sender = 1;
    enrolled.sender = data_of(sender->at, ID_BYTES);
    enrolled.role = (char *)(uintptr_t)role;
    enrolled.has_is_province = enrolled.is_province = is_province;
    REQUIRE(journal->speaker_count < JOURNAL_SPEAKERS_MAX);
    journal->speakers[journal->speaker_count++] =
        (struct journal_speaker){.device = device->device, .sender = *sender};
    return journal_builder_act(journal, &act);
}

uint64_t journal_builder_enrol(struct journal_builder *journal, const struct builder_device *device,
                               const struct id *sender, const char *role)
{
    return enrol(journal, device, sender, role, false);
}

uint64_t journal_builder_enrol_province(struct journal_builder *journal, const struct builder_device *device,
                                        const char *role)
{
    struct id province = builder_id(0);
    return enrol(journal, device, &province, role, true);
}

uint64_t journal_builder_senders(struct journal_builder *journal, struct builder_device *device,
                                 const struct id *senders, size_t count)
{
    struct bytes items[1 + JOURNAL_SPEAKERS_MAX];
    struct id province = builder_id(0);
    REQUIRE(count <= JOURNAL_SPEAKERS_MAX);
    for (size_t i = 0; i <= count; i++) {
        struct builder_change change = {
            .kind = KIND_BRANCH,
            .record = i == 0 ? province : senders[i - 1],
            .message = builder_branch(&journal->arena, "Tổ chức", i == 0 ? NULL : &province, i > 0)};
        items[i] = builder_pack_change(&journal->arena, &change);
    }
    return journal_builder_items(journal, device, ENVELOPE_CONTENT_CHANGES, items, NULL, count + 1);
}

struct id journal_builder_sender_of(const struct journal_builder *journal, const struct hash *device)
{
    for (size_t i = 0; i < journal->speaker_count; i++) {
        if (hash_equal(&journal->speakers[i].device, device)) {
            return journal->speakers[i].sender;
        }
    }
    return builder_id(0);
}

uint64_t journal_builder_operator(struct journal_builder *journal, const char *name,
                                  const struct builder_device *key)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActOperator person = DANTIN__ACT_OPERATOR__INIT;
    act.operator_ = &person;
    person.name = (char *)(uintptr_t)name;
    person.has_public_key = 1;
    person.public_key = data_of(key->public_key, SIGN_PUBLIC_KEY_BYTES);
    return journal_builder_act(journal, &act);
}

uint64_t journal_builder_approved(struct journal_builder *journal, const struct builder_device *device,
                                  const struct id *sender, const char *ticket_by, const char *approved_by,
                                  const struct builder_device *key)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActDevice enrolled = DANTIN__ACT_DEVICE__INIT;
    struct enrolment_claim claim = {
        .sender = *sender, .role = "clerk", .ticket_by = ticket_by, .approved_by = approved_by};
    uint8_t signed_bytes[ENROLMENT_SIGNED_BYTES_MAX];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    size_t len = 0;
    memcpy(claim.public_key, device->public_key, SIGN_PUBLIC_KEY_BYTES);
    REQUIRE(enrolment_signed_bytes(&claim, signed_bytes, &len) == ERR_OK);
    signing_key_sign(key->key, bytes_of(signed_bytes, len), signature);
    act.device = &enrolled;
    enrolled.has_public_key = enrolled.has_sender = enrolled.has_approval_signature = 1;
    enrolled.public_key = data_of(device->public_key, SIGN_PUBLIC_KEY_BYTES);
    enrolled.sender = data_of(sender->at, ID_BYTES);
    enrolled.role = (char *)(uintptr_t)claim.role;
    enrolled.ticket_by = (char *)(uintptr_t)ticket_by;
    enrolled.approved_by = (char *)(uintptr_t)approved_by;
    enrolled.approval_signature = data_of(signature, sizeof signature);
    return journal_builder_act(journal, &act);
}

uint64_t journal_builder_revoke(struct journal_builder *journal, const struct builder_device *device)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActRevoke revoked = DANTIN__ACT_REVOKE__INIT;
    act.revoke = &revoked;
    revoked.has_device = 1;
    revoked.device = data_of(device->device.at, HASH_BYTES);
    return journal_builder_act(journal, &act);
}

uint64_t journal_builder_role(struct journal_builder *journal, const struct role_change *change,
                              const struct builder_device *key)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActRole changed = DANTIN__ACT_ROLE__INIT;
    uint8_t signed_bytes[ROLE_CHANGE_SIGNED_BYTES_MAX];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    size_t len = 0;
    REQUIRE(role_change_signed_bytes(change, signed_bytes, &len) == ERR_OK);
    signing_key_sign(key->key, bytes_of(signed_bytes, len), signature);
    act.role = &changed;
    changed.has_device = changed.has_proposed_at = changed.has_approval_signature = 1;
    changed.device = data_of(change->device.at, HASH_BYTES);
    changed.role = (char *)(uintptr_t)change->role;
    changed.has_may_see_exact = change->has_exact;
    changed.may_see_exact = change->may_see_exact;
    changed.proposed_at = change->proposed_at;
    changed.proposed_by = (char *)(uintptr_t)change->proposed_by;
    changed.approved_by = (char *)(uintptr_t)change->approved_by;
    changed.approval_signature = data_of(signature, sizeof signature);
    return journal_builder_act(journal, &act);
}

uint64_t journal_builder_witnesses(struct journal_builder *journal, const struct id *senders, size_t count)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActWitnesses named = DANTIN__ACT_WITNESSES__INIT;
    ProtobufCBinaryData data[64];
    REQUIRE(count <= sizeof data / sizeof data[0]);
    for (size_t i = 0; i < count; i++) {
        data[i] = data_of(senders[i].at, ID_BYTES);
    }
    act.witnesses = &named;
    named.n_sender = count;
    named.sender = data;
    return journal_builder_act(journal, &act);
}

/* What the new key signs to show that it is there. */
static void prove(const struct builder_device *device, const struct builder_device *next,
                  uint8_t ret_possession[SIGN_SIGNATURE_BYTES])
{
    uint8_t signed_bytes[KEY_CHANGE_SIGNED_BYTES];
    key_change_signed_bytes(&device->device, device->sequence + 1, signed_bytes);
    signing_key_sign(next->key, bytes_of(signed_bytes, sizeof signed_bytes), ret_possession);
}

static void go_on_as(const struct builder_device *device, struct builder_device *next)
{
    next->device = device->device;
    next->sequence = device->sequence;
    next->previous = device->previous;
}

uint64_t journal_builder_log_key(struct journal_builder *journal, struct builder_device *next)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActLogKey changed = DANTIN__ACT_LOG_KEY__INIT;
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    prove(&journal->log, next, possession);
    act.log_key = &changed;
    changed.has_public_key = 1;
    changed.public_key = data_of(next->public_key, SIGN_PUBLIC_KEY_BYTES);
    changed.has_possession = 1;
    changed.possession = data_of(possession, sizeof possession);
    uint64_t position = journal_builder_act(journal, &act);
    go_on_as(&journal->log, next);
    return position;
}

uint64_t journal_builder_change_key(struct journal_builder *journal, struct builder_device *device,
                                    struct builder_device *next)
{
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    uint8_t packed[ITEM_BYTES_MAX];
    prove(device, next, possession);
    Dantin__KeyChange change = DANTIN__KEY_CHANGE__INIT;
    change.has_public_key = 1;
    change.public_key = data_of(next->public_key, SIGN_PUBLIC_KEY_BYTES);
    change.has_possession = 1;
    change.possession = data_of(possession, sizeof possession);
    struct bytes item = bytes_of(packed, protobuf_c_message_pack(&change.base, packed));
    uint64_t position = journal_builder_items(journal, device, ENVELOPE_CONTENT_KEY, &item, NULL, 1);
    go_on_as(device, next);
    return position;
}

struct id journal_builder_version(const struct journal_builder *journal, uint64_t position, uint32_t index)
{
    return version_name(&journal->entries[position].envelope_hash, index);
}

struct journal_note *journal_builder_checkpoint(struct journal_builder *journal)
{
    if (journal->note_count == journal->note_capacity) {
        journal->note_capacity = journal->note_capacity == 0 ? 64 : 2 * journal->note_capacity;
        journal->notes = realloc(journal->notes, journal->note_capacity * sizeof *journal->notes);
        REQUIRE(journal->notes != NULL);
    }
    struct journal_note *note = &journal->notes[journal->note_count++];
    *note = (struct journal_note){.checkpoint = {.epoch = journal->epoch,
                                                 .size = journal->count,
                                                 .root = merkle_frontier_root(&journal->frontier),
                                                 .state = journal->state}};
    buf_init(&note->note, NOTE_BYTES_MAX);
    sign_note(journal, note);
    return note;
}

static void sign_note(struct journal_builder *journal, struct journal_note *note)
{
    buf_clear(&note->note);
    REQUIRE(checkpoint_sign(&note->checkpoint, journal->log.key, &note->note) == ERR_OK);
}

void journal_builder_cosign(struct journal_note *note, const struct builder_device *device)
{
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    char text[CHECKPOINT_TEXT_BYTES_MAX];
    size_t len = checkpoint_text(&note->checkpoint, text);
    REQUIRE(note_cosign(bytes_of(text, len), device->key, 1654041600, signature) == ERR_OK);
    REQUIRE(checkpoint_append_cosignature(&device->device, device->public_key, 1654041600, signature,
                                          &note->note) == ERR_OK);
}

void journal_builder_sign_anew(struct journal_builder *journal)
{
    size_t next = 0;
    merkle_frontier_init(&journal->frontier);
    for (size_t i = 0; i < journal->count; i++) {
        journal->entries[i].hash = leaf_hash(journal->entries[i].leaf);
        merkle_frontier_append(&journal->frontier, &journal->entries[i].hash);
        for (; next < journal->note_count && journal->notes[next].checkpoint.size == i + 1; next++) {
            journal->notes[next].checkpoint.root = merkle_frontier_root(&journal->frontier);
            sign_note(journal, &journal->notes[next]);
        }
    }
}

static struct hash leaf_hash(const uint8_t leaf[LEAF_BYTES])
{
    static const uint8_t prefix[] = {0};
    struct bytes parts[] = {bytes_of(prefix, sizeof prefix), bytes_of(leaf, LEAF_BYTES)};
    return hash_of(parts, 2);
}

void journal_builder_export(const struct journal_builder *journal, const char *folder)
{
    struct export_files *files = NULL;
    struct error error;
    REQUIRE(export_files_open(folder, LANGUAGE_EN, &files, &error) == ERR_OK);
    for (size_t i = 0; i < journal->count; i++) {
        const struct journal_entry *entry = &journal->entries[i];
        struct bytes payload = entry->is_withheld ? bytes_of(NULL, 0) : buf_content(&entry->payload);
        REQUIRE(export_files_entry(files, bytes_of(entry->leaf, LEAF_BYTES), &entry->hash,
                                   buf_content(&entry->verdicts), payload, &error) == ERR_OK);
    }
    for (size_t i = 0; i < journal->note_count; i++) {
        REQUIRE(export_files_checkpoint(files, buf_content(&journal->notes[i].note), &error) == ERR_OK);
    }
    REQUIRE(export_files_finish(files, journal->first_log_key, &error) == ERR_OK);
    export_files_free(files);
}

static enum err get_leaf(void *context, unsigned level, uint64_t index, struct hash *ret_hash)
{
    const struct journal_builder *journal = context;
    struct merkle_frontier subtree;
    merkle_frontier_init(&subtree);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        merkle_frontier_append(&subtree, &journal->entries[i].hash);
    }
    *ret_hash = merkle_frontier_root(&subtree);
    return ERR_OK;
}

void journal_builder_receipt(const struct journal_builder *journal, uint64_t position, const char *path)
{
    const struct journal_note *note = &journal->notes[journal->note_count - 1];
    struct merkle_path inclusion;
    struct buf text;
    buf_init(&text, PROOF_BYTES_MAX);
    REQUIRE(merkle_inclusion_path(position, note->checkpoint.size, get_leaf, (void *)(uintptr_t)journal,
                                  &inclusion) == ERR_OK);
    REQUIRE(proof_format(bytes_of(journal->entries[position].leaf, LEAF_BYTES), position,
                         merkle_path_encode(&inclusion), buf_content(&note->note), &text) == ERR_OK);
    FILE *file = fopen(path, "we");
    REQUIRE(file != NULL && fwrite(buf_content(&text).at, 1, text.len, file) == text.len &&
            fclose(file) == 0);
    buf_release(&text);
}
