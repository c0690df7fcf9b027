/* The stream buffer. */
#include "common/base/buf.h"

#include <stdlib.h>

#include "common/base/random.h"
#include "tests/lib/fault_memory.h"
#include "tests/lib/seed.h"
#include "tests/lib/test.h"

/* What is appended comes out in order, whatever the mix of appending and consuming: compared with a flat
 * copy. */
static void buf__random_appends_and_consumes__same_as_a_flat_copy(void **state)
{
    (void)state;
    enum { STEPS = 20000, BYTES_MAX = 3000 };
    struct prng prng;
    prng_init(&prng, seed_of_test());
    struct buf buf;
    buf_init(&buf, BYTES_MAX);
    uint8_t next_in = 0;
    uint8_t next_out = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        if (prng_below(&prng, 2) == 0) {
            uint8_t chunk[700];
            size_t len = prng_below(&prng, sizeof chunk);
            for (size_t i = 0; i < len; i++) {
                chunk[i] = (uint8_t)(next_in + i);
            }
            bool fits = len <= BYTES_MAX - buf.len;
            assert_int_equal(buf_append(&buf, bytes_of(chunk, len)), fits ? ERR_OK : ERR_TOO_BIG);
            next_in = fits ? (uint8_t)(next_in + len) : next_in;
        } else {
            size_t len = prng_below(&prng, buf.len + 1);
            struct bytes content = buf_content(&buf);
            for (size_t i = 0; i < len; i++) {
                assert_int_equal(content.at[i], (uint8_t)(next_out + i));
            }
            next_out = (uint8_t)(next_out + len);
            buf_consume(&buf, len);
        }
        assert_true(buf.capacity <= BYTES_MAX);
    }
    buf_release(&buf);
}

/* The maximum is exact, counts content only, and a refused append changes nothing. */
static void buf_append__past_the_maximum__too_big_and_unchanged(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    assert_int_equal(buf_append_text(&buf, "0123456789"), ERR_OK);
    assert_int_equal(buf_append_text(&buf, "x"), ERR_TOO_BIG);
    buf_consume(&buf, 4);
    assert_int_equal(buf_append_text(&buf, "abcde"), ERR_TOO_BIG);
    assert_int_equal(buf_append_text(&buf, "abcd"), ERR_OK);
    assert_true(bytes_equal(buf_content(&buf), bytes_of_text("456789abcd")));
    uint8_t *at = NULL;
    assert_int_equal(buf_reserve(&buf, SIZE_MAX, &at), ERR_TOO_BIG);
    assert_null(at);
    buf_release(&buf);
}

/* Without memory nothing changes. */
static void buf_append__no_memory__unchanged(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100000);
    assert_int_equal(buf_append_text(&buf, "kept"), ERR_OK);
    uint8_t chunk[5000] = {0};

    fault_memory_fail_at(0);
    enum err err = buf_append(&buf, bytes_of(chunk, sizeof chunk));
    assert_true(fault_memory_stop());

    assert_int_equal(err, ERR_NO_MEMORY);
    assert_true(bytes_equal(buf_content(&buf), bytes_of_text("kept")));
    fault_memory_fail_at(0);
    assert_int_equal(buf_append_format(&buf, "%d", 1), ERR_NO_MEMORY);
    (void)fault_memory_stop();
    buf_release(&buf);
}

/* A block that has room after moving the content is not made larger: streams stay in their first block. */
static void buf_reserve__consumed_in_step__block_stays(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1 << 20);
    uint8_t chunk[100] = {0};
    assert_int_equal(buf_append(&buf, bytes_of(chunk, sizeof chunk)), ERR_OK);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(buf_append(&buf, bytes_of(chunk, sizeof chunk)), ERR_OK);
        buf_consume(&buf, sizeof chunk);
    }
    assert_true(buf.capacity <= 1024);
    buf_release(&buf);
}

/* Formatted text may fill the buffer to its last byte, the NUL of vsnprintf not counted. */
static void buf_append_format__exactly_full__fits(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 6);
    assert_int_equal(buf_append_format(&buf, "%s-%d", "ab", 123), ERR_OK);
    assert_true(bytes_equal(buf_content(&buf), bytes_of_text("ab-123")));
    assert_int_equal(buf_append_format(&buf, "%d", 1), ERR_TOO_BIG);
    assert_int_equal(buf_append_format(&buf, "%s", ""), ERR_OK);
    assert_int_equal(buf.len, 6);
    assert_int_equal(buf_append_format(&buf, "%0100d", 1), ERR_TOO_BIG);
    buf_release(&buf);
}

/* An idle connection's buffer holds no memory and works again afterwards; released buffers may be released
 * again. */
static void buf_shrink__after_use__no_block_and_usable(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    assert_int_equal(buf_append_text(&buf, "abc"), ERR_OK);
    buf_truncate(&buf, 1);
    assert_true(bytes_equal(buf_content(&buf), bytes_of_text("a")));
    buf_clear(&buf);
    assert_int_equal(buf_content(&buf).len, 0);
    assert_non_null(buf.at);

    buf_shrink(&buf);

    assert_null(buf.at);
    assert_int_equal(buf_append_text(&buf, "xyz"), ERR_OK);
    assert_true(bytes_equal(buf_content(&buf), bytes_of_text("xyz")));
    buf_release(&buf);
    buf_release(&buf);
    buf_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf__random_appends_and_consumes__same_as_a_flat_copy),
        cmocka_unit_test(buf_append__past_the_maximum__too_big_and_unchanged),
        cmocka_unit_test(buf_append__no_memory__unchanged),
        cmocka_unit_test(buf_reserve__consumed_in_step__block_stays),
        cmocka_unit_test(buf_append_format__exactly_full__fits),
        cmocka_unit_test(buf_shrink__after_use__no_block_and_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
