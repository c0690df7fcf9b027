/* Records that a device told of in vain (a change of them was refused, in conflict or waiting), of the facts and of the
 * group so far. Rank 5. Pure; memory from the group's arena.
 *
 * While a refill is open a reference to a record that is not there waits for it, unless the device itself knows better:
 * ids are drawn by the device that makes a record, so what was refused to it will not come from another. */
#ifndef SERVER_INGEST_REFUSED_H
#define SERVER_INGEST_REFUSED_H

#include "common/base/arena.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

struct refused_record;

struct refused {
    struct arena *arena;
    struct refused_record *records; /* hash table by device and record */
};

void refused_init(struct refused *refused, struct arena *arena);
void refused_release(struct refused *refused);
/* ERR_TOO_BIG: arena. */
MUST_CHECK enum err refused_add(struct refused *refused, const struct hash *device, const struct id *record);
bool refused_has(const struct refused *refused, const struct hash *device, const struct id *record);

#endif
