/* The syncer: one session of the client with the server, and the loop that runs sessions until the work is
 * done. Rank 7.
 *
 *   GREETING ──WELCOME──► OFFERING ──all received──► WITNESSING ──sealed──► DONE     submit
 *       │        │        ASKING ────last part─────► DONE                            query
 *       │        │        ─────────────────────────► DONE                            greet
 *       │     PROVING      another epoch or log key: how does it follow from what we know?
 *       └────────┴───────────────────────error, goodbye, a contradiction───► FAILED
 *
 * WITNESSING: every checkpoint that came is proved to be of one journal, the newest is cosigned, and what a quorum cosigned is
 * heard of (syncer_seal.c). WELCOME is believed or not by syncer_witness.c.
 *
 * The session (struct syncer) does no I/O on the network: frames in, frames out, so that tests play the
 * server in memory. syncer_run joins it to a connection: connects, pumps, and after a cut comes again with
 * back-off and jitter. */
#ifndef CLIENT_LIB_SYNCER_H
#define CLIENT_LIB_SYNCER_H

#include "client/lib/keys.h"
#include "client/lib/outbox.h"
#include "client/lib/store_lease.h"
#include "client/lib/witness.h"
#include "common/base/buf.h"
#include "common/base/random.h"
#include "common/base/sm.h"
#include "common/wire/frame.h"

/* Held by whoever has a session of this home, so that two programs do not end each other's. */
#define SYNCER_LOCK_FILE "session.lock"

enum {
    SYNCER_IN_FLIGHT_MAX = 16, /* submissions offered and not answered, whatever credits the server gives */
    SYNCER_OUT_BYTES_MAX = 4 << 20, /* frames of one step */
    SYNCER_FRAME_ARENA_BYTES_MAX = 16 << 20,
    SYNCER_BACKOFF_MS_MIN = 500,   /* doubled after every session without progress, up to ... */
    SYNCER_BACKOFF_MS_MAX = 60000, /* ... this; each wait is drawn between half of it and all of it */
    SYNCER_PING_MS = 20000,        /* silence after which we ask whether the server is there */
    SYNCER_SILENCE_MS_MAX = 60000, /* silence after which the session counts as cut */
    SYNCER_LINGER_MS = 100,        /* how long the store is kept while nothing comes */
    SYNCER_LOCK_WAIT_MS = 10000,   /* for another program of this home to end its session */
    SYNCER_PROGRESS_MS = 200,      /* how often a wait looks whether it was cancelled */
};

struct Dantin__Rows;
struct Dantin__Waits;
struct Dantin__Welcome;

enum syncer_state {
    SYNCER_GREETING,
    SYNCER_PROVING,
    SYNCER_NOTICING,
    SYNCER_OFFERING,
    SYNCER_ASKING,
    SYNCER_WITNESSING,
    SYNCER_DONE,
    SYNCER_FAILED
};

/* Submit everything sealed; ask one question; or only say hello. */
enum syncer_purpose { SYNCER_SUBMIT, SYNCER_QUERY, SYNCER_WAITING, SYNCER_GREET };

/* What a session is for. Everything is borrowed for the syncer's life. */
struct syncer_job {
    enum syncer_purpose purpose;
    struct store_lease *lease;
    const struct hash *device;
    const struct signing_key *device_key; /* signs what is witnessed */
    enum language language;
    struct bytes query; /* SYNCER_QUERY: packed Query; SYNCER_WAITING: packed Waiting */
    /* The server has greeted us, and is the one we know. May be NULL. */
    void (*on_welcome)(void *context, const struct Dantin__Welcome *welcome);
    /* The journal goes on under a new epoch; so many submissions received before must be offered again. May be NULL. */
    void (*on_new_epoch)(void *context, uint64_t left_behind);
    /* A receipt was checked and stored. */
    void (*on_receipt)(void *context, const struct outbox_outcome *outcome);
    /* One part of an answer, valid during the call; false: enough. */
    bool (*on_rows)(void *context, const struct Dantin__Rows *rows);
    bool (*on_waits)(void *context, const struct Dantin__Waits *waits);
    /* How far the work is (submissions received, and known to be sealed); false: stop. May be NULL. */
    bool (*on_progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

/* Why a session ended. */
struct syncer_failure {
    enum err code;
    bool may_retry;                  /* the same may succeed later */
    uint32_t retry_after_ms;         /* the server's wish; 0: none */
    char text[ERROR_TEXT_BYTES_MAX]; /* the server's or our sentence; "" = the code's own */
};

struct syncer_offer {
    uint64_t sequence; /* 0: free */
    uint64_t request_id;
};

enum { SYNCER_PROVED_MAX = 64 /* checkpoints proved with one request */ };

/* A checkpoint that a path was asked for. */
struct syncer_asked {
    struct id epoch;
    uint64_t size;
};

/* What the session asks as a witness. */
struct syncer_witness {
    uint64_t request_id;             /* of the PROVE, COSIGN or SEAL that is open; 0: none */
    uint16_t waits_for;              /* type of its answer */
    struct buf welcome;              /* PROVING: WELCOME's body, not believed yet */
    struct witness_lineage *lineage; /* PROVING: as told; NULL: not yet */
    struct syncer_asked asked[SYNCER_PROVED_MAX];
    size_t asked_count;
    struct syncer_asked cosigned; /* what is being cosigned, or was last */
    unsigned cosigned_count; /* in this session: the newest, then at most the one on which witnesses gather */
    bool is_sealed_told;     /* all that the server knows of devices and seals */
};

struct syncer {
    const struct syncer_job *job;
    struct sm sm;
    struct verify_key *receipt_key;
    uint64_t next_request_id;
    uint64_t offered_sequence;     /* newest one offered in this session */
    uint64_t server_last_sequence; /* of WELCOME */
    size_t in_flight_max;          /* the lower of ours and the server's credits */
    struct syncer_offer offers[SYNCER_IN_FLIGHT_MAX];
    uint64_t failed_sequence; /* lowest sequence answered with an error; 0: none */
    struct syncer_failure failure;
    uint64_t received; /* submissions whose receipts were stored */
    uint64_t total;    /* submissions to offer, as far as known */
    bool has_offered_all;
    bool is_viewer;    /* nothing new is taken from it, only first receipts are given again */
    bool is_forbidden; /* and there is something new */
    bool is_copy;      /* the server holds what was not sealed here: show it one submission, then fail */
    struct syncer_witness witness;
};

void syncer_init(struct syncer *syncer, const struct syncer_job *job);
void syncer_release(struct syncer *syncer);

/* Append HELLO to `out`. Errors are the store's. */
MUST_CHECK enum err syncer_start(struct syncer *syncer, struct buf *out);
/* Take one frame; appends what is to be sent. Whatever the frame says, the session ends up in one of its
 * states; an error is returned only when our own store or memory fails. */
MUST_CHECK enum err syncer_on_frame(struct syncer *syncer, const struct frame *frame, struct buf *out);
/* Append a PING. */
MUST_CHECK enum err syncer_ping(struct syncer *syncer, struct buf *out);
bool syncer_is_greeted(const struct syncer *syncer);
bool syncer_is_over(const struct syncer *syncer); /* DONE or FAILED */
enum syncer_state syncer_state(const struct syncer *syncer);

struct syncer_run {
    const struct syncer_job *job;
    const struct keys *keys;
    const char *server;
    int64_t deadline_ms; /* of the monotonic clock; 0: none */
    bool is_patient;     /* retry after failures that may pass; else the first failure ends the run */
};

/* Run sessions until the job is done. ERR_OK: done. Otherwise the failure that ended it, with its sentence;
 * everything received so far is stored. ERR_TIMED_OUT: the deadline. ERR_CANCELLED: on_progress said so. */
MUST_CHECK enum err syncer_run(const struct syncer_run *run, struct error *ret_error);

/* The wait before attempt number `attempt` (from 1): doubled each time, drawn between half and all of it,
 * never below retry_after_ms (itself capped at SYNCER_BACKOFF_MS_MAX). */
int64_t syncer_backoff_ms(unsigned attempt, uint32_t retry_after_ms, struct prng *prng);

#endif
