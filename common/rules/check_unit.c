/* Rules on codes, localities and branches. */
#include "common/record/date.h"
#include "common/rules/checks.h"
#include "common/rules/texts.h"
#include "common/rules/thresholds.h"
#include "proto/records.pb-c.h"

static bool is_cell(const Dantin__Branch *branch);
static bool has_open_successor(const Dantin__Branch *branch, const char *type);

/* All share one signature, which lets a rule set the date of its fact, though not every rule knows one. */
// NOLINTBEGIN(readability-non-const-parameter)
bool check_code_valid_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Code *code = context->message;
    return code->has_valid_from && code->has_valid_to && code->valid_to <= code->valid_from;
}

bool check_locality_valid_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Locality *locality = context->message;
    return locality->has_valid_from && locality->has_valid_to && locality->valid_to <= locality->valid_from;
}

bool check_locality_parent_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Locality *locality = context->message;
    bool is_top = is_code(locality->kind, "province") || is_code(locality->kind, "city");
    return !is_top && locality->n_parent == 0;
}

bool check_locality_population_positive(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Locality *locality = context->message;
    for (size_t i = 0; i < locality->n_population; i++) {
        if (locality->population[i]->has_people && locality->population[i]->people == 0) {
            return true;
        }
    }
    return false;
}

bool check_locality_population_future(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Locality *locality = context->message;
    for (size_t i = 0; i < locality->n_population; i++) {
        if (locality->population[i]->has_as_of && locality->population[i]->as_of > context->today) {
            return true;
        }
    }
    return false;
}

bool check_locality_population_twice(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Locality *locality = context->message;
    /* A longer list is refused anyway (record.list_too_long); it must not cost the square of its length. */
    for (size_t i = 1; i < locality->n_population && i < SCHEMA_LIST_ELEMENTS_MAX; i++) {
        const Dantin__Population *figure = locality->population[i];
        for (size_t j = 0; figure->has_as_of && j < i; j++) {
            if (locality->population[j]->has_as_of && locality->population[j]->as_of == figure->as_of) {
                return true;
            }
        }
    }
    return false;
}

bool check_locality_household_positive(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Locality *locality = context->message;
    for (size_t i = 0; i < locality->n_household; i++) {
        if (locality->household[i]->has_households && locality->household[i]->households == 0) {
            return true;
        }
    }
    return false;
}

bool check_locality_household_future(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Locality *locality = context->message;
    for (size_t i = 0; i < locality->n_household; i++) {
        if (locality->household[i]->has_as_of && locality->household[i]->as_of > context->today) {
            return true;
        }
    }
    return false;
}

bool check_locality_household_twice(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Locality *locality = context->message;
    for (size_t i = 1; i < locality->n_household && i < SCHEMA_LIST_ELEMENTS_MAX; i++) {
        const Dantin__Household *figure = locality->household[i];
        for (size_t j = 0; figure->has_as_of && j < i; j++) {
            if (locality->household[j]->has_as_of && locality->household[j]->as_of == figure->as_of) {
                return true;
            }
        }
    }
    return false;
}

bool check_locality_successor_open(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Locality *locality = context->message;
    for (size_t i = 0; i < locality->n_successor; i++) {
        if (is_code(locality->successor[i]->type, "merged") && !locality->has_valid_to) {
            return true;
        }
    }
    return false;
}

bool check_branch_dissolved(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Branch *branch = context->message;
    return branch->has_established_date && branch->has_dissolved_date &&
           branch->dissolved_date <= branch->established_date;
}

bool check_branch_parent_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Branch *branch = context->message;
    return !is_code(branch->kind, "province") && branch->n_parent == 0;
}

bool check_branch_sender_has_parent(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Branch *branch = context->message;
    return branch->has_is_sender && branch->is_sender && branch->n_parent == 0;
}

bool check_branch_list_without_code(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Branch *branch = context->message;
    return is_stated(branch->code_list) && !is_stated(branch->code);
}

bool check_branch_dissolved_decision(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Branch *branch = context->message;
    if (!branch->has_dissolved_date) {
        return false;
    }
    *ret_fact_date = branch->dissolved_date;
    return !is_stated(branch->dissolved_decision) || !is_stated(branch->dissolved_authority);
}

bool check_branch_decision_without_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Branch *branch = context->message;
    bool is_dissolved = is_stated(branch->dissolved_decision) || is_stated(branch->dissolved_authority);
    bool is_established = is_stated(branch->established_decision) || is_stated(branch->established_authority);
    return (is_dissolved && !branch->has_dissolved_date) || (is_established && !branch->has_established_date);
}

bool check_branch_successor_open(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return has_open_successor(context->message, "merged");
}

/* A part may be split off while the rest goes on. */
bool check_branch_successor_split(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return has_open_successor(context->message, "split");
}

bool check_branch_term_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Branch *branch = context->message;
    return branch->has_term_to && (!branch->has_term_from || branch->term_to <= branch->term_from);
}

bool check_branch_term_length(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Branch *branch = context->message;
    if (!branch->has_term_from || !branch->has_term_to) {
        return false;
    }
    *ret_fact_date = branch->term_from;
    int months =
        threshold_on(TERM_MONTHS_MAX, *ret_fact_date) + threshold_on(TERM_SHIFT_MONTHS_MAX, *ret_fact_date);
    return branch->term_to > date_add_months(branch->term_from, months);
}

bool check_branch_cell_seats(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Branch *branch = context->message;
    *ret_fact_date = branch->has_term_from ? branch->term_from : context->today;
    return is_cell(branch) && branch->has_committee_seats &&
           branch->committee_seats > (uint32_t)threshold_on(CELL_COMMITTEE_SEATS_MAX, *ret_fact_date);
}

bool check_branch_committee_seats(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Branch *branch = context->message;
    *ret_fact_date = branch->has_term_from ? branch->term_from : context->today;
    return is_code(branch->kind, "grassroots_committee") && branch->has_committee_seats &&
           (branch->committee_seats <
                (uint32_t)threshold_on(GRASSROOTS_COMMITTEE_SEATS_MIN, *ret_fact_date) ||
            branch->committee_seats > (uint32_t)threshold_on(GRASSROOTS_COMMITTEE_SEATS_MAX, *ret_fact_date));
}

bool check_branch_unit_type(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Branch *branch = context->message;
    return is_code(branch->unit_type, "commune_military") && is_stated(branch->kind) && !is_cell(branch);
}

// NOLINTEND(readability-non-const-parameter)

static bool is_cell(const Dantin__Branch *branch)
{
    return is_code(branch->kind, "cell") || is_code(branch->kind, "grassroots_cell");
}

static bool has_open_successor(const Dantin__Branch *branch, const char *type)
{
    for (size_t i = 0; i < branch->n_successor; i++) {
        if (is_code(branch->successor[i]->type, type) && !branch->has_dissolved_date) {
            return true;
        }
    }
    return false;
}

bool rules_cell_is_below_minimum(uint64_t official_members, int32_t date)
{
    return official_members < (uint64_t)threshold_on(CELL_OFFICIAL_MEMBERS_MIN, date);
}

bool rules_grassroots_is_committee(uint64_t members, int32_t date)
{
    return members >= (uint64_t)threshold_on(GRASSROOTS_COMMITTEE_MEMBERS_MIN, date);
}
