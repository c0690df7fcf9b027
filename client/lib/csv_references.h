/* What people write for a record (official code, own code, name) to the record, and back. Rank 5. One owner.
 * Holds the codes and names of the kinds loaded; a province has some thousands of branches and localities. */
#ifndef CLIENT_LIB_CSV_REFERENCES_H
#define CLIENT_LIB_CSV_REFERENCES_H

#include "client/lib/store.h"

struct csv_references;

MUST_CHECK enum err csv_references_new(struct csv_references **ret_references);
void csv_references_free(struct csv_references *references);

/* Know all current records of a kind. Twice is harmless. After a failure the object is good for
 * csv_references_free only. */
MUST_CHECK enum err csv_references_load(struct csv_references *references, struct store *store,
                                        enum record_kind kind);
/* Know one more record, or a record's new code and name. Nothing happens for a kind that was not loaded. */
MUST_CHECK enum err csv_references_add(struct csv_references *references, enum record_kind kind,
                                       const struct id *record, const void *message);

/* Which record is meant: the record id in hex, else official code, own code, a code that lost leading zeros,
 * name; case and tone marks do not matter. ERR_NOT_FOUND. ERR_AMBIGUOUS: several records answer to it. */
MUST_CHECK enum err csv_references_find(const struct csv_references *references, enum record_kind kind,
                                        struct bytes typed, struct id *ret_record);
/* A text that csv_references_find takes for this record: its code, else its name, else the id in hex.
 * Valid until the arena is cleared. ERR_TOO_BIG: the arena's cap. */
MUST_CHECK enum err csv_references_label(const struct csv_references *references, enum record_kind kind,
                                         const struct id *record, struct arena *arena,
                                         struct bytes *ret_text);

#endif
