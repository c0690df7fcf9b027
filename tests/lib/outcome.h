/* What a submission came to, as one line of text, so that two runs can be compared. Tests only. */
#ifndef TESTS_LIB_OUTCOME_H
#define TESTS_LIB_OUTCOME_H

#include "common/base/buf.h"
#include "server/ingest/ingest.h"

/* Error, or position and verdicts; without times, signatures and the current version of a conflict. */
void outcome_write(struct buf *out, const struct ingest_answer *answer);

/* Sort the lines of a text in place, bytewise; len without a NUL. */
void outcome_sort_lines(char *text, size_t len);

#endif
