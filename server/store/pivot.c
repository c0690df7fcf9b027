#include "server/store/pivot.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"
#include "common/record/codes.h"
#include "common/record/date.h"

enum { NUMBER_DIGITS_MAX = 15 };

struct choosing {
    struct pivot *pivot;
    struct arena *arena;
    const char *bad;
};

static bool add_dimensions(struct choosing *choosing);
static bool add_sum(struct choosing *choosing, const char *name);
static bool add_condition(struct choosing *choosing, const struct store_filter *filter);
static bool add_value(struct choosing *choosing, enum field_type type, const char *list,
                      const struct dimension *dimension, const char *text);
static bool need_field(struct choosing *choosing, const struct field_schema *field);
static const struct field_schema *find_field(const struct kind_schema *kind, const char *name);
static bool is_value_of(const struct dimension *dimension, const char *text);
static bool parse_number(const char *text, int64_t *ret_number);
static struct hash hash_pivot(const struct pivot *pivot, const struct store_query *asked);
static bool refuse(struct choosing *choosing, const char *bad);

bool pivot_has_kind(const struct kind_schema *kind)
{
    return kind->kind == KIND_BRANCH || kind->kind == KIND_MEMBER || kind->owner.field >= 0;
}

enum err pivot_choose(const struct store_query *asked, const struct kind_schema *kind,
                      const struct indicator *file, struct arena *arena, struct pivot *ret_pivot,
                      const char **ret_bad)
{
    struct choosing choosing = {.pivot = ret_pivot, .arena = arena, .bad = ""};
    REQUIRE(pivot_has_kind(kind));
    *ret_pivot = (struct pivot){.indicator = *file, .kind = kind};
    ret_pivot->indicator.id = STORE_QUERY_PIVOT;
    ret_pivot->indicator.trace_kinds[0] = kind;
    ret_pivot->indicator.trace_kind_count = 1;
    bool is_good = add_dimensions(&choosing);
    for (size_t i = 0; is_good && i < asked->by_count; i++) {
        const struct dimension *dimension = indicator_find_dimension(&ret_pivot->indicator, asked->by[i]);
        const struct field_schema *field =
            dimension != NULL && dimension->field_of != NULL ? find_field(kind, asked->by[i]) : NULL;
        /* A name nobody knows is told by query_choose. */
        is_good = field == NULL || need_field(&choosing, field);
    }
    is_good = is_good && (asked->sum == NULL || add_sum(&choosing, asked->sum));
    for (size_t i = 0; is_good && i < asked->filter_count; i++) {
        is_good = add_condition(&choosing, &asked->filters[i]);
    }
    if (!is_good) {
        *ret_bad = choosing.bad;
        return ERR_USAGE;
    }
    ret_pivot->indicator.hash = hash_pivot(ret_pivot, asked);
    return ERR_OK;
}

/* The kind's own, behind those of the file; of two with one name the file's. */
static bool add_dimensions(struct choosing *choosing)
{
    static const struct dimension_value booleans[] = {{"true", {"Có", "Yes"}}, {"false", {"Không", "No"}}};
    struct indicator *indicator = &choosing->pivot->indicator;
    const struct kind_schema *kind = choosing->pivot->kind;
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field_schema *field = &kind->fields[i];
        bool is_hidden = (field->flags & FIELD_IDENTIFYING) != 0;
        bool is_countable = field->type == FIELD_CODE || field->type == FIELD_BOOLEAN;
        if (is_hidden || !is_countable || indicator_find_dimension(indicator, field->name) != NULL) {
            continue;
        }
        if (indicator->dimension_count == INDICATOR_DIMENSIONS_MAX) {
            return refuse(choosing, field->name);
        }
        struct dimension *dimension = &indicator->dimensions[indicator->dimension_count++];
        *dimension =
            (struct dimension){.name = field->name,
                               .label = {field->label_vi, field->label_en},
                               .source = field->type == FIELD_CODE ? DIMENSION_CODES : DIMENSION_VALUES,
                               .list = field->list,
                               .is_sensitive = (field->flags & FIELD_SENSITIVE) != 0,
                               .field_of = kind};
        if (field->type == FIELD_BOOLEAN) {
            dimension->values = booleans;
            dimension->value_count = sizeof booleans / sizeof booleans[0];
        }
    }
    return true;
}

static bool add_sum(struct choosing *choosing, const char *name)
{
    struct indicator *indicator = &choosing->pivot->indicator;
    const struct field_schema *field = find_field(choosing->pivot->kind, name);
    if (field == NULL || field->type != FIELD_INTEGER || indicator->column_count == INDICATOR_COLUMNS_MAX) {
        return refuse(choosing, name);
    }
    choosing->pivot->sum = field;
    indicator->columns[indicator->column_count++] =
        (struct indicator_column){field->name, "integer", {field->label_vi, field->label_en}};
    return need_field(choosing, field);
}

static bool add_condition(struct choosing *choosing, const struct store_filter *filter)
{
    static const char *const comparisons[] = {"=", "!=", "<", ">="};
    struct pivot *pivot = choosing->pivot;
    const struct dimension *dimension = indicator_find_dimension(&pivot->indicator, filter->field);
    bool is_own = dimension != NULL && dimension->field_of == NULL;
    const struct field_schema *field = is_own ? NULL : find_field(pivot->kind, filter->field);
    const char *comparison = NULL;
    for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++) {
        comparison = strcmp(comparisons[i], filter->comparison) == 0 ? comparisons[i] : comparison;
    }
    if ((is_own && dimension->source == DIMENSION_BRANCH) || (!is_own && field == NULL) ||
        (!is_own && (field->flags & FIELD_SENSITIVE) != 0) ||
        pivot->condition_count == STORE_QUERY_FILTERS_MAX || filter->value_count == 0) {
        return refuse(choosing, filter->field);
    }
    enum field_type type = is_own ? FIELD_CODE : field->type;
    bool is_ordered = type == FIELD_DATE || type == FIELD_INTEGER;
    bool is_order = comparison != NULL && (comparison[0] == '<' || comparison[0] == '>');
    if (comparison == NULL || (is_order && (!is_ordered || filter->value_count > 1))) {
        return refuse(choosing, filter->comparison);
    }
    struct pivot_condition condition = {.column = is_own ? dimension->name : field->name,
                                        .type = type,
                                        .comparison = comparison,
                                        .first_value = pivot->value_count};
    bool is_about_nothing = filter->value_count == 1 && filter->values[0][0] == 0 && !is_order;
    for (size_t i = 0; i < filter->value_count && !is_about_nothing; i++) {
        const char *list = is_own ? dimension->list : field->list;
        if (!add_value(choosing, type, list, dimension, filter->values[i])) {
            return refuse(choosing, filter->values[i]);
        }
        condition.value_count++;
    }
    pivot->conditions[pivot->condition_count++] = condition;
    return field == NULL || need_field(choosing, field);
}

/* A value is read as what it must be; only what was read goes on. */
static bool add_value(struct choosing *choosing, enum field_type type, const char *list,
                      const struct dimension *dimension, const char *text)
{
    struct pivot *pivot = choosing->pivot;
    struct pivot_value value = {.type = FIELD_TEXT};
    int32_t days = 0;
    bool is_good = pivot->value_count < STORE_QUERY_VALUES_MAX;
    switch (type) {
    case FIELD_DATE:
        value.type = FIELD_DATE;
        is_good = is_good && date_parse(bytes_of_text(text), &days) == ERR_OK;
        value.number = days;
        break;
    case FIELD_INTEGER:
        value.type = FIELD_INTEGER;
        is_good = is_good && parse_number(text, &value.number);
        break;
    default: /* codes, and yes or no */
        is_good = is_good && (dimension != NULL && dimension->source == DIMENSION_VALUES
                                  ? is_value_of(dimension, text)
                                  : list != NULL && codes_find(list, bytes_of_text(text)) != NULL);
        value.text = arena_copy(choosing->arena, bytes_of_text(text));
        is_good = is_good && value.text.at != NULL;
        break;
    }
    if (is_good) {
        pivot->values[pivot->value_count++] = value;
    }
    return is_good;
}

static bool need_field(struct choosing *choosing, const struct field_schema *field)
{
    struct pivot *pivot = choosing->pivot;
    for (size_t i = 0; i < pivot->field_count; i++) {
        if (pivot->fields[i] == field) {
            return true;
        }
    }
    if (pivot->field_count == PIVOT_FIELDS_MAX) {
        return refuse(choosing, field->name);
    }
    pivot->fields[pivot->field_count++] = field;
    return true;
}

/* A field that may be counted by, summed or compared; NULL: none of that name. */
static const struct field_schema *find_field(const struct kind_schema *kind, const char *name)
{
    int index = schema_field_index(kind, name);
    const struct field_schema *field = index >= 0 ? &kind->fields[index] : NULL;
    if (field == NULL || (field->flags & FIELD_IDENTIFYING) != 0) {
        return NULL;
    }
    return field->type == FIELD_CODE || field->type == FIELD_BOOLEAN || field->type == FIELD_DATE ||
                   field->type == FIELD_INTEGER
               ? field
               : NULL;
}

static bool is_value_of(const struct dimension *dimension, const char *text)
{
    for (size_t i = 0; i < dimension->value_count; i++) {
        if (strcmp(dimension->values[i].code, text) == 0) {
            return true;
        }
    }
    return false;
}

static bool parse_number(const char *text, int64_t *ret_number)
{
    size_t len = strlen(text);
    if (len == 0 || len > NUMBER_DIGITS_MAX || strspn(text, "0123456789") != len) {
        return false;
    }
    *ret_number = strtoll(text, NULL, 10);
    return true;
}

/* Over the file's hash and, each with its NUL, everything the question adds to it. */
static struct hash hash_pivot(const struct pivot *pivot, const struct store_query *asked)
{
    enum {
        PIECES_MAX = 4 + STORE_QUERY_DIMENSIONS_MAX + 2 * STORE_QUERY_FILTERS_MAX + STORE_QUERY_VALUES_MAX
    };
    struct bytes pieces[PIECES_MAX];
    size_t count = 0;
    pieces[count++] = bytes_of(pivot->indicator.hash.at, HASH_BYTES);
#define ADD(text) pieces[count++] = bytes_of((text), strlen(text) + 1)
    ADD(pivot->kind->name);
    ADD(pivot->sum != NULL ? pivot->sum->name : "");
    for (size_t i = 0; i < asked->by_count && i < STORE_QUERY_DIMENSIONS_MAX; i++) {
        ADD(asked->by[i]);
    }
    for (size_t i = 0; i < asked->filter_count; i++) {
        ADD(asked->filters[i].field);
        ADD(asked->filters[i].comparison);
        for (size_t j = 0; j < pivot->conditions[i].value_count; j++) {
            ADD(asked->filters[i].values[j]);
        }
    }
#undef ADD
    return hash_of(pieces, count);
}

static bool refuse(struct choosing *choosing, const char *bad)
{
    choosing->bad = bad;
    return false;
}
