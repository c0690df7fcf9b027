/* Carrying out erasures that stand in the journal: payloads lose the change and its salt, tables keep what the act keeps. Rank 9.
 * Blocks. An erasure is due until that is done; it is due again after a refill (`dantind epoch close`), since whoever offered the
 * journal anew may have offered the erased too. Done before a server serves. */
#ifndef SERVER_ERASURES_H
#define SERVER_ERASURES_H

#include <stddef.h>

#include "common/base/error.h"

struct Dantin__ActErasure;
struct pg_conn;
struct vault;

struct erasures_report {
    size_t done;
    size_t payloads; /* entries rewritten */
    size_t left;     /* still due: the record got changes the act does not name, so it wants another act */
};

/* conninfo: of the administrator, who may act as dantin_owner. vault: has all keys (vault_load_keys). Each erasure is one
 * transaction, under the journal's lock. ERR_DATABASE, ERR_MALFORMED with a sentence. */
MUST_CHECK enum err erasures_apply(const char *conninfo, struct vault *vault, enum language language,
                                   struct erasures_report *ret_report, struct error *ret_error);

/* Every act of erasure in the journal, oldest first; valid during the call. connection: works as dantin_owner.
 * vault: gets its keys, if there is any act. ERR_DATABASE, ERR_MALFORMED, ERR_NO_MEMORY (whatever on_act fails with). */
MUST_CHECK enum err erasures_read(struct pg_conn *connection, struct vault *vault,
                                  enum err (*on_act)(void *context, const struct Dantin__ActErasure *act),
                                  void *context, struct error *ret_error);

#endif
