#include "tests/lib/client_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/platform.h"
#include "common/wire/message.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/record_text.h"

enum {
    LOG_FIRST = 0x22,
    /* of key and epoch */ WORLD_ARENA_BYTES_MAX = 512 << 20,
    SERVER_TIME_MS = 1700000000
};

const struct store_owner client_owner;

/* cmocka's asserts need a running test; the world is also used by child processes. */
static void must(bool is_true, const char *what)
{
    if (!is_true) {
        (void)fprintf(stderr, "client_world: %s\n", what);
        abort();
    }
}

void client_world_open(struct client_world *world)
{
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct error error;
    memset(world, 0, sizeof *world);
    arena_init(&world->arena, WORLD_ARENA_BYTES_MAX);
    folder_new(world->folder);
    must(signing_key_generate(&world->device_key) == ERR_OK, "device key");
    signing_key_public(world->device_key, public_key);
    world->signer = (struct outbox_signer){.key = world->device_key, .device = sign_spki_hash(public_key)};
    const uint8_t seed[SIGN_SEED_BYTES] = {LOG_FIRST};
    log_open(&world->log, &world->arena, LOG_FIRST);
    must(signing_key_from_seed(seed, &world->receipt_key) == ERR_OK, "receipt key");
    signing_key_public(world->receipt_key, world->receipt_public);
    must(verify_key_new(bytes_of(world->receipt_public, SIGN_PUBLIC_KEY_BYTES), &world->receipt_verify) ==
             ERR_OK,
         "verify key");
    world->owner.device = world->signer.device;
    must(store_open(world->folder, &world->owner, true, &world->store, &error) == ERR_OK, "store");
}

void client_world_close(struct client_world *world)
{
    store_close(world->store);
    signing_key_free(world->device_key);
    signing_key_free(world->receipt_key);
    verify_key_free(world->receipt_verify);
    log_close(&world->log);
    folder_remove(world->folder);
    arena_release(&world->arena);
    memset(world, 0, sizeof *world);
}

void client_world_reopen(struct client_world *world)
{
    struct error error;
    store_close(world->store);
    world->store = NULL;
    must(store_open(world->folder, &world->owner, false, &world->store, &error) == ERR_OK, "reopen");
}

static void store_path(const struct client_world *world, const char *name, char path[FOLDER_PATH_BYTES])
{
    (void)snprintf(path, FOLDER_PATH_BYTES, "%.200s/%s", world->folder, name);
}

void client_world_save(struct client_world *world, struct buf *ret_file)
{
    char path[FOLDER_PATH_BYTES];
    store_close(world->store); /* takes its write-ahead log into the file */
    store_path(world, "store.db", path);
    must(platform_file_read(path, ret_file) == ERR_OK, "read");
    world->store = NULL;
    client_world_reopen(world);
}

void client_world_restore(struct client_world *world, const struct buf *file)
{
    char path[FOLDER_PATH_BYTES];
    struct bytes content = buf_content(file);
    store_close(world->store);
    world->store = NULL;
    store_path(world, "store.db-wal", path);
    (void)remove(path); /* there may be none */
    store_path(world, "store.db", path);
    FILE *out = fopen(path, "we");
    must(out != NULL && fwrite(content.at, 1, content.len, out) == content.len && fclose(out) == 0, "write");
    client_world_reopen(world);
}

void *client_branch(struct client_world *world, const char *name, const char *code, const struct id *parent)
{
    const struct kind_schema *schema = schema_of(KIND_BRANCH);
    const char *const texts[][2] = {{"name", name}, {"kind", "cell"}, {NULL, NULL}};
    void *branch = record_from_texts(schema, &world->arena, texts);
    if (code != NULL) {
        record_set_text(schema, &world->arena, branch, "code", code);
    }
    if (parent != NULL) {
        struct value items[] = {{.is_stated = true, .text = bytes_of(parent->at, ID_BYTES)},
                                {.is_stated = true, .number = 3650},
                                {.is_stated = false}};
        must(record_append(schema, &world->arena, branch, (size_t)schema_list_index(schema, "parent"),
                           items) == ERR_OK,
             "parent");
    }
    return branch;
}

void *client_member(struct client_world *world, const char *name, const char *file_number,
                    const struct id *branch)
{
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    const char *const texts[][2] = {
        {"name", name}, {"file_number", file_number},     {"birth_date", "01/05/1970"},
        {"sex", "nam"}, {"admission_date", "19/05/1995"}, {"official_date", "19/05/1996"},
        {NULL, NULL}};
    struct value items[] = {{.is_stated = true, .text = bytes_of(branch->at, ID_BYTES)},
                            {.is_stated = true, .number = 9269},
                            {.is_stated = false}};
    void *member = record_from_texts(schema, &world->arena, texts);
    must(record_append(schema, &world->arena, member, (size_t)schema_list_index(schema, "branch"), items) ==
             ERR_OK,
         "cell");
    return member;
}

struct id client_put(struct client_world *world, enum record_kind kind, const struct id *id,
                     const void *message)
{
    struct store_put put = {.kind = kind, .message = message, .origin = RECORD_OWN};
    must(store_begin(world->store) == ERR_OK, "begin");
    if (id != NULL) {
        put.record = *id;
    } else {
        must(store_draw_id(world->store, &put.record) == ERR_OK, "draw");
    }
    must(store_record_put(world->store, &put) == ERR_OK, "put");
    must(store_commit(world->store) == ERR_OK, "commit");
    return put.record;
}

void client_put_members(struct client_world *world, size_t count, const struct id *branch)
{
    static const char *const names[] = {"Nguyễn Văn Đạt", "Trần Thị Bé", "Lê Hoàng Quân",
                                        "Phạm Thị Hồng Nhung", "Đinh Văn Ước"};
    must(store_begin(world->store) == ERR_OK, "begin");
    for (size_t i = 0; i < count; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "%06zu", (i * 7919) % 1000000);
        struct store_put put = {
            .kind = KIND_MEMBER,
            .message = client_member(world, names[(i * 31) % 5], number, branch),
            .is_first_load = true,
            .origin = RECORD_OWN,
        };
        must(store_draw_id(world->store, &put.record) == ERR_OK, "draw");
        must(store_record_put(world->store, &put) == ERR_OK, "put");
    }
    must(store_commit(world->store) == ERR_OK, "commit");
}

struct store_record client_get(struct client_world *world, enum record_kind kind, const struct id *id)
{
    struct store_record record = {0};
    must(store_record_get(world->store, kind, id, &world->arena, &record) == ERR_OK, "get");
    return record;
}

void client_remove(struct client_world *world, enum record_kind kind, const struct id *id)
{
    static const char *const rule = "record.removed";
    static const char *const text = "ghi nhầm";
    struct store_put put = {.kind = kind,
                            .record = *id,
                            .reason_rules = &rule,
                            .reason_texts = &text,
                            .reason_count = 1,
                            .origin = RECORD_OWN};
    must(store_begin(world->store) == ERR_OK, "begin");
    must(store_record_put(world->store, &put) == ERR_OK, "put");
    must(store_commit(world->store) == ERR_OK, "commit");
}

struct bytes client_packed(struct client_world *world, const void *message)
{
    struct buf packed;
    buf_init(&packed, 1 << 20);
    must(message_pack(message, &packed) == ERR_OK, "pack");
    struct bytes copy = arena_copy(&world->arena, buf_content(&packed));
    buf_release(&packed);
    return copy;
}

struct outbox_sealed client_seal(struct client_world *world)
{
    struct outbox_sealed sealed = {0};
    must(outbox_seal(world->store, &world->signer, NULL, NULL, &sealed) == ERR_OK, "seal");
    return sealed;
}

/* The entry stands in the log; what the receipt says of it. */
static void add_proof(struct client_world *world, Dantin__Receipt *receipt, const struct hash *leaf,
                      enum client_fault fault)
{
    struct log_world *log = &world->log;
    uint64_t position = receipt->position;
    struct id epoch = log->epoch;
    memcpy(log->epoch.at, receipt->epoch.data, ID_BYTES);
    while (log->size <= position) {
        (void)log_append(log, log->size);
    }
    struct log_entry *entry = &log->entries[position];
    bool is_known = entry->note.at != NULL && hash_equal(&entry->leaf, leaf) &&
                    id_equal(&entry->epoch, &log->epoch) && fault == CLIENT_SOUND;
    entry->leaf = *leaf;
    uint64_t size = fault == CLIENT_CHECKPOINT_TOO_SMALL ? position : position + 1;
    struct bytes proof = log_inclusion(log, position, position + 1);
    if (fault == CLIENT_PROOF_FALSE) {
        (void)log_append(log, position + 1);
        proof = log_inclusion(log, position, position + 2);
        log->size--;
    }
    if (fault == CLIENT_CHECKPOINT_OF_OTHER_EPOCH) {
        log->epoch.at[1] ^= 1;
    }
    struct bytes note = log_note(log, size);
    if (fault == CLIENT_CHECKPOINT_OF_OTHER_EPOCH) {
        log->epoch = epoch;
    }
    if (fault == CLIENT_CHECKPOINT_UNSIGNED) {
        uint8_t *character = (uint8_t *)(uintptr_t)note.at + note.len - 6; /* within the signature */
        *character = *character == 'A' ? 'B' : 'A';                        /* base64 all the same */
    }
    if (is_known) { /* asked again: the same for ever, whatever was filled in before it meanwhile */
        note = entry->note;
        proof = entry->proof;
    }
    if (fault == CLIENT_SOUND) {
        entry->note = note;
        entry->proof = proof;
        entry->epoch = log->epoch;
    }
    receipt->has_proof = fault != CLIENT_PROOF_NONE;
    receipt->proof = (ProtobufCBinaryData){.len = receipt->has_proof ? proof.len : 0,
                                           .data = (uint8_t *)(uintptr_t)proof.at};
    receipt->has_checkpoint = fault != CLIENT_CHECKPOINT_NONE;
    receipt->checkpoint = (ProtobufCBinaryData){.len = receipt->has_checkpoint ? note.len : 0,
                                                .data = (uint8_t *)(uintptr_t)note.at};
}

struct bytes client_receipt(struct client_world *world, const struct id *epoch, uint64_t position,
                            uint64_t sequence, const struct client_verdict *verdicts, size_t verdict_count,
                            enum client_fault fault)
{
    struct store_sealed sealed = {0};
    must(store_sealed_get(world->store, sequence, &world->arena, &sealed) == ERR_OK, "sealed");
    struct verdict *all = arena_zalloc(&world->arena, sealed.item_count, sizeof *all);
    Dantin__Verdict *told = arena_zalloc(&world->arena, verdict_count + 1, sizeof *told);
    Dantin__Verdict **list = arena_zalloc(&world->arena, verdict_count + 1, sizeof(Dantin__Verdict *));
    int64_t time_ms = (int64_t)SERVER_TIME_MS * 1000 + (int64_t)position;
    must(all != NULL && told != NULL && list != NULL, "memory");
    for (size_t i = 0; i < verdict_count; i++) {
        struct verdict *verdict = &all[verdicts[i].index];
        const char *rule = verdicts[i].rule != NULL ? verdicts[i].rule : "";
        verdict->code = verdicts[i].code;
        memcpy(verdict->rule, rule, strlen(rule) + 1);
        dantin__verdict__init(&told[i]);
        told[i].has_index = told[i].has_code = true;
        told[i].index = verdicts[i].index;
        told[i].code = fault == CLIENT_VERDICT_UNKNOWN ? 9 : verdicts[i].code;
        told[i].rule = arena_text(&world->arena, bytes_of_text(rule));
        told[i].has_current = !id_is_none(&verdicts[i].current);
        told[i].current =
            (ProtobufCBinaryData){.len = ID_BYTES, .data = (uint8_t *)(uintptr_t)verdicts[i].current.at};
        told[i].has_current_body = verdicts[i].current_body.at != NULL;
        told[i].current_body = (ProtobufCBinaryData){
            .len = verdicts[i].current_body.len, .data = (uint8_t *)(uintptr_t)verdicts[i].current_body.at};
        list[i] = &told[i];
    }
    struct hash verdict_hash = receipt_verdict_hash(all, sealed.item_count);
    struct hash leaf = receipt_leaf_hash(sealed.envelope, sealed.signature, time_ms, &verdict_hash);
    uint8_t signed_bytes[RECEIPT_SIGNED_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    struct id epoch_copy = *epoch;
    receipt_signed_bytes(epoch, position, &leaf, signed_bytes);
    signing_key_sign(world->receipt_key, bytes_of(signed_bytes, sizeof signed_bytes), signature);
    if (fault == CLIENT_SIGNATURE_FALSE) {
        signature[5] ^= 1;
    }
    if (fault == CLIENT_ENVELOPE_OTHER) {
        sealed.envelope_hash.at[0] ^= 1;
    }
    Dantin__Receipt receipt = DANTIN__RECEIPT__INIT;
    receipt.has_epoch = receipt.has_position = receipt.has_server_time_ms = receipt.has_sequence = true;
    receipt.has_envelope_hash = receipt.has_change_count = receipt.has_leaf = receipt.has_signature = true;
    receipt.epoch = (ProtobufCBinaryData){.len = ID_BYTES, .data = epoch_copy.at};
    receipt.position = position;
    receipt.server_time_ms = time_ms + (fault == CLIENT_TIME_FALSE);
    receipt.sequence = sequence;
    receipt.envelope_hash = (ProtobufCBinaryData){.len = HASH_BYTES, .data = sealed.envelope_hash.at};
    receipt.change_count = sealed.item_count + (fault == CLIENT_COUNT_OTHER);
    receipt.n_verdict = fault == CLIENT_VERDICT_HIDDEN ? 0 : verdict_count;
    receipt.verdict = list;
    receipt.leaf = (ProtobufCBinaryData){.len = HASH_BYTES, .data = leaf.at};
    receipt.signature = (ProtobufCBinaryData){.len = sizeof signature, .data = signature};
    add_proof(world, &receipt, &leaf, fault);
    struct buf packed;
    buf_init(&packed, 1 << 20);
    must(message_pack(&receipt, &packed) == ERR_OK, "pack");
    struct bytes body = arena_copy(&world->arena, buf_content(&packed));
    buf_release(&packed);
    return body;
}

struct id client_id(uint64_t number)
{
    struct id id = {{0xee}};
    u64_write(id.at + 8, number);
    return id;
}

struct id client_version(struct client_world *world, uint64_t sequence, uint32_t change_index)
{
    struct store_sealed sealed = {0};
    must(store_sealed_get(world->store, sequence, &world->arena, &sealed) == ERR_OK, "sealed");
    return version_name(&sealed.envelope_hash, change_index);
}
