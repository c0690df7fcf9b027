/* Rules on what members and others hold, learn and do: office, training, task, planning. */
#include "common/record/date.h"
#include "common/rules/checks.h"
#include "common/rules/texts.h"
#include "common/rules/thresholds.h"
#include "proto/records.pb-c.h"

/* Held by members only, and held at a place. */
static const char *const member_positions[] = {"secretary", "deputy_secretary", "committee_member", NULL};
static const char *const place_positions[] = {
    "hamlet_head", "group_head", "front_head", "council_chair", "people_committee_chair",
    "front_chair", NULL};

/* All share one signature, which lets a rule set the date of its fact, though not every rule knows one. */
// NOLINTBEGIN(readability-non-const-parameter)
bool check_office_holder(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Office *office = context->message;
    return (office->has_member != 0) == is_stated(office->holder_name);
}

bool check_office_member(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Office *office = context->message;
    return is_one_of(office->position, member_positions) && !office->has_member &&
           is_stated(office->holder_name);
}

bool check_office_locality(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Office *office = context->message;
    return is_one_of(office->position, place_positions) && !office->has_locality;
}

bool check_office_date_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Office *office = context->message;
    return office->has_from_date && office->has_to_date && office->to_date <= office->from_date;
}

bool check_office_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Office *office = context->message;
    return office->has_decision_date && office->decision_date > context->today;
}

/* Still in office counts up to today. */
bool check_office_interim(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Office *office = context->message;
    if (!office->has_is_interim || !office->is_interim || !office->has_from_date) {
        return false;
    }
    *ret_fact_date = office->from_date;
    int32_t end = office->has_to_date ? office->to_date : context->today;
    return end > date_add_months(office->from_date, threshold_on(INTERIM_MONTHS_MAX, *ret_fact_date));
}

bool check_training_date_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Training *training = context->message;
    return !training->has_from_date && !training->has_completed_date;
}

bool check_training_date_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Training *training = context->message;
    return training->has_from_date && training->has_completed_date &&
           training->completed_date < training->from_date;
}

bool check_training_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Training *training = context->message;
    return training->has_completed_date && training->completed_date > context->today;
}

bool check_task_date_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Task *task = context->message;
    return task->has_assigned_date &&
           ((task->has_due_date && task->due_date < task->assigned_date) ||
            (task->has_completed_date && task->completed_date < task->assigned_date));
}

bool check_task_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Task *task = context->message;
    return (task->has_assigned_date && task->assigned_date > context->today) ||
           (task->has_completed_date && task->completed_date > context->today);
}

bool check_task_result_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Task *task = context->message;
    return task->has_completed_date && !is_stated(task->result);
}

/* Completed needs the day, not completed needs the time to be over. */
bool check_task_result_early(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Task *task = context->message;
    if (!is_stated(task->result)) {
        return false;
    }
    if (is_code(task->result, "not_completed")) {
        return task->has_due_date && task->due_date >= context->today;
    }
    return !task->has_completed_date;
}

bool check_task_result_agrees(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Task *task = context->message;
    if (!task->has_completed_date) {
        return false;
    }
    if (is_code(task->result, "not_completed")) {
        return true;
    }
    bool is_late = task->has_due_date && task->completed_date > task->due_date;
    return task->has_due_date && is_code(task->result, is_late ? "on_time" : "late");
}

bool check_planning_date_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Planning *planning = context->message;
    return planning->has_from_date && planning->has_to_date && planning->to_date <= planning->from_date;
}

bool check_planning_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Planning *planning = context->message;
    return planning->has_decision_date && planning->decision_date > context->today;
}

// NOLINTEND(readability-non-const-parameter)
