/* The client's store: one SQLite file (WAL, synchronous=FULL). Rank 4.
 * ONE connection at a time, guarded by a lock file held per operation: store_open takes it, store_close gives
 * it back. Everything between store_begin and store_commit is one transaction. Blocking; one thread. */
#ifndef CLIENT_LIB_STORE_H
#define CLIENT_LIB_STORE_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/record/schema.h"
#include "common/wire/receipt.h"

struct store;

enum { STORE_LOCK_WAIT_MS = 10000, STORE_KEY_BYTES = 32 };

/* Who opens it: a device, that is, one of the home's persons, who holds the home's key. Records are everybody's; open changes, sealed
 * submissions, receipts and refusals below are those of this device. */
struct store_owner {
    struct hash device;
    uint8_t key[STORE_KEY_BYTES];
};

/* folder: the home. Creates the file when is_new, else ERR_NOT_FOUND. ERR_LOCKED after STORE_LOCK_WAIT_MS. ERR_SEALED: made with another
 * key. The owner may be wiped afterwards. */
MUST_CHECK enum err store_open(const char *folder, const struct store_owner *owner, bool is_new,
                               struct store **ret_store, struct error *ret_error);
void store_close(struct store *store);

MUST_CHECK enum err store_begin(struct store *store);
/* Durable when it returns. */
MUST_CHECK enum err store_commit(struct store *store);
void store_rollback(struct store *store); /* safe when none is open */

/* ---- settings (own sender, schema version sealed with ...): store_setting.h says whose each is ---- */
/* ERR_NOT_FOUND. */
MUST_CHECK enum err store_setting_get(struct store *store, const char *name, struct arena *arena,
                                      struct bytes *ret_value);
MUST_CHECK enum err store_setting_put(struct store *store, const char *name, struct bytes value);

/* Of the owner. */
struct hash store_device(const struct store *store);
/* Walk the whole file and look for damage. ERR_STORE. Seconds for a large store. */
MUST_CHECK enum err store_check(struct store *store);

/* ---- records ---- */

enum record_origin { RECORD_REFERENCE, RECORD_OWN };

/* The client's latest state of a record. */
struct store_record {
    enum record_kind kind;
    struct id record;
    struct id base; /* version an edit would be made from: newest version known to stand or to be on its way;
                       none = new */
    struct bytes body;    /* packed message; at == NULL: removed */
    bool has_open_change; /* edited since last sealed */
    /* VERDICT_REFUSED or VERDICT_CONFLICT: the newest change sent was not applied and nothing was put since
     * (store_refusal_each lists it); VERDICT_APPLIED otherwise. Putting the record again, even with the same
     * content, mends it. */
    enum verdict_code refusal;
    enum record_origin origin;
};

/* Draw the next id of this store (prefix from the first call of its life, then the counter). Inside a
 * transaction. */
MUST_CHECK enum err store_draw_id(struct store *store, struct id *ret_id);

MUST_CHECK enum err store_record_get(struct store *store, enum record_kind kind, const struct id *record,
                                     struct arena *arena, struct store_record *ret_record);
/* Records that bear this match key (match_key_of); writes at most ids_max ids, returns the true count in
 * *ret_count. */
MUST_CHECK enum err store_record_match(struct store *store, enum record_kind kind, size_t key_index,
                                       struct bytes key, struct id *ret_ids, size_t ids_max,
                                       size_t *ret_count);
/* Records whose field `code` is exactly this text, in any code list, and records whose folded name is exactly
 * `folded`; removed ones excluded. At most ids_max ids are written, the true count goes to *ret_count. Kinds
 * without such a field: none. */
MUST_CHECK enum err store_record_by_code(struct store *store, enum record_kind kind, struct bytes code,
                                         struct id *ret_ids, size_t ids_max, size_t *ret_count);
MUST_CHECK enum err store_record_by_name(struct store *store, enum record_kind kind, struct bytes folded,
                                         struct id *ret_ids, size_t ids_max, size_t *ret_count);
/* Put the latest state: indexes match keys, code and folded name from `message`, and opens (or replaces) the
 * record's open change. message NULL: removal; of a record never offered, it only ends the open change. Inside a transaction. ERR_TOO_BIG: record or reasons past
 * their limits. */
struct store_put {
    enum record_kind kind;
    struct id record;
    const void *message;
    bool is_first_load;
    const char *const *reason_rules; /* reason_count rule ids and texts */
    const char *const *reason_texts;
    size_t reason_count;
    enum record_origin origin; /* RECORD_REFERENCE: no open change is made */
};
MUST_CHECK enum err store_record_put(struct store *store, const struct store_put *put);
/* Walk records of a kind by id, removed ones included (body.at == NULL). Return false to stop. Views are
 * valid during the call. The callback may read and put records. */
MUST_CHECK enum err store_record_each(struct store *store, enum record_kind kind,
                                      bool (*on_record)(void *context, const struct store_record *record),
                                      void *context);
/* Scan the contents of all current records of a kind, in the order they came: for counting over everything.
 * Return false to stop. Views are valid during the call; the callback must leave the store alone. */
MUST_CHECK enum err store_body_each(struct store *store, enum record_kind kind,
                                    bool (*on_body)(void *context, const struct id *record,
                                                    struct bytes body),
                                    void *context);
/* By words of the folded name, prefix match on each word. */
MUST_CHECK enum err store_record_search(struct store *store, enum record_kind kind, struct bytes folded,
                                        size_t limit,
                                        bool (*on_record)(void *context, const struct store_record *record),
                                        void *context);

/* ---- open changes, sealed submissions, receipts: used by outbox.c ---- */

/* An edit by one person of what another here has sealed and not brought to the province yet stays open until that has a receipt. */

struct store_open_change {
    enum record_kind kind;
    struct id record;
    struct bytes change; /* packed Change, base included */
};
/* In sealing order: parents first (code, locality, branch by depth, member), then by id. */
MUST_CHECK enum err store_open_change_each(struct store *store,
                                           bool (*on_change)(void *context,
                                                             const struct store_open_change *change),
                                           void *context);

struct store_sealed {
    uint64_t sequence;
    struct bytes envelope, signature, payload_zstd;
    struct hash envelope_hash;
    bool has_receipt; /* ignored by store_sealed_put, like the next */
    uint16_t content; /* what its items are: proto/contents.def */
    uint32_t item_count;
};
MUST_CHECK enum err store_sealed_put(struct store *store, const struct store_sealed *sealed);
MUST_CHECK enum err store_sealed_get(struct store *store, uint64_t sequence, struct arena *arena,
                                     struct store_sealed *ret_sealed);
/* sequence 0 and no hash when nothing was sealed yet. */
MUST_CHECK enum err store_sealed_last(struct store *store, uint64_t *ret_sequence,
                                      struct hash *ret_envelope_hash);
/* The change became change_index of a sealed submission: its version name becomes the record's base, the open
 * change closes. */
MUST_CHECK enum err store_sealed_change(struct store *store, uint64_t sequence, uint32_t change_index,
                                        enum record_kind kind, const struct id *record,
                                        const struct id *version);
/* The next sequence after the given one that has no receipt. ERR_NOT_FOUND. */
MUST_CHECK enum err store_sealed_without_receipt(struct store *store, uint64_t after_sequence,
                                                 uint64_t *ret_sequence);

struct store_receipt {
    struct id epoch;
    uint64_t position, sequence;
    int64_t server_time_ms;
    struct hash leaf;
    uint8_t signature[64];
    bool
        is_about_no_change; /* of approvals, or a change of key: its verdicts concern no change sealed here */
    uint32_t change_count;
    struct bytes body;  /* the packed RECEIPT as received */
    uint64_t tree_size; /* entries of the checkpoint that came with it; not told by store_receipt_each */
    bool
        is_left_behind; /* a newer epoch did not keep the entry; ignored by store_receipt_put, like the next */
    bool is_proved;     /* that checkpoint is a part of the one journal we know */
};
/* Stores the receipt and its verdicts, marks the submission received and works out the bases of records that
 * lost a change. Kept for ever, also of older epochs. The same receipt again changes nothing. A conflict
 * closes a later open change of its record, made without knowing: the record keeps its content and waits for
 * a new put. ERR_PROTOCOL: another receipt of this epoch and sequence is stored, or a verdict names a change
 * that is not there. Inside a transaction. */
MUST_CHECK enum err store_receipt_put(struct store *store, const struct store_receipt *receipt,
                                      const struct verdict *verdicts, const uint32_t *verdict_indexes,
                                      size_t verdict_count);
MUST_CHECK enum err store_receipt_each(struct store *store,
                                       bool (*on_receipt)(void *context, const struct store_receipt *receipt,
                                                          uint64_t applied, uint64_t refused,
                                                          uint64_t conflicts, uint64_t warned),
                                       void *context);

/* A verdict that still wants mending: refused or conflict, the record not put since. The clerk's latest state
 * of the record is store_record_get's, which is newer than `change` where edits were chained. */
struct store_refusal {
    enum record_kind kind;
    struct id record;
    uint64_t sequence;
    struct verdict verdict;
    struct bytes change; /* packed Change as it was sent */
    /* Conflict: content of the version that stood at the province when it answered. at == NULL: not told
     * (removed there, out of this device's scope, or too long for the receipt). */
    struct bytes current_body;
};
MUST_CHECK enum err store_refusal_each(struct store *store,
                                       bool (*on_refusal)(void *context, const struct store_refusal *refusal),
                                       void *context);

/* A change sealed here, by whichever device, that the province holds for a second person. */
struct store_waiting {
    struct hash device;
    uint64_t sequence;
    uint32_t change_index;
    enum record_kind kind;
    struct id record;
    struct id version;
    struct hash change_hash; /* h_i of the payload: what an approval names */
    struct bytes change;     /* packed Change as it was sent */
};
/* Oldest first. Return false to stop. Views are valid during the call. */
MUST_CHECK enum err store_waiting_each(struct store *store,
                                       bool (*on_waiting)(void *context, const struct store_waiting *waiting),
                                       void *context);

/* A change that waited was decided. Its record's base is worked out anew; a conflict closes a later open change as a receipt's
 * does. ERR_NOT_FOUND: no change sealed here waits under that name. Inside a transaction. */
MUST_CHECK enum err store_outcome_put(struct store *store, const struct id *version,
                                      const struct verdict *verdict);

/* What a record that is removed here last held as far as is known, in `arena`: in its newest sealed change that was not lost, or
 * at the province when it told of a conflict. ERR_NOT_FOUND: nothing is known. */
MUST_CHECK enum err store_removed_body(struct store *store, enum record_kind kind, const struct id *record,
                                       struct arena *arena, struct bytes *ret_body);

struct store_counts {
    uint64_t records, open_changes, sealed_waiting, receipts, refused_open, conflicts_open;
    uint64_t waiting; /* changes sealed here, by whichever device, that wait for a second person */
    int64_t last_receipt_ms;
    uint64_t journal_entries, sealed_entries; /* of the newest checkpoint held, and sealed; 0: none */
    uint64_t receipts_sealed, left_behind, alarms;
};
MUST_CHECK enum err store_counts(struct store *store, struct store_counts *ret_counts);

#endif
