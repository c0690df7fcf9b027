/* Where sealed values stand: one place per column of a table, with the statements that read and replace it. Rank 4. Private to
 * server/store. Composed from the schema tables; identifiers never come from data. */
#ifndef SERVER_STORE_RESEAL_SQL_H
#define SERVER_STORE_RESEAL_SQL_H

#include "common/record/schema.h"

enum { RESEAL_SQL_BYTES_MAX = 1024, RESEAL_KEYS_MAX = 3, RESEAL_PLACES_MAX = 64 };

struct reseal_place {
    const struct kind_schema *schema; /* NULL: payloads of the journal */
    const char *list;                 /* "" for a field of the record */
    const char *field;
    size_t key_count; /* columns that name a row; the first is the record (the journal: the position) */
    /* Rows: key columns, the envelope hash of a payload or the record, the sealed value. Those behind the keys $1 … in their
     * order, at most $(key_count + 1) of them; read_first takes that number alone. */
    char read_first[RESEAL_SQL_BYTES_MAX];
    char read_next[RESEAL_SQL_BYTES_MAX];
    /* $1 … keys, then the value as it was read, then the new one. */
    char write[RESEAL_SQL_BYTES_MAX];
    /* $1 the smallest key number that may stay, 4 bytes. Rows: one, is there an older one? */
    char is_older_left[RESEAL_SQL_BYTES_MAX];
};

/* Fills places (RESEAL_PLACES_MAX) and gives how many. */
size_t reseal_places(struct reseal_place *places);

#endif
