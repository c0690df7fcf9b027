/* zstd frames under a cap. What frame_body refuses is tested in test_frame.c. */
#include "common/wire/compress.h"

#include <zstd.h>

#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

/* There and back for sizes around nothing and past a block of zstd. */
static void compress__round_trip__same_bytes(void **state)
{
    (void)state;
    static uint8_t in[300000];
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)(i % 251 * (i % 7));
    }
    static const size_t sizes[] = {0, 1, 17, 4096, 131072, sizeof in};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct buf zstd;
        struct arena arena;
        struct bytes plain;
        buf_init(&zstd, 1 << 20);
        arena_init(&arena, 1 << 20);
        assert_int_equal(compress_append(&zstd, bytes_of(in, sizes[i]), 3), ERR_OK);
        assert_int_equal(compress_unpack(buf_content(&zstd), sizes[i], &arena, &plain), ERR_OK);
        assert_true(bytes_equal(plain, bytes_of(in, sizes[i])));
        buf_release(&zstd);
        arena_release(&arena);
    }
}

/* The caps: the declared size against bytes_max, then against what is left of the arena. */
static void compress_unpack__past_a_cap__too_big(void **state)
{
    (void)state;
    static const uint8_t zeros[5000];
    struct buf zstd;
    struct arena arena;
    struct bytes plain = {0};
    buf_init(&zstd, 10000);
    arena_init(&arena, 4096);
    assert_int_equal(compress_append(&zstd, bytes_of(zeros, sizeof zeros), 3), ERR_OK);
    assert_int_equal(compress_unpack(buf_content(&zstd), sizeof zeros - 1, &arena, &plain), ERR_TOO_BIG);
    assert_int_equal(compress_unpack(buf_content(&zstd), sizeof zeros, &arena, &plain), ERR_TOO_BIG);
    assert_null(plain.at);
    buf_release(&zstd);
    arena_release(&arena);
}

/* A frame that does not declare its size could expand without end: refused though zstd would take it. */
static void compress_unpack__undeclared_size__malformed(void **state)
{
    (void)state;
    static const uint8_t zeros[1000];
    uint8_t zstd[2000];
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)));
    size_t len = ZSTD_compress2(context, zstd, sizeof zstd, zeros, sizeof zeros);
    assert_false(ZSTD_isError(len));
    (void)ZSTD_freeCCtx(context);
    struct arena arena;
    struct bytes plain;
    arena_init(&arena, 10000);
    assert_int_equal(compress_unpack(bytes_of(zstd, len), sizeof zeros, &arena, &plain), ERR_MALFORMED);
    arena_release(&arena);
}

/* No room or no memory leaves the output as it was. */
static void compress_append__no_room_or_memory__unchanged(void **state)
{
    (void)state;
    static const uint8_t zeros[5000];
    struct buf zstd;
    buf_init(&zstd, 100);
    assert_int_equal(compress_append(&zstd, bytes_of(zeros, sizeof zeros), 3), ERR_TOO_BIG);
    assert_int_equal(zstd.len, 0);
    buf_release(&zstd);
    buf_init(&zstd, 10000);
    fault_memory_fail_at(0);
    assert_int_equal(compress_append(&zstd, bytes_of(zeros, sizeof zeros), 3), ERR_NO_MEMORY);
    assert_true(fault_memory_stop());
    assert_int_equal(zstd.len, 0);
    buf_release(&zstd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compress__round_trip__same_bytes),
        cmocka_unit_test(compress_unpack__past_a_cap__too_big),
        cmocka_unit_test(compress_unpack__undeclared_size__malformed),
        cmocka_unit_test(compress_append__no_room_or_memory__unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
