/* The outbox: from open changes to sealed submissions, and from receipts back to verdicts. Rank 5. No
 * sockets; reaches the store through its header only.
 *
 *   open changes ──outbox_seal──► sealed ──outbox_next──► SUBMIT … RECEIPT ──outbox_on_receipt──► received
 *
 * A sealed submission never changes again: number, bytes and signature are stored durably before the first
 * byte leaves, so that it can be offered any number of times and is applied once. */
#ifndef CLIENT_LIB_OUTBOX_H
#define CLIENT_LIB_OUTBOX_H

#include "client/lib/store.h"
#include "common/crypto/sign.h"

enum {
    OUTBOX_SUBMISSION_ARENA_BYTES_MAX = 1 << 20, /* one sealed submission */
    OUTBOX_RECEIPT_ARENA_BYTES_MAX = 16 << 20,   /* one RECEIPT, unpacked */
};

struct outbox_signer {
    const struct signing_key *key;
    struct hash device;
};

struct outbox_sealed {
    uint64_t submissions;
    uint64_t changes;
};

/* Seal every open change, in ONE transaction: sequences, frozen bytes, the chain of envelope hashes,
 * signatures, marks. Durable when it returns; on failure nothing happened. on_progress (may be NULL) is told
 * changes done and in all; false cancels. ERR_CANCELLED. ERR_TOO_BIG: one change alone passes the limits of a
 * payload. */
MUST_CHECK enum err outbox_seal(struct store *store, const struct outbox_signer *signer,
                                bool (*on_progress)(void *context, uint64_t done, uint64_t total),
                                void *context, struct outbox_sealed *ret_sealed);

/* Only what the key in force signs is taken: once another was announced, nothing more is sealed under the one before (all
 * outbox_seal functions see to it). ERR_UNAUTHORISED. */
MUST_CHECK enum err outbox_check_signer(struct store *store, const struct outbox_signer *signer);

/* Seal, signed by the present key, that `next` signs all that follows. Announced already: nothing more is done. */
MUST_CHECK enum err outbox_seal_key(struct store *store, const struct outbox_signer *signer,
                                    const struct signing_key *next);

enum outbox_key_standing {
    OUTBOX_KEY_UNKNOWN, /* not announced, or refused */
    OUTBOX_KEY_ANNOUNCED,
    OUTBOX_KEY_IN_FORCE, /* the province has taken it */
};
MUST_CHECK enum err outbox_key_standing(struct store *store, const struct signing_key *key,
                                        enum outbox_key_standing *ret_standing);

/* What a second person says of one change that waits. */
struct outbox_approval {
    struct id version;
    struct hash change_hash;
};

enum { OUTBOX_APPROVALS_MAX = 256 }; /* in one submission; the province takes no more */

/* Seal what the signer's person decided: reason NULL approves, else all are turned down for that reason. In one transaction,
 * as many submissions as it takes; the caller sees to it that one submission never decides twice about a record. */
MUST_CHECK enum err outbox_seal_approvals(struct store *store, const struct outbox_signer *signer,
                                          const struct outbox_approval *approvals, size_t approval_count,
                                          const char *reason);

/* Does what the server holds of this device fit what was sealed here? ERR_CLONED: it holds more, or other
 * bytes under our number: another copy of this device's home submits too. */
MUST_CHECK enum err outbox_check_server(struct store *store, uint64_t server_last_sequence,
                                        const struct hash *server_last_envelope_hash);

/* The next submission to offer after the given sequence: one without a receipt, or one the server does not
 * hold (a new epoch lacks what its backup lacked). Views live in `arena`. ERR_NOT_FOUND: none. */
MUST_CHECK enum err outbox_next(struct store *store, uint64_t after_sequence, uint64_t server_last_sequence,
                                struct arena *arena, struct store_sealed *ret_sealed);

/* What became of one submission. */
struct outbox_outcome {
    uint64_t sequence;
    uint64_t applied, warned, waiting, conflicts, refused;
};

/* Check a RECEIPT (body as received) against the sealed submission it names and the pinned key, then store it
 * durably with its verdicts and its checkpoint, in one transaction. ERR_BAD_SIGNATURE. ERR_PROTOCOL: it does not fit the
 * submission, or does not prove itself. ERR_FORKED: its checkpoint contradicts one we hold. ERR_MALFORMED. Store errors pass
 * through. */
MUST_CHECK enum err outbox_on_receipt(struct store *store, struct bytes receipt_body,
                                      const struct verify_key *receipt_key,
                                      struct outbox_outcome *ret_outcome);

#endif
