/* See persons.h. */
#include "common/rules/persons.h"

#include <string.h>

#include "common/base/check.h"
#include "common/record/name.h"

/* The names of a list and their folded keys; a record's names fit, or the rest is left out: a longer record
 * is refused anyway. */
struct persons {
    struct bytes names[SCHEMA_LIST_ELEMENTS_MAX];
    struct bytes keys[SCHEMA_LIST_ELEMENTS_MAX];
    size_t count;
    char text[SCHEMA_RECORD_BYTES_MAX];
};

static void read_persons(const struct rule_context *context, const char *list, struct persons *ret_persons);
static bool is_one(const struct persons *a, size_t i, const struct persons *b, size_t j,
                   enum persons_likeness likeness);

bool persons_in_both(const struct rule_context *context, const char *list, const char *other,
                     enum persons_likeness likeness)
{
    struct persons persons;
    struct persons others;
    read_persons(context, list, &persons);
    read_persons(context, other, &others);
    for (size_t i = 0; i < persons.count; i++) {
        for (size_t j = 0; j < others.count; j++) {
            if (is_one(&persons, i, &others, j, likeness)) {
                return true;
            }
        }
    }
    return false;
}

bool persons_named_twice(const struct rule_context *context, const char *list)
{
    struct persons persons;
    read_persons(context, list, &persons);
    for (size_t i = 0; i < persons.count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (is_one(&persons, i, &persons, j, PERSONS_SAME)) {
                return true;
            }
        }
    }
    return false;
}

/* A name that is not stated, or holds no letter, is nobody's. */
static void read_persons(const struct rule_context *context, const char *list, struct persons *ret_persons)
{
    const struct kind_schema *schema = context->schema;
    int index = schema_list_index(schema, list);
    REQUIRE(index >= 0);
    size_t item = 0;
    while (strcmp(schema->lists[index].items[item].name, "name") != 0) {
        item++;
        REQUIRE(item < schema->lists[index].item_count);
    }
    size_t count = record_list_count(schema, context->message, (size_t)index);
    size_t used = 0;
    ret_persons->count = 0;
    for (size_t i = 0; i < count && i < SCHEMA_LIST_ELEMENTS_MAX; i++) {
        struct value name = record_item(schema, context->message, (size_t)index, i, item);
        size_t len = 0;
        if (name.is_stated &&
            name_fold_into(name.text, ret_persons->text + used, sizeof ret_persons->text - used, &len) ==
                ERR_OK &&
            len > 0) {
            ret_persons->names[ret_persons->count] = name.text;
            ret_persons->keys[ret_persons->count++] = bytes_of(ret_persons->text + used, len);
            used += len;
        }
    }
}

/* Names are compared letter by letter only where their keys are equal. */
static bool is_one(const struct persons *a, size_t i, const struct persons *b, size_t j,
                   enum persons_likeness likeness)
{
    return bytes_equal(a->keys[i], b->keys[j]) &&
           name_is_same(a->names[i], b->names[j]) == (likeness == PERSONS_SAME);
}
