/* The store on loan: opened when first needed, given back whenever work has to wait for the network, so that
 * a clerk can import while a long submission goes on. Rank 4. One thread. */
#ifndef CLIENT_LIB_STORE_LEASE_H
#define CLIENT_LIB_STORE_LEASE_H

#include "client/lib/store.h"

struct store_lease {
    const char *folder; /* the home; borrowed, as the owner */
    const struct store_owner *owner;
    struct store *store; /* NULL: not held now */
    struct error error;  /* sentence of the last failed opening */
};

/* The open store; valid until store_lease_release. Errors as store_open. */
MUST_CHECK enum err store_lease_take(struct store_lease *lease, struct store **ret_store);
/* Give it back; safe when it is not held. */
void store_lease_release(struct store_lease *lease);

#endif
