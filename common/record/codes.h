/* Code lists from codes.def. Rank 2. Pure; static tables. */
#ifndef COMMON_RECORD_CODES_H
#define COMMON_RECORD_CODES_H

#include "common/base/bytes.h"
#include "common/base/error.h"

struct code_item {
    const char *list;
    const char *code;
    const char *name_vi;
    const char *name_en;
};

struct code_list {
    const char *name;
    unsigned width; /* codes of digits are zero-padded to it; 0 = any */
    const char *source;
};

const struct code_list *codes_list(const char *name); /* NULL: none */
/* NULL: not in the list. */
const struct code_item *codes_find(const char *list, struct bytes code);
/* What a clerk may type: the code, the code without its leading zeros, or a name in either language, any
 * case, with or without tone marks. NULL: unknown or ambiguous. */
const struct code_item *codes_find_typed(const char *list, struct bytes typed);
/* What people read for a code, and codes_find_typed takes back: the name where it means this code and no other, else the
 * code. */
struct bytes codes_label(const char *list, struct bytes code, enum language language);
/* Walk all items of all lists: index from 0; NULL after the last. */
const struct code_item *codes_at(size_t index);

#endif
