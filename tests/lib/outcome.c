#include "tests/lib/outcome.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

void outcome_write(struct buf *out, const struct ingest_answer *answer)
{
    const struct ingest_receipt *receipt = &answer->receipt;
    if (answer->err != ERR_OK) {
        REQUIRE(buf_append_format(out, "error %s\n", err_name(answer->err)) == ERR_OK);
        return;
    }
    REQUIRE(buf_append_format(out, "receipt %" PRIu64 " %u", receipt->position, receipt->change_count) ==
            ERR_OK);
    for (size_t i = 0; i < receipt->verdict_count; i++) {
        const struct ingest_verdict *listed = &receipt->verdicts[i];
        REQUIRE(buf_append_format(out, " [%u %d %s]", listed->index, (int)listed->verdict.code,
                                  listed->verdict.rule) == ERR_OK);
    }
    REQUIRE(buf_append_text(out, "\n") == ERR_OK);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void outcome_sort_lines(char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += text[i] == '\n';
    }
    char *copy = malloc(len + 1);
    char **lines = calloc(count + 1, sizeof *lines);
    REQUIRE(copy != NULL && lines != NULL);
    memcpy(copy, text, len);
    copy[len] = '\0';
    char *rest = copy;
    for (size_t i = 0; i < count; i++) {
        lines[i] = rest;
        rest = strchr(rest, '\n');
        *rest++ = '\0';
    }
    qsort(lines, count, sizeof *lines, compare_lines);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        size_t line_len = strlen(lines[i]);
        memcpy(text + at, lines[i], line_len);
        text[at + line_len] = '\n';
        at += line_len + 1;
    }
    free(lines);
    free(copy);
}
