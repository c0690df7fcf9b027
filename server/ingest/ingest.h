/* Group commit: submissions of all sessions in, receipts out, each exactly once. Rank 5. The loop's thread
 * only.
 *
 * Start reading at ingest_step in ingest.c (states and diagram). A submission is prepared by its session
 * (submission_prepare), joins the queue, is judged with its group (judge.h) and answered after the COMMIT's
 * result. No I/O of its own: the database through store.h, time and timers through the configuration. */
#ifndef SERVER_INGEST_INGEST_H
#define SERVER_INGEST_INGEST_H

#include "common/crypto/sign.h"
#include "server/ingest/submission.h"
#include "server/store/store.h"

enum {
    INGEST_QUEUE_SUBMISSIONS_MAX = 1024, /* waiting; past it ERR_BUSY */
    INGEST_QUEUE_BYTES_MAX = 192 << 20,  /* memory of what waits; past it ERR_BUSY */
    INGEST_BUSY_RETRY_AFTER_MS = 1000,   /* what to tell the client with ERR_BUSY */
    INGEST_RETRY_MS_MIN = 50,            /* back-off after a failed group, doubled up to ... */
    INGEST_RETRY_MS_MAX = 5000,          /* ... this */
    INGEST_WAIT_MS_MAX = 60000,    /* after this a submission whose group fails is answered with the error */
    INGEST_ALONE_FAILURES_MAX = 2, /* data errors alone before a submission is refused under an incident */
    INGEST_QUARANTINE_ATTEMPTS_MAX =
        4,                      /* to mark a cloned device, 750 ms in all, before the group is answered */
    INGEST_INCIDENTS_KEPT = 64, /* refused ones remembered, so that offered again they ask for nothing */
    INGEST_GROUP_ARENA_BYTES_MAX = 256 << 20,
    INGEST_INCIDENT_BYTES = 17, /* 16 hex digits: the front of the envelope hash */
};

struct ingest;

/* One timer, owned by the composition root. */
struct ingest_timer {
    void *context;
    /* Run on_fired(target) once after `after_ms`, never before this call has returned. At most one is under
     * way. */
    void (*start_after_ms)(void *context, uint64_t after_ms, void (*on_fired)(void *target), void *target);
    void (*stop)(void *context); /* nothing when none is under way */
};

struct ingest_config {
    struct store *store;                   /* borrowed, outlives the ingest */
    const struct signing_key *receipt_key; /* borrowed, outlives the ingest */
    const uint8_t *log_key;                /* signer_init's in_force */
    /* The journal goes under another log key by now (signer_on_other). May be NULL. */
    void (*on_other_log_key)(void *context, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES]);
    void *log_key_context;
    int64_t (*now_ms)(void *context); /* ms since 1970 UTC */
    void *now_context;
    struct ingest_timer timer;
};

struct ingest_verdict {
    uint32_t index;
    struct verdict verdict;
    struct bytes current_body; /* conflict in the asker's scope: the record as it is now; at == NULL: none */
};

/* The fields of a RECEIPT (proto/submission.proto). The texts of verdicts are the handler's business. */
struct ingest_receipt {
    struct id epoch;
    uint64_t position;
    int64_t server_time_ms;
    uint64_t sequence;
    struct hash envelope_hash;
    uint32_t change_count;
    bool is_unreadable;
    const struct ingest_verdict *verdicts; /* what the receipt lists, by ascending index */
    size_t verdict_count;
    struct hash leaf;
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    struct bytes checkpoint; /* signed note: the first one that covers the entry */
    struct merkle_path path; /* of the entry in that checkpoint's tree */
};

struct ingest_answer {
    enum err err;            /* ERR_OK: receipt is meant; else answer with ERROR, nothing was decided */
    uint32_t retry_after_ms; /* 0: no advice */
    char incident[INGEST_INCIDENT_BYTES]; /* of a refusal by ingest.incident; "" otherwise */
    struct ingest_receipt receipt;
};

/* Errors an answer may bear:
 * ERR_BAD_SEQUENCE: a gap; offer again from the device's last sequence. ERR_CLONED: same sequence, other
 * bytes, or the device is quarantined. ERR_UNAUTHORISED, ERR_FORBIDDEN: device unknown by now, or no clerk.
 * ERR_ROLLED_BACK. ERR_BASE_MISSING: while refilling. ERR_DATABASE, ERR_NO_MEMORY, ERR_UNKNOWN_COMMIT, ERR_INTERNAL,
 * ERR_SHUTTING_DOWN: offer again later. The answer is valid during the call only. */
typedef void ingest_on_answered(void *context, const struct ingest_answer *answer);

MUST_CHECK enum err ingest_new(const struct ingest_config *config, struct ingest **ret_ingest);
/* Only when nothing is under way at the store: never used, or after ingest_drain's on_idle. */
void ingest_free(struct ingest *ingest);

/* Queue one prepared submission. Takes `submission` in every case (it is freed on an error too).
 * on_answered runs exactly once, never before this call has returned, unless detached.
 * ERR_BUSY: the queue is full. ERR_SHUTTING_DOWN: draining. ERR_NO_MEMORY. on_answered does not run then. */
MUST_CHECK enum err ingest_submit(struct ingest *ingest, struct submission *submission,
                                  ingest_on_answered *on_answered, void *context);
/* Sign with this key from the next group on; borrowed, as the one before, until the ingest is freed. */
void ingest_set_log_key(struct ingest *ingest, const struct signing_key *key);
/* The asker is gone: no callback with this context will run any more. The submissions go on. */
void ingest_detach(struct ingest *ingest, const void *context);
/* Take nothing more; finish what waits (a group that fails is answered, not retried), then call on_idle. */
void ingest_drain(struct ingest *ingest, void (*on_idle)(void *context), void *context);

#endif
