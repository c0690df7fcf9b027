/* One record entered by hand: named values instead of a spreadsheet, read, merged, judged and put as a row of
 * one. Rank 6. Blocking. */
#ifndef CLIENT_LIB_IMPORT_HAND_H
#define CLIENT_LIB_IMPORT_HAND_H

#include "client/lib/import.h"

enum { IMPORT_HAND_VALUES_MAX = 512 };

/* name: a header of the import, or "list.item", or "list.2.item" of the second element. value: what a cell would hold; ""
 * clears. */
struct import_hand_value {
    const char *name;
    const char *value;
};

struct import_hand_result {
    struct id record;
    bool is_new, is_changed; /* neither: nothing was different */
    bool is_warned;          /* a warning was answered by the reason */
};

/* Which record: the value record_id, else the kind's match keys; a new one needs all that is required. Of the
 * options language, today, is_first_load and kind count. reason: answers warnings; NULL: none.
 * ERR_RULE: what is wrong, value by value, is in ret_error; nothing was put. ERR_USAGE: a name nobody knows, or
 * twice. ERR_TOO_BIG: past IMPORT_HAND_VALUES_MAX. Errors of the store. */
MUST_CHECK enum err import_by_hand(struct store *store, const struct import_options *options,
                                   const struct import_hand_value *values, size_t value_count,
                                   const char *reason, struct import_hand_result *ret_result,
                                   struct error *ret_error);

#endif
