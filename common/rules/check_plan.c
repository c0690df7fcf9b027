/* Rules on what is assigned and answered: target, obligation, fulfilment; and on private units. */
#include "common/record/date.h"
#include "common/rules/checks.h"
#include "common/rules/texts.h"
#include "proto/records.pb-c.h"

enum { YEAR_MIN = 1990, YEAR_MAX = 2099, HUNDREDTHS = 100, PERCENT_HUNDREDTHS_MAX = 100 * HUNDREDTHS };

/* Measures whose goal is nothing at all; those counted in persons or hamlets; the others are percentages. */
static const char *const zero_measures[] = {"non_member_heads", "blank_hamlets", NULL};
static const char *const whole_measures[] = {"admissions", "non_member_heads", "blank_hamlets", NULL};

static size_t figure_count(const Dantin__Fulfilment *fulfilment);
static bool find_figure(const Dantin__Fulfilment *fulfilment, const char *measure, uint64_t *ret_count);
static size_t headcount_count(const Dantin__PrivateUnit *unit);

/* All share one signature, which lets a rule set the date of its fact, though not every rule knows one. */
// NOLINTBEGIN(readability-non-const-parameter)
bool check_target_year(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Target *target = context->message;
    return target->has_year && (target->year < YEAR_MIN || target->year > YEAR_MAX);
}

bool check_target_value(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Target *target = context->message;
    bool may_be_zero = is_one_of(target->measure, zero_measures);
    return target->has_value && (target->value < 0 || (target->value == 0 && !may_be_zero));
}

bool check_target_whole(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Target *target = context->message;
    return target->has_value && is_one_of(target->measure, whole_measures) && target->value % HUNDREDTHS != 0;
}

bool check_target_percent(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Target *target = context->message;
    return target->has_value && is_stated(target->measure) && !is_one_of(target->measure, whole_measures) &&
           target->value > PERCENT_HUNDREDTHS_MAX;
}

bool check_target_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Target *target = context->message;
    return target->has_decision_date && target->decision_date > context->today;
}

bool check_obligation_date_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Obligation *obligation = context->message;
    return obligation->has_as_of && obligation->has_due_date && obligation->due_date < obligation->as_of;
}

bool check_fulfilment_figure_twice(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Fulfilment *fulfilment = context->message;
    for (size_t i = 0; i < figure_count(fulfilment); i++) {
        const char *measure = fulfilment->figure[i]->measure;
        for (size_t j = 0; measure != NULL && j < i; j++) {
            if (is_code(fulfilment->figure[j]->measure, measure)) {
                return true;
            }
        }
    }
    return false;
}

/* Whether figures are demanded stands in the obligation, another record: the clerk says why there are none. */
bool check_fulfilment_figure_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Fulfilment *fulfilment = context->message;
    return fulfilment->n_figure == 0;
}

bool check_fulfilment_figure_sum(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Fulfilment *fulfilment = context->message;
    uint64_t members = 0;
    uint64_t official = 0;
    uint64_t probationary = 0;
    return find_figure(fulfilment, "members", &members) && find_figure(fulfilment, "official", &official) &&
           find_figure(fulfilment, "probationary", &probationary) && members != official + probationary;
}

bool check_fulfilment_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Fulfilment *fulfilment = context->message;
    return (fulfilment->has_as_of && fulfilment->as_of > context->today) ||
           (fulfilment->has_document_date && fulfilment->document_date > context->today);
}

bool check_private_unit_date_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__PrivateUnit *unit = context->message;
    bool is_closed_first =
        unit->has_established_date && unit->has_closed_date && unit->closed_date <= unit->established_date;
    bool is_organised_first = unit->has_established_date && unit->has_organisation_from &&
                              unit->organisation_from < unit->established_date;
    return is_closed_first || is_organised_first;
}

bool check_private_unit_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__PrivateUnit *unit = context->message;
    for (size_t i = 0; i < unit->n_headcount; i++) {
        if (unit->headcount[i]->has_as_of && unit->headcount[i]->as_of > context->today) {
            return true;
        }
    }
    return (unit->has_established_date && unit->established_date > context->today) ||
           (unit->has_organisation_from && unit->organisation_from > context->today);
}

bool check_private_unit_organisation(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__PrivateUnit *unit = context->message;
    return (unit->has_organisation != 0) != (unit->has_organisation_from != 0);
}

bool check_private_unit_headcount_twice(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__PrivateUnit *unit = context->message;
    for (size_t i = 0; i < headcount_count(unit); i++) {
        const Dantin__PrivateHeadcount *figure = unit->headcount[i];
        for (size_t j = 0; figure->has_as_of && j < i; j++) {
            if (unit->headcount[j]->has_as_of && unit->headcount[j]->as_of == figure->as_of) {
                return true;
            }
        }
    }
    return false;
}

bool check_private_unit_worker_members(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__PrivateUnit *unit = context->message;
    for (size_t i = 0; i < headcount_count(unit); i++) {
        const Dantin__PrivateHeadcount *figure = unit->headcount[i];
        bool exceeds_members = figure->has_members && figure->worker_members > figure->members;
        bool exceeds_workers = figure->has_workers && figure->worker_members > figure->workers;
        if (figure->has_worker_members && (exceeds_members || exceeds_workers)) {
            return true;
        }
    }
    return false;
}

/* Owners and managers may be members without being counted as workers. */
bool check_private_unit_members(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__PrivateUnit *unit = context->message;
    for (size_t i = 0; i < headcount_count(unit); i++) {
        const Dantin__PrivateHeadcount *figure = unit->headcount[i];
        if (figure->has_members && figure->has_workers && figure->members > figure->workers) {
            return true;
        }
    }
    return false;
}

// NOLINTEND(readability-non-const-parameter)

/* Longer lists are refused anyway (record.list_too_long); they must not cost the square of their length. */
static size_t figure_count(const Dantin__Fulfilment *fulfilment)
{
    return fulfilment->n_figure < SCHEMA_LIST_ELEMENTS_MAX ? fulfilment->n_figure : SCHEMA_LIST_ELEMENTS_MAX;
}

static size_t headcount_count(const Dantin__PrivateUnit *unit)
{
    return unit->n_headcount < SCHEMA_LIST_ELEMENTS_MAX ? unit->n_headcount : SCHEMA_LIST_ELEMENTS_MAX;
}

static bool find_figure(const Dantin__Fulfilment *fulfilment, const char *measure, uint64_t *ret_count)
{
    for (size_t i = 0; i < figure_count(fulfilment); i++) {
        const Dantin__FulfilmentFigure *figure = fulfilment->figure[i];
        if (figure->has_count && is_code(figure->measure, measure)) {
            *ret_count = figure->count;
            return true;
        }
    }
    return false;
}
