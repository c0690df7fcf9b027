#include "server/ingest/measure.h"

#include <inttypes.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "server/ingest/answer.h"
#include "server/ops/metrics.h"

void measure_group(const struct judgement *judgement, int64_t opened_at_us)
{
    size_t lost = judgement->changes_conflict + judgement->changes_refused;
    size_t judged = judgement->changes_applied + judgement->changes_waiting + lost;
    metric_add(METRIC_INGEST_SUBMISSIONS, judgement->group.entry_count);
    metric_add(METRIC_INGEST_CHANGES, judged);
    metric_add(METRIC_INGEST_CHANGES_REFUSED, lost);
    if (judgement->group.entry_count > 0) {
        metric_set(METRIC_JOURNAL_ENTRIES, (int64_t)judgement->group.head_after.position);
        metric_observe(METRIC_INGEST_GROUP_SUBMISSIONS, judgement->group.entry_count);
        metric_observe(METRIC_INGEST_COMMIT_US, (uint64_t)(clock_monotonic_us() - opened_at_us));
    }
}

void measure_incident(const struct submission *submission, const char *sqlstate)
{
    char incident[INGEST_INCIDENT_BYTES];
    answer_incident(&submission->envelope_hash, incident);
    log_write(LOG_ERROR, "ingest_incident", "incident=%s sequence=%" PRIu64 " sqlstate=%s", incident,
              submission->envelope.sequence, sqlstate);
    metric_add(METRIC_INGEST_INCIDENTS, 1);
}

void measure_quarantine(const struct envelope *envelope)
{
    char device[HASH_HEX_BYTES];
    hex_encode(bytes_of(envelope->device.at, HASH_BYTES), device);
    log_write(LOG_ERROR, "device_quarantined", "device=%s sequence=%" PRIu64 " err=%s", device,
              envelope->sequence, err_name(ERR_CLONED));
    metric_add(METRIC_INGEST_QUARANTINES, 1);
}
