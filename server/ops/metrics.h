/* Figures the server publishes: counters, gauges and histograms of one static table, metrics.def. Rank 3.
 * Written by the loop's thread, read by the HTTP thread: every value is an atomic, relaxed. */
#ifndef SERVER_OPS_METRICS_H
#define SERVER_OPS_METRICS_H

#include <stdint.h>

#include "common/base/buf.h"

enum metric {
#define COUNTER(symbol, name, labels, help) METRIC_##symbol,
#define GAUGE(symbol, name, labels, help) METRIC_##symbol,
#define HISTOGRAM(symbol, name, help) METRIC_##symbol,
#include "server/ops/metrics.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
    METRIC_COUNT
};

/* Upper bounds of the histograms' buckets: 1, 2, 5, 10 ... up to 50 million, then everything. */
enum { METRIC_BUCKETS = 24 };

/* Counter: `more` is added. */
void metric_add(enum metric metric, uint64_t more);
/* Gauge: moved by `by`, or set. */
void metric_move(enum metric metric, int64_t by);
void metric_set(enum metric metric, int64_t value);
/* Histogram: one observation, in the unit of the name. */
void metric_observe(enum metric metric, uint64_t value);
/* Current value of a counter or gauge; number of observations of a histogram. */
int64_t metric_value(enum metric metric);

/* Append everything in Prometheus' text format. ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_CHECK enum err metrics_write(struct buf *out);

#endif
