/* The store on loan. */
#include "client/lib/store_lease.h"

enum err store_lease_take(struct store_lease *lease, struct store **ret_store)
{
    if (lease->store == NULL) {
        enum err err = store_open(lease->folder, lease->owner, false, &lease->store, &lease->error);
        if (err != ERR_OK) {
            return err;
        }
    }
    *ret_store = lease->store;
    return ERR_OK;
}

void store_lease_release(struct store_lease *lease)
{
    store_close(lease->store);
    lease->store = NULL;
}
