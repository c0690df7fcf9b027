/* Pivots of any kind by any dimension. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/record/schema.h"
#include "tests/integration/lib/query_fixture.h"

/* Members by any dimensions under any conditions; the whole is the number of members, the same now and at the head's
 * number. */
static void pivot__members__by_hand(void **state)
{
    (void)state;
    static const char *const official[] = {"official"};
    static const char *const men[] = {"nam"};
    static const char *const day[] = {"2003-01-01"};
    static const struct store_filter filters[] = {
        {"status", "=", official, 1}, {"sex", "!=", men, 1}, {"admission_date", ">=", day, 1}};
    struct question question = {"", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022",
                                -1, {"sender"},      LANGUAGE_EN};
    char table[TABLE_BYTES_MAX];
    for (int64_t position = -1; position <= 5; position += 6) {
        question.position = position;
        question.by[0] = "sender";
        table_of_reply(ask_pivot(&question, "member", filters, 1, NULL), table);
        assert_string_equal(table, "A|2\nB|5\nC|2\n-|1\n");
        table_of_reply(ask_pivot(&question, "member", filters, 3, NULL), table);
        assert_string_equal(table, "B|2\n"); /* 108, 203 */
        question.by[0] = "sex";
        table_of_reply(ask_pivot(&question, "member", NULL, 0, NULL), table);
        assert_string_equal(table, "Male|8\nFemale|4\n");
    }
}

/* Every kind that belongs to a branch can be counted by every one of its dimensions, in all ways, whatever it is. */
static void pivot__every_kind_and_dimension__answers(void **state)
{
    (void)state;
    size_t count = 0;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        for (size_t i = 0; i < schema->field_count; i++) {
            const struct field_schema *field = &schema->fields[i];
            const char *nothing[] = {""};
            struct store_filter filter = {field->name, "=", nothing, 1};
            bool is_by = field->type == FIELD_CODE || field->type == FIELD_BOOLEAN;
            bool is_sensitive = (field->flags & (FIELD_SENSITIVE | FIELD_IDENTIFYING)) != 0;
            bool is_known = is_by || field->type == FIELD_DATE || field->type == FIELD_INTEGER;
            bool is_owned = kind == KIND_BRANCH || kind == KIND_MEMBER || schema->owner.field >= 0;
            struct question question = {"",           DEVICE_PROVINCE,     UNIT_PROVINCE,
                                        "30/06/2022", i % 2 == 0 ? -1 : 5, {"sender"},
                                        LANGUAGE_EN};
            question.by[1] = is_by ? field->name : NULL;
            struct reply reply = ask_pivot(&question, schema->name, &filter, 1,
                                           field->type == FIELD_INTEGER ? field->name : NULL);
            if (reply.err != (is_owned && is_known && !is_sensitive ? ERR_OK : ERR_USAGE)) {
                fail_msg("%s.%s: %s: %s", schema->name, field->name, err_name(reply.err), reply.sentence);
            }
            count += reply.err == ERR_OK;
            store_answer_free(reply.answer);
        }
    }
    assert_true(count > 50);
}

/* Whatever somebody writes as a name or a value, it is refused or it is a value: no answer but one that was meant. */
static void pivot__hostile_words__never_sql(void **state)
{
    (void)state;
    static const char *const words[] = {
        "nam' or '1'='1", "nam\\'",     "$1",         "); drop table dantin.member; --",
        "{say a|b}",      "null",       "",           "sex",
        "name",           "religion",   "1=1 or sex", "{member}",
        "birth_date",     "card_number"};
    struct question question = {"", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1, {NULL}, LANGUAGE_EN};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *values[] = {words[i]};
        const struct store_filter filters[] = {{"sex", "=", values, 1},
                                               {words[i], "=", values, 1},
                                               {"sex", words[i], values, 1},
                                               {"admission_date", "<", values, 1}};
        for (size_t j = 0; j < sizeof filters / sizeof filters[0]; j++) {
            struct reply reply = ask_pivot(&question, "member", &filters[j], 1, NULL);
            bool is_nothing = j <= 1 && words[i][0] == 0 && j == 0;
            bool is_refused = reply.err == ERR_USAGE && reply.answer == NULL;
            if (!is_refused && !is_nothing) {
                fail_msg("%zu: %s: %s", j, words[i], err_name(reply.err));
            }
            store_answer_free(reply.answer);
        }
        struct reply reply = ask_pivot(&question, words[i], NULL, 0, NULL);
        assert_int_equal(reply.err, ERR_USAGE);
        reply = ask_pivot(&question, "member", NULL, 0, words[i]);
        assert_int_equal(reply.err, ERR_USAGE);
        bool is_dimension = strcmp(words[i], "sex") == 0 || strcmp(words[i], "religion") == 0;
        question.by[0] = is_dimension ? "file_number" : words[i];
        reply = ask_pivot(&question, "member", NULL, 0, NULL);
        assert_int_equal(reply.err, ERR_USAGE);
        question.by[0] = NULL;
    }
    struct question after = {"composition", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1,
                             {NULL},        LANGUAGE_VI};
    assert_int_equal(sum_of(after), 12);
}

/* A pivot's definition is named by all that makes it: the same question the same hash, any other another. */
static void pivot__hash__names_the_question(void **state)
{
    (void)state;
    static const char *const men[] = {"nam"};
    static const char *const women[] = {"nu"};
    static const struct store_filter filters[] = {
        {"sex", "=", men, 1}, {"sex", "=", women, 1}, {"sex", "!=", men, 1}};
    struct question question = {"", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1, {NULL}, LANGUAGE_EN};
    struct hash hashes[5];
    for (size_t i = 0; i < 5; i++) {
        struct reply reply = i < 3 ? ask_pivot(&question, "member", &filters[i], 1, NULL)
                                   : ask_pivot(&question, i == 3 ? "member" : "branch", NULL, 0, NULL);
        assert_int_equal(reply.err, ERR_OK);
        assert_string_equal(reply.answer->definition, "pivot");
        hashes[i] = reply.answer->definition_hash;
        store_answer_free(reply.answer);
        for (size_t j = 0; j < i; j++) {
            assert_false(hash_equal(&hashes[i], &hashes[j]));
        }
    }
    question.position = 5;
    question.unit = UNIT_A;
    struct reply reply = ask_pivot(&question, "member", &filters[0], 1, NULL);
    assert_true(hash_equal(&reply.answer->definition_hash, &hashes[0]));
    store_answer_free(reply.answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pivot__members__by_hand),
        cmocka_unit_test(pivot__every_kind_and_dimension__answers),
        cmocka_unit_test(pivot__hostile_words__never_sql),
        cmocka_unit_test(pivot__hash__names_the_question),
    };
    return cmocka_run_group_tests(tests, query_fixture_open, query_fixture_close);
}
