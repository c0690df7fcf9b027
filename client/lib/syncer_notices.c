/* Before anything is offered: whom did the province forget since we asked last?
 *
 *   NOTICES ──► NOTICED: blank, remember how far ──► NOTICES (until all are told) ──► OFFERING
 *
 * Suspended in: NOTICING, for each answer. An act counts when it stands in the tree we checked and the log signed it; one that does
 * not is an alarm, and nothing is blanked. What an answer tells is blanked in one transaction with how far it came, so that a crash
 * repeats an answer or nothing. */
#include "client/lib/syncer_internal.h"

#include <string.h>

#include "client/lib/store_erase.h"
#include "client/lib/store_setting.h"
#include "common/crypto/hash.h"
#include "proto/journal.pb-c.h"
#include "proto/witness.pb-c.h"

enum { AFTER_BYTES = ID_BYTES + sizeof(uint64_t) };

static enum err ask(struct syncer *syncer, const struct store_checkpoint *newest, uint64_t after,
                    struct buf *out);
static enum err read_after(struct store *store, const struct id *epoch, struct arena *arena,
                           uint64_t *ret_after);
static enum err put_after(struct store *store, const struct id *epoch, uint64_t after);
static enum err take(const Dantin__Noticed *noticed, const struct checkpoint *tree, uint64_t below,
                     struct store *store, struct arena *arena, enum witness_fault *ret_fault);
static enum err is_the_logs(const struct witness_entry *entry, struct store *store, bool *ret_is_the_logs);
static enum err take_act(const struct witness_entry *entry, struct store *store, struct arena *arena,
                         bool *ret_is_blanked);
static enum err left_of(const Dantin__ActErasure *act, const struct kind_schema *schema, struct arena *arena,
                        const void **ret_message);

enum err syncer_ask_notices(struct syncer *syncer, struct store *store, struct buf *out)
{
    struct arena arena;
    struct store_checkpoint newest = {0};
    uint64_t after = 0;
    arena_init(&arena, SYNCER_FRAME_ARENA_BYTES_MAX);
    enum err err = syncer->is_copy ? ERR_NOT_FOUND : store_checkpoint_newest(store, &arena, &newest);
    if (err == ERR_OK) {
        err = read_after(store, &newest.epoch, &arena, &after);
    }
    if (err == ERR_NOT_FOUND || (err == ERR_OK && after >= newest.size)) {
        err = syncer_start_offering(syncer, store, out);
    } else if (err == ERR_OK) {
        sm_move(&syncer->sm, SYNCER_NOTICING);
        err = ask(syncer, &newest, after, out);
    }
    arena_release(&arena);
    return err;
}

enum err syncer_on_noticed(struct syncer *syncer, const Dantin__Noticed *noticed, struct store *store,
                           struct arena *arena, struct buf *out)
{
    struct store_checkpoint newest = {0};
    struct checkpoint tree = {0};
    enum witness_fault fault = WITNESS_FINE;
    uint64_t below = 0;
    enum err err = store_checkpoint_newest(store, arena, &newest);
    err = err == ERR_OK ? syncer_parse_held(&newest, &tree, NULL) : err;
    err = err == ERR_OK ? read_after(store, &tree.epoch, arena, &below) : err;
    err = err == ERR_OK ? store_begin(store) : err;
    if (err != ERR_OK) {
        return err;
    }
    uint64_t after = noticed->after < tree.size ? noticed->after : tree.size;
    err = take(noticed, &tree, below, store, arena, &fault);
    if (err == ERR_OK && fault == WITNESS_FINE && after > below) {
        err = put_after(store, &tree.epoch, after);
    }
    if (err == ERR_OK && fault == WITNESS_FINE) {
        err = store_commit(store);
    }
    store_rollback(store);
    if (err == ERR_OK && fault != WITNESS_FINE) {
        return syncer_alarm(syncer, fault, (struct bytes){0}, newest.note, store);
    }
    err = err == ERR_OK ? store_scrub(store) : err;
    if (err != ERR_OK) {
        return err;
    }
    /* One who tells nothing more is asked again in another session. */
    return after < tree.size && after > below ? ask(syncer, &newest, after, out)
                                              : syncer_start_offering(syncer, store, out);
}

enum err syncer_notices_failed(struct syncer *syncer, const struct syncer_failure *failure, struct buf *out)
{
    struct store *store = NULL;
    syncer->witness.request_id = 0;
    if (failure->may_retry) {
        syncer->failure = *failure;
        sm_move(&syncer->sm, SYNCER_FAILED);
        return ERR_OK;
    }
    enum err err = store_lease_take(syncer->job->lease, &store);
    return err == ERR_OK ? syncer_start_offering(syncer, store, out) : err;
}

static enum err ask(struct syncer *syncer, const struct store_checkpoint *newest, uint64_t after,
                    struct buf *out)
{
    Dantin__Notices notices = DANTIN__NOTICES__INIT;
    notices.has_tree_size = notices.has_after = true;
    notices.tree_size = newest->size;
    notices.after = after;
    return syncer_ask(syncer, MESSAGE_NOTICES, MESSAGE_NOTICED, &notices, out);
}

/* ---- how far ---- */

/* Positions of one epoch say nothing about another's: from the beginning then. */
static enum err read_after(struct store *store, const struct id *epoch, struct arena *arena,
                           uint64_t *ret_after)
{
    struct bytes kept = {0};
    enum err err = store_setting_get(store, SETTING_NOTICES_AFTER, arena, &kept);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    bool is_of_epoch = kept.len == AFTER_BYTES && memcmp(kept.at, epoch->at, ID_BYTES) == 0;
    *ret_after = is_of_epoch ? u64_read(kept.at + ID_BYTES) : 0;
    return ERR_OK;
}

static enum err put_after(struct store *store, const struct id *epoch, uint64_t after)
{
    uint8_t kept[AFTER_BYTES];
    memcpy(kept, epoch->at, ID_BYTES);
    u64_write(kept + ID_BYTES, after);
    return store_setting_put(store, SETTING_NOTICES_AFTER, bytes_of(kept, sizeof kept));
}

/* ---- what was told ---- */

static enum err take(const Dantin__Noticed *noticed, const struct checkpoint *tree, uint64_t below,
                     struct store *store, struct arena *arena, enum witness_fault *ret_fault)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < noticed->n_entry; i++) {
        struct witness_entry entry = {0};
        bool is_blanked = false;
        bool is_the_log = false;
        bool is_sound = witness_entry_read(noticed->entry[i], tree, &entry) == ERR_OK &&
                        entry.position >= below && entry.position < noticed->after &&
                        entry.envelope.content == ENVELOPE_CONTENT_ACTS;
        err = is_sound ? take_act(&entry, store, arena, &is_blanked) : ERR_OK;
        if (err == ERR_OK && is_blanked) {
            err = is_the_logs(&entry, store, &is_the_log);
        }
        if (err == ERR_OK && (!is_sound || (is_blanked && !is_the_log))) {
            *ret_fault = WITNESS_FALSE_ACT; /* what was blanked is rolled back */
            return ERR_OK;
        }
        below = entry.position;
    }
    return err;
}

/* By a key the log has or had, as far as we followed it. A device enrolled later knows none of those before, and holds nothing of what
 * they erased: asked of acts alone that find something here. */
static enum err is_the_logs(const struct witness_entry *entry, struct store *store, bool *ret_is_the_logs)
{
    uint8_t keys[STORE_LOG_KEYS_MAX][SIGN_PUBLIC_KEY_BYTES];
    size_t count = 0;
    enum err err = store_log_keys(store, keys, STORE_LOG_KEYS_MAX, &count);
    for (size_t i = 0; err == ERR_OK && !*ret_is_the_logs && i < count; i++) {
        struct verify_key *key = NULL;
        err = verify_key_new(bytes_of(keys[i], SIGN_PUBLIC_KEY_BYTES), &key);
        err = err == ERR_OK ? verify_key_check(key, entry->envelope_bytes, entry->signature) : err;
        *ret_is_the_logs = err == ERR_OK;
        verify_key_free(key);
        err = err == ERR_BAD_SIGNATURE ? ERR_OK : err;
    }
    return err;
}

static enum err take_act(const struct witness_entry *entry, struct store *store, struct arena *arena,
                         bool *ret_is_blanked)
{
    Dantin__Act *act = NULL;
    struct store_erasure erasure = {.act = hash_of_one(entry->item), .position = entry->position};
    enum err err = message_unpack(&dantin__act__descriptor, entry->item, true, arena, &act);
    const struct kind_schema *schema =
        err == ERR_OK && act->erasure != NULL ? schema_of(act->erasure->kind) : NULL;
    if (err == ERR_MALFORMED || (err == ERR_OK && schema == NULL)) {
        return ERR_OK; /* of no record that is kept here */
    }
    if (err == ERR_OK && id_from_bytes(syncer_bytes(&act->erasure->record), &erasure.record) != ERR_OK) {
        return ERR_OK;
    }
    err = err == ERR_OK ? left_of(act->erasure, schema, arena, &erasure.message) : err;
    if (err != ERR_OK) {
        return err;
    }
    erasure.kind = schema->kind;
    erasure.decision = bytes_of_text(act->erasure->decision != NULL ? act->erasure->decision : "");
    err = store_erase(store, &erasure);
    *ret_is_blanked = err == ERR_OK;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Of the newest version that was applied; NULL: a removal, or none was. What cannot be read leaves a record with nothing stated. */
static enum err left_of(const Dantin__ActErasure *act, const struct kind_schema *schema, struct arena *arena,
                        const void **ret_message)
{
    void *message = NULL;
    for (size_t i = act->n_version; i > 0; i--) {
        const Dantin__ErasedVersion *version = act->version[i - 1];
        if (version->has_removal && version->removal) {
            break;
        }
        if (!version->has_body) {
            continue;
        }
        enum err err =
            message_unpack(schema->descriptor, syncer_bytes(&version->body), false, arena, (void *)&message);
        if (err == ERR_MALFORMED) {
            err = message_unpack(schema->descriptor, bytes_of("", 0), false, arena, (void *)&message);
        }
        if (err != ERR_OK) {
            return err;
        }
        break;
    }
    *ret_message = message;
    return ERR_OK;
}
