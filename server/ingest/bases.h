/* Bases that the database does not know, and which of them nobody could read. Rank 5. Pure; memory from the group's arena,
 * and a hash table that bases_release frees.
 *
 * A version's name follows from its envelope and its index. Of a payload that could not be read at all not even the number
 * of changes is known, so its names are nowhere; an edit that its device made on top of one must be refused with it. So
 * the names that such an envelope may have given are made, and looked for among the unknown bases of that device. */
#ifndef SERVER_INGEST_BASES_H
#define SERVER_INGEST_BASES_H

#include "common/base/arena.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

struct base;

struct bases {
    struct arena *arena;
    struct base *unknown; /* hash table by device and version */
};

void bases_init(struct bases *bases, struct arena *arena);
void bases_release(struct bases *bases);
/* An edit of this device names a base that the database does not know. ERR_TOO_BIG: arena. */
MUST_CHECK enum err bases_ask(struct bases *bases, const struct hash *device, const struct id *version);
/* A submission of this device could not be read, nor its changes counted. Costs nothing when nothing was asked. */
void bases_note_uncounted(struct bases *bases, const struct hash *device, const struct hash *envelope_hash);
/* Is this asked base of such a submission? */
bool bases_is_unreadable(const struct bases *bases, const struct hash *device, const struct id *version);

#endif
