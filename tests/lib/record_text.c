/* Records for tests, written as pairs of texts. */
#include "tests/lib/record_text.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/date.h"

static struct value value_of(enum field_type type, const char *text);

void *record_from_texts(const struct kind_schema *schema, struct arena *arena, const char *const texts[][2])
{
    void *message = NULL;
    REQUIRE(record_new(schema, arena, &message) == ERR_OK);
    for (size_t i = 0; texts[i][0] != NULL; i++) {
        record_set_text(schema, arena, message, texts[i][0], texts[i][1]);
    }
    return message;
}

void record_set_text(const struct kind_schema *schema, struct arena *arena, void *message, const char *name,
                     const char *text)
{
    int index = schema_field_index(schema, name);
    REQUIRE(index >= 0);
    struct value value = value_of(schema->fields[index].type, text);
    REQUIRE(record_set_field(schema, arena, message, (size_t)index, value) == ERR_OK);
}

void record_append_edge(const struct kind_schema *schema, struct arena *arena, void *message,
                        const char *list, char reference, const char *from, const char *to)
{
    int index = schema_list_index(schema, list);
    REQUIRE(index >= 0);
    uint8_t id[ID_BYTES];
    memset(id, reference, sizeof(id));
    struct value items[EDGE_ITEMS] = {
        [EDGE_REFERENCE] = {.is_stated = true, .text = bytes_of(id, sizeof(id))},
        [EDGE_FROM] = value_of(FIELD_DATE, from == NULL ? "" : from),
        [EDGE_TO] = value_of(FIELD_DATE, to == NULL ? "" : to),
    };
    REQUIRE(record_append(schema, arena, message, (size_t)index, items) == ERR_OK);
}

static struct value value_of(enum field_type type, const char *text)
{
    struct value value = {.is_stated = text[0] != '\0', .text = bytes_of_text(text)};
    int32_t days = 0;
    if (value.is_stated && type == FIELD_DATE) {
        REQUIRE(date_parse(value.text, &days) == ERR_OK);
        value.number = days;
    } else if (type == FIELD_INTEGER || type == FIELD_BOOLEAN) {
        value.number = strtoll(text, NULL, 10);
    }
    return value;
}
