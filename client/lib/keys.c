/* Persons and their key files. Certificates: keys_certificate.c. */
#include "client/lib/keys.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/random.h"
#include "common/crypto/hash.h"
#include "common/crypto/seal.h"
#include "common/record/name.h"

enum {
    EXTRA_BYTES = KEYS_STORE_KEY_BYTES + HASH_BYTES + HASH_BYTES, /* store key, device id, check */
    SECRET_ARENA_BYTES_MAX = 65536,
};

static const char next_key[] = "next.key";
static const char next_recovery_key[] = "next-recovery.key";
static const char next_certificate[] = KEYS_NEXT_CERTIFICATE;
static const char check_domain[] = "dantin/person key";

/* Names gathered by keys_persons. */
struct listing {
    const char *home;
    char (*names)[KEYS_PERSON_BYTES_MAX + 1];
    size_t count;
    enum err err;
};

/* What was typed, in one form. */
struct secret {
    struct arena arena;
    struct bytes text;
};

static bool on_entry(void *context, const char *name);
static int compare_names(const void *a, const void *b);
static enum err secret_read(struct secret *secret, const char *typed);
static void secret_forget(struct secret *secret);
static enum err unlock(const char *folder, const char *name, const char *passphrase, struct keys *ret_keys);
static enum err move(const char *folder, const char *from, const char *to);
static enum err discard(const char *folder, const char *name);
static bool is_there(const char *folder, const char *name);
static enum err set_next(const char *folder, const struct keys *next, const char *passphrase,
                         enum key_file_cost cost);
static enum err wrap(const char *folder, const char *name, const struct keys *keys, struct bytes secret,
                     enum key_file_cost cost);
static enum err unwrap(const char *folder, const char *name, struct bytes secret, struct keys *ret_keys);
static enum err read_file(const char *folder, const char *name, struct buf *out);
static struct hash check_of(const uint8_t *seed, const uint8_t *store_key, const struct hash *device);
static enum err keys_of(struct signing_key *key, const uint8_t *store_key, const struct hash *device,
                        const char *folder, struct keys *ret_keys);

_Static_assert((int)EXTRA_BYTES <= (int)KEY_FILE_EXTRA_BYTES_MAX, "the rest of the keys fits beside the key");

void keys_release(struct keys *keys)
{
    if (keys == NULL) {
        return;
    }
    signing_key_free(keys->key);
    if (keys->key_pem != NULL) {
        seal_wipe(keys->key_pem, SIGN_PEM_BYTES_MAX);
    }
    free(keys->key_pem);
    free(keys->certificate_pem);
    free(keys->authority_pem);
    seal_wipe(keys, sizeof *keys);
}

/* ---- persons ---- */

bool keys_is_person(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char later[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t len = strlen(name);
    return len > 0 && len <= KEYS_PERSON_BYTES_MAX && strspn(name, first) > 0 && strspn(name, later) == len;
}

enum err keys_folder(const char *home, const char *person, char ret_folder[PLATFORM_PATH_BYTES_MAX])
{
    char persons[PLATFORM_PATH_BYTES_MAX];
    enum err err = platform_path_join(home, "persons", persons, sizeof persons);
    return err != ERR_OK ? err : platform_path_join(persons, person, ret_folder, PLATFORM_PATH_BYTES_MAX);
}

enum err keys_persons(const char *home, char ret_names[KEYS_PERSONS_MAX][KEYS_PERSON_BYTES_MAX + 1],
                      size_t *ret_count)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    struct listing listing = {.home = home, .names = ret_names};
    enum err err = platform_path_join(home, "persons", path, sizeof path);
    if (err == ERR_OK) {
        err = platform_folder_each(path, on_entry, &listing);
    }
    if (err == ERR_NOT_FOUND) {
        err = ERR_OK; /* nobody yet */
    }
    if (err == ERR_OK) {
        err = listing.err;
    }
    if (err == ERR_OK) {
        qsort(ret_names, listing.count, sizeof ret_names[0], compare_names);
        *ret_count = listing.count;
    }
    return err;
}

enum err keys_choose(const char *home, const char *wanted, char ret_person[KEYS_PERSON_BYTES_MAX + 1])
{
    char names[KEYS_PERSONS_MAX][KEYS_PERSON_BYTES_MAX + 1];
    size_t count = 0;
    enum err err = keys_persons(home, names, &count);
    if (err != ERR_OK) {
        return err;
    }
    if (wanted == NULL && count > 1) {
        return ERR_AMBIGUOUS;
    }
    for (size_t i = 0; i < count; i++) {
        if (wanted == NULL || strcmp(names[i], wanted) == 0) {
            memcpy(ret_person, names[i], sizeof names[i]);
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}

/* ---- keys ---- */

bool keys_is_passphrase(const char *passphrase)
{
    struct secret secret;
    size_t characters = 0;
    if (secret_read(&secret, passphrase) != ERR_OK) {
        return false;
    }
    for (size_t i = 0; i < secret.text.len; i++) {
        characters += (secret.text.at[i] & 0xC0) != 0x80; /* not a continuation byte */
    }
    bool is_long =
        secret.text.len <= KEYS_PASSPHRASE_BYTES_MAX && characters >= KEYS_PASSPHRASE_CHARACTERS_MIN;
    secret_forget(&secret);
    return is_long;
}

enum err keys_create(const char *folder, const char *passphrase, enum key_file_cost cost,
                     const uint8_t *store_key, char ret_code[KEYS_CODE_TEXT_BYTES], struct keys *ret_keys)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    char code[KEYS_CODE_TEXT_BYTES] = "";
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t drawn[KEYS_STORE_KEY_BYTES];
    struct signing_key *key = NULL;
    struct keys keys = {0};
    enum err err = platform_path_join(folder, "device.key", path, sizeof path);
    if (err == ERR_OK && platform_file_exists(path)) {
        err = ERR_EXISTS;
    }
    if (err == ERR_OK) {
        err = platform_folder_make(folder);
    }
    if (err == ERR_OK) {
        err = signing_key_generate(&key);
    }
    if (err == ERR_OK) {
        random_bytes(drawn, sizeof drawn);
        signing_key_public(key, public_key);
        struct hash device = sign_spki_hash(public_key);
        err = keys_of(key, store_key != NULL ? store_key : drawn, &device, folder, &keys);
    }
    if (err == ERR_OK) {
        err = keys_set_code(folder, &keys, cost, code);
    }
    if (err == ERR_OK) {
        err = keys_set_passphrase(folder, &keys, passphrase,
                                  cost); /* last: with device.key the person is there */
    }
    if (err == ERR_OK) {
        memcpy(ret_code, code, sizeof code);
        *ret_keys = keys;
    } else {
        keys_release(&keys);
    }
    seal_wipe(code, sizeof code);
    seal_wipe(drawn, sizeof drawn);
    return err;
}

enum err keys_unlock(const char *folder, const char *passphrase, struct keys *ret_keys)
{
    return unlock(folder, "device.key", passphrase, ret_keys);
}

enum err keys_recover(const char *folder, const char *code, struct keys *ret_keys)
{
    char tidy[KEYS_CODE_TEXT_BYTES];
    enum err err = keys_code_read(bytes_of_text(code), tidy);
    if (err == ERR_OK) {
        err = unwrap(folder, "recovery.key", bytes_of_text(tidy), ret_keys);
    }
    seal_wipe(tidy, sizeof tidy);
    return err;
}

void keys_pack(const struct keys *keys, uint8_t ret_packed[KEYS_PACKED_BYTES])
{
    signing_key_seed(keys->key, ret_packed);
    memcpy(ret_packed + SIGN_SEED_BYTES, keys->store_key, KEYS_STORE_KEY_BYTES);
    memcpy(ret_packed + SIGN_SEED_BYTES + KEYS_STORE_KEY_BYTES, keys->device.at, HASH_BYTES);
}

enum err keys_unpack(struct bytes packed, const char *folder, struct keys *ret_keys)
{
    struct signing_key *key = NULL;
    struct hash device = {0};
    if (packed.len != KEYS_PACKED_BYTES) {
        return ERR_MALFORMED;
    }
    memcpy(device.at, packed.at + SIGN_SEED_BYTES + KEYS_STORE_KEY_BYTES, HASH_BYTES);
    enum err err = signing_key_from_seed(packed.at, &key);
    return err != ERR_OK ? err : keys_of(key, packed.at + SIGN_SEED_BYTES, &device, folder, ret_keys);
}

enum err keys_set_passphrase(const char *folder, const struct keys *keys, const char *passphrase,
                             enum key_file_cost cost)
{
    struct secret secret;
    enum err err = secret_read(&secret, passphrase);
    if (err == ERR_OK) {
        err = wrap(folder, "device.key", keys, secret.text, cost);
        secret_forget(&secret);
    }
    return err;
}

enum err keys_set_code(const char *folder, const struct keys *keys, enum key_file_cost cost,
                       char ret_code[KEYS_CODE_TEXT_BYTES])
{
    char code[KEYS_CODE_TEXT_BYTES];
    keys_code_draw(code);
    enum err err = wrap(folder, "recovery.key", keys, bytes_of_text(code), cost);
    if (err == ERR_OK) {
        memcpy(ret_code, code, sizeof code);
    }
    seal_wipe(code, sizeof code);
    return err;
}

enum err keys_next_create(const char *folder, const char *passphrase, enum key_file_cost cost,
                          char ret_code[KEYS_CODE_TEXT_BYTES], struct keys *ret_next)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    char code[KEYS_CODE_TEXT_BYTES];
    struct secret secret;
    struct keys present = {0};
    struct keys next = {0};
    struct signing_key *key = NULL;
    enum err err = platform_path_join(folder, next_key, path, sizeof path);
    if (err == ERR_OK && platform_file_exists(path)) {
        err = ERR_EXISTS;
    }
    if (err == ERR_OK) {
        err = keys_unlock(folder, passphrase, &present);
    }
    if (err == ERR_OK) {
        err = signing_key_generate(&key);
    }
    if (err == ERR_OK) {
        err = keys_of(key, present.store_key, &present.device, folder, &next);
    }
    keys_release(&present);
    if (err != ERR_OK) {
        return err;
    }
    keys_code_draw(code);
    err = wrap(folder, next_recovery_key, &next, bytes_of_text(code), cost);
    if (err == ERR_OK) {
        err = secret_read(&secret, passphrase);
    }
    if (err == ERR_OK) {
        err = wrap(folder, next_key, &next, secret.text, cost); /* last: with it the key waits */
        secret_forget(&secret);
    }
    if (err == ERR_OK) {
        memcpy(ret_code, code, sizeof code);
        *ret_next = next;
    } else {
        keys_release(&next);
    }
    seal_wipe(code, sizeof code);
    return err;
}

enum err keys_next_unlock(const char *folder, const char *passphrase, struct keys *ret_next)
{
    return unlock(folder, next_key, passphrase, ret_next);
}

enum err keys_next_set_passphrase(const char *folder, const char *old, const char *passphrase,
                                  enum key_file_cost cost)
{
    struct keys next = {0};
    enum err err = keys_next_unlock(folder, old, &next);
    if (err == ERR_OK) {
        err = set_next(folder, &next, passphrase, cost);
    }
    keys_release(&next);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err keys_next_recover(const char *folder, const char *code, const char *passphrase,
                           enum key_file_cost cost)
{
    char tidy[KEYS_CODE_TEXT_BYTES];
    struct keys next = {0};
    /* An adoption that was cut between the two keys has moved its code already. */
    const char *name = is_there(folder, next_recovery_key) ? next_recovery_key : "recovery.key";
    if (!is_there(folder, next_key)) {
        return ERR_NOT_FOUND;
    }
    enum err err = keys_code_read(bytes_of_text(code), tidy);
    if (err == ERR_OK) {
        err = unwrap(folder, name, bytes_of_text(tidy), &next);
        err = err == ERR_PASSPHRASE ? ERR_NOT_FOUND : err;
    }
    if (err == ERR_OK) {
        err = set_next(folder, &next, passphrase, cost);
    }
    keys_release(&next);
    seal_wipe(tidy, sizeof tidy);
    return err;
}

enum keys_next keys_next_state(const char *folder)
{
    if (!is_there(folder, next_key)) {
        return KEYS_NEXT_NONE;
    }
    return is_there(folder, next_certificate) ? KEYS_NEXT_CERTIFIED : KEYS_NEXT_WAITS;
}

enum err keys_next_adopt(const char *folder)
{
    enum err err = keys_forget(folder);
    if (err != ERR_OK && err != ERR_NOT_FOUND && err != ERR_UNSUPPORTED) {
        return err;
    }
    char path[PLATFORM_PATH_BYTES_MAX];
    err = platform_path_join(folder, next_key, path, sizeof path);
    if (err == ERR_OK && !platform_file_exists(path)) {
        err = ERR_NOT_FOUND;
    }
    if (err == ERR_OK) {
        err = move(folder, next_recovery_key, "recovery.key");
        err = err == ERR_NOT_FOUND ? ERR_OK : err; /* done before the cut */
    }
    if (err == ERR_OK) {
        err = move(folder, next_key, "device.key");
    }
    return err == ERR_OK ? keys_next_finish(folder) : err;
}

enum err keys_next_drop(const char *folder)
{
    enum err err = discard(folder, next_key);
    if (err == ERR_OK) {
        err = discard(folder, next_recovery_key);
    }
    return err == ERR_OK ? discard(folder, next_certificate) : err;
}

enum err keys_next_finish(const char *folder)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    enum err err = platform_path_join(folder, next_key, path, sizeof path);
    if (err != ERR_OK || platform_file_exists(path)) {
        return err; /* the key itself still waits, and its certificate with it */
    }
    err = move(folder, next_certificate, "device.crt");
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

bool keys_is_weak(const char *folder)
{
    struct buf pem;
    buf_init(&pem, SIGN_PEM_BYTES_MAX);
    bool is_weak = read_file(folder, "device.key", &pem) != ERR_OK || key_file_is_weak(buf_content(&pem));
    buf_release(&pem);
    return is_weak;
}

/* ---- helpers ---- */

static bool on_entry(void *context, const char *name)
{
    struct listing *listing = context;
    char folder[PLATFORM_PATH_BYTES_MAX];
    char path[PLATFORM_PATH_BYTES_MAX];
    if (!keys_is_person(name) || keys_folder(listing->home, name, folder) != ERR_OK ||
        platform_path_join(folder, "device.key", path, sizeof path) != ERR_OK ||
        !platform_file_exists(path)) {
        return true; /* something else, or a set-up that was cut short */
    }
    if (listing->count == KEYS_PERSONS_MAX) {
        listing->err = ERR_TOO_BIG;
        return false;
    }
    memcpy(listing->names[listing->count++], name, strlen(name) + 1);
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Keyboards differ in how they compose a letter with its marks, so what is typed is brought to one form first. ERR_PASSPHRASE: no
 * passphrase could be this. */
static enum err secret_read(struct secret *secret, const char *typed)
{
    arena_init(&secret->arena, SECRET_ARENA_BYTES_MAX);
    secret->text = bytes_of(NULL, 0);
    if (name_normalise(bytes_of_text(typed), &secret->arena, &secret->text) == ERR_OK) {
        return ERR_OK;
    }
    arena_release(&secret->arena);
    return ERR_PASSPHRASE;
}

static void secret_forget(struct secret *secret)
{
    seal_wipe((void *)(uintptr_t)secret->text.at, secret->text.len);
    arena_release(&secret->arena);
}

static enum err unlock(const char *folder, const char *name, const char *passphrase, struct keys *ret_keys)
{
    struct secret secret;
    enum err err = secret_read(&secret, passphrase);
    if (err == ERR_OK) {
        err = unwrap(folder, name, secret.text, ret_keys);
        secret_forget(&secret);
    }
    return err;
}

static enum err move(const char *folder, const char *from, const char *to)
{
    char from_path[PLATFORM_PATH_BYTES_MAX];
    char to_path[PLATFORM_PATH_BYTES_MAX];
    enum err err = platform_path_join(folder, from, from_path, sizeof from_path);
    if (err == ERR_OK) {
        err = platform_path_join(folder, to, to_path, sizeof to_path);
    }
    return err == ERR_OK ? platform_file_move(from_path, to_path) : err;
}

static bool is_there(const char *folder, const char *name)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    return platform_path_join(folder, name, path, sizeof path) == ERR_OK && platform_file_exists(path);
}

static enum err set_next(const char *folder, const struct keys *next, const char *passphrase,
                         enum key_file_cost cost)
{
    struct secret secret;
    enum err err = secret_read(&secret, passphrase);
    if (err == ERR_OK) {
        err = wrap(folder, next_key, next, secret.text, cost);
        secret_forget(&secret);
    }
    return err;
}

static enum err discard(const char *folder, const char *name)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    enum err err = platform_path_join(folder, name, path, sizeof path);
    return err == ERR_OK ? platform_file_remove(path) : err;
}

static enum err wrap(const char *folder, const char *name, const struct keys *keys, struct bytes secret,
                     enum key_file_cost cost)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    char pem[SIGN_PEM_BYTES_MAX];
    uint8_t seed[SIGN_SEED_BYTES];
    uint8_t extra[EXTRA_BYTES];
    signing_key_seed(keys->key, seed);
    struct hash check = check_of(seed, keys->store_key, &keys->device);
    memcpy(extra, keys->store_key, KEYS_STORE_KEY_BYTES);
    memcpy(extra + KEYS_STORE_KEY_BYTES, keys->device.at, HASH_BYTES);
    memcpy(extra + KEYS_STORE_KEY_BYTES + HASH_BYTES, check.at, HASH_BYTES);
    enum err err = key_file_seal(keys->key, bytes_of(extra, sizeof extra), secret, cost, pem);
    if (err == ERR_OK) {
        err = platform_path_join(folder, name, path, sizeof path);
    }
    if (err == ERR_OK) {
        err = platform_file_replace(path, bytes_of_text(pem), true);
    }
    seal_wipe(seed, sizeof seed);
    seal_wipe(extra, sizeof extra);
    return err;
}

static enum err unwrap(const char *folder, const char *name, struct bytes secret, struct keys *ret_keys)
{
    struct buf pem;
    struct signing_key *key = NULL;
    uint8_t extra[KEY_FILE_EXTRA_BYTES_MAX];
    uint8_t seed[SIGN_SEED_BYTES];
    size_t extra_len = 0;
    struct hash device = {0};
    buf_init(&pem, SIGN_PEM_BYTES_MAX);
    enum err err = read_file(folder, name, &pem);
    if (err == ERR_OK) {
        err = key_file_open(buf_content(&pem), secret, &key, extra, &extra_len);
    }
    if (err == ERR_OK && extra_len != EXTRA_BYTES) {
        err = ERR_MALFORMED;
    }
    if (err == ERR_OK) {
        signing_key_seed(key, seed);
        memcpy(device.at, extra + KEYS_STORE_KEY_BYTES, HASH_BYTES);
        struct hash check = check_of(seed, extra, &device);
        bool is_whole = memcmp(check.at, extra + KEYS_STORE_KEY_BYTES + HASH_BYTES, HASH_BYTES) == 0;
        err = is_whole ? ERR_OK : ERR_MALFORMED;
    }
    if (err == ERR_OK) {
        err = keys_of(key, extra, &device, folder, ret_keys);
        key = NULL;
    }
    signing_key_free(key);
    buf_release(&pem);
    seal_wipe(extra, sizeof extra);
    seal_wipe(seed, sizeof seed);
    return err;
}

static enum err read_file(const char *folder, const char *name, struct buf *out)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    enum err err = platform_path_join(folder, name, path, sizeof path);
    return err != ERR_OK ? err : platform_file_read(path, out);
}

/* The cipher of the file proves nothing about what comes out of it; this does. */
static struct hash check_of(const uint8_t *seed, const uint8_t *store_key, const struct hash *device)
{
    struct bytes parts[] = {bytes_of(check_domain, sizeof check_domain), bytes_of(seed, SIGN_SEED_BYTES),
                            bytes_of(store_key, KEYS_STORE_KEY_BYTES), bytes_of(device->at, HASH_BYTES)};
    return hash_of(parts, sizeof parts / sizeof parts[0]);
}

/* Owns `key` from here on, also on failure. */
static enum err keys_of(struct signing_key *key, const uint8_t *store_key, const struct hash *device,
                        const char *folder, struct keys *ret_keys)
{
    struct keys keys = {.key = key, .key_pem = calloc(1, SIGN_PEM_BYTES_MAX), .device = *device};
    memcpy(keys.store_key, store_key, KEYS_STORE_KEY_BYTES);
    enum err err = keys.key_pem != NULL ? signing_key_to_pem(key, keys.key_pem) : ERR_NO_MEMORY;
    if (err == ERR_OK) {
        err = keys_read_certificates(folder, &keys);
    }
    if (err == ERR_OK) {
        *ret_keys = keys;
    } else {
        keys_release(&keys);
    }
    return err;
}
