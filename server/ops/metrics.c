/* The table of figures and its rendering. */
#include "server/ops/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#include "common/base/check.h"

enum metric_shape { SHAPE_COUNTER, SHAPE_GAUGE, SHAPE_HISTOGRAM };

struct metric_info {
    enum metric_shape shape;
    const char *name;
    const char *labels;
    const char *help;
};

struct histogram {
    _Atomic uint64_t buckets[METRIC_BUCKETS + 1]; /* not cumulative; the last one: above every bound */
    _Atomic uint64_t sum;
};

static const struct metric_info metric_table[METRIC_COUNT] = {
#define COUNTER(symbol, name, labels, help) {SHAPE_COUNTER, name, labels, help},
#define GAUGE(symbol, name, labels, help) {SHAPE_GAUGE, name, labels, help},
#define HISTOGRAM(symbol, name, help) {SHAPE_HISTOGRAM, name, "", help},
#include "server/ops/metrics.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
};

static const uint64_t bucket_bounds[METRIC_BUCKETS] = {
    1,     2,     5,     10,     20,     50,     100,     200,     500,     1000,     2000,     5000,
    10000, 20000, 50000, 100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000, 20000000, 50000000,
};

/* The figures themselves: the one mutable global of the server, since every layer counts and none owns the
 * count. */
static _Atomic int64_t values[METRIC_COUNT];
static struct histogram histograms[METRIC_COUNT];

static enum err write_single(struct buf *out, enum metric metric);
static enum err write_histogram(struct buf *out, enum metric metric);
static const char *shape_name(enum metric_shape shape);

void metric_add(enum metric metric, uint64_t more)
{
    REQUIRE(metric < METRIC_COUNT && metric_table[metric].shape == SHAPE_COUNTER);

    (void)atomic_fetch_add_explicit(&values[metric], (int64_t)more,
                                    memory_order_relaxed); /* the old value is of no use */
}

void metric_move(enum metric metric, int64_t by)
{
    REQUIRE(metric < METRIC_COUNT && metric_table[metric].shape == SHAPE_GAUGE);

    (void)atomic_fetch_add_explicit(&values[metric], by,
                                    memory_order_relaxed); /* the old value is of no use */
}

void metric_set(enum metric metric, int64_t value)
{
    REQUIRE(metric < METRIC_COUNT && metric_table[metric].shape == SHAPE_GAUGE);

    atomic_store_explicit(&values[metric], value, memory_order_relaxed);
}

void metric_observe(enum metric metric, uint64_t value)
{
    size_t i = 0;

    REQUIRE(metric < METRIC_COUNT && metric_table[metric].shape == SHAPE_HISTOGRAM);
    while (i < METRIC_BUCKETS && value > bucket_bounds[i]) {
        i++;
    }
    /* The old values are of no use. */
    (void)atomic_fetch_add_explicit(&histograms[metric].buckets[i], 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&histograms[metric].sum, value, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&values[metric], 1, memory_order_relaxed);
}

int64_t metric_value(enum metric metric)
{
    REQUIRE(metric < METRIC_COUNT);
    return atomic_load_explicit(&values[metric], memory_order_relaxed);
}

enum err metrics_write(struct buf *out)
{
    enum err err = ERR_OK;

    for (unsigned i = 0; i < METRIC_COUNT && err == ERR_OK; i++) {
        const struct metric_info *info = &metric_table[i];

        if (i == 0 || strcmp(info->name, metric_table[i - 1].name) != 0) {
            err = buf_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", info->name, info->help, info->name,
                                    shape_name(info->shape));
        }
        if (err == ERR_OK) {
            err = info->shape == SHAPE_HISTOGRAM ? write_histogram(out, (enum metric)i)
                                                 : write_single(out, (enum metric)i);
        }
    }
    return err;
}

static enum err write_single(struct buf *out, enum metric metric)
{
    const struct metric_info *info = &metric_table[metric];
    int64_t value = metric_value(metric);

    if (info->labels[0] == '\0') {
        return buf_append_format(out, "%s %" PRId64 "\n", info->name, value);
    }
    return buf_append_format(out, "%s{%s} %" PRId64 "\n", info->name, info->labels, value);
}

static enum err write_histogram(struct buf *out, enum metric metric)
{
    const char *name = metric_table[metric].name;
    struct histogram *histogram = &histograms[metric];
    uint64_t count = 0;
    enum err err = ERR_OK;

    for (size_t i = 0; i < METRIC_BUCKETS && err == ERR_OK; i++) {
        count += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
        err = buf_append_format(out, "%s_bucket{le=\"%" PRIu64 "\"} %" PRIu64 "\n", name, bucket_bounds[i],
                                count);
    }
    count += atomic_load_explicit(&histogram->buckets[METRIC_BUCKETS], memory_order_relaxed);
    if (err == ERR_OK) {
        err = buf_append_format(
            out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %" PRIu64 "\n%s_count %" PRIu64 "\n", name,
            count, name, atomic_load_explicit(&histogram->sum, memory_order_relaxed), name, count);
    }
    return err;
}

static const char *shape_name(enum metric_shape shape)
{
    switch (shape) {
    case SHAPE_COUNTER:
        return "counter";
    case SHAPE_GAUGE:
        return "gauge";
    case SHAPE_HISTOGRAM:
        return "histogram";
    }
    return "untyped";
}
