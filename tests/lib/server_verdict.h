/* What the server makes of a record by itself, read from the bytes of a change, for tests that also link the client (whose store
 * bears the same names, so no file can include both). Tests only; programs that use it link server_ingest. */
#ifndef TESTS_LIB_SERVER_VERDICT_H
#define TESTS_LIB_SERVER_VERDICT_H

#include "common/record/schema.h"

/* The rule that refuses it ("" = none), "ingest.unreadable" where it cannot be read. reasons: rule ids explained. */
const char *server_verdict(struct arena *arena, enum record_kind kind, const void *message,
                           bool is_first_load, const char *const *reasons, size_t reason_count,
                           int32_t today);

#endif
