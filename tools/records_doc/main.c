/* records_doc records|rules: print docs/records.md or docs/rules.md from the tables of common/record and
 * common/rules. */
#include <stdio.h>
#include <string.h>

#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/record/schema.h"
#include "common/rules/life.h"
#include "common/rules/rules.h"
#include "common/rules/thresholds.h"

static void print_records(void);
static void print_kind(const struct kind_schema *schema);
static void print_field(const char *prefix, const struct field_schema *field);
static void print_type(const struct field_schema *field);
static void print_match_keys(const struct kind_schema *schema);
static void print_codes(void);
static void print_rules(void);
static void print_rule(const struct rule_info *rule);
static void print_thresholds(void);
static void print_life(void);
static void print_set(const char *const *names, unsigned count, unsigned set);
static void print_details(enum life_event event);
static void print_day(int32_t days);

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "records") == 0) {
        print_records();
    } else if (argc == 2 && strcmp(argv[1], "rules") == 0) {
        print_rules();
    } else {
        (void)fputs("usage: records_doc records|rules\n", stderr);
        return 1;
    }
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}

static void print_records(void)
{
    (void)puts("# Records\n\n"
               "Made by `records_doc records` from `common/record/`; do not edit. A spreadsheet's headers "
               "are the labels, in\n"
               "either language. A list's element n > 1 has its number after the label (\"Dân số tại ngày "
               "2\"). Flags: required,\n"
               "sensitive (leaves the server in aggregate only), identifying (blanked by an erasure), folded "
               "(has a search key\n"
               "without tone marks), sealed (the server's database holds it sealed). A dated edge holds from "
               "its start to the day before its end; no end = "
               "still; at no date two.\n"
               "The last edge's columns are in the record's own row, earlier elements in the child table.");
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        if (schema != NULL) {
            print_kind(schema);
        }
    }
    print_codes();
}

static void print_kind(const struct kind_schema *schema)
{
    (void)printf("\n## %s (kind %u): %s, %s\n\n", schema->name, (unsigned)schema->kind, schema->label_vi,
                 schema->label_en);
    (void)puts("| column | type | Vietnamese label | English label | flags |\n|---|---|---|---|---|");
    for (size_t i = 0; i < schema->field_count; i++) {
        print_field("", &schema->fields[i]);
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        const struct list_schema *list = &schema->lists[i];
        char prefix[64];
        (void)snprintf(prefix, sizeof(prefix), "%s_", list->name);
        (void)printf("| **%s** | %s, table %s_%s | %s | %s | |\n", list->name,
                     list->shape == LIST_EDGE ? "dated edges" : "list", schema->name, list->name,
                     list->label_vi, list->label_en);
        for (size_t j = 0; j < list->item_count; j++) {
            print_field(prefix, &list->items[j]);
        }
    }
    print_match_keys(schema);
}

static void print_field(const char *prefix, const struct field_schema *field)
{
    static const char *const flag_names[] = {"required", "sensitive", "identifying", "folded",
                                             "unique",   "key",       "sealed"};
    (void)printf("| %s%s | ", prefix, field->name);
    print_type(field);
    (void)printf(" | %s | %s |", field->label_vi, field->label_en);
    const char *separator = " ";
    for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++) {
        if (field->flags & (1u << i)) {
            (void)printf("%s%s", separator, flag_names[i]);
            separator = ", ";
        }
    }
    (void)puts(" |");
}

static void print_type(const struct field_schema *field)
{
    static const char *const names[] = {
        [FIELD_TEXT] = "text",
        [FIELD_CODE] = "code of",
        [FIELD_DATE] = "date",
        [FIELD_INTEGER] = "integer",
        [FIELD_DECIMAL] = "decimal",
        [FIELD_BOOLEAN] = "yes or no",
        [FIELD_REFERENCE] = "reference to",
    };
    (void)printf("%s%s%s", names[field->type], field->list[0] == '\0' ? "" : " ", field->list);
}

static void print_match_keys(const struct kind_schema *schema)
{
    (void)printf("\nRecognised by");
    for (size_t i = 0; i < MATCH_KEYS_MAX && schema->match_keys[i].fields[0] != NULL; i++) {
        (void)printf("%s", i == 0 ? " " : "; else ");
        for (size_t j = 0; j < MATCH_FIELDS_MAX && schema->match_keys[i].fields[j] != NULL; j++) {
            (void)printf("%s%s", j == 0 ? "" : " + ", schema->match_keys[i].fields[j]);
        }
    }
    (void)puts(".");
    if (schema->needs_second_person) {
        (void)printf("A change waits until a [second person](protocol.md#approvals) approves it.\n");
    }
    if (schema->derive_list != NULL) {
        (void)printf("With a %s stated, the id derives from %s, %s and %s, and no other key counts.\n",
                     schema->derive_list, schema->derive_list, schema->derive_code, schema->derive_from);
    }
}

static void print_codes(void)
{
    (void)puts("\n## Code lists");
    const char *list_name = "";
    size_t index = 0;
    for (const struct code_item *item = codes_at(0); item != NULL; item = codes_at(++index)) {
        if (strcmp(item->list, list_name) != 0) {
            const struct code_list *list = codes_list(item->list);
            list_name = item->list;
            (void)printf("\n### %s\n\n", list_name);
            if (list->source[0] != '\0') {
                (void)printf("Source: %s.\n", list->source);
            }
            if (list->width > 0) {
                (void)printf("Codes have %u digits; lost zeros are put back.\n", list->width);
            }
            (void)printf("%s| code | Vietnamese | English |\n|---|---|---|\n",
                         list->source[0] != '\0' || list->width > 0 ? "\n" : "");
        }
        (void)printf("| %s | %s | %s |\n", item->code, item->name_vi, item->name_en);
    }
}

static void print_rules(void)
{
    (void)puts("# Rules\n\n"
               "Made by `records_doc rules` from `common/rules/rules.def`; do not edit. An error blocks the "
               "record. A warning needs\n"
               "a reason typed by the clerk, which travels with the change, except on a first load of old "
               "data. A rule judges by\n"
               "the date of the fact it is about; before its in-force date an error is a warning. `record.*` "
               "are checked field by\n"
               "field, `ingest.*` by the server, which knows the other records.");
    uint32_t kind = UINT32_MAX;
    size_t index = 0;
    for (const struct rule_info *rule = rules_at(0); rule != NULL; rule = rules_at(++index)) {
        if (rule->kind != kind) {
            kind = rule->kind;
            (void)printf("\n## %s\n", kind == RULE_ANY_KIND ? "Every kind" : schema_of(kind)->name);
        }
        print_rule(rule);
    }
    print_life();
    print_thresholds();
}

static void print_rule(const struct rule_info *rule)
{
    (void)printf("\n**%s** · %s", rule->id, rule->severity == RULE_ERROR ? "error" : "warning");
    if (rule->field[0] != '\0') {
        (void)printf(" · %s", rule->field);
    }
    if (rule->in_force_from != INT32_MIN) {
        (void)printf(" · in force from ");
        print_day(rule->in_force_from);
    }
    if (rule->in_force_to != INT32_MAX) {
        (void)printf(" · until ");
        print_day(rule->in_force_to);
    }
    (void)printf("  \n%s  \n%s\n", rule->text_vi, rule->text_en);
    if (rule->source[0] != '\0') {
        (void)printf("(%s)\n", rule->source);
    }
}

/* Figures, by the day of the fact they are asked for. */
static void print_thresholds(void)
{
    (void)puts("\n## Figures\n\nMade from `common/rules/thresholds.def`. A fact is judged by the figure of "
               "its own date.\n\n"
               "| figure | from | until | value | source |\n|---|---|---|---|---|");
    for (unsigned i = 0; threshold_at(i) != NULL; i++) {
        const struct threshold_line *line = threshold_at(i);
        (void)printf("| %s | ", line->name);
        if (line->from != INT32_MIN) {
            print_day(line->from);
        }
        (void)printf(" | ");
        if (line->to != INT32_MAX) {
            print_day(line->to);
        }
        (void)printf(" | %d | %s |\n", (int)line->value, line->source);
    }
}

static void print_life(void)
{
    static const char *const ranks[LIFE_RANKS] = {"none", "probationary", "official"};
    static const char *const situations[LIFE_SITUATIONS] = {
        "active", "elsewhere", "temporarily exempt", "exempt", "suspended", "transferred", "ended", "dead"};
    (void)puts("\n## A member's life\n\n"
               "Made from `common/rules/life.def`: where each event may happen, and where it leads (empty: "
               "as before). Rule "
               "`member.event_order`\nspeaks of any other. How the walk goes: `common/rules/life.h`.\n\n"
               "| event | rank | situation | new rank | new situation | form or reason "
               "|\n|---|---|---|---|---|---|");
    for (size_t i = 0; life_move_at(i) != NULL; i++) {
        const struct life_move *move = life_move_at(i);
        bool is_opening = move->from_ranks == LIFE_NONE;
        (void)printf("| %s | ", move->code);
        print_set(ranks, LIFE_RANKS, move->from_ranks);
        (void)printf(" | ");
        print_set(situations, LIFE_SITUATIONS, is_opening ? 0 : move->from_situations);
        (void)printf(" | ");
        print_set(ranks, LIFE_RANKS, move->to_ranks);
        (void)printf(" | ");
        print_set(situations, LIFE_SITUATIONS, move->to_situations);
        (void)printf(" | ");
        print_details(move->event);
        (void)puts(" |");
    }
}

static void print_set(const char *const *names, unsigned count, unsigned set)
{
    const char *separator = "";
    for (unsigned i = 0; i < count; i++) {
        if ((set & 1U << i) != 0) {
            (void)printf("%s%s", separator, names[i]);
            separator = ", ";
        }
    }
}

static void print_details(enum life_event event)
{
    const char *separator = "";
    for (size_t i = 0; codes_at(i) != NULL; i++) {
        const struct code_item *item = codes_at(i);
        if (strcmp(item->list, "event_detail") == 0 && life_has_detail(event, item->code)) {
            (void)printf("%s%s", separator, item->code);
            separator = ", ";
        }
    }
}

static void print_day(int32_t days)
{
    char text[DATE_TEXT_BYTES];
    date_format_vi(days, text);
    (void)printf("%s", text);
}
