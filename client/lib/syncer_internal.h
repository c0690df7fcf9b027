/* The inside of the syncer, shared by syncer*.c only. */
#ifndef CLIENT_LIB_SYNCER_INTERNAL_H
#define CLIENT_LIB_SYNCER_INTERNAL_H

#include "client/lib/syncer.h"
#include "common/base/text.h"
#include "proto/session.pb-c.h"

enum { SYNCER_PROTOCOL_VERSION = 1 };

/* Fails the session when the server is not the one, or not in the state, that this store knows; marks it when
 * this home is a copy. ERR_PROTOCOL: fields are missing. Other errors are the store's. */
MUST_CHECK enum err syncer_check_welcome(struct syncer *syncer, const Dantin__Welcome *welcome,
                                         struct store *store, struct arena *arena);
/* Keep what WELCOME tells about this device and the server, durably. */
MUST_CHECK enum err syncer_remember_welcome(const Dantin__Welcome *welcome, struct store *store,
                                            struct arena *arena);

void syncer_fail(struct syncer *syncer, enum err code, bool may_retry, const char *text);
/* A loud failure, never retried: a person has to look before anything more is sent. */
void syncer_fail_text(struct syncer *syncer, enum err code, enum text_id id);

#endif
