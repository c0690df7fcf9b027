/* Keys in memory, and the values they seal. */
#include "server/store/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/hash_table.h"
#include "common/base/random.h"
#include "common/crypto/hash.h"
#include "server/store/vault_file.h"

/* One unwrapped data key. */
struct data_key {
    UT_hash_handle hh;
    uint32_t number;
    struct id sender;
    uint8_t secret[SEAL_KEY_BYTES];
    bool is_confirmed; /* the database has it under this number */
    struct seal_key *key;
};

struct vault {
    char path[VAULT_PATH_BYTES_MAX];
    uint8_t master_id[VAULT_MASTER_ID_BYTES];
    struct seal_key *master;
    uint8_t next_id[VAULT_MASTER_ID_BYTES];
    struct seal_key *next; /* NULL: no exchange is under way */
    uint8_t index_key[SEAL_KEY_BYTES];
    struct data_key *keys; /* by number */
    struct arena unused;   /* of hash_table_added: says only that memory ran out */
};

static const char master_domain[] = "dantin/master-key";
static const char wrap_domain[] = "dantin/wrapping";
static const char index_domain[] = "dantin/index-key";
static const char key_domain[] = "dantin/data-key";
static const char payload_domain[] = "dantin/payload";
static const char field_domain[] = "dantin/field";
static const char blind_domain[] = "dantin/blind";

static enum err derive(const uint8_t secret[SEAL_KEY_BYTES], struct seal_key **ret_wrapping,
                       uint8_t ret_id[VAULT_MASTER_ID_BYTES]);
static void aside_path(const struct vault *vault, char out[VAULT_PATH_BYTES_MAX + sizeof VAULT_FILE_ASIDE]);
static enum err take_master(struct vault *vault, const uint8_t secret[SEAL_KEY_BYTES]);
static enum err try_master(struct vault *vault, const char *path, struct bytes master_id);
static enum err keep_key(struct vault *vault, uint32_t number, const struct id *sender,
                         const uint8_t secret[SEAL_KEY_BYTES], bool is_confirmed);
static void free_key(struct data_key *key);
static struct data_key *find_key(const struct vault *vault, uint32_t number);
static void forget_keys(struct vault *vault);
static struct vault_place place_of_key(uint32_t number, const struct id *sender);
static void put(struct vault_place *place, const void *at, size_t len);
static void put_text(struct vault_place *place, const char *text);

enum err vault_new(const char *path, enum language language, struct vault **ret_vault,
                   struct error *ret_error)
{
    uint8_t secret[SEAL_KEY_BYTES];
    struct vault *vault = calloc(1, sizeof *vault);
    if (vault == NULL || strlen(path) >= sizeof vault->path) {
        free(vault);
        return error_set(ret_error, vault == NULL ? ERR_NO_MEMORY : ERR_TOO_BIG, "%s", path);
    }
    memcpy(vault->path, path, strlen(path) + 1);
    enum err err = vault_file_read(path, secret, language, ret_error);
    if (err == ERR_OK) {
        err = take_master(vault, secret);
        seal_wipe(secret, sizeof secret);
    }
    if (err != ERR_OK) {
        vault_free(vault);
        return err;
    }
    *ret_vault = vault;
    return ERR_OK;
}

void vault_free(struct vault *vault)
{
    if (vault == NULL) {
        return;
    }
    forget_keys(vault);
    seal_key_free(vault->master);
    seal_key_free(vault->next);
    seal_wipe(vault, sizeof *vault);
    free(vault);
}

void vault_master_id(const struct vault *vault, uint8_t ret_id[VAULT_MASTER_ID_BYTES])
{
    memcpy(ret_id, vault->master_id, VAULT_MASTER_ID_BYTES);
}

void vault_make_index_key(struct vault *vault, uint8_t ret_wrapped[VAULT_WRAPPED_BYTES])
{
    uint8_t secret[SEAL_KEY_BYTES];
    random_bytes(secret, sizeof secret);
    seal(vault->master, bytes_of_text(index_domain), bytes_of(secret, sizeof secret), ret_wrapped);
    seal_wipe(secret, sizeof secret);
}

enum err vault_set_index_key(struct vault *vault, struct bytes wrapped)
{
    if (wrapped.len != VAULT_WRAPPED_BYTES) {
        return ERR_MALFORMED;
    }
    return seal_open(vault->master, bytes_of_text(index_domain), wrapped, vault->index_key);
}

enum err vault_follow_master(struct vault *vault, struct bytes master_id)
{
    if (bytes_equal(master_id, bytes_of(vault->master_id, VAULT_MASTER_ID_BYTES))) {
        return ERR_OK;
    }
    char aside[VAULT_PATH_BYTES_MAX + sizeof VAULT_FILE_ASIDE];
    aside_path(vault, aside);
    enum err err = try_master(vault, vault->path, master_id);
    return err == ERR_OK ? ERR_OK : try_master(vault, aside, master_id);
}

enum err vault_next_master(struct vault *vault, enum language language, struct error *ret_error)
{
    char path[VAULT_PATH_BYTES_MAX + sizeof VAULT_FILE_ASIDE];
    uint8_t secret[SEAL_KEY_BYTES];
    aside_path(vault, path);
    enum err err = vault_master_create(path, language, ret_error);
    if (err == ERR_OK || err == ERR_EXISTS) {
        err = vault_file_read(path, secret, language, ret_error);
    }
    if (err == ERR_OK) {
        seal_key_free(vault->next);
        vault->next = NULL;
        err = derive(secret, &vault->next, vault->next_id);
    }
    seal_wipe(secret, sizeof secret);
    return err;
}

void vault_take_next_master(struct vault *vault)
{
    REQUIRE(vault->next != NULL);
    seal_key_free(vault->master);
    vault->master = vault->next;
    vault->next = NULL;
    memcpy(vault->master_id, vault->next_id, VAULT_MASTER_ID_BYTES);
}

enum err vault_settle_master(struct vault *vault, enum language language, struct error *ret_error)
{
    char path[VAULT_PATH_BYTES_MAX + sizeof VAULT_FILE_ASIDE];
    uint8_t secret[SEAL_KEY_BYTES];
    uint8_t id[VAULT_MASTER_ID_BYTES];
    struct seal_key *wrapping = NULL;
    aside_path(vault, path);
    enum err err = vault_file_read(path, secret, language, ret_error);
    err = err == ERR_OK ? derive(secret, &wrapping, id) : err;
    seal_key_free(wrapping);
    seal_wipe(secret, sizeof secret);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    return memcmp(id, vault->master_id, sizeof id) == 0
               ? vault_file_settle(path, vault->path, language, ret_error)
               : ERR_OK;
}

void vault_wrap_index_key(struct vault *vault, uint8_t ret_wrapped[VAULT_WRAPPED_BYTES])
{
    seal(vault->master, bytes_of_text(index_domain), bytes_of(vault->index_key, SEAL_KEY_BYTES), ret_wrapped);
}

enum err vault_wrap_key(struct vault *vault, uint32_t number, const struct id *sender,
                        uint8_t ret_wrapped[VAULT_WRAPPED_BYTES])
{
    const struct data_key *key = find_key(vault, number);
    struct vault_place place = place_of_key(number, sender);
    if (key == NULL) {
        return ERR_NOT_FOUND;
    }
    seal(vault->master, bytes_of(place.at, place.len), bytes_of(key->secret, SEAL_KEY_BYTES), ret_wrapped);
    return ERR_OK;
}

enum err vault_make_key(struct vault *vault, uint32_t number, const struct id *sender,
                        uint8_t ret_wrapped[VAULT_WRAPPED_BYTES])
{
    uint8_t secret[SEAL_KEY_BYTES];
    struct vault_place place = place_of_key(number, sender);
    random_bytes(secret, sizeof secret);
    enum err err = keep_key(vault, number, sender, secret, false);
    if (err == ERR_OK) {
        seal(vault->master, bytes_of(place.at, place.len), bytes_of(secret, sizeof secret), ret_wrapped);
    }
    seal_wipe(secret, sizeof secret);
    return err;
}

enum err vault_add_key(struct vault *vault, uint32_t number, const struct id *sender, struct bytes wrapped)
{
    uint8_t secret[SEAL_KEY_BYTES];
    struct vault_place place = place_of_key(number, sender);
    if (vault_has_key(vault, number)) {
        return ERR_OK;
    }
    if (wrapped.len != VAULT_WRAPPED_BYTES) {
        return ERR_MALFORMED;
    }
    enum err err = seal_open(vault->master, bytes_of(place.at, place.len), wrapped, secret);
    if (err == ERR_OK) {
        err = keep_key(vault, number, sender, secret, true);
    }
    seal_wipe(secret, sizeof secret);
    return err;
}

bool vault_has_key(const struct vault *vault, uint32_t number)
{
    const struct data_key *key = find_key(vault, number);
    return key != NULL && key->is_confirmed;
}

void vault_trim(struct vault *vault)
{
    if (HASH_COUNT(vault->keys) >= VAULT_KEYS_MAX) {
        forget_keys(vault);
    }
}

struct vault_place vault_place_of_payload(const struct hash *envelope_hash)
{
    struct vault_place place = {.len = 0};
    put_text(&place, payload_domain);
    put(&place, envelope_hash->at, HASH_BYTES);
    return place;
}

struct vault_place vault_place_of_field(enum record_kind kind, const struct id *record, const char *list,
                                        const char *field)
{
    struct vault_place place = {.len = 0};
    uint8_t number[2];
    u16_write(number, (uint16_t)kind);
    put_text(&place, field_domain);
    put(&place, number, sizeof number);
    put(&place, record->at, ID_BYTES);
    put_text(&place, list);
    put_text(&place, field);
    return place;
}

void vault_seal(struct vault *vault, uint32_t number, const struct vault_place *place, struct bytes plain,
                uint8_t *out)
{
    struct data_key *key = find_key(vault, number);
    REQUIRE(key != NULL);
    u32_write(out, number);
    seal(key->key, bytes_of(place->at, place->len), plain, out + VAULT_PREFIX_BYTES);
}

uint32_t vault_key_of(struct bytes sealed)
{
    return sealed.len < VAULT_OVERHEAD_BYTES ? 0 : u32_read(sealed.at);
}

size_t vault_plain_bytes(struct bytes sealed)
{
    return sealed.len < VAULT_OVERHEAD_BYTES ? 0 : sealed.len - VAULT_OVERHEAD_BYTES;
}

enum err vault_open(struct vault *vault, const struct vault_place *place, struct bytes sealed, uint8_t *out)
{
    if (sealed.len < VAULT_OVERHEAD_BYTES) {
        return ERR_MALFORMED;
    }
    struct data_key *key = find_key(vault, vault_key_of(sealed));
    if (key == NULL || !key->is_confirmed) {
        return ERR_NOT_FOUND;
    }
    struct bytes rest = bytes_of(sealed.at + VAULT_PREFIX_BYTES, sealed.len - VAULT_PREFIX_BYTES);
    return seal_open(key->key, bytes_of(place->at, place->len), rest, out);
}

enum err vault_reseal(struct vault *vault, const struct vault_place *place, struct bytes sealed,
                      uint8_t *plain, uint8_t *out)
{
    enum err err = vault_open(vault, place, sealed, plain);
    if (err != ERR_OK) {
        return err;
    }
    const struct data_key *newest = find_key(vault, vault_key_of(sealed));
    for (const struct data_key *key = vault->keys; key != NULL; key = key->hh.next) {
        bool is_newer = key->is_confirmed && key->number > newest->number;
        newest = is_newer && id_equal(&key->sender, &newest->sender) ? key : newest;
    }
    vault_seal(vault, newest->number, place, bytes_of(plain, vault_plain_bytes(sealed)), out);
    return ERR_OK;
}

enum err vault_open_copy(struct vault *vault, const struct vault_place *place, struct bytes sealed,
                         struct arena *arena, struct bytes *ret_plain)
{
    size_t len = vault_plain_bytes(sealed);
    uint8_t *out = arena_alloc(arena, len + 1); /* never NULL for an empty value */
    if (out == NULL) {
        return ERR_TOO_BIG;
    }
    enum err err = vault_open(vault, place, sealed, out);
    if (err == ERR_OK) {
        *ret_plain = bytes_of(out, len);
    }
    return err;
}

uint32_t vault_sealer_key(struct vault_sealer *sealer, const struct hash *device)
{
    for (size_t i = 0; i < sealer->key_count; i++) {
        size_t at = (sealer->last + i) % sealer->key_count;
        if (hash_equal(&sealer->keys[at].device, device)) {
            sealer->last = at;
            return sealer->keys[at].number;
        }
    }
    return 0;
}

enum err vault_derive_key(const struct vault *vault, const char *purpose, struct seal_key **ret_key)
{
    uint8_t secret[SEAL_KEY_BYTES];
    seal_derive(bytes_of(vault->index_key, SEAL_KEY_BYTES), bytes_of(NULL, 0), bytes_of_text(purpose), secret,
                sizeof secret);
    enum err err = seal_key_new(secret, ret_key);
    seal_wipe(secret, sizeof secret);
    return err;
}

void vault_blind(const struct vault *vault, enum record_kind kind, const char *field, struct bytes value,
                 uint8_t ret_blind[VAULT_BLIND_BYTES])
{
    struct vault_place place = {.len = 0};
    uint8_t number[2];
    u16_write(number, (uint16_t)kind);
    put_text(&place, blind_domain);
    put(&place, number, sizeof number);
    put_text(&place, field);
    struct bytes parts[] = {bytes_of(place.at, place.len), value};
    struct hash hash = hash_hmac_of(bytes_of(vault->index_key, SEAL_KEY_BYTES), parts, 2);
    memcpy(ret_blind, hash.at, VAULT_BLIND_BYTES);
}

/* The master key itself is used for nothing: one key derived from it wraps, another value names it. */
static enum err derive(const uint8_t secret[SEAL_KEY_BYTES], struct seal_key **ret_wrapping,
                       uint8_t ret_id[VAULT_MASTER_ID_BYTES])
{
    uint8_t wrapping[SEAL_KEY_BYTES];
    struct bytes in = bytes_of(secret, SEAL_KEY_BYTES);
    struct bytes none = bytes_of(NULL, 0);
    seal_derive(in, none, bytes_of_text(wrap_domain), wrapping, sizeof wrapping);
    enum err err = seal_key_new(wrapping, ret_wrapping);
    seal_wipe(wrapping, sizeof wrapping);
    if (err == ERR_OK) {
        seal_derive(in, none, bytes_of_text(master_domain), ret_id, VAULT_MASTER_ID_BYTES);
    }
    return err;
}

static void aside_path(const struct vault *vault, char out[VAULT_PATH_BYTES_MAX + sizeof VAULT_FILE_ASIDE])
{
    (void)snprintf(out, VAULT_PATH_BYTES_MAX + sizeof VAULT_FILE_ASIDE, "%s" VAULT_FILE_ASIDE, vault->path);
}

static enum err take_master(struct vault *vault, const uint8_t secret[SEAL_KEY_BYTES])
{
    struct seal_key *master = NULL;
    enum err err = derive(secret, &master, vault->master_id);
    if (err == ERR_OK) {
        seal_key_free(vault->master);
        vault->master = master;
    }
    return err;
}

static enum err try_master(struct vault *vault, const char *path, struct bytes master_id)
{
    uint8_t secret[SEAL_KEY_BYTES];
    uint8_t named[VAULT_MASTER_ID_BYTES];
    enum err err = vault_file_read(path, secret, LANGUAGE_EN, NULL);
    if (err == ERR_OK) {
        seal_derive(bytes_of(secret, sizeof secret), bytes_of(NULL, 0), bytes_of_text(master_domain), named,
                    sizeof named);
        err = bytes_equal(bytes_of(named, sizeof named), master_id) ? take_master(vault, secret) : ERR_SEALED;
    }
    seal_wipe(secret, sizeof secret);
    return err == ERR_OK || err == ERR_NO_MEMORY ? err : ERR_SEALED;
}

static enum err keep_key(struct vault *vault, uint32_t number, const struct id *sender,
                         const uint8_t secret[SEAL_KEY_BYTES], bool is_confirmed)
{
    struct data_key *older = find_key(vault, number);
    struct data_key *key = calloc(1, sizeof *key);
    enum err err = key == NULL ? ERR_NO_MEMORY : seal_key_new(secret, &key->key);
    if (err == ERR_OK) {
        key->number = number;
        key->sender = *sender;
        key->is_confirmed = is_confirmed;
        memcpy(key->secret, secret, SEAL_KEY_BYTES);
        if (older != NULL) {
            HASH_DEL(vault->keys, older);
            free_key(older);
        }
        HASH_ADD(hh, vault->keys, number, sizeof key->number, key);
        err = hash_table_added(&key->hh, &vault->unused) ? ERR_OK : ERR_NO_MEMORY;
    }
    if (err != ERR_OK && key != NULL) {
        free_key(key);
    }
    return err;
}

static void free_key(struct data_key *key)
{
    seal_key_free(key->key);
    seal_wipe(key->secret, sizeof key->secret);
    free(key);
}

static struct data_key *find_key(const struct vault *vault, uint32_t number)
{
    struct data_key *key = NULL;
    HASH_FIND(hh, vault->keys, &number, sizeof number, key);
    return key;
}

static void forget_keys(struct vault *vault)
{
    struct data_key *key = vault->keys;
    HASH_CLEAR(hh, vault->keys); /* the table; the items stay chained */
    while (key != NULL) {
        struct data_key *next = key->hh.next;
        free_key(key);
        key = next;
    }
}

static struct vault_place place_of_key(uint32_t number, const struct id *sender)
{
    struct vault_place place = {.len = 0};
    uint8_t at[4];
    u32_write(at, number);
    put_text(&place, key_domain);
    put(&place, at, sizeof at);
    put(&place, sender->at, ID_BYTES);
    return place;
}

static void put(struct vault_place *place, const void *at, size_t len)
{
    REQUIRE(len <= sizeof place->at - place->len);
    memcpy(place->at + place->len, at, len);
    place->len += len;
}

/* With its NUL, so that two texts one after the other cannot be cut in two ways. */
static void put_text(struct vault_place *place, const char *text)
{
    put(place, text, strlen(text) + 1);
}
