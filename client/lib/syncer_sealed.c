/* SEALED: the journal's entries about devices, believed because they stand in the tree we checked, and the checkpoint that
 * a quorum of their senders cosigned, believed because we counted. */
#include <string.h>

#include "client/lib/store_notice.h"
#include "client/lib/store_setting.h"
#include "client/lib/syncer_internal.h"
#include "common/wire/role.h"
#include "proto/journal.pb-c.h"
#include "proto/witness.pb-c.h"

static enum err take_entries(struct syncer *syncer, const Dantin__Sealed *sealed,
                             const struct checkpoint *tree, struct store *store, struct arena *arena,
                             enum witness_fault *ret_fault);
static enum err take_entry(const struct witness_entry *entry, struct store *store, struct arena *arena);
static enum err take_act(const struct witness_entry *entry, struct store *store, struct arena *arena);
static enum err take_key(const struct witness_entry *entry, struct store *store, struct arena *arena);
static enum err tell(const struct witness_entry *entry, enum store_notice_what what,
                     const struct hash *device, const char *role, struct store *store);
static enum err put_notice(const struct witness_entry *entry, enum store_notice_what what,
                           const struct store_witness *witness, const char *role, struct store *store);
static enum err take_witnesses(const Dantin__ActWitnesses *act, struct store *store);
static enum err take_seal(struct syncer *syncer, const Dantin__Sealed *sealed,
                          const struct store_checkpoint *newest, const struct checkpoint *tree,
                          struct store *store, struct arena *arena);
static enum err is_quorum(const struct note *note, struct store *store, struct arena *arena,
                          bool *ret_is_quorum);
static bool counts(struct bytes senders, const struct id *sender);
static enum err keep_seal(struct store *store, const struct checkpoint *checkpoint, struct bytes note);

enum err syncer_on_sealed(struct syncer *syncer, const Dantin__Sealed *sealed, struct store *store,
                          struct arena *arena)
{
    struct store_checkpoint newest = {0};
    struct checkpoint tree = {0};
    enum witness_fault fault = WITNESS_FINE;
    enum err err = store_checkpoint_newest(store, arena, &newest);
    if (err == ERR_OK) {
        err = syncer_parse_held(&newest, &tree, NULL);
    }
    if (err == ERR_OK) {
        err = store_begin(store);
    }
    if (err != ERR_OK) {
        return err;
    }
    err = take_entries(syncer, sealed, &tree, store, arena, &fault);
    if (err == ERR_OK && fault == WITNESS_FINE) {
        err = store_commit(store);
    }
    store_rollback(store);
    if (err == ERR_OK && fault != WITNESS_FINE) {
        return syncer_alarm(syncer, fault, (struct bytes){0}, newest.note, store);
    }
    if (err == ERR_OK && syncer->witness.is_sealed_told && sealed->checkpoint.len > 0) {
        err = take_seal(syncer, sealed, &newest, &tree, store, arena);
    }
    return err;
}

/* ---- whose keys are they? ---- */

static enum err take_entries(struct syncer *syncer, const Dantin__Sealed *sealed,
                             const struct checkpoint *tree, struct store *store, struct arena *arena,
                             enum witness_fault *ret_fault)
{
    uint8_t after[sizeof(uint64_t)];
    struct bytes before = {0};
    enum err err = store_setting_get(store, SETTING_WITNESS_AFTER, arena, &before);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    uint64_t below = before.len == sizeof(uint64_t) ? u64_read(before.at) : 0;
    bool goes_on = sealed->after > below || sealed->after >= tree->size;
    if (sealed->after > tree->size) { /* nothing enrolled later would ever be asked for */
        *ret_fault = WITNESS_FALSE_ACT;
        return ERR_OK;
    }
    for (size_t i = 0; i < sealed->n_entry; i++) {
        struct witness_entry entry = {0};
        if (witness_entry_read(sealed->entry[i], tree, &entry) != ERR_OK || entry.position < below ||
            entry.position >= sealed->after) {
            *ret_fault = WITNESS_FALSE_ACT;
            return ERR_OK;
        }
        below = entry.position;
        err = take_entry(&entry, store, arena);
        if (err != ERR_OK) {
            return err;
        }
    }
    syncer->witness.is_sealed_told = sealed->after >= tree->size || !goes_on;
    u64_write(after, sealed->after);
    return goes_on ? store_setting_put(store, SETTING_WITNESS_AFTER, bytes_of(after, sizeof after)) : ERR_OK;
}

/* What cannot be read tells nothing about a witness. */
static enum err take_entry(const struct witness_entry *entry, struct store *store, struct arena *arena)
{
    enum err err = ERR_OK;
    if (entry->envelope.content == ENVELOPE_CONTENT_ACTS) {
        err = take_act(entry, store, arena);
    } else if (entry->envelope.content == ENVELOPE_CONTENT_KEY) {
        err = take_key(entry, store, arena);
    }
    return err == ERR_MALFORMED ? ERR_OK : err;
}

static enum err take_act(const struct witness_entry *entry, struct store *store, struct arena *arena)
{
    Dantin__Act *act = NULL;
    struct hash device = {0};
    enum err err = message_unpack(&dantin__act__descriptor, entry->item, true, arena, &act);
    if (err != ERR_OK) {
        return err;
    }
    if (act->device != NULL) {
        struct store_witness witness = {.position = entry->position};
        if (act->device->public_key.len != SIGN_PUBLIC_KEY_BYTES ||
            id_from_bytes(syncer_bytes(&act->device->sender), &witness.sender) != ERR_OK) {
            return ERR_MALFORMED;
        }
        memcpy(witness.public_key, act->device->public_key.data, SIGN_PUBLIC_KEY_BYTES);
        witness.device = sign_spki_hash(witness.public_key);
        err = put_notice(entry, STORE_NOTICE_ENROLLED, &witness, act->device->role, store);
        return err == ERR_OK ? store_witness_put(store, &witness) : err;
    }
    if (act->role != NULL) {
        err = hash_from_bytes(syncer_bytes(&act->role->device), &device);
        return err == ERR_OK ? tell(entry, STORE_NOTICE_ROLE, &device, act->role->role, store) : err;
    }
    if (act->revoke != NULL) {
        err = hash_from_bytes(syncer_bytes(&act->revoke->device), &device);
        err = err == ERR_OK ? tell(entry, STORE_NOTICE_REVOKED, &device, NULL, store) : err;
        return err == ERR_OK ? store_witness_drop(store, &device) : err;
    }
    return act->witnesses != NULL ? take_witnesses(act->witnesses, store) : ERR_OK;
}

/* Under the key so far, which we know: the entry is the device's own. */
static enum err take_key(const struct witness_entry *entry, struct store *store, struct arena *arena)
{
    Dantin__KeyChange *change = NULL;
    struct verify_key *key = NULL;
    struct store_witness witness = {0};
    enum err err = message_unpack(&dantin__key_change__descriptor, entry->item, true, arena, &change);
    if (err == ERR_OK) {
        err = store_witness_get(store, &entry->envelope.device, &witness);
    }
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    err = verify_key_new(bytes_of(witness.public_key, SIGN_PUBLIC_KEY_BYTES), &key);
    if (err == ERR_OK) {
        err = verify_key_check(key, entry->envelope_bytes, entry->signature);
    }
    if (err == ERR_OK) {
        err = witness_check_possession(&entry->envelope, syncer_bytes(&change->public_key),
                                       syncer_bytes(&change->possession));
    }
    verify_key_free(key);
    if (err == ERR_BAD_SIGNATURE || err == ERR_UNAUTHORISED) {
        return ERR_MALFORMED;
    }
    if (err == ERR_OK) {
        memcpy(witness.public_key, change->public_key.data, SIGN_PUBLIC_KEY_BYTES);
        witness.position = entry->position;
        err = store_witness_put(store, &witness);
    }
    return err == ERR_OK ? put_notice(entry, STORE_NOTICE_KEY, &witness, NULL, store) : err;
}

/* The people of its committee are to know; of which committee it is, we know from its enrolment. */
static enum err tell(const struct witness_entry *entry, enum store_notice_what what,
                     const struct hash *device, const char *role, struct store *store)
{
    struct store_witness witness = {0};
    enum err err = store_witness_get(store, device, &witness);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    return err == ERR_OK ? put_notice(entry, what, &witness, role, store) : err;
}

static enum err put_notice(const struct witness_entry *entry, enum store_notice_what what,
                           const struct store_witness *witness, const char *role, struct store *store)
{
    enum role known = role_of_name(role); /* nothing else is shown to people */
    const struct store_notice notice = {
        .entry = envelope_hash(entry->envelope_bytes),
        .device = witness->device,
        .sender = witness->sender,
        .what = what,
        .role = bytes_of_text(known < ROLE_LOG ? role_name(known) : ""),
        .position = entry->position,
    };
    return store_notice_put(store, &notice);
}

static enum err take_witnesses(const Dantin__ActWitnesses *act, struct store *store)
{
    struct buf senders;
    buf_init(&senders, STORE_WITNESSES_MAX * ID_BYTES);
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < act->n_sender; i++) {
        err = act->sender[i].len == ID_BYTES ? buf_append(&senders, syncer_bytes(&act->sender[i]))
                                             : ERR_MALFORMED;
    }
    if (err == ERR_OK) {
        struct bytes all = buf_content(&senders);
        err = store_setting_put(store, SETTING_WITNESS_SENDERS, all.at != NULL ? all : bytes_of("", 0));
    }
    buf_release(&senders);
    return err;
}

/* ---- the seal ---- */

static enum err take_seal(struct syncer *syncer, const Dantin__Sealed *sealed,
                          const struct store_checkpoint *newest, const struct checkpoint *tree,
                          struct store *store, struct arena *arena)
{
    struct witness_tree shown = {0};
    struct note note = {0};
    enum witness_fault fault = WITNESS_FINE;
    bool is_enough = false;
    enum err err = syncer_open_note(syncer, syncer_bytes(&sealed->checkpoint), store, &shown, &fault);
    if (err != ERR_OK) {
        return err;
    }
    if (fault == WITNESS_FINE && (shown.checkpoint.size == tree->size
                                      ? !hash_equal(&shown.checkpoint.root, &tree->root)
                                      : !witness_is_prefix(shown.checkpoint.size, &shown.checkpoint.root,
                                                           tree, syncer_bytes(&sealed->consistency)))) {
        fault = WITNESS_UNPROVED;
    }
    if (fault == WITNESS_FINE) {
        err = syncer_check_text(&shown, store, arena);
        fault = err == ERR_FORKED ? WITNESS_FORKED : fault;
    }
    if (err != ERR_OK && err != ERR_FORKED) {
        return err;
    }
    if (fault != WITNESS_FINE) {
        return syncer_alarm(syncer, fault, newest->note, syncer_bytes(&sealed->checkpoint), store);
    }
    err = checkpoint_parse(shown.note, &shown.checkpoint, &note);
    if (err == ERR_OK) {
        err = is_quorum(&note, store, arena, &is_enough);
    }
    if (err != ERR_OK || !is_enough) {
        return err;
    }
    return keep_seal(store, &shown.checkpoint, shown.note);
}

/* Did devices of more than half of the senders that count cosign? Each sender once. A wrong signature of a known device makes
 * the note none. */
static enum err is_quorum(const struct note *note, struct store *store, struct arena *arena,
                          bool *ret_is_quorum)
{
    const struct store_witness *known = NULL;
    struct bytes named = {0};
    size_t count = 0;
    size_t senders = 0;
    size_t cosigned = 0;
    enum err err = store_witnesses(store, arena, &known, &count);
    if (err == ERR_OK) {
        err = store_setting_get(store, SETTING_WITNESS_SENDERS, arena, &named);
        err = err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    bool *has_cosigned = arena_zalloc(arena, count + 1, sizeof *has_cosigned); /* of the sender of device i */
    if (err != ERR_OK || has_cosigned == NULL) {
        return err != ERR_OK ? err : ERR_TOO_BIG;
    }
    for (size_t i = 0; i < count; i++) {
        struct verify_key *key = NULL;
        size_t first = 0;
        if (!counts(named, &known[i].sender)) {
            continue;
        }
        while (!id_equal(&known[first].sender, &known[i].sender)) {
            first++;
        }
        senders += first == i;
        err = verify_key_new(bytes_of(known[i].public_key, SIGN_PUBLIC_KEY_BYTES), &key);
        if (err == ERR_OK) {
            err = checkpoint_check_cosignature(note, &known[i].device, key, NULL);
        }
        verify_key_free(key);
        if (err == ERR_OK && !has_cosigned[first]) {
            has_cosigned[first] = true;
            cosigned++;
        } else if (err == ERR_NO_MEMORY) {
            return err;
        } else if (err == ERR_BAD_SIGNATURE || err == ERR_MALFORMED) {
            return ERR_OK;
        }
    }
    *ret_is_quorum = cosigned * 2 > senders;
    return ERR_OK;
}

static bool counts(struct bytes senders, const struct id *sender)
{
    for (size_t i = 0; i + ID_BYTES <= senders.len; i += ID_BYTES) {
        if (memcmp(senders.at + i, sender->at, ID_BYTES) == 0) {
            return true;
        }
    }
    return senders.len == 0;
}

static enum err keep_seal(struct store *store, const struct checkpoint *checkpoint, struct bytes note)
{
    const struct store_checkpoint kept = {.epoch = checkpoint->epoch,
                                          .size = checkpoint->size,
                                          .note = note,
                                          .standing = STORE_CHECKPOINT_PROVED};
    enum err err = store_begin(store);
    if (err != ERR_OK) {
        return err;
    }
    err = store_checkpoint_put(store, &kept);
    if (err == ERR_OK) {
        err = store_checkpoint_seal(store, &checkpoint->epoch, checkpoint->size, note);
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    return err;
}
