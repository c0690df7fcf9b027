/* Ids: the derivation is final, so its bytes are fixed here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/record/record_id.h"
#include "tests/lib/record_text.h"

static void assert_id(const struct id *id, const char *hex)
{
    char text[ID_HEX_BYTES];
    hex_encode(bytes_of(id->at, sizeof(id->at)), text);
    assert_string_equal(text, hex);
}

/* Ids of one store grow, which keeps inserts near each other in the server's tree. */
static void record_id_make__next_counter__greater_id(void **state)
{
    (void)state;
    static const uint8_t prefix[8] = {1, 2, 3, 4, 5, 6, 7, 8};

    struct id a = record_id_make(prefix, 255);
    struct id b = record_id_make(prefix, 256);

    assert_id(&a, "010203040506070800000000000000ff");
    assert_true(bytes_compare(bytes_of(a.at, ID_BYTES), bytes_of(b.at, ID_BYTES)) < 0);
}

/* Vectors computed outside this program, with Python's hashlib over the layout in record_id.h. */
static void record_id_derive__fixed_vectors__same_bytes(void **state)
{
    (void)state;
    struct value not_stated = {0};
    struct value stated = {.is_stated = true, .number = 18838};
    struct value before_1970 = {.is_stated = true, .number = -1};

    struct id a = record_id_derive(KIND_LOCALITY, "gso-2022", "51", not_stated);
    struct id b = record_id_derive(KIND_BRANCH, "tinh-uy-quang-ngai", "522", stated);
    struct id c = record_id_derive(KIND_CODE, "sex", "nam", before_1970);

    assert_id(&a, "b3cf87fa0dcf5aa85476d7a43c8f6fe2");
    assert_id(&b, "17d58a6c6cd28bd53c259675cf74cf42");
    assert_id(&c, "9f99ee5115f0b98bc41c0232316c8267");
}

/* Only a record that states its code list and code has a derived id; members never have. */
static void record_id_derived__by_statement__derived_or_drawn(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    const struct kind_schema *branch = schema_of(KIND_BRANCH);
    const char *const official[][2] = {{"code_list", "tinh-uy-quang-ngai"}, {"code", "522"}, {NULL, NULL}};
    const char *const local[][2] = {{"code", "522"}, {NULL, NULL}};
    const char *const half[][2] = {{"code_list", "tinh-uy-quang-ngai"}, {NULL, NULL}};
    const char *const member[][2] = {{"file_number", "1"}, {NULL, NULL}};
    struct id id = {0};

    assert_false(record_id_derived(branch, record_from_texts(branch, &arena, local), &id));
    assert_false(record_id_derived(branch, record_from_texts(branch, &arena, half), &id));
    const struct kind_schema *members = schema_of(KIND_MEMBER);
    assert_false(record_id_derived(members, record_from_texts(members, &arena, member), &id));
    assert_true(id_is_none(&id));
    assert_true(record_id_derived(branch, record_from_texts(branch, &arena, official), &id));
    struct id expected = record_id_derive(KIND_BRANCH, "tinh-uy-quang-ngai", "522", (struct value){0});
    assert_true(id_equal(&id, &expected));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_id_make__next_counter__greater_id),
        cmocka_unit_test(record_id_derive__fixed_vectors__same_bytes),
        cmocka_unit_test(record_id_derived__by_statement__derived_or_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
