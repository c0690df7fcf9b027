/* The request arena. */
#include "common/base/arena.h"

#include <stdalign.h>

#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

/* The cap holds to the byte in steps of the alignment, and a refused request does not use it up. */
static void arena_alloc__past_the_cap__null(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64);
    assert_null(arena_alloc(&arena, 65));
    assert_non_null(arena_alloc(&arena, 33));
    assert_int_equal(arena.used_bytes, 48);
    assert_null(arena_alloc(&arena, 17));
    assert_non_null(arena_alloc(&arena, 16));
    assert_null(arena_alloc(&arena, 1));
    assert_null(arena_alloc(&arena, 0));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    arena_release(&arena);
}

/* Memory is aligned and does not overlap, over many sizes and blocks. */
static void arena_alloc__many_sizes__aligned_and_apart(void **state)
{
    (void)state;
    enum { COUNT = 600 };
    struct arena arena;
    arena_init(&arena, 1 << 20);
    uint8_t *pieces[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = arena_alloc(&arena, i);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)(i & 0xFF), i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t at = 0; at < i; at++) {
            assert_int_equal(pieces[i][at], i & 0xFF);
        }
    }
    arena_release(&arena);
}

/* A hostile count cannot wrap round into a small allocation. */
static void arena_zalloc__overflow__null(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_null(arena_zalloc(&arena, SIZE_MAX / 2, 3));
    assert_null(arena_zalloc(&arena, SIZE_MAX, SIZE_MAX));
    uint64_t *numbers = arena_zalloc(&arena, 100, sizeof *numbers);
    assert_non_null(numbers);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(numbers[i], 0);
    }
    arena_release(&arena);
}

/* Clearing gives everything back but the first block, and the arena works on. */
static void arena_clear__after_many_blocks__whole_cap_again(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    void *first = arena_alloc(&arena, 16);
    assert_non_null(arena_alloc(&arena, 1 << 19));
    assert_null(arena_alloc(&arena, 1 << 19));

    arena_clear(&arena);

    assert_int_equal(arena.used_bytes, 0);
    assert_ptr_equal(arena_alloc(&arena, 16), first);
    assert_non_null(arena_alloc(&arena, 1 << 19));
    arena_release(&arena);
    arena_release(&arena);
    arena_release(NULL);
}

/* Copies are independent; a text gets its NUL. */
static void arena_text__view__copied_with_nul(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 4096);
    char in[] = "xyz";
    char *text = arena_text(&arena, bytes_of(in, 2));
    struct bytes copy = arena_copy(&arena, bytes_of(in, 3));
    in[0] = '!';
    assert_string_equal(text, "xy");
    assert_true(bytes_equal(copy, bytes_of_text("xyz")));
    assert_string_equal(arena_text(&arena, bytes_of(NULL, 0)), "");
    assert_non_null(arena_copy(&arena, bytes_of(NULL, 0)).at);
    uint8_t big[8192] = {0};
    assert_null(arena_copy(&arena, bytes_of(big, sizeof big)).at);
    assert_null(arena_text(&arena, bytes_of(big, sizeof big)));
    assert_null(arena_text(&arena, bytes_of(big, SIZE_MAX)));
    arena_release(&arena);
}

/* Without memory for a block the arena says so and stays whole. */
static void arena_alloc__no_memory__null(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 4096);
    fault_memory_fail_at(0);
    assert_null(arena_alloc(&arena, 10));
    assert_true(fault_memory_stop());
    assert_int_equal(arena.used_bytes, 0);
    assert_non_null(arena_alloc(&arena, 10));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_alloc__past_the_cap__null),
        cmocka_unit_test(arena_alloc__many_sizes__aligned_and_apart),
        cmocka_unit_test(arena_zalloc__overflow__null),
        cmocka_unit_test(arena_clear__after_many_blocks__whole_cap_again),
        cmocka_unit_test(arena_text__view__copied_with_nul),
        cmocka_unit_test(arena_alloc__no_memory__null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
