/* The table of rules and the one loop that runs it. The rules that hold for every record are run here, field
 * by field. */
#include "common/rules/rules.h"

#include <string.h>

#include "common/base/check.h"
#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/record/decimal.h"
#include "common/record/name.h"
#include "common/rules/checks.h"
#include "common/rules/dates.h"

enum rule_index {
#define RULE(symbol, id, kind, severity, field, from, to, check, source, text_vi, text_en) RULE_##symbol,
#include "common/rules/rules.def"
#undef RULE
    RULE_COUNT
};

#define KIND_ANY RULE_ANY_KIND
static const struct rule_info rules[] = {
#define RULE(symbol, id, kind, severity, field, from, to, check, source, text_vi, text_en) \
    {id, KIND_##kind, RULE_##severity, field, from, to, text_vi, text_en, source, check},
#include "common/rules/rules.def"
#undef RULE
};
#undef KIND_ANY

/* What was found so far. Later findings are dropped once it is full; the rules on fields, all errors, come
 * first. */
struct findings {
    struct rule_finding *at;
    size_t count;
};

static void check_value(struct findings *findings, const struct field_schema *field, const char *name,
                        struct value value);
static void check_text(struct findings *findings, const struct field_schema *field, const char *name,
                       struct bytes text);
static void check_list(struct findings *findings, const struct rule_context *context, size_t list_index);
static void check_edges(struct findings *findings, const struct rule_context *context, size_t list_index,
                        size_t count);
static void add_finding(struct findings *findings, const struct rule_info *rule, enum rule_severity severity,
                        const char *field);
static void add_error(struct findings *findings, enum rule_index index, const char *field);

size_t rules_check(const struct rule_context *context, struct rule_finding ret_findings[RULE_FINDINGS_MAX])
{
    const struct kind_schema *schema = context->schema;
    struct findings findings = {.at = ret_findings, .count = 0};
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field_schema *field = &schema->fields[i];
        check_value(&findings, field, field->name, record_field(schema, context->message, i));
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        check_list(&findings, context, i);
    }
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const struct rule_info *rule = &rules[i];
        if (rule->kind != (uint32_t)schema->kind || rule->is_broken == NULL) {
            continue;
        }
        int32_t fact_date = context->today;
        if (rule->is_broken(context, &fact_date) && fact_date < rule->in_force_to) {
            bool is_in_force = fact_date >= rule->in_force_from;
            add_finding(&findings, rule, is_in_force ? rule->severity : RULE_WARNING, rule->field);
        }
    }
    return findings.count;
}

const struct rule_info *rules_find(const char *id)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (strcmp(rules[i].id, id) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

const struct rule_info *rules_at(size_t index)
{
    return index < RULE_COUNT ? &rules[index] : NULL;
}

static void check_value(struct findings *findings, const struct field_schema *field, const char *name,
                        struct value value)
{
    if (!value.is_stated) {
        if (field->flags & FIELD_REQUIRED) {
            add_error(findings, RULE_RECORD_REQUIRED, name);
        }
        return;
    }
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CODE:
        check_text(findings, field, name, value.text);
        break;
    case FIELD_DATE:
        if (value.number < DATE_MIN || value.number > DATE_MAX) {
            add_error(findings, RULE_RECORD_DATE_RANGE, name);
        }
        break;
    case FIELD_REFERENCE:
        if (value.text.len != ID_BYTES) {
            add_error(findings, RULE_RECORD_BAD_REFERENCE, name);
        }
        break;
    case FIELD_DECIMAL:
        if (value.number < -DECIMAL_MAX || value.number > DECIMAL_MAX) {
            add_error(findings, RULE_RECORD_DECIMAL_RANGE, name);
        }
        break;
    case FIELD_INTEGER:
    case FIELD_BOOLEAN:
        break;
    }
}

static void check_text(struct findings *findings, const struct field_schema *field, const char *name,
                       struct bytes text)
{
    if (text.len == 0) {
        add_error(findings, field->flags & FIELD_REQUIRED ? RULE_RECORD_REQUIRED : RULE_RECORD_TEXT_EMPTY,
                  name);
    } else if (text.len > SCHEMA_TEXT_BYTES_MAX) {
        add_error(findings, RULE_RECORD_TEXT_TOO_LONG, name);
    } else if (field->type == FIELD_CODE) {
        if (codes_find(field->list, text) == NULL) {
            add_error(findings, RULE_RECORD_CODE_UNKNOWN, name);
        }
    } else if (!name_is_nfc(text)) {
        add_error(findings, RULE_RECORD_NOT_NFC, name);
    }
}

static void check_list(struct findings *findings, const struct rule_context *context, size_t list_index)
{
    const struct list_schema *list = &context->schema->lists[list_index];
    size_t count = record_list_count(context->schema, context->message, list_index);
    if (count > SCHEMA_LIST_ELEMENTS_MAX) {
        /* Its elements are not looked at: what follows may cost the square of their number. */
        add_error(findings, RULE_RECORD_LIST_TOO_LONG, list->name);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < list->item_count; j++) {
            struct value value = record_item(context->schema, context->message, list_index, i, j);
            check_value(findings, &list->items[j], list->name, value);
        }
    }
    if (list->shape == LIST_EDGE) {
        check_edges(findings, context, list_index, count);
    }
}

/* At no date two edges, nor none between the first and the last. */
static void check_edges(struct findings *findings, const struct rule_context *context, size_t list_index,
                        size_t count)
{
    int64_t from[SCHEMA_LIST_ELEMENTS_MAX];
    int64_t to[SCHEMA_LIST_ELEMENTS_MAX];
    bool is_ordered = true;
    bool is_overlapping = false;
    bool has_gap = false;
    for (size_t i = 0; i < count; i++) {
        struct value start = record_item(context->schema, context->message, list_index, i, EDGE_FROM);
        struct value end = record_item(context->schema, context->message, list_index, i, EDGE_TO);
        from[i] = start.is_stated ? start.number : INT64_MIN;
        to[i] = end.is_stated ? end.number : INT64_MAX;
        is_ordered = is_ordered && from[i] < to[i];
    }
    /* One fault is told, the first in this order: what comes after it need not be looked for. */
    for (size_t i = 0; i < count && is_ordered && !is_overlapping; i++) {
        bool has_later = false;
        bool has_next = false;
        for (size_t j = 0; j < count; j++) {
            is_overlapping = is_overlapping || (j < i && from[i] < to[j] && from[j] < to[i]);
            has_later = has_later || (j != i && from[j] >= to[i]);
            has_next = has_next || (j != i && from[j] == to[i]);
        }
        has_gap = has_gap || (has_later && !has_next);
    }
    const char *name = context->schema->lists[list_index].name;
    if (!is_ordered) {
        add_error(findings, RULE_RECORD_EDGE_ORDER, name);
    } else if (is_overlapping) {
        add_error(findings, RULE_RECORD_EDGE_OVERLAP, name);
    } else if (has_gap) {
        add_error(findings, RULE_RECORD_EDGE_GAP, name);
    }
}

/* Kept in the table's order; there are seldom two. */
static void add_finding(struct findings *findings, const struct rule_info *rule, enum rule_severity severity,
                        const char *field)
{
    if (findings->count == RULE_FINDINGS_MAX) {
        return;
    }
    size_t place = findings->count++;
    while (place > 0 && findings->at[place - 1].rule > rule) {
        findings->at[place] = findings->at[place - 1];
        place--;
    }
    findings->at[place] = (struct rule_finding){.rule = rule, .severity = severity, .field = field};
}

static void add_error(struct findings *findings, enum rule_index index, const char *field)
{
    INVARIANT(rules[index].severity == RULE_ERROR);
    add_finding(findings, &rules[index], RULE_ERROR, field);
}
