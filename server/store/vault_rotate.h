/* Exchanging keys: new data keys for what comes, what was sealed sealed anew in bounded batches, and a new master key. Rank 4.
 * Blocks; beside a running server. What a kill interrupts is taken up by the next rotation: all there is to know stands in
 * dantin.vault and beside the master key's file.
 *
 *   MASTER   PATH.new is made; with the journal's head locked every key is wrapped under it; PATH.new becomes PATH
 *   KEYS     with the head locked every sender gets a new data key: whoever seals from now on uses it
 *   RESEAL   batch by batch, column by column: what has an older key is sealed anew, if it still is what was read
 *   FORGET   the older keys, which nothing needs, are deleted */
#ifndef SERVER_STORE_VAULT_ROTATE_H
#define SERVER_STORE_VAULT_ROTATE_H

#include "server/store/vault.h"

struct pg_conn;

enum {
    ROTATE_FIELDS_PER_BATCH =
        256, /* rows whose fields are sealed anew under one lock of the journal's head */
    ROTATE_PAYLOADS_PER_BATCH = 32
};

struct vault_rotation {
    bool with_master;
    enum language language;
    /* Asked before every statement; false: stop at once, as a kill would. NULL: never. */
    bool (*may_go_on)(void *context);
    void *context;
};

struct vault_rotated {
    uint64_t senders; /* with a new data key; 0 when an earlier rotation was taken up */
    uint64_t values;  /* sealed anew */
    bool was_taken_up;
};

/* The connection's role may act as dantin_keeper. ERR_BUSY: another rotation is under way. ERR_SEALED: a value did not open: it
 * was changed by another hand; the sentence names it, older keys are kept. ERR_CANCELLED: may_go_on. ERR_DATABASE, ERR_IO. */
MUST_CHECK enum err vault_rotate(struct pg_conn *connection, struct vault *vault,
                                 const struct vault_rotation *rotation, struct vault_rotated *ret_rotated,
                                 struct error *ret_error);

#endif
