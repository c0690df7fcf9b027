/* A throw-away PostgreSQL cluster for tests: a temporary folder, a Unix socket, the migrations applied. Tests
 * only.
 *
 * A guardian process stands between the test and PostgreSQL: when the test ends, however it ends, the
 * guardian stops the cluster and deletes the folder. Run by root, cluster and guardian run as user postgres
 * or dantin. Failures end the test. */
#ifndef TESTS_LIB_PG_H
#define TESTS_LIB_PG_H

#include <stdbool.h>

struct pg;

struct pg_options {
    bool is_durable;      /* fsync and full_page_writes on, as in production; off is faster */
    bool is_empty;        /* no migrations applied */
    const char *settings; /* more of postgres's arguments, "-c name=value ..."; or NULL */
};

struct pg *pg_start(const struct pg_options *options);
void pg_stop(struct pg *pg);

/* Connection string of a role: "postgres" (superuser), "dantin_ingest", "dantin_read". Valid until pg_stop.
 */
const char *pg_conninfo(struct pg *pg, const char *role);

/* Run statements as superuser; the first column of the last one's first row as text, "" without rows. Valid
 * until the next call. An error ends the test. */
const char *pg_ask(struct pg *pg, const char *sql);
/* The same as another role, in a session of its own; several statements are one transaction. */
const char *pg_ask_as(struct pg *pg, const char *role, const char *sql);
/* Run one statement as a role; its SQLSTATE, "00000" when it went well. Valid until the next call. */
const char *pg_try(struct pg *pg, const char *role, const char *sql);

/* The postmaster's process id, and microseconds of CPU used by the backend whose pid is given (user and
 * system). */
int pg_postmaster(const struct pg *pg);
long pg_cpu_us(int pid);

#endif
