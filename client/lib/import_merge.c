/* What a row states, put onto the record it means. See import_row.h. */
#include "client/lib/import_row.h"

static enum err merge_list(const struct csv_columns *columns, size_t list, const void *existing,
                           const void *stated, struct arena *arena, void *message);
static enum err merge_edge(const struct csv_columns *columns, size_t list, const void *existing,
                           const void *stated, struct arena *arena, void *message);
static enum err merge_plain(const struct csv_columns *columns, size_t list, const void *existing,
                            const void *stated, struct arena *arena, void *message);
static enum err add_element(const struct csv_columns *columns, size_t list, const void *existing,
                            const void *stated, struct arena *arena, void *message);
static bool says_the_same(const struct list_schema *list, const struct value *element,
                          const struct value *stated);
static bool is_same_element(const struct list_schema *list, const struct value *a, const struct value *b);
static void items_of(const struct kind_schema *schema, const void *message, size_t list, size_t element,
                     struct value items[CSV_ITEMS_MAX]);
static enum err copy_list(const struct kind_schema *schema, const void *from, size_t list,
                          struct arena *arena, void *message);

enum err import_row_merge(const struct csv_columns *columns, const void *existing, const void *stated,
                          struct arena *arena, void **ret_message)
{
    const struct kind_schema *schema = columns->schema;
    void *message = NULL;
    enum err err = record_new(schema, arena, &message);

    for (size_t i = 0; err == ERR_OK && i < schema->field_count; i++) {
        bool is_stated = existing == NULL || (columns->has_field[i] && columns->added_list < 0);
        const void *source = is_stated ? stated : existing;

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

static enum err merge_list(const struct csv_columns *columns, size_t list, const void *existing,
                           const void *stated, struct arena *arena, void *message)
{
    const struct kind_schema *schema = columns->schema;
    size_t existing_count = existing == NULL ? 0 : record_list_count(schema, existing, list);

    if (existing != NULL && columns->added_list == (int)list) {
        return add_element(columns, list, existing, stated, arena, message);
    }
    bool is_kept = columns->elements[list] == 0 || (columns->added_list >= 0 && existing != NULL);

    if (is_kept) {
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

/* The record holds more elements than the columns can: each stated one replaces the one with its key, or joins. */
static enum err merge_plain(const struct csv_columns *columns, size_t list, const void *existing,
                            const void *stated, struct arena *arena, void *message)
{
    const struct kind_schema *schema = columns->schema;
    size_t existing_count = existing == NULL ? 0 : record_list_count(schema, existing, list);
    size_t stated_count = record_list_count(schema, stated, list);
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < existing_count + stated_count; i++) {
        bool is_stated = i >= existing_count;
        struct value items[CSV_ITEMS_MAX] = {{0}};
        bool is_replaced = false;

        items_of(schema, is_stated ? stated : existing, list, is_stated ? i - existing_count : i, items);
        for (size_t k = 0; !is_stated && k < stated_count; k++) {
            struct value other[CSV_ITEMS_MAX] = {{0}};

            items_of(schema, stated, list, k, other);
            is_replaced |= is_same_element(&schema->lists[list], items, other);
        }
        if (!is_replaced) {
            err = record_append(schema, arena, message, list, items);
        }
    }
    return err;
}

/* One row, one element: one that says the same already stands there, one with its key is changed in its place, else
 * it joins. A blank row says nothing. */
static enum err add_element(const struct csv_columns *columns, size_t list, const void *existing,
                            const void *stated, struct arena *arena, void *message)
{
    const struct kind_schema *schema = columns->schema;
    size_t count = record_list_count(schema, existing, list);
    struct value added[CSV_ITEMS_MAX] = {{0}};
    size_t place = count;
    enum err err = ERR_OK;

    if (record_list_count(schema, stated, list) == 0) {
        return copy_list(schema, existing, list, arena, message);
    }
    items_of(schema, stated, list, 0, added);
    for (size_t i = count; i-- > 0;) {
        struct value items[CSV_ITEMS_MAX] = {{0}};

        items_of(schema, existing, list, i, items);
        if (says_the_same(&schema->lists[list], items, added)) {
            return copy_list(schema, existing, list, arena, message);
        }
        place = is_same_element(&schema->lists[list], items, added) ? i : place;
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        struct value items[CSV_ITEMS_MAX] = {{0}};

        items_of(schema, existing, list, i, items);
        for (size_t item = 0; i == place && item < schema->lists[list].item_count; item++) {
            items[item] = columns->has_item[list][item] ? added[item] : items[item];
        }
        err = record_append(schema, arena, message, list, items);
    }
    return err == ERR_OK && place == count ? record_append(schema, arena, message, list, added) : err;
}

/* Are all the values that `stated` has in the element already? */
static bool says_the_same(const struct list_schema *list, const struct value *element,
                          const struct value *stated)
{
    for (size_t item = 0; item < list->item_count; item++) {
        if (stated[item].is_stated && !value_equal(element[item], stated[item])) {
            return false;
        }
    }
    return true;
}

/* Two dated edges from one day, or two elements with the same key. */
static bool is_same_element(const struct list_schema *list, const struct value *a, const struct value *b)
{
    for (size_t item = 0; item < list->item_count; item++) {
        bool is_key =
            list->shape == LIST_EDGE ? item == EDGE_FROM : (list->items[item].flags & FIELD_KEY) != 0;

        if (is_key && !value_equal(a[item], b[item])) {
            return false;
        }
    }
    return true;
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
