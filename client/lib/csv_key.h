/* A record's match key as one readable text, its parts with " · " between: "Thôn Một · 2022-05-22". Rank 5.
 *
 * Parts are the fields of one match key in its order: texts as they are, codes by name or code, dates (written
 * yyyy-mm-dd), whole numbers, references by code, name or number. A reference to a record that has none of
 * these stands there with the parts of its own first key. A part not stated is empty. When reading, every key of the
 * kind that has so many parts is tried, in order. */
#ifndef CLIENT_LIB_CSV_KEY_H
#define CLIENT_LIB_CSV_KEY_H

#include "client/lib/csv_references.h"

/* ERR_NOT_FOUND, ERR_AMBIGUOUS. */
MUST_CHECK enum err csv_key_find(struct csv_references *references, const struct kind_schema *schema,
                                 struct bytes typed, struct arena *arena, struct id *ret_record);
/* at == NULL: the record is unknown here, or no key of several fields applies to it. The text may fail to be
 * found again (a part holds a '·'): the caller tries. */
MUST_CHECK enum err csv_key_text(struct csv_references *references, const struct kind_schema *schema,
                                 const struct id *record, enum language language, struct arena *arena,
                                 struct bytes *ret_text);

#endif
