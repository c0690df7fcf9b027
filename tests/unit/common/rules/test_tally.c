/* Tally sheets: each rule with a sheet that keeps it and one that breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/rules/tally.h"
#include "proto/records.pb-c.h"
#include "tests/lib/record_text.h"
#include "tests/lib/rule_vector.h"

enum { TODAY = 20400 /* 08/11/2025 */ };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define E RULE_ERROR
#define W RULE_WARNING

/* The worked example: 310 households, 216 of them attend, the leading candidate has 110 votes and is not elected, for it takes 156;
 * although 110 is more than half of those attending, and of the valid ballots. */
static const char *const meeting[][2] = {{"branch", "b"},
                                         {"locality", "l"},
                                         {"date", "22/05/2022"},
                                         {"round", "1"},
                                         {"electorate", "households"},
                                         {"mode", "meeting"},
                                         {"method", "secret_choice"},
                                         {"electors", "310"},
                                         {"attending", "216"},
                                         {"absent", "94"},
                                         {"issued", "216"},
                                         {"collected", "216"},
                                         {"valid", "210"},
                                         {"invalid", "6"},
                                         {"outcome", "none"},
                                         {"minutes_number", "01/BB"},
                                         {"minutes_date", "22/05/2022"},
                                         {"candidate.1.name", "Phạm Văn Hùng"},
                                         {"candidate.1.votes", "110"},
                                         {"candidate.1.is_elected", "0"},
                                         {"candidate.2.name", "Đinh Thị Hoà"},
                                         {"candidate.2.votes", "90"},
                                         {"official.1.name", "Lê Văn An"},
                                         {"official.1.role", "board_head"},
                                         {"official.2.name", "Trần Thị Bình"},
                                         {"official.2.role", "board_member"},
                                         {"official.3.name", "Võ Minh"},
                                         {"official.3.role", "board_member"},
                                         {"official.4.name", "Bùi Thị Lan"},
                                         {"official.4.role", "secretary"},
                                         {"official.5.name", "Đinh Bé"},
                                         {"official.5.role", "witness"},
                                         {"official.6.name", "Đinh Tư"},
                                         {"official.6.role", "witness"},
                                         {NULL, NULL}};

static const char *const hands[][2] = {{"branch", "b"},
                                       {"locality", "l"},
                                       {"date", "01/12/2024"},
                                       {"round", "1"},
                                       {"electorate", "households"},
                                       {"mode", "meeting"},
                                       {"method", "show_of_hands"},
                                       {"electors", "100"},
                                       {"attending", "80"},
                                       {"outcome", "elected"},
                                       {"minutes_number", "02/BB"},
                                       {"candidate.1.name", "Hồ Văn Rê"},
                                       {"candidate.1.votes", "70"},
                                       {"candidate.1.against", "6"},
                                       {"candidate.1.abstain", "4"},
                                       {"candidate.1.is_elected", "1"},
                                       {NULL, NULL}};

/* Two clusters, two candidates, an agree-or-disagree ballot. */
static const char *const clusters[][2] = {{"branch", "b"},
                                          {"locality", "l"},
                                          {"date", "01/12/2024"},
                                          {"round", "1"},
                                          {"electorate", "households"},
                                          {"mode", "clusters"},
                                          {"method", "secret_approval"},
                                          {"electors", "200"},
                                          {"attending", "150"},
                                          {"absent", "50"},
                                          {"issued", "150"},
                                          {"collected", "149"},
                                          {"valid", "140"},
                                          {"invalid", "9"},
                                          {"unreturned_reason", "một hộ mang phiếu về"},
                                          {"outcome", "elected"},
                                          {"minutes_number", "03/BB"},
                                          {"candidate.1.name", "Hồ Văn Rê"},
                                          {"candidate.1.votes", "110"},
                                          {"candidate.1.against", "30"},
                                          {"candidate.1.is_elected", "1"},
                                          {"candidate.2.name", "Hồ Thị Xa"},
                                          {"candidate.2.votes", "20"},
                                          {"candidate.2.against", "110"},
                                          {"candidate.2.abstain", "10"},
                                          {"candidate.2.is_elected", "0"},
                                          {"official.1.name", "Lê Văn An"},
                                          {"official.1.role", "board_head"},
                                          {"official.2.name", "Trần Thị Bình"},
                                          {"official.2.role", "board_member"},
                                          {"official.3.name", "Võ Minh"},
                                          {"official.3.role", "board_member"},
                                          {"official.4.name", "Đinh Bé"},
                                          {"official.4.role", "witness"},
                                          {"official.5.name", "Đinh Tư"},
                                          {"official.5.role", "witness"},
                                          {"cluster.1.name", "Cụm trên"},
                                          {"cluster.1.electors", "120"},
                                          {"cluster.1.attending", "90"},
                                          {"cluster.1.issued", "90"},
                                          {"cluster.1.collected", "90"},
                                          {"cluster.1.valid", "85"},
                                          {"cluster.1.invalid", "5"},
                                          {"cluster.2.name", "Cụm dưới"},
                                          {"cluster.2.electors", "80"},
                                          {"cluster.2.attending", "60"},
                                          {"cluster.2.issued", "60"},
                                          {"cluster.2.collected", "59"},
                                          {"cluster.2.valid", "55"},
                                          {"cluster.2.invalid", "4"},
                                          {"cluster_vote.1.cluster", "1"},
                                          {"cluster_vote.1.candidate", "1"},
                                          {"cluster_vote.1.votes", "70"},
                                          {"cluster_vote.2.cluster", "2"},
                                          {"cluster_vote.2.candidate", "1"},
                                          {"cluster_vote.2.votes", "40"},
                                          {"cluster_vote.3.cluster", "1"},
                                          {"cluster_vote.3.candidate", "2"},
                                          {"cluster_vote.3.votes", "5"},
                                          {"cluster_vote.4.cluster", "2"},
                                          {"cluster_vote.4.candidate", "2"},
                                          {"cluster_vote.4.votes", "15"},
                                          {NULL, NULL}};

static const struct rule_vector of_meeting[] = {
    {"the worked example", NULL, E, {{NULL}}},
    {"the worked example taken for elected", "tally.elected", E, {{"candidate.1.is_elected", "1"}}},
    {"its outcome taken for elected", "tally.outcome", E, {{"outcome", "elected"}}},
    {"half of 310 is not more than half",
     NULL,
     E,
     {{"candidate.1.votes", "155"}, {"candidate.2.votes", "55"}}},
    {"half of 310 taken for elected",
     "tally.elected",
     E,
     {{"candidate.1.votes", "155"}, {"candidate.2.votes", "55"}, {"candidate.1.is_elected", "1"}}},
    {"156 of 310 are elected",
     NULL,
     E,
     {{"candidate.1.votes", "156"},
      {"candidate.2.votes", "54"},
      {"candidate.1.is_elected", "1"},
      {"outcome", "elected"}}},
    {"156 of 310 left out",
     "tally.elected",
     E,
     {{"candidate.1.votes", "156"}, {"candidate.2.votes", "54"}, {"outcome", "elected"}}},
    {"156 of 310 and an outcome of nobody",
     "tally.outcome",
     E,
     {{"candidate.1.votes", "156"}, {"candidate.2.votes", "54"}, {"candidate.1.is_elected", "1"}}},
    {"an exact tie elects nobody",
     NULL,
     E,
     {{"candidate.1.votes", "105"}, {"candidate.2.votes", "105"}, {"candidate.2.is_elected", "0"}}},
    {"a tie taken for a winner",
     "tally.outcome",
     E,
     {{"candidate.1.votes", "105"}, {"candidate.2.votes", "105"}, {"outcome", "elected"}}},
    {"what is not concluded breaks nothing", NULL, E, {{"candidate.1.is_elected", ""}, {"outcome", ""}}},
    {"tomorrow", "tally.future_date", E, {{"date", "09/11/2025"}, {"minutes_date", "09/11/2025"}}},
    {"today", NULL, E, {{"date", "08/11/2025"}, {"minutes_date", "08/11/2025"}}},
    {"minutes the day before", "tally.minutes_before_election", E, {{"minutes_date", "21/05/2022"}}},
    {"minutes the day after", NULL, E, {{"minutes_date", "23/05/2022"}}},
    {"no round 0", "tally.round", E, {{"round", "0"}}},
    {"round 2", NULL, E, {{"round", "2"}}},
    {"all voters, on the last day of 2008's rules",
     NULL,
     E,
     {{"electorate", "voters"}, {"date", "14/08/2023"}, {"minutes_date", ""}}},
    {"all voters, on the first day of Decree 59",
     "tally.electorate",
     E,
     {{"electorate", "voters"}, {"date", "15/08/2023"}, {"minutes_date", ""}}},
    {"a polling day", NULL, E, {{"mode", "polling_day"}}},
    {"more attend than there are", "tally.attending", E, {{"attending", "311"}, {"absent", ""}}},
    {"attending and absent", "tally.absent", E, {{"absent", "93"}}},
    {"absent is not stated", NULL, E, {{"absent", ""}}},
    {"exactly half attend a meeting of 2022", "tally.quorum", W, {{"electors", "432"}, {"absent", "216"}}},
    {"one more than half", NULL, E, {{"electors", "431"}, {"absent", "215"}}},
    {"half attend in 2024, where no quorum is known",
     NULL,
     E,
     {{"electors", "432"}, {"absent", "216"}, {"date", "01/12/2024"}, {"minutes_date", ""}}},
    {"half take part in a polling day",
     NULL,
     E,
     {{"electors", "432"}, {"absent", "216"}, {"mode", "polling_day"}}},
    {"a secret ballot without its invalid ones", "tally.ballots_missing", E, {{"invalid", ""}}},
    {"more issued than attend",
     "tally.issued",
     E,
     {{"issued", "217"}, {"unreturned_reason", "mất một phiếu"}}},
    {"carried ballots may be more than were reached",
     NULL,
     E,
     {{"issued", "310"}, {"unreturned_reason", "vắng nhà"}, {"mode", "carried"}}},
    {"carried ballots, one more than households",
     "tally.issued",
     E,
     {{"issued", "311"}, {"unreturned_reason", "vắng nhà"}, {"mode", "carried"}}},
    {"more collected than issued", "tally.collected", E, {{"issued", "215"}}},
    {"one not returned, no reason", "tally.unreturned_reason", E, {{"collected", "215"}, {"valid", "209"}}},
    {"one not returned, with its reason",
     NULL,
     E,
     {{"collected", "215"}, {"valid", "209"}, {"unreturned_reason", "một hộ mang phiếu về"}}},
    {"valid and invalid", "tally.ballots", E, {{"valid", "209"}}},
    {"the same candidate twice, in capitals",
     "tally.candidate_twice",
     E,
     {{"candidate.2.name", "PHẠM  VĂN HÙNG"}}},
    {"two candidates who differ by a tone", NULL, E, {{"candidate.2.name", "Phạm Văn Hưởng"}}},
    {"two of one name, told apart", NULL, E, {{"candidate.2.name", "Phạm Văn Hùng (1975)"}}},
    {"more votes than valid ballots",
     "tally.votes",
     E,
     {{"candidate.1.votes", "211"}, {"candidate.1.is_elected", ""}, {"outcome", ""}}},
    {"all votes together", NULL, E, {{"candidate.2.votes", "100"}}},
    {"all votes together, one too many", "tally.votes_sum", E, {{"candidate.2.votes", "101"}}},
    {"a board of five",
     NULL,
     E,
     {{"official.4.role", "board_member"},
      {"official.7.name", "Bùi An"},
      {"official.7.role", "board_member"}}},
    {"a board of two, a warning in 2022", "tally.board_size", W, {{"official.3.role", "secretary"}}},
    {"a board of two in 2024",
     "tally.board_size",
     E,
     {{"official.3.role", "secretary"}, {"date", "01/12/2024"}, {"minutes_date", ""}}},
    {"a board of six in 2024",
     "tally.board_size",
     E,
     {{"official.4.role", "board_member"},
      {"official.7.name", "Bùi An"},
      {"official.7.role", "board_member"},
      {"official.8.name", "Bùi Tư"},
      {"official.8.role", "board_member"},
      {"date", "01/12/2024"},
      {"minutes_date", ""}}},
    {"a board without a head", "tally.board_head", W, {{"official.1.role", "board_member"}}},
    {"two heads, in 2024",
     "tally.board_head",
     E,
     {{"official.2.role", "board_head"}, {"date", "01/12/2024"}, {"minutes_date", ""}}},
    {"one witness", "tally.witnesses", W, {{"official.6.role", "secretary"}}},
    {"one witness in 2024",
     "tally.witnesses",
     E,
     {{"official.6.role", "secretary"}, {"date", "01/12/2024"}, {"minutes_date", ""}}},
    {"a candidate counts", "tally.official_is_candidate", E, {{"official.3.name", "phạm văn hùng"}}},
    {"a witness written without marks",
     "tally.official_like_candidate",
     W,
     {{"official.5.name", "Đinh Thị Hòa"}, {"official.4.name", "Bùi An"}}},
    {"an official whose name differs by a mark",
     "tally.official_like_candidate",
     W,
     {{"official.4.name", "Phạm Văn Hứng"}}},
    {"a candidate without votes", NULL, E, {{"candidate.2.votes", "0"}}},
};

static const struct rule_vector of_hands[] = {
    {"by hands no ballots and no board are needed", NULL, E, {{NULL}}},
    {"for, against and abstaining", "tally.hands_sum", E, {{"candidate.1.abstain", "3"}}},
    {"against is not stated", "tally.against_missing", E, {{"candidate.1.against", ""}}},
    {"nobody abstains", NULL, E, {{"candidate.1.abstain", ""}, {"candidate.1.against", "10"}}},
    {"hands for ballots carried round", "tally.mode_method", E, {{"mode", "carried"}}},
    {"hands on a polling day", "tally.mode_method", E, {{"mode", "polling_day"}}},
    {"two beyond half",
     "tally.two_winners",
     E,
     {{"candidate.2.name", "Hồ Thị Xa"}, {"candidate.2.votes", "60"}, {"candidate.2.against", "20"}}},
    {"no elector at all",
     "tally.electors",
     E,
     {{"electors", "0"},
      {"attending", "0"},
      {"candidate.1.votes", "0"},
      {"candidate.1.against", "0"},
      {"candidate.1.abstain", "0"},
      {"candidate.1.is_elected", "0"},
      {"outcome", "none"}}},
    {"clusters without figures", "tally.clusters_missing", E, {{"mode", "clusters"}}},
};

static const struct rule_vector of_clusters[] = {
    {"two clusters", NULL, E, {{NULL}}},
    {"one candidate's ballots do not add up", "tally.approval_sum", E, {{"candidate.2.abstain", "9"}}},
    {"one candidate without votes against", "tally.against_missing", E, {{"candidate.1.against", ""}}},
    {"a cluster twice", "tally.cluster_twice", E, {{"cluster.2.name", "CỤM TRÊN"}}},
    {"a cluster's ballots do not add up",
     "tally.cluster_figures",
     E,
     {{"cluster.1.valid", "84"}, {"cluster.2.valid", "56"}}},
    {"more attend a cluster than it has",
     "tally.cluster_figures",
     E,
     {{"cluster.1.electors", "141"}, {"cluster.2.electors", "59"}}},
    {"clusters' electors", "tally.cluster_sum", E, {{"cluster.1.electors", "121"}}},
    {"a cluster's figure left out", "tally.cluster_sum", E, {{"cluster.1.invalid", ""}}},
    {"a third cluster, without votes",
     "tally.cluster_vote_missing",
     E,
     {{"cluster.3.name", "Cụm giữa"}, {"cluster.3.electors", "0"}, {"cluster.3.attending", "0"}}},
    {"votes of a third cluster", "tally.cluster_vote_range", E, {{"cluster_vote.4.cluster", "3"}}},
    {"votes for candidate 0", "tally.cluster_vote_range", E, {{"cluster_vote.4.candidate", "0"}}},
    {"a pair twice",
     "tally.cluster_vote_twice",
     E,
     {{"cluster_vote.5.cluster", "2"}, {"cluster_vote.5.candidate", "2"}, {"cluster_vote.5.votes", "0"}}},
    {"clusters' votes", "tally.cluster_vote_sum", E, {{"cluster_vote.4.votes", "16"}}},
};

/* Each sheet gives its one finding: no rule fires on a neighbour's fault. */
static void tally_rules__each_vector__its_finding_only(void **state)
{
    (void)state;
    rule_vectors_run(KIND_TALLY, meeting, TODAY, of_meeting, COUNT(of_meeting));
    rule_vectors_run(KIND_TALLY, hands, TODAY, of_hands, COUNT(of_hands));
    rule_vectors_run(KIND_TALLY, clusters, TODAY, of_clusters, COUNT(of_clusters));
}

/* No rule without an example. A sheet without candidates breaks nothing but that. */
static void tally_rules__all_of_them__have_a_vector(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct rule_finding findings[RULE_FINDINGS_MAX];
    Dantin__Tally *sheet = record_from_texts(schema_of(KIND_TALLY), &arena, meeting);
    sheet->n_candidate = 0;
    struct rule_context context = {.schema = schema_of(KIND_TALLY), .message = sheet, .today = TODAY};
    assert_int_equal(rules_check(&context, findings), 1);
    assert_string_equal(findings[0].rule->id, "tally.candidate_missing");
    arena_release(&arena);

    static const struct rule_vector missing = {.rule = "tally.candidate_missing"};
    const struct rule_vector *tables[] = {of_meeting, of_hands, of_clusters, &missing};
    const size_t counts[] = {COUNT(of_meeting), COUNT(of_hands), COUNT(of_clusters), 1};
    rule_vectors_cover(KIND_TALLY, tables, counts, COUNT(tables));
}

/* Whole numbers at both ends: no rounding, no overflow. */
static void tally_is_winner__around_half__more_than_half_only(void **state)
{
    (void)state;
    assert_false(tally_is_winner(0, 0));
    assert_true(tally_is_winner(1, 1));
    assert_false(tally_is_winner(1, 2));
    assert_false(tally_is_winner(155, 310));
    assert_true(tally_is_winner(156, 310));
    assert_true(tally_is_winner(155, 309));
    assert_true(tally_is_winner(UINT32_MAX, UINT32_MAX));
    assert_false(tally_is_winner(UINT32_MAX / 2, UINT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tally_rules__each_vector__its_finding_only),
        cmocka_unit_test(tally_rules__all_of_them__have_a_vector),
        cmocka_unit_test(tally_is_winner__around_half__more_than_half_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
