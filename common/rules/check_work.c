/* Rules on the work of a branch: meeting, supervision, dialogue, inspection, competition. */
#include "common/rules/checks.h"
#include "common/rules/texts.h"
#include "proto/records.pb-c.h"

/* All share one signature, which lets a rule set the date of its fact, though not every rule knows one. */
// NOLINTBEGIN(readability-non-const-parameter)
bool check_meeting_present(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Meeting *meeting = context->message;
    return meeting->has_present && meeting->has_members_due && meeting->present > meeting->members_due;
}

bool check_meeting_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Meeting *meeting = context->message;
    return meeting->has_date && meeting->date > context->today;
}

bool check_supervision_holder(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Supervision *supervision = context->message;
    return (supervision->has_member != 0) == is_stated(supervision->holder_name);
}

bool check_supervision_date_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Supervision *supervision = context->message;
    return supervision->has_from_date && supervision->has_to_date &&
           supervision->to_date <= supervision->from_date;
}

bool check_supervision_visit_outside(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Supervision *supervision = context->message;
    for (size_t i = 0; i < supervision->n_visit; i++) {
        const Dantin__SupervisionVisit *visit = supervision->visit[i];
        bool is_before = supervision->has_from_date && visit->date < supervision->from_date;
        bool is_after = supervision->has_to_date && visit->date > supervision->to_date;
        if (visit->has_date && (is_before || is_after)) {
            return true;
        }
    }
    return false;
}

bool check_supervision_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Supervision *supervision = context->message;
    for (size_t i = 0; i < supervision->n_visit; i++) {
        if (supervision->visit[i]->has_date && supervision->visit[i]->date > context->today) {
            return true;
        }
    }
    return false;
}

bool check_dialogue_participants(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Dialogue *dialogue = context->message;
    return dialogue->has_held_date && (!dialogue->has_participants || dialogue->participants == 0);
}

bool check_dialogue_not_held(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Dialogue *dialogue = context->message;
    return !dialogue->has_held_date &&
           (dialogue->has_participants || dialogue->has_matters_raised || dialogue->has_matters_settled);
}

bool check_dialogue_settled(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Dialogue *dialogue = context->message;
    return dialogue->has_matters_settled &&
           (!dialogue->has_matters_raised || dialogue->matters_settled > dialogue->matters_raised);
}

bool check_dialogue_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Dialogue *dialogue = context->message;
    return dialogue->has_held_date && dialogue->held_date > context->today;
}

bool check_inspection_conclusion_unpublished(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Inspection *inspection = context->message;
    return is_stated(inspection->conclusion) && !inspection->has_published_date;
}

bool check_inspection_conclusion_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Inspection *inspection = context->message;
    return !is_stated(inspection->conclusion) && inspection->has_published_date;
}

bool check_inspection_date_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Inspection *inspection = context->message;
    return inspection->has_published_date &&
           (!inspection->has_done_date || inspection->published_date < inspection->done_date);
}

bool check_inspection_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Inspection *inspection = context->message;
    return (inspection->has_done_date && inspection->done_date > context->today) ||
           (inspection->has_published_date && inspection->published_date > context->today);
}

bool check_competition_date_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Competition *competition = context->message;
    return competition->has_from_date && competition->has_to_date &&
           competition->to_date < competition->from_date;
}

bool check_competition_participants(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Competition *competition = context->message;
    return competition->has_participants && competition->has_from_date &&
           competition->from_date > context->today;
}

// NOLINTEND(readability-non-const-parameter)
