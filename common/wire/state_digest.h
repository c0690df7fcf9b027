/* The digest of a state: which version of every record is the newest (docs/journal.md#state). Rank 3. Pure.
 *
 *   digest = sum, modulo 2^256, over all records of SHA-256("dantin/state" NUL ‖ u16 kind ‖ record id ‖ newest version's name)
 *
 * A removal is a version like any other. Order does not matter, so that the digest is kept by one addition and one
 * subtraction per change, and can be counted anew from the tables in any order. It promises nothing by itself: the names it
 * sums up follow from the journal, which whoever checks it has. */
#ifndef COMMON_WIRE_STATE_DIGEST_H
#define COMMON_WIRE_STATE_DIGEST_H

#include <stdint.h>

#include "common/base/bytes.h"

/* `version` is now the newest of the record; `previous`, none for its first version, no longer is. */
void state_digest_move(struct hash *digest, uint16_t kind, const struct id *record, const struct id *previous,
                       const struct id *version);

#endif
