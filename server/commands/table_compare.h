/* Two databases, table by table, row by row in the order of their keys. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_TABLE_COMPARE_H
#define SERVER_COMMANDS_TABLE_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/error.h"

struct pg_conn;
struct kind_schema;
struct vault;

enum { TABLE_NAME_BYTES_MAX = 64, TABLE_KEY_BYTES_MAX = 72, TABLE_KEYS_MAX = 3 };

enum table_difference_kind { TABLE_SAME, TABLE_ROW_MISSING, TABLE_ROW_EXTRA, TABLE_COLUMN_OTHER };

/* Names only, never values: they are people's. */
struct table_difference {
    enum table_difference_kind kind;
    char table[TABLE_NAME_BYTES_MAX];
    char
        keys[TABLE_KEYS_MAX]
            [TABLE_KEY_BYTES_MAX]; /* id (an operator: name), then since or element; "" where there is none */
    char column[TABLE_NAME_BYTES_MAX];
};

/* A table of schema dantin. keys: names of its key columns, the first a uuid, the others whole numbers. */
struct table {
    const char *name;
    const char *const *keys;
    unsigned key_count;
    const struct kind_schema *kind; /* whose records it holds */
    int list_index;                 /* of the list whose elements it holds; -1: records themselves */
};

/* `live` against `rebuilt`. vault: opens what is sealed on both sides, since equal values are sealed to different bytes. The
 * first difference, or TABLE_SAME. *ret_rows is added to. ERR_DATABASE. */
MUST_CHECK enum err table_compare(struct pg_conn *live, struct pg_conn *rebuilt, const struct table *table,
                                  struct vault *vault, uint64_t *ret_rows,
                                  struct table_difference *ret_difference, struct error *ret_error);

struct table_comparison {
    unsigned tables;
    uint64_t rows;
    struct table_difference difference;
};

/* Every current and version table, of every kind and list, until the first difference. */
MUST_CHECK enum err table_compare_all(struct pg_conn *live, struct pg_conn *rebuilt, struct vault *vault,
                                      struct table_comparison *ret_comparison, struct error *ret_error);

#endif
