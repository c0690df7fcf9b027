/* What schema.c looks up once and record.c uses per value. Private to common/record. Rank 2. */
#ifndef COMMON_RECORD_SCHEMA_TABLES_H
#define COMMON_RECORD_SCHEMA_TABLES_H

#include "common/record/schema.h"

enum { SCHEMA_FIELDS_MAX = 48, SCHEMA_LISTS_MAX = 8, SCHEMA_ITEMS_MAX = 16 };

/* Where protobuf-c keeps the fields, lists and items of one kind, in the order of the kind's tables. */
struct schema_layout {
    const ProtobufCFieldDescriptor *fields[SCHEMA_FIELDS_MAX];
    const ProtobufCFieldDescriptor *lists[SCHEMA_LISTS_MAX];
    const ProtobufCFieldDescriptor *items[SCHEMA_LISTS_MAX][SCHEMA_ITEMS_MAX];
};

/* Of a schema that schema_of gave out. */
const struct schema_layout *schema_layout_of(const struct kind_schema *schema);

#endif
