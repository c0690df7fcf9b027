/* What became of the records: the newest version of each, changes that wait for a second person, and the state digest.
 * Rank 4. Memory: the arena given. */
#ifndef VERIFY_RECORDS_H
#define VERIFY_RECORDS_H

#include "common/base/hash_table.h"
#include "common/wire/receipt.h"
#include "verify/fault.h"
#include "verify/identity.h"
#include "verify/scope.h"

struct record_key {
    uint8_t at[2 + ID_BYTES]; /* u16 kind ‖ record id */
};

struct record_state {
    struct record_key key;
    struct id version; /* the newest; none: never applied */
    struct scope_state scope;
    UT_hash_handle hh;
};

/* A change as far as its fate is concerned. */
struct record_change {
    struct record_key key;
    struct id base;
    struct hash hash;         /* h_i */
    struct scope_state scope; /* after it */
    bool is_erased;           /* taken away by an erasure: only its record is known */
};

struct record_waiting {
    struct id version;
    struct record_change change;
    const struct identity_device *device; /* who submitted it */
    UT_hash_handle hh;
};

/* Of a change that an erasure took away: whose version it was. */
struct record_erased {
    struct id version;
    struct record_key key;
    UT_hash_handle hh;
};

/* Who applies it, where and when: the device that sealed the change, or the approval of it. */
struct record_deed {
    uint64_t position;
    int64_t time_ms;
    const struct identity_device *device;
};

struct records {
    struct arena *arena;
    struct scope_kinds kinds;
    struct record_state *states;
    struct record_waiting *waiting;
    struct record_erased *erased;
    struct hash digest;
    size_t record_count;
    size_t applied_count;
};

void records_init(struct records *records, struct arena *arena);
void records_release(struct records *records);

/* Read a serialised Change. False: it cannot be read, or no memory (the arena tells). */
bool records_read_change(struct records *records, struct bytes item, struct record_change *ret_change);

/* Does a change of this kind of record need a second person? */
bool records_needs_second(const struct record_key *key);
/* A change was applied under this version name. False: its base is not the newest version (FAULT_BASE), or the record is not the
 * sender's (FAULT_SCOPE), or no memory. */
bool records_apply(struct records *records, const struct record_deed *deed,
                   const struct record_change *change, const struct id *version, struct fault *fault);
/* A change waits. */
bool records_wait(struct records *records, const struct record_change *change, const struct id *version,
                  const struct identity_device *device, struct fault *fault);
/* An approval was applied: it takes effect, or is turned down. */
bool records_approve(struct records *records, const struct record_deed *deed, struct bytes item,
                     struct fault *fault);

/* An approval was judged otherwise: by most verdicts what it names waits no more (docs/protocol.md#approvals). */
void records_lose(struct records *records, struct bytes item, const struct verdict *verdict);

/* An erasure names a version of a record, somewhere in the journal. */
bool records_note_erased(struct records *records, const struct record_key *key, const struct id *version,
                         struct fault *fault);
/* NULL: no erasure names the version. */
const struct record_erased *records_erased(const struct records *records, const struct id *version);

struct record_key records_key(uint32_t kind, const struct id *record);

#endif
