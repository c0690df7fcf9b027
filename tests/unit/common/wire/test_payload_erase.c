/* A change taken out of a payload: the hash stays, the change and its salt are gone for ever. */
#include "common/wire/payload.h"

#include <stdlib.h>
#include <string.h>

#include "common/wire/compress.h"
#include "tests/lib/test.h"

enum { ARENA_BYTES_MAX = 1 << 25, COUNT = 3 };

static const char *const texts[COUNT] = {"the first change", "a change to be forgotten", "the last change"};

static struct arena arena;
static struct buf sealed;
static struct buf erased;
static struct payload_sealed facts;

static int fixture_open(void **state)
{
    (void)state;
    uint8_t seed[PAYLOAD_SEED_BYTES] = {5};
    struct bytes changes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        changes[i] = bytes_of_text(texts[i]);
    }
    arena_init(&arena, ARENA_BYTES_MAX);
    buf_init(&sealed, PAYLOAD_COMPRESSED_BYTES_MAX);
    buf_init(&erased, 2 * PAYLOAD_PARTS_BYTES_MAX);
    return payload_encode(seed, changes, COUNT, &sealed, &facts) == ERR_OK ? 0 : -1;
}

static int fixture_close(void **state)
{
    (void)state;
    buf_release(&sealed);
    buf_release(&erased);
    arena_release(&arena);
    return 0;
}

static void payload_erase__one_change__hash_stays_change_goes(void **state)
{
    (void)state;
    const bool marks[COUNT] = {false, true, false};
    struct payload payload;
    struct bytes plain;

    assert_int_equal(payload_erase(buf_content(&sealed), marks, COUNT, &erased), ERR_OK);

    assert_int_equal(payload_decode(buf_content(&erased), &arena, &payload), ERR_OK);
    assert_true(hash_equal(&payload.hash, &facts.hash));
    assert_false(payload.is_seed_form);
    assert_null(payload.changes[1].at);
    assert_true(bytes_equal(payload.changes[0], bytes_of_text(texts[0])));
    assert_true(bytes_equal(payload.changes[2], bytes_of_text(texts[2])));
    assert_int_equal(compress_unpack(buf_content(&erased), PAYLOAD_PARTS_BYTES_MAX, &arena, &plain), ERR_OK);
    assert_null(memmem(plain.at, plain.len, "forgotten", 9));
    /* The salt too, or the change could be guessed and tried. */
    uint8_t seed[PAYLOAD_SEED_BYTES] = {5};
    struct hash salt = payload_salt(seed, 1);
    assert_null(memmem(plain.at, plain.len, salt.at, HASH_BYTES));
    assert_null(memmem(plain.at, plain.len, seed, sizeof seed));
}

/* A second person of the same submission: the part form goes in, what was erased stays erased. */
static void payload_erase__twice__both_gone(void **state)
{
    (void)state;
    const bool first[COUNT] = {false, true, false};
    const bool second[COUNT] = {true, false, false};
    struct buf again;
    struct payload payload;
    buf_init(&again, 2 * PAYLOAD_PARTS_BYTES_MAX);

    assert_int_equal(payload_erase(buf_content(&sealed), first, COUNT, &erased), ERR_OK);
    assert_int_equal(payload_erase(buf_content(&erased), second, COUNT, &again), ERR_OK);

    assert_int_equal(payload_decode(buf_content(&again), &arena, &payload), ERR_OK);
    assert_true(hash_equal(&payload.hash, &facts.hash));
    assert_null(payload.changes[0].at);
    assert_null(payload.changes[1].at);
    assert_true(bytes_equal(payload.changes[2], bytes_of_text(texts[2])));
    buf_release(&again);
}

static void payload_erase__other_count_or_garbage__refused(void **state)
{
    (void)state;
    const bool marks[COUNT + 1] = {false};

    assert_int_equal(payload_erase(buf_content(&sealed), marks, COUNT + 1, &erased), ERR_MALFORMED);
    assert_int_not_equal(payload_erase(bytes_of_text("no payload"), marks, COUNT, &erased), ERR_OK);
    assert_int_equal(buf_content(&erased).len, 0);
}

/* As many parts as a submission may hold: the salts do not compress, and it must fit all the same. */
static void payload_erase__full_submission__fits(void **state)
{
    (void)state;
    uint8_t seed[PAYLOAD_SEED_BYTES] = {6};
    struct bytes *changes = calloc(PAYLOAD_CHANGES_MAX, sizeof *changes);
    bool *marks = calloc(PAYLOAD_CHANGES_MAX, sizeof *marks);
    struct payload payload;
    assert_non_null(changes);
    assert_non_null(marks);
    for (size_t i = 0; i < PAYLOAD_CHANGES_MAX; i++) {
        changes[i] = bytes_of_text(texts[i % COUNT]);
    }
    marks[7] = true;
    buf_clear(&sealed);
    assert_int_equal(payload_encode(seed, changes, PAYLOAD_CHANGES_MAX, &sealed, &facts), ERR_OK);

    assert_int_equal(payload_erase(buf_content(&sealed), marks, PAYLOAD_CHANGES_MAX, &erased), ERR_OK);

    assert_int_equal(payload_decode(buf_content(&erased), &arena, &payload), ERR_OK);
    assert_true(hash_equal(&payload.hash, &facts.hash));
    free(changes);
    free(marks);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(payload_erase__one_change__hash_stays_change_goes),
        TEST(payload_erase__twice__both_gone),
        TEST(payload_erase__other_count_or_garbage__refused),
        TEST(payload_erase__full_submission__fits),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
