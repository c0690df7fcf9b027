/* The tree against published roots, and its edges. Random trees: tests/property/common/crypto/test_merkle.c. */
#include "common/crypto/merkle.h"

#include "common/crypto/hash.h"
#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

enum { LEAVES = 8, ARENA_BYTES_MAX = 1 << 20 };

/* Leaves of the reference tree used by every Certificate Transparency implementation, and its roots (RFC 6962's; computed
 * again with Python's hashlib by the recursive definition). */
static const char *const entries[LEAVES] = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
static const char *const roots[LEAVES + 1] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void leaf_hashes(struct hash ret_leaves[LEAVES])
{
    for (size_t i = 0; i < LEAVES; i++) {
        uint8_t entry[1 + 16] = {0};
        size_t len = strlen(entries[i]) / 2;
        assert_int_equal(hex_decode(entries[i], entry + 1, len), ERR_OK);
        ret_leaves[i] = hash_of_one(bytes_of(entry, 1 + len));
    }
}

static struct hash root_of(size_t size)
{
    struct hash root;
    assert_int_equal(hex_decode(roots[size], root.at, HASH_BYTES), ERR_OK);
    return root;
}

/* Any other implementation of the RFC comes to the same roots. */
static void merkle_frontier_append__reference_tree__published_roots(void **state)
{
    (void)state;
    struct hash leaves[LEAVES];
    struct merkle_frontier frontier;
    leaf_hashes(leaves);
    merkle_frontier_init(&frontier);

    for (size_t size = 0; size <= LEAVES; size++) {
        struct hash root = merkle_frontier_root(&frontier);
        struct hash expected = root_of(size);
        assert_memory_equal(root.at, expected.at, HASH_BYTES);
        if (size < LEAVES) {
            merkle_frontier_append(&frontier, &leaves[size]);
        }
    }
    assert_int_equal(frontier.count, 1);
}

/* What the database keeps is what one goes on with; anything else in its place is noticed. */
static void merkle_frontier_decode__stored_form__same_frontier_or_malformed(void **state)
{
    (void)state;
    struct hash leaves[LEAVES];
    struct merkle_frontier frontier;
    struct merkle_frontier again;
    leaf_hashes(leaves);
    merkle_frontier_init(&frontier);
    assert_int_equal(merkle_frontier_decode(0, bytes_of(NULL, 0), &again), ERR_OK);
    for (size_t i = 0; i < 7; i++) {
        merkle_frontier_append(&frontier, &leaves[i]);
    }
    struct bytes stored = merkle_frontier_encode(&frontier);
    assert_int_equal(stored.len, 3 * HASH_BYTES);

    assert_int_equal(merkle_frontier_decode(7, stored, &again), ERR_OK);
    struct hash root = merkle_frontier_root(&again);
    struct hash expected = root_of(7);
    assert_memory_equal(root.at, expected.at, HASH_BYTES);

    assert_int_equal(merkle_frontier_decode(8, stored, &again), ERR_MALFORMED);
    assert_int_equal(merkle_frontier_decode(7, bytes_of(stored.at, stored.len - 1), &again), ERR_MALFORMED);
    assert_int_equal(merkle_frontier_decode(0, stored, &again), ERR_MALFORMED);
    assert_int_equal(merkle_frontier_decode(UINT64_C(7) << 61, stored, &again), ERR_MALFORMED);
}

/* Published paths (RFC 6962, 2.1.3, on the tree of seven): the hashes named there, in that order. */
struct array {
    const struct hash *leaves;
    size_t count;
};

static enum err get_from_array(void *context, unsigned level, uint64_t index, struct hash *ret_hash)
{
    const struct array *array = context;
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        assert_true(i < array->count);
        merkle_frontier_append(&frontier, &array->leaves[i]);
    }
    *ret_hash = merkle_frontier_root(&frontier);
    return ERR_OK;
}

static void merkle_inclusion_path__tree_of_seven__as_in_the_standard(void **state)
{
    (void)state;
    struct hash leaves[LEAVES];
    leaf_hashes(leaves);
    struct array array = {.leaves = leaves, .count = 7};
    struct hash i = merkle_node(&leaves[4], &leaves[5]);
    struct hash h = merkle_node(&leaves[2], &leaves[3]);
    struct hash g = merkle_node(&leaves[0], &leaves[1]);
    struct hash l = merkle_node(&i, &leaves[6]);
    struct hash k = merkle_node(&g, &h);
    struct merkle_path path;

    assert_int_equal(merkle_inclusion_path(0, 7, get_from_array, &array, &path), ERR_OK);
    assert_int_equal(path.count, 3);
    assert_true(hash_equal(&path.hashes[0], &leaves[1]) && hash_equal(&path.hashes[1], &h) &&
                hash_equal(&path.hashes[2], &l));
    assert_int_equal(merkle_inclusion_path(6, 7, get_from_array, &array, &path), ERR_OK);
    assert_int_equal(path.count, 2);
    assert_true(hash_equal(&path.hashes[0], &i) && hash_equal(&path.hashes[1], &k));
}

static void merkle_consistency_path__tree_of_seven__as_in_the_standard(void **state)
{
    (void)state;
    struct hash leaves[LEAVES];
    leaf_hashes(leaves);
    struct array array = {.leaves = leaves, .count = 7};
    struct hash j = merkle_node(&leaves[4], &leaves[5]);
    struct hash h = merkle_node(&leaves[2], &leaves[3]);
    struct hash g = merkle_node(&leaves[0], &leaves[1]);
    struct hash l = merkle_node(&j, &leaves[6]);
    struct hash k = merkle_node(&g, &h);
    struct merkle_path path;

    assert_int_equal(merkle_consistency_path(3, 7, get_from_array, &array, &path), ERR_OK);
    assert_int_equal(path.count, 4);
    assert_true(hash_equal(&path.hashes[0], &leaves[2]) && hash_equal(&path.hashes[1], &leaves[3]) &&
                hash_equal(&path.hashes[2], &g) && hash_equal(&path.hashes[3], &l));
    assert_int_equal(merkle_consistency_path(4, 7, get_from_array, &array, &path), ERR_OK);
    assert_int_equal(path.count, 1);
    assert_true(hash_equal(&path.hashes[0], &l));
    assert_int_equal(merkle_consistency_path(6, 7, get_from_array, &array, &path), ERR_OK);
    assert_int_equal(path.count, 3);
    assert_true(hash_equal(&path.hashes[0], &j) && hash_equal(&path.hashes[1], &leaves[6]) &&
                hash_equal(&path.hashes[2], &k));
}

/* Sizes and indexes that no tree has, from a message or a file. */
static void merkle_paths__out_of_range__not_found(void **state)
{
    (void)state;
    struct hash leaves[LEAVES];
    leaf_hashes(leaves);
    struct array array = {.leaves = leaves, .count = LEAVES};
    struct merkle_path path;
    struct hash root;
    assert_int_equal(merkle_inclusion_path(8, 8, get_from_array, &array, &path), ERR_NOT_FOUND);
    assert_int_equal(merkle_inclusion_path(0, 0, get_from_array, &array, &path), ERR_NOT_FOUND);
    assert_int_equal(merkle_inclusion_path(1, UINT64_MAX, get_from_array, &array, &path), ERR_NOT_FOUND);
    assert_int_equal(merkle_consistency_path(9, 8, get_from_array, &array, &path), ERR_NOT_FOUND);
    assert_int_equal(merkle_consistency_path(1, UINT64_MAX, get_from_array, &array, &path), ERR_NOT_FOUND);
    assert_int_equal(merkle_root(UINT64_MAX, get_from_array, &array, &root), ERR_NOT_FOUND);
}

static enum err get_nothing(void *context, unsigned level, uint64_t index, struct hash *ret_hash)
{
    (void)context;
    (void)level;
    (void)index;
    (void)ret_hash;
    return ERR_IO;
}

/* A node that cannot be read ends the path with the reader's error, outputs untouched. */
static void merkle_paths__get_fails__its_error(void **state)
{
    (void)state;
    struct merkle_path path = {.count = 77};
    struct hash root;
    assert_int_equal(merkle_inclusion_path(2, 5, get_nothing, NULL, &path), ERR_IO);
    assert_int_equal(merkle_consistency_path(3, 5, get_nothing, NULL, &path), ERR_IO);
    assert_int_equal(merkle_root(5, get_nothing, NULL, &root), ERR_IO);
    assert_int_equal(path.count, 77);
}

/* Hostile paths: cut, padded, too long, for trees of absurd size. None is a crash, none is a proof. */
static void merkle_check__hostile_bytes__false(void **state)
{
    (void)state;
    struct hash leaves[LEAVES];
    uint8_t long_path[MERKLE_PATH_BYTES_MAX + HASH_BYTES] = {0};
    leaf_hashes(leaves);
    struct hash root = root_of(1);
    struct hash empty = root_of(0);
    struct bytes none = bytes_of(NULL, 0);

    assert_true(merkle_check_inclusion(&leaves[0], 0, 1, none, &root));
    assert_false(merkle_check_inclusion(&leaves[0], 0, 1, bytes_of(long_path, HASH_BYTES), &root));
    assert_false(merkle_check_inclusion(&leaves[0], 0, 1, bytes_of(long_path, 31), &root));
    assert_false(merkle_check_inclusion(&leaves[0], 1, 1, none, &root));
    assert_false(merkle_check_inclusion(&leaves[0], 0, 0, none, &root));
    for (size_t len = 0; len <= sizeof long_path; len += HASH_BYTES) {
        struct bytes path = bytes_of(long_path, len);
        assert_false(merkle_check_inclusion(&leaves[0], MERKLE_SIZE_MAX - 1, MERKLE_SIZE_MAX, path, &root));
        assert_false(merkle_check_inclusion(&leaves[0], UINT64_MAX - 1, UINT64_MAX, path, &root));
        assert_false(merkle_check_consistency(1, &root, MERKLE_SIZE_MAX, &root, path));
        assert_false(merkle_check_consistency(MERKLE_SIZE_MAX - 1, &root, MERKLE_SIZE_MAX, &root, path));
        assert_false(merkle_check_consistency(UINT64_MAX - 1, &root, UINT64_MAX, &root, path));
    }
    assert_true(merkle_check_consistency(0, &empty, 1, &root, none));
    assert_true(merkle_check_consistency(0, &empty, 0, &empty, none));
    assert_true(merkle_check_consistency(1, &root, 1, &root, none));
    assert_false(merkle_check_consistency(0, &root, 1, &root, none));
    assert_false(merkle_check_consistency(0, &root, 0, &root, none));
    assert_false(merkle_check_consistency(0, &empty, 1, &root, bytes_of(long_path, HASH_BYTES)));
    assert_false(merkle_check_consistency(1, &root, 1, &empty, none));
    assert_false(merkle_check_consistency(1, &root, 1, &root, bytes_of(long_path, HASH_BYTES)));
    assert_false(merkle_check_consistency(2, &root, 1, &root, none));
}

/* A batch that does not fit is an error of the caller's arena, never a half-built one. */
static void merkle_batch_build__no_room__reported(void **state)
{
    (void)state;
    struct hash leaves[LEAVES];
    struct merkle_frontier frontier;
    struct arena arena;
    const struct merkle_batch *batch = NULL;
    leaf_hashes(leaves);
    merkle_frontier_init(&frontier);
    arena_init(&arena, 64);
    assert_int_equal(merkle_batch_build(&arena, &frontier, leaves, LEAVES, &batch), ERR_TOO_BIG);
    arena_release(&arena);
    arena_init(&arena, ARENA_BYTES_MAX);
    fault_memory_fail_at(0);
    assert_int_equal(merkle_batch_build(&arena, &frontier, leaves, LEAVES, &batch), ERR_NO_MEMORY);
    assert_true(fault_memory_stop());
    frontier.size = MERKLE_SIZE_MAX;
    assert_int_equal(merkle_batch_build(&arena, &frontier, leaves, LEAVES, &batch), ERR_TOO_BIG);
    assert_null(batch);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merkle_frontier_append__reference_tree__published_roots),
        cmocka_unit_test(merkle_frontier_decode__stored_form__same_frontier_or_malformed),
        cmocka_unit_test(merkle_inclusion_path__tree_of_seven__as_in_the_standard),
        cmocka_unit_test(merkle_consistency_path__tree_of_seven__as_in_the_standard),
        cmocka_unit_test(merkle_paths__out_of_range__not_found),
        cmocka_unit_test(merkle_paths__get_fails__its_error),
        cmocka_unit_test(merkle_check__hostile_bytes__false),
        cmocka_unit_test(merkle_batch_build__no_room__reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
