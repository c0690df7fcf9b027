/* The figures and their text. */
#include "server/ops/metrics.h"

#include "server/ops/health.h"
#include "tests/lib/aborts.h"
#include "tests/lib/test.h"

static struct buf page;

static const char *write_page(void)
{
    buf_release(&page);
    buf_init(&page, 1 << 20);
    assert_int_equal(metrics_write(&page), ERR_OK);
    assert_int_equal(buf_append(&page, bytes_of("", 1)), ERR_OK);
    return (const char *)buf_content(&page).at;
}

/* Counters grow, gauges move, and both are printed with the value they have. */
static void metrics_write__counter_and_gauge__their_values(void **state)
{
    const char *text = NULL;

    (void)state;
    metric_add(METRIC_REQUESTS, 3);
    metric_add(METRIC_REQUESTS, 4);
    metric_move(METRIC_SESSIONS_READY, 2);
    metric_move(METRIC_SESSIONS_READY, -1);
    metric_set(METRIC_JOURNAL_ENTRIES, 99);

    text = write_page();

    assert_int_equal(metric_value(METRIC_REQUESTS), 7);
    assert_non_null(strstr(text, "\n# TYPE dantind_requests_total counter\ndantind_requests_total 7\n"));
    assert_non_null(strstr(text, "\ndantind_sessions{state=\"ready\"} 1\n"));
    assert_non_null(strstr(text, "\ndantind_journal_entries 99\n"));
}

/* A histogram's buckets are cumulative, end in +Inf, and a value on a bound belongs to it. */
static void metrics_write__histogram__cumulative_buckets(void **state)
{
    const char *text = NULL;

    (void)state;
    metric_observe(METRIC_SUBMIT_US, 10);
    metric_observe(METRIC_SUBMIT_US, 11);
    metric_observe(METRIC_SUBMIT_US, 4000000000U);

    text = write_page();

    assert_non_null(strstr(text, "\ndantind_submit_us_bucket{le=\"5\"} 0\n"));
    assert_non_null(strstr(text, "\ndantind_submit_us_bucket{le=\"10\"} 1\n"));
    assert_non_null(strstr(text, "\ndantind_submit_us_bucket{le=\"20\"} 2\n"));
    assert_non_null(strstr(text, "\ndantind_submit_us_bucket{le=\"50000000\"} 2\n"));
    assert_non_null(strstr(text, "\ndantind_submit_us_bucket{le=\"+Inf\"} 3\n"));
    assert_non_null(strstr(text, "\ndantind_submit_us_sum 4000000021\n"));
    assert_non_null(strstr(text, "\ndantind_submit_us_count 3\n"));
}

/* Names that carry several label values are described once only, as Prometheus demands. */
static void metrics_write__one_name_several_labels__described_once(void **state)
{
    const char *text = NULL;
    const char *first = NULL;

    (void)state;
    text = write_page();

    first = strstr(text, "# HELP dantind_sessions ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "# HELP dantind_sessions "));
}

/* A page without room is an error, not a cut page. */
static void metrics_write__no_room__too_big(void **state)
{
    struct buf small;

    (void)state;
    buf_init(&small, 100);

    assert_int_equal(metrics_write(&small), ERR_TOO_BIG);

    buf_release(&small);
}

static void add_to_a_gauge(void *context)
{
    (void)context;
    metric_add(METRIC_CONNECTIONS, 1);
}

/* Using a figure as what it is not is our own bug and is caught. */
static void metric_add__on_a_gauge__aborts(void **state)
{
    (void)state;
    assert_true(aborts(add_to_a_gauge, NULL));
}

/* A loop that stops turning is noticed, and a stuck server is not ready either. */
static void health__beats_stop__not_alive_and_not_ready(void **state)
{
    (void)state;
    assert_false(health_is_alive(1000));
    health_beat(1000);
    assert_true(health_is_alive(1000 + HEALTH_BEAT_MS_MAX));
    assert_false(health_is_ready(1000));
    health_set_ready(true);
    assert_true(health_is_ready(1000 + HEALTH_BEAT_MS_MAX));
    assert_false(health_is_ready(1001 + HEALTH_BEAT_MS_MAX));
}

static int release_page(void **state)
{
    (void)state;
    buf_release(&page);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_write__counter_and_gauge__their_values),
        cmocka_unit_test(metrics_write__histogram__cumulative_buckets),
        cmocka_unit_test(metrics_write__one_name_several_labels__described_once),
        cmocka_unit_test(metrics_write__no_room__too_big),
        cmocka_unit_test(metric_add__on_a_gauge__aborts),
        cmocka_unit_test(health__beats_stop__not_alive_and_not_ready),
    };

    return cmocka_run_group_tests(tests, NULL, release_page);
}
