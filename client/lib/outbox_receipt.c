/* Receipts: believed only when every byte the server signed follows from what was sealed here and from the
 * verdicts told. */
#include "client/lib/outbox.h"

#include <string.h>

#include "client/lib/store_setting.h"
#include "client/lib/store_witness.h"
#include "common/crypto/checkpoint.h"
#include "common/crypto/merkle.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/submission.pb-c.h"

static const char unreadable_rule[] = "ingest.unreadable";

/* A receipt after checking: the stored form, and the verdicts it lists. */
struct checked {
    struct store_receipt receipt;
    struct store_checkpoint checkpoint;
    struct bytes checkpoint_text;
    bool is_of_key;           /* of a change of this device's key */
    struct verdict *verdicts; /* listed ones, of our own changes */
    uint32_t *indexes;
    size_t count;
};

static enum err read_fields(const Dantin__Receipt *message, struct bytes body,
                            struct store_receipt *ret_receipt);
static enum err check_against(const Dantin__Receipt *message, const struct store_sealed *sealed,
                              struct arena *arena, struct checked *checked);
static enum err read_verdicts(const Dantin__Receipt *message, struct arena *arena, struct checked *checked);
static enum err read_verdict(const Dantin__Verdict *message, struct verdict *ret_verdict);
static enum err check_leaf(const Dantin__Receipt *message, const struct store_sealed *sealed,
                           struct arena *arena, const struct checked *checked);
static enum err refuse_all(const struct store_sealed *sealed, struct arena *arena, struct checked *checked);
static enum err check_signed(const Dantin__Receipt *message, const struct verify_key *log_key,
                             struct checked *checked);
static enum err check_signed_before(const Dantin__Receipt *message, struct store *store,
                                    struct checked *checked);
static enum err check_proof(const Dantin__Receipt *message, const struct verify_key *log_key,
                            struct checked *checked);
static enum err store_checked(struct store *store, struct arena *arena, const struct checked *checked);
static enum err store_checkpoint(struct store *store, struct arena *arena, const struct checked *checked);
static struct outbox_outcome outcome_of(const struct store_sealed *sealed, const struct checked *checked);
static struct bytes bytes_of_field(const ProtobufCBinaryData *field);

enum err outbox_on_receipt(struct store *store, struct bytes receipt_body,
                           const struct verify_key *receipt_key, struct outbox_outcome *ret_outcome)
{
    struct arena arena;
    struct checked checked = {0};
    struct store_sealed sealed = {0};
    Dantin__Receipt *message = NULL;
    arena_init(&arena, OUTBOX_RECEIPT_ARENA_BYTES_MAX);
    enum err err = message_unpack(&dantin__receipt__descriptor, receipt_body, true, &arena, &message);
    if (err == ERR_OK) {
        err = read_fields(message, receipt_body, &checked.receipt);
    }
    if (err != ERR_OK) {
        goto done;
    }
    err = store_sealed_get(store, checked.receipt.sequence, &arena, &sealed);
    if (err != ERR_OK) {
        err = err == ERR_NOT_FOUND ? ERR_PROTOCOL : err;
        goto done;
    }
    checked.receipt.is_about_no_change = sealed.content != ENVELOPE_CONTENT_CHANGES;
    checked.is_of_key = sealed.content == ENVELOPE_CONTENT_KEY;
    err = check_against(message, &sealed, &arena, &checked);
    if (err != ERR_OK) {
        goto done;
    }
    err = check_signed(message, receipt_key, &checked);
    if (err == ERR_BAD_SIGNATURE) {
        err = check_signed_before(message, store, &checked);
    }
    if (err == ERR_OK) {
        err = store_checked(store, &arena, &checked);
    }
    if (err == ERR_OK) {
        *ret_outcome = outcome_of(&sealed, &checked);
    }
done:
    arena_release(&arena);
    return err;
}

/* ---- helpers ---- */

static enum err read_fields(const Dantin__Receipt *message, struct bytes body,
                            struct store_receipt *ret_receipt)
{
    struct store_receipt receipt = {
        .position = message->position,
        .sequence = message->sequence,
        .server_time_ms = message->server_time_ms,
        .change_count = message->change_count,
        .body = body,
    };
    if (!message->has_position || !message->has_sequence || !message->has_server_time_ms ||
        message->signature.len != sizeof receipt.signature || message->change_count > PAYLOAD_CHANGES_MAX ||
        message->position > INT64_MAX || message->sequence > INT64_MAX) {
        return ERR_PROTOCOL;
    }
    if (id_from_bytes(bytes_of_field(&message->epoch), &receipt.epoch) != ERR_OK ||
        hash_from_bytes(bytes_of_field(&message->leaf), &receipt.leaf) != ERR_OK) {
        return ERR_PROTOCOL;
    }
    memcpy(receipt.signature, message->signature.data, sizeof receipt.signature);
    *ret_receipt = receipt;
    return ERR_OK;
}

static enum err check_against(const Dantin__Receipt *message, const struct store_sealed *sealed,
                              struct arena *arena, struct checked *checked)
{
    if (!bytes_equal(bytes_of_field(&message->envelope_hash),
                     bytes_of(sealed->envelope_hash.at, HASH_BYTES))) {
        return ERR_PROTOCOL;
    }
    if (!message->is_unreadable && message->change_count != sealed->item_count) {
        return ERR_PROTOCOL;
    }
    enum err err = read_verdicts(message, arena, checked);
    if (err == ERR_OK) {
        err = check_leaf(message, sealed, arena, checked);
    }
    if (err == ERR_OK && message->is_unreadable) {
        err = refuse_all(sealed, arena, checked);
    }
    return err;
}

static enum err read_verdicts(const Dantin__Receipt *message, struct arena *arena, struct checked *checked)
{
    size_t count = message->n_verdict;
    if (count > message->change_count) {
        return ERR_PROTOCOL;
    }
    checked->verdicts = arena_zalloc(arena, count + 1, sizeof *checked->verdicts);
    checked->indexes = arena_zalloc(arena, count + 1, sizeof *checked->indexes);
    if (checked->verdicts == NULL || checked->indexes == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < count; i++) {
        const Dantin__Verdict *verdict = message->verdict[i];
        bool is_ascending = i == 0 || verdict->index > checked->indexes[i - 1];
        if (!is_ascending || verdict->index >= message->change_count) {
            return ERR_PROTOCOL;
        }
        enum err err = read_verdict(verdict, &checked->verdicts[i]);
        if (err != ERR_OK) {
            return err;
        }
        checked->indexes[i] = verdict->index;
    }
    checked->count = count;
    return ERR_OK;
}

static enum err read_verdict(const Dantin__Verdict *message, struct verdict *ret_verdict)
{
    struct verdict verdict = {.code = (enum verdict_code)message->code};
    size_t rule_len = message->rule != NULL ? strlen(message->rule) : 0;
    if (message->code > VERDICT_REFUSED || rule_len >= sizeof verdict.rule) {
        return ERR_PROTOCOL;
    }
    if (rule_len > 0) {
        memcpy(verdict.rule, message->rule, rule_len);
    }
    if (message->has_current &&
        id_from_bytes(bytes_of_field(&message->current), &verdict.current) != ERR_OK) {
        return ERR_PROTOCOL;
    }
    *ret_verdict = verdict;
    return ERR_OK;
}

/* Recompute the leaf from our own envelope; a receipt lists only the verdicts that are not a plain "applied".
 */
static enum err check_leaf(const Dantin__Receipt *message, const struct store_sealed *sealed,
                           struct arena *arena, const struct checked *checked)
{
    struct verdict *all = arena_zalloc(arena, (size_t)message->change_count + 1, sizeof *all);
    if (all == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < checked->count; i++) {
        all[checked->indexes[i]] = checked->verdicts[i];
    }
    struct hash verdict_hash = receipt_verdict_hash(all, message->change_count);
    struct hash leaf = receipt_leaf_hash(sealed->envelope, sealed->signature, checked->receipt.server_time_ms,
                                         &verdict_hash);
    return hash_equal(&leaf, &checked->receipt.leaf) ? ERR_OK : ERR_PROTOCOL;
}

/* The server could not read the payload: nothing of it stands, whatever it listed. */
static enum err refuse_all(const struct store_sealed *sealed, struct arena *arena, struct checked *checked)
{
    size_t count = sealed->item_count;
    struct verdict *verdicts = arena_zalloc(arena, count + 1, sizeof *verdicts);
    uint32_t *indexes = arena_zalloc(arena, count + 1, sizeof *indexes);
    if (verdicts == NULL || indexes == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < count; i++) {
        verdicts[i].code = VERDICT_REFUSED;
        memcpy(verdicts[i].rule, unreadable_rule, sizeof unreadable_rule);
        indexes[i] = (uint32_t)i;
    }
    checked->verdicts = verdicts;
    checked->indexes = indexes;
    checked->count = count;
    checked->receipt.change_count = sealed->item_count;
    return ERR_OK;
}

/* The receipt, and the tree it proves itself in. */
static enum err check_signed(const Dantin__Receipt *message, const struct verify_key *log_key,
                             struct checked *checked)
{
    uint8_t signed_bytes[RECEIPT_SIGNED_BYTES];
    receipt_signed_bytes(&checked->receipt.epoch, checked->receipt.position, &checked->receipt.leaf,
                         signed_bytes);
    enum err err = verify_key_check(log_key, bytes_of(signed_bytes, sizeof signed_bytes),
                                    bytes_of(checked->receipt.signature, sizeof checked->receipt.signature));
    return err == ERR_OK ? check_proof(message, log_key, checked) : err;
}

/* A receipt is the same bytes for ever: one that was lost on its way may be under a log key that was followed by another since. */
static enum err check_signed_before(const Dantin__Receipt *message, struct store *store,
                                    struct checked *checked)
{
    uint8_t keys[STORE_LOG_KEYS_MAX][SIGN_PUBLIC_KEY_BYTES];
    size_t count = 0;
    enum err err = store_log_keys(store, keys, STORE_LOG_KEYS_MAX, &count);
    if (err == ERR_OK) {
        err = ERR_BAD_SIGNATURE;
    }
    for (size_t i = 0; err == ERR_BAD_SIGNATURE && i < count; i++) {
        struct verify_key *key = NULL;
        err = verify_key_new(bytes_of(keys[i], SIGN_PUBLIC_KEY_BYTES), &key);
        if (err == ERR_OK) {
            err = check_signed(message, key, checked);
        }
        verify_key_free(key);
    }
    return err;
}

/* The log key signed a tree of the receipt's epoch in which the entry stands at its position. */
static enum err check_proof(const Dantin__Receipt *message, const struct verify_key *log_key,
                            struct checked *checked)
{
    const struct store_receipt *receipt = &checked->receipt;
    struct bytes in = bytes_of_field(&message->checkpoint);
    struct checkpoint checkpoint = {0};
    struct note note = {0};
    if (checkpoint_parse(in, &checkpoint, &note) != ERR_OK || !id_equal(&checkpoint.epoch, &receipt->epoch)) {
        return ERR_PROTOCOL;
    }
    enum err err = checkpoint_check_log(&note, log_key);
    if (err != ERR_OK) {
        return err == ERR_NO_MEMORY ? err : ERR_BAD_SIGNATURE;
    }
    if (!merkle_check_inclusion(&receipt->leaf, receipt->position, checkpoint.size,
                                bytes_of_field(&message->proof), &checkpoint.root)) {
        return ERR_PROTOCOL;
    }
    checked->checkpoint = (struct store_checkpoint){.epoch = checkpoint.epoch,
                                                    .size = checkpoint.size,
                                                    .note = in,
                                                    .standing = STORE_CHECKPOINT_UNPROVED};
    checked->receipt.tree_size = checkpoint.size;
    checked->checkpoint_text = note.text;
    return ERR_OK;
}

static enum err store_checked(struct store *store, struct arena *arena, const struct checked *checked)
{
    enum err err = store_begin(store);
    if (err != ERR_OK) {
        return err;
    }
    err = store_checkpoint(store, arena, checked);
    if (err == ERR_OK) {
        err =
            store_receipt_put(store, &checked->receipt, checked->verdicts, checked->indexes, checked->count);
    }
    if (err == ERR_OK && checked->is_of_key && checked->count > 0 &&
        checked->verdicts[0].code != VERDICT_APPLIED) {
        err = store_setting_put(store, SETTING_KEY, bytes_of("", 0)); /* the present key goes on */
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    return err;
}

/* Of one epoch and size there is one text: another contradicts what we hold. */
static enum err store_checkpoint(struct store *store, struct arena *arena, const struct checked *checked)
{
    struct store_checkpoint held = {0};
    struct checkpoint checkpoint = {0};
    struct note note = {0};
    enum err err =
        store_checkpoint_get(store, &checked->checkpoint.epoch, checked->checkpoint.size, arena, &held);
    if (err == ERR_NOT_FOUND) {
        return store_checkpoint_put(store, &checked->checkpoint);
    }
    if (err != ERR_OK) {
        return err;
    }
    err = checkpoint_parse(held.note, &checkpoint, &note);
    if (err != ERR_OK) {
        return ERR_STORE;
    }
    return bytes_equal(note.text, checked->checkpoint_text) ? ERR_OK : ERR_FORKED;
}

static struct outbox_outcome outcome_of(const struct store_sealed *sealed, const struct checked *checked)
{
    struct outbox_outcome outcome = {.sequence = sealed->sequence};
    for (size_t i = 0; i < checked->count; i++) {
        const struct verdict *verdict = &checked->verdicts[i];
        outcome.waiting += verdict->code == VERDICT_WAITING;
        outcome.conflicts += verdict->code == VERDICT_CONFLICT;
        outcome.refused += verdict->code == VERDICT_REFUSED;
        outcome.warned += verdict->code == VERDICT_APPLIED && verdict->rule[0] != '\0';
    }
    outcome.applied = sealed->item_count - outcome.waiting - outcome.conflicts - outcome.refused;
    return outcome;
}

static struct bytes bytes_of_field(const ProtobufCBinaryData *field)
{
    return bytes_of(field->data, field->len);
}
