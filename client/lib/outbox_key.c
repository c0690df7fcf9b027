/* The key that signs: announcing the next one, and never sealing under one that was left. */
#include <string.h>

#include "client/lib/outbox_items.h"
#include "client/lib/store_setting.h"
#include "common/base/check.h"
#include "common/wire/envelope.h"
#include "common/wire/key_change.h"
#include "common/wire/message.h"
#include "proto/journal.pb-c.h"

enum {
    KEY_ARENA_BYTES_MAX = OUTBOX_SUBMISSION_ARENA_BYTES_MAX,
    KEY_CHANGE_BYTES_MAX = 256,
    ANNOUNCED_BYTES = SIGN_PUBLIC_KEY_BYTES + 8, /* of SETTING_KEY */
};

static enum err read_announced(struct store *store, struct arena *arena, struct bytes *ret_announced);
static enum err seal(struct store *store, const struct outbox_signer *signer, const struct signing_key *next);
static enum err pack_change(const struct hash *device, uint64_t sequence, const struct signing_key *next,
                            struct buf *packed);

enum err outbox_seal_key(struct store *store, const struct outbox_signer *signer,
                         const struct signing_key *next)
{
    enum outbox_key_standing standing = OUTBOX_KEY_UNKNOWN;
    enum err err = store_begin(store);
    if (err != ERR_OK) {
        return err;
    }
    err = outbox_key_standing(store, next, &standing);
    if (err == ERR_OK && standing == OUTBOX_KEY_UNKNOWN) {
        err = seal(store, signer, next);
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    return err;
}

enum err outbox_key_standing(struct store *store, const struct signing_key *key,
                             enum outbox_key_standing *ret_standing)
{
    struct arena arena;
    struct bytes announced = {0};
    struct store_sealed sealed = {0};
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    signing_key_public(key, public_key);
    arena_init(&arena, KEY_ARENA_BYTES_MAX);
    *ret_standing = OUTBOX_KEY_UNKNOWN;
    enum err err = read_announced(store, &arena, &announced);
    if (err == ERR_OK && announced.len > 0 && memcmp(announced.at, public_key, sizeof public_key) == 0) {
        err = store_sealed_get(store, u64_read(announced.at + SIGN_PUBLIC_KEY_BYTES), &arena, &sealed);
        *ret_standing = sealed.has_receipt ? OUTBOX_KEY_IN_FORCE : OUTBOX_KEY_ANNOUNCED;
    }
    arena_release(&arena);
    return err == ERR_NOT_FOUND ? ERR_STORE : err;
}

enum err outbox_check_signer(struct store *store, const struct outbox_signer *signer)
{
    struct arena arena;
    struct bytes announced = {0};
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    signing_key_public(signer->key, public_key);
    arena_init(&arena, KEY_ARENA_BYTES_MAX);
    enum err err = read_announced(store, &arena, &announced);
    if (err == ERR_OK && announced.len > 0 && memcmp(announced.at, public_key, sizeof public_key) != 0) {
        err = ERR_UNAUTHORISED;
    }
    arena_release(&arena);
    return err;
}

/* Empty: no key was announced, or it was refused. */
static enum err read_announced(struct store *store, struct arena *arena, struct bytes *ret_announced)
{
    struct bytes value = {0};
    enum err err = store_setting_get(store, SETTING_KEY, arena, &value);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    if (err == ERR_OK && value.len != 0 && value.len != ANNOUNCED_BYTES) {
        err = ERR_STORE;
    }
    if (err == ERR_OK) {
        *ret_announced = value;
    }
    return err;
}

static enum err seal(struct store *store, const struct outbox_signer *signer, const struct signing_key *next)
{
    uint8_t announced[ANNOUNCED_BYTES];
    uint64_t sequence = 0;
    uint64_t sealed_sequence = 0;
    struct hash last = {0};
    struct buf packed;
    buf_init(&packed, KEY_CHANGE_BYTES_MAX);
    enum err err = store_sealed_last(store, &sequence, &last);
    if (err == ERR_OK) {
        err = pack_change(&signer->device, sequence + 1, next, &packed);
    }
    if (err == ERR_OK) {
        struct bytes item = buf_content(&packed);
        err = outbox_seal_items(store, signer, ENVELOPE_CONTENT_KEY, &item, 1, &sealed_sequence);
    }
    buf_release(&packed);
    if (err != ERR_OK) {
        return err;
    }
    REQUIRE(sealed_sequence == sequence + 1); /* within one transaction */
    signing_key_public(next, announced);
    u64_write(announced + SIGN_PUBLIC_KEY_BYTES, sealed_sequence);
    return store_setting_put(store, SETTING_KEY, bytes_of(announced, sizeof announced));
}

static enum err pack_change(const struct hash *device, uint64_t sequence, const struct signing_key *next,
                            struct buf *packed)
{
    Dantin__KeyChange change = DANTIN__KEY_CHANGE__INIT;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    uint8_t signed_bytes[KEY_CHANGE_SIGNED_BYTES];
    signing_key_public(next, public_key);
    key_change_signed_bytes(device, sequence, signed_bytes);
    signing_key_sign(next, bytes_of(signed_bytes, sizeof signed_bytes), possession);
    change.has_public_key = change.has_possession = true;
    change.public_key = (ProtobufCBinaryData){sizeof public_key, public_key};
    change.possession = (ProtobufCBinaryData){sizeof possession, possession};
    return message_pack(&change, packed);
}
