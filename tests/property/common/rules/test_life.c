/* Random lives. The walk gives the verdicts of a reference that spells out, in plain conditions, what may follow what; and
 * whatever the events, folding them twice is folding them once, and leaves nothing that disagrees. */
#include "tests/lib/test.h"

#include <stdlib.h>

#include "common/base/random.h"
#include "common/rules/life.h"
#include "common/rules/rules.h"
#include "common/wire/message.h"
#include "tests/lib/record_text.h"
#include "tests/lib/seed.h"

enum {
    LIVES = 20000,
    EVENTS_MAX = 12,
    ARENA_BYTES_MAX = 1 << 20,
    TODAY = 20000,
    FIRST_DAY = 11000, /* 2000 */
    SPREAD_DAYS = 40,  /* few days, so that events meet */
};

static struct arena arena;

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* ---- the reference ---- */

enum rank { NOBODY, PROBATIONARY, OFFICIAL };
enum situation { ACTIVE, ELSEWHERE, TEMPORARY, EXEMPT, SUSPENDED, TRANSFERRED, ENDED, DEAD, SITUATIONS };

struct possible {
    bool at[OFFICIAL + 1][SITUATIONS];
};

/* May it happen to somebody who is exactly this? Then: what follows. */
static bool reference_step(const char *event, enum rank *rank, enum situation *situation)
{
    bool is_present = *rank != NOBODY && *situation <= SUSPENDED;
    bool is_free = is_present && *situation != SUSPENDED;
    if (is(event, "disciplined")) {
        return is_present;
    }
    if (is(event, "card_issued")) {
        return is_present && *rank == OFFICIAL;
    }
    if (is(event, "badge")) {
        return *rank == OFFICIAL && (is_present || *situation == DEAD);
    }
    if (is(event, "transfer_within")) {
        return is_free;
    }
    if (is(event, "official")) {
        bool may = *rank == PROBATIONARY && (is_present || *situation == TRANSFERRED);
        *rank = may ? OFFICIAL : *rank;
        return may;
    }
    if (is(event, "readmitted")) {
        bool may = *rank != NOBODY && *situation == ENDED;
        *rank = PROBATIONARY;
        *situation = ACTIVE;
        return may;
    }
    static const struct {
        const char *event;
        enum situation from[3]; /* the same one again fills up */
        enum situation to;
    } moves[] = {
        {"temporary_out", {ACTIVE, ACTIVE, ACTIVE}, ELSEWHERE},
        {"temporary_back", {ELSEWHERE, ELSEWHERE, ELSEWHERE}, ACTIVE},
        {"temporarily_exempt", {ACTIVE, ACTIVE, ACTIVE}, TEMPORARY},
        {"exempt", {ACTIVE, TEMPORARY, TEMPORARY}, EXEMPT},
        {"resumed", {TEMPORARY, EXEMPT, EXEMPT}, ACTIVE},
        {"reinstated", {SUSPENDED, SUSPENDED, SUSPENDED}, ACTIVE},
        {"restored", {ENDED, ENDED, ENDED}, ACTIVE},
        {"transfer_in", {TRANSFERRED, TRANSFERRED, TRANSFERRED}, ACTIVE},
    };
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        if (is(event, moves[i].event)) {
            bool may = *rank != NOBODY && (*situation == moves[i].from[0] || *situation == moves[i].from[1] ||
                                           *situation == moves[i].from[2]);
            *situation = moves[i].to;
            return may;
        }
    }
    enum situation was = *situation;
    *situation = is(event, "suspended")      ? SUSPENDED
                 : is(event, "transfer_out") ? TRANSFERRED
                 : is(event, "died")         ? DEAD
                                             : ENDED;
    bool must_be_free = is(event, "suspended") || is(event, "transfer_out") || is(event, "left");
    if (is(event, "probation_refused")) {
        return is_present && *rank == PROBATIONARY;
    }
    if (is(event, "registered") || is(event, "admitted")) {
        *situation = was;
        return false; /* only as the opening, which the caller knows */
    }
    return must_be_free ? is_free : is_present;
}

static bool reference_event(const char *event, struct possible *possible)
{
    struct possible after = {0};
    bool is_allowed = false;
    for (unsigned rank = 0; rank <= OFFICIAL; rank++) {
        for (unsigned situation = 0; situation < SITUATIONS; situation++) {
            enum rank new_rank = (enum rank)rank;
            enum situation new_situation = (enum situation)situation;
            if (possible->at[rank][situation] && reference_step(event, &new_rank, &new_situation)) {
                after.at[new_rank][new_situation] = true;
                is_allowed = true;
            }
        }
    }
    *possible = is_allowed ? after : *possible;
    return is_allowed;
}

/* ---- drawing ---- */

static int32_t draw_day(struct prng *prng)
{
    return FIRST_DAY + (int32_t)prng_below(prng, SPREAD_DAYS);
}

static const char *draw_type(struct prng *prng)
{
    return life_move_at(prng_below(prng, LIFE_EVENTS))->code;
}

static void add_event(Dantin__Member *member, struct prng *prng, const char *type, int32_t day)
{
    static const char *const places[] = {"", "within_committee", "within_province", "other_province",
                                         "army_police"};
    static const char branches[] = "abc";
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    size_t list = (size_t)schema_list_index(schema, "event");
    const struct list_schema *items = &schema->lists[list];
    struct value values[16] = {0};
    uint8_t branch[ID_BYTES];
    const char *place = places[prng_below(prng, 5)];
    memset(branch, branches[prng_below(prng, 3)], sizeof branch);
    assert_true(items->item_count <= 16);
    for (size_t i = 0; i < items->item_count; i++) {
        const char *name = items->items[i].name;
        if (is(name, "type")) {
            values[i] = (struct value){.is_stated = true, .text = bytes_of_text(type)};
        } else if (is(name, "effective_date")) {
            values[i] = (struct value){.is_stated = true, .number = day};
        } else if (is(name, "to_date") || is(name, "decision_date")) {
            values[i] = (struct value){.is_stated = prng_below(prng, 3) == 0, .number = draw_day(prng)};
        } else if (is(name, "branch")) {
            values[i] =
                (struct value){.is_stated = prng_below(prng, 4) > 0, .text = bytes_of(branch, sizeof branch)};
        } else if (is(name, "place")) {
            values[i] = (struct value){.is_stated = place[0] != '\0', .text = bytes_of_text(place)};
        } else if (is(name, "number")) {
            values[i] =
                (struct value){.is_stated = prng_below(prng, 2) == 0, .text = bytes_of_text("01234567")};
        }
    }
    assert_int_equal(record_append(schema, &arena, member, list, values), ERR_OK);
}

static Dantin__Member *draw_member(struct prng *prng)
{
    static const char *const dates[] = {
        "admission_decision_date", "admission_date", "official_decision_date",
        "official_date",           "ended_date",     "temporarily_exempt_from",
        "temporarily_exempt_to",   "exempt_from",    "exempt_to"};
    static const char *const reasons[] = {"left", "died", "transferred_out"};
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    void *message = NULL;
    assert_int_equal(record_new(schema, &arena, &message), ERR_OK);
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        struct value value = {.is_stated = prng_below(prng, 2) == 0, .number = draw_day(prng)};
        size_t field = (size_t)schema_field_index(schema, dates[i]);
        assert_int_equal(record_set_field(schema, &arena, message, field, value), ERR_OK);
    }
    record_set_text(schema, &arena, message, "ended_reason", reasons[prng_below(prng, 3)]);
    for (uint64_t i = prng_below(prng, 4); i > 0; i--) {
        static const char branches[] = "abc";
        uint8_t branch[ID_BYTES];
        memset(branch, branches[prng_below(prng, 3)], sizeof branch);
        struct value edge[EDGE_ITEMS] = {
            [EDGE_REFERENCE] = {.is_stated = true, .text = bytes_of(branch, sizeof branch)},
            [EDGE_FROM] = {.is_stated = prng_below(prng, 2) == 0, .number = draw_day(prng)},
            [EDGE_TO] = {.is_stated = prng_below(prng, 2) == 0, .number = draw_day(prng)},
        };
        size_t list = (size_t)schema_list_index(schema, "branch");
        assert_int_equal(record_append(schema, &arena, message, list, edge), ERR_OK);
    }
    return message;
}

static bool is_order_broken(const Dantin__Member *member)
{
    struct rule_context context = {schema_of(KIND_MEMBER), member, TODAY};
    struct rule_finding findings[RULE_FINDINGS_MAX];
    size_t count = rules_check(&context, findings);
    for (size_t i = 0; i < count; i++) {
        if (is(findings[i].rule->id, "member.event_order")) {
            return true;
        }
    }
    return false;
}

/* ---- properties ---- */

static void assert_as_reference(const Dantin__Member *member, struct possible possible)
{
    struct life_step steps[SCHEMA_LIST_ELEMENTS_MAX];
    size_t count = life_walk(member, steps);
    bool is_broken = false;
    bool has_end = false;
    int32_t end = 0;
    assert_int_equal(count, member->n_event);
    assert_true(steps[0].is_allowed);
    for (size_t i = 1; i < count; i++) {
        const Dantin__MemberEvent *event = steps[i].event;
        assert_true(steps[i - 1].event->effective_date <= event->effective_date);
        for (unsigned rank = PROBATIONARY; has_end && end <= event->effective_date && rank <= OFFICIAL;
             rank++) {
            for (unsigned situation = ELSEWHERE; situation <= SUSPENDED; situation++) {
                possible.at[rank][ACTIVE] = possible.at[rank][ACTIVE] || possible.at[rank][situation];
            }
        }
        bool is_allowed = reference_event(event->type, &possible);
        assert_int_equal(steps[i].is_allowed, is_allowed);
        is_broken = is_broken || !is_allowed;
        bool stays = is(event->type, "disciplined") || is(event->type, "badge") ||
                     is(event->type, "official") || is(event->type, "card_issued") ||
                     is(event->type, "transfer_within");
        if (is_allowed && !stays) {
            has_end = event->has_to_date &&
                      (is(event->type, "temporary_out") || is(event->type, "temporarily_exempt") ||
                       is(event->type, "exempt") || is(event->type, "suspended"));
            end = event->to_date;
        }
    }
    assert_int_equal(is_order_broken(member), is_broken);
}

/* From admission on everything is told: one thing is possible, then the next. */
static void life_walk__lives_from_admission__verdicts_of_the_reference(void **state)
{
    struct prng *prng = *state;
    for (int life = 0; life < LIVES; life++) {
        arena_clear(&arena);
        void *message = NULL;
        assert_int_equal(record_new(schema_of(KIND_MEMBER), &arena, &message), ERR_OK);
        Dantin__Member *member = message;
        add_event(member, prng, "admitted", FIRST_DAY - 1);
        for (uint64_t i = prng_below(prng, EVENTS_MAX); i > 0; i--) {
            add_event(member, prng, draw_type(prng), draw_day(prng));
        }
        struct possible possible = {0};
        possible.at[PROBATIONARY][ACTIVE] = true;

        assert_as_reference(member, possible);
    }
}

/* Registered as found: official by the flat dates, in a situation nobody tells. */
static void life_walk__lives_from_registration__verdicts_of_the_reference(void **state)
{
    struct prng *prng = *state;
    for (int life = 0; life < LIVES; life++) {
        arena_clear(&arena);
        void *message = NULL;
        assert_int_equal(record_new(schema_of(KIND_MEMBER), &arena, &message), ERR_OK);
        Dantin__Member *member = message;
        member->has_admission_date = member->has_official_date = 1;
        member->admission_date = FIRST_DAY - 1000;
        member->official_date = FIRST_DAY - 500;
        add_event(member, prng, "registered", FIRST_DAY - 1);
        for (uint64_t i = prng_below(prng, EVENTS_MAX); i > 0; i--) {
            const char *type = draw_type(prng);
            if (!is(type, "official") && !is(type, "readmitted")) {
                add_event(member, prng, type, draw_day(prng));
            }
        }
        struct possible possible = {0};
        for (unsigned situation = ACTIVE; situation <= SUSPENDED; situation++) {
            possible.at[OFFICIAL][situation] = true;
        }

        assert_as_reference(member, possible);
    }
}

static struct buf packed(const Dantin__Member *member)
{
    struct buf buf;
    buf_init(&buf, 1 << 20);
    assert_int_equal(message_pack(member, &buf), ERR_OK);
    return buf;
}

/* Whatever events, flat dates and cells, sound or not. */
static void life_fold__any_record__agrees_and_again_changes_nothing(void **state)
{
    struct prng *prng = *state;
    for (int life = 0; life < LIVES; life++) {
        struct life_step before[SCHEMA_LIST_ELEMENTS_MAX];
        struct life_step after[SCHEMA_LIST_ELEMENTS_MAX];
        arena_clear(&arena);
        Dantin__Member *member = draw_member(prng);
        for (uint64_t i = prng_below(prng, EVENTS_MAX); i > 0; i--) {
            add_event(member, prng, draw_type(prng), draw_day(prng));
        }
        size_t count = life_walk(member, before);

        assert_int_equal(life_fold(member, &arena), ERR_OK);

        assert_false(life_disagrees(member));
        assert_int_equal(life_walk(member, after), count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(after[i].is_allowed, before[i].is_allowed);
        }
        struct buf once = packed(member);
        assert_int_equal(life_fold(member, &arena), ERR_OK);
        struct buf twice = packed(member);
        assert_true(bytes_equal(buf_content(&once), buf_content(&twice)));
        buf_release(&once);
        buf_release(&twice);
    }
}

int main(void)
{
    struct prng prng;
    prng_init(&prng, seed_of_test());
    arena_init(&arena, ARENA_BYTES_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(life_walk__lives_from_admission__verdicts_of_the_reference, &prng),
        cmocka_unit_test_prestate(life_walk__lives_from_registration__verdicts_of_the_reference, &prng),
        cmocka_unit_test_prestate(life_fold__any_record__agrees_and_again_changes_nothing, &prng),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
