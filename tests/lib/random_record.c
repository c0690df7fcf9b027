/* See random_record.h. */
#include "tests/lib/random_record.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/codes.h"
#include "common/record/date.h"

enum {
    WORDS_MAX = 4,
    TEXT_BYTES = 256,
    ITEMS_MAX = 16,
    INTEGER_LIMIT = 1000000000,
    HUNDREDTHS_LIMIT = 1000000
};

static struct value random_text(struct random_source *source);
static struct value random_code(struct random_source *source, const char *list);
static struct value random_reference(struct random_source *source, const char *kind);

struct value random_value(struct random_source *source, const struct field_schema *field)
{
    struct value value = {.is_stated = true};

    if ((field->flags & FIELD_REQUIRED) == 0 && prng_below(&source->prng, 3) == 0) {
        return (struct value){0};
    }
    switch (field->type) {
    case FIELD_TEXT:
        return random_text(source);
    case FIELD_CODE:
        return random_code(source, field->list);
    case FIELD_REFERENCE:
        return random_reference(source, field->list);
    case FIELD_DATE:
        value.number = DATE_MIN + (int64_t)prng_below(&source->prng, DATE_MAX - DATE_MIN + 1);
        break;
    case FIELD_INTEGER:
        value.number =
            (int64_t)prng_below(&source->prng, prng_below(&source->prng, 2) == 0 ? 10 : INTEGER_LIMIT);
        break;
    case FIELD_DECIMAL:
        value.number = (int64_t)prng_below(&source->prng, 2 * HUNDREDTHS_LIMIT) - HUNDREDTHS_LIMIT;
        break;
    case FIELD_BOOLEAN:
        value.number = (int64_t)prng_below(&source->prng, 2);
        break;
    }
    return value;
}

void *random_record(struct random_source *source, const struct kind_schema *schema)
{
    void *message = NULL;

    REQUIRE(record_new(schema, &source->arena, &message) == ERR_OK);
    for (size_t i = 0; i < schema->field_count; i++) {
        REQUIRE(record_set_field(schema, &source->arena, message, i,
                                 random_value(source, &schema->fields[i])) == ERR_OK);
    }
    for (size_t list = 0; list < schema->list_count; list++) {
        const struct list_schema *of = &schema->lists[list];

        REQUIRE(of->item_count <= ITEMS_MAX);
        for (uint64_t i = prng_below(&source->prng, RANDOM_LIST_MAX + 1); i > 0; i--) {
            struct value items[ITEMS_MAX] = {{0}};
            bool is_whole = true; /* not when it must refer to a kind that has no record */

            for (size_t item = 0; item < of->item_count; item++) {
                bool is_required = (of->items[item].flags & FIELD_REQUIRED) != 0;

                items[item] = random_value(source, &of->items[item]);
                is_whole = is_whole && (items[item].is_stated || !is_required);
            }
            if (is_whole) {
                REQUIRE(record_append(schema, &source->arena, message, list, items) == ERR_OK);
            }
        }
    }
    return message;
}

static struct value random_text(struct random_source *source)
{
    static const char *const words[] = {
        "Nguyễn",   "\"Đạt\"", "=1+1", "a,b", "x;y", "'", "-7",   "@ai",     "+84",  "''x",   "Ơn",   "0012",
        "Trần Thị", "1/2",     "Ý",    "E+1", "'=q", "đ", "TRUE", "Hà\"Nội", "#N/A", "1.5.2", "ngày", "x"};
    char text[TEXT_BYTES];
    size_t len = 0;
    size_t count = 1 + (size_t)prng_below(&source->prng, WORDS_MAX);

    for (size_t i = 0; i < count; i++) {
        const char *word = words[prng_below(&source->prng, sizeof words / sizeof words[0])];

        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? " " : "", word);
    }
    char *copy = arena_text(&source->arena, bytes_of_text(text));

    REQUIRE(copy != NULL);
    return (struct value){.is_stated = true, .text = bytes_of_text(copy)};
}

static struct value random_code(struct random_source *source, const char *list)
{
    const char *drawn = NULL;
    size_t seen = 0;

    for (size_t i = 0; codes_at(i) != NULL; i++) {
        if (strcmp(codes_at(i)->list, list) == 0 && prng_below(&source->prng, ++seen) == 0) {
            drawn = codes_at(i)->code;
        }
    }
    REQUIRE(drawn != NULL);
    return (struct value){.is_stated = true, .text = bytes_of_text(drawn)};
}

static struct value random_reference(struct random_source *source, const char *kind)
{
    const struct kind_schema *target = schema_of_name(kind);
    size_t count = source->id_count[target->kind];

    if (count == 0) {
        return (struct value){0};
    }
    const struct id *id = &source->ids[target->kind][prng_below(&source->prng, count)];

    return (struct value){.is_stated = true, .text = bytes_of(id->at, ID_BYTES)};
}
