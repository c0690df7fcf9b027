#include "client/lib/values.h"

#include "client/lib/csv_record.h"

static enum err tell_value(const struct values *values, const struct field_schema *field, struct value value,
                           struct dantin_record_value *told,
                           bool (*on_value)(void *context, const struct dantin_record_value *value),
                           void *context, bool *goes_on);

enum err values_tell(const struct values *values, const void *message,
                     bool (*on_value)(void *context, const struct dantin_record_value *value), void *context)
{
    const struct kind_schema *schema = values->schema;
    bool goes_on = true;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && goes_on && i < schema->field_count; i++) {
        struct dantin_record_value told = {.list = "", .list_label = ""};
        err = tell_value(values, &schema->fields[i], record_field(schema, message, i), &told, on_value,
                         context, &goes_on);
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        const struct list_schema *list = &schema->lists[i];
        size_t count = record_list_count(schema, message, i);
        for (size_t at = 0; err == ERR_OK && goes_on && at < count * list->item_count; at++) {
            size_t element = at / list->item_count;
            size_t item = at % list->item_count;
            struct dantin_record_value told = {.list = list->name,
                                               .list_label = values->language == LANGUAGE_VI ? list->label_vi
                                                                                             : list->label_en,
                                               .element = element + 1};
            err = tell_value(values, &list->items[item], record_item(schema, message, i, element, item),
                             &told, on_value, context, &goes_on);
        }
    }
    return err;
}

static enum err tell_value(const struct values *values, const struct field_schema *field, struct value value,
                           struct dantin_record_value *told,
                           bool (*on_value)(void *context, const struct dantin_record_value *value),
                           void *context, bool *goes_on)
{
    struct bytes text = {0};
    if (!value.is_stated) {
        return ERR_OK;
    }
    enum err err = csv_record_value(field, value, values->references, values->language, values->arena, &text);
    if (err != ERR_OK) {
        return err;
    }
    told->name = field->name;
    told->label = values->language == LANGUAGE_VI ? field->label_vi : field->label_en;
    told->text = arena_text(values->arena, text);
    if (told->text == NULL) {
        return ERR_TOO_BIG;
    }
    *goes_on = on_value(context, told);
    return ERR_OK;
}
