/* Columns of a text result, as commands read them. Rank 9. */
#ifndef SERVER_COMMANDS_COLUMNS_H
#define SERVER_COMMANDS_COLUMNS_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/bytes.h"

struct pg_result;
struct vault;

/* A bytea, into the arena; at NULL: no memory, or no bytea. An empty one has its `at`. */
struct bytes column_bytes(struct arena *arena, const struct pg_result *rows, int row, int column);
/* ERR_MALFORMED: no uuid. */
MUST_CHECK enum err column_uuid(const struct pg_result *rows, int row, int column, struct id *ret_id);
/* 0 for what is no number. */
uint64_t column_number(const struct pg_result *rows, int row, int column);

/* The sealed payload of the entry with this envelope, opened. One that does not open is given as it is, and will not be what
 * the envelope says. at NULL: no memory. */
struct bytes column_payload(struct vault *vault, struct arena *arena, struct bytes envelope,
                            const struct pg_result *rows, int row, int column);

/* The bytes a verdict hash is over, into `out` (emptied first), from the journal's column `verdicts`, which lists only those a receipt
 * does. A column that was not written by us goes out as it is and will not match. Errors of buf_append. */
MUST_CHECK enum err column_verdicts(struct bytes column, uint64_t change_count, struct arena *arena,
                                    struct buf *out);

#endif
