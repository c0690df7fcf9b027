/* Rules on evaluation sheets: one grassroots organisation, one period, one line per cell. */
#include "common/record/date.h"
#include "common/rules/checks.h"
#include "common/rules/dates.h"
#include "common/rules/texts.h"
#include "common/rules/thresholds.h"
#include "proto/records.pb-c.h"

enum { YEAR_MIN = 1990, YEAR_MAX = 2099, CLASSES = 4, PERCENT = 100, POINTS_MAX = 100 };

/* From the best down. */
static const char *const classes[CLASSES] = {"excellent", "good", "completed", "not_completed"};

static bool period_end(const Dantin__Evaluation *evaluation, int32_t *ret_days);
static int32_t fact_date(const Dantin__Evaluation *evaluation, int32_t today);
static bool exceeds_cap(uint64_t excellent, uint64_t good, int32_t date);
static int class_of(const char *code);
static int class_of_points(uint32_t points, int32_t date);
static size_t cell_count(const Dantin__Evaluation *evaluation);

/* All share one signature, which lets a rule set the date of its fact, though not every rule knows one. */
// NOLINTBEGIN(readability-non-const-parameter)
bool check_evaluation_year(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Evaluation *evaluation = context->message;
    return evaluation->has_year && (evaluation->year < YEAR_MIN || evaluation->year > YEAR_MAX);
}

/* Reviews begin some weeks before the period ends, no earlier. */
bool check_evaluation_period_over(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    int32_t end = 0;
    return period_end(context->message, &end) &&
           context->today < end - threshold_on(EVALUATION_DAYS_BEFORE_END_MAX, end);
}

bool check_evaluation_period(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Evaluation *evaluation = context->message;
    return is_stated(evaluation->period) && !is_code(evaluation->period, "year") &&
           fact_date(evaluation, context->today) < SINCE_REGULATION_366;
}

bool check_evaluation_decision_future(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Evaluation *evaluation = context->message;
    return evaluation->has_decision_date && evaluation->decision_date > context->today;
}

bool check_evaluation_sum(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Evaluation *evaluation = context->message;
    for (size_t i = 0; i < cell_count(evaluation); i++) {
        const Dantin__EvaluationCell *cell = evaluation->cell[i];
        bool is_complete = cell->has_members && cell->has_excellent && cell->has_good &&
                           cell->has_completed && cell->has_not_completed && cell->has_not_evaluated;
        uint64_t sum = (uint64_t)cell->excellent + cell->good + cell->completed + cell->not_completed +
                       cell->not_evaluated;
        if (is_complete && sum != cell->members) {
            return true;
        }
    }
    return false;
}

/* Of those rated good in the whole organisation, not of all its members, nor cell by cell. */
bool check_evaluation_cap(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Evaluation *evaluation = context->message;
    uint64_t excellent = 0;
    uint64_t good = 0;
    for (size_t i = 0; i < cell_count(evaluation); i++) {
        excellent += evaluation->cell[i]->has_excellent ? evaluation->cell[i]->excellent : 0;
        good += evaluation->cell[i]->has_good ? evaluation->cell[i]->good : 0;
    }
    *ret_fact_date = fact_date(evaluation, context->today);
    return exceeds_cap(excellent, good, *ret_fact_date);
}

bool check_evaluation_cell_cap(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Evaluation *evaluation = context->message;
    uint64_t excellent = 0;
    uint64_t good = 0;
    for (size_t i = 0; i < cell_count(evaluation); i++) {
        excellent += is_code(evaluation->cell[i]->class_, "excellent");
        good += is_code(evaluation->cell[i]->class_, "good");
    }
    *ret_fact_date = fact_date(evaluation, context->today);
    return exceeds_cap(excellent, good, *ret_fact_date);
}

bool check_evaluation_cell_twice(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Evaluation *evaluation = context->message;
    for (size_t i = 0; i < cell_count(evaluation); i++) {
        const Dantin__EvaluationCell *cell = evaluation->cell[i];
        for (size_t j = 0; cell->has_branch && j < i; j++) {
            const Dantin__EvaluationCell *other = evaluation->cell[j];
            if (other->has_branch && bytes_equal(bytes_of(cell->branch.data, cell->branch.len),
                                                 bytes_of(other->branch.data, other->branch.len))) {
                return true;
            }
        }
    }
    return false;
}

bool check_evaluation_points_max(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Evaluation *evaluation = context->message;
    return evaluation->has_points && evaluation->points > POINTS_MAX;
}

/* Better than the points allow. There is a scale of points only since Quy định 366. */
bool check_evaluation_points(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Evaluation *evaluation = context->message;
    int class = class_of(evaluation->class_);
    *ret_fact_date = fact_date(evaluation, context->today);
    return evaluation->has_points && class >= 0 && *ret_fact_date >= SINCE_REGULATION_366 &&
           class < class_of_points(evaluation->points, *ret_fact_date);
}

/* Worse than the points say: the cap on "excellent", or a discipline, is a reason. */
bool check_evaluation_points_unused(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Evaluation *evaluation = context->message;
    int class = class_of(evaluation->class_);
    *ret_fact_date = fact_date(evaluation, context->today);
    return evaluation->has_points && evaluation->points <= POINTS_MAX && class >= 0 &&
           *ret_fact_date >= SINCE_REGULATION_366 &&
           class > class_of_points(evaluation->points, *ret_fact_date);
}

// NOLINTEND(readability-non-const-parameter)

/* The last day of the period; false: not known (a term, or a year nobody can mean). */
static bool period_end(const Dantin__Evaluation *evaluation, int32_t *ret_days)
{
    static const char *const quarters[] = {"q1", "q2", "q3", "q4"};
    static const int last_days[] = {31, 30, 30, 31};
    struct date date = {.year = (int)evaluation->year, .month = 12, .day = 31};
    if (!evaluation->has_year || evaluation->year < YEAR_MIN || evaluation->year > YEAR_MAX) {
        return false;
    }
    bool is_known = is_code(evaluation->period, "year");
    for (int i = 0; i < 4; i++) {
        if (is_code(evaluation->period, quarters[i])) {
            date.month = 3 * (i + 1);
            date.day = last_days[i];
            is_known = true;
        }
    }
    return is_known && date_to_days(date, ret_days) == ERR_OK;
}

/* The day of the rules that hold: the period's last, else (a term) that of the decision, else today. */
static int32_t fact_date(const Dantin__Evaluation *evaluation, int32_t today)
{
    int32_t end = 0;
    if (period_end(evaluation, &end)) {
        return end;
    }
    return evaluation->has_decision_date ? evaluation->decision_date : today;
}

static bool exceeds_cap(uint64_t excellent, uint64_t good, int32_t date)
{
    return excellent * PERCENT > good * (uint64_t)threshold_on(EXCELLENT_PERCENT_OF_GOOD_MAX, date);
}

/* 0 is the best; -1: none. */
static int class_of(const char *code)
{
    for (int i = 0; i < CLASSES; i++) {
        if (is_code(code, classes[i])) {
            return i;
        }
    }
    return -1;
}

static int class_of_points(uint32_t points, int32_t date)
{
    if (points >= (uint32_t)threshold_on(POINTS_EXCELLENT_MIN, date)) {
        return 0;
    }
    if (points >= (uint32_t)threshold_on(POINTS_GOOD_MIN, date)) {
        return 1;
    }
    return points >= (uint32_t)threshold_on(POINTS_COMPLETED_MIN, date) ? 2 : 3;
}

/* A longer list is refused anyway (record.list_too_long). */
static size_t cell_count(const Dantin__Evaluation *evaluation)
{
    return evaluation->n_cell < SCHEMA_LIST_ELEMENTS_MAX ? evaluation->n_cell : SCHEMA_LIST_ELEMENTS_MAX;
}
