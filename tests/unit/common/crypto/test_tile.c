/* Files of an exported journal: the paths and sizes of the specification's examples; bundles. */
#include "common/crypto/tile.h"

#include "tests/lib/test.h"

static void assert_path(unsigned level, uint64_t number, size_t width, const char *expected)
{
    char path[TILE_PATH_BYTES_MAX];
    tile_path(level, number, width, path);
    assert_string_equal(path, expected);
}

/* Index 1234067 is the specification's own example. */
static void tile_path__examples__as_specified(void **state)
{
    (void)state;
    assert_path(0, 1234067, TILE_WIDTH, "tile/0/x001/x234/067");
    assert_path(0, 0, TILE_WIDTH, "tile/0/000");
    assert_path(1, 5, 17, "tile/1/005.p/17");
    assert_path(TILE_ENTRIES, 999, TILE_WIDTH, "tile/entries/999");
    assert_path(TILE_ENTRIES, 1000, 1, "tile/entries/x001/000.p/1");
    assert_path(TILE_ENTRIES, INT64_MAX / TILE_WIDTH, 255, "tile/entries/x036/x028/x797/x018/x963/967.p/255");
}

/* A tree of 70,000: 273 full tiles of level 0 and one of 112, one full of level 1 and one of 17, one of level 2 of 1. */
static void tile_width__tree_of_70000__as_specified(void **state)
{
    (void)state;
    assert_int_equal(tile_width(70000, 0, 0), 256);
    assert_int_equal(tile_width(70000, 0, 272), 256);
    assert_int_equal(tile_width(70000, 0, 273), 112);
    assert_int_equal(tile_width(70000, 0, 274), 0);
    assert_int_equal(tile_width(70000, 1, 0), 256);
    assert_int_equal(tile_width(70000, 1, 1), 17);
    assert_int_equal(tile_width(70000, 2, 0), 1);
    assert_int_equal(tile_width(70000, 3, 0), 0);
    assert_int_equal(tile_width(70000, TILE_ENTRIES, 273), 112);
    assert_int_equal(tile_width(256, 0, 0), 256);
    assert_int_equal(tile_width(256, 0, 1), 0);
    assert_int_equal(tile_width(256, 1, 0), 1);
    assert_int_equal(tile_width(0, 0, 0), 0);
    assert_int_equal(tile_width(INT64_MAX, 7, 0), 127);
}

static void tile_decode__lengths__exact_only(void **state)
{
    (void)state;
    uint8_t in[3 * HASH_BYTES];
    struct hash hashes[TILE_WIDTH];
    memset(in, 9, sizeof in);
    assert_int_equal(tile_decode(bytes_of(in, sizeof in), 3, hashes), ERR_OK);
    assert_memory_equal(hashes, in, sizeof in);
    assert_int_equal(tile_decode(bytes_of(in, sizeof in - 1), 3, hashes), ERR_MALFORMED);
    assert_int_equal(tile_decode(bytes_of(in, sizeof in), 2, hashes), ERR_MALFORMED);
    assert_int_equal(tile_decode(bytes_of(in, 0), 0, hashes), ERR_OK);
    assert_int_equal(tile_decode(bytes_of(in, sizeof in), TILE_WIDTH + 1, hashes), ERR_MALFORMED);
}

/* Entries come back as they went in; a bundle cut anywhere is noticed unless the cut is between two entries. */
static void bundle_next__cut_at_every_byte__malformed_or_whole_entries(void **state)
{
    (void)state;
    static uint8_t big[TILE_ENTRY_BYTES_MAX + 1];
    struct buf out;
    buf_init(&out, 4 * sizeof big);
    assert_int_equal(bundle_append(&out, bytes_of_text("abc")), ERR_OK);
    assert_int_equal(bundle_append(&out, bytes_of(NULL, 0)), ERR_OK);
    assert_int_equal(bundle_append(&out, bytes_of_text("de")), ERR_OK);
    assert_int_equal(out.len, 11);
    for (size_t cut = 0; cut <= out.len; cut++) {
        struct bytes rest = bytes_of(buf_content(&out).at, cut);
        struct bytes entry;
        enum err err = ERR_OK;
        size_t count = 0;
        while ((err = bundle_next(&rest, &entry)) == ERR_OK) {
            count++;
        }
        bool is_whole = cut == 0 || cut == 5 || cut == 7 || cut == 11;
        assert_int_equal(err, is_whole ? ERR_NOT_FOUND : ERR_MALFORMED);
        assert_int_equal(count, (cut >= 5) + (cut >= 7) + (cut >= 11));
    }
    assert_int_equal(bundle_append(&out, bytes_of(big, TILE_ENTRY_BYTES_MAX)), ERR_OK);
    assert_int_equal(bundle_append(&out, bytes_of(big, sizeof big)), ERR_TOO_BIG);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tile_path__examples__as_specified),
        cmocka_unit_test(tile_width__tree_of_70000__as_specified),
        cmocka_unit_test(tile_decode__lengths__exact_only),
        cmocka_unit_test(bundle_next__cut_at_every_byte__malformed_or_whole_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
