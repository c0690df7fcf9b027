/* The hand-made province of data/query_fixture.sql, with a store to ask. */
#ifndef TESTS_INTEGRATION_LIB_QUERY_FIXTURE_H
#define TESTS_INTEGRATION_LIB_QUERY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <uv.h>

#include "server/store/cluster.h"
#include "server/store/store.h"

enum { WAIT_MS_MAX = 60000, TABLE_BYTES_MAX = 8192 };

enum { DEVICE_PROVINCE = 1, DEVICE_A = 2, DEVICE_B = 3, DEVICE_C = 4, DEVICE_EXACT = 5, DEVICE_NOBODY = 99 };
enum { UNIT_PROVINCE = 1, UNIT_A = 2, UNIT_B = 3, UNIT_C = 4, UNIT_CELL_8 = 8, UNIT_CELL_11 = 11 };
enum {
    UNIT_PROVINCE_LOCALITY = 21,
    UNIT_A_LOCALITY = 22,
    UNIT_B_LOCALITY = 23,
    UNIT_COMMUNE = 24,
    UNIT_HAMLET = 25
};

/* Of the group's fixture. */
extern struct cluster *query_cluster;
extern struct store *query_store;
extern uv_loop_t query_loop;

/* What came back, once. */
struct reply {
    int count;
    enum err err;
    char sentence[256];
    struct store_answer *answer;
};

/* A question; `by` is a list of names with NULL at its end. */
struct question {
    const char *indicator;
    int device;
    int unit;
    const char *date;
    int64_t position; /* -1: head */
    const char *by[STORE_QUERY_DIMENSIONS_MAX + 2];
    enum language language;
};

int query_fixture_open(void **state);
int query_fixture_close(void **state);

/* Asks and waits. The answer is the caller's. */
struct reply ask_query(const struct store_query *query);
struct reply ask(const struct question *question);
struct reply ask_trace(const struct question *question);
/* An answer as text: cells with | between, a line per row, "-" for what is not available; id columns left
 * out. Frees it. */
void table_of_reply(struct reply reply, char out[TABLE_BYTES_MAX]);
void table_of(const struct question *question, char out[TABLE_BYTES_MAX]);
void expect_trace(struct question question, const char *table);
void expect(struct question question, const char *table);
/* The sum of the last column. */
long sum_of(struct question question);
void expect_refused(struct question question, enum err err);
/* For store_query_run; context: a struct reply. */
void on_answer(void *context, enum err err, const char *sentence, struct store_answer *answer);
struct store_query store_query_of(const struct question *question);
struct reply ask_pivot(const struct question *question, const char *kind, const struct store_filter *filters,
                       size_t filter_count, const char *sum);
/* The last column alone. Frees the answer. */
void figures_of(struct reply reply, char out[TABLE_BYTES_MAX]);

#endif
