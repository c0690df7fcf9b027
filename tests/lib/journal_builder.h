/* A journal written entry by entry with real keys and real signatures, checkpoints and all, and exported by the server's own
 * writer: for tests of whoever checks exports. What is in it can be changed before it is exported. Tests only; what cannot be
 * made aborts. Programs that use it link server_app. */
#ifndef TESTS_LIB_JOURNAL_BUILDER_H
#define TESTS_LIB_JOURNAL_BUILDER_H

#include "common/crypto/checkpoint.h"
#include "common/crypto/merkle.h"
#include "common/wire/receipt.h"
#include "common/wire/role_change.h"
#include "proto/journal.pb-c.h"
#include "tests/lib/builder.h"

struct journal_entry {
    uint8_t leaf[LEAF_BYTES];
    struct hash hash; /* as the tree has it */
    struct buf verdicts;
    struct buf payload;
    bool is_withheld;
    struct hash envelope_hash;
};

struct journal_note {
    struct checkpoint checkpoint;
    struct buf note;
};

/* Whom a device was enrolled for. */
struct journal_speaker {
    struct hash device;
    struct id sender;
};

enum { JOURNAL_SPEAKERS_MAX = 64 };

struct journal_builder {
    struct arena arena;
    struct journal_speaker speakers[JOURNAL_SPEAKERS_MAX];
    size_t speaker_count;
    struct builder_device log; /* under its key in force */
    uint8_t first_log_key[SIGN_PUBLIC_KEY_BYTES];
    struct id epoch;
    struct journal_entry *entries;
    size_t count;
    size_t capacity;
    struct merkle_frontier frontier;
    struct hash state;
    int64_t time_ms;
    struct journal_note *notes;
    size_t note_count;
    size_t note_capacity;
};

void journal_builder_init(struct journal_builder *journal);
void journal_builder_release(struct journal_builder *journal);

/* Append an entry: items of one kind of content under a device's next sequence. codes: one per item; NULL: all applied. The
 * state digest follows applied changes. Its position. */
uint64_t journal_builder_items(struct journal_builder *journal, struct builder_device *device,
                               uint16_t content, const struct bytes *items, const enum verdict_code *codes,
                               size_t count);
/* One new branch record (number) or a change of it, applied: below the device's sender, else below the province. */
uint64_t journal_builder_change(struct journal_builder *journal, struct builder_device *device,
                                uint64_t number, const struct id *base);
uint64_t journal_builder_act(struct journal_builder *journal, const Dantin__Act *act);
uint64_t journal_builder_enrol(struct journal_builder *journal, const struct builder_device *device,
                               const struct id *sender, const char *role);
/* A device of the province, which may change every record. */
uint64_t journal_builder_enrol_province(struct journal_builder *journal, const struct builder_device *device,
                                        const char *role);
/* The province (builder_id(0)) and senders below it, by a device of the province. */
uint64_t journal_builder_senders(struct journal_builder *journal, struct builder_device *device,
                                 const struct id *senders, size_t count);
struct id journal_builder_sender_of(const struct journal_builder *journal, const struct hash *device);
uint64_t journal_builder_operator(struct journal_builder *journal, const char *name,
                                  const struct builder_device *key);
/* A clerk, with the signature of an operator's key. */
uint64_t journal_builder_approved(struct journal_builder *journal, const struct builder_device *device,
                                  const struct id *sender, const char *ticket_by, const char *approved_by,
                                  const struct builder_device *key);
uint64_t journal_builder_revoke(struct journal_builder *journal, const struct builder_device *device);
/* Another role, with the signature of an operator's key. */
uint64_t journal_builder_role(struct journal_builder *journal, const struct role_change *change,
                              const struct builder_device *key);
uint64_t journal_builder_witnesses(struct journal_builder *journal, const struct id *senders, size_t count);
/* The log goes on under the key of `next`, whose id and chain become the log's: put it in journal->log afterwards. */
uint64_t journal_builder_log_key(struct journal_builder *journal, struct builder_device *next);
/* The device's key changes to that of `next`, whose id it keeps; the announcing entry. */
uint64_t journal_builder_change_key(struct journal_builder *journal, struct builder_device *device,
                                    struct builder_device *next);
/* A change took effect otherwise than at once (it was approved): the state digest follows. */
void journal_builder_state(struct journal_builder *journal, struct bytes change, const struct id *version);
/* Version that an entry's item makes. */
struct id journal_builder_version(const struct journal_builder *journal, uint64_t position, uint32_t index);

/* Sign what there is; the note. */
struct journal_note *journal_builder_checkpoint(struct journal_builder *journal);
void journal_builder_cosign(struct journal_note *note, const struct builder_device *device);
/* Count tree, leaf hashes and checkpoints anew over the entries as they are: what a forger with the log key does. */
void journal_builder_sign_anew(struct journal_builder *journal);

/* Write it to a folder that is there and empty. */
void journal_builder_export(const struct journal_builder *journal, const char *folder);
/* Write the receipt of an entry in the newest checkpoint's tree to a file. */
void journal_builder_receipt(const struct journal_builder *journal, uint64_t position, const char *path);

#endif
