/* Lines of the log of reads, printed for people or as CSV. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_LOOK_LISTING_H
#define SERVER_COMMANDS_LOOK_LISTING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/error.h"

struct pg_conn;

/* Which lines, and where to. Texts as the statement takes them (sql/queries/look_list.sql); NULL: any. */
struct look_listing {
    const char *device;  /* first digits */
    const char *from_ms; /* from a moment */
    const char *to_ms;   /* to before one */
    const char *subject; /* pseudonym, and ... */
    const char *record;  /* ... the record it is of */
    bool has_alarms_only;
    bool is_csv; /* with a header */
    FILE *out;
};

/* *ret_count: lines printed. Errors of `out` are for its owner to ask ferror for. ERR_DATABASE. */
MUST_CHECK enum err look_listing_print(struct pg_conn *connection, const struct look_listing *listing,
                                       uint64_t *ret_count, struct error *ret_error);

/* One cell of CSV: quoted where needed, a ' before what a spreadsheet would run. */
void look_listing_cell(FILE *out, const char *text);

#endif
