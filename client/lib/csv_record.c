/* See csv_record.h. */
#include "client/lib/csv_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/record/decimal.h"

enum { NUMBER_BYTES = DECIMAL_TEXT_BYTES };

enum err csv_record_write_header(struct csv_writer *writer, const struct csv_columns *columns,
                                 enum language language)
{
    for (size_t i = 0; i < columns->count; i++) {
        char label[CSV_LABEL_BYTES_MAX];

        csv_columns_label(columns, i, language, label);
        csv_writer_cell(writer, bytes_of_text(label));
    }
    return csv_writer_end_row(writer);
}

enum err csv_record_write(struct csv_writer *writer, const struct csv_columns *columns,
                          struct csv_references *references, enum language language, const struct id *record,
                          const void *message, struct bytes error_text, struct arena *arena)
{
    char hex[ID_HEX_BYTES];

    hex_encode(bytes_of(record->at, ID_BYTES), hex);
    for (size_t i = 0; i < columns->count; i++) {
        struct bytes text = {0};

        if (columns->at[i].use == CSV_COLUMN_RECORD_ID) {
            text = bytes_of_text(hex);
        } else if (columns->at[i].use == CSV_COLUMN_ERROR) {
            text = error_text;
        } else {
            enum err err = csv_record_text(columns, i, references, language, message, arena, &text);

            if (err != ERR_OK) {
                return err;
            }
        }
        csv_writer_cell(writer, text);
    }
    return csv_writer_end_row(writer);
}

enum err csv_record_text(const struct csv_columns *columns, size_t index, struct csv_references *references,
                         enum language language, const void *message, struct arena *arena,
                         struct bytes *ret_text)
{
    const struct kind_schema *schema = columns->schema;
    const struct csv_column *column = &columns->at[index];

    if (column->use == CSV_COLUMN_FIELD) {
        return csv_record_value(&schema->fields[column->field], record_field(schema, message, column->field),
                                references, language, arena, ret_text);
    }
    if (column->use == CSV_COLUMN_ITEM &&
        column->element < record_list_count(schema, message, column->list)) {
        return csv_record_value(&schema->lists[column->list].items[column->item],
                                record_item(schema, message, column->list, column->element, column->item),
                                references, language, arena, ret_text);
    }
    *ret_text = bytes_of(NULL, 0);
    return ERR_OK;
}

enum err csv_record_value(const struct field_schema *field, struct value value,
                          struct csv_references *references, enum language language, struct arena *arena,
                          struct bytes *ret_text)
{
    char number[NUMBER_BYTES];
    struct id id;

    if (!value.is_stated) {
        *ret_text = bytes_of(NULL, 0);
        return ERR_OK;
    }
    switch (field->type) {
    case FIELD_TEXT:
        *ret_text = value.text;
        return ERR_OK;
    case FIELD_CODE:
        *ret_text = codes_label(field->list, value.text, language);
        return ERR_OK;
    case FIELD_BOOLEAN:
        *ret_text = bytes_of_text(text_get(value.number != 0 ? TEXT_YES : TEXT_NO, language));
        return ERR_OK;
    case FIELD_REFERENCE:
        if (id_from_bytes(value.text, &id) != ERR_OK) {
            *ret_text = bytes_of(NULL, 0);
            return ERR_OK;
        }
        return csv_references_label(references, schema_of_name(field->list)->kind, &id, language, arena,
                                    ret_text);
    case FIELD_DATE:
        if (language == LANGUAGE_VI) {
            date_format_vi((int32_t)value.number, number);
        } else {
            date_format_iso((int32_t)value.number, number);
        }
        break;
    case FIELD_DECIMAL:
        decimal_format(value.number, language, number);
        break;
    case FIELD_INTEGER:
        (void)snprintf(number, sizeof number, "%" PRId64, value.number); /* fits */
        break;
    }
    *ret_text = arena_copy(arena, bytes_of_text(number));
    return ret_text->at == NULL ? ERR_TOO_BIG : ERR_OK;
}
