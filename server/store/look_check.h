/* Checking the chain over the looks (look.h, sql/migrations/0011_look.sql), hashed here from the rows themselves. Rank 4. Blocks. */
#ifndef SERVER_STORE_LOOK_CHECK_H
#define SERVER_STORE_LOOK_CHECK_H

#include "common/base/bytes.h"
#include "common/base/error.h"

struct pg_conn;

enum look_fault {
    LOOK_SOUND,
    LOOK_LINK_MISSING, /* the numbers have a gap */
    LOOK_GONE,         /* a link without its look */
    LOOK_CHANGED,      /* the look, or a link at or before it, is not what was chained */
    LOOK_SLIPPED_IN,   /* a look older than the chain's end without a link, or links out of order */
    LOOK_OTHER_CHAIN,  /* the link noted down elsewhere, or in the journal, is not in this chain */
};

struct look_check {
    uint64_t link_count;
    struct hash end;  /* hash of the newest link; none when there is none */
    uint64_t anchor;  /* newest link that the journal holds; 0: none */
    uint64_t waiting; /* looks still without a link: those of the last second */
    enum look_fault fault;
    uint64_t fault_number; /* link the fault is at; LOOK_SLIPPED_IN: 0 */
    uint64_t fault_look;
};

/* noted_number, noted_hash: a link told to the log earlier (looks_sealed); 0: none. Stops at the first fault. ERR_DATABASE. */
MUST_CHECK enum err look_check_run(struct pg_conn *connection, uint64_t noted_number,
                                   const struct hash *noted_hash, struct look_check *ret_check,
                                   struct error *ret_error);

#endif
