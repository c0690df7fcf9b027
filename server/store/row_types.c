/* The object ids of the row types, which differ from database to database. */
#include <string.h>

#include "server/store/group_write.h"

enum { ROW_TYPE_NAME_BYTES_MAX = 64 };

static void set_row_type(struct row_types *types, const struct ingest_sql *sql, const char *name,
                         uint32_t oid);

void row_types_read(struct row_types *types, const struct ingest_sql *sql, const PGresult *rows)
{
    memset(types, 0, sizeof *types);
    for (int row = 0; row < PQntuples(rows); row++) {
        char name[ROW_TYPE_NAME_BYTES_MAX] = "";
        struct bytes text = result_bytes(rows, row, 0);
        if (text.len < sizeof name) {
            memcpy(name, text.at, text.len);
            set_row_type(types, sql, name, (uint32_t)result_int64(rows, row, 1));
        }
    }
}

static void set_row_type(struct row_types *types, const struct ingest_sql *sql, const char *name,
                         uint32_t oid)
{
    if (strcmp(name, "journal_row") == 0) {
        types->journal = oid;
    } else if (strcmp(name, "refusal_row") == 0) {
        types->refusal = oid;
    } else if (strcmp(name, "waiting_row") == 0) {
        types->waiting = oid;
    } else if (strcmp(name, "outcome_row") == 0) {
        types->outcome = oid;
    }
    for (int kind = 1; kind <= KIND_MAX; kind++) {
        const struct ingest_kind_sql *kind_sql = &sql->kinds[kind];
        if (strcmp(name, kind_sql->row_type) == 0) {
            types->kinds[kind] = oid;
        }
        for (size_t i = 0; i < kind_sql->schema->list_count; i++) {
            if (strcmp(name, kind_sql->lists[i].row_type) == 0) {
                types->lists[kind][i] = oid;
            }
        }
    }
}
