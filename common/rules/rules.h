/* Rules: pure checks on one record, run by the client while importing and sealing and by the server before
 * applying. Rank 3. The table is rules.def, the figures thresholds.def; `dantin doctor` and docs/rules.md print it.
 *
 * A rule judges by the date of the fact it is about; before its in-force date it is a warning at most. An
 * error blocks the record. A warning needs a reason typed by the clerk, which travels with the change, except
 * on a first load. What needs other records (references, numbers used twice, scope) is found by queries and
 * judged in server/ingest; those rules stand in the table too (check = NULL), so that every verdict has its
 * text and source. */
#ifndef COMMON_RULES_RULES_H
#define COMMON_RULES_RULES_H

#include "common/base/arena.h"
#include "common/record/schema.h"

enum rule_severity { RULE_ERROR, RULE_WARNING };

/* rule_info.kind of the rules that hold for every kind. Those named record.* are run field by field by
 * rules_check itself, those named ingest.* by server/ingest; neither has a function of its own. */
enum { RULE_ANY_KIND = 0 };

struct rule_context {
    const struct kind_schema *schema;
    const void *message;
    int32_t today; /* days since 1970-01-01 in Asia/Ho_Chi_Minh */
};

struct rule_info {
    const char *id; /* "member.official_date" */
    uint32_t kind;  /* enum record_kind, or RULE_ANY_KIND */
    enum rule_severity severity;
    const char *field;     /* field or list it is about; "" = the record */
    int32_t in_force_from; /* days; INT32_MIN: always */
    int32_t in_force_to;   /* days, exclusive; INT32_MAX: still in force */
    const char *text_vi;
    const char *text_en;
    const char *source;
    /* NULL: judged elsewhere (needs other records). Returns true when the rule is broken; *ret_fact_date,
     * preset to today, is set to the date of the fact where the rule knows it. */
    bool (*is_broken)(const struct rule_context *context, int32_t *ret_fact_date);
};

struct rule_finding {
    const struct rule_info *rule;
    enum rule_severity severity; /* after dating: an error before its in-force date is a warning */
    const char
        *field; /* field or list name; for rules that run over every field (required, code) the one found */
};

enum { RULE_FINDINGS_MAX = 32 };

/* Run every rule of the kind, generic ones (required, codes in their lists, dated edges, lengths, NFC) first.
 * Writes at most RULE_FINDINGS_MAX findings, in table order; returns how many. */
size_t rules_check(const struct rule_context *context, struct rule_finding ret_findings[RULE_FINDINGS_MAX]);

/* NULL: unknown id. */
const struct rule_info *rules_find(const char *id);
const struct rule_info *rules_at(size_t index); /* NULL after the last */

/* Derived, never typed: a member's status on a date: "none" (not yet), "probationary", "official", "ended".
 * Membership is [admission_date, ended_date); official from official_date on. */
const char *rules_member_status(const void *member_message, int32_t date);

/* Has a cell fewer official members than the least it needs? Rule cell.minimum_members, which needs the
 * cell's members. */
bool rules_cell_is_below_minimum(uint64_t official_members, int32_t date);
/* Has a grassroots organisation so many members that it is a committee with cells under it, not a cell itself? Rules
 * grassroots.below_30 and grassroots.from_30. */
bool rules_grassroots_is_committee(uint64_t members, int32_t date);

#endif
