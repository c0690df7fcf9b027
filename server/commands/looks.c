#include "server/commands/looks.h"

#include <libpq-fe.h>
#include <stdlib.h>

#include "server/store/database.h"

enum err looks_note(struct pg_conn *connection, const char *what, const char *of, const char *purpose,
                    const char *to, struct error *ret_error)
{
    const char *const parameters[] = {what, of, purpose, to};
    return database_run_file(connection, "queries/look_operator.sql", parameters, 4, NULL, ret_error);
}

enum err looks_chain(struct pg_conn *connection, uint64_t *ret_number, struct hash *ret_hash,
                     struct error *ret_error)
{
    bool has_more = true;
    enum err err = ERR_OK;
    while (err == ERR_OK && has_more) {
        struct pg_result *rows = NULL;
        err = database_run_file(connection, "queries/look_end.sql", NULL, 0, &rows, ret_error);
        if (err == ERR_OK) {
            *ret_number = strtoull(PQgetvalue(rows, 0, 0), NULL, 10);
            has_more = PQgetvalue(rows, 0, 2)[0] == 't';
            err = hex_decode(PQgetvalue(rows, 0, 1), ret_hash->at, HASH_BYTES) == ERR_OK ? ERR_OK
                                                                                         : ERR_DATABASE;
        }
        PQclear(rows);
    }
    return err;
}
