/* Nothing personal is kept without a purpose, a basis and a retention. */
#include "common/record/privacy.h"

#include "tests/lib/test.h"

/* Every kind says what it is for, on what basis, for how long; a personal one with more than "none needed". */
static void privacy_of_kind__every_kind__stated(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct privacy_kind *privacy = privacy_of_kind((enum record_kind)kind);
        if (privacy->purpose == NULL || privacy->basis == NULL || privacy->retention == NULL) {
            fail_msg("common/record/privacy.def says nothing of kind %s", schema_of(kind)->name);
        }
        bool says_none = strstr(privacy->purpose, "no personal data") != NULL;
        if (says_none && schema_is_personal(schema_of(kind))) {
            fail_msg("kind %s is personal, common/record/privacy.def says it is not", schema_of(kind)->name);
        }
        assert_int_equal(says_none, strcmp(privacy->basis, "none needed") == 0);
    }
}

static void assert_stated(const struct kind_schema *schema, const char *list,
                          const struct field_schema *field)
{
    bool is_due = (field->flags & (FIELD_IDENTIFYING | FIELD_SENSITIVE)) != 0;
    if (is_due && privacy_of_field(schema->kind, list, field->name) == NULL) {
        fail_msg("%s.%s: common/record/privacy.def does not say what for", schema->name, field->name);
    }
}

/* A field that identifies, or is sensitive, says what it is for itself. */
static void privacy_of_field__identifying_and_sensitive__stated(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        for (size_t i = 0; i < schema->field_count; i++) {
            assert_stated(schema, NULL, &schema->fields[i]);
        }
        for (size_t i = 0; i < schema->list_count; i++) {
            for (size_t j = 0; j < schema->lists[i].item_count; j++) {
                assert_stated(schema, schema->lists[i].name, &schema->lists[i].items[j]);
            }
        }
    }
}

/* An entry whose field was renamed would silently say nothing. */
static void privacy_field_at__every_entry__a_field_there_is(void **state)
{
    (void)state;
    for (size_t i = 0; privacy_field_at(i) != NULL; i++) {
        const struct privacy_field *entry = privacy_field_at(i);
        const struct kind_schema *schema = schema_of((uint32_t)entry->kind);
        const char *dot = strchr(entry->field, '.');
        bool is_there = dot == NULL && schema_field_index(schema, entry->field) >= 0;
        for (size_t j = 0; dot != NULL && j < schema->list_count; j++) {
            const struct list_schema *list = &schema->lists[j];
            bool is_list = strlen(list->name) == (size_t)(dot - entry->field) &&
                           strncmp(list->name, entry->field, strlen(list->name)) == 0;
            for (size_t k = 0; is_list && k < list->item_count; k++) {
                is_there = is_there || strcmp(list->items[k].name, dot + 1) == 0;
            }
        }
        if (!is_there) {
            fail_msg("%s.%s: no such field", schema->name, entry->field);
        }
    }
}

/* Of members, holders of offices and candidates the records tell; of branches and numbers they do not. */
static void schema_is_personal__by_kind__who_is_told_of(void **state)
{
    (void)state;
    assert_true(schema_is_personal(schema_of(KIND_MEMBER)));
    assert_true(schema_is_personal(schema_of(KIND_OFFICE)));   /* names its holder */
    assert_true(schema_is_personal(schema_of(KIND_PLANNING))); /* refers to a member */
    assert_true(schema_is_personal(schema_of(KIND_TALLY)));    /* names candidates in a list */
    assert_false(schema_is_personal(schema_of(KIND_BRANCH)));
    assert_false(schema_is_personal(schema_of(KIND_EVALUATION)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(privacy_of_kind__every_kind__stated),
        cmocka_unit_test(privacy_of_field__identifying_and_sensitive__stated),
        cmocka_unit_test(privacy_field_at__every_entry__a_field_there_is),
        cmocka_unit_test(schema_is_personal__by_kind__who_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
