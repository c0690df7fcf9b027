/* Rules by example: a sound record, a few values changed, and the one finding that follows. */
#ifndef TESTS_LIB_RULE_VECTOR_H
#define TESTS_LIB_RULE_VECTOR_H

#include "common/record/schema.h"
#include "common/rules/rules.h"

enum { RULE_VECTOR_CHANGES_MAX = 12 };

struct rule_vector {
    const char *about; /* for people, printed when it fails */
    const char *rule;  /* NULL: the changed record is sound */
    enum rule_severity severity;
    const char *changes[RULE_VECTOR_CHANGES_MAX][2]; /* as record_set_text takes them */
};

/* Each vector, laid over the sound record, gives its one finding, on the rule's own field; fails the test otherwise. */
void rule_vectors_run(enum record_kind kind, const char *const sound[][2], int32_t today,
                      const struct rule_vector *vectors, size_t count);
/* Does each rule of the kind that has a function stand in a failing vector? Fails the test otherwise. */
void rule_vectors_cover(enum record_kind kind, const struct rule_vector *const *tables, const size_t *counts,
                        size_t table_count);

#endif
