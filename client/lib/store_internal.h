/* The inside of the client's store, shared by store*.c only. The files of store.h are the one place that
 * knows SQLite. */
#ifndef CLIENT_LIB_STORE_INTERNAL_H
#define CLIENT_LIB_STORE_INTERNAL_H

#include <sqlite3.h>

#include "client/lib/platform.h"
#include "client/lib/store.h"
#include "common/crypto/seal.h"

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
    bool names_device[STATEMENT_COUNT];        /* does it mention ?20? */
    struct hash device;
    struct seal_key *seal_key;
    uint8_t blind_key[HASH_BYTES];
};

/* The prepared statement, reset, without parameters but ?20, which is the device at hand. ERR_STORE. Finish every use with statement_end. */
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

/* ---- sealed and blind columns: store_seal.c ---- */

/* Where a sealed value belongs: it opens nowhere else. */
enum place_column {
    PLACE_RECORD_BODY = 1,
    PLACE_RECORD_FOLDED = 2,
    PLACE_OPEN_CHANGE_TAIL = 3,
    PLACE_SEALED_PAYLOAD = 4,
    PLACE_RECEIPT_BODY = 5,
    PLACE_SETTING = 6,
    PLACE_ERASURE_DECISION = 7, /* place_of_record */
};
enum { PLACE_BYTES_MAX = 1 + HASH_BYTES + 64 };
struct place {
    uint8_t at[PLACE_BYTES_MAX];
    size_t len;
};
struct place place_of_record(enum place_column column, enum record_kind kind, const struct id *record);
/* epoch none: the submission; else its receipt of that epoch. */
struct place place_of_submission(const struct hash *device, uint64_t sequence, const struct id *epoch);
struct place place_of_setting(struct bytes device, struct bytes name);

/* Keys of the parts from the home's key. ERR_NO_MEMORY. */
MUST_CHECK enum err store_seal_init(struct store *store, const struct store_owner *owner);
void store_seal_release(struct store *store);

/* Bind `plain` sealed; SQLite owns the bytes. at == NULL binds NULL. ERR_NO_MEMORY. */
MUST_CHECK enum err bind_sealed(struct store *store, sqlite3_stmt *statement, int index,
                                const struct place *place, struct bytes plain);
/* Open a sealed column (count from 0) into the arena, or in place of what `out` holds (a view of it, then). NULL gives at == NULL.
 * ERR_STORE: it does not open here. ERR_TOO_BIG. ERR_NO_MEMORY. */
MUST_CHECK enum err column_open(struct store *store, sqlite3_stmt *statement, int index,
                                const struct place *place, struct arena *arena, struct bytes *ret_plain);
MUST_CHECK enum err column_open_into(struct store *store, sqlite3_stmt *statement, int index,
                                     const struct place *place, struct buf *out, struct bytes *ret_plain);

/* What a value is looked up by. */
enum blind_use { BLIND_CODE = 1, BLIND_NAME = 2, BLIND_MATCH_KEY = 3, BLIND_ERASED_KEY = 4 };
enum { BLIND_BYTES = 16 };
struct blind {
    uint8_t at[BLIND_BYTES];
};
struct blind store_blind(const struct store *store, enum blind_use use, enum record_kind kind,
                         size_t key_index, struct bytes value);

/* Pragmas and VACUUM: what is no statement of a file. */
MUST_CHECK enum err store_execute(struct store *store, const char *sql);

/* Our error for a result of SQLite. */
enum err store_error(int result);

/* Rows of record_get: number, and the record, its body opened by column_open (arena) or, with arena NULL, by column_open_into. */
MUST_CHECK enum err record_of_row(struct store *store, sqlite3_stmt *statement, struct arena *arena,
                                  struct buf *out, int64_t *ret_number, struct store_record *ret_record);
/* Work out again which version an edit of this record would be made from (store_base.c). */
MUST_CHECK enum err record_rebase(struct store *store, int64_t record_number);
/* Close the open removal of a record that the province does not hold and was not offered. Others stay. */
MUST_CHECK enum err record_drop_removal(struct store *store, int64_t record_number);

#endif
