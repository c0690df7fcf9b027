/* Ballots of congresses: each rule with a ballot that keeps it and one that breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/rules/congress.h"
#include "proto/records.pb-c.h"
#include "tests/lib/record_text.h"
#include "tests/lib/rule_vector.h"

enum { TODAY = 20400 /* 08/11/2025 */ };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define E RULE_ERROR
#define W RULE_WARNING

/* The worked example: 11 official members, 10 present; who has 5 votes is not elected, it takes 6. */
static const char *const committee[][2] = {{"branch", "b"},
                                           {"date", "20/04/2025"},
                                           {"ballot", "committee"},
                                           {"round", "1"},
                                           {"seats", "3"},
                                           {"official_members", "11"},
                                           {"present", "10"},
                                           {"absent", "1"},
                                           {"issued", "10"},
                                           {"collected", "10"},
                                           {"valid", "9"},
                                           {"invalid", "1"},
                                           {"invalid_reason", "bầu quá số lượng"},
                                           {"minutes_number", "01/BB"},
                                           {"minutes_date", "20/04/2025"},
                                           {"candidate.1.name", "Phạm Văn Hùng"},
                                           {"candidate.1.votes", "8"},
                                           {"candidate.1.is_elected", "1"},
                                           {"candidate.2.name", "Đinh Thị Hoà"},
                                           {"candidate.2.votes", "7"},
                                           {"candidate.2.is_elected", "1"},
                                           {"candidate.3.name", "Hồ Văn Rê"},
                                           {"candidate.3.votes", "5"},
                                           {"candidate.3.is_elected", "0"},
                                           {"candidate.4.name", "Hồ Thị Xa"},
                                           {"candidate.4.votes", "4"},
                                           {"candidate.4.is_elected", "0"},
                                           {"official.1.name", "Lê Văn An"},
                                           {"official.1.role", "board_head"},
                                           {NULL, NULL}};

static const char *const secretary[][2] = {{"branch", "b"},
                                           {"date", "20/04/2025"},
                                           {"ballot", "secretary"},
                                           {"round", "1"},
                                           {"seats", "1"},
                                           {"official_members", "9"},
                                           {"present", "9"},
                                           {"issued", "9"},
                                           {"collected", "9"},
                                           {"valid", "9"},
                                           {"invalid", "0"},
                                           {"minutes_number", "02/BB"},
                                           {"candidate.1.name", "Phạm Văn Hùng"},
                                           {"candidate.1.votes", "9"},
                                           {"candidate.1.is_committee_member", "1"},
                                           {"candidate.1.is_elected", "1"},
                                           {NULL, NULL}};

static const struct rule_vector of_committee[] = {
    {"the worked example", NULL, E, {{NULL}}},
    {"5 of 11 taken for elected", "congress_ballot.elected", E, {{"candidate.3.is_elected", "1"}}},
    {"6 of 11 are elected", NULL, E, {{"candidate.3.votes", "6"}, {"candidate.3.is_elected", "1"}}},
    {"6 of 11 left out", "congress_ballot.elected_order", E, {{"candidate.3.votes", "6"}}},
    {"who is absent with a reason is not counted, yet of 10 it takes 6 too",
     "congress_ballot.elected",
     E,
     {{"absent_excused", "1"}, {"candidate.3.is_elected", "1"}}},
    {"of 9 counted 5 are enough",
     NULL,
     E,
     {{"absent_excused", "1"},
      {"official_members", "10"},
      {"present", "9"},
      {"issued", "9"},
      {"collected", "9"},
      {"valid", "8"},
      {"candidate.3.is_elected", "1"}}},
    {"absent counts those excused", NULL, E, {{"absent_excused", "1"}}},
    {"absent leaves out those excused", NULL, E, {{"absent_excused", "1"}, {"absent", "0"}}},
    {"absent counts neither", "congress_ballot.absent", E, {{"absent", "2"}}},
    {"all five exclusions, the summoned of whom two are absent",
     NULL,
     E,
     {{"official_members", "16"},
      {"elsewhere", "1"},
      {"exempt_absent", "1"},
      {"suspended", "1"},
      {"detained", "1"},
      {"absent_excused", "1"},
      {"absent", "3"}}},
    {"all excluded", "congress_ballot.denominator", E, {{"official_members", "11"}, {"elsewhere", "11"}}},
    {"more present than counted",
     "congress_ballot.present",
     E,
     {{"suspended", "2"}, {"candidate.3.votes", "4"}}},
    {"fewer than two thirds",
     "congress_ballot.quorum",
     W,
     {{"official_members", "16"}, {"absent", "6"}, {"candidate.1.votes", "9"}, {"candidate.2.votes", "9"}}},
    {"two thirds exactly",
     NULL,
     E,
     {{"official_members", "15"}, {"absent", "5"}, {"candidate.1.votes", "9"}, {"candidate.2.votes", "9"}}},
    {"more issued than present", "congress_ballot.issued", E, {{"issued", "11"}}},
    {"more collected than issued", "congress_ballot.collected", E, {{"issued", "9"}}},
    {"valid and invalid", "congress_ballot.ballots", E, {{"invalid", "2"}}},
    {"invalid without a reason", "congress_ballot.invalid_reason", W, {{"invalid_reason", ""}}},
    {"the same twice", "congress_ballot.candidate_twice", E, {{"candidate.2.name", "phạm văn hùng"}}},
    {"more votes than ballots", "congress_ballot.votes", E, {{"candidate.1.votes", "10"}}},
    {"all votes together",
     NULL,
     E,
     {{"candidate.1.votes", "9"}, {"candidate.2.votes", "9"}, {"candidate.4.votes", "4"}}},
    {"all votes together, one too many",
     "congress_ballot.votes_sum",
     E,
     {{"candidate.1.votes", "9"},
      {"candidate.2.votes", "9"},
      {"candidate.3.votes", "5"},
      {"candidate.4.votes", "5"}}},
    {"four for three seats",
     "congress_ballot.elected_seats",
     E,
     {{"candidate.1.votes", "7"},
      {"candidate.3.votes", "6"},
      {"candidate.3.is_elected", "1"},
      {"candidate.4.votes", "6"},
      {"candidate.4.is_elected", "1"}}},
    {"four beyond half, the last two tied: both are voted again",
     NULL,
     E,
     {{"candidate.1.votes", "7"}, {"candidate.3.votes", "6"}, {"candidate.4.votes", "6"}}},
    {"four beyond half, one of the tied taken",
     "congress_ballot.elected_order",
     E,
     {{"candidate.1.votes", "7"},
      {"candidate.3.votes", "6"},
      {"candidate.4.votes", "6"},
      {"candidate.4.is_elected", "1"}}},
    {"four of nine beyond half for three seats, the lowest is not elected",
     NULL,
     E,
     {{"suspended", "2"},
      {"present", "9"},
      {"absent", "0"},
      {"issued", "9"},
      {"collected", "9"},
      {"invalid", "0"},
      {"candidate.3.votes", "6"},
      {"candidate.3.is_elected", "1"},
      {"candidate.4.votes", "5"}}},
    {"the same, the third left out for the fourth",
     "congress_ballot.elected_order",
     E,
     {{"suspended", "2"},
      {"present", "9"},
      {"absent", "0"},
      {"issued", "9"},
      {"collected", "9"},
      {"invalid", "0"},
      {"candidate.3.votes", "6"},
      {"candidate.4.votes", "5"},
      {"candidate.4.is_elected", "1"}}},
    {"a list of the seats only", "congress_ballot.no_surplus", W, {{"seats", "4"}}},
    {"a second round needs no surplus", NULL, E, {{"seats", "4"}, {"round", "2"}}},
    {"two more than three seats",
     "congress_ballot.surplus",
     E,
     {{"candidate.5.name", "Hồ Ba"}, {"candidate.5.votes", "2"}}},
    {"two more than three seats, before Regulation 190",
     "congress_ballot.surplus",
     W,
     {{"candidate.5.name", "Hồ Ba"}, {"candidate.5.votes", "2"}, {"date", "09/10/2024"}}},
    {"no seat",
     "congress_ballot.seats",
     E,
     {{"seats", "0"}, {"candidate.1.is_elected", ""}, {"candidate.2.is_elected", ""}}},
    {"eight seats", "congress_ballot.seats", E, {{"seats", "8"}, {"round", "2"}}},
    {"seven seats", NULL, E, {{"seats", "7"}, {"round", "2"}}},
    {"a committee of a cell of eight",
     "congress_ballot.small_cell",
     E,
     {{"official_members", "8"},
      {"present", "8"},
      {"absent", "0"},
      {"issued", "8"},
      {"collected", "8"},
      {"valid", "7"},
      {"candidate.1.votes", "7"},
      {"candidate.3.votes", "3"},
      {"candidate.4.votes", "3"}}},
    {"tomorrow", "congress_ballot.future_date", E, {{"date", "09/11/2025"}, {"minutes_date", ""}}},
    {"minutes the day before",
     "congress_ballot.minutes_before_congress",
     E,
     {{"minutes_date", "19/04/2025"}}},
    {"no round 0", "congress_ballot.round", E, {{"round", "0"}}},
    {"a candidate counts", "congress_ballot.official_is_candidate", E, {{"official.1.name", "HỒ VĂN RÊ"}}},
    {"a name without marks",
     "congress_ballot.official_like_candidate",
     W,
     {{"official.1.name", "Hồ Văn Re"}}},
};

static const struct rule_vector of_secretary[] = {
    {"one name, one seat", NULL, E, {{NULL}}},
    {"two seats", "congress_ballot.seats_one", E, {{"seats", "2"}}},
    {"not of the committee", "congress_ballot.from_committee", E, {{"candidate.1.is_committee_member", "0"}}},
    {"a deputy not of the committee",
     "congress_ballot.from_committee",
     E,
     {{"ballot", "deputy"}, {"candidate.1.is_committee_member", "0"}}},
    {"eight have no committee",
     NULL,
     E,
     {{"official_members", "8"},
      {"present", "8"},
      {"issued", "8"},
      {"collected", "8"},
      {"valid", "8"},
      {"candidate.1.votes", "8"},
      {"candidate.1.is_committee_member", "0"}}},
    {"nine with one exempt may have none",
     NULL,
     E,
     {{"exempt_absent", "1"},
      {"present", "8"},
      {"issued", "8"},
      {"collected", "8"},
      {"valid", "8"},
      {"candidate.1.votes", "8"},
      {"candidate.1.is_committee_member", "0"}}},
    {"a third round", NULL, E, {{"round", "3"}}},
    {"a fourth round", "congress_ballot.secretary_rounds", W, {{"round", "4"}}},
    {"a tie break needs no half",
     NULL,
     E,
     {{"is_tie_break", "1"},
      {"candidate.1.votes", "4"},
      {"candidate.2.name", "Hồ Ba"},
      {"candidate.2.votes", "3"},
      {"candidate.2.is_elected", "0"}}},
    {"a tie break that ties again",
     "congress_ballot.elected_order",
     E,
     {{"is_tie_break", "1"},
      {"candidate.1.votes", "4"},
      {"candidate.2.name", "Hồ Ba"},
      {"candidate.2.votes", "4"},
      {"candidate.2.is_elected", "0"}}},
    {"the same without a tie break",
     "congress_ballot.elected",
     E,
     {{"candidate.1.votes", "4"}, {"candidate.2.name", "Hồ Ba"}, {"candidate.2.votes", "3"}}},
};

/* Each ballot gives its one finding: no rule fires on a neighbour's fault. */
static void congress_rules__each_vector__its_finding_only(void **state)
{
    (void)state;
    rule_vectors_run(KIND_CONGRESS_BALLOT, committee, TODAY, of_committee, COUNT(of_committee));
    rule_vectors_run(KIND_CONGRESS_BALLOT, secretary, TODAY, of_secretary, COUNT(of_secretary));
}

/* No rule without an example. */
static void congress_rules__all_of_them__have_a_vector(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct rule_finding findings[RULE_FINDINGS_MAX];
    Dantin__CongressBallot *ballot = record_from_texts(schema_of(KIND_CONGRESS_BALLOT), &arena, secretary);
    ballot->n_candidate = 0;
    struct rule_context context = {
        .schema = schema_of(KIND_CONGRESS_BALLOT), .message = ballot, .today = TODAY};
    assert_int_equal(rules_check(&context, findings), 1);
    assert_string_equal(findings[0].rule->id, "congress_ballot.candidate_missing");
    arena_release(&arena);

    static const struct rule_vector missing = {.rule = "congress_ballot.candidate_missing"};
    const struct rule_vector *tables[] = {of_committee, of_secretary, &missing};
    const size_t counts[] = {COUNT(of_committee), COUNT(of_secretary), 1};
    rule_vectors_cover(KIND_CONGRESS_BALLOT, tables, counts, COUNT(tables));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(congress_rules__each_vector__its_finding_only),
        cmocka_unit_test(congress_rules__all_of_them__have_a_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
