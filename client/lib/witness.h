/* The client as a witness of the journal: may this WELCOME be believed by what we hold? Rank 5. Pure: no store, no network;
 * syncer_witness.c asks and keeps. Rules: docs/protocol.md#witness.
 *
 *   what we hold + WELCOME ──► FIRST, SAME or GREW: the checkpoint is kept
 *                          ──► ASKS: another epoch or log key; PROVE tells how it follows
 *                          ──► REFUSES, with the fault: nothing is offered, a person has to look */
#ifndef CLIENT_LIB_WITNESS_H
#define CLIENT_LIB_WITNESS_H

#include "common/base/arena.h"
#include "common/crypto/checkpoint.h"
#include "common/wire/envelope.h"

struct Dantin__Proved;
struct Dantin__ProvenEntry;

/* Kept in alarms by number: add at the end only. */
enum witness_fault {
    WITNESS_FINE,
    WITNESS_UNSIGNED,       /* no note, or none that the log key signed */
    WITNESS_OTHER_EPOCH,    /* the note is of another epoch than the server says */
    WITNESS_SHRUNK,         /* fewer entries than we hold a checkpoint of */
    WITNESS_FORKED,         /* as many entries, but others */
    WITNESS_UNPROVED,       /* more entries, and no proof that ours are among them */
    WITNESS_OTHER_KEY,      /* another log key, and no act under the key we know names it */
    WITNESS_FALSE_ACT,      /* an act that is told does not stand in the journal */
    WITNESS_EPOCH_UNPROVED, /* another epoch, which does not follow from the one we know */
    WITNESS_FAULT_COUNT
};

/* A checkpoint whose signature was checked. */
struct witness_tree {
    struct checkpoint checkpoint;
    struct bytes note; /* whole; a view into what was opened */
    struct bytes text; /* what is signed */
};

/* Open a note signed by this log key. ERR_OK with a fault: it is none. ERR_NO_MEMORY. */
MUST_CHECK enum err witness_open(struct bytes note, const struct verify_key *log_key,
                                 struct witness_tree *ret_tree, enum witness_fault *ret_fault);

struct witness_known {
    struct bytes log_key; /* the one in force; len 0: none yet, the server's is taken */
    struct bytes note;    /* the newest checkpoint that counts; len 0: none */
};

struct witness_welcome {
    struct id epoch;
    struct bytes log_key;
    struct bytes note; /* len 0: the journal is empty */
    struct bytes consistency;
};

enum witness_answer {
    WITNESS_NOTHING, /* no checkpoint there, none here */
    WITNESS_FIRST,
    WITNESS_SAME,
    WITNESS_GREW,
    WITNESS_ASKS,
    WITNESS_REFUSES
};

struct witness_judgement {
    enum witness_answer answer;
    enum witness_fault fault; /* of REFUSES */
    struct witness_tree tree; /* what the server shows; not for NOTHING, nor where the note is none */
};

/* ERR_STORE: the note we hold is none. ERR_NO_MEMORY. */
MUST_CHECK enum err witness_judge(const struct witness_known *known, const struct witness_welcome *welcome,
                                  struct witness_judgement *ret_judgement);

/* Is the tree (size, root) a prefix of this one? */
bool witness_is_prefix(uint64_t size, const struct hash *root, const struct checkpoint *tree,
                       struct bytes path);

/* ---- entries that prove themselves ---- */

/* Views into the message. */
struct witness_entry {
    uint64_t position;
    struct envelope envelope;
    struct bytes envelope_bytes, signature;
    struct bytes item;
};

/* Read one, and check that the item is part of the entry, was applied like all items of it, and that the entry stands in this
 * tree. ERR_MALFORMED: not so. */
MUST_CHECK enum err witness_entry_read(const struct Dantin__ProvenEntry *message,
                                       const struct checkpoint *tree, struct witness_entry *ret_entry);

/* Does `possession` show that who wrote this envelope holds the new key? ERR_BAD_SIGNATURE, ERR_MALFORMED, ERR_UNAUTHORISED
 * (verify_key_new). */
MUST_CHECK enum err witness_check_possession(const struct envelope *envelope, struct bytes public_key,
                                             struct bytes possession);

/* ---- how the present epoch and log key came to be ---- */

enum { WITNESS_EPOCHS_MAX = 256, WITNESS_LOG_KEYS_MAX = 16 };

/* An epoch that was opened: what it kept of the one before. */
struct witness_branch {
    struct id epoch, previous;
    uint64_t size;
    struct hash root;
};

struct witness_lineage {
    uint8_t log_key[SIGN_PUBLIC_KEY_BYTES]; /* the one in force by the acts */
    uint8_t keys[WITNESS_LOG_KEYS_MAX]
                [SIGN_PUBLIC_KEY_BYTES]; /* those that followed the one we knew, in order */
    size_t key_count;
    struct witness_branch branches[WITNESS_EPOCHS_MAX];
    size_t count;
};

/* Read PROVED's acts. pinned: the log key we know. An act counts because the log's key signed the tree it stands in; a change of that
 * very key only under the key before it. ERR_OK with a fault, ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_CHECK enum err witness_lineage_read(const struct Dantin__Proved *message, const struct checkpoint *tree,
                                         struct bytes pinned, struct arena *arena,
                                         struct witness_lineage *ret_lineage, enum witness_fault *ret_fault);
/* The act that opened the epoch; NULL: none, it is the first. */
const struct witness_branch *witness_branch_of(const struct witness_lineage *lineage, const struct id *epoch);

#endif
