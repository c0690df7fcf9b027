/* Asks one indicator again and again over one session.
 *   bench_query SERVER HOME INDICATOR COUNT DATE|past [DIMENSION...]     prints: p50 and p99 in ms
 * past: a random valid date of the last ten years and a random position; seed in DANTIN_SEED. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/lib/peer.h"
#include "bench/lib/times.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/record/date.h"
#include "proto/query.pb-c.h"

enum { DIMENSIONS_MAX = 8, COUNT_MAX = 100000, PAST_DAYS = 3650, WARM_UP_COUNT = 10 };

static int64_t ask(struct peer *peer, const Dantin__Query *query);

int main(int argc, char **argv)
{
    if (argc < 6 || argc - 6 > DIMENSIONS_MAX) {
        (void)fprintf(stderr, "usage: bench_query SERVER HOME INDICATOR COUNT head|past [DIMENSION...]\n");
        return 2;
    }
    long count = strtol(argv[4], NULL, 10);
    if (count < 1 || count > COUNT_MAX) {
        return 2;
    }
    bool is_past = strcmp(argv[5], "past") == 0;
    int32_t date = 0;
    if (!is_past && date_parse(bytes_of_text(argv[5]), &date) != ERR_OK) {
        return 2;
    }
    const char *seed = getenv("DANTIN_SEED");
    struct prng prng;
    prng_init(&prng, seed != NULL ? strtoull(seed, NULL, 10) : 1);
    struct peer peer;
    peer_open(&peer, argv[2], argv[1]);
    int64_t *times = calloc((size_t)count, sizeof *times);
    if (times == NULL) {
        return 1;
    }
    Dantin__Query query = DANTIN__QUERY__INIT;
    query.indicator = argv[3];
    query.n_by = (size_t)(argc - 6);
    query.by = argv + 6;
    query.has_date = 1;
    query.date = date;
    for (long i = -WARM_UP_COUNT; i < count; i++) {
        if (is_past) {
            query.has_position = 1;
            query.date = date_of_moment(clock_now_ms()) - (int32_t)prng_below(&prng, PAST_DAYS);
            query.position = 1 + prng_below(&prng, peer.head);
        }
        int64_t time_us = ask(&peer, &query);
        if (i >= 0) {
            times[i] = time_us;
        }
    }
    (void)printf("%.3f %.3f\n", times_percentile_ms(times, (size_t)count, 50),
                 times_percentile_ms(times, (size_t)count, 99));
    free(times);
    peer_close(&peer);
    return 0;
}

static int64_t ask(struct peer *peer, const Dantin__Query *query)
{
    int64_t started_us = clock_monotonic_us();
    (void)peer_send(peer, MESSAGE_QUERY, query);
    for (;;) {
        uint64_t request_id;
        Dantin__Rows *rows = NULL;
        if (peer_receive(peer, &request_id, &rows) != MESSAGE_ROWS) {
            (void)fprintf(stderr, "bench: %s: an error instead of rows\n", query->indicator);
            exit(1);
        }
        if (rows->is_last) {
            return clock_monotonic_us() - started_us;
        }
    }
}
