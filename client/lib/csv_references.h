/* What people write for a record (record id, code, name, number, match key) to the record, and back. Rank 5. One
 * owner; the store outlives it. Codes and names are kept in memory from the first use of a kind on, everything else
 * is looked up in the store's index of match keys: 55,000 members cost nothing until one is referred to. */
#ifndef CLIENT_LIB_CSV_REFERENCES_H
#define CLIENT_LIB_CSV_REFERENCES_H

#include "client/lib/store.h"

struct csv_references;

MUST_CHECK enum err csv_references_new(struct store *store, struct csv_references **ret_references);
void csv_references_free(struct csv_references *references);

/* Know one more record, or a record's new code and name, after it was put. */
MUST_CHECK enum err csv_references_add(struct csv_references *references, enum record_kind kind,
                                       const struct id *record, const void *message);

/* Which record is meant; the forms are tried in this order:
 *   the record id in hex
 *   official code, own code, a code that lost leading zeros, name (kinds with a code or a name that is no
 *     person's); case and tone marks do not matter
 *   a number that one record only bears (a member's file or card number), also when it lost leading zeros
 *   the match key as one text, its parts with '·' between: "Thôn Một · 2022-05-22" (csv_key.h)
 * ERR_NOT_FOUND. ERR_AMBIGUOUS: several records answer to it. Errors of the store. */
MUST_CHECK enum err csv_references_find(struct csv_references *references, enum record_kind kind,
                                        struct bytes typed, struct id *ret_record);
/* A text that csv_references_find takes for this record: its code, number or name, else its match key, else the
 * id in hex. In `arena`. ERR_TOO_BIG: the arena's cap. Errors of the store. */
MUST_CHECK enum err csv_references_label(struct csv_references *references, enum record_kind kind,
                                         const struct id *record, enum language language, struct arena *arena,
                                         struct bytes *ret_text);

/* ---- for csv_key.c: the same in an arena of the caller, who may be in the midst of another look-up ---- */

MUST_CHECK enum err csv_references_find_in(struct csv_references *references, enum record_kind kind,
                                           struct bytes typed, struct arena *arena, struct id *ret_record);
/* Code, number, name (name_first: name, code, number), else the id in hex: no '·' in it. */
MUST_CHECK enum err csv_references_word(struct csv_references *references, enum record_kind kind,
                                        const struct id *record, bool name_first, struct arena *arena,
                                        struct bytes *ret_text);
/* The record that bears a match key; of several the one that has not left. ERR_NOT_FOUND, ERR_AMBIGUOUS. */
MUST_CHECK enum err csv_references_match(struct csv_references *references, const struct kind_schema *schema,
                                         const void *message, size_t key_index, struct arena *arena,
                                         struct id *ret_record);
/* The current content of a record. ERR_NOT_FOUND: unknown here, or removed. */
MUST_CHECK enum err csv_references_read(struct csv_references *references, enum record_kind kind,
                                        const struct id *record, struct arena *arena, void **ret_message);

#endif
