/* See rule_vector.h. */
#include "tests/lib/rule_vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/lib/record_text.h"

enum { ARENA_BYTES_MAX = 1 << 20 };

void rule_vectors_run(enum record_kind kind, const char *const sound[][2], int32_t today,
                      const struct rule_vector *vectors, size_t count)
{
    const struct kind_schema *schema = schema_of(kind);
    struct arena arena;
    arena_init(&arena, ARENA_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct rule_vector *vector = &vectors[i];
        struct rule_finding findings[RULE_FINDINGS_MAX];
        arena_clear(&arena);
        void *message = record_from_texts(schema, &arena, sound);
        for (size_t j = 0; j < RULE_VECTOR_CHANGES_MAX && vector->changes[j][0] != NULL; j++) {
            record_set_text(schema, &arena, message, vector->changes[j][0], vector->changes[j][1]);
        }
        struct rule_context context = {.schema = schema, .message = message, .today = today};
        size_t found = rules_check(&context, findings);
        const char *first = found > 0 ? findings[0].rule->id : "nothing";
        const char *second = found > 1 ? findings[1].rule->id : "nothing";
        if (found != (vector->rule != NULL) || (found == 1 && strcmp(first, vector->rule) != 0)) {
            fail_msg("%s: expected %s, found %s, then %s", vector->about,
                     vector->rule != NULL ? vector->rule : "nothing", first, second);
        }
        if (found == 1 && findings[0].severity != vector->severity) {
            fail_msg("%s: %s found, of the wrong severity", vector->about, first);
        }
    }
    arena_release(&arena);
}

void rule_vectors_cover(enum record_kind kind, const struct rule_vector *const *tables, const size_t *counts,
                        size_t table_count)
{
    for (size_t index = 0; rules_at(index) != NULL; index++) {
        const struct rule_info *rule = rules_at(index);
        bool is_covered = rule->kind != (uint32_t)kind || rule->is_broken == NULL;
        for (size_t i = 0; i < table_count; i++) {
            for (size_t j = 0; j < counts[i]; j++) {
                const char *id = tables[i][j].rule;
                is_covered = is_covered || (id != NULL && strcmp(id, rule->id) == 0);
            }
        }
        if (!is_covered) {
            fail_msg("%s is in no vector", rule->id);
        }
    }
}
