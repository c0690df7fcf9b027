/* The client's store: what the journal says of devices, kept until the people of their committee have seen it. Rank 4. Writers want an
 * open transaction. Meaning of the table: sql/client/migrations/0004_device_notice.sql. */
#ifndef CLIENT_LIB_STORE_NOTICE_H
#define CLIENT_LIB_STORE_NOTICE_H

#include "client/lib/store.h"

enum store_notice_what {
    STORE_NOTICE_ENROLLED, /* the numbers are stored */
    STORE_NOTICE_KEY,
    STORE_NOTICE_ROLE,
    STORE_NOTICE_REVOKED,
};

struct store_notice {
    uint64_t number;   /* ignored by store_notice_put */
    struct hash entry; /* envelope hash; not told by store_notice_each */
    struct hash device;
    struct id sender; /* not told by store_notice_each */
    enum store_notice_what what;
    struct bytes role; /* of ENROLLED and ROLE, else "" */
    uint64_t position; /* of the entry */
};

/* One that is there already changes nothing. */
MUST_CHECK enum err store_notice_put(struct store *store, const struct store_notice *notice);
/* Notices newer than `after` about devices of the sender that the person at hand speaks for, but this home's own; oldest first. Nothing
 * while the sender is not known. Views are valid during the call. */
MUST_CHECK enum err store_notice_each(struct store *store, uint64_t after,
                                      void (*on_notice)(void *context, const struct store_notice *notice),
                                      void *context);
/* The newest one that the person at hand has seen; 0: none. */
MUST_CHECK enum err store_notice_seen(struct store *store, uint64_t *ret_number);
MUST_CHECK enum err store_notice_set_seen(struct store *store, uint64_t number);

#endif
