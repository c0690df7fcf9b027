/* The log of reads goes into the journal by itself: every hour a child process asks whether it is due (`dantind audit seal --due`), so
 * that no look stays for long where only the database's masters vouch for it. Rank 9. The loop's thread.
 *
 * A process of its own, since acts are written as the owner of the tables, which nothing that serves requests is. */
#ifndef SERVER_ANCHORING_H
#define SERVER_ANCHORING_H

#include "common/base/error.h"

struct anchoring;
struct options;
struct uv_loop_s;

enum {
    ANCHORING_FIRST_MS = 5000,   /* after the start: what became due while nothing ran */
    ANCHORING_CHECK_MS = 3600000 /* between two looks whether it is due */
};

/* data: the server's folder; borrowed for the call, as the options. ERR_NO_MEMORY. */
MUST_CHECK enum err anchoring_start(struct uv_loop_s *loop, const struct options *options, const char *data,
                                    struct anchoring **ret_anchoring);
/* Ends the child that is running; memory goes when the loop has closed everything. NULL is fine. */
void anchoring_stop(struct anchoring *anchoring);

#endif
