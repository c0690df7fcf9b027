/* See thresholds.h. */
#include "common/rules/thresholds.h"

#include <stddef.h>
#include <string.h>

#include "common/base/check.h"
#include "common/rules/dates.h"

static const struct threshold_line lines[] = {
#define THRESHOLD(symbol, from, to, value, source) {#symbol, from, to, value, source},
#include "common/rules/thresholds.def"
#undef THRESHOLD
};

enum { LINE_COUNT = sizeof lines / sizeof lines[0] };

int32_t threshold_value(const char *name, int32_t date)
{
    const struct threshold_line *found = NULL;
    for (size_t i = 0; i < LINE_COUNT; i++) {
        if (strcmp(lines[i].name, name) == 0 && (found == NULL || lines[i].from <= date)) {
            found = &lines[i];
        }
    }
    REQUIRE(found != NULL); /* the name is in the code, not in data */
    return found->value;
}

const struct threshold_line *threshold_at(unsigned index)
{
    return index < LINE_COUNT ? &lines[index] : NULL;
}
