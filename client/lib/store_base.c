/* The client's store: which version would an edit of a record be made from?
 *
 * Walk the record's sealed changes, oldest first, with `standing` = none:
 *   applied or waiting          standing = its version
 *   no verdict yet              standing = its version, unless its base is dead: then it will get the same
 * verdict and is dead too conflict                    dead; standing = the current version the verdict names
 *   refused                     dead; standing stays: the last version known to stand
 * What is left is the base. A submission offered again after a new epoch may change verdicts; the walk starts
 * anew then. */
#include "client/lib/store_internal.h"

enum { CHAIN_DEAD_BYTES_MAX = 1 << 20 }; /* dead versions of one record: 65,536 of them */

struct link {
    struct id version;
    struct id base;
    struct id current;
    bool has_verdict;
    enum verdict_code code;
};

static enum err link_of_row(sqlite3_stmt *statement, struct link *ret_link);
static enum err follow_link(const struct link *link, struct buf *dead, struct id *standing);
static bool is_dead(const struct buf *dead, const struct id *version);
static enum err set_base(struct store *store, int64_t number, const struct id *base);

enum err record_rebase(struct store *store, int64_t record_number)
{
    sqlite3_stmt *statement = NULL;
    struct buf dead;
    struct id standing = {0};
    buf_init(&dead, CHAIN_DEAD_BYTES_MAX);
    enum err err = statement_begin(store, STATEMENT_CHAIN_OF_RECORD, &statement);
    if (err != ERR_OK) {
        goto done;
    }
    bind_number(statement, 1, record_number);
    while ((err = statement_step(statement)) == ERR_OK) {
        struct link link = {0};
        err = link_of_row(statement, &link);
        if (err == ERR_OK) {
            err = follow_link(&link, &dead, &standing);
        }
        if (err != ERR_OK) {
            break;
        }
    }
    statement_end(statement);
    if (err == ERR_NOT_FOUND) {
        err = set_base(store, record_number, &standing);
    }
    if (err == ERR_OK && id_is_none(&standing)) {
        err = record_drop_removal(store, record_number);
    }
done:
    buf_release(&dead);
    return err;
}

enum err record_drop_removal(struct store *store, int64_t record_number)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_OPEN_CHANGE_DROP_REMOVAL, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, record_number);
    return statement_run(statement);
}

/* ---- helpers ---- */

static enum err link_of_row(sqlite3_stmt *statement, struct link *ret_link)
{
    struct link link = {
        .has_verdict = sqlite3_column_type(statement, 2) != SQLITE_NULL,
        .code = (enum verdict_code)sqlite3_column_int(statement, 2),
    };
    enum err err = column_id(statement, 0, &link.version);
    if (err == ERR_OK) {
        err = column_id(statement, 1, &link.base);
    }
    if (err == ERR_OK) {
        err = column_id(statement, 3, &link.current);
    }
    if (err == ERR_OK) {
        *ret_link = link;
    }
    return err;
}

static enum err follow_link(const struct link *link, struct buf *dead, struct id *standing)
{
    bool is_lost = link->has_verdict ? link->code == VERDICT_CONFLICT || link->code == VERDICT_REFUSED
                                     : is_dead(dead, &link->base);
    if (!is_lost) {
        *standing = link->version;
        return ERR_OK;
    }
    if (link->has_verdict && link->code == VERDICT_CONFLICT && !id_is_none(&link->current)) {
        *standing = link->current;
    }
    return buf_append(dead, bytes_of(link->version.at, ID_BYTES));
}

static bool is_dead(const struct buf *dead, const struct id *version)
{
    struct bytes list = buf_content(dead);
    for (size_t i = 0; i < list.len; i += ID_BYTES) {
        if (bytes_equal(bytes_of(list.at + i, ID_BYTES), bytes_of(version->at, ID_BYTES))) {
            return true;
        }
    }
    return false;
}

static enum err set_base(struct store *store, int64_t number, const struct id *base)
{
    sqlite3_stmt *statement = NULL;
    enum err err = statement_begin(store, STATEMENT_RECORD_SET_BASE, &statement);
    if (err != ERR_OK) {
        return err;
    }
    bind_number(statement, 1, number);
    bind_id(statement, 2, base);
    return statement_run(statement);
}
