/* The public interface: the table of rules. */
#include "client/include/dantin.h"
#include "common/record/date.h"
#include "common/rules/rules.h"

static void day_of(int32_t days, char ret_day[DATE_TEXT_BYTES]);

void dantin_rules(enum dantin_language language, const char *kind,
                  bool (*on_rule)(void *context, const struct dantin_rule *rule), void *context)
{
    bool is_vi = language == DANTIN_VI;
    const struct rule_info *rule;
    bool goes_on = true;

    for (size_t index = 0; goes_on && (rule = rules_at(index)) != NULL; index++) {
        const struct kind_schema *schema = rule->kind == RULE_ANY_KIND ? NULL : schema_of(rule->kind);
        char from[DATE_TEXT_BYTES];
        char to[DATE_TEXT_BYTES];

        if (kind != NULL && schema != NULL && schema != schema_of_name(kind)) {
            continue;
        }
        day_of(rule->in_force_from, from);
        day_of(rule->in_force_to, to);
        struct dantin_rule told = {.id = rule->id,
                                   .kind = schema == NULL ? "" : schema->name,
                                   .kind_label = schema == NULL ? ""
                                                 : is_vi        ? schema->label_vi
                                                                : schema->label_en,
                                   .severity = rule->severity == RULE_ERROR ? "error" : "warning",
                                   .is_error = rule->severity == RULE_ERROR,
                                   .field = rule->field,
                                   .from = from,
                                   .to = to,
                                   .source = rule->source,
                                   .text = is_vi ? rule->text_vi : rule->text_en};

        goes_on = on_rule(context, &told);
    }
}

/* "" for always and still. */
static void day_of(int32_t days, char ret_day[DATE_TEXT_BYTES])
{
    ret_day[0] = '\0';
    if (days != INT32_MIN && days != INT32_MAX) {
        date_format_iso(days, ret_day);
    }
}
