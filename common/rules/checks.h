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
bool check_locality_household_positive(const struct rule_context *context, int32_t *ret_fact_date);
bool check_locality_household_future(const struct rule_context *context, int32_t *ret_fact_date);
bool check_locality_household_twice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_locality_successor_open(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_dissolved_decision(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_decision_without_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_successor_open(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_successor_split(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_term_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_term_length(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_cell_seats(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_committee_seats(const struct rule_context *context, int32_t *ret_fact_date);
bool check_branch_unit_type(const struct rule_context *context, int32_t *ret_fact_date);

/* check_member.c */
bool check_member_branch_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_birth_before_admission(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_admission_age(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_admission_age_above_60(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_decision_before_admission(const struct rule_context *context, int32_t *ret_fact_date);
bool check_member_ceremony(const struct rule_context *context, int32_t *ret_fact_date);
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

/* check_person.c */
bool check_office_holder(const struct rule_context *context, int32_t *ret_fact_date);
bool check_office_member(const struct rule_context *context, int32_t *ret_fact_date);
bool check_office_locality(const struct rule_context *context, int32_t *ret_fact_date);
bool check_office_date_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_office_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_office_interim(const struct rule_context *context, int32_t *ret_fact_date);
bool check_training_date_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_training_date_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_training_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_task_date_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_task_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_task_result_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_task_result_early(const struct rule_context *context, int32_t *ret_fact_date);
bool check_task_result_agrees(const struct rule_context *context, int32_t *ret_fact_date);
bool check_planning_date_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_planning_future_date(const struct rule_context *context, int32_t *ret_fact_date);

/* check_evaluation.c */
bool check_evaluation_year(const struct rule_context *context, int32_t *ret_fact_date);
bool check_evaluation_period(const struct rule_context *context, int32_t *ret_fact_date);
bool check_evaluation_period_over(const struct rule_context *context, int32_t *ret_fact_date);
bool check_evaluation_decision_future(const struct rule_context *context, int32_t *ret_fact_date);
bool check_evaluation_sum(const struct rule_context *context, int32_t *ret_fact_date);
bool check_evaluation_cap(const struct rule_context *context, int32_t *ret_fact_date);
bool check_evaluation_cell_cap(const struct rule_context *context, int32_t *ret_fact_date);
bool check_evaluation_cell_twice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_evaluation_points_max(const struct rule_context *context, int32_t *ret_fact_date);
bool check_evaluation_points(const struct rule_context *context, int32_t *ret_fact_date);
bool check_evaluation_points_unused(const struct rule_context *context, int32_t *ret_fact_date);

/* check_work.c */
bool check_meeting_present(const struct rule_context *context, int32_t *ret_fact_date);
bool check_meeting_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_supervision_holder(const struct rule_context *context, int32_t *ret_fact_date);
bool check_supervision_date_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_supervision_visit_outside(const struct rule_context *context, int32_t *ret_fact_date);
bool check_supervision_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_dialogue_participants(const struct rule_context *context, int32_t *ret_fact_date);
bool check_dialogue_not_held(const struct rule_context *context, int32_t *ret_fact_date);
bool check_dialogue_settled(const struct rule_context *context, int32_t *ret_fact_date);
bool check_dialogue_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_inspection_conclusion_unpublished(const struct rule_context *context, int32_t *ret_fact_date);
bool check_inspection_conclusion_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_inspection_date_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_inspection_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_competition_date_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_competition_participants(const struct rule_context *context, int32_t *ret_fact_date);

/* check_plan.c */
bool check_target_year(const struct rule_context *context, int32_t *ret_fact_date);
bool check_target_value(const struct rule_context *context, int32_t *ret_fact_date);
bool check_target_whole(const struct rule_context *context, int32_t *ret_fact_date);
bool check_target_percent(const struct rule_context *context, int32_t *ret_fact_date);
bool check_target_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_obligation_date_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_fulfilment_figure_twice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_fulfilment_figure_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_fulfilment_figure_sum(const struct rule_context *context, int32_t *ret_fact_date);
bool check_fulfilment_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_private_unit_date_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_private_unit_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_private_unit_organisation(const struct rule_context *context, int32_t *ret_fact_date);
bool check_private_unit_headcount_twice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_private_unit_worker_members(const struct rule_context *context, int32_t *ret_fact_date);
bool check_private_unit_members(const struct rule_context *context, int32_t *ret_fact_date);
/* check_tally.c */
bool check_tally_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_minutes_before_election(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_round(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_electorate(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_mode_method(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_electors(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_attending(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_absent(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_quorum(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_ballots_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_issued(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_collected(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_unreturned_reason(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_ballots(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_candidate_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_candidate_twice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_votes(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_votes_sum(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_against_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_approval_sum(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_hands_sum(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_two_winners(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_elected(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_outcome(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_board_size(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_board_head(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_witnesses(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_official_is_candidate(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_official_like_candidate(const struct rule_context *context, int32_t *ret_fact_date);

/* check_tally_cluster.c */
bool check_tally_clusters_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_cluster_twice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_cluster_figures(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_cluster_sum(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_cluster_vote_range(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_cluster_vote_twice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_cluster_vote_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_tally_cluster_vote_sum(const struct rule_context *context, int32_t *ret_fact_date);

/* check_congress.c */
bool check_congress_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_minutes_before_congress(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_round(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_secretary_rounds(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_small_cell(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_from_committee(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_seats_one(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_seats(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_denominator(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_present(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_absent(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_quorum(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_issued(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_collected(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_ballots(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_invalid_reason(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_candidate_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_candidate_twice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_surplus(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_no_surplus(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_votes(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_votes_sum(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_elected(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_elected_seats(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_elected_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_official_is_candidate(const struct rule_context *context, int32_t *ret_fact_date);
bool check_congress_official_like_candidate(const struct rule_context *context, int32_t *ret_fact_date);

/* check_election.c */
bool check_election_stage_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_stage_skipped(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_round(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_future_date(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_term_order(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_candidate_twice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_official_is_candidate(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_official_like_candidate(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_team_head(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_candidate_missing(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_candidate_age(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_pilot_candidate(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_deadline_hold_decision(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_deadline_consultation(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_deadline_team_decision(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_deadline_posted(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_deadline_notice(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_deadline_result_sent(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_deadline_recognition(const struct rule_context *context, int32_t *ret_fact_date);
bool check_election_rerun_days(const struct rule_context *context, int32_t *ret_fact_date);

#endif
