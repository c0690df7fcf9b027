/* What ingest remembers of trouble: since when groups fail, and which submissions were refused under an incident. Rank 5. */
#ifndef SERVER_INGEST_TROUBLE_H
#define SERVER_INGEST_TROUBLE_H

#include "server/ingest/ingest.h"

struct trouble {
    unsigned failed_attempts; /* since the last group that went through */
    int64_t failing_since_ms;
    struct hash incidents[INGEST_INCIDENTS_KEPT]; /* envelopes journalled as refused under one, the newest */
    size_t incident_count;                        /* ever */
};

/* An outage is two lines in the log, however often the group was tried. */
void trouble_note_failure(struct trouble *trouble, int64_t now_ms, enum err err, const char *sqlstate,
                          size_t submission_count, uint32_t retry_ms);
void trouble_note_success(struct trouble *trouble, int64_t now_ms);
void trouble_add_incident(struct trouble *trouble, const struct hash *envelope_hash);
bool trouble_has_incident(const struct trouble *trouble, const struct hash *envelope_hash);

#endif
