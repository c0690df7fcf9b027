/* A record told value by value, as people read it. Rank 8 (it fills structs of dantin.h). */
#ifndef CLIENT_LIB_VALUES_H
#define CLIENT_LIB_VALUES_H

#include "client/include/dantin.h"
#include "client/lib/csv_references.h"
#include "common/base/text.h"

struct values {
    const struct kind_schema *schema;
    struct csv_references *references;
    enum language language;
    struct arena *arena; /* of the texts */
};

/* on_value for each value stated, until it says no. ERR_TOO_BIG: the arena. Store errors pass through. */
MUST_CHECK enum err values_tell(const struct values *values, const void *message,
                                bool (*on_value)(void *context, const struct dantin_record_value *value),
                                void *context);

#endif
