/* From a judged group to the unit that writes it. Rank 4. Private to server/store. */
#ifndef SERVER_STORE_GROUP_WRITE_H
#define SERVER_STORE_GROUP_WRITE_H

#include "common/base/buf.h"
#include "server/store/act_write.h"
#include "server/store/ingest_sql.h"
#include "server/store/store.h"
#include "server/store/vault.h"

enum {
    GROUP_WRITE_BYTES_MAX =
        192 << 20, /* all encoded arrays of a group; one submission alone stays far below */
    GROUP_WRITE_BYTES_KEPT = 16 << 20, /* of the buffer, between groups */
    /* Data keys, journal, refusals, waiting, outcomes, devices, nodes; of a kind close, add, change, forget; of a list clear, append; the head,
     * reading back; acts. */
    GROUP_WRITE_STATEMENTS_MAX = 7 + 4 * (int)KIND_MAX + 2 * SCHEMA_LIST_COUNT + 2 + ACT_WRITE_STATEMENTS_MAX,
};

/* Object ids of the row types in the database connected to. */
struct row_types {
    uint32_t kinds[KIND_MAX + 1];
    uint32_t lists[KIND_MAX + 1][INGEST_SQL_LISTS_MAX];
    uint32_t journal;
    uint32_t refusal;
    uint32_t waiting;
    uint32_t outcome;
};

/* From the rows of queries/row_types.sql. */
void row_types_read(struct row_types *types, const struct ingest_sql *sql, const PGresult *rows);

/* Fill `unit`, which has room for GROUP_WRITE_STATEMENTS_MAX, with the writes of `group` and, as its last
 * statement, the reading back of its entries; emptied first. What is sealed is sealed under the sealer's keys; its new ones
 * are stored first. Encoded arrays live in `out`
 * (cleared first) and `arena` until the unit has been sent. ERR_MALFORMED: a value no column can hold.
 * ERR_TOO_BIG: GROUP_WRITE_BYTES_MAX. ERR_INTERNAL: the sealer has no key for a device. */
MUST_CHECK enum err group_write_compose(const struct ingest_sql *sql, const struct row_types *types,
                                        const struct store_group *group, struct vault_sealer *sealer,
                                        struct buf *out, struct arena *arena, struct unit *unit);

/* The same for versions alone, in position order: current and version tables, no entry, no head (server/store/replay.h). */
MUST_CHECK enum err group_write_compose_versions(const struct ingest_sql *sql, const struct row_types *types,
                                                 const struct store_version *versions, size_t version_count,
                                                 struct vault_sealer *sealer, struct buf *out,
                                                 struct arena *arena, struct unit *unit);

#endif
