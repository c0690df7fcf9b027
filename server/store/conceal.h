/* Small cells of sensitive figures. Rank 4. Private to server/store.
 *
 * Who may not see exact figures sees them at quarter ends only, of the own unit, at the head, by one dimension, so that no
 * choice of date, position or filter gives two tables that differ by a person. At any other time an indicator's sensitive columns are
 * not available, and a pivot is refused. In such a table cells from 1 to the
 * threshold less 1 are hidden, and the next smallest too while the hidden ones would follow from the total: one alone, together below
 * the threshold, or nothing but ones. A pivot whose cells cannot be hidden so is refused. */
#ifndef SERVER_STORE_CONCEAL_H
#define SERVER_STORE_CONCEAL_H

#include <libpq-fe.h>

#include "server/store/query_sql.h"

/* 31/3, 30/6, 30/9 or 31/12. */
bool conceal_is_quarter_end(int32_t date);
/* Does the answer hold sensitive figures? */
bool conceal_is_needed(const struct query_choice *choice);
/* values: cells that add up to a total everybody knows; wholes: what each is a part of, NULL: not known. ret_hidden: which to hide. False: they follow from the total even so. */
bool conceal_choose(const int64_t *values, const int64_t *wholes, size_t count, int64_t threshold,
                    bool *ret_hidden);
/* Make what must be hidden of an answer not available; is_fixed_table false: of an indicator's columns everything sensitive. ERR_NO_MEMORY; ERR_TOO_BIG: more rows than a fixed table has;
 * ERR_FORBIDDEN: a pivot that hiding does not help. */
MUST_CHECK enum err conceal_rows(const struct query_choice *choice, bool is_fixed_table, int64_t threshold,
                                 PGresult *rows);

#endif
