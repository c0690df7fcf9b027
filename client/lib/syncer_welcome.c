/* WELCOME: is this the server, and is it in the state, that the store knows? And the failures of a session.
 */
#include "client/lib/syncer_internal.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/store_setting.h"
#include "client/lib/store_witness.h"

static enum err pin_receipt_key(struct syncer *syncer, const Dantin__Welcome *welcome, struct store *store);
static bool is_behind_receipt(const Dantin__Welcome *welcome, struct store *store, struct arena *arena);
static enum err put_if_changed(struct store *store, const char *name, struct bytes value,
                               struct arena *arena);
static struct bytes bytes_of_field(const ProtobufCBinaryData *field);

/* The session fails when the server is not the one, or not in the state, that this store knows. */
enum err syncer_check_welcome(struct syncer *syncer, const Dantin__Welcome *welcome, struct store *store,
                              struct arena *arena)
{
    struct hash device = {0};
    struct hash last_hash = {0};
    struct id epoch = {0};
    if (welcome->version != SYNCER_PROTOCOL_VERSION) {
        syncer_fail(syncer, ERR_VERSION, false, "");
        return ERR_OK;
    }
    bool has_last_hash = welcome->last_sequence == 0 ||
                         hash_from_bytes(bytes_of_field(&welcome->last_envelope_hash), &last_hash) == ERR_OK;
    if (id_from_bytes(bytes_of_field(&welcome->epoch), &epoch) != ERR_OK || !has_last_hash ||
        hash_from_bytes(bytes_of_field(&welcome->device), &device) != ERR_OK ||
        welcome->last_sequence > INT64_MAX) {
        return ERR_PROTOCOL;
    }
    if (!hash_equal(&device, syncer->job->device)) {
        syncer_fail_text(syncer, ERR_UNAUTHORISED, TEXT_SYNC_OTHER_DEVICE);
        return ERR_OK;
    }
    enum err err = pin_receipt_key(syncer, welcome, store);
    if (err != ERR_OK || syncer_is_over(syncer)) {
        return err;
    }
    if (syncer->job->purpose != SYNCER_SUBMIT) {
        return ERR_OK; /* questions are answered in any state */
    }
    if (welcome->is_rolled_back || is_behind_receipt(welcome, store, arena)) {
        syncer_fail_text(syncer, ERR_ROLLED_BACK, TEXT_SYNC_ROLLED_BACK);
        return ERR_OK;
    }
    err = outbox_check_server(store, welcome->last_sequence, &last_hash);
    syncer->is_copy = err == ERR_CLONED;
    err = syncer->is_copy ? ERR_OK : err;
    syncer->is_viewer = welcome->role == NULL || strcmp(welcome->role, "viewer") == 0;
    return err;
}

/* The first WELCOME's key is kept for good: receipts of this server can be checked without trusting the line
 * of the day. */
static enum err pin_receipt_key(struct syncer *syncer, const Dantin__Welcome *welcome, struct store *store)
{
    struct bytes key = bytes_of_field(&welcome->receipt_key);
    uint8_t pinned[1][SIGN_PUBLIC_KEY_BYTES];
    size_t count = 0;
    enum err err = store_log_keys(store, pinned, 1, &count);
    if (err != ERR_OK) {
        return err;
    }
    if (count > 0 && !bytes_equal(bytes_of(pinned[0], SIGN_PUBLIC_KEY_BYTES), key)) {
        syncer_fail_text(syncer, ERR_BAD_SIGNATURE, TEXT_SYNC_RECEIPT_KEY);
        return ERR_OK;
    }
    return verify_key_new(key, &syncer->receipt_key) == ERR_OK ? ERR_OK : ERR_PROTOCOL;
}

static bool is_behind_receipt(const Dantin__Welcome *welcome, struct store *store, struct arena *arena)
{
    struct store_receipt newest = {0};
    if (store_receipt_newest(store, arena, &newest) != ERR_OK) {
        return false;
    }
    return bytes_equal(bytes_of_field(&welcome->epoch), bytes_of(newest.epoch.at, ID_BYTES)) &&
           welcome->head <= newest.position;
}

enum err syncer_remember_welcome(const Dantin__Welcome *welcome, struct store *store, struct arena *arena)
{
    uint8_t version[sizeof(uint32_t)];
    uint8_t is_province = welcome->is_province ? 1 : 0;
    u32_write(version, welcome->schema_version);
    struct bytes key = bytes_of_field(&welcome->receipt_key);
    enum err err = store_begin(store);
    if (err != ERR_OK) {
        return err;
    }
    err = key.len == SIGN_PUBLIC_KEY_BYTES ? store_log_key_put(store, key.at) : ERR_PROTOCOL;
    if (err == ERR_OK) {
        err = put_if_changed(store, SETTING_SENDER, bytes_of_field(&welcome->sender), arena);
    }
    if (err == ERR_OK) {
        err = put_if_changed(store, SETTING_ROLE, bytes_of_text(welcome->role != NULL ? welcome->role : ""),
                             arena);
    }
    if (err == ERR_OK) {
        err = put_if_changed(store, SETTING_IS_PROVINCE, bytes_of(&is_province, sizeof is_province), arena);
    }
    if (err == ERR_OK) {
        err = put_if_changed(store, SETTING_SCHEMA_VERSION, bytes_of(version, sizeof version), arena);
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    return err;
}

static enum err put_if_changed(struct store *store, const char *name, struct bytes value, struct arena *arena)
{
    struct bytes old = {0};
    enum err err = store_setting_get(store, name, arena, &old);
    if (err == ERR_OK && bytes_equal(old, value)) {
        return ERR_OK;
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    return store_setting_put(store, name, value.at != NULL ? value : bytes_of("", 0));
}

void syncer_fail(struct syncer *syncer, enum err code, bool may_retry, const char *text)
{
    syncer->failure = (struct syncer_failure){.code = code, .may_retry = may_retry};
    (void)snprintf(syncer->failure.text, sizeof syncer->failure.text, "%s",
                   text); /* a long sentence is cut */
    sm_move(&syncer->sm, SYNCER_FAILED);
}

/* Loud failures: a person has to look before anything more is sent. */
void syncer_fail_text(struct syncer *syncer, enum err code, enum text_id id)
{
    syncer_fail(syncer, code, false, text_get(id, syncer->job->language));
}

static struct bytes bytes_of_field(const ProtobufCBinaryData *field)
{
    return bytes_of(field->data, field->len);
}
