#include "server/ingest/trouble.h"

#include <inttypes.h>

#include "common/base/log.h"

void trouble_note_failure(struct trouble *trouble, int64_t now_ms, enum err err, const char *sqlstate,
                          size_t submission_count, uint32_t retry_ms)
{
    trouble->failed_attempts++;
    if (trouble->failed_attempts == 1) {
        trouble->failing_since_ms = now_ms;
        log_write(LOG_ERROR, "ingest_group_failed", "err=%s sqlstate=%s submissions=%zu retry_ms=%u",
                  err_name(err), sqlstate, submission_count, retry_ms);
    }
}

void trouble_note_success(struct trouble *trouble, int64_t now_ms)
{
    if (trouble->failed_attempts > 0) {
        log_write(LOG_WARN, "ingest_recovered", "failed_attempts=%u after_ms=%" PRId64,
                  trouble->failed_attempts, now_ms - trouble->failing_since_ms);
    }
    trouble->failed_attempts = 0;
}

void trouble_add_incident(struct trouble *trouble, const struct hash *envelope_hash)
{
    trouble->incidents[trouble->incident_count++ % INGEST_INCIDENTS_KEPT] = *envelope_hash;
}

bool trouble_has_incident(const struct trouble *trouble, const struct hash *envelope_hash)
{
    for (size_t i = 0; i < trouble->incident_count && i < INGEST_INCIDENTS_KEPT; i++) {
        if (hash_equal(&trouble->incidents[i], envelope_hash)) {
            return true;
        }
    }
    return false;
}
