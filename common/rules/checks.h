/* The rules that have a function: check_<kind>_<rule> of rules.def. Private to common/rules. Rank 3. Pure.
 * Each returns true when its rule is broken; see rule_info.is_broken. Facts that are not stated break
 * nothing. */
#ifndef COMMON_RULES_CHECKS_H
#define COMMON_RULES_CHECKS_H

#include "common/rules/rules.h"

/* check_unit.c */
bool check_code_valid_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_locality_valid_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_locality_parent_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_locality_population_positive(const struct rule_context *context, int32_t *ret_fact_date);
bool check_locality_population_future(const struct rule_context *context, int32_t *ret_fact_date);
bool check_locality_population_twice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_dissolved(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_parent_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_sender_has_parent(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_list_without_code(const struct rule_context *context, int32_t *ret_fact_date);

/* check_member.c */
bool check_member_branch_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_birth_before_admission(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_admission_age(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_admission_age_above_60(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_decision_before_admission(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_admission_before_official(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_official_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_official_before_decision(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_official_date_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_ended_after_admission(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_ended_after_official(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_ended_reason_and_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_probation_refused(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_temporarily_exempt_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_temporarily_exempt_length(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_exempt_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_card_official(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_card_number_format(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_file_number_format(const struct rule_context *context, int32_t *ret_fact_date);

/* check_life.c */
bool check_member_event_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_disagrees(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_future(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_to_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_side(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_detail(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_form(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_reason(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_decision(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_decision_late(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_card_number(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_temporary_length(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_event_exemption_length(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_readmitted_early(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_readmitted_again(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_badge_years(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_badge_early(const struct rule_context *context, int32_t *ret_fact_date);

#endif
