/* See import_row.h. */
#include "client/lib/import_row.h"

#include <string.h>

#include "common/base/check.h"
#include "common/record/name.h"

/* An element of a list as the row states it. */
struct element {
    struct value items[CSV_ITEMS_MAX];
    bool is_stated;
};

static enum err read_cell(const struct import_row_reader *reader, const struct csv_column *column,
                          size_t index, struct bytes cell, struct arena *arena, struct import_faults *faults,
                          struct import_row *row, struct element **lists);
static bool read_value(const struct import_row_reader *reader, size_t index, const struct field_schema *field,
                       struct bytes cell, struct arena *arena, struct import_faults *faults,
                       struct import_row *row, struct value *ret_value);
static bool read_reference(const struct import_row_reader *reader, const struct field_schema *field,
                           const char *label, struct bytes cell, struct arena *arena,
                           struct import_faults *faults, struct import_row *row, struct value *ret_value);
static void read_id(const char *label, struct bytes cell, struct arena *arena, struct import_faults *faults,
                    struct import_row *row);

enum err import_row_read(const struct import_row_reader *reader, const struct csv_row *row,
                         struct arena *arena, struct import_faults *faults, struct import_row *ret_row)
{
    const struct csv_columns *columns = reader->columns;
    const struct kind_schema *schema = columns->schema;
    struct import_row result = {0};
    struct element *lists[CSV_LISTS_MAX] = {NULL};
    enum err err = record_new(schema, arena, &result.message);

    REQUIRE(schema->list_count <= CSV_LISTS_MAX);
    for (size_t list = 0; err == ERR_OK && list < schema->list_count; list++) {
        lists[list] = arena_zalloc(arena, columns->elements[list] + 1, sizeof *lists[list]);
        err = lists[list] == NULL ? ERR_TOO_BIG : ERR_OK;
    }

    for (size_t i = 0; err == ERR_OK && i < row->cell_count; i++) {
        if (i < columns->count) {
            err = read_cell(reader, &columns->at[i], i, row->cells[i], arena, faults, &result, lists);
            err = err == ERR_OK ? result.failure : err;
        } else if (row->cells[i].len > 0) {
            import_fault(faults, "", TEXT_IMPORT_CELL_BEYOND, row->cells[i]);
        }
    }
    for (size_t list = 0; err == ERR_OK && list < schema->list_count; list++) {
        for (size_t i = 0; err == ERR_OK && i < columns->elements[list]; i++) {
            const struct element *elements = lists[list];

            if (elements != NULL && elements[i].is_stated) {
                err = record_append(schema, arena, result.message, list, elements[i].items);
            }
        }
    }
    if (err == ERR_OK) {
        *ret_row = result;
    }
    return err;
}

static enum err read_cell(const struct import_row_reader *reader, const struct csv_column *column,
                          size_t index, struct bytes cell, struct arena *arena, struct import_faults *faults,
                          struct import_row *row, struct element **lists)
{
    const struct kind_schema *schema = reader->columns->schema;
    char label[CSV_LABEL_BYTES_MAX];
    struct value value = {0};

    switch (column->use) {
    case CSV_COLUMN_FIELD:
        if (cell.len > 0 &&
            read_value(reader, index, &schema->fields[column->field], cell, arena, faults, row, &value)) {
            return record_set_field(schema, arena, row->message, column->field, value);
        }
        return ERR_OK;
    case CSV_COLUMN_ITEM:
        if (cell.len > 0 && read_value(reader, index, &schema->lists[column->list].items[column->item], cell,
                                       arena, faults, row, &value)) {
            struct element *element = &lists[column->list][column->element];

            element->items[column->item] = value;
            element->is_stated |= value.is_stated;
        }
        return ERR_OK;
    case CSV_COLUMN_RECORD_ID:
        csv_columns_label(reader->columns, index, reader->language, label);
        read_id(label, cell, arena, faults, row);
        return ERR_OK;
    case CSV_COLUMN_REASON:
        csv_columns_label(reader->columns, index, reader->language, label);
        if (import_tidy(cell, arena, &row->reason) != ERR_OK) {
            import_fault(faults, label, TEXT_IMPORT_BAD_CHARACTER, cell);
        }
        return ERR_OK;
    case CSV_COLUMN_ERROR:
    case CSV_COLUMN_UNKNOWN:
        break;
    }
    return ERR_OK;
}

static bool read_value(const struct import_row_reader *reader, size_t index, const struct field_schema *field,
                       struct bytes cell, struct arena *arena, struct import_faults *faults,
                       struct import_row *row, struct value *ret_value)
{
    char label[CSV_LABEL_BYTES_MAX];

    csv_columns_label(reader->columns, index, reader->language, label);
    if (field->type == FIELD_REFERENCE) {
        return read_reference(reader, field, label, cell, arena, faults, row, ret_value);
    }
    return import_value_parse(field, label, cell, arena, faults, ret_value);
}

static bool read_reference(const struct import_row_reader *reader, const struct field_schema *field,
                           const char *label, struct bytes cell, struct arena *arena,
                           struct import_faults *faults, struct import_row *row, struct value *ret_value)
{
    const struct kind_schema *target = schema_of_name(field->list);
    struct bytes text = {0};
    struct id record;
    enum err err;

    REQUIRE(target != NULL);
    if (import_tidy(cell, arena, &text) != ERR_OK) {
        import_fault(faults, label, TEXT_IMPORT_BAD_CHARACTER, cell);
        return false;
    }
    if (text.len == 0) {
        *ret_value = (struct value){0};
        return true;
    }
    err = reader->find_reference(reader->find_context, target->kind, text, &record);
    if (err != ERR_OK && err != ERR_NOT_FOUND && err != ERR_AMBIGUOUS) {
        row->failure = err;
        return false;
    }
    if (err != ERR_OK) {
        row->is_reference_unknown |= err == ERR_NOT_FOUND && target == reader->columns->schema;
        import_fault(faults, label,
                     import_is_scientific(text) ? TEXT_IMPORT_SCIENTIFIC
                     : err == ERR_AMBIGUOUS     ? TEXT_IMPORT_REFERENCE_AMBIGUOUS
                                                : TEXT_IMPORT_REFERENCE_UNKNOWN,
                     text);
        return false;
    }
    struct bytes copy = arena_copy(arena, bytes_of(record.at, ID_BYTES));

    if (copy.at == NULL) {
        import_fault(faults, label, TEXT_IMPORT_TEXT_TOO_LONG,
                     text); /* the arena is full: the row is absurdly big */
        return false;
    }
    *ret_value = (struct value){.is_stated = true, .text = copy};
    return true;
}

static void read_id(const char *label, struct bytes cell, struct arena *arena, struct import_faults *faults,
                    struct import_row *row)
{
    struct bytes text = {0};
    char hex[ID_HEX_BYTES];

    if (import_tidy(cell, arena, &text) != ERR_OK) {
        import_fault(faults, label, TEXT_IMPORT_BAD_CHARACTER, cell);
        return;
    }
    if (text.len == 0) {
        return;
    }
    if (text.len == sizeof hex - 1) {
        memcpy(hex, text.at, text.len);
        hex[text.len] = '\0';
        row->has_id = hex_decode(hex, row->id.at, ID_BYTES) == ERR_OK && !id_is_none(&row->id);
    }
    if (!row->has_id) {
        import_fault(faults, label, TEXT_IMPORT_BAD_ID, text);
    }
}
