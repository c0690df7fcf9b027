/* The public interface: receipts, their proofs, and proofs of others. */
#include "client/lib/handle.h"

#include <string.h>

#include "client/lib/receipt_page.h"
#include "client/lib/store_witness.h"
#include "common/crypto/proof.h"
#include "common/wire/message.h"
#include "proto/submission.pb-c.h"

enum { RECEIPT_ARENA_BYTES_MAX = 32 << 20, PROOF_TEXT_BYTES_MAX = PROOF_BYTES_MAX };

struct receipt_context {
    bool (*on_receipt)(void *context, const struct dantin_receipt *receipt);
    void *context;
    uint64_t sealed_size;
};

/* The newest receipt of one submission. */
struct wanted_receipt {
    uint64_t sequence;
    struct arena *arena;
    struct store_receipt receipt;
    struct dantin_receipt told;
    bool is_found, has_failed;
    uint64_t sealed_size;
};

static struct dantin_receipt told_of(const struct store_receipt *receipt, uint64_t applied, uint64_t refused,
                                     uint64_t conflicts, uint64_t warned, uint64_t sealed_size);
static bool on_stored_receipt(void *context, const struct store_receipt *receipt, uint64_t applied,
                              uint64_t refused, uint64_t conflicts, uint64_t warned);
static bool on_wanted(void *context, const struct store_receipt *receipt, uint64_t applied, uint64_t refused,
                      uint64_t conflicts, uint64_t warned);
static enum err sealed_size(struct store *store, struct arena *arena, uint64_t *ret_size);
static enum err make_proof(struct store *store, struct wanted_receipt *wanted, struct buf *text);
static enum err leaf_bytes(const Dantin__Receipt *message, const struct store_sealed *sealed,
                           struct arena *arena, uint8_t ret_bytes[LEAF_BYTES]);
static enum err read_proof(struct dantin *dantin, uint64_t sequence, struct arena *arena,
                           struct wanted_receipt *wanted, struct buf *text);
static enum err check_proof(struct store *store, const struct proof *proof, struct dantin_proof *ret_proof);
static enum err check_log(struct store *store, const struct note *note);
static bool on_own(void *context, const struct store_receipt *receipt, uint64_t applied, uint64_t refused,
                   uint64_t conflicts, uint64_t warned);

int dantin_receipts(struct dantin *dantin,
                    bool (*on_receipt)(void *context, const struct dantin_receipt *receipt), void *context)
{
    struct store *store = NULL;
    struct arena arena;
    struct receipt_context receipts = {.on_receipt = on_receipt, .context = context};
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    arena_init(&arena, RECEIPT_ARENA_BYTES_MAX);
    err = sealed_size(store, &arena, &receipts.sealed_size);
    if (err == ERR_OK) {
        err = store_receipt_each(store, on_stored_receipt, &receipts);
    }
    arena_release(&arena);
    store_close(store);
    return err == ERR_OK ? ERR_OK : handle_fail(dantin, err, NULL);
}

int dantin_receipt_proof(struct dantin *dantin, uint64_t sequence,
                         void (*on_proof)(void *context, const struct dantin_receipt *receipt,
                                          const char *text),
                         void *context)
{
    struct arena arena;
    struct buf text;
    struct wanted_receipt wanted = {0};
    arena_init(&arena, RECEIPT_ARENA_BYTES_MAX);
    buf_init(&text, PROOF_TEXT_BYTES_MAX + 1);
    enum err err = read_proof(dantin, sequence, &arena, &wanted, &text);
    if (err == ERR_OK) {
        on_proof(context, &wanted.told, (const char *)buf_content(&text).at);
    }
    buf_release(&text);
    arena_release(&arena);
    return (int)err;
}

int dantin_receipt_page(struct dantin *dantin, uint64_t sequence, const char *path, char *ret_path,
                        size_t ret_path_bytes)
{
    struct arena arena;
    struct buf text;
    struct buf page;
    struct platform_output *output = NULL;
    struct wanted_receipt wanted = {0};
    arena_init(&arena, RECEIPT_ARENA_BYTES_MAX);
    buf_init(&text, PROOF_TEXT_BYTES_MAX + 1);
    buf_init(&page, RECEIPT_PAGE_BYTES_MAX);
    enum err err = read_proof(dantin, sequence, &arena, &wanted, &text);
    if (err != ERR_OK) {
        goto done;
    }
    err = receipt_page_write(&wanted.told, (const char *)buf_content(&text).at, &page);
    if (err == ERR_OK) {
        err = platform_output_open(path, &output);
    }
    if (err == ERR_OK) {
        err = platform_output_write(output, buf_content(&page));
    }
    if (err == ERR_OK) {
        err = platform_output_finish(output, ret_path, ret_path_bytes);
        output = NULL;
    }
    platform_output_discard(output);
    if (err != ERR_OK) {
        (void)handle_fail(dantin, err, "%s: %s", path, err_text(err, dantin->language));
    }
done:
    buf_release(&page);
    buf_release(&text);
    arena_release(&arena);
    return (int)err;
}

int dantin_receipt_verify(struct dantin *dantin, const char *path, struct dantin_proof *ret_proof)
{
    struct store *store = NULL;
    struct buf text;
    struct proof proof;
    buf_init(&text, PROOF_TEXT_BYTES_MAX);
    enum err err = platform_file_read(path, &text);
    if (err == ERR_OK) {
        err = proof_parse(buf_content(&text), &proof);
    }
    if (err != ERR_OK) {
        (void)handle_fail(dantin, err, "%s: %s", path, err_text(err, dantin->language));
        goto done;
    }
    err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        goto done;
    }
    err = check_proof(store, &proof, ret_proof);
    store_close(store);
    if (err != ERR_OK) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_PROOF_FALSE), path,
                          err_text(err, dantin->language));
    }
done:
    buf_release(&text);
    return (int)err;
}

/* ---- listing ---- */

static bool on_stored_receipt(void *context, const struct store_receipt *receipt, uint64_t applied,
                              uint64_t refused, uint64_t conflicts, uint64_t warned)
{
    const struct receipt_context *receipts = context;
    struct dantin_receipt told = told_of(receipt, applied, refused, conflicts, warned, receipts->sealed_size);
    return receipts->on_receipt(receipts->context, &told);
}

static struct dantin_receipt told_of(const struct store_receipt *receipt, uint64_t applied, uint64_t refused,
                                     uint64_t conflicts, uint64_t warned, uint64_t sealed_size)
{
    struct dantin_receipt told = {
        .sequence = receipt->sequence,
        .position = receipt->position,
        .server_time_ms = receipt->server_time_ms,
        .changes = receipt->change_count,
        .applied = applied,
        .refused = refused,
        .conflicts = conflicts,
        .warned = warned,
        .is_sealed = !receipt->is_left_behind && receipt->is_proved && receipt->position < sealed_size,
        .is_left_behind = receipt->is_left_behind,
    };
    hex_encode(bytes_of(receipt->epoch.at, ID_BYTES), told.epoch);
    hex_encode(bytes_of(receipt->leaf.at, HASH_BYTES), told.leaf);
    return told;
}

static enum err sealed_size(struct store *store, struct arena *arena, uint64_t *ret_size)
{
    struct store_checkpoint sealed = {0};
    enum err err = store_checkpoint_sealed(store, arena, &sealed);
    *ret_size = sealed.size;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- proving ---- */

/* text ends with a NUL. Failures are recorded. */
static enum err read_proof(struct dantin *dantin, uint64_t sequence, struct arena *arena,
                           struct wanted_receipt *wanted, struct buf *text)
{
    struct store *store = NULL;
    *wanted = (struct wanted_receipt){.sequence = sequence, .arena = arena};
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return err;
    }
    err = sealed_size(store, arena, &wanted->sealed_size);
    if (err == ERR_OK) {
        err = store_receipt_each(store, on_wanted, wanted);
    }
    if (err == ERR_OK) {
        err = wanted->has_failed ? ERR_TOO_BIG
              : wanted->is_found ? make_proof(store, wanted, text)
                                 : ERR_NOT_FOUND;
    }
    if (err == ERR_OK) {
        err = buf_append(text, bytes_of("", 1));
    }
    store_close(store);
    if (err == ERR_NOT_FOUND) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_NO_RECEIPT),
                          (unsigned long long)sequence);
    } else if (err != ERR_OK) {
        (void)handle_fail(dantin, err, NULL);
    }
    return err;
}

/* The first one told is the newest. */
static bool on_wanted(void *context, const struct store_receipt *receipt, uint64_t applied, uint64_t refused,
                      uint64_t conflicts, uint64_t warned)
{
    struct wanted_receipt *wanted = context;
    if (receipt->sequence != wanted->sequence) {
        return true;
    }
    wanted->is_found = true;
    wanted->receipt = *receipt;
    wanted->receipt.body = arena_copy(wanted->arena, receipt->body);
    wanted->has_failed = wanted->receipt.body.at == NULL;
    wanted->told = told_of(receipt, applied, refused, conflicts, warned, wanted->sealed_size);
    return false;
}

static enum err make_proof(struct store *store, struct wanted_receipt *wanted, struct buf *text)
{
    Dantin__Receipt *message = NULL;
    struct store_sealed sealed = {0};
    uint8_t leaf[LEAF_BYTES];
    enum err err =
        message_unpack(&dantin__receipt__descriptor, wanted->receipt.body, true, wanted->arena, &message);
    if (err == ERR_OK) {
        err = store_sealed_get(store, wanted->sequence, wanted->arena, &sealed);
    }
    if (err == ERR_OK) {
        err = leaf_bytes(message, &sealed, wanted->arena, leaf);
    }
    if (err == ERR_OK) {
        err = proof_format(bytes_of(leaf, sizeof leaf), wanted->receipt.position,
                           bytes_of(message->proof.data, message->proof.len),
                           bytes_of(message->checkpoint.data, message->checkpoint.len), text);
    }
    return err == ERR_MALFORMED ? ERR_STORE : err;
}

/* As the receipt was checked when it came (outbox_receipt.c). */
static enum err leaf_bytes(const Dantin__Receipt *message, const struct store_sealed *sealed,
                           struct arena *arena, uint8_t ret_bytes[LEAF_BYTES])
{
    struct verdict *all = arena_zalloc(arena, (size_t)message->change_count + 1, sizeof *all);
    if (all == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < message->n_verdict; i++) {
        const Dantin__Verdict *listed = message->verdict[i];
        size_t rule_len = listed->rule != NULL ? strlen(listed->rule) : 0;
        if (listed->index >= message->change_count || rule_len >= RULE_ID_BYTES_MAX) {
            return ERR_STORE;
        }
        all[listed->index].code = (enum verdict_code)listed->code;
        memcpy(all[listed->index].rule, rule_len > 0 ? listed->rule : "", rule_len + 1);
    }
    struct hash verdict_hash = receipt_verdict_hash(all, message->change_count);
    if (sealed->envelope.len != ENVELOPE_BYTES || sealed->signature.len != SIGN_SIGNATURE_BYTES) {
        return ERR_STORE;
    }
    memcpy(ret_bytes, sealed->envelope.at, ENVELOPE_BYTES);
    memcpy(ret_bytes + ENVELOPE_BYTES, sealed->signature.at, SIGN_SIGNATURE_BYTES);
    u64_write(ret_bytes + ENVELOPE_BYTES + SIGN_SIGNATURE_BYTES, (uint64_t)message->server_time_ms);
    memcpy(ret_bytes + LEAF_BYTES - HASH_BYTES, verdict_hash.at, HASH_BYTES);
    return ERR_OK;
}

/* ---- checking ---- */

/* ERR_BAD_HASH: the entry does not stand in the tree. ERR_BAD_SIGNATURE: no log key we know signed it. */
static enum err check_proof(struct store *store, const struct proof *proof, struct dantin_proof *ret_proof)
{
    struct arena arena;
    struct checkpoint checkpoint = {0};
    struct note note = {0};
    struct envelope envelope = {0};
    struct bytes leaf = bytes_of(proof->extra, proof->extra_len);
    struct dantin_proof told = {.position = proof->index};
    struct store_checkpoint held = {0};
    struct checkpoint ours = {0};
    struct note our_note = {0};
    if (leaf.len != LEAF_BYTES || envelope_decode(bytes_of(leaf.at, ENVELOPE_BYTES), &envelope) != ERR_OK ||
        checkpoint_parse(proof->note, &checkpoint, &note) != ERR_OK) {
        return ERR_MALFORMED;
    }
    enum err err = proof_check(proof, leaf, &checkpoint) ? check_log(store, &note) : ERR_BAD_HASH;
    if (err != ERR_OK) {
        return err;
    }
    arena_init(&arena, RECEIPT_ARENA_BYTES_MAX);
    err = store_checkpoint_get(store, &checkpoint.epoch, checkpoint.size, &arena, &held);
    if (err == ERR_OK && checkpoint_parse(held.note, &ours, &our_note) == ERR_OK) {
        told.is_consistent = bytes_equal(our_note.text, note.text);
        err = told.is_consistent ? ERR_OK : ERR_FORKED;
    }
    told.sequence = envelope.sequence;
    told.journal_entries = checkpoint.size;
    told.server_time_ms = (int64_t)u64_read(leaf.at + ENVELOPE_BYTES + SIGN_SIGNATURE_BYTES);
    struct hash verdict_hash = {0};
    memcpy(verdict_hash.at, leaf.at + LEAF_BYTES - HASH_BYTES, HASH_BYTES);
    struct hash leaf_hash = receipt_leaf_hash(bytes_of(leaf.at, ENVELOPE_BYTES),
                                              bytes_of(leaf.at + ENVELOPE_BYTES, SIGN_SIGNATURE_BYTES),
                                              told.server_time_ms, &verdict_hash);
    hex_encode(bytes_of(checkpoint.epoch.at, ID_BYTES), told.epoch);
    hex_encode(bytes_of(envelope.device.at, HASH_BYTES), told.device);
    hex_encode(bytes_of(leaf_hash.at, HASH_BYTES), told.leaf);
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        err = store_receipt_each(store, on_own, &told);
    }
    arena_release(&arena);
    if (err == ERR_OK) {
        *ret_proof = told;
    }
    return err;
}

static enum err check_log(struct store *store, const struct note *note)
{
    uint8_t keys[STORE_LOG_KEYS_MAX][SIGN_PUBLIC_KEY_BYTES];
    size_t count = 0;
    enum err err = store_log_keys(store, keys, STORE_LOG_KEYS_MAX, &count);
    if (err != ERR_OK) {
        return err;
    }
    for (size_t i = 0; i < count; i++) {
        struct verify_key *key = NULL;
        err = verify_key_new(bytes_of(keys[i], SIGN_PUBLIC_KEY_BYTES), &key);
        if (err == ERR_OK) {
            err = checkpoint_check_log(note, key);
        }
        verify_key_free(key);
        if (err == ERR_OK || err == ERR_NO_MEMORY) {
            return err;
        }
    }
    return ERR_BAD_SIGNATURE;
}

static bool on_own(void *context, const struct store_receipt *receipt, uint64_t applied, uint64_t refused,
                   uint64_t conflicts, uint64_t warned)
{
    struct dantin_proof *proof = context;
    char leaf[HASH_HEX_BYTES];
    (void)applied, (void)refused, (void)conflicts, (void)warned; /* the leaf says it all */
    hex_encode(bytes_of(receipt->leaf.at, HASH_BYTES), leaf);
    proof->is_own = strcmp(leaf, proof->leaf) == 0;
    return !proof->is_own;
}
