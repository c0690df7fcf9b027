/* See thresholds.h. */
#include "common/rules/thresholds.h"

#include <stdbool.h>
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
    bool is_known = false;
    int32_t value = 0;
    for (size_t i = 0; i < LINE_COUNT; i++) {
        if (strcmp(lines[i].name, name) == 0 && (!is_known || lines[i].from <= date)) {
            value = lines[i].value;
            is_known = true;
        }
    }
    REQUIRE(is_known); /* the name is in the code, not in data */
    return value;
}

const struct threshold_line *threshold_at(unsigned index)
{
    return index < LINE_COUNT ? &lines[index] : NULL;
}
