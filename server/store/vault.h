/* The keys of what the database holds sealed: journal payloads, and the fields flagged SEALED. Rank 4. One thread.
 *
 *   master key (32 bytes in a file outside PostgreSQL)
 *     ├─ wraps the index key (dantin.vault): a blind index is an HMAC under it
 *     └─ wraps the data keys (dantin.data_key): of each sender one after the other; the newest seals what comes
 *
 *   sealed value = number of its data key (u32, big-endian) ‖ layout of common/crypto/seal.h
 *
 * A sealed value opens at its own place only (a payload: its entry; a field: its record and column). Unwrapped data keys
 * are kept, at most VAULT_KEYS_MAX; a key the vault does not have is asked from the database by its number. */
#ifndef SERVER_STORE_VAULT_H
#define SERVER_STORE_VAULT_H

#include "common/base/arena.h"
#include "common/crypto/seal.h"
#include "common/record/schema.h"

struct vault;

enum {
    VAULT_KEYS_MAX =
        4096, /* unwrapped ones kept; when there are more, all are forgotten and asked for again */
    VAULT_PREFIX_BYTES = 4,
    VAULT_OVERHEAD_BYTES = VAULT_PREFIX_BYTES + SEAL_OVERHEAD_BYTES,
    VAULT_BLIND_BYTES = 16,
    VAULT_MASTER_ID_BYTES = 16,
    VAULT_WRAPPED_BYTES = SEAL_KEY_BYTES + SEAL_OVERHEAD_BYTES,
    VAULT_PATH_BYTES_MAX = 2048,
    VAULT_MASTER_FILE_BYTES = 2 * SEAL_KEY_BYTES + 1, /* hexadecimal and a line end */
    VAULT_MASTER_FILE_MODE = 0600
};

/* A new master key file, synced, readable by its owner alone. ERR_EXISTS. ERR_IO. The sentence names the file. */
MUST_CHECK enum err vault_master_create(const char *path, enum language language, struct error *ret_error);

/* A vault with the master key of the file. ERR_NOT_FOUND, ERR_IO. ERR_FORBIDDEN: others may read the file. ERR_MALFORMED: no
 * master key in it. */
MUST_CHECK enum err vault_new(const char *path, enum language language, struct vault **ret_vault,
                              struct error *ret_error);
/* Wipes every key. */
void vault_free(struct vault *vault);

/* The name of the master key, which does not tell it. */
void vault_master_id(const struct vault *vault, uint8_t ret_id[VAULT_MASTER_ID_BYTES]);
/* A new index key, wrapped: for a database that has none. */
void vault_make_index_key(struct vault *vault, uint8_t ret_wrapped[VAULT_WRAPPED_BYTES]);
/* Take the index key of the database. ERR_SEALED: wrapped under another master key. ERR_MALFORMED, ERR_NO_MEMORY. */
MUST_CHECK enum err vault_set_index_key(struct vault *vault, struct bytes wrapped);
/* The database says what master key its keys are wrapped under now. Another one than ours (it was exchanged): the file is
 * read again, or the one an exchange was about to put in its place (PATH.new). ERR_SEALED: neither is it. */
MUST_CHECK enum err vault_follow_master(struct vault *vault, struct bytes master_id);

/* Exchanging the master key (vault_rotate.h). Another master key beside the file (PATH.new), made when there is none:
 * ERR_IO, ERR_NO_MEMORY. Then from now on keys are wrapped under it. Then, when they all are, it takes the file's place: ERR_IO. */
MUST_CHECK enum err vault_next_master(struct vault *vault, enum language language, struct error *ret_error);
void vault_take_next_master(struct vault *vault);
MUST_CHECK enum err vault_settle_master(struct vault *vault, enum language language, struct error *ret_error);
/* The index key, and a data key the vault has (else ERR_NOT_FOUND), wrapped under the master key of now. */
void vault_wrap_index_key(struct vault *vault, uint8_t ret_wrapped[VAULT_WRAPPED_BYTES]);
MUST_CHECK enum err vault_wrap_key(struct vault *vault, uint32_t number, const struct id *sender,
                                   uint8_t ret_wrapped[VAULT_WRAPPED_BYTES]);

/* A new data key, to be stored under its number. It seals from now on, and opens when the database has confirmed it
 * (vault_add_key): a number whose transaction a crash undid may come again, for another key. ERR_NO_MEMORY. */
MUST_CHECK enum err vault_make_key(struct vault *vault, uint32_t number, const struct id *sender,
                                   uint8_t ret_wrapped[VAULT_WRAPPED_BYTES]);
/* A data key from the database. ERR_SEALED: not wrapped for this number and sender under our master key.
 * ERR_MALFORMED, ERR_NO_MEMORY. */
MUST_CHECK enum err vault_add_key(struct vault *vault, uint32_t number, const struct id *sender,
                                  struct bytes wrapped);
/* Has it a confirmed key of this number? */
bool vault_has_key(const struct vault *vault, uint32_t number);
/* Forget the data keys when there are VAULT_KEYS_MAX. */
void vault_trim(struct vault *vault);

/* Where a sealed value belongs. */
struct vault_place {
    uint8_t at[128];
    size_t len;
};
struct vault_place vault_place_of_payload(const struct hash *envelope_hash);
/* prefix: "" for a field of the record, else the list's name. */
struct vault_place vault_place_of_field(enum record_kind kind, const struct id *record, const char *list,
                                        const char *field);

/* Seal into `out`: plain.len + VAULT_OVERHEAD_BYTES bytes. The vault has the key. */
void vault_seal(struct vault *vault, uint32_t number, const struct vault_place *place, struct bytes plain,
                uint8_t *out);
/* The data key of a sealed value; 0: not a sealed value. */
uint32_t vault_key_of(struct bytes sealed);
/* How many bytes are inside; 0 also for what is too short. */
size_t vault_plain_bytes(struct bytes sealed);
/* Open into `out` (vault_plain_bytes(sealed) bytes). ERR_NOT_FOUND: the vault does not have the key. ERR_MALFORMED,
 * ERR_SEALED as seal_open. */
MUST_CHECK enum err vault_open(struct vault *vault, const struct vault_place *place, struct bytes sealed,
                               uint8_t *out);
/* Open, and seal under the newest key the vault has of the same sender: plain and out have sealed.len bytes, the result too.
 * Errors as vault_open; plain is the caller's to wipe. */
MUST_CHECK enum err vault_reseal(struct vault *vault, const struct vault_place *place, struct bytes sealed,
                                 uint8_t *plain, uint8_t *out);
/* Open into an arena. ERR_TOO_BIG: the arena. */
MUST_CHECK enum err vault_open_copy(struct vault *vault, const struct vault_place *place, struct bytes sealed,
                                    struct arena *arena, struct bytes *ret_plain);

/* Which keys seal what the devices of a group sent: made of facts, before the group is written. */
struct vault_device_key {
    struct hash device;
    struct id sender;
    uint32_t number;
    bool is_new; /* of the first device of a sender that had no key: to be stored with the group */
    uint8_t wrapped[VAULT_WRAPPED_BYTES];
};

struct vault_sealer {
    struct vault *vault;
    const struct vault_device_key *keys;
    size_t key_count;
    size_t last; /* found last time: what a device sent stands together */
};

/* The number of the device's key; 0: it is none of the group's. */
uint32_t vault_sealer_key(struct vault_sealer *sealer, const struct hash *device);

/* A key of its own for what is kept outside the database, the same for the database's whole life. ERR_NO_MEMORY. */
MUST_CHECK enum err vault_derive_key(const struct vault *vault, const char *purpose,
                                     struct seal_key **ret_key);

/* The blind index of a value of a field: equal values of the same field of the same kind give equal bytes, and nobody
 * without the index key can tell which. */
void vault_blind(const struct vault *vault, enum record_kind kind, const char *field, struct bytes value,
                 uint8_t ret_blind[VAULT_BLIND_BYTES]);

#endif
