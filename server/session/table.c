/* uthash over device ids. */
#include "server/session/table.h"

#include <string.h>

#include "common/base/check.h"
#include "server/session/session_private.h"

void session_table_init(struct session_table *table)
{
    table->by_device = NULL;
}

enum err session_table_claim(struct session_table *table, struct session *session, struct session **ret_older)
{
    struct session *older = session_table_find(table, &session->device.device);

    REQUIRE(older != session);
    if (older != NULL) {
        session_table_drop(table, older);
    }
    HASH_ADD(table_handle, table->by_device, device.device, sizeof session->device.device, session);
    if (session->table_handle.tbl == NULL) {
        return ERR_NO_MEMORY;
    }
    *ret_older = older;
    return ERR_OK;
}

void session_table_drop(struct session_table *table, struct session *session)
{
    if (session->table_handle.tbl != NULL) {
        HASH_DELETE(table_handle, table->by_device, session);
        memset(&session->table_handle, 0, sizeof session->table_handle);
    }
}

struct session *session_table_find(const struct session_table *table, const struct hash *device)
{
    struct session *session = NULL;

    HASH_FIND(table_handle, table->by_device, device, sizeof *device, session);
    return session;
}
