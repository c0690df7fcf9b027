/* Versions of records as rows of the composite types <kind>_row and <kind>_<list>_row. Rank 4. Pure, but for the nonces of
 * sealed fields. */
#ifndef SERVER_STORE_ROW_ENCODE_H
#define SERVER_STORE_ROW_ENCODE_H

#include "server/store/ingest_sql.h"
#include "server/store/store.h"
#include "server/store/vault.h"
#include "server/store/wire_array.h"

enum { ROW_UNTIL_NONE = -1 };

/* Append the row of one version. `until`: the position at which a later version of the same group ends it, or
 * ROW_UNTIL_NONE. A value the column cannot hold (a reference of other than 16 bytes, a date out of range, a
 * NUL in a text) is remembered in `rows` as ERR_MALFORMED; a device of whose sender the sealer has no key as ERR_INTERNAL. */
void row_encode_version(struct wire_array *rows, const struct store_version *version, int64_t until,
                        struct vault_sealer *sealer);

/* Append one row per element of a list that does not lie in the record's own row: for a dated edge all but
 * the last. */
void row_encode_elements(struct wire_array *rows, const struct store_version *version, size_t list_index,
                         int64_t until, struct vault_sealer *sealer);

#endif
