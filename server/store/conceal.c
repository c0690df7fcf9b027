#include "server/store/conceal.h"

#include <stdlib.h>

#include "common/base/check.h"
#include "common/record/date.h"

enum { MONTHS_PER_QUARTER = 3, CONCEAL_ROWS_MAX = 4096 };

struct concealing {
    PGresult *rows;
    int64_t threshold;
    int64_t values[CONCEAL_ROWS_MAX];
    int64_t wholes[CONCEAL_ROWS_MAX];
    bool is_hidden[CONCEAL_ROWS_MAX];
};

static size_t next_smallest(const int64_t *values, size_t count, const bool *is_hidden);
static bool is_telling(int64_t value, int64_t whole, int64_t threshold);
static bool conceal_column(struct concealing *concealing, int column, int whole, bool has_total);
static enum err hide(struct concealing *concealing, size_t count, int column);

bool conceal_is_quarter_end(int32_t date)
{
    struct date today = date_of_days(date);
    return today.month % MONTHS_PER_QUARTER == 0 && date_of_days(date + 1).day == 1;
}

bool conceal_is_needed(const struct query_choice *choice)
{
    if (choice->is_trace) {
        return false; /* record ids and receipts */
    }
    for (size_t i = 0; i < choice->by_count; i++) {
        if (choice->by[i]->is_sensitive) {
            return true;
        }
    }
    return choice->indicator->sensitive_count > 0;
}

bool conceal_choose(const int64_t *values, const int64_t *wholes, size_t count, int64_t threshold,
                    bool *ret_hidden)
{
    size_t hidden = 0;
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        ret_hidden[i] = is_telling(values[i], wholes != NULL ? wholes[i] : INT64_MAX, threshold);
        hidden += ret_hidden[i] ? 1 : 0;
        sum += ret_hidden[i] ? values[i] : 0;
    }
    /* The total less what is shown is the sum of what is hidden: small itself, or of ones only, it would tell. */
    while (hidden > 0 && (hidden == 1 || sum < threshold || sum == (int64_t)hidden)) {
        size_t other = next_smallest(values, count, ret_hidden);
        if (other == count) {
            return false;
        }
        ret_hidden[other] = true;
        hidden++;
        sum += values[other];
    }
    return true;
}

/* A few have it, or all but a few, or all: then the trace of the whole lists who. */
static bool is_telling(int64_t value, int64_t whole, int64_t threshold)
{
    return value > 0 && (value < threshold || whole - value < threshold);
}

/* Of those shown and not zero; ties go to the first. `count`: none. */
static size_t next_smallest(const int64_t *values, size_t count, const bool *is_hidden)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        if (!is_hidden[i] && values[i] > 0 && (best == count || values[i] < values[best])) {
            best = i;
        }
    }
    return best;
}

enum err conceal_rows(const struct query_choice *choice, bool is_fixed_table, int64_t threshold,
                      PGresult *rows)
{
    const struct indicator *indicator = choice->indicator;
    struct concealing *concealing = NULL;
    int first = 0;
    enum err err = ERR_OK;
    if (PQntuples(rows) > CONCEAL_ROWS_MAX) {
        return ERR_TOO_BIG;
    }
    concealing = calloc(1, sizeof *concealing);
    if (concealing == NULL) {
        return ERR_NO_MEMORY;
    }
    concealing->rows = rows;
    concealing->threshold = threshold;
    for (size_t i = 0; i < choice->by_count; i++) {
        first += choice->by[i]->source == DIMENSION_BRANCH ? 2 : 1;
    }
    if (choice->pivot != NULL) {
        err = conceal_column(concealing, first, -1, false) ? hide(concealing, (size_t)PQntuples(rows), first)
                                                           : ERR_FORBIDDEN;
    }
    for (size_t i = 0; err == ERR_OK && choice->pivot == NULL && i < indicator->sensitive_count; i++) {
        const struct sensitive_columns *columns = &indicator->sensitive[i];
        int whole = columns->whole >= 0 ? first + columns->whole : -1;
        (void)conceal_column(concealing, first + columns->places[0], whole, true);
        for (size_t row = 0; !is_fixed_table && row < (size_t)PQntuples(rows); row++) {
            concealing->is_hidden[row] = true;
        }
        for (size_t j = 0; err == ERR_OK && j < columns->count; j++) {
            err = hide(concealing, (size_t)PQntuples(rows), first + columns->places[j]);
        }
    }
    free(concealing);
    return err;
}

/* Which rows to hide for a column of counts. Of an indicator the last row is the total; it is hidden when it is small itself,
 * or when the hidden cells have no other to hide behind. False: they would follow from a total that is known elsewhere. */
static bool conceal_column(struct concealing *concealing, int column, int whole, bool has_total)
{
    size_t count = (size_t)PQntuples(concealing->rows);
    size_t cells = has_total && count > 0 ? count - 1 : count;
    for (size_t i = 0; i < count; i++) {
        concealing->values[i] = strtoll(PQgetvalue(concealing->rows, (int)i, column), NULL, 10);
        concealing->wholes[i] =
            whole >= 0 ? strtoll(PQgetvalue(concealing->rows, (int)i, whole), NULL, 10) : INT64_MAX;
    }
    bool is_safe = conceal_choose(concealing->values, concealing->wholes, cells, concealing->threshold,
                                  concealing->is_hidden);
    if (cells < count) {
        concealing->is_hidden[cells] =
            !is_safe ||
            is_telling(concealing->values[cells], concealing->wholes[cells], concealing->threshold);
        return true;
    }
    return is_safe;
}

static enum err hide(struct concealing *concealing, size_t count, int column)
{
    for (size_t i = 0; i < count; i++) {
        if (concealing->is_hidden[i] && PQsetvalue(concealing->rows, (int)i, column, NULL, -1) != 1) {
            return ERR_NO_MEMORY;
        }
    }
    return ERR_OK;
}
