/* Why a kind's data are kept, on what basis and how long: privacy.def, looked up. Rank 2. Pure; static const tables, any thread. */
#ifndef COMMON_RECORD_PRIVACY_H
#define COMMON_RECORD_PRIVACY_H

#include "common/record/schema.h"

struct privacy_kind {
    const char *purpose;
    const char *basis;
    const char *retention; /* proposed; the province decides */
};

struct privacy_field {
    enum record_kind kind;
    const char *field; /* or "list.item" */
    const char *purpose;
};

const struct privacy_kind *privacy_of_kind(enum record_kind kind);
/* list: NULL for a field of the record itself. NULL: none of its own, the kind's holds. */
const char *privacy_of_field(enum record_kind kind, const char *list, const char *field);
/* Every entry of a field; NULL past the last. */
const struct privacy_field *privacy_field_at(size_t index);

/* What a field tells: of whom it is ("identifying"), something sensitive in the sense of the law ("sensitive"), or neither ("ordinary"). */
const char *privacy_class(const struct field_schema *field);

#endif
