/* A sheet of one kind of record, written cell by cell from left to right. Headers come from the schema, codes are written
 * as the names of their list. */
#ifndef TOOLS_SAMPLE_TABLE_H
#define TOOLS_SAMPLE_TABLE_H

#include <stdio.h>

#include "common/record/schema.h"
#include "tools/sample/sample.h"

enum { TABLE_COLUMNS_MAX = 256 };

struct table {
    FILE *file;
    size_t column_count;
    size_t column; /* the next one to be written */
    uint64_t rows;
    const struct field_schema *columns[TABLE_COLUMNS_MAX]; /* NULL: the record id */
};

/* Start "<folder>/<name>.csv" anew. columns, with spaces between: names of fields; "@id", the record id; "list.item", an
 * item of a file of one row per element; "list*3{a,b}", items a and b of the elements 1 to 3. */
void table_open(struct table *table, const char *folder, const char *name, enum record_kind kind,
                const char *columns);
/* The same as "<folder>/<sender>-<name>.csv". */
void table_open_of(struct table *table, const char *folder, const struct sender *sender, const char *name,
                   enum record_kind kind, const char *columns);
void table_text(struct table *table, const char *text);
void table_code(struct table *table, const char *code); /* NULL: blank */
void table_date(struct table *table, int32_t days);     /* NO_DATE: blank */
void table_number(struct table *table, long number);
void table_yes(struct table *table, bool is_so); /* no: blank */
void table_blank(struct table *table, size_t count);
void table_format(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);
/* What is left of the row stays blank. */
void table_end(struct table *table);
void table_close(struct table *table);

#endif
