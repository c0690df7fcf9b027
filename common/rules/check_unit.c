/* Rules on codes, localities and branches. */
#include <string.h>

#include "common/rules/checks.h"
#include "common/rules/thresholds.h"
#include "proto/records.pb-c.h"

static bool is_kind(const char *kind, const char *expected);
static bool is_stated(const char *text);

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
    bool is_top = is_kind(locality->kind, "province") || is_kind(locality->kind, "city");
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
    return !is_kind(branch->kind, "province") && branch->n_parent == 0;
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

// NOLINTEND(readability-non-const-parameter)

bool rules_cell_is_below_minimum(uint64_t official_members, int32_t date)
{
    return official_members < (uint64_t)threshold_on(CELL_OFFICIAL_MEMBERS_MIN, date);
}

static bool is_kind(const char *kind, const char *expected)
{
    return kind != NULL && strcmp(kind, expected) == 0;
}

static bool is_stated(const char *text)
{
    return text != NULL && text[0] != '\0';
}
