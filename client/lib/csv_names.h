/* Codes and names of the kinds that have them (branches, localities, code lists): what is written ↔ which record.
 * Rank 5. One owner. Held in memory, as these kinds have some thousands of records and codes are read with case, tone
 * marks and leading zeros forgiven; people are never found by name. */
#ifndef CLIENT_LIB_CSV_NAMES_H
#define CLIENT_LIB_CSV_NAMES_H

#include "client/lib/store.h"

struct csv_names;

MUST_CHECK enum err csv_names_new(struct csv_names **ret_names);
void csv_names_free(struct csv_names *names);

/* Do records of this kind have a code, or a name that is not a person's? */
bool csv_names_has(const struct kind_schema *schema);
/* Know all current records of a kind. Twice is harmless. After a failure the object is good for csv_names_free
 * only. */
MUST_CHECK enum err csv_names_load(struct csv_names *names, struct store *store, enum record_kind kind);
/* Know one more record, or a record's new code and name. Nothing happens for a kind that was not loaded. */
MUST_CHECK enum err csv_names_add(struct csv_names *names, enum record_kind kind, const struct id *record,
                                  const void *message);

/* Official code, own code, a code that lost leading zeros, name; case and tone marks do not matter.
 * ERR_NOT_FOUND. ERR_AMBIGUOUS: several records answer to it. */
MUST_CHECK enum err csv_names_find(const struct csv_names *names, enum record_kind kind, struct bytes typed,
                                   struct id *ret_record);
/* A text that csv_names_find takes for this record: its code, else its name, or with name_first the other way
 * round. NULL: there is none. Valid until the record is added again. */
const char *csv_names_label(const struct csv_names *names, enum record_kind kind, const struct id *record,
                            bool name_first);

#endif
