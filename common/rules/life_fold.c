/* See life.h: what the events say of the flat dates. One function works it out, life_fold writes it, life_disagrees
 * compares it. */
#include <string.h>

#include "common/base/check.h"
#include "common/rules/life.h"

/* Fields that events tell. */
enum told_field {
    ADMISSION_DATE,
    ADMISSION_DECISION_DATE,
    OFFICIAL_DATE,
    OFFICIAL_DECISION_DATE,
    ENDED_DATE,
    ENDED_REASON,
    TEMPORARILY_EXEMPT_FROM,
    TEMPORARILY_EXEMPT_TO,
    EXEMPT_FROM,
    EXEMPT_TO,
    CARD_NUMBER,
    TOLD_FIELDS
};

static const char *const field_names[TOLD_FIELDS] = {
    [ADMISSION_DATE] = "admission_date",
    [ADMISSION_DECISION_DATE] = "admission_decision_date",
    [OFFICIAL_DATE] = "official_date",
    [OFFICIAL_DECISION_DATE] = "official_decision_date",
    [ENDED_DATE] = "ended_date",
    [ENDED_REASON] = "ended_reason",
    [TEMPORARILY_EXEMPT_FROM] = "temporarily_exempt_from",
    [TEMPORARILY_EXEMPT_TO] = "temporarily_exempt_to",
    [EXEMPT_FROM] = "exempt_from",
    [EXEMPT_TO] = "exempt_to",
    [CARD_NUMBER] = "card_number",
};

struct told {
    const Dantin__Member *member;
    bool is_told[TOLD_FIELDS];
    struct value values[TOLD_FIELDS]; /* not stated: the field is to be empty */
    bool tells_exemption[2];          /* temporary, lasting: some event begins one */
};

static struct told told_by(const Dantin__Member *member, const struct life_step *steps, size_t count);
static void hear(struct told *told, const struct life_step *step);
static void hear_admission(struct told *told, const struct life_step *step);
static void hear_end(struct told *told, const struct life_step *step);
static void hear_exemption(struct told *told, enum told_field from, const Dantin__MemberEvent *event);
static void hear_resumed(struct told *told, int32_t date);
static struct value exempt_from(const struct told *told, enum told_field from);
static void tell(struct told *told, enum told_field field, struct value value);
static struct value day(protobuf_c_boolean is_stated, int32_t days);
static struct value value_now(const Dantin__Member *member, enum told_field field);
static enum err fold_cell(Dantin__Member *member, const struct life_step *step, struct arena *arena);
static enum err move_to(Dantin__Member *member, const struct id *branch, int32_t date, struct arena *arena);
static bool is_on(const Dantin__MemberBranch *edge, int32_t date);
static bool names_branch(const struct life_step *step, struct id *ret_branch);
static bool is_cell(const Dantin__MemberBranch *edge, const struct id *branch);
static bool is_cell_wrong(const Dantin__Member *member, const struct life_step *step);
static bool is_last_of_day(const struct life_step *steps, size_t count, size_t index);
static bool moves_cell(const struct life_step *step);

enum err life_fold(void *member_message, struct arena *arena)
{
    Dantin__Member *member = member_message;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    struct life_step steps[SCHEMA_LIST_ELEMENTS_MAX];
    size_t count = life_walk(member, steps);
    struct told told = told_by(member, steps, count);
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < TOLD_FIELDS; i++) {
        if (told.is_told[i] && !value_equal(told.values[i], value_now(member, (enum told_field)i))) {
            int index = schema_field_index(schema, field_names[i]);
            err = record_set_field(schema, arena, member, (size_t)index, told.values[i]);
        }
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        if (is_last_of_day(steps, count, i)) {
            err = fold_cell(member, &steps[i], arena);
        }
    }
    return err;
}

bool life_disagrees(const Dantin__Member *member)
{
    struct life_step steps[SCHEMA_LIST_ELEMENTS_MAX];
    size_t count = life_walk(member, steps);
    struct told told = told_by(member, steps, count);
    for (size_t i = 0; i < TOLD_FIELDS; i++) {
        if (told.is_told[i] && !value_equal(told.values[i], value_now(member, (enum told_field)i))) {
            return true;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_last_of_day(steps, count, i) && is_cell_wrong(member, &steps[i])) {
            return true;
        }
    }
    return false;
}

static struct told told_by(const Dantin__Member *member, const struct life_step *steps, size_t count)
{
    struct told told = {.member = member};
    for (size_t i = 0; i < count; i++) {
        enum life_event event = steps[i].move->event;
        bool counts = steps[i].is_allowed;
        told.tells_exemption[0] |= counts && event == LIFE_EVENT_TEMPORARILY_EXEMPT;
        told.tells_exemption[1] |= counts && event == LIFE_EVENT_EXEMPT;
    }
    for (size_t i = 0; i < count; i++) {
        if (steps[i].is_allowed) {
            hear(&told, &steps[i]);
        }
    }
    return told;
}

static void hear(struct told *told, const struct life_step *step)
{
    const Dantin__MemberEvent *event = step->event;
    if ((step->move->flags & LIFE_ADMITS) != 0) {
        hear_admission(told, step);
    }
    if ((step->move->flags & (LIFE_ENDS | LIFE_RETURNS)) != 0) {
        hear_end(told, step);
    }
    switch (step->move->event) {
    case LIFE_EVENT_OFFICIAL:
        tell(told, OFFICIAL_DATE, day(true, event->effective_date));
        tell(told, OFFICIAL_DECISION_DATE, day(true, event->decision_date));
        told->is_told[OFFICIAL_DECISION_DATE] = event->has_decision_date != 0;
        break;
    case LIFE_EVENT_CARD_ISSUED:
        if (event->number != NULL && event->number[0] != '\0') {
            tell(told, CARD_NUMBER, (struct value){.is_stated = true, .text = bytes_of_text(event->number)});
        }
        break;
    case LIFE_EVENT_TEMPORARILY_EXEMPT:
        hear_exemption(told, TEMPORARILY_EXEMPT_FROM, event);
        break;
    case LIFE_EVENT_EXEMPT:
        hear_exemption(told, EXEMPT_FROM, event);
        break;
    case LIFE_EVENT_RESUMED:
        hear_resumed(told, event->effective_date);
        break;
    default:
        break;
    }
}

/* A second admission starts anew: what was official before it is not any more. */
static void hear_admission(struct told *told, const struct life_step *step)
{
    const Dantin__Member *member = told->member;
    const Dantin__MemberEvent *event = step->event;
    tell(told, ADMISSION_DATE, day(true, event->effective_date));
    if (event->has_decision_date) {
        tell(told, ADMISSION_DECISION_DATE, day(true, event->decision_date));
    }
    if (step->move->event == LIFE_EVENT_READMITTED) {
        bool is_anew = member->has_official_date && member->official_date > event->effective_date;
        tell(told, OFFICIAL_DATE, day(false, 0));
        tell(told, OFFICIAL_DECISION_DATE, day(false, 0));
        told->is_told[OFFICIAL_DATE] = told->is_told[OFFICIAL_DECISION_DATE] = !is_anew;
    }
}

/* Who moves within the province stays a member; the cell alone ends. An end after the return stands: no event tells it. */
static void hear_end(struct told *told, const struct life_step *step)
{
    const Dantin__Member *member = told->member;
    const Dantin__MemberEvent *event = step->event;
    const char *place = event->place != NULL ? event->place : "";
    const char *reason = step->move->code;
    if (step->move->event == LIFE_EVENT_TRANSFER_OUT) {
        if (strcmp(place, "other_province") != 0 && strcmp(place, "army_police") != 0) {
            return;
        }
        reason = "transferred_out";
    }
    if ((step->move->flags & LIFE_ENDS) != 0) {
        tell(told, ENDED_DATE, day(true, event->effective_date));
        tell(told, ENDED_REASON, (struct value){.is_stated = true, .text = bytes_of_text(reason)});
        return;
    }
    bool is_later = member->has_ended_date && member->ended_date > event->effective_date;
    tell(told, ENDED_DATE, day(false, 0));
    tell(told, ENDED_REASON, (struct value){.is_stated = false});
    told->is_told[ENDED_DATE] = told->is_told[ENDED_REASON] = !is_later;
}

/* An exemption that begins ends a temporary one. */
static void hear_exemption(struct told *told, enum told_field from, const Dantin__MemberEvent *event)
{
    enum told_field to = from == EXEMPT_FROM ? EXEMPT_TO : TEMPORARILY_EXEMPT_TO;
    struct value end = told->values[TEMPORARILY_EXEMPT_TO];
    if (from == EXEMPT_FROM && told->is_told[TEMPORARILY_EXEMPT_FROM] &&
        (!end.is_stated || end.number > event->effective_date)) {
        tell(told, TEMPORARILY_EXEMPT_TO, day(true, event->effective_date));
    }
    tell(told, from, day(true, event->effective_date));
    tell(told, to, day(event->has_to_date, event->to_date));
}

/* Ends the exemption begun last. */
static void hear_resumed(struct told *told, int32_t date)
{
    struct value temporary = exempt_from(told, TEMPORARILY_EXEMPT_FROM);
    struct value lasting = exempt_from(told, EXEMPT_FROM);
    bool is_temporary = temporary.is_stated && temporary.number < date;
    bool is_lasting = lasting.is_stated && lasting.number < date;
    if (is_temporary && (!is_lasting || lasting.number < temporary.number)) {
        tell(told, TEMPORARILY_EXEMPT_TO, day(true, date));
    } else if (is_lasting) {
        tell(told, EXEMPT_TO, day(true, date));
    }
}

/* The flat date counts only where no event will tell it. */
static struct value exempt_from(const struct told *told, enum told_field from)
{
    if (told->is_told[from]) {
        return told->values[from];
    }
    bool is_to_be_told = told->tells_exemption[from == EXEMPT_FROM];
    return is_to_be_told ? (struct value){.is_stated = false} : value_now(told->member, from);
}

static void tell(struct told *told, enum told_field field, struct value value)
{
    told->is_told[field] = true;
    told->values[field] = value;
}

static struct value day(protobuf_c_boolean is_stated, int32_t days)
{
    return (struct value){.is_stated = is_stated != 0, .number = days};
}

static struct value value_now(const Dantin__Member *member, enum told_field field)
{
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    int index = schema_field_index(schema, field_names[field]);
    REQUIRE(index >= 0); /* the schema has the field: a test looks at each */
    return record_field(schema, member, (size_t)index);
}

/* Of cells that overlap, which another rule refuses, all are closed. */
static enum err fold_cell(Dantin__Member *member, const struct life_step *step, struct arena *arena)
{
    int32_t date = step->event->effective_date;
    struct id branch = {0};
    if (!is_cell_wrong(member, step)) {
        return ERR_OK;
    }
    if (names_branch(step, &branch)) {
        return move_to(member, &branch, date, arena);
    }
    for (size_t i = 0; i < member->n_branch; i++) {
        Dantin__MemberBranch *edge = member->branch[i];
        if (!is_on(edge, date)) {
            continue;
        }
        if (step->move->event == LIFE_EVENT_TRANSFER_OUT && (!edge->has_from || edge->from < date)) {
            edge->has_to = 1;
            edge->to = date;
        } else if (step->move->event == LIFE_EVENT_TRANSFER_IN && !edge->has_from) {
            edge->has_from = 1;
            edge->from = date;
        }
    }
    return ERR_OK;
}

/* The cell of the day ends there; the new one lasts as long as it would have. */
static enum err move_to(Dantin__Member *member, const struct id *branch, int32_t date, struct arena *arena)
{
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    size_t list = (size_t)schema_list_index(schema, "branch");
    struct value items[EDGE_ITEMS] = {
        [EDGE_REFERENCE] = {.is_stated = true, .text = bytes_of(branch->at, sizeof branch->at)},
        [EDGE_FROM] = day(true, date),
    };
    size_t place = 0;
    while (place < member->n_branch && !is_on(member->branch[place], date)) {
        place++;
    }
    if (place == member->n_branch) {
        return record_append(schema, arena, member, list, items);
    }
    Dantin__MemberBranch *edge = member->branch[place];
    if (edge->has_from && edge->from == date) {
        return record_set_item(schema, arena, member, list, place, EDGE_REFERENCE, items[EDGE_REFERENCE]);
    }
    items[EDGE_TO] = day(edge->has_to, edge->to);
    for (size_t i = 0; edge->has_to && i < member->n_branch; i++) {
        Dantin__MemberBranch *next = member->branch[i];
        if (next->has_from && next->from == edge->to && is_on(next, edge->to) && is_cell(next, branch)) {
            next->from = edge->to = date; /* the move was entered with a later day before */
            return ERR_OK;
        }
    }
    edge->has_to = 1;
    edge->to = date;
    return record_append(schema, arena, member, list, items);
}

static bool is_on(const Dantin__MemberBranch *edge, int32_t date)
{
    return (!edge->has_from || edge->from <= date) && (!edge->has_to || date < edge->to);
}

static bool is_cell(const Dantin__MemberBranch *edge, const struct id *branch)
{
    return edge->has_branch && bytes_equal(bytes_of(edge->branch.data, edge->branch.len),
                                           bytes_of(branch->at, sizeof branch->at));
}

/* The cell that the member moves to; false: the event does not say. */
static bool names_branch(const struct life_step *step, struct id *ret_branch)
{
    const Dantin__MemberEvent *event = step->event;
    return step->move->event == LIFE_EVENT_TRANSFER_WITHIN && event->has_branch &&
           id_from_bytes(bytes_of(event->branch.data, event->branch.len), ret_branch) == ERR_OK;
}

/* Is the cell of the day another than the transfer says? */
static bool is_cell_wrong(const Dantin__Member *member, const struct life_step *step)
{
    int32_t date = step->event->effective_date;
    struct id branch = {0};
    bool is_named = names_branch(step, &branch);
    bool is_there = false;
    bool stays = false;
    bool begins_unknown = false;
    for (size_t i = 0; i < member->n_branch; i++) {
        const Dantin__MemberBranch *edge = member->branch[i];
        is_there = is_there || (is_on(edge, date) && is_cell(edge, &branch));
        stays = stays || (is_on(edge, date) && (!edge->has_from || edge->from < date));
        begins_unknown = begins_unknown || (is_on(edge, date) && !edge->has_from);
    }
    return (is_named && !is_there) || (step->move->event == LIFE_EVENT_TRANSFER_OUT && stays) ||
           (step->move->event == LIFE_EVENT_TRANSFER_IN && begins_unknown &&
            life_ranks(&step->before) == LIFE_NONE); /* who comes back was in a cell before */
}

/* Of several transfers in a day the last one says where the member is in the end. */
static bool is_last_of_day(const struct life_step *steps, size_t count, size_t index)
{
    if (!moves_cell(&steps[index])) {
        return false;
    }
    for (size_t i = index + 1; i < count; i++) {
        if (moves_cell(&steps[i]) && steps[i].event->effective_date == steps[index].event->effective_date) {
            return false;
        }
    }
    return true;
}

static bool moves_cell(const struct life_step *step)
{
    enum life_event event = step->move->event;
    return step->is_allowed && (event == LIFE_EVENT_TRANSFER_OUT || event == LIFE_EVENT_TRANSFER_IN ||
                                event == LIFE_EVENT_TRANSFER_WITHIN);
}
