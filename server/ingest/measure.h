/* What is counted and logged of ingest. Rank 5. */
#ifndef SERVER_INGEST_MEASURE_H
#define SERVER_INGEST_MEASURE_H

#include "server/ingest/judge.h"

/* A group that went through; opened_at_us: on the monotonic clock. */
void measure_group(const struct judgement *judgement, int64_t opened_at_us);
/* A submission that will be journalled as refused under an incident. */
void measure_incident(const struct submission *submission, const char *sqlstate);
/* A device about to be marked as cloned. */
void measure_quarantine(const struct envelope *envelope);

#endif
