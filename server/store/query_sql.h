/* Compiling an indicator's statement for one query. Rank 4. Pure. Names of tables and columns come from the
 * schema and from the indicator's header, never from the asker; the asker's values are parameters.
 *
 *   {<kind>}, {<kind>_<list>}  the table of any kind or list of the schema: as it is now (read.member), or at the
 *                              position: the versions in force then
 *   {of E M}                   rows E of a list table belong to the record row M
 *   {name LIST COLUMN}         the name of a code of that list, in the asker's language
 *   {superseded R}             the record of the refused change R (a row of read.refusal), of any kind, got a later version
 *   {position}                 the position the answer is for
 *   {from}                     first day of the period ($2 is its last)
 *   {say <vi>|<en>}            a text in the asker's language
 *   {fields}, {member_fields}  the chosen dimensions that are fields (of a member): "m.sex, "
 *   {groups}                   the chosen dimensions of `fact`: "sex, sender, "; {group_by}: the clause, or nothing
 *   {cells}                    their cells from `g`, one per dimension, two (name, code) for a branch; {joins} for those
 *   {record}, {owner}, {record_name}, {where}, {sum}, {total}  only in sql/pivots/: the kind's table, the column that says
 *                              whose a record is, the kind's name as a text, the conditions, the sum and its cell
 *   {order_by}                 the clause, or nothing: codes by bytes, not stated last */
#ifndef SERVER_STORE_QUERY_SQL_H
#define SERVER_STORE_QUERY_SQL_H

#include "server/store/indicator.h"
#include "server/store/pivot.h"
#include "server/store/store.h"

struct query_choice {
    const struct indicator *indicator;
    const struct dimension *by[STORE_QUERY_DIMENSIONS_MAX];
    size_t by_count;
    bool has_position;
    const struct pivot *pivot; /* NULL: an indicator */
    bool is_trace;             /* the records behind the figures; dimensions do not matter */
    enum language language;
};

/* Look the dimensions up. ERR_USAGE: unknown, twice, or too many; *ret_bad is then the name. */
MUST_CHECK enum err query_choose(const struct indicator *indicator, const char *const *by, size_t by_count,
                                 struct query_choice *ret_choice, const char **ret_bad);

/* *ret_sql: in the arena; parameters $1 uuid, $2 date, then with a position bigint, then with a period date, then a pivot's values. Gives at most
 * STORE_QUERY_ROWS_MAX + 1 rows. ERR_MALFORMED: the indicator has a marker nobody knows. ERR_TOO_BIG. */
MUST_CHECK enum err query_compile(const struct query_choice *choice, struct arena *arena,
                                  const char **ret_sql);

#endif
