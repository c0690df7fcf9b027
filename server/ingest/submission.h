/* One SUBMIT, prepared: everything that can be decided about it without the database, done as it arrives so
 * that it overlaps with the database's work. Rank 5. Pure; one owner; the loop's thread.
 *
 * What is wrong with the envelope is an error for the sender. Once the envelope is authentic, whatever is
 * wrong inside is remembered here and becomes a verdict, so that nothing can stop a device for ever: payload
 * broken or over a limit  → is_unreadable: journalled, every change refused a change broken                 →
 * that change is refused as unreadable, the others are judged Only a newer schema version and bytes that do
 * not match the payload hash are answered with a (retryable) error. */
#ifndef SERVER_INGEST_SUBMISSION_H
#define SERVER_INGEST_SUBMISSION_H

#include "common/crypto/sign.h"
#include "common/wire/envelope.h"
#include "common/wire/payload.h"
#include "server/store/store.h"

enum {
    SUBMISSION_ARENA_BYTES_MAX = 16 << 20,  /* what is kept until the answer */
    SUBMISSION_SCRATCH_BYTES_MAX = 8 << 20, /* what is needed while preparing */
    SUBMISSION_NUMBERS_MAX = 2,             /* unique numbers of one record */
};

struct submission_change {
    const struct kind_schema
        *schema; /* NULL: the change could not be read, nothing below is meant but key and version */
    struct store_record_key key; /* zeros as far as unknown */
    struct id version;
    struct hash hash;   /* h_i of the change */
    bool is_hash_alone; /* nothing but its hash came, and no act of erasure names it */
    bool
        is_erased; /* an act names it: what follows is what the act keeps; of one never applied nothing (schema NULL) */
    bool is_removal;
    bool is_first_load;
    const void *message;    /* unpacked record; NULL for a removal */
    bool has_official_code; /* is a code list stated (schema.h, derive_list)? */
    bool has_derived_id;
    struct id derived_id;
    bool is_sender; /* of a branch: does it state that it submits directly? */
    const struct store_edge
        *edges; /* to the branches it belongs to: a member's cells, a branch's parents; as stated */
    size_t edge_count;
    bool has_ended; /* schema.h, ended_field */
    const struct record_reference *references;
    size_t reference_count;
    struct store_number_key numbers[SUBMISSION_NUMBERS_MAX];
    size_t number_count;
    const char *const *reasons; /* ids of the rules the clerk gave a reason for */
    size_t reason_count;
    const char *refused_by; /* rule that the record breaks on the day judged; "" = none */
};

/* What a second person says of a change that waits. */
struct submission_approval {
    bool is_readable; /* false: nothing below is meant */
    bool is_rejection;
    struct id version; /* the one the change makes */
    struct hash change_hash;
};

/* An act, or a device's change of its key. */
struct submission_act {
    bool is_readable;        /* false: nothing below is meant */
    struct store_act effect; /* what it does when applied; its position is not set yet */
    bool has_possession;     /* of a key: the new one signed */
    struct id previous;      /* of an epoch, like the next two: from where it goes on */
    uint64_t branch_size;
    struct hash branch_root;
};

struct submission {
    struct arena arena;
    struct bytes envelope_bytes; /* as received, in the arena, like the next two */
    struct bytes signature;
    struct bytes payload_zstd;
    struct envelope envelope;
    struct hash envelope_hash;
    uint8_t signer[SIGN_PUBLIC_KEY_BYTES]; /* the key whose signature the envelope bears */
    bool is_unreadable;
    bool is_incident; /* set by ingest: the database refused it for no expected reason, it is refused whole */
    uint32_t change_count; /* items, whatever the content */
    /* One array per kind of content (content.h), all others NULL; all NULL when is_unreadable. */
    struct submission_change *changes;
    struct submission_approval *approvals;
    struct submission_act *acts;
    int32_t today; /* the day `refused_by` is for */
};

/* Check and unpack one submission.
 * envelope, signature, payload_zstd: as received, borrowed. device, key: the session's. today:
 * date_of_moment(now). ret_submission: free with submission_free, or give to ingest_submit. ERR_MALFORMED,
 * ERR_UNSUPPORTED: no envelope. ERR_UNAUTHORISED: of another device. ERR_BAD_SIGNATURE. ERR_NEWER_SCHEMA,
 * ERR_BAD_HASH: retryable. ERR_NO_MEMORY. */
MUST_CHECK enum err submission_prepare(struct bytes envelope, struct bytes signature,
                                       struct bytes payload_zstd, const struct hash *device,
                                       const struct verify_key *key, int32_t today,
                                       struct submission **ret_submission);
void submission_free(struct submission *submission);

/* Judge the pure rules again when the day is another one than the day they were judged for. */
void submission_set_today(struct submission *submission, int32_t today);

/* Bytes it holds in memory. */
size_t submission_memory_bytes(const struct submission *submission);

#endif
