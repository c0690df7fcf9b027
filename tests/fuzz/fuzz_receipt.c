/* A RECEIPT as it came, read by the real outbox over a real store that holds one sealed submission of ITEMS changes.
 *
 * Input: one byte (0: the rest is the body as it came; 1: the rest is a Receipt that the log signs as it stands), then the rest. Of a
 * signed one the harness fills in what must fit (epoch, place, envelope, leaf, signature, checkpoint, proof), so that inputs get to
 * the verdicts; what is then taken counts every change once, and is taken again. */
#include <string.h>

#include "common/base/check.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "common/wire/receipt.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/client_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum {
    BASE = 4, /* entries before ours */
    ITEMS = 3,
    STORE_BYTES_MAX = 64 << 20,
    ARENA_BYTES_MAX = 16 << 20,
    BODY_BYTES_MAX = 1 << 20
};

static struct {
    bool is_open;
    struct client_world world;
    struct buf store; /* as every input meets it */
} fuzz;

static void must(enum err err)
{
    ENSURE(err == ERR_OK);
}

static void open_world(void)
{
    struct id branch = client_id(1);
    if (fuzz.is_open) {
        return;
    }
    fuzz.is_open = true;
    client_world_open(&fuzz.world);
    for (uint64_t i = 0; i < BASE; i++) {
        (void)log_append(&fuzz.world.log, i);
    }
    client_put_members(&fuzz.world, ITEMS, &branch);
    ENSURE(client_seal(&fuzz.world).submissions == 1);
    buf_init(&fuzz.store, STORE_BYTES_MAX);
    client_world_save(&fuzz.world, &fuzz.store);
}

static ProtobufCBinaryData field(struct bytes in)
{
    return (ProtobufCBinaryData){.len = in.len, .data = (uint8_t *)(uintptr_t)in.at};
}

/* The verdicts a receipt lists, as the leaf holds them. false: such a receipt cannot be hashed, so nobody signs it. */
static bool hash_verdicts(const Dantin__Receipt *receipt, struct arena *arena, struct hash *ret_hash)
{
    if (receipt->change_count > PAYLOAD_CHANGES_MAX) {
        return false;
    }
    struct verdict *all = arena_zalloc(arena, receipt->change_count + 1, sizeof *all);
    ENSURE(all != NULL);
    for (size_t i = 0; i < receipt->n_verdict; i++) {
        const Dantin__Verdict *told = receipt->verdict[i];
        const char *rule = told->rule != NULL ? told->rule : "";
        if (told->index >= receipt->change_count || strlen(rule) >= sizeof all->rule ||
            told->code > VERDICT_REFUSED) {
            return false;
        }
        all[told->index].code = (enum verdict_code)told->code;
        memcpy(all[told->index].rule, rule, strlen(rule) + 1);
    }
    *ret_hash = receipt_verdict_hash(all, receipt->change_count);
    return true;
}

/* In `body`: the receipt as the log signs it. false: it does not. */
static bool sign(struct bytes in, struct log_world *log, struct buf *body)
{
    Dantin__Receipt *receipt = NULL;
    struct store_sealed sealed = {0};
    struct hash verdict_hash = {{0}};
    uint8_t signed_bytes[RECEIPT_SIGNED_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    must(store_sealed_get(fuzz.world.store, 1, log->arena, &sealed));
    if (message_unpack(&dantin__receipt__descriptor, in, true, log->arena, &receipt) != ERR_OK) {
        return false;
    }
    receipt->has_change_count = true;
    receipt->change_count = receipt->is_unreadable ? receipt->change_count : ITEMS;
    if (!hash_verdicts(receipt, log->arena, &verdict_hash)) {
        return false;
    }
    receipt->has_epoch = receipt->has_position = receipt->has_sequence = receipt->has_server_time_ms = true;
    receipt->has_envelope_hash = receipt->has_leaf = receipt->has_signature = receipt->has_checkpoint =
        receipt->has_proof = true;
    receipt->sequence = 1;
    receipt->epoch = field(bytes_of(log->epoch.at, ID_BYTES));
    receipt->envelope_hash = field(bytes_of(sealed.envelope_hash.at, HASH_BYTES));
    struct hash leaf =
        receipt_leaf_hash(sealed.envelope, sealed.signature, receipt->server_time_ms, &verdict_hash);
    receipt->position = log_append_leaf(log, &leaf);
    receipt_signed_bytes(&log->epoch, receipt->position, &leaf, signed_bytes);
    signing_key_sign(log->key, bytes_of(signed_bytes, sizeof signed_bytes), signature);
    receipt->leaf = field(bytes_of(leaf.at, HASH_BYTES));
    receipt->signature = field(bytes_of(signature, sizeof signature));
    receipt->checkpoint = field(log_note(log, log->size));
    receipt->proof = field(log_inclusion(log, receipt->position, log->size));
    return message_pack(receipt, body) == ERR_OK;
}

static void receive(struct bytes body, bool is_signed)
{
    struct outbox_outcome outcome = {0};
    enum err err = outbox_on_receipt(fuzz.world.store, body, fuzz.world.receipt_verify, &outcome);
    if (!is_signed) {
        ENSURE(err == ERR_PROTOCOL || err == ERR_MALFORMED || err == ERR_BAD_SIGNATURE || err == ERR_TOO_BIG);
        return;
    }
    ENSURE(err == ERR_OK || err == ERR_PROTOCOL);
    if (err == ERR_OK) {
        struct outbox_outcome again = {0};
        ENSURE(outcome.sequence == 1 &&
               outcome.applied + outcome.waiting + outcome.conflicts + outcome.refused == ITEMS);
        must(outbox_on_receipt(fuzz.world.store, body, fuzz.world.receipt_verify, &again));
        ENSURE(memcmp(&outcome, &again, sizeof outcome) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    static struct log_world log;
    struct arena arena;
    struct buf body;
    if (len == 0 || at[0] > 1) {
        return 0;
    }
    bool is_signed = at[0] == 1;
    struct bytes rest = bytes_of(at + 1, len - 1);
    open_world();
    client_world_restore(&fuzz.world, &fuzz.store);
    arena_init(&arena, ARENA_BYTES_MAX);
    buf_init(&body, BODY_BYTES_MAX);
    log_fork(&log, &fuzz.world.log, BASE);
    log.arena = &arena;
    if (!is_signed) {
        receive(rest, false);
    } else if (sign(rest, &log, &body)) {
        receive(buf_content(&body), true);
    }
    log_close(&log);
    buf_release(&body);
    arena_release(&arena);
    return 0;
}
