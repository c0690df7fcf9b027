/* Pivots: counting the records of any kind by what the schema lets them be counted by. Rank 4. Pure; memory in the arena
 * given. Names come from the schema and from sql/pivots/, the asker's values are always parameters.
 *
 * sql/pivots/member.sql for members (in force on the date), sql/pivots/record.sql for every other kind that belongs to a
 * branch. Dimensions: those of the file, and the kind's code fields and yes/no fields. Conditions: those that are no branch,
 * and dates and whole numbers too. Nothing that identifies a person. Sensitive fields are dimensions only
 * (conceal.h says for whom), never a condition: that would let figures be taken apart. */
#ifndef SERVER_STORE_PIVOT_H
#define SERVER_STORE_PIVOT_H

#include "server/store/indicator.h"
#include "server/store/store.h"

enum { PIVOT_FIELDS_MAX = STORE_QUERY_DIMENSIONS_MAX + STORE_QUERY_FILTERS_MAX + 1 };

/* One condition; its values are value_count parameters beginning with the pivot's value first_value. */
struct pivot_condition {
    const char *column; /* of `fact` */
    enum field_type type;
    const char *comparison;
    size_t first_value;
    size_t value_count; /* 0: about what is not stated */
};

struct pivot_value {
    enum field_type type; /* FIELD_TEXT, FIELD_DATE or FIELD_INTEGER */
    struct bytes text;
    int64_t number; /* days or the number */
};

struct pivot {
    struct indicator indicator; /* the file's, with the kind's dimensions and columns */
    const struct kind_schema *kind;
    const struct field_schema *fields[PIVOT_FIELDS_MAX]; /* the ones `fact` must have */
    size_t field_count;
    const struct field_schema *sum; /* NULL: none */
    struct pivot_condition conditions[STORE_QUERY_FILTERS_MAX];
    size_t condition_count;
    struct pivot_value values[STORE_QUERY_VALUES_MAX];
    size_t value_count;
};

/* Whether records of the kind can be counted so: does each belong to a branch? */
bool pivot_has_kind(const struct kind_schema *kind);

/* file: what was parsed from sql/pivots/ for this kind. *ret_pivot: filled; its hash names file, kind, dimensions, sum,
 * conditions and values. ERR_USAGE: a name or a value that will not do; *ret_bad is then it, in the arena or the question. */
MUST_CHECK enum err pivot_choose(const struct store_query *asked, const struct kind_schema *kind,
                                 const struct indicator *file, struct arena *arena, struct pivot *ret_pivot,
                                 const char **ret_bad);

#endif
