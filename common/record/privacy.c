#include "common/record/privacy.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"

enum { FIELD_NAME_BYTES_MAX = 128 };

static const struct privacy_kind kinds[KIND_MAX + 1] = {
#define PRIVACY(symbol, purpose, basis, retention) [KIND_##symbol] = {purpose, basis, retention},
#include "common/record/privacy.def"
};

static const struct privacy_field fields[] = {
#define PRIVACY_FIELD(symbol, field, purpose) {KIND_##symbol, field, purpose},
#include "common/record/privacy.def"
};

const struct privacy_kind *privacy_of_kind(enum record_kind kind)
{
    REQUIRE(kind >= 1 && kind <= KIND_MAX);
    return &kinds[kind];
}

const char *privacy_of_field(enum record_kind kind, const char *list, const char *field)
{
    char name[FIELD_NAME_BYTES_MAX];
    (void)snprintf(name, sizeof name, "%s%s%s", list != NULL ? list : "", list != NULL ? "." : "", field);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].kind == kind && strcmp(fields[i].field, name) == 0) {
            return fields[i].purpose;
        }
    }
    return NULL;
}

const struct privacy_field *privacy_field_at(size_t index)
{
    return index < sizeof fields / sizeof fields[0] ? &fields[index] : NULL;
}

const char *privacy_class(const struct field_schema *field)
{
    return (field->flags & FIELD_SENSITIVE) != 0     ? "sensitive"
           : (field->flags & FIELD_IDENTIFYING) != 0 ? "identifying"
                                                     : "ordinary";
}
