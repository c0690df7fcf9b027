/* The state a group of submissions is judged against: the facts of the database, and over them what the
 * changes judged so far did. Rank 5. Pure. Memory from the group's arena, and hash tables that world_release
 * frees.
 *
 *   world_collect (which facts are needed?) → the store answers → world_load → judge: look up, world_apply,
 * look up ... */
#ifndef SERVER_INGEST_WORLD_H
#define SERVER_INGEST_WORLD_H

#include "server/ingest/bases.h"
#include "server/ingest/numbers.h"
#include "server/ingest/referrers.h"
#include "server/ingest/refused.h"
#include "server/ingest/submission.h"
#include "server/ingest/tree.h"
#include "server/ingest/waiting.h"
#include "server/store/store.h"

struct world_key {
    uint32_t kind;
    struct id record;
};

/* A record that some change of the group is about. */
struct world_record;
struct world_version;

struct world {
    struct arena *arena;
    struct tree tree;
    struct referrers referrers; /* of the records that some change of the group removes */
    struct world_record *records;
    struct world_version
        *versions; /* changes of this group that were journalled but not applied, and those applied */
    struct refused refused; /* while refilling */
    struct bases bases;
    struct numbers numbers;
    struct waiting waiting;
    size_t waiting_loaded_count; /* of those, from the database */
    const struct store_facts_request *request;
    size_t *first_record; /* per submission: index of its first readable change among the request's records */
    size_t *first_target; /* per submission: index of its first act among the request's targets */
    const struct store_facts *facts;
};

/* How a record stands now. */
struct world_state {
    bool exists; /* some version exists; the newest may be a removal */
    bool is_removed;
    struct id current;
    bool has_official_code; /* of the newest version */
    /* The branches it belongs to, of the current version; of the one before when it is a removal. */
    const struct store_edge *edges; /* none of a record whose edges nobody asked for */
    size_t edge_count;
    struct id owner; /* of the last edge */
};

enum world_number_use { WORLD_NUMBER_FREE, WORLD_NUMBER_SAME_SENDER, WORLD_NUMBER_OTHER_SENDER };

void world_init(struct world *world, struct arena *arena);
void world_release(struct world *world);

/* Versions that the submissions' approvals name, as they stand there; *ret_count 0: none decides about anything.
 * ERR_TOO_BIG: arena. */
MUST_CHECK enum err world_approved(struct world *world, struct submission *const *submissions,
                                   size_t submission_count, const struct id **ret_versions,
                                   size_t *ret_count);
/* Before world_collect: what the store answered to these (store_group_waiting). ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_CHECK enum err world_load_waiting(struct world *world, const struct store_waiting *waiting,
                                       size_t waiting_count);
/* The devices that acts are about, into the request; part of world_collect. ERR_TOO_BIG: arena. */
MUST_CHECK enum err world_collect_targets(struct world *world, struct submission *const *submissions,
                                          size_t submission_count, struct store_facts_request *request);

/* What judging these submissions needs to know, in their order. *ret_request and all it points at live in the
 * arena. ERR_TOO_BIG: arena. */
MUST_CHECK enum err world_collect(struct world *world, struct submission *const *submissions,
                                  size_t submission_count, const struct store_facts_request **ret_request);
/* facts: keeps; the answer to the request collected. ERR_TOO_BIG: arena. */
MUST_CHECK enum err world_load(struct world *world, const struct store_facts *facts);

struct world_state world_state_of(const struct world *world, enum record_kind kind, const struct id *record);
/* The branch a record in this state belongs under on a date (tree.h); none for kinds that belong to no branch. */
struct id world_owner_on(const struct world_state *state, int32_t date);
/* Is there a current record of this kind (one that may be referred to)? */
bool world_has(const struct world *world, enum record_kind kind, const struct id *record);
/* Does another current record refer to this one, which some change of the group removes? */
bool world_is_used(const struct world *world, enum record_kind kind, const struct id *record);
/* May the record still come? It is not there, the submission does not offer it, and its device did not tell of it in vain.
 * Always the same answer, in whatever group: what others said in vain counts for nothing. */
bool world_is_missing(const struct world *world, const struct submission *submission, enum record_kind kind,
                      const struct id *record);
/* The submission offers a change of the record. */
void world_offer_record(struct world *world, const struct submission *submission,
                        const struct submission_change *change);
/* Mark the record as named by the submission; false: it already was. */
bool world_name_record(struct world *world, const struct submission *submission, enum record_kind kind,
                       const struct id *record);
/* Do other records bear this number on that day? One that left its sender without having ended bears none. */
enum world_number_use world_number_use(const struct world *world, const struct submission_change *change,
                                       const struct store_number_key *number, int32_t date);

/* The verdict of a change of this group by its version name; NULL: no such change. */
const struct verdict *world_verdict_of(const struct world *world, const struct id *version);
/* Remember the verdict of a change by its version name, instead of one before; keeps the pointer. ERR_TOO_BIG: arena. */
MUST_CHECK enum err world_note_verdict(struct world *world, const struct id *version,
                                       const struct verdict *verdict);
/* Do what an applied change does. ERR_TOO_BIG: arena. */
MUST_CHECK enum err world_apply(struct world *world, const struct submission_change *change);

#endif
