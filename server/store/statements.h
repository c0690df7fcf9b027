/* The fixed statements of the store, in sql/queries/, one file each. Rank 4. Private to server/store;
 * constant. */
#ifndef SERVER_STORE_STATEMENTS_H
#define SERVER_STORE_STATEMENTS_H

#include "server/store/connection.h"
#include "server/store/ingest_sql.h"

#define STORE_STATEMENTS(STATEMENT)                       \
    STATEMENT(FACT_WAITING, fact_waiting)                 \
    STATEMENT(FACT_WAITING_PAYLOAD, fact_waiting_payload) \
    STATEMENT(WAITING_APPEND, waiting_append)             \
    STATEMENT(WAITING_DECIDE, waiting_decide)             \
    STATEMENT(GROUP_BEGIN, group_begin)                   \
    STATEMENT(GROUP_LOCK, group_lock)                     \
    STATEMENT(GROUP_COMMIT, group_commit)                 \
    STATEMENT(GROUP_ROLLBACK, group_rollback)             \
    STATEMENT(FACT_DEVICES, fact_devices)                 \
    STATEMENT(FACT_JOURNALLED, fact_journalled)           \
    STATEMENT(FACT_BRANCHES, fact_branches)               \
    STATEMENT(FACT_REFUSED, fact_refused)                 \
    STATEMENT(FACT_UNCOUNTED, fact_uncounted)             \
    STATEMENT(FACT_KEYS, fact_keys)                       \
    STATEMENT(DATA_KEY_ADD, data_key_add)                 \
    STATEMENT(DATA_KEY_FIND, data_key_find)               \
    STATEMENT(JOURNAL_APPEND, journal_append)             \
    STATEMENT(JOURNAL_ADVANCE, journal_advance)           \
    STATEMENT(JOURNAL_REREAD, journal_reread)             \
    STATEMENT(TREE_APPEND, tree_append)                   \
    STATEMENT(CHECKPOINT_PUT, checkpoint_put)             \
    STATEMENT(FIND_ACTS, find_acts)                       \
    STATEMENT(FIND_SEAL, find_seal)                       \
    STATEMENT(COSIGNATURE_PUT, cosignature_put)           \
    STATEMENT(FIND_TREE, find_tree)                       \
    STATEMENT(ACT_DEVICE, act_device)                     \
    STATEMENT(ACT_KEY, act_key)                           \
    STATEMENT(ACT_REVOKE, act_revoke)                     \
    STATEMENT(ACT_ROLE, act_role)                         \
    STATEMENT(ACT_RELEASE, act_release)                   \
    STATEMENT(ACT_WITNESSES, act_witnesses)               \
    STATEMENT(ACT_LOOKS, act_looks)                       \
    STATEMENT(ACT_OPERATOR, act_operator)                 \
    STATEMENT(ACT_EPOCH, act_epoch)                       \
    STATEMENT(ACT_ERASURE, act_erasure)                   \
    STATEMENT(ACT_NOTIFY, act_notify)                     \
    STATEMENT(REFUSAL_APPEND, refusal_append)             \
    STATEMENT(DEVICE_ADVANCE, device_advance)             \
    STATEMENT(FIND_DEVICE, find_device)                   \
    STATEMENT(DEVICE_KEY_AT, device_key_at)               \
    STATEMENT(FIND_WAITING, find_waiting)                 \
    STATEMENT(FIND_OUTCOMES, find_outcomes)               \
    STATEMENT(LISTEN_DEVICE, listen_device)               \
    STATEMENT(ENROL, enrol)                               \
    STATEMENT(DEVICE_SEEN, device_seen)                   \
    STATEMENT(FIND_CHECKPOINT, find_checkpoint)           \
    STATEMENT(MARK_ROLLED_BACK, mark_rolled_back)         \
    STATEMENT(QUARANTINE_DEVICE, quarantine_device)       \
    STATEMENT(ROW_TYPES, row_types)                       \
    STATEMENT(SET_DEVICE, set_device)                     \
    STATEMENT(LOOK_BEGIN, look_begin)                     \
    STATEMENT(LOOK_NOTE, look_note)                       \
    STATEMENT(LOOK_NEWEST, look_newest)                   \
    STATEMENT(LOOK_SEAL, look_seal)                       \
    STATEMENT(QUERY_HEAD, query_head)

enum statement_id {
#define STATEMENT(symbol, file) STATEMENT_##symbol,
    STORE_STATEMENTS(STATEMENT)
#undef STATEMENT
        STATEMENT_COUNT
};

_Static_assert((int)STATEMENT_COUNT + (int)INGEST_SQL_STATEMENTS_MAX <= (int)CONNECTION_STATEMENTS_MAX,
               "a connection may prepare every statement there is");

/* Read the texts once, before the first statement_of. ERR_INTERNAL: a file is missing from the program. */
MUST_CHECK enum err statements_load(void);
const struct statement *statement_of(enum statement_id id);

/* The text of sql/<path>, compiled in; NULL: no such file. Static memory. */
const char *embedded_sql_text(const char *path);

#endif
