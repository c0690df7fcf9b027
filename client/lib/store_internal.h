/* The inside of the client's store, shared by store*.c only. The files of store.h are the one place that
 * knows SQLite. */
#ifndef CLIENT_LIB_STORE_INTERNAL_H
#define CLIENT_LIB_STORE_INTERNAL_H

#include <sqlite3.h>

#include "client/lib/platform.h"
#include "client/lib/store.h"

enum store_statement {
#define STATEMENT(symbol, file) STATEMENT_##symbol,
#include "client/lib/store_statements.def"
#undef STATEMENT
    STATEMENT_COUNT
};

struct store {
    sqlite3 *db;
    struct platform_lock *lock;
    bool is_in_transaction;
    sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared on first use, kept until store_close */
};

/* The prepared statement, reset and without parameters. ERR_STORE. Finish every use with statement_end. */
MUST_CHECK enum err statement_begin(struct store *store, enum store_statement which,
                                    sqlite3_stmt **ret_statement);
/* ERR_OK: a row is there. ERR_NOT_FOUND: no more. Others: store_error. */
MUST_CHECK enum err statement_step(sqlite3_stmt *statement);
/* Run a statement that gives no rows, and end it. */
MUST_CHECK enum err statement_run(sqlite3_stmt *statement);
void statement_end(sqlite3_stmt *statement);

/* Parameters count from 1; views must stay valid until statement_end. Binding cannot fail but for memory,
 * which the next step reports. at == NULL binds NULL. */
void bind_bytes(sqlite3_stmt *statement, int index, struct bytes value);
void bind_text(sqlite3_stmt *statement, int index, struct bytes value);
void bind_number(sqlite3_stmt *statement, int index, int64_t value);
void bind_id(sqlite3_stmt *statement, int index, const struct id *value); /* none binds NULL */

/* Columns count from 0; views are valid until the next step. */
struct bytes column_bytes(sqlite3_stmt *statement, int index); /* at == NULL: NULL */
/* ERR_STORE: not 16 (32) bytes. NULL gives none. */
MUST_CHECK enum err column_id(sqlite3_stmt *statement, int index, struct id *ret_id);
MUST_CHECK enum err column_hash(sqlite3_stmt *statement, int index, struct hash *ret_hash);

/* Our error for a result of SQLite. */
enum err store_error(int result);

/* Rows of record_get: number, and the record with its body as a view valid until the next step. */
MUST_CHECK enum err record_of_row(sqlite3_stmt *statement, int64_t *ret_number,
                                  struct store_record *ret_record);
/* Work out again which version an edit of this record would be made from (store_base.c). */
MUST_CHECK enum err record_rebase(struct store *store, int64_t record_number);
/* Close the open removal of a record that the province does not hold and was not offered. Others stay. */
MUST_CHECK enum err record_drop_removal(struct store *store, int64_t record_number);

#endif
