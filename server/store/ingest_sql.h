/* The statements composed from the schema tables: what a kind's tables are asked and told. Rank 4. Built once
 * when the store starts; constant after that. The one place that composes ingest SQL; all other SQL is in
 * sql/.
 *
 * Column order of the row types: id, version, since, until, removed, fields, last edges   (<kind>_row)
 *                                id, since, until, element, items                         (<kind>_<list>_row)
 * Behind a sealed field that is unique stands its blind index (<field>_blind). */
#ifndef SERVER_STORE_INGEST_SQL_H
#define SERVER_STORE_INGEST_SQL_H

#include "common/base/arena.h"
#include "common/record/schema.h"
#include "server/store/connection.h"

enum {
    INGEST_SQL_LISTS_MAX = 8,
    INGEST_SQL_FIELDS_MAX = 64,
    INGEST_SQL_BYTES_MAX = 1 << 20,
    /* Those below, all kinds together; one that is never used is never prepared. */
    INGEST_SQL_STATEMENTS_MAX = 9 * (int)KIND_MAX + SCHEMA_UNIQUE_COUNT + 3 * SCHEMA_LIST_COUNT
};

struct ingest_list_sql {
    const char *row_type;   /* "member_branch_row" */
    struct statement clear; /* $1 uuid[]: forget the current elements of these records */
    struct statement
        append; /* $1 row[]: elements of new versions; into the current table where until is null */
    struct statement read; /* $1 uuid[]: current elements: index into $1, element, items */
};

struct ingest_kind_sql {
    const struct kind_schema *schema;
    const char *row_type; /* "member_row" */
    struct statement
        facts; /* $1 uuid[] records, $2 uuid[] bases, pairwise. Rows: index, exists, removed, version, since,
                  owner, enum store_base_state, verdict code, rule, has an official code; none for a new record
                  without a base */
    struct statement
        edges; /* $1 uuid[]: dated edges of the owner list, of the current version, or of the one before
                                a removal. Rows: index, record, branch, from, to, an index's rows together. Without an owner's list: unused */
    struct statement close; /* $1 uuid[] records, $2 bigint[]: the current versions end there */
    struct statement add;   /* $1 row[]: first versions of new records, current ones all */
    struct statement
        change; /* $1 row[]: other versions; those without until replace the current row, unless removed */
    struct statement forget; /* $1 uuid[]: records removed */
    struct statement read;   /* $1 uuid[]: current rows: index into $1, fields, last edges */
    struct statement exists; /* $1 uuid[]: index into $1 of each that is a current record */
    struct statement
        referrers; /* $1 bigint, $2 uuid[]: at most $1 current records that refer to each of these records.
                      Rows: index into $2, kind, record. Without text: no kind refers to this one */
    struct statement numbers
        [INGEST_SQL_FIELDS_MAX]; /* of unique fields: $1 text[] (of a sealed field bytea[]: blind indexes). Rows: index,
                                           record, owner, left on */
    struct ingest_list_sql lists[INGEST_SQL_LISTS_MAX];
};

struct ingest_sql {
    struct arena arena;
    struct ingest_kind_sql kinds[KIND_MAX + 1]; /* by kind; [0] unused */
};

/* ERR_NO_MEMORY. */
MUST_CHECK enum err ingest_sql_init(struct ingest_sql *sql);
void ingest_sql_release(struct ingest_sql *sql);

#endif
