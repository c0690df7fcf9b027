/* A table of checks, one function each, in the order the header documents. */
#include "server/ingest/check.h"

#include <string.h>

#include "common/base/check.h"

struct checked {
    const struct check_context *context;
    const struct submission_change *change;
    const struct store_record_fact *fact;
    struct world_state state; /* of the record, before the change */
};

/* Each returns true when it decided; only then is the verdict written. */
static bool check_readable(const struct checked *checked, struct verdict *verdict);
static bool check_named_once(const struct checked *checked, struct verdict *verdict);
static bool check_id(const struct checked *checked, struct verdict *verdict);
static bool check_base(const struct checked *checked, struct verdict *verdict);
static bool check_references(const struct checked *checked, struct verdict *verdict);
static bool check_scope(const struct checked *checked, struct verdict *verdict);
static bool check_official_code(const struct checked *checked, struct verdict *verdict);
static bool check_unused(const struct checked *checked, struct verdict *verdict);
static bool check_cycle(const struct checked *checked, struct verdict *verdict);
static bool check_number_used(const struct checked *checked, struct verdict *verdict);
static bool check_rules(const struct checked *checked, struct verdict *verdict);
static bool check_second_person(const struct checked *checked, struct verdict *verdict);
static bool check_number_elsewhere(const struct checked *checked, struct verdict *verdict);

static const struct {
    bool (*check)(const struct checked *checked, struct verdict *verdict);
    bool is_of_submission; /* of a change as it comes, not of one that is approved */
} checks[] = {
    {check_readable, true},
    {check_named_once, true},
    {check_id, false},
    {check_base, false},
    {check_references, false},
    {check_scope, false},
    {check_official_code, false},
    {check_unused, false},
    {check_cycle, false},
    {check_number_used, false},
    {check_rules, false},
    {check_second_person, true},
    {check_number_elsewhere, false},
};

static void run_checks(const struct checked *checked, bool is_approved, struct verdict *ret_verdict);
static struct verdict verdict_of_base(const struct checked *checked);
static bool is_waiting(const struct checked *checked, const struct id *base);
static bool is_base_unreadable(const struct world *world, const struct submission *submission,
                               const struct id *base);
static bool settle(struct verdict *verdict, enum verdict_code code, const char *rule);
static bool is_number_used(const struct checked *checked, enum world_number_use use);
static bool belongs(const struct world *world, const struct store_device *device,
                    const struct world_state *state, int32_t today);
static bool keeps_to_scope(const struct checked *checked);
static bool differs_inside_only(const struct check_context *context, const struct world_state *state,
                                const struct world_state *other);
static bool has_edge(const struct world_state *state, const struct store_edge *edge);

void check_change(const struct check_context *context, const struct submission_change *change,
                  const struct store_record_fact *fact, struct verdict *ret_verdict)
{
    struct checked checked = {.context = context, .change = change, .fact = fact};
    if (change->schema != NULL) {
        checked.state = world_state_of(context->world, change->key.kind, &change->key.record);
    }
    run_checks(&checked, false, ret_verdict);
}

void check_approved(const struct check_context *context, const struct submission_change *change,
                    const struct store_record_fact *fact, struct verdict *ret_verdict)
{
    struct checked checked = {.context = context, .change = change, .fact = fact};
    checked.state = world_state_of(context->world, change->key.kind, &change->key.record);
    run_checks(&checked, true, ret_verdict);
}

bool check_is_base_waiting(const struct check_context *context, const struct submission_change *change,
                           const struct store_record_fact *fact)
{
    const struct checked checked = {.context = context, .change = change, .fact = fact};
    return !id_is_none(&change->key.base) && verdict_of_base(&checked).code == VERDICT_WAITING;
}

bool check_is_base_missing(struct world *world, const struct submission *submission,
                           const struct submission_change *change, const struct store_record_fact *fact)
{
    if (!id_is_none(&change->key.base) && fact->base_state == STORE_BASE_UNKNOWN &&
        world_verdict_of(world, &change->key.base) == NULL &&
        !is_base_unreadable(world, submission, &change->key.base)) {
        return true;
    }
    for (size_t i = 0; i < change->reference_count; i++) {
        const struct record_reference *reference = &change->references[i];
        if (world_is_missing(world, submission, reference->kind, &reference->record)) {
            return true;
        }
    }
    world_offer_record(world, submission, change);
    return false;
}

bool check_is_readable(const struct world *world, const struct store_device *device, enum record_kind kind,
                       const struct id *record, int32_t today)
{
    struct world_state state = world_state_of(world, kind, record);
    return state.exists && !state.is_removed &&
           (device->is_province || belongs(world, device, &state, today));
}

static void run_checks(const struct checked *checked, bool is_approved, struct verdict *ret_verdict)
{
    *ret_verdict = (struct verdict){.code = VERDICT_APPLIED};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!(is_approved && checks[i].is_of_submission) && checks[i].check(checked, ret_verdict)) {
            return;
        }
    }
}

static bool check_readable(const struct checked *checked, struct verdict *verdict)
{
    const struct submission_change *change = checked->change;
    bool is_gone = change->is_hash_alone || change->is_erased;
    return change->schema == NULL &&
           settle(verdict, VERDICT_REFUSED, is_gone ? "ingest.erased" : "ingest.unreadable");
}

static bool check_named_once(const struct checked *checked, struct verdict *verdict)
{
    const struct check_context *context = checked->context;
    const struct store_record_key *key = &checked->change->key;
    return !world_name_record(context->world, context->submission, key->kind, &key->record) &&
           settle(verdict, VERDICT_REFUSED, "ingest.named_twice");
}

static bool check_id(const struct checked *checked, struct verdict *verdict)
{
    const struct submission_change *change = checked->change;
    return change->has_derived_id && !id_equal(&change->derived_id, &change->key.record) &&
           settle(verdict, VERDICT_REFUSED, "ingest.wrong_id");
}

static bool check_base(const struct checked *checked, struct verdict *verdict)
{
    const struct submission_change *change = checked->change;
    const struct world_state *state = &checked->state;
    if (id_is_none(&change->key.base) ? !state->exists
                                      : state->exists && id_equal(&change->key.base, &state->current)) {
        return false;
    }
    struct verdict of_base = verdict_of_base(checked);
    if (of_base.code == VERDICT_WAITING && change->schema->needs_second_person) {
        return false; /* judged as far as it can be, it waits too */
    }
    if (of_base.code == VERDICT_REFUSED) {
        return settle(verdict, of_base.code, of_base.rule);
    }
    verdict->current = state->current;
    return settle(verdict, VERDICT_CONFLICT, "");
}

/* What became of the version the change was made from: applied, when it is one of the record's or none at all. */
static struct verdict verdict_of_base(const struct checked *checked)
{
    const struct check_context *context = checked->context;
    const struct id *base = &checked->change->key.base;
    const struct verdict *in_group = world_verdict_of(context->world, base);
    struct verdict verdict = {.code = VERDICT_APPLIED};
    if (in_group != NULL) {
        return in_group->code != VERDICT_WAITING || is_waiting(checked, base) ? *in_group : verdict;
    }
    if (checked->fact->base_state == STORE_BASE_REFUSED) {
        (void)settle(&verdict, checked->fact->base_code, checked->fact->base_rule);
    } else if (is_base_unreadable(context->world, context->submission, base)) {
        (void)settle(&verdict, VERDICT_REFUSED, "ingest.unreadable");
    }
    return verdict;
}

/* A version that waits is a base for an edit of its own record only. */
static bool is_waiting(const struct checked *checked, const struct id *base)
{
    const struct store_record_key *key = &checked->change->key;
    const struct waiting_change *waiting = waiting_find(&checked->context->world->waiting, base);
    return waiting != NULL && waiting->key.kind == key->kind && id_equal(&waiting->key.record, &key->record);
}

static bool is_base_unreadable(const struct world *world, const struct submission *submission,
                               const struct id *base)
{
    return bases_is_unreadable(&world->bases, &submission->envelope.device, base);
}

static bool check_references(const struct checked *checked, struct verdict *verdict)
{
    const struct submission_change *change = checked->change;
    for (size_t i = 0; i < change->reference_count; i++) {
        const struct record_reference *reference = &change->references[i];
        if (!world_has(checked->context->world, reference->kind, &reference->record)) {
            return settle(verdict, VERDICT_REFUSED, "ingest.unknown_reference");
        }
    }
    return false;
}

static bool check_scope(const struct checked *checked, struct verdict *verdict)
{
    const struct check_context *context = checked->context;
    const struct submission_change *change = checked->change;
    if (context->device->is_province) {
        return false;
    }
    /* A removed record is still whose it was, and a removal of what is removed concerns nobody but the province. */
    bool is_in_scope =
        !checked->state.exists || belongs(context->world, context->device, &checked->state, context->today);
    is_in_scope = is_in_scope && (change->is_removal ? !checked->state.is_removed : keeps_to_scope(checked));
    /* Nor does who submits directly. */
    is_in_scope =
        is_in_scope && (change->key.kind != KIND_BRANCH ||
                        change->is_sender == tree_is_sender(&context->world->tree, &change->key.record));
    return !is_in_scope && settle(verdict, VERDICT_REFUSED, "ingest.out_of_scope");
}

/* Official codes are the province's to give and to take: a sender that states one would pass for another branch. */
static bool check_official_code(const struct checked *checked, struct verdict *verdict)
{
    return !checked->context->device->is_province &&
           checked->change->has_official_code != checked->state.has_official_code &&
           settle(verdict, VERDICT_REFUSED, "ingest.official_code");
}

static bool check_unused(const struct checked *checked, struct verdict *verdict)
{
    const struct submission_change *change = checked->change;
    return change->is_removal &&
           world_is_used(checked->context->world, change->key.kind, &change->key.record) &&
           settle(verdict, VERDICT_REFUSED, "ingest.still_used");
}

static bool check_cycle(const struct checked *checked, struct verdict *verdict)
{
    const struct submission_change *change = checked->change;
    return change->key.kind == KIND_BRANCH &&
           tree_makes_cycle(&checked->context->world->tree, &change->key.record, change->edges,
                            change->edge_count) &&
           settle(verdict, VERDICT_REFUSED, "ingest.cycle");
}

static bool check_number_used(const struct checked *checked, struct verdict *verdict)
{
    return is_number_used(checked, WORLD_NUMBER_SAME_SENDER) &&
           settle(verdict, VERDICT_REFUSED, "ingest.number_used");
}

static bool check_rules(const struct checked *checked, struct verdict *verdict)
{
    const char *rule = checked->change->refused_by;
    return rule[0] != '\0' && settle(verdict, VERDICT_REFUSED, rule);
}

static bool check_second_person(const struct checked *checked, struct verdict *verdict)
{
    const struct submission_change *change = checked->change;
    if (!change->schema->needs_second_person) {
        return false;
    }
    /* Nobody can agree with what nobody can read any more. */
    return change->is_erased ? settle(verdict, VERDICT_REFUSED, "ingest.erased")
                             : settle(verdict, VERDICT_WAITING, "");
}

static bool check_number_elsewhere(const struct checked *checked, struct verdict *verdict)
{
    return is_number_used(checked, WORLD_NUMBER_OTHER_SENDER) &&
           settle(verdict, VERDICT_APPLIED, "ingest.number_elsewhere");
}

static bool settle(struct verdict *verdict, enum verdict_code code, const char *rule)
{
    size_t len = strlen(rule);
    REQUIRE(len < RULE_ID_BYTES_MAX);
    verdict->code = code;
    memcpy(verdict->rule, rule, len + 1);
    return true;
}

static bool is_number_used(const struct checked *checked, enum world_number_use use)
{
    const struct submission_change *change = checked->change;
    for (size_t i = 0; i < change->number_count; i++) {
        if (world_number_use(checked->context->world, change, &change->numbers[i], checked->context->today) ==
            use) {
            return true;
        }
    }
    return false;
}

/* Is the record in the subtree of the device's sender today? */
static bool belongs(const struct world *world, const struct store_device *device,
                    const struct world_state *state, int32_t today)
{
    struct id owner = world_owner_on(state, today);
    return tree_is_within(&world->tree, &owner, &device->sender, today);
}

/* Is the record in the subtree after the change, and every edge that it makes or unmakes, past ones and planned ones
 * too? What stands elsewhere is history, or the province's plan: it is carried on as it is. */
static bool keeps_to_scope(const struct checked *checked)
{
    const struct check_context *context = checked->context;
    const struct submission_change *change = checked->change;
    const struct world_state *before = &checked->state;
    const struct world_state after = {.edges = change->edges, .edge_count = change->edge_count};
    return belongs(context->world, context->device, &after, context->today) &&
           differs_inside_only(context, &after, before) && differs_inside_only(context, before, &after);
}

/* Do all edges of the one state lie in the subtree, but those that the other has as well? */
static bool differs_inside_only(const struct check_context *context, const struct world_state *state,
                                const struct world_state *other)
{
    for (size_t i = 0; i < state->edge_count; i++) {
        const struct store_edge *edge = &state->edges[i];
        if (!has_edge(other, edge) && !tree_is_within(&context->world->tree, &edge->to_branch,
                                                      &context->device->sender, context->today)) {
            return false;
        }
    }
    return true;
}

static bool has_edge(const struct world_state *state, const struct store_edge *edge)
{
    for (size_t i = 0; i < state->edge_count; i++) {
        const struct store_edge *stands = &state->edges[i];
        if (id_equal(&stands->to_branch, &edge->to_branch) && stands->from == edge->from &&
            stands->to == edge->to) {
            return true;
        }
    }
    return false;
}
