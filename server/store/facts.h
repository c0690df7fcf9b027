/* What ingest must know before it judges a group: asking and reading. Rank 4. Private to server/store.
 *
 * facts_compose makes the first unit: BEGIN, the head's lock, one statement per family of facts. facts_read
 * reads its results. Owners that the database named and the request did not (a member who moved, a number
 * borne elsewhere) need their ancestors too, and while refilling, what is not there may have been refused; an unknown base may be of a
 * submission nobody could read:
 * facts_compose_missing makes a second unit for these, facts_read_missing reads it. */
#ifndef SERVER_STORE_FACTS_H
#define SERVER_STORE_FACTS_H

#include "common/base/buf.h"
#include "server/store/ingest_sql.h"
#include "server/store/store.h"
#include "server/store/vault.h"

enum {
    FACTS_BYTES_MAX = 16 << 20,
    FACTS_CALL_NONE = -1,
    /* BEGIN, lock, devices, targets, journalled, data keys, branches; of a kind records, edges, references, referrers; numbers. */
    FACTS_STATEMENTS_MAX = 7 + 4 * (int)KIND_MAX + SCHEMA_UNIQUE_COUNT
};

/* One statement about numbers: the requests of one field of one kind. */
struct facts_number_call {
    int call;
    enum record_kind kind;
    size_t field_index;
    const size_t *number_indexes; /* of the request; index i of the statement's array is number_indexes[i] */
    size_t count;
};

struct facts_job {
    const struct store_facts_request *request;
    struct arena *arena; /* the caller's: facts live in it */
    struct buf arrays;   /* encoded parameters, until the unit is sent */
    struct unit_call calls[FACTS_STATEMENTS_MAX];
    struct unit unit;
    int head_call; /* indexes into the unit's calls; FACTS_CALL_NONE: not asked */
    int devices_call;
    int targets_call;
    int journalled_call;
    int keys_call;
    int record_calls[KIND_MAX + 1];
    const size_t *record_indexes[KIND_MAX + 1]; /* as number_indexes */
    size_t record_counts[KIND_MAX + 1];
    int edge_calls[KIND_MAX + 1];
    const size_t *edge_indexes[KIND_MAX + 1];
    size_t edge_counts[KIND_MAX + 1];
    int branches_call;
    int uncounted_call; /* of the second unit */
    int refused_call;   /* of the second unit, like branches_call then */
    struct facts_number_call number_calls[SCHEMA_UNIQUE_COUNT];
    size_t number_call_count;
    int reference_calls[KIND_MAX + 1];
    const size_t *reference_indexes[KIND_MAX + 1]; /* as number_indexes */
    size_t reference_counts[KIND_MAX + 1];
    int referrer_calls[KIND_MAX + 1];
    const size_t *removal_indexes[KIND_MAX + 1]; /* as number_indexes */
    size_t removal_counts[KIND_MAX + 1];
    struct store_facts facts;
    struct vault_sealer sealer; /* with the keys of the submissions' devices, in the arena */
    struct store_branch_fact *branches;
    size_t branch_count;
};

void facts_init(struct facts_job *job);
void facts_release(struct facts_job *job);

/* is_begun: the transaction was begun and the head locked before. The vault is borrowed until the group ends. ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_CHECK enum err facts_compose(struct facts_job *job, const struct ingest_sql *sql, struct vault *vault,
                                  const struct store_facts_request *request, bool is_begun,
                                  struct arena *arena);
/* ERR_TOO_BIG: the arena. ERR_DATABASE: the tables hold what we never wrote. ERR_SEALED: a key of
 * the database is not wrapped under our master key. */
MUST_CHECK enum err facts_read(struct facts_job *job, const struct unit_result *result);
/* *ret_is_needed false: facts are complete, no unit was made. */
MUST_CHECK enum err facts_compose_missing(struct facts_job *job, bool *ret_is_needed);
MUST_CHECK enum err facts_read_missing(struct facts_job *job, const struct unit_result *result);

/* Is the branch among the first `count` answered ones? These must be in id order, as one statement answers
 * them. */
bool facts_has_branch(const struct facts_job *job, size_t count, const struct id *branch);

/* Columns id, sender, is_province, role, public_key, last_sequence, last_envelope_hash, is_quarantined, is_revoked from
 * `column` on. ERR_DATABASE: an unknown role. */
MUST_CHECK enum err facts_read_device(const PGresult *result, int row, int column,
                                      struct store_device *ret_device);
/* Columns epoch, position, server_time_ms, is_rolled_back, is_refilling from `column` on. */
void facts_read_head(const PGresult *result, int row, int column, struct store_head *ret_head);

#endif
