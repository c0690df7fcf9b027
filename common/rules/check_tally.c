/* Rules on tally sheets: the figures of the hamlet, the winner, the counting board. Clusters: check_tally_cluster.c.
 *
 * Two denominators meet here: ballots are counted against those attending, the winner against all electors of
 * the hamlet. Every test is one of whole numbers. */
#include "common/rules/checks.h"
#include "common/rules/persons.h"
#include "common/rules/tally.h"
#include "common/rules/texts.h"
#include "common/rules/thresholds.h"
#include "proto/records.pb-c.h"

static bool is_secret(const Dantin__Tally *tally);
static int32_t date_of(const struct rule_context *context);
static uint64_t count_role(const Dantin__Tally *tally, const char *role);
static bool has_wrong_sum(const Dantin__Tally *tally, uint64_t whole);

bool tally_is_winner(uint64_t votes, uint64_t electors)
{
    return 2 * votes > electors;
}

size_t tally_winners(const void *message, size_t *ret_first)
{
    const Dantin__Tally *tally = message;
    size_t count = 0;
    for (size_t i = 0; tally->has_electors && i < tally->n_candidate; i++) {
        if (tally->candidate[i]->has_votes && tally_is_winner(tally->candidate[i]->votes, tally->electors)) {
            *ret_first = count == 0 ? i : *ret_first;
            count++;
        }
    }
    return count;
}

/* All share one signature, which lets a rule set the date of its fact, though not every rule knows one. */
// NOLINTBEGIN(readability-non-const-parameter)
bool check_tally_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return (tally->has_date && tally->date > context->today) ||
           (tally->has_minutes_date && tally->minutes_date > context->today);
}

bool check_tally_minutes_before_election(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return tally->has_date && tally->has_minutes_date && tally->minutes_date < tally->date;
}

bool check_tally_round(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return tally->has_round && tally->round == 0;
}

bool check_tally_electorate(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Tally *tally = context->message;
    *ret_fact_date = date_of(context);
    return is_code(tally->electorate, "voters") && threshold_on(ELECTION_VOTERS_ALLOWED, *ret_fact_date) == 0;
}

bool check_tally_mode_method(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return is_code(tally->method, "show_of_hands") &&
           (is_code(tally->mode, "carried") || is_code(tally->mode, "polling_day"));
}

bool check_tally_electors(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return tally->has_electors && tally->electors == 0;
}

bool check_tally_attending(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return tally->has_electors && tally->has_attending && tally->attending > tally->electors;
}

bool check_tally_absent(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return tally->has_electors && tally->has_attending && tally->has_absent &&
           (uint64_t)tally->attending + tally->absent != tally->electors;
}

bool check_tally_quorum(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Tally *tally = context->message;
    *ret_fact_date = date_of(context);
    uint64_t percent = (uint64_t)threshold_on(ELECTION_QUORUM_PERCENT, *ret_fact_date);
    bool is_meeting = is_code(tally->mode, "meeting") || is_code(tally->mode, "clusters");
    return percent > 0 && is_meeting && tally->has_electors && tally->has_attending &&
           100 * (uint64_t)tally->attending <= percent * tally->electors;
}

bool check_tally_ballots_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return is_secret(tally) &&
           !(tally->has_issued && tally->has_collected && tally->has_valid && tally->has_invalid);
}

bool check_tally_issued(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    if (is_code(tally->mode, "carried")) {
        return tally->has_issued && tally->has_electors && tally->issued > tally->electors;
    }
    return tally->has_issued && tally->has_attending && tally->issued > tally->attending;
}

bool check_tally_collected(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return tally->has_issued && tally->has_collected && tally->collected > tally->issued;
}

bool check_tally_unreturned_reason(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return tally->has_issued && tally->has_collected && tally->collected < tally->issued &&
           tally->unreturned_reason == NULL;
}

bool check_tally_ballots(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return tally->has_collected && tally->has_valid && tally->has_invalid &&
           (uint64_t)tally->valid + tally->invalid != tally->collected;
}

bool check_tally_candidate_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return tally->n_candidate == 0;
}

bool check_tally_candidate_twice(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return persons_named_twice(context, "candidate");
}

/* Where the votes of one ballot for and against are stated, their sum says more: check_tally_approval_sum. */
bool check_tally_votes(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    for (size_t i = 0; i < tally->n_candidate && is_code(tally->method, "secret_choice"); i++) {
        const Dantin__TallyCandidate *candidate = tally->candidate[i];
        if (tally->has_valid && candidate->has_votes && candidate->votes > tally->valid) {
            return true;
        }
    }
    return false;
}

bool check_tally_votes_sum(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Tally *tally = context->message;
    uint64_t sum = 0;
    for (size_t i = 0; i < tally->n_candidate; i++) {
        sum += tally->candidate[i]->has_votes ? tally->candidate[i]->votes : 0;
    }
    return is_code(tally->method, "secret_choice") && tally->has_valid && sum > tally->valid &&
           !check_tally_votes(context, ret_fact_date);
}

bool check_tally_against_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    bool is_asked = is_code(tally->method, "secret_approval") || is_code(tally->method, "show_of_hands");
    for (size_t i = 0; i < tally->n_candidate && is_asked; i++) {
        if (!tally->candidate[i]->has_against) {
            return true;
        }
    }
    return false;
}

bool check_tally_approval_sum(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return is_code(tally->method, "secret_approval") && tally->has_valid &&
           has_wrong_sum(tally, tally->valid);
}

bool check_tally_hands_sum(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return is_code(tally->method, "show_of_hands") && tally->has_attending &&
           has_wrong_sum(tally, tally->attending);
}

bool check_tally_two_winners(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    size_t first = 0;
    return tally_winners(context->message, &first) > 1;
}

/* With two winners the sheet is wrong anyway: check_tally_two_winners says so. */
bool check_tally_elected(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Tally *tally = context->message;
    for (size_t i = 0; i < tally->n_candidate && tally->has_electors; i++) {
        const Dantin__TallyCandidate *candidate = tally->candidate[i];
        if (candidate->has_is_elected && candidate->has_votes &&
            (candidate->is_elected != 0) != tally_is_winner(candidate->votes, tally->electors)) {
            return !check_tally_two_winners(context, ret_fact_date);
        }
    }
    return false;
}

bool check_tally_outcome(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    size_t first = 0;
    size_t winners = tally_winners(tally, &first);
    return tally->has_electors && tally->n_candidate > 0 &&
           ((is_code(tally->outcome, "elected") && winners == 0) ||
            (is_code(tally->outcome, "none") && winners == 1));
}

/* By hands nothing is counted in a box, so no board is asked for. */
bool check_tally_board_size(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Tally *tally = context->message;
    *ret_fact_date = date_of(context);
    uint64_t size = count_role(tally, "board_head") + count_role(tally, "board_member");
    return is_secret(tally) && (size < (uint64_t)threshold_on(COUNTING_BOARD_MIN, *ret_fact_date) ||
                                size > (uint64_t)threshold_on(COUNTING_BOARD_MAX, *ret_fact_date));
}

bool check_tally_board_head(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Tally *tally = context->message;
    *ret_fact_date = date_of(context);
    return is_secret(tally) && count_role(tally, "board_head") != 1;
}

bool check_tally_witnesses(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Tally *tally = context->message;
    *ret_fact_date = date_of(context);
    return is_secret(tally) &&
           count_role(tally, "witness") < (uint64_t)threshold_on(COUNTING_WITNESSES, *ret_fact_date);
}

bool check_tally_official_is_candidate(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return persons_in_both(context, "official", "candidate", PERSONS_SAME);
}

bool check_tally_official_like_candidate(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return persons_in_both(context, "official", "candidate", PERSONS_ALIKE);
}

// NOLINTEND(readability-non-const-parameter)

static bool is_secret(const Dantin__Tally *tally)
{
    return is_code(tally->method, "secret_choice") || is_code(tally->method, "secret_approval");
}

/* The day the rule set is chosen by. */
static int32_t date_of(const struct rule_context *context)
{
    const Dantin__Tally *tally = context->message;
    return tally->has_date ? tally->date : context->today;
}

static uint64_t count_role(const Dantin__Tally *tally, const char *role)
{
    uint64_t count = 0;
    for (size_t i = 0; i < tally->n_official; i++) {
        count += is_code(tally->official[i]->role, role);
    }
    return count;
}

/* Does somebody's for + against + abstain differ from the whole? Who has no votes against stated is left to
 * check_tally_against_missing. */
static bool has_wrong_sum(const Dantin__Tally *tally, uint64_t whole)
{
    for (size_t i = 0; i < tally->n_candidate; i++) {
        const Dantin__TallyCandidate *candidate = tally->candidate[i];
        uint64_t abstain = candidate->has_abstain ? candidate->abstain : 0;
        if (candidate->has_votes && candidate->has_against &&
            (uint64_t)candidate->votes + candidate->against + abstain != whole) {
            return true;
        }
    }
    return false;
}
