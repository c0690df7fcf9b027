/* Small questions about the texts of a record, shared by the checks. Private to common/rules. Rank 3. Pure. */
#ifndef COMMON_RULES_TEXTS_H
#define COMMON_RULES_TEXTS_H

#include <stdbool.h>
#include <string.h>

static inline bool is_stated(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static inline bool is_code(const char *code, const char *expected)
{
    return code != NULL && strcmp(code, expected) == 0;
}

/* Is it one of the codes? NULL ends them. */
static inline bool is_one_of(const char *code, const char *const *codes)
{
    while (*codes != NULL && !is_code(code, *codes)) {
        codes++;
    }
    return *codes != NULL;
}

#endif
