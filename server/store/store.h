/* The store of the server: everything the core may ask of the database, and nothing else. Rank 4.
 * server/store/ implements it over libpq in pipeline mode (one connection for ingest, a small pool for reads);
 * tests/lib/model_store.c implements the same functions in memory. Core code includes this header only.
 *
 * One libuv loop, one thread. Every call returns at once; its callback runs later, never before the call has returned,
 * exactly once, also when the store stops (ERR_CANCELLED). Arguments are borrowed until the callback has run; what a
 * callback is given is valid during the callback, unless it lies in an arena the caller passed. */
#ifndef SERVER_STORE_STORE_H
#define SERVER_STORE_STORE_H

#include "common/base/arena.h"
#include "common/crypto/merkle.h"
#include "common/record/schema.h"
#include "common/wire/receipt.h"
#include "common/wire/role.h"

struct uv_loop_s;
struct store;
struct vault;

enum {
    STORE_LOOK_KEY_BYTES = 32,
    STORE_LOOK_HOUR_PERSONS = 5000,
    STORE_LOOK_DAY_PERSONS = 20000,
    STORE_LOOK_USUAL_TIMES = 10,
    STORE_LOOK_PURPOSE_BYTES_MAX = 200
};

struct store_config {
    /* An act changed a device, as the database tells at once; NULL: any may have been, since word may have been lost. May be NULL. */
    void (*on_device_changed)(void *context, const struct hash *device);
    void *device_context;
    const char *ingest_conninfo; /* libpq connection string of role dantin_ingest */
    const char *read_conninfo;   /* ... of role dantin_read */
    const char *write_role; /* what the writing connections work as (SET ROLE); NULL: what they log in as */
    unsigned read_connections; /* size of the read pool, 1..STORE_READ_CONNECTIONS_MAX */
    unsigned statement_timeout_ms;
    unsigned small_cell_min; /* smallest sensitive figure shown to who may not see exact ones */
    /* The log of reads (server/store/look.h): key of its pseudonyms, and from how many persons on a device's reading is
     * unusual: in an hour, in a day, times its own usual day. 0: the preset. */
    uint8_t look_key[STORE_LOOK_KEY_BYTES];
    unsigned look_hour_max;
    unsigned look_day_max;
    unsigned look_usual_times;
    struct vault
        *vault; /* the keys of this database (vault_database.h); borrowed until the store has stopped */
};

enum {
    STORE_READ_CONNECTIONS_MAX = 16,
    STORE_READ_QUEUE_MAX = 256,    /* waiting reads; past it ERR_BUSY */
    STORE_RECONNECT_MS_MIN = 100,  /* doubled up to ... */
    STORE_RECONNECT_MS_MAX = 5000, /* ... this, with jitter */
    STORE_GROUP_SUBMISSIONS_MAX = 64,
    STORE_GROUP_CHANGES_MAX = 8192,
    STORE_GROUP_ACTS_MAX = 128, /* acts and changes of keys */
    STORE_UNCOUNTED_MAX = 64,   /* per device: newest entries nobody could read that edits are looked up in */
};

MUST_CHECK enum err store_start(struct uv_loop_s *loop, const struct store_config *config,
                                struct store **ret_store, struct error *ret_error);
/* Fails what is under way with ERR_CANCELLED, closes, then calls on_stopped; the store is gone after it. */
void store_stop(struct store *store, void (*on_stopped)(void *context), void *context);
/* Can it take work right now? (readyz) */
bool store_is_ready(const struct store *store);

/* ---- state of the journal -------------------------------------------------------------------------------------- */

struct store_head {
    struct id epoch;
    uint64_t position;      /* number of entries; the next one gets this number */
    int64_t server_time_ms; /* of the newest entry; 0 when there is none */
    bool is_rolled_back;
    bool is_refilling;
};

/* What the journal's checkpoints are about, as of the head. */
struct store_tree {
    struct merkle_frontier frontier; /* of the leaves of all entries */
    struct hash state; /* digest of which versions are the newest (common/wire/state_digest.h) */
};

/* A complete subtree of 256^k leaves: what proofs need besides leaves. */
struct store_tree_node {
    unsigned level; /* 8, 16 ... */
    uint64_t index;
    struct hash hash;
};

enum store_proof_kind {
    STORE_PROOF_ENTRY, /* of the entry at `place`, in the first checkpoint that covers it: for ever the same */
    STORE_PROOF_GROWTH, /* that the newest checkpoint continues the tree of `place` entries; of 0 entries: no path */
};

struct store_proof_request {
    enum store_proof_kind kind;
    struct id epoch;
    uint64_t place;
    uint64_t size; /* not 0: in the tree of this size instead, whatever the epoch; no note is told */
};

struct store_proof {
    enum err
        err; /* ERR_NOT_FOUND: no such checkpoint or tree; ERR_DATABASE: the tables lack a part of the tree */
    struct bytes note; /* signed, in the arena */
    uint64_t size;     /* of its tree */
    struct merkle_path path;
};

enum {
    STORE_PROOFS_MAX = 64,
    STORE_TREE_STEP_LEVELS = 8 /* between the levels of nodes that are stored */
};

/* Proofs by what is stored, one for each request (at most STORE_PROOFS_MAX), in `arena`. Runs beside a group. */
void store_find_proofs(struct store *store, const struct store_proof_request *requests, size_t request_count,
                       struct arena *arena,
                       void (*on_proofs)(void *context, enum err err, const struct store_proof *proofs),
                       void *context);

/* ---- devices (session set-up) ---------------------------------------------------------------------------------- */

struct store_device {
    struct hash device;
    struct id sender;
    bool is_province;
    enum role role;
    uint8_t public_key[32];
    uint64_t last_sequence; /* 0: none */
    struct hash last_envelope_hash;
    bool is_quarantined; /* cloned or restored: only its reads are answered */
    bool is_revoked;     /* speaks no more */
    bool is_former_key;  /* of store_find_device: found by a key it has left */
};

/* Look a device up by its id and the SHA-256 of a public key of its own (SPKI, DER), present or former; while a refill is open
 * the key may be one we do not know (yet). device NULL: whose present key it is. ERR_NOT_FOUND. */
void store_find_device(struct store *store, const struct hash *device, const struct hash *spki_hash,
                       void (*on_device)(void *context, enum err err, const struct store_device *device,
                                         const struct store_head *head),
                       void *context);

/* The key that signs a device's submission of this sequence. ERR_NOT_FOUND: no such device. */
void store_find_key(struct store *store, const struct hash *device, uint64_t sequence,
                    void (*on_key)(void *context, enum err err, const uint8_t *public_key), void *context);

/* Remember that a device was here, and how long its new certificate lasts (0: it got none), for `dantind device list`. Nobody waits for it: at worst it is not remembered. */
void store_note_seen(struct store *store, const struct hash *device, int64_t certificate_until_s);

/* A log key and, as u64, how many entries there were at most under it; UINT64_MAX: in force. */
enum { STORE_LOG_KEY_BYTES = SIGN_PUBLIC_KEY_BYTES + 8 };

/* What our journal should hold of a checkpoint that somebody shows. */
struct store_known_checkpoint {
    bool is_known_epoch;
    bool is_left; /* the epoch was left for a newer one, which kept `kept` entries of it */
    uint64_t kept;
    struct bytes note;     /* at == NULL: none of that size */
    struct bytes log_keys; /* all the log ever went under, STORE_LOG_KEY_BYTES each */
};
void store_find_checkpoint(struct store *store, const struct id *epoch, uint64_t size,
                           void (*on_checkpoint)(void *context, enum err err,
                                                 const struct store_known_checkpoint *checkpoint),
                           void *context);
/* Remember durably that entries were lost; from then on head.is_rolled_back. */
void store_mark_rolled_back(struct store *store, void (*on_done)(void *context, enum err err), void *context);
/* Remember durably that two different submissions bear one sequence of this device. */
void store_quarantine_device(struct store *store, const struct hash *device,
                             void (*on_done)(void *context, enum err err), void *context);

/* ---- enrolment ------------------------------------------------------------------------------------------------- */

enum store_enrolment {
    STORE_ENROLMENT_PENDING,
    STORE_ENROLMENT_APPROVED,
    STORE_ENROLMENT_REFUSED, /* turned down, or revoked since */
    STORE_ENROLMENT_UNKNOWN, /* no such ticket, or a wrong code: one of the wrong codes of the ticket */
    STORE_ENROLMENT_LOCKED,
    STORE_ENROLMENT_EXPIRED,
    STORE_ENROLMENT_USED,  /* by another key */
    STORE_ENROLMENT_KNOWN, /* the key is, or was, somebody's */
    STORE_ENROLMENT_LATE,  /* approved, but the certificate was not fetched in time */
    STORE_ENROLMENT_COUNT
};

struct store_enrolment_request {
    uint32_t ticket;
    struct hash code_hash;
    uint8_t public_key[32];
    bool is_known;         /* a key of the server itself */
    int64_t valid_until_s; /* end of the certificate that is given if it is approved */
};

/* A key with a ticket asks to be enrolled, or what became of it. Its first coming uses the ticket up. The request is copied. */
void store_enrol(struct store *store, const struct store_enrolment_request *request,
                 void (*on_answer)(void *context, enum err err, enum store_enrolment answer), void *context);

/* ---- group commit ---------------------------------------------------------------------------------------------- */
/* (store_group_waiting →) store_group_open → judge → store_group_commit (or _abort). One group at a time. open takes journal_head's row lock in
 * a statement of its own, then reads the facts; the transaction stays open until commit or abort. */

struct store_submission_key {
    struct hash device;
    uint64_t sequence;
};

/* A record some change of the group is about. */
struct store_record_key {
    enum record_kind kind;
    struct id record;
    struct id base; /* none: the change says the record is new */
};

/* A unique number some change states: field of a kind (card and file numbers). */
struct store_number_key {
    enum record_kind kind;
    size_t field_index;
    struct bytes text;
};

struct store_facts_request {
    const struct store_submission_key *submissions;
    size_t submission_count;
    const struct store_record_key *records;
    size_t record_count;
    const bool *wants_edges;   /* one per record: its edges too; NULL: of none */
    const struct id *branches; /* referred to, or owning a record above: answered with all their ancestors */
    size_t branch_count;
    const struct record_reference *references; /* to records of other kinds than branch, each once */
    size_t reference_count;
    const struct store_number_key *numbers;
    size_t number_count;
    const struct record_reference *removals; /* records some change of the group removes, each once */
    size_t removal_count;
    const struct hash *targets; /* devices that acts are about */
    size_t target_count;
};

/* What the journal already holds of a (device, sequence). */
struct store_journalled {
    bool is_found;
    struct id epoch;
    uint64_t position;
    int64_t server_time_ms;
    struct hash envelope_hash;
    uint32_t change_count;
    bool is_unreadable;
    const struct verdict *verdicts; /* ascending index, only those a receipt lists */
    const uint32_t *verdict_indexes;
    size_t verdict_count;
    struct hash leaf;
    uint8_t signature[64];
};

enum store_base_state {
    STORE_BASE_NONE,
    STORE_BASE_CURRENT,
    STORE_BASE_OLDER,
    STORE_BASE_REFUSED,
    STORE_BASE_UNKNOWN
};

struct store_edge {
    struct id to_branch;
    int32_t from; /* INT32_MIN: unbounded */
    int32_t to;   /* exclusive; INT32_MAX: unbounded */
};

struct store_record_fact {
    bool exists; /* some version of the record exists (the newest may be a removal) */
    bool is_removed;
    struct id current; /* name of the newest version */
    uint64_t since;    /* its position */
    /* By struct schema_owner: of its last edge (a member's branch, a branch's parent), or its plain branch; none for kinds without.
     * Of a removed record: of the version before the removal; none when that is a removal too. */
    struct id owner;
    const struct store_edge
        *edges; /* where asked: all edges of the owner's list, of the version the owner is of; any order */
    size_t edge_count;
    bool has_official_code; /* does the newest version state a code list (schema.h, derive_list)? */
    enum store_base_state base_state;
    enum verdict_code
        base_code; /* STORE_BASE_REFUSED: the verdict the base itself got (conflict or refused) */
    char base_rule[RULE_ID_BYTES_MAX];
};

struct store_branch_fact {
    struct id branch;
    bool is_sender;
    bool is_province;
    const struct store_edge *parents;
    size_t parent_count;
};

struct store_number_fact {
    size_t number_index; /* into the request */
    struct id record;    /* a current record that bears the number */
    struct id owner;     /* its branch */
    int32_t left; /* the day from which it belongs to no branch, without having ended; INT32_MAX: none */
};

/* A current record whose content refers to one that is to be removed, at whatever date. */
struct store_referrer_fact {
    size_t removal_index; /* into the request */
    enum record_kind kind;
    struct id record;
};

struct store_refused_fact {
    struct id record;
    struct hash device;
};

/* An entry whose payload could not be read at all: not even the number of its changes is known. */
struct store_uncounted_fact {
    struct hash device;
    struct hash envelope_hash;
};

struct store_facts {
    struct store_head head;
    struct store_tree tree;
    bool has_log_key;                          /* false: no act was journalled yet */
    uint8_t log_key[SIGN_PUBLIC_KEY_BYTES];    /* the one in force */
    const struct store_device *devices;        /* one per submission, same order; device none when unknown */
    const struct store_device *targets;        /* one per target, same order; device none when unknown */
    const struct store_journalled *journalled; /* one per submission, same order */
    const struct store_record_fact *records;   /* one per record, same order */
    const struct store_branch_fact
        *branches; /* the asked ones, the owners of records and numbers, and their ancestors;
                                                    any order; missing = unknown */
    size_t branch_count;
    const bool *references; /* is there a current record? one per reference, same order */
    /* While refilling: asked branches and references that are not there, but that one of the devices told of in vain. */
    const struct store_refused_fact *refused;
    size_t refused_count;
    /* When a base is STORE_BASE_UNKNOWN: such entries of the devices, at most STORE_UNCOUNTED_MAX of each. */
    const struct store_uncounted_fact *uncounted;
    size_t uncounted_count;
    const struct store_number_fact *numbers; /* any order, possibly several per number */
    size_t number_count;
    /* Any order; of one removal each once. All of them, or one more than the group has records (request's
     * record_count): then at least one is none of the group's. */
    const struct store_referrer_fact *referrers;
    size_t referrer_count;
};

/* A change that waits for a second person, or waited. */
struct store_waiting {
    struct id version;
    struct store_record_key key;
    struct hash device; /* that submitted it */
    struct id sender;   /* of the device then */
    struct hash change_hash;
    uint64_t position;
    uint32_t index;
    bool is_decided;
    struct bytes change; /* serialised, of the asked ones that still wait; at == NULL: none, or erased */
};

/* Before store_group_open, for a group that decides about waiting changes: take the lock, and read the changes of these names
 * and all others that wait of the same records, by position and index. *waiting lies in `arena`. Then store_group_open goes on in the
 * same transaction, or store_group_abort ends it. Errors as store_group_open. */
void store_group_waiting(struct store *store, const struct id *versions, size_t version_count,
                         struct arena *arena,
                         void (*on_waiting)(void *context, enum err err, const struct store_waiting *waiting,
                                            size_t waiting_count),
                         void *context);

/* Facts live in `arena`, which must outlive the group. ERR_RULE: the database refused data in reading (SQLSTATE class 22 or
 * 23, or XX000, after which the connection is made anew): ask for the members one by one. Any other: retry later. */
void store_group_open(struct store *store, const struct store_facts_request *request, struct arena *arena,
                      void (*on_facts)(void *context, enum err err, const struct store_facts *facts),
                      void *context);

/* One applied change, in position order and within a position in list order. */
struct store_version {
    const struct kind_schema *schema;
    struct id record;
    struct id version;
    struct id previous; /* none: first version */
    uint64_t position;
    struct hash device;
    bool is_removal;
    const void *message; /* unpacked record; NULL for a removal */
};

struct store_entry {
    uint64_t position;
    struct hash device;
    uint64_t sequence;
    uint16_t content;          /* kind of content, as the envelope states it */
    struct bytes envelope;     /* 132 bytes as received */
    struct bytes signature;    /* 64 bytes */
    struct bytes payload_zstd; /* as received */
    struct hash envelope_hash;
    uint32_t change_count;
    bool is_unreadable;
    const struct verdict *verdicts; /* the ones a receipt lists */
    const uint32_t *verdict_indexes;
    const struct id
        *verdict_versions; /* version name of each listed change, so that edits based on it can be answered */
    const struct store_record_key *verdict_records;
    size_t verdict_count;
    struct hash leaf;
    uint8_t receipt_signature[64];
};

/* What an applied act, or a device's change of its key, does to the tables. */
enum store_act_kind {
    STORE_ACT_DEVICE,    /* device, public_key, sender, role, is_province, may_see_exact */
    STORE_ACT_KEY,       /* device, public_key, from_sequence: signs from there on */
    STORE_ACT_REVOKE,    /* device */
    STORE_ACT_ROLE,      /* device; has_role and role, has_exact and may_see_exact */
    STORE_ACT_RELEASE,   /* device */
    STORE_ACT_WITNESSES, /* senders */
    STORE_ACT_OPERATOR,  /* name, public_key, has_ended */
    STORE_ACT_EPOCH,     /* epoch */
    STORE_ACT_ERASURE,   /* index, record_kind, record, act_hash */
    STORE_ACT_LOOKS,     /* link_number, link_hash */
    STORE_ACT_KIND_COUNT
};

struct store_act {
    enum store_act_kind kind;
    uint64_t position;
    struct hash device;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint64_t from_sequence;
    struct id sender;
    enum role role;
    bool has_role, is_province, has_exact, may_see_exact, has_ended;
    struct id epoch;
    const char *name;
    const struct id *senders;
    size_t sender_count;
    uint32_t index; /* of the act in its entry */
    enum record_kind record_kind;
    struct id record;
    struct hash act_hash;
    uint64_t link_number; /* end of the chain over the log of reads */
    struct hash link_hash;
};

/* An entry as the database holds it before the commit. */
struct store_written {
    uint64_t position;
    struct hash leaf; /* hashed from what was read back */
};

/* Sign what was written: count entries, read back in position order. *ret_note is stored and lives until the commit.
 * An error rolls the group back. */
typedef enum err store_sign(void *context, const struct store_written *written, size_t written_count,
                            struct bytes *ret_note);

/* What became of a change that waited. */
struct store_outcome {
    struct id version;
    struct store_record_key key;
    uint64_t position; /* of the approval, and its place in it */
    uint32_t index;
    struct verdict verdict; /* applied, conflict or refused */
};

struct store_group {
    struct store_head head_after; /* position and time after the group */
    const struct merkle_frontier *frontier_after;
    struct hash state_after;
    const struct store_tree_node *nodes; /* subtrees the group completed */
    size_t node_count;
    const struct store_act *acts; /* in the order they take effect; an epoch's is the first of its group */
    size_t act_count;
    store_sign *sign;
    void *sign_context;
    const struct store_entry *entries;
    size_t entry_count;
    int64_t server_time_ms; /* of all entries of the group */
    const struct store_version *versions;
    size_t version_count;
    const struct store_waiting *waiting; /* from now on, by position and index; `change` is not meant */
    size_t waiting_count;
    const struct store_outcome
        *outcomes; /* by position and index; of changes that wait, or do so by this group */
    size_t outcome_count;
};

/* Write, read back, have it signed (group->sign) and commit durably. ERR_OK: committed. ERR_UNKNOWN_COMMIT: the connection was lost in COMMIT (or the store stopped
 * then); open a new group and look. ERR_RULE: the database refused data (SQLSTATE class 22 or 23, or XX000, after which the
 * connection is made anew): rolled back; try members one by one. Any other, those of `sign` among them: rolled back, retry later. */
void store_group_commit(struct store *store, const struct store_group *group,
                        void (*on_committed)(void *context, enum err err, const char *sqlstate),
                        void *context);
/* Roll back; allowed between on_facts and commit. */
void store_group_abort(struct store *store, void (*on_aborted)(void *context), void *context);

/* Bodies of current versions for conflict verdicts (packed record messages, in `arena`; at == NULL: none). May be called while
 * a group is open: it runs beside it. No scope is applied; the caller asks only for what its asker may see. devices: who is
 * given each, noted in the log of reads in the same transaction; records of one device stand together. */
void store_find_bodies(struct store *store, const struct store_record_key *records,
                       const struct hash *devices, size_t record_count, struct arena *arena,
                       void (*on_bodies)(void *context, enum err err, const struct bytes *bodies),
                       void *context);

/* ---- consolidated queries -------------------------------------------------------------------------------------- */

enum {
    STORE_QUERY_DIMENSIONS_MAX = 6,
    STORE_QUERY_FILTERS_MAX = 8,
    STORE_QUERY_VALUES_MAX = 32, /* of all filters together */
    STORE_QUERY_ROWS_MAX = 200000,
    STORE_QUERY_COLUMNS_MAX = 32
};

/* Instead of an indicator's name: the list of indicators, and a pivot of kind, filters and sum. */
#define STORE_QUERY_LIST "indicators"
#define STORE_QUERY_PIVOT "pivot"
/* The log of reads (sql/looks/): of a period, for devices that may audit; and of one record about a person, by kind and record. */
#define STORE_QUERY_LOOKS "looks"
#define STORE_QUERY_LOOKED "looked"

/* A condition of a pivot. Names and values as the asker wrote them, none NULL. */
struct store_filter {
    const char *field;
    const char *comparison; /* =, !=, <, >= */
    const char *const *values;
    size_t value_count;
};

struct store_query {
    const char *indicator;
    struct hash device;  /* filters what may be seen */
    const char *purpose; /* what for, as the asker put it, for the log of reads; NULL: not stated */
    struct id unit;      /* branch or locality */
    int32_t date;
    bool has_from; /* only for an indicator of a period */
    int32_t from;
    bool is_trace; /* the records behind the figures and what brought them, instead of the figures */
    bool has_position;
    uint64_t position;
    const char *const *by;
    size_t by_count;
    const char *kind; /* of a pivot, or of STORE_QUERY_LOOKED's record; else NULL */
    struct id record; /* of STORE_QUERY_LOOKED; else none */
    const struct store_filter *filters;
    size_t filter_count;
    const char *sum; /* NULL: none */
    enum language language;
};

struct store_column {
    const char *name;
    const char *label;
    const char *type; /* text, integer, decimal, date, time, id */
};

struct store_answer {
    struct id epoch;
    uint64_t position; /* the one the answer is for */
    bool has_from;     /* the indicator is one of a period */
    int32_t from;
    const char *definition;
    struct hash definition_hash;
    const struct store_column *columns;
    size_t column_count;
    size_t row_count;
    size_t bytes; /* of memory it holds until store_answer_free */
    void *rows;   /* opaque: read through store_answer_cell */
};

/* Text of a cell; at == NULL: not available. Valid until store_answer_free. */
struct bytes store_answer_cell(const struct store_answer *answer, size_t row_index, size_t column_index);
void store_answer_free(struct store_answer *answer);

/* The answer is given once its look is noted in the transaction that read it.
 * ERR_NOT_FOUND: no such indicator; ERR_USAGE with a sentence: unknown dimension, no period, or one that begins after its
 * date; ERR_FORBIDDEN: the unit is outside
 * the device's scope, or the figures are sensitive (conceal.h) and this table is none that everybody may see; ERR_TOO_BIG: more than STORE_QUERY_ROWS_MAX rows; ERR_TIMED_OUT. The callback takes ownership of `answer`.
 * *ret_request_number can be given to store_query_cancel; 0 when the query was refused at once (the callback still runs). */
void store_query_run(struct store *store, const struct store_query *query, uint64_t *ret_request_number,
                     void (*on_answer)(void *context, enum err err, const char *sentence,
                                       struct store_answer *answer),
                     void *context);
/* The callback runs with ERR_CANCELLED unless it already ran. Unknown numbers are ignored. */
void store_query_cancel(struct store *store, uint64_t request_number);

#endif
