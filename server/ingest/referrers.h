/* Who refers to the records that a group of submissions removes. Rank 5. Pure; memory from the group's arena,
 * and a hash table that referrers_release frees.
 *
 * A referrer is listed from the moment it refers and never taken out again: whether it still does is for the
 * caller, who knows what the group did to it since. */
#ifndef SERVER_INGEST_REFERRERS_H
#define SERVER_INGEST_REFERRERS_H

#include "server/store/store.h"

struct referrer {
    const struct referrer *next;
    enum record_kind kind;
    struct id record;
};

struct referrers_of_one;

struct referrers {
    struct arena *arena;
    struct referrers_of_one *records; /* hash table by kind and id */
};

void referrers_init(struct referrers *referrers, struct arena *arena);
void referrers_release(struct referrers *referrers);

/* Ask who refers to this record. ERR_TOO_BIG: arena. */
MUST_CHECK enum err referrers_ask(struct referrers *referrers, enum record_kind kind, const struct id *record,
                                  bool *ret_is_new);
/* A record of kind `from_kind` refers to this one; nothing happens when nobody asked. ERR_TOO_BIG: arena. */
MUST_CHECK enum err referrers_add(struct referrers *referrers, enum record_kind kind, const struct id *record,
                                  enum record_kind from_kind, const struct id *from);
/* The newest first, one perhaps more than once; NULL: none known. */
const struct referrer *referrers_of(const struct referrers *referrers, enum record_kind kind,
                                    const struct id *record);

#endif
