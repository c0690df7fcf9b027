/* Edges out of serialised records by hand, and walks upwards through them, bounded: the data come from outside. */
#include "verify/scope.h"

#include <string.h>

#include "common/base/check.h"
#include "common/wire/field_reader.h"

static void find_fields(const struct kind_schema *schema, struct scope_fields *fields);
static uint32_t number_of(const ProtobufCMessageDescriptor *message, const char *name);
static size_t count_edges(struct bytes body, uint32_t owner);
static bool read_edge(const struct scope_fields *fields, struct bytes in, struct scope_edge *ret_edge,
                      bool *ret_has_branch);
static bool is_within(const struct scope_question *question, const struct id *branch, unsigned depth,
                      unsigned *visits);
static bool belongs(const struct scope_question *question, const struct scope_state *state, bool or_last);
static bool leads_within(const struct scope_question *question, const struct scope_state *state, bool or_last,
                         unsigned depth, unsigned *visits);
static bool differs_inside_only(const struct scope_question *question, const struct scope_state *state,
                                const struct scope_state *other);
static int32_t date_of(const struct field *field);

void scope_kinds_init(struct scope_kinds *ret_kinds)
{
    *ret_kinds = (struct scope_kinds){0};
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        find_fields(schema_of(kind), &ret_kinds->of[kind]);
    }
}

bool scope_read(const struct scope_kinds *kinds, enum record_kind kind, struct bytes body,
                struct arena *arena, struct scope_state *ret_state)
{
    const struct scope_fields *fields = &kinds->of[kind];
    struct scope_state state = {.exists = true};
    size_t room = fields->owner == 0 ? 0 : count_edges(body, fields->owner);
    struct scope_edge *edges = room == 0 ? NULL : arena_zalloc(arena, room, sizeof *edges);
    if (room > 0 && edges == NULL) {
        return false;
    }
    while (body.len > 0) {
        struct field field;
        if (field_read(&body, &field) != ERR_OK) {
            return false;
        }
        if (field.number == fields->is_sender && field.wire_type == FIELD_WIRE_VARINT) {
            state.is_sender = field.value != 0;
        }
        if (field.number != fields->owner || field.wire_type != FIELD_WIRE_BYTES) {
            continue;
        }
        bool has_branch = false;
        bool is_plain = fields->reference == 0;
        struct scope_edge edge = {.from = INT32_MIN, .to = INT32_MAX};
        if (is_plain) {
            has_branch = id_from_bytes(field.bytes, &edge.branch) == ERR_OK;
            state.edge_count = 0; /* the last one counts */
        } else if (!read_edge(fields, field.bytes, &edge, &has_branch)) {
            return false;
        }
        if (has_branch && state.edge_count < room) {
            edges[state.edge_count++] = edge;
        }
    }
    state.edges = edges;
    *ret_state = state;
    return true;
}

bool scope_allows(const struct scope_question *question, const struct scope_state *before,
                  const struct scope_state *after)
{
    /* The server takes a record that is removed for its newest edge's, but for a branch, which may be planned to move. */
    bool or_last = after->is_removed && question->kind != KIND_BRANCH;
    if (before->exists && !before->is_unknown && !belongs(question, before, or_last)) {
        return false;
    }
    if (after->is_removed) {
        return !before->is_removed;
    }
    if (question->kind == KIND_BRANCH && !before->is_unknown &&
        after->is_sender != (before->exists && !before->is_removed && before->is_sender)) {
        return false;
    }
    return belongs(question, after, false) &&
           (before->is_unknown ||
            (differs_inside_only(question, after, before) && differs_inside_only(question, before, after)));
}

/* ---- reading ---- */

static void find_fields(const struct kind_schema *schema, struct scope_fields *fields)
{
    const ProtobufCMessageDescriptor *message = schema->descriptor;
    fields->is_sender = schema->kind == KIND_BRANCH ? number_of(message, "is_sender") : 0;
    if (schema->owner.list >= 0) {
        const struct list_schema *list = &schema->lists[schema->owner.list];
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(message, list->name);
        REQUIRE(field != NULL && list->shape == LIST_EDGE);
        fields->owner = field->id;
        fields->reference = number_of(field->descriptor, list->items[EDGE_REFERENCE].name);
        fields->from = number_of(field->descriptor, list->items[EDGE_FROM].name);
        fields->to = number_of(field->descriptor, list->items[EDGE_TO].name);
    } else if (schema->owner.field >= 0) {
        fields->owner = number_of(message, schema->fields[schema->owner.field].name);
    }
}

static uint32_t number_of(const ProtobufCMessageDescriptor *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, name);
    REQUIRE(field != NULL); /* tests hold the schema to the messages */
    return field->id;
}

static size_t count_edges(struct bytes body, uint32_t owner)
{
    size_t count = 0;
    struct field field;
    while (body.len > 0 && field_read(&body, &field) == ERR_OK) {
        count += field.number == owner && field.wire_type == FIELD_WIRE_BYTES;
    }
    return count;
}

static bool read_edge(const struct scope_fields *fields, struct bytes in, struct scope_edge *ret_edge,
                      bool *ret_has_branch)
{
    while (in.len > 0) {
        struct field field;
        if (field_read(&in, &field) != ERR_OK) {
            return false;
        }
        if (field.number == fields->reference && field.wire_type == FIELD_WIRE_BYTES) {
            *ret_has_branch = id_from_bytes(field.bytes, &ret_edge->branch) == ERR_OK;
        } else if (field.number == fields->from && field.wire_type == FIELD_WIRE_VARINT) {
            ret_edge->from = date_of(&field);
        } else if (field.number == fields->to && field.wire_type == FIELD_WIRE_VARINT) {
            ret_edge->to = date_of(&field);
        }
    }
    return true;
}

/* A zigzag number of 32 bits. */
static int32_t date_of(const struct field *field)
{
    uint32_t value = (uint32_t)field->value;
    return (int32_t)(value >> 1) ^ -(int32_t)(value & 1);
}

/* ---- judging ---- */

static bool belongs(const struct scope_question *question, const struct scope_state *state, bool or_last)
{
    unsigned visits = 0;
    return leads_within(question, state, or_last, 0, &visits);
}

/* Under the newest edge that has begun by the day, before the first one under that; where several begin on one day, under any of
 * them. or_last: or under the newest of all. */
// NOLINTNEXTLINE(misc-no-recursion): SCOPE_DEPTH_MAX levels
static bool leads_within(const struct scope_question *question, const struct scope_state *state, bool or_last,
                         unsigned depth, unsigned *visits)
{
    int32_t begun = INT32_MIN;
    int32_t first = INT32_MAX;
    int32_t last = INT32_MIN;
    bool has_begun = false;
    for (size_t i = 0; i < state->edge_count; i++) {
        int32_t from = state->edges[i].from;
        if (from <= question->date) {
            begun = !has_begun || from > begun ? from : begun;
            has_begun = true;
        }
        first = from < first ? from : first;
        last = from > last ? from : last;
    }
    int32_t wanted = has_begun ? begun : first;
    for (size_t i = 0; i < state->edge_count; i++) {
        const struct scope_edge *edge = &state->edges[i];
        bool is_it = edge->from == wanted || (or_last && edge->from == last);
        if (is_it && is_within(question, &edge->branch, depth + 1, visits)) {
            return true;
        }
    }
    return false;
}

// NOLINTNEXTLINE(misc-no-recursion): SCOPE_DEPTH_MAX levels
static bool is_within(const struct scope_question *question, const struct id *branch, unsigned depth,
                      unsigned *visits)
{
    const struct scope_state *found = question->find(question->context, branch);
    if (found == NULL || !found->exists || found->is_removed) {
        return false;
    }
    if (id_equal(branch, question->sender) || found->is_unknown || ++*visits > SCOPE_VISITS_MAX) {
        return true;
    }
    return depth <= SCOPE_DEPTH_MAX && leads_within(question, found, false, depth, visits);
}

static bool has_edge(const struct scope_state *state, const struct scope_edge *edge)
{
    for (size_t i = 0; i < state->edge_count; i++) {
        const struct scope_edge *other = &state->edges[i];
        if (id_equal(&other->branch, &edge->branch) && other->from == edge->from && other->to == edge->to) {
            return true;
        }
    }
    return false;
}

/* Edges of the one that the other has as well were there before: history, or the province's plan. */
static bool differs_inside_only(const struct scope_question *question, const struct scope_state *state,
                                const struct scope_state *other)
{
    for (size_t i = 0; i < state->edge_count; i++) {
        unsigned visits = 0;
        if (!has_edge(other, &state->edges[i]) && !is_within(question, &state->edges[i].branch, 1, &visits)) {
            return false;
        }
    }
    return true;
}
