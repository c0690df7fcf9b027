/* Unpacking a change: its key, its record, and what of the record concerns other records. */
#include "server/ingest/change.h"

#include <string.h>

#include "common/base/check.h"
#include "common/record/record_id.h"
#include "common/rules/rules.h"
#include "common/wire/message.h"
#include "proto/submission.pb-c.h"

static bool read_key(const Dantin__Change *in, struct submission_change *change);
static enum err read_reasons(struct arena *arena, const Dantin__Change *in, struct submission_change *change);
static enum err read_record(struct arena *arena, struct bytes body, struct submission_change *change);
static enum err read_edges(struct arena *arena, struct submission_change *change);
static void read_owner_list(struct submission_change *change, size_t list_index, size_t count,
                            struct store_edge *edges);
static void read_numbers(struct submission_change *change);
static bool read_is_sender(const struct submission_change *change);
static bool read_has_ended(const struct submission_change *change);
static bool read_has_official_code(const struct submission_change *change);
static bool is_explained(const struct submission_change *change, const char *rule);

enum err change_read(struct arena *arena, struct arena *scratch, struct bytes in, int32_t today,
                     struct submission_change *change)
{
    Dantin__Change *message = NULL;
    if (in.at == NULL) {
        return ERR_NOT_FOUND;
    }
    enum err err = message_unpack(&dantin__change__descriptor, in, false, scratch, &message);
    if (err != ERR_OK) {
        return err;
    }
    if (!read_key(message, change)) {
        return ERR_MALFORMED;
    }
    change->is_removal = message->has_removal && message->removal;
    change->is_first_load = message->has_first_load && message->first_load;
    change->refused_by = "";
    if (change->is_removal) {
        return !message->has_body && !id_is_none(&change->key.base) ? ERR_OK : ERR_MALFORMED;
    }
    if (!message->has_body) {
        return ERR_MALFORMED;
    }
    err = read_reasons(arena, message, change);
    if (err == ERR_OK) {
        err = read_record(arena, bytes_of(message->body.data, message->body.len), change);
    }
    if (err == ERR_OK) {
        change->refused_by = change_refusal(change, today);
    }
    return err;
}

void change_take_left(struct arena *arena, const struct change_left *left, struct submission_change *change)
{
    struct submission_change taken = {
        .schema = left->schema,
        .key = {.kind = left->schema->kind, .record = left->record, .base = left->previous},
        .version = change->version,
        .hash = change->hash,
        .is_erased = true,
        .is_removal = left->is_removal,
        .refused_by = "", /* a record without a name breaks rules that it kept once */
    };
    const struct submission_change nothing = {
        .key = taken.key, .version = change->version, .hash = change->hash, .is_erased = true};
    bool is_left = left->is_applied && (left->is_removal || read_record(arena, left->body, &taken) == ERR_OK);
    *change = is_left ? taken : nothing;
}

const char *change_refusal(const struct submission_change *change, int32_t today)
{
    struct rule_context context = {.schema = change->schema, .message = change->message, .today = today};
    struct rule_finding findings[RULE_FINDINGS_MAX];
    size_t count = rules_check(&context, findings);
    bool is_reason_missing = false;
    for (size_t i = 0; i < count; i++) {
        if (findings[i].severity == RULE_ERROR) {
            return findings[i].rule->id;
        }
        is_reason_missing =
            is_reason_missing || (!change->is_first_load && !is_explained(change, findings[i].rule->id));
    }
    return is_reason_missing ? "ingest.reason_missing" : "";
}

/* What is known of the key is written even when the rest is not acceptable. */
static bool read_key(const Dantin__Change *in, struct submission_change *change)
{
    change->schema = in->has_kind ? schema_of(in->kind) : NULL;
    if (change->schema == NULL || !in->has_record ||
        id_from_bytes(bytes_of(in->record.data, in->record.len), &change->key.record) != ERR_OK ||
        id_is_none(&change->key.record)) {
        return false;
    }
    change->key.kind = change->schema->kind;
    if (!in->has_base_version) {
        return true;
    }
    return id_from_bytes(bytes_of(in->base_version.data, in->base_version.len), &change->key.base) ==
               ERR_OK &&
           !id_is_none(&change->key.base);
}

/* Only the ids of rules are kept: the texts stay in the journal. */
static enum err read_reasons(struct arena *arena, const Dantin__Change *in, struct submission_change *change)
{
    if (in->n_reason == 0) {
        return ERR_OK;
    }
    const char **reasons = arena_zalloc(arena, in->n_reason, sizeof *reasons);
    if (reasons == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < in->n_reason; i++) {
        const Dantin__Reason *reason = in->reason[i];
        const struct rule_info *rule = reason->rule == NULL ? NULL : rules_find(reason->rule);
        if (rule != NULL && reason->text != NULL && reason->text[0] != '\0') {
            reasons[change->reason_count++] = rule->id;
        }
    }
    change->reasons = reasons;
    return ERR_OK;
}

static enum err read_record(struct arena *arena, struct bytes body, struct submission_change *change)
{
    if (body.len > SCHEMA_RECORD_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    void *message = NULL;
    enum err err = message_unpack(change->schema->descriptor, body, false, arena, &message);
    if (err != ERR_OK) {
        return err;
    }
    change->message = message;
    for (size_t i = 0; i < change->schema->list_count; i++) {
        if (record_list_count(change->schema, message, i) > SCHEMA_LIST_ELEMENTS_MAX) {
            return ERR_TOO_BIG;
        }
    }
    err = record_references(change->schema, message, arena, &change->references, &change->reference_count);
    if (err == ERR_OK) {
        err = read_edges(arena, change);
    }
    if (err == ERR_OK) {
        read_numbers(change);
        change->is_sender = read_is_sender(change);
        change->has_ended = read_has_ended(change);
        change->has_official_code = read_has_official_code(change);
        change->has_derived_id = record_id_derived(change->schema, message, &change->derived_id);
    }
    return err;
}

static int32_t bound_of(struct value value, int32_t unbounded)
{
    return value.is_stated ? (int32_t)value.number : unbounded;
}

/* A record that names its branch in a plain field belongs to it at any date. */
static enum err read_edges(struct arena *arena, struct submission_change *change)
{
    struct schema_owner owner = change->schema->owner;
    if (owner.list < 0 && owner.field < 0) {
        return ERR_OK;
    }
    size_t list_index = (size_t)owner.list;
    size_t count = owner.list < 0 ? 1 : record_list_count(change->schema, change->message, list_index);
    struct store_edge *edges = arena_zalloc(arena, count, sizeof *edges);
    if (edges == NULL) {
        return ERR_TOO_BIG;
    }
    change->edges = edges;
    if (owner.list >= 0) {
        read_owner_list(change, list_index, count, edges);
        return ERR_OK;
    }
    struct value branch = record_field(change->schema, change->message, (size_t)owner.field);
    if (branch.is_stated && id_from_bytes(branch.text, &edges[0].to_branch) == ERR_OK) {
        edges[0].from = INT32_MIN;
        edges[0].to = INT32_MAX;
        change->edge_count = 1;
    }
    return ERR_OK;
}

/* Items of an edge: the reference, from, to (schema.h). */
static void read_owner_list(struct submission_change *change, size_t list_index, size_t count,
                            struct store_edge *edges)
{
    for (size_t i = 0; i < count; i++) {
        struct value reference = record_item(change->schema, change->message, list_index, i, EDGE_REFERENCE);
        struct store_edge *edge = &edges[change->edge_count];
        if (!reference.is_stated || id_from_bytes(reference.text, &edge->to_branch) != ERR_OK) {
            continue; /* a rule says that it is missing */
        }
        edge->from =
            bound_of(record_item(change->schema, change->message, list_index, i, EDGE_FROM), INT32_MIN);
        edge->to = bound_of(record_item(change->schema, change->message, list_index, i, EDGE_TO), INT32_MAX);
        change->edge_count++;
    }
}

static void read_numbers(struct submission_change *change)
{
    for (size_t i = 0; i < change->schema->field_count; i++) {
        if ((change->schema->fields[i].flags & FIELD_UNIQUE) == 0) {
            continue;
        }
        struct value value = record_field(change->schema, change->message, i);
        if (value.is_stated && value.text.len > 0) {
            REQUIRE(change->number_count < SUBMISSION_NUMBERS_MAX); /* no kind has more unique fields */
            change->numbers[change->number_count++] =
                (struct store_number_key){.kind = change->key.kind, .field_index = i, .text = value.text};
        }
    }
}

static bool read_is_sender(const struct submission_change *change)
{
    if (change->key.kind != KIND_BRANCH) {
        return false;
    }
    int field = schema_field_index(change->schema, "is_sender");
    REQUIRE(field >= 0); /* the schema has the field */
    struct value value = record_field(change->schema, change->message, (size_t)field);
    return value.is_stated && value.number != 0;
}

static bool read_has_ended(const struct submission_change *change)
{
    int field = change->schema->ended_field;
    return field >= 0 && record_field(change->schema, change->message, (size_t)field).is_stated;
}

static bool read_has_official_code(const struct submission_change *change)
{
    if (change->schema->derive_list == NULL) {
        return false;
    }
    int field = schema_field_index(change->schema, change->schema->derive_list);
    REQUIRE(field >= 0); /* the schema has the field */
    struct value value = record_field(change->schema, change->message, (size_t)field);
    return value.is_stated && value.text.len > 0;
}

static bool is_explained(const struct submission_change *change, const char *rule)
{
    for (size_t i = 0; i < change->reason_count; i++) {
        if (strcmp(change->reasons[i], rule) == 0) {
            return true;
        }
    }
    return false;
}
