/* Rules on the events of a member's life. Which event may follow which: life.def. */
#include <string.h>

#include "common/record/date.h"
#include "common/rules/checks.h"
#include "common/rules/life.h"
#include "common/rules/texts.h"
#include "common/rules/thresholds.h"

enum { MONTHS_PER_YEAR = 12, BADGE_STEP_YEARS = 5, BADGE_SECOND_YEARS = 40 };

struct walk {
    const struct rule_context *context;
    const Dantin__Member *member;
    struct life_step steps[SCHEMA_LIST_ELEMENTS_MAX];
    size_t count;
};

static bool any_event(const struct rule_context *context, int32_t *ret_fact_date,
                      bool (*is_wrong)(const struct walk *walk, size_t index));
static bool is_out_of_order(const struct walk *walk, size_t index);
static bool is_in_future(const struct walk *walk, size_t index);
static bool is_end_wrong(const struct walk *walk, size_t index);
static bool is_side_missing(const struct walk *walk, size_t index);
static bool is_detail_wrong(const struct walk *walk, size_t index);
static bool is_form_too_hard(const struct walk *walk, size_t index);
static bool is_reason_missing(const struct walk *walk, size_t index);
static bool is_decision_missing(const struct walk *walk, size_t index);
static bool is_decision_late(const struct walk *walk, size_t index);
static bool is_card_number_missing(const struct walk *walk, size_t index);
static bool is_temporary_length_wrong(const struct walk *walk, size_t index);
static bool is_exemption_too_long(const struct walk *walk, size_t index);
static bool is_readmitted_early(const struct walk *walk, size_t index);
static bool is_readmitted_again(const struct walk *walk, size_t index);
static bool is_badge_unknown(const struct walk *walk, size_t index);
static bool is_badge_early(const struct walk *walk, size_t index);
static int badge_years(const Dantin__MemberEvent *event);
static bool is_event(const struct walk *walk, size_t index, enum life_event event);

bool check_member_event_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_out_of_order);
}

// NOLINTNEXTLINE(readability-non-const-parameter): all checks share one signature
bool check_member_event_disagrees(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return life_disagrees(context->message);
}

bool check_member_event_future(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_in_future);
}

bool check_member_event_to_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_end_wrong);
}

bool check_member_event_side(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_side_missing);
}

bool check_member_event_detail(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_detail_wrong);
}

bool check_member_event_form(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_form_too_hard);
}

bool check_member_event_reason(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_reason_missing);
}

bool check_member_event_decision(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_decision_missing);
}

bool check_member_event_decision_late(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_decision_late);
}

bool check_member_event_card_number(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_card_number_missing);
}

bool check_member_event_temporary_length(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_temporary_length_wrong);
}

bool check_member_event_exemption_length(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_exemption_too_long);
}

bool check_member_readmitted_early(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_readmitted_early);
}

bool check_member_readmitted_again(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_readmitted_again);
}

bool check_member_badge_years(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_badge_unknown);
}

bool check_member_badge_early(const struct rule_context *context, int32_t *ret_fact_date)
{
    return any_event(context, ret_fact_date, is_badge_early);
}

/* The date of the fact is that of the last event at fault: a rule in force by then is broken, whatever came before. */
static bool any_event(const struct rule_context *context, int32_t *ret_fact_date,
                      bool (*is_wrong)(const struct walk *walk, size_t index))
{
    struct walk walk = {.context = context, .member = context->message};
    if (walk.member->n_event == 0) {
        return false;
    }
    walk.count = life_walk(walk.member, walk.steps);
    for (size_t i = walk.count; i > 0; i--) {
        if (is_wrong(&walk, i - 1)) {
            *ret_fact_date = walk.steps[i - 1].event->effective_date;
            return true;
        }
    }
    return false;
}

static bool is_out_of_order(const struct walk *walk, size_t index)
{
    return !walk->steps[index].is_allowed;
}

static bool is_in_future(const struct walk *walk, size_t index)
{
    const Dantin__MemberEvent *event = walk->steps[index].event;
    int32_t today = walk->context->today;
    return event->effective_date > today || (event->has_decision_date && event->decision_date > today);
}

static bool is_end_wrong(const struct walk *walk, size_t index)
{
    const struct life_step *step = &walk->steps[index];
    return step->event->has_to_date &&
           ((step->move->flags & LIFE_TIMED) == 0 || step->event->to_date <= step->event->effective_date);
}

static bool is_side_missing(const struct walk *walk, size_t index)
{
    const struct life_step *step = &walk->steps[index];
    if (step->move->event == LIFE_EVENT_TRANSFER_WITHIN) {
        return !step->event->has_branch;
    }
    return (step->move->flags & LIFE_SIDED) != 0 && !step->event->has_branch &&
           !is_stated(step->event->place);
}

static bool is_detail_wrong(const struct walk *walk, size_t index)
{
    const struct life_step *step = &walk->steps[index];
    if (!is_stated(step->event->detail)) {
        return step->move->event == LIFE_EVENT_DISCIPLINED;
    }
    return !life_has_detail(step->move->event, step->event->detail);
}

/* Who holds no office cannot lose one, and a probationary member holds none. */
static bool is_form_too_hard(const struct walk *walk, size_t index)
{
    return is_event(walk, index, LIFE_EVENT_DISCIPLINED) &&
           is_code(walk->steps[index].event->detail, "dismissal") &&
           life_ranks(&walk->steps[index].before) == LIFE_PROBATIONARY;
}

static bool is_reason_missing(const struct walk *walk, size_t index)
{
    return is_event(walk, index, LIFE_EVENT_STRUCK_OFF) && !is_stated(walk->steps[index].event->detail);
}

static bool is_decision_missing(const struct walk *walk, size_t index)
{
    const struct life_step *step = &walk->steps[index];
    const Dantin__MemberEvent *event = step->event;
    return (step->move->flags & LIFE_DECIDED) != 0 &&
           (!is_stated(event->decision_number) || !event->has_decision_date || !is_stated(event->authority));
}

/* The admission's decision has a rule of its own (member.decision_before_admission). */
static bool is_decision_late(const struct walk *walk, size_t index)
{
    const struct life_step *step = &walk->steps[index];
    unsigned may_be_later = LIFE_DECIDED_LATER | LIFE_ADMITS;
    return (step->move->flags & may_be_later) == 0 && step->event->has_decision_date &&
           step->event->decision_date > step->event->effective_date;
}

static bool is_card_number_missing(const struct walk *walk, size_t index)
{
    return is_event(walk, index, LIFE_EVENT_CARD_ISSUED) && !is_stated(walk->steps[index].event->number);
}

static bool is_temporary_length_wrong(const struct walk *walk, size_t index)
{
    const Dantin__MemberEvent *event = walk->steps[index].event;
    int32_t from = event->effective_date;
    if (!is_event(walk, index, LIFE_EVENT_TEMPORARY_OUT) || !event->has_to_date || event->to_date <= from) {
        return false;
    }
    if (event->to_date < date_add_months(from, threshold_on(TEMPORARY_MONTHS_MIN, from))) {
        return true;
    }
    return is_code(event->detail, "study")
               ? event->to_date > date_add_months(from, threshold_on(TEMPORARY_STUDY_MONTHS_MAX, from))
               : event->to_date >= date_add_months(from, threshold_on(TEMPORARY_MONTHS_MAX, from));
}

static bool is_exemption_too_long(const struct walk *walk, size_t index)
{
    const Dantin__MemberEvent *event = walk->steps[index].event;
    int32_t from = event->effective_date;
    return is_event(walk, index, LIFE_EVENT_TEMPORARILY_EXEMPT) && event->has_to_date &&
           event->to_date >= date_add_months(from, threshold_on(TEMPORARILY_EXEMPT_MONTHS_MAX, from));
}

/* An end that only a flat date told is not known any more: the return has cleared it. */
static bool is_readmitted_early(const struct walk *walk, size_t index)
{
    int32_t date = walk->steps[index].event->effective_date;
    for (size_t i = index; is_event(walk, index, LIFE_EVENT_READMITTED) && i > 0; i--) {
        const struct life_step *step = &walk->steps[i - 1];
        if (step->is_allowed && (step->move->flags & LIFE_ENDS) != 0) {
            int months = threshold_on(READMISSION_MONTHS_MIN, date);
            return date < date_add_months(step->event->effective_date, months);
        }
    }
    return false;
}

static bool is_readmitted_again(const struct walk *walk, size_t index)
{
    int32_t count = 0;
    for (size_t i = 0; i <= index; i++) {
        count += is_event(walk, i, LIFE_EVENT_READMITTED);
    }
    return is_event(walk, index, LIFE_EVENT_READMITTED) &&
           count > threshold_on(READMISSIONS_MAX, walk->steps[index].event->effective_date);
}

static bool is_badge_unknown(const struct walk *walk, size_t index)
{
    return is_event(walk, index, LIFE_EVENT_BADGE) && badge_years(walk->steps[index].event) == 0;
}

/* Party age counts from the decision of admission. That of a member readmitted is reckoned otherwise: not judged. */
static bool is_badge_early(const struct walk *walk, size_t index)
{
    const Dantin__Member *member = walk->member;
    const Dantin__MemberEvent *event = walk->steps[index].event;
    int years = is_event(walk, index, LIFE_EVENT_BADGE) ? badge_years(event) : 0;
    if (years == 0 || !(member->has_admission_decision_date || member->has_admission_date)) {
        return false;
    }
    for (size_t i = 0; i < walk->count; i++) {
        if (is_event(walk, i, LIFE_EVENT_READMITTED)) {
            return false;
        }
    }
    int32_t date = event->effective_date;
    int32_t from =
        member->has_admission_decision_date ? member->admission_decision_date : member->admission_date;
    int months = years * MONTHS_PER_YEAR;
    if (is_code(event->detail, "early") || is_code(event->detail, "posthumous")) {
        months -= years < threshold_on(BADGE_HIGH_YEARS_MIN, date)
                      ? threshold_on(BADGE_EARLY_MONTHS_MAX, date)
                      : threshold_on(BADGE_HIGH_EARLY_MONTHS_MAX, date);
    }
    return date < date_add_months(from, months);
}

/* 30, 40, and every five years from there; 0: no such badge. */
static int badge_years(const Dantin__MemberEvent *event)
{
    const char *number = event->number != NULL ? event->number : "";
    if (strlen(number) != 2 || strspn(number, "0123456789") != 2) {
        return 0;
    }
    int years = (number[0] - '0') * 10 + (number[1] - '0');
    int32_t date = event->effective_date;
    bool is_first = years == threshold_on(BADGE_YEARS_MIN, date);
    bool is_later = years >= BADGE_SECOND_YEARS && years <= threshold_on(BADGE_YEARS_MAX, date) &&
                    years % BADGE_STEP_YEARS == 0;
    return is_first || is_later ? years : 0;
}

static bool is_event(const struct walk *walk, size_t index, enum life_event event)
{
    return walk->steps[index].move->event == event;
}
