/* Records at random, of any kind: values as their types allow, sound by no rule. For tests of what stores, packs, writes and
 * reads records. Tests only; whatever fails aborts. */
#ifndef TESTS_LIB_RANDOM_RECORD_H
#define TESTS_LIB_RANDOM_RECORD_H

#include "common/base/random.h"
#include "common/record/schema.h"

enum { RANDOM_IDS_MAX = 64, RANDOM_LIST_MAX = 4 };

struct random_source {
    struct prng prng;
    struct arena arena; /* the values live here */
    /* The records that references may name, by kind; a reference to a kind that has none is not stated. */
    struct id ids[KIND_MAX + 1][RANDOM_IDS_MAX];
    size_t id_count[KIND_MAX + 1];
};

/* Required ones are always stated, others two times in three. Texts are words that a spreadsheet, a CSV reader or a formula
 * would trip over. */
struct value random_value(struct random_source *source, const struct field_schema *field);
/* All fields, and up to RANDOM_LIST_MAX elements of each list. */
void *random_record(struct random_source *source, const struct kind_schema *schema);

#endif
