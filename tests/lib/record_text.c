/* Records for tests, written as pairs of texts. */
#include "tests/lib/record_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/date.h"
#include "common/record/decimal.h"

enum { ITEMS_MAX = 16 };

static void set_item(const struct kind_schema *schema, struct arena *arena, void *message, const char *path,
                     const char *text);
static struct value value_of(enum field_type type, const char *text, uint8_t id[ID_BYTES]);

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
    if (strchr(name, '.') != NULL) {
        set_item(schema, arena, message, name, text);
        return;
    }
    int index = schema_field_index(schema, name);
    REQUIRE(index >= 0);
    uint8_t id[ID_BYTES];
    struct value value = value_of(schema->fields[index].type, text, id);
    REQUIRE(record_set_field(schema, arena, message, (size_t)index, value) == ERR_OK);
}

static void set_item(const struct kind_schema *schema, struct arena *arena, void *message, const char *path,
                     const char *text)
{
    char list_name[64];
    char item_name[64];
    size_t element = 0;
    struct value none[ITEMS_MAX] = {0};
    REQUIRE(sscanf(path, "%63[^.].%zu.%63s", list_name, &element, item_name) == 3 && element > 0);
    int found = schema_list_index(schema, list_name);
    REQUIRE(found >= 0);
    size_t list_index = (size_t)found;
    const struct list_schema *list = &schema->lists[list_index];
    size_t item = 0;
    while (item < list->item_count && strcmp(list->items[item].name, item_name) != 0) {
        item++;
    }
    REQUIRE(item < list->item_count && list->item_count <= ITEMS_MAX);
    if (element == record_list_count(schema, message, list_index) + 1) {
        REQUIRE(record_append(schema, arena, message, list_index, none) == ERR_OK);
    }
    uint8_t id[ID_BYTES];
    struct value value = value_of(list->items[item].type, text, id);
    REQUIRE(record_set_item(schema, arena, message, list_index, element - 1, item, value) == ERR_OK);
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
        [EDGE_FROM] = value_of(FIELD_DATE, from == NULL ? "" : from, id),
        [EDGE_TO] = value_of(FIELD_DATE, to == NULL ? "" : to, id),
    };
    REQUIRE(record_append(schema, arena, message, (size_t)index, items) == ERR_OK);
}

/* The bytes of a reference lie in `id`. */
static struct value value_of(enum field_type type, const char *text, uint8_t id[ID_BYTES])
{
    struct value value = {.is_stated = text[0] != '\0', .text = bytes_of_text(text)};
    int32_t days = 0;
    if (value.is_stated && type == FIELD_DATE) {
        REQUIRE(date_parse(value.text, &days) == ERR_OK);
        value.number = days;
    } else if (value.is_stated && type == FIELD_DECIMAL) {
        REQUIRE(decimal_parse(value.text, &value.number) == ERR_OK);
    } else if (type == FIELD_INTEGER || type == FIELD_BOOLEAN) {
        value.number = strtoll(text, NULL, 10);
    } else if (value.is_stated && type == FIELD_REFERENCE) {
        memset(id, text[0], ID_BYTES);
        value.text = bytes_of(id, ID_BYTES);
    }
    return value;
}
