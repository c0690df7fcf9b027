/* Rules on ballots of congresses of cells. */
#include "common/rules/checks.h"
#include "common/rules/congress.h"
#include "common/rules/persons.h"
#include "common/rules/texts.h"
#include "common/rules/thresholds.h"
#include "proto/records.pb-c.h"

static int32_t date_of(const struct rule_context *context);
static bool is_committee(const Dantin__CongressBallot *ballot);
static bool has_majority(const Dantin__CongressBallot *ballot, size_t i);
static bool is_too_long(const Dantin__CongressBallot *ballot);
static size_t count_elected(const Dantin__CongressBallot *ballot);
static uint32_t figure(protobuf_c_boolean is_stated, uint32_t value);

int64_t congress_denominator(const void *message)
{
    const Dantin__CongressBallot *ballot = message;
    return (int64_t)figure(ballot->has_official_members, ballot->official_members) -
           figure(ballot->has_elsewhere, ballot->elsewhere) -
           figure(ballot->has_exempt_absent, ballot->exempt_absent) -
           figure(ballot->has_suspended, ballot->suspended) - figure(ballot->has_detained, ballot->detained) -
           figure(ballot->has_absent_excused, ballot->absent_excused);
}

bool congress_is_elected(const void *message, size_t candidate_index)
{
    const Dantin__CongressBallot *ballot = message;
    const Dantin__CongressCandidate *candidate = ballot->candidate[candidate_index];
    size_t as_good = 0;
    for (size_t i = 0; i < ballot->n_candidate && i < SCHEMA_LIST_ELEMENTS_MAX; i++) {
        as_good +=
            i != candidate_index && figure(ballot->candidate[i]->has_votes, ballot->candidate[i]->votes) >=
                                        figure(candidate->has_votes, candidate->votes);
    }
    return has_majority(ballot, candidate_index) && as_good < figure(ballot->has_seats, ballot->seats);
}

/* All share one signature, which lets a rule set the date of its fact, though not every rule knows one. */
// NOLINTBEGIN(readability-non-const-parameter)
bool check_congress_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return (ballot->has_date && ballot->date > context->today) ||
           (ballot->has_minutes_date && ballot->minutes_date > context->today);
}

bool check_congress_minutes_before_congress(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->has_date && ballot->has_minutes_date && ballot->minutes_date < ballot->date;
}

bool check_congress_round(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->has_round && ballot->round == 0;
}

bool check_congress_secretary_rounds(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__CongressBallot *ballot = context->message;
    *ret_fact_date = date_of(context);
    return is_code(ballot->ballot, "secretary") && ballot->has_round &&
           ballot->round > (uint32_t)threshold_on(SECRETARY_ROUNDS_MAX, *ret_fact_date);
}

/* Exempt members count for the cell's size, whether they come or not. */
bool check_congress_small_cell(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__CongressBallot *ballot = context->message;
    *ret_fact_date = date_of(context);
    return is_committee(ballot) && ballot->has_official_members &&
           ballot->official_members < (uint32_t)threshold_on(COMMITTEE_OFFICIAL_MEMBERS_MIN, *ret_fact_date);
}

/* A cell that is large by its exempt members only may choose to have no committee. */
bool check_congress_from_committee(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__CongressBallot *ballot = context->message;
    *ret_fact_date = date_of(context);
    int64_t active = (int64_t)figure(ballot->has_official_members, ballot->official_members) -
                     figure(ballot->has_exempt_absent, ballot->exempt_absent);
    bool is_asked = ballot->ballot != NULL && !is_committee(ballot) &&
                    active >= threshold_on(COMMITTEE_OFFICIAL_MEMBERS_MIN, *ret_fact_date);
    for (size_t i = 0; i < ballot->n_candidate && is_asked; i++) {
        if (ballot->candidate[i]->has_is_committee_member && !ballot->candidate[i]->is_committee_member) {
            return true;
        }
    }
    return false;
}

bool check_congress_seats_one(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->ballot != NULL && !is_committee(ballot) && ballot->has_seats && ballot->seats != 1;
}

bool check_congress_seats(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__CongressBallot *ballot = context->message;
    *ret_fact_date = date_of(context);
    return is_committee(ballot) && ballot->has_seats &&
           (ballot->seats == 0 ||
            ballot->seats > (uint32_t)threshold_on(CELL_COMMITTEE_SEATS_MAX, *ret_fact_date));
}

bool check_congress_denominator(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->has_official_members && congress_denominator(ballot) <= 0;
}

bool check_congress_present(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    int64_t denominator = congress_denominator(ballot);
    return ballot->has_official_members && ballot->has_present && denominator > 0 &&
           ballot->present > denominator;
}

/* Minutes count as absent either all who are not there, or those summoned, or only those whom the majority is
 * counted of. */
bool check_congress_absent(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__CongressBallot *ballot = context->message;
    if (!ballot->has_official_members || !ballot->has_present || !ballot->has_absent ||
        check_congress_denominator(context, ret_fact_date) ||
        check_congress_present(context, ret_fact_date)) {
        return false;
    }
    int64_t counted = (int64_t)ballot->present + ballot->absent;
    int64_t denominator = congress_denominator(ballot);
    int64_t summoned = denominator + figure(ballot->has_exempt_absent, ballot->exempt_absent) +
                       figure(ballot->has_absent_excused, ballot->absent_excused);
    return counted != denominator && counted != summoned && counted != ballot->official_members;
}

bool check_congress_quorum(const struct rule_context *context, int32_t *ret_fact_date)
{
    *ret_fact_date = date_of(context);
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->has_official_members && ballot->has_present &&
           3 * (int64_t)ballot->present < 2 * congress_denominator(ballot);
}

bool check_congress_issued(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->has_present && ballot->has_issued && ballot->issued > ballot->present;
}

bool check_congress_collected(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->has_issued && ballot->has_collected && ballot->collected > ballot->issued;
}

bool check_congress_ballots(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->has_collected && ballot->has_valid && ballot->has_invalid &&
           (uint64_t)ballot->valid + ballot->invalid != ballot->collected;
}

bool check_congress_invalid_reason(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return figure(ballot->has_invalid, ballot->invalid) > 0 && ballot->invalid_reason == NULL;
}

bool check_congress_candidate_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->n_candidate == 0;
}

bool check_congress_candidate_twice(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return persons_named_twice(context, "candidate");
}

/* One more than seats is always allowed: a list without surplus is no choice. */
bool check_congress_surplus(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__CongressBallot *ballot = context->message;
    *ret_fact_date = date_of(context);
    uint64_t seats = figure(ballot->has_seats, ballot->seats);
    uint64_t allowed = seats * (uint64_t)threshold_on(BALLOT_SURPLUS_PERCENT_MAX, *ret_fact_date) / 100;
    return is_committee(ballot) && ballot->has_seats && seats > 0 &&
           ballot->n_candidate > seats + (allowed > 1 ? allowed : 1);
}

bool check_congress_no_surplus(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__CongressBallot *ballot = context->message;
    *ret_fact_date = date_of(context);
    return is_committee(ballot) && ballot->has_round && ballot->round == 1 && !ballot->is_tie_break &&
           ballot->has_seats && ballot->n_candidate > 0 && ballot->n_candidate <= ballot->seats;
}

bool check_congress_votes(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    for (size_t i = 0; i < ballot->n_candidate && ballot->has_valid; i++) {
        if (figure(ballot->candidate[i]->has_votes, ballot->candidate[i]->votes) > ballot->valid) {
            return true;
        }
    }
    return false;
}

bool check_congress_votes_sum(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__CongressBallot *ballot = context->message;
    uint64_t sum = 0;
    for (size_t i = 0; i < ballot->n_candidate; i++) {
        sum += figure(ballot->candidate[i]->has_votes, ballot->candidate[i]->votes);
    }
    return ballot->has_seats && ballot->seats > 0 && ballot->has_valid &&
           sum > (uint64_t)ballot->seats * ballot->valid && !check_congress_votes(context, ret_fact_date);
}

bool check_congress_elected(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    bool is_counted = congress_denominator(ballot) > 0;
    for (size_t i = 0; i < ballot->n_candidate && is_counted; i++) {
        if (ballot->candidate[i]->is_elected && !has_majority(ballot, i)) {
            return true;
        }
    }
    return false;
}

bool check_congress_elected_seats(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->has_seats && ballot->seats > 0 && count_elected(ballot) > ballot->seats;
}

/* Of those beyond half only; who is not, and too many, have their own rules. */
bool check_congress_elected_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__CongressBallot *ballot = context->message;
    if (is_too_long(ballot) || !ballot->has_seats || congress_denominator(ballot) <= 0 ||
        check_congress_elected_seats(context, ret_fact_date)) {
        return false;
    }
    for (size_t i = 0; i < ballot->n_candidate; i++) {
        const Dantin__CongressCandidate *candidate = ballot->candidate[i];
        if (candidate->has_is_elected && has_majority(ballot, i) &&
            (candidate->is_elected != 0) != congress_is_elected(ballot, i)) {
            return true;
        }
    }
    return false;
}

bool check_congress_official_is_candidate(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return persons_in_both(context, "official", "candidate", PERSONS_SAME);
}

bool check_congress_official_like_candidate(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return persons_in_both(context, "official", "candidate", PERSONS_ALIKE);
}

// NOLINTEND(readability-non-const-parameter)

static int32_t date_of(const struct rule_context *context)
{
    const Dantin__CongressBallot *ballot = context->message;
    return ballot->has_date ? ballot->date : context->today;
}

static bool is_committee(const Dantin__CongressBallot *ballot)
{
    return is_code(ballot->ballot, "committee");
}

/* Among those who tied a majority is no longer asked for. */
static bool has_majority(const Dantin__CongressBallot *ballot, size_t i)
{
    const Dantin__CongressCandidate *candidate = ballot->candidate[i];
    return (ballot->has_is_tie_break && ballot->is_tie_break) ||
           2 * (int64_t)figure(candidate->has_votes, candidate->votes) > congress_denominator(ballot);
}

static bool is_too_long(const Dantin__CongressBallot *ballot)
{
    return ballot->n_candidate > SCHEMA_LIST_ELEMENTS_MAX;
}

static size_t count_elected(const Dantin__CongressBallot *ballot)
{
    size_t count = 0;
    for (size_t i = 0; i < ballot->n_candidate; i++) {
        count += ballot->candidate[i]->is_elected != 0;
    }
    return count;
}

static uint32_t figure(protobuf_c_boolean is_stated, uint32_t value)
{
    return is_stated ? value : 0;
}
