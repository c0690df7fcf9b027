/* Rules on tally sheets held by cluster: each cluster's own figures, and their sums. Lists past their limit are refused
 * anyway and are not looked at. */
#include "common/rules/checks.h"
#include "common/rules/persons.h"
#include "common/rules/texts.h"
#include "proto/records.pb-c.h"

/* Of what a cluster's votes name: bit `candidate` of line `cluster`, both from 0. */
struct pairs {
    uint64_t lines[SCHEMA_LIST_ELEMENTS_MAX];
    bool has_twice;
    bool has_outside;
};
_Static_assert(SCHEMA_LIST_ELEMENTS_MAX <= 64, "a bit for each candidate");

static bool is_too_long(const Dantin__Tally *tally);
static struct pairs read_pairs(const Dantin__Tally *tally);
static bool is_in_range(const Dantin__Tally *tally, const Dantin__TallyClusterVote *vote);
static bool has_bad_figures(const Dantin__TallyCluster *cluster);

// NOLINTBEGIN(readability-non-const-parameter)
bool check_tally_clusters_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return is_code(tally->mode, "clusters") && tally->n_cluster == 0;
}

bool check_tally_cluster_twice(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return persons_named_twice(context, "cluster");
}

bool check_tally_cluster_figures(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    for (size_t i = 0; i < tally->n_cluster; i++) {
        if (has_bad_figures(tally->cluster[i])) {
            return true;
        }
    }
    return false;
}

/* Figures the hamlet states; what a cluster leaves out counts as none, so that the sum shows it. */
bool check_tally_cluster_sum(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    uint64_t electors = 0;
    uint64_t attending = 0;
    uint64_t issued = 0;
    uint64_t collected = 0;
    uint64_t valid = 0;
    uint64_t invalid = 0;
    for (size_t i = 0; i < tally->n_cluster; i++) {
        const Dantin__TallyCluster *cluster = tally->cluster[i];
        electors += cluster->has_electors ? cluster->electors : 0;
        attending += cluster->has_attending ? cluster->attending : 0;
        issued += cluster->has_issued ? cluster->issued : 0;
        collected += cluster->has_collected ? cluster->collected : 0;
        valid += cluster->has_valid ? cluster->valid : 0;
        invalid += cluster->has_invalid ? cluster->invalid : 0;
    }
    return tally->n_cluster > 0 &&
           ((tally->has_electors && electors != tally->electors) ||
            (tally->has_attending && attending != tally->attending) ||
            (tally->has_issued && issued != tally->issued) ||
            (tally->has_collected && collected != tally->collected) ||
            (tally->has_valid && valid != tally->valid) || (tally->has_invalid && invalid != tally->invalid));
}

bool check_tally_cluster_vote_range(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return !is_too_long(tally) && read_pairs(tally).has_outside;
}

bool check_tally_cluster_vote_twice(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    return !is_too_long(tally) && read_pairs(tally).has_twice;
}

bool check_tally_cluster_vote_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Tally *tally = context->message;
    if (is_too_long(tally) || tally->n_candidate == 0) {
        return false;
    }
    struct pairs pairs = read_pairs(tally);
    uint64_t all = UINT64_MAX >> (64 - tally->n_candidate);
    for (size_t i = 0; i < tally->n_cluster; i++) {
        if (pairs.lines[i] != all) {
            return !pairs.has_outside; /* a wrong number is told first: it is what is missing elsewhere */
        }
    }
    return false;
}

/* Only of whole sheets: what is missing, twice or nowhere is told by its own rule. */
bool check_tally_cluster_vote_sum(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Tally *tally = context->message;
    uint64_t sums[SCHEMA_LIST_ELEMENTS_MAX] = {0};
    if (is_too_long(tally) || tally->n_cluster == 0 ||
        check_tally_cluster_vote_missing(context, ret_fact_date)) {
        return false;
    }
    struct pairs pairs = read_pairs(tally);
    if (pairs.has_twice || pairs.has_outside) {
        return false;
    }
    for (size_t i = 0; i < tally->n_cluster_vote; i++) {
        const Dantin__TallyClusterVote *vote = tally->cluster_vote[i];
        sums[vote->candidate - 1] += vote->has_votes ? vote->votes : 0;
    }
    for (size_t i = 0; i < tally->n_candidate; i++) {
        if (tally->candidate[i]->has_votes && tally->candidate[i]->votes != sums[i]) {
            return true;
        }
    }
    return false;
}

// NOLINTEND(readability-non-const-parameter)

static bool is_too_long(const Dantin__Tally *tally)
{
    return tally->n_cluster > SCHEMA_LIST_ELEMENTS_MAX || tally->n_cluster_vote > SCHEMA_LIST_ELEMENTS_MAX ||
           tally->n_candidate > SCHEMA_LIST_ELEMENTS_MAX;
}

static struct pairs read_pairs(const Dantin__Tally *tally)
{
    struct pairs pairs = {0};
    for (size_t i = 0; i < tally->n_cluster_vote; i++) {
        const Dantin__TallyClusterVote *vote = tally->cluster_vote[i];
        if (!is_in_range(tally, vote)) {
            pairs.has_outside = true;
            continue;
        }
        uint64_t bit = UINT64_C(1) << (vote->candidate - 1);
        pairs.has_twice = pairs.has_twice || (pairs.lines[vote->cluster - 1] & bit) != 0;
        pairs.lines[vote->cluster - 1] |= bit;
    }
    return pairs;
}

static bool is_in_range(const Dantin__Tally *tally, const Dantin__TallyClusterVote *vote)
{
    return vote->has_cluster && vote->cluster >= 1 && vote->cluster <= tally->n_cluster &&
           vote->has_candidate && vote->candidate >= 1 && vote->candidate <= tally->n_candidate;
}

static bool has_bad_figures(const Dantin__TallyCluster *cluster)
{
    return (cluster->has_electors && cluster->has_attending && cluster->attending > cluster->electors) ||
           (cluster->has_attending && cluster->has_issued && cluster->issued > cluster->attending) ||
           (cluster->has_issued && cluster->has_collected && cluster->collected > cluster->issued) ||
           (cluster->has_collected && cluster->has_valid && cluster->has_invalid &&
            (uint64_t)cluster->valid + cluster->invalid != cluster->collected);
}
