/* What a person types after --where, as filters of a query. Rank 5. Pure. */
#ifndef CLIENT_LIB_FILTER_H
#define CLIENT_LIB_FILTER_H

#include "common/base/arena.h"
#include "common/base/error.h"
#include "proto/query.pb-c.h"

/* "status=official; sex!=nu; occupation in (01, 02); from_date>=1/1/2024; to_date=": conditions with ; between, all of
 * which must hold; = without a value: not stated. What the names and values mean is the server's business. Fills
 * query->where, in the arena. ERR_MALFORMED: a condition that is none; ERR_TOO_BIG: the arena. */
MUST_CHECK enum err filter_parse(const char *text, struct arena *arena, Dantin__Query *query);

#endif
