/* Who is named in a record's lists of persons (candidates, officials: the item `name`). Rank 3. Pure. */
#ifndef COMMON_RULES_PERSONS_H
#define COMMON_RULES_PERSONS_H

#include "common/rules/rules.h"

/* How alike two names are: SAME in all letters and marks; ALIKE in letters only, which may be one person
 * (Hòa, Hoà) or two (Hùng, Hưng), so that only a person can tell. */
enum persons_likeness { PERSONS_SAME, PERSONS_ALIKE };

/* Is somebody of the one list in the other too, to exactly that likeness? The schema has both lists. */
bool persons_in_both(const struct rule_context *context, const char *list, const char *other,
                     enum persons_likeness likeness);
/* Does a list name the same person twice? The schema has the list. */
bool persons_named_twice(const struct rule_context *context, const char *list);

#endif
