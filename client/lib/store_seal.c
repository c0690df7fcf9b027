/* The client's store: columns that nobody reads without the home's key.
 *
 *     home's key ──HKDF──► seal key     AES-256-GCM: bodies, names, payloads, receipts, settings
 *                    └───► blind key    HMAC: equal values of one use and kind give the same 16 bytes
 *
 * A sealed value is bound to its place, so that none can be moved to another record or submission. An older value of the same place
 * can be put back by who writes the file; the journal, not this file, is what proves. */
#include "client/lib/store_internal.h"

#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"

static const char seal_purpose[] = "dantin/store/seal";
static const char blind_purpose[] = "dantin/store/blind";

_Static_assert((int)STORE_KEY_BYTES == (int)SEAL_KEY_BYTES, "the home's key is a key for sealing");

static void add(struct place *place, struct bytes part);
static enum err open_at(struct store *store, const struct place *place, struct bytes sealed, uint8_t *out);

struct place place_of_record(enum place_column column, enum record_kind kind, const struct id *record)
{
    struct place place = {.at = {(uint8_t)column}, .len = 1};
    uint8_t number[sizeof(uint16_t)];
    u16_write(number, (uint16_t)kind);
    add(&place, bytes_of(number, sizeof number));
    add(&place, bytes_of(record->at, ID_BYTES));
    return place;
}

struct place place_of_submission(const struct hash *device, uint64_t sequence, const struct id *epoch)
{
    bool is_receipt = !id_is_none(epoch);
    struct place place = {.at = {is_receipt ? PLACE_RECEIPT_BODY : PLACE_SEALED_PAYLOAD}, .len = 1};
    uint8_t number[sizeof(uint64_t)];
    u64_write(number, sequence);
    add(&place, bytes_of(device->at, HASH_BYTES));
    add(&place, bytes_of(number, sizeof number));
    add(&place, bytes_of(epoch->at, is_receipt ? ID_BYTES : 0));
    return place;
}

struct place place_of_setting(struct bytes device, struct bytes name)
{
    struct place place = {.at = {PLACE_SETTING}, .len = 1};
    uint8_t len = (uint8_t)device.len;
    add(&place, bytes_of(&len, 1));
    add(&place, device);
    add(&place, name);
    return place;
}

enum err store_seal_init(struct store *store, const struct store_owner *owner)
{
    uint8_t secret[SEAL_KEY_BYTES];
    struct bytes key = bytes_of(owner->key, sizeof owner->key);
    struct bytes no_salt = bytes_of(NULL, 0);
    store->device = owner->device;
    seal_derive(key, no_salt, bytes_of_text(blind_purpose), store->blind_key, sizeof store->blind_key);
    seal_derive(key, no_salt, bytes_of_text(seal_purpose), secret, sizeof secret);
    enum err err = seal_key_new(secret, &store->seal_key);
    seal_wipe(secret, sizeof secret);
    return err;
}

void store_seal_release(struct store *store)
{
    seal_key_free(store->seal_key);
    seal_wipe(store->blind_key, sizeof store->blind_key);
}

enum err bind_sealed(struct store *store, sqlite3_stmt *statement, int index, const struct place *place,
                     struct bytes plain)
{
    if (plain.at == NULL) {
        return ERR_OK;
    }
    size_t len = plain.len + SEAL_OVERHEAD_BYTES;
    uint8_t *sealed = sqlite3_malloc64(len);
    if (sealed == NULL) {
        return ERR_NO_MEMORY;
    }
    seal(store->seal_key, bytes_of(place->at, place->len), plain, sealed);
    (void)sqlite3_bind_blob64(statement, index, sealed, len,
                              sqlite3_free); /* out of memory: the step says it */
    return ERR_OK;
}

enum err column_open(struct store *store, sqlite3_stmt *statement, int index, const struct place *place,
                     struct arena *arena, struct bytes *ret_plain)
{
    struct bytes sealed = column_bytes(statement, index);
    size_t len = seal_plain_bytes(sealed);
    if (sealed.at == NULL) {
        *ret_plain = bytes_of(NULL, 0);
        return ERR_OK;
    }
    uint8_t *out = arena_alloc(arena, len > 0 ? len : 1);
    enum err err = out != NULL ? open_at(store, place, sealed, out) : ERR_TOO_BIG;
    if (err == ERR_OK) {
        *ret_plain = bytes_of(out, len);
    }
    return err;
}

enum err column_open_into(struct store *store, sqlite3_stmt *statement, int index, const struct place *place,
                          struct buf *out, struct bytes *ret_plain)
{
    struct bytes sealed = column_bytes(statement, index);
    size_t len = seal_plain_bytes(sealed);
    uint8_t *at = NULL;
    buf_clear(out);
    if (sealed.at == NULL) {
        *ret_plain = bytes_of(NULL, 0);
        return ERR_OK;
    }
    enum err err = buf_reserve(out, len > 0 ? len : 1, &at);
    if (err == ERR_OK) {
        err = open_at(store, place, sealed, at);
    }
    if (err == ERR_OK) {
        buf_commit(out, len);
        *ret_plain = bytes_of(at, len);
    }
    return err;
}

struct blind store_blind(const struct store *store, enum blind_use use, enum record_kind kind,
                         size_t key_index, struct bytes value)
{
    uint8_t in[1 + sizeof(uint16_t) + 1 + HASH_BYTES] = {(uint8_t)use};
    struct blind blind;
    struct hash hash = hash_of_one(value);
    u16_write(in + 1, (uint16_t)kind);
    in[1 + sizeof(uint16_t)] = (uint8_t)key_index;
    memcpy(in + 1 + sizeof(uint16_t) + 1, hash.at, HASH_BYTES);
    hash = hash_hmac(bytes_of(store->blind_key, sizeof store->blind_key), bytes_of(in, sizeof in));
    memcpy(blind.at, hash.at, sizeof blind.at);
    return blind;
}

/* ---- helpers ---- */

static void add(struct place *place, struct bytes part)
{
    REQUIRE(part.len <= sizeof place->at - place->len);
    if (part.len > 0) {
        memcpy(place->at + place->len, part.at, part.len);
    }
    place->len += part.len;
}

static enum err open_at(struct store *store, const struct place *place, struct bytes sealed, uint8_t *out)
{
    enum err err = seal_open(store->seal_key, bytes_of(place->at, place->len), sealed, out);
    return err == ERR_OK ? ERR_OK : ERR_STORE;
}
