/* Random trees against the recursive definition of RFC 9162 (the oracle): roots, every path, batches; and no path with a
 * changed bit, hash or place is taken. */
#include "common/crypto/merkle.h"

#include <stdlib.h>

#include "common/base/random.h"
#include "common/crypto/hash.h"
#include "tests/lib/seed.h"
#include "tests/lib/test.h"

enum { LEAVES_MAX = 140, ROUNDS = 60, ARENA_BYTES_MAX = 1 << 20 };

static struct hash leaves[LEAVES_MAX];

static void draw_leaves(struct prng *prng)
{
    for (size_t i = 0; i < LEAVES_MAX; i++) {
        for (size_t at = 0; at < HASH_BYTES; at++) {
            leaves[i].at[at] = (uint8_t)prng_next(prng);
        }
    }
}

/* MTH(D[start:end]), word by word. */
static struct hash defined_root(size_t start,
                                size_t end) /* NOLINT(misc-no-recursion): the definition is recursive */
{
    if (start == end) {
        return merkle_empty_root();
    }
    if (end - start == 1) {
        return leaves[start];
    }
    size_t power = 1;
    while (power * 2 < end - start) {
        power *= 2;
    }
    struct hash left = defined_root(start, start + power);
    struct hash right = defined_root(start + power, end);
    return merkle_node(&left, &right);
}

static enum err get_defined(void *context, unsigned level, uint64_t index, struct hash *ret_hash)
{
    const size_t *size = context;
    assert_true((index + 1) << level <= *size); /* only complete subtrees are asked for */
    *ret_hash = defined_root((size_t)(index << level), (size_t)((index + 1) << level));
    return ERR_OK;
}

static void flip_bit(struct merkle_path *path, struct prng *prng)
{
    size_t bit = (size_t)prng_below(prng, path->count * HASH_BYTES * 8);
    path->hashes[bit / 256].at[bit / 8 % HASH_BYTES] ^= (uint8_t)(1 << bit % 8);
}

static void check_inclusion(size_t index, size_t size, struct prng *prng)
{
    struct hash root = defined_root(0, size);
    struct merkle_path path;
    assert_int_equal(merkle_inclusion_path(index, size, get_defined, &size, &path), ERR_OK);
    struct bytes encoded = merkle_path_encode(&path);
    assert_true(merkle_check_inclusion(&leaves[index], index, size, encoded, &root));
    assert_false(
        merkle_check_inclusion(&leaves[index], index, size + 1 + prng_below(prng, 300), encoded, &root) &&
        path.count == 0);

    /* Another leaf, place or root; a hash less or more; a bit changed. */
    struct hash other = leaves[index];
    other.at[prng_below(prng, HASH_BYTES)] ^= 1;
    assert_false(merkle_check_inclusion(&other, index, size, encoded, &root));
    if (size > 1) {
        size_t place = (index + 1 + (size_t)prng_below(prng, size - 1)) % size;
        assert_false(merkle_check_inclusion(&leaves[index], place, size, encoded, &root));
        assert_false(merkle_check_inclusion(&leaves[index], index, size,
                                            bytes_of(encoded.at, encoded.len - HASH_BYTES), &root));
        struct merkle_path changed = path;
        flip_bit(&changed, prng);
        assert_false(
            merkle_check_inclusion(&leaves[index], index, size, merkle_path_encode(&changed), &root));
    }
    struct merkle_path longer = path;
    longer.hashes[longer.count++] = leaves[0];
    assert_false(merkle_check_inclusion(&leaves[index], index, size, merkle_path_encode(&longer), &root));
    root.at[prng_below(prng, HASH_BYTES)] ^= 0x80;
    assert_false(merkle_check_inclusion(&leaves[index], index, size, encoded, &root));
}

/* Every leaf of every size up to a limit, then larger trees at random. */
static void merkle_inclusion__every_leaf__verifies_and_changes_refuse(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, seed_of_test());
    draw_leaves(&prng);
    for (size_t size = 1; size <= 20; size++) {
        for (size_t index = 0; index < size; index++) {
            check_inclusion(index, size, &prng);
        }
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t size = 1 + (size_t)prng_below(&prng, LEAVES_MAX);
        check_inclusion((size_t)prng_below(&prng, size), size, &prng);
    }
}

static void check_consistency(size_t old_size, size_t size, struct prng *prng)
{
    struct hash old_root = defined_root(0, old_size);
    struct hash root = defined_root(0, size);
    struct merkle_path path;
    assert_int_equal(merkle_consistency_path(old_size, size, get_defined, &size, &path), ERR_OK);
    struct bytes encoded = merkle_path_encode(&path);
    assert_true(merkle_check_consistency(old_size, &old_root, size, &root, encoded));

    if (path.count > 0) {
        struct merkle_path changed = path;
        flip_bit(&changed, prng);
        assert_false(
            merkle_check_consistency(old_size, &old_root, size, &root, merkle_path_encode(&changed)));
        assert_false(merkle_check_consistency(old_size, &old_root, size, &root,
                                              bytes_of(encoded.at, encoded.len - HASH_BYTES)));
    }
    struct merkle_path longer = path;
    longer.hashes[longer.count++] = leaves[1];
    assert_false(merkle_check_consistency(old_size, &old_root, size, &root, merkle_path_encode(&longer)));
    struct hash other = old_root;
    other.at[prng_below(prng, HASH_BYTES)] ^= 4;
    assert_false(merkle_check_consistency(old_size, &other, size, &root, encoded));
    other = root;
    other.at[prng_below(prng, HASH_BYTES)] ^= 4;
    assert_false(old_size > 0 && merkle_check_consistency(old_size, &old_root, size, &other, encoded));
}

static void merkle_consistency__every_pair__verifies_and_changes_refuse(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, seed_of_test() + 1);
    draw_leaves(&prng);
    for (size_t size = 0; size <= 20; size++) {
        for (size_t old_size = 0; old_size <= size; old_size++) {
            check_consistency(old_size, size, &prng);
        }
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t size = 1 + (size_t)prng_below(&prng, LEAVES_MAX);
        check_consistency((size_t)prng_below(&prng, size + 1), size, &prng);
    }
}

/* A batch is what the definition says: its frontier's root, every new leaf's path, the nodes it finished. */
static void check_batch(size_t old_size, size_t count)
{
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    for (size_t i = 0; i < old_size; i++) {
        merkle_frontier_append(&frontier, &leaves[i]);
    }
    struct arena arena;
    arena_init(&arena, ARENA_BYTES_MAX);
    const struct merkle_batch *batch = NULL;
    assert_int_equal(merkle_batch_build(&arena, &frontier, leaves + old_size, count, &batch), ERR_OK);
    size_t size = old_size + count;
    struct hash root = merkle_frontier_root(merkle_batch_frontier(batch));
    struct hash expected = defined_root(0, size);
    assert_true(hash_equal(&root, &expected));
    for (size_t i = 0; i < count; i++) {
        struct merkle_path path;
        struct merkle_path defined;
        merkle_batch_path(batch, i, &path);
        assert_int_equal(merkle_inclusion_path(old_size + i, size, get_defined, &size, &defined), ERR_OK);
        assert_true(bytes_equal(merkle_path_encode(&path), merkle_path_encode(&defined)));
    }
    for (unsigned level = 0; level < MERKLE_LEVELS_MAX; level++) {
        uint64_t first = 0;
        const struct hash *nodes = NULL;
        size_t nodes_count = merkle_batch_nodes(batch, level, &first, &nodes);
        assert_int_equal(first, old_size >> level);
        assert_int_equal(nodes_count, (size >> level) - (old_size >> level));
        for (size_t i = 0; i < nodes_count; i++) {
            expected = defined_root((size_t)(first + i) << level, (size_t)(first + i + 1) << level);
            assert_true(hash_equal(&nodes[i], &expected));
        }
    }
    arena_release(&arena);
}

static void merkle_batch__random_groups__same_as_the_definition(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, seed_of_test() + 2);
    draw_leaves(&prng);
    for (size_t old_size = 0; old_size <= 17; old_size++) {
        for (size_t count = 0; count <= 9; count++) {
            check_batch(old_size, count);
        }
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t old_size = (size_t)prng_below(&prng, LEAVES_MAX);
        check_batch(old_size, (size_t)prng_below(&prng, LEAVES_MAX - old_size + 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merkle_inclusion__every_leaf__verifies_and_changes_refuse),
        cmocka_unit_test(merkle_consistency__every_pair__verifies_and_changes_refuse),
        cmocka_unit_test(merkle_batch__random_groups__same_as_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
