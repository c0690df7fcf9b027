#include "common/record/erase.h"

#include "common/record/date.h"

static struct value left_of(const struct field_schema *field, struct value value);
static struct value first_of_year(struct value value);

enum err record_erase(const struct kind_schema *schema, struct arena *arena, void *message,
                      const bool *hides_sensitive)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < schema->field_count && err == ERR_OK; i++) {
        struct value value = record_field(schema, message, i);
        struct value left = left_of(&schema->fields[i], value);
        if (hides_sensitive != NULL && hides_sensitive[i] &&
            (schema->fields[i].flags & FIELD_SENSITIVE) != 0) {
            left = (struct value){0};
        }
        if (value.is_stated && !value_equal(value, left)) {
            err = record_set_field(schema, arena, message, i, left);
        }
    }
    for (size_t i = 0; i < schema->list_count && err == ERR_OK; i++) {
        const struct list_schema *list = &schema->lists[i];
        size_t count = record_list_count(schema, message, i);
        for (size_t j = 0; j < count * list->item_count && err == ERR_OK; j++) {
            size_t element = j / list->item_count;
            size_t item = j % list->item_count;
            struct value value = record_item(schema, message, i, element, item);
            struct value left = left_of(&list->items[item], value);
            if (value.is_stated && !value_equal(value, left)) {
                err = record_set_item(schema, arena, message, i, element, item, left);
            }
        }
    }
    return err;
}

static struct value left_of(const struct field_schema *field, struct value value)
{
    bool is_identifying = (field->flags & (FIELD_IDENTIFYING | FIELD_SEALED)) != 0;
    if (is_identifying && field->type == FIELD_DATE && value.is_stated) {
        return first_of_year(value);
    }
    if (is_identifying || field->type == FIELD_TEXT) {
        value = (struct value){0};
    }
    return value;
}

static struct value first_of_year(struct value value)
{
    int32_t days = 0;
    struct date date = {.year = date_of_days((int32_t)value.number).year, .month = 1, .day = 1};
    if (date_to_days(date, &days) != ERR_OK) {
        return (struct value){0}; /* no year we know: nothing stays */
    }
    value.number = days;
    return value;
}
