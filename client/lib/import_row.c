/* See import_row.h. */
#include "client/lib/import_row.h"

#include <string.h>

#include "common/base/check.h"
#include "common/record/name.h"

struct elements {
    struct value items[SCHEMA_LIST_ELEMENTS_MAX][CSV_ITEMS_MAX];
    bool is_stated[SCHEMA_LIST_ELEMENTS_MAX];
};

static enum err read_cell(const struct import_row_reader *reader, const struct csv_column *column,
                          size_t index, struct bytes cell, struct arena *arena, struct import_faults *faults,
                          struct import_row *row, struct elements *lists);
static bool read_value(const struct import_row_reader *reader, size_t index, const struct field_schema *field,
                       struct bytes cell, struct arena *arena, struct import_faults *faults,
                       struct import_row *row, struct value *ret_value);
static bool read_reference(const struct import_row_reader *reader, const struct field_schema *field,
                           const char *label, struct bytes cell, struct arena *arena,
                           struct import_faults *faults, struct import_row *row, struct value *ret_value);
static void read_id(const char *label, struct bytes cell, struct arena *arena, struct import_faults *faults,
                    struct import_row *row);
static enum err merge_list(const struct csv_columns *columns, size_t list, const void *existing,
                           const void *stated, struct arena *arena, void *message);
static enum err merge_edge(const struct csv_columns *columns, size_t list, const void *existing,
                           const void *stated, struct arena *arena, void *message);
static enum err merge_plain(const struct csv_columns *columns, size_t list, const void *existing,
                            const void *stated, struct arena *arena, void *message);
static void items_of(const struct kind_schema *schema, const void *message, size_t list, size_t element,
                     struct value items[CSV_ITEMS_MAX]);
static enum err copy_list(const struct kind_schema *schema, const void *from, size_t list,
                          struct arena *arena, void *message);
static bool value_equal(struct value a, struct value b);

enum err import_row_read(const struct import_row_reader *reader, const struct csv_row *row,
                         struct arena *arena, struct import_faults *faults, struct import_row *ret_row)
{
    const struct csv_columns *columns = reader->columns;
    const struct kind_schema *schema = columns->schema;
    struct import_row result = {0};
    struct elements *lists = arena_zalloc(arena, schema->list_count + 1, sizeof *lists);
    enum err err = lists == NULL ? ERR_TOO_BIG : record_new(schema, arena, &result.message);

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
            if (lists[list].is_stated[i]) {
                err = record_append(schema, arena, result.message, list, lists[list].items[i]);
            }
        }
    }
    if (err == ERR_OK) {
        *ret_row = result;
    }
    return err;
}

enum err import_row_merge(const struct csv_columns *columns, const void *existing, const void *stated,
                          struct arena *arena, void **ret_message)
{
    const struct kind_schema *schema = columns->schema;
    void *message = NULL;
    enum err err = record_new(schema, arena, &message);

    for (size_t i = 0; err == ERR_OK && i < schema->field_count; i++) {
        const void *source = columns->has_field[i] || existing == NULL ? stated : existing;

        err = record_set_field(schema, arena, message, i, record_field(schema, source, i));
    }
    for (size_t list = 0; err == ERR_OK && list < schema->list_count; list++) {
        err = merge_list(columns, list, existing, stated, arena, message);
    }
    if (err == ERR_OK) {
        *ret_message = message;
    }
    return err;
}

static enum err read_cell(const struct import_row_reader *reader, const struct csv_column *column,
                          size_t index, struct bytes cell, struct arena *arena, struct import_faults *faults,
                          struct import_row *row, struct elements *lists)
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
            struct elements *elements = &lists[column->list];

            elements->items[column->element][column->item] = value;
            elements->is_stated[column->element] |= value.is_stated;
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

static enum err merge_list(const struct csv_columns *columns, size_t list, const void *existing,
                           const void *stated, struct arena *arena, void *message)
{
    const struct kind_schema *schema = columns->schema;
    size_t existing_count = existing == NULL ? 0 : record_list_count(schema, existing, list);

    if (columns->elements[list] == 0) {
        return existing_count == 0 ? ERR_OK : copy_list(schema, existing, list, arena, message);
    }
    if (schema->lists[list].shape == LIST_EDGE && columns->elements[list] == 1 && existing_count > 0 &&
        record_list_count(schema, stated, list) > 0) {
        return merge_edge(columns, list, existing, stated, arena, message);
    }
    bool adds_one = columns->elements[list] == 1 && record_list_count(schema, stated, list) > 0;

    if (existing_count > columns->elements[list] || adds_one) {
        return merge_plain(columns, list, existing, stated, arena, message);
    }
    return copy_list(schema, stated, list, arena, message);
}

/* One edge is stated: a correction of the record's last one, or a move that ends it. */
static enum err merge_edge(const struct csv_columns *columns, size_t list, const void *existing,
                           const void *stated, struct arena *arena, void *message)
{
    const struct kind_schema *schema = columns->schema;
    size_t count = record_list_count(schema, existing, list);
    size_t last = (size_t)record_last_edge(schema, existing, list);
    struct value was[CSV_ITEMS_MAX] = {{0}};
    struct value now[CSV_ITEMS_MAX] = {{0}};
    bool is_move;
    enum err err = ERR_OK;

    items_of(schema, existing, list, last, was);
    items_of(schema, stated, list, 0, now);
    is_move = now[EDGE_FROM].is_stated && !value_equal(now[EDGE_REFERENCE], was[EDGE_REFERENCE]) &&
              now[EDGE_REFERENCE].is_stated &&
              (!was[EDGE_FROM].is_stated || now[EDGE_FROM].number > was[EDGE_FROM].number);
    for (size_t item = 0; item < schema->lists[list].item_count; item++) {
        if (!columns->has_item[list][item] && !is_move) {
            now[item] = was[item];
        }
    }
    if (is_move) {
        was[EDGE_TO] = now[EDGE_FROM];
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        struct value other[CSV_ITEMS_MAX] = {{0}};

        items_of(schema, existing, list, i, other);
        err = record_append(schema, arena, message, list, i != last ? other : is_move ? was : now);
    }
    if (err == ERR_OK && is_move) {
        err = record_append(schema, arena, message, list, now);
    }
    return err;
}

/* The record holds more elements than the columns can: each stated one replaces the one with its first item,
 * or joins. */
static enum err merge_plain(const struct csv_columns *columns, size_t list, const void *existing,
                            const void *stated, struct arena *arena, void *message)
{
    const struct kind_schema *schema = columns->schema;
    size_t existing_count = existing == NULL ? 0 : record_list_count(schema, existing, list);
    size_t stated_count = record_list_count(schema, stated, list);
    size_t key = schema->lists[list].shape == LIST_EDGE ? EDGE_FROM : 0;
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < existing_count + stated_count; i++) {
        bool is_stated = i >= existing_count;
        struct value items[CSV_ITEMS_MAX] = {{0}};
        bool is_replaced = false;

        items_of(schema, is_stated ? stated : existing, list, is_stated ? i - existing_count : i, items);
        for (size_t k = 0; !is_stated && k < stated_count; k++) {
            is_replaced |= value_equal(items[key], record_item(schema, stated, list, k, key));
        }
        if (!is_replaced) {
            err = record_append(schema, arena, message, list, items);
        }
    }
    return err;
}

static void items_of(const struct kind_schema *schema, const void *message, size_t list, size_t element,
                     struct value items[CSV_ITEMS_MAX])
{
    for (size_t item = 0; item < schema->lists[list].item_count; item++) {
        items[item] = record_item(schema, message, list, element, item);
    }
}

static enum err copy_list(const struct kind_schema *schema, const void *from, size_t list,
                          struct arena *arena, void *message)
{
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < record_list_count(schema, from, list); i++) {
        struct value items[CSV_ITEMS_MAX] = {{0}};

        items_of(schema, from, list, i, items);
        err = record_append(schema, arena, message, list, items);
    }
    return err;
}

static bool value_equal(struct value a, struct value b)
{
    return a.is_stated == b.is_stated &&
           (!a.is_stated || (a.number == b.number && bytes_equal(a.text, b.text)));
}
