/* Who may speak at a position of the journal: devices, their keys and roles, senders that count as witnesses, operators.
 * Kept up act by act. Rank 4. Memory: the arena given. */
#ifndef VERIFY_IDENTITY_H
#define VERIFY_IDENTITY_H

#include "common/base/hash_table.h"
#include "common/crypto/sign.h"
#include "common/wire/envelope.h"
#include "common/wire/role.h"
#include "proto/journal.pb-c.h"
#include "verify/fault.h"

struct identity_key {
    struct verify_key *key;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct identity_key *older; /* the one before it */
    struct identity_key *made;  /* next in the list of all, for release */
};

struct identity_sender {
    struct id id;
    size_t devices; /* in force */
    bool is_named;  /* by the newest act on witnesses */
    uint64_t stamp; /* whoever counts senders marks here */
    UT_hash_handle hh;
};

struct identity_device {
    struct hash id;
    struct identity_key *key; /* in force */
    struct identity_sender *sender;
    enum role role;
    bool is_province;
    bool is_revoked;
    uint64_t role_position; /* of the act that gave it its role */
    uint64_t sequence;      /* of its newest entry */
    struct hash previous;
    UT_hash_handle hh;
};

struct identity_operator {
    const char *name;
    struct verify_key *key; /* NULL: ended */
    UT_hash_handle hh;
};

struct identity {
    struct arena *arena;
    struct identity_device *devices;
    struct identity_device *log;
    struct identity_sender *senders;
    struct identity_operator *operators;
    struct identity_key *keys;
    bool are_witnesses_named;
    uint64_t counted; /* stamps given out */
    /* What there was, for the report. */
    size_t device_count;
    size_t revoked_count;
    size_t unapproved_count; /* enrolled without an operator's signature */
    uint64_t looks_number;   /* newest link of the log of reads that an act names; 0: none */
    struct hash looks_hash;
};

/* Keeps `arena`. log_key: the first key of the log. */
bool identity_init(struct identity *identity, struct arena *arena,
                   const uint8_t log_key[SIGN_PUBLIC_KEY_BYTES], struct fault *fault);
void identity_release(struct identity *identity);

struct identity_device *identity_find(struct identity *identity, const struct hash *device);

/* An act of the log that was applied; epochs and erasures are looked at elsewhere. `device` is the log, `envelope` the
 * entry's. */
bool identity_act(struct identity *identity, uint64_t position, const struct envelope *envelope,
                  const Dantin__Act *act, struct fault *fault);
/* A device goes on under a new key. */
bool identity_change_key(struct identity *identity, uint64_t position, const struct envelope *envelope,
                         struct identity_device *device, struct bytes public_key, struct bytes possession,
                         struct fault *fault);

/* Senders that count as witnesses now, and how many of them the caller has seen: start a count, say each device that
 * cosigned, ask. */
void identity_count_start(struct identity *identity);
bool identity_count_device(struct identity *identity,
                           struct identity_device *device); /* false: does not count (again) */
size_t identity_witnesses(const struct identity *identity);

/* First digits of a device's id, for sentences. */
enum { IDENTITY_SHORT_BYTES = 13 };
const char *identity_short(const struct hash *device, char ret_text[IDENTITY_SHORT_BYTES]);

#endif
